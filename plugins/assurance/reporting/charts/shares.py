"""How much of the whole? Bars: one count beside the greatest, and stacked shares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from assurance.reporting.charts.drawing import NARROW, n, shortened, svg, text, width_of

_ROW, _BAR = 52, 24
"""The height of a line with its name, and of its bar."""


@dataclass(frozen=True)
class Part:
    """Some of a whole: its shape and colour, what is said of it, and how many."""

    kind: str
    word: str
    count: int


@dataclass(frozen=True)
class Whole:
    """One bar: its name, and its parts from left to right."""

    name: str
    parts: tuple[Part, ...]


def stacked(wholes: Sequence[Whole], *, key: str, title: str, description: str, width: int) -> Markup:
    """Wholes below each other, each as wide as the others and cut into its parts."""
    parts = [piece for row, whole in enumerate(wholes) for piece in _whole(whole, _ROW * row, width)]
    return svg(key, title, description, width, _ROW * len(wholes), parts, beside=width < NARROW)


def _whole(whole: Whole, top: float, width: int) -> Iterator[str]:
    yield text(0, top + 14, shortened(whole.name, width), "name")
    known, total, done = [part for part in whole.parts if part.count], sum(part.count for part in whole.parts), 0
    for part in known:
        left, right = width * done / total, width * (done + part.count) / total - 1
        done += part.count
        yield f'<path class="share k-{part.kind}" d="M{n(left)} {n(top + 20)}H{n(right)}v{_BAR}H{n(left)}z"/>'
        yield from _said(part, left, right, top + 20 + _BAR / 2)


def _said(part: Part, left: float, right: float, middle: float) -> Iterator[str]:
    """The shape, the count and the word of a part, as much of it as there is room for."""
    room, word = right - left - 12, f"{part.count} {part.word}"
    said = next((said for said in (word, str(part.count)) if 18 + width_of(said) <= room), "")
    if said:
        place = f'x="{n(left + 6)}" y="{n(middle - 7)}" width="14" height="14"'
        yield f'<use class="on-{part.kind}" href="#m-{part.kind}" {place}/>'
        yield text(left + 24, middle + 4.5, said, f"on-{part.kind}")
    elif width_of(str(part.count)) <= right - left - 4:
        yield text((left + right) / 2, middle + 4.5, str(part.count), f"on-{part.kind}", "middle")


def bar(count: int, most: int) -> Markup:
    """A count as a bar in a table cell, beside the greatest one; decoration, the count stands beside it."""
    return Markup(f'<svg class="bar" aria-hidden="true"><path d="M0 6h{count / most * 150:.0f}"/></svg>')
