"""The way of one month: its figures, its releases, what moves them, who signs them off and who gets them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from assurance.catalogue import Collection
from assurance.catalogue.kept import kept_collection
from assurance.delivery import outbox
from assurance.delivery.letter import Letter
from assurance.delivery.outbox import OutboxEntry, SendReport
from assurance.errors import CatalogueError, ReleaseError
from assurance.files import write_whole
from assurance.measures.figures import LONGEST_WINDOW, Figure
from assurance.measures.restatement import Moved, calls_for_a_release, moved, stated
from assurance.measures.second_readings import READ_MONTHS
from assurance.model import NATION, Asked, CoverageRow, Period, ReturnStatus, TallyRow
from assurance.reporting.asking import request_letter
from assurance.reporting.causes import LastRelease
from assurance.reporting.facts import Cause, CauseKind
from assurance.reporting.pages import page_path
from assurance.reporting.release import (
    INDEX,
    MANIFEST,
    content_sha256,
    index_page,
    read_letter,
    read_published,
    read_release,
    release_figures,
    render,
    shared_cells,
    write,
)
from assurance.reporting.request import OfArea, SignOffRequest, of_areas, sign_off_request
from assurance.reporting.views.second_readings import PublishedLine, published
from assurance.steps.common import CATALOGUE, PACKAGE_VERSION, CommonSteps, month_key
from assurance.trace.stored import INDEXED
from assurance.warehouse import answers, audit
from assurance.warehouse.audit import PRESENT
from assurance.warehouse.engine import Connection, lock
from assurance.warehouse.releases import (
    Release,
    built,
    gather,
    made_from,
    outdated,
    read_otherwise,
    record,
    release,
    releases,
    sign_off,
)
from assurance.warehouse.submissions import coverage, in_force, last_period, statuses, tallies

_Known = tuple[Collection, Period, tuple[TallyRow, ...], tuple[ReturnStatus, ...], tuple[CoverageRow, ...]]
"""What figures are made from."""
EARLIEST, LATEST = Period(1, 1), Period(9998, 12)
SIGN_OFF_REQUEST = "sign_off_request"
BY_SETTING = "setting"
"""Who approved, where ASSURANCE_SIGN_OFF stands in for a person."""


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
    releases: tuple[Release, ...]
    asked: tuple[OfArea, ...]
    """What the returns in force are asked, and what was answered."""
    restatements: tuple[Restatement, ...]
    """This month, and every other, where its last release is out of date."""

    @property
    def count_in(self) -> int:
        return sum(1 for status in self.returns if status.in_force)


def _asked(connection: Connection, returns: Iterable[ReturnStatus]) -> dict[str, Asked]:
    """What the submissions in force are asked, by their ids."""
    ids = [status.in_force.submission_id for status in returns if status.in_force]
    return {submission_id: answers.asked(connection, submission_id) for submission_id in ids}


class MonthSteps(CommonSteps):
    """From what is in to a release that was sent."""

    def figures(self, collection: str, period: Period, known_on: datetime | None = None) -> tuple[Figure, ...]:
        """The measures of a period as they stand now, or as they stood at a moment (UTC): by the submissions, waivers,
        rules and register in force then.
        """
        self._with_figures(collection)
        with self.warehouse.reading() as connection:
            as_of = PRESENT if known_on is None else audit.position(connection, known_on)
            known = self._known(connection, collection, period, as_of)
        return release_figures(*known)

    def published(self, collection: str, period: Period) -> tuple[PublishedLine, ...]:
        """What others published about a collection, held against our own figures of months up to a period."""
        described = self._with_figures(collection)
        with self.warehouse.reading() as connection:
            return published(described, tallies(connection, in_force(connection, collection, period)))

    def build(self, collection: str, period: Period) -> str:
        """Build the next release of a period, or find that the last one still holds; its id.

        Reading, writing and recording are one transaction, so no submission slips in between.
        """
        described = self._with_figures(collection)
        if not described.areas_owing(period):
            raise ReleaseError(f"{collection} owes no return for {period}; there is nothing to report")
        release_id = self._build(described, period)
        self._write_index(described)
        return release_id

    def _build(self, described: Collection, period: Period) -> str:
        collection, readings = described.code, self.catalogue.readings_of(described.code)
        for one in (described, *readings):
            self._note_catalogue(one.code)
        with self.warehouse.transaction() as connection:
            lock(connection, collection)
            facts = gather(
                connection,
                described,
                period,
                since=period.plus(1 - LONGEST_WINDOW),
                package_version=PACKAGE_VERSION,
                signed_off_by_setting=bool(self.settings.sign_off),
                readings=readings,
                read_since=period.plus(1 - READ_MONTHS),
            )
            if period.first_day > self.clock().date() and not any(status.latest for status in facts.returns):
                raise ReleaseError(
                    f"{period} has not begun and nothing was returned for it; there is nothing to report"
                )
            before = releases(connection, collection, period)
            if before and before[-1].inputs_sha256 == facts.inputs_sha256:
                self._unchanged(connection, before[-1].release_id)
                return before[-1].release_id
            head = audit.head(connection)
            files = render(facts, self.settings.reports, self.stated_by(before[-1]) if before else None, head)
            write(self.settings.releases / facts.release_id, files)
            manifest_sha256 = hashlib.sha256(files[MANIFEST]).hexdigest()
            cells = shared_cells(files)
            record(connection, facts, content_sha256(files), manifest_sha256, head, self.clock(), cells)
            if not self.settings.sign_off:
                self._owe(connection, SIGN_OFF_REQUEST, collection, facts.release_id, NATION)
        return facts.release_id

    def restatements(self, collection: str, months: Iterable[Period]) -> tuple[Restatement, ...]:
        """Which of these months are out of date, by what, and what would a new release state differently?

        A month is out of date while a return within its windows is another than its last release was made from, or a
        second reading is.
        """
        wanted = frozenset(months)
        if not wanted:
            return ()
        with self.warehouse.reading() as connection:
            found = self._outdated(connection, collection, min(wanted), max(wanted))
        return tuple(self._restatement(*one) for one in found if one[0].period in wanted)

    def stated_by(self, of: Release) -> LastRelease:
        """What a release stated, from the bytes that were built, and by which rules and register."""
        figures = read_published(self.settings.releases, of.release_id, of.content_sha256)
        try:
            return LastRelease(figures, kept_collection(self.settings.catalogues, of.collection, of.catalogue_version))
        except CatalogueError:  # released before catalogues were kept
            return LastRelease(figures, None)

    def _write_index(self, collection: Collection) -> None:
        """Write the page of all releases, once what it names is committed: a crash before leaves the one before.

        Under the lock of the collection, so that the later of two builds writes last.
        """
        with self.warehouse.transaction() as connection:
            lock(connection, collection.code)
            page = index_page(collection, built(connection, collection.code), self.settings.reports)
            write_whole(self.settings.releases / collection.code / INDEX, page)
            told = {"sha256": hashlib.sha256(page).hexdigest()}
            if audit.last_about(connection, INDEXED, collection.code) != told:
                audit.record(connection, INDEXED, collection.code, {**told}, self.clock())

    def close(self, collection: str, period: Period) -> tuple[str, ...]:
        """The Areas whose return is not in when the month is closed: they count as missing."""
        with self.warehouse.reading() as connection:
            returns = statuses(connection, self._with_figures(collection), period)
        return tuple(status.area.code for status in returns if status.in_force is None)

    def sign_off_request(self, release_id: str) -> SignOffRequest:
        """What an approver of a release is asked, as things stand now; the release stays what it is."""
        with self.warehouse.reading() as connection:
            asked_for = self._unchanged(connection, release_id)
            collection = self.collection(asked_for.collection)
            returns = statuses(connection, collection, asked_for.period)
            return sign_off_request(
                collection,
                asked_for.period,
                release_id,
                asked_for.content_sha256,
                made_from(connection, release_id),
                returns,
                _asked(connection, returns),
            )

    def ask_for_sign_off(self, release_id: str) -> SendReport:
        """Send the request to sign a release off to the approvers that the register names; it is owed since it was built.

        Nobody is asked where a setting stands in for an approver.
        """
        return self._send(self._request_letter, subject_id=release_id, kinds=(SIGN_OFF_REQUEST,))

    def _request_letter(self, entry: OutboxEntry) -> Letter:
        request = self.sign_off_request(entry.subject_id)
        with self.warehouse.reading() as connection:
            found = self._named_release(connection, entry.subject_id)
        report = read_release(self.settings.releases, found.release_id)[page_path(NATION)]
        collection, reports = self.collection(found.collection), self.settings.reports
        return request_letter(collection, found.period, request, report, self.clock(), reports)

    def sign_off(self, release_id: str) -> None:
        """Let a release be sent: bind the approval to its bytes and queue a message to everybody the register names."""
        if not self.settings.sign_off:
            raise ReleaseError(
                f"release {release_id} is not signed off, so nothing is sent; "
                "set ASSURANCE_SIGN_OFF to let a setting stand in for an approver"
            )
        with self.warehouse.transaction() as connection:
            found = self._unchanged(connection, release_id)
            if sign_off(connection, found, BY_SETTING, self.clock()):
                for area in (NATION, *(a.code for a in self.collection(found.collection).areas_owing(found.period))):
                    self._owe(connection, "release", found.collection, release_id, area)

    def send(self, release_id: str) -> SendReport:
        """Send what is owed of a release; nobody gets it twice."""
        with self.warehouse.reading() as connection:
            self._unchanged(connection, release_id)
        return self._send(
            lambda entry: read_letter(self.settings.releases, release_id, entry.edition),
            subject_id=release_id,
            kinds=("release",),
        )

    def status(self, collection: str, period: Period) -> Status:
        """Where a month stands."""
        with self.warehouse.reading() as connection:
            returns = statuses(connection, self.collection(collection), period)
            made, asked = releases(connection, collection, period), _asked(connection, returns)
            found = self._outdated(connection, collection, EARLIEST, LATEST)
        return Status(
            returns=returns,
            releases=made,
            asked=of_areas(returns, asked),
            restatements=tuple(self._restatement(*one) for one in found),
        )

    def last_period(self, collection: str) -> Period | None:
        """The last period with a return that counts."""
        with self.warehouse.reading() as connection:
            return last_period(connection, collection)

    def mail_owed(self) -> int:
        """How many messages are queued or to be tried again."""
        with self.warehouse.reading() as connection:
            return len(outbox.owed(connection))

    def mail_for_a_person(self) -> tuple[OutboxEntry, ...]:
        """The messages that wait for a person's decision: refused, or of unknown fate."""
        with self.warehouse.reading() as connection:
            return tuple(entry for entry in outbox.unsent(connection) if entry.state in outbox.NEEDS_A_PERSON)

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
        if content_sha256(read_release(self.settings.releases, release_id)) != found.content_sha256:
            raise ReleaseError(f"release {release_id} was changed after it was built; nothing is sent")
        return found

    def _named_release(self, connection: Connection, release_id: str) -> Release:
        found = release(connection, release_id) if release_id.isprintable() else None
        if found is None:
            raise ReleaseError(f"there is no release {release_id!r}; `assurance status` lists those there are")
        return found
