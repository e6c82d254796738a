"""Every number that is watched is explained, under its name and with its unit."""

from __future__ import annotations

import re

import pytest

from assurance.model import ReturnState
from assurance.settings import REPOSITORY, Settings
from assurance.steps import Gauge, Steps

PREFIX = "assurance."
"""As `assurance_airflow.metrics` has it, which is not imported here: Airflow would make itself a home."""
ROW = re.compile(r"^\| `([a-z_.<>]+)` \| (\w+) \| (.+) \|$", re.MULTILINE)
STATE = f"({'|'.join(state.value for state in ReturnState)})"


@pytest.fixture(scope="module")
def gauges(tmp_path_factory: pytest.TempPathFactory) -> tuple[Gauge, ...]:
    steps = Steps(Settings(home=tmp_path_factory.mktemp("numbers")))
    steps.migrate()
    return steps.gauges()


def explained() -> dict[str, tuple[str, str]]:
    operations = (REPOSITORY / "docs" / "airflow.md").read_text(encoding="utf-8").split("\n## Operations\n")[1]
    return {name: (unit, what) for name, unit, what in ROW.findall(operations)}


def generic(gauge: Gauge) -> str:
    """The name as it is explained: of any collection, in any state."""
    of_mail = gauge.name.startswith("mail.")
    name = gauge.name if of_mail else f"<collection>.{gauge.name.partition('.')[2]}"
    return PREFIX + re.sub(rf"returns\.{STATE}$", "returns.<state>", name)


def test_every_number_is_explained_with_its_unit_and_no_other_is(gauges: tuple[Gauge, ...]) -> None:
    assert {generic(gauge): gauge.unit for gauge in gauges} == {name: unit for name, (unit, _) in explained().items()}


def test_every_state_of_a_return_is_named(gauges: tuple[Gauge, ...]) -> None:
    _, what = explained()["assurance.<collection>.returns.<state>"]
    states = {gauge.name.rpartition(".")[2] for gauge in gauges if ".returns." in gauge.name}
    assert set(re.findall(r"`(\w+)`", what)) == states
