"""Charts say what the data say: gaps stay gaps, unusual points have their own shape, no label stands on another."""

from __future__ import annotations

import random
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations, pairwise

import pytest

from assurance.measures.variation import ControlChart, Point, p_prime_chart
from assurance.model import Direction, Period, Rebase
from assurance.reporting import charts
from assurance.reporting.charts import LETTER, TEXT, Span, control_chart, interval_plot, push_apart, spark

FIRST = Period(2024, 1)
WIDTHS = (760, 620, 400)
SEEDS = 25


def series(*rates: float | None, assessed: int = 200) -> ControlChart:
    """A chart of months from `FIRST` on; None is a month without a return."""
    return p_prime_chart(
        [Point(FIRST.plus(i), round(rate * assessed), assessed) for i, rate in enumerate(rates) if rate is not None]
    )


def drawn(chart: ControlChart, months: int, width: int = 760, **other: object) -> ET.Element:
    last = FIRST.plus(months - 1)
    known = {point.period for point in chart.points if point.rate is not None}
    gaps = {month: "[x]" for month in FIRST.until(last) if month not in known}
    given: dict[str, object] = {
        "key": "k",
        "title": "A finding",
        "description": "What it shows.",
        "direction": Direction.NEUTRAL,
        "first": FIRST,
        "last": last,
        "gaps": gaps,
        "target": None,
        "width": width,
    }
    return ET.fromstring(control_chart(chart, **{**given, **other}))  # type: ignore[arg-type]


def of_class(svg: ET.Element, name: str) -> list[ET.Element]:
    return [each for each in svg.iter() if name in each.get("class", "").split()]


@dataclass(frozen=True)
class Box:
    text: str
    left: float
    right: float
    top: float
    bottom: float

    def meets(self, other: Box) -> bool:
        apart = self.right <= other.left or other.right <= self.left
        return not apart and self.top < other.bottom and other.top < self.bottom


def boxes(svg: ET.Element) -> Iterator[Box]:
    for each in svg.iter("text"):
        text = "".join(each.itertext())
        width, x, y = len(text) * TEXT * LETTER, float(each.get("x", "0")), float(each.get("y", "0"))
        left = x - {"end": width, "middle": width / 2}.get(each.get("text-anchor", ""), 0.0)
        yield Box(text, left, left + width, y - TEXT * 0.8, y + TEXT * 0.2)


def collisions(svg: ET.Element) -> list[tuple[str, str]]:
    return [(one.text, other.text) for one, other in combinations(boxes(svg), 2) if one.meets(other)]


def random_series(seed: int) -> tuple[ControlChart, int]:
    chance = random.Random(seed)
    months = chance.randint(1, 36)
    middle, spread = chance.choice([0.02, 0.5, 0.85, 0.99, 1.0]), chance.choice([0.0, 0.001, 0.02, 0.3])
    rates = [
        None if chance.random() < 0.15 else min(1.0, max(0.0, chance.gauss(middle, spread))) for _ in range(months - 1)
    ]
    return series(*rates, middle, assessed=chance.choice([5, 40, 400, 40000])), months


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("target", [None, Decimal("0.85"), Decimal("0.851"), Decimal("1")])
def test_no_label_of_a_control_chart_stands_on_another(width: int, target: Decimal | None) -> None:
    for seed in range(SEEDS):
        chart, months = random_series(seed)
        svg = drawn(chart, months, width, target=target)
        assert not collisions(svg), f"seed {seed}"
        wide = [box for box in boxes(svg) if box.left < -1 or box.right > width + 1 or box.top < -1]
        assert not wide, f"seed {seed}: outside the picture: {wide}"


@pytest.mark.parametrize("width", WIDTHS)
def test_no_label_of_a_rebased_chart_stands_on_another(width: int) -> None:
    for seed in range(SEEDS):
        chart, months = random_series(seed)
        begins = random.Random(seed).sample(range(-1, months), k=min(3, months))
        rebases = [Rebase(FIRST.plus(month), "Why") for month in begins]
        points = [Point(p.period, p.met, p.assessed) for p in chart.points]
        rebased = p_prime_chart(points, rebases=rebases)
        svg = drawn(rebased, months, width)
        assert not collisions(svg), f"seed {seed}"
        assert len(of_class(svg, "mean")) == len(rebased.segments)
        assert len(of_class(svg, "rebase")) == sum(bool(part.reason) for part in rebased.segments)


def test_each_segment_has_its_own_average_and_limits_in_its_own_months() -> None:
    points = [Point(FIRST.plus(i), met, 200) for i, met in enumerate([*[160, 164] * 6, *[180, 184] * 6])]
    svg = drawn(p_prime_chart(points, rebases=[Rebase(FIRST.plus(12), "New case system")]), 24)
    first, second = (path.get("d", "") for path in of_class(svg, "mean"))
    (upright,) = (path.get("d", "") for path in of_class(svg, "rebase"))
    boundary = upright[1:].split(" ")[0]
    assert first.endswith(f"H{boundary}")
    assert second.startswith(f"M{boundary} ")
    assert first.split()[1].split("H")[0] != second.split()[1].split("H")[0]
    assert len(of_class(svg, "band")) == 2
    assert "New limits" in {box.text for box in boxes(svg)}


@pytest.mark.parametrize("width", WIDTHS)
def test_no_label_of_an_interval_plot_stands_on_another(width: int) -> None:
    for seed in range(SEEDS):
        chance = random.Random(seed)
        spans = [
            Span(f"Area number {i}", p, max(0.0, p - 0.02), min(1.0, p + 0.02), "lower", "lower")
            for i, p in enumerate(chance.uniform(0.6, 1.0) for _ in range(chance.randint(1, 13)))
        ] + [Span("Not in", None, None, None, word="[x] no return")]
        lines = [("Typical Area", "typical"), ("All Areas", "nation"), ("Target", "target")][: chance.randint(0, 3)]
        references = [(text, chance.choice([0.8, chance.uniform(0.6, 1.0)]), style) for text, style in lines]
        svg = ET.fromstring(
            interval_plot(spans, key="k", title="t", description="d", references=references, width=width)
        )
        assert not collisions(svg), f"seed {seed}"


def test_labels_are_pushed_apart_no_further_than_needed() -> None:
    assert push_apart([50, 90], 16, 0, 200) == [50, 90]
    assert push_apart([50, 50], 16, 0, 200) == [42, 58]
    assert push_apart([50, 51, 120], 16, 0, 200) == [42.5, 58.5, 120]
    assert push_apart([198, 199, 200], 16, 0, 200) == [168, 184, 200]
    assert push_apart([1, 0], 16, 0, 200) == [16, 0]


def test_labels_pushed_apart_keep_their_order_and_distance() -> None:
    chance = random.Random(1)
    for _ in range(300):
        wanted = [chance.uniform(0, 250) for _ in range(chance.randint(0, 5))]
        placed = [y for _, y in sorted(zip(wanted, push_apart(wanted, 16, 10, 266), strict=True))]
        assert all(later - earlier >= 16 - 1e-9 for earlier, later in pairwise(placed))
        assert all(10 <= y <= 266 for y in placed)


def test_no_line_crosses_a_month_without_a_figure() -> None:
    svg = drawn(series(0.8, 0.81, 0.82, None, None, 0.8, 0.81, None, 0.8, 0.83), 10)
    moves = [re.findall(r"-?[0-9]+", each.get("d", "").partition("l")[2]) for each in of_class(svg, "line")]
    assert [1 + len(numbers) // 2 for numbers in moves] == [3, 2, 2]
    assert [each.text for each in svg.iter("text") if each.text == "[x]"] == ["[x]", "[x]"]  # one a run of months
    assert len(of_class(svg, "gap")) == 2


def test_marks_of_neighbouring_gaps_stand_in_rows() -> None:
    svg = drawn(
        series(0.8, None, None, 0.8), 4, 400, gaps={FIRST.plus(1): "[z]", FIRST.plus(2): "[x]"}, last=FIRST.plus(35)
    )
    assert not collisions(svg)


@pytest.mark.parametrize(
    ("direction", "up", "down"),
    [
        (Direction.UP, "k-improving", "k-worsening"),
        (Direction.DOWN, "k-worsening", "k-improving"),
        (Direction.NEUTRAL, "k-high", "k-low"),
    ],
)
def test_unusual_points_have_a_shape_of_their_own(direction: Direction, up: str, down: str) -> None:
    chart = series(*[0.80, 0.81, 0.79] * 6, 0.99, 0.80, 0.55)
    svg = drawn(chart, 21, direction=direction)
    assert len(of_class(svg, up)) == 1
    assert len(of_class(svg, down)) == 1
    assert len(of_class(svg, "dots")[0].get("d", "").split("M")) - 1 == 19, "usual months but the latest are dots"


def test_a_series_without_limits_draws_none() -> None:
    for chart, months in ((series(0.8, 0.9), 2), (series(*[1.0] * 14), 14)):
        svg = drawn(chart, months)
        assert not of_class(svg, "band")
        assert len(of_class(svg, "mean")) == 1
        assert not [each for each in svg.iter("text") if "limit" in (each.text or "")]


def test_a_chart_names_itself_and_escapes_what_it_is_told() -> None:
    svg = drawn(series(0.8), 1, title='<b>"A" & B</b>', description="<script>", key='k"><x')
    assert svg.get("role") == "img"
    assert [svg[0].text, svg[1].text] == ['<b>"A" & B</b>', "<script>"]
    assert svg.get("aria-labelledby") == f"{svg[0].get('id')} {svg[1].get('id')}"
    plot = ET.fromstring(
        interval_plot([Span("<i>&", 0.5, 0.4, 0.6)], key="p", title="t", description="d", references=[], width=760)
    )
    assert [each.text for each in of_class(plot, "name")] == ["<i>&"]


def test_an_area_without_a_return_has_a_mark_and_no_point() -> None:
    spans = [Span("In", 0.8, 0.7, 0.9), Span("Out", None, None, None, word="[x] no return")]
    svg = ET.fromstring(interval_plot(spans, key="p", title="t", description="d", references=[], width=760))
    assert len(of_class(svg, "interval")) == 1
    assert "[x] no return" in [each.text for each in svg.iter("text")]


def test_a_spark_line_is_decoration_and_empty_without_data() -> None:
    svg = ET.fromstring(spark(series(0.8, 0.9, None, 0.7), direction=Direction.UP, first=FIRST, last=FIRST.plus(3)))
    assert svg.get("aria-hidden") == "true"
    average, line = (each.get("d", "") for each in svg.iter("path"))
    assert "H" in average
    assert len(re.findall("M[^M]*l", line)) == 1, "two months are joined"
    assert len(re.findall("M[^M]*h4", line)) == 1, "and one stands alone"
    assert spark(series(), direction=Direction.UP, first=FIRST, last=FIRST) == ""


def test_a_spark_line_has_its_average_first_and_nothing_where_that_is_out_of_reach() -> None:
    svg = ET.fromstring(
        spark(series(*[0.5] * 12, *[0.9] * 2), direction=Direction.UP, first=FIRST.plus(12), last=FIRST.plus(13))
    )
    assert [each.tag for each in svg] == ["path", "path", "circle"]
    assert svg[0].get("d") == ""
    assert "l" in svg[1].get("d", "")
    assert svg[2].get("class", "").startswith("k-"), "the latest month"


def test_a_spark_line_of_a_missing_month_marks_no_latest_point() -> None:
    svg = ET.fromstring(spark(series(0.8, 0.9, None), direction=Direction.UP, first=FIRST, last=FIRST.plus(2)))
    assert not list(svg.iter("circle"))


def test_the_band_goes_along_both_limits_and_is_open_at_its_right_end() -> None:
    svg = drawn(series(*[0.80, 0.90] * 7), 14)
    (band,) = of_class(svg, "band")
    path = band.get("d", "")
    assert path.startswith("M")
    assert not path.endswith("z")
    left, right = (sum(int(step) for step in re.findall(rf"h({sign}[0-9]+)", path)) for sign in ("-", ""))
    assert -left == right > 500


def test_a_series_that_is_shorter_than_its_chart_begins_later() -> None:
    long, short = (
        ET.fromstring(spark(series(*rates), direction=Direction.UP, first=FIRST, last=FIRST.plus(23)))
        for rates in ([0.8, 0.9] * 12, [None] * 20 + [0.8, 0.9] * 2)
    )
    begins = [int(svg[1].get("d", "")[1:].split(" ")[0]) for svg in (long, short)]
    assert begins[0] < 20 < 90 < begins[1]


def test_the_greatest_bar_is_the_longest() -> None:
    assert [re.findall("h([0-9]+)", charts.bar(count, 20)) for count in (20, 10, 0)] == [["150"], ["75"], ["0"]]


def test_every_shape_is_drawn_for_a_word() -> None:
    drawn_once = charts.shapes()
    assert re.findall('id="m-([a-z]+)"', charts.shapes(charts.mark("met") + charts.mark("low"))) == ["low", "met"]
    assert all(f'id="m-{kind}"' in drawn_once and f'href="#m-{kind}"' in charts.mark(kind) for kind in charts.SHAPES)
    assert charts.mark("accepted") == ""
