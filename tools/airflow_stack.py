"""A whole Airflow on this machine, each of its components a process of its own.

For trying things by hand (`make up`, `make airflow`), for the demonstration, and for tests that need the real scheduler.
Its metadata lie in SQLite, so few tasks run at once. Everything listens on 127.0.0.1 only, and whoever can reach it is an
administrator: never run it on a machine that is not your own.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tools.rest import Airflow, AirflowError, Refused

if TYPE_CHECKING:
    from assurance.settings import Settings
    from assurance.steps import Steps

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
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}?timeout=60",
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


def main() -> None:
    """Run Airflow over a home until it is interrupted, and say where everything is."""
    from assurance.settings import Settings  # what measures Airflow alone imports this module as well
    from assurance.steps import Steps

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Settings().home, help="where everything is written")
    parser.add_argument("--demo", action="store_true", help="go on with what the demonstration left in var/demo")
    parser.add_argument("--port", type=int, default=8080)
    asked = parser.parse_args()
    home = REPOSITORY / "var" / "demo" if asked.demo else asked.home.resolve()
    if asked.demo and not home.is_dir():
        sys.exit("there is nothing to show yet; run `make demo` first")
    of_demo = {"ASSURANCE_ARRIVAL": "file", "ASSURANCE_SIGN_OFF": "demonstration"}
    surroundings = {"ASSURANCE_HOME": str(home), **(of_demo if asked.demo else _lineage(home))}
    os.environ.update(surroundings)
    for number in (signal.SIGINT, signal.SIGTERM):  # what runs in the background of a script would not hear of Ctrl-C
        signal.signal(number, signal.default_int_handler)
    try:
        with alone(home / "airflow", asked.port):
            steps = Steps(Settings())
            steps.migrate()
            _make_landing_folders(steps)
            print("starting Airflow; this takes half a minute", flush=True)
            with Stack(home / "airflow", surroundings, port=asked.port) as stack:
                print(_told(stack, steps.settings), flush=True)
                signal.pause()
    except KeyboardInterrupt:
        print("\nstopped", flush=True)


def _lineage(home: Path) -> dict[str, str]:
    """What each task read and wrote is told to a file."""
    transport = {"type": "file", "log_file_path": str(home / "airflow" / "lineage.jsonl"), "append": True}
    return {
        "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps(transport),
        "AIRFLOW__OPENLINEAGE__DISABLE_SOURCE_CODE": "True",
    }


@contextmanager
def alone(home: Path, port: int) -> Iterator[None]:
    """Refuse to start beside an Airflow that runs over the same home, or where something else has its port."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "running").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(
                f"Airflow is already running over {shown(home.parent)}; end that one first, with Ctrl-C where it runs"
            )
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                sys.exit(f"port {port} is taken by another program; choose another one with PORT={port + 1}")
        yield


def _make_landing_folders(steps: Steps) -> None:
    """A folder for each Area that owes a return for the month being reported, where it can put it."""
    from assurance.deadlines import reported_month

    for collection in steps.catalogue.collections.values():
        for area in collection.areas_owing(reported_month(steps.clock())):
            (steps.settings.landing / collection.code / area.code).mkdir(parents=True, exist_ok=True)


def _told(stack: Stack, settings: Settings) -> str:
    return f"""
Airflow is ready: {stack.airflow.url} (no password; only this machine can reach it)

    put a return into   {shown(settings.landing)}/<collection>/<AREA>/, such as {shown(settings.landing)}/outcomes/LON/
    mail appears in     {shown(settings.mail)}/ (nothing is really sent)
    receipts appear in  {shown(settings.receipts)}/
    reports appear in   {shown(settings.releases)}/

A guided half hour: docs/tour.md. End with Ctrl-C; what is here stays, and the next start goes on with it."""


def shown(path: Path) -> str:
    """A path as one would type it here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


if __name__ == "__main__":
    main()
