"""How is the warehouse opened, by whom, and for how long?

DuckDB admits one writing process at a time and shuts readers out meanwhile; so every visit is short, and a refused
one is tried again. PostgreSQL needs neither. Everything else is the same SQL on both.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeAlias

import sqlalchemy as sa
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from assurance.errors import DelayedError, WarehouseError

Connection: TypeAlias = sa.Connection
"""An open visit. Others hand it on; only the modules of the warehouse run statements on it."""

PATIENCE_SECONDS = 60
"""How long a visit waits for another process to let go of a DuckDB file, or for a free connection of a server."""
FULL = ("too many connections", "too many clients", "remaining connection slots are reserved")
"""What PostgreSQL says when a limit of connections is reached; it gives no code before somebody is let in."""
ANSWERED = "FATAL:"
RESTARTING = ("is starting up", "is shutting down", "not yet accepting connections")
"""A server that answers says so, and why it lets nobody in: for good, unless it is restarting. One that does not may be
back in a moment."""
SERVER_OPTIONS = {
    # a dead server is found out soon
    "connect_timeout": 10,
    # who waits longer for another's lock is told so, and tried again; who holds one and does nothing, for its machine is
    # gone or its process stopped, lets go of it. A build thinks for seconds between two statements, not for minutes.
    "options": "-c lock_timeout=8min -c idle_in_transaction_session_timeout=8min",
    "application_name": "assurance",
}
OTHER_SCHEMA = frozenset({"CatalogException", "BinderException", "UndefinedTable", "UndefinedColumn"})
"""What the engines raise for a table or column that is not there."""
TOO_LONG = {
    "LockNotAvailable": "another transaction held a lock of",
    "IdleInTransactionSessionTimeout": "this transaction was open and asked nothing of",
}
"""What PostgreSQL raises when a limit of time is reached (SERVER_OPTIONS), in our words."""
OF_BOTH_ENGINES: dict[str, Any] = {"poolclass": sa.NullPool, "hide_parameters": True}
"""What holds of both engines; an error of theirs shows no parameter, for answers of Areas are among them."""


class Role(StrEnum):
    """The jobs done on a warehouse; on PostgreSQL each has a role, and `sql/grants.sql` says what that may do."""

    INTAKE = "assurance_intake"
    """Enters returns, answers and second readings, and owes receipts."""
    MEASURE = "assurance_measure"
    """Makes figures, and enters releases."""
    REPORT = "assurance_report"
    """Shows where things stand; enters nothing."""
    MAIL = "assurance_mail"
    """Enters what was decided about a release, and what became of each message."""
    AUDITOR = "assurance_auditor"
    """Verifies and explains; reads everything and enters nothing."""


class Warehouse:
    """One warehouse by its SQLAlchemy URL. Hold a connection only as long as the work on it lasts.

    With `roles` each visit takes the role of its job until it ends; only PostgreSQL has roles.
    """

    def __init__(self, url: str, *, roles: bool = False) -> None:
        try:
            self.url = sa.make_url(url)
        except sa.exc.ArgumentError:
            raise WarehouseError("ASSURANCE_WAREHOUSE_URL is no SQLAlchemy URL; write postgresql+psycopg://…") from None
        self._roles = roles and not self.is_duckdb
        self._held: Connection | None = None
        self._engines: dict[bool, sa.Engine] = {}

    def __getstate__(self) -> dict[str, object]:
        """What another process is given: it opens connections of its own."""
        return {**self.__dict__, "_held": None, "_engines": {}}

    @property
    def is_duckdb(self) -> bool:
        return self.url.get_backend_name() == "duckdb"

    @contextmanager
    def transaction(self, role: Role | None = None) -> Iterator[Connection]:
        """A connection for writing: commits at the end, rolls back on an error. Without a role the login must do."""
        self._demand_file()
        with self._connection(read_only=False) as connection, self._told(), connection.begin():
            self._take(connection, role)
            yield connection

    @contextmanager
    def reading(self, role: Role = Role.REPORT) -> Iterator[Connection]:
        """A connection that sees one consistent state and writes nothing."""
        self._demand_file()
        with self._connection(read_only=True) as connection, self._told(), connection.begin():
            self._take(connection, role)
            yield connection

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A connection for changing the schema, in one transaction; makes a DuckDB file that is not there."""
        with self._connection(read_only=False) as connection, connection.begin():
            yield connection

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep one connection for many short visits of this process: opening a DuckDB file costs more than a visit.

        Other processes wait meanwhile, so hold it for a batch of work and not for all of it. Does nothing on PostgreSQL.
        """
        if not self.is_duckdb:
            yield
            return
        self._demand_file()
        self._hold()
        try:
            yield
        finally:
            self._close_held()

    @contextmanager
    def let_go(self) -> Iterator[None]:
        """Let others have a held warehouse while something slow is done. Only between visits: they use it."""
        was_held = self._held is not None
        self._close_held()
        try:
            yield
        finally:
            if was_held:
                self._hold()

    def _hold(self) -> None:
        self._held = self._connected(self._engine(read_only=False))

    def _close_held(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held.close()

    def _demand_file(self) -> None:
        """To open a DuckDB file that is not there would make an empty one, and hide that the place is wrong."""
        if self.is_duckdb and not Path(self.url.database or "").exists():
            raise WarehouseError(f"there is no warehouse at {self.url.database}; run `assurance migrate`")

    def _take(self, connection: Connection, role: Role | None) -> None:
        """Be no more than a job needs until the transaction ends."""
        if not self._roles or role is None:
            return
        try:
            connection.execute(sa.text(f"set local role {role}"))
        except sa.exc.DBAPIError as error:
            raise WarehouseError(
                f"the login {self.url.username} of the warehouse {self._place} may not act as {role} ({error.orig}); give it"
                " that role as tools/make_databases.sh does, or have a login do this that has it"
            ) from error

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What an engine refuses, in words that say what to do."""
        try:
            yield
        except sa.exc.DBAPIError as error:
            kind = type(error.orig).__name__
            if kind in OTHER_SCHEMA:
                raise WarehouseError(
                    f"the warehouse {self._place} is not at the schema this version needs; run `assurance migrate`"
                ) from error
            if kind == "InsufficientPrivilege":
                raise WarehouseError(
                    f"the warehouse {self._place} does not allow this to the role of the step ({error.orig}); if a new "
                    "version was installed, run `assurance migrate` as the owner, else docs/warehouse.md says who may what"
                ) from error
            if kind in TOO_LONG:
                raise DelayedError(
                    f"{TOO_LONG[kind]} the warehouse {self._place} for too long, so nothing was entered; try again, and "
                    "if it stays so see docs/warehouse.md, Connections"
                ) from error
            raise

    @contextmanager
    def _connection(self, *, read_only: bool) -> Iterator[Connection]:
        if self._held is not None:
            yield self._held
            return
        with self._connected(self._engine(read_only=read_only)) as connection:
            yield connection

    def _engine(self, *, read_only: bool) -> sa.Engine:
        """Made once for reading and once for writing."""
        if read_only not in self._engines:
            self._engines[read_only] = self._made_engine(read_only=read_only)
        return self._engines[read_only]

    def _made_engine(self, *, read_only: bool) -> sa.Engine:
        if self.is_duckdb:
            Path(self.url.database or "").parent.mkdir(parents=True, exist_ok=True)
            # statements over counts are small: dividing them among threads costs more than it saves
            arguments = {"read_only": read_only, "config": {"threads": 1}}
            return sa.create_engine(self.url, **OF_BOTH_ENGINES, connect_args=arguments)
        options = {
            "isolation_level": "REPEATABLE READ" if read_only else "READ COMMITTED",
            "postgresql_readonly": read_only,
        }
        return sa.create_engine(self.url, **OF_BOTH_ENGINES, connect_args=SERVER_OPTIONS, execution_options=options)

    @property
    def _place(self) -> str:
        return self.url.render_as_string(hide_password=True)

    def _connected(self, engine: sa.Engine) -> Connection:
        attempts = Retrying(
            retry=retry_if_exception(lambda error: _held_by_another(error) or _full(error)),
            stop=stop_after_delay(PATIENCE_SECONDS),
            wait=wait_random_exponential(multiplier=0.02, max=0.5),
            reraise=True,
        )
        try:
            return attempts(engine.connect)
        except sa.exc.DBAPIError as error:
            if _full(error):
                raise DelayedError(
                    f"the warehouse {self._place} has had no free connection for {PATIENCE_SECONDS} s; try again, and if it "
                    "stays so see docs/warehouse.md, Connections"
                ) from error
            if not self.is_duckdb and _away(error):
                raise DelayedError(
                    f"the warehouse {self._place} does not answer ({error.orig}); see that the server runs, and try again"
                ) from error
            if _held_by_another(error):
                raise DelayedError(
                    f"the warehouse {self._place} was held by another program for {PATIENCE_SECONDS} s ({error.orig}); try "
                    "again when that one is done"
                ) from error
            raise WarehouseError(f"the warehouse {self._place} cannot be opened: {error.orig}") from error


def _held_by_another(error: BaseException) -> bool:
    return isinstance(error, sa.exc.DBAPIError) and "Could not set lock" in str(error.orig)


def _full(error: BaseException) -> bool:
    return isinstance(error, sa.exc.OperationalError) and any(words in str(error.orig) for words in FULL)


def _away(error: sa.exc.DBAPIError) -> bool:
    told = str(error.orig)
    return ANSWERED not in told or any(words in told for words in RESTARTING)


def lock(connection: Connection, name: str, *, shared: bool = False) -> None:
    """Let no other transaction that asks for the same name pass until this one ends; DuckDB has one writer anyway.

    Those that ask `shared` pass beside each other and keep out the one that does not.
    """
    if connection.dialect.name == "postgresql":
        function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
        connection.execute(sa.text(f"select {function}(hashtextextended(:name, 0))"), {"name": name})
