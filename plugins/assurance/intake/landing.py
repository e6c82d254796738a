"""What has arrived, from whom, for which period? And the received bytes, kept as they came."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

from assurance.errors import LandingError
from assurance.files import write_whole
from assurance.model import Arrived, Period, shown

FILE_NAME = re.compile(r"R-([A-Z]{3})-(20[0-9]{2})(0[1-9]|1[0-2])-v(0[1-9]|[1-9][0-9]{1,2})\.(csv|xlsx)")
SIDECAR = re.compile(r".*\.(csv|xlsx)\.json", re.IGNORECASE | re.DOTALL)
SETTLED_SECONDS = 1.0
"""A file that was changed more lately than this is looked at again before it counts as complete."""


@dataclass(frozen=True)
class Name:
    """What a file's name claims; None where it does not follow the pattern."""

    area: str | None
    period: Period | None
    version: int
    ending: str


def parse_name(file_name: str) -> Name:
    """Read `R-<AREA>-<YYYYMM>-v<nn>.csv`."""
    match = FILE_NAME.fullmatch(file_name)
    if match is None:
        return Name(None, None, 0, file_name.rpartition(".")[2].lower())
    area, year, month, version, ending = match.groups()
    return Name(area, Period(int(year), int(month)), int(version), ending)


def files(landing: Path, collection: str) -> Iterator[Arrived]:
    """Every complete file of a collection, by Area, period and version; sidecars and files being written are left out."""
    for path in sorted((landing / collection).glob("*/*")):
        if path.name.startswith((".", "~$")) or path.suffix in (".part", ".tmp") or SIDECAR.fullmatch(path.name):
            continue
        if (
            path.is_symlink() or path.parent.is_symlink() or not path.is_file()
        ):  # a link may lead to what is not the Area's
            continue
        before = path.stat()
        if 0 <= time.time() - before.st_mtime < SETTLED_SECONDS:
            time.sleep(SETTLED_SECONDS)
            if _changed(before, path):
                continue
        yield _arrived(collection, path, before)


def referred(landing: Path, reference: str) -> Arrived:
    """The file at a place of the landing, as it is now; LandingError when it is gone."""
    path = landing / unquote(reference, errors="surrogateescape")
    try:
        return _arrived(path.parent.parent.name, path, path.stat())
    except FileNotFoundError:
        raise LandingError(f"{reference}: this file was taken out of the landing place before it was read") from None


def _arrived(collection: str, path: Path, stat: os.stat_result) -> Arrived:
    return Arrived(collection, shown(path.parent.name), path, stat.st_size, moment(stat.st_mtime_ns))


def keep(arrived: Arrived, kept: Path) -> tuple[str, Path]:
    """Keep a file's bytes unchanged, read-only, under their SHA-256; the hash and where they lie.

    Raises LandingError when the file changed while it was read: it is not complete, and is taken the next time.
    """
    try:
        before = arrived.path.stat()
        data = arrived.path.read_bytes()
    except FileNotFoundError:
        raise LandingError(f"{arrived.reference}: taken out of the landing place before it was read") from None
    if _changed(before, arrived.path) or len(data) != arrived.size_bytes:
        raise LandingError(f"{arrived.reference}: changed while it was read; it is taken up again when it is complete")
    return keep_bytes(data, kept)


def keep_bytes(data: bytes, kept: Path) -> tuple[str, Path]:
    digest = hashlib.sha256(data).hexdigest()
    place = place_of(digest, kept)
    if not place.exists():
        write_whole(place, data, mode=0o444)
    return digest, place


def place_of(sha256: str, kept: Path) -> Path:
    """Where the bytes with this hash are kept."""
    return kept / sha256[:2] / sha256


def reason_given(path: Path) -> bool:
    """Whether `<file name>.json` beside a correction gives its reason."""
    try:
        reason = json.loads(path.with_name(path.name + ".json").read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return False
    return isinstance(reason, dict) and isinstance(reason.get("reason"), str) and bool(reason["reason"].strip())


def moment(nanoseconds: int) -> datetime:
    """A file time as naive UTC, to the microsecond, without rounding through a float."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None, microsecond=rest // 1000)


def _changed(before: os.stat_result, path: Path) -> bool:
    try:
        after = path.stat()
    except FileNotFoundError:
        return True
    return (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)
