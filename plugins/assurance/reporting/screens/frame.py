"""What stands on every screen: the ways to the others, to other months and collections, and who sees what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assurance.catalogue import Collection
from assurance.model import Period
from assurance.reporting.pages import rendered

STYLE = "index.css"


@dataclass(frozen=True)
class Frame:
    """Where a screen stands among the others, and whose it is."""

    root: str
    """The address below which all screens lie."""
    collection: Collection
    collections: Mapping[str, str]
    """The titles of those that have such a screen, by code."""
    here: str
    """The name of this screen, as it stands in its address."""
    areas: frozenset[str] | None
    """The codes of the Areas whose reader this is; None for one who may see all."""
    sees: str
    """Who sees what, in a sentence."""
    period: Period | None = None
    """The month it is about, where it is about one."""

    @property
    def ways(self) -> tuple[tuple[str, str, bool], ...]:
        """Name and address of each screen this reader may open, and whether it is this one."""
        month = f"{self.collection.code}/{self.period}" if self.period else self.collection.code
        ways = [("board", "Month", month), ("releases", "Releases", f"{self.collection.code}/index.html")]
        ways += [("findings", "Findings", month)]
        ways += [("outbox", "Outbox", self.collection.code)] if self.areas is None else []
        offered = ways if self.collection.read is None else [way for way in ways if way[0] in ("findings", "outbox")]
        return tuple((label, self.to(name, place), name == self.here) for name, label, place in offered)

    @property
    def others(self) -> tuple[tuple[str, str], ...]:
        """Title and address of this screen of each other collection."""
        end = "/index.html" if self.here == "releases" else ""
        return tuple(
            (title, self.to(self.here, f"{code}{end}"))
            for code, title in self.collections.items()
            if code != self.collection.code
        )

    def of_month(self, months: int) -> str:
        """The address of this screen so many months later (earlier when negative)."""
        assert self.period, f"{self.here} is about no month"
        return self.to(self.here, f"{self.collection.code}/{self.period.plus(months)}")

    def to(self, screen: str, place: str) -> str:
        """The address of a place of a screen."""
        return f"{self.root}/{screen}/{place}"


def screen(frame: Frame, reports: Path, **values: object) -> bytes:
    """A screen by its name, as one HTML page."""
    return rendered(
        reports, f"screens/{frame.here}", STYLE, frame=frame, collection=frame.collection, **values
    ).encode()
