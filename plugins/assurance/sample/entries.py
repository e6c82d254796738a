"""Which pieces do the plans of all samples share? Figures in quotes, and what befalls returns."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from assurance.catalogue import Entry, Quoted


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
MonthNumber = Annotated[int, Field(ge=1, le=12)]


class SeasonPlan(Entry):
    """A month of the year that brings so many times the usual checks."""

    month: MonthNumber
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
        if sum(self.model_dump().values()) > 1:
            raise ValueError(f"{', '.join(self.model_dump())} together are more than all returns")
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


def check_once(what: str, names: Sequence[str]) -> None:
    for name, times in Counter(names).items():
        if times > 1:
            raise ValueError(f"{what} {name!r} stands {times} times; each may stand once")
