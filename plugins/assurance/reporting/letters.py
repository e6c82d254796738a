"""What is mailed? The release of a period to its readers, and the receipt of a submission to its sender.

A letter makes sense with pictures off and as plain text. Its HTML has inlined styles, no SVG and no custom property.
"""

from __future__ import annotations

import io
import json
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import css_inline
import vl_convert
from PIL import Image

from assurance.catalogue import Collection
from assurance.deadlines import cut_off
from assurance.delivery.letter import Attachment, Letter, Picture
from assurance.measures import words
from assurance.measures.rates import percent
from assurance.model import NATION, Arrival, Counts, Finding, Outcome, Severity, Submission
from assurance.reporting import charts
from assurance.reporting.facts import ReleaseFacts
from assurance.reporting.measured import Measured, measure
from assurance.reporting.pages import environment, page_of, page_path, render_page
from assurance.reporting.views.page import AreaPage, NationalPage
from assurance.reporting.views.summary import Card
from assurance.reporting.views.trend import Trend

LINE = 74
"""Letters of a line of plain text."""

MOST_PLACES = 60
MOST_GROUPS = 40
"""A receipt's text names so many places of a finding and so many kinds of finding; its attachment names all."""

_EFFECTS: Mapping[Severity, str] = {
    Severity.FILE: "which rejects the file",
    Severity.ROW: "which sets the row aside",
    Severity.QUERY: "a query: it asks, and rejects nothing",
    Severity.NOTE: "a note: nothing needs to be done",
}

_ANSWERS = ("met", "partly", "not_met", "not_applicable", "not_due")


# The release


def release_letters(measured: Measured, pages: Mapping[str, str], reports: Path) -> dict[str, Letter]:
    """The letter of every edition of a release, by `ALL` and the Area codes; each carries its page of the release."""
    return {
        edition: _release_letter(measured, edition, pages[page_path(edition)], reports) for edition in measured.editions
    }


def release_letter(facts: ReleaseFacts, edition: str, reports: Path) -> Letter:
    """The mail that carries one edition (`ALL` for the nation, or an Area code) of a release."""
    measured = measure(facts)
    return _release_letter(measured, edition, render_page(measured, edition, reports), reports)


def _release_letter(measured: Measured, edition: str, report: str, reports: Path) -> Letter:
    page = page_of(measured, edition)
    subject = release_subject(page)
    picture = _picture(page.trend, edition, reports)
    html = _inlined(
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
    )
    return Letter(
        subject, _release_text(page), html, picture, (Attachment("report.html", "text/html", report.encode()),)
    )


def release_subject(page: NationalPage | AreaPage) -> str:
    """Title, month, number and count: what a reader sees who opens nothing."""
    place = "" if isinstance(page, NationalPage) else f", {page.place}"
    start = f"{page.facts.collection.title}{place}, {page.period.title}"
    value = _rate_of(page)
    said = [value, page.attention] if value else [page.attention]
    return _plain(f"{start}: {'; '.join(said)}")


def _rate_of(page: NationalPage | AreaPage) -> str:
    own = next((point for month, point, _ in page.trend.months if month == page.period), None)
    return percent(own.rate) if own and own.rate is not None else ""


def _mail_cards(page: NationalPage | AreaPage) -> tuple[Card, ...]:
    """The two of the four figures that a mail has room for."""
    return page.summary.cards[:2] if isinstance(page, NationalPage) else page.summary.cards[1:3]


def _release_text(page: NationalPage | AreaPage) -> str:
    facts = page.facts
    parts = [facts.collection.marking, f"{page.title}: {page.place}", words.capital(page.attention) + "."]
    if isinstance(page, AreaPage):
        parts += [page.result, _numbered("What to do next", page.steps)]
    parts.append(" ".join(page.summary.lead))
    if page.quality.restated:
        parts.append(page.quality.restated)
    parts.append("\n".join(f"{card.label}: {card.value}. {card.detail}" for card in page.summary.cards))
    if page.summary.items:
        parts.append(
            _numbered("What needs attention" if page.summary.judged else "What stands out", page.summary.items)
        )
    if page.summary.more_items:
        parts.append(f"And {page.summary.more_items} more in the report.")
    if page.summary.improved:
        parts.append(_numbered(_during("What has improved", page.summary.window), page.summary.improved))
    if page.summary.more_improved:
        parts.append(f"And {page.summary.more_improved} more in the report.")
    if page.standards.has_targets and page.facts.collection.note:
        parts.append(page.facts.collection.note)
    if isinstance(page, NationalPage):
        parts.append(_areas_text(page))
    parts += [
        "The full report is attached: report.html opens in any browser.",
        f"Release {facts.release_id}, provisional. {words.sign_off(facts.signed_off_by_setting)}.",
        *_closing(facts.collection),
    ]
    return _wrapped(parts)


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
    """The control chart as a PNG; None when there is nothing to draw."""
    if trend.chart.mean is None:
        return None
    drawn = charts.control_chart(
        trend.chart,
        key="trend",
        title=trend.title,
        description=trend.description,
        direction=trend.direction,
        first=trend.first,
        last=trend.period,
        gaps=trend.gaps,
        target=trend.target,
        width=620,
    )
    png = vl_convert.svg_to_png(_standalone(str(drawn), reports), scale=2)
    small = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        flat = image.convert("RGB").quantize(48, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        flat.save(small, "PNG")
    return Picture(f"trend-{'nation' if edition == NATION else edition.lower()}", "trend.png", small.getvalue())


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


# The receipt


@dataclass(frozen=True)
class _Group:
    """The findings of one rule that say the same, with all their places."""

    rule: str
    message: str
    why: str
    fix: str
    effect: str
    grave: bool
    places: str


def receipt_letter(
    collection: Collection,
    submission: Submission,
    findings: Sequence[Finding],
    totals: Mapping[str, Counts],
    why: Callable[[Finding], str],
    reports: Path,
) -> Letter:
    """The mail that tells a sender what became of a submission, and how to mend it.

    `totals` are the control totals by standard code, `why` the reason of the rule behind a finding.
    """
    groups = list(_groups(findings, why))
    more = (
        f"{len(groups) - MOST_GROUPS} more kinds of finding are in the attached file."
        if len(groups) > MOST_GROUPS
        else ""
    )
    first = _first_sentence(collection, submission)
    steps = _receipt_steps(submission, findings, _in_time(collection, submission), collection.contact)
    subject = _receipt_subject(collection, submission, findings)
    answers = _answers(collection, totals)
    titled = _titled(collection, totals)
    received = _received(submission)
    note = (
        "As read from the file; none of it counts."
        if submission.outcome is Outcome.REJECTED
        else "These figures count; compare them with your own."
    )
    name = f"receipt-{submission.submission_id}.json".replace("/", "-")
    html = _inlined(
        reports,
        "receipt",
        first=first,
        steps=steps,
        groups=groups[:MOST_GROUPS],
        count=len(findings),
        more=more,
        totals=[(title, asdict(counts)) for title, counts in titled],
        totals_note=note,
        answers=answers,
        received=received,
        submission=submission,
        attachment=name,
        subject=subject,
        preheader=first,
        heading=f"{collection.title}: receipt",
        collection=collection,
    )
    parts = [collection.marking, first, _numbered("What to do next", steps)]
    if groups:
        parts.append(words.capital(words.many(len(findings), "finding", "findings")))
    for group in groups[:MOST_GROUPS]:
        parts.append(
            f"* {group.message}\n  {group.places}\n"
            + (f"  Why: {group.why}\n" if group.why else "")
            + f"  To mend it: {group.fix}\n  Rule {group.rule}, {group.effect}."
        )
    if more:
        parts.append(more)
    if titled:
        parts.append(f"Control totals. {note}\n" + "\n".join(_totals_text(titled, answers)))
    parts.append("What was received\n" + "\n".join(f"  {label}: {value}" for label, value in received))
    parts += [f"The same is attached as {name}, for a program to read.", *_closing(collection)]
    attached = _receipt_json(submission, findings, totals, why)
    return Letter(subject, _wrapped(parts), html, None, (Attachment(name, "application/json", attached),))


def _receipt_subject(collection: Collection, submission: Submission, findings: Sequence[Finding]) -> str:
    outcome = words.capital(words.outcome_label(submission.outcome))
    month = f", {submission.period.title}" if submission.period else ""
    place = collection.name_of(submission.area)
    count = words.many(len(findings), "finding", "findings")
    return _plain(f"{outcome}: {collection.title}, {place}{month}, version {submission.version}; {count}")


def _first_sentence(collection: Collection, submission: Submission) -> str:
    month = f" for {submission.period.title}" if submission.period else ""
    place = collection.name_of(submission.area)
    return (
        f"The return of {place}{month}, version {submission.version}, is {words.outcome_label(submission.outcome)}"
        f"{': none of it counts' if submission.outcome is Outcome.REJECTED else ''}."
    )


def _in_time(collection: Collection, submission: Submission) -> str:
    """Until when a corrected file still counts in the month's report; empty when that is over or the month is not known."""
    if submission.period is None:
        return ""
    last = cut_off(collection.calendar, submission.period)
    return words.deadline(last) if submission.received_at < last else ""


def _receipt_steps(submission: Submission, findings: Sequence[Finding], by: str, contact: str) -> tuple[str, ...]:
    until = f" by {by}" if by else ""
    queries = sum(finding.severity is Severity.QUERY for finding in findings)
    following = f"version {submission.version + 1:02d}"
    steps = []
    match submission.outcome:
        case Outcome.REJECTED:
            steps.append(f"Put right everything listed below, then send the whole file again as {following}{until}.")
        case Outcome.NIL:
            steps.append(f"If there was something to return after all, send it as {following}{until}.")
        case _ if queries:
            steps.append(
                f"Look at {'the query' if queries == 1 else f'the {queries} queries'} below. "
                f"If a figure is wrong, send the whole file again as {following}{until}."
            )
        case _ if submission.rows_quarantined:
            rows = words.many(submission.rows_quarantined, "row is", "rows are")
            steps.append(f"{rows} set aside and counted nowhere. Mend what is listed and send {following}{until}.")
        case _:
            steps.append("Nothing more is needed. Compare the control totals with your own.")
    if submission.arrival is not Arrival.ON_TIME:
        steps.append(f"It came {words.arrival_label(submission.arrival).lower()}; the next one is owed in time.")
    steps.append(f"If anything is unclear, write to {contact} and name the submission.")
    return tuple(steps)


def _groups(findings: Sequence[Finding], why: Callable[[Finding], str]) -> Iterator[_Group]:
    """Findings that say the same, told once with all their places; the worst first."""
    order = list(Severity)
    same: dict[tuple[Severity, str, str, str], list[Finding]] = {}
    for finding in sorted(findings, key=lambda finding: order.index(finding.severity)):
        same.setdefault((finding.severity, finding.rule, finding.message, finding.fix), []).append(finding)
    for (severity, rule, message, fix), alike in same.items():
        yield _Group(
            rule=rule,
            message=message,
            why=why(alike[0]),
            fix=fix,
            effect=_EFFECTS[severity],
            grave=severity in (Severity.FILE, Severity.ROW),
            places=_places(alike),
        )


def _places(findings: Sequence[Finding]) -> str:
    """`Column met, rows 4, 5 and 6.`"""
    rows: dict[str | None, list[str]] = {}
    for finding in findings[:MOST_PLACES]:
        rows.setdefault(finding.column, []).extend([] if finding.row is None else [str(finding.row)])
    told = []
    for column, numbers in rows.items():
        in_rows = f"{'row' if len(numbers) == 1 else 'rows'} {words.names(numbers)}" if numbers else ""
        told.append(
            ", ".join(part for part in (f"column {column}" if column else "", in_rows) if part) or "the whole file"
        )
    rest = len(findings) - MOST_PLACES
    more = f"; and {words.number(rest)} more in the attached file" if rest > 0 else ""
    return f"{words.capital('; '.join(told))}{more}."


def _answers(collection: Collection, totals: Mapping[str, Counts]) -> list[tuple[str, str]]:
    """The kinds of answer that occur, under the sender's own name for them where the return has a column of it."""
    columns: dict[str, str] = {column.answer: column.name for column in collection.columns if column.answer}
    total = asdict(Counts.total(totals.values()))
    return [
        (answer, columns.get(answer, answer).replace("_", " "))
        for answer in _ANSWERS
        if answer in columns or total[answer]
    ]


def _titled(collection: Collection, totals: Mapping[str, Counts]) -> list[tuple[str, Counts]]:
    lines = [(standard.title, totals[standard.code]) for standard in collection.standards if standard.code in totals]
    return [*lines, ("All together", Counts.total(totals.values()))] if lines else []


def _totals_text(titled: Sequence[tuple[str, Counts]], answers: Sequence[tuple[str, str]]) -> Iterator[str]:
    width = max(len(title) for title, _ in titled)
    for title, counts in titled:
        told = asdict(counts)
        yield f"  {title:<{width}}  " + ", ".join(f"{label} {words.number(told[answer])}" for answer, label in answers)


def _received(submission: Submission) -> list[tuple[str, str]]:
    rows_in = "unreadable" if submission.rows_in is None else words.number(submission.rows_in)
    return [
        ("Submission", submission.submission_id),
        ("File", submission.file_name),
        ("SHA-256", submission.sha256),
        (
            "Received",
            f"{words.moment(submission.received_at)}, London; {words.arrival_label(submission.arrival).lower()}",
        ),
        ("Rows in", rows_in),
        ("Rows accepted", words.number(submission.rows_accepted)),
        ("Rows quarantined", words.number(submission.rows_quarantined)),
        ("Rows rejected", words.number(submission.rows_rejected)),
    ]


def _receipt_json(
    submission: Submission, findings: Sequence[Finding], totals: Mapping[str, Counts], why: Callable[[Finding], str]
) -> bytes:
    content = {
        "submission": submission.submission_id,
        "collection": submission.collection,
        "area": submission.area,
        "period": str(submission.period) if submission.period else None,
        "version": submission.version,
        "file": submission.file_name,
        "sha256": submission.sha256,
        "received_at": f"{submission.received_at.isoformat()}Z",
        "arrival": submission.arrival.value,
        "outcome": submission.outcome.value,
        "rows": {
            "in": submission.rows_in,
            "accepted": submission.rows_accepted,
            "quarantined": submission.rows_quarantined,
            "rejected": submission.rows_rejected,
        },
        "findings": [{**asdict(finding), "why": why(finding)} for finding in findings],
        "totals": {code: asdict(counts) for code, counts in totals.items()},
    }
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


# Text


def _inlined(reports: Path, template: str, **values: object) -> str:
    html = environment(reports).get_template(f"layout/mail/{template}.html.jinja").render(**values)
    inliner = css_inline.CSSInliner(
        keep_style_tags=False, keep_at_rules=False, minify_css=True, load_remote_stylesheets=False
    )
    return inliner.inline(html)


def _during(heading: str, window: str) -> str:
    return f"{heading}, {window}" if window else heading


def _numbered(heading: str, items: Sequence[object]) -> str:
    return "\n".join([heading, *(f"{rank}. {item}" for rank, item in enumerate(items, 1))])


def _closing(collection: Collection) -> list[str]:
    licence = f" {collection.licence}" if collection.licence else ""
    return [
        f"Management information, not official statistics.{licence}",
        f"You get this because you are on the list of recipients of {collection.title}. "
        f"To stop it, or to ask anything, write to {collection.contact}.",
    ]


def _wrapped(parts: Sequence[str]) -> str:
    """Paragraphs with an empty line between them; long lines go on under their own indentation."""
    lines = [line for part in parts for line in (*part.split("\n"), "")]
    return "\n".join(_fold(line) for line in lines)


def _fold(line: str) -> str:
    indent = " " * (len(line) - len(line.lstrip(" ")))
    rank = re.match(r"[0-9]+\. |\* ", line)
    return textwrap.fill(
        line,
        LINE,
        subsequent_indent=indent or (" " * len(rank[0]) if rank else ""),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _plain(text: str) -> str:
    """A subject line: one line, and an ordinary space for each no-break space."""
    return " ".join(text.replace(words.NBSP, " ").split())
