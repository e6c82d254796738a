"""What is said in every state of a release has been read and approved; the list on top agrees with the subject line."""

from __future__ import annotations

import re
from difflib import unified_diff

import pytest
from builders import AIMED, S, collection, measured_of, release

from assurance.model import NATION, Direction
from assurance.reporting.measured import measure
from assurance.reporting.pages import page_of
from assurance.reporting.views.decisions import MOST_ITEMS, Decisions
from tests.reports.sentences import APPROVED, STATES, written

COUNTED = re.compile(r"(\d+) (?:standards?|Areas?)")


@pytest.mark.slow
def test_every_sentence_is_one_that_was_read() -> None:
    approved, now = APPROVED.read_text(encoding="utf-8").splitlines(), written().splitlines()
    changed = "\n".join(unified_diff(approved, now, "approved", "now", n=1, lineterm=""))
    assert not changed, f"read this, then run `python -m tests.reports.sentences`:\n{changed}"


def test_both_collections_are_read_in_all_the_states_that_words_go_wrong_in() -> None:
    told = {name.partition(": ")[2] for name in STATES if name.startswith("outcomes")}
    assert {"a usual month", "first month", "all missing", "every state", "one Area", "always the same"} <= told
    assert len(STATES) > 40


def decisions(name: str, edition: str = NATION) -> tuple[str, Decisions]:
    page = page_of(measured_of(name), edition)
    return page.attention, page.summary.decisions


@pytest.mark.parametrize(
    "name", ["usual", "with targets", "all met", "worsening", "improving", "every state", "cases", "all missing"]
)
def test_the_subject_line_counts_what_the_list_holds(name: str) -> None:
    for edition in (NATION, "AAA", "EEE"):
        attention, found = decisions(name, edition)
        own = int(any(item.title.startswith("All ") for item in found.items))
        assert sum(map(int, COUNTED.findall(attention))) + own == len(found.items) + found.more
        assert len(found.items) <= MOST_ITEMS
        assert own == (" the typical Area" in attention or ("below the target" in attention and edition != NATION))


def test_those_furthest_behind_come_first_and_those_that_only_worsened_last() -> None:
    _, found = decisions("cases")
    assert [(item.title, item.short) for item in found.items] == [("Ashdale", 600), ("Keepers, Files complete", 120)]
    assert "short: standards in October 2026, Areas from August to October 2026." in found.order
    _, worse = decisions("worsening", "AAA")
    assert [item.short for item in worse.items] == sorted((item.short for item in worse.items), reverse=True)


def test_an_area_is_named_with_the_standard_in_which_it_is_furthest_behind_and_the_owner() -> None:
    _, found = decisions("cases")
    assert "furthest below it in " in found.items[0].text
    assert re.search(r"in (CPS|Keepers), [A-Z][a-z ]+ \(60\.0.% against 8\d\.\d.%\)\.$", found.items[0].text)


def test_areas_on_the_good_side_are_named_by_name_and_not_by_rate() -> None:
    names = {letter * 3: f"Area {letter}" for letter in "ABCDEFGHI"}
    facts = release(of=collection(AIMED, names, direction=Direction.UP), rates={"CCC": 0.97, "HHH": 0.99}, months=6)
    ahead = page_of(measure(facts), NATION).summary.decisions.ahead
    assert ahead == "2 of 9 Areas are higher than the typical Area by more than chance: Area C and Area H."


MOVED = {
    "better": [*[0.85, 0.86] * 6, 0.85, 0.92],
    "worse": [*[0.85, 0.86] * 6, 0.85, 0.79],
}
"""Outside the limits in the last month; over three months the one that got worse is no further off than usual."""


def moving(**how: str) -> tuple[str, Decisions]:
    """What is said where these Areas moved. Their names and their codes stand in different orders."""
    names = {"AAA": "Wold", "BBB": "Thorn", "CCC": "Moor", "DDD": "Lea", "EEE": "Heath", "FFF": "Fen", "GGG": "Ash"}
    rates = {area: MOVED[word] for area, word in how.items()}
    page = page_of(measure(release(of=collection(AIMED, names, direction=Direction.UP), rates=rates)), NATION)
    return page.attention, page.summary.decisions


def test_areas_that_only_got_worse_by_their_own_chart_stand_last_by_name_and_are_counted() -> None:
    attention, found = moving(AAA="worse", GGG="worse")
    assert attention == "1 standard and 2 Areas need attention"
    assert [(item.title, item.short > 0) for item in found.items] == [
        ("Police, Files complete", True),
        ("Ash", False),
        ("Wold", False),
    ]
    assert found.order == ""  # nothing but one standard is ranked
    assert re.fullmatch(
        r"79\.0.% of 400.checks were met in October 2026; worse by more than usual: "
        r"it is below the lower limit of \d\d\.\d.%\.",
        found.items[1].text,
    )


def test_areas_that_improved_by_their_own_chart_are_named_behind_the_standards_and_need_no_decision() -> None:
    attention, found = moving(AAA="better", FFF="better")
    assert attention == "1 standard needs attention"
    assert [item.title for item in found.improved] == ["Fen", "Wold"]
    assert (
        "% of 400\N{NO-BREAK SPACE}checks were met in October 2026; better by more than usual: "
        in found.improved[0].text
    )
    assert moving()[1].no_better == "No standard and no Area is better by more than usual."


def test_of_what_improved_five_are_named_and_the_others_counted() -> None:
    page = page_of(measured_of("improving"), NATION).summary.decisions
    assert len(page.improved) == MOST_ITEMS
    assert page.more_improved == 2 + 5 - MOST_ITEMS


def test_absent_returns_stand_beneath_the_list_and_take_no_place_in_it() -> None:
    attention, found = decisions("every state")
    assert attention == "1 return not in, 1 rejected"
    assert found.items == ()
    assert found.absent == (
        "2 of 5 Areas have no return that counts: Brookmoor (no return) and Cliff and Coast (rejected). "
        "Ask for them: the national figures of the month are without them."
    )
    only = page_of(measure(release(months=1, states={"CCC": S.REJECTED})), NATION)
    assert only.attention == "1 return rejected"
