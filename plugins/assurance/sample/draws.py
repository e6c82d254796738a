"""What is a case while it is made up, and how are its days and values drawn?"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from random import Random

from assurance.deadlines import is_working_day
from assurance.model import Period, Standard
from assurance.sample.truth import Rates

Case = dict[str, date | str]
"""What one row says, by column; an empty cell is left out."""
Register = Mapping[str, Standard]
"""The version of each standard by which a case is judged."""
Allowed = tuple[tuple[str, frozenset[str]], ...]
"""What the cells of some columns must be."""
FRIDAY, WORKING_DAYS = 4, 5
WEEK = 7


@dataclass(frozen=True)
class Draw:
    """Where the chance and the truth of one return come from."""

    chance: Random
    rates: Rates
    claimed: Rates


# Days


def day_of(case: Case, column: str) -> date | None:
    value = case.get(column)
    return value if isinstance(value, date) else None


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def work_day(day: date, *, back: bool) -> date:
    """The day itself, or, at a weekend, the Friday before or the Monday after."""
    beyond = day.weekday() - FRIDAY
    if beyond <= 0:
        return day
    return day - timedelta(days=beyond) if back else day + timedelta(days=3 - beyond)


def days_of_work(first: date, last: date) -> list[date]:
    """The working days from one to another, both included; the last of them where there is none."""
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    return [day for day in days if is_working_day(day)] or [last]


def some_such_day(like: date, period: Period, chance: Random) -> date:
    """A day of the period on the same day of the week; no bank holiday, where there is another."""
    days = _such_days(like.weekday(), period)
    return days[int(chance.random() * len(days))]


@cache
def _such_days(weekday: int, period: Period) -> tuple[date, ...]:
    first = period.first_day + timedelta(days=(weekday - period.first_day.weekday()) % WEEK)
    days = [first + timedelta(days=offset) for offset in range(0, (period.last_day - first).days + 1, WEEK)]
    return tuple(day for day in days if is_working_day(day)) or tuple(days)


def moved(case: Case, by: timedelta) -> Case:
    return {column: value + by if isinstance(value, date) else value for column, value in case.items()}


# Values


def by_weight(weights: Mapping[str, float]) -> Callable[[Random], str]:
    """Draws a value as often as its weight says."""
    values, upto = tuple(weights), tuple(accumulate(weights.values()))
    total = upto[-1]
    return lambda chance: values[bisect(upto, chance.random() * total)]


def allowed(conditions: Mapping[str, Sequence[str]]) -> Allowed:
    return tuple((column, frozenset(values)) for column, values in conditions.items())


def fits(case: Case, when: Allowed) -> bool:
    return all(case.get(column, "") in values for column, values in when)
