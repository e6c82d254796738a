"""Close a month at its cut-off: Areas whose return is not in count as missing, and the gate need not wait for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Param, PartitionedAtRuntime, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from assurance_airflow.assets import AREA_RETURN, DEFAULT_ARGS


@task(outlets=[AREA_RETURN])
def close(params: dict[str, Any], *, outlet_events: Any) -> None:
    """Give the gate the key of each Area that is missing."""
    from assurance.model import Period
    from assurance.steps import Steps, month_key

    collection, period = params["collection"] or "", Period.parse(params["period"] or "")
    missing = Steps().close(collection, period)
    if not missing:
        raise AirflowSkipException("every Area's return is in")
    outlet_events[AREA_RETURN].add_partitions([f"{month_key(collection, period)}|{area}" for area in missing])


@dag(
    schedule=PartitionedAtRuntime(),
    catchup=False,
    dagrun_timeout=timedelta(minutes=30),
    default_args=DEFAULT_ARGS,
    params={
        "collection": Param(None, type=["null", "string"], description="The collection, a folder under expectations/."),
        "period": Param(None, type=["null", "string"], description="The month, YYYY-MM."),
    },
    tags=["assurance"],
    doc_md=__doc__,
)
def close_month() -> None:
    close()


close_month()
