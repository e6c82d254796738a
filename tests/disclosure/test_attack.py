"""Whoever holds everything that was ever shared cannot work out one hidden count. The attack is code of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from assurance.measures import disclosure
from assurance.measures.disclosure import Counts, Table, is_small, may_be_named, said_of_standard, totals
from tests.disclosure.attack import ROUNDING, is_broken, recovered
from tests.disclosure.worlds import Scale, released

SMALL = Scale(areas=4, owners={"CPS": 3, "court": 2, "police": 1}, checks=14, late=0.12, corrected=0.08)
ONE_OWNER = Scale(areas=5, owners={"CPS": 4}, checks=9, late=0.12, corrected=0.08)
LEFT_OUT = replace(SMALL, left_out=0.7)
FEW = Scale(areas=3, owners={"CPS": 2, "court": 1}, checks=4, late=0.15, corrected=0.1, nil=0.05)


def told_of(tables: Sequence[Table]) -> str:
    """The share hidden, as it is printed."""
    hidden = sum(len(table.hidden) for table in tables)
    cells = hidden + sum(len(table.shown) for table in tables)
    withheld = sum(not table.shown and not table.hidden for table in tables)
    named = sum(len(table.named) for table in tables)
    return (
        f"{len(tables)} releases, {hidden} of {cells} cells hidden ({hidden / cells:.1%}), {withheld} tables withheld, "
        f"{named} names"
    )


def primary_alone(now: Table, before: Sequence[Table], counts: Counts) -> Table:
    """What is small is hidden, and nothing is done about what tells it."""
    hidden = frozenset(cell for cell in now.shown if is_small(totals(now, counts).get(cell, disclosure.Split())))
    return replace(now, shown=now.shown - hidden, hidden=hidden, named=frozenset())


def forgetful(now: Table, before: Sequence[Table], counts: Counts) -> Table:
    """Every release is safe by itself, and none is held against another."""
    return disclosure.share(now, (), counts)


def naming_all(now: Table, before: Sequence[Table], counts: Counts) -> Table:
    """Every Area that may be named is, whatever that tells of what is hidden."""
    named = {cell for cell in now.named if may_be_named(said_of_standard(cell, now, counts))}
    return replace(disclosure.share(replace(now, named=frozenset()), before, counts), named=frozenset(named))


@pytest.mark.parametrize(
    ("name", "scale"), [("small", SMALL), ("one owner", ONE_OWNER), ("few", FEW), ("left out", LEFT_OUT)]
)
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_nothing_hidden_is_recovered_from_months_of_releases(name: str, scale: Scale, seed: int) -> None:
    tables, counts = released(7, seed, scale)
    print(f"{name}, seed {seed}: {told_of(tables)}")
    assert any(table.hidden for table in tables)
    assert any(table.shown for table in tables)
    assert len({table.months[-1] for table in tables}) < len(tables), "no month was released again"
    assert recovered(tables, counts) == []


def test_hiding_what_is_small_and_no_more_is_broken_by_the_attack() -> None:
    broken = recovered(*released(1, 1, SMALL, primary_alone))
    assert [found for found in broken if found.width < ROUNDING and 1 <= found.truth <= 4]


def test_releases_that_are_safe_one_by_one_are_broken_together() -> None:
    tables, counts = released(7, 1, SMALL, forgetful)
    assert all(not recovered([table], counts) for table in tables)
    assert is_broken(tables, counts)


def test_an_area_that_is_left_out_would_be_told_by_what_was_shared_with_it() -> None:
    """The table without it would be safe by itself; held against the one with it, it tells what the Area had."""
    tables, counts = released(5, 1, LEFT_OUT, forgetful)
    assert all(not recovered([table], counts) for table in tables)
    assert is_broken(tables, counts)
    assert not is_broken(*released(5, 1, LEFT_OUT))


def test_areas_that_are_named_whatever_it_tells_are_found_by_the_attack() -> None:
    tables, counts = released(7, 1, SMALL, naming_all)
    assert is_broken(tables, counts)
    heeded, counts = released(7, 1, SMALL)
    assert any(table.named for table in heeded)
    assert not is_broken(heeded, counts)


def test_a_table_that_is_withheld_names_nobody() -> None:
    tables, _ = released(7, 6, SMALL)
    withheld = [table for table in tables if not table.shown and not table.hidden]
    assert withheld
    assert any(table.named for table in tables)
    assert not any(table.named for table in withheld)


def test_the_same_releases_hide_the_same_cells() -> None:
    assert released(4, 3, SMALL)[0] == released(4, 3, SMALL)[0]


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "checks"), [(1, 12)])
def test_two_years_of_the_size_of_life_give_nothing_away(seed: int, checks: int) -> None:
    """13 Areas, then 14; 24 standards of four owners; late returns, corrections, months released again."""
    tables, counts = released(24, seed, Scale(checks=checks))
    print(f"{checks} checks a month, Area and standard: {told_of(tables)}")
    assert len(tables) > 60
    assert recovered(tables, counts) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10, 20))
def test_small_worlds_of_many_kinds_give_nothing_away(seed: int) -> None:
    scale = Scale(
        areas=1 + seed % 5,
        owners=[{"CPS": 1}, {"CPS": 2, "court": 1}, {"CPS": 3, "court": 2, "police": 1}][seed % 3],
        checks=1 + seed % 11,
        late=0.15,
        corrected=0.12,
        nil=0.04,
    )
    assert recovered(*released(8, seed, scale)) == []
