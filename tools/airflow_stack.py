"""A whole Airflow on this machine, each of its components a process of its own, and a client.

For the demonstration, for trying things by hand (`make airflow`) and for tests that need the real scheduler. Its
metadata lie in SQLite, so few tasks run at once. Everything listens on 127.0.0.1 only, and whoever can reach it is an
administrator: never run it on a machine that is not your own.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
COMPONENTS = ("api-server", "scheduler", "dag-processor", "triggerer")
START_SECONDS = 180
STOP_SECONDS = 3
PARALLELISM = 4
POOLS = {"warehouse": 1}


def environment(home: Path, port: int = 8080) -> dict[str, str]:
    """The settings of an Airflow whose files lie in `home`."""
    settings = {
        "AIRFLOW_HOME": home,
        "AIRFLOW__CORE__DAGS_FOLDER": REPOSITORY / "dags",
        "AIRFLOW__CORE__PLUGINS_FOLDER": REPOSITORY / "plugins",
        "AIRFLOW__CORE__LOAD_EXAMPLES": False,
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": PARALLELISM,
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": True,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": port,
        "AIRFLOW__API__WORKERS": 1,
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": 0.5,
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": 300,
    }
    return {name: str(value) for name, value in settings.items()}


class Stack:
    """An Airflow that runs as long as the `with` block."""

    def __init__(self, home: Path, extra: Mapping[str, str] | None = None, port: int | None = None) -> None:
        self.home = home
        self.port = port or free_port()
        self.environment = {**os.environ, **environment(home, self.port), **(extra or {})}
        self._processes: list[subprocess.Popen[bytes]] = []
        self._token = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pids(self) -> dict[str, int]:
        """The process of each component; what it starts are its children."""
        return {name: process.pid for name, process in zip(COMPONENTS, self._processes, strict=True)}

    def __enter__(self) -> Stack:
        self.start()
        try:
            self.wait_until_ready()
            self.unpause()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Make the metadata database and start every component."""
        (self.home / "config").mkdir(parents=True, exist_ok=True)
        shutil.copy(Path(__file__).with_name("airflow_local_settings.py"), self.home / "config")
        self._run("db", "migrate").wait()
        self._processes = [self._run(component) for component in COMPONENTS]

    def wait_until_ready(self) -> None:
        """Return when our DAGs are known, and scheduler and triggerer are alive; an error tells where the logs are."""
        expected = {path.stem for path in (REPOSITORY / "dags").glob("*.py")}
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if any(process.poll() is not None for process in self._processes):
                break
            try:
                health = self.call("GET", "/api/v2/monitor/health")
                known = {dag["dag_id"] for dag in self.call("GET", "/api/v2/dags")["dags"]}
                alive = all(health[part]["status"] == "healthy" for part in ("scheduler", "triggerer"))
                if alive and expected <= known:
                    self._make_pools()
                    return
            except (OSError, KeyError):
                pass
            time.sleep(0.5)
        raise RuntimeError(f"Airflow did not start; see {self.home / 'components'}")

    def unpause(self) -> None:
        """Let the DAGs run: by their schedules, by what they wait for, and by hand."""
        for path in (REPOSITORY / "dags").glob("*.py"):
            dag = self.call("PATCH", f"/api/v2/dags/{path.stem}", {"is_paused": False})
            self.call("PUT", f"/api/v2/parseDagFile/{dag['file_token']}")  # a watch begins when its DAG is next parsed

    def stop(self) -> None:
        """End every component with all it has started."""
        for process in self._processes:
            _signal_group(process, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for process in self._processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
            _signal_group(process, signal.SIGKILL)
            process.wait()
        self._processes = []

    def trigger(self, dag: str, **conf: str) -> str:
        """Start a run by hand; its id."""
        run = self.call("POST", f"/api/v2/dags/{dag}/dagRuns", {"logical_date": None, "conf": conf})
        return str(run["dag_run_id"])

    def runs(self, dag: str) -> list[dict[str, Any]]:
        """The runs of a DAG, oldest first."""
        found: list[dict[str, Any]] = self.call("GET", f"/api/v2/dags/{dag}/dagRuns?order_by=run_after")["dag_runs"]
        return found

    def tasks(self, dag: str, run: str) -> list[dict[str, Any]]:
        """The task instances of a run."""
        found = self.call("GET", f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances?limit=1000")["task_instances"]
        return list(found)

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Ask the REST API."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self._bearer()}"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")

    def _bearer(self) -> str:
        if not self._token:
            with urllib.request.urlopen(f"{self.url}/auth/token", timeout=30) as answer:
                self._token = json.loads(answer.read())["access_token"]
        return self._token

    def _make_pools(self) -> None:
        for name, slots in POOLS.items():
            pool = {
                "name": name,
                "slots": slots,
                "description": "Tasks that write the warehouse",
                "include_deferred": False,
            }
            try:
                self.call("POST", "/api/v2/pools", pool)
            except urllib.error.HTTPError as error:
                if error.code != 409:  # it is there already
                    raise

    def _run(self, *arguments: str) -> subprocess.Popen[bytes]:
        logs = self.home / "components"
        logs.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "airflow", *arguments]
        with (logs / f"{arguments[0]}.log").open("ab") as log:
            return subprocess.Popen(
                command, env=self.environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
            )


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def main() -> None:
    """Run Airflow over what the demonstration left, until it is interrupted."""
    home = REPOSITORY / "var" / "demo"
    if not home.is_dir():
        sys.exit("there is nothing to show yet; run `make demo` first")
    surroundings = {"ASSURANCE_HOME": str(home), "ASSURANCE_ARRIVAL": "file", "ASSURANCE_SIGN_OFF": "demonstration"}
    print("starting Airflow; this takes half a minute", flush=True)
    with Stack(home / "airflow", surroundings, port=8080) as stack:
        print(f"open {stack.url} (no password; only this machine can reach it); end with Ctrl-C", flush=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            print("stopping")


if __name__ == "__main__":
    main()
