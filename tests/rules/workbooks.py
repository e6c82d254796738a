"""Returns as workbooks: the same cells on one sheet, dates as true date cells."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

from openpyxl import Workbook

from tests.rules.builders import Return

SAVED_AT = re.compile(rb"(?<=W3CDTF\")>[^<]*<")


def nothing(book: Workbook) -> None:
    """Leave the workbook as it is."""


def as_workbook(sent: Return, edit: Callable[[Workbook], None] = nothing) -> Return:
    """The return as an .xlsx file of its name, after `edit`; a correction gives its reason on a sheet of its own."""
    book = Workbook()
    sheet = book.active
    for row in (sent.header, *sent.rows):
        sheet.append([_typed(cell) for cell in row])
    if sent.reason_given:
        book.create_sheet("declaration").append(["reason", "Two rows had changed places."])
    edit(book)
    return replace(sent, name=sent.name.replace(".csv", ".xlsx"), raw=_saved(book), reason_given=False)


def _saved(book: Workbook) -> bytes:
    """The bytes of a workbook; the same at any time, though openpyxl writes in when it saved them."""
    saved, stream = io.BytesIO(), io.BytesIO()
    book.save(saved)
    with zipfile.ZipFile(saved) as parts, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as timeless:
        for name in parts.namelist():
            part = SAVED_AT.sub(b">2026-11-03T10:00:00Z<", parts.read(name))
            timeless.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _typed(cell: str) -> object:
    try:
        day = date.fromisoformat(cell)
    except ValueError:
        return cell or None
    return datetime(day.year, day.month, day.day) if len(cell) == len("2026-10-31") else cell
