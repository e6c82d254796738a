"""What text stands in a received file? Asks a child process under limits, so that no file can harm the run."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assurance.catalogue import Limits

READER = Path(__file__).with_name("reader.py")
GRACE_SECONDS = 5


@dataclass(frozen=True)
class Problem:
    """Something a guard found: the rule, where, and a detail that names no value of the file."""

    rule: str
    row: int | None = None
    column: str | None = None
    detail: str = ""


@dataclass(frozen=True)
class Row:
    """One record of the file: the line on which it begins, and its cells as text."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """The file as text, and what was wrong with it. `header` is None when it cannot be read as a table."""

    header: tuple[str, ...] | None
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]
    header_line: int = 1


def read_text(path: Path, limits: Limits, *, seconds: int, megabytes: int) -> Reading:
    """Read a file as text cells within limits of size, time and memory.

    A file that ends the child, by a crash, a hang or its size, is refused by RET-002; this process is never harmed.
    """
    asked = {"path": str(path), "seconds": seconds, "megabytes": megabytes, **limits.model_dump()}
    command = [sys.executable, "-I", "-S", str(READER), json.dumps(asked)]
    try:
        child = subprocess.run(command, capture_output=True, timeout=seconds + GRACE_SECONDS, check=False)
        answer = json.loads(child.stdout) if child.returncode == 0 else None
    except (subprocess.TimeoutExpired, ValueError):
        answer = None
    if answer is None:
        return Reading(
            None, (), (Problem("RET-002", detail="it could not be read within the limits of time and memory"),)
        )
    return _reading(answer)


def _reading(answer: dict[str, Any]) -> Reading:
    header = tuple(answer["header"]) if "header" in answer else None
    return Reading(
        header=header,
        rows=tuple(Row(line, tuple(cells)) for line, cells in answer.get("rows", [])),
        problems=tuple(
            Problem(
                p["rule"], p["row"], None if p["column"] is None or header is None else header[p["column"]], p["detail"]
            )
            for p in answer["problems"]
        ),
        header_line=answer.get("line", 1),
    )
