"""How far do two answers to the same check agree, and which side is stricter?

Pure functions over counts of pairs: an Area's own answer beside the one that follows from its dates, or beside another
assessor's.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from assurance.measures.rates import Z95
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


@dataclass(frozen=True)
class Agreement:
    """How far two assessors gave the same answers."""

    pairs: int
    """Checks that both answered."""
    agreed: int
    """Pairs of the same answer."""
    raw: float | None
    """The share of pairs that agree; None without a pair."""
    ac1: float | None
    """Agreement beyond chance: 1 when all agree, 0 when they agree as often as chance would; None without a pair."""
    low: float | None
    """The low end of its 95 % interval; None with fewer than two pairs."""
    high: float | None
    standard_error: float | None


def gwet(table: Sequence[Sequence[int]], *, weights: Literal["identity", "linear"] = "identity") -> Agreement:
    """How far do two assessors agree, beyond what chance would give?

    `table[i][j]` counts the pairs to which one gave answer i and the other answer j, every possible answer having its
    row and its column, in order of degree. Gwet's AC1 (Br. J. Math. Stat. Psychol. 61, 2008), or with `linear` weights
    his AC2, in which answers next to each other agree in part: 1 - |i - j| / (k - 1). Its standard error is Gwet's, for
    these assessors and a sample of checks; its interval is `t95` standard errors either way, cut off at 1. R's
    `irrCAC::gwet.ac1.table`.

    No pair: nothing but zeros is known. One pair: no error, no interval. `raw` and `agreed` never count part agreement.
    ValueError for a table that is not square, has fewer than two answers, or a negative count.
    """
    k = len(table)
    if k < 2 or any(len(row) != k for row in table):
        raise ValueError("a table of pairs is square, with at least two answers")
    if any(count < 0 for row in table for count in row):
        raise ValueError("counts of pairs must not be negative")
    pairs = sum(map(sum, table))
    agreed = sum(table[i][i] for i in range(k))
    if not pairs:
        return Agreement(0, 0, raw=None, ac1=None, low=None, high=None, standard_error=None)

    cells = [(i, j, table[i][j] / pairs, _weight(i, j, k, weights)) for i in range(k) for j in range(k)]
    shares = [(sum(table[i]) + sum(row[i] for row in table)) / (2 * pairs) for i in range(k)]
    # By chance two answers agree as far as their weight says, and only on checks that are hard to answer.
    by_chance = math.fsum(weight for *_, weight in cells) / (k * (k - 1))
    observed = math.fsum(weight * share for _, _, share, weight in cells)
    expected = by_chance * math.fsum(share * (1 - share) for share in shares)
    ac1 = (observed - expected) / (1 - expected)

    error = low = high = None
    if pairs > 1:
        pull = 2 * (1 - ac1) * by_chance
        squares = math.fsum(
            share * (weight - pull * (1 - (shares[i] + shares[j]) / 2)) ** 2 for i, j, share, weight in cells
        )
        variance = (squares - (observed - 2 * (1 - ac1) * expected) ** 2) / (pairs * (1 - expected) ** 2)
        # Where all agree the difference of two equal numbers may come out a hair below 0.
        error = math.sqrt(max(0.0, variance))
        reach = t95(pairs - 1) * error
        low, high = ac1 - reach, min(1.0, ac1 + reach)
    return Agreement(pairs, agreed, agreed / pairs, ac1, low, high, error)


def _weight(i: int, j: int, k: int, weights: Literal["identity", "linear"]) -> float:
    """How far answer i agrees with answer j of k: 1 wholly, 0 not at all."""
    return float(i == j) if weights == "identity" else 1 - abs(i - j) / (k - 1)


_SERIES_TO = 200
"""Up to so many degrees of freedom t is found from its finite series; beyond it the expansion is exact to 13 digits."""


def t95(freedom: int) -> float:
    """How many standard errors make a 95 % interval when the error itself is estimated, with so many degrees of freedom?

    The quantile of Student's t at 0.975; R's `qt(0.975, freedom)`. After Abramowitz and Stegun, Handbook of Mathematical
    Functions: the series 26.7.3 and 26.7.4, solved by halving, and for many degrees of freedom the expansion 26.7.5.
    ValueError below one degree of freedom.
    """
    if freedom < 1:
        raise ValueError(f"t needs at least one degree of freedom, not {freedom}")
    if freedom > _SERIES_TO:
        return _t95_expanded(freedom)
    least, most = Z95, 12.8  # between no estimating at all, and one degree of freedom
    while (t := (least + most) / 2) not in (least, most):
        least, most = (t, most) if _within(t, freedom) < 0.95 else (least, t)
    return t


def _within(t: float, freedom: int) -> float:
    """How much of Student's t lies between -t and t."""
    angle = math.atan(t / math.sqrt(freedom))
    odd = freedom % 2
    term = math.cos(angle) if odd else 1.0
    terms = [term] if freedom > 1 else []
    for i in range(2 + odd, freedom - 1, 2):
        term *= (i - 1) / i * math.cos(angle) ** 2
        terms.append(term)
    total = math.sin(angle) * math.fsum(terms)
    return (angle + total) * 2 / math.pi if odd else total


def _t95_expanded(freedom: int) -> float:
    z = Z95
    return z + math.fsum(
        (
            (z**3 + z) / (4 * freedom),
            (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2),
            (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3),
            (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / (92160 * freedom**4),
        )
    )
