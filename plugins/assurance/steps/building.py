"""From what is in to a release: what it is made from, and its folder, its record and its pages in the index."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import replace

from assurance.catalogue import Collection
from assurance.errors import ReleaseError
from assurance.intake.unmet import unmet_rows
from assurance.logs import about
from assurance.measures.figures import LONGEST_WINDOW
from assurance.measures.second_readings import READ_MONTHS
from assurance.model import NATION, Period, Submission, UnmetRows
from assurance.reporting.facts import ReleaseFacts
from assurance.reporting.index import told
from assurance.reporting.measured import measure
from assurance.reporting.release import MANIFEST, content_sha256, render, shared_cells, write
from assurance.reporting.views.actions import Actions, actions
from assurance.steps.common import PACKAGE_VERSION, telling_no_value
from assurance.steps.indexing import IndexingSteps
from assurance.steps.releases import ReleaseSteps
from assurance.steps.signing import SIGN_OFF_REQUEST
from assurance.trace.stored import DELETED
from assurance.warehouse import audit
from assurance.warehouse.archive import archive_path
from assurance.warehouse.audit import PRESENT
from assurance.warehouse.engine import Connection, Role, lock
from assurance.warehouse.releases import Release, gather, record, releases
from assurance.warehouse.sign_offs import Answer, sign_off_of

log = logging.getLogger(__name__)


class BuildingSteps(IndexingSteps, ReleaseSteps):
    """Releases, and what they are made from."""

    @telling_no_value
    def build(self, collection: str, period: Period, *, asks: bool = True) -> str:
        """Build the next release of a period, or find that the last one still holds; its id.

        Reading, writing and recording are one transaction, so no submission slips in between. `asks`: whether the
        approvers are owed the request to sign it off; where they are not, a later build may ask for the same release.
        """
        described = self._reported(collection)
        if not described.areas_owing(period):
            raise ReleaseError(f"{collection} owes no return for {period}; there is nothing to report")
        about(collection=collection, period=period)
        try:
            release_id = self._build(described, period, asks=asks)
        except ReleaseError:  # what keeps a release from being built may be a folder that was lost: the index tells so
            self._write_index(described, period, Role.MEASURE)
            raise
        self._write_index(described, period, Role.MEASURE)
        about(collection=collection, period=period, release=release_id)
        log.info("the last release is %s", release_id)
        return release_id

    def gathered(self, connection: Connection, described: Collection, period: Period) -> ReleaseFacts:
        """Everything the next release of a period is made from: what the warehouse says, and the archive of unmet checks."""
        facts = self._known_now(connection, described, period)
        return replace(
            facts, unmet={one.area: self._unmet_of(connection, facts, one) for one in facts.returns_of_cases}
        )

    def actions(self, collection: str, period: Period) -> Actions | None:
        """What is to be done, as the next release of a period would list it; None where nothing was raised by then."""
        described = self._reported(collection)
        with self.warehouse.reading() as connection:
            return actions(self._known_now(connection, described, period), NATION)

    def _build(self, described: Collection, period: Period, *, asks: bool) -> str:
        for one in (described, *self.catalogue.readings_of(described.code)):
            self._note_catalogue(one.code, Role.MEASURE)
        with self.warehouse.transaction(Role.MEASURE) as connection:
            lock(connection, described.code)
            facts = self.gathered(connection, described, period)
            self._demand_begun(facts)
            last = next(reversed(releases(connection, described.code, period)), None)
            if last and last.inputs_sha256 == facts.inputs_sha256:
                stands = self._unchanged(connection, last.release_id)
                release_id = stands.release_id
                asks = asks and sign_off_of(connection, stands).answer is Answer.NONE
            else:
                release_id = self._write_release(connection, facts, last)
            if asks:
                self._owe_request(connection, described.code, release_id)
        return release_id

    def _demand_begun(self, facts: ReleaseFacts) -> None:
        if facts.period.first_day > self.clock().date() and not any(status.latest for status in facts.returns):
            raise ReleaseError(
                f"{facts.period} has not begun and nothing was returned for it; there is nothing to report"
            )

    def _write_release(self, connection: Connection, facts: ReleaseFacts, last: Release | None) -> str:
        """Write the folder of a release, then enter it; its id. `last` is the one it replaces."""
        head = audit.head(connection)
        measured = measure(facts, self.stated_by(last) if last else None)
        files = render(measured, self.settings.reports, head)
        write(self.settings.releases / facts.release_id, files)
        hashes = (content_sha256(files), hashlib.sha256(files[MANIFEST]).hexdigest())
        record(connection, facts, *hashes, head, self.clock(), shared_cells(files), told(measured))
        return facts.release_id

    def _owe_request(self, connection: Connection, collection: str, release_id: str) -> None:
        """Owe the approvers the question whether a release may be sent; nobody, where a setting answers it."""
        if not self.settings.sign_off:
            self._owe(connection, SIGN_OFF_REQUEST, collection, release_id, NATION)

    def _known_now(self, connection: Connection, described: Collection, period: Period) -> ReleaseFacts:
        """What the warehouse says of a period, as things stand now."""
        return gather(
            connection,
            described,
            period,
            since=period.plus(1 - LONGEST_WINDOW),
            package_version=PACKAGE_VERSION,
            signed_off_by_setting=bool(self.settings.sign_off),
            readings=self.catalogue.readings_of(described.code),
            read_since=period.plus(1 - READ_MONTHS),
        )

    def _unmet_of(self, connection: Connection, facts: ReleaseFacts, of: Submission) -> tuple[UnmetRows, ...] | None:
        """In which rows of a return standards were not met; None once retention has deleted files of it."""
        if rows_deleted(connection, of):
            return None
        rows = archive_path(self.settings.archive, of)
        if not rows.is_file():
            raise ReleaseError(
                f"the rows of {of.file_name} are not in the archive, so its unmet checks cannot be named; restore "
                f"{rows.relative_to(self.settings.archive)} from a copy"
            )
        return unmet_rows(facts.collection, facts.standards, rows)


def rows_deleted(connection: Connection, of: Submission, as_of: int = PRESENT) -> bool:
    """Whether retention had deleted files of a return at a position of the audit trail."""
    return audit.last_about(connection, DELETED, of.submission_id, as_of) is not None
