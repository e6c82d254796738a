"""Own answers beside the dates: which differ, which way, and whether chance explains it."""

from __future__ import annotations

import pytest

from assurance.measures.agreement import Differences, differences, mcnemar


def test_only_met_against_not_met_has_a_direction() -> None:
    found = differences(
        [
            ("Y", "Y", 50),
            ("N", "N", 20),
            ("ND", "ND", 7),
            ("NA", "NA", 100),
            ("Y", "N", 6),
            ("N", "Y", 2),
            ("Y", "ND", 1),
            ("NA", "Y", 3),
        ]
    )
    assert found == Differences(checks=89, generous=6, stricter=2, other=4)
    assert (found.differing, found.turned) == (12, 8)
    assert found.share == 12 / 89
    assert found.p == mcnemar(6, 2)


def test_nothing_to_compare_has_no_share() -> None:
    for pairs in ([], [("NA", "NA", 5)]):
        assert differences(pairs) == Differences()
        assert differences(pairs).share is None
        assert differences(pairs).p == 1.0


@pytest.mark.parametrize(
    ("b", "c", "p"),
    [
        (0, 0, 1.0),
        (1, 0, 1.0),
        (5, 0, 2 / 32),
        (0, 6, 2 / 64),
        (1, 7, 2 * (1 + 8) / 256),
        (4, 4, 1.0),
        (3, 4, 1.0),
        (5000, 0, 0.0),
    ],
)
def test_the_exact_test_is_twice_the_smaller_tail(b: int, c: int, p: float) -> None:
    assert mcnemar(b, c) == mcnemar(c, b) == pytest.approx(p, abs=1e-300)


def test_many_pairs_are_no_trouble() -> None:
    assert 0.02 < mcnemar(10_000, 10_330) < 0.03


def test_counts_of_pairs_are_not_negative() -> None:
    with pytest.raises(ValueError, match="must not be negative, not -1 and 3"):
        mcnemar(-1, 3)
