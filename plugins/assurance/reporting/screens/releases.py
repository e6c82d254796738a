"""Which releases are there, and whose are their files? The index and the months, as a reader may see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from assurance.model import NATION, Period
from assurance.reporting.facts import Built
from assurance.reporting.index import INDEX, STYLE, Lying, index, month
from assurance.reporting.pages import rendered
from assurance.reporting.screens.frame import Frame

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""What a file of a release is, by its ending; nothing else is handed out."""
OF_ONE_EDITION = ("areas", "trace")


def edition_of(path: str) -> str | None:
    """Whose is a file of a release: an Area's, by its code, or `ALL`? None: nobody's here, as letters are for the post."""
    place = PurePosixPath(path)
    if place.suffix not in TYPES or place.parts[0] == "letters":
        return None
    return place.stem.removesuffix("-checks") if place.parts[0] in OF_ONE_EDITION else NATION


def may_have(areas: frozenset[str] | None, path: str) -> bool:
    """Whether a reader of these Areas (None: of all) may have a file of a release."""
    edition = edition_of(path)
    return edition is not None and (areas is None or edition in areas)


def releases_screen(frame: Frame, built: Sequence[Built], missing: frozenset[str], reports: Path) -> bytes:
    """All releases of a collection as an HTML page; `missing`: the ids of those whose folder is lost."""
    page = index(frame.collection, [_seen(one, frame.areas) for one in built], missing)
    return rendered(reports, "index", STYLE, frame=frame, page=page).encode()


def month_screen(
    frame: Frame, period: Period, built: Sequence[Built], found: Mapping[str, Lying], reports: Path
) -> bytes:
    """The releases of one month as an HTML page; `found` is what lies in the folder of each of them, by id."""
    own = {
        release: replace(lies, files=tuple(file for file in lies.files if may_have(frame.areas, file)))
        for release, lies in found.items()
    }
    page = month(frame.collection, period, [_seen(one, frame.areas) for one in built], own)
    return rendered(reports, "month", STYLE, frame=frame, page=page).encode()


def report_path(areas: frozenset[str] | None) -> str:
    """Which file of a release is its report to a reader: the nation's, that of the one Area, or the list of several."""
    if areas is None:
        return "national.html"
    return f"areas/{min(areas)}.html" if len(areas) == 1 else f"../{INDEX}"


def _seen(one: Built, areas: frozenset[str] | None) -> Built:
    """A release as a reader of some Areas is told of it: nothing of another's return."""
    if areas is None or one.told is None:
        return one
    told = replace(
        one.told,
        returns={code: state for code, state in one.told.returns.items() if code in areas},
        late=tuple(code for code in one.told.late if code in areas),
        why=tuple(cause for cause in one.told.why if not cause.is_return or cause.area in areas),
    )
    return replace(one, told=told)
