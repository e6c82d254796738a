"""Which months should have been measured by now, and were not? The gate hears of each return once, and may miss it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from assurance.catalogue import Collection
from assurance.deadlines import cut_off, reported_month
from assurance.delivery.outbox import SendReport
from assurance.keys import month_key, period_of
from assurance.measures.figures import LONGEST_WINDOW
from assurance.model import Period
from assurance.reporting.alert import AlertKind
from assurance.steps.alerting import ALERT, AlertingSteps, alert_id
from assurance.steps.restating import EARLIEST, LATEST, RestatingSteps
from assurance.warehouse import audit
from assurance.warehouse.engine import Connection
from assurance.warehouse.releases import outdated, releases
from assurance.warehouse.submissions import statuses

GRACE = timedelta(hours=1)
"""So long the gate has time: what is measured later than this was missed."""
LONG_AGO = datetime(1970, 1, 1)
_KIND = AlertKind.GATE_DID_NOT_FIRE


@dataclass(frozen=True)
class Missed:
    """A month that should have been measured, for the first time or again, and was not."""

    collection: str
    period: Period
    since: datetime
    """From when on it could have been."""
    release: int
    """The number of its last release; 0 where there is none."""

    @property
    def month(self) -> str:
        """The partition key of the month."""
        return month_key(self.collection, self.period)

    @property
    def subject(self) -> str:
        """How operators are told of it."""
        return f"{self.period} after release {self.release}" if self.release else str(self.period)


class WatchingSteps(RestatingSteps, AlertingSteps):
    """Months that the gate missed."""

    def missed_months(self) -> tuple[Missed, ...]:
        """The months that should have been measured by now and were not, by collection and month.

        The month that is being reported, an hour after its last Area came or it was closed; and every released one, an
        hour after a return came that moves its figures by so much that readers must hear of it at once.
        """
        return tuple(one for described in self.catalogue.reported.values() for one in self._missed_of(described))

    def months_to_measure(self) -> tuple[Missed, ...]:
        """The missed months that operators were not told of yet: what did not help once is not tried again by itself."""
        missed = self.missed_months()
        if not missed:
            return ()
        with self.warehouse.reading() as connection:
            told = audit.last_of_each(connection, ALERT)
        return tuple(one for one in missed if alert_id(_KIND, one.collection, one.subject) not in told)

    def tell_of_missed(self, collection: str, subject: str, since: datetime) -> SendReport:
        """Tell the operators of a month that was missed, once."""
        return self.alert(_KIND, collection, subject, since)

    def _missed_of(self, described: Collection) -> Iterator[Missed]:
        by_now = self.clock() - GRACE
        with self.warehouse.reading() as connection:
            period = reported_month(self.clock())
            since = self._ready_since(connection, described, period)
            outdated_since = _outdated_since(connection, described.code)
        if since and since <= by_now:
            yield Missed(described.code, period, since, 0)
        months = {period for period, since in outdated_since.items() if since <= by_now}
        for found in self.restatements(described.code, months):
            if found.at_once:
                of = found.release
                yield Missed(described.code, of.period, outdated_since[of.period], of.number)

    def _ready_since(self, connection: Connection, described: Collection, period: Period) -> datetime | None:
        """From when on a month without a release could be measured; None where it cannot be yet, or was."""
        if not described.areas_owing(period) or releases(connection, described.code, period):
            return None
        returns = statuses(connection, described, period)
        came = {one.area.code: _loaded(connection, one.in_force.submission_id) for one in returns if one.in_force}
        return ready_since(came, len(returns), cut_off(described.calendar, period))


def ready_since(came: Mapping[str, datetime], owed: int, closed: datetime) -> datetime | None:
    """From when on a month can be measured: its last Area is in, or it is closed; None where nobody returned at all.

    `came`: when each Area's return was loaded. A month whose first return comes after its cut-off is not closed by itself,
    so what comes next is waited for.
    """
    if not came:
        return None
    closed = max(closed, min(came.values()))
    return min(closed, max(came.values())) if len(came) == owed else closed


def _outdated_since(connection: Connection, collection: str) -> Mapping[Period, datetime]:
    """The released months that rest on other returns now, and when the last of these came."""
    found: dict[Period, datetime] = {}
    for one in outdated(connection, collection, EARLIEST, LATEST, LONGEST_WINDOW):
        period = period_of(one.release_id)
        found[period] = max(found.get(period, LONG_AGO), _loaded(connection, one.submission_id))
    return found


def _loaded(connection: Connection, submission_id: str | None) -> datetime:
    """When a submission was loaded, by the audit trail; long ago, where it tells of none."""
    told = audit.last_of(connection, ("received",), submission_id) if submission_id else None
    return told.at if told else LONG_AGO
