"""Which standards need a look, and whose are they? The small charts of section 3, and its bars by owner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assurance.measures import words
from assurance.measures.figures import Figure
from assurance.measures.rates import Verdict
from assurance.measures.variation import Variation
from assurance.model import Period
from assurance.reporting.charts import Part, Whole
from assurance.reporting.views.standards import StandardLine, Standards

MOST_DRAWN = 9
"""The page draws no more standards than this."""

_MOVED = (Variation.WORSENING, Variation.IMPROVING, Variation.HIGH, Variation.LOW)
"""In the order in which they are drawn."""

_PARTS = (
    (Verdict.NOT_MET, "not met"),
    (Verdict.TOO_CLOSE, "too close"),
    (Verdict.TOO_FEW, "too few"),
    (Verdict.MET, "met"),
)
"""The parts of a bar from left to right."""


@dataclass(frozen=True)
class Multiple:
    """The months of one standard."""

    line: StandardLine
    title: str
    """The finding."""
    description: str


@dataclass(frozen=True)
class Multiples:
    """The standards that are not met or have moved, month by month."""

    title: str
    note: str
    """How many more there are than are drawn; empty where none is."""
    drawn: tuple[Multiple, ...]
    """The furthest below its target first, then those that have moved."""
    months: tuple[tuple[Period, tuple[str, ...]], ...]
    """The rates of each month in per cent, the latest first, as they are printed."""


@dataclass(frozen=True)
class Owners:
    """How the standards of each owner stand, as bars."""

    title: str
    description: str
    bars: tuple[Whole, ...]


def multiples(standards: Standards, nouns: words.Nouns) -> Multiples | None:
    """The small charts; None where no standard stands out."""
    counted = _counted(standards)
    found = sorted((line for line in counted if _stands_out(line.figure)), key=_weight)
    if not found:
        return None
    drawn = found[:MOST_DRAWN]
    return Multiples(
        title=words.multiples_title(nouns, len(found), len(counted), judged=standards.has_targets),
        note=words.multiples_note(len(drawn), len(found)),
        drawn=tuple(_multiple(line, standards.first) for line in drawn),
        months=tuple(
            (month, tuple(_printed(line, month) for line in drawn))
            for month in reversed(list(standards.first.until(standards.period)))
        ),
    )


def owners(standards: Standards, nouns: words.Nouns) -> Owners | None:
    """The bars; None where there are no targets, or one owner alone."""
    lines = [line for line in _counted(standards) if line.standard.target is not None]
    names = list(dict.fromkeys(line.standard.owner for line in lines))
    if len(names) < 2 or not any(line.figure.rate is not None for line in lines):
        return None
    by_owner = {name: [line.figure for line in lines if line.standard.owner == name] for name in names}
    bars = tuple(_bar(name, figures, nouns) for name, figures in by_owner.items())
    return Owners(
        title=words.owners_title(
            {name: (sum(f.verdict is Verdict.NOT_MET for f in own), len(own)) for name, own in by_owner.items()}
        ),
        description=" ".join(
            f"{bar.name}: {', '.join(f'{part.count} {part.word}' for part in bar.parts if part.count)}." for bar in bars
        ),
        bars=bars,
    )


def _counted(standards: Standards) -> list[StandardLine]:
    return [line for owner in standards.owners for line in owner.lines if line.standard.counted]


def _stands_out(figure: Figure) -> bool:
    return figure.verdict is Verdict.NOT_MET or figure.variation in _MOVED


def _weight(line: StandardLine) -> tuple[int, float]:
    """Not met first, by how far it is below its target; then what has moved."""
    figure, target = line.figure, line.standard.target
    if figure.verdict is Verdict.NOT_MET and target is not None:
        return 0, (figure.rate or 0.0) - float(target)
    return 1 + _MOVED.index(figure.variation), 0.0


def _multiple(line: StandardLine, first: Period) -> Multiple:
    return Multiple(
        line=line,
        title=words.multiple_title(line.figure),
        description=words.multiple_description(line.chart, line.standard.target, first),
    )


def _printed(line: StandardLine, month: Period) -> str:
    point = next((point for point in line.chart.points if point.period == month), None)
    if point is None:
        return "[x]"
    return "[z]" if point.rate is None else words.per_cent(point.rate)


def _bar(name: str, figures: Sequence[Figure], nouns: words.Nouns) -> Whole:
    parts = [Part(v.value, word, sum(figure.verdict is v for figure in figures)) for v, word in _PARTS]
    rest = len(figures) - sum(part.count for part in parts)
    said = words.many(len(figures), nouns.standard, nouns.standards)
    return Whole(f"{words.capital(name)}, {said}", (*parts, Part(Verdict.NO_RETURN.value, "no figure", rest)))
