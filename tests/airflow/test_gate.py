"""The gate of a month: which keys it waits for, and that it fires once, then again only when restated.

The scheduler's own code decides here, on its own tables; only the loop around it is left out.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from assurance.catalogue import load_catalogue
from assurance.model import Period
from tests.airflow.conftest import REPOSITORY

MONTH = "outcomes|2016-10"
AREAS = [
    a.code for a in load_catalogue(REPOSITORY / "expectations").collection("outcomes").areas_owing(Period(2016, 10))
]


class Gate:
    """The scheduler's view: emit a key, let it look, and see which runs it made."""

    def __init__(self, month: str) -> None:
        self.month = month

    def emit(self, asset: str, key: str) -> None:
        from airflow.assets.manager import asset_manager
        from airflow.models.asset import AssetModel
        from airflow.utils.session import create_session
        from sqlalchemy import select

        with create_session() as session:
            model = session.scalars(select(AssetModel).where(AssetModel.name == asset)).one()
            asset_manager.register_asset_change(asset=model, partition_key=key, session=session)

    def runs(self) -> int:
        """How many runs of measure_month there are for the month, after the scheduler has looked."""
        from airflow.jobs.job import Job
        from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
        from airflow.models.dagrun import DagRun
        from airflow.utils.session import create_session
        from sqlalchemy import func, select

        with create_session() as session:
            SchedulerJobRunner(Job(), num_runs=0)._create_dagruns_for_partitioned_asset_dags(session=session)
            session.commit()
            query = select(func.count()).where(DagRun.dag_id == "measure_month", DagRun.partition_key == self.month)
            return int(session.scalar(query) or 0)


@pytest.fixture(scope="module")
def scheduler(dags: dict[str, Any]) -> None:
    """The DAGs as the DAG processor would have stored them."""
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db

    DagBundlesManager().sync_bundles_to_db()
    sync_bag_to_db(DagBag(str(REPOSITORY / "dags")), "dags-folder", None)


def test_a_month_waits_for_every_area_that_owes_and_for_no_other() -> None:
    from assurance_airflow.gate import AreasOwing, AreaToMonth

    keys = list(AreasOwing().to_upstream(MONTH))
    assert keys == [f"{MONTH}|{area}" for area in AREAS]
    assert {AreaToMonth().to_downstream(key) for key in keys} == {MONTH}


def areas_after_london_was_split(folder: Path) -> Path:
    """A copy of `expectations/` in which London ends on 1 October 2016 and its successors begin."""
    shutil.copytree(REPOSITORY / "expectations", folder)
    areas = (folder / "areas.csv").read_text()
    areas = areas.replace("Metropolitan and City,2011-04-01,,", "Metropolitan and City,2011-04-01,2016-10-01,")
    (folder / "areas.csv").write_text(areas.replace("9999-12-31,,LON", "2016-10-01,,LON"))
    return folder


def test_fourteen_areas_are_waited_for_after_london_was_split(
    scheduler: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assurance_airflow.gate import AreasOwing

    monkeypatch.setenv("ASSURANCE_EXPECTATIONS", str(areas_after_london_was_split(tmp_path / "expectations")))
    before, after = Gate("bcm|2016-09"), Gate("bcm|2016-10")
    owed = {gate.month: list(AreasOwing().to_upstream(gate.month)) for gate in (before, after)}
    assert [len(keys) for keys in owed.values()] == [13, 14]
    for gate in (before, after):
        for key in owed[gate.month][:-1]:
            gate.emit("area_return", key)
        assert gate.runs() == 0
        gate.emit("area_return", owed[gate.month][-1])
        assert gate.runs() == 1


def test_the_gate_fires_once_when_the_last_area_is_in(scheduler: None) -> None:
    gate = Gate(MONTH)
    for area in AREAS[:-1]:
        gate.emit("area_return", f"{MONTH}|{area}")
    assert gate.runs() == 0
    gate.emit("area_return", f"{MONTH}|{AREAS[-1]}")
    assert gate.runs() == 1
    assert gate.runs() == 1, "looking again makes no other run"


def test_a_restatement_runs_the_month_again_each_time(scheduler: None) -> None:
    gate = Gate("outcomes|2016-09")
    for area in AREAS:
        gate.emit("area_return", f"{gate.month}|{area}")
    assert gate.runs() == 1
    gate.emit("month_restated", gate.month)
    assert gate.runs() == 2
    gate.emit("month_restated", gate.month)
    assert gate.runs() == 3


def test_one_months_keys_do_not_open_anothers_gate(scheduler: None) -> None:
    gate, other = Gate("outcomes|2016-08"), Gate("outcomes|2016-07")
    for area in AREAS:
        gate.emit("area_return", f"{gate.month}|{area}")
    assert (gate.runs(), other.runs()) == (1, 0)
