"""A month from the landing place to the mail, through the real DAGs: on time, late, corrected, rejected, nil, missing.

What comes out is recounted by SQL that shares nothing with the program: DuckDB over the received files and the archive.
"""

from __future__ import annotations

import csv
import email
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from email import policy
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assurance.model import NATION, Period
from assurance.sample import Event, Sample, load_sample_plan, write_sample
from assurance.settings import Settings
from assurance.steps import Steps

PERIOD = Period(2026, 10)
MONTH = f"outcomes|{PERIOD}"
TABLES = ("submission", "delivery", "finding", "tally", "release", "release_input", "sign_off", "outbox", "audit")


@dataclass
class World:
    """One home, with the returns of two months in its landing place."""

    steps: Steps
    sample: Sample
    run_dag: Callable[..., Any]

    @property
    def home(self) -> Path:
        return self.steps.settings.home

    def area(self, event: Event) -> str:
        return next(area for area, happened in self.sample.story.items() if happened is event)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        with self.steps.warehouse.reading() as connection:
            return [dict(row) for row in connection.exec_driver_sql(sql).mappings().all()]

    def counts(self) -> dict[str, int]:
        return {table: self.rows(f"select count(*) as n from {table}")[0]["n"] for table in TABLES}

    def mails(self) -> list[Any]:
        paths = sorted(self.steps.settings.mail.glob("*.eml"))
        return [email.message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]

    def run_month(self) -> None:
        """What the scheduler does when the landing place fills, the cut-off comes and the gate fires."""
        assert self.run_dag("receive_returns", collection="outcomes").state == "success"
        assert self.run_dag("close_month", collection="outcomes", period=str(PERIOD)).state == "success"
        assert self.run_dag("measure_month", key=MONTH).state == "success"
        assert self.run_dag("publish_month", key=f"{MONTH}|1").state == "success"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_dag: Callable[..., Any]) -> World:
    monkeypatch.setenv("ASSURANCE_HOME", str(tmp_path))
    monkeypatch.setenv("ASSURANCE_ARRIVAL", "file")
    monkeypatch.setenv("ASSURANCE_SIGN_OFF", "journey")
    steps = Steps(Settings())
    steps.migrate()
    plan = load_sample_plan(steps.settings.expectations / "outcomes" / "sample.yaml")
    plan = plan.model_copy(update={"step": None})
    sample = write_sample(
        steps.collection("outcomes"), steps.settings.landing, last=PERIOD, months=2, seed=7, plan=plan
    )
    return World(steps, sample, run_dag)


@pytest.mark.slow
@pytest.mark.xdist_group("airflow")
def test_a_month_goes_from_the_landing_place_to_the_mail(world: World, events: Callable[[str], list[str]]) -> None:
    world.run_month()
    _the_gate_heard_of_every_area(world, events)
    _every_row_is_accounted_for(world)
    _every_figure_can_be_recounted_from_the_archive(world)
    _the_report_names_who_was_late_corrected_rejected_nil_and_missing(world)
    _everybody_got_their_mail_once_and_nobody_elses(world)
    _running_it_all_again_does_nothing_twice(world)
    _a_late_return_restates_the_month(world, events)


def _the_gate_heard_of_every_area(world: World, events: Callable[[str], list[str]]) -> None:
    heard = [key for key in events("area_return") if key.startswith(MONTH)]
    owing = [a.code for a in world.steps.collection("outcomes").areas_owing(PERIOD)]
    assert sorted(heard) == [f"{MONTH}|{area}" for area in sorted(owing)], "each Area once, in or closed"
    assert events("month_restated") == []
    assert events("release_built") == [f"{MONTH}|1"]
    assert events("release_published") == [f"{MONTH}|1"]


def _every_row_is_accounted_for(world: World) -> None:
    submissions = world.rows("select * from submission")
    assert len(submissions) == world.sample.files == len(list(world.steps.settings.landing.rglob("R-*.csv")))
    for submission in submissions:
        path = world.steps.settings.landing / "outcomes" / submission["area"] / submission["file_name"]
        with path.open(encoding="utf-8", newline="") as file:
            in_file = sum(1 for _ in csv.reader(file)) - 1
        told = [submission[f"rows_{where}"] for where in ("accepted", "quarantined", "rejected")]
        assert submission["rows_in"] == in_file == sum(told), submission["file_name"]
        archived = list(world.steps.settings.archive.rglob(f"{submission['submission_id']}.parquet"))
        assert len(archived) == (submission["outcome"] not in ("rejected", "nil")), submission["file_name"]
        kept = world.steps.settings.kept / submission["sha256"][:2] / submission["sha256"]
        assert kept.read_bytes() == path.read_bytes()
        assert kept.stat().st_mode & 0o222 == 0
    outcomes = Counter((s["area"], s["outcome"]) for s in submissions if s["period"] == str(PERIOD))
    assert outcomes[world.area(Event.REJECTED), "rejected"] == 1
    assert outcomes[world.area(Event.NIL), "nil"] == 1
    assert outcomes[world.area(Event.CORRECTED), "accepted"] == 2


def _every_figure_can_be_recounted_from_the_archive(world: World) -> None:
    """Counts of one and three months, by Area and standard, from the rows and not from the tallies."""
    in_force = {row["submission_id"] for row in world.rows("select submission_id from submission_in_force")}
    paths = [str(p) for p in world.steps.settings.archive.rglob("*.parquet") if p.stem in in_force]
    archived = duckdb.sql(
        f"""select area, period, offence_category as title, offence_category <> 'Admin Finalised' as counted,
                   sum(convictions) as convictions, sum(unsuccessful) as unsuccessful
            from read_parquet({paths!r}, hive_partitioning = true, hive_types_autocast = false)
            group by all"""
    ).fetchall()
    released = world.steps.settings.releases / "outcomes" / str(PERIOD) / "1" / "figures.csv"
    with released.open(encoding="utf-8", newline="") as file:
        figures = list(csv.DictReader(file))
    counted = {
        f["area"] for f in figures if f["window"] == "1m" and f["standard"] == NATION and f["met"] not in ("", "0")
    }
    assert counted - {NATION} == {area for area, period, *_ in archived if period == str(PERIOD)}
    checked = 0
    for figure in figures:
        if figure["met"] == "":
            continue
        months = {str(PERIOD)} if figure["window"] == "1m" else {str(PERIOD.plus(-back)) for back in range(3)}
        rows = [
            (convictions, unsuccessful, apart)
            for area, period, title, apart, convictions, unsuccessful in archived
            if figure["area"] in (area, NATION)
            and period in months
            and figure["standard_title"] in (title, "All standards")
        ]
        met = sum(convictions or 0 for convictions, _, apart in rows if apart)
        not_met = sum(unsuccessful or 0 for _, unsuccessful, apart in rows if apart)
        found = (int(figure["met"]), int(figure["not_met"]), int(figure["assessed"]))
        assert found == (met, not_met, met + not_met), figure
        if met + not_met:
            assert float(figure["rate"]) == pytest.approx(met / (met + not_met), rel=1e-12)
        checked += 1
    assert checked > 300


def _the_report_names_who_was_late_corrected_rejected_nil_and_missing(world: World) -> None:
    folder = world.steps.settings.releases / "outcomes" / str(PERIOD) / "1"
    national = (folder / "national.html").read_text(encoding="utf-8")
    for event in (Event.LATE, Event.REJECTED, Event.NIL, Event.MISSING):
        assert world.steps.collection("outcomes").area(world.area(event)).name in national, event
    assert "11 of 13 Areas" in national
    assert "standing setting" in national, "the page says that no person signed it off"
    for event, word in ((Event.MISSING, "no return"), (Event.REJECTED, "rejected"), (Event.NIL, "nil")):
        page = (folder / "areas" / f"{world.area(event)}.html").read_text(encoding="utf-8").lower()
        assert word in page, event


def _everybody_got_their_mail_once_and_nobody_elses(world: World) -> None:
    mails = world.mails()
    assert len({mail["Message-ID"] for mail in mails}) == len(mails) == world.counts()["outbox"]
    assert {row["state"] for row in world.rows("select distinct state from outbox")} == {"sent"}
    kinds = Counter(row["kind"] for row in world.rows("select kind from outbox"))
    assert kinds == {"receipt": world.sample.files, "release": 14}
    written = Counter(path.name.partition("-")[0] for path in world.steps.settings.mail.glob("*.eml"))
    assert written == kinds
    for row in world.rows("select edition, recipient from outbox"):
        allowed = [r.areas for r in world.steps.catalogue.recipients if r.address == row["recipient"]]
        assert row["edition"] in allowed[0], row


def _running_it_all_again_does_nothing_twice(world: World) -> None:
    before, mails = world.counts(), len(world.mails())
    release = world.steps.settings.releases / "outcomes" / str(PERIOD) / "1"
    pages = {path: path.read_bytes() for path in release.rglob("*.*")}
    world.run_month()
    assert world.counts() == before
    assert len(world.mails()) == mails
    assert {path: path.read_bytes() for path in release.rglob("*.*")} == pages


def _a_late_return_restates_the_month(world: World, events: Callable[[str], list[str]]) -> None:
    """The missing Area's return comes after all: one restatement, one new release, the first one untouched."""
    missing = world.area(Event.MISSING)
    first = world.steps.settings.releases / "outcomes" / str(PERIOD) / "1"
    pages = {path: path.read_bytes() for path in first.rglob("*.*")}
    plan = load_sample_plan(world.steps.settings.expectations / "outcomes" / "sample.yaml")
    quiet = plan.story.model_copy(update=dict.fromkeys(type(plan.story).model_fields))
    again = world.home / "again"
    write_sample(
        world.steps.collection("outcomes"),
        again,
        last=PERIOD,
        months=1,
        seed=8,
        plan=plan.model_copy(update={"story": quiet, "step": None}),
    )
    name = f"R-{missing}-{PERIOD.year}{PERIOD.month:02d}-v01.csv"
    (world.steps.settings.landing / "outcomes" / missing).mkdir(exist_ok=True)
    shutil.copy2(again / "outcomes" / missing / name, world.steps.settings.landing / "outcomes" / missing / name)
    assert world.run_dag("receive_returns", collection="outcomes").state == "success"
    assert events("month_restated") == [MONTH]
    assert world.run_dag("measure_month", key=MONTH).state == "success"
    assert world.run_dag("publish_month", key=f"{MONTH}|2").state == "success"
    second = (world.steps.settings.releases / "outcomes" / str(PERIOD) / "2" / "national.html").read_text(
        encoding="utf-8"
    )
    assert "12 of 13 Areas" in second
    assert {path: path.read_bytes() for path in first.rglob("*.*")} == pages
    assert Counter(row["kind"] for row in world.rows("select kind from outbox"))["release"] == 28
