"""Which reports of a period are there, and from what was each made?"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from assurance.catalogue import Collection
from assurance.model import Counts, Period, ReleasedCell, ReturnStatus, Submission
from assurance.reporting.facts import ReleaseFacts, Replaced, Shared
from assurance.warehouse import audit, queries
from assurance.warehouse.engine import Connection, lock
from assurance.warehouse.submissions import coverage, declared, inputs, reasons, statuses, tallies

EVER = 2**31 - 1
"""A line of the audit trail that is after all there are."""
LONGEST_REACH = 2
"""A shareable table holds the month of its release and so many before it."""
REACH = 2 * LONGEST_REACH


@dataclass(frozen=True)
class Release:
    """A numbered report of a period, as the warehouse has it."""

    release_id: str
    collection: str
    period: Period
    number: int
    content_sha256: str
    inputs_sha256: str


def releases(connection: Connection, collection: str, period: Period) -> tuple[Release, ...]:
    """The releases of a period, oldest first."""
    rows = queries.rows(connection, "release/of_period", collection=collection, period=str(period))
    return tuple(
        Release(row["release_id"], collection, period, row["number"], row["content_sha256"], row["inputs_sha256"])
        for row in rows
    )


def release(connection: Connection, release_id: str) -> Release | None:
    """One release; None when there is none of this id."""
    for row in queries.rows(connection, "release/by_id", release_id=release_id):
        return Release(
            release_id,
            row["collection"],
            Period.parse(row["period"]),
            row["number"],
            row["content_sha256"],
            row["inputs_sha256"],
        )
    return None


def gather(
    connection: Connection,
    collection: Collection,
    period: Period,
    *,
    since: Period,
    package_version: str,
    signed_off_by_setting: bool,
) -> ReleaseFacts:
    """Everything the next release of a period is made from; what is said of cases begins with the month `since`."""
    shared, shared_counts = shared_before(connection, collection.code, period)
    returns = statuses(connection, collection, period)
    sources = inputs(connection, collection.code, period)
    before = releases(connection, collection.code, period)
    return ReleaseFacts(
        collection=collection,
        period=period,
        number=len(before) + 1,
        rows=tallies(connection, collection.code, period),
        returns=returns,
        inputs=sources,
        coverage=coverage(connection, collection.code, since, period),
        declared=declared(connection, collection.code, since, period),
        reasons=reasons(connection, collection.code, since, period),
        inputs_sha256=inputs_fingerprint(sources, returns, collection.version, package_version, signed_off_by_setting),
        package_version=package_version,
        signed_off_by_setting=signed_off_by_setting,
        replaces=_replaced(connection, before[-1], sources) if before else None,
        shared=shared,
        shared_counts=shared_counts,
    )


def shared_before(
    connection: Connection, collection: str, period: Period, as_of: int = EVER
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


def record(
    connection: Connection,
    facts: ReleaseFacts,
    content_sha256: str,
    now: datetime,
    cells: Sequence[ReleasedCell] = (),
) -> None:
    """Enter a release, what it was made from and what it shares, in the caller's transaction."""
    queries.execute(
        connection,
        "release/add",
        release_id=facts.release_id,
        collection=facts.collection.code,
        period=str(facts.period),
        number=facts.number,
        content_sha256=content_sha256,
        inputs_sha256=facts.inputs_sha256,
        catalogue_version=facts.collection.version,
        package_version=facts.package_version,
        built_at=now,
    )
    made_from = [{"release_id": facts.release_id, "submission_id": s.submission_id} for s in facts.inputs]
    queries.enter(connection, "release/add_input", made_from)
    queries.enter(connection, "shared/add", [{"release_id": facts.release_id, **asdict(cell)} for cell in cells])
    audit.record(connection, "built", facts.release_id, {"content_sha256": content_sha256}, now)


def sign_off(connection: Connection, signed: Release, approved_by: str, now: datetime) -> bool:
    """Enter that a release may be sent, in the caller's transaction; False when that is known already."""
    lock(connection, signed.release_id)
    if queries.rows(connection, "release/sign_off", release_id=signed.release_id):
        return False
    approval = {"content_sha256": signed.content_sha256, "approved_by": approved_by}
    queries.execute(connection, "release/add_sign_off", release_id=signed.release_id, signed_at=now, **approval)
    audit.record(connection, "signed off", signed.release_id, {**approval}, now)
    return True


def made_from(connection: Connection, release_id: str) -> frozenset[str]:
    """The submissions that a release was made from."""
    return frozenset(row["submission_id"] for row in queries.rows(connection, "release/inputs", release_id=release_id))


def _replaced(connection: Connection, last: Release, sources: Iterable[Submission]) -> Replaced:
    (headline,) = queries.rows(connection, "release/headline", release_id=last.release_id)
    known = made_from(connection, last.release_id)
    moved = {s.area for s in sources if s.period == last.period and s.submission_id not in known}
    counts = Counts(headline["met"], headline["partly"], headline["not_met"])
    return Replaced(last.number, counts, tuple(sorted(moved)))


def inputs_fingerprint(
    sources: Iterable[Submission],
    returns: Iterable[ReturnStatus],
    catalogue_version: str,
    package_version: str,
    signed_off_by_setting: bool,
) -> str:
    """Changes when anything changes that a page shows: a submission, a refusal, a query, the rules, the program."""
    made_from = {
        "inputs": [[s.submission_id, s.sha256, s.received_at.isoformat()] for s in sources],
        "returns": [
            [r.area.code, r.state.value, r.latest.submission_id if r.latest else None, r.queries] for r in returns
        ],
        "catalogue": catalogue_version,
        "package": package_version,
        "signed_off_by_setting": signed_off_by_setting,
    }
    return hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()
