"""Reads one received CSV file as plain text cells, or refuses it. Runs alone, in a process of its own, under limits.

    python -I -S reader.py '{"path": …, "bytes": …, "rows": …, "columns": …, "seconds": …, "megabytes": …}'

Prints one line of JSON, `{"header": [...], "header_line": n, "rows": n, "longest": n, "problems": [...]}`, and then
the table, one record a line: its line in the file, then its cells, U+001F between them, nothing quoted or escaped;
no line has more bytes than `longest`. A problem is `{"rule", "row", "column", "detail"}` with `column` as an index
and no value of the file in it. A file that cannot be read as a table has no `header`; of one with more problems than
are named the rows are counted, and there is no table: `longest` is null.

Imports the standard library only, so that a file that makes it crash, hang or swell takes nothing else with it. The
child that reads workbooks takes its limits, its table and its answer from here.
"""

import csv
import io
import json
import re
import resource
import signal
import sys
from collections.abc import Callable, Iterable, Iterator

Asked = dict[str, int]
Answer = dict[str, object]
Problem = dict[str, object]
Record = tuple[int, list[str] | str]
"""Where it begins, and its cells; or, of a record without anything odd, their text with separators between them."""
Table = tuple[Answer, list[bytes]]
"""The answer, and the lines of the table in pieces."""

MAGIC = {
    b"PK\x03\x04": "it is a workbook or another ZIP archive",
    b"PK\x05\x06": "it is an empty ZIP archive",
    b"\xd0\xcf\x11\xe0": "it is an old or password-protected workbook",
    b"\x1f\x8b": "it is compressed",
    b"%PDF": "it is a PDF",
    b"PAR1": "it is a Parquet file",
    b"SQLi": "it is a database",
    b"{": "it is JSON",
    b"<": "it is HTML or XML",
}
OTHER_TEXT = re.compile(r"\s*[<{\[]")
"""How a text begins, after its mark and blank lines, that is no table."""
SEPARATOR = "\x1f"
CELL_CHARACTERS = 32_767
LONG_CELL = re.compile(rf"(?:^|,)[^,]{{{CELL_CHARACTERS + 1}}}")
MOST_PROBLEMS = 1_000
FEW = 20
"""One row in so many may be left out of a return that counts."""
MOST_BLANK = 6_000_000
"""Several times what a sheet can have: to pass over more takes longer than a file may."""
LINES_A_PIECE = 5_000
BYTES_A_CHARACTER = 4
"""At most, in UTF-8."""
HIDDEN = frozenset(
    [chr(c) for c in range(0x20)]
    + [chr(c) for c in range(0x7F, 0xA0)]
    + [chr(c) for c in (0xAD, 0x61C, 0x180E, *range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070))]
    + [chr(c) for c in (0xFEFF, *range(0xFFF9, 0xFFFC))]
)
MASK = dict.fromkeys(map(ord, HIDDEN), "\ufffd")
CLOCK_TIMES = 5
"""So many times the seconds of the processor may go by on the clock: what is read beside others waits for its turn."""


class Refused(Exception):
    def __init__(self, rule: str, detail: str, row: int | None = None) -> None:
        super().__init__(detail)
        self.rule, self.detail, self.row = rule, detail, row


def main(read: Callable[[bytes, Asked], Table]) -> None:
    """Do what the command line asks for by `read`, under the limits it sets, and print the answer."""
    asked = json.loads(sys.argv[1])
    limit(asked["seconds"], asked["megabytes"])
    try:
        answer, body = read(received(asked["path"], asked["bytes"]), asked)
    except Refused as refused:
        answer, body = {"problems": [problem(refused.rule, refused.row, detail=refused.detail)]}, []
    except MemoryError:
        answer, body = {"problems": [problem("RET-002", detail="too large to read")]}, []
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    sys.stdout.buffer.writelines(body)


def limit(seconds: int, megabytes: int) -> None:
    """End this process after so many seconds of the processor, and keep its memory to so much."""
    memory = megabytes * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    signal.alarm(CLOCK_TIMES * seconds)


def received(path: str, most: int) -> bytes:
    with open(path, "rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise Refused("RET-002", f"more than {most:,} bytes")
    if not data:
        raise Refused("RET-001", "it is empty")
    return data


def read_csv(data: bytes, asked: Asked) -> Table:
    return tabulated(records(lines_of(data)), asked)


def lines_of(data: bytes) -> Iterator[str]:
    """The lines of a text file with their ends, once nothing about it as a whole speaks against it."""
    for start, what in MAGIC.items():
        if data.startswith(start):
            raise Refused("RET-001", what)
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Refused("RET-001", f"byte {error.start + 1} is not {encoding.removesuffix('-sig').upper()}") from None
    if "\x00" in text:
        raise Refused("RET-001", "it holds NUL characters")
    if OTHER_TEXT.match(text):
        raise Refused("RET-001", "it is HTML, XML or JSON")
    del text  # the lines are decoded one by one: a large file takes little more than its bytes
    return io.TextIOWrapper(io.BytesIO(data), encoding, newline="")


def records(lines: Iterator[str]) -> Iterator[Record]:
    """Every record of a CSV file after the line on which it begins.

    Most lines are a record of their own with nothing odd about it, and commas are all there is to part them by. Python's
    reader of CSV takes the others: it is what decides, and four times as slow.
    """
    csv.field_size_limit(CELL_CHARACTERS)
    number = 1
    odd: list[str] = []
    # One reader for all odd lines, for to make one takes longer than to read a line. It is given the odd line, and then,
    # while a quote is open, the lines that follow it.
    reader = csv.reader(iter(lambda: odd.pop() if odd else next(lines), None), strict=True)
    for line in lines:
        text = line.rstrip("\r\n")
        if is_plain(text):
            yield number, text.replace(",", SEPARATOR)
            number += 1
            continue
        odd.append(line)
        before = reader.line_num
        try:
            cells = next(reader, [])
        except csv.Error:
            detail = "a quote is not closed or stands in the wrong place, or a value is too long"
            raise Refused("RET-004", detail, number) from None
        yield number, [cell.strip(" ") for cell in cells]
        number += reader.line_num - before


def is_plain(text: str) -> bool:
    """Whether a line holds no quote, nothing that cannot be seen, no space at an edge of a cell, and no long cell."""
    return '"' not in text and text.isprintable() and not is_long(text) and not is_spaced(text)


def is_long(text: str) -> bool:
    return len(text) > CELL_CHARACTERS and bool(LONG_CELL.search(text))


def is_spaced(text: str) -> bool:
    return " " in text and (", " in text or " ," in text or text[0] == " " or text[-1] == " ")


def tabulated(found: Iterable[Record], asked: Asked, told: Iterable[Problem] = ()) -> Table:
    """The answer and the lines of the table: the first record that is not blank is the header of those after it."""
    header: list[str] | None = None
    header_line, rows, blank = 1, 0, 0
    between = 0  # the separators of a record as wide as the header
    body = Body()
    problems = [*told]
    for line, record in found:
        if isinstance(record, str):
            separators = record.count(SEPARATOR)
            is_blank = separators == len(record)  # nothing stands between them
        else:
            separators, is_blank = len(record) - 1, not any(record)
        if is_blank:
            blank += 1
            if blank > MOST_BLANK:
                raise Refused("RET-002", f"more than {MOST_BLANK:,} blank rows")
        elif header is None:
            if separators >= asked["columns"]:
                raise Refused("RET-002", f"more than {asked['columns']} columns")
            header, header_line = record.split(SEPARATOR) if isinstance(record, str) else record, line
            between = separators
        elif rows == asked["rows"]:
            raise Refused("RET-002", f"more than {asked['rows']:,} rows")
        else:
            rows += 1
            if too_many(problems):  # nothing more is told of it, and nobody will ask for its cells
                continue
            if separators != between:
                detail = f"{separators + 1} values where the header has {len(header)}"
                tell(problems, "RET-004", line, detail=detail)
            elif isinstance(record, str):
                body.add(f"{line}{SEPARATOR}{record}")
            else:
                cells = visible(line, record, problems, asked["rows"] // FEW)
                body.add(f"{line}{SEPARATOR}{SEPARATOR.join(cells)}")
    if header is None:
        raise Refused("RET-001", "it is empty")
    answer = {"header": header, "header_line": header_line, "rows": rows, "problems": problems}
    without_table = too_many(problems)
    if blank:
        problems.append(problem("RET-014", detail=f"{blank} of them"))
    if without_table:
        return {**answer, "longest": None}, []
    pieces = body.pieces()
    return {**answer, "longest": body.longest}, pieces


class Body:
    """The lines of a table, encoded a few thousand at a time: so many strings would take twice the room."""

    def __init__(self) -> None:
        self.longest = 0
        self._lines: list[str] = []
        self._pieces: list[bytes] = []

    def add(self, line: str) -> None:
        self._lines.append(line)
        if len(self._lines) == LINES_A_PIECE:
            self._encode()

    def pieces(self) -> list[bytes]:
        self._encode()
        return self._pieces

    def _encode(self) -> None:
        if self._lines:
            self.longest = max(self.longest, max(map(len, self._lines)) * BYTES_A_CHARACTER)
            self._pieces.append("\n".join([*self._lines, ""]).encode())
            self._lines = []


def visible(line: int, cells: list[str], problems: list[Problem], most_rows: int) -> list[str]:
    """The cells with a mark for each character that nobody can see, so that no cell can pass for a separator.

    The row counts for nothing, and that may not cost the others: so each such row is told, if only by one of its cells,
    until there are more than `most_rows`, which no file can have and count.
    """
    text = "".join(cells)
    if text.isprintable() or HIDDEN.isdisjoint(text):  # the first is quick: whatever is hidden is not printable
        return cells
    hidden = [column for column, cell in enumerate(cells) if not HIDDEN.isdisjoint(cell)]
    named = max(1, MOST_PROBLEMS - len(problems))
    problems.extend(problem("RET-012", line, column) for column in hidden[:named])
    if len(problems) > MOST_PROBLEMS + most_rows:
        problems.append(problem("RET-009", detail=f"more than {most_rows:,} rows"))
    return [cell.translate(MASK) for cell in cells]


def tell(problems: list[Problem], rule: str, row: int | None, column: int | None = None, detail: str = "") -> None:
    """Add a problem by which the file is refused; that there are more than are named is told once."""
    if not too_many(problems):
        problems.append(problem(rule, row, column, detail))
    if len(problems) >= MOST_PROBLEMS and not too_many(problems):
        detail = f"there are {MOST_PROBLEMS:,} problems and more; those after this line are not named"
        problems.append(problem("RET-004", row, detail=detail))


def too_many(problems: list[Problem]) -> bool:
    """Whether there are more than are named: then the last says so, and by it the whole file is refused."""
    return len(problems) > MOST_PROBLEMS and problems[-1]["rule"] in ("RET-004", "RET-009")


def problem(rule: str, row: int | None = None, column: int | None = None, detail: str = "") -> Problem:
    return {"rule": rule, "row": row, "column": column, "detail": detail}


if __name__ == "__main__":
    main(read_csv)
