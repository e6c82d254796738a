"""How does the workbook of an edition become a file? XLSX after the Analysis Function's guidance on spreadsheets.

A cover, contents, notes, then one table a sheet as a real table, for a screen reader as for a filter: no merged cell,
no fill, no header or footer, no blank row or column within. The same book gives the same bytes, whenever it is written.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from itertools import chain, repeat
from textwrap import wrap
from typing import Any

import xlsxwriter

from assurance.model import NATION
from assurance.reporting.facts import ReleaseFacts
from assurance.reporting.measured import Measured
from assurance.reporting.shareable import Shareable
from assurance.reporting.tables import begins_a_formula
from assurance.reporting.views.workbook import Book, Cell, Column, Form, Sheet, book, shared_book

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COVER, CONTENTS, NOTES = "Cover", "Contents", "Notes"
NUMBERS = {
    Form.TEXT: "@",
    Form.COUNT: "#,##0",
    Form.SHARE: "0.0 %",
    Form.POINTS: "+0.0;-0.0;0.0",
    Form.CHANCE: "0.0000",
}
"""How the numbers of a column are shown."""
NAMED = 4
"""So many columns say what a row is about."""
HEADER_ROW = 3
"""Counted from 0; title, what the sheet holds, and its standing stand above."""
NARROWEST, WIDEST, WIDEST_HEADER = 7, 48, 13
"""Of a column, in characters; a longer text goes on in the next line of its cell."""
OF_WORDS = 95
"""The widest column of a sheet that holds words alone."""
OF_PAGE = 160
"""What goes on one page in print, in characters; a wider table takes several, with its first columns on each."""
LINE_POINTS, LETTERS_PER_WIDTH = 15, 1.1
"""A line of text; and how many letters go into one unit of a column's width."""
MADE_OF_A_MEMBER = (1980, 1, 1, 0, 0, 0)
"""The time of every file within the file."""


def workbook_path(edition: str) -> str:
    """Where the workbook of an edition (`ALL` or an Area code) lies in its release."""
    return "national.xlsx" if edition == NATION else f"areas/{edition}.xlsx"


def attached_name(facts: ReleaseFacts, edition: str) -> str:
    """How a workbook is called where it leaves its folder: `bcm-2026-10-EMD.xlsx`."""
    return f"{facts.collection.code}-{facts.period}-{'national' if edition == NATION else edition}.xlsx"


def workbooks(measured: Measured) -> dict[str, bytes]:
    """The workbook of every edition, by `ALL` and the Area codes."""
    return {edition: workbook(measured, edition) for edition in measured.editions}


def workbook(measured: Measured, edition: str) -> bytes:
    """The workbook of the nation (`ALL`) or of an Area."""
    return written(book(measured, edition))


def shareable_workbook(measured: Measured, shared: Shareable) -> bytes:
    """The workbook for partners."""
    return written(shared_book(measured, shared))


def written(of: Book) -> bytes:
    """A workbook as a file."""
    stream = io.BytesIO()
    made = xlsxwriter.Workbook(stream, {"in_memory": True})
    made.set_properties({"title": of.title, "author": of.contact, "subject": of.marking, "created": of.made})
    _Writer(made, of).write()
    made.close()
    return _in_english(stream.getvalue())


class _Writer:
    """The workbook while it is written; each format is made once."""

    def __init__(self, made: Any, of: Book) -> None:
        self._made, self._of = made, of
        self._title = self._format(bold=True, font_size=15)
        self._heading = self._format(bold=True, font_size=12)
        self._plain = self._format()
        self._header = self._format(bold=True, text_wrap=True, bottom=2)
        self._inner_header = self._format(bold=True, text_wrap=True, bottom=2, indent=1)
        self._header_of_numbers = self._format(bold=True, text_wrap=True, bottom=2, align="right")
        self._text = self._format(text_wrap=True, valign="top")
        self._inner_text = self._format(text_wrap=True, valign="top", align="left", indent=1)
        self._quoted = self._format(text_wrap=True, valign="top", quote_prefix=True)
        self._mark = self._format(valign="top", align="right")
        self._link = self._format(font_color="#0b62a8", underline=1, valign="top")
        self._numbers = {form: self._format(num_format=shown, valign="top") for form, shown in NUMBERS.items()}

    def write(self) -> None:
        cover, contents, notes = (self._made.add_worksheet(name) for name in (COVER, CONTENTS, NOTES))
        tables = [(self._made.add_worksheet(sheet.name), sheet) for sheet in self._of.sheets]
        self._cover(cover)
        self._contents(contents)
        self._table(notes, _notes(self._of))
        for place, sheet in tables:
            self._table(place, sheet)
        cover.activate()

    def _cover(self, place: Any) -> None:
        self._page(place)
        place.fit_to_pages(1, 0)
        place.set_column(0, 0, OF_WORDS)
        place.write_string(0, 0, self._of.title, self._title)
        row = 1
        for heading, lines in self._of.cover:
            place.set_row(row, 2 * LINE_POINTS)
            place.write_string(row, 0, heading, self._heading)
            for line in lines:
                row += 1
                place.set_row(row, LINE_POINTS * _lines(line, OF_WORDS))
                self._words(place, row, 0, line)
            row += 1

    def _contents(self, place: Any) -> None:
        listed = [(NOTES, _notes(self._of).title), *((sheet.name, sheet.title) for sheet in self._of.sheets)]
        sheet = Sheet(
            CONTENTS,
            "Contents",
            "The sheets that follow. Each name is a link.",
            (Column("Sheet"), Column("What it holds")),
            tuple(listed),
        )
        self._table(place, sheet)
        for row, (name, _) in enumerate(listed, HEADER_ROW + 1):
            place.write_url(row, 0, f"internal:'{name}'!A1", self._link, name, f"Go to {name}")

    def _table(self, place: Any, sheet: Sheet) -> None:
        """A title, what the sheet holds and its standing, then the table, whose header stays in sight."""
        self._page(place)
        place.write_string(0, 0, sheet.title, self._title)
        place.write_string(1, 0, sheet.about, self._plain)
        place.write_string(2, 0, f"{self._of.marking}. {self._of.standing}.", self._plain)
        widths = _widths(sheet)
        folded = max(widths) >= WIDEST  # only then can a text be longer than its column is wide
        self._table_object(place, sheet, widths)
        for row, cells in enumerate(sheet.rows, HEADER_ROW + 1):
            if folded and (lines := _most_lines(cells, widths)) > 1:
                place.set_row(row, LINE_POINTS * lines)
            for column, (cell, one) in enumerate(zip(cells, sheet.columns, strict=True)):
                if not isinstance(cell, str):
                    place.write_number(row, column, cell, self._numbers[one.form])
                elif one.form is not Form.TEXT:
                    place.write_string(row, column, cell, self._mark)
                else:
                    self._words(place, row, column, cell)
        place.freeze_panes(HEADER_ROW + 1, 0)

    def _table_object(self, place: Any, sheet: Sheet, widths: Sequence[int]) -> None:
        headers = [
            {"header": one.header, "header_format": self._header_of_numbers if one.form is not Form.TEXT else style}
            for one, style in zip(sheet.columns, chain([self._header], repeat(self._inner_header)), strict=False)
        ]
        named = {"name": sheet.name.replace(" ", "_"), "columns": headers, "style": None, "autofilter": False}
        place.add_table(HEADER_ROW, 0, HEADER_ROW + len(sheet.rows), len(headers) - 1, named)
        place.set_row(HEADER_ROW, LINE_POINTS * _most_lines([one.header for one in sheet.columns], widths) + 3)
        for column, width in enumerate(widths):
            place.set_column(column, column, width)
        pages = -(-sum(widths) // OF_PAGE)
        place.fit_to_pages(pages, 0)
        place.repeat_rows(0, HEADER_ROW)
        if pages > 1:
            place.repeat_columns(0, NAMED - 1)

    def _words(self, place: Any, row: int, column: int, text: str) -> None:
        """Text stays text, also where somebody edits it that begins like a formula."""
        style = self._quoted if begins_a_formula(text) else self._inner_text if column else self._text
        place.write_string(row, column, text, style)

    def _page(self, place: Any) -> None:
        place.set_landscape()
        place.set_paper(9)

    def _format(self, **settings: Any) -> Any:
        return self._made.add_format({"font_name": "Arial", "font_size": 11, **settings})


def _notes(of: Book) -> Sheet:
    columns = (Column("Term"), Column("Meaning"))
    return Sheet(NOTES, "Notes and shorthand", "What marks and words of the tables mean.", columns, of.notes)


def _widths(sheet: Sheet) -> list[int]:
    """Of each column, so that no number and no word is cut off."""
    widest = WIDEST if any(one.form is not Form.TEXT for one in sheet.columns) else OF_WORDS
    lengths = ([_length(cells[place]) for cells in sheet.rows] for place in range(len(sheet.columns)))
    return [
        min(widest, max(NARROWEST, _of_header(one.header), *found)) + 3
        for one, found in zip(sheet.columns, lengths, strict=True)
    ]


def _of_header(header: str) -> int:
    """A header goes on in the next line, but no word of it is broken."""
    return max(min(WIDEST_HEADER, len(header)), *map(len, header.split()))


def _length(cell: Cell) -> int:
    return len(cell) if isinstance(cell, str) else len(f"{cell:,.0f}")


def _most_lines(cells: Sequence[Cell], widths: Sequence[int]) -> int:
    """How many lines the longest cell takes; not every spreadsheet makes room for them by itself."""
    return max(_lines(cell, width) for cell, width in zip(cells, widths, strict=True))


def _lines(cell: Cell, width: int) -> int:
    if not isinstance(cell, str) or len(cell) <= width:
        return 1
    return len(wrap(cell, int(width * LETTERS_PER_WIDTH)))


def _in_english(content: bytes) -> bytes:
    """Say in which language the workbook is, which the library cannot."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as found, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as out:
        for name in found.namelist():
            part = found.read(name)
            if name == "docProps/core.xml":
                part = part.replace(b"</cp:coreProperties>", b"<dc:language>en-GB</dc:language></cp:coreProperties>")
            info = zipfile.ZipInfo(name, MADE_OF_A_MEMBER)
            info.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(info, part)
    return stream.getvalue()
