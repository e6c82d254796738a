"""How has it gone over time?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise, takewhile

from assurance.measures.rates import percent
from assurance.measures.signals import Signal, sign
from assurance.measures.variation import (
    FEWEST_FOR_FIRM_LIMITS,
    FEWEST_FOR_LIMITS,
    ChartPoint,
    ControlChart,
    Outlook,
    Variation,
    variation,
)
from assurance.measures.words.labels import VARIATIONS
from assurance.measures.words.plain import NBSP, Nouns, interval, many, number, sentence
from assurance.model import Charting, ChartKind, Direction, Period


def charted(chart: ControlChart) -> tuple[ChartPoint, ...]:
    """The months of the chart that have a rate."""
    return tuple(point for point in chart.points if point.rate is not None)


def variation_sentence(chart: ControlChart, period: Period, state: Variation) -> str:
    """Is the month more than usual, and why is it said to be? Empty where the month has no figure."""
    known = chart.last.charted
    if state is Variation.NO_DATA:
        return ""
    if state is Variation.TOO_SHORT:
        so_far = "this is the first" if len(known) == 1 else f"there are {len(known)}"
        return f"What is usual can be said from {FEWEST_FOR_LIMITS}{NBSP}months on; {so_far}."
    if state is Variation.USUAL:
        if not chart.has_limits and chart.mean is not None:
            return f"It was {percent(chart.mean)} in all {len(known)}{NBSP}months: no variation yet."
        *_, before, own = [point for point in charted(chart) if point.period <= period]
        if before.rate == own.rate:
            return f"It was the same in {before.period.title}."
        return f"The change since {before.period.title} is no more than usual."
    return f"That is {more_than_usual(state)}: {reason(chart, period)}."


def more_than_usual(state: Variation) -> str:
    """What a variation says of a month, within a sentence."""
    return {
        Variation.IMPROVING: "better by more than usual",
        Variation.WORSENING: "worse by more than usual",
        Variation.HIGH: "higher than usual",
        Variation.LOW: "lower than usual",
    }[state]


def reason(chart: ControlChart, period: Period) -> str:
    """Which rule makes the month unusual, with its numbers? Empty for a usual month."""
    segment = next((s for s in chart.segments if any(point.period == period for point in s.charted)), chart.last)
    known = segment.charted
    at = next((i for i, point in enumerate(known) if point.period == period), None)
    if at is None or not known[at].signals or segment.mean is None:
        return ""
    own = known[at]
    upper = own.side > 0
    side = "above" if upper else "below"
    match own.signals[0]:
        case Signal.OUTSIDE:
            limit = own.high if upper else own.low
            return f"it is {side} the {'upper' if upper else 'lower'} limit of {percent(limit or 0.0)}"
        case Signal.TREND:
            return f"it is one of {_trend(known, at)} successive months that {'rose' if own.heading > 0 else 'fell'}"
        case Signal.TWO_OF_THREE:
            return f"2 of 3 successive months are near the {'upper' if upper else 'lower'} limit"
        case Signal.SHIFT:
            run = _run(known, at, lambda point: point.side == own.side)
            return f"it is one of {run} successive months {side} the average of {percent(segment.mean)}"


def _trend(known: Sequence[ChartPoint], at: int) -> int:
    """How many successive points make the trend that this one is part of? Two trends of one heading may adjoin."""
    heading = known[at].heading
    moves = [sign((later.rate or 0.0) - (earlier.rate or 0.0)) == heading for earlier, later in pairwise(known)]
    before = sum(1 for _ in takewhile(bool, reversed(moves[:at])))
    return 1 + before + sum(1 for _ in takewhile(bool, moves[at:]))


def _run(known: Sequence[ChartPoint], at: int, same: Callable[[ChartPoint], bool]) -> int:
    """How many successive points around this one are alike, itself included."""
    later = sum(1 for _ in takewhile(same, known[at:]))
    return later + sum(1 for _ in takewhile(same, reversed(known[:at])))


def trend_heading(chart: ControlChart, period: Period, state: Variation) -> str:
    """The finding of a control chart."""
    own = next((point for point in chart.points if point.period == period), None)
    if own is None or own.rate is None:
        last = charted(chart)[-1:]
        known = f"; the last is {percent(last[0].rate or 0.0)} in {last[0].period.title}" if last else ""
        return f"There is no figure for {period.title}{known}"
    start = f"{percent(own.rate)} in {period.title}"
    if state is Variation.TOO_SHORT:
        return f"{start}: too short a series to say what is usual"
    if state is Variation.USUAL:
        return f"{start} is within the usual variation" if chart.has_limits else f"{start}, as in every month so far"
    return f"{start} is {more_than_usual(state)}"


def chart_title(chart: ControlChart, first: Period) -> str:
    """What does the series show from its `first` month on? `11 of 33 months were unusual, the latest in October 2015`."""
    known = [point for point in charted(chart) if point.period >= first]
    if not known:
        return "No month has a figure"
    rates = [point.rate or 0.0 for point in known]
    if not any(segment.has_limits for segment in chart.segments):
        extent = (
            percent(rates[0])
            if min(rates) == max(rates)
            else f"between {percent(min(rates))} and {percent(max(rates))}"
        )
        return f"{many(len(known), 'month', 'months')} so far: {extent}"
    odd = [point.period for point in known if point.signals]
    said = f"{len(odd)} of {len(known)} months {'was' if len(odd) == 1 else 'were'} unusual"
    if not odd:
        return said
    last = known[-1].period
    return f"{said}, the latest in {odd[-1].title}{'' if odd[-1] == last else f'; {last.title} was not'}"


def provisional_note(chart: ControlChart) -> str:
    """Do the limits rest on enough months? Empty when they do, or when there are none."""
    if not chart.provisional:
        return ""
    return (
        f"The limits are provisional: they rest on {len(chart.last.charted)}{NBSP}months "
        f"and are firm from {FEWEST_FOR_FIRM_LIMITS}."
    )


def outlook_sentence(chart: ControlChart, target: Decimal | None, ahead: Outlook | None) -> str:
    """Will the target be met if all stays as it is? Empty where that cannot be said."""
    if ahead is None or target is None or chart.limits is None:
        return ""
    low, high = chart.limits
    usual = f"If all stays as it is, months will usually lie between {percent(low)} and {percent(high)}"
    met = {
        Outlook.WILL_BE_MET: "will be met",
        Outlook.WILL_NOT_BE_MET: "will not be met unless the process changes",
        Outlook.MAY_OR_MAY_NOT: "may or may not be met",
    }[ahead]
    return f"{usual}: the target of {percent(float(target))} {met}."


def rebase_notes(chart: ControlChart) -> tuple[str, ...]:
    """From when on does the chart have limits of its own, and why?"""
    return tuple(
        f"The limits begin anew in {segment.points[0].period.title}: {sentence(segment.reason)}"
        for segment in chart.segments
        if segment.reason
    )


def charting_note(charting: Charting) -> str:
    """What are the limits of a chart, and when is a month unusual?"""
    screened = ", the largest moving ranges left out" if charting.screen else ""
    limits = (
        f"an XmR chart: average \N{PLUS-MINUS SIGN} 2.66 mean moving ranges{screened}"
        if charting.kind is ChartKind.XMR
        else f"a Laney p\N{PRIME} chart{screened}, three standard deviations wide"
    )
    return (
        f"Limits of the trend are those of {limits}. A month is unusual if it is outside the limits, or part of "
        f"{charting.run_length} successive rising or falling months, or one of 2 of 3 successive months near a limit, or "
        f"part of {charting.run_length} successive months on one side of the average."
    )


def chart_description(
    nouns: Nouns, chart: ControlChart, direction: Direction, first: Period, gaps: Mapping[Period, str]
) -> str:
    """What does somebody miss who cannot see the chart?"""
    known = charted(chart)
    if not known or chart.mean is None:
        return "No month has a figure."
    last = known[-1]
    said = [
        f"{nouns.rate} in {last.period.title}: {percent(last.rate or 0.0)}, "
        f"{number(last.met)} of {number(last.assessed)} {nouns.checks}.",
        f"Average {percent(chart.mean)} over {many(len(chart.last.charted), 'month', 'months')}.",
    ]
    if last.low is not None and last.high is not None:
        said.append(f"Limits {interval(last.low, last.high)}.")
    else:
        said.append("No limits yet.")
    said += rebase_notes(chart)
    odd = [
        f"{point.period.short} {VARIATIONS[variation(chart, point.period, direction)][0].lower()}"
        for point in known
        if point.signals and point.period >= first
    ]
    said.append(f"{many(len(odd), 'unusual month', 'unusual months')}{': ' + ', '.join(odd) if odd else ''}.")
    if gaps:
        said.append(f"No figure: {', '.join(f'{month.short} {mark}' for month, mark in gaps.items())}.")
    return " ".join(said)
