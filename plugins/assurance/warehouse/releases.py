"""Which reports of a period are there, and from what was each made?"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from assurance.catalogue import Collection
from assurance.errors import ReleaseError
from assurance.model import NATION, Counts, Period, ReleasedCell, ReturnStatus, Submission, TallyRow
from assurance.reporting.facts import Built, Cause, CauseKind, Head, ReleaseFacts, Replaced, Shared, Told, return_cause
from assurance.warehouse import audit, queries
from assurance.warehouse.audit import PRESENT
from assurance.warehouse.digests import wrote
from assurance.warehouse.engine import Connection
from assurance.warehouse.left_out import ReturnsLeftOut, left_out, names
from assurance.warehouse.second_readings import second_readings
from assurance.warehouse.submissions import (
    coverage,
    declared,
    in_force,
    judged,
    reasons,
    statuses,
    tallies,
    tally_lines,
)

LONGEST_REACH = 2
"""A shareable table holds the month of its release and so many before it."""
REACH = 2 * LONGEST_REACH
_TOLD = TypeAdapter(Told)


@dataclass(frozen=True)
class Release:
    """A numbered report of a period, as the warehouse has it."""

    release_id: str
    collection: str
    period: Period
    number: int
    content_sha256: str
    inputs_sha256: str
    catalogue_version: str
    package_version: str


@dataclass(frozen=True)
class Outdated:
    """A return in the windows of a released month that is another now than the one its last release was made from."""

    release_id: str
    submission_id: str | None
    """The submission that counts now; None where none does."""
    cause: Cause


@dataclass(frozen=True)
class BuiltWith:
    """With what a release was made, beside its inputs."""

    as_of: int
    """The position in the audit trail of what was known then."""
    catalogue: str
    package: str
    signed_off_by_setting: bool
    head: Head
    """Where the audit trail stood, as the manifest says."""
    read_by: Mapping[str, str]
    """The versions of the collections of second readings, by code."""
    manifest_sha256: str
    """Empty of a release that was built before this was entered."""


def releases(connection: Connection, collection: str, period: Period, as_of: int = PRESENT) -> tuple[Release, ...]:
    """The releases of a period, oldest first, that there were at a position of the audit trail."""
    rows = queries.rows(connection, "release/of_period", collection=collection, period=str(period), as_of=as_of)
    return tuple(_release(row, collection, period) for row in rows)


def release(connection: Connection, release_id: str) -> Release | None:
    """One release; None when there is none of this id."""
    for row in queries.rows(connection, "release/by_id", release_id=release_id):
        return _release(row, row["collection"], Period.parse(row["period"]))
    return None


def gather(
    connection: Connection,
    collection: Collection,
    period: Period,
    *,
    since: Period,
    package_version: str,
    signed_off_by_setting: bool,
    as_of: int = PRESENT,
    readings: Sequence[Collection] = (),
    read_since: Period | None = None,
) -> ReleaseFacts:
    """Everything the next release of a period is made from; what is said of cases begins with the month `since`.

    As known at a position of the audit trail: at the one before its own line, what a release was made from.
    `readings`: the collections of second readings of this one, which are looked at from the month `read_since` on.
    """
    shared, shared_counts = shared_before(connection, collection.code, period, as_of)
    returns = statuses(connection, collection, period, as_of)
    sources = in_force(connection, collection.code, period, as_of)
    recent = tuple(source for source in sources if source.period and source.period >= since)
    before = releases(connection, collection.code, period, as_of)
    decided = left_out(connection, collection.code, as_of)
    without = {place: of for place, of in decided.items() if place[0] <= period}
    rows = tallies(connection, sources)
    read = [
        s
        for one in readings
        for s in in_force(connection, one.code, period, as_of)
        if s.period and s.period >= (read_since or since)
    ]
    own_ids, read_ids = ([s.submission_id for s in many] for many in (sources, read))
    versions = "+".join(one.version for one in (collection, *readings))
    return ReleaseFacts(
        collection=collection,
        period=period,
        number=len(before) + 1,
        rows=rows,
        returns=returns,
        inputs=sources,
        coverage=coverage(connection, recent),
        declared=declared(connection, recent),
        reasons=reasons(connection, recent),
        inputs_sha256=inputs_fingerprint(
            [*sources, *read], returns, versions, package_version, signed_off_by_setting, without
        ),
        package_version=package_version,
        signed_off_by_setting=signed_off_by_setting,
        replaces=_replaced(connection, before[-1], sources, read, as_of) if before else None,
        lines=tally_lines(connection, recent),
        left_out=without,
        judged=judged(connection, [*sources, *read]),
        reported=_reported(connection, collection.code, as_of),
        revised=_revised(connection, collection.code, period, rows, as_of),
        second_readings=second_readings(connection, collection.code, own_ids, read_ids, as_of),
        readings=tuple(read),
        assessors={code: label for one in readings for code, label in one.assessors.items()},
        read_by={one.code: one.version for one in readings},
        shared=shared,
        shared_counts=shared_counts,
    )


def shared_before(
    connection: Connection, collection: str, period: Period, as_of: int = PRESENT
) -> tuple[tuple[Shared, ...], Mapping[str, Mapping[str, tuple[int, int]]]]:
    """What was shared of the months about a period, in the order of building, and what its submissions say.

    `as_of` is a line of the audit trail. A release is made again from what was shared before the line that says it was
    built: its own cells, and those of every release after it, have no part in it.
    """
    # A table shares a month with those of the two periods on either side, and each of these with two more.
    between = {"first": str(period.plus(-REACH)), "last": str(period.plus(REACH)), "as_of": as_of}
    asked = {"collection": collection, **between}
    since = str(period.plus(-REACH - LONGEST_REACH))
    cells: dict[str, list[queries.Row]] = defaultdict(list)
    for row in queries.rows(connection, "shared/cells", **asked):
        cells[row["release_id"]].append(row)
    returns: dict[str, dict[tuple[Period, str], str]] = defaultdict(dict)
    for row in queries.rows(connection, "shared/returns", **asked, since=since):
        returns[row["release_id"]][Period.parse(row["period"]), row["area"]] = row["submission_id"]
    counts: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    for row in queries.rows(connection, "shared/counts", **asked, since=since):
        counts[row["submission_id"]][row["standard"]] = (row["met"], row["unmet"])
    shared = tuple(
        Shared(Period.parse(rows[0]["period"]), tuple(_released_cell(row) for row in rows), returns[release_id])
        for release_id, rows in cells.items()
    )
    return shared, counts


def _released_cell(row: queries.Row) -> ReleasedCell:
    return ReleasedCell(row["area"], row["owner"], row["standard"], row["assessed"], row["met"], row["mark"])


def outdated(connection: Connection, collection: str, first: Period, last: Period, months: int) -> tuple[Outdated, ...]:
    """Which of the months from `first` to `last` were last released with other returns than count now, and which are they?

    By release, then by period and Area of the return. `months` is the length of the longest window that a release holds.
    """
    without = left_out(connection, collection)
    rows = queries.rows(
        connection,
        "release/outdated",
        collection=collection,
        first=str(first),
        last=str(last),
        months=months,
        left_out=names(collection, without),
    )
    released = {row["release_id"] for row in rows}
    before = {one: left_out(connection, collection, built_with(connection, one).as_of) for one in released}
    return tuple(
        Outdated(
            row["release_id"],
            row["submission_id"],
            _cause(
                row["area"],
                Period.parse(row["period"]),
                row["version_before"],
                row["version_after"],
                (before[row["release_id"]], without),
            ),
        )
        for row in rows
    )


def _cause(
    area: str, period: Period, before: int | None, after: int | None, without: tuple[ReturnsLeftOut, ReturnsLeftOut]
) -> Cause:
    """What became of one return, by its versions, and by what was left out with the last release and what is now."""
    left_out_before, left_out_now = without
    found = return_cause(area, period, before, after)
    if found.kind is CauseKind.GONE and (period, area) in left_out_now:
        return replace(found, kind=CauseKind.LEFT_OUT)
    if found.kind is CauseKind.LATE and (period, area) in left_out_before:
        return replace(found, kind=CauseKind.TAKEN_IN)
    return found


def read_otherwise(
    connection: Connection, collection: str, readings: Iterable[str], first: Period, last: Period, months: int
) -> tuple[str, ...]:
    """Which last releases of the months from `first` to `last` rest on other second readings than those in force?

    `readings` are the codes of their collections, and `months` is how many months of them a release looks at.
    """
    between = {"first": str(first), "last": str(last), "months": months}
    asked = {"collection": collection, "readings": sorted(readings), **between}
    return tuple(row["release_id"] for row in queries.rows(connection, "release/read_otherwise", **asked))


def record(
    connection: Connection,
    facts: ReleaseFacts,
    content_sha256: str,
    manifest_sha256: str,
    head: Head,
    now: datetime,
    cells: Sequence[ReleasedCell],
    told: Told,
) -> None:
    """Enter a release, what it was made from, what it says in short and what it shares, in the caller's transaction.

    Its manifest is named by its hash, and `head` is where the audit trail stood when this was written.
    """
    row = {
        "release_id": facts.release_id,
        "collection": facts.collection.code,
        "period": str(facts.period),
        "number": facts.number,
        "content_sha256": content_sha256,
        "inputs_sha256": facts.inputs_sha256,
        "catalogue_version": facts.collection.version,
        "package_version": facts.package_version,
        "built_at": now,
    }
    queries.execute(connection, "release/add", **row)
    made_from = [
        {"release_id": facts.release_id, "submission_id": s.submission_id} for s in (*facts.inputs, *facts.readings)
    ]
    queries.enter(connection, "release/add_input", made_from)
    shared = [{"release_id": facts.release_id, **asdict(cell)} for cell in cells]
    queries.enter(connection, "shared/add", shared)
    detail = {
        "content_sha256": content_sha256,
        "signed_off_by_setting": facts.signed_off_by_setting,
        "manifest_sha256": manifest_sha256,
        "head": asdict(head),
        "read_by": dict(facts.read_by),
        "told": _TOLD.dump_python(told, mode="json"),
        **wrote(release=[row], release_input=made_from, released_cell=shared),
    }
    audit.record(connection, "built", facts.release_id, detail, now)


def built(connection: Connection, collection: str) -> tuple[Built, ...]:
    """Every release of a collection with what the audit trail says of it, newest month first, last release first."""
    return tuple(_built(row) for row in queries.rows(connection, "release/built", collection=collection))


def _built(row: queries.Row) -> Built:
    line = _told(row["release_id"], row["detail"])
    return Built(
        row["release_id"],
        Period.parse(row["period"]),
        row["number"],
        row["content_sha256"],
        row["built_at"],
        Head(**head) if (head := line.get("head")) else None,
        _in_short(row["release_id"], line),
        line.get("manifest_sha256", ""),
        row["signed_at"],
        row["approved_by"] or "",
        row["answer"] == "rejected",
    )


def _in_short(release_id: str, line: Mapping[str, Any]) -> Told | None:
    try:
        return _TOLD.validate_python(line["told"]) if "told" in line else None
    except ValidationError:
        raise _unreadable(release_id) from None


def built_with(connection: Connection, release_id: str) -> BuiltWith:
    """How a release was made."""
    row = queries.rows(connection, "release/built_with", release_id=release_id)[0]
    told = _told(release_id, row["detail"])
    by_setting = told.get("signed_off_by_setting", False)
    as_of = PRESENT if row["seq"] is None else row["seq"] - 1
    head = Head(**told["head"]) if told.get("head") else Head(0, audit.START)
    made_by = (row["catalogue_version"], row["package_version"], by_setting)
    return BuiltWith(as_of, *made_by, head, told.get("read_by", {}), told.get("manifest_sha256", ""))


def _told(release_id: str, detail: str | None) -> Mapping[str, Any]:
    """What the line about a release says; ReleaseError where it was changed, which else would end in a strange place."""
    told = audit.read_detail(detail or "{}")
    if told is None:
        raise _unreadable(release_id)
    return told


def _unreadable(release_id: str) -> ReleaseError:
    return ReleaseError(
        f"the line of the audit trail that says how release {release_id} was built cannot be read; "
        "`assurance verify` says what else was changed"
    )


def made_from(connection: Connection, release_id: str) -> frozenset[str]:
    """The submissions that a release was made from."""
    return frozenset(row["submission_id"] for row in queries.rows(connection, "release/inputs", release_id=release_id))


def _release(row: queries.Row, collection: str, period: Period) -> Release:
    return Release(
        row["release_id"],
        collection,
        period,
        row["number"],
        row["content_sha256"],
        row["inputs_sha256"],
        row["catalogue_version"],
        row["package_version"],
    )


def _replaced(
    connection: Connection, last: Release, sources: Iterable[Submission], read: Iterable[Submission], as_of: int
) -> Replaced:
    (headline,) = queries.rows(connection, "release/headline", release_id=last.release_id)
    known = queries.rows(connection, "release/inputs", release_id=last.release_id)
    before = {
        (Period.parse(row["period"]), row["area"]): (row["submission_id"], row["version"])
        for row in known
        if row["collection"] == last.collection
    }
    read_before = {row["submission_id"] for row in known if row["collection"] != last.collection}
    now = {(source.period, source.area): (source.submission_id, source.version) for source in sources if source.period}
    then = built_with(connection, last.release_id).as_of
    without = (left_out(connection, last.collection, then), left_out(connection, last.collection, as_of))
    changed = sorted(place for place in {*before, *now} if before.get(place) != now.get(place))
    return Replaced(
        number=last.number,
        headline=Counts(headline["met"], headline["partly"], headline["not_met"]),
        areas=tuple(area for period, area in changed if period == last.period),
        returns=tuple(
            _cause(area, period, _version(before, period, area), _version(now, period, area), without)
            for period, area in changed
        ),
        catalogue_version=last.catalogue_version,
        package_version=last.package_version,
        read_only=not changed and read_before != {reading.submission_id for reading in read},
    )


def _version(side: Mapping[tuple[Period, str], tuple[str, int]], period: Period, area: str) -> int | None:
    return side[period, area][1] if (period, area) in side else None


def _reported(connection: Connection, collection: str, as_of: int) -> Period | None:
    (row,) = queries.rows(connection, "release/last_period", collection=collection, as_of=as_of)
    return Period.parse(row["period"]) if row["period"] else None


def _revised(
    connection: Connection, collection: str, period: Period, rows: Iterable[TallyRow], as_of: int
) -> frozenset[tuple[Period, str]]:
    """The months and Areas, and the nation, that are others now than when the month was first released."""
    where = {"collection": collection, "period": str(period), "as_of": as_of}
    first = {
        (Period.parse(row["period"]), row["area"]): (row["met"], row["partly"], row["not_met"])
        for row in queries.rows(connection, "release/first_counts", **where)
    }
    released = {Period.parse(row["period"]) for row in queries.rows(connection, "release/first", **where)}
    now: dict[tuple[Period, str], Counts] = defaultdict(Counts)
    for row in rows:
        if row.period in released:
            now[row.period, row.area] += row.counts
    told = {place: (counts.met, counts.partly, counts.not_met) for place, counts in now.items()}
    nothing = (0, 0, 0)
    moved = {place for place in {*first, *told} if first.get(place, nothing) != told.get(place, nothing)}
    return frozenset({*moved, *((month, NATION) for month, _ in moved)})


def inputs_fingerprint(
    sources: Iterable[Submission],
    returns: Iterable[ReturnStatus],
    catalogue_version: str,
    package_version: str,
    signed_off_by_setting: bool,
    left_out: ReturnsLeftOut,
) -> str:
    """Changes when anything changes that a page shows: a submission, a refusal, a query, a return left out, the rules,
    the program.
    """
    made_from: dict[str, object] = {
        "inputs": [[s.submission_id, s.sha256, s.received_at.isoformat()] for s in sources],
        "returns": [
            [r.area.code, r.state.value, r.latest.submission_id if r.latest else None, r.queries] for r in returns
        ],
        "catalogue": catalogue_version,
        "package": package_version,
        "signed_off_by_setting": signed_off_by_setting,
    }
    if left_out:  # only where there is any: what was built before keeps its fingerprint
        made_from["left_out"] = [[str(month), area, of.by, of.reason] for (month, area), of in sorted(left_out.items())]
    return hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()
