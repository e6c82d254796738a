"""A whole Airflow on this machine, each of its components a process of its own.

For trying things by hand (`tools/up.py`), for the demonstration, and for tests that need the real scheduler.
Its metadata lie in SQLite, so few tasks run at once. Everything listens on 127.0.0.1 only, and whoever can reach it is an
administrator: never run it on a machine that is not your own.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tools.rest import Airflow, AirflowError, Refused

REPOSITORY = Path(__file__).resolve().parents[1]
COMPONENTS = (
    ("api-server",),
    ("scheduler", "--skip-serve-logs"),
    ("dag-processor",),
    ("triggerer", "--skip-serve-logs"),
)
"""Logs are read from the folder: their servers would listen on every address of the machine."""
START_SECONDS = 180
STOP_SECONDS = 3
PARALLELISM = 8
"""As much as SQLite under Airflow bears."""
NO_SOURCE_CODE = '[{"scope": {}, "controls": {"include_source_code": false}, "locked": true}]'
"""What of a task lineage does not tell."""
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
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}?timeout=60",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": port,
        "AIRFLOW__API__WORKERS": 1,
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": 0.5,
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": 300,
        "AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT": 600,
    }
    return {name: str(value) for name, value in settings.items()}


class Stack:
    """An Airflow that runs as long as the `with` block."""

    def __init__(self, home: Path, extra: Mapping[str, str] | None = None, port: int | None = None) -> None:
        self.home, port = home, port or free_port()
        self.airflow = Airflow(f"http://127.0.0.1:{port}")
        self.environment = {**os.environ, **environment(home, port), **(extra or {})}
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def pids(self) -> dict[str, int]:
        """The process of each component; what it starts are its children."""
        return {name: process.pid for (name, *_), process in zip(COMPONENTS, self._processes, strict=True)}

    def __enter__(self) -> Stack:
        try:
            self.start()
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
        self._processes.clear()
        for component in COMPONENTS:
            self._run(*component)

    def wait_until_ready(self) -> None:
        """Return when our DAGs are known, and scheduler and triggerer are alive; an error tells where the logs are."""
        expected = {path.stem for path in (REPOSITORY / "dags").glob("*.py")}
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if any(process.poll() is not None for process in self._processes):
                break
            try:
                health = self.airflow.call("GET", "/api/v2/monitor/health")
                known = {dag["dag_id"] for dag in self.airflow.call("GET", "/api/v2/dags")["dags"]}
                alive = all(health[part]["status"] == "healthy" for part in ("scheduler", "triggerer"))
                if alive and expected <= known:
                    self._make_pools()
                    return
            except (AirflowError, KeyError):
                pass
            time.sleep(0.5)
        raise RuntimeError(f"Airflow did not start; see {self.home / 'components'}")

    def unpause(self) -> None:
        """Let the DAGs run: by their schedules, by what they wait for, and by hand."""
        for path in (REPOSITORY / "dags").glob("*.py"):
            dag = self.airflow.call("PATCH", f"/api/v2/dags/{path.stem}", {"is_paused": False})
            # a watch begins when its DAG is next parsed
            self.airflow.call("PUT", f"/api/v2/parseDagFile/{dag['file_token']}")

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

    def _make_pools(self) -> None:
        for name, slots in POOLS.items():
            pool = {
                "name": name,
                "slots": slots,
                "description": "Tasks that write the warehouse",
                "include_deferred": False,
            }
            try:
                self.airflow.call("POST", "/api/v2/pools", pool)
            except Refused as error:
                if error.status != 409:  # it is there already
                    raise

    def _run(self, *arguments: str) -> subprocess.Popen[bytes]:
        logs = self.home / "components"
        logs.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "airflow", *arguments]
        with (logs / f"{arguments[0]}.log").open("ab") as log:
            process = subprocess.Popen(
                command, env=self.environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
            )
        self._processes.append(process)
        return process


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def shown(path: Path) -> str:
    """A path as one would type it here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
