"""Which releases are there, and do their folders still hold what was built?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from assurance.catalogue.kept import kept_collection
from assurance.errors import CatalogueError, ReleaseError
from assurance.model import Period
from assurance.reporting.causes import LastRelease
from assurance.reporting.facts import Built
from assurance.reporting.index import Lying, lying
from assurance.reporting.release import MANIFEST, content_sha256, read_published, read_release
from assurance.steps.common import CommonSteps
from assurance.warehouse.engine import Connection
from assurance.warehouse.releases import Release, built, built_with, release


class ReleaseSteps(CommonSteps):
    """The releases that were built."""

    def every_release(self, collection: str) -> tuple[Built, ...]:
        """Every release of a collection, newest month first, last release first."""
        with self.warehouse.reading() as connection:
            return built(connection, self.collection(collection).code)

    def stated_by(self, of: Release) -> LastRelease:
        """What a release stated, from the bytes that were built, and by which rules and register."""
        figures = read_published(self.settings.releases, of.release_id, of.content_sha256)
        try:
            return LastRelease(figures, kept_collection(self.settings.catalogues, of.collection, of.catalogue_version))
        except CatalogueError:  # released before catalogues were kept
            return LastRelease(figures, None)

    def _named_release(self, connection: Connection, release_id: str) -> Release:
        found = release(connection, release_id) if release_id.isprintable() else None
        if found is None:
            raise ReleaseError(f"there is no release {release_id!r}; `assurance releases` lists those there are")
        return found

    def _unchanged(self, connection: Connection, release_id: str) -> Release:
        """A release whose folder still holds the bytes that were built; a sign-off is for these, and for no others."""
        found = self._named_release(connection, release_id)
        files = read_release(self.settings.releases, release_id)
        manifest = hashlib.sha256(files[MANIFEST]).hexdigest()
        told = built_with(connection, release_id).manifest_sha256 or manifest
        if (content_sha256(files), manifest) != (found.content_sha256, told):
            raise ReleaseError(f"release {release_id} was changed after it was built; restore its folder from a copy")
        return found

    def _lost(self, every: Iterable[Built]) -> frozenset[str]:
        """The ids of those releases whose folder is gone."""
        ids = (one.release_id for one in every)
        return frozenset(one for one in ids if not (self.settings.releases / one / MANIFEST).is_file())

    def _lying(self, every: Iterable[Built], period: Period) -> Mapping[str, Lying]:
        """What lies in the folder of each release of a month, by its id."""
        return {one.release_id: lying(self.settings.releases, one) for one in every if one.period == period}
