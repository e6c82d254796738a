"""Which months are being collected, and when is one closed?"""

from __future__ import annotations

import logging

from assurance.deadlines import cut_off, reported_month
from assurance.errors import ReleaseError
from assurance.keys import area_key, month_key
from assurance.logs import about
from assurance.model import Period
from assurance.steps.common import CommonSteps
from assurance.warehouse import audit
from assurance.warehouse.engine import Role, lock
from assurance.warehouse.releases import releases
from assurance.warehouse.submissions import last_period, statuses

log = logging.getLogger(__name__)
CLOSED = "closed"
"""The event of the audit trail that tells that a month was closed, by which run and without whom."""


class ClosingSteps(CommonSteps):
    """Months whose returns are owed."""

    def collecting(self) -> tuple[tuple[str, Period], ...]:
        """The collections whose Areas owe a return for the last month that has ended, and to which any ever came.

        A collection begins to run by itself with its first return: one that ships with the project and that nobody uses
        is neither chased for nor closed.
        """
        period = reported_month(self.clock())
        owed = [code for code, one in sorted(self.catalogue.collections.items()) if one.areas_owing(period)]
        with self.warehouse.reading() as connection:
            return tuple((code, period) for code in owed if last_period(connection, code) is not None)

    def close_by_now(self, run: str, collection: str = "", period: str = "") -> list[str]:
        """Close every month whose cut-off has come, or one that is named; the partition keys of what is missing."""
        if bool(collection) != bool(period):
            raise ReleaseError("name a collection and a period, to close that month, or neither, to close what is due")
        if collection:
            closing = [(collection, Period.parse(period))]
        else:
            closing = [
                one for one in self.collecting() if cut_off(self.collection(one[0]).calendar, one[1]) <= self.clock()
            ]
        return [area_key(month_key(*month), area) for month in closing for area in self.close(*month, run)]

    def close(self, collection: str, period: Period, run: str) -> tuple[str, ...]:
        """Close a month, once: the Areas whose return is not in, which count as missing.

        Nobody where there is a release of it already, or another run closed it: the gate would keep what it is told twice
        for ever. The same run is told the same again, for it may have ended before the gate heard of it.
        """
        described, subject = self._reported(collection), f"{collection}/{period}"
        about(collection=collection, period=period)
        if not described.areas_owing(period):
            raise ReleaseError(f"{collection} owes no return for {period}; there is nothing to close")
        with self.warehouse.transaction(Role.MEASURE) as connection:
            lock(connection, collection)
            if releases(connection, collection, period):
                return ()
            told = audit.last_about(connection, CLOSED, subject)
            if told is not None:
                return tuple(told["missing"]) if told["run"] == run else ()
            missing = [one.area.code for one in statuses(connection, described, period) if not one.is_in]
            audit.record(connection, CLOSED, subject, {"missing": missing, "run": run}, self.clock())
        log.info("closed without %s", ", ".join(missing) or "nobody: every return is in")
        return tuple(missing)
