"""DuckDB and PostgreSQL give the same rows: for every named statement, and for a month from files to release.

The data is such that every branch of every statement fires, and each case says what must come of it: two engines that
agree on nothing at all would not pass.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from assurance.settings import REPOSITORY
from assurance.warehouse import queries
from assurance.warehouse.audit import PRESENT
from assurance.warehouse.engine import Warehouse
from assurance.warehouse.migrations import migrate
from tests.conftest import new_database

pytestmark = pytest.mark.tools

SQL = REPOSITORY / "sql"
BLOCKS = sorted(f"{file.stem}/{name}" for file in (SQL / "queries").glob("*.sql") for name in queries.statements(file))
START = datetime(2016, 11, 1, 9, 0, 0, 123456)
RELATIVE = 1e-12
Row = dict[str, Any]
Value = object


# The data


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def submission(name: str, collection: str, area: str, period: str | None, version: int, on: int, **other: Value) -> Row:
    told = {
        "submission_id": name,
        "collection": collection,
        "area": area,
        "period": period,
        "version": version,
        "file_name": f"R-{area}-{period}-v{version:02d}.csv",
        "sha256": f"bytes of {name}",
        "received_at": day(on),
        "arrival": "on_time",
        "outcome": "accepted",
        "rows_in": 26,
        "rows_accepted": 26,
        "rows_quarantined": 0,
        "rows_rejected": 0,
        "content_sha256": f"content of {name}",
        "catalogue_version": "0123456789ab",
        "package_version": "0.1.0",
        "loaded_at": day(on),
    }
    assert other.keys() <= told.keys()
    return told | other


NOTHING_COUNTED = {"outcome": "rejected", "rows_accepted": 0, "rows_rejected": 26}
SUBMISSIONS = [
    submission("aug", "outcomes", "WSX", "2016-08", 1, 0, content_sha256="the same"),
    submission("sep", "outcomes", "WSX", "2016-09", 1, 1, content_sha256="the same"),
    submission("sep-said-so-once", "outcomes", "CYW", "2016-09", 1, 1, content_sha256="the same of CYW"),
    submission("sep-says-so-no-more", "outcomes", "CYW", "2016-09", 2, 2),
    submission("superseded", "outcomes", "WSX", "2016-10", 1, 3, received_at=day(8)),
    submission("equal-earlier", "outcomes", "WSX", "2016-10", 2, 4),
    submission("equal-later", "outcomes", "WSX", "2016-10", 2, 5, outcome="accepted_with_queries", arrival="late"),
    submission("rejected-after", "outcomes", "WSX", "2016-10", 3, 6, **NOTHING_COUNTED),
    submission("tied-b", "outcomes", "LON", "2016-10", 1, 3),
    submission("tied-a", "outcomes", "LON", "2016-10", 1, 3),
    submission("nil", "outcomes", "CYW", "2016-10", 1, 3, outcome="nil", rows_in=1, content_sha256=None),
    submission("unreadable", "outcomes", "EMD", "2016-10", 1, 9, **NOTHING_COUNTED | {"rows_in": None}),
    submission("nameless", "outcomes", "EMD", None, 0, 9, **NOTHING_COUNTED | {"content_sha256": "the same"}),
    submission("nov", "outcomes", "WSX", "2016-11", 1, 40),
    submission("letters", "letters", "WSX", "2016-10", 1, 3),
    submission("read-early", "readings", "WSX", "2016-10", 1, 4),
    submission("read-late", "readings", "LON", "2016-10", 1, 8),
    submission("read-alone", "readings", "CYW", "2016-11", 1, 9),
]
BY_RECEIPT = sorted(SUBMISSIONS, key=lambda line: (line["received_at"], line["submission_id"]))
FINDINGS = [
    ("equal-later", 1, "RET-013", "query", None, None, False, None),
    ("equal-later", 2, "OUT-204", "query", 7, "convictions", False, None),
    ("equal-later", 3, "RET-014", "note", None, None, False, None),
    ("equal-later", 4, "OUT-102", "note", 8, "convictions_pct", True, None),
    ("equal-later", 5, "OUT-102", "note", 9, "convictions_pct", True, None),
    ("equal-later", 6, "OUT-204", "query", 3, "convictions", False, day(40)),
    ("rejected-after", 1, "RET-003", "file", 1, "force", False, None),
]
ANSWERS = [
    # submission, number, rule, column, carried from
    ("equal-later", 1, "RET-013", "", None),
    ("equal-later", 2, "OUT-204", "convictions", "superseded"),
    ("superseded", 1, "OUT-204", "convictions", None),
]
TALLY = [
    # submission, standard, its version, unit, sample reason, met, partly, not met, not applicable, not due
    ("aug", "O01", 1, "Wiltshire", "all", 5, 0, 1, 0, 0),
    ("sep", "O01", 1, "Wiltshire", "all", 7, 0, 2, 0, 0),
    ("sep", "O13", 1, "Wiltshire", "all", 0, 0, 0, 4, 0),
    ("superseded", "O01", 1, "Wiltshire", "all", 100, 0, 100, 0, 0),
    ("equal-earlier", "O01", 1, "Wiltshire", "all", 200, 0, 200, 0, 0),
    ("equal-later", "O01", 1, "Wiltshire", "all", 11, 1, 3, 0, 0),
    ("equal-later", "O01", 1, "Hampshire", "all", 13, 2, 5, 0, 1),
    ("equal-later", "O02", 1, "Hampshire", "all", 2_000_000_000, 0, 2_000_000_000, 0, 0),
    ("equal-later", "O02", 2, "Hampshire", "all", 2_000_000_000, 0, 0, 0, 0),
    ("tied-b", "O01", 1, "London", "all", 300, 0, 300, 0, 0),
    ("tied-a", "O01", 1, "London", "all", 17, 0, 4, 0, 0),
    ("nov", "O01", 1, "Wiltshire", "all", 400, 0, 400, 0, 0),
    ("letters", "S01", 1, "Court", "random", 19, 0, 1, 0, 0),
    ("letters", "S01", 1, "Court", "targeted", 1, 0, 23, 0, 0),
    ("letters", "S02", 1, "Court", "targeted", 0, 0, 29, 0, 0),
    ("read-early", "C06", 1, "HMCPSI", "all", 3, 0, 2, 1, 1),
    ("read-early", "P01", 1, "HMCPSI", "all", 0, 4, 0, 0, 0),
    ("read-early", "P01", 1, "EMD", "all", 1, 0, 0, 0, 0),
    ("read-late", "C06", 1, "HMCPSI", "all", 6, 0, 0, 0, 0),
    ("read-alone", "C06", 1, "WSX", "all", 2, 0, 0, 0, 0),
]
PAIRS = [
    # readings, own submission, assessor, standard, its version, scale, sample reason, own, second, checks
    ("read-early", "equal-later", "HMCPSI", "C06", 1, "timely", "random", "Y", "N", 2),
    ("read-early", "equal-later", "HMCPSI", "C06", 2, "timely", "random", "Y", "N", 1),
    ("read-early", "equal-later", "HMCPSI", "C06", 1, "timely", "targeted", "Y", "Y", 3),
    ("read-early", "equal-later", "EMD", "P01", 1, "graded", "random", "PM", "FM", 1),
    ("read-early", "superseded", "HMCPSI", "C06", 1, "timely", "random", "Y", "Y", 50),
    ("read-late", "tied-a", "HMCPSI", "C06", 1, "timely", "all", "N", "Y", 6),
]
MATCHES = [
    # readings, own submission, assessor, readings, matched, case unknown, not answered
    ("read-early", "equal-later", "HMCPSI", 11, 8, 2, 1),
    ("read-early", "equal-later", "EMD", 1, 1, 0, 0),
    ("read-early", "superseded", "HMCPSI", 11, 10, 1, 0),
    ("read-late", "tied-a", "HMCPSI", 6, 6, 0, 0),
]
CHANGES = [
    # readings, own submission before and after, checks, cases
    ("read-early", "superseded", "equal-later", 50, 40),
    ("read-early", "equal-earlier", "equal-later", 3, 2),
    ("read-early", "equal-later", "equal-earlier", 30, 20),
    ("read-late", "tied-b", "tied-a", 60, 50),
]
DECLARED = [
    # submission, standard, its version, sample reason, declared, computed, checks
    ("superseded", "C06", 1, "random", "Y", "N", 100),
    ("equal-later", "C06", 1, "random", "Y", "N", 3),
    ("equal-later", "C06", 2, "all", "Y", "N", 4),
    ("equal-later", "C06", 1, "targeted", "Y", "N", 50),
    ("equal-later", "C06", 1, "random", "Y", "Y", 20),
    ("tied-a", "C07", 1, "random", "ND", "NA", 1),
    ("nov", "C06", 1, "random", "N", "Y", 60),
]
REASONS = [
    # submission, sample reason, reason, disputed, accepted, checks
    ("superseded", "random", "E6", "Y", "N", 100),
    ("equal-later", "random", "E6", "Y", "N", 2),
    ("equal-later", "all", "E6", "Y", "N", 5),
    ("equal-later", "targeted", "E6", "Y", "N", 50),
    ("tied-a", "random", "D1", "", "", 1),
    ("nov", "random", "D1", "", "", 60),
]
SAMPLED = [
    # submission, sample point, sample reason, cases
    ("superseded", "ptph", "random", 100),
    ("equal-later", "ptph", "random", 20),
    ("equal-later", "trial", "all", 4),
    ("equal-later", "trial", "targeted", 7),
    ("tied-a", "", "all", 9),
    ("nov", "ptph", "random", 60),
]
SCOPE = [("equal-later", 310), ("superseded", 999)]
DELIVERIES = [
    ("WSX", "a.csv", 10, 1, "superseded"),
    ("WSX", "a.csv", 10, 2, "superseded"),
    ("WSX", "a.csv", 11, 2, "equal-earlier"),
    ("LON", "b.csv", 12, 1, "tied-a"),
]
RELEASES = [
    ("outcomes", "2016-10", 1, 5),
    ("outcomes", "2016-10", 2, 7),
    ("outcomes", "2016-11", 1, 9),
    ("letters", "2016-10", 1, 5),
    ("letters", "2016-09", 1, 5),
]
RELEASE_INPUTS = [
    *(("outcomes/2016-10/1", name) for name in ("aug", "sep", "equal-earlier", "tied-a", "nil")),
    *(("outcomes/2016-10/2", name) for name in ("aug", "sep", "equal-later", "tied-a", "nil")),
    *(("outcomes/2016-11/1", name) for name in ("superseded", "sep-said-so-once", "unreadable", "nov")),
    *(("letters/2016-10/1", name) for name in ("letters", "read-early")),
]
AUDIT = [
    # number, event, subject, written on
    (1, "received", "aug", 1),
    (2, "received", "superseded", 3),
    (3, "built", "outcomes/2016-10/1", 5),
    (4, "received", "equal-earlier", 6),
    (5, "received", "equal-later", 6),
    (6, "built", "outcomes/2016-10/2", 7),
    (7, "asked", "equal-later", 40),
    (8, "built", "letters/2016-10/1", 41),
    (10, "catalogue", "outcomes", 41),
]
RELEASED_CELLS = [
    # release, area, owner, standard, assessed, met, mark
    ("outcomes/2016-10/1", "ALL", "ALL", "ALL", 40, 30, ""),
    ("outcomes/2016-10/1", "WSX", "ALL", "ALL", None, None, "[c]"),
    ("outcomes/2016-10/2", "ALL", "CPS", "O01", 0, 0, ""),
    ("letters/2016-10/1", "ALL", "ALL", "ALL", 20, 19, ""),
]
OUTBOX = [
    # key, state, attempts, attempt id, changed on
    ("queued", "queued", 0, None, 1),
    ("queued-too", "queued", 0, None, 1),
    ("first-attempt", "attempting", 1, "one", 2),
    ("second-attempt", "attempting", 2, "two", 3),
    ("retry", "retry", 1, "three", 4),
    ("sent", "sent", 1, "four", 5),
    ("refused", "refused", 1, "five", 6),
    ("unknown", "unknown", 1, "six", 7),
]


def fill(connection: sa.Connection) -> None:
    """Enter all of it by the package's own statements, and the states of the outbox by hand."""
    for line in SUBMISSIONS:
        queries.execute(connection, "submission/add", **line)
    names = ("submission_id", "seq", "rule", "severity", "row_no", "column_name", "waived", "asked_at")
    texts = {"message": "What is wrong – plainly.", "fix": "What to do."}
    queries.enter(connection, "submission/add_finding", [named(names, line) | texts for line in FINDINGS])
    counts = ("met", "partly", "not_met", "not_applicable", "not_due")
    of_tally = ("submission_id", "standard", "standard_version", "unit", "sample_reason", *counts)
    queries.enter(connection, "tally/add", [named(of_tally, line) for line in TALLY])
    queries.enter(connection, "cases/add_declared", [named(OF_DECLARED, line) for line in DECLARED])
    queries.enter(connection, "cases/add_reason", [named(OF_REASON, line) for line in REASONS])
    queries.enter(connection, "cases/add_sampled", [named(OF_SAMPLED, line) for line in SAMPLED])
    queries.enter(connection, "second_reading/add", [named(OF_PAIR, line) for line in PAIRS])
    queries.enter(connection, "second_reading/add_match", [named(OF_MATCH, line) for line in MATCHES])
    for line in CHANGES:
        queries.execute(connection, "second_reading/add_change", **named(OF_CHANGE, line))
    for name, cases in SCOPE:
        queries.execute(connection, "cases/add_scope", submission_id=name, cases_in_scope=cases)
    for line in DELIVERIES:
        queries.execute(connection, "submission/add_delivery", **delivery(*line))
    for line in RELEASES:
        queries.execute(connection, "release/add", **release(*line))
    inputs = [named(("release_id", "submission_id"), line) for line in RELEASE_INPUTS]
    queries.enter(connection, "release/add_input", inputs)
    queries.enter(connection, "shared/add", [named(OF_RELEASED_CELL, line) for line in RELEASED_CELLS])
    queries.execute(connection, "release/add_sign_off", **sign_off("outcomes/2016-10/1"))
    for line in OUTBOX:
        queries.execute(connection, "outbox/enqueue", **message(line[0], line[4]))
    changed = sa.text(
        "update outbox set state = :state, attempts = :attempts, attempt_id = :id where message_key = :key"
    )
    connection.execute(changed, [named(("key", "state", "attempts", "id"), line[:4]) for line in OUTBOX])
    for line in AUDIT:
        queries.execute(connection, "audit/add", **audit_line(*line))
    queries.enter(connection, "answer/add", [answered(*line) for line in ANSWERS])


def named(names: Sequence[str], values: Sequence[Value]) -> Row:
    return dict(zip(names, values, strict=True))


def delivery(area: str, file_name: str, size: int, on: int, name: str) -> Row:
    told = {"area": area, "file_name": file_name, "size_bytes": size, "modified_at": day(on), "submission_id": name}
    return {"collection": "outcomes", "received_at": day(on), **told}


def release(collection: str, period: str, number: int, on: int) -> Row:
    return {
        "release_id": f"{collection}/{period}/{number}",
        "collection": collection,
        "period": period,
        "number": number,
        "content_sha256": f"content {number}",
        "inputs_sha256": f"inputs {number}",
        "catalogue_version": "0123456789ab",
        "package_version": "0.1.0",
        "built_at": day(on),
    }


def sign_off(release_id: str) -> Row:
    return {"release_id": release_id, "content_sha256": "content", "approved_by": "setting", "signed_at": day(8)}


def message(key: str, on: int) -> Row:
    subject = "outcomes/2016-10/1" if key != "queued-too" else "superseded"
    told = {"kind": "release", "subject_id": subject, "edition": "WSX", "recipient": f"{key}@example.org"}
    return {"message_key": key, "now": day(on), **told}


def answered(submission_id: str, seq: int, rule: str, column: str, carried_from: str | None) -> Row:
    told = {"submission_id": submission_id, "seq": seq, "rule": rule, "column_name": column}
    said = {"answer": "It is right – we looked.", "answered_by": "Wessex", "answered_at": day(9)}
    return {**told, **said, "carried_from": carried_from}


def audit_line(seq: int, event: str, subject: str, on: int) -> Row:
    told = {"event": event, "subject": subject, "detail": '{"a": "Ü"}', "sha256": f"hash {seq}"}
    return {"seq": seq, "written_at": day(on), **told}


OF_DECLARED = ("submission_id", "standard", "standard_version", "sample_reason", "declared", "computed", "checks")
OF_REASON = ("submission_id", "sample_reason", "reason", "disputed", "accepted", "checks")
OF_PAIR = (
    *("reading_id", "own_id", "assessor", "standard", "standard_version", "scale", "sample_reason"),
    *("own", "second", "checks"),
)
OF_MATCH = ("reading_id", "own_id", "assessor", "readings", "matched", "case_unknown", "not_answered")
OF_CHANGE = ("reading_id", "before_id", "after_id", "checks", "cases")
OF_RELEASED_CELL = ("release_id", "area", "owner", "standard", "assessed", "met", "mark")
OF_SAMPLED = ("submission_id", "sample_point", "sample_reason", "cases")


# The cases


@dataclass(frozen=True)
class Read:
    """A question, and the answer in the columns that say whether each branch fired."""

    given: Row
    gives: list[Row]


@dataclass(frozen=True)
class Write:
    """A change, and what of a table differs afterwards: the rows that came, and how many went."""

    given: Row
    table: str
    comes: list[Row]
    goes: int = 0
    many: bool = False
    """The statement takes a list for each column; `given` is one of the rows."""


def ids(*names: str) -> list[Row]:
    return [{"submission_id": name} for name in names]


def of(*names: str) -> Row:
    return {"submission_ids": list(names)}


def keys(*names: str) -> list[Row]:
    return [{"message_key": name} for name in names]


OCTOBER = {"collection": "outcomes", "period": "2016-10"}
TODAY = {**OCTOBER, "as_of": PRESENT}
WESSEX = {**OCTOBER, "area": "WSX"}
READ_IN_FORCE = {
    "readings": ["read-early", "read-late", "read-alone"],
    "own": ["equal-later", "tied-a", "nil", "aug"],
}
READ_NOW = {**READ_IN_FORCE, "as_of": PRESENT}
ABOUT_OCTOBER = {"collection": "outcomes", "first": "2016-06", "last": "2017-02", "as_of": 100}
LATER = {"now": day(50), "reply": "250 end of data"}
BIG = 2_000_000_000

KNOWN = delivery("WSX", "a.csv", 10, 2, "superseded")
BESIDE = ("submission_id", "received_at")
"""What is no part of the key of a delivery."""

WHOLE: Mapping[str, list[Row]] = {
    "submission": sorted(SUBMISSIONS, key=lambda line: str(line["submission_id"])),
    "delivery": [delivery(*line) for line in sorted(DELIVERIES)],
    "finding": [
        named(("submission_id", "seq", "rule", "severity", "row_no", "column_name", "waived", "asked_at"), line)
        for line in FINDINGS
    ],
    "tally": [named(("submission_id", "standard", "standard_version", "unit"), line[:4]) for line in sorted(TALLY)],
    "declared": [named(OF_DECLARED, line) for line in sorted(DECLARED)],
    "reason": [named(OF_REASON, line) for line in sorted(REASONS)],
    "sampled": [named(OF_SAMPLED, line) for line in sorted(SAMPLED)],
    "scope": [{"submission_id": name, "cases_in_scope": cases} for name, cases in SCOPE],
    "answer": [answered(*line) for line in ANSWERS],
    "release": [release(*line) for line in sorted(RELEASES)],
    "release_input": [named(("release_id", "submission_id"), line) for line in sorted(RELEASE_INPUTS)],
    "released_cell": [named(OF_RELEASED_CELL, line) for line in sorted(RELEASED_CELLS, key=str)],
    "second_reading": [named(OF_PAIR, line) for line in sorted(PAIRS)],
    "second_reading_match": [named(OF_MATCH, line) for line in sorted(MATCHES)],
    "second_reading_change": [named(OF_CHANGE, line) for line in sorted(CHANGES)],
    "sign_off": [sign_off("outcomes/2016-10/1")],
    "outbox": [named(("message_key", "state", "attempts", "attempt_id"), line[:4]) for line in sorted(OUTBOX, key=str)],
    "schema_version": [
        {"version": int(file.name[:4]), "name": file.name} for file in sorted((SQL / "migrations").glob("*.sql"))
    ],
}
"""All that stands in each table, in the order of its key."""

CASES: Mapping[str, list[Read | Write]] = {
    "answer/add": [
        Write(line, "answer", [line], many=True)
        for line in (answered("nov", 1, "RET-013", "", None), answered("nov", 1, "OUT-204", "convictions", "sep"))
    ],
    "answer/of_submission": [
        Read(
            {"submission_id": "equal-later"},
            [
                {"seq": 1, "rule": "RET-013", "column_name": "", "carried_from_version": None},
                {"seq": 2, "rule": "OUT-204", "column_name": "convictions", "carried_from_version": 1},
            ],
        ),
        Read({"submission_id": "nil"}, []),
    ],
    "answer/asked": [
        Read(
            {"submission_id": "equal-later"},
            [
                {"rule": "OUT-102", "column_name": "convictions_pct", "severity": "note", "places": 2},
                {
                    "rule": "OUT-204",
                    "column_name": "convictions",
                    "severity": "query",
                    "places": 2,
                    "asked_at": day(40),
                },
                {"rule": "RET-013", "column_name": "", "severity": "query", "places": 1, "asked_at": None},
            ],
        ),
        Read({"submission_id": "rejected-after"}, []),
    ],
    "audit/add": [Write(line, "audit", [line]) for line in [audit_line(11, "built", "outcomes/2016-10/3", 42)]],
    "audit/last": [Read({}, [{"seq": 10, "sha256": "hash 10"}])],
    "audit/at": [
        Read({"moment": day(6)}, [{"seq": 5}]),
        Read({"moment": day(0)}, [{"seq": 0}]),
        Read({"moment": day(99)}, [{"seq": 10}]),
    ],
    "audit/last_about": [
        Read({"event": "received", "subject": "equal-later", "as_of": 5}, [{"seq": 5, "detail": '{"a": "Ü"}'}]),
        Read({"event": "received", "subject": "equal-later", "as_of": 4}, []),
        Read({"event": "catalogue", "subject": "outcomes", "as_of": PRESENT}, [{"seq": 10}]),
    ],
    "audit/last_of": [
        Read(
            {"subject": "equal-later", "events": ["received", "asked", "built"]},
            [{"event": "asked", "written_at": day(40)}],
        ),
        Read({"subject": "equal-later", "events": ["received"]}, [{"event": "received", "detail": '{"a": "Ü"}'}]),
        Read({"subject": "equal-later", "events": []}, []),
    ],
    "audit/standing": [
        Read(
            {"events": ["built", "catalogue"], "begins": "outcomes/2016-10/", "as_of": PRESENT},
            [{"subject": f"outcomes/2016-10/{number}", "event": "built"} for number in (1, 2)],
        ),
        Read({"events": ["built"], "begins": "outcomes/", "as_of": 5}, [{"subject": "outcomes/2016-10/1"}]),
        Read(
            {"events": ["received", "asked"], "begins": "equal-l", "as_of": PRESENT},
            [{"subject": "equal-later", "event": "asked", "written_at": day(40), "detail": '{"a": "Ü"}'}],
        ),
        Read({"events": [], "begins": "", "as_of": PRESENT}, []),
    ],
    "audit/last_of_each": [
        Read({"event": "catalogue"}, [{"subject": "outcomes", "detail": '{"a": "Ü"}'}]),
        Read({"event": "deleted"}, []),
    ],
    "audit/about": [
        Read({"event": "asked"}, [{"subject": "equal-later"}]),
        Read(
            {"event": "built"},
            [{"subject": "letters/2016-10/1"}, *({"subject": f"outcomes/2016-10/{number}"} for number in (1, 2))],
        ),
        Read({"event": "deleted"}, []),
    ],
    "audit/lines": [Read({}, [audit_line(*line) for line in AUDIT])],
    "cases/add_declared": [
        Write(line, "declared", [line], many=True)
        for line in [named(OF_DECLARED, ("nov", "C06", 1, "random", "Y", "ND", 1))]
    ],
    "cases/add_reason": [
        Write(line, "reason", [line], many=True) for line in [named(OF_REASON, ("nov", "random", "E6", "N", "", 2))]
    ],
    "cases/add_sampled": [
        Write(line, "sampled", [line], many=True) for line in [named(OF_SAMPLED, ("nov", "stage", "all", 3))]
    ],
    "cases/add_scope": [
        Write(line, "scope", [line]) for line in [{"submission_id": "nov", "cases_in_scope": 1_000_000}]
    ],
    "cases/declared_of_submissions": [
        Read(
            of("equal-later", "tied-a", "nil"),
            [
                {"area": "LON", "standard": "C07", "declared": "ND", "computed": "NA", "checks": 1},
                {"area": "WSX", "standard": "C06", "declared": "Y", "computed": "N", "checks": 7},
                {"area": "WSX", "standard": "C06", "declared": "Y", "computed": "Y", "checks": 20},
            ],
        ),
        Read(of("equal-later", "tied-a", "nov"), [{"checks": checks} for checks in (1, 7, 20, 60)]),
        Read(of("aug"), []),
        Read(of(), []),
    ],
    "cases/reasons_of_submissions": [
        Read(
            of("equal-later", "tied-a", "nil"),
            [
                {"area": "LON", "reason": "D1", "disputed": "", "accepted": "", "checks": 1},
                {"area": "WSX", "reason": "E6", "disputed": "Y", "accepted": "N", "checks": 7},
            ],
        ),
        Read(of("nov"), [{"period": "2016-11", "checks": 60}]),
        Read(of(), []),
    ],
    "cases/coverage_of_submissions": [
        Read(
            of("equal-later", "tied-a", "nil"),
            [
                {"area": "LON", "cases": 9, "targeted": 0, "in_scope": None},
                {"area": "WSX", "cases": 24, "targeted": 7, "in_scope": 310},
            ],
        ),
        Read(of("nov"), [{"period": "2016-11", "cases": 60}]),
        Read(of(), []),
    ],
    "outbox/enqueue": [
        Write(message("new", 9), "outbox", [{"message_key": "new", "state": "queued", "attempts": 0}]),
        Write(message("sent", 9), "outbox", []),
    ],
    "outbox/entry": [
        Read({"message_key": "retry"}, [{"message_key": "retry", "state": "retry", "attempts": 1}]),
        Read({"message_key": "nobody's"}, []),
    ],
    "outbox/told": [
        Read(
            {"kind": "release", "subject_ids": ["superseded", "outcomes/2016-10/1", "nobody's"]},
            [
                *(
                    {"subject_id": "outcomes/2016-10/1", "state": state, "messages": count}
                    for state, count in (
                        ("attempting", 2),
                        ("queued", 1),
                        ("refused", 1),
                        ("retry", 1),
                        ("sent", 1),
                        ("unknown", 1),
                    )
                ),
                {"subject_id": "superseded", "state": "queued", "messages": 1},
            ],
        ),
        Read({"kind": "receipt", "subject_ids": ["superseded"]}, []),
        Read({"kind": "release", "subject_ids": []}, []),
    ],
    "outbox/unsent": [
        Read(
            {"subject_id": None},
            keys("queued-too", "queued", "first-attempt", "second-attempt", "retry", "refused", "unknown"),
        ),
        Read({"subject_id": "superseded"}, keys("queued-too")),
        Read({"subject_id": "nothing"}, []),
    ],
    "outbox/claim": [
        *(
            Write(
                {"message_key": key, "attempt_id": "mine", "seen_attempt_id": seen, "now": day(50)},
                "outbox",
                [{"message_key": key, "state": "attempting", "attempts": attempts, "attempt_id": "mine", "reply": ""}],
                goes=1,
            )
            for key, seen, attempts in (("queued", None, 1), ("retry", "three", 2))
        ),
        *(
            Write({"message_key": key, "attempt_id": "mine", "seen_attempt_id": seen, "now": day(50)}, "outbox", [])
            for key, seen in (
                *(("first-attempt", "one"), ("sent", "four"), ("refused", "five"), ("unknown", "six")),
                *(("nobody's", None), ("queued", "another"), ("retry", None)),
            )
        ),
    ],
    "outbox/abandoned": [
        Read({"before": day(3)}, keys("first-attempt")),
        Read({"before": day(4)}, keys("first-attempt", "second-attempt")),
        Read({"before": day(2)}, []),
    ],
    "outbox/outdate": [
        Write(
            {"subject_id": "superseded", "attempt_id": "newer"},
            "outbox",
            [{"message_key": "queued-too", "state": "queued", "attempts": 0, "attempt_id": "newer"}],
            goes=1,
        ),
        Write({"subject_id": "nobody's", "attempt_id": "newer"}, "outbox", []),
    ],
    "outbox/settle": [
        *(
            Write(
                {"message_key": key, "attempt_id": attempt, "state": "sent", **LATER},
                "outbox",
                [{"message_key": key, "state": "sent", "changed_at": day(50), "reply": "250 end of data"}],
                goes=1,
            )
            for key, attempt in (("first-attempt", "one"), ("unknown", "six"))
        ),
        Write({"message_key": "first-attempt", "attempt_id": "two", "state": "sent", **LATER}, "outbox", []),
        Write({"message_key": "refused", "attempt_id": "five", "state": "sent", **LATER}, "outbox", []),
    ],
    "outbox/put_back": [
        *(
            Write(
                {"message_key": key, "attempt_id": attempt, **LATER},
                "outbox",
                [{"message_key": key, "state": state, "attempts": attempts, "attempt_id": None}],
                goes=1,
            )
            for key, attempt, state, attempts in (
                ("first-attempt", "one", "queued", 0),
                ("second-attempt", "two", "retry", 1),
                ("unknown", "six", "queued", 0),
            )
        ),
        Write({"message_key": "sent", "attempt_id": "four", **LATER}, "outbox", []),
    ],
    "outbox/abandon": [
        Write({"before": day(3), **LATER}, "outbox", [{"message_key": "first-attempt", "state": "unknown"}], goes=1),
        Write({"before": day(2), **LATER}, "outbox", []),
    ],
    "outbox/resolve": [
        *(
            Write(
                {"message_key": key, "state": "queued", **LATER},
                "outbox",
                [{"message_key": key, "state": "queued", "attempts": 0, "attempt_id": None}],
                goes=1,
            )
            for key in ("refused", "unknown")
        ),
        *(
            Write({"message_key": key, "state": "queued", **LATER}, "outbox", [])
            for key in ("sent", "first-attempt", "queued", "retry")
        ),
    ],
    "second_reading/add": [
        Write(line, "second_reading", [line], many=True)
        for line in [
            named(OF_PAIR, ("read-late", "tied-b", "HMCPSI", "C06", 1, "timely", "all", "NA", "Y", 2_000_000_000))
        ]
    ],
    "second_reading/add_match": [
        Write(line, "second_reading_match", [line], many=True)
        for line in [named(OF_MATCH, ("read-late", "tied-b", "HMCPSI", 6, 0, 4, 2))]
    ],
    "second_reading/add_change": [
        Write(line, "second_reading_change", [line])
        for line in [named(OF_CHANGE, ("read-late", "tied-a", "tied-b", 0, 0))]
    ],
    "second_reading/pairs": [
        Read(
            READ_IN_FORCE,
            [
                {"area": "LON", "assessor": "HMCPSI", "standard": "C06", "own": "N", "second": "Y", "checks": 6},
                {"area": "WSX", "assessor": "EMD", "standard": "P01", "own": "PM", "second": "FM", "checks": 1},
                {"sample_reason": "random", "own": "Y", "second": "N", "checks": 3},
                {"sample_reason": "targeted", "own": "Y", "second": "Y", "checks": 3},
            ],
        ),
        Read(READ_IN_FORCE | {"own": ["superseded"]}, [{"area": "WSX", "checks": 50}]),
        Read(READ_IN_FORCE | {"readings": []}, []),
    ],
    "second_reading/matches": [
        Read(
            READ_IN_FORCE,
            [
                {"area": "LON", "assessor": "HMCPSI", "readings": 6, "matched": 6, "case_unknown": 0},
                {"area": "WSX", "assessor": "EMD", "readings": 1, "matched": 1, "not_answered": 0},
                {"area": "WSX", "assessor": "HMCPSI", "readings": 11, "matched": 8, "not_answered": 1},
                {"area": "CYW", "period": "2016-11", "assessor": "WSX", "readings": 2, "matched": 0, "case_unknown": 2},
            ],
        ),
        Read(
            READ_IN_FORCE | {"readings": ["read-late"], "own": []},
            [{"readings": 6, "matched": 0, "case_unknown": 6, "not_answered": 0}],
        ),
    ],
    "second_reading/changes": [
        # equal-earlier stood when the readings of Wessex came, superseded had been overtaken and equal-later came later
        Read({**READ_NOW, "collection": "outcomes"}, [{"area": "WSX", "checks": 3, "cases": 2}]),
        Read({**READ_NOW, "collection": "letters"}, []),
        Read({**READ_NOW, "collection": "outcomes", "own": ["equal-earlier"]}, []),
        Read({**READ_NOW, "collection": "outcomes", "as_of": 3}, []),  # equal-earlier was not loaded yet
    ],
    "submission/accepted": [
        Read(WESSEX, ids("superseded", "equal-earlier", "equal-later")),
        Read({**WESSEX, "area": "EMD"}, []),
    ],
    "release/add": [Write(release("outcomes", "2016-10", 3, 9), "release", [release("outcomes", "2016-10", 3, 9)])],
    "release/add_input": [
        Write(
            {"release_id": "outcomes/2016-10/2", "submission_id": "nov"},
            "release_input",
            [{"release_id": "outcomes/2016-10/2", "submission_id": "nov"}],
            many=True,
        )
    ],
    "release/of_period": [
        Read(TODAY, [{"release_id": f"outcomes/2016-10/{number}", "number": number} for number in (1, 2)]),
        Read({**OCTOBER, "as_of": 5}, [{"release_id": "outcomes/2016-10/1"}]),
        Read({**TODAY, "period": "2016-09"}, []),
    ],
    "release/by_id": [
        Read({"release_id": "outcomes/2016-10/2"}, [{"number": 2, "period": "2016-10", "inputs_sha256": "inputs 2"}]),
        Read({"release_id": "outcomes/2016-10/3"}, []),
    ],
    "release/built": [
        Read(
            {"collection": "outcomes"},
            [
                {"release_id": "outcomes/2016-11/1", "number": 1},
                {"release_id": "outcomes/2016-10/2", "number": 2, "built_at": day(7), "detail": '{"a": "Ü"}'},
                {"release_id": "outcomes/2016-10/1", "number": 1, "built_at": day(5), "approved_by": "setting"},
            ],
        ),
        Read(
            {"collection": "letters"},
            [{"period": "2016-10", "detail": '{"a": "Ü"}', "signed_at": None}, {"period": "2016-09", "detail": None}],
        ),
    ],
    "release/built_with": [
        Read({"release_id": "outcomes/2016-10/2"}, [{"catalogue_version": "0123456789ab", "seq": 6}]),
        Read({"release_id": "letters/2016-09/1"}, [{"package_version": "0.1.0", "seq": None, "detail": None}]),
        Read({"release_id": "outcomes/2016-10/3"}, []),
    ],
    "release/inputs": [
        Read({"release_id": "outcomes/2016-10/1"}, ids("aug", "sep", "nil", "tied-a", "equal-earlier")),
        Read({"release_id": "letters/2016-09/1"}, []),
    ],
    "release/headline": [
        Read({"release_id": "outcomes/2016-10/1"}, [{"met": 217, "partly": 0, "not_met": 204}]),
        Read({"release_id": "outcomes/2016-10/2"}, [{"met": 2 * BIG + 41, "partly": 3, "not_met": BIG + 12}]),
        Read({"release_id": "letters/2016-10/1"}, [{"met": 19, "partly": 0, "not_met": 1}]),
        Read({"release_id": "letters/2016-09/1"}, [{"met": 0, "partly": 0, "not_met": 0}]),
    ],
    "release/last_period": [
        Read({"collection": "outcomes", "as_of": PRESENT}, [{"period": "2016-11"}]),
        Read({"collection": "nobody", "as_of": PRESENT}, [{"period": ""}]),
    ],
    "release/first": [
        Read(TODAY, [{"release_id": "outcomes/2016-10/1", "period": "2016-10"}]),
        Read({**OCTOBER, "as_of": 2}, []),
        Read({**TODAY, "period": "2016-09"}, []),
    ],
    "release/first_counts": [
        Read(
            TODAY,
            [
                {"period": "2016-10", "area": "LON", "met": 17, "partly": 0, "not_met": 4},
                {"period": "2016-10", "area": "WSX", "met": 200, "partly": 0, "not_met": 200},
            ],
        ),
        Read({**OCTOBER, "as_of": 2}, []),
        Read(
            {"collection": "letters", "period": "2016-10", "as_of": PRESENT}, [{"area": "WSX", "met": 19, "not_met": 1}]
        ),
    ],
    "release/outdated": [
        Read(
            {"collection": "outcomes", "first": "2016-10", "last": "2016-11", "months": 3, "left_out": []},
            [
                {
                    "release_id": f"outcomes/{released}/{number}",
                    "area": area,
                    "period": period,
                    "version_before": before,
                    "version_after": after,
                    "submission_id": counting,
                }
                for released, number, period, area, before, after, counting in (
                    ("2016-10", 2, "2016-09", "CYW", None, 2, "sep-says-so-no-more"),
                    ("2016-11", 1, "2016-09", "CYW", 1, 2, "sep-says-so-no-more"),
                    ("2016-11", 1, "2016-09", "WSX", None, 1, "sep"),
                    ("2016-11", 1, "2016-10", "CYW", None, 1, "nil"),
                    ("2016-11", 1, "2016-10", "EMD", 1, None, None),
                    ("2016-11", 1, "2016-10", "LON", None, 1, "tied-a"),
                    ("2016-11", 1, "2016-10", "WSX", 1, 2, "equal-later"),
                )
            ],
        ),
        Read({"collection": "outcomes", "first": "2016-10", "last": "2016-10", "months": 1, "left_out": []}, []),
        Read({"collection": "letters", "first": "2016-01", "last": "2016-12", "months": 3, "left_out": []}, []),
        # what is left out counts for none, and of a release that was made from it is told so
        Read(
            {
                **{"collection": "outcomes", "first": "2016-10", "last": "2016-10", "months": 3},
                "left_out": ["outcomes/2016-09/CYW", "outcomes/2016-10/WSX", "letters/2016-10/LON"],
            },
            [
                {
                    "release_id": "outcomes/2016-10/2",
                    "area": "WSX",
                    "period": "2016-10",
                    "version_before": 2,
                    "version_after": None,
                    "submission_id": None,
                }
            ],
        ),
    ],
    "release/read_otherwise": [
        # the last release of October was made without the two that are in force, the one of letters with one of them
        Read(
            {"collection": "outcomes", "readings": ["readings"], "first": "2016-10", "last": "2016-11", "months": 12},
            [{"release_id": f"outcomes/{release}"} for release in ("2016-10/2", "2016-11/1")],
        ),
        Read(
            {"collection": "outcomes", "readings": ["readings"], "first": "2016-11", "last": "2016-11", "months": 1},
            [{"release_id": "outcomes/2016-11/1"}],
        ),
        Read({"collection": "outcomes", "readings": [], "first": "2016-10", "last": "2016-11", "months": 12}, []),
        Read(
            {"collection": "letters", "readings": ["readings"], "first": "2016-10", "last": "2016-10", "months": 1},
            [{"release_id": "letters/2016-10/1"}],
        ),
        Read(
            {"collection": "letters", "readings": [], "first": "2016-09", "last": "2016-10", "months": 12},
            [{"release_id": "letters/2016-10/1"}],
        ),
    ],
    "release/sign_off": [
        Read({"release_id": "outcomes/2016-10/1"}, [sign_off("outcomes/2016-10/1")]),
        Read({"release_id": "outcomes/2016-10/2"}, []),
    ],
    "release/add_sign_off": [Write(sign_off("letters/2016-10/1"), "sign_off", [sign_off("letters/2016-10/1")])],
    "submission/add": [
        Write(new, "submission", [new])
        for new in (
            submission("new", "outcomes", "WSX", "2016-12", 1, 60),
            submission("empty", "outcomes", "WSX", None, 0, 60, rows_in=None, content_sha256=None),
        )
    ],
    "submission/add_finding": [
        Write(
            {"submission_id": "nov", "seq": 1, "rule": "RET-014", "severity": "note", "message": "m", "fix": "f"}
            | place,
            "finding",
            [{"submission_id": "nov", "seq": 1, **place}],
            many=True,
        )
        for place in (
            {"row_no": None, "column_name": None, "waived": False, "asked_at": None},
            {"row_no": 3, "column_name": "force", "waived": True, "asked_at": day(40)},
        )
    ],
    "submission/add_delivery": [
        Write(delivery("WSX", "a.csv", 10, 3, "nov"), "delivery", [delivery("WSX", "a.csv", 10, 3, "nov")]),
        Write(delivery("WSX", "a.csv", 10, 2, "nov"), "delivery", []),
    ],
    "submission/delivery": [
        Read({key: value for key, value in KNOWN.items() if key not in BESIDE}, ids("superseded")),
        Read({key: value for key, value in KNOWN.items() if key not in BESIDE} | {"size_bytes": 12}, []),
    ],
    "submission/deliveries": [
        Read({"collection": "outcomes"}, ids("tied-a", "superseded", "superseded", "equal-earlier")),
        Read({"collection": "letters"}, []),
    ],
    "submission/by_id": [
        Read({"submission_id": "unreadable"}, [{"area": "EMD", "period": "2016-10", "rows_in": None}]),
        Read({"submission_id": "nameless"}, [{"area": "EMD", "period": None, "outcome": "rejected"}]),
        Read({"submission_id": "nobody's"}, []),
    ],
    "submission/every": [
        Read({}, [{"submission_id": line["submission_id"], "period": line["period"]} for line in BY_RECEIPT]),
    ],
    "submission/judged": [
        Read(
            {"submission_ids": ["nov", "aug", "nobody's"]},
            [{"submission_id": name, "catalogue_version": "0123456789ab"} for name in ("aug", "nov")],
        ),
        Read({"submission_ids": []}, []),
    ],
    "submission/named": [
        Read({"named": "equal-l"}, [{"submission_id": "equal-later", "version": 2}]),
        Read({"named": "equal"}, ids("equal-earlier", "equal-later")),
        Read({"named": "equal-later-than-it-is"}, []),
        Read({"named": "R-WSX-2016-11-v01"}, ids("nov")),
        Read({"named": "R-WSX-2016-11-v01.csv"}, ids("nov")),
        Read({"named": "%"}, []),
    ],
    "submission/failed_rules": [
        Read(
            {"submission_ids": ["rejected-after", "equal-later", "aug"]},
            [
                {"submission_id": name, "rule": rule, "severity": severity, "places": places, "waived": waived}
                for name, rule, severity, places, waived in (
                    ("equal-later", "OUT-102", "note", 2, 2),
                    ("equal-later", "OUT-204", "query", 2, 0),
                    ("equal-later", "RET-013", "query", 1, 0),
                    ("equal-later", "RET-014", "note", 1, 0),
                    ("rejected-after", "RET-003", "file", 1, 0),
                )
            ],
        ),
        Read({"submission_ids": []}, []),
    ],
    "submission/findings": [
        Read(
            {"submission_id": "equal-later"},
            [
                {"rule": "RET-013", "row_no": None, "column_name": None},
                {"rule": "OUT-204", "row_no": 7, "column_name": "convictions"},
                {"rule": "RET-014", "severity": "note", "waived": False},
                {"rule": "OUT-102", "row_no": 8, "waived": True},
                {"rule": "OUT-102", "row_no": 9, "waived": True},
                {"rule": "OUT-204", "row_no": 3, "asked_at": day(40)},
            ],
        ),
        Read({"submission_id": "nil"}, []),
    ],
    "submission/of_period": [
        Read(
            TODAY,
            [
                {"submission_id": "nil", "in_force": 1, "queries": 0, "outcome": "nil"},
                {"submission_id": "unreadable", "in_force": 0, "queries": 0},
                {"submission_id": "tied-a", "in_force": 1},
                {"submission_id": "tied-b", "in_force": 0},
                {"submission_id": "superseded", "in_force": 0},
                {"submission_id": "equal-earlier", "in_force": 0},
                {"submission_id": "equal-later", "in_force": 1, "queries": 2, "waived": 2},
                {"submission_id": "rejected-after", "in_force": 0, "queries": 0, "waived": 0},
            ],
        ),
        Read(
            {**OCTOBER, "as_of": 4},
            [
                *({"submission_id": name} for name in ("nil", "unreadable", "tied-a", "tied-b")),
                {"submission_id": "superseded", "in_force": 0},
                {"submission_id": "equal-earlier", "in_force": 1, "queries": 0, "waived": 0},
                {"submission_id": "rejected-after"},
            ],
        ),
        Read({**TODAY, "collection": "letters"}, ids("letters")),
    ],
    "submission/in_force": [
        Read({**TODAY, "left_out": []}, ids("aug", "sep-says-so-no-more", "sep", "nil", "tied-a", "equal-later")),
        Read(
            {**OCTOBER, "as_of": 1, "left_out": ["letters/2016-10/WSX"]},
            ids("aug", "sep-says-so-no-more", "sep", "nil", "tied-a"),
        ),
        Read(
            {**TODAY, "left_out": ["outcomes/2016-10/WSX", "outcomes/2016-09/CYW"]},
            ids("aug", "sep", "nil", "tied-a"),
        ),
        Read({**TODAY, "period": "2016-08", "left_out": []}, ids("aug")),
        Read({**TODAY, "period": "2016-07", "left_out": []}, []),
    ],
    "submission/in_force_of_period": [
        Read(
            OCTOBER,
            [
                {"area": "CYW", "submission_id": "nil", "version": 1},
                {"area": "LON", "submission_id": "tied-a", "version": 1},
                {"area": "WSX", "submission_id": "equal-later", "version": 2},
            ],
        ),
        Read({**OCTOBER, "period": "2016-07"}, []),
    ],
    "submission/same_content": [
        Read({**WESSEX, "content_sha256": "the same"}, [{"period": "2016-08"}, {"period": "2016-09"}]),
        Read({**WESSEX, "period": "2016-08", "content_sha256": "the same"}, [{"period": "2016-09"}]),
        Read({**WESSEX, "area": "CYW", "content_sha256": "the same of CYW"}, []),
        Read({**WESSEX, "area": "EMD", "content_sha256": "the same"}, []),
    ],
    "submission/first_accepted": [
        Read(WESSEX, ids("superseded")),
        Read({**WESSEX, "area": "LON"}, ids("tied-a")),
        Read({**WESSEX, "area": "EMD"}, []),
    ],
    "submission/periods": [
        Read(
            {"collection": "outcomes"},
            [
                {"period": "2016-08", "areas": 1},
                {"period": "2016-09", "areas": 2},
                {"period": "2016-10", "areas": 3},
                {"period": "2016-11", "areas": 1},
            ],
        ),
        Read({"collection": "nobody's"}, []),
    ],
    **{f"trail/{table}": [Read({}, rows)] for table, rows in WHOLE.items()},
    "shared/add": [
        Write(line, "released_cell", [line], many=True)
        for line in (
            named(OF_RELEASED_CELL, ("outcomes/2016-10/2", "WSX", "CPS", "ALL", 12, 7, "")),
            named(OF_RELEASED_CELL, ("outcomes/2016-10/2", "LON", "CPS", "ALL", None, None, "[x]")),
        )
    ],
    "shared/cells": [
        Read(
            ABOUT_OCTOBER,
            [
                {"seq": 3, "release_id": "outcomes/2016-10/1", "period": "2016-10", "area": "ALL", "assessed": 40},
                {"seq": 3, "area": "WSX", "assessed": None, "met": None, "mark": "[c]"},
                {"seq": 6, "owner": "CPS", "standard": "O01", "assessed": 0, "met": 0, "mark": ""},
            ],
        ),
        Read({**ABOUT_OCTOBER, "as_of": 3}, [{"seq": 3, "area": "ALL"}, {"seq": 3, "area": "WSX"}]),
        Read({**ABOUT_OCTOBER, "as_of": 2}, []),
        Read({**ABOUT_OCTOBER, "last": "2016-09"}, []),
        Read({**ABOUT_OCTOBER, "first": "2016-11"}, []),
    ],
    "shared/returns": [
        Read(
            {**ABOUT_OCTOBER, "as_of": 3, "since": "2016-09"},
            [
                {"period": "2016-09", "area": "WSX", "submission_id": "sep"},
                {"period": "2016-10", "area": "CYW", "submission_id": "nil"},
                {"period": "2016-10", "area": "LON", "submission_id": "tied-a"},
                {"period": "2016-10", "area": "WSX", "submission_id": "equal-earlier"},
            ],
        ),
        Read({**ABOUT_OCTOBER, "as_of": 2, "since": "2016-09"}, []),
    ],
    "shared/counts": [
        Read(
            {**ABOUT_OCTOBER, "since": "2016-10"},
            [
                {"submission_id": "equal-earlier", "standard": "O01", "met": 200, "unmet": 200},
                {"submission_id": "equal-later", "standard": "O01", "met": 24, "unmet": 11},
                {"submission_id": "equal-later", "standard": "O02", "met": 2 * BIG, "unmet": BIG},
                {"submission_id": "tied-a", "standard": "O01", "met": 17, "unmet": 4},
            ],
        ),
        Read({**ABOUT_OCTOBER, "collection": "letters", "since": "2016-10"}, [{"met": 19, "unmet": 1}]),
        Read({**ABOUT_OCTOBER, "as_of": 2, "since": "2016-10"}, []),
    ],
    "tally/add": [
        Write(
            {"submission_id": "nov", "standard": "O02", "standard_version": 1, "unit": "Wiltshire"}
            | {"sample_reason": "all", "met": 1, "partly": 2, "not_met": 3, "not_applicable": 4, "not_due": 5},
            "tally",
            [{"submission_id": "nov", "standard": "O02", "met": 1, "partly": 2, "not_met": 3, "not_due": 5}],
            many=True,
        )
    ],
    "tally/of_submissions": [
        Read(
            of("aug", "sep", "equal-later", "tied-a", "nil"),
            [
                {"period": "2016-08", "area": "WSX", "standard": "O01", "met": 5, "not_met": 1},
                {"period": "2016-09", "area": "WSX", "standard": "O01", "met": 7, "not_met": 2},
                {"period": "2016-09", "area": "WSX", "standard": "O13", "met": 0, "not_applicable": 4},
                {"period": "2016-10", "area": "LON", "standard": "O01", "met": 17, "not_met": 4},
                {"area": "WSX", "standard": "O01", "met": 24, "partly": 3, "not_met": 8, "not_due": 1},
                {"area": "WSX", "standard": "O02", "standard_version": 1, "met": BIG, "not_met": BIG},
                {"area": "WSX", "standard": "O02", "standard_version": 2, "met": BIG, "not_met": 0},
            ],
        ),
        Read(of("letters"), [{"standard": "S01", "met": 19, "not_met": 1}]),
        Read(of(), []),
    ],
    "tally/of_area_before": [
        Read(
            WESSEX,
            [
                {"period": "2016-08", "standard": "O01", "met": 5, "not_met": 1},
                {"period": "2016-09", "standard": "O01", "met": 7, "not_met": 2},
                {"period": "2016-09", "standard": "O13", "met": 0, "not_met": 0},
            ],
        ),
        Read({**WESSEX, "collection": "letters", "period": "2016-11"}, [{"standard": "S01", "met": 19, "not_met": 1}]),
        Read({**WESSEX, "area": "CYW"}, []),
    ],
    "tally/lines": [
        Read(
            {"submission_ids": ["equal-later", "sep", "letters"]},
            [
                {"submission_id": "sep", "period": "2016-09", "standard": "O01", "met": 7},
                {"submission_id": "sep", "period": "2016-09", "standard": "O13", "met": 0},
                {"submission_id": "equal-later", "area": "WSX", "standard": "O01", "unit": "Hampshire", "met": 13},
                {"submission_id": "equal-later", "area": "WSX", "standard": "O01", "unit": "Wiltshire", "met": 11},
                {"submission_id": "equal-later", "standard": "O02", "standard_version": 1, "not_met": BIG},
                {"submission_id": "equal-later", "standard": "O02", "standard_version": 2, "not_met": 0},
                {"submission_id": "letters", "standard": "S01", "sample_reason": "random", "met": 19},
            ],
        ),
        Read({"submission_ids": []}, []),
    ],
    "tally/totals": [
        Read(
            {"submission_id": "equal-later"},
            [
                {"standard": "O01", "met": 24, "partly": 3, "not_met": 8, "not_applicable": 0, "not_due": 1},
                {"standard": "O02", "met": 2 * BIG, "not_met": BIG},
            ],
        ),
        Read({"submission_id": "letters"}, [{"standard": "S01", "not_met": 24}, {"standard": "S02", "not_met": 29}]),
        Read({"submission_id": "nil"}, []),
    ],
}


@dataclass(frozen=True)
class Both:
    """The same data on both engines."""

    duckdb: Warehouse
    postgres: Warehouse

    def __iter__(self) -> Iterator[Warehouse]:
        return iter((self.duckdb, self.postgres))


@pytest.fixture(scope="module")
def both(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Both:
    folder = tmp_path_factory.mktemp("parity")
    made = Both(Warehouse(f"duckdb:///{folder / 'warehouse.duckdb'}"), Warehouse(new_database(postgres_url)))
    for warehouse in made:
        migrate(warehouse, SQL / "migrations", START)
        with warehouse.transaction() as connection:
            fill(connection)
    return made


class Undo(Exception):
    pass


def answer(warehouse: Warehouse, block: str, case: Read) -> list[Row]:
    with warehouse.reading() as connection:
        return queries.rows(connection, block, **case.given)


def change(warehouse: Warehouse, block: str, case: Write) -> tuple[list[Row], list[Row]]:
    """What came into the table and what went out of it; the change is taken back."""
    with suppress(Undo), warehouse.transaction() as connection:
        before = everything(connection, case.table)
        if case.many:
            queries.enter(connection, block, [case.given])
        else:
            queries.execute(connection, block, **case.given)
        after = everything(connection, case.table)
        raise Undo
    return [row for row in after if row not in before], [row for row in before if row not in after]


def everything(connection: sa.Connection, table: str) -> list[Row]:
    """All rows of a table, in an order that does not depend on the engine."""
    rows = [dict(row) for row in connection.execute(sa.text(f"select * from {table}")).mappings()]
    return sorted(rows, key=lambda row: [str(value) for value in row.values()])


def differences(ours: Sequence[Row], theirs: Sequence[Row]) -> list[tuple[int, str, Value, Value]]:
    """Where two results differ: row, column, value here, value there."""
    if [list(row) for row in ours] != [list(row) for row in theirs]:
        return [(0, "rows or columns", list(ours), list(theirs))]
    return [
        (number, column, row[column], other[column])
        for number, (row, other) in enumerate(zip(ours, theirs, strict=True))
        for column in row
        if not same(row[column], other[column])
    ]


def same(one: Value, other: Value) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=RELATIVE)
    return one == other


def cut(rows: Sequence[Row], like: Sequence[Row]) -> list[Row]:
    """Of each row the columns that its expectation speaks of."""
    assert len(rows) == len(like), rows
    return [{column: row[column] for column in expected} for row, expected in zip(rows, like, strict=True)]


def numbered(kind: type) -> list[Any]:
    return [
        pytest.param(block, case, id=f"{block}-{number}")
        for block, cases in CASES.items()
        for number, case in enumerate(cases, start=1)
        if isinstance(case, kind)
    ]


def test_every_block_has_a_case_and_every_case_a_block() -> None:
    assert sorted(CASES) == BLOCKS
    assert all(CASES.values())


@pytest.mark.parametrize(("block", "case"), numbered(Read))
def test_a_question_has_the_same_answer_on_both_engines(both: Both, block: str, case: Read) -> None:
    ours, theirs = (answer(warehouse, block, case) for warehouse in both)
    assert differences(ours, theirs) == []
    assert cut(ours, case.gives) == case.gives


@pytest.mark.parametrize(("block", "case"), numbered(Write))
def test_a_change_changes_the_same_on_both_engines(both: Both, block: str, case: Write) -> None:
    (ours, went), (theirs, also_went) = (change(warehouse, block, case) for warehouse in both)
    assert differences(ours, theirs) == []
    assert differences(went, also_went) == []
    assert cut(ours, case.comes) == case.comes
    assert len(went) == case.goes


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (0.1 + 0.2, 0.3, True),
        (0.3, 0.3001, False),
        (1, 1.0, False),
        (1, True, False),
        (None, 0, False),
        ("a", "a", True),
    ],
)
def test_what_counts_as_the_same_value(one: Value, other: Value, alike: bool) -> None:
    assert (differences([{"x": one}], [{"x": other}]) == []) is alike
