"""How far second answers agree with the own ones, and which side is stricter."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assurance.measures.second_readings import Reread, reread, together
from assurance.model import Scale

ANSWERS = {Scale.BINARY: ("Y", "N", "NA"), Scale.GRADED: ("FM", "PM", "NM", "NA"), Scale.TIMELY: ("Y", "N", "NA", "ND")}
BETTER = {"Y": 2, "FM": 2, "PM": 1, "N": 0, "NM": 0}


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Scale, list[tuple[str, str, int]]]:
    scale = draw(st.sampled_from(Scale))
    answers = st.sampled_from(ANSWERS[scale])
    return scale, draw(st.lists(st.tuples(answers, answers, st.integers(0, 40)), max_size=12))


def test_the_example_of_the_statement_is_one_in_which_kappa_would_say_nothing() -> None:
    found = reread(Scale.BINARY, [("Y", "Y", 470), ("Y", "N", 14), ("N", "Y", 14), ("N", "N", 2)])
    assert found.agreement.raw == pytest.approx(0.944)
    assert found.agreement.ac1 == pytest.approx(0.94, abs=0.005)
    assert (found.sides.generous, found.sides.stricter, found.sides.p) == (14, 14, 1.0)


def test_answers_by_degree_make_a_table_of_three_and_neighbours_agree_by_half() -> None:
    found = reread(Scale.GRADED, [("FM", "FM", 8), ("FM", "PM", 1), ("PM", "FM", 3), ("NM", "NM", 2)])
    assert found.degrees == ("met", "partly", "not_met")
    assert found.table == ((8, 1, 0), (3, 0, 0), (0, 0, 2))
    assert found.weighted is not None
    assert found.weighted.ac1 is not None
    assert found.agreement.ac1 is not None
    assert found.weighted.ac1 > found.agreement.ac1
    assert (found.sides.generous, found.sides.stricter) == (1, 3)


def test_two_answers_have_no_weights() -> None:
    assert reread(Scale.BINARY, [("Y", "Y", 1)]).weighted is None


def test_what_one_side_alone_judged_is_counted_apart_and_what_neither_did_is_left_out() -> None:
    found = reread(Scale.TIMELY, [("Y", "NA", 2), ("ND", "N", 3), ("NA", "ND", 5), ("NA", "NA", 7), ("Y", "Y", 11)])
    assert (found.one_sided, found.agreement.pairs, found.sides.checks) == (5, 11, 16)


def test_together_answers_are_compared_on_their_own_scales_and_ac1_is_about_fully_met() -> None:
    graded = reread(Scale.GRADED, [("FM", "FM", 5), ("PM", "NM", 3)])
    binary = reread(Scale.BINARY, [("Y", "Y", 4), ("N", "Y", 1)])
    found = together([graded, binary])
    assert (found.pairs, found.agreed, found.raw) == (13, 9, 9 / 13)
    assert (found.agreement.pairs, found.agreement.agreed) == (13, 12), "partly and not met are both not fully met"
    assert (found.sides.generous, found.sides.stricter) == (3, 1)


def test_nothing_that_was_read_is_no_agreement() -> None:
    found = together([])
    assert (found.pairs, found.raw, found.agreement.ac1, found.sides.p) == (0, None, None, 1.0)
    assert reread(Scale.GRADED, []).agreement.ac1 is None


@settings(deadline=None)
@given(made=pairs())
def test_the_sides_are_what_the_answers_say(made: tuple[Scale, list[tuple[str, str, int]]]) -> None:
    scale, drawn = made
    found = reread(scale, drawn)
    judged = [(BETTER[own], BETTER[second], n) for own, second, n in drawn if own in BETTER and second in BETTER]
    assert found.agreement.pairs == sum(n for *_, n in judged)
    assert found.agreement.agreed == sum(n for own, second, n in judged if own == second)
    assert found.sides.generous == sum(n for own, second, n in judged if own > second)
    assert found.sides.stricter == sum(n for own, second, n in judged if own < second)
    assert found.one_sided == sum(n for own, second, n in drawn if (own in BETTER) is not (second in BETTER))


@settings(deadline=None)
@given(made=pairs())
def test_whoever_is_called_the_own_side_both_agree_as_far_and_the_sides_change_places(
    made: tuple[Scale, list[tuple[str, str, int]]],
) -> None:
    scale, drawn = made
    one, other = reread(scale, drawn), reread(scale, [(second, own, n) for own, second, n in drawn])
    assert (one.sides.generous, one.sides.stricter) == (other.sides.stricter, other.sides.generous)
    assert alike(one, other)
    assert sum(map(sum, one.fully)) == one.agreement.pairs


def alike(one: Reread, other: Reread) -> bool:
    a, b = one.agreement.ac1, other.agreement.ac1
    return a == b if a is None or b is None else math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-12)
