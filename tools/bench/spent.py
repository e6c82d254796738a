"""What does a piece of work cost? Wall and processor time, and the peak memory of a process of its own."""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import duckdb

Work = Callable[[], object]


@dataclass(frozen=True)
class Spent:
    """Seconds, child processes included, and megabytes at the peak (0: not measured)."""

    wall: float
    cpu: float
    peak: float = 0

    def __add__(self, other: Spent) -> Spent:
        """One after the other."""
        return Spent(self.wall + other.wall, self.cpu + other.cpu, max(self.peak, other.peak))

    def __sub__(self, other: Spent) -> Spent:
        return Spent(self.wall - other.wall, self.cpu - other.cpu, self.peak - other.peak)

    def best(self, other: Spent) -> Spent:
        return Spent(min(self.wall, other.wall), min(self.cpu, other.cpu), min(self.peak, other.peak))


NEVER = Spent(float("inf"), float("inf"), float("inf"))

# A process is told the memory of the one that forked it as its own peak: so a small one stands between.
LAUNCHER = """
import json, os, sys, time
start = time.perf_counter()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[
    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
_, status, used = os.wait4(child, 0)
wall = time.perf_counter() - start
print(json.dumps([os.waitstatus_to_exitcode(status), wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1000]))
"""


def cold(
    arguments: Sequence[str], surroundings: Mapping[str, str] | None = None, *, codes: Sequence[int] = (0,)
) -> Spent:
    """What a Python process of its own costs, with those that it starts; `arguments` are Python's."""
    command = [sys.executable, "-I", "-S", "-c", LAUNCHER, sys.executable, *arguments]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env={**os.environ, **(surroundings or {})}
    )
    code, wall, cpu, peak = json.loads(done.stdout)
    if code not in codes:
        raise RuntimeError(f"{' '.join(arguments)} ended with {code}: {done.stderr.strip()}")
    return Spent(wall, cpu, peak)


def timed(work: Work) -> Spent:
    """What a work costs in this process."""
    cpu, start = _cpu(), time.perf_counter()
    work()
    return Spent(time.perf_counter() - start, _cpu() - cpu)


def _cpu() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def machine() -> str:
    """What the times were taken on."""
    cores = len(os.sched_getaffinity(0))
    return (
        f"{cores} cores ({platform.machine()}), {platform.system()}, Python {platform.python_version()}, "
        f"DuckDB {duckdb.__version__}; load of the last minute {os.getloadavg()[0]:.1f}"
    )
