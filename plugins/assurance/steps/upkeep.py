"""What is looked after every night: does all stand as recorded, what is past its time, what was left lying about?"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ValidationError

from assurance.deadlines import london_day, reported_month
from assurance.errors import SettingsError
from assurance.intake.landing import moment, place_of
from assurance.measures.figures import LONGEST_WINDOW
from assurance.measures.second_readings import READ_MONTHS
from assurance.model import Period, Submission
from assurance.reporting.alert import AlertKind
from assurance.steps.alerting import Alerted, AlertingSteps
from assurance.steps.tracing import TracingSteps
from assurance.trace import Verified
from assurance.trace.stored import DELETED
from assurance.warehouse import audit, submissions
from assurance.warehouse.archive import archive_path
from assurance.warehouse.engine import Connection, Role
from assurance.warehouse.submissions import last_period

SHORTEST_RETENTION = max(LONGEST_WINDOW, READ_MONTHS)
"""For so many months rows are still read: by figures that are restated, and by second readings that come late."""
LEFT_AFTER = timedelta(days=7)
"""A file on its way that is older than this was left behind; until then somebody may clear the task that wrote it."""
KEPT_FOR_RESTORE = timedelta(days=35)
"""A decision that was loaded stays so long: after a restore of a backup that is younger it is entered again from here."""
TEMPORARY = re.compile(r"\.[a-z0-9_]{8}")
"""How a file or folder is called while it is written (`tempfile`, with a dot before)."""


@dataclass(frozen=True)
class Expired:
    """A submission whose time is over, and what still lies of it."""

    submission: Submission
    files: Mapping[str, Path]
    """By what they are, as the line of the audit trail says it: `kept` and `archive`."""


class LeftoverKind(StrEnum):
    """What can be left behind."""

    CHECKED = "checked"
    UNFINISHED = "unfinished"


@dataclass(frozen=True)
class Leftover:
    """What an interrupted run, or one that is long over, left behind."""

    kind: LeftoverKind
    path: Path


class UpkeepSteps(TracingSteps, AlertingSteps):
    """What nobody waits for, and everything rests on."""

    def check_integrity(self) -> Verified:
        """Verify everything, and tell the operators what is found, once for each first fault and number of them."""
        verified = self.verify()
        if verified.faults:
            others = len(verified.faults) - 1
            subject = f"{verified.faults[0].place}{f' and {others} more' if others else ''}"
            for code in self._in_use():
                self.alert(AlertKind.NOT_AS_RECORDED, code, subject, self.clock())
        return verified

    def raise_all_alerts(self) -> tuple[Alerted, ...]:
        """Tell the operators of each collection in use of mail that is stuck, and of a sign-off that is overdue."""
        period = reported_month(self.clock())
        return tuple(alerted for code in self._in_use() for alerted in self.raise_alerts(code, period))

    def expired(self) -> tuple[Expired, ...]:
        """The submissions of whose files the time is over by ASSURANCE_RETENTION_MONTHS, and that still have some."""
        months = self._retention_months()
        if not months:
            return ()
        with self.warehouse.reading() as connection:
            every = submissions.every(connection)
        first = Period.containing(london_day(self.clock())).plus(-months)
        late = self.clock() - KEPT_FOR_RESTORE  # what came lately about a month long past may still be answered
        over = [one for one in every if _month_of(one) < first and one.received_at < late]
        still_needed = {one.sha256 for one in every if one not in over}
        found = [Expired(one, self._files_of(one, still_needed)) for one in over]
        return tuple(one for one in found if one.files)

    def retain(self) -> tuple[Expired, ...]:
        """Delete the kept bytes and archived rows of submissions whose time is over; what was deleted.

        The audit trail tells of it first: what a crash leaves lying is deleted the next time, and nothing is ever gone of
        which no line tells.
        """
        found = self.expired()
        if found:
            with self.warehouse.transaction(Role.INTAKE) as connection:
                self._tell_of_deletion(connection, found)
        for one in found:
            for path in one.files.values():
                path.unlink(missing_ok=True)
        return found

    def leftovers(self) -> tuple[Leftover, ...]:
        """What may be deleted without harm: tickets of submissions that were loaded, files nobody writes any more."""
        return tuple([*self._tickets(), *self._unfinished()])

    def tidy(self) -> tuple[Leftover, ...]:
        """Delete what was left behind; what was deleted."""
        found = self.leftovers()
        for one in found:
            if one.path.is_dir():
                shutil.rmtree(one.path, ignore_errors=True)
            else:
                one.path.unlink(missing_ok=True)
        return found

    def _in_use(self) -> list[str]:
        """The collections that are reported and of which anything was ever returned."""
        with self.warehouse.reading() as connection:
            return [code for code in self.catalogue.reported if last_period(connection, code)]

    def _retention_months(self) -> int:
        months = self.settings.retention_months
        if 0 < months < SHORTEST_RETENTION:
            raise SettingsError(
                f"ASSURANCE_RETENTION_MONTHS is {months}, and rows are read for {SHORTEST_RETENTION} months; set that or "
                "more, or 0 to keep everything"
            )
        return months

    def _files_of(self, submission: Submission, still_needed: set[str]) -> Mapping[str, Path]:
        """What lies of a submission; not the bytes that another one has, whose time is not over."""
        files = {"archive": archive_path(self.settings.archive, submission)}
        if submission.sha256 not in still_needed:
            files["kept"] = place_of(submission.sha256, self.settings.kept)
        return {what: path for what, path in sorted(files.items()) if path.is_file()}

    def _tell_of_deletion(self, connection: Connection, found: Sequence[Expired]) -> None:
        before = audit.last_of_each(connection, DELETED)
        for one in found:
            submission_id = one.submission.submission_id
            told = set(before.get(submission_id, {}).get("files", ()))
            if not told >= one.files.keys():
                detail: dict[str, object] = {"files": sorted(told | one.files.keys())}
                audit.record(connection, DELETED, submission_id, detail, self.clock())

    def _tickets(self) -> Iterator[Leftover]:
        """Decisions on their way from checking to loading, whose submission was loaded long ago."""
        old = [path for path in sorted(self.settings.checked.glob("*.json")) if self._is_old(path, KEPT_FOR_RESTORE)]
        named = {path: submission_id for path in old if (submission_id := _submission_of(path))}
        if not named:
            return
        with self.warehouse.reading() as connection:
            loaded = [path for path, one in named.items() if submissions.is_loaded(connection, one)]
        yield from (Leftover(LeftoverKind.CHECKED, path) for path in loaded)

    def _unfinished(self) -> Iterator[Leftover]:
        """Files and folders under the name that they have while they are written."""
        places = self.settings
        roots = (places.kept, places.archive, places.releases, places.receipts, places.checked, places.catalogues)
        for path in sorted({path for root in roots for path in root.rglob(".*")}):
            if TEMPORARY.fullmatch(path.name) and self._is_old(path, LEFT_AFTER):
                yield Leftover(LeftoverKind.UNFINISHED, path)

    def _is_old(self, path: Path, age: timedelta) -> bool:
        with suppress(FileNotFoundError):
            return moment(path.stat().st_mtime_ns) < self.clock() - age
        return False


def _month_of(submission: Submission) -> Period:
    """The month a submission is about; of one whose name says none, the month it came in."""
    return submission.period or Period.containing(london_day(submission.received_at))


class _Ticket(BaseModel):
    """What is read of a decision that waits to be loaded."""

    class Checked(BaseModel):
        class Submitted(BaseModel):
            submission_id: str

        submission: Submitted

    checked: Checked


def _submission_of(path: Path) -> str | None:
    """The submission that a ticket is for; None where it cannot be read, and stays."""
    try:
        return _Ticket.model_validate_json(path.read_bytes()).checked.submission.submission_id
    except (OSError, ValidationError):
        return None
