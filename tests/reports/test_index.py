"""The pages that lead to releases: what they say, where they lead, and how large they grow."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from builders import PERIOD, RELEASES, REPORTS, restated
from released import AREAS, COLLECTION, HERE, LOST, built

from assurance.measures import words
from assurance.measures.rates import percent
from assurance.model import NATION, ReturnState
from assurance.reporting.index import MONTHS, Condition, Lying, index, index_page, month, month_page, told
from assurance.reporting.measured import measure

EVERY = built(months=5)


def links(page: bytes) -> list[str]:
    return re.findall(r'href="([^"#]+(?:html|csv|json))"', page.decode())


def text(page: bytes) -> str:
    bare = re.sub(r"<style>.*?</style>|<[^>]+>", " ", page.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", bare)


def page_of(place: int = 0, lying: Lying = HERE) -> bytes:
    """The page of the month so many before the last."""
    period = PERIOD.plus(-place)
    return month_page(COLLECTION, period, EVERY, {one.release_id: lying for one in EVERY}, REPORTS)


def test_what_is_told_of_a_release_is_what_it_publishes() -> None:
    for facts in RELEASES.values():
        measured = measure(facts)
        said, rate = told(measured), measured.figure("1m", NATION).rate
        assert (said.headline and words.share(said.headline)) == (None if rate is None else percent(rate))
        assert said.returns == {status.area.code: status.state for status in facts.returns}
        assert (said.moved, said.why) == (None, ())
    facts, before = restated()
    said = told(measure(facts, before))
    assert said.moved
    assert said.moved >= said.at_once > 0
    assert said.why


def test_each_cell_says_what_had_become_of_the_return_and_leads_to_the_areas_page_of_the_last_release() -> None:
    shown = index(COLLECTION, EVERY, ())
    first = shown.years[0][1][0]
    assert (first.period, first.last.number, first.count) == (PERIOD, 3, 3)
    said = EVERY[0].told
    assert said
    for code, cell in zip(shown.areas, first.cells, strict=True):
        assert cell
        assert cell.word == words.INDEX_STATES[said.returns[code]][0]
        assert cell.late == (code in said.late)
        assert cell.path == f"{PERIOD}/3/areas/{code}.html"


@pytest.mark.parametrize("state", list(ReturnState))
def test_every_state_has_a_word_a_shape_and_a_meaning_of_its_own(state: ReturnState) -> None:
    for part in range(3):
        assert [each[part] for each in words.INDEX_STATES.values()].count(words.INDEX_STATES[state][part]) == 1


def test_the_legend_explains_what_is_there_and_nothing_else() -> None:
    page = index(COLLECTION, EVERY, ())
    used = {cell.word for _, lines in page.years for line in lines for cell in line.cells if cell}
    assert {word for _, word, _ in page.legend} == {*used, "late"}
    alike = replace(EVERY[0].told, returns=dict.fromkeys(AREAS, ReturnState.NIL), late=())  # type: ignore[type-var]
    assert [word for _, word, _ in index(COLLECTION, [replace(EVERY[0], told=alike)], ()).legend] == ["nil"]


def test_an_area_that_owed_nothing_is_told_from_one_that_is_missing_and_from_one_nobody_knows_of() -> None:
    fewer = replace(EVERY[0], told=replace(EVERY[0].told, returns={AREAS[0]: ReturnState.MISSING}))  # type: ignore[type-var]
    seen = text(index_page(COLLECTION, [fewer, *EVERY[3:]], (), REPORTS))
    assert "missing" in seen
    assert seen.count("not owed") == len(AREAS) - 1
    assert seen.count("not known") == len(AREAS), "of the oldest release nothing is recorded"


def test_a_release_whose_folder_is_lost_is_shown_and_nothing_leads_to_it() -> None:
    page = index_page(COLLECTION, EVERY, [EVERY[0].release_id], REPORTS)
    assert not [link for link in links(page) if link.startswith(f"{PERIOD}/3/")]
    assert f"{PERIOD}/index.html" in links(page)
    assert "3 folder lost" in text(page)


def test_the_index_leads_to_every_month_the_newest_first() -> None:
    for months in (1, 5, MONTHS, MONTHS + 30):
        page = index_page(COLLECTION, every := built(months=months + 1), (), REPORTS)
        found = [link.partition("/")[0] for link in links(page) if link.endswith("/index.html")]
        assert set(found) == {str(one.period) for one in every}
        assert len(found) == months + 1
        assert found[:MONTHS] == sorted(found, reverse=True)[:MONTHS]


@pytest.mark.parametrize("months", [24, 120])
def test_years_of_months_stay_small(months: int) -> None:
    """As many Areas as there are codes for in the longest names."""
    areas = tuple(f"A{number:02d}" for number in range(14))
    every = built(months=months, areas=areas)
    assert len(index_page(COLLECTION, every, (), REPORTS)) <= 110_000
    assert len(month_page(COLLECTION, PERIOD, every, {one.release_id: HERE for one in every}, REPORTS)) <= 60_000


def test_nothing_released_is_said() -> None:
    assert words.NOTHING_RELEASED in text(index_page(COLLECTION, [], (), REPORTS))


def test_a_months_page_tells_of_every_release_and_which_one_stands() -> None:
    seen = text(page_of())
    assert [seen.count(one.content_sha256) for one in EVERY[:3]] == [1, 1, 1]
    assert [seen.count(f"line {one.head.seq} {one.head.sha256}") for one in EVERY[:3] if one.head] == [1, 1, 1]
    assert (
        seen.index("This is the release that stands")
        < seen.index("Replaced by release 3")
        < seen.index("Replaced by release 2")
    )
    assert re.findall(r"Approval (Not signed off|Signed off by a standing setting)", seen) == [
        "Not signed off",
        "Signed off by a standing setting",
        "Not signed off",
    ]
    assert seen.count("14 figures, 3 of them by enough to call for this release") == 2
    assert seen.count("version 02 for 01 The rules for returns have changed") == 2


def test_a_months_page_leads_to_the_months_about_it_and_to_every_file_but_letters() -> None:
    found = links(page_of())
    assert found[:2] == [f"../{PERIOD.plus(-1)}/index.html", "../index.html"]
    of_release = {link for link in found if link.startswith("3/")}
    assert of_release == {f"3/{path}" for path in HERE.files if not path.startswith("letters/")}
    between = links(page_of(place=1))
    assert between[:3] == [f"../{PERIOD.plus(-2)}/index.html", f"../{PERIOD}/index.html", "../index.html"]
    assert links(page_of(place=4))[:2] == [f"../{PERIOD.plus(-3)}/index.html", "../index.html"]


@pytest.mark.parametrize(
    ("lying", "said"),
    [(LOST, "was not there or could not be read"), (Lying(Condition.CHANGED), "did not hold what was")],
)
def test_a_folder_that_is_lost_or_changed_is_said_and_nothing_leads_there(lying: Lying, said: str) -> None:
    page = page_of(lying=lying)
    assert said in text(page)
    assert not [link for link in links(page) if not link.startswith("../")]
    assert text(page).count(EVERY[0].content_sha256) == 1


def test_of_a_release_from_before_it_was_recorded_only_what_is_known_is_said() -> None:
    (old,) = month(COLLECTION, PERIOD.plus(-4), EVERY, {EVERY[-1].release_id: HERE}).releases
    assert (old.heading, old.moved, old.why) == ("Release 1", "", ())
    assert text(page_of(place=4))


def test_a_hostile_name_is_text() -> None:
    hostile = replace(COLLECTION, title="<b>&\"' title", areas=RELEASES["hostile names"].collection.areas)
    pages = (
        index_page(hostile, EVERY, (), REPORTS),
        month_page(hostile, PERIOD, EVERY, {one.release_id: HERE for one in EVERY}, REPORTS),
    )
    for page in pages:
        assert b"&lt;b&gt;&amp;" in page
        assert b"<script" not in page
        assert b"<b>&" not in page
