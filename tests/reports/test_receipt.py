"""A receipt says first whether the return was accepted, then what to do, then what is wrong by its cure."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime
from html import unescape

import pytest
from builders import PERIOD, REPORTS, collection, submission

from assurance.catalogue import Column
from assurance.delivery.letter import Letter
from assurance.delivery.messages import compose
from assurance.model import Arrival, Counts, Finding, Outcome, Severity
from assurance.reporting.receipt import receipt_letter
from assurance.sender.marked import MarkedCopy, Use

NBSP = "\N{NO-BREAK SPACE}"
TOTALS = {"S01": Counts(met=1203, not_met=4), "S03": Counts(not_applicable=7)}
WHY = {"RET-101": "A guessed figure is a wrong one."}
BAD = [Finding("RET-101", Severity.FILE, row, "met", "This is no number & <b>.", "Write digits.") for row in (4, 5, 6)]
ODD = [Finding("RET-301", Severity.QUERY, 9, "met", "Far from the months before.", "Check it.")]
ASIDE = [Finding("RET-201", Severity.ROW, row, "lost", "This is empty.", "Fill it in.") for row in (3, 8)]
COPY = MarkedCopy("R-AAA-202610-v02.xlsx", b"a workbook", Use.SEND_BACK)


def why(finding: Finding) -> str:
    return WHY.get(finding.rule, "")


def receipt(outcome: Outcome, findings: list[Finding], copy: MarkedCopy | None = None, **other: object) -> Letter:
    sent = replace(submission("AAA", PERIOD, outcome), **other)  # type: ignore[arg-type]
    return receipt_letter(collection(), sent, findings, TOTALS, why, REPORTS, copy)


def flat(text: str) -> str:
    return " ".join(text.replace(NBSP, " ").split())


def visible(html: str) -> str:
    """What a reader sees of a mail, from the top."""
    body = re.sub(r"<div[^>]*display: ?none.*?</div>", "", html[html.index("<body") :], flags=re.DOTALL)
    return flat(unescape(re.sub(r"<[^>]+>", " ", body)))


@pytest.mark.parametrize(
    ("outcome", "findings", "other", "subject", "first"),
    [
        (
            Outcome.REJECTED,
            BAD + ODD,
            {},
            "Rejected: Letters and files, Ashdale, October 2026, version 1; 4 findings",
            "The return of Ashdale for October 2026, version 1, is rejected: none of it counts.",
        ),
        (
            Outcome.ACCEPTED,
            [],
            {},
            "Accepted: Letters and files, Ashdale, October 2026, version 1; 0 findings",
            "The return of Ashdale for October 2026, version 1, is accepted.",
        ),
        (
            Outcome.ACCEPTED_WITH_QUERIES,
            ODD,
            {},
            "Accepted with queries: Letters and files, Ashdale, October 2026, version 1; 1 finding",
            "The return of Ashdale for October 2026, version 1, is accepted with 1 query.",
        ),
        (
            Outcome.ACCEPTED,
            ASIDE,
            {"rows_accepted": 10, "rows_quarantined": 2},
            "Accepted, 2 rows set aside: Letters and files, Ashdale, October 2026, version 1; 2 findings",
            "The return of Ashdale for October 2026, version 1, is accepted, but 2 of its 12 rows are set aside and "
            "counted nowhere.",
        ),
        (
            Outcome.ACCEPTED_WITH_QUERIES,
            ASIDE[:1] + ODD,
            {"rows_accepted": 11, "rows_quarantined": 1},
            "Accepted with queries, 1 row set aside: Letters and files, Ashdale, October 2026, version 1; 2 findings",
            "The return of Ashdale for October 2026, version 1, is accepted with 1 query, but 1 of its 12 rows is set "
            "aside and counted nowhere.",
        ),
        (
            Outcome.NIL,
            [],
            {},
            "Accepted as a nil return: Letters and files, Ashdale, October 2026, version 1; 0 findings",
            "The return of Ashdale for October 2026, version 1, is accepted as a nil return.",
        ),
        (
            Outcome.NIL,
            ODD,
            {},
            "Accepted as a nil return: Letters and files, Ashdale, October 2026, version 1; 1 finding",
            "The return of Ashdale for October 2026, version 1, is accepted as a nil return, with 1 query.",
        ),
        (
            Outcome.REJECTED,
            BAD,
            {"period": None, "file_name": "october.csv"},
            "Rejected: Letters and files, Ashdale, a file whose name says no month; 3 findings",
            "The file october.csv of Ashdale is rejected: none of it counts.",
        ),
        (
            Outcome.REJECTED,
            BAD,
            {"area": "XXX", "rows_in": None},
            "Rejected: Letters and files, XXX, October 2026, version 1; 3 findings",
            "The return of XXX for October 2026, version 1, is rejected: none of it counts.",
        ),
    ],
    ids=[
        "rejected", "accepted", "queries", "rows set aside", "both", "nil", "nil with a query", "no month", "no Area",
    ],
)  # fmt: skip
def test_the_first_line_says_whether_the_return_was_accepted(
    outcome: Outcome, findings: list[Finding], other: dict[str, object], subject: str, first: str
) -> None:
    letter = receipt(outcome, findings, **other)
    assert letter.subject == subject
    assert flat(letter.text.split("\n\n")[0]) == first
    assert first in visible(letter.html)
    assert visible(letter.html).startswith(subject.partition(":")[0]), "the first line that is seen"
    assert first in flat(unescape(letter.html.partition('role="article"')[0])), "what a list of mails shows of it"


def test_findings_stand_by_their_cure_the_worst_first() -> None:
    other = [replace(BAD[0], rule="RET-102", column="lost", message="This is a word.")]
    letter = receipt(Outcome.REJECTED, ODD + BAD + other)
    said = flat(letter.text)
    assert "5 findings, 2 cures" in said
    assert (
        "* Rejects the file: 4 cells. Write digits. This is no number & <b>. Column met, rows 4 to 6. Rule RET-101. "
        "Why: A guessed figure is a wrong one. This is a word. Column lost, row 4. Rule RET-102. "
        "* Query: 1 cell. Check it."
    ) in said
    assert said.count("Write digits.") == visible(letter.html).count("Write digits.") == 1
    assert "This is no number &amp; &lt;b&gt;." in letter.html
    seen = visible(letter.html)
    assert seen.index("Rejects the file: 4 cells") < seen.index("Query: 1 cell")


def test_what_to_do_next_names_the_version_and_the_deadline() -> None:
    said = flat(receipt(Outcome.REJECTED, BAD).text)
    assert "send the whole file again as version 02 by 17:00 on Friday 6 November 2026" in said
    late = flat(receipt(Outcome.REJECTED, BAD, received_at=datetime(2026, 12, 1)).text)
    assert "as version 02." in late
    assert "Nothing more is needed." in flat(receipt(Outcome.ACCEPTED, []).text)


@pytest.mark.parametrize(
    ("copy", "said"),
    [
        (COPY, "mend the marked cells, say why on its sheet declaration, and send it under that name."),
        (
            MarkedCopy("R-AAA-202610-v01-marked.xlsx", b"", Use.LOOK_AT),
            "It is for looking only: this return is sent as CSV",
        ),
        (MarkedCopy("R-AAA-202610-v01-extract.xlsx", b"", Use.EXTRACT), "It cannot be sent back; mend your own file."),
    ],
    ids=["send back", "look at", "extract"],
)
def test_a_marked_copy_is_attached_and_its_use_is_told(copy: MarkedCopy, said: str) -> None:
    letter = receipt(Outcome.REJECTED, BAD, copy)
    assert [attached.file_name for attached in letter.attachments] == [copy.file_name, "receipt-AAA-2026-10-1.json"]
    assert letter.attachments[0].content == copy.content
    for text in (flat(letter.text), visible(letter.html)):
        assert f"The attached {copy.file_name}" in text or f"the attached {copy.file_name}" in text
        assert said in text


def test_a_query_is_answered_on_the_sheet_of_the_copy_or_by_mail() -> None:
    by_sheet = flat(receipt(Outcome.ACCEPTED_WITH_QUERIES, ODD, COPY).text)
    assert "write the answer on the sheet answers of the attached R-AAA-202610-v02.xlsx and send it." in by_sheet
    looking = replace(COPY, use=Use.LOOK_AT)
    for copy in (None, looking):
        by_mail = flat(receipt(Outcome.ACCEPTED_WITH_QUERIES, ODD, copy).text)
        assert "If all is right, answer with the reason to assurance@example.org." in by_mail


def test_the_version_and_its_deadline_are_told_once() -> None:
    said = flat(receipt(Outcome.ACCEPTED_WITH_QUERIES, ASIDE + ODD, COPY, rows_quarantined=2).text)
    assert said.count("send the whole file again as version 02 by 17:00") == 1
    assert "Look at the query below. If all is right, write the answer" in said


def test_a_file_with_another_areas_name_is_told_where_it_belongs_and_not_to_come_as_the_next_version() -> None:
    strange = Finding(
        "RET-005", Severity.FILE, None, None, "This does not name the Area that sent the file.", "Send it."
    )
    letter = receipt(Outcome.REJECTED, [strange, *BAD, *ODD])
    for said in (flat(letter.text), visible(letter.html)):
        assert "If it is another Area's return, it has to come through that Area's folder" in said
        assert "name it R-AAA-202610 with its version" in said
        assert "send it again by 17:00 on Friday 6 November 2026" in said
        assert "as version 02" not in said
        assert "Look at the" not in said


def test_queries_are_counted_by_what_is_asked_and_not_by_the_rows() -> None:
    rows = [replace(ODD[0], row=row, column="urn") for row in range(2, 63)]
    assert "is accepted with 2 queries" in flat(receipt(Outcome.ACCEPTED_WITH_QUERIES, [*rows, *ODD]).text)


def test_a_receipt_holds_hash_rows_and_control_totals() -> None:
    sent = submission("AAA", PERIOD)
    named = replace(
        collection(),
        columns=(Column(name="kept", type="count", answer="met"), Column(name="lost", type="count", answer="not_met")),
    )
    said = flat(receipt_letter(named, sent, [], TOTALS, why, REPORTS).text)
    for told in (
        sent.sha256,
        sent.submission_id,
        "Rows in: 12",
        "Rows accepted: 12",
        "Rows quarantined: 0",
        "Rows rejected: 0",
        "Letters answered kept 1,203, lost 4, not applicable 0",
        "All together kept 1,203, lost 4, not applicable 7",
    ):
        assert told in said


def test_a_receipt_of_a_file_that_cannot_be_read_is_whole() -> None:
    sent = submission("AAA", PERIOD, Outcome.REJECTED, rows_in=None, arrival=Arrival.AFTER_CUT_OFF)
    whole = Finding("RET-001", Severity.FILE, None, None, "Not a CSV.", "Save as CSV.")
    said = flat(receipt_letter(collection(), sent, [whole], {}, why, REPORTS).text)
    assert "* Rejects the file: the whole file. Save as CSV. Not a CSV. The whole file. Rule RET-001." in said
    assert "Rows in: unreadable" in said
    assert "It came after the cut-off" in said
    assert "Control totals" not in said


def test_the_attached_receipt_is_for_programs() -> None:
    (attached,) = receipt(Outcome.REJECTED, BAD).attachments
    told = json.loads(attached.content)
    assert attached.media_type == "application/json"
    assert told["outcome"] == "rejected"
    assert told["rows"] == {"in": 12, "accepted": 0, "quarantined": 0, "rejected": 12}
    assert [finding["row"] for finding in told["findings"]] == [4, 5, 6]
    assert told["findings"][0]["why"] == WHY["RET-101"]
    assert told["totals"]["S01"]["met"] == 1203


def test_no_receipt_holds_what_a_mail_program_drops_or_cuts() -> None:
    for letter in (receipt(Outcome.REJECTED, BAD + ODD, COPY), receipt(Outcome.ACCEPTED, [])):
        assert not re.search(r"<svg|<img|data:|var\(|<script|<link|@import|url\(|src=|class=\"\"", letter.html)
        assert all(len(line) <= 78 for line in letter.text.splitlines())
        assert "<" not in letter.text.replace("<b>", "")
        assert letter.subject.isascii()


@pytest.mark.parametrize(
    ("kinds", "columns"),
    [(1, 1), (60, 67), pytest.param(60, 1, marks=pytest.mark.slow), pytest.param(50_000, 1, marks=pytest.mark.slow)],
    ids=str,
)
def test_fifty_thousand_findings_fit_in_a_mail(kinds: int, columns: int) -> None:
    many = [
        Finding(
            f"R-{i % kinds}", Severity.ROW, 2 + 3 * i, f"a_column_with_a_long_name_{i % columns}",
            f"Wrong in the way {i % kinds}. {'It goes on. ' * 12}", f"Mend {i % kinds}. {'It goes on. ' * 12}",
        )
        for i in range(50_000)
    ]  # fmt: skip
    letter = receipt(Outcome.REJECTED, many)
    assert len(letter.html.encode()) < 102_000
    said = flat(letter.text)
    assert "50,000 findings" in said
    assert len(json.loads(letter.attachments[0].content)["findings"]) == 50_000


def test_a_receipt_with_a_copy_can_be_sent() -> None:
    letter = receipt(Outcome.REJECTED, BAD, COPY)
    message = compose(
        letter, key="k" * 64, sender="a@example.org", recipient="b@example.org", date=datetime(2026, 11, 3)
    )
    workbook, told = message.iter_attachments()
    assert (workbook.get_filename(), workbook.get_content()) == (COPY.file_name, COPY.content)
    assert workbook.get_content_type() == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert told.get_content_type() == "application/json"
