"""The gate of a month: which keys it waits for, and that it fires once, then again only when restated.

The scheduler's own code decides here, on its own tables; only the loop around it is left out.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from assurance.catalogue import load_catalogue
from assurance.model import Period
from tests.airflow.conftest import REPOSITORY
from tests.airflow.scheduling import Gate

MONTH = "outcomes|2016-10"
AREAS = [
    a.code for a in load_catalogue(REPOSITORY / "expectations").collection("outcomes").areas_owing(Period(2016, 10))
]


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


def test_what_is_no_key_of_an_area_neither_waits_for_a_month_nor_keeps_one_waiting(scheduler: None) -> None:
    from airflow.models.asset import AssetPartitionDagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    gate = Gate("outcomes|2016-06")
    for key in ("outcomes", gate.month, *(f"{gate.month}|{area}" for area in AREAS)):
        gate.emit("area_return", key)
    assert gate.runs() == 1
    with create_session() as session:
        assert "outcomes" not in session.scalars(select(AssetPartitionDagRun.partition_key)).all()


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
