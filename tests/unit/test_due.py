"""Due dates and the answers that follow from them: worked examples, each a line that a lawyer can check."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import pytest

from assurance.catalogue import Collection
from assurance.due import Case, computed_answer, due_date, in_force
from assurance.intake.counting import count
from assurance.intake.staging import Sender, stage
from assurance.model import Counts, Due, Period, Standard
from tests.rules.cases import BCM_PERIOD, bcm, case
from tests.unit.intake.tables import table_of

ASSESSED = date(2016, 12, 1)


def day(text: str) -> date:
    return date.fromisoformat(text)


def dates(written: str) -> Case:
    """A case written as `sending_date 2016-07-04, remand_status custody`."""
    cells: dict[str, date | str | None] = {}
    for part in filter(None, map(str.strip, written.split(","))):
        column, value = part.split()
        cells[column] = day(value) if value[:2] == "20" else value
    return cells


def standard(code: str) -> Standard:
    return bcm().versions[code][0]


def due(code: str, written: str) -> date | None:
    return due_date(standard(code), bcm().versions, dates(written))


def answer(code: str, written: str, assessed_on: date = ASSESSED) -> str:
    return computed_answer(standard(code), bcm().versions, dates(written), assessed_on)


@dataclass(frozen=True)
class Example:
    title: str
    code: str
    case: str
    comes_to: str

    def __str__(self) -> str:
        return f"{self.code}: {self.title}"


CUSTODY, BAIL = "remand_status custody", "remand_status bail"
DEFENCE = "initial_disclosure_date 2016-08-23"

DUE = [
    Example("50 days after sending in custody", "C11", f"sending_date 2016-07-04, {CUSTODY}", "2016-08-23"),
    Example("70 days after sending on bail", "C11", f"sending_date 2016-07-04, {BAIL}", "2016-09-12"),
    Example("disclosure is due with Stage 1", "C12", f"sending_date 2016-07-04, {BAIL}", "2016-09-12"),
    Example("28 days that begin with the disclosure", "D03", DEFENCE, "2016-09-19"),
    Example("14 days after Stage 2", "C13", DEFENCE, "2016-10-03"),
    Example("across 29 February 2016 in custody", "C11", f"sending_date 2016-01-31, {CUSTODY}", "2016-03-21"),
    Example("across February 2017 in custody", "C11", f"sending_date 2017-01-31, {CUSTODY}", "2017-03-22"),
    Example("across 29 February 2016 on bail", "C11", f"sending_date 2016-01-31, {BAIL}", "2016-04-10"),
    Example("across February 2017 on bail", "C11", f"sending_date 2017-01-31, {BAIL}", "2017-04-11"),
    Example("sent on 29 February", "C11", f"sending_date 2016-02-29, {CUSTODY}", "2016-04-19"),
    Example("Stage 2 ends on 29 February", "D03", "initial_disclosure_date 2016-02-02", "2016-02-29"),
    Example("Stage 2 in another year ends on 1 March", "D03", "initial_disclosure_date 2017-02-02", "2017-03-01"),
    Example("Stage 3 on 29 February", "C13", "stage2_ordered_date 2016-02-15", "2016-02-29"),
    Example("over the turn of the year", "C11", f"sending_date 2016-12-12, {CUSTODY}", "2017-01-31"),
    Example("over the night on which clocks change", "C04", "sending_date 2016-10-28", "2016-11-04"),
    Example("a Sunday is a day like any other", "C04", "sending_date 2016-07-03", "2016-07-10"),
    Example(
        "a direction beats 50 days and may be earlier",
        "C11",
        f"sending_date 2016-07-04, {CUSTODY}, stage1_ordered_date 2016-08-01",
        "2016-08-01",
    ),
    Example(
        "a direction beats 70 days and may be later",
        "C12",
        f"sending_date 2016-07-04, {BAIL}, stage1_ordered_date 2016-10-31",
        "2016-10-31",
    ),
    Example("a direction needs no sending", "C11", "stage1_ordered_date 2016-10-31", "2016-10-31"),
    Example("a direction beats the disclosure", "D03", f"{DEFENCE}, stage2_ordered_date 2016-10-01", "2016-10-01"),
    Example("Stage 3 follows an ordered Stage 2", "C13", f"{DEFENCE}, stage2_ordered_date 2016-10-01", "2016-10-15"),
    Example("an ordered Stage 3 beats all", "C13", f"{DEFENCE}, stage3_ordered_date 2016-12-24", "2016-12-24"),
    Example(
        "an ordered Stage 3 beats an ordered Stage 2",
        "C13",
        f"{DEFENCE}, stage2_ordered_date 2016-10-01, stage3_ordered_date 2016-12-24",
        "2016-12-24",
    ),
    Example("an ordered Stage 1 moves no Stage 2", "D03", f"{DEFENCE}, stage1_ordered_date 2016-11-01", "2016-09-19"),
    Example("28 days to the PTPH", "H01", "sending_date 2016-07-04, child_witness_under_10 N", "2016-08-01"),
    Example(
        "14 days with a witness under 10", "H01", "sending_date 2016-07-04, child_witness_under_10 Y", "2016-07-18"
    ),
    Example("7 days to a named prosecutor", "C04", "sending_date 2016-07-04", "2016-07-11"),
    Example("the indictment 7 days before the PTPH", "C06", "ptph_date 2016-03-07", "2016-02-29"),
    Example("the evidence 7 days before the PTPH", "C07", "ptph_date 2017-03-07", "2017-02-28"),
    Example("the form 7 days before the PTPH", "C08", "ptph_date 2016-08-01", "2016-07-25"),
    Example("the defence's form 2 days before", "D02", "ptph_date 2016-08-01", "2016-07-30"),
    Example("the upgraded file on the agreed day", "P03", "upgrade_due_date 2016-08-15", "2016-08-15"),
    Example("a certificate 28 days before the trial", "C14", "trial_date 2016-03-28", "2016-02-29"),
    Example("in another year a day earlier", "C14", "trial_date 2017-03-28", "2017-02-28"),
    Example(
        "an ordered day for the certificate", "C14", "trial_date 2017-03-28, cotr_ordered_date 2017-03-20", "2017-03-20"
    ),
    Example("initial details before the first hearing", "C03", "first_hearing_date 2016-06-06", "2016-06-06"),
]


@pytest.mark.parametrize("example", DUE, ids=str)
def test_a_due_date_is(example: Example) -> None:
    assert due(example.code, example.case) == day(example.comes_to)


NOTHING = [
    Example("no sending", "C11", CUSTODY, ""),
    Example("nobody knows whether in custody", "C11", "sending_date 2016-07-04", ""),
    Example("an unknown remand", "C11", "sending_date 2016-07-04, remand_status elsewhere", ""),
    Example("no disclosure and no direction", "D03", f"sending_date 2016-07-04, {CUSTODY}", ""),
    Example("no Stage 2 to follow", "C13", f"sending_date 2016-07-04, {CUSTODY}", ""),
    Example("no trial", "C14", "sending_date 2016-07-04", ""),
    Example("no upgrade asked for", "P03", "upgrade_received_date 2016-07-04", ""),
    Example("nothing is said of a child", "H01", "sending_date 2016-07-04, ptph_date 2016-07-10", ""),
    Example("no first hearing", "C03", "idpc_served_date 2016-07-04", ""),
]


@pytest.mark.parametrize("example", NOTHING, ids=str)
def test_where_nothing_says_when_it_is_due_it_does_not_apply(example: Example) -> None:
    assert due(example.code, example.case) is None
    assert answer(example.code, example.case) == "NA"


SENT = f"sending_date 2016-07-04, {CUSTODY}, child_witness_under_10 N, ptph_date 2016-08-01"

ANSWERS = [
    # each timely standard, done on the last day and a day late
    Example(
        "the day before the first hearing", "C03", "first_hearing_date 2016-06-06, idpc_served_date 2016-06-05", "Y"
    ),
    Example(
        "on the day of the first hearing", "C03", "first_hearing_date 2016-06-06, idpc_served_date 2016-06-06", "N"
    ),
    Example("named on the seventh day", "C04", f"{SENT}, allocated_date 2016-07-11", "Y"),
    Example("named on the eighth day", "C04", f"{SENT}, allocated_date 2016-07-12", "N"),
    Example("the PTPH on the 28th day", "H01", SENT, "Y"),
    Example("the PTPH on the 29th day", "H01", SENT.replace("2016-08-01", "2016-08-02"), "N"),
    Example(
        "a child waits 14 days",
        "H01",
        "sending_date 2016-07-04, child_witness_under_10 Y, ptph_date 2016-07-18",
        "Y",
    ),
    Example(
        "a child waits 15 days",
        "H01",
        "sending_date 2016-07-04, child_witness_under_10 Y, ptph_date 2016-07-19",
        "N",
    ),
    Example("an indictment a week before", "C06", f"{SENT}, indictment_uploaded_date 2016-07-25", "Y"),
    Example("an indictment six days before", "C06", f"{SENT}, indictment_uploaded_date 2016-07-26", "N"),
    Example("evidence a week before", "C07", f"{SENT}, evidence_uploaded_date 2016-07-25", "Y"),
    Example("evidence six days before", "C07", f"{SENT}, evidence_uploaded_date 2016-07-26", "N"),
    Example("a form a week before", "C08", f"{SENT}, ptph_form_uploaded_date 2016-07-25", "Y"),
    Example("a form six days before", "C08", f"{SENT}, ptph_form_uploaded_date 2016-07-26", "N"),
    Example("the defence two days before", "D02", f"{SENT}, defence_ptph_form_date 2016-07-30", "Y"),
    Example("the defence the day before", "D02", f"{SENT}, defence_ptph_form_date 2016-07-31", "N"),
    Example("served on the 50th day", "C11", f"{SENT}, stage1_served_date 2016-08-23", "Y"),
    Example("served on the 51st day", "C11", f"{SENT}, stage1_served_date 2016-08-24", "N"),
    Example("disclosed on the 50th day", "C12", f"{SENT}, initial_disclosure_date 2016-08-23", "Y"),
    Example("disclosed on the 51st day", "C12", f"{SENT}, initial_disclosure_date 2016-08-24", "N"),
    Example("the file on the agreed day", "P03", "upgrade_due_date 2016-08-15, upgrade_received_date 2016-08-15", "Y"),
    Example("the file a day late", "P03", "upgrade_due_date 2016-08-15, upgrade_received_date 2016-08-16", "N"),
    Example("the 28th day, the disclosure's the first", "D03", f"{DEFENCE}, defence_statement_date 2016-09-19", "Y"),
    Example("28 days after the disclosure", "D03", f"{DEFENCE}, defence_statement_date 2016-09-20", "N"),
    Example("14 days after Stage 2", "C13", f"{DEFENCE}, stage3_served_date 2016-10-03", "Y"),
    Example("15 days after Stage 2", "C13", f"{DEFENCE}, stage3_served_date 2016-10-04", "N"),
    Example("certified 28 days before", "C14", "trial_date 2016-11-28, cotr_prosecution_date 2016-10-31", "Y"),
    Example("certified 27 days before", "C14", "trial_date 2016-11-28, cotr_prosecution_date 2016-11-01", "N"),
    # a direction decides, not the rule it beats
    Example(
        "late by the rule, in time by the direction",
        "C11",
        f"{SENT}, stage1_served_date 2016-09-30, stage1_ordered_date 2016-09-30",
        "Y",
    ),
    Example(
        "in time by the rule, late by the direction",
        "C11",
        f"{SENT}, stage1_served_date 2016-08-02, stage1_ordered_date 2016-08-01",
        "N",
    ),
    Example(
        "Stage 3 in time by an ordered Stage 2",
        "C13",
        f"{DEFENCE}, stage2_ordered_date 2016-10-01, stage3_served_date 2016-10-15",
        "Y",
    ),
    Example(
        "Stage 3 late by its own direction",
        "C13",
        f"{DEFENCE}, stage2_ordered_date 2016-10-01, stage3_ordered_date 2016-10-10, stage3_served_date 2016-10-15",
        "N",
    ),
    # nothing was done by the day of the assessment, 1 December
    Example("due yesterday and not done", "P03", "upgrade_due_date 2016-11-30", "N"),
    Example("due today and not done", "P03", "upgrade_due_date 2016-12-01", "ND"),
    Example("due tomorrow and not done", "P03", "upgrade_due_date 2016-12-02", "ND"),
    Example("a hearing today, and nothing served before", "C03", "first_hearing_date 2016-12-01", "ND"),
    Example("a hearing yesterday, and nothing served", "C03", "first_hearing_date 2016-11-30", "N"),
    Example(
        "done before it was asked for", "P03", "upgrade_due_date 2016-12-02, upgrade_received_date 2016-01-01", "Y"
    ),
]


@pytest.mark.parametrize("example", ANSWERS, ids=str)
def test_an_answer_is(example: Example) -> None:
    assert answer(example.code, example.case) == example.comes_to


def test_every_timely_standard_has_an_example_in_time_and_one_too_late() -> None:
    timely = {code for code, versions in bcm().versions.items() if versions[0].due}
    assert len(timely) == 13
    for comes_to in ("Y", "N"):
        assert {example.code for example in ANSWERS if example.comes_to == comes_to} == timely


def test_the_trap_of_one_day_from_sending_to_the_defence_statement() -> None:
    """Sent on 4 July 2016 in custody, served and disclosed on the last day; the statement is due on 19 September."""
    sent = dates(f"sending_date 2016-07-04, {CUSTODY}, initial_disclosure_date 2016-08-23")
    assert due_date(standard("C12"), bcm().versions, sent) == day("2016-08-23")
    assert due_date(standard("D03"), bcm().versions, sent) == day("2016-09-19")
    assert due_date(standard("C13"), bcm().versions, sent) == day("2016-10-03")


# Versions of the register

CHANGE = date(2026, 9, 13)


def two_versions() -> Collection:
    """The collection after a change: H01 within 21 days, with another target, for cases sent from the day on."""
    first = standard("H01")
    assert first.due is not None
    second = replace(
        first,
        version=2,
        valid_from=CHANGE,
        target=Decimal("0.99"),
        due=Due("sending_date", False, {"N": 21, "Y": 14}, "child_witness_under_10"),
    )
    place = bcm().standards.index(first) + 1
    return replace(bcm(), standards=(*bcm().standards[:place], second, *bcm().standards[place:]))


@pytest.mark.parametrize(
    ("sent", "version", "last_day"),
    [
        ("2015-01-01", 1, "2015-01-29"),
        ("2026-09-12", 1, "2026-10-10"),
        ("2026-09-13", 2, "2026-10-04"),
        ("2026-09-14", 2, "2026-10-05"),
    ],
)
def test_a_case_is_judged_by_the_version_in_force_when_it_was_sent(sent: str, version: int, last_day: str) -> None:
    versions = two_versions().versions
    chosen = in_force(versions["H01"], day(sent))
    written = dates(f"sending_date {sent}, child_witness_under_10 N")
    assert chosen.version == version
    assert due_date(chosen, versions, written, day(sent)) == day(last_day)


def test_a_case_of_an_unknown_sending_is_judged_by_the_first_version() -> None:
    assert in_force(two_versions().versions["H01"], None).version == 1


def test_a_standard_that_follows_another_follows_the_version_of_the_case() -> None:
    later = replace(
        standard("D03"), version=2, valid_from=day("2017-01-01"), due=Due("initial_disclosure_date", False, {"": 13})
    )
    versions = {**bcm().versions, "D03": (standard("D03"), later)}
    written = dates(DEFENCE)
    for sent, last_day in (("2016-12-31", "2016-10-03"), ("2017-01-01", "2016-09-19")):
        assert due_date(standard("C13"), versions, written, day(sent)) == day(last_day)


def test_the_tally_has_both_versions_each_with_its_own_cases() -> None:
    """Two PTPHs on 6 October: 24 days after a sending under the first version, 23 days under the second."""
    of, held = two_versions(), case(1, "ptph", ptph_date=date(2026, 10, 6))
    before = held | {"sending_date": date(2026, 9, 12)}
    on_the_day = held | {"sending_date": date(2026, 9, 13), "urn": "44AB0000002"}
    staged = stage(of, table_of(of, [before, on_the_day]), Sender("WSX", BCM_PERIOD))
    lines = {line.standard_version: line for line in count(of, staged, set()).tally if line.standard == "H01"}
    assert {version: line.counts for version, line in lines.items()} == {1: Counts(met=1), 2: Counts(not_met=1)}
    declared = [line for line in count(of, staged, set()).declared if line.standard == "H01"]
    assert [(line.standard_version, line.declared, line.computed) for line in declared] == [
        (1, "Y", "Y"),
        (2, "Y", "N"),
    ]


def test_the_register_of_a_period_has_the_version_in_force_at_its_end() -> None:
    of = two_versions()
    versions = {
        period: next(s.version for s in of.standards_in(period) if s.code == "H01")
        for period in (Period(2026, 8), Period(2026, 9), Period(2026, 10))
    }
    assert versions == {Period(2026, 8): 1, Period(2026, 9): 2, Period(2026, 10): 2}
