"""Is there something odd about a return as a whole? The checks that a collection's rules name beside its suite.

Each is a function of the staged table and the rule's parameters; what it yields is told in the rule's words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Collection as Members
from decimal import Decimal
from typing import Any

from assurance.catalogue import Collection
from assurance.catalogue.schema import AllFullyMet, AnswersDiffer, ScopeTooSmall, TooFewCases
from assurance.intake.reading import Problem
from assurance.intake.staging import Staged, name, quoted, without
from assurance.model import Period, Scale

Check = Callable[[Collection, Staged, str, Any], Iterable[Problem]]
"""The third is what to select the rows that count from. Most ask about the return as it was sent, `staged`: one row that
is held back would else bring findings about all the others."""


def checked_as_a_whole(
    collection: Collection, staged: Staged, period: Period, held_back: Members[int] = ()
) -> Iterable[Problem]:
    """What the checks of a collection say of a return of cases."""
    rows = without(held_back)
    for rule in collection.checks(period):
        for problem in CHECKS[rule.check](collection, staged, rows, rule):
            yield Problem(rule.rule, problem.row, problem.column, problem.detail)


def _answers_differ(collection: Collection, staged: Staged, rows: str, rule: AnswersDiffer) -> Iterable[Problem]:
    """Standards of which too many declared answers are not those that follow from the dates."""
    timely = collection.asked_by(Scale.TIMELY, staged.period)
    if not timely:
        return
    counts = ", ".join(
        f"count({name(code)}), count(*) filter ({name(code)} <> {name(f'{code}_computed')})" for code in timely
    )
    (found,) = staged.rows(f"select {counts} from {rows}")
    for code, declared, differing in zip(timely, found[::2], found[1::2], strict=True):
        if declared >= rule.least and differing >= Decimal(rule.share) * declared:
            yield Problem("", column=code, detail=f"{code}: {differing} of {declared}")


def _all_fully_met(collection: Collection, staged: Staged, rows: str, rule: AllFullyMet) -> Iterable[Problem]:
    """A return of some size in which nothing that is judged by degree is less than fully met."""
    graded = collection.asked_by(Scale.GRADED, staged.period)
    if not graded:
        return
    told = [name(f"{code}_text") for code in graded]  # what cannot be read is not fully met either
    answers = " + ".join(f"count({text}) - count(*) filter ({text} = 'NA')" for text in told)
    best = " + ".join(f"count(*) filter ({name(code)} = 'FM')" for code in graded)
    ((cases, judged, fully),) = staged.rows(f"select count(*), {answers}, {best} from staged")
    if cases >= rule.least and judged and judged == fully:
        yield Problem("")


def _too_few_cases(collection: Collection, staged: Staged, rows: str, rule: TooFewCases) -> Iterable[Problem]:
    where = " and ".join(f"{name(column)} = {quoted(value)}" for column, value in rule.where.items())
    ((found,),) = staged.rows(f"select count(*) from staged where {where or 'true'}")
    if found < rule.least:
        yield Problem("", detail=f"{found} of {rule.least}")


def _scope_too_small(collection: Collection, staged: Staged, rows: str, rule: ScopeTooSmall) -> Iterable[Problem]:
    """Fewer cases to choose from than were returned; or another number, where all of them were."""
    column, reason = collection.column_of("scope").name, collection.cases.reason
    of_all = f"count(*) filter ({name(reason)} = {quoted(rule.all)})" if reason else "count(*)"
    scope = name(f"{column}_of_file")
    ((cases, in_scope, of_all_cases),) = staged.rows(f"select count(*), max({scope}), {of_all} from staged")
    if in_scope is not None and (in_scope < cases or (of_all_cases and in_scope > cases)):
        yield Problem("", column=column, detail=f"{cases} cases returned, {in_scope} in scope")


CHECKS: Mapping[str, Check] = {
    "answers_differ_from_dates": _answers_differ,
    "all_fully_met": _all_fully_met,
    "too_few_cases": _too_few_cases,
    "scope_too_small": _scope_too_small,
}
"""By the name under which a rule asks for it."""
