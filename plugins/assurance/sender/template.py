"""What does an Area fill in? The template of a return, made from the catalogue alone: a workbook, or a CSV file.

A workbook has the sheet `return`, whose header is locked and whose cells help: lists to choose from, formats that keep
zeros and dates, and what is asked as a note on each name. `guidance` explains, `declaration` says what no row can say.
Nothing is hidden, nothing is computed, and no row is begun: an unfilled template is no return.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from textwrap import wrap
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from assurance.catalogue import Collection
from assurance.deadlines import LONDON, cut_off, due
from assurance.intake.staging import EARLIEST, LATEST
from assurance.model import Period, return_name
from assurance.sender.asked import Asked, asked

RETURN, GUIDANCE, DECLARATION = "return", "guidance", "declaration"
NIL, YES, REASON = "nil return", "yes", "reason"
"""What the reader of workbooks looks for on the declaration."""

SAME_IN_EVERY_ROW = ("return_id", "area", "period")
LONGEST_LIST = 255
"""Excel takes no longer list into a cell's own settings."""
LONGEST_TITLE, LONGEST_MESSAGE = 32, 255
WIDEST, NARROWEST = 26, 7
WIDTHS = {"urn": 15, "reference": 15, "codes": 18, "date": 12, "text": 40}
"""Of columns, in characters: of any, and of some types what a cell takes."""
PAGES_WIDE = 4
"""Of the table in print."""
LINE_POINTS, LETTERS_PER_WIDTH = 13, 1.2
"""A line of the guidance; and how many letters of text go into one unit of a column's width."""
NOTE_PIXELS, NOTE_CHARACTERS, LINE_PIXELS = 340, 52, 17
UNLOCKED = {
    "format_columns": True,
    "format_rows": True,
    "insert_rows": True,
    "delete_rows": True,
    "sort": True,
    "autofilter": True,
}
"""What may be done with a sheet whose header is locked."""

INK, PAPER, WASH, LINE = "#12324A", "#FFFFFF", "#EDF2F6", "#D5DBE0"
POINTS = ("#D6E6F4", "#FBE3D0", "#E5DAF3", "#DDEBD8")
"""Backgrounds of the answers, one a sample point."""
NOT_ASKED = "#D9D9D9"


@dataclass(frozen=True)
class Template:
    """A file that an Area fills in."""

    file_name: str
    content: bytes


def template(collection: Collection, area: str, period: Period, version: int = 1) -> Template:
    """The template of what an Area owes for a period: the same bytes whenever it is made.

    A workbook where the collection takes workbooks, else a CSV file.
    """
    name = return_name(area, period, version)
    questions = asked(collection, area, period, name)
    rows = list(_rows_owed(collection, area, period, questions))
    if "xlsx" in collection.formats:
        return Template(f"{name}.xlsx", _Book(collection, area, period, f"{name}.xlsx", questions).written(rows))
    return Template(f"{name}.csv", _csv(questions, rows))


def _rows_owed(
    collection: Collection, area: str, period: Period, questions: Sequence[Asked]
) -> Iterator[tuple[str, ...]]:
    """The rows of an aggregate return, their counts empty; of cases nobody knows yet how many there are."""
    if collection.grain != "aggregate":
        return
    for unit in collection.units_of(area, period):
        for standard in collection.standards_in(period):
            known = {"unit": unit.name, "standard": standard.title}
            fixed = {one.column.type: one.choices[0] for one in questions if one.column.type in SAME_IN_EVERY_ROW}
            yield tuple((fixed | known).get(one.column.type, "") for one in questions)


def _csv(questions: Sequence[Asked], rows: Iterable[Sequence[str]]) -> bytes:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\r\n").writerows([[one.name for one in questions], *rows])
    return stream.getvalue().encode("utf-8-sig")  # by its mark a spreadsheet knows that this is UTF-8


class _Book:
    """The workbook while it is written."""

    def __init__(
        self, collection: Collection, area: str, period: Period, file_name: str, questions: Sequence[Asked]
    ) -> None:
        self.collection, self.period, self.questions, self.file_name = collection, period, questions, file_name
        self.area = area
        self.last_row = collection.limits.rows  # counted from 0 under the header: as many as may be sent
        self._stream = io.BytesIO()
        self._book = xlsxwriter.Workbook(
            self._stream,
            {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
        )
        self.title = f"{collection.title}: return of {collection.name_of(area)} for {period.title}"
        made_on = datetime(period.year, period.month, 1)  # no clock: the same template is the same bytes
        self._book.set_properties({"title": self.title, "author": collection.contact, "created": made_on})

    def written(self, rows: Sequence[Sequence[str]]) -> bytes:
        table = self._book.add_worksheet(RETURN)
        guidance = self._book.add_worksheet(GUIDANCE)
        declaration = self._book.add_worksheet(DECLARATION)
        lists = self._guidance(guidance)
        self._declaration(declaration)
        self._table(table, rows, lists)
        table.activate()
        self._book.close()
        return self._stream.getvalue()

    # -- the table

    def _table(self, sheet: Any, rows: Sequence[Sequence[str]], lists: dict[str, str]) -> None:
        for place, one in enumerate(self.questions):
            cell = self._format(num_format=_number_format(one), locked=False, valign="top")
            sheet.set_column(place, place, _width(one), cell)
            sheet.write_string(0, place, one.name, self._header(one))
            sheet.write_comment(0, place, one.note(), _note_size(one.note()))
            if settings := _validation(one, lists.get(one.name)):
                sheet.data_validation(1, place, self.last_row, place, settings)
            for row, cells in enumerate(rows, start=1):
                if cells[place]:
                    sheet.write_string(row, place, cells[place], cell)
        self._grey_where_not_asked(sheet)
        sheet.ignore_errors(
            {"number_stored_as_text": f"A2:{xl_col_to_name(len(self.questions) - 1)}{self.last_row + 1}"}
        )
        sheet.set_selection(1, 0, 1, 0)
        sheet.freeze_panes(1, self._columns_to_keep_in_sight())
        sheet.protect("", UNLOCKED)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.repeat_rows(0)
        sheet.fit_to_pages(PAGES_WIDE, 0)
        sheet.set_footer(f"&L{self.collection.marking}&R&F, page &P of &N")

    def _header(self, one: Asked) -> Any:
        colour = self._point_colours().get(one.standard.asked_at or "") if one.standard else None
        if colour:
            return self._format(bold=True, bg_color=colour, font_color=INK, bottom=1, border_color=LINE)
        if one.standard or one.column.required or self.collection.grain == "aggregate":
            return self._format(bold=True, bg_color=INK, font_color=PAPER, bottom=1, border_color=LINE)
        return self._format(bold=True, bg_color=WASH, font_color=INK, bottom=1, border_color=LINE)

    def _point_colours(self) -> dict[str, str]:
        point = next((one for one in self.questions if one.name == self.collection.cases.point), None)
        return dict(zip(point.choices, POINTS, strict=False)) if point else {}

    def _grey_where_not_asked(self, sheet: Any) -> None:
        """Answers that a row's sample point does not ask for turn grey as soon as it is chosen."""
        points = self._point_colours()
        grey = self._book.add_format({"bg_color": NOT_ASKED})
        for place, one in enumerate(self.questions):
            if one.name == self.collection.cases.point:
                chosen = f"${xl_col_to_name(place)}2"
        for place, one in enumerate(self.questions):
            if one.standard and one.standard.asked_at in points:
                criteria = f'=AND({chosen}<>"",{chosen}<>"{one.standard.asked_at}")'
                settings = {"type": "formula", "criteria": criteria, "format": grey}
                sheet.conditional_format(1, place, self.last_row, place, settings)

    def _columns_to_keep_in_sight(self) -> int:
        """Those up to the one by which a case is known, so that it stays in sight beside its answers."""
        types = [one.column.type for one in self.questions]
        return max(
            (place + 1 for place, type_ in enumerate(types) if type_ in ("urn", "reference", "standard")), default=0
        )

    # -- what stands beside it

    def _guidance(self, sheet: Any) -> dict[str, str]:
        """Write the guidance; where on it the lists stand that are too long for a cell's own settings, by column."""
        lines = _Lines(sheet, self._format, (26, 54, 44, 60))
        lines.marked(self.collection.marking)
        lines.title(self.title)
        lines.heading("What to do")
        for number, step in enumerate(self._steps(), start=1):
            lines.text(f"{number}. {step}")
        lines.heading("When")
        for line in self._deadlines():
            lines.text(line)
        lines.heading("Help")
        lines.text(f"Write to {self.collection.contact}. Do not put names or case details into the mail.")
        if points := self._point_colours():
            lines.heading("Colours of the header")
            lines.coloured("dark", "is needed in every row", INK, PAPER)
            lines.coloured("light", "is filled in where it applies, else left empty", WASH, INK)
            for point, colour in points.items():
                lines.coloured(point, f"is answered where {self.collection.cases.point} is {point}", colour, INK)
            lines.text("An answer turns grey in a row whose sample point does not ask for it: leave it empty.")
        lines.heading("Every column")
        lines.table(
            ("column", "what it holds", "how it is written", "when"),
            ((one.name, one.meaning, one.form, one.when) for one in self.questions if not one.standard),
        )
        self._register(lines)
        lists = self._lists(lines)
        sheet.protect("", {"format_columns": True, "format_rows": True})
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L{self.collection.marking}&R&A, page &P of &N")
        return lists

    def _steps(self) -> Iterator[str]:
        yield (
            f"Save this workbook as {self.file_name}, in the form Excel Workbook (.xlsx). Do not rename, add or move sheets."
        )
        if self.collection.grain == "case":
            yield f"On the sheet {RETURN}, fill in one row for each case, from row 2 on, without rows between them."
        elif self.collection.grain == "reading":
            yield f"On the sheet {RETURN}, fill in one row for each check that was read, from row 2 on."
        else:
            yield f"On the sheet {RETURN}, fill in the counts of each row that stands there."
        yield (
            "Point at a name in the header: a note says what is asked. Cells with a list let you choose. "
            "What is the same in every row, choose once and copy down."
        )
        yield "Paste values only (Paste special, Values), so that lists and formats stay as they are."
        yield "Not applicable is an answer where NA is in the list. An empty cell means that nothing was said."
        yield (
            f"Nothing to return this month? Leave the sheet {RETURN} without rows and choose {YES} beside {NIL} on the "
            f"sheet {DECLARATION}. For a correction, give the reason there."
        )
        yield f"Check it first, if you can: assurance check {self.file_name} -c {self.collection.code}"
        folder = f"{self.collection.code}/{self.area}"
        yield f"Put the file into your Area's folder, {folder}. A receipt comes by mail and names every cell to mend."

    def _deadlines(self) -> Iterator[str]:
        if self.collection.read:
            yield "Nobody owes second readings, so none is late: they count in the next report that is built."
            return
        yield f"Due by {_in_london(due(self.collection.calendar, self.period))}, London time."
        yield (
            f"Until {_in_london(cut_off(self.collection.calendar, self.period))} it is late, and still in the month's first "
            "report. After that it counts in a later one."
        )

    def _register(self, lines: _Lines) -> None:
        standards = [one for one in self.questions if one.standard]
        if standards:
            lines.heading(f"Every {self.collection.words.standard}")
            lines.table(
                ("column", "question", "answers", "when, and how it is judged"),
                (
                    (f"{one.name}  {one.title}", one.meaning, one.form, " ".join((one.when, one.judged)).strip())
                    for one in standards
                ),
            )
        if self.collection.reasons and self.collection.reason_list:
            lines.heading(f"Codes of {self.collection.reasons.column}")
            lines.table(
                ("code", "means", "group", ""),
                ((reason.code, reason.label, reason.group, "") for reason in self.collection.reason_list),
            )

    def _lists(self, lines: _Lines) -> dict[str, str]:
        found = {}
        for one in self.questions:
            if one.choices and len(",".join(one.choices)) > LONGEST_LIST:
                lines.heading(f"List of {one.name}")
                first = lines.row
                for choice in one.choices:
                    lines.text(choice)
                found[one.name] = f"={GUIDANCE}!$A${first + 1}:$A${lines.row}"
        return found

    def _declaration(self, sheet: Any) -> None:
        bold = self._format(bold=True, valign="top")
        answer = self._format(locked=False, border=1, border_color=INK, text_wrap=True, valign="top", num_format="@")
        plain = self._format(text_wrap=True, align="left", valign="top", indent=1)
        sheet.set_column(0, 0, 18)
        sheet.set_column(1, 2, 62)
        sheet.set_row(1, 24)
        sheet.set_row(3, 44)
        sheet.write_string(0, 0, self.collection.marking, self._format(bold=True, font_color=INK))
        sheet.write_string(1, 0, self.title, self._format(bold=True, font_size=14, font_color=INK))
        sheet.write_string(3, 0, NIL, bold)
        sheet.write_blank(3, 1, None, answer)
        sheet.write_string(
            3,
            2,
            f"Choose {YES} only if there is nothing to return for {self.period.title}, and leave the sheet {RETURN} without "
            "rows under its header. Without this an empty table is refused: it may be a failed export.",
            plain,
        )
        sheet.write_string(5, 0, REASON, bold)
        sheet.write_blank(5, 1, None, answer)
        sheet.set_row(5, 62)
        sheet.write_string(
            5,
            2,
            "Only for a correction, version 02 and later: say in a sentence what has changed and why. No names and no case "
            "details: it is read by those who read the figures.",
            plain,
        )
        sheet.data_validation(3, 1, 3, 1, {"validate": "list", "source": [YES]})
        sheet.protect("")
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)

    def _format(self, **settings: Any) -> Any:
        return self._book.add_format({"font_name": "Arial", "font_size": 10, **settings})


class _Lines:
    """A sheet of words, written from top to bottom."""

    def __init__(self, sheet: Any, style: Callable[..., Any], widths: Sequence[int]) -> None:
        self._sheet, self._style, self._widths, self.row = sheet, style, widths, 0
        for place, width in enumerate(widths):
            sheet.set_column(place, place, width)

    def marked(self, text: str) -> None:
        self.text(text, bold=True, font_color=INK)

    def title(self, text: str) -> None:
        self._sheet.set_row(self.row, 24)
        self.text(text, bold=True, font_size=16, font_color=INK)

    def heading(self, text: str) -> None:
        self.row += 1
        self._sheet.set_row(self.row, 18)
        self.text(text, bold=True, font_size=12, font_color=INK)

    def text(self, text: str, **settings: Any) -> None:
        self._sheet.write_string(self.row, 0, text, self._style(**settings))
        self.row += 1

    def coloured(self, text: str, meaning: str, background: str, ink: str) -> None:
        self._sheet.write_string(self.row, 0, text, self._style(bold=True, bg_color=background, font_color=ink))
        self._sheet.write_string(self.row, 1, meaning, self._style())
        self.row += 1

    def table(self, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        style = self._style(bold=True, bg_color=WASH, font_color=INK, bottom=1, border_color=LINE)
        for place, text in enumerate(header):
            self._sheet.write_string(self.row, place, text, style)
        self.row += 1
        for cells in rows:
            self._sheet.set_row(self.row, LINE_POINTS * self._lines_of(cells) + 3)
            for place, text in enumerate(cells):
                style = self._style(text_wrap=True, valign="top", bottom=1, border_color=LINE, bold=not place)
                self._sheet.write_string(self.row, place, text, style)
            self.row += 1

    def _lines_of(self, cells: Sequence[str]) -> int:
        """How many lines the longest cell takes; not every spreadsheet makes room for them by itself."""
        wrapped = (wrap(text, int(width * LETTERS_PER_WIDTH)) for text, width in zip(cells, self._widths, strict=True))
        return max(1, *map(len, wrapped))


# Cells


def _number_format(one: Asked) -> str:
    """Text stays as it is typed, zeros and all; what is counted or dated is a number to the spreadsheet."""
    return {"date": "yyyy-mm-dd", "integer": "0", "scope": "0", "count": "0"}.get(one.column.type, "@")


def _width(one: Asked) -> int:
    widest = max((len(choice) for choice in one.choices), default=0)
    return max(WIDTHS.get(one.column.type, 0), min(WIDEST, max(NARROWEST, len(one.name) + 3, widest + 3)))


def _note_size(note: str) -> dict[str, Any]:
    lines = sum(1 + len(line) // NOTE_CHARACTERS for line in note.split("\n"))
    return {"width": NOTE_PIXELS, "height": (lines + 1) * LINE_PIXELS, "font_name": "Arial", "font_size": 9}


def _validation(one: Asked, place_of_list: str | None) -> dict[str, Any] | None:
    """What a cell may hold, as far as a spreadsheet can see to it."""
    column = one.column
    told = {
        "error_title": f"Not right for {column.name}"[:LONGEST_TITLE],
        "error_message": one.form[:LONGEST_MESSAGE],
    }
    if one.choices:
        several = {"show_error": False} if column.type == "codes" else told  # a list cannot see to more than one code
        return {"validate": "list", "source": place_of_list or list(one.choices), **several}
    match column.type:
        case "date":
            return {"validate": "date", "criteria": "between", "minimum": EARLIEST, "maximum": LATEST, **told}
        case "integer" | "scope" | "count":
            least = 0 if column.least is None else column.least
            if column.most is None:
                return {"validate": "integer", "criteria": ">=", "value": least, **told}
            return {"validate": "integer", "criteria": "between", "minimum": least, "maximum": column.most, **told}
        case "text" if column.longest:
            return {"validate": "length", "criteria": "<=", "value": column.longest, **told}
    return None


def _in_london(moment: datetime) -> str:
    """`17:00 on Friday 6 November 2026`."""
    there = moment.replace(tzinfo=UTC).astimezone(LONDON)
    return f"{there:%H:%M} on {there:%A} {there.day} {there:%B %Y}"
