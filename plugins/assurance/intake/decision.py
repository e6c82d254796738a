"""What becomes of a submission, given everything that was found? Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assurance.model import Finding, Outcome, Severity


@dataclass(frozen=True)
class Decision:
    """The outcome and where every row went: accepted + quarantined + rejected = rows in the file."""

    outcome: Outcome
    accepted: int
    quarantined_rows: frozenset[int]
    rejected: int


def decide(findings: Sequence[Finding], rows_in: int, *, nil: bool = False) -> Decision:
    """A `file` finding rejects the whole, `row` findings quarantine their rows, a `query` asks, a `note` tells."""
    severities = {finding.severity for finding in findings}
    if Severity.FILE in severities:
        return Decision(Outcome.REJECTED, 0, frozenset(), rows_in)
    quarantined = frozenset(f.row for f in findings if f.severity is Severity.ROW and f.row is not None)
    accepted = rows_in - len(quarantined)
    if nil:
        return Decision(Outcome.NIL, accepted, quarantined, 0)
    outcome = Outcome.ACCEPTED_WITH_QUERIES if Severity.QUERY in severities else Outcome.ACCEPTED
    return Decision(outcome, accepted, quarantined, 0)
