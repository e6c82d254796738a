"""Releases of many months, as the audit trail tells of them: three of the last month, one of each before."""

from __future__ import annotations

from datetime import datetime, timedelta

from builders import PERIOD, RELEASES

from assurance.model import Period, ReturnState
from assurance.reporting.facts import Built, Cause, CauseKind, Head, Told
from assurance.reporting.index import Condition, Lying

COLLECTION = RELEASES["usual"].collection
AREAS = tuple(area.code for area in COLLECTION.areas)
STATES = tuple(ReturnState)
WHY = (Cause(CauseKind.NEW_VERSION, AREAS[0], PERIOD, "01", "02"), Cause(CauseKind.RULES))
TABLES = ("figures.csv", "manifest.json", "restatement.csv", "shareable.csv", "shareable.html", "national.html")
OF_EDITIONS = tuple(f"{kind}/{code}.html" for code in AREAS for kind in ("areas", "trace"))
HERE = Lying(Condition.AS_BUILT, tuple(sorted((*TABLES, *OF_EDITIONS, "trace/ALL.html", "letters/ALL.json"))))
LOST = Lying(Condition.MISSING)


def told(place: int, number: int = 1, areas: tuple[str, ...] = AREAS) -> Told:
    """What a release says: each state comes in each Area once in a while, and so does a late return."""
    states = {code: STATES[(place + at) % len(STATES)] for at, code in enumerate(areas)}
    late = tuple(code for code, state in states.items() if state.has_figures and place % 2)
    moved = {"moved": 14, "at_once": 3, "why": WHY} if number > 1 else {}
    return Told(states, late, (900 + place, 1000) if place % 7 else None, **moved)  # type: ignore[arg-type]


def release(period: Period, number: int, place: int, said: Told | None) -> Built:
    seq = 10_000 - 10 * place + number
    return Built(
        f"letters/{period}/{number}",
        period,
        number,
        f"{seq:032x}" * 2,
        datetime(2026, 11, 10, 9, 30) - timedelta(days=30 * place - number),
        Head(seq, f"{seq + 1:064x}"),
        said,
        signed_at=datetime(2026, 11, 12, 17) if number == 2 else None,
        approved_by="setting" if number == 2 else "",
    )


def built(months: int, areas: tuple[str, ...] = AREAS) -> list[Built]:
    """The newest first; the oldest is from before anything was told of a release."""
    last = [release(PERIOD, number, 1, told(1, number, areas)) for number in (3, 2, 1)]
    before = [release(PERIOD.plus(-place), 1, place + 1, told(place + 1, 1, areas)) for place in range(1, months - 1)]
    return [*last, *before, release(PERIOD.plus(1 - months), 1, months, None)]
