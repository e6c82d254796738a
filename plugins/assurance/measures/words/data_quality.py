"""How much of the cases was looked at?"""

from __future__ import annotations

from fractions import Fraction

from assurance.measures.rates import percent
from assurance.measures.words.plain import many, number

POOLED = (
    "The national rate is that of all cases looked at together: an Area counts by the cases it looked at, not by those "
    "it had."
)
"""Whose rate the national one is; stands where coverage is told."""


def coverage(cases: int, in_scope: int | None) -> str:
    """How much was looked at? `1,040 of 7,900 cases`; `1,040 cases` where it is not known out of how many."""
    if in_scope is None:
        return many(cases, "case", "cases")
    return f"{number(cases)} of {many(in_scope, 'case', 'cases')}"


def coverage_sentence(cases: int, areas: int, areas_known: int, cases_known: int, in_scope: int) -> str:
    """The same as a sentence; where some Areas do not say how many cases there were, those that do."""
    share = f" ({percent(Fraction(cases_known, in_scope))})" if in_scope else ""
    verb = "was" if cases == 1 else "were"
    if areas_known == areas:
        return f"{coverage(cases, in_scope)} {verb} looked at{share}."
    start = f"{coverage(cases, None)} {verb} looked at"
    if not areas_known:
        return f"{start}; {'no Area says' if areas > 1 else 'the return does not say'} out of how many."
    say = "says" if areas_known == 1 else "say"
    return f"{start}. {areas_known} of {areas} Areas {say} out of how many: {coverage(cases_known, in_scope)}{share}."


def targeted_sentence(cases: int) -> str:
    """What becomes of cases chosen for a reason?"""
    stand, are = ("stands", "is") if cases == 1 else ("stand", "are")
    return f"{many(cases, 'targeted case', 'targeted cases')} {are} kept apart and {stand} in no rate."
