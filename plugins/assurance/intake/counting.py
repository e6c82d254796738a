"""What does a return add up to? Its answers, counted once, when it is loaded: no case goes further than this."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection as Members
from collections.abc import Iterable, Mapping

from assurance.catalogue import Collection
from assurance.intake.staging import Staged, by_version, name, quoted, without
from assurance.model import (
    ANY_REASON,
    Counted,
    Counts,
    DeclaredLine,
    ReasonLine,
    SampledLine,
    Scale,
    TallyLine,
)

ALL = "all"
"""The sample reason of what was not sampled: everything there is was counted."""


def count(collection: Collection, staged: Staged, held_back: Members[int]) -> Counted:
    """The counts of a return without the rows that are held back."""
    rows = without(held_back)
    if collection.grain == "aggregate":
        return Counted(tally=_tally_of_counts(collection, staged, rows))
    return Counted(
        tally=_tally_of_answers(collection, staged, rows),
        declared=_declared(collection, staged, rows),
        reasons=_reasons(collection, staged, rows),
        sampled=_sampled(collection, staged, rows),
        cases_in_scope=_in_scope(collection, staged),
    )


def totals(lines: Iterable[TallyLine]) -> Mapping[str, Counts]:
    """Control totals: counts by standard over all units and reasons."""
    by_standard: dict[str, Counts] = defaultdict(Counts)
    for line in lines:
        by_standard[line.standard] += line.counts
    return dict(by_standard)


def _tally_of_counts(collection: Collection, staged: Staged, rows: str) -> tuple[TallyLine, ...]:
    """The counts of an aggregate return by standard and unit; a standard apart counts as not applicable."""
    by_title = {standard.title: standard for standard in collection.standards}
    unit, title = (name(collection.column_of("unit").name), name(f"{collection.column_of('standard').name}_text"))
    answers = [column for column in collection.columns if column.answer]
    sums = ", ".join(f"cast(coalesce(sum({name(column.name)}), 0) as bigint)" for column in answers)
    lines: dict[tuple[str, str], Counts] = defaultdict(Counts)
    for text, unit_name, *numbers in staged.rows(f"select {title}, {unit}, {sums} from {rows} group by all"):
        standard = by_title[text]
        for column, number in zip(answers, numbers, strict=True):
            answer = column.answer if standard.counted else "not_applicable"
            lines[standard.code, unit_name] += Counts(**{answer or "": number})
    versions = {standard.code: standard.version for standard in collection.standards}
    return tuple(
        TallyLine(standard, versions[standard], unit_name, ALL, counts)
        for (standard, unit_name), counts in sorted(lines.items())
    )


def _tally_of_answers(collection: Collection, staged: Staged, rows: str) -> tuple[TallyLine, ...]:
    """The answers of cases by standard, version, unit and sample reason; of a timely standard the computed ones.

    A standard that the period does not ask has no answer, and so no line.
    """
    found = staged.rows(
        f"select standard, {_version(collection)} as version, unit, reason, answer, count(*) "
        f"from (unpivot (select unit, {_reason(collection)} as reason{_sent(collection)}, {_effective(collection)} "
        f"from {rows}) on {_codes(collection)} into name standard value answer) group by all"
    )
    lines: dict[tuple[str, int, str, str], Counts] = defaultdict(Counts)
    for standard, version, unit, reason, answer, number in found:
        scale = collection.versions[standard][0].scale
        assert scale is not None
        lines[standard, version, unit, reason] += Counts(**{scale.answers[answer]: number})
    return tuple(TallyLine(*key, counts) for key, counts in sorted(lines.items()))


def _declared(collection: Collection, staged: Staged, rows: str) -> tuple[DeclaredLine, ...]:
    """Each answer given to a timely standard beside the one that follows from the dates."""
    timely = collection.asked_by(Scale.TIMELY, staged.period)
    if not timely:
        return ()
    pairs = ", ".join(f"{name(code)} || '|' || {name(f'{code}_computed')} as {name(code)}" for code in timely)
    found = staged.rows(
        f"select standard, {_version(collection)} as version, reason, pair, count(*) "
        f"from (unpivot (select {_reason(collection)} as reason{_sent(collection)}, {pairs} from {rows}) "
        f"on {', '.join(map(name, timely))} into name standard value pair) group by all order by all"
    )
    lines = ((*place, *pair.split("|"), checks) for *place, pair, checks in found)
    return tuple(DeclaredLine(*line) for line in lines)


def _reasons(collection: Collection, staged: Staged, rows: str) -> tuple[ReasonLine, ...]:
    """How often each reason is given, and what the partner says of it; and the same of the checks, each once."""
    given = collection.reasons
    if given is None:
        return ()
    disputed, accepted = (
        f"coalesce({name(column)}, '')" if column else "''" for column in (given.disputed, given.accepted)
    )
    codes = f"[{quoted(ANY_REASON)}] || string_split({name(given.column)}, ';')"
    each = (
        f"select {_reason(collection)} as reason, unnest({codes}) as given, "
        f"{disputed} as disputed, {accepted} as accepted from {rows} where {name(given.column)} is not null"
    )
    found = staged.rows(f"select *, count(*) from ({each}) group by all order by all")
    return tuple(ReasonLine(*line) for line in found)


def _sampled(collection: Collection, staged: Staged, rows: str) -> tuple[SampledLine, ...]:
    point = name(collection.cases.point) if collection.cases.point else "''"
    found = staged.rows(f"select {point}, {_reason(collection)}, count(*) from {rows} group by all order by all")
    return tuple(SampledLine(*line) for line in found)


def _in_scope(collection: Collection, staged: Staged) -> int | None:
    if not collection.has_column("scope"):
        return None
    stated = name(f"{collection.column_of('scope').name}_of_file")
    ((scope,),) = staged.rows(f"select max({stated}) from staged")
    return None if scope is None else int(scope)


def _effective(collection: Collection) -> str:
    """The answer that counts under each standard's code."""
    return ", ".join(
        f"{name(f'{code}_computed' if versions[0].scale is Scale.TIMELY else code)} as {name(code)}"
        for code, versions in collection.versions.items()
    )


def _codes(collection: Collection) -> str:
    return ", ".join(map(name, collection.versions))


def _reason(collection: Collection) -> str:
    return name(collection.cases.reason) if collection.cases.reason else quoted(ALL)


def _sent(collection: Collection) -> str:
    """The date that decides by which version a case is judged, where that is needed."""
    return f", {name(collection.cases.version_by)} as sent" if collection.cases.version_by else ""


def _version(collection: Collection) -> str:
    """The version of the standard in force when the case was sent."""
    sent = "sent" if collection.cases.version_by else None
    cases = " ".join(
        f"when {quoted(code)} then {by_version(versions, sent, [str(version.version) for version in versions])}"
        for code, versions in collection.versions.items()
    )
    return f"case standard {cases} end"
