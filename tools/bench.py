"""`make bench`: how far is each step from the raw limit of this machine? Prints measured times, floors and ratios.

A floor does the work that cannot be avoided, on the same input, in the same run: rounds of everything are interleaved
and the best of each counts, so what else the machine does hits both sides. Only ratios may be compared between
machines. All is done in a temporary folder, for the collection `outcomes`.
"""

from __future__ import annotations

import argparse
import csv
import json
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
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa

from assurance.intake.rules.statement import failures
from assurance.model import Period
from assurance.reporting.facts import ReleaseFacts
from assurance.reporting.pages import render_pages
from assurance.reporting.release import render
from assurance.reporting.report import measure
from assurance.sample import load_sample_plan, write_sample
from assurance.settings import Settings
from assurance.steps import PACKAGE_VERSION, Steps
from assurance.warehouse.releases import gather

COLLECTION, LAST = "outcomes", Period(2024, 10)
AREA = "LON"
"""Whose return is checked alone; one without a story."""
SHORT, LONG = 24, 120
"""Months behind the last one."""
ROUNDS, SECONDS = 5, 75
"""No round is begun that would end after so many seconds."""
PROGRAM = "from assurance.cli import main; main()"

Work = Callable[[], object]
Prepare = Callable[[], Work]
"""Makes everything ready, untimed, and hands back the work that is timed."""


@dataclass(frozen=True)
class Spent:
    """Seconds, child processes included."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Line:
    """One line of the table: a work, the work that is its floor, and what the floor is."""

    key: str
    what: str
    measured: str
    floor: str
    floor_is: str


LINES = (
    Line("receive", "receive a month of 13 returns", "receive", "receive bare", "csv, DuckDB, 13 Parquet files, 1 transaction"),
    Line("check", "check one return, without GX", "check", "check bare", "csv.reader, one DuckDB statement"),
    Line("gate", "gate of Great Expectations, imported", "gate", "compiled", "the compiled rules alone"),
    Line("figures", f"figures, {SHORT} months behind", "figures short", "counts", "reading their counts with DuckDB"),
    Line("growth", f"figures, {LONG} months behind", "figures long", "figures short", f"the same with {SHORT} behind"),
    Line("build", "build a release, warm", "build", "render", "rendering it alone"),
    Line("render", "render 14 pages and 14 letters", "render", "pages", "the 14 pages alone"),
    Line("again", "build again from the same inputs", "build again", "build", "the first build"),
    Line("help", "assurance --help, cold", "help", "python", "an empty Python program"),
    Line("command", "assurance check, cold", "command", "script", "csv.reader, one DuckDB statement, cold"),
)


class Bench:
    """The works, in a folder of their own; what they need is made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.works: dict[str, Prepare] = {
            "receive": self._receive,
            "receive bare": self._receive_bare,
            "check": self._check,
            "check bare": lambda: lambda: check_bare(self.file),
            "gate": self._gate,
            "compiled": self._compiled,
            "figures short": lambda: self._figures(SHORT),
            "figures long": lambda: self._figures(LONG),
            "counts": self._counts,
            "build": self._build,
            "build again": self._build_again,
            "render": lambda: lambda: render(self.facts, self.steps.settings.reports),
            "pages": self._pages,
            "help": lambda: lambda: _python(PROGRAM, "--help"),
            "python": lambda: lambda: _python("pass"),
            "command": lambda: lambda: _python(PROGRAM, "check", str(self.file), "-c", COLLECTION, "--json"),
            "script": lambda: lambda: _python("from sys import argv; " + BARE_SCRIPT, str(self.file)),
        }

    @cached_property
    def steps(self) -> Steps:
        """Steps over the month to be received, with nothing behind it."""
        steps = self._steps("sent")
        plan = load_sample_plan(steps.settings.expectations / COLLECTION / "sample.yaml")
        write_sample(steps.collection(COLLECTION), steps.settings.landing, last=LAST, months=1, plan=plan)
        return steps

    @property
    def file(self) -> Path:
        """One return."""
        landed = self.steps.settings.landing / COLLECTION / AREA
        return next(landed.glob("R-*.csv"))

    @cached_property
    def facts(self) -> ReleaseFacts:
        """What a release with a short history is made from."""
        steps = self._copy("facts", SHORT + 1, LAST)
        collection = steps.collection(COLLECTION)
        with steps.warehouse.reading() as connection:
            return gather(
                connection, collection, LAST, package_version=PACKAGE_VERSION, signed_off_by_setting=True
            )
