"""What has arrived, from whom, for which period? And the received bytes, kept as they came."""

from __future__ import annotations

import hashlib
import json
import re
import stat
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Protocol
from urllib.parse import unquote

from assurance.errors import LandingError, UnfinishedError
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


@dataclass(frozen=True)
class Look:
    """What is seen of a file without opening it."""

    size_bytes: int
    modified_ns: int


class LandingPlace(Protocol):
    """Where Areas put their files: a folder or an object store. It is read, and never written.

    A path is that below the place: `outcomes/WSX/R-WSX-202610-v01.csv`.
    """

    seen_while_written: bool
    """Whether a file is there before the last of it is written."""

    def listed(self, collection: str) -> dict[PurePosixPath, Look]:
        """Every file in the folders of the Areas, by its path."""

    def look(self, path: PurePosixPath) -> Look | None:
        """A file as it is now; None where there is none."""

    def opened(self, path: PurePosixPath) -> AbstractContextManager[IO[bytes]]:
        """Its bytes; FileNotFoundError where there is none."""


class Folder:
    """A landing place on a disk."""

    seen_while_written = True

    def __init__(self, place: Path) -> None:
        self._place = place

    def listed(self, collection: str) -> dict[PurePosixPath, Look]:
        paths = sorted((self._place / collection).glob("*/*"))
        looks = {
            PurePosixPath(*path.parts[-3:]): _look(path)
            for path in paths
            if may_be_a_return(path.name) and not path.parent.is_symlink()
        }
        return {path: look for path, look in looks.items() if look}

    def look(self, path: PurePosixPath) -> Look | None:
        return _look(self._place / path)

    def opened(self, path: PurePosixPath) -> IO[bytes]:
        return (self._place / path).open("rb")


def _look(path: Path) -> Look | None:
    """None for a link, which may lead to what is not the Area's, a pipe, or nothing at all."""
    try:
        look = path.lstat()
    except OSError:
        return None
    return Look(look.st_size, look.st_mtime_ns) if stat.S_ISREG(look.st_mode) else None


def landing_place(where: Path | str) -> LandingPlace:
    """The landing place in a folder, or in an object store by its URL."""
    if isinstance(where, Path):
        return Folder(where)
    from assurance.intake.object_store import ObjectStore  # a part of a second, and most have a folder

    return ObjectStore(where)


def files(place: LandingPlace, collection: str) -> Iterator[Arrived]:
    """Every complete file of a collection, by Area, period and version; sidecars and files being written are left out."""
    seen, now = place.listed(collection), time.time()
    young = {path for path, look in seen.items() if -SKEWED_SECONDS < now - look.modified_ns / 1e9 < SETTLED_SECONDS}
    if not place.seen_while_written:
        young = set()
    if young:
        time.sleep(SETTLED_SECONDS)  # once for all of them
    for path, look in seen.items():
        if path not in young or place.look(path) == look:
            yield _arrived(path, look)


def may_be_a_return(file_name: str) -> bool:
    """Whether a file of this name is taken up: not one that is hidden, unfinished, or goes with another."""
    return not (
        file_name.startswith((".", "~$")) or file_name.endswith((".part", ".tmp")) or SIDECAR.fullmatch(file_name)
    )


def referred(place: LandingPlace, reference: str) -> Arrived:
    """The file at a place of the landing, as it is now; UnfinishedError when it is gone."""
    path = PurePosixPath(unquote(reference, errors="surrogateescape"))
    look = place.look(path)
    if look is None:
        raise UnfinishedError(f"{reference}: this file was taken out of the landing place before it was read")
    return _arrived(path, look)


def _arrived(path: PurePosixPath, look: Look) -> Arrived:
    collection, area, _ = path.parts
    return Arrived(collection, shown(area), path, look.size_bytes, moment(look.modified_ns))


def keep(place: LandingPlace, arrived: Arrived, kept: Path) -> tuple[str, Path]:
    """Keep a file's bytes unchanged, read-only, under their SHA-256; the hash and where they lie.

    UnfinishedError when the file changed since it was found, or while it was read: it is not complete, and is taken the
    next time. LandingError when it cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with place.opened(arrived.path) as file, unfinished(kept) as copy:
            for chunk in _chunks(file, arrived.size_bytes):
                digest.update(chunk)
                copy.write(chunk)
            grown, look = bool(file.read(1)), place.look(arrived.path)
            if grown or look is None or _arrived(arrived.path, look) != arrived:
                raise UnfinishedError(
                    f"{arrived.reference}: changed while it was read; it is taken up again when it is complete"
                )
            lying = place_of(digest.hexdigest(), kept)
            if not lying.exists():
                copy.put(lying, mode=0o444)
    except FileNotFoundError:
        raise UnfinishedError(f"{arrived.reference}: taken out of the landing place before it was read") from None
    except PermissionError:
        raise LandingError(
            f"{arrived.reference}: this program may not read it; give the user it runs as the right to"
        ) from None
    return digest.hexdigest(), lying


def _chunks(file: IO[bytes], size: int) -> Iterator[bytes]:
    """So many bytes of a file, which may be larger than memory, and may grow as fast as it is read."""
    while size > 0 and (chunk := file.read(min(size, CHUNK))):
        size -= len(chunk)
        yield chunk


def place_of(sha256: str, kept: Path) -> Path:
    """Where the bytes with this hash are kept."""
    return kept / sha256[:2] / sha256


def reason_given(place: LandingPlace, path: PurePosixPath) -> bool:
    """Whether `<file name>.json` beside a correction gives its reason."""
    beside = path.with_name(path.name + ".json")
    look = place.look(beside)
    if look is None or look.size_bytes > REASON_BYTES:
        return False
    try:
        with place.opened(beside) as file:
            reason = json.loads(file.read(REASON_BYTES).decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(reason, dict) and isinstance(reason.get("reason"), str) and bool(reason["reason"].strip())


def moment(nanoseconds: int) -> datetime:
    """A file time as naive UTC, to the microsecond, without rounding through a float."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None, microsecond=rest // 1000)
