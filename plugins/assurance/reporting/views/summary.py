"""What is the position, in a sentence or two and four figures? The top of a page and of its mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assurance.measures import words
from assurance.measures.comparison import Position
from assurance.measures.figures import Figure
from assurance.measures.rates import Verdict, percent
from assurance.measures.variation import Variation
from assurance.model import NATION, ReturnStatus
from assurance.reporting.measured import MONTH, QUARTER, Measured
from assurance.reporting.views.areas import Areas
from assurance.reporting.views.decisions import Decisions, area_decisions, national_decisions
from assurance.reporting.views.quality import coverage


@dataclass(frozen=True)
class Card:
    """One of the four figures on top of a page."""

    label: str
    value: str
    detail: str
    mark: str = ""
    """The shape that goes with `word`; empty for none."""
    word: str = ""


@dataclass(frozen=True)
class Summary:
    """What somebody reads who reads no more."""

    lead: tuple[str, ...]
    """The sentences on top."""
    cards: tuple[Card, ...]
    decisions: Decisions
    """What needs a decision, and what has improved."""


def national_summary(measured: Measured, areas: Areas) -> Summary:
    """The nation, month by month."""
    headline = measured.figure(MONTH, NATION)
    cards = (
        _rate_card(measured, headline),
        _standards_card(measured, NATION, MONTH),
        _areas_card(areas),
        _returns_card(measured),
    )
    return Summary(_said(_lead(measured, headline)), cards, national_decisions(measured))


def area_summary(measured: Measured, status: ReturnStatus) -> Summary:
    """One Area, over three months."""
    lead = _said(_area_lead(measured, status))
    return Summary(lead, _area_cards(measured, status), area_decisions(measured, status))


def _said(lead: Sequence[str]) -> tuple[str, ...]:
    return tuple(sentence for sentence in lead if sentence)


# The sentences on top


def _lead(measured: Measured, headline: Figure) -> Sequence[str]:
    facts = measured.facts
    nouns = facts.collection.words
    return (
        words.rate_sentence(nouns, headline, f"in {facts.period.title}", measured.targets[NATION]),
        words.variation_sentence(measured.charts[NATION, NATION], facts.period, headline.variation),
        f"{words.standards_heading(nouns, measured.counted_figures(NATION, MONTH))}.",
        f"{words.areas_heading(measured.area_figures)}.",
    )


def _area_lead(measured: Measured, status: ReturnStatus) -> Sequence[str]:
    facts, code = measured.facts, status.area.code
    nouns = facts.collection.words
    figure, month = measured.figure(QUARTER, code), measured.figure(MONTH, code)
    when = measured.during(MONTH if figure.counts is None else QUARTER, code)
    lead = [words.rate_sentence(nouns, figure, when, measured.targets[NATION])]
    if figure.rate is not None:
        if measured.compared < words.FEWEST_COMPARED:
            lead.append(f"{words.areas_heading(measured.area_figures)}.")
        else:
            lead.append(words.position_sentence(status.area.name, figure, measured.typical, measured.compared))
        lead.append(f"{words.standards_heading(nouns, measured.counted_figures(code, QUARTER))}.")
        lead.append(f"{words.trend_heading(measured.charts[code, NATION], facts.period, month.variation)}.")
    return lead


# Cards


def _rate_card(measured: Measured, figure: Figure) -> Card:
    nouns = measured.facts.collection.words
    marked = " ".join(["", *measured.standing_marks])
    label = f"{nouns.rate}, {measured.span(figure.window, figure.area)}{marked}"
    if figure.rate is None or figure.counts is None or figure.low is None or figure.high is None:
        mark = words.absent(figure)
        return Card(label, mark or "", words.absent_detail(mark) if mark else "")
    counts = f"{words.number(figure.counts.met)} of {words.number(figure.counts.assessed)} {nouns.checks}"
    detail = f"95\N{NO-BREAK SPACE}% interval {words.interval(figure.low, figure.high)}; {counts}."
    if figure.verdict is not Verdict.NO_TARGET:
        state, word = figure.verdict.value, words.VERDICTS[figure.verdict][0]
    elif figure.window == MONTH:
        state, word = figure.variation.value, words.VARIATIONS[figure.variation][0]
    elif figure.position is not None and measured.compared >= words.FEWEST_COMPARED:
        state, word = figure.position.value, words.POSITIONS[figure.position][0]
    else:
        state, word = "", ""
    return Card(label, percent(figure.rate), detail, state, word)


def _standards_card(measured: Measured, area: str, window: str) -> Card:
    nouns = measured.facts.collection.words
    found = measured.counted_figures(area, window)
    has_targets = any(measured.targets[figure.standard] is not None for figure in found)
    label = f"{words.capital(nouns.standards)} {'met' if has_targets else 'outside the usual'}"
    marks = {words.absent(figure) for figure in found}
    if len(marks) == 1 and (mark := marks.pop()):
        return Card(label, mark, words.absent_detail(mark))
    if has_targets:
        met = sum(figure.verdict is Verdict.MET for figure in found)
        mark = "not_met" if any(figure.verdict is Verdict.NOT_MET for figure in found) else ""
        owners = {code: standard.owner for code, standard in measured.standards.items()}
        return Card(label, f"{met} of {len(found)}", words.verdict_detail(found, owners), mark)
    if found and all(figure.variation is Variation.TOO_SHORT for figure in found):
        return Card(label, "–", f"{words.capital(words.VARIATIONS[Variation.TOO_SHORT][0])}.")
    odd = [figure for figure in found if figure.variation in words.UNUSUAL]
    if not odd and all(figure.variation is Variation.NO_DATA for figure in found):
        return Card(label, "–", "The month itself has no figure.")
    return Card(label, f"{len(odd)} of {len(found)}", f"{_titles(odd) or 'They change by no more than usual'}.")


def _titles(odd: Sequence[Figure]) -> str:
    return words.capital(
        "; ".join(
            f"{words.VARIATIONS[state][0].lower()}: {words.names(titles)}"
            for state in (Variation.WORSENING, Variation.IMPROVING, Variation.LOW, Variation.HIGH)
            if (titles := [figure.standard_title for figure in odd if figure.variation is state])
        )
    )


def _areas_card(areas: Areas) -> Card:
    compared = [line for line in areas.lines if line.figure.position is not None]
    called = [line for line in compared if line.figure.position is not Position.SIMILAR]
    if len(compared) < words.FEWEST_COMPARED:
        return Card("Areas unlike the typical Area", "[z]", f"{areas.heading}.")
    detail = "; ".join(
        f"{words.POSITIONS[position][0]}: {words.names(found)}"
        for position in (Position.LOWER, Position.HIGHER)
        if (found := [line.name for line in called if line.figure.position is position])
    )
    detail = detail or "They differ by no more than chance or the usual difference between Areas explains"
    return Card("Areas unlike the typical Area", f"{len(called)} of {len(compared)}", f"{detail}. {areas.window}.")


def _returns_card(measured: Measured) -> Card:
    returns, covered = measured.facts.returns, coverage(measured, NATION)
    inside = sum(status.in_force is not None for status in returns)
    _, _, extra = words.returns_heading(returns).partition("; ")
    said = [f"{words.capital(covered.short)}."] if covered else []
    said.append(f"{words.capital(extra)}." if extra else "0 late, 0 missing.")
    return Card("Returns in", f"{inside} of {len(returns)}", " ".join(said))


def _area_cards(measured: Measured, status: ReturnStatus) -> tuple[Card, ...]:
    code = status.area.code
    return (
        Card("Your return", words.state_label(status), _return_detail(measured, status)),
        _rate_card(measured, measured.figure(QUARTER, code)),
        _nation_card(measured, status),
        _standards_card(measured, code, QUARTER),
    )


def _return_detail(measured: Measured, status: ReturnStatus) -> str:
    own, covered = status.in_force, coverage(measured, status.area.code)
    if own is None:
        return "0 rows count."
    what = covered.short if covered else words.many(own.rows_accepted, "row", "rows")
    aside = f", {words.many(own.rows_quarantined, 'row', 'rows')} quarantined" if own.rows_quarantined else ""
    return f"{words.capital(what)}{aside}, version {own.version:02d}."


def _nation_card(measured: Measured, status: ReturnStatus) -> Card:
    figure = measured.figure(QUARTER, status.area.code)
    nation = _rate_card(measured, measured.figure(QUARTER, NATION))
    label = "All Areas, same months"
    if figure.position is None or measured.compared < words.FEWEST_COMPARED:
        return Card(label, nation.value, "There is nothing to compare.")
    return Card(label, nation.value, f"You are {words.beside_typical(figure.position)} the typical Area.")
