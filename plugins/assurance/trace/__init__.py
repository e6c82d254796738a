"""Where does a figure come from, and does everything stand as it was recorded?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assurance.errors import WarehouseError
from assurance.model import Fault


@dataclass(frozen=True)
class Verified:
    """What was looked at, and what of it is not as it was recorded."""

    looked_at: Mapping[str, int]
    """How many of each kind of thing."""
    faults: tuple[Fault, ...]
    notes: tuple[str, ...] = ()
    """What is no fault, and ought to be known."""

    def demand_whole(self) -> None:
        """Raise WarehouseError when anything is not as it was recorded."""
        if self.faults:
            raise WarehouseError(
                f"{len(self.faults)} things are not as they were recorded; the first: {self.faults[0]}; `assurance verify` "
                "names them all"
            )
