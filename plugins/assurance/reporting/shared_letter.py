"""What is mailed to partners? The letter that carries the shareable page, and says nothing that the page does not."""

from __future__ import annotations

from pathlib import Path

from assurance.delivery.letter import Attachment, Letter
from assurance.measures import words
from assurance.model import SHAREABLE
from assurance.reporting.letters import figures_attachment
from assurance.reporting.mail import closing, inlined, plain, wrapped
from assurance.reporting.views.shareable import SharedPage


def shared_letter(page: SharedPage, report: str, figures: bytes, reports: Path) -> Letter:
    """The mail of the shareable edition; `report` is its page, `figures` its workbook."""
    subject = shared_subject(page)
    workbook = figures_attachment(page.facts, SHAREABLE, figures)
    html = inlined(
        reports,
        "shareable",
        page=page,
        subject=subject,
        preheader=page.summary.lead,
        heading=f"{page.title}: {page.place}",
        collection=page.facts.collection,
        attached=workbook.file_name,
    )
    files = (Attachment("report.html", "text/html", report.encode()), workbook)
    return Letter(subject, _text(page, workbook.file_name), html, None, files)


def shared_subject(page: SharedPage) -> str:
    """Title, month, the number and count that are shared, and whether it is a later release."""
    said = (*page.told, words.revised_release(page.facts.number))
    start = f"{page.facts.collection.title}, shareable edition, {page.period.title}"
    return plain(f"{start}: {'; '.join(filter(None, said))}")


def _text(page: SharedPage, attached: str) -> str:
    return wrapped(
        [
            page.marking,
            f"{page.title}: {page.place}",
            page.summary.lead,
            page.summary.hidden,
            page.revised,
            "\n".join(f"* {finding}." for finding in page.findings),
            words.attached(attached),
            f"Release {page.facts.release_id}, {words.uncapital(page.standing)}. "
            f"{words.sign_off(page.facts.signed_off_by_setting)}.",
            *closing(page.facts.collection),
        ]
    )
