"""Can the self-assessment be trusted? What others make of the same checks, and figures that others published."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from assurance.catalogue import Collection
from assurance.catalogue.schema import Published
from assurance.measures import words
from assurance.measures.comparison import benjamini_hochberg
from assurance.measures.published import held
from assurance.measures.second_readings import READ_MONTHS, Reread, Together, reread, together
from assurance.model import (
    COUNTED_REASONS,
    NATION,
    ChangedRow,
    Counts,
    Period,
    ReadingRow,
    SecondReadingRow,
    SecondReadings,
    TallyRow,
)
from assurance.reporting.facts import ReleaseFacts
from assurance.reporting.measured import Measured
from assurance.reporting.views.foremost import foremost

Row = TypeVar("Row", SecondReadingRow, ReadingRow, ChangedRow)


@dataclass(frozen=True)
class ReadStandard:
    """One standard that was read a second time."""

    title: str
    found: Reread
    leaning: words.Leaning
    """Which side own answers lean to by more than chance, all lines of the table considered."""
    p: float
    """How often chance alone would lean so far, adjusted for all lines of the table: what the side rests on."""


@dataclass(frozen=True)
class PublishedLine:
    """A figure that somebody published, and what can be said of it."""

    claim: str
    says: str
    source: str
    url: str | None


@dataclass(frozen=True)
class SecondReadingsSection:
    """Second answers beside own ones, over twelve months; and what others published."""

    heading: str
    window: str
    coverage: tuple[str, ...]
    """How many readings found their check, what changed since, and what is kept apart."""
    finding: str
    total: Together
    standards: tuple[ReadStandard, ...]
    """Those in which any answer differs, in the order of the register; an Area's page has the foremost of them."""
    more: str
    """How many more differ; empty where all have a line."""
    alike: str
    """How many have no line, for every answer is the same; empty where all have one."""
    same: tuple[tuple[str, int], ...]
    """Which these are, and in how many checks; empty on the page of an Area."""
    graded: tuple[ReadStandard, ...]
    """Of these the ones that are answered by degree and differ; empty on the page of an Area, which has few of each."""
    assessors: tuple[tuple[str, Together], ...]
    """Each who read, where several did."""
    areas: tuple[tuple[str, Together], ...]
    """Each whose cases were read, those that agree least first; empty on the page of an Area."""
    published: tuple[PublishedLine, ...]


def second_readings(measured: Measured, area: str) -> SecondReadingsSection | None:
    """What others say of the nation (`ALL`) or of an Area; None where nothing was read or published."""
    facts, months, national = measured.facts, _months(measured.facts), area == NATION
    found = _within(facts.second_readings, months, area)
    lines = published(facts.collection, facts.rows) if national else ()
    if not found.readings and not lines:
        return None
    rows = [row for row in found.pairs if row.sample_reason in COUNTED_REASONS]
    standards = _standards(facts, rows)
    total = together([line.found for line in standards])
    differing = tuple(line for line in standards if line.found.sides.differing)
    shown = differing if national else foremost(differing, lambda line: line.found.sides)
    rest = [line.found.sides for line in differing if line not in shown]
    same = tuple((line.title, line.found.sides.checks) for line in standards if not line.found.sides.differing)
    counted = sum(row.checks for row in rows)
    targeted = sum(row.checks for row in found.pairs) - counted
    neither = counted - total.pairs - total.sides.other
    return SecondReadingsSection(
        heading=_heading(facts, found, total, area) if found.readings else words.published_heading(len(lines)),
        window=words.span(months[0], months[-1]),
        coverage=_coverage(found, words.apart_sentence(neither, total.sides.other, targeted)) if found.readings else (),
        finding=words.second_leaning_sentence(total.sides) if total.pairs else "",
        total=total,
        standards=shown,
        more=words.more_differ(
            facts.collection.words, len(rest), sum(one.differing for one in rest), sum(one.checks for one in rest)
        ),
        alike=words.alike_note(
            facts.collection.words, len(same), sum(checks for _, checks in same), others=bool(differing)
        ),
        same=same if national else (),
        graded=tuple(line for line in shown if line.found.weighted and line.found.sides.turned) if national else (),
        assessors=_by_assessor(facts, rows),
        areas=_by_area(facts, rows) if national else (),
        published=lines,
    )


# Figures of others


def published(collection: Collection, rows: Iterable[TallyRow]) -> tuple[PublishedLine, ...]:
    """What others published about a collection's standards, each held against our own tallies of the same months."""
    return tuple(_published(collection, one, list(rows)) for one in collection.published)


def _published(collection: Collection, one: Published, rows: Sequence[TallyRow]) -> PublishedLine:
    when = words.during(tuple(dict.fromkeys(one.months))) if one.months else ""
    title = collection.versions[one.standard][-1].title
    return PublishedLine(
        claim=words.published_claim(one.who, one.percentage, one.checks, title, when),
        says=words.published_sentence(held(one.percentage, one.checks, _own_counts(one, rows)), one.checks),
        source=one.source,
        url=one.url,
    )


def _own_counts(one: Published, rows: Sequence[TallyRow]) -> Counts | None:
    """Our own counts of the months a published figure is about; None where they are not known or we lack one of them."""
    if one.months is None:
        return None
    first, last = one.months
    months = set(first.until(last))
    own = [row for row in rows if row.standard == one.standard and row.period in months]
    return Counts.total(row.counts for row in own) if {row.period for row in own} == months else None


# What was read


def _months(facts: ReleaseFacts) -> tuple[Period, ...]:
    months = facts.period.plus(1 - READ_MONTHS).until(facts.period)
    return tuple(month for month in months if month not in facts.collection.not_collected)


def _within(found: SecondReadings, months: Sequence[Period], area: str) -> SecondReadings:
    def of(rows: Iterable[Row]) -> tuple[Row, ...]:
        return tuple(row for row in rows if row.period in months and area in (NATION, row.area))

    return SecondReadings(of(found.pairs), of(found.readings), of(found.changed))


def _heading(facts: ReleaseFacts, found: SecondReadings, total: Together, area: str) -> str:
    who = {row.assessor for row in found.readings}
    assessor = facts.assessors[who.pop()] if len(who) == 1 else words.ASSESSORS
    side = words.leaning(total.sides, total.sides.p)
    return words.second_readings_heading(assessor, total.agreed, total.pairs, side, own=area != NATION)


def _coverage(found: SecondReadings, apart: str) -> tuple[str, ...]:
    rows = found.readings
    said = (
        words.read_sentence(
            sum(row.readings for row in rows),
            sum(row.matched for row in rows),
            sum(row.case_unknown for row in rows),
            sum(row.not_answered for row in rows),
        ),
        words.changed_sentence(sum(row.checks for row in found.changed), sum(row.cases for row in found.changed)),
        apart,
    )
    return tuple(filter(None, said))


def _standards(facts: ReleaseFacts, rows: Sequence[SecondReadingRow]) -> tuple[ReadStandard, ...]:
    found = {code: line for code, line in _reread(facts, rows).items() if line.sides.checks}
    adjusted = benjamini_hochberg([line.sides.p for line in found.values()])
    return tuple(
        ReadStandard(facts.collection.versions[code][-1].title, line, words.leaning(line.sides, p), p)
        for (code, line), p in zip(found.items(), adjusted, strict=True)
    )


def _reread(facts: ReleaseFacts, rows: Iterable[SecondReadingRow]) -> dict[str, Reread]:
    """Each standard that was read, in the order of the register; one that has left it since has no words."""
    by_standard: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    for row in rows:
        by_standard[row.standard].append((row.own, row.second, row.checks))
    return {
        code: reread(versions[-1].scale, by_standard[code])
        for code, versions in facts.collection.versions.items()
        if code in by_standard and versions[-1].scale
    }


def _together(facts: ReleaseFacts, rows: Iterable[SecondReadingRow]) -> Together:
    return together(list(_reread(facts, rows).values()))


def _by_assessor(facts: ReleaseFacts, rows: Sequence[SecondReadingRow]) -> tuple[tuple[str, Together], ...]:
    present = {row.assessor for row in rows}
    lines = [
        (words.capital(label), _together(facts, (row for row in rows if row.assessor == code)))
        for code, label in facts.assessors.items()
        if code in present
    ]
    return tuple(lines) if len(lines) > 1 else ()


def _by_area(facts: ReleaseFacts, rows: Sequence[SecondReadingRow]) -> tuple[tuple[str, Together], ...]:
    lines = [
        (facts.collection.name_of(code), _together(facts, (row for row in rows if row.area == code)))
        for code in sorted({row.area for row in rows})
    ]
    return tuple(sorted(lines, key=lambda line: (2.0 if line[1].raw is None else line[1].raw, line[0])))
