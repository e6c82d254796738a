"""Which rules did the last returns of each Area fail? A line for each submission, which leads to its findings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from assurance.measures import words
from assurance.model import FailedRule, Severity, Submission
from assurance.reporting.screens.frame import Frame, screen


@dataclass(frozen=True)
class Found:
    """What was found in a submission."""

    submission: Submission
    name: str
    """Of its Area."""
    failed: tuple[FailedRule, ...]
    counts: bool
    """Whether it is the version in force."""

    @property
    def outcome(self) -> str:
        """What became of it, and whether it counts."""
        said = words.capital(words.outcome_label(self.submission.outcome))
        return said if self.counts else f"{said}; does not count"

    @property
    def rules(self) -> tuple[tuple[str, str], ...]:
        """Each rule that failed, the gravest first, and how it weighs at how many places."""
        gravest_first = sorted(self.failed, key=lambda one: (one.severity.rank, one.rule))
        return tuple(
            (one.rule, f"{_WEIGHT[one.severity]}, {words.many(one.places, 'place', 'places')}{_waived(one)}")
            for one in gravest_first
        )


_WEIGHT = {
    Severity.FILE: "refused the file",
    Severity.ROW: "set rows aside",
    Severity.QUERY: "asked",
    Severity.NOTE: "noted",
}


def findings_screen(frame: Frame, found: tuple[Found, ...], reports: Path) -> bytes:
    """The findings of a month, by Area, as an HTML page."""
    return screen(frame, reports, found=found, with_findings=sum(bool(one.failed) for one in found))


def _waived(failed: FailedRule) -> str:
    return f", waived at {failed.waived}" if failed.waived else ""
