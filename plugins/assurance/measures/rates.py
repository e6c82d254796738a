"""Rates, their intervals, and the verdict against a target.

Pure functions over counts. Shares run from 0 to 1 throughout; only `percent` speaks in percentages.
Whatever decides something (a verdict, whether a percentage can be true) is compared on exact fractions;
floats are for showing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction

from assurance.model import Counts, ReturnState

Z95 = 1.959963984540054
"""The standard normal deviate of a two-sided 95 % interval."""

TOO_FEW = 10
"""With fewer assessed checks than this no verdict is given."""

_NO_RETURN = frozenset({ReturnState.MISSING, ReturnState.REJECTED, ReturnState.EXPECTED})
_ROUND_HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Interval:
    """The shares between which the underlying rate plausibly lies, both ends included."""

    low: float
    high: float


class Verdict(StrEnum):
    """How a figure stands against its target, or why that cannot be said."""

    NO_RETURN = "no_return"
    LEFT_OUT = "left_out"
    NIL_RETURN = "nil_return"
    NOT_DUE = "not_due"
    NO_TARGET = "no_target"
    TOO_FEW = "too_few"
    MET = "met"
    NOT_MET = "not_met"
    TOO_CLOSE = "too_close"


def rate(counts: Counts) -> float | None:
    """What share of the assessed checks was met? None when nothing was assessed."""
    return counts.met / counts.assessed if counts.assessed else None


def value(counts: Counts) -> float | None:
    """What share of the marks was earned, a partly met check earning half? None when nothing was assessed.

    Shown beside the rate of a graded standard, never instead of it.
    """
    return (2 * counts.met + counts.partly) / (2 * counts.assessed) if counts.assessed else None


def wilson(met: int, assessed: int, z: float = Z95) -> Interval | None:
    """Between which shares does the underlying rate plausibly lie?

    The score interval of Wilson (1927), without continuity correction: R's `prop.test(correct = FALSE)`.
    None met gives a low of exactly 0, all met a high of exactly 1; nothing assessed gives None.
    ValueError when `met` is negative or more than `assessed`.
    """
    if not 0 <= met <= assessed:
        raise ValueError(f"met must lie between 0 and assessed, not {met} of {assessed}")
    if assessed == 0:
        return None
    centre = met + z * z / 2
    half = z * math.sqrt(met * (assessed - met) / assessed + z * z / 4)
    size = assessed + z * z
    return Interval(
        low=0.0 if met == 0 else (centre - half) / size,
        high=1.0 if met == assessed else (centre + half) / size,
    )


def verdict(counts: Counts | None, target: Decimal | None, *, state: ReturnState | None = None) -> Verdict:
    """Is the target met, as far as chance lets anybody say?

    The target is the least share that is good enough. The first of these that applies: left out, no return,
    nil return, not due (nothing assessed and something not yet due), no target, too few (under ten assessed),
    met (the whole 95 % interval is at or above the target), not met (the whole interval is below it), too
    close to say. No counts, or a `state` of missing, rejected or expected, is no return.
    """
    if state is ReturnState.NIL:
        return Verdict.NIL_RETURN
    if state is ReturnState.LEFT_OUT:
        return Verdict.LEFT_OUT
    if counts is None or state in _NO_RETURN:
        return Verdict.NO_RETURN
    if counts.assessed == 0 and counts.not_due > 0:
        return Verdict.NOT_DUE
    if target is None:
        return Verdict.NO_TARGET
    if counts.assessed < TOO_FEW:
        return Verdict.TOO_FEW
    return _against(Fraction(counts.met, counts.assessed), counts.assessed, Fraction(target))


def _against(share: Fraction, assessed: int, target: Fraction) -> Verdict:
    """Compare a target with the Wilson interval without computing the interval.

    The interval holds the shares t with n(p - t)^2 <= z^2 t(1 - t), which has no square root and so can be
    decided exactly. Its own ends belong to it: low = target is met, high = target is too close to say.
    """
    beyond = assessed * (share - target) ** 2 - Fraction(Z95) ** 2 * target * (1 - target)
    # The low end is below the share except at 0, where they meet; a target of 1 is therefore never met.
    if target == 0 or (target < share and beyond >= 0):
        return Verdict.MET
    if target > share and beyond > 0:
        return Verdict.NOT_MET
    return Verdict.TOO_CLOSE


def percent(share: float | Fraction, places: int = 1) -> str:
    """How is this share printed? `92.7 %`, with a no-break space; halves go away from zero.

    The only place where a share is rounded. A float counts as the shortest decimal that reads back as it, so
    that k/n as a float and as a Fraction print alike, exact halves included. A negative share (a difference)
    has a minus sign, and nothing that rounds to zero has one. ValueError for infinity and not-a-number.
    """
    if isinstance(share, float) and not math.isfinite(share):
        raise ValueError(f"a share must be finite, not {share}")
    exact = share if isinstance(share, Fraction) else Fraction(repr(share))
    units = math.floor(abs(exact) * 100 * 10**places + _ROUND_HALF)
    sign = "\N{MINUS SIGN}" if exact < 0 and units else ""
    return f"{sign}{Decimal(units).scaleb(-places):f}\N{NO-BREAK SPACE}%"


def attainable(shown: str | Decimal, assessed: int) -> bool:
    """Can this printed percentage come from so many assessed checks at all?

    True when some whole number of checks out of `assessed`, rounded to as many places as `shown` has (halves
    away from zero), prints as `shown`. "99.4" needs at least 154 checks and is still impossible for some
    larger numbers; out of no checks no percentage comes. A trailing percent sign is allowed. ValueError when
    `shown` is not a number or `assessed` is negative.
    """
    return len(attained(shown, assessed)) > 0


def attained(shown: str | Decimal, assessed: int) -> range:
    """Which numbers met, of so many assessed, print as this percentage? Errors as for `attainable`."""
    if assessed < 0:
        raise ValueError(f"assessed must not be negative, not {assessed}")
    if not assessed:
        return range(0)
    low, high = (math.ceil(share * assessed) for share in printed_from(shown))
    return range(max(0, low), min(high, assessed + 1))


def printed_from(shown: str | Decimal) -> tuple[Fraction, Fraction]:
    """From which shares can this percentage come, rounded halves up: from the first one on, and below the second?"""
    printed = _read_percentage(shown)
    exponent = printed.as_tuple().exponent
    assert isinstance(exponent, int)  # a finite Decimal has one
    half = Fraction(1, 2 * 10 ** max(0, -exponent))
    return (Fraction(printed) - half) / 100, (Fraction(printed) + half) / 100


def _read_percentage(shown: str | Decimal) -> Decimal:
    try:
        printed = Decimal(str(shown).strip().removesuffix("%").strip())
    except InvalidOperation:
        raise ValueError(f"a percentage is a number such as 99.4, not {shown!r}") from None
    if not printed.is_finite():
        raise ValueError(f"a percentage is a number such as 99.4, not {shown!r}")
    return printed
