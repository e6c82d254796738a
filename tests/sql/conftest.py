"""Warehouses at the newest schema."""

from __future__ import annotations

import os
import subprocess
from datetime import datetime

import pytest
import sqlalchemy as sa

from assurance.settings import REPOSITORY
from assurance.warehouse.engine import Role, Warehouse
from assurance.warehouse.migrations import grant, migrate
from tests.conftest import new_database
from tests.postgres import find_binaries
from tests.tools import need

SQL = REPOSITORY / "sql"
MIGRATIONS = SQL / "migrations"
NOW = datetime(2026, 11, 2, 9, 30)


@pytest.fixture
def warehouse(empty_warehouse: Warehouse) -> Warehouse:
    """A migrated warehouse without rows, on each engine in turn."""
    migrate(empty_warehouse, MIGRATIONS, NOW)
    return empty_warehouse


@pytest.fixture
def on_postgres(empty_database: str) -> Warehouse:
    """A migrated warehouse without rows on PostgreSQL."""
    made = Warehouse(empty_database)
    migrate(made, MIGRATIONS, NOW)
    return made


@pytest.fixture(scope="session")
def server_with_roles(postgres_url: str) -> str:
    """The server after tools/make_databases.sh, with a login besides for each job that has that role alone."""
    binaries = find_binaries()
    need(binaries is not None and (binaries / "psql").is_file(), "psql, beside the programs of PostgreSQL")
    url = sa.make_url(postgres_url)
    environment = {
        "PATH": f"{binaries}:{os.environ['PATH']}",
        "PGHOST": str(url.host),
        "PGPORT": str(url.port),
        "POSTGRES_USER": str(url.username),
        **{f"{name}_PASSWORD": "a'secret" for name in ("AIRFLOW_DATABASE", "WAREHOUSE_DATABASE", "WAREHOUSE_OWNER")},
    }
    subprocess.run(["sh", REPOSITORY / "tools" / "make_databases.sh"], env=environment, check=True, timeout=60)
    with sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool).connect() as connection:
        for role in Role:
            connection.exec_driver_sql(f"create role only_{role.name.lower()} login in role {role}")
    return postgres_url


@pytest.fixture
def shared(server_with_roles: str) -> sa.URL:
    """A warehouse of the test's own in which each role may do its job; the URL, as the owner."""
    return shared_warehouse(server_with_roles)


def shared_warehouse(server_url: str) -> sa.URL:
    """Make a migrated warehouse in which each role may do its job; the URL, as the owner."""
    url = sa.make_url(new_database(server_url, owner="warehouse_owner")).set(username="warehouse_owner")
    made = Warehouse(url.render_as_string(hide_password=False))
    migrate(made, MIGRATIONS, NOW)
    grant(made, SQL / "grants.sql")
    return url
