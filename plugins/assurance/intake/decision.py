"""What becomes of a submission, given everything that was found? Pure."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from assurance.model import Outcome, Severity

MOST_QUARANTINED = 2
"""So many rows may always be quarantined…"""
MOST_QUARANTINED_PERCENT = 5
"""…and more as long as they are no larger part of the file than this."""


@dataclass(frozen=True)
class Decision:
    """The outcome and where every row went: accepted + quarantined + rejected = rows in the file."""

    outcome: Outcome
    accepted: int
    quarantined: int
    rejected: int


def too_many_quarantined(quarantined: int, rows_in: int) -> bool:
    """Whether so many rows are held back that the whole file is in doubt: above 5 %, and 3 or more."""
    return quarantined > MOST_QUARANTINED and quarantined * 100 > MOST_QUARANTINED_PERCENT * rows_in


def decide(severities: AbstractSet[Severity], quarantined: int, rows_in: int, *, nil: bool = False) -> Decision:
    """A `file` finding rejects the whole, `row` findings quarantine their rows, a `query` asks, a `note` tells."""
    if Severity.FILE in severities:
        return Decision(Outcome.REJECTED, 0, 0, rows_in)
    if nil:
        return Decision(Outcome.NIL, rows_in - quarantined, quarantined, 0)
    outcome = Outcome.ACCEPTED_WITH_QUERIES if Severity.QUERY in severities else Outcome.ACCEPTED
    return Decision(outcome, rows_in - quarantined, quarantined, 0)
