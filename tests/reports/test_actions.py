"""What is to be done stands in a report as it stood on the report's own day: owed by whom, due when, done since when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
import time_machine
from builders import (
    AIMED_COLLECTION,
    HOSTILE,
    RELEASES,
    REPORTS,
    TO_DO,
    area_page,
    collection,
    national_page,
    release,
    render_release,
)
from test_pages import text

from assurance.catalogue.schema import Action, LaterDue
from assurance.measures.words import NBSP
from assurance.model import NATION
from assurance.reporting.facts import ReleaseFacts
from assurance.reporting.views.actions import Actions, actions

RELEASE_DAY = date(2026, 11, 6)
"""That of the calendar of the builders: the fifth working day of the month after October 2026."""


def facts_with(*some: Action, **others: object) -> ReleaseFacts:
    return release(of=replace(AIMED_COLLECTION, actions=some), **others)  # type: ignore[arg-type]


def told(facts: ReleaseFacts, area: str = NATION) -> Actions:
    found = actions(facts, area)
    assert found is not None
    return found


def plain(said: str) -> str:
    return said.replace(NBSP, " ")


def action(number: int, **keys: object) -> Action:
    given: Mapping[str, object] = {"title": f"Do {number}", "owner": "The forum", "raised": "2026-09-01"}
    return Action.model_validate({"id": f"A-{number:03d}", "due": "2026-10-30", **given, **keys})


DONE = {"done": "2026-11-03", "outcome": "It is done"}
STATES = {
    "open": ([{"due": "2026-11-06"}], "1 action open, the next due on 6 November 2026", ""),
    "open, the first to come told": (
        [{"due": "2026-12-01"}, {"due": "2026-11-20"}],
        "2 actions open, the next due on 20 November 2026",
        "",
    ),
    "overdue": ([{}, {"due": "2026-12-01"}], "2 actions open, 1 overdue since 30 October 2026", ""),
    "overdue since the day before": ([{"due": "2026-11-05"}], "1 action open, 1 overdue since 5 November 2026", ""),
    "several overdue": (
        [{}, {"due": "2026-10-02"}],
        "2 actions open, 2 overdue, the longest since 2 October 2026",
        "",
    ),
    "done since the report before": ([DONE], "No action is open", "1 action was done since 7 October 2026."),
    "done on the day of the report before": (
        [DONE | {"done": "2026-10-07"}],
        "No action is open",
        "0 actions were done since 7 October 2026, and 1 before.",
    ),
    "done long before, and one since": (
        [DONE, DONE | {"done": "2026-09-02"}],
        "No action is open",
        "1 action was done since 7 October 2026, and 1 before.",
    ),
    "done on the day of the report": (
        [DONE | {"done": "2026-11-06"}],
        "No action is open",
        "1 action was done since 7 October 2026.",
    ),
    "done the day after": ([DONE | {"done": "2026-11-07"}], "1 action open, 1 overdue since 30 October 2026", ""),
    "moved": (
        [{"later": [{"agreed": "2026-11-06", "due": "2026-11-30", "reason": "Later"}]}],
        "1 action open, the next due on 30 November 2026",
        "",
    ),
    "to be moved the day after": (
        [{"later": [{"agreed": "2026-11-07", "due": "2026-11-30", "reason": "Later"}]}],
        "1 action open, 1 overdue since 30 October 2026",
        "",
    ),
}


@pytest.mark.parametrize("name", STATES)
def test_the_heading_is_what_is_open_and_overdue_on_the_day_of_the_report(name: str) -> None:
    entries, heading, done = STATES[name]
    found = told(facts_with(*(action(number, **entry) for number, entry in enumerate(entries, 1))))
    print(f"{name}: {plain(found.heading)}. {plain(found.done)}")
    assert (plain(found.heading), plain(found.done)) == (heading, done)


def test_the_overdue_come_first_and_what_was_done_of_late_last() -> None:
    found = told(RELEASES["with actions"])
    assert found.day == RELEASE_DAY
    assert [(line.action.id, line.state, line.due.isoformat()) for line in found.lines] == [
        ("A-002", "overdue", "2026-10-30"),
        ("A-003", "open", "2026-11-27"),
        ("A-004", "done", "2026-11-02"),
    ]
    assert plain(found.done) == "1 action was done since 7 October 2026, and 1 before."
    moved, done = found.lines[1], found.lines[2]
    assert plain(moved.note) == "Due 9 October 2026 at first, moved once: New boxes come in November."
    assert (moved.place, moved.standard, done.note) == ("Ashdale", "Files complete", "All are blue.")


def test_what_was_raised_later_is_not_there_and_nothing_raised_is_no_section() -> None:
    later = action(1, raised="2026-11-07", due="2026-12-01")
    assert actions(facts_with(later), NATION) is None
    assert actions(release(), NATION) is None
    assert 'id="actions"' not in national_page(facts_with(later), REPORTS)


def test_what_came_after_the_release_day_makes_the_day_a_later_one() -> None:
    facts = facts_with(action(1, raised="2026-11-20", due="2026-12-01"))
    (first, *others) = facts.inputs
    last = replace(first, received_at=datetime(2026, 11, 19, 23, 59))
    assert actions(replace(facts, inputs=(last, *others)), NATION) is None
    last = replace(first, received_at=datetime(2026, 11, 20, 0, 0))
    assert told(replace(facts, inputs=(last, *others))).day == date(2026, 11, 20)


def test_a_report_after_a_month_that_is_not_collected_looks_back_over_it() -> None:
    of = replace(collection(not_collected=("2026-09",)), actions=(action(1, **DONE | {"done": "2026-09-15"}),))
    assert plain(told(release(of=of)).done) == "1 action was done since 7 September 2026."


def test_an_area_sees_its_own_actions_and_those_of_all_and_no_other() -> None:
    pages = render_release(RELEASES["with actions"], REPORTS)
    titles = [one.title for one in TO_DO]
    seen = {path: [title for title in titles if title in page] for path, page in pages.items()}
    assert seen["national.html"] == [titles[1], titles[2], titles[3]]
    assert seen["areas/AAA.html"] == [titles[1], titles[2]]
    assert seen["areas/BBB.html"] == [titles[1], titles[3]]
    assert seen["areas/CCC.html"] == [titles[1]]
    assert "Brookmoor" not in text(pages["areas/AAA.html"])


def test_an_area_for_which_nothing_was_ever_raised_has_no_section() -> None:
    facts = facts_with(action(1, area="AAA"))
    assert 'id="actions"' in area_page(facts, "AAA", REPORTS)
    assert 'id="actions"' not in area_page(facts, "BBB", REPORTS)


def test_the_state_is_a_word_and_a_shape() -> None:
    page = national_page(RELEASES["with actions"], REPORTS)
    for kind, word in (("not_met", "Overdue"), ("usual", "Open"), ("met", "Done")):
        assert f'<span class="k-{kind}"><svg aria-hidden="true"><use href="#m-{kind}"/></svg>{word}</span>' in page


def test_where_all_was_done_before_there_is_no_table() -> None:
    seen = text(national_page(facts_with(action(1, **DONE | {"done": "2026-09-02"})), REPORTS))
    assert "No action is open" in seen
    assert "0 actions were done since 7 October 2026, and 1 before." in plain(seen)
    assert "Actions as they stood" not in seen


def test_hostile_words_stay_text() -> None:
    later = LaterDue(agreed="2026-10-08", due="2026-11-27", reason=HOSTILE)
    page = national_page(facts_with(action(1, title=HOSTILE, owner=HOSTILE, later=[later])), REPORTS)
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt; &amp;") == 3


def test_the_day_is_no_clock() -> None:
    facts = RELEASES["with actions"]
    now = told(facts)
    with time_machine.travel(datetime(2031, 3, 9, tzinfo=UTC)):
        assert told(facts) == now
