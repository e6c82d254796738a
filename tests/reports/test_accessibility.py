"""Every kind of page in a browser: nothing against it from axe or the Nu checker, no sideways scroll, no request.

Needs Chromium, Node, Java and `npm ci` in `checkers/`. Without them these tests are skipped, unless
ASSURANCE_ALL_TOOLS is 1. Pictures of every view are left in `var/screenshots`.
"""

from __future__ import annotations

import base64
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import CHECKERS, IN_MAIL, checked, need_browser, objections
from builders import PERIOD, RELEASES, REPORTS, collection, render_release, restated, submission, with_rows
from pydantic import TypeAdapter
from released import COLLECTION, HERE, LOST, built
from shipped import ABSENT, COLLECTIONS, of_fourteen, releases
from test_receipt import ASIDE, BAD, ODD, TOTALS, why

from assurance.delivery.letter import Letter
from assurance.model import Asked, Outcome
from assurance.reporting.facts import Head, ReleaseFacts
from assurance.reporting.findings import findings_page
from assurance.reporting.index import Condition, Lying, index_page, month_page
from assurance.reporting.measured import measure
from assurance.reporting.pages import render_checks, render_trace, shareable_page
from assurance.reporting.release import render
from assurance.reporting.shareable import shareable
from assurance.reporting.shared_letter import shared_letter
from assurance.reporting.views.shareable import shared_page
from tests.tools import need

NU = CHECKERS / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
MAIL = "mail-"
LOOKED_AT = ("national", "shareable", "ALL", "CYW", "NEA", ABSENT)
"""Of the releases of what ships: all Areas, partners, and an Area with a return, with a nil return and with none."""
AREAS_OF = {code: tuple(area.code for area in of_fourteen(code).areas_owing(PERIOD)) for code in COLLECTIONS}
MOST_BYTES = {"national.html": 150_000, "shareable.html": 60_000, "areas/": 60_000, "letters/": 102_000}

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
    "national-actions": ("with actions", "national.html"),
    "national-split": ("cases, an Area begins", "national.html"),
    "shareable": ("usual", "shareable.html"),
    "shareable-cases-states": ("cases, every state", "shareable.html"),
    "shareable-good-practice": ("good practice", "shareable.html"),
    "shareable-first-month": ("first month", "shareable.html"),
    "shareable-hostile": ("hostile names", "shareable.html"),
    "area": ("usual", "areas/AAA.html"),
    "area-cases": ("cases", "areas/AAA.html"),
    "area-cases-missing": ("cases, every state", "areas/BBB.html"),
    "area-cases-hostile": ("cases, hostile names", "areas/AAA.html"),
    "area-cases-begins": ("cases, an Area begins", "areas/EEN.html"),
    "area-actions": ("with actions", "areas/AAA.html"),
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

pytestmark = [pytest.mark.tools, pytest.mark.xdist_group("pages")]


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


@pytest.fixture(scope="module")
def pages(shipped: dict[str, dict[str, bytes]], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A file for each kind of page, once the tools are there."""
    need_browser()
    absent = [] if shutil.which("java") else ["java"]
    absent += [] if NU.is_file() else ["vnu-jar (run npm ci in tests/reports/checkers)"]
    need(not absent, ", ".join(absent))
    folder = tmp_path_factory.mktemp("pages")
    for kind, (name, path) in KINDS.items():
        (folder / f"{kind}.html").write_text(page(RELEASES[name], path), encoding="utf-8")
    facts, before = restated()
    for kind, path in (("national-restated", "national.html"), ("area-restated", "areas/CCC.html")):
        (folder / f"{kind}.html").write_text(render_release(facts, REPORTS, before)[path], encoding="utf-8")
    every = built(months=40)
    found = dict(zip((one.release_id for one in every), (HERE, Lying(Condition.CHANGED), LOST), strict=False))
    (folder / "index.html").write_bytes(index_page(COLLECTION, every, [every[4].release_id], REPORTS))
    (folder / "index-month.html").write_bytes(month_page(COLLECTION, PERIOD, every, found, REPORTS))
    for name, files in shipped.items():
        if name.endswith("fourteen"):
            code = name.partition("-")[0]
            index = index_page(of_fourteen(code), built(40, AREAS_OF[code]), [], REPORTS)
            (folder / f"{name}-index.html").write_bytes(index)
        for path, html in looked_at(files):
            (folder / f"{name}-{path.replace('/', '-')}").write_text(html, encoding="utf-8")
    shared = shareable(measured := measure(RELEASES["good practice"]))
    to_partners = shared_letter(shared_page(measured, shared), "", b"", REPORTS).html
    (folder / f"{MAIL}shareable.html").write_text(to_partners, encoding="utf-8")
    for kind, outcome, failed in (
        ("findings", Outcome.REJECTED, [*BAD, *ODD, *ASIDE]),
        ("findings-none", Outcome.NIL, []),
    ):
        told = findings_page(collection(), submission("AAA", PERIOD, outcome), failed, TOTALS, Asked(), why, REPORTS)
        (folder / f"{kind}.html").write_bytes(told)
    return sorted(folder.glob("*.html"))


@pytest.fixture(scope="module")
def shipped() -> dict[str, dict[str, bytes]]:
    """The files of every release of the collections that ship."""
    return {name: render(measure(facts), REPORTS, Head(1, "ab" * 32)) for name, facts in releases()}


def looked_at(files: dict[str, bytes]) -> Iterator[tuple[str, str]]:
    """The pages and mails of a release that a browser opens, each kind of them once."""
    for path, data in files.items():
        if Path(path).stem.partition("-")[0] not in LOOKED_AT or path.startswith("trace/"):
            continue  # the traces of the made-up collections have every kind of line
        if path.endswith(".html"):
            yield path, data.decode()
        elif path.startswith("letters/"):
            yield f"{MAIL}{Path(path).stem}.html", shown(TypeAdapter(Letter).validate_json(data))


def shown(letter: Letter) -> str:
    """A mail as its reader's program shows it: its picture lies in it."""
    if not letter.picture:
        return letter.html
    png = base64.b64encode(letter.picture.png).decode()
    return letter.html.replace(f"cid:{letter.picture.cid}", f"data:image/png;base64,{png}")


def test_what_ships_makes_releases_that_are_small(shipped: dict[str, dict[str, bytes]]) -> None:
    for name, files in shipped.items():
        for path, data in files.items():
            most = next((most for start, most in MOST_BYTES.items() if path.startswith(start)), None)
            html = TypeAdapter(Letter).validate_json(data).html.encode() if path.startswith("letters/") else data
            if most and (path.endswith(".html") or path.startswith("letters/")):
                assert len(html) <= most, f"{name}: {path} has {len(html)} bytes"


def test_axe_finds_nothing_light_dark_or_on_a_phone(pages: list[Path]) -> None:
    views = checked("look.mjs", pages)
    assert len(views) == 5 * len(pages)
    found = [said for view in views for said in objections(view["file"], view, IN_MAIL if MAIL in view["file"] else ())]
    assert not found, "\n".join(found)


def test_the_nu_checker_finds_no_error(pages: list[Path]) -> None:
    # mso-hide is a word of Outlook's own, and only Outlook reads it.
    command = ["java", "-jar", str(NU), "--errors-only", "--filterpattern", ".*mso-hide.*", *map(str, pages)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
