"""What needs a decision, and what has improved?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from assurance.measures.comparison import Position
from assurance.measures.figures import Figure
from assurance.measures.rates import Verdict, percent
from assurance.measures.variation import FEWEST_FOR_LIMITS, ControlChart, Variation
from assurance.measures.words.areas import beside_typical
from assurance.measures.words.labels import POSITIONS, UNUSUAL
from assurance.measures.words.plain import NBSP, Nouns, during, many, names, points, standards_noun
from assurance.measures.words.rates import rate_sentence
from assurance.measures.words.standards import rate_of, short_of
from assurance.measures.words.variation import more_than_usual, reason
from assurance.model import NATION, Counts


@dataclass(frozen=True)
class Furthest:
    """The standard in which an Area is furthest out."""

    title: str
    rate: float
    typical: float
    """The rate of the typical Area."""


def called_sentence(
    nouns: Nouns, figure: Figure, typical: float, apart: int, when: str, furthest: Furthest | None
) -> str:
    """How far is an Area that is called from the typical one, and most in which standard? `when` as of `rate_sentence`.

    `apart` is how many checks lie between it and the typical Area's rate.
    """
    if figure.counts is None or figure.rate is None or figure.position is None:
        return rate_sentence(nouns, figure, when, None)
    side = "below" if figure.position is Position.LOWER else "above"
    word = POSITIONS[figure.position][0].lower()
    away = f"{points(Fraction(figure.rate) - Fraction(typical))} or {many(apart, nouns.check, nouns.checks)}"
    start = f"{rate_of(nouns, figure.counts)} {when}, {away} {side} the typical Area’s {percent(typical)}"
    most = (
        f"furthest {side} it in {furthest.title} ({percent(furthest.rate)} against {percent(furthest.typical)})"
        if furthest
        else f"no {nouns.standard} by itself is {word}"
    )
    return f"{start}: {word} by more than chance; {most}."


def missed_sentence(nouns: Nouns, figure: Figure, target: Decimal | None, shortfall: int, when: str) -> str:
    """How far is an Area that is not called short of the target of all standards together?"""
    counts = figure.counts or Counts()
    short = short_of(Fraction(counts.met, counts.assessed), target, shortfall, nouns) if counts.assessed else ""
    return f"{rate_of(nouns, counts)} {when}{short}." if short else rate_sentence(nouns, figure, when, target)


def moved_sentence(nouns: Nouns, month: Figure, chart: ControlChart) -> str:
    """What is to be said of an Area whose month is more than usual? The month has no verdict: that is of three months."""
    when = during([month.period])
    if month.counts is None or month.variation not in UNUSUAL:
        return rate_sentence(nouns, month, when, None)
    moved = f"{more_than_usual(month.variation)}: {reason(chart, month.period)}"
    return f"{rate_of(nouns, month.counts)} {when}; {moved}."


def is_wanting(figure: Figure) -> bool:
    """Does a standard need a decision (or, where neither way is better, stand out)?"""
    return figure.verdict is Verdict.NOT_MET or is_adverse(figure.variation)


def is_adverse(state: Variation) -> bool:
    """Is the month worse by more than usual (or, where neither way is better, more than usual at all)?"""
    return state in (Variation.WORSENING, Variation.HIGH, Variation.LOW)


def attention(
    nouns: Nouns, standards: int, areas: int, missing: int, rejected: int, judged: bool, left_out: int = 0
) -> str:
    """What is the count in a subject line? `1 standard and 2 Areas need attention; 1 return not in`.

    `judged`: the collection says which way is better; where it does not, things stand out.
    """
    found = []
    if standards:
        found.append(f"{standards} {standards_noun(standards, nouns)}")
    if areas:
        found.append(f"{areas} {'Area' if areas == 1 else 'Areas'}")
    one = standards + areas == 1
    verb = f"{'needs' if one else 'need'} attention" if judged else f"{'stands' if one else 'stand'} out"
    said = [f"{names(found)} {verb}"] if found else []
    counted = ((missing, "not in"), (rejected, "rejected"), (left_out, "left out"))
    absent = [f"{count} {what}" for count, what in counted if count]
    if absent:
        noun = "return" if (missing or rejected or left_out) == 1 else "returns"
        said.append(", ".join(absent).replace(" ", f" {noun} ", 1))
    return "; ".join(said) or nothing_counted(judged)


def nothing_known(figure: Figure) -> str:
    """What does a subject line say of an edition without a figure, though no return is missing?"""
    if figure.verdict is not Verdict.NIL_RETURN:
        return "nothing could be assessed"
    return "every return is nil" if figure.area == NATION else "nil return"


def nothing_counted(judged: bool) -> str:
    """What a subject line says where there is nothing to count."""
    return "nothing needs attention" if judged else "nothing stands out"


def headline_attention(figure: Figure, *, called: bool) -> str:
    """What is to be said of all standards together in a subject line? `lower than the typical Area, worse than usual`."""
    said = []
    if called and figure.position:
        said.append(f"{beside_typical(figure.position)} the typical Area")
    if figure.verdict is Verdict.NOT_MET:
        said.append("below the target")
    if figure.variation in UNUSUAL:
        said.append(more_than_usual(figure.variation).replace("by more than", "than"))
    return ", ".join(said)


def decisions_heading(judged: bool) -> str:
    """What stands over the list?"""
    return "What needs a decision" if judged else "What stands out"


def order_note(nouns: Nouns, judged: bool, month: str, months: str) -> str:
    """In which order does the list stand? `month`: that of the standards; `months`: those of Areas, if any are in it."""
    if not judged:
        return f"In order of the {nouns.checks} between an Area and the typical one."
    of_each = f": {nouns.standards} {month}, Areas {months}" if months not in ("", month) else ""
    return f"In order of the {nouns.checks} that are short{of_each}."


def nothing_to_decide(nouns: Nouns, judged: bool, *, any_known: bool, areas_too: bool) -> str:
    """What is said in place of the list?"""
    if not any_known:
        return "There is no figure to judge."
    verb = f"is known to {'need a decision' if judged else 'stand out'}"
    return f"No {nouns.standard} {'and no Area ' if areas_too else ''}{verb}."


def no_better(nouns: Nouns, figures: Sequence[Figure], *, areas_too: bool) -> str:
    """What is said in place of what has improved?"""
    found = {figure.variation for figure in figures}
    if found == {Variation.NO_DATA}:
        return "The month itself has no figure: whether anything has improved cannot be said."
    if found <= {Variation.TOO_SHORT, Variation.NO_DATA}:
        return f"Whether anything has improved can be said from {FEWEST_FOR_LIMITS}{NBSP}months on."
    return f"No {nouns.standard} {'and no Area ' if areas_too else ''}is better by more than usual."


def together_title(nouns: Nouns) -> str:
    """How is the figure of all standards called?"""
    return f"All {nouns.standards} together"
