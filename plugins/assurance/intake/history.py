"""Does a return fit what the Area sent before? The rules that need earlier submissions."""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt

from assurance.catalogue import Collection
from assurance.intake.checking import finding, totals
from assurance.intake.reading import Problem
from assurance.measures.variation import Point, p_prime_chart
from assurance.model import Checked, Counts, Earlier, Finding

LEAST_MONTHS = 12
"""Fewer earlier months than this say nothing about what is usual."""


def history_findings(collection: Collection, checked: Checked, earlier: Earlier) -> tuple[Finding, ...]:
    """What the history rules of the collection say about a submission that can count."""
    if not checked.submission.outcome.counts or not checked.tally:
        return ()
    rules = {text.rule for text in collection.rules.history}
    problems = [*_same_content(checked, earlier), *_outside_limits(collection, checked, earlier)]
    return tuple(finding(collection, problem) for problem in problems if problem.rule in rules)


def _same_content(checked: Checked, earlier: Earlier) -> Iterable[Problem]:
    other = earlier.periods_by_content.get(checked.submission.content_sha256 or "")
    if other is not None:
        yield Problem("RET-008", detail=other.title)


def _outside_limits(collection: Collection, checked: Checked, earlier: Earlier) -> Iterable[Problem]:
    now = totals(checked.tally)
    for standard in collection.standards:
        counts = now.get(standard.code, Counts())
        points = [
            Point(period, c.met, c.assessed) for period, c in sorted(earlier.counts.get(standard.code, {}).items())
        ]
        if standard.counted and _is_unusual(counts, [point for point in points if point.assessed]):
            yield Problem("OUT-204", detail=standard.title)


def _is_unusual(counts: Counts, points: list[Point]) -> bool:
    """Whether a rate lies outside the p′ limits that earlier months set for its number of checks."""
    if not counts.assessed or len(points) < LEAST_MONTHS:
        return False
    chart = p_prime_chart(points)
    if chart.mean is None or chart.sigma_z is None:
        return False
    reach = 3 * chart.sigma_z * sqrt(chart.mean * (1 - chart.mean) / counts.assessed)
    return abs(counts.met / counts.assessed - chart.mean) > reach
