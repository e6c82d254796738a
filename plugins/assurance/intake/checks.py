"""Is there something odd about a return as a whole? The checks that a collection's rules name beside its suite.

Each says what must be counted of the return as it was sent, and judges by these numbers and by what counts of it; what
it yields is told in the rule's words. One row that is held back would else bring findings about all the others: so most
look at what was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from assurance.catalogue import Collection
from assurance.catalogue.schema import AllFullyMet, AnswersDiffer, FileRule, ScopeTooSmall, TooFewCases
from assurance.intake.reading import Problem
from assurance.intake.staging import name, quoted
from assurance.model import Counted, Period, Scale


@dataclass(frozen=True)
class Whole:
    """A return of cases as a whole."""

    collection: Collection
    period: Period
    counted: Counted
    """What it adds up to, without the rows that are held back."""


@dataclass(frozen=True)
class Check:
    """What is asked of `staged`, each an SQL expression that gives a number which can be added up, and what is said of it."""

    asks: Callable[[Collection, Period, Any], Sequence[str]]
    judges: Callable[[Whole, Any, Sequence[int]], Iterable[Problem]]


def asked_of_the_whole(collection: Collection, period: Period) -> tuple[str, ...]:
    """The expressions of all checks of a period, one after the other."""
    return tuple(sql for rule in collection.checks(period) for sql in CHECKS[rule.check].asks(collection, period, rule))


def checked_as_a_whole(whole: Whole, numbers: Sequence[int]) -> Iterator[Problem]:
    """What the checks of a collection say of a return of cases, given the answers to what they asked."""
    for rule, own in _shared_out(whole, numbers):
        for problem in CHECKS[rule.check].judges(whole, rule, own):
            yield Problem(rule.rule, problem.row, problem.column, problem.detail)


def _shared_out(whole: Whole, numbers: Sequence[int]) -> Iterator[tuple[FileRule, Sequence[int]]]:
    first = 0
    for rule in whole.collection.checks(whole.period):
        asked = len(CHECKS[rule.check].asks(whole.collection, whole.period, rule))
        yield rule, numbers[first : first + asked]
        first += asked


def _nothing(collection: Collection, period: Period, rule: Any) -> Sequence[str]:
    return ()


def _answers_differ(whole: Whole, rule: AnswersDiffer, _: Sequence[int]) -> Iterable[Problem]:
    """Standards of which too many declared answers are not those that follow from the dates."""
    for code in whole.collection.asked_by(Scale.TIMELY, whole.period):
        pairs = [line for line in whole.counted.declared if line.standard == code]
        declared = sum(line.checks for line in pairs)
        differing = sum(line.checks for line in pairs if line.declared != line.computed)
        if declared >= rule.least and differing >= Decimal(rule.share) * declared:
            yield Problem("", column=code, detail=f"{code}: {differing} of {declared}")


def _graded(collection: Collection, period: Period, rule: AllFullyMet) -> Sequence[str]:
    graded = collection.asked_by(Scale.GRADED, period)
    # NA is an answer that is not fully met, and so is what cannot be read
    answers = " + ".join(f"count({name(f'{code}_text')})" for code in graded)
    best = " + ".join(f"count(*) filter ({name(code)} = 'FM')" for code in graded)
    return ("count(*)", answers or "0", best or "0")


def _all_fully_met(whole: Whole, rule: AllFullyMet, numbers: Sequence[int]) -> Iterable[Problem]:
    """A return of some size in which nothing that is judged by degree is less than fully met."""
    cases, judged, fully = numbers
    if cases >= rule.least and judged and judged == fully:
        yield Problem("")


def _of_a_kind(collection: Collection, period: Period, rule: TooFewCases) -> Sequence[str]:
    where = " and ".join(f"{name(column)} = {quoted(value)}" for column, value in rule.where.items())
    return (f"count(*) filter ({where})" if where else "count(*)",)


def _too_few_cases(whole: Whole, rule: TooFewCases, numbers: Sequence[int]) -> Iterable[Problem]:
    (found,) = numbers
    if found < rule.least:
        yield Problem("", detail=f"{found} of {rule.least}")


def _of_all(collection: Collection, period: Period, rule: ScopeTooSmall) -> Sequence[str]:
    reason = collection.cases.reason
    return ("count(*)", f"count(*) filter ({name(reason)} = {quoted(rule.all)})" if reason else "count(*)")


def _scope_too_small(whole: Whole, rule: ScopeTooSmall, numbers: Sequence[int]) -> Iterable[Problem]:
    """Fewer cases to choose from than were returned; or another number, where all of them were."""
    cases, of_all_cases = numbers
    in_scope = whole.counted.cases_in_scope
    if in_scope is not None and (in_scope < cases or (of_all_cases and in_scope > cases)):
        column = whole.collection.column_of("scope").name
        yield Problem("", column=column, detail=f"{cases} cases returned, {in_scope} in scope")


CHECKS: Mapping[str, Check] = {
    "answers_differ_from_dates": Check(_nothing, _answers_differ),
    "all_fully_met": Check(_graded, _all_fully_met),
    "too_few_cases": Check(_of_a_kind, _too_few_cases),
    "scope_too_small": Check(_of_all, _scope_too_small),
}
"""By the name under which a rule asks for it."""
