"""The catalogue as its files stand now, for what Airflow asks often."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from assurance.catalogue import Catalogue, load_catalogue
from assurance.settings import Settings

_Look = tuple[tuple[str, int, int], ...]
"""Of each file its path, time and size."""


def catalogue() -> Catalogue:
    """The catalogue as its files stand now; the scheduler asks often, so it is read anew only when one is another.

    Another is also one that was put back from a copy with an older time, one that is new and one that is gone.
    """
    folder = Settings().expectations
    return _catalogue(folder, _look(folder))


def _look(folder: Path) -> _Look:
    files = sorted(path for pattern in ("*.csv", "*.yaml", "*/*.csv", "*/*.yaml") for path in folder.glob(pattern))
    return tuple((str(path), (look := path.stat()).st_mtime_ns, look.st_size) for path in files)


@lru_cache(maxsize=1)
def _catalogue(folder: Path, look: _Look) -> Catalogue:
    return load_catalogue(folder)
