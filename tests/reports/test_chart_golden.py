"""Every kind of chart is drawn, character for character, as it was when somebody last looked at it.

`GOLDEN_CHARTS=write .venv/bin/pytest tests/reports/test_chart_golden.py` writes `golden/` anew. Then look at what
changed: `git diff` shows it element by element, and each file opens in a browser, though without the page's colours.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest
from markupsafe import Markup

from assurance.measures.variation import Point, p_prime_chart
from assurance.model import Direction, Period, Rebase
from assurance.reporting import charts
from assurance.reporting.charts import Dot, Edge, Part, Span, Whole

GOLDEN = Path(__file__).parent / "golden"
FIRST = Period(2024, 11)
LAST = FIRST.plus(23)
MET = (
    176,
    181,
    179,
    180,
    182,
    178,
    181,
    180,
    179,
    183,
    180,
    178,
    190,
    191,
    189,
    192,
    190,
    188,
    191,
    150,
    190,
    189,
    191,
    190,
)
MISSING = 4
CHART = p_prime_chart(
    [Point(FIRST.plus(i), met, 200) for i, met in enumerate(MET) if i != MISSING],
    rebases=[Rebase(FIRST.plus(12), "A new case system")],
)
SPANS = (
    Span("London", 0.91, 0.90, 0.92, "higher", "higher"),
    Span("Thames and Chiltern", 0.86, 0.83, 0.89),
    Span("East Midlands", 0.77, 0.75, 0.79, "lower", "lower"),
    Span("Wessex & <Others>", None, None, None, word="[x] no return"),
)
LINES = (("Typical Area", 0.86, "typical"), ("All Areas", 0.855, "nation"), ("Target", 0.9, "target"))
DOTS = (
    Dot(420, 0.86),
    Dot(1200, 0.77, "lower", "East Midlands, lower"),
    Dot(1300, 0.78, "lower", "South West, lower"),
    Dot(9000, 0.91, "higher", "London, higher"),
    Dot(800, 0.93, "similar", "Wessex"),
)
CHANCE = (Edge(300, 0.78, 0.91), Edge(2000, 0.83, 0.88), Edge(11000, 0.845, 0.865))
USUAL = (Edge(300, 0.75, 0.93), Edge(2000, 0.79, 0.91), Edge(11000, 0.8, 0.9))
BARS = (
    Whole(
        "CPS, 14 standards", (Part("not_met", "not met", 3), Part("too_close", "too close", 10), Part("met", "met", 1))
    ),
    Whole(
        "Police, 90 standards", (Part("not_met", "not met", 88), Part("too_few", "too few", 1), Part("met", "met", 1))
    ),
)
WORDS = {"title": "A finding & its <words>", "description": "What it shows."}


def drawn() -> Mapping[str, str]:
    """Each chart by the name of its file."""
    months = {"direction": Direction.UP, "first": FIRST, "last": LAST}
    series = {"gaps": {FIRST.plus(MISSING): "[x]"}, "marks": {LAST: "[p]"}, "target": Decimal("0.9")}
    found = {
        "small_multiple": charts.small_multiple(CHART, key="k", target=Decimal("0.9"), **WORDS, **months),
        "spark": charts.spark(CHART, **months),
        "bar": charts.bar(30, 40),
        "mark": charts.mark("not_met"),
        "shapes": charts.shapes(),
    }
    for width in (760, 400):
        size = {"key": "k", "width": width, **WORDS}
        limits = {"centre": 0.855, "chance": CHANCE, "usual": USUAL, "sizes": "Cases looked at"}
        found[f"control_{width}"] = charts.control_chart(CHART, **size, **months, **series)  # type: ignore[arg-type]
        found[f"interval_plot_{width}"] = charts.interval_plot(SPANS, references=LINES, **size)  # type: ignore[arg-type]
        found[f"funnel_{width}"] = charts.funnel(DOTS, **size, **limits)  # type: ignore[arg-type]
        found[f"stacked_{width}"] = charts.stacked(BARS, **size)  # type: ignore[arg-type]
    return {name: _by_element(chart) for name, chart in found.items()}


def _by_element(chart: Markup) -> str:
    """One element a line, and a name space, so that the file can be read and opened."""
    named = str(chart).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return named.replace("><", ">\n<") + "\n"


def test_every_kind_of_chart_is_drawn_as_it_was() -> None:
    found = drawn()
    if os.environ.get("GOLDEN_CHARTS") == "write":
        GOLDEN.mkdir(exist_ok=True)
        for path in GOLDEN.glob("*.svg"):
            path.unlink()
        for name, chart in found.items():
            (GOLDEN / f"{name}.svg").write_text(chart, encoding="utf-8")
        pytest.skip("written anew: look at them")
    kept = {path.stem: path.read_text(encoding="utf-8") for path in GOLDEN.glob("*.svg")}
    differing = sorted(name for name in {*kept, *found} if kept.get(name) != found.get(name))
    assert not differing, (
        f"not drawn as in {GOLDEN.name}/: {', '.join(differing)}; the head of this file says how to go on"
    )


def test_every_chart_that_a_page_can_call_for_is_among_them() -> None:
    kinds = {name for name in charts.__all__ if callable(getattr(charts, name)) and name.islower()}
    helpers = {"kind_of", "push_apart"}
    kept = {
        path.stem.removesuffix("_760").removesuffix("_400").replace("control", "control_chart")
        for path in GOLDEN.iterdir()
    }
    assert kinds - helpers == kept
