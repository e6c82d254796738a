"""What is hidden in a shareable table: small numbers for their own sake, and others so that they tell nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from assurance.measures.disclosure import Cell, Counts, Split, Table, is_small, may_be_named, share, totals
from assurance.model import NATION, Period

JAN, FEB, MARCH = (Period(2026, month) for month in (1, 2, 3))
OWNERS = {"C1": "CPS", "C2": "CPS", "D1": "defence", "D2": "defence"}
BIG = Split(90, 30)
Given = Mapping[tuple[Period, str], Mapping[str, Split]]


def returned(areas: str, months: Sequence[Period] = (JAN,), owners: Mapping[str, str] = OWNERS) -> Given:
    """Everybody returns the same, and it is plenty."""
    return {(month, area): dict.fromkeys(owners, BIG) for month in months for area in areas}


def changed(given: Given, area: str, month: Period = JAN, **splits: Split) -> Given:
    return {**given, (month, area): {**given[month, area], **splits}}


def table(given: Given, owners: Mapping[str, str] = OWNERS, version: str = "1") -> tuple[Table, Counts]:
    """The table of some returns with nothing hidden, and their counts."""
    months = tuple(sorted({month for month, _ in given}))
    returns = {place: f"{place[1]}-{place[0]}-{version}" for place in given}
    names = set(owners.values()) if len(set(owners.values())) > 1 else set()
    places = {NATION, *(area for month, area in given if month == months[-1])}
    cells = {Cell(place, owner) for place in places for owner in {NATION, *names}}
    cells |= {Cell(NATION, owner, standard) for standard, owner in owners.items()}
    counts = {returns[place]: said for place, said in given.items()}
    return Table(months, dict(owners), returns, frozenset(cells)), counts


@pytest.mark.parametrize(
    ("split", "small"),
    [
        (Split(0, 0), False),
        (Split(20, 0), False),
        (Split(0, 20), False),
        (Split(20, 1), True),
        (Split(20, 4), True),
        (Split(20, 5), False),
        (Split(4, 20), True),
        (Split(9, 0), True),
        (Split(10, 0), False),
        (Split(5, 4), True),
        (Split(5, 5), False),
    ],
)
def test_small_are_counts_of_1_to_4_met_or_not_and_rates_of_fewer_than_10(split: Split, small: bool) -> None:
    assert is_small(split) is small


@pytest.mark.parametrize(
    ("split", "may"),
    [
        (Split(5, 5), True),
        (Split(60, 5), True),
        (Split(5, 60), True),
        (Split(60, 4), False),
        (Split(4, 60), False),
        (Split(60, 0), False),
        (Split(0, 60), False),
        (Split(0, 0), False),
    ],
)
def test_an_area_may_be_named_where_no_number_of_it_is_zero_or_small(split: Split, may: bool) -> None:
    assert may_be_named(split) is may


def test_who_is_named_is_who_may_be() -> None:
    draft, counts = table(changed(changed(returned("ABC"), "A", C1=Split(120, 0)), "B", C1=Split(116, 4)))
    called = {Cell(area, "CPS", "C1") for area in "ABC"}
    assert share(replace(draft, named=frozenset(called)), (), counts).named == {Cell("C", "CPS", "C1")}


def test_a_name_counts_over_all_months_of_the_window() -> None:
    given = changed(changed(returned("ABC", (JAN, FEB)), "A", C1=Split(60, 3)), "A", FEB, C1=Split(60, 2))
    draft, counts = table(given)
    name = frozenset({Cell("A", "CPS", "C1")})
    assert share(replace(draft, named=name), (), counts).named == name
    draft, counts = table(changed(given, "A", FEB, C1=Split(60, 1)))
    assert share(replace(draft, named=name), (), counts).named == frozenset()


def test_a_name_that_would_cost_a_number_is_not_given() -> None:
    """A's small figure hides among what B can move; named for all it has, B could move nothing."""
    given = {
        (JAN, area): {"C1": Split(60, c1), "D1": Split(60, d1)}
        for area, c1, d1 in (("A", 2, 30), ("B", 6, 6), ("C", 6, 6))
    }
    owners = {"C1": "CPS", "D1": "defence"}
    draft, counts = table(given, owners)
    unnamed = share(draft, (), counts)
    assert Cell("A", "CPS") in unnamed.hidden
    names = frozenset(Cell(area, owner, one) for area in "BC" for one, owner in owners.items())
    named = share(replace(draft, named=names), (), counts)
    assert named == unnamed
    assert named.named == frozenset()


def test_where_nothing_is_small_nothing_is_hidden() -> None:
    draft, counts = table(returned("ABC"))
    assert share(draft, (), counts) == draft


def test_a_cell_is_the_sum_of_what_was_returned() -> None:
    draft, counts = table(returned("ABC", (JAN, FEB)))
    values = totals(draft, counts)
    assert values[Cell("A", "CPS")] == Split(360, 120)
    assert values[Cell(NATION, "CPS", "C1")] == Split(540, 180)
    assert values[Cell(NATION)] == Split(2160, 720)
    assert draft.shown == values.keys()


def test_one_small_cell_takes_three_with_it_so_that_no_sum_tells_it() -> None:
    draft, counts = table(changed(returned("ABC"), "A", C1=Split(90, 2), C2=Split(90, 0)))
    hidden = share(draft, (), counts).hidden
    assert Cell("A", "CPS") in hidden
    assert len(hidden) == 4
    assert {(cell.area == "A", cell.owner) for cell in hidden} == {
        (mine, owner) for mine in (True, False) for owner in ("CPS", "defence")
    }


def test_a_zero_is_a_zero() -> None:
    draft, counts = table(
        changed(returned("ABC"), "A", C1=Split(0, 0), C2=Split(0, 0), D1=Split(50, 0), D2=Split(9, 0))
    )
    assert share(draft, (), counts).hidden == frozenset()


def test_a_small_standard_of_the_nation_hides_another_of_its_owner() -> None:
    given = returned("AB")
    for area in "AB":
        given = changed(given, area, C1=Split(90, 1))
    draft, counts = table(given)
    assert share(draft, (), counts).hidden == {Cell(NATION, "CPS", "C1"), Cell(NATION, "CPS", "C2")}


def test_with_one_owner_an_area_has_one_cell() -> None:
    owners = {"O1": "CPS", "O2": "CPS"}
    given = changed(returned("ABC", owners=owners), "A", O1=Split(60, 2), O2=Split(60, 0))
    draft, counts = table(given, owners)
    hidden = share(draft, (), counts).hidden
    assert len(hidden) == 2
    assert Cell("A") in hidden


def test_what_one_release_hid_the_next_of_the_month_does_not_show() -> None:
    draft, counts = table(changed(returned("ABC"), "A", C1=Split(90, 2), C2=Split(90, 0)))
    first = share(draft, (), counts)
    assert share(draft, (first,), counts) == first


def test_what_was_hidden_stays_hidden_while_the_month_is_in_the_window() -> None:
    months = (JAN, FEB, MARCH)
    given = changed(returned("ABC", months), "A", JAN, C1=Split(90, 2), C2=Split(90, 0))
    given = changed(changed(given, "A", FEB, C1=Split(90, 0), C2=Split(90, 0)), "A", MARCH)
    shared: list[Table] = []
    for last in range(1, 4):
        draft, counts = table({place: said for place, said in given.items() if place[0] in months[:last]})
        shared.append(share(draft, shared, counts))
    alone = share(draft, (), counts)
    assert alone.hidden == frozenset()
    assert Cell("A", "CPS") in shared[0].hidden & shared[1].hidden
    assert shared[2].hidden


def test_a_second_month_that_adds_a_small_count_is_hidden() -> None:
    given = changed(returned("ABC", (JAN, FEB)), "A", FEB, C1=Split(90, 3), C2=Split(90, 0))
    first, counts = table({place: said for place, said in given.items() if place[0] == JAN})
    second, more = table(given)
    shared = share(first, (), counts)
    assert shared.hidden == frozenset()
    assert Cell("A", "CPS") in share(second, (shared,), {**counts, **more}).hidden


def test_a_correction_that_makes_a_figure_small_does_not_show_by_how_much_the_sums_moved() -> None:
    given = returned("ABC")
    draft, counts = table(given)
    first = share(draft, (), counts)
    new, changes = table(changed(given, "A", C1=Split(118, 2), C2=Split(120, 0)), version="2")
    corrected = replace(new, returns={**draft.returns, (JAN, "A"): new.returns[JAN, "A"]})
    second = share(corrected, (first,), {**counts, **changes})
    assert Cell("A", "CPS") in second.hidden
    assert Cell(NATION, "CPS") in second.hidden


def test_a_return_that_nothing_can_be_told_of_beside_what_is_known_is_not_shared_at_all() -> None:
    """All was shown; then an Area's cell is to be hidden whose return is still the same: nothing can hide it."""
    draft, counts = table(returned("AB"))
    first = share(draft, (), counts)
    told = replace(first, shown=first.shown - {Cell("A")}, hidden=frozenset({Cell("A")}))
    again = share(draft, (first, told), counts)
    assert (again.shown, again.hidden) == (frozenset(), frozenset())


def test_releases_of_other_seasons_have_no_part_in_it() -> None:
    draft, counts = table(returned("ABC"))
    old, told = table(changed(returned("ABC", (Period(2025, 1),)), "A", Period(2025, 1), C1=Split(90, 2)))
    assert share(draft, (share(old, (), told),), {**counts, **told}) == draft
