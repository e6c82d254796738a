"""A process of its own that visits a warehouse, and says on its output how far it is: refused, in, done.

    python visitor.py URL write|read|hold

It stays in until it is told a line on its input.
"""

from __future__ import annotations

import sys
from datetime import datetime

from assurance.warehouse import audit, engine, queries

NOW = datetime(2026, 11, 2, 9, 30)
refused = engine._held_by_another


def tell(word: object) -> None:
    print(word, flush=True)


def told_when_refused(error: BaseException) -> bool:
    """What decides whether to try again, but the first refusal is told."""
    if refused(error) and not told:
        told.append("refused")
        tell("refused")
    return refused(error)


told: list[str] = []
engine._held_by_another = told_when_refused


def main(url: str, manner: str) -> None:
    warehouse = engine.Warehouse(url)
    if manner == "hold":
        with warehouse.held():
            tell("in")
            sys.stdin.readline()
    elif manner == "read":
        with warehouse.reading() as connection:
            tell("in")
            sys.stdin.readline()
            tell(len(queries.rows(connection, "audit/lines")))
    else:
        with warehouse.transaction() as connection:
            audit.record(connection, "received", "a visitor", {}, NOW)
            tell("in")
            sys.stdin.readline()
    tell("done")


main(*sys.argv[1:])
