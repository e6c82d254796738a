"""What do second readings say of the Areas' own answers? Counts of pairs, entered once, and asked of what is in force."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from assurance.model import (
    Changed,
    ChangedRow,
    Paired,
    Period,
    ReadingRow,
    SecondReadingRow,
    SecondReadings,
    Submission,
)
from assurance.warehouse import audit, queries
from assurance.warehouse.audit import PRESENT
from assurance.warehouse.digests import wrote
from assurance.warehouse.engine import Connection, lock


def lock_pairs(connection: Connection, collection: str, submission: Submission) -> None:
    """Let no own return of this Area and month be loaded beside its readings: one of them must see the other.

    An own submission takes them with the rest of its own; readings before theirs.
    """
    lock(connection, collection, shared=True)
    lock(connection, f"{collection}|{submission.area}|{submission.period}")


def enter_pairs(connection: Connection, reading_id: str, own_id: str, found: Paired, now: datetime) -> None:
    """Enter what two submissions add up to, in the caller's transaction; once."""
    pair = {"reading_id": reading_id, "own_id": own_id}
    lines, matches = ([pair | asdict(one) for one in many] for many in (found.lines, found.matches))
    queries.enter(connection, "second_reading/add", lines)
    queries.enter(connection, "second_reading/add_match", matches)
    detail = {"own": own_id, **wrote(second_reading=lines, second_reading_match=matches)}
    audit.record(connection, "paired", reading_id, detail, now)


def enter_change(
    connection: Connection, reading_id: str, before_id: str, after_id: str, found: Changed, now: datetime
) -> None:
    """Enter how far two own submissions differ in what was read, in the caller's transaction; once."""
    row = {"reading_id": reading_id, "before_id": before_id, "after_id": after_id, **asdict(found)}
    queries.execute(connection, "second_reading/add_change", **row)
    detail = {"before": before_id, "after": after_id, **wrote(second_reading_change=[row])}
    audit.record(connection, "paired", reading_id, detail, now)


def second_readings(
    connection: Connection, collection: str, own: Iterable[str], readings: Iterable[str], as_of: int = PRESENT
) -> SecondReadings:
    """What these submissions of second readings say of these own submissions of a collection.

    Given are the ids of those in force at a position of the audit trail. That the answer depends on too: which own version
    stood when a reading was received is seen among those known by then.
    """
    ids = {"own": sorted(own), "readings": sorted(readings)}
    if not ids["readings"]:
        return SecondReadings()
    return SecondReadings(
        pairs=tuple(
            SecondReadingRow(**{**row, "period": Period.parse(row["period"])})
            for row in queries.rows(connection, "second_reading/pairs", **ids)
        ),
        readings=tuple(
            ReadingRow(**{**row, "period": Period.parse(row["period"])})
            for row in queries.rows(connection, "second_reading/matches", **ids)
        ),
        changed=tuple(
            ChangedRow(**{**row, "period": Period.parse(row["period"])})
            for row in queries.rows(connection, "second_reading/changes", **ids, collection=collection, as_of=as_of)
        ),
    )
