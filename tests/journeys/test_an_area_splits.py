"""London is split in the middle of six months: who owes what, what windows hold, what is inherited, what is restated."""

from __future__ import annotations

import re
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from assurance.model import NATION, Counts, Outcome, Period
from assurance.settings import Settings
from assurance.steps import Loaded, Steps
from tests.rules.builders import EXPECTATIONS, Count, valid_return
from tools.samples import Receiving

APRIL = Period(2016, 4)
MAY, JUNE, JULY, AUGUST, SEPTEMBER = (APRIL.plus(number) for number in range(1, 6))
BEFORE, AFTER = ("LON", "WSX", "YHU"), ("LNN", "LNS", "WSX", "YHU")


def split(folder: Path, day: str) -> None:
    """`expectations/` with London, its successors and two others; London ends, and they begin, on a day."""
    shutil.copytree(EXPECTATIONS, folder)
    for name, column in (("areas.csv", 0), ("forces.csv", 3)):
        header, *rows = (folder / name).read_text(encoding="utf-8").splitlines()
        cells = [row.split(",") for row in rows]
        dated = [
            [day if cell == "9999-12-31" else cell for cell in row] for row in cells if row[column] in {*BEFORE, *AFTER}
        ]
        end = header.split(",").index("valid_to")
        for row in dated:
            row[end] = day if row[column] == "LON" else row[end]
        (folder / name).write_text("\n".join([header, *map(",".join, dated), ""]), encoding="utf-8")
    (folder / "recipients.yaml").write_text("recipients: []\n", encoding="utf-8")
    (folder / "bcm" / "actions.yaml").unlink()


def counts(period: Period) -> Count:
    return lambda row, of: (900 + row + period.month, 100) if of.counted else (0, 0)


@pytest.fixture
def steps(tmp_path: Path) -> Steps:
    split(tmp_path / "expectations", "2016-07-01")
    settings = Settings(home=tmp_path / "home", expectations=tmp_path / "expectations", arrival="file")
    made = Receiving(settings, clock=lambda: datetime(2017, 1, 4))
    made.migrate()
    return made


def receive(steps: Steps, area: str, period: Period) -> Loaded:
    of = steps.collection("outcomes")
    sent = valid_return(area, period, counts=counts(period), of=of)
    sent.landed(steps.settings.landing, at=datetime(2016, 12, 1, 9))
    (arrived,) = steps.arrivals("outcomes")
    return steps.load(steps.check(arrived).key)


def of_month(steps: Steps, period: Period, window: str, area: str) -> Counts:
    (found,) = (
        f for f in steps.figures("outcomes", period) if (f.window, f.area, f.standard) == (window, area, NATION)
    )
    assert found.counts is not None
    return found.counts


def charted(page: str) -> list[str]:
    """The months of the chart's table, the latest first."""
    return re.findall(r'<tr><th scope="row">(\w{3} \d\d)\b', page)


@pytest.mark.slow
def test_six_months_with_a_split_in_the_middle(steps: Steps) -> None:
    collection = steps.collection("outcomes")
    assert [[area.code for area in collection.areas_owing(month)] for month in (JUNE, JULY)] == [
        sorted(BEFORE),
        sorted(AFTER),
    ]
    for period in APRIL.until(SEPTEMBER):
        for area in BEFORE if period < JULY else AFTER:
            if (area, period) != ("LON", MAY):
                assert receive(steps, area, period).submission.outcome is Outcome.ACCEPTED, (area, period)
    pages = {period: steps.settings.releases / steps.build("outcomes", period) for period in APRIL.until(SEPTEMBER)}

    # national windows across the split hold the former Area's months and its successors'
    months = {
        (period, area): of_month(steps, period, "1m", area)
        for period in (JUNE, JULY)
        for area in (BEFORE if period < JULY else AFTER)
    }
    may = Counts.total(of_month(steps, MAY, "1m", area) for area in ("WSX", "YHU"))
    assert of_month(steps, JULY, "3m", NATION) == Counts.total([may, *months.values()])

    # successors begin with themselves, and say so
    assert of_month(steps, JULY, "3m", "LNN") == months[JULY, "LNN"]
    north = (pages[JULY] / "areas/LNN.html").read_text(encoding="utf-8")
    assert charted(north) == ["Jul 16"]
    assert "1 of 3 months: it began in July 2016" in north
    assert "2 of 3 months: it began in July 2016" in (pages[AUGUST] / "national.html").read_text(encoding="utf-8")
    assert "it began in July 2016" not in (pages[SEPTEMBER] / "national.html").read_text(encoding="utf-8")
    assert not (pages[JULY] / "areas/LON.html").exists()
    assert not (pages[JUNE] / "areas/LNN.html").exists()

    # the former Area stands beside them where the report says so, and nowhere else
    for page in (north, (pages[JULY] / "national.html").read_text(encoding="utf-8")):
        assert "London ended with June 2016; London North and London South follow it." in page
        assert "Former London" in page
    others = (pages[JULY] / "areas/YHU.html").read_text(encoding="utf-8")
    assert not [name for name in ("Former London", "London North", "London South") if name in others]

    # the former Area's late return for a month before the split restates that month and its windows
    wessex, northern = (of_month(steps, JULY, "3m", area) for area in ("WSX", "LNN"))
    late = receive(steps, "LON", MAY)
    assert late.submission.outcome is Outcome.ACCEPTED
    assert late.announcement.restates == (MAY, JUNE, JULY)
    assert [one.release.period for one in steps.status("outcomes", SEPTEMBER).restatements] == [MAY, JUNE, JULY]
    assert of_month(steps, JULY, "3m", NATION) == Counts.total(
        [may, *months.values(), of_month(steps, MAY, "1m", "LON")]
    )
    assert (of_month(steps, JULY, "3m", "WSX"), of_month(steps, JULY, "3m", "LNN")) == (wessex, northern)
    again = steps.settings.releases / steps.build("outcomes", JULY)
    assert "London, May 2016: a return that was not in, version 01." in (again / "national.html").read_text("utf-8")
    assert charted((again / "areas/LNN.html").read_text(encoding="utf-8")) == ["Jul 16"]


@pytest.mark.slow
@pytest.mark.parametrize(("area", "period"), [("LON", JULY), ("LNN", JUNE)])
def test_nobody_returns_for_a_month_in_which_it_is_not_there(steps: Steps, area: str, period: Period) -> None:
    sent = valid_return(
        area, APRIL if area == "LON" else AUGUST, counts=counts(period), of=steps.collection("outcomes")
    )
    column = sent.header.index("period")
    rows = [(*row[:column], str(period), *row[column + 1 :]) for row in sent.rows]
    name = f"R-{area}-{period.year}{period.month:02d}-v01.csv"
    moved = sent.named(name)
    for line, row in enumerate(rows, start=2):
        moved = moved.with_row(line, row)
    moved.landed(steps.settings.landing, at=datetime(2016, 12, 1, 9))
    (arrived,) = steps.arrivals("outcomes")
    loaded = steps.load(steps.check(arrived).key)
    assert loaded.submission.outcome is Outcome.REJECTED
    assert "RET-007" in {finding.rule for finding in loaded.findings}
