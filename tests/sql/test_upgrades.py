"""A warehouse of every earlier schema, with data in it, comes to the newest: nothing of it is changed, and work goes on."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from assurance.model import Period
from assurance.settings import Settings
from assurance.steps import Steps
from assurance.warehouse.engine import Warehouse
from assurance.warehouse.migrations import migrate
from tests.rules.builders import valid_return
from tests.sql.conftest import MIGRATIONS

FILES = sorted(MIGRATIONS.glob("*.sql"))
PERIOD = Period(2016, 10)
RECEIVED, NOW, LATER = datetime(2016, 11, 3, 10), datetime(2016, 11, 7, 9), datetime(2016, 11, 8, 9)
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Month:
    """What a month left behind: its home, and every row of its warehouse."""

    home: Path
    tables: dict[str, Rows]
    steps: Steps


def steps_over(home: Path, url: str, now: datetime) -> Steps:
    settings = Settings(home=home, warehouse_url=url, arrival="file", sign_off="the tests", smtp_url="")
    return Steps(settings, clock=lambda: now)


def rows_of(warehouse: Warehouse) -> dict[str, Rows]:
    with warehouse.reading() as connection:
        found = {
            name: connection.execute(sa.text(f"select * from {name}")).mappings().all()
            for name in sa.inspect(connection).get_table_names()
        }
    return {name: sorted((dict(row) for row in rows), key=str) for name, rows in found.items()}


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Month:
    """Two Areas received, a release built, signed off and sent."""
    home = tmp_path_factory.mktemp("month")
    steps = steps_over(home, "", NOW)
    steps.migrate()
    for area in ("WSX", "LON"):
        valid_return(area, PERIOD).landed(steps.settings.landing, at=RECEIVED)
    assert len(list(steps.receive("outcomes"))) == 2
    release_id = steps.build("outcomes", PERIOD)
    steps.sign_off(release_id)
    assert steps.send(release_id).unsent == ()
    return Month(home, rows_of(steps.warehouse), steps)


def old_warehouse(warehouse: Warehouse, folder: Path, version: int, tables: dict[str, Rows]) -> dict[str, Rows]:
    """A warehouse as an earlier version left it: its tables and columns, and what of the rows has a place there."""
    folder.mkdir()
    for file in FILES[:version]:
        shutil.copy(file, folder)
    migrate(warehouse, folder, NOW)
    with warehouse.migrating() as connection:
        there = sa.MetaData()
        there.reflect(connection)
        for name, table in there.tables.items():
            rows = [{column.name: row[column.name] for column in table.columns} for row in tables[name]]
            if rows and name != "schema_version":
                connection.execute(sa.insert(table), rows)
    return rows_of(warehouse)


def without_new_columns(tables: dict[str, Rows], like: dict[str, Rows]) -> dict[str, Rows]:
    """The tables that stood before, with the columns they had; a column that was added must hold nothing."""
    cut = {}
    for name, rows in like.items():
        known = set(rows[0]) if rows else set()
        assert all(
            value is None for row in tables[name] for column, value in row.items() if rows and column not in known
        )
        cut[name] = sorted(({c: v for c, v in row.items() if not rows or c in known} for row in tables[name]), key=str)
    return cut


@pytest.mark.slow
@pytest.mark.parametrize("version", range(1, len(FILES)))
def test_an_older_warehouse_keeps_its_data_and_goes_on(
    empty_warehouse: Warehouse, month: Month, tmp_path: Path, version: int
) -> None:
    before = old_warehouse(empty_warehouse, tmp_path / "old", version, month.tables)
    assert all(before[table] for table in ("submission", "tally", "release", "sign_off", "outbox", "audit"))
    home = Path(shutil.copytree(month.home, tmp_path / "home"))
    steps = steps_over(home, empty_warehouse.url.render_as_string(hide_password=False), LATER)

    assert steps.migrate() == [file.name for file in FILES[version:]]
    after = rows_of(empty_warehouse)
    assert [row for row in after["schema_version"] if row["version"] <= version] == before["schema_version"]
    del before["schema_version"]
    assert without_new_columns(after, before) == before

    assert steps.figures("outcomes", PERIOD) == month.steps.figures("outcomes", PERIOD)
    assert steps.send("outcomes/2016-10/1").sent == 0, "nobody gets again what was sent"
    valid_return("EMD", PERIOD).landed(steps.settings.landing, at=RECEIVED)
    (loaded,) = steps.receive("outcomes")
    assert loaded.new
    assert steps.build("outcomes", PERIOD) == "outcomes/2016-10/2"
    steps.sign_off("outcomes/2016-10/2")
    assert steps.send("outcomes/2016-10/2").unsent == ()
    assert not any("schema_version" in fault.place for fault in steps.verify().faults)
