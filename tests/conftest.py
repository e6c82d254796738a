"""Fixtures for all tests: a PostgreSQL and an object store of their own, and empty warehouses on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from assurance.warehouse.engine import Warehouse
from tests import object_store
from tests.postgres import OWNER, find_binaries, server
from tests.tools import need

DATABASES = count(1)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a server started for this run. Tests that use it are marked `tools`."""
    binaries = find_binaries()
    need(binaries is not None, "PostgreSQL (initdb, pg_ctl, postgres; ASSURANCE_POSTGRES_BIN names their folder)")
    assert binaries is not None
    with server(binaries) as url:
        yield url


@pytest.fixture
def empty_database(postgres_url: str) -> str:
    """The URL of a new, empty database of that server."""
    return new_database(postgres_url)


@pytest.fixture(params=["duckdb", pytest.param("postgresql", marks=pytest.mark.tools)])
def empty_warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Warehouse:
    """A warehouse without any table, on each engine in turn."""
    if request.param == "postgresql":
        return Warehouse(new_database(request.getfixturevalue("postgres_url")))
    return Warehouse(f"duckdb:///{tmp_path / 'warehouse.duckdb'}")


@pytest.fixture(scope="session")
def object_store_port() -> Iterator[int]:
    """The port of a server started for this run that speaks S3."""
    with object_store.server() as port:
        yield port


@pytest.fixture
def store(object_store_port: int, monkeypatch: pytest.MonkeyPatch) -> object_store.Store:
    """An empty bucket, and the environment that lets one read it."""
    for name, value in object_store.KEYS.items():
        monkeypatch.setenv(name, value)
    return object_store.Store.empty(object_store_port)


def new_database(server_url: str, owner: str = OWNER) -> str:
    """Make an empty database on the server; its URL."""
    url = sa.make_url(server_url).set(database=f"warehouse_{next(DATABASES)}")
    plain = sa.make_url(server_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"create database {url.database} owner {owner} strategy file_copy".encode())
    return url.render_as_string(hide_password=False)
