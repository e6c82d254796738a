"""What every chart is drawn with: scale, frame, shapes, text, and labels that make room for each other."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from assurance.measures.rates import percent

LABEL_GAP = 16
"""Labels keep this distance from baseline to baseline."""

TEXT = 13
"""Font size of all text in charts."""

LETTER = 0.55
"""How wide a letter is, in font sizes, on average: enough for the widest sans serif font in use."""

_WIDTHS: Mapping[str, float] = {
    **dict.fromkeys("iIjltfr.,:;'|!()[]- \N{NO-BREAK SPACE}", 0.42),
    **dict.fromkeys("mwMW@%\N{HORIZONTAL ELLIPSIS}", 1.12),
}
"""How wide letters are that are much narrower or wider than others, in font sizes."""

NARROW = 500
"""Below this width a chart is drawn for a phone."""

# Shapes in a box of 16: path data by what they mark. The same shape stands in charts, tables and cards.
SHAPES: Mapping[str, str] = {
    "usual": "M8 4.5a3.5 3.5 0 1 0 .01 0z",
    "improving": "M8 2a6 6 0 1 0 .01 0z",
    "worsening": "M8 1l7 7-7 7-7-7z",
    "high": "M8 2l7 12H1z",
    "low": "M8 14L1 2h14z",
    "too_short": "M3 6.6h10v2.8H3z",
    "no_data": "M3 6.6h10v2.8H3z",
    "met": "M6.4 13.4L1.6 8.6l2-2 2.8 2.8 6-6 2 2z",
    "not_met": "M8 1.5l7.2 13H.8z",
    "too_close": "M8 1.5a6.5 6.5 0 1 0 .01 0zM8 3.3v9.4a4.7 4.7 0 0 1 0-9.4z",
    "too_few": "M2.5 6.5h3v3h-3zm4 0h3v3h-3zm4 0h3v3h-3z",
    "lower": "M8 14L1 2h14z",
    "higher": "M8 2l7 12H1z",
    "similar": "M8 4.5a3.5 3.5 0 1 0 .01 0z",
}


@dataclass(frozen=True)
class Label:
    """A line of text beside a chart: where it would stand best, and what it says."""

    y: float
    text: str
    style: str = ""


@dataclass(frozen=True)
class Scale:
    low: float
    high: float
    step: float

    def ticks(self) -> list[float]:
        count = round((self.high - self.low) / self.step)
        return [self.low + i * self.step for i in range(count + 1)]


@dataclass(frozen=True)
class Frame:
    """Where a chart is drawn, and the shares along its height or width."""

    left: float
    right: float
    top: float
    bottom: float
    scale: Scale

    def y(self, share: float) -> float:
        return self.bottom - (share - self.scale.low) / (self.scale.high - self.scale.low) * (self.bottom - self.top)


def push_apart(wanted: Sequence[float], gap: float, top: float, bottom: float) -> list[float]:
    """Where do labels stand so that none is closer than `gap` to the next, each as near its place as it can be?

    Order is kept. Neighbours that would collide become one block, set around the middle of their places. When all
    of them cannot stand between `top` and `bottom`, they begin at `top` and run over the bottom.
    """
    blocks: list[tuple[list[int], float]] = []
    for index in sorted(range(len(wanted)), key=wanted.__getitem__):
        members, start = [index], _start([index], wanted, gap, top, bottom)
        while blocks and blocks[-1][1] + len(blocks[-1][0]) * gap > start:
            members = [*blocks.pop()[0], *members]
            start = _start(members, wanted, gap, top, bottom)
        blocks.append((members, start))
    placed = [0.0] * len(wanted)
    for members, start in blocks:
        for rank, index in enumerate(members):
            placed[index] = start + rank * gap
    return placed


def _start(members: Sequence[int], wanted: Sequence[float], gap: float, top: float, bottom: float) -> float:
    ideal = sum(wanted[index] - rank * gap for rank, index in enumerate(members)) / len(members)
    return max(top, min(ideal, bottom - (len(members) - 1) * gap))


def width_of(text: str) -> float:
    """How much room does a name take, whatever its letters, in the widest sans serif font in use and in bold?"""
    return TEXT * sum(_WIDTHS.get(letter, 0.8 if letter.isupper() or ord(letter) > 0x2FF else 0.7) for letter in text)


def shortened(text: str, room: float) -> str:
    """The text, or as much of its beginning as there is room for."""
    if width_of(text) <= room:
        return text
    kept = next(end for end in range(len(text) - 1, -1, -1) if width_of(f"{text[:end]}\N{HORIZONTAL ELLIPSIS}") <= room)
    return f"{text[:kept]}\N{HORIZONTAL ELLIPSIS}"


def mark(kind: str) -> Markup:
    """The small shape that goes with a word; decoration, the word says it. Empty for a kind without a shape."""
    if kind not in SHAPES:
        return Markup("")
    return Markup('<svg aria-hidden="true"><use href="#m-{}"/></svg>').format(kind)


def shapes(page: str | None = None) -> Markup:
    """Every shape that this page refers to by `mark`, once; without a page all of them."""
    symbols = "".join(
        f'<symbol id="m-{kind}" viewBox="0 0 16 16"><path d="{path}"/></symbol>'
        for kind, path in SHAPES.items()
        if page is None or f'href="#m-{kind}"' in page
    )
    return Markup(f'<svg class="shapes" aria-hidden="true" width="0" height="0">{symbols}</svg>')


def scale_of(values: Sequence[float], most: int = 6) -> Scale:
    """Round shares around the values, with at most `most` steps, never outside 0 to 1."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    for step in (0.005, 0.01, 0.02, 0.05, 0.1, 0.2):
        # The small allowance keeps a value that stands on a tick from opening another step.
        bottom, top = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        top = max(top, bottom + 1)
        if top - bottom <= most:
            break
    if top * step > 1 + 1e-9:
        bottom, top = bottom - 1, top - 1
    return Scale(max(0.0, bottom * step), min(1.0, top * step), step)


def y_axis(frame: Frame) -> Iterator[str]:
    """Shares along the left, with a line through the chart for each."""
    places = 1 if frame.scale.step < 0.01 else 0
    ticks = frame.scale.ticks()
    yield lines("grid", (f"M{n(frame.left)} {n(frame.y(tick))}H{n(frame.right)}" for tick in ticks))
    for tick in ticks:
        yield text(frame.left - 7, frame.y(tick) + 4, percent(round(tick, 6), places), anchor="end")


def lines(style: str, paths: Iterable[str]) -> str:
    """Lines that look alike are one path: short, as a page has many of them."""
    return f'<path class="{style}" d="{"".join(paths)}"/>'


def reference(frame: Frame, share: float | None, style: str) -> Iterator[str]:
    """A level line through the chart, where there is a share to draw it at."""
    if share is not None:
        yield f'<path class="{style}" d="M{n(frame.left)} {n(frame.y(share))}H{n(frame.right)}"/>'


def shape(x: float, y: float, size: float, kind: str) -> str:
    """A point that is unusual, or of an Area that stands out. A usual one has no class: it looks as points do."""
    if path := outline(x, y, size, kind):
        return lines(f"k-{kind}", [path])
    radius = size / 2 if kind == "improving" else size / 2 * 0.6
    styled = "" if kind == "usual" else f' class="k-{kind}"'
    return f'<circle{styled} cx="{n(x)}" cy="{n(y)}" r="{n(radius)}"/>'


def outline(x: float, y: float, size: float, kind: str) -> str:
    """The path around such a point; empty where it is a circle."""
    half = n(size / 2)
    match kind:
        case "worsening":
            return f"M{n(x)} {n(y - size / 2)}l{half} {half}-{half} {half}-{half}-{half}z"
        case "high" | "higher":
            return f"M{n(x)} {n(y - size / 2)}l{half} {n(size * 0.87)}h-{n(size)}z"
        case "low" | "lower":
            return f"M{n(x)} {n(y + size / 2)}l{half}-{n(size * 0.87)}h-{n(size)}z"
        case _:
            return ""


def svg(
    key: str, title: str, description: str, width: int, height: int, parts: Iterable[str], *, beside: bool = False
) -> Markup:
    """A whole chart, which says in words what it shows. `key` makes its ids unique in the page.

    `beside`: it is the same chart for a phone, and the wide one of that key has the words for both.
    """
    name = escape(key)
    said = f'<title id="{name}-t">{escape(title)}</title><desc id="{name}-d">{escape(description)}</desc>'
    return Markup(
        f'<svg class="chart" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-labelledby="{name}-t {name}-d">{"" if beside else said}{"".join(parts)}</svg>'
    )


def text(x: float, y: float, text: str, style: str = "", anchor: str = "start") -> str:
    """A text of the chart; `anchor` says which end of it stands at x."""
    placed = "" if anchor == "start" else f' text-anchor="{anchor}"'
    styled = f' class="{style}"' if style else ""
    return f'<text{styled} x="{n(x)}" y="{n(y)}"{placed}>{escape(text)}</text>'


def n(value: float, places: int = 1) -> str:
    """A coordinate as short text; never `-0`."""
    text = f"{value:.{places}f}".rstrip("0").rstrip(".") if places else f"{value:.0f}"
    return "0" if text in ("-0", "") else text
