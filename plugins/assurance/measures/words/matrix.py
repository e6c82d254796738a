"""What does the table of every Area by every standard say?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from assurance.measures.rates import TOO_FEW
from assurance.measures.words.labels import marks_used
from assurance.measures.words.plain import NBSP, is_or_are, many, names

FEW = "few"
"""Stands in a narrow cell for a rate that rests on too few."""

MATRIX_KINDS: Mapping[str, str] = {
    "not_met": "known to be below target",
    "lower": "lower than the typical Area",
    "higher": "higher than the typical Area",
}
"""What is said of a result."""

MATRIX_WORDS: Mapping[str, str] = {"not_met": "below", "lower": "lower", "higher": "higher"}
"""The same in a cell, for who hears the page."""

MATRIX_TOTALS = ("Lower or higher", "Known to be below")
"""What the last line counts, without targets and with them."""


def matrix_heading(said: Mapping[str, int], results: int, areas: Mapping[str, int], *, judged: bool) -> str:
    """How many results stand out, and where most? `31 of 268 results are known to be below their target; most in Wessex (9)`.

    `said`: how many are `not_met`, `lower` and `higher`; `areas`: how many in each Area. `judged`: there are targets.
    """
    if not results:
        return "0 results by Area and standard can be judged"
    found = sum(said.values())
    start = f"{found} of {many(results, 'result', 'results')}"
    if judged:
        start = f"{start} {is_or_are(found)} known to be below {'its' if results == 1 else 'their'} target"
    else:
        told = names([f"{said[kind]} {kind}" for kind in ("lower", "higher") if said.get(kind)])
        start = f"{start} {'differs' if found == 1 else 'differ'} from the typical Area{', ' + told if told else ''}"
    most = max(areas.values())
    leading = [name for name, count in areas.items() if count == most]
    if found < 2 or most < 2 or len(areas) == 1 or len(leading) > 2:
        return start
    return f"{start}; most in {names(leading)} ({most}{' each' if len(leading) > 1 else ''})"


def matrix_legend(shown: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The legend for what stands in the cells."""
    found = set(shown)
    few = ((FEW, f"fewer than {TOO_FEW} were assessed"),) if FEW in found else ()
    return (*few, *marks_used(found))


def matrix_note(*, judged: bool) -> str:
    """When is something said of a result of one Area and standard?"""
    if judged:
        return (
            f"Marked is what is known to be below its target: the whole 95{NBSP}% interval is. Of 100 results just at their "
            "target, 2 or 3 would be marked by chance; what is not marked need not be met."
        )
    return (
        "Marked is what differs from the typical Area of its line by more than chance and the usual difference between "
        "Areas; each line is adjusted for the number of Areas, not for the number of lines."
    )
