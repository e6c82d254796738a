"""A file of the hostile set: its bytes, everything that is told of it, and every cell that is kept of it.

What is expected is worked out here from what the sender meant, by plain Python, and never asked of the program.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from assurance.catalogue import Collection, Column
from assurance.model import Outcome, Severity
from tests.rules.builders import FIRST_LINE, Place, Return, collection, valid_return
from tests.rules.cases import bcm_return

Cells = Mapping[tuple[int, str], object]
"""What is kept instead of the cell at a line of the file and a column."""
Row = tuple[object, ...]
"""A line, and what is kept of each column of its row."""

SEVERITY = {
    Severity.FILE: {
        "bcm": "RET-001 RET-002 RET-003 RET-004 RET-005 RET-006 RET-007 RET-008 RET-009 RET-010 RET-011",
        "outcomes": "RET-001 RET-002 RET-003 RET-004 RET-005 RET-006 RET-007 RET-008 RET-010 RET-012 "
        "OUT-101 OUT-102 OUT-103",
    },
    Severity.ROW: {
        "bcm": "RET-012 " + " ".join(f"BCM-{number}" for number in range(101, 115)),
        "outcomes": "",
    },
    Severity.QUERY: {
        "bcm": "RET-013 " + " ".join(f"BCM-{number}" for number in range(201, 209)),
        "outcomes": "RET-013 OUT-204",
    },
}
"""What each rule does to a return, as it was agreed; the others tell."""


@dataclass(frozen=True)
class Hostile:
    """One file, and what must become of it."""

    title: str
    code: str
    content: bytes
    name: str
    area: str
    found: tuple[Place, ...]
    """Every finding, or, if `and_more`, the least of them."""
    rows: int | None
    """The records of the file; None if it cannot be read as a table."""
    meant: Return
    """What the rows that count say, line by line."""
    came_from: Mapping[int, int]
    """The line of `meant` that stands at each line of the file."""
    cells: Cells
    computed: Cells = field(default_factory=dict)
    """The answers that follow from the dates, where they are not those that were given."""
    and_more: bool = False
    nil: bool = False
    received: datetime | None = None
    reason_given: bool = False

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def severities(self) -> set[Severity]:
        rules = {rule for rule, _, _ in self.found}
        return {severity for severity, of in SEVERITY.items() if rules & set(of[self.code].split())}

    @property
    def outcome(self) -> Outcome:
        if Severity.FILE in self.severities:
            return Outcome.REJECTED
        if self.nil:
            return Outcome.NIL
        return Outcome.ACCEPTED_WITH_QUERIES if Severity.QUERY in self.severities else Outcome.ACCEPTED

    @property
    def quarantined(self) -> set[int]:
        of_rows = set(SEVERITY[Severity.ROW][self.code].split())
        return {row for rule, row, _ in self.found if rule in of_rows and row is not None}

    @property
    def kept(self) -> list[Row]:
        """Every cell of every row that counts, as it is to be archived."""
        if self.outcome in (Outcome.REJECTED, Outcome.NIL):
            return []
        of = collection(self.code)
        kept = []
        for line, meant in self.came_from.items():
            if line not in self.quarantined:
                given = [self.cells.get((line, c.name), _kept(of, c, self.meant, meant)) for c in columns(of)]
                kept.append((line, *given))
        return kept

    @property
    def tally(self) -> Mapping[tuple[str, str], int]:
        """How often each standard has each answer that counts."""
        return tally_of(collection(self.code), self.kept, self.computed)


def columns(of: Collection) -> list[Column]:
    """The columns that are archived: the folder says the period."""
    return [column for column in of.columns if column.type != "period"]


def _kept(of: Collection, column: Column, meant: Return, line: int) -> object:
    text = meant.cell(line, column.name).strip(" ")
    if not text:
        return None
    match column.type:
        case "date":
            return date.fromisoformat(text)
        case "integer" | "scope" | "count":
            return int(text.replace(",", ""))
        case _:
            return text


MEANING = {"Y": "met", "FM": "met", "PM": "partly", "N": "not_met", "NM": "not_met", "NA": "not_applicable"}
MEANING["ND"] = "not_due"


def tally_of(of: Collection, kept: Sequence[Row], computed: Cells) -> Mapping[tuple[str, str], int]:
    counted: Counter[tuple[str, str]] = Counter()
    names = ["", *(column.name for column in columns(of))]
    codes = {standard.title: standard for standard in of.standards}
    for row in kept:
        cells = dict(zip(names, row, strict=True))
        if of.grain == "case":
            given = {code: computed.get((int(str(row[0])), code), cells[code]) for code in of.versions}
            counted.update((code, MEANING[str(answer)]) for code, answer in given.items() if answer is not None)
            continue
        standard = codes[str(cells["offence_category"])]
        for column, answer in (("convictions", "met"), ("unsuccessful", "not_met")):
            place = standard.code, answer if standard.counted else "not_applicable"
            counted[place] += int(str(cells[column] or 0))
    return {place: number for place, number in counted.items() if number}


GOOD = {"bcm": bcm_return(), "outcomes": valid_return()}


def hostile(
    code: str,
    title: str,
    sent: Return | bytes,
    *found: Place | Iterable[Place],
    rows: int | str | None = "as sent",
    meant: Return | None = None,
    came_from: Mapping[int, int] | None = None,
    cells: Cells | None = None,
    **more: object,
) -> Hostile:
    """A file by what it differs in from a return; its lines are those of the return where nothing else is said."""
    if isinstance(sent, bytes):
        sent = replace(GOOD[code], raw=sent)
        rows = None if rows == "as sent" else rows
    places: list[Place] = []
    for place in found:
        places += [place] if place and isinstance(place[0], str) else place
    meant = meant or sent
    if came_from is None:
        came_from = {line: line for line in range(FIRST_LINE, FIRST_LINE + len(meant.rows))}
    return Hostile(
        title,
        code,
        sent.content,
        str(more.pop("name", sent.name)),
        str(more.pop("area", sent.area)),
        tuple(places),
        len(sent.rows) if rows == "as sent" else rows,  # type: ignore[arg-type]
        meant,
        came_from,
        cells or {},
        reason_given=sent.reason_given,
        **more,  # type: ignore[arg-type]
    )
