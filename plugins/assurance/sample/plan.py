"""What is a sample of counts made from? `sample.yaml` of a collection whose returns hold counts.

`case_plan` has the same for returns of cases.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from assurance.catalogue import Entry, Quoted
from assurance.sample.entries import (
    Figure,
    HistoryPlan,
    Positive,
    SeasonPlan,
    Share,
    SpreadPlan,
    StoryPlan,
    check_once,
)


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


class SamplePlan(Entry):
    """Everything a sample of counts is made from."""

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
        check_once("standard", [entry.code for entry in self.standards])
        check_once("Area", [entry.code for entry in self.areas])
        check_once("lower Area", [entry.area for entry in self.lower])
        check_once("month", [str(entry.month) for entry in self.seasons])
        return self
