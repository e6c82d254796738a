"""The search for marks finds one wherever it is planted, and says so as a list of places."""

from __future__ import annotations

import base64
import gzip
import io
import quopri
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.journeys.searching import Mark, everything, leaks_of, seen

WORD = "ZEBRA-PLANTED"
READERS = {"wsx@example.org": ["WSX"], "emd@example.org": ["EMD"], "director@example.org": ["NATION"]}


def leaks(home: Path, kind: str = "CELL") -> list[str]:
    mark = Mark(kind, WORD, frozenset({"WSX"}))
    return leaks_of(home, seen(everything(home), [mark]), READERS)


def workbook(member: str = "xl/worksheets/sheet1.xml") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, WORD * 9)
    return packed.getvalue()


def rows() -> bytes:
    packed = io.BytesIO()
    pq.write_table(pa.table({"cell": [WORD] * 9}), packed, compression="zstd")
    return packed.getvalue()


def mail(to: str, body: bytes, encoding: str = "base64", name: str = "") -> bytes:
    carried = base64.encodebytes(body) if encoding == "base64" else quopri.encodestring(body)
    kept_as = f'Content-Disposition: attachment; filename="{name}"\n' if name else ""
    return f"To: {to}\n{kept_as}Content-Transfer-Encoding: {encoding}\n\n".encode() + carried


def in_sqlite(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table xcom as select ? as value", [WORD])
        connection.commit()


def deleted_from_sqlite(path: Path) -> None:
    in_sqlite(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma secure_delete = off")
        connection.execute("drop table xcom")
        connection.commit()


def in_duckdb(table: str) -> Callable[[Path], None]:
    def plant(path: Path) -> None:
        with duckdb.connect(str(path)) as connection:
            connection.execute("create schema beside")
            connection.execute(f"create table {table} as select ? as value from range(5000)", [WORD])

    return plant


def in_wal(path: Path) -> None:
    path.write_bytes(b"\x00\x01" + WORD.encode() + b"\x00")


def bytes_of(content: bytes) -> Callable[[Path], None]:
    def plant(path: Path) -> None:
        path.write_bytes(content)

    return plant


TO_WSX, TO_EMD = "Wessex <wsx@example.org>", "East Midlands <emd@example.org>"
TEXT = b"In a page: " + WORD.encode()
PLANTED = {
    "airflow/logs/dag_id=a/task_id=b/attempt=1.log": bytes_of(TEXT),
    "airflow/logs/rotated.log.gz": bytes_of(gzip.compress(TEXT)),
    "airflow/airflow.db": in_sqlite,
    "airflow/freed.db": deleted_from_sqlite,
    "printed/out": bytes_of(TEXT),
    "temporary/left": bytes_of(TEXT),
    "temporary/left-as-utf-16": bytes_of(WORD.encode("utf-16")),
    "temporary/rows.parquet": bytes_of(rows()),
    f"temporary/{WORD.lower()}.txt": bytes_of(b"its name"),
    "warehouse.duckdb": in_duckdb("finding"),
    "other.duckdb": in_duckdb("beside.finding"),
    "warehouse.duckdb.wal": in_wal,
    "checked/0123.json": bytes_of(TEXT),
    "receipts/0123.json": bytes_of(TEXT),
    "releases/bcm/2026-10/1/national.html": bytes_of(TEXT),
    "releases/bcm/2026-10/1/figures.xlsx": bytes_of(workbook()),
    "mail/receipt.html": bytes_of(TEXT),
    "mail/subject.eml": bytes_of(b"Subject: =?utf-8?b?" + base64.b64encode(TEXT) + b"?=\n\nNothing"),
    "mail/base64.eml": bytes_of(mail(TO_WSX, TEXT)),
    "mail/quoted.eml": bytes_of(mail(TO_WSX, "é".encode() * 20 + TEXT, "quoted-printable")),
    "mail/page.eml": bytes_of(mail(TO_WSX, TEXT, name="return.html")),
    "mail/another.eml": bytes_of(mail(TO_EMD, workbook(), name="return.xlsx")),
    "mail/two.eml": bytes_of(mail(f"{TO_WSX}, {TO_EMD}", workbook(), name="return.xlsx")),
    "mail/nobody.eml": bytes_of(mail("who@example.org", workbook(), name="return.xlsx")),
    "mail/director.eml": bytes_of(mail("director@example.org", workbook("docProps/core.xml"), name="return.xlsx")),
}


@pytest.mark.parametrize("place", PLANTED)
def test_a_mark_is_found_wherever_it_is_planted(tmp_path: Path, place: str) -> None:
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    PLANTED[place](tmp_path / place)
    found = leaks(tmp_path)
    assert found
    assert all(leak.startswith(place) and leak.endswith(": CELL of WSX") for leak in found), found


def test_a_table_is_found_by_its_name(tmp_path: Path) -> None:
    in_duckdb("beside.finding")(tmp_path / "warehouse.duckdb")
    in_sqlite(tmp_path / "airflow.db")
    assert {"warehouse.duckdb!beside.finding: CELL of WSX", "airflow.db!xcom: CELL of WSX"} <= set(leaks(tmp_path))


@pytest.mark.parametrize("place", ["landing/bcm/WSX/return.csv", "kept/ab/abcd", "archive/rows.parquet"])
def test_what_was_sent_may_lie_where_it_came_in_and_is_kept(tmp_path: Path, place: str) -> None:
    (tmp_path / place).parent.mkdir(parents=True)
    (tmp_path / place).write_bytes(rows() if place.endswith("parquet") else TEXT)
    assert seen(everything(tmp_path), [Mark("CELL", WORD, frozenset({"WSX"}))])
    assert leaks(tmp_path) == []


def test_a_sender_may_have_the_own_workbook(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail/receipt.eml").write_bytes(mail(TO_WSX, workbook(), name="return.xlsx"))
    assert leaks(tmp_path) == []


def test_an_answer_may_lie_in_its_table_and_in_no_other(tmp_path: Path) -> None:
    in_duckdb("answer")(tmp_path / "warehouse.duckdb")
    assert leaks(tmp_path, "ANSWER") == []
    assert leaks(tmp_path) != []
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("create table audit as from answer")
    assert leaks(tmp_path, "ANSWER") == ["warehouse.duckdb!main.audit: ANSWER of WSX"]
