"""What do the marks and the verdicts say, and what do they mean?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from assurance.measures.comparison import Position
from assurance.measures.rates import TOO_FEW, Verdict
from assurance.measures.variation import FEWEST_FOR_LIMITS, Outlook, Variation
from assurance.measures.words.plain import NBSP

MARKS: Mapping[str, str] = {
    "[x]": "no return",
    "[o]": "left out by decision: the return is in and does not count",
    "[n]": "nil return",
    "[z]": "not applicable: nothing to assess, or not collected",
    "[d]": "not yet due",
    "[p]": "provisional: it may still move",
    "[r]": "revised since an earlier release",
}
"""What the short marks in tables stand for; a legend stands wherever one is used."""

VERDICTS: Mapping[Verdict, tuple[str, str]] = {
    Verdict.MET: ("Met", f"The whole 95{NBSP}% interval is at or above the target."),
    Verdict.NOT_MET: ("Not met", f"The whole 95{NBSP}% interval is below the target."),
    Verdict.TOO_CLOSE: (
        "Too close to say",
        "The interval includes the target: more would have to be assessed to tell.",
    ),
    Verdict.TOO_FEW: ("Too few", f"Fewer than {TOO_FEW} were assessed: no verdict."),
    Verdict.NO_TARGET: ("No target", "The register has no target; the rate stands without a verdict."),
    Verdict.NIL_RETURN: ("Nil return", "The Area says expressly that there was nothing to return."),
    Verdict.NO_RETURN: (
        "No return",
        "No return counts: it is missing, not yet in, or was rejected. Missing is not zero.",
    ),
    Verdict.LEFT_OUT: (
        "Left out",
        "The return is in, and this release is made without it, for somebody decided so. Left out is not zero.",
    ),
    Verdict.NOT_DUE: ("Not due", "Nothing could be assessed yet."),
}
"""Each verdict's label and what it means."""

VARIATIONS: Mapping[Variation, tuple[str, str]] = {
    Variation.USUAL: ("Usual", "The month is within the usual variation; a rise or fall means nothing by itself."),
    Variation.IMPROVING: ("Improving", "Better by more than usual."),
    Variation.WORSENING: ("Worsening", "Worse by more than usual."),
    Variation.HIGH: ("High", "Higher than usual, where neither way is better."),
    Variation.LOW: ("Low", "Lower than usual, where neither way is better."),
    Variation.TOO_SHORT: ("Too short to say", f"Fewer than {FEWEST_FOR_LIMITS} months have a figure."),
    Variation.NO_DATA: ("No figure", "The month itself has no figure."),
}
"""Each variation's label and what it means."""

OUTLOOKS: Mapping[Outlook, tuple[str, str]] = {
    Outlook.WILL_BE_MET: (
        "Will be met",
        "If all stays as it is, every month will be on the right side of the target: both limits are.",
    ),
    Outlook.WILL_NOT_BE_MET: (
        "Will not be met unless the process changes",
        "If all stays as it is, no month will reach the target: both limits are on the wrong side of it.",
    ),
    Outlook.MAY_OR_MAY_NOT: (
        "May or may not be met",
        "The target lies within the usual variation: some months will reach it and some will not, by chance. "
        "In tables this goes without saying, and of what is moving no outlook is given.",
    ),
}
"""Each outlook's label and what it means."""

POSITIONS: Mapping[Position, tuple[str, str]] = {
    Position.LOWER: (
        "Lower",
        "Lower than the typical Area by more than chance and the usual difference between Areas.",
    ),
    Position.HIGHER: (
        "Higher",
        "Higher than the typical Area by more than chance and the usual difference between Areas.",
    ),
    Position.SIMILAR: (
        "Similar",
        "No further from the typical Area than chance or the usual difference between Areas explains, or too little "
        "to call.",
    ),
}
"""Each position's label and what it means."""

MOST_NAMED = 3
"""A card names no more standards than this; beyond it they are counted."""

UNUSUAL = frozenset({Variation.IMPROVING, Variation.WORSENING, Variation.HIGH, Variation.LOW})


def marks_used(marks: Iterable[str | None]) -> tuple[tuple[str, str], ...]:
    """The legend for the marks of a table: each mark once, with what it stands for."""
    found = set(marks)
    return tuple((mark, meaning) for mark, meaning in MARKS.items() if mark in found)
