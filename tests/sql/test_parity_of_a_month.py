"""A month from files to sent release is the same on both engines: every row, every byte."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from assurance.model import Outcome, Period
from assurance.sample import Event, load_sample_plan, write_sample
from assurance.settings import Settings
from assurance.steps import Steps
from assurance.warehouse.queries import Row
from tests.conftest import new_database
from tests.rules.readings import INSPECTORATE, readings_return
from tests.tampering import KEYS, deletions, tampered, updates

pytestmark = [pytest.mark.tools, pytest.mark.xdist_group("parity of a month")]

COLLECTION, READINGS = "bcm", "bcm_readings"
PERIOD = Period(2026, 10)
OF_ITS_OWN = {"attempt_id"}
"""A sender's claim on a message is a number drawn by chance."""


def ticking() -> Callable[[], datetime]:
    """A clock that moves a second each time somebody looks at it."""
    seconds = count()
    return lambda: datetime(2026, 11, 23, 9, 0, 0, 250_000) + timedelta(seconds=next(seconds))


def land_a_month(steps: Steps) -> None:
    """Put the returns of the Areas in the sample's story, and of one without any, into the landing place."""
    collection = steps.collection(COLLECTION)
    plan = load_sample_plan(steps.settings.expectations / COLLECTION / "sample.yaml")
    sample = write_sample(collection, steps.settings.landing, last=PERIOD, months=1, plan=plan)
    assert set(sample.story.values()) == set(Event)
    ordinary = next(
        area.code
        for area in collection.areas_owing(PERIOD)
        if area.code not in sample.story and list((steps.settings.landing / COLLECTION / area.code).glob("*.csv"))
    )
    for folder in (steps.settings.landing / COLLECTION).glob("*/"):
        if folder.name not in {*sample.story, ordinary}:
            shutil.rmtree(folder)
    (late,) = (area for area, event in sample.story.items() if event is Event.LATE)
    land_a_correction_without_a_reason(steps.settings.landing / COLLECTION / ordinary, steps.settings.landing.parent)
    assert (steps.settings.landing / COLLECTION / late).is_dir()


def land_a_correction_without_a_reason(folder: Path, home: Path) -> None:
    """The same table in another order of rows, as version 2, kept aside until the first release is built."""
    (first,) = folder.glob("*-v01.csv")
    header, *rows = first.read_text().replace("-v01", "-v02").splitlines(keepends=True)
    second = home / "aside" / folder.name / first.name.replace("-v01", "-v02")
    second.parent.mkdir(parents=True)
    second.write_text("".join([header, *reversed(rows)]))
    moment = datetime(2026, 11, 16, 10, tzinfo=UTC).timestamp()
    os.utime(second, (moment, moment))


def land_readings(landing: Path, area: str) -> None:
    """What the Inspectorate answers to the cases of an Area that were looked at first."""
    (own,) = (landing / COLLECTION / area).glob("*-v01.csv")
    with own.open(encoding="utf-8", newline="") as file:
        cases = [row for row in csv.DictReader(file) if (row["sample_point"], row["defendant_seq"]) == ("ptph", "1")]
    read = [(row["urn"], "ptph", "C02", "FM", INSPECTORATE) for row in cases]
    readings_return(*read, area=area, period=PERIOD).landed(landing, READINGS, datetime(2026, 11, 12, 10))


def month(home: Path, url: str) -> Steps:
    """Receive, build, correct, answer what is asked, build again, sign off and send."""
    steps = Steps(
        Settings(home=home, warehouse_url=url, arrival="file", sign_off="the tests", smtp_url=""), clock=ticking()
    )
    steps.migrate()
    land_a_month(steps)
    first = list(steps.receive(COLLECTION))
    assert {loaded.submission.outcome for loaded in first} == set(Outcome)
    (corrected_later,) = (path.name for path in (home / "aside").iterdir())
    land_readings(steps.settings.landing, corrected_later)
    (read,) = steps.receive(READINGS)
    assert read.submission.outcome is Outcome.ACCEPTED
    assert steps.build(COLLECTION, PERIOD) == f"{COLLECTION}/{PERIOD}/1"
    shutil.copytree(home / "aside", steps.settings.landing / COLLECTION, dirs_exist_ok=True)
    (corrected,) = steps.receive(COLLECTION)
    assert corrected.submission.outcome is Outcome.ACCEPTED_WITH_QUERIES
    steps.answer(corrected.submission.submission_id[:10], "RET-013", "Only the order of rows was changed.", "Manager")
    release_id = steps.build(COLLECTION, PERIOD)
    assert release_id == f"{COLLECTION}/{PERIOD}/2"
    steps.sign_off(release_id)
    assert steps.send(release_id).unsent == ()
    return steps


def tables(steps: Steps) -> dict[str, list[Row]]:
    """Every row of every table, in an order that does not depend on the engine."""
    with steps.warehouse.reading() as connection:
        names = sorted(sa.inspect(connection).get_table_names())
        return {name: in_order(connection.execute(sa.text(f"select * from {name}"))) for name in names}


def in_order(result: sa.CursorResult[Any]) -> list[Row]:
    rows = [{column: value for column, value in row.items() if column not in OF_ITS_OWN} for row in result.mappings()]
    return sorted(rows, key=lambda row: [str(value) for value in row.values()])


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def months(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Steps, Steps]:
    embedded, shared = tmp_path_factory.mktemp("duckdb"), tmp_path_factory.mktemp("postgresql")
    return month(embedded, ""), month(shared, new_database(postgres_url))


def test_every_table_holds_the_same_rows(months: tuple[Steps, Steps]) -> None:
    ours, theirs = (tables(steps) for steps in months)
    assert all(ours.values()), {name: len(rows) for name, rows in ours.items()}
    assert list(ours) == list(theirs)
    differing = [(name, row, other) for name in ours for row, other in zip(ours[name], theirs[name], strict=True)]
    assert [each for each in differing if each[1] != each[2]] == []


def test_both_releases_are_the_same_to_the_byte(months: tuple[Steps, Steps]) -> None:
    ours, theirs = (files(steps.settings.releases) for steps in months)
    assert {Path(name).parts[2] for name in ours if not name.endswith("index.html")} == {"1", "2"}
    assert sorted(ours) == sorted(theirs)
    assert [name for name in ours if ours[name] != theirs[name]] == []


def test_each_stands_as_it_was_recorded_and_each_release_can_be_built_again(months: tuple[Steps, Steps]) -> None:
    for steps in months:
        assert steps.verify().faults == ()
        for number in (1, 2):
            again = steps.verify_release(f"{COLLECTION}/{PERIOD}/{number}")
            assert (again.faults, again.notes) == ((), ())
            assert again.looked_at["submissions counted anew"] > 0


def test_tampering_is_found_on_postgresql_as_on_duckdb(months: tuple[Steps, Steps]) -> None:
    """Every column of the last row of every table, a row of each taken out, and lines of the trail."""
    for steps in months:
        with steps.warehouse.reading() as connection:
            many = [one for table in KEYS for one in updates(connection, table, at=(-1,))]
            many += [one for table in KEYS for one in islice(deletions(connection, table), 1)]
        assert len(many) > 100
        for one in many:
            found = tampered(steps, one.sql, one.values)
            about = "audit trail" if one.table == "audit" else one.about
            assert any(about in fault.place for fault in found), one.name
        assert steps.verify().faults == (), "every change was taken back"


def test_what_is_kept_archived_answered_and_sent_is_the_same_to_the_byte(months: tuple[Steps, Steps]) -> None:
    for place in ("kept", "archive", "receipts", "mail"):
        ours, theirs = (files(steps.settings.home / place) for steps in months)
        assert ours, place
        assert sorted(ours) == sorted(theirs)
        assert [name for name in ours if ours[name] != theirs[name]] == []


def test_what_an_approver_is_asked_is_the_same(months: tuple[Steps, Steps]) -> None:
    ours, theirs = (list(steps.sign_off_request(f"{COLLECTION}/{PERIOD}/2").lines()) for steps in months)
    assert any("Only the order of rows was changed." in line for line in ours)
    assert ours == theirs


def test_the_figures_of_the_month_are_the_same(months: tuple[Steps, Steps]) -> None:
    ours, theirs = (steps.figures(COLLECTION, PERIOD) for steps in months)
    assert ours
    assert ours == theirs
