"""A series month by month: its frame, its line with the gaps that nothing crosses, its average and its limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from assurance.measures.variation import ChartPoint, ControlChart, Segment, Variation, variation
from assurance.model import Direction, Period
from assurance.reporting.charts.drawing import Frame, lines, n


@dataclass(frozen=True)
class Months(Frame):
    """A frame with months along its width."""

    first: Period
    last: Period

    @property
    def months(self) -> int:
        return distance(self.first, self.last) + 1

    @property
    def pitch(self) -> float:
        return (self.right - self.left) / self.months

    def x(self, month: Period) -> float:
        return self.left + (distance(self.first, month) + 0.5) * self.pitch

    def place(self, point: ChartPoint) -> tuple[int, int]:
        """Where a month stands: a whole number of pixels is fine enough, and short."""
        return round(self.x(point.period)), round(self.y(point.rate or 0))


def kind_of(point: ChartPoint, chart: ControlChart, direction: Direction) -> str:
    """Which shape does this month have?"""
    return (variation(chart, point.period, direction) if point.signals else Variation.USUAL).value


def distance(first: Period, last: Period) -> int:
    return (last.year - first.year) * 12 + last.month - first.month


def extent(chart: ControlChart, shown: Sequence[ChartPoint], target: Decimal | None) -> list[float]:
    values = [value for p in shown for value in (p.rate, p.low, p.high) if value is not None]
    means = [segment.mean for segment in chart.segments if segment.mean is not None and _is_shown(segment, shown)]
    return [*values, *([] if target is None else [float(target)]), *means]


def _is_shown(segment: Segment, shown: Sequence[ChartPoint]) -> bool:
    """Whether a month of the segment is drawn; the last segment's average always is."""
    return not shown or segment.points[-1].period >= shown[0].period


def unbroken(points: Sequence[ChartPoint]) -> Iterator[list[ChartPoint]]:
    run: list[ChartPoint] = []
    for point in points:
        if run and point.period != run[-1].period.plus(1):
            yield run
            run = []
        run.append(point)
    if run:
        yield run


def line(frame: Months, run: Sequence[ChartPoint]) -> str:
    path = line_path(frame, run)
    return lines("line", [path]) if path else ""


def line_path(frame: Months, run: Sequence[ChartPoint]) -> str:
    """From month to month; a point alone needs no line."""
    places = [frame.place(point) for point in run]
    x, y = places[0]
    return f"M{x} {y}l{_moves(places)}" if len(places) > 1 else ""


def _moves(places: Sequence[tuple[int, int]]) -> str:
    """From each place to the next, as short as a path can say it: `16-2 15 4`."""
    moves = [number for (x, y), (to_x, to_y) in pairwise(places) for number in (to_x - x, to_y - y)]
    return "".join(f"{'' if number < 0 else ' '}{number}" for number in moves).strip()


def means(frame: Months, chart: ControlChart) -> Iterator[str]:
    """The average of each segment, from where it begins to where the next one does."""
    starts = [frame.left, *(start_of(frame, segment) for segment in chart.segments[1:])]
    for segment, start, stop in zip(chart.segments, starts, [*starts[1:], frame.right], strict=True):
        if segment.mean is not None and stop > frame.left:
            y = n(frame.y(segment.mean))
            yield f'<path class="mean" d="M{n(max(start, frame.left))} {y}H{n(stop)}"/>'


def start_of(frame: Months, segment: Segment) -> float:
    return frame.x(segment.points[0].period) - frame.pitch / 2


def bands(frame: Months, chart: ControlChart, shown: Sequence[ChartPoint]) -> Iterator[str]:
    for segment in chart.segments:
        months = {point.period for point in segment.points}
        yield from _band(frame, [point for point in shown if point.period in months])


def _band(frame: Months, shown: Sequence[ChartPoint]) -> Iterator[str]:
    """Limits as steps, one a month, because they depend on how much was assessed in the month.

    One path is both: back along the lower limits, then along the upper ones. It is not closed, so no line is drawn at
    its right end.
    """
    for run in unbroken([point for point in shown if point.low is not None]):
        lefts = [round(frame.x(point.period) - frame.pitch / 2) for point in run]
        rights = [*lefts[1:], round(frame.x(run[-1].period) + frame.pitch / 2)]
        lows = [round(frame.y(point.low or 0)) for point in run]
        highs = [round(frame.y(point.high or 0)) for point in run]
        corners = [(rights[-1], lows[-1])]
        for left, low in zip(reversed(lefts), reversed(lows), strict=True):
            corners += [(corners[-1][0], low), (left, low)]
        for right, high in zip(rights, highs, strict=True):
            corners += [(corners[-1][0], high), (right, high)]
        yield f'<path class="band" d="{_steps(corners)}"/>'


def _steps(places: Sequence[tuple[int, int]]) -> str:
    """A path along level and upright lines."""
    moves: list[tuple[str, int]] = []
    for (x, y), (next_x, next_y) in pairwise(places):
        for way, step in (("h", next_x - x), ("v", next_y - y)):
            if step and moves and moves[-1][0] == way and (moves[-1][1] > 0) == (step > 0):
                moves[-1] = way, moves[-1][1] + step
            elif step:
                moves.append((way, step))
    return f"M{places[0][0]} {places[0][1]}{''.join(f'{way}{step}' for way, step in moves)}"
