"""Own answers beside the dates: which differ, which way, and whether chance explains it."""

from __future__ import annotations

from typing import Literal

import pytest

from assurance.measures.agreement import Agreement, Differences, differences, gwet, mcnemar, t95


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


def test_agreement_beyond_chance_is_not_undone_by_skewed_answers() -> None:
    """94.4 % agree; Cohen's kappa would be -0.02 here."""
    found = gwet([[118, 5], [2, 0]])
    assert found.raw == 0.944
    assert found.ac1 == pytest.approx(0.94, abs=0.005)


@pytest.mark.parametrize("weights", ["identity", "linear"])
@pytest.mark.parametrize(
    "table", [[[20, 0], [0, 5]], [[7, 0, 0], [0, 0, 0], [0, 0, 0]], [[2, 0, 0], [0, 3, 0], [0, 0, 4]]]
)
def test_where_all_agree_agreement_is_whole(table: list[list[int]], weights: Literal["identity", "linear"]) -> None:
    found = gwet(table, weights=weights)
    assert (found.raw, found.ac1, found.low, found.high) == (1.0, 1.0, 1.0, 1.0)
    assert found.standard_error == 0.0


def test_no_pair_says_nothing_and_one_pair_has_no_interval() -> None:
    assert gwet([[0, 0], [0, 0]]) == Agreement(0, 0, None, None, None, None, None)
    assert gwet([[0, 0], [0, 1]]) == Agreement(1, 1, 1.0, 1.0, None, None, None)
    assert gwet([[0, 1], [0, 0]]) == Agreement(1, 0, 0.0, -1.0, None, None, None)


def test_next_to_each_other_counts_for_half_of_three_grades() -> None:
    apart, near = [[40, 0, 9], [0, 30, 0], [0, 0, 21]], [[40, 9, 0], [0, 30, 0], [0, 0, 21]]
    assert gwet(apart).agreed == gwet(near).agreed == 91
    assert gwet(near, weights="linear").ac1 > gwet(apart, weights="linear").ac1  # type: ignore[operator]


@pytest.mark.parametrize("table", [[], [[3]], [[1, 2], [3]], [[1, 2, 3], [1, 2, 3]]])
def test_a_table_of_pairs_is_square(table: list[list[int]]) -> None:
    with pytest.raises(ValueError, match="square"):
        gwet(table)


def test_a_table_of_pairs_holds_counts() -> None:
    with pytest.raises(ValueError, match="negative"):
        gwet([[1, -1], [0, 2]])


@pytest.mark.parametrize(
    ("freedom", "t"), [(1, 12.706), (2, 4.303), (10, 2.228), (30, 2.042), (120, 1.980), (10**9, 1.960)]
)
def test_t_is_that_of_the_printed_tables(freedom: int, t: float) -> None:
    assert t95(freedom) == pytest.approx(t, abs=0.0005)


def test_t_needs_a_degree_of_freedom() -> None:
    with pytest.raises(ValueError, match="at least one"):
        t95(0)
