"""What several commands print."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from assurance.model import Finding, Submission

if TYPE_CHECKING:
    from assurance.delivery.outbox import SendReport
    from assurance.steps import Missed, Restatement, Steps
    from assurance.warehouse.sign_offs import SignOff

MOST_PLACES = 20
"""Of one fault so many rows, or runs of rows, are printed; JSON has all."""


def submission_line(submission: Submission, *, new: bool) -> str:
    """What became of a return, in one line."""
    outcome = submission.outcome.value.replace("_", " ")
    again = "" if new else " (received before; nothing changed)"
    return f"{submission.area} {submission.file_name}: {outcome}{again}"


def submission_facts(submission: Submission) -> list[tuple[str, str]]:
    """What is known of a submission that may be shown to anybody, each with its name."""
    return [
        ("submission", submission.submission_id),
        ("file", submission.file_name),
        ("version", f"v{submission.version:02d}"),
        ("received", f"{submission.received_at:%Y-%m-%d %H:%M} UTC"),
        ("outcome", submission.outcome.value.replace("_", " ")),
        ("rows", "unreadable" if submission.rows_in is None else str(submission.rows_in)),
        ("accepted", str(submission.rows_accepted)),
        ("quarantined", str(submission.rows_quarantined)),
    ]


def finding_facts(found: Finding) -> dict[str, object]:
    """What `--json` says of a finding."""
    return {
        "rule": found.rule,
        "severity": found.severity.value,
        "row": found.row,
        "column": found.column,
        "message": found.message,
        "fix": found.fix,
    }


def print_sign_off(known: SignOff) -> None:
    """Whether a release may be sent, who says so, and why."""
    from assurance.measures import words

    told = [f"release {known.release_id}: {known.answer.value}"]
    if known.at:
        told += [
            f"{'asked for again ' if known.answer == 'not answered' else ''}by {known.by}, {words.moment(known.at)}"
        ]
    if known.reason:
        told += [f"“{known.reason}”"]
    if known.replaced_by:
        told += [f"replaced by {known.replaced_by}, so nothing more of it is sent"]
    print(", ".join(told))


def print_restatement(steps: Steps, restatement: Restatement) -> None:
    """Which release is out of date, why, what moves, and whether it can wait."""
    from assurance.measures import words

    release = restatement.release
    described = steps.collection(release.collection)
    print(f"release {release.release_id} is out of date:")
    for cause in restatement.causes:
        print(f"  {words.cause(cause, described.name_of(cause.area))}")
    moved, at_once = len(restatement.moved), sum(one.at_once for one in restatement.moved)
    print(f"  {moved} figures move, {at_once} of them by enough to say so at once; {words.weight(restatement.at_once)}")
    print(f"  to release it again: assurance build {release.period} -c {release.collection}")


def print_sent(report: SendReport, what: str) -> None:
    """How many went out, and which did not; nothing where there was none."""
    if report.sent or report.unsent:
        print(f"{report.sent} {what} sent, {len(report.unsent)} not sent")
    for entry in report.unsent:
        print(f"  {entry}: {entry.state.value}")


def print_mail_owed(steps: Steps) -> None:
    """How many messages are waiting; nothing where there is none."""
    owed = steps.mail_owed()
    if owed:
        print(f"{owed} messages are not sent yet; `assurance outbox --send` tries now")


def print_oldest_unsent(steps: Steps) -> None:
    """How long the message waits that has waited longest; nothing where everything is sent."""
    from assurance.measures import words

    since = min((entry.owed_since for entry in steps.unsent()), default=None)
    if since:
        print(
            f"the oldest unsent message has waited {words.waited(steps.clock() - since)}, since {words.moment(since)}"
        )


def print_missed(missed: Iterable[Missed]) -> None:
    """Which months should have been measured and were not, since when, and how to measure each."""
    for one in missed:
        again = f"again (release {one.release} is out of date)" if one.release else "for the first time"
        print(
            f"{one.collection} {one.period}: should have been measured {again} from {one.since:%Y-%m-%d %H:%M} UTC on; "
            f"assurance build {one.period} -c {one.collection}"
        )


def print_json(told: object) -> None:
    """JSON for a program."""
    json.dump(told, sys.stdout, indent=1)
    print()


def print_table(header: list[str], lines: Iterable[list[str]]) -> None:
    """A table for a terminal; tab-separated when the output goes elsewhere."""
    if not sys.stdout.isatty():
        csv.writer(sys.stdout, delimiter="\t", lineterminator="\n").writerows([header, *lines])
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(*header, box=box.SIMPLE)
    for line in lines:
        table.add_row(*line)
    Console().print(table)
