"""The page of a submission's findings says what became of it, what failed where, and who acts; it stays small, and tells
no cell and no answer.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from html import unescape

import pytest
from builders import PERIOD, REPORTS, collection, submission
from test_receipt import ASIDE, BAD, NBSP, ODD, TOTALS, why

from assurance.model import Answer, Asked, Counts, Finding, Outcome, Query, Severity, WaivedRule
from assurance.reporting.findings import MOST_BYTES, failed_rules, findings_page

ANSWER = Answer("RET-301", "met", "ZEBRA-ANSWER", "ZEBRA-PERSON", datetime(2026, 11, 5, 9, 30))
QUERY = Query("RET-301", "met", ("Far from the months before.",), 1)
WAIVED = Finding("RET-008", Severity.NOTE, None, None, "The same as a month before.", "Look again.", waived=True)


def page(
    outcome: Outcome,
    findings: list[Finding],
    asked: Asked | None = None,
    totals: dict[str, Counts] = TOTALS,
    **other: object,
) -> str:
    sent = replace(submission("AAA", PERIOD, outcome), **other)  # type: ignore[arg-type]
    return findings_page(collection(), sent, findings, totals, asked or Asked(), why, REPORTS).decode()


def read(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html.partition("<body")[2])).replace(NBSP, " ").split())


@pytest.mark.parametrize(
    ("outcome", "findings", "asked", "other", "heading", "acts"),
    [
        (Outcome.ACCEPTED, [], Asked(), {}, "Accepted: 0 findings", "Nobody has to act."),
        (Outcome.NIL, [], Asked(), {}, "Accepted as a nil return: 0 findings", "Nobody has to act."),
        (
            Outcome.REJECTED, BAD + ODD, Asked((QUERY,)), {}, "Rejected: 4 findings of 2 rules",
            "None of it counts. The sender mends what is listed, and sends the whole file again as the next version.",
        ),
        (
            Outcome.ACCEPTED, ASIDE, Asked(), {"rows_accepted": 10, "rows_quarantined": 2},
            "Accepted, 2 rows set aside: 2 findings of 1 rule",
            "2 rows are counted nowhere until the sender mends them and sends the next version.",
        ),
        (
            Outcome.ACCEPTED_WITH_QUERIES, ODD, Asked((QUERY,)), {}, "Accepted with queries: 1 finding of 1 rule",
            "The sender answers 1 query, or sends the next version.",
        ),
        (
            Outcome.ACCEPTED_WITH_QUERIES, ODD, Asked((replace(QUERY, answer=ANSWER),)), {},
            "Accepted with queries: 1 finding of 1 rule", "Nobody has to act.",
        ),
    ],
    ids=["accepted", "nil", "rejected", "rows set aside", "open query", "answered"],
)  # fmt: skip
def test_the_heading_says_what_became_of_it_and_then_who_acts(
    outcome: Outcome, findings: list[Finding], asked: Asked, other: dict[str, object], heading: str, acts: str
) -> None:
    said = read(page(outcome, findings, asked, **other))
    assert f"{heading} What became of it, and who has to act? {acts}" in said


def test_rules_stand_by_severity_the_gravest_first_with_places_cure_and_reason() -> None:
    said = read(page(Outcome.REJECTED, [*ODD, *ASIDE, *BAD, WAIVED]))
    assert [
        said.index(f"{effect}: ") for effect in ("Rejects the file", "Sets the row aside", "Query", "Note")
    ] == sorted(said.index(f"{effect}: ") for effect in ("Rejects the file", "Sets the row aside", "Query", "Note"))
    assert (
        "Rejects the file: 3 findings of 1 rule Rule What is wrong, and where To mend it RET-101 3 cells This is no number & "
        "<b>. Column met, rows 4 to 6. Why it matters: A guessed figure is a wrong one. Write digits. Who acts: the sender, "
        "by the next version."
    ) in said
    assert "RET-201 2 cells This is empty. Column lost, rows 3 and 8." in said
    assert (
        "RET-008 the whole file The same as a month before. The whole file. Look again. Who acts: nobody, for it is waived."
        in said
    )


def test_what_is_asked_answered_and_waived_is_counted_and_no_answer_is_told() -> None:
    other = replace(QUERY, rule="RET-302")
    asked = Asked((replace(QUERY, answer=ANSWER), other), (WaivedRule("RET-008", "The same.", 1),), (ANSWER,))
    html = page(Outcome.ACCEPTED_WITH_QUERIES, [*ODD, replace(ODD[0], rule="RET-302"), WAIVED], asked)
    said = read(html)
    assert "Queries 2 asked, 1 answered, 1 open Waived 1 rule: RET-008" in said
    assert "Who acts: nobody, for it was answered on 5 November 2026, 09:30." in said
    assert "Who acts: the sender, by an answer or the next version." in said
    assert "ZEBRA" not in html, "the words of an answer are for those who sign off"


def test_it_has_the_facts_of_the_receipt_and_its_totals() -> None:
    sent = submission("AAA", PERIOD)
    said = read(page(Outcome.ACCEPTED, []))
    for told in (sent.sha256, sent.submission_id, sent.file_name, "Rows in 12", "Rows accepted 12", "London; on time"):
        assert told in said
    assert "Letters answered 1,203 4 0" in said
    assert "All together 1,203 4 7" in said
    assert "2 standards were counted" in said


def test_a_file_that_cannot_be_read_has_a_whole_page() -> None:
    whole = Finding("RET-001", Severity.FILE, None, None, "Not a CSV.", "Save as CSV.")
    said = read(page(Outcome.REJECTED, [whole], totals={}, rows_in=None, period=None, area="XXX"))
    assert "XXX, a file whose name says no month" in said
    assert "Rows in unreadable" in said
    assert "were counted" not in said


def test_it_asks_for_nothing_from_outside_and_leads_nowhere() -> None:
    html = page(Outcome.REJECTED, BAD + ODD + ASIDE)
    assert not re.search(r"<script|<link|@import|url\(|src=|https?:", html)
    assert {link.partition(":")[0] for link in re.findall(r'href="([^"]*)"', html)} <= {
        "#content", "#m-worsening", "#m-not_met", "#m-too_close", "mailto",
    }  # fmt: skip
    assert html.count("OFFICIAL") == 2


@pytest.mark.parametrize(("kinds", "messages"), [(1, 1), (60, 1), (1, 1000), (60, 200), (400, 31)], ids=str)
def test_fifty_thousand_findings_fit_on_a_page_and_it_says_how_many_are_not_named(kinds: int, messages: int) -> None:
    """So many rules of each severity, each with so many messages: a collection has some 60 rules in all."""
    many = [
        Finding(
            f"R-{i % 4}-{i // 4 % kinds}", [*Severity][i % 4], 2 + 3 * i, f"a_column_with_a_long_name_{i % 67}",
            f"Wrong in the way {i // 4 // kinds % messages}. {'It goes on. ' * 12}", f"Mend it. {'It goes on. ' * 12}",
        )
        for i in range(50_000)
    ]  # fmt: skip
    html = page(Outcome.REJECTED, many)
    assert len(html.encode()) <= MOST_BYTES
    said = read(html)
    assert f"50,000 findings of {4 * kinds:,} rules" in said
    assert bool(re.search(r"And [0-9,]+ more messages in the receipt", said)) == (messages > 1)
    assert bool(re.search(r"; and [0-9,]+ more\.", said)) == (12_500 // kinds // messages > 40)
    assert bool(re.search(r"And [0-9,]+ more rules, in the receipt", said)) == (kinds >= 60)


def test_failed_rules_come_the_gravest_first_and_of_equals_what_failed_most() -> None:
    found = failed_rules([*ODD, *ASIDE, *BAD, replace(BAD[0], rule="RET-001"), WAIVED])
    assert [(severity.value, rule, len(own)) for (severity, rule), own in found.items()] == [
        ("file", "RET-101", 3), ("file", "RET-001", 1), ("row", "RET-201", 2), ("query", "RET-301", 1),
        ("note", "RET-008", 1),
    ]  # fmt: skip
