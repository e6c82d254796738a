"""The pages that lead to releases: one of all months, and one of each month."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from assurance.catalogue import Collection
from assurance.files import write_whole
from assurance.model import Period
from assurance.reporting.facts import Built
from assurance.reporting.index import INDEX, index_page, month_page, month_place, neighbours
from assurance.steps.releases import ReleaseSteps
from assurance.trace.stored import INDEXED
from assurance.warehouse import audit
from assurance.warehouse.engine import Connection, Role, lock
from assurance.warehouse.releases import built

_Lines = Mapping[str, Mapping[str, Any]]
"""What the audit trail last told about each index page, by its place."""


class IndexingSteps(ReleaseSteps):
    """The index of releases."""

    def _write_index(self, collection: Collection, period: Period, role: Role) -> None:
        """Write the page of all releases, and of each month to which something happened, once it is committed.

        A crash before leaves the pages as they were, and the next build of any month finds what does not stand. Under
        the lock of the collection, so that the later of two builds writes last.
        """
        reports = self.settings.reports
        with self.warehouse.transaction(role) as connection:
            lock(connection, collection.code)
            every = built(connection, collection.code)
            if not every:
                return
            near = neighbours(every, period) if any(one.period == period for one in every) else ()
            lines = audit.last_of_each(connection, INDEXED)
            page = index_page(collection, every, self._lost(every), reports)
            self._write_page(connection, collection.code, page, lines)
            for month in sorted({*near, *self._unwritten(every, lines)}):
                page = month_page(collection, month, every, self._lying(every, month), reports)
                self._write_page(connection, month_place(collection.code, month), page, lines)

    def _unwritten(self, every: Iterable[Built], lines: _Lines) -> Iterator[Period]:
        """The months whose page is not there, is not the one that the trail tells of, or lacks one of its releases."""
        for month, of_month in groupby(every, key=lambda one: one.period):
            releases_of_month = tuple(of_month)
            place = releases_of_month[0].release_id.rpartition("/")[0]
            path = self._page(place)
            page = path.read_bytes() if path.is_file() else b""
            hashes = (one.content_sha256.encode() for one in releases_of_month)
            if not _tells(lines, place, page) or not all(sha256 in page for sha256 in hashes):
                yield month

    def _write_page(self, connection: Connection, place: str, page: bytes, lines: _Lines) -> None:
        write_whole(self._page(place), page)
        if not _tells(lines, place, page):
            audit.record(connection, INDEXED, place, {"sha256": hashlib.sha256(page).hexdigest()}, self.clock())

    def _page(self, place: str) -> Path:
        return self.settings.releases / place / INDEX


def _tells(lines: _Lines, place: str, page: bytes) -> bool:
    """Whether the last line about an index page tells of this very page."""
    return lines.get(place, {}).get("sha256") == hashlib.sha256(page).hexdigest()
