"""Where does a month stand? A line for each Area, what the gate waits for, and what has become of the release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from assurance.catalogue import Collection
from assurance.deadlines import cut_off, due, release_day, working_days
from assurance.measures import words
from assurance.model import Period, ReturnStatus
from assurance.reporting.facts import Built, Cause
from assurance.reporting.screens.frame import Frame, screen


@dataclass(frozen=True)
class Line:
    """The return of one Area."""

    status: ReturnStatus
    arrived: bool
    """Whether a file of it lies in the landing place and is not received yet."""
    open_queries: int
    receipt: Mapping[str, int]
    """The receipts of its last version: how many messages by state."""

    @property
    def label(self) -> str:
        """What has become of it, in words."""
        if self.arrived and self.status.latest is None:
            return words.ARRIVED
        return words.state_label(self.status)

    @property
    def shape(self) -> str:
        """The shape that goes with these words."""
        return words.INDEX_STATES[self.status.state][1]

    @property
    def receipt_said(self) -> str:
        """Has its receipt gone out?"""
        return words.capital(words.mail_said(self.receipt)) if self.status.latest else ""


@dataclass(frozen=True)
class Restated:
    """Why the last release of the month is out of date."""

    causes: tuple[Cause, ...]
    moved: int
    at_once: bool


@dataclass(frozen=True)
class Board:
    """Where a month of a collection stands at a moment."""

    collection: Collection
    period: Period
    now: datetime
    """Naive UTC."""
    lines: tuple[Line, ...]
    """Of the Areas that the reader may see."""
    release: Built | None
    """The last of the month."""
    restated: Restated | None
    whole: bool
    """Whether all Areas are shown: what is said of the gate and of causes names Areas."""

    @property
    def heading(self) -> str:
        return words.stands([line.status for line in self.lines]) if self.lines else "No Area owes a return"

    @property
    def dates(self) -> tuple[tuple[str, str, str], ...]:
        """What the calendar wants, by when, and how long that is."""
        calendar = self.collection.calendar
        named = (("Due", due), ("Cut-off", cut_off), ("Release", release_day))
        return tuple(
            (name, words.deadline(at), self._left(at)) for name, of in named for at in (of(calendar, self.period),)
        )

    @property
    def gate(self) -> str:
        """What the gate of the month waits for."""
        waits_for = [line.status.area.name for line in self.lines if line.status.in_force is None]
        at = cut_off(self.collection.calendar, self.period)
        return words.gate(waits_for, at, passed=at < self.now, released=self.release is not None)

    @property
    def signed(self) -> str:
        """Whether the release may be sent, and who says so."""
        assert self.release
        return words.signed(self.release.signed_at, self.release.approved_by, rejected=self.release.rejected)

    @property
    def is_overdue(self) -> bool:
        """Whether the day of the release has passed and nobody has answered."""
        unanswered = self.release is not None and self.release.signed_at is None and not self.release.rejected
        return unanswered and release_day(self.collection.calendar, self.period) < self.now

    @property
    def causes(self) -> tuple[str, ...]:
        """Why the last release is out of date, a sentence each."""
        causes: Sequence[Cause] = self.restated.causes if self.restated else ()
        return tuple(words.capital(words.cause(one, self.collection.name_of(one.area))) for one in causes)

    def _left(self, at: datetime) -> str:
        return words.days_left(working_days(self.now, at), passed=at < self.now)


def board_screen(frame: Frame, board: Board, reports: Path) -> bytes:
    """The board of a month as an HTML page."""
    return screen(frame, reports, board=board)
