"""What do made-up returns of counts say? One row per unit and standard, true to the plan but for chance."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from random import Random

from assurance.catalogue import Collection, Column
from assurance.errors import CatalogueError
from assurance.model import Area, Period, Standard
from assurance.sample.events import Event, check_story, story_of
from assurance.sample.plan import SamplePlan, StepPlan
from assurance.sample.sending import File, as_csv, file_name, first_arrival, next_working_day, reason_beside

NIL = "NIL"
"""Stands in the unit's column of a return that says the month had no checks."""
EMPTY_PERCENTAGE = "-"
LIKELY_PART = 3
"""One in so many pairs of neighbouring standards is alike enough in volume to be exchanged unseen."""
WRONG_COUNT = " approx"
"""What a hurried hand leaves behind a count, so that it is no number any more."""
WRONG_BY = 30
"""By how many tenths of a point a wrong percentage misses its counts."""

Table = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Step:
    """An Area's true rate is higher by `size` (a share) from `period` on."""

    area: str
    period: Period
    size: float


@dataclass(frozen=True)
class Line:
    """One row of a return before it is written: the checks of one standard in one unit."""

    unit: str
    standard: Standard
    met: int
    not_met: int


@dataclass(frozen=True)
class World:
    """A plan applied to a collection and its months: what is true before chance comes in."""

    collection: Collection
    plan: SamplePlan
    seed: int
    periods: tuple[Period, ...]
    step: Step | None

    @property
    def last(self) -> Period:
        return self.periods[-1]

    def stream(self, *name: object) -> Random:
        """Chance for one purpose. Seeded by text, which gives the same numbers in every process."""
        return Random("|".join(str(part) for part in (self.seed, self.collection.code, *name)))


# What is true


def world_of(collection: Collection, plan: SamplePlan, seed: int, periods: tuple[Period, ...]) -> World:
    """The plan applied to these months; CatalogueError when it does not fit the collection."""
    _check_plan(collection, plan, periods[-1])
    return World(collection, plan, seed, periods, _step(plan.step, periods))


def _step(plan: StepPlan | None, periods: Sequence[Period]) -> Step | None:
    if plan is None:
        return None
    index = min(int(plan.after * len(periods)), len(periods) - 1)
    return Step(plan.area, periods[index], plan.size)


def _check_plan(collection: Collection, plan: SamplePlan, last: Period) -> None:
    where = f"sample.yaml of {collection.code}"
    codes = {area.code for area in collection.areas}
    for code in _areas_named(plan):
        if code not in codes:
            raise CatalogueError(f"{where}: names Area {code!r}, which areas.csv does not have")
    check_story(where, collection, plan.story, last)
    planned = {entry.code: entry for entry in plan.standards}
    known = {standard.code for standard in collection.standards}
    for code in planned:
        if code not in known:
            raise CatalogueError(f"{where}: names standard {code!r}, which the register does not have")
    for standard in collection.standards:
        if standard.code not in planned:
            raise CatalogueError(f"{where}: standard {standard.code} has no volume; add it")
        if standard.counted and planned[standard.code].rate is None:
            raise CatalogueError(f"{where}: standard {standard.code} is counted and has no rate; add it")
    _check_columns(collection)


def _check_columns(collection: Collection) -> None:
    """A sample needs the columns it fills in; what other columns there may be stay empty or zero."""
    answers = [column.answer for column in collection.columns if column.type == "count"]
    types = [column.type for column in collection.columns]
    for needed in ("area", "period", "unit", "standard"):
        if types.count(needed) != 1:
            raise CatalogueError(f"collection.yaml of {collection.code}: a sample needs one column of type {needed}")
    for answer in ("met", "not_met"):
        if answers.count(answer) != 1:
            raise CatalogueError(f"collection.yaml of {collection.code}: a sample needs one count with answer {answer}")


def _areas_named(plan: SamplePlan) -> Iterator[str]:
    yield from (entry.code for entry in plan.areas)
    yield from (entry.area for entry in plan.lower)
    yield from story_of(plan.story)
    if plan.step:
        yield plan.step.area


def _area_rate_difference(world: World, area: Area, period: Period) -> float:
    """How far an Area's rate truly stands from the plan's base rate in a period, before chance."""
    plan = world.plan
    difference = {entry.code: entry.difference for entry in plan.areas}.get(area.code, 0.0)
    lower = {entry.area: entry.by for entry in plan.lower}.get(area.code, 0.0)
    stepped = world.step is not None and world.step.area == area.code and period >= world.step.period
    years_before_last = ((world.last.year - period.year) * 12 + world.last.month - period.month) / 12
    return difference - lower + (world.step.size if world.step and stepped else 0.0) - plan.drift * years_before_last


def _standard_differences(world: World, area: Area) -> dict[str, float]:
    """How far an Area's rate of each standard stands from its own pooled rate; over all its checks they cancel out."""
    counted = [entry for entry in world.plan.standards if entry.rate is not None]
    chance = world.stream(area.code, "standards")
    drawn = {entry.code: chance.gauss(0, world.plan.spread.standard) for entry in counted}
    checks = sum(entry.volume for entry in counted)
    mean = sum(drawn[entry.code] * entry.volume for entry in counted) / checks if checks else 0.0
    return {code: value - mean for code, value in drawn.items()}


def _unit_shares(world: World, area: Area, period: Period) -> dict[str, float]:
    """How an Area's checks are spread over its units."""
    units = sorted(unit.name for unit in world.collection.units_of(area.code, period))
    if not units:
        raise CatalogueError(f"Area {area.code} has no unit in {period}; give it one in forces.csv")
    weights = {unit: math.exp(world.stream(area.code, unit, "size").gauss(0, world.plan.spread.unit)) for unit in units}
    return {unit: weight / sum(weights.values()) for unit, weight in weights.items()}


def _area_share(world: World, area: Area, period: Period) -> float:
    """An Area's part of the nation's checks."""
    sizes = {entry.code: entry.size for entry in world.plan.areas}
    return sizes.get(area.code, 1.0) / sum(sizes.get(a.code, 1.0) for a in world.collection.areas_owing(period))


# Counts


def _lines(world: World, area: Area, period: Period) -> tuple[Line, ...]:
    """The rows of an Area's return: every unit by name, every standard in the register's order."""
    chance = world.stream(area.code, period, "counts")
    spread = world.plan.spread
    season = {entry.month: entry.factor for entry in world.plan.seasons}.get(period.month, 1.0)
    volume = _area_share(world, area, period) * season * math.exp(chance.gauss(0, spread.volume))
    difference = _area_rate_difference(world, area, period) + chance.gauss(0, spread.month)
    of_standard = _standard_differences(world, area)
    planned = {entry.code: entry for entry in world.plan.standards}
    lines = []
    for unit, share in _unit_shares(world, area, period).items():
        for standard in world.collection.standards_in(period):
            entry = planned[standard.code]
            checks = _poisson(chance, entry.volume * volume * share)
            met = 0
            if standard.counted and entry.rate is not None:
                met = _binomial(chance, checks, entry.rate + difference + of_standard[standard.code])
            lines.append(Line(unit, standard, met, checks - met))
    return tuple(lines)


def _poisson(chance: Random, mean: float) -> int:
    """How many events happen when `mean` are expected: counts exponential waiting times.

    Exact, and fast enough at the few thousand checks a row can have.
    """
    count = 0
    waited = chance.expovariate(1.0)
    while waited < mean:
        count += 1
        waited += chance.expovariate(1.0)
    return count


def _binomial(chance: Random, checks: int, rate: float) -> int:
    """How many of so many checks are met. A rate beyond 0 or 1 counts as 0 or 1."""
    return sum(chance.random() < rate for _ in range(checks))


def _mistaken(world: World, area: Area, period: Period, lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """The return as first sent before a correction: two neighbouring standards have changed places in every unit."""
    for one, other in _easily_confused(world, world.stream(area.code, period, "mistake")):
        swapped = _swapped(lines, one, other)
        if swapped != lines:
            return swapped
    raise CatalogueError(
        f"sample.yaml of {world.collection.code}: the return of {area.code} for {period} cannot be corrected, since no "
        "two neighbouring standards differ; raise the volumes, or plan no corrections"
    )


def _easily_confused(world: World, chance: Random) -> list[tuple[str, str]]:
    """Neighbouring standards by code; first, shuffled, those of like volume, whose exchange nobody sees at a glance."""
    volumes = {entry.code: entry.volume for entry in world.plan.standards}
    counted = [standard.code for standard in world.collection.standards_in(world.last) if standard.counted]
    pairs = sorted(pairwise(counted), key=lambda pair: abs(math.log((volumes[pair[0]] + 1) / (volumes[pair[1]] + 1))))
    likely = max(1, len(pairs) // LIKELY_PART)
    first = pairs[:likely]
    chance.shuffle(first)
    return first + pairs[likely:]


def _swapped(lines: tuple[Line, ...], one: str, other: str) -> tuple[Line, ...]:
    partner = {one: other, other: one}
    counts = {(line.unit, line.standard.code): (line.met, line.not_met) for line in lines}
    return tuple(
        Line(line.unit, line.standard, *counts[line.unit, partner.get(line.standard.code, line.standard.code)])
        for line in lines
    )


# Files


def files_of(world: World, area: Area, period: Period, event: Event | None) -> list[File]:
    """Everything one Area sends for one period."""
    if event is Event.MISSING:
        return []
    sending = world.stream(area.code, period, "sending")
    columns = world.collection.columns
    arrives = first_arrival(sending, world.collection.calendar, period, event)
    if event is Event.NIL:
        return [_return(area, period, 1, _csv(columns, (_nil_row(columns, area, period),)), arrives)]
    lines = _lines(world, area, period)
    table = _table(columns, area, period, lines)
    if event is Event.REJECTED:
        return [_return(area, period, 1, _csv(columns, _spoiled(sending, columns, lines, table)), arrives)]
    if event is not Event.CORRECTED:
        return [_return(area, period, 1, _csv(columns, table), arrives)]
    mistaken = _table(columns, area, period, _mistaken(world, area, period, lines))
    first = _return(area, period, 1, _csv(columns, mistaken), arrives)
    second = _return(area, period, 2, _csv(columns, table), next_working_day(sending, period, arrives))
    return [first, reason_beside(second, sending.choice(world.plan.reasons)), second]


def _return(area: Area, period: Period, version: int, content: bytes, arrives: datetime) -> File:
    return File(area.code, file_name(area, period, version), content, arrives, is_return=True)


def _table(columns: Sequence[Column], area: Area, period: Period, lines: Sequence[Line]) -> Table:
    return tuple(tuple(_cell(column, area, period, line) for column in columns) for line in lines)


def _cell(column: Column, area: Area, period: Period, line: Line) -> str:
    """What stands in this column of a return."""
    match column.type:
        case "area":
            return area.code
        case "period":
            return str(period)
        case "unit":
            return line.unit
        case "standard":
            return line.standard.title
        case "percentage":
            return _percentage(line.met, line.not_met) if line.standard.counted else ""
        case "count":
            return _count(column, line)
        case _:
            return ""


def _count(column: Column, line: Line) -> str:
    if column.answer == "not_met":
        return f"{line.not_met:,}"
    if not line.standard.counted:
        return ""
    return f"{line.met if column.answer == 'met' else 0:,}"


def _percentage(met: int, not_met: int) -> str:
    """The share met, to one decimal, halves up; a dash where there is nothing to divide."""
    checks = met + not_met
    return _written(_tenths(met, checks)) if checks else EMPTY_PERCENTAGE


def _tenths(met: int, checks: int) -> int:
    """The share met in tenths of a point; whole numbers only, so that halves go up exactly."""
    return (2000 * met + checks) // (2 * checks)


def _written(tenths: int) -> str:
    return f"{tenths // 10}.{tenths % 10}%"


def _nil_row(columns: Sequence[Column], area: Area, period: Period) -> tuple[str, ...]:
    cells: dict[str, str] = {"area": area.code, "period": str(period), "unit": NIL}
    return tuple(cells.get(column.type, "") for column in columns)


def _spoiled(chance: Random, columns: Sequence[Column], lines: Sequence[Line], table: Table) -> Table:
    """The table with a percentage that does not follow from its counts and, in another row, a count that is no number."""
    rows = [list(row) for row in table]
    large = sorted(
        (index for index, line in enumerate(lines) if line.standard.counted),
        key=lambda index: lines[index].met + lines[index].not_met,
        reverse=True,
    )
    # Rows with many checks, where a wrong figure cannot be rounding.
    candidates = large[: max(2, len(large) // 4)]
    chance.shuffle(candidates)
    wrong_percentage, wrong_count = candidates[0], candidates[-1]
    for place, column in enumerate(columns):
        if column.type == "percentage":
            rows[wrong_percentage][place] = _wrong_percentage(lines[wrong_percentage])
        if column.answer == "not_met":
            rows[wrong_count][place] += WRONG_COUNT
    return tuple(tuple(row) for row in rows)


def _wrong_percentage(line: Line) -> str:
    """A percentage three points off, on the side where it stays between 0 and 100."""
    checks = line.met + line.not_met
    tenths = _tenths(line.met, checks) if checks else 0
    return _written(tenths - WRONG_BY if tenths >= WRONG_BY else tenths + WRONG_BY)


def _csv(columns: Sequence[Column], rows: Table) -> bytes:
    return as_csv([column.name for column in columns], rows)
