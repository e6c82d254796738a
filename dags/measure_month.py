"""Measure a month and build its release: once when all Areas are in or closed, and again when it is restated.

By hand, with the partition key `<collection>|<YYYY-MM>`: the release of a past month is asked for and sent only if `mail`
is set. A return that is in doubt is left out with `leave_out` and a `reason`, until a run takes it in again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import IdentityMapper, Param, PartitionedAssetTimetable, RollupMapper, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from assurance_airflow.assets import (
    AREA_RETURN,
    DAG_ARGS,
    MONTH_RESTATED,
    RELEASE_BUILT,
    WAREHOUSE_POOL,
    is_by_hand,
    starter,
)
from assurance_airflow.gate import AreasOwing, AreaToMonth
from assurance_airflow.lineage import moved

AREA = {"type": "string", "pattern": "^[A-Z]{3}$"}


@task(pool=WAREHOUSE_POOL, multiple_outputs=False)
def build_release(params: dict[str, Any], *, dag_run: Any) -> dict[str, str]:
    """Build the next release of the month, or find that the last one still holds."""
    from assurance.keys import read_month
    from assurance.steps import Steps

    steps, (collection, period) = Steps(), read_month(dag_run.partition_key)
    leave_out, take_in, by = params["leave_out"] or (), params["take_in"] or (), starter(dag_run)
    steps.decide(collection, period, leave_out=leave_out, take_in=take_in, by=by, reason=params["reason"] or "")
    measured = steps.measure(collection, period, by=by, by_hand=is_by_hand(dag_run), mail=params["mail"])
    moved(steps, read=["submission", "tally", "archive"], wrote=["releases"])
    return {"release": measured.release_id, "silent": measured.silent}


@task(outlets=[RELEASE_BUILT])
def announce_release(built: dict[str, str], *, outlet_events: Any) -> None:
    """Have the release signed off and sent, once; not that of a past month without `mail`."""
    from assurance.keys import release_key

    if built["silent"]:
        raise AirflowSkipException(f"of {built['release']} nobody is written to: {built['silent']}")
    outlet_events[RELEASE_BUILT].add_partitions(release_key(built["release"]))


@dag(
    schedule=PartitionedAssetTimetable(
        assets=AREA_RETURN | MONTH_RESTATED,
        partition_mapper_config={
            AREA_RETURN: RollupMapper(upstream_mapper=AreaToMonth(), window=AreasOwing()),
            MONTH_RESTATED: IdentityMapper(),
        },
    ),
    dagrun_timeout=timedelta(hours=1),
    params={
        "mail": Param(
            False,
            type="boolean",
            description="Have the release of a past month signed off and sent as well. (The last month that has ended "
            "always is.)",
        ),
        "leave_out": Param(
            [],
            type=["null", "array"],
            items=AREA,
            title="Leave out",
            description="The codes of Areas whose return is in doubt.",
        ),
        "take_in": Param(
            [],
            type=["null", "array"],
            items=AREA,
            title="Take in again",
            description="Areas that were left out before.",
        ),
        "reason": Param(
            None, type=["null", "string"], description="Why they are left out or taken in again. Nothing of a case."
        ),
    },
    doc_md=__doc__,
    **DAG_ARGS,
)
def measure_month() -> None:
    announce_release(build_release())


measure_month()
