"""Whether a published percentage can be true, and how it stands beside our own."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assurance.measures.published import Standing, held, least_checks, score
from assurance.measures.rates import attainable
from assurance.model import Counts

scipy_stats = pytest.importorskip("scipy.stats")


@pytest.mark.parametrize(("shown", "least"), [("99.4", 154), ("50", 2), ("50.0", 2), ("33.3", 3), ("100", 1), ("0", 1)])
def test_the_least_number_of_checks_is_the_first_from_which_it_can_come(shown: str, least: int) -> None:
    assert least_checks(shown) == least
    assert not any(attainable(shown, fewer) for fewer in range(1, least))


@settings(deadline=None)
@given(tenths=st.integers(0, 1000))
def test_every_percentage_can_come_from_some_number(tenths: int) -> None:
    shown = f"{tenths // 10}.{tenths % 10}"
    assert attainable(shown, least_checks(shown))


@pytest.mark.parametrize("shown", ["abc", "NaN", ""])
def test_what_is_no_number_is_refused(shown: str) -> None:
    with pytest.raises(ValueError, match=r"a percentage is a number such as 99\.4"):
        least_checks(shown)


@pytest.mark.parametrize("shown", ["100.1", "-1"])
def test_what_is_no_percentage_is_refused(shown: str) -> None:
    with pytest.raises(ValueError, match="between 0 and 100"):
        least_checks(shown)


@settings(deadline=None)
@given(of=st.integers(1, 400), other_of=st.integers(1, 400), data=st.data())
def test_the_score_test_is_pearsons_without_correction(of: int, other_of: int, data: st.DataObject) -> None:
    met, other = data.draw(st.integers(0, of)), data.draw(st.integers(0, other_of))
    if 0 < met + other < of + other_of:
        table = [[met, of - met], [other, other_of - other]]
        expected = scipy_stats.chi2_contingency(table, correction=False).pvalue
        assert score(met, of, other, other_of) == pytest.approx(expected, abs=1e-12)
    else:
        assert score(met, of, other, other_of) == 1.0


def test_a_share_of_nothing_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="at least one check"):
        score(0, 0, 1, 2)


@pytest.mark.parametrize(
    ("shown", "checks", "own", "standing"),
    [
        ("99.4", 153, Counts(met=90, not_met=10), Standing.IMPOSSIBLE),
        ("99.4", 154, None, Standing.NO_FIGURE),
        ("99.4", None, Counts(not_applicable=3), Standing.NO_FIGURE),
        ("99.4", None, Counts(met=497, not_met=3), Standing.WITHIN),
        ("99.9", None, Counts(met=490, not_met=10), Standing.ABOVE),
        ("90.0", None, Counts(met=497, not_met=3), Standing.BELOW),
        ("99.4", 500, Counts(met=495, not_met=5), Standing.CHANCE),
        ("99.4", 500, Counts(met=460, not_met=40), Standing.HIGHER),
        ("80", 500, Counts(met=460, partly=10, not_met=30), Standing.LOWER),
        ("100", 40, Counts(met=40), Standing.CHANCE),
        # what prints so is compared, not the printed figure as if it were exact
        ("99", 10_000, Counts(met=9_949, not_met=51), Standing.CHANCE),
        ("99", None, Counts(met=9_949, not_met=51), Standing.WITHIN),
        ("99.4", 10**6, Counts(met=994_490, not_met=5_510), Standing.CHANCE),
        ("84", 150_000, Counts(met=126_700, not_met=23_300), Standing.CHANCE),
        ("84", 150_000, Counts(met=127_700, not_met=22_300), Standing.LOWER),
    ],
)
def test_a_figure_stands_as_far_as_can_be_said(
    shown: str, checks: int | None, own: Counts | None, standing: Standing
) -> None:
    found = held(shown, checks, own)
    assert found.standing is standing
    assert (found.p is None) is (standing not in (Standing.CHANCE, Standing.HIGHER, Standing.LOWER))
    assert (found.interval is None) is (found.own is None)
