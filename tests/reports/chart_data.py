"""Charts of made-up data, drawn from a seed: every kind, in every state that a release can bring."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from decimal import Decimal

from markupsafe import Markup

from assurance.measures.funnel import arcsine_limits, exact_limits
from assurance.measures.rates import wilson
from assurance.measures.variation import ControlChart, Point, p_prime_chart
from assurance.model import Direction, Period, Rebase
from assurance.reporting.charts import (
    Dot,
    Edge,
    Part,
    Span,
    Whole,
    control_chart,
    funnel,
    interval_plot,
    small_multiple,
    stacked,
)

FIRST = Period(2024, 1)
WIDTHS = (760, 400)
NAMES = (
    "London",
    "Wessex",
    "Yorkshire and Humberside",
    "Mersey-Cheshire",
    "Thames and Chiltern",
    "An Area whose name is as long as no name of an Area should ever be",
    "WWWWWWWWWWWWWWWW",
)
TARGETS = (None, None, Decimal("0.85"), Decimal("0.851"), Decimal("0.995"), Decimal("1"), Decimal("0"))


def a_rate(chance: random.Random, middle: float, spread: float) -> float:
    return min(1.0, max(0.0, chance.gauss(middle, spread)))


def a_level(chance: random.Random) -> tuple[float, float]:
    """Where rates lie, and how far apart."""
    middle = chance.choice([0.0, 0.02, 0.5, 0.85, 0.93, 0.99, 1.0, chance.random()])
    return middle, chance.choice([0.0, 0.001, 0.02, 0.3])


def a_series(chance: random.Random) -> tuple[ControlChart, int]:
    """Some months, a few of them missing, and the limits begun anew up to three times."""
    months, (middle, spread) = chance.randint(1, 36), a_level(chance)
    assessed = chance.choice([1, 5, 40, 400, 40000])
    points = [
        Point(FIRST.plus(i), round(a_rate(chance, middle, spread) * assessed), assessed)
        for i in range(months)
        if i == months - 1 or chance.random() > 0.15
    ]
    begins = chance.sample(range(-1, months), k=min(chance.choice([0, 0, 0, 1, 3]), months))
    return p_prime_chart(points, rebases=[Rebase(FIRST.plus(month), "Why") for month in begins]), months


def gaps_of(chart: ControlChart, months: int, chance: random.Random) -> dict[Period, str]:
    known = {point.period for point in chart.points if point.rate is not None}
    return {
        month: chance.choice(["[x]", "[n]", "[z]"])
        for month in FIRST.until(FIRST.plus(months - 1))
        if month not in known
    }


def a_control_chart(seed: int, width: int) -> Markup:
    chance = random.Random(seed)
    chart, months = a_series(chance)
    known = [point.period for point in chart.points]
    marked = {month: chance.choice(["[p]", "[r]", "[p] [r]"]) for month in known if chance.random() < 0.1}
    return control_chart(
        chart,
        key=f"c{seed}",
        title="t",
        description="d",
        direction=chance.choice(list(Direction)),
        first=FIRST,
        last=FIRST.plus(months - 1),
        gaps=gaps_of(chart, months, chance),
        marks=marked,
        target=chance.choice(TARGETS),
        width=width,
    )


def a_small_multiple(seed: int, _: int) -> Markup:
    chance = random.Random(seed)
    chart, months = a_series(chance)
    return small_multiple(
        chart,
        key=f"m{seed}",
        title="t",
        description="d",
        direction=chance.choice(list(Direction)),
        first=FIRST,
        last=FIRST.plus(months - 1),
        target=chance.choice(TARGETS),
    )


def an_interval_plot(seed: int, width: int) -> Markup:
    chance = random.Random(seed)
    middle, spread = a_level(chance)
    spans = []
    for _ in range(chance.randint(1, 14)):
        assessed = chance.choice([1, 10, 300, 12000])
        met = round(a_rate(chance, middle, spread) * assessed)
        sure = wilson(met, assessed)
        assert sure is not None
        kind = chance.choice(["similar", "lower", "higher"])
        spans.append(
            Span(chance.choice(NAMES), met / assessed, sure.low, sure.high, kind, "" if kind == "similar" else kind)
        )
    spans += [Span(chance.choice(NAMES), None, None, None, word="[x] no return")] * chance.randint(0, 2)
    names = [("Typical Area", "typical"), ("All Areas", "nation"), ("Target", "target")][: chance.randint(0, 3)]
    lines = [(name, a_rate(chance, middle, chance.choice([0.0, spread])), style) for name, style in names]
    return interval_plot(spans, key=f"i{seed}", title="t", description="d", references=lines, width=width)


def a_funnel(seed: int, width: int) -> Markup:
    chance = random.Random(seed)
    middle, spread = a_level(chance)
    centre = min(0.999, max(0.001, middle))
    largest = chance.choice([1, 12, 300, 15000])
    dots = []
    for _ in range(chance.randint(3, 14)):
        kind = chance.choice(["similar", "similar", "lower", "higher"])
        word = "" if kind == "similar" else f", {kind}"
        name = f"{chance.choice(NAMES)}{word}" if word or chance.random() < 0.3 else ""
        dots.append(Dot(chance.randint(max(1, largest // 20), largest), a_rate(chance, centre, spread), kind, name))
    least, most = (edge(dot.size for dot in dots) for edge in (min, max))
    sizes = [max(1, int(least / 1.25)), (least + most) // 2, int(most * 1.25) + 1]
    tau2 = chance.choice([0.0, 0.0005, 0.02])
    limits = [(size, exact_limits(centre, size), arcsine_limits(centre, size, tau2)) for size in sizes]
    return funnel(
        dots,
        key=f"f{seed}",
        title="t",
        description="d",
        centre=centre,
        chance=[Edge(size, exact.low998, exact.high998) for size, exact, _ in limits],
        usual=[Edge(size, wide.low998, wide.high998) for size, _, wide in limits] if tau2 else [],
        sizes=chance.choice(["Cases looked at", "Checks assessed", f"{NAMES[5]} assessed"]),
        width=width,
    )


def some_bars(seed: int, width: int) -> Markup:
    chance = random.Random(seed)
    parts = (("not_met", "not met"), ("too_close", "too close"), ("too_few", "too few"), ("met", "met"))
    wholes = []
    for _ in range(chance.randint(1, 6)):
        counts = [chance.choice([0, 1, 3, 14, 200]) for _ in parts]
        counts[0] += not any(counts)
        found = tuple(Part(kind, word, count) for (kind, word), count in zip(parts, counts, strict=True))
        wholes.append(Whole(f"{chance.choice(NAMES)}, {sum(counts)} standards", found))
    return stacked(wholes, key=f"b{seed}", title="t", description="d", width=width)


KINDS: Mapping[str, Callable[[int, int], Markup]] = {
    "control chart": a_control_chart,
    "small multiple": a_small_multiple,
    "interval plot": an_interval_plot,
    "funnel": a_funnel,
    "stacked share": some_bars,
}
"""Every kind of chart that has text, from a seed and a width."""
