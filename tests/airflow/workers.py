"""Tasks run as a worker of Airflow runs them: each in a child of its supervisor, with a log file of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.airflow.conftest import REPOSITORY


def run_as_a_worker(*, ti: Any, task: Any, run_triggerer: bool = False) -> None:
    """What `dag.test()` may do instead of running a task in this process; what is patched here is so in the child."""
    from airflow.executors.workloads import ExecuteTask
    from airflow.executors.workloads.base import BundleInfo
    from airflow.sdk.execution_time.supervisor import InProcessTestSupervisor, supervise_task
    from airflow.utils.state import TaskInstanceState

    ti.set_state(TaskInstanceState.QUEUED)
    file = Path(task.dag.fileloc).relative_to(REPOSITORY / "dags")
    work = ExecuteTask.make(ti, dag_rel_path=file, bundle_info=BundleInfo(name="dags-folder"))
    try:
        supervise_task(
            ti=work.ti,
            bundle_info=work.bundle_info,
            dag_rel_path=work.dag_rel_path,
            token="",
            client=InProcessTestSupervisor._api_client(task.dag),
            log_path=work.log_path,
            subprocess_logs_to_stdout=True,
        )
    except BaseException:  # a child that could not be made; else the run would wait for its task for ever
        ti.set_state(TaskInstanceState.FAILED)
        raise
    ti.refresh_from_db()
