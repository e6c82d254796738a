"""The warehouse is brought to the newest schema whole or not at all, on both engines."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from assurance.errors import WarehouseError
from assurance.settings import REPOSITORY
from assurance.warehouse.engine import Warehouse
from assurance.warehouse.migrations import migrate

MIGRATIONS = REPOSITORY / "sql" / "migrations"
NEWEST = sorted(path.name for path in MIGRATIONS.iterdir())
NOW = datetime(2026, 11, 2, 9, 30)
NEXT = f"{len(NEWEST) + 1:04d}_more.sql"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the migrations, to be changed."""
    return Path(shutil.copytree(MIGRATIONS, tmp_path / "migrations"))


def tables(warehouse: Warehouse) -> set[str]:
    with warehouse.reading() as connection:
        return set(sa.inspect(connection).get_table_names())


def ledger(warehouse: Warehouse) -> list[tuple[int, str, datetime]]:
    with warehouse.reading() as connection:
        found = connection.execute(sa.text("select version, name, applied_at from schema_version order by version"))
        return [(row.version, row.name, row.applied_at) for row in found]


def test_an_empty_warehouse_comes_to_the_newest_schema(empty_warehouse: Warehouse) -> None:
    assert migrate(empty_warehouse, MIGRATIONS, NOW) == NEWEST
    assert {"submission", "finding", "tally", "delivery", "release", "outbox", "audit"} <= tables(empty_warehouse)
    assert ledger(empty_warehouse) == [(number, name, NOW) for number, name in enumerate(NEWEST, start=1)]


def test_a_second_time_does_nothing(empty_warehouse: Warehouse) -> None:
    migrate(empty_warehouse, MIGRATIONS, NOW)
    before = ledger(empty_warehouse)
    assert migrate(empty_warehouse, MIGRATIONS, datetime(2026, 12, 1)) == []
    assert ledger(empty_warehouse) == before


def test_only_what_is_new_is_applied(empty_warehouse: Warehouse, folder: Path) -> None:
    migrate(empty_warehouse, MIGRATIONS, NOW)
    (folder / NEXT).write_text("-- More.\n\n-- one row per extra\ncreate table extra (id integer primary key);\n")
    assert migrate(empty_warehouse, folder, NOW) == [NEXT]
    assert "extra" in tables(empty_warehouse)


def test_a_file_changed_after_it_was_applied_is_refused_with_the_cure(empty_warehouse: Warehouse, folder: Path) -> None:
    migrate(empty_warehouse, folder, NOW)
    first = folder / NEWEST[0]
    first.write_text(first.read_text().replace("audit", "log"))
    (folder / NEXT).write_text("create table extra (id integer primary key);\n")
    with pytest.raises(WarehouseError, match=rf"{NEWEST[0]} was changed .* restore it and write a new migration"):
        migrate(empty_warehouse, folder, NOW)
    assert "extra" not in tables(empty_warehouse)


def test_a_file_that_was_applied_and_is_gone_is_refused_with_the_cure(empty_warehouse: Warehouse, folder: Path) -> None:
    migrate(empty_warehouse, folder, NOW)
    (folder / NEWEST[2]).unlink()
    with pytest.raises(WarehouseError, match=rf"{NEWEST[2]} was applied and is not there any more; restore it"):
        migrate(empty_warehouse, folder, NOW)


def test_a_warehouse_newer_than_the_program_is_refused_and_left_alone(empty_warehouse: Warehouse, folder: Path) -> None:
    (folder / NEXT).write_text("create table extra (id integer primary key);\n")
    migrate(empty_warehouse, folder, NOW)
    before = tables(empty_warehouse), ledger(empty_warehouse)
    with pytest.raises(WarehouseError, match=rf"newer than this version: {NEXT} was applied .* install the version"):
        migrate(empty_warehouse, MIGRATIONS, NOW)
    assert (tables(empty_warehouse), ledger(empty_warehouse)) == before


def test_a_file_that_fails_half_way_leaves_nothing_and_can_be_mended(empty_warehouse: Warehouse, folder: Path) -> None:
    migrate(empty_warehouse, MIGRATIONS, NOW)
    before = tables(empty_warehouse), ledger(empty_warehouse)
    good = "create table extra (id integer primary key);\ninsert into extra values (1);\n"
    (folder / NEXT).write_text(f"{good}insert into nowhere values (1);\n")
    with pytest.raises(WarehouseError, match=rf"{NEXT} failed, and the warehouse is as it was before: .*nowhere"):
        migrate(empty_warehouse, folder, NOW)
    assert (tables(empty_warehouse), ledger(empty_warehouse)) == before
    (folder / NEXT).write_text(good)
    assert migrate(empty_warehouse, folder, NOW) == [NEXT]


def test_a_first_migration_that_fails_leaves_no_table_at_all(empty_warehouse: Warehouse, folder: Path) -> None:
    (folder / NEXT).write_text("insert into nowhere values (1);\n")
    with pytest.raises(WarehouseError, match="nowhere"):
        migrate(empty_warehouse, folder, NOW)
    assert tables(empty_warehouse) == set()


@pytest.mark.tools
def test_two_that_migrate_one_server_at_once_apply_each_file_once(empty_database: str) -> None:
    applied: list[list[str]] = []
    together = threading.Barrier(2)

    def one() -> None:
        warehouse = Warehouse(empty_database)
        together.wait(10)
        applied.append(migrate(warehouse, MIGRATIONS, NOW))

    both = [threading.Thread(target=one) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(30)
    assert sorted(applied) == [[], NEWEST]


KILLED = """
import os, pathlib, signal, sys
from datetime import datetime
import sqlalchemy as sa
from assurance.warehouse.engine import Warehouse
from assurance.warehouse.migrations import migrate

@sa.event.listens_for(sa.Engine, "before_cursor_execute")
def kill(connection, cursor, statement, *_):
    if "half_way" in statement:
        os.kill(os.getpid(), signal.SIGKILL)

migrate(Warehouse(sys.argv[1]), pathlib.Path(sys.argv[2]), datetime(2026, 11, 2))
"""
MIGRATED = """
import pathlib, sys
from datetime import datetime
from assurance.warehouse.engine import Warehouse
from assurance.warehouse.migrations import migrate

print(len(migrate(Warehouse(sys.argv[1]), pathlib.Path(sys.argv[2]), datetime(2026, 11, 2))))
"""


def process(code: str, warehouse: Warehouse, folder: Path) -> subprocess.Popen[str]:
    url = warehouse.url.render_as_string(hide_password=False)
    return subprocess.Popen([sys.executable, "-c", code, url, str(folder)], stdout=subprocess.PIPE, text=True)


def test_one_that_is_killed_half_way_leaves_the_old_schema_and_the_next_goes_on(
    empty_warehouse: Warehouse, folder: Path
) -> None:
    migrate(empty_warehouse, MIGRATIONS, NOW)
    before = tables(empty_warehouse), ledger(empty_warehouse)
    text = "create table extra (id integer primary key);\nalter table extra add column half_way integer;\n"
    (folder / NEXT).write_text(text)
    killed = process(KILLED, empty_warehouse, folder)
    killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert (tables(empty_warehouse), ledger(empty_warehouse)) == before
    assert migrate(empty_warehouse, folder, NOW) == [NEXT]


def test_two_processes_that_migrate_at_once_apply_each_file_once(empty_warehouse: Warehouse) -> None:
    both = [process(MIGRATED, empty_warehouse, MIGRATIONS) for _ in range(2)]
    told = sorted(int(one.communicate(timeout=90)[0]) for one in both)
    assert told == [0, len(NEWEST)]
