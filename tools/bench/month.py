"""What does a whole month cost by the command line, in cold processes, beside the floor on the same data?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from assurance.intake.reading import read_text
from tools.bench.data import COLLECTION, IN_WORKBOOKS, LAST, Data, correct
from tools.bench.files import LARGE, PROGRAM
from tools.bench.spent import NEVER, Spent, cold, timed
from tools.bench.table import ratio, table
from tools.by_hand import ASKED

HELD = "import gc; from assurance.cli.program import SELDOM; gc.set_threshold(SELDOM); import assurance.steps, pandas"
WITH_GX = "from assurance.intake.rules import gate"
QUERIES = 10
"""With what `assurance receive` ends when there is something to ask about."""


@dataclass(frozen=True)
class Month:
    """One month to be measured."""

    name: str
    size: str
    workbooks: bool
    rounds: int


MONTHS = (
    Month("S", "S", False, 3),
    Month("M", "M", False, 2),
    Month("M, 5 XLSX", "M", True, 2),
    Month("L", "L", False, 1),
)


@dataclass(frozen=True)
class Costs:
    """The best of all rounds of a month."""

    receive: Spent
    build: Spent
    floor: Spent
    corrected: Spent
    """One Area sends again: received and built."""
    again: Spent
    """The same commands again, with nothing new."""
    reading: Spent
    """The workbooks read safely, two at a time."""

    @property
    def whole(self) -> Spent:
        return self.receive + self.build


NOTHING_YET = Costs(NEVER, NEVER, NEVER, NEVER, NEVER, NEVER)


class Months:
    """The months with what they cost, round by round."""

    def __init__(self, data: Data, months: Sequence[Month] = MONTHS) -> None:
        self.data, self.months = data, months
        self.costs = dict.fromkeys(months, NOTHING_YET)
        self.importing = (NEVER, NEVER)
        self.bytes_an_answer: dict[Month, float] = {}

    def measure(self) -> None:
        """All rounds, the months taking turns."""
        for number in range(max(month.rounds for month in self.months)):
            importing = (cold(["-c", HELD]), cold(["-c", f"{HELD}; {WITH_GX}"]))
            self.importing = (self.importing[0].best(importing[0]), self.importing[1].best(importing[1]))
            for month in self.months:
                if number < month.rounds:
                    self._round(month)

    def _round(self, month: Month) -> None:
        home = self.data.home(self.data.landing(month.size, workbooks=month.workbooks))
        receive, build = self._receive(home), self._build(home)
        self.bytes_an_answer[month] = bytes_an_answer(home)
        again = corrected = Spent(0, 0)
        if not month.workbooks:  # else they cost what they cost without
            again = self._receive(home) + self._build(home)
            correct(home / "landing")
            corrected = self._receive(home) + self._build(home)
        # the floor has no reader of workbooks: it is given the CSV that those Areas could have sent
        landing = self.data.landing(month.size) / COLLECTION
        floor = cold(["-m", "tools.floor", str(landing), str(home / "floor")])
        reading = timed(lambda: self._read_workbooks(home)) if month.workbooks else Spent(0, 0)
        found, before = (receive, build, floor, corrected, again, reading), self.costs[month]
        known = (before.receive, before.build, before.floor, before.corrected, before.again, before.reading)
        self.costs[month] = Costs(*(new.best(old) for new, old in zip(found, known, strict=True)))

    def _receive(self, home: Path) -> Spent:
        return self._command(home, "receive", "--collection", COLLECTION)

    def _build(self, home: Path) -> Spent:
        return self._command(home, "build", str(LAST), "--collection", COLLECTION)

    def _command(self, home: Path, *arguments: str) -> Spent:
        surroundings = {"ASSURANCE_HOME": str(home), "ASSURANCE_ARRIVAL": "file", **LARGE}
        surroundings |= {"ASSURANCE_EXPECTATIONS": str(self.data.roomy)}
        return cold(["-c", PROGRAM, *arguments], surroundings, codes=(0, QUERIES))

    def _read_workbooks(self, home: Path) -> None:
        collection, settings = self.data.collection, self.data.steps(home).settings
        limits = {"seconds": settings.child_seconds, "megabytes": settings.child_megabytes}

        def read(area: str) -> bool:
            (path,) = (home / "landing" / COLLECTION / area).glob("R-*.xlsx")
            return read_text(path, collection.limits, formats=collection.formats, **limits).table is not None

        with ThreadPoolExecutor(2) as pool:
            assert all(pool.map(read, IN_WORKBOOKS))

    def _floor(self, month: Month) -> Spent:
        """The best floor on the same data, whichever month it was measured for."""
        return reduce(Spent.best, (costs.floor for other, costs in self.costs.items() if other.size == month.size))

    # -- what is told

    def told(self) -> str:
        """The tables, and what has no place in one."""
        gx = self.importing[1] - self.importing[0]
        rows = [cells for month, costs in self.costs.items() for cells in _rows(month, costs, self._floor(month), gx)]
        lines = [table(HEADER, rows, words=(0, 1)), ""]
        lines.append(
            f"importing Great Expectations, once a process: {gx.wall:.1f} s, {gx.cpu:.1f} CPU s, {gx.peak:.0f} MB"
        )
        for month, costs in self.costs.items():
            lines += _sentences(month, costs, gx, self.bytes_an_answer[month])
        return "\n".join(lines)


HEADER = ("month", "what", "s", "CPU s", "peak MB", "ratio", "CPU ratio")


def _rows(month: Month, costs: Costs, floor: Spent, gx: Spent) -> Iterator[tuple[str, ...]]:
    """A month's lines; ratios are to the floor."""
    whole = costs.whole
    yield _row(month, "the floor", floor)
    yield _row(month, "assurance receive", costs.receive)
    yield _row(month, "assurance build", costs.build)
    yield _row(month, "both", whole, floor)
    yield _row(month, "without importing Great Expectations", whole - gx, floor)
    if month.workbooks:
        yield _row(month, "and without safe reading of workbooks", whole - gx - costs.reading, floor, wall=False)


def _row(month: Month, what: str, spent: Spent, floor: Spent | None = None, *, wall: bool = True) -> tuple[str, ...]:
    seconds = f"{spent.wall:.1f}" if wall else ""  # workbooks are read beside other work
    ratios = (ratio(spent.wall, floor.wall) if wall else "", ratio(spent.cpu, floor.cpu)) if floor else ("", "")
    return (month.name, what, seconds, f"{spent.cpu:.1f}", f"{spent.peak:.0f}" if wall else "", *ratios)


def _sentences(month: Month, costs: Costs, gx: Spent, size: float) -> Iterator[str]:
    if month.workbooks:
        share = costs.reading.cpu / costs.whole.cpu
        yield (
            f"{month.name}: safe reading of {len(IN_WORKBOOKS)} workbooks takes {costs.reading.cpu:.1f} CPU s, "
            f"{share:.0%} of the month; the floor reads the CSV these Areas could have sent"
        )
        return
    whole, corrected = (costs.whole - gx).cpu, (costs.corrected - gx).cpu
    yield (
        f"{month.name}: one corrected Area costs {corrected / whole:.2f} of the month, the same inputs again "
        f"{costs.again.cpu / whole:.2f} (CPU, without importing Great Expectations); {size:.2f} bytes an answer"
    )


def bytes_an_answer(home: Path) -> float:
    """The size of the archive by the number of its answers: of each case one to every standard, where none is asked too."""
    files = list((home / "archive").rglob("*.parquet"))
    size = sum(path.stat().st_size for path in files)
    ((cases,),) = duckdb.execute(f"select count(*) from read_parquet({[str(path) for path in files]})").fetchall()
    (columns,) = {sum(name in ASKED for name in pq.read_schema(path).names) for path in files}
    return size / float(cases * columns)
