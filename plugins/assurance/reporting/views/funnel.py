"""How far may Areas spread? The funnel of all Areas: a picture beside the calls, which it never makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from assurance.measures import words
from assurance.measures.comparison import FALSE_DISCOVERY_RATE, Position
from assurance.measures.figures import Figure
from assurance.measures.funnel import arcsine_limits, dispersion, exact_limits, is_outside
from assurance.measures.rates import percent
from assurance.model import NATION, Counts
from assurance.reporting.charts import Dot, Edge
from assurance.reporting.measured import QUARTER, Measured

_STEPS = 16
"""The limits are drawn through so many sizes."""

_BESIDE = Fraction(5, 4)
"""The funnel begins at the smallest Area's size divided by this, and ends at the largest one's times it."""


@dataclass(frozen=True)
class FunnelLine:
    """One Area of the funnel, with the limits for its size."""

    name: str
    figure: Figure
    size: int
    """Cases where several checks of one case are pooled, else checks."""
    rate: float
    chance: Edge
    usual: Edge | None
    """None where the Areas differ by no more than chance."""
    is_outside: bool
    """Beyond what chance alone explains."""

    @property
    def is_called(self) -> bool:
        return self.figure.position in (Position.LOWER, Position.HIGHER)

    @property
    def is_beyond(self) -> bool:
        """Outside every limit that is drawn."""
        wide = self.usual
        return self.is_outside and (wide is None or not wide.low <= self.rate <= wide.high)

    @property
    def dot(self) -> Dot:
        """A point; named where it is called, or outside every limit."""
        position = self.figure.position or Position.SIMILAR
        word = f", {words.POSITIONS[position][0].lower()}" if self.is_called else ""
        return Dot(
            self.size, self.rate, position.value, f"{self.name}{word}" if self.is_called or self.is_beyond else ""
        )


@dataclass(frozen=True)
class Funnel:
    """All Areas by their size and rate, between limits."""

    title: str
    """The finding."""
    sizes: str
    """What the sizes are."""
    description: str
    centre: float
    """The rate of all Areas."""
    lines: tuple[FunnelLine, ...]
    """By size, the smallest first."""
    chance: tuple[Edge, ...]
    usual: tuple[Edge, ...]
    """Empty where the Areas differ by no more than chance."""
    notes: tuple[str, ...]


def funnel(measured: Measured) -> Funnel | None:
    """The funnel of the nation; None with too few Areas to compare, or where nothing varies."""
    nation = measured.figure(QUARTER, NATION).rate
    if measured.compared < words.FEWEST_COMPARED or nation is None or nation in (0.0, 1.0):
        return None
    by_case = measured.facts.collection.grain == "case"
    sized = _sized(measured)
    spread = dispersion(sized)
    tau2 = spread.tau2 if spread else 0.0
    lines = _lines(measured, sized, nation, tau2)
    sizes = _sizes_between(lines[0].size, lines[-1].size)
    return Funnel(
        title=words.funnel_title(
            len(lines),
            sum(line.is_outside for line in lines),
            [line.name for line in lines if line.is_beyond],
            tau2 > 0,
        ),
        sizes=words.funnel_sizes(measured.facts.collection.words, by_case=by_case),
        description=_description(lines, nation),
        centre=nation,
        lines=lines,
        chance=tuple(_chance(nation, size) for size in sizes),
        usual=tuple(_usual(nation, size, tau2) for size in sizes) if tau2 else (),
        notes=tuple(_notes(measured, lines, nation, tau2)),
    )


def _sized(measured: Measured) -> dict[str, Counts]:
    """What each Area that is compared has met, out of as many as is known of it: cases where checks are pooled."""
    found = {}
    for status in measured.facts.returns:
        counts = measured.figure(QUARTER, status.area.code).counts
        if counts and counts.assessed:
            cases = measured.cases_behind(status.area.code, NATION)
            size = counts.assessed if cases is None else min(cases, counts.assessed)
            met = round(Fraction(counts.met, counts.assessed) * size)
            found[status.area.code] = Counts(met=met, not_met=size - met)
    return found


def _lines(measured: Measured, sized: Mapping[str, Counts], nation: float, tau2: float) -> tuple[FunnelLine, ...]:
    found = []
    for code, counts in sized.items():
        figure = measured.figure(QUARTER, code)
        size = counts.assessed
        found.append(
            FunnelLine(
                name=measured.status(code).area.name,
                figure=figure,
                size=size,
                rate=figure.rate or 0.0,
                chance=_chance(nation, size),
                usual=_usual(nation, size, tau2) if tau2 else None,
                is_outside=is_outside(counts.met, size, nation),
            )
        )
    return tuple(sorted(found, key=lambda line: (line.size, line.name)))


def _sizes_between(least: int, most: int) -> list[int]:
    """Sizes a little beyond the Areas' own, each so many times the one before."""
    first, last = max(1, int(least / _BESIDE)), int(most * _BESIDE) + 1
    return [round(first * (last / first) ** (step / (_STEPS - 1))) for step in range(_STEPS)]


def _chance(nation: float, size: int) -> Edge:
    limits = exact_limits(nation, size)
    return Edge(size, limits.low998, limits.high998)


def _usual(nation: float, size: int, tau2: float) -> Edge:
    limits = arcsine_limits(nation, size, tau2)
    return Edge(size, limits.low998, limits.high998)


def _description(lines: Sequence[FunnelLine], nation: float) -> str:
    told = ", ".join(
        f"{line.name} {percent(line.rate)} of {words.number(line.size)}{' outside' if line.is_outside else ''}"
        for line in lines
    )
    return f"All Areas {percent(nation)}. By size: {told}."


def _notes(measured: Measured, lines: Sequence[FunnelLine], nation: float, tau2: float) -> list[str]:
    margin = measured.facts.collection.headline_margin
    by_name = sorted(lines, key=lambda line: line.name)
    uncalled = [line for line in by_name if line.is_outside and not line.is_called]
    by_reason = {
        "usual": [line.name for line in uncalled if _is_usual(line.figure)],
        "near": [line.name for line in uncalled if not _is_usual(line.figure) and _is_near(measured, line)],
        "exact": [line.name for line in uncalled if not _is_usual(line.figure) and not _is_near(measured, line)],
    }
    said = (
        words.funnel_note(nation, wider=tau2 > 0),
        words.uncalled_note(by_reason, margin),
        words.called_within_note([line.name for line in by_name if line.is_called and not line.is_beyond]),
    )
    return [note for note in said if note]


def _is_usual(figure: Figure) -> bool:
    """Does the usual difference between Areas, or comparing so many, explain where the Area is?"""
    return figure.p_adjusted is not None and figure.p_adjusted > FALSE_DISCOVERY_RATE


def _is_near(measured: Measured, line: FunnelLine) -> bool:
    return abs(line.rate - (measured.typical or 0.0)) < measured.facts.collection.headline_margin
