"""Releases of the collections that ship, in the states that the gates look at: fourteen Areas, no return, a first month."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cache

from builders import PERIOD, READ, S, release, with_rows

from assurance.catalogue import Collection, load_catalogue
from assurance.model import ReturnState, Scale
from assurance.reporting.facts import ReleaseFacts
from tests.rules.builders import EXPECTATIONS

COLLECTIONS = ("bcm", "outcomes")
MONTHS = 30
SPLIT, NEW = "LON", ("LNN", "LNS")
ABSENT = "EMD"
"""Who sends no return where somebody does not."""


@cache
def of_fourteen(code: str) -> Collection:
    """A collection that ships, in an organisation whose London was split long ago."""
    made = load_catalogue(EXPECTATIONS).collection(code)
    since = date(2012, 4, 1)
    areas = []
    for area in made.areas:
        if area.code == SPLIT:
            area = replace(area, valid_to=since)
        elif area.code in NEW:
            area = replace(area, valid_from=since)
        areas.append(area)
    return replace(made, areas=tuple(areas), standards=made.standards_in(PERIOD))


def releases() -> Iterator[tuple[str, ReleaseFacts]]:
    """Every collection in every state, by name."""
    for code in COLLECTIONS:
        of = of_fourteen(code)
        yield f"{code}-fourteen", _release(of, states={"NEA": S.NIL, "WSX": S.ACCEPTED_WITH_QUERIES})
        yield f"{code}-no-return", _release(of, states=dict.fromkeys(_owing(of), S.MISSING))
        yield f"{code}-first-month", _release(of, months=1, states={ABSENT: S.MISSING, "SEA": S.REJECTED})


def _owing(of: Collection) -> list[str]:
    return [area.code for area in of.areas_owing(PERIOD)]


def _release(of: Collection, states: Mapping[str, ReturnState], months: int = MONTHS) -> ReleaseFacts:
    """Rates that differ between Areas and from month to month, so that every section has something to say."""
    codes = _owing(of)
    rates = {
        code: [0.72 + 0.22 * rank / len(codes) + 0.01 * ((month * 7 + rank) % 5) for month in range(months)]
        for rank, code in enumerate(codes)
    }
    given = [(reason.code, "Y", "N", 3) for reason in of.reason_list]
    graded = [standard.code for standard in of.standards if standard.scale is Scale.GRADED]
    read = [(who, code, *rest) for code in graded[:2] for who, _, *rest in READ[:4]]
    return with_rows(release(of=of, months=months, rates=rates, states=states, late=("CYW",), given=given, read=read))
