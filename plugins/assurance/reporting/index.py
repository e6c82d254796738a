"""Which releases are there? One page for all months of a collection, and one for each month that was released.

They are links from file to file, so they stand beside the releases and in none: a release is mailed, and its bytes do
not depend on what is built later. What they say stands in the audit trail, and not in the folders that they lead to.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection as Many
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from pathlib import Path, PurePosixPath

from assurance.catalogue import Collection
from assurance.errors import ReleaseError
from assurance.measures import words
from assurance.model import NATION, Period, ReturnState
from assurance.reporting.facts import Built, Head, Told
from assurance.reporting.measured import MONTH, Measured
from assurance.reporting.pages import page_path, rendered
from assurance.reporting.release import MANIFEST, content_sha256, read_release

INDEX = "index.html"
STYLE = "index.css"
MONTHS = 36
"""So many months are shown Area by Area. The page stays small and can be taken in; each month before has its own page."""


class Condition(StrEnum):
    """What has become of a release's folder."""

    AS_BUILT = "as_built"
    CHANGED = "changed"
    MISSING = "missing"


@dataclass(frozen=True)
class Lying:
    """What lies in a release's folder."""

    condition: Condition
    files: tuple[str, ...] = ()
    """Empty where they are not what was built: nothing leads to them."""


@dataclass(frozen=True)
class Cell:
    """What had become of one Area's return, as the last release of a month has it."""

    word: str
    mark: str
    """The shape that goes with it."""
    means: str
    """The same in full."""
    late: bool
    path: str
    """The Area's page; empty where there is none to go to."""


@dataclass(frozen=True)
class Line:
    """One month of the index."""

    last: Built
    count: int
    """How many releases of the month there are."""
    cells: tuple[Cell | None, ...]
    """By Area; None where none was owed."""
    is_there: bool
    """Whether the folder of the last release is."""

    @property
    def period(self) -> Period:
        return self.last.period


@dataclass(frozen=True)
class Index:
    """What the page of all releases says."""

    collection: Collection
    heading: str
    count: int
    areas: tuple[str, ...]
    """Codes of the Areas that owed a return in one of the months shown."""
    years: tuple[tuple[int, tuple[Line, ...]], ...]
    """The last months, newest first, by calendar year."""
    earlier: tuple[tuple[int, Mapping[int, Built]], ...]
    """The months before, newest year first: the last release of each, by the month's number."""
    legend: tuple[tuple[str, str, str], ...]
    """Mark, word and meaning of what the cells say."""
    head: Head | None
    """Where the audit trail stood when the last of all releases was built."""


@dataclass(frozen=True)
class Release:
    """One release of a month."""

    built: Built
    heading: str
    replaced_by: int | None
    lying: Lying
    moved: str
    """What is another than in the release before; empty in the first of a month."""
    why: tuple[str, ...]
    signed: str
    lines: tuple[tuple[str, Cell | None, tuple[tuple[str, str], ...]], ...]
    """By edition: whose it is, what had become of the return, and the name and place of each file."""
    tables: tuple[tuple[str, str], ...]
    """Name and place of the files that are of no one edition."""


@dataclass(frozen=True)
class MonthPage:
    """What the page of one month says."""

    collection: Collection
    period: Period
    earlier: Period | None
    """The released month before this one."""
    later: Period | None
    releases: tuple[Release, ...]
    """The newest first."""


def told(measured: Measured) -> Told:
    """What the index tells of a release."""
    facts, counts = measured.facts, measured.figure(MONTH, NATION).counts
    return Told(
        returns={status.area.code: status.state for status in facts.returns},
        late=tuple(status.area.code for status in facts.returns if words.is_late(status)),
        headline=(counts.met, counts.assessed) if counts and counts.assessed else None,
        moved=len(measured.moved) if measured.published else None,
        at_once=sum(line.at_once for line in measured.moved),
        why=measured.causes if measured.published else (),
    )


def lying(releases: Path, built: Built) -> Lying:
    """What lies in the folder of a release, held against what was built. A folder that is lost is told, and no error."""
    try:
        files = read_release(releases, built.release_id)
    except (ReleaseError, OSError):
        return Lying(Condition.MISSING)
    manifest = hashlib.sha256(files[MANIFEST]).hexdigest()
    if content_sha256(files) != built.content_sha256 or manifest != (built.manifest_sha256 or manifest):
        return Lying(Condition.CHANGED)
    return Lying(Condition.AS_BUILT, tuple(sorted(files)))


def month_place(collection: str, period: Period) -> str:
    """The folder of a month, with its releases and its page."""
    return f"{collection}/{period}"


def neighbours(built: Sequence[Built], period: Period) -> tuple[Period, ...]:
    """A released month, and those before and after it: their pages lead to each other."""
    months = sorted({one.period for one in built})
    place = months.index(period)
    return tuple(months[max(place - 1, 0) : place + 2])


def index_page(collection: Collection, built: Sequence[Built], missing: Many[str], reports: Path) -> bytes:
    """The page of all releases of a collection, newest month first. `missing`: the ids of those whose folder is lost."""
    return _rendered("index", index(collection, built, missing), reports)


def month_page(
    collection: Collection, period: Period, built: Sequence[Built], found: Mapping[str, Lying], reports: Path
) -> bytes:
    """The page of one month; `found` is what lies in the folder of each of its releases, by id."""
    return _rendered("month", month(collection, period, built, found), reports)


def _rendered(name: str, page: Index | MonthPage, reports: Path) -> bytes:
    return rendered(reports, name, STYLE, page=page).encode()


def index(collection: Collection, built: Sequence[Built], missing: Many[str]) -> Index:
    """What does the page of all releases say? `built`: every release, newest month first, last release first."""
    months = [tuple(of_month) for _, of_month in groupby(built, key=lambda one: one.period)]
    shown, before = months[:MONTHS], [of_month[0] for of_month in months[MONTHS:]]
    areas = tuple(sorted({code for last, *_ in shown if last.told for code in last.told.returns}))
    lines = [_line(of_month, areas, missing) for of_month in shown]
    return Index(
        collection=collection,
        heading=words.last_month(shown[0][0].period, *_inside(shown[0][0])) if shown else words.NOTHING_RELEASED,
        count=len(built),
        areas=areas,
        years=tuple((year, tuple(some)) for year, some in groupby(lines, key=lambda line: line.period.year)),
        earlier=tuple(
            (year, {one.period.month: one for one in some})
            for year, some in groupby(before, key=lambda one: one.period.year)
        ),
        legend=_legend(lines),
        head=max((one.head for one in built if one.head), key=lambda head: head.seq, default=None),
    )


def month(collection: Collection, period: Period, built: Sequence[Built], found: Mapping[str, Lying]) -> MonthPage:
    """What does the page of a month say? `built`: every release of the collection, the newest first."""
    near = neighbours(built, period)
    own = [one for one in built if one.period == period]
    return MonthPage(
        collection=collection,
        period=period,
        earlier=min((month for month in near if month < period), default=None),
        later=max((month for month in near if month > period), default=None),
        releases=tuple(
            _release(collection, one, newer, found[one.release_id])
            for one, newer in zip(own, (None, *own), strict=False)
        ),
    )


def _line(of_month: Sequence[Built], areas: Sequence[str], missing: Many[str]) -> Line:
    last = of_month[0]
    is_there = last.release_id not in missing
    folder = f"{last.period}/{last.number}/" if is_there else ""
    return Line(last, len(of_month), tuple(_cell(last.told, code, folder) for code in areas), is_there)


def _cell(said: Told | None, area: str, folder: str) -> Cell | None:
    if said is None or area not in said.returns:
        return None
    word, mark, means = words.INDEX_STATES[said.returns[area]]
    return Cell(word, mark, means, area in said.late, folder and folder + page_path(area))


def _legend(lines: Sequence[Line]) -> tuple[tuple[str, str, str], ...]:
    """Each state that is shown, once."""
    cells = [cell for line in lines for cell in line.cells if cell]
    used = {cell.word for cell in cells}
    states = tuple((mark, word, means) for word, mark, means in words.INDEX_STATES.values() if word in used)
    return (*states, ("met", "late", words.LATE_MEANS)) if any(cell.late for cell in cells) else states


def _inside(one: Built) -> tuple[int, int, int] | tuple[None, None]:
    """How many returns were in, of how many owed, and how many of them were left out; not known of a release from before
    that was recorded.
    """
    if one.told is None:
        return None, None
    states = one.told.returns.values()
    left_out = len(one.left_out)
    return left_out + sum(state.has_figures or state is ReturnState.NIL for state in states), len(states), left_out


def _release(collection: Collection, built: Built, newer: Built | None, found: Lying) -> Release:
    said = built.told
    states = said.returns if said else {}
    editions = {NATION: "All Areas", "shareable": "For partners"} | {code: collection.name_of(code) for code in states}
    files = _files(built, found)
    return Release(
        built=built,
        heading=words.release_heading(built.number, said.headline if said else None, *_inside(built)),
        replaced_by=newer.number if newer else None,
        lying=found,
        moved=words.moved_in_short(said.moved, said.at_once) if said and said.moved is not None else "",
        why=tuple(words.capital(words.cause(each, collection.name_of(each.area))) for each in said.why) if said else (),
        signed=words.signed(built.signed_at, built.approved_by, rejected=built.rejected),
        lines=tuple(
            (name, _cell(said, edition, ""), tuple((_label(path), link) for path, link in files[edition]))
            for edition, name in editions.items()
        ),
        tables=tuple(
            (str(path), link) for edition, some in files.items() if edition not in editions for path, link in some
        ),
    )


def _files(built: Built, found: Lying) -> dict[str, list[tuple[PurePosixPath, str]]]:
    """The files of a release by the edition whose name they bear, each with the way to it. Letters are for the post."""
    of: dict[str, list[tuple[PurePosixPath, str]]] = defaultdict(list)
    for path in sorted(map(PurePosixPath, found.files), key=lambda path: (path.suffix != ".html", path)):
        if path.parts[0] != "letters":
            edition = NATION if str(path) == page_path(NATION) else path.stem
            of[edition].append((path, f"{built.number}/{path}"))
    return of


def _label(path: PurePosixPath) -> str:
    if path.suffix != ".html":
        return path.suffix.removeprefix(".").upper()
    return "Report" if path.parent.name in ("", "areas") else words.capital(path.parent.name)
