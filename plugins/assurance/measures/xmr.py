"""The XmR chart: individual values and the range from each to the next, as NHS England's Making Data Count has it.

It asks nothing about how many checks stand behind a value, so it suits measures that are no shares. On rates near 100 % of
few checks it calls far too many months; `variation.p_prime_chart` is the chart of a rate unless the register says otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean

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
from assurance.measures.variation import (
    FEWEST_FOR_FIRM_LIMITS,
    FEWEST_FOR_LIMITS,
    ChartPoint,
    ControlChart,
    Point,
    Segment,
    gap,
    segments,
)
from assurance.model import Rebase

REACH = 2.66
"""The limits lie so many mean moving ranges from the mean: 3 / 1.128, rounded as the source has it."""

SHORT = 13
"""A group of fewer values is called short by the source."""


@dataclass(frozen=True)
class Value:
    """One value of a series with the mean and limits of its group."""

    value: float
    group: int
    """0, and one more from each rebase on."""
    is_short: bool
    """The group has fewer than 13 values."""
    mean: float
    low: float | None
    high: float | None
    """None where there is no moving range to make limits of."""
    side: int
    """+1 above the mean, -1 below it, 0 on it."""
    zone: int
    """See `signals.signals`."""
    signals: tuple[Signal, ...]
    heading: int
    """Which way the trend runs that the value is part of: +1 rising, -1 falling, 0 none."""

    @property
    def is_outside(self) -> bool:
        return abs(self.zone) == OUTSIDE

    @property
    def is_near(self) -> bool:
        """Beyond two thirds of the way to a limit and not outside it."""
        return abs(self.zone) == NEAR


def xmr(
    values: Sequence[float],
    *,
    rebased_at: Sequence[int] = (),
    fix_after: int | None = None,
    screen: bool = True,
    run_length: int = RUN_LENGTH,
) -> tuple[Value, ...]:
    """Which values of this series are more than usual?

    Mean and limits mean ± 2.66 · mean moving range, as R's NHSRplotthedots 0.2.2 (`ptd_spc`) makes them. `screen` leaves
    out of the mean range, once, what is 3.267 times it or more. A new group, with mean, limits and runs of its own, begins
    at each place in `rebased_at` (from 0). With `fix_after` only so many values of each group make its mean and limits,
    and those that follow are held against them. Limits are not cut off at 0 or anywhere else.

    No limits, and trends and shifts only, for a single value, and for a screened group that never moves. Values are
    compared with the limits as floats, like the source, so that a tie falls the same way.
    """
    starts = sorted({0, *(place for place in rebased_at if 0 < place < len(values))})
    return tuple(
        value
        for group, (start, stop) in enumerate(pairwise([*starts, len(values)]))
        for value in _group(values[start:stop], group, fix_after, screen, run_length)
    )


def xmr_chart(
    points: Sequence[Point], *, screen: bool = True, run_length: int = RUN_LENGTH, rebases: Sequence[Rebase] = ()
) -> ControlChart:
    """Which months of this series of rates are more than usual, whatever the number of checks behind each?

    `xmr` of the rates, each month weighing the same. Points as for `variation.p_prime_chart`, and as there no limits and no
    signals with fewer than six, or when no month differs from another. Limits are drawn within 0 to 1. Where screening
    leaves no range that moves, for all but a few months are alike, nothing is screened: `xmr` gives limits of no width
    then, as its source does, and every month would lie outside.
    """
    return ControlChart(tuple(_segment(part, screen, run_length, reason) for part, reason in segments(points, rebases)))


def _group(
    values: Sequence[float], group: int, fix_after: int | None, screen: bool, run_length: int
) -> tuple[Value, ...]:
    if not values:
        return ()
    base = values[:fix_after]
    average, moved = mean(base), mean_moving_range(base, screen=screen)
    zones = [_zone(value, average, moved) for value in values]
    headings = trend_headings([0, *(sign(later - earlier) for earlier, later in pairwise(values))], run_length)
    low, high = (None, None) if moved is None else (average - REACH * moved, average + REACH * moved)
    return tuple(
        Value(value, group, len(values) < SHORT, average, low, high, sign(zone), zone, found, heading)
        for value, zone, found, heading in zip(
            values, zones, signals(zones, headings, run_length), headings, strict=True
        )
    )


def _zone(value: float, average: float, moved: float | None) -> int:
    """Where a value lies between the mean and its limit (see `signals.signals`)."""
    side = sign(value - average)
    if moved is None:
        return side
    if value > average + REACH * moved or value < average - REACH * moved:
        return side * OUTSIDE
    near = 2 * (REACH / 3) * moved
    return side * NEAR if value > average + near or value < average - near else side


def _segment(points: Sequence[Point], screen: bool, run_length: int, reason: str) -> Segment:
    rates = [point.met / point.assessed for point in points if point.assessed]
    screen = screen and bool(mean_moving_range(rates, screen=True))
    values = xmr(rates, screen=screen, run_length=run_length)
    limited = len(rates) >= FEWEST_FOR_LIMITS and len(set(rates)) > 1
    charted = iter(values)
    return Segment(
        points=tuple(
            _charted_point(point, next(charted), limited) if point.assessed else gap(point) for point in points
        ),
        mean=values[0].mean if values else None,
        sigma_z=None,
        provisional=limited and len(rates) < FEWEST_FOR_FIRM_LIMITS,
        reason=reason,
    )


def _charted_point(point: Point, value: Value, limited: bool) -> ChartPoint:
    return ChartPoint(
        period=point.period,
        met=point.met,
        assessed=point.assessed,
        rate=value.value,
        low=max(0.0, value.low) if limited and value.low is not None else None,
        high=min(1.0, value.high) if limited and value.high is not None else None,
        side=value.side,
        signals=value.signals if limited else (),
        heading=value.heading if limited else 0,
    )
