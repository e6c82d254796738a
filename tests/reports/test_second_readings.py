"""What a page says of second readings and of figures that others published."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from builders import OTHERS_SAID, RELEASES, REPORTS, measured_of, of_cases, release, standard

from assurance.measures.words import Leaning, p_value
from assurance.model import NATION, Direction, Scale
from assurance.reporting.measured import measure
from assurance.reporting.pages import render_page
from assurance.reporting.views.foremost import MOST_LINES, foremost
from assurance.reporting.views.second_readings import SecondReadingsSection, published, second_readings


def section(name: str, area: str = NATION) -> SecondReadingsSection:
    found = second_readings(measured_of(name), area)
    assert found is not None
    return found


def said(name: str, area: str = NATION) -> str:
    html = render_page(measured_of(name), area, REPORTS)
    found = re.search(r'<section id="second_readings".*?</section>', html, re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0])).replace("\xa0", " ") if found else ""


def test_the_heading_says_who_agreed_with_how_much_and_which_side_was_stricter() -> None:
    assert section("cases, read").heading.replace("\xa0", " ") == (
        "The Inspectorate agreed with 86.4 % of 125 own answers; where they differ, the Areas judged themselves more strictly"
    )
    assert section("cases, read", "AAA").heading.endswith("you judged yourselves more strictly")
    assert section("cases, read by several").heading.startswith("Second assessors agreed with")
    assert section("cases, read and all alike").heading.replace("\xa0", " ") == (
        "The Inspectorate agreed with 100.0 % of 9 own answers"
    )
    assert section("cases, nothing compared").heading == "0 second readings could be compared"


def test_each_standard_says_its_side_only_where_chance_does_not_explain_it() -> None:
    sides = {line.title: line.leaning for line in section("cases, read").standards}
    assert sides == {"Letters answered": Leaning.STRICTER, "Answer in time": Leaning.CHANCE}


def test_the_p_beside_a_side_is_the_one_that_the_side_rests_on() -> None:
    text, lines = said("cases, read"), section("cases, read").standards
    assert any(line.p != line.found.sides.p for line in lines), "an adjustment that changes something"
    for line in lines:
        assert (line.p <= 0.05) is (line.leaning in (Leaning.GENEROUS, Leaning.STRICTER))
        sides = line.found.sides
        told = f"{sides.generous} against {sides.stricter}, {p_value(line.p)}"
        assert told.replace("\xa0", " ") in text


def test_standards_in_which_nothing_differs_are_one_line() -> None:
    alike = "2 standards: both answers are the same in all 53 checks."
    made = release(of=of_cases(), read=(("HMCPSI", "T01", "Y", "Y", 9), ("HMCPSI", "S01", "FM", "FM", 44)))
    national, own = (second_readings(measure(made), area) for area in (NATION, "AAA"))
    assert national is not None
    assert own is not None
    assert national.alike.replace("\xa0", " ") == own.alike.replace("\xa0", " ") == alike
    assert national.same == (("Letters answered", 44), ("Answer in time", 9))
    assert national.standards == own.standards == own.same == ()


def test_an_area_has_lines_for_those_that_differ_most_and_for_every_side_that_is_named() -> None:
    many = tuple(standard(f"T{i:02d}", f"Answer {i}", direction=Direction.UP, scale=Scale.TIMELY) for i in range(12))
    read = [
        ("HMCPSI", one.code, *pair) for one in many for pair in (("Y", "Y", 50), ("N", "Y", 1 + int(one.code[1:]) % 4))
    ]
    measured = measure(release(of=of_cases(many, reasons=None), read=read, given=()))
    national, own = (second_readings(measured, area) for area in (NATION, "AAA"))
    assert national is not None
    assert own is not None
    assert len(national.standards) == 12
    assert national.more == ""
    assert len(own.standards) == MOST_LINES
    assert [line.found.sides.differing for line in own.standards] == [3, 4, 3, 4, 3, 4]
    told = "6 more standards differ, in 9 of 309 checks; a side is named in none of them."
    assert own.more.replace("\xa0", " ") == told
    named = [replace(line, leaning=Leaning.STRICTER) for line in national.standards[:8]]
    assert foremost([*named, *national.standards[8:]], lambda line: line.found.sides) == tuple(named)


def test_what_found_no_check_and_what_has_changed_is_told() -> None:
    text = said("cases, read")
    assert "128 of 131 readings found the own answer to the same check; 3 are of a case" in text
    assert "2 own answers in 2 cases have changed since the reading came" in text
    assert "3 checks were judged by one side only" in text


def test_answers_by_degree_stand_in_a_table_of_three_with_their_weighted_agreement() -> None:
    assert "Fully met 60 1 0 Partly met 14 0 0 Not met 0 0 8" in said("cases, read")
    assert "Weighted AC1: 0.88" in said("cases, read")
    assert section("cases, read", "AAA").graded == ()


def test_an_area_reads_of_its_own_cases_only_and_nobody_elses() -> None:
    assert "agreed with" in said("cases, read", "AAA")
    assert said("cases, read", "BBB") == ""
    assert "published" not in said("cases, read", "AAA")


@pytest.mark.parametrize("name", ["usual", "cases", "cases, first month"])
def test_without_a_reading_or_a_published_figure_there_is_no_section(name: str) -> None:
    assert second_readings(measured_of(name), NATION) is None


def test_a_published_figure_says_what_can_be_said_and_what_not() -> None:
    text = said("cases, published")
    assert "0 second readings in twelve months; 2 figures that others published" in text
    assert "The Ministry: 99.4 % for “Letters answered”, of how many is not said, for which months is not said" in text
    assert "It can only come from 154 checks or more; we have no figure that is known to be of the same months" in text
    assert "The Inspectorate: 71.0 % for “Files complete”, of 200, from August to October 2026" in text
    assert re.search(r"ours of the same months is 8\d\.\d % of 3,000 \(.*?\): it is lower by more than chance", text)


def test_a_published_figure_is_not_held_against_a_part_of_its_months() -> None:
    facts = RELEASES["cases, published"]
    begun = min(row.period for row in facts.rows)
    longer = OTHERS_SAID[1].model_copy(update={"first": str(begun.plus(-1))})
    (line,) = published(replace(facts.collection, published=(longer,)), facts.rows)
    assert "we have no figure that is known to be of the same months" in line.says
