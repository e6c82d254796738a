"""Second readings from file to page: received, held against the Area's own answers, counted, told.

What comes out is counted again from the files that were sent, by plain Python that shares nothing with the program.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import permutations
from pathlib import Path

import pytest

from assurance.delivery.outbox import owed
from assurance.errors import ReleaseError
from assurance.model import Outcome, Period, SecondReadings
from assurance.reporting.facts import CauseKind
from assurance.settings import Settings
from assurance.steps import Loaded, Steps
from assurance.warehouse.second_readings import second_readings
from assurance.warehouse.submissions import Announcement, in_force
from tests.rules.builders import Return
from tests.rules.cases import BCM_PERIOD, Case, bcm_return, good_cases
from tests.rules.readings import INSPECTORATE, Reading, readings_return, urn

RECEIVED = datetime(2026, 11, 3, 10)
KEY = ("urn", "defendant_seq", "sample_point")
STRICTER = {"Y": "N", "FM": "PM"}
Pair = tuple[str, str, str, str]
"""Assessor, standard, own and second answer."""


@pytest.fixture
def steps(tmp_path: Path) -> Steps:
    made = Steps(Settings(home=tmp_path / "home", arrival="file"), clock=lambda: datetime(2026, 11, 26))
    made.migrate()
    return made


def own_cases() -> list[Case]:
    """Thirty cases; the second one is targeted, the last of the PTPH is judged strictly on one standard."""
    cases = good_cases()
    cases[1] |= {"sample_reason": "targeted"}
    cases[19] |= {"C05": "NM", "comment": "The review came late."}
    return cases


def read_of(cases: Sequence[Case], assessor: str = INSPECTORATE) -> list[Reading]:
    """Two standards of each case at the PTPH and one at the others; the assessor is more lenient on one of them."""
    read: list[Reading] = []
    for one in cases:
        point = str(one["sample_point"])
        for standard in {"ptph": ("C02", "C05"), "stage": ("C11",), "trial": ("A03",)}[point]:
            second = "FM" if standard == "C05" else str(one[standard])
            read.append((str(one["urn"]), point, standard, second, assessor))
    stricter = (*read[0][:3], STRICTER.get(read[0][3], "NM"), assessor)
    unknown = (urn(999), "ptph", "C02", "FM", assessor)
    return [stricter, *read[1:], unknown]


def land(steps: Steps, sent: Return, collection: str, at: datetime, reason: str = "") -> None:
    path = sent.landed(steps.settings.landing, collection, at)
    if reason:
        path.with_name(f"{path.name}.json").write_text(json.dumps({"reason": reason}), encoding="utf-8")


def received(steps: Steps, collection: str) -> Loaded:
    (loaded,) = steps.receive(collection)
    return loaded


def known(steps: Steps) -> SecondReadings:
    """What is known of the submissions in force now."""
    with steps.warehouse.reading() as connection:
        own, read = (
            [one.submission_id for one in in_force(connection, code, BCM_PERIOD)] for code in ("bcm", "bcm_readings")
        )
        return second_readings(connection, "bcm", own, read)


def rows_of(sent: Return) -> list[dict[str, str]]:
    return list(csv.DictReader(sent.content.decode().splitlines()))


def counted_by_hand(own: Return, read: Return) -> tuple[Counter[Pair], dict[str, int]]:
    """The pairs of both files that count, and how many readings found their check."""
    cases = {tuple(row[column] for column in KEY): row for row in rows_of(own)}
    pairs, found = Counter[Pair](), Counter[str]()
    for row in rows_of(read):
        found["readings"] += 1
        case = cases.get(tuple(row[column] for column in KEY))
        if case is None:
            found["case_unknown"] += 1
        elif not case[row["standard"]]:
            found["not_answered"] += 1
        else:
            found["matched"] += 1
            if case["sample_reason"] != "targeted":
                pairs[row["assessor"], row["standard"], case[row["standard"]], row["answer"]] += 1
    return pairs, dict(found)


def pairs_of(found: SecondReadings) -> Counter[Pair]:
    counted = Counter[Pair]()
    for row in found.pairs:
        if row.sample_reason != "targeted":
            counted[row.assessor, row.standard, row.own, row.second] += row.checks
    return counted


def section(steps: Steps, release_id: str, page: str) -> str:
    """What a page says of second readings, as plain text."""
    html = (steps.settings.releases / release_id / page).read_text(encoding="utf-8")
    return text_of(re.search(r'<section id="second_readings".*?</section>', html, re.DOTALL))


def text_of(found: re.Match[str] | None) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0])).replace("\xa0", " ") if found else ""


APART = (
    r'<section id="second_readings".*?</section>\s*',
    r'<li><a href="#second_readings">[^<]*</a>\s*',
    r'<section id="revisions".*?</section>\s*',
    r'<li><a href="#revisions">[^<]*</a>\s*',
    r'<section id="how_to_read".*?</section>',
    r'<p class="notice"><b>Revised\.</b>.*?</p>\s*',
    r"bcm/2026-10/[0-9]",
    r"[Rr]elease [0-9][^<]*",
    r", revised \[r\]",
    r"<span>As known on[^<]*</span>",
    r"stood on [0-9]+\s\w+\s[0-9]{4}",
    r"<span><b>\[r\]</b>[^<]*</span> ?",
)
"""What a page says of second readings, of itself and of the release before it."""


def without(html: str) -> str:
    """A page without that."""
    for pattern in APART:
        html = re.sub(pattern, "", html, flags=re.DOTALL)
    return html


def test_readings_go_from_file_to_page_and_are_what_the_files_say(steps: Steps) -> None:
    own, read = bcm_return(*own_cases()), readings_return(*read_of(own_cases()))
    land(steps, own, "bcm", RECEIVED)
    received(steps, "bcm")
    land(steps, read, "bcm_readings", RECEIVED + timedelta(days=1))
    loaded = received(steps, "bcm_readings")
    assert (loaded.submission.outcome, loaded.announcement) == (Outcome.ACCEPTED, Announcement())

    pairs, found = counted_by_hand(own, read)
    assert pairs_of(known(steps)) == pairs
    (row,) = known(steps).readings
    assert {name: getattr(row, name) for name in found} == found
    assert known(steps).changed == ()

    release_id = steps.build("bcm", BCM_PERIOD)
    said = section(steps, release_id, "national.html")
    agreed = sum(number for (_, _, one, other), number in pairs.items() if one == other)
    assert f"The Inspectorate agreed with {100 * agreed / pairs.total():.1f} % of {pairs.total()} own answers" in said
    assert f"{found['matched']} of {found['readings']} readings found the own answer" in said
    assert "1 is of a case that stands in no return in force" in said
    assert "readings of targeted cases are kept apart" in said
    assert f"agreed with {100 * agreed / pairs.total():.1f} %" in section(steps, release_id, "areas/WSX.html")
    assert section(steps, release_id, "areas/LON.html") == ""
    manifest = json.loads((steps.settings.releases / release_id / "manifest.json").read_text(encoding="utf-8"))
    assert loaded.submission.submission_id in {one["submission"] for one in manifest["inputs"]}


@pytest.mark.slow
def test_no_case_of_a_reading_is_in_page_database_or_receipt(steps: Steps) -> None:
    land(steps, bcm_return(*own_cases()), "bcm", RECEIVED)
    received(steps, "bcm")
    land(steps, readings_return(*read_of(own_cases())), "bcm_readings", RECEIVED + timedelta(days=1))
    received(steps, "bcm_readings")
    release = steps.settings.releases / steps.build("bcm", BCM_PERIOD)
    places = [*release.rglob("*"), *steps.settings.receipts.iterdir()]
    read = [path.read_bytes() for path in places if path.is_file()]
    assert read
    assert not any(urn(1).encode() in content for content in read)
    with steps.warehouse.reading() as connection:
        for table in ("second_reading", "second_reading_match", "second_reading_change", "finding", "tally"):
            assert urn(1) not in str(connection.exec_driver_sql(f"select * from {table}").fetchall())


def test_the_receipt_goes_to_whom_the_register_names_for_readings_and_not_to_the_area(steps: Steps) -> None:
    land(steps, readings_return(), "bcm_readings", RECEIVED)
    received(steps, "bcm_readings")
    with steps.warehouse.reading() as connection:
        assert owed(connection) == ()
        sent = connection.exec_driver_sql("select recipient, kind from outbox").fetchall()
    assert [tuple(row) for row in sent] == [("readings@example.org", "receipt")]


def changed_answers(cases: list[Case]) -> list[Case]:
    """What the Area sends later: two answers to checks that were read are others, and one case that was read is gone."""
    corrected = [dict(one) for one in cases]
    corrected[19] |= {"C05": "FM", "comment": None}
    corrected[4] |= {"C02": "PM", "C05": "PM", "comment": "One charge was missing."}
    del corrected[7]
    return corrected


FIRST, *OTHERS = permutations(range(3))
ORDERS = [FIRST, *(pytest.param(order, marks=pytest.mark.slow) for order in OTHERS)]


@pytest.mark.slow
@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_a_correction_after_the_reading_is_counted_as_changed_whatever_is_loaded_first(
    steps: Steps, order: tuple[int, ...]
) -> None:
    own, read = bcm_return(*own_cases()), readings_return(*read_of(own_cases()))
    corrected = bcm_return(*changed_answers(own_cases()), version=2)
    sent: list[Callable[[], None]] = [
        lambda: land(steps, own, "bcm", RECEIVED),
        lambda: land(steps, read, "bcm_readings", RECEIVED + timedelta(days=1)),
        lambda: land(steps, corrected, "bcm", RECEIVED + timedelta(days=2), "Two answers were wrong."),
    ]
    for number in order:
        sent[number]()
        received(steps, "bcm_readings" if number == 1 else "bcm")
    pairs, found = counted_by_hand(corrected, read)
    assert pairs_of(known(steps)) == pairs
    (row,) = known(steps).readings
    assert (row.matched, row.case_unknown) == (found["matched"], found["case_unknown"])
    (changed,) = known(steps).changed
    assert (changed.checks, changed.cases) == (1 + 2 + 2, 3), "both checks of the case that is gone have no answer now"
    said = section(steps, steps.build("bcm", BCM_PERIOD), "national.html")
    assert "5 own answers in 3 cases have changed since the reading came" in said


@pytest.mark.slow
def test_a_correction_before_the_reading_is_no_change(steps: Steps) -> None:
    land(steps, bcm_return(*own_cases()), "bcm", RECEIVED)
    received(steps, "bcm")
    land(steps, bcm_return(*changed_answers(own_cases()), version=2), "bcm", RECEIVED + timedelta(hours=1), "Wrong.")
    received(steps, "bcm")
    land(steps, readings_return(*read_of(own_cases())), "bcm_readings", RECEIVED + timedelta(days=1))
    received(steps, "bcm_readings")
    assert [row.checks for row in known(steps).changed] == []


@pytest.mark.slow
def test_a_late_reading_restates_nothing_but_second_readings(steps: Steps) -> None:
    land(steps, bcm_return(*own_cases()), "bcm", RECEIVED)
    received(steps, "bcm")
    first = steps.build("bcm", BCM_PERIOD)
    land(steps, readings_return(*read_of(own_cases())), "bcm_readings", RECEIVED + timedelta(days=20))
    assert received(steps, "bcm_readings").announcement == Announcement()
    second = steps.build("bcm", BCM_PERIOD)
    assert (first, second) == ("bcm/2026-10/1", "bcm/2026-10/2")
    before, after = (steps.settings.releases / one for one in (first, second))
    assert (before / "figures.csv").read_bytes() == (after / "figures.csv").read_bytes()
    assert section(steps, second, "areas/WSX.html")
    for page in ("areas/WSX.html", "areas/LON.html"):
        assert without((before / page).read_text(encoding="utf-8")) == without(
            (after / page).read_text(encoding="utf-8")
        )
    national = (after / "national.html").read_text(encoding="utf-8").replace("\xa0", " ")
    assert "the national figure is unchanged" in national
    assert "the reason is second readings that have come since" in national
    assert "As known on 23 November 2026" in national
    assert steps.build("bcm", BCM_PERIOD) == second, "and the same again once it is built"


@pytest.mark.slow
def test_a_reading_after_a_release_puts_it_out_of_date_but_can_wait(steps: Steps) -> None:
    land(steps, bcm_return(*own_cases()), "bcm", RECEIVED)
    received(steps, "bcm")
    first = steps.build("bcm", BCM_PERIOD)
    assert steps.status("bcm", BCM_PERIOD).restatements == ()
    land(steps, readings_return(*read_of(own_cases())), "bcm_readings", RECEIVED + timedelta(days=20))
    received(steps, "bcm_readings")
    (found,) = steps.status("bcm", BCM_PERIOD).restatements
    assert (found.release.release_id, [cause.kind for cause in found.causes]) == (first, [CauseKind.READINGS])
    assert (found.moved, found.at_once) == ((), False)
    steps.build("bcm", BCM_PERIOD)
    assert steps.status("bcm", BCM_PERIOD).restatements == ()


@pytest.mark.slow
def test_an_own_version_that_is_loaded_after_a_release_changes_nothing_when_that_is_built_again(steps: Steps) -> None:
    """It bears a time before the readings, so a new release counts changes from it; the old one knew nothing of it."""
    land(steps, bcm_return(*own_cases()), "bcm", RECEIVED)
    received(steps, "bcm")
    land(steps, readings_return(*read_of(own_cases())), "bcm_readings", RECEIVED + timedelta(days=2))
    received(steps, "bcm_readings")
    release_id = steps.build("bcm", BCM_PERIOD)
    land(steps, bcm_return(*changed_answers(own_cases()), version=2), "bcm", RECEIVED + timedelta(days=1), "Wrong.")
    received(steps, "bcm")
    assert steps.verify_release(release_id).faults == ()
    again = steps.build("bcm", BCM_PERIOD)
    assert again != release_id
    assert [steps.verify_release(one).faults for one in (release_id, again)] == [(), ()]


@pytest.mark.slow
def test_a_month_with_second_readings_is_not_called_revised_for_them(steps: Steps) -> None:
    land(steps, bcm_return(*own_cases()), "bcm", RECEIVED)
    received(steps, "bcm")
    land(steps, readings_return(*read_of(own_cases())), "bcm_readings", RECEIVED + timedelta(days=1))
    received(steps, "bcm_readings")
    steps.build("bcm", BCM_PERIOD)
    later = steps.settings.releases / steps.build("bcm", BCM_PERIOD.plus(1))
    for page in (later / "national.html", later / "areas" / "WSX.html"):
        assert "[r]" not in page.read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_same_readings_again_count_once(steps: Steps) -> None:
    land(steps, bcm_return(*own_cases()), "bcm", RECEIVED)
    received(steps, "bcm")
    for hour in (1, 2):
        land(steps, readings_return(*read_of(own_cases())), "bcm_readings", RECEIVED + timedelta(hours=hour))
        loaded = received(steps, "bcm_readings")
    assert not loaded.new
    assert (
        pairs_of(known(steps)) == counted_by_hand(bcm_return(*own_cases()), readings_return(*read_of(own_cases())))[0]
    )


@pytest.mark.slow
def test_a_crash_before_the_end_of_loading_leaves_nothing_and_a_second_run_everything(
    steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(steps, bcm_return(*own_cases()), "bcm", RECEIVED)
    received(steps, "bcm")
    land(steps, readings_return(*read_of(own_cases())), "bcm_readings", RECEIVED + timedelta(days=1))
    (arrived,) = steps.arrivals("bcm_readings")
    ticket = steps.check(arrived)

    def falls(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Steps, "_owe", falls)
        with pytest.raises(KeyboardInterrupt):
            steps.load(ticket.key)
    assert known(steps) == SecondReadings()
    steps.load(ticket.key)
    steps.load(ticket.key)
    assert sum(pairs_of(known(steps)).values()) > 0


def test_nobody_owes_a_reading_and_no_month_is_closed_or_built_for_one(steps: Steps) -> None:
    land(steps, readings_return(), "bcm_readings", RECEIVED)
    received(steps, "bcm_readings")
    (only,) = steps.status("bcm_readings", BCM_PERIOD).returns
    assert only.area.code == "WSX"
    assert steps.status("bcm_readings", Period(2026, 9)).returns == ()
    for step in (partial(steps.close, run="a run"), steps.build, steps.figures):
        with pytest.raises(ReleaseError, match="reported there; name that collection"):
            step("bcm_readings", BCM_PERIOD)


@pytest.mark.slow
def test_what_was_known_before_a_correction_can_be_asked_for_afterwards(steps: Steps) -> None:
    own, read = bcm_return(*own_cases()), readings_return(*read_of(own_cases()))
    land(steps, own, "bcm", RECEIVED)
    first = received(steps, "bcm").submission.submission_id
    land(steps, read, "bcm_readings", RECEIVED + timedelta(days=1))
    reading = received(steps, "bcm_readings").submission.submission_id
    corrected = bcm_return(*changed_answers(own_cases()), version=2)
    land(steps, replace(corrected, reason_given=True), "bcm", RECEIVED + timedelta(days=2), "Wrong.")
    received(steps, "bcm")
    with steps.warehouse.reading() as connection:
        then = second_readings(connection, "bcm", [first], [reading])
    assert pairs_of(then) == counted_by_hand(own, read)[0]
    assert then.changed == ()
