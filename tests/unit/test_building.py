"""When is there something to report? Not before a month has begun, unless returns for it are there all the same."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from assurance.errors import ReleaseError
from assurance.model import Period
from assurance.settings import Settings
from assurance.steps import Steps
from tests.rules.builders import PERIOD, valid_return

BEFORE = datetime(PERIOD.year, PERIOD.month, 1).replace(month=PERIOD.month - 1)


@pytest.fixture
def steps(tmp_path: Path) -> Steps:
    """An empty warehouse, and a clock that stands in the month before."""
    steps = Steps(Settings(home=tmp_path, arrival="file"), clock=lambda: BEFORE)
    steps.migrate()
    return steps


@pytest.mark.parametrize(
    ("period", "why"), [(PERIOD, "has not begun and nothing was returned"), (Period(2016, 2), "owes no return")]
)
def test_a_month_without_anything_to_report_is_refused_and_leaves_no_release(
    steps: Steps, period: Period, why: str
) -> None:
    with pytest.raises(ReleaseError, match=why):
        steps.build("outcomes", period)
    assert not steps.settings.releases.exists()


def test_a_clock_that_is_behind_does_not_hide_the_returns_that_came(steps: Steps) -> None:
    valid_return().landed(steps.settings.landing)
    assert [one.submission.outcome.value for one in steps.receive("outcomes")] == ["accepted"]
    assert steps.build("outcomes", PERIOD) == f"outcomes/{PERIOD}/1"


def test_a_release_that_was_altered_is_not_given_out_as_the_one_that_holds(steps: Steps) -> None:
    valid_return().landed(steps.settings.landing)
    list(steps.receive("outcomes"))
    page = steps.settings.releases / steps.build("outcomes", PERIOD) / "national.html"
    page.write_text(page.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    with pytest.raises(ReleaseError, match="was changed after it was built"):
        steps.build("outcomes", PERIOD)
