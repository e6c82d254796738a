"""What Airflow tells the operators of, beside what `assurance chase` does: a release whose day is over, unanswered."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from airflow.sdk.definitions.deadline import BaseDeadlineReference

from assurance.deadlines import release_day
from assurance.model import Period
from assurance.settings import read_settings
from assurance_airflow.catalogue_now import catalogue

log = logging.getLogger(__name__)


class ReleaseDay(BaseDeadlineReference):
    """When the calendar of a release's collection wants it sent, or some hours after it was asked for if that is later."""

    required_kwargs: ClassVar[set[str]] = {"dag_id", "run_id"}

    def _evaluate_with(self, *, session: Any, dag_id: str, run_id: str) -> datetime | None:
        from airflow.models import DagRun

        try:
            (run,) = DagRun.find(dag_id=dag_id, run_id=run_id, session=session)
            collection, period, _ = (run.partition_key or "").split("|")
            day = release_day(catalogue().collection(collection).calendar, Period.parse(period))
            grace = timedelta(hours=read_settings().sign_off_grace_hours)
            return max(day.replace(tzinfo=UTC), datetime.now(UTC) + grace)
        except Exception:  # the scheduler asks while it makes the run, and a run without an alert is better than none
            log.exception("no deadline for run %s: it has no key of a release, or the catalogue cannot be read", run_id)
            return None


def sign_off_overdue(context: Mapping[str, Any]) -> None:
    """Tell the operators of a sign-off that is overdue, unless it was answered, or they were told."""
    from assurance.steps import Steps

    collection, period, _ = context["dag_run"]["partition_key"].split("|")
    Steps().raise_alarm(collection, Period.parse(period))
