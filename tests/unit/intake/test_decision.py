"""What becomes of a submission: the worst finding decides, and every row goes somewhere."""

from __future__ import annotations

from itertools import combinations

import pytest

from assurance.intake.checking import with_findings
from assurance.intake.decision import Decision, decide, too_many_quarantined
from assurance.model import Counted, Finding, Outcome, Severity
from tests.rules.builders import examined, nil_return, valid_return
from tests.rules.cases import bcm, bcm_return


def finding(severity: Severity, row: int | None = None) -> Finding:
    return Finding("XXX-001", severity, row, None, "What is wrong.", "What to do.")


@pytest.mark.parametrize(
    ("severities", "outcome"),
    [
        ([], Outcome.ACCEPTED),
        ([Severity.NOTE], Outcome.ACCEPTED),
        ([Severity.ROW], Outcome.ACCEPTED),
        ([Severity.QUERY], Outcome.ACCEPTED_WITH_QUERIES),
        ([Severity.NOTE, Severity.QUERY, Severity.ROW], Outcome.ACCEPTED_WITH_QUERIES),
        ([Severity.FILE], Outcome.REJECTED),
        ([Severity.QUERY, Severity.FILE, Severity.NOTE], Outcome.REJECTED),
    ],
)
def test_the_worst_finding_decides(severities: list[Severity], outcome: Outcome) -> None:
    assert decide(set(severities), 0, 10).outcome is outcome


def test_rows_that_are_held_back_are_quarantined_and_the_rest_is_accepted() -> None:
    assert decide({Severity.ROW}, 2, 100) == Decision(Outcome.ACCEPTED, 98, 2, 0)


def test_a_rejected_file_has_no_accepted_and_no_quarantined_row() -> None:
    assert decide({Severity.FILE, Severity.ROW}, 1, 10) == Decision(Outcome.REJECTED, 0, 0, 10)


def test_a_nil_return_stays_one_with_queries_and_is_rejected_like_any_other() -> None:
    assert decide({Severity.QUERY}, 0, 1, nil=True).outcome is Outcome.NIL
    assert decide({Severity.FILE}, 0, 1, nil=True).outcome is Outcome.REJECTED


def test_accepted_quarantined_and_rejected_are_always_all_rows() -> None:
    for size in range(len(Severity) + 1):
        for found in combinations(Severity, size):
            for nil in (True, False):
                decision = decide(set(found), 2 if Severity.ROW in found else 0, 9, nil=nil)
                assert decision.accepted + decision.quarantined + decision.rejected == 9, found


@pytest.mark.parametrize(
    ("quarantined", "rows_in", "too_many"),
    [
        (0, 0, False),
        (1, 1, False),
        (2, 2, False),
        (2, 10, False),
        (3, 3, True),
        (3, 59, True),
        (3, 60, False),
        (4, 79, True),
        (4, 80, False),
        (10_000, 200_000, False),
        (10_001, 200_000, True),
    ],
)
def test_too_many_are_three_and_more_than_a_twentieth(quarantined: int, rows_in: int, too_many: bool) -> None:
    assert too_many_quarantined(quarantined, rows_in) is too_many


def test_a_finding_that_comes_later_decides_anew_and_takes_the_counts_of_what_it_rejects() -> None:
    checked = examined(valid_return()).checked
    assert with_findings(checked, []) is checked

    asked = with_findings(checked, [finding(Severity.QUERY)])
    assert (asked.submission.outcome, asked.counted) == (Outcome.ACCEPTED_WITH_QUERIES, checked.counted)

    refused = with_findings(checked, [finding(Severity.FILE)])
    assert (refused.submission.outcome, refused.counted) == (Outcome.REJECTED, Counted())
    assert refused.submission.rows_rejected == 39


def test_rows_that_were_held_back_stay_so_when_a_finding_comes_later() -> None:
    checked = examined(bcm_return().with_cell(2, "case_type", ""), of=bcm()).checked
    later = with_findings(checked, [finding(Severity.QUERY)]).submission
    assert (later.rows_accepted, later.rows_quarantined, later.rows_rejected) == (29, 1, 0)
    refused = with_findings(checked, [finding(Severity.FILE)]).submission
    assert (refused.rows_accepted, refused.rows_quarantined, refused.rows_rejected) == (0, 0, 30)


def test_a_nil_return_stays_nil_when_it_is_asked_about_later() -> None:
    checked = examined(nil_return()).checked
    assert with_findings(checked, [finding(Severity.QUERY)]).submission.outcome is Outcome.NIL
