"""What starts `receive_returns` when a file arrives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset, AssetWatcher
from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from assurance.errors import AssuranceError
from assurance.settings import read_settings
from assurance_airflow.catalogue_now import catalogue

if TYPE_CHECKING:
    from assurance.intake.landing import LandingPlace
    from assurance.model import Arrived

LOOK_SECONDS = 2.0
"""So long after one look at the landing place comes the next."""
LONGEST_LOOK_SECONDS = 60.0
"""A look that takes longer has failed: a mount that hangs says nothing by itself."""


class FilesArrive(BaseEventTrigger):
    """Fires when complete files lie in the landing place that did not lie there at the last look.

    At its first look every file is new, so what came while nobody looked is caught up: the run that this starts finds
    out what of it has been received. So the watch keeps no state, asks no warehouse, and fires at most once for a file
    as it is. A look that fails is told once, and the next one is taken: the watch itself never ends.
    """

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return f"{type(self).__module__}.{type(self).__qualname__}", {}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        seen, told = frozenset["Arrived"](), ""
        while True:
            try:
                found = await asyncio.wait_for(asyncio.to_thread(_complete_files), LONGEST_LOOK_SECONDS)
            except Exception as error:
                # the words of ours hold no value of a return; those of others may
                wrong = str(error) if isinstance(error, AssuranceError) else type(error).__name__
                if wrong != told:
                    self.log.warning("the landing place cannot be watched, and is tried again: %s", wrong)
                told = wrong
            else:
                if told:
                    self.log.warning("the landing place is watched again")
                told = ""
                if new := found - seen:
                    yield TriggerEvent({"files": len(new)})  # type: ignore[no-untyped-call]
                seen = found
            await asyncio.sleep(LOOK_SECONDS)


def _complete_files() -> frozenset[Arrived]:
    from assurance.intake.landing import files

    place = _landing_place()
    return frozenset(arrived for code in catalogue().collections for arrived in files(place, code))


@lru_cache(maxsize=1)
def _landing_place() -> LandingPlace:
    """The one of this process: that of an object store holds its connections."""
    from assurance.intake.landing import landing_place

    settings = read_settings()
    return landing_place(settings.landing_store or settings.landing)


FILE_ARRIVED = Asset(
    "file_arrived",
    uri="assurance://file_arrived",
    watchers=[AssetWatcher(name="landing_place", trigger=FilesArrive())],  # type: ignore[no-untyped-call]
)
"""Something complete lies in the landing place that did not before, or more than one run takes."""
