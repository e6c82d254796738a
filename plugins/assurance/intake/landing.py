"""What has arrived, from whom, for which period? And the received bytes, kept as they came."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO
from urllib.parse import unquote

from assurance.errors import LandingError
from assurance.files import unfinished
from assurance.model import Arrived, Period, shown

FILE_NAME = re.compile(r"R-([A-Z]{3})-(20[0-9]{2})(0[1-9]|1[0-2])-v(0[1-9]|[1-9][0-9]{1,2})\.(csv|xlsx)")
SIDECAR = re.compile(r".*\.(csv|xlsx)\.json", re.IGNORECASE | re.DOTALL)
SETTLED_SECONDS = 1.0
"""A file that was changed more lately than this is looked at again before it counts as complete…"""
SKEWED_SECONDS = 86_400.0
"""…and so is one that will be changed within a day: the clock of the place it lies on is ahead of ours."""
REASON_BYTES = 100_000
"""No reason for a correction is longer."""
CHUNK = 1_000_000


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
    paths = [path for path in sorted((landing / collection).glob("*/*")) if _may_be_a_return(path)]
    seen = {path: look for path in paths if (look := _look(path))}
    now = time.time()
    young = {path for path, look in seen.items() if -SKEWED_SECONDS < now - look.st_mtime < SETTLED_SECONDS}
    if young:
        time.sleep(SETTLED_SECONDS)  # once for all of them
    for path, look in seen.items():
        if path not in young or not _changed(look, path):
            yield _arrived(collection, path, look)


def _may_be_a_return(path: Path) -> bool:
    if path.name.startswith((".", "~$")) or path.suffix in (".part", ".tmp") or SIDECAR.fullmatch(path.name):
        return False
    return not path.parent.is_symlink()


def _look(path: Path) -> os.stat_result | None:
    """Size and time of a file; None for a link, which may lead to what is not the Area's, a pipe, or nothing at all."""
    try:
        look = path.lstat()
    except OSError:
        return None
    return look if stat.S_ISREG(look.st_mode) else None


def referred(landing: Path, reference: str) -> Arrived:
    """The file at a place of the landing, as it is now; LandingError when it is gone."""
    path = landing / unquote(reference, errors="surrogateescape")
    try:
        return _arrived(path.parent.parent.name, path, path.stat())
    except FileNotFoundError:
        raise LandingError(f"{reference}: this file was taken out of the landing place before it was read") from None


def _arrived(collection: str, path: Path, look: os.stat_result) -> Arrived:
    return Arrived(collection, shown(path.parent.name), path, look.st_size, moment(look.st_mtime_ns))


def keep(arrived: Arrived, kept: Path) -> tuple[str, Path]:
    """Keep a file's bytes unchanged, read-only, under their SHA-256; the hash and where they lie.

    Raises LandingError when the file changed since it was found, or while it was read: it is not complete, and is taken
    the next time.
    """
    digest = hashlib.sha256()
    try:
        with arrived.path.open("rb") as file, unfinished(kept) as copy:
            found = os.fstat(file.fileno())
            for chunk in _chunks(file, arrived.size_bytes):
                digest.update(chunk)
                copy.write(chunk)
            grown = bool(file.read(1))
            as_found = (found.st_size, moment(found.st_mtime_ns)) == (arrived.size_bytes, arrived.modified_at)
            if grown or not as_found or _changed(found, arrived.path):
                raise LandingError(
                    f"{arrived.reference}: changed while it was read; it is taken up again when it is complete"
                )
            place = place_of(digest.hexdigest(), kept)
            if not place.exists():
                copy.put(place, mode=0o444)
    except FileNotFoundError:
        raise LandingError(f"{arrived.reference}: taken out of the landing place before it was read") from None
    return digest.hexdigest(), place


def _chunks(file: IO[bytes], size: int) -> Iterator[bytes]:
    """So many bytes of a file, which may be larger than memory, and may grow as fast as it is read."""
    while size > 0 and (chunk := file.read(min(size, CHUNK))):
        size -= len(chunk)
        yield chunk


def place_of(sha256: str, kept: Path) -> Path:
    """Where the bytes with this hash are kept."""
    return kept / sha256[:2] / sha256


def reason_given(path: Path) -> bool:
    """Whether `<file name>.json` beside a correction gives its reason."""
    beside = path.with_name(path.name + ".json")
    look = _look(beside)
    if look is None or look.st_size > REASON_BYTES:
        return False
    try:
        reason = json.loads(beside.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(reason, dict) and isinstance(reason.get("reason"), str) and bool(reason["reason"].strip())


def moment(nanoseconds: int) -> datetime:
    """A file time as naive UTC, to the microsecond, without rounding through a float."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None, microsecond=rest // 1000)


def _changed(before: os.stat_result, path: Path) -> bool:
    try:
        after = path.lstat()
    except FileNotFoundError:
        return True
    return (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)
