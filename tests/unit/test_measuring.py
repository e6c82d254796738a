"""What the gate cannot know: runs by hand, months past, and months that should have been measured and were not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from typer.testing import CliRunner

from assurance.cli import app
from assurance.deadlines import reported_month
from assurance.errors import ReleaseError
from assurance.model import Period
from assurance.settings import Settings
from assurance.steps import Steps
from assurance.steps.measuring import Measured
from assurance.steps.watching import GRACE, ready_since
from tests.rules.builders import Return, valid_return
from tests.unit.test_restating import AREAS, steady, three_areas, with_more_unmet
from tools.samples import Receiving

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("measuring")]

SEPTEMBER, OCTOBER, NOVEMBER = (Period(2016, month) for month in (9, 10, 11))
CLOSED = datetime(2016, 11, 11, 12)
"""When October is closed: the ninth working day, 12:00."""
BEFORE, AFTER = CLOSED - timedelta(days=2), CLOSED + timedelta(days=2)


@pytest.mark.parametrize(
    ("moment", "month"),
    [
        (datetime(2016, 11, 1), OCTOBER),
        (datetime(2016, 11, 30, 23, 59), OCTOBER),
        (datetime(2016, 12, 1), NOVEMBER),
        (datetime(2016, 9, 30, 22, 59), Period(2016, 8)),
        (datetime(2016, 9, 30, 23), SEPTEMBER),
        (datetime(2017, 1, 1), Period(2016, 12)),
    ],
)
def test_the_month_being_reported_is_the_last_that_has_ended_in_london(moment: datetime, month: Period) -> None:
    assert reported_month(moment) == month


def test_a_month_is_ready_when_the_last_area_is_in_or_at_its_cut_off() -> None:
    early, late = BEFORE - timedelta(days=1), BEFORE
    assert ready_since({}, 2, CLOSED) is None, "nobody returned"
    assert ready_since({"CYW": early}, 2, CLOSED) == CLOSED
    assert ready_since({"CYW": early, "WSX": late}, 2, CLOSED) == late
    assert ready_since({"CYW": early, "WSX": AFTER}, 2, CLOSED) == CLOSED
    assert ready_since({"CYW": AFTER}, 2, CLOSED) == AFTER, "a collection that begins after the cut-off is waited for"


@dataclass
class World:
    """Three Areas, and a clock that is set."""

    home: Path
    at: datetime = BEFORE

    def __post_init__(self) -> None:
        settings = Settings(home=self.home, expectations=self.home / "expectations", arrival="file")
        self.steps: Steps = Receiving(settings, clock=lambda: self.at)

    def receive(self, *sent: Return) -> None:
        for one in sent:
            one.landed(self.steps.settings.landing, at=self.at - timedelta(hours=1))
        for arrived in self.steps.arrivals("outcomes"):
            self.steps.load(self.steps.check(arrived).key)

    def returned(self, period: Period, areas: tuple[str, ...] = AREAS) -> None:
        self.receive(*(valid_return(area, period, counts=steady(period)) for area in areas))

    def measure(self, period: Period, *, by: str = "a run", by_hand: bool = False, mail: bool = False) -> Measured:
        return self.steps.measure("outcomes", period, by=by, by_hand=by_hand, mail=mail)

    def missed(self) -> list[str]:
        return [f"{one.month} {one.release}" for one in self.steps.missed_months()]

    def mail_owed(self) -> list[str]:
        return sorted(f"{one.kind} {one.subject_id}" for one in self.steps.unsent() if one.kind != "receipt")

    def mails(self) -> int:
        return len(list(self.steps.settings.mail.glob("*.eml")))


@pytest.fixture
def world(tmp_path: Path) -> World:
    three_areas(tmp_path / "expectations")
    register = "  - {address: %s@example.org, name: Somebody, areas: [ALL], kinds: [%s]}\n"
    people = register % ("approver", "sign_off_request") + register % ("operators", "alert")
    (tmp_path / "expectations" / "recipients.yaml").write_text(f"recipients:\n{people}", encoding="utf-8")
    made = World(tmp_path)
    made.steps.migrate()
    return made


def test_a_complete_month_is_missed_an_hour_after_its_last_area_came(world: World) -> None:
    world.returned(OCTOBER, AREAS[:-1])
    world.at += timedelta(days=1)
    assert world.missed() == [], "its gate still waits"
    world.returned(OCTOBER, AREAS[-1:])
    world.at += GRACE - timedelta(seconds=1)
    assert world.missed() == []
    world.at += timedelta(seconds=1)
    assert world.missed() == ["outcomes|2016-10 0"]
    world.steps.build("outcomes", OCTOBER)
    assert world.missed() == []


def test_a_month_with_areas_missing_is_missed_an_hour_after_its_cut_off(world: World) -> None:
    world.returned(OCTOBER, AREAS[:1])
    world.at = CLOSED + GRACE - timedelta(seconds=1)
    assert world.missed() == []
    world.at = CLOSED + GRACE
    assert world.missed() == ["outcomes|2016-10 0"]


def test_a_month_past_is_not_fired_however_it_stands(world: World) -> None:
    """Returns of years past are loaded for the trend; nobody waits for reports of them."""
    world.returned(SEPTEMBER)
    world.at = AFTER
    assert world.missed() == []


def test_a_released_month_is_missed_when_a_great_correction_was_not_announced_and_not_for_a_slight_one(
    world: World,
) -> None:
    world.returned(OCTOBER)
    world.steps.build("outcomes", OCTOBER)
    world.receive(valid_return("WSX", OCTOBER, 2, counts=with_more_unmet(OCTOBER, 1)))
    world.at += GRACE
    assert world.missed() == [], "it can wait"
    world.receive(valid_return("WSX", OCTOBER, 3, counts=with_more_unmet(OCTOBER, 500)))
    assert world.missed() == [], "it may be on its way"
    world.at += GRACE
    assert world.missed() == ["outcomes|2016-10 1"]
    world.steps.build("outcomes", OCTOBER)
    assert world.missed() == []


def test_a_missed_month_is_fired_and_told_once(world: World) -> None:
    world.returned(OCTOBER)
    world.at += GRACE
    (missed,) = world.steps.months_to_measure()
    assert world.steps.months_to_measure() == (missed,), "until the operators were told, it is tried again"
    before = world.mails()
    assert world.steps.tell_of_missed(missed.collection, missed.subject, missed.since).sent == 1
    assert world.steps.tell_of_missed(missed.collection, missed.subject, missed.since).sent == 0
    assert world.mails() == before + 1
    assert world.steps.months_to_measure() == ()
    assert world.missed() == ["outcomes|2016-10 0"], "it is still missed"


def test_the_command_names_what_was_missed_and_the_cure(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.returned(OCTOBER)
    monkeypatch.setenv("ASSURANCE_HOME", str(world.home))
    monkeypatch.setenv("ASSURANCE_EXPECTATIONS", str(world.home / "expectations"))
    with time_machine.travel(f"{BEFORE + GRACE}+00:00", tick=False):
        found = CliRunner().invoke(app, ["watch"])
    assert found.exit_code == 1
    assert "outcomes 2016-10: should have been measured for the first time" in found.output
    assert "assurance build 2016-10 -c outcomes" in found.output
    world.steps.build("outcomes", OCTOBER)
    with time_machine.travel(f"{BEFORE + GRACE}+00:00", tick=False):
        found = CliRunner().invoke(app, ["watch"])
    assert (found.exit_code, found.output) == (0, "every month that should have been measured was\n")


def test_of_a_month_past_that_was_measured_by_hand_nobody_is_asked_until_mail_is_wanted(world: World) -> None:
    world.returned(SEPTEMBER)
    quiet = world.measure(SEPTEMBER, by_hand=True)
    assert (quiet.silent, world.mail_owed()) == ("it is of a past month and was built by hand", [])
    loud = world.measure(SEPTEMBER, by_hand=True, mail=True)
    assert (loud.silent, loud.release_id) == ("", quiet.release_id)
    assert world.mail_owed() == ["sign_off_request outcomes/2016-09/1"]
    assert world.measure(SEPTEMBER, by="another", by_hand=True, mail=True).silent == "", (
        "whoever asks for mail is heard"
    )
    assert world.mail_owed() == ["sign_off_request outcomes/2016-09/1"], "the approvers are asked once"


def test_a_release_that_was_answered_is_not_asked_about_again(world: World) -> None:
    world.returned(SEPTEMBER)
    release_id = world.steps.build("outcomes", SEPTEMBER, asks=False)
    world.steps.reject(release_id, "the Director", "wait for Wessex")
    world.steps.build("outcomes", SEPTEMBER)
    assert world.mail_owed() == []


def test_what_happens_by_itself_is_announced_and_so_is_the_month_being_reported(world: World) -> None:
    world.returned(SEPTEMBER)
    world.returned(OCTOBER)
    assert world.measure(SEPTEMBER).silent == ""
    assert world.measure(OCTOBER, by_hand=True).silent == ""


def test_a_release_is_announced_by_one_run_however_often_that_is_tried_and_each_new_one_again(world: World) -> None:
    world.returned(OCTOBER)
    assert [world.measure(OCTOBER, by="first").silent for _ in range(2)] == ["", ""], "it may have crashed in between"
    for by_hand in (True, False):
        again = world.measure(OCTOBER, by="second", by_hand=by_hand)
        assert (again.release_id, again.silent) == ("outcomes/2016-10/1", "it was announced before (first)")
    world.receive(valid_return("WSX", OCTOBER, 2, counts=with_more_unmet(OCTOBER, 500)))
    corrected = world.measure(OCTOBER, by="third")
    assert (corrected.release_id, corrected.silent) == ("outcomes/2016-10/2", "")


def test_months_before_the_first_that_is_announced_are_built_in_silence(world: World) -> None:
    world.steps.settings = world.steps.settings.model_copy(update={"announced_from": "2016-10"})
    world.returned(SEPTEMBER)
    world.returned(OCTOBER)
    loaded = world.measure(SEPTEMBER)
    assert loaded.silent == "its month is before 2016-10 (ASSURANCE_ANNOUNCED_FROM)"
    assert (world.measure(OCTOBER).silent, world.mail_owed()) == ("", ["sign_off_request outcomes/2016-10/1"])
    assert world.measure(SEPTEMBER, by_hand=True, mail=True).silent == ""


def test_the_months_to_rebuild_are_those_with_a_return(world: World) -> None:
    world.returned(SEPTEMBER)
    rebuilt = world.steps.months_to_rebuild("outcomes", Period(2016, 7), SEPTEMBER)
    assert rebuilt == (SEPTEMBER,)


def test_a_month_whose_gate_waits_is_not_rebuilt_until_it_is_closed(world: World) -> None:
    world.returned(SEPTEMBER)
    world.returned(OCTOBER, AREAS[:1])
    with pytest.raises(ReleaseError, match=r"outcomes 2016-10 still waits for WSX, YHU until 2016-11-11 12:00 UTC"):
        world.steps.months_to_rebuild("outcomes", SEPTEMBER, OCTOBER)
    world.at = AFTER
    assert world.steps.months_to_rebuild("outcomes", SEPTEMBER, OCTOBER) == (SEPTEMBER, OCTOBER)


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (OCTOBER, SEPTEMBER, "2016-10 comes after 2016-09; name the earlier month first"),
        (Period(2016, 6), Period(2016, 7), "no return of outcomes counts for any month from 2016-06 to 2016-07"),
    ],
)
def test_months_of_which_there_is_nothing_to_rebuild_are_refused(
    world: World, first: Period, last: Period, words: str
) -> None:
    with pytest.raises(ReleaseError, match=words):
        world.steps.months_to_rebuild("outcomes", first, last)
