"""Who owes a return is written to once for each reason, and a month is closed without who is missing: by the DAGs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import time_machine
import yaml

from assurance.settings import Settings
from assurance.steps import Steps
from tests.airflow.conftest import RunDag
from tests.rules.builders import valid_return
from tests.unit.trace.conftest import few_areas

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("airflow")]

REMINDER, CHASER, CUT_OFF = (datetime(2016, 11, day, hour, 1, tzinfo=UTC) for day, hour in ((3, 9), (8, 9), (11, 12)))
"""Of October 2016."""


@pytest.fixture
def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Steps:
    """Three Areas, of which Wessex has returned."""
    expectations = few_areas(tmp_path / "expectations", ("CYW", "WMD", "WSX"))
    for name, value in (("HOME", tmp_path), ("EXPECTATIONS", expectations), ("ARRIVAL", "file")):
        monkeypatch.setenv(f"ASSURANCE_{name}", str(value))
    made = Steps(Settings())
    made.migrate()
    valid_return("WSX").landed(made.settings.landing)
    assert len(list(made.receive("outcomes"))) == 1
    return made


def written(steps: Steps) -> Counter[tuple[str, str]]:
    """The mails that were written to those who owe, by kind and recipient."""
    paths = [path for path in steps.settings.mail.glob("*.eml") if path.name.startswith(("reminder", "chaser"))]
    mails = [(path, message_from_bytes(path.read_bytes(), policy=policy.default)) for path in paths]
    return Counter((path.name.partition("-")[0], str(mail["To"])) for path, mail in mails)


def test_those_who_owe_are_written_to_once_for_each_reason_and_no_others(run_dag: RunDag, steps: Steps) -> None:
    for moment in (REMINDER, REMINDER, CHASER, CHASER):
        with time_machine.travel(moment):
            run = run_dag("chase_returns")
            assert run.state == "success"
    owing = ("assurance.cyw@example.org", "assurance.wmd@example.org")
    assert written(steps) == Counter((kind, to) for kind in ("reminder", "chaser") for to in owing)


def test_whom_the_register_does_not_name_fails_the_task_when_the_others_were_told(
    run_dag: RunDag, steps: Steps
) -> None:
    register = steps.settings.expectations / "recipients.yaml"
    named = yaml.safe_load(register.read_text())["recipients"]
    others = [one for one in named if one["address"] != "assurance.cyw@example.org"]
    register.write_text(yaml.safe_dump({"recipients": others}))
    with time_machine.travel(REMINDER):
        assert run_dag("chase_returns").state == "failed"
    assert list(written(steps)) == [("reminder", "assurance.wmd@example.org")]


def test_the_gate_is_given_who_is_missing_at_the_cut_off_and_once(
    run_dag: RunDag, steps: Steps, events: Callable[[str], list[str]]
) -> None:
    with time_machine.travel(REMINDER):
        run_dag("close_month")
    assert events("area_return") == []
    for _ in range(2):
        with time_machine.travel(CUT_OFF):
            assert run_dag("close_month").state == "success"
    assert sorted(events("area_return")) == ["outcomes|2016-10|CYW", "outcomes|2016-10|WMD"]


def test_a_month_is_closed_by_hand_before_its_time(
    run_dag: RunDag, steps: Steps, events: Callable[[str], list[str]]
) -> None:
    with time_machine.travel(REMINDER):
        run: Any = run_dag("close_month", collection="outcomes", period="2016-10")
    assert run.state == "success"
    assert len(events("area_return")) == 2
