"""The steps of a month, each once: what a command of the command line does, and what a task of a DAG does.

Effects happen here, in the order that makes a crash harmless: kept bytes, then the archive, then one transaction. A
step that is run again does nothing twice.
"""

from __future__ import annotations

import hashlib
import logging
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache, wraps
from importlib.metadata import version
from itertools import count, permutations
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import pyarrow as pa
from pydantic import TypeAdapter

from assurance.catalogue import Catalogue, Collection, load_catalogue
from assurance.catalogue.kept import keep_catalogue, kept_collection
from assurance.catalogue.schema import Waiver
from assurance.catalogue.waivers import waive
from assurance.cures import names_another_area, to_be_answered, to_be_mended
from assurance.deadlines import london_day
from assurance.delivery import outbox
from assurance.delivery.letter import Letter
from assurance.delivery.outbox import OutboxEntry, SendReport
from assurance.delivery.transport import transport
from assurance.errors import (
    AssuranceError,
    CatalogueError,
    DelayedError,
    DeliveryError,
    FigureError,
    LandingError,
    ReleaseError,
    SubmissionError,
    UnforeseenError,
    WarehouseError,
)
from assurance.files import write_whole
from assurance.intake import landing
from assurance.intake.checking import Delivery, Examined, examine, with_findings
from assurance.intake.history import asked_elsewhere, history_findings
from assurance.intake.pairing import changed, paired
from assurance.intake.reading import Reading, read_text
from assurance.intake.turns import in_turn
from assurance.measures import words
from assurance.measures.figures import LONGEST_WINDOW, Figure
from assurance.measures.restatement import Moved, calls_for_a_release, moved, stated
from assurance.measures.second_readings import READ_MONTHS
from assurance.model import (
    NATION,
    Answer,
    Arrived,
    Asked,
    Checked,
    Counts,
    CoverageRow,
    Fault,
    Finding,
    Neighbour,
    Outcome,
    Period,
    ReturnStatus,
    Submission,
    TallyRow,
)
from assurance.reporting.causes import LastRelease
from assurance.reporting.facts import Cause, ReleaseFacts
from assurance.reporting.figure_id import FigureId
from assurance.reporting.measured import measure
from assurance.reporting.receipt import receipt_json, receipt_letter
from assurance.reporting.release import (
    FIGURES,
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
from assurance.sender.differences import Differences, Version, differences
from assurance.sender.marked import MarkedCopy, marked_copy
from assurance.settings import Settings, read_settings
from assurance.trace import Verified
from assurance.trace.explain import Explanation, Source, explained, published_line, rows_of
from assurance.trace.rebuild import different_figures, different_files
from assurance.trace.recount import Prepared, Recount, Recounting
from assurance.trace.stored import DELETED, INDEXED, Stored
from assurance.warehouse import answers, audit, queries, trail
from assurance.warehouse.archive import ArchiveFile, archive_path
from assurance.warehouse.audit import PRESENT
from assurance.warehouse.engine import Connection, Warehouse, lock
from assurance.warehouse.migrations import migrate
from assurance.warehouse.queries import SQL
from assurance.warehouse.releases import (
    BuiltWith,
    Release,
    built,
    built_with,
    gather,
    made_from,
    outdated,
    record,
    release,
    releases,
    sign_off,
)
from assurance.warehouse.second_readings import enter_change, enter_pairs, lock_pairs
from assurance.warehouse.submissions import (
    Announcement,
    Versions,
    accepted,
    announcement,
    ask_later,
    coverage,
    delivered,
    earlier,
    in_force,
    is_loaded,
    last_period,
    load,
    lock_month,
    named,
    receipt,
    statuses,
    tallies,
)

log = logging.getLogger(__name__)
Given = ParamSpec("Given")
Done = TypeVar("Done")
_Receipt = tuple[Submission, tuple[Finding, ...], Mapping[str, Counts]]

LookedAt = tuple[Examined, ArchiveFile]
"""What was found in a file, and its rows on their way to the archive."""
_Known = tuple[Collection, Period, tuple[TallyRow, ...], tuple[ReturnStatus, ...], tuple[CoverageRow, ...]]
"""What figures are made from."""
_Coming = Future[tuple[Arrived, Future[LookedAt]]]
"""The next file, once it has been looked at."""

PACKAGE_VERSION = version("assurance")
BATCH = 20
"""How many files are received, at most, before other processes may have the warehouse."""
LONG_SECONDS = 20.0
"""So long receipts wait for a file that is being looked at: it may ask something of those before it."""
IDLE_SECONDS = 0.5
"""How long it is held for a file that is not ready yet: several times what opening it again takes."""
READERS = 2
"""How many files are read at a time, before their turn."""
MOST_NAMED = 5
"""So many submissions are named where one was meant and several are found."""
EARLIEST, LATEST = Period(1, 1), Period(9998, 12)
LEFT_OUT = "what it says may hold a value of a return and is left out"
CATALOGUE = "catalogue"
"""The event of the audit trail that says which version of a collection's rules and register is in force."""
BY_SETTING = "setting"
"""Who approved, where ASSURANCE_SIGN_OFF stands in for a person."""


def now() -> datetime:
    """The moment, as naive UTC: the clock of every step. (The landing place asks for the age of a file, too.)"""
    return datetime.now(UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class Ticket:
    """A checked file on its way to being loaded: what a DAG task hands to the next. Holds no row and no value."""

    key: str
    label: str


@dataclass(frozen=True)
class Loaded:
    """What loading a submission came to."""

    submission: Submission
    findings: tuple[Finding, ...]
    new: bool
    """False: the same bytes had been received before, and nothing changed."""
    announcement: Announcement

    @property
    def month(self) -> str:
        """The partition key of the month: `outcomes|2026-10`."""
        return month_key(self.submission.collection, self.submission.period)


@dataclass(frozen=True)
class Restatement:
    """A released month whose windows hold other returns now than its last release was made from."""

    release: Release
    causes: tuple[Cause, ...]
    """The returns that are others, by period and Area."""
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


@dataclass(frozen=True)
class _Waiting:
    arrived: Arrived
    checked: Checked
    catalogue: str
    """By which version of the rules and the register."""


_WAITING = TypeAdapter(_Waiting)


def telling_no_value(step: Callable[Given, Done]) -> Callable[Given, Done]:
    """A step that handles cells: an error nobody thought of is told by its kind and way, for all that it is logged.

    A library's words often quote what it could not take ("could not convert …"), and that may be a cell of a return.
    """

    @wraps(step)
    def told(*args: Given.args, **kwargs: Given.kwargs) -> Done:
        try:
            return step(*args, **kwargs)
        except (AssuranceError, DelayedError, UnforeseenError):
            raise
        except Exception as error:
            # from None: what logs an error logs those it came from, with their words
            raise UnforeseenError(f"{type(error).__name__}; {LEFT_OUT}").with_traceback(error.__traceback__) from None

    return told


def _asked(connection: Connection, returns: Iterable[ReturnStatus]) -> dict[str, Asked]:
    """What the submissions in force are asked, by their ids."""
    ids = [status.in_force.submission_id for status in returns if status.in_force]
    return {submission_id: answers.asked(connection, submission_id) for submission_id in ids}


def month_key(collection: str, period: Period | None) -> str:
    """How Airflow names a month of a collection."""
    return f"{collection}|{period}"


def _may_be_marked(findings: Sequence[Finding]) -> bool:
    """Whether a receipt may have a marked copy with it: most have not, and nothing is read again for them."""
    return not names_another_area(findings) and (to_be_mended(findings) or to_be_answered(findings))


def _only(name: str, found: Sequence[Submission]) -> Submission:
    """The one submission that a name means."""
    if not found:
        raise SubmissionError(
            f"there is no submission {name!r}; give the id that its receipt names, or the file's name, such as "
            "R-WSX-201610-v01"
        )
    # another Area may have sent a file of this name by mistake, and what was rejected may have come again under it
    own = [one for one in found if landing.parse_name(one.file_name).area == one.area]
    for meant in (found, own, [one for one in own if one.outcome.counts]):
        if len(meant) == 1:
            return meant[0]
    several = "; ".join(
        f"{one.submission_id} ({one.collection}, {one.area}, {one.file_name}, {words.outcome_label(one.outcome)})"
        for one in found[:MOST_NAMED]
    )
    more = f"; and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    raise SubmissionError(f"{name!r} can mean {len(found)} submissions: {several}{more}; give more of the id")


class Steps:
    """The steps over one set of settings."""

    def __init__(self, settings: Settings | None = None, clock: Callable[[], datetime] = now) -> None:
        self.settings = settings or read_settings()
        self.clock = clock
        self.warehouse = Warehouse(self.settings.warehouse)

    @cached_property
    def catalogue(self) -> Catalogue:
        return load_catalogue(self.settings.expectations)

    def collection(self, code: str) -> Collection:
        return self.catalogue.collection(code)

    def collection_as_known(self, connection: Connection, code: str, as_of: int) -> Collection:
        """A collection by the rules and the register in force at a position of the audit trail."""
        current = self.collection(code)
        if as_of >= PRESENT:
            return current
        known = audit.last_about(connection, CATALOGUE, code, as_of)
        if known is None:
            raise CatalogueError(
                f"{code}: nothing was received or built then, so no rules and no register were in force"
            )
        return kept_collection(self.settings.catalogues, code, known["version"])

    def _with_figures(self, code: str) -> Collection:
        """A collection that is reported on; second readings are reported with what they read."""
        described = self.collection(code)
        if described.read:
            raise ReleaseError(
                f"{code} holds second readings of {described.read.code}, and is reported there; name that collection"
            )
        return described

    def migrate(self) -> list[str]:
        """Bring the warehouse to the newest schema; the names of the migrations applied."""
        return migrate(self.warehouse, SQL / "migrations", self.clock())

    # -- the way of one return

    def arrivals(self, collection: str) -> list[Arrived]:
        """The complete files that have not been received yet."""
        self.collection(collection)
        with self.warehouse.reading() as connection:
            known = delivered(connection, collection)
        return [
            arrived
            for arrived in landing.files(self.settings.landing, collection)
            if (arrived.area, arrived.file_name, arrived.size_bytes, arrived.modified_at) not in known
        ]

    def arrived(self, reference: str) -> Arrived:
        """The file at a place of the landing."""
        return landing.referred(self.settings.landing, reference)

    def examine(self, arrived: Arrived) -> LookedAt:
        """Keep the bytes of a received file, then look at them by every rule that needs nothing else."""
        return self._looked_at(*self._kept_and_read(arrived))

    @telling_no_value
    def check(self, arrived: Arrived, looked_at: LookedAt | None = None) -> Ticket:
        """Check a received file by every rule, and archive its rows if it counts."""
        examined, rows = looked_at or self.examine(arrived)
        keep_catalogue(self.settings.expectations, self.collection(arrived.collection), self.settings.catalogues)
        self._pass_gate(examined)
        submission = examined.checked.submission
        if submission.outcome.counts and examined.rows is not None and not self._is_loaded(submission):
            rows.write(self.settings.archive, submission)
        return self._ticket(arrived, examined.checked)

    @telling_no_value
    def load(self, key: str) -> Loaded:
        """Enter a checked submission into the warehouse, in one transaction, unless its bytes are known."""
        waiting = _WAITING.validate_json(self._waiting(key).read_bytes())
        versions = Versions(waiting.catalogue, PACKAGE_VERSION)
        with self.warehouse.transaction() as connection:
            self._note_catalogue(connection, waiting.arrived.collection)
            checked, elsewhere = self._with_history(connection, waiting.checked)
            submission, findings = checked.submission, checked.findings
            archived = self._archived_sha256(submission)
            new = load(
                connection, checked, waiting.arrived, versions=versions, now=self.clock(), archived_sha256=archived
            )
            if new:
                self._count_second_readings(connection, submission)
                self._owe(connection, "receipt", submission.collection, submission.submission_id, submission.area)
                self._ask_later(connection, submission.collection, elsewhere)
            else:
                submission, findings, _ = receipt(connection, submission.submission_id)
            told = Announcement()
            if self._is_owed(submission):
                told = announcement(connection, submission, LONGEST_WINDOW)
        for other in elsewhere:
            self._write_receipt(other.submission_id)
        if waiting.checked.submission.outcome.counts and not submission.outcome.counts:  # its rows count for nothing
            archive_path(self.settings.archive, waiting.checked.submission).unlink(missing_ok=True)
        log.info("%s %s %s: %s", submission.collection, submission.area, submission.file_name, submission.outcome.value)
        return Loaded(submission, findings, new, told)

    @telling_no_value
    def send_receipt(self, submission_id: str) -> SendReport:
        """Write the receipt of a submission as JSON, and send it if it is owed."""
        self._write_receipt(submission_id)
        return self._send(self._receipt_letters(), subject_id=submission_id)

    @telling_no_value
    def send_owed_receipts(self) -> SendReport:
        """Send every receipt that is owed: of this run, or of one that did not get to it."""
        return self._send(self._receipt_letters(), kinds=("receipt",))

    def receive(self, collection: str) -> Iterator[Loaded]:
        """Receive everything that has arrived, then send the receipts owed, from this run and from before.

        At the end, for what comes later in a run may ask something of what came before; or while a file takes long.
        """
        arrivals = self.arrivals(collection)
        unanswered: list[Loaded] = []
        failed, unsent = list[str](), list[DeliveryError]()
        for loaded in self._batches(arrivals, failed):
            unanswered += loaded
            yield from loaded
            if not loaded:
                self._answer(unanswered, unsent)
                unanswered.clear()
        self._answer(unanswered, unsent)
        if failed:
            told = "; ".join([*failed, *map(str, unsent)])
            raise AssuranceError(f"{len(failed)} of {len(arrivals)} files were not received: {told}")
        if unsent:
            raise unsent[-1]

    # -- the way of one month

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
        collection = described.code
        with self.warehouse.transaction() as connection:
            lock(connection, collection)
            readings = self.catalogue.readings_of(collection)
            for code in (collection, *(one.code for one in readings)):
                self._note_catalogue(connection, code)
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
        return facts.release_id

    def restatements(self, collection: str, months: Iterable[Period]) -> tuple[Restatement, ...]:
        """Which of these months are out of date, by what, and what would a new release state differently?

        A month is out of date while a return within its windows is another than its last release was made from.
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
            lambda entry: read_letter(self.settings.releases, release_id, entry.edition), subject_id=release_id
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

    # -- queries and waivers

    def asked(self, name: str) -> tuple[Submission, Asked]:
        """The submission that an id, its beginning or a file names; what it is asked, and what was answered.

        One that was rejected is asked nothing: it is to be sent again.
        """
        with self.warehouse.reading() as connection:
            submission = _only(name, named(connection, name))
            counts = submission.outcome.counts
            return submission, answers.asked(connection, submission.submission_id) if counts else Asked()

    def answer(self, name: str, rule: str, text: str, by: str, column: str | None = None) -> Submission:
        """Answer a query of a submission, named as in `asked`; of several answers the last stands."""
        with self.warehouse.transaction() as connection:
            submission = _only(name, named(connection, name))
            answers.answer(connection, submission, Answer(rule, column, text, by, self.clock()), self.clock())
        return submission

    def waive(self, collection: str, rule: str, area: str, until: date, reason: str, approver: str) -> Waiver:
        """Hold a rule against an Area no more, from today until a day: an entry in `waivers.yaml` of the collection."""
        entry = {
            "rule": rule,
            "area": area,
            "reason": reason,
            "approver": approver,
            "valid_from": london_day(self.clock()).isoformat(),
            "expires": until.isoformat(),
        }
        return waive(self.settings.expectations, self.collection(collection), entry)

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

    def differences(self, before: str, after: str) -> Differences:
        """What changed between two submissions of an Area, each named by the beginning of its id or by its file.

        The kept bytes are compared, so a rejected version can be too. SubmissionError says why it cannot be done.
        """
        with self.warehouse.reading() as connection:
            one, other = (_only(name, named(connection, name)) for name in (before, after))
            told = [receipt(connection, found.submission_id) for found in (one, other)]
        if (one.collection, one.area) != (other.collection, other.area):
            raise SubmissionError(
                f"{one.file_name} is of {one.collection}, {one.area}, and {other.file_name} of {other.collection}, "
                f"{other.area}; name two submissions of one Area and collection"
            )
        period = other.period or one.period
        if period is None:
            raise SubmissionError(f"neither {one.file_name} nor {other.file_name} says its month; one of them must")
        collection = self.collection(one.collection)
        with ThreadPoolExecutor(READERS) as pool:
            tables = list(pool.map(lambda found: self._kept_table(collection, found), (one, other)))
        old, new = (
            Version(submission, table, findings, totals)
            for table, (submission, findings, totals) in zip(tables, told, strict=True)
        )
        return differences(collection, old, new, period)

    def mail_owed(self) -> int:
        """How many messages are queued or to be tried again."""
        with self.warehouse.reading() as connection:
            return len(outbox.owed(connection))

    def mail_for_a_person(self) -> tuple[OutboxEntry, ...]:
        """The messages that wait for a person's decision: refused, or of unknown fate."""
        with self.warehouse.reading() as connection:
            return tuple(entry for entry in outbox.unsent(connection) if entry.state in outbox.NEEDS_A_PERSON)

    def last_period(self, collection: str) -> Period | None:
        """The last period with a return that counts."""
        with self.warehouse.reading() as connection:
            return last_period(connection, collection)

    # -- trace

    def verify(self) -> Verified:
        """Hold every line of the audit trail, every row and every stored file against each other.

        What is written meanwhile may stand in one place and not yet in the other: a fault is told that is seen twice.
        """
        once = self._verified()
        if not once.faults:
            return once
        twice = self._verified()
        return replace(twice, faults=tuple(fault for fault in twice.faults if fault in once.faults))

    def explain(self, name: str, *, rows: bool = False, recount: bool = False) -> Explanation:
        """Where a published number comes from, by its id: see `Explanation`.

        `rows` adds the numbers of the rows behind it; `recount` counts its submissions anew from their kept bytes.
        """
        wanted = FigureId.parse(name)
        with self.warehouse.reading() as connection:
            found = self._released(connection, wanted)
            line = published_line(read_release(self.settings.releases, found.release_id)[FIGURES], wanted)
            facts = self._facts_of(connection, found)
            told = explained(wanted, line, measure(facts))
            counting = self._recounting(connection)
            stored = trail.counted(connection) if recount else {}
        if rows:
            told = replace(told, sources=tuple(self._with_rows(source, wanted, facts) for source in told.sources))
        if recount:
            behind = [*(source.submission for source in told.sources), *told.earlier]
            recounts = list(self._recounts(counting, facts, behind, stored))
            faults = tuple(fault for each in recounts for fault in each.faults)
            told = replace(told, faults=faults, recounted=sum(each.from_bytes for each in recounts))
        return told

    def verify_release(self, release_id: str) -> Verified:
        """Build a release again from the bytes that were received, and compare with what lies in its folder.

        Each submission is read and counted by the rules of its time, and the pages are made from what was known then.
        """
        with self.warehouse.reading() as connection:
            found = self._named_release(connection, release_id)
            made, facts = built_with(connection, release_id), self._facts_of(connection, found)
            counting = self._recounting(connection)
            stored = trail.counted(connection)
            before = releases(connection, found.collection, found.period, made.as_of)
        stands = read_release(self.settings.releases, release_id)
        recounts = list(self._recounts(counting, facts, facts.inputs, stored))
        faults = [fault for each in recounts for fault in each.faults]
        if made.package == PACKAGE_VERSION and facts.inputs_sha256 != found.inputs_sha256:
            faults.append(Fault(f"release {release_id}", "is not made from what was known when it was built"))
        rebuilt = render(facts, self.settings.reports, self.stated_by(before[-1]) if before else None, made.head)
        looked_at = {
            "submissions counted anew": sum(each.from_bytes for each in recounts),
            "files compared": len(stands),
        }
        notes = []
        if made.package == PACKAGE_VERSION:
            faults += different_files(release_id, stands, rebuilt)
        else:
            notes.append(
                f"built by version {made.package} of the package, and this is {PACKAGE_VERSION}: the same bytes cannot be "
                "expected, so the figures are compared instead"
            )
            faults += different_figures(release_id, stands, rebuilt)
        if content_sha256(stands) != found.content_sha256:
            faults.append(Fault(f"release {release_id}", "its files are not those whose hash the warehouse has"))
        by_tally = [each for each in recounts if not each.from_bytes]
        if by_tally:
            notes.append(
                f"the kept bytes of {len(by_tally)} submissions were deleted by retention: taken from their tally"
            )
        return Verified(looked_at, tuple(faults), tuple(notes))

    def _named_release(self, connection: Connection, release_id: str) -> Release:
        found = release(connection, release_id)
        if found is None:
            raise ReleaseError(f"there is no release {release_id!r}; `assurance status` lists those there are")
        return found

    def _released(self, connection: Connection, wanted: FigureId) -> Release:
        """The release that the id of a figure names, unchanged since it was built; FigureError says what there is."""
        if wanted.collection not in self.catalogue.collections:
            there = ", ".join(sorted(self.catalogue.collections))
            raise FigureError(f"the first part of the id, the collection, is {wanted.collection!r}; there are: {there}")
        there_are = releases(connection, wanted.collection, wanted.period)
        if not there_are:
            raise FigureError(f"the second part of the id: {wanted.collection} has no release of {wanted.period}")
        if wanted.number not in (numbers := [each.number for each in there_are]):
            raise FigureError(
                f"the third part of the id: there is no release {wanted.number} of {wanted.period}; there are: "
                f"{', '.join(map(str, numbers))}"
            )
        found = next(each for each in there_are if each.number == wanted.number)
        if content_sha256(read_release(self.settings.releases, found.release_id)) != found.content_sha256:
            raise ReleaseError(
                f"release {found.release_id} was changed after it was built; `assurance verify` says where"
            )
        return found

    def _facts_of(self, connection: Connection, built_release: Release) -> ReleaseFacts:
        """What a release was made from, as it was known then."""
        made = built_with(connection, built_release.release_id)
        return gather(
            connection,
            self._collection_of(built_release.collection, made.catalogue),
            built_release.period,
            since=built_release.period.plus(1 - LONGEST_WINDOW),
            package_version=made.package,
            signed_off_by_setting=made.signed_off_by_setting,
            as_of=made.as_of,
            readings=self._readings_of(connection, built_release.collection, made),
            read_since=built_release.period.plus(1 - READ_MONTHS),
        )

    def _readings_of(self, connection: Connection, code: str, made: BuiltWith) -> tuple[Collection, ...]:
        """The collections of second readings that a release looked at, whether or not they are still there."""
        noted = made.read_by
        if noted is None:  # built before that was recorded: those that had been noted by then
            noted = {
                one.code: told["version"]
                for one in self.catalogue.readings_of(code)
                if (told := audit.last_about(connection, CATALOGUE, one.code, made.as_of))
            }
        return tuple(self._collection_of(*one) for one in sorted(noted.items()))

    def _collection_of(self, code: str, version: str) -> Collection:
        """A collection as a version of its rules and register has it."""
        current = self.catalogue.collections.get(code)  # one of second readings may be gone by now
        if current and current.version == version:
            return current
        return kept_collection(self.settings.catalogues, code, version)

    def _recounting(self, connection: Connection) -> Recounting:
        deleted = frozenset(row["subject"] for row in queries.rows(connection, "audit/about", event=DELETED))
        return Recounting(self.settings.kept, self._read, lru_cache(self._collection_of), deleted)

    def _recounts(
        self,
        counting: Recounting,
        facts: ReleaseFacts,
        submissions: Sequence[Submission],
        stored: Mapping[str, Mapping[str, Sequence[queries.Row]]],
    ) -> Iterator[Recount]:
        """Each submission counted anew; while one is counted, others are read."""

        def prepared(one: Submission) -> Prepared | Recount:
            return counting.prepared(one, facts.judged[one.submission_id].catalogue)

        with closing(in_turn(READERS, prepared, submissions)) as read:
            for one, reading in read:
                own = {table: of_submission.get(one.submission_id, ()) for table, of_submission in stored.items()}
                yield counting.of(reading.result(), own)

    def _with_rows(self, source: Source, wanted: FigureId, facts: ReleaseFacts) -> Source:
        collection = self._collection_of(source.submission.collection, source.catalogue)
        pooled = [standard.code for standard in facts.standards if standard.counted]
        standards = pooled if wanted.standard == NATION else [wanted.standard]
        return replace(source, rows=rows_of(collection, self.settings.archive, source.submission, standards))

    def _verified(self) -> Verified:
        with self.warehouse.reading() as connection:
            found = trail.record(connection)
        places = self.settings
        stored = Stored(places.kept, places.catalogues, places.archive, places.releases)
        faults = (*trail.faults(found, SQL / "migrations"), *stored.faults(found))
        return Verified({**trail.counts(found), **stored.looked_at}, faults, (*trail.notes(found), *stored.notes))

    # -- inside

    def _known(self, connection: Connection, collection: str, period: Period, as_of: int = PRESENT) -> _Known:
        """What the figures of a period are made from."""
        described = self.collection_as_known(connection, collection, as_of)
        sources = in_force(connection, collection, period, as_of)
        returns = statuses(connection, described, period, as_of)
        return described, period, tallies(connection, sources), returns, coverage(connection, sources)

    def _outdated(
        self, connection: Connection, collection: str, first: Period, last: Period
    ) -> list[tuple[Release, tuple[Cause, ...], _Known]]:
        """The last releases of these months that are out of date, why, and what they would be made from now."""
        found: dict[str, list[Cause]] = {}
        for one in outdated(connection, collection, first, last, LONGEST_WINDOW):
            found.setdefault(one.release_id, []).append(one.cause)
        made = {release_id: release(connection, release_id) for release_id in found}
        return [
            (of, tuple(found[release_id]), self._known(connection, collection, of.period))
            for release_id, of in made.items()
            if of is not None
        ]

    def _restatement(self, of: Release, causes: tuple[Cause, ...], known: _Known) -> Restatement:
        before = read_published(self.settings.releases, of.release_id, of.content_sha256)
        return Restatement(of, causes, moved(before, map(stated, release_figures(*known))))

    def _batches(self, arrivals: Sequence[Arrived], failed: list[str]) -> Iterator[list[Loaded]]:
        """The files checked and loaded, as many together as are ready one after another; none while one takes long.

        The warehouse is held for a batch, and not while the next file is waited for: it may take as long as a file may.
        """
        with closing(self._examined(arrivals)) as examined:
            following = next(examined, None)
            if following:
                from assurance.intake.rules import gate  # noqa: F401 - seconds, while the first files are looked at
            while following:
                if not wait([following], LONG_SECONDS).done:
                    yield []
                    wait([following])
                batch: list[Loaded] = []
                with self.warehouse.held():
                    for _ in range(BATCH):
                        if following is None or not wait([following], IDLE_SECONDS).done:
                            break
                        if loaded := self._received(*following.result(), failed):
                            batch.append(loaded)
                        following = next(examined, None)
                yield batch

    def _received(self, arrived: Arrived, looked_at: Future[LookedAt], failed: list[str]) -> Loaded | None:
        """The file checked and loaded; None for one that is still being written, and is taken up the next time.

        One that fails in a way nobody thought of keeps no other from being received: it is added to `failed`.
        """
        try:
            return self.load(self.check(arrived, looked_at.result()).key)
        except LandingError as error:
            log.warning("%s", error)
        except WarehouseError:
            raise
        except Exception as error:
            # the words of these hold nothing of a case; those of others may
            says = isinstance(error, AssuranceError | UnforeseenError)
            failed.append(f"{arrived.reference} ({error if says else type(error).__name__})")
            log.warning("not received: %s", failed[-1])
        return None

    def _examined(self, arrivals: Sequence[Arrived]) -> Generator[_Coming]:
        """What was found in each file, or is still to come: while one is archived and loaded, the next is looked at,
        others read.

        No more than two are held typed at once, for that takes ten times the room of the text: a further one is begun
        when whoever asks for the next is done with the one before.
        """
        with closing(in_turn(READERS, self._kept_and_read, arrivals)) as read, ThreadPoolExecutor(1) as aside:
            ahead = deque([aside.submit(self._next_looked_at, read)])
            for _ in arrivals:
                ahead.append(aside.submit(self._next_looked_at, read))  # after the last, in vain
                yield ahead.popleft()

    def _next_looked_at(
        self, read: Iterator[tuple[Arrived, Future[tuple[Delivery, Reading]]]]
    ) -> tuple[Arrived, Future[LookedAt]]:
        """What was found in the file that was read next; what went wrong with it is told to whoever asks."""
        arrived, reading = next(read)
        looked_at: Future[LookedAt] = Future()
        try:
            looked_at.set_result(self._looked_at(*reading.result()))
        except BaseException as error:
            looked_at.set_exception(error)
        return arrived, looked_at

    def _kept_and_read(self, arrived: Arrived) -> tuple[Delivery, Reading]:
        sha256, path = landing.keep(arrived, self.settings.kept)
        received_at = arrived.modified_at if self.settings.arrival == "file" else self.clock()
        reason = landing.reason_given(arrived.path)
        delivery = Delivery(arrived.collection, arrived.area, arrived.file_name, sha256, received_at, reason)
        return delivery, self._read(self.collection(arrived.collection), path)

    def _looked_at(self, delivery: Delivery, reading: Reading) -> LookedAt:
        rows = ArchiveFile()
        return examine(self.collection(delivery.collection), delivery, reading, rows.add), rows

    def _answer(self, loaded: Sequence[Loaded], unsent: list[DeliveryError]) -> None:
        """Send the receipts owed; a submission whose receipt nobody is to get has it as JSON all the same.

        What is wrong with a letter or with the way mail goes keeps no file from being received: it is added to `unsent`.
        """
        slow_mail = bool(self.settings.smtp_url.get_secret_value())  # nobody waits for the warehouse while it thinks
        with nullcontext() if slow_mail else self.warehouse.held():
            self._answer_while_held(loaded, unsent)

    def _answer_while_held(self, loaded: Sequence[Loaded], unsent: list[DeliveryError]) -> None:
        try:
            self.send_owed_receipts()
        except DeliveryError as error:
            unsent.append(error)
        for one in loaded:
            if not self._receipt_file(one.submission.submission_id).exists():
                self._write_receipt(one.submission.submission_id)

    def _read(self, collection: Collection, path: Path) -> Reading:
        return read_text(
            path,
            collection.limits,
            formats=collection.formats,
            seconds=self.settings.child_seconds,
            megabytes=self.settings.child_megabytes,
        )

    def _archived_sha256(self, submission: Submission) -> str | None:
        """The hash of the file in the archive; None where none of the submission's rows counts."""
        path = archive_path(self.settings.archive, submission)
        if not submission.outcome.counts or not path.exists():
            return None
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _pass_gate(self, examined: Examined) -> None:
        """Let Great Expectations judge what can be judged as a table."""
        if examined.rows is None:
            return
        from assurance.intake.rules import gate  # seconds to import, and only receiving needs it

        gate.judge(examined.suite, examined.rows, examined.parameters, examined.failures)

    def _is_loaded(self, submission: Submission) -> bool:
        with self.warehouse.reading() as connection:
            return is_loaded(connection, submission.submission_id)

    def _with_history(
        self, connection: Connection, checked: Checked
    ) -> tuple[Checked, Mapping[Neighbour, Sequence[Finding]]]:
        """The submission after the rules that need other returns, and what these are asked because of it.

        What is loaded beside it waits, and sees it.
        """
        submission, collection = checked.submission, self.collection(checked.submission.collection)
        if not submission.outcome.counts or is_loaded(connection, submission.submission_id):
            return checked, {}
        lock_month(connection, submission)
        known = earlier(connection, submission, self.settings.archive)
        decided = with_findings(checked, history_findings(collection, checked, known))
        return decided, asked_elsewhere(collection, decided, known)

    def _is_owed(self, submission: Submission) -> bool:
        """Whether a month waits for such a return: second readings go into the next report that is built."""
        return self.collection(submission.collection).read is None

    def _count_second_readings(self, connection: Connection, submission: Submission) -> None:
        """Count a new submission against every version of the other side, so that any moment can be asked about later.

        Both files of a pair are archived before they are loaded, and whoever is loaded last counts the pair.
        """
        if not submission.outcome.counts or submission.period is None:
            return
        own = self.collection(submission.collection)
        place = (submission.area, submission.period)
        for readings in [own] if own.read else self.catalogue.readings_of(own.code):
            assert readings.read is not None
            lock_pairs(connection, readings.read.code, submission)
            read, versions = (accepted(connection, one.code, *place) for one in (readings, readings.read))
            for reading in read:
                self._enter_pairs(connection, readings, reading, versions, submission)

    def _enter_pairs(
        self,
        connection: Connection,
        readings: Collection,
        reading: Submission,
        versions: Sequence[Submission],
        new: Submission,
    ) -> None:
        """Of one submission of second readings and the own versions, what was not counted before `new` came."""
        rows = self._rows_of(reading)
        files = {own.submission_id: self._rows_of(own) for own in versions}
        if rows is None:  # a nil return has read nothing
            return
        # of a version whose rows retention has deleted nothing can be counted any more
        there = [own for own in versions if files[own.submission_id] or own.outcome is Outcome.NIL]
        for own in there:
            if new.submission_id in (reading.submission_id, own.submission_id):
                found = paired(readings, rows, files[own.submission_id])
                enter_pairs(connection, reading.submission_id, own.submission_id, found, self.clock())
        for before, after in permutations(there, 2):
            if new.submission_id in (reading.submission_id, before.submission_id, after.submission_id):
                other = changed(readings, rows, files[before.submission_id], files[after.submission_id])
                ids = (reading.submission_id, before.submission_id, after.submission_id)
                enter_change(connection, *ids, other, self.clock())

    def _rows_of(self, submission: Submission) -> Path | None:
        """The archived rows of a submission; None where there are none."""
        path = archive_path(self.settings.archive, submission)
        return path if path.exists() else None

    def _ask_later(self, connection: Connection, collection: str, asked: Mapping[Neighbour, Sequence[Finding]]) -> None:
        """Ask returns that are loaded already; one that gets a query is owed a further receipt."""
        for other, findings in asked.items():
            times = ask_later(connection, other.submission_id, findings, self.clock())
            if times and to_be_answered(findings):
                outbox.outdate(connection, other.submission_id)
                self._owe(connection, "receipt", collection, other.submission_id, other.area, number=times + 1)

    def _note_catalogue(self, connection: Connection, code: str) -> None:
        """Keep the rules and the register of today, and enter in the audit trail from when on they are in force."""
        current = self.collection(code)
        keep_catalogue(self.settings.expectations, current, self.settings.catalogues)
        lock(connection, f"{CATALOGUE} {code}")
        known = audit.last_about(connection, CATALOGUE, code)
        if known is None or known["version"] != current.version:
            audit.record(connection, CATALOGUE, code, {"version": current.version}, self.clock())

    def _ticket(self, arrived: Arrived, checked: Checked) -> Ticket:
        place = f"{arrived.collection}|{arrived.area}|{arrived.file_name}|{arrived.size_bytes}|{arrived.modified_at}"
        key = hashlib.sha256(place.encode()).hexdigest()[:16]
        catalogue = self.collection(arrived.collection).version
        waiting = _Waiting(
            replace(arrived, path=Path(arrived.file_name)), checked, catalogue
        )  # a strange name is no JSON
        write_whole(self._waiting(key), _WAITING.dump_json(waiting))
        return Ticket(key, f"{arrived.area} {checked.submission.period} v{checked.submission.version:02d}")

    def _waiting(self, key: str) -> Path:
        return self.settings.checked / f"{key}.json"

    def _owe(
        self, connection: Connection, kind: str, collection: str, subject_id: str, area: str, number: int = 1
    ) -> None:
        """Queue one message to each recipient of a kind of mail about an Area.

        A `number` from 2 on makes it a further message about the same subject. Who has not been sent the last one gets
        none: that one is written when it is sent, and tells everything.
        """
        waiting = {entry.recipient for entry in outbox.owed(connection, subject_id)} if number > 1 else set()
        for recipient in self.catalogue.recipients_of(kind, area, collection):
            if recipient.address not in waiting:
                outbox.enqueue(
                    connection,
                    kind=kind,
                    subject_id=subject_id,
                    edition=area if number == 1 else f"{area}-{number}",
                    recipient=recipient.address,
                    now=self.clock(),
                )

    def _unchanged(self, connection: Connection, release_id: str) -> Release:
        """A release whose folder still holds the bytes that were built; a sign-off is for these, and for no others."""
        found = release(connection, release_id)
        if found is None:
            raise ReleaseError(f"there is no release {release_id!r}; `assurance status` lists those there are")
        if content_sha256(read_release(self.settings.releases, release_id)) != found.content_sha256:
            raise ReleaseError(f"release {release_id} was changed after it was built; nothing is sent")
        return found

    def _send(self, write: Callable[[OutboxEntry], Letter], **which: Any) -> SendReport:
        """Send what the outbox owes of a subject, or of some kinds of mail."""
        sender, carrier = self.settings.mail_from, transport(self.settings)
        return outbox.send_owed(self.warehouse, carrier, write, sender, self.clock, **which)

    def _write_receipt(self, submission_id: str) -> _Receipt:
        """What a receipt tells, once it stands beside the warehouse as JSON; no cell of the return is in it."""
        with self.warehouse.reading() as connection:
            submission, findings, totals = receipt(connection, submission_id)
        why = self.collection(submission.collection).why
        write_whole(self._receipt_file(submission_id), receipt_json(submission, findings, totals, why))
        return submission, findings, totals

    def _receipt_letters(self) -> Callable[[OutboxEntry], Letter]:
        """What writes receipts when they are sent; one that several people get, one after another, is written once."""
        written, numbers = lru_cache(maxsize=1)(self._receipt_letter), count(1)

        def write(entry: OutboxEntry) -> Letter:
            if next(numbers) % BATCH == 0:
                with self.warehouse.let_go():
                    pass  # now others may have it
            return written(entry.subject_id)

        return write

    def _receipt_letter(self, submission_id: str) -> Letter:
        submission, findings, totals = self._write_receipt(submission_id)
        collection = self.collection(submission.collection)
        copy = self._marked_copy(collection, submission, findings)
        return receipt_letter(collection, submission, findings, totals, collection.why, self.settings.reports, copy)

    def _marked_copy(
        self, collection: Collection, submission: Submission, findings: Sequence[Finding]
    ) -> MarkedCopy | None:
        """The return with its faulty cells marked, from the kept bytes; it exists in the mail to its sender alone."""
        path = landing.place_of(submission.sha256, self.settings.kept)
        if not _may_be_marked(findings) or not path.exists():
            return None
        with self.warehouse.let_go():  # it takes seconds
            return marked_copy(collection, submission, self._read(collection, path), findings)

    def _kept_table(self, collection: Collection, submission: Submission) -> pa.Table:
        """The rows of a submission, read again from its kept bytes."""
        called = f"{submission.file_name} ({submission.submission_id})"
        path = landing.place_of(submission.sha256, self.settings.kept)
        if not path.exists():
            raise SubmissionError(f"the bytes of {called} are not kept any more; nothing can be compared with it")
        reading = self._read(collection, path)
        if reading.table is None:
            raise SubmissionError(f"{called} cannot be read as a table; its receipt says why")
        return reading.table

    def _receipt_file(self, submission_id: str) -> Path:
        return self.settings.receipts / f"{submission_id}.json"
