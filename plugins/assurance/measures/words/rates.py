"""What does one rate say, against its target or without one?"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from assurance.measures.figures import Figure
from assurance.measures.rates import Verdict, percent
from assurance.measures.words.labels import MARKS, VERDICTS
from assurance.measures.words.plain import NBSP, Nouns, capital, number, points
from assurance.model import Counts


def absent(figure: Figure) -> str | None:
    """Which mark stands where this figure has no rate? None where it has one."""
    if figure.rate is not None:
        return None
    if figure.verdict is Verdict.LEFT_OUT:
        return "[o]"
    if figure.counts is None or figure.verdict is Verdict.NO_RETURN:
        return "[x]"
    if figure.verdict is Verdict.NIL_RETURN:
        return "[n]"
    return "[d]" if figure.verdict is Verdict.NOT_DUE else "[z]"


def absent_detail(mark: str) -> str:
    """What stands beside a mark where a figure would be? A rejected return is none that counts."""
    return "No return that counts." if mark == "[x]" else f"{capital(MARKS[mark])}."


def rate_sentence(nouns: Nouns, figure: Figure, when: str, target: Decimal | None) -> str:
    """What is the rate, and how does it stand against its target? `when` holds its preposition: `in May 2016`."""
    counts = figure.counts
    if figure.verdict is Verdict.LEFT_OUT:
        return f"There is no figure {when}: the return is left out."
    if counts is None or figure.verdict is Verdict.NO_RETURN:
        return f"There is no figure {when}: no return counts."
    if figure.verdict is Verdict.NIL_RETURN:
        return f"0{NBSP}{nouns.checks} {when}: nil return."
    if not counts.assessed:
        return f"0{NBSP}{nouns.checks} could be assessed {when}."
    share = Fraction(counts.met, counts.assessed)
    return f"{percent(share)} of {nouns.checks} {nouns.met} {when}{against_target(counts, target, figure.verdict)}."


def against_target(counts: Counts, target: Decimal | None, verdict: Verdict) -> str:
    """How a rate stands to its target, to follow it in its sentence; nothing without a target."""
    if target is None:
        return ""
    goal = percent(Fraction(target))
    if verdict is Verdict.TOO_FEW:
        return f"; {number(counts.assessed)} assessed are too few to judge against the target of {goal}"
    away = Fraction(counts.met, counts.assessed) - Fraction(target)
    place = f"{points(away)} {'above' if away > 0 else 'below'}" if away else "at"
    return f", {place} the target of {goal}: {VERDICTS[verdict][0].lower()}"
