"""What do the measures mean, in words? The same state gives the same sentence in every page, mail and table.

Number first, then meaning; no adjective without a number. Pure functions from counts, verdicts and variations to
English. The nouns of a collection come from its own words; nothing here knows what is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise, takewhile
from typing import Protocol
from zoneinfo import ZoneInfo

from assurance.measures.agreement import Agreement, Differences
from assurance.measures.comparison import FALSE_DISCOVERY_RATE, Position
from assurance.measures.disclosure import SMALL
from assurance.measures.figures import WINDOWS, Figure
from assurance.measures.published import Held, Standing
from assurance.measures.rates import TOO_FEW, Verdict, percent
from assurance.measures.restatement import Moved, calls_for_a_release
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
from assurance.model import (
    NATION,
    Arrival,
    Charting,
    ChartKind,
    Counts,
    Direction,
    Outcome,
    Period,
    ReturnState,
    ReturnStatus,
)

LONDON = ZoneInfo("Europe/London")
NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"

MARKS: Mapping[str, str] = {
    "[x]": "no return",
    "[n]": "nil return",
    "[z]": "not applicable: nothing to assess, or not collected",
    "[d]": "not yet due",
    "[p]": "provisional: it may still move",
    "[r]": "revised since an earlier release",
}
"""What the short marks in tables stand for; a legend stands wherever one is used."""

VERDICTS: Mapping[Verdict, tuple[str, str]] = {
    Verdict.MET: ("Met", f"The whole 95{NBSP}% interval is at or above the target."),
    Verdict.NOT_MET: ("Not met", f"The whole 95{NBSP}% interval is below the target."),
    Verdict.TOO_CLOSE: (
        "Too close to say",
        "The interval includes the target: more would have to be assessed to tell.",
    ),
    Verdict.TOO_FEW: ("Too few", f"Fewer than {TOO_FEW} were assessed: no verdict."),
    Verdict.NO_TARGET: ("No target", "The register has no target; the rate stands without a verdict."),
    Verdict.NIL_RETURN: ("Nil return", "The Area says expressly that there was nothing to return."),
    Verdict.NO_RETURN: (
        "No return",
        "No return counts: it is missing, not yet in, or was rejected. Missing is not zero.",
    ),
    Verdict.NOT_DUE: ("Not due", "Nothing could be assessed yet."),
}
"""Each verdict's label and what it means."""

VARIATIONS: Mapping[Variation, tuple[str, str]] = {
    Variation.USUAL: ("Usual", "The month is within the usual variation; a rise or fall means nothing by itself."),
    Variation.IMPROVING: ("Improving", "Better by more than usual."),
    Variation.WORSENING: ("Worsening", "Worse by more than usual."),
    Variation.HIGH: ("High", "Higher than usual, where neither way is better."),
    Variation.LOW: ("Low", "Lower than usual, where neither way is better."),
    Variation.TOO_SHORT: ("Too short to say", f"Fewer than {FEWEST_FOR_LIMITS} months have a figure."),
    Variation.NO_DATA: ("No figure", "The month itself has no figure."),
}
"""Each variation's label and what it means."""

OUTLOOKS: Mapping[Outlook, tuple[str, str]] = {
    Outlook.WILL_BE_MET: (
        "Will be met",
        "If all stays as it is, every month will be on the right side of the target: both limits are.",
    ),
    Outlook.WILL_NOT_BE_MET: (
        "Will not be met unless the process changes",
        "If all stays as it is, no month will reach the target: both limits are on the wrong side of it.",
    ),
    Outlook.MAY_OR_MAY_NOT: (
        "May or may not be met",
        "The target lies within the usual variation: some months will reach it and some will not, by chance. "
        "In tables this goes without saying, and of what is moving no outlook is given.",
    ),
}
"""Each outlook's label and what it means."""

POSITIONS: Mapping[Position, tuple[str, str]] = {
    Position.LOWER: (
        "Lower",
        "Lower than the typical Area by more than chance and the usual difference between Areas.",
    ),
    Position.HIGHER: (
        "Higher",
        "Higher than the typical Area by more than chance and the usual difference between Areas.",
    ),
    Position.SIMILAR: (
        "Similar",
        "No further from the typical Area than chance or the usual difference between Areas explains, or too little "
        "to call.",
    ),
}
"""Each position's label and what it means."""

_RETURN_STATES: Mapping[ReturnState, str] = {
    ReturnState.EXPECTED: "Not yet in",
    ReturnState.ACCEPTED: "Accepted",
    ReturnState.ACCEPTED_WITH_QUERIES: "Accepted with queries",
    ReturnState.NIL: "Nil return",
    ReturnState.REJECTED: "Rejected",
    ReturnState.MISSING: "No return",
}

_OUTCOMES: Mapping[Outcome, str] = {
    Outcome.ACCEPTED: "accepted",
    Outcome.ACCEPTED_WITH_QUERIES: "accepted with queries",
    Outcome.NIL: "accepted as a nil return",
    Outcome.REJECTED: "rejected",
}

_ARRIVALS: Mapping[Arrival, str] = {
    Arrival.ON_TIME: "On time",
    Arrival.LATE: "Late",
    Arrival.AFTER_CUT_OFF: "After the cut-off",
}

FEWEST_COMPARED = 3
"""With fewer Areas none can be called: each is as typical as the other."""

MOST_NAMED = 3
"""A card names no more standards than this; beyond it they are counted."""

UNUSUAL = frozenset({Variation.IMPROVING, Variation.WORSENING, Variation.HIGH, Variation.LOW})
_JUDGED = (Verdict.MET, Verdict.NOT_MET, Verdict.TOO_CLOSE, Verdict.TOO_FEW)


class Nouns(Protocol):
    """The words in which a collection speaks of its checks."""

    @property
    def check(self) -> str: ...
    @property
    def checks(self) -> str: ...
    @property
    def met(self) -> str: ...
    @property
    def rate(self) -> str: ...
    @property
    def standard(self) -> str: ...
    @property
    def standards(self) -> str: ...


# Small pieces


def number(count: int) -> str:
    """How is a count printed? `7,301`."""
    return f"{count:,}"


def many(count: int, one: str, several: str) -> str:
    """How many, with the noun that agrees: `1 return`, `0 returns`."""
    return f"{number(count)}{NBSP}{one if count == 1 else several}"


def names(items: Sequence[str]) -> str:
    """How is a list said? `London, Wessex and South West`."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""


def per_cent(share: float) -> str:
    """How is a share printed where the heading says that it is per cent? `92.7`."""
    return percent(share).removesuffix(f"{NBSP}%")


def points(difference: Fraction) -> str:
    """How far apart are two shares, in percentage points and without a sign? `0.7 points`."""
    shown = percent(abs(difference)).removesuffix(f"{NBSP}%")
    if shown == "0.0" and difference:
        return f"less than 0.1{NBSP}points"
    return f"{shown}{NBSP}{'point' if shown == '1.0' else 'points'}"


def span(first: Period, last: Period) -> str:
    """Which months, both included? `October to December 2016`."""
    if first == last:
        return last.title
    if first.year == last.year:
        return f"{first.first_day:%B} to {last.title}"
    return f"{first.title} to {last.title}"


def during(months: Sequence[Period]) -> str:
    """In which months? `from October to December 2016`, `in December 2016`."""
    return f"{'in' if len(months) == 1 else 'from'} {span(months[0], months[-1])}"


def interval(low: float, high: float) -> str:
    """Between which rates? `83.5 % to 84.9 %`."""
    return f"{percent(low)} to {percent(high)}"


def moment(received_at: datetime) -> str:
    """When, in London? `13 January 2017, 09:12`; the argument is UTC without a zone."""
    local = received_at.replace(tzinfo=UTC).astimezone(LONDON)
    return f"{local.day} {local:%B %Y, %H:%M}"


def deadline(when: datetime) -> str:
    """By when? `17:00 on Monday 9 January 2017`, in London; the argument is UTC without a zone."""
    local = when.replace(tzinfo=UTC).astimezone(LONDON)
    return f"{local:%H:%M} on {local:%A} {local.day} {local:%B %Y}"


def capital(text: str) -> str:
    """The text with its first letter as a capital, the rest untouched."""
    return text[:1].upper() + text[1:]


def uncapital(text: str) -> str:
    """The text with its first letter small, to stand within a sentence."""
    return text[:1].lower() + text[1:]


def _is(count: int, of: int = 0) -> str:
    return "is" if 1 in (count, of) else "are"


# One rate


def absent(figure: Figure) -> str | None:
    """Which mark stands where this figure has no rate? None where it has one."""
    if figure.rate is not None:
        return None
    if figure.counts is None or figure.verdict is Verdict.NO_RETURN:
        return "[x]"
    if figure.verdict is Verdict.NIL_RETURN:
        return "[n]"
    return "[d]" if figure.verdict is Verdict.NOT_DUE else "[z]"


def absent_detail(mark: str) -> str:
    """What stands beside a mark where a figure would be? A rejected return is none that counts."""
    return "No return that counts." if mark == "[x]" else f"{capital(MARKS[mark])}."


def rate_sentence(nouns: Nouns, figure: Figure, when: str, target: Decimal | None) -> str:
    """What is the rate, and how does it stand against its target? `when` holds its preposition: `in May 2016`."""
    counts = figure.counts
    if counts is None or figure.verdict is Verdict.NO_RETURN:
        return f"There is no figure {when}: no return counts."
    if figure.verdict is Verdict.NIL_RETURN:
        return f"0{NBSP}{nouns.checks} {when}: nil return."
    if not counts.assessed:
        return f"0{NBSP}{nouns.checks} could be assessed {when}."
    share = Fraction(counts.met, counts.assessed)
    return f"{percent(share)} of {nouns.checks} {nouns.met} {when}{_against(counts, target, figure.verdict)}."


def _against(counts: Counts, target: Decimal | None, verdict: Verdict) -> str:
    if target is None:
        return ""
    goal = percent(Fraction(target))
    if verdict is Verdict.TOO_FEW:
        return f"; {number(counts.assessed)} assessed are too few to judge against the target of {goal}"
    away = Fraction(counts.met, counts.assessed) - Fraction(target)
    place = f"{points(away)} {'above' if away > 0 else 'below'}" if away else "at"
    return f", {place} the target of {goal}: {VERDICTS[verdict][0].lower()}"


# Variation over time


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
    return f"That is {_more_than_usual(state)}: {reason(chart, period)}."


def _more_than_usual(state: Variation) -> str:
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
    return f"{start} is {_more_than_usual(state)}"


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


def sentence(text: str) -> str:
    """What somebody wrote, with a full stop at its end."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


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


# Standards


def standards_heading(nouns: Nouns, figures: Sequence[Figure]) -> str:
    """How do the standards stand? With verdicts where there are targets, else by their variation."""
    known = [figure for figure in figures if figure.rate is not None]
    if not known:
        return f"0 of {len(figures)} {_noun(len(figures), nouns)} {_have(len(figures))} a figure"
    if any(figure.verdict in _JUDGED for figure in known):
        return _verdict_counts(nouns, [figure for figure in figures if figure.verdict is not Verdict.NO_TARGET])
    return variation_counts(nouns, figures)


def _verdict_counts(nouns: Nouns, figures: Sequence[Figure]) -> str:
    tally = {verdict: sum(figure.verdict is verdict for figure in figures) for verdict in Verdict}
    met = tally[Verdict.MET]
    parts = [f"{met} of {len(figures)} {_noun(len(figures), nouns)} {_is(met, len(figures))} met"]
    for verdict, said in (
        (Verdict.NOT_MET, "not met"),
        (Verdict.TOO_CLOSE, "too close to say"),
        (Verdict.TOO_FEW, "too few to judge"),
    ):
        if tally[verdict]:
            parts.append(f"{tally[verdict]} {_is(tally[verdict])} {said}")
    moved = [f"{found} {said}" for found, said in _moved(figures)]
    return ", ".join(parts) + (f"; {names(moved)}" if moved else "")


def variation_counts(nouns: Nouns, figures: Sequence[Figure]) -> str:
    """How many standards changed by more than usual? `2 of 12 standards are outside the usual variation`."""
    told = [figure for figure in figures if figure.variation not in (Variation.TOO_SHORT, Variation.NO_DATA)]
    total, noun = len(figures), _noun(len(figures), nouns)
    if not told and all(figure.variation is Variation.NO_DATA for figure in figures):
        return f"0 of {total} {noun} {_have(total)} a figure of the month itself"
    if not told:
        return f"{many(total, nouns.standard, nouns.standards)}: too short a series to say what is usual"
    parts = _moved(figures)
    if not parts:
        return f"0 of {total} {noun} {_is(0, total)} outside {'its' if total == 1 else 'their'} usual variation"
    first, *rest = parts
    start = f"{first[0]} of {total} {noun} {_is(first[0], total)} {first[1]}"
    return names([start, *(f"{found} {said}" for found, said in rest)])


def _moved(figures: Sequence[Figure]) -> list[tuple[int, str]]:
    """How many changed by more than usual, each way?"""
    tally = (
        (sum(figure.variation is state for figure in figures), said)
        for state, said in (
            (Variation.WORSENING, "worse than usual"),
            (Variation.IMPROVING, "better than usual"),
            (Variation.HIGH, "higher than usual"),
            (Variation.LOW, "lower than usual"),
        )
    )
    return [(found, said) for found, said in tally if found]


def owner_heading(nouns: Nouns, owner: str, figures: Sequence[Figure]) -> str:
    """How do the standards of one owner stand? `Court: 2 of 14 not met, 3 met`."""
    start, total = capital(owner), len(figures)
    known = [figure for figure in figures if figure.rate is not None]
    if not known:
        return f"{start}: 0 of {total} {_have(total)} a figure" if total else f"{start}: in no rate"
    if any(figure.verdict in _JUDGED for figure in known):
        missed = sum(figure.verdict is Verdict.NOT_MET for figure in figures)
        met = sum(figure.verdict is Verdict.MET for figure in figures)
        return f"{start}: {missed} of {total} not met, {met} met"
    odd = sum(figure.variation in UNUSUAL for figure in figures)
    return f"{start}: {odd} of {total} outside the usual variation"


def verdict_detail(figures: Sequence[Figure], owners: Mapping[str, str]) -> str:
    """Which standards are not met, and how many cannot be told? `Not met: Files complete. 2 too close to say.`

    `owners` are those of the standards by code: where many are not met, the owners are counted instead.
    """
    missed = [figure for figure in figures if figure.verdict is Verdict.NOT_MET]
    whose = [owners[figure.standard] for figure in missed]
    if len(missed) > MOST_NAMED and len(set(whose)) > 1:
        counted = names([f"{capital(owner)} {whose.count(owner)}" for owner in dict.fromkeys(whose)])
        said = [f"{len(missed)} not met: {counted}."]
    elif len(missed) > MOST_NAMED:
        said = [f"{len(missed)} not met."]
    else:
        said = [f"Not met: {names([figure.standard_title for figure in missed])}." if missed else "0 not met."]
    for verdict, label in ((Verdict.TOO_CLOSE, "too close to say"), (Verdict.TOO_FEW, "too few to judge")):
        found = sum(figure.verdict is verdict for figure in figures)
        if found:
            said.append(f"{found} {label}.")
    return " ".join(said)


def standard_title(figure: Figure, owner: str) -> str:
    """Which standard, and whose? `owner` is empty where the register has only one."""
    return f"{capital(owner)}, {figure.standard_title}" if owner else figure.standard_title


def standard_sentence(
    nouns: Nouns, figure: Figure, chart: ControlChart, *, target: Decimal | None, shortfall: int = 0, since: str = ""
) -> str:
    """What is to be said of one standard? `71.2 % of 310 checks were met; higher than usual: it is above ...`.

    `shortfall` is how many more checks would have had to be met, `since` since when they are too few (`not_met_since`).
    What is unusual is always the month, so it is named where the figure is of several.
    """
    counts = figure.counts
    if counts is None or not counts.assessed:
        return rate_sentence(nouns, figure, during([figure.period]), target)
    share = Fraction(counts.met, counts.assessed)
    said = _rate_of(nouns, counts)
    said += _short_of(share, target, shortfall, nouns) if shortfall else _against(counts, target, figure.verdict)
    said += since
    if figure.variation in UNUSUAL:
        month = "" if WINDOWS[figure.window] == 1 else f"{figure.period.title} is "
        said += f"; {month}{_more_than_usual(figure.variation)}: {reason(chart, figure.period)}"
    return f"{said}."


def _rate_of(nouns: Nouns, counts: Counts) -> str:
    share = percent(Fraction(counts.met, counts.assessed))
    return f"{share} of {many(counts.assessed, nouns.check, nouns.checks)} {nouns.met}"


def not_met_since(first: Period, months: int, known: int) -> str:
    """Since when is a target not met, month by month? ` since August 2026`, to stand behind `not met`."""
    return f", as in all {known}{NBSP}months so far" if months == known else f" since {first.title}"


def _short_of(share: Fraction, target: Decimal | None, shortfall: int, nouns: Nouns) -> str:
    goal = Fraction(target or 0)
    short = many(shortfall, nouns.check, nouns.checks)
    return f", {points(share - goal)} or {short} below the target of {percent(goal)}: not met"


def multiples_title(nouns: Nouns, found: int, of: int, *, judged: bool) -> str:
    """How many standards stand out? `judged`: there are targets."""
    start = f"{found} of {of} {_noun(of, nouns)} {_is(found) if judged else _have(found)}"
    moved = f"{_have(found)} changed by more than usual"
    return f"{start} not met or {moved}" if judged else f"{start} changed by more than usual"


def multiples_note(drawn: int, found: int) -> str:
    """Are fewer drawn than stand out? Empty where all are."""
    return f"{drawn} of them are drawn, the furthest below target first." if drawn < found else ""


def multiple_title(figure: Figure) -> str:
    """The finding of a small chart: `Files complete: 71.0 %, not met, worsening`."""
    rate = "no figure" if figure.rate is None else percent(figure.rate)
    told = [VERDICTS[figure.verdict][0]] if figure.verdict in _JUDGED else []
    told += [VARIATIONS[figure.variation][0]] if figure.variation in UNUSUAL else []
    return ", ".join((f"{figure.standard_title}: {rate}", *(word.lower() for word in told)))


def multiple_description(chart: ControlChart, target: Decimal | None, first: Period) -> str:
    """What does somebody miss who cannot see a small chart?"""
    known = [point for point in charted(chart) if point.period >= first]
    if not known or chart.mean is None:
        return "No month has a figure."
    rates = [point.rate or 0.0 for point in known]
    said = [f"{many(len(known), 'month', 'months')} between {percent(min(rates))} and {percent(max(rates))}"]
    said.append(f"average {percent(chart.mean)}")
    said += [] if target is None else [f"target {percent(Fraction(target))}"]
    odd = sum(bool(point.signals) for point in known)
    return f"{', '.join(said)}; {many(odd, 'unusual month', 'unusual months')}."


def owners_title(missed: Mapping[str, tuple[int, int]]) -> str:
    """How many standards of each owner are not met? `Not met: CPS 3 of 14, police 2 of 3`; from not met and all."""
    told = [f"{owner} {count} of {of}" for owner, (count, of) in missed.items()]
    return f"Not met: {', '.join(told)}"


def versions_label(versions: Sequence[int]) -> str:
    """By which versions of a standard was it judged? `versions 1 and 2`."""
    return f"{'version' if len(versions) == 1 else 'versions'} {names([str(version) for version in versions])}"


VERSIONS_NOTE = (
    "Versions: a case is judged by the version of the standard in force when it was sent. Where the figure holds checks "
    "judged by other versions than the one in force at the end of the month, those it holds are named under the standard; "
    "title and target are those in force."
)
"""What the versions of a standard are; stands where some are named."""

VALUE_NOTE = (
    "Value: the same with half a point for each check partly met. It stands beside the rate, never instead of it; "
    "verdicts are those of the rate, which counts only what was wholly met."
)
"""What the value of a graded standard is; stands where one is shown."""


def _have(count: int) -> str:
    return "has" if count == 1 else "have"


def _noun(count: int, nouns: Nouns) -> str:
    return nouns.standard if count == 1 else nouns.standards


# Areas


def areas_heading(figures: Sequence[Figure]) -> str:
    """How many Areas differ from the typical one by more than chance?"""
    compared = [figure for figure in figures if figure.position is not None]
    called = sum(figure.position is not Position.SIMILAR for figure in compared)
    if not compared:
        return f"0 of {len(figures)} {'Area has' if len(figures) == 1 else 'Areas have'} a figure"
    if len(compared) < FEWEST_COMPARED:
        return _too_few_areas(len(compared))
    verb = "differs" if called == 1 else "differ"
    return f"{called} of {len(compared)} Areas {verb} from the typical Area by more than chance"


def _too_few_areas(compared: int) -> str:
    return f"{many(compared, 'Area has', 'Areas have')} a figure: too few to compare"


def areas_title(rated: Sequence[tuple[str, float]]) -> str:
    """How far apart are the Areas? `13 Areas lie between 78.4 % (London) and 89.9 % (Wessex)`."""
    if len(rated) < 2:
        return f"{many(len(rated), 'Area has', 'Areas have')} a figure"
    ordered = sorted(rated, key=lambda each: (each[1], each[0]))
    (lowest, low), (highest, high) = ordered[0], ordered[-1]
    if percent(low) == percent(high):
        return f"All {len(rated)} Areas come to {percent(low)}"
    return f"{len(rated)} Areas lie between {percent(low)} ({lowest}) and {percent(high)} ({highest})"


def margin_note(margin: Decimal, *, by_case: bool) -> str:
    """When is an Area called lower or higher? `by_case`: several checks of one case are pooled."""
    said = (
        "Areas always differ somewhat. One is called lower or higher only if neither chance nor the usual difference "
        f"between Areas explains it, and it is {points(Fraction(margin))} or more from the typical (middle) Area."
    )
    if by_case:
        said += (
            " Checks of one case go together, so how many cases there were decides, and the intervals look too narrow."
        )
    return said


def also_held(area_names: Sequence[str], month: str) -> str:
    """Why is the sum of all Areas more than the lines above it? Empty where it is not."""
    if not area_names:
        return ""
    return (
        f"All Areas together holds the earlier months of {names(area_names)} too, whose line has no figure for want of a "
        f"return for {month}."
    )


def position_sentence(name: str, figure: Figure, typical: float | None, compared: int) -> str:
    """How does one Area stand beside the typical one? `compared` is the number of Areas with a figure."""
    if compared < FEWEST_COMPARED and figure.rate is not None:
        return f"{percent(figure.rate)} in {name}; {_too_few_areas(compared)}."
    if figure.rate is None or typical is None or figure.position is None:
        return f"{name} has no figure to compare with the typical Area."
    if figure.position is Position.SIMILAR:
        meaning = "no further apart than chance or the usual difference between Areas explains"
        if figure.p_adjusted is not None and figure.p_adjusted <= FALSE_DISCOVERY_RATE:
            meaning = "further apart than chance explains, but by too little to be called"
        if percent(figure.rate) == percent(typical):
            return f"{name} is similar to the typical Area: both come to {percent(typical)}."
        return f"{name} is similar to the typical Area: {percent(figure.rate)} against {percent(typical)}, {meaning}."
    word = POSITIONS[figure.position][0].lower()
    apart = f"{percent(figure.rate)} against {percent(typical)}"
    return f"{name} is {word} than the typical Area by more than chance: {apart}."


def beside_typical(position: Position) -> str:
    """How does an Area stand beside the typical one? `lower than`, `similar to`."""
    return f"{POSITIONS[position][0].lower()} {'to' if position is Position.SIMILAR else 'than'}"


def positions_sentence(area_names: Sequence[str], compared: int, position: Position) -> str:
    """Which Areas are called? `1 of 13 Areas is lower than the typical Area by more than chance: London.`"""
    word = POSITIONS[position][0].lower()
    called = len(area_names)
    return (
        f"{called} of {compared} Areas {_is(called)} {word} than the typical Area by more than chance: "
        f"{names(area_names)}."
    )


# The funnel


def funnel_title(areas: int, outside: int, beyond: Sequence[str], wider: bool) -> str:
    """How many Areas lie outside the limits? `beyond`: those outside all limits; `wider`: there are others than of chance."""
    if not outside:
        return f"All {areas} Areas lie within the limits of chance"
    start = f"{outside} of {areas} Areas {'lies' if outside == 1 else 'lie'} outside the limits of chance"
    named = f": {names(beyond)}" if 0 < len(beyond) <= MOST_NAMED else ""
    if not wider:
        return f"{start}{named}"
    if len(beyond) == outside:
        return f"{start} and the wider ones too{named}"
    return f"{start}, {len(beyond)} of them outside the wider ones too{named}"


def funnel_sizes(nouns: Nouns, *, by_case: bool) -> str:
    """What does the size of an Area count?"""
    return "Cases looked at" if by_case else f"{capital(nouns.checks)} assessed"


def funnel_note(nation: float, *, wider: bool) -> str:
    """What are the limits of the funnel?"""
    chance = (
        "The shaded funnel is where chance alone would put 998 of 1,000 Areas if each did as well as all Areas together, "
        f"{percent(nation)}: wide where few were looked at, narrow where many were."
    )
    if wider:
        return f"{chance} Between the long-dashed lines they would lie if Areas also differed as much as these do."
    return (
        f"{chance} Apart from those at both ends the Areas differ by no more than chance, so there are no wider lines."
    )


def uncalled_note(by_reason: Mapping[str, Sequence[str]], margin: Decimal) -> str:
    """Why are Areas not called that lie outside the limits of chance? Empty where there are none."""
    reasons = {
        "usual": "no further from the typical Area than Areas usually differ",
        "near": f"less than {points(Fraction(margin))} from the typical Area",
        "exact": "too little is known of so few",
    }
    told = [f"{_few_names(by_reason[key])} ({reason})" for key, reason in reasons.items() if by_reason[key]]
    if not told:
        return ""
    return f"Outside the limits of chance and not called: {'; '.join(told)}. The picture decides nothing."


def _few_names(area_names: Sequence[str]) -> str:
    return names(area_names) if len(area_names) <= 2 * MOST_NAMED else f"{len(area_names)} Areas"


def called_within_note(area_names: Sequence[str]) -> str:
    """Why are Areas called that lie within some of the limits? Empty where there are none."""
    if not area_names:
        return ""
    return (
        f"Called, though not outside all lines: {names(area_names)}. The lines are drawn for 998 of 1,000 Areas, and the "
        "wider ones count as usual difference what makes an Area stand out; a call does neither."
    )


# Area by standard

FEW = "few"
"""Stands in a narrow cell for a rate that rests on too few."""
MATRIX_KINDS: Mapping[str, str] = {
    "not_met": "known to be below target",
    "lower": "lower than the typical Area",
    "higher": "higher than the typical Area",
}
"""What is said of a result."""
MATRIX_WORDS: Mapping[str, str] = {"not_met": "below", "lower": "lower", "higher": "higher"}
"""The same in a cell, for who hears the page."""
MATRIX_TOTALS = ("Lower or higher", "Known to be below")
"""What the last line counts, without targets and with them."""


def matrix_heading(said: Mapping[str, int], results: int, areas: Mapping[str, int], *, judged: bool) -> str:
    """How many results stand out, and where most? `31 of 268 results are known to be below their target; most in Wessex (9)`.

    `said`: how many are `not_met`, `lower` and `higher`; `areas`: how many in each Area. `judged`: there are targets.
    """
    if not results:
        return "0 results by Area and standard can be judged"
    found = sum(said.values())
    start = f"{found} of {many(results, 'result', 'results')}"
    if judged:
        start = f"{start} {_is(found)} known to be below {'its' if results == 1 else 'their'} target"
    else:
        told = names([f"{said[kind]} {kind}" for kind in ("lower", "higher") if said.get(kind)])
        start = f"{start} {'differs' if found == 1 else 'differ'} from the typical Area{', ' + told if told else ''}"
    most = max(areas.values())
    leading = [name for name, count in areas.items() if count == most]
    if found < 2 or most < 2 or len(areas) == 1 or len(leading) > 2:
        return start
    return f"{start}; most in {names(leading)} ({most}{' each' if len(leading) > 1 else ''})"


def matrix_legend(shown: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The legend for what stands in the cells."""
    found = set(shown)
    few = ((FEW, f"fewer than {TOO_FEW} were assessed"),) if FEW in found else ()
    return (*few, *marks_used(found))


def matrix_note(*, judged: bool) -> str:
    """When is something said of a result of one Area and standard?"""
    if judged:
        return (
            f"Marked is what is known to be below its target: the whole 95{NBSP}% interval is. Of 100 results just at their "
            "target, 2 or 3 would be marked by chance; what is not marked need not be met."
        )
    return (
        "Marked is what differs from the typical Area of its line by more than chance and the usual difference between "
        "Areas; each line is adjusted for the number of Areas, not for the number of lines."
    )


@dataclass(frozen=True)
class Furthest:
    """The standard in which an Area is furthest out."""

    title: str
    rate: float
    typical: float
    """The rate of the typical Area."""


def called_sentence(
    nouns: Nouns, figure: Figure, typical: float, apart: int, when: str, furthest: Furthest | None
) -> str:
    """How far is an Area that is called from the typical one, and most in which standard? `when` as of `rate_sentence`.

    `apart` is how many checks lie between it and the typical Area's rate.
    """
    if figure.counts is None or figure.rate is None or figure.position is None:
        return rate_sentence(nouns, figure, when, None)
    side = "below" if figure.position is Position.LOWER else "above"
    word = POSITIONS[figure.position][0].lower()
    away = f"{points(Fraction(figure.rate) - Fraction(typical))} or {many(apart, nouns.check, nouns.checks)}"
    start = f"{_rate_of(nouns, figure.counts)} {when}, {away} {side} the typical Area’s {percent(typical)}"
    most = (
        f"furthest {side} it in {furthest.title} ({percent(furthest.rate)} against {percent(furthest.typical)})"
        if furthest
        else f"no {nouns.standard} by itself is {word}"
    )
    return f"{start}: {word} by more than chance; {most}."


def missed_sentence(nouns: Nouns, figure: Figure, target: Decimal | None, shortfall: int, when: str) -> str:
    """How far is an Area that is not called short of the target of all standards together?"""
    counts = figure.counts or Counts()
    short = _short_of(Fraction(counts.met, counts.assessed), target, shortfall, nouns) if counts.assessed else ""
    return f"{_rate_of(nouns, counts)} {when}{short}." if short else rate_sentence(nouns, figure, when, target)


def moved_sentence(nouns: Nouns, month: Figure, chart: ControlChart) -> str:
    """What is to be said of an Area whose month is more than usual? The month has no verdict: that is of three months."""
    when = during([month.period])
    if month.counts is None or month.variation not in UNUSUAL:
        return rate_sentence(nouns, month, when, None)
    moved = f"{_more_than_usual(month.variation)}: {reason(chart, month.period)}"
    return f"{_rate_of(nouns, month.counts)} {when}; {moved}."


def window_note(figure: Figure, months: int) -> str:
    """Is a month of the window missing? `2 of 3 months`; empty when none is."""
    return f"{months - figure.months_missing} of {months} months" if figure.months_missing else ""


def begun_note(figure: Figure, months: int, of: int, first: Period) -> str:
    """Did the Area begin within the window? `1 of 3 months: it began in October 2026`."""
    missing = ", and a month has no figures" if figure.months_missing else ""
    return f"{months - figure.months_missing} of {of} months: it began in {first.title}{missing}"


def succession_sentence(former: str, successors: Sequence[str], first: Period) -> str:
    """Which Areas came after one that has ended, and what does it mean to set them beside it?"""
    follow = "follows it" if len(successors) == 1 else "follow it"
    return (
        f"{former} ended with {first.plus(-1).title}; {names(successors)} {follow}. They are other Areas: their charts, "
        "windows and verdicts begin with them. The table sets them together beside the last months of the Area that "
        "was, as a help to read on; no verdict is drawn from it."
    )


def together(area_names: Sequence[str]) -> str:
    """How is the sum of some Areas called? `London North and London South together`."""
    return names(area_names) if len(area_names) == 1 else f"{names(area_names)} together"


def former(name: str) -> str:
    """How is an Area called that has ended? `Former London`."""
    return f"Former {name}"


# Returns


def state_label(status: ReturnStatus) -> str:
    """What became of the return, in a word or two? `Accepted with 2 queries`."""
    if status.state is ReturnState.ACCEPTED_WITH_QUERIES and status.queries:
        return f"Accepted with {many(status.queries, 'query', 'queries')}"
    return _RETURN_STATES[status.state]


def absent_sentence(returns: Sequence[ReturnStatus]) -> str:
    """Whose return does not count, and what is to be done? Empty where all do."""
    absent = [status for status in returns if not status.in_force]
    if not absent:
        return ""
    labels = dict.fromkeys(state_label(status) for status in absent)
    told = [
        f"{names([status.area.name for status in absent if state_label(status) == label])} ({label.lower()})"
        for label in labels
    ]
    noun, them = "Area" if len(returns) == 1 else "Areas", "it" if len(absent) == 1 else "them"
    without = f"the national figures of the month are without {them}"
    if len(absent) == len(returns):
        without = "until one counts there is no national figure of the month"
    return (
        f"{len(absent)} of {len(returns)} {noun} {_have(len(absent))} no return that counts: {names(told)}. "
        f"Ask for {them}: {without}."
    )


def outcome_label(outcome: Outcome) -> str:
    """What became of a submission? `accepted with queries`."""
    return _OUTCOMES[outcome]


def arrival_label(arrival: Arrival) -> str:
    """Was it in time? `Late`."""
    return _ARRIVALS[arrival]


def returns_heading(returns: Sequence[ReturnStatus]) -> str:
    """Who has returned? `12 of 13 Areas have returned; 1 late, 1 rejected`."""
    if not returns:
        return "0 Areas owe a return"
    inside = [status for status in returns if status.in_force]
    counted = (
        (sum(is_late(status) for status in inside), "late"),
        (sum(status.state is ReturnState.NIL for status in returns), "nil"),
        (sum(status.state is ReturnState.REJECTED for status in returns), "rejected"),
        (sum(status.state in (ReturnState.MISSING, ReturnState.EXPECTED) for status in returns), "missing"),
    )
    extra = ", ".join(f"{count} {what}" for count, what in counted if count)
    verb = "has" if len(inside) == 1 else "have"
    noun = "Area" if len(returns) == 1 else "Areas"
    return f"{len(inside)} of {len(returns)} {noun} {verb} returned{'; ' + extra if extra else ''}"


def is_late(status: ReturnStatus) -> bool:
    """Did the return that counts come after the deadline?"""
    return status.in_force is not None and status.in_force.arrival is not Arrival.ON_TIME


def returns_notes(returns: Sequence[ReturnStatus]) -> tuple[str, ...]:
    """Which returns are late, missing, rejected, nil or queried, by name, and what happens next?"""
    late = [status.area.name for status in returns if is_late(status)]
    missing = [status.area.name for status in returns if status.state in (ReturnState.MISSING, ReturnState.EXPECTED)]
    rejected = [status.area.name for status in returns if status.state is ReturnState.REJECTED]
    nil = [status.area.name for status in returns if status.state is ReturnState.NIL]
    queried = [status.area.name for status in returns if status.in_force and status.queries]
    waived = [status.area.name for status in returns if status.waived]
    superseded = [
        status.area.name
        for status in returns
        if status.in_force and status.latest and status.latest.outcome is Outcome.REJECTED
    ]
    notes = (
        (
            missing,
            "No return: {}. The national figures of the month are without it; what comes now counts in the next release.",
        ),
        (
            rejected,
            "Rejected: {}. The sender has a receipt with every finding; a corrected file counts in the next release.",
        ),
        (
            superseded,
            "A later version was rejected: {}. The version before it stays in force until a corrected file comes.",
        ),
        (late, "Late, and counted: {}."),
        (nil, "Nil return: {}. Nothing to return is not the same as no return."),
        (queried, "Queries were raised: {}. The figures count; the Area is asked to confirm or correct them."),
        (
            waived,
            "Rules are waived for a time: {}. What they find is told to the Area and keeps nothing from being counted.",
        ),
    )
    return tuple(text.format(names(found)) for found, text in notes if found)


def return_sentence(status: ReturnStatus, period: Period) -> str:
    """What became of this Area's return?"""
    own = status.in_force
    match status.state:
        case ReturnState.NIL:
            return f"Your nil return for {period.title} is accepted."
        case ReturnState.ACCEPTED | ReturnState.ACCEPTED_WITH_QUERIES if own:
            queries = f" with {many(status.queries, 'query', 'queries')}" if status.queries else ""
            rows = many(own.rows_accepted, "row", "rows")
            return f"Your return for {period.title} is accepted{queries}: {rows}, {arrival_label(own.arrival).lower()}."
        case ReturnState.REJECTED:
            return f"Your return for {period.title} was rejected and counts nowhere."
        case ReturnState.EXPECTED:
            return f"Your return for {period.title} is not yet in."
        case _:
            return f"There is no return from you for {period.title}."


def next_steps(
    status: ReturnStatus, period: Period, due: str, coming: tuple[Period, str] | None, contact: str
) -> tuple[str, ...]:
    """What should this Area do now? `due` is this return's deadline, `coming` the next period and its deadline."""
    steps = []
    later_version = (status.latest.version if status.latest else 0) + 1
    match status.state:
        case ReturnState.MISSING | ReturnState.EXPECTED:
            steps = [
                f"Send the return for {period.title} now. It was due by {due}."
                if status.state is ReturnState.MISSING
                else f"Send the return for {period.title} by {due}.",
                "If there was nothing to return, send a nil return: that is not the same as sending none.",
                f"If you have sent it, ask {contact} what became of it; every file that arrives gets a receipt.",
            ]
        case ReturnState.REJECTED:
            steps = [
                f"Put right what the receipt lists: it names each row, column and cure. "
                f"Then send the whole file again as version {later_version:02d}.",
                f"If the receipt has not reached you, ask {contact} for it.",
            ]
        case ReturnState.ACCEPTED_WITH_QUERIES if status.queries:
            steps = [
                f"Look at {'the query' if status.queries == 1 else f'the {status.queries} queries'} on the receipt. "
                f"If a figure is wrong, send the whole file again as version {later_version:02d}."
            ]
        case ReturnState.NIL:
            steps = [f"If there was something to return after all, send it as version {later_version:02d}."]
        case _:
            steps = [f"Nothing more is needed for {period.title}."]
    if status.in_force and status.latest and status.latest.outcome is Outcome.REJECTED:
        steps = [] if status.state is ReturnState.ACCEPTED else steps
        steps.append(
            f"Version {status.latest.version:02d} was rejected and version {status.in_force.version:02d} counts. "
            f"Put right what the receipt lists and send version {later_version:02d}."
        )
    if coming:
        steps.append(f"Your next return, for {coming[0].title}, is due by {coming[1]}.")
    return tuple(steps)


# Own answers beside the dates


class Leaning(StrEnum):
    """Which side an Area's own answers lean to, beside its dates."""

    GENEROUS = "generous"
    STRICTER = "stricter"
    CHANCE = "chance"
    NONE = "none"


LEANINGS: Mapping[Leaning, tuple[str, str]] = {
    Leaning.GENEROUS: ("More generous", "higher"),
    Leaning.STRICTER: ("Stricter", "lower"),
    Leaning.CHANCE: ("Chance explains it", ""),
    Leaning.NONE: ("Neither", ""),
}
"""Each leaning's label, and its shape where it has one."""

DECLARED_NOTE = (
    "Under the side: how many were said to be met and were not, against the other way round. "
    "The rates of this report rest on the dates, not on the answers given. A side is named only where chance does not "
    "explain it (McNemar’s exact test, p adjusted for all timely standards). Where one side is not applicable or not "
    "yet due, a difference has no side; checks that are not applicable on both are left out."
)
"""How the own answers are judged; stands where they are shown."""


def leaning(found: Differences, p: float) -> Leaning:
    """Which side do the differences lean to? `p` is that of the exact test, adjusted where several are made."""
    if not found.turned:
        return Leaning.NONE
    if p > FALSE_DISCOVERY_RATE:
        return Leaning.CHANCE
    return Leaning.GENEROUS if found.generous > found.stricter else Leaning.STRICTER


def declared_heading(found: Differences, whose: str) -> str:
    """How far can own answers be trusted? `whose` favour: `your`, `the Areas’`."""
    checks = f"{number(found.checks)} own answers to timely standards"
    if not found.differing or found.share is None:
        return f"0 of {checks} differ from the dates"
    start = f"{percent(found.share)} of {checks} {'differs' if found.differing == 1 else 'differ'} from the dates"
    if not found.turned:
        return start
    of = f"{number(found.generous)} of {number(found.turned)}"
    return f"{start}; {of} between met and not met {_is(found.generous)} in {whose} favour"


def leaning_sentence(found: Differences, whose: str) -> str:
    """Does chance explain which way the answers differ?"""
    verb = _is(found.generous)
    sides = (
        f"{number(found.generous)} said to be met {verb} not met by the dates, {number(found.stricter)} the other way"
    )
    match leaning(found, found.p):
        case Leaning.NONE:
            return "No answer is met on one side and not met on the other."
        case Leaning.CHANCE:
            return f"{sides}: chance explains that ({p_value(found.p)})."
        case Leaning.GENEROUS:
            return f"{sides}: {whose} own answers are the more generous by more than chance ({p_value(found.p)})."
        case Leaning.STRICTER:
            return f"{sides}: {whose} own answers are the stricter by more than chance ({p_value(found.p)})."


def alike_note(nouns: Nouns, alike: int, checks: int, *, others: bool, timely: bool = False) -> str:
    """How many standards have no line, for nothing differs? `others`: there are some with a line; empty for none.

    `timely`: own answers beside the dates; else second answers beside own ones.
    """
    if not alike:
        return ""
    noun = f"{'timely ' if timely else ''}{_noun(alike, nouns)}"
    which = (
        f"The other {noun}" if others and alike == 1 else f"The other {alike} {noun}" if others else f"{alike} {noun}"
    )
    in_all = f"in {'all ' if checks != 1 else ''}{many(checks, 'check', 'checks')}"
    same = f"own answer and dates say the same {in_all}" if timely else f"both answers are the same {in_all}"
    return f"{which}: {same}."


def more_differ(nouns: Nouns, more: int, differing: int, checks: int) -> str:
    """How many standards differ too and have no line, for no side is named in them? Empty for none."""
    if not more:
        return ""
    differ = f"more {_noun(more, nouns)} {'differs' if more == 1 else 'differ'}"
    of = f"in {number(differing)} of {many(checks, 'check', 'checks')}"
    named = "no side is named in it" if more == 1 else "a side is named in none of them"
    return f"{number(more)} {differ}, {of}; {named}."


EXACT_NOTE = (
    "The exact p asks whether chance alone would put an Area so far from all Areas together, each check taken by itself. "
    "Real Areas differ by more than chance, so it is small for many; it is shown and decides nothing. The adjusted p "
    "allows for how much the middle Areas differ, for checks of one case, and for comparing so many."
)
"""What the two p values of an Area say; stands where they are shown."""


def p_value(p: float) -> str:
    """How is a p value printed? `p 0.031`, `p below 0.001`."""
    return f"p{NBSP}below{NBSP}0.001" if p < 0.001 else f"p{NBSP}{p:.3f}"


# Second readings


ASSESSORS = "second assessors"
"""How several are called together."""
AC1_NOTE = (
    "AC1 says how far both sides agree beyond chance: 1 where every answer is the same, 0 where they agree no more often "
    "than chance. A share of equal answers alone looks high where nearly everything is met. In brackets the "
    f"95{NBSP}% interval: with few readings it is wide. Weighted, of answers by degree: neighbours agree by half."
)
"""What the measure of agreement means; stands where it is shown."""
READINGS_NOTE = (
    "Own answers are those that the Areas declared, of timely standards as well. Where one side alone says not applicable "
    "or not yet due, the check stands under one side only. A side is named where chance does not explain it (McNemar’s "
    "exact test, p adjusted for all that were read). The cases were chosen by who read them: they say how far answers can "
    "be trusted, not how often a standard is met."
)
"""How second readings are judged; stands where they are shown."""
DEGREES: Mapping[str, str] = {"met": "Fully met", "partly": "Partly met", "not_met": "Not met"}
"""What an answer by degree says."""
_SECOND_LEANINGS: Mapping[Leaning, str] = {
    Leaning.GENEROUS: "{who} judged {whom} more generously",
    Leaning.STRICTER: "{who} judged {whom} more strictly",
    Leaning.CHANCE: "neither side is stricter by more than chance",
    Leaning.NONE: "neither side is stricter",
}


def second_readings_heading(assessor: str, agreed: int, pairs: int, side: Leaning, *, own: bool) -> str:
    """How far do others agree with own answers, and which side is stricter? `own`: it is said to the Area itself."""
    if not pairs:
        return "0 second readings could be compared"
    share = percent(Fraction(agreed, pairs))
    start = f"{capital(assessor)} agreed with {share} of {many(pairs, 'own answer', 'own answers')}"
    if agreed == pairs:
        return start
    who, whom = ("you", "yourselves") if own else ("the Areas", "themselves")
    return f"{start}; where they differ, {_SECOND_LEANINGS[side].format(who=who, whom=whom)}"


def second_leaning_sentence(found: Differences) -> str:
    """Does chance explain which side is stricter?"""
    sides = (
        f"{many(found.generous, 'own answer is', 'own answers are')} more generous than the second, "
        f"{number(found.stricter)} {_is(found.stricter)} stricter"
    )
    match leaning(found, found.p):
        case Leaning.NONE:
            return "No own answer is more generous or stricter than the second."
        case Leaning.CHANCE:
            return f"{sides}: chance explains that ({p_value(found.p)})."
        case _:
            return f"{sides}: that is more than chance ({p_value(found.p)})."


def read_sentence(readings: int, matched: int, case_unknown: int, not_answered: int) -> str:
    """How many readings found the own answer they are about?"""
    said = [f"{number(matched)} of {many(readings, 'reading', 'readings')} found the own answer to the same check"]
    if case_unknown:
        said.append(f"{number(case_unknown)} {_is(case_unknown)} of a case that stands in no return in force")
    if not_answered:
        said.append(f"{number(not_answered)} {_is(not_answered)} of a standard that has no answer there")
    return f"{'; '.join(said)}."


def changed_sentence(checks: int, cases: int) -> str:
    """What has been answered otherwise since it was read?"""
    if not checks:
        return "No own answer that was read has changed since."
    return (
        f"{many(checks, 'own answer', 'own answers')} in {many(cases, 'case', 'cases')} {_have(checks)} changed since the "
        "reading came; compared is the answer that counts now."
    )


def apart_sentence(neither: int, one_sided: int, targeted: int) -> str:
    """What is not compared? Empty where everything is. `neither`: neither side had anything to judge."""
    said = []
    if neither:
        said.append(f"{many(neither, 'check', 'checks')} neither side had to judge")
    if one_sided:
        said.append(f"{many(one_sided, 'check was', 'checks were')} judged by one side only")
    if targeted:
        said.append(f"{many(targeted, 'reading of a targeted case is', 'readings of targeted cases are')} kept apart")
    return f"{'; '.join(said)}." if said else ""


def agreement(found: Agreement) -> str:
    """How is AC1 printed? `0.94 (0.92 to 0.97)`; one pair has no interval, and no pair no agreement."""
    if found.ac1 is None:
        return "none"
    if found.low is None or found.high is None:
        return _hundredths(found.ac1)
    low = max(-1.0, found.low)  # with a handful of pairs the t interval goes beyond the scale
    return f"{_hundredths(found.ac1)} ({_hundredths(low)} to {_hundredths(found.high)})"


def _hundredths(value: float) -> str:
    return f"{value:.2f}".replace("-", "\N{MINUS SIGN}")


# Figures of others


def published_heading(figures: int) -> str:
    """What a section says that has no second readings, but figures of others."""
    return f"0 second readings in twelve months; {many(figures, 'figure', 'figures')} that others published"


def published_claim(who: str, percentage: str, checks: int | None, title: str, when: str) -> str:
    """What was published? `when` holds its preposition, and is empty where the months are not known."""
    of = "of how many is not said" if checks is None else f"of {number(checks)}"
    return f"{who}: {percentage}{NBSP}% for “{title}”, {of}, {when or 'for which months is not said'}"


def published_sentence(found: Held, checks: int | None) -> str:
    """What can be said of a published percentage, and what not?"""
    return f"{_attainable(found, checks)}; {_beside_ours(found)}."


def _attainable(found: Held, checks: int | None) -> str:
    if checks is None:
        return f"It can only come from {many(found.least, 'check', 'checks')} or more"
    if found.standing is Standing.IMPOSSIBLE:
        return f"No number met out of {number(checks)} gives it"
    return f"It can come from {many(checks, 'check', 'checks')}"


def _beside_ours(found: Held) -> str:
    if found.own is None or found.interval is None:
        return "we have no figure that is known to be of the same months, so whether both agree cannot be said"
    share = percent(Fraction(found.own.met, found.own.assessed))
    within = interval(found.interval.low, found.interval.high)
    ours = f"ours of the same months is {share} of {number(found.own.assessed)} ({within})"
    match found.standing:
        case Standing.IMPOSSIBLE:
            return f"{ours}, and there is nothing to hold against it"
        case Standing.WITHIN:
            return f"{ours}, and it lies within that interval; how certain it is itself cannot be said"
        case Standing.ABOVE | Standing.BELOW:
            return (
                f"{ours}, and it lies {found.standing.value} that interval; whether chance explains it cannot be said"
            )
        case Standing.CHANCE:
            return f"{ours}: chance explains the difference ({p_value(found.p or 0.0)})"
        case _:
            return f"{ours}: it is {found.standing.value} by more than chance ({p_value(found.p or 0.0)})"


# Reasons


def reasons_heading(label: str, given: int, of: int, title: str) -> str:
    """What is named most often? `“Exhibit” is named most: in 41 of 212 checks not fully met`."""
    return f"{title}: “{label}” is named most, in {number(given)} of {number(of)} checks not fully met"


def disputes_sentence(nouns: Nouns, partner: str, reasoned: int, disputed: int, accepted: int) -> str:
    """What became of the disputes? The owner of the standard is the partner who disputes."""
    of = many(reasoned, nouns.check, nouns.checks)
    start = f"{number(disputed)} of {of} for which reasons are given {_is(disputed)} disputed by {partner}"
    if not disputed:
        return f"{start}."
    return f"{start}; {number(accepted)} of these {many(disputed, 'dispute', 'disputes')} {_is(accepted)} accepted."


# Coverage


POOLED = (
    "The national rate is that of all cases looked at together: an Area counts by the cases it looked at, not by those "
    "it had."
)
"""Whose rate the national one is; stands where coverage is told."""


def coverage(cases: int, in_scope: int | None) -> str:
    """How much was looked at? `1,040 of 7,900 cases`; `1,040 cases` where it is not known out of how many."""
    if in_scope is None:
        return many(cases, "case", "cases")
    return f"{number(cases)} of {many(in_scope, 'case', 'cases')}"


def coverage_sentence(cases: int, areas: int, areas_known: int, cases_known: int, in_scope: int) -> str:
    """The same as a sentence; where some Areas do not say how many cases there were, those that do."""
    share = f" ({percent(Fraction(cases_known, in_scope))})" if in_scope else ""
    verb = "was" if cases == 1 else "were"
    if areas_known == areas:
        return f"{coverage(cases, in_scope)} {verb} looked at{share}."
    start = f"{coverage(cases, None)} {verb} looked at"
    if not areas_known:
        return f"{start}; {'no Area says' if areas > 1 else 'the return does not say'} out of how many."
    say = "says" if areas_known == 1 else "say"
    return f"{start}. {areas_known} of {areas} Areas {say} out of how many: {coverage(cases_known, in_scope)}{share}."


def targeted_sentence(cases: int) -> str:
    """What becomes of cases chosen for a reason?"""
    stand, are = ("stands", "is") if cases == 1 else ("stand", "are")
    return f"{many(cases, 'targeted case', 'targeted cases')} {are} kept apart and {stand} in no rate."


# Releases


def restated(
    number_now: int,
    number_before: int,
    before: Counts,
    now: Counts | None,
    why: str,
) -> str:
    """What did this release change, and why? `why` as `returns_why` says it."""
    was, now_is = _share(before), _share(now)
    what = f"the national figure is unchanged at {now_is}" if before == now else f"{now_is} was {was}"
    return f"Release {number_now} replaces release {number_before}: {what} [r]; the reason is {why}."


def returns_why(new: Sequence[str], late: Sequence[str], gone: Sequence[str]) -> str:
    """Which returns are the reason, by the names of their Areas? `a new version from London`; empty for none."""
    said = []
    if new:
        said.append(f"{'a new version' if len(new) == 1 else 'new versions'} from {names(new)}")
    if late:
        said.append(f"{'a late return' if len(late) == 1 else 'late returns'} from {names(late)}")
    if gone:
        said.append(f"that {'a return counts' if len(gone) == 1 else 'returns count'} no more, from {names(gone)}")
    return names(said)


_SHARED_REASONS: Mapping[str, str] = {
    "new_version": "corrected returns",
    "late": "late returns",
    "gone": "returns that count no more",
    **dict.fromkeys(
        ("register", "rules", "waivers", "areas", "catalogue", "program"),
        "a change of the register, the rules or the program",
    ),
}
"""What partners are told of a reason: its kind. The list of actions and second readings are not shared."""


def shared_restated(number_now: int, number_before: int, kinds: Collection[str]) -> str:
    """That a release replaces another, and for which kind of reason, to partners. `kinds` as causes have them."""
    found = list(dict.fromkeys(said for kind, said in _SHARED_REASONS.items() if kind in kinds))
    why = names(found) or ("something that this edition does not show" if kinds else EARLIER_MONTHS)
    return f"Release {number_now} replaces release {number_before}; the reason is {why}."


def revised_release(number: int) -> str:
    """What does a subject line say of a later release? `release 2, revised`; empty of the first."""
    return f"release {number}, revised" if number > 1 else ""


class Caused(Protocol):
    """Why a figure moved, as `reporting.facts.Cause` has it."""

    @property
    def kind(self) -> str: ...
    @property
    def area(self) -> str: ...
    @property
    def period(self) -> Period | None: ...
    @property
    def before(self) -> str: ...
    @property
    def after(self) -> str: ...


_CAUSES: Mapping[str, str] = {
    "register": "the register of standards has changed",
    "rules": "the rules for returns have changed",
    "waivers": "waivers have changed",
    "areas": "the list of Areas, forces or months collected has changed",
    "actions": "the list of actions has changed",
    "catalogue": "another version of the collection's files counts",
    "readings": "other second readings count",
}


def cause(caused: Caused, name: str) -> str:
    """Why did figures move? `Wessex, October 2026: version 02 for 01`; `name` is that of the Area."""
    if caused.period is None:
        if caused.kind == "program":
            return f"another version of the program counts, {caused.after} for {caused.before}"
        return _CAUSES[caused.kind]
    became = {
        "new_version": f"version {caused.after} for {caused.before}",
        "late": f"a return that was not in, version {caused.after}",
        "gone": f"version {caused.before} counts no more",
    }[caused.kind]
    return f"{name}, {caused.period.title}: {became}"


def cause_code(caused: Caused) -> str:
    """The same for a table: `WSX 2026-10 v02 for v01`."""
    if caused.period is None:
        return f"{caused.kind} {caused.after} for {caused.before}"
    was, is_now = (f"v{version}" if version else "none" for version in (caused.before, caused.after))
    return f"{caused.area} {caused.period} {is_now} for {was}"


READINGS_CAME = "second readings that have come since"
OTHER_RETURNS = "other corrected returns"
"""What an Area's page says of the returns of others."""
EARLIER_MONTHS = "corrections to earlier months"
YOUR_RETURN: Mapping[str, str] = {
    "new_version": "your new version",
    "late": "your return, which has come since",
    "gone": "that your return counts no more",
}
"""What an Area's page says of its own return of the month, by what became of it."""
USUAL_MOVED = "the counts are the same, and what is usual has moved"
"""Why a variation can change though no check did: mean and limits rest on every month."""
OTHERS_MOVED = "the counts are the same, and other Areas have moved"
"""Why the place beside others can change though no check did: it rests on every Area."""


def moved_heading(number_now: int, number_before: int, figures: int, at_once: int, compared: bool) -> str:
    """How much is another than in the release before? `12 figures moved since release 1, 2 of them by enough to …`.

    `compared`: it is known what that release published.
    """
    if not compared:
        return f"Release {number_now} replaces release {number_before}"
    start = f"{many(figures, 'figure', 'figures')} of this page moved since release {number_before}"
    if not at_once:
        return start
    of_them = "" if figures == 1 else "all of them " if at_once == figures else f"{at_once} of them "
    return f"{start}, {of_them}by enough to call for this release"


def weight_sentence(many_moved: Sequence[Moved]) -> str:
    """Had all that moved to be told at once?"""
    at_once = calls_for_a_release(many_moved)
    start = f"Over all editions {many(len(many_moved), 'figure', 'figures')} moved"
    return f"{start}; {weight(at_once)}." if many_moved else f"{start}."


def moved_by(line: Moved) -> str:
    """By how much did a figure move? `+1.3 points`; empty where it has no rate on one side."""
    if line.points is None:
        return ""
    if not line.points:
        return f"0{NBSP}points"
    return f"{'+' if line.points > 0 else MINUS}{points(line.points)}"


def changed(before: str, after: str) -> str:
    """A word that became another: `Usual, now Worsening`; empty where it is the same."""
    return "" if before == after else f"{before}, now {after.lower()}"


def became(line: Moved) -> tuple[str, ...]:
    """Which verdict, variation and place beside others became which? Empty where none did."""
    verdicts = [VERDICTS[side.verdict][0] if side else "None" for side in (line.before, line.after)]
    variations = [VARIATIONS[side.variation][0] if side else "None" for side in (line.before, line.after)]
    positions = [
        POSITIONS[side.position][0] if side and side.position else "None" for side in (line.before, line.after)
    ]
    return tuple(said for said in (changed(*verdicts), changed(*variations), changed(*positions)) if said)


def weight(at_once: bool) -> str:
    """Is a month to be released again at once?"""
    if at_once:
        return (
            "that calls for a new release at once: a headline moved a point or more, or a word said of a figure changed"
        )
    return "that can wait for the next release: no headline moved a point, and no word said of a figure changed"


def standing(until: Period | None, revised: bool) -> str:
    """May the figures of this report still move, and have they? `Provisional [p] until the report for January 2027`."""
    firm = f"Provisional [p] until the report for {until.title}" if until else "Final"
    return f"{firm}, revised [r]" if revised else firm


def _share(counts: Counts | None) -> str:
    if counts is None or not counts.assessed:
        return "no figure"
    return f"{percent(Fraction(counts.met, counts.assessed))} ({number(counts.met)} of {number(counts.assessed)})"


def sign_off(by_setting: bool) -> str:
    """Who stands behind this release? It is made before anybody approves it, and claims no approval."""
    if by_setting:
        return "Signed off by a standing setting, not by a person who read this release"
    return "Sent only after a person has approved it"


# What needs a decision


def is_wanting(figure: Figure) -> bool:
    """Does a standard need a decision (or, where neither way is better, stand out)?"""
    return figure.verdict is Verdict.NOT_MET or is_adverse(figure.variation)


def is_adverse(state: Variation) -> bool:
    """Is the month worse by more than usual (or, where neither way is better, more than usual at all)?"""
    return state in (Variation.WORSENING, Variation.HIGH, Variation.LOW)


def attention(nouns: Nouns, standards: int, areas: int, missing: int, rejected: int, judged: bool) -> str:
    """What is the count in a subject line? `1 standard and 2 Areas need attention; 1 return not in`.

    `judged`: the collection says which way is better; where it does not, things stand out.
    """
    found = []
    if standards:
        found.append(f"{standards} {_noun(standards, nouns)}")
    if areas:
        found.append(f"{areas} {'Area' if areas == 1 else 'Areas'}")
    one = standards + areas == 1
    verb = f"{'needs' if one else 'need'} attention" if judged else f"{'stands' if one else 'stand'} out"
    said = [f"{names(found)} {verb}"] if found else []
    absent = [f"{count} {what}" for count, what in ((missing, "not in"), (rejected, "rejected")) if count]
    if absent:
        noun = "return" if (missing or rejected) == 1 else "returns"
        said.append(", ".join(absent).replace(" ", f" {noun} ", 1))
    return "; ".join(said) or nothing_counted(judged)


def nothing_known(figure: Figure) -> str:
    """What does a subject line say of an edition without a figure, though no return is missing?"""
    if figure.verdict is not Verdict.NIL_RETURN:
        return "nothing could be assessed"
    return "every return is nil" if figure.area == NATION else "nil return"


def nothing_counted(judged: bool) -> str:
    """What a subject line says where there is nothing to count."""
    return "nothing needs attention" if judged else "nothing stands out"


def headline_attention(figure: Figure, *, called: bool) -> str:
    """What is to be said of all standards together in a subject line? `lower than the typical Area, worse than usual`."""
    said = []
    if called and figure.position:
        said.append(f"{beside_typical(figure.position)} the typical Area")
    if figure.verdict is Verdict.NOT_MET:
        said.append("below the target")
    if figure.variation in UNUSUAL:
        said.append(_more_than_usual(figure.variation).replace("by more than", "than"))
    return ", ".join(said)


def decisions_heading(judged: bool) -> str:
    """What stands over the list?"""
    return "What needs a decision" if judged else "What stands out"


def order_note(nouns: Nouns, judged: bool, month: str, months: str) -> str:
    """In which order does the list stand? `month`: that of the standards; `months`: those of Areas, if any are in it."""
    if not judged:
        return f"In order of the {nouns.checks} between an Area and the typical one."
    of_each = f": {nouns.standards} {month}, Areas {months}" if months not in ("", month) else ""
    return f"In order of the {nouns.checks} that are short{of_each}."


def nothing_to_decide(nouns: Nouns, judged: bool, *, any_known: bool, areas_too: bool) -> str:
    """What is said in place of the list?"""
    if not any_known:
        return "There is no figure to judge."
    verb = f"is known to {'need a decision' if judged else 'stand out'}"
    return f"No {nouns.standard} {'and no Area ' if areas_too else ''}{verb}."


def no_better(nouns: Nouns, figures: Sequence[Figure], *, areas_too: bool) -> str:
    """What is said in place of what has improved?"""
    found = {figure.variation for figure in figures}
    if found == {Variation.NO_DATA}:
        return "The month itself has no figure: whether anything has improved cannot be said."
    if found <= {Variation.TOO_SHORT, Variation.NO_DATA}:
        return f"Whether anything has improved can be said from {FEWEST_FOR_LIMITS}{NBSP}months on."
    return f"No {nouns.standard} {'and no Area ' if areas_too else ''}is better by more than usual."


def together_title(nouns: Nouns) -> str:
    """How is the figure of all standards called?"""
    return f"All {nouns.standards} together"


def marks_used(marks: Iterable[str | None]) -> tuple[tuple[str, str], ...]:
    """The legend for the marks of a table: each mark once, with what it stands for."""
    found = set(marks)
    return tuple((mark, meaning) for mark, meaning in MARKS.items() if mark in found)


# Actions

ACTION_STATES: Mapping[str, tuple[str, str]] = {
    "overdue": ("Overdue", "not_met"),
    "open": ("Open", "usual"),
    "done": ("Done", "met"),
}
"""How an action stands, in a word, and the shape that goes with it."""


def day(when: date) -> str:
    """Which day? `30 October 2026`."""
    return f"{when.day}{NBSP}{when:%B %Y}"


def actions_heading(due: Sequence[date], overdue: int) -> str:
    """How many actions are open, and is one overdue? `due`: when each open one is, the first first."""
    if not due:
        return "No action is open"
    start = f"{many(len(due), 'action', 'actions')} open"
    if not overdue:
        return f"{start}, the next due on {day(due[0])}"
    return f"{start}, {overdue} overdue{', the longest' if overdue > 1 else ''} since {day(due[0])}"


def actions_done(lately: int, since: date, before: int) -> str:
    """What was done since the report before, and before that? Empty where nothing ever was."""
    if not lately and not before:
        return ""
    start = f"{many(lately, 'action was', 'actions were')} done since {day(since)}"
    return f"{start}, and {number(before)} before." if before else f"{start}."


def due_moved(first: date, reasons: Sequence[str]) -> str:
    """Was a later day agreed, and why? Empty where none was."""
    if not reasons:
        return ""
    times = "once" if len(reasons) == 1 else f"{len(reasons)}{NBSP}times"
    return f"Due {day(first)} at first, moved {times}: {sentence(reasons[-1])}"


# The shareable edition

SHARED_MARKS: Mapping[str, str] = {
    "[c]": f"hidden, because it is a number from 1{NBSP}to{NBSP}4, rests on fewer than {TOO_FEW}, or would tell one that is",
    "[u]": f"low reliability: {TOO_FEW} to 29 assessed",
    "[x]": MARKS["[x]"],
    "[n]": MARKS["[n]"],
    "[b]": "better than the typical Area in this standard; how it stands there is not shared",
    "[z]": "not applicable: nothing to assess",
    "[d]": MARKS["[d]"],
    "[r]": MARKS["[r]"],
    "[p]": MARKS["[p]"],
}
"""What the marks of the shareable tables stand for."""


def shared_marks_used(marks: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The legend for the marks of a shareable table."""
    found = set(marks)
    return tuple((mark, meaning) for mark, meaning in SHARED_MARKS.items() if mark in found)


def hidden_share(hidden: int, figures: int, withheld: bool) -> str:
    """How much of what is shared is hidden? `23 of 96 figures (24.0 %) are hidden …`."""
    if withheld:
        return "So little could be shown beside what was shared before that nothing is shown at all."
    if not figures:
        return "There is no figure to share."
    if not hidden:
        return (
            f"{many(figures, 'figure is', 'figures are')} shared, and no number is so small that it has to be hidden."
        )
    share = percent(Fraction(hidden, figures))
    return (
        f"{hidden} of {figures} figures ({share}) {_is(hidden)} hidden [c], so that no small number can be worked out."
    )


# The index of releases

INDEX_STATES: Mapping[ReturnState, tuple[str, str, str]] = {
    ReturnState.ACCEPTED: ("in", "met", "accepted"),
    ReturnState.ACCEPTED_WITH_QUERIES: ("asked", "too_close", "accepted with queries"),
    ReturnState.NIL: ("nil", "usual", "a nil return"),
    ReturnState.REJECTED: ("rejected", "worsening", "rejected, and nothing else is in"),
    ReturnState.MISSING: ("missing", "not_met", "not in when it was due"),
    ReturnState.EXPECTED: ("due", "too_few", "not yet in, and not yet due"),
}
"""What had become of a return: the word of a narrow table, its shape, and what it means."""
LATE_MEANS = "in after the deadline"
NOTHING_RELEASED = "Nothing has been released"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def share(headline: tuple[int, int]) -> str:
    """How many checks were met, of how many assessed, as a rate? `92.7 %`."""
    return percent(Fraction(*headline))


def last_month(period: Period, inside: int | None, owed: int | None) -> str:
    """What is the newest release about? `October 2026 is the last month released; 12 of 13 returns are in`."""
    known = "" if inside is None or owed is None else f"; {_returns_in(inside, owed)}"
    return f"{period.title} is the last month released{known}"


def release_heading(release: int, headline: tuple[int, int] | None, inside: int | None, owed: int | None) -> str:
    """What does a release come to? `Release 2: 92.7 %, and 12 of 13 returns are in`."""
    rate = share(headline) if headline else ""
    known = "" if inside is None or owed is None else _returns_in(inside, owed)
    said = ", and ".join(filter(None, (rate, known)))
    return f"Release {release}{': ' if said else ''}{said}"


def _returns_in(inside: int, owed: int) -> str:
    return f"{inside} of {many(owed, 'return', 'returns')} {'is' if inside == 1 else 'are'} in"


def moved_in_short(moved: int, at_once: int) -> str:
    """What is another than in the release before? `14 figures, 3 of them by enough to call for this release`."""
    start = many(moved, "figure", "figures") if moved else "No figure"
    return f"{start}, {at_once} of them by enough to call for this release" if at_once else start


def signed(at: datetime | None, approved_by: str, *, rejected: bool = False) -> str:
    """Was a release signed off, when and by whom? The time is UTC without a zone."""
    if at is None:
        return "Rejected: not to be sent" if rejected else "Not signed off"
    return f"{sign_off(True) if approved_by == 'setting' else f'Signed off by {approved_by}'}, on {moment(at)}"


def practice_heading(nouns: Nouns, areas: int, standards: int, of: int) -> str:
    """How many Areas are named for good practice? `In 3 of 24 standards an Area is better than the typical one: …`."""
    asked = many(of, nouns.standard, nouns.standards)
    if not areas:
        return f"No Area can be named as better than the typical one in any of {asked}"
    named = many(areas, "Area", "Areas")
    return f"In {standards} of {asked} an Area is better than the typical one: {named} in all"


NAMED_NOTE = (
    "An Area is named where its rate over three months is better than the typical Area's by more than chance and the "
    f"usual difference between Areas, and at least {SMALL.stop} of its checks were met and {SMALL.stop} were not. Areas "
    "stand in the order of the register and are not ranked. That one is not named says nothing about it."
)
"""When an Area is named for good practice."""


def shared_subject(rate: Fraction | None, named: int) -> tuple[str, ...]:
    """What does a subject line tell of what is shared? `85.1 % over three months`, `4 Areas named for good practice`."""
    number_told = "no national figure is shared" if rate is None else f"{percent(rate)} over three months"
    return (number_told, f"{many(named, 'Area', 'Areas')} named for good practice") if named else (number_told,)


# The workbook

WORKBOOK_MARKS: Mapping[str, str] = {
    **MARKS,
    "[z]": "not applicable: nothing to assess, not collected, or nothing that could be said of this figure",
    "[c]": f"{SHARED_MARKS['[c]']}; in the shareable edition only",
    "[u]": f"{SHARED_MARKS['[u]']}; in the shareable edition only",
}
"""What the marks in the cells of a workbook stand for: one for each number that is not there."""
WINDOW_NAMES: Mapping[str, str] = {"1m": "1 month", "3m": "3 months"}


def workbook_notes(nouns: Nouns) -> tuple[tuple[str, str], ...]:
    """Each word of the columns of a workbook that needs one, and what it means."""
    return (
        ("Rate", f"The share of assessed {nouns.checks} that {nouns.met}. Partly met counts as not met."),
        ("Assessed", f"The {nouns.checks} that stand in the rate: met, partly met and not met."),
        (
            "Window",
            "The nation is read month by month; Areas over three months, because one month of an Area cannot tell one "
            "rate from the next. Windows are sums of counts, never means of rates.",
        ),
        (
            "Months missing",
            "Collected months of the window for which there is nothing. The sum holds the others.",
        ),
        ("Interval", f"The Wilson score interval, 95{NBSP}%: where the underlying rate plausibly lies."),
        ("Value", "The same as the rate, with half a point for each check partly met. Verdicts are those of the rate."),
        (
            "Variation",
            "Whether the single month differs from what is usual by more than chance, on the control chart of its months; "
            "whatever the window.",
        ),
        (
            "p, adjusted",
            "How often chance alone would put an Area so far from the typical one, adjusted for how many Areas are compared.",
        ),
        ("p, exact", "How often chance alone would put an Area so far from the nation: the exact binomial test."),
    )


def workbook_id_note(release_id: str) -> str:
    """How is a number of the workbook called, for who asks where it comes from?"""
    return (
        "Every number of a figure has an id of release, window, Area, standard and measure, in the codes of the tables, "
        f"ALL for all of them: {release_id}/3m/ALL/ALL/rate. The command assurance explain says where it comes from."
    )


def attached(file_name: str) -> str:
    """What goes with the letter of a release?"""
    return (
        f"The full report is attached: report.html opens in any browser, and {file_name} has its figures as a workbook."
    )


WORKBOOK_USE = (
    "Each sheet holds one table, which begins under its title. The sheet Contents leads to each of them.",
    "A mark in square brackets, such as [x], stands where there is no number; the sheet Notes says what each means.",
    "Rates are stored unrounded and shown with one decimal. What is pooled over Areas or months has a row of its own: "
    "rates cannot be added up or averaged.",
    "The same figures stand in a CSV file beside this workbook in the release.",
)
"""What the cover of a workbook says to who opens it."""
# The rows behind an Area's unmet checks


def checks_heading(nouns: Nouns, returned: str, counts: Counts) -> str:
    """How much of a return was not met? `72 of 1,071 checks of our return R-WSX-202610-v01 were not met, 31 only partly`."""
    total, ours = counts.assessed, f"{nouns.checks} of our return {returned}"
    if not total:
        return f"0 {ours} count in a rate"
    if not counts.not_met + counts.partly:
        return f"All {number(total)} {ours} {nouns.met}"
    return _unmet(counts, f"of {number(total)} {ours}")


def owner_checks_heading(nouns: Nouns, owner: str, counts: Counts) -> str:
    """What of one owner's standards was not met? `Police: 24 checks were not met, 9 only partly`."""
    return (
        f"{capital(owner)}: {_unmet(counts, nouns.check if (counts.not_met or counts.partly) == 1 else nouns.checks)}"
    )


def checks_note(nouns: Nouns, counts: Counts, period: Period, file: str) -> str:
    """Where does an Area find its unmet checks of a month, one by one? Empty where there is none."""
    unmet = counts.not_met + counts.partly
    if not unmet:
        return ""
    checks, them = (nouns.check, "it") if unmet == 1 else (nouns.checks, "them")
    return (
        f"{number(unmet)} {checks} of {period.title} {_was(unmet)} not or only partly met: the page {file}, which comes "
        f"with this report, lists {them}."
    )


def checks_steps(returned: str, is_workbook: bool, following: int) -> tuple[str, ...]:
    """What does an Area do with the rows of its unmet checks? `following` is the version in which it mends them."""
    row = "a row of the sheet return" if is_workbook else "a line of the file"
    return (
        f"Look the rows up in your own file, {returned}. A row is {row}; the header is row 1.",
        f"Where an answer or a date is wrong, mend it and send the whole return again as version {following:02d}.",
        "Where both are right, see from the case what went wrong, and raise it with whoever owns the standard.",
    )


def _unmet(counts: Counts, of: str) -> str:
    if not counts.not_met:
        return f"{number(counts.partly)} {of} {_was(counts.partly)} only partly met"
    partly = f", {number(counts.partly)} only partly" if counts.partly else ""
    return f"{number(counts.not_met)} {of} {_was(counts.not_met)} not met{partly}"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"
