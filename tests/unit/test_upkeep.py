"""Every night: what does not stand as recorded is told, what is past its time is deleted, what was left behind goes."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from assurance.errors import SettingsError, WarehouseError
from assurance.intake.landing import place_of
from assurance.model import Period
from assurance.settings import Settings
from assurance.steps import Steps
from assurance.trace.stored import DELETED
from assurance.warehouse import audit, submissions
from tests.rules.builders import put, valid_return
from tests.unit.test_restating import steady, three_areas
from tools.samples import Receiving

OLD, YOUNG = Period(2016, 8), Period(2016, 9)
RECEIVED = datetime(2016, 11, 1, 9)
OVER = datetime(2017, 9, 15)
"""Twelve months after the end of August 2016, and not of September."""


class World:
    """A home with a return of each of two months, and a clock that is set."""

    def __init__(self, home: Path) -> None:
        self.home, self.at, self.months = home, RECEIVED, 12
        self.steps.migrate()
        for period in (OLD, YOUNG):
            valid_return("WSX", period, counts=steady(period)).landed(self.steps.settings.landing, at=RECEIVED)
        self.receive()

    @property
    def steps(self) -> Steps:
        settings = Settings(
            home=self.home, expectations=self.home / "expectations", arrival="file", retention_months=self.months
        )
        return Receiving(settings, clock=lambda: self.at)

    def receive(self) -> None:
        steps = self.steps
        for arrived in steps.arrivals("outcomes"):
            steps.load(steps.check(arrived).key)

    def files(self, folder: str) -> list[Path]:
        return sorted(path for path in (self.home / folder).rglob("*") if path.is_file())

    def deleted(self) -> dict[str, object]:
        with self.steps.warehouse.reading() as connection:
            return {one: told["files"] for one, told in audit.last_of_each(connection, DELETED).items()}

    def retained(self) -> list[str]:
        return [f"{one.submission.period} {' '.join(one.files)}" for one in self.steps.retain()]


@pytest.fixture
def world(tmp_path: Path) -> World:
    three_areas(tmp_path / "expectations")
    (tmp_path / "expectations" / "recipients.yaml").write_text(
        "recipients:\n  - {address: operators@example.org, name: Operators, areas: [ALL], kinds: [alert]}\n",
        encoding="utf-8",
    )
    return World(tmp_path)


def test_nothing_is_deleted_as_long_as_no_time_is_set(world: World) -> None:
    world.months, world.at = 0, datetime(2050, 1, 1)
    assert world.retained() == []
    assert (len(world.files("kept")), len(world.files("archive"))) == (2, 2)


def test_what_is_past_its_time_is_deleted_and_the_audit_trail_tells_of_it(world: World) -> None:
    world.at = datetime(2017, 8, 31, 22)
    assert world.retained() == [], "not before twelve months have ended"
    world.at = OVER
    assert [str(one.submission.period) for one in world.steps.expired()] == ["2016-08"]
    assert len(world.files("kept")) == 2, "to be asked deletes nothing"
    assert world.retained() == ["2016-08 archive kept"]
    assert (len(world.files("kept")), len(world.files("archive"))) == (1, 1)
    assert list(world.deleted().values()) == [["archive", "kept"]]
    assert world.steps.verify().faults == (), "what retention deleted is no fault"
    assert world.retained() == []


def test_a_crash_after_the_audit_line_is_made_good_the_next_night(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.at = OVER
    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            world.steps.retain()
    assert len(world.files("kept")) == 2
    assert world.steps.verify().faults == ()
    line = world.deleted()
    assert world.retained() == ["2016-08 archive kept"]
    assert world.deleted() == line, "told once"
    assert len(world.files("kept")) == 1


def test_bytes_that_another_submission_has_stay_until_its_time_is_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = submissions.every

    def as_if_sent_twice(connection: object) -> tuple[object, ...]:
        old, young = known(connection)  # type: ignore[arg-type]
        return old, replace(young, sha256=old.sha256)

    monkeypatch.setattr(submissions, "every", as_if_sent_twice)
    world.at = OVER
    assert world.retained() == ["2016-08 archive"]
    assert len(world.files("kept")) == 2
    assert list(world.deleted().values()) == [["archive"]]
    world.at = OVER + timedelta(days=31)
    assert "2016-08 kept" in world.retained()
    assert ["archive", "kept"] in world.deleted().values()


def test_too_short_a_time_is_refused(world: World) -> None:
    world.months = 11
    with pytest.raises(SettingsError, match="ASSURANCE_RETENTION_MONTHS is 11, and rows are read for 12 months"):
        world.steps.retain()


def aged(path: Path, at: datetime) -> Path:
    seconds = (at - datetime(1970, 1, 1)).total_seconds()
    os.utime(path, (seconds, seconds))
    return path


def test_what_was_left_behind_long_enough_ago_goes_and_nothing_else(world: World) -> None:
    world.at = datetime(2017, 1, 20)
    kept, releases = world.home / "kept", world.home / "releases" / "outcomes" / "2016-08"
    half = aged(put(kept / ".ab12_cd3", b"half"), datetime(2017, 1, 12))
    put(releases / ".x1y2z3w4" / "national.html", b"half")
    folder = aged(releases / ".x1y2z3w4", datetime(2017, 1, 12))
    young = aged(put(kept / ".ab12_cd4", b"half"), datetime(2017, 1, 14))
    other = aged(put(kept / ".gitkeep", b""), datetime(2016, 1, 1))
    loaded, waiting = world.files("checked")
    aged(loaded, datetime(2016, 12, 15))
    aged(waiting, datetime(2016, 12, 17))  # a restore may want it
    strange = aged(put(world.home / "checked" / "strange.json", b"{}"), datetime(2016, 1, 1))
    before = set(world.steps.leftovers())
    assert {one.path for one in before} == {half, folder, loaded}
    assert set(world.steps.tidy()) == before
    assert [path.exists() for path in (half, folder, loaded)] == [False] * 3
    assert [path.exists() for path in (young, other, waiting, strange)] == [True] * 4
    assert world.steps.tidy() == ()


def test_a_ticket_that_was_never_loaded_stays(world: World) -> None:
    valid_return("YHU", YOUNG, counts=steady(YOUNG)).landed(world.steps.settings.landing, at=RECEIVED)
    steps = world.steps
    (arrived,) = steps.arrivals("outcomes")
    ticket = steps.check(arrived)
    world.at = datetime(2017, 6, 1)
    for path in world.files("checked"):
        aged(path, RECEIVED)
    world.steps.tidy()
    assert [path.stem for path in world.files("checked")] == [ticket.key]
    assert world.steps.load(ticket.key).new


def test_what_is_not_as_recorded_fails_the_check_and_the_operators_are_told_once(world: World) -> None:
    verified = world.steps.check_integrity()
    verified.demand_whole()
    assert world.files("mail") == []
    with world.steps.warehouse.reading() as connection:
        (old, _) = submissions.every(connection)
    kept = place_of(old.sha256, world.home / "kept")
    kept.unlink()
    for _ in range(2):
        with pytest.raises(
            WarehouseError, match=r"1 things are not as they were recorded; the first: kept/.* is missing"
        ):
            world.steps.check_integrity().demand_whole()
    (mail,) = (world.home / "mail").glob("*.eml")
    assert "Something stored is not as it was recorded" in mail.read_text()


def test_alerts_are_about_the_month_being_reported_of_each_collection_in_use(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(Steps, "raise_alerts", lambda _, *about: asked.append(about) or ())
    assert world.steps.raise_all_alerts() == ()
    assert asked == [("outcomes", Period(2016, 10))], "nothing was ever returned for bcm, and nobody reads its mail"
