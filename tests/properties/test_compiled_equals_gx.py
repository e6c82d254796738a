"""The compiled statement finds exactly the rows that Great Expectations' own engine finds, whatever the table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from assurance.catalogue import Collection, Expectation, RuleText
from assurance.errors import CatalogueError
from assurance.intake.rules import gate
from assurance.intake.rules.statement import ARGUMENTS, COMPOUND_UNIQUE, ROW_COUNT, Parameters, failures, statement
from assurance.intake.staging import Sender, Staged, stage
from tests.rules import faults_of_bcm
from tests.rules.builders import AREA, PERIOD, Return, collection, examined, valid_return
from tests.rules.cases import BCM_PERIOD, bcm, bcm_return
from tests.rules.readings import at_wrong_points, bcm_readings, readings_return, rows, with_wrong_answers
from tests.unit.intake.tables import table_of_return

UNITS = collection().units_of(AREA, PERIOD)
RULE = RuleText(rule="XXX-001", severity="file", message="m", why="w", fix="f", effective_from="2014-01")
# a run of Great Expectations with its rows takes 15 ms an entry: few tables, each with many near misses
# and none is made smaller when it fails
FEW = settings(
    max_examples=10,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
FEWER = settings(FEW, max_examples=5)
MORE = settings(FEW, max_examples=15)
AT_A_TIME = 8
"""Great Expectations filters the whole table anew for each entry: so many entries get their own columns only."""

Places = Counter[tuple[int, int | None]]


def entry(kind: str, **arguments: Any) -> Expectation:
    return Expectation(type=kind, kwargs=arguments, severity="critical", meta=RULE)


def compiled(suite: Sequence[Expectation], staged: Staged, parameters: Parameters) -> Places:
    return Counter((failure.entry, failure.row_no) for failure in failures(suite, staged, parameters))


def native(suite: Sequence[Expectation], frame: pd.DataFrame, parameters: Parameters) -> Places:
    """The failing (entry, row) of the engine that the suite is written for."""
    places: Places = Counter()
    for first in range(0, len(suite), AT_A_TIME):
        some = suite[first : first + AT_A_TIME]
        columns = sorted({column for one in some for column in looked_at(one.kwargs)})
        results = gate.native(some, frame[["row_no", *columns]], parameters)
        assert len(results) == len(some)
        for result in results:
            gate._raise_what_it_hid(result)
            position = first + result.expectation_config.meta["entry"]
            if suite[position].type == ROW_COUNT:
                places += Counter([(position, None)] * (not result.success))
            else:
                places += Counter((position, row["row_no"]) for row in result.result["unexpected_index_list"] or ())
    return places


def looked_at(arguments: Mapping[str, Any]) -> Iterator[str]:
    """The staged columns that an entry names, in its condition as well."""
    for name in ("column", "column_A", "column_B"):
        if name in arguments:
            yield arguments[name]["name"] if isinstance(arguments[name], Mapping) else arguments[name]
    yield from arguments.get("column_list", ())
    condition = arguments.get("row_condition", arguments)
    for inner in (condition, *condition.get("conditions", ())):
        if inner is not arguments:
            yield from looked_at(inner)


def assert_equal(suite: Sequence[Expectation], staged: Staged, parameters: Parameters) -> Places:
    frame = staged.frame()
    by_statement, by_gx = compiled(suite, staged, parameters), native(suite, frame, parameters)
    if by_statement != by_gx:
        only = {"statement only": by_statement - by_gx, "Great Expectations only": by_gx - by_statement}
        kinds = {position: suite[position].kwargs for position, _ in (by_statement - by_gx) + (by_gx - by_statement)}
        columns = sorted({column for kwargs in kinds.values() for column in looked_at(kwargs)})
        raise AssertionError(f"{only}\n{kinds}\n{frame[['row_no', *columns]].to_string()}")
    return by_gx


# The suites that ship, over tables as staging makes them

STRANGE = ("", " ", "NIL", "-", "0", "WSX\n", "2016-1O", "12\n", "\u0661\u0662", "1,23", "1.0", "+1", "é", "'", ";")
NEAR = {
    "return_id": (f"R-{AREA}-201610-v01", f"R-{AREA}-202610-v01", f"R-{AREA}-202610-v02"),
    "area": (AREA, AREA.lower(), f"{AREA} ", "WMD", "W\u0405X"),
    "period": (str(PERIOD), str(BCM_PERIOD), "2016-9", "201610", "2016-11"),
    "unit": (*(unit.name for unit in UNITS), *(alias for unit in UNITS for alias in unit.aliases), "Kent", "dorset"),
    "standard": tuple(standard.title for standard in collection().standards[-3:]),
    "count": ("0", "7", "007", "1,234", "12,34", "1234", "999,999,999", "9,999,999,999", "1234567890", "1e3", "-1"),
    "percentage": ("-", "0", "0.0%", "50.0%", "100.0%", "100%", "33.3%", "12.5 %"),
    "urn": ("44AB0000001", "44AB0000001M", "44ab0000001", "20AB0000001", "1123456789", "93AB1234567", "440AB000001"),
    "scope": ("500", "499", "0", "1000000", "1000001"),
    "integer": ("0", "1", "2", "40", "41", "99", "100"),
    "code": ("ptph", "stage", "trial", "random", "all", "Y", "N", "custody", "bail", "CPS", "none", "GAP", "youth"),
    "codes": ("E1", "E1;D4", "E1; D4", "E1;E1", "E99"),
    "date": (
        *("2026-09-02", "2026-09-03", "2026-09-10", "2026-09-12", "2026-09-13", "2026-09-30", "2026-10-01"),
        *("11/10/2026", "2026-10-31", "2026-11-01", "2026-11-03", "2026-11-04", "31/02/2026", "2009-12-31"),
    ),
    "answer": ("Y", "N", "NA", "ND", "FM", "PM", "NM", "y"),
    "text": ("x" * 500, "x" * 501, "late", "é" * 500),
}
VALID = {"outcomes": valid_return(), "bcm": bcm_return(), "bcm_readings": readings_return()}


def suite_of(of: Collection) -> tuple[Expectation, ...]:
    return of.suite(PERIOD if of.code == "outcomes" else BCM_PERIOD)


@cache
def parameters_of(code: str) -> Parameters:
    return examined(VALID[code], of=collection(code)).parameters


def staged_return(of: Collection, sent: Return) -> Staged:
    return stage(of, table_of_return(sent), Sender(AREA, PERIOD if of.code == "outcomes" else BCM_PERIOD))


@st.composite
def spoilt_returns(draw: st.DrawFn, code: str) -> Return:
    """A valid return with some cells overwritten, mostly by something of their kind, and some rows doubled."""
    sent = VALID[code]
    lines = st.integers(2, sent.last_line)
    columns = [column for column in collection(code).columns if column.name in sent.header]
    slips = [st.tuples(st.just(c.name), st.sampled_from((*NEAR[c.type] * 3, *STRANGE))) for c in columns]
    for line, (column, value) in draw(st.lists(st.tuples(lines, st.one_of(slips)), min_size=20, max_size=80)):
        sent = sent.with_cell(line, column, value)
    doubled = draw(st.lists(lines, max_size=3))
    return sent.with_rows(*(sent.rows[line - 2] for line in doubled))


@FEW
@given(sent=spoilt_returns("outcomes"))
@example(sent=Return(AREA, VALID["outcomes"].name, VALID["outcomes"].header, ()))
def test_the_suite_of_outcomes_fails_the_same_rows_on_both_engines(sent: Return) -> None:
    assert_equal(suite_of(collection()), staged_return(collection(), sent), parameters_of("outcomes"))


@pytest.mark.slow
@FEWER
@given(sent=spoilt_returns("bcm"), place=st.integers(0, len(suite_of(bcm())) - 1))
def test_parts_of_the_suite_of_bcm_fail_the_same_rows_on_both_engines(sent: Return, place: int) -> None:
    """Every twelfth entry from some place on: all kinds of them, of many columns."""
    some = [entry for position, entry in enumerate(suite_of(bcm())) if position % 12 == place % 12]
    assert_equal(some, staged_return(bcm(), sent), parameters_of("bcm"))


@pytest.mark.slow
@MORE
@given(sent=spoilt_returns("bcm"))
def test_the_suite_of_bcm_fails_the_same_rows_on_both_engines(sent: Return) -> None:
    assert_equal(suite_of(bcm()), staged_return(bcm(), sent), parameters_of("bcm"))


def wall_of_outcomes() -> Return:
    """Every strange cell in every column, and what only a category apart can have wrong."""
    good = VALID["outcomes"]
    header, columns = good.header, collection().columns
    cells = [(*NEAR[column.type][:5], *STRANGE) for column in columns]
    title = next(s.title for s in collection().standards if not s.counted)
    apart = [(AREA, str(PERIOD), UNITS[0].name, title, "12\n", "", "0")] * 2
    full = next(row for row in good.rows if row[5] not in ("-", "", "0.0%"))
    emptied = [(*full[:place], "", *full[place + 1 :]) for place in range(len(header))]
    return Return(AREA, good.name, header, (*zip(*cells, strict=False), *apart, *emptied))


def wall_of_bcm() -> Return:
    """Every row of the tests of the rules that has one fault, and one row twice."""
    wall = faults_of_bcm.wall(faults_of_bcm.row_faults())
    return wall.with_rows(wall.rows[0])


def wall_of_readings() -> Return:
    """Every standard at a wrong point and with a wrong answer, one row twice, and what each cell can have wrong."""
    good = VALID["bcm_readings"]
    wrong = rows((*at_wrong_points(), *with_wrong_answers()), good.name)
    cells = [(*NEAR[column.type][:5], *STRANGE) for column in bcm_readings().columns]
    own = good.with_cell(2, "assessor", AREA).with_cell(3, "urn", "1010000001")
    return own.with_rows(*wrong, *zip(*cells, strict=False), own.rows[5], *([("",) * len(good.header)]))


@pytest.mark.parametrize("code", ["outcomes", pytest.param("bcm", marks=pytest.mark.slow), "bcm_readings"])
def test_every_entry_that_ships_fails_somewhere_and_on_both_engines_alike(code: str) -> None:
    """The tests above would say nothing about an entry that their tables cannot fail."""
    walls = {"bcm": wall_of_bcm, "bcm_readings": wall_of_readings, "outcomes": wall_of_outcomes}
    of, wall = collection(code), walls[code]()
    found = assert_equal(suite_of(of), staged_return(of, wall), parameters_of(code))
    assert {position for position, _ in found} == set(range(len(suite_of(of))))


# Every kind of entry the compiler knows, over tables of any kind

TEXT = st.sampled_from((None, None, "", "a", "b", "A", "a\n", "a b", "\u0661", "1", "'", '"', "é", "e\u0301"))
NUMBER = st.sampled_from((None, None, -1, 0, 1, 2, 3))
DAY = st.sampled_from((None, None, date(2016, 2, 28), date(2016, 2, 29), date(2016, 3, 1), date(2099, 12, 31)))
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
    entry(
        "expect_column_values_to_be_between",
        column="d",
        min_value={"$PARAMETER": "first"},
        max_value={"$PARAMETER": "last"},
    ),
    entry("expect_column_values_to_be_null", column="x"),
    entry("expect_column_values_to_be_null", column="d"),
    entry("expect_column_values_to_be_in_set", column="x", value_set=[]),
    *(
        entry(
            "expect_column_pair_values_a_to_be_greater_than_b",
            column_A=a,
            column_B=b,
            or_equal=or_equal,
            ignore_row_if="either_value_is_missing",
        )
        for a, b in (("d", "e"), ("n", "k"))
        for or_equal in (True, False)
    ),
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
    *(
        {"type": "comparison", "column": {"name": "k"}, "operator": operator, "parameter": 1}
        for operator in ("<", "<=", ">", ">=")
    ),
    {"type": "comparison", "column": {"name": "y"}, "operator": "!=", "parameter": {"$PARAMETER": "point"}},
    *(
        {"type": "nullity", "column": {"name": column}, "is_null": is_null}
        for column in "ykd"
        for is_null in (True, False)
    ),
    {
        "type": "and",
        "conditions": [
            {"type": "comparison", "column": {"name": "k"}, "operator": "!=", "parameter": 0},
            {"type": "nullity", "column": {"name": "y"}, "is_null": False},
            {"type": "comparison", "column": {"name": "y"}, "operator": "!=", "parameter": "b"},
        ],
    },
)
PARAMETERS = {
    "letters": ["a", "b", "'", ""],
    "most": 2,
    "point": "a",
    "first": datetime(2016, 2, 29),
    "last": datetime(2016, 2, 29),
}
UNDER_A_CONDITION = tuple(
    entry(kind.type, **kind.kwargs, row_condition=condition) for condition in CONDITIONS for kind in EVERY_KIND[:-1]
)


Line = tuple[str | None, str | None, int | None, int | None, date | None, date | None]
ROWS = st.tuples(TEXT, TEXT, NUMBER, NUMBER, DAY, DAY)
NOTHING: Line = (None,) * 6


def table(rows: Iterable[Line]) -> Staged:
    """Columns of each kind that staging makes: text, whole numbers and days."""
    cells = list(zip(*rows, strict=True)) or [()] * 6
    types = {"x": pa.string(), "y": pa.string(), "n": pa.int64(), "k": pa.int32(), "d": pa.date32(), "e": pa.date32()}
    columns = {name: pa.array(values, type=types[name]) for name, values in zip(types, cells, strict=True)}
    numbered = pa.table({"row_no": pa.array(range(2, 2 + len(cells[0])), type=pa.int64()), **columns})
    connection = duckdb.connect()
    connection.register("drawn", numbered)
    connection.execute("create temp table staged as from drawn")
    return Staged(connection, PERIOD)


def test_the_suites_below_hold_every_kind_of_entry_and_argument_that_is_compiled() -> None:
    held: dict[str, set[str]] = {}
    for one in (*EVERY_KIND, *UNDER_A_CONDITION):
        held.setdefault(one.type, set()).update(one.kwargs)
    assert held == {kind: set(arguments) for kind, arguments in ARGUMENTS.items()}


@pytest.mark.slow
@FEW
@given(rows=st.lists(ROWS, max_size=12))
@example(rows=[])
@example(rows=[NOTHING] * 2)
@example(rows=[(*row, None, None) for row in [(None, "a", None, 1), ("a", None, 1, None)] * 2])
def test_every_kind_of_entry_fails_the_same_rows_on_both_engines(rows: list[Any]) -> None:
    assert_equal(EVERY_KIND, table(rows), PARAMETERS)


@pytest.mark.slow
@FEW
@given(
    suite=st.lists(st.sampled_from(UNDER_A_CONDITION), min_size=6, max_size=6),
    rows=st.lists(ROWS, min_size=4, max_size=12),
)
@example(
    suite=[one for one in UNDER_A_CONDITION if one.type in (COMPOUND_UNIQUE, "expect_column_pair_values_to_be_equal")],
    rows=[
        (*row, None, None)
        for row in [("c", None, 9, None), ("c", "a", 9, 1), ("c", "b", 9, 2), ("c", "b", 9, 2), (None, "b", None, None)]
    ],
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
        entry("expect_column_pair_values_a_to_be_greater_than_b", column_A="n", column_B="k"),
        entry(COMPOUND_UNIQUE, column_list=["x", "y"], ignore_row_if="never"),
        entry(
            "expect_column_values_to_not_be_null",
            column="x",
            row_condition={"type": "or", "conditions": []},
        ),
    ],
    ids=lambda one: " ".join((one.type, *one.kwargs)),
)
def test_what_only_great_expectations_would_heed_is_refused_by_its_rule(unheeded: Expectation) -> None:
    with pytest.raises(CatalogueError, match=r"XXX-001|row condition"):
        statement([unheeded], PARAMETERS)
