"""What is a release made from? Everything its pages may use, and nothing that a clock or a machine could change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from assurance.catalogue import Collection
from assurance.model import (
    Counts,
    CoverageRow,
    DeclaredRow,
    Period,
    ReasonRow,
    ReleasedCell,
    ReturnStatus,
    Standard,
    Submission,
    TallyRow,
)


@dataclass(frozen=True)
class Replaced:
    """The release of the same period that this one replaces."""

    number: int
    headline: Counts
    """The nation's pooled counts for the period as that release had them."""
    areas: tuple[str, ...]
    """Codes of the Areas whose submission in force for the period is another one now; empty when an earlier month moved."""


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
    shared: tuple[Shared, ...] = ()
    """The earlier releases whose shareable tables have to do with this one's, in the order in which they were built."""
    shared_counts: Mapping[str, Mapping[str, tuple[int, int]]] = field(default_factory=dict)
    """What each submission behind them says of each standard: checks met, and checks partly or not met."""

    @property
    def standards(self) -> tuple[Standard, ...]:
        """The register as it is in force in the period."""
        return self.collection.standards_in(self.period)

    @property
    def release_id(self) -> str:
        """`outcomes/2026-10/1`."""
        return f"{self.collection.code}/{self.period}/{self.number}"

    @property
    def known_on(self) -> datetime | None:
        """When the last of the inputs was received (UTC): the release holds what was known then."""
        return max((submission.received_at for submission in self.inputs), default=None)
