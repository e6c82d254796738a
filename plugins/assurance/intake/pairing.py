"""How do second readings compare with an Area's own answers? Both archived files joined by case and standard, and counted.

Both files never change, so a pair of them is counted once. No case goes further than this. Of a timely standard the
answer that the Area declared is compared: it is the judgement of the Area that is read a second time, and the one that
follows from the dates is nobody's judgement.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from assurance.catalogue import Collection
from assurance.intake.counting import ALL
from assurance.intake.staging import answer, by_version, name, quoted
from assurance.model import Changed, Paired, ReadingMatch, SecondReadingLine


def paired(readings: Collection, read_rows: Path, own_rows: Path | None) -> Paired:
    """The pairs of answers of one submission of second readings and one own submission; `None`: it has no rows."""
    if own_rows is None:
        return Paired((), _none_matched(readings, read_rows))
    tables = f"with {_readings(readings, read_rows)}, {_answered(readings, own_rows, 'own')}"
    key = _key(readings)
    scales = {code: versions[-1].scale for code, versions in _own(readings).versions.items()}
    lines = answer(
        f"{tables} select assessor, standard, version, reason, answer, second, count(*) "
        f"from reading join own using ({key}, standard) group by all order by all"
    )
    matches = answer(
        f"{tables}, known as (select distinct {key}, true as known from {_file(own_rows)}) "
        "select assessor, count(*), count(answer), count(*) filter (known is null), "
        "count(*) filter (known and answer is null) "
        f"from reading left join known using ({key}) left join own using ({key}, standard) group by all order by all"
    )
    return Paired(
        tuple(
            SecondReadingLine(assessor, standard, version, str(scales[standard]), *rest)
            for assessor, standard, version, *rest in lines
        ),
        tuple(ReadingMatch(*row) for row in matches),
    )


def changed(readings: Collection, read_rows: Path, before: Path | None, after: Path | None) -> Changed:
    """Of the checks read that one own submission answers, how many another one answers otherwise, or no more."""
    if before is None:
        return Changed(0, 0)
    key = _key(readings)
    later = (
        _answered(readings, after, "later")
        if after
        else f"later as (select {key}, standard, answer from own where false)"
    )
    ((checks, cases),) = answer(
        f"with {_readings(readings, read_rows)}, {_answered(readings, before, 'own')}, {later}, "
        f"other as (select distinct {key}, standard from (select {key}, standard from reading) "
        f"join own using ({key}, standard) left join later using ({key}, standard) "
        "where own.answer is distinct from later.answer) "
        f"select count(*), count(distinct ({key})) from other"
    )
    return Changed(checks, cases)


def _none_matched(readings: Collection, read_rows: Path) -> tuple[ReadingMatch, ...]:
    rows = answer(
        f"with {_readings(readings, read_rows)} select assessor, count(*) from reading group by all order by 1"
    )
    return tuple(ReadingMatch(assessor, number, 0, number, 0) for assessor, number in rows)


def _readings(readings: Collection, rows: Path) -> str:
    """The readings as a table `reading`: the case, and standard, assessor and second answer."""
    reads = readings.reads
    assert reads is not None
    said = ((reads.standard, "standard"), (reads.assessor, "assessor"), (reads.answer, "second"))
    columns = ", ".join([_key(readings), *(f"{name(column)} as {called}" for column, called in said)])
    return f"reading as (select {columns} from {_file(rows)})"


def _answered(readings: Collection, rows: Path, called: str) -> str:
    """The own answers to what was read as a table: the case, and standard, its version, sample reason and answer.

    Only the cases that were read are looked at: a return may have a thousand times as many.
    """
    own, key = _own(readings), _key(readings)
    there = set(pq.read_schema(rows).names)
    codes = [code for code in own.versions if code in there]
    reason = name(own.cases.reason) if own.cases.reason else quoted(ALL)
    sent = name(own.cases.version_by) if own.cases.version_by else "null"
    wide = ", ".join(f"cast({name(code)} as varchar) as {name(code)}" for code in codes)
    # the wide columns have names of their own, so that none is taken for the case's
    return (
        f"{called}_wide as (select {key}, cast({reason} as varchar) as reason, {sent} as sent, {wide} "
        f"from {_file(rows)} semi join reading using ({key})), "
        f"{called} as (select {key}, reason, standard, answer, {_version(own, codes)} as version from "
        f"(unpivot {called}_wide on {', '.join(map(name, codes))} into name standard value answer))"
    )


def _version(own: Collection, codes: Sequence[str]) -> str:
    """The version of each standard that was in force when the case was sent."""
    sent = "sent" if own.cases.version_by else None
    cases = " ".join(
        f"when {quoted(code)} then {by_version(versions, sent, [str(one.version) for one in versions])}"
        for code in codes
        for versions in [own.versions[code]]
    )
    return f"case standard {cases} end"


def _own(readings: Collection) -> Collection:
    assert readings.read is not None
    return readings.read


def _key(readings: Collection) -> str:
    return ", ".join(map(name, _own(readings).case_key))


def _file(rows: Path) -> str:
    return f"read_parquet({quoted(rows)}, hive_partitioning = false)"
