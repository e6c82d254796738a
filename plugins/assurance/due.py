"""By when was it due, and was it done in time? Due dates and the answers that follow from the dates of one case.

All days are calendar days, and none moves because of a weekend. The intake asks the same of a whole return in one
statement (`intake.staging`); a property test holds the two to equal answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from assurance.model import Standard

Case = Mapping[str, date | str | None]
"""The typed cells of one row by column; a cell that is empty or missing says nothing."""

Versions = Mapping[str, tuple[Standard, ...]]
"""Every version of each standard, the oldest first."""


def in_force(versions: tuple[Standard, ...], sent: date | None) -> Standard:
    """The version by which a case is judged: the last that was in force when it was sent, the first for an older case."""
    known = [version for version in versions if sent is not None and version.valid_from <= sent]
    return known[-1] if known else versions[0]


def due_date(standard: Standard, versions: Versions, case: Case, sent: date | None = None) -> date | None:
    """The last day on which a timely standard can be met (the first that is too late, where it must be earlier).

    A judge's direction beats the rest. None when nothing can be derived from the case. `sent` decides by which
    version of the standard it follows the due date is counted.
    """
    rule = standard.due
    if rule is None:
        return None
    if rule.ordered and (ordered := _day(case, rule.ordered)):
        return ordered
    if rule.after_standard:
        start = due_date(in_force(versions[rule.start], sent), versions, case, sent)
    else:
        start = _day(case, rule.start)
    days = rule.days.get(str(case.get(rule.days_by) or "") if rule.days_by else "")
    return None if start is None or days is None else start + timedelta(days=days)


def computed_answer(
    standard: Standard, versions: Versions, case: Case, assessed_on: date, sent: date | None = None
) -> str:
    """Y, N, NA or ND, as the dates of a case have it on the day it was assessed.

    Evidence by the due date is Y, later N. Without evidence: N once the due date is past, ND until then. NA where no
    due date can be derived.
    """
    due = due_date(standard, versions, case, sent)
    if due is None or standard.due is None or standard.evidence is None:
        return "NA"
    done = _day(case, standard.evidence)
    if done is None:
        return "N" if due < assessed_on else "ND"
    in_time = done < due if standard.due.strictly_before else done <= due
    return "Y" if in_time else "N"


def _day(case: Case, column: str) -> date | None:
    value = case.get(column)
    return value if isinstance(value, date) else None
