"""How does a made-up case live? Dates, codes, answers and remarks that hang together.

A case is drawn from the date on which it begins, column by column as the plan says, and is then moved by whole weeks so
that the date by which it is looked at lies in the period. Days of work stay days of work, and what is due so many
calendar days later stays due. What is due when, and which answer the dates give, comes from the register itself.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from random import Random

from assurance.catalogue import Collection
from assurance.due import due_date, in_force
from assurance.errors import CatalogueError
from assurance.model import Area, Period
from assurance.sample.answers import Answers
from assurance.sample.case_plan import CasePlan, LifeEntry
from assurance.sample.draws import (
    WORKING_DAYS,
    Allowed,
    Case,
    Draw,
    Register,
    allowed,
    by_weight,
    day_of,
    days_of_work,
    fits,
    monday,
    moved,
    some_such_day,
    work_day,
)
from assurance.sample.references import numbers_of
from assurance.sample.truth import CaseWorld

Value = Callable[[Case, Draw, Register], date | str | None]

DUE = "_due"
"""Behind the code of a standard: the day by which it is due."""
TRIES = 20
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Step:
    """One entry of a life, ready to be used."""

    column: str
    when: Allowed
    share: float
    value: Value


@dataclass(frozen=True, eq=False)
class Lives:
    """The cases of a world, ready to be drawn; made once for all its returns."""

    world: CaseWorld

    @property
    def collection(self) -> Collection:
        return self.world.collection

    @property
    def plan(self) -> CasePlan:
        return self.world.plan

    @cached_property
    def answers(self) -> Answers:
        return Answers(self.world)

    def of(self, area: Area, period: Period, received_on: date, count: int) -> list[Case]:
        """So many cases of an Area, looked at no later than the day on which its return came in."""
        world = self.world
        draw = Draw(world.stream(area.code, period, "cases"), world.rates(area, period), world.claimed(area))
        days = days_of_work(period.last_day - timedelta(days=self.plan.assessed), received_on)
        number = numbers_of(world, area, period)
        chosen = self._chosen(area)
        return [self._case(draw, period, days, number(draw.chance, index), chosen) for index in range(count)]

    # -- one case

    def _case(self, draw: Draw, period: Period, days: Sequence[date], number: Case, chosen: Value | None) -> Case:
        case, register = self._lived(draw, period)
        case |= number
        cases = self.collection.cases
        if cases.as_of:
            case[cases.as_of] = self._looked_at(case, days, draw.chance)
        if cases.reason and chosen:
            case[cases.reason] = chosen(case, draw, register) or ""
        self.answers.give(case, period, draw, register)
        return case

    def _lived(self, draw: Draw, period: Period) -> tuple[Case, Register]:
        """A life whose deciding date lies in the period, and the register it is judged by."""
        begins = self.plan.begins
        week = monday(period.first_day)
        for _ in range(TRIES):
            case: Case = {begins: week + timedelta(days=int(draw.chance.random() * WORKING_DAYS))}
            place = self._judged_by(case)
            register = self._registers[place]
            self._live(case, draw, register)
            decided = self._decided_on(case, register)
            if decided is None:
                continue
            case = moved(case, some_such_day(decided, period, draw.chance) - decided)
            if self._judged_by(case) == place:
                return case, register
            # Another version counts for a case that begins then: it is drawn anew from there.
            week = monday(day_of(case, begins) or week)
        raise CatalogueError(
            f"sample.yaml of {self.collection.code}: life does not say enough to tell by which date a case is looked at "
            f"in {period}; see `judged_on` in collection.yaml"
        )

    def _live(self, case: Case, draw: Draw, register: Register) -> None:
        chance = draw.chance.random
        for step in self._steps:
            if step.column in case or (step.when and not fits(case, step.when)):
                continue
            if step.share < 1 and chance() >= step.share:
                continue
            value = step.value(case, draw, register)
            if value is not None:
                case[step.column] = value

    def _decided_on(self, case: Case, register: Register) -> date | None:
        """The date of a case that must lie in the period; the day it begins where the collection names none."""
        return self._days_from(self.collection.cases.judged_on.get(self._point(case), self.plan.begins))(case, register)

    def _looked_at(self, case: Case, days: Sequence[date], chance: Random) -> date:
        """The day of the assessment: not before a hearing by which the case is looked at."""
        day = days[int(chance.random() * len(days))]
        decided = day_of(case, self.collection.cases.judged_on.get(self._point(case), ""))
        return day if decided is None else max(day, decided)

    def _point(self, case: Case) -> str:
        return str(case.get(self.collection.cases.point or "", ""))

    # -- what the collection asks

    @cached_property
    def _borders(self) -> tuple[date, ...]:
        """The days from which another version of some standard counts."""
        return tuple(sorted({v.valid_from for versions in self.collection.versions.values() for v in versions[1:]}))

    @cached_property
    def _registers(self) -> tuple[Register, ...]:
        """The register before, between and after those days."""
        versions = self.collection.versions
        return tuple({code: in_force(versions[code], day) for code in versions} for day in (date.min, *self._borders))

    def _judged_by(self, case: Case) -> int:
        sent = self._sent(case)
        return 0 if sent is None else bisect(self._borders, sent)

    def _sent(self, case: Case) -> date | None:
        return day_of(case, self.collection.cases.version_by or "")

    def _days_from(self, name: str) -> Callable[[Case, Register], date | None]:
        """How to find a day of a case: in a column, or as the due date of a standard (see DUE)."""
        code = name.removesuffix(DUE)
        if code != name and code in self.collection.versions:
            versions = self.collection.versions
            return lambda case, register: due_date(register[code], versions, case, self._sent(case))
        return lambda case, register: day_of(case, name)

    # -- what the plan says

    @cached_property
    def _steps(self) -> tuple[Step, ...]:
        return tuple(self._step(entry) for entry in self.plan.life)

    def _step(self, entry: LifeEntry) -> Step:
        if entry.choose is not None:
            drawn = by_weight(entry.choose)
            return Step(entry.column, allowed(entry.when), entry.share, lambda case, draw, register: drawn(draw.chance))
        if entry.start is not None:
            return Step(entry.column, allowed(entry.when), entry.share, self._days_after(entry, entry.start))
        code, asked_at = self._asks_for(entry.column)
        when = dict(entry.when)
        if asked_at and self.collection.cases.point and not self._is_required(entry.column):
            when[self.collection.cases.point] = (asked_at,)
        return Step(entry.column, allowed(when), entry.share, self._evidence(entry, code))

    def _days_after(self, entry: LifeEntry, start: str) -> Value:
        begin, least, span = self._days_from(start), entry.least, entry.most - entry.least + 1

        def value(case: Case, draw: Draw, register: Register) -> date | None:
            day = begin(case, register)
            if day is None:
                return None
            day += timedelta(days=least + int(draw.chance.random() * span))
            return day if entry.weekends else work_day(day, back=least < 0)

        return value

    def _evidence(self, entry: LifeEntry, code: str) -> Value:
        """When something was done that is due, so that the share of it that is in time is the true one."""
        versions, missing, not_before = self.collection.versions, entry.missing, entry.not_before or ""
        early, late = (entry.early or 0) + 1, entry.late or 1

        def value(case: Case, draw: Draw, register: Register) -> date | None:
            chance, standard = draw.chance.random, register[code]
            due = due_date(standard, versions, case, self._sent(case))
            if due is None or standard.due is None:
                return None
            last = due - DAY if standard.due.strictly_before else due
            if chance() < draw.rates[code]:
                done = work_day(last - timedelta(days=int(chance() * early)), back=True)
                earliest = day_of(case, not_before)
                return done if earliest is None else max(done, earliest)
            if missing and chance() < missing:
                return None
            return work_day(last + timedelta(days=1 + int(chance() * late)), back=False)

        return value

    def _asks_for(self, evidence: str) -> tuple[str, str | None]:
        """The standard that this column is the evidence of, and where it is asked."""
        for code, versions in self.collection.versions.items():
            if versions[-1].evidence == evidence:
                return code, versions[-1].asked_at
        raise CatalogueError(
            f"sample.yaml of {self.collection.code}: life has `late` for {evidence!r}, which is evidence of no standard; "
            "use `from`"
        )

    def _is_required(self, name: str) -> bool:
        return any(column.name == name and column.required for column in self.collection.columns)

    def _chosen(self, area: Area) -> Value | None:
        """Why each case of this Area was chosen."""
        plan = self.plan.chosen
        if plan is None:
            return None
        drawn = by_weight(plan.sample if self.world.size_of(area.code).scope else {plan.all: 1})
        return lambda case, draw, register: drawn(draw.chance)
