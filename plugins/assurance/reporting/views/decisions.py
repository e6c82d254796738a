"""What needs a decision, and what has improved? The list on top of a page and of its mail, and the count in its subject.

Subject and list are made from the same finds, so they cannot say different things.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import takewhile

from assurance.measures import words
from assurance.measures.comparison import Position
from assurance.measures.figures import Figure
from assurance.measures.rates import Verdict, verdict
from assurance.measures.variation import ChartPoint, Variation
from assurance.model import NATION, Counts, Direction, ReturnState, ReturnStatus
from assurance.reporting.measured import MONTH, QUARTER, Measured

MOST_ITEMS = 5
"""So many are named; more are counted."""


@dataclass(frozen=True)
class Item:
    """One thing that needs a decision, or has improved."""

    title: str
    """Whose it is: a standard behind its owner, an Area, or all standards together."""
    text: str
    short: int = 0
    """How many checks it falls short of its target or of the typical Area; 0 where there is no shortfall."""

    def __str__(self) -> str:
        return f"{self.title}: {self.text}"


@dataclass(frozen=True)
class Decisions:
    """What needs a decision (or, where neither way is better, stands out), and what has improved."""

    heading: str
    items: tuple[Item, ...]
    """Those furthest behind first, counted in checks; then those that only got worse, standards before Areas."""
    more: int
    """How many more there are than are named."""
    order: str
    """In which order they stand; empty where there is none to explain."""
    nothing: str
    """What is said in place of a list."""
    absent: str
    """Whose return does not count, and what to do; empty where all do."""
    improved: tuple[Item, ...]
    more_improved: int
    no_better: str
    """What is said in place of what has improved."""
    ahead: str
    """Which Areas are called on the good side, by name and not by rate; empty where none is."""
    judged: bool
    """Whether the collection says which way is better."""


def national_decisions(measured: Measured) -> Decisions:
    """Of the nation: its standards in the month, and the Areas over three months or by their own chart."""
    of_areas = [_area_item(measured, status, status.area.name) for status in _areas_in_need(measured)]
    found = _ranked([*_standard_items(measured, NATION, MONTH), *of_areas])
    months = measured.during(QUARTER) if any(item.short for item in of_areas) else ""
    return _decisions(measured, NATION, MONTH, found, months, words.absent_sentence(measured.facts.returns))


def area_decisions(measured: Measured, status: ReturnStatus) -> Decisions:
    """Of one Area, over three months."""
    code, together = status.area.code, words.together_title(measured.facts.collection.words)
    own = [_area_item(measured, status, together)] if _is_behind(measured, status) else []
    found = _ranked([*_standard_items(measured, code, QUARTER), *own])
    return _decisions(measured, code, QUARTER, found, "", "")


def national_attention(measured: Measured) -> str:
    """The count for the subject line of the nation's mail."""
    absent = [status for status in measured.facts.returns if not status.in_force]
    rejected, left_out = (
        sum(status.state is state for status in absent) for state in (ReturnState.REJECTED, ReturnState.LEFT_OUT)
    )
    counted = words.attention(
        measured.facts.collection.words,
        standards=len(_standards_in_need(measured, NATION, MONTH)),
        areas=len(_areas_in_need(measured)),
        missing=len(absent) - rejected - left_out,
        rejected=rejected,
        judged=measured.judged,
        left_out=left_out,
    )
    figure = measured.figure(MONTH, NATION)
    if figure.rate is None and counted == words.nothing_counted(measured.judged):
        return words.nothing_known(figure)
    return _behind(words.headline_attention(figure, called=False), counted, measured.judged)


def area_attention(measured: Measured, status: ReturnStatus) -> str:
    """The count for an Area's subject line: its own return first."""
    if not status.in_force:
        return words.state_label(status).lower()
    figure = measured.figure(QUARTER, status.area.code)
    if figure.rate is None:
        return words.nothing_known(figure)
    count = len(_standards_in_need(measured, status.area.code, QUARTER))
    counted = words.attention(measured.facts.collection.words, count, 0, 0, 0, measured.judged)
    said = _behind(words.headline_attention(figure, called=_is_called(measured, figure)), counted, measured.judged)
    return f"{words.state_label(status).lower()}; {said}" if status.state is ReturnState.NIL else said


def _behind(headline: str, counted: str, judged: bool) -> str:
    """The count behind what is said of all standards together; a count of nothing is left out there."""
    said = (headline, "" if headline and counted == words.nothing_counted(judged) else counted)
    return "; ".join(each for each in said if each)


def _decisions(
    measured: Measured, area: str, window: str, found: Sequence[Item], months: str, absent: str
) -> Decisions:
    nouns, judged, areas_too = measured.facts.collection.words, measured.judged, area == NATION
    figures = [*measured.counted_figures(area, window), *(_area_months(measured) if areas_too else ())]
    improved = [_moved_item(measured, figure) for figure in figures if figure.variation is Variation.IMPROVING]
    heading = words.decisions_heading(judged)
    order = words.order_note(nouns, judged, measured.during(window, area), months)
    return Decisions(
        heading=heading if areas_too else f"{heading}, {measured.span(window, area)}",
        items=tuple(found[:MOST_ITEMS]),
        more=len(found[MOST_ITEMS:]),
        order=order if sum(item.short > 0 for item in found) > 1 else "",
        nothing=words.nothing_to_decide(nouns, judged, any_known=_any_known(measured, area), areas_too=areas_too),
        absent=absent,
        improved=tuple(improved[:MOST_ITEMS]),
        more_improved=len(improved[MOST_ITEMS:]),
        no_better=words.no_better(nouns, figures, areas_too=areas_too),
        ahead=_ahead(measured) if areas_too and judged else "",
        judged=judged,
    )


def _any_known(measured: Measured, area: str) -> bool:
    """Is there anything to judge: of the month for the nation, of three months for an Area?"""
    return measured.figure(MONTH if area == NATION else QUARTER, area).rate is not None


def _moved_item(measured: Measured, figure: Figure) -> Item:
    """Of a standard, or of an Area: those are all its standards together."""
    if figure.standard != NATION:
        return _standard_item(measured, figure)
    return _moved_area(measured, figure, measured.facts.collection.name_of(figure.area))


def _ranked(items: Iterable[Item]) -> list[Item]:
    return sorted(items, key=lambda item: -item.short)


# Standards


def _standards_in_need(measured: Measured, area: str, window: str) -> list[Figure]:
    return [figure for figure in measured.counted_figures(area, window) if words.is_wanting(figure)]


def _standard_items(measured: Measured, area: str, window: str) -> Iterator[Item]:
    for figure in _standards_in_need(measured, area, window):
        short = _short_of_target(measured, figure) if figure.verdict is Verdict.NOT_MET else 0
        yield _standard_item(measured, figure, short)


def _standard_item(measured: Measured, figure: Figure, short: int = 0) -> Item:
    text = words.standard_sentence(
        measured.facts.collection.words,
        figure,
        measured.charts[figure.area, figure.standard],
        target=measured.targets[figure.standard],
        shortfall=short,
        since=_not_met_since(measured, figure) if short else "",
    )
    return Item(_title(measured, figure), text, short)


def _title(measured: Measured, figure: Figure) -> str:
    """The standard behind its owner, where the register has several."""
    several = len({standard.owner for standard in measured.counted}) > 1
    return words.standard_title(figure, measured.standards[figure.standard].owner if several else "")


def _short_of_target(measured: Measured, figure: Figure) -> int:
    """How many more checks would have had to be met?"""
    target = measured.targets[figure.standard]
    assert target is not None  # there is no verdict without a target
    assert figure.counts is not None
    return math.ceil(Fraction(target) * figure.counts.assessed) - figure.counts.met


def _not_met_since(measured: Measured, figure: Figure) -> str:
    """Since which month has the target not been met, month by month? Empty of several months together, or of one only."""
    if figure.window != MONTH:
        return ""
    known = words.charted(measured.charts[figure.area, figure.standard])
    months = [point.period for point in takewhile(lambda point: _missed(measured, figure, point), reversed(known))]
    return words.not_met_since(months[-1], len(months), len(known)) if len(months) > 1 else ""


def _missed(measured: Measured, figure: Figure, month: ChartPoint) -> bool:
    """Was the target of now in force in that month, and not met?"""
    target = measured.targets[figure.standard]
    versions = measured.facts.collection.versions[figure.standard]
    then = [version.target for version in versions if version.valid_from <= month.period.last_day]
    counts = Counts(met=month.met, not_met=month.assessed - month.met)
    return then[-1:] == [target] and verdict(counts, target) is Verdict.NOT_MET


# Areas


def _by_name(measured: Measured) -> list[ReturnStatus]:
    return sorted(measured.facts.returns, key=lambda status: status.area.name)


def _area_months(measured: Measured) -> list[Figure]:
    """The month of each Area, which is what its chart judges."""
    return [measured.figure(MONTH, status.area.code) for status in _by_name(measured)]


def _areas_in_need(measured: Measured) -> list[ReturnStatus]:
    """The Areas that are behind, and those that are not and only got worse by their own chart."""
    return [status for status in _by_name(measured) if _is_behind(measured, status) or _got_worse(measured, status)]


def _got_worse(measured: Measured, status: ReturnStatus) -> bool:
    return words.is_adverse(measured.figure(MONTH, status.area.code).variation)


def _is_behind(measured: Measured, status: ReturnStatus) -> bool:
    """Over three months: is the Area called, or the target not met?"""
    figure = measured.figure(QUARTER, status.area.code)
    return _is_called(measured, figure) or figure.verdict is Verdict.NOT_MET


def _is_called(measured: Measured, figure: Figure) -> bool:
    """Is the Area called on the side that needs a decision? Both sides where neither is better."""
    direction = measured.facts.collection.headline_direction
    return figure.position in _sides(direction)


def _sides(direction: Direction) -> tuple[Position, ...]:
    return {
        Direction.UP: (Position.LOWER,),
        Direction.DOWN: (Position.HIGHER,),
        Direction.NEUTRAL: (Position.LOWER, Position.HIGHER),
    }[direction]


def _area_item(measured: Measured, status: ReturnStatus, title: str) -> Item:
    """Against the typical Area where it is called, else against the target of all standards together, else by its chart."""
    code, nouns = status.area.code, measured.facts.collection.words
    figure, during = measured.figure(QUARTER, code), measured.during(QUARTER, code)
    if not _is_behind(measured, status):
        return _moved_area(measured, measured.figure(MONTH, code), title)
    if not _is_called(measured, figure) or measured.typical is None:
        short = _short_of_target(measured, figure)
        return Item(title, words.missed_sentence(nouns, figure, measured.targets[NATION], short, during), short)
    apart = _apart(figure, measured.typical)
    furthest = _furthest(measured, figure)
    return Item(title, words.called_sentence(nouns, figure, measured.typical, apart, during, furthest), apart)


def _moved_area(measured: Measured, month: Figure, title: str) -> Item:
    return Item(
        title, words.moved_sentence(measured.facts.collection.words, month, measured.charts[month.area, NATION])
    )


def _apart(figure: Figure, typical: float) -> int:
    """How many checks lie between an Area and the typical Area's rate?"""
    assert figure.counts is not None  # a figure without counts is not compared
    return math.ceil(abs(typical * figure.counts.assessed - figure.counts.met))


def _furthest(measured: Measured, figure: Figure) -> words.Furthest | None:
    """In which standard is an Area furthest out, on its own side, of those in which it is called; None in none."""
    found = [
        (_apart(own, typical), own, typical)
        for own in measured.counted_figures(figure.area, QUARTER)
        if own.position is figure.position and (typical := measured.typical_of(own.standard)) is not None
    ]
    if not found:
        return None
    _, own, typical = max(found, key=lambda each: each[0])
    assert own.rate is not None  # it is compared
    return words.Furthest(_title(measured, own), own.rate, typical)


def _ahead(measured: Measured) -> str:
    direction = measured.facts.collection.headline_direction
    good = {Direction.UP: Position.HIGHER, Direction.DOWN: Position.LOWER}.get(direction)
    names = sorted(
        status.area.name
        for status in measured.facts.returns
        if good and measured.figure(QUARTER, status.area.code).position is good
    )
    return words.positions_sentence(names, measured.compared, good) if names and good else ""
