"""What would second readings of made-up returns look like? Some cases of some Areas, a few months a year.

They are made of the returns that lie in the landing folder: a second assessor reads cases that the Area has answered, mostly
finds the same, and at times a step better or worse, as `sample.yaml` of the collection of second readings says.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from random import Random
from typing import Annotated

from pydantic import Field

from assurance.catalogue import Collection, Entry, Quoted
from assurance.deadlines import from_london, working_day
from assurance.errors import CatalogueError
from assurance.model import Area, Period, Standard, return_name
from assurance.sample.entries import MonthNumber, Share
from assurance.sample.sending import File, as_csv, file_name

REFERENCE = re.compile(r"[0-9]{2}[A-Z0-9]{2}[0-9]{7}")
"""A reference that is whole; a suffix may follow."""
ANOTHER_DIGIT = str.maketrans("0123456789", "1234567890")
BY_DEGREE = ("met", "partly", "not_met")

Row = dict[str, str]


class StepPlan(Entry):
    """How second answers differ: of own answers that could be better, the share read a step better; of those that could be
    worse, the share read a step worse."""

    softer: Share
    harder: Share


class StandardPlan(StepPlan):
    """The same of one standard."""

    code: Quoted


class ReadingPlan(Entry):
    """Everything a sample of second readings is made from."""

    version: int
    months_read: Annotated[tuple[MonthNumber, ...], Field(min_length=1)]
    """The months of the year whose returns are read."""
    areas_read: Annotated[int, Field(ge=1)]
    """So many Areas each time."""
    cases_read: Annotated[int, Field(ge=1)]
    """So many cases of each, where it has as many."""
    checks_read: Share
    """The share of their checks that is read."""
    first_day: Annotated[int, Field(ge=1, le=18)]
    """A file comes on some working day after the month, from this one…"""
    last_day: Annotated[int, Field(ge=1, le=18)]
    """…to this one."""
    assessor: Quoted
    peers: Share
    """The share of files that another Area makes as a peer, in place of the assessor."""
    mistaken: Share
    """The share of cases whose reference is copied with a wrong last digit."""
    applies: Share
    """Of answers that are not applicable or not yet due, the share that is judged all the same."""
    usual: StepPlan
    standards: tuple[StandardPlan, ...] = ()


def readings_of(
    collection: Collection, plan: ReadingPlan, seed: int, periods: Sequence[Period], landing: Path
) -> Iterator[File]:
    """The files of second readings of the returns in a landing folder, by month and Area."""
    assert collection.read is not None
    _check(collection, plan)
    for period in periods:
        if period.month in plan.months_read:
            chance = Random(f"{seed}|{collection.code}|{period}")  # text gives the same numbers in every process
            areas = list(collection.areas_in(period))
            for area in sorted(chance.sample(areas, min(plan.areas_read, len(areas))), key=lambda one: one.code):
                yield from _Reader(collection, plan, area, period, chance).files(
                    landing / collection.read.code / area.code
                )


@dataclass(frozen=True)
class _Reader:
    """Who reads an Area's return of a month."""

    collection: Collection
    plan: ReadingPlan
    area: Area
    period: Period
    chance: Random

    def files(self, folder: Path) -> Iterator[File]:
        """What is sent of the return that lies in a folder when it is read; nothing where there is none, or no CSV."""
        day = self.chance.randint(self.plan.first_day, self.plan.last_day)
        arrives = from_london(working_day(self.period, day), time(11))
        own = self._standing(folder, arrives)
        lines = [line for row in self._chosen(own) for line in self._read(row)]
        if lines:
            header = [column.name for column in self.collection.columns_in(self.period)]
            content = as_csv(header, [[line[name] for name in header] for line in lines])
            yield File(self.area.code, file_name(self.area, self.period, 1), content, arrives, is_return=True)

    def _standing(self, folder: Path, arrives: datetime) -> list[Row]:
        """The rows of the version that stood when the return was read."""
        name = return_name(self.area.code, self.period, 1).removesuffix("01")
        came = arrives.replace(tzinfo=UTC).timestamp()
        files = [path for path in sorted(folder.glob(f"{name}*.csv")) if path.stat().st_mtime < came]
        return list(csv.DictReader(io.StringIO(files[-1].read_text(encoding="utf-8")))) if files else []

    def _chosen(self, own: list[Row]) -> list[Row]:
        urn = self.collection.column_of("urn", "reference").name
        whole = [row for row in own if REFERENCE.match(row[urn])]
        return self.chance.sample(whole, min(self.plan.cases_read, len(whole)))

    def _read(self, row: Row) -> Iterator[Row]:
        """The readings of one case."""
        reads = self.collection.reads
        assert reads is not None
        case = self._named(row)
        for standard in self.collection.standards_in(self.period):
            own = row.get(standard.code, "")
            if own in standard.allowed_answers and self.chance.random() < self.plan.checks_read:
                yield case | {reads.standard: standard.code, reads.answer: self._second(standard, own)}

    def _named(self, row: Row) -> Row:
        assert self.collection.read is not None
        assert self.collection.reads is not None
        said = {
            "area": self.area.code,
            "period": str(self.period),
            "return_id": return_name(self.area.code, self.period, 1),
        }
        case = {column.name: said[column.type] for column in self.collection.columns if column.type in said}
        case |= {name: row[name] for name in self.collection.read.case_key}
        urn = self.collection.column_of("urn", "reference").name
        if self.chance.random() < self.plan.mistaken:
            root = REFERENCE.match(case[urn])
            assert root is not None
            case[urn] = root[0][:-1] + root[0][-1].translate(ANOTHER_DIGIT)
        return case | {self.collection.reads.assessor: self._assessor}

    @property
    def _assessor(self) -> str:
        peers = [area.code for area in self.collection.areas_in(self.period) if area.code != self.area.code]
        chance = Random(f"{self.area.code}|{self.period}")  # the same for all rows of a file
        return chance.choice(peers) if chance.random() < self.plan.peers else self.plan.assessor

    def _second(self, standard: Standard, own: str) -> str:
        """The second answer: mostly the own one, at times a step better or worse."""
        assert standard.scale is not None
        by_degree = {count: answer for answer, count in standard.scale.answers.items()}
        degrees = [by_degree[degree] for degree in BY_DEGREE if degree in by_degree]
        if own not in degrees:
            return degrees[0] if self.chance.random() < self.plan.applies else own
        steps = next((one for one in self.plan.standards if one.code == standard.code), self.plan.usual)
        place, drawn = degrees.index(own), self.chance.random()
        if place > 0 and drawn < steps.softer:
            return degrees[place - 1]
        if place + 1 < len(degrees) and drawn >= 1 - steps.harder:
            return degrees[place + 1]
        return own


def _check(collection: Collection, plan: ReadingPlan) -> None:
    where = f"sample.yaml of {collection.code}"
    if plan.first_day > plan.last_day:
        raise CatalogueError(f"{where}: first_day {plan.first_day} is after last_day {plan.last_day}; exchange them")
    if plan.assessor not in collection.assessors:
        raise CatalogueError(f"{where}: {plan.assessor!r} is no assessor of the collection; name one of its list")
    for entry in plan.standards:
        if entry.code not in collection.versions:
            raise CatalogueError(f"{where}: there is no standard {entry.code!r} in the register; use its code")
