"""Findings by what mends them: kinds of problems, not lines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assurance.cures import cures, names_another_area, places, to_be_answered, to_be_mended
from assurance.model import Finding, Severity

NBSP = "\N{NO-BREAK SPACE}"


def found(
    row: int | None = 4,
    column: str | None = "met",
    severity: Severity = Severity.ROW,
    message: str = "Wrong.",
    fix: str = "Mend it.",
) -> Finding:
    return Finding("RET-1", severity, row, column, message, fix)


def at(*rows: int, column: str | None = "met") -> list[Finding]:
    return [found(row, column) for row in rows]


def test_one_cure_has_all_that_it_mends() -> None:
    (cure,) = cures([found(4), found(5, message="Bad."), found(6)])
    assert [(fault.message, [f.row for f in fault.findings]) for fault in cure.faults] == [
        ("Wrong.", [4, 6]),
        ("Bad.", [5]),
    ]
    assert (cure.fix, cure.count) == ("Mend it.", 3)


def test_the_worst_comes_first_and_of_equals_what_mends_most() -> None:
    note, query = found(severity=Severity.NOTE, fix="a"), found(severity=Severity.QUERY, fix="b")
    few, many = [found(fix="c")], [found(row, fix="d") for row in (1, 2)]
    whole = found(None, None, Severity.FILE, fix="e")
    assert [cure.fix for cure in cures([note, query, *few, *many, whole])] == ["e", "d", "c", "b", "a"]


def test_a_cure_is_as_grave_as_the_worst_that_it_mends() -> None:
    (cure,) = cures([found(severity=Severity.NOTE), found(5, severity=Severity.FILE), found(6)])
    assert cure.severity is Severity.FILE
    assert [fault.severity for fault in cure.faults] == [Severity.FILE, Severity.ROW, Severity.NOTE]


@pytest.mark.parametrize(
    ("findings", "extent"),
    [
        (at(4), "1 cell"),
        (at(*range(12)), "12 cells"),
        (at(4, 5, column=None), "2 rows"),
        ([found(None)], "1 column"),
        ([found(None, None)], "the whole file"),
        ([found(None), *at(4)], "2 places"),
    ],
)
def test_it_says_at_how_many_places(findings: list[Finding], extent: str) -> None:
    (cure,) = cures(findings)
    assert cure.extent.replace(NBSP, " ") == extent


@pytest.mark.parametrize(
    ("findings", "said"),
    [
        (at(4), "Column met, row 4."),
        (at(5, 4), "Column met, rows 4 and 5."),
        (at(4, 5, 6, 9), "Column met, rows 4 to 6 and 9."),
        (at(4, 5, 6), "Column met, rows 4 to 6."),
        (at(4) + at(4, 7, column="lost"), "Column met, row 4; column lost, rows 4 and 7."),
        (at(4, column=None), "Row 4."),
        ([found(None)], "Column met."),
        ([found(None, None)], "The whole file."),
        (at(2, 4, 6, 8, 9, 10), "Column met, rows 2, 4 and 6; and 3 more."),
        (at(2, 4, 6) + at(8, column="lost"), "Column met, rows 2, 4 and 6; and 1 more."),
    ],
)
def test_places_are_told_in_runs_and_no_more_than_asked_for(findings: list[Finding], said: str) -> None:
    assert places(findings, most=3) == said


def test_notes_alone_are_nothing_for_the_sender_to_do() -> None:
    for findings in ([], [found(severity=Severity.NOTE)]):
        assert not to_be_mended(findings)
        assert not to_be_answered(findings)


def test_what_has_a_place_is_to_be_mended_there() -> None:
    assert to_be_mended([found(severity=Severity.NOTE), found()])
    assert to_be_mended([found(None)])
    assert to_be_mended([found(4, None, Severity.QUERY)])
    assert not to_be_mended([found(None, None, Severity.FILE)])


def test_a_query_is_to_be_answered_wherever_it_stands() -> None:
    assert to_be_answered([found(), found(None, None, Severity.QUERY)])
    assert not to_be_answered([found()])


def test_wrong_cells_however_many_make_no_file_of_another_area() -> None:
    cell = Finding("RET-005", Severity.FILE, 2, "area_code", "Wrong.", "Mend it.")
    beyond = replace(cell, row=None, message="Wrong. (More than 1,000 times; no more are named.)")
    assert not names_another_area([cell, beyond])
    assert names_another_area([cell, replace(cell, row=None, column=None)])
