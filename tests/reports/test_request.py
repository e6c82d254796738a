"""Who signs off reads first what nobody answered and what is not as it should be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from assurance.catalogue import WorkingDay
from assurance.measures.words import NBSP
from assurance.model import Answer, Arrival, Asked, Outcome, Query, ReturnState, ReturnStatus, WaivedRule
from assurance.reporting.asking import request_card
from assurance.reporting.request import SignOffRequest, sign_off_request
from tests.reports.builders import PERIOD, collection, submission

RELEASE_DAY = WorkingDay(working_day=10, at="09:30")
OF = replace(collection(), calendar=collection().calendar.model_copy(update={"release": RELEASE_DAY}))
AREAS = {area.code: area for area in OF.areas}
ANSWER = Answer("R-1", "met", "We looked again.", "Ann, manager", datetime(2026, 11, 9, 14, 5))
OPEN = Query("R-2", None, ("Is it so?",), 1)
ANSWERED = Query("R-1", "met", ("How so?", "And here?"), 7, ANSWER)
WAIVED = WaivedRule("R-3", "Too early. Waived until 1 April 2027: the new system.", 2)


def came(area: str, **other: object) -> ReturnStatus:
    """A return that counts."""
    one = submission(area, PERIOD, **other)  # type: ignore[arg-type]
    return ReturnStatus(AREAS[area], ReturnState(one.outcome.value), one, one)


def asked_for(*returns: ReturnStatus, without: str = "", **asked: Asked) -> SignOffRequest:
    """The request for a release of all these returns but one, of what some Areas are asked."""
    ids = {r.area.code: r.in_force.submission_id for r in returns if r.in_force}
    by_id: Mapping[str, Asked] = {ids[area]: what for area, what in asked.items()}
    made_from = [submission_id for area, submission_id in ids.items() if area != without]
    return sign_off_request(OF, PERIOD, "plain/2026-10/1", "f" * 64, made_from, returns, by_id)


def lines(request: SignOffRequest) -> list[str]:
    return [line.replace(NBSP, " ") for line in request.lines()]


def test_it_names_the_release_its_content_and_the_hour_by_which_the_calendar_wants_it() -> None:
    first, second, third = lines(asked_for(came("AAA")))
    assert first == "Release plain/2026-10/1 may be sent, yes or no? By 13 November 2026, 09:30, London."
    assert second == f"The answer holds for the content {'f' * 64} and no other."
    assert third == "queries: 0 open, 0 answered"


def test_open_queries_come_first_then_the_answered_with_their_answers_then_what_is_waived() -> None:
    both = Asked((ANSWERED, OPEN), (WAIVED,))
    assert lines(asked_for(came("AAA"), came("BBB"), AAA=both, BBB=Asked((OPEN,))))[2:] == [
        "queries: 2 open, 1 answered",
        "  open: AAA v01 R-2: Is it so?",
        "  open: BBB v01 R-2: Is it so?",
        "  answered: AAA v01 R-1, column met, 7 times: How so? And here?"
        " “We looked again.” Ann, manager, 9 November 2026, 14:05",
        "waived: 1 rule",
        "  waived: AAA v01 R-3, 2 times: Too early. Waived until 1 April 2027: the new system.",
    ]


def test_what_is_not_as_it_should_be_stands_before_what_is_settled() -> None:
    missing = ReturnStatus(AREAS["BBB"], ReturnState.MISSING, None, None)
    said = lines(asked_for(came("AAA"), missing, AAA=Asked((ANSWERED, OPEN))))[2:]
    assert [line.strip().partition(":")[0] for line in said] == [
        "queries",
        "open",
        "not as it should be",
        "answered",
    ]


def test_an_answer_that_was_carried_over_says_from_which_version() -> None:
    carried = Answer("R-1", "met", "As before.", "Ann", ANSWER.at, "0" * 16, 3)
    (line,) = [
        line
        for line in lines(asked_for(came("AAA"), AAA=Asked((Query("R-1", "met", ("So?",), 1, carried),))))
        if "As before" in line
    ]
    assert line.endswith("carried over from v03")


def test_an_answer_to_what_nobody_asked_is_shown_apart() -> None:
    said = lines(asked_for(came("AAA"), AAA=Asked(unasked=(ANSWER,))))
    assert said[2] == "queries: 0 open, 0 answered"
    assert said[3].startswith("  said without a query: AAA v01: “We looked again.”")


def test_what_is_not_as_it_should_be_is_told_of_each_area() -> None:
    missing = ReturnStatus(AREAS["AAA"], ReturnState.MISSING, None, None)
    bad = submission("BBB", PERIOD, Outcome.REJECTED)
    rejected = ReturnStatus(AREAS["BBB"], ReturnState.REJECTED, None, bad)
    late = came("CCC", arrival=Arrival.LATE, rows_quarantined=2)
    newer = came("DDD", version=2)
    assert asked_for(newer, late, rejected, missing, without="DDD").failed == (
        "Ashdale: no return has come",
        "Brookmoor: the return was rejected, and no other counts",
        "Dunvale: version 2 counts now and is not in this release; build it again",
        f"Cliff and Coast: the return has 2{NBSP}rows quarantined",
        "Cliff and Coast: the return came late",
    )


def test_what_is_so_of_several_areas_is_one_thing() -> None:
    missing = (ReturnStatus(AREAS[area], ReturnState.MISSING, None, None) for area in ("AAA", "BBB"))
    late = (came(area, arrival=Arrival.AFTER_CUT_OFF) for area in ("CCC", "DDD"))
    assert asked_for(*late, *missing).failed == (
        "Ashdale and Brookmoor: no return has come",
        "Cliff and Coast and Dunvale: the return came after the cut-off",
    )


def test_an_area_of_which_there_is_nothing_to_say_is_not_named() -> None:
    request = asked_for(came("AAA"), came("BBB"), AAA=Asked(), BBB=Asked((OPEN,)))
    assert [of.area for of in request.returns] == ["BBB"]
    assert request.failed == ()


def test_what_airflow_shows_has_no_word_of_what_an_area_said_and_is_no_markup() -> None:
    asked = Query("R_2", None, ("Is *it* <so>? {{ x }}",), 1, None, ANSWER)
    missing = ReturnStatus(AREAS["BBB"], ReturnState.MISSING, None, None)
    card = request_card(asked_for(came("AAA"), missing, AAA=Asked((ANSWERED, asked), (WAIVED,))))
    assert card.subject == "Sign-off of release plain/2026-10/1, content ffffffffffff"
    body = card.body.replace(NBSP, " ")
    first, *rest = body.split("\n\n")
    assert first.startswith("**May this release be sent as it is? 1 query open, 1 thing not right.**")
    assert [part for part in rest if part.startswith("#")] == [
        "### Queries that nobody has answered",
        "### What is not right",
        "### Rules that were waived",
    ]
    assert r"- AAA v01 R\_2: Is \*it\* \<so\>? \{\{ x \}\}" in rest
    assert "We looked again" not in body
    assert "What Areas answered (1) stands in the mail" in body
    assert f"`{'f' * 64}` and no other" in body
