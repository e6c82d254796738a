"""Has the rate changed by more than usual? The control chart of the nation or of one Area."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from assurance.measures import words
from assurance.measures.variation import ChartPoint, ControlChart, Variation, variation
from assurance.model import NATION, Direction, Outcome, Period
from assurance.reporting.measured import CHARTED_MONTHS, MONTH, Measured


@dataclass(frozen=True)
class Trend:
    """A control chart and what it shows."""

    heading: str
    title: str
    """The finding, as the title of the chart."""
    subtitle: str
    description: str
    notes: tuple[str, ...]
    chart: ControlChart
    period: Period
    first: Period
    """The chart begins here."""
    direction: Direction
    target: Decimal | None
    gaps: Mapping[Period, str]
    """Months without a figure and the mark that says why."""
    marks: Mapping[Period, str]
    """Months whose figure is provisional or revised, and the marks that say so: `[p] [r]`."""
    legend: tuple[tuple[str, str], ...]

    @cached_property
    def months(self) -> tuple[tuple[Period, ChartPoint | None, Variation], ...]:
        """Every month of the chart, the latest first, with its point, if any, and what it is."""
        known = {point.period: point for point in words.charted(self.chart)}
        return tuple(
            (month, known.get(month), variation(self.chart, month, self.direction))
            for month in reversed(list(self.first.until(self.period)))
        )

    @property
    def kinds(self) -> tuple[Variation, ...]:
        """The kinds of point that are drawn."""
        drawn = {kind if point.signals else Variation.USUAL for _, point, kind in self.months if point}
        return tuple(kind for kind in Variation if kind in drawn)


def trend(measured: Measured, area: str) -> Trend:
    """The trend of the nation (`ALL`) or of an Area."""
    facts = measured.facts
    nouns, period = facts.collection.words, facts.period
    chart = measured.charts[area, NATION]
    first = measured.first_of(area, CHARTED_MONTHS) if area == NATION else measured.first_of(area)
    gaps = _gaps(measured, area, first)
    shown = (point.period for point in words.charted(chart) if first <= point.period <= period)
    marks = {month: mark for month in shown if (mark := measured.marks(month, area))}
    place = "all Areas" if area == NATION else facts.collection.area(area).name
    return Trend(
        heading=words.trend_heading(chart, period, measured.figure(MONTH, area).variation),
        title=words.chart_title(chart, first),
        subtitle=(
            f"{nouns.rate}, all {nouns.standards}, month by month, {words.span(first, period)}, "
            f"{place}. The axis does not start at zero."
        ),
        description=words.chart_description(nouns, chart, facts.collection.headline_direction, first, gaps),
        notes=tuple(_notes(measured, chart, area)),
        chart=chart,
        period=period,
        first=first,
        direction=facts.collection.headline_direction,
        target=facts.collection.headline_target,
        gaps=gaps,
        marks=marks,
        legend=words.marks_used(
            mark for marked in (gaps, marks) for found in marked.values() for mark in found.split()
        ),
    )


def _notes(measured: Measured, chart: ControlChart, area: str) -> list[str]:
    ahead = measured.figure(MONTH, area).outlook
    target = measured.facts.collection.headline_target
    said = (words.outlook_sentence(chart, target, ahead), words.provisional_note(chart), *words.rebase_notes(chart))
    return [note for note in said if note]


def _gaps(measured: Measured, area: str, first: Period) -> dict[Period, str]:
    """Which months of the chart have no figure, and why?"""
    facts = measured.facts
    known = {point.period for point in words.charted(measured.charts[area, NATION])}
    empty = {point.period for point in measured.charts[area, NATION].points} - known
    nil = {s.period for s in facts.inputs if s.outcome is Outcome.NIL and area in (NATION, s.area)}
    gaps = {}
    for month in first.until(facts.period):
        if month in known:
            continue
        if month in facts.collection.not_collected or month in empty:
            gaps[month] = "[z]"
        elif (month, area) in facts.left_out:
            gaps[month] = "[o]"
        else:
            gaps[month] = "[n]" if month in nil else "[x]"
    return gaps
