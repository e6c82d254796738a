"""By when must a return be in, and was it? Working days of England and Wales, times of day in London.

The calendar of a collection counts working days of the month after the period: Monday to Friday without the bank
holidays of England and Wales and their substitute days. Moments are handed out in UTC without a zone, as the rest of
the project keeps them, so that the change of the clocks is settled here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from zoneinfo import ZoneInfo

from assurance.catalogue import Calendar, WorkingDay
from assurance.errors import CatalogueError
from assurance.model import Arrival, Period, ReturnState, ReturnStatus

LONDON = ZoneInfo("Europe/London")
COUNTRY, PART = "GB", "ENG"
"""England's bank holidays; those of Wales are the same."""
SATURDAY = 5


def reported_month(moment: datetime) -> Period:
    """Which month is being reported at this moment (naive UTC)? The last that has ended in London; older ones are past."""
    return Period.containing(london_day(moment)).plus(-1)


def due(calendar: Calendar, period: Period) -> datetime:
    """By when must the return of this period be in to be on time? Naive UTC."""
    return _moment(calendar.due, period)


def awaited(calendar: Calendar, period: Period, status: ReturnStatus, moment: datetime) -> ReturnStatus:
    """Where a return stands at a moment (naive UTC): one that has not come is expected until it is due, then missing."""
    if status.state is ReturnState.MISSING and moment <= due(calendar, period):
        return replace(status, state=ReturnState.EXPECTED)
    return status


def cut_off(calendar: Calendar, period: Period) -> datetime:
    """Until when does a late return still stand in the period's first release? Naive UTC."""
    return _moment(calendar.cut_off, period)


def release_day(calendar: Calendar, period: Period) -> datetime:
    """When is the period's report to be released? Naive UTC."""
    return _moment(calendar.release, period)


class Chase(StrEnum):
    """What an Area is written that has not returned, in the order in which it is."""

    REMINDER = "reminder"
    CHASER = "chaser"
    ESCALATION = "escalation"


def chases(calendar: Calendar, period: Period, moment: datetime) -> tuple[Chase, ...]:
    """What does the calendar want written by this moment (naive UTC)? A reminder only until the return is due."""
    wanted = [(chase, getattr(calendar, chase.value)) for chase in Chase]
    begun = [chase for chase, day in wanted if day is not None and _moment(day, period) <= moment]
    return tuple(chase for chase in begun if chase is not Chase.REMINDER or moment <= due(calendar, period))


def next_moment(calendars: Iterable[Calendar], days: Sequence[str], after: datetime) -> datetime | None:
    """When does one of these calendars next have one of these days (`reminder`, `due`, `cut_off` …)? Naive UTC.

    None where no calendar has such a day.
    """
    month = reported_month(after)
    return min((one for one in _moments(calendars, days, (month, month.plus(1))) if one > after), default=None)


def last_moment(calendars: Iterable[Calendar], days: Sequence[str], until: datetime) -> datetime | None:
    """When did one of these calendars last have one of these days, this moment (naive UTC) included?"""
    month = reported_month(until)
    return max((one for one in _moments(calendars, days, (month.plus(-1), month)) if one <= until), default=None)


def _moments(calendars: Iterable[Calendar], days: Sequence[str], months: Sequence[Period]) -> Iterator[datetime]:
    named = [day for calendar in calendars for name in days if (day := getattr(calendar, name)) is not None]
    return (_moment(day, month) for day in named for month in months)


def working_days(first: datetime, last: datetime) -> int:
    """How many working days lie after the day of one moment, up to that of another (both naive UTC)?"""
    start = london_day(first)
    days = (london_day(last) - start).days
    return sum(is_working_day(start + timedelta(days=number)) for number in range(1, days + 1))


def arrival(calendar: Calendar, period: Period, received_at: datetime) -> Arrival:
    """Was a file received at this moment (naive UTC) on time? The last moment of a deadline still keeps it."""
    if received_at <= due(calendar, period):
        return Arrival.ON_TIME
    if received_at <= cut_off(calendar, period):
        return Arrival.LATE
    return Arrival.AFTER_CUT_OFF


def london_day(moment: datetime) -> date:
    """Which day is it in London at this moment (naive UTC)?"""
    return moment.replace(tzinfo=UTC).astimezone(LONDON).date()


def working_day(period: Period, number: int) -> date:
    """Which day is the n-th working day (from 1) of the month after the period?

    CatalogueError when that month has no such day.
    """
    month = period.plus(1)
    days = [day for day in _days_of(month) if is_working_day(day)]
    if not 1 <= number <= len(days):
        raise CatalogueError(
            f"calendar: {month.title} has no working day {number}; give a number from 1 to {len(days)} in collection.yaml"
        )
    return days[number - 1]


def is_working_day(day: date) -> bool:
    """Is this a working day in England and Wales?"""
    return day.weekday() < SATURDAY and day not in _bank_holidays(day.year)


def from_london(day: date, at: time) -> datetime:
    """What is this time of a London clock in UTC? Naive."""
    return datetime.combine(day, at, tzinfo=LONDON).astimezone(UTC).replace(tzinfo=None)


def _moment(deadline: WorkingDay, period: Period) -> datetime:
    return from_london(working_day(period, deadline.working_day), _time_of_day(deadline.at))


def _time_of_day(text: str) -> time:
    try:
        return datetime.strptime(text, "%H:%M").time()
    except ValueError:
        raise CatalogueError(f"calendar: {text!r} is not a time of day; write HH:MM in collection.yaml") from None


def _days_of(month: Period) -> list[date]:
    return [month.first_day + timedelta(days=offset) for offset in range(month.last_day.day)]


@cache
def _bank_holidays(year: int) -> frozenset[date]:
    """The bank holidays of a year, substitute days included."""
    import holidays  # slow to import, and most of what imports this module never asks for a day

    return frozenset(holidays.country_holidays(COUNTRY, subdiv=PART, years=year))
