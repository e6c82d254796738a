"""Every submission has a page of its findings, for engineers: no cell and no answer is on it; a command says where."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assurance.cli import app
from assurance.errors import SubmissionError
from assurance.intake.checking import Examined
from assurance.model import Outcome
from assurance.settings import Settings
from assurance.steps import Loaded, Steps
from tests.rules.builders import Return
from tests.rules.cases import bcm_nil, bcm_return, good_cases

RECEIVED, NOW = datetime(2026, 11, 3, 10), datetime(2026, 11, 10, 9)
ZEBRA = "ZEBRA"
WHOSE = ("return_id", "area_code", "period")


class Desk(Steps):
    """The steps without Great Expectations, which changes no finding and takes seconds to import."""

    def _pass_gate(self, examined: Examined) -> None:
        pass

    def send_in(self, sent: Return) -> Loaded:
        sent.landed(self.settings.landing, "bcm", RECEIVED)
        (loaded,) = self.receive("bcm")
        return loaded

    def page(self, loaded: Loaded) -> str:
        return self.findings_file(loaded.submission.submission_id).read_text(encoding="utf-8")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    seconds = iter(range(100_000))
    steps = Desk(Settings(home=tmp_path, arrival="file"), clock=lambda: NOW + timedelta(seconds=next(seconds)))
    steps.migrate()
    monkeypatch.setattr("assurance.cli.asking.steps", lambda: steps)
    return steps


@pytest.fixture
def run() -> Callable[..., tuple[int, str]]:
    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["findings", *words])
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.output

    return run


def marked(but: tuple[str, ...] = WHOSE) -> Return:
    """A mark in every cell of one row, and in each comment."""
    cases = [one | {"comment": f"{ZEBRA} comment"} for one in good_cases()]
    sent = bcm_return(*cases)
    for column in sent.header:
        if column not in but:
            sent = sent.with_cell(4, column, f"{ZEBRA} {column}")
    return sent


def with_header(sent: Return) -> Return:
    return sent.with_header(*sent.header[:-1], f"{ZEBRA} header")


@pytest.mark.parametrize(
    ("sent", "outcome", "rules"),
    [
        (marked(), Outcome.ACCEPTED, {"BCM-103", "BCM-104"}),
        (marked(()), Outcome.REJECTED, {"RET-005", "RET-006"}),
        (with_header(marked()), Outcome.REJECTED, {"RET-003"}),
    ],
    ids=["rows", "whose it is", "header"],
)
def test_no_cell_of_a_return_is_on_its_page_nor_said_by_the_command(
    desk: Desk, run: Callable[..., tuple[int, str]], sent: Return, outcome: Outcome, rules: set[str]
) -> None:
    loaded = desk.send_in(sent)
    assert (loaded.submission.outcome, ZEBRA in sent.content.decode()) == (outcome, True)
    failed = {found.rule for found in loaded.findings}
    assert rules <= failed
    page, (code, said) = desk.page(loaded), run(loaded.submission.submission_id)
    assert code == 0
    assert [rule for rule in failed if rule not in page or rule not in said] == []
    assert ZEBRA not in page
    assert ZEBRA not in said


def test_the_page_stands_beside_the_receipt_and_names_the_same_rows(desk: Desk) -> None:
    loaded = desk.send_in(bcm_return().with_cell(4, "charge_date", "soon").with_cell(7, "charge_date", "soon"))
    receipts = sorted(desk.settings.receipts.iterdir())
    assert [path.suffix for path in receipts] == [".html", ".json"]
    told = json.loads(receipts[1].read_bytes())
    assert {found["row"] for found in told["findings"] if found["rule"] == "BCM-103"} == {4, 7}
    assert "Column charge_date, rows 4 and 7." in desk.page(loaded)


def test_a_nil_return_has_a_page_too(desk: Desk) -> None:
    assert "Accepted as a nil return: 0" in desk.page(desk.send_in(bcm_nil())).replace("\N{NO-BREAK SPACE}", " ")


def test_the_command_lists_the_rules_that_failed_and_says_where_the_page_lies(
    desk: Desk, run: Callable[..., tuple[int, str]]
) -> None:
    loaded = desk.send_in(bcm_return().with_cell(4, "charge_date", "soon").with_cell(7, "charge_date", "soon"))
    path = desk.findings_file(loaded.submission.submission_id)
    path.unlink()
    code, said = run("R-WSX-202610-v01")
    first, _, *rules, last = said.splitlines()
    assert (code, first) == (0, f"{loaded.submission.submission_id}: WSX R-WSX-202610-v01.csv: accepted")
    assert rules[0] == "row\tBCM-103\t2\tThis is not a date that can be read."
    assert last == str(path)
    assert path.exists(), "it is made anew"


def test_a_submission_that_is_not_there_is_an_error_that_says_what_to_give(
    run: Callable[..., tuple[int, str]], desk: Desk
) -> None:
    with pytest.raises(SubmissionError, match="there is no submission 'R-XXX'; give the id"):
        run("R-XXX")


def test_an_answer_shows_on_the_page_and_its_words_do_not(desk: Desk) -> None:
    loaded = desk.send_in(bcm_return().with_cell(4, "urn", "99AB0000003"))
    assert "1 asked, 0 answered, 1 open" in desk.page(loaded)
    desk.answer(loaded.submission.submission_id, "BCM-201", f"{ZEBRA} is right", ZEBRA)
    assert "1 asked, 1 answered, 0 open" in desk.page(loaded)
    assert "for it was answered on 10 November 2026" in desk.page(loaded)
    assert ZEBRA not in desk.page(loaded)
