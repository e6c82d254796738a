from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import pytest

from assurance.measures.rates import Interval, Verdict, attainable, percent, rate, value, verdict, wilson
from assurance.model import Counts, ReturnState

NBSP = "\N{NO-BREAK SPACE}"

WILSON_FROM_ELSEWHERE = [
    # R, package binom, as quoted in statsmodels' own tests
    (18, 20, 0.6989663547715128, 0.972133518786232),
    (4, 20, 0.0806576625797981, 0.4160174322518935),
    (4, 200, 0.00780442641634947, 0.05028708690582643),
    (190, 200, 0.910421851861224, 0.972617354399236),
    # base R, prop.test(correct = FALSE)
    (0, 1, 0.0, 0.7934506856227625526),
    (5, 5, 0.565517535216825351085, 1.0),
    # Newcombe (1998), Statistics in Medicine 17, to the four places printed there
    (81, 263, 0.2553, 0.3662),
]


@pytest.mark.parametrize(("met", "assessed", "low", "high"), WILSON_FROM_ELSEWHERE)
def test_wilson_agrees_with_other_software(met: int, assessed: int, low: float, high: float) -> None:
    tolerance = 5e-5 if assessed == 263 else 1e-9
    interval = wilson(met, assessed)
    assert interval is not None
    assert interval.low == pytest.approx(low, abs=tolerance)
    assert interval.high == pytest.approx(high, abs=tolerance)


def test_wilson_of_497_in_500_is_as_the_design_states_it() -> None:
    interval = wilson(497, 500)
    assert interval is not None
    assert (round(interval.low, 8), round(interval.high, 8)) == (0.98250975, 0.99795740)


@pytest.mark.parametrize("assessed", [1, 2, 7, 49, 1_000_003])
def test_wilson_reaches_exactly_0_and_exactly_1(assessed: int) -> None:
    none, every = wilson(0, assessed), wilson(assessed, assessed)
    assert none is not None
    assert every is not None
    assert none.low == 0.0 < none.high < 1
    assert 0 < every.low < every.high == 1.0


def test_wilson_of_nothing_is_no_interval() -> None:
    assert wilson(0, 0) is None


@pytest.mark.parametrize(("met", "assessed"), [(1, 0), (11, 10), (-1, 10), (0, -1)])
def test_wilson_refuses_impossible_counts(met: int, assessed: int) -> None:
    with pytest.raises(ValueError, match="between 0 and assessed"):
        wilson(met, assessed)


def test_a_narrower_confidence_gives_a_narrower_interval() -> None:
    assert wilson(5, 10, z=0.0) == Interval(0.5, 0.5)


def test_rate_leaves_out_what_was_not_applicable_or_not_due() -> None:
    assert rate(Counts(met=9, partly=2, not_met=1, not_applicable=50, not_due=50)) == 0.75


def test_value_gives_half_for_partly_met() -> None:
    assert value(Counts(met=1, partly=1, not_met=2)) == 0.375


def test_rate_and_value_of_nothing_assessed_are_blank_not_zero() -> None:
    assert rate(Counts(not_applicable=3)) is None
    assert value(Counts(not_due=3)) is None


TARGET = Decimal("0.9")
GOOD = Counts(met=100)


@pytest.mark.parametrize(
    ("counts", "target", "state", "expected"),
    [
        (None, TARGET, None, Verdict.NO_RETURN),
        (None, None, ReturnState.ACCEPTED, Verdict.NO_RETURN),
        (GOOD, TARGET, ReturnState.MISSING, Verdict.NO_RETURN),
        (GOOD, TARGET, ReturnState.REJECTED, Verdict.NO_RETURN),
        (GOOD, TARGET, ReturnState.EXPECTED, Verdict.NO_RETURN),
        (None, TARGET, ReturnState.LEFT_OUT, Verdict.LEFT_OUT),
        (GOOD, None, ReturnState.LEFT_OUT, Verdict.LEFT_OUT),
        (None, TARGET, ReturnState.NIL, Verdict.NIL_RETURN),
        (Counts(not_due=1), None, ReturnState.NIL, Verdict.NIL_RETURN),
        (Counts(not_due=1), None, None, Verdict.NOT_DUE),
        (Counts(not_due=1, not_applicable=5), TARGET, ReturnState.ACCEPTED, Verdict.NOT_DUE),
        (Counts(), None, None, Verdict.NO_TARGET),
        (Counts(met=1), None, None, Verdict.NO_TARGET),
        (GOOD, None, None, Verdict.NO_TARGET),
        (Counts(), TARGET, None, Verdict.TOO_FEW),
        (Counts(not_applicable=99), TARGET, None, Verdict.TOO_FEW),
        (Counts(met=9, not_due=99), TARGET, None, Verdict.TOO_FEW),
        (Counts(not_met=9), TARGET, None, Verdict.TOO_FEW),
        (Counts(not_met=10), TARGET, None, Verdict.NOT_MET),
        (GOOD, TARGET, ReturnState.ACCEPTED, Verdict.MET),
        (GOOD, TARGET, ReturnState.ACCEPTED_WITH_QUERIES, Verdict.MET),
        (Counts(met=90, not_met=10), TARGET, None, Verdict.TOO_CLOSE),
        (Counts(met=50, partly=50), TARGET, None, Verdict.NOT_MET),
    ],
)
def test_the_first_verdict_that_applies_is_given(
    counts: Counts | None, target: Decimal | None, state: ReturnState | None, expected: Verdict
) -> None:
    assert verdict(counts, target, state=state) is expected


@pytest.mark.parametrize(
    ("counts", "target", "expected"),
    [
        (Counts(not_met=20), "0", Verdict.MET),
        (Counts(met=20), "0", Verdict.MET),
        (Counts(met=10_000_000), "1", Verdict.TOO_CLOSE),
        (Counts(met=999, not_met=1), "1", Verdict.NOT_MET),
        (Counts(not_met=20), "0.0000001", Verdict.TOO_CLOSE),
    ],
)
def test_targets_at_the_ends_are_decided_by_the_interval(counts: Counts, target: str, expected: Verdict) -> None:
    assert verdict(counts, Decimal(target)) is expected


def test_verdicts_turn_where_the_interval_turns() -> None:
    # Just outside and just inside the interval of 497 in 500, which is 0.98250975 to 0.99795740.
    counts = Counts(met=497, not_met=3)
    by_target = [verdict(counts, Decimal(t)) for t in ("0.98250974", "0.98250976", "0.99795740", "0.99795741")]
    assert by_target == [Verdict.MET, Verdict.TOO_CLOSE, Verdict.TOO_CLOSE, Verdict.NOT_MET]


@pytest.mark.parametrize(
    ("share", "places", "shown"),
    [
        (Fraction(927, 1000), 1, "92.7"),
        (Fraction(371, 400), 1, "92.8"),  # 92.75
        (371 / 400, 1, "92.8"),
        (Fraction(1, 2000), 1, "0.1"),  # 0.05
        (0.0005, 1, "0.1"),
        (Fraction(1, 2001), 1, "0.0"),
        (Fraction(1, 16), 1, "6.3"),  # 6.25, which rounds to 6.2 when halves go to even
        (Fraction(1, 8), 0, "13"),  # 12.5
        (Fraction(2, 3), 3, "66.667"),
        (1.0, 1, "100.0"),
        (0.0, 1, "0.0"),
        (Fraction(1999, 2000), 1, "100.0"),  # 99.95
        (Fraction(-1, 16), 1, "\N{MINUS SIGN}6.3"),
        (Fraction(-1, 9999), 1, "0.0"),
    ],
)
def test_percent_rounds_halves_away_from_zero(share: float | Fraction, places: int, shown: str) -> None:
    assert percent(share, places) == f"{shown}{NBSP}%"


@pytest.mark.parametrize("share", [math.nan, math.inf, -math.inf])
def test_percent_refuses_what_is_not_a_number(share: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        percent(share)


@pytest.mark.parametrize(
    ("shown", "assessed", "possible"),
    [
        ("99.4", 153, False),
        ("99.4", 154, True),  # 153 in 154 is 99.3506...
        ("99.4", 200, False),  # 198 and 199 in 200 are 99.0 and 99.5
        ("99.4", 500, True),
        ("50", 1, False),
        ("50", 2, True),
        ("100.0", 1, True),
        ("100.1", 1000, False),
        ("0.0", 7, True),
        ("0.1", 1, False),
        ("-1", 100, False),
        ("92.8", 400, True),  # 371 in 400 is 92.75 exactly, printed 92.8
        ("92.7", 400, False),
        ("84.5%", 71, True),
        (f"84.5{NBSP}%", 71, True),
        (Decimal("33.33"), 3, True),
        (Decimal("33.34"), 3, False),
        ("0", 0, False),
    ],
)
def test_a_printed_percentage_is_possible_only_from_some_numbers(
    shown: str | Decimal, assessed: int, possible: bool
) -> None:
    assert attainable(shown, assessed) is possible


@pytest.mark.parametrize("shown", ["", "-", "ninety", "nan", "inf"])
def test_attainable_refuses_what_is_not_a_number(shown: str) -> None:
    with pytest.raises(ValueError, match="a percentage is a number"):
        attainable(shown, 10)


def test_attainable_refuses_a_negative_number_of_checks() -> None:
    with pytest.raises(ValueError, match="negative"):
        attainable("50", -1)
