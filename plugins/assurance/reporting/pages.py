"""How does a release become files? Renders every page of a release from templates.

A section is a folder `sections/NN_name` under `reports/`; it stands in an edition when it has that edition's template
(`national.html.jinja`, `area.html.jinja`, `shareable.html.jinja`), in the order of the folders' names. It is left out
of a page whose view of that name is None, because there is nothing to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from assurance.measures import rates, words
from assurance.measures.comparison import Position
from assurance.measures.rates import Verdict
from assurance.measures.variation import Outlook, Variation
from assurance.model import NATION, Arrival, Outcome, ReturnState
from assurance.reporting import charts
from assurance.reporting.measured import Measured, submissions_of
from assurance.reporting.shareable import Shareable
from assurance.reporting.views.checks import checks_file, checks_page
from assurance.reporting.views.page import AreaPage, NationalPage, Page, national, of_area
from assurance.reporting.views.shareable import SharedPage, shared_page
from assurance.reporting.views.trace import trace_page

TRACE_STYLE, CHECKS_STYLE = "trace.css", "checks.css"
NATIONAL_STYLE = "national.css"
"""What the nation's page has besides the common style; the others need to stay small."""
LARGEST_AREA_PAGE = 60_000
MOST_RUNS = (10_000, 300, 100, 30, 10)
"""Of one standard's unmet checks so many rows, or runs of rows, are named: the first number with which the page is small
enough is taken, or else the last."""
OPTIONAL_END_TAGS = re.compile(r"</(?:t[dhr]|li|d[td])>")
"""HTML knows where a cell, a line of a table or a point ends; a page has a thousand of them, and is mailed."""


@dataclass(frozen=True)
class Section:
    """One section of a page."""

    key: str
    """Its id in the page: `data_quality`."""
    label: str
    """Its name in the page's contents: `Data quality`."""
    template: str

    @property
    def view(self) -> str:
        """The attribute of the page that holds what it says, where it has one of its own."""
        return self.key.replace("-", "_")


def render_pages(measured: Measured, reports: Path) -> dict[str, str]:
    """Every page of a release by its path in the release: `national.html`, `areas/WSX.html` and so on.

    `reports` is the folder of layout and sections.
    """
    return {page_path(edition): render_page(measured, edition, reports) for edition in measured.editions}


def page_path(edition: str) -> str:
    """Where the page of an edition (`ALL` or an Area code) lies in its release."""
    return "national.html" if edition == NATION else f"areas/{edition}.html"


def trace_path(edition: str) -> str:
    """Where the trace page of an edition lies in its release."""
    return f"trace/{edition}.html"


def render_traces(measured: Measured, reports: Path) -> dict[str, str]:
    """The trace page of every edition by its path in the release: where each of its numbers comes from."""
    return {trace_path(edition): render_trace(measured, edition, reports) for edition in measured.editions}


def render_trace(measured: Measured, edition: str, reports: Path) -> str:
    """The trace page of an edition as one self-contained HTML file."""
    return rendered(reports, "trace", TRACE_STYLE, page=trace_page(measured, edition))


def checks_path(area: str) -> str:
    """Where the page that names the rows of an Area's unmet checks lies in its release."""
    return f"areas/{checks_file(area)}"


def render_checks(measured: Measured, reports: Path) -> dict[str, str]:
    """By its path the page of unmet checks of every Area whose return of cases counts; each is for that Area alone."""
    return {checks_path(area): render_unmet(measured, area, reports) for area in measured.facts.unmet}


def render_unmet(measured: Measured, area: str, reports: Path) -> str:
    """The page of unmet checks of an Area, with as many rows named as there is room for."""
    for most in MOST_RUNS:
        told = checks_page(measured, area, most)
        page = rendered(reports, "checks", CHECKS_STYLE, page=told, collection=measured.facts.collection)
        if len(page.encode()) <= LARGEST_AREA_PAGE:
            break
    return page


def page_of(measured: Measured, edition: str) -> NationalPage | AreaPage:
    """What the page of an edition says."""
    return national(measured) if edition == NATION else of_area(measured, edition)


def render_page(measured: Measured, edition: str, reports: Path) -> str:
    """The page of an edition as one self-contained HTML file."""
    return _render(page_of(measured, edition), "national" if edition == NATION else "area", reports)


def shareable_page(measured: Measured, shared: Shareable, reports: Path) -> str:
    """The page for partners as one self-contained HTML file."""
    return _render(shared_page(measured, shared), "shareable", reports)


def _render(page: NationalPage | AreaPage | SharedPage, kind: str, reports: Path) -> str:
    style = NATIONAL_STYLE if kind == "national" else ""
    shown = tuple(section for section in sections(reports, kind) if _has_something_to_say(page, section))
    return rendered(reports, "page", style, page=page, kind=kind, sections=shown)


def _has_something_to_say(page: Page | SharedPage, section: Section) -> bool:
    """A section without a view of its own reads the page, and is always there."""
    return getattr(page, section.view, page) is not None


def sections(reports: Path, kind: str) -> tuple[Section, ...]:
    """Which sections does this kind of page have, in which order?"""
    found = (path.parent.name for path in (reports / "sections").glob(f"*/{kind}.html.jinja"))
    return tuple(
        Section(
            key=name.partition("_")[2],
            label=words.capital(name.partition("_")[2].replace("_", " ")),
            template=f"sections/{name}/{kind}.html.jinja",
        )
        for name in sorted(found, key=lambda name: (int(name.partition("_")[0]), name))
    )


def rendered(reports: Path, template: str, style: str, **values: object) -> str:
    """A page as one self-contained HTML file; `style` is what its kind has beside the common one, empty for nothing."""
    css = Markup(stylesheet(reports, style))  # ours, not data
    html = environment(reports).get_template(f"layout/{template}.html.jinja").render(stylesheet=css, **values)
    return OPTIONAL_END_TAGS.sub("", html)


def stylesheet(reports: Path, style: str = "") -> str:
    """The common style, with that of one kind of page where it has one, without comments and indentation."""
    files = ("stylesheet.css", style) if style else ("stylesheet.css",)
    text = "".join((reports / "layout" / file).read_text(encoding="utf-8") for file in files)
    bare = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r"(?<=[:;,{]) | (?=[{}])|;\s*(?=})", "", re.sub(r"\s*\n\s*", "\n", bare)).strip()


@cache
def environment(reports: Path) -> Environment:
    """Jinja for the pages. Autoescape is set by hand: by file name it would not cover `.html.jinja`."""
    made = Environment(
        loader=FileSystemLoader(reports),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(percent=rates.percent, number=words.number, moment=words.moment, capital=words.capital)
    made.filters["uncapital"] = words.uncapital
    made.globals.update(
        NATION=NATION,
        words=words,
        charts=charts,
        submissions_of=submissions_of,
        trace_path=trace_path,
        Arrival=Arrival,
        Outcome=Outcome,
        Outlook=Outlook,
        Position=Position,
        ReturnState=ReturnState,
        Variation=Variation,
        Verdict=Verdict,
    )
    return made
