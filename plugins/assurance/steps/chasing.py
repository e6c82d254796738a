"""Who has not returned, and is written to for it? Reminder, chaser and escalation, each once."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from assurance.catalogue import Collection
from assurance.deadlines import Chase, chases
from assurance.delivery import outbox
from assurance.delivery.letter import Letter
from assurance.delivery.outbox import OutboxEntry, SendReport
from assurance.errors import CatalogueError, ReleaseError
from assurance.logs import about
from assurance.model import NATION, Period, ReturnStatus
from assurance.reporting.chasing import chase_letter
from assurance.steps.common import CommonSteps
from assurance.warehouse.engine import Role
from assurance.warehouse.submissions import statuses

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Chased:
    """What was wanted at this moment, and what became of it."""

    wanted: tuple[Chase, ...]
    """What the calendar wants by now."""
    owing: tuple[str, ...]
    """The Areas without a return that counts."""
    nobody: tuple[tuple[Chase, str], ...]
    """What is to be told of whom, and the register names nobody for it."""
    owed: tuple[OutboxEntry, ...]
    """The messages that this run had to send."""
    report: SendReport

    def demand_everybody_told(self) -> None:
        """Raise when somebody was not written to: because mail waits, or because the register names nobody."""
        self.report.demand_all_sent()
        if self.nobody:
            chase, area = self.nobody[0]
            raise CatalogueError(
                f"recipients.yaml names nobody for {len(self.nobody)} of the messages that are due; the first: {chase.value} "
                f"about {area}. Name somebody there, then clear this task; who was written to is not written to again"
            )


class ChasingSteps(CommonSteps):
    """Mail to those who owe a return."""

    def chase(self, collection: str, period: Period) -> Chased:
        """Write to those who owe a return of a period, as the calendar wants it by now; to nobody twice for one reason."""
        described = self.collection(collection)
        if not described.areas_owing(period):
            raise ReleaseError(f"{collection} owes no return for {period}; there is nobody to write to")
        if not any(getattr(described.calendar, chase.value) for chase in Chase):
            raise CatalogueError(
                f"{collection}: the calendar in collection.yaml has no reminder, chaser or escalation; add one"
            )
        about(collection=collection, period=period)
        wanted = chases(described.calendar, period, self.clock())
        subject_id, kinds = f"{collection}/{period}", [chase.value for chase in Chase]
        with self.warehouse.transaction(Role.MAIL) as connection:
            owing = [s.area.code for s in statuses(connection, described, period) if not s.is_in]
            told = [(chase, edition) for chase in wanted for edition in _editions(chase, owing)]
            for chase, edition in told:
                self._owe(connection, chase.value, collection, subject_id, edition)
            owed = outbox.owed(connection, subject_id, kinds)
        report = self._send(self._chase_letter, subject_id=subject_id, kinds=kinds)
        log.info("%s Areas owe a return; %s messages sent, %s not sent", len(owing), report.sent, len(report.unsent))
        return Chased(wanted, tuple(owing), self._nobody(described, told), owed, report)

    def _nobody(self, collection: Collection, told: list[tuple[Chase, str]]) -> tuple[tuple[Chase, str], ...]:
        """What reaches nobody. An escalation does if it is named for the Area or for the nation."""
        reached = {pair for pair in told if self.catalogue.recipients_of(pair[0].value, pair[1], collection.code)}
        return tuple(
            (chase, area)
            for chase, area in told
            if area != NATION and (chase, area) not in reached and (chase, NATION) not in reached
        )

    def _chase_letter(self, entry: OutboxEntry) -> Letter:
        """Written from what is in when it is sent, which may be long after it was owed."""
        code, _, month = entry.subject_id.rpartition("/")
        collection, period = self.collection(code), Period.parse(month)
        with self.warehouse.reading(Role.MAIL) as connection:
            returns: tuple[ReturnStatus, ...] = statuses(connection, collection, period)
        chase = Chase(entry.kind)
        return chase_letter(collection, period, chase, entry.edition, returns, self.clock(), self.settings.reports)


def _editions(chase: Chase, owing: list[str]) -> list[str]:
    """About whom is one written? What is escalated is told to those named for the nation as one, too."""
    return [NATION, *owing] if chase is Chase.ESCALATION and owing else owing
