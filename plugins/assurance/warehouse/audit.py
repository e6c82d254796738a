"""Who did what, when, in an order nobody can change unseen? One hash-chained line for each thing done."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

import sqlalchemy as sa

from assurance.warehouse import queries
from assurance.warehouse.engine import lock

START = "0" * 64


def record(connection: sa.Connection, event: str, subject: str, detail: dict[str, object], now: datetime) -> None:
    """Append a line within the caller's transaction."""
    lock(connection, "audit")
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


def chained(previous: str, line: dict[str, object]) -> str:
    """The hash of a line after the one whose hash is `previous`."""
    text = json.dumps({**line, "written_at": f"{line['written_at']:%Y-%m-%dT%H:%M:%S.%f}"}, sort_keys=True)
    return hashlib.sha256(f"{previous}{text}".encode()).hexdigest()
