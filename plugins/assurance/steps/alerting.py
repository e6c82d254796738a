"""Who is told when something does not go by itself? The operators, once for each thing."""

from __future__ import annotations

from datetime import datetime

from assurance.delivery.letter import Letter
from assurance.delivery.outbox import OutboxEntry, SendReport
from assurance.model import NATION, shown
from assurance.reporting.alert import AlertKind, alert_letter
from assurance.steps.common import CommonSteps
from assurance.warehouse import audit

ALERT = "alert"
"""The event of the audit trail that says since when something has been so; and the kind of the mail about it."""


class AlertingSteps(CommonSteps):
    """Mail to the operators."""

    def alert(self, kind: AlertKind, collection: str, subject: str, since: datetime) -> SendReport:
        """Tell the operators of a collection what happened to a task, month or release, once for each kind.

        `subject` is a name and holds nothing of a return; `since` is naive UTC, and the first that was told stands.
        """
        subject_id = f"{collection}/{kind.value}/{shown(subject)}"
        with self.warehouse.transaction() as connection:
            if audit.last_about(connection, ALERT, subject_id) is None:
                told: dict[str, object] = {"since": since.isoformat(timespec="seconds")}
                audit.record(connection, ALERT, subject_id, told, self.clock())
            self._owe(connection, ALERT, collection, subject_id, NATION)
        return self._send(self._alert_letter, subject_id=subject_id, kinds=(ALERT,))

    def _alert_letter(self, entry: OutboxEntry) -> Letter:
        code, kind, subject = entry.subject_id.split("/", 2)
        with self.warehouse.reading() as connection:
            told = audit.last_about(connection, ALERT, entry.subject_id)
        since = datetime.fromisoformat(str(told["since"])) if told else entry.changed_at
        return alert_letter(self.collection(code), AlertKind(kind), subject, since, self.settings.reports)
