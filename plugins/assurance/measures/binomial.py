"""The binomial distribution, exact to about 10 digits for up to a million checks, without a table of them.

Of n independent checks each is met with the same probability p; how many are? The functions behind the exact test
(`comparison.exact_p`) and the exact limits (`funnel.exact_limits`).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable
from itertools import count

_FEW = 16
"""Up to so many the error of Stirling's formula is taken from the gamma function, beyond it from its series."""


def probability(k: int, n: int, p: float) -> float:
    """How likely are exactly k of n? R's `dbinom`.

    After Loader (2000): the deviance of k from n·p, corrected by the error of Stirling's formula, which loses no digits
    where factorials of large numbers would be subtracted from each other.
    """
    if not 0 <= k <= n:
        return 0.0
    if p in (0.0, 1.0):
        return float(k == n * p)
    if k == 0:
        return math.exp(n * math.log1p(-p))
    if k == n:
        return math.exp(n * math.log(p))
    log = _stirling_error(n) - _stirling_error(k) - _stirling_error(n - k)
    log -= _deviance(k, n * p) + _deviance(n - k, n * (1 - p))
    return math.exp(log) * math.sqrt(n / (2 * math.pi * k * (n - k)))


def at_most(k: int, n: int, p: float) -> float:
    """How likely are k or fewer of n? R's `pbinom`."""
    if k < 0:
        return 0.0
    if k >= n:
        return 1.0
    # The shorter tail is added up, so that a small answer keeps its digits.
    return _downwards(k, n, p) if k < n * p else 1 - _upwards(k + 1, n, p)


def at_least(k: int, n: int, p: float) -> float:
    """How likely are k or more of n? R's `pbinom(k - 1, lower.tail = FALSE)`."""
    if k <= 0:
        return 1.0
    if k > n:
        return 0.0
    return _upwards(k, n, p) if k > n * p else 1 - _downwards(k - 1, n, p)


def quantile(share: float, n: int, p: float) -> int:
    """What is the least k such that k or fewer of n have at least this probability? R's `qbinom`."""
    return bisect_left(range(n), share, key=lambda k: at_most(k, n, p))


def _downwards(k: int, n: int, p: float) -> float:
    odds = (1 - p) / p if p else 0.0
    return _tail(probability(k, n, p), lambda step: (k - step + 1) / (n - k + step) * odds)


def _upwards(k: int, n: int, p: float) -> float:
    odds = p / (1 - p) if p < 1 else 0.0
    return _tail(probability(k, n, p), lambda step: (n - k - step + 1) / (k + step) * odds)


def _tail(first: float, ratio: Callable[[int], float]) -> float:
    """The sum of terms each of which is the `ratio` of its step times the one before, until no more is added."""
    total = term = first
    for step in count(1):
        term *= ratio(step)
        if total + term == total:
            return total
        total += term
    raise AssertionError("count never ends")


def _stirling_error(n: int) -> float:
    """log n! less Stirling's formula for it."""
    if n <= _FEW:
        return math.lgamma(n + 1) - (n + 0.5) * math.log(n) + n - math.log(2 * math.pi) / 2
    square = n * n
    return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square) / square) / n


def _deviance(k: int, expected: float) -> float:
    """k log(k / expected) - k + expected, without loss where the two are close."""
    off = (k - expected) / expected
    return expected * ((1 + off) * math.log1p(off) - off)
