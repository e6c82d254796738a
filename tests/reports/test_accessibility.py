"""Every kind of page in a browser: nothing against it from axe or the Nu checker, no sideways scroll, no request.

Needs Chromium, Node, Java and `npm ci` in `checkers/`. Without them these tests are skipped, unless
ASSURANCE_ALL_TOOLS is 1. Pictures of every view are left in `var/screenshots`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from datetime import datetime
from pathlib import Path

import pytest
from builders import PERIOD, RELEASES, REPORTS, collection, restated, submission, with_rows
from test_receipt import ASIDE, BAD, ODD, TOTALS, why

from assurance.model import Asked, Outcome
from assurance.reporting.facts import Built, Head, ReleaseFacts
from assurance.reporting.findings import findings_page
from assurance.reporting.letters import release_letter
from assurance.reporting.measured import measure
from assurance.reporting.pages import render_checks, render_release, render_trace, shareable_page
from assurance.reporting.release import index_page
from assurance.reporting.shareable import shareable
from tests.tools import need

CHECKERS = Path(__file__).parent / "checkers"
SCREENSHOTS = Path(__file__).resolve().parents[2] / "var" / "screenshots"
NU = CHECKERS / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
IN_MAIL = {"landmark-one-main", "region"}
"""Rules for pages; a mail stands inside the page of a mail program."""

KINDS = {
    "national": ("usual", "national.html"),
    "national-targets": ("with targets", "national.html"),
    "national-states": ("every state", "national.html"),
    "national-first-month": ("first month", "national.html"),
    "national-all-missing": ("all missing at first", "national.html"),
    "national-hostile": ("hostile names", "national.html"),
    "national-cases": ("cases", "national.html"),
    "national-cases-states": ("cases, every state", "national.html"),
    "national-cases-missing": ("cases, all missing", "national.html"),
    "national-split": ("cases, an Area begins", "national.html"),
    "shareable": ("usual", "shareable.html"),
    "shareable-cases-states": ("cases, every state", "shareable.html"),
    "shareable-first-month": ("first month", "shareable.html"),
    "shareable-hostile": ("hostile names", "shareable.html"),
    "area": ("usual", "areas/AAA.html"),
    "area-cases": ("cases", "areas/AAA.html"),
    "area-cases-missing": ("cases, every state", "areas/BBB.html"),
    "area-cases-hostile": ("cases, hostile names", "areas/AAA.html"),
    "area-cases-begins": ("cases, an Area begins", "areas/EEN.html"),
    "area-targets": ("with targets", "areas/AAA.html"),
    "area-worsening": ("worsening", "areas/AAA.html"),
    "area-nil": ("every state", "areas/AAA.html"),
    "area-missing": ("every state", "areas/BBB.html"),
    "area-rejected": ("every state", "areas/CCC.html"),
    "area-hostile": ("hostile names", "areas/AAA.html"),
    "checks": ("cases", "areas/AAA-checks.html"),
    "checks-all-met": ("cases, all met", "areas/AAA-checks.html"),
    "checks-hostile": ("cases, hostile names", "areas/AAA-checks.html"),
    "trace-national": ("with targets", "trace/ALL.html"),
    "trace-area": ("cases", "trace/AAA.html"),
    "trace-missing": ("every state", "trace/BBB.html"),
    "trace-hostile": ("hostile names", "trace/AAA.html"),
}

pytestmark = pytest.mark.tools


HEAD = Head(1234, "0123456789abcdef" * 4)
INDEX = [
    Built("letters/2026-10/2", PERIOD, 2, "ab" * 32, datetime(2026, 11, 12, 9, 30), HEAD),
    Built("letters/2026-10/1", PERIOD, 1, "cd" * 32, datetime(2026, 11, 10, 9, 30), HEAD),
    Built("letters/2026-09/1", PERIOD.plus(-1), 1, "ef" * 32, datetime(2026, 10, 10, 9, 30), None),
]


def page(facts: ReleaseFacts, path: str) -> str:
    """A page of a release, what partners get, or a trace page."""
    if path.startswith("trace/"):
        return render_trace(measure(facts), Path(path).stem, REPORTS)
    if path.endswith("-checks.html"):
        return render_checks(measure(with_rows(facts)), REPORTS)[path]
    if path == "shareable.html":
        measured = measure(facts)
        return shareable_page(measured, shareable(measured), REPORTS)
    return render_release(facts, REPORTS)[path]


def _chromium() -> str | None:
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A file for each kind of page, once the tools are there."""
    absent = [tool for tool in ("node", "java") if not shutil.which(tool)]
    absent += [] if _chromium() else ["chromium"]
    absent += [] if NU.is_file() else ["node_modules (run npm ci in tests/reports/checkers)"]
    need(not absent, ", ".join(absent))
    folder = tmp_path_factory.mktemp("pages")
    for kind, (name, path) in KINDS.items():
        (folder / f"{kind}.html").write_text(page(RELEASES[name], path), encoding="utf-8")
    facts, before = restated()
    for kind, path in (("national-restated", "national.html"), ("area-restated", "areas/CCC.html")):
        (folder / f"{kind}.html").write_text(render_release(facts, REPORTS, before)[path], encoding="utf-8")
    (folder / "index.html").write_bytes(index_page(RELEASES["usual"].collection, INDEX, REPORTS))
    for kind, outcome, found in (
        ("findings", Outcome.REJECTED, [*BAD, *ODD, *ASIDE]),
        ("findings-none", Outcome.NIL, []),
    ):
        told = findings_page(collection(), submission("AAA", PERIOD, outcome), found, TOTALS, Asked(), why, REPORTS)
        (folder / f"{kind}.html").write_bytes(told)
    mail = release_letter(RELEASES["with targets"], "ALL", REPORTS).html
    # A picture of a mail lies in the mail; a file has none.
    (folder / "mail.html").write_text(re.sub(r"<img[^>]*>", "", mail), encoding="utf-8")
    return sorted(folder.glob("*.html"))


def test_axe_finds_nothing_light_dark_or_on_a_phone(pages: list[Path]) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["node", str(CHECKERS / "look.mjs"), str(SCREENSHOTS), *map(str, pages)],
        capture_output=True,
        text=True,
        timeout=1800,
        env={**os.environ, "CHROMIUM": _chromium() or ""},
    )
    assert done.returncode == 0, done.stderr
    views = json.loads(done.stdout)
    assert len(views) == 3 * len(pages)
    for view in views:
        name = f"{view['file']} {view['view']}"
        found = [each for each in view["violations"] if view["file"] != "mail.html" or each["id"] not in IN_MAIL]
        assert not found, f"{name}: {found}"
        assert view["sideways"] == 0, f"{name} scrolls sideways by {view['sideways']} pixels"
        assert not view["requests"], f"{name} asks for {view['requests']}"


def test_the_nu_checker_finds_no_error(pages: list[Path]) -> None:
    own = [str(page) for page in pages if page.name != "mail.html"]  # mail uses attributes that only mail needs
    done = subprocess.run(["java", "-jar", str(NU), "--errors-only", *own], capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
