"""A month is closed once, without the Areas that are not in; and a collection begins to run with its first return."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from assurance.errors import ReleaseError
from assurance.model import Period
from assurance.settings import Settings
from assurance.steps import Steps
from tests.rules.builders import valid_return
from tests.unit.trace.conftest import few_areas

PERIOD, CUT_OFF = Period(2016, 10), datetime(2016, 11, 11, 12)


class World:
    """Steps of three Areas, with a clock that is set."""

    def __init__(self, home: Path) -> None:
        self.at = CUT_OFF - timedelta(days=3)
        expectations = few_areas(home / "expectations", ("CYW", "WMD", "WSX"))
        self.steps = Steps(Settings(home=home, expectations=expectations), clock=lambda: self.at)
        self.steps.migrate()

    def receive(self, area: str) -> None:
        valid_return(area).landed(self.steps.settings.landing)
        list(self.steps.receive("outcomes"))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_collection_to_which_nothing_ever_came_is_neither_chased_for_nor_closed(world: World) -> None:
    assert world.steps.collecting() == ()
    world.receive("WSX")
    assert world.steps.collecting() == (("outcomes", PERIOD),)


def test_nothing_is_closed_before_its_cut_off_and_then_who_is_missing_is_told(world: World) -> None:
    world.receive("WSX")
    assert world.steps.close_by_now("one") == []
    world.at = CUT_OFF
    assert world.steps.close_by_now("one") == ["outcomes|2016-10|CYW", "outcomes|2016-10|WMD"]


def test_only_the_run_that_closed_a_month_is_told_again_whom_it_closed_without(world: World) -> None:
    world.receive("WSX")
    world.at = CUT_OFF
    first = world.steps.close_by_now("one")
    world.receive("CYW")
    assert world.steps.close_by_now("one") == first, "a task that is tried again says the same"
    assert world.steps.close_by_now("another") == []
    assert world.steps.close_by_now("by hand", "outcomes", "2016-10") == []
    assert world.steps.verify().faults == ()


def test_a_return_that_is_left_out_is_in_for_the_gate_has_heard_of_it(world: World) -> None:
    world.receive("WSX")
    world.steps.leave_out("outcomes", PERIOD, ["WSX"], "Director of Assurance", "Its files were mixed up.")
    assert world.steps.close("outcomes", PERIOD, "by hand") == ("CYW", "WMD")


def test_a_month_that_was_released_is_not_closed(world: World) -> None:
    world.receive("WSX")
    world.at = CUT_OFF
    world.steps.build("outcomes", PERIOD)
    assert world.steps.close_by_now("one") == []


def test_a_month_can_be_closed_by_hand_before_its_time(world: World) -> None:
    world.receive("WSX")
    assert len(world.steps.close_by_now("by hand", "outcomes", "2016-10")) == 2


@pytest.mark.parametrize(
    ("collection", "period", "says"),
    [
        ("outcomes", "", "name a collection and a period"),
        ("", "2016-10", "name a collection and a period"),
        ("outcomes", "2016-02", "owes no return for 2016-02"),
        ("bcm_readings", "2016-10", "holds second readings of bcm"),
    ],
)
def test_what_cannot_be_closed_is_told(world: World, collection: str, period: str, says: str) -> None:
    with pytest.raises(ReleaseError, match=says):
        world.steps.close_by_now("by hand", collection, period)
