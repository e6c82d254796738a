"""What are the figures of a release? Computed once by `measure`; every page, letter and table reads them from here.

Pure: the same facts give the same figures.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TypeVar

from assurance.catalogue import Collection
from assurance.measures import words
from assurance.measures.comparison import Comparison, compare, typical_rate
from assurance.measures.figures import LONGEST_WINDOW, WINDOWS, Figure, Register, figures_with_charts
from assurance.measures.restatement import Moved, final_with, is_provisional, moved, stated
from assurance.measures.variation import ControlChart
from assurance.model import (
    NATION,
    Counts,
    CoverageRow,
    DeclaredRow,
    Direction,
    Period,
    ReasonRow,
    ReturnState,
    ReturnStatus,
    Standard,
    Submission,
    TallyRow,
)
from assurance.reporting.causes import LastRelease, causes, causes_of
from assurance.reporting.facts import Cause, ReleaseFacts

MONTH, QUARTER = "1m", "3m"
CHARTED_MONTHS = 36
"""The nation's chart shows so many months; its mean and limits rest on all."""
FEWER_CHARTED_MONTHS = 24
"""The chart of an Area and the small charts in tables show so many."""

CaseRow = TypeVar("CaseRow", CoverageRow, DeclaredRow, ReasonRow)


@dataclass(frozen=True)
class Measured:
    """A release with its figures and charts, from which every page is read."""

    facts: ReleaseFacts
    figures: Mapping[tuple[str, str, str], Figure]
    """By window, Area and standard; `ALL` stands for the nation and for all standards."""
    charts: Mapping[tuple[str, str], ControlChart]
    """By Area and standard."""
    begun: Period
    """The first month that has a figure."""
    typical: float | None
    """The rate of the typical Area."""
    published: LastRelease | None = None
    """What the release published that this one replaces."""

    @property
    def editions(self) -> tuple[str, ...]:
        """The nation and every Area that owes a return."""
        return (NATION, *(status.area.code for status in self.facts.returns))

    @cached_property
    def targets(self) -> Mapping[str, Decimal | None]:
        collection = self.facts.collection
        return {NATION: collection.headline_target, **{s.code: s.target for s in self.facts.standards}}

    @cached_property
    def standards(self) -> Mapping[str, Standard]:
        """The standards of the period by code, in the order of the register."""
        return {standard.code: standard for standard in self.facts.standards}

    @cached_property
    def counted(self) -> tuple[Standard, ...]:
        return tuple(standard for standard in self.facts.standards if standard.counted)

    @cached_property
    def judged(self) -> bool:
        """Does the collection say which way is better, for any of its figures?"""
        directions = {self.facts.collection.headline_direction, *(s.direction for s in self.counted)}
        return directions != {Direction.NEUTRAL} or any(target is not None for target in self.targets.values())

    @cached_property
    def compared(self) -> int:
        """How many Areas have a figure to compare?"""
        return sum(figure.position is not None for figure in self.area_figures)

    @property
    def area_figures(self) -> list[Figure]:
        """Each Area over the window in which Areas are compared."""
        return [self.figure(QUARTER, status.area.code) for status in self.facts.returns]

    def figure(self, window: str, area: str, standard: str = NATION) -> Figure:
        return self.figures[window, area, standard]

    def counted_figures(self, area: str, window: str) -> list[Figure]:
        """Each standard that stands in a rate."""
        return [self.figure(window, area, standard.code) for standard in self.counted]

    def window(self, name: str, area: str = NATION) -> tuple[Period, ...]:
        """The collected months of a window since the collection began; of an Area those for which it owes a return."""
        period = self.facts.period
        months = max(self.begun, period.plus(1 - WINDOWS[name])).until(period)
        return tuple(
            month for month in months if month not in self.facts.collection.not_collected and self._owed(area, month)
        )

    def span(self, name: str, area: str = NATION) -> str:
        """The months of a window in words: `August to October 2026`."""
        months = self.window(name, area)
        return words.span(months[0], months[-1]) if months else self.facts.period.title

    def during(self, name: str, area: str = NATION) -> str:
        """The same with its preposition: `from August to October 2026`, `in October 2026`."""
        return words.during(self.window(name, area) or (self.facts.period,))

    def first_of(self, area: str, most: int = FEWER_CHARTED_MONTHS) -> Period:
        """Where a chart of so many months begins: not before the collection, nor before the Area itself."""
        period = self.facts.period
        months = max(self.begun, period.plus(1 - most)).until(period)
        return next((month for month in months if self._owed(area, month)), period)

    def window_note(self, name: str, area: str) -> str:
        """Does a figure rest on fewer months than its window has, and why? Empty where it does not."""
        own, whole = self.window(name, area), self.window(name)
        figure = self.figure(name, area)
        if figure.rate is None:
            return ""
        if len(own) < len(whole):
            return words.begun_note(figure, len(own), len(whole), own[0])
        return words.window_note(figure, len(own))

    def together(self, areas: Container[str], months: Container[Period]) -> Counts:
        """What all standards that count come to in some Areas and months, where their returns count."""
        counted = {standard.code for standard in self.counted}
        return Counts.total(
            row.counts
            for row in self.facts.rows
            if row.area in areas
            and row.period in months
            and row.standard in counted
            and _holds(self.facts, self.states, row)
        )

    def of_cases(self, rows: Iterable[CaseRow], window: str, area: str = NATION) -> tuple[CaseRow, ...]:
        """What is known of the cases of a window, as far as the figures hold them; none where there is no figure."""
        months = self.window(window, area)
        if not months or self.figure(window, area).counts is None:
            return ()
        return tuple(
            row
            for row in rows
            if row.period in months and area in (NATION, row.area) and _holds(self.facts, self.states, row)
        )

    @cached_property
    def moved(self) -> tuple[Moved, ...]:
        """The figures that are others than those that the release before published; none where it is not known."""
        return moved(self.published.figures, map(stated, self.figures.values())) if self.published else ()

    @cached_property
    def causes(self) -> tuple[Cause, ...]:
        """What is another than it was with the release before."""
        return causes(self.facts, self.published)

    def causes_of(self, line: Moved) -> tuple[Cause, ...]:
        """Why did a figure move?"""
        return causes_of(line, self.causes, self.facts.period)

    def is_provisional(self, month: Period) -> bool:
        """May the figures of a month still move?"""
        reported = max(self.facts.period, self.facts.reported or self.facts.period)
        return is_provisional(month, self.facts.collection.provisional_months, reported)

    @cached_property
    def provisional_until(self) -> Period | None:
        """With the report for which month are the figures of this one final? None where they are."""
        period, months = self.facts.period, self.facts.collection.provisional_months
        return final_with(period, months) if self.is_provisional(period) else None

    @property
    def standing_marks(self) -> tuple[str, ...]:
        """The mark of every figure of the page, where there is one."""
        return ("[p]",) if self.provisional_until else ()

    def marks(self, month: Period, area: str) -> str:
        """The marks of a month's rate over all standards: `[p] [r]`; empty for one that is final and as it always was."""
        provisional, revised = self.is_provisional(month), (month, area) in self.facts.revised
        return " ".join(mark for mark, holds in (("[p]", provisional), ("[r]", revised)) if holds)

    def status(self, area: str) -> ReturnStatus:
        """What became of an Area's return."""
        return next(status for status in self.facts.returns if status.area.code == area)

    @cached_property
    def states(self) -> Mapping[str, ReturnState]:
        return {status.area.code: status.state for status in self.facts.returns}

    @cached_property
    def monthly(self) -> Mapping[tuple[str, str], Mapping[Period, Counts]]:
        """What was counted in each month of the longest window, by Area and standard, as the figures hold it."""
        counted = {standard.code for standard in self.counted}
        first, found = self.facts.period.plus(1 - LONGEST_WINDOW), dict[tuple[str, str], dict[Period, Counts]]()
        for row in self.facts.rows:
            if row.period < first or not _holds(self.facts, self.states, row):
                continue
            for standard in (row.standard, NATION) if row.standard in counted else (row.standard,):
                for area in (row.area, NATION):
                    months = found.setdefault((area, standard), {})
                    months[row.period] = months.get(row.period, Counts()) + row.counts
        return {key: dict(sorted(months.items())) for key, months in found.items()}

    @cached_property
    def beside(self) -> Mapping[str, Mapping[str, Comparison]]:
        """How each Area compares with the typical one, by standard and Area."""
        margins = {NATION: self.facts.collection.headline_margin, **{s.code: s.margin for s in self.facts.standards}}
        found = {}
        for standard, margin in margins.items():
            counts = self._compared(standard)
            sizes = {area: self.cases_behind(area, standard) for area in counts}
            known = {area: size for area, size in sizes.items() if size is not None}
            found[standard] = compare(counts, margin, known or None)
        return found

    def typical_of(self, standard: str) -> float | None:
        """The rate of the typical Area for a standard, or for all together."""
        return typical_rate(self._compared(standard))

    def margin_of(self, standard: str) -> Decimal:
        """How far from the typical Area one must be to be called, for a standard or for all together."""
        return self.facts.collection.headline_margin if standard == NATION else self.standards[standard].margin

    def cases_behind(self, area: str, standard: str) -> int | None:
        """The cases that stand behind an Area's checks where standards are pooled; None where each check is its own."""
        cases = cases_looked_at(self.facts.collection, self.facts.coverage)
        if cases is None or standard != NATION:
            return None
        return sum(cases[month, area] for month in self.monthly.get((area, NATION), {}))

    def _compared(self, standard: str) -> dict[str, Counts]:
        of_areas = {
            status.area.code: self.figure(QUARTER, status.area.code, standard).counts for status in self.facts.returns
        }
        return {area: counts for area, counts in of_areas.items() if counts and counts.assessed}

    def _owed(self, area: str, month: Period) -> bool:
        return area == NATION or self.facts.collection.area(area).owes(month)


def measure(facts: ReleaseFacts, published: LastRelease | None = None) -> Measured:
    """Compute every figure and chart of a release, once for all its pages.

    `published`: what the release published that it replaces, to say what moved.
    """
    collection, period = facts.collection, facts.period
    states = {status.area.code: status.state for status in facts.returns}
    cases = cases_looked_at(collection, facts.coverage)
    found, charts = figures_with_charts(register(collection, period), facts.rows, period, states, cases)
    by_key = {(figure.window, figure.area, figure.standard): figure for figure in found}
    pooled = {code: by_key[QUARTER, code, NATION].counts for code in states}
    return Measured(
        facts=facts,
        figures=by_key,
        charts=charts,
        begun=min((row.period for row in facts.rows if _holds(facts, states, row)), default=period),
        typical=typical_rate({code: counts for code, counts in pooled.items() if counts}),
        published=published,
    )


def cases_looked_at(collection: Collection, coverage: Sequence[CoverageRow]) -> Mapping[tuple[Period, str], int] | None:
    """How many cases stand behind the checks of each month and Area; None where each check is a case of its own."""
    return {(row.period, row.area): row.cases for row in coverage} if collection.grain == "case" else None


def register(collection: Collection, period: Period) -> Register:
    """What the measures need to know of a collection in a period."""
    return Register(
        collection=collection.code,
        standards=collection.standards_in(period),
        headline_target=collection.headline_target,
        not_collected=collection.not_collected,
        headline_direction=collection.headline_direction,
        headline_margin=collection.headline_margin,
        headline_charting=collection.headline_charting,
        owing_since={area.code: collection.owing_since(area.code) for area in collection.areas_owing(period)},
    )


def submissions_of(facts: ReleaseFacts) -> tuple[Submission, ...]:
    """The submissions of the release's own period."""
    return tuple(submission for submission in facts.inputs if submission.period == facts.period)


def _holds(
    facts: ReleaseFacts, states: Mapping[str, ReturnState], row: TallyRow | CoverageRow | DeclaredRow | ReasonRow
) -> bool:
    """Charts hold what the figures hold: no month that is not collected, and of this month only what counts."""
    if row.period in facts.collection.not_collected:
        return False
    if row.period == facts.period:
        return row.area in states and states[row.area].has_figures
    return row.period < facts.period
