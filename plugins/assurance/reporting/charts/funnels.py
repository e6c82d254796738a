"""How far may rates spread, where some rest on more than others? The funnel."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from assurance.measures.rates import percent
from assurance.reporting.charts.drawing import (
    LABEL_GAP,
    LETTER,
    NARROW,
    TEXT,
    Frame,
    Label,
    n,
    push_apart,
    reference,
    scale_of,
    shape,
    shortened,
    svg,
    text,
    width_of,
    y_axis,
)

_CLEAR = 10
"""A name stands so far beside its point."""

_FEWEST_TICKS = 4

_ROWS = 16
"""So many rows above or below its point a name may have to move."""


@dataclass(frozen=True)
class Dot:
    """One Area of a funnel."""

    size: int
    """How many checks or cases its rate rests on."""
    rate: float
    kind: str = "similar"
    """The shape and colour of the point."""
    name: str = ""
    """Stands beside the point; empty where the point need not be named."""


@dataclass(frozen=True)
class Edge:
    """Between which rates would an Area of this size lie?"""

    size: int
    low: float
    high: float


@dataclass(frozen=True)
class _Funnel(Frame):
    """A frame with sizes along its width, each doubling as wide as the next."""

    least: int
    most: int

    def x(self, size: float) -> float:
        share = math.log(size / self.least) / math.log(self.most / self.least)
        return self.left + share * (self.right - self.left)

    def path(self, places: Sequence[tuple[int, float]]) -> str:
        """A line through sizes and shares."""
        return f"M{'L'.join(f'{self.x(size):.0f} {n(self.y(share))}' for size, share in places)}"


@dataclass(frozen=True)
class _Box:
    left: float
    right: float
    top: float
    bottom: float

    def meets(self, other: _Box) -> bool:
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def funnel(
    dots: Sequence[Dot],
    *,
    key: str,
    title: str,
    description: str,
    centre: float,
    chance: Sequence[Edge],
    usual: Sequence[Edge],
    sizes: str,
    width: int,
) -> Markup:
    """Areas by their size and rate, between the limits of chance and, if any, those of the usual difference.

    Both go from the least size that is drawn to the greatest. `centre` is the rate of all Areas, `sizes` what the sizes are.
    """
    narrow = width < NARROW
    height = 300 if narrow else 350
    limits = [share for edge in (*chance, *usual) for share in (edge.low, edge.high)]
    scale = scale_of([*(dot.rate for dot in dots), *limits, centre])
    frame = _Funnel(
        left=48 if scale.step >= 0.01 else 63,  # room for `100 %` or `99.5 %`
        right=width - (132 if narrow else 148),
        top=16,
        bottom=height - 52,
        scale=scale,
        least=chance[0].size,
        most=chance[-1].size,
    )
    parts = [
        *_within(frame, chance),
        *y_axis(frame),
        *_edges(frame, chance, "edge"),
        *_edges(frame, usual, "spread"),
        *reference(frame, centre, "mean"),
        *_size_axis(frame, sizes),
        *_dots(frame, dots),
        *_names(frame, dots, frame.y(centre)),
        *_right_labels(frame, centre, chance, usual),
    ]
    return svg(key, title, description, width, height, parts, beside=narrow)


def _within(frame: _Funnel, edges: Sequence[Edge]) -> Iterator[str]:
    """What lies within the limits, as an area."""
    around = [*((edge.size, edge.high) for edge in edges), *((edge.size, edge.low) for edge in reversed(edges))]
    yield f'<path class="fan" d="{frame.path(around)}z"/>'


def _edges(frame: _Funnel, edges: Sequence[Edge], style: str) -> Iterator[str]:
    if edges:
        upper, lower = ([(edge.size, share) for edge, share in zip(edges, side, strict=True)] for side in _sides(edges))
        yield f'<path class="{style}" d="{frame.path(upper)}{frame.path(lower)}"/>'


def _sides(edges: Sequence[Edge]) -> tuple[list[float], list[float]]:
    return [edge.high for edge in edges], [edge.low for edge in edges]


def _size_axis(frame: _Funnel, sizes: str) -> Iterator[str]:
    """Round sizes, the roundest first, as long as there is room for more; below them what they are."""
    taken: list[_Box] = []
    for size in _round_sizes(frame.least, frame.most):
        x, label = frame.x(size), f"{size:,}"
        half = len(label) * TEXT * LETTER / 2 + 6
        box = _Box(x - half, x + half, 0, 1)
        if not any(box.meets(other) for other in taken):
            taken.append(box)
            yield f'<path class="axis" d="M{n(x)} {n(frame.bottom)}v5"/>'
            yield text(x, frame.bottom + 20, label, anchor="middle")
    yield text(frame.left, frame.bottom + 40, shortened(sizes, frame.right - frame.left))


def _round_sizes(least: int, most: int) -> list[int]:
    """The sizes of the axis as they are wanted: 100 and 1,000, then 200 and 500, then others if need be."""
    found = {
        mantissa * 10**power: (0 if mantissa == 1 else 1 if mantissa in (2, 5) else 2)
        for power in range(len(str(most)))
        for mantissa in range(1, 10)
        if least <= mantissa * 10**power <= most
    }
    round_ones = sum(rank < 2 for rank in found.values())
    wanted = [size for size, rank in found.items() if rank < 2 or round_ones < _FEWEST_TICKS]
    return sorted(wanted, key=lambda size: (found[size], size)) or [round(math.sqrt(least * most))]


def _dots(frame: _Funnel, dots: Sequence[Dot]) -> Iterator[str]:
    """Areas like the others as one path of dots, the others as shapes of their own."""
    alike = [dot for dot in dots if dot.kind == "similar"]
    if alike:
        path = "".join(f"M{frame.x(dot.size):.0f} {frame.y(dot.rate):.0f}h0" for dot in alike)
        yield f'<path class="dots" d="{path}"/>'
    for dot in dots:
        if dot.kind != "similar":
            yield shape(frame.x(dot.size), frame.y(dot.rate), 14, dot.kind)


def _names(frame: _Funnel, dots: Sequence[Dot], middle: float) -> Iterator[str]:
    """The names of the Areas that stand out, each as near to its point as it can be without meeting another.

    `middle` is where all Areas together stand: away from it a name meets no limit.

    A name that moved away is tied to its point by a line. One for which there is no room is left out: the sentences and
    the table below the chart have it.
    """
    points = [_around(frame, dot) for dot in dots]
    taken: list[_Box] = []
    for dot in sorted(dots, key=lambda dot: dot.kind == "similar"):
        if not dot.name:
            continue
        x, y = frame.x(dot.size), frame.y(dot.rate)
        name = shortened(dot.name, frame.right - frame.left - 8)
        free = [spot for spot in _spots(frame, x, y, name) if not any(spot.meets(other) for other in taken)]
        if not free:
            continue
        inward = math.copysign(1, middle - y)  # towards the limits, which the name need not cross
        spot = min(
            free,
            key=lambda spot: (
                10 * sum(map(spot.meets, points)) + _away(spot, x, y),
                inward * (spot.top - y),
            ),
        )
        taken.append(spot)
        if _away(spot, x, y) > LABEL_GAP:
            end = min(max(x, spot.left), spot.right)
            edge = spot.bottom if spot.bottom < y else spot.top
            yield f'<path class="axis" d="M{n(x)} {n(y)}L{n(end)} {n(edge)}"/>'
        yield text(spot.left, spot.top + 12, name, f"name k-{dot.kind}")


def _around(frame: _Funnel, dot: Dot) -> _Box:
    """What a point covers."""
    x, y, half = frame.x(dot.size), frame.y(dot.rate), 5 if dot.kind == "similar" else 8
    return _Box(x - half, x + half, y - half, y + half)


def _spots(frame: _Funnel, x: float, y: float, name: str) -> Iterator[_Box]:
    """Where could a name stand within the frame?"""
    width = width_of(name) + 4
    for row in range(-_ROWS, _ROWS + 1):
        top = y - LABEL_GAP / 2 + row * LABEL_GAP
        if top < frame.top - LABEL_GAP / 2 or top + LABEL_GAP > frame.bottom:
            continue
        lefts = [x + _CLEAR, x - _CLEAR - width]
        lefts += [min(max(frame.left, x - width / 2), frame.right - width)] if row else []
        for left in lefts:
            if left >= frame.left and left + width <= frame.right:
                yield _Box(left, left + width, top, top + LABEL_GAP)


def _away(spot: _Box, x: float, y: float) -> float:
    """How far is a point from a box?"""
    across = max(spot.left - x, x - spot.right, 0)
    down = max(spot.top - y, y - spot.bottom, 0)
    return math.hypot(across, down)


def _right_labels(frame: _Funnel, centre: float, chance: Sequence[Edge], usual: Sequence[Edge]) -> Iterator[str]:
    labels = [Label(frame.y(centre), f"All Areas {percent(centre)}", "strong")]
    for edges, name in ((usual, "Usual difference"), (chance, "Chance alone")):
        labels += [Label(frame.y(share), name) for edge in edges[-1:] for share in (edge.high, edge.low)]
    places = push_apart([label.y for label in labels], LABEL_GAP, frame.top, frame.bottom)
    for label, y in zip(labels, places, strict=True):
        yield text(frame.right + 9, y + 4, label.text, label.style)
