"""The warehouse is brought to the newest schema whole or not at all, on both engines."""

from __future__ import annotations

import shutil
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
