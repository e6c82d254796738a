"""Looks for marks in everything that a run wrote, unpacked as far as it goes, and says where one lies that may not."""

from __future__ import annotations

import base64
import email
import gzip
import io
import json
import re
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from email import policy
from email.utils import getaddresses
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

Pieces = Iterator[tuple[str, bytes]]

WITH_CELLS = ("landing", "kept", "archive")
"""The folders of a home in which cells of returns may lie."""
ANSWERS = re.compile(r"warehouse\.duckdb(\.wal|!main\.answer)?|checked/[0-9a-f]+\.json")
"""Where an answer to a query may lie besides: those who sign off are shown it."""
OWN_COPY = re.compile(r"mail/[^!/]+\.eml![^!]+\.xlsx!.*")
"""What lies in a workbook that a mail carries."""
LETTER = re.compile(r"(^|/)letters/[^/!]+\.json$")
"""A letter as it lies in its release."""


@dataclass(frozen=True)
class Mark:
    """A word that stands in returns and nowhere else."""

    kind: str
    text: str
    areas: frozenset[str]
    """Those that wrote it."""

    def __str__(self) -> str:
        return f"{self.kind} of {', '.join(sorted(self.areas))}"


Seen = tuple[str, Mark]
"""A place, and a mark that lies there."""


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
    elif LETTER.search(name):
        letter = json.loads(content)
        for carried in letter["attachments"]:
            yield from pieces(f"{name}!{carried['file_name']}", base64.urlsafe_b64decode(carried["content"]))


def tables(path: Path) -> Pieces:
    """Every table of a database, in whatever schema, every column of it as text."""
    with path.open("rb") as file:
        start = file.read(16)
    if start[8:12] == b"DUCK":
        with duckdb.connect(str(path), read_only=True) as connection:
            for schema, name in connection.sql("select schema_name, table_name from duckdb_tables()").fetchall():
                yield f"{schema}.{name}", repr(connection.sql(f'from "{schema}"."{name}"').fetchall()).encode()
    elif start == b"SQLite format 3\x00":
        with closing(sqlite3.connect(path)) as connection:
            names = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
            for (name,) in names:
                yield name, repr(connection.execute(f'select * from "{name}"').fetchall()).encode()


def everything(folder: Path, called: str = "") -> Pieces:
    """All that lies in a folder, by its place there: files as they are and unpacked, tables as they are asked for."""
    files = {called + path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    for place, path in files.items():
        yield place, place.encode()
        yield from pieces(place, path.read_bytes())
    for place, path in files.items():
        if path.exists():  # to open a database makes files beside it come and go
            yield from ((f"{place}!{table}", rows) for table, rows in tables(path))


def seen(found: Iterable[tuple[str, bytes]], marks: Iterable[Mark]) -> list[Seen]:
    """Where each mark lies, in text of one byte a character or of two."""
    words = [(mark, mark.text.lower().encode(), mark.text.lower().encode("utf-16-le")) for mark in marks]
    places = {}
    for place, content in found:
        lower = content.lower()
        places |= {(place, mark): None for mark, text, wide in words if text in lower or wide in lower}
    return list(places)


def leaks_of(home: Path, found: Iterable[Seen], readers: Mapping[str, Iterable[str]]) -> list[str]:
    """The places of a home where a mark lies and may not, each with its kind. `readers`: addresses with their Areas."""
    return [f"{place}: {mark}" for place, mark in found if not _may_lie(home, place, mark, readers)]


def _may_lie(home: Path, place: str, mark: Mark, readers: Mapping[str, Iterable[str]]) -> bool:
    if place.partition("/")[0] in WITH_CELLS:
        return True
    if OWN_COPY.fullmatch(place):
        return bool(mark.areas & _areas_told(home / place.partition("!")[0], readers))
    return mark.kind == "ANSWER" and bool(ANSWERS.fullmatch(place))


def _areas_told(mail: Path, readers: Mapping[str, Iterable[str]]) -> set[str]:
    """The Areas whose mail those may read to whom a message goes: all of them, so that nobody else has it."""
    message = email.message_from_bytes(mail.read_bytes(), policy=policy.default)
    named = getaddresses([str(value) for field in ("To", "Cc", "Bcc") for value in message.get_all(field, [])])
    areas = [set(readers.get(address, ())) for _, address in named]
    return set.intersection(*areas) if areas else set()
