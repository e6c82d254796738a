"""How is the warehouse opened, by whom, and for how long?

DuckDB admits one writing process at a time and shuts readers out meanwhile; so every visit is short, and a refused
one is tried again. PostgreSQL needs neither. Everything else is the same SQL on both.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from assurance.errors import WarehouseError

PATIENCE_SECONDS = 60
"""How long a visit waits for another process to let go of a DuckDB file."""


class Warehouse:
    """One warehouse by its SQLAlchemy URL. Hold a connection only as long as the work on it lasts."""

    def __init__(self, url: str) -> None:
        self.url = sa.make_url(url)
        self._held: sa.Connection | None = None

    @property
    def is_duckdb(self) -> bool:
        return self.url.get_backend_name() == "duckdb"

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """A connection for writing: commits at the end, rolls back on an error."""
        with self._connection(read_only=False) as connection, connection.begin():
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection that sees one consistent state and writes nothing."""
        if self.is_duckdb and not Path(self.url.database or "").exists():
            raise WarehouseError(f"there is no warehouse at {self.url.database}; run `assurance migrate`")
        with self._connection(read_only=True) as connection, connection.begin():
            yield connection

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep one connection for many short visits of this process: opening a DuckDB file costs more than most of them.

        Other processes wait meanwhile, so hold it for a batch of work and not for all of it.
        """
        with self._connection(read_only=False) as connection:
            self._held = connection
            try:
                yield
            finally:
                self._held = None

    @contextmanager
    def _connection(self, *, read_only: bool) -> Iterator[sa.Connection]:
        if self._held is not None:
            yield self._held
            return
        with self._connected(self._engine(read_only=read_only)) as connection:
            yield connection

    @cache  # noqa: B019 - a warehouse lives as long as its process
    def _engine(self, *, read_only: bool) -> sa.Engine:
        if self.is_duckdb:
            Path(self.url.database or "").parent.mkdir(parents=True, exist_ok=True)
            return sa.create_engine(self.url, poolclass=sa.NullPool, connect_args={"read_only": read_only})
        isolation = "REPEATABLE READ" if read_only else "READ COMMITTED"
        return sa.create_engine(self.url, poolclass=sa.NullPool, isolation_level=isolation)

    def _connected(self, engine: sa.Engine) -> sa.Connection:
        attempts = Retrying(
            retry=retry_if_exception(_held_by_another),
            stop=stop_after_delay(PATIENCE_SECONDS),
            wait=wait_random_exponential(multiplier=0.02, max=0.5),
            reraise=True,
        )
        try:
            return attempts(engine.connect)
        except sa.exc.DBAPIError as error:
            place = self.url.render_as_string(hide_password=True)
            raise WarehouseError(f"the warehouse {place} cannot be opened: {error.orig}") from error


def _held_by_another(error: BaseException) -> bool:
    return isinstance(error, sa.exc.DBAPIError) and "lock" in str(error.orig)


def lock(connection: sa.Connection, name: str, *, shared: bool = False) -> None:
    """Let no other transaction that asks for the same name pass until this one ends; DuckDB has one writer anyway.

    Those that ask `shared` pass beside each other and keep out the one that does not.
    """
    if connection.dialect.name == "postgresql":
        function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
        connection.execute(sa.text(f"select {function}(hashtextextended(:name, 0))"), {"name": name})
