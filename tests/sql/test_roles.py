"""Each job may do in the warehouse what its steps need, and nothing else: a login that has one role alone is tried."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from assurance.errors import AssuranceError, DelayedError, WarehouseError
from assurance.settings import Settings
from assurance.steps import Steps
from assurance.warehouse import audit, engine, queries
from assurance.warehouse.engine import Role, Warehouse, lock
from assurance.warehouse.migrations import grant
from tests.conftest import new_database
from tests.postgres import OWNER, find_binaries
from tests.rules.builders import valid_return
from tests.sql.conftest import NOW, SQL, shared_warehouse
from tests.sql.test_parity_of_a_month import COLLECTION, PERIOD, READINGS, land_a_month, land_readings, ticking

pytestmark = pytest.mark.tools

INTAKE, MEASURE, REPORT, MAIL, AUDITOR = Role
LIMITS = ("lock_timeout", "idle_in_transaction_session_timeout", "application_name")
LINE = "insert into audit values (99, now(), 'received', 'x', '{}', 'x')"
SUBMISSION = (
    "insert into submission values ('x', 'outcomes', 'WSX', '2026-10', 1, 'f', 's', now(), 'on time', 'accepted', "
    "1, 1, 0, 0, 'c', 'v', 'v', now())"
)
TALLY = "insert into tally values ('x', 'O01', 1, 'u', 'all', 1, 0, 0, 0, 0)"
RELEASE = "insert into release values ('x', 'outcomes', '2026-10', 1, 's', 's', 'v', 'v', now())"
SIGN_OFF = "insert into sign_off values ('x', 's', 'me', now())"
MESSAGE = "insert into outbox values ('x', 'receipt', 's', 'WSX', 'a@example.org', 'queued', 0, null, now(), '')"
ANSWER = "insert into answer values ('x', 1, 'RET-013', '', 'yes', 'me', now(), null)"

DENIED = [
    *((role, sql) for role in Role for sql in (
        "update audit set detail = '{}'",
        "delete from audit",
        "truncate audit",
        "drop table audit",
        "update submission set outcome = 'accepted'",
        "delete from submission",
        "update sign_off set approved_by = 'me'",
        "delete from outbox",
        "update outbox set recipient = 'me@example.org'",
        "alter table tally add column mine integer",
        "create table mine (number integer)",
        "create view mine as select 1",
        "create function mine() returns integer language sql return 1",
        "create schema mine",
        "create role mine",
        "update schema_version set sha256 = ''",
        "set role warehouse_owner",
    )),
    *((role, sql) for role in (REPORT, AUDITOR) for sql in (LINE, SUBMISSION, TALLY, RELEASE, SIGN_OFF, MESSAGE, ANSWER)),
    *((role, "update outbox set state = 'queued'") for role in (INTAKE, MEASURE, REPORT, AUDITOR)),
    *((role, "set role assurance_mail") for role in (INTAKE, MEASURE, REPORT, AUDITOR)),
    *((INTAKE, sql) for sql in (RELEASE, SIGN_OFF, "insert into release_input values ('x', 'y')")),
    *((INTAKE, f"select * from {table}") for table in ("released_cell", "schema_version")),
    *((MEASURE, sql) for sql in (SUBMISSION, TALLY, SIGN_OFF, ANSWER, "delete from release")),
    *((MEASURE, f"select * from {table}") for table in ("delivery", "schema_version")),
    *((MAIL, sql) for sql in (SUBMISSION, TALLY, RELEASE, ANSWER)),
    *((MAIL, f"select * from {table}") for table in (
        "delivery", "declared", "reason", "sampled", "scope", "released_cell",
        "second_reading", "second_reading_match", "second_reading_change", "schema_version",
    )),
]  # fmt: skip
ALLOWED = [
    *((INTAKE, sql) for sql in (SUBMISSION, TALLY, ANSWER, MESSAGE, LINE, "update outbox set attempt_id = 'x'")),
    *((MEASURE, sql) for sql in (RELEASE, "insert into release_input values ('x', 'y')", MESSAGE, LINE)),
    *((MAIL, sql) for sql in (SIGN_OFF, MESSAGE, LINE, "update outbox set state = 'sent', attempts = 1, reply = ''")),
    *((role, "select * from audit") for role in Role),
    *((role, "select * from tally") for role in Role),
    *((role, "select * from submission_in_force") for role in Role),
    (AUDITOR, "select * from schema_version"),
]


def login_of(role: Role) -> str:
    """The login that has this role and no other."""
    return f"only_{role.name.lower()}"


def as_login(owner: sa.URL, login: str) -> sa.URL:
    return owner.set(username=login)


def tried(url: sa.URL, sql: str) -> None:
    """Run one statement, and take it back."""
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        connection.execute(sql.encode())
        connection.rollback()


@pytest.fixture(scope="module")
def standing(server_with_roles: str) -> sa.URL:
    """One warehouse for many tries, none of which leaves anything."""
    return shared_warehouse(server_with_roles)


@pytest.mark.parametrize(("role", "sql"), DENIED, ids=[f"{role.name.lower()}: {sql[:50]}" for role, sql in DENIED])
def test_what_a_job_does_not_need_is_denied(standing: sa.URL, role: Role, sql: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        tried(as_login(standing, login_of(role)), sql)


@pytest.mark.parametrize(("role", "sql"), ALLOWED, ids=[f"{role.name.lower()}: {sql[:50]}" for role, sql in ALLOWED])
def test_what_a_job_needs_is_allowed(standing: sa.URL, role: Role, sql: str) -> None:
    tried(as_login(standing, login_of(role)), sql)


@pytest.mark.parametrize("sql", ["select * from submission", LINE, SUBMISSION, "create table mine (number integer)"])
def test_the_login_of_the_steps_may_do_nothing_before_it_takes_a_role(standing: sa.URL, sql: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        tried(as_login(standing, "warehouse"), sql)


def test_nobody_but_the_owner_may_change_or_delete_what_stands(standing: sa.URL) -> None:
    """Of every table, those of later migrations too: only states of messages move."""
    with sa.create_engine(standing, poolclass=sa.NullPool).connect() as connection:
        tables = sa.inspect(connection).get_table_names()
        held = {
            (role.name, table, right)
            for role in Role
            for table in tables
            for right in ("UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
            if connection.execute(sa.select(sa.func.has_table_privilege(role.value, table, right))).scalar_one()
        }
        moving = {
            (role.name, table, column["name"])
            for role in Role
            for table in tables
            for column in sa.inspect(connection).get_columns(table)
            if connection.execute(
                sa.select(sa.func.has_column_privilege(role.value, table, column["name"], "UPDATE"))
            ).scalar_one()
        }
        entered = {
            table
            for role in Role
            for table in tables
            if connection.execute(sa.select(sa.func.has_table_privilege(role.value, table, "INSERT"))).scalar_one()
        }
    assert held == set()
    assert moving == {("INTAKE", "outbox", "attempt_id")} | {
        ("MAIL", "outbox", column) for column in ("state", "attempts", "attempt_id", "changed_at", "reply")
    }
    assert entered == set(tables) - {"schema_version"}, "a table into which no job enters anything: see sql/grants.sql"


def test_granting_again_takes_back_what_was_given_by_hand(shared: sa.URL) -> None:
    owner = Warehouse(shared.render_as_string(hide_password=False))
    with owner.migrating() as connection:
        connection.exec_driver_sql("grant delete on audit to assurance_mail")
        connection.exec_driver_sql("grant select on submission to public")
    grant(owner, SQL / "grants.sql")
    for login, sql in ((login_of(MAIL), "delete from audit"), ("warehouse", "select * from submission")):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            tried(as_login(shared, login), sql)
    tried(as_login(shared, login_of(MAIL)), "select * from submission")


def test_who_is_not_the_owner_cannot_grant_and_is_told_so(shared: sa.URL) -> None:
    steps = Warehouse(as_login(shared, "warehouse").render_as_string(hide_password=False))
    with pytest.raises(WarehouseError, match=r"grants.sql failed, .* run by the owner"):
        grant(steps, SQL / "grants.sql")


def test_a_dump_is_restored_by_the_owner_who_then_says_anew_who_may_what(
    server_with_roles: str, shared: sa.URL, tmp_path: Path
) -> None:
    """By the commands of docs/warehouse.md, with no administrator but for the empty database."""
    binaries, dump = find_binaries(), tmp_path / "warehouse.dump"
    assert binaries is not None
    restored = sa.make_url(new_database(server_with_roles, owner="warehouse_owner"))
    restored = restored.set(username="warehouse_owner")
    from_there, to_here = (
        f"--dbname={url.set(drivername='postgresql').render_as_string()}" for url in (shared, restored)
    )
    options = ("--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges")
    subprocess.run([binaries / "pg_dump", "--format=custom", f"--file={dump}", from_there], check=True, timeout=60)
    subprocess.run([binaries / "pg_restore", *options, to_here, dump], check=True, timeout=60)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        tried(as_login(restored, login_of(REPORT)), "select * from submission")
    grant(Warehouse(restored.render_as_string(hide_password=False)), SQL / "grants.sql")
    tried(as_login(restored, login_of(REPORT)), "select * from submission")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        tried(as_login(restored, login_of(REPORT)), LINE)


# In the steps


@pytest.fixture
def steps_of(shared: sa.URL, tmp_path: Path) -> Callable[[str], Steps]:
    """The steps as a login does them, over one home and one clock."""
    clock = ticking()

    def made(login: str) -> Steps:
        url = as_login(shared, login).render_as_string(hide_password=False)
        settings = Settings(
            home=tmp_path, warehouse_url=url, warehouse_roles=True, arrival="file", sign_off="the tests", smtp_url=""
        )
        return Steps(settings, clock=clock)

    return made


def received(intake: Steps, mail: Steps, collection: str) -> list[str]:
    """The ids of what had arrived: checked and loaded, then answered by those who send mail."""
    loaded = [intake.load(intake.check(one).key) for one in intake.arrivals(collection)]
    assert mail.send_owed_receipts().unsent == ()
    return [one.submission.submission_id for one in loaded]


@pytest.mark.slow
def test_a_whole_month_is_done_by_logins_that_have_one_role_each(steps_of: Callable[[str], Steps]) -> None:
    intake, measure, report, mail, auditor = (steps_of(login_of(role)) for role in Role)
    home = intake.settings.home
    land_a_month(intake)
    assert len(received(intake, mail, COLLECTION)) > 3
    (corrected_later,) = (path.name for path in (home / "aside").iterdir())
    land_readings(intake.settings.landing, corrected_later)
    received(intake, mail, READINGS)
    measure.build(COLLECTION, PERIOD)
    shutil.copytree(home / "aside", intake.settings.landing / COLLECTION, dirs_exist_ok=True)
    (corrected,) = received(intake, mail, COLLECTION)
    assert len(measure.restatements(COLLECTION, [PERIOD])) == 1
    intake.answer(corrected[:10], "RET-013", "Only the order of rows was changed.", "Manager")
    release_id = measure.build(COLLECTION, PERIOD)
    assert release_id == f"{COLLECTION}/{PERIOD}/2"
    assert measure.figures(COLLECTION, PERIOD)
    assert measure.close(COLLECTION, PERIOD, "the tests") == (), "it is released"
    mail.chase(COLLECTION, PERIOD)
    assert any("Only the order" in line for line in mail.sign_off_request(release_id).lines())
    mail.sign_off(release_id)
    sent = mail.send(release_id)
    assert (sent.sent > 0, sent.unsent) == (True, ())
    mail.raise_alerts(COLLECTION, PERIOD)
    assert mail.unsent() == ()
    assert report.status(COLLECTION, PERIOD).sign_offs[-1].may_be_sent
    assert len(report.every_release(COLLECTION)) == 2
    assert report.findings(corrected)[1]
    assert auditor.verify().faults == ()
    assert auditor.verify_release(release_id).faults == ()


def test_the_login_of_the_steps_takes_the_role_of_each_job(
    steps_of: Callable[[str], Steps],
) -> None:
    steps = steps_of("warehouse")
    with steps.warehouse.transaction(INTAKE) as connection:
        audit.record(connection, "received", "a return", {}, NOW)
        assert connection.execute(sa.text("select current_user")).scalar_one() == INTAKE
    with steps.warehouse.reading() as connection:
        assert connection.execute(sa.text("select current_user")).scalar_one() == REPORT
    with (
        pytest.raises(
            WarehouseError, match=r"does not allow this to the role of the step .*permission denied for table"
        ),
        steps.warehouse.transaction(AUDITOR) as connection,
    ):
        audit.record(connection, "received", "a return", {}, NOW)


@pytest.mark.parametrize("step", [
    lambda steps: steps.build("outcomes", PERIOD),
    lambda steps: steps.sign_off("outcomes/2026-10/1"),
    lambda steps: steps.arrivals("outcomes"),
    lambda steps: steps.verify(),
])  # fmt: skip
def test_a_login_does_no_other_job_than_its_own_and_is_told_why(
    steps_of: Callable[[str], Steps], step: Callable[[Steps], object]
) -> None:
    with pytest.raises(WarehouseError, match=r"the login only_report .* may not act as assurance_"):
        step(steps_of("only_report"))


def test_without_the_setting_no_role_is_taken(shared: sa.URL, tmp_path: Path) -> None:
    url = shared.render_as_string(hide_password=False)
    steps = Steps(Settings(home=tmp_path, warehouse_url=url))
    with steps.warehouse.transaction(INTAKE) as connection:
        assert connection.execute(sa.text("select current_user")).scalar_one() == "warehouse_owner"


# Connections


@pytest.fixture
def crowded(shared: sa.URL) -> Iterator[sa.URL]:
    """A warehouse whose steps have one connection and no more; it is taken until the test lets go."""
    administrator = shared.set(username=OWNER, drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute("create role lonely login connection limit 1 in role assurance_intake, assurance_report")
        yield as_login(shared, "lonely")
        connection.execute("drop role lonely")


def test_a_visit_waits_for_a_free_connection(crowded: sa.URL) -> None:
    steps = Warehouse(crowded.render_as_string(hide_password=False), roles=True)
    refused = threading.Event()
    retried = engine._full

    def told_when_refused(error: BaseException) -> bool:
        if retried(error):
            refused.set()
        return retried(error)

    def read() -> int:
        with steps.reading() as connection:
            return len(queries.rows(connection, "audit/lines"))

    with pytest.MonkeyPatch.context() as patched, ThreadPoolExecutor(1) as pool:
        patched.setattr(engine, "_full", told_when_refused)
        with steps.transaction(INTAKE) as connection:
            audit.record(connection, "received", "a return", {}, NOW)
            waiting = pool.submit(read)
            assert refused.wait(30)
        assert waiting.result(60) == 1


def test_who_gets_no_connection_is_told_to_try_again_and_loses_nothing(
    crowded: sa.URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A DelayedError, which Airflow tries again; other errors of ours it does not."""
    monkeypatch.setattr(engine, "PATIENCE_SECONDS", 0)
    url = crowded.render_as_string(hide_password=False)
    steps = Steps(Settings(home=tmp_path, warehouse_url=url, warehouse_roles=True, arrival="file"))
    valid_return().landed(steps.settings.landing)
    (arrived,) = steps.arrivals("outcomes")
    ticket = steps.check(arrived)
    too_many = pytest.raises(DelayedError, match=r"no free connection .* docs/warehouse.md")
    with steps.warehouse.reading(), too_many as caught:
        steps.load(ticket.key)
    assert not isinstance(caught.value, AssuranceError)
    assert steps.load(ticket.key).new


def test_who_waits_too_long_for_a_lock_is_told_to_try_again(shared: sa.URL, monkeypatch: pytest.MonkeyPatch) -> None:
    short = {**engine.SERVER_OPTIONS, "options": "-c lock_timeout=100ms"}
    monkeypatch.setattr(engine, "SERVER_OPTIONS", short)
    owner = Warehouse(shared.render_as_string(hide_password=False))
    with owner.transaction() as first:
        lock(first, "outcomes")
        with (
            pytest.raises(DelayedError, match=r"another transaction held .* too long"),
            owner.transaction() as second,
        ):
            lock(second, "outcomes")


def test_who_holds_a_lock_and_does_nothing_loses_it(shared: sa.URL, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a worker whose machine was taken away: what it had begun is rolled back, and the next goes on."""
    short = {**engine.SERVER_OPTIONS, "options": "-c idle_in_transaction_session_timeout=200ms"}
    monkeypatch.setattr(engine, "SERVER_OPTIONS", short)
    gone = Warehouse(shared.render_as_string(hide_password=False))
    with gone.transaction():
        monkeypatch.undo()  # others have the limits they always have
    alive = Warehouse(shared.render_as_string(hide_password=False))
    with pytest.raises(DelayedError, match=r"asked nothing of .* nothing was entered"), gone.transaction() as idle:
        audit.record(idle, "received", "what is never committed", {}, NOW)
        with alive.transaction() as connection:  # waits for the lock of the audit trail
            audit.record(connection, "received", "a return", {}, NOW)
    with alive.reading() as connection:
        assert [line["subject"] for line in queries.rows(connection, "audit/lines")] == ["a return"]


def test_every_visit_has_its_limits_of_time(shared: sa.URL) -> None:
    visited = Warehouse(shared.render_as_string(hide_password=False))
    for visit in (visited.transaction(), visited.reading()):
        with visit as connection:
            told = [connection.execute(sa.text(f"show {name}")).scalar_one() for name in LIMITS]
        assert told == ["8min", "8min", "assurance"]
