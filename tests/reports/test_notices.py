"""The short letters: what is missing, until when, how to send it; what an approver and an operator are asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from assurance.catalogue import WorkingDay
from assurance.deadlines import Chase
from assurance.delivery.letter import Letter
from assurance.measures.words import NBSP
from assurance.model import Answer, Asked, Outcome, Query, ReturnState, ReturnStatus, WaivedRule
from assurance.reporting.alert import AlertKind, alert_letter
from assurance.reporting.asking import request_letter
from assurance.reporting.chasing import chase_letter
from assurance.reporting.notice import MOST_ITEMS
from assurance.reporting.request import OfArea, SignOffRequest
from tests.reports.builders import PERIOD, REPORTS, collection, submission

DAYS = {"due": (5, "17:00"), "cut_off": (9, "12:00"), "release": (10, "09:30")}
DAYS_OF = {name: WorkingDay(working_day=number, at=at) for name, (number, at) in DAYS.items()}
OF = replace(collection(), calendar=collection().calendar.model_copy(update=DAYS_OF))
AREAS = {area.code: area for area in OF.areas}
BEFORE, TODAY, AFTER, TOO_LATE = (datetime(2026, 11, day, 9, 30) for day in (4, 6, 10, 16))
DUE = datetime(2026, 11, 6, 17, 1)


def missing(area: str) -> ReturnStatus:
    return ReturnStatus(AREAS[area], ReturnState.MISSING, None, None)


def rejected(area: str) -> ReturnStatus:
    return ReturnStatus(AREAS[area], ReturnState.REJECTED, None, submission(area, PERIOD, Outcome.REJECTED))


def returned(area: str) -> ReturnStatus:
    one = submission(area, PERIOD)
    return ReturnStatus(AREAS[area], ReturnState.ACCEPTED, one, one)


RETURNS = (missing("AAA"), rejected("BBB"), returned("CCC"), returned("DDD"), returned("EEE"))


def chased(chase: Chase, edition: str, moment: datetime, returns: tuple[ReturnStatus, ...] = RETURNS) -> Letter:
    return chase_letter(OF, PERIOD, chase, edition, returns, moment, REPORTS)


def flat(letter: Letter) -> str:
    return " ".join(letter.text.replace(NBSP, " ").split())


SUBJECTS = [
    (Chase.REMINDER, "AAA", BEFORE, "Due in 2 working days", "Ashdale, ", "no return has come"),
    (Chase.REMINDER, "AAA", TODAY, "Due today", "Ashdale, ", "no return has come"),
    (Chase.CHASER, "AAA", DUE, "Overdue since today", "Ashdale, ", "no return has come"),
    (
        Chase.CHASER,
        "BBB",
        AFTER,
        "Overdue by 2 working days",
        "Brookmoor, ",
        "version 1 was rejected, and no other counts",
    ),
    (Chase.ESCALATION, "AAA", AFTER, "The return of Ashdale is not in", "Ashdale, ", "2 working days overdue"),
    (Chase.ESCALATION, "ALL", TOO_LATE, "2 of 5 returns are not in", "", "6 working days overdue"),
    (Chase.CHASER, "CCC", AFTER, "Nothing to do", "Cliff and Coast, ", "1 return in"),
]


@pytest.mark.parametrize(("chase", "edition", "moment", "verdict", "place", "count"), SUBJECTS)
def test_the_subject_has_the_count_and_what_is_missing(
    chase: Chase, edition: str, moment: datetime, verdict: str, place: str, count: str
) -> None:
    assert chased(chase, edition, moment).subject == f"{verdict}: Letters and files, {place}October 2026; {count}"


def test_who_owes_is_told_until_when_and_how_the_file_is_named_and_where_it_goes() -> None:
    said = flat(chased(Chase.REMINDER, "AAA", BEFORE))
    assert "Send the return for October 2026 by 17:00 on Friday 6 November 2026." in said
    assert "Name the file R-AAA-202610-v01, ending in .csv, and put it into your Area's folder, letters/AAA." in said
    assert "Until 12:00 on Thursday 12 November 2026 a late return still counts" in said
    assert "nil return" in said
    assert "ask assurance@example.org" in said


def test_after_a_rejection_the_next_version_is_wanted_and_the_receipt_named() -> None:
    said = flat(chased(Chase.CHASER, "BBB", AFTER))
    assert "Put right what the receipt lists" in said
    assert "Name the file R-BBB-202610-v02" in said
    assert "Last received: version 1, 4 November 2026, 10:12, London, rejected" in said


def test_after_the_cut_off_nobody_is_promised_a_place_in_the_first_report() -> None:
    for chase, edition in ((Chase.CHASER, "AAA"), (Chase.ESCALATION, "ALL")):
        said = flat(chased(chase, edition, TOO_LATE))
        assert "has passed" in said
        assert "still counts" not in said
        assert "counts in the next release" in said


def test_an_area_is_told_of_no_other() -> None:
    for chase in Chase:
        letter = chased(chase, "AAA", AFTER)
        for other in ("Brookmoor", "Cliff and Coast", "BBB"):
            assert other not in letter.html + letter.text + letter.subject


def test_the_nation_is_told_of_each_area_that_owes_and_of_no_other() -> None:
    said = flat(chased(Chase.ESCALATION, "ALL", AFTER))
    assert "Ashdale: no return has come; wanted is R-AAA-202610-v01" in said
    assert "Brookmoor: version 1 was rejected, and no other counts; wanted is R-BBB-202610-v02" in said
    assert "Elmshire" not in said
    everyone = tuple(map(missing, AREAS))
    assert "the report says of these 5 Areas: no return" in flat(chased(Chase.ESCALATION, "ALL", AFTER, everyone))


def test_html_and_text_say_the_same_and_the_same_again() -> None:
    for chase in Chase:
        letter = chased(chase, "BBB", AFTER)
        assert letter == chased(chase, "BBB", AFTER)
        for told in ("R-BBB-202610-v02", "Thursday 12 November 2026", "Questions to"):
            assert told in letter.html
            assert told in flat(letter)


# The request, the alert


ANSWER = Answer("R-1", "met", "We looked <again>.", "Ann, manager", datetime(2026, 11, 9, 14, 5))
OPEN, ANSWERED = Query("R-2", None, ("Is it so?",), 1), Query("R-1", "met", ("How so?",), 7, ANSWER)
ASKED = OfArea("AAA", 1, Asked((ANSWERED, OPEN), (WaivedRule("R-3", "Too early.", 1),)))


def asked(returns: tuple[OfArea, ...], failed: tuple[str, ...], moment: datetime = AFTER) -> Letter:
    request = SignOffRequest("letters/2026-10/2", "f" * 64, datetime(2026, 11, 13, 9, 30), failed, returns)
    return request_letter(OF, PERIOD, request, b"<p>report</p>", b"<p>shared</p>", moment, REPORTS)


def test_a_request_has_open_queries_and_faults_on_top_then_what_to_do_then_what_is_settled() -> None:
    letter = asked((ASKED,), ("Brookmoor: no return has come",))
    assert letter.subject == (
        "Sign-off wanted by 09:30 on Friday 13 November 2026: Letters and files, October 2026, release 2; "
        "1 query open, 1 thing not right"
    )
    said = flat(letter)
    wanted = ("R-2: Is it so?", "Brookmoor: no return", "What to do next", "R-1, column met, 7 times: How so?", "R-3")
    assert sorted(map(said.index, wanted)) == list(map(said.index, wanted))
    assert "f" * 64 in said
    assert "&lt;again&gt;" in letter.html
    assert [(one.file_name, one.content) for one in letter.attachments] == [
        ("report.html", b"<p>report</p>"),
        ("shareable.html", b"<p>shared</p>"),
    ]


def test_a_request_of_a_clean_release_has_no_empty_list_and_one_too_late_wants_an_answer_now() -> None:
    letter = asked((), (), TOO_LATE)
    assert letter.subject.startswith("Sign-off wanted now: ")
    assert letter.subject.endswith("0 queries open, 0 things not right")
    assert "Queries" not in letter.text
    assert (
        "Answer now, in Airflow under Required Actions, or so. Yes: assurance approve letters/2026-10/2 --sha256 "
        in flat(letter)
    )


def test_a_long_list_is_cut_and_says_by_how_much() -> None:
    letter = asked((), tuple(f"Fault {number}." for number in range(MOST_ITEMS + 7)))
    assert "And 7 more." in letter.html
    assert "* And 7 more." in letter.text
    assert f"Fault {MOST_ITEMS}." not in letter.text


@pytest.mark.parametrize("kind", AlertKind)
def test_an_alert_says_what_since_when_and_what_to_do(kind: AlertKind) -> None:
    letter = alert_letter(OF, kind, "letters/2026-10/2", datetime(2026, 11, 13, 9, 30), ["load, 3 times"], REPORTS)
    assert letter.subject.endswith(": Letters and files, letters/2026-10/2; since 13 November 2026, 09:30, London")
    said = flat(letter)
    assert "letters/2026-10/2" in said.partition("What to do next")[0]
    assert "1. " in said.partition("What to do next")[2]
    assert "{" not in said
