"""How do the standards stand?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from assurance.measures.figures import WINDOWS, Figure
from assurance.measures.rates import Verdict, percent
from assurance.measures.variation import ControlChart, Variation
from assurance.measures.words.labels import MOST_NAMED, UNUSUAL, VARIATIONS, VERDICTS
from assurance.measures.words.plain import (
    NBSP,
    Nouns,
    capital,
    during,
    have,
    is_or_are,
    many,
    names,
    points,
    standards_noun,
)
from assurance.measures.words.rates import against_target, rate_sentence
from assurance.measures.words.variation import charted, more_than_usual, reason
from assurance.model import Counts, Period

_JUDGED = (Verdict.MET, Verdict.NOT_MET, Verdict.TOO_CLOSE, Verdict.TOO_FEW)


def standards_heading(nouns: Nouns, figures: Sequence[Figure]) -> str:
    """How do the standards stand? With verdicts where there are targets, else by their variation."""
    known = [figure for figure in figures if figure.rate is not None]
    if not known:
        return f"0 of {len(figures)} {standards_noun(len(figures), nouns)} {have(len(figures))} a figure"
    if any(figure.verdict in _JUDGED for figure in known):
        return _verdict_counts(nouns, [figure for figure in figures if figure.verdict is not Verdict.NO_TARGET])
    return variation_counts(nouns, figures)


def _verdict_counts(nouns: Nouns, figures: Sequence[Figure]) -> str:
    tally = {verdict: sum(figure.verdict is verdict for figure in figures) for verdict in Verdict}
    met = tally[Verdict.MET]
    parts = [f"{met} of {len(figures)} {standards_noun(len(figures), nouns)} {is_or_are(met, len(figures))} met"]
    for verdict, said in (
        (Verdict.NOT_MET, "not met"),
        (Verdict.TOO_CLOSE, "too close to say"),
        (Verdict.TOO_FEW, "too few to judge"),
    ):
        if tally[verdict]:
            parts.append(f"{tally[verdict]} {is_or_are(tally[verdict])} {said}")
    moved = [f"{found} {said}" for found, said in _moved(figures)]
    return ", ".join(parts) + (f"; {names(moved)}" if moved else "")


def variation_counts(nouns: Nouns, figures: Sequence[Figure]) -> str:
    """How many standards changed by more than usual? `2 of 12 standards are outside the usual variation`."""
    told = [figure for figure in figures if figure.variation not in (Variation.TOO_SHORT, Variation.NO_DATA)]
    total, noun = len(figures), standards_noun(len(figures), nouns)
    if not told and all(figure.variation is Variation.NO_DATA for figure in figures):
        return f"0 of {total} {noun} {have(total)} a figure of the month itself"
    if not told:
        return f"{many(total, nouns.standard, nouns.standards)}: too short a series to say what is usual"
    parts = _moved(figures)
    if not parts:
        return f"0 of {total} {noun} {is_or_are(0, total)} outside {'its' if total == 1 else 'their'} usual variation"
    first, *rest = parts
    start = f"{first[0]} of {total} {noun} {is_or_are(first[0], total)} {first[1]}"
    return names([start, *(f"{found} {said}" for found, said in rest)])


def _moved(figures: Sequence[Figure]) -> list[tuple[int, str]]:
    """How many changed by more than usual, each way?"""
    tally = (
        (sum(figure.variation is state for figure in figures), said)
        for state, said in (
            (Variation.WORSENING, "worse than usual"),
            (Variation.IMPROVING, "better than usual"),
            (Variation.HIGH, "higher than usual"),
            (Variation.LOW, "lower than usual"),
        )
    )
    return [(found, said) for found, said in tally if found]


def owner_heading(nouns: Nouns, owner: str, figures: Sequence[Figure]) -> str:
    """How do the standards of one owner stand? `Court: 2 of 14 not met, 3 met`."""
    start, total = capital(owner), len(figures)
    known = [figure for figure in figures if figure.rate is not None]
    if not known:
        return f"{start}: 0 of {total} {have(total)} a figure" if total else f"{start}: in no rate"
    if any(figure.verdict in _JUDGED for figure in known):
        missed = sum(figure.verdict is Verdict.NOT_MET for figure in figures)
        met = sum(figure.verdict is Verdict.MET for figure in figures)
        return f"{start}: {missed} of {total} not met, {met} met"
    odd = sum(figure.variation in UNUSUAL for figure in figures)
    return f"{start}: {odd} of {total} outside the usual variation"


def verdict_detail(figures: Sequence[Figure], owners: Mapping[str, str]) -> str:
    """Which standards are not met, and how many cannot be told? `Not met: Files complete. 2 too close to say.`

    `owners` are those of the standards by code: where many are not met, the owners are counted instead.
    """
    missed = [figure for figure in figures if figure.verdict is Verdict.NOT_MET]
    whose = [owners[figure.standard] for figure in missed]
    if len(missed) > MOST_NAMED and len(set(whose)) > 1:
        counted = names([f"{capital(owner)} {whose.count(owner)}" for owner in dict.fromkeys(whose)])
        said = [f"{len(missed)} not met: {counted}."]
    elif len(missed) > MOST_NAMED:
        said = [f"{len(missed)} not met."]
    else:
        said = [f"Not met: {names([figure.standard_title for figure in missed])}." if missed else "0 not met."]
    for verdict, label in ((Verdict.TOO_CLOSE, "too close to say"), (Verdict.TOO_FEW, "too few to judge")):
        found = sum(figure.verdict is verdict for figure in figures)
        if found:
            said.append(f"{found} {label}.")
    return " ".join(said)


def standard_title(figure: Figure, owner: str) -> str:
    """Which standard, and whose? `owner` is empty where the register has only one."""
    return f"{capital(owner)}, {figure.standard_title}" if owner else figure.standard_title


def standard_sentence(
    nouns: Nouns, figure: Figure, chart: ControlChart, *, target: Decimal | None, shortfall: int = 0, since: str = ""
) -> str:
    """What is to be said of one standard? `71.2 % of 310 checks were met; higher than usual: it is above ...`.

    `shortfall` is how many more checks would have had to be met, `since` since when they are too few (`not_met_since`).
    What is unusual is always the month, so it is named where the figure is of several.
    """
    counts = figure.counts
    if counts is None or not counts.assessed:
        return rate_sentence(nouns, figure, during([figure.period]), target)
    share = Fraction(counts.met, counts.assessed)
    said = rate_of(nouns, counts)
    said += short_of(share, target, shortfall, nouns) if shortfall else against_target(counts, target, figure.verdict)
    said += since
    if figure.variation in UNUSUAL:
        month = "" if WINDOWS[figure.window] == 1 else f"{figure.period.title} is "
        said += f"; {month}{more_than_usual(figure.variation)}: {reason(chart, figure.period)}"
    return f"{said}."


def rate_of(nouns: Nouns, counts: Counts) -> str:
    """What was met of how many checks: `92.0 % of 200 checks were met`."""
    share = percent(Fraction(counts.met, counts.assessed))
    return f"{share} of {many(counts.assessed, nouns.check, nouns.checks)} {nouns.met}"


def not_met_since(first: Period, months: int, known: int) -> str:
    """Since when is a target not met, month by month? ` since August 2026`, to stand behind `not met`."""
    return f", as in all {known}{NBSP}months so far" if months == known else f" since {first.title}"


def short_of(share: Fraction, target: Decimal | None, shortfall: int, nouns: Nouns) -> str:
    """How far below its target a rate is, in points and in checks, to follow it in its sentence."""
    goal = Fraction(target or 0)
    short = many(shortfall, nouns.check, nouns.checks)
    return f", {points(share - goal)} or {short} below the target of {percent(goal)}: not met"


def multiples_title(nouns: Nouns, found: int, of: int, *, judged: bool) -> str:
    """How many standards stand out? `judged`: there are targets."""
    start = f"{found} of {of} {standards_noun(of, nouns)} {is_or_are(found) if judged else have(found)}"
    moved = f"{have(found)} changed by more than usual"
    return f"{start} not met or {moved}" if judged else f"{start} changed by more than usual"


def multiples_note(drawn: int, found: int) -> str:
    """Are fewer drawn than stand out? Empty where all are."""
    return f"{drawn} of them are drawn, the furthest below target first." if drawn < found else ""


def multiple_title(figure: Figure) -> str:
    """The finding of a small chart: `Files complete: 71.0 %, not met, worsening`."""
    rate = "no figure" if figure.rate is None else percent(figure.rate)
    told = [VERDICTS[figure.verdict][0]] if figure.verdict in _JUDGED else []
    told += [VARIATIONS[figure.variation][0]] if figure.variation in UNUSUAL else []
    return ", ".join((f"{figure.standard_title}: {rate}", *(word.lower() for word in told)))


def multiple_description(chart: ControlChart, target: Decimal | None, first: Period) -> str:
    """What does somebody miss who cannot see a small chart?"""
    known = [point for point in charted(chart) if point.period >= first]
    if not known or chart.mean is None:
        return "No month has a figure."
    rates = [point.rate or 0.0 for point in known]
    said = [f"{many(len(known), 'month', 'months')} between {percent(min(rates))} and {percent(max(rates))}"]
    said.append(f"average {percent(chart.mean)}")
    said += [] if target is None else [f"target {percent(Fraction(target))}"]
    odd = sum(bool(point.signals) for point in known)
    return f"{', '.join(said)}; {many(odd, 'unusual month', 'unusual months')}."


def owners_title(missed: Mapping[str, tuple[int, int]]) -> str:
    """How many standards of each owner are not met? `Not met: CPS 3 of 14, police 2 of 3`; from not met and all."""
    told = [f"{owner} {count} of {of}" for owner, (count, of) in missed.items()]
    return f"Not met: {', '.join(told)}"


def versions_label(versions: Sequence[int]) -> str:
    """By which versions of a standard was it judged? `versions 1 and 2`."""
    return f"{'version' if len(versions) == 1 else 'versions'} {names([str(version) for version in versions])}"


VERSIONS_NOTE = (
    "Versions: a case is judged by the version of the standard in force when it was sent. Where the figure holds checks "
    "judged by other versions than the one in force at the end of the month, those it holds are named under the standard; "
    "title and target are those in force."
)
"""What the versions of a standard are; stands where some are named."""

VALUE_NOTE = (
    "Value: the same with half a point for each check partly met. It stands beside the rate, never instead of it; "
    "verdicts are those of the rate, which counts only what was wholly met."
)
"""What the value of a graded standard is; stands where one is shown."""


def window_note(figure: Figure, months: int) -> str:
    """Is a month of the window missing? `2 of 3 months`; empty when none is."""
    return f"{months - figure.months_missing} of {months} months" if figure.months_missing else ""
