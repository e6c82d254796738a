"""What does the trace page of an edition say? Of each published number how it follows, and from which submissions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from assurance.measures.figures import WINDOWS, Figure, as_row
from assurance.model import NATION, CountedLine, Counts, Period, Submission
from assurance.reporting.explaining import FORMULAS, numbers
from assurance.reporting.facts import ReleaseFacts
from assurance.reporting.figure_id import MEASURES, id_of
from assurance.reporting.measured import Measured

SHORT = 8
"""So many characters of a hash name it where it stands in full elsewhere on the page."""


@dataclass(frozen=True)
class Number:
    """One published number."""

    id: str
    value: str
    """As it is published; empty where it is blank."""
    numbers: str
    """What its formula is filled with."""


@dataclass(frozen=True)
class Added:
    """What one submission adds to a standard in one month: of an Area by unit, of the nation altogether."""

    month: Period
    place: str
    """The unit, or the Area's name."""
    version: int
    reason: str
    counts: Counts
    submission: str


@dataclass(frozen=True)
class Traced:
    """One standard, or all together: each number of it, and the tallies it rests on."""

    code: str
    title: str
    measures: tuple[tuple[str, tuple[Number, ...]], ...]
    """By measure the number of each window."""
    tally: tuple[Added, ...]


@dataclass(frozen=True)
class Source:
    """A submission, as it stands in the table of all."""

    submission: Submission
    area: str
    catalogue: str
    package: str


@dataclass(frozen=True)
class TracePage:
    """Everything on the trace page of an edition; that of an Area holds no other Area."""

    edition: str
    place: str
    facts: ReleaseFacts
    windows: tuple[str, ...]
    formulas: Mapping[str, str]
    traced: tuple[Traced, ...]
    pooled: tuple[str, ...]
    """The codes of the standards that all together are the sum of."""
    sources: tuple[Source, ...]
    earlier: int
    """How many submissions of months before the windows stand behind the charts alone."""

    @property
    def is_national(self) -> bool:
        return self.edition == NATION


def trace_page(measured: Measured, edition: str) -> TracePage:
    """The trace of every number that an edition publishes."""
    facts = measured.facts
    own = [source for source in facts.inputs if edition in (NATION, source.area)]
    lines = _lines(measured, edition)
    recent = {line.submission_id for of_standard in lines.values() for line in of_standard}
    return TracePage(
        edition=edition,
        place="All Areas" if edition == NATION else facts.collection.name_of(edition),
        facts=facts,
        windows=tuple(WINDOWS),
        formulas={measure: FORMULAS[measure] for measure in MEASURES},
        traced=tuple(_traced(measured, edition, code, lines.get(code, [])) for code in (NATION, *measured.standards)),
        pooled=tuple(standard.code for standard in measured.counted),
        sources=tuple(_source(facts, each) for each in own if each.submission_id in recent),
        earlier=sum(each.submission_id not in recent for each in own),
    )


def _traced(measured: Measured, edition: str, code: str, lines: list[CountedLine]) -> Traced:
    of_windows = [measured.figure(window, edition, code) for window in WINDOWS]
    return Traced(
        code,
        of_windows[0].standard_title,
        tuple((measure, tuple(_number(measured, figure, measure) for figure in of_windows)) for measure in MEASURES),
        _added(measured, edition, lines),
    )


def _number(measured: Measured, figure: Figure, measure: str) -> Number:
    published = as_row(figure)[measure]
    return Number(
        id_of(measured.facts.release_id, figure, measure),
        "" if published is None else str(published),
        numbers(measured, figure, measure),
    )


def _lines(measured: Measured, edition: str) -> Mapping[str, list[CountedLine]]:
    """The lines of the tallies that the figures of an edition hold, by standard."""
    found: dict[str, list[CountedLine]] = defaultdict(list)
    for line in measured.facts.lines:
        months = measured.monthly.get((line.area, line.line.standard), {})
        if edition in (NATION, line.area) and line.period in months:
            found[line.line.standard].append(line)
    return found


def _added(measured: Measured, edition: str, lines: list[CountedLine]) -> tuple[Added, ...]:
    """The lines as they are shown: an Area's own by unit; of the nation those of an Area together."""
    together: dict[tuple[Period, str, int, str, str], Counts] = {}
    name_of = measured.facts.collection.name_of
    for each in lines:
        place = name_of(each.area) if edition == NATION else each.line.unit
        key = (each.period, place, each.line.standard_version, each.line.sample_reason, each.submission_id)
        together[key] = together.get(key, Counts()) + each.line.counts
    return tuple(
        Added(month, place, version, reason, counts, submission)
        for (month, place, version, reason, submission), counts in together.items()
    )


def _source(facts: ReleaseFacts, submission: Submission) -> Source:
    judged = facts.judged[submission.submission_id]
    return Source(submission, facts.collection.name_of(submission.area), judged.catalogue, judged.package)
