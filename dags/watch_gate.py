"""Find a month that should have been measured an hour ago and was not, have it measured, and tell the operators.

The keys of the gate are emitted once. If a task that does so fails for good, nothing else notices: so every hour the
warehouse is asked, and not Airflow, what should have happened.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowSkipException

from assurance_airflow.assets import DAG_ARGS, MONTH_RESTATED, WAREHOUSE_POOL
from assurance_airflow.calendars import CronWithKeys


@task(outlets=[MONTH_RESTATED], pool=WAREHOUSE_POOL)
def fire(*, outlet_events: Any) -> list[dict[str, str]]:
    """Have each month measured that was missed, by the path that takes no notice of what the gate waits for."""
    from assurance.steps import Steps

    missed = Steps().months_to_measure()
    if not missed:
        raise AirflowSkipException("every month that should have been measured was")
    outlet_events[MONTH_RESTATED].add_partitions(sorted({one.month for one in missed}))
    return [{"collection": one.collection, "subject": one.subject, "since": one.since.isoformat()} for one in missed]


@task
def tell(missed: list[dict[str, str]]) -> None:
    """Tell the operators. Once they were told the month is not fired again, so this comes after."""
    from datetime import datetime

    from assurance.steps import Steps

    steps = Steps()
    for one in missed:
        steps.tell_of_missed(one["collection"], one["subject"], datetime.fromisoformat(one["since"]))


@dag(
    schedule=CronWithKeys("40 * * * *", timezone="Europe/London"),
    max_active_runs=1,
    dagrun_timeout=timedelta(minutes=30),
    doc_md=__doc__,
    **DAG_ARGS,
)
def watch_gate() -> None:
    tell(fire())


watch_gate()
