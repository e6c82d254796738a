"""Which releases are there?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from assurance.measures.words.plain import many, moment, share
from assurance.measures.words.releases import sign_off
from assurance.model import Period, ReturnState

INDEX_STATES: Mapping[ReturnState, tuple[str, str, str]] = {
    ReturnState.ACCEPTED: ("in", "met", "accepted"),
    ReturnState.ACCEPTED_WITH_QUERIES: ("asked", "too_close", "accepted with queries"),
    ReturnState.NIL: ("nil", "usual", "a nil return"),
    ReturnState.REJECTED: ("rejected", "worsening", "rejected, and nothing else is in"),
    ReturnState.LEFT_OUT: ("left out", "low", "in, and left out of the release by decision"),
    ReturnState.MISSING: ("missing", "not_met", "not in when it was due"),
    ReturnState.EXPECTED: ("due", "too_few", "not yet in, and not yet due"),
}
"""What had become of a return: the word of a narrow table, its shape, and what it means."""

LATE_MEANS = "in after the deadline"

NOTHING_RELEASED = "Nothing has been released"


def last_month(period: Period, inside: int | None, owed: int | None, left_out: int = 0) -> str:
    """What is the newest release about? `October 2026 is the last month released; 12 of 13 returns are in`."""
    known = "" if inside is None or owed is None else f"; {_returns_in(inside, owed, left_out)}"
    return f"{period.title} is the last month released{known}"


def release_heading(
    release: int, headline: tuple[int, int] | None, inside: int | None, owed: int | None, left_out: int = 0
) -> str:
    """What does a release come to? `Release 2: 92.7 %, and 12 of 13 returns are in`."""
    rate = share(headline) if headline else ""
    known = "" if inside is None or owed is None else _returns_in(inside, owed, left_out)
    said = ", and ".join(filter(None, (rate, known)))
    return f"Release {release}{': ' if said else ''}{said}"


def _returns_in(inside: int, owed: int, left_out: int) -> str:
    said = f"{inside} of {many(owed, 'return', 'returns')} {'is' if inside == 1 else 'are'} in"
    return f"{said}, {left_out} of them left out" if left_out else said


def moved_in_short(moved: int, at_once: int) -> str:
    """What is another than in the release before? `14 figures, 3 of them by enough to call for this release`."""
    start = many(moved, "figure", "figures") if moved else "No figure"
    return f"{start}, {at_once} of them by enough to call for this release" if at_once else start


def signed(at: datetime | None, approved_by: str, *, rejected: bool = False) -> str:
    """Was a release signed off, when and by whom? The time is UTC without a zone."""
    if at is None:
        return "Rejected: not to be sent" if rejected else "Not signed off"
    return f"{sign_off(True) if approved_by == 'setting' else f'Signed off by {approved_by}'}, on {moment(at)}"
