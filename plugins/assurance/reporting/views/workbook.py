"""What stands in the workbook of an edition? A cover, notes, and one table a sheet; numbers as the release publishes them.

A number that is not there has its mark in its place, never a zero and never a blank.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from assurance.measures import words
from assurance.measures.disclosure import Cell as Place
from assurance.measures.figures import Figure, as_row
from assurance.measures.rates import Verdict
from assurance.measures.restatement import Moved, Stated
from assurance.model import NATION, ReturnState, Scale
from assurance.reporting.facts import ReleaseFacts
from assurance.reporting.measured import MONTH, QUARTER, Measured
from assurance.reporting.shareable import Shareable, SharedFigure, marks
from assurance.reporting.views.page import standing
from assurance.reporting.views.quality import ReturnLine, own_quality, quality
from assurance.reporting.views.revisions import why
from assurance.reporting.views.trend import trend

Cell: TypeAlias = str | int | float

NO_RETURN, LEFT_OUT, NIL, NOT_APPLICABLE = "[x]", "[o]", "[n]", "[z]"
LONGEST_NAME = 31
"""A spreadsheet takes no longer name of a sheet."""


class Form(StrEnum):
    """How the numbers of a column are shown."""

    TEXT = "text"
    COUNT = "count"
    SHARE = "share"
    POINTS = "points"
    CHANCE = "chance"


@dataclass(frozen=True)
class Column:
    """A column: its header, with its unit, and how its numbers are shown."""

    header: str
    form: Form = Form.TEXT


@dataclass(frozen=True)
class Sheet:
    """One table, and what is said of it."""

    name: str
    title: str
    about: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Book:
    """A workbook."""

    title: str
    marking: str
    standing: str
    """Whether the figures may still move, and have been revised."""
    contact: str
    made: datetime
    """Stands as the time at which it was made, so that no clock has a part in it."""
    cover: tuple[tuple[str, tuple[str, ...]], ...]
    """A heading, and lines under it."""
    notes: tuple[tuple[str, str], ...]
    sheets: tuple[Sheet, ...]


def book(measured: Measured, edition: str) -> Book:
    """The workbook of the nation (`ALL`) or of an Area; of other Areas that one holds no more than the nation's figures."""
    if edition == NATION:
        tables = [_national(measured), _areas(measured), _area_by_standard(measured)]
        place, areas = "all Areas", [status.area.code for status in measured.facts.returns]
    else:
        tables, place, areas = [_own(measured, edition)], measured.facts.collection.name_of(edition), [edition]
    tables += [_months(measured, [NATION, *areas]), _returns(measured, edition)]
    if measured.moved:
        tables += [_moved(measured, edition)]
    told = [table for table in tables if table.rows]
    return _book(measured, place, words.WORKBOOK_MARKS, _terms(measured), told, measured.facts.collection.marking)


def shared_book(measured: Measured, shared: Shareable) -> Book:
    """The workbook for partners: the shareable table and nothing else that has a number."""
    hidden = words.hidden_share(shared.hidden, shared.with_figures, shared.withheld)
    tables = [] if shared.withheld else [_shared(measured, shared, hidden)]
    terms = words.workbook_notes(measured.facts.collection.words)[:3]
    collection = measured.facts.collection
    marking = collection.shareable_marking or collection.marking
    return _book(measured, "shareable edition", words.SHARED_MARKS, terms, tables, marking, hidden)


def _book(
    measured: Measured,
    place: str,
    shorthand: Mapping[str, str],
    terms: Sequence[tuple[str, str]],
    tables: Sequence[Sheet],
    marking: str,
    *said: str,
) -> Book:
    facts, stands = measured.facts, standing(measured)["standing"]
    collection = facts.collection
    title = f"{collection.title}, {facts.period.title}: {place}"
    notes = [(mark, f"{words.capital(meaning)}.") for mark, meaning in shorthand.items()]
    return Book(
        title=title,
        marking=marking,
        standing=stands,
        contact=collection.contact,
        made=facts.known_on or datetime(facts.period.year, facts.period.month, 1),
        cover=tuple(_cover(facts, stands, marking, said)),
        notes=(*notes, *terms),
        sheets=tuple(tables),
    )


def _cover(
    facts: ReleaseFacts, stands: str, marking: str, said: Sequence[str]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    collection = facts.collection
    yield "Period", (facts.period.title,)
    known = (
        f"As known on {words.moment(facts.known_on)}, London time." if facts.known_on else "Nothing had been received."
    )
    signed = f"{words.sign_off(facts.signed_off_by_setting)}."
    yield "Release", (f"{facts.release_id}. {stands}.", known, signed, *said)
    yield "Marking", (marking,)
    yield "Contact", (collection.contact,)
    licence = (collection.licence,) if collection.licence else ()
    note = (collection.note,) if collection.note else ()
    yield "About these figures", ("Management information, not official statistics.", *note, *licence)
    yield "How to use this workbook", words.WORKBOOK_USE


def _terms(measured: Measured) -> tuple[tuple[str, str], ...]:
    """What the words of the tables mean, as on the pages."""
    labelled: list[tuple[str, tuple[str, str]]] = [("Variation", said) for said in words.VARIATIONS.values()]
    labelled += [("Beside other Areas", said) for said in words.POSITIONS.values()]
    if _has_targets(measured):
        labelled += [("Verdict", said) for said in words.VERDICTS.values()]
        labelled += [("Outlook", said) for said in words.OUTLOOKS.values()]
    facts = measured.facts
    return (
        *words.workbook_notes(facts.collection.words),
        *((f"{column}: {label}", meaning) for column, (label, meaning) in labelled),
        ("Ids", words.workbook_id_note(facts.release_id)),
    )


# Figures


def _national(measured: Measured) -> Sheet:
    noun = measured.facts.collection.words.standard
    return _figures(
        measured,
        f"National by {noun}"[:LONGEST_NAME],
        f"All Areas together, by {noun}",
        ((window, NATION, standard) for window in (MONTH, QUARTER) for standard in (NATION, *measured.standards)),
    )


def _areas(measured: Measured) -> Sheet:
    nouns = measured.facts.collection.words
    return _figures(
        measured,
        "Areas",
        f"All {nouns.standards} together, by Area",
        ((window, area, NATION) for window in (QUARTER, MONTH) for area in measured.editions),
    )


def _area_by_standard(measured: Measured) -> Sheet:
    noun = measured.facts.collection.words.standard
    return _figures(
        measured,
        f"Area by {noun}"[:LONGEST_NAME],
        f"Each Area, by {noun}",
        (
            (window, area, standard)
            for window in (QUARTER, MONTH)
            for area in measured.editions[1:]
            for standard in measured.standards
        ),
    )


def _own(measured: Measured, area: str) -> Sheet:
    noun, name = measured.facts.collection.words.standard, measured.facts.collection.name_of(area)
    return _figures(
        measured,
        f"By {noun}"[:LONGEST_NAME],
        f"{name} and all Areas together, by {noun}",
        (
            (window, place, standard)
            for window in (QUARTER, MONTH)
            for place in (area, NATION)
            for standard in (NATION, *measured.standards)
        ),
    )


def _figures(measured: Measured, name: str, title: str, keys: Iterable[tuple[str, str, str]]) -> Sheet:
    figures = [measured.figures[key] for key in keys]
    columns = _columns(measured)
    return Sheet(
        name=name,
        title=title,
        about="Each row is one figure: counts, rate with its interval, and what is said of it, over one month or over three.",
        columns=(*_place_columns(measured), *columns.values()),
        rows=tuple((*_places(measured, figure), *_values(measured, figure, columns)) for figure in figures),
    )


def _place_columns(measured: Measured) -> tuple[Column, ...]:
    """Whose figure it is, of what, and over which months."""
    standard = words.capital(measured.facts.collection.words.standard)
    return tuple(map(Column, ("Area code", "Area", "Code", standard, "Owner", "Window", "Months")))


def _places(measured: Measured, figure: Figure | Stated) -> tuple[str, ...]:
    area, code = figure.area, figure.standard
    standard = measured.standards.get(code)
    title = figure.standard_title if isinstance(figure, Figure) else figure.title
    return (
        area,
        _name(measured, area),
        code,
        words.capital(f"all {measured.facts.collection.words.standards}") if code == NATION else title,
        standard.owner if standard else "All",
        words.WINDOW_NAMES[figure.window],
        measured.span(figure.window, area),
    )


def _columns(measured: Measured) -> dict[str, Column]:
    """What is told of a figure, by the name under which the release publishes it."""
    nouns = measured.facts.collection.words
    counts = {"met": "Met", "partly": "Partly met", "not_met": "Not met", "not_applicable": "Not applicable"}
    counts |= {"not_due": "Not due", "assessed": "Assessed"}
    shares = {"rate": nouns.rate, "low": "Interval, low", "high": "Interval, high"}
    if any(standard.scale is Scale.GRADED for standard in measured.counted):
        shares["value"] = "Value"
    targets = {"target": Column("Target (%)", Form.SHARE), "verdict": Column("Verdict")}
    ahead = {"outlook": Column("Outlook")}
    return {
        **{key: Column(f"{label} ({nouns.checks})", Form.COUNT) for key, label in counts.items()},
        **{key: Column(f"{label} (%)", Form.SHARE) for key, label in shares.items()},
        **(targets if _has_targets(measured) else {}),
        "variation": Column("Variation of the month"),
        **(ahead if _has_targets(measured) else {}),
        "position": Column("Beside other Areas"),
        "p_adjusted": Column("p, adjusted", Form.CHANCE),
        "p_exact": Column("p, exact", Form.CHANCE),
        "months_missing": Column("Months missing", Form.COUNT),
    }


def _values(measured: Measured, figure: Figure, columns: Iterable[str]) -> Iterator[Cell]:
    """The numbers and words of a figure, and one mark for all that it has not."""
    target = measured.targets[figure.standard]
    told = {
        **as_row(figure),
        "target": None if target is None else float(target),
        "verdict": words.VERDICTS[figure.verdict][0],
        "variation": words.VARIATIONS[figure.variation][0],
        "outlook": words.OUTLOOKS[figure.outlook][0] if figure.outlook else None,
        "position": words.POSITIONS[figure.position][0] if figure.position else None,
        "months_missing": figure.months_missing,
    }
    absent = words.absent(figure) or NOT_APPLICABLE
    for key in columns:
        found = told[key]
        if found is None:
            yield NOT_APPLICABLE if key == "target" else absent
        else:
            assert isinstance(found, str | int | float)  # what a table of figures holds
            yield found


def _has_targets(measured: Measured) -> bool:
    return any(target is not None for target in measured.targets.values())


def _name(measured: Measured, area: str) -> str:
    return "All Areas" if area == NATION else measured.facts.collection.name_of(area)


# Months, returns, and what moved


def _months(measured: Measured, areas: Sequence[str]) -> Sheet:
    nouns = measured.facts.collection.words
    return Sheet(
        name="Month by month",
        title=f"All {nouns.standards} together, month by month",
        about="The months of the control charts: what was assessed, the limits of what is usual, and what stands out.",
        columns=(
            *map(Column, ("Area code", "Area", "Month")),
            *(Column(f"{label} ({nouns.checks})", Form.COUNT) for label in ("Met", "Assessed")),
            *(Column(f"{label} (%)", Form.SHARE) for label in (nouns.rate, "Usual, low", "Usual, high")),
            Column("Variation of the month"),
            Column("Standing"),
        ),
        rows=tuple(row for area in areas for row in _months_of(measured, area)),
    )


def _months_of(measured: Measured, area: str) -> Iterator[tuple[Cell, ...]]:
    drawn, name = trend(measured, area), _name(measured, area)
    for month, point, kind in reversed(drawn.months):
        mark = drawn.gaps.get(month, NOT_APPLICABLE)
        found = (point.met, point.assessed, point.rate, point.low, point.high) if point else (None,) * 5
        numbers = (mark if number is None else number for number in found)
        stands = drawn.marks.get(month, "final") if point else mark
        yield (area, name, str(month), *numbers, words.VARIATIONS[kind][0], stands)


def _returns(measured: Measured, edition: str) -> Sheet:
    told = quality(measured) if edition == NATION else own_quality(measured, measured.status(edition))
    columns = [*map(Column, ("Area code", "Area", "Return", "Arrival", "Received (London time)"))]
    columns += [Column(label, Form.COUNT) for label in ("Version", "Queries", "Findings waived")]
    if told.by_case:
        cases = ("Cases in the rates", "Targeted cases, kept apart", "Cases in scope")
        columns += [Column(label, Form.COUNT) for label in cases]
    return Sheet(
        name="Returns" if edition == NATION else "Return",
        title=f"{'Returns' if edition == NATION else 'The return'} for {measured.facts.period.title}",
        about=f"{told.heading}. Arrival and version are those of the last version received.",
        columns=tuple(columns),
        rows=tuple(_return(line, by_case=told.by_case) for line in told.lines),
    )


def _return(line: ReturnLine, *, by_case: bool) -> tuple[Cell, ...]:
    status, sent, covered = line.status, line.status.latest, line.coverage
    mark = {ReturnState.NIL: NIL, ReturnState.LEFT_OUT: LEFT_OUT}.get(status.state, NO_RETURN)
    row: tuple[Cell, ...] = (status.area.code, status.area.name, words.state_label(status))
    row += (words.arrival_label(sent.arrival), words.moment(sent.received_at), sent.version) if sent else (mark,) * 3
    row += (status.queries, status.waived) if status.in_force else (mark,) * 2
    if by_case:
        scope = covered.in_scope if covered else None
        row += (covered.cases, covered.targeted) if covered else (mark,) * 2
        row += (scope if scope is not None else NOT_APPLICABLE if covered else mark,)
    return row


def _moved(measured: Measured, edition: str) -> Sheet:
    lines = [line for line in measured.moved if edition == NATION or line.either.area in (NATION, edition)]
    nouns, before = measured.facts.collection.words, measured.facts.replaces
    counts, rate = ("Met", "Assessed"), nouns.rate
    return Sheet(
        name="What moved",
        title=f"What moved since release {before.number if before else ''}".rstrip(),
        about="Each figure that is another than in the release before, by how much and why.",
        columns=(
            *_place_columns(measured),
            *(
                column
                for when in ("before", "now")
                for column in (
                    *(Column(f"{label} {when} ({nouns.checks})", Form.COUNT) for label in counts),
                    Column(f"{rate} {when} (%)", Form.SHARE),
                )
            ),
            Column("Moved by (points)", Form.POINTS),
            Column("What is said became another"),
            Column("Weight"),
            Column("Why"),
        ),
        rows=tuple(_moved_row(measured, line, edition) for line in lines),
    )


def _moved_row(measured: Measured, line: Moved, edition: str) -> tuple[Cell, ...]:
    return (
        *_places(measured, line.either),
        *_side(line.before),
        *_side(line.after),
        NOT_APPLICABLE if line.points is None else float(100 * line.points),
        "; ".join(words.became(line)) or "no",
        "at once" if line.at_once else "next",
        words.capital(why(measured, line, edition)),
    )


def _side(figure: Stated | None) -> tuple[Cell, ...]:
    """Met, assessed and rate as a release stated them."""
    if figure is None:
        return (NOT_APPLICABLE,) * 3
    if figure.counts is None:
        return (LEFT_OUT if figure.verdict is Verdict.LEFT_OUT else NO_RETURN,) * 3
    share = figure.share
    return (figure.counts.met, figure.counts.assessed, NOT_APPLICABLE if share is None else float(share))


# The shareable edition


def _shared(measured: Measured, shared: Shareable, hidden: str) -> Sheet:
    nouns = measured.facts.collection.words
    return Sheet(
        name="Shared figures",
        title=f"Shared figures, {measured.span(QUARTER)}",
        about=f"Each Area by owner, all Areas together by {nouns.standard} and owner, over three months. {hidden}",
        columns=(
            *map(Column, ("Area code", "Area", "Owner", "Code", words.capital(nouns.standard))),
            *(Column(f"{label} ({nouns.checks})", Form.COUNT) for label in ("Assessed", "Met", "Not met")),
            Column(f"{nouns.rate} (%)", Form.SHARE),
            Column("Marks"),
        ),
        rows=tuple(_shared_row(measured, figure) for figure in shared.figures.values()),
    )


def _shared_row(measured: Measured, figure: SharedFigure) -> tuple[Cell, ...]:
    place, split = figure.cell, figure.split
    numbers: tuple[Cell, ...] = (figure.mark,) * 4
    if split:
        rate = float(figure.rate) if figure.rate is not None else figure.mark
        numbers = (split.assessed, split.met, split.unmet, rate)
    return (*_shared_place(measured, place), *numbers, marks(measured, figure) or "final")


def _shared_place(measured: Measured, place: Place) -> tuple[str, ...]:
    every = words.capital(f"all {measured.facts.collection.words.standards}")
    standard = measured.standards.get(place.standard)
    return (
        place.area,
        _name(measured, place.area),
        "All" if place.owner == NATION else place.owner,
        place.standard,
        standard.title if standard else every,
    )
