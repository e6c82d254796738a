"""A child that may have 600 MB, and half the time it has by default, reads what it should and refuses the worst there is."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from assurance.intake.reading import Reading, read_text
from tests.rules.cases import bcm, bcm_return

SECONDS, MEGABYTES = 30, 600
MOST = 50_000_000
"""The most bytes that a return of cases may have."""


def read(folder: Path, content: bytes) -> Reading:
    path = folder / "received"
    path.write_bytes(content)
    return read_text(path, bcm().limits, formats=bcm().formats, seconds=SECONDS, megabytes=MEGABYTES)


def cases(rows: int) -> bytes:
    header, *lines = bcm_return().content.splitlines(keepends=True)
    return header + b"".join(lines * (rows // len(lines) + 1))[: sum(map(len, lines)) * rows // len(lines)]


def whole(content: bytes) -> bytes:
    return content[: content.rindex(b"\n") + 1]


def filled(line: bytes, size: int = MOST) -> bytes:
    """As many of a line as are allowed."""
    stream = io.BytesIO()
    stream.write(line * (size // len(line)))
    return stream.getvalue()


def test_five_thousand_cases_are_read_within_the_budget(tmp_path: Path) -> None:
    reading = read(tmp_path, whole(cases(5_000)))
    assert reading.problems == ()
    assert reading.table is not None
    assert reading.rows == reading.table.num_rows > 4_900


HEADER = ",".join(column.name for column in bcm().columns).encode() + b"\n"
WORST: dict[str, Callable[[], bytes]] = {
    "blank lines": lambda: filled(b"\n"),
    "commas": lambda: filled(b","),
    "quotes": lambda: filled(b'"'),
    "one line": lambda: filled(b"x"),
    "one letter a line": lambda: filled(b"x\n"),
    "quotes on lines of their own": lambda: filled(b'""\n'),
    "a quote that swallows it all": lambda: HEADER + b'"' + filled(b"x,\n", MOST - len(HEADER) - 3),
    "lines of commas": lambda: filled(b"," * 66 + b"\n"),
    "lines of wide letters": lambda: filled("\U0001f642\n".encode()),
    "a header and rows of a wrong width": lambda: HEADER + filled(b"x,y\n", MOST - len(HEADER) - 4),
    "what nobody can see": lambda: HEADER + filled(b"\x01," * 66 + b"\n", MOST - len(HEADER) - 200),
    "line ends of a Mac": lambda: filled(b"x\r"),
    "UTF-16": lambda: filled("x\n".encode("utf-16-le")).join((b"\xff\xfe", b"")),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", WORST)
def test_as_much_of_the_worst_as_is_allowed_is_refused_with_a_reason(tmp_path: Path, kind: str) -> None:
    reading = read(tmp_path, WORST[kind]()[:MOST])
    assert reading.table is None or reading.problems
    assert {problem.rule for problem in reading.problems} & {"RET-001", "RET-002", "RET-003", "RET-004", "RET-014"}
    assert not any("within the limits" in problem.detail for problem in reading.problems), "it was ended, not refused"


@pytest.mark.slow
def test_a_hundred_thousand_cases_are_read_within_their_budget(tmp_path: Path) -> None:
    path = tmp_path / "received"
    path.write_bytes(whole(cases(100_000)))
    assert path.stat().st_size > 25_000_000
    reading = read_text(path, bcm().limits, seconds=60, megabytes=1_500)
    assert reading.problems == ()
    assert reading.rows > 99_000


@pytest.mark.slow
@pytest.mark.parametrize(("lines", "rule"), [(5_000_000, "RET-014"), (6_000_001, "RET-002")])
def test_millions_of_blank_lines_at_the_end_are_left_out_and_more_are_refused(
    tmp_path: Path, lines: int, rule: str
) -> None:
    reading = read(tmp_path, bcm_return().content + b"\n" * lines)
    assert [problem.rule for problem in reading.problems] == [rule]
