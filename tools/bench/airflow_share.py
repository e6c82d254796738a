"""What does Airflow cost of a month? In this process beside the steps alone, and as a whole stack with a scheduler."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copytree
from typing import Any

import psutil

from assurance.settings import Settings
from assurance.steps import Steps
from tools.airflow_stack import Stack
from tools.bench.data import COLLECTION, LAST, Data
from tools.bench.spent import Spent
from tools.bench.table import table
from tools.rest import TimedOut

AIRFLOW = "airflow"
"""The key of this measurement."""
SIZE = "S"
GOAL_ONCE, GOAL_A_TASK = 1.0, 0.06
"""Seconds that Airflow may take over an empty DAG, in process, once and for each task."""
WAY = (("receive_returns", "announce_areas"), ("measure_month", "build_release"))
"""From a file's arrival to its release: the DAGs one after another, and the task that ends the way in each."""
PATIENCE_SECONDS = 500
HEADER = ("in one process", "tasks", "s", "CPU s", "s a task")
HEADER_OF_STACK = ("component", "CPU s", "MB at most")


def critical_path(dags: Mapping[str, Any]) -> list[str]:
    """The tasks that one return waits for, one after another, from its arrival until its month's release is built."""
    return [task for name, end in WAY for task in _longest(dags[name].get_task(end))]


def _longest(task: Any) -> list[str]:
    before = max((_longest(one) for one in task.upstream_list), key=len, default=[])
    return [*before, task.task_id]


@dataclass(frozen=True)
class InProcess:
    """The month by its DAGs, by their steps alone, and an empty DAG of as many tasks."""

    dags: Mapping[str, Spent]
    tasks: Mapping[str, int]
    steps: Spent
    empty: Spent

    def told(self) -> str:
        """The table, and what is to be reached."""
        number, whole = sum(self.tasks.values()), sum(self.dags.values(), Spent(0, 0))
        rows = [_row(name, self.tasks[name], spent) for name, spent in self.dags.items()]
        rows += [
            _row("together", number, whole),
            _row("what their tasks do, without Airflow", number, self.steps),
            _row("Airflow's share", number, whole - self.steps),
            _row("an empty DAG of as many tasks", number, self.empty),
            _row("Airflow's share over an empty DAG", number, whole - self.steps - self.empty),
        ]
        goal = GOAL_ONCE + GOAL_A_TASK * number
        return (
            f"{table(HEADER, rows)}\n\ngoal over an empty DAG: {goal:.1f} s ({GOAL_ONCE} s and {GOAL_A_TASK} s a task)"
        )


def _row(what: str, tasks: int, spent: Spent) -> tuple[str, ...]:
    return (what, f"{tasks}", f"{spent.wall:.1f}", f"{spent.cpu:.1f}", f"{spent.wall / tasks:.3f}")


@dataclass
class UnderAScheduler:
    """The month under LocalExecutor, from the moment its files lie in the landing place."""

    built: float = 0
    sent: float = 0
    cpu: dict[str, float] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)
    """Of each component with its children: proportional set size, in MB."""

    def told(self) -> str:
        """The table, and how long the month took."""
        names = [*self.cpu, "together"]
        cpu = {**self.cpu, "together": sum(self.cpu.values())}
        memory = {**self.memory, "together": sum(self.memory.values())}
        rows = [(name, f"{cpu[name]:.1f}", f"{memory[name]:.0f}") for name in names]
        lines = (
            table(HEADER_OF_STACK, rows),
            "",
            f"from the files landed to the release built: {self.built:.0f} s; to the mails sent: {self.sent:.0f} s",
        )
        return "\n".join(lines)


def measured(data: Data) -> str:
    """Both tables."""
    landing = data.landing(SIZE)
    folder = data.folder / AIRFLOW
    folder.mkdir()
    return f"{in_process(landing, folder).told()}\n\n{under_a_scheduler(landing, folder / 'stack').told()}"


def in_process(landing: Path, folder: Path) -> InProcess:
    """Measured in a process of its own."""
    command = [sys.executable, "-m", "tools.bench.in_process", str(landing), str(folder)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found = json.loads(done.stdout.splitlines()[-1])
    dags = {name: Spent(*spent) for name, spent in found["dags"].items()}
    return InProcess(dags, found["tasks"], Spent(*found["steps"]), Spent(*found["empty"]))


def under_a_scheduler(landing: Path, home: Path) -> UnderAScheduler:
    """The components wait for files; then a month of them lands."""
    surroundings = {
        "ASSURANCE_HOME": str(home),
        "ASSURANCE_ARRIVAL": "file",
        "ASSURANCE_SIGN_OFF": "measurement",
        "AIRFLOW__OPENLINEAGE__DISABLED": "True",
    }
    Steps(Settings(home=home)).migrate()
    manifest = home / "releases" / COLLECTION / str(LAST) / "1" / "manifest.json"
    seen = UnderAScheduler()
    with Stack(home / "airflow", surroundings) as stack:
        before = {name: processor_seconds(pid) for name, pid in stack.pids.items()}
        copytree(landing, home / "landing")
        start = time.monotonic()
        while not _published(stack):
            if time.monotonic() - start > PATIENCE_SECONDS:
                raise RuntimeError(f"the month was not published in {PATIENCE_SECONDS} s; see {home / 'airflow'}")
            if not seen.built and manifest.exists():
                seen.built = time.monotonic() - start
            for name, pid in stack.pids.items():
                seen.memory[name] = max(seen.memory.get(name, 0), megabytes(pid))
            time.sleep(0.5)
        seen.sent = time.monotonic() - start
        seen.cpu = {name: processor_seconds(pid) - before[name] for name, pid in stack.pids.items()}
    return seen


def _published(stack: Stack) -> bool:
    with suppress(TimedOut):  # a busy server is asked again
        states = [run["state"] for run in stack.airflow.runs("publish_month")]
        if "failed" in states:
            raise RuntimeError(f"publish_month failed; see {stack.home / 'logs'}")
        return states == ["success"]
    return False


def _tree(pid: int) -> Sequence[psutil.Process]:
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def processor_seconds(pid: int) -> float:
    """Processor seconds of a component, its children among them, those that have ended too."""
    seconds = 0.0
    for process in _tree(pid):
        with suppress(psutil.NoSuchProcess):
            used = process.cpu_times()
            seconds += used.user + used.system + used.children_user + used.children_system
    return seconds


def megabytes(pid: int) -> float:
    """What a component and its children hold: what several share is counted once."""
    held = 0
    for process in _tree(pid):
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            held += process.memory_full_info().pss
    return held / 1e6
