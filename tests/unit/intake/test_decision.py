"""What becomes of a submission: the worst finding decides, and every row goes somewhere."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest

from assurance.intake.checking import totals, with_findings
from assurance.intake.decision import Decision, decide
from assurance.model import Counts, Finding, Outcome, Period, Severity
from tests.rules.builders import collection, examined, nil_return, valid_return


def finding(severity: Severity, row: int | None = None) -> Finding:
    return Finding("XXX-001", severity, row, None, "What is wrong.", "What to do.")


@pytest.mark.parametrize(
    ("severities", "outcome"),
    [
        ([], Outcome.ACCEPTED),
        ([Severity.NOTE], Outcome.ACCEPTED),
        ([Severity.QUERY], Outcome.ACCEPTED_WITH_QUERIES),
        ([Severity.NOTE, Severity.QUERY], Outcome.ACCEPTED_WITH_QUERIES),
        ([Severity.FILE], Outcome.REJECTED),
        ([Severity.QUERY, Severity.FILE, Severity.NOTE], Outcome.REJECTED),
    ],
)
def test_the_worst_finding_decides(severities: list[Severity], outcome: Outcome) -> None:
    assert decide([finding(severity) for severity in severities], 10).outcome is outcome


def test_rows_with_faults_are_quarantined_once_each_and_the_rest_is_accepted() -> None:
    found = [finding(Severity.ROW, 3), finding(Severity.ROW, 3), finding(Severity.ROW, 7)]
    assert decide(found, 100) == Decision(Outcome.ACCEPTED, 98, frozenset({3, 7}), 0)


def test_a_rejected_file_has_no_accepted_and_no_quarantined_row() -> None:
    assert decide([finding(Severity.FILE), finding(Severity.ROW, 3)], 10) == Decision(
        Outcome.REJECTED, 0, frozenset(), 10
    )


def test_a_nil_return_stays_one_with_queries_and_is_rejected_like_any_other() -> None:
    assert decide([finding(Severity.QUERY)], 1, nil=True).outcome is Outcome.NIL
    assert decide([finding(Severity.FILE)], 1, nil=True).outcome is Outcome.REJECTED


def test_accepted_quarantined_and_rejected_are_always_all_rows() -> None:
    kinds = [finding(Severity.FILE), finding(Severity.ROW, 2), finding(Severity.ROW, 5), finding(Severity.QUERY, 2)]
    for size in range(len(kinds) + 1):
        for found in combinations(kinds, size):
            decision = decide(found, 9)
            assert decision.accepted + len(decision.quarantined_rows) + decision.rejected == 9, found


def test_a_finding_that_comes_later_decides_anew_and_takes_the_tally_of_what_it_rejects() -> None:
    checked = examined(valid_return()).checked
    assert with_findings(checked, []) is checked

    asked = with_findings(checked, [finding(Severity.QUERY)])
    assert (asked.submission.outcome, asked.tally) == (Outcome.ACCEPTED_WITH_QUERIES, checked.tally)

    refused = with_findings(checked, [finding(Severity.FILE)])
    assert (refused.submission.outcome, refused.tally) == (Outcome.REJECTED, ())
    assert (refused.submission.rows_accepted, refused.submission.rows_rejected) == (0, 39)


def test_a_nil_return_keeps_its_outcome_when_a_note_comes_later() -> None:
    assert with_findings(examined(nil_return()).checked, [finding(Severity.NOTE)]).submission.outcome is Outcome.NIL


def test_the_tally_counts_answers_by_category_and_force_and_keeps_those_apart_as_not_applicable() -> None:
    sent = valid_return(counts=lambda row, standard: (row, 1000 + row) if standard.counted else (0, 5))
    lines = {(line.standard, line.unit): line.counts for line in examined(sent).checked.tally}
    assert len(lines) == len(sent.rows)
    assert lines["O01", "Hampshire & IOW"] == Counts(met=0, not_met=1000)
    assert lines["O02", "Hampshire & IOW"] == Counts(met=1, not_met=1001)
    assert lines["O13", "Dorset"] == Counts(not_applicable=5)


def test_control_totals_add_up_to_the_cells_of_the_return() -> None:
    sent = valid_return()
    by_standard = totals(examined(sent).checked.tally)
    for standard in collection().standards:
        rows = [row for row in sent.rows if row[3] == standard.title]
        cells = [int((row[4] or "0").replace(",", "")) + int(row[6].replace(",", "")) for row in rows]
        counts = by_standard[standard.code]
        assert counts.assessed + counts.not_applicable == sum(cells), standard.title


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_the_same_cells_have_the_same_fingerprint_whatever_the_bytes(ending: str) -> None:
    sent = valid_return()
    turned = replace(sent, ending=ending, encoding="utf-16", rows=sent.rows[::-1])
    one, other = (examined(each).checked.submission for each in (sent, turned))
    assert one.sha256 != other.sha256
    assert one.content_sha256 == other.content_sha256


def test_the_fingerprint_passes_over_the_month_and_nothing_else() -> None:
    sent = valid_return()
    first = examined(sent).checked.submission.content_sha256
    assert examined(valid_return(period=Period(2016, 9))).checked.submission.content_sha256 == first
    assert examined(valid_return("EMD")).checked.submission.content_sha256 != first
    assert examined(sent.with_cell(4, "unsuccessful", "59")).checked.submission.content_sha256 != first
