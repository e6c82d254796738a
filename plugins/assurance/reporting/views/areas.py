"""Which Areas differ from the typical one by more than chance? All Areas for the nation, one Area for itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from assurance.measures import words
from assurance.measures.comparison import Position
from assurance.measures.figures import WINDOWS, Figure
from assurance.measures.rates import Interval, percent, rate, wilson
from assurance.measures.variation import FEWEST_FOR_FIRM_LIMITS, ControlChart
from assurance.model import NATION, Area, Counts, Direction, Period, ReturnState, ReturnStatus
from assurance.reporting.charts import Span
from assurance.reporting.measured import MONTH, QUARTER, Measured

Reference: TypeAlias = tuple[str, float, str]
"""A line of an interval plot: label, share and style."""


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
class Part:
    """One side of a succession: all standards of some Areas together."""

    name: str
    window: str
    counts: Counts | None
    """None where one of the Areas has no figure."""

    @property
    def rate(self) -> float | None:
        return rate(self.counts) if self.counts else None

    @property
    def mark(self) -> str | None:
        """The mark in place of a rate."""
        return "[x]" if self.counts is None else "[z]" if self.rate is None else None

    @property
    def span(self) -> Interval | None:
        return wilson(self.counts.met, self.counts.assessed) if self.counts else None


@dataclass(frozen=True)
class Succession:
    """An Area that has ended, beside the Areas that came after it."""

    sentence: str
    former: Part
    successors: Part

    @property
    def parts(self) -> tuple[Part, Part]:
        return self.former, self.successors


@dataclass(frozen=True)
class Areas:
    """Every Area beside the others."""

    heading: str
    title: str
    """The finding of the plot."""
    window: str
    lines: tuple[AreaLine, ...]
    """By name."""
    first: Period
    """The small charts begin here."""
    ranked: tuple[AreaLine, ...]
    """By rate, the highest first; those without a figure last."""
    nation: Figure
    typical: float | None
    direction: Direction
    target: Decimal | None
    note: str
    """When an Area is called."""
    rest: str
    """Whose earlier months the sum holds, though their own line has no figure."""
    description: str
    findings: tuple[str, ...]
    legend: tuple[tuple[str, str], ...]
    successions: tuple[Succession, ...]
    """Areas that have ended, beside those that came after them."""

    @property
    def compared(self) -> tuple[AreaLine, ...]:
        """The Areas that have a figure beside the others."""
        return tuple(line for line in self.lines if line.figure.position is not None)

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
    successions: tuple[Succession, ...]
    """The Area that was there before this one, if it began of late."""

    @property
    def spans(self) -> tuple[Span, ...]:
        """The lines of the interval plot: the Area and the nation."""
        return (_span(self.name, self.figure), Span("All Areas", self.nation.rate, self.nation.low, self.nation.high))

    @property
    def references(self) -> tuple[Reference, ...]:
        """The vertical lines of the interval plot."""
        return _references(self.typical, None, self.target)


def areas(measured: Measured) -> Areas:
    """Every Area that owes a return, over three months."""
    facts = measured.facts
    lines = tuple(_line(measured, status) for status in sorted(facts.returns, key=lambda status: status.area.name))
    ranked = tuple(sorted(lines, key=lambda line: (line.figure.rate is None, -(line.figure.rate or 0), line.name)))
    compared = [line for line in ranked if line.figure.position is not None]
    findings = tuple(
        words.positions_sentence([line.name for line in called], len(compared), position)
        for position in (Position.LOWER, Position.HIGHER)
        if (called := [line for line in compared if line.figure.position is position])
    )
    return Areas(
        heading=words.areas_heading([line.figure for line in lines]),
        title=words.areas_title([(line.name, line.figure.rate) for line in lines if line.figure.rate is not None]),
        window=measured.span(QUARTER),
        lines=lines,
        first=measured.first_of(NATION),
        ranked=ranked,
        nation=measured.figure(QUARTER, NATION),
        typical=measured.typical,
        direction=facts.collection.headline_direction,
        target=facts.collection.headline_target,
        note=words.margin_note(facts.collection.headline_margin, by_case=facts.collection.grain == "case"),
        rest=rest(measured),
        description=_description(ranked, measured.typical),
        findings=findings,
        legend=words.marks_used(
            [*measured.standing_marks, *(mark for line in lines for mark in (line.mark, line.month_mark))]
        ),
        successions=successions(measured, NATION),
    )


def rest(measured: Measured) -> str:
    """Whose months does the sum of all Areas hold, though their own line has no figure?"""
    without = [
        status.area for status in measured.facts.returns if measured.figure(QUARTER, status.area.code).counts is None
    ]
    months = measured.window(QUARTER)[:-1]
    held = [area.name for area in without if measured.together({area.code}, months).assessed]
    return words.also_held(held, measured.facts.period.title)


def beside(measured: Measured, status: ReturnStatus) -> Beside:
    """One Area against the typical one."""
    code, name = status.area.code, status.area.name
    figure, nation = measured.figure(QUARTER, code), measured.figure(QUARTER, NATION)
    heading = words.position_sentence(name, figure, measured.typical, measured.compared).removesuffix(".")
    return Beside(
        heading=heading,
        title=f"{percent(figure.rate)} in {name}, {percent(nation.rate)} in all Areas"
        if figure.rate is not None and nation.rate is not None
        else heading,
        window=measured.span(QUARTER),
        figure=figure,
        nation=nation,
        typical=measured.typical,
        compared=measured.compared,
        target=measured.facts.collection.headline_target,
        direction=measured.facts.collection.headline_direction,
        note=words.margin_note(
            measured.facts.collection.headline_margin, by_case=measured.facts.collection.grain == "case"
        ),
        description=f"{heading}. All Areas together {percent(nation.rate)}." if nation.rate is not None else heading,
        incomplete=measured.window_note(QUARTER, code),
        name=name,
        successions=successions(measured, code),
    )


def successions(measured: Measured, area: str) -> tuple[Succession, ...]:
    """The Areas that have ended of late, beside those that came after; for an Area's own page, its own alone.

    Only while the charts of those that came after have no firm limits: from then on they speak for themselves.
    """
    facts = measured.facts
    came = [status.area for status in facts.returns if status.area.succeeds]
    before = dict.fromkeys(successor.succeeds for successor in came if successor.succeeds)
    found = (_succession(measured, code, [one for one in came if one.succeeds == code]) for code in before)
    of_area = {one.code: one.succeeds for one in came}
    wanted = [code for code in before if area in (NATION, *(a for a, former in of_area.items() if former == code))]
    return tuple(made for code, made in zip(before, found, strict=True) if made and code in wanted)


def _succession(measured: Measured, code: str, came: Sequence[Area]) -> Succession | None:
    facts = measured.facts
    former, first = facts.collection.area(code), min(area.first_period for area in came)
    since = [month for month in measured.window(QUARTER) if month >= first]
    if facts.period >= first.plus(FEWEST_FOR_FIRM_LIMITS):
        return None
    last = [first.plus(-back) for back in range(WINDOWS[QUARTER], 0, -1)]
    last = [m for m in last if former.owes(m) and m >= measured.begun and m not in facts.collection.not_collected]
    if not last:
        return None
    complete = all(measured.figure(QUARTER, area.code).counts is not None for area in came)
    return Succession(
        words.succession_sentence(former.name, [area.name for area in came], first),
        Part(words.former(former.name), words.span(last[0], last[-1]), measured.together({code}, last)),
        Part(
            words.together([area.name for area in came]),
            words.span(since[0], since[-1]),
            measured.together({area.code for area in came}, since) if complete else None,
        ),
    )


def _line(measured: Measured, status: ReturnStatus) -> AreaLine:
    code = status.area.code
    figure = measured.figure(QUARTER, code)
    return AreaLine(
        status=status,
        figure=figure,
        month=measured.figure(MONTH, code),
        chart=measured.charts[code, NATION],
        incomplete=measured.window_note(QUARTER, code),
    )


def _description(ranked: Sequence[AreaLine], typical: float | None) -> str:
    told = [
        f"{line.name} {percent(line.figure.rate)}" if line.figure.rate is not None else f"{line.name} {line.mark}"
        for line in ranked
    ]
    start = f"Typical Area {percent(typical)}. " if typical is not None else ""
    return f"{start}{', '.join(told)}."


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
