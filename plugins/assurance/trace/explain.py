"""Where does one published number come from? Its formula, the tallies behind it, the submissions, and their rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assurance.catalogue import Collection
from assurance.errors import FigureError
from assurance.intake.staging import answer, name, quoted
from assurance.measures.figures import as_row
from assurance.model import COUNTED_REASONS, NATION, CountedLine, Counts, Fault, Period, Scale, Standard, Submission
from assurance.reporting.explaining import COUNTS, FORMULAS, months, numbers
from assurance.reporting.figure_id import FigureId
from assurance.reporting.measured import Measured
from assurance.warehouse.archive import archive_path

BESIDE_OTHERS = ("p_adjusted", "position", "p_exact")
"""The measures of an Area that rest on every Area…"""
OF_THE_CHART = ("variation", "outlook")
"""…and those that rest on every month."""
Rows = Mapping[str, Mapping[str, Sequence[int]]]
"""By standard and count (`met`, `not_met`, …) the numbers of the rows, as the sender sees them."""


@dataclass(frozen=True)
class Source:
    """A submission behind a number, and with what it was judged."""

    submission: Submission
    catalogue: str
    package: str
    rows: Rows | None = None
    """None where they were not asked for, or the archive has none."""


@dataclass(frozen=True)
class Explanation:
    """One published number and where it comes from."""

    id: FigureId
    title: str
    value: str
    """As the release published it; empty where it is blank."""
    counted_again: str
    """What the tallies of the warehouse give now."""
    formula: str
    numbers: str
    """What its formula is filled with."""
    tally: tuple[CountedLine, ...]
    """The lines of the tallies that the figure sums, by month, Area, standard, version, unit and sample reason; those of
    every Area where it says how one stands beside the others."""
    months: tuple[tuple[Period, Counts], ...]
    """What these of its own Area come to, month by month; of variation and outlook every month of its chart."""
    sources: tuple[Source, ...]
    earlier: tuple[Submission, ...]
    """Of variation and outlook: the submissions of the months before the window."""
    catalogue: str
    """The version of rules and register by which the release was measured."""
    package: str
    faults: tuple[Fault, ...] = ()
    """What a recount from the kept bytes found to differ."""
    recounted: int | None = None
    """How many submissions were counted anew from their kept bytes; None where it was not asked for."""

    @property
    def agrees(self) -> bool:
        """Whether what was published is what the counts give, tallies and kept bytes alike."""
        return self.value == self.counted_again and not self.faults


def published_line(table: bytes, wanted: FigureId) -> Mapping[str, str]:
    """The line of a release's figures that an id names; FigureError says which part of it names none."""
    lines = list(csv.DictReader(io.StringIO(table.decode())))
    left = lines
    for part, place in (("window", "fourth"), ("area", "fifth"), ("standard", "sixth")):
        known = list(dict.fromkeys(line[part] for line in left))
        left = [line for line in left if line[part] == getattr(wanted, part)]
        if not left:
            raise FigureError(
                f"the {place} part of the id, the {part}, is {getattr(wanted, part)!r}, and release {wanted.release_id} "
                f"has none such; there are: {', '.join(known)}"
            )
    if wanted.measure not in left[0]:
        raise FigureError(f"release {wanted.release_id} publishes no {wanted.measure}; it is from before there was one")
    return left[0]


def explained(wanted: FigureId, line: Mapping[str, str], measured: Measured) -> Explanation:
    """How the number follows, from the facts of its release as they were known when it was built."""
    figure, facts = measured.figure(*wanted.key), measured.facts
    again = as_row(figure)[wanted.measure]
    window = months(measured, figure)
    rests_on = replace(wanted, area=NATION) if wanted.measure in BESIDE_OTHERS else wanted
    tally = tuple(each for each in facts.lines if _stands_behind(each, rests_on, measured, window))
    behind = {each.submission_id for each in tally}
    own = [each for each in facts.inputs if rests_on.area in (NATION, each.area)]
    charted = wanted.measure in OF_THE_CHART
    counted = {month: measured.monthly[wanted.area, wanted.standard][month] for month in window}
    return Explanation(
        id=wanted,
        title=figure.standard_title,
        value=line[wanted.measure],
        counted_again="" if again is None else str(again),
        formula=FORMULAS[wanted.measure],
        numbers=numbers(measured, figure, wanted.measure),
        tally=tally,
        months=_charted(measured, wanted) if charted else tuple(counted.items()),
        sources=tuple(
            Source(each, facts.judged[each.submission_id].catalogue, facts.judged[each.submission_id].package)
            for each in own
            if each.submission_id in behind
        ),
        earlier=tuple(each for each in own if charted and each.submission_id not in behind),
        catalogue=facts.collection.version,
        package=facts.package_version,
    )


def _stands_behind(each: CountedLine, wanted: FigureId, measured: Measured, window: Sequence[Period]) -> bool:
    counted = wanted.standard == each.line.standard or (
        wanted.standard == NATION and any(each.line.standard == standard.code for standard in measured.counted)
    )
    holds = each.period in measured.monthly.get((each.area, each.line.standard), {})
    return counted and holds and wanted.area in (NATION, each.area) and each.period in window


def _charted(measured: Measured, wanted: FigureId) -> tuple[tuple[Period, Counts], ...]:
    chart = measured.charts[wanted.area, wanted.standard]
    return tuple((p.period, Counts(met=p.met, not_met=p.assessed - p.met)) for p in chart.points if p.assessed)


# The rows


def rows_of(collection: Collection, archive: Path, submission: Submission, standards: Iterable[str]) -> Rows | None:
    """The numbers of the rows that count in these standards, by what they count as; never a cell of them.

    None where the archive has no rows of the submission.
    """
    path = archive_path(archive, submission)
    if not path.exists():
        return None
    of_code = {code: versions[-1] for code, versions in collection.versions.items()}
    ask = _rows_with_counts if collection.grain == "aggregate" else _rows_with_answers
    return {code: ask(collection, path, of_code[code]) for code in standards}


def _rows_with_answers(collection: Collection, path: Path, standard: Standard) -> Mapping[str, Sequence[int]]:
    """Of a return of cases: the rows whose answer counts so, targeted cases apart."""
    column = name(f"{standard.code}_computed" if standard.scale is Scale.TIMELY else standard.code)
    reason, counted = collection.cases.reason, ", ".join(map(quoted, COUNTED_REASONS))
    where = f"where {name(reason)} in ({counted})" if reason else ""
    found: dict[str, list[int]] = {}
    for given, rows in answer(
        f"select {column}, list(row_no order by row_no) from {_read(path)} {where} group by 1 order by 1"
    ):
        if given is not None and standard.scale is not None:
            found.setdefault(standard.scale.answers[given], []).extend(rows)
    return {count: sorted(found[count]) for count in COUNTS if count in found}


def _rows_with_counts(collection: Collection, path: Path, standard: Standard) -> Mapping[str, Sequence[int]]:
    """Of a return of counts: the rows of the standard that hold any of them."""
    title = name(collection.column_of("standard").name)
    found: dict[str, list[int]] = {}
    for column in collection.columns:
        if column.answer:
            rows = answer(
                f"select row_no from {_read(path)} where {title} = {quoted(standard.title)} "
                f"and {name(column.name)} > 0 order by 1"
            )
            kind = column.answer if standard.counted else "not_applicable"
            found.setdefault(kind, []).extend(row for (row,) in rows)
    return {count: sorted(set(found[count])) for count in COUNTS if found.get(count)}


def _read(path: Path) -> str:
    return f"read_parquet({quoted(path)}, hive_partitioning = false)"
