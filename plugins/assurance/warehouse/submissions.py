"""What has been received, what of it counts, and what has to be told about it?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from assurance.catalogue import Collection
from assurance.keys import period_of
from assurance.model import (
    Area,
    Arrival,
    Arrived,
    Checked,
    Counted,
    CountedLine,
    Counts,
    CoverageRow,
    DeclaredRow,
    Earlier,
    FailedRule,
    Finding,
    JudgedWith,
    LeftOut,
    Neighbour,
    Outcome,
    Period,
    ReasonRow,
    ReturnState,
    ReturnStatus,
    Severity,
    Submission,
    TallyLine,
    TallyRow,
)
from assurance.warehouse import audit, queries
from assurance.warehouse.answers import take_over
from assurance.warehouse.archive import archive_path
from assurance.warehouse.audit import PRESENT
from assurance.warehouse.digests import wrote
from assurance.warehouse.engine import Connection, lock
from assurance.warehouse.left_out import left_out, names

COUNTS = ("met", "partly", "not_met", "not_applicable", "not_due")


@dataclass(frozen=True)
class Announcement:
    """What the rest of the month must hear after a submission was loaded."""

    area_return: bool = False
    """The Area is in, for the first time."""
    restates: tuple[Period, ...] = ()
    """The released months with a window that holds this return, and whose last release was made without it."""


@dataclass(frozen=True)
class Versions:
    """With what a submission was judged."""

    catalogue: str
    package: str


def is_loaded(connection: Connection, submission_id: str) -> bool:
    """Whether a submission stands in the warehouse."""
    return bool(queries.rows(connection, "submission/by_id", submission_id=submission_id))


def lock_month(connection: Connection, submission: Submission) -> None:
    """Let no other return of the month be loaded until this transaction ends: each must see the others."""
    lock(connection, submission.collection, shared=True)
    lock(connection, f"{submission.collection}|{submission.period}")


def load(
    connection: Connection,
    checked: Checked,
    arrived: Arrived,
    *,
    versions: Versions,
    now: datetime,
    archived_sha256: str | None = None,
) -> bool:
    """Enter a submission with all that belongs to it, in the caller's transaction; False when it stood there before.

    `archived_sha256` is the hash of its file in the archive; None where none of its rows counts.
    """
    submission = checked.submission
    lock(connection, submission.collection, shared=True)  # a release being built sees all of a load or none
    lock(connection, f"{submission.collection}|{submission.area}|{submission.period}")
    new = not is_loaded(connection, submission.submission_id)
    delivery = _deliver(connection, submission, arrived)
    if new:
        replaced = _replaced(connection, submission) if _asks_or_answers(checked) else None
        _enter(connection, checked, versions, now, archived_sha256, delivery)
        if _asks_or_answers(checked):
            take_over(connection, submission, checked.answers, replaced, now)
    elif delivery:
        audit.record(connection, "delivered", submission.submission_id, wrote(delivery=delivery), now)
    return new


def ask_later(connection: Connection, submission_id: str, asked: Sequence[Finding], now: datetime) -> int:
    """Ask a loaded submission what another one raised, in the caller's transaction.

    Returns how many times it has now been asked something later; 0 when it had been asked all of this before.
    """
    known = queries.rows(connection, "submission/findings", submission_id=submission_id)
    places = {(row["rule"], row["row_no"], row["column_name"]) for row in known}
    new = [one for one in asked if (one.rule, one.row, one.column) not in places]
    if not new:
        return 0
    rows = _enter_findings(connection, submission_id, new, first=len(known) + 1, asked_at=now)
    detail = {"rules": sorted({one.rule for one in new}), "places": len(new), **wrote(finding=rows)}
    audit.record(connection, "asked", submission_id, detail, now)
    return len({row["asked_at"] for row in known} - {None}) + 1


def announcement(connection: Connection, submission: Submission, windows: int) -> Announcement:
    """What has to be told about a loaded submission; the same answer however often it is asked, until it is measured.

    The gate counts an Area's key once, and a key that comes again waits for ever; so only the first accepted
    submission announces the Area, while its month has no release, and what comes later restates months that have one:
    those within `windows` months, the length of the longest window of a release.
    """
    period = submission.period
    if not submission.outcome.counts or period is None:
        return Announcement()
    key = {"collection": submission.collection, "period": str(period)}
    area_return = False
    if not queries.rows(connection, "release/of_period", **key, as_of=audit.PRESENT):
        (first,) = queries.rows(connection, "submission/first_accepted", **key, area=submission.area)
        area_return = first["submission_id"] == submission.submission_id
    changed = queries.rows(
        connection,
        "release/outdated",
        collection=submission.collection,
        first=str(period),
        last=str(period.plus(windows - 1)),
        months=windows,
        left_out=names(submission.collection, left_out(connection, submission.collection)),
    )
    months = {period_of(row["release_id"]) for row in changed if row["submission_id"] == submission.submission_id}
    return Announcement(area_return, tuple(sorted(months)))


def delivered(connection: Connection, collection: str) -> frozenset[tuple[str, str, int, datetime]]:
    """The files already received: Area, name, size and time."""
    rows = queries.rows(connection, "submission/deliveries", collection=collection)
    return frozenset((row["area"], row["file_name"], row["size_bytes"], row["modified_at"]) for row in rows)


def earlier(connection: Connection, submission: Submission, archive: Path) -> Earlier:
    """What the history rules need to know about the other returns, and where in the archive their rows lie."""
    place = {"collection": submission.collection, "area": submission.area, "period": str(submission.period)}
    same = queries.rows(connection, "submission/same_content", **place, content_sha256=submission.content_sha256)
    counts: dict[str, dict[Period, Counts]] = defaultdict(dict)
    for row in queries.rows(connection, "tally/of_area_before", **place):
        counts[row["standard"]][Period.parse(row["period"])] = Counts(row["met"], row["partly"], row["not_met"])
    content = submission.content_sha256 or ""
    others = _others(connection, submission, archive)
    own = archive_path(archive, submission)
    return Earlier(
        {content: Period.parse(same[-1]["period"])} if same else {},
        counts,
        own if own.exists() else None,
        **others,
    )


def coverage(connection: Connection, sources: Iterable[Submission]) -> tuple[CoverageRow, ...]:
    """How many cases these submissions looked at, by period and Area."""
    return tuple(
        CoverageRow(Period.parse(row["period"]), row["area"], row["cases"], row["targeted"], row["in_scope"])
        for row in _of(connection, "cases/coverage_of_submissions", sources)
    )


def declared(connection: Connection, sources: Iterable[Submission]) -> tuple[DeclaredRow, ...]:
    """Declared against computed answers of these submissions, by period, Area and standard."""
    return tuple(
        DeclaredRow(
            Period.parse(row["period"]), row["area"], row["standard"], row["declared"], row["computed"], row["checks"]
        )
        for row in _of(connection, "cases/declared_of_submissions", sources)
    )


def reasons(connection: Connection, sources: Iterable[Submission]) -> tuple[ReasonRow, ...]:
    """Reasons these submissions give for a standard not met, by period and Area."""
    return tuple(
        ReasonRow(
            Period.parse(row["period"]), row["area"], row["reason"], row["disputed"], row["accepted"], row["checks"]
        )
        for row in _of(connection, "cases/reasons_of_submissions", sources)
    )


def _of(connection: Connection, question: str, sources: Iterable[Submission]) -> Sequence[queries.Row]:
    return queries.rows(connection, question, submission_ids=[source.submission_id for source in sources])


def _others(connection: Connection, submission: Submission, archive: Path) -> dict[str, Any]:
    """Of Earlier, what it knows of the returns in force for the period: the other Areas', and this Area's own."""
    where = {"collection": submission.collection, "period": str(submission.period)}
    elsewhere, own = list[Neighbour](), dict[int, Path]()
    for row in queries.rows(connection, "submission/in_force_of_period", **where):
        path = archive_path(archive, replace(submission, area=row["area"], submission_id=row["submission_id"]))
        if row["area"] == submission.area:
            own[row["version"]] = path
        elif path.exists():
            elsewhere.append(Neighbour(row["submission_id"], row["area"], path))
    # of equal versions the later counts, so it takes the place of the one before
    before = [path for version, path in own.items() if version <= submission.version and path.exists()]
    return {
        "elsewhere": tuple(elsewhere),
        "before": before[0] if before else None,
        "overtaken": any(version > submission.version for version in own),
    }


def tallies(connection: Connection, sources: Iterable[Submission]) -> tuple[TallyRow, ...]:
    """What these submissions count, by period, Area, standard and its version."""
    return tuple(
        TallyRow(
            Period.parse(row["period"]),
            row["area"],
            row["standard"],
            Counts(*(row[name] for name in COUNTS)),
            row["standard_version"],
        )
        for row in _of(connection, "tally/of_submissions", sources)
    )


def tally_lines(connection: Connection, sources: Sequence[Submission]) -> tuple[CountedLine, ...]:
    """What these submissions count, line by line, by period, Area, standard and unit; targeted cases are left out."""
    return tuple(
        CountedLine(
            row["submission_id"],
            Period.parse(row["period"]),
            row["area"],
            TallyLine(
                row["standard"],
                row["standard_version"],
                row["unit"],
                row["sample_reason"],
                Counts(*(row[name] for name in COUNTS)),
            ),
        )
        for row in queries.rows(connection, "tally/lines", submission_ids=[s.submission_id for s in sources])
    )


def judged(connection: Connection, sources: Sequence[Submission]) -> Mapping[str, JudgedWith]:
    """With what each of these submissions was judged, by its id."""
    rows = queries.rows(connection, "submission/judged", submission_ids=[s.submission_id for s in sources])
    return {row["submission_id"]: JudgedWith(row["catalogue_version"], row["package_version"]) for row in rows}


def in_force(connection: Connection, collection: str, period: Period, as_of: int = PRESENT) -> tuple[Submission, ...]:
    """The submissions that a release is made from: those in force up to a period, by period and Area, without those that
    are left out; as known at a position of the audit trail.
    """
    without = names(collection, left_out(connection, collection, as_of))
    asked = {"collection": collection, "period": str(period), "as_of": as_of, "left_out": without}
    rows = queries.rows(connection, "submission/in_force", **asked)
    return tuple(_submission(row) for row in rows)


def statuses(
    connection: Connection, collection: Collection, period: Period, as_of: int = PRESENT
) -> tuple[ReturnStatus, ...]:
    """Where each return owed for a period stands, by Area, as known at a position of the audit trail; of second readings,
    which nobody owes, those that came.
    """
    rows = queries.rows(connection, "submission/of_period", collection=collection.code, period=str(period), as_of=as_of)
    sent, without = {row["area"] for row in rows}, left_out(connection, collection.code, as_of)
    areas = [area for area in collection.areas_in(period) if area.code in sent or collection.read is None]
    return tuple(
        _status(area, [row for row in rows if row["area"] == area.code], without.get((period, area.code)))
        for area in areas
    )


def accepted(connection: Connection, collection: str, area: str, period: Period) -> tuple[Submission, ...]:
    """Every version of a return that counts, or once did, by version."""
    rows = queries.rows(connection, "submission/accepted", collection=collection, area=area, period=str(period))
    return tuple(_submission(row) for row in rows)


def every(connection: Connection) -> tuple[Submission, ...]:
    """Every submission, those that were rejected too, the oldest first."""
    return tuple(_submission(row) for row in queries.rows(connection, "submission/every"))


def last_period(connection: Connection, collection: str) -> Period | None:
    """The last period with a return that counts; None when there is none."""
    rows = queries.rows(connection, "submission/periods", collection=collection)
    return Period.parse(rows[-1]["period"]) if rows else None


def named(connection: Connection, name: str) -> tuple[Submission, ...]:
    """The submissions that a name can mean: the beginning of an id, or a file's name with or without its ending."""
    return tuple(_submission(row) for row in queries.rows(connection, "submission/named", named=name))


def collection_about(connection: Connection, subject_id: str) -> str:
    """The collection of a submission, or of a release, whose id begins with it."""
    found = queries.rows(connection, "submission/by_id", submission_id=subject_id)
    return str(found[0]["collection"]) if found else subject_id.partition("/")[0]


def receipt(connection: Connection, submission_id: str) -> tuple[Submission, tuple[Finding, ...], Mapping[str, Counts]]:
    """A submission, its findings and its control totals by standard."""
    (row,) = queries.rows(connection, "submission/by_id", submission_id=submission_id)
    findings = queries.rows(connection, "submission/findings", submission_id=submission_id)
    totals = queries.rows(connection, "tally/totals", submission_id=submission_id)
    return (
        _submission(row),
        tuple(
            Finding(
                f["rule"], Severity(f["severity"]), f["row_no"], f["column_name"], f["message"], f["fix"], f["waived"]
            )
            for f in findings
        ),
        {t["standard"]: Counts(*(t[name] for name in COUNTS)) for t in totals},
    )


def failed_rules(connection: Connection, submission_ids: Iterable[str]) -> Mapping[str, tuple[FailedRule, ...]]:
    """The rules that each of these submissions failed; one that failed none is not in it."""
    found: dict[str, tuple[FailedRule, ...]] = {}
    for row in queries.rows(connection, "submission/failed_rules", submission_ids=list(submission_ids)):
        failed = FailedRule(row["rule"], Severity(row["severity"]), row["places"], row["waived"])
        found[row["submission_id"]] = (*found.get(row["submission_id"], ()), failed)
    return found


def _enter(
    connection: Connection,
    checked: Checked,
    versions: Versions,
    now: datetime,
    archived_sha256: str | None,
    delivery: Sequence[queries.Row],
) -> None:
    submission = checked.submission
    row = {
        **asdict(submission),
        "period": None if submission.period is None else str(submission.period),
        "catalogue_version": versions.catalogue,
        "package_version": versions.package,
        "loaded_at": now,
    }
    queries.execute(connection, "submission/add", **row)
    findings = _enter_findings(connection, submission.submission_id, checked.findings)
    counted = _enter_counted(connection, checked)
    detail = {
        "collection": submission.collection,
        "area": submission.area,
        "period": str(submission.period),
        "version": submission.version,
        "sha256": submission.sha256,
        "outcome": submission.outcome.value,
        "archived_sha256": archived_sha256,
        **wrote(submission=[row], delivery=delivery, finding=findings, **counted),
    }
    audit.record(connection, "received", submission.submission_id, detail, now)


def _enter_findings(
    connection: Connection,
    submission_id: str,
    findings: Sequence[Finding],
    first: int = 1,
    asked_at: datetime | None = None,
) -> list[queries.Row]:
    rows: list[queries.Row] = [
        {
            "submission_id": submission_id,
            "seq": seq,
            "rule": found.rule,
            "severity": found.severity.value,
            "row_no": found.row,
            "column_name": found.column,
            "message": found.message,
            "fix": found.fix,
            "waived": found.waived,
            "asked_at": asked_at,
        }
        for seq, found in enumerate(findings, start=first)
    ]
    queries.enter(connection, "submission/add_finding", rows)
    return rows


def _enter_counted(connection: Connection, checked: Checked) -> dict[str, list[queries.Row]]:
    """Enter what a return adds up to; the rows by their table."""
    rows = counted_rows(checked.submission.submission_id, checked.counted)
    queries.enter(connection, "tally/add", rows["tally"])
    queries.enter(connection, "cases/add_declared", rows["declared"])
    queries.enter(connection, "cases/add_reason", rows["reason"])
    queries.enter(connection, "cases/add_sampled", rows["sampled"])
    for row in rows["scope"]:
        queries.execute(connection, "cases/add_scope", **row)
    return rows


def counted_rows(submission_id: str, counted: Counted) -> dict[str, list[queries.Row]]:
    """What a return adds up to, as the rows that stand in the warehouse, by table."""
    own = {"submission_id": submission_id}
    in_scope = counted.cases_in_scope
    return {
        "tally": [own | _flat(line) for line in counted.tally],
        "declared": [own | asdict(line) for line in counted.declared],
        "reason": [own | asdict(line) for line in counted.reasons],
        "sampled": [own | asdict(line) for line in counted.sampled],
        "scope": [] if in_scope is None else [own | {"cases_in_scope": in_scope}],
    }


def _flat(line: TallyLine) -> queries.Row:
    return {
        "standard": line.standard,
        "standard_version": line.standard_version,
        "unit": line.unit,
        "sample_reason": line.sample_reason,
        **asdict(line.counts),
    }


def _deliver(connection: Connection, submission: Submission, arrived: Arrived) -> list[queries.Row]:
    """Enter the file in which a submission came; the row, or none where this file is known already."""
    place = {
        "collection": arrived.collection,
        "area": arrived.area,
        "file_name": arrived.file_name,
        "size_bytes": arrived.size_bytes,
        "modified_at": arrived.modified_at,
    }
    if queries.rows(connection, "submission/delivery", **place):
        return []
    row = {**place, "submission_id": submission.submission_id, "received_at": submission.received_at}
    queries.execute(connection, "submission/add_delivery", **row)
    return [row]


def _asks_or_answers(checked: Checked) -> bool:
    asks = any(finding.severity is Severity.QUERY for finding in checked.findings)
    return checked.submission.outcome.counts and (asks or bool(checked.answers))


def _replaced(connection: Connection, submission: Submission) -> Submission | None:
    """The version that counts until now; none where a later one came first."""
    place = {"collection": submission.collection, "period": str(submission.period)}
    for row in queries.rows(connection, "submission/in_force_of_period", **place):
        if row["area"] == submission.area and row["version"] <= submission.version:
            (counting,) = queries.rows(connection, "submission/by_id", submission_id=row["submission_id"])
            return _submission(counting)
    return None


def _status(area: Area, rows: list[queries.Row], without: LeftOut | None) -> ReturnStatus:
    if not rows:
        return ReturnStatus(area, ReturnState.MISSING, None, None)
    latest = _submission(max(rows, key=lambda row: (row["received_at"], row["version"])))
    in_force = [row for row in rows if row["in_force"]]
    if not in_force:
        return ReturnStatus(area, ReturnState.REJECTED, None, latest)
    row = in_force[0]
    own, state = _submission(row), ReturnState(row["outcome"])
    if without:
        return ReturnStatus(area, ReturnState.LEFT_OUT, None, latest, left_out=without, kept=own)
    if state is ReturnState.ACCEPTED and row["queries"]:  # it was asked after it was accepted
        state = ReturnState.ACCEPTED_WITH_QUERIES
    return ReturnStatus(area, state, own, latest, row["queries"], row["waived"])


def _submission(row: queries.Row) -> Submission:
    return Submission(
        submission_id=row["submission_id"],
        collection=row["collection"],
        area=row["area"],
        period=None if row["period"] is None else Period.parse(row["period"]),
        version=row["version"],
        file_name=row["file_name"],
        sha256=row["sha256"],
        received_at=row["received_at"],
        arrival=Arrival(row["arrival"]),
        outcome=Outcome(row["outcome"]),
        rows_in=row["rows_in"],
        rows_accepted=row["rows_accepted"],
        rows_quarantined=row["rows_quarantined"],
        rows_rejected=row["rows_rejected"],
        content_sha256=row["content_sha256"],
    )
