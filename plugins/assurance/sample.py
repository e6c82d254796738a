"""What would a couple of years of returns look like? Writes made-up ones into a landing folder.

Made for trying the system out and for tests: every number comes from a seed and from the collection's `sample.yaml`,
none from a real case. What is true of the made-up Areas (who is lower, who rises and when) is handed back, so that
what the reports say can be held against it.

Each return draws from a stream of its own, named by seed, Area and period. So the same return has the same counts
however many months are asked for, unless the plan's step or drift moves with the window.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Annotated

import yaml
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from assurance.catalogue import Calendar, Collection, Column, Entry, Quoted
from assurance.deadlines import cut_off, due, from_london, working_day
from assurance.errors import AssuranceError, CatalogueError, LandingError
from assurance.model import Area, Period, Standard

NIL = "NIL"
"""Stands in the unit's column of a return that says the month had no checks."""
EMPTY_PERCENTAGE = "-"
OPENS, CLOSES = time(9, 0), time(17, 0)
"""Office hours: nobody in the sample sends a return outside them."""
FIRST_SENDING_DAY = 2
"""The working day from which returns come in."""
RECENT_MONTHS = 3
"""In so many last months no return is missing, apart from the story's."""
LIKELY_PART = 3
"""One in so many pairs of neighbouring standards is alike enough in volume to be exchanged unseen."""
WRONG_COUNT = " approx"
"""What a hurried hand leaves behind a count, so that it is no number any more."""
WRONG_BY = 30
"""By how many tenths of a point a wrong percentage misses its counts."""

Table = tuple[tuple[str, ...], ...]


def _figure(value: object) -> object:
    """A share or factor, quoted so that YAML does not read it first."""
    if not isinstance(value, str):
        raise ValueError(f'write it in quotes: "{value}"')  # noqa: TRY004  (pydantic reports ValueError only)
    return float(value)


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("write a finite number")
    return value


Figure = Annotated[float, BeforeValidator(_figure), AfterValidator(_finite)]
Share = Annotated[Figure, Field(ge=0, le=1)]
Positive = Annotated[Figure, Field(gt=0)]
Spread = Annotated[Figure, Field(ge=0)]


class StandardPlan(Entry):
    """How many checks of a standard the nation has in a month, and which share is met (none if it is not counted)."""

    code: Quoted
    volume: Annotated[int, Field(ge=0)]
    rate: Share | None = None


class AreaPlan(Entry):
    """How large an Area is beside the others, and how far its rate stands from the nation's."""

    code: Quoted
    size: Positive
    difference: Figure


class LowerPlan(Entry):
    """An Area that is truly lower, and by how much."""

    area: Quoted
    by: Share


class StepPlan(Entry):
    """The Area whose rate changes for good, by how much, and after which share of the months."""

    area: Quoted
    size: Figure
    after: Share


class SeasonPlan(Entry):
    """A month of the year that brings so many times the usual checks."""

    month: Annotated[int, Field(ge=1, le=12)]
    factor: Positive


class SpreadPlan(Entry):
    """Standard deviations of what differs beyond chance; `unit` and `volume` are on the log scale."""

    unit: Spread
    standard: Spread
    month: Spread
    volume: Spread


class HistoryPlan(Entry):
    """Which share of the earlier returns comes late, is corrected, or never comes."""

    late: Share
    corrected: Share
    missing: Share

    @model_validator(mode="after")
    def _leave_room_for_the_rest(self) -> HistoryPlan:
        if self.late + self.corrected + self.missing > 1:
            raise ValueError("late, corrected and missing together are more than all returns")
        return self


class StoryPlan(Entry):
    """Which Area's last return is late, corrected, rejected, nil or missing; each another Area, or none."""

    late: Quoted | None = None
    corrected: Quoted | None = None
    rejected: Quoted | None = None
    nil: Quoted | None = None
    missing: Quoted | None = None

    @model_validator(mode="after")
    def _one_event_an_area(self) -> StoryPlan:
        codes = [code for code in self.model_dump().values() if code]
        if len(codes) != len(set(codes)):
            raise ValueError("an Area stands twice; give each event another Area")
        return self


class SamplePlan(Entry):
    """Everything a sample is made from, as `sample.yaml` of a collection has it."""

    version: int
    standards: tuple[StandardPlan, ...]
    areas: tuple[AreaPlan, ...] = ()
    lower: tuple[LowerPlan, ...] = ()
    step: StepPlan | None = None
    drift: Figure
    seasons: tuple[SeasonPlan, ...] = ()
    spread: SpreadPlan
    history: HistoryPlan
    story: StoryPlan
    reasons: Annotated[tuple[str, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _name_each_thing_once(self) -> SamplePlan:
        _check_once("standard", [entry.code for entry in self.standards])
        _check_once("Area", [entry.code for entry in self.areas])
        _check_once("lower Area", [entry.area for entry in self.lower])
        _check_once("month", [str(entry.month) for entry in self.seasons])
        return self


class Event(StrEnum):
    """What happened to a return that did not simply arrive on time and pass."""

    LATE = "late"
    CORRECTED = "corrected"
    REJECTED = "rejected"
    NIL = "nil"
    MISSING = "missing"


STORY_WORDS = {
    Event.LATE: "the return of {area} comes late, before the cut-off.",
    Event.CORRECTED: "the return of {area} is corrected the next working day, with a reason.",
    Event.REJECTED: "the return of {area} is rejected; two things in it are to be mended.",
    Event.NIL: "{area} says that it had no checks.",
    Event.MISSING: "no return comes from {area}.",
}


@dataclass(frozen=True)
class Step:
    """An Area's true rate is higher by `size` (a share) from `period` on."""

    area: str
    period: Period
    size: float


@dataclass(frozen=True)
class Sample:
    """What was made, and what is true of it."""

    collection: str
    first: Period
    last: Period
    months: int
    areas: int
    """Areas that owe a return for the last month."""
    files: int
    """Returns written, every version counted; reasons beside them are not."""
    story: Mapping[str, Event]
    """What happens in the last month, by Area code."""
    history: Mapping[tuple[Period, str], Event]
    """What happened in earlier months, by period and Area code."""
    step: Step | None
    lower: Mapping[str, float]
    """By how much an Area's rate is truly lower in every month (a share), by code."""

    def describe(self) -> str:
        """What was made, in plain sentences, one a line."""
        return "\n".join(self._sentences())

    def _sentences(self) -> Iterator[str]:
        span = self.last.title if self.first == self.last else f"{self.first.title} to {self.last.title}"
        yield (
            f"Made-up returns of {self.collection}: {self.files} files for {_several(self.months, 'month')}, "
            f"{span}, from {_several(self.areas, 'Area')}."
        )
        for area, event in self.story.items():
            yield f"{self.last.title}: {STORY_WORDS[event].format(area=area)}"
        times = Counter(self.history.values())
        if times:
            yield f"Earlier months: {', '.join(f'{times[event]} {event}' for event in Event if times[event])}."
        if self.step:
            turn = "higher" if self.step.size >= 0 else "lower"
            yield f"True change: {self.step.area} is {_points(abs(self.step.size))} {turn} from {self.step.period.title} on."
        for area, by in self.lower.items():
            yield f"True difference: {area} is {_points(by)} lower in every month."


@dataclass(frozen=True)
class Line:
    """One row of a return before it is written: the checks of one standard in one unit."""

    unit: str
    standard: Standard
    met: int
    not_met: int


@dataclass(frozen=True)
class File:
    """Bytes to be written into an Area's folder, and when they arrive (naive UTC)."""

    area: str
    name: str
    content: bytes
    arrives: datetime
    is_return: bool


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


def load_sample_plan(path: Path) -> SamplePlan:
    """Read a collection's `sample.yaml`; CatalogueError, naming file, place and cure, for a bad one."""
    try:
        return SamplePlan.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise CatalogueError(f"{path}: this file is missing; a sample of the collection needs it") from None
    except yaml.YAMLError as error:
        raise CatalogueError(f"{path}: not YAML; {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise CatalogueError(f"{path}, at {place}: {first['msg']}") from None


def write_sample(
    collection: Collection, landing: Path, *, last: Period, months: int = 24, seed: int = 1, plan: SamplePlan
) -> Sample:
    """Fill `landing/<collection>/<AREA>/` with made-up returns of the `months` collected months that end in `last`.

    The same arguments give the same files, to the byte and to the file time. Nothing is written when a file of the
    same name and other bytes lies there already (LandingError), or when plan and collection do not fit together
    (CatalogueError).
    """
    world = _world(collection, plan, seed, _collected_periods(collection, last, months))
    story = _story(plan.story)
    history = dict(_history(world))
    files: list[File] = []
    for period in world.periods:
        for area in collection.areas_owing(period):
            event = story.get(area.code) if period == world.last else history.get((period, area.code))
            files += _files_of(world, area, period, event)
    folder = landing / collection.code
    _refuse_to_overwrite(folder, files)
    for file in files:
        _write(folder / file.area, file)
    return Sample(
        collection=collection.code,
        first=world.periods[0],
        last=world.last,
        months=months,
        areas=len(collection.areas_owing(world.last)),
        files=sum(file.is_return for file in files),
        story=story,
        history=history,
        step=world.step,
        lower={entry.area: entry.by for entry in plan.lower},
    )


# What is true


def _collected_periods(collection: Collection, last: Period, months: int) -> tuple[Period, ...]:
    """The last so many months for which somebody owes a return, earliest first."""
    if months < 1:
        raise AssuranceError(f"a sample of {months} months has no returns; ask for one month or more")
    if not collection.areas_owing(last):
        raise AssuranceError(f"no Area owes a return of {collection.code} for {last}; end the sample in another month")
    earliest = Period.containing(min(area.valid_from for area in collection.areas))
    periods: list[Period] = []
    period = last
    while len(periods) < months and period >= earliest:
        if collection.areas_owing(period):
            periods.append(period)
        period = period.plus(-1)
    if len(periods) < months:
        raise AssuranceError(f"only {len(periods)} months up to {last} owe a return; ask for no more")
    return tuple(reversed(periods))


def _world(collection: Collection, plan: SamplePlan, seed: int, periods: tuple[Period, ...]) -> World:
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
    owing = {area.code for area in collection.areas_owing(last)}
    for code, event in _story(plan.story).items():
        if code not in owing:
            raise CatalogueError(
                f"{where}: Area {code} cannot be {event} in {last}, when it owes no return; name another"
            )
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
    yield from _story(plan.story)
    if plan.step:
        yield plan.step.area


def _story(plan: StoryPlan) -> dict[str, Event]:
    """What happens to whom in the last month."""
    return {code: Event(name) for name, code in plan.model_dump().items() if code}


def _history(world: World) -> Iterator[tuple[tuple[Period, str], Event]]:
    """What befalls the returns before the last month, by chance."""
    plan = world.plan.history
    for period in world.periods[:-1]:
        for area in world.collection.areas_owing(period):
            chance = world.stream(area.code, period, "event").random()
            if chance < plan.late:
                yield (period, area.code), Event.LATE
            elif chance < plan.late + plan.corrected:
                yield (period, area.code), Event.CORRECTED
            elif chance < plan.late + plan.corrected + plan.missing and period not in world.periods[-RECENT_MONTHS:]:
                yield (period, area.code), Event.MISSING


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
        for standard in world.collection.standards:
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
    counted = [standard.code for standard in world.collection.standards if standard.counted]
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


def _files_of(world: World, area: Area, period: Period, event: Event | None) -> list[File]:
    """Everything one Area sends for one period."""
    if event is Event.MISSING:
        return []
    sending = world.stream(area.code, period, "sending")
    calendar = world.collection.calendar
    columns = world.collection.columns
    if event is Event.LATE:
        arrives = _moment_in(sending, _late_hours(calendar, period))
    elif event is Event.CORRECTED:
        # Not on the last day, where there is another, so that the correction is on time as well.
        arrives = _moment_in(sending, _hours_on_time(calendar, period)[:-1] or _hours_on_time(calendar, period))
    else:
        arrives = _moment_in(sending, _hours_on_time(calendar, period))
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
    second = _return(area, period, 2, _csv(columns, table), _next_working_day(sending, period, arrives))
    return [first, _reason(second, sending.choice(world.plan.reasons)), second]


def _return(area: Area, period: Period, version: int, content: bytes, arrives: datetime) -> File:
    name = f"R-{area.code}-{period.year:04d}{period.month:02d}-v{version:02d}.csv"
    return File(area.code, name, content, arrives, is_return=True)


def _reason(correction: File, text: str) -> File:
    """Why a correction was sent; it lies there a minute before the return it explains."""
    content = json.dumps({"reason": text}, ensure_ascii=False) + "\n"
    arrives = correction.arrives - timedelta(minutes=1)
    return File(correction.area, f"{correction.name}.json", content.encode(), arrives, is_return=False)


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
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.name for column in columns])
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")


# Times of arrival


@dataclass(frozen=True)
class Hours:
    """A stretch of office hours (naive UTC), both ends included."""

    start: datetime
    end: datetime


@cache
def _office_hours(period: Period, number: int) -> Hours:
    """Office hours of the n-th working day after the period."""
    day = working_day(period, number)
    return Hours(from_london(day, OPENS), from_london(day, CLOSES))


def _hours_on_time(calendar: Calendar, period: Period) -> list[Hours]:
    """Office hours in which a return is on time; the hour up to the deadline where it leaves none."""
    limit = due(calendar, period)
    first = min(FIRST_SENDING_DAY, calendar.due.working_day)
    days = [_office_hours(period, number) for number in range(first, calendar.due.working_day + 1)]
    hours = [Hours(day.start, min(day.end, limit)) for day in days if day.start < limit]
    return hours or [Hours(limit - timedelta(hours=1), limit)]


def _late_hours(calendar: Calendar, period: Period) -> list[Hours]:
    """Office hours in which a return is late and still before the cut-off; the hour up to it where there are none."""
    start, limit = due(calendar, period) + timedelta(seconds=1), cut_off(calendar, period)
    numbers = range(calendar.due.working_day, calendar.cut_off.working_day + 1)
    days = [_office_hours(period, number) for number in numbers]
    hours = [Hours(max(day.start, start), min(day.end, limit)) for day in days if day.start < limit and day.end > start]
    return hours or [Hours(max(start, limit - timedelta(hours=1)), limit)]


def _next_working_day(chance: Random, period: Period, moment: datetime) -> datetime:
    """Some moment in the office hours of the working day after this one."""
    number = 1
    while _office_hours(period, number).start <= moment:
        number += 1
    return _moment_in(chance, [_office_hours(period, number)])


def _moment_in(chance: Random, hours: Sequence[Hours]) -> datetime:
    """Some whole second in one of these stretches."""
    chosen = chance.choice(hours)
    return chosen.start + timedelta(seconds=chance.randint(0, int((chosen.end - chosen.start).total_seconds())))


# Effects


def _refuse_to_overwrite(folder: Path, files: Sequence[File]) -> None:
    """Made-up returns never take the place of others."""
    for file in files:
        path = folder / file.area / file.name
        if path.exists() and path.read_bytes() != file.content:
            raise LandingError(f"{path}: another return has this name; write the sample into an empty landing folder")


def _write(folder: Path, file: File) -> None:
    """Write a file whole: under a hidden name first, with its time, then under its own."""
    folder.mkdir(parents=True, exist_ok=True)
    hidden = folder / f".{file.name}.part"
    hidden.write_bytes(file.content)
    seconds = int(file.arrives.replace(tzinfo=UTC).timestamp())
    os.utime(hidden, (seconds, seconds))
    hidden.replace(folder / file.name)


# Words


def _points(share: float) -> str:
    return f"{share * 100:.1f} points"


def _several(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _check_once(what: str, names: Sequence[str]) -> None:
    for name, times in Counter(names).items():
        if times > 1:
            raise ValueError(f"{what} {name!r} stands {times} times; each may stand once")
