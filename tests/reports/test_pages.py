"""Pages are the same bytes for the same facts, need nothing from outside, and are right in every state of a release."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from builders import (
    NAMES,
    NOTE,
    PERIOD,
    RELEASES,
    REPORTS,
    S,
    area_page,
    collection,
    national_page,
    of_cases,
    published,
    release,
    render_release,
    restated,
    split,
    standard,
)
from shipped import releases

from assurance.catalogue.collection import Reason
from assurance.catalogue.schema import ReasonEntry
from assurance.measures import words
from assurance.measures.rates import percent
from assurance.model import NATION, Area, Counts, Direction, Period, Scale
from assurance.reporting import pages as pages_module
from assurance.reporting.facts import CauseKind
from assurance.reporting.measured import measure
from assurance.reporting.pages import render_page, shareable_page
from assurance.reporting.shareable import shareable
from assurance.reporting.views.page import NationalPage, national


@cache
def pages_of(name: str) -> dict[str, str]:
    """The pages of a release by what is special about it, rendered once for all tests."""
    return render_release(RELEASES[name], REPORTS)


class Reader(HTMLParser):
    """Tags, attributes and visible text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.words.append(" " if tag in ("td", "th") else "")  # a cell has no end tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]


def text(page: str) -> str:
    return Reader(re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)).text


@pytest.mark.parametrize("name", RELEASES)
def test_every_state_renders_whole_and_small(name: str) -> None:
    pages = pages_of(name)
    assert list(pages) == ["national.html", *(f"areas/{status.area.code}.html" for status in RELEASES[name].returns)]
    for path, page in pages.items():
        assert len(page.encode()) <= (150_000 if path == "national.html" else 60_000)
        read = Reader(page)
        ids = [attributes["id"] for _, attributes in read.tags if "id" in attributes]
        assert len(ids) == len(set(ids)), f"{path}: an id stands twice"
        assert len(read.all("h1")) == 1
        for section in read.all("section"):
            assert section["aria-labelledby"] in ids
        for attributes in read.all("svg"):
            assert attributes.get("aria-hidden") == "true" or attributes.get("role") == "img"
        assert len(read.all("caption")) == len(read.all("table"))
        assert all(cell.get("scope") for cell in read.all("th"))
        # A hostile name stands as it is, and a chart for a phone cuts it off.
        seen = re.sub(r"\{\{ 7(\*7 \}\}|\N{HORIZONTAL ELLIPSIS})", "", text(page))
        assert not re.search(r"\b(None|nan|Undefined)\b|\{\{|%\}", seen)


@pytest.mark.parametrize("name", RELEASES)
def test_nothing_is_asked_from_outside(name: str) -> None:
    for page in pages_of(name).values():
        read = Reader(page)
        assert not [tag for tag, _ in read.tags if tag in ("script", "link", "img", "iframe", "object", "base", "form")]
        assert not re.search(r"@import|url\(", page)
        for tag, attributes in read.tags:
            assert not [name for name in attributes if name.startswith("on") or name in ("src", "style")], tag
        assert all((link["href"] or "").startswith(("#", "mailto:")) for link in read.all("a"))
        policy = next(m["content"] for m in read.all("meta") if m.get("http-equiv") == "Content-Security-Policy")
        assert policy is not None
        assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")


def test_the_same_facts_give_the_same_bytes() -> None:
    assert render_release(RELEASES["every state"], REPORTS) == pages_of("every state")


def test_a_page_alone_is_the_page_of_the_release() -> None:
    assert national_page(RELEASES["usual"], REPORTS) == pages_of("usual")["national.html"]
    assert area_page(RELEASES["usual"], "BBB", REPORTS) == pages_of("usual")["areas/BBB.html"]


def test_hostile_names_stay_text() -> None:
    for path, page in pages_of("hostile names").items():
        assert "<script>alert" not in page
        if path in ("national.html", "areas/AAA.html"):
            assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt; &amp;" in page


def test_hostile_words_of_a_register_stay_text() -> None:
    for page in pages_of("cases, hostile names").values():
        assert "<script>alert" not in page
        assert page.count("&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt; &amp;") > 5


def test_a_reason_that_has_left_the_list_is_counted_and_not_named() -> None:
    facts = RELEASES["cases"]
    rows = tuple(replace(row, reason="R9") if row.reason == "R3" else row for row in facts.reasons)
    seen = text(area_page(replace(facts, reasons=rows), "AAA", REPORTS))
    assert "Pages: 72 of 84 reasons" in seen
    assert "12 reasons given, each more seldom than these, have no line of their own." in seen
    left = tuple(replace(row, reason="R9") for row in facts.reasons)
    assert "reasons" not in sections(area_page(replace(facts, reasons=left), "AAA", REPORTS))


def test_a_page_says_what_it_is() -> None:
    marked = replace(collection(), marking="OFFICIAL-SENSITIVE", licence="Open Licence 9.")
    for signed, line in (
        (True, "Signed off by a standing setting, not by a person"),
        (False, "Sent only after a person has approved it"),
    ):
        facts = release(of=marked, signed=signed)
        for page in render_release(facts, REPORTS).values():
            seen = text(page)
            assert seen.count("OFFICIAL-SENSITIVE") == 2
            for told in (
                line,
                "Open Licence 9.",
                "letters/2026-10/1",
                facts.inputs_sha256,
                "70 submissions, 5 of them for October 2026",
                "4 November 2026, 10:12, London",
                "0123456789ab",
                "Provisional [p]",
            ):
                assert told in seen


def marked_months(page: str) -> dict[str, str]:
    """The months of the chart's table that have marks, and these."""
    return dict(re.findall(r'<th scope="row">(\w{3} \d\d) <span class="mark-text">([^<]*)</span>', page))


@pytest.mark.parametrize(
    ("months", "reported", "until", "marked"),
    [
        (1, None, "November 2026", ["Oct 26"]),
        (3, None, "January 2027", ["Oct 26", "Sep 26", "Aug 26"]),
        (3, Period(2026, 12), "January 2027", ["Oct 26"]),
        (3, Period(2027, 1), None, []),
        (1, Period(2026, 11), None, []),
        (0, None, None, []),
    ],
)
def test_figures_are_provisional_until_a_report_that_is_named_and_final_ones_are_not_marked(
    months: int, reported: Period | None, until: str | None, marked: list[str]
) -> None:
    facts = replace(release(of=replace(collection(), provisional_months=months)), reported=reported)
    for page in render_release(facts, REPORTS).values():
        seen = text(page)
        above = seen.partition("How to read this report")[0]
        assert (f"Provisional [p] until the report for {until}" in seen) is (until is not None)
        assert ("Final" in above) is (until is None)
        assert list(marked_months(page)) == marked
        assert set(marked_months(page).values()) <= {"[p]"}
        for figure in ("Compliance, (August to )?October 2026", "Compliance by standard, [^.]*?"):
            assert bool(re.search(rf"{figure} \[p\]", above)) is (until is not None), figure
        if until is None:
            assert "[p]" not in above


def test_a_month_that_was_revised_since_it_was_released_is_marked_in_the_chart() -> None:
    facts = replace(release(), revised=frozenset({(Period(2026, 8), "ALL"), (Period(2026, 8), "AAA")}))
    made = render_release(facts, REPORTS)
    assert marked_months(made["national.html"]) == {"Oct 26": "[p]", "Aug 26": "[r]"}
    assert marked_months(made["areas/AAA.html"]) == {"Oct 26": "[p]", "Aug 26": "[r]"}
    assert marked_months(made["areas/BBB.html"]) == {"Oct 26": "[p]"}
    assert "[r] revised since an earlier release" in text(made["national.html"]).partition("How to read this")[0]


def test_a_standard_judged_by_several_versions_says_so() -> None:
    facts = release(of=of_cases())
    old = Period(2026, 9)
    rows = tuple(replace(r, version=2 if r.period > old else 1) if r.standard == "T01" else r for r in facts.rows)
    second = tuple(replace(s, version=2) if s.code == "T01" else s for s in facts.standards)
    made = render_release(replace(facts, rows=rows, collection=of_cases(second)), REPORTS)
    assert "Answer in time versions 1 and 2" in text(made["areas/AAA.html"]), "three months"
    assert "by the version of the standard in force when it was sent" in text(made["areas/AAA.html"])
    assert "versions 1" not in text(made["national.html"]), "one month"
    still_old = tuple(replace(r, version=1) for r in rows)
    seen = text(national_page(replace(facts, rows=still_old, collection=of_cases(second)), REPORTS))
    assert "Answer in time version 1" in seen, "none of the version in force is in it"


def test_missing_is_not_zero() -> None:
    seen = text(pages_of("all missing")["national.html"])
    assert "0 of 5 Areas have returned; 5 missing" in seen
    assert "[x] no return" in seen
    assert "0.0 %" not in seen


def test_the_national_page_names_what_is_late_missing_rejected_nil_and_queried() -> None:
    seen = text(pages_of("every state")["national.html"])
    for told in (
        "3 of 5 Areas have returned; 1 late, 1 nil, 1 rejected, 1 missing",
        "No return: Brookmoor.",
        "Rejected: Cliff and Coast. The sender has a receipt with every finding",
        "Late, and counted: Elmshire.",
        "Nil return: Ashdale.",
        "Queries were raised: Dunvale.",
        "Dunvale 2 of 3 months",
        "[n] nil return",
    ):
        assert told in seen


def test_an_area_without_a_return_is_told_what_to_do() -> None:
    seen = text(pages_of("every state")["areas/BBB.html"])
    assert "There is no return from you for October 2026" in seen
    assert "Send the return for October 2026 now. It was due by 17:00 on Friday 6 November 2026." in seen
    assert "send a nil return" in seen
    assert "Your next return, for November 2026, is due by 17:00 on Monday 7 December 2026." in seen


def test_an_area_that_ends_has_no_next_return() -> None:
    facts = RELEASES["usual"]
    ended = replace(facts.returns[0].area, valid_to=facts.period.plus(1).first_day)
    returns = (replace(facts.returns[0], area=ended), *facts.returns[1:])
    assert "Your next return" not in text(area_page(replace(facts, returns=returns), "AAA", REPORTS))


def test_a_rejected_later_version_leaves_the_one_before_in_force_and_says_so() -> None:
    facts = RELEASES["every state"]
    rejected = next(status.latest for status in facts.returns if status.area.code == "CCC")
    assert rejected is not None
    returns = tuple(
        replace(status, latest=replace(rejected, area="EEE", version=2)) if status.area.code == "EEE" else status
        for status in facts.returns
    )
    facts = replace(facts, returns=returns)
    assert "A later version was rejected: Elmshire." in text(national_page(facts, REPORTS))
    assert "Version 02 was rejected and version 01 counts." in text(area_page(facts, "EEE", REPORTS))


@pytest.mark.parametrize("name", ["usual", "every state", "with targets", "restated", "cases", "cases, every state"])
def test_an_area_page_names_no_other_area(name: str) -> None:
    for code, own in NAMES.items():
        seen = text(pages_of(name)[f"areas/{code}.html"])
        assert own in seen
        assert not [other for other in NAMES.values() if other != own and other in seen]


def test_verdicts_stand_only_where_there_are_targets() -> None:
    with_targets = text(pages_of("with targets")["national.html"])
    assert "1 of 2 standards is met, 1 is not met" in with_targets
    assert "2.0 points below the target of 85.0 %: not met" in with_targets
    assert "What needs a decision" in with_targets
    without = text(pages_of("usual")["national.html"])
    assert "Verdict" not in without
    assert "arget" not in without
    assert "What stands out" in without


@pytest.mark.parametrize("name", ["usual", "every state", "constant", "hostile names"])
def test_a_collection_without_directions_is_never_better_or_worse(name: str) -> None:
    for page in pages_of(name).values():
        seen = text(page).lower().replace("neither way is better", "")
        assert not re.search(r"\b(better|worse|improv|worsen)", seen)


def test_a_restatement_says_from_what_to_what_and_why() -> None:
    seen = text(pages_of("restated")["national.html"])
    assert (
        "Release 2 replaces release 1: 85.0 % (1,700 of 2,000) was 80.0 % (1,600 of 2,000) [r]; "
        "the reason is a new version from Cliff and Coast."
    ) in seen
    assert "the reason is your new version" in text(pages_of("restated")["areas/CCC.html"])


def test_what_moved_is_listed_with_before_after_by_how_much_and_why() -> None:
    facts, before = restated()
    made = render_release(facts, REPORTS, before)
    national, own, other = (text(made[path]) for path in ("national.html", "areas/CCC.html", "areas/BBB.html"))
    assert "Cliff and Coast, October 2026: version 02 for 01." in national
    assert "Ashdale, September 2026: version 02 for 01." in national
    assert re.search(
        r"All Areas October 2026 81\.\d % 1,6\d\d of 2,000 85\.\d % 1,7\d\d of 2,000 \+4\.0 points \S.*? "
        r"Cliff and Coast, October 2026: version 02 for 01",
        national,
    )
    assert re.search(r"Cliff and Coast August to October 2026 .*? \+6\.7 points .*? version 02 for 01", national)
    assert re.search(r"Ashdale August to October 2026 .*? \+0\.2 points The same Ashdale, September", national)
    assert "Brookmoor August" not in national.partition("What moved since release 1")[2]
    assert "that calls for a new release at once" in national
    # an Area's page has its own figures and the nation's, and no other Area
    assert re.search(r"Cliff and Coast August to October 2026 .*? \+6\.7 points", own)
    assert re.search(r"All Areas October 2026 .*? \+4\.0 points .*? Other corrected returns", other)
    assert not [name for name in ("Cliff and Coast", "Ashdale") if name in other]
    assert "version 02 for 01" not in other


def test_a_restatement_that_moves_nothing_says_so_and_one_of_the_program_names_it() -> None:
    facts, _ = restated()
    assert facts.replaces is not None
    changed = replace(facts.replaces, returns=(), areas=(), package_version="0.0.9", catalogue_version="before")
    seen = text(render_release(replace(facts, replaces=changed), REPORTS, published(facts))["national.html"])
    assert "0 figures of this page moved since release 1" in seen
    assert "Another version of the program counts, 0.1.0 for 0.0.9." in seen
    assert "Another version of the collection's files counts." in seen
    other = replace(published(facts), collection=replace(facts.collection, headline_target=None))
    seen = text(render_release(replace(facts, replaces=changed), REPORTS, other)["national.html"])
    assert "The register of standards has changed." in seen


def test_a_late_return_is_named_and_figures_that_were_not_there_have_no_points() -> None:
    facts, _ = restated(CauseKind.LATE)
    without = tuple(
        replace(one, state=S.MISSING, in_force=None, latest=None) if one.area.code == "CCC" else one
        for one in facts.returns
    )
    before = published(replace(facts, returns=without))
    seen = text(render_release(facts, REPORTS, before)["national.html"])
    assert "Cliff and Coast, October 2026: a return that was not in, version 02." in seen
    assert re.search(r"Cliff and Coast August to October 2026 No return 8\d\.\d % [\d,]+ of 1,200 No return, now", seen)


def test_standards_stand_under_their_owners_where_there_are_several() -> None:
    page = pages_of("with targets")["national.html"].partition('<section id="areas"')[0]
    assert re.findall(r'<th scope="rowgroup" colspan="7">(.+)', page) == [
        "CPS: 0 of 1 not met, 1 met",
        "Police: 1 of 1 not met, 0 met",
    ]
    assert "rowgroup" not in pages_of("usual")["national.html"]


@pytest.mark.parametrize("months", [24, 36])
def test_many_standards_and_areas_stay_small(months: int) -> None:
    """As large as a collection of cases gets, in months that move: 24 standards of four owners, 14 Areas, 23 reasons."""
    scales = (Scale.GRADED, Scale.TIMELY)
    many = [
        standard(
            f"C{i:02d}",
            f"Something undertaken, number {i}",
            "0.90",
            direction=Direction.UP,
            scale=scales[i % 2],
            owner=("us", "them", "those", "others")[i // 6],
        )
        for i in range(24)
    ]
    reasons = tuple(Reason(f"R{i}", f"group {i % 4}", f"a reason of some length, number {i}") for i in range(23))
    asked = ReasonEntry(column="reasons", standard="C00", disputed="disputed", accepted="accepted")
    names = {f"A{i:02d}": f"Area with a longish name {i}" for i in range(14)}
    rates = {
        code: [0.70 + 0.08 * (i % 3) + 0.01 * (month % 5) for month in range(months)] for i, code in enumerate(names)
    }
    facts = release(
        months=months,
        of=of_cases(many, names, reasons=asked, reason_list=reasons),
        rates=rates,
        given=[(reason.code, said, said, 3) for reason in reasons for said in ("Y", "N")],
    )
    pages = render_release(facts, REPORTS)
    assert len(pages["national.html"].encode()) <= 150_000
    assert max(len(page.encode()) for path, page in pages.items() if path != "national.html") <= 60_000


def test_the_area_pages_of_what_ships_are_small() -> None:
    for name, facts in releases():
        measured = measure(facts)
        for code in measured.editions[1:]:
            size = len(render_page(measured, code, REPORTS).encode())
            assert size <= 60_000, f"{name}: {code} has {size} bytes"


@pytest.mark.parametrize("name", RELEASES)
def test_how_to_read_explains_what_stands_above_it_and_nothing_else(name: str) -> None:
    without_a_shape = {"usual", "similar"}
    for path, page in pages_of(name).items():
        above, _, below = page.partition('<section id="how_to_read"')
        above, terms = above.partition("<main")[2], below.partition("</dl>")[0]
        explained = set(re.findall(r'<dt><span class="k-(\w+)"', terms))
        in_charts = set(re.findall(r'<(?:path|circle) class="(?:interval )?k-(\w+)"', above))
        assert in_charts <= explained | without_a_shape, path
        assert all(f'href="#m-{kind}"' in above for kind in explained - without_a_shape), path
        standing = above + page.partition('class="meta"')[2].partition("</p>")[0]
        marks = {mark for mark in words.MARKS if mark in standing}
        assert {mark for mark in words.MARKS if f"<dt>{mark}<dd>" in terms} == marks, path
        for label, _ in words.OUTLOOKS.values():
            said = f"outlook: {label.lower()}" in above
            assert not said or f"<dt>Outlook: {label.lower()}<dd>" in terms, path


def test_every_shape_that_a_page_refers_to_is_in_it_and_no_other() -> None:
    for path, page in pages_of("every state").items():
        assert set(re.findall(r'href="#(m-\w+)"', page)) == set(re.findall(r'<symbol id="(m-\w+)"', page)), path


def with_a_section(reports: Path, name: str, template: str, kinds: tuple[str, ...]) -> Path:
    """The layout and sections as they are, and one folder more."""
    shutil.copytree(REPORTS, reports)
    added = reports / "sections" / name
    added.mkdir()
    for kind in kinds:
        (added / f"{kind}.html.jinja").write_text(template, encoding="utf-8")
    return reports


MORE = (
    '{% import "layout/macros.html.jinja" as ui %}'
    '{% call ui.section(section, page.place ~ ", once more", "Why?") %}<p>{{ page.facts.number }} more</p>{% endcall %}'
)


@pytest.mark.parametrize("kinds", [("national",), ("area",), ("shareable",), ("national", "area", "shareable")])
def test_a_new_section_is_one_folder(tmp_path: Path, kinds: tuple[str, ...]) -> None:
    """It stands in the editions for which it has a template, in its place, and in their contents."""
    reports = with_a_section(tmp_path / "reports", "35_more_words", MORE, kinds)
    measured = measure(RELEASES["usual"])
    pages = {
        "national": render_page(measured, NATION, reports),
        "area": render_page(measured, "AAA", reports),
        "shareable": shareable_page(measured, shareable(measured), reports),
    }
    for kind, page in pages.items():
        found = sections(page)
        assert ("more_words" in found) == (kind in kinds)
        if kind in kinds:
            assert found[found.index("more_words") - 1 :][:3] == ["standards", "more_words", "areas"]
            assert '<a href="#more_words">More words</a>' in page
            assert "once more</h2>" in page


@dataclass(frozen=True)
class WithMore(NationalPage):
    """The nation's page with the view of a new section, which may have nothing to say."""

    more_words: str | None


@pytest.mark.parametrize("said", ["something", None])
def test_a_new_section_with_a_view_is_one_folder_and_an_attribute_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str | None
) -> None:
    template = MORE.replace("page.facts.number", "page.more_words")
    reports = with_a_section(tmp_path / "reports", "35_more-words", template, ("national",))
    measured = measure(RELEASES["usual"])
    page = national(measured)
    seen = WithMore(**{each.name: getattr(page, each.name) for each in fields(page)}, more_words=said)
    monkeypatch.setattr(pages_module, "page_of", lambda *_: seen)
    assert ("more-words" in sections(render_page(measured, NATION, reports))) == (said is not None)


def test_no_two_sections_have_the_same_number() -> None:
    numbers = [folder.name.partition("_")[0] for folder in (REPORTS / "sections").iterdir()]
    assert len(set(numbers)) == len(numbers)


def test_areas_that_do_not_owe_the_period_have_no_page() -> None:
    facts = RELEASES["usual"]
    gone = Area("ZZZ", "Gone", (), facts.period.plus(-90).first_day, facts.period.plus(-80).first_day)
    facts = replace(facts, collection=replace(facts.collection, areas=(*facts.collection.areas, gone)))
    assert "areas/ZZZ.html" not in render_release(facts, REPORTS)
    assert S.MISSING not in {status.state for status in facts.returns}


def sections(page: str) -> list[str]:
    """The sections of a page; its contents name the same."""
    read = Reader(page)
    found = [section["aria-labelledby"].removesuffix("-heading") for section in read.all("section")]  # type: ignore[union-attr]
    assert [(link["href"] or "")[1:] for link in read.all("a") if (link["href"] or "#c")[1:] in found] == found
    return found


@pytest.mark.parametrize(
    ("name", "path", "there"),
    [
        ("cases", "national.html", {"self-assessment", "reasons"}),
        ("cases", "areas/AAA.html", {"self-assessment", "reasons"}),
        ("cases, first month", "areas/AAA.html", {"self-assessment", "reasons"}),
        ("cases, every state", "national.html", {"self-assessment", "reasons"}),
        ("cases, every state", "areas/BBB.html", set()),
        ("cases, all missing", "national.html", set()),
        ("cases, all nil", "national.html", set()),
        ("cases, all met", "areas/AAA.html", {"self-assessment"}),
        ("cases, none alike", "areas/AAA.html", {"self-assessment", "reasons"}),
        ("cases, no reasons asked", "national.html", set()),
        ("usual", "national.html", set()),
    ],
)
def test_a_section_with_nothing_to_say_is_not_there(name: str, path: str, there: set[str]) -> None:
    found = sections(pages_of(name)[path])
    assert {"self-assessment", "reasons"} & set(found) == there
    assert found[:4] == ["summary", "trend", "standards", "areas"]
    assert found[-2:] == ["data_quality", "how_to_read"]


def test_a_graded_standard_has_its_value_beside_its_rate() -> None:
    for path in ("national.html", "areas/AAA.html"):
        seen = text(pages_of("cases")[path])
        assert seen.count("value ") == 2
        assert "Value: the same with half a point for each check partly met." in seen
        assert NOTE in seen
    assert "alue" not in text(pages_of("with targets")["national.html"])
    assert NOTE not in text(pages_of("usual")["national.html"])


def test_own_answers_stand_beside_the_dates() -> None:
    seen = text(pages_of("cases")["national.html"])
    for told in (
        "6.3 % of 5,760 own answers to timely standards differ from the dates; "
        "270 of 300 between met and not met are in the Areas’ favour",
        "270 said to be met are not met by the dates, 30 the other way: the Areas’ own answers are the more generous by "
        "more than chance (p below 0.001).",
        "Answer in time 6.3 % 180 of 2,880 More generous 135 against 15, p below 0.001",
        "Together 6.3 % 360 of 5,760 270 against 30",
        "Ashdale 6.3 % 72 of 1,152 Similar 54 against 6",
    ):
        assert told in seen
    own = text(pages_of("cases")["areas/AAA.html"])
    assert "54 of 60 between met and not met are in your favour" in own


def test_own_answers_that_agree_or_only_differ_in_whether_they_apply() -> None:
    same = text(pages_of("cases, all met")["national.html"])
    assert "0 of 5,700 own answers to timely standards differ from the dates" in same
    other = text(pages_of("cases, none alike")["areas/AAA.html"])
    assert "100.0 % of 60 own answers to timely standards differ from the dates" in other
    assert "No answer is met on one side and not met on the other." in other


def test_reasons_are_counted_in_their_groups_with_their_disputes() -> None:
    seen = text(pages_of("cases")["areas/AAA.html"])
    for told in (
        "Files complete: “page missing” is named most, in 72 of 240 checks not fully met",
        "12 of 72 checks for which reasons are given are disputed by keepers; 3 of these 12 disputes are accepted.",
        "Pages: 72 of 84 reasons",
        "Page missing 72 30.0 % 12 3",
        "Covers: 12 of 84 reasons",
        "1 reason of the list was not given.",
    ):
        assert told in seen


def test_coverage_says_how_many_cases_out_of_how_many() -> None:
    seen = text(pages_of("cases")["national.html"])
    for told in (
        "Returns in 5 of 5 1,000 of 4,500 cases.",
        "1,000 of 4,500 cases were looked at (22.2 %).",
        "The national rate is that of all cases looked at together",
        "15 targeted cases are kept apart and stand in no rate.",
        "200 of 900 22.2 % 3 targeted apart",
    ):
        assert told in seen
    own = text(pages_of("cases")["areas/AAA.html"])
    assert "Accepted 200 of 900 cases, version 01." in own
    assert "200 of 900 cases were looked at (22.2 %)." in own
    assert "together" not in own[own.index("What was received from us") :].partition("How to read")[0]


def test_coverage_where_some_areas_do_not_say_out_of_how_many() -> None:
    facts = RELEASES["cases"]
    some = tuple(replace(row, in_scope=None) if row.area in ("AAA", "BBB") else row for row in facts.coverage)
    seen = text(national_page(replace(facts, coverage=some), REPORTS))
    assert "1,000 cases were looked at. 3 of 5 Areas say out of how many: 600 of 2,700 cases (22.2 %)." in seen
    assert "Returns in 5 of 5 1,000 cases." in seen
    none = tuple(replace(row, in_scope=None) for row in facts.coverage)
    assert "1,000 cases were looked at; no Area says out of how many." in text(
        national_page(replace(facts, coverage=none), REPORTS)
    )


def test_the_checks_furthest_from_their_target_come_first() -> None:
    seen = text(pages_of("cases")["areas/AAA.html"])
    first = (
        "Keepers, Files complete: 60.0 % of 600 checks were met, 35.0 points or 210 checks below the target of 95.0 %"
    )
    second = (
        "CPS, Letters answered: 60.0 % of 600 checks were met, 20.0 points or 120 checks below the target of 80.0 %"
    )
    assert seen.index("What needs a decision, August to October 2026") < seen.index(first) < seen.index(second)


def test_an_area_begins_without_a_past() -> None:
    page = pages_of("cases, an Area begins")["areas/EEN.html"]
    seen = text(page)
    assert "from September to October 2026" in seen
    assert "September 2026 to October 2026" not in seen
    assert "of 2 months" not in seen
    assert "[x]" not in seen.partition("How to read this report")[0]
    assert "month by month, September to October 2026, Elmshire North" in seen
    gone = pages_of("cases, an Area begins")
    assert "areas/EEE.html" not in gone
    assert "Elmshire North 2 of 3 months: it began in September 2026" in text(gone["national.html"])


def test_an_area_that_ended_is_shown_beside_its_successors_as_such_and_only_to_them() -> None:
    made = pages_of("cases, an Area begins")
    facts = RELEASES["cases, an Area begins"]
    for path in ("national.html", "areas/EEN.html", "areas/EES.html"):
        seen = text(made[path])
        assert "Elmshire ended with August 2026; Elmshire North and Elmshire South follow it." in seen
        assert "no verdict is drawn from it" in seen
        before = Counts.total(r.counts for r in facts.rows if r.area == "EEE" and str(r.period) >= "2026-06")
        after = Counts.total(r.counts for r in facts.rows if r.area in ("EEN", "EES"))
        for name, months, counts in (
            ("Former Elmshire", "June to August 2026", before),
            ("Elmshire North and Elmshire South together", "September to October 2026", after),
        ):
            share = " ".join(percent(Fraction(counts.met, counts.assessed)).split())
            assert re.search(f"{name} {months} {share} [^A-Z]* {counts.assessed:,} ", seen), (path, name)
    assert "Former" not in text(made["areas/AAA.html"])


def test_successors_are_not_summed_while_one_of_them_has_no_return() -> None:
    facts = RELEASES["cases, an Area begins"]
    returns = tuple(
        replace(one, state=S.MISSING, in_force=None, latest=None) if one.area.code == "EES" else one
        for one in facts.returns
    )
    seen = text(national_page(replace(facts, returns=returns), REPORTS))
    assert "Elmshire North and Elmshire South together September to October 2026 [x] [x]" in seen


def test_a_former_area_is_shown_for_a_year_and_no_longer() -> None:
    for months, there in ((12, True), (13, False)):
        begins = PERIOD.plus(1 - months)
        seen = text(national_page(release(of=split(begins), months=15), REPORTS))
        assert ("Former Elmshire" in seen) is there


def test_an_area_that_began_and_missed_a_month_says_out_of_how_many() -> None:
    facts = RELEASES["cases, an Area begins"]
    rows = tuple(row for row in facts.rows if (row.area, str(row.period)) != ("EEN", "2026-09"))
    assert "Elmshire North 1 of 3 months: it began in September 2026, and a month has no figures" in text(
        national_page(replace(facts, rows=rows), REPORTS)
    )


def test_every_table_can_be_read_though_its_end_tags_are_left_out() -> None:
    for page in (*pages_of("cases").values(), *pages_of("every state").values()):
        assert not re.search("</t[dhr]>", page)
        assert page.count("<table") == page.count("</table>")
        assert page.count("<tbody>") == page.count("</tbody>")
