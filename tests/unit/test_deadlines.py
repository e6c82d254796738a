"""Deadlines: worked examples over year ends, Easter, bank holidays and the change of the clocks."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime, time, timedelta

import pytest

from assurance.catalogue import Calendar, WorkingDay, load_catalogue
from assurance.deadlines import (
    arrival,
    awaited,
    chases,
    cut_off,
    due,
    from_london,
    is_working_day,
    release_day,
    reported_month,
    working_day,
    working_days,
)
from assurance.errors import CatalogueError
from assurance.model import Arrival, Period, ReturnState, ReturnStatus
from assurance.settings import REPOSITORY

CALENDAR = Calendar(
    due=WorkingDay(working_day=5, at="17:00"),
    cut_off=WorkingDay(working_day=9, at="12:00"),
    release=WorkingDay(working_day=10, at="09:30"),
)
MOMENT = timedelta(microseconds=1)

WORKED_EXAMPLES = [
    # period, due, cut-off, release (UTC), why the month is worth a line
    ("2026-09", "2026-10-07T16:00", "2026-10-13T11:00", "2026-10-14T08:30", "an ordinary month in summer time"),
    ("2026-10", "2026-11-06T17:00", "2026-11-12T12:00", "2026-11-13T09:30", "begins on a Sunday, winter time"),
    ("2026-11", "2026-12-07T17:00", "2026-12-11T12:00", "2026-12-14T09:30", "the release falls after a week-end"),
    ("2026-12", "2027-01-08T17:00", "2027-01-14T12:00", "2027-01-15T09:30", "New Year's Day on a Friday"),
    (
        "2021-12",
        "2022-01-10T17:00",
        "2022-01-14T12:00",
        "2022-01-17T09:30",
        "New Year's Day on a Saturday: Monday instead",
    ),
    (
        "2022-12",
        "2023-01-09T17:00",
        "2023-01-13T12:00",
        "2023-01-16T09:30",
        "New Year's Day on a Sunday: Monday instead",
    ),
    ("2015-03", "2015-04-09T16:00", "2015-04-15T11:00", "2015-04-16T08:30", "Good Friday 3 and Easter Monday 6 April"),
    ("2018-03", "2018-04-09T16:00", "2018-04-13T11:00", "2018-04-16T08:30", "Easter Monday 2 April"),
    ("2024-02", "2024-03-07T17:00", "2024-03-13T12:00", "2024-03-14T09:30", "ends before the clocks change"),
    ("2026-04", "2026-05-08T16:00", "2026-05-14T11:00", "2026-05-15T08:30", "early May bank holiday on the 4th"),
    (
        "2020-04",
        "2020-05-07T16:00",
        "2020-05-14T11:00",
        "2020-05-15T08:30",
        "early May bank holiday moved to Friday the 8th",
    ),
    (
        "2022-05",
        "2022-06-09T16:00",
        "2022-06-15T11:00",
        "2022-06-16T08:30",
        "spring bank holiday moved, and one more day",
    ),
    (
        "2016-07",
        "2016-08-05T16:00",
        "2016-08-11T11:00",
        "2016-08-12T08:30",
        "Scotland's August bank holiday is none here",
    ),
]


@pytest.mark.parametrize(
    ("period", "due_at", "cut_off_at", "release_at"),
    [example[:4] for example in WORKED_EXAMPLES],
    ids=[f"{example[0]}: {example[4]}" for example in WORKED_EXAMPLES],
)
def test_deadlines_of_worked_examples(period: str, due_at: str, cut_off_at: str, release_at: str) -> None:
    month = Period.parse(period)
    assert due(CALENDAR, month) == datetime.fromisoformat(due_at)
    assert cut_off(CALENDAR, month) == datetime.fromisoformat(cut_off_at)
    assert release_day(CALENDAR, month) == datetime.fromisoformat(release_at)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2021, 12, 24), True),
        (date(2021, 12, 27), False),  # Christmas Day was a Saturday
        (date(2021, 12, 28), False),  # Boxing Day was a Sunday
        (date(2021, 12, 29), True),
        (date(2022, 9, 19), False),  # a bank holiday of that year alone
        (date(2026, 4, 3), False),  # Good Friday
        (date(2026, 4, 6), False),  # Easter Monday
        (date(2026, 8, 3), True),  # a bank holiday in Scotland only
        (date(2026, 8, 31), False),
        (date(2026, 3, 17), True),  # a bank holiday in Northern Ireland only
        (date(2026, 10, 3), False),  # Saturday
        (date(2026, 10, 4), False),  # Sunday
    ],
)
def test_working_days_are_those_of_england_and_wales(day: date, works: bool) -> None:
    assert is_working_day(day) is works


def test_a_london_time_is_an_hour_earlier_in_utc_in_summer_only() -> None:
    assert from_london(date(2026, 3, 27), time(17)) == datetime(2026, 3, 27, 17)
    assert from_london(date(2026, 3, 30), time(17)) == datetime(2026, 3, 30, 16)
    assert from_london(date(2026, 10, 23), time(17)) == datetime(2026, 10, 23, 16)
    assert from_london(date(2026, 10, 26), time(17)) == datetime(2026, 10, 26, 17)


def test_a_deadline_past_the_change_of_the_clocks_keeps_its_london_time() -> None:
    """In October 2026 the clocks go back on the 25th: working day 17 is before, working day 18 after."""
    for number, utc_hour in ((17, 16), (18, 17)):
        calendar = CALENDAR.model_copy(update={"due": WorkingDay(working_day=number, at="17:00")})
        assert due(calendar, Period(2026, 9)).hour == utc_hour


def test_the_last_moment_of_a_deadline_still_keeps_it() -> None:
    period = Period(2026, 10)
    due_at, cut_off_at = due(CALENDAR, period), cut_off(CALENDAR, period)
    assert arrival(CALENDAR, period, due_at - timedelta(days=3)) is Arrival.ON_TIME
    assert arrival(CALENDAR, period, due_at) is Arrival.ON_TIME
    assert arrival(CALENDAR, period, due_at + MOMENT) is Arrival.LATE
    assert arrival(CALENDAR, period, cut_off_at) is Arrival.LATE
    assert arrival(CALENDAR, period, cut_off_at + MOMENT) is Arrival.AFTER_CUT_OFF


def test_each_chase_begins_with_its_day_and_a_reminder_ends_when_the_return_is_due() -> None:
    days = {"reminder": (3, "09:00"), "chaser": (6, "09:00"), "escalation": (8, "09:00")}
    named = {name: WorkingDay(working_day=number, at=at) for name, (number, at) in days.items()}
    calendar, period = CALENDAR.model_copy(update=named), Period(2026, 10)
    begins = {
        datetime(2026, 11, 4, 9): ["reminder"],
        due(calendar, period) + MOMENT: [],
        datetime(2026, 11, 9, 9): ["chaser"],
        datetime(2026, 11, 11, 9): ["chaser", "escalation"],
    }
    before: list[str] = []
    for moment, wanted in begins.items():
        assert chases(calendar, period, moment - MOMENT) == tuple(before)
        assert chases(calendar, period, moment) == tuple(wanted)
        before = wanted
    assert chases(CALENDAR, period, datetime(2027, 1, 1)) == ()


def test_working_days_are_counted_from_the_day_after() -> None:
    friday, easter = datetime(2026, 11, 6, 23, 59), datetime(2026, 4, 2, 9)
    assert [working_days(friday, friday + timedelta(days=days)) for days in range(5)] == [0, 0, 0, 1, 2]
    assert working_days(easter, easter + timedelta(days=5)) == 1, "Good Friday and Easter Monday are none"
    assert working_days(friday, easter) == 0


def test_a_return_sent_before_its_month_has_ended_is_on_time() -> None:
    assert arrival(CALENDAR, Period(2026, 10), datetime(2026, 10, 30, 12)) is Arrival.ON_TIME


def test_deadlines_follow_one_another_in_every_month_of_many_years() -> None:
    for period in Period(2011, 4).until(Period(2035, 12)):
        moments = [due(CALENDAR, period), cut_off(CALENDAR, period), release_day(CALENDAR, period)]
        assert moments == sorted(moments)
        assert period.last_day < moments[0].date()
        assert all(Period.containing(moment.date()) == period.plus(1) for moment in moments)
        assert all(moment.tzinfo is None for moment in moments)


@pytest.mark.parametrize("number", [0, -1, 23])
def test_a_working_day_that_the_month_does_not_have_is_refused_with_the_cure(number: int) -> None:
    with pytest.raises(CatalogueError, match=f"November 2026 has no working day {number}; give a number from 1 to 21"):
        working_day(Period(2026, 10), number)


@pytest.mark.parametrize("text", ["5pm", "24:00", "17", ""])
def test_a_time_of_day_that_is_none_is_refused_with_the_cure(text: str) -> None:
    calendar = CALENDAR.model_copy(update={"due": WorkingDay(working_day=5, at=text)})
    with pytest.raises(CatalogueError, match="write HH:MM"):
        due(calendar, Period(2026, 10))


def test_the_slow_package_is_loaded_only_when_a_day_is_asked_for() -> None:
    code = "import sys, assurance.deadlines; sys.exit('holidays' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=30).returncode == 0


def test_a_return_that_has_not_come_is_missing_only_once_it_was_due() -> None:
    area = load_catalogue(REPOSITORY / "expectations").collection("outcomes").areas[0]
    period = Period(2026, 10)
    at = due(CALENDAR, period)
    missing = ReturnStatus(area, ReturnState.MISSING, None, None)
    assert awaited(CALENDAR, period, missing, at).state is ReturnState.EXPECTED
    assert awaited(CALENDAR, period, missing, at + MOMENT).state is ReturnState.MISSING
    rejected = ReturnStatus(area, ReturnState.REJECTED, None, None)
    assert awaited(CALENDAR, period, rejected, at) is rejected


def test_the_month_that_is_reported_changes_at_midnight_in_london() -> None:
    assert reported_month(datetime(2026, 6, 30, 22, 59)) == Period(2026, 5)
    assert reported_month(datetime(2026, 6, 30, 23, 0)) == Period(2026, 6)
    assert reported_month(datetime(2027, 1, 1)) == Period(2026, 12)
