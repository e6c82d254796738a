"""How has each of many gone? The spark line of a table cell."""

from __future__ import annotations

from markupsafe import Markup

from assurance.measures.variation import ControlChart
from assurance.model import Direction, Period
from assurance.reporting.charts.drawing import Scale, shape
from assurance.reporting.charts.months import Months, distance, kind_of, line, start_of, unbroken


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
    parts = []
    starts = [round(frame.left), *(round(start_of(frame, segment)) for segment in chart.segments[1:])]
    for segment, start, stop in zip(chart.segments, starts, [*starts[1:], width - 2], strict=True):
        if segment.mean is not None and frame.scale.low <= segment.mean <= frame.scale.high and stop > frame.left:
            parts.append(f'<path d="M{max(start, round(frame.left))} {round(frame.y(segment.mean))}H{stop}"/>')
    for run in unbroken(shown):
        parts.append(line(frame, run) or shape(*frame.place(run[0]), 5, "usual"))
    own = shown[-1]
    if own.period == last:
        parts.append(shape(*frame.place(own), 11, kind_of(own, chart, direction)))
    return Markup(f'<svg class="spark" aria-hidden="true">{"".join(parts)}</svg>')
