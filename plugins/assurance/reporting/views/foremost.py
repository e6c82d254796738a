"""Which of many standards that differ has the page of an Area a line for? It is mailed, and must stay small."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from assurance.measures.agreement import Differences
from assurance.measures.words import Leaning

MOST_LINES = 6
"""An Area's page names no more, unless in more of them a side is named."""
NAMED = (Leaning.GENEROUS, Leaning.STRICTER)


class Line(Protocol):
    """A standard, and which side its differences lean to."""

    @property
    def leaning(self) -> Leaning: ...


Standard = TypeVar("Standard", bound=Line)


def foremost(lines: Sequence[Standard], found: Callable[[Standard], Differences]) -> tuple[Standard, ...]:
    """All in which a side is named, and of the others those that differ most, as far as there is room; in their order."""
    ranked = sorted(lines, key=lambda line: (line.leaning not in NAMED, -(found(line).share or 0)))
    named = sum(line.leaning in NAMED for line in lines)
    chosen = ranked[: max(MOST_LINES, named)]
    return tuple(line for line in lines if line in chosen)
