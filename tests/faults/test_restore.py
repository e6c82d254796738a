"""A warehouse that is lost and restored from an older backup comes to the same tables as if nothing had happened."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import psycopg
import pytest
import sqlalchemy as sa

from assurance.model import Period
from assurance.settings import Settings
from assurance.steps import Steps
from assurance.warehouse.engine import Warehouse
from assurance.warehouse.sign_offs import Answer
from tests.postgres import find_binaries
from tests.rules.builders import valid_return
from tests.tools import need

OUTCOMES, PERIOD = "outcomes", Period(2016, 10)
NOW = datetime(2016, 11, 7, 9, 0)
OF_ITS_OWN = {"attempt_id"}
"""A sender's claim on a message is a number drawn by chance."""
ORDER = {"seq", "sha256"}
"""Of a line of the audit trail: where it stands among the others. What was received since is told in another order."""

Rows = list[dict[str, Any]]


class Backup(Protocol):
    def take(self) -> None: ...
    def lose(self) -> None: ...
    def restore(self) -> None: ...


@dataclass
class OfFile:
    """A DuckDB file, copied as docs/warehouse.md has it."""

    live: Path
    kept: Path

    def take(self) -> None:
        code = (
            "import duckdb, shutil, sys; held = duckdb.connect(sys.argv[1], read_only=True); shutil.copy(*sys.argv[1:])"
        )
        subprocess.run([sys.executable, "-c", code, self.live, self.kept], check=True, timeout=60)

    def lose(self) -> None:
        for path in self.live.parent.glob(f"{self.live.name}*"):
            path.unlink()

    def restore(self) -> None:
        shutil.copy(self.kept, self.live)


@dataclass
class OfServer:
    """A database, dumped and restored as docs/warehouse.md has it."""

    binaries: Path
    url: sa.URL
    kept: Path

    def take(self) -> None:
        self._run("pg_dump", "--format=custom", f"--file={self.kept}", f"--dbname={self._plain()}")

    def lose(self) -> None:
        self._on_server(f"drop database {self.url.database}")

    def restore(self) -> None:
        self._on_server(f"create database {self.url.database}")
        options = ("--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges")
        self._run("pg_restore", *options, f"--dbname={self._plain()}", str(self.kept))

    def _plain(self, **other: str) -> str:
        return self.url.set(drivername="postgresql", **other).render_as_string(hide_password=False)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run([self.binaries / program, *arguments], check=True, timeout=60)

    def _on_server(self, sql: str) -> None:
        with psycopg.connect(self._plain(database="postgres"), autocommit=True) as connection:
            connection.execute(sql.encode())


@dataclass
class World:
    """One home with its warehouse, and the way it is backed up."""

    steps: Steps
    backup: Backup

    def send(self, area: str, version: int = 1, *, at: datetime, broken: bool = False) -> None:
        sent = valid_return(area, PERIOD, version, counts=lambda row, _: (10 * version + row, row))
        if broken:
            sent = sent.with_header(*sent.header[:-1], "something else")
        path = sent.landed(self.steps.settings.landing, OUTCOMES, at)
        if version > 1:
            path.with_name(f"{path.name}.json").write_text('{"reason": "Two cases were counted twice."}')

    def receive(self) -> list[str]:
        return [one.submission.file_name for one in self.steps.receive(OUTCOMES)]

    def tables(self) -> dict[str, Rows]:
        with self.steps.warehouse.reading() as connection:
            return {
                name: self._in_order(connection.execute(sa.text(f"select * from {name}")))
                for name in sa.inspect(connection).get_table_names()
            }

    @staticmethod
    def _in_order(result: sa.CursorResult[Any]) -> Rows:
        rows = [{name: value for name, value in row.items() if name not in OF_ITS_OWN} for row in result.mappings()]
        return sorted(rows, key=lambda row: [str(value) for value in row.values()])


@pytest.fixture
def world(empty_warehouse: Warehouse, tmp_path: Path) -> World:
    """An empty home on each engine in turn."""
    url = empty_warehouse.url
    home = tmp_path / "home"
    backup: Backup = OfFile(Path(url.database or ""), tmp_path / "backup.duckdb")
    if not empty_warehouse.is_duckdb:
        binaries = find_binaries()
        there = binaries is not None and all((binaries / one).is_file() for one in ("pg_dump", "pg_restore"))
        need(there, "pg_dump and pg_restore, beside the programs of PostgreSQL")
        assert binaries is not None
        backup = OfServer(binaries, url, tmp_path / "backup.dump")
    settings = Settings(home=home, warehouse_url=url.render_as_string(hide_password=False), arrival="file")
    steps = Steps(settings, clock=lambda: NOW)
    steps.migrate()
    return World(steps, backup)


def from_landing(world: World) -> None:
    """The files still lie where Areas put them."""
    assert len(world.receive()) == 4


def from_decisions(world: World) -> None:
    """The landing place is empty: what was decided lies under `checked/`, and its rows in the archive."""
    shutil.rmtree(world.steps.settings.landing)
    assert len(list(world.steps.reload())) == 4
    world.steps.send_owed_receipts()


def without_order(tables: dict[str, Rows]) -> dict[str, Rows]:
    """The tables with the audit trail as a heap of lines; and none of its heads, which releases name."""
    told = [{name: value for name, value in line.items() if name not in ORDER} for line in tables["audit"]]
    return {**tables, "audit": sorted(told, key=str)}


@pytest.mark.slow
@pytest.mark.parametrize("again", [from_landing, from_decisions])
def test_an_older_backup_and_what_was_received_since_come_to_the_same_tables(
    world: World, again: Callable[[World], None]
) -> None:
    morning = datetime(2016, 11, 3, 10)
    world.send("WSX", at=morning)
    world.send("LON", at=morning)
    assert len(world.receive()) == 2
    world.backup.take()
    then = world.tables()

    world.send("WSX", 2, at=morning + timedelta(hours=1))  # a correction
    world.send("SWE", at=morning + timedelta(hours=2), broken=True)  # which is rejected
    assert len(world.receive()) == 2
    world.send("EMD", at=morning + timedelta(hours=3))  # that sorts before what came before it
    world.send("SWE", 2, at=datetime(2016, 11, 30))  # late
    assert len(world.receive()) == 2
    expected, figures = world.tables(), world.steps.figures(OUTCOMES, PERIOD)
    assert len(expected["submission"]) == 6
    assert {row["outcome"] for row in expected["submission"]} > {"rejected"}
    assert {row["arrival"] for row in expected["submission"]} == {"on_time", "after_cut_off"}

    world.backup.lose()
    shutil.rmtree(world.steps.settings.mail)  # what was sent is out of our hands: receipts since the backup go again
    world.backup.restore()
    assert world.tables() == then
    assert world.steps.migrate() == [], "a backup of the same version needs no migration"
    again(world)

    assert without_order(world.tables()) == without_order(expected)
    assert world.steps.figures(OUTCOMES, PERIOD) == figures
    assert world.steps.verify().faults == ()
    assert world.receive() == []
    assert list(world.steps.reload()) == []


@pytest.mark.slow
def test_a_release_that_is_lost_is_built_again_under_its_number_and_must_be_signed_off_anew(world: World) -> None:
    """Its folder still lies there, and no row names it: it is written anew."""
    morning = datetime(2016, 11, 3, 10)
    world.send("WSX", at=morning)
    world.receive()
    world.backup.take()
    world.send("LON", at=morning)
    world.receive()
    lost = world.steps.build(OUTCOMES, PERIOD)
    approved = world.steps.sign_off_request(lost).content_sha256
    world.steps.approve(lost, approved, "The office")

    world.backup.lose()
    world.backup.restore()
    assert len(list(world.steps.reload())) == 1
    assert world.steps.build(OUTCOMES, PERIOD) == lost
    assert world.steps.sign_off_of(lost).answer is Answer.NONE
    assert world.steps.verify().faults == ()
