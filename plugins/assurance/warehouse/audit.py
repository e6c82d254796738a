"""Who did what, when, in an order nobody can change unseen? One hash-chained line for each thing done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from assurance.reporting.facts import Head
from assurance.warehouse import queries
from assurance.warehouse.engine import Connection, lock

START = "0" * 64
PRESENT = 2**31 - 1
"""As a position in the trail: after every line."""


class Shape(BaseModel):
    """What is read of something that may have been changed by hand; what else it holds is nobody's business here."""

    model_config = ConfigDict(extra="allow", strict=True)


class Place(Shape):
    """Where the trail stood: the number of its last line, and the hash."""

    seq: int
    sha256: str


class _Part(Shape):
    """The rows of one table."""

    rows: int
    sha256: str


class _Detail(Shape):
    """The shape of a line's detail; no line has all of these."""

    wrote: dict[str, _Part] = {}
    head: Place | None = None
    read_by: dict[str, str] = {}
    version: str | int = ""
    seq: int = 0
    files: list[str] = []


@dataclass(frozen=True)
class Told:
    """What one line tells of its subject."""

    event: str
    at: datetime
    detail: Mapping[str, Any] | None
    """None where it cannot be read, for somebody changed it."""


def read_detail(text: str) -> Mapping[str, Any] | None:
    """The detail of a line; None where it is not what any line says, for somebody changed it."""
    try:
        _Detail.model_validate_json(text)
    except ValidationError:
        return None
    told: Mapping[str, Any] = json.loads(text)
    return told


def record(connection: Connection, event: str, subject: str, detail: dict[str, object], now: datetime) -> None:
    """Append a line within the caller's transaction."""
    lock(connection, "audit trail")
    last = queries.rows(connection, "audit/last")
    seq, previous = (last[0]["seq"] + 1, last[0]["sha256"]) if last else (1, START)
    line = {
        "seq": seq,
        "written_at": now,
        "event": event,
        "subject": subject,
        "detail": json.dumps(detail, sort_keys=True),
    }
    queries.execute(connection, "audit/add", **line, sha256=chained(previous, line))


def head(connection: Connection) -> Head:
    """The last line of the trail."""
    last = queries.rows(connection, "audit/last")
    return Head(last[0]["seq"], last[0]["sha256"]) if last else Head(0, START)


def position(connection: Connection, moment: datetime) -> int:
    """The position of a moment: the number of the last line written at it or before; 0 before the first."""
    (row,) = queries.rows(connection, "audit/at", moment=moment)
    return int(row["seq"])


def last_about(connection: Connection, event: str, subject: str, as_of: int = PRESENT) -> Mapping[str, Any] | None:
    """What the last line about an event and a subject says, as known at a position; None when there is none."""
    rows = queries.rows(connection, "audit/last_about", event=event, subject=subject, as_of=as_of)
    return read_detail(rows[0]["detail"]) if rows else None


def last_of_each(connection: Connection, event: str) -> Mapping[str, Mapping[str, Any]]:
    """What the last line about an event says of each subject; nothing of one whose line cannot be read."""
    rows = queries.rows(connection, "audit/last_of_each", event=event)
    return {row["subject"]: read_detail(row["detail"]) or {} for row in rows}


def last_of(connection: Connection, events: Sequence[str], subject: str) -> Told | None:
    """The last line about a subject that tells of one of several events; None when there is none."""
    asked = {"subject": subject, "events": list(events)}
    for row in queries.rows(connection, "audit/last_of", **asked):
        return Told(row["event"], row["written_at"], read_detail(row["detail"]))
    return None


def altered(connection: Connection) -> list[int]:
    """The numbers of the lines that do not follow from the line before them; empty when the trail is whole."""
    found, previous = [], START
    for line in queries.rows(connection, "audit/lines"):
        told = line.pop("sha256")
        if chained(previous, line) != told:
            found.append(line["seq"])
        previous = told
    return found


def chained(previous: str, line: dict[str, object]) -> str:
    """The hash of a line after the one whose hash is `previous`."""
    text = json.dumps({**line, "written_at": f"{line['written_at']:%Y-%m-%dT%H:%M:%S.%f}"}, sort_keys=True)
    return hashlib.sha256(f"{previous}{text}".encode()).hexdigest()
