"""Is the warehouse at the schema this version needs? Applies `sql/migrations/` in order, each once; then who may what."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from assurance.errors import WarehouseError
from assurance.warehouse.engine import Connection, Warehouse, lock

LEDGER = """create table if not exists schema_version (
    version integer primary key, name text not null, sha256 text not null, applied_at timestamp not null)"""
END_OF_STATEMENT = re.compile(r";[ ]*$", re.M)


def migrate(warehouse: Warehouse, folder: Path, now: datetime) -> list[str]:
    """Bring the warehouse to the newest schema, in one transaction, and return the names of the files applied.

    Raises WarehouseError when a file that was applied has been changed since or is not there, or when one fails; then all
    is as before.
    """
    applied, files = [], sorted(folder.glob("*.sql"))
    with warehouse.migrating() as connection:
        lock(connection, "schema")
        connection.execute(sa.text(LEDGER))
        _demand_all_known(connection, files)
        for path in files:
            if _apply(connection, path, now):
                applied.append(path.name)
    return applied


def grant(warehouse: Warehouse, file: Path) -> None:
    """Let the role of each job do what `sql/grants.sql` says, and nothing else, whatever it was allowed before.

    In one transaction: no step finds itself without what it needs. WarehouseError where the roles are not there.
    """
    with warehouse.migrating() as connection:
        lock(connection, "schema")
        try:
            for statement in filter(str.strip, END_OF_STATEMENT.split(file.read_text(encoding="utf-8"))):
                connection.exec_driver_sql(statement)
        except sa.exc.DBAPIError as error:
            raise WarehouseError(
                f"{file.name} failed, and everybody may do what they might before: {error.orig}; the roles are made by the "
                "server's administrator, as in tools/make_databases.sh, and `assurance migrate` is run by the owner"
            ) from error


def _demand_all_known(connection: Connection, files: Sequence[Path]) -> None:
    """Of a schema that this version does not know it cannot say what its steps would do to it."""
    here = {_version(path) for path in files}
    for row in connection.execute(sa.text("select version, name from schema_version order by version")).all():
        if row.version > max(here, default=0):
            raise WarehouseError(
                f"the warehouse is newer than this version: {row.name} was applied to it; install the version that has that "
                "migration, for there is no way back but a backup from before"
            )
        if row.version not in here:
            raise WarehouseError(f"{row.name} was applied and is not there any more; restore it")


def _version(path: Path) -> int:
    return int(path.name[:4])


def _apply(connection: Connection, path: Path, now: datetime) -> bool:
    script = path.read_text(encoding="utf-8")
    version, digest = _version(path), hashlib.sha256(script.encode()).hexdigest()
    known = connection.execute(
        sa.text("select sha256 from schema_version where version = :version"), {"version": version}
    ).scalar_one_or_none()
    if known is not None:
        if known != digest:
            raise WarehouseError(f"{path.name} was changed after it was applied; restore it and write a new migration")
        return False
    try:
        for statement in filter(str.strip, END_OF_STATEMENT.split(script)):
            connection.exec_driver_sql(statement)
    except sa.exc.DBAPIError as error:
        raise WarehouseError(f"{path.name} failed, and the warehouse is as it was before: {error.orig}") from error
    connection.execute(
        sa.text("insert into schema_version values (:version, :name, :sha256, :at)"),
        {"version": version, "name": path.name, "sha256": digest, "at": now},
    )
    return True
