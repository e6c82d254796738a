"""Can the declared answers be trusted? The Areas' own answers to timely standards beside those their dates give."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assurance.measures import words
from assurance.measures.agreement import Differences, differences
from assurance.measures.comparison import Comparison, Position, benjamini_hochberg, compare
from assurance.model import NATION, Counts, DeclaredRow, ReturnStatus, Scale, Standard
from assurance.reporting.measured import QUARTER, Measured
from assurance.reporting.views.foremost import foremost


@dataclass(frozen=True)
class CheckedStandard:
    """One timely standard: how far the answers given differ from the dates."""

    title: str
    found: Differences
    leaning: words.Leaning
    """Which side the differences lean to by more than chance, all lines of the table considered."""
    p: float
    """How often chance alone would lean so far, adjusted for all lines of the table: what the side rests on."""


@dataclass(frozen=True)
class CheckedArea:
    """One Area's own answers beside its dates."""

    status: ReturnStatus
    found: Differences
    position: Position | None

    @property
    def name(self) -> str:
        return self.status.area.name


@dataclass(frozen=True)
class SelfAssessment:
    """Own answers to timely standards beside the dates, over three months."""

    heading: str
    window: str
    total: Differences
    finding: str
    """Which side the differences lean to, and whether chance explains it."""
    standards: tuple[CheckedStandard, ...]
    """Those with a difference, in the order of the register; an Area's page has the foremost of them."""
    more: str
    """How many more differ; empty where all have a line."""
    alike: str
    """How many have none; empty where all have one."""
    same: tuple[tuple[str, int], ...]
    """Which these are, and in how many checks; empty on the page of an Area."""
    areas: tuple[CheckedArea, ...]
    """Those that differ most first; empty on the page of an Area."""


def self_assessment(measured: Measured, area: str) -> SelfAssessment | None:
    """The check of the nation (`ALL`) or of an Area; None where nothing can be held against a date."""
    timely = {standard.code for standard in _timely(measured)}
    rows = [row for row in measured.of_cases(measured.facts.declared, QUARTER, area) if row.standard in timely]
    total = _differences(rows)
    if not total.checks:
        return None
    whose = "the Areas’" if area == NATION else "your"
    lines = _standards(measured, rows)
    differing = tuple(line for line in lines if line.found.differing)
    shown = differing if area == NATION else foremost(differing, lambda line: line.found)
    rest = [line.found for line in differing if line not in shown]
    same = tuple((line.title, line.found.checks) for line in lines if line.found.checks and not line.found.differing)
    return SelfAssessment(
        heading=words.declared_heading(total, whose),
        window=measured.span(QUARTER, area),
        total=total,
        finding=words.leaning_sentence(total, whose),
        standards=shown,
        more=words.more_differ(
            measured.facts.collection.words,
            len(rest),
            sum(one.differing for one in rest),
            sum(one.checks for one in rest),
        ),
        alike=words.alike_note(
            measured.facts.collection.words,
            len(same),
            sum(checks for _, checks in same),
            others=bool(differing),
            timely=True,
        ),
        same=same if area == NATION else (),
        areas=_areas(measured, rows) if area == NATION else (),
    )


def _timely(measured: Measured) -> list[Standard]:
    return [standard for standard in measured.facts.standards if standard.scale is Scale.TIMELY]


def _standards(measured: Measured, rows: Sequence[DeclaredRow]) -> tuple[CheckedStandard, ...]:
    found = [(s.title, _differences(row for row in rows if row.standard == s.code)) for s in _timely(measured)]
    adjusted = benjamini_hochberg([each.p for _, each in found])
    return tuple(
        CheckedStandard(title, each, words.leaning(each, p), p)
        for (title, each), p in zip(found, adjusted, strict=True)
    )


def _areas(measured: Measured, rows: Sequence[DeclaredRow]) -> tuple[CheckedArea, ...]:
    by_area: dict[str, list[DeclaredRow]] = defaultdict(list)
    for row in rows:
        by_area[row.area].append(row)
    present = [status for status in measured.facts.returns if by_area[status.area.code]]
    present = [status for status in present if measured.figure(QUARTER, status.area.code).counts is not None]
    found = {status.area.code: _differences(by_area[status.area.code]) for status in present}
    compared = _compared(measured, found)
    lines = [
        CheckedArea(status, found[code], compared[code].position if code in compared else None)
        for status in present
        for code in [status.area.code]
    ]
    return tuple(sorted(lines, key=lambda line: (-(line.found.share or 0), line.name)))


def _compared(measured: Measured, found: dict[str, Differences]) -> dict[str, Comparison]:
    """Which Areas differ more or less from their dates than the typical one, by cases: checks of one case go together."""
    cases: dict[str, int] = defaultdict(int)
    for row in measured.of_cases(measured.facts.coverage, QUARTER):
        cases[row.area] += row.cases
    counts = {area: Counts(met=each.differing, not_met=each.checks - each.differing) for area, each in found.items()}
    return compare(counts, measured.facts.collection.headline_margin, cases)


def _differences(rows: Iterable[DeclaredRow]) -> Differences:
    return differences((row.declared, row.computed, row.checks) for row in rows)
