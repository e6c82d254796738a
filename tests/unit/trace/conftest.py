"""A small world in which everything has happened that the audit trail tells of: months, Areas, readings, releases."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
import yaml

from assurance.intake.checking import Examined
from assurance.model import Outcome
from assurance.settings import Settings
from assurance.steps import Loaded, Steps
from tests.rules.builders import EXPECTATIONS, Return
from tests.rules.cases import BCM_PERIOD, bcm_nil, bcm_return, case, good_cases
from tests.rules.readings import readings_return

AREAS = ("EMD", "WMD", "WSX")
RECEIVED = datetime(2026, 11, 3, 10)
SHORT = {"P01": "PM", "nfs_failure_codes": "E1"}
"""A police file that is not whole, and why."""


class World(Steps):
    """The steps without Great Expectations, which changes no number and takes seconds to import."""

    def _pass_gate(self, examined: Examined) -> None:
        pass

    def send_in(self, sent: Return, at: datetime, reason: str = "", collection: str = "bcm") -> Loaded:
        path = sent.landed(self.settings.landing, collection, at)
        if reason:
            path.with_name(f"{path.name}.json").write_text(json.dumps({"reason": reason}), encoding="utf-8")
        (arrived,) = self.arrivals(collection)
        return self.load(self.check(arrived).key)


def ticking() -> Callable[[], datetime]:
    """A clock that moves a second each time somebody looks at it."""
    seconds = count()
    return lambda: datetime(2026, 11, 23, 9) + timedelta(seconds=next(seconds))


def few_areas(folder: Path, areas: Sequence[str] = AREAS) -> Path:
    """The rules and registers as they are, of few Areas: a release has a page for each."""
    shutil.copytree(EXPECTATIONS, folder)
    for name, column in (("areas.csv", 0), ("forces.csv", 3)):
        header, *lines = (folder / name).read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if line.split(",")[column] in (*areas, "ALL")]
        (folder / name).write_text("".join([header, *kept]), encoding="utf-8")
    register = yaml.safe_load((folder / "recipients.yaml").read_text(encoding="utf-8"))
    known = {*areas, "ALL"}
    kept_recipients = [one for one in register["recipients"] if known & set(one.get("areas", ()))]
    for one in kept_recipients:
        one["areas"] = sorted(known & set(one["areas"]))
    (folder / "recipients.yaml").write_text(yaml.safe_dump({"recipients": kept_recipients}), encoding="utf-8")
    actions = yaml.safe_load((folder / "bcm" / "actions.yaml").read_text(encoding="utf-8"))
    actions["actions"] = [one for one in actions["actions"] if one.get("area", "ALL") in known]
    (folder / "bcm" / "actions.yaml").write_text(yaml.safe_dump(actions), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Received, asked, answered, corrected, refused, delivered twice, built twice, signed off and sent."""
    folder = tmp_path_factory.mktemp("trace")
    settings = Settings(
        home=folder / "home", expectations=few_areas(folder / "expectations"), arrival="file", sign_off="t"
    )
    steps = World(settings, clock=ticking())
    steps.migrate()
    tell_the_story(steps)
    return steps


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One return and one release: enough to see that every way works."""
    folder = tmp_path_factory.mktemp("small")
    settings = Settings(home=folder / "home", expectations=few_areas(folder / "expectations", ("WSX",)), arrival="file")
    steps = World(settings, clock=ticking())
    steps.migrate()
    steps.send_in(bcm_return(), RECEIVED)
    steps.build("bcm", BCM_PERIOD)
    return steps


def tell_the_story(steps: World) -> None:
    earlier, month = BCM_PERIOD.plus(-1), timedelta(days=30)
    steps.send_in(bcm_return(period=earlier), RECEIVED - month)
    steps.send_in(bcm_return(*good_cases("WMD", earlier), area="WMD", period=earlier), RECEIVED - month)
    targeted = case(90, "ptph", sample_reason="targeted", C02="NM")
    first = steps.send_in(bcm_return(*good_cases()[1:], case(80, "ptph", **SHORT), targeted), RECEIVED)
    assert first.submission.outcome is Outcome.ACCEPTED
    shared = good_cases()[5] | {"area_code": "WMD"}
    steps.send_in(bcm_return(*good_cases("WMD"), shared, area="WMD"), RECEIVED)  # it asks both
    steps.send_in(bcm_nil("EMD"), RECEIVED)
    steps.send_in(readings_return(), RECEIVED, collection="bcm_readings")
    steps.send_owed_receipts()
    steps.answer(first.submission.submission_id, "BCM-204", "It was sent on to us.", "Ann")
    assert steps.build("bcm", BCM_PERIOD) == f"bcm/{BCM_PERIOD}/1"

    again = steps.send_in(
        bcm_return(*good_cases()[1:], case(80, "ptph", **SHORT), targeted), RECEIVED + timedelta(days=1)
    )
    assert not again.new
    refused = steps.send_in(bcm_return(area="EMD").named("R-EMD-202610-v02.csv"), RECEIVED + timedelta(days=2))
    assert refused.submission.outcome is Outcome.REJECTED
    corrected = bcm_return(*good_cases()[1:], case(80, "ptph", **SHORT), version=2)
    steps.send_in(corrected, RECEIVED + timedelta(days=3), "A targeted case was none.")
    assert steps.build("bcm", BCM_PERIOD) == f"bcm/{BCM_PERIOD}/2"
    steps.send_owed_receipts()
    steps.sign_off(f"bcm/{BCM_PERIOD}/2")
    assert steps.send(f"bcm/{BCM_PERIOD}/2").unsent == ()
