"""Which months are out of date? Those whose last release rests on other returns or second readings than count now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from assurance.keys import month_key
from assurance.measures.figures import LONGEST_WINDOW
from assurance.measures.restatement import Moved, calls_for_a_release, moved, stated
from assurance.measures.second_readings import READ_MONTHS
from assurance.model import Period
from assurance.reporting.facts import Cause, CauseKind
from assurance.reporting.release import read_published, release_figures
from assurance.steps.figures import FigureSteps, Known
from assurance.warehouse.engine import Connection, Role
from assurance.warehouse.releases import Release, outdated, read_otherwise, release

EARLIEST, LATEST = Period(1, 1), Period(9998, 12)


@dataclass(frozen=True)
class Restatement:
    """A released month that rests on other returns or second readings now than its last release was made from."""

    release: Release
    causes: tuple[Cause, ...]
    """The returns that are others, by period and Area; then whether second readings are."""
    moved: tuple[Moved, ...]
    """What a new release would state differently."""

    @property
    def at_once(self) -> bool:
        """Whether readers must hear of it at once; what is smaller waits until the month is released for another reason."""
        return calls_for_a_release(self.moved)

    @property
    def month(self) -> str:
        """The partition key of the month."""
        return month_key(self.release.collection, self.release.period)


class RestatingSteps(FigureSteps):
    """Released months, held against what counts now."""

    def restatements(self, collection: str, months: Iterable[Period]) -> tuple[Restatement, ...]:
        """Which of these months are out of date, by what, and what would a new release state differently?

        A month is out of date while a return within its windows is another than its last release was made from, or a
        second reading is.
        """
        wanted = frozenset(months)
        if not wanted:
            return ()
        with self.warehouse.reading(Role.MEASURE) as connection:
            found = self._outdated(connection, collection, min(wanted), max(wanted))
        return tuple(self._restatement(*one) for one in found if one[0].period in wanted)

    def _outdated(
        self, connection: Connection, collection: str, first: Period, last: Period
    ) -> list[tuple[Release, tuple[Cause, ...], Known | None]]:
        """The last releases of these months that are out of date, why, and what they would be made from now.

        None where only second readings are others, for they move no figure.
        """
        found: dict[str, list[Cause]] = {}
        for one in outdated(connection, collection, first, last, LONGEST_WINDOW):
            found.setdefault(one.release_id, []).append(one.cause)
        by_returns = set(found)
        readings = [one.code for one in self.catalogue.readings_of(collection)]
        for release_id in read_otherwise(connection, collection, readings, first, last, READ_MONTHS):
            found.setdefault(release_id, []).append(Cause(CauseKind.READINGS))
        made = {release_id: release(connection, release_id) for release_id in sorted(found)}
        return [
            (
                of,
                tuple(found[release_id]),
                self._known(connection, collection, of.period) if release_id in by_returns else None,
            )
            for release_id, of in made.items()
            if of is not None
        ]

    def _restatement(self, of: Release, causes: tuple[Cause, ...], known: Known | None) -> Restatement:
        if known is None:
            return Restatement(of, causes, ())
        before = read_published(self.settings.releases, of.release_id, of.content_sha256)
        return Restatement(of, causes, moved(before, map(stated, release_figures(*known))))
