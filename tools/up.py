"""Run Airflow on this machine over a home until it is interrupted: `make up`, `make airflow`.

Whoever can reach it is an administrator: never run it on a machine that is not your own.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assurance.deadlines import reported_month
from assurance.settings import Settings
from assurance.steps import Steps
from tools.airflow_stack import NO_SOURCE_CODE, REPOSITORY, Stack, shown


def main() -> None:
    """Run Airflow over a home until it is interrupted, and say where everything is."""
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
        "AIRFLOW__OPENLINEAGE__EMISSION_POLICY": NO_SOURCE_CODE,
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


if __name__ == "__main__":
    main()
