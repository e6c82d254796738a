"""What changed between two submissions of an Area? Rows by their key, whatever their order, and what follows from them.

Cells are compared by what they mean: a CSV and a workbook of the same content do not differ. Pure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from assurance.catalogue import Collection, Column
from assurance.catalogue.suite import SUFFIXES
from assurance.intake.staging import Sender, name, quoted, stage
from assurance.model import Counts, Finding, Outcome, Period, Submission

OWN = "as the file's name"
"""Stands for a return id or period that is the submission's own: that these differ between versions is no change."""
SEPARATOR = "\x1f"
"""Never part of a cell: the reader masks it."""


@dataclass(frozen=True)
class Version:
    """One submission as it was read, and what was said of it."""

    submission: Submission
    table: pa.Table
    """As `Reading.table`."""
    findings: tuple[Finding, ...]
    totals: Mapping[str, Counts]
    """Control totals by standard code; none for a submission that does not count."""


@dataclass(frozen=True)
class Cell:
    """A cell that changed; its values are case data where the return holds cases."""

    column: str
    before: str
    after: str


@dataclass(frozen=True)
class RowChange:
    """A row that came, went or changed: its line in each version, None where it is not there."""

    key: tuple[str, ...]
    """The cells that tell it from others: case data where the return holds cases."""
    about: str
    """Which unit and standard a row of counts is about, by their agreed names; empty for a case."""
    before: int | None
    after: int | None
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class TallyChange:
    """What a standard's counts were and are; None where the submission does not count it."""

    standard: str
    before: Counts | None
    after: Counts | None


@dataclass(frozen=True)
class Differences:
    """Everything that is not the same in two submissions."""

    before: Submission
    after: Submission
    key_columns: tuple[str, ...]
    count_columns: frozenset[str]
    """The columns that hold counts: no case is known by them."""
    columns_gone: tuple[str, ...]
    columns_added: tuple[str, ...]
    withdrawn: tuple[RowChange, ...]
    added: tuple[RowChange, ...]
    changed: tuple[RowChange, ...]
    unchanged: int
    tally: tuple[TallyChange, ...]
    findings_gone: tuple[Finding, ...]
    findings_added: tuple[Finding, ...]


@dataclass(frozen=True)
class _Row:
    line: int
    key: tuple[str, ...]
    content: str

    @property
    def cells(self) -> list[str]:
        return self.content.split(SEPARATOR)


@dataclass(frozen=True)
class _Pairs:
    """Which rows of the two versions are the same one."""

    both: tuple[tuple[_Row, _Row], ...]
    withdrawn: tuple[_Row, ...]
    added: tuple[_Row, ...]


def differences(collection: Collection, before: Version, after: Version, period: Period) -> Differences:
    """Compare two submissions of one collection and Area; `period` says by which names of units and standards.

    Twenty thousand cases take about a second. A row that stands twice is compared with its likeness first.
    """
    pairs = _paired(_rows(collection, before, period), _rows(collection, after, period))
    about = _about(collection, before.submission.area, period)
    lines = {one.line: other.line for one, other in pairs.both}
    gone, come = _findings(before.findings, after.findings, lines)
    return Differences(
        before.submission,
        after.submission,
        _key(collection),
        frozenset(column.name for column in collection.columns if column.type == "count"),
        _columns_beyond(collection, before.table, after.table),
        _columns_beyond(collection, after.table, before.table),
        tuple(RowChange(row.key, about(row.key), row.line, None) for row in pairs.withdrawn),
        tuple(RowChange(row.key, about(row.key), None, row.line) for row in pairs.added),
        tuple(
            RowChange(one.key, about(one.key), one.line, other.line, _cells(collection, one, other))
            for one, other in pairs.both
            if one.content != other.content
        ),
        sum(one.content == other.content for one, other in pairs.both),
        tuple(_tally(collection, before.totals, after.totals)),
        gone,
        come,
    )


# Rows


def _rows(collection: Collection, version: Version, period: Period) -> list[_Row]:
    """The rows by what their cells mean. A nil return has none: its one row only says so."""
    submission = version.submission
    if submission.outcome is Outcome.NIL:
        return []
    staged = stage(collection, version.table, Sender(submission.area, period))
    meant = {column.name: _meant(column, submission) for column in collection.columns}
    key = ", ".join(meant[column] for column in _key(collection))
    content = f"concat_ws(chr(31), {', '.join(meant.values())})"
    found = staged.rows(f"select row_no, {content}, {key} from staged order by row_no")
    return [_Row(line, tuple(cells), content) for line, content, *cells in found]


def _meant(column: Column, submission: Submission) -> str:
    """What a cell means, or its text where it means nothing."""
    text, typed = name(f"{column.name}_text"), name(column.name)
    own = {"return_id": submission.file_name.rpartition(".")[0], "period": str(submission.period)}.get(column.type)
    if own is not None:
        return f"if({text} = {quoted(own)}, {quoted(OWN)}, coalesce({text}, ''))"
    return f"coalesce(cast({typed} as varchar), {text}, '')" if "" in SUFFIXES[column.type] else f"coalesce({text}, '')"


def _key(collection: Collection) -> tuple[str, ...]:
    if collection.grain != "aggregate":
        return collection.case_key
    return collection.column_of("unit").name, collection.column_of("standard").name


def _paired(before: Iterable[_Row], after: Iterable[_Row]) -> _Pairs:
    later: dict[tuple[str, ...], list[_Row]] = defaultdict(list)
    for row in after:
        later[row.key].append(row)
    earlier: dict[tuple[str, ...], list[_Row]] = defaultdict(list)
    for row in before:
        earlier[row.key].append(row)
    both, withdrawn, added = list[tuple[_Row, _Row]](), list[_Row](), list[_Row]()
    for key in dict.fromkeys([*earlier, *later]):
        alike, ones, others = _alike(earlier.get(key, []), later.get(key, []))
        paired = list(zip(ones, others, strict=False))
        both += [*alike, *paired]
        withdrawn += ones[len(paired) :]
        added += others[len(paired) :]
    return _Pairs(tuple(both), tuple(withdrawn), tuple(added))


def _alike(ones: Sequence[_Row], others: Sequence[_Row]) -> tuple[list[tuple[_Row, _Row]], list[_Row], list[_Row]]:
    """The pairs of one key that have the same content, and what is left of each side."""
    if len(ones) == len(others) == 1:
        return [], [*ones], [*others]
    by_content: dict[str, list[_Row]] = defaultdict(list)
    for other in reversed(others):
        by_content[other.content].append(other)
    pairs, left = list[tuple[_Row, _Row]](), list[_Row]()
    for one in ones:
        if by_content[one.content]:
            pairs.append((one, by_content[one.content].pop()))
        else:
            left.append(one)
    taken = {other.line for _, other in pairs}
    return pairs, left, [other for other in others if other.line not in taken]


def _cells(collection: Collection, one: _Row, other: _Row) -> tuple[Cell, ...]:
    both = zip(collection.columns, one.cells, other.cells, strict=True)
    return tuple(Cell(column.name, was, now) for column, was, now in both if was != now)


def _columns_beyond(collection: Collection, table: pa.Table, other: pa.Table) -> tuple[str, ...]:
    """The agreed columns that one has and the other has not; a strange name may be a cell of a case, and is not told."""
    there, elsewhere = set(table.column_names), set(other.column_names)
    return tuple(column.name for column in collection.columns if column.name in there - elsewhere)


def _about(collection: Collection, area: str, period: Period) -> Callable[[tuple[str, ...]], str]:
    """How a row of counts is called: by agreed names alone, for anything else may stand in its cells."""
    if collection.grain != "aggregate":
        return lambda key: ""
    units = {unit.name for unit in collection.units_of(area, period)}
    standards = {standard.title for standard in collection.standards_in(period)}

    def about(key: tuple[str, ...]) -> str:
        unit, standard = key
        return f"{unit}, {standard}" if unit in units and standard in standards else ""

    return about


# What follows from them


def _tally(collection: Collection, before: Mapping[str, Counts], after: Mapping[str, Counts]) -> Iterator[TallyChange]:
    titles = {standard.code: standard.title for standard in collection.standards}
    for code, title in titles.items():
        if before.get(code) != after.get(code):
            yield TallyChange(title, before.get(code), after.get(code))


def _findings(
    before: Sequence[Finding], after: Sequence[Finding], lines: Mapping[int, int]
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """The findings that went away and those that came: one on a row that has moved is still the same."""

    def told(found: Finding, line: int | None) -> tuple[object, ...]:
        return found.rule, found.column, found.message, line

    were = [told(found, lines.get(found.row or 0, found.row)) for found in before]
    are = [told(found, found.row) for found in after]
    return tuple(_without(before, were, are)), tuple(_without(after, are, were))


def _without(
    findings: Sequence[Finding], own: Sequence[tuple[object, ...]], others: Iterable[tuple[object, ...]]
) -> Iterator[Finding]:
    left = Counter(others)
    for found, told in zip(findings, own, strict=True):
        if left[told]:
            left[told] -= 1
        else:
            yield found
