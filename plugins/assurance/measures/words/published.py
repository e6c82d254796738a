"""Do figures that others have published agree with ours?"""

from __future__ import annotations

from fractions import Fraction

from assurance.measures.published import Held, Standing
from assurance.measures.rates import percent
from assurance.measures.words.plain import NBSP, interval, many, number, p_value


def published_heading(figures: int) -> str:
    """What a section says that has no second readings, but figures of others."""
    return f"0 second readings in twelve months; {many(figures, 'figure', 'figures')} that others published"


def published_claim(who: str, percentage: str, checks: int | None, title: str, when: str) -> str:
    """What was published? `when` holds its preposition, and is empty where the months are not known."""
    of = "of how many is not said" if checks is None else f"of {number(checks)}"
    return f"{who}: {percentage}{NBSP}% for “{title}”, {of}, {when or 'for which months is not said'}"


def published_sentence(found: Held, checks: int | None) -> str:
    """What can be said of a published percentage, and what not?"""
    return f"{_attainable(found, checks)}; {_beside_ours(found)}."


def _attainable(found: Held, checks: int | None) -> str:
    if checks is None:
        return f"It can only come from {many(found.least, 'check', 'checks')} or more"
    if found.standing is Standing.IMPOSSIBLE:
        return f"No number met out of {number(checks)} gives it"
    return f"It can come from {many(checks, 'check', 'checks')}"


def _beside_ours(found: Held) -> str:
    if found.own is None or found.interval is None:
        return "we have no figure that is known to be of the same months, so whether both agree cannot be said"
    share = percent(Fraction(found.own.met, found.own.assessed))
    within = interval(found.interval.low, found.interval.high)
    ours = f"ours of the same months is {share} of {number(found.own.assessed)} ({within})"
    match found.standing:
        case Standing.IMPOSSIBLE:
            return f"{ours}, and there is nothing to hold against it"
        case Standing.WITHIN:
            return f"{ours}, and it lies within that interval; how certain it is itself cannot be said"
        case Standing.ABOVE | Standing.BELOW:
            return (
                f"{ours}, and it lies {found.standing.value} that interval; whether chance explains it cannot be said"
            )
        case Standing.CHANCE:
            return f"{ours}: chance explains the difference ({p_value(found.p or 0.0)})"
        case _:
            return f"{ours}: it is {found.standing.value} by more than chance ({p_value(found.p or 0.0)})"
