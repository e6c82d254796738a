"""The page and the table for partners: every number on them is a released cell, and hidden is never a number."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from functools import cache

import pytest
from builders import RELEASES, REPORTS, collection, of_cases, release
from test_pages import Reader, text

from assurance.measures.disclosure import Cell
from assurance.model import ReleasedCell
from assurance.reporting.facts import Head, ReleaseFacts, Shared
from assurance.reporting.measured import QUARTER, measure
from assurance.reporting.pages import shareable_page
from assurance.reporting.release import render, shared_cells
from assurance.reporting.shareable import HIDDEN, Shareable, released_cells, shareable, shareable_csv

HEAD = Head(7, "0" * 64)
SMALL = release(of=of_cases(), assessed=20, rates={"AAA": [1.0] * 13 + [0.95]})
"""Ashdale has missed one check of each standard in three months."""
NUMBER = re.compile(r"[0-9][0-9,]*(?:\.[0-9]+)?")


@cache
def shared_of(name: str) -> Shareable:
    return shareable(measure(RELEASES[name]))


def page_of(facts: ReleaseFacts) -> str:
    measured = measure(facts)
    return shareable_page(measured, shareable(measured), REPORTS)


def rows_of(facts: ReleaseFacts) -> list[dict[str, str]]:
    measured = measure(facts)
    return list(csv.DictReader(io.StringIO(shareable_csv(measured, shareable(measured)))))


@pytest.mark.parametrize("name", RELEASES)
def test_every_state_renders_whole_and_small(name: str) -> None:
    page = shareable_page(measure(RELEASES[name]), shared_of(name), REPORTS)
    assert len(page.encode()) <= 150_000
    read = Reader(page)
    ids = [attributes["id"] for _, attributes in read.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert len(read.all("h1")) == 1
    assert len(read.all("caption")) == len(read.all("table"))
    assert all(cell.get("scope") for cell in read.all("th"))
    assert not re.search(r"\b(None|nan|Undefined)\b|\{\{|%\}", text(page).replace("{{ 7*7 }}", ""))
    assert "<script>alert" not in page


@pytest.mark.parametrize("name", ["usual", "every state", "cases", "with targets"])
def test_what_is_shown_is_the_three_month_figure(name: str) -> None:
    measured = measure(RELEASES[name])
    seen = 0
    for cell, figure in shared_of(name).figures.items():
        if figure.split and (cell.owner == "ALL" or cell.standard != "ALL"):
            counts = measured.figure(QUARTER, cell.area, cell.standard).counts
            assert counts
            assert (figure.split.met, figure.split.assessed) == (counts.met, counts.assessed)
            seen += 1
    assert seen >= 5


def test_every_number_of_the_tables_is_a_released_cell() -> None:
    for facts in (SMALL, RELEASES["cases, every state"]):
        rows = rows_of(facts)
        printed = set[str]()
        for row in rows:
            if row["rate"].replace(".", "").isdigit():
                printed |= {f"{float(row['rate']) * 100:.1f}", f"{int(row['met']):,}", f"{int(row['assessed']):,}"}
        tables = re.findall(r"<tbody>.*?</table>", page_of(facts), flags=re.DOTALL)
        assert tables
        found = {number for table in tables for number in NUMBER.findall(re.sub(r"<th.*?<td|<[^>]+>", " ", table))}
        assert found
        assert found <= printed | {"0"}


def test_hidden_is_a_mark_in_every_place_and_never_a_number() -> None:
    rows = [row for row in rows_of(SMALL) if row["marks"] == HIDDEN]
    assert rows
    for row in rows:
        assert {row[name] for name in ("assessed", "met", "not_met", "rate")} == {HIDDEN}
    seen = text(page_of(SMALL))
    assert f"{len(rows)} of {len(rows_of(SMALL))} figures" in seen
    assert seen.count(HIDDEN) > len(rows)
    assert "[c] hidden, because it is a number from 1 to 4" in seen.replace("\N{NO-BREAK SPACE}", " ")


def test_missing_nil_and_hidden_look_different() -> None:
    marks = {row["area"]: row["marks"] for row in rows_of(RELEASES["every state"]) if row["owner"] == "ALL"}
    assert (marks["AAA"], marks["BBB"], marks["CCC"]) == ("[n]", "[x]", "[x]")
    assert marks["DDD"] == "[p]"


def test_where_no_return_is_in_there_is_no_figure() -> None:
    facts = RELEASES["all missing"]
    assert {row["marks"] for row in rows_of(facts)} == {"[x]"}
    assert "There is no national figure" in text(page_of(facts))


def test_a_collection_of_one_owner_has_no_table_by_owner() -> None:
    assert {row["owner"] for row in rows_of(release(of=collection())) if row["standard"] == "ALL"} == {"ALL"}


def test_standards_that_stand_in_no_rate_are_not_shared() -> None:
    assert "S03" not in {row["standard"] for row in rows_of(release(of=collection()))}


def test_a_figure_that_moved_since_the_last_release_of_the_month_says_so() -> None:
    facts = release(of=of_cases())
    cells = released_cells(shareable_csv(measure(facts), shareable(measure(facts))))
    moved = tuple(replace(cell, met=cell.met - 7) if cell.area == "AAA" and cell.met else cell for cell in cells)
    returns = {(sent.period, sent.area): f"{sent.submission_id} before" for sent in facts.inputs}
    counts = {
        f"{sent.submission_id} before": {
            row.standard: (row.counts.met, row.counts.partly + row.counts.not_met)
            for row in facts.rows
            if (row.period, row.area) == (sent.period, sent.area)
        }
        for sent in facts.inputs
    }
    again = replace(facts, shared=(Shared(facts.period, moved, returns),), shared_counts=counts)
    revised = {row["area"] for row in rows_of(again) if "[r]" in row["marks"]}
    assert revised == {"AAA"}
    assert "[r] revised since an earlier release" in text(page_of(again))


def test_what_stands_in_the_file_is_what_is_recorded() -> None:
    files = render(measure(SMALL), REPORTS, HEAD)
    shared = shareable(measure(SMALL))
    cells = {Cell(cell.area, cell.owner, cell.standard): cell for cell in shared_cells(files)}
    assert cells.keys() == shared.figures.keys()
    for cell, figure in shared.figures.items():
        split = figure.split
        told = (split.assessed, split.met, "") if split else (None, None, figure.mark)
        assert cells[cell] == ReleasedCell(*cell, *told)


def test_a_table_that_is_withheld_says_so_and_holds_nothing() -> None:
    measured = measure(RELEASES["usual"])
    nothing = Shareable({}, ("CPS",))
    page = shareable_page(measured, nothing, REPORTS)
    assert released_cells(shareable_csv(measured, nothing)) == ()
    assert "<table" not in page
    assert "nothing is shown at all" in text(page)


def test_the_edition_is_mailed_to_nobody_yet() -> None:
    assert not [path for path in render(measure(RELEASES["usual"]), REPORTS, HEAD) if path.startswith("letters/share")]
