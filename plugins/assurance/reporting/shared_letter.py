"""What is mailed to partners? The letter that carries the shareable page, and says nothing that the page does not."""

from __future__ import annotations

from pathlib import Path

from assurance.delivery.letter import Attachment, Letter
from assurance.measures import words
from assurance.reporting.mail import closing, inlined, plain, wrapped
from assurance.reporting.views.shareable import SharedPage


def shared_letter(page: SharedPage, report: str, reports: Path) -> Letter:
    """The mail of the shareable edition; `report` is its page."""
    subject = shared_subject(page)
    html = inlined(
        reports,
        "shareable",
        page=page,
        subject=subject,
        preheader=page.summary.lead,
        heading=f"{page.title}: {page.place}",
        collection=page.facts.collection,
    )
    return Letter(subject, _text(page), html, None, (Attachment("report.html", "text/html", report.encode()),))


def shared_subject(page: SharedPage) -> str:
    """Title, month, and the number and count that are shared: what a reader sees who opens nothing."""
    return plain(f"{page.facts.collection.title}, shareable edition, {page.period.title}: {'; '.join(page.told)}")


def _text(page: SharedPage) -> str:
    return wrapped(
        [
            page.marking,
            f"{page.title}: {page.place}",
            page.summary.lead,
            page.summary.hidden,
            "\n".join(f"* {finding}." for finding in page.findings),
            "The page is attached: report.html opens in any browser.",
            f"Release {page.facts.release_id}, {words.uncapital(page.standing)}. "
            f"{words.sign_off(page.facts.signed_off_by_setting)}.",
            *closing(page.facts.collection),
        ]
    )
