"""What do the cells mean? Turns the text of a return into the staged table that rules and counts look at.

One row per record of the return, in a table of its own in memory. It has `row_no` (the line as the sender sees it)
and, by the type of each column X (an empty cell is null):

| type | staged columns |
|---|---|
| return_id, area, period | `X_text` |
| unit | `X_text`; `X`: the unit's name, aliases resolved; an unknown name stays as it is |
| standard | `X_text`; `counted`: 1, or 0 for a standard that stands in no rate |
| count | `X_text`; `X`: the number, null where it is none |
| percentage | `X_text`; `X_recounted`: what follows from the counts, of none of none `0` where the text says so |
| urn | `X_text`; `X`: the root, with a lost zero put back; `X_force`: its first two digits; `X_repaired`: 1 or 0 |
| reference | `X_text`, `X`: the text |
| scope | `X_text`; `X`: the number; `X_of_file`: the number that most rows have |
| integer | `X_text`; `X`: the number |
| code | `X_text`; `X`: the text, where it is one of the column's values, or the value it is a synonym of |
| codes | `X_text`; `X`: the codes joined by `;`, where each is one of the column's values |
| date | `X_text`; `X`: the day, where it is written as the collection allows |
| answer | `X_text`; `X`: the answer, where it is one of the scale or a synonym; if timely, `X_due` and `X_computed` as well |
| text | `X_text`; `X_length`: its characters |

Cases have `unit`, `judged_on`, `adverse_answers` and the `derived` days of the collection as well.
"""

from __future__ import annotations

import os
from collections.abc import Collection as Members
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from assurance.catalogue import Collection, Column
from assurance.model import ADVERSE, NATION, Period, Scale, Standard

if TYPE_CHECKING:
    import pandas as pd

WHOLE_NUMBER = r"[0-9]{1,3}(?:,[0-9]{3}){1,2}|[0-9]{1,9}"
"""A count as the sender may write it, thousands commas allowed: at most nine digits."""
URN = r"([0-9]{2}[A-Z0-9]{2}[0-9]{7})(?:M|S|\(M\)|\(S\)|/[0-9]+)?"
URN_WITHOUT_ITS_ZERO = "[0-9]{10}"
"""What a spreadsheet makes of a URN of digits that begins with a zero."""
EARLIEST, LATEST = date(2010, 1, 1), date(2099, 12, 31)
OTHER_UNIT, ONLY_UNIT = "other", "all"


PART_ROWS = 50_000
"""Of a return so many rows are typed at a time: a row takes two kilobytes when it is."""


class Staged:
    """The typed rows of one return, or of a part of it, as a table named `staged`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, period: Period) -> None:
        self._connection = connection
        self.period = period

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query over `staged`."""
        return list(self._connection.execute(query).fetchall())

    def keep(self, name: str, query: str) -> None:
        """Keep the rows of a query as a table of this name beside `staged`."""
        self._connection.execute(f"create or replace temp table {name} as {query}")

    def table(self, query: str) -> pa.Table:
        return self._connection.execute(query).to_arrow_table()

    def hold_back(self, rows: Members[int]) -> None:
        """Keep rows out of those that count, which are the table `counting` from now on."""
        if not rows:
            self._connection.execute("create or replace temp view counting as from staged")
            return
        held = pa.table({"row_no": pa.array(sorted(rows), type=pa.int64())})
        self._connection.register("held", held)
        self._connection.execute("create or replace temp view counting as from staged anti join held using (row_no)")

    def frame(self) -> pd.DataFrame:
        """All of it as a data frame, as Great Expectations' own engine takes it: days as times, no number as NA."""
        import pandas as pd  # a fifth of a second and 50 MB, which nothing else here needs

        table = self.table("from staged order by row_no")
        whole = {pa.int32(): pd.Int32Dtype(), pa.int64(): pd.Int64Dtype()}
        return table.to_pandas(types_mapper=whole.get, date_as_object=False)

    def close(self) -> None:
        """Give back the room it takes."""
        self._connection.close()


def answer(query: str) -> list[tuple[Any, ...]]:
    """The rows of a query that asks archived files, and no staged table."""
    return list(_engine(os.getpid()).cursor().execute(query).fetchall())


@dataclass(frozen=True)
class Sender:
    """Whose return is staged, and for when."""

    area: str
    period: Period


class Typing:
    """How the text of a return is typed: as a whole, or a part at a time. What a period does not ask for is null."""

    def __init__(self, collection: Collection, table: pa.Table, sender: Sender) -> None:
        self.collection, self.table, self.sender = collection, table, sender
        self.in_scope = _in_scope(collection, table)
        self._statement = statement(collection, table.column_names, sender, self.in_scope)

    def whole(self) -> Staged:
        """All rows, each typed anew whenever it is asked about: for few questions about few columns."""
        return self._staged(self.table, "view")

    def parts(self, rows: int = PART_ROWS) -> tuple[pa.Table, ...]:
        """The text in parts of so many rows, in their order; a return without rows is one part."""
        return tuple(self.table.slice(first, rows) for first in range(0, max(1, self.table.num_rows), rows))

    def stage(self, part: pa.Table) -> Staged:
        """The rows of a part, typed once."""
        return self._staged(part, "table")

    def _staged(self, text: pa.Table, kind: str) -> Staged:
        connection = _engine(os.getpid()).cursor()  # its temporary tables are its own
        connection.register("arrived", text)
        connection.execute(f"create temp {kind} staged as {self._statement}")
        staged = Staged(connection, self.sender.period)
        staged.hold_back(())
        return staged


def stage(collection: Collection, table: pa.Table, sender: Sender) -> Staged:
    """Type the text of a return."""
    return Typing(collection, table, sender).stage(table)


def accepted_rows(collection: Collection, staged: Staged) -> pa.Table:
    """What is kept of the rows that count: each column typed under its own name, and what was derived."""
    return staged.table(f"select {', '.join(_archived(collection))} from counting")


def quoted(text: object) -> str:
    return "'" + str(text).replace("'", "''") + "'"


def name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def by_version(versions: Sequence[Standard], sent: str | None, expressions: Sequence[str]) -> str:
    """The expression of the version that was in force when the case was sent; the first for an older case."""
    if sent is None or len(set(expressions)) == 1:
        return expressions[-1]
    later = list(zip(versions, expressions, strict=True))[:0:-1]
    cases = " ".join(f"when {sent} >= date '{version.valid_from}' then {sql}" for version, sql in later)
    return f"case {cases} else {expressions[0]} end"


def statement(collection: Collection, header: Sequence[str], sender: Sender, in_scope: int | None = None) -> str:
    """The select that types a return: cells first, then due dates, then what follows from both."""
    present = set(header)
    columns = [name(c.name) if c.name in present else "cast(null as varchar)" for c in collection.columns]
    texts = ", ".join(
        f"{text} as {name(f'{column.name}_text')}" for column, text in zip(collection.columns, columns, strict=True)
    )
    typed = _listed(part for column in collection.columns for part in _typed(collection, column, sender))
    # not materialized: it is named twice, and DuckDB would hold all its text a second time
    layers = [
        f"texts as not materialized (select row_no, {texts} from arrived)",
        f"typed as (select *{typed} from texts)",
    ]
    if collection.grain == "aggregate":
        return f"with {', '.join(layers)} select *{_listed(_recounted(collection))} from typed"
    if collection.grain == "reading":
        return f"with {', '.join(layers)} select * from typed"
    layers.append(f"dated as (select *{_listed(_due(collection))} from typed)")
    return f"with {', '.join(layers)} select *{_listed(_of_cases(collection, sender, in_scope))} from dated"


@cache
def _engine(process: int) -> duckdb.DuckDBPyConnection:
    """An empty database in memory, one per process: making one takes longer than most returns, and none survives a fork."""
    # returns are looked at side by side; to divide one among threads as well costs a third more and gains nothing
    return duckdb.connect(config={"threads": 1})


def _listed(parts: Iterable[str]) -> str:
    return "".join(f", {part}" for part in parts)


def _in_scope(collection: Collection, table: pa.Table) -> int | None:
    """The number of cases to choose from that most rows give, of equally many the smallest."""
    columns = [column.name for column in collection.columns if column.type == "scope"]
    if not columns or columns[0] not in table.column_names:
        return None
    with _engine(os.getpid()).cursor() as connection:
        connection.register("arrived", table)
        found = connection.execute(
            f"select {_whole_number(name(columns[0]))} as number from arrived group by number having number >= 0 "
            "order by count(*) desc, number limit 1"
        ).fetchone()
    return found[0] if found else None


# Cells


def _typed(collection: Collection, column: Column, sender: Sender) -> Iterator[str]:
    text, typed = name(f"{column.name}_text"), name(column.name)
    match column.type:
        case "unit":
            yield f"{_unit_by_name(collection, text, sender)} as {typed}"
        case "standard":
            apart = [standard.title for standard in collection.standards_in(sender.period) if not standard.counted]
            yield f"case when {_is_one_of(text, apart)} then 0 else 1 end as counted"
        case "count":
            number = f"cast(replace({text}, ',', '') as bigint)"
            yield f"case when regexp_full_match({text}, {quoted(WHOLE_NUMBER)}) then {number} end as {typed}"
        case "integer" | "scope":
            yield f"{_whole_number(text)} as {typed}"
        case "urn":
            yield from _urn(column.name, text)
        case "reference":
            yield f"{text} as {typed}"
        case "code" | "answer":
            yield f"{_agreed(text, collection, column)} as {typed}"
        case "codes":
            yield f"{_codes(text, column.values)} as {typed}"
        case "date":
            yield f"{_date(text, collection.dates)} as {typed}"
        case "text":
            yield f"length({text}) as {name(f'{column.name}_length')}"


def _whole_number(text: str) -> str:
    return f"case when regexp_full_match({text}, '[0-9]{{1,9}}') then cast({text} as integer) end"


def _agreed(text: str, collection: Collection, column: Column) -> str:
    """The text where it is an agreed value, the value where it is a synonym of one."""
    values, synonyms = collection.values_of(column), collection.synonyms_of(column)
    if not values:
        return "cast(null as varchar)"
    others = "".join(f" when {text} = {quoted(written)} then {quoted(agreed)}" for written, agreed in synonyms.items())
    return f"case when {text} in ({', '.join(map(quoted, values))}) then {text}{others} end"


def _is_one_of(text: str, values: Iterable[str]) -> str:
    listed = ", ".join(map(quoted, values))
    return f"coalesce({text} in ({listed}), false)" if listed else "false"


def _date(text: str, forms: Sequence[str]) -> str:
    """The day, where it is written in one of the forms and is a real one; nothing is guessed.

    A day that reads back as it was written is written in the form: that costs less than a pattern.
    """
    iso, british = f"try_cast({text} as date)", f"cast(try_strptime({text}, '%d/%m/%Y') as date)"
    known = {
        "YYYY-MM-DD": (iso, f"cast({iso} as varchar)"),
        "DD/MM/YYYY": (british, f"strftime({british}, '%d/%m/%Y')"),
    }
    cases = " ".join(f"when {known[form][1]} = {text} then {_in_range(known[form][0])}" for form in forms)
    return f"case {cases} end"


def _in_range(day: str) -> str:
    return f"if({day} between date '{EARLIEST}' and date '{LATEST}', {day}, null)"


def _codes(text: str, values: Sequence[str]) -> str:
    listed = f"[{', '.join(map(quoted, values))}]"
    parts = f"list_transform(string_split({text}, ';'), lambda part: trim(part))"
    return f"case when list_has_all({listed}, {parts}) then array_to_string({parts}, ';') end"


def _urn(column: str, text: str) -> Iterator[str]:
    root = name(column)
    repaired = f"coalesce(regexp_full_match({text}, {quoted(URN_WITHOUT_ITS_ZERO)}), false)"
    yield (
        f"case when {repaired} then '0' || {text} when regexp_full_match({text}, {quoted(URN)}) "
        f"then regexp_extract({text}, {quoted(URN)}, 1) end as {root}"
    )
    yield f"cast({repaired} as integer) as {name(f'{column}_repaired')}"
    yield f"left({root}, 2) as {name(f'{column}_force')}"


def _unit_by_name(collection: Collection, text: str, sender: Sender) -> str:
    known = {alias: unit.name for unit in collection.units_of(sender.area, sender.period) for alias in unit.aliases}
    return _mapped(text, known, otherwise=text)


def _unit_by_force(collection: Collection, force: str, sender: Sender) -> str:
    """The unit's name by the number with which the reference begins: the Area's own unit before another's of that number."""
    units = [unit for unit in collection.units if unit.exists_in(sender.period)]
    ordered = sorted(units, key=lambda unit: (unit.area == sender.area, unit.area == NATION))
    known = {code: unit.name for unit in ordered for code in unit.codes}
    return _mapped(force, known, otherwise=quoted(OTHER_UNIT))


def _mapped(text: str, known: dict[str, str], otherwise: str) -> str:
    if not known:
        return otherwise
    cases = " ".join(f"when {quoted(key)} then {quoted(value)}" for key, value in sorted(known.items()))
    return f"case {text} {cases} else {otherwise} end"


# Counts


def _recounted(collection: Collection) -> Iterator[str]:
    """What a percentage cell must say: one decimal, halves up; `-` or `0` for none of none; empty where nothing counts."""
    counts = {column.answer: name(column.name) for column in collection.columns if column.answer}
    for column in collection.columns:
        if column.type != "percentage":
            continue
        text, met, not_met = name(f"{column.name}_text"), counts["met"], counts["not_met"]
        assessed = f"({met} + {not_met})"
        tenths = f"((2000 * {met} + {assessed}) // (2 * {assessed}))"
        share = f"({tenths} // 10) || '.' || ({tenths} % 10) || '%'"
        yield (
            f"case when counted = 0 then '' when {assessed} is null then null "
            f"when {assessed} = 0 then if({text} = '0', '0', '-') else {share} end as {name(f'{column.name}_recounted')}"
        )


# Cases


def _due(collection: Collection) -> Iterator[str]:
    for code, versions in collection.versions.items():
        if versions[0].scale is Scale.TIMELY:
            yield f"{_due_date(collection, code)} as {name(f'{code}_due')}"


def _due_date(collection: Collection, code: str) -> str:
    """The due date of a standard; see `assurance.due`, to which a property test holds it."""
    versions = collection.versions[code]
    return by_version(versions, _sent(collection), [_due_by_rule(collection, version) for version in versions])


def _due_by_rule(collection: Collection, standard: Standard) -> str:
    rule = standard.due
    assert rule is not None  # loading has seen to it that a timely standard has one
    start = _due_date(collection, rule.start) if rule.after_standard else name(rule.start)
    days = str(rule.days.get(""))
    if rule.days_by:
        cases = " ".join(f"when {quoted(answer)} then {number}" for answer, number in rule.days.items())
        days = f"case {name(rule.days_by)} {cases} end"
    derived = f"({start} + ({days}))"
    return f"coalesce({name(rule.ordered)}, {derived})" if rule.ordered else derived


def _sent(collection: Collection) -> str | None:
    return name(collection.cases.version_by) if collection.cases.version_by else None


def _of_cases(collection: Collection, sender: Sender, in_scope: int | None) -> Iterator[str]:
    asked = collection.asked_by(Scale.TIMELY, sender.period)
    for code, versions in collection.versions.items():
        if code in asked:
            yield _computed(collection, versions)
        elif versions[0].scale is Scale.TIMELY:
            yield f"cast(null as varchar) as {name(f'{code}_computed')}"
    for column in collection.columns:
        if column.type == "urn":
            unit = _unit_by_force(collection, name(f"{column.name}_force"), sender)
            yield f"{unit} as unit"
        elif column.type == "reference":
            yield f"{quoted(ONLY_UNIT)} as unit"
        elif column.type == "scope":
            number = "null" if in_scope is None else str(in_scope)
            yield f"cast({number} as integer) as {name(f'{column.name}_of_file')}"
    yield f"{_judged_on(collection)} as judged_on"
    answers = [column.name for column in collection.columns if column.type == "answer"]
    against = ", ".join(map(quoted, ADVERSE))
    adverse = " + ".join(f"case when {name(answer)} in ({against}) then 1 else 0 end" for answer in answers)
    yield f"{adverse or '0'} as adverse_answers"
    for days in collection.derived:
        start = name(days.days_from)
        if days.years_later:
            start = f"cast({start} + interval {days.years_later} years as date)"
        yield f"({name(days.to)} - {start}) as {name(days.name)}"


def _computed(collection: Collection, versions: Sequence[Standard]) -> str:
    """The answer that follows from the dates, where the standard is asked and the day of the assessment is known."""
    cases, code = collection.cases, versions[0].code
    assert cases.as_of is not None
    as_of, due = name(cases.as_of), name(f"{code}_due")
    asked = f"{name(cases.point)} = {quoted(versions[0].asked_at)} and " if cases.point else ""
    by_rule = []
    for version in versions:
        assert version.evidence is not None
        assert version.due is not None
        done = name(version.evidence)
        in_time = f"{done} {'<' if version.due.strictly_before else '<='} {due}"
        without = f"case when {due} < {as_of} then 'N' else 'ND' end"
        by_rule.append(
            f"case when {due} is null then 'NA' when {done} is null then {without} when {in_time} then 'Y' else 'N' end"
        )
    answer = by_version(versions, _sent(collection), by_rule)
    return f"case when {asked}{as_of} is not null then {answer} end as {name(f'{code}_computed')}"


def _judged_on(collection: Collection) -> str:
    cases = collection.cases
    if not cases.judged_on or not cases.point:
        return "cast(null as date)"
    whens = " ".join(f"when {quoted(point)} then {name(column)}" for point, column in cases.judged_on.items())
    return f"case {name(cases.point)} {whens} end"


# What is kept


def _archived(collection: Collection) -> Iterator[str]:
    yield "row_no"
    for column in collection.columns:
        match column.type:
            case "return_id" | "area" | "standard" | "text" | "percentage":
                yield f"{name(f'{column.name}_text')} as {name(column.name)}"
            case "period":  # the folder's name says it, and must not stand in the file as well
                continue
            case _:
                yield name(column.name)
    if collection.grain == "case":
        yield "unit"
        timely = (code for code, versions in collection.versions.items() if versions[0].scale is Scale.TIMELY)
        yield from (name(f"{code}_computed") for code in timely)
