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
    _refuse_what_is_not_compiled(entry)
    arguments = resolved(entry, parameters)
    if entry.type == ROW_COUNT:
        return (
            f"select {position} as entry, null as row_no, null as column_name "
            f"where (select count(*) from staged) <> {int(arguments['value'])}"
        )
    column = reported_column(entry)
    shown = "null" if column is None else _literal(column)
    condition = list(_condition(arguments.get("row_condition")))
    if entry.type == COMPOUND_UNIQUE:
        key = [_name(name) for name in arguments["column_list"]]
        looked_at = " and ".join([*condition, f"not ({_all_null(key)})"])
        return (
            f"select {position} as entry, row_no, {shown} as column_name from (select row_no, "
            f"count(*) over (partition by {', '.join(key)}) as times from staged where {looked_at}) where times > 1"
        )
    where = " and ".join([*condition, f"({ROW_PREDICATES[entry.type](arguments)})"])
    return f"select {position} as entry, row_no, {shown} as column_name from staged where {where}"


def _refuse_what_is_not_compiled(entry: Expectation) -> None:
    """An entry or argument that Great Expectations would heed and the statement would not."""
    if entry.type not in ARGUMENTS:
        known = ", ".join(sorted(ARGUMENTS))
        raise CatalogueError(f"rule {entry.meta.rule}: {entry.type} cannot be compiled; use one of {known}")
    for name in entry.kwargs:
        if name not in ARGUMENTS[entry.type]:
            known = ", ".join(sorted(ARGUMENTS[entry.type]))
            raise CatalogueError(f"rule {entry.meta.rule}: {entry.type} with {name} cannot be compiled; use {known}")
    if entry.kwargs.get("ignore_row_if", IGNORED) != IGNORED:
        raise CatalogueError(f"rule {entry.meta.rule}: ignore_row_if can only be {IGNORED} here; else leave it out")


def _all_null(columns: Sequence[str]) -> str:
    return " and ".join(f"{column} is null" for column in columns)


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
    return f"{a} <> {b}" if arguments.get("ignore_row_if") == IGNORED else f"{a} is distinct from {b}"


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
IGNORED = "either_value_is_missing"
ARGUMENTS: Mapping[str, frozenset[str]] = {
    "expect_column_values_to_not_be_null": frozenset({"column", "row_condition"}),
    "expect_column_values_to_be_in_set": frozenset({"column", "value_set", "row_condition"}),
    "expect_column_values_to_match_regex": frozenset({"column", "regex", "row_condition"}),
    "expect_column_values_to_be_between": frozenset({"column", "min_value", "max_value", "row_condition"}),
    "expect_column_pair_values_to_be_equal": frozenset({"column_A", "column_B", "ignore_row_if", "row_condition"}),
    COMPOUND_UNIQUE: frozenset({"column_list", "row_condition"}),
    ROW_COUNT: frozenset({"value"}),
}
"""What is compiled of each kind of entry; anything else is refused, for Great Expectations would heed it."""


def _condition(condition: Mapping[str, Any] | None) -> Iterable[str]:
    """The row condition of an entry: comparisons, joined by and."""
    if condition is None:
        return []
    if condition["type"] == "and":
        return [sql for part in condition["conditions"] for sql in _condition(part)]
    if condition["type"] != "comparison" or condition["operator"] not in ("==", "!="):
        raise CatalogueError(f"row condition {condition}: only == and != comparisons joined by `and` can be compiled")
    # no text is other than any text, but no number is neither equal nor other: so pandas has it, and so the gate
    other = "is distinct from" if isinstance(condition["parameter"], str) else "<>"
    sign = {"==": "=", "!=": other}[condition["operator"]]
    return [f"{_name(condition['column']['name'])} {sign} {_literal(condition['parameter'])}"]


def _resolve(value: Any, parameters: Parameters) -> Any:
    if isinstance(value, Mapping) and "$PARAMETER" in value:
        return parameters[value["$PARAMETER"]]
    return value


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _literal(value: object) -> str:
    return str(value) if isinstance(value, int | float) else "'" + str(value).replace("'", "''") + "'"
