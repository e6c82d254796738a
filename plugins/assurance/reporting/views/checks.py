"""In which rows of its own return does an Area find the checks that were not met? By owner and standard, no cell of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assurance.cures import rows_told
from assurance.measures import words
from assurance.model import NATION, Counts, Scale, Standard, Submission, UnmetRows, return_name
from assurance.reporting.facts import ReleaseFacts
from assurance.reporting.measured import Measured

WORKBOOK = ".xlsx"


@dataclass(frozen=True)
class Told:
    """The rows of one answer to a standard."""

    label: str
    """`Not met, 41`."""
    rows: str
    """`3, 8, 12 to 15`; empty where they are kept no more."""


@dataclass(frozen=True)
class Line:
    """One standard of which checks were not met."""

    standard: Standard
    counts: Counts
    told: tuple[Told, ...]


@dataclass(frozen=True)
class OwnerChecks:
    """Those of one owner."""

    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class ChecksPage:
    """Everything on the page of an Area's unmet checks."""

    place: str
    facts: ReleaseFacts
    returned: str
    heading: str
    steps: tuple[str, ...]
    notes: tuple[str, ...]
    owners: tuple[OwnerChecks, ...]


def checks_page(measured: Measured, area: str, most: int) -> ChecksPage:
    """The unmet checks of an Area's return of the period; of a standard no more than `most` rows or runs are named."""
    facts, status = measured.facts, measured.status(area)
    own, last = status.in_force, status.latest
    assert own is not None  # the facts have the rows of returns that count, and of no others
    assert last is not None
    unmet, returned = facts.unmet[area], return_name(area, facts.period, own.version)
    lines = list(_lines(measured, area, unmet, most))
    is_workbook = own.file_name.lower().endswith(WORKBOOK)
    return ChecksPage(
        place=facts.collection.name_of(area),
        facts=facts,
        returned=returned,
        heading=words.checks_heading(facts.collection.words, returned, _counts(measured, area)),
        steps=words.checks_steps(returned, is_workbook, last.version + 1) if lines else (),
        notes=tuple(_notes(measured, own, lines, unmet)),
        owners=tuple(_owners(facts, lines)),
    )


def checks_file(area: str) -> str:
    """How the page is called, in its release and as it is mailed."""
    return f"{area}-checks.html"


def checks_note(measured: Measured, area: str) -> str:
    """What an Area's report says of the page; empty where there is none, or nothing on it."""
    if area not in measured.facts.unmet:
        return ""
    counts, period = _counts(measured, area), measured.facts.period
    return words.checks_note(measured.facts.collection.words, counts, period, checks_file(area))


def _counts(measured: Measured, area: str, standard: str = NATION) -> Counts:
    """What an Area's return of the period comes to, in one standard or in all that count."""
    return measured.monthly.get((area, standard), {}).get(measured.facts.period, Counts())


def _lines(measured: Measured, area: str, unmet: Sequence[UnmetRows] | None, most: int) -> Iterator[Line]:
    for standard in measured.counted:
        counts = _counts(measured, area, standard.code)
        if counts.not_met or counts.partly:
            rows = [each for each in unmet or () if each.standard == standard.code]
            yield Line(standard, counts, tuple(_told(standard, counts, rows, most)))


def _told(standard: Standard, counts: Counts, unmet: Sequence[UnmetRows], most: int) -> Iterator[Told]:
    rows, by_dates = {each.answer: each for each in unmet}, " by the dates" if standard.scale is Scale.TIMELY else ""
    none = UnmetRows(standard.code, "", ())
    not_met, partly = rows.get("not_met", none), rows.get("partly", none)
    for label, count, numbers in (
        (f"Not met{by_dates}", counts.not_met, not_met.rows),
        ("Returned as met all the same", len(not_met.said_met), not_met.said_met),
        ("Partly met", counts.partly, partly.rows),
    ):
        if count:
            yield Told(f"{label}, {words.number(count)}", rows_told(numbers, most))


def _owners(facts: ReleaseFacts, lines: Sequence[Line]) -> Iterator[OwnerChecks]:
    for owner in dict.fromkeys(line.standard.owner for line in lines):
        own = tuple(line for line in lines if line.standard.owner == owner)
        counts = Counts.total(line.counts for line in own)
        yield OwnerChecks(words.owner_checks_heading(facts.collection.words, owner, counts), own)


def _notes(
    measured: Measured, own: Submission, lines: Sequence[Line], unmet: Sequence[UnmetRows] | None
) -> Iterator[str]:
    if lines and unmet is None:
        yield "Rows of this return were deleted when their time was over, so this page can name none."
    if any(line.standard.scale is Scale.TIMELY for line in lines):
        yield "Whether something was done in time follows from the dates of the row, whatever the row itself answers."
    targeted = sum(row.targeted for row in measured.facts.coverage if (row.period, row.area) == (own.period, own.area))
    if targeted:
        cases = words.many(targeted, "targeted case is", "targeted cases are")
        yield f"{cases} left out, as in every rate."
    met = sum(_counts(measured, own.area, each.code).assessed > 0 for each in measured.counted) - len(lines)
    if lines and met:
        nouns = measured.facts.collection.words
        yield f"In {words.many(met, f'further {nouns.standard}', f'further {nouns.standards}')} every {nouns.check} was met."
