"""Which numbers does the engineer on duty watch? Returns by state, quarantined rows, mail that waits, days to cut-off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from assurance.catalogue import Collection
from assurance.deadlines import awaited, cut_off, reported_month
from assurance.delivery import outbox
from assurance.model import Period, ReturnState
from assurance.steps.common import CommonSteps
from assurance.warehouse.engine import Connection
from assurance.warehouse.submissions import statuses

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Gauge:
    """One number as it stands now."""

    name: str
    """Parts with points between them, a collection's first: `bcm.returns.missing`."""
    value: float
    unit: str


class GaugeSteps(CommonSteps):
    """The numbers that are watched."""

    def gauges(self) -> tuple[Gauge, ...]:
        """The numbers as they stand now: of the month that each collection collects, and of all mail."""
        now = self.clock()
        period = reported_month(now)
        with self.warehouse.reading() as connection:
            owed = [one for one in self.catalogue.collections.values() if one.areas_owing(period)]
            of_returns = [gauge for one in owed for gauge in _of_returns(connection, one, period, now)]
            return (*of_returns, *_of_mail(connection, now))


def _of_returns(connection: Connection, collection: Collection, period: Period, now: datetime) -> Iterator[Gauge]:
    found = statuses(connection, collection, period)
    returns = [awaited(collection.calendar, period, one, now) for one in found]
    counted = Counter(one.state for one in returns)
    for state in ReturnState:
        yield Gauge(f"{collection.code}.returns.{state.value}", counted[state], "returns")
    quarantined = sum(one.in_force.rows_quarantined for one in returns if one.in_force)
    yield Gauge(f"{collection.code}.rows.quarantined", quarantined, "rows")
    yield Gauge(f"{collection.code}.days_to_cut_off", (cut_off(collection.calendar, period) - now) / DAY, "days")


def _of_mail(connection: Connection, now: datetime) -> Iterator[Gauge]:
    unsent = outbox.unsent(connection)
    waiting = sum(one.needs_a_person for one in unsent)
    oldest = min((one.owed_since for one in unsent), default=now)
    yield Gauge("mail.unsent", len(unsent), "messages")
    yield Gauge("mail.needs_a_person", waiting, "messages")
    yield Gauge("mail.oldest_unsent_seconds", (now - oldest).total_seconds(), "seconds")
