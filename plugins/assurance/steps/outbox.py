"""Mail that is not sent: what is owed, and what a person has to decide about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from assurance.deadlines import Chase
from assurance.delivery import outbox
from assurance.delivery.letter import Letter
from assurance.delivery.outbox import OutboxEntry, SendReport
from assurance.errors import ReleaseError
from assurance.steps.alerting import ALERT, AlertingSteps
from assurance.steps.chasing import ChasingSteps
from assurance.steps.common import telling_no_value
from assurance.steps.receipts import RECEIPT, ReceiptSteps
from assurance.steps.signing import RELEASE, SIGN_OFF_REQUEST, SigningSteps
from assurance.warehouse.engine import Role


@dataclass(frozen=True)
class Cleared:
    """What one run over all that is owed came to."""

    report: SendReport
    held: tuple[str, ...]
    """Why letters of a release stay owed: it may not be sent as things stand."""


class OutboxSteps(SigningSteps, ChasingSteps, AlertingSteps, ReceiptSteps):
    """The outbox, as a person looks at it."""

    def unsent(self) -> tuple[OutboxEntry, ...]:
        """Every message that is not sent: those that wait for a person first, then the oldest."""
        with self.warehouse.reading(Role.MAIL) as connection:
            waiting = outbox.unsent(connection)
        return tuple(sorted(waiting, key=lambda entry: not entry.needs_a_person))

    def message(self, name: str) -> tuple[OutboxEntry, tuple[str, str] | None]:
        """The message that is not sent whose key begins so; and who had it sent again, and why, where somebody did."""
        with self.warehouse.reading(Role.MAIL) as connection:
            entry = outbox.named(connection, name)
            return entry, outbox.decision(connection, entry)

    def resolve(self, name: str, *, send_again: bool, by: str, reason: str) -> OutboxEntry:
        """Decide about a message that waits for a person, named as in `message`."""
        with self.warehouse.transaction(Role.MAIL) as connection:
            entry = outbox.named(connection, name)
            decided = {"by": by, "reason": reason}
            outbox.resolve(connection, entry.message_key, send_again=send_again, now=self.clock(), **decided)
        return entry

    def mail_owed(self) -> int:
        """How many messages are queued or to be tried again."""
        with self.warehouse.reading(Role.MAIL) as connection:
            return len(outbox.owed(connection))

    def mail_for_a_person(self) -> tuple[OutboxEntry, ...]:
        """The messages that wait for a person's decision: refused, or of unknown fate."""
        return tuple(entry for entry in self.unsent() if entry.needs_a_person)

    @telling_no_value
    def send_owed(self) -> Cleared:
        """Send all that is owed, of whatever kind. Releases go by `send`, one by one: each must be approved and unchanged."""
        with self.warehouse.reading(Role.MAIL) as connection:
            of_releases = dict.fromkeys(entry.subject_id for entry in outbox.owed(connection, kinds=(RELEASE,)))
        sent, held = 0, list[str]()
        for release_id in of_releases:
            try:
                sent += self.send(release_id).sent
            except ReleaseError as error:  # the other mail goes all the same
                held.append(str(error))
        writers = self._writers()
        sent += self._send(lambda entry: writers[entry.kind](entry), kinds=writers).sent
        return Cleared(SendReport(sent, self.unsent()), tuple(held))

    def _writers(self) -> Mapping[str, Callable[[OutboxEntry], Letter]]:
        """What writes each kind of mail that needs no approval."""
        return {
            RECEIPT: self._receipt_letters(),
            **{chase.value: self._chase_letter for chase in Chase},
            SIGN_OFF_REQUEST: self._request_letter,
            ALERT: self._alert_letter,
        }
