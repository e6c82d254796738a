"""Who may be in the warehouse with whom: on DuckDB one process at a time, on PostgreSQL one load of a return."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import sqlalchemy as sa

from assurance.errors import DelayedError, WarehouseError
from assurance.model import (
    Arrival,
    Arrived,
    Checked,
    Counted,
    Counts,
    Finding,
    Outcome,
    Period,
    Severity,
    Submission,
    TallyLine,
)
from assurance.settings import Settings
from assurance.steps import Steps, building
from assurance.warehouse import audit, engine, queries, releases, sign_offs
from assurance.warehouse.engine import Role, Warehouse, lock
from assurance.warehouse.migrations import migrate
from assurance.warehouse.submissions import Announcement, Versions, announcement, load, lock_month
from tests.rules.cases import BCM_PERIOD
from tests.rules.readings import readings_return
from tests.sql.conftest import MIGRATIONS, NOW

VISITOR = Path(__file__).with_name("visitor.py")
PATIENCE = 30
PERIOD = Period(2016, 10)
VERSIONS = Versions("0123456789ab", "0.1.0")


class Visitor:
    """Another process in the warehouse."""

    def __init__(self, warehouse: Warehouse, manner: str) -> None:
        url = warehouse.url.render_as_string(hide_password=False)
        self.process = subprocess.Popen(
            [sys.executable, str(VISITOR), url, manner], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def says(self) -> str:
        """Its next word; an empty one when it has ended."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def let_go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def visit() -> Iterator[Callable[[Warehouse, str], Visitor]]:
    """Sends other processes into a warehouse; none outlives the test."""
    sent: list[Visitor] = []

    def send(warehouse: Warehouse, manner: str) -> Visitor:
        sent.append(Visitor(warehouse, manner))
        return sent[-1]

    yield send
    for visitor in sent:
        visitor.end()


@pytest.fixture
def embedded(tmp_path: Path) -> Warehouse:
    """A migrated warehouse without rows on DuckDB."""
    made = Warehouse(f"duckdb:///{tmp_path / 'warehouse.duckdb'}")
    migrate(made, MIGRATIONS, NOW)
    return made


# What a load needs


def checked(version: int = 1, area: str = "WSX", content: str = "") -> Checked:
    """A submission with a query and two tallies, other bytes for each version."""
    name = f"{area}-{version}{content}"
    submission = Submission(
        submission_id=name,
        collection="outcomes",
        area=area,
        period=PERIOD,
        version=version,
        file_name=f"R-{area}-201610-v{version:02d}.csv",
        sha256=f"bytes of {name}",
        received_at=NOW + timedelta(hours=version),
        arrival=Arrival.ON_TIME,
        outcome=Outcome.ACCEPTED_WITH_QUERIES,
        rows_in=2,
        rows_accepted=2,
        rows_quarantined=0,
        rows_rejected=0,
        content_sha256=f"content of {name}",
    )
    finding = Finding("RET-013", Severity.QUERY, None, None, "It does not say why.", "Say why.")
    tally = tuple(TallyLine(standard, 1, "Wiltshire", "all", Counts(version, 0, 1)) for standard in ("O01", "O02"))
    return Checked(submission, (finding,), Counted(tally=tally))


def arrived(what: Checked) -> Arrived:
    place = PurePosixPath("outcomes", what.submission.area) / what.submission.file_name
    return Arrived("outcomes", what.submission.area, place, 10, what.submission.received_at)


def enter(connection: engine.Connection, what: Checked) -> bool:
    return load(connection, what, arrived(what), versions=VERSIONS, now=NOW)


def load_alone(warehouse: Warehouse, what: Checked) -> bool:
    with warehouse.transaction() as connection:
        return enter(connection, what)


def rows_of(warehouse: Warehouse, table: str) -> list[dict[str, Any]]:
    with warehouse.reading() as connection:
        return [dict(row) for row in connection.execute(sa.text(f"select * from {table}")).mappings()]


@contextmanager
def beside() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def wait_until_somebody_waits(warehouse: Warehouse, how_many: int = 1) -> None:
    """Returns when so many transactions wait for a lock of this database."""
    waiting = sa.text(
        "select count(*) from pg_locks where not granted and database = "
        "(select oid from pg_database where datname = current_database())"
    )
    until = datetime.now() + timedelta(seconds=PATIENCE)
    with sa.create_engine(warehouse.url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool).connect() as connection:
        while connection.execute(waiting).scalar_one() < how_many:
            assert datetime.now() < until, "nobody waits for a lock"


# DuckDB


def test_two_processes_write_one_after_the_other_and_both_succeed(
    embedded: Warehouse, visit: Callable[[Warehouse, str], Visitor]
) -> None:
    first = visit(embedded, "write")
    assert first.says() == "in"
    second = visit(embedded, "write")
    assert second.says() == "refused"
    first.let_go()
    assert first.says() == "done"
    assert second.says() == "in"
    second.let_go()
    assert second.says() == "done"
    assert [line["seq"] for line in rows_of(embedded, "audit")] == [1, 2]


def test_a_reader_waits_for_a_writer_and_sees_what_it_wrote(
    embedded: Warehouse, visit: Callable[[Warehouse, str], Visitor]
) -> None:
    writer = visit(embedded, "write")
    assert writer.says() == "in"
    reader = visit(embedded, "read")
    assert reader.says() == "refused"
    writer.let_go()
    assert reader.says() == "in"
    reader.let_go()
    assert reader.says() == "1"


def test_two_readers_are_in_at_once(embedded: Warehouse, visit: Callable[[Warehouse, str], Visitor]) -> None:
    readers = [visit(embedded, "read") for _ in range(2)]
    assert [reader.says() for reader in readers] == ["in", "in"]


def test_a_writer_that_is_killed_leaves_nothing_and_keeps_nobody_out(
    embedded: Warehouse, visit: Callable[[Warehouse, str], Visitor]
) -> None:
    writer = visit(embedded, "write")
    assert writer.says() == "in"
    writer.end()
    assert rows_of(embedded, "audit") == []


def test_who_waits_too_long_is_told_who_is_in(
    embedded: Warehouse, visit: Callable[[Warehouse, str], Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = visit(embedded, "hold")
    assert holder.says() == "in"
    monkeypatch.setattr(engine, "PATIENCE_SECONDS", 0)
    with pytest.raises(DelayedError, match=rf"was held by another program for 0 s .*PID {holder.process.pid}"):
        rows_of(embedded, "audit")


def test_a_warehouse_that_nobody_needs_any_more_is_let_go(embedded: Warehouse) -> None:
    """A server makes one for each page."""
    warehouse = Warehouse(embedded.url.render_as_string(hide_password=False))
    rows_of(warehouse, "audit")
    gone = weakref.ref(warehouse)
    del warehouse
    gc.collect()
    assert gone() is None


def test_a_held_warehouse_is_opened_once_for_many_visits(embedded: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    connected = Warehouse._connected
    monkeypatch.setattr(Warehouse, "_connected", lambda *given: opened.append(given) or connected(*given))
    with embedded.held():
        load_alone(embedded, checked(1))
        assert len(rows_of(embedded, "submission")) == 1
        load_alone(embedded, checked(2))
        assert len(rows_of(embedded, "submission")) == 2
    assert len(opened) == 1
    assert len(rows_of(embedded, "submission")) == 2
    assert len(opened) == 2


def test_a_held_warehouse_that_is_let_go_admits_others_and_is_held_again(
    embedded: Warehouse, visit: Callable[[Warehouse, str], Visitor]
) -> None:
    with embedded.held():
        load_alone(embedded, checked(1))
        with embedded.let_go():
            writer = visit(embedded, "write")
            assert writer.says() == "in"
            writer.let_go()
            assert writer.says() == "done"
        assert visit(embedded, "read").says() == "refused"
        assert len(rows_of(embedded, "audit")) == 2


def test_a_warehouse_that_nobody_holds_is_let_go_for_nothing(warehouse: Warehouse) -> None:
    with warehouse.let_go():
        load_alone(warehouse, checked(1))
    assert len(rows_of(warehouse, "submission")) == 1


def test_what_fails_while_a_warehouse_is_held_is_rolled_back_and_the_rest_stays(warehouse: Warehouse) -> None:
    class Crash(Exception):
        pass

    with warehouse.held():
        load_alone(warehouse, checked(1))
        with suppress(Crash), warehouse.transaction() as connection:
            enter(connection, checked(2))
            raise Crash
        load_alone(warehouse, checked(3))
    assert {row["version"] for row in rows_of(warehouse, "submission")} == {1, 3}


# Both engines


@pytest.mark.parametrize("manner", [Warehouse.reading, Warehouse.transaction, Warehouse.held])
def test_a_missing_warehouse_says_what_to_do_and_is_not_made_in_passing(
    tmp_path: Path, manner: Callable[[Warehouse], Any]
) -> None:
    absent = Warehouse(f"duckdb:///{tmp_path / 'nowhere' / 'warehouse.duckdb'}")
    with pytest.raises(WarehouseError, match=r"no warehouse at .*nowhere.*; run `assurance migrate`"), manner(absent):
        pass
    assert list(tmp_path.iterdir()) == []


def look_into(visit: AbstractContextManager[engine.Connection]) -> None:
    with visit as connection:
        queries.rows(connection, "audit/lines")


@pytest.mark.parametrize("manner", [Warehouse.reading, Warehouse.transaction])
def test_a_warehouse_without_tables_says_what_to_do(
    empty_warehouse: Warehouse, manner: Callable[[Warehouse], Any]
) -> None:
    with empty_warehouse.migrating():
        pass
    with pytest.raises(WarehouseError, match=r"not at the schema .*; run `assurance migrate`"):
        look_into(manner(empty_warehouse))


def test_a_reader_cannot_write(warehouse: Warehouse) -> None:
    with pytest.raises(sa.exc.DBAPIError, match="read-only"), warehouse.reading() as connection:
        audit.record(connection, "received", "a reader", {}, NOW)
    assert rows_of(warehouse, "audit") == []


def test_a_load_that_fails_leaves_nothing_of_itself(warehouse: Warehouse) -> None:
    good = checked()
    twice = Checked(good.submission, good.findings, Counted(tally=(*good.counted.tally, good.counted.tally[0])))
    with pytest.raises(sa.exc.IntegrityError):
        load_alone(warehouse, twice)
    assert [rows_of(warehouse, table) for table in ("submission", "finding", "tally", "delivery", "audit")] == [[]] * 5


def test_the_same_bytes_loaded_again_change_nothing(warehouse: Warehouse) -> None:
    assert load_alone(warehouse, checked()) is True
    before = {table: rows_of(warehouse, table) for table in ("submission", "finding", "tally", "delivery", "audit")}
    assert load_alone(warehouse, checked()) is False
    assert {table: rows_of(warehouse, table) for table in before} == before


# PostgreSQL


@pytest.mark.tools
def test_an_address_without_a_driver_is_opened_with_the_one_that_is_installed(on_postgres: Warehouse) -> None:
    plain = on_postgres.url.set(drivername="postgresql")
    assert rows_of(Warehouse(plain.render_as_string(hide_password=False)), "audit") == []


def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    nowhere = Warehouse("postgresql+psycopg://reader:secret@127.0.0.1:1/warehouse")
    with pytest.raises(DelayedError, match=r"reader:\*\*\*@127.0.0.1:1/warehouse does not answer") as caught:
        rows_of(nowhere, "audit")
    assert "secret" not in str(caught.value)


@pytest.mark.tools
def test_a_server_that_lets_nobody_in_says_why(on_postgres: Warehouse) -> None:
    """Which no other try would change."""
    stranger = Warehouse(on_postgres.url.set(username="stranger").render_as_string(hide_password=False))
    with pytest.raises(WarehouseError, match=r'cannot be opened: .*role "stranger" does not exist'):
        rows_of(stranger, "audit")


@pytest.mark.tools
def test_a_reader_sees_one_state_while_others_write(on_postgres: Warehouse) -> None:
    with on_postgres.reading() as connection:
        before = queries.rows(connection, "audit/lines")
        load_alone(on_postgres, checked())
        assert queries.rows(connection, "audit/lines") == before == []


@pytest.mark.tools
def test_the_same_file_loaded_twice_at_once_is_entered_once(on_postgres: Warehouse) -> None:
    with beside() as pool:
        with on_postgres.transaction() as connection:
            assert enter(connection, checked()) is True
            second = pool.submit(load_alone, on_postgres, checked())
            wait_until_somebody_waits(on_postgres)
        assert second.result(PATIENCE) is False
    assert_whole(on_postgres, [1])


@pytest.mark.tools
def test_two_versions_of_a_return_loaded_at_once_are_both_whole_and_the_higher_counts(on_postgres: Warehouse) -> None:
    with beside() as pool:
        with on_postgres.transaction() as connection:
            enter(connection, checked(2))
            second = pool.submit(load_alone, on_postgres, checked(1))
            wait_until_somebody_waits(on_postgres)
        assert second.result(PATIENCE) is True
    assert_whole(on_postgres, [1, 2])


@pytest.mark.tools
def test_many_loads_at_once_leave_one_version_each_and_one_unbroken_trail(on_postgres: Warehouse) -> None:
    together = threading.Barrier(4)

    def one(version: int) -> bool:
        together.wait(PATIENCE)
        return load_alone(on_postgres, checked(version))

    with beside() as pool:
        news = list(pool.map(one, [1, 2, 1, 2]))
    assert sorted(news) == [False, False, True, True]
    assert_whole(on_postgres, [1, 2])


def assert_whole(warehouse: Warehouse, versions: list[int]) -> None:
    """These versions of one return stand there, each with all that belongs to it, and the highest is in force."""
    assert sorted(row["version"] for row in rows_of(warehouse, "submission")) == versions
    ids = {f"WSX-{version}" for version in versions}
    expected = {"finding": 1, "tally": 2, "delivery": 1}
    for table, number in expected.items():
        found = [row["submission_id"] for row in rows_of(warehouse, table)]
        assert sorted(found) == sorted([*ids] * number), table
    assert [row["version"] for row in rows_of(warehouse, "submission_in_force")] == [versions[-1]]
    with warehouse.reading() as connection:
        assert len(queries.rows(connection, "audit/lines")) == len(versions)
        assert audit.altered(connection) == []


@pytest.mark.tools
def test_what_two_areas_do_at_once_stands_in_one_unbroken_trail(on_postgres: Warehouse) -> None:
    with beside() as pool:
        with on_postgres.transaction() as connection:
            enter(connection, checked(area="LON"))
            second = pool.submit(load_alone, on_postgres, checked(area="WSX"))
            wait_until_somebody_waits(on_postgres)
        assert second.result(PATIENCE) is True
    with on_postgres.reading() as connection:
        assert [line["subject"] for line in queries.rows(connection, "audit/lines")] == ["LON-1", "WSX-1"]
        assert audit.altered(connection) == []


@pytest.mark.tools
def test_loads_pass_beside_each_other_and_wait_for_a_build(on_postgres: Warehouse) -> None:
    with beside() as pool:
        with on_postgres.transaction() as building:
            lock(building, "outcomes")
            waiting: list[Future[bool]] = [
                pool.submit(load_alone, on_postgres, checked(area=area)) for area in ("WSX", "LON")
            ]
            wait_until_somebody_waits(on_postgres, how_many=2)
        assert [each.result(PATIENCE) for each in waiting] == [True, True]
        with on_postgres.transaction() as one, on_postgres.transaction() as other:
            lock(one, "outcomes", shared=True)
            lock(other, "outcomes", shared=True)
            build = pool.submit(build_alone, on_postgres)
            wait_until_somebody_waits(on_postgres)
        build.result(PATIENCE)


def build_alone(warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        lock(connection, "outcomes")


@pytest.mark.tools
def test_another_collection_waits_for_nobody(on_postgres: Warehouse) -> None:
    with on_postgres.transaction() as building, on_postgres.transaction() as other:
        lock(building, "letters")
        lock(other, "outcomes")


@pytest.mark.tools
def test_no_submission_slips_in_between_a_release_being_built_and_recorded(
    on_postgres: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = on_postgres.url.render_as_string(hide_password=False)
    steps = Steps(Settings(home=tmp_path, warehouse_url=url), clock=lambda: NOW)
    load_alone(on_postgres, checked(1))
    with beside() as pool:
        loading: list[Future[bool]] = []

        def render(*_: object) -> dict[str, bytes]:
            loading.append(pool.submit(load_alone, on_postgres, checked(2)))
            wait_until_somebody_waits(on_postgres)
            return {"national.html": b"built from version 1", "shareable.csv": b"", "manifest.json": b"{}"}

        monkeypatch.setattr(building, "render", render)
        release_id = steps.build("outcomes", PERIOD)
        assert loading[0].result(PATIENCE) is True
    with on_postgres.reading() as connection:
        made_from = queries.rows(connection, "release/inputs", release_id=release_id)
        assert [row["submission_id"] for row in made_from] == ["WSX-1"]
        assert announcement(connection, checked(2).submission, 3) == Announcement(restates=(PERIOD,))


@pytest.mark.tools
def test_a_month_built_twice_at_once_is_one_release(
    on_postgres: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = on_postgres.url.render_as_string(hide_password=False)
    steps = Steps(Settings(home=tmp_path, warehouse_url=url), clock=lambda: NOW)
    load_alone(on_postgres, checked(1))
    steps._note_catalogue("outcomes", Role.MEASURE)  # it asks for the audit trail, and both shall meet at the build
    second: list[Future[str]] = []

    def render(*_: object) -> dict[str, bytes]:
        second.append(pool.submit(steps.build, "outcomes", PERIOD))
        wait_until_somebody_waits(on_postgres)
        return {"national.html": b"built once", "shareable.csv": b"", "manifest.json": b"{}"}

    monkeypatch.setattr(building, "render", render)
    with beside() as pool:
        assert steps.build("outcomes", PERIOD) == second[0].result(PATIENCE) == "outcomes/2016-10/1"
    assert (len(second), len(rows_of(on_postgres, "release"))) == (1, 1)


@pytest.mark.tools
def test_loads_of_one_month_wait_for_each_other_and_those_of_another_do_not(on_postgres: Warehouse) -> None:
    this = checked().submission
    another = replace(this, period=PERIOD.plus(1))

    def load_of(submission: Submission) -> bool:
        with on_postgres.transaction() as connection:
            lock_month(connection, submission)
            return True

    with beside() as pool:
        with on_postgres.transaction() as loading:
            lock_month(loading, this)
            assert pool.submit(load_of, another).result(PATIENCE)
            waiting = pool.submit(load_of, this)
            wait_until_somebody_waits(on_postgres)
        assert waiting.result(PATIENCE)


@pytest.mark.tools
def test_readings_that_wait_for_what_they_read_hold_up_no_audit_line(
    on_postgres: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An own return that is being loaded has its month and asks for the audit trail: nobody may wait the other way round."""
    monkeypatch.setattr(Steps, "_pass_gate", lambda *_: None)
    url = on_postgres.url.render_as_string(hide_password=False)
    steps = Steps(Settings(home=tmp_path, warehouse_url=url, arrival="file"), clock=lambda: NOW)
    readings_return().landed(steps.settings.landing, "bcm_readings", datetime(2026, 11, 3, 10))
    (file,) = steps.arrivals("bcm_readings")
    ticket = steps.check(file)
    with beside() as pool:
        with on_postgres.transaction() as connection:
            lock(connection, f"bcm|WSX|{BCM_PERIOD}")
            loading = pool.submit(steps.load, ticket.key)
            wait_until_somebody_waits(on_postgres)
            connection.execute(sa.text("set local lock_timeout = '5s'"))
            audit.record(connection, "seen", "the month", {}, NOW)
        assert loading.result(PATIENCE).new


@pytest.mark.tools
def test_a_release_signed_off_twice_at_once_is_signed_off_once(on_postgres: Warehouse) -> None:
    found = releases.Release("outcomes/2016-10/1", "outcomes", PERIOD, 1, "content", "inputs", "catalogue", "package")
    with on_postgres.transaction() as connection:
        row = {**asdict(found), "period": str(PERIOD), "built_at": NOW}
        queries.execute(connection, "release/add", **row)

    def sign() -> bool:
        with on_postgres.transaction() as connection:
            return sign_offs.approve(connection, found, "setting", NOW)

    with beside() as pool:
        with on_postgres.transaction() as connection:
            assert sign_offs.approve(connection, found, "setting", NOW) is True
            second = pool.submit(sign)
            wait_until_somebody_waits(on_postgres)
        assert second.result(PATIENCE) is False
    assert len(rows_of(on_postgres, "sign_off")) == 1


def test_an_error_of_the_warehouse_shows_no_parameter(empty_warehouse: Warehouse) -> None:
    with pytest.raises(sa.exc.DBAPIError) as error, empty_warehouse.migrating() as connection:
        connection.execute(sa.text("select :answer || missing"), {"answer": "what an Area says"})
    assert "what an Area says" not in str(error.value)
