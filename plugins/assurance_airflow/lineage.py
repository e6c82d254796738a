"""What did a task read, and what did it write? Told to OpenLineage, where Airflow is set to emit its events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from airflow.sdk.configuration import conf

if TYPE_CHECKING:
    from assurance.steps import Steps

PLACES = ("landing", "kept", "archive", "releases", "mail")
"""The places of files that a task can name; every other name is that of a table of the warehouse."""


def moved(steps: Steps, *, read: Sequence[str], wrote: Sequence[str]) -> None:
    """Say of the task that runs what it read and what it wrote: the names of places and tables, never what stands there.

    Nothing is imported or said where OpenLineage is not set up, and a failure to say it fails no task.
    """
    if not conf.get("openlineage", "transport", fallback="") or conf.getboolean(
        "openlineage", "disabled", fallback=False
    ):
        return
    from airflow.providers.openlineage.api.datasets import emit_dataset_lineage
    from openlineage.client.event_v2 import Dataset

    emit_dataset_lineage(
        inputs=[Dataset(*named(steps, one)) for one in read], outputs=[Dataset(*named(steps, one)) for one in wrote]
    )


def named(steps: Steps, name: str) -> tuple[str, str]:
    """Namespace and name of a place or table, as OpenLineage's naming convention has them: `file` and a path,
    `s3://bucket` and a prefix, `postgres://host:port` and `database.schema.table`. Of an embedded warehouse a table
    stands below its file.
    """
    settings, url = steps.settings, steps.warehouse.url
    if name == "landing" and settings.landing_store:
        store, _, prefix = settings.landing_store.partition("?")[0].removeprefix("s3://").partition("/")
        return f"s3://{store}", prefix
    if name in PLACES:
        return "file", str(getattr(settings, name))
    if steps.warehouse.is_duckdb:
        return "file", f"{url.database}/{name}"
    return f"postgres://{url.host}:{url.port or 5432}", f"{url.database}.public.{name}"
