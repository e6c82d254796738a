"""How has each of many gone? The small multiple, and the spark line of a table cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from markupsafe import Markup

from assurance.measures.variation import ChartPoint, ControlChart
from assurance.model import Direction, Period
from assurance.reporting.charts.drawing import (
    LABEL_GAP,
    Label,
    Scale,
    push_apart,
    reference,
    scale_of,
    shape,
    svg,
    text,
    y_axis,
)
from assurance.reporting.charts.months import (
    Months,
    bands,
    distance,
    extent,
    kind_of,
    line,
    line_path,
    means,
    start_of,
    unbroken,
)

_WIDTH, _HEIGHT = 300, 150
"""Three stand beside each other on a wide page, and one fills a phone: one size is enough."""

_AROUND = {
    "improving": "m-3 0a3 3 0 1 0 6 0 3 3 0 1 0-6 0z",
    "worsening": "m0-4l4 4-4 4-4-4z",
    "high": "m0-4l4 7h-8z",
    "low": "m0 4l4-7h-8z",
}
"""The shape of an unusual month, drawn around its place."""


def small_multiple(
    chart: ControlChart,
    *,
    key: str,
    title: str,
    description: str,
    direction: Direction,
    first: Period,
    last: Period,
    target: Decimal | None,
) -> Markup:
    """The months of one of many, with average, limits and, where there is one, the target; its figures stand beside it."""
    shown = [point for point in chart.points if first <= point.period <= last and point.rate is not None]
    scale = scale_of(extent(chart, shown, target), most=3)
    frame = Months(
        left=48 if scale.step >= 0.01 else 63,  # room for `100 %` or `99.5 %`
        right=_WIDTH - 72,  # room for `Average`
        top=12,
        bottom=_HEIGHT - 28,
        scale=scale,
        first=first,
        last=last,
    )
    parts = [
        *y_axis(frame),
        *bands(frame, chart, shown),
        *means(frame, chart),
        *reference(frame, None if target is None else float(target), "target"),
        *(line(frame, run) or shape(*frame.place(run[0]), 7, "usual") for run in unbroken(shown)),
        *_unusual(frame, shown, chart, direction),
        *_ends(frame),
        *_labels(frame, chart, target),
    ]
    return svg(key, title, description, _WIDTH, _HEIGHT, parts)


def _unusual(frame: Months, shown: Sequence[ChartPoint], chart: ControlChart, direction: Direction) -> Iterator[str]:
    """Unusual months, one path for each kind, and the latest month as a shape of its own."""
    paths: dict[str, str] = {}
    for point in shown:
        x, y = frame.place(point)
        kind = kind_of(point, chart, direction)
        if point.period == frame.last:
            yield shape(x, y, 12, kind)
        elif kind in _AROUND:
            paths[kind] = f"{paths.get(kind, '')}M{x} {y}{_AROUND[kind]}"
    for kind, path in paths.items():
        yield f'<path class="k-{kind}" d="{path}"/>'


def _ends(frame: Months) -> Iterator[str]:
    """The first month and the last."""
    if frame.first != frame.last:
        yield text(frame.left, frame.bottom + 20, frame.first.short)
    yield text(frame.right, frame.bottom + 20, frame.last.short, anchor="end")


def _labels(frame: Months, chart: ControlChart, target: Decimal | None) -> Iterator[str]:
    labels = [] if chart.mean is None else [Label(frame.y(chart.mean), "Average", "strong")]
    labels += [] if target is None else [Label(frame.y(float(target)), "Target", "target-text")]
    places = push_apart([label.y for label in labels], LABEL_GAP, frame.top, frame.bottom)
    for label, y in zip(labels, places, strict=True):
        yield text(frame.right + 7, y + 4, label.text, label.style)


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
    width, height, pitch = 132, 40, max(1, 124 // (distance(first, last) + 1))
    right = width - 7 + pitch / 2
    frame = Months(
        left=right - pitch * (distance(first, last) + 1),
        right=right,
        top=6,
        bottom=height - 6,
        scale=Scale(middle - reach, middle + reach, reach),
        first=first,
        last=last,
    )
    average = ""
    starts = [round(frame.left), *(round(start_of(frame, segment)) for segment in chart.segments[1:])]
    for segment, start, stop in zip(chart.segments, starts, [*starts[1:], width - 2], strict=True):
        if segment.mean is not None and frame.scale.low <= segment.mean <= frame.scale.high and stop > frame.left:
            average += f"M{max(start, round(frame.left))} {round(frame.y(segment.mean))}H{stop}"
    series = "".join(line_path(frame, run) or _dash(*frame.place(run[0])) for run in unbroken(shown))
    # The first path is the average, even if it is empty, and the second the series: the stylesheet tells them by that.
    parts = [f'<path d="{average}"/>', f'<path d="{series}"/>']
    own = shown[-1]
    if own.period == last:
        parts.append(shape(*frame.place(own), 11, kind_of(own, chart, direction)))
    return Markup(f'<svg class="spark" aria-hidden="true">{"".join(parts)}</svg>')


def _dash(x: int, y: int) -> str:
    """A month without neighbours in a spark line: as dark as a dot, and part of the same path."""
    return f"M{x - 2} {y}h4"
