"""A case is judged by the version of a standard in force when it was sent; a figure that pools several says so."""

from __future__ import annotations

import re
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from assurance.measures.figures import Figure
from assurance.model import NATION, Outcome, Period
from assurance.settings import Settings
from assurance.steps import Steps
from tests.rules.builders import EXPECTATIONS, Return, valid_return
from tests.rules.cases import bcm_return, good_cases
from tools.samples import Receiving

pytestmark = pytest.mark.slow

OCTOBER, NOVEMBER = Period(2026, 10), Period(2026, 11)
SECOND = {
    "version: 1": "version: 2",
    "2016-01-05": "2026-10-01",
    '"0.90"': '"0.50"',
    "Right charges": "All charges right",
}


@pytest.fixture
def steps(tmp_path: Path) -> Steps:
    shutil.copytree(EXPECTATIONS, tmp_path / "expectations")
    return fresh(tmp_path)


def fresh(folder: Path) -> Steps:
    settings = Settings(home=folder / "home", expectations=folder / "expectations", arrival="file")
    made = Receiving(settings, clock=lambda: datetime(2027, 1, 4))
    made.migrate()
    return made


def add_version(steps: Steps, changes: dict[str, str]) -> Steps:
    """Another version of C02, after the one that stands there."""
    path = steps.settings.expectations / "bcm" / "standards.yaml"
    text = path.read_text(encoding="utf-8")
    *_, last = re.finditer(r'  - code: "C02"\n(?:    .*\n)+', text)
    entry = last.group()
    for old, new in changes.items():
        assert old in entry
        entry = entry.replace(old, new)
    path.write_text(f"{text[: last.end()]}\n{entry}{text[last.end() :]}", encoding="utf-8")
    return fresh(steps.settings.expectations.parent)


def receive(steps: Steps, sent: Return, code: str = "bcm") -> None:
    sent.landed(steps.settings.landing, code, datetime(2026, 12, 3, 10))
    for arrived in steps.arrivals(code):
        assert steps.load(steps.check(arrived).key).submission.outcome is not Outcome.REJECTED


def figure(steps: Steps, period: Period, window: str, standard: str = "C02", code: str = "bcm") -> Figure:
    (found,) = (f for f in steps.figures(code, period) if (f.window, f.area, f.standard) == (window, "WSX", standard))
    return found


def test_a_window_over_two_versions_names_both_and_is_judged_by_the_one_in_force_at_its_end(steps: Steps) -> None:
    """The cases of October were sent in September, under version 1; those of November in October, under version 2."""
    steps = add_version(steps, SECOND)
    for period in (OCTOBER, NOVEMBER):
        receive(steps, bcm_return(*good_cases(period=period), period=period))
    assert figure(steps, OCTOBER, "1m").versions == (1,)
    assert figure(steps, NOVEMBER, "1m").versions == (2,)
    pooled = figure(steps, NOVEMBER, "3m")
    assert (pooled.versions, pooled.standard_title) == ((1, 2), "All charges right")
    assert pooled.counts is not None
    assert pooled.counts.assessed == 40
    assert figure(steps, NOVEMBER, "3m", NATION).versions == ()
    page = (steps.settings.releases / steps.build("bcm", NOVEMBER) / "areas/WSX.html").read_text(encoding="utf-8")
    assert "All charges right <small>versions 1 and 2</small>" in page


def test_a_month_restated_under_a_later_register_keeps_its_versions_its_target_and_its_title(steps: Steps) -> None:
    receive(steps, bcm_return(*good_cases(period=OCTOBER), period=OCTOBER))
    before = figure(steps, OCTOBER, "1m")
    steps = add_version(steps, {**SECOND, "2016-01-05": "2026-11-01"})
    assert steps.collection("bcm").standards_in(NOVEMBER)[1].title == "All charges right"
    cases = good_cases(period=OCTOBER)
    cases[1] |= {"C02": "NM"}
    receive(steps, bcm_return(*cases, period=OCTOBER, version=2))
    after = figure(steps, OCTOBER, "1m")
    assert (after.versions, after.standard_title, after.verdict) == ((1,), "Right charges", before.verdict)
    assert before.counts is not None
    assert after.counts is not None
    assert after.counts.met == before.counts.met - 1


def test_an_old_table_of_counts_is_counted_by_the_register_of_its_own_month(steps: Steps) -> None:
    path = steps.settings.expectations / "outcomes" / "standards.yaml"
    text = path.read_text(encoding="utf-8")
    (first,) = re.findall(r'  - \{code: "O01".*\n', text)
    second = first.replace("version: 1", 'version: 2, valid_from: "2016-08-01"').replace("Homicide", "Unlawful killing")
    path.write_text(text.replace(first, first + second), encoding="utf-8")
    steps = fresh(steps.settings.expectations.parent)
    of = steps.collection("outcomes")
    august, july = Period(2016, 8), Period(2016, 7)
    for period, title in ((august, "Unlawful killing"), (july, "Homicide")):  # the old month comes late
        sent = valid_return(
            period=period, of=of, counts=lambda row, s, m=period.month: (90 + row + m, 9) if s.counted else (0, 0)
        )
        assert title in {cell for row in sent.rows for cell in row}
        receive(steps, sent, "outcomes")
    assert figure(steps, july, "1m", "O01", "outcomes").versions == (1,)
    pooled = figure(steps, august, "3m", "O01", "outcomes")
    assert (pooled.versions, pooled.standard_title) == ((1, 2), "Unlawful killing")
