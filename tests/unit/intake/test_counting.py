"""What a return adds up to: answers by standard, version, unit and reason, and never a case."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from assurance.intake.checking import Examined
from assurance.intake.counting import count, totals
from assurance.intake.staging import Sender, Typing
from assurance.model import ANY_REASON, Counted, Counts, DeclaredLine, Period, ReasonLine, SampledLine
from tests.rules.builders import collection, examined, valid_return
from tests.rules.cases import BCM_PERIOD, Case, bcm, bcm_return, case, good_cases
from tests.unit.intake.tables import table_of


def counted(*cases: Case, held_back: frozenset[int] = frozenset(), area: str = "WSX") -> Counted:
    typing = Typing(bcm(), table_of(bcm(), list(cases)), Sender(area, BCM_PERIOD))
    staged = typing.stage(typing.table)
    staged.hold_back(held_back)
    return count(bcm(), staged, typing.in_scope)


def of_standard(found: Counted, code: str) -> dict[tuple[str, str], Counts]:
    return {(line.unit, line.sample_reason): line.counts for line in found.tally if line.standard == code}


# Returns of counts


def test_the_tally_counts_answers_by_category_and_force_and_keeps_those_apart_as_not_applicable() -> None:
    sent = valid_return(counts=lambda row, standard: (row, 1000 + row) if standard.counted else (0, 5))
    lines = {(line.standard, line.unit): line.counts for line in examined(sent).checked.counted.tally}
    assert len(lines) == len(sent.rows)
    assert lines["O01", "Hampshire & IOW"] == Counts(met=0, not_met=1000)
    assert lines["O02", "Hampshire & IOW"] == Counts(met=1, not_met=1001)
    assert lines["O13", "Dorset"] == Counts(not_applicable=5)


def test_control_totals_add_up_to_the_cells_of_the_return() -> None:
    sent = valid_return()
    by_standard = totals(examined(sent).checked.counted.tally)
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


# Returns of cases


def test_each_answer_adds_to_its_count() -> None:
    graded = [case(n, "ptph") | {"C02": answer} for n, answer in enumerate(("FM", "FM", "PM", "NM", "NA"), start=1)]
    assert of_standard(counted(*graded), "C02") == {
        ("Hampshire & IOW", "random"): Counts(met=2, partly=1, not_met=1, not_applicable=1)
    }
    binary = [case(n, "ptph") | {"P02": answer} for n, answer in enumerate(("Y", "N", "N", "NA"), start=1)]
    assert totals(counted(*binary).tally)["P02"] == Counts(met=1, not_met=2, not_applicable=1)


def test_of_a_timely_standard_the_answer_that_follows_from_the_dates_counts() -> None:
    said = [case(n, "stage") | {"C11": answer} for n, answer in enumerate(("Y", "N", "ND", "NA"), start=1)]
    late = case(5, "stage", stage1_served_date=date(2026, 10, 30)) | {"C11": "Y"}
    found = counted(*said, late)
    assert totals(found.tally)["C11"] == Counts(met=4, not_met=1)
    assert {line for line in found.declared if line.standard == "C11"} == {
        DeclaredLine("C11", 1, "random", "N", "Y", 1),
        DeclaredLine("C11", 1, "random", "NA", "Y", 1),
        DeclaredLine("C11", 1, "random", "ND", "Y", 1),
        DeclaredLine("C11", 1, "random", "Y", "N", 1),
        DeclaredLine("C11", 1, "random", "Y", "Y", 1),
    }


def test_what_is_not_yet_due_is_kept_apart() -> None:
    not_yet = case(1, "stage", assessed_on=date(2026, 10, 11), stage3_served_date=None)
    assert totals(counted(not_yet).tally)["C13"] == Counts(not_due=1)


def test_a_standard_is_counted_at_its_sample_point_only() -> None:
    found = counted(case(1, "ptph"), case(2, "stage"), case(3, "trial"))
    assert Counter(line.standard for line in found.tally) == dict.fromkeys(bcm().versions, 1)
    assert all(sum(vars(line.counts).values()) == 1 for line in found.tally)


def test_answers_are_counted_by_unit_and_by_reason_of_the_sample() -> None:
    found = counted(
        case(1, "trial"),
        case(2, "trial", sample_reason="targeted"),
        case(3, "trial", urn="54AB0000003"),
        case(4, "trial", urn="99AB0000004", sample_reason="all"),
    )
    assert of_standard(found, "A03") == {
        ("Hampshire & IOW", "random"): Counts(met=1),
        ("Hampshire & IOW", "targeted"): Counts(met=1),
        ("Wiltshire", "random"): Counts(met=1),
        ("other", "all"): Counts(met=1),
    }


def test_reasons_are_counted_one_by_one_with_what_became_of_them() -> None:
    short = {"P01": "PM", "nfs_failure_codes": "E1; D4"}
    found = counted(
        case(1, "ptph") | short,
        case(2, "ptph") | short | {"police_disputed": "N"},
        case(3, "ptph") | short | {"police_disputed": "Y", "cps_accepted_dispute": "Y", "sample_reason": "targeted"},
        case(4, "ptph") | {"P01": "NM", "nfs_failure_codes": "E1"},
    )
    assert found.reasons == (
        ReasonLine("random", ANY_REASON, "", "", 2),
        ReasonLine("random", ANY_REASON, "N", "", 1),
        ReasonLine("random", "D4", "", "", 1),
        ReasonLine("random", "D4", "N", "", 1),
        ReasonLine("random", "E1", "", "", 2),
        ReasonLine("random", "E1", "N", "", 1),
        ReasonLine("targeted", ANY_REASON, "Y", "Y", 1),
        ReasonLine("targeted", "D4", "Y", "Y", 1),
        ReasonLine("targeted", "E1", "Y", "Y", 1),
    )


def test_cases_are_counted_by_sample_point_and_reason_beside_those_in_scope() -> None:
    found = counted(*good_cases(), case(99, "ptph", sample_reason="targeted"))
    assert found.sampled == (
        SampledLine("ptph", "random", 20),
        SampledLine("ptph", "targeted", 1),
        SampledLine("stage", "random", 5),
        SampledLine("trial", "random", 5),
    )
    assert found.cases_in_scope == 500


def test_rows_that_are_held_back_are_counted_nowhere_but_their_file_says_how_many_were_in_scope() -> None:
    cases = good_cases()
    assert counted(*cases, held_back=frozenset({2})) == counted(*cases[1:])
    nothing = counted(*cases[:2], held_back=frozenset({2, 3}))
    assert nothing == Counted(cases_in_scope=500)


def test_every_answer_of_a_return_is_counted_once() -> None:
    found = counted(*good_cases())
    asked = Counter(standard.asked_at for standard in bcm().standards_in(BCM_PERIOD))
    checks = 20 * asked["ptph"] + 5 * asked["stage"] + 5 * asked["trial"]
    assert sum(sum(vars(line.counts).values()) for line in found.tally) == checks
    timely = Counter(s.asked_at for s in bcm().standards_in(BCM_PERIOD) if s.due)
    assert (
        sum(line.checks for line in found.declared) == 20 * timely["ptph"] + 5 * timely["stage"] + 5 * timely["trial"]
    )


def test_the_order_of_the_rows_changes_nothing() -> None:
    assert counted(*good_cases()[::-1]) == counted(*good_cases())


def test_the_counts_hold_no_value_that_tells_a_case() -> None:
    said = str(counted(*(one | {"comment": "Zebra"} for one in good_cases())))
    assert "Zebra" not in said
    assert "44AB" not in said


def test_the_same_cases_in_another_form_have_the_same_fingerprint() -> None:
    def fingerprint(seen: Examined) -> str | None:
        return seen.checked.submission.content_sha256

    sent = bcm_return()
    turned = replace(sent, rows=sent.rows[::-1], encoding="utf-16", ending="\r\n")
    one = fingerprint(examined(sent, of=bcm()))
    assert fingerprint(examined(turned, of=bcm())) == one
    assert fingerprint(examined(sent.with_cell(2, "comment", "x"), of=bcm())) != one
    swapped = sent.with_cell(2, "C01", sent.cell(2, "P02")).with_cell(2, "case_type", "rasso")
    assert fingerprint(examined(swapped, of=bcm())) != one
    assert fingerprint(examined(sent.without_row(31), of=bcm())) != one
