"""Which returns is no release made from, though they are in? A person decided so.

A decision is a line of the audit trail about the return: the last one stands, for whatever version is sent. The return and
all that is counted of it stay where they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeAlias

from assurance.errors import ReleaseError
from assurance.model import LeftOut, Period
from assurance.warehouse import audit, queries
from assurance.warehouse.audit import PRESENT
from assurance.warehouse.engine import Connection

LEFT_OUT, TAKEN_IN = "left out", "taken in again"
"""The events of the audit trail that tell of it; their subject is `collection/period/Area`."""
ReturnsLeftOut: TypeAlias = Mapping[tuple[Period, str], LeftOut]
"""By period and Area."""


def left_out(connection: Connection, collection: str, as_of: int = PRESENT) -> ReturnsLeftOut:
    """The returns of a collection that are left out at a position of the audit trail.

    ReleaseError where a line that says so cannot be read: what it decided must not be forgotten unseen.
    """
    asked = {"events": [LEFT_OUT, TAKEN_IN], "begins": f"{collection}/", "as_of": as_of}
    found = {}
    for row in queries.rows(connection, "audit/standing", **asked):
        if row["event"] == LEFT_OUT:
            place, decided = _read(row)
            found[place] = decided
    return found


def _read(row: queries.Row) -> tuple[tuple[Period, str], LeftOut]:
    told = audit.read_detail(row["detail"]) or {}
    try:
        _, period, area = row["subject"].split("/")
        return (Period.parse(period), area), LeftOut(told["by"], told["reason"], row["written_at"])
    except (KeyError, ValueError):
        raise ReleaseError(
            f"the line of the audit trail that says that the return {row['subject']} is left out cannot be read; "
            "`assurance verify` says what else was changed"
        ) from None


def names(collection: str, returns: ReturnsLeftOut) -> list[str]:
    """How statements are told what is left out."""
    return [_subject(collection, *each) for each in returns]


def enter(
    connection: Connection, event: str, collection: str, period: Period, area: str, by: str, reason: str, now: datetime
) -> None:
    """Enter that a return is left out or taken in again, in the caller's transaction; nothing where this was said last."""
    subject, told = _subject(collection, period, area), {"by": by, "reason": reason}
    last = audit.last_of(connection, (LEFT_OUT, TAKEN_IN), subject)
    if last is None or (last.event, last.detail) != (event, told):
        audit.record(connection, event, subject, {**told}, now)


def was_left_out(connection: Connection, collection: str, period: Period, area: str) -> bool:
    """Whether a return was ever left out."""
    return audit.last_of(connection, (LEFT_OUT, TAKEN_IN), _subject(collection, period, area)) is not None


def _subject(collection: str, period: Period, area: str) -> str:
    return f"{collection}/{period}/{area}"
