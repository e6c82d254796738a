"""Which messages are owed, and what became of each? Never twice, never silently not at all.

The outbox holds keys, not messages: a row is written in the same transaction as what it announces, and the message is
written when it is sent, so no text of a report or return rests here.

| state | meaning | next |
|---|---|---|
| queued | owed, not tried yet | attempting |
| attempting | claimed by a sender, committed before the wire | sent, retry, refused, unknown; abandoned: unknown |
| retry | failed before acceptance, or a definite 4xx | attempting; after MAX_ATTEMPTS refused |
| sent | the server accepted it | final |
| refused | a definite 5xx, or given up | a person decides |
| unknown | handed over, no reply; or the sender died | a person decides; never sent again by itself |

A person decides by `resolve`, and by nothing else: the audit trail says who and why.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from assurance.delivery.letter import Letter
from assurance.delivery.messages import compose
from assurance.delivery.transport import Delivery, State, Transport
from assurance.errors import AssuranceError, DelayedError, DeliveryError
from assurance.warehouse import audit, queries
from assurance.warehouse.digests import wrote
from assurance.warehouse.engine import Connection, Role, Warehouse, lock

MAX_ATTEMPTS = 48
"""After so many the message is given up and shown as refused."""
ABANDONED_AFTER = timedelta(minutes=15)
"""Longer than one attempt can take: a message still `attempting` then has lost its sender."""
OWED = frozenset({State.QUEUED, State.RETRY})
NEEDS_A_PERSON = frozenset({State.REFUSED, State.UNKNOWN})
FINAL = NEEDS_A_PERSON | {State.SENT}
"""What stays until somebody decides, and has a line of the audit trail."""
NO_ATTEMPT = {"attempt_id": None}
"""The number of an attempt is made by chance and means nothing once it is over: no digest holds it."""
OWED_LINE, OWED_AGAIN_LINE = "owed", "owed again"
"""The events of the audit trail that say that a message is to be sent: the second, though it may have arrived before."""
SHORTEST_NAME = 8
"""So much of its key, at least, names a message: a slip of the hand means none."""
SHORT_KEY = 12
"""So much of its key is shown; any beginning of it that means one message will do."""

WhyNot = Callable[[Connection, "OutboxEntry"], str | None]
"""Why a message that is owed must not be sent after all; None: send it."""


@dataclass(frozen=True)
class OutboxEntry:
    """One message to one recipient, and where it stands."""

    message_key: str
    kind: str
    """Which kind of mail; docs/mail.md says of each what it is."""
    subject_id: str
    """The release or submission it is about."""
    edition: str
    recipient: str
    state: State
    attempts: int
    attempt_id: str | None
    changed_at: datetime
    """UTC, without a zone."""
    reply: str
    """How the last attempt ended: step and reply code only."""
    queued_at: datetime | None
    """Since when it is owed, UTC, without a zone; None where that was not kept yet."""

    @property
    def needs_a_person(self) -> bool:
        """Whether nothing happens to it until somebody decides: it was refused, or nobody knows what became of it."""
        return self.state in NEEDS_A_PERSON

    @property
    def short_key(self) -> str:
        return self.message_key[:SHORT_KEY]

    @property
    def owed_since(self) -> datetime:
        """Since when somebody waits for it, however often it was tried."""
        return self.queued_at or self.changed_at

    @property
    def name(self) -> str:
        """A name for its file: readable, and the same for the same message."""
        local_part = self.recipient.partition("@")[0]
        words = f"{self.kind}-{self.edition}-{local_part}-{self.message_key[:12]}"
        return re.sub(r"[^A-Za-z0-9._-]", "_", words).lstrip(".")

    def __str__(self) -> str:
        """What an operator reads: no address."""
        return f"{self.kind} of {self.subject_id}, {self.edition}, message {self.message_key[:8]}"


@dataclass(frozen=True)
class SendReport:
    """What did this run send, and where does all stand that is not sent (whichever run left it so)?"""

    sent: int
    unsent: tuple[OutboxEntry, ...]

    @property
    def counts(self) -> Mapping[State, int]:
        """Messages by state; of those sent, the ones sent by this run. A state that does not occur gives 0."""
        return Counter({State.SENT: self.sent}) + Counter(entry.state for entry in self.unsent)

    @property
    def needs_a_person(self) -> tuple[OutboxEntry, ...]:
        return tuple(entry for entry in self.unsent if entry.needs_a_person)

    def demand_all_sent(self) -> None:
        """Raise when something is not sent: DeliveryError when a person must decide, else DelayedError (try again)."""
        if self.needs_a_person:
            first = f"the first: {self.needs_a_person[0]}: {self.needs_a_person[0].state.value}"
            raise DeliveryError(f"{len(self.needs_a_person)} messages wait for a person's decision; {first}")
        if self.unsent:
            raise DelayedError(f"{len(self.unsent)} messages are not sent yet; the first: {self.unsent[0]}")


def message_key(kind: str, subject_id: str, edition: str, recipient: str) -> str:
    """Which message is this? The same four give the same key; the case of an address makes no difference."""
    return hashlib.sha256(json.dumps([kind, subject_id, edition, recipient.lower()]).encode()).hexdigest()


def enqueue(connection: Connection, *, kind: str, subject_id: str, edition: str, recipient: str, now: datetime) -> None:
    """Owe one message, in the transaction of what it announces. A message owed or sent already stays as it is."""
    key = message_key(kind, subject_id, edition, recipient)
    if _find(connection, key):
        return
    told = {"kind": kind, "subject_id": subject_id, "edition": edition}
    queries.execute(connection, "outbox/enqueue", message_key=key, recipient=recipient, now=now, **told)
    audit.record(connection, OWED_LINE, key, {**told}, now)


def outdate(connection: Connection, subject_id: str) -> None:
    """Have what is owed of a subject written anew, though a sender may be about to send what it wrote before."""
    queries.execute(connection, "outbox/outdate", subject_id=subject_id, attempt_id=uuid.uuid4().hex)


def unsent(
    connection: Connection, subject_id: str | None = None, kinds: Collection[str] = ()
) -> tuple[OutboxEntry, ...]:
    """Everything not sent, of one subject or all, of some kinds or all, oldest first."""
    rows = queries.rows(connection, "outbox/unsent", subject_id=subject_id)
    return tuple(_entry(row) for row in rows if not kinds or row["kind"] in kinds)


def owed(connection: Connection, subject_id: str | None = None, kinds: Collection[str] = ()) -> tuple[OutboxEntry, ...]:
    """What a sender may take now: queued, or to be tried again."""
    return tuple(entry for entry in unsent(connection, subject_id, kinds) if entry.state in OWED)


def told(connection: Connection, kind: str, subject_ids: Collection[str]) -> Mapping[str, Mapping[str, int]]:
    """Where the mail of a kind about each of these subjects stands: how many messages by state. None owed: not in it."""
    rows = queries.rows(connection, "outbox/told", kind=kind, subject_ids=list(subject_ids))
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row["subject_id"], {})[row["state"]] = row["messages"]
    return found


def named(connection: Connection, name: str) -> OutboxEntry:
    """The message that is not sent whose key begins so; DeliveryError when that is none, or more than one."""
    if len(name) < SHORTEST_NAME:
        raise DeliveryError(f"{name!r} is too short; give {SHORTEST_NAME} characters of the message's key or more")
    found = [entry for entry in unsent(connection) if entry.message_key.startswith(name.lower())]
    if not found:
        raise DeliveryError(
            f"no message that is not sent has a key that begins with {name!r}; `assurance outbox` has all"
        )
    if len(found) > 1:
        keys = ", ".join(entry.message_key for entry in found)
        raise DeliveryError(f"{name!r} can mean {len(found)} messages: {keys}; give more of the key")
    return found[0]


def resolve(connection: Connection, key: str, *, send_again: bool, by: str, reason: str, now: datetime) -> None:
    """A person decides about a refused or unknown message: to send it again (same Message-ID), or that it is settled.

    Raises DeliveryError when the message is not one that waits for a person.
    """
    lock(connection, key)
    entry = _find(connection, key)
    if entry is None or not entry.needs_a_person:
        raise DeliveryError(f"message {key[:8]} waits for nobody's decision; `assurance outbox` lists those that do")
    state, reply = (
        (State.QUEUED, "to be sent again, says a person") if send_again else (State.SENT, "settled, says a person")
    )
    queries.execute(connection, "outbox/resolve", message_key=key, state=state, reply=reply, now=now)
    resolved = _find(connection, key)
    if resolved is None or (resolved.state, resolved.reply) != (state, reply):  # its sender was late, and not dead
        raise DeliveryError(f"what became of message {key[:8]} was recorded at this moment; look at it again")
    owed_line = OWED_AGAIN_LINE if entry.state is State.UNKNOWN else OWED_LINE
    _note(connection, key, now, was=entry.state, owed_line=owed_line, decided_by=by, reason=reason)


def decision(connection: Connection, entry: OutboxEntry) -> tuple[str, str] | None:
    """Who last had a message sent again, and why; None where nobody did."""
    told = audit.last_of(connection, (OWED_LINE, OWED_AGAIN_LINE), entry.message_key)
    detail = (told and told.detail) or {}
    return (detail["decided_by"], detail["reason"]) if "decided_by" in detail else None


def send_owed(
    warehouse: Warehouse,
    transport: Transport,
    render: Callable[[OutboxEntry], Letter],
    sender: str,
    now: Callable[[], datetime],
    *,
    subject_id: str | None = None,
    kinds: Collection[str] = (),
    why_not: WhyNot = lambda _connection, _entry: None,
) -> SendReport:
    """Send what is owed, each message once, and say what is left. What must not be sent after all becomes `refused`.

    No transaction is open while a message is written or on the wire. Raises DeliveryError at once when the transport's
    set-up is at fault, and after all others were sent when a letter could not be written; both stay owed.
    """
    sent, unwritten = 0, list[tuple[OutboxEntry, Exception]]()
    try:
        entries, doubtful = _take_stock(warehouse, now(), subject_id, kinds)
        for entry in entries:
            try:
                message = _message(entry, render, sender, now(), possible_duplicate=entry.message_key in doubtful)
            except Exception as error:  # whatever is wrong with one letter, the others are sent
                unwritten.append((entry, error))
                continue
            sent += _attempt(warehouse, transport, entry, message, sender, now, why_not) is State.SENT
    finally:
        transport.close()
    if unwritten:
        raise _unwritten_error(unwritten).with_traceback(unwritten[0][1].__traceback__)
    with warehouse.reading(Role.MAIL) as connection:
        return SendReport(sent, unsent(connection, subject_id, kinds))


def _take_stock(
    warehouse: Warehouse, now: datetime, subject_id: str | None, kinds: Collection[str]
) -> tuple[tuple[OutboxEntry, ...], frozenset[str]]:
    """What is owed, once the messages of senders that died are named as unknown; and the keys of what may arrive twice."""
    before = now - ABANDONED_AFTER
    with warehouse.transaction(Role.MAIL) as connection:
        lost = queries.rows(connection, "outbox/abandoned", before=before)
        queries.execute(connection, "outbox/abandon", before=before, now=now, reply="the sender stopped in mid-attempt")
        for row in lost:
            _note(connection, row["message_key"], now)
        doubtful = queries.rows(connection, "audit/about", event=OWED_AGAIN_LINE)
        return owed(connection, subject_id, kinds), frozenset(row["subject"] for row in doubtful)


def _message(
    entry: OutboxEntry,
    render: Callable[[OutboxEntry], Letter],
    sender: str,
    date: datetime,
    *,
    possible_duplicate: bool,
) -> bytes:
    message = compose(
        render(entry),
        key=entry.message_key,
        sender=sender,
        recipient=entry.recipient,
        date=date,
        possible_duplicate=possible_duplicate,
    )
    return bytes(message)


def _attempt(
    warehouse: Warehouse,
    transport: Transport,
    entry: OutboxEntry,
    message: bytes,
    sender: str,
    now: Callable[[], datetime],
    why_not: WhyNot,
) -> State | None:
    """Claim, deliver, record; None when another sender has the message, there is more to tell since it was written, or
    it must not be sent after all.
    """
    claimed = _claim(warehouse, entry, now(), why_not)
    if claimed is None:
        return None
    try:
        delivery = transport.deliver(message, sender=sender, recipient=entry.recipient, name=entry.name)
    except DeliveryError:
        _record(warehouse, "outbox/put_back", claimed, now=now(), reply="mail is not set up rightly")
        raise
    ended = _given_up(delivery) if claimed.attempts >= MAX_ATTEMPTS else delivery
    _record(warehouse, "outbox/settle", claimed, now=now(), reply=ended.reply, state=ended.state)
    return ended.state


def _claim(warehouse: Warehouse, entry: OutboxEntry, now: datetime, why_not: WhyNot) -> OutboxEntry | None:
    attempt_id = uuid.uuid4().hex
    with warehouse.transaction(Role.MAIL) as connection:
        queries.execute(
            connection,
            "outbox/claim",
            message_key=entry.message_key,
            attempt_id=attempt_id,
            seen_attempt_id=entry.attempt_id,
            now=now,
        )
        claimed = _find(connection, entry.message_key)
        if claimed is None or claimed.attempt_id != attempt_id:
            return None
        reason = why_not(connection, claimed)
        if reason:
            reply = f"not sent: {reason}"
            _end(connection, "outbox/settle", claimed, now, reply=reply, state=State.REFUSED)
            return None
    return claimed


def _record(warehouse: Warehouse, statement: str, claimed: OutboxEntry, now: datetime, **result: object) -> None:
    with warehouse.transaction(Role.MAIL) as connection:
        _end(connection, statement, claimed, now, **result)


def _end(connection: Connection, statement: str, claimed: OutboxEntry, now: datetime, **result: object) -> None:
    """Have an attempt end so, if it is still the one that holds the message."""
    key = claimed.message_key
    before = _find(connection, key)
    queries.execute(connection, statement, message_key=key, attempt_id=claimed.attempt_id, now=now, **result)
    if before and _find(connection, key) != before:
        _note(connection, key, now, was=before.state)


def _note(
    connection: Connection,
    key: str,
    now: datetime,
    was: State | None = None,
    owed_line: str = OWED_LINE,
    **decided: str,
) -> None:
    """Enter in the audit trail what became of a message once it is final, or that one that `was` final is owed again;
    and who decided so, and why, where a person did.
    """
    (row,) = queries.rows(connection, "outbox/entry", message_key=key)
    told = {"kind": row["kind"], "subject_id": row["subject_id"], "edition": row["edition"], **decided}
    if row["state"] in FINAL:
        audit.record(connection, row["state"], key, {**told, **wrote(outbox=[row | NO_ATTEMPT])}, now)
    elif was in FINAL:
        audit.record(connection, owed_line, key, told, now)


def _given_up(delivery: Delivery) -> Delivery:
    if delivery.state is not State.RETRY:
        return delivery
    return replace(delivery, state=State.REFUSED, reply=f"given up after {MAX_ATTEMPTS} attempts; {delivery.reply}")


def _find(connection: Connection, key: str) -> OutboxEntry | None:
    return next(map(_entry, queries.rows(connection, "outbox/entry", message_key=key)), None)


def _entry(row: queries.Row) -> OutboxEntry:
    return OutboxEntry(**{**row, "state": State(row["state"])})


def _unwritten_error(unwritten: list[tuple[OutboxEntry, Exception]]) -> DeliveryError:
    """Only our own errors are quoted, and none is the cause of it, for causes are logged too: another's text may hold
    what it choked on.
    """
    entry, error = unwritten[0]
    cause = str(error) if isinstance(error, AssuranceError) else type(error).__name__
    return DeliveryError(f"{len(unwritten)} of the messages owed could not be written; the first: {entry}: {cause}")
