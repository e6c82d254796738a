"""Which rows stand behind an Area's unmet checks?"""

from __future__ import annotations

from assurance.measures.words.plain import Nouns, capital, number
from assurance.model import Counts, Period


def checks_heading(nouns: Nouns, returned: str, counts: Counts) -> str:
    """How much of a return was not met? `72 of 1,071 checks of our return R-WSX-202610-v01 were not met, 31 only partly`."""
    total, ours = counts.assessed, f"{nouns.checks} of our return {returned}"
    if not total:
        return f"0 {ours} count in a rate"
    if not counts.not_met + counts.partly:
        return f"All {number(total)} {ours} {nouns.met}"
    return _unmet(counts, f"of {number(total)} {ours}")


def owner_checks_heading(nouns: Nouns, owner: str, counts: Counts) -> str:
    """What of one owner's standards was not met? `Police: 24 checks were not met, 9 only partly`."""
    return (
        f"{capital(owner)}: {_unmet(counts, nouns.check if (counts.not_met or counts.partly) == 1 else nouns.checks)}"
    )


def checks_note(nouns: Nouns, counts: Counts, period: Period, file: str) -> str:
    """Where does an Area find its unmet checks of a month, one by one? Empty where there is none."""
    unmet = counts.not_met + counts.partly
    if not unmet:
        return ""
    checks, them = (nouns.check, "it") if unmet == 1 else (nouns.checks, "them")
    return (
        f"{number(unmet)} {checks} of {period.title} {_was(unmet)} not or only partly met: the page {file}, which comes "
        f"with this report, lists {them}."
    )


def checks_steps(returned: str, is_workbook: bool, following: int) -> tuple[str, ...]:
    """What does an Area do with the rows of its unmet checks? `following` is the version in which it mends them."""
    row = "a row of the sheet return" if is_workbook else "a line of the file"
    return (
        f"Look the rows up in your own file, {returned}. A row is {row}; the header is row 1.",
        f"Where an answer or a date is wrong, mend it and send the whole return again as version {following:02d}.",
        "Where both are right, see from the case what went wrong, and raise it with whoever owns the standard.",
    )


def _unmet(counts: Counts, of: str) -> str:
    if not counts.not_met:
        return f"{number(counts.partly)} {of} {_was(counts.partly)} only partly met"
    partly = f", {number(counts.partly)} only partly" if counts.partly else ""
    return f"{number(counts.not_met)} {of} {_was(counts.not_met)} not met{partly}"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"
