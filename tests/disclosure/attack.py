"""What can be worked out of a hidden count by somebody who has everything that was ever shared?

The attacker knows which submission stands behind which release (that one Area alone has corrected, say), what adds up
to what, and that no count is negative. Each count of each submission by standard, met or unmet, is an unknown; each
number that was printed is an equation, each Area that was named for a standard an inequality: it had five checks met there
and five not met, for else it would not be named. The least and the most that a hidden cell can be are two linear programmes.

Nothing of the suppression is used here but the shape of a table: no network, no ring, no order of releases.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from assurance.measures.disclosure import Cell, Counts, Table
from assurance.model import NATION

FEWEST_OF_THE_NAMED = 5
ROUNDING = 1e-6
"""How exact the programmes are solved."""

Unknown = tuple[str, str]
"""A submission and a standard: how many of its checks were met (or were not)."""


@dataclass(frozen=True)
class Recovered:
    """What the attacker learns of one hidden count."""

    table: int
    cell: Cell
    part: int
    truth: int
    least: float
    most: float

    @property
    def width(self) -> float:
        return self.most - self.least


def recovered(tables: Sequence[Table], counts: Counts, width: int = 4) -> list[Recovered]:
    """The hidden counts, not met and then met, for which everything shared leaves less than `width`."""
    return [found for part in (1, 0) for found in _Attack(tables, counts, part).found(width)]


def is_broken(tables: Sequence[Table], counts: Counts, width: int = 4) -> bool:
    """Whether there is one; the search ends with it."""
    return any(next(_Attack(tables, counts, part).found(width), None) for part in (1, 0))


class _Attack:
    """The equations of all releases. Met and unmet share none: a cell tells both or neither."""

    def __init__(self, tables: Sequence[Table], counts: Counts, part: int) -> None:
        self.tables, self.part = tables, part
        self.unknowns: dict[Unknown, int] = {}
        self.truth: list[int] = []
        for table in tables:
            for submission in sorted(set(table.returns.values())):
                for standard in sorted(table.owners):
                    # a return without a case is known to be one
                    if counts.get(submission) and (submission, standard) not in self.unknowns:
                        self.unknowns[submission, standard] = len(self.truth)
                        self.truth.append(counts[submission].get(standard, (0, 0))[part])
        self.known = self._rows((table, cell) for table in tables for cell in sorted(table.shown))
        self.named = self._rows((table, cell) for table in tables for cell in sorted(table.named))
        self.hidden = [(index, cell) for index, table in enumerate(tables) for cell in sorted(table.hidden)]
        self.asked = self._rows((tables[index], cell) for index, cell in self.hidden)
        self.values = np.array(self.truth, dtype=float)

    def _rows(self, cells: Iterable[tuple[Table, Cell]]) -> csr_array:
        rows: list[int] = []
        columns: list[int] = []
        size = 0
        for table, cell in cells:
            for submission, standard in _adds_up_to(table, cell):
                if (submission, standard) in self.unknowns:
                    rows.append(size)
                    columns.append(self.unknowns[submission, standard])
            size += 1
        return csr_array((np.ones(len(rows)), (rows, columns)), shape=(size, len(self.truth)))

    def found(self, width: int) -> Iterator[Recovered]:
        """Each world tells of many cells at once; what no world has moved is then asked one by one."""
        truth = self.asked @ self.values
        least, most = truth.copy(), truth.copy()
        chance = random.Random(1)
        for _ in range(12):
            still = most - least < width - ROUNDING
            if not still.any():
                return
            sign = np.array([chance.choice((-1.0, 1.0)) for _ in self.hidden]) * still
            self._see(sign @ self.asked, least, most)
        for index in np.flatnonzero(most - least < width - ROUNDING):
            for sign in (-1.0, 1.0):
                if most[index] - least[index] < width - ROUNDING:
                    self._see(sign * self.asked[[index]].toarray()[0], least, most)
            if most[index] - least[index] < width - ROUNDING:
                ends = (float(least[index]), float(most[index]))
                yield Recovered(*self.hidden[index], self.part, int(truth[index]), *ends)

    def _see(self, goal: np.ndarray, least: np.ndarray, most: np.ndarray) -> None:
        """Look at the world that is best for a goal; what is beyond 1,000 checks more is not of interest."""
        found = linprog(
            goal,
            A_eq=self.known,
            b_eq=self.known @ self.values,
            A_ub=-self.named,
            b_ub=np.full(self.named.shape[0], -FEWEST_OF_THE_NAMED),
            bounds=np.column_stack([np.zeros(len(self.values)), self.values + 1000]),
            method="highs-ds",
        )
        assert found.status == 0, found.message  # our own world is one of them
        seen = self.asked @ found.x
        np.minimum(least, seen, out=least)
        np.maximum(most, seen, out=most)


def _adds_up_to(table: Table, cell: Cell) -> list[Unknown]:
    """The unknowns whose sum is printed in a cell."""
    standards = [
        standard
        for standard, owner in sorted(table.owners.items())
        if cell.owner in (NATION, owner) and cell.standard in (NATION, standard)
    ]
    behind: Mapping[tuple[object, str], str] = table.returns
    submissions = [
        submission
        for (month, area), submission in sorted(behind.items(), key=lambda one: (str(one[0][0]), one[0][1]))
        if month in table.months and cell.area in (NATION, area)
    ]
    return [(submission, standard) for submission in submissions for standard in standards]
