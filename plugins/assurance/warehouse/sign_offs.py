"""May a release be sent? Only if somebody approved exactly its content, and nobody took that back.

What was decided, by whom and why, are lines of the audit trail: the last one stands. Where there is none, the answer is no.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from assurance.errors import ReleaseError
from assurance.warehouse import audit, queries
from assurance.warehouse.digests import wrote
from assurance.warehouse.engine import Connection, lock
from assurance.warehouse.releases import Release, releases

SIGNED_OFF, REJECTED, ASKED_AGAIN = "signed off", "rejected", "asked again"
"""The events of the audit trail that tell of a sign-off."""
LAPSED, UNANSWERED = "answer lapsed", "not answered in time"
"""Those that tell of a request, and change nothing: what was said or not said to it lets nothing out."""
BY_SETTING = "setting"
"""Who approved, where ASSURANCE_SIGN_OFF stands in for a person."""


class Answer(StrEnum):
    """What was said to the question whether a release may be sent."""

    NONE = "not answered"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True)
class SignOff:
    """Where the sign-off of a release stands."""

    release_id: str
    answer: Answer
    by: str = ""
    at: datetime | None = None
    reason: str = ""
    """Why it was rejected, or asked for again; what was said when it was approved."""
    replaced_by: str = ""
    """The later release of the month; an approval that had not been given by then lapsed with it."""

    @property
    def is_open(self) -> bool:
        """Whether somebody is to answer still."""
        return self.answer is Answer.NONE and not self.replaced_by

    @property
    def may_be_sent(self) -> bool:
        return self.answer is Answer.APPROVED and not self.replaced_by


def sign_off_of(connection: Connection, of: Release) -> SignOff:
    """Where the sign-off of a release stands. ReleaseError when what says so was changed."""
    last = releases(connection, of.collection, of.period)[-1]
    replaced_by = last.release_id if last.number > of.number else ""
    line = audit.last_of(connection, (SIGNED_OFF, REJECTED, ASKED_AGAIN), of.release_id)
    if line is None:
        return SignOff(of.release_id, Answer.NONE, replaced_by=replaced_by)
    if line.detail is None or line.detail.get("content_sha256") != of.content_sha256:
        raise ReleaseError(
            f"the line of the audit trail that tells of the sign-off of release {of.release_id} is not about its content,"
            " so nothing is sent; `assurance verify` says what was changed"
        )
    answer = {SIGNED_OFF: Answer.APPROVED, REJECTED: Answer.REJECTED, ASKED_AGAIN: Answer.NONE}[line.event]
    by = line.detail.get("approved_by") or line.detail.get("by", "")
    return SignOff(of.release_id, answer, by, line.at, line.detail.get("reason", ""), replaced_by)


def approve(connection: Connection, asked_for: Release, by: str, now: datetime, reason: str = "") -> bool:
    """Enter that a release may be sent, in the caller's transaction; False when that is known already.

    ReleaseError when it was rejected and nobody asked again, or when a later release has taken its place.
    """
    known = locked(connection, asked_for)
    if known.answer is Answer.APPROVED:
        return False
    _demand_last(known)
    if known.answer is Answer.REJECTED:
        raise ReleaseError(
            f"release {known.release_id} was rejected by {known.by} (“{known.reason}”); ask for it again with "
            f"`assurance approve {known.release_id} --ask`, or build another"
        )
    approval = {"content_sha256": asked_for.content_sha256, "approved_by": by}
    said = {"reason": reason} if reason else {}
    row = {"release_id": asked_for.release_id, **approval, "signed_at": now}
    rows = [] if queries.rows(connection, "release/sign_off", release_id=asked_for.release_id) else [row]
    for new in rows:  # of an approval that is given back to a release the line alone tells
        queries.execute(connection, "release/add_sign_off", **new)
    audit.record(connection, SIGNED_OFF, asked_for.release_id, {**approval, **said, **wrote(sign_off=rows)}, now)
    return True


def reject(connection: Connection, asked_for: Release, by: str, reason: str, now: datetime) -> None:
    """Enter that a release must not be sent, or no further, in the caller's transaction."""
    known = locked(connection, asked_for)
    if known.answer is Answer.REJECTED:
        raise ReleaseError(f"release {known.release_id} was rejected already, by {known.by} (“{known.reason}”)")
    _enter(connection, REJECTED, asked_for, by, reason, now)


def ask_again(connection: Connection, asked_for: Release, by: str, reason: str, now: datetime) -> None:
    """Enter that a release that was rejected, or not answered, is asked for again, in the caller's transaction."""
    known = locked(connection, asked_for)
    _demand_last(known)
    if known.answer is Answer.APPROVED:
        raise ReleaseError(
            f"release {known.release_id} was approved by {known.by}, so nobody is asked again; `assurance send "
            f"{known.release_id}` sends it, and `assurance approve {known.release_id} --reject` takes the approval back"
        )
    _enter(connection, ASKED_AGAIN, asked_for, by, reason, now)


def asked_again_by(connection: Connection, of: Release, by: str) -> bool:
    """Whether it was they who asked for a release again last."""
    line = audit.last_of(connection, (ASKED_AGAIN,), of.release_id)
    return line is not None and line.detail is not None and line.detail.get("by") == by


def lapse(connection: Connection, asked_for: Release, told: dict[str, object], now: datetime) -> None:
    """Enter what was answered to a request that shows what stands no more, in the caller's transaction."""
    audit.record(connection, LAPSED, asked_for.release_id, told, now)


def leave_open(connection: Connection, asked_for: Release, now: datetime) -> None:
    """Enter that nobody answered while a request waited, in the caller's transaction: it is no, and nobody said so."""
    told: dict[str, object] = {"content_sha256": asked_for.content_sha256}
    audit.record(connection, UNANSWERED, asked_for.release_id, told, now)


def locked(connection: Connection, asked_for: Release) -> SignOff:
    """Where a sign-off stands, while nobody else decides and nobody builds a release in its place."""
    lock(connection, asked_for.collection)
    lock(connection, asked_for.release_id)
    return sign_off_of(connection, asked_for)


def _demand_last(known: SignOff) -> None:
    if known.replaced_by:
        raise ReleaseError(
            f"release {known.release_id} has lapsed: {known.replaced_by} was built in its place; see what it says with "
            f"`assurance approve {known.replaced_by}`"
        )


def _enter(connection: Connection, event: str, asked_for: Release, by: str, reason: str, now: datetime) -> None:
    told: dict[str, object] = {"content_sha256": asked_for.content_sha256, "by": by, "reason": reason}
    audit.record(connection, event, asked_for.release_id, told, now)
