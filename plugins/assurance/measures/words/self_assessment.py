"""How far do own answers agree with the dates beside them?"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from assurance.measures.agreement import Differences
from assurance.measures.comparison import FALSE_DISCOVERY_RATE
from assurance.measures.rates import percent
from assurance.measures.words.plain import Nouns, is_or_are, many, number, p_value, standards_noun


class Leaning(StrEnum):
    """Which side an Area's own answers lean to, beside its dates."""

    GENEROUS = "generous"
    STRICTER = "stricter"
    CHANCE = "chance"
    NONE = "none"


LEANINGS: Mapping[Leaning, tuple[str, str]] = {
    Leaning.GENEROUS: ("More generous", "higher"),
    Leaning.STRICTER: ("Stricter", "lower"),
    Leaning.CHANCE: ("Chance explains it", ""),
    Leaning.NONE: ("Neither", ""),
}
"""Each leaning's label, and its shape where it has one."""

DECLARED_NOTE = (
    "Under the side: how many were said to be met and were not, against the other way round. "
    "The rates of this report rest on the dates, not on the answers given. A side is named only where chance does not "
    "explain it (McNemar’s exact test, p adjusted for all timely standards). Where one side is not applicable or not "
    "yet due, a difference has no side; checks that are not applicable on both are left out."
)
"""How the own answers are judged; stands where they are shown."""


def leaning(found: Differences, p: float) -> Leaning:
    """Which side do the differences lean to? `p` is that of the exact test, adjusted where several are made."""
    if not found.turned:
        return Leaning.NONE
    if p > FALSE_DISCOVERY_RATE:
        return Leaning.CHANCE
    return Leaning.GENEROUS if found.generous > found.stricter else Leaning.STRICTER


def declared_heading(found: Differences, whose: str) -> str:
    """How far can own answers be trusted? `whose` favour: `your`, `the Areas’`."""
    checks = f"{number(found.checks)} own answers to timely standards"
    if not found.differing or found.share is None:
        return f"0 of {checks} differ from the dates"
    start = f"{percent(found.share)} of {checks} {'differs' if found.differing == 1 else 'differ'} from the dates"
    if not found.turned:
        return start
    of = f"{number(found.generous)} of {number(found.turned)}"
    return f"{start}; {of} between met and not met {is_or_are(found.generous)} in {whose} favour"


def leaning_sentence(found: Differences, whose: str) -> str:
    """Does chance explain which way the answers differ?"""
    verb = is_or_are(found.generous)
    sides = (
        f"{number(found.generous)} said to be met {verb} not met by the dates, {number(found.stricter)} the other way"
    )
    match leaning(found, found.p):
        case Leaning.NONE:
            return "No answer is met on one side and not met on the other."
        case Leaning.CHANCE:
            return f"{sides}: chance explains that ({p_value(found.p)})."
        case Leaning.GENEROUS:
            return f"{sides}: {whose} own answers are the more generous by more than chance ({p_value(found.p)})."
        case Leaning.STRICTER:
            return f"{sides}: {whose} own answers are the stricter by more than chance ({p_value(found.p)})."


def alike_note(nouns: Nouns, alike: int, checks: int, *, others: bool, timely: bool = False) -> str:
    """How many standards have no line, for nothing differs? `others`: there are some with a line; empty for none.

    `timely`: own answers beside the dates; else second answers beside own ones.
    """
    if not alike:
        return ""
    noun = f"{'timely ' if timely else ''}{standards_noun(alike, nouns)}"
    which = (
        f"The other {noun}" if others and alike == 1 else f"The other {alike} {noun}" if others else f"{alike} {noun}"
    )
    in_all = f"in {'all ' if checks != 1 else ''}{many(checks, 'check', 'checks')}"
    same = f"own answer and dates say the same {in_all}" if timely else f"both answers are the same {in_all}"
    return f"{which}: {same}."


def more_differ(nouns: Nouns, more: int, differing: int, checks: int) -> str:
    """How many standards differ too and have no line, for no side is named in them? Empty for none."""
    if not more:
        return ""
    differ = f"more {standards_noun(more, nouns)} {'differs' if more == 1 else 'differ'}"
    of = f"in {number(differing)} of {many(checks, 'check', 'checks')}"
    named = "no side is named in it" if more == 1 else "a side is named in none of them"
    return f"{number(more)} {differ}, {of}; {named}."
