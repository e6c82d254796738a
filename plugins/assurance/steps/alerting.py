"""Who is told when something does not go by itself? The operators, once for each thing."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from assurance.deadlines import london_day, release_day
from assurance.delivery import outbox
from assurance.delivery.letter import Letter
from assurance.delivery.outbox import OutboxEntry, SendReport
from assurance.logs import about
from assurance.model import NATION, Period, shown
from assurance.reporting.alert import AlertKind, alert_letter
from assurance.steps.common import CommonSteps
from assurance.warehouse import audit
from assurance.warehouse.engine import Connection, Role
from assurance.warehouse.releases import releases
from assurance.warehouse.sign_offs import Answer, sign_off_of
from assurance.warehouse.submissions import collection_about

log = logging.getLogger(__name__)
ALERT = "alert"
"""The event of the audit trail that says since when something has been so; and the kind of the mail about it."""
_Found = tuple[AlertKind, str, datetime, tuple[str, ...]]
"""What is so, of what, since when, and which parts of it."""


@dataclass(frozen=True)
class Alerted:
    """One thing that operators are told of, by this run or an earlier one."""

    kind: AlertKind
    subject: str
    since: datetime
    nobody: bool
    """Whether the register names nobody for it."""
    report: SendReport


def alert_id(kind: AlertKind, collection: str, subject: str) -> str:
    """What an alert is about, in the outbox and in the audit trail: the same thing is told once."""
    return f"{collection}/{kind.value}/{shown(subject)}"


class AlertingSteps(CommonSteps):
    """Mail to the operators."""

    def raise_alerts(self, collection: str, period: Period) -> tuple[Alerted, ...]:
        """Tell the operators of a sign-off of a period that is overdue, and of mail of its collection that is stuck."""
        with self.warehouse.reading(Role.MAIL) as connection:
            found = [*self._overdue(connection, collection, period), *_stuck(connection, collection)]
        nobody = not self.catalogue.recipients_of(ALERT, NATION, collection)
        return tuple(
            Alerted(kind, subject, since, nobody, self.alert(kind, collection, subject, since, parts))
            for kind, subject, since, parts in found
        )

    def _overdue(self, connection: Connection, collection: str, period: Period) -> list[_Found]:
        """The last release of a period, if its day has passed and nobody has answered whether it may be sent."""
        day = release_day(self.collection(collection).calendar, period)
        last = releases(connection, collection, period)[-1:] if day < self.clock() else ()
        unanswered = [one for one in last if sign_off_of(connection, one).answer is Answer.NONE]
        return [(AlertKind.SIGN_OFF_OVERDUE, one.release_id, day, ()) for one in unanswered]

    def run_failed(
        self, of: str, run: str, tasks: Mapping[str, int], collection: str = "", *, daily: bool = False
    ) -> int:
        """Tell the operators that a run failed and how often which of its tasks did; how many were told now.

        `of`: its DAG, with its key where it has one. `daily`: what fails in the same way again that day is not told again;
        else each run is told of once. Told are those of its collection; of a run for all collections, or for one that
        somebody mistyped, those of each, and nobody twice.
        """
        subject = f"{of}: {', '.join(sorted(tasks))}; {london_day(self.clock()) if daily else run}"
        parts = [f"{task}, {times} times" if times > 1 else task for task, times in sorted(tasks.items())]
        parts.append(f"the first such run of the day: {run}" if daily else f"the run: {run}")
        told, sent = set[str](), 0
        known = self.catalogue.collections
        for code in [collection] if collection in known else sorted(known):
            named = {one.address for one in self.catalogue.recipients_of(ALERT, NATION, code)}
            if named - told:
                sent += self.alert(AlertKind.RUN_FAILED, code, subject, self.clock(), parts).sent
            told |= named
        return sent

    def alert(
        self, kind: AlertKind, collection: str, subject: str, since: datetime, parts: Sequence[str] = ()
    ) -> SendReport:
        """Tell the operators of a collection what happened to a run, release or message, once for each kind.

        `subject` and `parts` are names and hold nothing of a return; `since` is naive UTC, and the first that was told
        stands.
        """
        subject_id = alert_id(kind, collection, subject)
        with self.warehouse.transaction(Role.MAIL) as connection:
            if audit.last_about(connection, ALERT, subject_id) is None:
                told: dict[str, object] = {"since": since.isoformat(timespec="seconds")}
                told |= {"parts": [shown(part) for part in parts]} if parts else {}
                audit.record(connection, ALERT, subject_id, told, self.clock())
            self._owe(connection, ALERT, collection, subject_id, NATION)
        about(collection=collection)
        report = self._send(self._alert_letter, subject_id=subject_id, kinds=(ALERT,))
        log.info("alert %s, %s: %s operators told now", kind.value, shown(subject), report.sent)
        return report

    def _alert_letter(self, entry: OutboxEntry) -> Letter:
        code, kind, subject = entry.subject_id.split("/", 2)
        with self.warehouse.reading(Role.MAIL) as connection:
            told = audit.last_about(connection, ALERT, entry.subject_id)
        since = datetime.fromisoformat(str(told["since"])) if told else entry.changed_at
        parts = told.get("parts", []) if told else []
        return alert_letter(self.collection(code), AlertKind(kind), subject, since, parts, self.settings.reports)


def _stuck(connection: Connection, collection: str) -> list[_Found]:
    """The messages about a collection that wait for a person: those of which operators were told, as they were told, and
    all others in one alert. An alert that cannot be sent is no reason for another.
    """
    waiting = [one for one in outbox.unsent(connection) if one.needs_a_person and one.kind != ALERT]
    since = {
        shown(str(one)): one.changed_at for one in waiting if collection_about(connection, one.subject_id) == collection
    }
    begins, told = alert_id(AlertKind.MAIL_STUCK, collection, ""), audit.last_of_each(connection, ALERT)
    parts = {
        alert.removeprefix(begins): one.get("parts", []) for alert, one in told.items() if alert.startswith(begins)
    }
    still = {subject: tuple(part for part in of if part in since) for subject, of in parts.items()}
    known = {part for of in still.values() for part in of}
    new = tuple(part for part in since if part not in known)
    alerts = {**still, **({new[0]: new} if new else {})}
    return [
        (AlertKind.MAIL_STUCK, subject, min(since[part] for part in of), of) for subject, of in alerts.items() if of
    ]
