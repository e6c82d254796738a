"""From a published number back to the returns it was counted from, and whether everything stands as it was recorded."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from assurance.errors import FigureError, ReleaseError
from assurance.intake.turns import in_turn
from assurance.intake.unmet import unmet_rows
from assurance.measures.figures import LONGEST_WINDOW
from assurance.measures.second_readings import READ_MONTHS
from assurance.model import NATION, Fault, Submission, UnmetRows
from assurance.reporting.facts import ReleaseFacts
from assurance.reporting.figure_id import FigureId
from assurance.reporting.measured import measure
from assurance.reporting.pages import checks_path
from assurance.reporting.release import FIGURES, content_sha256, read_release, render
from assurance.steps.building import rows_deleted
from assurance.steps.common import PACKAGE_VERSION, READERS, telling_no_value
from assurance.steps.releases import ReleaseSteps
from assurance.trace import Verified
from assurance.trace.explain import Explanation, Source, explained, published_line, rows_of
from assurance.trace.rebuild import different_figures, different_files
from assurance.trace.recount import Prepared, Recount, Recounting
from assurance.trace.stored import DELETED, Stored
from assurance.warehouse import queries, trail
from assurance.warehouse.archive import archive_path
from assurance.warehouse.engine import Connection, Role
from assurance.warehouse.queries import SQL
from assurance.warehouse.releases import Release, built_with, gather, releases


class TracingSteps(ReleaseSteps):
    """From a release back to the bytes that were received."""

    def verify(self) -> Verified:
        """Hold every line of the audit trail, every row and every stored file against each other.

        What is written meanwhile may stand in one place and not yet in the other: a fault is told that is seen twice.
        """
        once = self._verified()
        if not once.faults:
            return once
        twice = self._verified()
        return replace(twice, faults=tuple(fault for fault in twice.faults if fault in once.faults))

    @telling_no_value
    def explain(self, name: str, *, rows: bool = False, recount: bool = False) -> Explanation:
        """Where a published number comes from, by its id: see `Explanation`.

        `rows` adds the numbers of the rows behind it; `recount` counts its submissions anew from their kept bytes.
        """
        wanted = FigureId.parse(name)
        with self.warehouse.reading(Role.AUDITOR) as connection:
            found = self._released(connection, wanted)
            line = published_line(read_release(self.settings.releases, found.release_id)[FIGURES], wanted)
            facts = self._facts_of(connection, found)
            told = explained(wanted, line, measure(facts))
            counting = self._recounting(connection)
            stored = trail.counted(connection) if recount else {}
        if rows:
            told = replace(told, sources=tuple(self._with_rows(source, wanted, facts) for source in told.sources))
        if recount:
            behind = [*(source.submission for source in told.sources), *told.earlier]
            recounts = list(self._recounts(counting, facts, behind, stored))
            faults = tuple(fault for each in recounts for fault in each.faults)
            told = replace(told, faults=faults, recounted=sum(each.from_bytes for each in recounts))
        return told

    @telling_no_value
    def verify_release(self, release_id: str) -> Verified:
        """Build a release again from the bytes that were received, and compare with what lies in its folder.

        Each submission is read and counted by the rules of its time, and the pages are made from what was known then.
        """
        with self.warehouse.reading(Role.AUDITOR) as connection:
            found = self._named_release(connection, release_id)
            made, facts = built_with(connection, release_id), self._facts_of(connection, found)
            counting = self._recounting(connection)
            stored, pairs = trail.counted(connection), trail.pairs(connection)
            before = releases(connection, found.collection, found.period, made.as_of)
            deleted = {one.area for one in facts.returns_of_cases if rows_deleted(connection, one, made.as_of)}
        stands = read_release(self.settings.releases, release_id)
        recounts = list(self._recounts(counting, facts, facts.inputs, stored))
        faults = [fault for each in recounts for fault in each.faults]
        faults += self._pairs_anew(counting, facts, pairs)
        facts, as_they_stand = self._with_unmet(counting, facts, deleted, stands)
        if made.package == PACKAGE_VERSION and facts.inputs_sha256 != found.inputs_sha256:
            faults.append(Fault(f"release {release_id}", "is not made from what was known when it was built"))
        measured = measure(facts, self.stated_by(before[-1]) if before else None)
        rebuilt = render(measured, self.settings.reports, made.head, as_they_stand)
        looked_at = {
            "submissions counted anew": sum(each.from_bytes for each in recounts),
            "second readings held anew against what they read": len(facts.readings),
            "files compared": len(stands),
        }
        notes = []
        if made.package == PACKAGE_VERSION:
            faults += different_files(release_id, stands, rebuilt)
        else:
            notes.append(
                f"built by version {made.package} of the package, and this is {PACKAGE_VERSION}: the same bytes cannot be "
                "expected, so the figures are compared instead"
            )
            faults += different_figures(release_id, stands, rebuilt)
        if content_sha256(stands) != found.content_sha256:
            faults.append(Fault(f"release {release_id}", "its files are not those whose hash the warehouse has"))
        by_tally = [each for each in recounts if not each.from_bytes]
        if by_tally:
            notes.append(
                f"the kept bytes of {len(by_tally)} submissions were deleted by retention: taken from their tally"
            )
        if as_they_stand:
            notes.append(
                f"the rows of {len(as_they_stand)} submissions are gone, kept bytes and archive: their pages of unmet checks "
                "are taken as they stand"
            )
        return Verified(looked_at, tuple(faults), tuple(notes))

    def _released(self, connection: Connection, wanted: FigureId) -> Release:
        """The release that the id of a figure names, unchanged since it was built; FigureError says what there is."""
        if wanted.collection not in self.catalogue.collections:
            there = ", ".join(sorted(self.catalogue.collections))
            raise FigureError(f"the first part of the id, the collection, is {wanted.collection!r}; there are: {there}")
        there_are = releases(connection, wanted.collection, wanted.period)
        if not there_are:
            raise FigureError(f"the second part of the id: {wanted.collection} has no release of {wanted.period}")
        if wanted.number not in (numbers := [each.number for each in there_are]):
            raise FigureError(
                f"the third part of the id: there is no release {wanted.number} of {wanted.period}; there are: "
                f"{', '.join(map(str, numbers))}"
            )
        found = next(each for each in there_are if each.number == wanted.number)
        if content_sha256(read_release(self.settings.releases, found.release_id)) != found.content_sha256:
            raise ReleaseError(
                f"release {found.release_id} was changed after it was built; `assurance verify` says where"
            )
        return found

    def _facts_of(self, connection: Connection, built_release: Release) -> ReleaseFacts:
        """What a release was made from, as it was known then."""
        made = built_with(connection, built_release.release_id)
        return gather(
            connection,
            self._collection_of(built_release.collection, made.catalogue),
            built_release.period,
            since=built_release.period.plus(1 - LONGEST_WINDOW),
            package_version=made.package,
            signed_off_by_setting=made.signed_off_by_setting,
            as_of=made.as_of,
            readings=tuple(self._collection_of(*one) for one in sorted(made.read_by.items())),
            read_since=built_release.period.plus(1 - READ_MONTHS),
        )

    def _recounting(self, connection: Connection) -> Recounting:
        deleted = frozenset(row["subject"] for row in queries.rows(connection, "audit/about", event=DELETED))
        return Recounting(self.settings.kept, self._read, lru_cache(self._collection_of), deleted)

    def _recounts(
        self,
        counting: Recounting,
        facts: ReleaseFacts,
        submissions: Sequence[Submission],
        stored: Mapping[str, Mapping[str, Sequence[queries.Row]]],
    ) -> Iterator[Recount]:
        """Each submission counted anew; while one is counted, others are read."""

        def prepared(one: Submission) -> Prepared | Recount:
            return counting.prepared(one, facts.judged[one.submission_id].catalogue)

        with closing(in_turn(READERS, prepared, submissions)) as read:
            for one, reading in read:
                own = {table: of_submission.get(one.submission_id, ()) for table, of_submission in stored.items()}
                yield counting.of(reading.result(), own)

    def _pairs_anew(
        self, counting: Recounting, facts: ReleaseFacts, stored: Mapping[tuple[str, str], trail.Pair]
    ) -> Iterator[Fault]:
        """What second readings and the own answers come to, counted anew from the kept bytes of both."""
        own = {(one.area, one.period): one for one in facts.inputs}
        for reading in facts.readings:
            if not (read := own.get((reading.area, reading.period))):
                continue
            sides = [counting.prepared(one, facts.judged[one.submission_id].catalogue) for one in (reading, read)]
            first, second = sides
            if isinstance(first, Prepared) and isinstance(second, Prepared):
                yield from counting.pair(first, second, stored[reading.submission_id, read.submission_id])
            yield from (fault for one in sides if isinstance(one, Recount) for fault in one.faults)

    def _with_unmet(
        self, counting: Recounting, facts: ReleaseFacts, deleted: Container[str], stands: Mapping[str, bytes]
    ) -> tuple[ReleaseFacts, dict[str, bytes]]:
        """The facts with the rows of unmet checks, from the kept bytes; or from the archive, where these are gone.

        Where both are gone, the pages that name them, as they stand. `deleted`: the Areas of whose rows retention had
        deleted some when the release was built.
        """
        unmet, as_they_stand = dict[str, tuple[UnmetRows, ...] | None](), {}
        for one in facts.returns_of_cases:
            unmet[one.area] = None
            if one.area in deleted:
                continue
            with TemporaryDirectory() as folder:
                read = counting.prepared(one, facts.judged[one.submission_id].catalogue)
                rows = counting.rows(read, Path(folder)) if isinstance(read, Prepared) else None
                rows = rows or archive_path(self.settings.archive, one)
                if rows.is_file():
                    unmet[one.area] = unmet_rows(facts.collection, facts.standards, rows)
                elif (path := checks_path(one.area)) in stands:
                    as_they_stand[path] = stands[path]
        return replace(facts, unmet=unmet), as_they_stand

    def _with_rows(self, source: Source, wanted: FigureId, facts: ReleaseFacts) -> Source:
        collection = self._collection_of(source.submission.collection, source.catalogue)
        pooled = [standard.code for standard in facts.standards if standard.counted]
        standards = pooled if wanted.standard == NATION else [wanted.standard]
        return replace(source, rows=rows_of(collection, self.settings.archive, source.submission, standards))

    def _verified(self) -> Verified:
        with self.warehouse.reading(Role.AUDITOR) as connection:
            found = trail.record(connection)
        places = self.settings
        stored = Stored(places.kept, places.catalogues, places.archive, places.releases)
        faults = (*trail.faults(found, SQL / "migrations"), *stored.faults(found))
        return Verified({**trail.counts(found), **stored.looked_at}, faults, (*trail.notes(found), *stored.notes))
