"""What is mailed of a release? One letter for the nation and for each Area; that of partners is in shared_letter."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import vl_convert
from PIL import Image

from assurance.delivery.letter import Attachment, Letter, Picture
from assurance.measures import words
from assurance.measures.rates import percent
from assurance.model import NATION
from assurance.reporting import charts
from assurance.reporting.facts import ReleaseFacts
from assurance.reporting.mail import closing, inlined, numbered, plain, wrapped
from assurance.reporting.measured import Measured, measure
from assurance.reporting.pages import checks_path, page_of, page_path, render_checks, render_page
from assurance.reporting.views.checks import checks_file
from assurance.reporting.views.decisions import Decisions
from assurance.reporting.views.page import AreaPage, NationalPage
from assurance.reporting.views.summary import Card
from assurance.reporting.views.trend import Trend
from assurance.reporting.workbook import MEDIA_TYPE, attached_name, workbook

PICTURE_WIDTH = 480
"""In a letter the picture is 600 wide, and 320 on a phone: drawn as for a phone its words can be read on both."""


def release_letters(
    measured: Measured, pages: Mapping[str, str], workbooks: Mapping[str, bytes], reports: Path
) -> dict[str, Letter]:
    """The letter of every edition of a release, by `ALL` and the Area codes.

    Each carries its own pages of the release, by their paths in `pages`, and its workbook, by its edition.
    """
    return {
        edition: _release_letter(measured, edition, pages, workbooks[edition], reports) for edition in measured.editions
    }


def release_letter(facts: ReleaseFacts, edition: str, reports: Path) -> Letter:
    """The mail that carries one edition (`ALL` for the nation, or an Area code) of a release."""
    measured = measure(facts)
    pages = {page_path(edition): render_page(measured, edition, reports), **render_checks(measured, reports)}
    return _release_letter(measured, edition, pages, workbook(measured, edition), reports)


def _release_letter(
    measured: Measured, edition: str, pages: Mapping[str, str], figures: bytes, reports: Path
) -> Letter:
    page = page_of(measured, edition)
    attached = figures_attachment(measured.facts, edition, figures)
    subject = release_subject(page)
    picture = _picture(page.trend, edition, reports)
    html = inlined(
        reports,
        "release",
        page=page,
        kind="national" if isinstance(page, NationalPage) else "area",
        cards=_mail_cards(page),
        cid=picture.cid if picture else "",
        subject=subject,
        preheader=" ".join(page.summary.lead[:2]),
        heading=f"{page.title}: {page.place}",
        collection=page.facts.collection,
        attached=attached.file_name,
    )
    files = (*_pages(edition, pages), attached)
    return Letter(subject, _release_text(page, attached.file_name), html, picture, files)


def figures_attachment(facts: ReleaseFacts, edition: str, figures: bytes) -> Attachment:
    """The workbook of an edition, as a letter carries it."""
    return Attachment(attached_name(facts, edition), MEDIA_TYPE, figures)


def _pages(edition: str, pages: Mapping[str, str]) -> Iterator[Attachment]:
    """The edition's page; with an Area's, and with no other, the page that names the rows of its unmet checks."""
    yield Attachment("report.html", "text/html", pages[page_path(edition)].encode())
    if checks := pages.get(checks_path(edition)):
        yield Attachment(checks_file(edition), "text/html", checks.encode())


def release_subject(page: NationalPage | AreaPage) -> str:
    """Title, month, number and count, and whether it is a later release: what a reader sees who opens nothing."""
    place = "" if isinstance(page, NationalPage) else f", {page.place}"
    start = f"{page.facts.collection.title}{place}, {page.period.title}"
    said = (_rate_of(page), page.attention, words.revised_release(page.facts.number))
    return plain(f"{start}: {'; '.join(filter(None, said))}")


def _rate_of(page: NationalPage | AreaPage) -> str:
    own = next((point for month, point, _ in page.trend.months if month == page.period), None)
    return percent(own.rate) if own and own.rate is not None else ""


def _mail_cards(page: NationalPage | AreaPage) -> tuple[Card, ...]:
    """The two of the four figures that a mail has room for."""
    return page.summary.cards[:2] if isinstance(page, NationalPage) else page.summary.cards[1:3]


def _release_text(page: NationalPage | AreaPage, attached: str) -> str:
    facts, checks = page.facts, page.checks if isinstance(page, AreaPage) else ""
    parts = [facts.collection.marking, f"{page.title}: {page.place}", words.capital(page.attention) + "."]
    if isinstance(page, AreaPage):
        parts += [page.result, numbered("What to do next", page.steps)]
    parts.append(" ".join(page.summary.lead))
    if page.revisions:
        parts.append(page.revisions.sentence)
    parts.append("\n".join(f"{card.label}: {card.value}. {card.detail}" for card in page.summary.cards))
    parts += _decisions_text(page.summary.decisions)
    if page.standards.has_targets and page.facts.collection.note:
        parts.append(page.facts.collection.note)
    if isinstance(page, NationalPage):
        parts.append(_areas_text(page))
    parts += [
        f"{words.attached(attached)} {checks}".rstrip(),
        f"Release {facts.release_id}. {page.standing}. {words.sign_off(facts.signed_off_by_setting)}.",
        *closing(facts.collection),
    ]
    return wrapped(parts)


def _decisions_text(found: Decisions) -> list[str]:
    parts = [numbered(found.heading, found.items)] if found.items else []
    if found.more:
        parts.append(f"And {found.more} more in the report.")
    if found.items:
        parts.append(found.order)
    parts.append(found.absent)
    if found.improved:
        parts.append(numbered("What has improved", found.improved))
    if found.more_improved:
        parts.append(f"And {found.more_improved} more in the report.")
    return [part for part in (*parts, found.ahead) if part]


def _areas_text(page: NationalPage) -> str:
    lines = [f"Areas, {page.areas.window}"]
    width = max((len(line.name) for line in page.areas.lines), default=0)
    for line in page.areas.lines:
        value = line.mark or percent(line.figure.rate or 0)
        said = []
        if page.areas.target is not None:
            said.append(words.VERDICTS[line.figure.verdict][0])
        if line.figure.position:
            said.append(words.POSITIONS[line.figure.position][0])
        said += [note for note in (line.month_mark, line.incomplete) if note]
        lines.append(f"  {line.name:<{width}}  {value:>8}  {', '.join(said)}".rstrip())
    lines += [f"  {mark} {meaning}" for mark, meaning in page.areas.legend]
    return "\n".join(lines)


def _picture(trend: Trend, edition: str, reports: Path) -> Picture | None:
    """The control chart as a PNG; None when there is nothing to draw: one month is no trend."""
    if trend.chart.mean is None or len(trend.chart.points) < 2:
        return None
    png = vl_convert.svg_to_png(drawn(trend, reports), scale=2.5)
    small = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        flat = image.convert("RGB").quantize(48, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        flat.save(small, "PNG")
    return Picture(f"trend-{'nation' if edition == NATION else edition.lower()}", "trend.png", small.getvalue())


def drawn(trend: Trend, reports: Path) -> str:
    """The control chart as an SVG that stands alone."""
    chart = charts.control_chart(
        trend.chart,
        key="trend",
        title=trend.title,
        description=trend.description,
        direction=trend.direction,
        first=trend.first,
        last=trend.period,
        gaps=trend.gaps,
        target=trend.target,
        width=PICTURE_WIDTH,
    )
    return _standalone(str(chart), reports)


def _standalone(drawn: str, reports: Path) -> str:
    """A chart that carries its style, with the light colours in place of the page's custom properties."""
    css = (reports / "layout" / "stylesheet.css").read_text(encoding="utf-8")
    colours = dict(re.findall(r"(--[a-z-]+): (#[0-9a-f]{6});", css.partition("}")[0]))
    rules = css.partition("/* chart */")[2].partition("/* end chart */")[0]
    rules = re.sub(r"var\((--[a-z-]+)\)", lambda found: colours[found[1]], rules)
    rules = re.sub(r"font-family: [^;]*;", "font-family: Arial, 'Liberation Sans', Helvetica, sans-serif;", rules)
    start, end, rest = drawn.partition(">")
    opened = start.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return f'{opened}{end}<style>{rules}</style><rect width="100%" height="100%" fill="{colours["--paper"]}"/>{rest}'
