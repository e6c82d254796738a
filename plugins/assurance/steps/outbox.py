"""Mail that is not sent: what is owed, and what a person has to decide about."""

from __future__ import annotations

from assurance.delivery import outbox
from assurance.delivery.outbox import OutboxEntry
from assurance.steps.common import CommonSteps


class OutboxSteps(CommonSteps):
    """The outbox, as a person looks at it."""

    def unsent(self) -> tuple[OutboxEntry, ...]:
        """Every message that is not sent: those that wait for a person first, then the oldest."""
        with self.warehouse.reading() as connection:
            waiting = outbox.unsent(connection)
        return tuple(sorted(waiting, key=lambda entry: entry.state not in outbox.NEEDS_A_PERSON))

    def message(self, name: str) -> tuple[OutboxEntry, tuple[str, str] | None]:
        """The message that is not sent whose key begins so; and who had it sent again, and why, where somebody did."""
        with self.warehouse.reading() as connection:
            entry = outbox.named(connection, name)
            return entry, outbox.decision(connection, entry)

    def resolve(self, name: str, *, send_again: bool, by: str, reason: str) -> OutboxEntry:
        """Decide about a message that waits for a person, named as in `message`."""
        with self.warehouse.transaction() as connection:
            entry = outbox.named(connection, name)
            decided = {"by": by, "reason": reason}
            outbox.resolve(connection, entry.message_key, send_again=send_again, now=self.clock(), **decided)
        return entry

    def mail_owed(self) -> int:
        """How many messages are queued or to be tried again."""
        with self.warehouse.reading() as connection:
            return len(outbox.owed(connection))

    def mail_for_a_person(self) -> tuple[OutboxEntry, ...]:
        """The messages that wait for a person's decision: refused, or of unknown fate."""
        with self.warehouse.reading() as connection:
            return tuple(entry for entry in outbox.unsent(connection) if entry.state in outbox.NEEDS_A_PERSON)
