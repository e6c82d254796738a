"""What has been undertaken, and by when?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from assurance.measures.words.plain import NBSP, day, many, number, sentence

ACTION_STATES: Mapping[str, tuple[str, str]] = {
    "overdue": ("Overdue", "not_met"),
    "open": ("Open", "usual"),
    "done": ("Done", "met"),
}
"""How an action stands, in a word, and the shape that goes with it."""


def actions_heading(due: Sequence[date], overdue: int) -> str:
    """How many actions are open, and is one overdue? `due`: when each open one is, the first first."""
    if not due:
        return "No action is open"
    start = f"{many(len(due), 'action', 'actions')} open"
    if not overdue:
        return f"{start}, the next due on {day(due[0])}"
    return f"{start}, {overdue} overdue{', the longest' if overdue > 1 else ''} since {day(due[0])}"


def actions_done(lately: int, since: date, before: int) -> str:
    """What was done since the report before, and before that? Empty where nothing ever was."""
    if not lately and not before:
        return ""
    start = f"{many(lately, 'action was', 'actions were')} done since {day(since)}"
    return f"{start}, and {number(before)} before." if before else f"{start}."


def due_moved(first: date, reasons: Sequence[str]) -> str:
    """Was a later day agreed, and why? Empty where none was."""
    if not reasons:
        return ""
    times = "once" if len(reasons) == 1 else f"{len(reasons)}{NBSP}times"
    return f"Due {day(first)} at first, moved {times}: {sentence(reasons[-1])}"
