"""Examines an input of the fuzzer and says what is wrong with what became of it.

In this process, for starting a child for each of a million files would take days; now and then in a child as well, to
know that the two agree.
"""

from __future__ import annotations

import hashlib
import io
import json
import signal
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from assurance.catalogue import Collection
from assurance.intake import reader, reading, workbook
from assurance.intake.checking import Delivery, examine
from assurance.intake.counting import totals
from assurance.intake.reading import Reading, read_text
from assurance.model import Checked, Outcome, Severity
from tests.fuzz.mutations import Input
from tests.rules.builders import EXPECTATIONS, PERIOD, Return, collection
from tests.rules.cases import BCM_PERIOD

RECEIVED = datetime(2026, 11, 3, 10)
SECONDS = 10
"""No input may take longer, by the clock of its process: they are all small, and what else runs is nothing to them."""
LONG = 6
"""A cell with so many characters that it stands in a sentence by no chance."""


@dataclass(frozen=True)
class Ended:
    """What became of an input."""

    outcome: str
    rules: tuple[str, ...]
    wrong: tuple[str, ...]
    """What must not be; nothing of it names a value."""
    accepted: list[dict[str, object]] = field(repr=False)


class Hung(BaseException):
    """An input took too long; a kind of error that nothing on the way takes for the file's fault."""


def run(one: Input, *, in_child: bool = False) -> Ended:
    """Examine an input; whatever escapes is one of the things that are wrong."""
    of, kept = collection(one.code), list[pa.Table]()
    try:
        with _no_longer_than(SECONDS):
            read = read_child(one.content, of) if in_child else read_inside(one.content, of)
            checked = _examined(one, of, read, kept)
        outcome = checked.submission.outcome
        accepted = pa.concat_tables(kept).to_pylist() if kept and outcome.counts else []
        wrong = (
            *_wrong(of, read, checked, accepted),
            *_decided_otherwise(checked),
            *_quoted(read, checked),
            *_not_in_the_file(one, accepted),
            *_otherwise(one, checked, accepted),
        )
    except (Exception, Hung) as error:
        return Ended("escaped", (), (f"{type(error).__name__} escaped: {error}",), [])
    rules = tuple(sorted({finding.rule for finding in checked.findings}))
    return Ended(outcome.value, rules, wrong, accepted)


def read_inside(content: bytes, of: Collection) -> Reading:
    """What `read_text` says, without a child."""
    asked = {"seconds": SECONDS, "megabytes": 600, **of.limits.model_dump()}
    zipped = content.startswith(reading.ZIP) and "xlsx" in of.formats
    read = workbook.read_workbook if zipped else reader.read_csv
    try:
        with warnings.catch_warnings(action="ignore"):
            answer, body = read(content, asked) if content else reader.tabulated((), asked)
    except reader.Refused as refused:
        answer, body = {"problems": [reader.problem(refused.rule, refused.row, detail=refused.detail)]}, []
    return reading._reading(json.dumps(answer).encode() + b"\n" + b"".join(body))


def read_child(content: bytes, of: Collection) -> Reading:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "received"
        path.write_bytes(content)
        return read_text(path, of.limits, formats=of.formats, seconds=SECONDS, megabytes=600)


def _examined(one: Input, of: Collection, read: Reading, kept: list[pa.Table]) -> Checked:
    area, received = one.name[2:5], RECEIVED
    delivery = Delivery(of.code, area, one.name, hashlib.sha256(one.content).hexdigest(), received, False)
    return examine(of, delivery, read, kept.append).checked


def _wrong(of: Collection, read: Reading, checked: Checked, accepted: list[dict[str, object]]) -> Iterator[str]:
    """What does not add up."""
    submission = checked.submission
    ways = (submission.rows_accepted, submission.rows_quarantined, submission.rows_rejected)
    if min(ways) < 0 or sum(ways) != read.rows:
        yield f"{ways} are not the {read.rows} rows of the file"
    for finding in checked.findings:
        if finding.rule not in of.rule_texts:
            yield f"nobody knows the rule {finding.rule}"
        if finding.column is not None and finding.column not in {column.name for column in of.columns}:
            yield f"{finding.rule} names a column that is none"
    of_file = any(finding.severity is Severity.FILE for finding in checked.findings)
    if submission.outcome is Outcome.REJECTED and not checked.findings:
        yield "rejected without a reason"
    if of_file and submission.outcome is not Outcome.REJECTED:
        yield "accepted against a finding about the file"
    if submission.outcome not in (Outcome.REJECTED, Outcome.NIL) and len(accepted) != submission.rows_accepted:
        yield f"{len(accepted)} rows are kept, and {submission.rows_accepted} accepted"
    if not submission.outcome.counts and checked.counted.tally:
        yield "what is rejected is counted"


def _decided_otherwise(checked: Checked) -> Iterator[str]:
    """What is told of a return that counts, and does not agree with what became of it."""
    submission = checked.submission
    if not submission.outcome.counts:
        return
    asked = any(finding.severity is Severity.QUERY for finding in checked.findings)
    if submission.outcome is not Outcome.NIL and asked is not (submission.outcome is Outcome.ACCEPTED_WITH_QUERIES):
        yield f"{submission.outcome.value}, and {'something' if asked else 'nothing'} is asked"
    of_rows = {finding.row for finding in checked.findings if finding.severity is Severity.ROW}
    if len(of_rows) != submission.rows_quarantined:
        yield f"{submission.rows_quarantined} rows are held back, and {len(of_rows)} are told"


def _quoted(read: Reading, checked: Checked) -> Iterator[str]:
    """Findings that hold something of the file which no rule and no register says."""
    told = "\n".join({f"{finding.message} {finding.fix}" for finding in checked.findings})
    rows = read.table.drop_columns("row_no").to_pydict().values() if read.table is not None else ()
    cells = {cell for column in (read.header or (), *rows) for cell in column if cell and len(cell) >= LONG}
    if any(cell in told and cell not in _own_words() for cell in cells):
        yield "a finding holds a cell of the file"


@cache
def _own_words() -> str:
    """All that a finding may say by itself: what the catalogue says, and the months of the returns."""
    files = [path for path in sorted(EXPECTATIONS.rglob("*")) if path.suffix in (".yaml", ".csv")]
    months = [f"{period} {period.title}" for period in (PERIOD, BCM_PERIOD)]
    return "\n".join([*(path.read_text(encoding="utf-8") for path in files), *months])


def _not_in_the_file(one: Input, accepted: list[dict[str, object]]) -> Iterator[str]:
    """Cases that count and never stood in the file."""
    if one.code != "bcm" or not accepted:
        return
    text = _all_text(one.content)
    for row in accepted:
        key = str(row["urn"])
        if key not in text and key.lstrip("0") not in text:
            yield "a case counts that is not in the file"


def _all_text(content: bytes) -> str:
    if content.startswith(reading.ZIP):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "".join(archive.read(member).decode(errors="replace") for member in archive.infolist())
    utf16 = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    return content.decode("utf-16" if utf16 else "utf-8", errors="replace")


def _otherwise(one: Input, checked: Checked, accepted: list[dict[str, object]]) -> Iterator[str]:
    """Whether a file that says the same as another is counted in another way."""
    if one.same_as is None:
        return
    outcome, cells, counts = _as_it_was(one.code, one.same_as)
    if checked.submission.outcome is not outcome:
        yield f"{checked.submission.outcome.value}, and {outcome.value} when it was written in another way"
    if _cells(accepted) != cells:
        yield "other cells are kept than when it was written in another way"
    if dict(totals(checked.counted.tally)) != counts:
        yield "it is counted otherwise than when it was written in another way"


@cache
def _as_it_was(code: str, sent: Return) -> tuple[Outcome, frozenset[tuple[object, ...]], dict[str, object]]:
    kept: list[pa.Table] = []
    of = collection(code)
    checked = _examined(Input(code, sent.name, sent.content, ""), of, read_inside(sent.content, of), kept)
    outcome = checked.submission.outcome
    accepted = pa.concat_tables(kept).to_pylist() if kept and outcome.counts else []
    return outcome, _cells(accepted), dict(totals(checked.counted.tally))


def _cells(accepted: list[dict[str, object]]) -> frozenset[tuple[object, ...]]:
    return frozenset(tuple(row[name] for name in sorted(row) if name != "row_no") for row in accepted)


@contextmanager
def _no_longer_than(seconds: int) -> Iterator[None]:
    def hung(*_: object) -> None:
        raise Hung(f"longer than {seconds} seconds")

    before = signal.signal(signal.SIGPROF, hung)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
