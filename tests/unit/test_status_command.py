"""`assurance status` says on a terminal what the numbers say and what operators are told by mail."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assurance.cli import app, asking
from assurance.delivery.outbox import enqueue
from assurance.settings import Settings
from assurance.steps import Steps
from tests.rules.cases import bcm_return
from tests.unit.trace.conftest import World, few_areas

RECEIVED = datetime(2026, 11, 3, 10)
CUT_OFF = datetime(2026, 11, 12, 12)
"""Of October 2026 in `bcm`: working day 9 of November, noon in London."""


class Clock:
    """A clock that is set."""

    now = RECEIVED


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def steps(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Steps:
    """Two Areas, of which Wessex has returned; one of its rows is held back."""
    expectations = few_areas(tmp_path / "expectations", ("WSX", "CYW"))
    made = World(Settings(home=tmp_path, expectations=expectations, arrival="file"), clock=lambda: clock.now)
    made.migrate()
    made.send_in(bcm_return().with_cell(2, "cases_in_scope", "many"), RECEIVED)
    monkeypatch.setattr(asking, "steps", lambda: made)
    return made


def said(*arguments: str) -> list[str]:
    done = CliRunner().invoke(app, ["status", "-c", "bcm", *arguments])
    assert done.exit_code == 0, done.output
    return done.output.replace("\N{NO-BREAK SPACE}", " ").splitlines()


def test_the_cut_off_and_the_rows_held_back_are_told_of_each_month(steps: Steps, clock: Clock) -> None:
    head, cut_off, quarantined, *_ = said()
    assert head == "bcm 2026-10: 1 of 2 returns in"
    assert cut_off == "cut-off: 12:00 on Thursday 12 November 2026, 7 working days left"
    assert quarantined == "quarantined: 1 row, in no figure until the return is mended"
    clock.now = CUT_OFF + timedelta(minutes=1)
    assert said()[1].endswith(", passed")


def test_where_no_row_is_held_back_nothing_is_said_of_it(steps: Steps) -> None:
    assert isinstance(steps, World)
    steps.send_in(bcm_return(version=2, reason_given=True), RECEIVED + timedelta(hours=1), "mended")
    assert not [line for line in said() if line.startswith("quarantined")]


def test_a_month_that_was_missed_is_told_with_the_command_that_measures_it(steps: Steps, clock: Clock) -> None:
    assert not [line for line in said() if "should have been measured" in line]
    clock.now = CUT_OFF + timedelta(hours=2)
    (missed,) = (line for line in said() if "should have been measured" in line)
    assert missed.startswith("bcm 2026-10: ")
    assert missed.endswith("; assurance build 2026-10 -c bcm")


def test_the_message_that_waits_longest_is_told_with_its_time(steps: Steps, clock: Clock) -> None:
    steps.send_owed()
    assert not [line for line in said() if "unsent" in line]
    with steps.warehouse.transaction() as connection:
        for hours in (0, 1):
            at = clock.now + timedelta(hours=hours)
            enqueue(connection, kind="receipt", subject_id="x", edition=f"{hours}", recipient="a@example.org", now=at)
    clock.now += timedelta(hours=3, minutes=10)
    assert [line for line in said() if "unsent" in line] == [
        "the oldest unsent message has waited 3 hours, since 3 November 2026, 10:00"
    ]


@pytest.mark.parametrize(
    ("hours", "told"), [(0.9, "less than an hour"), (1, "1 hour"), (47, "47 hours"), (48, "2 days"), (80, "3 days")]
)
def test_a_wait_is_told_in_hours_then_in_days(hours: float, told: str) -> None:
    from assurance.measures import words

    assert words.waited(timedelta(hours=hours)).replace("\N{NO-BREAK SPACE}", " ") == told
