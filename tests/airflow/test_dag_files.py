"""Every DAG file yields its DAG, thin and fast, with names, limits and tags set on purpose."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from assurance.errors import DelayedError, LandingError, ReleaseError
from tests.airflow.conftest import REPOSITORY

FILES = sorted((REPOSITORY / "dags").glob("*.py"))
NAMES = [path.stem for path in FILES]
LIGHT = {"__future__", "airflow", "collections", "assurance", "assurance_airflow", "datetime", "typing"}
HEAVY = ("pandas", "great_expectations", "duckdb", "pyarrow", "vl_convert", "assurance.steps")


def test_there_are_dag_files() -> None:
    assert NAMES == [
        "chase_returns",
        "close_month",
        "housekeeping",
        "measure_month",
        "publish_month",
        "rebuild_months",
        "receive_returns",
        "watch_gate",
    ]


def test_every_file_yields_the_dag_of_its_name(dags: dict[str, Any]) -> None:
    assert sorted(dags) == NAMES
    assert {Path(dag.fileloc).stem for dag in dags.values()} == set(NAMES)


def test_the_plugin_loads_and_shadows_no_module(airflow: None) -> None:
    from airflow import plugins_manager

    plugins_manager.ensure_plugins_loaded()
    assert plugins_manager.get_import_errors() == {}
    for module in ("typing", "calendar", "model", "settings", "errors", "files"):
        assert "plugins" not in Path(getattr(sys.modules.get(module), "__file__", None) or "").parts, module


@pytest.mark.parametrize("name", NAMES)
def test_a_dag_survives_serialising(dags: dict[str, Any], name: str) -> None:
    from airflow.serialization.serialized_objects import DagSerialization

    stored = DagSerialization.serialize_dag(dags[name])
    again = DagSerialization.deserialize_dag(stored)
    assert again.dag_id == name
    assert sorted(again.task_ids) == sorted(dags[name].task_ids)
    assert "WSX" not in str(stored), "no list of Areas is stored: a stored window that changes drops waiting keys"


@pytest.mark.parametrize("name", NAMES)
def test_a_dag_says_what_it_does_and_is_bounded(dags: dict[str, Any], name: str) -> None:
    dag = dags[name]
    assert dag.doc_md
    assert dag.tags == {"assurance"}
    assert dag.dagrun_timeout
    for task in dag.tasks:
        assert task.owner == "assurance"
        assert task.execution_timeout, task.task_id
        assert task.retries == 3, task.task_id
        assert task.weight_rule == "upstream", "what was begun is finished first"


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (ReleaseError("mend it"), False),
        (LandingError("the store does not answer"), True),
        (DelayedError("later"), True),
        (OSError("nobody thought of it"), True),
    ],
)
def test_what_may_pass_by_itself_is_tried_again_and_what_says_what_to_do_is_not(
    airflow: None, error: Exception, again: bool
) -> None:
    from assurance_airflow.assets import DEFAULT_ARGS

    decision = DEFAULT_ARGS["retry_policy"].evaluate(error, try_number=1, max_tries=3)
    assert (decision.action.value != "fail") == again


def test_what_holds_the_warehouse_for_more_than_a_moment_is_in_its_pool(dags: dict[str, Any]) -> None:
    pools = {task.task_id: task.pool for dag in dags.values() for task in dag.tasks}
    writing = {"one_return.load", "announce_restatements", "close", "build_release", "sign_off", "send"}
    writing |= {"build", "fire", "integrity", "retention"}
    assert {task for task, pool in pools.items() if pool == "warehouse"} == writing


def test_mapped_tasks_are_named_by_their_return(dags: dict[str, Any]) -> None:
    for task in dags["receive_returns"].tasks:
        if task.task_id.startswith("one_return."):
            assert task.map_index_template == "{{ label }}", task.task_id


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_dag_file_imports_nothing_heavy_at_its_top(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    modules = {
        name.partition(".")[0]
        for node in tree.body
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert modules <= LIGHT


def test_parsing_all_dag_files_loads_no_heavy_module() -> None:
    """In a process of its own, as the DAG processor does it."""
    script = f"""
import os, sys
from tests.airflow import conftest
from airflow.dag_processing.dagbag import DagBag
bag = DagBag({str(REPOSITORY / "dags")!r})
assert len(bag.dags) == {len(FILES)}, bag.import_errors
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_every_param_has_a_default(dags: dict[str, Any]) -> None:
    """Of a run that fails Airflow cannot tell anybody, where one of its DAG's params has none."""
    for dag in dags.values():
        dag.params.validate()
