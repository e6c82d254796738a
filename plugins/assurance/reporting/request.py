"""What is an approver asked before a release is sent? What nobody answered and what is not in stands on top.

Made when it is asked for, from what the warehouse says then: an answer that comes after a release was built changes the
request, and never the release. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from assurance.catalogue import Collection
from assurance.deadlines import release_day
from assurance.measures import words
from assurance.model import Answer, Arrival, Asked, Period, Query, ReturnState, ReturnStatus, WaivedRule


@dataclass(frozen=True)
class OfArea:
    """What the return of one Area is asked."""

    area: str
    version: int
    asked: Asked


@dataclass(frozen=True)
class SignOffRequest:
    """Whether a release may be sent as it is."""

    release_id: str
    content_sha256: str
    """What an approval is bound to: any change lapses it."""
    deadline: datetime
    """When the calendar wants it sent; naive UTC."""
    failed: tuple[str, ...]
    """What is not as it should be: a sentence each, with the Areas of which it is so, the gravest first."""
    returns: tuple[OfArea, ...]
    """Of each Area whose return is asked something, or has a rule waived."""

    def lines(self) -> Iterator[str]:
        """The request as text: open queries and failed checks first."""
        yield f"Release {self.release_id} may be sent, yes or no? By {words.moment(self.deadline)}, London."
        yield f"The answer holds for the content {self.content_sha256} and no other."
        yield from _unanswered(self.returns)
        yield from (f"not as it should be: {sentence}" for sentence in self.failed)
        yield from _answered_and_waived(self.returns)


def sign_off_request(
    collection: Collection,
    period: Period,
    release_id: str,
    content_sha256: str,
    made_from: Iterable[str],
    returns: Iterable[ReturnStatus],
    asked: Mapping[str, Asked],
) -> SignOffRequest:
    """The request for a release of a period that was made from these submissions, by what is asked of each in force."""
    returns = tuple(returns)
    return SignOffRequest(
        release_id=release_id,
        content_sha256=content_sha256,
        deadline=release_day(collection.calendar, period),
        failed=tuple(_failed(returns, frozenset(made_from))),
        returns=of_areas(returns, asked),
    )


def of_areas(returns: Iterable[ReturnStatus], asked: Mapping[str, Asked]) -> tuple[OfArea, ...]:
    """What the returns in force are asked, by Area; `asked` is by submission."""
    in_force = ((status.area.code, status.in_force) for status in returns if status.in_force)
    return tuple(
        OfArea(code, one.version, asked[one.submission_id])
        for code, one in in_force
        if asked.get(one.submission_id, Asked()) != Asked()
    )


def told(returns: Sequence[OfArea]) -> Iterator[str]:
    """How many queries are open, then each: the open ones, those with an answer, and what was waived."""
    yield from _unanswered(returns)
    yield from _answered_and_waived(returns)


def open_queries(returns: Sequence[OfArea]) -> Iterator[str]:
    """Each query that nobody has answered, with what was said to it before more was asked."""
    for of, query in _queries(returns):
        if query.answer is None:
            before = f" Said before more was asked: {_answer(query.said_before)}" if query.said_before else ""
            yield f"{_query(of, query)}{before}"


def unanswered(returns: Sequence[OfArea]) -> Iterator[str]:
    """Each query that nobody has answered, without a word of what an Area ever said."""
    return (_query(of, query) for of, query in _queries(returns) if query.answer is None)


def answered_queries(returns: Sequence[OfArea]) -> Iterator[str]:
    """Each query with its answer."""
    return (f"{_query(of, query)} {_answer(query.answer)}" for of, query in _queries(returns) if query.answer)


def said_unasked(returns: Sequence[OfArea]) -> Iterator[str]:
    """What was said though no query asks it."""
    return (f"{of.area} v{of.version:02d}: {_answer(said)}" for of in returns for said in of.asked.unasked)


def waived_rules(returns: Sequence[OfArea]) -> Iterator[str]:
    """Each rule that was not held against an Area."""
    return (_waived(of, rule) for of in returns for rule in of.asked.waived)


def _queries(returns: Sequence[OfArea]) -> Iterator[tuple[OfArea, Query]]:
    return ((of, query) for of in returns for query in of.asked.queries)


def _unanswered(returns: Sequence[OfArea]) -> Iterator[str]:
    waiting = tuple(open_queries(returns))
    yield f"queries: {len(waiting)} open, {sum(1 for _ in answered_queries(returns))} answered"
    yield from (f"  open: {query}" for query in waiting)


def _answered_and_waived(returns: Sequence[OfArea]) -> Iterator[str]:
    yield from (f"  answered: {query}" for query in answered_queries(returns))
    yield from (f"  said without a query: {said}" for said in said_unasked(returns))
    waived = tuple(waived_rules(returns))
    if waived:
        yield f"waived: {words.many(len(waived), 'rule', 'rules')}"
        yield from (f"  waived: {rule}" for rule in waived)


def _query(of: OfArea, query: Query) -> str:
    column = f", column {query.column}" if query.column else ""
    return f"{of.area} v{of.version:02d} {query.rule}{column}{_times(query.places)}: {' '.join(query.messages)}"


def _waived(of: OfArea, rule: WaivedRule) -> str:
    return f"{of.area} v{of.version:02d} {rule.rule}{_times(rule.places)}: {rule.message}"


def _times(places: int) -> str:
    return f", {places} times" if places > 1 else ""


def _answer(answer: Answer) -> str:
    carried = f", carried over from v{answer.carried_from_version:02d}" if answer.carried_from_version else ""
    return f"“{answer.text}” {answer.by}, {words.moment(answer.at)}{carried}"


def _failed(returns: tuple[ReturnStatus, ...], made_from: frozenset[str]) -> Iterator[str]:
    """One sentence for each thing that is not right, with the Areas of which it is so."""
    so = defaultdict[str, list[str]](list)
    for area, sentence in _faults(returns, made_from):
        so[sentence].append(area)
    return (f"{words.names(areas)}: {sentence}" for sentence, areas in so.items())


def _faults(returns: tuple[ReturnStatus, ...], made_from: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Each Area with what is not right: its return is not in, not in this release, not whole, or late."""
    for state, sentence in (
        (ReturnState.MISSING, "no return has come"),
        (ReturnState.REJECTED, "the return was rejected, and no other counts"),
    ):
        yield from ((status.area.name, sentence) for status in returns if status.state is state)
    for status in returns:
        if status.left_out:
            yield status.area.name, words.left_out_by(status.left_out)
        if status.kept and status.kept.submission_id in made_from:
            yield status.area.name, "the return was left out since, and is in this release; build it again"
    in_force = [(status.area.name, status.in_force) for status in returns if status.in_force]
    for name, own in in_force:
        if own.submission_id not in made_from:
            yield name, f"version {own.version} counts now and is not in this release; build it again"
        if own.rows_quarantined:
            yield name, f"the return has {words.many(own.rows_quarantined, 'row', 'rows')} quarantined"
    for arrival in (Arrival.AFTER_CUT_OFF, Arrival.LATE):
        came = f"the return came {words.arrival_label(arrival).lower()}"
        yield from ((name, came) for name, own in in_force if own.arrival is arrival)
