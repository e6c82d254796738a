"""What is a sender told? Whether the return was accepted, what to mend and how, and what was counted.

The first line says the outcome: of the subject, of the text and of the HTML. Findings stand by their cure.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from assurance.catalogue import Collection
from assurance.cures import EFFECTS, Cure, Fault, cures, names_another_area, places
from assurance.deadlines import cut_off
from assurance.delivery.letter import Attachment, Letter
from assurance.measures import words
from assurance.model import Arrival, Counts, Finding, Outcome, Severity, Submission
from assurance.reporting.mail import MOST_BYTES, closing, inlined, numbered, plain, wrapped
from assurance.sender.marked import MarkedCopy, Use

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Why = Callable[[Finding], str]
"""The reason of the rule behind a finding."""


@dataclass(frozen=True)
class _Room:
    """How much a mail names: cures, faults of each, and places of each fault. The attachment has all."""

    cures: int
    faults: int
    places: int


_ROOMS = (_Room(40, 8, 40), _Room(40, 4, 10), _Room(15, 2, 5))
"""From the widest: the first with which the mail is small enough is taken, or else the last."""

_ANSWERS = ("met", "partly", "not_met", "not_applicable", "not_due")


@dataclass(frozen=True)
class _Fault:
    message: str
    places: str
    why: str
    rule: str


@dataclass(frozen=True)
class _Cure:
    """One line of the table of findings."""

    fix: str
    extent: str
    effect: str
    grave: bool
    faults: tuple[_Fault, ...]
    more: str


def receipt_letter(
    collection: Collection,
    submission: Submission,
    findings: Sequence[Finding],
    totals: Mapping[str, Counts],
    why: Why,
    reports: Path,
    copy: MarkedCopy | None = None,
) -> Letter:
    """The mail that tells a sender what became of a submission, and how to mend it.

    `totals` are the control totals by standard code, `copy` the return with its faulty cells marked.
    """
    found = cures(findings)
    for room in _ROOMS:
        letter = _letter(collection, submission, found, totals, why, reports, copy, room)
        if len(letter.html.encode()) <= MOST_BYTES:
            break
    attached = [Attachment(copy.file_name, XLSX, copy.content)] if copy else []
    told = receipt_json(submission, findings, totals, why)
    attached.append(Attachment(_json_name(submission), "application/json", told))
    return Letter(letter.subject, letter.text, letter.html, None, tuple(attached))


def receipt_json(submission: Submission, findings: Sequence[Finding], totals: Mapping[str, Counts], why: Why) -> bytes:
    """The receipt for a program: every finding, and no cell of the return."""
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


def _letter(
    collection: Collection,
    submission: Submission,
    found: Sequence[Cure],
    totals: Mapping[str, Counts],
    why: Why,
    reports: Path,
    copy: MarkedCopy | None,
    room: _Room,
) -> Letter:
    queries = _queries(found)
    count = sum(cure.count for cure in found)
    first = _first_sentence(collection, submission, queries)
    if names_another_area(_all(found)):
        steps = _steps_elsewhere(collection, submission)
    else:
        steps = _steps(collection, submission, queries, copy)
    told = tuple(_told(cure, why, room) for cure in found[: room.cures])
    untold = len(found) - room.cures
    more = (
        f"What {words.many(untold, 'more cure is', 'more cures are')} for is in the attached file."
        if untold > 0
        else ""
    )
    heading = _heading(count, len(found))
    subject = _subject(collection, submission, count)
    answers, titled = answers_given(collection, totals), titled_totals(collection, totals)
    received = received_facts(submission)
    note = (
        "As read from the file; none of it counts."
        if submission.outcome is Outcome.REJECTED
        else "These figures count; compare them with your own."
    )
    html = inlined(
        reports,
        "receipt",
        verdict=verdict(submission),
        first=first,
        steps=steps,
        heading_of_findings=heading,
        cures=told,
        more=more,
        totals=[(title, asdict(counts)) for title, counts in titled],
        totals_note=note,
        answers=answers,
        received=received,
        submission=submission,
        attachment=_json_name(submission),
        subject=subject,
        preheader=first,
        heading=f"{collection.title}: receipt",
        collection=collection,
    )
    parts = [first, collection.marking, numbered("What to do next", steps)]
    if told:
        parts.append(heading)
        parts += [_cure_text(cure) for cure in told]
    if more:
        parts.append(more)
    if titled:
        parts.append(f"Control totals. {note}\n" + "\n".join(_totals_text(titled, answers)))
    parts.append("What was received\n" + "\n".join(f"  {label}: {value}" for label, value in received))
    parts += [f"The same is attached as {_json_name(submission)}, for a program to read.", *closing(collection)]
    return Letter(subject, wrapped(parts), html)


def _queries(found: Sequence[Cure]) -> int:
    """How many things the Area is asked: one rule about one column is one, at however many rows."""
    return len({(f.rule, f.column) for f in _all(found) if f.severity is Severity.QUERY})


def _all(found: Sequence[Cure]) -> Iterator[Finding]:
    return (finding for cure in found for fault in cure.faults for finding in fault.findings)


# What became of it


def verdict(submission: Submission) -> str:
    """The outcome in a few words."""
    outcome = words.capital(words.outcome_label(submission.outcome))
    rows = submission.rows_quarantined
    return f"{outcome}, {words.many(rows, 'row', 'rows')} set aside" if rows else outcome


def _subject(collection: Collection, submission: Submission, count: int) -> str:
    place = collection.name_of(submission.area)
    period = submission.period
    what = f"{period.title}, version {submission.version}" if period else "a file whose name says no month"
    findings = words.many(count, "finding", "findings")
    return plain(f"{verdict(submission)}: {collection.title}, {place}, {what}; {findings}")


def _first_sentence(collection: Collection, submission: Submission, queries: int) -> str:
    place, period = collection.name_of(submission.area), submission.period
    what = (
        f"The return of {place} for {period.title}, version {submission.version},"
        if period
        else f"The file {submission.file_name} of {place}"
    )
    said = f"{what} is {words.outcome_label(submission.outcome)}"
    if submission.outcome is Outcome.REJECTED:
        return f"{said}: none of it counts."
    if submission.outcome is Outcome.ACCEPTED_WITH_QUERIES:
        said = f"{what} is accepted with {words.many(queries, 'query', 'queries')}"
    elif queries:
        said += f", with {words.many(queries, 'query', 'queries')}"
    if submission.rows_quarantined:
        said += (
            f", but {words.number(submission.rows_quarantined)} of its {words.many(submission.rows_in or 0, 'row', 'rows')} "
            f"{'is' if submission.rows_quarantined == 1 else 'are'} set aside and counted nowhere"
        )
    return f"{said}."


# What to do


def _steps(collection: Collection, submission: Submission, queries: int, copy: MarkedCopy | None) -> tuple[str, ...]:
    by = _in_time(collection, submission)
    until = f" by {by}" if by else ""
    following = f"version {submission.version + 1:02d}"
    to_mend = submission.outcome is Outcome.REJECTED or submission.rows_quarantined > 0
    steps = []
    if submission.outcome is Outcome.REJECTED and submission.period is None:
        steps.append(f"Put right what is listed below, then send the file again{until}.")
    elif submission.outcome is Outcome.REJECTED:
        steps.append(f"Put right everything listed below, then send the whole file again as {following}{until}.")
    elif submission.rows_quarantined:
        steps.append(f"Mend what is listed below, then send the whole file again as {following}{until}.")
    if queries:
        steps.append(_query_step(collection, queries, "" if to_mend else f"{following}{until}", copy))
    if submission.outcome is Outcome.NIL:
        steps.append(f"If there was something to return after all, send it as {following}{until}.")
    if copy:
        steps.append(_copy_step(copy, following, to_mend=to_mend))
    if not steps:
        steps.append("Nothing more is needed. Compare the control totals with your own.")
    if submission.arrival is not Arrival.ON_TIME:
        steps.append(f"It came {words.arrival_label(submission.arrival).lower()}; the next one is owed in time.")
    steps.append(f"If anything is unclear, write to {collection.contact} and name the submission.")
    return tuple(steps)


def _steps_elsewhere(collection: Collection, submission: Submission) -> tuple[str, ...]:
    """What to do about a file that bears another Area's name: where it belongs comes before all that is wrong in it."""
    by = _in_time(collection, submission)
    own = (
        f"R-{submission.area}-{str(submission.period).replace('-', '')}"  # a name that is another Area's says its month
    )
    return (
        f"If it is another Area's return, it has to come through that Area's folder, under the name that it has. "
        f"{collection.name_of(submission.area)} owes nothing for it.",
        f"If it is your own, name it {own} with its version and ending, write {submission.area} in every row, and send it "
        f"again{f' by {by}' if by else ''}.",
        f"If anything is unclear, write to {collection.contact} and name the submission.",
    )


def _query_step(collection: Collection, queries: int, following: str, copy: MarkedCopy | None) -> str:
    """What to do about the queries; `following` is the version in which a figure is mended, where that is not told yet."""
    look = f"Look at {'the query' if queries == 1 else f'the {words.number(queries)} queries'} below."
    answer = (
        f"write the answer on the sheet answers of the attached {copy.file_name} and send it"
        if copy and copy.use is Use.SEND_BACK
        else f"answer with the reason to {collection.contact}"
    )
    again = f" If a figure is wrong, send the whole file again as {following}." if following else ""
    return f"{look}{again} If all is right, {answer}."


def _copy_step(copy: MarkedCopy, following: str, *, to_mend: bool) -> str:
    match copy.use:
        case Use.SEND_BACK:
            mend = "Mend the marked cells" if to_mend else "If a marked cell is wrong, mend it"
            return (
                f"The attached {copy.file_name} is your return with the faulty cells marked and the cure beside each. "
                f"It is {following} already, with its name in return_id: {words.uncapital(mend)}, say why on its sheet "
                "declaration, and send it under that name."
            )
        case Use.LOOK_AT:
            return (
                f"The attached {copy.file_name} is your return with the faulty cells marked and the cure beside each. "
                "It is for looking only: this return is sent as CSV, so mend your own table and save it as CSV."
            )
        case Use.EXTRACT:
            return (
                f"Your return is too large to be marked whole: the attached {copy.file_name} has its faulty rows alone, "
                "with the cells marked and the cure beside each. It cannot be sent back; mend your own file."
            )


def _in_time(collection: Collection, submission: Submission) -> str:
    """Until when a corrected file still counts in the month's report; empty when that is over or the month is not known."""
    if submission.period is None:
        return ""
    last = cut_off(collection.calendar, submission.period)
    return words.deadline(last) if submission.received_at < last else ""


# What is wrong


def _heading(count: int, kinds: int) -> str:
    findings = words.many(count, "finding", "findings")
    return words.capital(findings if kinds == count else f"{findings}, {words.many(kinds, 'cure', 'cures')}")


def _told(cure: Cure, why: Why, room: _Room) -> _Cure:
    untold = len(cure.faults) - room.faults
    return _Cure(
        fix=cure.fix,
        extent=cure.extent,
        effect=EFFECTS[cure.severity],
        grave=cure.severity in (Severity.FILE, Severity.ROW),
        faults=tuple(
            _fault(cure.faults[: room.faults], at, why, room) for at in range(min(room.faults, len(cure.faults)))
        ),
        more=f"And {words.number(untold)} more of this kind in the attached file." if untold > 0 else "",
    )


def _fault(faults: Sequence[Fault], at: int, why: Why, room: _Room) -> _Fault:
    """One fault, with the reason where the one before it has not just given it."""
    fault = faults[at]
    reason = why(fault.findings[0])
    said_before = at > 0 and why(faults[at - 1].findings[0]) == reason
    return _Fault(fault.message, places(fault.findings, room.places), "" if said_before else reason, fault.rule)


def _cure_text(cure: _Cure) -> str:
    lines = [f"* {words.capital(cure.effect)}: {cure.extent}. {cure.fix}"]
    for fault in cure.faults:
        lines.append(f"  {fault.message} {fault.places} Rule {fault.rule}.")
        if fault.why:
            lines.append(f"  Why: {fault.why}")
    if cure.more:
        lines.append(f"  {cure.more}")
    return "\n".join(lines)


# What was counted, and what it was


def answers_given(collection: Collection, totals: Mapping[str, Counts]) -> list[tuple[str, str]]:
    """The kinds of answer that occur, under the sender's own name for them where the return has a column of it."""
    columns: dict[str, str] = {column.answer: column.name for column in collection.columns if column.answer}
    total = asdict(Counts.total(totals.values()))
    return [
        (answer, columns.get(answer, answer).replace("_", " "))
        for answer in _ANSWERS
        if answer in columns or total[answer]
    ]


def titled_totals(collection: Collection, totals: Mapping[str, Counts]) -> list[tuple[str, Counts]]:
    lines = [(standard.title, totals[standard.code]) for standard in collection.standards if standard.code in totals]
    return [*lines, ("All together", Counts.total(totals.values()))] if lines else []


def _totals_text(titled: Sequence[tuple[str, Counts]], answers: Sequence[tuple[str, str]]) -> Iterator[str]:
    width = max(len(title) for title, _ in titled)
    for title, counts in titled:
        told = asdict(counts)
        yield f"  {title:<{width}}  " + ", ".join(f"{label} {words.number(told[answer])}" for answer, label in answers)


def received_facts(submission: Submission) -> list[tuple[str, str]]:
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


def _json_name(submission: Submission) -> str:
    return f"receipt-{submission.submission_id}.json".replace("/", "-")
