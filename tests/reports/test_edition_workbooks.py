"""The workbook of each edition: what stands in it is what is published, and it can be read by anybody and any program."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import time
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from builders import AIMED, NAMES, RELEASES, REPORTS, collection, measured_of, of_cases, release, restated
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from assurance.measures import words
from assurance.measures.figures import as_row
from assurance.measures.rates import percent
from assurance.model import NATION
from assurance.reporting.facts import Head, ReleaseFacts
from assurance.reporting.measured import Measured, measure
from assurance.reporting.release import figures_csv, figures_of, released_cells, render, stated_figures
from assurance.reporting.shareable import Shareable, shareable, shareable_csv
from assurance.reporting.tables import harmless, meant
from assurance.reporting.workbook import HEADER_ROW, MEDIA_TYPE, shareable_workbook, workbook
from tests.tools import need

HEAD = Head(7, "0" * 64)
FIRST_LINE = HEADER_ROW + 2
MARK = re.compile(r"\[[a-z]\]")
FORMULA = '=HYPERLINK("https://example.org")'
SMALL = release(of=of_cases(), assessed=997, rates={"AAA": [1.0] * 13 + [0.999]})
"""Ashdale has missed one check of each standard in three months, out of a number that no other figure has."""
WINDOWS = {name: window for window, name in words.WINDOW_NAMES.items()}


@cache
def of_release(name: str, edition: str) -> bytes:
    return workbook(measured_of(name), edition)


def shared(facts: ReleaseFacts) -> bytes:
    measured = measure(facts)
    return shareable_workbook(measured, shareable(measured))


def opened(content: bytes) -> Workbook:
    return load_workbook(io.BytesIO(content))


def lines(sheet: Worksheet) -> list[dict[str, Any]]:
    """The table of a sheet, each line by its headers."""
    header, *rows = list(sheet.iter_rows(min_row=HEADER_ROW + 1, values_only=True))
    return [dict(zip(map(str, header), row, strict=True)) for row in rows]


def unzipped(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as found:
        return {name: found.read(name).decode() for name in found.namelist()}


# The same as what is published


def test_every_figure_of_a_release_stands_in_the_national_workbook_with_its_numbers() -> None:
    for name in ("cases", "every state", "with targets"):
        measured, book = measured_of(name), opened(of_release(name, NATION))
        seen = dict[tuple[str, str, str], dict[str, Any]]()
        for title in ("National by standard", "Areas", "Area by standard"):
            seen |= {(WINDOWS[line["Window"]], line["Area code"], line["Code"]): line for line in lines(book[title])}
        assert seen.keys() == measured.figures.keys()
        for key, line in seen.items():
            assert_told(line, as_row(measured.figures[key]))


def assert_told(line: dict[str, Any], row: dict[str, object]) -> None:
    columns = {"Met (checks)": "met", "Partly met (checks)": "partly", "Not met (checks)": "not_met"}
    columns |= {"Not due (checks)": "not_due", "Assessed (checks)": "assessed", "Compliance (%)": "rate"}
    columns |= {"Interval, low (%)": "low", "Interval, high (%)": "high"}
    columns |= {"p, adjusted": "p_adjusted", "p, exact": "p_exact"}
    for header, key in columns.items():
        if row[key] is None:
            assert MARK.fullmatch(line[header]), (header, line)
        else:
            assert line[header] == pytest.approx(row[key], rel=1e-15, abs=0), header  # a cell holds 16 figures


def test_no_return_nil_and_nothing_to_assess_have_their_marks_and_are_no_zero() -> None:
    areas = {line["Area code"]: line for line in lines(opened(of_release("every state", NATION))["Areas"])}
    month = {
        line["Area code"]: line["Compliance (%)"]
        for line in lines(opened(of_release("every state", NATION))["Areas"])
        if line["Window"] == "1 month"
    }
    assert (month["AAA"], month["BBB"], month["CCC"]) == ("[n]", "[x]", "[x]")
    assert (areas["BBB"]["Assessed (checks)"], areas["BBB"]["Met (checks)"]) == ("[x]", "[x]")
    apart = [
        line for line in lines(opened(of_release("usual", NATION))["National by standard"]) if line["Code"] == "S03"
    ]
    assert {line["Compliance (%)"] for line in apart} == {"[z]"}


def test_the_months_are_those_of_the_chart_with_their_gaps_and_marks() -> None:
    told = lines(opened(of_release("every state", NATION))["Month by month"])
    own = {line["Month"]: line for line in told if line["Area code"] == "DDD"}
    assert list(own) == sorted(own)
    assert own["2026-09"]["Compliance (%)"] == own["2026-09"]["Standing"] == "[x]"
    assert own["2026-10"]["Standing"] == "[p]"
    assert own["2026-08"]["Standing"] == "final"
    assert {line["Area code"] for line in told} == {NATION, *NAMES}


def test_an_area_has_its_own_figures_and_the_nations_and_nothing_of_another() -> None:
    for name, facts in RELEASES.items():
        if name == "hostile names":
            continue  # one Area has a name of markup there, and no other does
        for area in [status.area for status in facts.returns][:2]:
            others = {s.area for s in facts.returns} - {area}
            said = "\n".join(unzipped(of_release(name, area.code)).values())
            assert not [other.code for other in others if other.name in said or f">{other.code}<" in said], name
            table = {row["area"] for row in csv.DictReader(io.StringIO(figures_of(measure(facts), area.code)))}
            assert table == {area.code, NATION}


def test_what_moved_has_every_figure_before_and_after_and_no_name_of_another_area() -> None:
    facts, before = restated()
    measured = measure(facts, before)
    told = lines(opened(workbook(measured, NATION))["What moved"])
    assert len(told) == len(measured.moved) > 0
    for line, moved in zip(told, measured.moved, strict=True):
        assert moved.before
        assert moved.before.counts
        assert moved.after
        assert moved.after.counts
        assert line["Met before (checks)"] == moved.before.counts.met
        assert line["Met now (checks)"] == moved.after.counts.met
        assert line["Moved by (points)"] == pytest.approx(float(100 * (moved.points or 0)))
    assert "Cliff and Coast, October 2026: version 02 for 01" in {line["Why"] for line in told}
    own = lines(opened(workbook(measured, "AAA"))["What moved"])
    assert {line["Area code"] for line in own} == {"AAA", NATION}
    assert "Other corrected returns" in {line["Why"] for line in own}
    assert "What moved" not in opened(of_release("usual", NATION)).sheetnames


def test_the_shareable_workbook_is_the_shareable_table() -> None:
    for facts in (SMALL, RELEASES["every state"], RELEASES["cases, all missing"]):
        measured = measure(facts)
        table = csv.DictReader(io.StringIO(shareable_csv(measured, shareable(measured))))
        (sheet,) = opened(shared(facts)).worksheets[3:]
        told = lines(sheet)
        for line, row in zip(told, table, strict=True):
            assert (line["Area code"], line["Code"], line["Marks"]) == (row["area"], row["standard"], row["marks"])
            for header, key in {"Assessed": "assessed", "Met": "met", "Not met": "not_met"}.items():
                assert str(line[f"{header} (checks)"]) == row[key]
            rate = line["Compliance (%)"]
            assert rate == (row["rate"] if isinstance(rate, str) else float(row["rate"]))


def test_a_hidden_number_is_in_no_byte_of_the_shareable_workbook() -> None:
    measured = measure(SMALL)
    table = shareable(measured)
    hidden = [cell for cell, figure in table.figures.items() if figure.mark == "[c]"]
    figures = [measured.figure("3m", cell.area, cell.standard) for cell in hidden if cell.owner == NATION]
    assert figures
    said = unzipped(shareable_workbook(measured, table))
    shown = {str(split.met) for figure in table.figures.values() if (split := figure.split)}
    for figure in figures:
        assert figure.counts
        assert str(figure.counts.met) not in shown
        for number in (str(figure.counts.met), str(figure.rate)):
            assert not [name for name, text in said.items() if re.search(rf"(?<![0-9.]){number}(?![0-9])", text)]


def test_where_nothing_is_shared_there_is_no_table_of_figures() -> None:
    book = opened(shareable_workbook(measure(SMALL), Shareable({}, ("CPS",))))
    assert book.sheetnames == ["Cover", "Contents", "Notes"]
    assert "nothing is shown at all" in " ".join(str(cell.value) for cell in book["Cover"]["A"])


# After the guidance


@pytest.mark.parametrize("name", RELEASES)
def test_every_workbook_of_every_state_follows_the_guidance(name: str) -> None:
    editions = (NATION, RELEASES[name].returns[0].area.code)
    for content in (*(of_release(name, edition) for edition in editions), shared(RELEASES[name])):
        book = opened(content)
        assert book.sheetnames[:3] == ["Cover", "Contents", "Notes"]
        assert (book.active.title, book.properties.language) == ("Cover", "en-GB")
        assert book.properties.title == book["Cover"]["A1"].value
        explained = {line["Term"] for line in lines(book["Notes"])}
        files = unzipped(content)
        assert not re.search(r"<f[ >]|<mergeCell|<oddHeader|<oddFooter", "".join(files.values()))
        assert set(re.findall(r'<patternFill patternType="(\w+)"', files["xl/styles.xml"])) == {"none", "gray125"}
        for sheet in book.worksheets:
            assert len(sheet.title) <= 31
            assert sheet["A1"].value
            assert len(sheet.tables) == (sheet.title != "Cover")
            said = {str(cell) for row in sheet.iter_rows(values_only=True) for cell in row}
            assert set(MARK.findall(" ".join(said))) <= explained
            for table in sheet.tables.values():
                assert_table(sheet, table)


def assert_table(sheet: Worksheet, table: Any) -> None:
    assert table.ref.startswith(f"A{HEADER_ROW + 1}:")
    assert table.autoFilter is None
    assert sheet.freeze_panes == f"A{HEADER_ROW + 2}"
    cells = sheet[table.ref]
    assert [cell.value for cell in cells[0]] == [column.name for column in table.tableColumns]
    assert len({str(cell.value).lower() for cell in cells[0]}) == len(cells[0])
    assert len(cells) > 1, "a table without a line"
    assert cells[-1][-1].coordinate == sheet.dimensions.split(":")[1], "something stands outside the table"
    for row in cells:
        assert all(cell.value is not None and cell.value != "" for cell in row), [cell.value for cell in row]


def test_the_cover_says_what_it_is_and_the_contents_lead_to_every_sheet() -> None:
    facts = replace(RELEASES["cases"], collection=replace(RELEASES["cases"].collection, licence="Open Licence."))
    book = opened(workbook(measure(facts), NATION))
    said = [str(cell.value) for cell in book["Cover"]["A"]]
    assert said[0] == "Letters and files, October 2026: all Areas"
    for told in ("October 2026", "OFFICIAL", "assurance@example.org", "Open Licence.", "The targets are made up."):
        assert told in said
    assert any(line.startswith("letters/2026-10/1. Provisional [p] until") for line in said)
    links = {cell.value: cell.hyperlink.location for cell in book["Contents"]["A"] if cell.hyperlink}
    assert links == {name: f"'{name}'!A1" for name in book.sheetnames[2:]}


def test_numbers_are_numbers_and_rates_are_shown_as_percentages() -> None:
    sheet = opened(of_release("cases", "AAA"))["By standard"]
    header = {cell.value: cell.column for cell in sheet[HEADER_ROW + 1]}
    rate, met = (sheet.cell(FIRST_LINE, header[name]) for name in ("Compliance (%)", "Met (checks)"))
    assert (rate.data_type, rate.number_format, met.data_type, met.number_format) == ("n", "0.0 %", "n", "#,##0")
    assert 0 < rate.value < 1


def test_columns_are_as_wide_as_what_stands_in_them() -> None:
    for sheet in opened(of_release("cases", NATION)).worksheets[1:]:
        for column in sheet.iter_cols(min_row=HEADER_ROW + 2):
            longest = max(len(f"{c.value:,.1f}" if c.data_type == "n" else str(c.value)) for c in column)
            width = sheet.column_dimensions[column[0].column_letter].width
            assert width > longest or column[0].alignment.wrap_text, (sheet.title, column[0].coordinate)


# Bytes


def test_the_same_facts_are_the_same_bytes_at_another_time_and_place(monkeypatch: pytest.MonkeyPatch) -> None:
    before = render(measure(SMALL), REPORTS, HEAD)
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    time.tzset()
    time.sleep(2.1)  # a zip file counts time in steps of two seconds
    try:
        again = render(measure(SMALL), REPORTS, HEAD)
    finally:
        monkeypatch.undo()
        time.tzset()
    books = [path for path in again if path.endswith(".xlsx")]
    assert len(books) == len(NAMES) + 2
    assert [path for path in books if before[path] != again[path]] == []


def test_a_release_holds_a_workbook_and_a_table_for_each_edition_and_each_letter_carries_its_own() -> None:
    files = render(measured_of("one Area"), REPORTS, HEAD)
    assert {
        "national.xlsx",
        "shareable.xlsx",
        "areas/AAA.xlsx",
        "figures.csv",
        "shareable.csv",
        "areas/AAA.csv",
    } <= set(files)
    measured = measured_of("one Area")
    assert files["areas/AAA.xlsx"] == workbook(measured, "AAA")
    assert files["areas/AAA.csv"].decode() == figures_of(measured, "AAA")
    for edition, name in {"ALL": "national", "AAA": "AAA"}.items():
        assert f"letters-2026-10-{name}.xlsx".encode() in files[f"letters/{edition}.json"]
        assert MEDIA_TYPE.encode() in files[f"letters/{edition}.json"]


# Formulas


def hostile() -> Measured:
    standards = (replace(AIMED[0], title=FORMULA), replace(AIMED[1], owner="@cmd", title="-2 + 3"))
    return measure(release(of=collection(standards, target="0.85")))


def test_text_that_begins_like_a_formula_is_text_in_a_workbook() -> None:
    for content in (workbook(hostile(), NATION), shareable_workbook(hostile(), shareable(hostile()))):
        cells = [cell for sheet in opened(content).worksheets for row in sheet.iter_rows() for cell in row]
        (own, *more) = (cell for cell in cells if cell.value == FORMULA)
        assert {cell.data_type for cell in (own, *more)} == {"s"}
        assert own.quotePrefix


def test_text_that_begins_like_a_formula_is_made_harmless_in_csv_and_read_as_it_was() -> None:
    measured = hostile()
    tables = (figures_csv(tuple(measured.figures.values())), shareable_csv(measured, shareable(measured)))
    for table in tables:
        cells = [cell for row in csv.reader(io.StringIO(table)) for cell in row]
        assert [cell for cell in cells if re.match(r"[=+@\t\r]|-(?![0-9])", cell)] == []
    assert f"'{FORMULA}" in next(csv.reader([tables[0].splitlines()[2]]))
    assert FORMULA in {figure.title for figure in stated_figures(tables[0])}
    assert "@cmd" in {cell.owner for cell in released_cells(tables[1])}


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\ta", "\ra", "'=1", "''-1", "'tis", "plain", "", "'"])
def test_what_is_made_harmless_is_read_again_as_it_was(text: str) -> None:
    written = harmless({"text": text, "number": -1.5})
    assert written["number"] == -1.5
    assert not re.match(r"[=+\-@\t\r]", str(written["text"]))
    assert meant(str(written["text"])) == text


# Another program


@pytest.mark.tools
@pytest.mark.parametrize("edition", [NATION, "shareable"])
def test_libreoffice_opens_it_and_has_the_same_cells(tmp_path: Path, edition: str) -> None:
    need(shutil.which("soffice") is not None, "LibreOffice (soffice)")
    content = shared(SMALL) if edition == "shareable" else of_release("cases, every state", edition)
    (tmp_path / "book.xlsx").write_bytes(content)
    converted(tmp_path / "book.xlsx", "ods")
    converted(tmp_path / "book.xlsx", EVERY_SHEET_AS_SHOWN)
    converted(tmp_path / "ods" / "book.ods", "xlsx")
    ours, theirs = opened(content), load_workbook(tmp_path / "xlsx" / "book.xlsx")
    assert ours.sheetnames == theirs.sheetnames
    for sheet in ours.worksheets:
        assert list(sheet.iter_rows(values_only=True)) == [
            tuple(pytest.approx(cell, rel=1e-13) if isinstance(cell, float) else cell for cell in row)
            for row in theirs[sheet.title].iter_rows(values_only=True, max_col=sheet.max_column)
        ]
        with (tmp_path / "csv" / f"book-{sheet.title}.csv").open(encoding="utf-8", newline="") as file:
            shown = list(csv.reader(file))
        assert [list(map(as_shown, row)) for row in sheet.iter_rows()] == shown


EVERY_SHEET_AS_SHOWN = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1"


def converted(path: Path, to: str) -> None:
    """What LibreOffice makes of a file, in a folder named after the format."""
    out = path.parent if path.suffix == ".xlsx" else path.parents[1]
    profile = f"-env:UserInstallation=file://{out / 'profile'}"
    command = ["soffice", profile, "--headless", "--convert-to", to, "--outdir", str(out / to.partition(":")[0])]
    subprocess.run([*command, str(path)], check=True, capture_output=True, timeout=180)


def as_shown(cell: Cell) -> str:
    """A cell as it is to be seen, a rate as on the pages: `92.7 %`, `7,301`."""
    if cell.value is None or isinstance(cell.value, str):
        return cell.value or ""
    if cell.number_format == "0.0 %":
        return percent(float(cell.value)).replace(words.NBSP, " ")
    return {"#,##0": "{:,.0f}", "0.0000": "{:.4f}"}[cell.number_format].format(cell.value)
