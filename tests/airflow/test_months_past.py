"""Months that are measured otherwise than by the gate: by hand, months past, months missed; and what is announced."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from assurance.errors import WarehouseError
from assurance.model import Period
from assurance.settings import Settings
from assurance.steps import Steps
from assurance.steps.common import CommonSteps
from tests.airflow.scheduling import Gate
from tests.rules.builders import Return, valid_return
from tests.unit.test_restating import AREAS, steady, three_areas, with_more_unmet

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("airflow")]

AUGUST, SEPTEMBER, OCTOBER = (Period(2016, month) for month in (8, 9, 10))
Events = Callable[[str], list[str]]
RunDag = Callable[..., Any]


class World:
    """Three Areas, three months, and a clock that is set for every step of this process."""

    def __init__(self, home: Path) -> None:
        self.home, self.at = home, datetime(2016, 11, 9, 12)

    def landed(self, *sent: Return) -> None:
        for one in sent:
            one.landed(self.home / "landing", at=self.at - timedelta(hours=1))

    def returned(self, *periods: Period) -> None:
        self.landed(*(valid_return(area, period, counts=steady(period)) for period in periods for area in AREAS))
        for _ in Steps().receive("outcomes"):
            pass

    def releases(self) -> list[str]:
        return sorted(one.release_id for one in Steps().every_release("outcomes"))

    def mails(self, kind: str) -> int:
        return len(list((self.home / "mail").glob(f"{kind}-*.eml")))


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(tmp_path)
    three_areas(tmp_path / "expectations")
    (tmp_path / "expectations" / "recipients.yaml").write_text(
        "recipients:\n"
        "  - {address: approver@example.org, name: Approver, areas: [ALL], kinds: [sign_off_request]}\n"
        "  - {address: operators@example.org, name: Operators, areas: [ALL], kinds: [alert]}\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("ASSURANCE_HOME", str(tmp_path))
    monkeypatch.setenv("ASSURANCE_EXPECTATIONS", str(tmp_path / "expectations"))
    monkeypatch.setenv("ASSURANCE_ARRIVAL", "file")
    monkeypatch.setattr(CommonSteps.__init__, "__defaults__", (None, lambda: made.at))
    Steps(Settings()).migrate()
    return made


def states(run: Any) -> dict[str, str]:
    return {ti.task_id: str(getattr(ti.state, "value", ti.state)) for ti in run.get_task_instances()}


def test_a_past_month_measured_by_hand_is_announced_only_if_mail_is_asked_for(
    world: World, run_dag: RunDag, events: Events
) -> None:
    world.returned(SEPTEMBER)
    run = run_dag("measure_month", key="outcomes|2016-09", by_hand=True)
    assert (run.state, states(run)) == ("success", {"build_release": "success", "announce_release": "skipped"})
    assert (events("release_built"), world.releases()) == ([], ["outcomes/2016-09/1"])
    assert Steps().mail_owed() == 0, "the approver is not asked, now or later"
    assert run_dag("measure_month", key="outcomes|2016-09", by_hand=True, mail=True).state == "success"
    assert (events("release_built"), world.releases()) == (["outcomes|2016-09|1"], ["outcomes/2016-09/1"])
    assert Steps().mail_owed() == 1


def test_the_month_being_reported_and_what_an_asset_started_are_announced(
    world: World, run_dag: RunDag, events: Events
) -> None:
    world.returned(SEPTEMBER, OCTOBER)
    run_dag("measure_month", key="outcomes|2016-10", by_hand=True)
    run_dag("measure_month", key="outcomes|2016-09")
    assert events("release_built") == ["outcomes|2016-10|1", "outcomes|2016-09|1"]


def test_a_release_that_still_holds_is_announced_by_the_run_that_built_it_alone(
    world: World, run_dag: RunDag, events: Events
) -> None:
    world.returned(OCTOBER)
    run_dag("measure_month", key="outcomes|2016-10")
    again = run_dag("measure_month", key="outcomes|2016-10", by_hand=True)
    assert (again.state, states(again)["announce_release"]) == ("success", "skipped")
    assert events("release_built") == ["outcomes|2016-10|1"]


def test_months_before_the_first_that_is_announced_are_measured_in_silence(
    world: World, run_dag: RunDag, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSURANCE_ANNOUNCED_FROM", "2016-10")
    world.returned(SEPTEMBER, OCTOBER)
    for month in (SEPTEMBER, OCTOBER):
        run_dag("measure_month", key=f"outcomes|{month}")
    assert (events("release_built"), Steps().mail_owed()) == (["outcomes|2016-10|1"], 1)


def test_months_past_are_rebuilt_in_one_run_without_mail_and_again_without_another_release(
    world: World, run_dag: RunDag, events: Events
) -> None:
    world.returned(AUGUST, SEPTEMBER, OCTOBER)
    for _ in range(2):
        run = run_dag("rebuild_months", collection="outcomes", first="2016-01", last="2016-10")
        assert run.state == "success"
        assert sorted(ti.rendered_map_index for ti in run.get_task_instances() if ti.task_id == "build") == [
            "2016-08",
            "2016-09",
            "2016-10",
        ]
        assert world.releases() == ["outcomes/2016-08/1", "outcomes/2016-09/1", "outcomes/2016-10/1"]
    assert (events("release_built"), Steps().mail_owed()) == ([], 0)
    run_dag("rebuild_months", collection="outcomes", first="2016-09", last="2016-09", mail=True)
    assert (events("release_built"), Steps().mail_owed()) == (["outcomes|2016-09|1"], 1)


def test_one_month_that_cannot_be_rebuilt_keeps_no_other_from_it_and_the_run_is_red(
    world: World, run_dag: RunDag, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.returned(AUGUST, SEPTEMBER)
    real = Steps.build

    def build(self: Steps, collection: str, period: Period, **how: bool) -> str:
        if period == AUGUST:
            raise WarehouseError("the warehouse is out of reach")
        return real(self, collection, period, **how)

    monkeypatch.setattr(Steps, "build", build)
    run = run_dag("rebuild_months", collection="outcomes", first="2016-08", last="2016-09", mail=True)
    assert (run.state, world.releases(), events("release_built")) == ("failed", ["outcomes/2016-09/1"], [])
    assert "failed" in [
        str(getattr(ti.state, "value", ti.state)) for ti in run.get_task_instances() if ti.task_id == "build"
    ]


def test_a_run_that_names_no_month_fails_at_once_and_says_what_to_name(world: World, run_dag: RunDag) -> None:
    run = run_dag("rebuild_months", collection="outcomes", first="2016-08")
    assert (run.state, states(run)["months"]) == ("failed", "failed")


@pytest.mark.parametrize(("dag", "example"), [("measure_month", "2026-10"), ("publish_month", "2026-10|1")])
@pytest.mark.parametrize("key", ["outcomes/2016-10", "outcomes|2016-10|1|1"])
def test_a_run_for_what_is_no_key_fails_and_shows_one(
    world: World, run_dag: RunDag, capfd: pytest.CaptureFixture[str], dag: str, example: str, key: str
) -> None:
    run = run_dag(dag, key=key, by_hand=True)
    assert (run.state, world.releases()) == ("failed", [])
    assert f"give one such as 'outcomes|{example}'" in "".join(capfd.readouterr())


def test_months_of_which_the_gate_waits_are_refused_before_anything_is_built(
    world: World, run_dag: RunDag, capfd: pytest.CaptureFixture[str]
) -> None:
    world.returned(SEPTEMBER)
    world.landed(valid_return("WSX", OCTOBER, counts=steady(OCTOBER)))
    list(Steps().receive("outcomes"))
    run = run_dag("rebuild_months", collection="outcomes", first="2016-09", last="2016-10")
    assert (run.state, world.releases()) == ("failed", [])
    assert "outcomes 2016-10 still waits for CYW, YHU" in "".join(capfd.readouterr())


def test_a_late_and_a_corrected_return_run_their_month_again_once_each(
    scheduler: None, world: World, run_dag: RunDag, events: Events
) -> None:
    gate = Gate("outcomes|2016-10")
    world.landed(*(valid_return(area, OCTOBER, counts=steady(OCTOBER)) for area in AREAS[:-1]))
    before = gate.runs()
    assert run_dag("receive_returns", collection="outcomes").state == "success"
    assert gate.runs() == before
    world.at = datetime(2016, 11, 11, 12, 1)
    assert run_dag("close_month", collection="outcomes", period="2016-10").state == "success"
    assert gate.runs() == before + 1, "the month is closed, and the gate fires"
    run_dag("measure_month", key=gate.month)
    late = valid_return(AREAS[-1], OCTOBER, counts=steady(OCTOBER))
    great = valid_return("WSX", OCTOBER, 2, counts=with_more_unmet(OCTOBER, 500))
    for sent in (late, great):
        before = gate.runs()
        world.landed(sent)
        for _ in range(2):  # nothing new comes in the second run
            assert run_dag("receive_returns", collection="outcomes").state == "success"
        assert gate.runs() == before + 1
        run_dag("measure_month", key=gate.month)
    assert events("release_built") == [f"outcomes|2016-10|{number}" for number in (1, 2, 3)]


def test_a_month_whose_announcement_failed_for_good_is_fired_within_the_hour_after_and_told_once(
    scheduler: None, world: World, run_dag: RunDag, events: Events
) -> None:
    world.returned(OCTOBER)  # as loaded as by receive_returns, and nothing told the gate
    gate = Gate("outcomes|2016-10")
    before = gate.runs()
    assert states(run_dag("watch_gate")) == {"fire": "skipped", "tell": "skipped"}, "it may be on its way"
    world.at += timedelta(hours=1)
    assert run_dag("watch_gate").state == "success"
    assert (events("month_restated"), gate.runs() - before, world.mails("alert")) == ([gate.month], 1, 1)
    run_dag("watch_gate")
    assert (events("month_restated"), gate.runs() - before, world.mails("alert")) == ([gate.month], 1, 1)
    run_dag("measure_month", key=gate.month)
    assert world.releases() == ["outcomes/2016-10/1"]
    assert Steps().missed_months() == ()


def test_housekeeping_does_each_thing_whatever_becomes_of_the_others(
    world: World, run_dag: RunDag, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.returned(OCTOBER)
    assert set(states(run_dag("housekeeping")).values()) == {"success"}
    for path in (world.home / "kept").rglob("*"):
        if path.is_file():
            path.unlink()
    run = run_dag("housekeeping")
    assert run.state == "failed"
    assert {task for task, state in states(run).items() if state == "success"} == {
        "retention",
        "leftovers",
        "owed_mail",
        "alerts",
    }
    assert world.mails("alert") == 1


def test_a_return_in_doubt_is_left_out_by_hand_with_a_reason_and_not_without(world: World, run_dag: RunDag) -> None:
    world.returned(OCTOBER)
    key = {"key": "outcomes|2016-10", "by_hand": True}
    assert run_dag("measure_month", **key, leave_out=[AREAS[0]]).state == "failed", "a reason is wanted"
    assert run_dag("measure_month", **key, leave_out=[AREAS[0]], reason="Its files were mixed up.").state == "success"
    left_out = [one.area.code for one in Steps().status("outcomes", OCTOBER).returns if one.left_out]
    assert (left_out, world.releases()) == ([AREAS[0]], ["outcomes/2016-10/1"])
    assert run_dag("measure_month", **key, take_in=[AREAS[0]], reason="They were right.").state == "success"
    assert world.releases() == ["outcomes/2016-10/1", "outcomes/2016-10/2"]
