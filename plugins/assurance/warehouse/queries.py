"""Runs the statements under `sql/queries/` by name: the only place, beside the migrations, where SQL is executed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from assurance.settings import REPOSITORY
from assurance.warehouse.engine import Connection

SQL = REPOSITORY / "sql"
"""Migrations and queries: part of the program, not a setting."""

BLOCK = re.compile(r"^-- name: (\w+)\n", re.M)

Row = dict[str, Any]


def statements(file: Path) -> dict[str, str]:
    """The named statements of one file."""
    _, *parts = BLOCK.split(file.read_text(encoding="utf-8"))
    return {name: sql.strip().rstrip(";") for name, sql in zip(parts[::2], parts[1::2], strict=True)}


@cache
def _statement(name: str) -> sa.TextClause:
    """The statement `file/block`."""
    file, _, block = name.partition("/")
    return sa.text(statements(SQL / "queries" / f"{file}.sql")[block])


def rows(connection: Connection, name: str, **parameters: object) -> list[Row]:
    """The rows of the statement `file/block`, each as a dict."""
    found = connection.execute(_statement(name), parameters)
    columns = tuple(found.keys())
    return [dict(zip(columns, row, strict=True)) for row in found]


def execute(connection: Connection, name: str, **parameters: object) -> None:
    """Run a statement that returns nothing."""
    connection.execute(_statement(name), parameters)


def enter(connection: Connection, name: str, many: Sequence[Row]) -> None:
    """Enter many rows by a statement that takes a list for each column.

    Row by row it costs DuckDB more than a millisecond each, which is a hundred times as much.
    """
    if many:
        connection.execute(_statement(name), {column: [row[column] for row in many] for column in many[0]})
