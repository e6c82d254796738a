"""A query is answered, and the answer stands where somebody signs off: given by command or in the sheet of a workbook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from assurance.cli import app
from assurance.errors import AnswerError, SubmissionError
from assurance.intake.reading import Reading
from assurance.model import Answer, Asked, Outcome, Query, Submission
from assurance.settings import Settings
from assurance.steps import Steps
from assurance.warehouse import audit
from tests.rules.builders import Return
from tests.rules.cases import BCM_PERIOD, bcm_nil, bcm_return, good_cases

RECEIVED = datetime(2026, 11, 3, 10)
NOW = datetime(2026, 11, 10, 9)
Sheet = tuple[tuple[str, str | None, str], ...]


class Desk:
    """A warehouse, the landing place of Wessex, and a clock that moves a second each time somebody looks."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sheet: Sheet = ()
        read = Steps._read

        def with_sheet(steps: Steps, *arguments: object) -> Reading:
            return replace(read(steps, *arguments), answers=self.sheet)  # type: ignore[arg-type]

        monkeypatch.setattr(Steps, "_read", with_sheet)  # a workbook's sheet, whatever kind of file is sent
        seconds = iter(range(100_000))
        self.steps = Steps(
            Settings(home=home, arrival="file", sign_off="the tests"),
            clock=lambda: NOW + timedelta(seconds=next(seconds)),
        )
        self.steps.migrate()

    def send(self, sent: Return, *sheet: tuple[str, str | None, str]) -> Submission:
        self.sheet = sheet
        sent.landed(self.steps.settings.landing, "bcm", RECEIVED + timedelta(hours=self._version(sent)))
        (loaded,) = self.steps.receive("bcm")
        return loaded.submission

    def asked(self, submission: Submission) -> Asked:
        return self.steps.asked(submission.submission_id)[1]

    def said(self, submission: Submission) -> dict[tuple[str, str | None], str | None]:
        """The answer that stands to each query."""
        return {(q.rule, q.column): q.answer.text if q.answer else None for q in self.asked(submission).queries}

    def rows(self) -> list[dict[str, object]]:
        with self.steps.warehouse.reading() as connection:
            found = connection.execute(sa.text("select * from answer order by answered_at, submission_id, seq"))
            return [dict(row) for row in found.mappings()]

    def trail(self) -> list[tuple[str, str]]:
        with self.steps.warehouse.reading() as connection:
            assert audit.altered(connection) == []
            found = connection.execute(sa.text("select event, subject from audit order by seq"))
            return [(event, subject) for event, subject in found.all()]

    @staticmethod
    def _version(sent: Return) -> int:
        return int(sent.name.rpartition("-v")[2][:2])


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path / "home", monkeypatch)


def foreign(*lines: int, version: int = 1) -> Return:
    """Thirty cases of which those on some lines bear another Area's number: BCM-201 asks about each."""
    cases = good_cases()
    for line in lines:
        cases[line - 2] |= {"urn": f"20AB{line:07d}"}
    return bcm_return(*cases, version=version)


TWO_QUERIES = foreign(4, 5, version=2)
"""BCM-201 about two cases, and RET-013: a correction without a reason."""


# By command


def test_an_answer_stands_with_who_gave_it_and_when(desk: Desk) -> None:
    sent = desk.send(foreign(4, 5))
    (query,) = desk.asked(sent).queries
    assert query == Query("BCM-201", "urn", query.messages, 2)
    desk.steps.answer(sent.submission_id, "BCM-201", "Both were sent on by West Midlands.", "Ann, manager")
    (query,) = desk.asked(sent).queries
    assert query.answer is not None
    assert (query.answer.text, query.answer.by) == ("Both were sent on by West Midlands.", "Ann, manager")
    assert query.answer.at >= NOW
    assert [line for line in desk.trail() if line[1] == sent.submission_id] == [
        ("received", sent.submission_id),
        ("answered", sent.submission_id),
    ]


def test_of_two_answers_the_later_stands_and_both_are_kept(desk: Desk) -> None:
    sent = desk.send(foreign(4))
    for text in ("One thing.", "Another thing."):
        desk.steps.answer(sent.submission_id, "BCM-201", text, "Ann")
    assert desk.said(sent) == {("BCM-201", "urn"): "Another thing."}
    assert [(row["seq"], row["answer"]) for row in desk.rows()] == [(1, "One thing."), (2, "Another thing.")]


def test_an_answer_about_a_column_answers_that_and_one_without_answers_all_the_rule_asks(desk: Desk) -> None:
    sent = desk.send(TWO_QUERIES)
    desk.steps.answer(sent.submission_id, "BCM-201", "They are ours.", "Ann", "urn")
    assert desk.said(sent) == {("BCM-201", "urn"): "They are ours.", ("RET-013", None): None}
    desk.steps.answer(sent.submission_id, "RET-013", "Two references had slips.", "Ann")
    assert desk.asked(sent).open == ()


def test_the_beginning_of_an_id_names_a_submission_and_a_strange_one_none(desk: Desk) -> None:
    sent = desk.send(foreign(4))
    assert desk.steps.asked(sent.submission_id[:6])[0] == sent
    assert desk.steps.asked("R-WSX-202610-v01")[0] == sent
    with pytest.raises(SubmissionError, match="there is no submission 'zz'"):
        desk.steps.asked("zz")
    desk.send(foreign(4, version=2))
    with pytest.raises(SubmissionError, match="'' can mean 2 submissions"):
        desk.steps.asked("")


@pytest.mark.parametrize(
    ("rule", "column", "said"),
    [
        ("BCM-999", None, r"rule BCM-999 asks nothing in submission \w+; rules that do: BCM-201, RET-013"),
        ("BCM-303", None, "rule BCM-303 asks nothing"),
        ("BCM-201", "comment", "asks nothing about column comment in submission .*; it does about: urn"),
        ("RET-013", "urn", "it does about: none"),
    ],
    ids=["no rule", "a note", "another column", "a query about no column"],
)
def test_what_was_not_asked_is_not_answered(desk: Desk, rule: str, column: str | None, said: str) -> None:
    sent = desk.send(replace(TWO_QUERIES.with_cell(8, "C01", "N"), reason_given=False))
    with pytest.raises(AnswerError, match=said):
        desk.steps.answer(sent.submission_id, rule, "Yes.", "Ann", column)
    assert desk.rows() == []


def test_a_rejected_or_superseded_return_is_not_answered_for(desk: Desk) -> None:
    first = desk.send(foreign(4))
    second = desk.send(foreign(4, version=2))
    rejected = desk.send(foreign(4, version=3).without_row(3).with_header("urn"))
    assert rejected.outcome is Outcome.REJECTED
    with pytest.raises(AnswerError, match=f"counts no more; .* submission {second.submission_id}"):
        desk.steps.answer(first.submission_id, "BCM-201", "Ours.", "Ann")
    with pytest.raises(AnswerError, match="was rejected, so its queries need no answer"):
        desk.steps.answer(rejected.submission_id, "BCM-201", "Ours.", "Ann")


# With the next version


def test_what_is_asked_again_word_for_word_keeps_its_answer_and_says_from_where(desk: Desk) -> None:
    first = desk.send(foreign(4, 5))
    desk.steps.answer(first.submission_id, "BCM-201", "Both are ours.", "Ann")
    second = desk.send(foreign(4, 6, version=2))
    third = desk.send(foreign(4, version=3))
    for later in (second, third):
        (answer,) = (q.answer for q in desk.asked(later).queries if q.rule == "BCM-201")
        assert answer is not None
        assert (answer.text, answer.by) == ("Both are ours.", "Ann")
        assert (answer.carried_from, answer.carried_from_version) == (first.submission_id, 1)
    assert desk.trail().count(("answered", third.submission_id)) == 1


def test_an_answer_is_not_carried_to_more_cases_than_it_was_given_for(desk: Desk) -> None:
    first = desk.send(foreign(4))
    desk.steps.answer(first.submission_id, "BCM-201", "It is ours.", "Ann")
    second = desk.send(foreign(4, 5, version=2))
    assert desk.said(second)["BCM-201", "urn"] is None


def test_an_answer_to_other_words_is_not_carried(desk: Desk) -> None:
    lost = good_cases()[2:]
    desk.send(bcm_return())
    second = desk.send(bcm_return(*lost, version=2))
    assert ("BCM-205", None) in desk.said(second)
    desk.steps.answer(second.submission_id, "BCM-205", "They were another Area's.", "Ann")
    third = desk.send(bcm_return(*lost[1:], version=3))
    assert desk.said(third)["BCM-205", None] is None, "it is one other case that is lost now"


def test_a_version_that_comes_late_takes_nothing_from_the_one_that_stays_in_force(desk: Desk) -> None:
    second = desk.send(foreign(4, version=2))
    desk.steps.answer(second.submission_id, "BCM-201", "It is ours.", "Ann")
    first = desk.send(foreign(4))
    assert desk.said(first) == {("BCM-201", "urn"): None}
    assert desk.said(second)["BCM-201", "urn"] == "It is ours."


# In the answer sheet


def test_a_sheet_answers_what_its_own_version_is_asked(desk: Desk) -> None:
    sent = desk.send(TWO_QUERIES, ("BCM-201", "urn", "Both\nare  ours."), ("RET-013", None, "Slips."), ("X", None, " "))
    assert desk.said(sent) == {("BCM-201", "urn"): "Both are ours.", ("RET-013", None): "Slips."}
    assert {row["answered_by"] for row in desk.rows()} == {sent.file_name}
    assert desk.trail().count(("answered", sent.submission_id)) == 2


def test_what_a_sheet_says_to_several_sentences_of_one_query_is_one_answer(desk: Desk) -> None:
    sent = desk.send(foreign(4), *(("BCM-201", "urn", text) for text in ("One is ours.", "", "So is the other.")))
    assert desk.said(sent) == {("BCM-201", "urn"): "One is ours.; So is the other."}
    assert len(desk.rows()) == 1


def test_a_sheet_beats_what_would_be_carried_over(desk: Desk) -> None:
    first = desk.send(foreign(4))
    desk.steps.answer(first.submission_id, "BCM-201", "It is ours.", "Ann")
    second = desk.send(foreign(4, version=2), ("BCM-201", "urn", "It was sent to us."))
    assert desk.said(second)["BCM-201", "urn"] == "It was sent to us."
    assert len(desk.rows()) == 2


def test_an_answer_to_what_is_asked_no_more_stays_with_the_version_that_was_asked(desk: Desk) -> None:
    first = desk.send(foreign(4))
    second = desk.send(bcm_return(version=2), ("BCM-201", "urn", "It had a slip; see line 4."))
    assert desk.said(first) == {("BCM-201", "urn"): "It had a slip; see line 4."}
    assert ("BCM-201", "urn") not in desk.said(second)
    assert desk.asked(second).unasked == ()


def test_an_answer_to_what_nobody_asked_is_kept_and_its_strange_rule_is_not(desk: Desk) -> None:
    sent = desk.send(foreign(4), ("Zebra", "Zebra", "Something else."), ("BCM-203", None, "x" * 600))
    unasked = desk.asked(sent).unasked
    assert [(a.rule, a.column, a.text[:15], len(a.text)) for a in unasked] == [
        ("", None, "Something else.", 15),
        ("BCM-203", None, "x" * 15, 500),
    ]
    assert "Zebra" not in str(desk.rows())


def test_the_sheet_of_a_rejected_return_is_not_heard(desk: Desk) -> None:
    first = desk.send(foreign(4))
    desk.send(foreign(4, version=2).with_header("urn"), ("BCM-201", "urn", "It is ours."))
    assert desk.said(first) == {("BCM-201", "urn"): None}
    assert desk.rows() == []


def test_the_same_bytes_again_answer_nothing_twice(desk: Desk) -> None:
    sent = foreign(4)
    desk.send(sent, ("BCM-201", "urn", "It is ours."))
    rows, trail = desk.rows(), desk.trail()
    sent.landed(desk.steps.settings.landing, "bcm", RECEIVED + timedelta(days=1))
    (again,) = desk.steps.receive("bcm")
    assert not again.new
    assert (desk.rows(), desk.trail()) == (rows, [*trail, ("delivered", again.submission.submission_id)])


# The command


@pytest.fixture
def run(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    monkeypatch.setattr("assurance.cli.asking.steps", lambda: desk.steps)

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, list(arguments))
        return done.exit_code, done.output

    return run


def test_without_a_rule_the_command_lists_what_is_asked(desk: Desk, run: Callable[..., tuple[int, str]]) -> None:
    sent = desk.send(TWO_QUERIES)
    code, said = run("answer", sent.submission_id[:8])
    assert code == 0
    assert said.splitlines()[:2] == [
        f"{sent.submission_id}: WSX {sent.file_name}: accepted with queries",
        "queries: 2 open, 0 answered",
    ]
    assert "open: WSX v02 BCM-201, column urn, 2 times: The first two figures of this URN" in said


def test_a_rejected_return_is_asked_nothing_though_it_had_queries(
    desk: Desk, run: Callable[..., tuple[int, str]]
) -> None:
    sent = desk.send(foreign(4).with_cell(9, "period", "2026-09"))
    code, said = run("answer", sent.submission_id)
    assert code == 0
    assert said.splitlines() == [
        f"{sent.submission_id}: WSX {sent.file_name}: rejected",
        "it is asked nothing; its receipt says what to mend before it is sent again",
    ]


def test_a_file_name_means_the_return_of_the_area_in_it_and_the_one_that_counts(
    desk: Desk, run: Callable[..., tuple[int, str]]
) -> None:
    rejected = desk.send(foreign(4).with_cell(9, "period", "2026-09"))
    good = foreign(4)
    stray = desk.steps.settings.landing / "bcm" / "WMD" / good.name
    stray.parent.mkdir(parents=True)
    stray.write_bytes(good.content)
    list(desk.steps.receive("bcm"))
    assert run("answer", good.name)[1].startswith(f"{rejected.submission_id}: WSX")
    counting = desk.send(good.with_cell(2, "comment", "Late."))
    assert run("answer", good.name)[1].startswith(f"{counting.submission_id}: WSX")


def test_the_command_answers_and_says_what_is_left(desk: Desk, run: Callable[..., tuple[int, str]]) -> None:
    sent = desk.send(TWO_QUERIES)
    given = ("--text", " Both are  ours. ", "--by", "Ann, manager")
    code, said = run("answer", sent.submission_id, "BCM-201", "--column", "urn", *given)
    assert code == 0
    assert "queries: 1 open, 1 answered" in said
    assert "“Both are ours.” Ann, manager, 10 November 2026" in said.replace("\xa0", " ")


@pytest.mark.parametrize(
    "arguments",
    [
        ("BCM-201", "--by", "Ann"),
        ("BCM-201", "--text", "Ours."),
        ("BCM-201", "--text", "x" * 501, "--by", "Ann"),
        ("BCM-201", "--text", "a\u202eb", "--by", "Ann"),
        ("--text", "Ours.", "--by", "Ann"),
    ],
    ids=["no text", "nobody", "too long", "a sign that cannot be seen", "no rule"],
)
def test_half_an_answer_is_a_wrong_use(
    desk: Desk, run: Callable[..., tuple[int, str]], arguments: tuple[str, ...]
) -> None:
    sent = desk.send(foreign(4))
    assert run("answer", sent.submission_id, *arguments)[0] == 2
    assert desk.rows() == []


# Where somebody signs off


def test_status_shows_what_is_open_what_is_answered_and_what_was_said(
    desk: Desk, run: Callable[..., tuple[int, str]]
) -> None:
    sent = desk.send(TWO_QUERIES)
    desk.steps.answer(sent.submission_id, "RET-013", "Two references had slips.", "Ann")
    _, said = run("status", str(BCM_PERIOD), "-c", "bcm")
    assert "queries: 1 open, 1 answered" in said
    (wessex,) = [line for line in said.splitlines() if line.startswith("WSX ")]
    assert wessex.endswith("\t1 open")
    assert said.index("open: WSX v02 BCM-201") < said.index("answered: WSX v02 RET-013") < said.index("“Two references")


def test_an_answer_after_the_build_changes_the_request_and_no_byte_of_the_release(desk: Desk) -> None:
    sent = desk.send(foreign(4))
    release_id = desk.steps.build("bcm", BCM_PERIOD)
    folder = desk.steps.settings.releases / release_id
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert [len(of.asked.open) for of in desk.steps.sign_off_request(release_id).returns] == [1]
    desk.steps.answer(sent.submission_id, "BCM-201", "It is ours.", "Ann")
    assert [len(of.asked.open) for of in desk.steps.sign_off_request(release_id).returns] == [0]
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert desk.steps.build("bcm", BCM_PERIOD) == release_id, "and calls for no other release"


def test_send_says_first_what_is_open_and_what_is_not_in(desk: Desk, run: Callable[..., tuple[int, str]]) -> None:
    desk.send(foreign(4))
    release_id = desk.steps.build("bcm", BCM_PERIOD)
    code, said = run("send", release_id)
    assert code == 0
    lines = said.splitlines()
    assert lines[0].replace("\xa0", " ").startswith(f"Release {release_id} may be sent, yes or no? By 13 November 2026")
    (missing,) = [line for line in lines if line.endswith(": no return has come")]
    assert missing.startswith("not as it should be: Cymru-Wales, East Midlands, ")
    assert lines.index("queries: 1 open, 0 answered") < lines.index(missing)


def test_an_answer_holds_for_one_rule_and_its_column_or_all_of_them() -> None:
    given = Answer("BCM-202", None, "They are right.", "Ann", NOW)
    assert given.is_to("BCM-202", "C06")
    assert not replace(given, column="C07").is_to("BCM-202", "C06")
    assert not given.is_to("BCM-201", "urn")


def test_a_nil_return_that_corrects_answers_for_itself_in_its_sheet(desk: Desk) -> None:
    nil = bcm_nil().with_cell(2, "return_id", "R-WSX-202610-v02").named("R-WSX-202610-v02.csv")
    sent = desk.send(nil, ("RET-013", None, "There were none after all."))
    assert sent.outcome is Outcome.NIL
    assert desk.said(sent) == {("RET-013", None): "There were none after all."}
