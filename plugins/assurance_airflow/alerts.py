"""What Airflow tells the operators of: a run that failed, and a release whose day is over, unanswered."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from airflow.sdk.definitions.deadline import BaseDeadlineReference

from assurance.deadlines import release_day
from assurance.keys import collection_of, month_of, read_month
from assurance.settings import read_settings
from assurance_airflow.catalogue_now import catalogue

log = logging.getLogger(__name__)
MAPPED = re.compile(r"(.+)_[0-9]+")
"""How Airflow names one of several instances of a mapped task."""
NO_TASK = "no task of it"
OUT_OF_TIME = "no task; the run took longer than it may"
"""What is told to have failed where none did: Airflow calls what was not done by then skipped, and the run failed."""


class ReleaseDay(BaseDeadlineReference):
    """When the calendar of a release's collection wants it sent, or some hours after it was asked for if that is later."""

    required_kwargs: ClassVar[set[str]] = {"dag_id", "run_id"}

    def _evaluate_with(self, *, session: Any, dag_id: str, run_id: str) -> datetime | None:
        from airflow.models import DagRun

        try:
            (run,) = DagRun.find(dag_id=dag_id, run_id=run_id, session=session)
            collection, period = read_month(month_of(run.partition_key or ""))
            day = release_day(catalogue().collection(collection).calendar, period)
            grace = timedelta(hours=read_settings().sign_off_grace_hours)
            return max(day.replace(tzinfo=UTC), datetime.now(UTC) + grace)
        except Exception:  # the scheduler asks while it makes the run, and a run without an alert is better than none
            log.exception("no deadline for run %s: it has no key of a release, or the catalogue cannot be read", run_id)
            return None


def sign_off_overdue(context: Mapping[str, Any]) -> None:
    """Tell the operators of a sign-off that is overdue, unless it was answered, or they were told."""
    from assurance.steps import Steps

    Steps().raise_alerts(*read_month(month_of(context["dag_run"]["partition_key"])))


def tell_operators(context: Mapping[str, Any]) -> None:
    """Tell the operators which tasks of a run failed, in one mail.

    Of runs that the clock starts, not again what failed in the same way that day: a cause that lasts fails every one.
    """
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    from assurance.steps import Steps

    dag, run_id = context["dag"], str(context["run_id"])
    states = RuntimeTaskInstance.get_task_states(dag.dag_id, run_ids=[run_id]).get(run_id, {})
    failed = counted((task for task, state in states.items() if state == "failed"), dag.task_ids)
    if not failed:
        failed = {OUT_OF_TIME if context.get("reason") == "timed_out" else NO_TASK: 1}
    run = context.get("dag_run")
    key, by_clock = getattr(run, "partition_key", None) or "", getattr(run, "run_type", "") == "scheduled"
    told = Steps().run_failed(f"{dag.dag_id} {key}".strip(), run_id, failed, collection_of(key), daily=by_clock)
    log.warning("%s %s failed in %s; operators told: %s", dag.dag_id, run_id, ", ".join(sorted(failed)), told)


def counted(failed: Iterable[str], tasks: Iterable[str]) -> dict[str, int]:
    """The tasks that failed, and how many of its instances did where it is a mapped one."""
    known = set(tasks)
    names = (one if one in known or not (mapped := MAPPED.fullmatch(one)) else mapped[1] for one in failed)
    return dict(Counter(names))
