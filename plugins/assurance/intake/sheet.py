"""One worksheet's XML, read once: its rows as text, and what of them cannot be trusted.

Rows take one of two roads. Most programs write a row in the same few ways, and such a row is taken apart by patterns
that match it to its last character. Every other row, and all that is not a row, goes to a parser that knows what may
stand in what. A pattern never decides about XML that it does not cover, so both roads tell the same
(tests/properties/test_sheet_roads.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from functools import cache, reduce
from xml.parsers import expat

from openpyxl.utils.datetime import from_excel, from_ISO8601

from assurance.intake.package import Feed, damaged
from assurance.intake.reader import CELL_CHARACTERS, Problem, Refused, tell

MIDNIGHT = time()
WHOLE_BELOW = 1e15
LAST_COLUMN = 16_384
UNSEEN = 0.1
"""Fewer points of height, or characters of width, than a screen shows."""
KNOWN, KNOWN_CHARACTERS = 100_000, 64
KNOWN_WIDTHS = 1_000
LONGEST_ROW, LONGEST_TEXT = 16_000_000, 1_000_000

NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
INDEX = re.compile(r"[0-9]{1,9}")
ROW_NUMBER = re.compile(r"[1-9][0-9]{0,6}")
COLUMN_LETTERS = re.compile(r"[A-Z]{1,3}")
QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
REACHES_OUT = re.compile(r"\||\b(?:WEBSERVICE|RTD|CALL|REGISTER(?:\.ID)?|SQL\.REQUEST|IMAGE)\s*\(", re.I)
"""Dynamic data exchange, and functions that fetch or run something; `|` is no operator of a spreadsheet."""
OTHER_BOOK = re.compile(r"\[[^\[\]]*\][^\[\]!,;()+*/<>=&^\"-]*!|'[^']*(?:\[|://|\\\\)[^']*'\s*[#!]")
"""A sheet of another workbook: `[1]Sheet!A1`, or a place between quotes."""
TEXT_CONSTANT = re.compile(r"\"[^\"]*\"")

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main "
WORKSHEET, FORMAT, COLUMNS, COLUMN, DATA, ROW, CELL, FORMULA, VALUE, INLINE, RUN, TEXT, MERGES, MERGE = (
    MAIN + tag
    for tag in (
        *("worksheet", "sheetFormatPr", "cols", "col", "sheetData", "row", "c", "f", "v", "is", "r", "t"),
        *("mergeCells", "mergeCell"),
    )
)
WITHIN = {
    **{WORKSHEET: "", FORMAT: WORKSHEET, COLUMNS: WORKSHEET, COLUMN: COLUMNS, DATA: WORKSHEET, ROW: DATA, CELL: ROW},
    **{FORMULA: CELL, VALUE: CELL, INLINE: CELL, MERGES: WORKSHEET, MERGE: MERGES},
}
"""In what each element stands that the parser asks for: elsewhere, another program could read it otherwise."""

BODY, END_OF_ROW = b"<sheetData>", b"</row>"
UNPLAIN = (b"<!", b"<?")
"""Comments, CDATA and instructions can hold what looks like rows."""
ROW_START = re.compile(
    r'<row r="([1-9][0-9]{0,6})"((?: (?:spans|s|ht|customFormat|customHeight|hidden|outlineLevel|collapsed|thickTop'
    r'|thickBot|x14ac:dyDescent)="[0-9a-z.:-]*")*)>'
)
ATTRIBUTE = re.compile(r' ([a-zA-Z0-9:]+)="([^"]*)"')
CELL_START = re.compile(r'<c r="([A-Z]{1,3})([0-9]+)"')
PLAIN = r"[^<&]*(?:&(?:amp|lt|gt|quot|apos);[^<&]*)*"
CELL_REST = re.compile(
    r'(?: s="([0-9]{1,9})")?(?: ?/>|></c>'
    rf'| t="inlineStr"><is><t(?: xml:space="preserve")?>({PLAIN})</t></is></c>'
    r'|(?: t="(s|n|b|e|str)")?><v>([^<&]+)</v></c>)'
)
READ_OTHERWISE = (*map(chr, range(0x20)), "\ufffe", "\uffff")
"""What XML cannot hold, and line ends, of which the parser makes other line ends; nothing of it is printable."""
ENTITY = re.compile("&(amp|lt|gt|quot|apos);")
MEANT = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


@dataclass(frozen=True)
class Values:
    """What a cell's XML refers to, and how its value becomes the text its sender would have typed into a CSV file."""

    strings: Sequence[str]
    dates: frozenset[int]
    """The styles that show a number as a date or a time."""
    durations: frozenset[int]
    epoch: datetime

    def text(self, kind: str, style: str, value: str) -> str:
        """The text of a cell by its type ("" for a number), the number of its style, and its value."""
        if kind in ("str", "e"):
            return value.strip(" ")
        if not value:
            return ""
        value = value.strip()
        if kind in ("", "n"):
            return shown(self._number(style, value))
        if kind == "s" and INDEX.fullmatch(value) and int(value) < len(self.strings):
            return self.strings[int(value)].strip(" ")
        if kind == "b" and value in ("0", "1"):
            return "TRUE" if value == "1" else "FALSE"
        if kind == "d":
            return shown(from_ISO8601(value))  # type: ignore[no-untyped-call]
        raise damaged()

    def _number(self, style: str, value: str) -> object:
        if not NUMBER.fullmatch(value) or (style and not INDEX.fullmatch(style)):
            raise damaged()
        number = float(value) if "." in value or "e" in value or "E" in value else int(value)
        if int(style or 0) not in self.dates:
            return number
        try:
            return from_excel(number, self.epoch, timedelta=int(style or 0) in self.durations)
        except (OverflowError, ValueError):
            return "#VALUE!"  # as the cell looks in a spreadsheet


def shown(value: object) -> str:
    if isinstance(value, str):
        return value.strip(" ")
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == MIDNIGHT else value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < WHOLE_BELOW:
        return str(int(value))
    return str(value)


@dataclass
class _Cell:
    """The cell that the parser is in."""

    column: int
    kind: str = ""
    style: str = ""
    value: str | None = None
    inline: str | None = None
    formula: str | None = None


@dataclass
class Sheet:
    """A worksheet up to a row and a column. A value beyond them raises `beyond`, or is left out without it."""

    values: Values
    most_rows: int
    most_columns: int
    beyond: Refused | None = None
    fast: bool = True
    """Whether patterns may be used at all."""

    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    """The rows in which something stands, each as wide as that; rows and columns count from 1."""
    hidden_rows: list[int] = field(default_factory=list)
    merged: list[tuple[int, int]] = field(default_factory=list)
    without_value: list[tuple[int, int]] = field(default_factory=list)
    reaching_out: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._held: set[int] = set()  # columns in which a formula or an empty text stands, which `rows` does not show
        self._columns_hidden: set[int] = set()
        self._columns_listed: set[int] = set()
        self._hide_others = False
        self._listed = 0
        self._row, self._row_digits, self._row_hidden, self._row_height = 0, "", False, True
        self._column = 0
        self._cell = _Cell(0)
        self._starts = {
            **{WORKSHEET: nothing, FORMAT: self._set_defaults, COLUMNS: nothing, COLUMN: self._add_column},
            **{DATA: self._begin_data, ROW: self._begin_row, CELL: self._begin_cell, MERGES: nothing},
            **{VALUE: self._begin_value, INLINE: self._begin_inline, FORMULA: self._begin_formula},
            **{MERGE: self._add_merge},
        }
        self._filled: list[tuple[int, str]] = []
        self._open: list[str] = []
        self._prefixes: set[str] = set()
        self._head_seen = self._data_seen = False
        self._known: dict[str, str] = {}
        self._widths: dict[tuple[str, ...], list[int] | None] = {}
        self._row_kinds: dict[str, bool | None] = {}

    # What was found

    @property
    def last_row(self) -> int:
        return self.rows[-1][0] if self.rows else 0

    @property
    def last_column(self) -> int:
        return max(max((len(cells) for _, cells in self.rows), default=0), max(self._held, default=0))

    @property
    def hidden_columns(self) -> list[int]:
        """The hidden columns in which something stands."""
        hidden = self._columns_hidden
        if self._hide_others:
            hidden = hidden | set(range(1, self.last_column + 1)) - self._columns_listed
        return [column for column in sorted(hidden) if self._holds(column)]

    def _holds(self, column: int) -> bool:
        return column in self._held or any(cells[column - 1 : column] not in ([], [""]) for _, cells in self.rows)

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Every row after its number, as wide as the header, or wider where a value stands beyond it."""
        width, before = 0, 0
        for row, cells in self.rows:
            yield from ((blank, []) for blank in range(before + 1, row))
            width = width or len(cells)
            yield row, cells + [""] * (width - len(cells))
            before = row

    def faults(self) -> list[Problem]:
        """What lies hidden in the table, or is no value of its own."""
        problems: list[Problem] = []
        last_row, last_column = self.last_row, self.last_column
        for row in self.hidden_rows:
            tell(problems, "RET-011", row, detail="the row is hidden")
        for column in self.hidden_columns:
            tell(problems, "RET-011", None, column - 1, f"column {column} is hidden")
        for row, column in self.merged:
            if row <= last_row and column <= last_column:
                tell(problems, "RET-011", row, column - 1, "cells are merged")
        for row, column in self.without_value:
            tell(problems, "RET-011", row, column - 1, "the formula has no value")
        for row, column in self.reaching_out:
            tell(problems, "RET-011", row, column - 1, "the formula reaches out of the workbook")
        return problems

    # Reading

    def read(self, pieces: Iterator[bytes]) -> Sheet:
        """Take in the worksheet, given in pieces of any size."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartNamespaceDeclHandler = self._prefix
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        self._feed = Feed(parser)
        rest = b""
        for piece in pieces:
            rest = self._take(rest + piece)
        parser.Parse(rest, True)
        if not self._data_seen:
            raise damaged()
        return self

    def _take(self, xml: bytes) -> bytes:
        """Read what can be read by now, and give back the rest."""
        if not self._head_seen:
            xml = self._take_head(xml)
        if not self.fast:
            self._feed(xml)
            return b""
        end = xml.rfind(END_OF_ROW) + len(END_OF_ROW)
        if end < len(END_OF_ROW):
            self.fast = len(xml) < LONGEST_ROW
            return xml
        for row in xml[:end].decode().split(END_OF_ROW.decode())[:-1]:
            if not (self.fast and self._between_rows() and self._take_row(row)):
                self._take_slowly(row)
        return xml[end:]

    def _take_head(self, xml: bytes) -> bytes:
        self._head_seen = True
        head, body, rest = xml.partition(BODY)
        self.fast &= bool(body) and b"<!" not in head and head.count(b"<?") <= 1
        if not self.fast:
            return xml
        self._feed(head + body)
        self.fast = self._between_rows()
        return rest

    def _take_slowly(self, row: str) -> None:
        xml = row.encode() + END_OF_ROW
        self.fast &= not any(mark in xml for mark in UNPLAIN)
        self._feed(xml)

    def _between_rows(self) -> bool:
        return self._open == [WORKSHEET, DATA]

    # By patterns

    def _take_row(self, xml: str) -> bool:
        """Read a row without its end tag, unless something in it is not covered: then nothing has happened."""
        start = ROW_START.match(xml)
        if not start or "]]>" in xml or not (xml.isprintable() or all(other not in xml for other in READ_OTHERWISE)):
            return False
        digits, attributes = start.groups()
        hidden = self._kind_of_row(attributes)
        before, *parts = CELL_START.split(xml[start.end() :])
        letters = tuple(parts[0::3])
        if before or hidden is None or int(digits) <= self._row or parts[1::3].count(digits) != len(letters):
            return False
        columns = self._columns_of(letters)
        texts = list(map(self._known.get, parts[2::3]))
        if None in texts:
            texts = [
                self._text_of(rest) if text is None else text for text, rest in zip(texts, parts[2::3], strict=True)
            ]
        if columns is None or None in texts:
            return False
        self._row, self._row_digits = int(digits), digits
        self._add(placed(columns, texts), hidden)
        return True

    def _kind_of_row(self, attributes: str) -> bool | None:
        """Whether a row with these attributes is hidden; None when they are not covered."""
        if attributes not in self._row_kinds:
            if len(self._row_kinds) == KNOWN_WIDTHS:
                self._row_kinds.clear()
            self._row_kinds[attributes] = self._is_hidden_row(attributes)
        return self._row_kinds[attributes]

    def _is_hidden_row(self, attributes: str) -> bool | None:
        found = ATTRIBUTE.findall(attributes)
        named = dict(found)
        if len(named) < len(found) or ("x14ac" not in self._prefixes and "x14ac:dyDescent" in named):
            return None
        return self._hides_row(named)

    def _columns_of(self, letters: tuple[str, ...]) -> list[int] | None:
        """The columns of these letters; None when they do not follow each other from left to right."""
        if letters not in self._widths:
            if len(self._widths) == KNOWN_WIDTHS:
                self._widths.clear()
            columns = [column_number(name) for name in letters]
            in_order = columns == sorted(set(columns)) and not (columns and columns[-1] > LAST_COLUMN)
            self._widths[letters] = columns if in_order else None
        return self._widths[letters]

    def _text_of(self, rest: str) -> str | None:
        """The text of a cell by its XML after the reference, "" when it holds nothing; None when it is not covered."""
        found = CELL_REST.fullmatch(rest)
        if not found:
            return None
        style, inline, kind, value = found.groups()
        if value is not None:
            text = self.values.text(kind or "", style or "", value)
        elif inline is not None:
            text = (ENTITY.sub(lambda entity: MEANT[entity[1]], inline) if "&" in inline else inline).strip(" ")
        else:
            text = ""
        if not text and (value or inline is not None):
            return None
        if len(rest) <= KNOWN_CHARACTERS:
            if len(self._known) == KNOWN:
                self._known.clear()
            self._known[rest] = text
        return text

    # By the parser

    def _prefix(self, prefix: str | None, _: str) -> None:
        if not self._open and prefix:
            self._prefixes.add(prefix)

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        around = self._open[-1] if self._open else ""
        self._open.append(name)
        if name in WITHIN:
            if around != WITHIN[name]:
                raise damaged()
            self._starts[name](attributes)
        elif around == VALUE:
            raise damaged()

    def _set_defaults(self, attributes: Mapping[str, str]) -> None:
        self._hide_others = size(attributes, "defaultColWidth") < UNSEEN
        self._row_height = size(attributes, "defaultRowHeight") >= UNSEEN

    def _begin_data(self, attributes: Mapping[str, str]) -> None:
        if self._data_seen:
            raise damaged()
        self._data_seen = True

    def _begin_value(self, attributes: Mapping[str, str]) -> None:
        if self._cell.value is not None:
            raise damaged()
        self._cell.value = ""

    def _begin_inline(self, attributes: Mapping[str, str]) -> None:
        if self._cell.inline is not None:
            raise damaged()
        self._cell.inline = ""

    def _begin_formula(self, attributes: Mapping[str, str]) -> None:
        if self._cell.formula is not None:
            raise damaged()
        self._cell.formula = ""

    def _text(self, characters: str) -> None:
        cell, opened = self._cell, self._open
        if opened[-1] == VALUE:
            cell.value = self._longer(cell.value, characters)
        elif opened[-1] == TEXT and (opened[-2] == INLINE or opened[-3:-1] == [INLINE, RUN]):
            cell.inline = self._longer(cell.inline, characters)
        elif opened[-1] == FORMULA:
            cell.formula = self._longer(cell.formula, characters)

    def _longer(self, text: str | None, characters: str) -> str:
        """So much text that adding to it again and again takes long is no cell's."""
        if text and len(text) > LONGEST_TEXT:
            raise Refused("RET-004", "a value is too long", self._row)
        return (text or "") + characters

    def _end(self, name: str) -> None:
        self._open.pop()
        if name == CELL:
            self._end_cell(self._cell)
        elif name == ROW:
            self._end_row()

    def _begin_row(self, attributes: Mapping[str, str]) -> None:
        self._row_digits = attributes.get("r") or str(self._row + 1)
        if not ROW_NUMBER.fullmatch(self._row_digits) or int(self._row_digits) <= self._row:
            raise damaged()
        self._row, self._column, self._row_hidden = int(self._row_digits), 0, self._hides_row(attributes)
        self._filled = []

    def _hides_row(self, attributes: Mapping[str, str]) -> bool:
        return is_hidden(attributes, "ht") or ("ht" not in attributes and not self._row_height)

    def _begin_cell(self, attributes: Mapping[str, str]) -> None:
        column = self._column + 1
        if "r" in attributes:
            letters, digits = split(attributes["r"])
            column = column_number(letters)
            if digits != self._row_digits or column <= self._column:
                raise damaged()
        if column > LAST_COLUMN:
            raise damaged()
        self._column = column
        self._cell = _Cell(column, attributes.get("t", ""), attributes.get("s", ""))

    def _end_cell(self, cell: _Cell) -> None:
        if cell.formula is not None:
            self._check_formula(cell, cell.formula)
        if (cell.kind == "inlineStr" and cell.value) or (cell.kind != "inlineStr" and cell.inline):
            raise damaged()  # two texts, or one that only some programs show
        if (cell.value, cell.inline, cell.formula) != (None, None, None):
            text = (
                cell.inline or ""
                if cell.kind == "inlineStr"
                else self.values.text(cell.kind, cell.style, cell.value or "")
            )
            self._filled.append((cell.column, text.strip(" ")))

    def _check_formula(self, cell: _Cell, formula: str) -> None:
        place = self._row, cell.column
        if not (cell.value or "").strip() and not (cell.kind == "str" and cell.value is not None):
            self.without_value.append(place)  # of text, an empty value is a value
        if REACHES_OUT.search(QUOTED.sub("", formula)) or OTHER_BOOK.search(TEXT_CONSTANT.sub("", formula)):
            self.reaching_out.append(place)

    def _end_row(self) -> None:
        if self._filled:
            columns, texts = zip(*self._filled, strict=True)
            within = [column for column in columns if column <= self.most_columns]
            if self._row <= self.most_rows:
                self._held.update(within)
            self._add(placed(list(columns), list(texts)), self._row_hidden, columns[-1])

    def _add_column(self, attributes: Mapping[str, str]) -> None:
        self._listed += 1
        first, last = attributes.get("min", ""), attributes.get("max", "")
        if self._listed > LAST_COLUMN or not INDEX.fullmatch(first) or not INDEX.fullmatch(last):
            raise damaged()
        columns = range(int(first), min(int(last), self.most_columns) + 1)
        (self._columns_hidden if is_hidden(attributes, "width") else self._columns_listed).update(columns)

    def _add_merge(self, attributes: Mapping[str, str]) -> None:
        letters, digits = split(attributes.get("ref", "").partition(":")[0])
        column = column_number(letters)
        if not ROW_NUMBER.fullmatch(digits):
            raise damaged()
        if int(digits) <= self.most_rows and column <= self.most_columns:
            self.merged.append((int(digits), column))

    # By both

    def _add(self, cells: list[str], hidden: bool, filled_to: int = 0) -> None:
        """Add a row in which something stands, if something does; a row of empty texts reaches to `filled_to`."""
        reach = max(len(cells), filled_to)
        if not reach:
            return
        if self._row > self.most_rows or reach > self.most_columns:
            if self.beyond:
                raise self.beyond
            cells = cells[: self.most_columns]
        if self._row > self.most_rows:
            return
        if cells and len(max(cells, key=len)) > CELL_CHARACTERS:
            raise Refused("RET-004", "a value is too long", self._row)
        self.rows.append((self._row, cells))
        if hidden:
            self.hidden_rows.append(self._row)


def nothing(attributes: Mapping[str, str]) -> None:
    """What begins needs nothing done."""


def placed(columns: list[int], texts: Sequence[str | None]) -> list[str]:
    """The texts in their columns, and "" between them; none after the last that says something."""
    width = len(texts)
    while width and not texts[width - 1]:
        width -= 1
    if not width:
        return []
    if columns[width - 1] == width:
        return [text or "" for text in texts[:width]] if None in texts else list(texts[:width])  # type: ignore[arg-type]
    cells = [""] * columns[width - 1]
    for column, text in zip(columns[:width], texts, strict=False):
        cells[column - 1] = text or ""
    return cells


def is_hidden(attributes: Mapping[str, str], measure: str) -> bool:
    return attributes.get("hidden") in ("1", "true") or size(attributes, measure) < UNSEEN


def size(attributes: Mapping[str, str], measure: str) -> float:
    value = attributes.get(measure, "1")
    if not NUMBER.fullmatch(value):
        raise damaged()
    return float(value)


def split(reference: str) -> tuple[str, str]:
    letters = reference.rstrip("0123456789")
    return letters, reference[len(letters) :]


@cache
def column_number(letters: str) -> int:
    """1 for A, 27 for AA."""
    if not COLUMN_LETTERS.fullmatch(letters):
        raise damaged()
    return reduce(lambda number, letter: 26 * number + ord(letter) - ord("A") + 1, letters, 0)
