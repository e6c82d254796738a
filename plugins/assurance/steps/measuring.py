"""When is a month measured, and who hears of it? What the gate cannot know: runs by hand, months past, months missed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from assurance.catalogue import Collection
from assurance.deadlines import cut_off, reported_month
from assurance.delivery.outbox import SendReport
from assurance.errors import ReleaseError
from assurance.keys import month_key, period_of
from assurance.measures.figures import LONGEST_WINDOW
from assurance.model import Period
from assurance.reporting.alert import AlertKind
from assurance.steps.alerting import ALERT, AlertingSteps, alert_id
from assurance.steps.month import EARLIEST, LATEST, MonthSteps
from assurance.warehouse import audit
from assurance.warehouse.engine import Connection, Role
from assurance.warehouse.releases import outdated, releases
from assurance.warehouse.submissions import statuses

GRACE = timedelta(hours=1)
"""So long the gate has time: what is measured later than this was missed."""
LONG_AGO = datetime(1970, 1, 1)
ANNOUNCED = "announced"
"""The event of the audit trail by which a release was handed on, to be signed off and sent."""
_KIND = AlertKind.GATE_DID_NOT_FIRE


@dataclass(frozen=True)
class Measured:
    """A month that was measured."""

    release_id: str
    silent: str
    """Why approvers and readers are not to hear of it from this run; empty: they are."""


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


class MeasuringSteps(MonthSteps, AlertingSteps):
    """Months that are measured otherwise than by the gate."""

    def measure(self, collection: str, period: Period, *, by: str, by_hand: bool, mail: bool) -> Measured:
        """Build the next release of a period, and say whether it is announced; nobody is asked about one that is not.

        If `mail` was asked for, it is. Else each release is once, by the run (`by`) that first finds it, however often
        that one is tried again; but never that of a past month: one that somebody started, or that is older than
        ASSURANCE_ANNOUNCED_FROM.
        """
        silent = "" if mail else self._past(period, by_hand=by_hand)
        release_id = self.build(collection, period, asks=not silent)
        if silent:
            return Measured(release_id, silent)
        before = self.announce(release_id, by)
        return Measured(release_id, "" if mail or not before else f"it was announced before ({before})")

    def _past(self, period: Period, *, by_hand: bool) -> str:
        """Why a month counts as past, of which nobody is to hear by itself; empty where it does not."""
        first = self.settings.announced_from
        if by_hand:
            return "it is of a past month and was built by hand" if period < reported_month(self.clock()) else ""
        return f"its month is before {first} (ASSURANCE_ANNOUNCED_FROM)" if first and str(period) < first else ""

    def announce(self, release_id: str, by: str) -> str:
        """Note that a run announces a release, unless another did; that other one."""
        with self.warehouse.transaction(Role.MEASURE) as connection:
            told = audit.last_about(connection, ANNOUNCED, release_id) or {}
            if not told:
                audit.record(connection, ANNOUNCED, release_id, {"by": by}, self.clock())
        other = str(told.get("by", by))
        return other if other != by else ""

    def months_to_rebuild(self, collection: str, first: Period, last: Period) -> tuple[Period, ...]:
        """The months from one to another of which there is something to report, in order.

        ReleaseError where the gate of one of them still waits: its release would be made without the Areas to come.
        """
        described = self._with_figures(collection)
        if first > last:
            raise ReleaseError(f"{first} comes after {last}; name the earlier month first")
        owed = [period for period in first.until(last) if described.areas_owing(period)]
        with self.warehouse.reading() as connection:
            found = [period for period in owed if self._is_to_be_rebuilt(connection, described, period)]
        if not found:
            raise ReleaseError(f"no return of {collection} counts for any month from {first} to {last}")
        return tuple(found)

    def _is_to_be_rebuilt(self, connection: Connection, described: Collection, period: Period) -> bool:
        """Whether there is a return or a release of a month."""
        returns = statuses(connection, described, period)
        missing = [status.area.code for status in returns if status.in_force is None]
        released = bool(releases(connection, described.code, period))
        if missing and not released and self.clock() <= (closes := cut_off(described.calendar, period)):
            raise ReleaseError(
                f"{described.code} {period} still waits for {', '.join(missing)} until {closes:%Y-%m-%d %H:%M} UTC, and is "
                "then measured by itself; name months before it, or build this one by `assurance build`"
            )
        return released or len(missing) < len(returns)

    def missed_months(self) -> tuple[Missed, ...]:
        """The months that should have been measured by now and were not, by collection and month.

        The month that is being reported, an hour after its last Area came or it was closed; and every released one, an
        hour after a return came that moves its figures by so much that readers must hear of it at once.
        """
        reported = [one for one in self.catalogue.collections.values() if one.read is None]
        return tuple(one for described in reported for one in self._missed_of(described))

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
