"""A failed run names its tasks: each once, and of a mapped one how many of its instances failed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

TASKS = ("arrivals", "one_return.check", "one_return.load", "part_2")


def test_mapped_tasks_are_counted_and_a_name_that_ends_in_a_number_stays_itself(airflow: None) -> None:
    from assurance_airflow.alerts import counted

    failed = ["one_return.load_0", "one_return.load_11", "one_return.check_3", "part_2"]
    assert counted(failed, TASKS) == {"one_return.check": 1, "one_return.load": 2, "part_2": 1}


def test_the_operators_are_told_of_the_tasks_that_failed_and_of_no_others(
    airflow: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance
    from airflow.utils.types import DagRunType

    from assurance.steps import Steps
    from assurance_airflow.alerts import tell_operators

    told: list[Any] = []
    states = {"arrivals": "success", "one_return.check_0": "failed", "one_return.load_0": "upstream_failed"}
    monkeypatch.setattr(RuntimeTaskInstance, "get_task_states", lambda *_, **__: {"a run": states})
    monkeypatch.setattr(Steps, "run_failed", lambda _, *what, daily: told.append((*what, daily)) or 1)
    context = {"dag": SimpleNamespace(dag_id="receive_returns", task_ids=TASKS), "run_id": "a run"}
    tell_operators(context)
    tell_operators({**context, "dag_run": SimpleNamespace(partition_key="bcm|2026-10")})
    tell_operators({**context, "dag_run": SimpleNamespace(partition_key=None, run_type=DagRunType.SCHEDULED)})
    states["one_return.check_0"] = "skipped"  # as Airflow leaves what was not done in time
    tell_operators({**context, "reason": "timed_out"})
    tell_operators(context)
    assert told == [
        ("receive_returns", "a run", {"one_return.check": 1}, "", False),
        ("receive_returns bcm|2026-10", "a run", {"one_return.check": 1}, "bcm", False),
        ("receive_returns", "a run", {"one_return.check": 1}, "", True),
        ("receive_returns", "a run", {"no task; the run took longer than it may": 1}, "", False),
        ("receive_returns", "a run", {"no task of it": 1}, "", False),
    ]
