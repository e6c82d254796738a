"""What a return says of cases stays in it: nothing that an Area wrote is found where others may read it.

Returns full of marks are received, measured and published by the real DAGs; then every byte that was written is read.
"""

from __future__ import annotations

import base64
import email
import gzip
import io
import logging
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from email import policy
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assurance.settings import Settings
from assurance.steps import Steps
from tests.airflow.conftest import HOME as AIRFLOW_HOME
from tests.rules.builders import Return, put
from tests.rules.cases import BCM_PERIOD, bcm_return, case, good_cases
from tests.rules.workbooks import as_workbook

pytestmark = pytest.mark.slow

MONTH = f"bcm|{BCM_PERIOD}"
URNS = {"WSX": "44ZQ773", "EMD": "33ZQ773"}
ARRIVED = datetime(2026, 11, 3, 10)
SHARED = "44ZS7730001"
"""A case that both Areas return."""
FILE_WIDE = ("return_id", "area_code", "period")
"""A strange cell in one of these has the whole return rejected."""
KINDS = ("COMMENT", "CELL", "WHOLE", "HEADER", "QUOTE", "SHEET", "REASON")

Pieces = Iterator[tuple[str, bytes]]


def mark(kind: str, area: str) -> str:
    return f"ZEBRA-{kind}-{area}"


MARKS = {mark(kind, area): {area} for area in URNS for kind in KINDS}
MARKS |= {urn: {area} for area, urn in URNS.items()} | {SHARED: {"WSX", "EMD"}}
"""Every mark, and the Areas that wrote it."""


# What is searched


def pieces(name: str, content: bytes) -> Pieces:
    """All that lies in a file, unpacked as far as it goes: each piece by where it lies."""
    yield name, content
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                yield from pieces(f"{name}!{member}", archive.read(member))
    elif content.startswith(b"\x1f\x8b"):
        yield from pieces(f"{name}!gz", gzip.decompress(content))
    elif content.startswith(b"PAR1"):
        yield f"{name}!rows", repr(pq.read_table(io.BytesIO(content)).to_pylist()).encode()
    elif name.endswith(".eml"):
        for number, part in enumerate(email.message_from_bytes(content, policy=policy.default).walk()):
            yield f"{name}!headers of {number}", repr(part.items()).encode()
            if not part.is_multipart():
                payload = part.get_payload(decode=True)
                assert isinstance(payload, bytes)
                yield from pieces(f"{name}!{part.get_filename() or number}", payload)


def tables(path: Path) -> Pieces:
    """Every table of a database, every column of it as text."""
    if path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            names = connection.sql("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
            for (name,) in names:
                yield f"{path}!{name}", repr(connection.sql(f"from {name}").fetchall()).encode()
    elif path.suffix == ".db":
        with closing(sqlite3.connect(path)) as connection:
            names = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
            for (name,) in names:
                yield f"{path}!{name}", repr(connection.execute(f'select * from "{name}"').fetchall()).encode()


def everything(*folders: Path) -> Pieces:
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            yield from pieces(str(path), path.read_bytes())
            yield from tables(path)


def holds(content: bytes, word: str) -> bool:
    return any(word.lower().encode(code) in content.lower() for code in ("utf-8", "utf-16-le"))


def places(found: Iterator[tuple[str, bytes]], words: list[str]) -> dict[str, list[str]]:
    """Where each word is found."""
    seen: dict[str, list[str]] = {word: [] for word in words}
    for place, content in found:
        for word in words:
            if holds(content, word):
                seen[word].append(place)
    return seen


def test_the_search_finds_what_is_planted_in_each_kind_of_place(tmp_path: Path) -> None:
    word = "ZEBRA-PLANTED"
    (tmp_path / "log.gz").write_bytes(gzip.compress(word.encode()))
    pq.write_table(pa.table({"cell": [word] * 9}), tmp_path / "rows.parquet", compression="zstd")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sheet.xml", word * 9)
    (tmp_path / "book.xlsx").write_bytes(packed.getvalue())
    message = b"Content-Transfer-Encoding: base64\n\n"
    (tmp_path / "text.eml").write_bytes(message + base64.b64encode(word.encode()))
    (tmp_path / "book.eml").write_bytes(message + base64.b64encode(packed.getvalue()))
    with closing(sqlite3.connect(tmp_path / "airflow.db")) as connection:
        connection.execute("create table xcom as select ? as value", [word])
        connection.commit()
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("create table finding as select ? as value from range(5000)", [word])
    (tmp_path / "plain.log").write_text(word, encoding="utf-8")
    found = {place for place in places(everything(tmp_path), [word])[word] if "!" in place or place.endswith(".log")}
    assert {Path(place.partition("!")[0]).name for place in found} == {path.name for path in tmp_path.iterdir()}


# What is sent


def returns(area: str) -> list[Return]:
    """What an Area sends, version by version: good, careless and hopeless files, with marks in all of them."""

    def good(version: int) -> Return:
        cases = good_cases(area)
        for number, one in enumerate(cases):
            one |= {"urn": f"{URNS[area]}{number + 1:04d}", "comment": mark("COMMENT", area)}
        cases.append(case(99, "ptph", area=area, urn=SHARED))
        return bcm_return(*cases, area=area, version=version)

    def careless(version: int, kind: str, but: tuple[str, ...]) -> Return:
        sent = good(version)
        for column in sent.header:
            if column not in but:
                sent = sent.with_cell(4, column, mark(kind, area))
        return sent

    def with_header(sent: Return) -> Return:
        return sent.with_header(*sent.header[:-1], mark("HEADER", area))

    def with_sheet_name(book: Any) -> None:
        book.active.title = mark("SHEET", area)

    broken = good(4)
    unclosed = broken.content + f'"{mark("QUOTE", area)}'.encode()
    return [
        good(1),
        careless(2, "CELL", FILE_WIDE),
        with_header(good(3)),
        replace(broken, raw=unclosed),
        careless(5, "WHOLE", ()),
        as_workbook(with_header(good(6)), with_sheet_name),
        as_workbook(careless(7, "CELL", FILE_WIDE), with_sheet_name),
        good(8).with_cell(5, "C02", "PM"),
    ]


@pytest.mark.xdist_group("airflow")
def test_nothing_that_an_area_wrote_is_found_where_others_may_read_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    run_dag: Callable[..., Any],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("ASSURANCE_HOME", str(home))
    monkeypatch.setenv("ASSURANCE_ARRIVAL", "file")
    monkeypatch.setenv("ASSURANCE_SIGN_OFF", "journey")
    steps = Steps(Settings())
    steps.migrate()
    for area in URNS:
        for sent in returns(area):
            sent.landed(steps.settings.landing, "bcm", ARRIVED)
        reason = f'{{"reason": "{mark("REASON", area)}"}}'.encode()
        put(steps.settings.landing / "bcm" / area / f"{sent.name}.json", reason, ARRIVED)

    caplog.set_level(logging.DEBUG)
    assert run_dag("receive_returns", collection="bcm").state == "success"
    assert run_dag("close_month", collection="bcm", period=str(BCM_PERIOD)).state == "success"
    assert run_dag("measure_month", key=MONTH).state == "success"
    assert run_dag("publish_month", key=f"{MONTH}|1").state == "success"
    said = "".join(capfd.readouterr()) + caplog.text
    assert said, "a run says something"
    assert list(steps.settings.releases.rglob("national.html"))

    seen = places(everything(home, AIRFLOW_HOME), list(MARKS))
    assert [word for word in MARKS if holds(said.encode(), word)] == []
    readers = {one.address: set(one.areas) for one in steps.catalogue.recipients}
    leaks, by_place = [], {}
    for word, areas in MARKS.items():
        by_place[word] = set()
        for place in seen[word]:
            file = Path(place.partition("!")[0])
            top = file.relative_to(home).parts[0] if file.is_relative_to(home) else "airflow"
            by_place[word].add(top)
            if top == "mail":
                to = str(email.message_from_bytes(file.read_bytes(), policy=policy.default)["To"])
                (reader,) = [address for address in readers if address in to]
                if ".xlsx" not in place or not readers[reader] & areas:
                    leaks.append((word, place))
            elif top not in ("landing", "kept", "archive"):
                leaks.append((word, place))
    assert leaks == []

    for word, tops in by_place.items():
        assert "landing" in tops, word
        assert "kept" in tops or "REASON" in word, word
    for area, urn in URNS.items():
        assert "archive" in by_place[urn], "accepted rows are archived"
        assert "mail" in by_place[mark("CELL", area)], "the sender sees what is to be mended"
        for kind in ("CELL", "WHOLE", "HEADER", "QUOTE", "SHEET", "REASON"):
            assert "archive" not in by_place[mark(kind, area)], "only accepted rows are archived"
