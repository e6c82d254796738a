"""Receive what has arrived: keep, check, load and answer each return by itself, then tell the gate."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from airflow.sdk import (
    AssetOrTimeSchedule,
    CronTriggerTimetable,
    Param,
    TriggerRule,
    dag,
    get_current_context,
    task,
    task_group,
)
from airflow.sdk.exceptions import AirflowSkipException

from assurance_airflow.arrival import FILE_ARRIVED
from assurance_airflow.assets import AREA_RETURN, DAG_ARGS, MONTH_RESTATED, WAREHOUSE_POOL
from assurance_airflow.lineage import moved
from assurance_airflow.metrics import emit

# with `multiple_outputs=False`: else each of its keys would be stored once more by itself, at 6 ms each
Reference = dict[str, Any]
"""What one task hands to the next: names, keys and outcomes. Never a row, never a value."""
Results = Sequence[Reference] | Reference | None
"""How Airflow hands on the results of mapped tasks: many as a sequence, one alone bare, none as None."""


@task
def arrivals(params: dict[str, Any]) -> list[str]:
    """The places of the files that are complete and not received yet, as many as one run takes."""
    from assurance.steps import Steps

    return [arrived.reference for arrived in Steps().first_arrivals(params["collection"] or "")]


@task
def owed_receipts() -> None:
    """Send the receipts that an earlier run could not send."""
    from assurance.steps import Steps

    Steps().send_owed_receipts()


@task(map_index_template="{{ label }}", multiple_outputs=False, max_active_tis_per_dag=2)
def check(arrived: str) -> Reference:
    """Keep the bytes, check them by every rule, archive the rows; a file still being written waits for the next run.

    Two at a time, for each may take as much memory as its child is allowed (ASSURANCE_CHILD_MEGABYTES).
    """
    from assurance.errors import UnfinishedError
    from assurance.steps import Steps

    steps = Steps()
    try:
        ticket = steps.check(steps.arrived(arrived))
    except UnfinishedError as error:
        raise AirflowSkipException(str(error)) from None
    get_current_context()["label"] = ticket.label
    moved(steps, read=["landing"], wrote=["kept", "archive"])
    return {"ticket": ticket.key, "label": ticket.label}


@task(map_index_template="{{ label }}", pool=WAREHOUSE_POOL, multiple_outputs=False)
def load(checked: Reference) -> Reference:
    """Enter the submission into the warehouse in one transaction."""
    from assurance.steps import Steps

    get_current_context()["label"] = checked["label"]
    steps = Steps()
    loaded = steps.load(checked["ticket"])
    moved(steps, read=["archive"], wrote=["submission", "finding", "tally"])
    return {
        "label": checked["label"],
        "submission": loaded.submission.submission_id,
        "outcome": loaded.submission.outcome.value,
        "area": loaded.submission.area,
        "month": loaded.month,
        "area_return": loaded.announcement.area_return,
        "restates": [str(month) for month in loaded.announcement.restates],
    }


@task(map_index_template="{{ label }}")
def receipt(loaded: Reference) -> str:
    """Tell the sender what became of the return; where the page of its findings lies, for engineers."""
    from assurance.steps import Steps

    get_current_context()["label"] = loaded["label"]
    steps = Steps()
    steps.send_receipt(loaded["submission"]).demand_all_sent()
    return str(steps.findings_file(loaded["submission"]))


@task_group
def one_return(arrived: str) -> Reference:
    loaded = load(check(arrived))
    receipt(loaded)
    return loaded


def _each(loaded: Results) -> Sequence[Reference]:
    if loaded is None:
        return []
    return [loaded] if isinstance(loaded, dict) else loaded


@task(outlets=[AREA_RETURN], trigger_rule=TriggerRule.ALL_DONE)
def announce_areas(loaded: Results, *, outlet_events: Any) -> None:
    """Give the gate the key of each Area that is in for the first time."""
    from assurance.keys import area_key

    keys = [area_key(one["month"], one["area"]) for one in _each(loaded) if one["area_return"]]
    if not keys:
        raise AirflowSkipException("no Area is in that was not in before")
    outlet_events[AREA_RETURN].add_partitions(keys)


@task(outlets=[MONTH_RESTATED], pool=WAREHOUSE_POOL, trigger_rule=TriggerRule.ALL_DONE)
def announce_restatements(loaded: Results, *, outlet_events: Any) -> None:
    """Have each month measured again whose windows hold one of these returns, if what moves must be told at once."""
    from assurance.keys import collection_of
    from assurance.model import Period
    from assurance.steps import Steps

    steps, keys = Steps(), list[str]()
    months = {(collection_of(one["month"]), month) for one in _each(loaded) for month in one["restates"]}
    for collection in sorted({collection for collection, _ in months}):
        periods = [Period.parse(month) for of, month in months if of == collection]
        keys += [one.month for one in steps.restatements(collection, periods) if one.at_once]
    if not keys:
        raise AirflowSkipException("no month has to be measured again at once")
    outlet_events[MONTH_RESTATED].add_partitions(sorted(keys))


@task(outlets=[FILE_ARRIVED], trigger_rule=TriggerRule.ALL_DONE)
def call_again(arrived: Sequence[str], loaded: Results) -> None:
    """Have the next run start as soon as this one is over, if this one took as many files as it may.

    Not where none of them could be received: the next run would fare no better, and the one after it.
    """
    from assurance.settings import read_settings

    if len(arrived) < read_settings().files_a_run:
        raise AirflowSkipException("nothing is left for another run")
    if not _each(loaded):
        raise AirflowSkipException("none of these files was received; the next run is that of the clock")


@task(trigger_rule=TriggerRule.ALL_DONE, multiple_outputs=False)
def numbers() -> dict[str, float]:
    """Send the numbers that are watched as metrics, as they stand after this run."""
    from assurance.steps import Steps

    return emit(Steps().gauges())


@dag(
    schedule=AssetOrTimeSchedule(
        assets=FILE_ARRIVED, timetable=CronTriggerTimetable("*/15 * * * *", timezone="Europe/London")
    ),
    max_active_runs=1,
    max_active_tasks=8,
    dagrun_timeout=timedelta(hours=2),
    params={"collection": Param(None, type=["null", "string"], description="One collection; empty: all of them.")},
    doc_md=__doc__,
    **DAG_ARGS,
)
def receive_returns() -> None:
    owed_receipts()
    arrived = arrivals()
    loaded = one_return.expand(arrived=arrived)
    announce_areas(loaded)
    announce_restatements(loaded)
    call_again(arrived, loaded)
    loaded >> numbers()


receive_returns()
