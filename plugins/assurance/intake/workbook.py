"""Reads one received workbook as plain text cells, or refuses it. Runs alone, in a process of its own, under limits.

    python -I workbook.py '{"path": …, "bytes": …, "rows": …, "columns": …, "seconds": …, "megabytes": …}'

Prints what the reader of CSV files prints; a record's line is its row in the sheet, and `reason` is what the sheet
`declaration` says. The archive and every sheet's XML are looked through before openpyxl opens the workbook: it follows
far cells, drops cells that are out of order, and takes what is hidden for data.
"""

from __future__ import annotations

import io
import re
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, time
from errno import ENOMEM
from functools import cache, reduce
from itertools import pairwise
from typing import Any
from xml.parsers import expat

from assurance.intake.reader import (
    CELL_CHARACTERS,
    MAGIC,
    MASK,
    Asked,
    Problem,
    Record,
    Refused,
    Table,
    main,
    tabulated,
    tell,
)

ASIDE = ("guidance", "declaration", "answers")
DECLARATION = "declaration"
DECLARATION_SIZE = 200, 50
REASON = "reason"
MIDNIGHT = time()
WHOLE_BELOW = 1e15

MEMBERS = 1_000
INFLATED_BYTES = 200_000_000
RATIO, RATIO_FROM_BYTES = 200, 2_000_000
ENCRYPTED = 0x1
END_OF_ARCHIVE, END_BYTES = b"PK\x05\x06", 22

UNSAFE_NAME = re.compile(r"\.\.|^/|\\|:|[\x00-\x1f]")
ACTIVE = re.compile(
    r"vbaProject|macrosheets/|dialogsheets/|externalLinks/|embeddings/|activeX|ctrlProps/|customUI|connections\.xml",
    re.I,
)
XML = re.compile(rb"[\xef\xbb\xbf\xfe\xff\x00\s]*<")
NOT_UTF8 = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml[^>]*encoding\s*=\s*[\"'](?!utf-8[\"'])", re.I)
ENTITIES = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.I)
COLUMN_LETTERS = re.compile(r"[A-Z]{1,3}")

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main "
WORKSHEET, COLUMN, ROW, CELL, FORMULA, VALUE, INLINE, MERGE = (
    MAIN + tag for tag in ("worksheet", "col", "row", "c", "f", "v", "is", "mergeCell")
)


def read_workbook(data: bytes, asked: Asked) -> Table:
    try:
        return read(data, asked)
    except (Refused, MemoryError):
        raise
    except Exception as error:  # of every kind: zipfile, expat and openpyxl were made for good workbooks
        raise (MemoryError() if starved(error) else damaged()) from None


def read(data: bytes, asked: Asked) -> Table:
    layouts = {name: layout for name, part in parts(data) if (layout := scanned(part))}
    book = opener()(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    sheet = only_table(book, layouts)
    layout = layout_of(sheet, layouts)
    if layout.last_row > asked["rows"] + 1 or layout.last_column > asked["columns"]:
        detail = f"a value stands below row {asked['rows'] + 1:,} or to the right of column {asked['columns']}"
        raise Refused("RET-002", detail)
    answer, lines = tabulated(records(sheet, layout), asked, faults(layout))
    return {**answer, "reason": reason(book)}, lines


def opener() -> Callable[..., Any]:
    """openpyxl's way to open a workbook, imported only now: what is refused by its archive never needs it."""
    try:
        from openpyxl import load_workbook
    except Exception:  # the file has no part in it: there was no room for the library
        raise MemoryError from None
    return load_workbook


def starved(error: Exception) -> bool:
    """Whether memory lacked, which the interpreter, expat, zlib and the system each say in their own way."""
    if isinstance(error, expat.ExpatError | zlib.error):
        return str(error).startswith(("out of memory", "Error -4 "))
    return isinstance(error, SystemError) or (isinstance(error, OSError) and error.errno == ENOMEM)


def damaged() -> Refused:
    return Refused("RET-001", "the workbook is damaged, or not saved as Excel Workbook (.xlsx)")


# The archive


def parts(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The parts of a workbook one by one, once nothing about the archive as a whole speaks against it."""
    if not data.startswith(b"PK\x03\x04"):
        what = next((what for start, what in MAGIC.items() if data.startswith(start)), "it is not a workbook")
        raise Refused("RET-001", what)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        check_kind(members)
        check_whole(data, members)
        check_size(members)
        for member in members:
            part = archive.read(member)  # by this its checksum is tested
            if XML.match(part):
                check_xml(part)
            yield member.filename, part


def check_kind(members: list[zipfile.ZipInfo]) -> None:
    names = [member.filename for member in members]
    if any(member.flag_bits & ENCRYPTED for member in members):
        raise Refused("RET-001", "it is password-protected")
    if "xl/workbook.xml" not in names:
        raise Refused("RET-001", "it is a ZIP archive, but no Excel workbook (.xlsx)")
    if any(map(ACTIVE.search, names)):
        raise Refused("RET-011", "it holds macros, links to other files, embedded files or controls")


def check_whole(data: bytes, members: list[zipfile.ZipInfo]) -> None:
    """Refuse what two programs could read as two different workbooks."""
    names = [member.filename for member in members]
    end = data.rfind(END_OF_ARCHIVE)
    comment = int.from_bytes(data[end + END_BYTES - 2 : end + END_BYTES], "little")
    if (
        len({name.casefold() for name in names}) < len(names)
        or any(map(UNSAFE_NAME.search, names))
        or any(member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for member in members)
        or min(member.header_offset for member in members) != 0
        or sum(member.compress_size for member in members) > len(data)
        or end + END_BYTES + comment != len(data)
    ):
        raise damaged()


def check_size(members: list[zipfile.ZipInfo]) -> None:
    bombs = (m for m in members if m.file_size > RATIO_FROM_BYTES and m.file_size > RATIO * max(1, m.compress_size))
    if len(members) > MEMBERS or sum(member.file_size for member in members) > INFLATED_BYTES or any(bombs):
        raise Refused("RET-002", "its parts are too many, or too large when unpacked")


def check_xml(part: bytes) -> None:
    if b"\x00" in part or NOT_UTF8.match(part):
        raise Refused("RET-001", "its XML is not UTF-8")
    if ENTITIES.search(part):
        raise Refused("RET-011", "its XML defines a document type or entities")


# The sheets as their XML has them


class NotASheet(Exception):
    """What is being scanned is another part of the workbook."""


class Layout:
    """Where something stands in a worksheet, and what of it cannot be trusted; rows and columns count from 1."""

    def __init__(self) -> None:
        self.last_row = 0
        self.filled_columns: set[int] = set()
        self.hidden_rows: list[int] = []
        self.hidden_columns: list[range] = []
        self.merged: list[tuple[int, int]] = []
        self.without_value: list[tuple[int, int]] = []
        self._row, self._row_digits, self._row_hidden = 0, "", False
        self._column, self._type = 0, ""
        self._formula = self._in_value = False

    @property
    def last_column(self) -> int:
        return max(self.filled_columns, default=0)

    def element(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == VALUE:
            self._fill()
            self._in_value = True
            self._formula &= self._type != "str"  # of text, an empty value is a value
        elif name == CELL:
            self.end()
            self._begin_cell(attributes)
        elif name == ROW:
            self.end()
            self._begin_row(attributes)
        elif name == FORMULA:
            self._fill()
            self._formula = True
        elif name == INLINE:
            self._fill()
        elif name == COLUMN and is_hidden(attributes, "width"):
            self.hidden_columns.append(range(int(attributes["min"]), int(attributes["max"]) + 1))
        elif name == MERGE:
            letters, digits = split(attributes["ref"].partition(":")[0])
            self.merged.append((int(digits), column_number(letters)))

    def text(self, characters: str) -> None:
        self._formula &= not (self._in_value and characters.strip())

    def end(self) -> None:
        """A cell is over when the next one begins: its formula should have had a value by now."""
        if self._formula:
            self.without_value.append((self._row, self._column))
        self._formula = self._in_value = False

    def _begin_row(self, attributes: Mapping[str, str]) -> None:
        self._row_digits = attributes.get("r") or str(self._row + 1)
        row = int(self._row_digits)
        if row <= self._row:
            raise damaged()
        self._row, self._column, self._row_hidden = row, 0, is_hidden(attributes, "ht")

    def _begin_cell(self, attributes: Mapping[str, str]) -> None:
        column = self._column + 1
        if "r" in attributes:
            letters, digits = split(attributes["r"])
            column = column_number(letters)
            if digits != self._row_digits or column <= self._column:
                raise damaged()
        self._column, self._type = column, attributes.get("t", "")

    def _fill(self) -> None:
        self.filled_columns.add(self._column)
        if self._row > self.last_row:
            self.last_row = self._row
            if self._row_hidden:
                self.hidden_rows.append(self._row)


def scanned(part: bytes) -> Layout | None:
    """The layout of a part that is a worksheet, whatever it is called."""
    if not XML.match(part):
        return None
    layout = Layout()
    parser = expat.ParserCreate(namespace_separator=" ")

    def root(name: str, attributes: Mapping[str, str]) -> None:
        if name != WORKSHEET:
            raise NotASheet
        parser.StartElementHandler = layout.element
        parser.CharacterDataHandler = layout.text

    parser.StartElementHandler = root
    try:
        parser.Parse(part, True)
    except NotASheet:
        return None
    layout.end()
    return layout


def is_hidden(attributes: Mapping[str, str], size: str) -> bool:
    return attributes.get("hidden") in ("1", "true") or float(attributes.get(size, 1)) == 0


def split(reference: str) -> tuple[str, str]:
    letters = reference.rstrip("0123456789")
    return letters, reference[len(letters) :]


@cache
def column_number(letters: str) -> int:
    """1 for A, 27 for AA."""
    if not COLUMN_LETTERS.fullmatch(letters):
        raise damaged()
    return reduce(lambda number, letter: 26 * number + ord(letter) - ord("A") + 1, letters, 0)


def faults(layout: Layout) -> list[Problem]:
    """What lies hidden in the table, or is no value of its own."""
    problems: list[Problem] = []
    for row in layout.hidden_rows:
        tell(problems, "RET-011", row, detail="the row is hidden")
    for column in sorted(layout.filled_columns):
        if any(column in hidden for hidden in layout.hidden_columns):
            tell(problems, "RET-011", None, column - 1, f"column {column} is hidden")
    for row, column in layout.merged:
        if row <= layout.last_row and column <= layout.last_column:
            tell(problems, "RET-011", row, column - 1, "cells are merged")
    for row, column in layout.without_value:
        tell(problems, "RET-011", row, column - 1, "the formula has no value")
    return problems


# The sheets as openpyxl reads them


def only_table(book: Any, layouts: Mapping[str, Layout]) -> Any:
    """The one visible sheet that is neither guidance nor declaration."""
    if not book.worksheets:  # as a Strict Open XML workbook looks to openpyxl
        raise damaged()
    visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if any(layout_of(sheet, layouts).filled_columns for sheet in book.worksheets if sheet not in visible):
        raise Refused("RET-011", "a hidden sheet holds data")
    tables = [sheet for sheet in visible if called(sheet) not in ASIDE]
    if len(tables) != 1 or book.chartsheets:
        raise Refused("RET-011", f"{len(tables) + len(book.chartsheets)} visible sheets where there should be one")
    return tables[0]


def called(sheet: Any) -> str:
    return str(sheet.title).strip().casefold()


def layout_of(sheet: Any, layouts: Mapping[str, Layout]) -> Layout:
    return layouts[sheet._worksheet_path]  # nothing public says which part openpyxl reads, and no other part will do


def records(sheet: Any, layout: Layout) -> Iterator[Record]:
    """Every row as text after its number, as wide as the header, or wider where a value stands beyond it."""
    width = 0
    for row, values in enumerate(grid(sheet, layout.last_row, layout.last_column), start=1):
        cells = [text(value) for value in values]
        filled = len(cells)
        while filled and not cells[filled - 1]:
            filled -= 1
        width = width or filled
        if len(max(cells, key=len)) > CELL_CHARACTERS:
            raise Refused("RET-004", "a value is too long", row)
        yield row, cells[: max(width, filled)]


def grid(sheet: Any, rows: int, columns: int) -> Iterable[tuple[Any, ...]]:
    """The values of a sheet, all rows equally wide. Its own idea of its dimensions is not asked for."""
    if not rows:
        return ()
    return sheet.iter_rows(max_row=rows, max_col=columns, values_only=True)  # type: ignore[no-any-return]


def text(value: object) -> str:
    """A cell as the sender would have typed it into a CSV file."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip(" ")
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == MIDNIGHT else value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < WHOLE_BELOW:
        return str(int(value))
    return str(value)


def reason(book: Any) -> str | None:
    """The text to the right of the word `reason` on the sheet `declaration`, or below it."""
    for sheet in book.worksheets:
        if called(sheet) == DECLARATION:
            declared = beside_reason([[text(value) for value in row] for row in grid(sheet, *DECLARATION_SIZE)])
            return " ".join(declared.split()).translate(MASK)[:CELL_CHARACTERS] or None
    return None


def beside_reason(rows: list[list[str]]) -> str:
    for row, below in pairwise([*rows, [""] * DECLARATION_SIZE[1]]):
        for cell, right, under in zip(row, [*row[1:], ""], below, strict=True):
            if cell.rstrip(": ").casefold() == REASON:
                return right or under
    return ""


if __name__ == "__main__":
    sys.modules["numpy"] = None  # type: ignore[assignment]  # openpyxl would import it: slow, large, and not needed
    main(read_workbook)
