"""Two years of made-up cases, received and reported: what the report says is held against what was made true.

What comes out is recounted by SQL that shares nothing with the program: DuckDB over the archive.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assurance.measures.comparison import Position
from assurance.measures.figures import Figure
from assurance.measures.signals import Signal
from assurance.measures.variation import Variation
from assurance.measures.words import Leaning
from assurance.model import NATION, Outcome, Period, Severity
from assurance.reporting.measured import Measured, measure
from assurance.reporting.views.self_assessment import self_assessment
from assurance.sample import Event, Sample, load_sample_plan, write_sample
from assurance.settings import Settings
from assurance.steps import Steps
from assurance.warehouse.releases import gather

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("a world of cases")]

LAST, MONTHS = Period(2026, 10), 24
UNUSUAL = (Variation.IMPROVING, Variation.WORSENING)


@dataclass(frozen=True)
class World:
    """Two years in one home."""

    steps: Steps
    sample: Sample
    release_id: str
    findings: Mapping[str, list[tuple[str, Severity, int | None]]]
    """What was found in each file, by its name."""

    @cached_property
    def truth(self) -> dict[str, Any]:
        path = self.steps.settings.landing / "bcm" / "truth.json"
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return told

    @cached_property
    def measured(self) -> Measured:
        with self.steps.warehouse.reading() as connection:
            facts = gather(
                connection,
                self.steps.collection("bcm"),
                LAST,
                since=LAST.plus(-2),
                package_version="test",
                signed_off_by_setting=True,
            )
        return measure(facts)

    def figure(self, window: str, area: str, standard: str = NATION) -> Figure:
        return self.measured.figure(window, area, standard)

    def area(self, event: Event) -> str:
        return next(area for area, happened in self.sample.story.items() if happened is event)

    def differs(self, area: str, standard: str) -> bool:
        """Whether an Area's true rate is two points or more from the typical one, in a month of the window."""
        rates = self.truth["rates"]
        months = [str(LAST.plus(-back)) for back in range(3)]
        codes = list(rates["typical"][months[0]]) if standard == NATION else [standard]
        apart = [
            abs(rates["areas"][month][area][code] - rates["typical"][month][code]) for month in months for code in codes
        ]
        return (sum(apart) / len(apart) if standard == NATION else max(apart)) >= 0.02

    def moved(self, standard: str) -> bool:
        """Whether the nation's true rate of a standard is not what it was, by more than a point."""
        rates = [month[standard] for month in self.truth["rates"]["nation"].values()]
        return max(rates) - min(rates) > 0.01


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    home = tmp_path_factory.mktemp("world")
    steps = Steps(Settings(home=home, arrival="file", sign_off="the tests"))
    steps.migrate()
    plan = load_sample_plan(steps.settings.expectations / "bcm" / "sample.yaml")
    sample = write_sample(steps.collection("bcm"), steps.settings.landing, last=LAST, months=MONTHS, plan=plan)
    findings = {
        f"{loaded.submission.area}/{loaded.submission.file_name}": [
            (found.rule, found.severity, found.row) for found in loaded.findings
        ]
        for loaded in steps.receive("bcm")
    }
    return World(steps, sample, steps.build("bcm", LAST), findings)


def test_every_file_is_received_and_only_the_one_planted_to_be_is_rejected(world: World) -> None:
    files = list((world.steps.settings.landing / "bcm").glob("*/R-*[vx]"))
    files = [path for path in files if path.suffix in (".csv", ".xlsx")]
    assert len(world.findings) == len(files) == world.sample.files
    status = world.steps.status("bcm", LAST)
    latest = {s.area.code: s.latest.outcome for s in status.returns if s.latest}
    assert [area for area, outcome in latest.items() if outcome is Outcome.REJECTED] == [world.area(Event.REJECTED)]
    assert latest[world.area(Event.NIL)] is Outcome.NIL
    assert world.area(Event.MISSING) not in latest


def test_the_rows_held_back_are_those_with_a_planted_fault_and_no_others(world: World) -> None:
    planted = {
        file: {row for fault in told.get("faults", []) if fault["effect"] in ("row", "file") for row in fault["rows"]}
        for file, told in world.truth["files"].items()
    }
    found = {
        file: {row for _, severity, row in findings if severity is Severity.ROW}
        for file, findings in world.findings.items()
    }
    differing = {file: (planted[file], rows) for file, rows in found.items() if planted[file] != rows}
    assert differing == {}
    assert sum(len(rows) for rows in planted.values()) > 10


def test_every_figure_can_be_recounted_from_the_archive(world: World) -> None:
    """Computed answers where there are dates, the Area's own elsewhere; targeted cases apart."""
    with world.steps.warehouse.reading() as connection:
        rows = connection.exec_driver_sql("select submission_id from submission_in_force").all()
    in_force = {row[0] for row in rows}
    paths = [str(path) for path in world.steps.settings.archive.rglob("*.parquet") if path.stem in in_force]
    standards = world.steps.collection("bcm").standards_in(LAST)
    selects = " union all ".join(
        f"""select area, period, '{s.code}' as standard, {s.code}{"_computed" if s.due else ""} as answer
            from read_parquet({paths!r}, hive_partitioning = true, hive_types_autocast = false)
            where sample_reason in ('random', 'all') and sample_point = '{s.asked_at}'"""
        for s in standards
    )
    counted: Counter[tuple[str, str, str, str]] = Counter()
    for area, period, standard, answer, number in duckdb.sql(
        f"select area, period, standard, answer, count(*) from ({selects}) group by all"
    ).fetchall():
        for place in (area, NATION):
            for code in (standard, NATION):
                counted[place, period, code, answer] += number
    path = world.steps.settings.releases / world.release_id / "figures.csv"
    with path.open(encoding="utf-8", newline="") as file:
        figures = [figure for figure in csv.DictReader(file) if figure["met"] != ""]
    for figure in figures:
        months = [str(LAST.plus(-back)) for back in range(1 if figure["window"] == "1m" else 3)]

        def total(*answers: str, figure: dict[str, str] = figure, months: list[str] = months) -> int:
            return sum(counted[figure["area"], m, figure["standard"], answer] for m in months for answer in answers)

        found = [int(figure[name]) for name in ("met", "partly", "not_met", "not_applicable", "not_due")]
        assert found == [total("Y", "FM"), total("PM"), total("N", "NM"), total("NA"), total("ND")], figure
    assert len(figures) > 500


def test_the_report_finds_the_step_and_the_drift(world: World) -> None:
    (step,) = [step for step in world.truth["steps"] if step["area"] is None]
    assert world.figure("1m", NATION, step["standards"][0]).variation is Variation.IMPROVING
    (of_area,) = [step for step in world.truth["steps"] if step["area"]]
    assert world.figure("1m", of_area["area"]).variation is Variation.IMPROVING


def test_what_never_changes_is_not_called_changed(world: World) -> None:
    for code in world.truth["constant"]:
        assert not world.moved(code)
        assert world.figure("1m", NATION, code).variation not in UNUSUAL
        called = [p.period for p in world.measured.charts[NATION, code].points if Signal.OUTSIDE in p.signals]
        assert called == []


def test_of_the_standards_that_did_not_move_at_most_one_is_called(world: World) -> None:
    still = [s.code for s in world.measured.counted if not world.moved(s.code)]
    assert len(still) >= 15
    called = [code for code in still if world.figure("1m", NATION, code).variation in UNUSUAL]
    assert len(called) <= 1, called


def test_the_area_that_is_lower_is_called_and_nobody_who_is_not_different(world: World) -> None:
    areas = [status.area.code for status in world.measured.facts.returns]
    positions = {area: world.figure("3m", area).position for area in areas}
    (lower,) = [entry["area"] for entry in world.truth["lower"] if not entry["standards"]]
    assert positions[lower] is Position.LOWER
    called = [area for area, position in positions.items() if position not in (None, Position.SIMILAR)]
    assert [area for area in called if not world.differs(area, NATION)] == []


def test_the_area_that_is_lower_in_one_standard_is_called_in_that_one(world: World) -> None:
    (lower,) = [entry for entry in world.truth["lower"] if entry["standards"]]
    assert world.figure("3m", lower["area"], lower["standards"][0]).position is Position.LOWER
    compared = [f for f in world.measured.figures.values() if f.standard != NATION and f.position is not None]
    called = [(f.area, f.standard) for f in compared if f.position is not Position.SIMILAR]
    assert len(compared) > 200
    assert len([pair for pair in called if not world.differs(*pair)]) <= 0.015 * len(compared), called


def test_the_area_that_declares_more_than_the_dates_show_is_asked_about_it(world: World) -> None:
    ((area, standard),) = [(c["area"], c["standard"]) for c in world.truth["claimed"]["areas"]]
    asked = {rule for rule, _, _ in world.findings[f"{area}/R-{area}-{LAST.year}{LAST.month:02d}-v01.csv"]}
    assert "BCM-202" in asked
    told = self_assessment(world.measured, NATION)
    assert told is not None
    leaning = {line.title: line.leaning for line in told.standards}
    assert leaning[world.measured.standards[standard].title] is Leaning.GENEROUS


def test_no_case_is_in_a_page_a_letter_a_mail_or_the_warehouse(world: World, tmp_path: Path) -> None:
    """References and remarks of every case, looked for in everything that leaves the intake."""
    archive = [str(path) for path in world.steps.settings.archive.rglob("*.parquet")]
    urns = {urn for (urn,) in duckdb.sql(f"select distinct urn from read_parquet({archive!r})").fetchall()}
    remarks = {
        text
        for (text,) in duckdb.sql(
            f"select distinct comment from read_parquet({archive!r}) where comment is not null"
        ).fetchall()
    }
    assert len(urns) > 10_000
    assert len(remarks) > 20
    home = world.steps.settings.home
    written = [
        *(world.steps.settings.releases / world.release_id).rglob("*.*"),
        *world.steps.settings.receipts.iterdir(),
        *list(world.steps.settings.mail.glob("*.html"))[-40:],
        home / "warehouse.duckdb",
    ]
    assert len(written) > 300
    for path in written:
        content = path.read_bytes()
        words = set(content.decode("latin-1").replace('"', " ").replace("<", " ").replace(">", " ").split())
        assert not urns & words, path
        assert not [remark for remark in remarks if remark.encode() in content], path
