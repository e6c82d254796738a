"""Which returns is a month released without? A person decides so, and it stands until a person takes it back."""

from __future__ import annotations

from collections.abc import Sequence

from assurance.catalogue import Collection
from assurance.errors import ReleaseError
from assurance.model import Period, ReturnStatus, one_line
from assurance.steps.common import CommonSteps
from assurance.warehouse import left_out
from assurance.warehouse.engine import Role, lock
from assurance.warehouse.left_out import LEFT_OUT, TAKEN_IN
from assurance.warehouse.submissions import statuses


class LeavingOutSteps(CommonSteps):
    """What an approver decides of a return that is in doubt. The next build of the month is made so; none is made here."""

    def decide(
        self,
        collection: str,
        period: Period,
        *,
        leave_out: Sequence[str] = (),
        take_in: Sequence[str] = (),
        by: str,
        reason: str,
    ) -> None:
        """Both decisions at once, before a month is built; none where no Area is named. ReleaseError without a reason."""
        if not leave_out and not take_in:
            return
        try:
            why = one_line(reason)
        except ValueError as error:
            raise ReleaseError(f"reason for leaving a return out, or taking it in again: {error}") from None
        if leave_out:
            self.leave_out(collection, period, leave_out, by, why)
        if take_in:
            self.take_in(collection, period, take_in, by, why)

    def leave_out(self, collection: str, period: Period, areas: Sequence[str], by: str, reason: str) -> None:
        """Make no release from these Areas' returns for a period, in whatever version, until they are taken in again.

        The returns stay in force and are not deleted. Said again in the same words it is entered once.
        """
        described = self._reported(collection)
        with self.warehouse.transaction(Role.MEASURE) as connection:
            lock(connection, collection)
            found = _named(described, period, areas, statuses(connection, described, period))
            for status in found:
                if not status.is_in:
                    raise ReleaseError(
                        f"no return of {status.area.code} for {period} counts (it is {status.state.value}), so there is "
                        "nothing to leave out: the release says so as it is"
                    )
            for status in found:
                left_out.enter(connection, LEFT_OUT, collection, period, status.area.code, by, reason, self.clock())

    def take_in(self, collection: str, period: Period, areas: Sequence[str], by: str, reason: str) -> None:
        """Take returns in again that were left out: the next build is made with whatever version counts then.

        Said again in the same words it is entered once, so a task that is tried again does no harm.
        """
        described = self._reported(collection)
        with self.warehouse.transaction(Role.MEASURE) as connection:
            lock(connection, collection)
            for status in _named(described, period, areas, statuses(connection, described, period)):
                area = status.area.code
                if not left_out.was_left_out(connection, collection, period, area):
                    raise ReleaseError(f"the return of {area} for {period} is not left out")
                left_out.enter(connection, TAKEN_IN, collection, period, area, by, reason, self.clock())


def _named(
    collection: Collection, period: Period, areas: Sequence[str], returns: Sequence[ReturnStatus]
) -> list[ReturnStatus]:
    """The returns of these Areas, each once; ReleaseError for an Area that owes none."""
    of_area = {status.area.code: status for status in returns}
    for area in areas:
        if area not in of_area:
            raise ReleaseError(
                f"{area} owes no return of {collection.code} for {period}; those who do: {', '.join(of_area) or 'nobody'}"
            )
    return [of_area[area] for area in dict.fromkeys(areas)]
