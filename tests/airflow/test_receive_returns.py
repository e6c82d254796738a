"""No Area waits for another: what one return does to its tasks is nothing to the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assurance.errors import ReaderError, UnfinishedError
from assurance.model import Arrived, Period
from assurance.sample import load_sample_plan, write_sample
from assurance.settings import Settings
from assurance.steps import Steps, Ticket

PERIOD = Period(2026, 3)
MONTH = f"outcomes|{PERIOD}"


@pytest.fixture
def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Steps:
    monkeypatch.setenv("ASSURANCE_HOME", str(tmp_path))
    monkeypatch.setenv("ASSURANCE_ARRIVAL", "file")
    steps = Steps(Settings())
    steps.migrate()
    return steps


@pytest.fixture
def four_returns(steps: Steps) -> list[str]:
    """Four Areas' returns; the Areas' codes."""
    plan = load_sample_plan(steps.settings.expectations / "outcomes" / "sample.yaml")
    quiet = plan.story.model_copy(update=dict.fromkeys(type(plan.story).model_fields))
    plan = plan.model_copy(update={"story": quiet, "step": None})
    write_sample(steps.collection("outcomes"), steps.settings.landing, last=PERIOD, months=1, plan=plan)
    for path in sorted((steps.settings.landing / "outcomes").glob("*/R-*"))[4:]:
        path.unlink()
    return sorted(path.parent.name for path in (steps.settings.landing / "outcomes").glob("*/R-*"))


@pytest.mark.xdist_group("airflow")
def test_nothing_new_is_a_quiet_success(
    steps: Steps, run_dag: Callable[..., Any], events: Callable[[str], list[str]]
) -> None:
    assert run_dag("receive_returns", collection="outcomes").state == "success"
    assert events("area_return") == []


@pytest.mark.xdist_group("airflow")
@pytest.mark.parametrize("failing", [1, *(pytest.param(one, marks=pytest.mark.slow) for one in (3, 4))])
def test_returns_that_cannot_be_checked_hold_up_no_other(
    four_returns: list[str],
    run_dag: Callable[..., Any],
    events: Callable[[str], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    failing: int,
) -> None:
    real, broken = Steps.check, four_returns[:failing]

    def check(self: Steps, arrived: Arrived) -> Ticket:
        if arrived.area in broken:
            raise ReaderError("this installation cannot read it")
        return real(self, arrived)

    monkeypatch.setattr(Steps, "check", check)
    run = run_dag("receive_returns", collection="outcomes")
    assert run.state == "failed", "somebody is to hear of it"
    states = Counter(str(ti.state) for ti in run.get_task_instances() if ti.task_id.startswith("one_return."))
    received = len(four_returns) - failing
    assert states == Counter(failed=failing, upstream_failed=2 * failing) + Counter(success=3 * received)
    assert sorted(events("area_return")) == [f"{MONTH}|{area}" for area in four_returns[failing:]]


@pytest.mark.xdist_group("airflow")
def test_a_file_that_changed_while_it_was_read_waits_for_the_next_run_and_nobody_is_alarmed(
    four_returns: list[str],
    run_dag: Callable[..., Any],
    events: Callable[[str], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def check(self: Steps, arrived: Arrived) -> Ticket:
        raise UnfinishedError("it is still being written")

    with monkeypatch.context() as patched:
        patched.setattr(Steps, "check", check)
        assert run_dag("receive_returns", collection="outcomes").state == "success"
        assert events("area_return") == []
    assert run_dag("receive_returns", collection="outcomes").state == "success"
    assert sorted(events("area_return")) == [f"{MONTH}|{area}" for area in four_returns]


@pytest.mark.xdist_group("airflow")
def test_what_tasks_hand_on_holds_no_cell_of_a_return(
    four_returns: list[str], steps: Steps, run_dag: Callable[..., Any]
) -> None:
    """XCom and the names of mapped tasks hold Areas, periods, keys and outcomes, and nothing else."""
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    run = run_dag("receive_returns", collection="outcomes")
    assert run.state == "success"
    with create_session() as session:
        values = [
            str(value) for value in session.scalars(select(XComModel.value).where(XComModel.run_id == run.run_id))
        ]
    assert len(values) > 8
    pages = sorted(str(path) for path in steps.settings.receipts.glob("*.html"))
    assert len(pages) == len(four_returns)
    assert [page for page in pages if not any(page in value for value in values)] == [], "an engineer finds each"
    described = steps.collection("outcomes")
    for secret in [unit.name for unit in described.units] + [standard.title for standard in described.standards]:
        assert not [value for value in values if f'"{secret}"' in value], secret


@pytest.mark.xdist_group("airflow")
@pytest.mark.parametrize(("dag", "task"), [("measure_month", "build_release"), ("publish_month", "sign_off")])
def test_a_run_started_by_hand_without_a_key_fails_at_once_and_says_what_to_give(
    run_dag: Callable[..., Any], capfd: pytest.CaptureFixture[str], dag: str, task: str
) -> None:
    run = run_dag(dag)
    assert run.state == "failed"
    assert next(ti for ti in run.get_task_instances() if ti.task_id == task).try_number == 1, "not tried again"
    assert "this run has no partition key, and is about a" in (said := "".join(capfd.readouterr()))
    assert "give one such as 'outcomes|" in said
