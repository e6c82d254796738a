"""What does each page of a release say? View models of the national page and the Area pages, built from the facts.

`measure` computes the figures of a release once; `national` and `of_area` read them. Pure: the same facts give the
same pages.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TypeAlias

from assurance.catalogue import Collection
from assurance.deadlines import due
from assurance.measures import words
from assurance.measures.comparison import Position, typical_rate
from assurance.measures.figures import WINDOWS, Figure, Register, control_chart, figures
from assurance.measures.rates import Verdict, percent
from assurance.measures.variation import ChartPoint, ControlChart, Variation, variation
from assurance.model import (
    NATION,
    Direction,
    Outcome,
    Period,
    ReturnState,
    ReturnStatus,
    Standard,
    Submission,
    TallyRow,
)
from assurance.reporting.charts import Span
from assurance.reporting.facts import ReleaseFacts

MONTH, QUARTER = "1m", "3m"
CHARTED_MONTHS = 36
"""A chart shows so many months; its mean and limits rest on all."""
MOST_ITEMS = 5
"""A summary names no more than this that needs attention."""


@dataclass(frozen=True)
class Card:
    """One of the four figures on top of a page."""

    label: str
    value: str
    detail: str
    mark: str = ""
    """The shape that goes with `word`; empty for none."""
    word: str = ""


@dataclass(frozen=True)
class Trend:
    """A control chart and what it shows."""

    heading: str
    title: str
    """The finding, as the title of the chart."""
    subtitle: str
    description: str
    note: str
    chart: ControlChart
    period: Period
    first: Period
    """The chart begins here."""
    direction: Direction
    target: Decimal | None
    gaps: Mapping[Period, str]
    """Months without a figure and the mark that says why."""
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


@dataclass(frozen=True)
class StandardLine:
    """One standard of one Area or the nation."""

    standard: Standard
    figure: Figure
    nation: Figure
    """The nation's figure over the same window."""
    chart: ControlChart

    @property
    def mark(self) -> str | None:
        """The mark in place of a rate."""
        return words.absent(self.figure) if self.standard.counted else "[z]"


@dataclass(frozen=True)
class Standards:
    """The standards, by owner, in the order of the register."""

    heading: str
    window: str
    owners: tuple[tuple[str, tuple[StandardLine, ...]], ...]
    has_targets: bool
    first: Period
    period: Period
    incomplete: str
    """What to say where a month of the window is missing; empty where none is."""
    legend: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class AreaLine:
    """One Area over three months, beside the others."""

    status: ReturnStatus
    figure: Figure
    month: Figure
    chart: ControlChart
    incomplete: str
    """`2 of 3 months` where a month of the window is missing."""

    @property
    def name(self) -> str:
        return self.status.area.name

    @property
    def mark(self) -> str | None:
        return words.absent(self.figure)

    @property
    def month_mark(self) -> str | None:
        """`[n]` beside a figure whose own month is nil."""
        return "[n]" if self.status.state is ReturnState.NIL and self.mark is None else None


@dataclass(frozen=True)
class Areas:
    heading: str
    title: str
    """The finding of the plot."""
    window: str
    lines: tuple[AreaLine, ...]
    """By name."""
    ranked: tuple[AreaLine, ...]
    """By rate, the highest first; those without a figure last."""
    nation: Figure
    typical: float | None
    direction: Direction
    target: Decimal | None
    note: str
    """When an Area is called."""
    description: str
    findings: tuple[str, ...]
    legend: tuple[tuple[str, str], ...]

    @property
    def spans(self) -> tuple[Span, ...]:
        """The lines of the interval plot."""
        return tuple(_span(line.name, line.figure) for line in self.ranked)

    @property
    def references(self) -> tuple[Reference, ...]:
        """The vertical lines of the interval plot."""
        return _references(self.typical, self.nation, self.target)


@dataclass(frozen=True)
class Beside:
    """One Area against the nation and the typical Area; names no other."""

    heading: str
    title: str
    window: str
    figure: Figure
    nation: Figure
    typical: float | None
    compared: int
    target: Decimal | None
    direction: Direction
    note: str
    """When an Area is called."""
    description: str
    incomplete: str
    name: str

    @property
    def spans(self) -> tuple[Span, ...]:
        """The lines of the interval plot: the Area and the nation."""
        return (_span(self.name, self.figure), Span("All Areas", self.nation.rate, self.nation.low, self.nation.high))

    @property
    def references(self) -> tuple[Reference, ...]:
        """The vertical lines of the interval plot."""
        return _references(self.typical, None, self.target)


Reference: TypeAlias = tuple[str, float, str]
"""A line of an interval plot: label, share and style."""


def _references(typical: float | None, nation: Figure | None, target: Decimal | None) -> tuple[Reference, ...]:
    lines = [
        ("Typical Area", typical, "typical"),
        ("All Areas", nation.rate if nation else None, "nation"),
        ("Target", None if target is None else float(target), "target"),
    ]
    return tuple((label, share, style) for label, share, style in lines if share is not None)


def _span(name: str, figure: Figure) -> Span:
    if figure.rate is None:
        mark = words.absent(figure) or ""
        return Span(name, None, None, None, word=f"{mark} {words.MARKS[mark].partition(':')[0]}")
    position = figure.position or Position.SIMILAR
    word = "" if position is Position.SIMILAR else words.POSITIONS[position][0].lower()
    return Span(name, figure.rate, figure.low, figure.high, position.value, word)


@dataclass(frozen=True)
class Quality:
    heading: str
    returns: tuple[ReturnStatus, ...]
    notes: tuple[str, ...]
    restated: str
    legend: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Page:
    """What a page says whoever it is for."""

    edition: str
    """`ALL` or an Area code."""
    place: str
    facts: ReleaseFacts
    lead: tuple[str, ...]
    """The sentences on top."""
    cards: tuple[Card, ...]
    items: tuple[str, ...]
    """What needs attention."""
    more_items: int
    """How many more there are than are named."""
    improved: tuple[str, ...]
    judged: bool
    """Whether the collection says which way is better."""
    trend: Trend
    standards: Standards
    quality: Quality
    attention: str
    """The count for a subject line."""

    @property
    def nouns(self) -> words.Nouns:
        return self.facts.collection.words

    @property
    def period(self) -> Period:
        return self.facts.period

    @property
    def title(self) -> str:
        return f"{self.facts.collection.title}, {self.period.title}"

    @property
    def variations(self) -> tuple[Variation, ...]:
        """The variations that a collection with (or without) directions can have."""
        directions = {self.trend.direction, *(s.direction for s in self.facts.collection.standards if s.counted)}
        either = (Variation.HIGH, Variation.LOW) if Direction.NEUTRAL in directions else ()
        better = (Variation.IMPROVING, Variation.WORSENING) if directions != {Direction.NEUTRAL} else ()
        return (Variation.USUAL, *better, *either, Variation.TOO_SHORT)


@dataclass(frozen=True)
class NationalPage(Page):
    areas: Areas


@dataclass(frozen=True)
class AreaPage(Page):
    status: ReturnStatus
    result: str
    """What became of the Area's return."""
    steps: tuple[str, ...]
    beside: Beside


@dataclass(frozen=True)
class Measured:
    """A release with its figures and charts, from which every page is read."""

    facts: ReleaseFacts
    figures: Mapping[tuple[str, str, str], Figure]
    """By window, Area and standard; `ALL` stands for the nation and for all standards."""
    charts: Mapping[tuple[str, str], ControlChart]
    """By Area and standard."""
    first: Period
    """The first month of the charts."""
    typical: float | None

    @property
    def editions(self) -> tuple[str, ...]:
        """The nation and every Area that owes a return."""
        return (NATION, *(status.area.code for status in self.facts.returns))

    @cached_property
    def targets(self) -> Mapping[str, Decimal | None]:
        collection = self.facts.collection
        return {NATION: collection.headline_target, **{s.code: s.target for s in collection.standards}}

    @cached_property
    def counted(self) -> tuple[Standard, ...]:
        return tuple(standard for standard in self.facts.collection.standards if standard.counted)

    def figure(self, window: str, area: str, standard: str = NATION) -> Figure:
        return self.figures[window, area, standard]

    def window(self, name: str) -> tuple[Period, ...]:
        """The collected months of a window."""
        period = self.facts.period
        months = period.plus(1 - WINDOWS[name]).until(period)
        return tuple(month for month in months if month not in self.facts.collection.not_collected)


def measure(facts: ReleaseFacts) -> Measured:
    """Compute every figure and chart of a release, once for all its pages."""
    collection, period = facts.collection, facts.period
    states = {status.area.code: status.state for status in facts.returns}
    found = figures(register(collection), facts.rows, period, states)
    rows = [row for row in facts.rows if _charted(row, facts, states)]
    by_area: dict[str, list[TallyRow]] = defaultdict(list)
    for row in rows:
        by_area[row.area].append(row)
    counted = collection.counted_standards
    charts = {
        (area, standard): control_chart(of_area, area=area, standard=standard, period=period, counted=counted)
        for area, of_area in [(NATION, rows), *((code, by_area[code]) for code in states)]
        for standard in (NATION, *(s.code for s in collection.standards))
    }
    by_key = {(figure.window, figure.area, figure.standard): figure for figure in found}
    pooled = {code: by_key[QUARTER, code, NATION].counts for code in states}
    begun = min((row.period for row in rows), default=period)
    return Measured(
        facts=facts,
        figures=by_key,
        charts=charts,
        first=max(begun, period.plus(1 - CHARTED_MONTHS)),
        typical=typical_rate({code: counts for code, counts in pooled.items() if counts}),
    )


def register(collection: Collection) -> Register:
    """What the measures need to know of a collection."""
    return Register(
        collection=collection.code,
        standards=collection.standards,
        headline_target=collection.headline_target,
        not_collected=collection.not_collected,
        headline_direction=collection.headline_direction,
        headline_margin=collection.headline_margin,
    )


def _charted(row: TallyRow, facts: ReleaseFacts, states: Mapping[str, ReturnState]) -> bool:
    """Charts hold what the figures hold: no month that is not collected, and of this month only what counts."""
    if row.period in facts.collection.not_collected:
        return False
    if row.period == facts.period:
        return row.area in states and states[row.area].has_figures
    return row.period < facts.period


# The national page


def national(measured: Measured) -> NationalPage:
    """What does the nation's page say?"""
    facts = measured.facts
    headline = measured.figure(MONTH, NATION)
    items, improved = _items(measured, NATION)
    areas = _areas(measured)
    return NationalPage(
        edition=NATION,
        place="All Areas",
        facts=facts,
        lead=_lead(measured, NATION, headline),
        cards=(
            _rate_card(measured, headline),
            _standards_card(measured, NATION, MONTH),
            _areas_card(areas),
            _returns_card(facts.returns),
        ),
        items=items[:MOST_ITEMS],
        more_items=max(0, len(items) - MOST_ITEMS),
        improved=improved,
        judged=_judged(measured),
        trend=_trend(measured, NATION),
        standards=_standards(measured, NATION, MONTH),
        quality=_quality(measured, facts.returns),
        attention=_attention(measured, areas),
        areas=areas,
    )


def _lead(measured: Measured, area: str, figure: Figure) -> tuple[str, ...]:
    facts = measured.facts
    said = [
        words.rate_sentence(facts.collection.words, figure, f"in {facts.period.title}", measured.targets[NATION]),
        words.variation_sentence(measured.charts[area, NATION], facts.period, figure.variation),
    ]
    if area == NATION:
        said.append(f"{words.standards_heading(facts.collection.words, _counted_figures(measured, area, MONTH))}.")
        said.append(f"{words.areas_heading(_area_figures(measured))}.")
    return tuple(sentence for sentence in said if sentence)


def _counted_figures(measured: Measured, area: str, window: str) -> list[Figure]:
    return [measured.figure(window, area, standard.code) for standard in measured.counted]


def _area_figures(measured: Measured) -> list[Figure]:
    return [measured.figure(QUARTER, status.area.code) for status in measured.facts.returns]


def _compared(measured: Measured) -> int:
    return sum(figure.position is not None for figure in _area_figures(measured))


def _judged(measured: Measured) -> bool:
    """Does the collection say which way is better, for any of its figures?"""
    directions = {measured.facts.collection.headline_direction, *(s.direction for s in measured.counted)}
    return directions != {Direction.NEUTRAL} or any(target is not None for target in measured.targets.values())


def _needs(figure: Figure) -> bool:
    """Does a standard need attention (or, where neither way is better, stand out)?"""
    adverse = (Variation.WORSENING, Variation.HIGH, Variation.LOW)
    return figure.verdict is Verdict.NOT_MET or figure.variation in adverse


def _adverse(figure: Figure, direction: Direction) -> bool:
    """Is the Area called on the side that needs attention? Both sides where neither is better."""
    if figure.position is None or figure.position is Position.SIMILAR:
        return False
    better = Position.HIGHER if direction is Direction.UP else Position.LOWER
    return direction is Direction.NEUTRAL or figure.position is not better


def _items(measured: Measured, area: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What needs attention, the gravest first, and what has improved."""
    nouns, targets = measured.facts.collection.words, measured.targets
    lines = [(measured.figure(MONTH, area, s.code), measured.charts[area, s.code]) for s in measured.counted]
    grave = sorted(
        (line for line in lines if _needs(line[0])),
        key=lambda line: (line[0].verdict is not Verdict.NOT_MET, line[0].variation is not Variation.WORSENING),
    )
    said = [words.standard_sentence(nouns, figure, chart, targets[figure.standard]) for figure, chart in grave]
    if area == NATION:
        # Areas and absent returns before the standards: there are few of them, and somebody can be asked.
        said = [*_called(measured), *_absent(measured.facts.returns), *said]
    improved = [
        words.standard_sentence(nouns, figure, chart, targets[figure.standard])
        for figure, chart in lines
        if figure.variation is Variation.IMPROVING
    ]
    return tuple(said), tuple(improved)


def _called(measured: Measured) -> Iterator[str]:
    direction = measured.facts.collection.headline_direction
    found = [(status, measured.figure(QUARTER, status.area.code)) for status in measured.facts.returns]
    compared = sum(figure.position is not None for _, figure in found)
    for position in (Position.LOWER, Position.HIGHER):
        called = [s.area.name for s, figure in found if figure.position is position and _adverse(figure, direction)]
        if called:
            yield words.positions_sentence(called, compared, position)


def _absent(returns: Sequence[ReturnStatus]) -> Iterator[str]:
    without = [status.area.name for status in returns if not status.in_force]
    if without:
        verb = "has" if len(without) == 1 else "have"
        noun = "Area" if len(returns) == 1 else "Areas"
        yield (
            f"{len(without)} of {len(returns)} {noun} {verb} no return that counts: {words.names(without)}. "
            "The national figures of the month are without them."
        )


def _attention(measured: Measured, areas: Areas) -> str:
    return words.attention(
        measured.facts.collection.words,
        standards=sum(_needs(figure) for figure in _counted_figures(measured, NATION, MONTH)),
        areas=sum(
            _adverse(line.figure, areas.direction) or line.figure.verdict is Verdict.NOT_MET for line in areas.lines
        ),
        missing=sum(not status.in_force for status in measured.facts.returns),
        judged=_judged(measured),
    )


def _areas(measured: Measured) -> Areas:
    facts = measured.facts
    window = measured.window(QUARTER)
    lines = tuple(
        AreaLine(
            status=status,
            figure=(figure := measured.figure(QUARTER, status.area.code)),
            month=measured.figure(MONTH, status.area.code),
            chart=measured.charts[status.area.code, NATION],
            incomplete=words.window_note(figure, len(window)) if figure.rate is not None else "",
        )
        for status in sorted(facts.returns, key=lambda status: status.area.name)
    )
    ranked = tuple(sorted(lines, key=lambda line: (line.figure.rate is None, -(line.figure.rate or 0), line.name)))
    nation = measured.figure(QUARTER, NATION)
    compared = [line for line in ranked if line.figure.position is not None]
    findings = tuple(
        words.positions_sentence([line.name for line in called], len(compared), position)
        for position in (Position.LOWER, Position.HIGHER)
        if (called := [line for line in compared if line.figure.position is position])
    )
    return Areas(
        heading=words.areas_heading([line.figure for line in lines]),
        title=words.areas_title([(line.name, line.figure.rate) for line in lines if line.figure.rate is not None]),
        window=words.span(window[0], window[-1]) if window else facts.period.title,
        lines=lines,
        ranked=ranked,
        nation=nation,
        typical=measured.typical,
        direction=facts.collection.headline_direction,
        target=facts.collection.headline_target,
        note=words.margin_note(facts.collection.headline_margin),
        description=_areas_description(ranked, measured.typical),
        findings=findings,
        legend=words.marks_used(mark for line in lines for mark in (line.mark, line.month_mark)),
    )


def _areas_description(ranked: Sequence[AreaLine], typical: float | None) -> str:
    told = [
        f"{line.name} {percent(line.figure.rate)}" if line.figure.rate is not None else f"{line.name} {line.mark}"
        for line in ranked
    ]
    start = f"Typical Area {percent(typical)}. " if typical is not None else ""
    return f"{start}{', '.join(told)}."


# Cards


def _rate_card(measured: Measured, figure: Figure) -> Card:
    nouns, facts = measured.facts.collection.words, measured.facts
    months = measured.window(figure.window)
    when = words.span(months[0], months[-1]) if months else facts.period.title
    label = f"{nouns.rate}, {when}"
    if figure.rate is None or figure.counts is None or figure.low is None or figure.high is None:
        mark = words.absent(figure)
        return Card(label, mark or "", words.MARKS[mark].capitalize() + "." if mark else "")
    counts = f"{words.number(figure.counts.met)} of {words.number(figure.counts.assessed)} {nouns.checks}"
    detail = f"95\N{NO-BREAK SPACE}% interval {words.interval(figure.low, figure.high)}; {counts}."
    if figure.verdict is not Verdict.NO_TARGET:
        state, word = figure.verdict.value, words.VERDICTS[figure.verdict][0]
    elif figure.window == MONTH:
        state, word = figure.variation.value, words.VARIATIONS[figure.variation][0]
    elif figure.position is not None:
        state, word = figure.position.value, words.POSITIONS[figure.position][0]
    else:
        state, word = "", ""
    return Card(label, percent(figure.rate), detail, state, word)


def _standards_card(measured: Measured, area: str, window: str) -> Card:
    nouns = measured.facts.collection.words
    found = _counted_figures(measured, area, window)
    absent = [mark for mark in ("[x]", "[n]") if all(words.absent(figure) == mark for figure in found)]
    if absent:
        label = "met" if _has_targets(measured, found) else "outside the usual"
        return Card(f"{words.capital(nouns.standards)} {label}", absent[0], f"{words.capital(words.MARKS[absent[0]])}.")
    if _has_targets(measured, found):
        met = [figure for figure in found if figure.verdict is Verdict.MET]
        mark = "not_met" if any(figure.verdict is Verdict.NOT_MET for figure in found) else ""
        detail = words.verdict_detail(found)
        return Card(f"{words.capital(nouns.standards)} met", f"{len(met)} of {len(found)}", detail, mark)
    if found and all(figure.variation is Variation.TOO_SHORT for figure in found):
        label = f"{words.capital(nouns.standards)} outside the usual"
        return Card(label, "–", f"{words.capital(words.VARIATIONS[Variation.TOO_SHORT][0])}.")
    odd = [figure for figure in found if figure.variation in words.UNUSUAL]
    detail = words.variation_counts(nouns, found) + "." if not odd else f"{_titles(odd)}."
    return Card(f"{words.capital(nouns.standards)} outside the usual", f"{len(odd)} of {len(found)}", detail)


def _has_targets(measured: Measured, found: Sequence[Figure]) -> bool:
    return any(measured.targets[figure.standard] is not None for figure in found)


def _titles(odd: Sequence[Figure]) -> str:
    return words.capital(
        "; ".join(
            f"{words.VARIATIONS[state][0].lower()}: {words.names(titles)}"
            for state in (Variation.WORSENING, Variation.IMPROVING, Variation.LOW, Variation.HIGH)
            if (titles := [figure.standard_title for figure in odd if figure.variation is state])
        )
    )


def _areas_card(areas: Areas) -> Card:
    compared = [line for line in areas.lines if line.figure.position is not None]
    called = [line for line in compared if line.figure.position is not Position.SIMILAR]
    if len(compared) < words.FEWEST_COMPARED:
        return Card("Areas unlike the typical Area", "[z]", f"{areas.heading}.")
    detail = "; ".join(
        f"{words.POSITIONS[position][0]}: {words.names(found)}"
        for position in (Position.LOWER, Position.HIGHER)
        if (found := [line.name for line in called if line.figure.position is position])
    )
    detail = detail or "They differ by no more than chance or the usual difference between Areas explains"
    return Card("Areas unlike the typical Area", f"{len(called)} of {len(compared)}", f"{detail}. {areas.window}.")


def _returns_card(returns: Sequence[ReturnStatus]) -> Card:
    inside = sum(status.in_force is not None for status in returns)
    _, _, extra = words.returns_heading(returns).partition("; ")
    absent = [status.area.name for status in returns if not status.in_force]
    detail = f"{words.capital(extra)}." if extra else "0 late, 0 missing."
    if absent:
        detail += f" Without a return that counts: {words.names(absent)}."
    return Card("Returns in", f"{inside} of {len(returns)}", detail)


# Sections that both kinds of page have


def _trend(measured: Measured, area: str) -> Trend:
    facts = measured.facts
    nouns, period = facts.collection.words, facts.period
    chart = measured.charts[area, NATION]
    state = measured.figure(MONTH, area).variation
    gaps = _gaps(measured, area)
    heading = words.trend_heading(chart, period, state)
    return Trend(
        heading=heading,
        title=words.chart_title(chart),
        subtitle=(
            f"{nouns.rate}, all {nouns.standards}, month by month, {words.span(measured.first, period)}, "
            f"{_place(measured, area)}. The axis does not start at zero."
        ),
        description=words.chart_description(nouns, chart, facts.collection.headline_direction, gaps),
        note=words.provisional_note(chart),
        chart=chart,
        period=period,
        first=measured.first,
        direction=facts.collection.headline_direction,
        target=facts.collection.headline_target,
        gaps=gaps,
        legend=words.marks_used(gaps.values()),
    )


def _place(measured: Measured, area: str) -> str:
    return "all Areas" if area == NATION else measured.facts.collection.area(area).name


def _gaps(measured: Measured, area: str) -> dict[Period, str]:
    """Which months of the chart have no figure, and why?"""
    facts = measured.facts
    known = {point.period for point in words.charted(measured.charts[area, NATION])}
    empty = {point.period for point in measured.charts[area, NATION].points} - known
    nil = {s.period for s in facts.inputs if s.outcome is Outcome.NIL and area in (NATION, s.area)}
    gaps = {}
    for month in measured.first.until(facts.period):
        if month in known:
            continue
        not_owed = area != NATION and not facts.collection.area(area).owes(month)
        if month in facts.collection.not_collected or month in empty or not_owed:
            gaps[month] = "[z]"
        else:
            gaps[month] = "[n]" if month in nil else "[x]"
    return gaps


def _standards(measured: Measured, area: str, window: str) -> Standards:
    facts = measured.facts
    months = measured.window(window)
    lines = [
        StandardLine(
            standard=standard,
            figure=measured.figure(window, area, standard.code),
            nation=measured.figure(window, NATION, standard.code),
            chart=measured.charts[area, standard.code],
        )
        for standard in facts.collection.standards
    ]
    owners = tuple(dict.fromkeys(line.standard.owner for line in lines))
    headline = measured.figure(window, area)
    missing = words.window_note(headline, len(months)) if headline.counts is not None else ""
    return Standards(
        heading=words.standards_heading(facts.collection.words, _counted_figures(measured, area, window)),
        window=words.span(months[0], months[-1]) if months else facts.period.title,
        owners=tuple((owner, tuple(line for line in lines if line.standard.owner == owner)) for owner in owners),
        has_targets=any(line.standard.target is not None for line in lines),
        first=measured.first,
        period=facts.period,
        incomplete=f"The figures hold {missing}: a return of the window is missing." if missing else "",
        legend=words.marks_used(mark for line in lines for mark in (line.mark, words.absent(line.nation))),
    )


def _quality(measured: Measured, returns: Sequence[ReturnStatus]) -> Quality:
    unreturned = (ReturnState.MISSING, ReturnState.EXPECTED)
    marks = {"[n]" if s.state is ReturnState.NIL else "[x]" if s.state in unreturned else None for s in returns}
    return Quality(
        heading=words.returns_heading(returns),
        returns=tuple(sorted(returns, key=lambda status: status.area.name)),
        notes=words.returns_notes(returns),
        restated=_restated(measured),
        legend=words.marks_used(marks),
    )


def _restated(measured: Measured) -> str:
    facts = measured.facts
    before = facts.replaces
    if before is None:
        return ""
    changed = [facts.collection.area(code).name for code in before.areas]
    now = measured.figure(MONTH, NATION).counts
    return words.restated(facts.number, before.number, before.headline, now, changed)


# The Area pages


def of_area(measured: Measured, code: str) -> AreaPage:
    """What does this Area's page say? Of other Areas it holds no more than the nation's figures."""
    facts = measured.facts
    status = next(status for status in facts.returns if status.area.code == code)
    items, improved = _items(measured, code)
    return AreaPage(
        edition=code,
        place=status.area.name,
        facts=facts,
        lead=_area_lead(measured, status),
        cards=_area_cards(measured, status),
        items=items[:MOST_ITEMS],
        more_items=max(0, len(items) - MOST_ITEMS),
        improved=improved,
        judged=_judged(measured),
        trend=_trend(measured, code),
        standards=_standards(measured, code, QUARTER),
        quality=_own_quality(measured, status),
        attention=_area_attention(measured, status),
        status=status,
        result=words.return_sentence(status, facts.period),
        steps=words.next_steps(status, facts.period, *_deadlines(facts, status), facts.collection.contact),
        beside=_beside(measured, status),
    )


def _area_lead(measured: Measured, status: ReturnStatus) -> tuple[str, ...]:
    figure = measured.figure(QUARTER, status.area.code)
    lead = list(_lead(measured, status.area.code, measured.figure(MONTH, status.area.code)))
    if figure.position is not None:
        lead.append(words.position_sentence(status.area.name, figure, measured.typical, _compared(measured)))
    return tuple(lead)


def _area_cards(measured: Measured, status: ReturnStatus) -> tuple[Card, ...]:
    code = status.area.code
    figure, nation = measured.figure(QUARTER, code), measured.figure(QUARTER, NATION)
    national_card = _rate_card(measured, nation)
    position = None
    if figure.position and _compared(measured) >= words.FEWEST_COMPARED:
        position = words.POSITIONS[figure.position]
    preposition = "to" if figure.position is Position.SIMILAR else "than"
    own = status.in_force
    detail = f"{words.many(own.rows_accepted, 'row', 'rows')}, version {own.version:02d}." if own else "0 rows count."
    return (
        Card("Your return", words.state_label(status), detail),
        _rate_card(measured, figure),
        Card(
            "All Areas, same months",
            national_card.value,
            f"You are {position[0].lower()} {preposition} the typical Area."
            if position
            else "There is nothing to compare.",
        ),
        _standards_card(measured, code, QUARTER),
    )


def _area_attention(measured: Measured, status: ReturnStatus) -> str:
    """The count for an Area's subject line: its own return first."""
    if not status.in_force:
        return words.state_label(status).lower()
    return words.attention(
        measured.facts.collection.words,
        standards=sum(_needs(figure) for figure in _counted_figures(measured, status.area.code, QUARTER)),
        areas=0,
        missing=0,
        judged=_judged(measured),
    )


def _beside(measured: Measured, status: ReturnStatus) -> Beside:
    figure, nation = measured.figure(QUARTER, status.area.code), measured.figure(QUARTER, NATION)
    months = measured.window(QUARTER)
    name = status.area.name
    compared = _compared(measured)
    heading = words.position_sentence(name, figure, measured.typical, compared).removesuffix(".")
    return Beside(
        heading=heading,
        title=f"{percent(figure.rate)} in {name}, {percent(nation.rate)} in all Areas"
        if figure.rate is not None and nation.rate is not None
        else heading,
        window=words.span(months[0], months[-1]) if months else measured.facts.period.title,
        figure=figure,
        nation=nation,
        typical=measured.typical,
        compared=compared,
        target=measured.facts.collection.headline_target,
        direction=measured.facts.collection.headline_direction,
        note=words.margin_note(measured.facts.collection.headline_margin),
        description=f"{heading}. All Areas together {percent(nation.rate)}." if nation.rate is not None else heading,
        incomplete=words.window_note(figure, len(months)) if figure.rate is not None else "",
        name=name,
    )


def _own_quality(measured: Measured, status: ReturnStatus) -> Quality:
    facts = measured.facts
    everyone = words.returns_heading(facts.returns).partition(";")[0]
    own = _quality(measured, (status,))
    return Quality(
        heading=f"{words.state_label(status)} for {facts.period.title}; {everyone}",
        returns=own.returns,
        notes=(),
        # Which Areas a restatement comes from is national detail; the Area's own new version is its own.
        restated=_restated_for(measured, status.area.code),
        legend=own.legend,
    )


def _restated_for(measured: Measured, code: str) -> str:
    facts = measured.facts
    before = facts.replaces
    if before is None:
        return ""
    why = "your new version" if code in before.areas else "other corrected returns"
    return f"Release {facts.number} replaces release {before.number} [r]; the reason is {why}."


def _deadlines(facts: ReleaseFacts, status: ReturnStatus) -> tuple[str, tuple[Period, str] | None]:
    """By when this return is due, and the next period that the Area owes with its deadline."""
    calendar = facts.collection.calendar
    coming = facts.period.plus(1)
    while coming in facts.collection.not_collected:
        coming = coming.plus(1)
    following = (coming, words.deadline(due(calendar, coming))) if status.area.owes(coming) else None
    return words.deadline(due(calendar, facts.period)), following


def submissions_of(facts: ReleaseFacts) -> tuple[Submission, ...]:
    """The submissions of the release's own period."""
    return tuple(submission for submission in facts.inputs if submission.period == facts.period)
