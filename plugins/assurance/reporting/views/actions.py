"""Who has undertaken to do what, and is it done? The actions of a collection as they stood on the day of a release."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from assurance.catalogue.schema import Action
from assurance.deadlines import london_day, release_day
from assurance.measures import words
from assurance.model import NATION
from assurance.reporting.facts import ReleaseFacts


@dataclass(frozen=True)
class ActionLine:
    """One action as it stood on a day."""

    action: Action
    state: str
    """`overdue`, `open` or `done`: a key of `words.ACTION_STATES`."""
    due: date
    place: str
    standard: str
    """The title of its standard; empty where it has none."""
    note: str
    """What came of it, or that its day was moved and why; empty where there is nothing to say."""


@dataclass(frozen=True)
class Actions:
    """What is to be done, and what was done of late."""

    heading: str
    day: date
    """As of which day all of this is said."""
    lines: tuple[ActionLine, ...]
    """The overdue first, the open by the day they are due; then those done since the report before."""
    done: str
    """How many were done since then, and before."""


def actions(facts: ReleaseFacts, area: str) -> Actions | None:
    """The actions of the nation (`ALL`: all of them), or of an Area and all Areas; None where none was raised yet."""
    day, since = _day(facts), _day_of_the_report_before(facts)
    own = [
        action
        for action in facts.collection.actions
        if action.is_raised_on(day) and (area == NATION or action.area in (None, area))
    ]
    if not own:
        return None
    done = [action for action in own if action.is_done_on(day)]
    lately = [action for action in done if not action.is_done_on(since)]
    still_open = sorted(
        (action for action in own if not action.is_done_on(day)), key=lambda one: (one.due_on(day), one.id)
    )
    due = [action.due_on(day) for action in still_open]
    return Actions(
        heading=words.actions_heading(due, sum(one < day for one in due)),
        day=day,
        lines=tuple(_line(facts, action, day) for action in (*still_open, *_by_day_done(lately))),
        done=words.actions_done(len(lately), since, len(done) - len(lately)),
    )


def _day(facts: ReleaseFacts) -> date:
    """The release's own day: that of the calendar, or a later one on which something was still received."""
    planned = release_day(facts.collection.calendar, facts.period)
    return london_day(max(planned, facts.known_on or planned))


def _day_of_the_report_before(facts: ReleaseFacts) -> date:
    before = facts.period.plus(-1)
    while before in facts.collection.not_collected:
        before = before.plus(-1)
    return london_day(release_day(facts.collection.calendar, before))


def _by_day_done(done: Sequence[Action]) -> list[Action]:
    return sorted(done, key=lambda action: (action.done or "", action.id))


def _line(facts: ReleaseFacts, action: Action, day: date) -> ActionLine:
    due = action.due_on(day)
    is_done = action.is_done_on(day)
    later = [one.reason for one in action.agreed_on(day)]
    moved = words.due_moved(date.fromisoformat(action.due), later)
    return ActionLine(
        action=action,
        state="done" if is_done else "overdue" if due < day else "open",
        due=due,
        place=facts.collection.name_of(action.area) if action.area else "All Areas",
        standard=facts.collection.versions[action.standard][-1].title if action.standard else "",
        note=words.sentence(action.outcome or "") if is_done else moved,
    )
