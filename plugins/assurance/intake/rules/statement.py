"""Which rows fail which rule? Compiles a suite of Great Expectations entries into one DuckDB statement.

Each entry becomes the condition under which a row of the staged table fails it; one scan asks them all of every row.
What an entry means is what Great Expectations' own pandas engine means by it: a property test holds the two to equal
rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Collection as Members
from dataclasses import dataclass
from datetime import date
from typing import Any

from assurance.catalogue import Expectation
from assurance.catalogue.suite import ARGUMENTS, COMPOUND_UNIQUE, OF_TIMELY, ROW_COUNT, SUFFIXES
from assurance.errors import CatalogueError
from assurance.intake.staging import Staged, name, quoted
from assurance.model import Severity

Parameters = Mapping[str, Any]
Wanted = Callable[[Expectation], bool]

STAGED_SUFFIX = re.compile(
    rf"({'|'.join({suffix for known in (*SUFFIXES.values(), OF_TIMELY) for suffix in known if suffix})})\Z"
)


@dataclass(frozen=True)
class Failure:
    """One place where one entry of the suite fails; no row for an entry that looks at the whole table."""

    entry: int
    """Position of the entry in the suite."""
    row_no: int | None


def every_entry(entry: Expectation) -> bool:
    return True


@dataclass(frozen=True)
class Failed:
    """What of a staged table fails."""

    places: tuple[Failure, ...]
    """By row and entry: of each entry so many as are asked for at most."""
    held_back: frozenset[int]
    """Every row that fails an entry of severity `row`."""


def failures(
    suite: Sequence[Expectation], staged: Staged, parameters: Parameters, wanted: Wanted = every_entry
) -> tuple[Failure, ...]:
    """Every failing place of a staged table, by row and entry."""
    return failed(suite, staged, parameters, wanted).places


def failed(
    suite: Sequence[Expectation],
    staged: Staged,
    parameters: Parameters,
    wanted: Wanted = every_entry,
    *,
    most: int = 1 << 31,
    held_back: Members[int] = (),
) -> Failed:
    """What fails the wanted entries; the rows that fail one of severity `row`, and those of `held_back`, are held back.

    No more than `most` places of each entry are named, for a hostile table can fail everywhere; of a note, those in rows
    that count before the others.
    """
    asked = statement(suite, parameters, wanted)
    if not asked:
        return Failed((), frozenset())
    staged.keep("failed", asked)
    holding, notes = (
        [position for position, entry in enumerate(suite) if entry.meta.severity is severity]
        for severity in (Severity.ROW, Severity.NOTE)
    )
    held = {row for (row,) in staged.rows(f"select distinct row_no from failed where entry in {_list(holding)}")}
    staged.hold_back(held.union(held_back))
    return Failed(
        tuple(
            Failure(*place)
            for place in staged.rows(
                "select entry, row_no from failed qualify row_number() over (partition by entry order by "
                f"entry in {_list(notes)} and row_no not in (select row_no from counting), row_no) <= {most} "
                "order by row_no nulls first, entry"
            )
        ),
        frozenset(held),
    )


def statement(suite: Sequence[Expectation], parameters: Parameters, wanted: Wanted = every_entry) -> str:
    """The one statement that asks the wanted entries; columns `entry, row_no`. Empty when none is wanted."""
    rows, tables = {}, []
    for position, entry in enumerate(suite):
        _refuse_what_is_not_compiled(entry)
        arguments = resolved(entry, parameters)
        if not wanted(entry):
            continue
        if entry.type == ROW_COUNT:
            tables.append(_count(position, arguments))
        elif entry.type == COMPOUND_UNIQUE:
            tables.append(_repeated(position, arguments))
        else:
            rows[position] = _failing(entry.type, arguments)
    if rows:
        tables.append(_of_rows(rows))
    return "\nunion all\n".join(tables)


def _of_rows(conditions: Mapping[int, str]) -> str:
    """The failing entries of each row. First which rows fail at all: lists cost more than the conditions, and most pass."""
    entries = ", ".join(f"case when {condition} then {position} end" for position, condition in conditions.items())
    fails = " or ".join(f"({condition})" for condition in conditions.values())
    return (
        "select entry, row_no from (select row_no, unnest(list_filter("
        f"[{entries}], lambda failed: failed is not null)) as entry from staged where {fails})"
    )


def resolved(entry: Expectation, parameters: Parameters) -> dict[str, Any]:
    """The keyword arguments of an entry with every `{$PARAMETER: name}` replaced, however deep it stands."""
    return {key: _resolve(value, parameters) for key, value in entry.kwargs.items()}


def full_match(regex: str) -> str:
    """The suite's regex, which is written without anchors, for an engine that only searches."""
    return rf"\A(?:{regex})\Z"


def looks_at_rows(entry: Expectation) -> bool:
    """Whether an entry judges rows, as against the table as a whole."""
    return entry.type != ROW_COUNT


def cannot_fail(entry: Expectation, plain: Members[str]) -> bool:
    """Whether an entry asks of a staged column of plain text, printable ASCII all of it, to be just that."""
    return entry.kwargs.get("regex") == PLAIN and entry.kwargs["column"] in plain


def looks_at_each_row(entry: Expectation) -> bool:
    """Whether an entry can be asked of each row without knowing the others."""
    return entry.type not in (ROW_COUNT, COMPOUND_UNIQUE)


def reported_column(entry: Expectation) -> str | None:
    """The column of the return that a failing entry points at: the staged name without its suffix."""
    named: str | None = entry.kwargs.get("column") or entry.kwargs.get("column_A")
    return STAGED_SUFFIX.sub("", named) if named else None


def _count(position: int, arguments: Parameters) -> str:
    return (
        f"select {position} as entry, null as row_no where (select count(*) from staged) <> {int(arguments['value'])}"
    )


def _repeated(position: int, arguments: Parameters) -> str:
    key = [name(column) for column in arguments["column_list"]]
    all_null = " and ".join(f"{column} is null" for column in key)
    looked_at = " and ".join([*_condition(arguments.get("row_condition")), f"not ({all_null})"])
    return (
        f"select {position} as entry, row_no from (select row_no, "
        f"count(*) over (partition by {', '.join(key)}) as times from staged where {looked_at}) where times > 1"
    )


def _failing(type_: str, arguments: Parameters) -> str:
    conditions = [*_condition(arguments.get("row_condition")), f"({ROW_PREDICATES[type_](arguments)})"]
    return " and ".join(conditions)


def _refuse_what_is_not_compiled(entry: Expectation) -> None:
    """An entry or argument that Great Expectations would heed and the statement would not."""
    if entry.type not in ARGUMENTS:
        known = ", ".join(sorted(ARGUMENTS))
        raise CatalogueError(f"rule {entry.meta.rule}: {entry.type} cannot be compiled; use one of {known}")
    for argument in entry.kwargs:
        if argument not in ARGUMENTS[entry.type]:
            known = ", ".join(sorted(ARGUMENTS[entry.type]))
            raise CatalogueError(
                f"rule {entry.meta.rule}: {entry.type} with {argument} cannot be compiled; use {known}"
            )
    if entry.kwargs.get("ignore_row_if", IGNORED) != IGNORED:
        raise CatalogueError(f"rule {entry.meta.rule}: ignore_row_if can only be {IGNORED} here; else leave it out")
    if entry.type == PAIR_GREATER and "ignore_row_if" not in entry.kwargs:
        # it cannot compare a number with none, and fails the rule instead
        raise CatalogueError(f"rule {entry.meta.rule}: {entry.type} needs ignore_row_if: {IGNORED}; add it")


def _not_null(arguments: Parameters) -> str:
    return f"{name(arguments['column'])} is null"


def _null(arguments: Parameters) -> str:
    return f"{name(arguments['column'])} is not null"


def _in_set(arguments: Parameters) -> str:
    column, values = name(arguments["column"]), arguments["value_set"]
    return f"{column} not in ({', '.join(map(_literal, values))})" if values else f"{column} is not null"


def _match_regex(arguments: Parameters) -> str:
    return f"not regexp_full_match({name(arguments['column'])}, {_literal(arguments['regex'])})"


def _between(arguments: Parameters) -> str:
    column = name(arguments["column"])
    limits = ((arguments.get("min_value"), "<"), (arguments.get("max_value"), ">"))
    return " or ".join(f"{column} {sign} {_literal(limit)}" for limit, sign in limits if limit is not None)


def _pair_equal(arguments: Parameters) -> str:
    a, b = name(arguments["column_A"]), name(arguments["column_B"])
    return f"{a} <> {b}" if arguments.get("ignore_row_if") == IGNORED else f"{a} is distinct from {b}"


def _pair_greater(arguments: Parameters) -> str:
    sign = "<" if arguments.get("or_equal") else "<="
    return f"{name(arguments['column_A'])} {sign} {name(arguments['column_B'])}"


PLAIN = "[ -~]*"
PAIR_GREATER = "expect_column_pair_values_a_to_be_greater_than_b"
ROW_PREDICATES: Mapping[str, Callable[[Parameters], str]] = {
    "expect_column_values_to_not_be_null": _not_null,
    "expect_column_values_to_be_null": _null,
    "expect_column_values_to_be_in_set": _in_set,
    "expect_column_values_to_match_regex": _match_regex,
    "expect_column_values_to_be_between": _between,
    "expect_column_pair_values_to_be_equal": _pair_equal,
    PAIR_GREATER: _pair_greater,
}
"""What is true of a row that fails. A null passes, as in Great Expectations; say not-null beside it where it must not."""

IGNORED = "either_value_is_missing"
SIGNS = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def _condition(condition: Mapping[str, Any] | None) -> Iterable[str]:
    """The row condition of an entry: comparisons and nullities, joined by and."""
    match condition:
        case None:
            return []
        case {"type": "and", "conditions": conditions}:
            return [sql for part in conditions for sql in _condition(part)]
        case {"type": "nullity", "column": {"name": column}, "is_null": is_null}:
            return [f"{name(column)} is {'' if is_null else 'not '}null"]
        case {"type": "comparison", "column": {"name": column}, "operator": operator, "parameter": value} if (
            operator in SIGNS
        ):
            # no text is other than any text, but no number is neither equal nor other: so pandas has it, and the gate
            other = operator == "!=" and isinstance(value, str)
            return [f"{name(column)} {'is distinct from' if other else SIGNS[operator]} {_literal(value)}"]
    raise CatalogueError(
        f"row condition {condition}: only comparisons ({' '.join(SIGNS)}) and nullities joined by `and` can be compiled"
    )


def _resolve(value: Any, parameters: Parameters) -> Any:
    if isinstance(value, Mapping):
        if "$PARAMETER" in value:
            return parameters[value["$PARAMETER"]]
        return {key: _resolve(inner, parameters) for key, inner in value.items()}
    return [_resolve(inner, parameters) for inner in value] if isinstance(value, list) else value


def _list(numbers: Iterable[int]) -> str:
    return f"({', '.join(map(str, numbers)) or 'null'})"


def _literal(value: object) -> str:
    if isinstance(value, date):  # a datetime is one, too
        return f"timestamp '{value.isoformat()}'"
    return str(value) if isinstance(value, int | float) else quoted(value)
