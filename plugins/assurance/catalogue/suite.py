"""What may an entry of a suite say? The kinds of entry that can be compiled, the staged columns, the parameters.

`intake.staging` makes the columns, `intake.checking` gives the parameters, `intake.rules.statement` compiles the entries;
what is not known here is refused when the files are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import UnionType
from typing import Any

from assurance.catalogue.schema import Column, ColumnType, DaysEntry, Expectation
from assurance.model import Scale, Standard

COMPOUND_UNIQUE = "expect_compound_columns_to_be_unique"
ROW_COUNT = "expect_table_row_count_to_equal"
TELLS_WHAT_IS_MISSING = frozenset({COMPOUND_UNIQUE, ROW_COUNT})
"""The entries whose message may have a {detail}: of a table of counts, which rows it lacks."""
ARGUMENTS: Mapping[str, frozenset[str]] = {
    "expect_column_values_to_not_be_null": frozenset({"column", "row_condition"}),
    "expect_column_values_to_be_null": frozenset({"column", "row_condition"}),
    "expect_column_values_to_be_in_set": frozenset({"column", "value_set", "row_condition"}),
    "expect_column_values_to_match_regex": frozenset({"column", "regex", "row_condition"}),
    "expect_column_values_to_be_between": frozenset({"column", "min_value", "max_value", "row_condition"}),
    "expect_column_pair_values_to_be_equal": frozenset({"column_A", "column_B", "ignore_row_if", "row_condition"}),
    "expect_column_pair_values_a_to_be_greater_than_b": frozenset(
        {"column_A", "column_B", "or_equal", "ignore_row_if", "row_condition"}
    ),
    COMPOUND_UNIQUE: frozenset({"column_list", "row_condition"}),
    ROW_COUNT: frozenset({"value"}),
}
"""What is compiled of each kind of entry; anything else is refused, for Great Expectations would heed it."""

NEEDED = frozenset({"column", "column_A", "column_B", "column_list", "value_set", "regex", "value"})
"""What an entry cannot be without."""

VALUES: Mapping[str, tuple[type | UnionType, str]] = {
    "value_set": (list, "list"),
    "column_list": (list, "list"),
    "regex": (str, "text in quotes"),
    "value": (int, "whole number"),
    "min_value": (int | float, "number"),
    "max_value": (int | float, "number"),
    "or_equal": (bool, "true or false"),
}
"""What an argument takes, and how that is called."""

SUFFIXES: Mapping[ColumnType, tuple[str, ...]] = {
    "return_id": ("_text",),
    "area": ("_text",),
    "period": ("_text",),
    "unit": ("", "_text"),
    "standard": ("_text",),
    "count": ("", "_text"),
    "percentage": ("_text", "_recounted"),
    "urn": ("", "_text", "_force", "_repaired"),
    "reference": ("", "_text"),
    "scope": ("", "_text", "_of_file"),
    "integer": ("", "_text"),
    "code": ("", "_text"),
    "codes": ("", "_text"),
    "date": ("", "_text"),
    "answer": ("", "_text"),
    "text": ("_text", "_length"),
}
"""What staging puts behind the name of a column of each type."""
OF_TIMELY = ("_due", "_computed")

PARAMETERS = frozenset(
    {"area", "period", "return_id", "period_start", "period_end", "received_on"}
    | {"units", "force_codes", "standards", "rows_owed", "case_key", "assessors"}
)
OF_COLUMNS = ("values", "least", "most", "longest")
"""What a column says of its cells, and the beginning of a parameter such as `least.hearings_to_date`."""


def staged_columns(
    grain: str, columns: Iterable[Column], standards: Iterable[Standard], derived: Iterable[DaysEntry]
) -> frozenset[str]:
    """The names that entries may look at."""
    of_columns = {f"{column.name}{suffix}" for column in columns for suffix in SUFFIXES[column.type]}
    timely = {f"{s.code}{suffix}" for s in standards if s.scale is Scale.TIMELY for suffix in OF_TIMELY}
    if grain == "reading":
        return frozenset(of_columns | {"row_no"})
    of_rows = {"counted"} if grain == "aggregate" else {"unit", "judged_on", "adverse_answers"}
    return frozenset(of_columns | timely | of_rows | {days.name for days in derived} | {"row_no"})


def parameters_of_columns(columns: Iterable[Column]) -> dict[str, object]:
    """What columns say of their cells, by the name of the parameter; what a column does not say is not there."""
    found: dict[str, object] = {}
    for column in columns:
        for said in OF_COLUMNS:
            value = getattr(column, said)
            if value is not None and value != ():
                found[f"{said}.{column.name}"] = list(value) if isinstance(value, tuple) else value
    return found


def parameters(columns: Iterable[Column], standards: Iterable[Standard]) -> frozenset[str]:
    """The names that a `$PARAMETER` may have."""
    of_standards = {f"{kind}.{s.code}" for s in standards for kind in ("answers", "point", "points")}
    return PARAMETERS | of_standards | set(parameters_of_columns(columns))


def fault(entry: Expectation, staged: frozenset[str], known: frozenset[str]) -> str | None:
    """What is wrong with an entry, and the cure; None for one that can be asked."""
    if entry.type not in ARGUMENTS:
        return f"{entry.type} cannot be compiled; use one of {', '.join(sorted(ARGUMENTS))}"
    for argument in entry.kwargs:
        if argument not in ARGUMENTS[entry.type]:
            return f"{entry.type} with {argument} cannot be compiled; use {', '.join(sorted(ARGUMENTS[entry.type]))}"
    for argument in NEEDED & ARGUMENTS[entry.type] - set(entry.kwargs):
        return f"{entry.type} has no {argument}; add it"
    if wrong := _wrong_value(entry.kwargs):
        return wrong
    for name in _columns(entry.kwargs):
        if name not in staged:
            return f"there is no staged column {name!r}; docs/collections.md says which columns an entry can look at"
    for name in _parameters(entry.kwargs):
        if name not in known:
            return f"there is no parameter {name!r}; use one of {', '.join(sorted(PARAMETERS))}, or values.<column> and so on"
    return None


def _wrong_value(arguments: Mapping[str, Any]) -> str | None:
    """A value of another kind than its argument takes, and no parameter either; or a pattern that is none."""
    for name, value in arguments.items():
        kind, called = VALUES.get(name, (object, ""))
        if not isinstance(value, (kind, Mapping)):
            return f"{name} is no {called}; write one, or {{$PARAMETER: …}}"
    try:
        re.compile(arguments.get("regex", ""))
    except re.error as error:
        return f"the regex is none: {error}; mend it"
    return None


def _columns(value: Any) -> Iterator[str]:
    """Every column that the arguments of an entry name, those of its condition included."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key in ("column", "column_A", "column_B", "name") and isinstance(inner, str):
                yield inner
            elif key == "column_list" and isinstance(inner, list):
                yield from inner
            else:
                yield from _columns(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _columns(inner)


def _parameters(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if "$PARAMETER" in value:
            yield value["$PARAMETER"]
        for inner in value.values():
            yield from _parameters(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _parameters(inner)
