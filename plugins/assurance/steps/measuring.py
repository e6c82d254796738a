"""Who hears of a month that was measured, and which months past are measured again?"""

from __future__ import annotations

from dataclasses import dataclass

from assurance.catalogue import Collection
from assurance.deadlines import cut_off, reported_month
from assurance.errors import ReleaseError
from assurance.model import Period
from assurance.steps.building import BuildingSteps
from assurance.warehouse import audit
from assurance.warehouse.engine import Connection, Role
from assurance.warehouse.releases import releases
from assurance.warehouse.submissions import statuses

ANNOUNCED = "announced"
"""The event of the audit trail by which a release was handed on, to be signed off and sent."""


@dataclass(frozen=True)
class Measured:
    """A month that was measured."""

    release_id: str
    silent: str
    """Why approvers and readers are not to hear of it from this run; empty: they are."""


class MeasuringSteps(BuildingSteps):
    """Months that are measured, by the gate or by hand."""

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
        described = self._reported(collection)
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
