"""How do made-up returns get into the landing folder, and when? Bytes, names, times of arrival.

Everything here is the same for the same arguments, to the byte.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from random import Random

from assurance.catalogue import Calendar
from assurance.deadlines import cut_off, due, from_london, working_day
from assurance.errors import LandingError
from assurance.model import Area, Period, return_name
from assurance.sample.events import Event

OPENS, CLOSES = time(9, 0), time(17, 0)
"""Office hours: nobody in the sample sends a return outside them."""
FIRST_SENDING_DAY = 2
"""The working day from which returns come in."""
SHEET, DECLARATION = "return", "declaration"
MADE = datetime(2016, 1, 5)
"""When every workbook says it was made, so that the same seed gives the same bytes."""
WIDTH = 12.0

Cell = str | date
"""What a cell holds; a workbook has dates as dates."""


@dataclass(frozen=True)
class File:
    """Bytes to be written into an Area's folder, and when they arrive (naive UTC)."""

    area: str
    name: str
    content: bytes
    arrives: datetime
    is_return: bool


def file_name(area: Area, period: Period, version: int, ending: str = "csv") -> str:
    return f"{return_name(area.code, period, version)}.{ending}"


def reason_beside(correction: File, text: str) -> File:
    """Why a correction was sent; it lies there a minute before the return it explains."""
    content = json.dumps({"reason": text}, ensure_ascii=False) + "\n"
    arrives = correction.arrives - timedelta(minutes=1)
    return File(correction.area, f"{correction.name}.json", content.encode(), arrives, is_return=False)


def as_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """The table as the bytes of a CSV; dates are written YYYY-MM-DD."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")


def as_workbook(header: Sequence[str], rows: Iterable[Sequence[Cell]], reason: str | None) -> bytes:
    """The table as the bytes of a workbook: dates as dates, everything else as text, a reason on a sheet of its own."""
    import xlsxwriter  # only where an Area sends workbooks

    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    book.set_properties({"created": MADE})
    days = book.add_format({"num_format": "dd/mm/yyyy"})
    sheet = book.add_worksheet(SHEET)
    sheet.set_column(0, len(header) - 1, WIDTH)
    for number, row in enumerate((header, *rows)):
        for place, cell in enumerate(row):
            if isinstance(cell, date):
                sheet.write_datetime(number, place, cell, days)
            elif cell:
                sheet.write_string(number, place, cell)
    if reason is not None:
        book.add_worksheet(DECLARATION).write_row(0, 0, ("reason", reason))
    book.close()
    return made.getvalue()


# Times of arrival


def first_arrival(chance: Random, calendar: Calendar, period: Period, event: Event | None) -> datetime:
    """When the first version of a return comes in."""
    if event is Event.LATE:
        return _moment_in(chance, _late_hours(calendar, period))
    on_time = _hours_on_time(calendar, period)
    if event is Event.CORRECTED:
        # Not on the last day, where there is another, so that the correction is on time as well.
        on_time = on_time[:-1] or on_time
    return _moment_in(chance, on_time)


def next_working_day(chance: Random, period: Period, moment: datetime) -> datetime:
    """Some moment in the office hours of the working day after this one."""
    number = 1
    while _office_hours(period, number).start <= moment:
        number += 1
    return _moment_in(chance, [_office_hours(period, number)])


@dataclass(frozen=True)
class Hours:
    """A stretch of office hours (naive UTC), both ends included."""

    start: datetime
    end: datetime


@cache
def _office_hours(period: Period, number: int) -> Hours:
    """Office hours of the n-th working day after the period."""
    day = working_day(period, number)
    return Hours(from_london(day, OPENS), from_london(day, CLOSES))


def _hours_on_time(calendar: Calendar, period: Period) -> list[Hours]:
    """Office hours in which a return is on time; the hour up to the deadline where it leaves none."""
    limit = due(calendar, period)
    first = min(FIRST_SENDING_DAY, calendar.due.working_day)
    days = [_office_hours(period, number) for number in range(first, calendar.due.working_day + 1)]
    hours = [Hours(day.start, min(day.end, limit)) for day in days if day.start < limit]
    return hours or [Hours(limit - timedelta(hours=1), limit)]


def _late_hours(calendar: Calendar, period: Period) -> list[Hours]:
    """Office hours in which a return is late and still before the cut-off; the hour up to it where there are none."""
    start, limit = due(calendar, period) + timedelta(seconds=1), cut_off(calendar, period)
    numbers = range(calendar.due.working_day, calendar.cut_off.working_day + 1)
    days = [_office_hours(period, number) for number in numbers]
    hours = [Hours(max(day.start, start), min(day.end, limit)) for day in days if day.start < limit and day.end > start]
    return hours or [Hours(max(start, limit - timedelta(hours=1)), limit)]


def _moment_in(chance: Random, hours: Sequence[Hours]) -> datetime:
    """Some whole second in one of these stretches."""
    chosen = chance.choice(hours)
    return chosen.start + timedelta(seconds=chance.randint(0, int((chosen.end - chosen.start).total_seconds())))


# Effects


def refuse_to_overwrite(folder: Path, files: Sequence[File]) -> None:
    """Made-up returns never take the place of others."""
    for file in files:
        path = folder / file.area / file.name
        if path.exists() and path.read_bytes() != file.content:
            raise LandingError(f"{path}: another return has this name; write the sample into an empty landing folder")


def write(folder: Path, file: File) -> None:
    """Write a file whole: under a hidden name first, with its time, then under its own."""
    folder.mkdir(parents=True, exist_ok=True)
    hidden = folder / f".{file.name}.part"
    hidden.write_bytes(file.content)
    seconds = int(file.arrives.replace(tzinfo=UTC).timestamp())
    os.utime(hidden, (seconds, seconds))
    hidden.replace(folder / file.name)
