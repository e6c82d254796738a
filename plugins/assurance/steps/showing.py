"""What is there to see? Where a month, its releases, its findings and the mail stand, for whoever looks.

Nothing is written. A reader of some Areas (`areas`; None: of all) is given these alone.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assurance.deadlines import awaited, reported_month
from assurance.delivery import outbox
from assurance.errors import LandingError, ReleaseError, SubmissionError
from assurance.model import Period, ReturnStatus, Submission, return_name
from assurance.reporting.facts import Built
from assurance.reporting.index import Lying
from assurance.reporting.release import content_sha256, read_release
from assurance.reporting.request import OfArea, of_areas
from assurance.reporting.screens.board import Board, Line, Restated
from assurance.reporting.screens.findings import Found
from assurance.reporting.screens.outbox import Waiting
from assurance.reporting.screens.releases import may_have
from assurance.steps.outbox import OutboxSteps
from assurance.steps.receipts import RECEIPT
from assurance.steps.receiving import ReceivingSteps
from assurance.steps.releases import ReleaseSteps
from assurance.steps.restating import EARLIEST, LATEST, Restatement, RestatingSteps
from assurance.warehouse.answers import asked_of
from assurance.warehouse.releases import built, releases
from assurance.warehouse.sign_offs import SignOff, sign_off_of
from assurance.warehouse.submissions import collection_about, failed_rules, last_period, named, statuses

Areas = frozenset[str] | None
"""The codes of the Areas that a reader may see; None: all."""

log = logging.getLogger(__name__)


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


class ShowingSteps(RestatingSteps, OutboxSteps, ReleaseSteps, ReceivingSteps):
    """What the command line and the screens show."""

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

    def last_period(self, collection: str) -> Period | None:
        """The last period with a return that counts."""
        with self.warehouse.reading() as connection:
            return last_period(connection, collection)

    def month_in_hand(self, collection: str) -> Period:
        """The month that is being collected: the last that has ended, or that of the last return where none is owed."""
        ended = reported_month(self.clock())
        if self.collection(collection).areas_owing(ended):
            return ended
        return self.last_period(collection) or ended

    def board(self, collection: str, period: Period, areas: Areas = None) -> Board:
        """Where a month stands, Area by Area."""
        described, now = self._reported(collection), self.clock()
        with self.warehouse.reading() as connection:
            found = statuses(connection, described, period)
            owed = [awaited(described.calendar, period, one, now) for one in found]
            returns = [one for one in owed if areas is None or one.area.code in areas]
            asked = asked_of(connection, returns)
            ids = [one.latest.submission_id for one in returns if one.latest]
            receipts = outbox.told(connection, RECEIPT, ids)
            released = [one for one in _readable(built(connection, collection), areas) if one.period == period]
        arrived = self._arrived(collection)
        lines = tuple(
            Line(
                status=one,
                arrived=any(area == one.area.code and _is_of(name, area, period) for area, name in arrived),
                open_queries=len(asked[one.in_force.submission_id].open) if one.in_force else 0,
                receipt=receipts.get(one.latest.submission_id, {}) if one.latest else {},
            )
            for one in returns
        )
        release = released[0] if released else None
        restated = self._restated(collection, period) if release and areas is None else None
        return Board(described, period, now, lines, release, restated, whole=areas is None)

    def _restated(self, collection: str, period: Period) -> Restated | None:
        for one in self.restatements(collection, [period]):
            return Restated(one.causes, len(one.moved), one.at_once)
        return None

    def findings_to_see(self, collection: str, period: Period, areas: Areas = None) -> tuple[Found, ...]:
        """What was found in the returns of a month: in the versions that count, and in later ones that do not."""
        described = self.collection(collection)
        with self.warehouse.reading() as connection:
            returns = [
                one for one in statuses(connection, described, period) if areas is None or one.area.code in areas
            ]
            ids = [submission.submission_id for one in returns for submission in _versions(one)]
            failed = failed_rules(connection, ids)
        return tuple(
            Found(submission, one.area.name, failed.get(submission.submission_id, ()), submission == one.in_force)
            for one in returns
            for submission in _versions(one)
        )

    def area_of(self, submission_id: str) -> str:
        """Whose submission is this, by its whole id? SubmissionError when there is none."""
        with self.warehouse.reading() as connection:
            for one in named(connection, submission_id):
                if one.submission_id == submission_id:
                    return one.area
        raise SubmissionError("there is no such submission; the findings of its month list those there are")

    def _arrived(self, collection: str) -> set[tuple[str, str]]:
        """The files that are not received yet, by Area and name; none while the landing place cannot be read."""
        try:
            return {(one.area, one.file_name) for one in self.arrivals(collection)}
        except LandingError as error:  # the board is wanted most when something is away
            log.warning("the board does not show what has arrived: %s", error)
            return set()

    def releases_to_see(self, collection: str, areas: Areas = None) -> tuple[tuple[Built, ...], frozenset[str]]:
        """Every release of a collection, the newest first, and the ids of those whose folder is lost."""
        every = _readable(self.every_release(collection), areas)
        return every, self._lost(every)

    def releases_of_month(
        self, collection: str, period: Period, areas: Areas = None
    ) -> tuple[tuple[Built, ...], Mapping[str, Lying]]:
        """Every release of a collection, and what lies in the folders of those of a month; ReleaseError: it has none."""
        every = _readable(self.every_release(collection), areas)
        found = self._lying(every, period)
        if not found:
            raise ReleaseError(
                f"{period} of {collection} was not released yet; the list of releases has those there are"
            )
        return every, found

    def release_file(self, release_id: str, path: str, areas: Areas = None) -> bytes:
        """A file of a release, as it was built. No place is made from the name: it is one of those the folder holds."""
        with self.warehouse.reading() as connection:
            found = self._named_release(connection, release_id)
            about = [one for one in built(connection, found.collection) if one.release_id == release_id]
        if not _readable(about, areas):
            raise ReleaseError(f"release {release_id} is not signed off, and is shown to nobody outside until it is")
        files = read_release(self.settings.releases, release_id)
        if content_sha256(files) != found.content_sha256:
            raise ReleaseError(f"release {release_id} was changed after it was built; restore its folder from a copy")
        if path not in files or not may_have(None, path):
            raise ReleaseError(f"release {release_id} has no such file; its month lists those there are")
        return files[path]

    def outbox_to_see(self, collection: str) -> tuple[Waiting, ...]:
        """The mail about a collection that is not sent: what needs a person first, then the oldest."""
        entries = self.unsent()
        with self.warehouse.reading() as connection:
            own = [one for one in entries if collection_about(connection, one.subject_id) == collection]
        return tuple(
            Waiting(
                key=one.message_key,
                state=one.state.value,
                kind=one.kind,
                subject=one.subject_id,
                edition=one.edition,
                since=one.changed_at,
                attempts=one.attempts,
                reply=one.reply,
            )
            for one in own
        )


def _versions(status: ReturnStatus) -> tuple[Submission, ...]:
    """The version that counts, and the last one where that is another."""
    return tuple(dict.fromkeys(one for one in (status.in_force, status.latest) if one))


def _is_of(file_name: str, area: str, period: Period) -> bool:
    """Whether a file is named as a return of this Area and period."""
    return file_name.startswith(return_name(area, period, 0).removesuffix("00"))


def _readable(every: Iterable[Built], areas: Areas) -> tuple[Built, ...]:
    """The releases that a reader may look at: one of an Area sees what was signed off, as mail has it, and nothing before."""
    return tuple(one for one in every if areas is None or (one.signed_at is not None and not one.rejected))
