"""Measure months past again, one after another; nobody is written to unless `mail` is set.

Two runs over the same months do no harm: they wait for each other, and the second finds the releases of the first.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Param, PartitionedAtRuntime, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from assurance_airflow.assets import DAG_ARGS, RELEASE_BUILT, WAREHOUSE_POOL, starter

MONTH = r"20[0-9]{2}-(0[1-9]|1[0-2])"


@task
def months(params: dict[str, Any]) -> list[str]:
    """The months of which there is something to report; none of which the gate still waits."""
    from assurance.model import Period
    from assurance.steps import Steps

    if not params["first"] or not params["last"]:
        raise AirflowFailException("name the first month and the last, YYYY-MM; they may be the same")
    first, last = Period.parse(params["first"]), Period.parse(params["last"])
    return [str(period) for period in Steps().months_to_rebuild(params["collection"], first, last)]


@task(map_index_template="{{ label }}", pool=WAREHOUSE_POOL)
def build(month: str, params: dict[str, Any], *, dag_run: Any) -> str:
    """Build the next release of one month, or find that the last one still holds."""
    from assurance.model import Period
    from assurance.steps import Steps

    get_current_context()["label"] = month
    steps, mail = Steps(), params["mail"]
    release_id = steps.build(params["collection"], Period.parse(month), asks=mail)
    if mail:
        steps.announce(release_id, starter(dag_run))
    return release_id


@task(outlets=[RELEASE_BUILT])
def announce_releases(built: Any, params: dict[str, Any], *, outlet_events: Any) -> None:
    """Have the releases signed off and sent, if that was asked for, once every month is built."""
    from assurance.keys import release_key

    if not params["mail"]:
        raise AirflowSkipException("mail was not asked for, so nobody is written to")
    releases = [built] if isinstance(built, str) else built  # of one month it comes bare
    outlet_events[RELEASE_BUILT].add_partitions([release_key(release_id) for release_id in releases])


@dag(
    schedule=PartitionedAtRuntime(),
    dagrun_timeout=timedelta(hours=12),
    params={
        "collection": Param(
            "bcm", type="string", pattern="^[a-z][a-z0-9_]*$", description="A folder under expectations/."
        ),
        # not without a default: of a run with such a param that fails, Airflow cannot call what tells the operators
        "first": Param(None, type=["null", "string"], pattern=f"^{MONTH}$", description="The first month, YYYY-MM."),
        "last": Param(
            None, type=["null", "string"], pattern=f"^{MONTH}$", description="The last month, YYYY-MM; may be the same."
        ),
        "mail": Param(False, type="boolean", description="Have each release signed off and sent as well."),
    },
    doc_md=__doc__,
    **DAG_ARGS,
)
def rebuild_months() -> None:
    announce_releases(build.expand(month=months()))


rebuild_months()
