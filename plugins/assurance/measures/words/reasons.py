"""Which reasons are given for what is not met?"""

from __future__ import annotations

from assurance.measures.words.plain import Nouns, is_or_are, many, number


def reasons_heading(label: str, given: int, of: int, title: str) -> str:
    """What is named most often? `“Exhibit” is named most: in 41 of 212 checks not fully met`."""
    return f"{title}: “{label}” is named most, in {number(given)} of {number(of)} checks not fully met"


def disputes_sentence(nouns: Nouns, partner: str, reasoned: int, disputed: int, accepted: int) -> str:
    """What became of the disputes? The owner of the standard is the partner who disputes."""
    of = many(reasoned, nouns.check, nouns.checks)
    start = f"{number(disputed)} of {of} for which reasons are given {is_or_are(disputed)} disputed by {partner}"
    if not disputed:
        return f"{start}."
    return (
        f"{start}; {number(accepted)} of these {many(disputed, 'dispute', 'disputes')} {is_or_are(accepted)} accepted."
    )
