"""The small pieces that every sentence is made of: numbers, names, months, moments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Protocol
from zoneinfo import ZoneInfo

from assurance.measures.rates import percent
from assurance.model import Period

LONDON = ZoneInfo("Europe/London")
NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Nouns(Protocol):
    """The words in which a collection speaks of its checks."""

    @property
    def check(self) -> str: ...
    @property
    def checks(self) -> str: ...
    @property
    def met(self) -> str: ...
    @property
    def rate(self) -> str: ...
    @property
    def standard(self) -> str: ...
    @property
    def standards(self) -> str: ...


def number(count: int) -> str:
    """How is a count printed? `7,301`."""
    return f"{count:,}"


def many(count: int, one: str, several: str) -> str:
    """How many, with the noun that agrees: `1 return`, `0 returns`."""
    return f"{number(count)}{NBSP}{one if count == 1 else several}"


def names(items: Sequence[str]) -> str:
    """How is a list said? `London, Wessex and South West`."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""


def per_cent(share: float) -> str:
    """How is a share printed where the heading says that it is per cent? `92.7`."""
    return percent(share).removesuffix(f"{NBSP}%")


def points(difference: Fraction) -> str:
    """How far apart are two shares, in percentage points and without a sign? `0.7 points`."""
    shown = percent(abs(difference)).removesuffix(f"{NBSP}%")
    if shown == "0.0" and difference:
        return f"less than 0.1{NBSP}points"
    return f"{shown}{NBSP}{'point' if shown == '1.0' else 'points'}"


def span(first: Period, last: Period) -> str:
    """Which months, both included? `October to December 2016`."""
    if first == last:
        return last.title
    if first.year == last.year:
        return f"{first.first_day:%B} to {last.title}"
    return f"{first.title} to {last.title}"


def months_label(first: Period, last: Period) -> str:
    """Which months, at the head of a column? `Nov 15 to Oct 16`, `Oct 16`."""
    return last.short if first == last else f"{first.short} to {last.short}"


def during(months: Sequence[Period]) -> str:
    """In which months? `from October to December 2016`, `in December 2016`."""
    return f"{'in' if len(months) == 1 else 'from'} {span(months[0], months[-1])}"


def interval(low: float, high: float) -> str:
    """Between which rates? `83.5 % to 84.9 %`."""
    return f"{percent(low)} to {percent(high)}"


def p_value(p: float) -> str:
    """How is a p value printed? `p 0.031`, `p below 0.001`."""
    return f"p{NBSP}below{NBSP}0.001" if p < 0.001 else f"p{NBSP}{p:.3f}"


def moment(received_at: datetime) -> str:
    """When, in London? `13 January 2017, 09:12`; the argument is UTC without a zone."""
    local = received_at.replace(tzinfo=UTC).astimezone(LONDON)
    return f"{local.day} {local:%B %Y, %H:%M}"


def deadline(when: datetime) -> str:
    """By when? `17:00 on Monday 9 January 2017`, in London; the argument is UTC without a zone."""
    local = when.replace(tzinfo=UTC).astimezone(LONDON)
    return f"{local:%H:%M} on {local:%A} {local.day} {local:%B %Y}"


def capital(text: str) -> str:
    """The text with its first letter as a capital, the rest untouched."""
    return text[:1].upper() + text[1:]


def uncapital(text: str) -> str:
    """The text with its first letter small, to stand within a sentence."""
    return text[:1].lower() + text[1:]


def is_or_are(count: int, of: int = 0) -> str:
    """Which verb agrees? `1 of 5 is`, `0 of 1 is`, `2 of 5 are`."""
    return "is" if 1 in (count, of) else "are"


def sentence(text: str) -> str:
    """What somebody wrote, with a full stop at its end."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def have(count: int) -> str:
    """Which verb agrees? `1 Area has`, `2 Areas have`."""
    return "has" if count == 1 else "have"


def standards_noun(count: int, nouns: Nouns) -> str:
    """The noun that agrees, in the collection's own word for a standard."""
    return nouns.standard if count == 1 else nouns.standards


def day(when: date) -> str:
    """Which day? `30 October 2026`."""
    return f"{when.day}{NBSP}{when:%B %Y}"


def share(headline: tuple[int, int]) -> str:
    """How many checks were met, of how many assessed, as a rate? `92.7 %`."""
    return percent(Fraction(*headline))
