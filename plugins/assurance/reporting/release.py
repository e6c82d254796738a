"""What lies in a release's folder? Pages, figures and a manifest, the same bytes for the same facts."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from pydantic import TypeAdapter

from assurance.catalogue import Collection
from assurance.delivery.letter import Letter
from assurance.errors import ReleaseError
from assurance.files import write_whole
from assurance.measures.figures import FIGURE_COLUMNS, Figure, as_row, figures
from assurance.model import CoverageRow, Period, ReleasedCell, ReturnStatus, TallyRow
from assurance.reporting.facts import ReleaseFacts
from assurance.reporting.letters import release_letters
from assurance.reporting.measured import cases_looked_at, measure, register
from assurance.reporting.pages import render_pages, shareable_page
from assurance.reporting.shareable import released_cells, shareable, shareable_csv

MANIFEST = "manifest.json"
SHAREABLE = "shareable.csv"
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


def figures_csv(many: tuple[Figure, ...]) -> str:
    """The figures as tidy CSV, one line per window, Area and standard; rates unrounded, blanks empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, FIGURE_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(as_row(figure) for figure in many)
    return text.getvalue()


def render(facts: ReleaseFacts, reports: Path) -> dict[str, bytes]:
    """The files of a release by their path in its folder, the manifest among them."""
    measured = measure(facts)
    pages = render_pages(measured, reports)
    letters = release_letters(measured, pages, reports)
    table = figures_csv(tuple(measured.figures.values()))
    shared = shareable(measured)
    content = {
        **{path: html.encode() for path, html in pages.items()},
        **{_letter_path(edition): _LETTER.dump_json(letter) for edition, letter in letters.items()},
        "figures.csv": table.encode(),
        SHAREABLE: shareable_csv(measured, shared).encode(),
        "shareable.html": shareable_page(measured, shared, reports).encode(),
    }
    return {**content, MANIFEST: _manifest(facts, content)}


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


def _manifest(facts: ReleaseFacts, content: Mapping[str, bytes]) -> bytes:
    manifest = {
        "release": facts.release_id,
        "content_sha256": content_sha256(content),
        "inputs_sha256": facts.inputs_sha256,
        "catalogue_version": facts.collection.version,
        "package_version": facts.package_version,
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
            for s in facts.inputs
        ],
    }
    return json.dumps(manifest, indent=1).encode()


def _letter_path(edition: str) -> str:
    return f"letters/{edition}.json"
