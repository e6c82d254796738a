from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from math import comb
from statistics import NormalDist, median

import pytest

from assurance.measures.comparison import Position, benjamini_hochberg, compare, exact_p, typical_rate
from assurance.model import Counts

MARGIN = Decimal("0.02")

# Benjamini and Hochberg (1995), table of 15 p values; adjusted by base R, p.adjust(method = "BH").
P_1995 = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719,
          0.6528, 0.759, 1]  # fmt: skip
ADJUSTED_1995 = [0.0015, 0.003, 0.0095, 0.035625, 0.0603, 0.0638571428571429, 0.0638571428571429, 0.0645,
                 0.0765, 0.486, 0.581181818181818, 0.714875, 0.753230769230769, 0.813214285714286, 1]  # fmt: skip


def share(met: int, assessed: int = 1000) -> Counts:
    return Counts(met=met, not_met=assessed - met)


def thirteen(**odd: Counts) -> dict[str, Counts]:
    usual = {f"A{i:02}": share(930 + (i % 5) * 2 - 4) for i in range(13)}
    return {**usual, **odd}


def called(areas: dict[str, Counts], margin: Decimal = MARGIN) -> dict[str, Position]:
    return {area: c.position for area, c in compare(areas, margin).items() if c.position is not Position.SIMILAR}


def test_adjusted_p_is_that_of_r() -> None:
    assert benjamini_hochberg(P_1995) == pytest.approx(ADJUSTED_1995, abs=1e-14)
    assert benjamini_hochberg([0.5, 0.01, 1, 0.01, 0.5, 0.01]) == pytest.approx([0.6, 0.02, 1, 0.02, 0.6, 0.02])


def test_adjusted_p_stands_in_the_order_given() -> None:
    assert benjamini_hochberg([0.04]) == (0.04,)
    assert benjamini_hochberg([]) == ()
    assert benjamini_hochberg([0.9, 0.01]) == (0.9, 0.02)


@pytest.mark.parametrize("p", [-0.1, 1.1, math.nan])
def test_p_values_outside_0_to_1_are_refused(p: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        benjamini_hochberg([0.5, p])


def test_an_area_far_below_the_others_is_called_lower_and_far_above_higher() -> None:
    assert called(thirteen(A03=share(800))) == {"A03": Position.LOWER}
    assert called(thirteen(A03=share(800), A07=share(999))) == {
        "A03": Position.LOWER,
        "A07": Position.HIGHER,
    }


def test_areas_that_differ_by_chance_are_similar() -> None:
    assert called(thirteen()) == {}


def test_a_difference_that_does_not_matter_is_not_called_however_certain() -> None:
    areas = {area: share(c.met * 1000, 1_000_000) for area, c in thirteen().items()}
    areas["A03"] = share(915_000, 1_000_000)
    comparison = compare(areas, MARGIN)["A03"]
    assert comparison.p_adjusted < 0.01
    assert comparison.position is Position.SIMILAR
    assert called(areas, Decimal("0.01")) == {"A03": Position.LOWER}


def test_a_distance_of_exactly_the_margin_is_enough() -> None:
    areas = {f"A{i:02}": share(930_000, 1_000_000) for i in range(12)} | {"A12": share(910_000, 1_000_000)}
    assert called(areas) == {"A12": Position.LOWER}
    assert called(areas, Decimal("0.0200001")) == {}


def test_areas_that_vary_more_than_chance_are_called_less_readily() -> None:
    varied = {f"A{i:02}": share(900 + 8 * i) for i in range(12)} | {"A12": share(860)}
    alike = {f"A{i:02}": share(944) for i in range(12)} | {"A12": share(860)}
    assert called(alike) == {"A12": Position.LOWER}
    assert called(varied) == {}


def test_the_arithmetic_is_that_of_the_definition() -> None:
    areas = {
        "A": share(45, 50),
        "B": share(70, 90),
        "C": share(60, 64),
        "D": share(30, 60),
        "E": share(80, 85),
    }
    heights = {a: math.asin(math.sqrt(c.met / c.assessed)) for a, c in areas.items()}
    centre = median(heights.values())
    z = {a: 2 * math.sqrt(areas[a].assessed) * (heights[a] - centre) for a in areas}
    phi = max(1.0, (1.4826 * median(abs(v - median(z.values())) for v in z.values())) ** 2)
    assert phi > 1, "the case must exercise the allowance"
    expected = {a: 2 * NormalDist().cdf(-abs(v) / math.sqrt(phi)) for a, v in z.items()}
    assert {a: c.p for a, c in compare(areas, MARGIN).items()} == pytest.approx(expected, rel=1e-12)


def test_areas_without_a_figure_stay_out_and_are_not_counted() -> None:
    areas = thirteen(A03=share(800))
    absent = {**areas, "XXX": Counts(not_due=5, not_applicable=9)}
    assert compare(absent, MARGIN) == compare(areas, MARGIN)
    assert compare({"XXX": Counts()}, MARGIN) == {}
    assert compare({}, MARGIN) == {}


def test_one_area_is_typical_of_itself() -> None:
    (only,) = compare({"A": share(10)}, MARGIN).values()
    assert (only.position, only.p, only.p_adjusted) == (Position.SIMILAR, 1.0, 1.0)


@pytest.mark.parametrize("sizes", [(1000, 1000), (1_000_000, 10), (10, 1_000_000)])
def test_of_two_areas_neither_is_called_however_far_apart(sizes: tuple[int, int]) -> None:
    areas = {"A": share(0, sizes[0]), "B": share(sizes[1], sizes[1])}
    assert {c.position for c in compare(areas, MARGIN).values()} == {Position.SIMILAR}


def test_where_the_middle_areas_agree_exactly_chance_alone_decides() -> None:
    areas = {f"A{i:02}": share(900) for i in range(12)} | {"A12": share(905)}
    comparison = compare(areas, Decimal(0))
    assert {comparison[a].p for a in areas if a != "A12"} == {1.0}
    y = math.asin(math.sqrt(0.905)) - math.asin(math.sqrt(0.9))
    assert comparison["A12"].p == pytest.approx(2 * NormalDist().cdf(-2 * math.sqrt(1000) * y), rel=1e-9)


def test_areas_that_all_met_everything_are_similar() -> None:
    assert called({f"A{i}": share(50, 50) for i in range(13)}, Decimal(0)) == {}


def test_checks_of_one_case_count_as_one() -> None:
    areas = thirteen(A03=share(800))
    by_case = compare(areas, MARGIN, cases=dict.fromkeys(areas, 50))
    assert by_case["A03"].p > compare(areas, MARGIN)["A03"].p
    assert by_case == compare({a: share(c.met * 50, c.assessed * 50) for a, c in areas.items()}, MARGIN,
                              cases=dict.fromkeys(areas, 50))  # fmt: skip


def test_more_cases_than_checks_do_not_add_certainty() -> None:
    areas = thirteen(A03=share(800))
    assert compare(areas, MARGIN, cases=dict.fromkeys(areas, 10**6)) == compare(areas, MARGIN)


def test_the_typical_rate_is_the_median_area_s() -> None:
    assert typical_rate({"A": share(900), "B": share(100), "C": share(933)}) == 0.9
    assert typical_rate({"A": share(0), "B": share(1000)}) == pytest.approx(0.5)
    assert typical_rate({"A": share(7, 10), "B": share(70, 100)}) == 0.7
    assert typical_rate({"A": Counts(not_due=3)}) is None
    assert typical_rate({}) is None


@pytest.mark.parametrize(
    ("met", "assessed", "rate", "p"),
    [
        (682, 925, 0.75, 0.3824916),  # the example in R's help on binom.test
        (7, 7, 0.5, 0.015625),
        (3, 10, 0.3, 1.0),
        (0, 0, 0.4, 1.0),
        (5, 5, 1.0, 1.0),
        (4, 5, 1.0, 0.0),
        (0, 5, 0.0, 1.0),
    ],
)
def test_the_exact_p_is_that_of_binom_test(met: int, assessed: int, rate: float, p: float) -> None:
    assert exact_p(met, assessed, rate) == pytest.approx(p, abs=1e-7)


@pytest.mark.parametrize(("met", "assessed", "rate"), [(-1, 5, 0.5), (6, 5, 0.5), (1, 5, 1.5)])
def test_the_exact_p_is_of_counts_and_a_share(met: int, assessed: int, rate: float) -> None:
    with pytest.raises(ValueError, match="must lie between"):
        exact_p(met, assessed, rate)


def test_the_exact_p_adds_up_all_that_is_no_more_likely() -> None:
    n, rate = 20, Fraction(3, 10)
    law = [comb(n, k) * rate**k * (1 - rate) ** (n - k) for k in range(n + 1)]
    for met in range(n + 1):
        expected = sum(likely for likely in law if likely <= law[met])
        assert exact_p(met, n, 0.3) == pytest.approx(float(expected), rel=1e-9)


def test_what_the_arcsine_scale_calls_and_the_exact_test_does_not_is_similar() -> None:
    met = [117, 117, 117, 116, 118, 115, 117, 119, 114, 116, 117, 118]
    areas = {f"A{i}": Counts(met=each, not_met=120 - each) for i, each in enumerate(met)} | {"X": Counts(met=120)}
    found = compare(areas, Decimal("0.02"))["X"]
    assert found.p_adjusted < 0.01
    assert exact_p(120, 120, 0.975) > 0.05
    assert found.position is Position.SIMILAR


def test_nobody_is_called_on_one_check() -> None:
    areas = {f"A{i}": Counts(met=1) for i in range(12)} | {"X": Counts(not_met=1)}
    assert compare(areas, Decimal("0.02"))["X"].position is Position.SIMILAR
