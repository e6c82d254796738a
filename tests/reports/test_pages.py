"""Pages are the same bytes for the same facts, need nothing from outside, and are right in every state of a release."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from builders import NAMES, RELEASES, REPORTS, S, collection, release, standard

from assurance.model import Area, Direction
from assurance.reporting.pages import area_page, national_page, render_release


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
        assert not re.search(r"\b(None|nan|Undefined)\b|\{\{|%\}", text(page).replace("{{ 7*7 }}", ""))


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


def test_a_page_says_what_it_is() -> None:
    marked = replace(collection(), marking="OFFICIAL-SENSITIVE", licence="Open Licence 9.")
    for signed, line in ((True, "Signed off by a standing setting, not by a person"), (False, "Not signed off")):
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
        "Queries are open: Dunvale.",
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


@pytest.mark.parametrize("name", ["usual", "every state", "with targets", "restated"])
def test_an_area_page_names_no_other_area(name: str) -> None:
    for code, own in NAMES.items():
        seen = text(pages_of(name)[f"areas/{code}.html"])
        assert own in seen
        assert not [other for other in NAMES.values() if other != own and other in seen]


def test_verdicts_stand_only_where_there_are_targets() -> None:
    with_targets = text(pages_of("with targets")["national.html"])
    assert "1 of 2 standards is met, 1 is not met" in with_targets
    assert "2.0 points below the target of 85.0 %: not met" in with_targets
    assert "What needs attention" in with_targets
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
        "the reason is new versions from Cliff and Coast."
    ) in seen
    assert "the reason is your new version" in text(pages_of("restated")["areas/CCC.html"])


def test_standards_stand_under_their_owners_where_there_are_several() -> None:
    page = pages_of("with targets")["national.html"]
    assert re.findall(r'<th scope="rowgroup" colspan="7">(\w+)</th>', page) == ["CPS", "Police"]
    assert "rowgroup" not in pages_of("usual")["national.html"]


@pytest.mark.parametrize("standards", [13, 24])
def test_many_standards_and_areas_over_36_months_stay_small(standards: int) -> None:
    many = [
        standard(f"C{i:02d}", f"Something undertaken, number {i}", "0.90", direction=Direction.UP)
        for i in range(standards)
    ]
    names = {f"A{i:02d}": f"Area with a longish name {i}" for i in range(13)}
    facts = release(months=36, of=collection(many, names, "0.90", Direction.UP))
    assert len(national_page(facts, REPORTS).encode()) <= 150_000
    if standards == 13:
        assert len(area_page(facts, "A01", REPORTS).encode()) <= 60_000


def test_a_new_section_is_one_folder(tmp_path: Path) -> None:
    shutil.copytree(REPORTS, tmp_path / "reports")
    added = tmp_path / "reports" / "sections" / "35_more_words"
    added.mkdir()
    (added / "national.html.jinja").write_text(
        '{% import "layout/macros.html.jinja" as ui %}'
        '{% call ui.section(section, page.place, "Why?") %}<p>{{ page.facts.number }} more</p>{% endcall %}'
    )
    page = national_page(RELEASES["usual"], tmp_path / "reports")
    assert '<a href="#more_words">More words</a>' in page
    assert page.index('id="standards"') < page.index('id="more_words"') < page.index('id="areas"')
    assert "more_words" not in area_page(RELEASES["usual"], "AAA", tmp_path / "reports")


def test_areas_that_do_not_owe_the_period_have_no_page() -> None:
    facts = RELEASES["usual"]
    gone = Area("ZZZ", "Gone", (), facts.period.plus(-90).first_day, facts.period.plus(-80).first_day)
    facts = replace(facts, collection=replace(facts.collection, areas=(*facts.collection.areas, gone)))
    assert "areas/ZZZ.html" not in render_release(facts, REPORTS)
    assert S.MISSING not in {status.state for status in facts.returns}
