"""What is written to whom about a return that is not in? Reminder, chaser and escalation: what is missing, until when, how.

Written when it is sent, from how things stand then: what came since it was owed is said, and nobody is chased for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from assurance.catalogue import Collection
from assurance.deadlines import Chase, cut_off, due, release_day, working_days
from assurance.delivery.letter import Letter
from assurance.measures import words
from assurance.model import NATION, Period, ReturnState, ReturnStatus, return_name
from assurance.reporting.notice import Listing, Notice, listing, notice_letter

MOST_NAMED = 3
"""So many Areas are named in a sentence; of more it says how many."""


def chase_letter(
    collection: Collection,
    period: Period,
    chase: Chase,
    edition: str,
    returns: Sequence[ReturnStatus],
    moment: datetime,
    reports: Path,
) -> Letter:
    """The mail of a kind about an Area's return, or (`ALL`) about all of them, as they stand at a moment (naive UTC).

    `returns` are those of every Area that owes one.
    """
    concerned = [status for status in returns if edition in (NATION, status.area.code)]
    owing = [status for status in concerned if not status.is_in]
    if not owing:
        notice = _settled(collection, period, edition, concerned)
    elif chase is Chase.ESCALATION:
        notice = _escalation(collection, period, edition, concerned, owing, moment)
    else:
        notice = _chaser(collection, period, owing[0], moment)
    return notice_letter(collection, notice, reports)


def _chaser(collection: Collection, period: Period, status: ReturnStatus, moment: datetime) -> Notice:
    """To those who send it, before it is due and after."""
    last = due(collection.calendar, period)
    in_time = moment <= last
    is_due = f"{'is' if in_time else 'was'} due by {words.deadline(last)}"
    return Notice(
        verdict=_hurry(last, moment),
        about=_about(collection, period, status.area.code),
        count=_standing(status),
        first=f"The return of {status.area.name} for {period.title} {is_due}: {_standing(status)}.",
        lists=(
            *listing("What to do next", _steps(collection, period, status, in_time=in_time), in_order=True),
            *_consequence(collection, period, moment, status.area.name),
        ),
        facts=(*_of_return(collection, period, status), *_dates(collection, period)),
    )


def _escalation(
    collection: Collection,
    period: Period,
    edition: str,
    concerned: Sequence[ReturnStatus],
    owing: Sequence[ReturnStatus],
    moment: datetime,
) -> Notice:
    """To those above them: who owes, and what can still be done."""
    late = words.many(working_days(due(collection.calendar, period), moment), "working day", "working days")
    whose = f"the return of {owing[0].area.name}"
    if edition == NATION:
        whose = f"{words.number(len(owing))} of {words.many(len(concerned), 'return', 'returns')}"
    is_not_in, was_due = ("is not in", "it was") if len(owing) == 1 else ("are not in", "they were")
    return Notice(
        verdict=words.capital(f"{whose} {is_not_in}"),
        about=_about(collection, period, edition),
        count=f"{late} overdue",
        first=words.capital(f"{whose} for {period.title} {is_not_in}, {late} after {was_due} due."),
        lists=(
            *listing("Who owes", (_owes(period, status) for status in owing)),
            *listing("What to do next", _steps_above(collection, period, moment), in_order=True),
            *_consequence(collection, period, moment, _names(owing)),
        ),
        facts=_dates(collection, period),
    )


def _settled(collection: Collection, period: Period, edition: str, concerned: Sequence[ReturnStatus]) -> Notice:
    """What was wanted came before the mail that asks for it went out."""
    whose = "Every return" if edition == NATION else f"The return of {concerned[0].area.name}"
    return Notice(
        verdict="Nothing to do",
        about=_about(collection, period, edition),
        count=f"{words.many(len(concerned), 'return', 'returns')} in",
        first=f"{whose} for {period.title} is in: there is nothing to do.",
        lists=(),
        facts=_dates(collection, period),
    )


def _about(collection: Collection, period: Period, edition: str) -> str:
    place = "" if edition == NATION else f", {collection.name_of(edition)}"
    return f"{collection.title}{place}, {period.title}"


def _hurry(last: datetime, moment: datetime) -> str:
    """`Due in 2 working days`, `Due today`, `Overdue by 1 working day`."""
    if moment <= last:
        days = working_days(moment, last)
        return f"Due in {words.many(days, 'working day', 'working days')}" if days else "Due today"
    days = working_days(last, moment)
    return f"Overdue by {words.many(days, 'working day', 'working days')}" if days else "Overdue since today"


def _owes(period: Period, status: ReturnStatus) -> str:
    return f"{status.area.name}: {_standing(status)}; wanted is {_name(period, status)}"


def _names(owing: Sequence[ReturnStatus]) -> str:
    if len(owing) > MOST_NAMED:
        return f"these {words.many(len(owing), 'Area', 'Areas')}"
    return words.names([status.area.name for status in owing])


def _standing(status: ReturnStatus) -> str:
    if status.latest is None:
        return "no return has come"
    return f"version {status.latest.version} was rejected, and no other counts"


def _steps(collection: Collection, period: Period, status: ReturnStatus, *, in_time: bool) -> tuple[str, ...]:
    """What the Area's page says of it, and how the file is named and where it goes."""
    state = status.state if status.latest else ReturnState.EXPECTED if in_time else ReturnState.MISSING
    by = words.deadline(due(collection.calendar, period))
    first, *others = words.next_steps(replace(status, state=state), period, by, None, collection.contact)
    name, folder = _name(period, status), _folder(collection, status)
    endings = " or ".join(f".{ending}" for ending in collection.formats)
    how = f"Name the file {name}, ending in {endings}, and put it into your Area's folder, {folder}."
    return (first, how, *others)


def _steps_above(collection: Collection, period: Period, moment: datetime) -> tuple[str, ...]:
    last = cut_off(collection.calendar, period)
    if moment <= last:
        until = (
            f"Have what is missing sent by {words.deadline(last)}: until then it counts in the month's first report."
        )
    else:
        until = "Have what is missing sent all the same: after the cut-off it counts in the next release."
    return (
        until,
        "An Area that had nothing to return says so with a nil return; sending none is not the same.",
        f"If something cannot be sent, tell {collection.contact} why.",
    )


def _consequence(collection: Collection, period: Period, moment: datetime, names: str) -> tuple[Listing, ...]:
    last = cut_off(collection.calendar, period)
    if moment <= last:
        said = (
            f"Until {words.deadline(last)} a late return still counts in the month's first report.",
            f"After that the report says of {names}: no return [x]. The national figures are made without.",
        )
    else:
        said = (
            f"The cut-off, {words.deadline(last)}, has passed: the month's first report says of {names}: no return [x].",
            "What comes now counts in the next release, which says what moved.",
        )
    return listing("What follows", said)


def _of_return(collection: Collection, period: Period, status: ReturnStatus) -> tuple[tuple[str, str], ...]:
    name, latest = status.area.name, status.latest
    received = (
        f"version {latest.version}, {words.moment(latest.received_at)}, London, rejected" if latest else "nothing yet"
    )
    return (
        (f"File of {name}", _name(period, status)),
        (f"Folder of {name}", _folder(collection, status)),
        ("Last received", received),
    )


def _dates(collection: Collection, period: Period) -> tuple[tuple[str, str], ...]:
    calendar = collection.calendar
    return (
        ("Due", f"{words.deadline(due(calendar, period))}, London"),
        ("Cut-off", f"{words.deadline(cut_off(calendar, period))}, London"),
        ("Report", f"{words.deadline(release_day(calendar, period))}, London"),
        ("Questions to", collection.contact),
    )


def _name(period: Period, status: ReturnStatus) -> str:
    """The name of the version that is wanted."""
    return return_name(status.area.code, period, status.latest.version + 1 if status.latest else 1)


def _folder(collection: Collection, status: ReturnStatus) -> str:
    return f"{collection.code}/{status.area.code}"
