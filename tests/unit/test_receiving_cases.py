"""What receiving returns of cases promises beyond one file: beside other returns, over time, by the register in force."""

from __future__ import annotations

import json
import shutil
from datetime import date, datetime
from pathlib import Path

import pytest

from assurance.catalogue import load_catalogue
from assurance.model import Outcome, Period
from assurance.settings import Settings
from assurance.steps import Loaded, Steps
from tests.rules.builders import EXPECTATIONS, Return, examined
from tests.rules.cases import BCM_PERIOD, bcm, bcm_nil, bcm_return, case, good_cases

RECEIVED = datetime(2026, 11, 3, 10)


@pytest.fixture
def steps(tmp_path: Path) -> Steps:
    shutil.copytree(EXPECTATIONS, tmp_path / "expectations")
    settings = Settings(home=tmp_path / "home", expectations=tmp_path / "expectations", arrival="file")
    made = Steps(settings, clock=lambda: datetime(2028, 1, 4))
    made.migrate()
    return made


def land(steps: Steps, sent: Return, at: datetime = RECEIVED, reason: str = "") -> None:
    path = sent.landed(steps.settings.landing, "bcm", at)
    if reason:
        path.with_name(f"{path.name}.json").write_text(json.dumps({"reason": reason}), encoding="utf-8")


def edit(steps: Steps, file: str, old: str, new: str) -> None:
    path = steps.settings.expectations / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def rules(loaded: Loaded) -> set[str]:
    return {finding.rule for finding in loaded.findings}


def test_returns_checked_side_by_side_are_compared_when_they_are_loaded(steps: Steps) -> None:
    """As the mapped tasks of `receive_returns` do: all are checked before any is loaded."""
    land(steps, bcm_return())
    land(steps, bcm_return(*good_cases()[1:], version=2), RECEIVED.replace(hour=11), "One case was not ours.")
    land(steps, bcm_return(*({**one, "area_code": "WMD"} for one in good_cases()), area="WMD"))
    tickets = [steps.check(arrived) for arrived in steps.arrivals("bcm")]
    found = {loaded.submission.file_name: rules(loaded) for loaded in [steps.load(ticket.key) for ticket in tickets]}
    assert "BCM-205" in found["R-WSX-202610-v02.csv"], "the case that it drops"
    assert any("BCM-204" in told for told in found.values()), "the cases that both Areas have"


def test_a_nil_correction_is_asked_about_the_cases_it_drops(steps: Steps) -> None:
    land(steps, bcm_return())
    nil = bcm_nil().with_cell(2, "return_id", "R-WSX-202610-v02").named("R-WSX-202610-v02.csv")
    land(steps, nil, RECEIVED.replace(hour=11), "All were another Area's.")
    *_, last = steps.receive("bcm")
    assert (last.submission.outcome, rules(last)) == (Outcome.NIL, {"BCM-205"})


def test_a_submission_is_recorded_with_the_register_that_judged_it(steps: Steps) -> None:
    land(steps, bcm_return())
    (arrived,) = steps.arrivals("bcm")
    judged_by, ticket = steps.collection("bcm").version, steps.check(arrived)
    edit(steps, "bcm/standards.yaml", "custody: 50", "custody: 5")
    later = Steps(steps.settings, clock=steps.clock)
    later.load(ticket.key)
    assert later.collection("bcm").version != judged_by
    with later.warehouse.reading() as connection:
        recorded = connection.exec_driver_sql("select catalogue_version from submission").scalar_one()
    assert recorded == judged_by


def test_a_standard_is_not_counted_in_a_period_that_does_not_ask_it(steps: Steps) -> None:
    ended = 'C14, type: answer, valid_from: "2016-01", valid_to: "2026-10"'
    edit(steps, "bcm/collection.yaml", 'C14, type: answer, valid_from: "2016-01"', ended)
    of = load_catalogue(steps.settings.expectations).collection("bcm")
    tally = examined(bcm_return(of=of), of=of).checked.counted.tally
    assert {line.standard for line in tally} == set(of.versions) - {"C14"}


def test_targeted_cases_do_not_make_a_month_unusual(steps: Steps) -> None:
    for number in range(13):
        period = BCM_PERIOD.plus(number)
        cases = [one | ({"P02": "N"} if place < 2 else {}) for place, one in enumerate(good_cases(period=period))]
        if number == 12:
            cases += [case(n, "ptph", period, sample_reason="targeted", P02="N") for n in range(41, 81)]
        sent_in = period.plus(1)
        land(steps, bcm_return(*cases, period=period), datetime(sent_in.year, sent_in.month, 3, 10))
    *_, last = steps.receive("bcm")
    assert last.submission.rows_accepted == 70
    assert "BCM-206" not in rules(last)


def test_the_day_of_receipt_is_that_of_london() -> None:
    june = Period(2026, 6)
    sent = bcm_return(*({**one, "assessed_on": date(2026, 7, 1)} for one in good_cases(period=june)), period=june)
    in_the_evening, at_half_past_midnight = datetime(2026, 6, 30, 22, 30), datetime(2026, 6, 30, 23, 30)
    outcomes = [examined(sent, of=bcm(), received=at).checked.submission.outcome for at in
                (in_the_evening, at_half_past_midnight)]  # fmt: skip
    assert outcomes == [Outcome.REJECTED, Outcome.ACCEPTED]


@pytest.mark.parametrize(("mark", "said"), [(";", "separated by semicolons"), ("\t", "separated by tabs")])
def test_a_file_with_other_separators_is_told_so_once(mark: str, said: str) -> None:
    sent = bcm_return().content.replace(b",", mark.encode())
    (told,) = examined(sent, name="R-WSX-202610-v01.csv", area="WSX", of=bcm()).checked.findings
    assert told.rule == "RET-003"
    assert said in told.message
