"""What of a return is to be mended? A copy of it as a workbook, for its sender alone, with the faulty cells marked.

The copy holds case data, so it exists only in the receipt that carries it. Where the collection takes workbooks it is
the next version already: mended, it is sent back as it is.
"""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from assurance.catalogue import Collection
from assurance.cures import EFFECTS, cures, places, to_be_answered, to_be_mended
from assurance.intake.landing import parse_name
from assurance.intake.reading import ROW_NO, Reading
from assurance.intake.staging import EARLIEST, LATEST
from assurance.measures.words import capital
from assurance.model import Finding, Severity, Submission, return_name

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 5_000
"""A copy with more rows takes too long to make and to mend by hand: of such a return only the faulty rows are shown."""
MOST_BYTES = 10_000_000
"""What a mail can carry."""
MOST_NOTES = 5_000
"""More notes than this make a spreadsheet slow; beyond it cells are coloured, and the sheet `guidance` has their cure."""
MOST_PLACES = 500
LINE = "line"
"""The column of an extract that says where a row stands in the return. No return has it, so an extract sent back by
mistake is refused, and never takes the place of the whole."""

ANSWERS = ("rule", "column", "question", "answer")
DECLARATION = ("nil return", "reason")

RICH = re.compile(r"<r>.*</r>", re.DOTALL)
UNPRINTABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")
"""What no XML can hold."""

_PLAIN, _IN_ROW = "plain", "in a row"
_FILLS: Mapping[str, str] = {
    Severity.FILE: "#f6b58a",
    Severity.ROW: "#f6b58a",
    Severity.QUERY: "#ffe88a",
    Severity.NOTE: "#d6e6f4",
    _IN_ROW: "#fdeee3",
}
_EDGE = "#c9a186"
_LEGEND = (
    (Severity.ROW, "To be mended"),
    (Severity.QUERY, "A query: check it, and mend it or answer it"),
    (Severity.NOTE, "Only told"),
    (_IN_ROW, "The rest of a row of which something is wrong as a whole"),
)


_WIDTHS: Mapping[str, float] = {"return_id": 20, "urn": 16, "unit": 22, "standard": 40, "text": 48}
"""How wide a column of a type is, in letters; any other has room for its name."""
_LETTERS = (44, 44, 40, 12, 12, 18)
"""How wide the columns of the guidance are."""
_LINE_HEIGHT = 15


class Use(StrEnum):
    """What a marked copy is good for."""

    SEND_BACK = "send_back"
    """The next version, but for what is to be mended."""
    LOOK_AT = "look_at"
    """The whole return, of a collection that takes no workbooks."""
    EXTRACT = "extract"
    """Its faulty rows alone."""


@dataclass(frozen=True)
class MarkedCopy:
    """A workbook for the sender; `file_name` is the one to send it back under, where it can be sent back."""

    file_name: str
    content: bytes
    use: Use


@dataclass(frozen=True)
class _Cells:
    """What stands on the sheet of the return."""

    header: tuple[str, ...]
    header_row: int
    rows: Sequence[tuple[Any, ...]]
    """Each after its row on the sheet, from 0."""
    line_of: Mapping[int, int]
    """The line in the return of a row on the sheet."""


def marked_copy(
    collection: Collection, submission: Submission, reading: Reading, findings: Sequence[Finding]
) -> MarkedCopy | None:
    """The return with its faulty cells marked; None where there is nothing to mark, or no whole table to mark it in.

    A file whose name says no month is not looked at by rules yet, and one with broken rows would come back without
    them: neither has a copy. What the mended copy must keep is as it was sent, but for `return_id`.
    """
    table = reading.table
    if submission.period is None or table is None or table.num_rows < reading.rows:
        return None
    use = _use(collection, table, reading.header_line)
    if not to_be_mended(findings) and not (use is Use.SEND_BACK and to_be_answered(findings)):
        return None
    if use is Use.EXTRACT:
        table = _with_findings(table, findings)
    if not table.num_rows:
        return None
    content = _workbook(collection, submission, reading, table, findings, use)
    if len(content) > MOST_BYTES:
        return None
    return MarkedCopy(copy_name(submission, use), content, use)


def copy_name(submission: Submission, use: Use) -> str:
    """What the copy is called: the next version's name, or one that no return has."""
    if use is Use.SEND_BACK:
        return f"{next_return_id(submission)}.xlsx"
    return f"{submission.file_name.rpartition('.')[0]}-{'marked' if use is Use.LOOK_AT else 'extract'}.xlsx"


def next_return_id(submission: Submission) -> str:
    """The `return_id` of the version after this one."""
    period = submission.period
    assert period is not None
    return return_name(submission.area, period, submission.version + 1)


def _use(collection: Collection, table: pa.Table, header_line: int) -> Use:
    if table.num_rows and table[ROW_NO][-1].as_py() - header_line > MOST_ROWS:  # a row stands at its own line
        return Use.EXTRACT
    return Use.SEND_BACK if "xlsx" in collection.formats else Use.LOOK_AT


def _with_findings(table: pa.Table, findings: Sequence[Finding]) -> pa.Table:
    faulty = sorted({f.row for f in findings if f.row is not None and f.severity is not Severity.NOTE})
    return table.filter(pc.is_in(table[ROW_NO], pa.array(faulty, pa.int64()))).slice(0, MOST_ROWS)


def _workbook(
    collection: Collection,
    submission: Submission,
    reading: Reading,
    table: pa.Table,
    findings: Sequence[Finding],
    use: Use,
) -> bytes:
    import xlsxwriter  # only a return with a fault needs it

    stream = io.BytesIO()
    # in memory: the frugal way would leave cases in temporary files, should this process be ended while it writes
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    book.set_properties({"created": submission.received_at})  # no clock: the same receipt has the same bytes
    looks = _Looks(book)
    cells = _cells(submission, reading, table, use)
    _write_return(book.add_worksheet("return"), collection, cells, findings, looks)
    _write_guidance(book.add_worksheet("guidance"), collection, submission, findings, use, looks)
    if use is Use.SEND_BACK:
        _write_declaration(book.add_worksheet("declaration"), looks)
        if queries := [finding for finding in findings if finding.severity is Severity.QUERY]:
            _write_answers(book.add_worksheet("answers"), queries, looks)
    book.close()
    return stream.getvalue()


def _cells(submission: Submission, reading: Reading, table: pa.Table, use: Use) -> _Cells:
    """The cells as sent, each row where the sender knows it; an extract says in a column of its own where that is."""
    assert reading.header is not None
    lines = table[ROW_NO].to_pylist()
    columns = [table[name].to_pylist() for name in reading.header]
    if use is Use.EXTRACT:
        rows = range(1, len(lines) + 1)
        return _Cells(
            (LINE, *reading.header),
            0,
            list(zip(rows, map(str, lines), *columns, strict=True)),
            dict(zip(rows, lines, strict=True)),
        )
    if use is Use.SEND_BACK:
        columns = [_next_version(submission, column) for column in columns]
    rows_of = [line - 1 for line in lines]
    return _Cells(
        reading.header,
        reading.header_line - 1,
        list(zip(rows_of, *columns, strict=True)),
        dict(zip(rows_of, lines, strict=True)),
    )


def _next_version(submission: Submission, column: Sequence[str | None]) -> Sequence[str | None]:
    """The cells with the next version's id where this one's stands; one that names another return is left to be seen."""
    own = submission.file_name.rpartition(".")[0]
    if own not in column or parse_name(submission.file_name).area != submission.area:
        return column
    following = next_return_id(submission)
    return [following if cell == own else cell for cell in column]


class _Looks:
    """The formats of the workbook; as text `@`, so that what is typed over a cell keeps its zeros."""

    def __init__(self, book: Workbook) -> None:
        fills = {_PLAIN: None, **_FILLS}
        self.texts = {mark: self._cell(book, fill, "@") for mark, fill in fills.items()}
        self.days = {mark: self._cell(book, fill, "yyyy-mm-dd") for mark, fill in fills.items()}
        head = {"bold": True, "valign": "top", "num_format": "@", "bottom": 2}
        self.heads = {
            mark: book.add_format(head | ({"bg_color": fill} if fill else {})) for mark, fill in fills.items()
        }
        self.head = self.heads[_PLAIN]
        self.title = book.add_format({"bold": True, "font_size": 15})
        self.text = book.add_format({"valign": "top"})
        self.meanings = {
            mark: book.add_format({"bg_color": fill, "text_wrap": True, "border": 1, "border_color": _EDGE})
            for mark, fill in _FILLS.items()
        }
        self.prose = book.add_format({"text_wrap": True, "valign": "top"})
        self.blank = book.add_format(
            {"text_wrap": True, "valign": "top", "num_format": "@", "locked": False, "border": 1, "bg_color": "#fffdf0"}
        )

    @staticmethod
    def _cell(book: Workbook, fill: str | None, form: str) -> Format:
        look: dict[str, object] = {"num_format": form, "valign": "top"}
        if fill:
            look |= {"bg_color": fill, "border": 1, "border_color": _EDGE}
        return book.add_format(look)


# The return


def _write_return(
    sheet: Worksheet, collection: Collection, cells: _Cells, findings: Sequence[Finding], looks: _Looks
) -> None:
    types = {column.name: column.type for column in collection.columns}
    forms = [collection.dates if types.get(name) == "date" else () for name in cells.header]
    for place, (name, form) in enumerate(zip(cells.header, forms, strict=True)):
        wide = _WIDTHS.get(types.get(name, ""), max(12, len(name) + 2))
        sheet.set_column(place, place, wide, (looks.days if form else looks.texts)[_PLAIN])
    sheet.freeze_panes(cells.header_row + 1, 0)
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    notes = _Notes(sheet)
    at = _by_place(findings)
    _write_header(sheet, cells, at, notes, looks)
    for row, *texts in cells.rows:
        found = at.get(cells.line_of[row], {})
        as_a_whole = found.get(None, [])
        rest = _IN_ROW if as_a_whole else _PLAIN
        if as_a_whole:
            notes.add(row, 0, as_a_whole)
        for place, text in enumerate(texts):
            name = cells.header[place]
            marks = found.get(name) if found else None
            mark = marks[0].severity if marks else rest
            if marks:
                notes.add(row, place, marks)
            if text is None:
                if mark is not _PLAIN:
                    sheet.write_blank(row, place, None, (looks.days if forms[place] else looks.texts)[mark])
            elif forms[place] and (day := _day(text, forms[place])):
                sheet.write_datetime(row, place, day, looks.days[mark])
            else:
                _write_text(sheet, row, place, text, looks.texts[mark], looks.prose)
        notes.write()


def _write_header(
    sheet: Worksheet,
    cells: _Cells,
    at: Mapping[int | None, Mapping[str | None, list[Finding]]],
    notes: _Notes,
    looks: _Looks,
) -> None:
    """The header, marked where something is said of a column as a whole, or of the header itself."""
    by_column = {name: found for name, found in at.get(None, {}).items() if name is not None}
    of_header = [found for many in at.get(cells.header_row + 1, {}).values() for found in many]
    for place, name in enumerate(cells.header):
        found = [*by_column.get(name, []), *(of_header if place == 0 else [])]
        mark = found[0].severity if found else _PLAIN
        _write_text(sheet, cells.header_row, place, name, looks.heads[mark], looks.prose)
        if found:
            notes.add(cells.header_row, place, found)
    notes.write()


def _by_place(findings: Sequence[Finding]) -> Mapping[int | None, Mapping[str | None, list[Finding]]]:
    """The findings by line and column, at each place the worst first."""
    at: dict[int | None, dict[str | None, list[Finding]]] = defaultdict(lambda: defaultdict(list))
    for found in sorted(findings, key=lambda found: found.severity.rank):
        at[found.row][found.column].append(found)
    return {row: dict(columns) for row, columns in at.items()}


class _Notes:
    """The notes of cells: all that is wrong with one is one note."""

    def __init__(self, sheet: Worksheet) -> None:
        self._sheet = sheet
        self._left = MOST_NOTES
        self._said: dict[tuple[int, int], list[Finding]] = {}

    def add(self, row: int, column: int, findings: Sequence[Finding]) -> None:
        self._said.setdefault((row, column), []).extend(findings)

    def write(self) -> None:
        """Write the notes of the row that is done."""
        for (row, column), findings in list(self._said.items())[: self._left]:
            told = list(dict.fromkeys(map(_note, findings)))
            lines = sum(2 + len(line) // 44 for text in told for line in text.split("\n"))
            box = {"author": "", "width": 300, "height": 16 * lines + 8}
            self._sheet.write_comment(row, column, "\n\n".join(told), box)
            self._left -= 1
        self._said.clear()


def _note(found: Finding) -> str:
    return f"{found.message}\nTo mend it: {found.fix}\n{found.rule}, {EFFECTS[found.severity]}"


def _write_text(sheet: Worksheet, row: int, column: int, text: str, look: Format, plain: Format) -> None:
    """A cell as the text it was sent as, whatever it looks like: never a formula, a link or a number."""
    text = UNPRINTABLE.sub("\ufffd", text)
    if RICH.fullmatch(text):  # what looks like the library's own mark-up would be taken for it, and break the workbook
        sheet.write_rich_string(row, column, text[0], plain, text[1:], look)
    else:
        sheet.write_string(row, column, text, look)


def _day(text: str, forms: Sequence[str]) -> date | None:
    """The day that a cell means beyond doubt; None where it is not written as the collection allows."""
    iso = text
    if "DD/MM/YYYY" in forms and re.fullmatch(r"[0-9]{2}/[0-9]{2}/[0-9]{4}", text):
        iso = f"{text[6:]}-{text[3:5]}-{text[:2]}"
    elif not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        day = date.fromisoformat(iso)
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None


# The sheets beside it


def _write_guidance(
    sheet: Worksheet,
    collection: Collection,
    submission: Submission,
    findings: Sequence[Finding],
    use: Use,
    looks: _Looks,
) -> None:
    """What to do, what the colours mean, and every finding by its cure."""
    _set_out(sheet, _LETTERS)
    sheet.write_string(0, 0, _title(submission, use), looks.title)
    sheet.write_string(1, 0, collection.marking, looks.text)
    row = 2
    for rank, step in enumerate(_steps(submission, findings, use), start=1):
        row += 1
        _set_height(sheet, row, (step,), (sum(_LETTERS[:2]),))
        sheet.merge_range(row, 0, row, 1, "", looks.prose)
        sheet.write_string(row, 0, f"{rank}. {step}", looks.prose)
    row += 1
    for mark, meaning in _LEGEND:
        row += 1
        _set_height(sheet, row, (meaning,), _LETTERS)
        sheet.write_string(row, 0, meaning, looks.meanings[mark])
    row += 2
    for place, title in enumerate(("To mend it", "What is wrong", "Where", "How many", "Rule", "What it does")):
        sheet.write_string(row, place, title, looks.head)
    for line in _listed(findings):
        row += 1
        _set_height(sheet, row, line, _LETTERS)
        for place, text in enumerate(line):
            sheet.write_string(row, place, text, looks.prose)


def _set_out(sheet: Worksheet, letters: Sequence[float]) -> None:
    """Columns of these widths, all of them on one page."""
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    for place, wide in enumerate(letters):
        sheet.set_column(place, place, wide)


def _set_height(sheet: Worksheet, row: int, texts: Sequence[str], letters: Sequence[float], least: int = 1) -> None:
    """Room for what is written: not every program finds it by itself."""
    lines = max(-(-len(text) // int(wide)) for text, wide in zip(texts, letters, strict=False))
    sheet.set_row(row, min(_LINE_HEIGHT * max(lines, least), 400))


def _title(submission: Submission, use: Use) -> str:
    return f"{'The faulty rows of' if use is Use.EXTRACT else 'What to do with'} {submission.file_name}"


def _steps(submission: Submission, findings: Sequence[Finding], use: Use) -> Iterator[str]:
    following = f"version {submission.version + 1:02d}"
    yield (
        "The sheet return shows your cells as they were read, those with a finding coloured. Rest the pointer on a "
        "coloured cell to see what is wrong and how to mend it; the list below has the same by cure."
    )
    if use is Use.LOOK_AT:
        yield f"This workbook is for looking. Mend your own table and send it as CSV, as {following}."
        return
    if use is Use.EXTRACT:
        yield (
            "Your return is too large to be marked whole, so only rows with a finding are here, each after its line in "
            f"your file. This cannot be sent back: mend your own file, and send it whole as {following}."
        )
        return
    yield "Mend the coloured cells in place. Leave the header as it is and no row hidden."
    yield (
        f"This workbook is {following} already: its return_id says {next_return_id(submission)}. Save it as "
        f"{next_return_id(submission)}.xlsx and send it under that name."
    )
    yield "Write on the sheet declaration, beside reason, why something changes."
    if to_be_answered(findings):
        yield "Where a query is asked and your cells are right, write the answer on the sheet answers."


def _listed(findings: Sequence[Finding]) -> Iterator[tuple[str, ...]]:
    for cure in cures(findings):
        for fault in cure.faults:
            where = places(fault.findings, MOST_PLACES)
            times = f"{len(fault.findings):,}"
            yield cure.fix, fault.message, where, times, fault.rule, capital(EFFECTS[fault.severity])


def _write_declaration(sheet: Worksheet, looks: _Looks) -> None:
    _set_out(sheet, (16, 80))
    for row, label in enumerate(DECLARATION):
        sheet.set_row(row, 48 if label == "reason" else 18)
        sheet.write_string(row, 0, label, looks.head)
        sheet.write_blank(row, 1, None, looks.blank)


def _write_answers(sheet: Worksheet, queries: Sequence[Finding], looks: _Looks) -> None:
    """Each query once, with an empty cell for its answer; nothing else on the sheet can be changed."""
    widths = (12, 16, 60, 60)
    _set_out(sheet, widths)
    sheet.protect(options={"format_columns": True, "format_rows": True})
    for place, title in enumerate(ANSWERS):
        sheet.write_string(0, place, title, looks.head)
    sheet.freeze_panes(1, 0)
    asked: dict[tuple[str, str, str], list[Finding]] = {}
    for found in queries:
        asked.setdefault((found.rule, found.column or "", found.message), []).append(found)
    for row, ((rule, column, message), asking) in enumerate(asked.items(), start=1):
        in_rows = [replace(one, column=None) for one in asking if one.row is not None]
        question = f"{message} {places(in_rows, MOST_PLACES)}" if in_rows else message
        _set_height(sheet, row, (rule, column, question), widths, least=3)
        for place, text in enumerate((rule, column, question)):
            if text:
                sheet.write_string(row, place, text, looks.prose)
        sheet.write_blank(row, len(ANSWERS) - 1, None, looks.blank)
