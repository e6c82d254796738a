"""Every rule has a return that satisfies it and returns that fail it, exactly there; so has every entry of a suite."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from assurance.intake.checking import Examined
from assurance.intake.history import history_findings
from assurance.model import Counts, Earlier, Finding, Outcome, Period, Severity
from tests.rules import faults_of_bcm, faults_of_outcomes, faults_of_readings
from tests.rules.builders import PERIOD, Return, catalogue, collection, examined, nil_return, places, valid_return
from tests.rules.cases import BCM_PERIOD, bcm_nil, bcm_return, good_cases
from tests.rules.faults import Case, RowFault, examined_case, judged, other_than_outcomes
from tests.rules.readings import readings_nil, readings_return

CASES: Mapping[str, Callable[[], list[Case]]] = {
    "outcomes": faults_of_outcomes.faults,
    "bcm": faults_of_bcm.faults,
    "bcm_readings": faults_of_readings.faults,
}
"""The returns with a fault of each collection. A new collection, or a new rule, fails the tests below until it has some."""
ROW_FAULTS: Mapping[str, Callable[[], list[RowFault]]] = {
    "outcomes": list,
    "bcm": faults_of_bcm.row_faults,
    "bcm_readings": list,
}
VALID: Mapping[str, Callable[..., Return]] = {
    "outcomes": valid_return,
    "bcm": bcm_return,
    "bcm_readings": readings_return,
}
NIL: Mapping[str, Callable[..., Return]] = {"outcomes": nil_return, "bcm": bcm_nil, "bcm_readings": readings_nil}
MONTHS: Mapping[str, Period] = {"outcomes": PERIOD, "bcm": BCM_PERIOD, "bcm_readings": BCM_PERIOD}
CODES = sorted(CASES)

CANNOT_FAIL = {
    "outcomes": {
        "RET-009": "no rule of the collection holds back a row: a table that is wrong anywhere is sent again whole",
        "RET-011": "the collection takes no workbooks: RET-001 refuses them",
        **dict.fromkeys(("RET-015", "RET-016", "RET-017"), "they ask about cases, and a return of it holds counts"),
    },
    "bcm": {},
    "bcm_readings": {},
}
"""The rules of every collection that no return of one can fail, and why."""


EVERY_CASE = [(code, case) for code in CODES for case in CASES[code]()]
EVERY_ROW = faults_of_bcm.row_faults()
FIRST_FAULTY_LINE = len(good_cases()) + 2


@cache
def wall() -> Examined:
    return examined(faults_of_bcm.wall(EVERY_ROW), of=collection("bcm"))


@cache
def wall_by_line() -> Mapping[int | None, list[Finding]]:
    by_line: dict[int | None, list[Finding]] = defaultdict(list)
    for found in wall().checked.findings:
        by_line[found.row].append(found)
    return by_line


def seen(code: str, sent: Return) -> Examined:
    return examined(sent, of=other_than_outcomes(collection(code)))


def test_every_collection_has_cases() -> None:
    assert set(CASES) == set(catalogue().collections)


@pytest.mark.parametrize("code", CODES)
def test_every_rule_of_a_collection_has_a_case_and_every_case_a_rule(code: str) -> None:
    with_a_case = {case.rule for other, case in EVERY_CASE if other == code}
    with_a_case |= {fault.rule for fault in ROW_FAULTS[code]()}
    assert with_a_case | set(CANNOT_FAIL[code]) == set(collection(code).rule_texts)
    assert with_a_case.isdisjoint(CANNOT_FAIL[code])


@pytest.mark.parametrize("code", CODES)
def test_every_entry_of_a_suite_is_failed_by_some_case(code: str) -> None:
    of = collection(code)
    suite = of.suite(MONTHS[code])
    returns = [
        examined_case(of, case)
        for other, case in EVERY_CASE
        if other == code and any(text.rule == case.rule for text in (entry.meta for entry in suite))
    ]
    failed = {failure.entry for one in (*returns, *([wall()] if code == "bcm" else [])) for failure in one.failures}
    never = [(suite[entry].meta.rule, suite[entry].kwargs) for entry in range(len(suite)) if entry not in failed]
    assert never == []


@pytest.mark.parametrize(("code", "case"), EVERY_CASE, ids=str)
def test_a_return_with_one_fault_fails_exactly_there(code: str, case: Case, tmp_path: Path) -> None:
    of = collection(code)
    checked = judged(of, case, tmp_path)
    found = [(f.rule, f.row, f.column) for f in checked.findings]
    assert sorted(found, key=str) == sorted(case.found, key=str)
    assert case.rule in {f.rule for f in checked.findings}
    assert checked.submission.outcome is case.outcome
    assert {f.rule: f.severity for f in checked.findings} == {
        f.rule: of.rule_texts[f.rule].severity for f in checked.findings
    }


@pytest.mark.parametrize(("line", "fault"), list(enumerate(EVERY_ROW, start=FIRST_FAULTY_LINE)), ids=str)
def test_a_row_with_one_fault_fails_exactly_there(line: int, fault: RowFault) -> None:
    found = wall_by_line()[line]
    assert sorted(((f.rule, f.column) for f in found), key=str) == sorted(fault.found, key=str)
    assert fault.rule in {f.rule for f in found}
    assert (line in wall().held_back) is any(f.severity is Severity.ROW for f in found)


def test_the_good_rows_beside_the_faulty_ones_are_not_spoken_of() -> None:
    assert {line for line in wall_by_line() if line is not None and line < FIRST_FAULTY_LINE} == set()


def satisfying(code: str, rule: str) -> Return:
    """A return that satisfies the rule; a correction where the rule is about one."""
    return replace(VALID[code](version=2), reason_given=True) if rule == "RET-013" else VALID[code]()


@pytest.mark.parametrize(("code", "rule"), [(code, rule) for code in CODES for rule in collection(code).rule_texts])
def test_a_return_that_satisfies_a_rule_says_nothing_of_it(code: str, rule: str) -> None:
    one = seen_once(code, satisfying(code, rule))
    late = history_findings(collection(code), one.checked, usual_year(one))
    assert (places(one), [f.rule for f in late]) == ([], [])


@cache
def seen_once(code: str, sent: Return) -> Examined:
    return seen(code, sent)


def usual_year(one: Examined) -> Earlier:
    """Twelve months and more like this one, and another month's figures that differ."""
    now: dict[str, Counts] = defaultdict(Counts)
    for line in one.checked.counted.tally:
        now[line.standard] += line.counts
    assert one.checked.submission.period is not None
    months = [one.checked.submission.period.plus(-n) for n in range(1, 15)]
    return Earlier({"0" * 64: Period(2016, 8)}, {code: dict.fromkeys(months, counts) for code, counts in now.items()})


@pytest.mark.parametrize("code", CODES)
def test_a_nil_return_is_nil_and_counts_nothing(code: str) -> None:
    one = seen(code, NIL[code]())
    assert (places(one), one.checked.submission.outcome) == ([], Outcome.NIL)
    assert (one.checked.counted.tally, one.checked.counted.sampled) == ((), ())


@pytest.mark.parametrize("code", CODES)
def test_no_finding_holds_a_value_of_the_return(code: str) -> None:
    strange = "Zebra"
    good = VALID[code]()
    for value in (strange, f"{strange}\u200b", f"{strange}, {strange}"):
        spoilt = good
        for line, column in enumerate(good.header, start=2):
            spoilt = spoilt.with_cell((line - 2) % len(good.rows) + 2, column, value)
        found = seen(code, spoilt).checked.findings
        takes_text = {"comment"} if value == strange or "," in value else set()
        assert {f.column for f in found} >= set(good.header) - takes_text, f"some column takes {value!r}"
        assert strange not in str(found)


@pytest.mark.parametrize("code", CODES)
def test_every_rule_says_what_why_and_how_to_mend_it(code: str) -> None:
    for text in collection(code).rule_texts.values():
        assert all(words.strip() for words in (text.message, text.why, text.fix)), text.rule
        assert isinstance(text.severity, Severity)


@pytest.mark.parametrize("code", CODES)
def test_of_the_area_of_the_cases_a_return_is_taken(code: str) -> None:
    assert VALID[code]().area in {area.code for area in collection(code).areas_in(MONTHS[code])}
