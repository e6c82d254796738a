"""Why does a new release of a month say something else than the last one? Returns, rules, register or program."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assurance.catalogue import Collection
from assurance.measures.restatement import Moved, Stated, holds
from assurance.model import NATION, Period
from assurance.reporting.facts import Cause, CauseKind, ReleaseFacts

PARTS: Mapping[CauseKind, Callable[[Collection], Any]] = {
    CauseKind.REGISTER: lambda of: (of.standards, of.headline_target, of.headline_margin, of.headline_direction),
    CauseKind.AREAS: lambda of: (of.areas, of.units, of.not_collected),
    CauseKind.WAIVERS: lambda of: of.waivers,
    CauseKind.RULES: lambda of: of.rules,
    CauseKind.ACTIONS: lambda of: of.actions,
}
"""What of a collection a report says: how is counted and judged, what returns are held to, and what is to be done."""


@dataclass(frozen=True)
class LastRelease:
    """What a release published, as its folder has it, and by which rules and register."""

    figures: tuple[Stated, ...]
    collection: Collection | None
    """None where the files of that version are not kept."""


def causes(facts: ReleaseFacts, published: LastRelease | None) -> tuple[Cause, ...]:
    """What is another than it was with the release that this one replaces? Returns first, then what holds for all."""
    before = facts.replaces
    if before is None:
        return ()
    return (
        *before.returns,
        *_changed_catalogue(published.collection if published else None, before.catalogue_version, facts.collection),
        *_changed_program(before.package_version, facts.package_version),
    )


def causes_of(line: Moved, causes: Sequence[Cause], period: Period) -> tuple[Cause, ...]:
    """Which of the causes moved this figure of a period?

    Returns of its Area within its window, and what holds for every figure; a list of actions moves none. Where none of
    these is another, the counts are not either: then what moved is what is usual, and that rests on every month of the
    Area before. Its place beside others rests on the returns of all of them.
    """
    figure = line.either
    anybody = figure.area == NATION or line.position_changed
    own = [cause for cause in causes if cause.period and (anybody or figure.area == cause.area)]
    general = [cause for cause in causes if cause.period is None and cause.kind is not CauseKind.ACTIONS]
    within = [cause for cause in own if cause.period and holds(figure.window, period, cause.period)]
    return (*(within or ([] if line.counts_moved else own)), *general)


def _changed_catalogue(before: Collection | None, version: str, now: Collection) -> Iterator[Cause]:
    if version in ("", now.version):
        return
    changed = [kind for kind, part in PARTS.items() if before and part(before) != part(now)]
    for kind in changed or [CauseKind.CATALOGUE]:
        yield Cause(kind, before=version, after=now.version)


def _changed_program(before: str, now: str) -> Iterator[Cause]:
    if before not in ("", now):
        yield Cause(CauseKind.PROGRAM, before=before, after=now)
