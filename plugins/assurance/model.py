"""The nouns of the product: periods, Areas, standards, returns and the counts they hold.

Plain frozen values. Nothing here reads a file, a clock or a database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

NATION = "ALL"
"""Stands for the nation where an Area code stands, and for all standards where a standard code stands."""


@dataclass(frozen=True, order=True)
class Period:
    """A calendar month, written `YYYY-MM`."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read `YYYY-MM`; ValueError for anything else."""
        if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text):
            raise ValueError(f"a period is written YYYY-MM, not {text!r}")
        return cls(int(text[:4]), int(text[5:]))

    @classmethod
    def containing(cls, day: date) -> Period:
        return cls(day.year, day.month)

    def plus(self, months: int) -> Period:
        """The period so many months later (earlier when negative)."""
        year, month0 = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Period(year, month0 + 1)

    def until(self, last: Period) -> Iterator[Period]:
        """Every period from this one to `last`, both included."""
        period = self
        while period <= last:
            yield period
            period = period.plus(1)

    @property
    def first_day(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        return self.plus(1).first_day - timedelta(days=1)

    @property
    def title(self) -> str:
        """`October 2026`."""
        return f"{self.first_day:%B %Y}"

    @property
    def short(self) -> str:
        """`Oct 26`."""
        return f"{self.first_day:%b %y}"

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


@dataclass(frozen=True)
class Area:
    """A geographical unit that owes returns in the periods that begin within its validity."""

    code: str
    name: str
    aliases: tuple[str, ...]
    valid_from: date
    valid_to: date
    """The first day on which it no longer exists."""
    succeeds: str | None = None

    def owes(self, period: Period) -> bool:
        return self.valid_from <= period.first_day < self.valid_to


@dataclass(frozen=True)
class Unit:
    """A part of an Area, such as a police force."""

    name: str
    area: str
    aliases: tuple[str, ...]
    valid_from: date
    valid_to: date

    def exists_in(self, period: Period) -> bool:
        return self.valid_from <= period.first_day < self.valid_to


class Direction(StrEnum):
    """Which way a standard improves; `neutral` when neither way is better."""

    UP = "up"
    DOWN = "down"
    NEUTRAL = "neutral"


@dataclass(frozen=True)
class Standard:
    """One thing undertaken, as the register has it."""

    code: str
    title: str
    version: int
    direction: Direction
    owner: str
    target: Decimal | None
    margin: Decimal
    """How far an Area must be from the typical one to be called, as a share (0.02 is two points)."""
    counted: bool = True
    """False: its checks are kept as not applicable and stand in no rate."""


@dataclass(frozen=True)
class Counts:
    """Answers to one question: how many checks ended each way. Adding two pools them."""

    met: int = 0
    partly: int = 0
    not_met: int = 0
    not_applicable: int = 0
    not_due: int = 0

    @property
    def assessed(self) -> int:
        """Checks that count in the rate: met, partly met and not met."""
        return self.met + self.partly + self.not_met

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.met + other.met,
            self.partly + other.partly,
            self.not_met + other.not_met,
            self.not_applicable + other.not_applicable,
            self.not_due + other.not_due,
        )

    @classmethod
    def total(cls, many: Iterable[Counts]) -> Counts:
        return sum(many, cls())


@dataclass(frozen=True)
class TallyRow:
    """What one Area's return in force says about one standard in one period."""

    period: Period
    area: str
    standard: str
    counts: Counts


class Severity(StrEnum):
    """What a failed rule does to the submission; the order is from worst to mildest."""

    FILE = "file"
    ROW = "row"
    QUERY = "query"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """A rule that failed, and where. Never holds a value of the return."""

    rule: str
    severity: Severity
    row: int | None
    """The line or sheet row as the sender sees it; None for the whole file."""
    column: str | None
    message: str
    fix: str


class Outcome(StrEnum):
    """What became of a submission."""

    ACCEPTED = "accepted"
    ACCEPTED_WITH_QUERIES = "accepted_with_queries"
    NIL = "nil"
    REJECTED = "rejected"

    @property
    def counts(self) -> bool:
        """Whether the submission can be the one in force."""
        return self is not Outcome.REJECTED


class Arrival(StrEnum):
    ON_TIME = "on_time"
    LATE = "late"
    AFTER_CUT_OFF = "after_cut_off"


class ReturnState(StrEnum):
    """What has become of a return that an Area owes."""

    EXPECTED = "expected"
    ACCEPTED = "accepted"
    ACCEPTED_WITH_QUERIES = "accepted_with_queries"
    NIL = "nil"
    REJECTED = "rejected"
    MISSING = "missing"

    @property
    def has_figures(self) -> bool:
        return self in (ReturnState.ACCEPTED, ReturnState.ACCEPTED_WITH_QUERIES)


@dataclass(frozen=True)
class Submission:
    """One received version of a return."""

    submission_id: str
    collection: str
    area: str
    period: Period | None
    """None when the file's name does not say which period it is for; such a file is always rejected."""
    version: int
    file_name: str
    sha256: str
    received_at: datetime
    """UTC, without a zone."""
    arrival: Arrival
    outcome: Outcome
    rows_in: int | None
    """None when the file could not be read as a table."""
    rows_accepted: int
    rows_quarantined: int
    rows_rejected: int
    content_sha256: str | None
    """Fingerprint of the cells without return id and period, to find a month sent twice; None when unreadable."""


@dataclass(frozen=True)
class ReturnStatus:
    """Where one owed return of a period stands."""

    area: Area
    state: ReturnState
    in_force: Submission | None
    """The version that counts; None when none does."""
    latest: Submission | None
    """The last version received, which may be a rejected one."""
    queries: int = 0
    """Findings of severity `query` on the version in force."""


def shown(name: str) -> str:
    """A name as it may stand in a log, a table or a mail: a ? for each character that is no visible text."""
    return "".join(character if character.isprintable() else "?" for character in name)


@dataclass(frozen=True)
class Arrived:
    """One complete file in the landing place. The folder says who sent it."""

    collection: str
    area: str
    path: Path
    size_bytes: int
    modified_at: datetime
    """UTC, without a zone."""

    @property
    def file_name(self) -> str:
        return shown(self.path.name)

    @property
    def reference(self) -> str:
        """Its place in the landing: `outcomes/WSX/R-WSX-202610-v01.csv`, strange characters written as in a URL."""
        return quote("/".join(self.path.parts[-3:]), errors="surrogateescape")


@dataclass(frozen=True)
class TallyLine:
    """What a submission says about one standard in one unit."""

    standard: str
    standard_version: int
    unit: str
    sample_reason: str
    counts: Counts


@dataclass(frozen=True)
class Checked:
    """All there is to know about a submission before it is loaded."""

    submission: Submission
    findings: tuple[Finding, ...]
    tally: tuple[TallyLine, ...]


@dataclass(frozen=True)
class Earlier:
    """What the warehouse knows of one Area's other returns of a collection."""

    periods_by_content: Mapping[str, Period]
    """Periods of accepted returns by the fingerprint of their content, the return's own period apart."""
    counts: Mapping[str, Mapping[Period, Counts]]
    """Counts in force by standard and earlier period."""
