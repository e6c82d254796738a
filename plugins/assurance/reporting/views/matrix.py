"""Where exactly? Every Area's result for every standard, over three months."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from assurance.measures import words
from assurance.measures.comparison import Position
from assurance.measures.figures import Figure
from assurance.measures.rates import TOO_FEW, Verdict
from assurance.model import Area, Standard
from assurance.reporting.measured import QUARTER, Measured


@dataclass(frozen=True)
class Cell:
    """One result: what stands there, and what is said of it."""

    shown: str
    """The rate without its sign, or the mark in its place."""
    kind: str
    """`not_met`, `lower`, `higher`, or empty."""


@dataclass(frozen=True)
class Row:
    """One standard in every Area."""

    standard: Standard
    cells: tuple[Cell, ...]
    """In the order of the Areas."""


@dataclass(frozen=True)
class Group:
    """The standards of one owner."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Matrix:
    """Standards down, Areas across."""

    heading: str
    window: str
    areas: tuple[Area, ...]
    groups: tuple[Group, ...]
    judged: bool
    """Whether there are targets; without them results stand beside the typical Area."""
    has_figures: bool
    said: tuple[str, ...]
    """Of how many standards something is said, by Area, or the mark of one without a figure."""
    kinds: tuple[str, ...]
    """What is said of any of them."""
    note: str
    legend: tuple[tuple[str, str], ...]


def matrix(measured: Measured) -> Matrix | None:
    """The matrix of the nation; None where no Area owes a return, or no standard counts."""
    areas = tuple(status.area for status in sorted(measured.facts.returns, key=lambda status: status.area.name))
    if not areas or not measured.counted:
        return None
    judged = any(standard.target is not None for standard in measured.counted)
    groups = _groups(measured, areas, judged)
    rows = [row for group in groups for row in group.rows]
    cells = [cell for row in rows for cell in row.cells]
    columns = list(zip(*(row.cells for row in rows), strict=True))
    said = [sum(bool(cell.kind) for cell in column) for column in columns]
    results = sum(_is_result(measured, area, standard, judged) for standard in measured.counted for area in areas)
    return Matrix(
        heading=words.matrix_heading(
            Counter(cell.kind for cell in cells if cell.kind),
            results,
            {area.name: count for area, count in zip(areas, said, strict=True)},
            judged=judged,
        ),
        window=measured.span(QUARTER),
        areas=areas,
        groups=groups,
        judged=judged,
        has_figures=any(cell.shown not in words.MARKS for cell in cells),
        said=tuple(_total(column, count) for column, count in zip(columns, said, strict=True)),
        kinds=tuple(kind for kind in ("not_met", "lower", "higher") if any(cell.kind == kind for cell in cells)),
        note=words.matrix_note(judged=judged),
        legend=words.matrix_legend([*measured.standing_marks, *(cell.shown for cell in cells)]),
    )


def _groups(measured: Measured, areas: Sequence[Area], judged: bool) -> tuple[Group, ...]:
    owners = dict.fromkeys(standard.owner for standard in measured.counted)
    return tuple(
        Group(
            words.capital(owner),
            tuple(
                Row(
                    standard, tuple(_cell(measured.figure(QUARTER, area.code, standard.code), judged) for area in areas)
                )
                for standard in measured.counted
                if standard.owner == owner
            ),
        )
        for owner in owners
    )


def _cell(figure: Figure, judged: bool) -> Cell:
    if figure.rate is None or figure.counts is None:
        return Cell(words.absent(figure) or "", "")
    if figure.counts.assessed < TOO_FEW:
        return Cell(words.FEW, "")
    return Cell(words.per_cent(figure.rate), _kind(figure, judged))


def _kind(figure: Figure, judged: bool) -> str:
    """What is known of a result: that it is below its target or, where there are none, apart from the typical Area."""
    if judged:
        return "not_met" if figure.verdict is Verdict.NOT_MET else ""
    return figure.position.value if figure.position in (Position.LOWER, Position.HIGHER) else ""


def _total(column: Sequence[Cell], count: int) -> str:
    """A count, or the mark of an Area that has nothing but marks."""
    return column[0].shown if all(cell.shown in words.MARKS for cell in column) else str(count)


def _is_result(measured: Measured, area: Area, standard: Standard, judged: bool) -> bool:
    """Could something be said of it: is there a rate, of enough, and a target or other Areas to hold it to?"""
    figure = measured.figure(QUARTER, area.code, standard.code)
    enough = figure.counts is not None and figure.counts.assessed >= TOO_FEW
    return enough and (standard.target is not None if judged else figure.position is not None)
