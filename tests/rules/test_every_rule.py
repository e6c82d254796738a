"""Every rule has a return that satisfies it and returns that fail it, exactly there; so has every entry of a suite."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import pytest

from assurance.catalogue import Collection
from assurance.intake.history import history_findings
from assurance.model import Counts, Earlier, Finding, Outcome, Period, Severity
from tests.rules.builders import (
    AREA,
    PERIOD,
    Place,
    Return,
    catalogue,
    collection,
    examined,
    file_name,
    nil_return,
    places,
    some_counts,
    valid_return,
)

NO_HISTORY = Earlier({}, {})


@dataclass(frozen=True)
class Case:
    """A return that breaks one thing, and every finding it must bring: no more, no fewer."""

    rule: str
    title: str
    sent: Return | bytes
    found: tuple[Place, ...]
    name: str = ""
    area: str = ""
    earlier: Earlier = field(default=NO_HISTORY)


def outcomes() -> list[Case]:
    """The cases of `outcomes`: Wessex in October 2016, three forces and thirteen categories on lines 2 to 40."""
    good = valid_return()
    force, last = good.cell(2, "force"), good.last_line
    apart = good.line_of(offence_category="Admin Finalised")
    full = next(line for line in range(2, last) if good.cell(line, "convictions_pct") not in ("-", "", "0.0%"))

    def whole(rule: str) -> tuple[Place, ...]:
        return ((rule, None, None),)

    return [
        Case("RET-001", "it is a workbook", b"PK\x03\x04" + bytes(30), whole("RET-001")),
        Case("RET-001", "it is in a Windows encoding", good.content + b"\xe9", whole("RET-001")),
        Case("RET-001", "its name says that it is a workbook", good.named(good.name[:-3] + "xlsx"), whole("RET-001")),
        Case("RET-002", "it has too many bytes", bytes([44]) * (collection().limits.bytes + 1), whole("RET-002")),
        Case("RET-003", "a column is missing", without_column(good, "force"), (("RET-003", 1, "force"),)),
        Case(
            "RET-003",
            "a column is strange",
            replace(good, header=(*good.header, "comment"), rows=tuple((*row, "") for row in good.rows)),
            (("RET-003", 1, None),),
        ),
        Case("RET-004", "a row is too short", good.with_row(5, good.rows[3][:-1]), (("RET-004", 5, None),)),
        Case("RET-004", "a quote stays open", good.content + b'WSX,"2016-10', whole_line("RET-004", last + 1)),
        Case(
            "RET-005", "a row is another Area's", good.with_cell(7, "area_code", "WMD"), (("RET-005", 7, "area_code"),)
        ),
        Case(
            "RET-005",
            "it lies in another Area's folder",
            replace(valid_return("WMD"), name=file_name("WSX")),
            whole("RET-005"),
        ),
        Case(
            "RET-005",
            "a nil return is another Area's",
            nil_return().with_cell(2, "area_code", "WMD"),
            (("RET-005", 2, "area_code"),),
        ),
        Case(
            "RET-006", "a row is of another month", good.with_cell(9, "period", "2016-09"), (("RET-006", 9, "period"),)
        ),
        Case(
            "RET-006",
            "a nil row is of another month",
            nil_return().with_cell(2, "period", ""),
            (("RET-006", 2, "period"),),
        ),
        Case("RET-006", "its month has not begun", valid_return(period=Period(2016, 12)), whole("RET-006")),
        Case("RET-006", "its name follows no pattern", good.named("october.csv"), whole("RET-006")),
        Case("RET-007", "its month is not collected", valid_return(period=Period(2016, 3)), whole("RET-007")),
        Case("RET-007", "its Area does not exist yet", valid_return("LNN", Period(2016, 9)), places_of_no_area()),
        Case("RET-010", "it has only a header", replace(good, rows=()), (*whole("RET-010"), *whole("OUT-103"))),
        Case(
            "RET-010",
            "a nil row stands beside others",
            good.with_rows(nil_return().rows[0]),
            (
                ("OUT-103", None, None),
                ("OUT-101", last + 1, "convictions"),
                ("OUT-101", last + 1, "unsuccessful"),
                ("OUT-103", last + 1, "force"),
                ("OUT-103", last + 1, "offence_category"),
                ("RET-010", last + 1, None),
            ),
        ),
        Case(
            "RET-012",
            "a cell holds a zero-width space",
            good.with_cell(4, "area_code", "WSX\u200b"),
            (("RET-005", 4, "area_code"), ("RET-012", 4, "area_code")),
        ),
        Case("RET-013", "a correction gives no reason", valid_return(version=2), whole("RET-013")),
        Case("RET-014", "blank rows follow", good.with_rows(("",) * 7, ("",) * 7), whole("RET-014")),
        Case(
            "OUT-101",
            "a count has letters",
            good.with_cell(apart, "unsuccessful", "2 approx"),
            one(apart, "unsuccessful"),
        ),
        Case(
            "OUT-101",
            "a count is too large to be added up",
            good.with_cell(apart, "unsuccessful", "9,999,999,999"),
            one(apart, "unsuccessful"),
        ),
        Case(
            "OUT-101",
            "a category apart has convictions in words",
            good.with_cell(apart, "convictions", "none"),
            one(apart, "convictions"),
        ),
        Case("OUT-101", "convictions are empty", good.with_cell(full, "convictions", ""), one(full, "convictions")),
        Case(
            "OUT-102",
            "a percentage is off by a tenth",
            good.with_cell(full, "convictions_pct", "12.3%"),
            (("OUT-102", full, "convictions_pct"),),
        ),
        Case(
            "OUT-102",
            "a percentage of nothing is none of some",
            good.with_cell(2, "convictions_pct", "0.0%"),
            (("OUT-102", 2, "convictions_pct"),),
        ),
        Case("OUT-103", "a force is another Area's", good.with_cell(3, "force", "Kent"), (("OUT-103", 3, "force"),)),
        Case(
            "OUT-103",
            "a category is not agreed",
            good.with_cell(3, "offence_category", "Arson"),
            (("OUT-103", 3, "offence_category"),),
        ),
        Case(
            "OUT-103",
            "a force has a category twice",
            good.with_cell(3, "offence_category", good.cell(2, "offence_category")),
            (("OUT-103", 2, None), ("OUT-103", 3, None)),
        ),
        Case("OUT-103", f"a row of {force} is missing", good.without_row(8), whole("OUT-103")),
        Case(
            "RET-008", "the figures are those of August", good, whole("RET-008"), earlier=told_in(good, Period(2016, 8))
        ),
        Case("OUT-204", "a rate is far from usual", collapsed(), whole("OUT-204"), earlier=steady_year()),
    ]


CASES: Mapping[str, Callable[[], list[Case]]] = {"outcomes": outcomes}
"""The cases of each collection. A new collection, or a new rule, fails the tests below until it has some."""
SATISFY_ELSEWHERE = {"RET-013": replace(valid_return(version=2), reason_given=True)}
"""Returns that satisfy a rule which the valid return does not so much as meet."""


def whole_line(rule: str, line: int) -> tuple[Place, ...]:
    return ((rule, line, None),)


def one(line: int, column: str) -> tuple[Place, ...]:
    return (("OUT-101", line, column),)


def places_of_no_area() -> tuple[Place, ...]:
    """An Area without validity has no forces and owes no row: only the header is there."""
    return (("RET-007", None, None), ("RET-010", None, None))


def without_column(sent: Return, column: str) -> Return:
    index = sent.header.index(column)
    rows = tuple(row[:index] + row[index + 1 :] for row in sent.rows)
    return replace(sent, header=sent.header[:index] + sent.header[index + 1 :], rows=rows)


def told_in(sent: Return, period: Period) -> Earlier:
    content = examined(sent).checked.submission.content_sha256
    assert content is not None
    return Earlier({content: period}, {})


def collapsed() -> Return:
    """Half of the homicides, in a year in which nine of ten ended in a conviction."""
    return valid_return(counts=lambda row, standard: (50, 50) if standard.code == "O01" else some_counts(row, standard))


def steady_year() -> Earlier:
    months = {PERIOD.plus(-n): Counts(met=270 + n % 3, not_met=30 - n % 3) for n in range(1, 14)}
    return Earlier({}, {"O01": months})


def other_than_outcomes(of: Collection) -> Collection | None:
    return None if of.code == collection().code else of


def all_findings(of: Collection, case: Case) -> list[Finding]:
    seen = examined(case.sent, name=case.name, area=case.area, of=other_than_outcomes(of))
    return [*seen.checked.findings, *history_findings(of, seen.checked, case.earlier)]


def every_case() -> list[tuple[str, Case]]:
    return [(code, case) for code, cases in CASES.items() for case in cases()]


EVERY_CASE = every_case()


def test_every_collection_has_cases() -> None:
    assert set(CASES) == set(catalogue().collections)


@pytest.mark.parametrize("code", sorted(catalogue().collections))
def test_every_rule_of_a_collection_has_a_case_and_every_case_a_rule(code: str) -> None:
    with_a_case = {case.rule for other, case in EVERY_CASE if other == code}
    assert with_a_case == set(collection(code).rule_texts)


@pytest.mark.parametrize("code", sorted(catalogue().collections))
def test_every_entry_of_a_suite_is_failed_by_some_case(code: str) -> None:
    of = collection(code)
    failed = {
        (failure.entry, of.rules.expectations[failure.entry].meta.rule)
        for other, case in EVERY_CASE
        if other == code
        for failure in examined(case.sent, name=case.name, area=case.area, of=other_than_outcomes(of)).failures
    }
    assert failed == {(position, entry.meta.rule) for position, entry in enumerate(of.rules.expectations)}


@pytest.mark.parametrize(
    ("code", "case"), EVERY_CASE, ids=lambda x: f"{x.rule} {x.title}" if isinstance(x, Case) else x
)
def test_a_return_with_one_fault_fails_exactly_there(code: str, case: Case) -> None:
    of = collection(code)
    found = all_findings(of, case)
    assert sorted(((f.rule, f.row, f.column) for f in found), key=str) == sorted(case.found, key=str)
    assert case.rule in {f.rule for f in found}
    severities = {f.rule: f.severity for f in found}
    assert severities == {rule: of.rule_texts[rule].severity for rule in severities}


@pytest.mark.parametrize("rule", sorted(collection().rule_texts))
def test_a_return_that_satisfies_a_rule_says_nothing_of_it(rule: str) -> None:
    sent = SATISFY_ELSEWHERE.get(rule, valid_return())
    seen = examined(sent)
    late = history_findings(collection(), seen.checked, usual_year(sent))
    assert (places(seen), [f.rule for f in late]) == ([], [])


def usual_year(sent: Return) -> Earlier:
    """Twelve months and more like this one, and another month's figures that differ."""
    now = {line.standard: Counts() for line in examined(sent).checked.tally}
    for line in examined(sent).checked.tally:
        now[line.standard] += line.counts
    months = [PERIOD.plus(-n) for n in range(1, 15)]
    return Earlier({"0" * 64: Period(2016, 8)}, {code: dict.fromkeys(months, counts) for code, counts in now.items()})


@pytest.mark.parametrize("area", [area.code for area in collection().areas_owing(PERIOD)])
def test_a_valid_return_of_any_area_is_accepted(area: str) -> None:
    seen = examined(valid_return(area))
    assert (places(seen), seen.checked.submission.outcome) == ([], Outcome.ACCEPTED)


def test_a_nil_return_is_nil_and_counts_nothing() -> None:
    seen = examined(nil_return())
    assert (places(seen), seen.checked.submission.outcome, seen.checked.tally) == ([], Outcome.NIL, ())


def test_a_name_that_cannot_be_returned_is_told_as_such_and_not_as_a_wrong_cell() -> None:
    (found,) = examined(valid_return(period=Period(2016, 12))).checked.findings
    assert "2016-12 has not begun" in found.message
    assert "R-<AREA>-<YYYYMM>-v<nn>.csv" in found.fix


def test_no_finding_of_any_case_holds_a_value_of_the_return() -> None:
    strange = "Zebra"
    good = valid_return()
    for column in good.header:
        for value in (strange, f"{strange}\u200b", f"{strange}, {strange}"):
            found = examined(good.with_cell(3, column, value)).checked.findings
            assert found, f"{column} takes anything"
            assert strange not in str(found)


def test_a_header_that_is_a_row_of_values_is_told_by_its_places_only() -> None:
    row = ("Zebra",) * 7
    found = examined(replace(valid_return(), header=row).with_cell(2, "Zebra", "a\x01b")).checked.findings
    assert {f.rule for f in found} == {"RET-003", "RET-012"}
    assert "Zebra" not in str(found)


def test_every_rule_says_what_why_and_how_to_mend_it() -> None:
    for of in catalogue().collections.values():
        for text in of.rule_texts.values():
            assert all(words.strip() for words in (text.message, text.why, text.fix)), text.rule
            assert isinstance(text.severity, Severity)


def test_the_area_of_the_cases_owes_a_return() -> None:
    assert AREA in {area.code for area in collection().areas_owing(PERIOD)}
