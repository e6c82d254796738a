"""What receiving returns of cases promises beyond one file: beside other returns, over time, by the register in force."""

from __future__ import annotations

import json
import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from assurance.catalogue import load_catalogue
from assurance.errors import DelayedError
from assurance.model import Outcome, Period, Query, ReturnState
from assurance.reporting.request import told
from assurance.settings import Settings
from assurance.steps import Loaded, Steps, Ticket
from assurance.warehouse import audit
from assurance.warehouse.submissions import is_loaded
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


# A case in two returns is a question to both


def wessex(*cases: dict[str, object], version: int = 1) -> Return:
    return bcm_return(*cases, version=version)


def west_midlands(*cases: dict[str, object], version: int = 1) -> Return:
    return bcm_return(*({**one, "area_code": "WMD"} for one in cases), area="WMD", version=version)


def cases_from(start: int, number: int = 30) -> list[dict[str, object]]:
    """Cases that stand in no other call's, as long as the ranges do not meet."""
    return [case(n, "ptph", urn=f"44CD{n:07d}", C02="PM") for n in range(start, start + number)]


def received(steps: Steps, sent: Return) -> Loaded:
    hour = int(sent.name.rpartition("-v")[2][:2])
    land(steps, sent, RECEIVED.replace(hour=10 + hour), "A slip." if hour > 1 else "")
    (loaded,) = steps.receive("bcm")
    return loaded


def asked(steps: Steps, area: str) -> Query | None:
    """What the return of an Area that counts is asked about cases of others."""
    (own,) = (one.in_force for one in steps.status("bcm", BCM_PERIOD).returns if one.area.code == area)
    assert own is not None
    return next((q for q in steps.asked(own.submission_id)[1].queries if q.rule == "BCM-204"), None)


def rows_told(steps: Steps, loaded: Loaded) -> list[int]:
    """The rows that the receipt names, as it was last written."""
    told = json.loads((steps.settings.receipts / f"{loaded.submission.submission_id}.json").read_bytes())
    return [finding["row"] for finding in told["findings"] if finding["rule"] == "BCM-204"]


def mails(steps: Steps, area: str) -> int:
    """How many receipts an Area has got, over those of one return."""
    return len(list(steps.settings.mail.glob(f"receipt-{area}*.eml")))


def test_a_case_of_two_areas_is_asked_of_both_at_their_own_rows(steps: Steps) -> None:
    first = received(steps, wessex(*cases_from(100)))
    assert first.submission.outcome is Outcome.ACCEPTED
    second = received(steps, west_midlands(*cases_from(200, 1), cases_from(104)[0], *cases_from(300)))
    assert (rows_told(steps, second), rows_told(steps, first)) == ([3], [6])
    assert (mails(steps, "WSX"), mails(steps, "WMD")) == (2, 1), "the first gets a further receipt"
    states = {one.area.code: (one.state, one.queries) for one in steps.status("bcm", BCM_PERIOD).returns}
    assert states["WSX"] == (ReturnState.ACCEPTED_WITH_QUERIES, 1)
    assert not any("WMD" in path.read_text() for path in steps.settings.mail.glob("receipt-WSX*.eml"))


def test_the_same_case_again_in_a_correction_asks_nothing_twice(steps: Steps) -> None:
    received(steps, wessex(*cases_from(100)))
    received(steps, west_midlands(*cases_from(104)))
    before = asked(steps, "WSX")
    received(steps, west_midlands(*cases_from(104), *cases_from(200), version=2))
    assert (asked(steps, "WSX"), mails(steps, "WSX")) == (before, 2)


def test_a_further_case_is_asked_again_and_no_answer_from_before_holds(steps: Steps) -> None:
    first = received(steps, wessex(*cases_from(100)))
    received(steps, west_midlands(*cases_from(100, 1), *cases_from(200)))
    steps.answer(first.submission.submission_id, "BCM-204", "It is ours.", "Ann")
    assert (query := asked(steps, "WSX")) is not None
    assert query.answer is not None
    steps = Steps(steps.settings, clock=lambda: datetime(2028, 1, 5))
    received(steps, west_midlands(*cases_from(100, 2), *cases_from(200), version=2))
    assert (query := asked(steps, "WSX")) is not None
    assert (query.places, query.answer, mails(steps, "WSX")) == (2, None, 3)
    assert query.said_before is not None
    assert query.said_before.text == "It is ours."
    told_to_sign_off = "\n".join(told(steps.status("bcm", BCM_PERIOD).asked))
    assert "Said before more was asked: “It is ours.” Ann" in told_to_sign_off


def test_a_receipt_that_is_not_sent_yet_is_written_with_all_of_it_and_sent_once(steps: Steps) -> None:
    land(steps, wessex(*cases_from(100)))
    land(steps, west_midlands(*cases_from(100)))
    first, second = steps.receive("bcm")
    assert len(rows_told(steps, first)) == len(rows_told(steps, second)) == 30
    assert (mails(steps, "WSX"), mails(steps, "WMD")) == (1, 1)


def test_a_receipt_that_is_being_written_when_more_is_asked_is_not_sent_as_it_was(steps: Steps) -> None:
    """As the mapped tasks of `receive_returns` do: one return's receipt is sent while another return is loaded."""
    land(steps, wessex(*cases_from(100)).with_cell(4, "case_type", ""))
    land(steps, west_midlands(*cases_from(104)))
    first, second = (steps.check(arrived) for arrived in steps.arrivals("bcm"))
    if first.label.startswith("WMD"):
        first, second = second, first
    loaded = steps.load(first.key)
    copy = Steps._marked_copy

    def while_the_other_is_loaded(self: Steps, *arguments: Any) -> Any:
        made = copy(self, *arguments)
        with self.warehouse.reading() as connection:
            known = is_loaded(connection, _id_of(second))
        if not known:
            self.load(second.key)
        return made

    def _id_of(ticket: Ticket) -> str:
        waiting = json.loads((steps.settings.checked / f"{ticket.key}.json").read_bytes())
        return str(waiting["checked"]["submission"]["submission_id"])

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Steps, "_marked_copy", while_the_other_is_loaded)
        with pytest.raises(DelayedError):
            steps.send_receipt(loaded.submission.submission_id).demand_all_sent()
        assert mails(steps, "WSX") == 0
        steps.send_receipt(loaded.submission.submission_id).demand_all_sent()
    assert (mails(steps, "WSX"), len(rows_told(steps, loaded))) == (1, 26)


def test_an_area_without_recipients_has_what_was_asked_later_in_its_json(steps: Steps) -> None:
    edit(steps, "recipients.yaml", "areas: [WSX]", "areas: [YHU]")
    first = received(steps, wessex(*cases_from(100)))
    received(steps, west_midlands(*cases_from(100)))
    assert len(rows_told(steps, first)) == 30


def test_the_same_version_again_with_fewer_cases_is_asked_about_those_it_drops(steps: Steps) -> None:
    received(steps, wessex(*cases_from(100)))
    land(steps, wessex(*cases_from(100, 25)), RECEIVED.replace(hour=12))
    (again,) = steps.receive("bcm")
    assert "BCM-205" in rules(again)


def test_of_a_thousand_cases_and_more_no_more_are_named(steps: Steps) -> None:
    first = received(steps, wessex(*cases_from(100, 1_005)))
    second = received(steps, west_midlands(*cases_from(100, 1_005)))
    for loaded in (first, second):
        told = rows_told(steps, loaded)
        assert len(told) == 1_001
        assert None in told


def test_what_does_not_count_asks_nobody(steps: Steps) -> None:
    received(steps, wessex(*cases_from(100)))
    received(steps, west_midlands(*cases_from(200), version=2))
    received(steps, west_midlands(*cases_from(100), version=1))
    assert asked(steps, "WSX") is None, "version 1 came after version 2"
    refused = west_midlands(*cases_from(100), version=3).with_cell(2, "period", "2026-09")
    assert received(steps, refused).submission.outcome is Outcome.REJECTED
    assert asked(steps, "WSX") is None


def test_what_was_asked_later_is_in_the_trail_without_a_case(steps: Steps) -> None:
    first = received(steps, wessex(*cases_from(100)))
    received(steps, west_midlands(*cases_from(100)))
    with steps.warehouse.reading() as connection:
        assert audit.altered(connection) == []
        lines = connection.execute(sa.text("select subject, detail from audit where event = 'asked'")).all()
    ((subject, detail),) = lines
    assert subject == first.submission.submission_id
    told = json.loads(detail)
    assert (told.keys(), told["rules"], told["places"]) == ({"rules", "places", "wrote"}, ["BCM-204"], 30)
    assert {table: part["rows"] for table, part in told["wrote"].items()} == {"finding": 30}
