"""When DAGs start by themselves: by the clock, and at the days of the collections' calendars."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk.timezone import coerce_datetime, utcnow
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable
from airflow.timetables.trigger import CronTriggerTimetable
from pendulum import DateTime

from assurance.catalogue import Calendar
from assurance.deadlines import last_moment, next_moment
from assurance.errors import AssuranceError
from assurance_airflow.catalogue_now import catalogue

JUST_NOW = timedelta(minutes=5)
"""A moment is not yet past for so long: Airflow may ask anew between it and the start of its run."""
LONGEST_DESCRIPTION = 1000
"""So many characters of a description Airflow keeps."""


class CronWithKeys(CronTriggerTimetable):
    """A cron schedule for a DAG whose tasks emit partition keys of their own."""

    partitioned_at_runtime = True


class CalendarDays(Timetable):
    """Starts a run whenever a collection's calendar has one of these days; the run sees to every collection.

    The calendars are read when the scheduler asks, so one that is edited counts at once; nothing of them is stored. The
    first run of all is the next such moment, never one that has passed: who switches the project on writes to nobody
    about days gone by. After that a moment that was missed, because no scheduler ran, is caught up once.
    """

    partitioned_at_runtime = True

    def __init__(self, *days: str) -> None:
        self.days = days

    def serialize(self) -> dict[str, Any]:
        return {"days": list(self.days)}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> CalendarDays:
        return cls(*data["days"])

    @property
    def summary(self) -> str:
        """What the UI shows as the schedule."""
        return f"calendar: {', '.join(day.replace('_', '-') for day in self.days)}"

    @property
    def description(self) -> str:  # type: ignore[override]  # a class attribute of Airflow's, which may be read only
        """What the UI shows beside it: the working days of each collection, as they stood when the DAG was parsed."""
        try:
            of_each = [f"{code}: {self._days_of(calendar)}" for code, calendar in sorted(_calendars().items())]
        except (AssuranceError, OSError) as error:  # the DAG is there all the same, and says why it does not start
            return str(error)[:LONGEST_DESCRIPTION]
        told = f"Working days of England and Wales, London time. {'; '.join(of_each)}"
        return told if len(told) <= LONGEST_DESCRIPTION else f"{told[: LONGEST_DESCRIPTION - 1]}…"

    def infer_manual_data_interval(self, *, run_after: DateTime) -> DataInterval:
        return DataInterval.exact(run_after)

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        calendars = list(_calendars().values())
        now = _naive(utcnow())
        if last_automated_data_interval is None:
            just_now = now - JUST_NOW
            begun = max(just_now, _naive(restriction.earliest)) if restriction.earliest else just_now
            found = next_moment(calendars, self.days, begun)
        else:
            before = _naive(last_automated_data_interval.end)
            missed = last_moment(calendars, self.days, now)
            found = missed if missed and missed > before else next_moment(calendars, self.days, max(before, now))
        if found is None or (restriction.latest and found > _naive(restriction.latest)):
            return None
        return DagRunInfo.exact(coerce_datetime(found.replace(tzinfo=UTC)))

    def _days_of(self, calendar: Calendar) -> str:
        found = ((name, getattr(calendar, name)) for name in self.days)
        return (
            ", ".join(f"{name.replace('_', '-')} {day.working_day} at {day.at}" for name, day in found if day) or "none"
        )


def _calendars() -> dict[str, Calendar]:
    """The calendar of each collection that Areas owe returns to."""
    return {code: one.calendar for code, one in catalogue().reported.items()}


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
