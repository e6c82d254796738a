"""What does the page for partners say? Read from the shareable table and from nothing else that has a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assurance.measures import words
from assurance.measures.comparison import Position
from assurance.measures.disclosure import Cell
from assurance.measures.rates import percent
from assurance.model import NATION, Period
from assurance.reporting.facts import ReleaseFacts
from assurance.reporting.measured import QUARTER, Measured
from assurance.reporting.shareable import BETTER, HIDDEN, Shareable, SharedFigure
from assurance.reporting.views.areas import rest
from assurance.reporting.views.page import standing
from assurance.reporting.views.revisions import shared_sentence


@dataclass(frozen=True)
class SharedLine:
    """One line of a table: what it is about, and its figures."""

    name: str
    figures: tuple[SharedFigure, ...]


@dataclass(frozen=True)
class SharedGroup:
    """The standards of one owner."""

    name: str
    total: SharedFigure | None
    """None where there is only one owner: its figure is that of all standards."""
    lines: tuple[SharedLine, ...]


@dataclass(frozen=True)
class SharedSummary:
    lead: str
    hidden: str
    """How much is hidden, and why."""


@dataclass(frozen=True)
class SharedStandards:
    heading: str
    groups: tuple[SharedGroup, ...]
    total: SharedFigure
    legend: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class SharedAreas:
    heading: str
    owners: tuple[str, ...]
    """The columns beside that of all standards."""
    lines: tuple[SharedLine, ...]
    total: SharedLine
    rest: str
    """Whose earlier months the total holds, though their own line has no figure."""
    legend: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Practice:
    """What is done well for one standard, and where it can be seen."""

    title: str
    text: str
    position: Position
    """The better side of the typical Area."""
    areas: tuple[str, ...]
    """The names of the Areas on it, as far as they may be named, in the order of the register."""


@dataclass(frozen=True)
class GoodPractice:
    heading: str
    lines: tuple[Practice, ...]
    note: str
    """When an Area is named."""
    register: str
    """What every reader must know of the register."""


@dataclass(frozen=True)
class SharedPage:
    """The shareable edition. Where everything is withheld there are no tables."""

    facts: ReleaseFacts
    window: str
    summary: SharedSummary
    standards: SharedStandards | None
    areas: SharedAreas | None
    good_practice: GoodPractice | None
    """None where the register says nothing of it, and nobody is named."""
    standing: str
    """Whether the figures may still move, and have been revised."""
    provisional: str
    revised: str
    """Which release this one replaces, and for which kind of reason; empty in the first of a month."""

    place = "Shareable edition"

    @property
    def nouns(self) -> words.Nouns:
        return self.facts.collection.words

    @property
    def period(self) -> Period:
        return self.facts.period

    @property
    def marking(self) -> str:
        return self.facts.collection.shareable_marking or self.facts.collection.marking

    @property
    def findings(self) -> tuple[str, ...]:
        """What its sections found, in their order."""
        parts = (self.standards, self.areas, self.good_practice)
        return tuple(part.heading for part in parts if part is not None)

    @property
    def told(self) -> tuple[str, ...]:
        """What a subject line tells: the rate and how many Areas are named, as far as they are shared."""
        rate = self.standards.total.rate if self.standards else None
        named = {area for line in self.good_practice.lines for area in line.areas} if self.good_practice else set()
        return words.shared_subject(rate, len(named))

    @property
    def title(self) -> str:
        return f"{self.facts.collection.title}, {self.period.title}"


def shared_page(measured: Measured, shared: Shareable) -> SharedPage:
    """The page of what a release shares."""
    return SharedPage(
        facts=measured.facts,
        window=measured.span(QUARTER),
        summary=SharedSummary(
            _lead(measured, shared), words.hidden_share(shared.hidden, shared.with_figures, shared.withheld)
        ),
        standards=None if shared.withheld else _standards(measured, shared),
        areas=None if shared.withheld else _areas(measured, shared),
        good_practice=_good_practice(measured, shared),
        **standing(measured),
        revised=shared_sentence(measured),
    )


def _lead(measured: Measured, shared: Shareable) -> str:
    when, nouns = measured.during(QUARTER), measured.facts.collection.words
    headline = shared.figures.get(Cell(NATION))
    if headline is None:
        return f"No figures {when} are shared in this release."
    if headline.mark == HIDDEN:
        return f"The national figure {when} is hidden [c]."
    if headline.rate is None:
        return f"There is no national figure {when} to share: {words.SHARED_MARKS[headline.mark]}."
    return f"{percent(headline.rate)} of {nouns.checks} {nouns.met} {when}."


def _standards(measured: Measured, shared: Shareable) -> SharedStandards:
    nouns = measured.facts.collection.words
    groups = tuple(
        SharedGroup(
            name=owner,
            total=shared.figures.get(Cell(NATION, owner)),
            lines=tuple(
                SharedLine(standard.title, (shared.figures[Cell(NATION, owner, standard.code)],))
                for standard in measured.counted
                if standard.owner == owner
            ),
        )
        for owner in shared.owners
    )
    lines = [line for group in groups for line in group.lines]
    figures = [figure for line in lines for figure in line.figures]
    figures += [group.total for group in groups if group.total] + [shared.figures[Cell(NATION)]]
    return SharedStandards(
        heading=_between(lines, nouns.standards),
        groups=groups,
        total=shared.figures[Cell(NATION)],
        legend=words.shared_marks_used(_marks(figures)),
    )


def _areas(measured: Measured, shared: Shareable) -> SharedAreas:
    owners = tuple(owner for owner in shared.owners if Cell(NATION, owner) in shared.figures)

    def line(area: str, name: str) -> SharedLine:
        return SharedLine(name, tuple(shared.figures[Cell(area, owner)] for owner in (NATION, *owners)))

    lines = tuple(line(status.area.code, status.area.name) for status in measured.facts.returns)
    total = line(NATION, "All Areas")
    return SharedAreas(
        heading=_between(lines, "Areas"),
        owners=owners,
        lines=lines,
        total=total,
        rest=rest(measured),
        legend=words.shared_marks_used(_marks([figure for each in (*lines, total) for figure in each.figures])),
    )


def _good_practice(measured: Measured, shared: Shareable) -> GoodPractice | None:
    collection, named = measured.facts.collection, shared.named
    lines = [
        Practice(
            title=standard.title,
            text=standard.good_practice,
            position=BETTER.get(standard.direction, Position.SIMILAR),
            areas=tuple(collection.name_of(cell.area) for cell in named if cell.standard == standard.code),
        )
        for standard in measured.counted
    ]
    told = tuple(line for line in lines if line.text or line.areas)
    if not told:
        return None
    return GoodPractice(
        heading=words.practice_heading(
            collection.words, len({cell.area for cell in named}), len({cell.standard for cell in named}), len(lines)
        ),
        lines=told,
        note=words.NAMED_NOTE,
        register=collection.note,
    )


def _marks(figures: Sequence[SharedFigure]) -> set[str]:
    return {mark for figure in figures for mark in (figure.mark, *figure.notes)}


def _between(lines: Sequence[SharedLine], several: str) -> str:
    """Between which rates do they lie? No call is made: what is more than chance stands under good practice."""
    rated = [(line.figures[0].rate, line.name) for line in lines if line.figures[0].rate is not None]
    if not rated:
        return f"No rate of the {several} can be shown"
    (low, least), (high, most) = min(rated), max(rated)
    shown = several if len(rated) == len(lines) else f"{several} that can be shown"
    if low == high:
        return f"The {shown} lie at {percent(low)}"
    return f"The {shown} lie between {percent(low)} ({least}) and {percent(high)} ({most})"
