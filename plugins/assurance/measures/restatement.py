"""What moved since the last release, and must readers hear of it at once? Figures before and after, compared.

A late or corrected return restates its month and every window that holds that month, and nothing else. Pure: both
sides are figures as a release states them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from assurance.measures.comparison import Position
from assurance.measures.figures import LONGEST_WINDOW, WINDOWS, Figure
from assurance.measures.rates import Verdict
from assurance.measures.variation import Variation
from assurance.model import NATION, Counts, Period

AT_ONCE = Fraction(1, 100)
"""A headline that moves so far, one point, is not left as it was sent."""

Key: TypeAlias = tuple[str, str, str]
"""Window, Area (or `ALL`) and standard (or `ALL`)."""


@dataclass(frozen=True)
class Stated:
    """A figure as a release states it, without what follows from its counts."""

    window: str
    area: str
    standard: str
    title: str
    counts: Counts | None
    verdict: Verdict
    variation: Variation
    position: Position | None = None
    """None where the Area is not compared."""

    @property
    def key(self) -> Key:
        return self.window, self.area, self.standard

    @property
    def share(self) -> Fraction | None:
        """The rate as an exact fraction; None where nothing was assessed."""
        counts = self.counts
        return Fraction(counts.met, counts.assessed) if counts and counts.assessed else None

    @property
    def is_headline(self) -> bool:
        """All standards together: of the nation over the month, of an Area over three months."""
        return self.standard == NATION and WINDOWS.get(self.window) == (1 if self.area == NATION else 3)


@dataclass(frozen=True)
class Moved:
    """One figure that is another than it was."""

    before: Stated | None
    """None: the release before did not have it."""
    after: Stated | None
    """None: it is not there any more."""

    @property
    def either(self) -> Stated:
        """The figure as it is, or as it was."""
        found = self.after or self.before
        if found is None:
            raise ValueError("a figure that moved was there before, or is there now")
        return found

    @property
    def points(self) -> Fraction | None:
        """By how much the rate moved, as a share (1/100 is one point), upwards positive; None without two rates."""
        before, after = (side.share if side else None for side in (self.before, self.after))
        return None if before is None or after is None else after - before

    @property
    def counts_moved(self) -> bool:
        return (self.before and self.before.counts) != (self.after and self.after.counts)

    @property
    def verdict_changed(self) -> bool:
        return (self.before and self.before.verdict) != (self.after and self.after.verdict)

    @property
    def variation_changed(self) -> bool:
        return (self.before and self.before.variation) != (self.after and self.after.variation)

    @property
    def position_changed(self) -> bool:
        """Is an Area that was compared, and is compared, placed elsewhere? Its own counts may well be the same."""
        places = {side.position for side in (self.before, self.after) if side}
        return len(places) == 2 and None not in places

    @property
    def said_changed(self) -> bool:
        """Is another word said of it?"""
        return self.verdict_changed or self.variation_changed or self.position_changed

    @property
    def at_once(self) -> bool:
        """Is the month to be released again at once, or can this wait until it is released for another reason?"""
        far = self.either.is_headline and self.points is not None and abs(self.points) >= AT_ONCE
        return far or self.said_changed


def stated(figure: Figure) -> Stated:
    """What does a release state of this figure?"""
    return Stated(
        figure.window,
        figure.area,
        figure.standard,
        figure.standard_title,
        figure.counts,
        figure.verdict,
        figure.variation,
        figure.position,
    )


def moved(before: Iterable[Stated], after: Iterable[Stated]) -> tuple[Moved, ...]:
    """Which figures are others than they were? In the order of `after`; those that are gone come last.

    A figure has moved if its counts, its verdict, its variation or its place beside others have. Counts decide, not
    rounded percentages: 40 of 50 that become 80 of 100 have moved, by 0 points.
    """
    was = {figure.key: figure for figure in before}
    now = {figure.key: figure for figure in after}
    pairs = [Moved(was.get(key), figure) for key, figure in now.items()]
    pairs += [Moved(figure, None) for key, figure in was.items() if key not in now]
    return tuple(pair for pair in pairs if pair.counts_moved or pair.said_changed)


def calls_for_a_release(many: Iterable[Moved]) -> bool:
    """Is a new release called for at once? A headline moved a point or more, or another word is said of a figure."""
    return any(one.at_once for one in many)


def restated_by(month: Period) -> tuple[Period, ...]:
    """Which months have a window that holds this month? The month itself first."""
    return tuple(month.plus(later) for later in range(LONGEST_WINDOW))


def holds(window: str, period: Period, month: Period) -> bool:
    """Does a window that ends with `period` hold a month?"""
    return period.plus(-WINDOWS[window]) < month <= period


def final_with(month: Period, provisional_months: int) -> Period:
    """With the report for which month do a month's figures become final? Its own, where they never are provisional."""
    return month.plus(provisional_months)


def is_provisional(month: Period, provisional_months: int, reported: Period) -> bool:
    """May a month's figures still move? `reported` is the latest month for which there is a report; no clock decides."""
    return reported < final_with(month, provisional_months)
