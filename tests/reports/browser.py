"""What does a browser say of pages, mails and charts? Runs the checkers in `checkers/`, which print JSON.

They need Chromium, Node, `npm ci` in `checkers/`, and a font as wide as Arial, for others make lines of other lengths.
Pictures of every view are left in `var/screenshots`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.tools import need

CHECKERS = Path(__file__).parent / "checkers"
SCREENSHOTS = Path(__file__).resolve().parents[2] / "var" / "screenshots"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
IN_MAIL = frozenset({"landmark-one-main", "region"})
"""Rules for pages; a mail stands inside the page of a mail program."""
AS_WIDE_AS_ARIAL = ("Arial", "Arimo", "Liberation Sans")
LONGEST_SECONDS = 1800


def need_browser() -> None:
    """Skip the test, or fail it, where a tool of the checkers is absent."""
    absent = [] if shutil.which("node") else ["node"]
    absent += [] if CHROMIUM else ["chromium"]
    absent += [] if _font("Arial") in AS_WIDE_AS_ARIAL else ["fonts-liberation"]
    absent += [] if (CHECKERS / "node_modules" / "playwright-core").is_dir() else ["npm ci in tests/reports/checkers"]
    need(not absent, ", ".join(absent))


def _font(name: str) -> str:
    """Which font stands for this one here?"""
    if not (command := shutil.which("fc-match")):
        return ""
    return subprocess.run([command, "--format=%{family}", name], capture_output=True, text=True).stdout


def checked(checker: str, files: Iterable[Path], *, pictures: bool = True) -> Any:
    """What a checker prints of these files."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    before = [str(SCREENSHOTS)] if pictures else []
    done = subprocess.run(
        ["node", str(CHECKERS / checker), *before, *map(str, files)],
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        env={**os.environ, "CHROMIUM": CHROMIUM or ""},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def objections(file: str, view: Mapping[str, Any], allowed: Collection[str] = ()) -> list[str]:
    """What is wrong with a view of a file: what axe finds, but for the rules allowed; a sideways scroll; a request."""
    name = f"{file} {view['view']}"
    found = [f"{name}: {each}" for each in view["violations"] if each["id"] not in allowed]
    found += [f"{name} scrolls sideways by {view['sideways']} pixels"] if view["sideways"] else []
    return found + [f"{name} asks for {asked}" for asked in view["requests"]]
