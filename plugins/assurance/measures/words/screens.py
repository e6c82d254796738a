"""Where does a month stand? What the screens in Airflow say beside the words of reports and mails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from assurance.measures.words.plain import deadline, many, names
from assurance.measures.words.returns import is_late
from assurance.model import ReturnState, ReturnStatus

ARRIVED = "Received, not checked yet"
"""A file lies in the landing place and the next run of `receive_returns` takes it."""

WHAT_TO_DO: Mapping[str, str] = {
    "refused": "mend what the reply names, then `assurance outbox KEY --again`; or --sent, if nobody is to get it",
    "unknown": "it may have arrived: ask the recipient (`assurance outbox KEY` names the address), then --sent or --again",
}
"""What a person does about a message, by its state."""

MAIL_STATES: Mapping[str, str] = {
    "queued": "to be sent",
    "attempting": "being sent",
    "retry": "to be tried again",
    "sent": "sent",
    "refused": "refused",
    "unknown": "may have arrived",
}
"""Where a message stands, by its state."""


def stands(returns: Sequence[ReturnStatus]) -> str:
    """How many returns are in, and what is not as it should be? `12 of 13 Areas are in; 1 late, 1 missing`."""
    inside = sum(status.in_force is not None for status in returns)
    counted = (
        (sum(map(is_late, returns)), "late"),
        (sum(status.state is ReturnState.NIL for status in returns), "nil"),
        (sum(status.state is ReturnState.REJECTED for status in returns), "rejected"),
        (sum(status.state is ReturnState.MISSING for status in returns), "missing"),
        (sum(status.state is ReturnState.EXPECTED for status in returns), "not yet due"),
    )
    extra = ", ".join(f"{count} {what}" for count, what in counted if count)
    noun = "Area is" if len(returns) == 1 else "Areas are"
    return f"{inside} of {len(returns)} {noun} in{'; ' + extra if extra else ''}"


def days_left(working_days: int, *, passed: bool) -> str:
    """How long until a deadline, in working days? `3 working days left`."""
    if passed:
        return "passed"
    return f"{many(working_days, 'working day', 'working days')} left" if working_days else "today"


def waited(time: timedelta) -> str:
    """How long has something waited? `3 hours`, and from two days on `3 days`; what is younger: `less than an hour`."""
    hours = int(time / timedelta(hours=1))
    if hours < 1:
        return "less than an hour"
    return many(hours, "hour", "hours") if hours < 48 else many(hours // 24, "day", "days")


def gate(waits_for: Sequence[str], cut_off: datetime, *, passed: bool, released: bool) -> str:
    """What does the gate of a month wait for? `waits_for`: the names of the Areas whose return does not count yet."""
    if released:
        return "The gate has fired: the month is measured. What comes now is told by a restatement."
    if not waits_for:
        return "The gate waits for nobody: every Area that owes a return is in."
    areas = f"{many(len(waits_for), 'Area', 'Areas')}: {names(waits_for)}"
    if passed:
        missing = "it counts" if len(waits_for) == 1 else "they count"
        return f"The cut-off has passed, and the gate waits for {areas}. When the month is closed {missing} as missing."
    return f"The gate waits for {areas}. It waits until the month is closed, at {deadline(cut_off)}."


def may_be_sent(signed: bool, rejected: bool) -> str:
    """What was answered to the question whether a release may be sent, in a word or two of a narrow table?"""
    return "signed off" if signed else "rejected" if rejected else "not yet"


def mail_said(states: Mapping[str, int]) -> str:
    """Has a mail to several people gone out? `sent`, or `1 sent, 1 refused`; nobody is owed one: `to nobody`."""
    if not states:
        return "to nobody"
    if len(states) == 1:
        return MAIL_STATES[next(iter(states))]
    return ", ".join(f"{count} {MAIL_STATES[state]}" for state, count in states.items())
