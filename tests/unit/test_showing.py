"""What a reader may look at in the views, beside which Area is theirs."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from assurance.errors import LandingError, ReleaseError
from assurance.model import Period
from assurance.settings import Settings
from assurance.steps import Steps
from tests.rules.builders import valid_return
from tests.unit.trace.conftest import few_areas

PERIOD, NOW = Period(2016, 10), datetime(2016, 11, 11, 12)
READER = frozenset({"WSX"})


@pytest.fixture
def steps(tmp_path: Path) -> Steps:
    """A month with the returns of two Areas."""
    expectations = few_areas(tmp_path / "expectations", ("CYW", "WSX"))
    made = Steps(Settings(home=tmp_path, expectations=expectations), clock=lambda: NOW)
    made.migrate()
    for area in ("CYW", "WSX"):
        valid_return(area).landed(made.settings.landing)
    assert len(list(made.receive("outcomes"))) == 2
    return made


def test_an_areas_reader_sees_a_release_once_it_is_signed_off_and_no_more_once_it_is_rejected(steps: Steps) -> None:
    release_id = steps.build("outcomes", PERIOD)
    page = "areas/WSX.html"

    def seen() -> list[bool]:
        every, _ = steps.releases_to_see("outcomes", READER)
        try:
            found = bool(steps.release_file(release_id, page, READER))
        except ReleaseError:
            found = False
        return [bool(every), found, steps.board("outcomes", PERIOD, READER).release is not None]

    assert seen() == [False] * 3
    assert steps.release_file(release_id, page), "who sees every Area looks before it is signed off"
    steps.approve(release_id, steps.sign_off_request(release_id).content_sha256, "Director of Assurance")
    assert seen() == [True] * 3
    steps.reject(release_id, "Director of Assurance", "A figure is wrong.")
    assert seen() == [False] * 3


def test_the_board_shows_a_month_though_the_landing_place_cannot_be_read(
    steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: str) -> list[object]:
        raise LandingError("the store does not answer")

    monkeypatch.setattr(steps, "arrivals", away)
    assert [line.status.area.code for line in steps.board("outcomes", PERIOD).lines] == ["CYW", "WSX"]
