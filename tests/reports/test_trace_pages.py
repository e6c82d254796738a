"""Trace pages name every number of their edition, show that edition alone, and are right in every state of a release."""

from __future__ import annotations

import re
from functools import cache

import pytest
from builders import NAMES, PERIOD, RELEASES, REPORTS, measured_of

from assurance.measures.figures import WINDOWS, as_row
from assurance.model import NATION
from assurance.reporting.explaining import numbers
from assurance.reporting.figure_id import MEASURES, FigureId
from assurance.reporting.pages import render_trace

NAMES_OF_STATES = ("usual", "cases", "every state", "cases, an Area begins", "all missing at first")


@cache
def trace(name: str, edition: str) -> str:
    return render_trace(measured_of(name), edition, REPORTS)


@pytest.mark.parametrize("name", NAMES_OF_STATES)
@pytest.mark.parametrize("edition", [NATION, "AAA"])
def test_every_number_of_the_edition_has_its_anchor_and_no_other_has(name: str, edition: str) -> None:
    measured, page = measured_of(name), trace(name, edition)
    ids = re.findall(r'id="([^"]+/[^"]+)"', page)
    standards = (NATION, *measured.standards)
    assert sorted(ids) == sorted(
        f"{measured.facts.release_id}/{window}/{edition}/{standard}/{each}"
        for window in WINDOWS
        for standard in standards
        for each in MEASURES
    )
    assert {FigureId.parse(one).area for one in ids} == {edition}


@pytest.mark.parametrize("name", ["usual", "cases"])
def test_an_area_reads_of_no_other_area(name: str) -> None:
    page = trace(name, "AAA")
    others = [code for code in NAMES if code != "AAA"]
    assert not any(NAMES[code] in page or f"{code}-20" in page or f"{code} Police" in page for code in others)
    assert all(NAMES[code] in trace(name, NATION) for code in NAMES)


@pytest.mark.parametrize("name", RELEASES)
def test_what_fills_each_formula_can_be_told_in_every_state(name: str) -> None:
    measured = measured_of(name)
    told = [numbers(measured, figure, each) for figure in measured.figures.values() for each in MEASURES]
    assert all(told)


def test_the_counts_of_the_months_add_up_to_the_number() -> None:
    measured = measured_of("cases")
    for figure in measured.figures.values():
        told = numbers(measured, figure, "met")
        parts = [int(part.rpartition(" ")[2]) for part in told.partition(";")[0].split(" + ")]
        assert sum(parts) == as_row(figure)["met"], told


@pytest.mark.parametrize("name", RELEASES)
def test_the_comparison_that_is_explained_is_the_one_that_was_published(name: str) -> None:
    measured = measured_of(name)
    for figure in measured.area_figures:
        compared = measured.beside[figure.standard].get(figure.area)
        assert (compared.p_adjusted if compared else None) == figure.p_adjusted


def test_a_submission_is_named_by_its_whole_hash_once() -> None:
    page, facts = trace("cases", "AAA"), RELEASES["cases"]
    own = [each for each in facts.inputs if each.area == "AAA" and each.period and each.period > PERIOD.plus(-3)]
    assert [page.count(each.sha256) for each in own] == [1, 1, 1]
    assert all(f'href="#s-{each.submission_id}"' in page for each in own)
