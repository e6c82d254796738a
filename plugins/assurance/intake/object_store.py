"""A landing place in an object store: `s3://bucket/prefix`, read with what the store's own variables allow."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import PurePosixPath
from typing import IO, TypeVar, cast
from urllib.parse import urlsplit

from pyarrow import ArrowException
from pyarrow.fs import FileInfo, FileSelector, FileSystem, FileType

from assurance.errors import LandingError, SettingsError
from assurance.intake.landing import Look, may_be_a_return

Answer = TypeVar("Answer")
CODE = re.compile(r"AWS Error ([A-Z_]+)")


class ObjectStore:
    """Objects under a prefix. One is complete when it is listed, and is whatever it was put as, whole."""

    seen_while_written = False

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.name = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        """Without what the store is asked with."""
        if parts.username or parts.password:
            raise SettingsError(
                f"ASSURANCE_LANDING_URL ({self.name}) holds credentials; take them out and give them by the store's own "
                "environment variables, such as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            )
        self._store, self._prefix = self._opened(url)

    def listed(self, collection: str) -> dict[PurePosixPath, Look]:
        folder = f"{self._prefix}/{collection}"
        found = self._ask(lambda: self._store.get_file_info(FileSelector(folder, recursive=True, allow_not_found=True)))
        if not found:
            self._demand_bucket()
        looks = {PurePosixPath(collection, info.path.removeprefix(f"{folder}/")): _look(info) for info in found}
        return {
            path: look
            for path, look in sorted(looks.items())
            if look and len(path.parts) == 3 and may_be_a_return(path.name)
        }

    def look(self, path: PurePosixPath) -> Look | None:
        return _look(self._ask(lambda: self._store.get_file_info(f"{self._prefix}/{path}")))

    def opened(self, path: PurePosixPath) -> AbstractContextManager[IO[bytes]]:
        stream = self._ask(lambda: self._store.open_input_stream(f"{self._prefix}/{path}"))
        return cast("AbstractContextManager[IO[bytes]]", stream)

    def _opened(self, url: str) -> tuple[FileSystem, str]:
        store, prefix = None, ""
        with suppress(ArrowException, ValueError, NotImplementedError):
            store, prefix = self._ask(lambda: FileSystem.from_uri(url))
        if store is None or not prefix:
            raise SettingsError(
                f"ASSURANCE_LANDING_URL ({self.name}) is no place that can be read; "
                "give a path, file://… or s3://bucket/prefix?region=…"
            )
        return store, prefix.rstrip("/")

    def _demand_bucket(self) -> None:
        """An empty prefix is an empty landing place; a bucket that is not there is a mistake."""
        bucket = self._prefix.partition("/")[0]
        if self._ask(lambda: self._store.get_file_info(bucket)).type is FileType.NotFound:
            raise LandingError(f"{self.name}: there is no bucket {bucket!r}; make it, or correct ASSURANCE_LANDING_URL")

    def _ask(self, question: Callable[[], Answer]) -> Answer:
        """The store's answer. Of an error only its code is told: its words may hold what the store was asked with."""
        try:
            return question()
        except FileNotFoundError:
            raise
        except OSError as error:
            code = CODE.search(str(error))
            raise LandingError(
                f"{self.name}: the store does not answer as it should ({code[1] if code else type(error).__name__}); "
                "see that it can be reached from here, that the bucket's region is in the URL (?region=…), and that the "
                "store's own environment variables (AWS_…) let this program list and read the bucket"
            ) from None


def _look(info: FileInfo) -> Look | None:
    return Look(info.size, info.mtime_ns) if info.type is FileType.File else None
