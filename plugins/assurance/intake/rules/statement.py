"""Which rows fail which rule? Compiles a suite of Great Expectations entries into one DuckDB statement.

Each entry becomes a select of its failing places over the staged table; all of them are run as one `union all`. What an
entry means is what Great Expectations' own pandas engine means by it: a property test holds the two to equal rows.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from assurance.catalogue import Expectation
from assurance.errors import CatalogueError

Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Failure:
    """One place where one entry of the suite fails; no row for an entry that looks at the whole table."""

    entry: int
    """Position of the entry in the suite."""
    row_no: int | None
    column: str | None


def failures(suite: Sequence[Expectation], staged: pd.DataFrame, parameters: Parameters) -> tuple[Failure, ...]:
    """The failing places of a staged table, by row and entry."""
    if not suite:
        return ()
    connection = _engine(os.getpid())
    connection.register("arrived", pa.Table.from_pandas(staged, preserve_index=False))
    connection.execute("create or replace temp table staged as from arrived")  # each entry scans it: once into columns
    connection.unregister("arrived")
    found = connection.execute(statement(suite, parameters)).fetchall()
    return tuple(Failure(*place) for place in found)


@cache
def _engine(process: int) -> duckdb.DuckDBPyConnection:
    """An empty database in memory, one per process: making one takes longer than most returns, and none survives a fork."""
    return duckdb.connect()


def statement(suite: Sequence[Expectation], parameters: Parameters) -> str:
    """The one statement; columns `entry, row_no, column_name`."""
    selects = (_select(position, entry, parameters) for position, entry in enumerate(suite))
    return "\nunion all\n".join(selects) + "\norder by row_no nulls first, entry"


def resolved(entry: Expectation, parameters: Parameters) -> dict[str, Any]:
    """The keyword arguments of an entry with every `{$PARAMETER: name}` replaced."""
    return {name: _resolve(value, parameters) for name, value in entry.kwargs.items()}


def full_match(regex: str) -> str:
    """The suite's regex, which is written without anchors, for an engine that only searches."""
    return rf"\A(?:{regex})\Z"


def looks_at_rows(entry: Expectation) -> bool:
    """Whether an entry judges rows, as against the table as a whole."""
    return entry.type in ROW_PREDICATES or entry.type == COMPOUND_UNIQUE


def reported_column(entry: Expectation) -> str | None:
    """The column of the return that a failing entry points at: the staged name without its suffix."""
    name: str | None = entry.kwargs.get("column") or entry.kwargs.get("column_A")
    return None if name is None else name.removesuffix("_text")


def _select(position: int, entry: Expectation, parameters: Parameters) -> str:
    arguments = resolved(entry, parameters)
    if entry.type == ROW_COUNT:
        return (
            f"select {position} as entry, null as row_no, null as column_name "
            f"where (select count(*) from staged) <> {int(arguments['value'])}"
        )
    column = reported_column(entry)
    shown = "null" if column is None else _literal(column)
    if entry.type == COMPOUND_UNIQUE:
        key = ", ".join(_name(name) for name in arguments["column_list"])
        return (
            f"select {position}, row_no, {shown} from "
            f"(select row_no, count(*) over (partition by {key}) as times from staged) where times > 1"
        )
    if entry.type not in ROW_PREDICATES:
        known = ", ".join(sorted({*ROW_PREDICATES, COMPOUND_UNIQUE, ROW_COUNT}))
        raise CatalogueError(f"rule {entry.meta.rule}: {entry.type} cannot be compiled; use one of {known}")
    failing = ROW_PREDICATES[entry.type](arguments)
    where = " and ".join([*_condition(arguments.get("row_condition")), f"({failing})"])
    return f"select {position}, row_no, {shown} from staged where {where}"


def _not_null(arguments: Parameters) -> str:
    return f"{_name(arguments['column'])} is null"


def _in_set(arguments: Parameters) -> str:
    values = arguments["value_set"]
    return f"{_name(arguments['column'])} not in ({', '.join(map(_literal, values))})" if values else "true"


def _match_regex(arguments: Parameters) -> str:
    return f"not regexp_full_match({_name(arguments['column'])}, {_literal(arguments['regex'])})"


def _between(arguments: Parameters) -> str:
    column = _name(arguments["column"])
    limits = ((arguments.get("min_value"), "<"), (arguments.get("max_value"), ">"))
    return " or ".join(f"{column} {sign} {_literal(limit)}" for limit, sign in limits if limit is not None)


def _pair_equal(arguments: Parameters) -> str:
    a, b = _name(arguments["column_A"]), _name(arguments["column_B"])
    return f"{a} <> {b}"


ROW_PREDICATES: Mapping[str, Callable[[Parameters], str]] = {
    "expect_column_values_to_not_be_null": _not_null,
    "expect_column_values_to_be_in_set": _in_set,
    "expect_column_values_to_match_regex": _match_regex,
    "expect_column_values_to_be_between": _between,
    "expect_column_pair_values_to_be_equal": _pair_equal,
}
"""What is true of a row that fails. A null passes, as in Great Expectations; say not-null beside it where it must not."""

COMPOUND_UNIQUE = "expect_compound_columns_to_be_unique"
ROW_COUNT = "expect_table_row_count_to_equal"


def _condition(condition: Mapping[str, Any] | None) -> Iterable[str]:
    """The row condition of an entry: comparisons, joined by and."""
    if condition is None:
        return []
    if condition["type"] == "and":
        return [sql for part in condition["conditions"] for sql in _condition(part)]
    if condition["type"] != "comparison" or condition["operator"] not in ("==", "!="):
        raise CatalogueError(f"row condition {condition}: only == and != comparisons joined by `and` can be compiled")
    sign = {"==": "=", "!=": "<>"}[condition["operator"]]
    return [f"{_name(condition['column']['name'])} {sign} {_literal(condition['parameter'])}"]


def _resolve(value: Any, parameters: Parameters) -> Any:
    if isinstance(value, Mapping) and "$PARAMETER" in value:
        return parameters[value["$PARAMETER"]]
    return value


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _literal(value: object) -> str:
    return str(value) if isinstance(value, int | float) else "'" + str(value).replace("'", "''") + "'"
