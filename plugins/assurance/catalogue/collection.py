"""What is a collection, once its files are read? Its columns, register, rules, calendar and the Areas that owe it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from typing import Any, Literal, get_args

from assurance.catalogue.schema import (
    Action,
    Calendar,
    CaseEntry,
    Column,
    ColumnType,
    DaysEntry,
    Expectation,
    FileRule,
    HistoryRule,
    Limits,
    Published,
    ReadsEntry,
    ReasonEntry,
    Recipient,
    RuleFile,
    RuleText,
    Waiver,
    Words,
)
from assurance.errors import CatalogueError
from assurance.model import (
    NATION,
    USUAL_CHARTING,
    Area,
    Charting,
    Direction,
    Finding,
    Period,
    Scale,
    Severity,
    Standard,
    Unit,
)

CODED = frozenset(get_args(ColumnType)) - {"unit", "standard", "text"}
"""The types of column whose cells hold codes and figures: plain characters only."""
KINDS = frozenset({"required", "coded", "evidence", "timely", "asked", *get_args(ColumnType)})
"""What `each` may say."""


@dataclass(frozen=True)
class Reason:
    """One reason that may be given for a standard not met."""

    code: str
    group: str
    label: str


@dataclass(frozen=True, eq=False)
class Collection:
    """A kind of return: its columns, rules, register, calendar and the Areas that owe it."""

    code: str
    title: str
    grain: Literal["aggregate", "case", "reading"]
    formats: tuple[str, ...]
    marking: str
    licence: str | None
    contact: str
    note: str
    words: Words
    limits: Limits
    not_collected: frozenset[Period]
    calendar: Calendar
    headline_direction: Direction
    headline_target: Decimal | None
    headline_margin: Decimal
    dates: tuple[str, ...]
    """How a date may be written."""
    synonyms: Mapping[str, Mapping[str, str]]
    """By column, or by type of column: what may be written, and the agreed code or answer it stands for."""
    meanings: Mapping[str, str]
    """What a column holds, in words for the person who fills it in; not every column has any."""
    columns: tuple[Column, ...]
    """Every column of any time; `columns_in` has those of a period."""
    cases: CaseEntry
    reasons: ReasonEntry | None
    reason_list: tuple[Reason, ...]
    derived: tuple[DaysEntry, ...]
    standards: tuple[Standard, ...]
    """Every version of every standard, in the order of the register; `standards_in` has those of a period."""
    rules: RuleFile
    areas: tuple[Area, ...]
    units: tuple[Unit, ...]
    version: str
    """Fingerprint of the files that define the collection: what its rules, register and waivers were."""
    waivers: tuple[Waiver, ...] = ()
    actions: tuple[Action, ...] = ()
    """What was undertaken to be done, open or done, in the order of the file."""
    shareable_marking: str = ""
    """The protective marking of what partners get; empty: that of everything else."""
    headline_charting: Charting = USUAL_CHARTING
    waived: frozenset[str] = frozenset()
    """The rules that are waived for the return that is judged; see `with_waivers`."""
    provisional_months: int = 1
    """So many months later comes the report with which a month's figures are final; 0: they are at once."""
    read: Collection | None = None
    """The collection whose answers are read a second time; None for what the Areas return themselves."""
    reads: ReadsEntry | None = None
    """Which columns say what was read, found and by whom."""
    published: tuple[Published, ...] = ()
    """Figures that others published about its standards."""
    assessors: Mapping[str, str] = field(default_factory=dict)
    """Who may read, by code, and how they are called."""

    # -- Areas

    def areas_owing(self, period: Period) -> tuple[Area, ...]:
        """The Areas that owe a return for the period, by code; none for a month that is not collected or not yet.

        Nobody owes a second reading.
        """
        return () if self.read else self.areas_in(period)

    def areas_in(self, period: Period) -> tuple[Area, ...]:
        """The Areas for which a return of the period is taken, owed or not."""
        if period in self.not_collected or not self.columns_in(period):
            return ()
        return tuple(area for area in self.areas if area.owes(period))

    def owing_since(self, code: str) -> Period:
        """The first month that begins when the Area is there."""
        return self.area(code).first_period

    def area(self, code: str) -> Area:
        """The Area with this code; CatalogueError when there is none."""
        for area in self.areas:
            if area.code == code:
                return area
        raise CatalogueError(
            f"there is no Area {code!r} in areas.csv; its codes are {', '.join(a.code for a in self.areas)}"
        )

    def name_of(self, code: str) -> str:
        """The name of an Area; a folder of the landing place that is no Area is called as it is."""
        return next((area.name for area in self.areas if area.code == code), code)

    def units_of(self, area: str, period: Period) -> tuple[Unit, ...]:
        return tuple(unit for unit in self.units if unit.area == area and unit.exists_in(period))

    # -- columns

    def columns_in(self, period: Period) -> tuple[Column, ...]:
        """The columns of a return for this period."""
        return tuple(column for column in self.columns if column.is_valid(period))

    def column_of(self, *types: str) -> Column:
        """The one column of these types; loading has seen to it that it is there."""
        return next(column for column in self.columns if column.type in types)

    def has_column(self, *types: str) -> bool:
        return any(column.type in types for column in self.columns)

    def values_of(self, column: Column) -> tuple[str, ...]:
        """The agreed codes or answers of a column; none for a column of another type."""
        if column.type != "answer":
            return column.values if column.type == "code" else ()
        scale = self.versions[column.name][0].scale
        return tuple(scale.answers) if scale else ()

    def synonyms_of(self, column: Column) -> Mapping[str, str]:
        """What else may be written in a column, and the agreed code or answer that it stands for."""
        known = {**self.synonyms.get(column.type, {}), **self.synonyms.get(column.name, {})}
        return {written: agreed for written, agreed in known.items() if agreed in self.values_of(column)}

    @property
    def case_key(self) -> tuple[str, ...]:
        """The columns that tell one case from another."""
        return self.cases.key or (self.column_of("urn", "reference").name,)

    # -- register

    @cached_property
    def versions(self) -> Mapping[str, tuple[Standard, ...]]:
        """Every version of each standard, the oldest first, by code in the order of the register."""
        codes = dict.fromkeys(standard.code for standard in self.standards)
        return {code: tuple(s for s in self.standards if s.code == code) for code in codes}

    def standards_in(self, period: Period) -> tuple[Standard, ...]:
        """The standards as they are in force at the end of a period."""
        return tuple(
            next(version for version in reversed(versions) if version.valid_from <= period.last_day)
            for versions in self.versions.values()
            if versions[0].valid_from <= period.last_day and self._is_asked(versions[0].code, period)
        )

    def _is_asked(self, code: str, period: Period) -> bool:
        columns = self.read.columns if self.read else self.columns
        return self.grain == "aggregate" or any(c.name == code and c.is_valid(period) for c in columns)

    # -- rules

    @cached_property
    def rule_texts(self) -> Mapping[str, RuleText]:
        """Every rule by id. Where a guard and an entry share a rule, the guard's text: an entry carries its own."""
        return {text.rule: text for text in self.rules.texts}

    def why(self, finding: Finding) -> str:
        """Why the rule behind a finding is asked; a rule with several texts is known by the cure that was told."""
        return self._reasons.get((finding.rule, finding.fix), "")

    @cached_property
    def _reasons(self) -> Mapping[tuple[str, str], str]:
        return {(text.rule, text.fix.format()): text.why for text in self.rules.texts}

    def is_in_force(self, rule: RuleText, period: Period) -> bool:
        return Period.parse(rule.effective_from) <= period

    def suite(self, period: Period) -> tuple[Expectation, ...]:
        """The Great Expectations entries of a period, each for one column, in a fixed order."""
        return _suite(self, period)

    def checks(self, period: Period) -> tuple[FileRule, ...]:
        """The rules of a period about a return as a whole."""
        return tuple(rule for rule in self.rules.checks if self.is_in_force(rule, period))

    def history(self, period: Period) -> tuple[HistoryRule, ...]:
        """The rules of a period that need earlier or other returns."""
        return tuple(rule for rule in self.rules.history if self.is_in_force(rule, period))

    def with_waivers(self, area: str, day: date) -> Collection:
        """The collection as it judges what an Area sends on a day: a rule that is waived then is a note, and says so."""
        in_force = tuple(waiver for waiver in self.waivers if waiver.area == area and waiver.holds_on(day))
        return _waiving(self, in_force) if in_force else self

    def asked_by(self, scale: Scale, period: Period) -> tuple[str, ...]:
        """The codes of the standards of one scale that are asked in a period."""
        return tuple(standard.code for standard in self.standards_in(period) if standard.scale is scale)


def ordinary(entry: Expectation, columns: Sequence[Column], standards: Sequence[Standard]) -> Iterator[Expectation]:
    """The ordinary entries that one entry stands for, where these columns and standards are asked for."""
    if entry.each is None:
        yield entry
        return
    for column in _columns_for(entry.each, columns, standards):
        yield entry.model_copy(update={"each": None, "kwargs": _named(entry.kwargs, column)})


def _columns_for(
    each: str | Sequence[str], columns: Sequence[Column], standards: Sequence[Standard]
) -> tuple[str, ...]:
    if not isinstance(each, str):
        return tuple(column.name for column in columns if column.name in each)
    if each == "evidence":
        named = {standard.evidence for standard in standards}
        return tuple(column.name for column in columns if column.name in named)
    if each == "asked":
        return tuple(dict.fromkeys(s.code for s in standards))
    if each == "timely":
        return tuple(dict.fromkeys(s.code for s in standards if s.scale is Scale.TIMELY))
    return tuple(column.name for column in columns if _is_of_kind(column, each))


def _is_of_kind(column: Column, each: str) -> bool:
    if each == "required":  # whose it is and for when, the rules of every collection ask
        return column.required and column.type not in ("return_id", "area", "period")
    return column.type in CODED if each == "coded" else column.type == each


@cache
def _suite(collection: Collection, period: Period) -> tuple[Expectation, ...]:
    entries = (entry for entry in collection.rules.expectations if collection.is_in_force(entry.meta, period))
    columns, standards = collection.columns_in(period), collection.standards_in(period)
    return tuple(one for entry in entries for one in ordinary(entry, columns, standards))


@cache
def _waiving(collection: Collection, waivers: tuple[Waiver, ...]) -> Collection:
    by_rule = {waiver.rule: waiver for waiver in waivers}

    def told(text: Any) -> Any:
        if text.rule not in by_rule:
            return text
        said = f"{text.message} {_said_of(by_rule[text.rule])}"
        return text.model_copy(update={"severity": Severity.NOTE, "message": said})

    rules = collection.rules
    entries = tuple(entry.model_copy(update={"meta": told(entry.meta)}) for entry in rules.expectations)
    others = {name: tuple(map(told, getattr(rules, name))) for name in ("guards", "checks", "history")}
    softened = rules.model_copy(update={"expectations": entries, **others})
    return replace(collection, rules=softened, waived=frozenset(by_rule))


def _said_of(waiver: Waiver) -> str:
    """`Waived until 1 April 2027: the new system comes in March.`, as part of a message."""
    end = "" if waiver.reason.endswith((".", "!", "?")) else "."
    reason = waiver.reason.replace("{", "{{").replace("}", "}}")
    return f"Waived until {waiver.ends.day} {waiver.ends:%B %Y}: {reason}{end}"


def _named(value: Any, column: str) -> Any:
    """The same with `$COLUMN` replaced, however deep it stands."""
    if isinstance(value, str):
        return value.replace("$COLUMN", column)
    if isinstance(value, Mapping):
        return {key: _named(inner, column) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_named(inner, column) for inner in value]
    return value


@dataclass(frozen=True)
class Catalogue:
    """All collections and recipients of one `expectations/` folder."""

    collections: Mapping[str, Collection]
    recipients: tuple[Recipient, ...]

    def collection(self, code: str) -> Collection:
        """The collection with this code; CatalogueError when there is none."""
        if code not in self.collections:
            known = ", ".join(self.collections) or "none"
            raise CatalogueError(f"there is no collection {code!r}; those in the expectations folder: {known}")
        return self.collections[code]

    def recipients_of(self, kind: str, edition: str, collection: str) -> tuple[Recipient, ...]:
        """Who is to get a kind of mail about an Area, the nation, or what is shared (`shareable`).

        About second readings only who is named for them.
        """
        owed = self.collection(collection).read is None
        return tuple(
            r
            for r in self.recipients
            if kind in r.kinds and r.gets(edition) and (collection in r.collections if r.collections else owed)
        )

    @property
    def reported(self) -> Mapping[str, Collection]:
        """The collections that are reported on, by code; second readings are reported with what they read."""
        return {code: one for code, one in self.collections.items() if one.read is None}

    def readings_of(self, collection: str) -> tuple[Collection, ...]:
        """The collections of second readings of a collection, by code."""
        return tuple(one for one in self.collections.values() if one.read and one.read.code == collection)


__all__ = ["CODED", "KINDS", "NATION", "Catalogue", "Collection", "Reason"]
