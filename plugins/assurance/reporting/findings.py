"""What does an engineer see of a submission? What became of it, which rules failed where, and who has to act.

From the same as the receipt. The page is read by people outside the Area: a finding names rules, rows and columns and
holds no cell, and of an answer it is said that there is one, not what it says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from assurance.catalogue import Collection
from assurance.cures import EFFECTS, Cure, Fault, places
from assurance.measures import words
from assurance.model import Asked, Counts, Finding, Outcome, Severity, Submission
from assurance.reporting.pages import CHECKS_STYLE, rendered
from assurance.reporting.receipt import Why, answers_given, received_facts, titled_totals, verdict

MOST_BYTES = 150_000
SHAPES: Mapping[Severity, str] = {
    Severity.FILE: "worsening",
    Severity.ROW: "not_met",
    Severity.QUERY: "too_close",
    Severity.NOTE: "similar",
}


@dataclass(frozen=True)
class _Room:
    """How much a page names: rules of each severity, messages of each rule, and places of each message."""

    rules: int
    messages: int
    places: int


_ROOMS = (_Room(100, 20, 200), _Room(100, 8, 40), _Room(100, 4, 10), _Room(25, 2, 3))
"""From the widest: the first with which the page is small enough is taken, or else the last."""


@dataclass(frozen=True)
class Message:
    """One thing that a rule says, and where."""

    text: str
    places: str


@dataclass(frozen=True)
class Failed:
    """One rule that failed."""

    rule: str
    extent: str
    messages: tuple[Message, ...]
    more: str
    why: str
    fixes: tuple[str, ...]
    acts: str
    """Who has to act, and how."""


@dataclass(frozen=True)
class Grave:
    """The rules of one severity that failed."""

    effect: str
    shape: str
    extent: str
    rules: tuple[Failed, ...]
    more: str


def findings_page(
    collection: Collection,
    submission: Submission,
    findings: Sequence[Finding],
    totals: Mapping[str, Counts],
    asked: Asked,
    why: Why,
    reports: Path,
) -> bytes:
    """The findings of a submission as one self-contained HTML file."""
    for room in _ROOMS:
        page = rendered(
            reports,
            "findings",
            CHECKS_STYLE,
            collection=collection,
            submission=submission,
            place=collection.name_of(submission.area),
            month=submission.period.title if submission.period else "a file whose name says no month",
            heading=f"{verdict(submission)}: {_extent(findings)}",
            acts=_acts(submission, asked),
            facts=[*received_facts(submission), ("Queries", _queries(submission, asked)), ("Waived", _waived(asked))],
            groups=tuple(_groups(submission, findings, asked, why, room)),
            totals=[(title, asdict(counts)) for title, counts in titled_totals(collection, totals)],
            answers=answers_given(collection, totals),
        ).encode()
        if len(page) <= MOST_BYTES:
            break
    return page


def failed_rules(findings: Iterable[Finding]) -> Mapping[tuple[Severity, str], tuple[Finding, ...]]:
    """The findings by severity and rule: the gravest first, of equals what failed most."""
    found: dict[tuple[Severity, str], list[Finding]] = {}
    for each in findings:
        found.setdefault((each.severity, each.rule), []).append(each)
    ordered = sorted(found.items(), key=lambda one: (one[0][0].rank, -len(one[1]), one[0][1]))
    return {key: tuple(own) for key, own in ordered}


def _groups(
    submission: Submission, findings: Sequence[Finding], asked: Asked, why: Why, room: _Room
) -> Iterator[Grave]:
    for severity in Severity:
        own = [found for (of, _), found in failed_rules(findings).items() if of is severity]
        if not own:
            continue
        untold = len(own) - room.rules
        yield Grave(
            effect=words.capital(EFFECTS[severity]),
            shape=SHAPES[severity],
            extent=_extent([each for found in own for each in found]),
            rules=tuple(_failed(submission, found, asked, why, room) for found in own[: room.rules]),
            more=f"And {words.many(untold, 'more rule', 'more rules')}, in the receipt." if untold > 0 else "",
        )


def _failed(submission: Submission, found: Sequence[Finding], asked: Asked, why: Why, room: _Room) -> Failed:
    said: dict[str, list[Finding]] = {}
    for each in found:
        said.setdefault(each.message, []).append(each)
    first, untold = found[0], len(said) - room.messages
    return Failed(
        rule=first.rule,
        extent=Cure("", (Fault(first.rule, first.severity, "", tuple(found)),)).extent,
        messages=tuple(Message(text, places(own, room.places)) for text, own in [*said.items()][: room.messages]),
        more=f"And {words.many(untold, 'more message', 'more messages')} in the receipt." if untold > 0 else "",
        why=why(first),
        fixes=tuple(dict.fromkeys(each.fix for each in found))[: room.messages],
        acts=_acts_on(submission, first, asked),
    )


def _acts_on(submission: Submission, finding: Finding, asked: Asked) -> str:
    """Who has to act on a rule that failed?"""
    if finding.severity is Severity.NOTE:
        return "nobody, for it is waived" if finding.waived else "nobody"
    if finding.severity is not Severity.QUERY or submission.outcome is Outcome.REJECTED:
        return "the sender, by the next version"
    answers = [query.answer for query in asked.queries if query.rule == finding.rule]
    given = [answer.at for answer in answers if answer]
    if given and len(given) == len(answers):
        return f"nobody, for it was answered on {words.moment(max(given))}"
    return "the sender, by an answer or the next version"


def _acts(submission: Submission, asked: Asked) -> str:
    """Who has to act now?"""
    if submission.outcome is Outcome.REJECTED:
        return "None of it counts. The sender mends what is listed, and sends the whole file again as the next version."
    if submission.rows_quarantined:
        rows = words.many(submission.rows_quarantined, "row is", "rows are")
        return f"{rows} counted nowhere until the sender mends them and sends the next version."
    if asked.open:
        return f"The sender answers {words.many(len(asked.open), 'query', 'queries')}, or sends the next version."
    return "Nobody has to act."


def _queries(submission: Submission, asked: Asked) -> str:
    if submission.outcome is Outcome.REJECTED:
        return "none: what is rejected is asked nothing"
    total, still_open = len(asked.queries), len(asked.open)
    return f"{words.number(total)} asked, {words.number(total - still_open)} answered, {words.number(still_open)} open"


def _waived(asked: Asked) -> str:
    rules = [each.rule for each in asked.waived]
    return f"{words.many(len(rules), 'rule', 'rules')}: {words.names(rules)}" if rules else "0 rules"


def _extent(findings: Sequence[Finding]) -> str:
    rules = len({each.rule for each in findings})
    found = words.many(len(findings), "finding", "findings")
    return f"{found} of {words.many(rules, 'rule', 'rules')}" if rules else found
