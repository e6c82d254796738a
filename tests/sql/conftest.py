"""Warehouses at the newest schema."""

from __future__ import annotations

from datetime import datetime

import pytest

from assurance.settings import REPOSITORY
from assurance.warehouse.engine import Warehouse
from assurance.warehouse.migrations import migrate

MIGRATIONS = REPOSITORY / "sql" / "migrations"
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
