"""Is this return right, and what does it count? One pass over a file that names every problem.

Without Airflow, warehouse or Great Expectations: `assurance check` is this module, and the pipeline puts the gate and
the rules that need other returns on top.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from assurance.catalogue import Collection, Column, Expectation
from assurance.catalogue.suite import parameters_of_columns
from assurance.deadlines import arrival, london_day
from assurance.intake.checks import Whole, checked_as_a_whole
from assurance.intake.decision import Decision, decide, too_many_quarantined
from assurance.intake.findings import in_order, of_failures, with_totals_told_once, worded
from assurance.intake.landing import Name, parse_name
from assurance.intake.parts import Found, Keep, look
from assurance.intake.reading import Problem, Reading
from assurance.intake.rules.statement import Failure, Parameters, reported_column
from assurance.intake.staging import Sender, Typing
from assurance.model import (
    NATION,
    Answer,
    Arrival,
    Checked,
    Counted,
    Finding,
    Outcome,
    Period,
    Severity,
    Submission,
    shortened,
)

NIL = "NIL"
SAID_OF_A_NIL = frozenset({"return_id", "area", "period", "unit", "urn", "reference", "scope"})
"""The types of column that a nil return fills in."""


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
    """Whether something beside the file says why it corrects."""
    period: Period | None = None
    """The month it is expected for, where somebody says so; else its name alone says it."""


@dataclass(frozen=True)
class Examined:
    """A checked submission, with what the gate, the archive and the history rules need of it."""

    checked: Checked
    rows: pa.Array | None
    """The number of each row; None for a file that cannot be read as a table of this collection, and for a nil return."""
    suite: tuple[Expectation, ...]
    parameters: Parameters
    failures: tuple[Failure, ...]
    held_back: frozenset[int]
    """The rows that do not count, though the return does."""


def examine(collection: Collection, delivery: Delivery, reading: Reading, keep: Keep | None = None) -> Examined:
    """Check one file by all rules that need nothing but the file.

    `keep` is given the typed rows that count, should the file do so, while they are at hand.
    """
    collection = collection.with_waivers(delivery.area, london_day(delivery.received_at))
    claimed = parse_name(delivery.file_name)
    problems = [*_without_strange_columns(collection, reading.problems), *_claims(collection, delivery, reading)]
    problems += _header(collection, reading, claimed.period)
    table = _readable(reading, problems)
    if table is None or claimed.period is None:
        return _unread(collection, delivery, reading, problems)
    period, suite = claimed.period, collection.suite(claimed.period)
    parameters = _parameters(collection, delivery, period)
    typing = Typing(collection, table, Sender(delivery.area, period))
    if _is_nil(collection, table) or (reading.nil and not reading.rows):
        return _nil(collection, delivery, reading, typing, suite, parameters, problems)
    problems += _rows(collection, table, declared_nil=reading.nil)
    says_nil = {problem.row for problem in problems if problem.rule == "RET-010" and problem.row is not None}
    found = look(typing, suite, parameters, _held_back(collection, problems), keep)
    found = replace(found, held_back=found.held_back - says_nil)  # such a row has no cells to mend
    nearly_nil = bool(says_nil) and reading.rows == 1  # then nothing is asked of it as a table of cases or counts
    failures = [
        failure
        for failure in found.failures
        if not nearly_nil and failure.row_no not in says_nil and not _is_left_out(suite, failure, found.held_back)
    ]
    findings = [*worded(collection, problems), *of_failures(typing, suite, failures)]
    findings = with_totals_told_once(collection, table, findings)
    if not nearly_nil:
        findings += worded(collection, _as_a_whole(collection, found, period, reading.rows))
    checked = _checked(collection, delivery, reading, found, findings)
    return Examined(checked, table["row_no"], suite, parameters, found.failures, found.held_back)


def with_findings(checked: Checked, more: Sequence[Finding]) -> Checked:
    """The same submission after the rules that need other returns, decided anew; none of these sets a row aside."""
    if not more:
        return checked
    findings, submission = (*checked.findings, *more), checked.submission
    rows_in = submission.rows_in or 0
    nil = submission.outcome is Outcome.NIL
    decision = decide({f.severity for f in findings}, submission.rows_quarantined, rows_in, nil=nil)
    rejected = decision.outcome is Outcome.REJECTED and submission.outcome is not Outcome.REJECTED
    decided = replace(
        submission,
        submission_id=refused(submission.submission_id, submission.file_name) if rejected else submission.submission_id,
        outcome=decision.outcome,
        rows_accepted=decision.accepted,
        rows_quarantined=decision.quarantined,
        rows_rejected=decision.rejected,
    )
    counted = checked.counted if decision.outcome.counts else Counted()
    return replace(checked, submission=decided, findings=findings, counted=counted)


def identity(delivery: Delivery, period: Period | None, *, reason_given: bool) -> str:
    """The same bytes for the same return are the same submission, under whatever name they come.

    A correction that has got its reason since is another one.
    """
    told = f"{delivery.collection}|{delivery.area}|{period}|{delivery.sha256}|{reason_given}"
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def refused(submission_id: str, file_name: str) -> str:
    """The identity of a submission that was rejected: good bytes under a wrong name, or too early, can be sent again."""
    return hashlib.sha256(f"{submission_id}|{file_name}".encode()).hexdigest()[:16]


# What the file says of itself


def _claims(collection: Collection, delivery: Delivery, reading: Reading) -> Iterator[Problem]:
    """What the folder, the name and the calendar say against the file."""
    claimed = parse_name(delivery.file_name)
    if claimed.ending not in collection.formats:
        yield Problem("RET-001", detail=f"this collection takes {' and '.join(collection.formats)} files")
    if claimed.period is None:
        yield Problem("RET-006", detail="it does not follow the pattern")
        return
    if claimed.area != delivery.area:
        yield Problem("RET-005")
    if claimed.period.first_day > london_day(delivery.received_at):
        yield Problem("RET-006", detail=f"{claimed.period} has not begun")
    elif claimed.period in collection.not_collected or not collection.columns_in(claimed.period):
        yield Problem("RET-007", detail=f"{claimed.period} is not collected")
    elif delivery.area not in {area.code for area in collection.areas_in(claimed.period)}:
        yield Problem("RET-007", detail=f"no Area of this folder's code owes a return for {claimed.period}")
    if delivery.period not in (None, claimed.period):
        yield Problem("RET-006", detail=f"it says {claimed.period}, not {delivery.period}")
    if claimed.version > 1 and not delivery.reason_given and not reading.reason:
        yield Problem("RET-013")


def _without_strange_columns(collection: Collection, problems: Iterable[Problem]) -> Iterator[Problem]:
    """What the reader found, without a column that has no agreed name: a strange header may be a row of cases."""
    agreed = {column.name for column in collection.columns}
    return (problem if problem.column in agreed else replace(problem, column=None) for problem in problems)


def _header(collection: Collection, reading: Reading, period: Period | None) -> Iterator[Problem]:
    """Whether the header has exactly the agreed columns, each once. A strange name is told by its place, not its text."""
    header, line = reading.header, reading.header_line
    if header is None:
        return
    agreed = _agreed(collection, period)
    if not agreed:
        yield Problem("RET-003", row=line, detail=f"no columns were agreed for {period}")
        return
    times = Counter(header)
    if _is_no_header(header, agreed):
        yield Problem("RET-003", row=line, detail=_no_header(header, len(agreed)))
        return
    for column in agreed:
        if times[column] != 1:
            said = "is missing" if not times[column] else f"stands {times[column]} times"
            yield Problem("RET-003", row=line, column=column, detail=f"column {column} {said}")
    for place, column in enumerate(header, start=1):
        if column not in agreed:
            yield Problem("RET-003", row=line, detail=f"column {place} is not one of the agreed columns")


def _agreed(collection: Collection, period: Period | None) -> list[str]:
    """The names of the columns of a month; of any month, where it is not known."""
    columns: Sequence[Column] = collection.columns if period is None else collection.columns_in(period)
    return [column.name for column in columns]


def _is_no_header(header: Sequence[str], agreed: Sequence[str]) -> bool:
    """Whether most of the agreed columns are not in it."""
    return 2 * len(set(agreed) - set(header)) > len(agreed)


def _no_header(header: Sequence[str], agreed: int) -> str:
    """What is said of a line that is no header of a return, instead of a line for each column that it lacks."""
    for mark, separated in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and mark in header[0]:
            return f"the values are separated by {separated}; save the file with commas between them"
    return f"most of the {agreed} agreed columns are not in it; the names of the columns must be the first line"


def _readable(reading: Reading, problems: Sequence[Problem]) -> pa.Table | None:
    """The table, where every value stands under the right name."""
    broken = any(problem.rule in ("RET-003", "RET-004") for problem in problems)
    return None if broken or reading.header is None else reading.table


def _is_nil(collection: Collection, table: pa.Table) -> bool:
    """Exactly one row that says NIL, and nothing else but where and when and that there were none."""
    if table.num_rows != 1:
        return False
    row = table.to_pylist()[0]
    marker, scope = _nil_column(collection), [c.name for c in collection.columns if c.type == "scope"]
    rest = [row.get(column.name) for column in collection.columns if column.type not in SAID_OF_A_NIL]
    return row[marker] == NIL and not any(rest) and all(row.get(column) == "0" for column in scope)


def _nil_column(collection: Collection) -> str:
    return collection.column_of("unit", "urn", "reference").name


def _rows(collection: Collection, table: pa.Table, *, declared_nil: bool) -> Iterator[Problem]:
    if declared_nil:
        yield Problem("RET-010", detail="the declaration says that there is nothing to return, and there are rows")
    elif not table.num_rows:
        yield Problem("RET-010", detail="there is only a header")
    marker = _nil_column(collection)
    if table.num_rows == 1:
        yield from _nearly_nil(collection, table.to_pylist()[0])
        return
    for row in table.filter(pc.equal(table[marker], NIL))["row_no"].to_pylist():
        yield Problem("RET-010", row=row, column=marker, detail="a NIL row stands beside others")


def _nearly_nil(collection: Collection, row: Mapping[str, Any]) -> Iterator[Problem]:
    """What keeps the one row of a return, where it says nil, from being a nil return."""
    if str(row[_nil_column(collection)]).rstrip(".").upper() != NIL:
        return
    for column in collection.columns:
        cell = row.get(column.name)
        if column.name == _nil_column(collection):
            right, must = cell == NIL, f"must say {NIL}, in capitals"
        elif column.type == "scope":
            right, must = cell == "0", "must say 0"
        else:
            right, must = column.type in SAID_OF_A_NIL or not cell, "must be empty"
        if not right:
            yield Problem("RET-010", row=row["row_no"], column=column.name, detail=f"in a nil return this cell {must}")


def _parameters(collection: Collection, delivery: Delivery, period: Period) -> dict[str, object]:
    """What the `$PARAMETER`s of the suite stand for."""
    units = [unit.name for unit in collection.units_of(delivery.area, period)]
    standards = collection.standards_in(period)
    forces = [u for area in (delivery.area, NATION) for u in collection.units_of(area, period)]
    parameters: dict[str, object] = {
        "area": [delivery.area],
        "period": [str(period)],
        "return_id": [delivery.file_name.rpartition(".")[0]],
        "period_start": datetime.combine(period.first_day, time()),
        "period_end": datetime.combine(period.last_day, time()),
        "received_on": datetime.combine(london_day(delivery.received_at), time()),
        "units": units,
        "standards": [standard.title if collection.grain == "aggregate" else standard.code for standard in standards],
        "rows_owed": len(units) * len(standards),
        "force_codes": sorted({code for unit in forces for code in unit.codes}),
        "assessors": [assessor for assessor in collection.assessors if assessor != delivery.area],
    }
    if collection.grain != "aggregate":
        parameters["case_key"] = list(collection.case_key)
    parameters |= parameters_of_columns(collection.columns)
    newest = [versions[-1] for versions in collection.versions.values()]
    parameters |= {f"answers.{standard.code}": list(standard.allowed_answers) for standard in newest}
    for column in collection.columns:  # what stands for an agreed value may be written in its place
        allowed = parameters.get(f"{'answers' if column.type == 'answer' else 'values'}.{column.name}")
        if isinstance(allowed, list):
            allowed += [written for written, agreed in collection.synonyms_of(column).items() if agreed in allowed]
    parameters |= {f"point.{standard.code}": standard.asked_at for standard in newest}
    parameters |= {f"points.{standard.code}": [standard.asked_at] for standard in newest}
    return parameters


# What becomes of it


def _unread(collection: Collection, delivery: Delivery, reading: Reading, problems: Sequence[Problem]) -> Examined:
    """A file that cannot be read as a return of a month: it is rejected for what stands against it."""
    if reading.header and _is_no_header(reading.header, _agreed(collection, parse_name(delivery.file_name).period)):
        # below a line that is no header every row has the wrong width, and every tab that parts its values is a fault
        problems = [problem for problem in problems if problem.rule not in ("RET-004", "RET-012")]
    found = worded(collection, problems)
    decision = decide({f.severity for f in found}, 0, reading.rows)
    submission = _submission(collection, delivery, reading, decision, None)
    return Examined(Checked(submission, in_order(found), Counted()), None, (), {}, (), frozenset())


def _nil(
    collection: Collection,
    delivery: Delivery,
    reading: Reading,
    typing: Typing,
    suite: tuple[Expectation, ...],
    parameters: Parameters,
    problems: Sequence[Problem],
) -> Examined:
    """A nil return: of its row nothing is asked but whose it is and for when."""
    said = {column.name for column in collection.columns if column.type in ("return_id", "area", "period")}
    of_row = look(typing, suite, parameters, ()).failures
    failed = tuple(f for f in of_row if reported_column(suite[f.entry]) in said and f.row_no is not None)
    found = [*worded(collection, problems), *of_failures(typing, suite, failed)]
    # it has no rows to hold back: what would cost another return a row costs this one everything
    severities = {Severity.FILE if f.severity is Severity.ROW else f.severity for f in found}
    decision = decide(severities, 0, reading.rows, nil=True)
    submission = _submission(collection, delivery, reading, decision, None)
    checked = Checked(submission, in_order(found), Counted(), sheet_answers(collection, delivery, reading))
    return Examined(checked, None, suite, parameters, failed, frozenset())


def _as_a_whole(collection: Collection, found: Found, period: Period, rows: int) -> Iterator[Problem]:
    if too_many_quarantined(len(found.held_back), rows):
        yield Problem("RET-009", detail=f"{len(found.held_back)} of {rows} rows")
    elif rows and len(found.held_back) == rows:
        yield Problem("RET-010", detail="none of its rows can be counted")
    if collection.grain == "case" and rows:
        yield from checked_as_a_whole(Whole(collection, period, found.counted), found.numbers)


def _checked(
    collection: Collection, delivery: Delivery, reading: Reading, found: Found, findings: Sequence[Finding]
) -> Checked:
    decision = decide({f.severity for f in findings}, len(found.held_back), reading.rows)
    submission = _submission(collection, delivery, reading, decision, _fingerprint(collection, found))
    counted = found.counted if decision.outcome.counts else Counted()
    return Checked(submission, in_order(findings), counted, sheet_answers(collection, delivery, reading))


def sheet_answers(collection: Collection, delivery: Delivery, reading: Reading) -> tuple[Answer, ...]:
    """What the answer sheet of a workbook says; a line without an answer says nothing.

    A rule may ask about one column in several sentences, each with a line of its own: what they say is one answer. A rule
    or column that there is not is told as none, for nobody knows what stands there instead.
    """
    columns = {column.name for column in collection.columns}
    said: dict[tuple[str, str | None], list[str]] = {}
    for rule, column, text in reading.answers:
        if text.strip():
            known = (rule if rule in collection.rule_texts else "", column if column in columns else None)
            said.setdefault(known, []).append(text)
    return tuple(
        Answer(rule, column, shortened("; ".join(dict.fromkeys(texts))), delivery.file_name, delivery.received_at)
        for (rule, column), texts in said.items()
    )


def _held_back(collection: Collection, problems: Iterable[Problem]) -> frozenset[int]:
    """The rows that what the reader found keeps from being counted."""
    guarded = ((collection.rule_texts[problem.rule].severity, problem.row) for problem in problems)
    return frozenset(row for severity, row in guarded if severity is Severity.ROW and row is not None)


def _is_left_out(suite: Sequence[Expectation], failure: Failure, held_back: frozenset[int]) -> bool:
    """Whether it is a note to a row that has to be sent again anyway."""
    return suite[failure.entry].meta.severity is Severity.NOTE and failure.row_no in held_back


def _submission(
    collection: Collection, delivery: Delivery, reading: Reading, decision: Decision, content_sha256: str | None
) -> Submission:
    claimed: Name = parse_name(delivery.file_name)
    own = identity(delivery, claimed.period, reason_given=delivery.reason_given or reading.reason is not None)
    return Submission(
        submission_id=refused(own, delivery.file_name) if decision.outcome is Outcome.REJECTED else own,
        collection=delivery.collection,
        area=delivery.area,
        period=claimed.period,
        version=claimed.version,
        file_name=delivery.file_name,
        sha256=delivery.sha256,
        received_at=delivery.received_at,
        arrival=Arrival.ON_TIME
        if claimed.period is None or collection.read  # nobody owes a second reading, so none is late
        else arrival(collection.calendar, claimed.period, delivery.received_at),
        outcome=decision.outcome,
        rows_in=None if reading.header is None else reading.rows,
        rows_accepted=decision.accepted,
        rows_quarantined=decision.quarantined,
        rows_rejected=decision.rejected,
        content_sha256=content_sha256,
    )


def _fingerprint(collection: Collection, found: Found) -> str:
    """A hash of the cells without return id and period, in an order of their own, so that a month sent twice is seen."""
    return hashlib.sha256(f"{collection.code}|{found.content}".encode()).hexdigest()
