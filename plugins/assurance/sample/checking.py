"""Do a plan of cases and a collection fit together? Says what does not, before anything is written."""

from __future__ import annotations

from collections.abc import Iterator

from assurance.catalogue import Collection, Column
from assurance.errors import CatalogueError
from assurance.model import Period, Scale
from assurance.sample.case_plan import CasePlan, LifeEntry
from assurance.sample.cases import DUE
from assurance.sample.events import check_story, story_of

FILLED = frozenset(["return_id", "area", "period", "scope", "urn", "reference", "answer"])
"""The types of column that are filled without the plan's saying how."""


def check_case_plan(collection: Collection, plan: CasePlan, last: Period) -> None:
    """CatalogueError, naming the first thing that does not fit."""
    for problem in _problems(collection, plan):
        raise CatalogueError(f"sample.yaml of {collection.code}: {problem}")
    check_story(f"sample.yaml of {collection.code}", collection, plan.story, last)


def _problems(collection: Collection, plan: CasePlan) -> Iterator[str]:
    yield from _unknown_areas(collection, plan)
    yield from _unknown_standards(collection, plan)
    yield from _unfit_answers(collection, plan)
    columns = {column.name: column for column in collection.columns}
    if plan.begins not in columns or columns[plan.begins].type != "date":
        yield f"life begins with {plan.begins!r}, which is no column of dates"
    for entry in plan.life:
        yield from _unfit_entry(collection, columns, entry)
    yield from _unfilled(collection, plan)
    yield from _unfit_reasons(collection, plan)


def _unknown_areas(collection: Collection, plan: CasePlan) -> Iterator[str]:
    codes = {area.code for area in collection.areas}
    named = [
        *(entry.code for entry in plan.areas),
        *(entry.area for entry in plan.lower),
        *(entry.area for entry in plan.steps if entry.area),
        *(entry.area for entry in plan.claimed.areas),
        *story_of(plan.story),
        *plan.workbooks,
        *plan.days_first,
    ]
    for code in named:
        if code not in codes:
            yield f"names Area {code!r}, which areas.csv does not have"


def _unknown_standards(collection: Collection, plan: CasePlan) -> Iterator[str]:
    named = [
        *(entry.code for entry in plan.standards),
        *(code for lower in plan.lower for code in lower.standards),
        *(code for step in plan.steps for code in step.standards),
        *(drift.standard for drift in plan.drifts),
        *(swing.standard for swing in plan.swings),
        *(claim.standard for claim in plan.claimed.areas),
        *(plan.remarks.by_standard if plan.remarks else ()),
    ]
    for code in named:
        if code not in collection.versions:
            yield f"names standard {code!r}, which the register does not have"
    for code in collection.versions:
        if code not in {entry.code for entry in plan.standards}:
            yield f"standard {code} is not in `standards`; add it"


def _unfit_answers(collection: Collection, plan: CasePlan) -> Iterator[str]:
    for entry in plan.standards:
        versions = collection.versions[entry.code]
        left_out = entry.not_applicable or entry.not_applicable_when
        if left_out and (versions[-1].scale is Scale.TIMELY or not all(version.na_allowed for version in versions)):
            yield f"standard {entry.code} is never left out by choice; take `not_applicable` away"


def _unfit_entry(collection: Collection, columns: dict[str, Column], entry: LifeEntry) -> Iterator[str]:
    days = {name for name, column in columns.items() if column.type == "date"}
    days |= {f"{code}{DUE}" for code in collection.versions}
    column = columns.get(entry.column)
    if column is None:
        yield f"life has a column {entry.column!r}, which the return does not have"
    elif entry.choose is not None and column.type == "code":
        for value in entry.choose:
            if value not in column.values:
                yield f"life, at {entry.column}: {value!r} is not one of {', '.join(column.values)}"
    elif entry.choose is None and column.type != "date":
        yield f"life, at {entry.column}: only a date is counted in days; use `choose`"
    for name in (entry.start, entry.not_before):
        if name is not None and name not in days:
            yield f"life, at {entry.column}: {name!r} is neither a column of dates nor the due date of a standard"
    for name in entry.when:
        if name not in columns:
            yield f"life, at {entry.column}: `when` names {name!r}, which the return does not have"
    if entry.late is not None and entry.column not in {version.evidence for version in collection.standards}:
        yield f"life, at {entry.column}: it is evidence of no standard; use `from`"


def _unfilled(collection: Collection, plan: CasePlan) -> Iterator[str]:
    filled = {entry.column for entry in plan.life} | {plan.begins, collection.cases.as_of}
    if plan.chosen:
        filled.add(collection.cases.reason)
    for column in collection.columns:
        if column.required and column.type not in FILLED and column.name not in filled:
            yield f"life does not fill {column.name!r}, which every case must have; add it"
    for standard in collection.standards:
        if standard.evidence and standard.evidence not in filled:
            yield f"life does not fill {standard.evidence!r}, the evidence of {standard.code}; add it"
    if plan.remarks and not collection.has_column("text"):
        yield "it has `remarks`, and the return no column of text; take them away"
    if plan.numbers is None and collection.has_column("urn"):
        yield "it does not say how references are made up; add `numbers`"


def _unfit_reasons(collection: Collection, plan: CasePlan) -> Iterator[str]:
    if collection.reasons is None:
        return
    if plan.failures is None:
        yield f"it gives no reasons for {collection.reasons.standard}; add `failures`"
        return
    known = {reason.code for reason in collection.reason_list}
    for code in plan.failures.weights:
        if code not in known:
            yield f"names the reason {code!r}, which the list of reasons does not have"
    if sum(weight > 0 for weight in plan.failures.weights.values()) < plan.failures.most:
        yield "`failures` cannot give more reasons than it has; lower `most`"
