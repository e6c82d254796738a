"""Writes a file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


class Unfinished:
    """A file that is written under a temporary name, and put in its place once it is whole."""

    def __init__(self, file: IO[bytes], temporary: str) -> None:
        self._file, self._temporary = file, temporary

    def write(self, data: bytes | memoryview) -> None:
        self._file.write(data)

    def put(self, path: Path, *, mode: int = 0o644) -> None:
        """Flush it to the disk, then rename it to a place on the same disk."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file.flush()
        os.fsync(self._file.fileno())
        os.chmod(self._temporary, mode)
        os.replace(self._temporary, path)


@contextmanager
def unfinished(folder: Path) -> Iterator[Unfinished]:
    """A file to write, under a temporary name in the folder; it is gone again if it is not put in place."""
    folder.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".")
    try:
        with os.fdopen(handle, "wb") as file:
            yield Unfinished(file, temporary)
    finally:
        Path(temporary).unlink(missing_ok=True)


def write_whole(path: Path, data: bytes | memoryview, *, mode: int = 0o644) -> None:
    """Write to a temporary name beside the place, flush it to the disk, then rename it into place."""
    with unfinished(path.parent) as file:
        file.write(data)
        file.put(path, mode=mode)
