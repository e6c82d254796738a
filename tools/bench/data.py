"""What is measured on: made-up months of cases as returns, and years of made-up counts in a warehouse."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from itertools import count
from pathlib import Path
from random import Random
from string import ascii_uppercase as LETTERS  # noqa: N812
from typing import Any

import duckdb
import pyarrow as pa

from assurance.catalogue import Collection
from assurance.model import Period
from assurance.sample import CasePlan, load_sample_plan, write_sample
from assurance.sample.entries import StoryPlan
from assurance.settings import Settings
from assurance.steps import PACKAGE_VERSION, Steps

COLLECTION, LAST = "bcm", Period(2026, 10)
SIZES = {"S": 500, "M": 20_000, "L": 400_000}
"""Cases an Area."""
MADE = 20_000
"""Made one by one at most; of a larger return these are its cases again and again, under other references."""
ROOM = {"bytes: 50000000": "bytes: 500000000", "rows: 200000": "rows: 2000000"}
"""What the limits of the collection become for files larger than it takes."""
IN_WORKBOOKS = ("CYW", "EOE", "MCH", "NEA", "SWE")
AREA = "EMD"
"""Whose return is looked at alone, and corrected."""
CASES, SHARE = 100, 0.9
"""Of the made-up counts: an Area's checks of a standard in a month, and how many of them are met."""
SPLIT = {
    "LON,London,Metropolitan and City,2011-04-01,,": "LON,London,Metropolitan and City,2011-04-01,2012-04-01,",
    "LNN,London North,,9999-12-31,,LON": "LNN,London North,,2012-04-01,,LON",
    "LNS,London South,,9999-12-31,,LON": "LNS,London South,,2012-04-01,,LON",
}
"""What lines of `areas.csv` become where there are to be 14 Areas."""


class Data:
    """Homes and landing places in one folder; each is made when it is first asked for, and copied for each use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = count()
        self._landings: dict[str, Path] = {}

    @cached_property
    def collection(self) -> Collection:
        return self.steps(self.folder).collection(COLLECTION)

    @cached_property
    def plan(self) -> CasePlan:
        """What the sample is made by, but that every Area sends one CSV file, in time and right."""
        plan = load_sample_plan(self.steps(self.folder).settings.expectations / COLLECTION / "sample.yaml")
        assert isinstance(plan, CasePlan)
        return plan.model_copy(update={"story": StoryPlan(), "workbooks": ()})

    def landing(self, size: str, *, workbooks: bool = False) -> Path:
        """A month of 13 returns as they arrive; five as workbooks, where that is asked."""
        name = f"{size} with workbooks" if workbooks else size
        if name not in self._landings:
            self._landings[name] = self._with_workbooks(size, name) if workbooks else self._made(size)
        return self._landings[name]

    def _made(self, size: str) -> Path:
        place = self.folder / size / "landing"
        if SIZES[size] <= MADE:
            write_sample(self.collection, place, last=LAST, months=1, plan=self.plan, cases=SIZES[size])
            return place
        for number, made in enumerate(sorted(self.landing("M").rglob("R-*.csv"))):
            multiply(made, place / made.relative_to(self.landing("M")), SIZES[size], number)
        return place

    def multiplied(self, cases: int) -> Path:
        """One return of so many cases."""
        made = self.file("M")
        path = self.folder / f"{cases}" / made.name
        if not path.exists():
            multiply(made, path, cases)
        return path

    @cached_property
    def roomy(self) -> Path:
        """The folder of collections, with room for larger files."""
        place = Path(shutil.copytree(self.steps(self.folder).settings.expectations, self.folder / "expectations"))
        described = place / COLLECTION / "collection.yaml"
        text = described.read_text(encoding="utf-8")
        for limit, larger in ROOM.items():
            assert limit in text
            text = text.replace(limit, larger)
        described.write_text(text, encoding="utf-8")
        return place

    @cached_property
    def of_fourteen(self) -> Path:
        """The folder of collections when London has long been two Areas."""
        place = Path(shutil.copytree(self.steps(self.folder).settings.expectations, self.folder / "fourteen"))
        areas = place / "areas.csv"
        text = areas.read_text(encoding="utf-8")
        for line, later in SPLIT.items():
            assert line in text
            text = text.replace(line, later)
        areas.write_text(text, encoding="utf-8")
        forces = place / "forces.csv"
        forces.write_text(re.sub(r"^.*,LON,.*\n", "", forces.read_text(encoding="utf-8"), flags=re.M), encoding="utf-8")
        return place

    def _with_workbooks(self, size: str, name: str) -> Path:
        place = Path(shutil.copytree(self.landing(size), self.folder / name / "landing"))
        for area in IN_WORKBOOKS:
            shutil.rmtree(place / COLLECTION / area)
        plan = self.plan.model_copy(update={"workbooks": IN_WORKBOOKS})
        write_sample(self.collection, place, last=LAST, months=1, plan=plan, cases=SIZES[size], only=IN_WORKBOOKS)
        return place

    def file(self, size: str) -> Path:
        """One return."""
        return next((self.landing(size) / COLLECTION / AREA).glob("R-*.csv"))

    def home(self, landing: Path | None = None) -> Path:
        """A home of its own with an empty warehouse, and what has arrived."""
        home = self.folder / f"home-{next(self._numbers)}"
        Steps(Settings(home=home)).migrate()
        if landing is not None:
            shutil.copytree(landing, home / "landing")
        return home

    def copy(self, home: Path) -> Path:
        return Path(shutil.copytree(home, self.folder / f"{home.name}-{next(self._numbers)}"))

    def steps(self, home: Path, **settings: Any) -> Steps:
        steps = Steps(Settings(home=home, arrival="file", **settings))
        _ = steps.catalogue  # read untimed: a process reads it once
        return steps

    def filled(self, months: int, collection: Collection | None = None, checks: int = CASES) -> Path:
        """A home whose warehouse has made-up counts of so many months, entered without going through the steps.

        `checks`: how many an Area has of a standard in a month.
        """
        home = self.home()
        with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
            for table, rows in history(
                collection or self.collection, LAST.plus(1 - months).until(LAST), checks
            ).items():
                connection.register("made", pa.Table.from_pylist(rows))
                connection.execute(f"insert into {table} by name from made")
        return home


def multiply(made: Path, path: Path, cases: int, area: int = 0) -> None:
    """Write a return of so many cases: those of another, again and again, each time under other references.

    `area` is the number of its Area: no two Areas have a case in common.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with made.open(encoding="utf-8", newline="") as file, path.open("w", encoding="utf-8", newline="") as out:
        header, *rows = csv.reader(file)
        reference, scope = header.index("urn"), header.index("cases_in_scope")
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        for number in range(cases):
            row = rows[number % len(rows)].copy()
            again = number // len(rows)
            if again:  # letter and figure tell the times apart, the next two the Areas, the last five the cases
                urn = row[reference]
                row[reference] = f"{urn[:2]}{LETTERS[again // 10]}{again % 10}{area:02d}{number % len(rows):05d}"
            row[scope] = str(cases)
            writer.writerow(row)
    shutil.copystat(made, path)


def correct(landing: Path) -> None:
    """Let an Area send its return again, without its last case."""
    (sent,) = (landing / COLLECTION / AREA).glob("R-*-v01.csv")
    again = sent.with_name(sent.name.replace("-v01", "-v02"))
    *lines, _ = sent.read_bytes().replace(b"-v01", b"-v02").splitlines(keepends=True)
    again.write_bytes(b"".join(lines))
    again.with_name(f"{again.name}.json").write_text(
        '{"reason": "the last case was not to be in it"}', encoding="utf-8"
    )
    shutil.copystat(sent, again)


def history(collection: Collection, periods: Iterator[Period], checks: int) -> dict[str, list[dict[str, Any]]]:
    """Rows of `submission`, `sampled` and `tally`: a return of every Area and month, its counts by chance."""
    chance, owing = Random(1), collection.areas_owing(LAST)
    standards = collection.standards_in(LAST)
    submissions: list[dict[str, Any]] = []
    sampled: list[dict[str, Any]] = []
    tallies: list[dict[str, Any]] = []
    for period in periods:
        for area in owing:
            key = f"{area.code}-{period}"
            submissions.append(_submission(collection, area.code, period, key))
            sampled.append(dict(zip(SAMPLED, (key, "ptph", "random", checks), strict=True)))
            units = [unit.name for unit in collection.units_of(area.code, LAST)] or ["other"]
            for standard in standards:
                for number, unit in enumerate(units):
                    of_unit = (checks + number) // len(units)  # together all of them
                    met = round(of_unit * min(1, max(0, chance.gauss(SHARE, 0.02))))
                    place = (key, standard.code, standard.version, unit, "random")
                    tallies.append(dict(zip(TALLY, (*place, met, 0, of_unit - met, 0, 0), strict=True)))
    return {"submission": submissions, "sampled": sampled, "tally": tallies}


SAMPLED: Sequence[str] = ("submission_id", "sample_point", "sample_reason", "cases")
TALLY: Sequence[str] = (
    *("submission_id", "standard", "standard_version", "unit", "sample_reason"),
    *("met", "partly", "not_met", "not_applicable", "not_due"),
)


def _submission(collection: Collection, area: str, period: Period, key: str) -> dict[str, Any]:
    following = period.plus(1)
    received = datetime(following.year, following.month, 4, 12)
    return {
        "submission_id": key,
        "collection": collection.code,
        "area": area,
        "period": str(period),
        "version": 1,
        "file_name": f"R-{area}-{period.year}{period.month:02d}-v01.csv",
        "sha256": key,
        "received_at": received,
        "arrival": "on_time",
        "outcome": "accepted",
        "rows_in": CASES,
        "rows_accepted": CASES,
        "rows_quarantined": 0,
        "rows_rejected": 0,
        "content_sha256": key,
        "catalogue_version": collection.version,
        "package_version": PACKAGE_VERSION,
        "loaded_at": received,
    }
