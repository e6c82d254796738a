"""Does every row of the warehouse stand as the audit trail says, and does the trail itself?

A line of the trail holds the digests of the rows that were written with it. So a row that was changed, taken out or put in
is found, and so is a line: a changed one breaks the chain, and of one that is gone the rows are without a line.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assurance.model import Fault
from assurance.warehouse import audit, queries
from assurance.warehouse.digests import ROWS, SHA256, WROTE, digest
from assurance.warehouse.engine import Connection

ENTERED = {
    "submission": "trail/submission",
    "delivery": "trail/delivery",
    "finding": "trail/finding",
    "tally": "trail/tally",
    "declared": "trail/declared",
    "reason": "trail/reason",
    "sampled": "trail/sampled",
    "scope": "trail/scope",
    "answer": "trail/answer",
    "release": "trail/release",
    "release_input": "trail/release_input",
    "released_cell": "trail/released_cell",
    "sign_off": "trail/sign_off",
    "second_reading": "trail/second_reading",
    "second_reading_match": "trail/second_reading_match",
    "second_reading_change": "trail/second_reading_change",
    "outbox": "trail/outbox",
}
"""All tables that the trail tells of, and the statements that read them."""
OF_RELEASES = ("release", "release_input", "released_cell", "sign_off")
"""The tables whose rows belong to a release…"""
OF_READINGS = ("second_reading", "second_reading_match", "second_reading_change")
"""…those whose rows belong to a submission of second readings and others that it was held against…"""
PAIRED = ("second_reading", "second_reading_match")
"""(of these, what two submissions add up to)…"""
OF_SUBMISSIONS = tuple(table for table in ENTERED if table not in (*OF_RELEASES, *OF_READINGS, "outbox"))
"""…and those whose rows belong to a submission."""
COUNTED = ("tally", "declared", "reason", "sampled", "scope")
"""What a submission adds up to stands in these."""
WRITERS = {
    **dict.fromkeys(OF_SUBMISSIONS, ("received",)),
    "delivery": ("received", "delivered"),
    "finding": ("received", "asked"),
    "answer": ("answered",),
    "release": ("built",),
    "release_input": ("built",),
    "released_cell": ("built",),
    "second_reading": ("paired",),
    "second_reading_match": ("paired",),
    "second_reading_change": ("paired",),
    "sign_off": ("signed off",),
}
"""Which events of the trail enter rows of a table."""
OWES = ("owed", "owed again")
FINAL = ("sent", "refused", "unknown")
"""The states of a message that have a line of their own."""


@dataclass(frozen=True)
class Line:
    """One line of the audit trail."""

    seq: int
    event: str
    subject: str
    detail: Mapping[str, Any]
    """Empty where it cannot be read."""
    sha256: str
    is_readable: bool = True

    @property
    def wrote(self) -> Mapping[str, Mapping[str, Any]] | None:
        """By table how many rows were written and their digest; None for a line from before digests."""
        told: Mapping[str, Mapping[str, Any]] | None = self.detail.get(WROTE)
        return told

    def __str__(self) -> str:
        return f"line {self.seq} of the audit trail ({self.event} {self.subject})"


@dataclass(frozen=True)
class Record:
    """Everything that the warehouse holds, in one consistent state."""

    lines: tuple[Line, ...]
    broken: tuple[int, ...]
    """The numbers of the lines that do not follow from the line before them."""
    rows: Mapping[str, Sequence[queries.Row]]
    """Every row, by its table."""
    schema: tuple[queries.Row, ...]
    """The migrations applied."""

    def about(self, event: str) -> dict[str, Line]:
        """The last line about an event, by its subject."""
        return {line.subject: line for line in self.lines if line.event == event}

    def has(self, head: Mapping[str, Any] | None) -> bool:
        """Whether the trail went as far as somebody was told that it did, and is the same still up to there."""
        if head is None or head["seq"] == 0:
            return True
        return any((line.seq, line.sha256) == (head["seq"], head["sha256"]) for line in self.lines)

    @property
    def before_digests(self) -> tuple[Line, ...]:
        """The lines from before digests were recorded: of their rows nothing is known but that they are there."""
        of_rows = {event for events in WRITERS.values() for event in events}
        return tuple(line for line in self.lines if line.event in of_rows and line.wrote is None)


def record(connection: Connection) -> Record:
    """Read all that is to be verified."""
    return Record(
        lines=tuple(map(_line, queries.rows(connection, "audit/lines"))),
        broken=tuple(audit.altered(connection)),
        rows={table: queries.rows(connection, statement) for table, statement in ENTERED.items()},
        schema=tuple(queries.rows(connection, "trail/schema_version")),
    )


def counted(connection: Connection) -> Mapping[str, Mapping[str, Sequence[queries.Row]]]:
    """What every submission adds up to, as it is stored: its rows by table and submission."""
    found = {}
    for table in COUNTED:
        of_submission: dict[str, list[queries.Row]] = defaultdict(list)
        for row in queries.rows(connection, ENTERED[table]):
            of_submission[row["submission_id"]].append(row)
        found[table] = of_submission
    return found


Pair = Mapping[str, Sequence[queries.Row]]
"""What one submission of second readings and one own submission add up to: the rows of each table."""


def pairs(connection: Connection) -> Mapping[tuple[str, str], Pair]:
    """What every two submissions that were held against each other add up to, as it is stored."""
    found: dict[tuple[str, str], dict[str, list[queries.Row]]] = defaultdict(lambda: defaultdict(list))
    for table in PAIRED:
        for row in queries.rows(connection, ENTERED[table]):
            found[row["reading_id"], row["own_id"]][table].append(row)
    return found


def faults(found: Record, migrations: Path) -> Iterator[Fault]:
    """What is wrong with the trail, or with any row of the warehouse."""
    yield from _of_the_chain(found)
    for table in (*OF_SUBMISSIONS, *OF_READINGS, *OF_RELEASES):
        yield from _of_table(found, table)
    yield from _of_messages(found)
    yield from _of_schema(found.schema, migrations)


def _of_the_chain(found: Record) -> Iterator[Fault]:
    """Lines that were changed, or of which the one before is gone; and lines that are gone without breaking the chain."""
    lines = {line.seq: line for line in found.lines}
    for seq in found.broken:
        yield Fault(str(lines[seq]), "was changed, or the line before it was changed or taken out")
    gone = sorted(set(range(1, max(lines, default=0) + 1)) - set(lines))
    if gone:
        yield Fault("the audit trail", f"lacks {_numbers(gone)}")
    for line in found.lines:
        if not line.is_readable and line.seq not in found.broken:
            yield Fault(str(line), "tells nothing that can be read")
        if line.event == "built" and not found.has(line.detail.get("head")):
            yield Fault(str(line), "tells of another head of the audit trail than the line of that number is")


def _of_table(found: Record, table: str) -> Iterator[Fault]:
    """Rows of one table that differ from what the lines about their subject wrote."""
    key = "release_id" if table in OF_RELEASES else "reading_id" if table in OF_READINGS else "submission_id"
    present: dict[str, list[queries.Row]] = defaultdict(list)
    for row in found.rows[table]:
        present[row[key]].append(row)
    told: dict[str, list[Line]] = defaultdict(list)
    for line in found.lines:
        if line.event in WRITERS[table]:
            told[line.subject].append(line)
    for subject in sorted({*present, *told}):
        for what in _differences(table, present[subject], told[subject]):
            yield Fault(f"table {table}, {key.removesuffix('_id')} {subject}", what)


def _differences(table: str, rows: Sequence[queries.Row], lines: Sequence[Line]) -> Iterator[str]:
    """How the rows of one subject differ from what its lines say that they wrote."""
    if not lines:
        yield f"{_many(rows)} without a line of the audit trail"
        return
    before_digests = [line for line in lines if line.wrote is None]
    if before_digests:
        yield from _from_before_digests(table, rows, before_digests)
    parts = [(line, line.wrote[table]) for line in lines if line.wrote and table in line.wrote]
    owed = sum(part[ROWS] for _, part in parts)
    if not before_digests and len(rows) != owed:
        yield f"{_many(rows)} where the audit trail says {owed}"
    for line, part in parts:
        if not _stand(rows, part):
            yield f"not as {line} wrote {'it' if part[ROWS] == 1 else 'them'}"


def _stand(rows: Sequence[queries.Row], part: Mapping[str, Any]) -> bool:
    """Whether the rows that one line wrote stand among those of its subject: side by side, for they were numbered then."""
    number = part[ROWS]
    return any(digest(rows[at : at + number]) == part[SHA256] for at in range(len(rows) - number + 1))


def _from_before_digests(table: str, rows: Sequence[queries.Row], lines: Sequence[Line]) -> Iterator[str]:
    """Of what was entered before digests were recorded little is known: the bytes, the content, the words of an answer."""
    if table in ("submission", "release"):
        name = {"submission": "sha256", "release": "content_sha256"}[table]
        if [row[name] for row in rows] != [line.detail.get(name) for line in lines]:
            yield f"not what {lines[0]} tells of"
    if table == "answer":
        stands = {row["seq"]: hashlib.sha256(row["answer"].encode()).hexdigest() for row in rows}
        for line in lines:
            if stands.get(line.detail.get("seq", 0)) != line.detail.get("answer_sha256"):
                yield f"not what {line} tells of"


def _of_messages(found: Record) -> Iterator[Fault]:
    """Messages: their key is the hash of what they are, and what became of each is a line once it is final."""
    last: dict[str, Line] = {}
    for line in found.lines:
        if line.event in (*OWES, *FINAL):
            last[line.subject] = line
    rows = {row["message_key"]: row for row in found.rows["outbox"]}
    begun = min((line.seq for line in last.values()), default=0)
    for key in sorted({*rows, *last}):
        place, told, row = f"table outbox, message {key[:12]}", last.get(key), rows.get(key)
        if row is None:
            yield Fault(place, f"gone, and {told} tells of it")
            continue
        if key != _message_key(row):
            yield Fault(place, "is not the message that its key says")
        if told is None:
            if not _is_before_digests(found, row, begun):
                yield Fault(place, "without a line of the audit trail")
        elif told.event in OWES:
            if row["state"] in FINAL:
                yield Fault(place, f"is {row['state']}, and no line of the audit trail says so")
        elif told.wrote and digest([row | {"attempt_id": None}]) != told.wrote.get("outbox", {}).get(SHA256):
            yield Fault(place, f"not as {told} left it")


def _is_before_digests(found: Record, row: queries.Row, begun: int) -> bool:
    """Whether a message was owed before the trail told of messages: what it is about has a line without digests."""
    events = ("received",) if row["kind"] == "receipt" else ("built", "signed off")
    about = [line for line in found.before_digests if line.subject == row["subject_id"] and line.event in events]
    return bool(about) and (not begun or about[0].seq < begun)


def _message_key(row: queries.Row) -> str:
    told = [row["kind"], row["subject_id"], row["edition"], row["recipient"].lower()]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _of_schema(applied: Iterable[queries.Row], migrations: Path) -> Iterator[Fault]:
    """The ledger of migrations, against the migrations of this version."""
    known = {row["version"]: row for row in applied}
    files = {int(path.name[:4]): path for path in migrations.glob("*.sql")}
    for version in sorted({*known, *files}):
        place = f"table schema_version, migration {version}"
        if version not in known:
            yield Fault(place, "is not applied, or its row is gone")
        elif version not in files:
            yield Fault(place, "is not one of this version's")
        else:
            text = files[version].read_text(encoding="utf-8")
            told = (files[version].name, hashlib.sha256(text.encode()).hexdigest())
            if (known[version]["name"], known[version]["sha256"]) != told:
                yield Fault(place, f"is not {told[0]} as this version has it")


def _line(row: queries.Row) -> Line:
    told = audit.read_detail(row["detail"])
    return Line(row["seq"], row["event"], row["subject"], told or {}, row["sha256"], is_readable=told is not None)


def _numbers(numbers: Sequence[int]) -> str:
    """`line 4`, `lines 4, 7`; no more than ten of them."""
    named = ", ".join(map(str, numbers[:10])) + (f" and {len(numbers) - 10} more" if len(numbers) > 10 else "")
    return f"line{'s' if len(numbers) > 1 else ''} {named}"


def _many(rows: Sequence[queries.Row]) -> str:
    return {0: "no row", 1: "1 row"}.get(len(rows), f"{len(rows)} rows")


def notes(found: Record) -> Iterator[str]:
    """What is no fault, and ought to be known."""
    if found.before_digests:
        yield (
            f"{len(found.before_digests)} lines of the audit trail are from before digests (the last is line "
            f"{found.before_digests[-1].seq}): whether their rows were changed cannot be told"
        )


def counts(found: Record) -> Mapping[str, int]:
    """How many lines and rows were looked at."""
    return Counter({"lines of the audit trail": len(found.lines)}) + Counter(
        {f"rows of {table}": len(rows) for table, rows in found.rows.items()}
    )
