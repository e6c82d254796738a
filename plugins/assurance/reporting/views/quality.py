"""Who returned what, how much of it counts, and how much of all there was does it cover?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assurance.measures import words
from assurance.model import NATION, CoverageRow, ReturnState, ReturnStatus
from assurance.reporting.measured import MONTH, Measured


@dataclass(frozen=True)
class Coverage:
    """How many cases were looked at in the month, out of how many."""

    cases: int
    """Cases that stand in rates."""
    targeted: int
    """Cases chosen for a reason; they are kept apart."""
    areas: int
    """Areas whose return counts."""
    areas_known: int
    """Areas that say how many cases there were."""
    cases_known: int
    """Cases looked at in those Areas."""
    in_scope: int
    """Cases there were in those Areas."""

    @property
    def short(self) -> str:
        """`1,040 of 7,900 cases`."""
        return words.coverage(self.cases, self.in_scope if self.areas_known == self.areas else None)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was looked at, what is kept apart, and whose rate it is."""
        said = [words.coverage_sentence(self.cases, self.areas, self.areas_known, self.cases_known, self.in_scope)]
        if self.areas > 1:
            said.append(words.POOLED)
        if self.targeted:
            said.append(words.targeted_sentence(self.targeted))
        return tuple(said)


@dataclass(frozen=True)
class ReturnLine:
    """One owed return."""

    status: ReturnStatus
    coverage: CoverageRow | None
    """None where the return holds counts, or no case."""


@dataclass(frozen=True)
class Quality:
    """The returns of the month and what they cover."""

    heading: str
    lines: tuple[ReturnLine, ...]
    """By name of the Area."""
    coverage: Coverage | None
    """None where returns hold counts, or no case was looked at."""
    by_case: bool
    """Whether returns hold cases."""
    notes: tuple[str, ...]
    legend: tuple[tuple[str, str], ...]


def quality(measured: Measured) -> Quality:
    """The returns of every Area."""
    returns = measured.facts.returns
    return _quality(measured, returns, NATION, words.returns_heading(returns), words.returns_notes(returns))


def own_quality(measured: Measured, status: ReturnStatus) -> Quality:
    """An Area's own return; of the others only how many are in."""
    everyone = words.returns_heading(measured.facts.returns).partition(";")[0]
    heading = f"{words.state_label(status)} for {measured.facts.period.title}; {everyone}"
    return _quality(measured, (status,), status.area.code, heading, ())


def _quality(
    measured: Measured, returns: Sequence[ReturnStatus], area: str, heading: str, notes: tuple[str, ...]
) -> Quality:
    rows = {row.area: row for row in measured.of_cases(measured.facts.coverage, MONTH, area)}
    covered = coverage(measured, area)
    unreturned = (ReturnState.MISSING, ReturnState.EXPECTED)
    marks = {"[n]" if s.state is ReturnState.NIL else "[x]" if s.state in unreturned else None for s in returns}
    return Quality(
        heading=heading,
        lines=tuple(
            ReturnLine(status, rows.get(status.area.code))
            for status in sorted(returns, key=lambda status: status.area.name)
        ),
        coverage=covered,
        by_case=measured.facts.collection.grain == "case",
        notes=(*(covered.sentences if covered else ()), *notes),
        legend=words.marks_used(marks),
    )


def coverage(measured: Measured, area: str) -> Coverage | None:
    """What the returns of the month cover, in the nation (`ALL`) or an Area; None where they hold no case."""
    rows = measured.of_cases(measured.facts.coverage, MONTH, area)
    if not rows:
        return None
    known = [row for row in rows if row.in_scope is not None]
    return Coverage(
        cases=sum(row.cases for row in rows),
        targeted=sum(row.targeted for row in rows),
        areas=len(rows),
        areas_known=len(known),
        cases_known=sum(row.cases for row in known),
        in_scope=sum(row.in_scope or 0 for row in known),
    )
