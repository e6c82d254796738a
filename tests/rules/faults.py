"""Returns with one fault, and every finding that it must bring: no more, no fewer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path

from pyarrow import parquet

from assurance.catalogue import Collection
from assurance.intake.checking import with_findings
from assurance.intake.history import history_findings
from assurance.model import Checked, Earlier, Neighbour, Outcome
from tests.rules.builders import Place, Return, Seen, collection, examined

NO_HISTORY = Earlier({}, {})


@dataclass(frozen=True)
class Case:
    """A return that breaks one thing, what it must bring, and what becomes of it."""

    rule: str
    title: str
    sent: Return | bytes
    found: tuple[Place, ...]
    outcome: Outcome = Outcome.REJECTED
    name: str = ""
    area: str = ""
    received: datetime | None = None
    earlier: Earlier = field(default=NO_HISTORY)
    elsewhere: tuple[Return, ...] = ()
    """What other Areas have returned for the month."""
    before: Return | None = None
    """The version that this one corrects."""

    def __str__(self) -> str:
        return f"{self.rule} {self.title}"


@dataclass(frozen=True)
class RowFault:
    """A row that breaks one thing, and the rules and columns that must be named at its line."""

    rule: str
    title: str
    cells: Mapping[str, object]
    found: tuple[tuple[str, str | None], ...]

    def __str__(self) -> str:
        return f"{self.rule} {self.title}"


def whole(*rules: str) -> tuple[Place, ...]:
    """Findings about the whole of a return."""
    return tuple((rule, None, None) for rule in rules)


def examined_case(of: Collection, case: Case) -> Seen:
    """What is found in the file."""
    return examined(case.sent, name=case.name, area=case.area, of=other_than_outcomes(of), received=case.received)


def judged(of: Collection, case: Case, folder: Path) -> Checked:
    """What is found in the file, and then what the other returns say of it, which are archived in the folder."""
    seen = examined_case(of, case)
    elsewhere = tuple(Neighbour(sent.name, sent.name[2:5], archived(of, sent, folder)) for sent in case.elsewhere)
    before = archived(of, case.before, folder) if case.before else None
    own = None if seen.accepted is None else kept(seen, folder / "own.parquet")
    earlier = replace(case.earlier, own=own, elsewhere=elsewhere, before=before)
    return with_findings(seen.checked, history_findings(of, seen.checked, earlier))


def archived(of: Collection, sent: Return, folder: Path) -> Path:
    """The rows of a return that count, as they are kept."""
    return kept(examined(sent, of=other_than_outcomes(of)), folder / f"{sent.name}.parquet")


def kept(seen: Seen, path: Path) -> Path:
    assert seen.accepted is not None
    parquet.write_table(seen.accepted, path)
    return path


def other_than_outcomes(of: Collection) -> Collection | None:
    """The same; None for the collection that `examined` takes by itself, and remembers."""
    return None if of.code == collection().code else of


@cache
def told_once(sent: Return) -> str:
    """The fingerprint of a return's content."""
    content = examined(sent).checked.submission.content_sha256
    assert content is not None
    return content


def without_column(sent: Return, column: str) -> Return:
    index = sent.header.index(column)
    rows = tuple(row[:index] + row[index + 1 :] for row in sent.rows)
    return replace(sent, header=sent.header[:index] + sent.header[index + 1 :], rows=rows)
