"""What the reader makes of good, odd, wrong and hostile workbooks: cells as they stand, or a refusal that says where."""

from __future__ import annotations

import io
import json
import re
import resource
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from errno import ENOMEM
from pathlib import Path
from typing import Any
from xml.parsers import expat

import pytest
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.worksheet.datavalidation import DataValidation
from xlsxwriter import Workbook as Writer

from assurance.catalogue import Limits
from assurance.errors import ReaderError
from assurance.intake import reading as reading_module
from assurance.intake.reading import WORKBOOK_READER, Problem, Reading, read_text
from assurance.intake.workbook import starved, works

LIMITS = Limits(bytes=1_000_000, rows=50, columns=5)
HEADER = ("code", "answer", "note")
SHEET = "xl/worksheets/sheet1.xml"
SECRET = "Zebra"


@pytest.fixture
def read(tmp_path: Path):
    def reading(content: bytes, limits: Limits = LIMITS, **options: Any) -> Reading:
        path = tmp_path / "received"
        path.write_bytes(content)
        return read_text(path, limits, **{"formats": ("csv", "xlsx"), "seconds": 20, "megabytes": 300, **options})

    return reading


def workbook(*rows: tuple[object, ...], edit: Callable[[Workbook], object] = lambda book: None) -> bytes:
    """A workbook with these rows under the header, made by openpyxl, after `edit`."""
    book = Workbook()
    for row in (HEADER, *rows):
        book.active.append(row)
    edit(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def rewritten(content: bytes, parts: Mapping[str, bytes | Callable[[bytes], bytes]]) -> bytes:
    """The same archive with some parts changed or added."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in [*old.namelist(), *(name for name in parts if name not in old.namelist())]:
            part = parts.get(name, old.read(name) if name in old.namelist() else b"")
            new.writestr(name, part if isinstance(part, bytes) else part(old.read(name)))
    return stream.getvalue()


def with_rows(xml: str, content: bytes = b"") -> bytes:
    """A workbook whose sheet has this XML after its one row, the header."""
    return rewritten(
        content or workbook(), {SHEET: lambda part: part.replace(b"</sheetData>", xml.encode() + b"</sheetData>")}
    )


def cells(reading: Reading) -> list[tuple[int, tuple[str, ...]]]:
    """Every row of the table: its row in the sheet, and its cells with nothing for null."""
    assert reading.table is not None
    columns = [column.to_pylist() for column in reading.table.columns]
    return [(row, tuple(cell or "" for cell in cells)) for row, *cells in zip(*columns, strict=True)]


def told(reading: Reading) -> list[tuple[str, int | None, str | None, str]]:
    return [(problem.rule, problem.row, problem.column, problem.detail) for problem in reading.problems]


def assert_refused(reading: Reading, rule: str, detail: str = "") -> None:
    assert (reading.header, reading.rows, reading.table, reading.reason) == (None, 0, None, None)
    (problem,) = reading.problems
    assert (problem.rule, problem.row, problem.column) == (rule, None, None)
    assert detail in problem.detail


# Cells


def test_text_comes_as_it_stands(read) -> None:
    rows = [
        ("001", "NA", "née, Ñandú"),
        ("N/A", "null", '"quoted"'),
        ("#N/A", " x ", "2016-07-04"),
        ("é北", "TRUE", "-"),
    ]
    reading = read(workbook(*rows))
    assert reading == Reading(HEADER, 4, reading.table, (), 1)
    assert cells(reading) == [(line, (a, b.strip(), c)) for line, (a, b, c) in enumerate(rows, start=2)]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (7, "7"),
        (-7.0, "-7"),
        (7001000026, "7001000026"),
        (0.1, "0.1"),
        (2.5e16, "2.5e+16"),
        (True, "TRUE"),
        (False, "FALSE"),
        (date(2016, 7, 4), "2016-07-04"),
        (datetime(2016, 7, 4), "2016-07-04"),
        (datetime(2016, 7, 4, 9, 30), "2016-07-04T09:30:00"),
        ("#N/A", "#N/A"),
        ("#REF!", "#REF!"),
    ],
)
def test_a_value_is_told_as_its_sender_would_have_typed_it(read, value: object, text: str) -> None:
    assert cells(read(workbook(("1", value, "x")))) == [(2, ("1", text, "x"))]


def test_shared_and_rich_text_and_formulas_with_a_value_are_read_from_a_workbook_as_excel_writes_it(read) -> None:
    stream = io.BytesIO()
    with Writer(stream) as book:
        sheet = book.add_worksheet("Return")
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ["same", "same"])
        sheet.write_rich_string(1, 2, "in ", book.add_format({"bold": True}), "bold")
        sheet.write_formula(2, 0, "=1+1", value=2)
        sheet.write_formula(2, 1, '="Y"', value="Y")
        sheet.write_formula(2, 2, "=NA()", value="#N/A")
    reading = read(stream.getvalue())
    assert cells(reading) == [(2, ("same", "same", "in bold")), (3, ("2", "Y", "#N/A"))]
    assert reading.problems == ()


def returned_by_openpyxl(rows: list[tuple[object, ...]]) -> bytes:
    def mark(book: Workbook) -> None:
        sheet = book.worksheets[0]
        sheet["B2"].comment = Comment("Write Y, N or NA.", "Assurance")
        sheet["B2"].fill = PatternFill("solid", "FFFF00")
        sheet.add_data_validation(DataValidation(type="list", formula1='"Y,N,NA"', sqref="B2:B9"))
        sheet.protection.sheet = True
        sheet.freeze_panes = "A2"
        book.create_sheet("guidance").append(["Mend the yellow cells"])
        book.create_sheet("declaration").append(["reason", "Mended"])
        book.create_sheet("answers").append(["rule", "column", "question", "answer"])
        book.worksheets[-1].append(["BCM-101", "answer", "Is it so?", "Yes"])

    return workbook(*rows, edit=mark)


def returned_by_xlsxwriter(rows: list[tuple[object, ...]]) -> bytes:
    stream = io.BytesIO()
    with Writer(stream) as book:
        sheet = book.add_worksheet("Return")
        for at, row in enumerate((HEADER, *rows)):
            sheet.write_row(at, 0, row, book.add_format({"locked": False, "bg_color": "yellow"}))
        sheet.write_comment("B2", "Write Y, N or NA.")
        sheet.data_validation("B2:B9", {"validate": "list", "source": ["Y", "N", "NA"]})
        sheet.conditional_format("A1:C9", {"type": "blanks", "format": book.add_format({"bold": True})})
        sheet.protect("", {"format_columns": True})
        sheet.freeze_panes(1, 0)
        book.add_worksheet("guidance").write_url(0, 0, "mailto:someone@example.org")
        book.add_worksheet("declaration").write_row(0, 0, ["reason", "Mended"])
        answers = book.add_worksheet("answers")
        answers.write_row(0, 0, ["rule", "column", "question", "answer"])
        answers.write_row(1, 0, ["BCM-101", "answer", "Is it so?", "Yes"])
        answers.autofilter(0, 0, 1, 3)
    return stream.getvalue()


@pytest.mark.parametrize("returned", [returned_by_openpyxl, returned_by_xlsxwriter])
def test_a_marked_copy_that_comes_back_is_read_with_its_answers(read, returned: Callable[..., bytes]) -> None:
    reading = read(returned([("1", "Y", "x"), ("2", None, "z")]))
    assert cells(reading) == [(2, ("1", "Y", "x")), (3, ("2", "", "z"))]
    assert (reading.problems, reading.reason) == ((), "Mended")
    assert reading.answers == (("BCM-101", "answer", "Yes"),)


def test_hidden_characters_are_named_by_row_and_column_and_masked(read) -> None:
    reading = read(workbook(("1", "N\u200b", ""), ("2", "N", "two\nlines"), ("3", "no\u00a0break", "")))
    assert told(reading) == [("RET-012", 2, "answer", ""), ("RET-012", 3, "note", "")]
    assert [row for _, row in cells(reading)] == [
        ("1", "N\ufffd", ""),
        ("2", "N", "two\ufffdlines"),
        ("3", "no\u00a0break", ""),
    ]


# Rows and columns


def test_rows_shorter_than_the_header_are_filled_up(read) -> None:
    assert cells(read(workbook(("1",), (None, "Y")))) == [(2, ("1", "", "")), (3, ("", "Y", ""))]


def test_a_value_beyond_the_header_leaves_its_row_out_of_the_table(read) -> None:
    reading = read(workbook(("1", "Y", "", "", "more"), ("2", "N")))
    assert told(reading) == [("RET-004", 2, None, "5 values where the header has 3")]
    assert (reading.rows, cells(reading)) == (2, [(3, ("2", "N", ""))])


def test_blank_rows_are_left_out_and_told_and_the_others_keep_their_numbers(read) -> None:
    reading = read(workbook((), ("1", "Y"), (" ", None, ""), ("2", "N"), ("", " ", None)))
    assert cells(reading) == [(3, ("1", "Y", "")), (5, ("2", "N", ""))]
    assert told(reading) == [("RET-014", None, None, "3 of them")]


def test_cells_that_only_have_a_format_are_no_rows_and_no_columns(read) -> None:
    def formatted(book: Workbook) -> None:
        for place in ("H2", "B40000", "XFD1048576"):
            book.active[place].number_format = "yyyy-mm-dd"

    reading = read(workbook(("1", "Y"), edit=formatted))
    assert (reading.rows, reading.problems) == (1, ())


def test_a_header_further_down_is_found(read) -> None:
    reading = read(workbook(("1", "Y"), edit=lambda book: book.active.insert_rows(1, 2)))
    assert (reading.header_line, cells(reading)) == (3, [(4, ("1", "Y", ""))])


def test_a_header_alone_is_a_table_without_rows(read) -> None:
    reading = read(workbook())
    assert (reading.header, reading.rows, cells(reading)) == (HEADER, 0, [])


def test_a_header_that_names_a_column_twice_gives_no_table(read) -> None:
    reading = read(workbook(("1", "Y"), edit=lambda book: book.active.cell(1, 3, "code")))
    assert (reading.header, reading.rows, reading.table) == (("code", "answer", "code"), 1, None)


def test_what_the_sheet_says_of_its_dimensions_does_not_count(read) -> None:
    content = workbook(("1", "Y"))
    for dimension in (b"A1", b"A1:XFD1048576"):
        wrong = rewritten(content, {SHEET: lambda part, ref=dimension: part.replace(b"A1:C2", ref)})
        assert cells(read(wrong)) == [(2, ("1", "Y", ""))]


def test_an_empty_sheet_is_refused(read) -> None:
    assert_refused(read(workbook(edit=lambda book: book.active.delete_rows(1))), "RET-001", "it is empty")


# Limits


def test_as_many_rows_and_columns_as_are_allowed_are_read(read) -> None:
    rows = [(str(number),) for number in range(LIMITS.rows)]
    reading = read(workbook(*rows, edit=lambda book: book.active.cell(1, 5, "e") and book.active.cell(1, 4, "d")))
    assert (reading.rows, len(reading.header or ())) == (LIMITS.rows, LIMITS.columns)


@pytest.mark.parametrize("place", ["A52", "F2", "A1048576", "XFD1", "XFD1048576"])
def test_a_value_too_far_away_is_refused_at_once_and_without_much_memory(read, place: str) -> None:
    content = workbook(("1", "Y"), edit=lambda book: book.active[place].__setattr__("value", "far"))
    began = time.monotonic()
    assert_refused(read(content, megabytes=150), "RET-002", "a value stands below row 51 or to the right of column 5")
    assert time.monotonic() - began < 5


def test_more_bytes_than_are_allowed_are_refused_unread(read) -> None:
    assert_refused(read(b"PK\x03\x04" + bytes(LIMITS.bytes)), "RET-002", "more than 1,000,000 bytes")


def test_a_part_that_swells_when_unpacked_is_refused_before_it_is(read) -> None:
    bomb = rewritten(workbook(), {"xl/media/image1.png": bytes(50_000_000)})
    assert_refused(read(bomb, megabytes=100), "RET-002", "too large when unpacked")


def test_thousands_of_parts_are_refused(read) -> None:
    many = rewritten(workbook(), {f"xl/media/{number}.png": b"" for number in range(1_001)})
    assert_refused(read(many), "RET-002", "its parts are too many")


def test_a_cell_longer_than_any_spreadsheet_has_is_refused_at_its_row(read) -> None:
    long = read(with_rows(f'<row r="2"><c r="A2" t="inlineStr"><is><t>{"a" * 32_768}</t></is></c></row>'))
    assert long.problems == (Problem("RET-004", row=2, detail="a value is too long"),)


def test_problems_beyond_a_thousand_are_not_named_and_refuse_the_file(read) -> None:
    rows = [("=1+1",)] * 1_100
    reading = read(workbook(*rows), LIMITS.model_copy(update={"rows": 2_000}))
    assert [problem.rule for problem in reading.problems[:1_001]] == ["RET-011"] * 1_000 + ["RET-004"]


# Sheets


def test_guidance_and_declaration_may_stand_beside_the_table(read) -> None:
    def beside(book: Workbook) -> None:
        book.create_sheet("Guidance", 0).append(["How to fill in", "this", "workbook", "which", "is", "wide", "here"])
        book.create_sheet("DECLARATION").append(["I declare"])

    reading = read(workbook(("1", "Y"), edit=beside))
    assert (cells(reading), reading.problems, reading.reason) == ([(2, ("1", "Y", ""))], (), None)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([["Reason:", "Two cases were missing"]], "Two cases were missing"),
        ([["reason"], ["Two cases were missing"]], "Two cases were missing"),
        ([["Name", "A"], [None, "REASON :", " Two\ncases "]], "Two cases"),
        ([["Reason", ""]], None),
        ([["Reason"]], None),
        ([["The reason is", "none"]], None),
    ],
    ids=["right", "below", "elsewhere", "empty", "alone", "in a sentence"],
)
def test_the_declaration_gives_the_reason_for_a_correction(read, rows: list[list[str]], reason: str | None) -> None:
    def declared(book: Workbook) -> None:
        sheet = book.create_sheet("Declaration")
        for row in rows:
            sheet.append(row)

    reading = read(workbook(("1", "Y"), edit=declared))
    assert (reading.reason, reading.problems) == (reason, ())


def test_what_the_sheets_beside_the_table_say_is_handed_on(read) -> None:
    def say(book: Workbook) -> None:
        for title, rows in (
            ("declaration", [("nil return", "Yes"), ("reason", "No case was left")]),
            (
                "answers",
                [
                    ("rule", "column", "question", "answer"),
                    ("BCM-101", "urn", "Why?", "So"),
                    ("BCM-102", None, "Why?", "So\n"),
                ],
            ),
        ):
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)

    nothing = read(workbook(edit=say))
    assert (nothing.nil, nothing.reason, nothing.rows) == (True, "No case was left", 0)
    assert nothing.answers == (("BCM-101", "urn", "So"), ("BCM-102", None, "So"))
    assert read(workbook(("1", "Y"), edit=say)).nil  # and somebody else says that it is not true
    assert not read(workbook()).nil


def test_two_visible_sheets_are_refused_without_their_names(read) -> None:
    reading = read(workbook(("1", "Y"), edit=lambda book: book.create_sheet(SECRET)))
    assert_refused(reading, "RET-011", "2 visible sheets where there should be one")
    assert SECRET not in reading.problems[0].detail


def test_a_workbook_of_guidance_alone_is_refused(read) -> None:
    reading = read(workbook(edit=lambda book: setattr(book.active, "title", "guidance")))
    assert_refused(reading, "RET-011", "0 visible sheets")


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
@pytest.mark.parametrize("title", ["old", "guidance"])
def test_a_hidden_sheet_is_refused_when_it_holds_data(read, state: str, title: str) -> None:
    def hide(book: Workbook, *values: str) -> None:
        sheet = book.create_sheet(title, 0)
        sheet.sheet_state = state
        sheet.append(values)

    assert_refused(read(workbook(edit=lambda book: hide(book, "x"))), "RET-011", "a hidden sheet holds data")
    assert read(workbook(("1", "Y"), edit=hide)).problems == ()


def test_a_chart_on_a_sheet_of_its_own_is_refused(read) -> None:
    stream = io.BytesIO()
    with Writer(stream) as book:
        book.add_worksheet("Return").write_row(0, 0, HEADER)
        chart = book.add_chart({"type": "bar"})
        chart.add_series({"values": "=Return!$A$1:$C$1"})
        book.add_chartsheet().set_chart(chart)
    assert_refused(read(stream.getvalue()), "RET-011", "2 visible sheets")


# What cannot be seen


def test_hidden_rows_and_columns_with_data_are_named(read) -> None:
    def hide(book: Workbook) -> None:
        for row in (3, 5, 9):
            book.active.row_dimensions[row].hidden = True
        for column in "BF":
            book.active.column_dimensions[column].hidden = True

    reading = read(workbook(("1", "Y"), ("2", "N"), ("3", ""), (None, "N"), edit=hide))
    assert told(reading) == [
        ("RET-011", 3, None, "the row is hidden"),
        ("RET-011", 5, None, "the row is hidden"),
        ("RET-011", None, "answer", "column 2 is hidden"),
    ]
    assert reading.rows == 4


def test_a_column_without_width_and_a_row_without_height_are_hidden(read) -> None:
    squeezed = with_rows('<row r="2" ht="0"><c r="C2"><v>1</v></c></row>')
    columns = b'<cols><col min="3" max="16384" width="0"/></cols><sheetData>'
    squeezed = rewritten(squeezed, {SHEET: lambda part: part.replace(b"<sheetData>", columns)})
    assert told(read(squeezed)) == [
        ("RET-011", 2, None, "the row is hidden"),
        ("RET-011", None, "note", "column 3 is hidden"),
    ]


def test_merged_cells_within_the_table_are_named_and_others_are_not(read) -> None:
    def merge(book: Workbook) -> None:
        book.active.merge_cells("B2:B3")
        book.active.merge_cells("H2:J2")

    assert told(read(workbook(("1", "Y"), ("2",), edit=merge))) == [("RET-011", 2, "answer", "cells are merged")]


def test_a_formula_without_a_value_is_named(read) -> None:
    reading = read(workbook(("1", "=A2", "x"), ("2", "Y", '=""'), ("3", "Y", "", "=A2")))
    assert told(reading)[:3] == [
        ("RET-011", 2, "answer", "the formula has no value"),
        ("RET-011", 3, "note", "the formula has no value"),
        ("RET-011", 4, None, "the formula has no value"),
    ]


def test_a_formula_whose_element_for_the_value_is_missing_is_named(read) -> None:
    valued = '<c r="B3"><f>1+1</f><v>2</v></c><c r="C3" t="str"><f>""</f><v></v></c>'
    formula = '<c r="B2"><f>1+1</f></c><c r="C2" t="str"><f>1+1</f></c>'
    reading = read(with_rows(f'<row r="2">{formula}</row><row r="3">{valued}</row>'))
    assert [(row, column) for rule, row, column, _ in told(reading) if rule == "RET-011"] == [
        (2, "answer"),
        (2, "note"),
    ]
    assert cells(reading) == [(3, ("", "2", ""))]


def test_white_space_between_elements_is_no_value_of_a_formula(read) -> None:
    reading = read(with_rows('<row r="2">\n<c r="A2">\n<f>1+1</f>\n<v></v>\n</c>\n</row>'))
    assert told(reading)[0] == ("RET-011", 2, "code", "the formula has no value")


# What is active


@pytest.mark.parametrize(
    "part",
    [
        "xl/vbaProject.bin",
        "xl/macrosheets/sheet1.xml",
        "xl/externalLinks/externalLink1.xml",
        "xl/embeddings/oleObject1.bin",
        "xl/activeX/activeX1.xml",
        "customUI/customUI.xml",
        "xl/connections.xml",
    ],
)
def test_macros_links_and_embedded_files_are_refused(read, part: str) -> None:
    assert_refused(read(rewritten(workbook(("1", "Y")), {part: b"x"})), "RET-011", "it holds macros, links")


@pytest.mark.parametrize("declared", [b"<!DOCTYPE a>", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]>'])
@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
def test_a_document_type_is_refused_in_every_part(read, part: str, declared: bytes) -> None:
    content = rewritten(workbook(), {part: lambda old: declared + re.sub(rb"^<\?xml.*?\?>", b"", old)})
    assert_refused(read(content), "RET-011", "its XML defines a document type or entities")


# What is no workbook


def test_text_named_a_workbook_is_read_as_the_text_it_is(read) -> None:
    assert cells(read(b"code,answer,note\n001,NA,\n")) == [(2, ("001", "NA", ""))]


def test_a_workbook_is_refused_where_only_text_is_taken(read) -> None:
    assert_refused(read(workbook(), formats=("csv",)), "RET-001", "it is a workbook or another ZIP archive")


def test_a_workbook_is_read_where_only_workbooks_are_taken(read) -> None:
    assert cells(read(workbook(("1", "Y")), formats=("xlsx",))) == [(2, ("1", "Y", ""))]


def archive(**parts: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as zipped:
        for name, part in parts.items():
            zipped.writestr(name, part)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "it is an old or password-protected workbook"),
        (archive(), "it is an empty ZIP archive"),
        (archive(letter=b"x"), "it is a ZIP archive, but no Excel workbook"),
        (b"%PDF-1.7", "it is a PDF"),
        (b"words", "it is not a workbook"),
    ],
    ids=["ole", "nothing in it", "another archive", "pdf", "text"],
)
def test_what_is_no_workbook_is_refused_by_what_it_is(read, content: bytes, detail: str) -> None:
    assert_refused(read(content, formats=("xlsx",)), "RET-001", detail)


def encrypted(content: bytes) -> bytes:
    """Every member marked as encrypted, here and in the directory."""
    marked = bytearray(content)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for found in re.finditer(re.escape(signature), content):
            marked[found.start() + offset] |= 1
    return bytes(marked)


def doubled(content: bytes) -> bytes:
    stream = io.BytesIO(content)
    with zipfile.ZipFile(stream, "a") as zipped:
        zipped.writestr("XL/Workbook.xml", b"<other/>")
    return stream.getvalue()


def flipped(content: bytes) -> bytes:
    """One byte of the sheet changed, which its checksum shows."""
    with zipfile.ZipFile(io.BytesIO(content)) as zipped:
        offset = zipped.getinfo(SHEET).header_offset
    damaged = bytearray(content)
    damaged[offset + 100] ^= 0xFF
    return bytes(damaged)


def stored_by_bzip2(content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_BZIP2) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    return stream.getvalue()


@pytest.mark.parametrize(
    "harm",
    [
        encrypted,
        doubled,
        flipped,
        stored_by_bzip2,
        lambda content: content[: len(content) // 2],
        lambda content: content[:-1],
        lambda content: content + b"x",
        lambda content: content[:4] + b"x" * 10 + content,
        lambda content: rewritten(content, {"../evil.xml": b"<a/>"}),
        lambda content: rewritten(content, {"/evil.xml": b"<a/>"}),
        lambda content: rewritten(content, {SHEET: lambda part: part[:-20]}),
        lambda content: rewritten(content, {SHEET: lambda part: b"<html/>"}),
        lambda content: rewritten(content, {"xl/workbook.xml": lambda part: b"<workbook/>"}),
        lambda content: rewritten(content, {SHEET: lambda part: part.decode().encode("utf-16")}),
        lambda content: rewritten(content, {SHEET: lambda part: b"<?xml version='1.0' encoding='cp037'?>" + part}),
        lambda content: rewritten(content, {SHEET: lambda part: part.replace(b'r="A1"', b'r="C1"')}),
        lambda content: rewritten(content, {SHEET: lambda part: part.replace(b'r="A1"', b'r="A7"')}),
        lambda content: rewritten(content, {SHEET: lambda part: part.replace(b'<row r="2"', b'<row r="1"')}),
        lambda content: rewritten(content, {SHEET: lambda part: part.replace(b'<row r="1"', b'<row r="3"')}),
    ],
    ids=[
        "encrypted",
        "two parts of one name",
        "checksum",
        "another compression",
        "half",
        "cut off",
        "bytes after it",
        "bytes before it",
        "name that climbs",
        "name from the root",
        "XML that breaks off",
        "sheet that is none",
        "workbook without sheets",
        "UTF-16",
        "another encoding",
        "cell twice",
        "cell of another row",
        "row twice",
        "rows out of order",
    ],
)
def test_a_workbook_that_came_to_harm_is_refused(read, harm: Callable[[bytes], bytes]) -> None:
    assert read(workbook(("1", "Y"))).problems == ()
    assert_refused(read(harm(workbook(("1", "Y")))), "RET-001")


def test_a_sheet_stored_under_a_strange_name_is_looked_through_all_the_same(read) -> None:
    content = workbook(("1", "=A1"))
    with zipfile.ZipFile(io.BytesIO(content)) as zipped:
        sheet = zipped.read(SHEET)
    moved = {"xl/media/picture.png": sheet}
    renamed = rewritten(
        content,
        {
            **moved,
            "xl/_rels/workbook.xml.rels": lambda part: part.replace(
                b"/xl/worksheets/sheet1.xml", b"/xl/media/picture.png"
            ),
        },
    )
    assert told(read(renamed)) == [("RET-011", 2, "answer", "the formula has no value")]


# The child


def test_a_child_that_eats_memory_is_refused_and_nothing_else_is_harmed(read) -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    assert_refused(read(workbook(("1", "Y")), megabytes=14), "RET-002")
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_wherever_memory_ends_a_good_workbook_is_never_called_damaged(read) -> None:
    good = workbook(("1", "Y"))
    for megabytes in range(26, 42):  # from less than the interpreter and its libraries hold, to enough
        rules = [problem.rule for problem in read(good, megabytes=megabytes).problems]
        assert rules in ([], ["RET-002"])


@pytest.mark.parametrize(
    "error",
    [
        SystemError("error return without exception set"),
        expat.ExpatError("out of memory: line 1, column 0"),
        zlib.error("Error -4 while decompressing data"),
        OSError(ENOMEM, "Cannot allocate memory"),
    ],
)
def test_lack_of_memory_is_known_however_a_library_says_it(error: Exception) -> None:
    assert starved(error)


@pytest.mark.parametrize("error", [expat.ExpatError("no element found"), zlib.error("Error -3"), KeyError("memory")])
def test_what_is_wrong_with_the_workbook_is_no_lack_of_memory(error: Exception) -> None:
    assert not starved(error)


def test_the_reader_needs_neither_numpy_nor_more_of_the_project_than_its_own_parts(tmp_path: Path) -> None:
    path = tmp_path / "received"
    path.write_bytes(workbook(("1", "Y")))
    asked = json.dumps({"path": str(path), "seconds": 20, "megabytes": 300, **LIMITS.model_dump()})
    listed = (
        f"import sys, runpy; sys.argv[1:] = [{asked!r}]; runpy.run_path({str(WORKBOOK_READER)!r}, run_name='__main__');"
        "print(sorted(m for m in sys.modules if m.startswith(('numpy.', 'pandas', 'pyarrow', 'assurance.'))))"
    )
    ended = subprocess.run([sys.executable, "-I", "-c", listed], capture_output=True, check=True, text=True)
    parts = [f"assurance.intake{part}" for part in ("", ".package", ".reader", ".sheet")]
    assert ended.stdout.endswith(f"{parts}\n")


# Whose fault it is


def program(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "program.py"
    path.write_text(text)
    return path


RUN = f"import runpy, sys; runpy.run_path({str(WORKBOOK_READER)!r}, run_name='__main__')\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"import sys; sys.modules['openpyxl'] = None\n{RUN}", "ModuleNotFoundError"),
        (f"import sys; sys.modules['assurance'] = None\n{RUN}", "ModuleNotFoundError"),
        (f"import sys; sys.modules['pyexpat'] = None\n{RUN}", "ImportError|ModuleNotFoundError"),
        (f"import openpyxl.reader.excel as excel; del excel.ExcelReader\n{RUN}", "ImportError"),
        (f"import openpyxl.reader.excel as excel; excel.ExcelReader.read_manifest = None\n{RUN}", "NotUnderstood in"),
        (f"import assurance.intake.sheet as sheet; sheet.shown = None\n{RUN}", "TypeError in sheet.py, line [0-9]+"),
        (f"import assurance.intake.sheet as sheet; sheet.ROW_START = ''\n{RUN}", "AttributeError in sheet.py"),
        ("this is no program", "SyntaxError"),
    ],
    ids=[
        "a library is missing",
        "the project is missing",
        "the standard library is broken",
        "a library of another version",
        "a library that fails at every workbook",
        "a mistake of ours",
        "another mistake of ours",
        "a broken file of ours",
    ],
)
def test_what_breaks_in_this_installation_is_told_to_the_engineer_and_not_to_the_sender(
    read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, told: str
) -> None:
    monkeypatch.setattr(reading_module, "WORKBOOK_READER", program(tmp_path, text))
    with pytest.raises(ReaderError, match=f"does not work \\((?:{told}).*Install this version again"):
        read(workbook((1, SECRET), (2.5, SECRET)))


def test_a_program_that_is_missing_or_cannot_be_started_is_ours(
    read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as missing, pytest.raises(ReaderError, match="the program is missing"):
        missing.setattr(reading_module, "WORKBOOK_READER", tmp_path / "none.py")
        read(workbook(("1", "Y")))
    with monkeypatch.context() as missing, pytest.raises(ReaderError, match="FileNotFoundError"):
        missing.setattr(sys, "executable", str(tmp_path / "python"))
        read(workbook(("1", "Y")))


@pytest.mark.parametrize(
    "text",
    [
        "import os; os.abort()",
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "raise MemoryError",
        "raise SystemError('error return without exception set')",
        "print('no answer')",
        "raise ValueError('Zebra')",
    ],
)
def test_a_child_that_the_file_may_have_ended_is_a_file_that_is_refused(
    read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(reading_module, "WORKBOOK_READER", program(tmp_path, text))
    assert_refused(read(workbook(("1", "Y"))), "RET-002")


def test_data_that_no_library_takes_is_the_files_fault_as_long_as_a_good_workbook_is_read() -> None:
    assert works()


# Nothing of the file in what is told


@pytest.mark.parametrize(
    "content",
    [
        workbook(("1", SECRET, SECRET, SECRET, SECRET)),
        workbook(("1", f"={SECRET}", f"{SECRET}\u200b")),
        workbook((SECRET,), edit=lambda book: book.active.merge_cells("A1:A2")),
        workbook((SECRET,), edit=lambda book: book.create_sheet(SECRET)),
        workbook(*[(SECRET,)] * 60),
        rewritten(workbook((SECRET,)), {f"xl/vbaProject{SECRET}.bin": b""}),
        rewritten(workbook((SECRET,)), {f"../{SECRET}": b""}),
        with_rows(f'<row r="2"><c r="{SECRET}"><v>1</v></c></row>'),
        with_rows(f'<row r="2"><c r="A2"><v>{SECRET}</v></c></row>'),
        with_rows(f'<row r="2"><c r="A2" t="s"><v>{SECRET}</v></c></row>'),
    ],
    ids=range(10),  # not their bytes: these hold the time at which they were made
)
def test_no_detail_of_a_problem_holds_a_value_or_a_name_of_the_file(read, content: bytes) -> None:
    problems = read(content).problems
    assert problems
    assert SECRET not in " ".join(problem.detail for problem in problems)
