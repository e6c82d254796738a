"""The screens in Airflow's UI: what they say of a month, its findings and its mail, and what a browser says of them."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from browser import CHECKERS, checked, need_browser, objections
from builders import NAMES, PERIOD, REPORTS, submission
from released import COLLECTION, HERE, LOST, built

from assurance.deadlines import cut_off, due, release_day
from assurance.measures import words
from assurance.model import Area, Arrival, FailedRule, Outcome, Period, ReturnState, ReturnStatus, Severity
from assurance.reporting.facts import Built, Cause, CauseKind
from assurance.reporting.screens.board import Board, Line, Restated, board_screen
from assurance.reporting.screens.findings import Found, findings_screen
from assurance.reporting.screens.frame import Frame
from assurance.reporting.screens.outbox import Waiting, outbox_screen
from assurance.reporting.screens.releases import edition_of, may_have, month_screen, releases_screen, report_path
from tests.tools import need

NU = CHECKERS / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
AREAS = {area.code: area for area in COLLECTION.areas}
EVERY = built(months=5)
BEFORE_DUE = due(COLLECTION.calendar, PERIOD) - timedelta(days=2)
AFTER_ALL = release_day(COLLECTION.calendar, PERIOD) + timedelta(days=1)
OUTCOMES = {
    ReturnState.ACCEPTED: Outcome.ACCEPTED,
    ReturnState.ACCEPTED_WITH_QUERIES: Outcome.ACCEPTED_WITH_QUERIES,
    ReturnState.NIL: Outcome.NIL,
    ReturnState.REJECTED: Outcome.REJECTED,
}
FAILED = tuple(FailedRule(f"RET-00{n}", weight, n, n // 4) for n, weight in enumerate(reversed(Severity), start=1))
WAITING = [
    Waiting(f"{n}{'ab' * 40}", state, "sign_off_request", f"letters/{PERIOD}/1", "ALL", AFTER_ALL, n, "RCPT TO: 550")
    for n, state in enumerate(words.MAIL_STATES)
    if state != "sent"
]


def frame(here: str, areas: frozenset[str] | None = None, period: Period | None = PERIOD) -> Frame:
    others = {COLLECTION.code: COLLECTION.title, "other": "Another collection"}
    return Frame("/assurance", COLLECTION, others, here, areas, "You see every Area.", period)


def line(area: Area, state: ReturnState) -> Line:
    """A return in this state; every second accepted one is late."""
    sent = submission(area.code, PERIOD, OUTCOMES[state]) if state in OUTCOMES else None
    if sent and area.code == "BBB":
        sent = replace(sent, arrival=Arrival.LATE)
    in_force = sent if sent and sent.outcome.counts else None
    status = ReturnStatus(area, state, in_force, sent, queries=2 * (state is ReturnState.ACCEPTED_WITH_QUERIES))
    return Line(status, state is ReturnState.EXPECTED, status.queries, {"sent": 1, "unknown": 1} if sent else {})


def board(*states: ReturnState, now: datetime = AFTER_ALL, release: Built | None = None, **other: object) -> Board:
    lines = tuple(line(area, state) for area, state in zip(AREAS.values(), states, strict=False))
    return Board(COLLECTION, PERIOD, now, lines, release, other.get("restated"), bool(other.get("whole", True)))  # type: ignore[arg-type]


def text(page: bytes) -> str:
    bare = re.sub(r"<style>.*?</style>|<[^>]+>", " ", page.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(bare))


def screens() -> dict[str, bytes]:
    """Every kind of screen, full and empty, for one who sees all and for an Area's reader."""
    one = frozenset({"AAA"})
    restated = Restated((Cause(CauseKind.NEW_VERSION, "AAA", PERIOD, "01", "02"), Cause(CauseKind.RULES)), 14, True)
    found = tuple(
        Found(each.status.latest, each.status.area.name, FAILED, each.status.in_force is not None)
        for each in board(*OUTCOMES).lines
        if each.status.latest
    )
    lying = dict(zip((each.release_id for each in EVERY), (HERE, LOST, LOST), strict=False))
    return {
        "board": board_screen(frame("board"), board(*ReturnState, release=EVERY[2], restated=restated), REPORTS),
        "board-before": board_screen(frame("board"), board(*[ReturnState.EXPECTED] * 5, now=BEFORE_DUE), REPORTS),
        "board-area": board_screen(frame("board", one), board(ReturnState.REJECTED, whole=False), REPORTS),
        "board-none": board_screen(frame("board"), board(), REPORTS),
        "found": findings_screen(frame("findings"), found, REPORTS),
        "found-none": findings_screen(frame("findings"), (), REPORTS),
        "outbox": outbox_screen(frame("outbox", period=None), WAITING, REPORTS),
        "outbox-none": outbox_screen(frame("outbox", period=None), [], REPORTS),
        "releases": releases_screen(frame("releases", period=None), EVERY, frozenset(), REPORTS),
        "releases-area": releases_screen(frame("releases", one, None), EVERY, frozenset(), REPORTS),
        "month": month_screen(frame("releases"), PERIOD, EVERY, lying, REPORTS),
        "month-area": month_screen(frame("releases", one), PERIOD, EVERY, lying, REPORTS),
    }


def test_the_board_says_of_every_state_what_it_is_with_a_shape_of_its_own() -> None:
    shown = board(*ReturnState)
    assert [each.label for each in shown.lines] == [
        words.ARRIVED,
        "Accepted",
        "Accepted with 2\N{NO-BREAK SPACE}queries",
        "Nil return",
        "Rejected",
    ]
    assert len({each.shape for each in shown.lines}) == len(shown.lines)
    page = text(board_screen(frame("board"), shown, REPORTS))
    for each in shown.lines:
        assert re.sub(r"\s", " ", each.label) in page
    assert shown.heading == "3 of 5 Areas are in; 1 late, 1 nil, 1 rejected, 1 not yet due"


@pytest.mark.parametrize(
    ("states", "now", "release", "said"),
    [
        (
            [ReturnState.EXPECTED, ReturnState.NIL],
            BEFORE_DUE,
            None,
            "The gate waits for 1\N{NO-BREAK SPACE}Area: Ashdale.",
        ),
        (
            [ReturnState.REJECTED, ReturnState.MISSING],
            AFTER_ALL,
            None,
            "The cut-off has passed, and the gate waits for 2\N{NO-BREAK SPACE}Areas: Ashdale and Brookmoor. "
            "When the month is closed they count as missing.",
        ),
        ([ReturnState.ACCEPTED, ReturnState.NIL], BEFORE_DUE, None, "The gate waits for nobody"),
        ([ReturnState.MISSING], AFTER_ALL, EVERY[0], "The gate has fired"),
    ],
)
def test_the_board_says_what_the_gate_waits_for(
    states: list[ReturnState], now: datetime, release: Built | None, said: str
) -> None:
    assert board(*states, now=now, release=release).gate.startswith(said)


def test_the_board_counts_the_working_days_to_each_date() -> None:
    before = board(now=BEFORE_DUE).dates
    assert [name for name, _, _ in before] == ["Due", "Cut-off", "Release"]
    assert all(left.endswith("left") for _, _, left in before)
    assert [left for _, _, left in board(now=AFTER_ALL).dates] == ["passed"] * 3
    assert board(now=cut_off(COLLECTION.calendar, PERIOD)).dates[1][2] == "today"


def test_a_release_that_nobody_answered_in_time_is_said_on_top() -> None:
    signed, open_still = EVERY[1], EVERY[2]
    assert (signed.signed_at is None, open_still.signed_at is None) == (False, True)
    assert board(release=open_still).is_overdue
    assert not board(release=open_still, now=BEFORE_DUE).is_overdue
    assert not board(release=signed).is_overdue
    assert not board(release=replace(open_still, rejected=True)).is_overdue


def test_findings_name_the_gravest_rule_first() -> None:
    found = Found(submission("AAA", PERIOD, Outcome.REJECTED), "Ashdale", FAILED, counts=False)
    assert [rule for rule, _ in found.rules] == ["RET-004", "RET-003", "RET-002", "RET-001"]
    assert found.rules[0][1] == "refused the file, 4\N{NO-BREAK SPACE}places, waived at 1"
    assert found.outcome == "Rejected; does not count"


def test_the_outbox_gives_for_what_needs_a_person_the_command_and_never_an_address() -> None:
    page = text(outbox_screen(frame("outbox", period=None), WAITING, REPORTS))
    for one in WAITING:
        assert (f"assurance outbox {one.short_key} --" in page) == (one.state in ("refused", "unknown"))
    assert "2\N{NO-BREAK SPACE}messages wait".replace("\N{NO-BREAK SPACE}", " ") in page.replace(
        "\N{NO-BREAK SPACE}", " "
    )
    assert re.findall(r"\S+@\S+", page) == [COLLECTION.contact]


@pytest.mark.parametrize(
    ("path", "edition"),
    [
        ("national.html", "ALL"),
        ("figures.csv", "ALL"),
        ("shareable.html", "ALL"),
        ("areas/AAA.html", "AAA"),
        ("areas/AAA-checks.html", "AAA"),
        ("areas/AAA.xlsx", "AAA"),
        ("trace/AAA.html", "AAA"),
        ("trace/ALL.html", "ALL"),
        ("letters/AAA.json", None),
        ("areas/AAA", None),
        ("AAA.html", "ALL"),
        ("areas/../national.html", "national"),
        ("", None),
    ],
)
def test_each_file_of_a_release_is_of_one_edition_and_letters_are_for_the_post(path: str, edition: str | None) -> None:
    assert edition_of(path) == edition
    assert may_have(None, path) == (edition is not None)
    assert may_have(frozenset({"AAA"}), path) == (edition == "AAA")


def test_a_run_shows_each_reader_the_report_that_is_theirs() -> None:
    assert report_path(None) == "national.html"
    assert report_path(frozenset({"AAA"})) == "areas/AAA.html"
    assert report_path(frozenset({"AAA", "BBB"})) == "../index.html"


def test_an_areas_reader_is_shown_nothing_of_another_area() -> None:
    shown = screens()
    for name in ("board-area", "releases-area", "month-area"):
        page = shown[name].decode()
        assert NAMES["AAA"] in page
        assert [code for code in NAMES if code != "AAA" and code in page] == [], name
        assert [other for code, other in NAMES.items() if code != "AAA" and other in page] == [], name
        assert "national.html" not in page
        assert "/outbox/" not in page


def test_no_screen_leads_anywhere_but_to_screens_and_files() -> None:
    for name, page in screens().items():
        links = re.findall(r'href="([^"]*)"', page.decode())
        far = [link for link in links if not re.match(r"/assurance/|#|mailto:|[0-9./]|areas/|trace/", link)]
        assert far == [], name
        assert b"<script" not in page


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    need_browser()
    absent = [] if shutil.which("java") else ["java"]
    absent += [] if NU.is_file() else ["vnu-jar (run npm ci in tests/reports/checkers)"]
    need(not absent, ", ".join(absent))
    folder = tmp_path_factory.mktemp("screens")
    for name, page in screens().items():
        (folder / f"screen-{name}.html").write_bytes(page)
    return sorted(folder.glob("*.html"))


@pytest.mark.tools
@pytest.mark.xdist_group("pages")
def test_axe_finds_nothing_on_any_screen(files: list[Path]) -> None:
    found = [said for view in checked("look.mjs", files) for said in objections(view["file"], view)]
    assert not found, "\n".join(found)


@pytest.mark.tools
@pytest.mark.xdist_group("pages")
def test_the_nu_checker_finds_no_error_on_any_screen(files: list[Path]) -> None:
    done = subprocess.run(
        ["java", "-jar", str(NU), "--errors-only", *map(str, files)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
