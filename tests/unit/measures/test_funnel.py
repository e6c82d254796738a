"""Funnel limits: exact ones, and those that allow for over-dispersion."""

from __future__ import annotations

from math import asin, sqrt
from statistics import quantiles

import pytest

from assurance.measures.funnel import Limits, arcsine_limits, dispersion, exact_limits, is_outside, type7_quantile
from assurance.model import Counts


def areas(*met: int, assessed: int = 300) -> dict[str, Counts]:
    return {f"A{i:02}": Counts(met=x, not_met=assessed - x) for i, x in enumerate(met)}


def test_exact_limits_of_a_hundred_checks_at_95_percent() -> None:
    """R: qbinom and pbinom with Spiegelhalter's interpolation."""
    found = exact_limits(0.95, 100)
    assert (found.low998, found.low95, found.high95, found.high998) == pytest.approx(
        (0.865361504562, 0.898092655976, 0.983877068564, 0.998310961803), abs=1e-11
    )


@pytest.mark.parametrize("target", [0.0, 1.0])
def test_where_nothing_varies_every_limit_is_the_target(target: float) -> None:
    assert exact_limits(target, 40) == Limits(target, target, target, target)


def test_every_area_at_100_percent_is_above_the_exact_limits() -> None:
    """Why the picture never decides."""
    assert exact_limits(0.98, 40).high95 < 1.0


@pytest.mark.parametrize(
    ("met", "assessed", "target", "outside"),
    [
        (85, 100, 0.95, True),  # P(R <= 85) = 0.00014
        (87, 100, 0.95, False),  # P(R <= 87) = 0.0015
        (40, 40, 0.98, False),  # all met, as 45 Areas in 100 would by chance
        (300, 300, 0.95, True),  # 0.95^300 = 2e-07
        (40, 40, 1.0, False),
        (39, 40, 1.0, True),
    ],
)
def test_outside_is_what_chance_brings_to_fewer_than_one_area_in_a_thousand(
    met: int, assessed: int, target: float, outside: bool
) -> None:
    assert is_outside(met, assessed, target) is outside


def test_arcsine_limits_stop_at_0_and_1() -> None:
    assert arcsine_limits(0.99, 5).high998 == 1.0
    assert arcsine_limits(0.01, 5).low95 == 0.0


def test_limits_are_wider_where_areas_differ_more_than_by_chance() -> None:
    plain, wide = arcsine_limits(0.9, 300), arcsine_limits(0.9, 300, tau2=0.001)
    assert wide.low998 < plain.low998 < plain.low95 < 0.9 < plain.high95 < plain.high998 < wide.high998


def test_areas_that_differ_no_more_than_by_chance_have_no_tau() -> None:
    found = dispersion(areas(270, 272, 268, 271, 269))
    assert found is not None
    assert found.phi < 1
    assert found.tau2 == 0.0


def test_the_national_rate_pools_the_checks_and_scores_are_in_units_of_chance() -> None:
    found = dispersion({"A": Counts(met=90, not_met=10), "B": Counts(met=800, not_met=100), "C": Counts()})
    assert found is not None
    assert found.target == 0.89
    assert set(found.scores) == {"A", "B"}
    assert found.scores["A"] == pytest.approx(20 * (asin(sqrt(0.9)) - asin(sqrt(0.89))))


def test_a_tenth_at_each_end_is_drawn_in() -> None:
    found = dispersion(areas(*range(250, 261), 100))
    assert found is not None
    assert min(found.winsorised.values()) > min(found.scores.values())
    assert found.winsorised["A05"] == found.scores["A05"]


def test_nothing_assessed_has_no_dispersion_and_one_area_no_tau() -> None:
    assert dispersion({"A": Counts()}) is None
    alone = dispersion(areas(270))
    assert alone is not None
    assert (alone.phi, alone.tau2) == (0.0, 0.0)


def test_a_type_7_quantile_lies_between_two_values_in_proportion() -> None:
    values = [3.0, 1.0, 4.0, 1.5, 9.0, 2.6]
    deciles = quantiles(values, n=10, method="inclusive")
    assert [type7_quantile(values, i / 10) for i in range(1, 10)] == pytest.approx(deciles)
    assert type7_quantile([5.0], 0.9) == 5.0


@pytest.mark.parametrize(("target", "assessed"), [(1.2, 5), (-0.1, 5), (0.9, 0)])
def test_limits_need_a_share_and_a_check(target: float, assessed: int) -> None:
    for made in (exact_limits, arcsine_limits):
        with pytest.raises(ValueError, match=r"between 0 and 1|at least one check"):
            made(target, assessed)
