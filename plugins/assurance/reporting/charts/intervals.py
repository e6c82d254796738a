"""How sure is one of a rate, beside others? The interval plot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from assurance.measures.rates import percent
from assurance.reporting.charts.drawing import (
    LABEL_GAP,
    LETTER,
    NARROW,
    TEXT,
    Frame,
    lines,
    n,
    scale_of,
    shape,
    shortened,
    svg,
    text,
)


@dataclass(frozen=True)
class Span:
    """One line of an interval plot."""

    name: str
    rate: float | None
    low: float | None
    high: float | None
    kind: str = "similar"
    """The shape and colour of the point."""
    word: str = ""
    """Stands beside the rate; in place of it where there is none."""


def interval_plot(
    spans: Sequence[Span],
    *,
    key: str,
    title: str,
    description: str,
    references: Sequence[tuple[str, float, str]],
    width: int,
) -> Markup:
    """Areas below each other: rate as a point, 95 % interval as a line.

    `references` are vertical lines: label, share and class.
    """
    narrow = width < NARROW
    # On a phone the name stands above its line, so that neither is squeezed.
    row = 38 if narrow else 28
    left, right = (24, width - 70) if narrow else (212, width - 150)
    top = 14 + LABEL_GAP * len(references)
    bottom = top + row * len(spans) + 6
    values = [v for span in spans for v in (span.low, span.high) if v is not None] + [
        share for _, share, _ in references
    ]
    scale = scale_of(values, int((right - left) / 56))
    frame = Frame(left, right, top, bottom, scale)

    def x(share: float) -> float:
        return frame.left + (share - scale.low) / (scale.high - scale.low) * (frame.right - frame.left)

    parts = [*_share_axis(frame, x), *_reference_lines(frame, references, x, width)]
    room = right if narrow else left - 8
    for index, span in enumerate(spans):
        parts.extend(_span(span, top + row * (index + (0.75 if narrow else 0.5)) + 2, frame, x, room, narrow))
    return svg(key, title, description, width, round(bottom + 26), parts, beside=narrow)


def _share_axis(frame: Frame, x: Callable[[float], float]) -> Iterator[str]:
    places = 1 if frame.scale.step < 0.01 else 0
    yield lines("grid", (f"M{n(x(tick))} {n(frame.top)}V{n(frame.bottom)}" for tick in frame.scale.ticks()))
    for tick in frame.scale.ticks():
        yield text(x(tick), frame.bottom + 18, percent(round(tick, 6), places), anchor="middle")


def _reference_lines(
    frame: Frame, references: Sequence[tuple[str, float, str]], x: Callable[[float], float], width: int
) -> Iterator[str]:
    """Each label has a row of its own above the plot.

    The line in the middle has the highest row; a label below it runs away from the lines that pass it.
    """
    ordered = sorted(references, key=lambda line: line[1])
    rows = [ordered[1], ordered[0], ordered[2]] if len(ordered) == 3 else ordered
    for index, (name, share, style) in enumerate(rows):
        label = f"{name} {percent(share)}"
        base, place, length = 14 + LABEL_GAP * index, x(share), len(label) * TEXT * LETTER
        lower = index + 1 < len(rows) if len(rows) < 3 else share < rows[0][1]
        wanted = place - length - 5 if lower else place + 5
        start = max(0.0, min(wanted, width - length))
        yield f'<path class="{style}" d="M{n(place)} {n(base + 4)}V{n(frame.bottom)}"/>'
        anchor, at = ("end", start + length) if lower else ("start", start)
        yield text(at, base, label, f"{style}-text", anchor)


def _span(span: Span, y: float, frame: Frame, x: Callable[[float], float], room: float, narrow: bool) -> Iterator[str]:
    yield text(0, y - 9 if narrow else y + 4, shortened(span.name, room), "name")
    beside = n(frame.right + 9)
    if span.rate is None or span.low is None or span.high is None:
        yield text(frame.right + 9, y + 4, span.word[:3] if narrow else span.word)
        return
    word = "" if narrow or not span.word else f'<tspan class="k-{span.kind}"> {escape(span.word)}</tspan>'
    yield f'<path class="interval k-{span.kind}" d="M{n(x(span.low))} {n(y)}H{n(x(span.high))}"/>'
    yield shape(x(span.rate), y, 14, span.kind)
    yield f'<text class="strong" x="{beside}" y="{n(y + 4)}">{percent(span.rate)}{word}</text>'
