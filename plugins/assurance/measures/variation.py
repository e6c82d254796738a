"""Variation over time: control charts of single months, what a month's signals mean, and the outlook for a target.

Laney's p-prime chart is made here, the XmR chart in `xmr`; the rules that find signals stand in `signals`. A chart is made
of single months, never of rolling windows. On a p-prime chart comparisons with the mean and the limits are made on integers
and are exact; the limits as floats are for drawing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from assurance.measures.signals import (
    NEAR,
    OUTSIDE,
    RUN_LENGTH,
    Signal,
    mean_moving_range,
    sign,
    signals,
    trend_headings,
)
from assurance.model import Direction, Period, Rebase

FEWEST_FOR_LIMITS = 6
"""With fewer points there are no limits."""

FEWEST_FOR_FIRM_LIMITS = 12
"""With fewer points the limits are provisional."""

_TIE = 1e-12
"""A target so near to a limit lies on it: what parts them are the last digits of a square root."""

_D2 = 1.128
"""Mean range of two standard normal values; turns a mean moving range into a standard deviation."""


@dataclass(frozen=True)
class Point:
    """One month of a series: checks met out of checks assessed."""

    period: Period
    met: int
    assessed: int

    def __post_init__(self) -> None:
        if not 0 <= self.met <= self.assessed:
            raise ValueError(f"{self.period}: met must lie between 0 and assessed, not {self.met} of {self.assessed}")


class Variation(StrEnum):
    """What a month's own point says about its series."""

    USUAL = "usual"
    IMPROVING = "improving"
    WORSENING = "worsening"
    HIGH = "high"
    LOW = "low"
    TOO_SHORT = "too_short"
    NO_DATA = "no_data"
    """The month itself has no point."""


class Outlook(StrEnum):
    """Will the target be met, if all stays as it is?"""

    WILL_BE_MET = "will_be_met"
    WILL_NOT_BE_MET = "will_not_be_met"
    """Unless the process changes."""
    MAY_OR_MAY_NOT = "may_or_may_not"


@dataclass(frozen=True)
class ChartPoint:
    """A month on a chart. Where nothing was assessed there is no rate, no limit and no signal."""

    period: Period
    met: int
    assessed: int
    rate: float | None
    low: float | None
    high: float | None
    side: int
    """+1 above the mean, -1 below it, 0 on it."""
    signals: tuple[Signal, ...]
    heading: int = 0
    """Which way the trend runs that the point is part of: +1 rising, -1 falling, 0 none."""


@dataclass(frozen=True)
class Segment:
    """A part of a series that has a mean and limits of its own."""

    points: tuple[ChartPoint, ...]
    mean: float | None
    """Of a p-prime chart all that was met out of all that was assessed; None when nothing was assessed."""
    sigma_z: float | None
    """How many times wider than chance alone the limits are; None without limits, and on an XmR chart."""
    provisional: bool
    """There are limits, and they rest on fewer than twelve points."""
    reason: str = ""
    """Why the limits begin anew here; empty where they do not."""

    @property
    def has_limits(self) -> bool:
        return any(point.low is not None for point in self.points)

    @property
    def charted(self) -> tuple[ChartPoint, ...]:
        """The months that have a point."""
        return tuple(point for point in self.points if point.rate is not None)


@dataclass(frozen=True)
class ControlChart:
    """A series with its means and limits: one segment, or more where the limits were begun anew."""

    segments: tuple[Segment, ...]
    """In the order of time; at least one."""

    @property
    def points(self) -> tuple[ChartPoint, ...]:
        return tuple(point for segment in self.segments for point in segment.points)

    @property
    def last(self) -> Segment:
        """The segment that says how things stand."""
        return self.segments[-1]

    @property
    def mean(self) -> float | None:
        return self.last.mean

    @property
    def sigma_z(self) -> float | None:
        return self.last.sigma_z

    @property
    def has_limits(self) -> bool:
        return self.last.has_limits

    @property
    def provisional(self) -> bool:
        return self.last.provisional

    @property
    def limits(self) -> tuple[float, float] | None:
        """Those of the last month that has a point; None when there are none."""
        if not self.last.charted:
            return None
        own = self.last.charted[-1]
        return None if own.low is None or own.high is None else (own.low, own.high)


def p_prime_chart(
    points: Sequence[Point],
    *,
    floor: bool = True,
    screen: bool = False,
    run_length: int = RUN_LENGTH,
    rebases: Sequence[Rebase] = (),
) -> ControlChart:
    """Which months of this series are more than usual?

    Laney's p-prime chart (Quality Engineering 14(4), 2002): limits at three standard deviations of chance,
    widened by sigma_z, the variation between months in units of chance. `floor` keeps sigma_z at 1 or more,
    so that limits are never narrower than chance; without it the chart is that of R's qicharts2 ("pp").
    `screen` leaves the largest moving ranges out of sigma_z (see `mean_moving_range`), as qicharts2 does unless
    told not to. From each of `rebases` on the series has limits of its own, and no run reaches across.

    Points stand in the order of their periods, or ValueError. A month with nothing assessed keeps its place
    and has no point; moving ranges and runs reach across it as across a month that is absent. No limits and
    no signals with fewer than six points, or when everything or nothing was met.
    """

    def widened(part: Sequence[Point]) -> float | None:
        sigma_z = _sigma_z(part, screen)
        return max(1.0, sigma_z) if floor and sigma_z is not None else sigma_z

    return ControlChart(
        tuple(_segment(part, widened(part), run_length, reason) for part, reason in segments(points, rebases))
    )


def p_chart(points: Sequence[Point], *, run_length: int = RUN_LENGTH) -> ControlChart:
    """Which months would be special if months differed by chance alone?

    The plain p chart, for comparison: as `p_prime_chart` with sigma_z = 1. With thousands of checks a month
    it calls far too many of them.
    """
    ((part, _),) = segments(points, ())
    return ControlChart((_segment(part, 1.0 if _has_limits(part) else None, run_length, reason=""),))


def limits(mean: float, assessed: int, sigma_z: float = 1.0, deviations: float = 3) -> tuple[float, float]:
    """Between which shares does a month of so many checks usually lie, drawn within 0 to 1?

    So many standard deviations of chance either side of the mean, sigma_z times as wide.
    """
    reach = deviations * math.sqrt(mean * (1 - mean) / assessed) * sigma_z
    return max(0.0, mean - reach), min(1.0, mean + reach)


def variation(chart: ControlChart, period: Period, direction: Direction) -> Variation:
    """Is this month usual for the series, and if not, is that good or bad?

    Judged by the month's own point and the first of its signals (see `meaning`), within its segment. A series in
    which everything (or nothing) was met has not varied and is usual once it has the six points that limits need.
    """
    for segment in chart.segments:
        own = next((point for point in segment.charted if point.period == period), None)
        if own is None:
            continue
        if len(segment.charted) < FEWEST_FOR_LIMITS:
            return Variation.TOO_SHORT
        return meaning(own.signals, own.side, own.heading, direction)
    return Variation.NO_DATA


def meaning(found: Sequence[Signal], side: int, heading: int, direction: Direction) -> Variation:
    """What do the signals of a point mean, on its side of the mean, where a standard should go that way?

    A trend counts by the way it runs, which may be towards the mean: seven rising months are an improvement of a
    standard that should rise even while they are below the mean. Every other signal counts by the side of the mean
    its point is on. Where no direction is better, upwards is high and downwards is low. The first signal decides.
    """
    if not found:
        return Variation.USUAL
    upwards = (heading if found[0] is Signal.TREND else side) > 0
    if direction is Direction.NEUTRAL:
        return Variation.HIGH if upwards else Variation.LOW
    return Variation.IMPROVING if upwards is (direction is Direction.UP) else Variation.WORSENING


def outlook(within: tuple[float, float] | None, target: Decimal | None, direction: Direction) -> Outlook | None:
    """Will the target be met month after month, if all stays as it is?

    `within` are the limits of the last month (`ControlChart.limits`). Both beyond the target on the good side: it will
    be met. Both on the bad side: it will not, unless the process changes. The target between them or on one: it may or
    may not. The assurance of NHS England's Making Data Count. None without limits or target, or where neither way is
    better.
    """
    if within is None or target is None or direction is Direction.NEUTRAL:
        return None
    low, high = within
    on_a_limit = any(math.isclose(limit, target, rel_tol=0, abs_tol=_TIE) for limit in within)
    if on_a_limit or low <= float(target) <= high:
        return Outlook.MAY_OR_MAY_NOT
    return Outlook.WILL_BE_MET if (low > float(target)) is (direction is Direction.UP) else Outlook.WILL_NOT_BE_MET


def segments(points: Sequence[Point], rebases: Sequence[Rebase]) -> list[tuple[Sequence[Point], str]]:
    """Into which parts does a series fall, each to have limits of its own, and why does each begin?

    At least one, which may be empty. A part begins with the first month that is not before its rebase; a rebase to which
    no month belongs has no part. ValueError when points are not in the order of their periods.
    """
    for earlier, later in pairwise(points):
        if not earlier.period < later.period:
            raise ValueError(f"points must be in the order of their periods: {later.period} is out of place")
    if not rebases:
        return [(points, "")]
    parts: list[tuple[list[Point], str]] = [([], "")]
    starts = sorted(rebases, key=lambda rebase: rebase.start)
    for point in points:
        while starts and starts[0].start <= point.period:
            parts.append(([], starts.pop(0).reason))
        parts[-1][0].append(point)
    return [(part, reason) for part, reason in parts if part] or [([], "")]


def _segment(points: Sequence[Point], sigma_z: float | None, run_length: int, reason: str) -> Segment:
    charted = [point for point in points if point.assessed]
    met, assessed = _totals(points)
    zones = [_zone(point, met, assessed, sigma_z) for point in charted]
    headings = trend_headings(_steps(charted), run_length) if sigma_z is not None else (0,) * len(charted)
    mean = met / assessed if assessed else None
    weights = [_weight(point, mean) if mean else 1.0 for point in charted]
    found = signals(zones, headings, run_length, weights=weights) if sigma_z is not None else ((),) * len(charted)

    marks = iter(zip(zones, found, headings, strict=True))
    return Segment(
        points=tuple(
            _charted_point(point, mean, sigma_z, *next(marks)) if point.assessed else gap(point) for point in points
        ),
        mean=mean,
        sigma_z=sigma_z,
        provisional=sigma_z is not None and len(charted) < FEWEST_FOR_FIRM_LIMITS,
        reason=reason,
    )


def _charted_point(
    point: Point,
    mean: float | None,
    sigma_z: float | None,
    zone: int,
    found: tuple[Signal, ...],
    heading: int,
) -> ChartPoint:
    low = high = None
    if mean is not None and sigma_z is not None:
        low, high = limits(mean, point.assessed, sigma_z)
    return ChartPoint(
        period=point.period,
        met=point.met,
        assessed=point.assessed,
        rate=point.met / point.assessed,
        low=low,
        high=high,
        side=sign(zone),
        signals=found,
        heading=heading,
    )


def gap(point: Point) -> ChartPoint:
    """How does a month in which nothing was assessed stand on a chart?"""
    return ChartPoint(point.period, 0, 0, rate=None, low=None, high=None, side=0, signals=())


def _zone(point: Point, met: int, assessed: int, sigma_z: float | None) -> int:
    """Where a point lies between the mean and its limit (see `signals`), exactly.

    With x of n in the month and X of N in all, z = (xN - nX) / sqrt(n X (N - X)), so |z| > k sigma_z can be
    decided on whole numbers. The unclipped limits are meant; a limit outside 0 to 1 cannot be passed.
    """
    distance = point.met * assessed - met * point.assessed
    side = sign(distance)
    if sigma_z is None:
        return side
    top, bottom = sigma_z.as_integer_ratio()
    squared = (distance * bottom) ** 2
    unit = point.assessed * met * (assessed - met) * top**2
    if squared > OUTSIDE**2 * unit:
        return side * OUTSIDE
    return side * NEAR if squared > NEAR**2 * unit else side


def _weight(point: Point, mean: float) -> float:
    """How much of the evidence of a month above or below the mean does a month give that had no room on the other side?

    A month on one side of the mean is what chance gives every second time. Where everything was met that can be what it
    gives nearly every time: four times in five for a steady standard at 99.4 % with 40 checks a month. So such a month
    counts by its bits, -log2 of how often chance brings it, and by no more than one; so does one in which nothing was met.
    """
    if 0 < point.met < point.assessed or not 0 < mean < 1:
        return 1.0
    return min(1.0, -point.assessed * math.log2(mean if point.met else 1 - mean))


def _sigma_z(points: Sequence[Point], screen: bool) -> float | None:
    """How much more the months differ than by chance; None when there can be no limits."""
    if not _has_limits(points):
        return None
    met, assessed = _totals(points)
    scores = [
        (point.met * assessed - met * point.assessed) / math.sqrt(point.assessed * met * (assessed - met))
        for point in points
        if point.assessed
    ]
    # Screened, ranges that are all alike 0 leave nothing; but then not everything was met, or nothing.
    return (mean_moving_range(scores, screen=screen) or 0.0) / _D2


def _has_limits(points: Sequence[Point]) -> bool:
    met, assessed = _totals(points)
    return sum(point.assessed > 0 for point in points) >= FEWEST_FOR_LIMITS and 0 < met < assessed


def _totals(points: Sequence[Point]) -> tuple[int, int]:
    return sum(point.met for point in points), sum(point.assessed for point in points)


def _steps(charted: list[Point]) -> list[int]:
    """How each point's rate compares with the one before it, on whole numbers; 0 for the first."""
    # The first point is compared with itself.
    return [
        sign(later.met * earlier.assessed - earlier.met * later.assessed)
        for earlier, later in zip(charted[:1] + charted[:-1], charted, strict=True)
    ]
