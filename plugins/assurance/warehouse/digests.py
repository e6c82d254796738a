"""What did a transaction write, in so few characters that it can stand in the audit trail?

A digest can be made again from the tables, on either engine: the rows are taken as text in an order of their own, and a
column that holds nothing is left out, so that one that a later migration adds changes no digest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

WROTE = "wrote"
"""Under this key the detail of a line of the audit trail says what was written: by table, how many rows and their digest."""
ROWS, SHA256 = "rows", "sha256"


def wrote(**tables: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What a transaction wrote, for the detail of its line; a table without rows is not named."""
    return {WROTE: {table: {ROWS: len(rows), SHA256: digest(rows)} for table, rows in tables.items() if rows}}


def digest(rows: Iterable[Mapping[str, Any]]) -> str:
    """The SHA-256 of rows, whatever order they come in."""
    lines = sorted(
        json.dumps({name: value for name, value in row.items() if value is not None}, sort_keys=True, default=_moment)
        for row in rows
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _moment(value: object) -> str:
    assert isinstance(value, datetime)
    return f"{value:%Y-%m-%dT%H:%M:%S.%f}"
