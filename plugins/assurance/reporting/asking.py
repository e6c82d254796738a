"""What is an approver sent, or shown in Airflow? The request to sign a release off; by mail with the national report and
the shareable edition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from assurance.catalogue import Collection
from assurance.delivery.letter import Attachment, Letter
from assurance.measures import words
from assurance.model import Period
from assurance.reporting.notice import Notice, listing, notice_letter
from assurance.reporting.request import (
    SignOffRequest,
    answered_queries,
    open_queries,
    said_unasked,
    unanswered,
    waived_rules,
)

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
        f"Answer {by}, in Airflow under Required Actions, or so. Yes: assurance approve {release_id} --sha256 "
        f"{sha256[:SHOWN]} --by OFFICE. No: assurance approve {release_id} --reject --by OFFICE --reason WHY. Who has "
        f"neither asks {contact} to enter the answer.",
        "Until somebody says yes, nothing is sent. A yes holds for the content named below and no other: a release that is "
        "built again is asked for again.",
    )


@dataclass(frozen=True)
class Card:
    """What an approver is shown where they answer in Airflow."""

    subject: str
    body: str
    """Markdown."""


def request_card(request: SignOffRequest) -> Card:
    """The request without what Areas said: Airflow shows it to all who may see a run, and keeps it."""
    release_id, sha256 = request.release_id, request.content_sha256
    return Card(
        subject=f"Sign-off of release {release_id}, content {sha256[:SHOWN]}",
        body="\n\n".join(_paragraphs(request)),
    )


def _paragraphs(request: SignOffRequest) -> Iterator[str]:
    waiting, faults = tuple(unanswered(request.returns)), request.failed
    yield (
        f"**May this release be sent as it is? {words.capital(words.many(len(waiting), 'query', 'queries'))} open, "
        f"{words.many(len(faults), 'thing', 'things')} not right.** It is to be sent by {words.deadline(request.deadline)},"
        " London."
    )
    for part in (
        *listing("Queries that nobody has answered", waiting),
        *listing("What is not right", faults),
        *listing("Rules that were waived", waived_rules(request.returns)),
    ):
        left_out = (f"- and {part.left_out} more",) if part.left_out else ()
        yield "\n".join([f"### {part.heading}", "", *(f"- {_as_it_is(item)}" for item in part.items), *left_out])
    said = len(tuple(answered_queries(request.returns))) + len(tuple(said_unasked(request.returns)))
    if said:
        yield (
            f"What Areas answered ({said}) stands in the mail that asks for this, and `assurance approve "
            f"{request.release_id}` shows it."
        )
    yield (
        "The report is in the tab *Report* of this run, and both editions are attached to the mail. *Approve* sends it at "
        "once to everybody the register names. *Reject* keeps it; say why, and nothing of a case. Until somebody approves, "
        "nothing is sent."
    )
    yield (
        f"The answer holds for the content `{request.content_sha256}` and no other: it lapses when the release is built "
        "again or changed."
    )


def _as_it_is(text: str) -> str:
    """A text that Markdown does not read as anything else."""
    return re.sub(r"([\\`*_{}\[\]<>#|~&!])", r"\\\1", text)
