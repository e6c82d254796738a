"""What an Area is given to fill in: filled in it is accepted, left as it is it is refused, and it helps on the way."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from typer.testing import CliRunner

from assurance.catalogue import Collection, load_catalogue
from assurance.cli import app
from assurance.intake.reading import read_text
from assurance.model import Outcome, Period
from assurance.sender.template import LONGEST_LIST, Template, template
from tests.rules.builders import AREA, EXPECTATIONS, PERIOD, Return, collection, examined, places, put, valid_return
from tests.rules.cases import BCM_PERIOD, bcm, bcm_return
from tests.tools import need

NUMBERS = ("integer", "scope", "count")


@cache
def of_bcm(version: int = 1) -> Template:
    return template(bcm(), "WSX", BCM_PERIOD, version)


def opened(content: bytes) -> Workbook:
    return load_workbook(io.BytesIO(content))


def sheet(name: str = "return", of: Template | None = None) -> Worksheet:
    return opened((of or of_bcm()).content)[name]


def words(name: str, of: Template | None = None) -> str:
    """All that stands on a sheet."""
    return "\n".join(str(cell) for row in sheet(name, of).iter_rows(values_only=True) for cell in row if cell)


def filled(made: Template, sent: Return, of: Collection) -> Return:
    """The template with the cells of a return, typed as a person types them: dates as dates, numbers as numbers."""
    book = opened(made.content)
    types = {column.name: column.type for column in of.columns}
    for row, cells in enumerate(sent.rows, start=2):
        for place, (name, cell) in enumerate(zip(sent.header, cells, strict=True), start=1):
            if cell:
                book["return"].cell(row, place, typed(cell, types[name]))
    return replace(sent, name=made.file_name, raw=saved(book))


def typed(cell: str, type_: str) -> object:
    if type_ == "date":
        return datetime.fromisoformat(cell)
    return int(cell) if type_ in NUMBERS else cell


def saved(book: Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def text_of(content: bytes, of: Collection, tmp_path: Path) -> list[dict[str, str | None]]:
    """The cells of a file as the reader hands them on to typing, counting and the archive."""
    path = put(tmp_path / "received", content)
    reading = read_text(path, of.limits, formats=of.formats, seconds=20, megabytes=500)
    assert reading.table is not None, reading.problems
    return reading.table.to_pylist()


# There and back


def test_a_template_that_is_filled_in_is_accepted(tmp_path: Path) -> None:
    sent = bcm_return()
    back = filled(of_bcm(), sent, bcm())
    assert examined(back, of=bcm()).checked.submission.outcome is Outcome.ACCEPTED
    assert text_of(back.content, bcm(), tmp_path) == text_of(sent.content, bcm(), tmp_path)


def test_a_urn_that_begins_with_a_zero_keeps_it(tmp_path: Path) -> None:
    sent = bcm_return().with_cell(2, "urn", "01000000001")
    (first, *_) = text_of(filled(of_bcm(), sent, bcm()).content, bcm(), tmp_path)
    assert first["urn"] == "01000000001"


def test_a_correction_that_gives_its_reason_on_the_declaration_is_not_asked_for_it() -> None:
    book = opened(filled(of_bcm(2), bcm_return(version=2), bcm()).content)
    (reason,) = (row[0].row for row in book["declaration"].iter_rows() if row[0].value == "reason")
    for given, asked_for in (("", ["RET-013"]), ("Two rows had changed places.", [])):
        book["declaration"].cell(reason, 2, given)
        sent = replace(bcm_return(version=2), name=of_bcm(2).file_name, raw=saved(book))
        assert [rule for rule, _, _ in places(examined(sent, of=bcm()))] == asked_for


@pytest.mark.parametrize(
    ("sent", "outcome", "rules"),
    [(replace(bcm_return(), rows=()), Outcome.NIL, []), (bcm_return(), Outcome.REJECTED, ["RET-010"])],
    ids=["without rows", "with rows"],
)
def test_what_is_declared_nil_is_a_nil_return_unless_there_are_rows(
    sent: Return, outcome: Outcome, rules: list[str]
) -> None:
    book = opened(filled(of_bcm(), sent, bcm()).content)
    (label,) = (row[0] for row in book["declaration"].iter_rows() if row[0].value == "nil return")
    book["declaration"].cell(label.row, 2, "yes")
    found = examined(replace(sent, name=of_bcm().file_name, raw=saved(book)), of=bcm())
    assert found.checked.submission.outcome is outcome
    assert [rule for rule, _, _ in places(found)] == rules


@pytest.mark.tools
@pytest.mark.parametrize("what", ["unfilled", "filled in"])
def test_libreoffice_opens_and_saves_it_without_changing_a_cell(tmp_path: Path, what: str) -> None:
    need(shutil.which("soffice") is not None, "LibreOffice (soffice)")
    sent = bcm_return() if what == "filled in" else replace(bcm_return(), rows=())
    put(tmp_path / "in" / of_bcm().file_name, filled(of_bcm(), sent, bcm()).content)
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    convert = ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", str(tmp_path / "out")]
    subprocess.run([*convert, str(tmp_path / "in" / of_bcm().file_name)], check=True, capture_output=True, timeout=120)
    content = (tmp_path / "out" / of_bcm().file_name).read_bytes()
    assert text_of(content, bcm(), tmp_path) == text_of(sent.content, bcm(), tmp_path)
    outcome = examined(content, name=of_bcm().file_name, area="WSX", of=bcm()).checked.submission.outcome
    assert outcome is (Outcome.ACCEPTED if sent.rows else Outcome.REJECTED)


def test_a_template_that_is_sent_as_it_is_is_rejected_with_the_cure() -> None:
    checked = examined(of_bcm().content, name=of_bcm().file_name, area="WSX", of=bcm()).checked
    (found,) = checked.findings
    assert (found.rule, checked.submission.outcome, checked.submission.rows_in) == ("RET-010", Outcome.REJECTED, 0)
    assert "there is only a header" in found.message
    assert "choose yes beside nil return" in found.fix


# What is in it


def test_it_is_named_as_it_must_be_sent_and_is_the_same_bytes_whenever_it_is_made() -> None:
    assert of_bcm().file_name == "R-WSX-202610-v01.xlsx"
    assert of_bcm(12).file_name == "R-WSX-202610-v12.xlsx"
    assert template(bcm(), "WSX", BCM_PERIOD) == of_bcm()


def test_its_sheets_are_the_return_the_guidance_and_the_declaration_and_all_can_be_seen() -> None:
    book = opened(of_bcm().content)
    assert [(one.title, one.sheet_state) for one in book.worksheets] == [
        ("return", "visible"),
        ("guidance", "visible"),
        ("declaration", "visible"),
    ]
    assert book.active is not None
    assert book.active.title == "return"


def test_it_has_no_formula_no_macro_and_no_link_to_anything() -> None:
    book = opened(of_bcm().content)
    cells = (cell for one in book.worksheets for row in one.iter_rows() for cell in row)
    assert {cell.data_type for cell in cells} <= {"s", "n"}  # n is what openpyxl calls an empty cell
    assert list(book.defined_names) == []
    with zipfile.ZipFile(io.BytesIO(of_bcm().content)) as archive:
        names = archive.namelist()
    assert [name for name in names if any(part in name for part in ("vba", "external", "embed", "activeX"))] == []


def test_the_header_is_that_of_the_month_locked_bold_and_always_in_sight() -> None:
    table = sheet()
    header = [cell for cell in table[1] if cell.value]
    assert [cell.value for cell in header] == [column.name for column in bcm().columns_in(BCM_PERIOD)]
    assert table.protection.sheet
    assert table.protection.password is None
    assert all(cell.protection.locked and cell.font.bold for cell in header)
    assert not any(table.column_dimensions[cell.column_letter].hidden for cell in header)
    assert table.freeze_panes == "F2", "the URN stays in sight, too"


def test_a_column_is_wide_enough_for_its_name_and_for_what_stands_in_it() -> None:
    table = sheet()
    for letter, column in zip(columns(table), bcm().columns_in(BCM_PERIOD), strict=True):
        widest = max(len(column.name), *map(len, column.values or ("",)), {"urn": 11, "date": 10}.get(column.type, 0))
        assert table.column_dimensions[letter].width >= min(widest + 1, 26), column.name


def test_no_row_is_begun_and_every_cell_under_the_header_can_be_filled_in() -> None:
    table = sheet()
    assert table.max_row == 1
    for column in columns(table):
        assert not table.column_dimensions[column].protection.locked


def columns(table: Worksheet) -> Iterator[str]:
    yield from (cell.column_letter for cell in table[1] if cell.value)


@pytest.mark.parametrize("column", bcm().columns_in(BCM_PERIOD), ids=lambda column: column.name)
def test_each_name_of_the_header_has_a_note_that_says_what_is_asked(column) -> None:
    (note,) = (cell.comment.text for cell in sheet()[1] if cell.value == column.name and cell.comment)
    if column.type == "answer":
        (standard,) = (one for one in bcm().standards_in(BCM_PERIOD) if one.code == column.name)
        assert standard.title in note
        assert standard.question in note
        assert f"Only where sample_point is {standard.asked_at}" in note
        assert all(f"{answer} (" in note for answer in standard.allowed_answers)
    else:
        assert bcm().meanings[column.name] in note
        assert all(value in note for value in column.values) or column.type == "codes"


def lists(table: Worksheet) -> dict[str, object]:
    """What each column lets one choose from: the values of its list, or where they stand."""
    names = {cell.column_letter: cell.value for cell in table[1]}
    return {
        names[str(one.sqref).partition("2:")[0]]: one.formula1.strip('"').split(",")
        if one.formula1.startswith('"')
        else one.formula1
        for one in table.data_validations.dataValidation
        if one.type == "list"
    }


def test_each_list_holds_exactly_what_may_be_answered() -> None:
    found = lists(sheet())
    for standard in bcm().standards_in(BCM_PERIOD):
        assert found.pop(standard.code) == list(standard.allowed_answers)
    coded = {column.name: list(column.values) for column in bcm().columns if column.values}
    constant = {"return_id": ["R-WSX-202610-v01"], "area_code": ["WSX"], "period": ["2026-10"]}
    assert found == coded | constant


def test_only_the_codes_of_which_there_may_be_several_can_be_typed_beside_the_list() -> None:
    table = sheet()
    names = {cell.column_letter: cell.value for cell in table[1]}
    free = [
        names[str(one.sqref).partition("2:")[0]]
        for one in table.data_validations.dataValidation
        if not one.showErrorMessage
    ]
    assert free == ["nfs_failure_codes"]


def test_text_stays_text_and_dates_and_numbers_have_their_limits() -> None:
    table = sheet()
    settings = {str(one.sqref).partition("2:")[0]: one for one in table.data_validations.dataValidation}
    for letter, column in zip(columns(table), bcm().columns_in(BCM_PERIOD), strict=True):
        dimension, rule = table.column_dimensions[letter], settings.get(letter)
        if column.type == "date":
            assert (dimension.number_format, rule and rule.type) == ("yyyy-mm-dd", "date")
        elif column.type in NUMBERS:
            assert rule is not None
            assert (dimension.number_format, rule.type) == ("0", "whole")
            assert (rule.formula1, rule.formula2) == (str(column.least), str(column.most))
        else:
            assert dimension.number_format == "@"
            if column.longest:
                assert rule is not None
                assert (rule.type, rule.formula1) == ("textLength", str(column.longest))


def test_the_settings_hold_for_every_row_that_may_be_sent() -> None:
    last = bcm().limits.rows + 1
    assert {str(one.sqref).partition(":")[2].strip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for one in validations()} == {
        str(last)
    }


def validations() -> list:  # type: ignore[type-arg]
    return sheet().data_validations.dataValidation


def test_answers_that_a_sample_point_does_not_ask_for_turn_grey() -> None:
    table = sheet()
    names = {cell.value: cell.column_letter for cell in table[1]}
    grey = {
        str(ranges.sqref).partition("2:")[0]: rule.formula[0]
        for ranges in table.conditional_formatting
        for rule in ranges.rules
    }
    for standard in bcm().standards_in(BCM_PERIOD):
        assert grey.pop(names[standard.code]) == f'AND($G2<>"",$G2<>"{standard.asked_at}")'
    assert grey == {}
    assert names["sample_point"] == "G"


def test_the_guidance_says_what_to_do_by_when_and_whom_to_ask() -> None:
    said = words("guidance")
    assert "Better Case Management: return of Wessex for October 2026" in said
    assert "Due by 17:00 on Friday 6 November 2026, London time." in said
    assert "Until 12:00 on Thursday 12 November 2026" in said
    assert "Save this workbook as R-WSX-202610-v01.xlsx" in said
    assert "bcm/WSX" in said
    assert bcm().contact in said
    assert "assurance check R-WSX-202610-v01.xlsx -c bcm" in said


def test_the_guidance_explains_every_column_every_standard_and_every_code() -> None:
    said = words("guidance")
    for column in bcm().columns_in(BCM_PERIOD):
        assert column.name in said
    for standard in bcm().standards_in(BCM_PERIOD):
        assert standard.question in said
    for reason in bcm().reason_list:
        assert reason.label in said


def test_the_declaration_asks_for_a_nil_return_and_a_reason_and_for_no_name() -> None:
    declaration = sheet("declaration")
    labels = {row[0].value: row[1] for row in declaration.iter_rows() if row[0].value}
    assert not labels["nil return"].protection.locked
    assert not labels["reason"].protection.locked
    (choice,) = declaration.data_validations.dataValidation
    assert (str(choice.sqref), choice.formula1) == (labels["nil return"].coordinate, '"yes"')
    answers = [cell for row in declaration.iter_rows() for cell in row if not cell.protection.locked]
    assert len(answers) == 2
    assert all(cell.value is None for cell in answers)


# Every collection


def test_counts_are_given_the_rows_they_owe_as_csv_and_filled_in_they_are_accepted() -> None:
    made = template(collection(), AREA, PERIOD)
    assert made.file_name == "R-WSX-201610-v01.csv"
    header, *rows = csv.reader(io.StringIO(made.content.decode("utf-8-sig")))
    sent = valid_return()
    places_of_counts = [place for place, name in enumerate(sent.header) if name in COUNTED]
    assert tuple(header) == sent.header
    assert [tuple("" if p in places_of_counts else c for p, c in enumerate(row)) for row in sent.rows] == [
        tuple(row) for row in rows
    ]
    for row, cells in zip(rows, sent.rows, strict=True):
        for place in places_of_counts:
            row[place] = cells[place]
    back = replace(sent, rows=tuple(map(tuple, rows)))
    assert examined(back).checked.submission.outcome is Outcome.ACCEPTED


COUNTED = ("convictions", "convictions_pct", "unsuccessful")


def test_counts_in_a_workbook_stand_beside_the_rows_they_owe_and_are_accepted() -> None:
    of = replace(collection(), formats=("csv", "xlsx"))
    made, sent = template(of, AREA, PERIOD), valid_return()
    rows = sheet(of=made).iter_rows(min_row=2, values_only=True)
    assert [row[:4] for row in rows] == [row[:4] for row in sent.rows]
    counts = replace(sent, rows=tuple(tuple(cell.replace(",", "") for cell in row) for row in sent.rows))
    checked = examined(filled(made, counts, of), of=of).checked
    assert (checked.submission.outcome, checked.findings) == (Outcome.ACCEPTED, ())


def test_counts_that_are_sent_unfilled_are_rejected_cell_by_cell() -> None:
    made = template(collection(), AREA, PERIOD)
    checked = examined(made.content, name=made.file_name, area=AREA).checked
    assert checked.submission.outcome is Outcome.REJECTED
    assert {found.rule for found in checked.findings} == {"OUT-101"}


MADE = """
code: visits
title: Visits to courts
grain: case
formats: [xlsx]
marking: OFFICIAL
contact: visits@example.org
words: {check: check, checks: checks, met: were met, rate: Rate, standard: standard, standards: standards}
limits: {bytes: 2000000, rows: 5000, columns: 20}
calendar:
  due: {working_day: 5, at: "17:00"}
  cut_off: {working_day: 9, at: "12:00"}
  release: {working_day: 10, at: "09:30"}
headline: {direction: up, target: "0.90", margin: "0.02"}
columns:
  - {name: area_code, type: area, required: true}
  - {name: period, type: period, required: true}
  - {name: visit_no, type: reference, required: true}
  - {name: court, type: code, required: true, values: COURTS}
  - {name: guide, type: code, values: ["Y", "N"], valid_from: "2027-01"}
  - {name: V01, type: answer, required: true}
"""
COURTS = [f"Crown Court number {number:02d}" for number in range(1, 31)]
REGISTER = """
version: 1
standards:
  - {code: "V01", title: On time, question: Was the visit on time?, scale: binary, direction: up, owner: CPS, version: 1,
     target: "0.95", margin: "0.02"}
"""


@pytest.fixture
def visits(tmp_path: Path) -> Collection:
    """A small collection whose list of courts is too long for the settings of a cell."""
    shutil.copytree(EXPECTATIONS, tmp_path / "expectations")
    folder = tmp_path / "expectations" / "visits"
    folder.mkdir()
    (folder / "collection.yaml").write_text(MADE.replace("COURTS", str(COURTS)), encoding="utf-8")
    (folder / "standards.yaml").write_text(REGISTER, encoding="utf-8")
    (folder / "rules.yaml").write_text("version: 1\n", encoding="utf-8")
    return load_catalogue(tmp_path / "expectations").collection("visits")


def test_a_list_that_is_too_long_for_a_cell_stands_on_the_guidance_for_all_to_see(visits: Collection) -> None:
    made = template(visits, "WSX", BCM_PERIOD)
    place = str(lists(sheet(of=made))["court"])
    assert len(",".join(COURTS)) > LONGEST_LIST
    sheet_name, _, cells = place.partition("!")
    assert sheet_name == "guidance"
    assert [cell.value for (cell,) in sheet("guidance", made)[cells.replace("$", "")]] == COURTS


def test_a_collection_of_another_kind_goes_there_and_back_too(visits: Collection) -> None:
    header = tuple(column.name for column in visits.columns_in(BCM_PERIOD))
    rows = tuple(("WSX", "2026-10", f"{number:04d}", COURTS[number], "Y") for number in range(3))
    made = template(visits, "WSX", BCM_PERIOD)
    back = filled(made, Return("WSX", made.file_name, header, rows), visits)
    checked = examined(back, of=visits).checked
    assert (checked.submission.outcome, checked.findings) == (Outcome.ACCEPTED, ())


def test_a_column_is_in_it_from_its_first_month_on(visits: Collection) -> None:
    before, after = (
        {cell.value for cell in sheet(of=template(visits, "WSX", period))[1]}
        for period in (Period(2026, 12), Period(2027, 1))
    )
    assert after - before == {"guide"}


# The command


def run(*options: str):
    return CliRunner().invoke(app, ["template", *options])


def test_the_command_writes_it_and_says_where(tmp_path: Path) -> None:
    said = run("-c", "bcm", "--area", "WSX", "--period", "2026-10", "--version", "2", "--out", str(tmp_path))
    path = tmp_path / "R-WSX-202610-v02.xlsx"
    assert (said.exit_code, said.stdout) == (0, f"{path}\n")
    assert path.read_bytes() == of_bcm(2).content


def test_the_command_never_writes_over_a_file_for_it_may_be_filled_in(tmp_path: Path) -> None:
    path = put(tmp_path / "mine.xlsx", b"filled in")
    said = run("-c", "bcm", "--area", "WSX", "--period", "2026-10", "--out", str(path))
    assert (said.exit_code, path.read_bytes()) == (2, b"filled in")
    assert said.stderr == f"assurance: {path} is there already; take it away, or name another file with --out\n"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--area", "LNN", "--period", "2026-10"), "LNN owes no return of bcm for 2026-10; those that do: CYW,"),
        (("--area", "WSX", "--period", "2015-01"), "those that do: none"),
        (("--area", "WSX", "--period", "October"), "a period is written YYYY-MM"),
        (("--area", "WSX", "--period", "2026-10", "--out", "/no/such/folder/x.xlsx"), "it cannot be written"),
    ],
)
def test_the_command_says_in_one_line_what_cannot_be(options: tuple[str, ...], words: str) -> None:
    said = run("-c", "bcm", *options)
    assert (said.exit_code, said.stdout) == (2, "")
    (line,) = said.stderr.splitlines()
    assert words in line
