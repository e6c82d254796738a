"""What does an Area send when its return holds cases? Files, second thoughts and slips of the pen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from random import Random

from assurance.catalogue import Collection
from assurance.deadlines import LONDON
from assurance.model import Area, Period
from assurance.sample.cases import Lives
from assurance.sample.draws import Case
from assurance.sample.events import Event
from assurance.sample.sending import (
    Cell,
    File,
    as_csv,
    as_workbook,
    file_name,
    first_arrival,
    next_working_day,
    reason_beside,
)
from assurance.sample.truth import Fault, Planted

NIL = "NIL"
"""Stands instead of a reference in a return that says the month had no cases."""
TOLERATED, FEW = 0.05, 2
"""Up to such a share of the rows, or so many rows, are quarantined without the whole return being rejected."""
REJECTED_SHARE, REJECTED_LEAST = 0.1, 3
DAYS_FIRST = "DD/MM/YYYY"
REFERENCES = ("urn", "reference")
FIRST_ROW = 2
"""The row of the first case as the sender counts: the header is row 1."""


@dataclass(frozen=True)
class Sent:
    """The files of one return, and what was put into each version."""

    files: tuple[File, ...]
    planted: tuple[Planted, ...]


@dataclass(frozen=True)
class Draft:
    """One version of a return before it is written."""

    cases: Sequence[Case]
    in_scope: int
    faults: tuple[Fault, ...] = ()
    changed: tuple[str, ...] = ()
    dropped: int = 0


def sent_by(lives: Lives, area: Area, period: Period, event: Event | None) -> Sent:
    """Everything one Area sends for one period."""
    if event is Event.MISSING:
        return Sent((), ())
    world = lives.world
    sending = world.stream(area.code, period, "sending")
    arrives = first_arrival(sending, world.collection.calendar, period, event)
    desk = Desk(lives, area, period)
    if event is Event.NIL:
        return desk.send(desk.nil(), 1, arrives)
    if event is not Event.CORRECTED:
        cases, in_scope = desk.cases(arrives)
        return desk.send(desk.slipped(Draft(cases, in_scope), event), 1, arrives)
    cases, in_scope = desk.cases(arrives, extra=1)
    first, second = desk.thought_twice(cases, in_scope)
    one = desk.send(first, 1, arrives)
    other = desk.send(second, 2, next_working_day(sending, period, arrives), sending.choice(world.plan.reasons))
    return Sent(one.files + other.files, one.planted + other.planted)


@dataclass(frozen=True)
class Desk:
    """Where an Area makes up its return for a period."""

    lives: Lives
    area: Area
    period: Period

    def cases(self, arrives: datetime, extra: int = 0) -> tuple[list[Case], int]:
        """The cases looked at, and out of how many; `extra` ones stand last and are counted as in scope."""
        world = self.lives.world
        chance = world.stream(self.area.code, self.period, "volume")
        plan, size = world.plan, world.size_of(self.area.code)
        season = {entry.month: entry.factor for entry in plan.seasons}.get(self.period.month, 1.0)
        factor = season * math.exp(chance.gauss(0, plan.spread.volume))
        count = world.cases or max(1, round(size.cases * factor))
        received_on = arrives.replace(tzinfo=UTC).astimezone(LONDON).date()
        cases = self.lives.of(self.area, self.period, received_on, count + extra)
        return cases, max(round((size.scope or 0) * factor), len(cases))

    def nil(self) -> Draft:
        reference = self._collection.column_of(*REFERENCES).name
        return Draft(({reference: NIL},), 0)

    def thought_twice(self, cases: list[Case], in_scope: int) -> tuple[Draft, Draft]:
        """A return and its correction: the last case is left out, and some answers and dates were others before."""
        chance = self._stream("second thoughts")
        right = cases[:-1]
        before, changed = list(cases), set()
        for index in chance.sample(range(len(right)), math.ceil(len(right) * self.lives.plan.second_thoughts)):
            earlier = self.lives.answers.first_thoughts(right[index], self.period, chance)
            if earlier is not None:
                before[index] = earlier[0]
                changed.add(earlier[1])
        takes_all = in_scope == len(cases)
        after = Draft(right, in_scope - 1 if takes_all else in_scope, changed=tuple(sorted(changed)), dropped=1)
        return Draft(before, in_scope), after

    def slipped(self, draft: Draft, event: Event | None) -> Draft:
        """The return with what a careless hand did to it."""
        chance = self._stream("slips")
        if event is Event.REJECTED:
            many = max(REJECTED_LEAST, math.floor(len(draft.cases) * REJECTED_SHARE) + 1)
            return self._no_day(draft, chance, many, "file")
        if event is not Event.CARELESS:
            return draft
        room = max(FEW, math.floor(len(draft.cases) * TOLERATED))
        slipped = self._no_day(draft, chance, 1, "row")
        slipped = self._unknown_code(slipped, chance)
        if room >= 4:
            slipped = self._sent_twice(slipped, chance)
        return self._lost_zero(slipped, chance)

    # -- slips

    def _no_day(self, draft: Draft, chance: Random, many: int, effect: str) -> Draft:
        """Some rows with a day that the calendar does not have."""
        dates = [c.name for c in self._collection.columns_in(self.period) if c.type == "date" and c.required]
        if not dates:
            return draft
        column = chance.choice(dates)
        rows = self._untouched(draft, chance)[:many]
        return _with(draft, "no such day", rows, column, effect, [self._no_such_day] * len(rows))

    def _unknown_code(self, draft: Draft, chance: Random) -> Draft:
        """A row with a code that is none of those allowed."""
        cases = self._collection.cases
        codes = [
            column.name
            for column in self._collection.columns_in(self.period)
            if column.type == "code" and column.required and column.name not in (cases.point, cases.reason)
        ]
        if not codes:
            return draft
        rows = self._untouched(draft, chance)[:1]
        return _with(draft, "unknown code", rows, chance.choice(codes), "row", [self.lives.plan.unknown])

    def _sent_twice(self, draft: Draft, chance: Random) -> Draft:
        """A case that stands twice: nobody can say which of the two is right."""
        (row,) = self._untouched(draft, chance)[:1]
        column = self._collection.column_of(*REFERENCES).name
        doubled = replace(draft, cases=[*draft.cases, draft.cases[row]])
        doubled = replace(doubled, in_scope=max(doubled.in_scope, len(doubled.cases)))
        rows = (row, len(draft.cases))
        return _with(doubled, "case twice", rows, column, "row", [doubled.cases[at][column] for at in rows])

    def _lost_zero(self, draft: Draft, chance: Random) -> Draft:
        """A reference that was taken for a number, so that its leading zero is gone."""
        if not self._collection.has_column("urn"):
            return draft
        column = self._collection.column_of("urn").name
        for row in self._untouched(draft, chance):
            reference = str(draft.cases[row][column])
            if reference.startswith("0") and reference.isdigit():
                return _with(draft, "lost zero", [row], column, "note", [reference[1:]])
        return draft

    def _untouched(self, draft: Draft, chance: Random) -> list[int]:
        """The rows in which nothing is wrong yet, in any order."""
        touched = {row - FIRST_ROW for fault in draft.faults for row in fault.rows}
        rows = [row for row in range(len(draft.cases)) if row not in touched]
        chance.shuffle(rows)
        return rows

    @property
    def _no_such_day(self) -> str:
        year = self.period.year
        return f"30/02/{year}" if self._days_first else f"{year}-02-30"

    # -- writing

    def send(self, draft: Draft, version: int, arrives: datetime, reason: str | None = None) -> Sent:
        """The files of one version."""
        ending = "xlsx" if self._is_workbook else "csv"
        name = file_name(self.area, self.period, version, ending)
        header = [column.name for column in self._collection.columns_in(self.period)]
        rows = self._rows(draft, header, name.removesuffix(f".{ending}"))
        content = as_workbook(header, rows, reason) if self._is_workbook else as_csv(header, rows)
        file = File(self.area.code, name, content, arrives, is_return=True)
        beside = (reason_beside(file, reason),) if reason is not None and not self._is_workbook else ()
        planted = Planted(
            f"{self.area.code}/{name}", len(draft.cases), draft.in_scope, draft.faults, draft.changed, draft.dropped
        )
        return Sent((*beside, file), (planted,))

    def _rows(self, draft: Draft, header: Sequence[str], return_id: str) -> list[list[Cell]]:
        said = {
            "return_id": return_id,
            "area": self.area.code,
            "period": str(self.period),
            "scope": str(draft.in_scope),
        }
        same: Case = {
            column.name: said[column.type] for column in self._collection.columns_in(self.period) if column.type in said
        }
        rows = ([whole.get(name, "") for name in header] for whole in (case | same for case in draft.cases))
        if self._days_first and not self._is_workbook:
            return [[_british(cell) if isinstance(cell, date) else cell for cell in row] for row in rows]
        return list(rows)

    @property
    def _is_workbook(self) -> bool:
        plan = self.lives.plan
        recent = self.period > self.lives.world.last.plus(-plan.workbook_months)
        return recent and self.area.code in plan.workbooks

    @property
    def _days_first(self) -> bool:
        return DAYS_FIRST in self._collection.dates and self.area.code in self.lives.plan.days_first

    @property
    def _collection(self) -> Collection:
        return self.lives.collection

    def _stream(self, name: str) -> Random:
        return self.lives.world.stream(self.area.code, self.period, name)


def _with(draft: Draft, kind: str, rows: Sequence[int], column: str, effect: str, cells: Sequence[Cell]) -> Draft:
    """The draft with these cells in a column of these rows."""
    cases = list(draft.cases)
    for row, cell in zip(rows, cells, strict=True):
        cases[row] = {**cases[row], column: cell}
    fault = Fault(kind, tuple(sorted(row + FIRST_ROW for row in rows)), column, effect)
    return replace(draft, cases=cases, faults=(*draft.faults, fault))


@cache
def _british(day: date) -> str:
    return f"{day:%d/%m/%Y}"
