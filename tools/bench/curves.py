"""What do the figures of a month cost, over the years behind it and over the number of checks that were counted?

14 Areas, every standard of the collection, both windows, read from tallies and judged; beside one statement that reads
the counts alone. The checks are there as what they add up to: nobody counts a case again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import duckdb

from assurance.catalogue import Collection
from tools.bench.data import CASES, COLLECTION, LAST, Data
from tools.bench.spent import NEVER, Spent, timed
from tools.bench.steps import read_counts
from tools.bench.table import ratio, table

ROUNDS = 3
YEARS = 12
"""Months."""
TEN_YEARS = 10 * YEARS


@dataclass(frozen=True)
class Curve:
    """Points along which one thing grows and all else stays."""

    name: str
    over: str
    points: tuple[tuple[int, int], ...]
    """Months behind, and about how many checks they hold; 0: a hundred a cell."""


CURVES = (
    Curve(
        "history",
        "years of history, 100 checks for each Area, standard and month",
        tuple((m, 0) for m in (12, 24, 60, 120)),
    ),
    Curve("checks", "checks counted, ten years of history", tuple((TEN_YEARS, 10**n) for n in (5, 6, 7, 8))),
)
HEADER = ("months behind", "checks", "rows of tally", "ms", "CPU ms", "floor ms", "CPU ms", "ratio", "figures")


@dataclass
class Curves:
    """The curves that are asked for, each point measured in a warehouse of its own."""

    data: Data
    curves: tuple[Curve, ...] = CURVES
    rows: dict[Curve, list[tuple[str, ...]]] = field(default_factory=dict)

    def measure(self) -> None:
        for curve in self.curves:
            self.rows[curve] = [self._row(*point) for point in curve.points]

    def told(self) -> str:
        """One table a curve."""
        return "\n\n".join(
            f"figures over {curve.over}\n\n{table(HEADER, rows, words=())}" for curve, rows in self.rows.items()
        )

    def _row(self, months: int, checks: int) -> tuple[str, ...]:
        of_cell = max(1, round(checks / (months * self._cells))) if checks else CASES
        home = self.data.filled(months, self._collection, of_cell)
        steps = self.data.steps(home, expectations=self.data.of_fourteen)
        warehouse = str(home / "warehouse.duckdb")
        best = floor = NEVER
        for _ in range(ROUNDS):
            best = best.best(timed(lambda: steps.figures(COLLECTION, LAST)))
            floor = floor.best(timed(lambda: read_counts(warehouse)))
        counted, rows = _held(warehouse)
        figures = len(steps.figures(COLLECTION, LAST))
        return tuple(_cells_of(months, counted, rows, best, floor, figures))

    @property
    def _collection(self) -> Collection:
        return self.data.steps(self.data.folder, expectations=self.data.of_fourteen).collection(COLLECTION)

    @property
    def _cells(self) -> int:
        """Areas by standards."""
        return len(self._collection.areas_owing(LAST)) * len(self._collection.standards_in(LAST))


def _held(warehouse: str) -> tuple[int, int]:
    """How many checks are counted, in how many rows."""
    with duckdb.connect(warehouse, read_only=True) as connection:
        counted, rows = connection.execute("select sum(met + partly + not_met), count(*) from tally").fetchall()[0]
    return int(counted), int(rows)


def _cells_of(months: int, counted: int, rows: int, best: Spent, floor: Spent, figures: int) -> Iterator[str]:
    yield from (f"{months}", f"{counted:,}", f"{rows:,}")
    yield from (f"{1000 * seconds:,.0f}" for seconds in (best.wall, best.cpu, floor.wall, floor.cpu))
    yield from (ratio(best.wall, floor.wall), f"{figures:,}")
