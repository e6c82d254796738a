"""The marked copy: the return as it was sent, what is wrong coloured and explained where it stands, ready to go back."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell

from assurance.catalogue import Collection
from assurance.intake.reading import Reading, read_text
from assurance.model import Finding, Severity, Submission
from assurance.sender import marked
from assurance.sender.marked import MarkedCopy, Use, marked_copy
from tests.rules.builders import Return, collection, examined, valid_return
from tests.rules.cases import bcm, bcm_return, good_cases
from tests.rules.workbooks import as_workbook

ORANGE, YELLOW, BLUE, PALE = "FFF6B58A", "FFFFE88A", "FFD6E6F4", "FFFDEEE3"
NEXT = "R-WSX-202610-v02"


@pytest.fixture
def read(tmp_path: Path):
    def text_of(content: bytes, of: Collection) -> Reading:
        path = tmp_path / "kept"
        path.write_bytes(content)
        return read_text(path, of.limits, formats=of.formats, seconds=20, megabytes=1500)

    return text_of


@pytest.fixture
def copied(read):
    """The marked copy of a return, by what checking finds or by findings of one's own."""

    def copy(
        sent: Return, of: Collection | None = None, findings: Sequence[Finding] | None = None
    ) -> MarkedCopy | None:
        of = of or bcm()
        checked = examined(sent, of=of).checked
        found = checked.findings if findings is None else findings
        return marked_copy(of, checked.submission, read(sent.content, of), found)

    return copy


@pytest.fixture
def book(copied):
    """The workbook of the marked copy."""

    def opened(*asked: object) -> Workbook:
        copy = copied(*asked)
        assert copy is not None
        return load_workbook(io.BytesIO(copy.content))

    return opened


def cell(book: Workbook, row: int, column: str) -> Cell:
    sheet = book["return"]
    names = [one.value for one in sheet[1]]
    return sheet.cell(row, names.index(column) + 1)


def fill(one: Cell) -> str | None:
    return one.fill.fgColor.rgb if one.fill.fill_type else None


def words(sheet_of: Workbook, sheet: str) -> str:
    rows = sheet_of[sheet].iter_rows(values_only=True)
    return "\n".join(str(value) for row in rows for value in row if value is not None)


def wrong(severity: Severity = Severity.ROW, row: int | None = 4, column: str | None = "C01", **other: str) -> Finding:
    said = {"rule": "RET-900", "message": "This is wrong.", "fix": "Write it anew.", **other}
    return Finding(said["rule"], severity, row, column, said["message"], said["fix"])


# The cells


def test_a_faulty_cell_is_coloured_and_its_note_says_what_is_wrong_and_the_cure(book) -> None:
    made = book(bcm_return().with_cell(5, "ptph_date", "31/02/2026"))
    faulty = cell(made, 5, "ptph_date")
    rule = bcm().rule_texts["BCM-103"]
    assert (faulty.value, fill(faulty)) == ("31/02/2026", ORANGE)
    assert faulty.comment is not None
    assert faulty.comment.text == f"{rule.message}\nTo mend it: {rule.fix}\nBCM-103, sets the row aside"
    assert fill(cell(made, 4, "ptph_date")) is None
    assert cell(made, 4, "ptph_date").comment is None


def test_all_other_cells_are_as_they_were_sent_and_dates_are_dates(book) -> None:
    sent = bcm_return().with_cell(5, "C02", "maybe").with_cell(6, "sending_date", "13/09/2026")
    made = book(sent)
    sheet = made["return"]
    assert tuple(one.value for one in sheet[1]) == sent.header
    dates = {column.name for column in bcm().columns if column.type == "date"}
    for row, cells in zip(sheet.iter_rows(min_row=2, values_only=True), sent.rows, strict=True):
        for name, shown, was in zip(sent.header, row, cells, strict=True):
            if isinstance(shown, datetime):
                assert name in dates
                assert f"{shown:%Y-%m-%d}" == was or f"{shown:%d/%m/%Y}" == was
            elif name != "return_id":
                assert (shown or "") == was
    assert isinstance(cell(made, 6, "sending_date").value, datetime)
    assert cell(made, 6, "sending_date").number_format == "yyyy-mm-dd"


def test_the_copy_is_the_next_version_already(copied, book) -> None:
    sent = bcm_return().with_cell(5, "C02", "maybe").with_cell(7, "return_id", "R-LON-202610-v01")
    copy, made = copied(sent), book(sent)
    assert (copy.file_name, copy.use) == (f"{NEXT}.xlsx", Use.SEND_BACK)
    assert cell(made, 4, "return_id").value == NEXT
    assert cell(made, 7, "return_id").value == "R-LON-202610-v01", "a row of another return is looked at by its sender"
    assert fill(cell(made, 7, "return_id")) == ORANGE
    assert f"Save it as {NEXT}.xlsx" in words(made, "guidance")


ODD = (
    "_x0041_b",
    "_x000D_",
    "=1+1",
    '=HYPERLINK("http://x.y")',
    "+44",
    "-1",
    "@sum",
    "{=1}",
    "http://example.org/a",
    "<r><t>x</t></r>",
    "a & <b> 'c'",
    "#N/A",
    "TRUE",
    "1e5",
    "0012",
    "\N{GRINNING FACE} Łódź",
    "x" * 32_000,
)


def test_a_cell_is_text_whatever_it_looks_like(copied, read) -> None:
    sent = bcm_return()
    for line, text in enumerate(ODD, start=2):
        sent = sent.with_cell(line, "comment", text)
    content = copied(sent, None, [wrong()]).content
    made = load_workbook(io.BytesIO(content))
    shown = [cell(made, line, "comment") for line in range(2, len(ODD) + 2)]
    assert [one.value for one in shown] == list(ODD)
    assert {(one.data_type, one.hyperlink) for one in shown} == {("s", None)}
    assert read(content, bcm()).table["comment"].to_pylist()[: len(ODD)] == list(ODD)


@pytest.mark.parametrize("text", ["a\u200bb", "a\ufffeb", "a\uffffb"], ids=ascii)
def test_what_nobody_can_see_is_shown_as_a_mark(book, text: str) -> None:
    assert cell(book(bcm_return().with_cell(5, "comment", text), None, [wrong()]), 5, "comment").value == "a\ufffdb"


def test_what_is_typed_into_an_empty_cell_stays_text(book) -> None:
    made = book(bcm_return().with_cell(5, "C02", "maybe"))
    names = [one.value for one in made["return"][1]]
    formats = {
        name: like.number_format
        for like in made["return"].column_dimensions.values()
        for name in names[like.min - 1 : like.max]
    }
    assert (formats["urn"], formats["C02"], formats["trial_date"]) == ("@", "@", "yyyy-mm-dd")


def test_each_severity_has_its_colour_and_the_worst_of_a_cell_is_shown(book) -> None:
    found = [
        wrong(Severity.NOTE, 4),
        wrong(Severity.QUERY, 5),
        wrong(Severity.ROW, 6),
        wrong(Severity.FILE, 7),
        wrong(Severity.NOTE, 8, message="Told."),
        wrong(Severity.FILE, 8),
    ]
    made = book(bcm_return(), None, found)
    assert [fill(cell(made, row, "C01")) for row in range(4, 9)] == [BLUE, YELLOW, ORANGE, ORANGE, ORANGE]
    assert [word in cell(made, 8, "C01").comment.text for word in ("This is wrong.", "Told.")] == [True, True]


def test_a_row_that_is_wrong_as_a_whole_is_marked_from_end_to_end(book) -> None:
    made = book(bcm_return(), None, [wrong(row=6, column=None), wrong(row=6)])
    assert {fill(one) for one in made["return"][6]} == {PALE, ORANGE}
    assert made["return"].cell(6, 1).comment.text.startswith("This is wrong.")
    assert {fill(one) for one in made["return"][5]} == {None}


def test_what_is_wrong_with_a_column_as_a_whole_is_marked_at_its_head(book) -> None:
    made = book(bcm_return(), None, [wrong(Severity.QUERY, None, "cases_in_scope")])
    assert (fill(cell(made, 1, "cases_in_scope")), fill(cell(made, 1, "urn"))) == (YELLOW, None)
    assert "This is wrong." in cell(made, 1, "cases_in_scope").comment.text


def test_a_row_stands_at_the_line_where_its_sender_knows_it(book) -> None:
    lines = bcm_return().with_cell(5, "C02", "maybe").content.split(b"\n")
    blank = b"," * (len(bcm_return().header) - 1)
    sent = replace(bcm_return(), raw=b"\n".join([*lines[:3], blank, *lines[3:]]))
    made = book(sent)
    assert [one.value for one in made["return"][4]] == [None] * len(bcm_return().header)
    assert fill(cell(made, 6, "C02")) == ORANGE


def test_so_many_notes_as_a_spreadsheet_bears_and_the_rest_coloured(book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marked, "MOST_NOTES", 3)
    made = book(bcm_return(), None, [wrong(row=row) for row in range(2, 9)])
    cells = [cell(made, row, "C01") for row in range(2, 9)]
    assert [one.comment is not None for one in cells] == [True] * 3 + [False] * 4
    assert {fill(one) for one in cells} == {ORANGE}


# The sheets beside it


def test_the_guidance_has_every_finding_by_its_cure_the_worst_first(book) -> None:
    sent = bcm_return().with_cell(5, "C02", "maybe").with_cell(6, "C02", "no").with_cell(9, "urn", "09AB0000008")
    rows = list(book(sent)["guidance"].iter_rows(values_only=True))
    top = next(place for place, row in enumerate(rows) if row[0] == "To mend it")
    assert [(row[2], row[3], row[4], row[5]) for row in rows[top + 1 :]] == [
        ("Column C02, rows 5 and 6.", "2", "BCM-110", "Sets the row aside"),
        ("Column urn, row 9.", "1", "BCM-201", "Query"),
    ]
    assert rows[1][0] == bcm().marking


def test_the_declaration_has_two_labels_and_room_beside_them(book) -> None:
    sheet = book(bcm_return().with_cell(5, "C02", "maybe"))["declaration"]
    assert [[one.value for one in row] for row in sheet.iter_rows(max_col=2)] == [
        ["nil return", None],
        ["reason", None],
    ]


def test_each_query_is_asked_once_with_an_empty_cell_that_alone_can_be_filled_in(book) -> None:
    found = [
        wrong(Severity.QUERY, 5, "urn", message="Is it yours?"),
        wrong(Severity.QUERY, 9, "urn", message="Is it yours?"),
        wrong(Severity.QUERY, None, None, rule="RET-901", message="Why so many?"),
        wrong(),
    ]
    made = book(bcm_return(), None, found)
    sheet = made["answers"]
    assert list(sheet.iter_rows(values_only=True)) == [
        ("rule", "column", "question", "answer"),
        ("RET-900", "urn", "Is it yours? Rows 5 and 9.", None),
        ("RET-901", None, "Why so many?", None),
    ]
    assert sheet.protection.sheet
    assert [one.protection.locked for one in sheet[2]] == [True, True, True, False]
    assert made.sheetnames == ["return", "guidance", "declaration", "answers"]
    assert "write the answer on the sheet answers" in words(made, "guidance")


def test_without_a_query_there_is_no_sheet_of_answers(book) -> None:
    assert book(bcm_return(), None, [wrong()]).sheetnames == ["return", "guidance", "declaration"]


# When there is one


def test_a_return_that_needs_nothing_has_no_copy(copied) -> None:
    assert copied(bcm_return()) is None
    assert copied(bcm_return(), None, [wrong(Severity.NOTE)]) is None
    assert copied(bcm_return(), None, [wrong(Severity.FILE, None, None)]) is None, "nothing can be marked"


def test_a_query_about_the_whole_is_answered_in_the_copy_where_it_can_be_sent_back(copied) -> None:
    asked = [wrong(Severity.QUERY, None, None)]
    assert copied(bcm_return(), None, asked).use is Use.SEND_BACK
    assert copied(valid_return(), collection(), asked) is None


def test_what_is_wrong_with_the_header_is_marked_on_it(copied, book) -> None:
    sent = bcm_return().with_header("Area", *bcm_return().header[1:])
    made = book(sent)
    assert fill(made["return"]["A1"]) == ORANGE
    assert "column return_id is missing" in made["return"]["A1"].comment.text
    assert fill(made["return"]["B1"]) is None


def test_a_file_that_is_no_whole_table_has_no_copy(copied) -> None:
    broken = replace(bcm_return(), raw=bcm_return().content + b"one,two\n")
    twice = bcm_return().with_header("urn", *bcm_return().header[1:])
    for sent in (broken, twice, replace(bcm_return(), raw=b"%PDF-1.7")):
        assert copied(sent) is None


def test_a_file_whose_name_says_no_month_has_no_copy_for_no_rule_has_looked_at_it(copied) -> None:
    assert copied(bcm_return().named("october.csv")) is None


def test_where_workbooks_are_not_taken_the_copy_is_for_looking(copied, book) -> None:
    sent = valid_return().with_cell(4, "unsuccessful", "Zebra")
    copy, made = copied(sent, collection()), book(sent, collection())
    assert (copy.file_name, copy.use) == ("R-WSX-201610-v01-marked.xlsx", Use.LOOK_AT)
    assert made.sheetnames == ["return", "guidance"]
    assert fill(cell(made, 4, "unsuccessful")) == ORANGE
    assert [row[0] for row in made["return"].iter_rows(min_row=2, values_only=True)] == [row[0] for row in sent.rows]
    assert "Mend your own table and send it as CSV" in words(made, "guidance")


def test_of_a_large_return_the_faulty_rows_alone_are_shown_and_cannot_be_sent_back(
    copied, book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marked, "MOST_ROWS", 20)
    sent = bcm_return().with_cell(5, "C02", "maybe").with_cell(25, "urn", "09AB0000024")
    copy, made = copied(sent), book(sent)
    assert (copy.file_name, copy.use) == ("R-WSX-202610-v01-extract.xlsx", Use.EXTRACT)
    assert [one.value for one in made["return"]["A"]] == ["line", "5", "25"]
    assert (fill(cell(made, 2, "C02")), fill(cell(made, 3, "urn"))) == (ORANGE, YELLOW)
    assert cell(made, 2, "return_id").value == "R-WSX-202610-v01"
    assert "This cannot be sent back" in words(made, "guidance")
    back = examined(Return("WSX", f"{NEXT}.xlsx", (), (), raw=copy.content), of=bcm()).checked
    assert {"RET-003"} <= {found.rule for found in back.findings}


def test_a_return_with_as_many_rows_as_a_copy_has_room_for_is_marked_whole(
    copied, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marked, "MOST_ROWS", 30)
    assert copied(bcm_return(), None, [wrong()]).use is Use.SEND_BACK
    more = bcm_return(*good_cases(), good_cases()[0])
    assert copied(more, None, [wrong()]).use is Use.EXTRACT


def test_no_copy_is_larger_than_a_mail_can_carry(copied, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marked, "MOST_BYTES", 1_000)
    assert copied(bcm_return(), None, [wrong()]) is None


def test_a_large_return_of_which_no_row_is_wrong_has_no_copy(copied, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marked, "MOST_ROWS", 20)
    assert copied(bcm_return(), None, [wrong(Severity.QUERY, None, "C01")]) is None


def test_no_cell_is_written_to_a_file_on_the_way(copied, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = copied(bcm_return(), None, [wrong()])
    monkeypatch.setattr("tempfile.mkstemp", lambda *_, **__: pytest.fail("a temporary file"))
    monkeypatch.setattr("tempfile.mkdtemp", lambda *_, **__: pytest.fail("a temporary folder"))
    assert copied(bcm_return(), None, [wrong()]) == usual


def test_the_same_return_has_the_same_copy(copied) -> None:
    assert copied(bcm_return(), None, [wrong()]) == copied(bcm_return(), None, [wrong()])


def test_a_workbook_is_copied_as_it_was_read(book) -> None:
    made = book(as_workbook(bcm_return().with_cell(5, "C02", "maybe")))
    assert (cell(made, 5, "C02").value, fill(cell(made, 5, "C02"))) == ("maybe", ORANGE)
    assert cell(made, 4, "urn").value == bcm_return().cell(4, "urn")


def test_versions_count_on_beyond_ninety_nine(read) -> None:
    submission: Submission = replace(examined(bcm_return(), of=bcm()).checked.submission, version=99)
    copy = marked_copy(bcm(), submission, read(bcm_return().content, bcm()), [wrong()])
    assert copy is not None
    assert copy.file_name == "R-WSX-202610-v100.xlsx"
