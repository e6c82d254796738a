"""The XmR chart: limits, screening, groups, rules of another length, short and constant series."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest

from assurance.measures.signals import Signal, mean_moving_range
from assurance.measures.variation import Point, Variation, variation
from assurance.measures.xmr import Value, xmr, xmr_chart
from assurance.model import Direction, Period, Rebase

START = Period(2025, 1)

# One outlier: two ranges of 8 beside fifteen of 1 or 0.
OUTLIER = [1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 10, 2, 1, 1, 2, 1]


def limits(values: Sequence[Value]) -> list[tuple[float, float | None, float | None]]:
    return [(value.mean, value.low, value.high) for value in values]


def rates(*shares: float) -> list[Point]:
    return [Point(START.plus(i), round(share * 100), 100) for i, share in enumerate(shares)]


def test_limits_are_266_mean_moving_ranges_from_the_mean() -> None:
    assert limits(xmr([4, 6, 5, 7], screen=False))[0] == pytest.approx((5.5, 5.5 - 2.66 * 5 / 3, 5.5 + 2.66 * 5 / 3))


def test_screening_keeps_one_outlier_from_hiding_itself() -> None:
    screened, whole = xmr(OUTLIER), xmr(OUTLIER, screen=False)
    assert screened[0].mean == whole[0].mean
    ranges = [abs(b - a) for a, b in pairwise(OUTLIER)]
    small = [moved for moved in ranges if moved < 8]
    assert whole[0].high == pytest.approx(whole[0].mean + 2.66 * sum(ranges) / 17)
    assert screened[0].high == pytest.approx(whole[0].mean + 2.66 * sum(small) / 15)
    assert [i for i, value in enumerate(screened) if value.is_outside] == [12]


def test_screening_is_done_once() -> None:
    """A second round would leave out the 4 as well."""
    values = [0, 1] * 10 + [5, 6, 40, 41]
    ranges = [1.0] * 19 + [4, 1, 34, 1]
    once = [moved for moved in ranges if moved < 3.267 * sum(ranges) / len(ranges)]
    assert mean_moving_range(values, screen=True) == sum(once) / len(once)
    assert 3.267 * sum(once) / len(once) < 4


def test_a_range_of_just_the_screening_limit_is_left_out() -> None:
    assert mean_moving_range([0, 1], screen=True) == 1.0
    assert mean_moving_range([3, 3, 3], screen=True) is None
    assert mean_moving_range([3, 3, 3], screen=False) == 0.0
    assert mean_moving_range([3], screen=False) is None


def test_each_group_has_a_mean_limits_and_runs_of_its_own() -> None:
    values = xmr([10, 11] * 3 + [20, 21] * 3, rebased_at=[6])
    assert [value.group for value in values] == [0] * 6 + [1] * 6
    assert [value.mean for value in values] == [10.5] * 6 + [20.5] * 6
    assert not any(value.signals for value in values)
    assert any(value.signals for value in xmr([10, 11] * 3 + [20, 21] * 3))


def test_limits_can_be_fixed_by_the_first_values() -> None:
    values = xmr([10, 11] * 6 + [14] * 3, fix_after=12)
    assert {value.mean for value in values} == {10.5}
    assert [value.signals for value in values[12:]] == [(Signal.OUTSIDE,)] * 3


def test_a_group_of_fewer_than_thirteen_is_called_short() -> None:
    assert [value.is_short for value in xmr([1, 2] * 6)] == [True] * 12
    assert [value.is_short for value in xmr([1, 2] * 6 + [1])] == [False] * 13


@pytest.mark.parametrize(("run_length", "marked"), [(6, 6), (7, 0)])
def test_a_run_may_be_of_six_or_of_seven(run_length: int, marked: int) -> None:
    rising = [5, 1, 2, 3, 4, 5, 6, 0, 7, 1, 6, 2]
    values = xmr(rising, run_length=run_length)
    assert sum(Signal.TREND in value.signals for value in values) == marked


def test_a_single_value_and_a_series_that_never_moves_have_no_limits() -> None:
    for values in ([5.0], [5.0] * 20):
        assert {(v.low, v.high, v.side, v.signals) for v in xmr(values)} == {(None, None, 0, ())}
    assert xmr([]) == ()
    assert limits(xmr([5.0] * 20, screen=False))[0] == (5.0, 5.0, 5.0)


def test_months_of_rates_have_no_limits_until_there_are_six() -> None:
    assert not xmr_chart(rates(0.8, 0.9, 0.8, 0.9, 0.8)).has_limits
    six = xmr_chart(rates(0.8, 0.9, 0.8, 0.9, 0.8, 0.9))
    assert (six.has_limits, six.provisional, six.sigma_z) == (True, True, None)
    assert variation(xmr_chart(rates(0.8, 0.9)), START.plus(1), Direction.UP) is Variation.TOO_SHORT


def test_months_that_never_differ_have_no_limits_and_are_usual() -> None:
    chart = xmr_chart(rates(*[0.9] * 12), screen=False)
    assert (chart.mean, chart.has_limits) == (0.9, False)
    assert variation(chart, START.plus(11), Direction.UP) is Variation.USUAL


def test_each_month_weighs_the_same_whatever_its_checks() -> None:
    points = [Point(START, 1, 2), *(Point(START.plus(i), 900, 1000) for i in range(1, 7))]
    assert xmr_chart(points).mean == pytest.approx((0.5 + 6 * 0.9) / 7)


def test_drawn_limits_stay_within_0_to_1_and_a_month_without_checks_has_no_point() -> None:
    points = [*rates(0.9, 1.0, 0.9, 1.0, 0.9, 1.0, 0.9), Point(START.plus(7), 0, 0)]
    chart = xmr_chart(points)
    assert chart.limits is not None
    assert chart.limits[1] == 1.0
    assert chart.points[7].rate is None
    assert xmr_chart(points[:7]).points == chart.points[:7]


def test_a_rebased_series_of_months_has_segments_that_say_why() -> None:
    points = rates(*[0.7, 0.72] * 4, *[0.9, 0.92] * 4)
    chart = xmr_chart(points, rebases=[Rebase(START.plus(8), "New case system")])
    assert [(len(part.points), part.reason) for part in chart.segments] == [(8, ""), (8, "New case system")]
    assert not any(point.signals for point in chart.points)


def test_a_chart_of_months_nearly_all_alike_has_limits_that_they_lie_within() -> None:
    """Screening leaves no range that moves; the source then has limits of no width, and every month outside."""
    rates = [80 if i == 20 else 90 for i in range(30)]
    assert all(value.is_outside for value in xmr([rate / 100 for rate in rates]))
    chart = xmr_chart([Point(Period(2024, 1).plus(i), rate, 100) for i, rate in enumerate(rates)])
    assert [i for i, point in enumerate(chart.points) if Signal.OUTSIDE in point.signals] == [20]
