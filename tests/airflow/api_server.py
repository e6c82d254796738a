"""An API server of Airflow with either sign-in, over a warehouse of the test's own, and users who may see this or that.

It is a process of its own, for the sign-in is settled when Airflow is imported: `python -m tests.airflow.api_server` makes
its database, users and runs. What is asked of it goes over HTTP, with tokens it has given out itself.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tools.airflow_stack import START_SECONDS, environment, free_port
from tools.rest import Airflow

FAB = "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"
SIMPLE = "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"
PASSWORD = "for the test alone"
READ = "can_read"
ROLES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "nothing": (),
    "releases": ((READ, "DAG:publish_month"),),
    "area-WSX": ((READ, "Website"),),
    "area-NEA": (),
}
"""The roles beside those that Airflow has, and what each may do."""
USERS: Mapping[str, tuple[str, ...]] = {
    "viewer": ("Viewer",),
    "nobody": ("nothing",),
    "sender": ("releases",),
    "wessex": ("area-WSX",),
    "both": ("area-WSX", "area-NEA"),
    "wessex-who-views": ("Viewer", "area-WSX"),
}
SIMPLE_USERS = {"viewer": "viewer", "admin": "admin"}
Answer = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True)
class Server:
    """A server that answers."""

    url: str

    def token(self, user: str) -> str:
        """What a user signs in with, as the server gives it for name and password."""
        return Airflow(self.url, user=user, password=PASSWORD).token

    def get(self, path: str, token: str | None = None, *, cookie: bool = False, method: str = "GET") -> Answer:
        """Status, headers and body of an answer; no redirect is followed."""
        by = {"Cookie": f"_token={token}"} if cookie else {"Authorization": f"Bearer {token}"}
        request = urllib.request.Request(self.url + path, headers=by if token else {}, method=method)
        try:
            with _OPENER.open(request, timeout=60) as answer:
                return answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, {name.lower(): value for name, value in error.headers.items()}, error.read()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_Stay)


@contextmanager
def api_server(home: Path, manager: str, runs: Mapping[str, str]) -> Iterator[Server]:
    """A server over what lies in `home`; `runs`: the keys of the runs there are, each by its DAG."""
    port = free_port()
    surroundings = {
        **os.environ,
        **environment(home / "airflow", port),
        "AIRFLOW__CORE__AUTH_MANAGER": manager,
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(":".join(one) for one in SIMPLE_USERS.items()),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "airflow" / "passwords.json"),
        "AIRFLOW__OPENLINEAGE__DISABLED": "True",
        "ASSURANCE_HOME": str(home),
    }
    (home / "airflow").mkdir(parents=True)
    (home / "airflow" / "passwords.json").write_text(json.dumps(dict.fromkeys(SIMPLE_USERS, PASSWORD)))
    prepare = [sys.executable, "-m", "tests.airflow.api_server", json.dumps(dict(runs))]
    subprocess.run(prepare, env=surroundings, check=True, capture_output=True, timeout=START_SECONDS)
    log = home / "airflow" / "api-server.log"
    with log.open("wb") as said:
        command = [sys.executable, "-m", "airflow", "api-server"]
        process = subprocess.Popen(command, env=surroundings, stdout=said, stderr=said, start_new_session=True)
    server = Server(f"http://127.0.0.1:{port}")
    try:
        _wait_for(server, process, log)
        yield server
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
        process.wait()


def _wait_for(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if server.get("/api/v2/version")[0] == 200:
                return
        except OSError:
            time.sleep(0.3)  # it does not listen yet
    raise AssertionError(f"the server did not start: {log.read_text()[-2000:]}")


def prepare(runs: Mapping[str, str]) -> None:
    """Make the database of a server, with its users and runs, in this process."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.db import initdb
    from airflow.utils.session import create_session
    from airflow.utils.types import DagRunTriggeredByType, DagRunType

    initdb()
    with create_session() as session:
        for dag_id, key in runs.items():
            run = DagRun(
                dag_id=dag_id,
                run_id="run",
                run_type=DagRunType.MANUAL,
                partition_key=key,
                triggered_by=DagRunTriggeredByType.TEST,
            )
            session.add(run)
    if os.environ["AIRFLOW__CORE__AUTH_MANAGER"] == FAB:
        _make_users()


def _make_users() -> None:
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    with get_application_builder() as builder:
        security = builder.sm
        security.sync_roles()
        for name, permissions in ROLES.items():
            role = security.add_role(name)
            for action, resource in permissions:
                security.add_permission_to_role(role, security.create_permission(action, resource))
        for name, roles in USERS.items():
            found = [security.find_role(role) for role in roles]
            assert all(found), roles
            assert security.add_user(name, name, name, f"{name}@example.org", found, password=PASSWORD)


if __name__ == "__main__":
    prepare(json.loads(sys.argv[1]))
