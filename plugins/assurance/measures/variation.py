"""Variation over time: Laney's p-prime chart, the rules that find signals, and what they mean.

A chart is made of single months, never of rolling windows. Comparisons with the mean and the limits are made
on integers and are exact; the limits as floats are for drawing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby, pairwise

from assurance.model import Direction, Period

FEWEST_FOR_LIMITS = 6
"""With fewer points there are no limits."""

FEWEST_FOR_FIRM_LIMITS = 12
"""With fewer points the limits are provisional."""

LEAST_EXPECTED = 2
"""With fewer misses (or hits) expected in a month than this, a month without any is nothing to call."""

RUN_LENGTH = 7
"""How many points make a trend or a shift."""

_D2 = 1.128
"""Mean range of two standard normal values; turns a mean moving range into a standard deviation."""

_NEAR, _OUTSIDE = 2, 3


@dataclass(frozen=True)
class Point:
    """One month of a series: checks met out of checks assessed."""

    period: Period
    met: int
    assessed: int

    def __post_init__(self) -> None:
        if not 0 <= self.met <= self.assessed:
            raise ValueError(f"{self.period}: met must lie between 0 and assessed, not {self.met} of {self.assessed}")


class Signal(StrEnum):
    """What makes a point more than usual; the order is the order of naming."""

    OUTSIDE = "outside"
    TREND = "trend"
    TWO_OF_THREE = "two_of_three"
    SHIFT = "shift"


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
class ControlChart:
    """A series with its mean and limits."""

    points: tuple[ChartPoint, ...]
    mean: float | None
    """All that was met out of all that was assessed; None when nothing was assessed."""
    sigma_z: float | None
    """How many times wider than chance alone the limits are; None when there are no limits."""
    provisional: bool
    """There are limits, and they rest on fewer than twelve points."""


def p_prime_chart(points: Sequence[Point], *, floor: bool = True, run_length: int = RUN_LENGTH) -> ControlChart:
    """Which months of this series are more than usual?

    Laney's p-prime chart (Quality Engineering 14(4), 2002): limits at three standard deviations of chance,
    widened by sigma_z, the variation between months in units of chance. `floor` keeps sigma_z at 1 or more,
    so that limits are never narrower than chance; without it the chart is that of R's qicharts2 ("pp").

    Points stand in the order of their periods, or ValueError. A month with nothing assessed keeps its place
    and has no point; moving ranges and runs reach across it as across a month that is absent. No limits and
    no signals with fewer than six points, or when everything or nothing was met.
    """
    sigma_z = _sigma_z(points)
    if floor and sigma_z is not None:
        sigma_z = max(1.0, sigma_z)
    return _chart(points, sigma_z, run_length)


def p_chart(points: Sequence[Point], *, run_length: int = RUN_LENGTH) -> ControlChart:
    """Which months would be special if months differed by chance alone?

    The plain p chart, for comparison: as `p_prime_chart` with sigma_z = 1. With thousands of checks a month
    it calls far too many of them.
    """
    return _chart(points, 1.0 if _has_limits(points) else None, run_length)


def variation(chart: ControlChart, period: Period, direction: Direction) -> Variation:
    """Is this month usual for the series, and if not, is that good or bad?

    Judged by the month's own point and the first of its signals. A trend counts by the way it runs, which
    may be towards the mean: seven rising months are an improvement of a standard that should rise even while
    they are below the mean. Every other signal counts by the side of the mean its point is on. Where no
    direction is better, upwards is high and downwards is low. A series in which everything (or nothing) was
    met has not varied and is usual once it has the six points that limits need.
    """
    own = next((point for point in chart.points if point.period == period), None)
    if own is None or own.rate is None:
        return Variation.NO_DATA
    if sum(point.rate is not None for point in chart.points) < FEWEST_FOR_LIMITS:
        return Variation.TOO_SHORT
    if not own.signals:
        return Variation.USUAL
    upwards = (own.heading if own.signals[0] is Signal.TREND else own.side) > 0
    if direction is Direction.NEUTRAL:
        return Variation.HIGH if upwards else Variation.LOW
    return Variation.IMPROVING if upwards is (direction is Direction.UP) else Variation.WORSENING


def signals(
    zones: Sequence[int],
    headings: Sequence[int],
    run_length: int = RUN_LENGTH,
    *,
    sides: Sequence[int] | None = None,
) -> tuple[tuple[Signal, ...], ...]:
    """Which rules does each point break?

    The rules of NHS England's Making Data Count, in the order of naming. `zones` says where each point lies:
    0 on the mean, 1 between the mean and two thirds of the way to the limit, 2 beyond that, 3 outside the
    limit; negative below the mean. `headings` comes from `trend_headings`.

    Outside: beyond a limit, not on it. Trend: at least `run_length` points strictly rising or falling. Two
    of three: of three successive points on one side of the mean two lie in zone 2; those are marked, and a
    point outside the limit is not one of them. Shift: at least `run_length` successive points on one side of
    the mean; `sides` says which where that is not the zone's own. All points of a run are marked.
    """
    near = _two_of_three(zones)
    shifted = _shifted(zones if sides is None else sides, run_length)
    return tuple(
        tuple(
            signal
            for signal, found in (
                (Signal.OUTSIDE, abs(zone) == _OUTSIDE),
                (Signal.TREND, headings[i] != 0),
                (Signal.TWO_OF_THREE, i in near),
                (Signal.SHIFT, i in shifted),
            )
            if found
        )
        for i, zone in enumerate(zones)
    )


def trend_headings(steps: Sequence[int], run_length: int = RUN_LENGTH) -> tuple[int, ...]:
    """Which points are part of a trend, and which way does it run?

    `steps` says how each point compares with the one before it: +1 higher, -1 lower, 0 equal (and 0 for the
    first). A trend is a run of at least `run_length` points, the one it starts from included. A turning
    point at which one trend ends and another starts keeps the heading of the one that led to it.
    """
    headings = [0] * len(steps)
    for step, start, stop in _runs(steps):
        origin = start - 1
        if step and stop - origin >= run_length:
            for i in range(origin, stop):
                headings[i] = headings[i] or step
    return tuple(headings)


def _two_of_three(zones: Sequence[int]) -> set[int]:
    marked: set[int] = set()
    for i in range(len(zones) - 2):
        three = range(i, i + 3)
        side = _sign(zones[i])
        near = [k for k in three if zones[k] == side * _NEAR]
        if side and len(near) >= 2 and all(_sign(zones[k]) == side for k in three):
            marked.update(near)
    return marked


def _shifted(zones: Sequence[int], run_length: int) -> set[int]:
    sides = [_sign(zone) for zone in zones]
    return {i for side, start, stop in _runs(sides) if side and stop - start >= run_length for i in range(start, stop)}


def _runs(values: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Each unbroken run of one value: the value, where it starts, where it stops."""
    start = 0
    for value, run in groupby(values):
        stop = start + sum(1 for _ in run)
        yield value, start, stop
        start = stop


def _chart(points: Sequence[Point], sigma_z: float | None, run_length: int) -> ControlChart:
    for earlier, later in pairwise(points):
        if not earlier.period < later.period:
            raise ValueError(f"points must be in the order of their periods: {later.period} is out of place")
    charted = [point for point in points if point.assessed]
    met, assessed = _totals(points)
    zones = [_zone(point, met, assessed, sigma_z) for point in charted]
    headings = trend_headings(_steps(charted), run_length) if sigma_z is not None else (0,) * len(charted)
    sides = [0 if _is_at_its_end(point, met, assessed) else zone for point, zone in zip(charted, zones, strict=True)]
    found = signals(zones, headings, run_length, sides=sides) if sigma_z is not None else ((),) * len(charted)
    mean = met / assessed if assessed else None

    marks = iter(zip(zones, found, headings, strict=True))
    return ControlChart(
        points=tuple(
            _charted_point(point, mean, sigma_z, *next(marks)) if point.assessed else _gap(point) for point in points
        ),
        mean=mean,
        sigma_z=sigma_z,
        provisional=sigma_z is not None and len(charted) < FEWEST_FOR_FIRM_LIMITS,
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
        reach = 3 * math.sqrt(mean * (1 - mean) / point.assessed) * sigma_z
        low, high = max(0.0, mean - reach), min(1.0, mean + reach)
    return ChartPoint(
        period=point.period,
        met=point.met,
        assessed=point.assessed,
        rate=point.met / point.assessed,
        low=low,
        high=high,
        side=_sign(zone),
        signals=found,
        heading=heading,
    )


def _gap(point: Point) -> ChartPoint:
    return ChartPoint(point.period, 0, 0, rate=None, low=None, high=None, side=0, signals=())


def _zone(point: Point, met: int, assessed: int, sigma_z: float | None) -> int:
    """Where a point lies between the mean and its limit (see `signals`), exactly.

    With x of n in the month and X of N in all, z = (xN - nX) / sqrt(n X (N - X)), so |z| > k sigma_z can be
    decided on whole numbers. The unclipped limits are meant; a limit outside 0 to 1 cannot be passed.
    """
    distance = point.met * assessed - met * point.assessed
    side = _sign(distance)
    if sigma_z is None:
        return side
    top, bottom = sigma_z.as_integer_ratio()
    squared = (distance * bottom) ** 2
    unit = point.assessed * met * (assessed - met) * top**2
    if squared > _OUTSIDE**2 * unit:
        return side * _OUTSIDE
    return side * _NEAR if squared > _NEAR**2 * unit else side


def _is_at_its_end(point: Point, met: int, assessed: int) -> bool:
    """Whether a month is as far from the mean as it can be and yet not news: all met, where fewer than two misses
    are expected (or none met, where fewer than two hits are).

    Such a month lies on one side of the mean because there is no room on the other. Seven of them in a row are what
    a steady standard at 99.4 % with 40 checks a month brings one time in five, so for the shift rule they lie on it.
    """
    if point.met == point.assessed:
        return point.assessed * (assessed - met) < LEAST_EXPECTED * assessed
    return point.met == 0 and point.assessed * met < LEAST_EXPECTED * assessed


def _sigma_z(points: Sequence[Point]) -> float | None:
    """How much more the months differ than by chance; None when there can be no limits."""
    if not _has_limits(points):
        return None
    met, assessed = _totals(points)
    scores = [
        (point.met * assessed - met * point.assessed) / math.sqrt(point.assessed * met * (assessed - met))
        for point in points
        if point.assessed
    ]
    ranges = [abs(later - earlier) for earlier, later in pairwise(scores)]
    return math.fsum(ranges) / len(ranges) / _D2


def _has_limits(points: Sequence[Point]) -> bool:
    met, assessed = _totals(points)
    return sum(point.assessed > 0 for point in points) >= FEWEST_FOR_LIMITS and 0 < met < assessed


def _totals(points: Sequence[Point]) -> tuple[int, int]:
    return sum(point.met for point in points), sum(point.assessed for point in points)


def _steps(charted: list[Point]) -> list[int]:
    """How each point's rate compares with the one before it, on whole numbers; 0 for the first."""
    # The first point is compared with itself.
    return [
        _sign(later.met * earlier.assessed - earlier.met * later.assessed)
        for earlier, later in zip(charted[:1] + charted[:-1], charted, strict=True)
    ]


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)
