"""Do the stored files stand as the warehouse and its audit trail say: kept bytes, archived rows, releases?"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from assurance.catalogue.kept import kept_collection
from assurance.errors import CatalogueError
from assurance.intake.landing import place_of
from assurance.model import Fault
from assurance.reporting.index import INDEX
from assurance.reporting.release import MANIFEST, content_sha256
from assurance.warehouse.archive import archive_place
from assurance.warehouse.audit import Place, Shape
from assurance.warehouse.queries import Row
from assurance.warehouse.trail import Line, Record

DELETED = "deleted"
"""The event by which retention says that it deleted files of a submission: its detail names them, `kept` or `archive`."""
CATALOGUE = "catalogue"
"""The event that says which version of a collection's rules and register is in force."""
INDEXED = "indexed"
"""The event that says which page of all releases, or of those of a month, was written."""
MISSING, CHANGED = "is missing", "was changed"


@dataclass
class Stored:
    """The files that were looked at, and what was found."""

    kept: Path
    catalogues: Path
    archive: Path
    releases: Path
    looked_at: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    """What is no fault, and ought to be known."""

    def faults(self, record: Record) -> Iterator[Fault]:
        """Every file that is missing, was changed, or that nothing names."""
        yield from self._kept(record)
        yield from self._catalogues(record)
        yield from self._archived(record)
        for row in record.rows["release"]:
            yield from self._release(record, row)
        for collection in sorted({row["collection"] for row in record.rows["release"]}):
            yield from self._indexes(record, collection)
        yield from self._strange_releases(record)

    def _indexes(self, record: Record, collection: str) -> Iterator[Fault]:
        """The page of all releases leads to every month and tells of the newest release, a month's page of all of its own."""
        months: dict[str, dict[str, bytes]] = defaultdict(dict)
        for row in record.rows["release"]:
            if row["collection"] == collection:
                months[row["period"]][row["release_id"]] = row["content_sha256"].encode()
        lines, owed = record.about(INDEXED), _newest(record, [each for told in months.values() for each in told])
        owed |= {max(told): f"{month}/{INDEX}".encode() for month, told in months.items() if not owed.keys() & told}
        yield from self._index(lines.get(collection), collection, owed)
        for month, told in months.items():
            yield from self._index(lines.get(f"{collection}/{month}"), f"{collection}/{month}", told)

    def _index(self, line: Line | None, subject: str, owed: Mapping[str, bytes]) -> Iterator[Fault]:
        """One such page: the one whose hash the trail tells, with what it must say of releases."""
        path = self.releases / subject / INDEX
        place = _name(self.releases, path)
        if not path.is_file():
            yield Fault(place, f"{MISSING}; the next build writes it")
            return
        self.looked_at["index pages"] += 1
        page = path.read_bytes()
        if line is None or hashlib.sha256(page).hexdigest() != line.detail.get("sha256"):
            or_cut = "or the last lines of the audit trail were taken out"
            yield Fault(place, f"{CHANGED}, {or_cut}; the next build writes it anew")
        for release_id, words in owed.items():
            if words not in page:
                yield Fault(place, f"does not tell of release {release_id}; the next build writes it anew")

    def _kept(self, record: Record) -> Iterator[Fault]:
        """Kept bytes are named by their hash."""
        named = {row["sha256"]: row["submission_id"] for row in record.rows["submission"]}
        deleted = _deleted(record, "kept")
        for sha256, submission_id in sorted(named.items()):
            if not place_of(sha256, self.kept).exists() and submission_id not in deleted:
                yield Fault(_name(self.kept, place_of(sha256, self.kept)), f"{MISSING}; submission {submission_id}")
        unnamed = []
        for path in _files(self.kept):
            if self.catalogues in path.parents:
                continue
            self.looked_at["kept files"] += 1
            if path != place_of(_sha256(path), self.kept):
                told = f"; submission {named[path.name]}" if path.name in named else ""
                yield Fault(_name(self.kept, path), f"{CHANGED}: its name is not its hash{told}")
            elif path.name not in named:
                unnamed.append(_name(self.kept, path))
        if unnamed:
            first = ", ".join(unnamed[:3])
            self.notes.append(
                f"{len(unnamed)} kept files of which no submission tells ({first}): a file that could not be checked, or "
                "whose run was interrupted, leaves one"
            )

    def _catalogues(self, record: Record) -> Iterator[Fault]:
        """The rules and the register of each time: a folder is named by the fingerprint of what stands in it."""
        told = {(line.subject, str(line.detail.get("version", ""))) for line in record.lines if line.event == CATALOGUE}
        there = {(place.parent.name, place.name) for place in self.catalogues.glob("*/[!.]*") if place.is_dir()}
        for code, version in sorted({*told, *there}):
            place = self.catalogues / code / version
            if (code, version) not in there:
                yield Fault(_name(self.catalogues, place), f"{MISSING}: rules and register of {code}")
                continue
            self.looked_at["versions of rules and registers"] += 1
            try:
                stands = kept_collection(self.catalogues, code, version).version == version
            except CatalogueError:
                stands = False
            if not stands:
                yield Fault(_name(self.catalogues, place), f"{CHANGED}: its name is not the fingerprint of its files")

    def _archived(self, record: Record) -> Iterator[Fault]:
        """The rows of returns that count, by the hash that stands in the line about their receipt."""
        rows = {row["submission_id"]: row for row in record.rows["submission"]}
        deleted, known = _deleted(record, "archive"), set[Path]()
        for submission_id, line in record.about("received").items():
            row, told = rows.get(submission_id), line.detail.get("archived_sha256")
            if row is None:
                continue
            path = archive_place(self.archive, row["collection"], row["period"], row["area"], submission_id)
            known.add(path)
            if not path.exists():
                if told and submission_id not in deleted:
                    yield Fault(_name(self.archive, path), f"{MISSING}; submission {submission_id}")
                continue
            self.looked_at["archived files"] += 1
            if line.wrote is not None and _sha256(path) != told:
                yield Fault(_name(self.archive, path), f"{CHANGED}; submission {submission_id}")
        for path in _files(self.archive):
            if path not in known:
                yield Fault(
                    _name(self.archive, path),
                    "no submission tells of it; an interrupted load leaves one, and the next takes it up",
                )

    def _release(self, record: Record, row: Row) -> Iterator[Fault]:
        """A release's folder: its manifest by its line, its files by its manifest, all of them by the release's row."""
        release_id, line = row["release_id"], record.about("built").get(row["release_id"])
        folder = self.releases / release_id
        if not (folder / MANIFEST).is_file():
            yield Fault(_name(self.releases, folder / MANIFEST), MISSING)
            return
        files = {str(path.relative_to(folder)): path.read_bytes() for path in _files(folder)}
        self.looked_at["files of releases"] += len(files)
        yield from self._manifest(record, line, folder, files[MANIFEST])
        named = _manifest(files[MANIFEST]).get("files", {})
        for path in sorted({*files, *named} - {MANIFEST}):
            place = _name(self.releases, folder / path)
            if path not in files:
                yield Fault(place, MISSING)
            elif path not in named:
                yield Fault(place, "is not among the files of the manifest")
            elif hashlib.sha256(files[path]).hexdigest() != named[path]:
                yield Fault(place, CHANGED)
        if content_sha256(files) != row["content_sha256"]:
            yield Fault(f"release {release_id}", "its files are not those whose hash the warehouse has")

    def _manifest(self, record: Record, line: Line | None, folder: Path, manifest: bytes) -> Iterator[Fault]:
        place = _name(self.releases, folder / MANIFEST)
        told = line.detail.get("manifest_sha256") if line else None
        if told and hashlib.sha256(manifest).hexdigest() != told:
            yield Fault(place, CHANGED)
        head = _manifest(manifest).get("audit_head")
        if head and not record.has(head):
            yield Fault(
                "the audit trail",
                f"is not the one that {place} saw: line {head['seq']} is gone or another, so the trail was cut or made anew",
            )

    def _strange_releases(self, record: Record) -> Iterator[Fault]:
        """Files that belong to no release."""
        known = {self.releases / row["release_id"] for row in record.rows["release"]}
        indexed = {place / INDEX for folder in known for place in (folder.parent, folder.parent.parent)}
        strange = set()
        for path in _files(self.releases):
            folder = next((each for each in path.parents if each in known), None)
            if folder is None and path not in indexed:
                strange.add(path.parent)
        for folder in sorted(strange):
            yield Fault(
                _name(self.releases, folder),
                "no release tells of it; an interrupted build leaves one, the next replaces it",
            )


def _newest(record: Record, release_ids: Iterable[str]) -> dict[str, bytes]:
    """The release that was built last, and the hash of the trail's head then; empty where none was recorded."""
    lines = record.about("built")
    heads = [(line.detail["head"], each) for each in release_ids if (line := lines.get(each)) and "head" in line.detail]
    if not heads:
        return {}
    head, newest = max(heads, key=lambda one: int(one[0]["seq"]))
    return {newest: str(head["sha256"]).encode()}


def _deleted(record: Record, what: str) -> set[str]:
    """The submissions of which retention has deleted this."""
    return {line.subject for line in record.lines if line.event == DELETED and what in line.detail.get("files", ())}


class _Manifest(Shape):
    """What is read of a manifest."""

    files: dict[str, str] = Field(default_factory=dict)
    audit_head: Place | None = None


def _manifest(manifest: bytes) -> Mapping[str, Any]:
    """Empty where it cannot be read."""
    try:
        return _Manifest.model_validate_json(manifest).model_dump()
    except ValidationError:
        return {}


def _files(folder: Path) -> Iterator[Path]:
    """The files under a folder, in order; those being written, whose names are hidden, are left out."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _name(root: Path, path: Path) -> str:
    """How a stored file is called: by its place, from the folder of its kind on."""
    return f"{root.name}/{path.relative_to(root)}"
