"""How do the figures look? SVG as text, from pure functions, one module for each kind of chart.

Colours and fonts come from the page's stylesheet by class. Whatever is unusual is told by shape, colour and word.
Months without a figure are gaps that no line crosses. Every text is escaped.
"""

from assurance.reporting.charts.control import control_chart
from assurance.reporting.charts.drawing import LETTER, SHAPES, TEXT, Label, mark, push_apart, shapes
from assurance.reporting.charts.funnels import Dot, Edge, funnel
from assurance.reporting.charts.intervals import Span, interval_plot
from assurance.reporting.charts.months import kind_of
from assurance.reporting.charts.multiples import small_multiple, spark
from assurance.reporting.charts.shares import Part, Whole, bar, stacked

__all__ = [
    "LETTER",
    "SHAPES",
    "TEXT",
    "Dot",
    "Edge",
    "Label",
    "Part",
    "Span",
    "Whole",
    "bar",
    "control_chart",
    "funnel",
    "interval_plot",
    "kind_of",
    "mark",
    "push_apart",
    "shapes",
    "small_multiple",
    "spark",
    "stacked",
]
