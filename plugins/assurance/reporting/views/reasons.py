"""Why was a standard not fully met? The reasons that returns give for one standard, and the disputes about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from assurance.catalogue import Collection
from assurance.measures import words
from assurance.model import ANY_REASON, NATION, ReasonRow, Standard
from assurance.reporting.measured import QUARTER, Measured

MOST_REASONS = 10
"""The page of an Area names no more: most others were given once or twice."""


@dataclass(frozen=True)
class Named:
    """How often something was named as a reason, and how often that was disputed."""

    label: str
    given: int
    disputed: int
    accepted: int
    """Disputes that were accepted."""


@dataclass(frozen=True)
class ReasonGroup:
    """The reasons of one group, those given most often first."""

    together: Named
    """All of the group, those that are not named among them."""
    reasons: tuple[Named, ...]


@dataclass(frozen=True)
class Reasons:
    """Why one standard was not fully met, over three months."""

    heading: str
    standard: Standard
    window: str
    not_fully_met: int
    """Checks partly or not met; one check may have several reasons."""
    total: Named
    most: int
    """How often the first of them was given."""
    groups: tuple[ReasonGroup, ...]
    """Those named most often first."""
    unnamed: Named
    """The reasons given that have no line of their own."""
    never: int
    """Reasons of the list that nobody gave."""
    disputes: str
    """What became of the disputes; empty where the collection does not ask."""


def reasons(measured: Measured, area: str) -> Reasons | None:
    """The reasons given in the nation (`ALL`) or an Area; None where none is asked for, or all was met."""
    collection = measured.facts.collection
    if collection.reasons is None or collection.reasons.standard not in measured.standards:
        return None
    standard = measured.standards[collection.reasons.standard]
    counts = measured.figure(QUARTER, area, standard.code).counts
    told = measured.of_cases(measured.facts.reasons, QUARTER, area)
    rows = [row for row in told if row.reason != ANY_REASON]
    lines = _by_code(collection, rows)
    if counts is None or not counts.partly + counts.not_met or not lines:
        return None
    shown = dict(sorted(lines.items(), key=lambda line: -line[1].given)[: None if area == NATION else MOST_REASONS])
    first = next(iter(shown.values()))
    total = _named("All reasons", rows)
    return Reasons(
        heading=words.reasons_heading(first.label, first.given, counts.partly + counts.not_met, standard.title),
        standard=standard,
        window=measured.span(QUARTER, area),
        not_fully_met=counts.partly + counts.not_met,
        total=total,
        most=first.given,
        groups=_groups(collection, rows, shown),
        unnamed=_named("Others", (row for row in rows if row.reason not in shown)),
        never=sum(reason.code not in lines for reason in collection.reason_list),
        disputes=_disputes(collection, standard, [row for row in told if row.reason == ANY_REASON]),
    )


def _disputes(collection: Collection, standard: Standard, checks: Sequence[ReasonRow]) -> str:
    """How many of the checks with a reason are disputed; each counts once, however many reasons it has."""
    if collection.reasons is None or collection.reasons.disputed is None:
        return ""
    whole = _named(standard.title, checks)
    return words.disputes_sentence(collection.words, standard.owner, whole.given, whole.disputed, whole.accepted)


def _by_code(collection: Collection, rows: Sequence[ReasonRow]) -> dict[str, Named]:
    """Each reason given, by code in the order of the list."""
    given = {row.reason for row in rows}
    # A reason that has left the list since has no words: it counts among those that are not named.
    return {
        reason.code: _named(reason.label, (row for row in rows if row.reason == reason.code))
        for reason in collection.reason_list
        if reason.code in given
    }


def _groups(collection: Collection, rows: Sequence[ReasonRow], shown: Mapping[str, Named]) -> tuple[ReasonGroup, ...]:
    """The groups of the reasons shown, both those given most often first."""
    of_group = {reason.code: reason.group for reason in collection.reason_list}
    groups = [
        ReasonGroup(
            together=_named(group, (row for row in rows if of_group.get(row.reason) == group)),
            reasons=tuple(line for code, line in shown.items() if of_group[code] == group),
        )
        for group in dict.fromkeys(of_group[code] for code in shown)
    ]
    return tuple(sorted(groups, key=lambda group: -group.together.given))


def _named(label: str, rows: Iterable[ReasonRow]) -> Named:
    given = disputed = accepted = 0
    for row in rows:
        given += row.checks
        if row.disputed == "Y":
            disputed += row.checks
            accepted += row.checks if row.accepted == "Y" else 0
    return Named(label, given, disputed, accepted)
