"""Thirty-three real months: every published return goes through, and the figures are the published ones."""

from __future__ import annotations

import csv
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assurance.deadlines import due
from assurance.measures.figures import control_chart, series
from assurance.measures.signals import Signal
from assurance.measures.variation import Variation
from assurance.model import NATION, Counts, Outcome, Period, TallyRow
from assurance.settings import Settings
from assurance.steps import Loaded, Steps
from assurance.warehouse.submissions import in_force, tallies
from tools.real_months import area_months, printed, quarters

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "outcomes"
LAST = Period(2016, 12)
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "statistics.md"
NEVER_PUBLISHED = [Period(2015, 11), Period(2016, 2), Period(2016, 3)]
RETURNS = 13 * 33

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("real months"),
    pytest.mark.skipif(not SHARED.is_dir(), reason="the real returns are not beside this checkout (../shared)"),
]


class RealMonths:
    """The warehouse after all real returns were received, in the order in which they would have come."""

    def __init__(self, home: Path) -> None:
        self.steps = Steps(Settings(home=home, arrival="file"))
        self.steps.migrate()
        self.outcomes = Counter[str]()

    def deliver(self, source: Path, area: str, name: str, arrived: datetime) -> None:
        place = self.steps.settings.landing / "outcomes" / area / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place)
        os.utime(place, (arrived.timestamp(), arrived.timestamp()))

    def receive(self) -> list[Loaded]:
        return list(self.steps.receive("outcomes"))

    @property
    def rows(self) -> tuple[TallyRow, ...]:
        with self.steps.warehouse.reading() as connection:
            return tallies(connection, in_force(connection, "outcomes", LAST))

    @property
    def counted(self) -> frozenset[str]:
        return frozenset(s.code for s in self.steps.collection("outcomes").standards if s.counted)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealMonths]:
    real = RealMonths(tmp_path_factory.mktemp("real"))
    calendar = real.steps.collection("outcomes").calendar
    for source in sorted((SHARED / "landing" / "outcomes").rglob("*.csv")):
        period = Period(int(source.name[6:10]), int(source.name[10:12]))
        real.deliver(source, source.parent.name, source.name, due(calendar, period).replace(tzinfo=UTC))
    real.outcomes.update(one.submission.outcome.value for one in real.receive())
    return real


def test_every_real_return_is_accepted(real: RealMonths) -> None:
    print(f"\n{sum(real.outcomes.values())} real returns: {dict(real.outcomes)}")
    assert sum(real.outcomes.values()) == RETURNS
    assert set(real.outcomes) == {"accepted", "accepted_with_queries"}


def test_national_counts_equal_the_published_ones_in_every_month_and_category(real: RealMonths) -> None:
    titles = {standard.title: standard for standard in real.steps.collection("outcomes").standards}
    found: dict[tuple[Period, str], Counts] = {}
    for row in real.rows:
        found[row.period, row.standard] = found.get((row.period, row.standard), Counts()) + row.counts
    with (SHARED / "published_national.csv").open(encoding="utf-8", newline="") as file:
        published = list(csv.DictReader(file))
    differing = []
    for line in published:
        standard = titles[line["offence_category"]]
        counts = found.pop((Period.parse(line["period"]), standard.code))
        convictions, unsuccessful = (
            int((line[name] or "0").replace(",", "")) for name in ("convictions", "unsuccessful")
        )
        expected = (
            Counts(met=convictions, not_met=unsuccessful) if standard.counted else Counts(not_applicable=unsuccessful)
        )
        if counts != expected:
            differing.append((line, counts))
    assert len(published) == 33 * 13
    assert not differing
    assert not found, "nothing is counted that was not published"


def test_the_released_figures_are_the_published_ones(real: RealMonths) -> None:
    """The same through `figures`, for the first, a middle and the last month."""
    with (SHARED / "published_national.csv").open(encoding="utf-8", newline="") as file:
        published = {(p["period"], p["offence_category"]): p for p in csv.DictReader(file)}
    for period in (Period(2014, 1), Period(2015, 10), LAST):
        figures = real.steps.figures("outcomes", period)
        national = {f.standard_title: f for f in figures if (f.window, f.area) == ("1m", NATION)}
        for (month, title), line in published.items():
            if month == str(period) and title != "Admin Finalised":
                counts = national[title].counts
                assert counts is not None
                assert counts.met == int(line["convictions"].replace(",", "")), (month, title)
                shown = f"{round(1000 * counts.met / counts.assessed + 1e-9) / 10:.1f}%"
                assert shown == line["convictions_pct"], (month, title)


def test_the_months_never_published_are_gaps(real: RealMonths) -> None:
    collection = real.steps.collection("outcomes")
    months = series(real.rows, counted=real.counted)
    assert len(months) == 33
    for period in NEVER_PUBLISHED:
        assert period not in months
        assert collection.areas_owing(period) == ()
    release = real.steps.build("outcomes", LAST)
    page = (real.steps.settings.releases / release / "national.html").read_text(encoding="utf-8")
    assert "no return was owed" in page or "not collected" in page
    assert len(page.encode()) < 150_000


@pytest.mark.parametrize(("says", "rule"), [("2016-10", "RET-006"), ("2017-01", "RET-008")])
def test_a_copy_of_an_earlier_month_under_a_new_period_is_refused(real: RealMonths, says: str, rule: str) -> None:
    """With the old month in its rows the period gives it away, with the new month written in, the content does."""
    source = SHARED / "landing" / "outcomes" / "WSX" / "R-WSX-201610-v01.csv"
    copy = real.steps.settings.home / f"copy-{says}.csv"
    copy.write_text(source.read_text(encoding="utf-8").replace("WSX,2016-10,", f"WSX,{says},"), encoding="utf-8")
    version = {"2016-10": 1, "2017-01": 2}[says]
    real.deliver(copy, "WSX", f"R-WSX-201701-v{version:02d}.csv", datetime(2017, 2, 3, 10, tzinfo=UTC))
    (loaded,) = real.receive()
    assert loaded.submission.outcome is Outcome.REJECTED
    assert rule in {finding.rule for finding in loaded.findings}


def test_the_step_of_wessex_is_called(real: RealMonths) -> None:
    """About 84 % in 2014, about 90 % in 2016: low at first and high at the end, by runs on one side of the mean."""
    chart = control_chart(real.rows, area="WSX", standard=NATION, period=LAST, counted=real.counted)
    signals = {point.period: (point.side, point.signals) for point in chart.points}
    year_2014 = [signals[period] for period in Period(2014, 1).until(Period(2014, 12))]
    year_2016 = [signals[period] for period in Period(2016, 4).until(LAST)]
    assert all(side == -1 for side, _ in year_2014)
    assert all(side == 1 for side, _ in year_2016)
    assert all(Signal.SHIFT in found for _, found in year_2014 + year_2016)
    figure = next(
        f for f in real.steps.figures("outcomes", LAST) if (f.area, f.window, f.standard) == ("WSX", "1m", NATION)
    )
    assert figure.variation is Variation.HIGH


def test_charts_and_comparison_read_the_real_months_as_the_document_says(real: RealMonths) -> None:
    """The counts told in docs/statistics.md: floored p-prime flags a third of what a p chart does, and London is called."""
    collection = real.steps.collection("outcomes")
    areas = area_months(real.rows, real.counted)
    by_quarter = quarters(real.rows, real.counted, collection.headline_margin)
    table = "\n".join(printed(areas, by_quarter))
    print(f"\n{table}")
    assert table in DOCUMENT.read_text(encoding="utf-8")
    assert [sum(getattr(area, name) for area in areas) for name in ("months", "p", "p_prime", "xmr")] == [
        RETURNS, 109, 34, 43,
    ]  # fmt: skip
    assert min(area.sigma_z for area in areas) > 1
    assert sum("LON-" in quarter.called for quarter in by_quarter) == 9
    assert max(len(set(quarter.called) - {"LON-"}) for quarter in by_quarter) == 1
    assert min(len(quarter.unallowed) for quarter in by_quarter) == 2
    assert {quarter.exact for quarter in by_quarter} <= set(range(8, 14))
