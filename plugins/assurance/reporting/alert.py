"""What are the operators told when something does not go by itself? What happened, since when, and what to do.

A mail of this kind names tasks, months, Areas and releases, and nothing that stands in a return.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from assurance.catalogue import Collection
from assurance.delivery.letter import Letter
from assurance.measures import words
from assurance.reporting.notice import Notice, listing, notice_letter

RUNBOOK = "docs/runbook.md"
"""Where each kind of alert has a section: what it means, what to do, how to know that it worked."""


class AlertKind(StrEnum):
    """What can have happened."""

    RUN_FAILED = "run_failed"
    SIGN_OFF_OVERDUE = "sign_off_overdue"
    MAIL_STUCK = "mail_stuck"
    GATE_DID_NOT_FIRE = "gate_did_not_fire"
    NOT_AS_RECORDED = "not_as_recorded"


_SAYS: Mapping[AlertKind, tuple[str, str, tuple[str, ...]]] = {
    AlertKind.RUN_FAILED: (
        "A run failed",
        "The run {subject} failed: what its red tasks do is not done.",
        (
            "Open the run in Airflow and read the last lines of each red task's log: an error of ours names what, where "
            "and the cure.",
            "Put that right, then clear the red tasks: what is run again does nothing twice.",
        ),
    ),
    AlertKind.SIGN_OFF_OVERDUE: (
        "A sign-off is overdue",
        "Release {subject} should have been sent, and nobody has signed it off.",
        (
            "Ask those who are to approve it; until they do, nothing of it is sent.",
            "The command assurance approve, with the release, says what is open and how to answer.",
        ),
    ),
    AlertKind.MAIL_STUCK: (
        "Mail waits for a person",
        "The {subject} was refused, or nobody knows whether it arrived; so was what else is named below. None of it is sent "
        "again by itself.",
        (
            "The command assurance outbox names each message that waits.",
            "Ask the recipient whether it came, then say so with the same command.",
        ),
    ),
    AlertKind.GATE_DID_NOT_FIRE: (
        "A month was not measured when it should have been",
        "The month {subject} was ready to be measured, and it was not. Airflow was told once more to measure it.",
        (
            "See in Airflow whether measure_month has run for this month since; if so, nothing is left to do.",
            "If not, measure it by hand: the command assurance build, or make month.",
            "Look at the last runs of receive_returns and close_month: one of their announcing tasks failed for good.",
        ),
    ),
    AlertKind.NOT_AS_RECORDED: (
        "Something stored is not as it was recorded",
        "The check of every night found {subject}: it is missing, was changed, or nothing tells of it.",
        (
            "The command assurance verify names everything that differs, and what that means.",
            "Restore what was changed or lost from a copy, then run the command again until it finds nothing.",
        ),
    ),
}
"""Of each kind: the finding in a few words, as a sentence, and what to do."""


def alert_letter(
    collection: Collection, kind: AlertKind, subject: str, since: datetime, parts: Iterable[str], reports: Path
) -> Letter:
    """The mail about one thing that happened to a subject (a run, release or message), since a moment (naive UTC).

    `parts` are what it happened to in particular, such as the tasks of a run; often there are none.
    """
    verdict, sentence, steps = _SAYS[kind]
    begun = f"{words.moment(since)}, London"
    notice = Notice(
        verdict=verdict,
        about=f"{collection.title}, {subject}",
        count=f"since {begun}",
        first=sentence.format(subject=subject),
        lists=(*listing("What failed", parts), *listing("What to do next", steps, in_order=True)),
        facts=(
            ("What", subject),
            ("Since", begun),
            ("Kind of alert", kind.value),
            ("Runbook", f"{RUNBOOK}#{kind.value}"),
        ),
    )
    return notice_letter(collection, notice, reports)
