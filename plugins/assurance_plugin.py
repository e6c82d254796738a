"""The one module of the project that Airflow loads by itself: it names what `assurance_airflow` teaches it."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from assurance_airflow.alerts import ReleaseDay
from assurance_airflow.calendars import CalendarDays, CronWithKeys
from assurance_airflow.gate import AreasOwing, AreaToMonth
from assurance_airflow.views import APPS, EXTERNAL_VIEWS


class AssurancePlugin(AirflowPlugin):
    name = "assurance"
    partition_mappers = [AreaToMonth]
    windows = [AreasOwing]
    timetables = [CalendarDays, CronWithKeys]
    deadline_references = [ReleaseDay]
    fastapi_apps = APPS
    external_views = EXTERNAL_VIEWS
