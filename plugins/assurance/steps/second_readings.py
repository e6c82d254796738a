"""Second readings: counted against every version of what they read, when either side is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

from assurance.catalogue import Collection
from assurance.intake.pairing import changed, paired
from assurance.model import Outcome, Submission
from assurance.steps.common import CommonSteps
from assurance.warehouse.archive import archive_path
from assurance.warehouse.engine import Connection
from assurance.warehouse.second_readings import enter_change, enter_pairs, lock_pairs
from assurance.warehouse.submissions import accepted


class SecondReadingSteps(CommonSteps):
    """The pairs of a case read twice."""

    def _lock_what_is_read(self, connection: Connection, submission: Submission) -> None:
        """Let no own return be loaded beside readings of it: one of them must see the other.

        Before anything of the readings is entered. An own return has these locks before it asks for the audit trail; so
        must readings, or each would wait for what the other has.
        """
        read = self.collection(submission.collection).read
        if read and submission.outcome.counts and submission.period:
            lock_pairs(connection, read.code, submission)

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
