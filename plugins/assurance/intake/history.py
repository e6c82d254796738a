"""Does a return fit the other returns? The rules that need the warehouse or the archive."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assurance.catalogue import Collection, RuleText
from assurance.catalogue.schema import OutsideOwnLimits
from assurance.deadlines import london_day
from assurance.intake.counting import totals
from assurance.intake.findings import finding, within_reason
from assurance.intake.reading import Problem
from assurance.intake.staging import answer, name, quoted
from assurance.measures.variation import Point, limits, p_prime_chart
from assurance.model import COUNTED_REASONS, Checked, Counts, Earlier, Finding, Neighbour


@dataclass(frozen=True)
class Compared:
    """A return that can count, and the others it is held against."""

    collection: Collection
    checked: Checked
    earlier: Earlier


Check = Callable[[Compared, Any], Iterable[Problem]]


def history_findings(collection: Collection, checked: Checked, earlier: Earlier) -> tuple[Finding, ...]:
    """What the history rules of the collection say about a submission that can count."""
    submission, period = checked.submission, checked.submission.period
    if not submission.outcome.counts or period is None:
        return ()
    collection = collection.with_waivers(submission.area, london_day(submission.received_at))
    compared = Compared(collection, checked, earlier)
    return tuple(
        within_reason(
            finding(collection, Problem(rule.rule, problem.row, problem.column, problem.detail))
            for rule in collection.history(period)
            for problem in CHECKS[rule.check](compared, rule)
        )
    )


def asked_elsewhere(
    collection: Collection, checked: Checked, earlier: Earlier
) -> Mapping[Neighbour, tuple[Finding, ...]]:
    """What the other Areas' returns of the period are asked because of this one, each at its own rows.

    A case in two returns is a question to both, whichever came first. Where this return is not asked it, no other is.
    """
    submission, period = checked.submission, checked.submission.period
    if not submission.outcome.counts or earlier.overtaken or earlier.own is None or period is None:
        return {}
    asked_here = {found.rule for found in checked.findings}
    rules = [
        rule.rule
        for rule in collection.history(period)
        if CHECKS[rule.check] is _case_elsewhere and rule.rule in asked_here
    ]
    asked: dict[Neighbour, tuple[Finding, ...]] = {}
    for other in earlier.elsewhere if rules else ():
        theirs = collection.with_waivers(other.area, london_day(submission.received_at))
        rows = _rows_in_common(collection, other.rows, [earlier.own])
        problems = [Problem(rule, row, _reference(collection)) for rule in rules for row in rows]
        if problems:
            asked[other] = tuple(within_reason(finding(theirs, problem) for problem in problems))
    return asked


def _same_content(compared: Compared, _: RuleText) -> Iterable[Problem]:
    content = compared.checked.submission.content_sha256
    other = compared.earlier.periods_by_content.get(content) if content else None
    if other is not None:
        yield Problem("", detail=other.title)


def _outside_own_limits(compared: Compared, rule: OutsideOwnLimits) -> Iterable[Problem]:
    """Standards outside the p′ limits of the Area's own earlier months, since the register last began them anew."""
    counted = [line for line in compared.checked.counted.tally if line.sample_reason in COUNTED_REASONS]
    now, period = totals(counted), compared.checked.submission.period
    assert period is not None
    for standard in compared.collection.standards_in(period):
        counts = now.get(standard.code, Counts())
        months = sorted(compared.earlier.counts.get(standard.code, {}).items())
        anew = [rebase.start for rebase in standard.charting.rebases if rebase.start <= period]
        points = [
            Point(month, c.met, c.assessed) for month, c in months if c.assessed and month >= max(anew, default=month)
        ]
        if standard.counted and len(points) >= rule.least_months and _is_unusual(counts, points):
            yield Problem("", detail=standard.title)


def _is_unusual(counts: Counts, points: list[Point]) -> bool:
    """Whether a rate lies outside the p′ limits that earlier months set for its number of checks."""
    if not counts.assessed:
        return False
    chart = p_prime_chart(points)
    if chart.mean is None or chart.sigma_z is None:
        return False
    low, high = limits(chart.mean, counts.assessed, chart.sigma_z)
    return not low <= counts.met / counts.assessed <= high


def _case_elsewhere(compared: Compared, _: RuleText) -> Iterable[Problem]:
    """Cases that are in another Area's return of the period as well; which Area's is not told."""
    collection, earlier = compared.collection, compared.earlier
    if not earlier.elsewhere or earlier.own is None:
        return
    for row in _rows_in_common(collection, earlier.own, [other.rows for other in earlier.elsewhere]):
        yield Problem("", row=row, column=_reference(collection))


def _rows_in_common(collection: Collection, rows: Path, others: Iterable[Path]) -> list[int]:
    """The rows whose case is in one of the others too, whatever point it was looked at there."""
    key = ", ".join(name(column) for column in collection.case_key if column != collection.cases.point)
    found = answer(
        f"select row_no from {_archived([rows])} "
        f"semi join (select {key} from {_archived(others)}) using ({key}) order by 1"
    )
    return [row for (row,) in found]


def _reference(collection: Collection) -> str:
    return collection.column_of("urn", "reference").name


def _case_dropped(compared: Compared, _: RuleText) -> Iterable[Problem]:
    """Cases of the version before that do not count in this correction."""
    earlier = compared.earlier
    if earlier.before is None:
        return
    key = ", ".join(map(name, compared.collection.case_key))
    still = f" anti join {_archived([earlier.own])} using ({key})" if earlier.own else ""
    ((dropped,),) = answer(f"select count(*) from (select distinct {key} from {_archived([earlier.before])}){still}")
    if dropped:
        yield Problem("", detail=f"{dropped} {'case' if dropped == 1 else 'cases'}")


def _assessor_dropped(compared: Compared, _: RuleText) -> Iterable[Problem]:
    """Assessors of whose readings in the version before none counts in this one."""
    earlier, reads = compared.earlier, compared.collection.reads
    if earlier.before is None or reads is None:
        return
    column = name(reads.assessor)
    still = f" anti join {_archived([earlier.own])} using ({column})" if earlier.own else ""
    gone = answer(f"select distinct {column} from {_archived([earlier.before])} as were{still} order by 1")
    if gone:
        yield Problem("", detail=", ".join(assessor for (assessor,) in gone))


def _archived(paths: Iterable[Path]) -> str:
    return f"read_parquet([{', '.join(quoted(path) for path in paths)}], hive_partitioning = false)"


CHECKS: Mapping[str, Check] = {
    "same_content": _same_content,
    "outside_own_limits": _outside_own_limits,
    "case_elsewhere": _case_elsewhere,
    "case_dropped": _case_dropped,
    "assessor_dropped": _assessor_dropped,
}
"""By the name under which a rule asks for it."""
