"""A month can be released without a return that is in doubt: the report says so, and it stands until it is taken back."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from assurance.cli import app
from assurance.errors import ReleaseError
from assurance.model import NATION, ReturnState
from assurance.reporting.facts import CauseKind
from assurance.reporting.release import read_letter
from assurance.settings import Settings
from tests.rules.cases import BCM_PERIOD, bcm_return, good_cases
from tests.rules.readings import readings_return
from tests.unit.trace.conftest import RECEIVED, World, few_areas, ticking

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("leaving out")]

BEFORE, AFTER = BCM_PERIOD.plus(-1), BCM_PERIOD.plus(1)
FIRST, SECOND, THIRD = (f"bcm/{BCM_PERIOD}/{number}" for number in (1, 2, 3))
NEXT_MONTH = f"bcm/{AFTER}/1"
DIRECTOR = "Director of Assurance"
DOUBT, CLEARED = "It looks like the return of last year", "It was looked at, and is right."
"""Why it is left out, and why it is taken in again."""
MONTH = timedelta(days=30)


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two months of two Areas, one of them read a second time, and a release of the second month."""
    folder = tmp_path_factory.mktemp("leaving out")
    few_areas(folder / "expectations", ("WMD", "WSX"))
    steps = of(folder)
    steps.migrate()
    for period, at in ((BEFORE, RECEIVED - MONTH), (BCM_PERIOD, RECEIVED)):
        for area in ("WMD", "WSX"):
            steps.send_in(bcm_return(*good_cases(area, period), area=area, period=period), at)
    steps.send_in(readings_return(), RECEIVED, collection="bcm_readings")
    steps.send_owed_receipts()
    assert steps.build("bcm", BCM_PERIOD) == FIRST
    return folder


def of(folder: Path) -> World:
    later = ticking()
    return World(
        Settings(home=folder / "home", expectations=folder / "expectations", arrival="file"),
        clock=lambda: later() + timedelta(hours=1),
    )


@pytest.fixture
def world(released: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    steps = of(Path(shutil.copytree(released, tmp_path / "copy")))
    monkeypatch.setattr("assurance.cli.asking.steps", lambda: steps)
    return steps


@pytest.fixture(scope="module")
def decided(released: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first release was rejected, and the month was built without Wessex."""
    folder = Path(shutil.copytree(released, tmp_path_factory.mktemp("decided") / "copy"))
    steps = of(folder)
    steps.reject(FIRST, DIRECTOR, DOUBT)
    steps.leave_out("bcm", BCM_PERIOD, ["WSX"], DIRECTOR, DOUBT)
    assert steps.build("bcm", BCM_PERIOD) == SECOND
    return folder


@pytest.fixture
def without(decided: Path, tmp_path: Path) -> World:
    return of(Path(shutil.copytree(decided, tmp_path / "copy")))


@pytest.fixture
def run(world: World) -> Callable[..., tuple[int, str]]:
    def ran(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, list(arguments))
        return done.exit_code, done.output + (str(done.exception) if done.exception else "")

    return ran


def page(steps: World, release_id: str, name: str = "national.html") -> str:
    text = (steps.settings.releases / release_id / name).read_text(encoding="utf-8")
    return text.replace("&#39;", "'").replace("\N{NO-BREAK SPACE}", " ")


def lines(steps: World, release_id: str, table: str = "figures.csv") -> dict[tuple[str, str, str], dict[str, str]]:
    with (steps.settings.releases / release_id / table).open(encoding="utf-8", newline="") as file:
        return {(line["window"], line["area"], line["standard"]): line for line in csv.DictReader(file)}


def corrected(steps: World) -> None:
    """Wessex sends another version, with a case less."""
    steps.send_in(bcm_return(*good_cases()[1:], version=2), RECEIVED + timedelta(days=1), "A case was none of ours.")


def test_the_next_release_of_the_month_is_made_without_the_area_and_the_one_before_stays(without: World) -> None:
    before, after = lines(without, FIRST), lines(without, SECOND)
    nation, wessex, other = (("1m", area, "ALL") for area in (NATION, "WSX", "WMD"))
    assert int(before[nation]["met"]) == int(before[wessex]["met"]) + int(before[other]["met"])
    assert after[nation]["met"] == after[other]["met"] == before[other]["met"]
    assert (after[wessex]["verdict"], after[wessex]["met"], after[wessex]["rate"]) == ("left_out", "", "")
    assert after["3m", "WSX", "ALL"]["verdict"] == "left_out"


def test_of_three_months_only_the_month_that_is_left_out_is_missing(without: World) -> None:
    """The nation's three months hold what Wessex returned a month earlier."""
    before, after = (lines(without, release)["3m", NATION, "ALL"] for release in (FIRST, SECOND))
    month = lines(without, FIRST)["1m", "WSX", "ALL"]
    assert int(before["met"]) - int(after["met"]) == int(month["met"])
    assert int(after["met"]) > 2 * int(month["met"])


def test_the_return_stays_in_force_in_the_warehouse_and_nobody_is_asked_for_it(without: World) -> None:
    (wessex,) = (one for one in without.status("bcm", BCM_PERIOD).returns if one.area.code == "WSX")
    assert (wessex.state, wessex.in_force) == (ReturnState.LEFT_OUT, None)
    assert wessex.kept is not None
    assert (wessex.kept.version, wessex.kept.rows_accepted) == (1, 30)
    assert without.status("bcm", BCM_PERIOD).count_in == 2, "both Areas have returned"
    assert without.chase("bcm", BCM_PERIOD).owing == ()


def test_the_national_report_says_who_left_it_out_and_why_and_shows_the_nation_as_partial(without: World) -> None:
    told = page(without, SECOND)
    assert f"left out by {DIRECTOR}: “{DOUBT}”" in told
    assert "1 of 2 Areas has a return that counts; 1 left out" in told
    assert "1 of 2 Areas has no return that counts: Wessex (left out). The national figures of the month are" in told
    assert "[o]" in told
    assert "that the return of Wessex is left out by decision" in told, "what moved since the release before"


def test_the_area_is_told_in_its_report_and_letter_that_it_was_left_out_why_and_what_to_do(without: World) -> None:
    told = page(without, SECOND, "areas/WSX.html")
    assert f"Your return for {BCM_PERIOD.title} is in and was left out of this release" in told
    assert f"Left out by {DIRECTOR}: “{DOUBT}”" in told
    assert "version 02" in told
    letter = read_letter(without.settings.releases, SECOND, "WSX")
    assert letter.subject.startswith("Better Case Management, Wessex, October 2026: left out")
    assert DOUBT in " ".join(letter.text.split())
    assert [one.file_name for one in letter.attachments if "checks" in one.file_name] == []
    assert not (without.settings.releases / SECOND / "areas" / "WSX-checks.html").exists()
    assert (without.settings.releases / SECOND / "areas" / "WMD-checks.html").exists()


def test_neither_another_area_nor_partners_are_told_who_decided_or_why(without: World) -> None:
    """The reason is the words of an office: it goes to the nation's readers and to the Area itself."""
    folder = without.settings.releases / SECOND
    assert "the reason is that other returns are left out or taken in again" in page(without, SECOND, "areas/WMD.html")
    for name in ("areas/WMD.html", "areas/WMD-checks.html", "trace/WMD.html", "shareable.html", "shareable.csv"):
        assert DOUBT not in page(without, SECOND, name), name
        assert DIRECTOR not in page(without, SECOND, name), name
    for edition in ("WMD", "shareable"):
        letter = (folder / "letters" / f"{edition}.json").read_text(encoding="utf-8")
        assert DOUBT not in letter
        assert DIRECTOR not in letter
    assert "the reason is returns left out by decision" in page(without, SECOND, "shareable.html")
    assert {"WSX"} == {
        line["area"]
        for line in csv.DictReader((folder / "shareable.csv").read_text(encoding="utf-8").splitlines())
        if "[o]" in line["marks"]
    }


def test_who_signs_off_is_told_first(without: World) -> None:
    assert f"Wessex: left out by {DIRECTOR}: “{DOUBT}”" in without.sign_off_request(SECOND).failed
    assert without.ask_for_sign_off(SECOND).sent > 0
    requests = sorted(without.settings.mail.glob("sign_off_request-*.eml"))
    assert any("left out by" in one.read_text(encoding="utf-8") for one in requests)


def test_who_signs_off_a_release_from_before_the_decision_is_told_that_it_still_holds_the_return(world: World) -> None:
    world.leave_out("bcm", BCM_PERIOD, ["WSX"], DIRECTOR, DOUBT)
    left_out_since = "the return was left out since, and is in this release; build it again"
    assert any(left_out_since in one for one in world.sign_off_request(FIRST).failed)


def test_it_follows_from_the_bytes_and_the_audit_trail(without: World) -> None:
    for release_id in (FIRST, SECOND):
        assert without.verify_release(release_id).faults == ()
    assert without.verify().faults == ()


def test_a_figure_of_the_release_is_explained_without_the_return_that_is_left_out(without: World) -> None:
    told = without.explain(f"{SECOND}/3m/ALL/C02/rate", recount=True)
    assert told.agrees
    assert {(str(one.submission.period), one.submission.area) for one in told.sources} == {
        (str(BEFORE), "WMD"),
        (str(BEFORE), "WSX"),
        (str(BCM_PERIOD), "WMD"),
    }
    assert without.explain(f"{SECOND}/1m/WSX/C02/verdict").agrees


def test_built_again_it_is_the_same_release_whoever_asks_and_however_often_it_is_decided(without: World) -> None:
    assert without.build("bcm", BCM_PERIOD) == SECOND
    head = without.verify().looked_at["lines of the audit trail"]
    without.leave_out("bcm", BCM_PERIOD, ["WSX", "WSX"], DIRECTOR, DOUBT)
    assert without.verify().looked_at["lines of the audit trail"] == head, "nothing new was decided"
    assert without.build("bcm", BCM_PERIOD) == SECOND
    without.leave_out("bcm", BCM_PERIOD, ["WSX"], DIRECTOR, "Another reason.")
    assert without.build("bcm", BCM_PERIOD) == THIRD, "its pages say another thing"


def test_it_is_not_out_of_date_because_of_the_return_that_is_left_out(without: World) -> None:
    assert without.status("bcm", BCM_PERIOD).restatements == ()
    assert without.restatements("bcm", [BCM_PERIOD]) == ()


def test_a_release_from_before_the_decision_is_out_of_date_for_it(world: World) -> None:
    world.leave_out("bcm", BCM_PERIOD, ["WSX"], DIRECTOR, DOUBT)
    (restatement,) = world.restatements("bcm", [BCM_PERIOD])
    assert [(cause.kind, cause.area) for cause in restatement.causes] == [(CauseKind.LEFT_OUT, "WSX")]
    assert restatement.at_once


def test_a_corrected_return_neither_restates_the_month_nor_comes_back_by_itself(without: World) -> None:
    corrected(without)
    assert without.restatements("bcm", [BCM_PERIOD]) == ()
    assert without.build("bcm", BCM_PERIOD) == THIRD, "the pages tell of the version that came"
    assert lines(without, THIRD)["1m", "WSX", "ALL"]["verdict"] == "left_out"


def test_taken_in_again_the_next_release_has_it_and_says_so(without: World) -> None:
    without.take_in("bcm", BCM_PERIOD, ["WSX"], DIRECTOR, CLEARED)
    (restatement,) = without.restatements("bcm", [BCM_PERIOD])
    assert [(cause.kind, cause.area) for cause in restatement.causes] == [(CauseKind.TAKEN_IN, "WSX")]
    assert without.build("bcm", BCM_PERIOD) == THIRD
    key = ("1m", NATION, "ALL")
    assert lines(without, THIRD)[key]["met"] == lines(without, FIRST)[key]["met"]
    assert "that the return of Wessex is taken in again" in page(without, THIRD)
    assert "that your return is taken in again" in page(without, THIRD, "areas/WSX.html")
    assert all(without.verify_release(release_id).faults == () for release_id in (FIRST, SECOND, THIRD))


def test_a_later_month_is_made_without_it_too_and_shows_the_gap_for_what_it_is(without: World) -> None:
    for area in ("WMD", "WSX"):
        without.send_in(bcm_return(*good_cases(area, AFTER), area=area, period=AFTER), RECEIVED + MONTH)
    assert without.build("bcm", AFTER) == NEXT_MONTH
    found = {one.area: one for one in without.figures("bcm", AFTER) if (one.window, one.standard) == ("3m", "ALL")}
    assert (found["WSX"].months_missing, found["WMD"].months_missing) == (1, 0)
    assert "[o]" in page(without, NEXT_MONTH, "areas/WSX.html")
    assert without.verify_release(NEXT_MONTH).faults == ()
    without.take_in("bcm", BCM_PERIOD, ["WSX"], DIRECTOR, CLEARED)
    assert [one.month for one in without.restatements("bcm", [BCM_PERIOD, AFTER])] == [
        f"bcm|{BCM_PERIOD}",
        f"bcm|{AFTER}",
    ]


def test_second_readings_of_the_area_find_no_return_to_be_held_against(without: World) -> None:
    def matched(release_id: str) -> int:
        with without.warehouse.reading() as connection:
            facts = without._facts_of(connection, without._named_release(connection, release_id))
        return sum(one.matched for one in facts.second_readings.readings)

    assert matched(FIRST) > 0
    assert matched(SECOND) == 0


def test_figures_as_they_stand_and_as_they_stood_follow_the_decision(without: World) -> None:
    def known(**when: object) -> dict[str, object]:
        found = without.figures("bcm", BCM_PERIOD, **when)  # type: ignore[arg-type]
        return {one.area: one.counts for one in found if (one.window, one.standard) == ("1m", "ALL")}

    (status,) = (one for one in without.status("bcm", BCM_PERIOD).returns if one.left_out)
    assert status.left_out is not None
    assert known()["WSX"] is None
    assert known(known_on=status.left_out.at - timedelta(seconds=1))["WSX"] is not None


@pytest.mark.parametrize(
    ("areas", "why"),
    [
        (["LON"], "LON owes no return of bcm for 2026-10; those who do: WMD, WSX"),
        (["WSX", "wsx"], "wsx owes no return"),
    ],
)
def test_an_area_that_owes_nothing_cannot_be_left_out_and_nothing_is_decided(
    world: World, areas: list[str], why: str
) -> None:
    with pytest.raises(ReleaseError, match=why):
        world.leave_out("bcm", BCM_PERIOD, areas, DIRECTOR, DOUBT)
    assert world.build("bcm", BCM_PERIOD) == FIRST


def test_what_is_not_in_cannot_be_left_out_nor_what_was_not_left_out_be_taken_in(world: World) -> None:
    with pytest.raises(ReleaseError, match=r"no return of WSX for 2026-11 counts \(it is missing\)"):
        world.leave_out("bcm", AFTER, ["WSX"], DIRECTOR, DOUBT)
    with pytest.raises(ReleaseError, match="the return of WSX for 2026-10 is not left out"):
        world.take_in("bcm", BCM_PERIOD, ["WSX"], DIRECTOR, CLEARED)
    with pytest.raises(ReleaseError, match="name that collection"):
        world.leave_out("bcm_readings", BCM_PERIOD, ["WSX"], DIRECTOR, DOUBT)


def test_what_is_decided_again_in_the_same_words_is_entered_once(without: World) -> None:
    for decide in (without.leave_out, without.take_in):
        decide("bcm", BCM_PERIOD, ["WSX"], DIRECTOR, CLEARED)
        head = without.verify().looked_at["lines of the audit trail"]
        decide("bcm", BCM_PERIOD, ["WSX"], DIRECTOR, CLEARED)
        assert without.verify().looked_at["lines of the audit trail"] == head


def test_a_decision_that_cannot_be_read_is_not_forgotten(without: World) -> None:
    with without.warehouse.transaction() as connection:
        connection.execute(sa.text("update audit set detail = '{}' where event = 'left out'"))
    with pytest.raises(ReleaseError, match=r"bcm/2026-10/WSX is left out cannot be read"):
        without.build("bcm", BCM_PERIOD)


def test_the_command_line_does_it_and_tells_of_it(world: World, run: Callable[..., tuple[int, str]]) -> None:
    month, who = str(BCM_PERIOD), ("--by", DIRECTOR, "--reason")
    code, said = run("build", month, "-c", "bcm", "--without", "WSX", *who, DOUBT)
    assert (code, f"release {SECOND}" in said) == (0, True)
    code, said = run("status", month, "-c", "bcm")
    assert "2 of 2 returns in" in said
    assert f"WSX is left out by {DIRECTOR}: “{DOUBT}”, " in said
    code, said = run("releases", "-c", "bcm")
    by_release = {line.split("\t")[0]: line.split("\t") for line in said.splitlines()}
    assert (by_release[SECOND][4], by_release[FIRST][4]) == ("WSX", "")
    code, said = run("build", month, "-c", "bcm", "--with", "WSX", *who, CLEARED)
    assert (code, f"release {THIRD}" in said) == (0, True)
    assert world.status("bcm", BCM_PERIOD).returns[1].state is ReturnState.ACCEPTED


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--without", "WSX"), "--by: nothing is said"),
        (("--without", "WSX", "--by", DIRECTOR), "--reason: nothing is said"),
        (("--without", "WSX", "--with", "WMD", "--by", DIRECTOR, "--reason", DOUBT), "one of them"),
        (("--by", DIRECTOR), "say what is decided"),
        (("--without", "LON", "--by", DIRECTOR, "--reason", DOUBT), "LON owes no return"),
    ],
)
def test_the_command_line_says_what_is_missing_and_builds_nothing(
    world: World, run: Callable[..., tuple[int, str]], arguments: tuple[str, ...], why: str
) -> None:
    code, said = run("build", str(BCM_PERIOD), "-c", "bcm", *arguments)
    assert code != 0
    assert why in " ".join(said.replace("│", " ").split())
    assert len(world.every_release("bcm")) == 1


def test_the_index_says_so(without: World) -> None:
    index = (without.settings.releases / "bcm" / "index.html").read_text(encoding="utf-8")
    assert "is the last month released; 2 of 2\N{NO-BREAK SPACE}returns are in, 1 of them left out" in index
    month = (without.settings.releases / "bcm" / str(BCM_PERIOD) / "index.html").read_text(encoding="utf-8")
    assert f"Wessex, {BCM_PERIOD.title}: version 01 is left out by decision" in month
