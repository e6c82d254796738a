"""What did a task read, and what did it write? Told to OpenLineage, where Airflow is set to emit its events."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assurance.steps import Steps


def moved(read: Iterable[str | Path], wrote: Iterable[str | Path]) -> None:
    """Say of the task that runs what it read and what it wrote: paths of files, and URLs such as `warehouse` gives.

    Nothing is imported or said where OpenLineage is not set up, and a failure to say it fails no task.
    """
    from airflow.sdk.configuration import conf

    if not conf.get("openlineage", "transport", fallback="") or conf.getboolean(
        "openlineage", "disabled", fallback=False
    ):
        return
    from airflow.providers.openlineage.api.datasets import emit_dataset_lineage
    from openlineage.client.event_v2 import Dataset

    emit_dataset_lineage(
        inputs=[Dataset(*named(place)) for place in read], outputs=[Dataset(*named(place)) for place in wrote]
    )


def named(place: str | Path) -> tuple[str, str]:
    """Namespace and name of a place, as OpenLineage's naming convention has them: `file` and the path of a file,
    `postgres://host:port` and `database.table`.
    """
    scheme, found, rest = str(place).partition("://")
    if not found:
        return "file", str(place)
    host, _, name = rest.partition("/")
    return f"{scheme}://{host}", name


def warehouse(steps: Steps, *tables: str) -> list[str]:
    """Tables of the warehouse as places; of an embedded one, below its file."""
    url = steps.warehouse.url
    if steps.warehouse.is_duckdb:
        return [f"{url.database}/{table}" for table in tables]
    return [f"postgres://{url.host}:{url.port or 5432}/{url.database}.public.{table}" for table in tables]
