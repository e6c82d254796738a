"""The compiled statement finds exactly the rows that Great Expectations' own engine finds, whatever the table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from assurance.catalogue import Expectation, RuleText
from assurance.errors import CatalogueError
from assurance.intake.reading import Row
from assurance.intake.rules import gate
from assurance.intake.rules.statement import ARGUMENTS, COMPOUND_UNIQUE, ROW_COUNT, Parameters, failures, statement
from assurance.intake.typing import stage
from tests.rules.builders import AREA, FIRST_LINE, PERIOD, collection

OUTCOMES = collection()
SUITE = OUTCOMES.rules.expectations
UNITS = OUTCOMES.units_of(AREA, PERIOD)
RULE = RuleText(rule="XXX-001", severity="file", message="m", why="w", fix="f", effective_from="2014-01")
# a run of Great Expectations with its rows takes a quarter of a second: few tables, each with many near misses
FEW = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

Places = Counter[tuple[int, int | None]]


def entry(kind: str, **arguments: Any) -> Expectation:
    return Expectation(type=kind, kwargs=arguments, severity="critical", meta=RULE)


def compiled(suite: Sequence[Expectation], table: pd.DataFrame, parameters: Parameters) -> Places:
    return Counter((failure.entry, failure.row_no) for failure in failures(suite, table, parameters))


def native(suite: Sequence[Expectation], table: pd.DataFrame, parameters: Parameters) -> Places:
    """The failing (entry, row) of the engine that the suite is written for."""
    places: Places = Counter()
    for result in gate.native(suite, table, parameters):
        gate._raise_what_it_hid(result)
        position = result.expectation_config.meta["entry"]
        if suite[position].type == ROW_COUNT:
            places += Counter([(position, None)] * (not result.success))
        else:
            places += Counter((position, row["row_no"]) for row in result.result["unexpected_index_list"] or ())
    return places


def assert_equal(suite: Sequence[Expectation], table: pd.DataFrame, parameters: Parameters) -> None:
    by_statement, by_gx = compiled(suite, table, parameters), native(suite, table, parameters)
    if by_statement != by_gx:
        only = {"statement only": by_statement - by_gx, "Great Expectations only": by_gx - by_statement}
        kinds = {position: suite[position].kwargs for position, _ in (by_statement - by_gx) + (by_gx - by_statement)}
        raise AssertionError(f"{only}\n{kinds}\n{table.to_string()}")


# The suite of the collection that ships, over tables as typing makes them

STRANGE = (
    "",
    " ",
    "NIL",
    "-",
    "0",
    "WSX\n",
    "2016-10\n",
    "2016-1O",
    "12\n",
    "\u0661\u0662",
    "\uff11\uff12",
    "1,23",
    "1.0",
    "+1",
    "é",
    "'",
)
NEAR = {
    "area": (AREA, AREA.lower(), f"{AREA} ", "WMD", "W\u0405X"),
    "period": (str(PERIOD), "2016-9", "2016-010", "201610", "2016-11"),
    "unit": (*(unit.name for unit in UNITS), *(alias for unit in UNITS for alias in unit.aliases), "Kent", "dorset"),
    "standard": tuple(standard.title for standard in OUTCOMES.standards[-3:]),
    "count": ("0", "7", "007", "1,234", "12,34", "1234", "999,999,999", "9,999,999,999", "1234567890", "1e3", "-1"),
    "percentage": ("-", "0", "0.0%", "50.0%", "100.0%", "100%", "33.3%", "12.5 %"),
}


@st.composite
def received_rows(draw: st.DrawFn) -> list[tuple[str, ...]]:
    """Rows that are nearly right: each cell mostly of its own kind, sometimes of none."""
    cells = [st.sampled_from((*NEAR[column.type] * 2, *STRANGE)) for column in OUTCOMES.columns]
    return draw(st.lists(st.tuples(*cells), max_size=14))


def staged(rows: Iterable[tuple[str, ...]]) -> pd.DataFrame:
    header = tuple(column.name for column in OUTCOMES.columns)
    return stage(OUTCOMES, header, [Row(line, cells) for line, cells in enumerate(rows, start=FIRST_LINE)], UNITS)


@FEW
@given(rows=received_rows(), rows_owed=st.integers(0, 3))
@example(rows=[], rows_owed=0)
def test_the_suite_that_ships_fails_the_same_rows_on_both_engines(rows: list[tuple[str, ...]], rows_owed: int) -> None:
    parameters = {
        "area": [AREA],
        "period": [str(PERIOD)],
        "units": [unit.name for unit in UNITS],
        "standards": [standard.title for standard in OUTCOMES.standards],
        "rows_owed": rows_owed,
    }
    assert_equal(SUITE, staged(rows), parameters)


def test_the_generated_tables_fail_every_entry_that_ships() -> None:
    """The test above would say nothing about an entry that its tables cannot fail."""
    rows = [
        tuple(near) for near in zip(*(NEAR[column.type][:5] + STRANGE for column in OUTCOMES.columns), strict=False)
    ]
    title = next(s.title for s in OUTCOMES.standards if not s.counted)
    apart = [(AREA, str(PERIOD), UNITS[0].name, title, "12\n", "", "0")] * 2
    parameters = {
        "area": [AREA],
        "period": [str(PERIOD)],
        "units": [UNITS[0].name],
        "standards": [title],
        "rows_owed": 1,
    }
    table = staged([*rows, *apart])
    assert {position for position, _ in compiled(SUITE, table, parameters)} == set(range(len(SUITE)))
    assert_equal(SUITE, table, parameters)


# Every kind of entry the compiler knows, over tables of any kind

TEXT = st.sampled_from((None, None, "", "a", "b", "A", "a\n", "a b", "\u0661", "1", "'", '"', "é", "e\u0301"))
NUMBER = st.sampled_from((None, None, -1, 0, 1, 2, 3))
EVERY_KIND = (
    entry("expect_column_values_to_not_be_null", column="x"),
    entry("expect_column_values_to_not_be_null", column="n"),
    entry("expect_column_values_to_be_in_set", column="x", value_set={"$PARAMETER": "letters"}),
    entry("expect_column_values_to_be_in_set", column="n", value_set=[0, 1]),
    entry("expect_column_values_to_match_regex", column="x", regex="a|[0-9]|'"),
    entry("expect_column_values_to_match_regex", column="y", regex="|[a-z]{1,2}"),
    entry("expect_column_values_to_be_between", column="n", min_value=0, max_value=2),
    entry("expect_column_values_to_be_between", column="n", min_value=1),
    entry("expect_column_values_to_be_between", column="n", max_value={"$PARAMETER": "most"}),
    entry("expect_column_pair_values_to_be_equal", column_A="x", column_B="y"),
    entry("expect_column_pair_values_to_be_equal", column_A="x", column_B="y", ignore_row_if="either_value_is_missing"),
    entry(COMPOUND_UNIQUE, column_list=["x", "y"]),
    entry(COMPOUND_UNIQUE, column_list=["x", "n"]),
    entry(ROW_COUNT, value={"$PARAMETER": "most"}),
)
CONDITIONS = (
    {"type": "comparison", "column": {"name": "k"}, "operator": "==", "parameter": 1},
    {"type": "comparison", "column": {"name": "k"}, "operator": "!=", "parameter": 1},
    {"type": "comparison", "column": {"name": "y"}, "operator": "==", "parameter": "a"},
    {"type": "comparison", "column": {"name": "y"}, "operator": "!=", "parameter": "a"},
    {
        "type": "and",
        "conditions": [
            {"type": "comparison", "column": {"name": "k"}, "operator": "!=", "parameter": 0},
            {"type": "comparison", "column": {"name": "y"}, "operator": "==", "parameter": "b"},
        ],
    },
)
PARAMETERS = {"letters": ["a", "b", "'", ""], "most": 2}
UNDER_A_CONDITION = tuple(
    entry(kind.type, **kind.kwargs, row_condition=condition) for condition in CONDITIONS for kind in EVERY_KIND[:-1]
)


def table(rows: Iterable[tuple[str | None, str | None, int | None, int | None]]) -> pd.DataFrame:
    x, y, n, k = zip(*rows, strict=True) if rows else ((), (), (), ())
    return pd.DataFrame(
        {
            "row_no": pd.Series(range(2, 2 + len(x)), dtype="int64"),
            "x": pd.Series(x, dtype="str"),
            "y": pd.Series(y, dtype="str"),
            "n": pd.Series(n, dtype="Int64"),
            "k": pd.Series(k, dtype="Int64"),
        }
    )


def test_the_suites_below_hold_every_kind_of_entry_and_argument_that_is_compiled() -> None:
    held: dict[str, set[str]] = {}
    for one in (*EVERY_KIND, *UNDER_A_CONDITION):
        held.setdefault(one.type, set()).update(one.kwargs)
    assert held == {kind: set(arguments) for kind, arguments in ARGUMENTS.items()}


@FEW
@given(rows=st.lists(st.tuples(TEXT, TEXT, NUMBER, NUMBER), max_size=12))
@example(rows=[])
@example(rows=[(None, None, None, None)] * 2)
@example(rows=[(None, "a", None, 1), (None, "a", None, 1), ("a", None, 1, None), ("a", None, 1, None)])
def test_every_kind_of_entry_fails_the_same_rows_on_both_engines(rows: list[Any]) -> None:
    assert_equal(EVERY_KIND, table(rows), PARAMETERS)


@FEW
@given(
    suite=st.lists(st.sampled_from(UNDER_A_CONDITION), min_size=6, max_size=6),
    rows=st.lists(st.tuples(TEXT, TEXT, NUMBER, NUMBER), min_size=4, max_size=12),
)
@example(
    suite=[one for one in UNDER_A_CONDITION if one.type in (COMPOUND_UNIQUE, "expect_column_pair_values_to_be_equal")],
    rows=[("c", None, 9, None), ("c", "a", 9, 1), ("c", "b", 9, 2), ("c", "b", 9, 2), (None, "b", None, None)],
)
def test_every_kind_of_entry_under_a_row_condition_fails_the_same_rows_on_both_engines(
    suite: list[Expectation], rows: list[Any]
) -> None:
    assert_equal(suite, table(rows), PARAMETERS)


# What cannot be compiled is refused, so that it cannot be heeded by one engine only


@pytest.mark.parametrize(
    "unheeded",
    [
        entry("expect_column_values_to_be_unique", column="x"),
        entry("expect_column_values_to_not_be_null", column="x", mostly=0.9),
        entry("expect_column_values_to_be_between", column="n", min_value=0, strict_min=True),
        entry("expect_column_pair_values_to_be_equal", column_A="x", column_B="y", ignore_row_if="neither"),
        entry(COMPOUND_UNIQUE, column_list=["x", "y"], ignore_row_if="never"),
        entry(
            "expect_column_values_to_not_be_null",
            column="x",
            row_condition={"type": "comparison", "column": {"name": "k"}, "operator": ">", "parameter": 1},
        ),
    ],
    ids=lambda one: " ".join((one.type, *one.kwargs)),
)
def test_what_only_great_expectations_would_heed_is_refused_by_its_rule(unheeded: Expectation) -> None:
    with pytest.raises(CatalogueError, match=r"XXX-001|row condition"):
        statement([unheeded], PARAMETERS)
