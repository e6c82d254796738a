"""Has a rate changed by more than usual? The control chart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from markupsafe import Markup

from assurance.measures.rates import percent
from assurance.measures.variation import ChartPoint, ControlChart
from assurance.model import Direction, Period
from assurance.reporting.charts.drawing import (
    LABEL_GAP,
    LETTER,
    NARROW,
    TEXT,
    Label,
    lines,
    n,
    outline,
    push_apart,
    reference,
    scale_of,
    shape,
    svg,
    text,
    y_axis,
)
from assurance.reporting.charts.months import Months, bands, extent, kind_of, line, means, start_of, unbroken


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
    scale = scale_of(extent(chart, shown, target))
    frame = Months(
        left=48 if scale.step >= 0.01 else 63,  # room for `100 %` or `99.5 %`
        right=width - (132 if narrow else 148),  # room for `Average 100.0 %` in a wide, bold font
        top=16,
        bottom=(250 if narrow else 300) - 34,
        scale=scale,
        first=first,
        last=last,
    )
    parts = [
        *y_axis(frame),
        *_x_axis(frame),
        *bands(frame, chart, shown),
        *means(frame, chart),
        *reference(frame, None if target is None else float(target), "target"),
        *_month_marks(frame, gaps, marks or {}),
        *(line(frame, run) for run in unbroken(shown)),
        *_points(frame, shown, chart, direction, 9 if narrow else 12),
        *_rebase_marks(frame, chart),
        *_right_labels(frame, chart, shown, target, narrow),
    ]
    return svg(key, title, description, width, 250 if narrow else 300, parts, beside=narrow)


def _x_axis(frame: Months) -> Iterator[str]:
    months = list(frame.first.until(frame.first.plus(frame.months - 1)))
    room = 6 * TEXT * LETTER + 8
    every = next((k for k in (1, 2, 3, 6, 12) if k * frame.pitch >= room), 24)
    told = [month for month in months if (month.month - 1) % every == 0 and (every < 24 or month.year % 2 == 0)]
    told = told or months[-1:]
    yield lines("axis", (f"M{n(frame.x(month))} {n(frame.bottom)}v5" for month in told))
    for month in told:
        yield text(frame.x(month), frame.bottom + 20, month.short, anchor="middle")


def _rebase_marks(frame: Months, chart: ControlChart) -> Iterator[str]:
    """An upright line where the limits begin anew; a word where there is room, and the note below the chart says why."""
    words, taken = "New limits", frame.left
    half = len(words) * TEXT * LETTER / 2
    for segment in chart.segments:
        if not segment.reason or segment.points[0].period < frame.first:
            continue
        x = start_of(frame, segment)
        yield f'<path class="rebase" d="M{n(x)} {n(frame.top)}V{n(frame.bottom)}"/>'
        middle = max(frame.left + half, min(x, frame.right - half))
        if middle - half >= taken:
            yield text(middle, frame.top - 4, words, anchor="middle")
            taken = middle + half + 4


def _month_marks(frame: Months, gaps: Mapping[Period, str], marks: Mapping[Period, str]) -> Iterator[str]:
    """One mark for each run of months of which the same is to be said; a mark without room stands a row higher.

    Months without a figure are shaded, others have a line along the axis.
    """
    rows: list[float] = []
    for first, length, mark in _runs({**marks, **gaps}):
        x, width = frame.x(first) - frame.pitch / 2, frame.pitch * length
        if first in gaps:
            yield f'<path class="gap" d="M{n(x)} {n(frame.top)}h{n(width)}V{n(frame.bottom)}h{n(-width)}z"/>'
        else:
            yield f'<path class="marked" d="M{n(x)} {n(frame.bottom - 1)}h{n(width)}"/>'
        half = len(mark) * TEXT * LETTER / 2
        middle = max(frame.left + half, min(x + width / 2, frame.right - half))
        row = next((row for row, end in enumerate(rows) if end <= middle - half), len(rows))
        rows[row : row + 1] = [middle + half]
        yield text(middle, frame.bottom - 6 - LABEL_GAP * row, mark, anchor="middle")


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


def _points(
    frame: Months, shown: Sequence[ChartPoint], chart: ControlChart, direction: Direction, size: float
) -> Iterator[str]:
    """Usual months as one path of dots, those that are unusual alike as one path, too, and the latest month alone."""
    paths: dict[str, str] = {}
    for point in shown:
        x, y = frame.place(point)
        kind, is_last = kind_of(point, chart, direction), point.period == frame.last
        style = "dots" if kind == "usual" else f"k-{kind}"
        path = f"M{x} {y}h0" if kind == "usual" else outline(x, y, size + 1, kind)
        if is_last or not path:
            yield shape(x, y, size + (kind != "usual") + 4 * is_last, kind)
        else:
            paths[style] = paths.get(style, "") + path
    yield from (lines(style, [path]) for style, path in paths.items())


def _right_labels(
    frame: Months, chart: ControlChart, shown: Sequence[ChartPoint], target: Decimal | None, narrow: bool
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
        yield text(frame.right + 9, y + 4, label.text, label.style)
