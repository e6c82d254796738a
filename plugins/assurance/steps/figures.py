"""What are the measures of a month, as they stand now or stood earlier, and what did others publish beside them?"""

from __future__ import annotations

from datetime import datetime

from assurance.catalogue import Collection
from assurance.catalogue.kept import kept_collection
from assurance.errors import CatalogueError
from assurance.measures.figures import Figure
from assurance.model import CoverageRow, Period, ReturnStatus, TallyRow
from assurance.reporting.release import release_figures
from assurance.reporting.views.second_readings import PublishedLine, published
from assurance.steps.common import CATALOGUE, CommonSteps
from assurance.warehouse import audit
from assurance.warehouse.audit import PRESENT
from assurance.warehouse.engine import Connection, Role
from assurance.warehouse.submissions import coverage, in_force, statuses, tallies

Known = tuple[Collection, Period, tuple[TallyRow, ...], tuple[ReturnStatus, ...], tuple[CoverageRow, ...]]
"""What figures are made from."""


class FigureSteps(CommonSteps):
    """Figures, without a release."""

    def figures(self, collection: str, period: Period, known_on: datetime | None = None) -> tuple[Figure, ...]:
        """The measures of a period as they stand now, or as they stood at a moment (UTC): by the submissions, waivers,
        rules and register in force then.
        """
        self._reported(collection)
        with self.warehouse.reading(Role.MEASURE) as connection:
            as_of = PRESENT if known_on is None else audit.position(connection, known_on)
            known = self._known(connection, collection, period, as_of)
        return release_figures(*known)

    def published(self, collection: str, period: Period) -> tuple[PublishedLine, ...]:
        """What others published about a collection, held against our own figures of months up to a period."""
        described = self._reported(collection)
        with self.warehouse.reading() as connection:
            return published(described, tallies(connection, in_force(connection, collection, period)))

    def _known(self, connection: Connection, collection: str, period: Period, as_of: int = PRESENT) -> Known:
        """What the figures of a period are made from."""
        described = self._collection_as_known(connection, collection, as_of)
        sources = in_force(connection, collection, period, as_of)
        returns = statuses(connection, described, period, as_of)
        return described, period, tallies(connection, sources), returns, coverage(connection, sources)

    def _collection_as_known(self, connection: Connection, code: str, as_of: int) -> Collection:
        """A collection by the rules and the register in force at a position of the audit trail."""
        current = self.collection(code)
        if as_of >= PRESENT:
            return current
        known = audit.last_about(connection, CATALOGUE, code, as_of)
        if known is None:
            raise CatalogueError(
                f"{code}: nothing was received or built then, so no rules and no register were in force; what counts is"
                " when this warehouse came to know a return, not the date that its file bears"
            )
        return kept_collection(self.settings.catalogues, code, str(known.get("version")))
