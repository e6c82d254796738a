"""A file that arrives starts `receive_returns`: once, at once, and as many runs as it takes."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

import pendulum
import pytest

from assurance.errors import LandingError
from assurance.model import Arrived, Period
from assurance.sample import load_sample_plan, write_sample
from assurance.settings import Settings
from assurance.steps import Steps
from tests.airflow.conftest import REPOSITORY
from tests.rules.builders import valid_return

pytestmark = pytest.mark.xdist_group("airflow")


def file(area: str) -> Arrived:
    path = PurePosixPath("outcomes", area, f"R-{area}-202610-v01.csv")
    return Arrived("outcomes", area, path, 100, datetime(2026, 11, 3, 10))


WSX, EMD = file("WSX"), file("EMD")


class OverError(BaseException):
    """There is nothing more to look at."""


Watch = Callable[..., list[dict[str, int]]]


@pytest.fixture
def watch(airflow: None, monkeypatch: pytest.MonkeyPatch) -> Watch:
    """What the watch says of looks that find these files, fail, or last so many seconds."""
    from assurance_airflow import arrival

    def said(*looks: set[Arrived] | Exception | float) -> list[dict[str, int]]:
        coming, events = list(looks), []

        def look() -> frozenset[Arrived]:
            if not coming:
                raise OverError
            found = coming.pop(0)
            if isinstance(found, Exception):
                raise found
            if isinstance(found, float):
                time.sleep(found)
                return frozenset()
            return frozenset(found)

        async def watched() -> None:
            async for event in arrival.FilesArrive().run():
                events.append(event.payload)

        monkeypatch.setattr(arrival, "_complete_files", look)
        monkeypatch.setattr(arrival, "LOOK_SECONDS", 0)
        with pytest.raises(OverError):
            asyncio.run(watched())
        return events

    return said


# The watch


def test_a_file_that_arrives_is_told_once(watch: Watch) -> None:
    assert watch(set(), {WSX}, {WSX}, {WSX}) == [{"files": 1}]


def test_what_came_while_nobody_looked_is_told_at_the_first_look(watch: Watch) -> None:
    assert watch({WSX, EMD}, {WSX, EMD}) == [{"files": 2}]


def test_an_empty_landing_place_starts_nothing(watch: Watch) -> None:
    assert watch(set(), set()) == []


def test_only_what_is_new_is_counted(watch: Watch) -> None:
    assert watch({WSX}, {WSX, EMD}) == [{"files": 1}, {"files": 1}]


def test_a_file_that_is_replaced_under_its_name_is_new(watch: Watch) -> None:
    assert watch({WSX}, {replace(WSX, size_bytes=101)}) == [{"files": 1}, {"files": 1}]


def test_a_file_that_is_taken_away_starts_nothing(watch: Watch) -> None:
    assert watch({WSX}, set()) == [{"files": 1}]


def test_a_look_that_hangs_has_failed_and_the_next_is_taken(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    from assurance_airflow import arrival

    log, told = logging.Logger("watch"), list[str]()
    monkeypatch.setattr(log, "handle", lambda record: told.append(record.getMessage()))
    monkeypatch.setattr(arrival.FilesArrive, "log", log)
    monkeypatch.setattr(arrival, "LONGEST_LOOK_SECONDS", 0.2)
    assert watch({WSX}, 1.0, {WSX, EMD}) == [{"files": 1}, {"files": 1}]
    assert told == [
        "the landing place cannot be watched, and is tried again: TimeoutError",
        "the landing place is watched again",
    ]


def test_a_look_that_fails_is_told_once_and_what_came_meanwhile_is_caught_up(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assurance_airflow.arrival import FilesArrive

    log, told = logging.Logger("watch"), list[str]()
    monkeypatch.setattr(log, "handle", lambda record: told.append(record.getMessage()))
    monkeypatch.setattr(FilesArrive, "log", log)
    away = LandingError("s3://returns: the store does not answer")
    assert watch({WSX}, away, away, ValueError("3 Zebra Road"), {WSX, EMD}) == [{"files": 1}, {"files": 1}]
    assert told == [
        f"the landing place cannot be watched, and is tried again: {away}",
        "the landing place cannot be watched, and is tried again: ValueError",
        "the landing place is watched again",
    ]


def test_the_watch_looks_at_the_landing_place_of_the_settings(
    airflow: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assurance_airflow import arrival

    monkeypatch.setenv("ASSURANCE_LANDING_URL", str(tmp_path))
    arrival._landing_place.cache_clear()
    sent = valid_return()
    sent.landed(tmp_path, "outcomes")
    sent.landed(tmp_path, "no_collection")
    assert {found.reference for found in arrival._complete_files()} == {f"outcomes/WSX/{sent.name}"}
    arrival._landing_place.cache_clear()


def test_the_triggerer_can_make_the_watch_again(airflow: None) -> None:
    from airflow.triggers.base import BaseEventTrigger

    from assurance_airflow.arrival import FilesArrive

    place, given = FilesArrive().serialize()
    module, _, name = place.rpartition(".")
    assert getattr(__import__(module, fromlist=[name]), name)(**given).serialize() == (place, given)
    assert issubclass(FilesArrive, BaseEventTrigger)


# The schedule


def test_it_is_started_by_a_file_and_every_quarter_of_an_hour(dags: dict[str, Any]) -> None:
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.timetables.base import DataInterval, TimeRestriction

    stored = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dags["receive_returns"])).timetable
    ((key, asset),) = stored.asset_condition.iter_assets()
    assert (key.name, [watcher.name for watcher in asset.watchers]) == ("file_arrived", ["landing_place"])
    before = DataInterval.exact(pendulum.datetime(2026, 11, 3, 10, 15))
    following = stored.next_dagrun_info(
        last_automated_data_interval=before, restriction=TimeRestriction(None, None, catchup=True)
    )
    assert following.run_after == pendulum.datetime(2026, 11, 3, 10, 30)


class Scheduler:
    """The scheduler's own code on its own tables, without the loop around it."""

    def tell(self) -> None:
        """Say what the watch says when a file has arrived."""
        from airflow.assets.manager import asset_manager
        from airflow.models.asset import AssetModel
        from airflow.utils.session import create_session
        from sqlalchemy import select

        with create_session() as session:
            asset = session.scalars(select(AssetModel).where(AssetModel.name == "file_arrived")).one()
            asset_manager.register_asset_change(asset=asset, extra={"payload": {"files": 1}}, session=session)

    def started(self) -> list[str]:
        """The runs that are waiting or at work, after the scheduler has looked."""
        from airflow.jobs.job import Job
        from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
        from airflow.models.dag import DagModel
        from airflow.utils.session import create_session

        with create_session() as session:
            query, told = DagModel.dags_needing_dagruns(session)
            due = [dag for dag in query if dag.dag_id in told]
            SchedulerJobRunner(Job(), num_runs=0)._create_dag_runs_asset_triggered(dag_models=due, session=session)
            session.commit()
            return [run.run_type for run in self._active(session)]

    def end(self) -> None:
        """Every run is over."""
        from airflow.utils.session import create_session
        from airflow.utils.state import DagRunState

        with create_session() as session:
            for run in self._active(session):
                run.state = DagRunState.SUCCESS

    def _active(self, session: Any) -> list[Any]:
        from airflow.models.dagrun import DagRun
        from sqlalchemy import select

        query = select(DagRun).where(DagRun.dag_id == "receive_returns", DagRun.state.in_(("queued", "running")))
        return list(session.scalars(query))


@pytest.fixture
def scheduler(dags: dict[str, Any]) -> Scheduler:
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db

    DagBundlesManager().sync_bundles_to_db()
    sync_bag_to_db(DagBag(str(REPOSITORY / "dags")), "dags-folder", None)
    scheduler = Scheduler()
    scheduler.started()
    scheduler.end()
    return scheduler


def test_files_that_come_before_the_run_begins_are_one_run(scheduler: Scheduler) -> None:
    scheduler.tell()
    scheduler.tell()
    assert scheduler.started() == ["asset_triggered"]
    assert scheduler.started() == ["asset_triggered"], "looking again starts no other"
    scheduler.end()
    assert scheduler.started() == []


def test_a_file_that_comes_while_a_run_is_at_work_is_taken_by_the_next_as_soon_as_it_is_over(
    scheduler: Scheduler,
) -> None:
    scheduler.tell()
    assert scheduler.started() == ["asset_triggered"]
    scheduler.tell()
    assert scheduler.started() == ["asset_triggered"], "one at a time"
    scheduler.end()
    assert scheduler.started() == ["asset_triggered"]
    scheduler.end()
    assert scheduler.started() == []


# More than one run takes


@pytest.fixture
def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Steps:
    """Seven returns in the landing place, and runs that take three."""
    monkeypatch.setenv("ASSURANCE_HOME", str(tmp_path))
    monkeypatch.setenv("ASSURANCE_ARRIVAL", "file")
    monkeypatch.setenv("ASSURANCE_FILES_A_RUN", "3")
    steps = Steps(Settings())
    steps.migrate()
    plan = load_sample_plan(steps.settings.expectations / "outcomes" / "sample.yaml")
    quiet = plan.story.model_copy(update=dict.fromkeys(type(plan.story).model_fields))
    plan = plan.model_copy(update={"story": quiet, "step": None})
    write_sample(steps.collection("outcomes"), steps.settings.landing, last=Period(2026, 3), months=1, plan=plan)
    for path in sorted((steps.settings.landing / "outcomes").glob("*/R-*"))[7:]:
        path.unlink()
    return steps


def test_the_first_to_come_are_the_first_to_be_taken(steps: Steps) -> None:
    waiting = steps.arrivals("outcomes")
    taken = steps.first_arrivals()
    assert (len(waiting), len(taken)) == (7, 3)
    assert max(one.modified_at for one in taken) <= min(one.modified_at for one in waiting if one not in taken)


@pytest.mark.slow
def test_runs_follow_each_other_until_all_is_received_and_the_landing_place_stays_as_it_was(
    steps: Steps, run_dag: Callable[..., Any], events: Callable[[str], list[str]]
) -> None:
    def landing() -> dict[str, tuple[bytes, int]]:
        files = [path for path in steps.settings.landing.rglob("*") if path.is_file()]
        return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}

    before, left, called = landing(), [], []
    while not called or len(called) > len(left) - 1:
        assert run_dag("receive_returns", collection="outcomes").state == "success"
        left.append(len(steps.arrivals("outcomes")))
        called = events("file_arrived")
    assert left == [4, 1, 0]
    assert len(called) == 2
    assert len(set(events("area_return"))) == len(events("area_return")) == 7
    assert landing() == before


@pytest.mark.slow
def test_a_run_that_could_receive_nothing_does_not_call_again(
    steps: Steps, run_dag: Callable[..., Any], events: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(self: Steps, arrived: Arrived) -> None:
        raise LandingError("the landing place is out of reach")

    monkeypatch.setattr(Steps, "check", check)
    run_dag("receive_returns", collection="outcomes")
    assert events("file_arrived") == []
    assert len(steps.arrivals("outcomes")) == 7
