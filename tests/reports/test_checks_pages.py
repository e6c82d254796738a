"""An Area is told the rows of its unmet checks, by owner and standard; no other edition holds them, and no page too many."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from html import unescape

import pytest
from builders import NAMES, PERIOD, RELEASES, REPORTS, area_page, of_cases, release, standard, submission, with_rows
from pydantic import TypeAdapter

from assurance.delivery.letter import Letter
from assurance.measures import words
from assurance.model import NATION, Counts, Outcome, ReturnState, Scale, UnmetRows
from assurance.reporting.facts import Head, ReleaseFacts
from assurance.reporting.letters import release_letter
from assurance.reporting.measured import measure
from assurance.reporting.pages import LARGEST_AREA_PAGE, render_checks
from assurance.reporting.release import render

NBSP = "\N{NO-BREAK SPACE}"
OWN = "areas/AAA-checks.html"
CASES = with_rows(RELEASES["cases"])


def page(facts: ReleaseFacts, path: str = OWN) -> str:
    return render_checks(measure(facts), REPORTS)[path]


def read(html: str) -> str:
    """What a reader sees."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html.partition("<body")[2])).replace(NBSP, " ").split())


def attachments(files: Mapping[str, bytes], edition: str) -> dict[str, bytes]:
    """What a letter of a release carries, by file name."""
    letter = TypeAdapter(Letter).validate_json(files[f"letters/{edition}.json"])
    return {attached.file_name: attached.content for attached in letter.attachments}


def test_the_heading_counts_what_the_tally_counts() -> None:
    counts = Counts.total(
        row.counts for row in CASES.rows if row.period == PERIOD and row.area == "AAA" and row.standard != "S03"
    )
    assert (counts.not_met, counts.partly) == (240, 80)
    assert "240 of 800 checks of our return R-AAA-202610-v01 were not met, 80 only partly" in read(page(CASES))


def test_rows_stand_by_owner_and_standard_with_target_and_what_was_returned() -> None:
    said = read(page(CASES))
    assert "CPS: 120 checks were not met, 40 only partly" in said
    assert "Keepers: 120 checks were not met, 40 only partly" in said
    graded = said[said.index("Letters answered S01, target 80.0 %") : said.index("Answer in time")]
    rows = list(range(2, 2 + 7 * 40, 7))
    assert f"Not met, 40 : {words.names(list(map(str, rows)))} Partly met, 40 : 2, 9," in graded
    late = said[said.index("Answer in time T01, target 80.0 %") : said.index("Keepers: ")]
    assert "Not met by the dates, 80 : 2, 9, 16" in late
    assert "Returned as met all the same, 27 : 2, 23, 44" in late
    assert "follows from the dates of the row" in said


@pytest.mark.parametrize(
    ("rows", "said"),
    [((3, 8, 12, 13, 14, 15), "3, 8 and 12 to 15"), ((4, 5), "4 and 5"), ((9,), "9")],
    ids=["a run", "two", "one"],
)
def test_rows_that_follow_one_another_stand_together(rows: tuple[int, ...], said: str) -> None:
    facts = replace(CASES, unmet={"AAA": (UnmetRows("S01", "not_met", rows),)})
    assert f"Not met, 40 : {said} " in read(page(facts))


def test_it_says_what_to_do_with_the_rows() -> None:
    said = read(page(CASES))
    assert (
        "Look the rows up in your own file, R-AAA-202610-v01. A row is a line of the file; the header is row 1." in said
    )
    assert "send the whole return again as version 02" in said
    returns = [
        replace(each, in_force=replace(each.in_force, file_name="R-AAA-202610-v01.XLSX"), latest=refused)
        if each.area.code == "AAA" and each.in_force
        else each
        for each in CASES.returns
        for refused in [submission("AAA", PERIOD, Outcome.REJECTED, version=2)]
    ]
    of_workbook = read(page(replace(CASES, returns=tuple(returns))))
    assert "A row is a row of the sheet return; the header is row 1." in of_workbook
    assert "again as version 03" in of_workbook, "the one that was refused has its number already"


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (Counts(met=1071), "All 1,071 checks of our return R were met"),
        (Counts(met=968, partly=31, not_met=72), "72 of 1,071 checks of our return R were not met, 31 only partly"),
        (Counts(met=999, not_met=72), "72 of 1,071 checks of our return R were not met"),
        (Counts(met=1070, not_met=1), "1 of 1,071 checks of our return R was not met"),
        (Counts(met=1070, partly=1), "1 of 1,071 checks of our return R was only partly met"),
        (Counts(met=1040, partly=31), "31 of 1,071 checks of our return R were only partly met"),
        (Counts(not_applicable=8), "0 checks of our return R count in a rate"),
    ],
)
def test_the_heading_is_right_in_every_state(counts: Counts, said: str) -> None:
    assert words.checks_heading(of_cases().words, "R", counts) == said


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (Counts(met=5, not_met=1), "1 check of October 2026 was not or only partly met: the page F, which comes with this "
         "report, lists it."),
        (Counts(met=5, not_met=1, partly=2), "3 checks of October 2026 were not or only partly met: the page F, which comes "
         "with this report, lists them."),
        (Counts(met=5), ""),
    ],
)  # fmt: skip
def test_the_report_says_where_the_rows_are(counts: Counts, said: str) -> None:
    assert words.checks_note(of_cases().words, counts, PERIOD, "F") == said


def test_where_all_was_met_it_says_so_and_asks_for_nothing() -> None:
    said = read(page(with_rows(RELEASES["cases, all met"])))
    assert "All 800 checks of our return R-AAA-202610-v01 were met" in said
    assert "What to do next" not in said
    assert "comes with this report" not in area_page(with_rows(RELEASES["cases, all met"]), "AAA", REPORTS)


def test_where_retention_deleted_the_rows_the_counts_stand_and_no_row_is_named() -> None:
    facts = replace(CASES, unmet={"AAA": None})
    said = read(page(facts))
    assert "240 of 800 checks" in said
    assert "Not met, 40 Partly met, 40" in said
    assert "this page can name none" in said


def test_a_return_that_does_not_count_has_no_page_and_neither_has_a_return_of_counts() -> None:
    states = {"AAA": ReturnState.NIL, "BBB": ReturnState.MISSING, "CCC": ReturnState.REJECTED}
    facts = with_rows(release(of=of_cases(), states=states))
    assert sorted(render_checks(measure(facts), REPORTS)) == ["areas/DDD-checks.html", "areas/EEE-checks.html"]
    assert render_checks(measure(with_rows(RELEASES["usual"])), REPORTS) == {}


def test_it_comes_with_the_mail_of_its_area_and_with_no_other() -> None:
    letter = release_letter(CASES, "AAA", REPORTS)
    report, checks, _figures = letter.attachments
    assert (report.file_name, checks.file_name, checks.media_type) == ("report.html", "AAA-checks.html", "text/html")
    assert checks.content.decode() == page(CASES)
    note = (
        "320 checks of October 2026 were not or only partly met: the page AAA-checks.html, which comes with this report"
    )
    for told in (read(letter.html), " ".join(letter.text.split()), read(report.content.decode())):
        assert note in told
    national, _figures = release_letter(CASES, NATION, REPORTS).attachments
    assert "checks.html" not in national.content.decode()


def test_of_a_whole_release_only_the_areas_own_letter_holds_its_page() -> None:
    files = render(measure(CASES), REPORTS, Head(0, "0" * 64))
    assert {path for path in files if "checks" in path} == {f"areas/{area}-checks.html" for area in NAMES}
    assert {path for path, content in files.items() if b"AAA-checks.html" in content} == {
        "areas/AAA.html",
        "letters/AAA.json",
        "manifest.json",
    }
    attached = {edition: attachments(files, edition) for edition in (NATION, *NAMES)}
    assert attached[NATION].keys() == {"report.html", "letters-2026-10-national.xlsx"}
    for area in NAMES:
        assert attached[area].keys() == {"report.html", f"{area}-checks.html", f"letters-2026-10-{area}.xlsx"}
    assert attached["AAA"]["AAA-checks.html"] == files[OWN]


def test_pages_that_stand_are_taken_as_they_stand() -> None:
    facts = replace(CASES, unmet={area: rows for area, rows in CASES.unmet.items() if area != "AAA"})
    files = render(measure(facts), REPORTS, Head(0, "0" * 64), {OWN: b"<p>as it stands</p>"})
    assert files[OWN] == b"<p>as it stands</p>"
    assert attachments(files, "AAA")["AAA-checks.html"] == files[OWN]


@pytest.mark.parametrize("step", [2, 3, 50])
def test_a_page_of_five_thousand_rows_is_as_small_as_an_area_page_must_be(step: int) -> None:
    """The worst: of 24 standards every second row, so that none stands beside another."""
    many = [
        standard(f"S{at:02d}", f"A standard {at}", "0.9", scale=Scale.GRADED, question="Was it? " * 12)
        for at in range(24)
    ]
    facts = with_rows(release(of=of_cases(many, {"AAA": "Ashdale"}, reasons=None), assessed=5000, months=1), step)
    rows = range(2, 5002, step)
    facts = replace(facts, unmet={"AAA": tuple(UnmetRows(each.code, "not_met", tuple(rows)) for each in many)})
    html = page(facts)
    assert len(html.encode()) <= LARGEST_AREA_PAGE
    told = re.search(r"Not met, .*?: ([^<]*)<", html)
    assert told
    named = re.findall(r"[0-9]+", told[1].rpartition(" and ")[0])
    more = re.search(r"and ([0-9,]+) more", told[1])
    assert bool(more) == (step < 50)
    assert len(named) + (int(more[1].replace(",", "")) if more else 1) == len(rows), "what is not named is counted"


def test_a_usual_return_is_named_whole() -> None:
    assert " more" not in read(page(CASES))
