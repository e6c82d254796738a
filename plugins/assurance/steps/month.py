"""The way of one month: its figures, its releases, and what moves them."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from assurance.catalogue import Collection
from assurance.catalogue.kept import kept_collection
from assurance.errors import CatalogueError, ReleaseError
from assurance.files import write_whole
from assurance.intake.unmet import unmet_rows
from assurance.keys import month_key
from assurance.logs import about
from assurance.measures.figures import LONGEST_WINDOW, Figure
from assurance.measures.restatement import Moved, calls_for_a_release, moved, stated
from assurance.measures.second_readings import READ_MONTHS
from assurance.model import NATION, Asked, CoverageRow, Period, ReturnStatus, Submission, TallyRow, UnmetRows
from assurance.reporting.causes import LastRelease
from assurance.reporting.facts import Built, Cause, CauseKind, ReleaseFacts
from assurance.reporting.index import INDEX, index_page, lying, month_page, month_place, neighbours, told
from assurance.reporting.measured import measure
from assurance.reporting.release import (
    MANIFEST,
    content_sha256,
    read_published,
    read_release,
    release_figures,
    render,
    shared_cells,
    write,
)
from assurance.reporting.request import OfArea, of_areas
from assurance.reporting.views.actions import Actions, actions
from assurance.reporting.views.second_readings import PublishedLine, published
from assurance.steps.common import CATALOGUE, PACKAGE_VERSION, CommonSteps, telling_no_value
from assurance.trace.stored import DELETED, INDEXED
from assurance.warehouse import answers, audit
from assurance.warehouse.archive import archive_path
from assurance.warehouse.audit import PRESENT
from assurance.warehouse.engine import Connection, Role, lock
from assurance.warehouse.releases import (
    Release,
    built,
    built_with,
    gather,
    outdated,
    read_otherwise,
    record,
    release,
    releases,
)
from assurance.warehouse.sign_offs import Answer, SignOff, sign_off_of
from assurance.warehouse.submissions import coverage, in_force, last_period, statuses, tallies

log = logging.getLogger(__name__)
_Known = tuple[Collection, Period, tuple[TallyRow, ...], tuple[ReturnStatus, ...], tuple[CoverageRow, ...]]
"""What figures are made from."""
EARLIEST, LATEST = Period(1, 1), Period(9998, 12)
SIGN_OFF_REQUEST = "sign_off_request"
"""The kind of mail that asks for an approval."""


@dataclass(frozen=True)
class Restatement:
    """A released month that rests on other returns or second readings now than its last release was made from."""

    release: Release
    causes: tuple[Cause, ...]
    """The returns that are others, by period and Area; then whether second readings are."""
    moved: tuple[Moved, ...]
    """What a new release would state differently."""

    @property
    def at_once(self) -> bool:
        """Whether readers must hear of it at once; what is smaller waits until the month is released for another reason."""
        return calls_for_a_release(self.moved)

    @property
    def month(self) -> str:
        """The partition key of the month."""
        return month_key(self.release.collection, self.release.period)


@dataclass(frozen=True)
class Status:
    """Where a month stands: its returns and its releases."""

    returns: tuple[ReturnStatus, ...]
    sign_offs: tuple[SignOff, ...]
    """Of each of its releases, the oldest first."""
    asked: tuple[OfArea, ...]
    """What the returns in force are asked, and what was answered."""
    restatements: tuple[Restatement, ...]
    """This month, and every other, where its last release is out of date."""

    @property
    def count_in(self) -> int:
        return sum(status.is_in for status in self.returns)


def asked_of(connection: Connection, returns: Iterable[ReturnStatus]) -> dict[str, Asked]:
    """What the submissions in force are asked, by their ids."""
    ids = [status.in_force.submission_id for status in returns if status.in_force]
    return {submission_id: answers.asked(connection, submission_id) for submission_id in ids}


def _tells(lines: Mapping[str, Mapping[str, Any]], place: str, page: bytes) -> bool:
    """Whether the last line about an index page tells of this very page."""
    return lines.get(place, {}).get("sha256") == hashlib.sha256(page).hexdigest()


class MonthSteps(CommonSteps):
    """From what is in to a release."""

    def figures(self, collection: str, period: Period, known_on: datetime | None = None) -> tuple[Figure, ...]:
        """The measures of a period as they stand now, or as they stood at a moment (UTC): by the submissions, waivers,
        rules and register in force then.
        """
        self._with_figures(collection)
        with self.warehouse.reading(Role.MEASURE) as connection:
            as_of = PRESENT if known_on is None else audit.position(connection, known_on)
            known = self._known(connection, collection, period, as_of)
        return release_figures(*known)

    def published(self, collection: str, period: Period) -> tuple[PublishedLine, ...]:
        """What others published about a collection, held against our own figures of months up to a period."""
        described = self._with_figures(collection)
        with self.warehouse.reading() as connection:
            return published(described, tallies(connection, in_force(connection, collection, period)))

    @telling_no_value
    def build(self, collection: str, period: Period, *, asks: bool = True) -> str:
        """Build the next release of a period, or find that the last one still holds; its id.

        Reading, writing and recording are one transaction, so no submission slips in between. `asks`: whether the
        approvers are owed the request to sign it off; where they are not, a later build may ask for the same release.
        """
        described = self._with_figures(collection)
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

    def _build(self, described: Collection, period: Period, *, asks: bool) -> str:
        collection = described.code
        for one in (described, *self.catalogue.readings_of(collection)):
            self._note_catalogue(one.code, Role.MEASURE)
        with self.warehouse.transaction(Role.MEASURE) as connection:
            lock(connection, collection)
            facts = self.gathered(connection, described, period)
            if period.first_day > self.clock().date() and not any(status.latest for status in facts.returns):
                raise ReleaseError(
                    f"{period} has not begun and nothing was returned for it; there is nothing to report"
                )
            before = releases(connection, collection, period)
            if before and before[-1].inputs_sha256 == facts.inputs_sha256:
                stands = self._unchanged(connection, before[-1].release_id)
                if asks and sign_off_of(connection, stands).answer is Answer.NONE:
                    self._owe_request(connection, collection, stands.release_id)
                return stands.release_id
            head = audit.head(connection)
            measured = measure(facts, self.stated_by(before[-1]) if before else None)
            files = render(measured, self.settings.reports, head)
            write(self.settings.releases / facts.release_id, files)
            manifest_sha256 = hashlib.sha256(files[MANIFEST]).hexdigest()
            hashes = (content_sha256(files), manifest_sha256)
            record(connection, facts, *hashes, head, self.clock(), shared_cells(files), told(measured))
            if asks:
                self._owe_request(connection, collection, facts.release_id)
        return facts.release_id

    def _owe_request(self, connection: Connection, collection: str, release_id: str) -> None:
        """Owe the approvers the question whether a release may be sent; nobody, where a setting answers it."""
        if not self.settings.sign_off:
            self._owe(connection, SIGN_OFF_REQUEST, collection, release_id, NATION)

    def gathered(self, connection: Connection, described: Collection, period: Period) -> ReleaseFacts:
        """Everything the next release of a period is made from: what the warehouse says, and the archive of unmet checks."""
        facts = self._known_now(connection, described, period)
        return replace(
            facts, unmet={one.area: self._unmet_of(connection, facts, one) for one in facts.returns_of_cases}
        )

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

    def actions(self, collection: str, period: Period) -> Actions | None:
        """What is to be done, as the next release of a period would list it; None where nothing was raised by then."""
        described = self._with_figures(collection)
        with self.warehouse.reading() as connection:
            return actions(self._known_now(connection, described, period), NATION)

    def _unmet_of(self, connection: Connection, facts: ReleaseFacts, of: Submission) -> tuple[UnmetRows, ...] | None:
        """In which rows of a return standards were not met; None once retention has deleted files of it."""
        if self._rows_deleted(connection, of):
            return None
        rows = archive_path(self.settings.archive, of)
        if not rows.is_file():
            raise ReleaseError(
                f"the rows of {of.file_name} are not in the archive, so its unmet checks cannot be named; restore "
                f"{rows.relative_to(self.settings.archive)} from a copy"
            )
        return unmet_rows(facts.collection, facts.standards, rows)

    def _rows_deleted(self, connection: Connection, of: Submission, as_of: int = PRESENT) -> bool:
        """Whether retention had deleted files of a return at a position of the audit trail."""
        return audit.last_about(connection, DELETED, of.submission_id, as_of) is not None

    def restatements(self, collection: str, months: Iterable[Period]) -> tuple[Restatement, ...]:
        """Which of these months are out of date, by what, and what would a new release state differently?

        A month is out of date while a return within its windows is another than its last release was made from, or a
        second reading is.
        """
        wanted = frozenset(months)
        if not wanted:
            return ()
        with self.warehouse.reading(Role.MEASURE) as connection:
            found = self._outdated(connection, collection, min(wanted), max(wanted))
        return tuple(self._restatement(*one) for one in found if one[0].period in wanted)

    def stated_by(self, of: Release) -> LastRelease:
        """What a release stated, from the bytes that were built, and by which rules and register."""
        figures = read_published(self.settings.releases, of.release_id, of.content_sha256)
        try:
            return LastRelease(figures, kept_collection(self.settings.catalogues, of.collection, of.catalogue_version))
        except CatalogueError:  # released before catalogues were kept
            return LastRelease(figures, None)

    def _write_index(self, collection: Collection, period: Period, role: Role) -> None:
        """Write the page of all releases, and of each month to which something happened, once it is committed.

        A crash before leaves the pages as they were, and the next build of any month finds what does not stand. Under
        the lock of the collection, so that the later of two builds writes last.
        """
        with self.warehouse.transaction(role) as connection:
            lock(connection, collection.code)
            every = built(connection, collection.code)
            if not every:
                return
            near = neighbours(every, period) if any(one.period == period for one in every) else ()
            lines = audit.last_of_each(connection, INDEXED)
            missing = [one.release_id for one in every if not self._file(one.release_id, MANIFEST).is_file()]
            page = index_page(collection, every, missing, self.settings.reports)
            self._write_page(connection, collection.code, page, lines)
            for month in sorted({*near, *self._unwritten(every, lines)}):
                found = {one.release_id: lying(self.settings.releases, one) for one in every if one.period == month}
                page = month_page(collection, month, every, found, self.settings.reports)
                self._write_page(connection, month_place(collection.code, month), page, lines)

    def _unwritten(self, every: Iterable[Built], lines: Mapping[str, Mapping[str, Any]]) -> Iterator[Period]:
        """The months whose page is not there, is not the one that the trail tells of, or lacks one of its releases."""
        for month, of_month in groupby(every, key=lambda one: one.period):
            releases_of_month = tuple(of_month)
            place = releases_of_month[0].release_id.rpartition("/")[0]
            path = self._file(place, INDEX)
            page = path.read_bytes() if path.is_file() else b""
            hashes = (one.content_sha256.encode() for one in releases_of_month)
            if not _tells(lines, place, page) or not all(sha256 in page for sha256 in hashes):
                yield month

    def _write_page(
        self, connection: Connection, place: str, page: bytes, lines: Mapping[str, Mapping[str, Any]]
    ) -> None:
        write_whole(self._file(place, INDEX), page)
        if not _tells(lines, place, page):
            audit.record(connection, INDEXED, place, {"sha256": hashlib.sha256(page).hexdigest()}, self.clock())

    def _file(self, place: str, name: str) -> Path:
        return self.settings.releases / place / name

    def status(self, collection: str, period: Period) -> Status:
        """Where a month stands."""
        with self.warehouse.reading() as connection:
            returns = statuses(connection, self.collection(collection), period)
            signed = tuple(sign_off_of(connection, one) for one in releases(connection, collection, period))
            asked = asked_of(connection, returns)
            found = self._outdated(connection, collection, EARLIEST, LATEST)
        return Status(
            returns=returns,
            sign_offs=signed,
            asked=of_areas(returns, asked),
            restatements=tuple(self._restatement(*one) for one in found),
        )

    def every_release(self, collection: str) -> tuple[Built, ...]:
        """Every release of a collection, newest month first, last release first."""
        with self.warehouse.reading() as connection:
            return built(connection, self.collection(collection).code)

    def last_period(self, collection: str) -> Period | None:
        """The last period with a return that counts."""
        with self.warehouse.reading() as connection:
            return last_period(connection, collection)

    def _with_figures(self, code: str) -> Collection:
        """A collection that is reported on; second readings are reported with what they read."""
        described = self.collection(code)
        if described.read:
            raise ReleaseError(
                f"{code} holds second readings of {described.read.code}, and is reported there; name that collection"
            )
        return described

    def collection_as_known(self, connection: Connection, code: str, as_of: int) -> Collection:
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

    def _known(self, connection: Connection, collection: str, period: Period, as_of: int = PRESENT) -> _Known:
        """What the figures of a period are made from."""
        described = self.collection_as_known(connection, collection, as_of)
        sources = in_force(connection, collection, period, as_of)
        returns = statuses(connection, described, period, as_of)
        return described, period, tallies(connection, sources), returns, coverage(connection, sources)

    def _outdated(
        self, connection: Connection, collection: str, first: Period, last: Period
    ) -> list[tuple[Release, tuple[Cause, ...], _Known | None]]:
        """The last releases of these months that are out of date, why, and what they would be made from now.

        None where only second readings are others, for they move no figure.
        """
        found: dict[str, list[Cause]] = {}
        for one in outdated(connection, collection, first, last, LONGEST_WINDOW):
            found.setdefault(one.release_id, []).append(one.cause)
        by_returns = set(found)
        readings = [one.code for one in self.catalogue.readings_of(collection)]
        for release_id in read_otherwise(connection, collection, readings, first, last, READ_MONTHS):
            found.setdefault(release_id, []).append(Cause(CauseKind.READINGS))
        made = {release_id: release(connection, release_id) for release_id in sorted(found)}
        return [
            (
                of,
                tuple(found[release_id]),
                self._known(connection, collection, of.period) if release_id in by_returns else None,
            )
            for release_id, of in made.items()
            if of is not None
        ]

    def _restatement(self, of: Release, causes: tuple[Cause, ...], known: _Known | None) -> Restatement:
        if known is None:
            return Restatement(of, causes, ())
        before = read_published(self.settings.releases, of.release_id, of.content_sha256)
        return Restatement(of, causes, moved(before, map(stated, release_figures(*known))))

    def _unchanged(self, connection: Connection, release_id: str) -> Release:
        """A release whose folder still holds the bytes that were built; a sign-off is for these, and for no others."""
        found = self._named_release(connection, release_id)
        files = read_release(self.settings.releases, release_id)
        manifest = hashlib.sha256(files[MANIFEST]).hexdigest()
        told = built_with(connection, release_id).manifest_sha256 or manifest
        if (content_sha256(files), manifest) != (found.content_sha256, told):
            raise ReleaseError(f"release {release_id} was changed after it was built; restore its folder from a copy")
        return found

    def _named_release(self, connection: Connection, release_id: str) -> Release:
        found = release(connection, release_id) if release_id.isprintable() else None
        if found is None:
            raise ReleaseError(f"there is no release {release_id!r}; `assurance releases` lists those there are")
        return found
