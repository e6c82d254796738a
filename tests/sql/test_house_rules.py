"""Every SQL file is one text for DuckDB and PostgreSQL, and written by the same rules."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
import sqlglot
from sqlglot import exp

from assurance.settings import REPOSITORY
from assurance.warehouse.migrations import END_OF_STATEMENT
from assurance.warehouse.queries import BLOCK, statements

SQL = REPOSITORY / "sql"
MIGRATIONS = sorted((SQL / "migrations").iterdir())
QUERIES = sorted((SQL / "queries").iterdir())
FILES = [*MIGRATIONS, *QUERIES]
BLOCKS = {f"{file.stem}/{name}": sql for file in QUERIES for name, sql in statements(file).items()}
SCHEMA = {
    f"{file.stem}:{number}": sql.strip()
    for file in MIGRATIONS
    for number, sql in enumerate(filter(str.strip, END_OF_STATEMENT.split(file.read_text(encoding="utf-8"))), start=1)
}
STATEMENTS = {**BLOCKS, **SCHEMA}
DIALECTS = ("duckdb", "postgres")

BANNED = {
    r"::": "cast(x as type): `::` clashes with bind parameters",
    r"%": "no percent sign: one driver reads it as a parameter",
    r"\{|\}|\$|\?": "bind parameters only, written :name",
    r"\bfloat\b|\breal\b": "double precision: float is 64 bits in one engine and 32 in the other",
    r"\bround\b": "store counts and round when printing: the engines round halves differently",
    r"\b(percentile_cont|percentile_disc|quantile\w*|median|mode)\b": "window arithmetic: translated as approximate",
    r"\b(to_char|strftime|date_trunc|date_part)\b": "dates are formatted where they are printed",
    r"\b(now\(|current_timestamp|current_date|localtimestamp|random\()": "no clock and no chance below the edge",
    r"\b(serial|bigserial|identity|nextval)\b|generated always": "keys come from outside or are the last one plus one",
    r"\b(savepoint|merge|returning)\b": "not alike, or not there, on both engines",
    r"//": "no integer division",
    r"\bnumeric\b|\bdecimal\b|\bhugeint\b": "counts are integers and rates double precision",
}
KEYS_OF_VIEWS = {
    "submission_in_force": [{"submission_id"}, {"collection", "period", "area"}],
    "schema_version": [{"version"}],  # the ledger that migrations keep of themselves
}


def bare(sql: str) -> str:
    """The statement without comments and without what stands in quotes."""
    return re.sub(r"'[^']*'", "''", re.sub(r"--[^\n]*", "", sql))


def parsed(name: str, dialect: str = "postgres") -> exp.Expression:
    return sqlglot.parse_one(STATEMENTS[name], dialect=dialect, error_level=sqlglot.ErrorLevel.RAISE)


def tables() -> dict[str, exp.Create]:
    made = [tree for tree in map(parsed, SCHEMA) if isinstance(tree, exp.Create)]
    return {create.find(exp.Table).name: create for create in made if create.args["kind"] == "TABLE"}


def keys() -> dict[str, list[set[str]]]:
    """Which columns are unique together, by table or view."""
    found: dict[str, list[set[str]]] = dict(KEYS_OF_VIEWS)
    for table, create in tables().items():
        of_columns = [{c.name} for c in create.find_all(exp.ColumnDef) if c.find(exp.PrimaryKeyColumnConstraint)]
        of_table = [
            {identifier.name for identifier in constraint.find_all(exp.Identifier)}
            for kind in (exp.PrimaryKey, exp.UniqueColumnConstraint)
            for constraint in create.find_all(kind)
        ]
        found[table] = [key for key in (*of_columns, *of_table) if key]
    return found


KEYS = keys()
NOT_NULL = {
    column.name
    for create in tables().values()
    for column in create.find_all(exp.ColumnDef)
    if column.find(exp.NotNullColumnConstraint) or column.find(exp.PrimaryKeyColumnConstraint)
}
SELECTS = [name for name in BLOCKS if isinstance(parsed(name), exp.Select)]


def source(select: exp.Select) -> str:
    return str(select.args["from_"].this.name)


def columns(expressions: list[exp.Expression]) -> set[str]:
    return {column.name for each in expressions for column in each.find_all(exp.Column)}


def given(select: exp.Select) -> set[str]:
    """The columns that a parameter fixes to one value."""
    where = select.args.get("where")
    if where is None:
        return set()
    conditions = list(where.this.flatten()) if isinstance(where.this, exp.And) else [where.this]
    return {c.left.name for c in conditions if isinstance(c, exp.EQ) and isinstance(c.right, exp.Placeholder)}


def determines_one_row(select: exp.Select, fixed: set[str]) -> bool:
    return any(key <= fixed for key in KEYS[source(select)])


def returns_many_rows(select: exp.Select) -> bool:
    if select.args.get("group") or select.args.get("distinct"):
        return True
    counts_all = all(each.find(exp.AggFunc) for each in select.expressions)
    joined = bool(select.args.get("joins"))
    return not counts_all and (joined or not determines_one_row(select, given(select)))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_file_begins_by_saying_what_it_is(file: Path) -> None:
    assert file.suffix == ".sql"
    header = file.read_text(encoding="utf-8").partition("\n\n")[0].splitlines()
    assert all(line.startswith("-- ") for line in header), header


@pytest.mark.parametrize("file", QUERIES, ids=lambda file: file.name)
def test_a_file_of_queries_says_its_grain_and_its_readers(file: Path) -> None:
    header = BLOCK.split(file.read_text(encoding="utf-8"))[0]
    assert re.search(r"^-- grain: \w", header, re.M), header
    assert re.search(r"^-- readers: \w", header, re.M), header


@pytest.mark.parametrize("file", QUERIES, ids=lambda file: file.name)
def test_each_block_of_a_file_has_a_name_of_its_own_and_nothing_stands_before_the_first(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    header, *parts = BLOCK.split(text)
    names = parts[::2]
    assert names == list(dict.fromkeys(names))
    assert not bare(header).strip()
    assert re.findall(r"^--\s*name.*$", text, re.M) == [f"-- name: {name}" for name in names]


def test_migrations_are_numbered_from_one_without_a_gap() -> None:
    assert all(re.fullmatch(r"[0-9]{4}_[a-z_]+\.sql", file.name) for file in MIGRATIONS)
    assert [int(file.name[:4]) for file in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))


@pytest.mark.parametrize("name", [name for name in SCHEMA if "create index" not in SCHEMA[name]])
def test_a_table_or_view_is_introduced_by_its_grain(name: str) -> None:
    *_, comment, _ = SCHEMA[name].partition("create ")[0].split("\n")
    assert comment.startswith("-- "), SCHEMA[name]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", STATEMENTS)
def test_a_block_is_one_statement_that_both_engines_read(name: str, dialect: str) -> None:
    trees = sqlglot.parse(STATEMENTS[name], dialect=dialect, error_level=sqlglot.ErrorLevel.RAISE)
    assert len(trees) == 1
    assert trees[0] is not None
    assert not trees[0].find(exp.Command), "sqlglot does not understand this statement"


@pytest.mark.parametrize("name", STATEMENTS)
def test_keywords_and_names_are_lower_case(name: str) -> None:
    assert re.findall(r"\w*[A-Z]\w*", bare(STATEMENTS[name])) == []


@pytest.mark.parametrize("name", STATEMENTS)
def test_nothing_stands_in_a_statement_that_the_engines_read_differently(name: str) -> None:
    found = {why: re.findall(pattern, bare(STATEMENTS[name])) for pattern, why in BANNED.items()}
    assert {why: hits for why, hits in found.items() if hits} == {}


@pytest.mark.parametrize("name", BLOCKS)
def test_what_is_bound_is_what_the_statement_asks_for_and_comments_bind_nothing(name: str) -> None:
    bound = set(sa.text(BLOCKS[name])._bindparams)
    assert bound == {placeholder.name for placeholder in parsed(name).find_all(exp.Placeholder)}


@pytest.mark.parametrize("name", SCHEMA)
def test_a_migration_binds_nothing(name: str) -> None:
    assert not sa.text(SCHEMA[name])._bindparams


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_division_is_of_doubles(name: str) -> None:
    for division in parsed(name).find_all(exp.Div):
        numerator = division.left.unnest()
        assert isinstance(numerator, exp.Cast), division.sql()
        assert numerator.to.is_type("double"), division.sql()


@pytest.mark.parametrize("name", STATEMENTS)
def test_what_is_summed_averaged_or_counted_is_cast(name: str) -> None:
    for aggregate in parsed(name).find_all(exp.Sum, exp.Avg, exp.Count):
        assert aggregate.find_ancestor(exp.Cast), aggregate.sql()


@pytest.mark.parametrize("name", SELECTS)
def test_rows_come_in_a_total_order(name: str) -> None:
    select = parsed(name)
    assert isinstance(select, exp.Select)
    if not returns_many_rows(select):
        return
    order = select.args.get("order")
    assert order, "this may return many rows and does not say in which order"
    ordered = columns(order.expressions)
    if group := select.args.get("group"):
        assert columns(group.expressions) <= ordered
    elif select.args.get("distinct"):
        assert columns(select.expressions) <= ordered
    else:
        assert determines_one_row(select, ordered | given(select)), f"rows may tie: {order.sql()}"


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_window_is_in_a_total_order(name: str) -> None:
    for window in parsed(name).find_all(exp.Window):
        fixed = columns([*window.args.get("partition_by", []), *window.args["order"].expressions])
        assert determines_one_row(window.find_ancestor(exp.Select), fixed), window.sql()


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_falling_order_says_where_nulls_come_unless_there_are_none(name: str) -> None:
    falling = re.findall(r"(\w+) desc\b(?! nulls (?:first|last))", bare(STATEMENTS[name]))
    assert [column for column in falling if column not in NOT_NULL] == []


def test_every_block_is_used_by_the_package() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in sorted((REPOSITORY / "plugins").rglob("*.py")))
    assert [name for name in BLOCKS if f'"{name}"' not in code] == []


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("select 1::int", "::"),
        ("select round(2.5)", "round"),
        ("select a from b where c = {d}", "bind"),
        ("create table t (a float)", "float"),
    ],
)
def test_the_rules_find_what_they_forbid(sql: str, why: str) -> None:
    found = [reason for pattern, reason in BANNED.items() if re.search(pattern, bare(sql))]
    assert len(found) == 1
    assert why in found[0]


def test_whoever_writes_names_the_role_of_the_job() -> None:
    """On PostgreSQL the login of the steps may do nothing without one."""
    written = {
        f"{file.name}:{number}"
        for folder in ("steps", "delivery")
        for file in (REPOSITORY / "plugins" / "assurance" / folder).glob("*.py")
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if "warehouse.transaction()" in line
    }
    assert written == set(), "write transaction(Role.…); sql/grants.sql says what each role may do"
