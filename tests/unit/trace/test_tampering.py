"""Whatever is changed by hand, in the warehouse or among the stored files, is found and named."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assurance.model import Fault
from assurance.steps import Steps
from assurance.trace.stored import Stored
from assurance.warehouse import trail
from assurance.warehouse.queries import SQL
from tests.tampering import KEYS, changed, deletions, insertion, rows, tampered, updates

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("trace")]
TABLES = [table for table in KEYS if table != "audit"]
RELEASE = "bcm/2026-10/2"


def test_nothing_is_found_where_nothing_was_changed(world: Steps) -> None:
    found = world.verify()
    assert (found.faults, found.notes) == ((), ())
    assert all(found.looked_at[f"rows of {table}"] for table in trail.ENTERED), "every table has rows to be changed"
    assert found.looked_at["lines of the audit trail"] > 20
    assert found.looked_at["index pages"] == 2, "of all releases, and of the month"


def test_every_table_there_is_can_be_tampered_with_here(world: Steps) -> None:
    with world.warehouse.reading() as connection:
        tables = {row[0] for row in connection.exec_driver_sql("select table_name from duckdb_tables()").all()}
    assert tables == set(KEYS)
    assert {*trail.ENTERED, "audit", "schema_version"} == tables, "and verify looks at every one"


@pytest.mark.parametrize("table", TABLES)
def test_a_changed_cell_is_found_in_every_column(world: Steps, table: str) -> None:
    with world.warehouse.reading() as connection:
        many = list(updates(connection, table))
    for one in many:
        found = tampered(world, one.sql, one.values)
        assert any(one.about in fault.place for fault in found), one.name


@pytest.mark.parametrize("table", TABLES)
def test_a_row_that_is_gone_is_found(world: Steps, table: str) -> None:
    with world.warehouse.reading() as connection:
        one = list(deletions(connection, table))[-1]
    found = tampered(world, one.sql, one.values)
    assert any(one.about in fault.place for fault in found), one.name


@pytest.mark.parametrize("table", TABLES)
def test_a_row_that_was_put_in_is_found(world: Steps, table: str) -> None:
    with world.warehouse.reading() as connection:
        one = insertion(connection, table)
    found = tampered(world, one.sql, one.values)
    assert any(one.about in fault.place for fault in found), one.name


def test_a_changed_line_of_the_trail_is_found_and_numbered(world: Steps) -> None:
    with world.warehouse.reading() as connection:
        many = list(updates(connection, "audit", at=(0, 7, -1)))
        number = len(rows(connection, "audit"))
    assert number > 20
    for one in many:
        seq = one.values["key_seq"]
        found = tampered(world, one.sql, one.values)
        assert any("audit trail" in fault.place for fault in found), one.name
        if "seq =" not in one.sql.partition("where")[0]:
            assert any(str(fault.place).startswith(f"line {seq} ") for fault in found), one.name


def test_each_line_that_is_taken_out_is_found(world: Steps) -> None:
    with world.warehouse.reading() as connection:
        *middle, last = deletions(connection, "audit")
    for one in middle:
        found = tampered(world, one.sql, one.values)
        assert any(f"lacks line {one.values['key_seq']}" in fault.what for fault in found), one.name
    assert tampered(world, last.sql, last.values), "the last is missed by the row it tells of"


def test_a_trail_that_was_cut_is_found_wherever_it_was_cut(world: Steps) -> None:
    with world.warehouse.reading() as connection:
        number = len(rows(connection, "audit"))
    for seq in range(1, number, 3):
        assert tampered(world, "delete from audit where seq > :seq", {"seq": seq}), seq


def test_a_trail_that_was_cut_with_its_rows_is_found_by_the_head_in_the_release(
    world: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where rows and lines are both gone, only what stands elsewhere can tell."""
    with world.warehouse.reading() as connection:
        whole = trail.record(connection)
    cut = trail.Record(whole.lines[:5], (), {**whole.rows}, whole.schema)
    monkeypatch.setattr(trail, "record", lambda connection: cut)
    places = [fault.place for fault in world.verify().faults if "was cut or made anew" in fault.what]
    assert places == ["the audit trail"] * 2, "both manifests tell it"


def test_a_digest_of_other_rows_does_not_pass(world: Steps) -> None:
    """A line that tells a digest of nothing, or of other rows, is no line for these."""
    with world.warehouse.reading() as connection:
        record = trail.record(connection)
    line = next(line for line in record.lines if line.event == "received")
    wrong = {table: {"rows": part["rows"], "sha256": "0" * 64} for table, part in (line.wrote or {}).items()}
    forged = trail.Line(line.seq, line.event, line.subject, {**line.detail, "wrote": wrong}, line.sha256)
    lines = tuple(forged if each is line else each for each in record.lines)
    told = trail.faults(trail.Record(lines, (), record.rows, record.schema), SQL / "migrations")
    assert {fault.place.split(",")[0] for fault in told if line.subject in fault.place} == {f"table {t}" for t in wrong}


def test_lines_from_before_digests_are_told_and_are_no_fault(world: Steps) -> None:
    with world.warehouse.reading() as connection:
        record = trail.record(connection)
    bare = [
        trail.Line(
            line.seq, line.event, line.subject, {k: v for k, v in line.detail.items() if k != "wrote"}, line.sha256
        )
        for line in record.lines
        if line.event not in ("owed", "sent", "delivered")
    ]
    deliveries = {line.subject for line in record.lines if line.event == "delivered"}
    old = trail.Record(tuple(bare), (), record.rows, record.schema)
    by_chance = ("lacks", "another head")  # of the lines that are left out here
    found = [f for f in trail.faults(old, SQL / "migrations") if not any(word in f.what for word in by_chance)]
    assert [fault for fault in found if not any(one in fault.place for one in deliveries)] == []
    (told,) = trail.notes(old)
    assert "from before digests" in told


def broken_shapes(value: Any) -> Iterator[Any]:
    """A JSON value with one thing in it of another kind, or gone: for each thing in it."""
    yield from (other for other in (None, "5", [5]) if type(other) is not type(value))
    for key in value if isinstance(value, dict) else ():
        yield {name: kept for name, kept in value.items() if name != key}
        yield from ({**value, key: broken} for broken in broken_shapes(value[key]))


def test_a_line_of_any_other_shape_is_found_and_hides_nothing_else(world: Steps) -> None:
    with world.warehouse.reading() as connection:
        by_event = {row["event"]: row for row in rows(connection, "audit")}
    assert {"received", "built", "catalogue", "indexed", "owed", "paired"} <= set(by_event)
    for event, row in by_event.items():
        for shape in broken_shapes(json.loads(row["detail"])):
            values = {"seq": row["seq"], "detail": json.dumps(shape)}
            found = tampered(world, "update audit set detail = :detail where seq = :seq", values)
            assert any(fault.place.startswith(f"line {row['seq']} ") for fault in found), (event, shape)


def test_a_line_that_cannot_be_read_is_named_though_the_chain_was_made_anew(world: Steps) -> None:
    with world.warehouse.reading() as connection:
        record = trail.record(connection)
    lines = tuple(replace(line, detail={}, is_readable=False) if line.seq == 7 else line for line in record.lines)
    told = [str(fault) for fault in trail.faults(replace(record, lines=lines), SQL / "migrations")]
    assert any(one.startswith("line 7 ") and "tells nothing that can be read" in one for one in told)


# Stored files


def on_disk(world: Steps, record: trail.Record) -> list[Fault]:
    places = world.settings
    return list(Stored(places.kept, places.catalogues, places.archive, places.releases).faults(record))


def test_a_manifest_of_any_other_shape_is_found_and_hides_nothing_else(world: Steps) -> None:
    path = world.settings.releases / RELEASE / "manifest.json"
    with world.warehouse.reading() as connection:
        record = trail.record(connection)
    told = json.loads(path.read_bytes())
    told["files"] = dict(list(told["files"].items())[:1])
    for shape in broken_shapes({**told, "inputs": 1}):
        with changed(path, json.dumps(shape).encode()):
            assert f"releases/{RELEASE}/manifest.json" in [fault.place for fault in on_disk(world, record)], shape


def test_an_index_of_which_no_line_tells_is_found(world: Steps) -> None:
    """So a trail that was cut right after a release is found, where the head in its manifest still stands."""
    with world.warehouse.reading() as connection:
        record = trail.record(connection)
    cut = replace(record, lines=tuple(line for line in record.lines if line.event != "indexed"))
    places = [fault.place for fault in on_disk(world, cut)]
    assert places == ["releases/bcm/index.html", "releases/bcm/2026-10/index.html"]


def stored(world: Steps, kind: str) -> Path:
    folder = {"kept": world.settings.kept, "archive": world.settings.archive, "catalogues": world.settings.catalogues}[
        kind
    ]
    return next(path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "failure_reasons.csv")


FILES: dict[str, Callable[[Steps], Path]] = {
    "kept bytes": lambda world: stored(world, "kept"),
    "archived rows": lambda world: stored(world, "archive"),
    "rules of a time": lambda world: stored(world, "catalogues"),
    "a page": lambda world: world.settings.releases / RELEASE / "national.html",
    "a trace page": lambda world: world.settings.releases / RELEASE / "trace" / "WSX.html",
    "the figures": lambda world: world.settings.releases / RELEASE / "figures.csv",
    "the manifest": lambda world: world.settings.releases / RELEASE / "manifest.json",
    "the index": lambda world: world.settings.releases / "bcm" / "index.html",
    "the page of a month": lambda world: world.settings.releases / "bcm" / "2026-10" / "index.html",
}


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("how", ["changed", "gone"])
def test_a_stored_file_that_is_changed_or_gone_is_named(world: Steps, kind: str, how: str) -> None:
    path = FILES[kind](world)
    with changed(path, path.read_bytes() + b"\n" if how == "changed" else None):
        faults = world.verify().faults
    name = path.parent.parent.name if kind == "rules of a time" else path.name
    name = path.relative_to(world.settings.catalogues).parts[1] if kind == "rules of a time" else name
    assert any(name in fault.place for fault in faults), faults
    if path.name == "index.html":
        assert [fault.place for fault in faults] == [f"releases/{path.relative_to(world.settings.releases)}"]


@pytest.mark.parametrize("place", ["bcm/index.html", "bcm/2026-10/index.html"])
def test_an_index_that_does_not_tell_of_a_release_is_found_though_the_trail_tells_of_the_page(
    world: Steps, place: str
) -> None:
    """So is one that was left behind by a crash between the release and the index, or put back as it was before."""
    with world.warehouse.reading() as connection:
        record = trail.record(connection)
    path = world.settings.releases / place
    (newest,) = (line for line in record.lines if line.event == "built" and line.subject == RELEASE)
    hashes = (newest.detail["head"]["sha256"], newest.detail["content_sha256"])
    page = path.read_bytes().replace(hashes[0].encode(), b"").replace(hashes[1].encode(), b"")
    indexed = [line for line in record.lines if line.event == "indexed" and f"{line.subject}/index.html" == place]
    told = replace(indexed[-1], detail={"sha256": hashlib.sha256(page).hexdigest()})
    lines = tuple(told if line is indexed[-1] else line for line in record.lines)
    with changed(path, page):
        found = [str(fault) for fault in on_disk(world, replace(record, lines=lines))]
    assert found == [f"releases/{place}: does not tell of release {RELEASE}; the next build writes it anew"]


@pytest.mark.parametrize(
    "place",
    [
        "archive/collection=bcm/period=2026-10/area=WSX/planted.parquet",
        "releases/bcm/2026-10/3/national.html",
        f"releases/{RELEASE}/areas/XXX.html",
        "releases/bcm/2026-11/index.html",
    ],
)
def test_a_file_that_was_put_in_is_named(world: Steps, place: str) -> None:
    with changed(world.settings.home / place, b"planted"):
        faults = world.verify().faults
    assert faults
    assert all(fault.place.startswith((str(Path(place).parent), place, f"release {RELEASE}")) for fault in faults), (
        faults
    )
    for folder in ("bcm/2026-10/3", "bcm/2026-11"):
        if (world.settings.releases / folder).exists():
            (world.settings.releases / folder).rmdir()


def test_kept_bytes_that_nobody_tells_of_are_a_note(world: Steps) -> None:
    sha256 = hashlib.sha256(b"left by a crash").hexdigest()
    with changed(world.settings.kept / sha256[:2] / sha256, b"left by a crash"):
        found = world.verify()
    assert found.faults == ()
    assert [sha256 in note for note in found.notes] == [True]


def test_a_manifest_that_tells_another_head_is_found(world: Steps) -> None:
    path = world.settings.releases / RELEASE / "manifest.json"
    told = json.loads(path.read_bytes())
    told["audit_head"]["sha256"] = "0" * 64
    with changed(path, json.dumps(told, indent=1).encode()):
        found = {fault.place: fault.what for fault in world.verify().faults}
    assert found[f"releases/{RELEASE}/manifest.json"] == "was changed"
    assert "was cut or made anew" in found["the audit trail"]
