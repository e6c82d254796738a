"""Reads one received workbook as plain text cells, or refuses it. Runs alone, in a process of its own, under limits.

    python -I workbook.py '{"path": …, "bytes": …, "rows": …, "columns": …, "seconds": …, "megabytes": …}'

Prints what the reader of CSV files prints, and besides what the sheets beside the table say: `reason` and `nil` of the
sheet `declaration`, `answers` of the sheet `answers`. A record's line is its row in the sheet. The archive is looked
through (`package.py`) before openpyxl tells which sheets there are; their cells are read by us (`sheet.py`), and by
openpyxl's functions become dates.

What the file is to blame for is a refusal. Anything else that goes wrong ends this process with an error.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":
    for library in ("numpy", "PIL", "lxml"):  # openpyxl would import them: slow, large, and not needed
        sys.modules[library] = None  # type: ignore[assignment]

import io
import struct
import traceback
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from errno import ENOMEM
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.parsers import expat

from openpyxl import Workbook
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.numbers import builtin_format_code, is_date_format, is_timedelta_format

from assurance.intake.package import CONTENT_TYPES, WORKBOOK, Link, Package, damaged, is_of, parse
from assurance.intake.reader import CELL_CHARACTERS, MASK, Asked, Refused, Table, main, tabulated
from assurance.intake.sheet import INDEX, LAST_COLUMN, MAIN, RUN, TEXT, Sheet, Values

GUIDANCE, DECLARATION, ANSWERS = "guidance", "declaration", "answers"
DECLARATION_SIZE = 200, 50
REASON, NIL, YES = "reason", "nil return", "yes"
ANSWERS_HEADER = ["rule", "column", "question", "answer"]
ANSWERS_SIZE = 10_000, 4
MOST_ANSWERS, ANSWER_CHARACTERS = 500, 2_000

WORKBOOK_LINKS = "xl/_rels/workbook.xml.rels"
STRICT = b"http://purl.oclc.org/ooxml/"
SHARED, FORMATS, FORMAT, STYLES, STYLE = (MAIN + tag for tag in ("si", "numFmts", "numFmt", "cellXfs", "xf"))

OF_THE_FILE = (
    *(ValueError, LookupError, ArithmeticError, EOFError, RecursionError, NotImplementedError),
    *(zipfile.BadZipFile, zlib.error, struct.error, expat.ExpatError),
)
"""What malformed data can raise; errors of any other kind are ours."""


class Broken(Exception):
    """This reader, or a library it needs, does not work; the file has no part in it."""


class NotUnderstood(ValueError):
    """openpyxl, which raises errors of every kind, does not take a part of the workbook."""


def read_workbook(data: bytes, asked: Asked) -> Table:
    try:
        return read(data, asked)
    except (Refused, MemoryError):
        raise
    except Exception as error:
        if starved(error):
            raise MemoryError from None
        if not isinstance(error, OF_THE_FILE) or not works():
            raise Broken(f"{type(error).__name__} {place(error)}") from None
        raise damaged() from None


def read(data: bytes, asked: Asked) -> Table:
    package = Package(data, asked)
    book = opened(package)
    sheet = only_table(book, asked)
    answer, body = tabulated(sheet.records(), asked, sheet.faults())
    declared = aside(book, DECLARATION, DECLARATION_SIZE)
    beside: dict[str, object] = {
        "reason": reason(declared),
        "nil": says_nil(declared),
        "answers": answers(aside(book, ANSWERS, ANSWERS_SIZE)),
    }
    return {**answer, **beside}, body


# Whose fault it is


def starved(error: Exception) -> bool:
    """Whether memory lacked, which the interpreter, expat, zlib and the system each say in their own way."""
    if isinstance(error, expat.ExpatError | zlib.error):
        return str(error).startswith(("out of memory", "Error -4 "))
    return isinstance(error, SystemError) or (isinstance(error, OSError) and error.errno == ENOMEM)


def works() -> bool:
    """Whether a workbook that is certainly good can be read: only then may another one be called damaged."""
    book = Workbook()
    book.worksheets[0].append(["text", 1, date(2016, 7, 4)])
    stream = io.BytesIO()
    book.save(stream)
    try:
        read(stream.getvalue(), {"rows": 1, "columns": 3})
    except MemoryError:
        raise
    except Exception as error:
        if starved(error):
            raise MemoryError from None
        return False
    return True


def place(error: Exception) -> str:
    """Where in a program an error was raised; its message could name a value of the file."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"in {Path(frame.filename).name}, line {frame.lineno}"


# What the workbook consists of


@dataclass(frozen=True)
class Tab:
    """A sheet as the workbook lists it."""

    name: str
    visible: bool
    chart: bool
    part: str

    @property
    def called(self) -> str:
        return self.name.strip().casefold()


@dataclass(frozen=True)
class Book:
    package: Package
    tabs: list[Tab]
    values: Values

    def read(self, tab: Tab, rows: int, columns: int, beyond: Refused | None = None) -> Sheet:
        return Sheet(self.values, rows, columns, beyond).read(self.package.pieces(tab.part))


def opened(package: Package) -> Book:
    if any(STRICT in piece for piece in package.pieces(WORKBOOK)):
        raise damaged("it is saved as Strict Open XML Spreadsheet, not as Excel Workbook (.xlsx)")
    package.check_small(CONTENT_TYPES, WORKBOOK, WORKBOOK_LINKS)
    listed, links, epoch = outline(package)
    tabs = [
        Tab(sheet.name, sheet.state == "visible", not link["Type"].endswith("/worksheet"), link["Target"])
        for sheet, link in listed
    ]
    if (
        not tabs
        or any(tab.part not in package for tab in tabs)
        or len({tab.part for tab in tabs}) < len(tabs)
        or len({tab.called for tab in tabs}) < len(tabs)
    ):
        raise damaged()
    texts, styles = only_part(package, links, "/sharedStrings"), only_part(package, links, "/styles")
    dates, durations = date_styles(styles)
    return Book(package, tabs, Values(shared_strings(texts), dates, durations, epoch))


def outline(package: Package) -> tuple[list[tuple[Any, Link]], list[Link], datetime]:
    """The sheets that openpyxl finds, each with its link; all links of the workbook; the day from which days count."""
    try:
        reader = ExcelReader(io.BytesIO(package.data), read_only=True, data_only=True, keep_links=False)
        reader.read_manifest()
        reader.read_workbook()
        found: Any = reader.parser.rels  # a mapping, whatever its type says
        links: dict[str, Link] = {key: {"Type": link.Type, "Target": link.target} for key, link in found.items()}
        listed = [(sheet, links[sheet.id]) for sheet in reader.parser.sheets]
    except (MemoryError, ImportError):
        raise
    except Exception as error:
        raise (MemoryError() if starved(error) else NotUnderstood()) from None
    return listed, list(links.values()), reader.wb.epoch


def only_part(package: Package, links: list[Link], kind: str) -> Iterator[bytes]:
    """The part of this kind that belongs to the workbook, if there is one."""
    parts = [link["Target"] for link in links if is_of(link, kind)]
    if len(parts) > 1 or any(part not in package for part in parts):
        raise damaged()
    return package.pieces(parts[0]) if parts else iter(())


def shared_strings(pieces: Iterator[bytes]) -> list[str]:
    """The texts to which cells refer by number, without their formats and without how they are pronounced."""
    found: list[str] = []
    around: list[str] = []
    text: list[str] = []

    def end(name: str) -> None:
        around.pop()
        if name == SHARED:
            found.append("".join(text).replace("x005F_", ""))  # as openpyxl does
            text.clear()

    def characters(some: str) -> None:
        if around[-1] == TEXT and around[-2] in (SHARED, RUN):
            text.append(some)

    parse_if_any(pieces, lambda name, _: around.append(name), end, characters)
    return found


def date_styles(pieces: Iterator[bytes]) -> tuple[frozenset[int], frozenset[int]]:
    """The numbers of the styles that show dates or times, and of those that show durations."""
    codes: dict[int, str] = {}
    styles: list[int] = []
    around: list[str] = []

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if name == FORMAT and around[-1] == FORMATS:
            codes[number(attributes, "numFmtId")] = attributes.get("formatCode", "")
        elif name == STYLE and around[-1] == STYLES:
            styles.append(number(attributes, "numFmtId"))
        around.append(name)

    parse_if_any(pieces, start, lambda _: around.pop())
    shown = [codes.get(style, builtin_format_code(style)) for style in styles]
    dates = frozenset(style for style, code in enumerate(shown) if is_date_format(code))
    return dates, frozenset(style for style, code in enumerate(shown) if is_timedelta_format(code))


def parse_if_any(pieces: Iterator[bytes], *handlers: Any) -> None:
    first = next(pieces, None)
    if first is not None:
        parse(again(first, pieces), *handlers)


def again(first: bytes, others: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from others


def number(attributes: Mapping[str, str], name: str) -> int:
    value = attributes.get(name, "0")
    if not INDEX.fullmatch(value):
        raise damaged()
    return int(value)


# The sheets


def only_table(book: Book, asked: Asked) -> Sheet:
    """The one visible sheet that is not one of those that may stand beside it."""
    for tab in book.tabs:
        if not tab.visible and not tab.chart:
            book.read(tab, 0, 0, Refused("RET-011", "a hidden sheet holds data"))
    tables = [tab for tab in book.tabs if tab.chart or (tab.visible and not may_stand_beside(book, tab))]
    if len(tables) != 1 or tables[0].chart:
        raise Refused("RET-011", f"{len(tables)} visible sheets where there should be one")
    rows, columns = asked["rows"] + 1, asked["columns"]
    detail = f"a value stands below row {rows:,} or to the right of column {columns}"
    return book.read(tables[0], rows, columns, Refused("RET-002", detail))


def may_stand_beside(book: Book, tab: Tab) -> bool:
    if tab.called == ANSWERS:
        return book.read(tab, 1, LAST_COLUMN).rows == [(1, ANSWERS_HEADER)]
    return tab.called in (GUIDANCE, DECLARATION)


def aside(book: Book, called: str, size: tuple[int, int]) -> list[list[str]]:
    """The rows of a visible sheet beside the table, all equally wide, as far as it may reach; none without it."""
    rows, columns = size
    for tab in book.tabs:
        if tab.called == called and tab.visible and not tab.chart:
            return [cells + [""] * (columns - len(cells)) for _, cells in book.read(tab, rows, columns).records()]
    return []


def reason(declared: list[list[str]]) -> str | None:
    """The text to the right of the word `reason`, or, when the word stands alone, the one alone below it."""
    for row, below in pairwise([*declared, [""] * DECLARATION_SIZE[1]]):
        for column, cell in enumerate(row[:-1]):
            if labelled(cell) == REASON:
                under = "" if below[column + 1] or labelled(below[column]) == NIL else below[column]
                return clean(row[column + 1] or under, CELL_CHARACTERS) or None
    return None


def says_nil(declared: list[list[str]]) -> bool:
    return any(labelled(row[0]) == NIL and row[1].casefold() == YES for row in declared)


def labelled(cell: str) -> str:
    return cell.rstrip(": ").casefold()


def answers(rows: list[list[str]]) -> list[tuple[str, str | None, str]]:
    """Rule, column (None for a question about the whole) and answer of every question that has one."""
    given = [
        tuple(clean(cell, ANSWER_CHARACTERS) for cell in (rule, column, answer)) for rule, column, _, answer in rows[1:]
    ]
    return [(rule, column or None, answer) for rule, column, answer in given if answer][:MOST_ANSWERS]


def clean(text: str, most: int) -> str:
    """One line without characters that nobody can see."""
    return " ".join(text.split()).translate(MASK)[:most]


if __name__ == "__main__":
    main(read_workbook)
