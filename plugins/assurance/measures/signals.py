"""What in a series is more than usual? The moving range between points, and the rules that find signals.

The same for every kind of control chart. Rules after NHS England's Making Data Count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import groupby, pairwise
from math import fsum

RUN_LENGTH = 7
"""How many points make a trend or a shift."""

MORE = 2
"""So much more must a run weigh of which some points weigh little: it is longer, and has had more chances to come about."""

NEAR, OUTSIDE = 2, 3
"""The zones of a point beyond two thirds of the way to its limit, and of one beyond the limit."""

SCREENED_FROM = 3.267
"""A moving range of so many times their mean is itself more than usual, and can be left out of it."""


class Signal(StrEnum):
    """What makes a point more than usual; the order is the order of naming."""

    OUTSIDE = "outside"
    TREND = "trend"
    TWO_OF_THREE = "two_of_three"
    SHIFT = "shift"


def mean_moving_range(values: Sequence[float], *, screen: bool) -> float | None:
    """How far apart do successive points lie, on average? None for fewer than two points.

    With `screen` the ranges that are `SCREENED_FROM` times their mean or more are left out, once. Where all are (no
    point differs from the one before it) nothing is left and the answer is None.
    """
    ranges = [abs(later - earlier) for earlier, later in pairwise(values)]
    if screen and ranges:
        most = SCREENED_FROM * fsum(ranges) / len(ranges)
        ranges = [moved for moved in ranges if moved < most]
    return fsum(ranges) / len(ranges) if ranges else None


def signals(
    zones: Sequence[int],
    headings: Sequence[int],
    run_length: int = RUN_LENGTH,
    *,
    weights: Sequence[float] | None = None,
) -> tuple[tuple[Signal, ...], ...]:
    """Which rules does each point break?

    The rules of NHS England's Making Data Count, in the order of naming. `zones` says where each point lies:
    0 on the mean, 1 between the mean and two thirds of the way to the limit, 2 beyond that, 3 outside the
    limit; negative below the mean. `headings` comes from `trend_headings`.

    Outside: beyond a limit, not on it. Trend: at least `run_length` points strictly rising or falling. Two
    of three: of three successive points on one side of the mean two lie in zone 2; those are marked, and a
    point outside the limit is not one of them. Shift: at least `run_length` successive points on one side of
    the mean; `weights` says how much each counts, from 0 to 1, where it is not 1: together `run_length`, or `MORE`
    than that where any is not 1. All points of a run are marked.
    """
    found = {
        Signal.OUTSIDE: {i for i, zone in enumerate(zones) if abs(zone) == OUTSIDE},
        Signal.TREND: {i for i, heading in enumerate(headings) if heading},
        Signal.TWO_OF_THREE: _two_of_three(zones),
        Signal.SHIFT: _shifted(zones, run_length, weights or [1] * len(zones)),
    }
    called = set[int]().union(*found.values())  # few points are
    return tuple(
        tuple(signal for signal, marked in found.items() if i in marked) if i in called else ()
        for i in range(len(zones))
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
        three, side = zones[i : i + 3], sign(zones[i])
        if side and three.count(side * NEAR) >= 2 and all(sign(zone) == side for zone in three):
            marked.update(k for k, zone in enumerate(three, i) if zone == side * NEAR)
    return marked


def _shifted(zones: Sequence[int], run_length: int, weights: Sequence[float]) -> set[int]:
    marked: set[int] = set()
    for side, start, stop in _runs([sign(zone) for zone in zones]):
        weight = fsum(weights[start:stop])
        enough = run_length if weight == stop - start else run_length + MORE
        if side and stop - start >= run_length and weight >= enough:
            marked.update(range(start, stop))
    return marked


def _runs(values: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Each unbroken run of one value: the value, where it starts, where it stops."""
    start = 0
    for value, run in groupby(values):
        stop = start + sum(1 for _ in run)
        yield value, start, stop
        start = stop


def sign(number: float) -> int:
    """Is it above 0 (+1), below (-1), or 0?"""
    return (number > 0) - (number < 0)
