"""The pages that lead to releases are written with each build: those that it concerns, and those that do not stand."""

from __future__ import annotations

import re
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assurance.cli import app
from assurance.model import Period
from assurance.settings import Settings
from assurance.steps import Steps
from assurance.warehouse import queries
from tests.rules.builders import PERIOD, valid_return

pytestmark = pytest.mark.xdist_group("indexing")
MONTHS = tuple(PERIOD.plus(place) for place in range(4))


def steps_at(home: Path) -> Steps:
    later = datetime(PERIOD.year + 1, PERIOD.month, 1)
    return Steps(Settings(home=home, arrival="file", sign_off="t"), clock=lambda: later)


@pytest.fixture
def steps(built: Path, tmp_path: Path) -> Steps:
    """Four months, each released once, and the clock a year later."""
    return steps_at(Path(shutil.copytree(built, tmp_path / "home")))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of these, made once."""
    home = tmp_path_factory.mktemp("months")
    made = steps_at(home)
    made.migrate()
    for period in MONTHS:
        valid_return(period=period).landed(made.settings.landing)
    list(made.receive("outcomes"))
    for period in MONTHS:
        made.build("outcomes", period)
    return home


def page(steps: Steps, period: Period | None = None) -> Path:
    folder = steps.settings.releases / "outcomes"
    return (folder / str(period) if period else folder) / "index.html"


def written(steps: Steps) -> dict[str, int]:
    """When each page was last put in its place."""
    return {str(path.parent.name): path.stat().st_mtime_ns for path in (page(steps), *(page(steps, p) for p in MONTHS))}


def lines(steps: Steps) -> int:
    with steps.warehouse.reading() as connection:
        return sum(row["event"] == "indexed" for row in queries.rows(connection, "audit/lines"))


def faults(steps: Steps) -> list[str]:
    return [fault.place.removeprefix("releases/outcomes/") for fault in steps.verify().faults]


def test_each_build_leads_to_the_months_about_it(steps: Steps) -> None:
    for before, period, after in zip((None, *MONTHS), MONTHS, (*MONTHS[1:], None), strict=False):
        seen = page(steps, period).read_text(encoding="utf-8")
        assert (f'rel="prev" href="../{before}/index.html"' in seen) == (before is not None)
        assert (f'rel="next" href="../{after}/index.html"' in seen) == (after is not None)
        assert f'href="{period}/index.html"' in page(steps).read_text(encoding="utf-8")
    assert faults(steps) == []


def test_every_link_leads_to_a_file(steps: Steps) -> None:
    for path in (page(steps), *(page(steps, period) for period in MONTHS)):
        found = re.findall(r'href="([^"#:]+)"', path.read_text(encoding="utf-8"))
        assert found
        assert [link for link in found if not (path.parent / link).is_file()] == []


def test_a_build_writes_its_month_and_those_beside_it_and_no_line_for_what_stays(steps: Steps) -> None:
    before, told = written(steps), lines(steps)
    steps.build("outcomes", MONTHS[0])
    assert [place for place, when in written(steps).items() if when != before[place]] == [
        "outcomes",
        str(MONTHS[0]),
        str(MONTHS[1]),
    ]
    assert lines(steps) == told, "the pages are the same"


@pytest.mark.parametrize("how", ["changed", "gone", "of the time before"])
def test_the_next_build_of_any_month_mends_what_does_not_stand(steps: Steps, how: str) -> None:
    far, stood = page(steps, MONTHS[3]), page(steps, MONTHS[3]).read_bytes()
    if how == "gone":
        far.unlink()
    else:
        far.write_bytes(stood + b"\n" if how == "changed" else page(steps, MONTHS[2]).read_bytes())
    assert faults(steps)
    assert set(faults(steps)) == {f"{MONTHS[3]}/index.html"}
    steps.build("outcomes", MONTHS[0])
    assert (far.read_bytes(), faults(steps)) == (stood, [])


def test_a_crash_between_release_and_index_is_found_and_mended(steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    late = valid_return(area="EMD", period=MONTHS[3])
    late.landed(steps.settings.landing)
    list(steps.receive("outcomes"))
    with monkeypatch.context() as patched:
        patched.setattr(Steps, "_write_index", lambda *_: None)
        assert steps.build("outcomes", MONTHS[3]).endswith("/2")
    assert faults(steps) == ["index.html", f"{MONTHS[3]}/index.html"]
    steps.build("outcomes", MONTHS[0])
    assert faults(steps) == []
    assert "Release 2" in page(steps, MONTHS[3]).read_text(encoding="utf-8")


def test_a_sign_off_is_told_by_the_page_of_its_month(steps: Steps) -> None:
    assert "Signed off by" not in page(steps, MONTHS[1]).read_text(encoding="utf-8")
    steps.sign_off(f"outcomes/{MONTHS[1]}/1")
    assert "Signed off by a standing setting" in page(steps, MONTHS[1]).read_text(encoding="utf-8")
    assert "Signed off by" not in page(steps, MONTHS[2]).read_text(encoding="utf-8")
    assert faults(steps) == []


def test_a_rejection_is_told_until_it_is_asked_for_again(steps: Steps) -> None:
    steps.sign_off(of := f"outcomes/{MONTHS[0]}/1")
    steps.reject(of, "Head of Assurance", "The late return is wanted in it.")
    assert "Rejected: not to be sent" in page(steps, MONTHS[0]).read_text(encoding="utf-8")
    steps.ask_again(of, "Head of Assurance", "The return does not come.")
    assert "Not signed off" in page(steps, MONTHS[0]).read_text(encoding="utf-8")
    assert faults(steps) == []


def test_a_folder_that_is_lost_or_changed_is_told_and_stops_no_other_month(steps: Steps) -> None:
    lost, changed = (steps.settings.releases / "outcomes" / str(period) / "1" for period in MONTHS[1:3])
    shutil.rmtree(lost)
    (changed / "figures.csv").write_bytes(b"other")
    steps.build("outcomes", MONTHS[0])
    assert "was not there or could not be read" in page(steps, MONTHS[1]).read_text(encoding="utf-8")
    assert "folder lost" in page(steps).read_text(encoding="utf-8")
    steps.build("outcomes", MONTHS[3])
    assert "did not hold what was built" in page(steps, MONTHS[2]).read_text(encoding="utf-8")


def test_the_command_lists_every_release_the_newest_month_first(steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    valid_return(area="EMD", period=MONTHS[1]).landed(steps.settings.landing)
    list(steps.receive("outcomes"))
    steps.build("outcomes", MONTHS[1])
    steps.sign_off(f"outcomes/{MONTHS[1]}/2")
    monkeypatch.setattr("assurance.cli.asking.steps", lambda: steps)
    told = CliRunner().invoke(app, ["releases", "-c", "outcomes"]).output
    lines = [line.split("\t") for line in told.splitlines()]
    assert [line[0] for line in lines[1:]] == [
        *(f"outcomes/{period}/1" for period in (MONTHS[3], MONTHS[2])),
        f"outcomes/{MONTHS[1]}/2",
        f"outcomes/{MONTHS[1]}/1",
        f"outcomes/{MONTHS[0]}/1",
    ]
    assert [line[2] for line in lines[1:]] == ["yes", "yes", "yes", "replaced by 2", "yes"]
    assert [line[3] != "no" for line in lines[1:]] == [False, False, True, False, False]
