"""How far do second readers agree with own answers?"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from assurance.measures.agreement import Agreement, Differences
from assurance.measures.rates import percent
from assurance.measures.words.plain import NBSP, capital, have, is_or_are, many, number, p_value
from assurance.measures.words.self_assessment import Leaning, leaning

ASSESSORS = "second assessors"
"""How several are called together."""

AC1_NOTE = (
    "AC1 says how far both sides agree beyond chance: 1 where every answer is the same, 0 where they agree no more often "
    "than chance. A share of equal answers alone looks high where nearly everything is met. In brackets the "
    f"95{NBSP}% interval: with few readings it is wide. Weighted, of answers by degree: neighbours agree by half."
)
"""What the measure of agreement means; stands where it is shown."""

READINGS_NOTE = (
    "Own answers are those that the Areas declared, of timely standards as well. Where one side alone says not applicable "
    "or not yet due, the check stands under one side only. A side is named where chance does not explain it (McNemar’s "
    "exact test, p adjusted for all that were read). The cases were chosen by who read them: they say how far answers can "
    "be trusted, not how often a standard is met."
)
"""How second readings are judged; stands where they are shown."""

DEGREES: Mapping[str, str] = {"met": "Fully met", "partly": "Partly met", "not_met": "Not met"}
"""What an answer by degree says."""

_SECOND_LEANINGS: Mapping[Leaning, str] = {
    Leaning.GENEROUS: "{who} judged {whom} more generously",
    Leaning.STRICTER: "{who} judged {whom} more strictly",
    Leaning.CHANCE: "neither side is stricter by more than chance",
    Leaning.NONE: "neither side is stricter",
}


def second_readings_heading(assessor: str, agreed: int, pairs: int, side: Leaning, *, own: bool) -> str:
    """How far do others agree with own answers, and which side is stricter? `own`: it is said to the Area itself."""
    if not pairs:
        return "0 second readings could be compared"
    share = percent(Fraction(agreed, pairs))
    start = f"{capital(assessor)} agreed with {share} of {many(pairs, 'own answer', 'own answers')}"
    if agreed == pairs:
        return start
    who, whom = ("you", "yourselves") if own else ("the Areas", "themselves")
    return f"{start}; where they differ, {_SECOND_LEANINGS[side].format(who=who, whom=whom)}"


def second_leaning_sentence(found: Differences) -> str:
    """Does chance explain which side is stricter?"""
    sides = (
        f"{many(found.generous, 'own answer is', 'own answers are')} more generous than the second, "
        f"{number(found.stricter)} {is_or_are(found.stricter)} stricter"
    )
    match leaning(found, found.p):
        case Leaning.NONE:
            return "No own answer is more generous or stricter than the second."
        case Leaning.CHANCE:
            return f"{sides}: chance explains that ({p_value(found.p)})."
        case _:
            return f"{sides}: that is more than chance ({p_value(found.p)})."


def read_sentence(readings: int, matched: int, case_unknown: int, not_answered: int) -> str:
    """How many readings found the own answer they are about?"""
    said = [f"{number(matched)} of {many(readings, 'reading', 'readings')} found the own answer to the same check"]
    if case_unknown:
        said.append(f"{number(case_unknown)} {is_or_are(case_unknown)} of a case that stands in no return in force")
    if not_answered:
        said.append(f"{number(not_answered)} {is_or_are(not_answered)} of a standard that has no answer there")
    return f"{'; '.join(said)}."


def changed_sentence(checks: int, cases: int) -> str:
    """What has been answered otherwise since it was read?"""
    if not checks:
        return "No own answer that was read has changed since."
    return (
        f"{many(checks, 'own answer', 'own answers')} in {many(cases, 'case', 'cases')} {have(checks)} changed since the "
        "reading came; compared is the answer that counts now."
    )


def apart_sentence(neither: int, one_sided: int, targeted: int) -> str:
    """What is not compared? Empty where everything is. `neither`: neither side had anything to judge."""
    said = []
    if neither:
        said.append(f"{many(neither, 'check', 'checks')} neither side had to judge")
    if one_sided:
        said.append(f"{many(one_sided, 'check was', 'checks were')} judged by one side only")
    if targeted:
        said.append(f"{many(targeted, 'reading of a targeted case is', 'readings of targeted cases are')} kept apart")
    return f"{'; '.join(said)}." if said else ""


def agreement(found: Agreement) -> str:
    """How is AC1 printed? `0.94 (0.92 to 0.97)`; one pair has no interval, and no pair no agreement."""
    if found.ac1 is None:
        return "none"
    if found.low is None or found.high is None:
        return _hundredths(found.ac1)
    low = max(-1.0, found.low)  # with a handful of pairs the t interval goes beyond the scale
    return f"{_hundredths(found.ac1)} ({_hundredths(low)} to {_hundredths(found.high)})"


def _hundredths(value: float) -> str:
    return f"{value:.2f}".replace("-", "\N{MINUS SIGN}")
