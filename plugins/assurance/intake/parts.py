"""What is in a return? Looks at it part by part, two parts at a time: a large one takes no more room than a small one.

What can only be asked of all rows together is asked before the parts, of the few columns that it is about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Collection as Members
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain

import pyarrow as pa
import pyarrow.compute as pc

from assurance.catalogue import Collection, Expectation
from assurance.intake.checks import asked_of_the_whole
from assurance.intake.counting import added, count
from assurance.intake.rules.statement import (
    Failed,
    Failure,
    Parameters,
    Wanted,
    cannot_fail,
    every_entry,
    failed,
    looks_at_each_row,
)
from assurance.intake.staging import Staged, Typing, accepted_rows, name
from assurance.model import Counted

Keep = Callable[[pa.Table], None]
"""Takes the rows that count, a part at a time, in their order."""

AT_A_TIME = 2
MOST_PLACES = 1_001
"""Of one entry, one more than are ever told."""
HALF = (1 << 64) - 1


@dataclass(frozen=True)
class Found:
    """What is in a return, or in a part of it."""

    failures: tuple[Failure, ...]
    """The failing places, by row and entry; of each entry no more than `MOST_PLACES`."""
    held_back: frozenset[int]
    """The rows that do not count, though the return does."""
    counted: Counted
    numbers: tuple[int, ...]
    """The answers to what the checks of the whole ask."""
    content: tuple[int, int, int]
    """The rows, and the sums of both halves of a hash of each: a sum does not care for the order of the rows."""


def look(
    typing: Typing,
    suite: Sequence[Expectation],
    parameters: Parameters,
    held_back: Members[int],
    keep: Keep | None = None,
) -> Found:
    """What is in a return; `held_back` are rows that are kept out for what the reader found."""
    parts = typing.parts()
    if len(parts) == 1:
        found, rows = _part(typing, suite, parameters, every_entry, frozenset(held_back), keep is not None, parts[0])
        if keep is not None and rows is not None:
            keep(rows)
        return found
    together = _of_all_rows(typing, suite, parameters)
    held = together.held_back.union(held_back)
    look_at = partial(_part, typing, suite, parameters, looks_at_each_row, held, keep is not None)
    looked_at: list[Found] = []
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        for found, rows in pool.map(look_at, parts):
            looked_at.append(found)
            if keep is not None and rows is not None:
                keep(rows)
    return _together(together, looked_at)


def _together(of_all_rows: Failed, parts: Sequence[Found]) -> Found:
    return Found(
        failures=_capped(chain(of_all_rows.places, *(part.failures for part in parts))),
        held_back=frozenset().union(*(part.held_back for part in parts)),
        counted=added(part.counted for part in parts),
        numbers=tuple(map(sum, zip(*(part.numbers for part in parts), strict=True))),
        content=_sums(part.content for part in parts),
    )


def _of_all_rows(typing: Typing, suite: Sequence[Expectation], parameters: Parameters) -> Failed:
    staged = typing.whole()
    try:
        return failed(suite, staged, parameters, lambda entry: not looks_at_each_row(entry), most=MOST_PLACES)
    finally:
        staged.close()


def _part(
    typing: Typing,
    suite: Sequence[Expectation],
    parameters: Parameters,
    wanted: Wanted,
    held_back: frozenset[int],
    with_rows: bool,
    part: pa.Table,
) -> tuple[Found, pa.Table | None]:
    staged = typing.stage(part)
    try:
        plain = plain_columns(typing.collection, part)
        fails = failed(
            suite,
            staged,
            parameters,
            lambda entry: wanted(entry) and not cannot_fail(entry, plain),
            most=MOST_PLACES,
            held_back=held_back,
        )
        (said,) = staged.rows(f"select {', '.join(_asked(typing.collection, staged))} from staged")
        found = Found(
            failures=fails.places,
            held_back=fails.held_back | held_back,
            counted=count(typing.collection, staged, typing.in_scope),
            numbers=tuple(map(int, said[3:])),
            content=(said[0], int(said[1] or 0), int(said[2] or 0)),
        )
        return found, accepted_rows(typing.collection, staged) if with_rows else None
    finally:
        staged.close()


def plain_columns(collection: Collection, part: pa.Table) -> frozenset[str]:
    """The staged names of the columns whose cells are printable ASCII, all of them: to ask Arrow takes next to nothing."""
    names = (column.name for column in collection.columns if column.name in part.column_names)
    return frozenset(f"{name}_text" for name in names if pc.all(pc.ascii_is_printable(part[name])).as_py() is not False)


def _asked(collection: Collection, staged: Staged) -> tuple[str, ...]:
    """What is asked of the part as it was sent: how many rows, the two sums, and what the checks want to know."""
    cells = (
        f"coalesce({name(f'{column.name}_text')}, '')"
        for column in collection.columns
        if column.type not in ("return_id", "period")
    )
    row = f"md5_number(concat_ws(chr(31), {', '.join(cells)}))"
    checks = asked_of_the_whole(collection, staged.period) if collection.grain == "case" else ()
    halves = (f"sum(cast({half} as hugeint))" for half in (f"{row} >> 64", f"{row} & {HALF}::uhugeint"))
    return ("count(*)", *halves, *checks)


def _sums(contents: Iterable[tuple[int, int, int]]) -> tuple[int, int, int]:
    rows, low, high = map(sum, zip(*contents, strict=True))
    return rows, low, high


def _capped(places: Iterable[Failure]) -> tuple[Failure, ...]:
    """The places of all parts by row and entry, once more no more of an entry than are ever told."""
    ordered = sorted(places, key=lambda place: (-1 if place.row_no is None else place.row_no, place.entry))
    times: dict[int, int] = {}
    capped = []
    for place in ordered:
        times[place.entry] = times.get(place.entry, 0) + 1
        if times[place.entry] <= MOST_PLACES:
            capped.append(place)
    return tuple(capped)
