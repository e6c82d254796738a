"""What must hold of the measures whatever the counts."""

from __future__ import annotations

import math
from dataclasses import astuple, replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Literal

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.stats import binomtest, false_discovery_control
from statsmodels.stats.proportion import proportion_confint

from assurance.measures.agreement import gwet, mcnemar, t95
from assurance.measures.binomial import at_least, at_most, probability, quantile
from assurance.measures.comparison import Position, benjamini_hochberg, compare, exact_p, typical_rate
from assurance.measures.figures import WINDOWS, Figure, Register, figures
from assurance.measures.funnel import arcsine_limits, dispersion, exact_limits, type7_quantile
from assurance.measures.rates import Verdict, attainable, percent, rate, value, verdict, wilson
from assurance.measures.restatement import holds, moved, restated_by, stated
from assurance.measures.signals import Signal
from assurance.measures.variation import Outlook, Point, Variation, outlook, p_chart, p_prime_chart, variation
from assurance.measures.xmr import xmr, xmr_chart
from assurance.model import NATION, Counts, Direction, Period, Rebase, ReturnState, Standard, TallyRow

settings.register_profile("measures", deadline=None, max_examples=100)
settings.load_profile("measures")

NBSP = "\N{NO-BREAK SPACE}"
START = Period(2024, 1)


@st.composite
def shares(draw: st.DrawFn, most: int = 100_000) -> tuple[int, int]:
    """Met out of assessed, with something assessed."""
    assessed = draw(st.integers(1, most))
    return draw(st.integers(0, assessed)), assessed


counts = st.builds(Counts, *[st.integers(0, 60)] * 5)
targets = st.decimals(min_value=0, max_value=1, places=3)


@given(shares())
def test_wilson_is_that_of_statsmodels(share: tuple[int, int]) -> None:
    interval = wilson(*share)
    assert interval is not None
    low, high = proportion_confint(*share, method="wilson")
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-12)


@given(shares())
def test_the_rate_lies_in_its_interval_and_the_interval_within_0_to_1(share: tuple[int, int]) -> None:
    interval = wilson(*share)
    assert interval is not None
    assert 0 <= interval.low <= share[0] / share[1] <= interval.high <= 1


@given(shares())
def test_the_interval_of_what_was_not_met_is_the_mirror_image(share: tuple[int, int]) -> None:
    met, assessed = share
    one, other = wilson(met, assessed), wilson(assessed - met, assessed)
    assert one is not None
    assert other is not None
    assert (one.low, one.high) == pytest.approx((1 - other.high, 1 - other.low), abs=1e-12)


@given(counts)
def test_the_value_is_never_below_the_rate(c: Counts) -> None:
    shown, worth = rate(c), value(c)
    assert (shown is None) == (worth is None) == (c.assessed == 0)
    assert shown is None or worth is None or shown <= worth <= 1


@given(shares(2000), targets)
@example((10_000_000, 10_000_000), Decimal(1))
def test_the_exact_verdict_is_that_of_the_interval(share: tuple[int, int], target: Decimal) -> None:
    met, assessed = share
    assume(assessed >= 10)
    interval = wilson(met, assessed)
    assert interval is not None
    # Where the float ends are too near to the target to tell, only the exact comparison can.
    assume(all(end == float(target) or abs(end - float(target)) > 1e-12 for end in (interval.low, interval.high)))
    if interval.low >= target:
        expected = Verdict.MET
    elif interval.high < target:
        expected = Verdict.NOT_MET
    else:
        expected = Verdict.TOO_CLOSE
    assert verdict(Counts(met=met, not_met=assessed - met), target) is expected


@given(counts, targets)
def test_one_more_check_met_never_makes_a_verdict_worse(c: Counts, target: Decimal) -> None:
    assume(c.assessed >= 10 and c.not_met)
    order = [Verdict.NOT_MET, Verdict.TOO_CLOSE, Verdict.MET]
    better = Counts(c.met + 1, c.partly, c.not_met - 1)
    assert order.index(verdict(c, target)) <= order.index(verdict(better, target))


@given(shares(10**7), st.integers(0, 3))
@example((371, 400), 1)
@example((1, 2000), 1)
def test_a_rate_prints_alike_as_float_and_as_fraction(share: tuple[int, int], places: int) -> None:
    met, assessed = share
    assert percent(met / assessed, places) == percent(Fraction(met, assessed), places)


@given(st.decimals(min_value=0, max_value=1, places=6), st.integers(0, 4))
def test_percent_rounds_as_decimal_arithmetic_does(share: Decimal, places: int) -> None:
    expected = (share * 100).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    assert percent(Fraction(share), places) == f"{expected}{NBSP}%"
    assert percent(float(share), places) == f"{expected}{NBSP}%"


@given(shares(5000), st.integers(0, 2))
def test_every_rate_as_printed_is_attainable_from_its_own_number(share: tuple[int, int], places: int) -> None:
    assert attainable(percent(Fraction(*share), places), share[1])


@given(st.integers(0, 1000), st.integers(0, 120))
def test_attainable_is_what_trying_every_count_says(tenths: int, assessed: int) -> None:
    shown = f"{tenths / 10:.1f}"
    printed = {percent(Fraction(k, assessed)) for k in range(assessed + 1)} if assessed else set()
    assert attainable(shown, assessed) == (f"{shown}{NBSP}%" in printed)


@st.composite
def serieses(draw: st.DrawFn) -> list[Point]:
    months = draw(st.lists(st.one_of(st.just((0, 0)), shares(60), shares(20_000)), max_size=30))
    return [Point(START.plus(i), *share) for i, share in enumerate(months)]


@given(serieses())
def test_limits_lie_around_the_mean_and_within_0_to_1(points: list[Point]) -> None:
    chart = p_prime_chart(points)
    for point in chart.points:
        assert (point.rate is None) == (point.assessed == 0)
        if point.low is not None and point.high is not None and chart.mean is not None:
            assert 0 <= point.low <= chart.mean <= point.high <= 1
        else:
            assert point.signals == ()


@given(serieses())
def test_a_floored_chart_calls_no_point_outside_that_a_p_chart_does_not(points: list[Point]) -> None:
    floored, plain = p_prime_chart(points), p_chart(points)
    called = [
        (one, other)
        for one, other in zip(floored.points, plain.points, strict=True)
        if Signal.OUTSIDE in one.signals and Signal.OUTSIDE not in other.signals
    ]
    assert called == []


@given(serieses())
def test_what_is_outside_is_outside_the_limits_as_drawn(points: list[Point]) -> None:
    odd = []
    for point in p_prime_chart(points).points:
        if point.rate is None or point.low is None or point.high is None:
            continue
        beyond = max(point.low - point.rate, point.rate - point.high)
        if abs(beyond) > 1e-12 and (beyond > 0) != (Signal.OUTSIDE in point.signals):
            odd.append(point)
    assert odd == []


@given(serieses())
def test_what_was_not_met_has_the_mirrored_chart(points: list[Point]) -> None:
    chart = p_prime_chart(points)
    mirrored = p_prime_chart([Point(p.period, p.assessed - p.met, p.assessed) for p in points])
    assert [p.signals for p in mirrored.points] == [p.signals for p in chart.points]
    assert [p.side for p in mirrored.points] == [-p.side for p in chart.points]
    for point in points:
        assert variation(chart, point.period, Direction.UP) is variation(mirrored, point.period, Direction.DOWN)


@given(serieses(), st.sampled_from(Direction))
def test_months_without_checks_change_nothing_else(points: list[Point], direction: Direction) -> None:
    without = p_prime_chart([point for point in points if point.assessed])
    chart = p_prime_chart(points)
    assert tuple(point for point in chart.points if point.assessed) == without.points
    for point in points:
        state = variation(chart, point.period, direction)
        assert state is variation(without, point.period, direction)
        assert (state is Variation.NO_DATA) == (point.assessed == 0)


@given(st.integers(1, 10**7))
@example(200)
@example(201)
def test_t_is_that_of_scipy(freedom: int) -> None:
    assert t95(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-11)


@st.composite
def pair_tables(draw: st.DrawFn) -> list[list[int]]:
    k = draw(st.integers(2, 4))
    return draw(st.lists(st.lists(st.integers(0, 300), min_size=k, max_size=k), min_size=k, max_size=k))


@given(pair_tables(), st.sampled_from(["identity", "linear"]))
def test_agreement_does_not_ask_who_was_first(table: list[list[int]], weights: Literal["identity", "linear"]) -> None:
    found, turned = gwet(table, weights=weights), gwet(list(zip(*table, strict=True)), weights=weights)
    assert (found.pairs, found.agreed) == (turned.pairs, turned.agreed)
    for one, other in zip(astuple(found)[2:], astuple(turned)[2:], strict=True):
        assert one == pytest.approx(other, abs=1e-7)


@given(pair_tables(), st.sampled_from(["identity", "linear"]))
def test_agreement_lies_in_its_interval_and_is_whole_only_where_all_agree(
    table: list[list[int]], weights: Literal["identity", "linear"]
) -> None:
    found = gwet(table, weights=weights)
    assert (found.raw is None) == (found.ac1 is None) == (found.pairs == 0)
    if found.ac1 is None or found.raw is None:
        return
    assert -1 <= found.ac1 <= 1 + 1e-12
    assert (abs(found.ac1 - 1) < 1e-12) == (found.agreed == found.pairs)
    assert weights == "linear" or found.ac1 <= found.raw, "chance never adds to agreement"
    if found.low is not None and found.high is not None:
        assert found.low <= found.ac1 <= found.high + 1e-12 <= 1 + 1e-12


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 300))
def test_two_answers_have_no_part_agreement(both: int, one: int, none: int) -> None:
    table = [[both, one], [0, none]]
    assert gwet(table) == gwet(table, weights="linear")


@given(st.lists(st.floats(-1e6, 1e6), max_size=40), st.booleans(), st.sampled_from([6, 7]))
def test_an_xmr_chart_mirrors_what_is_mirrored(values: list[float], screen: bool, run_length: int) -> None:
    whole = [float(round(value)) for value in values]
    made, mirrored = (xmr(each, screen=screen, run_length=run_length) for each in (whole, [-value for value in whole]))
    assert [v.signals for v in made] == [v.signals for v in mirrored]
    assert [v.zone for v in made] == [-v.zone for v in mirrored]
    assert all(v.low is None or v.high is None or v.low <= v.mean <= v.high for v in made)


@given(st.lists(st.integers(0, 100), min_size=1, max_size=30), st.integers(0, 30))
def test_a_group_of_an_xmr_chart_is_a_chart_of_its_own(values: list[int], place: int) -> None:
    made = xmr(values, rebased_at=[place])
    parts = (values[:place], values[place:]) if 0 < place < len(values) else (values,)
    alone = [v for part in parts for v in xmr(part)]
    assert [replace(v, group=0) for v in made] == alone


@given(serieses(), st.lists(st.integers(-2, 32), max_size=3), st.booleans())
def test_segments_hold_every_month_once_and_are_charts_of_their_own(
    points: list[Point], months: list[int], is_xmr: bool
) -> None:
    rebases = [Rebase(START.plus(month), "why") for month in months]
    draw = xmr_chart if is_xmr else p_prime_chart
    chart = draw(points, rebases=rebases)
    assert [point.period for point in chart.points] == [point.period for point in points]
    for segment in chart.segments:
        own = [point for point in points if any(point.period == drawn.period for drawn in segment.points)]
        assert segment.points == draw(own).points


@given(serieses(), targets, st.sampled_from(Direction))
def test_an_outlook_is_about_the_limits_of_the_last_month(
    points: list[Point], target: Decimal, direction: Direction
) -> None:
    chart = p_prime_chart(points)
    ahead = outlook(chart.limits, target, direction)
    assert (ahead is None) == (direction is Direction.NEUTRAL or not chart.has_limits)
    if chart.limits and ahead in (Outlook.WILL_BE_MET, Outlook.WILL_NOT_BE_MET):
        low, high = chart.limits
        assert not low <= float(target) <= high


binomials = st.tuples(
    st.one_of(st.integers(1, 60), st.integers(1, 5000), st.integers(1, 1_000_000)),
    st.one_of(st.floats(1e-6, 1 - 1e-6), st.sampled_from([0.5, 0.9, 0.994])),
    st.floats(-6, 6),
)


@given(binomials)
@example((1_000_000, 0.994, 0.001))
def test_the_binomial_distribution_is_that_of_scipy(case: tuple[int, float, float]) -> None:
    n, p, away = case
    k = max(0, min(n, round(n * p + away * math.sqrt(n * p * (1 - p)))))
    law = stats.binom(n, p)
    assert probability(k, n, p) == pytest.approx(law.pmf(k), rel=1e-8, abs=1e-280)
    assert at_most(k, n, p) == pytest.approx(law.cdf(k), rel=1e-8, abs=1e-280)
    assert at_least(k, n, p) == pytest.approx(law.sf(k - 1), rel=1e-8, abs=1e-280)
    share = float(law.cdf(k))
    found = quantile(share * (1 - 1e-7), n, p)
    assert found <= k
    assert at_most(found, n, p) >= share * (1 - 1e-7)


@given(binomials)
@example((1_000_000, 0.994, 0.001))
@example((10, 0.3, 0.0))
def test_the_exact_p_is_that_of_scipy(case: tuple[int, float, float]) -> None:
    n, p, away = case
    k = max(0, min(n, round(n * p + away * math.sqrt(n * p * (1 - p)))))
    assert exact_p(k, n, p) == pytest.approx(binomtest(k, n, p).pvalue, rel=1e-6, abs=1e-280)


@given(st.integers(1, 3000), st.floats(0.001, 0.999))
def test_exact_limits_stand_in_order_around_the_target(assessed: int, target: float) -> None:
    found = exact_limits(target, assessed)
    assert found.low998 <= found.low95 <= found.high95 <= found.high998 <= 1


@given(st.integers(1, 100_000), st.floats(0, 1), st.floats(0, 0.1))
def test_arcsine_limits_stand_around_the_target_and_only_widen(assessed: int, target: float, tau2: float) -> None:
    plain, wide = arcsine_limits(target, assessed), arcsine_limits(target, assessed, tau2)
    assert 0 <= wide.low998 <= wide.low95 <= target + 1e-12
    assert target - 1e-12 <= wide.high95 <= wide.high998 <= 1
    assert wide.low95 <= plain.low95 + 1e-12
    assert plain.high95 <= wide.high95 + 1e-12


@given(st.dictionaries(st.sampled_from([f"A{i:02}" for i in range(14)]), counts))
def test_scores_are_drawn_in_and_never_out(pooled: dict[str, Counts]) -> None:
    found = dispersion(pooled)
    assert (found is None) == (not any(c.assessed for c in pooled.values()))
    if found is None:
        return
    k = len(found.scores)
    lowest, highest = min(found.scores.values()), max(found.scores.values())
    assert all(lowest <= z <= highest for z in found.winsorised.values())
    assert found.tau2 >= 0
    assert found.tau2 == 0 or k * found.phi > k - 1


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=30), st.floats(0, 1))
def test_a_type_7_quantile_is_that_of_numpy(values: list[float], share: float) -> None:
    assert type7_quantile(values, share) == pytest.approx(float(np.quantile(values, share)), rel=1e-9, abs=1e-6)


p_values = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@given(st.integers(0, 400), st.integers(0, 400))
def test_mcnemar_is_the_exact_binomial_test_of_scipy(b: int, c: int) -> None:
    assert mcnemar(b, c) == pytest.approx(binomtest(b, b + c).pvalue if b + c else 1.0, rel=1e-9)
    assert mcnemar(b, c) == mcnemar(c, b)
    assert mcnemar(b, c + 1) <= mcnemar(b, c) or b > c, "further from balance is no more likely"


@given(p_values)
def test_adjusted_p_is_that_of_scipy(ps: list[float]) -> None:
    assert benjamini_hochberg(ps) == pytest.approx(false_discovery_control(ps, method="bh").tolist(), abs=1e-12)


@given(p_values)
def test_adjusted_p_is_never_less_than_p_and_keeps_the_order(ps: list[float]) -> None:
    adjusted = benjamini_hochberg(ps)
    assert all(p <= a <= 1 for p, a in zip(ps, adjusted, strict=True))
    assert [adjusted[i] for i in sorted(range(len(ps)), key=ps.__getitem__)] == sorted(adjusted)


areas = st.dictionaries(st.sampled_from([f"A{i:02}" for i in range(14)]), counts)
margins = st.decimals(min_value=0, max_value="0.2", places=2)


@given(areas, margins)
def test_only_what_is_both_unlikely_and_far_is_called(pooled: dict[str, Counts], margin: Decimal) -> None:
    typical = typical_rate(pooled)
    compared = compare(pooled, margin)
    assert set(compared) == {area for area, c in pooled.items() if c.assessed}
    for area, comparison in compared.items():
        own = rate(pooled[area])
        assert own is not None
        assert typical is not None
        assert 0 <= comparison.p <= comparison.p_adjusted <= 1
        if comparison.position is not Position.SIMILAR:
            assert comparison.p_adjusted <= 0.05
            assert abs(own - typical) >= float(margin) - 1e-12
            assert (own > typical) == (comparison.position is Position.HIGHER)


@given(areas, margins)
def test_the_order_of_the_areas_does_not_matter(pooled: dict[str, Counts], margin: Decimal) -> None:
    assert compare(dict(reversed(pooled.items())), margin) == compare(pooled, margin)


OCTOBER = Period(2026, 10)
STANDARDS = tuple(
    Standard(code, code, 1, Direction.UP, "CPS", Decimal("0.9"), Decimal("0.02"), counted=code != "C03")
    for code in ("C01", "C02", "C03")
)
REGISTER = Register("bcm", STANDARDS, None, frozenset({OCTOBER.plus(-1)}), Direction.UP, Decimal("0.02"))
rows = st.lists(
    st.builds(
        TallyRow,
        st.sampled_from([OCTOBER.plus(-back) for back in range(-1, 5)]),
        st.sampled_from(["A", "B", "C"]),
        st.sampled_from(["C01", "C02"]),
        counts,
    ),
    max_size=25,
)
states = st.dictionaries(st.sampled_from(["A", "B", "C"]), st.sampled_from(ReturnState))


def tabled(made: tuple[Figure, ...]) -> dict[tuple[str, str, str], Counts | None]:
    return {(f.window, f.area, f.standard): f.counts for f in made}


@given(rows, states)
def test_figures_add_up(tally: list[TallyRow], owed: dict[str, ReturnState]) -> None:
    made = tabled(figures(REGISTER, tally, OCTOBER, owed))
    for code in ("C01", "C02", NATION):
        parts = [made["1m", area, code] for area in owed]
        present = [part for part in parts if part is not None]
        assert made["1m", NATION, code] == (Counts.total(present) if present else None)
    for window in WINDOWS:
        for area in (NATION, *owed):
            pooled, each = made[window, area, NATION], [made[window, area, c] for c in ("C01", "C02")]
            assert (pooled is None) == (None in each)
            assert pooled is None or pooled == Counts.total(c for c in each if c is not None)


@given(rows, states)
def test_a_figure_is_blank_exactly_where_the_return_is_not_in(
    tally: list[TallyRow], owed: dict[str, ReturnState]
) -> None:
    for figure in figures(REGISTER, tally, OCTOBER, owed):
        assert (figure.counts is None) == (figure.verdict in (Verdict.NO_RETURN, Verdict.LEFT_OUT))
        assert (figure.rate is None) == (figure.counts is None or figure.counts.assessed == 0)
        assert figure.rate is None or (
            figure.low is not None and figure.high is not None and figure.low <= figure.rate <= figure.high
        )
        assert 0 <= figure.months_missing <= WINDOWS[figure.window]
        assert not math.isnan(figure.p_adjusted or 0)
        if figure.area != NATION:
            in_ = owed[figure.area].has_figures or owed[figure.area] is ReturnState.NIL
            assert (figure.counts is not None) == in_
            assert (figure.verdict is Verdict.LEFT_OUT) == (owed[figure.area] is ReturnState.LEFT_OUT)


replaced = st.tuples(st.sampled_from([OCTOBER.plus(-back) for back in range(8)]), st.sampled_from(["A", "B", "C"]))
long_rows = st.lists(
    st.builds(
        TallyRow,
        st.sampled_from([OCTOBER.plus(-back) for back in range(8)]),
        st.sampled_from(["A", "B", "C"]),
        st.sampled_from(["C01", "C02"]),
        counts,
        st.sampled_from([1, 2]),
    ),
    max_size=30,
)


@settings(max_examples=30)
@given(long_rows, replaced, st.lists(st.tuples(st.sampled_from(["C01", "C02"]), counts), max_size=3))
def test_a_return_restates_the_windows_that_hold_it_and_nothing_else(
    tally: list[TallyRow], place: tuple[Period, str], again: list[tuple[str, Counts]]
) -> None:
    """Another version of one return, or a late one, or one gone: every other figure keeps all but its limits."""
    month, area = place
    begun = TallyRow(OCTOBER.plus(-9), "A", "C01", Counts(met=1))  # the collection began before any of it
    before = [begun, *tally]
    after = [row for row in before if (row.period, row.area) != place]
    after += [TallyRow(month, area, standard, counted) for standard, counted in again]
    owed = dict.fromkeys(["A", "B", "C"], ReturnState.ACCEPTED)
    for period in month.plus(-1).until(month.plus(3)):
        was, now = (figures(REGISTER, rows, period, owed) for rows in (before, after))
        found = moved(map(stated, was), map(stated, now))
        if period < month:
            assert was == now
        elif period not in restated_by(month):
            assert not [line for line in found if line.counts_moved or line.verdict_changed]
            limits = [{"variation": b.variation, "outlook": b.outlook} for b in was]  # they rest on all months
            assert was == tuple(replace(f, **rest) for f, rest in zip(now, limits, strict=True))  # type: ignore[arg-type]
        for line in found:
            held = line.either.area in (area, NATION) and holds(line.either.window, period, month)
            assert held or not (line.counts_moved or line.verdict_changed)
