"""What does one file cost, read, checked and counted, beside a script by hand and Great Expectations' own engine?"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from pathlib import Path

from tools.bench.data import AREA, COLLECTION, LAST, Data
from tools.bench.spent import NEVER, Spent, cold
from tools.bench.table import ratio, table

RECEIVED = date(2026, 11, 9)
TOO_MANY_FOR_THE_SCOPE = 10
"""What `assurance check` ends with: of a return that was multiplied, there are more cases than there were in scope."""


@dataclass(frozen=True)
class Size:
    """A file of so many cases, and how often each work is tried."""

    cases: int
    rounds: int
    rounds_of_gx: int

    @property
    def name(self) -> str:
        return f"{self.cases:,} rows"


SIZES = (Size(5_000, 5, 1), Size(100_000, 3, 1), Size(1_000_000, 2, 1))


class Files:
    """The works by size, each in a cold process of its own, taking turns."""

    def __init__(self, data: Data, sizes: Sequence[Size] = SIZES) -> None:
        self.data, self.sizes = data, sizes
        self.costs: dict[Size, tuple[Spent, Spent, Spent]] = dict.fromkeys(sizes, (NEVER, NEVER, NEVER))

    def measure(self) -> None:
        for number in range(max(size.rounds for size in self.sizes)):
            for size in self.sizes:
                if number < size.rounds:
                    found = (self._checked(size), self._by_hand(size), self._by_gx(size, number))
                    ours, hand, gx = (new.best(old) for new, old in zip(found, self.costs[size], strict=True))
                    self.costs[size] = ours, hand, gx

    def _checked(self, size: Size) -> Spent:
        """Read, checked and counted by the program: what `assurance check` prints, without Great Expectations."""
        path = self.data.multiplied(size.cases)
        surroundings = {"ASSURANCE_EXPECTATIONS": str(self.data.roomy), **LARGE}
        arguments = ["check", str(path), "-c", COLLECTION, "--received", str(RECEIVED), "--json"]
        return cold(["-c", PROGRAM, *arguments], surroundings, codes=(0, TOO_MANY_FOR_THE_SCOPE))

    def _by_hand(self, size: Size) -> Spent:
        path = self.data.multiplied(size.cases)
        return cold(["-m", "tools.by_hand", str(path), AREA, str(LAST), str(RECEIVED)])

    def _by_gx(self, size: Size, number: int) -> Spent:
        """The suite by Great Expectations' own engine, on a data frame that is made for it untimed."""
        if number >= size.rounds_of_gx:
            return NEVER
        path = self.data.multiplied(size.cases)
        command = ["-m", "tools.bench.files", str(path), str(self.data.roomy), str(self.data.folder / "gx.json")]
        whole = cold(command, LARGE)
        wall, cpu = json.loads((self.data.folder / "gx.json").read_text("utf-8"))
        return Spent(wall, cpu, whole.peak)

    def told(self) -> str:
        rows = [row for size, costs in self.costs.items() for row in _rows(size, *costs)]
        return table(HEADER, rows, words=(0, 1))


PROGRAM = "from assurance.cli import main; main()"
LARGE = {"ASSURANCE_CHILD_SECONDS": "600", "ASSURANCE_CHILD_MEGABYTES": "4000"}
HEADER = ("file", "what", "s", "CPU s", "peak MB", "to the script", "CPU", "GX to it", "CPU")


def _rows(size: Size, ours: Spent, hand: Spent, gx: Spent) -> Iterator[tuple[str, ...]]:
    yield (size.name, "a script by hand", *_spent(hand), "", "", "", "")
    to_hand = (ratio(ours.wall, hand.wall), ratio(ours.cpu, hand.cpu))
    of_gx = (ratio(gx.wall, ours.wall), ratio(gx.cpu, ours.cpu))
    yield (size.name, "assurance check", *_spent(ours), *to_hand, *of_gx)
    yield (size.name, "the suite by Great Expectations", *_spent(gx), "", "", "", "")


def _spent(spent: Spent) -> tuple[str, str, str]:
    return f"{spent.wall:.2f}", f"{spent.cpu:.2f}", f"{spent.peak:,.0f}"


def main(path: Path, expectations: Path, out: Path) -> None:
    """Let Great Expectations judge a file by its own engine, and write down how many seconds that took."""
    from assurance.catalogue import load_catalogue
    from assurance.intake.checking import Delivery, examine
    from assurance.intake.reading import read_text
    from assurance.intake.rules import gate
    from assurance.intake.staging import Sender, stage
    from tools.bench.spent import timed

    of = load_catalogue(expectations).collection(COLLECTION)
    first = path.with_name("first") / path.name  # of one row: for the parameters, which are those of the whole
    first.parent.mkdir(exist_ok=True)
    first.write_text("".join(path.open(encoding="utf-8").readlines(20_000)[:2]), encoding="utf-8")
    read = partial(read_text, limits=of.limits, seconds=600, megabytes=4_000)
    delivery = Delivery(COLLECTION, AREA, path.name, "", datetime.combine(RECEIVED, time(12)), False)
    parameters = examine(of, delivery, read(first)).parameters
    table = read(path).table
    assert table is not None
    frame = stage(of, table, Sender(AREA, LAST)).frame()
    del table
    spent = timed(lambda: gate.native(of.suite(LAST), frame, parameters))
    out.write_text(json.dumps([spent.wall, spent.cpu]), encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
