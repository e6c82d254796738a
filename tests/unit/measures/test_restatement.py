from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from assurance.measures.comparison import Position
from assurance.measures.figures import LONGEST_WINDOW
from assurance.measures.rates import Verdict
from assurance.measures.restatement import (
    Moved,
    Stated,
    calls_for_a_release,
    final_with,
    holds,
    is_provisional,
    moved,
    restated_by,
)
from assurance.measures.variation import Variation
from assurance.model import NATION, Counts, Period

OCTOBER = Period(2026, 10)
NATIONAL = Stated("1m", NATION, NATION, "All standards", Counts(800, 0, 200), Verdict.NO_TARGET, Variation.USUAL)
WESSEX = replace(NATIONAL, window="3m", area="WSX")
ONE_STANDARD = replace(NATIONAL, standard="C01", title="Files")


def with_met(figure: Stated, met: int) -> Stated:
    return replace(figure, counts=Counts(met, 0, 1000 - met))


def the_move(before: Stated, after: Stated) -> Moved:
    (found,) = moved([before], [after])
    return found


def test_what_is_the_same_has_not_moved() -> None:
    assert moved([NATIONAL, WESSEX], [WESSEX, NATIONAL]) == ()
    assert moved([NATIONAL], [replace(NATIONAL, title="Another title")]) == ()


def test_a_figure_moves_by_its_counts_and_by_exact_points() -> None:
    assert the_move(NATIONAL, with_met(NATIONAL, 803)).points == Fraction(3, 1000)
    doubled = the_move(NATIONAL, replace(NATIONAL, counts=Counts(1600, 0, 400)))
    assert (doubled.points, doubled.counts_moved) == (0, True)


@pytest.mark.parametrize(("figure", "at_once"), [(NATIONAL, True), (WESSEX, True), (ONE_STANDARD, False)])
def test_a_headline_that_moves_a_point_calls_for_a_release_and_less_does_not(figure: Stated, at_once: bool) -> None:
    for met in (790, 810):
        assert the_move(figure, with_met(figure, met)).at_once is at_once
    for met in (791, 809):
        assert the_move(figure, with_met(figure, met)).at_once is False


@pytest.mark.parametrize("figure", [NATIONAL, WESSEX, ONE_STANDARD])
def test_a_verdict_or_a_variation_that_changes_calls_for_a_release(figure: Stated) -> None:
    for changed in (replace(figure, verdict=Verdict.MET), replace(figure, variation=Variation.WORSENING)):
        found = the_move(figure, changed)
        assert (found.counts_moved, found.points, found.at_once) == (False, 0, True)


def test_an_area_that_is_called_or_is_called_no_more_has_moved_though_its_counts_are_the_same() -> None:
    lower, similar = (replace(WESSEX, position=position) for position in (Position.LOWER, Position.SIMILAR))
    found = the_move(lower, similar)
    assert (found.position_changed, found.counts_moved, found.points, found.at_once) == (True, False, 0, True)
    assert moved([WESSEX], [lower]) == (), "a release from before places were stated says nothing of them"


def test_only_the_months_of_the_nation_and_the_quarters_of_areas_are_headlines() -> None:
    assert [replace(NATIONAL, window=w, area=a).is_headline for w in ("1m", "3m") for a in (NATION, "WSX")] == [
        True,
        False,
        False,
        True,
    ]


def test_a_figure_that_comes_or_goes_has_moved_without_points() -> None:
    came, went = moved([NATIONAL], [WESSEX])
    assert (came.before, came.after, came.points, came.at_once) == (None, WESSEX, None, True)
    assert (went.before, went.after, went.either) == (NATIONAL, None, NATIONAL)


def test_a_return_that_comes_late_changes_the_verdict() -> None:
    without = replace(WESSEX, counts=None, verdict=Verdict.NO_RETURN, variation=Variation.NO_DATA)
    assert the_move(without, WESSEX).at_once
    assert not calls_for_a_release(moved([NATIONAL], [with_met(NATIONAL, 801)]))


def test_a_month_stands_in_its_own_windows_and_those_of_the_months_after_it() -> None:
    months = restated_by(OCTOBER)
    assert months == tuple(OCTOBER.plus(later) for later in range(LONGEST_WINDOW))
    assert [holds("3m", month, OCTOBER) for month in (OCTOBER.plus(-1), *months, OCTOBER.plus(3))] == [
        False,
        True,
        True,
        True,
        False,
    ]
    assert [holds("1m", month, OCTOBER) for month in months] == [True, False, False]


@pytest.mark.parametrize(("months", "until"), [(0, 10), (1, 11), (3, 13)])
def test_a_month_is_provisional_until_a_report_and_no_day_longer(months: int, until: int) -> None:
    final = OCTOBER.plus(until - 10)
    assert final_with(OCTOBER, months) == final
    assert is_provisional(OCTOBER, months, final.plus(-1)) is (months > 0 or final.plus(-1) < OCTOBER)
    assert is_provisional(OCTOBER, months, final) is False
