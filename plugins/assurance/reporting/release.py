"""What lies in a release's folder? Pages, figures and a manifest, the same bytes for the same facts."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType

from pydantic import TypeAdapter

from assurance.catalogue import Collection
from assurance.delivery.letter import Letter
from assurance.errors import ReleaseError
from assurance.files import write_whole
from assurance.measures import words
from assurance.measures.comparison import Position
from assurance.measures.figures import FIGURE_COLUMNS, FURTHER_COLUMNS, Figure, as_row, figures
from assurance.measures.rates import Verdict
from assurance.measures.restatement import Moved, Stated
from assurance.measures.variation import Variation
from assurance.model import NATION, Counts, CoverageRow, Period, ReleasedCell, ReturnStatus, TallyRow
from assurance.model import SHAREABLE as SHAREABLE_EDITION
from assurance.reporting.facts import Head, ReleaseFacts
from assurance.reporting.letters import release_letters
from assurance.reporting.measured import Measured, cases_looked_at, register
from assurance.reporting.pages import render_checks, render_pages, render_traces, shareable_page
from assurance.reporting.shareable import released_cells, shareable, shareable_csv
from assurance.reporting.shared_letter import shared_letter
from assurance.reporting.tables import meant, tidy_csv
from assurance.reporting.views.shareable import shared_page
from assurance.reporting.workbook import shareable_workbook, workbook_path, workbooks

MANIFEST = "manifest.json"
SHAREABLE = "shareable.csv"
SHAREABLE_BOOK = "shareable.xlsx"
SHAREABLE_PAGE = "shareable.html"
FIGURES, RESTATEMENT = "figures.csv", "restatement.csv"
COUNTS = ("met", "partly", "not_met", "not_applicable", "not_due")
RESTATEMENT_COLUMNS = (
    "collection",
    "period",
    "release",
    "replaces",
    "window",
    "area",
    "standard",
    "standard_title",
    "met_before",
    "assessed_before",
    "rate_before",
    "met_after",
    "assessed_after",
    "rate_after",
    "points",
    "verdict_before",
    "verdict_after",
    "variation_before",
    "variation_after",
    "position_before",
    "position_after",
    "weight",
    "why",
)
"""The columns of the list of what moved; `weight` says whether it called for a release at once or could wait."""
_LETTER = TypeAdapter(Letter)


def release_figures(
    collection: Collection,
    period: Period,
    rows: tuple[TallyRow, ...],
    returns: tuple[ReturnStatus, ...],
    coverage: tuple[CoverageRow, ...],
) -> tuple[Figure, ...]:
    """Every figure of a period."""
    states = {status.area.code: status.state for status in returns}
    return figures(register(collection, period), rows, period, states, cases_looked_at(collection, coverage))


def figures_csv(many: tuple[Figure, ...], columns: Sequence[str] = FIGURE_COLUMNS) -> str:
    """The figures as tidy CSV, one line per window, Area and standard; rates unrounded, blanks empty."""
    return tidy_csv(columns, map(as_row, many))


def figures_path(edition: str) -> str:
    """Where the figures of an edition (`ALL` or an Area code) lie as CSV in their release."""
    return FIGURES if edition == NATION else f"areas/{edition}.csv"


def figures_of(measured: Measured, edition: str) -> str:
    """All figures of a release as CSV; for an Area its own and the nation's."""
    those = tuple(
        figure for figure in measured.figures.values() if edition == NATION or figure.area in (NATION, edition)
    )
    return figures_csv(those, (*FIGURE_COLUMNS, *FURTHER_COLUMNS))


def stated_figures(table: str) -> tuple[Stated, ...]:
    """The figures that a release states, from its own table."""
    return tuple(
        Stated(
            window=row["window"],
            area=row["area"],
            standard=row["standard"],
            title=meant(row["standard_title"]),
            counts=Counts(*(int(row[name]) for name in COUNTS)) if row["met"] else None,
            verdict=Verdict(row["verdict"]),
            variation=Variation(row["variation"]),
            position=Position(row["position"]) if row.get("position") else None,
        )
        for row in csv.DictReader(io.StringIO(table, newline=""))
    )


def restatement_csv(measured: Measured) -> str:
    """Every figure that moved since the last release as tidy CSV: before, after, by how much and why."""
    return tidy_csv(RESTATEMENT_COLUMNS, (_restated_row(measured, line) for line in measured.moved))


def _restated_row(measured: Measured, line: Moved) -> dict[str, object]:
    facts, figure = measured.facts, line.either
    row: dict[str, object] = {
        "collection": facts.collection.code,
        "period": str(facts.period),
        "release": facts.number,
        "replaces": facts.replaces.number if facts.replaces else None,
        "window": figure.window,
        "area": figure.area,
        "standard": figure.standard,
        "standard_title": figure.title,
        "points": None if line.points is None else float(100 * line.points),
        "weight": "at once" if line.at_once else "next",
        "why": "; ".join(map(words.cause_code, measured.causes_of(line))),
    }
    for when, side in (("before", line.before), ("after", line.after)):
        counts = side.counts if side else None
        share = side.share if side else None
        row |= {
            f"met_{when}": counts.met if counts else None,
            f"assessed_{when}": counts.assessed if counts else None,
            f"rate_{when}": None if share is None else float(share),
            f"verdict_{when}": side.verdict.value if side else None,
            f"variation_{when}": side.variation.value if side else None,
            f"position_{when}": side.position.value if side and side.position else None,
        }
    return row


def render(
    measured: Measured, reports: Path, head: Head, as_they_stand: Mapping[str, bytes] = MappingProxyType({})
) -> dict[str, bytes]:
    """The files of a release by their path in its folder, the manifest among them.

    `head`: where the audit trail stands. `as_they_stand`: pages of a release that is built again, which the facts give
    no more.
    """
    pages = {**render_pages(measured, reports), **render_checks(measured, reports)}
    pages |= {path: page.decode() for path, page in as_they_stand.items()}
    books = workbooks(measured)
    letters = release_letters(measured, pages, books, reports)
    tables = {figures_path(edition): figures_of(measured, edition) for edition in measured.editions}
    if measured.published:
        tables[RESTATEMENT] = restatement_csv(measured)
    shared = shareable(measured)
    for_partners = shareable_page(measured, shared, reports)
    shared_book = shareable_workbook(measured, shared)
    letters[SHAREABLE_EDITION] = shared_letter(shared_page(measured, shared), for_partners, shared_book, reports)
    content = {
        **{path: html.encode() for path, html in {**pages, **render_traces(measured, reports)}.items()},
        **{_letter_path(edition): _LETTER.dump_json(letter) for edition, letter in letters.items()},
        **{path: table.encode() for path, table in tables.items()},
        **{workbook_path(edition): made for edition, made in books.items()},
        SHAREABLE: shareable_csv(measured, shared).encode(),
        SHAREABLE_BOOK: shared_book,
        SHAREABLE_PAGE: for_partners.encode(),
    }
    return {**content, MANIFEST: _manifest(measured.facts, content, head)}


def shared_cells(files: Mapping[str, bytes]) -> tuple[ReleasedCell, ...]:
    """What a release shares, as its file has it."""
    return released_cells(files[SHAREABLE].decode())


def content_sha256(files: Mapping[str, bytes]) -> str:
    """The hash that a sign-off is bound to: of every file of the release but the manifest that states it."""
    hashes = {path: hashlib.sha256(data).hexdigest() for path, data in sorted(files.items()) if path != MANIFEST}
    return hashlib.sha256(json.dumps(hashes).encode()).hexdigest()


def read_release(releases: Path, release_id: str) -> dict[str, bytes]:
    """The files of a release's folder; ReleaseError when it is not there."""
    folder = releases / release_id
    if not (folder / MANIFEST).is_file():
        raise ReleaseError(f"the folder of release {release_id} is not under {releases}; restore it from a copy")
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def read_published(releases: Path, release_id: str, content_sha256_built: str) -> tuple[Stated, ...]:
    """The figures that a release published, from the very bytes that were built; ReleaseError when they are not there."""
    files = read_release(releases, release_id)
    if content_sha256(files) != content_sha256_built:
        raise ReleaseError(
            f"release {release_id} was changed after it was built, so nobody can say what moved since; "
            "restore its folder from a copy"
        )
    return stated_figures(files[FIGURES].decode())


def editions_mailed(releases: Path, release_id: str) -> tuple[str, ...]:
    """The editions of a release that have a letter: `ALL`, Area codes, and `shareable` since there is one for partners."""
    paths = (releases / release_id).glob(_letter_path("*"))
    return tuple(sorted(path.stem for path in paths))


def read_letter(releases: Path, release_id: str, edition: str) -> Letter:
    """The letter of one edition, as it was built and signed off."""
    return _LETTER.validate_json(read_release(releases, release_id)[_letter_path(edition)])


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a release's folder whole; one left half written by a crash is replaced."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix="."))
    try:
        for path, data in files.items():
            write_whole(temporary / path, data)
        temporary.chmod(0o755)
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _manifest(facts: ReleaseFacts, content: Mapping[str, bytes], head: Head) -> bytes:
    manifest = {
        "release": facts.release_id,
        "content_sha256": content_sha256(content),
        "inputs_sha256": facts.inputs_sha256,
        "catalogue_version": facts.collection.version,
        "package_version": facts.package_version,
        "audit_head": asdict(head),
        "files": {path: hashlib.sha256(data).hexdigest() for path, data in sorted(content.items())},
        "inputs": [
            {
                "submission": s.submission_id,
                "area": s.area,
                "period": str(s.period),
                "version": s.version,
                "sha256": s.sha256,
                "received_at": f"{s.received_at.isoformat()}Z",
            }
            for s in (*facts.inputs, *facts.readings)
        ],
    }
    return json.dumps(manifest, indent=1).encode()


def _letter_path(edition: str) -> str:
    return f"letters/{edition}.json"
