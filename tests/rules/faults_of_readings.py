"""Files of second readings with one fault each, and what it must bring: Wessex in October 2026, received 3 November."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from assurance.model import Earlier, Outcome, Period
from tests.rules.builders import Place, Return, examined
from tests.rules.faults import Case, whole, without_column
from tests.rules.faults_of_bcm import with_a_hidden_sheet
from tests.rules.readings import (
    at_wrong_points,
    bcm_readings,
    readings_nil,
    readings_return,
    urn,
    with_wrong_answers,
)
from tests.rules.workbooks import as_workbook

NAMING = {"area_code": "RET-005", "period": "RET-006", "return_id": "RET-006"}
"""The columns that say whose the file is and for when, and the rule about each."""
CELLS = {
    "urn": "RDG-102",
    "defendant_seq": "RDG-102",
    "sample_point": "RDG-102",
    "standard": "RDG-103",
    "answer": "RDG-105",
    "assessor": "RDG-106",
}
"""The columns of a reading, and the rule about what each may hold."""

ASKED, ACCEPTED = Outcome.ACCEPTED_WITH_QUERIES, Outcome.ACCEPTED


def faults() -> list[Case]:
    good = readings_return()
    last = good.last_line
    return [
        Case("RET-001", "it is a PDF", b"%PDF-1.7", whole("RET-001"), name=good.name, area="WSX"),
        Case(
            "RET-002",
            "it has more than a hundred columns",
            replace(good, header=tuple(f"c{place}" for place in range(101)), rows=()),
            whole("RET-002"),
        ),
        Case("RET-003", "a column is missing", without_column(good, "assessor"), (("RET-003", 1, "assessor"),)),
        Case("RET-004", "a row is too short", good.with_row(5, good.rows[3][:-1]), (("RET-004", 5, None),)),
        Case(
            "RET-005", "a row is another Area's", good.with_cell(7, "area_code", "WMD"), (("RET-005", 7, "area_code"),)
        ),
        Case(
            "RET-006", "a row is of another month", good.with_cell(9, "period", "2026-09"), (("RET-006", 9, "period"),)
        ),
        Case(
            "RET-006",
            "a row is of another version",
            good.with_cell(9, "return_id", "R-WSX-202610-v02"),
            (("RET-006", 9, "return_id"),),
        ),
        Case("RET-007", "the Area does not exist yet", readings_return(area="LNN"), whole("RET-007")),
        Case("RET-008", "the content is that of August", good, whole("RET-008"), earlier=told_in(good)),
        Case(
            "RDG-104",
            "every standard stands at a wrong point",
            readings_return(*at_wrong_points()),
            (*whole("RET-009"), *each("RDG-104", "sample_point", len(at_wrong_points()))),
        ),
        Case("RET-010", "it has only a header", replace(good, rows=()), whole("RET-010")),
        Case(
            "RET-010",
            "a nil row stands beside others",
            good.with_rows(readings_nil().rows[0]),
            (("RET-010", last + 1, "urn"),),
        ),
        Case("RET-011", "a workbook has a hidden sheet", as_workbook(good, edit=with_a_hidden_sheet), whole("RET-011")),
        Case(
            "RET-012",
            "each cell of codes holds a letter that only looks right",
            spoilt(good, {column: f"{good.cell(2, column)}\u0405" for column in CELLS}),
            (
                *whole("RET-009"),
                *(("RET-012", line, column) for line, column in enumerate(CELLS, start=2)),
                *((CELLS[column], line, column) for line, column in enumerate(CELLS, start=2)),
            ),
        ),
        Case(
            "RET-012",
            "a zero-width space stands where the file is told whose it is",
            spoilt(good, dict.fromkeys(NAMING, "WSX\u200b")),
            (
                *(("RET-012", line, column) for line, column in enumerate(NAMING, start=2)),
                *((NAMING[column], line, column) for line, column in enumerate(NAMING, start=2)),
            ),
        ),
        Case(
            "RET-005",
            "rows do not say whose they are and for when",
            spoilt(good, dict.fromkeys(NAMING, "")),
            tuple((NAMING[column], line, column) for line, column in enumerate(NAMING, start=2)),
        ),
        Case("RET-013", "a correction gives no reason", readings_return(version=2), whole("RET-013"), ASKED),
        Case("RET-014", "blank rows follow", good.with_rows(("",) * 9), whole("RET-014"), ACCEPTED),
        *rows_with_one_fault(good),
        *history(good),
    ]


def rows_with_one_fault(good: Return) -> list[Case]:
    known = good.cell(2, "urn")
    twice = good.with_row(3, good.rows[0]).with_cell(3, "answer", "N")
    return [
        Case(
            "RDG-101",
            "each cell that is needed is empty once",
            spoilt(good, dict.fromkeys(CELLS, "")),
            (*whole("RET-009"), *(("RDG-101", line, column) for line, column in enumerate(CELLS, start=2))),
        ),
        Case(
            "RDG-102",
            "a URN has slashes, there is no hundredth defendant, and no sample point of this name",
            spoilt(good, {"urn": "44/AB/0000001", "defendant_seq": "100", "sample_point": "sentence"}),
            (("RDG-102", 2, "urn"), ("RDG-102", 3, "defendant_seq"), ("RDG-102", 4, "sample_point")),
            ACCEPTED,
        ),
        Case(
            "RDG-103",
            "the standard has left the list",
            good.with_cell(5, "standard", "C99"),
            (("RDG-103", 5, "standard"),),
            ACCEPTED,
        ),
        Case(
            "RET-009",
            "five of its rows are held back",
            spoilt(good, dict.fromkeys(list(CELLS)[:5], "?")),
            (
                *whole("RET-009"),
                *((CELLS[column], line, column) for line, column in enumerate(list(CELLS)[:5], start=2)),
            ),
        ),
        Case(
            "RDG-104",
            "the standard is asked at the PTPH",
            good.with_cell(5, "sample_point", "trial"),
            (("RDG-104", 5, "sample_point"),),
            ACCEPTED,
        ),
        Case(
            "RDG-105",
            "the answer is written small",
            good.with_cell(5, "answer", "y"),
            (("RDG-105", 5, "answer"),),
            ACCEPTED,
        ),
        Case(
            "RDG-105",
            "every answer is one of another scale",
            readings_return(*with_wrong_answers()),
            (*whole("RET-009"), *each("RDG-105", "answer", len(with_wrong_answers()))),
        ),
        Case(
            "RDG-106",
            "nobody knows the assessor",
            good.with_cell(5, "assessor", "NAO"),
            (("RDG-106", 5, "assessor"),),
            ACCEPTED,
        ),
        Case("RDG-107", "a check was read twice", twice, (("RDG-107", 2, None), ("RDG-107", 3, None)), ACCEPTED),
        Case(
            "RDG-107",
            "a check was read twice, once with an ending to its URN",
            twice.with_cell(3, "urn", f"{known}/1"),
            (("RDG-107", 2, None), ("RDG-107", 3, None)),
            ACCEPTED,
        ),
        Case(
            "RDG-108",
            "the Area reads its own case",
            good.with_cell(5, "assessor", "WSX"),
            (("RDG-108", 5, "assessor"),),
            ACCEPTED,
        ),
        Case(
            "RDG-301",
            "a URN has lost its zero",
            good.with_cell(5, "urn", "1010000001"),
            (("RDG-301", 5, "urn"),),
            ACCEPTED,
        ),
    ]


def history(good: Return) -> list[Case]:
    """What only the version before can tell."""
    peer = (urn(1), "ptph", "C01", "N", "EMD")
    fewer = replace(readings_return(version=2).without_row(4), reason_given=True)
    alone = readings_return(peer, version=2, reason_given=True)
    return [
        Case(
            "RDG-201",
            "a peer's file takes the place of the Inspectorate's",
            alone,
            whole("RDG-201", "RDG-202"),
            before=good,
        ),
        Case("RDG-202", "a correction has one reading less", fewer, whole("RDG-202"), ASKED, before=good),
    ]


def spoilt(good: Return, cells: Mapping[str, str]) -> Return:
    """The file with one cell overwritten in each of its first rows."""
    for line, (column, value) in enumerate(cells.items(), start=2):
        good = good.with_cell(line, column, value)
    return good


def each(rule: str, column: str, number: int) -> tuple[Place, ...]:
    return tuple((rule, line, column) for line in range(2, 2 + number))


def told_in(sent: Return) -> Earlier:
    content = examined(sent, of=bcm_readings()).checked.submission.content_sha256
    assert content is not None
    return Earlier({content: Period(2026, 8)}, {})
