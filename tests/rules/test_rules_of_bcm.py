"""What returns of cases may say, to the day and the row; what becomes of them; and how little one slip brings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest

from assurance.catalogue import Column
from assurance.intake.checking import Examined
from assurance.intake.counting import totals
from assurance.model import Counts, Outcome, Severity
from tests.rules.builders import Return, examined, places
from tests.rules.cases import BCM_PERIOD, Case, bcm, bcm_return, case, columns_for, good_cases, rows
from tests.rules.faults_of_bcm import DISPUTED, SHORT_FILE, full, with_faulty
from tests.rules.workbooks import as_workbook

DAY = timedelta(days=1)
PTPH = date(2026, 10, 11)


def seen(sent: Return) -> Examined:
    return examined(sent, of=bcm())


def passing() -> dict[str, Case]:
    """Cases at the edge of what may be."""
    return {
        "charge, first hearing, sending and PTPH on one day": on_one_day(),
        "a trial the day after the PTPH": case(0, "ptph", trial_date=PTPH + DAY),
        "every cell filled": full(),
        "a PTPH on the first day of the month": moved("ptph", ptph_date=date(2026, 10, 1)),
        "a PTPH on the last day of the month": moved("ptph", ptph_date=date(2026, 10, 31)),
        "a trial on the first day of the month": moved("trial", trial_date=date(2026, 10, 1)),
        "a trial on the last day of the month": moved("trial", trial_date=date(2026, 10, 31)),
        "Stage 3 ordered for the first day of the month": moved("stage", stage3_ordered_date=date(2026, 10, 1)),
        "Stage 3 ordered for the last day of the month": moved("stage", stage3_ordered_date=date(2026, 10, 31)),
        "Stage 3 due on the last day by an ordered Stage 2": moved("stage", stage2_ordered_date=date(2026, 10, 17)),
        "Stage 3 due without a disclosure, by order": moved(
            "stage", initial_disclosure_date=None, stage3_ordered_date=date(2026, 10, 31)
        ),
        "assessed on the first day of the month": moved("stage", assessed_on=date(2026, 10, 1)),
        "assessed on the day it was received": moved("stage", assessed_on=date(2026, 11, 3)),
        "evidence on the day of the charge": moved("ptph", idpc_served_date=date(2026, 9, 3)),
        "Stage 1 served on the day of the sending": moved("stage", stage1_served_date=date(2026, 7, 13)),
        "Stage 1 ordered for the day of the sending": moved("stage", stage1_ordered_date=date(2026, 7, 13)),
        "stages ordered a day apart": moved(
            "ptph",
            stage1_ordered_date=date(2026, 11, 2),
            stage2_ordered_date=date(2026, 11, 3),
            stage3_ordered_date=date(2026, 11, 4),
        ),
        "not yet at the PTPH, and no hearing counted": moved("ptph", assessed_on=PTPH - DAY, hearings_to_date=0),
        "the most hearings": moved("ptph", hearings_to_date=40),
        "the first and the last number of a defendant": moved("ptph", defendant_seq=99),
        "a PTPH 200 days after the sending": moved(
            "ptph",
            sending_date=PTPH - 200 * DAY,
            first_hearing_date=PTPH - 200 * DAY,
            charge_date=PTPH - 200 * DAY,
            idpc_served_date=None,
            allocated_date=None,
        ),
        "a trial five years after the sending": moved(
            "trial",
            charge_date=date(2021, 10, 11),
            first_hearing_date=date(2021, 10, 11),
            sending_date=date(2021, 10, 11),
            ptph_date=date(2021, 11, 8),
        ),
        "a short file": moved("ptph", **SHORT_FILE),
        "a file that falls far short": moved("ptph", **SHORT_FILE | {"P01": "NM"}),
        "a short file that is disputed": moved("ptph", **DISPUTED),
        "a short file that is not disputed": moved("ptph", **SHORT_FILE, police_disputed="N"),
        "codes with spaces between": moved("ptph", **SHORT_FILE | {"nfs_failure_codes": "E1; D4 ;V1"}),
        "a file to which the standard does not apply": moved("ptph", P01="NA"),
        "an upgraded file that was due and not received": moved("stage", upgrade_received_date=None),
        "no upgraded file": moved("stage", upgrade_due_date=None, upgrade_received_date=None),
        "a comment of 500 characters": moved("ptph", comment="é" * 500),
        "a comment in any letters": moved("ptph", comment="Łódź – ’ 東"),
        "a URN of the other forces": moved("ptph", urn="54AB0000001"),
        "a URN of a national force": moved("ptph", urn="93AB0000001"),
        "a URN with its ending": moved("ptph", urn="44AB7777777(M)"),
        "dates written day first": day_first(case(0, "ptph")),
    }


def moved(point: str, **cells: object) -> Case:
    """A case with other cells, answers that follow from them, and a word on those that are adverse."""
    return case(0, point, **{"comment": "There was a reason."} | cells)


def on_one_day() -> Case:
    done = columns_for("evidence")[:7]
    course = ("charge_date", "first_hearing_date", "sending_date", "ptph_date")
    return moved("ptph", **dict.fromkeys((*done, *course), PTPH))


def day_first(one: Case) -> Case:
    return {name: f"{cell:%d/%m/%Y}" if isinstance(cell, date) else cell for name, cell in one.items()}


def one_return_of(cases: Mapping[str, Case]) -> Return:
    """A return with these cases after thirty others."""
    own = [
        {**one, "urn": f"44QQ{number:07d}"} if one["urn"] == "44AB0000000" else one
        for number, one in enumerate(cases.values())
    ]
    return bcm_return().with_rows(*rows(own))


def test_what_may_be_is_not_spoken_of() -> None:
    cases = passing()
    line_of = {line: title for line, title in enumerate(cases, start=len(good_cases()) + 2)}
    found = seen(one_return_of(cases)).checked.findings
    assert [(line_of.get(f.row or 0), f.rule, f.column) for f in found] == []


def test_a_return_of_every_area_is_accepted_whatever_its_units() -> None:
    for area in ("WSX", "WMD", "LON"):
        one = seen(bcm_return(area=area))
        assert (places(one), one.checked.submission.outcome) == ([], Outcome.ACCEPTED)


def test_a_urn_that_lost_its_zero_is_used_with_it_and_told() -> None:
    sent = bcm_return(area="LON")
    line = 2
    one = seen(sent.with_cell(line, "urn", "1123456789"))
    assert places(one) == [("BCM-302", line, "urn")]
    assert one.accepted is not None
    kept = one.accepted.slice(0, 1).select(["row_no", "urn", "unit"]).to_pylist()
    assert kept == [{"row_no": line, "urn": "01123456789", "unit": "Metropolitan and City"}]


# Questions about the whole


def declared(differing: int, of_rows: int, **others: object) -> Return:
    """A return of rows at the PTPH whose first answers to C03 are not those of the dates."""
    said: Case = {"C03": "N", "comment": "It was late."}
    cases = [case(n, "ptph", **others) | (said if n <= differing else {}) for n in range(1, of_rows + 1)]
    cases[-1] |= {"C02": "PM"}
    return bcm_return(*cases)


@pytest.mark.parametrize(
    ("differing", "of_rows", "asked"),
    [(2, 20, True), (2, 21, False), (1, 10, True), (1, 11, False), (1, 5, True), (1, 4, False), (0, 20, False)],
)
def test_the_area_is_asked_from_one_in_ten_of_five_answers_on(differing: int, of_rows: int, asked: bool) -> None:
    found = [f for f in seen(declared(differing, of_rows)).checked.findings if f.rule == "BCM-202"]
    assert [f.column for f in found] == (["C03"] if asked else [])
    assert all(f"C03: {differing} of {of_rows}" in f.message for f in found)


@pytest.mark.parametrize(("rows_in", "asked"), [(9, False), (10, True)])
def test_ten_rows_of_nothing_but_the_best_are_asked_about(rows_in: int, asked: bool) -> None:
    sent = bcm_return(*(case(number, "ptph") for number in range(1, rows_in + 1)))
    assert ("BCM-203" in {f.rule for f in seen(sent).checked.findings}) is asked


@pytest.mark.parametrize(
    ("scope", "reason", "asked"),
    [("30", "random", False), ("29", "random", True), ("30", "all", False), ("31", "all", True), ("29", "all", True)],
)
def test_the_cases_in_scope_are_no_fewer_than_those_returned_and_as_many_where_all_are(
    scope: str, reason: str, asked: bool
) -> None:
    cases = [one | {"cases_in_scope": scope, "sample_reason": reason} for one in good_cases()]
    found = {f.rule: f.message for f in seen(bcm_return(*cases)).checked.findings}
    assert ("BCM-207" in found) is asked
    assert not asked or f"30 cases returned, {scope} in scope" in found["BCM-207"]


@pytest.mark.parametrize(("random", "told"), [(19, True), (20, False)])
def test_twenty_random_cases_at_the_ptph_are_enough(random: int, told: bool) -> None:
    cases = good_cases()
    cases[random:20] = [one | {"sample_reason": "targeted"} for one in cases[random:20]]
    found = {f.rule: f.message for f in seen(bcm_return(*cases)).checked.findings}
    assert ("BCM-304" in found) is told
    assert not told or "19 of 20" in found["BCM-304"]


# What becomes of it


@pytest.mark.parametrize(
    ("rows_in", "faulty", "outcome"),
    [
        (10, 2, Outcome.ACCEPTED),
        (3, 2, Outcome.ACCEPTED),
        (2, 2, Outcome.REJECTED),
        (1, 1, Outcome.REJECTED),
        (10, 3, Outcome.REJECTED),
        (59, 3, Outcome.REJECTED),
        (60, 3, Outcome.ACCEPTED),
        (61, 4, Outcome.REJECTED),
        (80, 4, Outcome.ACCEPTED),
    ],
)
def test_a_return_may_lose_two_rows_or_a_twentieth(rows_in: int, faulty: int, outcome: Outcome) -> None:
    submission = seen(with_faulty(rows_in, faulty)).checked.submission
    assert submission.outcome is outcome
    rejected = outcome is Outcome.REJECTED
    assert (submission.rows_accepted, submission.rows_quarantined, submission.rows_rejected) == (
        (0, 0, rows_in) if rejected else (rows_in - faulty, faulty, 0)
    )


def test_a_row_that_is_held_back_counts_nowhere_and_the_rest_does() -> None:
    good = seen(bcm_return()).checked.counted
    held = seen(bcm_return().with_cell(3, "case_type", "")).checked.counted
    before, after = totals(good.tally), totals(held.tally)
    asked = {s.code for s in bcm().standards_in(BCM_PERIOD) if s.asked_at == "ptph"}
    assert {code for code in before if before[code] != after[code]} == asked
    assert all(before[code] == after[code] + Counts(met=1) for code in asked)
    assert {(s.sample_point, s.cases) for s in held.sampled} == {("ptph", 19), ("stage", 5), ("trial", 5)}
    assert sum(line.checks for line in good.declared) - sum(line.checks for line in held.declared) == 7


def test_a_rejected_return_counts_nothing() -> None:
    assert seen(with_faulty(10, 3)).checked.counted.tally == ()


def test_a_row_with_several_faults_is_held_back_once_with_all_its_reasons() -> None:
    one = seen(bcm_return().with_cell(2, "case_type", "").with_cell(2, "remand_status", "x").with_cell(2, "C01", ""))
    assert one.held_back == {2}
    assert one.checked.submission.rows_quarantined == 1
    assert places(one) == [("BCM-101", 2, "case_type"), ("BCM-102", 2, "remand_status"), ("BCM-110", 2, "C01")]


def test_a_row_that_is_held_back_has_no_remarks() -> None:
    sent = bcm_return().with_cell(2, "case_type", "").with_cell(2, "C03", "N")
    assert places(seen(sent)) == [("BCM-101", 2, "case_type")]


def test_a_workbook_says_what_the_same_csv_says() -> None:
    sent = bcm_return().with_cell(2, "case_type", "").with_cell(3, "charge_date", "31/02/2026")
    by_csv, by_workbook = seen(sent), seen(as_workbook(sent))
    assert by_workbook.checked.findings == by_csv.checked.findings
    assert by_workbook.checked.counted == by_csv.checked.counted
    assert by_workbook.checked.submission.content_sha256 == by_csv.checked.submission.content_sha256


def test_a_workbook_may_give_the_reason_of_a_correction() -> None:
    sent = replace(bcm_return(version=2), reason_given=True)
    assert places(seen(as_workbook(sent))) == []


# How little one slip brings

SLIPS = ("", "Zebra", "1899-12-30", "31/02/2026", "2016-10-11", "2062-10-11", "-1")


@pytest.mark.parametrize("slip", SLIPS)
def test_one_slip_in_a_row_brings_few_findings(slip: str) -> None:
    columns = [column for column in bcm().columns_in(BCM_PERIOD) if column.type not in ("return_id", "area", "period")]
    slips = [(point, column) for point in ("ptph", "stage", "trial") for column in columns]
    spoilt = [case(number, point) | {column.name: slip} for number, (point, column) in enumerate(slips, start=100)]
    found = seen(bcm_return(*good_cases(), *spoilt)).checked.findings
    for line, (point, column) in enumerate(slips, start=len(good_cases()) + 2):
        told = [f for f in found if f.row == line]
        assert len(told) <= most_told(column, slip), (point, column.name, [(f.rule, f.column) for f in told])
        if slip in ("Zebra", "31/02/2026", "-1"):
            assert {f.column for f in told} <= {column.name}


def most_told(column: Column, slip: str) -> int:
    """A date that can be read may be wrong in three ways: out of order, out of the month, far from another."""
    dated = column.type == "date" and slip[:2] == "20"
    return 3 if dated else 2


def test_a_wrong_sample_point_is_told_with_the_answers_that_it_misplaces_and_no_others() -> None:
    one = seen(bcm_return().with_cell(2, "sample_point", "trial"))
    assert {f.rule for f in one.checked.findings if f.row == 2} == {"BCM-109", "BCM-110"}
    messages = {f.message for f in one.checked.findings if f.row == 2}
    assert len(messages) == 3


def test_an_unknown_sample_point_is_told_alone() -> None:
    for wrong in ("", "at the end"):
        one = seen(bcm_return().with_cell(2, "sample_point", wrong))
        assert [f.column for f in one.checked.findings if f.row == 2] == ["sample_point"]


def test_every_finding_about_a_row_has_a_column_of_the_return_or_none() -> None:
    names = {column.name for column in bcm().columns} | {None}
    spoilt = bcm_return().with_cell(22, "initial_disclosure_date", "").with_cell(3, "hearings_to_date", "0")
    assert {f.column for f in seen(spoilt).checked.findings} <= names


def test_queries_and_notes_hold_back_nothing() -> None:
    sent = bcm_return().with_cell(2, "urn", "20AB1234516").with_cell(3, "C01", "N")
    one = seen(sent)
    assert {f.severity for f in one.checked.findings} == {Severity.QUERY, Severity.NOTE}
    assert one.held_back == frozenset()
    assert one.checked.submission.outcome is Outcome.ACCEPTED_WITH_QUERIES
