"""A dated waiver silences one rule for one Area until it expires, and what is silenced is still told."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from assurance.catalogue import Collection, load_catalogue
from assurance.catalogue.schema import Waiver
from assurance.catalogue.waivers import waive
from assurance.cli import app
from assurance.errors import CatalogueError
from assurance.intake.rules import gate
from assurance.measures.words import NBSP
from assurance.model import Outcome, Period, Severity
from assurance.settings import Settings
from assurance.steps import Steps
from tests.rules import faults_of_bcm, faults_of_outcomes
from tests.rules.builders import EXPECTATIONS, Seen, collection, examined, valid_return
from tests.rules.cases import bcm, bcm_return, good_cases
from tests.rules.faults import Case, judged

REASON = "The case system counts hearings anew until March"
RECEIVED = datetime(2026, 11, 3, 10)


def waiver(rule: str, area: str = "WSX", valid_from: str = "2014-01-01", expires: str = "2027-04-01") -> Waiver:
    return Waiver(
        rule=rule, area=area, reason=REASON, approver="Head of Assurance", valid_from=valid_from, expires=expires
    )


def waiving(of: Collection, *waivers: Waiver) -> Collection:
    return replace(of, waivers=waivers)


def seen(*waivers: Waiver, received: datetime = RECEIVED) -> Seen:
    """A return in which one case of thirty counts no hearing, under some waivers."""
    cases = good_cases()
    cases[2] |= {"hearings_to_date": 0}
    return examined(bcm_return(*cases), of=waiving(bcm(), *waivers), received=received)


def told(one: Seen) -> list[tuple[str, Severity, bool]]:
    return [(found.rule, found.severity, found.waived) for found in one.checked.findings]


def judge(one: Seen) -> frozenset[str]:
    assert one.rows is not None
    return gate.judge(one.suite, one.rows, one.parameters, one.failures)


# What it does


def test_a_waived_row_counts_and_the_finding_is_told_as_a_note_with_day_and_reason() -> None:
    without, under = seen(), seen(waiver("BCM-114"))
    assert told(without) == [("BCM-114", Severity.ROW, False)]
    assert told(under) == [("BCM-114", Severity.NOTE, True)]
    assert (without.checked.submission.rows_quarantined, under.checked.submission.rows_quarantined) == (1, 0)
    assert under.checked.submission.outcome is Outcome.ACCEPTED
    (found,), (before,) = under.checked.findings, without.checked.findings
    assert found.message == f"{before.message} Waived until 1 April 2027: {REASON}."
    assert (found.row, found.column, found.fix) == (before.row, before.column, before.fix)


def test_the_gate_agrees_with_what_was_found_under_a_waiver() -> None:
    assert judge(seen()) == judge(seen(waiver("BCM-114"))) == {"BCM-114"}


def test_a_waiver_of_another_area_or_rule_changes_nothing() -> None:
    assert told(seen(waiver("BCM-114", "WMD"), waiver("BCM-113"))) == told(seen())


@pytest.mark.parametrize(
    ("received", "holds"),
    [
        (datetime(2026, 11, 1, 23, 59, 59), False),
        (datetime(2026, 11, 2, 0, 0), True),
        (datetime(2027, 3, 30, 22, 59, 59), True),
        (datetime(2027, 3, 30, 23, 0), False),
    ],
    ids=["the evening before", "its first day", "its last evening", "midnight in London, an hour before it elsewhere"],
)
def test_the_day_of_receipt_in_london_decides(received: datetime, holds: bool) -> None:
    held = waiver("BCM-114", valid_from="2026-11-02", expires="2027-03-31")
    assert told(seen(held, received=received))[0][2] is holds


def test_judged_again_as_it_was_received_an_old_return_is_judged_the_same_after_the_waiver_ended() -> None:
    first = waiver("BCM-114", valid_from="2026-11-02", expires="2026-12-01")
    later = waiver("BCM-114", valid_from="2026-12-01", expires="2027-04-01")
    assert seen(first).checked == seen(first, later).checked


def test_a_brace_in_a_reason_is_a_brace() -> None:
    strange = waiver("BCM-114").model_copy(update={"reason": "See {detail} and {0}!"})
    assert seen(strange).checked.findings[0].message.endswith("Waived until 1 April 2027: See {detail} and {0}!")


@cache
def wall_of_faults(*rules: str) -> Seen:
    of = waiving(bcm(), *(waiver(rule) for rule in rules))
    return examined(faults_of_bcm.wall(faults_of_bcm.row_faults()), of=of)


OF_ROWS = sorted(set(bcm().rules.waivable) & {entry.meta.rule for entry in bcm().rules.expectations})


@pytest.mark.parametrize("rule", OF_ROWS)
def test_every_rule_that_may_be_waived_can_be_for_every_fault_of_it(rule: str) -> None:
    without, under = wall_of_faults(), wall_of_faults(rule)
    of_rule = {f.row for f in without.checked.findings if f.rule == rule}
    assert {(f.severity, f.waived) for f in under.checked.findings if f.rule == rule} == {(Severity.NOTE, True)}
    others = {f.row for f in under.checked.findings if f.severity is Severity.ROW}
    assert of_rule - others
    assert under.held_back == others
    assert judge(under) == judge(without)


CASES = {"bcm": faults_of_bcm.faults, "outcomes": faults_of_outcomes.faults}
LATE = [
    (code, case)
    for code, cases in CASES.items()
    for case in cases()
    if case.rule in {text.rule for text in (*collection(code).rules.history, *collection(code).rules.checks)}
]


@pytest.mark.parametrize(("code", "case"), LATE, ids=str)
def test_a_rule_about_a_whole_return_or_other_returns_is_waived_alike(code: str, case: Case, tmp_path: Path) -> None:
    of = waiving(collection(code), waiver(case.rule))
    checked = judged(of, case, tmp_path)
    assert {(f.severity, f.waived) for f in checked.findings if f.rule == case.rule} == {(Severity.NOTE, True)}
    assert checked.submission.outcome.counts


def test_a_percentage_that_is_rounded_otherwise_is_waived_and_its_counts_count() -> None:
    spoilt = valid_return()
    line = next(number for number in range(2, 40) if "%" in spoilt.cell(number, "convictions_pct"))
    spoilt = spoilt.with_cell(line, "convictions_pct", "1.0%")
    one = examined(spoilt, of=waiving(collection(), waiver("OUT-102")))
    assert told(one) == [("OUT-102", Severity.NOTE, True)]
    assert one.checked.counted == examined(valid_return()).checked.counted


# The file, and the command that adds to it


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXPECTATIONS, tmp_path / "expectations"))


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ASSURANCE_EXPECTATIONS", str(folder))
    monkeypatch.setattr(
        "assurance.cli.asking.steps",
        lambda: Steps(Settings(expectations=folder), clock=lambda: datetime(2026, 11, 2, 9)),
    )

    def run(rule: str, **changed: str):
        given = {"area": "WSX", "until": "2027-04-01", "reason": REASON, "by": "Head of Assurance"} | changed
        options = [part for name, value in given.items() for part in (f"--{name}", value)]
        return CliRunner().invoke(app, ["waive", rule, "-c", "bcm", *options])

    return run


def test_the_command_adds_an_entry_and_leaves_the_rest_of_the_file_as_it_is(folder: Path, run) -> None:
    path = folder / "bcm" / "waivers.yaml"
    before = path.read_text(encoding="utf-8")
    assert run("BCM-114").exit_code == 0
    once = path.read_text(encoding="utf-8")
    assert run("BCM-208", area="EMD", reason='Two "big" trials: both moved').exit_code == 0
    twice = path.read_text(encoding="utf-8")
    assert once.startswith(before.replace("waivers: []\n", "waivers:\n"))
    assert twice.startswith(once)
    first, second = load_catalogue(folder).collection("bcm").waivers
    assert first == waiver("BCM-114", valid_from="2026-11-02")
    assert (second.rule, second.area, second.reason) == ("BCM-208", "EMD", 'Two "big" trials: both moved')


def test_the_command_makes_a_file_where_there_is_none(folder: Path, run) -> None:
    (folder / "bcm" / "waivers.yaml").unlink()
    assert load_catalogue(folder).collection("bcm").waivers == ()
    assert run("BCM-114").exit_code == 0
    assert [w.rule for w in load_catalogue(folder).collection("bcm").waivers] == ["BCM-114"]


@pytest.mark.parametrize(
    ("rule", "changed", "said"),
    [
        ("BCM-103", {}, "rule BCM-103 cannot be waived"),
        ("BCM-999", {}, "there is no rule 'BCM-999'"),
        ("BCM-114", {"area": "WSY"}, "there is no Area 'WSY'"),
        ("BCM-114", {"until": "2026-11-02"}, "expires before it begins"),
    ],
)
def test_what_would_not_load_is_not_written(folder: Path, run, rule: str, changed: dict[str, str], said: str) -> None:
    path = folder / "bcm" / "waivers.yaml"
    before = path.read_bytes()
    refused = run(rule, **changed)
    assert isinstance(refused.exception, CatalogueError)
    assert said in str(refused.exception)
    assert path.read_bytes() == before


@pytest.mark.parametrize("changed", [{"until": "soon"}, {"reason": " "}, {"by": ""}])
def test_what_nobody_can_have_meant_is_a_wrong_use(run, changed: dict[str, str]) -> None:
    assert run("BCM-114", **changed).exit_code == 2


def test_an_entry_that_would_be_lost_in_a_file_of_another_form_is_not_written(folder: Path) -> None:
    path = folder / "bcm" / "waivers.yaml"
    path.write_text("waivers: []\nversion: 1\n", encoding="utf-8")
    of = load_catalogue(folder).collection("bcm")
    with pytest.raises(CatalogueError, match=r"waivers\.yaml"):
        waive(folder, of, waiver("BCM-114").model_dump())
    assert path.read_text(encoding="utf-8") == "waivers: []\nversion: 1\n"


def test_the_files_that_ship_waive_nothing_and_show_an_entry_that_would_load(folder: Path) -> None:
    for code in ("bcm", "outcomes"):
        path = folder / code / "waivers.yaml"
        text = path.read_text(encoding="utf-8")
        assert yaml.safe_load(text)["waivers"] == []
        shown = [line.removeprefix("#") for line in text.splitlines() if line.startswith("#   ")]
        path.write_text(text.replace("waivers: []", "\n".join(["waivers:", *shown])), encoding="utf-8")
        assert len(load_catalogue(folder).collection(code).waivers) == 1


# The way to the report


def test_what_was_waived_is_counted_and_listed_beside_the_return(folder: Path, tmp_path: Path, run) -> None:
    assert run("BCM-114").exit_code == 0
    steps = Steps(
        Settings(home=tmp_path / "home", expectations=folder, arrival="file"), clock=lambda: datetime(2026, 11, 20)
    )
    steps.migrate()
    cases = good_cases()
    cases[2] |= {"hearings_to_date": 0}
    bcm_return(*cases).landed(steps.settings.landing, "bcm", RECEIVED)
    (loaded,) = steps.receive("bcm")
    assert [(f.rule, f.waived) for f in loaded.findings] == [("BCM-114", True)]
    state = steps.status("bcm", Period(2026, 10))
    assert [status.waived for status in state.returns if status.in_force] == [1]
    ((waived,),) = (of.asked.waived for of in state.asked)
    assert (waived.rule, waived.places) == ("BCM-114", 1)
    page = steps.settings.releases / steps.build("bcm", Period(2026, 10)) / "national.html"
    text = page.read_text(encoding="utf-8").replace(NBSP, " ")
    assert "1 finding waived" in text
    assert "Rules are waived for a time: Wessex." in text
