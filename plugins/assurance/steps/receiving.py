"""The way of one return: kept, checked, archived, loaded, and answered with a receipt."""

from __future__ import annotations

import hashlib
import logging
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath

from pydantic import TypeAdapter

from assurance.catalogue.kept import keep_catalogue
from assurance.cures import to_be_answered
from assurance.delivery import outbox
from assurance.errors import (
    AssuranceError,
    DelayedError,
    DeliveryError,
    UnfinishedError,
    UnforeseenError,
    WarehouseError,
)
from assurance.files import write_whole
from assurance.intake import landing
from assurance.intake.checking import Delivery, Examined, examine, with_findings
from assurance.intake.history import asked_elsewhere, history_findings
from assurance.intake.landing import LandingPlace
from assurance.intake.reading import Reading
from assurance.intake.turns import in_turn
from assurance.keys import month_key
from assurance.logs import about, about_submission
from assurance.measures.figures import LONGEST_WINDOW
from assurance.model import Arrived, Checked, Finding, Neighbour, Submission
from assurance.steps.common import PACKAGE_VERSION, READERS, telling_no_value
from assurance.steps.receipts import BATCH, ReceiptSteps
from assurance.steps.second_readings import SecondReadingSteps
from assurance.warehouse.archive import ArchiveFile, archive_path
from assurance.warehouse.engine import Connection, Role
from assurance.warehouse.submissions import (
    Announcement,
    Versions,
    announcement,
    ask_later,
    delivered,
    earlier,
    is_loaded,
    load,
    lock_month,
    receipt,
)

log = logging.getLogger(__name__)
LookedAt = tuple[Examined, ArchiveFile]
"""What was found in a file, and its rows on their way to the archive."""
_Coming = Future[tuple[Arrived, Future[LookedAt]]]
"""The next file, once it has been looked at."""
LONG_SECONDS = 20.0
"""So long receipts wait for a file that is being looked at: it may ask something of those before it."""
IDLE_SECONDS = 0.5
"""How long it is held for a file that is not ready yet: several times what opening it again takes."""


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
class _Waiting:
    arrived: Arrived
    checked: Checked
    catalogue: str
    """By which version of the rules and the register."""


_WAITING = TypeAdapter(_Waiting)


class ReceivingSteps(ReceiptSteps, SecondReadingSteps):
    """From a file in the landing place to its receipt."""

    @cached_property
    def landing_place(self) -> LandingPlace:
        return landing.landing_place(self.settings.landing_store or self.settings.landing)

    def arrivals(self, collection: str) -> list[Arrived]:
        """The complete files that have not been received yet."""
        self.collection(collection)
        with self.warehouse.reading(Role.INTAKE) as connection:
            known = delivered(connection, collection)
        return [
            arrived
            for arrived in landing.files(self.landing_place, collection)
            if (arrived.area, arrived.file_name, arrived.size_bytes, arrived.modified_at) not in known
        ]

    def first_arrivals(self, collection: str = "") -> list[Arrived]:
        """Of the complete files that have not been received yet, those one run takes: first come, first served.

        Of one collection, or of all of them.
        """
        codes = [collection] if collection else sorted(self.catalogue.collections)
        waiting = [arrived for code in codes for arrived in self.arrivals(code)]
        return sorted(waiting, key=lambda arrived: arrived.modified_at)[: self.settings.files_a_run]

    def arrived(self, reference: str) -> Arrived:
        """The file at a place of the landing."""
        return landing.referred(self.landing_place, reference)

    def examine(self, arrived: Arrived) -> LookedAt:
        """Keep the bytes of a received file, then look at them by every rule that needs nothing else."""
        return self._looked_at(*self._kept_and_read(arrived))

    @telling_no_value
    def check(self, arrived: Arrived, looked_at: LookedAt | None = None) -> Ticket:
        """Check a received file by every rule, and archive its rows if it counts."""
        about(collection=arrived.collection, area=arrived.area)
        examined, rows = looked_at or self.examine(arrived)
        about_submission(examined.checked.submission)
        keep_catalogue(self.settings.expectations, self.collection(arrived.collection), self.settings.catalogues)
        self._pass_gate(examined)
        submission = examined.checked.submission
        if submission.outcome.counts and examined.rows is not None and not self._is_loaded(submission):
            rows.write(self.settings.archive, submission)
        log.info(
            "checked %s: %s, %s findings",
            submission.file_name,
            submission.outcome.value,
            len(examined.checked.findings),
        )
        return self._ticket(arrived, examined.checked)

    @telling_no_value
    def load(self, key: str) -> Loaded:
        """Enter a checked submission into the warehouse, in one transaction, unless its bytes are known."""
        waiting = _WAITING.validate_json(self._waiting(key).read_bytes())
        about_submission(waiting.checked.submission)
        versions = Versions(waiting.catalogue, PACKAGE_VERSION)
        self._note_catalogue(waiting.arrived.collection, Role.INTAKE)
        with self.warehouse.transaction(Role.INTAKE) as connection:
            self._lock_what_is_read(connection, waiting.checked.submission)
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
            self._write_receipt(other.submission_id, Role.INTAKE)
        if waiting.checked.submission.outcome.counts and not submission.outcome.counts:  # its rows count for nothing
            archive_path(self.settings.archive, waiting.checked.submission).unlink(missing_ok=True)
        log.info("%s %s: %s", "loaded" if new else "known", submission.file_name, submission.outcome.value)
        return Loaded(submission, findings, new, told)

    def reload(self) -> Iterator[Loaded]:
        """Enter again what was received and the warehouse does not know, as after a restore: from the decisions under
        `checked/`, in the order of receipt. Neither the landing place nor the clock is asked, so what was on time stays so.
        """
        decided = {
            path.stem: _WAITING.validate_json(path.read_bytes()) for path in self.settings.checked.glob("*.json")
        }
        for key in sorted(decided, key=lambda one: (decided[one].checked.submission.received_at, one)):
            loaded = self.load(key)
            if loaded.new:
                yield loaded

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
        except UnfinishedError as error:
            log.warning("%s", error)
        except (WarehouseError, DelayedError):  # the next file would fare no better
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
        sha256, path = landing.keep(self.landing_place, arrived, self.settings.kept)
        received_at = arrived.modified_at if self.settings.arrival == "file" else self.clock()
        reason = landing.reason_given(self.landing_place, arrived.path)
        delivery = Delivery(arrived.collection, arrived.area, arrived.file_name, sha256, received_at, reason)
        return delivery, self._read(self.collection(arrived.collection), path)

    def _looked_at(self, delivery: Delivery, reading: Reading) -> LookedAt:
        rows = ArchiveFile()
        return examine(self.collection(delivery.collection), delivery, reading, rows.add), rows

    def _answer(self, loaded: Sequence[Loaded], unsent: list[DeliveryError]) -> None:
        """Send the receipts owed; a submission whose receipt nobody is to get has it as JSON all the same.

        What is wrong with a letter or with the way mail goes keeps no file from being received: it is added to `unsent`.
        """
        slow_mail = bool(self.settings.smtp)  # nobody waits for the warehouse while it thinks
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
        with self.warehouse.reading(Role.INTAKE) as connection:
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
        return submission.collection in self.catalogue.reported

    def _ask_later(self, connection: Connection, collection: str, asked: Mapping[Neighbour, Sequence[Finding]]) -> None:
        """Ask returns that are loaded already; one that gets a query is owed a further receipt."""
        for other, findings in asked.items():
            times = ask_later(connection, other.submission_id, findings, self.clock())
            if times and to_be_answered(findings):
                outbox.outdate(connection, other.submission_id)
                self._owe(connection, "receipt", collection, other.submission_id, other.area, number=times + 1)

    def _ticket(self, arrived: Arrived, checked: Checked) -> Ticket:
        place = f"{arrived.collection}|{arrived.area}|{arrived.file_name}|{arrived.size_bytes}|{arrived.modified_at}"
        key = hashlib.sha256(place.encode()).hexdigest()[:16]
        catalogue = self.collection(arrived.collection).version
        waiting = _Waiting(
            replace(arrived, path=PurePosixPath(arrived.file_name)), checked, catalogue
        )  # a strange name is no JSON
        write_whole(self._waiting(key), _WAITING.dump_json(waiting))
        return Ticket(key, f"{arrived.area} {checked.submission.period} v{checked.submission.version:02d}")

    def _waiting(self, key: str) -> Path:
        return self.settings.checked / f"{key}.json"
