"""Returns of `outcomes` with one fault each, and what it must bring."""

from __future__ import annotations

from dataclasses import replace

from assurance.model import Counts, Earlier, Outcome, Period
from tests.rules.builders import (
    PERIOD,
    RECEIVED,
    Place,
    Return,
    collection,
    file_name,
    nil_return,
    some_counts,
    valid_return,
)
from tests.rules.faults import Case, told_once, whole, without_column

ASKED, ACCEPTED = Outcome.ACCEPTED_WITH_QUERIES, Outcome.ACCEPTED


def faults() -> list[Case]:
    """The cases of `outcomes`: Wessex in October 2016, three forces and thirteen categories on lines 2 to 40."""
    good = valid_return()
    force, last = good.cell(2, "force"), good.last_line
    december = valid_return(period=Period(2016, 12))
    apart = good.line_of(offence_category="Admin Finalised")
    full = next(line for line in range(2, last) if good.cell(line, "convictions_pct") not in ("-", "", "0.0%"))

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
        Case(
            "RET-006",
            "its month has not begun",
            december,
            whole("RET-006"),
            received=RECEIVED,
        ),
        Case("RET-006", "its name follows no pattern", good.named("october.csv"), whole("RET-006")),
        Case("RET-007", "its month is not collected", valid_return(period=Period(2016, 3)), whole("RET-007")),
        Case("RET-007", "its Area does not exist yet", valid_return("LNN", Period(2016, 9)), places_of_no_area()),
        Case("RET-010", "it has only a header", replace(good, rows=()), whole("RET-010", "OUT-103")),
        Case(
            "RET-010",
            "a nil row stands beside others",
            good.with_rows(nil_return().rows[0]),
            (("OUT-103", None, None), ("RET-010", last + 1, "force")),
        ),
        Case(
            "RET-012",
            "a cell holds a zero-width space",
            good.with_cell(4, "area_code", "WSX\u200b"),
            (("RET-005", 4, "area_code"), ("RET-012", 4, "area_code")),
        ),
        *(
            Case(
                "RET-012",
                f"{column} holds a figure of another script",
                good.with_cell(full, column, f"{good.cell(full, column)}\u0661"),
                (("RET-012", full, column), (also, full, column)),
            )
            for column, also in (
                ("area_code", "RET-005"),
                ("period", "RET-006"),
                ("convictions", "OUT-101"),
                ("unsuccessful", "OUT-101"),
                ("convictions_pct", "OUT-102"),
            )
        ),
        Case("RET-013", "a correction gives no reason", valid_return(version=2), whole("RET-013"), ASKED),
        Case("RET-014", "blank rows follow", good.with_rows(("",) * 7, ("",) * 7), whole("RET-014"), ACCEPTED),
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
        Case("RET-005", "a row names no Area", good.with_cell(7, "area_code", ""), (("RET-005", 7, "area_code"),)),
        Case("RET-006", "a row names no month", good.with_cell(9, "period", ""), (("RET-006", 9, "period"),)),
        Case(
            "OUT-101",
            "a count of unsuccessful is empty",
            good.with_cell(full, "unsuccessful", ""),
            one(full, "unsuccessful"),
        ),
        Case(
            "OUT-102",
            "a percentage is empty where counts are there",
            good.with_cell(full, "convictions_pct", ""),
            (("OUT-102", full, "convictions_pct"),),
        ),
        Case(
            "OUT-102",
            "a percentage of nothing is empty",
            good.with_cell(2, "convictions_pct", ""),
            (("OUT-102", 2, "convictions_pct"),),
        ),
        Case(
            "OUT-102",
            "a percentage of none of some is nought without a sign",
            good.with_cell(3, "convictions_pct", "0"),
            (("OUT-102", 3, "convictions_pct"),),
        ),
        Case(
            "OUT-102",
            "a category apart has a percentage",
            good.with_cell(apart, "convictions_pct", "0.0%"),
            (("OUT-102", apart, "convictions_pct"),),
        ),
        Case("OUT-103", "a row names no force", good.with_cell(3, "force", ""), (("OUT-103", 3, "force"),)),
        Case(
            "OUT-103",
            "a row names no category",
            good.with_cell(3, "offence_category", ""),
            (("OUT-103", 3, "offence_category"),),
        ),
        Case(
            "RET-008", "the figures are those of August", good, whole("RET-008"), earlier=told_in(good, Period(2016, 8))
        ),
        Case("OUT-204", "a rate is far from usual", collapsed(), whole("OUT-204"), ASKED, earlier=steady_year()),
    ]


def whole_line(rule: str, line: int) -> tuple[Place, ...]:
    return ((rule, line, None),)


def one(line: int, column: str) -> tuple[Place, ...]:
    return (("OUT-101", line, column),)


def places_of_no_area() -> tuple[Place, ...]:
    """An Area without validity has no forces and owes no row: only the header is there."""
    return whole("RET-007", "RET-010")


def told_in(sent: Return, period: Period) -> Earlier:
    return Earlier({told_once(sent): period}, {})


def collapsed() -> Return:
    """Half of the homicides, in a year in which nine of ten ended in a conviction."""
    return valid_return(counts=lambda row, standard: (50, 50) if standard.code == "O01" else some_counts(row, standard))


def steady_year() -> Earlier:
    months = {PERIOD.plus(-n): Counts(met=270 + n % 3, not_met=30 - n % 3) for n in range(1, 14)}
    return Earlier({}, {"O01": months})
