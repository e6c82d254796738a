"""Publish a release: ask for the sign-off, then one message to each recipient, once a person or a setting has approved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import IdentityMapper, PartitionedAssetTimetable, dag, task

from assurance_airflow.assets import DAG_ARGS, RELEASE_BUILT, RELEASE_PUBLISHED, WAREHOUSE_POOL, partition_key


@task(pool=WAREHOUSE_POOL)
def sign_off(*, dag_run: Any) -> str:
    """See that the release may be sent: ASSURANCE_SIGN_OFF stands in for an approver, or somebody has approved it; else
    ask those who are to.
    """
    from assurance.steps import Steps

    release_id, steps = "/".join(partition_key(dag_run, "outcomes|2026-10|1")), Steps()
    steps.ask_for_sign_off(release_id).demand_all_sent()
    steps.sign_off(release_id)
    return release_id


@task(outlets=[RELEASE_PUBLISHED], pool=WAREHOUSE_POOL)
def send(release_id: str, *, outlet_events: Any) -> dict[str, int]:
    """Send what is owed of the release; what needs a person fails the task, and nothing is sent twice."""
    from assurance.steps import Steps

    report = Steps().send(release_id)
    report.demand_all_sent()
    outlet_events[RELEASE_PUBLISHED].add_partitions(release_id.replace("/", "|"))
    return {state.value: number for state, number in report.counts.items()}


@dag(
    schedule=PartitionedAssetTimetable(assets=RELEASE_BUILT, default_partition_mapper=IdentityMapper()),
    dagrun_timeout=timedelta(hours=1),
    doc_md=__doc__,
    **DAG_ARGS,
)
def publish_month() -> None:
    send(sign_off())


publish_month()
