"""Is this return right, and what does it count? One pass over a file that names every problem.

Without Airflow, warehouse or Great Expectations: `assurance check` is this module, and the pipeline puts the gate and
the rules that need history on top.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pandas as pd

from assurance.catalogue import Collection
from assurance.deadlines import arrival
from assurance.intake.decision import decide
from assurance.intake.landing import parse_name
from assurance.intake.reading import Problem, Reading, Row
from assurance.intake.rules.statement import Failure, Parameters, failures, reported_column
from assurance.intake.typing import stage
from assurance.model import Arrival, Checked, Counts, Finding, Outcome, Period, Severity, Submission, TallyLine

NIL = "NIL"
SAMPLE_REASON_ALL = "all"
"""An aggregate return counts everything there is; a sample would say why it was drawn."""


@dataclass(frozen=True)
class Delivery:
    """A file as it came: who sent it, what it is called, when, and the bytes' hash."""

    collection: str
    area: str
    file_name: str
    sha256: str
    received_at: datetime
    """UTC, without a zone."""
    reason_given: bool
    """Whether a correction says why it corrects."""
    period: Period | None = None
    """The month it is expected for, where somebody says so; else its name alone says it."""


@dataclass(frozen=True)
class Examined:
    """A checked submission, with what the gate and the archive need of it."""

    checked: Checked
    staged: pd.DataFrame | None
    """The typed rows; None for a file that cannot be read as a table of this collection, and for a nil return."""
    parameters: Parameters
    failures: tuple[Failure, ...]


def examine(collection: Collection, delivery: Delivery, reading: Reading) -> Examined:
    """Check one file by all rules that need nothing but the file."""
    name = parse_name(delivery.file_name)
    problems = [*_told(collection, reading.problems), *_claims(collection, delivery)]
    problems += _header(collection, reading)
    readable = reading.header is not None and not any(p.rule in ("RET-003", "RET-004") for p in problems)
    nil = readable and _is_nil(collection, reading)
    if readable and not nil:
        problems += _rows(collection, reading)
    staged: pd.DataFrame | None = None
    parameters: Parameters = {}
    failed: tuple[Failure, ...] = ()
    if readable and name.period is not None:
        units = collection.units_of(delivery.area, name.period)
        parameters = _parameters(collection, delivery.area, name.period, [unit.name for unit in units])
        table = stage(collection, reading.header or (), reading.rows, units)
        failed = failures(collection.rules.expectations, table, parameters)
        if nil:
            failed = tuple(f for f in failed if f.column in _columns(collection, "area", "period"))
        else:
            staged = table
    findings = _findings(collection, problems, failed)
    return Examined(_checked(collection, delivery, reading, findings, staged, nil=nil), staged, parameters, failed)


def with_findings(checked: Checked, more: Sequence[Finding]) -> Checked:
    """The same submission after further findings, decided anew."""
    if not more:
        return checked
    findings = (*checked.findings, *more)
    submission = checked.submission
    decision = decide(findings, submission.rows_in or 0, nil=submission.outcome is Outcome.NIL)
    decided = replace(
        submission,
        outcome=decision.outcome,
        rows_accepted=decision.accepted,
        rows_quarantined=len(decision.quarantined_rows),
        rows_rejected=decision.rejected,
    )
    return Checked(decided, findings, checked.tally if decision.outcome.counts else ())


def finding(collection: Collection, problem: Problem) -> Finding:
    """A guard's problem in the words of its rule."""
    text = collection.rule_texts[problem.rule]
    message = text.message.format(detail=problem.detail)
    return Finding(problem.rule, text.severity, problem.row, problem.column, message, text.fix.format())


def submission_id(collection: str, area: str, period: Period | None, sha256: str) -> str:
    """The same bytes for the same return are the same submission, under whatever name they come."""
    return hashlib.sha256(f"{collection}|{area}|{period}|{sha256}".encode()).hexdigest()[:16]


def _claims(collection: Collection, delivery: Delivery) -> Iterable[Problem]:
    """What the folder, the name and the calendar say against the file."""
    name = parse_name(delivery.file_name)
    if name.ending not in collection.formats:
        yield Problem("RET-001", detail=f"this collection takes {', '.join(collection.formats)} files")
    if name.period is None:
        yield Problem("RET-006", detail="it does not follow the pattern")
        return
    if name.area != delivery.area:
        yield Problem("RET-005")
    if name.period.first_day > delivery.received_at.date():
        yield Problem("RET-006", detail=f"{name.period} has not begun")
    elif name.period in collection.not_collected:
        yield Problem("RET-007", detail=f"{name.period} is not collected")
    elif delivery.area not in {area.code for area in collection.areas_owing(name.period)}:
        yield Problem("RET-007", detail=f"no Area of this folder's code owes a return for {name.period}")
    if delivery.period not in (None, name.period):
        yield Problem("RET-006", detail=f"it says {name.period}, not {delivery.period}")
    if name.version > 1 and not delivery.reason_given:
        yield Problem("RET-013")


def _told(collection: Collection, problems: Iterable[Problem]) -> Iterable[Problem]:
    """What the reader found, without a column that has no agreed name: a strange header may be a row of cases."""
    agreed = {column.name for column in collection.columns}
    return (problem if problem.column in agreed else replace(problem, column=None) for problem in problems)


def _header(collection: Collection, reading: Reading) -> Iterable[Problem]:
    """Whether the header has exactly the agreed columns, each once. A strange name is told by its place, not its text."""
    header, line = reading.header, reading.header_line
    if header is None:
        return
    agreed = [column.name for column in collection.columns]
    for name in agreed:
        if header.count(name) != 1:
            times = "is missing" if name not in header else f"stands {header.count(name)} times"
            yield Problem("RET-003", row=line, column=name, detail=f"column {name} {times}")
    for place, name in enumerate(header, start=1):
        if name not in agreed:
            yield Problem("RET-003", row=line, detail=f"column {place} is not one of {', '.join(agreed)}")


def _rows(collection: Collection, reading: Reading) -> Iterable[Problem]:
    if not reading.rows:
        yield Problem("RET-010", detail="there is only a header")
    for row in reading.rows:
        if NIL in _cells(collection, reading, row, "unit"):
            yield Problem("RET-010", row=row.line, detail="a NIL row stands beside others, or is not empty otherwise")


def _is_nil(collection: Collection, reading: Reading) -> bool:
    """Exactly one row that says NIL as its unit and nothing else but where and when."""
    if len(reading.rows) != 1:
        return False
    unit = _cells(collection, reading, reading.rows[0], "unit")
    rest = _cells(collection, reading, reading.rows[0], "standard", "count", "percentage")
    return unit == [NIL] and not any(rest)


def _cells(collection: Collection, reading: Reading, row: Row, *types: str) -> list[str]:
    wanted = _columns(collection, *types)
    return [cell for name, cell in zip(reading.header or (), row.cells, strict=True) if name in wanted]


def _columns(collection: Collection, *types: str) -> frozenset[str]:
    return frozenset(column.name for column in collection.columns if column.type in types)


def _parameters(collection: Collection, area: str, period: Period, units: Sequence[str]) -> dict[str, object]:
    """What the `$PARAMETER`s of the suite stand for."""
    return {
        "area": [area],
        "period": [str(period)],
        "units": list(units),
        "standards": [standard.title for standard in collection.standards],
        "rows_owed": len(units) * len(collection.standards),
    }


def _findings(collection: Collection, problems: Iterable[Problem], failed: Iterable[Failure]) -> tuple[Finding, ...]:
    """All that was found, once each, from the top of the file to its end."""
    found = [finding(collection, problem) for problem in problems]
    for failure in failed:
        entry = collection.rules.expectations[failure.entry]
        text = entry.meta
        place = (failure.row_no, reported_column(entry))
        found.append(Finding(text.rule, text.severity, *place, text.message.format(detail=""), text.fix.format()))
    return tuple(sorted(dict.fromkeys(found), key=lambda f: (f.row or 0, f.rule, f.column or "")))


def _checked(
    collection: Collection,
    delivery: Delivery,
    reading: Reading,
    findings: tuple[Finding, ...],
    staged: pd.DataFrame | None,
    *,
    nil: bool,
) -> Checked:
    name = parse_name(delivery.file_name)
    decision = decide(findings, len(reading.rows), nil=nil)
    submission = Submission(
        submission_id=submission_id(delivery.collection, delivery.area, name.period, delivery.sha256),
        collection=delivery.collection,
        area=delivery.area,
        period=name.period,
        version=name.version,
        file_name=delivery.file_name,
        sha256=delivery.sha256,
        received_at=delivery.received_at,
        arrival=Arrival.ON_TIME
        if name.period is None
        else arrival(collection.calendar, name.period, delivery.received_at),
        outcome=decision.outcome,
        rows_in=None if reading.header is None else len(reading.rows),
        rows_accepted=decision.accepted,
        rows_quarantined=len(decision.quarantined_rows),
        rows_rejected=decision.rejected,
        content_sha256=None if staged is None else _fingerprint(collection, staged),
    )
    if staged is None or not decision.outcome.counts:
        return Checked(submission, findings, ())
    return Checked(submission, findings, tally(collection, accepted_rows(staged, findings)))


def accepted_rows(staged: pd.DataFrame, findings: Iterable[Finding]) -> pd.DataFrame:
    """The rows that no finding holds back."""
    held_back = {found.row for found in findings if found.severity is Severity.ROW}
    return staged[~staged["row_no"].isin(held_back)]


def tally(collection: Collection, staged: pd.DataFrame) -> tuple[TallyLine, ...]:
    """The answers of an aggregate return by standard and unit; a standard apart counts as not applicable."""
    by_title = {standard.title: standard for standard in collection.standards}
    answers = {column.name: column.answer for column in collection.columns if column.answer}
    unit = next(column.name for column in collection.columns if column.type == "unit")
    title = next(column.name for column in collection.columns if column.type == "standard")
    lines: dict[tuple[str, str], Counts] = defaultdict(Counts)
    for row in staged.to_dict("records"):
        standard = by_title[row[title]]
        for column, answer in answers.items():
            number = 0 if pd.isna(row[column]) else int(row[column])
            lines[standard.code, row[unit]] += Counts(**{answer if standard.counted else "not_applicable": number})
    versions = {standard.code: standard.version for standard in collection.standards}
    return tuple(
        TallyLine(standard, versions[standard], name, SAMPLE_REASON_ALL, counts)
        for (standard, name), counts in sorted(lines.items())
    )


def totals(lines: Iterable[TallyLine]) -> Mapping[str, Counts]:
    """Control totals: counts by standard over all units."""
    by_standard: dict[str, Counts] = defaultdict(Counts)
    for line in lines:
        by_standard[line.standard] += line.counts
    return dict(by_standard)


def _fingerprint(collection: Collection, staged: pd.DataFrame) -> str:
    """A hash of the cells without the period, in an order of their own, so that a month sent twice is seen."""
    columns = [staged[name].astype("object").tolist() for name in staged.columns if name not in ("row_no", "period")]
    lines = sorted("\x1f".join(map(str, row)) for row in zip(*columns, strict=True))
    return hashlib.sha256("\x1e".join([collection.code, *lines]).encode()).hexdigest()
