"""What happens when a run fails: one mail to the operators that names every task of it that failed."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

log = logging.getLogger(__name__)
MAPPED = re.compile(r"(.+)_[0-9]+")
"""How Airflow names one of several instances of a mapped task."""


def tell_operators(context: Mapping[str, Any]) -> None:
    """Tell the operators, once for each run, which of its tasks failed. A run that fails again is not told again."""
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    from assurance.steps import Steps

    dag, run_id = context["dag"], str(context["run_id"])
    states = RuntimeTaskInstance.get_task_states(dag.dag_id, run_ids=[run_id]).get(run_id, {})
    failed = counted((task for task, state in states.items() if state == "failed"), dag.task_ids)
    key = getattr(context.get("dag_run"), "partition_key", None) or ""
    told = Steps().run_failed(f"{dag.dag_id} {run_id}", failed, key.partition("|")[0])
    log.warning("%s %s failed in %s; operators told: %s", dag.dag_id, run_id, ", ".join(failed), told)


def counted(failed: Iterable[str], tasks: Iterable[str]) -> list[str]:
    """The tasks that failed, each once, with how many of its instances did where it is a mapped one."""
    known = set(tasks)
    names = Counter(one if one in known or not (mapped := MAPPED.fullmatch(one)) else mapped[1] for one in failed)
    return [f"{task}, {number} times" if number > 1 else task for task, number in sorted(names.items())]
