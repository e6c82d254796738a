"""Can a published figure be true, and does it agree with ours? Percentages that come from outside, with or without a count.

Pure functions. A percentage without the number it is of says little: what can be said then is told, and no more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from assurance.measures.rates import Interval, attainable, attained, printed_from, wilson
from assurance.model import Counts

SIGNIFICANT = 0.05


class Standing(StrEnum):
    """How a published percentage stands beside our own figure of the same months."""

    IMPOSSIBLE = "impossible"
    """No number of checks met out of those named gives it."""
    NO_FIGURE = "no_figure"
    """We have none of those months, or do not know which they are."""
    WITHIN = "within"
    """Of how many it is, is not known; it lies within the interval of ours."""
    ABOVE = "above"
    """Of how many it is, is not known; it lies above the interval of ours."""
    BELOW = "below"
    CHANCE = "chance"
    """Of how many it is, is known; chance explains how far both are apart."""
    HIGHER = "higher"
    """It is higher than ours by more than chance."""
    LOWER = "lower"


@dataclass(frozen=True)
class Held:
    """A published percentage held against our own figure."""

    standing: Standing
    least: int
    """The least number of checks from which the percentage can come."""
    own: Counts | None
    interval: Interval | None
    """The 95 % interval of our rate."""
    p: float | None = None
    """How often chance alone would set both so far apart; None where of how many it is, is not known."""


def held(percentage: str, checks: int | None, own: Counts | None) -> Held:
    """How does a published percentage stand beside our own counts of the same months?

    A percentage is a rounded one, so it stands for every share that prints so. Without the number of checks these are
    only looked up in the Wilson interval of ours, which leaves the chance in the published figure out. With it the number
    met that prints so and comes nearest to ours is compared by the score test (two-sided, pooled; R's
    `prop.test(correct = FALSE)`): what even that one differs by is no matter of rounding. ValueError for what is no
    percentage.
    """
    least = least_checks(percentage)
    known = own if own and own.assessed else None
    interval = wilson(known.met, known.assessed) if known else None
    if checks is not None and not attainable(percentage, checks):
        return Held(Standing.IMPOSSIBLE, least, known, interval)
    if known is None or interval is None:
        return Held(Standing.NO_FIGURE, least, None, None)
    if checks is None:
        return Held(_within(printed_from(percentage), interval), least, known, interval)
    ours = Fraction(known.met, known.assessed)
    met = nearest(ours, attained(percentage, checks), checks)
    p = score(met, checks, known.met, known.assessed)
    apart = Standing.HIGHER if Fraction(met, checks) > ours else Standing.LOWER
    return Held(apart if p <= SIGNIFICANT else Standing.CHANCE, least, known, interval, p)


def least_checks(percentage: str) -> int:
    """From how many checks, at least, can this printed percentage come? "99.4" needs 154.

    ValueError for what is no percentage from 0 to 100.
    """
    low, high = printed_from(percentage)
    if not 0 <= (low + high) / 2 <= 1:
        raise ValueError(f"a percentage lies between 0 and 100, not at {percentage}")
    checks = 1
    while not attainable(percentage, checks):  # 100 checks and ten times as many for each decimal always do
        checks += 1
    return checks


def nearest(share: Fraction, among: range, checks: int) -> int:
    """Which of these numbers met, of so many checks, comes nearest to a share?"""
    return min(max(math.floor(share * checks + Fraction(1, 2)), among[0]), among[-1])


def score(met: int, of: int, other_met: int, other_of: int) -> float:
    """How often would chance alone set two shares so far apart? The score test of two proportions, two-sided.

    Pearson's chi-squared without continuity correction; for numbers as small as a handful it is only a guide. 1 where
    all or none of both were met. ValueError for a share of nothing.
    """
    if of < 1 or other_of < 1:
        raise ValueError(f"a share is of at least one check, not of {of} and {other_of}")
    pooled = (met + other_met) / (of + other_of)
    if pooled in (0.0, 1.0):
        return 1.0
    error = math.sqrt(pooled * (1 - pooled) * (1 / of + 1 / other_of))
    return math.erfc(abs(met / of - other_met / other_of) / error / math.sqrt(2))


def _within(shares: tuple[Fraction, Fraction], interval: Interval) -> Standing:
    low, high = shares
    if high <= Fraction(interval.low):
        return Standing.BELOW
    return Standing.ABOVE if low > Fraction(interval.high) else Standing.WITHIN
