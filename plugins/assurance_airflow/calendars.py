"""When DAGs start by themselves."""

from __future__ import annotations

from airflow.timetables.trigger import CronTriggerTimetable


class CronWithKeys(CronTriggerTimetable):
    """A cron schedule for a DAG whose tasks emit partition keys of their own."""

    partitioned_at_runtime = True
