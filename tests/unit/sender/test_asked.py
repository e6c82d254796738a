"""What is asked in each column, in words that follow from the register."""

from __future__ import annotations

import pytest

from assurance.sender.asked import Asked, asked
from tests.rules.builders import AREA, PERIOD, collection
from tests.rules.cases import BCM_PERIOD, bcm


def question(name: str) -> Asked:
    (found,) = (one for one in asked(bcm(), "WSX", BCM_PERIOD, "R-WSX-202610-v01") if one.name == name)
    return found


@pytest.mark.parametrize(
    ("standard", "judged"),
    [
        ("C01", ""),
        ("C03", "idpc_served_date is earlier than first_hearing_date"),
        ("C04", "allocated_date is at most 7 days after sending_date"),
        ("C06", "indictment_uploaded_date is at least 7 days before ptph_date"),
        ("P03", "upgrade_received_date is no later than upgrade_due_date"),
        (
            "H01",
            "ptph_date is at most 28 days (child_witness_under_10 N) or 14 days (child_witness_under_10 Y) "
            "after sending_date",
        ),
        (
            "C13",
            "stage3_served_date is at most 14 days after the day on which D03 was due; "
            "where stage3_ordered_date is filled in, no later than that day",
        ),
    ],
)
def test_how_dates_decide_a_standard_is_said_as_the_register_has_it(standard: str, judged: str) -> None:
    expected = f"The dates decide: it was in time where {judged}." if judged else ""
    assert question(standard).judged == expected


@pytest.mark.parametrize(
    ("column", "form"),
    [
        ("C01", "Write Y (yes) or N (no)."),
        ("C03", "Write Y (yes), N (no), NA (not applicable) or ND (not yet due)."),
        ("C05", "Write FM (fully met), PM (partly met), NM (not met) or NA (not applicable)."),
        ("defendant_seq", "Write a whole number from 1 to 99."),
        ("charge_date", "Write a date: 2026-10-31 or 31/10/2026, day before month."),
        ("comment", "Write at most 500 characters."),
        ("period", "Write 2026-10."),
        ("sample_point", "Write ptph, stage or trial."),
        (
            "nfs_failure_codes",
            "Write codes of the list on the sheet guidance; between several of them a semicolon: B1;D1.",
        ),
    ],
)
def test_how_a_cell_is_written_is_said_by_its_kind(column: str, form: str) -> None:
    assert question(column).form == form


@pytest.mark.parametrize(
    ("column", "when"),
    [
        ("urn", "In every row."),
        ("idpc_served_date", "Where it applies; else leave it empty."),
        ("C11", "Only where sample_point is stage; elsewhere leave it empty."),
    ],
)
def test_when_a_cell_is_filled_in_is_said(column: str, when: str) -> None:
    assert question(column).when == when


def test_each_column_of_the_month_is_asked_for_once_in_the_order_of_the_header() -> None:
    for of, area, period in ((bcm(), "WSX", BCM_PERIOD), (collection(), AREA, PERIOD)):
        found = asked(of, area, period, "R-WSX-202610-v01")
        assert [one.column for one in found] == list(of.columns_in(period))


def test_every_column_of_cases_that_is_no_answer_says_what_it_holds() -> None:
    assert [one.name for one in asked(bcm(), "WSX", BCM_PERIOD, "x") if not one.meaning] == []


def test_counts_are_asked_of_the_forces_and_categories_of_the_month() -> None:
    choices = {one.name: one.choices for one in asked(collection(), AREA, PERIOD, "x")}
    assert choices["force"] == tuple(unit.name for unit in collection().units_of(AREA, PERIOD))
    assert "Homicide" in choices["offence_category"]
    assert choices["convictions"] == ()


def test_more_choices_than_a_sentence_can_name_are_left_to_the_list() -> None:
    forms = {one.name: one.form for one in asked(collection(), AREA, PERIOD, "x")}
    assert forms["force"] == "Write Hampshire & IOW, Wiltshire or Dorset."
    assert forms["offence_category"] == "Choose from the list in the cell."
