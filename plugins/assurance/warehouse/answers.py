"""What is a submission asked, what was answered, and by whom?

A query is what one rule asks about one column of a submission. Answers are only ever added: the last one stands. They
belong to a submission; a new version that is asked the same keeps them, marked as carried over.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from assurance.errors import AnswerError
from assurance.model import Answer, Asked, Outcome, Query, ReturnStatus, Severity, Submission, WaivedRule
from assurance.warehouse import audit, queries
from assurance.warehouse.digests import wrote
from assurance.warehouse.engine import Connection, lock


def asked(connection: Connection, submission_id: str) -> Asked:
    """The queries of a submission with the answers that stand, what of it is waived, and answers to nothing."""
    given = _answers(connection, submission_id)
    rows = queries.rows(connection, "answer/asked", submission_id=submission_id)
    found: dict[tuple[str, str | None], list[queries.Row]] = defaultdict(list)
    for row in rows:
        if row["severity"] == Severity.QUERY:
            found[row["rule"], row["column_name"] or None].append(row)
    return Asked(
        queries=tuple(_query(rule, column, alike, given) for (rule, column), alike in found.items()),
        waived=tuple(_waived(row) for row in rows if row["severity"] != Severity.QUERY),
        unasked=tuple(a for a in given if not any(a.is_to(*query) for query in found)),
    )


def asked_of(connection: Connection, returns: Iterable[ReturnStatus]) -> dict[str, Asked]:
    """What the submissions in force are asked, by their ids."""
    ids = [status.in_force.submission_id for status in returns if status.in_force]
    return {submission_id: asked(connection, submission_id) for submission_id in ids}


def answer(connection: Connection, submission: Submission, given: Answer, now: datetime) -> None:
    """Enter what somebody answers to a query of a submission, in the caller's transaction.

    AnswerError where the submission does not count or was not asked this.
    """
    _lock(connection, submission)
    _demand_query(connection, submission, given)
    _enter(connection, submission.submission_id, [given], now)


def take_over(
    connection: Connection,
    submission: Submission,
    sheet: Sequence[Answer],
    before: Submission | None,
    now: datetime,
) -> None:
    """Enter what the answer sheet of a new version says, and what was answered to the version before and is asked again.

    An answer to what only the version before was asked stays with that one; one to what nobody asked, with the new one.
    """
    own = asked(connection, submission.submission_id).queries
    others = asked(connection, before.submission_id).queries if before else ()
    to_before = [a for a in sheet if _is_to_any(a, others) and not _is_to_any(a, own)]
    given = [a for a in sheet if a not in to_before]
    if before:
        again = [query for query in own if not any(a.is_to(query.rule, query.column) for a in given)]
        given += _carried(again, others, before)
        _enter(connection, before.submission_id, to_before, now)
    _enter(connection, submission.submission_id, given, now)


def _carried(own: Iterable[Query], others: Iterable[Query], before: Submission) -> list[Answer]:
    """The answers to queries that are asked again, word for word and of no more places."""
    known = {(query.rule, query.column, query.messages): query for query in others}
    carried = []
    for query in own:
        earlier = known.get((query.rule, query.column, query.messages))
        if earlier and earlier.answer and query.places <= earlier.places:
            origin = earlier.answer.carried_from or before.submission_id
            carried.append(replace(earlier.answer, column=query.column, carried_from=origin))
    return carried


def _is_to_any(given: Answer, of: Iterable[Query]) -> bool:
    return any(given.is_to(query.rule, query.column) for query in of)


def _demand_query(connection: Connection, submission: Submission, given: Answer) -> None:
    found, name = asked(connection, submission.submission_id), f"submission {submission.submission_id}"
    if submission.outcome is Outcome.REJECTED:
        raise AnswerError(f"{name} was rejected, so its queries need no answer; send the return again, mended")
    if (counting := _in_force(connection, submission)) != submission.submission_id:
        raise AnswerError(f"{name} counts no more; answer what is asked of the later version, submission {counting}")
    if _is_to_any(given, found.queries):
        return
    columns = [query.column or "none" for query in found.queries if query.rule == given.rule]
    if columns:
        raise AnswerError(
            f"rule {given.rule} asks nothing about column {given.column} in {name}; it does about: {', '.join(columns)}"
        )
    rules = ", ".join(dict.fromkeys(query.rule for query in found.queries)) or "none"
    raise AnswerError(f"rule {given.rule} asks nothing in {name}; rules that do: {rules}")


def _in_force(connection: Connection, submission: Submission) -> str | None:
    place = {"collection": submission.collection, "period": str(submission.period)}
    rows = queries.rows(connection, "submission/in_force_of_period", **place)
    return next((row["submission_id"] for row in rows if row["area"] == submission.area), None)


def _query(rule: str, column: str | None, alike: Sequence[queries.Row], given: Iterable[Answer]) -> Query:
    # what was asked later is not answered by what was said before
    since = max((row["asked_at"] for row in alike if row["asked_at"]), default=datetime.min)
    last = next((answer for answer in reversed(tuple(given)) if answer.is_to(rule, column)), None)
    stands = last is not None and last.at >= since
    messages, places = tuple(row["message"] for row in alike), sum(row["places"] for row in alike)
    return Query(rule, column, messages, places, last if stands else None, None if stands else last)


def _waived(row: queries.Row) -> WaivedRule:
    return WaivedRule(row["rule"], row["message"], row["places"])


def _answers(connection: Connection, submission_id: str) -> tuple[Answer, ...]:
    return tuple(
        Answer(
            row["rule"],
            row["column_name"] or None,
            row["answer"],
            row["answered_by"],
            row["answered_at"],
            row["carried_from"],
            row["carried_from_version"],
        )
        for row in queries.rows(connection, "answer/of_submission", submission_id=submission_id)
    )


def _enter(connection: Connection, submission_id: str, given: Sequence[Answer], now: datetime) -> None:
    last = len(queries.rows(connection, "answer/of_submission", submission_id=submission_id))
    rows = [
        {
            "submission_id": submission_id,
            "seq": seq,
            "rule": answer.rule,
            "column_name": answer.column or "",
            "answer": answer.text,
            "answered_by": answer.by,
            "answered_at": answer.at,
            "carried_from": answer.carried_from,
        }
        for seq, answer in enumerate(given, start=last + 1)
    ]
    queries.enter(connection, "answer/add", rows)
    for row in rows:
        told = {key: row[key] for key in ("seq", "rule", "column_name", "answered_by", "carried_from")}
        digest = hashlib.sha256(str(row["answer"]).encode()).hexdigest()
        detail = {**told, "answer_sha256": digest, **wrote(answer=[row])}
        audit.record(connection, "answered", submission_id, detail, now)


def _lock(connection: Connection, submission: Submission) -> None:
    """As loading does: a new version that carries answers over sees this one, or this one sees that it came too late."""
    lock(connection, f"{submission.collection}|{submission.area}|{submission.period}")
