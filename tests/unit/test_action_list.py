"""An action is added by a command, listed by another, and part of what a release was made from."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from assurance.catalogue import load_catalogue
from assurance.cli import app
from assurance.errors import CatalogueError
from assurance.intake.checking import Examined
from assurance.measures.words import NBSP
from assurance.settings import Settings
from assurance.steps import Steps
from tests.rules.builders import EXPECTATIONS, PERIOD, valid_return

TODAY = datetime(2016, 11, 15, 9)
TITLE = "Ask the force why its outcomes are finalised so late"


class Receiving(Steps):
    """Great Expectations, which takes long and changes no number, does not judge a second time."""

    def _pass_gate(self, examined: Examined) -> None:
        pass


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXPECTATIONS, tmp_path / "expectations"))


@pytest.fixture
def steps(folder: Path, tmp_path: Path) -> Callable[[], Steps]:
    """Steps of a process of its own: each reads the catalogue once."""

    def made() -> Steps:
        return Receiving(
            Settings(home=tmp_path / "home", expectations=folder, arrival="file", sign_off="the tests"),
            clock=lambda: TODAY,
        )

    made().migrate()
    return made


@pytest.fixture
def run(steps: Callable[[], Steps], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.setattr("assurance.cli.asking.steps", steps)

    def run(*words: str) -> Any:
        return CliRunner().invoke(app, [*words, "-c", "outcomes"])

    return run


GIVEN = ("act", TITLE, "--owner", "Area Business Manager, Wessex", "--due", "2017-01-13")


def test_the_command_adds_an_entry_under_the_next_number_and_leaves_the_file_as_it_is(folder: Path, run: Any) -> None:
    path = folder / "outcomes" / "actions.yaml"
    before = path.read_text(encoding="utf-8")
    assert run(*GIVEN, "--area", "WSX").output.startswith("A-001 is raised on 2016-11-15 and due on 2017-01-13")
    once = path.read_text(encoding="utf-8")
    assert run("act", 'A "second": one', "--owner", "Forum", "--due", "2016-11-15").exit_code == 0
    assert once.startswith(before.replace("actions: []\n", "actions:\n"))
    assert path.read_text(encoding="utf-8").startswith(once)
    first, second = load_catalogue(folder).collection("outcomes").actions
    assert (first.id, first.title, first.area, first.raised, first.standard) == (
        "A-001",
        TITLE,
        "WSX",
        "2016-11-15",
        None,
    )
    assert (second.id, second.title, second.area) == ("A-002", 'A "second": one', None)


def test_the_command_makes_a_file_where_there_is_none(folder: Path, run: Any) -> None:
    (folder / "outcomes" / "actions.yaml").unlink()
    assert load_catalogue(folder).collection("outcomes").actions == ()
    assert run(*GIVEN).exit_code == 0
    assert [one.title for one in load_catalogue(folder).collection("outcomes").actions] == [TITLE]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (("--area", "WSY"), "there is no Area 'WSY'"),
        (("--standard", "C06"), "there is no standard 'C06'"),
        (("--due", "2016-11-14"), "it is due before it was raised"),
    ],
)
def test_what_would_not_load_is_not_written(folder: Path, run: Any, changed: tuple[str, ...], said: str) -> None:
    path = folder / "outcomes" / "actions.yaml"
    before = path.read_bytes()
    refused = run(*GIVEN, *changed)
    assert isinstance(refused.exception, CatalogueError)
    assert said in str(refused.exception)
    assert path.read_bytes() == before


@pytest.mark.parametrize("changed", [("--due", "soon"), ("--owner", " ")])
def test_what_nobody_can_have_meant_is_a_wrong_use(run: Any, changed: tuple[str, ...]) -> None:
    assert run(*GIVEN, *changed).exit_code == 2


def test_actions_of_second_readings_are_refused_for_no_report_would_show_them(folder: Path) -> None:
    shutil.copy(folder / "outcomes" / "actions.yaml", folder / "bcm_readings" / "actions.yaml")
    with pytest.raises(CatalogueError, match="actions stand with the collection that is read; move it to bcm"):
        load_catalogue(folder)


def test_the_files_that_ship_show_an_entry_that_would_load(folder: Path) -> None:
    path = folder / "outcomes" / "actions.yaml"
    text = path.read_text(encoding="utf-8")
    assert yaml.safe_load(text)["actions"] == []
    shown = [line.removeprefix("#") for line in text.splitlines() if line.startswith("#   ")]
    path.write_text(text.replace("actions: []", "\n".join(["actions:", *shown])), encoding="utf-8")
    assert [one.id for one in load_catalogue(folder).collection("outcomes").actions] == ["A-001"]
    assert [one.id for one in load_catalogue(folder).collection("bcm").actions] == [
        f"A-{number:03d}" for number in range(1, 6)
    ]


def test_the_actions_of_a_month_are_listed_as_its_report_lists_them(folder: Path, run: Any) -> None:
    nothing = run("actions", str(PERIOD))
    assert nothing.output.startswith("no action was raised by then")
    path = folder / "outcomes" / "actions.yaml"
    entries = [
        {"id": "A-001", "title": "One", "owner": "Forum", "raised": "2016-09-01", "due": "2016-10-31"},
        {"id": "A-002", "title": "Two", "owner": "Forum", "area": "WSX", "raised": "2016-11-20", "due": "2016-12-01"},
    ]
    path.write_text(yaml.safe_dump({"version": 1, "actions": entries}), encoding="utf-8")
    listed = run("actions", str(PERIOD)).output.replace(NBSP, " ").splitlines()
    assert listed[0].startswith("1 action open, 1 overdue since 31 October 2016, as of 2016-11-")
    assert listed[1].split("\t") == ["action", "status", "due", "done", "owner", "area", "standard", "title", "note"]
    assert listed[2].split("\t") == ["A-001", "overdue", "2016-10-31", "", "Forum", "", "", "One", ""]
    assert len(listed) == 3


@pytest.mark.slow
def test_an_edit_releases_no_month_by_itself_and_gives_the_reason_when_it_is_asked_for(
    run: Any, steps: Callable[[], Steps]
) -> None:
    """A release rests on the list of its time: the old one is made again byte for byte, the new one says what changed."""
    before = steps()
    valid_return().landed(before.settings.landing)
    list(before.receive("outcomes"))
    first = before.build("outcomes", PERIOD)
    assert run(*GIVEN).exit_code == 0
    assert "out of date" not in run("status", str(PERIOD)).output
    after = steps()
    assert after.restatements("outcomes", [PERIOD]) == ()
    second = after.build("outcomes", PERIOD)
    assert (first, second) == (f"outcomes/{PERIOD}/1", f"outcomes/{PERIOD}/2")
    assert after.build("outcomes", PERIOD) == second
    for edition in ("national.html", "areas/WSX.html"):
        page = (after.settings.releases / second / edition).read_text(encoding="utf-8").replace(NBSP, " ")
        assert "the reason is that the list of actions has changed." in page
        assert "0 figures of this page moved since release 1" in page
        assert "The list of actions has changed." in page
        assert "rules" not in page.partition("<main")[2].partition('id="actions"')[0].partition('id="revisions"')[2]
    for release_id in (first, second):
        assert after.verify_release(release_id).faults == ()
    assert after.verify().faults == ()
