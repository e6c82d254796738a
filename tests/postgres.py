"""A PostgreSQL server of the tests' own: on a free port of this machine, in a temporary folder, gone at the end."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = ("initdb", "pg_ctl", "postgres")
HOST = "127.0.0.1"
OWNER = "assurance"
STARTS = 3
"""Between finding a free port and listening on it, somebody else may take it."""
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
NO_SOCKET = "unix_socket_directories=''"


def find_binaries() -> Path | None:
    """The folder of the server's programs: as set, the newest of Debian's, or on the PATH; None: not installed."""
    asked = os.environ.get("ASSURANCE_POSTGRES_BIN")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_major, reverse=True)
    on_path = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    places = [Path(asked)] if asked else [*debian, *on_path]
    return next((place for place in places if all((place / program).is_file() for program in PROGRAMS)), None)


@contextmanager
def server(binaries: Path) -> Iterator[str]:
    """Run a new server; yields the SQLAlchemy URL of its database `postgres`."""
    folder = Path(tempfile.mkdtemp(prefix="assurance-postgres-"))
    run_as = _as_another_user(folder)
    data = folder / "data"
    try:
        initdb = ["initdb", "--locale=C", "--encoding=UTF8", "--auth=trust", "--no-sync", f"--username={OWNER}"]
        _run(binaries, [*initdb, f"--pgdata={data}"], folder, run_as)
        port = _start(binaries, data, folder, run_as)
        try:
            yield f"postgresql+psycopg://{OWNER}@{HOST}:{port}/postgres"
        finally:
            _run(binaries, ["pg_ctl", "stop", f"--pgdata={data}", "--mode=fast", "--wait"], folder, run_as)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _major(folder: Path) -> int:
    return int("".join(filter(str.isdigit, folder.parent.name)) or 0)


def _as_another_user(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root: hand the folder to another user, and run as that one.

    By a program, not by `subprocess.run(user=...)`: that copies this whole process first, and a large one cannot be.
    """
    if os.geteuid() != 0:
        return []
    known = {user.pw_name: user for user in pwd.getpwall()}
    user = known.get("postgres") or known["nobody"]
    os.chown(folder, user.pw_uid, user.pw_gid)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def _start(binaries: Path, data: Path, folder: Path, run_as: list[str]) -> int:
    for attempt in range(1, STARTS + 1):
        port = _free_port()
        options = " ".join(f"-c {option}" for option in (f"listen_addresses={HOST}", f"port={port}", NO_SOCKET, *FAST))
        command = ["pg_ctl", "start", f"--pgdata={data}", "--wait", f"--log={folder / 'log'}", f"--options={options}"]
        try:
            _run(binaries, command, folder, run_as)
        except RuntimeError:
            if attempt == STARTS:
                raise
        else:
            return port
    raise AssertionError("unreachable: the last attempt returns or raises")


def _run(binaries: Path, command: list[str], folder: Path, run_as: list[str]) -> None:
    # to a file, not a pipe: the server inherits the handles of the program that starts it, and would keep a pipe open
    with (folder / "output").open("wb") as output:
        done = subprocess.run(
            [*run_as, str(binaries / command[0]), *command[1:]],
            cwd=folder,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=60,
        )
    if done.returncode:
        told = [path.read_text(errors="replace") for path in (folder / "output", folder / "log") if path.is_file()]
        raise RuntimeError(f"{command[0]} failed:\n{''.join(told)}")


def _free_port() -> int:
    with socket.socket() as asking:
        asking.bind((HOST, 0))
        port: int = asking.getsockname()[1]
        return port
