"""A late or corrected return restates its month and the windows that hold it, and nothing else; and what moved is told."""

from __future__ import annotations

import csv
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assurance.cli import app
from assurance.errors import ReleaseError
from assurance.model import NATION, Period
from assurance.reporting.facts import CauseKind
from assurance.settings import Settings
from assurance.steps import Loaded, Steps
from tests.rules.builders import EXPECTATIONS, Count, Return, valid_return
from tools.samples import Receiving

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("restating")]

AREAS = ("CYW", "WSX", "YHU")
MAY = Period(2016, 5)
JUNE, JULY, AUGUST, SEPTEMBER, OCTOBER = (MAY.plus(number) for number in range(1, 6))
APRIL = MAY.plus(-1)


def steady(period: Period) -> Count:
    """About 90 % met, in other numbers each month: the same numbers again would be refused."""
    return lambda row, of: (900 + row + period.month, 100) if of.counted else (0, 0)


def with_more_unmet(period: Period, more: int) -> Count:
    return lambda row, of: (900 + row + period.month, 100 + more) if of.counted else (0, 0)


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five months from May to September, each with a release; Wessex did not return for June."""
    folder = tmp_path_factory.mktemp("released")
    three_areas(folder / "expectations")
    steps = of(folder)
    steps.migrate()
    for period in MAY.until(SEPTEMBER):
        for area in AREAS:
            if (area, period) != ("WSX", JUNE):
                send(steps, valid_return(area, period, counts=steady(period)))
    receive(steps)
    for period in MAY.until(SEPTEMBER):
        steps.build("outcomes", period)
    return folder


@pytest.fixture
def steps(released: Path, tmp_path: Path) -> Steps:
    return of(Path(shutil.copytree(released, tmp_path / "home")))


def three_areas(folder: Path) -> None:
    """A copy of `expectations/` with these Areas alone: fewer pages to write."""
    shutil.copytree(EXPECTATIONS, folder)
    for name, column in (("areas.csv", 0), ("forces.csv", 3)):
        header, *rows = (folder / name).read_text(encoding="utf-8").splitlines()
        kept = [row for row in rows if row.split(",")[column] in AREAS]
        (folder / name).write_text("\n".join([header, *kept, ""]), encoding="utf-8")
    (folder / "recipients.yaml").write_text("recipients: []\n", encoding="utf-8")
    (folder / "bcm" / "actions.yaml").unlink()


def of(folder: Path) -> Steps:
    """The steps as they are, without Great Expectations judging a second time and without receipts."""
    settings = Settings(home=folder, expectations=folder / "expectations", arrival="file")
    return Receiving(settings, clock=lambda: datetime(2017, 1, 4))


def send(steps: Steps, sent: Return) -> None:
    sent.landed(steps.settings.landing, at=datetime(2016, 12, 1, 9))


def received(steps: Steps, sent: Return) -> Loaded:
    send(steps, sent)
    (loaded,) = receive(steps)
    return loaded


def receive(steps: Steps) -> list[Loaded]:
    return [steps.load(steps.check(arrived).key) for arrived in steps.arrivals("outcomes")]


def lines(steps: Steps, release_id: str, table: str = "restatement.csv") -> list[dict[str, str]]:
    with (steps.settings.releases / release_id / table).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


LATE = valid_return("WSX", JUNE, counts=steady(JUNE))
SLIGHT = valid_return("WSX", JULY, 2, counts=with_more_unmet(JULY, 1))
GREAT = valid_return("WSX", JULY, 2, counts=with_more_unmet(JULY, 500))


@pytest.mark.parametrize(
    ("sent", "months"), [(LATE, [JUNE, JULY, AUGUST]), (SLIGHT, [JULY, AUGUST, SEPTEMBER])], ids=["late", "corrected"]
)
def test_a_return_puts_its_month_and_the_two_after_it_out_of_date_and_no_other(
    steps: Steps, sent: Return, months: list[Period]
) -> None:
    loaded = received(steps, sent)
    assert loaded.announcement.restates == tuple(months)
    assert loaded.announcement.area_return is False, "the gate has fired for its month"
    assert [one.release.period for one in steps.status("outcomes", MAY).restatements] == months


def test_a_month_that_was_never_released_is_announced_and_restates_those_after_it_that_were(steps: Steps) -> None:
    april = received(steps, valid_return("WSX", APRIL, counts=steady(APRIL)))
    assert (april.announcement.area_return, april.announcement.restates) == (True, (MAY, JUNE))
    october = received(steps, valid_return("WSX", OCTOBER, counts=steady(OCTOBER)))
    assert (october.announcement.area_return, october.announcement.restates) == (True, ())


def test_only_figures_whose_window_holds_the_return_get_other_counts(steps: Steps) -> None:
    """Of every month: those of the Area and the nation, in windows that hold July; their variation may move beyond."""
    before = {period: steps.figures("outcomes", period) for period in MAY.until(SEPTEMBER)}
    received(steps, GREAT)
    for period, figures in before.items():
        for was, now in zip(figures, steps.figures("outcomes", period), strict=True):
            months = 1 if was.window == "1m" else 3
            touched = was.area in ("WSX", NATION) and period.plus(-months) < JULY <= period
            if not touched:
                assert (was.counts, was.rate, was.low, was.high, was.verdict) == (
                    now.counts,
                    now.rate,
                    now.low,
                    now.high,
                    now.verdict,
                )
                assert was.months_missing == now.months_missing
        headline = next(f for f in steps.figures("outcomes", period) if (f.window, f.area) == ("3m", "WSX"))
        moved = headline.counts != next(f for f in figures if (f.window, f.area) == ("3m", "WSX")).counts
        assert moved is (JULY <= period <= SEPTEMBER)


def test_a_slight_correction_waits_and_a_great_one_or_a_late_return_does_not(steps: Steps, tmp_path: Path) -> None:
    for sent, weights in ((SLIGHT, [False] * 3), (GREAT, [True] * 3), (LATE, [True, False, False])):
        home = of(Path(shutil.copytree(steps.settings.home, tmp_path / sent.name / str(hash(sent.content)))))
        loaded = received(home, sent)
        found = home.restatements("outcomes", loaded.announcement.restates)
        assert [one.at_once for one in found] == weights, sent.name
        assert all(one.moved for one in found)


def test_small_corrections_add_up(steps: Steps) -> None:
    """What moved is told against the last release, not against the correction before."""
    for version in range(2, 5):
        received(steps, valid_return("WSX", JULY, version, counts=with_more_unmet(JULY, 30 * version)))
    (july, *_) = steps.restatements("outcomes", [JULY])
    assert july.at_once
    (cause,) = july.causes
    assert (cause.kind, cause.area, cause.period, cause.before, cause.after) == (
        CauseKind.NEW_VERSION,
        "WSX",
        JULY,
        "01",
        "04",
    )


def test_the_new_release_lists_what_moved_by_how_much_and_why(steps: Steps) -> None:
    received(steps, GREAT)
    release_id = steps.build("outcomes", AUGUST)
    assert release_id == f"outcomes/{AUGUST}/2"
    found = {(line["window"], line["area"], line["standard"]): line for line in lines(steps, release_id)}
    old, new = (
        {(line["window"], line["area"], line["standard"]): line for line in lines(steps, each, "figures.csv")}
        for each in (f"outcomes/{AUGUST}/1", release_id)
    )
    told = ("met", "partly", "not_met", "not_applicable", "not_due", "verdict", "variation")
    assert set(found) == {key for key in new if [old[key][n] for n in told] != [new[key][n] for n in told]}
    own = found["3m", "WSX", NATION]
    assert own["why"] == f"WSX {JULY} v02 for v01"
    assert (own["met_before"], own["met_after"]) == (old["3m", "WSX", NATION]["met"], new["3m", "WSX", NATION]["met"])
    rates = (float(old["3m", "WSX", NATION]["rate"]), float(new["3m", "WSX", NATION]["rate"]))
    assert float(own["points"]) == pytest.approx(100 * (rates[1] - rates[0]))
    assert own["weight"] == "at once"
    assert not [key for key in found if key[1] in ("CYW", "YHU")]
    assert not [key for key in found if key[0] == "1m" and found[key]["met_before"] != found[key]["met_after"]]


def test_the_pages_say_it_and_an_areas_page_does_not_name_another(steps: Steps) -> None:
    received(steps, GREAT)
    folder = steps.settings.releases / steps.build("outcomes", JULY)
    national, wessex, yorkshire = (
        (folder / path).read_text(encoding="utf-8") for path in ("national.html", "areas/WSX.html", "areas/YHU.html")
    )
    assert "Wessex, July 2016: version 02 for 01." in national
    assert "What moved since release 1 [r]" in national
    assert "the reason is your new version" in wessex
    assert "Wessex, July 2016: version 02 for 01" in wessex
    assert "the reason is other corrected returns" in yorkshire
    assert "Wessex" not in yorkshire
    assert 'id="revisions"' not in (steps.settings.releases / f"outcomes/{JULY}/1/national.html").read_text()
    assert not (steps.settings.releases / f"outcomes/{JULY}/1/restatement.csv").exists()


def test_after_the_new_release_the_month_is_up_to_date_and_later_reports_mark_it(steps: Steps) -> None:
    received(steps, GREAT)
    for period in (JULY, AUGUST, SEPTEMBER):
        steps.build("outcomes", period)
    assert steps.status("outcomes", JULY).restatements == ()
    page = (steps.settings.releases / f"outcomes/{SEPTEMBER}/2/national.html").read_text(encoding="utf-8")
    assert 'Jul 16 <span class="mark-text">[r]</span>' in page
    assert 'Jun 16 <span class="mark-text">' not in page


def test_a_release_whose_folder_was_altered_cannot_be_compared_with(steps: Steps) -> None:
    received(steps, GREAT)
    table = steps.settings.releases / f"outcomes/{JULY}/1/figures.csv"
    table.write_text(table.read_text().replace("0.9", "0.8", 1))
    with pytest.raises(ReleaseError, match="restore its folder from a copy"):
        steps.build("outcomes", JULY)


def test_other_rules_or_another_register_are_named_as_the_reason(steps: Steps) -> None:
    register = steps.settings.expectations / "outcomes" / "standards.yaml"
    text = register.read_text(encoding="utf-8")
    register.write_text(text.replace("direction: neutral", "direction: up", 1), encoding="utf-8")
    changed = of(steps.settings.home)
    page = (changed.settings.releases / changed.build("outcomes", JULY) / "national.html").read_text(encoding="utf-8")
    assert "The register of standards has changed." in page


def test_receive_and_status_say_which_months_why_and_whether_it_can_wait(
    steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assurance.cli.asking.steps", lambda: steps)
    send(steps, SLIGHT)
    told = CliRunner().invoke(app, ["receive", "-c", "outcomes"]).output
    for period in (JULY, AUGUST, SEPTEMBER):
        assert f"release outcomes/{period}/1 is out of date:\n  Wessex, July 2016: version 02 for 01" in told
        assert f"to release it again: assurance build {period} -c outcomes" in told
    assert "that can wait for the next release" in told
    send(steps, valid_return("WSX", JULY, 3, counts=with_more_unmet(JULY, 500)))
    assert "calls for a new release at once" in CliRunner().invoke(app, ["receive", "-c", "outcomes"]).output
    status = CliRunner().invoke(app, ["status", str(MAY), "-c", "outcomes"]).output
    assert "Wessex, July 2016: version 03 for 01" in status


def test_returns_are_received_though_the_last_release_cannot_be_read(
    steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assurance.cli.asking.steps", lambda: steps)
    shutil.rmtree(steps.settings.releases / f"outcomes/{AUGUST}/1")
    send(steps, SLIGHT)
    done = CliRunner().invoke(app, ["receive", "-c", "outcomes"])
    assert "WSX R-WSX-201607-v02.csv: accepted" in done.output
    assert f"{JULY}, {AUGUST}, {SEPTEMBER}: reported without these" in done.output
    assert f"the folder of release outcomes/{AUGUST}/1 is not under" in done.output
