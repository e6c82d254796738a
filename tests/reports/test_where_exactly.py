"""Funnel, small charts, bars by owner and the matrix: right in every state, and never more than is known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cache

import pytest
from builders import (
    AIMED,
    AIMED_COLLECTION,
    NAMES,
    RELEASES,
    REPORTS,
    S,
    collection,
    measured_of,
    national_page,
    of_cases,
    release,
    standard,
)

from assurance.measures import words
from assurance.measures.comparison import Position
from assurance.measures.rates import TOO_FEW
from assurance.model import NATION, Direction
from assurance.reporting.facts import ReleaseFacts
from assurance.reporting.measured import QUARTER, Measured, measure
from assurance.reporting.views.funnel import Funnel, funnel
from assurance.reporting.views.matrix import Matrix, matrix
from assurance.reporting.views.multiples import MOST_DRAWN
from assurance.reporting.views.page import NationalPage, national

MANY = {f"A{i:02d}": f"Area {i}" for i in range(13)}


@cache
def page_of(name: str) -> NationalPage:
    return national(measured_of(name))


def funnel_of(rates: Mapping[str, float], *, assessed: int = 300, **other: object) -> tuple[Measured, Funnel]:
    of = collection(names={code: MANY[code] for code in rates}, direction=Direction.UP)
    made = measure(release(of=of, rates=rates, assessed=assessed, **other))  # type: ignore[arg-type]
    drawn = funnel(made)
    assert drawn is not None
    return made, drawn


def spread(*rates: float) -> dict[str, float]:
    return dict(zip(MANY, rates, strict=False))


# The funnel


@pytest.mark.parametrize(
    "name", ["one Area", "two Areas", "all missing", "constant", "all met", "all missing at first"]
)
def test_there_is_no_funnel_where_there_is_nothing_to_compare(name: str) -> None:
    assert page_of(name).funnel is None
    assert 'id="funnel-t"' not in national_page(RELEASES[name], REPORTS)


@pytest.mark.parametrize("name", sorted(RELEASES))
def test_the_funnel_holds_the_areas_that_are_compared_and_calls_none(name: str) -> None:
    made = measured_of(name)
    drawn = funnel(made)
    if drawn is None:
        return
    assert len(drawn.lines) == made.compared
    for line in drawn.lines:
        assert line.figure is made.figure(QUARTER, line.figure.area)
        assert line.dot.kind == (line.figure.position or Position.SIMILAR)
        assert bool(line.dot.name) == (line.is_called or line.is_beyond)
        assert line.chance.low <= drawn.centre <= line.chance.high


def test_areas_that_are_alike_lie_within_the_limits() -> None:
    _, drawn = funnel_of(dict.fromkeys(MANY, 0.9))
    assert drawn.title == "All 13 Areas lie within the limits of chance"
    assert not drawn.usual
    assert len(drawn.notes) == 1
    assert "there are no wider lines" in drawn.notes[0]


def test_an_area_in_which_everything_was_met_is_not_outside_for_that() -> None:
    _, drawn = funnel_of(spread(1.0, 1.0, 1.0, 0.98, 0.98), assessed=40)
    assert "lie within the limits of chance" in drawn.title


def test_an_area_that_is_called_is_named_in_the_picture() -> None:
    _, drawn = funnel_of({**dict.fromkeys(MANY, 0.9), "A03": 0.6})
    (named,) = [line.dot for line in drawn.lines if line.dot.name]
    assert (named.name, named.kind) == ("Area 3, lower", "lower")
    assert drawn.title == "1 of 13 Areas lies outside the limits of chance and the wider ones too: Area 3"
    assert not any("not called" in note for note in drawn.notes)


def test_a_note_says_why_an_area_outside_is_not_called() -> None:
    made, drawn = funnel_of(spread(*[0.80, 0.85, 0.90, 0.95] * 3, 0.875), assessed=3000)
    assert made.compared == 13
    outside = [line for line in drawn.lines if line.is_outside and not line.is_called]
    assert outside
    (note,) = [note for note in drawn.notes if "not called" in note]
    assert note.endswith("(no further from the typical Area than Areas usually differ). The picture decides nothing.")
    assert drawn.usual
    assert drawn.title.endswith("0 of them outside the wider ones too")


def test_an_area_just_by_the_typical_one_is_not_called_however_much_is_known_of_it() -> None:
    made, drawn = funnel_of({**dict.fromkeys(MANY, 0.9), "A03": 0.885}, assessed=12000)
    assert made.figure(QUARTER, "A03").position is Position.SIMILAR
    (note,) = [note for note in drawn.notes if "not called" in note]
    assert "Area 3 (less than 2.0\N{NO-BREAK SPACE}points from the typical Area)" in note


def test_a_call_within_the_wider_lines_is_explained() -> None:
    rates = spread(*[0.90] * 9, 0.80, 0.80, 0.80, 0.80)
    made, drawn = funnel_of(rates, assessed=2000)
    called = [line.name for line in drawn.lines if line.is_called and not line.is_beyond]
    assert called
    assert made.compared == 13
    (note,) = [note for note in drawn.notes if note.startswith("Called, though not outside all lines")]
    assert all(name in note for name in called)


def test_where_checks_are_of_cases_the_funnel_counts_cases() -> None:
    drawn = page_of("cases").funnel
    assert drawn is not None
    assert drawn.sizes == "Cases looked at"
    assert {line.size for line in drawn.lines} == {600}


# The matrix


def matrix_of(facts: ReleaseFacts) -> Matrix:
    made = matrix(measure(facts))
    assert made is not None
    return made


@pytest.mark.parametrize("name", sorted(RELEASES))
def test_every_cell_says_what_the_figure_says(name: str) -> None:
    made = measured_of(name)
    laid_out = matrix_of(RELEASES[name])
    rows = [row for group in laid_out.groups for row in group.rows]
    assert sorted(row.standard.code for row in rows) == sorted(each.code for each in made.counted)
    for row in rows:
        for area, cell in zip(laid_out.areas, row.cells, strict=True):
            figure = made.figure(QUARTER, area.code, row.standard.code)
            if figure.rate is None:
                assert cell.shown == words.absent(figure)
            elif figure.counts and figure.counts.assessed < TOO_FEW:
                assert (cell.shown, cell.kind) == (words.FEW, "")
            else:
                assert f"{cell.shown}\N{NO-BREAK SPACE}%" == words.percent(figure.rate)
            known = figure.verdict.value if laid_out.judged else (figure.position or Position.SIMILAR).value
            assert cell.kind in ("", known)


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("with targets", "5 of 10 results are known to be below their target; most in Ashdale (2)"),
        ("usual", "0 of 10 results differ from the typical Area"),
        ("one Area", "0 of 2 results differ from the typical Area"),
        ("all missing", "0 results by Area and standard can be judged"),
        ("too few", "0 results by Area and standard can be judged"),
        ("all met", "0 of 10 results are known to be below their target"),
    ],
)
def test_the_heading_is_the_finding(name: str, heading: str) -> None:
    assert matrix_of(RELEASES[name]).heading.replace("\N{NO-BREAK SPACE}", " ") == heading


@pytest.mark.parametrize(
    ("said", "areas", "heading"),
    [
        ({"not_met": 1}, {"A": 1, "B": 0}, "1 of 9 results is known to be below their target"),
        ({"not_met": 5}, {"A": 3, "B": 2}, "5 of 9 results are known to be below their target; most in A (3)"),
        (
            {"not_met": 4},
            {"A": 2, "B": 2},
            "4 of 9 results are known to be below their target; most in A and B (2 each)",
        ),
        ({"not_met": 3}, {"A": 1, "B": 1, "C": 1}, "3 of 9 results are known to be below their target"),
    ],
)
def test_most_is_said_of_few_areas_only(said: dict[str, int], areas: dict[str, int], heading: str) -> None:
    assert words.matrix_heading(said, 9, areas, judged=True).replace("\N{NO-BREAK SPACE}", " ") == heading


def test_without_targets_results_stand_beside_the_typical_area() -> None:
    facts = release(of=collection(names=MANY), rates={**dict.fromkeys(MANY, 0.9), "A03": 0.5, "A05": 1.0})
    laid_out = matrix_of(facts)
    assert laid_out.kinds == ("lower", "higher")
    assert laid_out.heading.replace("\N{NO-BREAK SPACE}", " ") == (
        "4 of 26 results differ from the typical Area, 2 lower and 2 higher; most in Area 3 and Area 5 (2 each)"
    )
    html = national_page(facts, REPORTS)
    assert html.count('<td class="l">50.0<i>lower</i>') == 2
    assert html.count('<td class="h">100.0<i>higher</i>') == 2


def test_an_area_without_a_return_has_its_mark_in_every_cell_and_no_count() -> None:
    laid_out = matrix_of(release(of=AIMED_COLLECTION, states={"BBB": S.MISSING, "CCC": S.REJECTED}))
    column = [area.code for area in laid_out.areas].index("BBB")
    assert {row.cells[column].shown for group in laid_out.groups for row in group.rows} == {"[x]"}
    assert laid_out.said[column] == "[x]"
    assert ("[x]", "no return") in laid_out.legend


def test_a_standard_that_counts_in_no_rate_is_not_laid_out() -> None:
    assert (
        "Kept apart"
        not in national_page(RELEASES["usual"], REPORTS).partition('id="matrix"')[2].partition("</section")[0]
    )


def test_the_matrix_stands_on_the_page_of_the_nation_alone() -> None:
    assert not (REPORTS / "sections" / "50_matrix" / "area.html.jinja").exists()


# Small charts and bars


@pytest.mark.parametrize("name", sorted(RELEASES))
def test_what_is_not_met_or_has_moved_is_drawn_and_nothing_else(name: str) -> None:
    page = page_of(name)
    figures = measured_of(name).counted_figures(NATION, "1m")
    odd = {f.standard for f in figures if f.verdict.value == "not_met" or f.variation in words.UNUSUAL}
    drawn = {one.line.standard.code for one in page.multiples.drawn} if page.multiples else set()
    assert drawn == odd
    assert national_page(RELEASES[name], REPORTS).count('aria-labelledby="m-') == len(odd)


def test_no_more_than_nine_are_drawn_the_furthest_below_target_first() -> None:
    targets = ["0.90", "0.99", "0.95", *["0.92"] * 9]
    many = [standard(f"S{i:02d}", f"Standard {i}", each, direction=Direction.UP) for i, each in enumerate(targets)]
    found = national(
        measure(release(of=collection(many, direction=Direction.UP), rates=dict.fromkeys(NAMES, 0.7)))
    ).multiples
    assert found is not None
    assert len(found.drawn) == MOST_DRAWN
    assert [one.line.standard.code for one in found.drawn[:2]] == ["S01", "S02"]
    assert found.note == "9 of them are drawn, the furthest below target first."
    assert found.title == "12 of 12 standards are not met or have changed by more than usual"


def test_a_small_chart_says_its_finding() -> None:
    found = page_of("with targets").multiples
    assert found is not None
    assert [one.title.replace("\N{NO-BREAK SPACE}", " ") for one in found.drawn] == ["Files complete: 83.0 %, not met"]
    assert len(found.months) == 14


def test_bars_need_targets_and_owners() -> None:
    bars = page_of("with targets").owners
    assert bars is not None
    assert bars.title == "Not met: CPS 0 of 1, Police 1 of 1"
    assert (
        bars.description == "CPS, 1\N{NO-BREAK SPACE}standard: 1 met. Police, 1\N{NO-BREAK SPACE}standard: 1 not met."
    )
    assert page_of("usual").owners is None
    alone = tuple(replace(each, owner="CPS") for each in AIMED)
    assert national(measure(release(of=collection(alone, direction=Direction.UP)))).owners is None
    assert page_of("all missing").owners is None


def test_bars_count_every_standard_that_has_a_target() -> None:
    for name in RELEASES:
        page = page_of(name)
        if page.owners:
            aimed = [each for each in page.facts.standards if each.counted and each.target is not None]
            assert sum(part.count for bar in page.owners.bars for part in bar.parts) == len(aimed)


def test_a_title_and_a_heading_of_the_trend_read_well_together() -> None:
    rates = [*[0.80, 0.81] * 6, *[0.90, 0.91] * 4, 0.83]
    trend = national(measure(release(months=21, rates=dict.fromkeys(NAMES, rates)))).trend
    assert trend.heading.endswith("in October 2026 is within the usual variation")
    assert re.fullmatch(
        r"\d+ of 21 months were unusual, the latest in September 2026; October 2026 was not", trend.title
    )


def test_a_collection_of_cases_with_a_standard_without_target_marks_none_of_it() -> None:
    aimless = (standard("S01", "Letters answered", direction=Direction.UP), *of_cases().standards[1:])
    facts = release(of=of_cases(aimless), rates=dict.fromkeys(NAMES, 0.5))
    first = matrix_of(facts).groups[0].rows[0]
    assert first.standard.target is None
    assert not any(cell.kind for cell in first.cells)
    assert aimless[1].target == Decimal("0.95")
