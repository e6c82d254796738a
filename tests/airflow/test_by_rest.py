"""A whole Airflow is asked by REST and by `make` for months past: each is measured once, and nobody is written to unasked."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from assurance.model import Period
from assurance.settings import Settings
from assurance.steps import Steps
from tests.rules.builders import valid_return
from tests.unit.test_restating import AREAS, steady, three_areas
from tools import by_rest
from tools.airflow_stack import REPOSITORY, Stack, free_port
from tools.rest import POLL_SECONDS, Airflow
from tools.samples import Receiving

JULY, AUGUST, SEPTEMBER = (Period(2016, month) for month in (7, 8, 9))


class World:
    """Three months of three Areas, none of them measured, and an Airflow over them."""

    def __init__(self, home: Path) -> None:
        self.home = home
        three_areas(home / "expectations")
        (home / "expectations" / "recipients.yaml").write_text(
            "recipients:\n"
            "  - {address: director@example.org, name: Director, areas: [ALL], kinds: [release]}\n"
            "  - {address: wessex@example.org, name: Wessex, areas: [WSX], kinds: [release]}\n",
            encoding="utf-8",
        )
        settings = Settings(home=home, expectations=home / "expectations", arrival="file", sign_off="the tests")
        self.steps: Steps = Receiving(settings)
        self.steps.migrate()
        for period in (JULY, AUGUST, SEPTEMBER):
            for area in AREAS:
                valid_return(area, period, counts=steady(period)).landed(settings.landing)
        for arrived in self.steps.arrivals("outcomes"):
            self.steps.load(self.steps.check(arrived).key)

    @property
    def surroundings(self) -> dict[str, str]:
        return {
            "ASSURANCE_HOME": str(self.home),
            "ASSURANCE_EXPECTATIONS": str(self.home / "expectations"),
            "ASSURANCE_ARRIVAL": "file",
            "ASSURANCE_SIGN_OFF": "the tests",
        }

    def releases(self) -> list[str]:
        return sorted(one.release_id for one in self.steps.every_release("outcomes"))

    def mails(self) -> int:
        return len(list(self.steps.settings.mail.glob("*.eml")))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def stack(world: World) -> Iterator[Stack]:
    with Stack(world.home / "airflow", world.surroundings) as running:
        yield running


def make(stack: Stack, *arguments: str) -> str:
    """What `make` says, started as a person would."""
    done = subprocess.run(
        ["make", "--silent", "--old-file=.venv/installed", *arguments, "COLLECTION=outcomes"],
        cwd=REPOSITORY,
        env={**os.environ, "AIRFLOW_REST_URL": stack.airflow.url},
        capture_output=True,
        text=True,
        check=False,
    )
    return f"{done.returncode} {done.stdout}{done.stderr}"


@pytest.mark.slow
@pytest.mark.xdist_group("airflow")
def test_months_past_are_measured_once_each_and_mailed_only_when_asked(world: World, stack: Stack) -> None:
    airflow = stack.airflow
    told = make(stack, "month", "PERIOD=2016-09")
    assert told.startswith("0 ")
    assert "release outcomes/2016-09/1: nobody is written to" in told

    wanted = {"collection": "outcomes", "mail": False}
    overlapping = [
        airflow.start("rebuild_months", first=first, last=last, **wanted)
        for first, last in (("2016-07", "2016-08"), ("2016-08", "2016-09"))
    ]
    assert [airflow.finished("rebuild_months", run) for run in overlapping] == ["success"] * 2
    told = make(stack, "backfill", "FROM=2016-07", "TO=2016-09")
    assert told.startswith("0 ")
    assert told.count(": nobody is written to") == 3
    assert world.releases() == ["outcomes/2016-07/1", "outcomes/2016-08/1", "outcomes/2016-09/1"]

    (measured,) = airflow.runs("measure_month")
    run = measured["dag_run_id"]
    again = {"dag_run_id": run, "dry_run": False, "only_failed": False}
    airflow.call("POST", "/api/v2/dags/measure_month/clearTaskInstances", again)
    assert airflow.finished("measure_month", run) == "success"
    assert len(world.releases()) == 3, "a month that is run again has the same release"
    assert (airflow.runs("publish_month"), world.mails()) == ([], 0)

    for number in (1, 2):
        assert "to be signed off and sent" in make(stack, "month", "PERIOD=2016-09", "MAIL=1")
        published = wait_for_runs(airflow, number)
        assert published == ["success"] * number
        assert world.mails() == 2, "the Director's and that of Wessex, once"

    told = make(stack, "backfill", "FROM=2016-01", "TO=2016-03")
    assert not told.startswith("0 "), told
    assert "no return of outcomes counts for any month from 2016-01 to 2016-03" in told


def wait_for_runs(airflow: Airflow, number: int) -> list[str]:
    """How the first runs of publish_month ended, so many of them; the scheduler makes them soon."""
    deadline = time.monotonic() + 60
    while len(runs := airflow.runs("publish_month")) < number:
        assert time.monotonic() < deadline
        time.sleep(POLL_SECONDS)
    return [airflow.finished("publish_month", run["dag_run_id"]) for run in runs]


def test_where_no_airflow_listens_the_command_says_so_and_how_to_start_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AIRFLOW_REST_URL", f"http://127.0.0.1:{free_port()}")
    assert by_rest.main(["outcomes", "2016-09"]) == 1
    said = capsys.readouterr().err
    assert "no Airflow answers at http://127.0.0.1:" in said
    assert "`make up`" in said


@pytest.mark.parametrize("period", ["2016-13", "July", "2016-07; rm"])
def test_what_is_no_month_is_not_asked_of_anybody(period: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        by_rest.main(["outcomes", period])
    assert ended.value.code == 2
    assert "a month is written YYYY-MM" in capsys.readouterr().err
