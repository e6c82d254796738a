"""Write to those who owe a return, on the days that each collection's calendar has: reminder, chaser, escalation."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag, get_current_context, task

from assurance_airflow.assets import DAG_ARGS
from assurance_airflow.calendars import CalendarDays


@task
def collecting() -> list[list[str]]:
    """The collections and months for which returns are owed now."""
    from assurance.steps import Steps

    return [[collection, str(period)] for collection, period in Steps().collecting()]


@task(map_index_template="{{ label }}", multiple_outputs=False)
def chase(month: list[str]) -> dict[str, int]:
    """Write what the calendar wants by now to those who owe; to nobody twice for one reason. How many messages went."""
    from assurance.model import Period
    from assurance.steps import Steps

    collection, period = month
    get_current_context()["label"] = f"{collection} {period}"
    chased = Steps().chase(collection, Period.parse(period))
    chased.demand_everybody_told()
    return {"owing": len(chased.owing), "sent": chased.report.sent}


@dag(
    schedule=CalendarDays("reminder", "chaser", "escalation"),
    dagrun_timeout=timedelta(hours=1),
    doc_md=__doc__,
    **DAG_ARGS,
)
def chase_returns() -> None:
    chase.expand(month=collecting())


chase_returns()
