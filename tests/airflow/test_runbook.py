"""The runbook has a section for every alert and every task, and each says what it means, what to do, and how to know."""

from __future__ import annotations

import re
from typing import Any

from assurance.reporting.alert import RUNBOOK, AlertKind
from tests.airflow.conftest import REPOSITORY

PARTS = ("*Means:*", "*Do:*", "*Worked when:*")


def sections() -> dict[str, str]:
    _, *parts = re.split(r"^### (.+)$", (REPOSITORY / RUNBOOK).read_text(encoding="utf-8"), flags=re.M)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_every_alert_and_every_task_has_its_section_and_no_other_has(dags: dict[str, Any]) -> None:
    tasks = {f"{dag.dag_id}.{task.task_id}" for dag in dags.values() for task in dag.tasks}
    assert sorted(sections()) == sorted({*tasks, *AlertKind})


def test_every_section_says_what_it_means_what_to_do_and_how_to_know(dags: dict[str, Any]) -> None:
    assert {name: [part for part in PARTS if part not in text] for name, text in sections().items()} == {
        name: [] for name in sections()
    }


def test_the_sections_of_a_dag_stand_below_its_name(dags: dict[str, Any]) -> None:
    text = (REPOSITORY / RUNBOOK).read_text(encoding="utf-8")
    _, *parts = re.split(r"^## (.+)$", text, flags=re.M)
    for dag, below in zip(parts[::2], parts[1::2], strict=True):
        if dag in dags:
            assert set(re.findall(r"^### ([a-z_]+)\.", below, re.M)) == {dag}
