"""Between Areas: which differ from the typical Area by more than chance and by enough to matter.

Real Areas differ by more than chance, a few odd ones drag the national rate, and several checks of one case
are not independent. So Areas are measured against the median Area, on a scale on which every rate has the
same spread, with an allowance for how much the middle Areas differ.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from statistics import median

from assurance.measures import binomial
from assurance.model import Counts

FALSE_DISCOVERY_RATE = 0.05
"""The share of calls that may be due to chance."""

_MAD_TO_SD = 1.4826
"""Turns the median absolute deviation of normal values into a standard deviation."""


_AS_LIKELY = 1 + 1e-7
"""Two probabilities closer than this are taken as equal, as R does."""


class Position(StrEnum):
    """Where an Area stands beside the typical one."""

    LOWER = "lower"
    HIGHER = "higher"
    SIMILAR = "similar"


@dataclass(frozen=True)
class Comparison:
    """An Area beside the typical Area."""

    position: Position
    p: float
    """How often chance alone would put an Area at least so far away."""
    p_adjusted: float
    """The same after Benjamini and Hochberg's adjustment for comparing all Areas."""


def overdispersion(scores: Sequence[float]) -> float:
    """How many times more than chance do the Areas vary, judged by the middle ones? Never less than once.

    The squared median absolute deviation of their scores, in units of a standard deviation of normal values.
    """
    middle = median(scores)
    deviation = _MAD_TO_SD * median(abs(score - middle) for score in scores)
    return max(1.0, deviation**2)


def compare(
    areas: Mapping[str, Counts],
    margin: Decimal,
    cases: Mapping[str, int] | None = None,
    *,
    allowance: Callable[[Sequence[float]], float] = overdispersion,
) -> dict[str, Comparison]:
    """Which Areas are lower or higher than the typical one?

    An Area is called only if all hold: its adjusted p is at most 0.05, its rate is at least `margin` (a share;
    0.02 is two points) away from `typical_rate`, and the exact test says the same (`_exactly_apart`). Only
    Areas with something assessed take part; the others are absent from the answer and from the number of Areas
    that p is adjusted for.

    `cases` gives the number of cases per Area where the counts pool several checks of one case: checks of
    one case are not independent, so cases, not checks, measure how much is known (never more than the checks
    assessed). Without it each check counts as a case. `allowance` says from the scores how many times more than
    by chance Areas vary; another than `overdispersion` is for seeing what it does.

    When the middle Areas agree exactly there is nothing to allow for and chance alone decides. One Area is
    its own typical Area. Of two Areas neither is called: each is as typical as the other.
    """
    present = {area: counts for area, counts in areas.items() if counts.assessed}
    if not present:
        return {}
    scores = _scores(present, cases)
    spread = math.sqrt(allowance(scores))
    # erfc keeps the tail exact where 1 - cdf would lose it.
    p_values = [math.erfc(abs(score) / spread / math.sqrt(2)) for score in scores]
    typical = _typical(list(present.values()))
    found = {
        area: Comparison(_position(_share(counts) - typical, margin, adjusted), p, adjusted)
        for (area, counts), p, adjusted in zip(present.items(), p_values, benjamini_hochberg(p_values), strict=True)
    }
    if all(one.position is Position.SIMILAR for one in found.values()):
        return found
    apart = _exactly_apart(present, cases)
    return {area: one if area in apart else replace(one, position=Position.SIMILAR) for area, one in found.items()}


def typical_rate(areas: Mapping[str, Counts]) -> float | None:
    """What is the rate of the typical Area? None when no Area has anything assessed.

    The median Area's rate; between two middle Areas, the middle of them on the arcsine scale.
    """
    present = [counts for counts in areas.values() if counts.assessed]
    return float(_typical(present)) if present else None


def exact_p(met: int, assessed: int, rate: float) -> float:
    """How often would chance alone put so many checks at least so far from this rate?

    The exact two-sided binomial test as R's `binom.test` has it: the probability of every number that is no more likely
    than the one that was met, equal ones included. It stands beside the call and does not make it: Areas differ by more
    than chance, so with enough checks it is small for every one of them. Nothing assessed gives 1. ValueError when `met`
    is negative or more than `assessed`, or the rate not between 0 and 1.
    """
    if not 0 <= met <= assessed or not 0 <= rate <= 1:
        raise ValueError(f"met must lie between 0 and assessed, and a rate between 0 and 1: {met}, {assessed}, {rate}")
    if rate in (0.0, 1.0):
        return float(met == assessed * rate)
    expected = assessed * rate
    if met == expected:
        return 1.0
    # What is as likely as this, but for the last digits, counts with it.
    likely = binomial.probability(met, assessed, rate) * _AS_LIKELY
    if met < expected:
        other = range(math.ceil(expected), assessed + 1)
        first = bisect_left(other, True, key=lambda k: binomial.probability(k, assessed, rate) <= likely)
        return min(
            1.0,
            binomial.at_most(met, assessed, rate) + binomial.at_least(other.start + first, assessed, rate),
        )
    other = range(math.floor(expected) + 1)
    beyond = bisect_left(other, True, key=lambda k: binomial.probability(k, assessed, rate) > likely)
    return min(1.0, binomial.at_least(met, assessed, rate) + binomial.at_most(beyond - 1, assessed, rate))


def benjamini_hochberg(p_values: Sequence[float]) -> tuple[float, ...]:
    """What becomes of these p values when so many comparisons are made at once?

    Adjusted p in the order given, at most 1: R's `p.adjust(method = "BH")`, after Benjamini and Hochberg
    (J. R. Stat. Soc. B 57, 1995). ValueError for anything that is not between 0 and 1.
    """
    if not all(0 <= p <= 1 for p in p_values):
        raise ValueError("p values lie between 0 and 1")
    adjusted = [1.0] * len(p_values)
    least = 1.0
    # From the largest p down, so that a smaller p is never adjusted to more than a larger one.
    for rank, i in reversed(list(enumerate(sorted(range(len(p_values)), key=p_values.__getitem__), 1))):
        least = min(least, len(p_values) / rank * p_values[i])
        adjusted[i] = least
    return tuple(adjusted)


def _exactly_apart(areas: Mapping[str, Counts], cases: Mapping[str, int] | None) -> set[str]:
    """Which Areas lie further from the typical one than chance explains, by the exact test with the same adjustment?

    Near 0 and 100 % the arcsine scale is no scale of equal spread: where all Areas have 97 % of 120 checks it calls one
    in a month in five. The exact test knows no scale, and no usual difference between Areas; so both must say it. Half a
    check or so is added to both sides before the middle Area is found (Anscombe), for a typical Area at 100 % would make
    every miss impossible.
    """
    sizes = _sizes(areas, cases)
    met = [round(_share(counts) * n) for counts, n in zip(areas.values(), sizes, strict=True)]
    middle = median(_height(Fraction(8 * counts.met + 3, 8 * counts.assessed + 6)) for counts in areas.values())
    p_values = [exact_p(x, n, math.sin(middle) ** 2) for x, n in zip(met, sizes, strict=True)]
    adjusted = zip(areas, benjamini_hochberg(p_values), strict=True)
    return {area for area, p in adjusted if p <= FALSE_DISCOVERY_RATE}


def _sizes(areas: Mapping[str, Counts], cases: Mapping[str, int] | None) -> list[int]:
    """How much is known of each Area: its checks, or its cases where several checks are of one."""
    return [counts.assessed if cases is None else min(cases[area], counts.assessed) for area, counts in areas.items()]


def _scores(areas: Mapping[str, Counts], cases: Mapping[str, int] | None) -> list[float]:
    """How many standard deviations of chance each Area lies from the median Area, on the arcsine scale."""
    heights = [_height(_share(counts)) for counts in areas.values()]
    centre = median(heights)
    sizes = _sizes(areas, cases)
    return [2 * math.sqrt(n) * (height - centre) for n, height in zip(sizes, heights, strict=True)]


def _typical(areas: Sequence[Counts]) -> Fraction:
    shares = sorted(_share(counts) for counts in areas)
    below, above = shares[(len(shares) - 1) // 2], shares[len(shares) // 2]
    # A single middle Area, or two that agree, is kept exact, so that a distance of just the margin counts.
    if below == above:
        return below
    return Fraction(math.sin((_height(below) + _height(above)) / 2) ** 2)


def _position(distance: Fraction, margin: Decimal, p_adjusted: float) -> Position:
    if p_adjusted > FALSE_DISCOVERY_RATE or abs(distance) < Fraction(margin):
        return Position.SIMILAR
    return Position.HIGHER if distance > 0 else Position.LOWER


def _share(counts: Counts) -> Fraction:
    return Fraction(counts.met, counts.assessed)


def _height(share: Fraction) -> float:
    return math.asin(math.sqrt(share))
