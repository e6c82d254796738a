"""What do the editions of one release cost in a warm process? A program of its own, so that its memory is its own.

`python -m tools.bench.rendering FACTS REPORTS OUT ROUNDS`: the facts of a release, pickled; the folder of templates; a
file for what was found. It imports what it measures when it comes to it, the pages first.
"""

from __future__ import annotations

import json
import pickle
import resource
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path

from assurance.measures.rates import percent
from assurance.model import NATION
from assurance.reporting.facts import ReleaseFacts
from assurance.reporting.measured import Measured, measure
from assurance.reporting.pages import render_pages, shareable_page
from assurance.reporting.shareable import shareable

PAGE = 4096 / 1e6
"""Megabytes of a page of memory."""


def main(facts: Path, reports: Path, out: Path, rounds: int) -> None:
    """Measure pages, workbooks and letters, in this order, and the memory after each."""
    found = Found(pickle.loads(facts.read_bytes()), reports, rounds)
    found.pages()
    found.workbooks()
    found.letters()
    out.write_text(json.dumps({"times": found.times, "memory": found.memory}), encoding="utf-8")


class Found:
    """The best wall and processor time of each work, in seconds, and megabytes (now, at the peak) after it."""

    def __init__(self, facts: ReleaseFacts, reports: Path, rounds: int) -> None:
        self.facts, self.reports, self.rounds = facts, reports, rounds
        self.times: dict[str, tuple[float, float]] = {}
        self.memory = {"begin": _memory()}

    def pages(self) -> None:
        self._time("pages", lambda: editions(self.facts, self.reports))
        self.memory["pages"] = _memory()
        self._time("pages bare", lambda: bare_pages(measure(self.facts)))

    def workbooks(self) -> None:
        from assurance.reporting.workbook import shareable_workbook, workbooks

        measured = measure(self.facts)
        shared = shareable(measured)
        self._time("workbooks", lambda: (workbooks(measured), shareable_workbook(measured, shared)))
        self.memory["workbooks"] = _memory()
        self._time("workbooks bare", lambda: [zlib.compress(cells.encode()) for cells in bare_pages(measured)])

    def letters(self) -> None:
        import vl_convert

        from assurance.reporting import letters
        from assurance.reporting.views.trend import trend
        from assurance.reporting.workbook import workbooks

        measured = measure(self.facts)
        pages, books = render_pages(measured, self.reports), workbooks(measured)
        self._time("letters", lambda: letters.release_letters(measured, pages, books, self.reports))
        self.memory["letters"] = _memory()
        drawn = [letters.drawn(trend(measured, edition), self.reports) for edition in measured.editions]
        self._time("letters bare", lambda: [vl_convert.svg_to_png(one, scale=2) for one in drawn])

    def _time(self, name: str, work: Callable[[], object]) -> None:
        work()  # untimed: what is made at first use is no part of it
        walls, cpus = [], []
        for _ in range(self.rounds):
            cpu, start = time.process_time(), time.perf_counter()
            work()
            walls.append(time.perf_counter() - start)
            cpus.append(time.process_time() - cpu)
        self.times[name] = min(walls), min(cpus)


def editions(facts: ReleaseFacts, reports: Path) -> list[str]:
    """The pages of the nation, of every Area and for partners, from the facts."""
    measured = measure(facts)
    return [*render_pages(measured, reports).values(), shareable_page(measured, shareable(measured), reports)]


def bare_pages(measured: Measured) -> list[str]:
    """The numbers of each edition as the cells of a table and nothing else."""
    of_nation = _cells(measured, NATION)
    return [of_nation, *(_cells(measured, edition) + of_nation for edition in measured.editions[1:]), of_nation]


def _cells(measured: Measured, area: str) -> str:
    return "".join(
        f"<tr><td>{figure.standard_title}<td>{counts.met}<td>{counts.assessed}<td>{percent(figure.rate)}"
        f"<td>{percent(figure.low)}<td>{percent(figure.high)}<td>{figure.verdict}<td>{figure.variation}"
        for figure in measured.figures.values()
        if figure.area == area and (counts := figure.counts)
        if figure.rate is not None and figure.low is not None and figure.high is not None
    )


def _memory() -> tuple[float, float]:
    now = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE
    return now, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


if __name__ == "__main__":
    facts, reports, out = map(Path, sys.argv[1:4])
    main(facts, reports, out, int(sys.argv[4]))
