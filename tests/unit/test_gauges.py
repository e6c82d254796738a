"""The numbers that the engineer on duty watches say what is so."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from assurance.delivery.outbox import enqueue
from assurance.settings import Settings
from assurance.steps import Steps
from tests.rules.builders import Return, valid_return
from tests.unit.trace.conftest import few_areas

CUT_OFF = datetime(2016, 11, 11, 12)
"""Of October 2016 in `outcomes`: working day 9 of November, noon in London."""


class Clock:
    """A clock that is set."""

    now = CUT_OFF - timedelta(days=2, hours=12)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def steps(tmp_path: Path, clock: Clock) -> Steps:
    expectations = few_areas(tmp_path / "expectations", ("WSX", "CYW"))
    made = Steps(Settings(home=tmp_path, expectations=expectations, arrival="clock"), clock=lambda: clock.now)
    made.migrate()
    return made


def numbers(steps: Steps) -> dict[str, float]:
    return {gauge.name: gauge.value for gauge in steps.gauges()}


def received(steps: Steps, sent: Return) -> None:
    sent.landed(steps.settings.landing)
    assert len(list(steps.receive("outcomes"))) == 1


def test_returns_are_counted_by_what_became_of_them(steps: Steps) -> None:
    assert numbers(steps)["outcomes.returns.missing"] == 2
    received(steps, valid_return())
    after = numbers(steps)
    assert (after["outcomes.returns.missing"], after["outcomes.returns.expected"]) == (1, 0)
    assert sum(value for name, value in after.items() if name.startswith("outcomes.returns.")) == 2


def test_before_it_is_due_a_return_that_has_not_come_is_expected_and_not_missing(steps: Steps, clock: Clock) -> None:
    clock.now = CUT_OFF - timedelta(days=6)
    before = numbers(steps)
    assert (before["outcomes.returns.missing"], before["outcomes.returns.expected"]) == (0, 2)


def test_days_to_the_cut_off_run_down_and_on_below_nothing(steps: Steps, clock: Clock) -> None:
    assert numbers(steps)["outcomes.days_to_cut_off"] == 2.5
    clock.now = CUT_OFF + timedelta(days=1)
    assert numbers(steps)["outcomes.days_to_cut_off"] == -1


def test_the_oldest_message_counts_from_when_it_was_owed_however_often_it_was_tried(steps: Steps, clock: Clock) -> None:
    assert numbers(steps)["mail.unsent"] == 0
    assert numbers(steps)["mail.oldest_unsent_seconds"] == 0
    with steps.warehouse.transaction() as connection:
        for minutes, edition in ((0, "WSX"), (10, "CYW")):
            at = clock.now + timedelta(minutes=minutes)
            enqueue(connection, kind="receipt", subject_id="x", edition=edition, recipient="a@example.org", now=at)
    clock.now += timedelta(hours=1)
    assert numbers(steps)["mail.unsent"] == 2
    assert numbers(steps)["mail.oldest_unsent_seconds"] == 3600


def test_a_collection_that_owes_nothing_has_no_numbers(steps: Steps) -> None:
    assert not any(name.startswith("bcm_readings.") for name in numbers(steps))
