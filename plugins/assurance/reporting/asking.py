"""What is an approver sent? The request to sign a release off, with the national report and the shareable edition."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from assurance.catalogue import Collection
from assurance.delivery.letter import Attachment, Letter
from assurance.measures import words
from assurance.model import Period
from assurance.reporting.notice import Notice, listing, notice_letter
from assurance.reporting.request import SignOffRequest, answered_queries, open_queries, said_unasked, waived_rules

SHOWN = 12
"""So much of the content's hash is in the command that approves it."""


def request_letter(
    collection: Collection,
    period: Period,
    request: SignOffRequest,
    report: bytes,
    shareable: bytes,
    moment: datetime,
    reports: Path,
) -> Letter:
    """The mail that asks for a sign-off at a moment (naive UTC). What nobody answered and what is not as it should be
    stand first. `report` and `shareable` are the release's pages for the nation and for partners, as they would be sent.
    """
    waiting, faults = tuple(open_queries(request.returns)), request.failed
    by, number = words.deadline(request.deadline), request.release_id.rpartition("/")[2]
    left = (
        f"{words.many(len(waiting), 'query', 'queries')} open, {words.many(len(faults), 'thing', 'things')} not right"
    )
    in_time = moment <= request.deadline
    notice = Notice(
        verdict=f"Sign-off wanted by {by}" if in_time else "Sign-off wanted now",
        about=f"{collection.title}, {period.title}, release {number}",
        count=left,
        first=f"May release {number} of {period.title} be sent as it is, yes or no? {words.capital(left)}.",
        lists=(
            *listing("Queries that nobody has answered", waiting),
            *listing("What is not right", faults),
            *listing(
                "What to do next",
                _steps(
                    collection.contact, request.release_id, request.content_sha256, f"by {by}" if in_time else "now"
                ),
                in_order=True,
            ),
            *listing("Queries that were answered", answered_queries(request.returns)),
            *listing("Said without a query", said_unasked(request.returns)),
            *listing("Rules that were waived", waived_rules(request.returns)),
        ),
        facts=(
            ("Release", request.release_id),
            ("Content", request.content_sha256),
            ("To be sent by", f"{by}, London"),
            ("Questions to", collection.contact),
        ),
    )
    pages = {"report.html": report, "shareable.html": shareable}
    attached = tuple(Attachment(name, "text/html", page) for name, page in pages.items())
    return notice_letter(collection, notice, reports, attached)


def _steps(contact: str, release_id: str, sha256: str, by: str) -> tuple[str, ...]:
    return (
        "Read what is attached, as it would be sent: report.html is the national report, and shareable.html is what "
        "partners get.",
        f"Answer {by}. Yes: assurance approve {release_id} --sha256 {sha256[:SHOWN]} --by OFFICE. No: assurance approve "
        f"{release_id} --reject --by OFFICE --reason WHY. Who has no such command asks {contact} to enter the answer.",
        "Until somebody says yes, nothing is sent. A yes holds for the content named below and no other: a release that is "
        "built again is asked for again.",
    )
