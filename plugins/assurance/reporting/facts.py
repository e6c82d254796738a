"""What is a release made from? Everything its pages may use, and nothing that a clock or a machine could change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from assurance.catalogue import Collection
from assurance.model import (
    CountedLine,
    Counts,
    CoverageRow,
    DeclaredRow,
    JudgedWith,
    LeftOut,
    Period,
    ReasonRow,
    ReleasedCell,
    ReturnState,
    ReturnStatus,
    SecondReadings,
    Standard,
    Submission,
    TallyRow,
    UnmetRows,
)


class CauseKind(StrEnum):
    """What can have moved a figure between two releases of a month."""

    NEW_VERSION = "new_version"
    LATE = "late"
    """A return that was not in is in now."""
    GONE = "gone"
    """A return that counted counts no more."""
    LEFT_OUT = "left_out"
    """A return that counted is left out by decision."""
    TAKEN_IN = "taken_in"
    """A return that was left out counts again."""
    REGISTER = "register"
    """Standards, their targets or how they count."""
    RULES = "rules"
    WAIVERS = "waivers"
    AREAS = "areas"
    ACTIONS = "actions"
    """The list of actions: it moves no figure, and the section that tells of them."""
    CATALOGUE = "catalogue"
    """Something else under `expectations/`, or nobody knows what."""
    PROGRAM = "program"
    READINGS = "readings"
    """Second readings: they move no figure, and the section that tells of them."""


@dataclass(frozen=True)
class Cause:
    """Why figures moved: one return that is another than it was, or something that holds for all of them."""

    kind: CauseKind
    area: str = ""
    period: Period | None = None
    before: str = ""
    """The version of the return, or of the program, with the last release."""
    after: str = ""

    @property
    def is_return(self) -> bool:
        return self.period is not None


def return_cause(area: str, period: Period, before: int | None, after: int | None) -> Cause:
    """What became of one return, by its versions: a new one, a late one, or one that counts no more."""
    kind = CauseKind.LATE if before is None else CauseKind.GONE if after is None else CauseKind.NEW_VERSION
    return Cause(kind, area, period, *("" if version is None else f"{version:02d}" for version in (before, after)))


@dataclass(frozen=True)
class Head:
    """Where the audit trail stood: its last line. Whoever knows it can tell whether the trail up to it is the same still."""

    seq: int
    """0 before the first line."""
    sha256: str


@dataclass(frozen=True)
class Told:
    """What a release says, in short. The line of the audit trail about it holds this, so that the index needs no folder."""

    returns: Mapping[str, ReturnState]
    """What had become of each return that was owed, by Area."""
    late: tuple[str, ...]
    """The Areas whose return that counts came after the deadline."""
    headline: tuple[int, int] | None
    """Of the nation's checks of the month: how many were met, of how many assessed. None where nothing was assessed."""
    moved: int | None = None
    """How many figures are others than in the release before; None in the first of a month."""
    at_once: int = 0
    """Of these, those that readers had to be told of at once."""
    why: tuple[Cause, ...] = ()


@dataclass(frozen=True)
class Built:
    """A release as the index of releases tells of it."""

    release_id: str
    period: Period
    number: int
    content_sha256: str
    built_at: datetime
    """UTC, without a zone."""
    head: Head | None
    """Where the audit trail stood when it was built; None for one from before that was recorded."""
    told: Told | None = None
    """None for one from before that was recorded."""
    manifest_sha256: str = ""
    """Empty for one from before that was recorded."""
    signed_at: datetime | None = None
    """UTC, without a zone; None while it is not signed off."""
    approved_by: str = ""
    rejected: bool = False
    """Whether somebody said that it must not be sent, and nobody asked again."""

    @property
    def left_out(self) -> tuple[str, ...]:
        """The Areas that it was made without by decision."""
        states = self.told.returns if self.told else {}
        return tuple(area for area, state in states.items() if state is ReturnState.LEFT_OUT)


@dataclass(frozen=True)
class Replaced:
    """The release of the same period that this one replaces."""

    number: int
    headline: Counts
    """The nation's pooled counts for the period as that release had them."""
    areas: tuple[str, ...]
    """Codes of the Areas whose submission in force for the period is another one now; empty when an earlier month moved."""
    returns: tuple[Cause, ...] = ()
    """The returns that are others now, of any month, by period and Area."""
    catalogue_version: str = ""
    """By which rules and register it was made; empty where nobody knows."""
    package_version: str = ""
    read_only: bool = False
    """Whether no return is another one, and only second readings have come."""


@dataclass(frozen=True)
class Shared:
    """What an earlier release gave to partners, and the submissions it stood on."""

    period: Period
    cells: tuple[ReleasedCell, ...]
    returns: Mapping[tuple[Period, str], str]
    """Which submission stood for a month and an Area."""


@dataclass(frozen=True)
class ReleaseFacts:
    """The inputs of one release of one period."""

    collection: Collection
    period: Period
    number: int
    rows: tuple[TallyRow, ...]
    """Tallies in force for every period up to this one, by period, Area and standard."""
    returns: tuple[ReturnStatus, ...]
    """One per Area that owes a return for the period, by Area code."""
    inputs: tuple[Submission, ...]
    """The submissions behind `rows` and the nil returns, by period and Area."""
    coverage: tuple[CoverageRow, ...]
    """Cases looked at in the months of the longest window, by period and Area; empty where returns hold counts."""
    declared: tuple[DeclaredRow, ...]
    """Declared against computed answers of the same months, by period, Area and standard."""
    reasons: tuple[ReasonRow, ...]
    """Reasons given for a standard not met in the same months, by period and Area."""
    inputs_sha256: str
    """Fingerprint of the inputs' hashes and times of receipt, the catalogue and the package version."""
    package_version: str
    signed_off_by_setting: bool
    """True: no person approves this release; a setting stands in, and the pages say so. False: not signed off."""
    replaces: Replaced | None = None
    lines: tuple[CountedLine, ...] = ()
    """The tallies of the months of the longest window, line by line; targeted cases are left out, as they are of `rows`."""
    left_out: Mapping[tuple[Period, str], LeftOut] = field(default_factory=dict)
    """The returns up to this period that are in and that it is made without, by period and Area."""
    judged: Mapping[str, JudgedWith] = field(default_factory=dict)
    """With what each of the inputs was judged, by its id."""
    reported: Period | None = None
    """The latest month of which there was a release when this one was made; None where this is the first."""
    revised: frozenset[tuple[Period, str]] = frozenset()
    """Months and Areas (or `ALL`) of which all standards together are others now than when the month was first released."""
    second_readings: SecondReadings = field(default_factory=SecondReadings)
    """What second readings of the longest window say of the own answers in force."""
    readings: tuple[Submission, ...] = ()
    """The submissions of second readings behind them."""
    assessors: Mapping[str, str] = field(default_factory=dict)
    """How those who may read are called, by code."""
    read_by: Mapping[str, str] = field(default_factory=dict)
    """The collections of second readings that were looked at, and the version of the rules and the register of each."""
    shared: tuple[Shared, ...] = ()
    """The earlier releases whose shareable tables have to do with this one's, in the order in which they were built."""
    shared_counts: Mapping[str, Mapping[str, tuple[int, int]]] = field(default_factory=dict)
    """What each submission behind them says of each standard: checks met, and checks partly or not met."""

    unmet: Mapping[str, tuple[UnmetRows, ...] | None] = field(default_factory=dict)
    """By Area, of each return of cases that counts for the period, the rows in which a standard was not met; None where
    they are gone."""

    @property
    def standards(self) -> tuple[Standard, ...]:
        """The register as it is in force in the period."""
        return self.collection.standards_in(self.period)

    @property
    def returns_of_cases(self) -> tuple[Submission, ...]:
        """The returns that count for the period, where each row is a case; a nil return has none."""
        if self.collection.grain != "case":
            return ()
        return tuple(status.in_force for status in self.returns if status.in_force and status.state.has_figures)

    @property
    def release_id(self) -> str:
        """`outcomes/2026-10/1`."""
        return f"{self.collection.code}/{self.period}/{self.number}"

    @property
    def known_on(self) -> datetime | None:
        """When the last of the inputs was received (UTC): the release holds what was known then."""
        return max((submission.received_at for submission in (*self.inputs, *self.readings)), default=None)
