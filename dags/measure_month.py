"""Measure a month and build its release: once when all Areas are in or closed, and again when it is restated."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import IdentityMapper, PartitionedAssetTimetable, RollupMapper, dag, task

from assurance_airflow.assets import (
    AREA_RETURN,
    DAG_ARGS,
    MONTH_RESTATED,
    RELEASE_BUILT,
    WAREHOUSE_POOL,
    partition_key,
)
from assurance_airflow.gate import AreasOwing, AreaToMonth


@task(outlets=[RELEASE_BUILT], pool=WAREHOUSE_POOL)
def build_release(*, dag_run: Any, outlet_events: Any) -> str:
    """Build the next release of the month, or find that the last one still holds."""
    from assurance.model import Period
    from assurance.steps import Steps

    collection, period = partition_key(dag_run, "outcomes|2026-10")
    release_id = Steps().build(collection, Period.parse(period))
    outlet_events[RELEASE_BUILT].add_partitions(release_id.replace("/", "|"))
    return release_id


@dag(
    schedule=PartitionedAssetTimetable(
        assets=AREA_RETURN | MONTH_RESTATED,
        partition_mapper_config={
            AREA_RETURN: RollupMapper(upstream_mapper=AreaToMonth(), window=AreasOwing()),
            MONTH_RESTATED: IdentityMapper(),
        },
    ),
    dagrun_timeout=timedelta(hours=1),
    doc_md=__doc__,
    **DAG_ARGS,
)
def measure_month() -> None:
    build_release()


measure_month()
