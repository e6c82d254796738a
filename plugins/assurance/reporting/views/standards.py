"""Which standards are met, and which are moving? One line per standard, under its owner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assurance.measures import words
from assurance.measures.figures import Figure
from assurance.measures.rates import value
from assurance.measures.variation import ControlChart
from assurance.model import NATION, Period, Scale, Standard
from assurance.reporting.measured import Measured


@dataclass(frozen=True)
class StandardLine:
    """One standard of one Area or the nation."""

    standard: Standard
    figure: Figure
    nation: Figure
    """The nation's figure over the same window."""
    chart: ControlChart

    @property
    def mark(self) -> str | None:
        """The mark in place of a rate."""
        return words.absent(self.figure) if self.standard.counted else "[z]"

    @property
    def versions(self) -> str:
        """By which versions it was judged, where that is not the one in force alone."""
        found = self.figure.versions
        return words.versions_label(found) if found and found != (self.standard.version,) else ""

    @property
    def value(self) -> float | None:
        """Of a graded standard, the share of the marks earned, a partly met check earning half."""
        counts = self.figure.counts
        return value(counts) if counts and self.standard.scale is Scale.GRADED else None


@dataclass(frozen=True)
class Owner:
    """Who owns these standards, and how many of them are not met."""

    heading: str
    lines: tuple[StandardLine, ...]


@dataclass(frozen=True)
class Standards:
    """The standards, by owner, in the order of the register."""

    heading: str
    window: str
    owners: tuple[Owner, ...]
    has_targets: bool
    first: Period
    """The small charts begin here."""
    period: Period
    notes: tuple[str, ...]
    legend: tuple[tuple[str, str], ...]


def standards(measured: Measured, area: str, window: str) -> Standards:
    """The standards of the nation (`ALL`) or of an Area over a window."""
    facts = measured.facts
    lines = [
        StandardLine(
            standard=standard,
            figure=measured.figure(window, area, standard.code),
            nation=measured.figure(window, NATION, standard.code),
            chart=measured.charts[area, standard.code],
        )
        for standard in facts.standards
    ]
    has_targets = any(line.standard.target is not None for line in lines)
    return Standards(
        heading=words.standards_heading(facts.collection.words, measured.counted_figures(area, window)),
        window=measured.span(window, area),
        owners=_owners(measured, lines),
        has_targets=has_targets,
        first=measured.first_of(area),
        period=facts.period,
        notes=tuple(_notes(measured, area, window, lines, has_targets)),
        legend=words.marks_used(
            [*measured.standing_marks, *(mark for line in lines for mark in (line.mark, words.absent(line.nation)))]
        ),
    )


def _owners(measured: Measured, lines: Sequence[StandardLine]) -> tuple[Owner, ...]:
    found = []
    for owner in dict.fromkeys(line.standard.owner for line in lines):
        own = tuple(line for line in lines if line.standard.owner == owner)
        figures = [line.figure for line in own if line.standard.counted]
        found.append(Owner(words.owner_heading(measured.facts.collection.words, owner, figures), own))
    return tuple(found)


def _notes(
    measured: Measured, area: str, window: str, lines: Sequence[StandardLine], has_targets: bool
) -> Sequence[str]:
    rests_on = measured.window_note(window, area)
    because = "" if ":" in rests_on else ": a return of the window is missing"
    anew = [f"{line.standard.title}: {note}" for line in lines for note in words.rebase_notes(line.chart)]
    said = (
        f"The figures of {measured.facts.collection.name_of(area)} hold {rests_on}{because}." if rests_on else "",
        words.VERSIONS_NOTE if any(line.versions for line in lines) else "",
        words.VALUE_NOTE if any(line.value is not None for line in lines) else "",
        *anew,
        measured.facts.collection.note if has_targets else "",
    )
    return [note for note in said if note]
