"""Which months does a sample have, and what befalls the returns in them?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from random import Random

from assurance.catalogue import Collection
from assurance.errors import AssuranceError, CatalogueError
from assurance.model import Period
from assurance.sample.entries import HistoryPlan, StoryPlan

RECENT_MONTHS = 3
"""In so many last months no return is missing, apart from the story's."""


class Event(StrEnum):
    """What happened to a return that did not simply arrive on time and pass."""

    LATE = "late"
    CORRECTED = "corrected"
    REJECTED = "rejected"
    NIL = "nil"
    MISSING = "missing"
    CARELESS = "careless"


STORY_WORDS = {
    Event.LATE: "the return of {area} comes late, before the cut-off.",
    Event.CORRECTED: "the return of {area} is corrected the next working day, with a reason.",
    Event.REJECTED: "the return of {area} is rejected; two things in it are to be mended.",
    Event.NIL: "{area} says that it had no checks.",
    Event.MISSING: "no return comes from {area}.",
    Event.CARELESS: "the return of {area} is accepted without a few of its rows.",
}
CASE_WORDS = {
    **STORY_WORDS,
    Event.REJECTED: "the return of {area} is rejected; too many of its rows hold a day that no calendar has.",
    Event.NIL: "{area} says that it had no cases.",
}
LIKELIHOOD = (Event.LATE, Event.CORRECTED, Event.MISSING, Event.CARELESS)
"""The events that happen by chance, in the order in which one number decides between them."""

Stream = Callable[..., Random]


def collected_periods(collection: Collection, last: Period, months: int) -> tuple[Period, ...]:
    """The last so many months for which somebody owes a return, earliest first."""
    if months < 1:
        raise AssuranceError(f"a sample of {months} months has no returns; ask for one month or more")
    if not collection.areas_owing(last):
        raise AssuranceError(f"no Area owes a return of {collection.code} for {last}; end the sample in another month")
    earliest = Period.containing(min(area.valid_from for area in collection.areas))
    periods: list[Period] = []
    period = last
    while len(periods) < months and period >= earliest:
        if collection.areas_owing(period):
            periods.append(period)
        period = period.plus(-1)
    if len(periods) < months:
        raise AssuranceError(f"only {len(periods)} months up to {last} owe a return; ask for no more")
    return tuple(reversed(periods))


def story_of(plan: StoryPlan) -> dict[str, Event]:
    """What happens to whom in the last month."""
    return {code: Event(name) for name, code in plan.model_dump().items() if code}


def history_of(
    collection: Collection, plan: HistoryPlan, periods: Sequence[Period], stream: Stream
) -> Iterator[tuple[tuple[Period, str], Event]]:
    """What befalls the returns before the last month, by chance."""
    shares = plan.model_dump()
    for period in periods[:-1]:
        for area in collection.areas_owing(period):
            event = _drawn(stream(area.code, period, "event").random(), shares)
            if event and not (event is Event.MISSING and period in periods[-RECENT_MONTHS:]):
                yield (period, area.code), event


def _drawn(chance: float, shares: dict[str, float]) -> Event | None:
    upto = 0.0
    for event in LIKELIHOOD:
        upto += shares.get(event, 0.0)
        if chance < upto:
            return event
    return None


def check_story(where: str, collection: Collection, story: StoryPlan, last: Period) -> None:
    """Whether the Areas of the story owe a return for the last month; CatalogueError, saying which does not."""
    owing = {area.code for area in collection.areas_owing(last)}
    for code, event in story_of(story).items():
        if code not in owing:
            raise CatalogueError(
                f"{where}: Area {code} cannot be {event} in {last}, when it owes no return; name another"
            )
