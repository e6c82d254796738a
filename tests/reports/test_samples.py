"""The pages in reports/samples/ are what the program renders now, and show what the real path would say."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine

from assurance.intake import landing
from assurance.sample import load_sample_plan, write_sample
from assurance.settings import Settings
from assurance.steps import PACKAGE_VERSION, Steps
from assurance.warehouse.releases import gather
from tools import samples

ELSEWHERE, ANOTHER_DAY = "Pacific/Chatham", datetime(2031, 3, 9, 23, 30, tzinfo=UTC)
HANDFUL = {"MCH", "SEA"}
"""Areas whose last return is corrected and rejected."""
MONTHS = 13
"""The last one has the year behind it that the rules on history need."""


@pytest.fixture
def somewhere_else(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another day in another time zone: the samples must not know."""
    monkeypatch.setenv("TZ", ELSEWHERE)
    time.tzset()
    with time_machine.travel(ANOTHER_DAY, tick=True):
        yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("somewhere_else")
def test_the_samples_in_the_repository_are_what_is_rendered_now() -> None:
    rendered = {name: html.encode() for name, html in samples.samples().items()}
    committed = {path.name: path.read_bytes() for path in samples.SAMPLES.iterdir()}
    differing = sorted(name for name in {*rendered, *committed} if rendered.get(name) != committed.get(name))
    assert not differing, f"reports/samples/ is not what is rendered now ({', '.join(differing)}): run `make samples`"


def test_the_samples_rest_on_the_numbers_of_the_real_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = Steps(Settings(home=tmp_path, arrival="file"))
    collection = steps.collection(samples.COLLECTION)
    plan = load_sample_plan(steps.settings.expectations / collection.code / "sample.yaml")
    write_sample(collection, steps.settings.landing, last=samples.LAST, months=MONTHS, plan=plan)
    arrived = [one for one in samples.arrivals(steps.settings.landing, collection.code) if one.area in HANDFUL]
    # Great Expectations, which takes seconds to import, changes no number; no file is still being written
    monkeypatch.setattr(Steps, "_pass_gate", lambda *_: None)
    monkeypatch.setattr(landing, "files", lambda *_: arrived)
    steps.migrate()

    outcomes = {loaded.submission.outcome.value for loaded in steps.receive(collection.code)}
    with steps.warehouse.reading() as connection:
        real = gather(connection, collection, samples.LAST, package_version=PACKAGE_VERSION, signed_off_by_setting=True)

    assert outcomes == {"accepted", "accepted_with_queries", "rejected"}
    assert samples.facts_of(collection, arrived, samples.LAST) == real


def test_a_letter_loses_its_picture_and_nothing_else() -> None:
    committed = (samples.SAMPLES / "mail.html").read_text(encoding="utf-8")
    assert "cid:" not in committed
    assert committed.count("<table") == committed.count("</table>") > 4
    assert "The full report is attached" in committed
