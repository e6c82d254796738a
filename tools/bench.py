"""`make bench`: how far is each step from the raw limit of this machine? Prints measured times, floors and ratios.

A floor does the work that cannot be avoided, on the same input, in the same run: rounds of everything are interleaved
and the best of each counts, so what else the machine does hits both sides. Only ratios may be compared between
machines. All is done in a temporary folder, for the collection `outcomes`.
"""

from __future__ import annotations

import argparse
import csv
import inspect
import os
import platform
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa

from assurance.catalogue import Collection
from assurance.intake.checking import Examined
from assurance.intake.rules.statement import failures
from assurance.model import Period
from assurance.reporting.facts import ReleaseFacts
from assurance.reporting.pages import render_pages
from assurance.reporting.release import render
from assurance.reporting.report import measure
from assurance.sample import SamplePlan, load_sample_plan, write_sample
from assurance.settings import Settings
from assurance.steps import PACKAGE_VERSION, Steps
from assurance.warehouse.releases import gather

COLLECTION, LAST, RECEIVED = "outcomes", Period(2024, 10), datetime(2024, 11, 5)
AREA = "EMD"
"""Whose return is checked alone: five forces, 65 rows."""
SHORT, LONG = 24, 120
"""Months behind the last one."""
ROUNDS, SECONDS = 5, 70
"""No round is begun that would end after so many seconds."""
PROGRAM = "from assurance.cli import main; main()"

Work = Callable[[], object]


@dataclass(frozen=True)
class Spent:
    """Seconds, child processes included."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Line:
    """One line of the table: a work by its name, and the work that is its floor."""

    what: str
    measured: str
    floor: str
    floor_is: str


LINES = (
    Line(
        "receive a month of 13 returns", "receive", "receive bare", "csv, DuckDB, a Parquet file each, one transaction"
    ),
    Line("check one return, without GX", "check", "check bare", "csv.reader and one DuckDB statement"),
    Line("GX gate, once imported", "gate", "compiled", "the compiled rules alone"),
    Line(f"figures, {SHORT} months behind", "figures", "counts", "reading the counts with one DuckDB statement"),
    Line(f"figures, {LONG} months behind", "figures long", "figures", f"the same with {SHORT} months behind"),
    Line("build a release, warm", "build", "render", "rendering it alone"),
    Line("render 14 pages and 14 letters", "render", "pages", "the 14 pages alone"),
    Line("build again, same inputs", "build again", "build", "the first build"),
    Line("assurance --help, cold", "help", "python", "an empty Python program"),
    Line("assurance check, cold", "command", "script", "csv.reader and one DuckDB statement, cold"),
)


class Bench:
    """The works, each prepared untimed in a folder of its own; what several need is made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = count()
        self.prepare: dict[str, Callable[[], Work]] = {
            "receive": self._receive,
            "receive bare": self._receive_bare,
            "check": lambda: self._examined,
            "check bare": lambda: lambda: check_bare(str(self.file)),
            "gate": self._gate,
            "compiled": self._compiled,
            "figures": lambda: self._figures(self.short),
            "figures long": lambda: self._figures(self.long),
            "counts": self._counts,
            "build": self._build,
            "build again": self._build_again,
            "render": self._render,
            "pages": self._pages,
            "help": lambda: self._program(PROGRAM, "--help"),
            "python": lambda: self._program("pass"),
            "command": lambda: self._program(PROGRAM, "check", str(self.file), "--collection", COLLECTION),
            "script": lambda: self._program(f"{inspect.getsource(check_bare)}\n{CALL}", str(self.file)),
        }

    def best(self, lines: Sequence[Line], rounds: int) -> tuple[dict[str, Spent], int]:
        """The best wall and CPU time of each work that the lines name, and how many rounds there were."""
        names = dict.fromkeys(name for line in lines for name in (line.measured, line.floor))
        best = {name: Spent(float("inf"), float("inf")) for name in names}
        start = time.perf_counter()
        for done in range(1, rounds + 1):
            round_took = 0.0
            for name in names:
                spent = timed(self.prepare[name]())
                best[name] = Spent(min(best[name].wall, spent.wall), min(best[name].cpu, spent.cpu))
                round_took += spent.wall
            if done == rounds or time.perf_counter() - start + round_took > SECONDS:
                break
        return best, done

    @property
    def growth(self) -> float:
        """How many times the counts of the short history the long one has."""
        rows: list[int] = []
        for home in (self.short, self.long):
            with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
                rows += connection.execute("select count(*) from tally").fetchall()[0]
        return rows[1] / rows[0]

    # -- what is worked on

    @cached_property
    def sent(self) -> Steps:
        """A home with the month to be received, and no warehouse."""
        steps = self._steps(self.folder / "sent")
        write_sample(self.collection, steps.settings.landing, last=LAST, months=1, plan=self.plan)
        return steps

    @cached_property
    def collection(self) -> Collection:
        return self._steps(self.folder).collection(COLLECTION)

    @cached_property
    def plan(self) -> SamplePlan:
        return load_sample_plan(self._steps(self.folder).settings.expectations / COLLECTION / "sample.yaml")

    @property
    def file(self) -> Path:
        """One return."""
        return next((self.sent.settings.landing / COLLECTION / AREA).glob("R-*.csv"))

    @cached_property
    def before(self) -> Path:
        """A home in which the last month is not in."""
        return self._filled("before", SHORT, LAST.plus(-1))

    @cached_property
    def short(self) -> Path:
        return self._filled("short", SHORT + 1, LAST)

    @cached_property
    def long(self) -> Path:
        return self._filled("long", LONG + 1, LAST)

    @cached_property
    def built(self) -> Steps:
        """A home in which the last month has been built."""
        steps = self._steps(self._copy(self.short))
        steps.build(COLLECTION, LAST)
        return steps

    @cached_property
    def facts(self) -> ReleaseFacts:
        with self._steps(self.short).warehouse.reading() as connection:
            return gather(
                connection, self.collection, LAST, package_version=PACKAGE_VERSION, signed_off_by_setting=True
            )

    # -- the works and their floors

    def _receive(self) -> Work:
        from assurance.intake.rules import gate  # noqa: F401 - its import is not what is measured

        steps = self._steps(self._copy(self.before))
        shutil.copytree(self.sent.settings.landing, steps.settings.landing)
        return lambda: list(steps.receive(COLLECTION))

    def _receive_bare(self) -> Work:
        home = self._copy(self.before)
        files = sorted((self.sent.settings.landing / COLLECTION).glob("*/R-*.csv"))
        return lambda: receive_bare(files, home)

    def _examined(self) -> Examined:
        return self.sent.check_file(self.file, COLLECTION, AREA, self.file.name, RECEIVED)

    def _gate(self) -> Work:
        from assurance.intake.rules import gate

        suite, examined = self.collection.rules.expectations, self._examined()
        assert examined.staged is not None
        staged = examined.staged
        return lambda: gate.judge(suite, staged, examined.parameters, examined.failures)

    def _compiled(self) -> Work:
        suite, examined = self.collection.rules.expectations, self._examined()
        assert examined.staged is not None
        staged = examined.staged
        return lambda: failures(suite, staged, examined.parameters)

    def _figures(self, home: Path) -> Work:
        steps = self._steps(home)
        return lambda: steps.figures(COLLECTION, LAST)

    def _counts(self) -> Work:
        warehouse = str(self.short / "warehouse.duckdb")
        return lambda: read_counts(warehouse)

    def _build(self) -> Work:
        steps = self._steps(self._copy(self.short))
        return lambda: steps.build(COLLECTION, LAST)

    def _build_again(self) -> Work:
        steps = self.built
        return lambda: steps.build(COLLECTION, LAST)

    def _render(self) -> Work:
        facts, reports = self.facts, self.sent.settings.reports
        return lambda: render(facts, reports)

    def _pages(self) -> Work:
        facts, reports = self.facts, self.sent.settings.reports
        return lambda: render_pages(measure(facts), reports)

    def _program(self, program: str, *arguments: str) -> Work:
        command = [sys.executable, "-c", program, *arguments]
        surroundings = {**os.environ, "ASSURANCE_HOME": str(self.folder)}
        return lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=surroundings)

    # -- homes

    def _steps(self, home: Path) -> Steps:
        steps = Steps(Settings(home=home, arrival="file"))
        _ = steps.catalogue  # read untimed: a process reads it once
        return steps

    def _filled(self, name: str, months: int, last: Period) -> Path:
        """A home whose warehouse has made-up counts of so many months, entered without going through the steps."""
        home = self.folder / name
        Steps(Settings(home=home)).migrate()
        with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
            for table, rows in history(self.collection, self.plan, last.plus(1 - months).until(last)).items():
                connection.register("made", pa.Table.from_pylist(rows))
                connection.execute(f"insert into {table} by name from made")
        return home

    def _copy(self, home: Path) -> Path:
        return Path(shutil.copytree(home, self.folder / f"{home.name}-{next(self._numbers)}"))


def history(collection: Collection, plan: SamplePlan, periods: Iterator[Period]) -> dict[str, list[dict[str, Any]]]:
    """Rows of `submission` and `tally`: a return of every Area and month, its counts by chance about the plan."""
    chance, planned = Random(1), {entry.code: entry for entry in plan.standards}
    submissions, tallies = [], []
    for period in periods:
        owing = collection.areas_owing(period)
        for area in owing:
            key = f"{area.code}-{period}"
            following = period.plus(1)
            submissions.append(
                {
                    "submission_id": key,
                    "collection": collection.code,
                    "area": area.code,
                    "period": str(period),
                    "version": 1,
                    "file_name": f"R-{area.code}-{period.year}{period.month:02d}-v01.csv",
                    "sha256": key,
                    "received_at": datetime(following.year, following.month, 4, 12),
                    "arrival": "on_time",
                    "outcome": "accepted",
                    "rows_in": 39,
                    "rows_accepted": 39,
                    "rows_quarantined": 0,
                    "rows_rejected": 0,
                    "content_sha256": key,
                    "catalogue_version": collection.version,
                    "package_version": PACKAGE_VERSION,
                    "loaded_at": datetime(following.year, following.month, 4, 12),
                }
            )
            units = collection.units_of(area.code, period)
            for unit in units:
                for standard in collection.standards:
                    checks = round(planned[standard.code].volume / len(owing) / len(units))
                    rate = planned[standard.code].rate
                    met = 0 if rate is None else round(checks * min(1, max(0, chance.gauss(rate, 0.02))))
                    tallies.append(
                        {
                            "submission_id": key,
                            "standard": standard.code,
                            "standard_version": standard.version,
                            "unit": unit.name,
                            "sample_reason": "all",
                            "met": met,
                            "partly": 0,
                            "not_met": checks - met if standard.counted else 0,
                            "not_applicable": 0 if standard.counted else checks,
                            "not_due": 0,
                        }
                    )
    return {"submission": submissions, "tally": tallies}


# The floors


def receive_bare(files: Sequence[Path], home: Path) -> None:
    """Only the needed work on some returns: their rows into one Parquet file each, their counts into the warehouse."""
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.begin()
        for path in files:
            with path.open(encoding="utf-8-sig", newline="") as file:
                _, *rows = csv.reader(file)
            connection.execute(
                """create or replace temp table staged as
                select r[1] as area, r[3] as unit, r[4] as standard, r[6] as pct,
                       try_cast(replace(r[5], ',', '') as integer) as met,
                       try_cast(replace(r[7], ',', '') as integer) as not_met
                from (select unnest(?::varchar[][]) as r)""",
                [rows],
            )
            connection.execute(f"copy staged to '{home / path.stem}.parquet' (compression zstd)")
            connection.execute(
                """insert into tally
                select ?, standard, 1, unit, 'all', coalesce(met, 0), 0, coalesce(not_met, 0), 0, 0 from staged""",
                [path.stem],
            )
        connection.commit()


def check_bare(path: str) -> int:
    """Only the needed work on one return: the number of rows with a wrong count or percentage, or that stand twice."""
    import csv

    import duckdb

    with open(path, encoding="utf-8-sig", newline="") as file:
        _, *rows = csv.reader(file)
    statement = """
        with typed as (
            select r, count(*) over (partition by r[3], r[4]) as times,
                   try_cast(replace(r[5], ',', '') as integer) as met,
                   try_cast(replace(r[7], ',', '') as integer) as not_met
            from (select unnest(?::varchar[][]) as r)
        )
        select count(*) from typed
        where times > 1 or not_met is null or met is null and r[5] <> ''
           or met + not_met > 0 and r[6] <> format('{:.1f}%', round(100 * met / (met + not_met), 1))
    """
    found: list[tuple[int]] = duckdb.execute(statement, [rows]).fetchall()
    return found[0][0]


CALL = "import sys; check_bare(sys.argv[1])"


def read_counts(warehouse: str) -> list[tuple[Any, ...]]:
    """Only the needed work behind the figures: the counts by period, Area and standard."""
    with duckdb.connect(warehouse, read_only=True) as connection:
        return connection.execute(
            """select period, area, standard, sum(met), sum(not_met), sum(not_applicable)
            from submission inner join tally using (submission_id) group by all order by all"""
        ).fetchall()


# Time, and the table


def timed(work: Work) -> Spent:
    """What a work costs."""
    cpu, start = _cpu(), time.perf_counter()
    work()
    return Spent(time.perf_counter() - start, _cpu() - cpu)


def _cpu() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def machine() -> str:
    """What the times were taken on."""
    cores = len(os.sched_getaffinity(0))
    return (
        f"{cores} cores ({platform.machine()}), {platform.system()}, Python {platform.python_version()}, "
        f"DuckDB {duckdb.__version__}; load of the last minute {os.getloadavg()[0]:.1f}"
    )


HEADER = ("what", "ms", "CPU ms", "floor ms", "CPU ms", "ratio", "CPU ratio", "the floor is")


def table(lines: Sequence[Line], best: dict[str, Spent]) -> str:
    """One line a measurement, as a Markdown table."""
    rows = [HEADER, *(_row(line, best[line.measured], best[line.floor]) for line in lines)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADER))]
    numbers = range(1, len(HEADER) - 1)
    ruler = tuple("-" * (width - 1) + (":" if place in numbers else "-") for place, width in enumerate(widths))
    return "\n".join(
        "| "
        + " | ".join(
            cell.rjust(width) if place in numbers else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        + " |"
        for row in (rows[0], ruler, *rows[1:])
    )


def _row(line: Line, measured: Spent, floor: Spent) -> tuple[str, ...]:
    times = (measured.wall, measured.cpu, floor.wall, floor.cpu)
    ratios = (measured.wall / floor.wall, measured.cpu / max(floor.cpu, 1e-6))
    return (line.what, *(f"{1000 * seconds:,.0f}" for seconds in times), *map(_ratio, ratios), line.floor_is)


def _ratio(ratio: float) -> str:
    return f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.2f}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print the table."""
    keys = [line.measured for line in LINES]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=keys, default=keys, metavar="KEY", help=", ".join(keys))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args(arguments)
    lines = [line for line in LINES if line.measured in asked.only]
    where = machine()
    with TemporaryDirectory(prefix="bench-") as folder:
        bench = Bench(Path(folder))
        best, rounds = bench.best(lines, asked.rounds)
        print(table(lines, best))
        if "figures long" in best:
            print(f"\n{LONG} months hold {bench.growth:.1f} times the counts of {SHORT} months")
    print(f"\nbest of {rounds} interleaved {'round' if rounds == 1 else 'rounds'} on {where}")


if __name__ == "__main__":
    main()
