"""The binomial distribution, at its ends and for many checks."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest

from assurance.measures.binomial import at_least, at_most, probability, quantile


def exactly(k: int, n: int, p: Fraction) -> Fraction:
    return comb(n, k) * p**k * (1 - p) ** (n - k)


@pytest.mark.parametrize("p", [Fraction(1, 2), Fraction(994, 1000), Fraction(1, 1000)])
@pytest.mark.parametrize("n", [1, 7, 40, 300])
def test_each_number_has_its_exact_probability(n: int, p: Fraction) -> None:
    total = Fraction(0)
    for k in range(n + 1):
        total += exactly(k, n, p)
        assert probability(k, n, float(p)) == pytest.approx(float(exactly(k, n, p)), rel=1e-10, abs=1e-300)
        assert at_most(k, n, float(p)) == pytest.approx(float(total), rel=1e-10, abs=1e-300)


def test_what_cannot_be_has_no_probability_and_what_must_be_is_certain() -> None:
    assert (probability(-1, 5, 0.5), probability(6, 5, 0.5)) == (0.0, 0.0)
    assert (at_most(-1, 5, 0.5), at_most(5, 5, 0.5)) == (0.0, 1.0)
    assert (at_least(0, 5, 0.5), at_least(6, 5, 0.5)) == (1.0, 0.0)
    assert (probability(0, 5, 0.0), probability(5, 5, 1.0), probability(4, 5, 1.0)) == (1.0, 1.0, 0.0)
    assert probability(0, 0, 0.3) == 1.0


@pytest.mark.parametrize(("share", "k"), [(0.0, 0), (0.5, 2), (0.999, 5), (1.0, 5)])
def test_a_quantile_is_the_least_number_that_reaches_its_share(share: float, k: int) -> None:
    assert quantile(share, 5, 0.5) == k


def test_a_million_checks_lose_no_digits() -> None:
    """At p = 1/2 both tails are alike, and the middle is left between them: two sums of thousands of terms."""
    n, half = 1_000_000, 500_000
    assert at_most(half - 1, n, 0.5) == pytest.approx((1 - probability(half, n, 0.5)) / 2, rel=1e-10)
    assert at_most(half - 1, n, 0.5) == pytest.approx(at_least(half + 1, n, 0.5), rel=1e-12)
    assert at_most(400_000, n, 0.5) == 0.0
