"""What Airflow learns from us: assets, the gate of a month, a timetable. The one module of the project that it loads.

The gate: `measure_month` runs for `<collection>|<YYYY-MM>` once there is a key `<collection>|<YYYY-MM>|<AREA>` for
every Area that owes a return. Which Areas those are is read from the catalogue when the scheduler asks, and is not
part of what it stores: a stored window that changes drops the keys that are waiting.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

from airflow.partition_mappers.base import PartitionMapper
from airflow.partition_mappers.window import Window
from airflow.plugins_manager import AirflowPlugin
from airflow.sdk import Asset, ExceptionRetryPolicy, RetryAction, RetryRule
from airflow.timetables.trigger import CronTriggerTimetable

from assurance.catalogue import Catalogue, load_catalogue
from assurance.errors import AssuranceError
from assurance.model import Period
from assurance.settings import Settings

AREA_RETURN = Asset("area_return", uri="assurance://area_return")
"""An Area is in, or its month was closed without it. Key `<collection>|<YYYY-MM>|<AREA>`, once each."""
MONTH_RESTATED = Asset("month_restated", uri="assurance://month_restated")
"""A released month holds a return that came or changed since, and what that moves must be told at once.
Key `<collection>|<YYYY-MM>`."""
RELEASE_BUILT = Asset("release_built", uri="assurance://release_built")
"""A report is ready to be signed off. Key `<collection>|<YYYY-MM>|<number>`."""
RELEASE_PUBLISHED = Asset("release_published", uri="assurance://release_published")
"""A report was sent. Key as of `release_built`."""

WAREHOUSE_POOL = "warehouse"
"""Tasks that hold the warehouse for more than a moment: one slot on DuckDB, which has one writer; more on PostgreSQL.
Receipts write a state now and then and wait for each other at the file's lock."""

DEFAULT_ARGS: dict[str, Any] = {
    "owner": "assurance",
    "retries": 3,
    "retry_delay": timedelta(seconds=20),
    "retry_policy": ExceptionRetryPolicy(
        rules=[
            RetryRule(exception=AssuranceError, action=RetryAction.FAIL, reason="says itself what to do; not transient")
        ]
    ),
    "execution_timeout": timedelta(minutes=10),
}
"""Every step may be run again without harm, so what is transient is tried again soon, and nothing may hang."""


class AreaToMonth(PartitionMapper):
    """`outcomes|2026-10|WSX` belongs to `outcomes|2026-10`."""

    def to_downstream(self, key: str) -> str:
        return key.rpartition("|")[0]


class AreasOwing(Window):
    """A month is complete when every Area that owes a return has a key."""

    expected_decoded_type: ClassVar[type] = str

    def to_upstream(self, decoded_downstream: str) -> Iterable[str]:
        collection, _, period = decoded_downstream.partition("|")
        owing = catalogue().collection(collection).areas_owing(Period.parse(period))
        return [f"{decoded_downstream}|{area.code}" for area in owing]


class CronWithKeys(CronTriggerTimetable):
    """A cron schedule for a DAG whose tasks emit partition keys of their own."""

    partitioned_at_runtime = True


def partition_key(dag_run: Any, example: str) -> list[str]:
    """The parts of the key a run was started for; AssuranceError when it was started by hand without one."""
    if not dag_run.partition_key:
        raise AssuranceError(f"this run has no partition key; trigger it with one, such as {example!r}")
    parts: list[str] = dag_run.partition_key.split("|")
    return parts


def catalogue() -> Catalogue:
    """The catalogue as its files stand now; the scheduler asks often, so it is read anew only when one has changed."""
    folder = Settings().expectations
    newest = max(
        path.stat().st_mtime_ns
        for pattern in ("*.csv", "*.yaml", "*/*.csv", "*/*.yaml")
        for path in folder.glob(pattern)
    )
    return _catalogue(folder, newest)


@lru_cache(maxsize=1)
def _catalogue(folder: Path, newest: int) -> Catalogue:
    return load_catalogue(folder)


class AssurancePlugin(AirflowPlugin):
    name = "assurance"
    partition_mappers = [AreaToMonth]
    windows = [AreasOwing]
    timetables = [CronWithKeys]
