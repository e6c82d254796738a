"""What does each step cost, on one return of 500 cases or on a month of counts, beside the raw limit of its work?"""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from assurance.intake.checking import Examined
from assurance.intake.counting import count
from assurance.intake.parts import MOST_PLACES, plain_columns
from assurance.intake.reading import Reading, read_text
from assurance.intake.rules.statement import cannot_fail, failed
from assurance.intake.staging import Sender, Staged, accepted_rows, stage
from assurance.reporting.facts import Head, ReleaseFacts
from assurance.reporting.measured import measure
from assurance.reporting.pages import render_pages
from assurance.reporting.release import render
from assurance.sender.check import check_file
from assurance.steps import PACKAGE_VERSION, Steps
from assurance.warehouse.archive import ArchiveFile
from assurance.warehouse.releases import gather
from tools.bench.data import AREA, COLLECTION, LAST, SIZES, Data
from tools.bench.files import PROGRAM
from tools.bench.spent import NEVER, Spent, Work, timed
from tools.bench.table import ratio, table

RECEIVED = datetime(2026, 11, 4, 12)
SHORT, LONG = 24, 120
"""Months behind the last one."""
NOWHERE = Head(0, "")
"""Of the audit trail a release that is only rendered tells nothing."""
ROUNDS, SECONDS = 5, 50
"""No round is begun that would end after so many seconds."""


@dataclass(frozen=True)
class Line:
    """One line of the table: a work by its name, and the work that is its floor."""

    what: str
    measured: str
    floor: str
    floor_is: str


ONE = f"{SIZES['S']} cases"
LINES = (
    Line(f"read {ONE}, in a child", "read", "read bare", "csv.reader, here"),
    Line(f"stage {ONE}", "stage", "copy", "their text into a table of DuckDB"),
    Line(f"judge {ONE} by all rules", "rules", "scan", "the longest cell of every staged column"),
    Line("gate, once imported", "gate", "rules", "the compiled rules"),
    Line(f"count {ONE}", "count", "scan", "the longest cell of every staged column"),
    Line(f"archive {ONE}", "archive", "parquet", "their text into a Parquet file"),
    Line("load one return", "load", "open", "opening the warehouse once"),
    Line(f"check {ONE}, without GX", "check", "read", "reading them in a child"),
    Line(f"figures, {SHORT} months behind", "figures", "counts", "reading the counts with one DuckDB statement"),
    Line(f"figures, {LONG} months behind", "figures long", "figures", f"the same with {SHORT} months behind"),
    Line("build a release, warm", "build", "render", "rendering it alone"),
    Line("render 14 pages and 14 letters", "render", "pages", "the 14 pages alone"),
    Line("build again, same inputs", "build again", "build", "the first build"),
    Line("assurance --help, cold", "help", "python", "an empty Python program"),
    Line("assurance check, cold", "command", "script", "tools.floor on this return"),
)


class Bench:
    """The works, each prepared untimed in a folder of its own; what several need is made when it is first asked for."""

    def __init__(self, data: Data) -> None:
        self.data = data
        self.prepare: dict[str, Callable[[], Work]] = {
            "read": lambda: self._read,
            "read bare": lambda: lambda: list(csv.reader(io.StringIO(self.file.read_text("utf-8-sig")))),
            "stage": lambda: lambda: stage(self.data.collection, self.text, Sender(AREA, LAST)),
            "copy": self._copied,
            "rules": self._rules,
            "scan": self._scanned,
            "gate": self._gate,
            "count": lambda: lambda: count(self.data.collection, self.staged),
            "archive": lambda: self._archived,
            "parquet": lambda: lambda: pq.write_table(self.text, io.BytesIO(), compression="zstd"),
            "load": self._load,
            "open": self._open,
            "check": lambda: self._check,
            "figures": lambda: self._figures(self.short),
            "figures long": lambda: self._figures(self.long),
            "counts": lambda: lambda: read_counts(str(self.short / "warehouse.duckdb")),
            "build": self._build,
            "build again": self._build_again,
            "render": lambda: lambda: render(measure(self.facts), self.reports, NOWHERE),
            "pages": lambda: lambda: render_pages(measure(self.facts), self.reports),
            "help": lambda: self._program("-c", PROGRAM, "--help"),
            "python": lambda: self._program("-c", "pass"),
            "command": lambda: self._program("-c", PROGRAM, "check", str(self.file), "--collection", COLLECTION),
            "script": lambda: self._program("-m", "tools.floor", str(self.alone), str(self.alone.parent / "out")),
        }

    def best(self, lines: Sequence[Line], rounds: int) -> tuple[dict[str, Spent], int]:
        """The best wall and CPU time of each work that the lines name, and how many rounds there were."""
        names = dict.fromkeys(name for line in lines for name in (line.measured, line.floor))
        best = dict.fromkeys(names, NEVER)
        for name in names:
            self.prepare[name]()()  # untimed: what is made at first use is no part of a step
        start = time.perf_counter()
        for done in range(1, rounds + 1):
            round_took = 0.0
            for name in names:
                spent = timed(self.prepare[name]())
                best[name] = best[name].best(spent)
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
    def steps(self) -> Steps:
        return self.data.steps(self.data.folder)

    @property
    def file(self) -> Path:
        return self.data.file("S")

    @cached_property
    def alone(self) -> Path:
        """A landing place with this return alone."""
        place = self.data.folder / "alone" / "landing"
        shutil.copytree(self.file.parent, place / AREA)
        return place

    @cached_property
    def reports(self) -> Path:
        return self.steps.settings.reports

    @cached_property
    def text(self) -> pa.Table:
        return self._read().table

    @cached_property
    def examined(self) -> Examined:
        return self._check()

    @cached_property
    def staged(self) -> Staged:
        return stage(self.data.collection, self.text, Sender(AREA, LAST))

    @cached_property
    def short(self) -> Path:
        return self.data.filled(SHORT + 1)

    @cached_property
    def long(self) -> Path:
        return self.data.filled(LONG + 1)

    @cached_property
    def facts(self) -> ReleaseFacts:
        with self.data.steps(self.short).warehouse.reading() as connection:
            return gather(
                connection,
                self.data.collection,
                LAST,
                since=LAST.plus(-SHORT),
                package_version=PACKAGE_VERSION,
                signed_off_by_setting=True,
            )

    # -- the works and their floors

    def _read(self) -> Reading:
        collection, settings = self.data.collection, self.steps.settings
        limits = {"seconds": settings.child_seconds, "megabytes": settings.child_megabytes}
        return read_text(self.file, collection.limits, formats=collection.formats, **limits)

    def _copied(self) -> Work:
        text, connection = self.text, duckdb.connect()
        connection.register("arrived", text)
        return lambda: connection.execute("create temp table copied as from arrived")

    def _check(self) -> Examined:
        settings = self.steps.settings
        return check_file(
            self.data.collection,
            self.file,
            area=AREA,
            file_name=self.file.name,
            received_at=RECEIVED,
            seconds=settings.child_seconds,
            megabytes=settings.child_megabytes,
        )

    def _rules(self) -> Work:
        suite, staged, parameters = self.examined.suite, self.staged, self.examined.parameters
        plain = plain_columns(self.data.collection, self.text)
        return lambda: failed(suite, staged, parameters, lambda e: not cannot_fail(e, plain), most=MOST_PLACES)

    def _scanned(self) -> Work:
        names = [name for name, *_ in self.staged.rows("describe staged")]
        longest = ", ".join(f'max(length("{name}"::text))' for name in names)
        return lambda: self.staged.rows(f"select {longest} from staged")

    def _gate(self) -> Work:
        from assurance.intake.rules import gate  # its import is not what is measured

        seen = self.examined
        return lambda: gate.judge(seen.suite, seen.rows, seen.parameters, seen.failures)

    def _archived(self) -> None:
        ArchiveFile().add(accepted_rows(self.data.collection, self.staged))

    def _load(self) -> Work:
        steps = self.data.steps(self.data.home())
        shutil.copytree(self.alone, steps.settings.landing / COLLECTION)
        (arrived,) = steps.arrivals(COLLECTION)
        ticket = steps.check(arrived)
        return lambda: steps.load(ticket.key)

    def _open(self) -> Work:
        home = self.data.home()
        return lambda: duckdb.connect(str(home / "warehouse.duckdb")).close()

    def _figures(self, home: Path) -> Work:
        steps = self.data.steps(home)
        return lambda: steps.figures(COLLECTION, LAST)

    def _build(self) -> Work:
        steps = self.data.steps(self.data.copy(self.short))
        return lambda: steps.build(COLLECTION, LAST)

    @cached_property
    def _built(self) -> Path:
        home = self.data.copy(self.short)
        self.data.steps(home).build(COLLECTION, LAST)
        return home

    def _build_again(self) -> Work:
        steps = self.data.steps(self._built)
        return lambda: steps.build(COLLECTION, LAST)

    def _program(self, *arguments: str) -> Work:
        surroundings = {**os.environ, "ASSURANCE_HOME": str(self.data.folder)}
        command = [sys.executable, *arguments]
        return lambda: subprocess.run(command, stdout=subprocess.DEVNULL, env=surroundings)


def read_counts(warehouse: str) -> list[tuple[object, ...]]:
    """Only the needed work behind the figures: the counts by period, Area and standard."""
    with duckdb.connect(warehouse, read_only=True) as connection:
        return connection.execute(
            """select period, area, standard, sum(met), sum(not_met), sum(not_applicable)
            from submission inner join tally using (submission_id) group by all order by all"""
        ).fetchall()


HEADER = ("step", "ms", "CPU ms", "floor ms", "CPU ms", "ratio", "CPU ratio", "the floor is")


def told(lines: Sequence[Line], best: dict[str, Spent]) -> str:
    """One line a measurement."""
    rows = [_row(line, best[line.measured], best[line.floor]) for line in lines]
    return table(HEADER, rows, words=(0, len(HEADER) - 1))


def _row(line: Line, measured: Spent, floor: Spent) -> tuple[str, ...]:
    times = (measured.wall, measured.cpu, floor.wall, floor.cpu)
    ratios = (ratio(measured.wall, floor.wall), ratio(measured.cpu, floor.cpu))
    return (line.what, *(f"{1000 * seconds:,.0f}" for seconds in times), *ratios, line.floor_is)
