"""How far do two answers to the same check agree, and which side is stricter?

Pure functions over counts of pairs. Here an Area's own answer stands beside the one that follows from its dates.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from assurance.model import NOT_APPLICABLE

MET, NOT_MET = "Y", "N"


@dataclass(frozen=True)
class Differences:
    """Own answers beside those that follow from the dates."""

    checks: int = 0
    """Pairs in which at least one side has something to say: not applicable on both sides is left out."""
    generous: int = 0
    """Said to be met, and by the dates not met."""
    stricter: int = 0
    """Said not to be met, and by the dates met."""
    other: int = 0
    """Any other difference: one side is not applicable or not yet due. It has no direction."""

    @property
    def differing(self) -> int:
        return self.generous + self.stricter + self.other

    @property
    def turned(self) -> int:
        """Met on one side and not met on the other: the differences that have a direction."""
        return self.generous + self.stricter

    @property
    def share(self) -> float | None:
        """What share of the checks differs? None without a check."""
        return self.differing / self.checks if self.checks else None

    @cached_property
    def p(self) -> float:
        """How often would chance alone lean at least so far to one side? See `mcnemar`."""
        return mcnemar(self.generous, self.stricter)


def differences(pairs: Iterable[tuple[str, str, int]]) -> Differences:
    """How many of these checks differ, and which way? Each item: the answer given, the one computed, the checks."""
    checks = generous = stricter = other = 0
    for declared, computed, count in pairs:
        if declared == computed == NOT_APPLICABLE:
            continue
        checks += count
        if (declared, computed) == (MET, NOT_MET):
            generous += count
        elif (declared, computed) == (NOT_MET, MET):
            stricter += count
        elif declared != computed:
            other += count
    return Differences(checks, generous, stricter, other)


def mcnemar(b: int, c: int) -> float:
    """Does chance explain that of b + c differing pairs b lean one way and c the other?

    The exact two-sided test of McNemar (Psychometrika 12, 1947): twice the smaller tail of the binomial with chance
    1/2, at most 1; `p_exact` of R's `binom.test(b, b + c)$p.value`, since that distribution is symmetric. Pairs that
    agree have no part in it. Without a differing pair 1: there is nothing to explain. ValueError for a negative count.
    """
    if b < 0 or c < 0:
        raise ValueError(f"counts of pairs must not be negative, not {b} and {c}")
    n, least = b + c, min(b, c)
    term = tail = 1
    for k in range(least):
        term = term * (n - k) // (k + 1)
        tail += term
    # Whole numbers to the last step: no part of a tail is too small to be added up.
    return min(1.0, 2 * tail / (1 << n))
