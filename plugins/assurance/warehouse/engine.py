"""How is the warehouse opened, by whom, and for how long?

DuckDB admits one writing process at a time and shuts readers out meanwhile; so every visit is short, and a refused
one is tried again. PostgreSQL needs neither. Everything else is the same SQL on both.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import sqlalchemy as sa
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from assurance.errors import WarehouseError

Connection: TypeAlias = sa.Connection
"""An open visit. Others hand it on; only the modules of the warehouse run statements on it."""

PATIENCE_SECONDS = 60
"""How long a visit waits for another process to let go of a DuckDB file."""
OTHER_SCHEMA = frozenset({"CatalogException", "BinderException", "UndefinedTable", "UndefinedColumn"})
"""What the engines raise for a table or column that is not there."""
OF_BOTH_ENGINES: dict[str, Any] = {"poolclass": sa.NullPool, "hide_parameters": True}
"""What holds of both engines; an error of theirs shows no parameter, for answers of Areas are among them."""


class Warehouse:
    """One warehouse by its SQLAlchemy URL. Hold a connection only as long as the work on it lasts."""

    def __init__(self, url: str) -> None:
        try:
            self.url = sa.make_url(url)
        except sa.exc.ArgumentError:
            raise WarehouseError("ASSURANCE_WAREHOUSE_URL is no SQLAlchemy URL; write postgresql+psycopg://…") from None
        self._held: Connection | None = None

    @property
    def is_duckdb(self) -> bool:
        return self.url.get_backend_name() == "duckdb"

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection for writing: commits at the end, rolls back on an error."""
        self._demand_file()
        with self._connection(read_only=False) as connection, self._schema_demanded(), connection.begin():
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one consistent state and writes nothing."""
        self._demand_file()
        with self._connection(read_only=True) as connection, self._schema_demanded(), connection.begin():
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

    @contextmanager
    def _schema_demanded(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.ProgrammingError as error:
            if type(error.orig).__name__ not in OTHER_SCHEMA:
                raise
            raise WarehouseError(
                f"the warehouse {self._place} is not at the schema this version needs; run `assurance migrate`"
            ) from error

    @contextmanager
    def _connection(self, *, read_only: bool) -> Iterator[Connection]:
        if self._held is not None:
            yield self._held
            return
        with self._connected(self._engine(read_only=read_only)) as connection:
            yield connection

    @cache  # noqa: B019 - a warehouse lives as long as its process
    def _engine(self, *, read_only: bool) -> sa.Engine:
        if self.is_duckdb:
            Path(self.url.database or "").parent.mkdir(parents=True, exist_ok=True)
            # statements over counts are small: dividing them among threads costs more than it saves
            arguments = {"read_only": read_only, "config": {"threads": 1}}
            return sa.create_engine(self.url, **OF_BOTH_ENGINES, connect_args=arguments)
        options = {
            "isolation_level": "REPEATABLE READ" if read_only else "READ COMMITTED",
            "postgresql_readonly": read_only,
        }
        return sa.create_engine(self.url, **OF_BOTH_ENGINES, execution_options=options)

    @property
    def _place(self) -> str:
        return self.url.render_as_string(hide_password=True)

    def _connected(self, engine: sa.Engine) -> Connection:
        attempts = Retrying(
            retry=retry_if_exception(_held_by_another),
            stop=stop_after_delay(PATIENCE_SECONDS),
            wait=wait_random_exponential(multiplier=0.02, max=0.5),
            reraise=True,
        )
        try:
            return attempts(engine.connect)
        except sa.exc.DBAPIError as error:
            raise WarehouseError(f"the warehouse {self._place} cannot be opened: {error.orig}") from error


def _held_by_another(error: BaseException) -> bool:
    return isinstance(error, sa.exc.DBAPIError) and "Could not set lock" in str(error.orig)


def lock(connection: Connection, name: str, *, shared: bool = False) -> None:
    """Let no other transaction that asks for the same name pass until this one ends; DuckDB has one writer anyway.

    Those that ask `shared` pass beside each other and keep out the one that does not.
    """
    if connection.dialect.name == "postgresql":
        function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
        connection.execute(sa.text(f"select {function}(hashtextextended(:name, 0))"), {"name": name})
