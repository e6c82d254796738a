"""The page and the table for partners: every number on them is a released cell, and hidden is never a number."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from functools import cache

import pytest
from builders import (
    GRADED,
    NAMES,
    NOTE,
    PRACTICE,
    RELEASES,
    REPORTS,
    S,
    collection,
    measured_of,
    of_cases,
    practised,
    release,
    restated,
)
from test_pages import Reader, text

from assurance.delivery.letter import Letter
from assurance.measures.comparison import Position
from assurance.measures.disclosure import Cell
from assurance.measures.words import NBSP
from assurance.model import Direction, Period, ReleasedCell
from assurance.reporting.facts import Cause, CauseKind, Head, ReleaseFacts, Shared
from assurance.reporting.measured import QUARTER, measure
from assurance.reporting.pages import shareable_page
from assurance.reporting.release import render, shared_cells
from assurance.reporting.shareable import HIDDEN, NAMED, Shareable, released_cells, shareable, shareable_csv
from assurance.reporting.shared_letter import shared_letter
from assurance.reporting.views.shareable import shared_page

HEAD = Head(7, "0" * 64)
SMALL = release(of=of_cases(), assessed=20, rates={"AAA": [1.0] * 13 + [0.95]})
"""Ashdale has missed one check of each standard in three months."""
NUMBER = re.compile(r"[0-9][0-9,]*(?:\.[0-9]+)?")


@cache
def shared_of(name: str) -> Shareable:
    return shareable(measured_of(name))


def plain(html: str) -> str:
    return text(html).replace(NBSP, " ")


def page_of(facts: ReleaseFacts) -> str:
    measured = measure(facts)
    return shareable_page(measured, shareable(measured), REPORTS)


def rows_of(facts: ReleaseFacts) -> list[dict[str, str]]:
    measured = measure(facts)
    return list(csv.DictReader(io.StringIO(shareable_csv(measured, shareable(measured)))))


@pytest.mark.parametrize("name", RELEASES)
def test_every_state_renders_whole_and_small(name: str) -> None:
    page = shareable_page(measured_of(name), shared_of(name), REPORTS)
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
    measured = measured_of(name)
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
    measured = measured_of("usual")
    nothing = Shareable({}, ("CPS",))
    page = shareable_page(measured, nothing, REPORTS)
    assert released_cells(shareable_csv(measured, nothing)) == ()
    assert "<table" not in page
    assert "nothing is shown at all" in text(page)


# Good practice


def named_of(facts: ReleaseFacts) -> list[tuple[str, str]]:
    return [(cell.area, cell.standard) for cell in shareable(measure(facts)).named]


def aimed(direction: Direction) -> ReleaseFacts:
    """Ashdale is far below the others, Elmshire is far above."""
    register = tuple(replace(each, direction=direction) for each in GRADED)
    return release(of=of_cases(register), rates={"AAA": 0.70, "EEE": 0.97})


def test_who_is_better_is_named_in_the_order_of_the_register_and_not_ranked() -> None:
    facts = RELEASES["good practice"]
    codes = [each.code for each in GRADED]
    assert named_of(facts) == [(area, code) for code in codes for area in ("DDD", "EEE")]
    seen = plain(page_of(facts))
    assert "In 4 of 4 standards an Area is better than the typical one: 2 Areas in all" in seen
    assert seen.count("Higher than the typical Area Dunvale and Elmshire") == 4
    assert PRACTICE in seen
    assert NOTE in seen
    assert "Lower than" not in seen


@pytest.mark.parametrize(
    ("direction", "named"), [(Direction.UP, {"EEE"}), (Direction.DOWN, {"AAA"}), (Direction.NEUTRAL, set())]
)
def test_better_is_the_way_the_register_says(direction: Direction, named: set[str]) -> None:
    facts = aimed(direction)
    assert {area for area, _ in named_of(facts)} == named
    assert ("Lower than the typical Area Ashdale" in plain(page_of(facts))) is (direction is Direction.DOWN)


@pytest.mark.parametrize(("met", "named"), [(0.975, True), (0.98, False), (1.0, False)])
def test_who_has_fewer_than_five_checks_not_met_or_none_is_not_named(met: float, named: bool) -> None:
    """Of 200 checks 5, 4 and 0 were not met; the other two months count as well, and have none."""
    of_months = [1.0] * 13 + [met]
    facts = release(of=of_cases(), rates={"AAA": 0.60, "BBB": 0.7, "CCC": 0.7, "DDD": 0.7, "EEE": of_months})
    assert measure(facts).figure(QUARTER, "EEE", "S01").position is Position.HIGHER
    assert (("EEE", "S01") in named_of(facts)) is named


def test_a_name_is_on_record_as_it_went_out_and_has_no_number_anywhere() -> None:
    facts = RELEASES["good practice"]
    rows = [row for row in rows_of(facts) if row["area"] == "EEE" and row["standard"] != "ALL"]
    assert {row[key] for row in rows for key in ("assessed", "met", "not_met", "rate", "marks")} == {NAMED}
    cells = shared_cells(render(measure(facts), REPORTS, HEAD))
    assert ReleasedCell("EEE", "CPS", "S01", None, None, NAMED) in cells
    again = replace(facts, shared=(Shared(facts.period, cells, {}),))
    assert named_of(again) == named_of(facts)


def test_an_area_without_a_figure_is_not_named() -> None:
    facts = release(of=of_cases(), rates={"AAA": 0.60, "EEE": 0.97}, states={"EEE": S.NIL})
    assert "EEE" not in {area for area, _ in named_of(facts)}


PACKS = {
    "nobody stands out": ("cases, first month", "", None),
    "text alone": ("text alone", "No Area can be named as better than the typical one in any of 4 standards", PRACTICE),
    "text and names": (
        "good practice",
        "In 4 of 4 standards an Area is better than the typical one: 2 Areas in all",
        PRACTICE,
    ),
    "names alone": ("cases", "In 4 of 4 standards an Area is better than the typical one: 1 Area in all", None),
}


@pytest.mark.parametrize("name", PACKS)
def test_the_pack_says_what_there_is_and_is_left_out_where_there_is_nothing(name: str) -> None:
    of, heading, practice = PACKS[name]
    page = page_of(release(of=practised()) if of == "text alone" else RELEASES[of])
    print(f"{name}: {heading or '(no section)'}")
    assert ('id="good_practice"' in page) is bool(heading)
    assert heading in plain(page)
    assert (PRACTICE in page) is (practice is not None)


# The letter


def letter_of(facts: ReleaseFacts) -> Letter:
    measured = measure(facts)
    page = shared_page(measured, shareable(measured))
    return shared_letter(page, shareable_page(measured, shareable(measured), REPORTS), b"", REPORTS)


SUBJECTS = {
    "good practice": "89.7 % over three months; 2 Areas named for good practice",
    "cases": "82.5 % over three months; 1 Area named for good practice",
    "usual": "85.0 % over three months",
    "all missing": "no national figure is shared",
}


@pytest.mark.parametrize("name", SUBJECTS)
def test_the_subject_has_the_number_and_the_count_that_are_shared(name: str) -> None:
    title = "Letters and files, shareable edition, October 2026"
    assert letter_of(RELEASES[name]).subject == f"{title}: {SUBJECTS[name]}"


REASONS = {
    CauseKind.NEW_VERSION: "corrected returns",
    CauseKind.LATE: "corrected returns and late returns",
    CauseKind.WAIVERS: "corrected returns and a change of the register, the rules or the program",
    CauseKind.ACTIONS: "corrected returns",
}


@pytest.mark.parametrize("kind", REASONS)
def test_a_later_release_says_which_it_replaces_and_the_kind_of_reason_and_names_no_area(kind: CauseKind) -> None:
    facts, _ = restated()
    assert facts.replaces is not None
    causes = (Cause(CauseKind.NEW_VERSION, "AAA", facts.period.plus(-1), "01", "02"), _cause(kind, facts.period))
    facts = replace(facts, replaces=replace(facts.replaces, areas=(), returns=causes))
    said = f"Release 2 replaces release 1; the reason is {REASONS[kind]}."
    page, letter = page_of(facts), letter_of(facts)
    assert letter.subject.endswith("; release 2, revised")
    for told in (page, letter.html, letter.text):
        assert said in " ".join(plain(told).split())
    assert _named(letter) == _named(letter_of(replace(facts, number=1, replaces=None)))


def _named(letter: Letter) -> list[str]:
    """The Areas that a letter names: those with the lowest and the highest rate have a place in it anyway."""
    return [name for name in NAMES.values() for _ in range((letter.html + letter.text).count(name))]


def _cause(kind: CauseKind, period: Period) -> Cause:
    return Cause(kind, "CCC", period, "", "01") if kind is CauseKind.LATE else Cause(kind)


def test_a_later_release_that_moved_nothing_shared_says_so_and_the_first_says_nothing() -> None:
    facts = RELEASES["restated by an earlier month"]
    assert facts.replaces is not None
    read = replace(facts.replaces, returns=(Cause(CauseKind.READINGS),), read_only=True)
    assert "the reason is something that this edition does not show." in plain(page_of(replace(facts, replaces=read)))
    assert "the reason is corrections to earlier months." in plain(page_of(facts))
    first = letter_of(RELEASES["usual"])
    assert "replaces" not in first.text + first.html + page_of(RELEASES["usual"])
    assert "revised" not in first.subject


def test_a_hidden_figure_is_in_no_subject() -> None:
    facts = release(of=of_cases(), assessed=1)
    letter = letter_of(facts)
    assert shareable(measure(facts)).figures[Cell("ALL")].mark == HIDDEN
    assert letter.subject.endswith("no national figure is shared")
    assert "hidden [c]" in plain(letter.html)


@pytest.mark.parametrize("name", RELEASES)
def test_the_letter_says_nothing_that_the_page_does_not(name: str) -> None:
    letter = letter_of(RELEASES[name])
    report, _figures = letter.attachments
    assert report.content.decode() == page_of(RELEASES[name])
    on_page = set(NUMBER.findall(plain(report.content.decode())))
    told = re.sub(r"@media.*?</style>", "", letter.html, flags=re.DOTALL)
    for said in (letter.subject, letter.text, plain(told)):
        assert set(NUMBER.findall(said)) - {"1", "2"} <= on_page
    assert letter.picture is None
    assert len(letter.html.encode()) < 102_000
    assert not re.search(r"<svg|data:|var\(|<script|<link|src=", letter.html)
    assert all(len(line) <= 78 for line in letter.text.splitlines())


def test_page_and_letter_bear_the_marking_of_what_is_shared() -> None:
    facts = RELEASES["good practice"]
    letter = letter_of(facts)
    for said in (page_of(facts), letter.html, letter.text):
        assert "OPEN TO PARTNERS" in said
    assert page_of(facts).count("OPEN TO PARTNERS") == 2
    assert not re.search(r"\bOFFICIAL\b", page_of(facts) + letter.html + letter.text)
    assert '<p class="marking">OFFICIAL</p>' in page_of(RELEASES["cases"])


def test_the_letter_is_part_of_the_release() -> None:
    files = render(measured_of("good practice"), REPORTS, HEAD)
    assert json.loads(files["letters/shareable.json"])["subject"] == letter_of(RELEASES["good practice"]).subject
    assert "letters/shareable.json" in json.loads(files["manifest.json"])["files"]
