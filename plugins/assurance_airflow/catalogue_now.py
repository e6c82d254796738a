"""The catalogue as its files stand now, for what Airflow asks often."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from assurance.catalogue import Catalogue, load_catalogue
from assurance.settings import Settings


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
