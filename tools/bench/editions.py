"""What do the pages of one release cost, and its workbooks and letters on top? 14 Areas, every standard, three years.

Measured in a process that holds nothing else: the times of a warm one, and how much memory it takes.
"""

from __future__ import annotations

import json
import pickle
from dataclasses import dataclass

from assurance.steps import PACKAGE_VERSION
from assurance.warehouse.releases import gather
from tools.bench.data import COLLECTION, LAST, Data
from tools.bench.spent import cold
from tools.bench.table import ratio, table

EDITIONS = "editions"
BEHIND = 36
"""Months behind the last one."""
MOST_SECONDS, MOST_MEGABYTES = 1, 150
"""The goals of the pages."""
HEADER = ("what", "ms", "CPU ms", "floor ms", "CPU ms", "ratio", "MB more", "peak MB", "the floor is")


@dataclass(frozen=True)
class Line:
    """One line of the table, by the name under which it is measured."""

    what: str
    measured: str
    floor_is: str


LINES = (
    Line("figures and 16 pages", "pages", "figures, and their numbers as bare cells"),
    Line("16 workbooks", "workbooks", "such cells, compressed"),
    Line("15 letters", "letters", "their 15 pictures drawn"),
)


def measured(data: Data, rounds: int) -> str:
    """The table, and how the goals were kept."""
    facts, out = data.folder / "facts.pickle", data.folder / "editions.json"
    reports = data.steps(data.folder).settings.reports
    facts.write_bytes(pickle.dumps(_facts(data)))
    cold(["-m", "tools.bench.rendering", str(facts), str(reports), str(out), str(rounds)])
    found = json.loads(out.read_text(encoding="utf-8"))
    return told(found["times"], found["memory"])


def told(times: dict[str, list[float]], memory: dict[str, list[float]]) -> str:
    """One line a work; memory is what the process held more after it than at its begin, and its peak until then."""
    rows = []
    for line in LINES:
        of, floor = times[line.measured], times[f"{line.measured} bare"]
        now, peak = memory[line.measured]
        spent = (f"{1000 * seconds:,.0f}" for seconds in (*of, *floor))
        held = (f"{now - memory['begin'][0]:,.0f}", f"{peak:,.0f}")
        rows.append((line.what, *spent, ratio(of[0], floor[0]), *held, line.floor_is))
    seconds, peak = times["pages"][0], memory["pages"][1]
    goals = f"pages: {seconds:.2f} s of {MOST_SECONDS} s, {peak:.0f} MB of {MOST_MEGABYTES} MB, in a process of its own"
    return f"{table(HEADER, rows, words=(0, len(HEADER) - 1))}\n\n{goals}"


def _facts(data: Data) -> object:
    collection = data.steps(data.folder, expectations=data.of_fourteen).collection(COLLECTION)
    steps = data.steps(data.filled(BEHIND + 1, collection), expectations=data.of_fourteen)
    with steps.warehouse.reading() as connection:
        return gather(
            connection,
            collection,
            LAST,
            since=LAST.plus(-BEHIND),
            package_version=PACKAGE_VERSION,
            signed_off_by_setting=True,
        )
