"""What is given to partners? The shareable table of a release: three-month figures, small numbers hidden.

One table for everything that is shared, so that nothing is shown twice in two ways: each Area by owner and in all, the
nation by standard, by owner and in all; and, without a number, which Area is better than the typical one in which
standard. What else the release knows stands in no shareable file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from assurance.measures.comparison import Position
from assurance.measures.disclosure import Cell, Split, Table, share, totals
from assurance.measures.rates import TOO_FEW, percent
from assurance.model import NATION, Direction, Period, ReleasedCell, ReturnState
from assurance.reporting.facts import Shared
from assurance.reporting.measured import QUARTER, Measured
from assurance.reporting.tables import meant, tidy_csv

HIDDEN, LOW_RELIABILITY, REVISED = "[c]", "[u]", "[r]"
NAMED = "[b]"
"""An Area is better than the typical one in a standard; how it stands there is not shared."""
BETTER = {Direction.UP: Position.HIGHER, Direction.DOWN: Position.LOWER}
RELIABLE = 30
"""A rate of fewer checks than this is marked as of low reliability."""

COLUMNS = ("collection", "period", "window", "area", "owner", "standard", "assessed", "met", "not_met", "rate", "marks")


@dataclass(frozen=True)
class SharedFigure:
    """One cell of the shareable table, as everybody may see it."""

    cell: Cell
    split: Split | None
    """None where there is no figure, or it is hidden."""
    mark: str
    """What stands in the place of its rate; empty where it has one."""
    notes: tuple[str, ...] = ()
    """The marks beside its rate."""

    @property
    def rate(self) -> Fraction | None:
        return Fraction(self.split.met, self.split.assessed) if self.split and self.split.assessed else None

    @property
    def shown(self) -> str:
        """The rate as it is printed, or its mark."""
        return percent(self.rate) if self.rate is not None else self.mark


_ABSENT: Mapping[ReturnState | None, str] = {ReturnState.NIL: "[n]", ReturnState.LEFT_OUT: "[o]"}
"""The mark of an Area without a figure; of every other it is that there is no return."""


@dataclass(frozen=True)
class Shareable:
    """All that a release shares."""

    figures: Mapping[Cell, SharedFigure]
    owners: tuple[str, ...]
    """In the order of the register; one stands for all where the standards have no more."""

    @property
    def hidden(self) -> int:
        return sum(figure.mark == HIDDEN for figure in self.figures.values())

    @property
    def with_figures(self) -> int:
        """How many cells there is a figure for, hidden or not."""
        return self.hidden + sum(figure.split is not None for figure in self.figures.values())

    @property
    def named(self) -> tuple[Cell, ...]:
        """Which Area is better than the typical one in which standard, in the order of the register."""
        return tuple(cell for cell, figure in self.figures.items() if figure.mark == NAMED)

    @property
    def withheld(self) -> bool:
        """Is nothing shared, because nothing less would be safe?"""
        return not self.figures


def shareable(measured: Measured) -> Shareable:
    """The shareable table of a release, held against every table that was shared before."""
    facts = measured.facts
    draft = _draft(measured)
    counts = {**_known(facts.shared_counts), **_own_counts(measured)}
    before = [_table(shared, facts.collection.not_collected) for shared in facts.shared]
    table = share(draft, before, counts)
    owners = tuple(dict.fromkeys(draft.owners.values()))
    if draft.shown and not table.shown and not table.hidden:
        return Shareable({}, owners)
    values = totals(draft, counts)
    latest = next((each for each in reversed(facts.shared) if each.period == facts.period), None)
    printed = {Cell(c.area, c.owner, c.standard): (c.assessed, c.met) for c in latest.cells} if latest else {}
    figures = {}
    for cell in _places(measured, draft):
        split = values.get(cell, Split())
        figures[cell] = _figure(measured, cell, split, table, printed.get(cell, (None, None)))
    figures |= {cell: SharedFigure(cell, None, NAMED) for cell in _called_better(measured) if cell in table.named}
    return Shareable(figures, owners)


def _draft(measured: Measured) -> Table:
    """The table with nothing hidden: every cell that has a figure over the three months.

    An Area with a nil return has none here. Its figure would rest on earlier months alone, which were shared before.
    """
    facts = measured.facts
    months = _window(facts.period, facts.collection.not_collected)
    states = measured.states
    counting = {area for area, state in states.items() if state.has_figures or state is ReturnState.NIL}
    table = Table(
        months=months,
        owners={standard.code: standard.owner for standard in measured.counted},
        returns={
            (sent.period, sent.area): sent.submission_id
            for sent in facts.inputs
            if sent.period in months and (sent.period != facts.period or sent.area in counting)
        },
        shown=frozenset(),
    )
    with_figures = {area for area, state in states.items() if state.has_figures}
    if measured.figure(QUARTER, NATION).counts is not None and with_figures:
        with_figures.add(NATION)
    shown = frozenset(cell for cell in _places(measured, table) if cell.area in with_figures)
    return replace(
        table, shown=shown, named=frozenset(cell for cell in _called_better(measured) if cell.area in with_figures)
    )


def _called_better(measured: Measured) -> Iterator[Cell]:
    """The Areas that are better than the typical one in a standard, in the order of the register."""
    for standard in measured.counted:
        for status in measured.facts.returns:
            position = measured.figure(QUARTER, status.area.code, standard.code).position
            if position is not None and position is BETTER.get(standard.direction):
                yield Cell(status.area.code, standard.owner, standard.code)


def _places(measured: Measured, table: Table) -> Iterator[Cell]:
    """Every cell of the table in the order in which it is written, those without a figure too."""
    owners = tuple(dict.fromkeys(table.owners.values())) if table.has_owners else ()
    yield Cell(NATION)
    for owner in dict.fromkeys(table.owners.values()):
        if table.has_owners:
            yield Cell(NATION, owner)
        yield from (Cell(NATION, owner, standard) for standard, its in table.owners.items() if its == owner)
    for status in measured.facts.returns:
        yield Cell(status.area.code)
        yield from (Cell(status.area.code, owner) for owner in owners)


def _window(period: Period, not_collected: frozenset[Period]) -> tuple[Period, ...]:
    return tuple(month for month in period.plus(-2).until(period) if month not in not_collected)


def _table(shared: Shared, not_collected: frozenset[Period]) -> Table:
    """What an earlier release shared, from what is on record of it."""
    cells = {Cell(each.area, each.owner, each.standard): each for each in shared.cells}
    months = _window(shared.period, not_collected)
    return Table(
        months=months,
        owners={cell.standard: cell.owner for cell in cells if cell.standard != NATION},
        returns={
            (month, area): submission
            for (month, area), submission in shared.returns.items()
            if month in months and (month != shared.period or Cell(area) in cells)
        },
        shown=frozenset(cell for cell, each in cells.items() if each.assessed is not None),
        hidden=frozenset(cell for cell, each in cells.items() if each.mark == HIDDEN),
        named=frozenset(cell for cell, each in cells.items() if each.mark == NAMED),
    )


def _known(counts: Mapping[str, Mapping[str, tuple[int, int]]]) -> dict[str, dict[str, Split]]:
    return {one: {standard: Split(*parts) for standard, parts in says.items()} for one, says in counts.items()}


def _own_counts(measured: Measured) -> dict[str, dict[str, Split]]:
    sent = {(each.period, each.area): each.submission_id for each in measured.facts.inputs}
    counts: dict[str, dict[str, Split]] = {}
    for row in measured.facts.rows:
        if one := sent.get((row.period, row.area)):
            split = Split(row.counts.met, row.counts.partly + row.counts.not_met)
            counts.setdefault(one, {})[row.standard] = split
    return counts


def _figure(
    measured: Measured, cell: Cell, split: Split, table: Table, printed: tuple[int | None, int | None]
) -> SharedFigure:
    if cell in table.hidden:
        return SharedFigure(cell, None, HIDDEN)
    if cell not in table.shown:
        return SharedFigure(cell, None, _ABSENT.get(measured.states.get(cell.area), "[x]"))
    if not split.assessed:
        return SharedFigure(cell, split, _nothing(measured, cell))
    low = TOO_FEW <= split.assessed < RELIABLE
    revised = printed[0] is not None and printed != (split.assessed, split.met)
    notes = tuple(mark for mark, holds in ((LOW_RELIABILITY, low), (REVISED, revised)) if holds)
    return SharedFigure(cell, split, "", notes)


def _nothing(measured: Measured, cell: Cell) -> str:
    """Nothing was assessed: is something still to come?"""
    codes = [
        standard.code
        for standard in measured.counted
        if cell.owner in (NATION, standard.owner) and cell.standard in (NATION, standard.code)
    ]
    found = [measured.figure(QUARTER, cell.area, code).counts for code in codes]
    return "[d]" if any(counts and counts.not_due for counts in found) else "[z]"


def shareable_csv(measured: Measured, shared: Shareable) -> str:
    """The table as tidy CSV, one line per cell; a mark stands in each place of what is not shown."""
    about = (measured.facts.collection.code, str(measured.facts.period), QUARTER)
    rows = ((*about, *figure.cell, *_values(measured, figure)) for figure in shared.figures.values())
    return tidy_csv(COLUMNS, (dict(zip(COLUMNS, row, strict=True)) for row in rows))


def _values(measured: Measured, figure: SharedFigure) -> Sequence[object]:
    split = figure.split
    if split is None:
        return (*(figure.mark,) * 4, figure.mark)
    rate = split.met / split.assessed if split.assessed else figure.mark
    return (split.assessed, split.met, split.unmet, rate, marks(measured, figure))


def marks(measured: Measured, figure: SharedFigure) -> str:
    """Every mark of a cell: what stands in the place of its rate, or beside it; empty for one that is final."""
    if figure.split is None:
        return figure.mark
    return " ".join((figure.mark, *figure.notes, *measured.standing_marks)).strip()


def released_cells(table: str) -> tuple[ReleasedCell, ...]:
    """The cells of a shareable table as it was written: what is on record is what went out."""
    return tuple(
        ReleasedCell(
            area=row["area"],
            owner=meant(row["owner"]),
            standard=row["standard"],
            assessed=int(row["assessed"]) if row["assessed"].isdigit() else None,
            met=int(row["met"]) if row["met"].isdigit() else None,
            mark="" if row["assessed"].isdigit() else row["marks"],
        )
        for row in csv.DictReader(io.StringIO(table))
    )
