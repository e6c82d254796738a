"""What is a sample of cases made from? `sample.yaml` of a collection whose returns hold one row per case.

The plan says what is true of Areas and standards, and how a case lives: column by column, each drawn from what stands
before it. No column is known to the code; all are named here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, model_validator

from assurance.catalogue import Entry, Quoted
from assurance.sample.entries import (
    Figure,
    HistoryPlan,
    MonthNumber,
    SeasonPlan,
    Share,
    SpreadPlan,
    StoryPlan,
    check_once,
)

Weights = Annotated[Mapping[Quoted, Annotated[int, Field(ge=0)]], Field(min_length=1)]
"""How often each value is drawn beside the others."""
Count = Annotated[int, Field(ge=1)]
Days = Annotated[int, Field(ge=0)]
Texts = Annotated[tuple[Quoted, ...], Field(min_length=1)]


class SizePlan(Entry):
    """How many cases an Area looks at in a month, out of how many; none given: it looks at all it has."""

    cases: Count
    scope: Count | None = None


class AreaSizePlan(SizePlan):
    """The size of one Area, and how far its rates stand from the nation's."""

    code: Quoted
    difference: Figure = 0.0


class AnswerPlan(Entry):
    """Which share of the checks of a standard is fully met in the last month.

    `partly`: of the others, the share that is partly met. `not_applicable`: of all, the share that is left out.
    `constant`: neither Areas nor months differ.
    """

    code: Quoted
    met: Share
    partly: Share = 0.0
    not_applicable: Share = 0.0
    not_applicable_when: Mapping[str, tuple[Quoted, ...]] = {}
    constant: bool = False


class CaseLowerPlan(Entry):
    """An Area that is truly lower, by how much, and in which standards (none named: in all that may differ)."""

    area: Quoted
    by: Share
    standards: tuple[Quoted, ...] = ()


class CaseStepPlan(Entry):
    """What changed for good and stands in the last so many months: an Area or all, some standards or all."""

    size: Figure
    months: Count
    area: Quoted | None = None
    standards: tuple[Quoted, ...] = ()


class DriftPlan(Entry):
    """How much a standard changes in a year."""

    standard: Quoted
    a_year: Figure


class SwingPlan(Entry):
    """A standard that differs by so much in some months of every year."""

    standard: Quoted
    months: Annotated[tuple[MonthNumber, ...], Field(min_length=1)]
    by: Figure


class ClaimedArea(Entry):
    """An Area that claims more of one standard than its dates show."""

    area: Quoted
    standard: Quoted
    share: Share


class ClaimedPlan(Entry):
    """Of the checks that the dates show as not met, the share that an Area declares as met all the same; and the share
    of those shown as met that any Area declares as not met."""

    share: Share
    denied: Share = 0.0
    areas: tuple[ClaimedArea, ...] = ()


class ChosenPlan(Entry):
    """What stands as the reason for the choice of a case: in an Area that takes a sample, and in one that takes all."""

    sample: Weights
    all: Quoted


class LifeEntry(Entry):
    """How one column of a case is filled, where it is still empty and `when` holds, in a `share` of the cases.

    One of: `choose` a value by weight; a date, `least` to `most` days after the column or due date `from` (the due date
    of a standard is its code and `_due`); or, in the evidence column of a standard, up to `early` days before the last
    day that is in time, or up to `late` days after it, with nothing done in the share `missing` of what is not in time.
    """

    column: str
    when: Mapping[str, tuple[Quoted, ...]] = {}
    """What the cells of these columns must be; `""` is an empty cell."""
    share: Share = 1.0
    choose: Weights | None = None
    start: str | None = Field(default=None, alias="from")
    least: int = 0
    most: int = 0
    weekends: bool = False
    """Whether the day may be a Saturday or Sunday."""
    early: Days | None = None
    late: Count | None = None
    missing: Share = 0.0
    not_before: str | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> LifeEntry:
        if sum(way is not None for way in (self.choose, self.start, self.late)) != 1:
            raise ValueError("say one of `choose`, `from` and `late`")
        if (self.early is None) is not (self.late is None):
            raise ValueError("`early` and `late` go together")
        if self.least > self.most:
            raise ValueError("`least` is more than `most`")
        return self


class FailurePlan(Entry):
    """Which reasons are given for a standard not met, and how often the partner disputes and is agreed with."""

    weights: Weights
    most: Count
    more: Share
    """How likely a further reason is, after each."""
    disputed: Share
    accepted: Share


class RemarkPlan(Entry):
    """What is said of a standard not met, by its code; and, in a share of the other cases, an aside."""

    by_standard: Mapping[Quoted, Texts] = {}
    otherwise: Texts
    """What is said of a standard that is not named."""
    asides: Texts
    share: Share


class NumberPlan(Entry):
    """How the reference of a case is made up after its force: a station and seven digits, at times with a suffix."""

    stations: Texts
    suffixes: Weights
    national: Share = 0.0
    """The share of cases that come from a force that works everywhere."""


class CaseHistoryPlan(HistoryPlan):
    """Also: the share of earlier returns with a few faulty rows."""

    careless: Share = 0.0


class CaseStoryPlan(StoryPlan):
    """Also: the Area whose last return has a few faulty rows."""

    careless: Quoted | None = None


class CasePlan(Entry):
    """Everything a sample of cases is made from."""

    version: int
    usual: SizePlan
    """The size of an Area that is not named."""
    areas: tuple[AreaSizePlan, ...] = ()
    chosen: ChosenPlan | None = None
    seasons: tuple[SeasonPlan, ...] = ()
    spread: SpreadPlan
    numbers: NumberPlan | None = None
    standards: tuple[AnswerPlan, ...]
    lower: tuple[CaseLowerPlan, ...] = ()
    steps: tuple[CaseStepPlan, ...] = ()
    drifts: tuple[DriftPlan, ...] = ()
    swings: tuple[SwingPlan, ...] = ()
    claimed: ClaimedPlan
    begins: str
    """The date from which the life of a case is drawn."""
    life: tuple[LifeEntry, ...]
    assessed: Days = 4
    """From how many days before the end of the month cases are looked at."""
    failures: FailurePlan | None = None
    remarks: RemarkPlan | None = None
    unknown: Quoted = "not known"
    """What a careless hand writes instead of a code."""
    second_thoughts: Share = 0.06
    """In which share of the cases a correction changes an answer or a date."""
    workbooks: tuple[Quoted, ...] = ()
    """The Areas that send workbooks, in the last `workbook_months` months."""
    workbook_months: int = 3
    days_first: tuple[Quoted, ...] = ()
    """The Areas that write DD/MM/YYYY."""
    history: CaseHistoryPlan
    story: CaseStoryPlan
    reasons: Texts

    @model_validator(mode="after")
    def _name_each_thing_once(self) -> CasePlan:
        check_once("standard", [entry.code for entry in self.standards])
        check_once("Area", [entry.code for entry in self.areas])
        check_once("month", [str(entry.month) for entry in self.seasons])
        return self
