"""Returns made from the catalogue: a valid one for any Area and month, then one thing broken."""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from assurance.catalogue import Catalogue, Collection, Column, load_catalogue
from assurance.intake.checking import Delivery, Examined, examine
from assurance.intake.landing import parse_name
from assurance.intake.reading import read_text
from assurance.model import Period, Standard

EXPECTATIONS = Path(__file__).resolve().parents[2] / "expectations"
AREA, PERIOD = "WSX", Period(2016, 10)
RECEIVED = datetime(2016, 11, 3, 10, 0)
FIRST_LINE = 2
"""The line of the first row, under the header."""

Count = Callable[[int, Standard], tuple[int, int]]
"""How many checks of the n-th row are met and not met."""


@cache
def catalogue() -> Catalogue:
    return load_catalogue(EXPECTATIONS)


def collection(code: str = "outcomes") -> Collection:
    return catalogue().collection(code)


def some_counts(row: int, standard: Standard) -> tuple[int, int]:
    """Counts that differ from row to row, with thousands, zeros and none of some among them."""
    if not standard.counted:
        return 0, row % 4
    return ((0, 0), (0, 3), (1234 + row, 56), (7 * row, 2 + row))[row % 4]


@dataclass(frozen=True)
class Return:
    """A file an Area sends: everything about it can be changed, and each change gives another return."""

    area: str
    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    ending: str = "\n"
    encoding: str = "utf-8"
    reason_given: bool = False
    raw: bytes | None = None
    """Bytes that stand in for all of it."""

    def named(self, name: str) -> Return:
        return replace(self, name=name)

    def with_cell(self, line: int, column: str, value: str) -> Return:
        """The return with another value at a line of the file."""
        row = list(self.rows[line - FIRST_LINE])
        row[self.header.index(column)] = value
        return self.with_row(line, tuple(row))

    def cell(self, line: int, column: str) -> str:
        return self.rows[line - FIRST_LINE][self.header.index(column)]

    def with_row(self, line: int, row: Sequence[str]) -> Return:
        rows = list(self.rows)
        rows[line - FIRST_LINE] = tuple(row)
        return replace(self, rows=tuple(rows))

    def with_rows(self, *more: Sequence[str]) -> Return:
        return replace(self, rows=(*self.rows, *(tuple(row) for row in more)))

    def without_row(self, line: int) -> Return:
        return replace(self, rows=(*self.rows[: line - FIRST_LINE], *self.rows[line - FIRST_LINE + 1 :]))

    def with_header(self, *header: str) -> Return:
        return replace(self, header=header)

    def line_of(self, **cells: str) -> int:
        """The line of the first row that has these cells."""
        for line, row in enumerate(self.rows, start=FIRST_LINE):
            if all(row[self.header.index(column)] == value for column, value in cells.items()):
                return line
        raise LookupError(f"no row has {cells}")

    @property
    def last_line(self) -> int:
        return FIRST_LINE + len(self.rows) - 1

    @property
    def content(self) -> bytes:
        if self.raw is not None:
            return self.raw
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator=self.ending).writerows([self.header, *self.rows])
        return text.getvalue().encode(self.encoding)

    def landed(self, landing: Path, code: str = "outcomes", at: datetime = RECEIVED) -> Path:
        """Put it where its Area's files arrive, as if it had come at that moment (naive UTC)."""
        return put(landing / code / self.area / self.name, self.content, at)


def put(path: Path, content: bytes, at: datetime = RECEIVED) -> Path:
    """A file with its time set, so that it counts as complete at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    seconds = (at - datetime(1970, 1, 1)).total_seconds()
    os.utime(path, (seconds, seconds))
    return path


def file_name(area: str = AREA, period: Period = PERIOD, version: int = 1) -> str:
    return f"R-{area}-{period.year}{period.month:02d}-v{version:02d}.csv"


def valid_return(
    area: str = AREA,
    period: Period = PERIOD,
    version: int = 1,
    *,
    counts: Count = some_counts,
    of: Collection | None = None,
) -> Return:
    """A return of an aggregate collection that satisfies every rule."""
    of = of or collection()
    rows = []
    for unit in of.units_of(area, period):
        for standard in of.standards_in(period):
            met, not_met = counts(len(rows), standard)
            rows.append(tuple(_cell(column, area, period, unit.name, standard, met, not_met) for column in of.columns))
    header = tuple(column.name for column in of.columns)
    return Return(area, file_name(area, period, version), header, tuple(rows))


def nil_return(area: str = AREA, period: Period = PERIOD, version: int = 1) -> Return:
    """A return that says expressly that there is nothing to return."""
    cells = {"area": area, "period": str(period), "unit": "NIL"}
    row = tuple(cells.get(column.type, "") for column in collection().columns)
    return replace(valid_return(area, period, version), rows=(row,))


def percentage(met: int, not_met: int) -> str:
    """A percentage as the agreed form has it: one decimal, halves up; `-` for none of none."""
    if not met + not_met:
        return "-"
    tenths = (2000 * met + met + not_met) // (2 * (met + not_met))
    return f"{tenths // 10}.{tenths % 10}%"


def _cell(column: Column, area: str, period: Period, unit: str, standard: Standard, met: int, not_met: int) -> str:
    match column.type:
        case "area":
            return area
        case "period":
            return str(period)
        case "unit":
            return unit
        case "standard":
            return standard.title
        case "percentage":
            return percentage(met, not_met) if standard.counted else ""
        case "count" if column.answer == "met":
            return f"{met:,}" if standard.counted else ""
        case "count":
            return f"{not_met:,}"


def examined(
    sent: Return | bytes,
    *,
    name: str = "",
    area: str = "",
    of: Collection | None = None,
    received: datetime | None = None,
) -> Seen:
    """What checking says of a return, from its bytes on, as `assurance check` and the pipeline see it.

    It is received on the third of the month after its own where nothing else is said.
    """
    if isinstance(sent, bytes):
        sent = replace(valid_return(), rows=(), raw=sent)
    return _examined_once(sent.content, name or sent.name, area or sent.area, sent.reason_given, of, received)


@dataclass(frozen=True)
class Seen(Examined):
    """What was found in a return, and its rows that count."""

    accepted: pa.Table | None


def _examined(
    content: bytes, name: str, area: str, reason_given: bool, of: Collection | None, received: datetime | None
) -> Seen:
    of = of or collection()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "received"
        path.write_bytes(content)
        reading = read_text(path, of.limits, formats=of.formats, seconds=20, megabytes=500)
    period = parse_name(name).period
    month = period.plus(1) if period else PERIOD
    received = received or max(RECEIVED, datetime(month.year, month.month, 3, 10))
    delivery = Delivery(of.code, area, name, hashlib.sha256(content).hexdigest(), received, reason_given)
    kept: list[pa.Table] = []
    found = examine(of, delivery, reading, kept.append)
    return Seen(**vars(found), accepted=_small(pa.concat_tables(kept)) if kept else None)


def _small(table: pa.Table) -> pa.Table:
    """A copy: what DuckDB gives has room for hundreds of megabytes, and a process that keeps many cannot be forked."""
    return table.take(pa.array(range(table.num_rows), pa.int64()))


_examined_once = lru_cache(maxsize=300)(_examined)
"""Each file needs a process of its own to be read: the same one is not read again."""


Place = tuple[str, int | None, str | None]
"""A rule, and the line and column at which it failed."""


def places(examined: Examined) -> list[Place]:
    return [(found.rule, found.row, found.column) for found in examined.checked.findings]
