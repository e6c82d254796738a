"""Close a month at its cut-off: Areas whose return is not in count as missing, and the gate need not wait for them.

By hand: name a collection and a month, to close that one now.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Param, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from assurance_airflow.assets import AREA_RETURN, DAG_ARGS, WAREHOUSE_POOL
from assurance_airflow.calendars import CalendarDays


@task(outlets=[AREA_RETURN], pool=WAREHOUSE_POOL)
def close(params: dict[str, Any], *, run_id: str, outlet_events: Any) -> list[str]:
    """Give the gate the key of each Area that is missing, of every month whose cut-off has come."""
    from assurance.steps import Steps

    keys = Steps().close_by_now(run_id, params["collection"] or "", params["period"] or "")
    if not keys:
        raise AirflowSkipException(
            "nothing is to be closed: every return is in, or the month was closed or released before"
        )
    outlet_events[AREA_RETURN].add_partitions(keys)
    return keys


@dag(
    schedule=CalendarDays("cut_off"),
    dagrun_timeout=timedelta(minutes=30),
    params={
        "collection": Param(
            None, type=["null", "string"], description="A folder under expectations/; empty: each, at its cut-off."
        ),
        "period": Param(
            None, type=["null", "string"], pattern="^([0-9]{4}-(0[1-9]|1[0-2]))?$", description="The month, YYYY-MM."
        ),
    },
    doc_md=__doc__,
    **DAG_ARGS,
)
def close_month() -> None:
    close()


close_month()
