"""What tests of the outbox owe, and what must hold whatever happens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from smtp_sink import Sink

from assurance.delivery.letter import Letter
from assurance.delivery.outbox import OutboxEntry, SendReport, enqueue, message_key, send_owed, unsent
from assurance.delivery.transport import State, Transport
from assurance.warehouse.engine import Warehouse
from assurance.warehouse.migrations import migrate
from assurance.warehouse.queries import SQL

NOW = datetime(2026, 11, 3, 9, 0)
RELEASE = "bcm/2026-10/1"
SENDER = "assurance@example.org"
RECIPIENTS = ("area.a@example.org", "area.b@example.org")


def letter(entry: OutboxEntry) -> Letter:
    return Letter("Better Case Management, October 2026", f"For {entry.recipient}.\n.\nThe end.", "<p>Figures</p>")


@dataclass(frozen=True)
class Outbox:
    """A warehouse that owes the release to two recipients."""

    warehouse: Warehouse

    @classmethod
    def at(cls, place: Path) -> Outbox:
        return cls(Warehouse(f"duckdb:///{place / 'warehouse.duckdb'}"))

    @classmethod
    def owing(cls, place: Path, recipients: tuple[str, ...] = RECIPIENTS) -> Outbox:
        box = cls.at(place)
        migrate(box.warehouse, SQL / "migrations", NOW)
        box.owe(*recipients)
        return box

    def owe(self, *recipients: str, subject_id: str = RELEASE) -> None:
        with self.warehouse.transaction() as connection:
            for recipient in recipients:
                told = {"kind": "release", "subject_id": subject_id, "edition": "national", "recipient": recipient}
                enqueue(connection, now=NOW, **told)

    def send(
        self,
        transport: Transport,
        at: datetime = NOW,
        render: Callable[[OutboxEntry], Letter] = letter,
        subject_id: str | None = None,
    ) -> SendReport:
        return send_owed(self.warehouse, transport, render, SENDER, lambda: at, subject_id=subject_id)

    def unsent(self, subject_id: str | None = None) -> dict[str, OutboxEntry]:
        with self.warehouse.reading() as connection:
            return {entry.recipient: entry for entry in unsent(connection, subject_id)}

    def state(self, recipient: str, subject_id: str | None = None) -> State:
        entry = self.unsent(subject_id).get(recipient)
        return entry.state if entry else State.SENT


def key_of(recipient: str, subject_id: str = RELEASE) -> str:
    return message_key("release", subject_id, "national", recipient)


def copies(sink: Sink) -> Counter[str]:
    return Counter(stored.recipient for stored in sink.stored)


def assert_none_twice_misdirected_or_lost(
    sink: Sink, not_sent: dict[str, OutboxEntry], recipients: tuple[str, ...] = RECIPIENTS, subject_id: str = RELEASE
) -> None:
    """What the server holds, against what the outbox says: once everything was sent that can be."""
    held = Counter[str]()
    for stored in sink.stored:
        if stored.key == key_of(stored.recipient, subject_id):
            held[stored.recipient] += 1
        assert stored.message["To"] == stored.recipient, "to the wrong recipient"
        assert stored.recipient in stored.message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    for recipient in recipients:
        state = not_sent[recipient].state if recipient in not_sent else State.SENT
        allowed = {State.SENT: {1}, State.REFUSED: {0}, State.UNKNOWN: {0, 1}}
        assert held[recipient] in allowed.get(state, set()), f"{recipient}: {held[recipient]} copies, and is {state}"
