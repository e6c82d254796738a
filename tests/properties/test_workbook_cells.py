"""Cells are what openpyxl reads, whichever program wrote them."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from xlsxwriter import Workbook as Writer

from tests.hostile.workbooks import outcome

HEADER = ("code", "answer", "note")
SOME = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

texts = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0x2FF, blacklist_categories=("Cc", "Cf", "Zs")), max_size=8
)
values = st.one_of(
    st.none(),
    st.sampled_from(["NA", "N/A", "null", "001", "a_x000D_b", "=", "2016-07-04", "<&>\"'", "a  b", "é中", "#N/A"]),
    texts.filter(lambda text: not text.startswith("=")),
    st.booleans(),
    st.integers(-(10**14), 10**14),
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e20, max_value=1e20),
    st.dates(date(1900, 3, 1), date(9999, 12, 31)),
    st.datetimes(datetime(1900, 3, 1), datetime(9999, 12, 30)),
    st.times(),
    st.timedeltas(timedelta(0), timedelta(days=1_000)),
)
rows = st.lists(st.tuples(values, values, values), min_size=1, max_size=8)


def by_openpyxl(rows: list[tuple[Any, ...]]) -> bytes:
    book = Workbook()
    for row in (HEADER, *rows):
        book.worksheets[0].append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def by_openpyxl_row_by_row(rows: list[tuple[Any, ...]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Return")
    for row in (HEADER, *rows):
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def by_xlsxwriter(rows: list[tuple[Any, ...]]) -> bytes:
    stream = io.BytesIO()
    with Writer(stream, {"default_date_format": "yyyy-mm-dd hh:mm:ss", "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate((HEADER, *rows)):
            sheet.write_row(at, 0, row)
    return stream.getvalue()


def typed(value: object) -> str:
    """A value as its sender would have typed it."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime():
            return value.isoformat()
        case float() if value == int(value) and abs(value) < 1e15:
            return str(int(value))
        case _:
            return str(value).strip(" ")


def as_openpyxl_reads(content: bytes) -> list[tuple[int, tuple[str, ...]]]:
    """Every row that is not blank, with its number."""
    sheet = load_workbook(io.BytesIO(content), data_only=True).worksheets[0]
    found = [
        (at, tuple(map(typed, row))) for at, row in enumerate(sheet.iter_rows(max_col=3, values_only=True), start=1)
    ]
    return [(at, cells) for at, cells in found[1:] if any(cells)]


@SOME
@given(rows=rows)
@pytest.mark.parametrize("written", [by_openpyxl, by_openpyxl_row_by_row, by_xlsxwriter])
def test_cells_are_what_openpyxl_reads(written: Callable[[list[tuple[Any, ...]]], bytes], rows: Any) -> None:
    content = written(rows)
    found = outcome(content)
    assert (found.refused, list(found.cells)) == ("", as_openpyxl_reads(content))
