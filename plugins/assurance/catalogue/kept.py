"""What were the rules and the register at another time? The files of each version of a collection that was ever used.

They stand under `catalogues/`, by the fingerprint of their content, as they stood under `expectations/`: so what was judged
or measured then can be judged or measured again.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from assurance.catalogue.collection import Collection
from assurance.catalogue.loading import deciding_files, load_collection
from assurance.errors import CatalogueError
from assurance.files import write_whole


def keep_catalogue(expectations: Path, collection: Collection, catalogues: Path) -> None:
    """Keep the files that decide about a collection, unless this version of them is kept already.

    CatalogueError when they are not those any more that the collection was read from.
    """
    place = _place(catalogues, collection.code, collection.version)
    if place.is_dir():
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    copy = Path(tempfile.mkdtemp(dir=place.parent, prefix="."))
    try:
        codes = [one.code for one in (collection, collection.read) if one]
        for file in deciding_files(expectations, *codes):
            write_whole(copy / file.relative_to(expectations), file.read_bytes(), mode=0o444)
        if load_collection(copy, collection.code).version != collection.version:
            raise CatalogueError(f"{expectations / collection.code} was changed while it was in use; run this again")
        copy.chmod(0o755)
        if not place.is_dir():
            os.rename(copy, place)
    finally:
        shutil.rmtree(copy, ignore_errors=True)


def kept_collection(catalogues: Path, code: str, version: str) -> Collection:
    """A collection as a version of its files says; CatalogueError when these are not kept."""
    place = _place(catalogues, code, version)
    if not place.is_dir():
        raise CatalogueError(f"version {version} of {code} is not kept: {place} is not there; restore it from a copy")
    return load_collection(place, code)


def _place(catalogues: Path, code: str, version: str) -> Path:
    return catalogues / code / version
