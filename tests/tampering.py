"""Changes nobody should be able to make unseen: to every column of every table, to lines of the audit trail, to rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from assurance.model import Fault
from assurance.steps import Steps
from assurance.warehouse import trail
from assurance.warehouse.queries import SQL

KEYS = {
    "submission": ("submission_id",),
    "delivery": ("collection", "area", "file_name", "size_bytes", "modified_at"),
    "finding": ("submission_id", "seq"),
    "tally": ("submission_id", "standard", "standard_version", "unit", "sample_reason"),
    "declared": ("submission_id", "standard", "standard_version", "sample_reason", "declared", "computed"),
    "reason": ("submission_id", "sample_reason", "reason", "disputed", "accepted"),
    "sampled": ("submission_id", "sample_point", "sample_reason"),
    "scope": ("submission_id",),
    "answer": ("submission_id", "seq"),
    "release": ("release_id",),
    "release_input": ("release_id", "submission_id"),
    "released_cell": ("release_id", "area", "owner", "standard"),
    "second_reading": (
        *("reading_id", "own_id", "assessor", "standard", "standard_version", "sample_reason", "own", "second"),
    ),
    "second_reading_match": ("reading_id", "own_id", "assessor"),
    "second_reading_change": ("reading_id", "before_id", "after_id"),
    "sign_off": ("release_id",),
    "outbox": ("message_key",),
    "audit": ("seq",),
    "schema_version": ("version",),
}
NOT_COVERED = {("outbox", "attempt_id"), ("schema_version", "applied_at")}
"""What is no part of the record: the chance number of an attempt that is over, and when a migration was applied."""
Row = dict[str, Any]


@dataclass(frozen=True)
class Tampering:
    """One change by hand."""

    name: str
    table: str
    sql: str
    values: Row
    about: str
    """What a fault must name."""


class Undo(Exception):
    pass


def rows(connection: sa.Connection, table: str) -> list[Row]:
    key = ", ".join(KEYS[table])
    return [dict(row) for row in connection.execute(sa.text(f"select * from {table} order by {key}")).mappings()]


def tampered(steps: Steps, sql: str, values: Row) -> list[Fault]:
    """What is found after a change, which is taken back."""
    found: list[Fault] = []
    with suppress(Undo), steps.warehouse.transaction() as connection:
        changed = connection.execute(sa.text(sql), values)
        assert changed.rowcount != 0
        found += trail.faults(trail.record(connection), SQL / "migrations")
        raise Undo
    return found


def updates(connection: sa.Connection, table: str, at: Sequence[int] = (0, -1)) -> Iterator[Tampering]:
    """Every column of some rows changed, one at a time."""
    known = rows(connection, table)
    for place in dict.fromkeys(range(len(known))[at_] for at_ in at if known):
        row = known[place]
        for column, value in row.items():
            if (table, column) not in NOT_COVERED:
                new = another(column, value)
                sql = f"update {table} set {column} = :new where {_where(table)}"
                yield Tampering(f"{table} {place}: {column}", table, sql, _key(table, row) | {"new": new}, table)


def deletions(connection: sa.Connection, table: str) -> Iterator[Tampering]:
    """Each row taken out, one at a time."""
    for row in rows(connection, table):
        yield Tampering(f"{table}: {row}", table, f"delete from {table} where {_where(table)}", _key(table, row), table)


def insertion(connection: sa.Connection, table: str) -> Tampering:
    """A row put in: the first one again, under another key."""
    row = rows(connection, table)[0]
    last = KEYS[table][-1]
    new = row | {last: another(last, row[last])}
    if table == "release":
        new["number"] = 99
    columns = ", ".join(new)
    values = ", ".join(f":{column}" for column in new)
    return Tampering(f"{table}: one more", table, f"insert into {table} ({columns}) values ({values})", new, table)


def another(column: str, value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1000
    if isinstance(value, datetime):
        return value + timedelta(hours=1)
    if value is None:
        numbers = {"rows_in", "row_no", "assessed", "met"}
        return 7 if column in numbers else datetime(2020, 1, 1) if column.endswith("_at") else "2020-01"
    return f"{value} "


@contextmanager
def changed(path: Any, data: bytes | None) -> Iterator[None]:
    """A file with other bytes, or none, for a while."""
    before, mode = (path.read_bytes(), path.stat().st_mode) if path.exists() else (None, 0o644)
    path.unlink(missing_ok=True)
    if data is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        if before is not None:
            path.write_bytes(before)
            path.chmod(mode)


def _key(table: str, row: Row) -> Row:
    return {f"key_{column}": row[column] for column in KEYS[table]}


def _where(table: str) -> str:
    return " and ".join(f"{column} = :key_{column}" for column in KEYS[table])
