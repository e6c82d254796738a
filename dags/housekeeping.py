"""Look after what everything rests on, every night: the record, the time limits, what was left behind, unsent mail.

No task waits for another, so what is wrong with one keeps none from its work.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag, task
from airflow.timetables.trigger import CronTriggerTimetable

from assurance_airflow.assets import DAG_ARGS, WAREHOUSE_POOL


@task(pool=WAREHOUSE_POOL, execution_timeout=timedelta(hours=1), multiple_outputs=False)
def integrity() -> dict[str, int]:
    """Hold the audit trail, every row and every stored file against each other; fails where they differ."""
    from assurance.steps import Steps

    verified = Steps().check_integrity()
    verified.demand_whole()
    return dict(verified.looked_at)


@task(pool=WAREHOUSE_POOL)
def retention() -> int:
    """Delete received bytes and archived rows whose time is over, where a time is set; of how many submissions."""
    from assurance.steps import Steps

    return len(Steps().retain())


@task
def leftovers() -> int:
    """Delete what interrupted runs left behind; how many files."""
    from assurance.steps import Steps

    return len(Steps().tidy())


@task(multiple_outputs=False)
def owed_mail() -> dict[str, int]:
    """Send what is owed of whatever kind; how many messages, by what became of them."""
    from assurance.steps import Steps

    return {state.value: number for state, number in Steps().send_owed().report.counts.items()}


@task
def alerts() -> list[str]:
    """Tell the operators of mail that is stuck and of a sign-off that is overdue; what they were told, by now or before."""
    from assurance.steps import Steps

    return [f"{one.kind.value}: {one.subject}" for one in Steps().raise_all_alerts()]


@dag(
    schedule=CronTriggerTimetable("0 3 * * *", timezone="Europe/London"),
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=3),
    doc_md=__doc__,
    **DAG_ARGS,
)
def housekeeping() -> None:
    integrity()
    retention()
    leftovers()
    owed_mail()
    alerts()


housekeeping()
