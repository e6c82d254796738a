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
from functools import lru_cache
from pathlib import Path, PurePosixPath
from urllib.parse import quote

NATION = "ALL"
"""Stands for the nation where an Area code stands, and for all standards where a standard code stands."""
SHAREABLE = "shareable"
"""Stands for the edition that partners get where an Area code, or that of the nation, stands for an internal one."""


@dataclass(frozen=True, order=True)
class Period:
    """A calendar month, written `YYYY-MM`."""

    year: int
    month: int

    @classmethod
    @lru_cache(1200)  # tens of thousands of rows name the same hundred months
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


def return_name(area: str, period: Period, version: int) -> str:
    """`R-WSX-201610-v01`: the name of a return's file without its ending, and its `return_id`."""
    return f"R-{area}-{period.year:04d}{period.month:02d}-v{version:02d}"


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

    @property
    def first_period(self) -> Period:
        """The first month that begins when the Area is there."""
        first = Period.containing(self.valid_from)
        return first if self.valid_from <= first.first_day else first.plus(1)


@dataclass(frozen=True)
class Unit:
    """A part of an Area, such as a police force; of `ALL`, a force that works everywhere."""

    name: str
    area: str
    aliases: tuple[str, ...]
    valid_from: date
    valid_to: date
    codes: tuple[str, ...] = ()
    """The numbers with which its case references begin."""

    def exists_in(self, period: Period) -> bool:
        return self.valid_from <= period.first_day < self.valid_to


class Direction(StrEnum):
    """Which way a standard improves; `neutral` when neither way is better."""

    UP = "up"
    DOWN = "down"
    NEUTRAL = "neutral"


class Scale(StrEnum):
    """How a check is answered: by yes or no, by degree, or by yes or no against a date."""

    BINARY = "binary"
    GRADED = "graded"
    TIMELY = "timely"

    @property
    def answers(self) -> Mapping[str, str]:
        """Each answer that may be given and the count of the tally that it adds to."""
        return ANSWERS[self]


ANSWERS: Mapping[Scale, Mapping[str, str]] = {
    Scale.BINARY: {"Y": "met", "N": "not_met", "NA": "not_applicable"},
    Scale.GRADED: {"FM": "met", "PM": "partly", "NM": "not_met", "NA": "not_applicable"},
    Scale.TIMELY: {"Y": "met", "N": "not_met", "NA": "not_applicable", "ND": "not_due"},
}
NOT_APPLICABLE = "NA"
ADVERSE = ("N", "NM")
"""The answers that say that a standard was not met."""


@dataclass(frozen=True)
class Due:
    """By when a timely standard must be met, in calendar days from a date of the case."""

    start: str
    """A column of dates; or, where `after_standard`, another standard, whose due date it follows."""
    after_standard: bool
    days: Mapping[str, int]
    """Days by the answer in `days_by`; under the key `""` where they are always the same."""
    days_by: str | None = None
    ordered: str | None = None
    """The column of a judge's direction, which beats the rest where it is filled."""
    strictly_before: bool = False
    """Whether the due day itself is too late."""


class ChartKind(StrEnum):
    """Which control chart shows how a rate varies from month to month."""

    P_PRIME = "p_prime"
    XMR = "xmr"


@dataclass(frozen=True)
class Rebase:
    """A month from which on a chart has limits of its own, because the process is no longer the same."""

    start: Period
    reason: str


@dataclass(frozen=True)
class Charting:
    """How the months of a rate are charted, as the register has it."""

    kind: ChartKind = ChartKind.P_PRIME
    screen: bool = False
    """Whether the largest moving ranges are left out of the limits."""
    run_length: int = 7
    """How many points make a trend or a shift."""
    rebases: tuple[Rebase, ...] = ()


USUAL_CHARTING = Charting()
"""Where the register says nothing else."""


@dataclass(frozen=True)
class Standard:
    """One version of one thing undertaken, as the register has it."""

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
    valid_from: date = date.min
    """The first sending date of the cases it is asked of."""
    question: str = ""
    scale: Scale | None = None
    """None where a return holds counts and no answers."""
    asked_at: str | None = None
    """The sample point at which it is asked; None where every case is asked."""
    na_allowed: bool = True
    due: Due | None = None
    evidence: str | None = None
    """The column of the day on which it was done."""
    partners: tuple[str, ...] = ()
    source: str = ""
    charting: Charting = USUAL_CHARTING
    good_practice: str = ""
    """What is done where it is done well; everybody may read it."""

    @property
    def allowed_answers(self) -> tuple[str, ...]:
        """The answers a return may give; none where it holds counts."""
        answers = self.scale.answers if self.scale else ()
        return tuple(answer for answer in answers if self.na_allowed or answer != NOT_APPLICABLE)


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
        met = partly = not_met = not_applicable = not_due = 0
        for one in many:
            met += one.met
            partly += one.partly
            not_met += one.not_met
            not_applicable += one.not_applicable
            not_due += one.not_due
        return cls(met, partly, not_met, not_applicable, not_due)


@dataclass(frozen=True)
class TallyRow:
    """What one Area's return in force says about one standard in one period, by the version that judged it."""

    period: Period
    area: str
    standard: str
    counts: Counts
    version: int = 1
    """Of the standard in the register: a case is judged by the one in force when it was sent."""


@dataclass(frozen=True)
class ReleasedCell:
    """One cell of a table that was shared with partners; `ALL` stands for all Areas, owners or standards."""

    area: str
    owner: str
    standard: str
    assessed: int | None
    """None where it has no figure or was hidden; `mark` says which."""
    met: int | None
    mark: str
    """What stands in its place: `[c]` hidden, `[x]` no return, `[o]` a return left out, `[n]` nil
    return. Empty where it is shown."""


class Severity(StrEnum):
    """What a failed rule does to the submission; the order is from worst to mildest."""

    FILE = "file"
    ROW = "row"
    QUERY = "query"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


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
    waived: bool = False
    """A waiver made a note of what would otherwise have asked or refused."""


@dataclass(frozen=True)
class FailedRule:
    """A rule that a submission failed, and at how many places."""

    rule: str
    severity: Severity
    places: int
    waived: int
    """At so many of them a waiver made a note of it."""


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
    LEFT_OUT = "left_out"
    """It is in and stays so, and no release is made from it, for somebody decided so."""

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
class LeftOut:
    """That a return is left out of releases, until somebody takes it in again."""

    by: str
    """An office."""
    reason: str
    at: datetime
    """UTC, without a zone."""


@dataclass(frozen=True)
class ReturnStatus:
    """Where one owed return of a period stands."""

    area: Area
    state: ReturnState
    in_force: Submission | None
    """The version that counts; None when none does, or when it is left out."""
    latest: Submission | None
    """The last version received, which may be a rejected one."""
    queries: int = 0
    """Queries to the version in force, answered or not: what one rule asks about one column is one."""
    waived: int = 0
    """Findings on the version in force of which a waiver made notes."""
    left_out: LeftOut | None = None
    """Who left it out of releases, and why; None where nobody did, and where there is nothing to leave out."""

    kept: Submission | None = None
    """The version that would count, were it not left out."""

    @property
    def is_in(self) -> bool:
        """Whether the Area has done its part: a return has come that counts, or would if it were not left out."""
        return (self.in_force or self.kept) is not None


def shown(name: str) -> str:
    """A name as it may stand in a log, a table or a mail: a ? for each character that is no visible text."""
    return "".join(character if character.isprintable() else "?" for character in name)


LONGEST_LINE = 500
"""The most characters of a reason or an answer."""


def one_line(text: str) -> str:
    """A sentence or two that a person wrote, as one line; ValueError, with the cure, for what cannot be shown as one."""
    line = " ".join(text.split())
    if not line:
        raise ValueError("nothing is said; write a sentence")
    if len(line) > LONGEST_LINE:
        raise ValueError(f"more than {LONGEST_LINE} characters; say it shorter")
    if not line.isprintable():
        raise ValueError("it holds a character that cannot be seen; type it again by hand")
    return line


def shortened(text: str) -> str:
    """What came in a file as such a line: cut where it is too long, a ? for each character that is no visible text."""
    line = shown(" ".join(text.split()))
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"


@dataclass(frozen=True)
class Arrived:
    """One complete file in the landing place. The folder says who sent it."""

    collection: str
    area: str
    path: PurePosixPath
    """Below the landing place: `outcomes/WSX/R-WSX-202610-v01.csv`."""
    size_bytes: int
    modified_at: datetime
    """UTC, without a zone."""

    @property
    def file_name(self) -> str:
        return shown(self.path.name)

    @property
    def reference(self) -> str:
        """Its place in the landing, strange characters written as in a URL."""
        return quote(self.path.as_posix(), errors="surrogateescape")


@dataclass(frozen=True)
class TallyLine:
    """What a submission says about one standard in one unit."""

    standard: str
    standard_version: int
    unit: str
    sample_reason: str
    counts: Counts


@dataclass(frozen=True)
class CountedLine:
    """A line of the tally of a submission: whose it is, and for when."""

    submission_id: str
    period: Period
    area: str
    line: TallyLine


@dataclass(frozen=True)
class JudgedWith:
    """With what a submission was judged."""

    catalogue: str
    """The version of rules and register."""
    package: str


@dataclass(frozen=True)
class DeclaredLine:
    """How often a submission's own answer to a timely standard met which answer computed from its dates."""

    standard: str
    standard_version: int
    sample_reason: str
    declared: str
    computed: str
    checks: int


COUNTED_REASONS = ("random", "all")
"""Cases chosen at random, and all there are, count in rates…"""
SAMPLE_REASONS = (*COUNTED_REASONS, "targeted")
"""…and those chosen for a reason are kept apart."""

ANY_REASON = ""
"""Stands for the check as a whole, which may have several reasons, where a reason stands."""


@dataclass(frozen=True)
class ReasonLine:
    """How often a submission gives one reason for a standard not met, and what the partner says of it."""

    sample_reason: str
    reason: str
    """Its code; or `ANY_REASON`: each check once, however many reasons it has."""
    disputed: str
    """`Y` or `N`; empty where nothing was said."""
    accepted: str
    """Whether a dispute was accepted: `Y` or `N`; empty where there was none."""
    checks: int


@dataclass(frozen=True)
class SampledLine:
    """How many cases of a submission were looked at, where and why."""

    sample_point: str
    sample_reason: str
    cases: int


@dataclass(frozen=True)
class UnmetRows:
    """The rows of a return in which one standard was not met, or only partly, as its sender sees them: no cell of them."""

    standard: str
    answer: str
    """What they count as: `not_met` or `partly`."""
    rows: tuple[int, ...]
    said_met: tuple[int, ...] = ()
    """Of a timely standard, those of them that say that it was met, against their dates."""


@dataclass(frozen=True)
class Counted:
    """Everything a submission adds up to. No case is in it."""

    tally: tuple[TallyLine, ...] = ()
    declared: tuple[DeclaredLine, ...] = ()
    reasons: tuple[ReasonLine, ...] = ()
    sampled: tuple[SampledLine, ...] = ()
    cases_in_scope: int | None = None
    """How many cases there were to choose from, as the return says; None where it does not say."""


@dataclass(frozen=True)
class Answer:
    """What somebody says to a query. It is shown to who approves, so nothing of a case may stand in it."""

    rule: str
    column: str | None
    """None: to everything that the rule asks."""
    text: str
    by: str
    at: datetime
    """UTC, without a zone."""
    carried_from: str | None = None
    """The submission to which it was first given, where a later one asks the same."""
    carried_from_version: int | None = None

    def is_to(self, rule: str, column: str | None) -> bool:
        return self.rule == rule and self.column in (None, column)


@dataclass(frozen=True)
class Query:
    """What one rule asks of a submission about one column, however many rows it names."""

    rule: str
    column: str | None
    """None: about the return, or rows of it."""
    messages: tuple[str, ...]
    places: int
    answer: Answer | None = None
    """The one that stands: the last."""
    said_before: Answer | None = None
    """Where none stands: what was said last, before more was asked."""


@dataclass(frozen=True)
class WaivedRule:
    """What one rule would have asked or refused in a submission, were it not waived."""

    rule: str
    message: str
    places: int


@dataclass(frozen=True)
class Asked:
    """Everything that a submission is asked, or would be."""

    queries: tuple[Query, ...] = ()
    waived: tuple[WaivedRule, ...] = ()
    unasked: tuple[Answer, ...] = ()
    """Answers to what nobody asked: kept, for somebody meant something by them."""

    @property
    def open(self) -> tuple[Query, ...]:
        return tuple(query for query in self.queries if query.answer is None)


@dataclass(frozen=True)
class Checked:
    """All there is to know about a submission before it is loaded."""

    submission: Submission
    findings: tuple[Finding, ...]
    counted: Counted
    answers: tuple[Answer, ...] = ()
    """What its answer sheet says to the queries of the version before, or to its own."""


@dataclass(frozen=True)
class Fault:
    """Something that is not as it was recorded. Never holds a value of a return."""

    place: str
    """A line, rows of a table, or a file."""
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


@dataclass(frozen=True)
class DeclaredRow:
    """What the returns in force say of a timely standard, beside what their dates say."""

    period: Period
    area: str
    standard: str
    declared: str
    computed: str
    checks: int


@dataclass(frozen=True)
class ReasonRow:
    """How often an Area's return in force gives a reason; see ReasonLine."""

    period: Period
    area: str
    reason: str
    disputed: str
    accepted: str
    checks: int


@dataclass(frozen=True)
class CoverageRow:
    """How much an Area's return in force looked at."""

    period: Period
    area: str
    cases: int
    """Cases that count in rates: chosen at random, or all there were."""
    targeted: int
    """Cases chosen for a reason; they are kept apart."""
    in_scope: int | None
    """How many there were to choose from; None where the return does not say."""


@dataclass(frozen=True)
class Neighbour:
    """Another Area's return of the same period, as it counts."""

    submission_id: str
    area: str
    rows: Path
    """Its archived rows."""


@dataclass(frozen=True)
class Earlier:
    """What is known of the other returns of a collection when one is checked."""

    periods_by_content: Mapping[str, Period]
    """Periods of accepted returns by the fingerprint of their content, the return's own period apart."""
    counts: Mapping[str, Mapping[Period, Counts]]
    """Counts in force by standard and earlier period."""
    own: Path | None = None
    """The archived rows of the return itself; None where none of its rows counts."""
    elsewhere: tuple[Neighbour, ...] = ()
    """The other Areas' returns in force for the same period."""
    before: Path | None = None
    """The archived rows of the version this one would take the place of."""
    overtaken: bool = False
    """Whether a later version counts already, and this one will not."""


@dataclass(frozen=True)
class SecondReadingLine:
    """How often an Area's own answer met which second answer to the same check, in one pair of submissions."""

    assessor: str
    standard: str
    standard_version: int
    scale: str
    sample_reason: str
    own: str
    second: str
    checks: int


@dataclass(frozen=True)
class ReadingMatch:
    """How many of an assessor's readings found their check in an own submission, and why the others did not."""

    assessor: str
    readings: int
    matched: int
    case_unknown: int
    """The case does not stand in the own submission."""
    not_answered: int
    """The case stands there, and the standard has no answer."""


@dataclass(frozen=True)
class Paired:
    """What one submission of second readings and one own submission add up to. No case is in it."""

    lines: tuple[SecondReadingLine, ...]
    matches: tuple[ReadingMatch, ...]


@dataclass(frozen=True)
class Changed:
    """How many checks that were read, and how many cases, have another own answer in a later version."""

    checks: int
    cases: int


@dataclass(frozen=True)
class SecondReadingRow:
    """The same as SecondReadingLine, of what is in force."""

    period: Period
    area: str
    assessor: str
    standard: str
    sample_reason: str
    own: str
    second: str
    checks: int


@dataclass(frozen=True)
class ReadingRow:
    """How far an assessor's readings in force found their checks in the own return in force."""

    period: Period
    area: str
    assessor: str
    readings: int
    matched: int
    case_unknown: int
    """The case does not stand in the own return, or there is none that counts."""
    not_answered: int


@dataclass(frozen=True)
class ChangedRow:
    """What an Area has answered otherwise since its cases were read."""

    period: Period
    area: str
    checks: int
    cases: int


@dataclass(frozen=True)
class SecondReadings:
    """Everything that is known of second readings in force."""

    pairs: tuple[SecondReadingRow, ...] = ()
    readings: tuple[ReadingRow, ...] = ()
    changed: tuple[ChangedRow, ...] = ()
