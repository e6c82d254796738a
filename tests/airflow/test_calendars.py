"""Runs start at the days of the collections' calendars, in London time, each once, whoever slept meanwhile."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from tests.airflow.conftest import REPOSITORY

NO_LIMIT = (None, None, False)
CLOSES = [
    # from when on, the next cut-off (working day 9, noon in London, as UTC), why it is worth a line
    ("2026-10-20T00:00", "2026-11-12T12:00", "winter time, a month that begins on a Sunday"),
    ("2026-11-12T12:05", "2026-12-11T12:00", "the moment itself has been"),
    ("2026-12-11T12:05", "2027-01-14T12:00", "over the year's end, New Year's Day on a Friday"),
    ("2021-12-20T00:00", "2022-01-14T12:00", "New Year's Day on a Saturday: the Monday after is a bank holiday"),
    ("2027-03-12T00:00", "2027-04-13T11:00", "Easter in the month, and the clocks went forward on 28 March"),
    ("2026-09-12T00:00", "2026-10-13T11:00", "still summer time; the clocks go back on the 25th"),
    ("2028-02-01T00:00", "2028-02-11T12:00", "the February of a leap year"),
    ("2022-05-14T00:00", "2022-06-15T11:00", "two bank holidays for the jubilee, one of them moved"),
]


def info(timetable: Any, last: datetime | None = None) -> datetime | None:
    """When the scheduler would run it next, as naive UTC."""
    from airflow.timetables.base import DataInterval, TimeRestriction
    from pendulum import instance

    done = DataInterval.exact(instance(last.replace(tzinfo=UTC))) if last else None
    found = timetable.next_dagrun_info(last_automated_data_interval=done, restriction=TimeRestriction(*NO_LIMIT))
    return found.run_after.astimezone(UTC).replace(tzinfo=None) if found else None


@pytest.mark.parametrize(("now", "expected", "why"), CLOSES, ids=[line[2] for line in CLOSES])
def test_the_next_cut_off_is_a_working_day_at_noon_in_london(airflow: None, now: str, expected: str, why: str) -> None:
    from assurance_airflow.calendars import CalendarDays

    with time_machine.travel(datetime.fromisoformat(now).replace(tzinfo=UTC), tick=False):
        assert info(CalendarDays("cut_off")) == datetime.fromisoformat(expected)


def test_three_years_of_runs_are_each_day_of_the_calendar_once(airflow: None) -> None:
    """Held against a count of days, one by one."""
    from assurance.deadlines import from_london, is_working_day, london_day
    from assurance_airflow.calendars import CalendarDays

    timetable, moment, end = (
        CalendarDays("reminder", "chaser", "escalation"),
        datetime(2026, 1, 1),
        datetime(2029, 1, 1),
    )
    found: list[datetime] = []
    while moment < end:
        with time_machine.travel(moment.replace(tzinfo=UTC), tick=False):
            following = info(timetable, found[-1] if found else None)
        assert following is not None
        assert following > moment, "no run twice for one moment"
        found.append(following)
        moment = following
    day, counted, expected = datetime(2026, 1, 1), 0, []
    while day < end + timedelta(days=40):
        counted = 0 if day.day == 1 else counted
        if is_working_day(day.date()):
            counted += 1
            if counted in (3, 6, 8):
                expected.append(from_london(day.date(), datetime(1, 1, 1, 9).time()))
        day += timedelta(days=1)
    assert found == expected[: len(found)]
    assert {london_day(one).weekday() for one in found} <= {0, 1, 2, 3, 4}


def test_the_first_run_of_all_is_never_one_that_has_passed(airflow: None) -> None:
    from assurance_airflow.calendars import CalendarDays

    with time_machine.travel(datetime(2026, 11, 12, 12, 5, tzinfo=UTC), tick=False):
        assert info(CalendarDays("cut_off")) == datetime(2026, 12, 11, 12)
    with time_machine.travel(datetime(2026, 11, 12, 12, 4, tzinfo=UTC), tick=False):
        assert info(CalendarDays("cut_off")) == datetime(2026, 11, 12, 12), (
            "it is only just over, and may not have begun"
        )


def test_what_was_missed_is_caught_up_once_and_only_the_last_of_it(airflow: None) -> None:
    from assurance_airflow.calendars import CalendarDays

    last = datetime(2026, 8, 13, 11)
    with time_machine.travel(datetime(2026, 11, 20, tzinfo=UTC), tick=False):
        assert info(CalendarDays("cut_off"), last) == datetime(2026, 11, 12, 12)
        assert info(CalendarDays("cut_off"), datetime(2026, 11, 12, 12)) == datetime(2026, 12, 11, 12)


def test_the_calendar_is_each_collections_own_and_counts_as_soon_as_it_is_edited(
    airflow: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assurance_airflow.calendars import CalendarDays

    expectations = Path(shutil.copytree(REPOSITORY / "expectations", tmp_path / "expectations"))
    monkeypatch.setenv("ASSURANCE_EXPECTATIONS", str(expectations))
    timetable = CalendarDays("cut_off")
    with time_machine.travel(datetime(2026, 11, 1, tzinfo=UTC), tick=False):
        assert info(timetable) == datetime(2026, 11, 12, 12)
    described = expectations / "outcomes" / "collection.yaml"
    described.write_text(
        described.read_text().replace(
            'cut_off: {working_day: 9, at: "12:00"}', 'cut_off: {working_day: 7, at: "16:30"}'
        )
    )
    with time_machine.travel(datetime(2026, 11, 1, tzinfo=UTC), tick=False):
        assert info(timetable) == datetime(2026, 11, 10, 16, 30)
    with time_machine.travel(datetime(2026, 11, 11, tzinfo=UTC), tick=False):
        assert info(timetable, datetime(2026, 11, 10, 16, 30)) == datetime(2026, 11, 12, 12), "of the other one"
    assert timetable.summary == "calendar: cut-off"
    assert "bcm: cut-off 9 at 12:00; outcomes: cut-off 7 at 16:30" in timetable.description
    assert "bcm_readings" not in timetable.description, "nobody owes second readings"


def test_a_calendar_that_is_put_back_with_its_old_time_counts_again(
    airflow: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assurance_airflow.calendars import CalendarDays

    expectations = Path(shutil.copytree(REPOSITORY / "expectations", tmp_path / "expectations"))
    monkeypatch.setenv("ASSURANCE_EXPECTATIONS", str(expectations))
    described = expectations / "outcomes" / "collection.yaml"
    shutil.copy2(described, tmp_path / "copy")
    as_it_was = CalendarDays("cut_off").description
    described.write_text(described.read_text().replace("cut_off: {working_day: 9,", "cut_off: {working_day: 3,"))
    (expectations / "areas.csv").touch()
    assert CalendarDays("cut_off").description != as_it_was
    (tmp_path / "copy").replace(described)
    assert CalendarDays("cut_off").description == as_it_was


def test_nothing_of_a_calendar_is_stored(airflow: None) -> None:
    from assurance_airflow.calendars import CalendarDays

    timetable = CalendarDays("reminder", "chaser")
    stored = timetable.serialize()
    assert stored == {"days": ["reminder", "chaser"]}
    assert CalendarDays.deserialize(stored).days == timetable.days


def test_a_calendar_that_cannot_be_read_is_told_where_the_schedule_is_shown(
    airflow: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assurance_airflow.calendars import CalendarDays

    expectations = Path(shutil.copytree(REPOSITORY / "expectations", tmp_path / "expectations"))
    monkeypatch.setenv("ASSURANCE_EXPECTATIONS", str(expectations))
    described = expectations / "outcomes" / "collection.yaml"
    described.write_text(described.read_text().replace("cut_off: {working_day: 9,", "cut_off: {working_day: 3,"))
    assert "must come one after another" in CalendarDays("cut_off").description


def test_a_long_description_is_cut_to_what_is_kept(airflow: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from assurance_airflow import calendars

    monkeypatch.setattr(calendars, "LONGEST_DESCRIPTION", 60)
    assert len(calendars.CalendarDays("cut_off").description) == 60
