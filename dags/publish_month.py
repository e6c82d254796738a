"""Publish a release: ask for the sign-off, then one message to each recipient, once a person or a setting has approved.

To ask again for a release that was rejected, or that nobody answered: trigger this DAG with the release as partition key,
such as `bcm|2026-10|1`, and say why.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DeadlineAlert, IdentityMapper, Param, PartitionedAssetTimetable, SyncCallback, dag, task

from assurance_airflow.alerts import ReleaseDay, sign_off_overdue
from assurance_airflow.approval import ASK_AGAIN, LONGEST_WAIT, SignOffOperator
from assurance_airflow.assets import DAG_ARGS, RELEASE_BUILT, RELEASE_PUBLISHED, WAREHOUSE_POOL
from assurance_airflow.lineage import moved


@task(outlets=[RELEASE_PUBLISHED], pool=WAREHOUSE_POOL, multiple_outputs=False)
def send(*, dag_run: Any, outlet_events: Any) -> dict[str, int]:
    """Send what is owed of the release; what needs a person fails the task, and nothing is sent twice."""
    from assurance.keys import release_key, release_of
    from assurance.steps import Steps

    steps, release_id = Steps(), release_of(dag_run.partition_key)
    report = steps.send(release_id)
    report.demand_all_sent()
    moved(steps, read=["releases", "outbox"], wrote=["mail"])
    outlet_events[RELEASE_PUBLISHED].add_partitions(release_key(release_id))
    return {state.value: number for state, number in report.counts.items()}


@dag(
    schedule=PartitionedAssetTimetable(assets=RELEASE_BUILT, default_partition_mapper=IdentityMapper()),
    dagrun_timeout=LONGEST_WAIT,
    max_active_runs=1000,  # one that waits for an answer counts, and holds up no other
    deadline=DeadlineAlert(
        name="sign-off overdue",
        reference=ReleaseDay(),
        interval=timedelta(0),
        callback=SyncCallback(sign_off_overdue),
    ),
    params={
        ASK_AGAIN: Param(
            None,
            type=["null", "string"],
            title="Ask again, because",
            description="Why you ask again for a release that was rejected, or that nobody answered. Nothing of a case.",
        )
    },
    doc_md=__doc__,
    **DAG_ARGS,
)
def publish_month() -> None:
    SignOffOperator(task_id="sign_off", pool=WAREHOUSE_POOL) >> send()


publish_month()
