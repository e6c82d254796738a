"""What may stand in the files under `expectations/`? One model a file, and one a part of it.

Unknown keys are refused, and so is a value that YAML may have misread. What the models cannot see, because it takes
more than one file, `loading` checks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, model_validator

from assurance.model import (
    NATION,
    SHAREABLE,
    Charting,
    ChartKind,
    Direction,
    Period,
    Rebase,
    Scale,
    Severity,
    one_line,
)


def _text(value: object) -> object:
    """Refuse what YAML read as a number or a time where the file must quote it."""
    if not isinstance(value, str):
        raise ValueError(f"put it in quotes, for YAML reads it as {value!r}")  # noqa: TRY004 - pydantic wants this one
    return value


def _month(text: str) -> str:
    Period.parse(text)
    return text


def _day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a day; write YYYY-MM-DD") from None
    return text


def _number(text: str) -> str:
    try:
        finite = Decimal(text).is_finite()
    except InvalidOperation:
        finite = False
    if not finite:
        raise ValueError(f"{text!r} is not a number; write it like 0.95")
    return text


def _months_provisional(value: object) -> object:
    if type(value) is not int or not 0 <= value <= LONGEST_PROVISIONAL:
        raise ValueError(
            f"{value!r} is no number of months; write how many months a figure stays provisional, "
            f"from 0 (never) to {LONGEST_PROVISIONAL}"
        )
    return value


def _owner(text: str) -> str:
    if text == NATION:
        raise ValueError(f"{NATION} stands for all owners together in tables; call this one something else")
    return text


LONGEST_PROVISIONAL = 60
"""Months. What is final only after five years is called provisional for ever."""
Quoted = Annotated[str, BeforeValidator(_text)]
Month = Annotated[Quoted, AfterValidator(_month)]
Day = Annotated[Quoted, AfterValidator(_day)]
Number = Annotated[Quoted, AfterValidator(_number)]
Line = Annotated[Quoted, AfterValidator(one_line)]


MOST_DECIMALS = 4
"""No published percentage has more."""


class Entry(BaseModel):
    """A piece of a YAML file: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Words(Entry):
    """The words in which reports speak of a check of this collection."""

    check: str
    checks: str
    met: str
    rate: str
    standard: str
    standards: str


class Limits(Entry):
    """How large a file may be before it is refused unread."""

    bytes: int
    rows: int
    columns: int


class WorkingDay(Entry):
    """The n-th working day of the month after the period, at a time of day in London."""

    working_day: Annotated[int, Field(ge=1, le=18)]
    """No month of England and Wales has fewer than 18."""
    at: Quoted


def _on_the_clock(day: WorkingDay) -> WorkingDay:
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", day.at):
        raise ValueError(f"{day.at!r} is not a time of day; write HH:MM")
    return day


Deadline = Annotated[WorkingDay, AfterValidator(_on_the_clock)]


class Calendar(Entry):
    due: Deadline
    cut_off: Deadline
    release: Deadline
    reminder: Deadline | None = None
    chaser: Deadline | None = None
    escalation: Deadline | None = None
    """When who has not returned is written to; what is left out is not sent."""

    @model_validator(mode="after")
    def _in_order(self) -> Calendar:
        _one_after_another_in(self, "due", "cut_off", "release")
        _one_after_another_in(self, "reminder", "due", "chaser", "escalation", "release")
        if self.chaser == self.due:
            raise ValueError("chaser must come after due: until then the return is in time")
        return self


def _one_after_another_in(calendar: Calendar, *names: str) -> None:
    moments = [(day.working_day, day.at) for name in names if (day := getattr(calendar, name))]
    if moments != sorted(moments):
        raise ValueError(f"{', '.join(names[:-1])} and {names[-1]} must come one after another")


class RebaseEntry(Entry):
    """From this month on a chart has limits of its own, because the process is no longer the same."""

    start: Month = Field(alias="from")
    reason: Line


def _one_after_another(rebases: tuple[RebaseEntry, ...]) -> tuple[RebaseEntry, ...]:
    starts = [rebase.start for rebase in rebases]
    if starts != sorted(set(starts)):
        raise ValueError("its months must come one after another, each once; put them in order")
    return rebases


class ChartEntry(Entry):
    """How the months of a rate are charted. What is left out is as for every other rate."""

    chart: ChartKind = ChartKind.P_PRIME
    screen: StrictBool | None = None
    """Whether the largest moving ranges are left out of the limits; of an XmR chart they are unless told not to."""
    run_length: Literal[6, 7] = 7
    rebase: Annotated[tuple[RebaseEntry, ...], AfterValidator(_one_after_another)] = ()

    @property
    def charting(self) -> Charting:
        return Charting(
            kind=self.chart,
            screen=self.chart is ChartKind.XMR if self.screen is None else self.screen,
            run_length=self.run_length,
            rebases=tuple(Rebase(Period.parse(entry.start), entry.reason) for entry in self.rebase),
        )


class Headline(ChartEntry):
    """How the rate over all standards is judged and charted."""

    direction: Direction
    target: Number | None
    margin: Number


ColumnType = Literal[
    "return_id",
    "area",
    "period",
    # of an aggregate return
    "unit",
    "standard",
    "count",
    "percentage",
    # of a case-level return
    "urn",
    "reference",
    "scope",
    "integer",
    "code",
    "codes",
    "date",
    "answer",
    "text",
]


class Column(Entry):
    """One column of the return, and what a cell of it may hold."""

    name: str
    type: ColumnType
    required: bool = False
    answer: Literal["met", "partly", "not_met", "not_applicable", "not_due"] | None = None
    """Which count of the tally a column of type count adds to."""
    values: tuple[Quoted, ...] = ()
    """What a code may be."""
    values_from: str | None = None
    """The file of the collection whose first column lists what a code may be."""
    least: int | None = None
    most: int | None = None
    longest: int | None = None
    """The most characters a text may have."""
    valid_from: Month | None = None
    valid_to: Month | None = None
    """The first month in which it is no longer asked for."""

    def is_valid(self, period: Period) -> bool:
        after = self.valid_from is None or Period.parse(self.valid_from) <= period
        return after and (self.valid_to is None or period < Period.parse(self.valid_to))


class CaseEntry(Entry):
    """Which columns say what about a case. What is left out a collection does not ask."""

    key: tuple[str, ...] = ()
    """What tells one case from another; without it the reference alone."""
    point: str | None = None
    """The sample point; without it every standard is asked of every case."""
    reason: str | None = None
    """Why the case was chosen; without it all cases were."""
    as_of: str | None = None
    """The day on which the case was assessed."""
    version_by: str | None = None
    """The date that decides by which version of a standard the case is judged."""
    judged_on: Mapping[Quoted, str] = {}
    """By sample point, the date that must lie in the period: a column, or the due date of a standard (`C13_due`)."""


class ReasonEntry(Entry):
    """The column that says why a standard was not met, and what the partner says of it."""

    column: str
    standard: str
    disputed: str | None = None
    accepted: str | None = None


class DaysEntry(Entry):
    """A staged column of the days between two dates of a case."""

    name: str
    days_from: str
    years_later: int = 0
    """Counted from the same day so many years later: 29 February becomes the 28th where there is none."""
    to: str


class RuleText(Entry):
    """What a rule says to the person who must mend the return."""

    rule: str
    severity: Severity
    message: str
    why: str
    fix: str
    effective_from: Month


class AnswersDiffer(RuleText):
    """Of `least` or more declared answers to a timely standard, `share` or more are not those of the dates."""

    check: Literal["answers_differ_from_dates"]
    least: int
    share: Number


class AllFullyMet(RuleText):
    """Of `least` or more cases, nothing that is judged by degree is less than fully met."""

    check: Literal["all_fully_met"]
    least: int


class TooFewCases(RuleText):
    """There are fewer than `least` cases that hold these codes."""

    check: Literal["too_few_cases"]
    least: int
    where: Mapping[str, Quoted] = {}


class ScopeTooSmall(RuleText):
    """There were fewer cases to choose from than were returned; or another number, where all were (`all`)."""

    check: Literal["scope_too_small"]
    all: Quoted


class SameContent(RuleText):
    """Another period's return says exactly this."""

    check: Literal["same_content"]


class OutsideOwnLimits(RuleText):
    """A standard lies outside what the Area's own earlier months, `least_months` or more, lead one to expect."""

    check: Literal["outside_own_limits"]
    least_months: int


class CaseElsewhere(RuleText):
    """A case is in another Area's return of the period."""

    check: Literal["case_elsewhere"]


class CaseDropped(RuleText):
    """A correction has lost a case of the version before."""

    check: Literal["case_dropped"]


class AssessorDropped(RuleText):
    """A later version of second readings has lost all that an assessor had read."""

    check: Literal["assessor_dropped"]


FileRule = Annotated[AnswersDiffer | AllFullyMet | TooFewCases | ScopeTooSmall, Field(discriminator="check")]
"""A rule about a return of cases as a whole."""
HistoryRule = Annotated[
    SameContent | OutsideOwnLimits | CaseElsewhere | CaseDropped | AssessorDropped, Field(discriminator="check")
]
"""A rule that needs other returns."""
OF_CASES = frozenset({"case_elsewhere", "case_dropped"})
"""The history rules that ask about cases."""
OF_READINGS = frozenset({"assessor_dropped", "case_dropped"})
"""Those that ask about second readings, each of which is a case there."""


class Expectation(Entry):
    """One Great Expectations entry of a suite.

    With `each` it stands for one entry per column of a kind (or per column named), `$COLUMN` being the column's name.
    """

    type: str
    kwargs: dict[str, Any]
    severity: Literal["critical", "warning", "info"]
    meta: RuleText
    each: str | tuple[str, ...] | None = None


class RowOfTotals(Entry):
    """How a row that adds up others is known, and what is said of it instead of all that is wrong with it."""

    words: tuple[str, ...] = ()
    """In small letters: one of them stands in a cell that says whose or which a row is."""
    message: str = ""
    fix: str = ""


class RuleFile(Entry):
    version: int
    instead_of: tuple[str, ...] = ()
    """Rules of every collection that this one has rules of its own for."""
    waivable: tuple[str, ...] = ()
    """Rules of severity file or row that a waiver may silence; queries and notes it always may."""
    guards: tuple[RuleText, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    checks: tuple[FileRule, ...] = ()
    history: tuple[HistoryRule, ...] = ()
    totals: RowOfTotals = RowOfTotals()

    @property
    def texts(self) -> tuple[RuleText, ...]:
        """What every rule says; where a guard and an entry share a rule, the guard's comes last."""
        return (*(entry.meta for entry in self.expectations), *self.checks, *self.history, *self.guards)


class Waiver(Entry):
    """A rule that is not held against one Area for a time."""

    rule: str
    area: str
    reason: Line
    approver: Line
    valid_from: Day
    expires: Day
    """The first day on which the rule holds again."""

    @model_validator(mode="after")
    def _expires_after_it_begins(self) -> Waiver:
        if self.begins >= self.ends:
            raise ValueError("it expires before it begins; `expires` is the first day on which the rule holds again")
        return self

    @property
    def begins(self) -> date:
        return date.fromisoformat(self.valid_from)

    @property
    def ends(self) -> date:
        return date.fromisoformat(self.expires)

    def holds_on(self, day: date) -> bool:
        return self.begins <= day < self.ends

    def meets(self, other: Waiver) -> bool:
        """Whether both hold on some day for the same rule and Area."""
        alike = (self.rule, self.area) == (other.rule, other.area)
        return alike and self.begins < other.ends and other.begins < self.ends


class WaiverFile(Entry):
    version: int
    waivers: tuple[Waiver, ...]


ACTION_ID = re.compile(r"A-[0-9]{3,}")


def _action_id(text: str) -> str:
    if not ACTION_ID.fullmatch(text):
        raise ValueError(f"{text!r} is no number of an action; write A- and three or more figures, like A-001")
    return text


class LaterDue(Entry):
    """A later day by which an action is to be done, and why."""

    agreed: Day
    """The day from which on it stands in the place of the one before."""
    due: Day
    reason: Line


class Action(Entry):
    """What somebody has undertaken to do by a day. Its entry stays when it is done."""

    id: Annotated[Quoted, AfterValidator(_action_id)]
    title: Line
    owner: Line
    """A role or a body: people come and go, and an action stays."""
    standard: str | None = None
    """A code of the register; without one it is about several, or about none."""
    area: str | None = None
    """Whose action it is; without one that of all Areas."""
    raised: Day
    due: Day
    later: tuple[LaterDue, ...] = ()
    done: Day | None = None
    outcome: Line | None = None
    """What came of it."""

    @model_validator(mode="after")
    def _in_order(self) -> Action:
        if self.begins > date.fromisoformat(self.due):
            raise ValueError("it is due before it was raised; mend `raised` or `due`")
        if (self.done is None) is not (self.outcome is None):
            raise ValueError("say both `done` and `outcome`, or neither while it is open")
        if self.ends and self.ends < self.begins:
            raise ValueError("it was done before it was raised; mend `raised` or `done`")
        agreed, due = self.begins, date.fromisoformat(self.due)
        for later in self.later:
            if date.fromisoformat(later.agreed) < agreed:
                raise ValueError("the days under `later` are not agreed one after another; put them in order")
            if date.fromisoformat(later.due) <= due:
                raise ValueError(f"{later.due} is no later than the day it was due before; write a later one")
            agreed, due = date.fromisoformat(later.agreed), date.fromisoformat(later.due)
        if self.ends and self.ends < agreed:
            raise ValueError("a later day was agreed when it was done already; mend `done` or take that entry out")
        return self

    @property
    def begins(self) -> date:
        return date.fromisoformat(self.raised)

    @property
    def ends(self) -> date | None:
        return date.fromisoformat(self.done) if self.done else None

    def is_raised_on(self, day: date) -> bool:
        return self.begins <= day

    def is_done_on(self, day: date) -> bool:
        return self.ends is not None and self.ends <= day

    def agreed_on(self, day: date) -> tuple[LaterDue, ...]:
        """The later days that were agreed by a day, the one that stands last."""
        return tuple(later for later in self.later if date.fromisoformat(later.agreed) <= day)

    def due_on(self, day: date) -> date:
        """By when is it to be done, as agreed by a day?"""
        agreed = self.agreed_on(day)
        return date.fromisoformat(agreed[-1].due if agreed else self.due)


class ActionFile(Entry):
    version: int
    actions: tuple[Action, ...]


class ReadsEntry(Entry):
    """Of which collection the answers are read a second time, and which columns say what was read, found and by whom."""

    collection: str
    standard: str
    answer: str
    assessor: str


class ReturnFile(Entry):
    """What every collection says of its returns."""

    code: str
    title: Line
    formats: tuple[Literal["csv", "xlsx"], ...]
    marking: Line
    shareable_marking: Line | None = None
    """The marking of what partners get; without it that of everything else."""
    licence: str | None = None
    contact: str
    note: str = ""
    """What every reader must know of the register, such as where its targets come from."""
    limits: Limits
    dates: tuple[Literal["YYYY-MM-DD", "DD/MM/YYYY"], ...] = ("YYYY-MM-DD",)
    synonyms: Mapping[str, Mapping[Quoted, Quoted]] = {}
    """By column, or by type of column (`code`, `answer`): what may be written, and the agreed value it stands for."""
    meanings: Mapping[str, str] = {}
    """What a column holds, in words for the person who fills it in."""
    columns: tuple[Column, ...]


class CollectionFile(ReturnFile):
    grain: Literal["aggregate", "case"]
    words: Words
    not_collected: tuple[Month, ...] = ()
    calendar: Calendar
    headline: Headline
    provisional_months: Annotated[int, BeforeValidator(_months_provisional)] = 1
    """For so many months a month's figures may still move: until the report for the month so much later."""
    cases: CaseEntry = CaseEntry()
    reasons: ReasonEntry | None = None
    derived: tuple[DaysEntry, ...] = ()


class ReadingFile(ReturnFile):
    """Second readings: register, words and calendar are those of the collection that is read."""

    grain: Literal["reading"]
    reads: ReadsEntry

    @property
    def cases(self) -> CaseEntry:
        return CaseEntry()

    @property
    def reasons(self) -> None:
        return None

    @property
    def derived(self) -> tuple[DaysEntry, ...]:
        return ()


class DueEntry(Entry):
    """By when a timely standard must be met: `days` after the column `from`, or after the due date of a standard."""

    start: str | None = Field(default=None, alias="from")
    after: str | None = None
    days: int | Mapping[str, Mapping[Quoted, int]]
    """So many calendar days, or so many by the answer in a column: `{remand_status: {custody: 50, bail: 70}}`."""
    ordered: str | None = None
    strictly_before: bool = False

    @model_validator(mode="after")
    def _starts_once(self) -> DueEntry:
        if (self.start is None) is (self.after is None):
            raise ValueError("say either `from` a column or `after` a standard")
        if isinstance(self.days, Mapping) and len(self.days) != 1:
            raise ValueError("the days can depend on one column only")
        return self


class StandardEntry(ChartEntry):
    """One version of a standard. A new version is a further entry with the same code."""

    code: str
    title: Line
    version: int
    direction: Direction
    owner: Annotated[Line, AfterValidator(_owner)]
    target: Number | None
    margin: Number
    counted: bool = True
    valid_from: Day | None = None
    question: str = ""
    scale: Scale | None = None
    asked_at: str | None = None
    na_allowed: bool = True
    due: DueEntry | None = None
    evidence: str | None = None
    partners: tuple[str, ...] = ()
    source: str = ""
    source_status: str = ""
    good_practice: str = ""
    """What is done where it is done well, in words that anybody may read."""

    @model_validator(mode="after")
    def _is_dated_if_timely(self) -> StandardEntry:
        if (self.scale is Scale.TIMELY) is not (self.due is not None and self.evidence is not None):
            raise ValueError("a timely standard, and no other, has `due` and `evidence`")
        return self


class StandardFile(Entry):
    version: int
    standards: tuple[StandardEntry, ...]


class Published(Entry):
    """A percentage that somebody published about a standard, as it was printed."""

    standard: str
    """A code of the register."""
    who: Line
    """Who said it."""
    percentage: Number
    """As it was printed, without the sign: its decimals say how far it was rounded."""
    checks: Annotated[int, Field(ge=1)] | None = None
    """Of how many checks, where that is known."""
    first: Month | None = None
    """The months it is about, where they are known."""
    last: Month | None = None
    source: Line
    url: Quoted | None = None
    entered: Day

    @model_validator(mode="after")
    def _can_be_read(self) -> Published:
        if not 0 <= Decimal(self.percentage) <= 100 or len(self.percentage.partition(".")[2]) > MOST_DECIMALS:
            raise ValueError(
                f"{self.percentage} is no percentage; write it as printed, from 0 to 100 with {MOST_DECIMALS} decimals "
                "or fewer"
            )
        if (self.first is None) is not (self.last is None):
            raise ValueError("say both `first` and `last`, the same month twice for one, or neither")
        if self.first and self.last and self.first > self.last:
            raise ValueError("it ends before it begins; `first` is the earlier month")
        if self.url and not self.url.startswith(("https://", "http://")):
            raise ValueError(f"{self.url!r} is no address; write one that begins with https://")
        return self

    @property
    def months(self) -> tuple[Period, Period] | None:
        """The first and the last month it is about; None where they are not known."""
        return (Period.parse(self.first), Period.parse(self.last)) if self.first and self.last else None


class PublishedFile(Entry):
    version: int
    published: tuple[Published, ...]


MailKind = Literal["receipt", "reminder", "chaser", "escalation", "sign_off_request", "release", "alert"]
OF_AREAS: frozenset[MailKind] = frozenset({"receipt", "reminder", "chaser"})
"""Mail about the return of one Area."""
OF_THE_NATION: frozenset[MailKind] = frozenset({"sign_off_request", "alert"})
"""Mail about no Area in particular."""


class Recipient(Entry):
    """Somebody who receives mail about some Areas (`ALL`: the nation), or what is shared with partners."""

    address: str
    name: str
    areas: tuple[str, ...] = ()
    """Whose internal editions and receipts: none for who gets the shareable edition alone, which is one for everybody."""
    kinds: tuple[MailKind, ...]
    editions: tuple[Literal["internal", "shareable"], ...] = ("internal",)
    collections: tuple[str, ...] = ()
    """Mail about these alone; none named: about every collection that the Areas themselves return."""

    @model_validator(mode="after")
    def _gets_what_it_names(self) -> Recipient:
        internal = "internal" in self.editions
        if not self.editions:
            raise ValueError("no edition is named; write internal, shareable or both, or leave `editions` out")
        if internal and not self.areas:
            raise ValueError("the internal editions are about Areas; name some under `areas`, or ALL for the nation")
        if not internal and self.areas:
            raise ValueError(
                "the shareable edition is one for all Areas; leave `areas` out, or add internal to `editions`"
            )
        if not internal and set(self.kinds) != {"release"}:
            (kind, *_) = (kind for kind in self.kinds if kind != "release")
            raise ValueError(f"mail of the kind {kind} is internal; leave it out, or add internal to `editions`")
        return self

    @model_validator(mode="after")
    def _may_be_sent_each_kind(self) -> Recipient:
        for kind in self.kinds:
            if kind in OF_AREAS and set(self.areas) == {NATION}:
                raise ValueError(f"{kind} is about an Area's own return; name the Areas, or leave {kind} out")
            if kind in OF_THE_NATION and NATION not in self.areas:
                raise ValueError(f"{kind} is about all Areas; name {NATION} under areas, or leave {kind} out")
        return self

    def gets(self, edition: str) -> bool:
        """Whether an edition is for this recipient: `ALL`, an Area code, or `shareable`."""
        return edition in (self.editions if edition == SHAREABLE else self.areas)


class RecipientFile(Entry):
    recipients: tuple[Recipient, ...]
