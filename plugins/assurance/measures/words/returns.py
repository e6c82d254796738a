"""Which returns are in, and what is to be done about those that are not?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assurance.measures.words.plain import capital, have, many, names
from assurance.model import Arrival, LeftOut, Outcome, Period, ReturnState, ReturnStatus

_RETURN_STATES: Mapping[ReturnState, str] = {
    ReturnState.EXPECTED: "Not yet in",
    ReturnState.ACCEPTED: "Accepted",
    ReturnState.ACCEPTED_WITH_QUERIES: "Accepted with queries",
    ReturnState.NIL: "Nil return",
    ReturnState.REJECTED: "Rejected",
    ReturnState.LEFT_OUT: "Left out",
    ReturnState.MISSING: "No return",
}

_OUTCOMES: Mapping[Outcome, str] = {
    Outcome.ACCEPTED: "accepted",
    Outcome.ACCEPTED_WITH_QUERIES: "accepted with queries",
    Outcome.NIL: "accepted as a nil return",
    Outcome.REJECTED: "rejected",
}

_ARRIVALS: Mapping[Arrival, str] = {
    Arrival.ON_TIME: "On time",
    Arrival.LATE: "Late",
    Arrival.AFTER_CUT_OFF: "After the cut-off",
}


def state_label(status: ReturnStatus) -> str:
    """What became of the return, in a word or two? `Accepted with 2 queries`."""
    if status.state is ReturnState.ACCEPTED_WITH_QUERIES and status.queries:
        return f"Accepted with {many(status.queries, 'query', 'queries')}"
    return _RETURN_STATES[status.state]


def absent_sentence(returns: Sequence[ReturnStatus]) -> str:
    """Whose return does not count, and what is to be done? Empty where all do."""
    absent = [status for status in returns if not status.in_force]
    if not absent:
        return ""
    labels = dict.fromkeys(state_label(status) for status in absent)
    told = [
        f"{names([status.area.name for status in absent if state_label(status) == label])} ({label.lower()})"
        for label in labels
    ]
    noun, them = "Area" if len(returns) == 1 else "Areas", "it" if len(absent) == 1 else "them"
    without = f"the national figures of the month are without {them}"
    if len(absent) == len(returns):
        without = "until one counts there is no national figure of the month"
    start = f"{len(absent)} of {len(returns)} {noun} {have(len(absent))} no return that counts: {names(told)}."
    owed = [status for status in absent if not status.left_out]
    if not owed:
        return f"{start} {capital(without)}."
    if len(owed) < len(absent):
        return f"{start} Ask {names([status.area.name for status in owed])} for a return: {without}."
    return f"{start} Ask for {them}: {without}."


def left_out_by(decided: LeftOut) -> str:
    """Who left a return out of this release, and why? `left out by the Director: “It is that of last year”`."""
    return f"left out by {decided.by}: “{decided.reason.rstrip('.')}”"


def outcome_label(outcome: Outcome) -> str:
    """What became of a submission? `accepted with queries`."""
    return _OUTCOMES[outcome]


def arrival_label(arrival: Arrival) -> str:
    """Was it in time? `Late`."""
    return _ARRIVALS[arrival]


def returns_heading(returns: Sequence[ReturnStatus]) -> str:
    """Who has returned? `12 of 13 Areas have returned; 1 late, 1 rejected`."""
    if not returns:
        return "0 Areas owe a return"
    inside = [status for status in returns if status.in_force]
    counted = (
        (sum(is_late(status) for status in inside), "late"),
        (sum(status.state is ReturnState.NIL for status in returns), "nil"),
        (sum(status.state is ReturnState.REJECTED for status in returns), "rejected"),
        (sum(status.state is ReturnState.LEFT_OUT for status in returns), "left out"),
        (sum(status.state in (ReturnState.MISSING, ReturnState.EXPECTED) for status in returns), "missing"),
    )
    extra = ", ".join(f"{count} {what}" for count, what in counted if count)
    verb = "has" if len(inside) == 1 else "have"
    noun = "Area" if len(returns) == 1 else "Areas"
    done = "a return that counts" if any(status.left_out for status in returns) else "returned"
    return f"{len(inside)} of {len(returns)} {noun} {verb} {done}{'; ' + extra if extra else ''}"


def is_late(status: ReturnStatus) -> bool:
    """Did the return that counts come after the deadline?"""
    return status.in_force is not None and status.in_force.arrival is not Arrival.ON_TIME


LEFT_OUT_MEANS = (
    "The return is in and stays as it was received; the national figures of the month are without it until it is taken in "
    "again."
)
"""What follows for everybody from a return that is left out…"""
MANY_LEFT_OUT_MEANS = (
    "The returns are in and stay as they were received; the national figures of the month are without them until they are "
    "taken in again."
)
"""…and from several."""


def returns_notes(returns: Sequence[ReturnStatus]) -> tuple[str, ...]:
    """Which returns are late, missing, rejected, nil or queried, by name, and what happens next?"""
    late = [status.area.name for status in returns if is_late(status)]
    missing = [status.area.name for status in returns if status.state in (ReturnState.MISSING, ReturnState.EXPECTED)]
    rejected = [status.area.name for status in returns if status.state is ReturnState.REJECTED]
    nil = [status.area.name for status in returns if status.state is ReturnState.NIL]
    queried = [status.area.name for status in returns if status.in_force and status.queries]
    waived = [status.area.name for status in returns if status.waived]
    superseded = [
        status.area.name
        for status in returns
        if status.in_force and status.latest and status.latest.outcome is Outcome.REJECTED
    ]
    notes = (
        (
            missing,
            "No return: {}. The national figures of the month are without it; what comes now counts in the next release.",
        ),
        (
            rejected,
            "Rejected: {}. The sender has a receipt with every finding; a corrected file counts in the next release.",
        ),
        (
            superseded,
            "A later version was rejected: {}. The version before it stays in force until a corrected file comes.",
        ),
        (late, "Late, and counted: {}."),
        (nil, "Nil return: {}. Nothing to return is not the same as no return."),
        (queried, "Queries were raised: {}. The figures count; the Area is asked to confirm or correct them."),
        (
            waived,
            "Rules are waived for a time: {}. What they find is told to the Area and keeps nothing from being counted.",
        ),
    )
    return (*_left_out_notes(returns), *(text.format(names(found)) for found, text in notes if found))


def _left_out_notes(returns: Sequence[ReturnStatus]) -> Iterator[str]:
    """Which returns were left out, by whom and why: those of one decision together."""
    saying = {status.area.name: left_out_by(status.left_out) for status in returns if status.left_out}
    for said in dict.fromkeys(saying.values()):
        found = [name for name, own in saying.items() if own == said]
        yield f"{names(found)}: {said}. {LEFT_OUT_MEANS if len(found) == 1 else MANY_LEFT_OUT_MEANS}"


def return_sentence(status: ReturnStatus, period: Period) -> str:
    """What became of this Area's return?"""
    own = status.in_force
    match status.state:
        case ReturnState.NIL:
            return f"Your nil return for {period.title} is accepted."
        case ReturnState.ACCEPTED | ReturnState.ACCEPTED_WITH_QUERIES if own:
            queries = f" with {many(status.queries, 'query', 'queries')}" if status.queries else ""
            rows = many(own.rows_accepted, "row", "rows")
            return f"Your return for {period.title} is accepted{queries}: {rows}, {arrival_label(own.arrival).lower()}."
        case ReturnState.REJECTED:
            return f"Your return for {period.title} was rejected and counts nowhere."
        case ReturnState.LEFT_OUT:
            return f"Your return for {period.title} is in and was left out of this release."
        case ReturnState.EXPECTED:
            return f"Your return for {period.title} is not yet in."
        case _:
            return f"There is no return from you for {period.title}."


def next_steps(
    status: ReturnStatus, period: Period, due: str, coming: tuple[Period, str] | None, contact: str
) -> tuple[str, ...]:
    """What should this Area do now? `due` is this return's deadline, `coming` the next period and its deadline."""
    steps = []
    later_version = (status.latest.version if status.latest else 0) + 1
    match status.state:
        case ReturnState.MISSING | ReturnState.EXPECTED:
            steps = [
                f"Send the return for {period.title} now. It was due by {due}."
                if status.state is ReturnState.MISSING
                else f"Send the return for {period.title} by {due}.",
                "If there was nothing to return, send a nil return: that is not the same as sending none.",
                f"If you have sent it, ask {contact} what became of it; every file that arrives gets a receipt.",
            ]
        case ReturnState.REJECTED:
            steps = [
                f"Put right what the receipt lists: it names each row, column and cure. "
                f"Then send the whole file again as version {later_version:02d}.",
                f"If the receipt has not reached you, ask {contact} for it.",
            ]
        case ReturnState.LEFT_OUT if status.left_out:
            steps = [
                f"{capital(left_out_by(status.left_out))}. Nothing is lost: what you sent is kept as it came, and your "
                "earlier months count as before.",
                f"If a figure is wrong, send the whole file again as version {later_version:02d}; if none is, say so to "
                f"{contact}.",
                "It counts again once it is taken in again by decision; until then the report says of your Area: left out "
                "[o].",
            ]
        case ReturnState.ACCEPTED_WITH_QUERIES if status.queries:
            steps = [
                f"Look at {'the query' if status.queries == 1 else f'the {status.queries} queries'} on the receipt. "
                f"If a figure is wrong, send the whole file again as version {later_version:02d}."
            ]
        case ReturnState.NIL:
            steps = [f"If there was something to return after all, send it as version {later_version:02d}."]
        case _:
            steps = [f"Nothing more is needed for {period.title}."]
    if status.in_force and status.latest and status.latest.outcome is Outcome.REJECTED:
        steps = [] if status.state is ReturnState.ACCEPTED else steps
        steps.append(
            f"Version {status.latest.version:02d} was rejected and version {status.in_force.version:02d} counts. "
            f"Put right what the receipt lists and send version {later_version:02d}."
        )
    if coming:
        steps.append(f"Your next return, for {coming[0].title}, is due by {coming[1]}.")
    return tuple(steps)
