"""What is said of what was found? Problems, and failed entries of a suite, in the words of their rules. Pure.

No value of a return is in it: what `{detail}` adds are numbers, columns and agreed names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from assurance.catalogue import Collection, Expectation
from assurance.catalogue.suite import TELLS_WHAT_IS_MISSING
from assurance.intake.reading import Problem
from assurance.intake.rules.statement import Failure, reported_column
from assurance.intake.staging import Typing
from assurance.model import Finding

MOST_FINDINGS = 1_000
"""Of one rule no more are told: a file with more is wrong in one way a thousand times."""
MOST_LACKING = 5
"""So many missing rows are named."""
NAMING = frozenset({"return_id", "area", "period", "unit", "standard", "urn", "reference"})
"""The types of column that say whose and which a row is."""


def finding(collection: Collection, problem: Problem) -> Finding:
    """A problem in the words of its rule."""
    text = collection.rule_texts[problem.rule]
    message = text.message.format(detail=problem.detail)
    waived = problem.rule in collection.waived
    return Finding(problem.rule, text.severity, problem.row, problem.column, message, text.fix.format(), waived)


def worded(collection: Collection, problems: Iterable[Problem]) -> list[Finding]:
    return [finding(collection, problem) for problem in problems]


def of_failures(typing: Typing, suite: Sequence[Expectation], failed: Sequence[Failure]) -> Iterator[Finding]:
    """What fails, in the words of its rule."""
    collection, senders = typing.collection, _senders_columns(typing.collection)
    of_counts = collection.grain == "aggregate"
    tells = of_counts and any(suite[failure.entry].type in TELLS_WHAT_IS_MISSING for failure in failed)
    detail = _missing_rows(typing) if tells else ""  # the loader lets no other entry have a {detail}
    for failure in failed:
        entry = suite[failure.entry]
        text, staged = entry.meta, reported_column(entry)
        column = senders.get(staged or "", staged)
        message, waived = text.message.format(detail=detail), text.rule in collection.waived
        yield Finding(text.rule, text.severity, failure.row_no, column, message, text.fix.format(), waived)


def _missing_rows(typing: Typing) -> str:
    """Which rows a table of counts lacks, by the agreed names of its units and standards."""
    collection, table, sender = typing.collection, typing.table, typing.sender
    unit, title = (collection.column_of(kind).name for kind in ("unit", "standard"))
    units = collection.units_of(sender.area, sender.period)
    known = {alias: one.name for one in units for alias in (one.name, *one.aliases)}
    there = {(known.get(u), t) for u, t in zip(table[unit].to_pylist(), table[title].to_pylist(), strict=True)}
    owed = [(one.name, standard.title) for one in units for standard in collection.standards_in(sender.period)]
    lacks = [", ".join(pair) for pair in owed if pair not in there]
    rest = f"; and {len(lacks) - MOST_LACKING} more" if len(lacks) > MOST_LACKING else ""
    return f"there is no row for {'; '.join(lacks[:MOST_LACKING])}{rest}" if lacks else "no row is missing"


def with_totals_told_once(collection: Collection, table: pa.Table, found: Sequence[Finding]) -> list[Finding]:
    """The findings; of a row of totals only that it is one, under the ids of the worst rules that it breaks."""
    said = collection.rules.totals
    of_rows: dict[int, list[Finding]] = {}
    for one in found:
        if one.row is not None:
            of_rows.setdefault(one.row, []).append(one)
    told = [one for one in found if one.row is None]
    totals = _rows_of_totals(collection, table, of_rows)
    for row, findings in of_rows.items():
        if row in totals:
            worst = min((one.severity for one in findings), key=lambda severity: severity.rank)
            first = {one.rule: one for one in reversed(findings) if one.severity is worst}
            findings = [replace(one, message=said.message, fix=said.fix) for one in first.values()]
        told += findings
    return told


def _rows_of_totals(collection: Collection, table: pa.Table, rows: Iterable[int]) -> frozenset[int]:
    """Those of some rows in which a word for a total stands where others say whose and which they are."""
    naming = [
        column.name for column in collection.columns if column.type in NAMING and column.name in table.column_names
    ]
    looked_at = table.filter(pc.is_in(table["row_no"], pa.array(sorted(rows), table["row_no"].type)))
    words = frozenset(collection.rules.totals.words)
    return frozenset(
        row["row_no"]
        for row in looked_at.select(["row_no", *naming]).to_pylist()
        if any((row[name] or "").strip(" .:").casefold() in words for name in naming)
    )


def _senders_columns(collection: Collection) -> Mapping[str, str | None]:
    """The column that a sender looks at, where a rule looks at one that was derived."""
    return {"judged_on": collection.cases.point, **{days.name: days.to for days in collection.derived}}


def in_order(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """All that is told, once each, from the top of the file to its end."""
    once = {(f.row, f.rule, f.column, f.message): f for f in found}
    ordered = sorted(once.values(), key=lambda f: (f.row or 0, f.rule, f.column or ""))
    return tuple(within_reason(ordered))


def within_reason(found: Iterable[Finding]) -> Iterator[Finding]:
    """The findings, of each rule no more than are ever told."""
    times: Counter[str] = Counter()
    for one in found:
        times[one.rule] += 1
        if times[one.rule] <= MOST_FINDINGS:
            yield one
        elif times[one.rule] == MOST_FINDINGS + 1:
            yield replace(
                one, row=None, message=f"{one.message} (More than {MOST_FINDINGS:,} times; no more are named.)"
            )
