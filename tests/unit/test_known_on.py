"""The measures of a month can be made as they stood at any moment: by what was in force then, and nothing later."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assurance.cli import app
from assurance.errors import CatalogueError
from assurance.measures.figures import Figure
from assurance.model import NATION
from assurance.settings import Settings
from assurance.steps import Steps
from assurance.warehouse import audit
from assurance.warehouse.releases import gather
from tests.rules.builders import AREA, EXPECTATIONS, PERIOD, Return, valid_return

MONDAY = datetime(2016, 11, 7, 9)
DAY = timedelta(days=1)


@dataclass
class Home:
    """A place of work whose clock is set by hand, with a copy of the collections that can be changed."""

    folder: Path
    now: datetime = MONDAY
    settings: Settings = field(init=False)

    def __post_init__(self) -> None:
        shutil.copytree(EXPECTATIONS, self.folder / "expectations")
        self.settings = Settings(
            home=self.folder / "var", expectations=self.folder / "expectations", arrival="file", sign_off="the tests"
        )
        self.steps.migrate()

    @property
    def steps(self) -> Steps:
        """Fresh ones, as every run has: they read the collections anew."""
        return Steps(self.settings, clock=lambda: self.now)

    def receive(self, sent: Return, on: datetime) -> None:
        self.now = on
        sent.landed(self.settings.landing)
        (loaded,) = self.steps.receive("outcomes")
        assert loaded.submission.outcome.counts

    def unmet(self, known_on: datetime | None = None) -> int | None:
        """What Wessex did not meet in the month, as known then."""
        return self.counted(self.steps.figures("outcomes", PERIOD, known_on))

    def counted(self, figures: tuple[Figure, ...]) -> int | None:
        (figure,) = (f for f in figures if (f.window, f.area, f.standard) == ("1m", AREA, NATION))
        return figure.counts.not_met if figure.counts else None

    def retitle(self, before: str, after: str) -> None:
        register = self.settings.expectations / "outcomes" / "standards.yaml"
        text = register.read_text(encoding="utf-8")
        assert before in text
        register.write_text(text.replace(before, after), encoding="utf-8")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def with_more_unmet(version: int, more: int) -> Return:
    sent = valid_return(version=version)
    line = sent.line_of(unsuccessful="3")
    return sent.with_cell(line, "unsuccessful", str(3 + more))


def test_a_correction_is_not_known_before_it_came(home: Home) -> None:
    home.receive(with_more_unmet(1, 0), on=MONDAY)
    home.receive(with_more_unmet(2, 5), on=MONDAY + 2 * DAY)
    first, now = home.unmet(MONDAY + DAY), home.unmet()
    assert first is not None
    assert now == home.unmet(MONDAY + 2 * DAY) == first + 5


@pytest.mark.slow
def test_an_earlier_version_that_comes_later_changes_nothing_at_any_time(home: Home) -> None:
    home.receive(with_more_unmet(2, 5), on=MONDAY)
    home.receive(with_more_unmet(1, 0), on=MONDAY + DAY)
    assert home.unmet(MONDAY) == home.unmet(MONDAY + DAY) == home.unmet()


@pytest.mark.slow
def test_the_register_is_the_one_in_force_then(home: Home) -> None:
    home.receive(valid_return(), on=MONDAY)
    home.retitle("Homicide", "Murder and the like")
    home.now = MONDAY + 2 * DAY
    home.steps.build("outcomes", PERIOD)

    def titles(known_on: datetime | None) -> set[str]:
        return {figure.standard_title for figure in home.steps.figures("outcomes", PERIOD, known_on)}

    assert "Homicide" in titles(MONDAY + DAY)
    assert "Murder and the like" not in titles(MONDAY + DAY)
    assert "Murder and the like" in titles(None)


def test_before_the_first_return_there_was_no_register(home: Home) -> None:
    home.receive(valid_return(), on=MONDAY)
    with pytest.raises(CatalogueError, match="nothing was received or built then"):
        home.unmet(MONDAY - DAY)


@pytest.mark.slow
def test_a_version_of_the_register_that_is_lost_is_named(home: Home) -> None:
    home.receive(valid_return(), on=MONDAY)
    shutil.rmtree(home.settings.catalogues)
    with pytest.raises(CatalogueError, match="is not kept"):
        home.unmet(MONDAY)


@pytest.mark.slow
def test_the_trail_says_once_from_when_on_a_register_is_in_force(home: Home) -> None:
    home.receive(valid_return(), on=MONDAY)
    home.receive(with_more_unmet(2, 1), on=MONDAY + DAY)
    home.retitle("Homicide", "Murder and the like")
    home.steps.build("outcomes", PERIOD)
    home.steps.build("outcomes", PERIOD)
    with home.steps.warehouse.reading() as connection:
        trail = [(seq, audit.last_about(connection, "catalogue", "outcomes", seq)) for seq in range(10)]
    versions = list(dict.fromkeys(told["version"] for _, told in trail if told))
    assert len(versions) == 2
    assert versions[-1] == home.steps.collection("outcomes").version


@pytest.mark.slow
def test_what_a_release_was_made_from_is_gathered_again_after_everything_has_changed(home: Home) -> None:
    home.receive(with_more_unmet(1, 0), on=MONDAY)
    release_id = home.steps.build("outcomes", PERIOD)
    described = home.steps.collection("outcomes")
    home.receive(with_more_unmet(2, 5), on=MONDAY)  # the clock stands: only the trail tells the order
    home.steps.build("outcomes", PERIOD)
    with home.steps.warehouse.reading() as connection:
        (built,) = (
            line for line in audit_lines(connection) if (line["event"], line["subject"]) == ("built", release_id)
        )
        again = gather(
            connection,
            described,
            PERIOD,
            since=PERIOD,
            package_version="then",
            signed_off_by_setting=True,
            as_of=built["seq"] - 1,
        )
    assert (again.release_id, again.replaces) == (release_id, None)
    assert [source.version for source in again.inputs] == [1]


def audit_lines(connection: audit.Connection) -> list[dict[str, object]]:
    return audit.queries.rows(connection, "audit/lines")


@pytest.mark.slow
def test_the_command_prints_the_figures_as_known_at_the_end_of_a_day_in_london(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSURANCE_HOME", str(home.settings.home))
    monkeypatch.setenv("ASSURANCE_EXPECTATIONS", str(home.settings.expectations))
    home.receive(with_more_unmet(1, 0), on=MONDAY)
    home.receive(with_more_unmet(2, 5), on=MONDAY + DAY)

    def printed(*options: str) -> str:
        said = CliRunner().invoke(app, ["figures", str(PERIOD), "-c", "outcomes", "--csv", *options])
        assert said.exit_code == 0, said.output
        return said.output

    then = printed("--known-on", "2016-11-07")
    assert then == printed("--known-on", "2016-11-07T09:00")
    assert then != printed()
    assert printed("--known-on", "2016-11-08") == printed()


NO_MOMENTS = ["yesterday", "2016-13-01", "08/11/2016", "", "20161108", "2016-W45-2", "2016-11-08T9:00", "2016-11-08Z"]
FROM_NO_TIME = ["9999-12-31T23:59-05:00", "0001-01-01T00:00+05:00"]


@pytest.mark.parametrize("text", [*NO_MOMENTS, *FROM_NO_TIME])
def test_a_moment_that_is_none_is_refused(text: str) -> None:
    said = CliRunner().invoke(app, ["figures", str(PERIOD), "-c", "outcomes", "--known-on", text])
    assert said.exit_code == 2
    assert "YYYY-MM-DD" in said.output
