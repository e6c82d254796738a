"""How do the figures look? SVG as text, from pure functions: control chart, interval plot, spark line, marks.

Colours and fonts come from the page's stylesheet by class. Whatever is unusual is told by shape, colour and word.
Months without a figure are gaps that no line crosses. Every text is escaped.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from markupsafe import Markup, escape

from assurance.measures.rates import percent
from assurance.measures.variation import ChartPoint, ControlChart, Segment, Variation, variation
from assurance.model import Direction, Period

LABEL_GAP = 16
"""Labels keep this distance from baseline to baseline."""

TEXT = 13
"""Font size of all text in charts."""

LETTER = 0.55
"""How wide a letter is, in font sizes, on average: enough for the widest sans serif font in use."""

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


def mark(kind: str) -> Markup:
    """The small shape that goes with a word; decoration, the word says it. Empty for a kind without a shape."""
    if kind not in SHAPES:
        return Markup("")
    return Markup('<svg aria-hidden="true"><use href="#m-{}"/></svg>').format(kind)


def shapes() -> Markup:
    """Every shape, once a page, for `mark` to refer to."""
    symbols = "".join(
        f'<symbol id="m-{kind}" viewBox="0 0 16 16"><path d="{path}"/></symbol>' for kind, path in SHAPES.items()
    )
    return Markup(f'<svg class="shapes" aria-hidden="true" width="0" height="0">{symbols}</svg>')


def kind_of(point: ChartPoint, chart: ControlChart, direction: Direction) -> str:
    """Which shape does this month have?"""
    return (variation(chart, point.period, direction) if point.signals else Variation.USUAL).value


# Control chart


def control_chart(
    chart: ControlChart,
    *,
    key: str,
    title: str,
    description: str,
    direction: Direction,
    first: Period,
    last: Period,
    gaps: Mapping[Period, str],
    target: Decimal | None,
    width: int,
    marks: Mapping[Period, str] | None = None,
) -> Markup:
    """The months with average, limits and, where there is one, the target. `key` makes the ids unique in the page.

    `gaps` are months without a figure, `marks` what is to be said of the figure of some others (`[p]`).
    """
    shown = [point for point in chart.points if first <= point.period <= last and point.rate is not None]
    narrow = width < NARROW
    scale = _scale(_extent(chart, shown, target))
    frame = _Frame(
        left=48 if scale.step >= 0.01 else 63,  # room for `100 %` or `99.5 %`
        right=width - (132 if narrow else 148),  # room for `Average 100.0 %` in a wide, bold font
        top=16,
        bottom=(250 if narrow else 300) - 34,
        scale=scale,
        first=first,
        last=last,
    )
    parts = [
        *_y_axis(frame),
        *_x_axis(frame),
        *_bands(frame, chart, shown),
        *_means(frame, chart),
        *_reference(frame, None if target is None else float(target), "target"),
        *_month_marks(frame, gaps, marks or {}),
        *(_line(frame, run) for run in _unbroken(shown)),
        *_points(frame, shown, chart, direction, 9 if narrow else 12),
        *_rebase_marks(frame, chart),
        *_right_labels(frame, chart, shown, target, narrow),
    ]
    return _svg(key, title, description, width, 250 if narrow else 300, parts)


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float
    step: float

    def ticks(self) -> list[float]:
        count = round((self.high - self.low) / self.step)
        return [self.low + i * self.step for i in range(count + 1)]


@dataclass(frozen=True)
class _Frame:
    left: float
    right: float
    top: float
    bottom: float
    scale: _Scale
    first: Period
    last: Period

    @property
    def months(self) -> int:
        return _distance(self.first, self.last) + 1

    @property
    def pitch(self) -> float:
        return (self.right - self.left) / self.months

    def x(self, month: Period) -> float:
        return self.left + (_distance(self.first, month) + 0.5) * self.pitch

    def y(self, share: float) -> float:
        return self.bottom - (share - self.scale.low) / (self.scale.high - self.scale.low) * (self.bottom - self.top)

    def place(self, point: ChartPoint) -> tuple[int, int]:
        """Where a month stands: a whole number of pixels is fine enough, and short."""
        return round(self.x(point.period)), round(self.y(point.rate or 0))


def _distance(first: Period, last: Period) -> int:
    return (last.year - first.year) * 12 + last.month - first.month


def _extent(chart: ControlChart, shown: Sequence[ChartPoint], target: Decimal | None) -> list[float]:
    values = [value for p in shown for value in (p.rate, p.low, p.high) if value is not None]
    means = [segment.mean for segment in chart.segments if segment.mean is not None and _is_shown(segment, shown)]
    return [*values, *([] if target is None else [float(target)]), *means]


def _is_shown(segment: Segment, shown: Sequence[ChartPoint]) -> bool:
    """Whether a month of the segment is drawn; the last segment's average always is."""
    return not shown or segment.points[-1].period >= shown[0].period


def _scale(values: Sequence[float], most: int = 6) -> _Scale:
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
    return _Scale(max(0.0, bottom * step), min(1.0, top * step), step)


def _y_axis(frame: _Frame) -> Iterator[str]:
    places = 1 if frame.scale.step < 0.01 else 0
    for tick in frame.scale.ticks():
        y = frame.y(tick)
        yield f'<path class="grid" d="M{_n(frame.left)} {_n(y)}H{_n(frame.right)}"/>'
        yield _text(frame.left - 7, y + 4, percent(round(tick, 6), places), "tick", "end")


def _x_axis(frame: _Frame) -> Iterator[str]:
    months = list(frame.first.until(frame.first.plus(frame.months - 1)))
    room = 6 * TEXT * LETTER + 8
    every = next((k for k in (1, 2, 3, 6, 12) if k * frame.pitch >= room), 24)
    told = [month for month in months if (month.month - 1) % every == 0 and (every < 24 or month.year % 2 == 0)]
    for month in told or months[-1:]:
        x = frame.x(month)
        yield f'<path class="axis" d="M{_n(x)} {_n(frame.bottom)}v5"/>'
        yield _text(x, frame.bottom + 20, month.short, "tick", "middle")


def _means(frame: _Frame, chart: ControlChart) -> Iterator[str]:
    """The average of each segment, from where it begins to where the next one does."""
    starts = [frame.left, *(_start_of(frame, segment) for segment in chart.segments[1:])]
    for segment, start, stop in zip(chart.segments, starts, [*starts[1:], frame.right], strict=True):
        if segment.mean is not None and stop > frame.left:
            y = _n(frame.y(segment.mean))
            yield f'<path class="mean" d="M{_n(max(start, frame.left))} {y}H{_n(stop)}"/>'


def _start_of(frame: _Frame, segment: Segment) -> float:
    return frame.x(segment.points[0].period) - frame.pitch / 2


def _rebase_marks(frame: _Frame, chart: ControlChart) -> Iterator[str]:
    """An upright line where the limits begin anew; a word where there is room, and the note below the chart says why."""
    words, taken = "New limits", frame.left
    half = len(words) * TEXT * LETTER / 2
    for segment in chart.segments:
        if not segment.reason or segment.points[0].period < frame.first:
            continue
        x = _start_of(frame, segment)
        yield f'<path class="rebase" d="M{_n(x)} {_n(frame.top)}V{_n(frame.bottom)}"/>'
        middle = max(frame.left + half, min(x, frame.right - half))
        if middle - half >= taken:
            yield _text(middle, frame.top - 4, words, "tick", "middle")
            taken = middle + half + 4


def _bands(frame: _Frame, chart: ControlChart, shown: Sequence[ChartPoint]) -> Iterator[str]:
    for segment in chart.segments:
        months = {point.period for point in segment.points}
        yield from _band(frame, [point for point in shown if point.period in months])


def _band(frame: _Frame, shown: Sequence[ChartPoint]) -> Iterator[str]:
    """Limits as steps, one a month, because they depend on how much was assessed in the month.

    One path is both: back along the lower limits, then along the upper ones. It is not closed, so no line is drawn at
    its right end.
    """
    for run in _unbroken([point for point in shown if point.low is not None]):
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
    (x, y), *rest = places
    path = [f"M{x} {y}"]
    for next_x, next_y in rest:
        path += [f"h{next_x - x}"] if next_x != x else []
        path += [f"v{next_y - y}"] if next_y != y else []
        x, y = next_x, next_y
    return "".join(path)


def _moves(places: Sequence[tuple[int, int]]) -> str:
    """From each place to the next, as short as a path can say it: `16-2 15 4`."""
    moves = [number for (x, y), (to_x, to_y) in pairwise(places) for number in (to_x - x, to_y - y)]
    return "".join(f"{'' if number < 0 else ' '}{number}" for number in moves).strip()


def _reference(frame: _Frame, share: float | None, style: str) -> Iterator[str]:
    if share is not None:
        yield f'<path class="{style}" d="M{_n(frame.left)} {_n(frame.y(share))}H{_n(frame.right)}"/>'


def _month_marks(frame: _Frame, gaps: Mapping[Period, str], marks: Mapping[Period, str]) -> Iterator[str]:
    """One mark for each run of months of which the same is to be said; a mark without room stands a row higher.

    Months without a figure are shaded, others have a line along the axis.
    """
    rows: list[float] = []
    for first, length, mark in _runs({**marks, **gaps}):
        x, width = frame.x(first) - frame.pitch / 2, frame.pitch * length
        if first in gaps:
            yield f'<path class="gap" d="M{_n(x)} {_n(frame.top)}h{_n(width)}V{_n(frame.bottom)}h{_n(-width)}z"/>'
        else:
            yield f'<path class="marked" d="M{_n(x)} {_n(frame.bottom - 1)}h{_n(width)}"/>'
        half = len(mark) * TEXT * LETTER / 2
        middle = max(frame.left + half, min(x + width / 2, frame.right - half))
        row = next((row for row, end in enumerate(rows) if end <= middle - half), len(rows))
        rows[row : row + 1] = [middle + half]
        yield _text(middle, frame.bottom - 6 - LABEL_GAP * row, mark, "tick", "middle")


def _runs(gaps: Mapping[Period, str]) -> Iterator[tuple[Period, int, str]]:
    """Successive months with the same mark: the first, how many, the mark."""
    run: list[Period] = []
    for month in sorted(gaps):
        if run and (month != run[-1].plus(1) or gaps[month] != gaps[run[0]]):
            yield run[0], len(run), gaps[run[0]]
            run = []
        run.append(month)
    if run:
        yield run[0], len(run), gaps[run[0]]


def _unbroken(points: Sequence[ChartPoint]) -> Iterator[list[ChartPoint]]:
    run: list[ChartPoint] = []
    for point in points:
        if run and point.period != run[-1].period.plus(1):
            yield run
            run = []
        run.append(point)
    if run:
        yield run


def _line(frame: _Frame, run: Sequence[ChartPoint]) -> str:
    if len(run) == 1:
        return ""  # a point alone needs no line
    places = [frame.place(point) for point in run]
    x, y = places[0]
    return f'<path class="line" d="M{x} {y}l{_moves(places)}"/>'


def _points(
    frame: _Frame, shown: Sequence[ChartPoint], chart: ControlChart, direction: Direction, size: float
) -> Iterator[str]:
    """Usual months as one path of dots; what is unusual, and the latest month, as a shape of its own."""
    dots = ""
    for point in shown:
        x, y = frame.place(point)
        kind, is_last = kind_of(point, chart, direction), point.period == frame.last
        if kind == "usual" and not is_last:
            dots += f"M{x} {y}h0"
        else:
            yield _shape(x, y, size + (kind != "usual") + 4 * is_last, kind)
    if dots:
        yield f'<path class="dots" d="{dots}"/>'


def _shape(x: float, y: float, size: float, kind: str) -> str:
    half = size / 2
    match kind:
        case "worsening":
            shape = f"M{_n(x)} {_n(y - half)}l{_n(half)} {_n(half)} {_n(-half)} {_n(half)} {_n(-half)} {_n(-half)}z"
        case "high" | "higher":
            shape = f"M{_n(x)} {_n(y - half)}l{_n(half)} {_n(size * 0.87)}h{_n(-size)}z"
        case "low" | "lower":
            shape = f"M{_n(x)} {_n(y + half)}l{_n(half)} {_n(-size * 0.87)}h{_n(-size)}z"
        case _:
            radius = half if kind == "improving" else half * 0.6
            return f'<circle class="k-{kind}" cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}"/>'
    return f'<path class="k-{kind}" d="{shape}"/>'


def _right_labels(
    frame: _Frame, chart: ControlChart, shown: Sequence[ChartPoint], target: Decimal | None, narrow: bool
) -> Iterator[str]:
    labels = []
    if shown:
        last = shown[-1]
        labels.append(Label(frame.y(last.rate or 0), f"{last.period.short} {percent(last.rate or 0)}", "latest"))
        if last.high is not None and last.low is not None:
            labels.append(Label(frame.y(last.high), f"{'Upper' if narrow else 'Upper limit'} {percent(last.high)}"))
            labels.append(Label(frame.y(last.low), f"{'Lower' if narrow else 'Lower limit'} {percent(last.low)}"))
    if chart.mean is not None:
        labels.append(Label(frame.y(chart.mean), f"Average {percent(chart.mean)}", "strong"))
    if target is not None:
        labels.append(Label(frame.y(float(target)), f"Target {percent(float(target))}", "target-text"))
    places = push_apart([label.y for label in labels], LABEL_GAP, frame.top, frame.bottom)
    for label, y in zip(labels, places, strict=True):
        yield _text(frame.right + 9, y + 4, label.text, f"label {label.style}".rstrip())


# Interval plot


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
    left, right = (20, width - 68) if narrow else (208, width - 150)
    top = 14 + LABEL_GAP * len(references)
    bottom = top + row * len(spans) + 6
    values = [v for span in spans for v in (span.low, span.high) if v is not None] + [
        share for _, share, _ in references
    ]
    scale = _scale(values, int((right - left) / 56))
    frame = _Frame(left, right, top, bottom, scale, Period(2000, 1), Period(2000, 1))

    def x(share: float) -> float:
        return frame.left + (share - scale.low) / (scale.high - scale.low) * (frame.right - frame.left)

    parts = [*_share_axis(frame, x), *_reference_lines(frame, references, x, width)]
    letters = int((width if narrow else left - 8) / (TEXT * LETTER))
    for index, span in enumerate(spans):
        parts.extend(_span(span, top + row * (index + (0.75 if narrow else 0.5)) + 2, frame, x, letters, narrow))
    return _svg(key, title, description, width, round(bottom + 26), parts)


def _share_axis(frame: _Frame, x: Callable[[float], float]) -> Iterator[str]:
    places = 1 if frame.scale.step < 0.01 else 0
    for tick in frame.scale.ticks():
        yield f'<path class="grid" d="M{_n(x(tick))} {_n(frame.top)}V{_n(frame.bottom)}"/>'
        yield _text(x(tick), frame.bottom + 18, percent(round(tick, 6), places), "tick", "middle")


def _reference_lines(
    frame: _Frame, references: Sequence[tuple[str, float, str]], x: Callable[[float], float], width: int
) -> Iterator[str]:
    """Each label has a row of its own above the plot.

    The line in the middle has the highest row; a label below it runs away from the lines that pass it.
    """
    ordered = sorted(references, key=lambda reference: reference[1])
    rows = [ordered[1], ordered[0], ordered[2]] if len(ordered) == 3 else ordered
    for index, (text, share, style) in enumerate(rows):
        label = f"{text} {percent(share)}"
        base, place, length = 14 + LABEL_GAP * index, x(share), len(label) * TEXT * LETTER
        lower = index + 1 < len(rows) if len(rows) < 3 else share < rows[0][1]
        wanted = place - length - 5 if lower else place + 5
        start = max(0.0, min(wanted, width - length))
        yield f'<path class="{style}" d="M{_n(place)} {_n(base + 4)}V{_n(frame.bottom)}"/>'
        anchor, at = ("end", start + length) if lower else ("start", start)
        yield _text(at, base, label, f"label {style}-text", anchor)


def _span(
    span: Span, y: float, frame: _Frame, x: Callable[[float], float], letters: int, narrow: bool
) -> Iterator[str]:
    name = span.name if len(span.name) <= letters else f"{span.name[: letters - 1]}\N{HORIZONTAL ELLIPSIS}"
    yield _text(0, y - 9 if narrow else y + 4, name, "label name")
    beside = _n(frame.right + 9)
    if span.rate is None or span.low is None or span.high is None:
        yield _text(frame.right + 9, y + 4, span.word[:3] if narrow else span.word, "label")
        return
    word = "" if narrow or not span.word else f'<tspan class="k-{span.kind}"> {escape(span.word)}</tspan>'
    yield f'<path class="interval k-{span.kind}" d="M{_n(x(span.low))} {_n(y)}H{_n(x(span.high))}"/>'
    yield _shape(x(span.rate), y, 14, span.kind)
    yield f'<text class="label strong" x="{beside}" y="{_n(y + 4)}">{percent(span.rate)}{word}</text>'


# Spark line


def spark(chart: ControlChart, *, direction: Direction, first: Period, last: Period) -> Markup:
    """The shape of a series in a table cell, with its average; decoration, the figures stand beside it."""
    shown = [point for point in chart.points if first <= point.period <= last and point.rate is not None]
    if not shown:
        return Markup("")
    values = [point.rate or 0 for point in shown]
    middle = (max(values) + min(values)) / 2
    # A line that hardly moves stays flat instead of filling the height.
    reach = max((max(values) - min(values)) / 2, 0.01)
    # As large as the stylesheet has it, with a whole number of pixels a month: short, as a page has many of them.
    width, height, pitch = 132, 40, max(1, 124 // (_distance(first, last) + 1))
    right = width - 7 + pitch / 2
    frame = _Frame(
        left=right - pitch * (_distance(first, last) + 1),
        right=right,
        top=6,
        bottom=height - 6,
        scale=_Scale(middle - reach, middle + reach, reach),
        first=first,
        last=last,
    )
    parts = []
    starts = [round(frame.left), *(round(_start_of(frame, segment)) for segment in chart.segments[1:])]
    for segment, start, stop in zip(chart.segments, starts, [*starts[1:], width - 2], strict=True):
        if segment.mean is not None and frame.scale.low <= segment.mean <= frame.scale.high and stop > frame.left:
            parts.append(f'<path d="M{max(start, round(frame.left))} {round(frame.y(segment.mean))}H{stop}"/>')
    for run in _unbroken(shown):
        parts.append(_line(frame, run) or _shape(*frame.place(run[0]), 5, "usual"))
    own = shown[-1]
    if own.period == last:
        parts.append(_shape(*frame.place(own), 11, kind_of(own, chart, direction)))
    return Markup(f'<svg class="spark" aria-hidden="true">{"".join(parts)}</svg>')


def bar(count: int, most: int) -> Markup:
    """A count as a bar in a table cell, beside the greatest one; decoration, the count stands beside it."""
    return Markup(f'<svg class="bar" aria-hidden="true"><path d="M0 6h{count / most * 150:.0f}"/></svg>')


# Text


def _svg(key: str, title: str, description: str, width: int, height: int, parts: Iterable[str]) -> Markup:
    name = escape(key)
    return Markup(
        f'<svg class="chart" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-labelledby="{name}-t {name}-d"><title id="{name}-t">{escape(title)}</title>'
        f'<desc id="{name}-d">{escape(description)}</desc>{"".join(parts)}</svg>'
    )


def _text(x: float, y: float, text: str, style: str, anchor: str = "start") -> str:
    placed = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text class="{style}" x="{_n(x)}" y="{_n(y)}"{placed}>{escape(text)}</text>'


def _n(value: float, places: int = 1) -> str:
    """A coordinate as short text; never `-0`."""
    text = f"{value:.{places}f}".rstrip("0").rstrip(".") if places else f"{value:.0f}"
    return "0" if text in ("-0", "") else text
