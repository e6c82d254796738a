from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest

from assurance.measures.signals import Signal, signals, trend_headings
from assurance.measures.variation import (
    ChartPoint,
    ControlChart,
    Outlook,
    Point,
    Segment,
    Variation,
    limits,
    outlook,
    p_chart,
    p_prime_chart,
    variation,
)
from assurance.model import Direction, Period, Rebase

START = Period(2025, 1)
UP, DOWN, NEUTRAL = Direction.UP, Direction.DOWN, Direction.NEUTRAL


def monthly(met: Sequence[int], assessed: int | Sequence[int] = 100) -> list[Point]:
    sizes = [assessed] * len(met) if isinstance(assessed, int) else assessed
    return [Point(START.plus(i), x, n) for i, (x, n) in enumerate(zip(met, sizes, strict=True))]


def marked(chart: ControlChart, signal: Signal) -> list[int]:
    return [i for i, point in enumerate(chart.points) if signal in point.signals]


def steps(values: Sequence[float]) -> list[int]:
    return [0, *((b > a) - (b < a) for a, b in pairwise(values))]


def found(zones: Sequence[int], headings: Sequence[int] | None = None) -> list[str]:
    """The signals of each point as initials: O, T, 2, S."""
    initials = {Signal.OUTSIDE: "O", Signal.TREND: "T", Signal.TWO_OF_THREE: "2", Signal.SHIFT: "S"}
    return ["".join(map(initials.__getitem__, s)) for s in signals(zones, headings or [0] * len(zones))]


# Thirteen small months; limits by R's qicharts2 0.8.1, chart = "pp", without screening.
SMALL = monthly(
    [34, 26, 44, 45, 30, 45, 27, 53, 46, 40, 35, 19, 28],
    [38, 27, 52, 45, 32, 48, 30, 57, 50, 45, 37, 22, 36],
)
SMALL_MEAN = 0.909441233140655
SMALL_LOW = [
    0.738053745119746, 0.706117053027508, 0.762930568006125, 0.751947000448756, 0.722676048023048,
    0.756948098055795, 0.716550979377498, 0.769503935157792, 0.760029085046569, 0.751947000448756,
    0.735753138984862, 0.684193944800156, 0.733357327959027,
]  # fmt: skip

# Montgomery, Introduction to Statistical Quality Control, table 7.4: purchase orders; limits by qicharts2, "p".
ORDERS = monthly(
    [12, 8, 6, 9, 10, 12, 11, 16, 10, 6, 20, 15, 9, 8, 6, 8, 10, 7, 5, 8, 5, 8, 10, 6, 9],
    [100, 80, 80, 100, 110, 110, 100, 100, 90, 90, 110, 120, 120, 120, 110, 80, 80, 80, 90, 100, 100, 100,
     100, 90, 90],
)  # fmt: skip


def test_an_unfloored_p_prime_chart_has_the_limits_of_qicharts2() -> None:
    chart = p_prime_chart(SMALL, floor=False)
    assert chart.mean == pytest.approx(SMALL_MEAN, abs=1e-14)
    assert [point.low for point in chart.points] == pytest.approx(SMALL_LOW, abs=1e-13)
    assert [point.high for point in chart.points] == [1.0] * 13
    assert chart.sigma_z == pytest.approx(1.2272, abs=1e-4)


def test_a_p_chart_has_the_limits_of_montgomery_s_example() -> None:
    chart = p_chart(ORDERS)
    assert chart.mean == pytest.approx(0.0955102040816326, abs=1e-15)
    assert (chart.points[0].low, chart.points[0].high) == pytest.approx(
        (0.00733469472777307, 0.183685713435492), abs=1e-14
    )
    assert chart.points[1].low == 0.0
    assert chart.points[11].high == pytest.approx(0.176003063235994, abs=1e-14)


def test_of_montgomery_s_orders_a_p_chart_finds_none_outside_but_the_eleventh() -> None:
    assert p_chart(ORDERS).points[10].rate == 20 / 110
    assert marked(p_chart(ORDERS), Signal.OUTSIDE) == [10]


def test_sigma_z_is_never_below_1_unless_asked() -> None:
    even = monthly([90, 91, 90, 91, 90, 91, 90, 91])
    unfloored = p_prime_chart(even, floor=False)
    assert unfloored.sigma_z is not None
    assert unfloored.sigma_z < 0.5
    assert p_prime_chart(even).sigma_z == 1.0
    assert p_prime_chart(even).points == p_chart(even).points


def test_fewer_than_twelve_points_are_provisional_and_fewer_than_six_have_no_limits() -> None:
    by_length = {n: p_prime_chart(monthly([90, 80] * 6)[:n]) for n in (0, 1, 5, 6, 11, 12)}
    assert {n: (chart.sigma_z is not None, chart.provisional) for n, chart in by_length.items()} == {
        0: (False, False),
        1: (False, False),
        5: (False, False),
        6: (True, True),
        11: (True, True),
        12: (True, False),
    }
    assert by_length[5].mean == 0.86
    assert all(point.low is None and point.high is None for point in by_length[5].points)
    assert by_length[0] == ControlChart((Segment((), None, None, provisional=False),))


@pytest.mark.parametrize("met", [0, 100])
def test_where_all_or_nothing_was_met_there_are_no_limits_and_no_signals(met: int) -> None:
    chart = p_prime_chart(monthly([met] * 24))
    assert (chart.mean, chart.sigma_z) == (met / 100, None)
    assert {(p.low, p.high, p.side, p.signals) for p in chart.points} == {(None, None, 0, ())}
    assert variation(chart, START.plus(23), UP) is Variation.USUAL


def test_a_month_with_nothing_assessed_has_a_place_but_no_point() -> None:
    with_gap = monthly([90, 85, 0, 88, 91, 86, 90], [100, 100, 0, 100, 100, 100, 100])
    without = [point for point in with_gap if point.assessed]
    chart = p_prime_chart(with_gap)
    assert chart.points[2] == ChartPoint(START.plus(2), 0, 0, None, None, None, 0, ())
    assert tuple(p for p in chart.points if p.rate is not None) == p_prime_chart(without).points
    assert chart.sigma_z == p_prime_chart(without).sigma_z


def test_runs_reach_across_missing_months() -> None:
    falling = monthly([90, 95, 90, 94, 93, 92, 91, 90, 89, 88])
    without_a_month = [*falling[:5], *(replace(p, period=p.period.plus(1)) for p in falling[5:])]
    assert marked(p_prime_chart(falling), Signal.TREND) == [3, 4, 5, 6, 7, 8, 9]
    assert marked(p_prime_chart(without_a_month), Signal.TREND) == [3, 4, 5, 6, 7, 8, 9]


def test_a_point_on_the_limit_is_not_outside_it() -> None:
    # Mean 1/2, n = 36, sigma_z = 1: the upper limit is exactly 1/2 + 3/12 = 27/36, the near one 24/36.
    on_limit = p_chart(monthly([27, 9, 18, 18, 18, 18, 18], 36))
    assert on_limit.points[0].high == on_limit.points[0].rate == 0.75
    assert marked(on_limit, Signal.OUTSIDE) == []
    beyond = p_chart(monthly([28, 8, 18, 18, 18, 18, 18], 36))
    assert marked(beyond, Signal.OUTSIDE) == [0, 1]


def test_a_point_on_the_near_limit_is_not_beyond_it() -> None:
    assert marked(p_chart(monthly([24, 24, 20, 12, 12, 16, 18], 36)), Signal.TWO_OF_THREE) == []
    assert marked(p_chart(monthly([25, 25, 19, 11, 11, 17, 18], 36)), Signal.TWO_OF_THREE) == [0, 1, 3, 4]


def test_the_near_limit_is_two_thirds_of_the_way_to_the_unclipped_limit() -> None:
    # At 98 % the upper limit is clipped to 1; a month at 100 % is not near a limit it cannot pass.
    chart = p_chart(monthly([100, 100, 96, 98, 98, 98, 96]))
    assert chart.points[0].high == 1.0
    assert marked(chart, Signal.TWO_OF_THREE) == []


@pytest.mark.parametrize(
    ("zones", "expected"),
    [
        ([2, 2, 1], ["2", "2", ""]),
        ([2, 1, 2], ["2", "", "2"]),
        ([-2, -1, -2], ["2", "", "2"]),
        ([2, 0, 2], ["", "", ""]),  # the third is on the mean
        ([2, -1, 2], ["", "", ""]),  # the third is on the other side
        ([2, -2, 1], ["", "", ""]),
        ([3, 2, 1], ["O", "", ""]),  # a point outside is not one of the two
        ([3, 2, 2], ["O", "2", "2"]),  # but may be the third
        ([2, 1, 1, 2], ["", "", "", ""]),
        ([2, 2], ["", ""]),
    ],
)
def test_two_of_three_points_near_a_limit_are_marked(zones: list[int], expected: list[str]) -> None:
    assert found(zones) == expected


@pytest.mark.parametrize(
    ("zones", "expected"),
    [
        ([1] * 6, [""] * 6),
        ([1] * 7, ["S"] * 7),
        ([-1] * 8, ["S"] * 8),
        ([1] * 6 + [0] + [1] * 6, [""] * 13),  # a point on the mean breaks the run
        ([1] * 6 + [-1] + [1] * 7, [""] * 7 + ["S"] * 7),
        ([1, 1, 3, 1, 1, 1, 1], ["S", "S", "OS", "S", "S", "S", "S"]),
    ],
)
def test_seven_points_on_one_side_are_a_shift(zones: list[int], expected: list[str]) -> None:
    assert found(zones) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2, 3, 4, 5, 6], [0] * 6),
        ([1, 2, 3, 4, 5, 6, 7], [1] * 7),
        ([7, 6, 5, 4, 3, 2, 1], [-1] * 7),
        ([1, 2, 3, 4, 4, 5, 6, 7], [0] * 8),  # an equal pair breaks the run
        ([9, 1, 2, 3, 4, 5, 6, 7, 7], [0, 1, 1, 1, 1, 1, 1, 1, 0]),
        ([1, 2, 3, 4, 5, 6, 7, 6, 5, 4, 3, 2, 1], [1] * 7 + [-1] * 6),  # the peak belongs to the rise
        ([1], [0]),
        ([], []),
    ],
)
def test_seven_rising_or_falling_points_are_a_trend(values: list[int], expected: list[int]) -> None:
    assert list(trend_headings(steps(values)[: len(values)])) == expected


def test_signals_stand_in_the_order_of_naming() -> None:
    assert found([2, 2, 1, 1, 1, 1, 3], [1] * 7) == ["T2S", "T2S", "TS", "TS", "TS", "TS", "OTS"]


def test_the_run_length_is_a_setting() -> None:
    assert signals([1] * 5, [0] * 5, run_length=5) == ((Signal.SHIFT,),) * 5
    assert trend_headings([0, 1, 1, 1, 1], run_length=5) == (1,) * 5
    series = monthly([80, 82, 84, 86, 88, 80])
    assert marked(p_prime_chart(series, run_length=5), Signal.TREND) == [0, 1, 2, 3, 4]
    assert marked(p_prime_chart(series, run_length=6), Signal.TREND) == []
    assert marked(p_chart(series, run_length=5), Signal.TREND) == [0, 1, 2, 3, 4]


def test_equal_rates_from_different_numbers_are_equal() -> None:
    # 1/3 and 33333/99999 would differ as rounded decimals; as fractions they break the trend.
    met, assessed = [1, 33333, 2, 5, 6, 7, 8], [3, 99999, 5, 10, 10, 10, 10]
    assert marked(p_prime_chart(monthly(met, assessed)), Signal.TREND) == []
    assert p_prime_chart(monthly([3, 1, 5, 7, 9, 11], [9, 3, 15, 21, 27, 33])).points[3].side == 0


def test_points_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="2025-01 is out of place"):
        p_prime_chart(list(reversed(monthly([1, 2]))))
    with pytest.raises(ValueError, match="out of place"):
        p_prime_chart([*monthly([1]), *monthly([1])])


@pytest.mark.parametrize(("met", "assessed"), [(2, 1), (-1, 5)])
def test_a_point_with_impossible_counts_is_refused(met: int, assessed: int) -> None:
    with pytest.raises(ValueError, match="2025-01: met must lie"):
        Point(START, met, assessed)


STEADY = [90, 91, 89, 90, 91, 89, 90, 91, 89, 90, 91, 89]


@pytest.mark.parametrize(
    ("last", "direction", "expected"),
    [
        (90, UP, Variation.USUAL),
        (60, UP, Variation.WORSENING),
        (60, DOWN, Variation.IMPROVING),
        (60, NEUTRAL, Variation.LOW),
        (100, UP, Variation.IMPROVING),
        (100, DOWN, Variation.WORSENING),
        (100, NEUTRAL, Variation.HIGH),
    ],
)
def test_a_point_outside_the_limits_is_named_by_its_direction(
    last: int, direction: Direction, expected: Variation
) -> None:
    chart = p_prime_chart(monthly([*STEADY, last]))
    assert variation(chart, START.plus(12), direction) is expected


def test_worse_than_last_month_alone_is_usual() -> None:
    chart = p_prime_chart(monthly([*STEADY, 92, 86]))
    assert variation(chart, START.plus(13), UP) is Variation.USUAL


def test_a_trend_counts_by_the_way_it_runs_not_by_its_side_of_the_mean() -> None:
    rising_below = p_prime_chart(monthly([*[99] * 12, 80, 82, 84, 86, 88, 90, 92], 100))
    own = rising_below.points[18]
    assert (own.side, own.heading, own.signals[0]) == (-1, 1, Signal.TREND)
    assert variation(rising_below, START.plus(18), UP) is Variation.IMPROVING
    assert variation(rising_below, START.plus(18), NEUTRAL) is Variation.HIGH


def test_the_state_is_that_of_the_period_s_own_point() -> None:
    chart = p_prime_chart(monthly([*STEADY, 60, 90]))
    assert variation(chart, START.plus(12), UP) is Variation.WORSENING
    assert variation(chart, START.plus(13), UP) is Variation.USUAL


def test_a_period_without_a_point_has_no_data_and_a_short_series_is_too_short() -> None:
    chart = p_prime_chart(monthly([*STEADY, 0], [*[100] * 12, 0]))
    assert variation(chart, START.plus(12), UP) is Variation.NO_DATA
    assert variation(chart, START.plus(13), UP) is Variation.NO_DATA
    five = p_prime_chart(monthly([*STEADY[:5], 0], [*[100] * 5, 0]))
    assert variation(five, START.plus(4), UP) is Variation.TOO_SHORT
    assert variation(five, START.plus(5), UP) is Variation.NO_DATA
    assert variation(p_prime_chart(monthly(STEADY[:6])), START.plus(5), UP) is Variation.USUAL


# Segments


def test_from_a_rebase_on_a_series_has_limits_of_its_own() -> None:
    before, after = [80, 82] * 4, [95, 97] * 4
    chart = p_prime_chart(monthly([*before, *after]), rebases=[Rebase(START.plus(8), "New case system")])
    first, second = chart.segments
    assert (first.points, second.points) == (
        p_prime_chart(monthly(before)).points,
        tuple(replace(p, period=p.period.plus(8)) for p in p_prime_chart(monthly(after)).points),
    )
    assert (first.reason, second.reason, chart.last) == ("", "New case system", second)
    assert (chart.mean, chart.limits) == (0.96, (second.points[-1].low, second.points[-1].high))
    assert not any(point.signals for point in chart.points)


def test_no_run_reaches_across_a_rebase() -> None:
    rising = monthly([70, 72, 74, 76, 78, 80, 82, 84, 86, 88, 90, 92])
    assert len(marked(p_prime_chart(rising), Signal.TREND)) == 12
    assert marked(p_prime_chart(rising, rebases=[Rebase(START.plus(6), "Why")]), Signal.TREND) == []


def test_a_segment_begins_with_the_first_month_there_is_and_one_without_months_is_none() -> None:
    points = monthly([80, 82] * 8)
    del points[6:8]
    parts = p_prime_chart(points, rebases=[Rebase(START.plus(6), "One"), Rebase(START.plus(20), "Two")]).segments
    assert [(part.points[0].period, part.reason) for part in parts] == [(START, ""), (START.plus(8), "One")]
    (only,) = p_prime_chart(points, rebases=[Rebase(START.plus(-3), "Long ago")]).segments
    assert only.reason == "Long ago"
    assert p_prime_chart([], rebases=[Rebase(START, "Why")]) == p_prime_chart([])


def test_a_month_is_judged_by_its_own_segment() -> None:
    chart = p_prime_chart(monthly([80, 82] * 6 + [95] * 3), rebases=[Rebase(START.plus(12), "Why")])
    assert variation(chart, START.plus(11), UP) is Variation.USUAL
    assert variation(chart, START.plus(14), UP) is Variation.TOO_SHORT
    assert (chart.has_limits, chart.limits) == (False, None)


def test_screening_narrows_limits_that_one_leap_had_widened() -> None:
    leap = monthly([90, 91] * 8 + [40] + [90, 91] * 4)
    whole, screened = p_prime_chart(leap, floor=False), p_prime_chart(leap, floor=False, screen=True)
    assert whole.sigma_z is not None
    assert screened.sigma_z is not None
    assert screened.sigma_z < whole.sigma_z
    assert screened.mean == whole.mean


# Outlook


@pytest.mark.parametrize(
    ("low", "high", "up", "down"),
    [
        (0.91, 0.97, Outlook.WILL_BE_MET, Outlook.WILL_NOT_BE_MET),
        (0.80, 0.89, Outlook.WILL_NOT_BE_MET, Outlook.WILL_BE_MET),
        (0.85, 0.95, Outlook.MAY_OR_MAY_NOT, Outlook.MAY_OR_MAY_NOT),
        (0.90, 0.95, Outlook.MAY_OR_MAY_NOT, Outlook.MAY_OR_MAY_NOT),
        (0.80, 0.90, Outlook.MAY_OR_MAY_NOT, Outlook.MAY_OR_MAY_NOT),
    ],
)
def test_the_outlook_is_where_the_target_lies_beside_the_limits(
    low: float, high: float, up: Outlook, down: Outlook
) -> None:
    target = Decimal("0.9")
    assert (outlook((low, high), target, UP), outlook((low, high), target, DOWN)) == (up, down)


def test_there_is_no_outlook_without_limits_a_target_or_a_better_way() -> None:
    assert outlook(None, Decimal("0.9"), UP) is None
    assert outlook((0.8, 0.9), None, UP) is None
    assert outlook((0.8, 0.9), Decimal("0.9"), NEUTRAL) is None


def test_limits_of_a_month_are_so_many_deviations_of_chance_and_stay_within_0_to_1() -> None:
    assert limits(0.5, 100) == pytest.approx((0.35, 0.65))
    assert limits(0.5, 100, sigma_z=2, deviations=1) == pytest.approx((0.4, 0.6))
    assert limits(0.99, 10) == (pytest.approx(0.99 - 3 * (0.0099 / 10) ** 0.5), 1.0)


@pytest.mark.parametrize(("met", "of", "target"), [(256, 400, "0.568"), (1440, 1600, "0.8775"), (1568, 1600, "0.9905")])
def test_a_target_on_a_limit_may_or_may_not_be_met_whatever_the_last_digits(met: int, of: int, target: str) -> None:
    """.64 - 3·√(.64·.36/400) is .568, and the like: a square root has last digits of its own."""
    chart = p_prime_chart([Point(Period(2024, 1).plus(i), met, of) for i in range(12)])
    assert outlook(chart.limits, Decimal(target), Direction.UP) is Outlook.MAY_OR_MAY_NOT


def test_a_rise_to_where_everything_is_met_is_a_shift_and_a_row_of_perfect_months_by_itself_is_none() -> None:
    def months(before: int, after: int) -> tuple[tuple[Signal, ...], ...]:
        met = [38] * before + [40] * after
        chart = p_prime_chart([Point(Period(2024, 1).plus(i), each, 40) for i, each in enumerate(met)])
        return tuple(point.signals for point in chart.points)

    assert all(Signal.SHIFT in found for found in months(12, 24)[12:])
    assert not any(Signal.SHIFT in found for found in months(3, 24)), "at 99.4 % such a row is what is to be expected"
