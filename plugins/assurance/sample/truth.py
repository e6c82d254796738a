"""What is true of made-up cases, before chance comes in? A rate per Area, standard and month, and what moves it.

It is written beside the returns, so that what a report says can be held against it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any

from assurance.catalogue import Collection
from assurance.model import Area, Period
from assurance.sample.case_plan import AnswerPlan, AreaSizePlan, CasePlan, SizePlan
from assurance.sample.events import Event

TRUTH = "truth.json"
"""Its name, in the collection's folder of the landing place, where no return can lie."""
LOWEST, HIGHEST = 0.005, 0.998
DECIMALS = 6

Rates = Mapping[str, float]
"""The true share of fully met checks by standard."""


@dataclass(frozen=True, eq=False)
class CaseWorld:
    """A plan applied to a collection and its months."""

    collection: Collection
    plan: CasePlan
    seed: int
    periods: tuple[Period, ...]
    cases: int | None
    """So many cases in every return, whatever the plan says."""

    @property
    def last(self) -> Period:
        return self.periods[-1]

    def stream(self, *name: object) -> Random:
        """Chance for one purpose. Seeded by text, which gives the same numbers in every process."""
        return Random("|".join(str(part) for part in (self.seed, self.collection.code, *name)))

    @cached_property
    def answers(self) -> Mapping[str, AnswerPlan]:
        return {entry.code: entry for entry in self.plan.standards}

    @cached_property
    def sizes(self) -> Mapping[str, AreaSizePlan]:
        return {entry.code: entry for entry in self.plan.areas}

    def size_of(self, area: str) -> SizePlan:
        return self.sizes.get(area, self.plan.usual)

    # -- rates

    def typical(self, period: Period) -> Rates:
        """The rates of an Area that does not differ from the nation."""
        return {code: _within(self._rate(entry, period)) for code, entry in self.answers.items()}

    def rates(self, area: Area, period: Period) -> Rates:
        """The true rates of an Area."""
        month = self.stream(area.code, period, "month").gauss(0, self.plan.spread.month)
        of_standard = self._own(area)
        return {
            code: _within(self._rate(entry, period) + self._difference(entry, area, period) + of_standard[code] + month)
            if not entry.constant
            else entry.met
            for code, entry in self.answers.items()
        }

    def nation(self, period: Period) -> Rates:
        """The rates over all Areas that owe a return, each weighing as many cases as it looks at."""
        areas = self.collection.areas_owing(period)
        weights = [self.cases or self.size_of(area.code).cases for area in areas]
        rates = [self.rates(area, period) for area in areas]
        return {
            code: sum(weight * own[code] for weight, own in zip(weights, rates, strict=True)) / sum(weights)
            for code in self.answers
        }

    def claimed(self, area: Area) -> Rates:
        """By standard, the share of checks not met by their dates that the Area declares as met."""
        plan = self.plan.claimed
        own = {entry.standard: entry.share for entry in plan.areas if entry.area == area.code}
        return {code: own.get(code, plan.share) for code in self.answers}

    def _rate(self, entry: AnswerPlan, period: Period) -> float:
        """The nation's rate of a standard, with what moves it."""
        if entry.constant:
            return entry.met
        plan = self.plan
        before_last = self._months_before_last(period)
        drift = sum(one.a_year for one in plan.drifts if one.standard == entry.code) * before_last / 12
        swing = sum(one.by for one in plan.swings if one.standard == entry.code and period.month in one.months)
        # The plan has the rate of the last month, so a step that is not yet taken is taken away.
        untaken = sum(
            step.size
            for step in plan.steps
            if step.area is None and _names(step.standards, entry.code) and before_last >= step.months
        )
        return entry.met - drift + swing - untaken

    def _difference(self, entry: AnswerPlan, area: Area, period: Period) -> float:
        """How far an Area truly stands from the nation in a standard."""
        plan = self.plan
        lower = sum(one.by for one in plan.lower if one.area == area.code and _names(one.standards, entry.code))
        stepped = sum(
            step.size
            for step in plan.steps
            if step.area == area.code
            and _names(step.standards, entry.code)
            and self._months_before_last(period) < step.months
        )
        own = self.sizes.get(area.code)
        return (own.difference if own else 0.0) - lower + stepped

    def _own(self, area: Area) -> Rates:
        """What is an Area's own in each standard, month after month."""
        chance = self.stream(area.code, "standards")
        return {code: chance.gauss(0, self.plan.spread.standard) for code in self.answers}

    def _months_before_last(self, period: Period) -> int:
        return (self.last.year - period.year) * 12 + self.last.month - period.month


@dataclass(frozen=True)
class Fault:
    """Something wrong that was put into a return, and what it does there."""

    kind: str
    rows: tuple[int, ...]
    """As the sender counts them: the header is row 1."""
    column: str
    effect: str
    """`row`: these rows are quarantined; `file`: the return is rejected; `note`: it is told."""


@dataclass(frozen=True)
class Planted:
    """What there is to know of one return: its size and what was put into it."""

    file: str
    """Its place in the collection's folder."""
    rows: int
    in_scope: int
    faults: tuple[Fault, ...] = ()
    changed: tuple[str, ...] = ()
    """The columns in which the version before differs."""
    dropped: int = 0
    """How many cases of the version before are left out."""


@dataclass(frozen=True)
class Truth:
    """What is true of a sample of cases; `as_json` is what is written beside the returns."""

    world: CaseWorld
    story: Mapping[str, Event]
    history: Mapping[tuple[Period, str], Event]
    planted: tuple[Planted, ...]

    def as_json(self) -> bytes:
        return (json.dumps(self._content(), indent=1, ensure_ascii=False) + "\n").encode()

    def _content(self) -> dict[str, Any]:
        world, plan = self.world, self.world.plan
        return {
            "collection": world.collection.code,
            "seed": world.seed,
            "months": [str(period) for period in world.periods],
            "rates": {
                "typical": {str(period): _rounded(world.typical(period)) for period in world.periods},
                "nation": {str(period): _rounded(world.nation(period)) for period in world.periods},
                "areas": {
                    str(period): {
                        area.code: _rounded(world.rates(area, period)) for area in world.collection.areas_owing(period)
                    }
                    for period in world.periods
                },
            },
            "lower": [entry.model_dump() for entry in plan.lower],
            "steps": [
                {**entry.model_dump(exclude={"months"}), "from": str(world.last.plus(1 - entry.months))}
                for entry in plan.steps
            ],
            "drifts": [entry.model_dump() for entry in plan.drifts],
            "swings": [entry.model_dump() for entry in plan.swings],
            "constant": [entry.code for entry in plan.standards if entry.constant],
            "claimed": plan.claimed.model_dump(),
            "story": dict(self.story),
            "history": [
                {"period": str(period), "area": area, "event": event} for (period, area), event in self.history.items()
            ],
            "files": {one.file: _told(one) for one in self.planted},
        }

    def sentences(self) -> Iterator[str]:
        """The main truths, one a sentence."""
        plan = self.world.plan
        for step in plan.steps:
            turn = "higher" if step.size >= 0 else "lower"
            since = self.world.last.plus(1 - step.months).title
            yield (
                f"True change: {_several(step.standards)} of {step.area or 'every Area'}: "
                f"{points(abs(step.size))} {turn} from {since} on."
            )
        for drift in plan.drifts:
            turn = "rises" if drift.a_year >= 0 else "falls"
            yield f"True drift: {drift.standard} {turn} by {points(abs(drift.a_year))} a year."
        for swing in plan.swings:
            turn = "higher" if swing.by >= 0 else "lower"
            months = ", ".join(f"{Period(self.world.last.year, month).first_day:%B}" for month in swing.months)
            yield f"True season: {swing.standard} is {points(abs(swing.by))} {turn} in {months}."
        constant = [entry.code for entry in plan.standards if entry.constant]
        if constant:
            yield f"Never changes: {', '.join(constant)}."
        for lower in plan.lower:
            yield (
                f"True difference: {_several(lower.standards)} of {lower.area}: {points(lower.by)} lower in every month."
            )
        for claim in plan.claimed.areas:
            yield (
                f"Claimed beyond the dates: {claim.area} declares {claim.share:.0%} of what is not met in "
                f"{claim.standard} as met."
            )


def points(share: float) -> str:
    return f"{share * 100:.1f} points"


def _several(standards: tuple[str, ...]) -> str:
    return ", ".join(standards) or "every standard that may differ"


def _names(standards: tuple[str, ...], code: str) -> bool:
    """Whether these standards, none meaning all, have this one among them."""
    return not standards or code in standards


def _within(rate: float) -> float:
    return min(max(rate, LOWEST), HIGHEST)


def _rounded(rates: Rates) -> dict[str, float]:
    return {code: round(rate, DECIMALS) for code, rate in rates.items()}


def _told(one: Planted) -> dict[str, Any]:
    told: dict[str, Any] = {"rows": one.rows, "in_scope": one.in_scope}
    if one.faults:
        told["faults"] = [vars(fault) for fault in one.faults]
    if one.changed or one.dropped:
        told["changed"], told["dropped"] = one.changed, one.dropped
    return told
