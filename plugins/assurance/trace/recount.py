"""Do the kept bytes of a submission still come to what stands in its tally, by the rules of its time?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from assurance.catalogue import Collection
from assurance.errors import CatalogueError
from assurance.intake.checking import Delivery, examine, identity, refused
from assurance.intake.landing import place_of
from assurance.intake.pairing import paired
from assurance.intake.parts import Keep
from assurance.intake.reading import Reading
from assurance.model import Counted, Fault, Outcome, Submission
from assurance.warehouse.archive import ArchiveFile
from assurance.warehouse.submissions import counted_rows

PAIR = ("reading_id", "own_id")
MOST_NAMED = 5
"""So many lines that differ are named of one submission."""


@dataclass(frozen=True)
class Recount:
    """What counting one submission anew came to."""

    submission: Submission
    faults: tuple[Fault, ...]
    from_bytes: bool = True
    """False where its kept bytes were deleted by retention, so that its tally is all there is."""


@dataclass(frozen=True)
class Prepared:
    """A submission that was read again."""

    submission: Submission
    collection: Collection
    """As its rules and register were when it was received."""
    reading: Reading


@dataclass(frozen=True)
class Recounting:
    """What is needed to count submissions anew: their bytes, how to read them, and the rules of each time."""

    kept: Path
    read: Callable[[Collection, Path], Reading]
    catalogue: Callable[[str, str], Collection]
    """A collection by its code and the version of its rules and register."""
    deleted: frozenset[str]
    """The submissions whose kept bytes retention has deleted."""

    def prepared(self, submission: Submission, version: str) -> Prepared | Recount:
        """Read the kept bytes of one, by the rules of its time; or what came of trying."""
        path, place = place_of(submission.sha256, self.kept), f"submission {submission.submission_id}"
        if not path.exists():
            if submission.submission_id in self.deleted:
                return Recount(submission, (), from_bytes=False)
            return Recount(submission, (Fault(place, f"its kept bytes {submission.sha256} are missing"),))
        try:
            collection = self.catalogue(submission.collection, version)
        except CatalogueError as error:
            return Recount(submission, (Fault(place, str(error)),))
        return Prepared(submission, collection, self.read(collection, path))

    def of(self, one: Prepared | Recount, stored: Mapping[str, Sequence[Mapping[str, object]]]) -> Recount:
        """Count one anew, and compare with the rows that are stored of it, by table."""
        if isinstance(one, Recount):
            return one
        counted = self._counted(one.collection, one.submission, one.reading)
        if isinstance(counted, str):
            return Recount(one.submission, (Fault(f"submission {one.submission.submission_id}", counted),))
        return Recount(one.submission, tuple(_differences(one.submission, counted, stored)))

    def pair(
        self, reading: Prepared, own: Prepared, stored: Mapping[str, Sequence[Mapping[str, object]]]
    ) -> Iterator[Fault]:
        """Hold second readings against an own return anew, both from their kept bytes, and compare with what is stored."""
        with TemporaryDirectory() as folder:
            read_rows, own_rows = (self.rows(one, Path(folder)) for one in (reading, own))
            if read_rows is None:  # a nil return has read nothing
                return
            found = paired(reading.collection, read_rows, own_rows)
        anew = {
            "second_reading": {_line(asdict(line)) for line in found.lines},
            "second_reading_match": {_line(asdict(match)) for match in found.matches},
        }
        for table, ours in anew.items():
            if ours != {_line({name: row[name] for name in row if name not in PAIR}) for row in stored[table]}:
                place = f"table {table}, reading {reading.submission.submission_id}"
                yield Fault(place, f"is not what the kept bytes give beside submission {own.submission.submission_id}")

    def rows(self, one: Prepared, folder: Path) -> Path | None:
        """The rows that count of a submission, as they would be archived; None where there are none."""
        rows = ArchiveFile()
        counted = self._counted(one.collection, one.submission, one.reading, rows.add)
        no_rows = isinstance(counted, str) or one.submission.outcome is Outcome.NIL
        return None if no_rows else rows.write(folder, one.submission)

    def _counted(
        self, collection: Collection, submission: Submission, reading: Reading, keep: Keep | None = None
    ) -> Counted | str:
        """What it comes to now, or why that cannot be said. Whether a reason lay beside it, its identity tells."""
        for reason_given in (False, True):
            delivery = Delivery(
                submission.collection,
                submission.area,
                submission.file_name,
                submission.sha256,
                submission.received_at,
                reason_given,
            )
            given = reason_given or reading.reason is not None
            own = identity(delivery, submission.period, reason_given=given)
            if submission.submission_id in (own, refused(own, submission.file_name)):
                break
        else:
            return "its id does not follow from its collection, Area, period and bytes"
        checked = examine(collection, delivery, reading, keep).checked
        if not checked.submission.outcome.counts:
            return f"by the rules {collection.version} it is {checked.submission.outcome.value} now, and it counted"
        if checked.submission.content_sha256 != submission.content_sha256:
            return "its cells are not those that were received"
        return checked.counted


def _differences(
    submission: Submission, counted: Counted, stored: Mapping[str, Sequence[Mapping[str, object]]]
) -> Iterator[Fault]:
    """The lines in which the counts differ, no more than a few of a table."""
    for table, rows in counted_rows(submission.submission_id, counted).items():
        ours, theirs = ({_line(row) for row in many} for many in (rows, stored.get(table, ())))
        for what, lines in (("is stored, and not counted now", theirs - ours), ("is counted now", ours - theirs)):
            for line in sorted(lines)[:MOST_NAMED]:
                yield Fault(f"table {table}, submission {submission.submission_id}", f"{line} {what}")


def _line(row: Mapping[str, object]) -> str:
    return ", ".join(f"{column} {value}" for column, value in sorted(row.items()) if column != "submission_id")
