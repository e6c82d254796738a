"""Reads one received CSV file as plain text cells, or refuses it. Runs alone, in a process of its own, under limits.

    python -I -S reader.py '{"path": …, "bytes": …, "rows": …, "columns": …, "seconds": …, "megabytes": …}'

Prints one line of JSON, `{"header": [...], "header_line": n, "rows": n, "reason": …, "problems": [...]}`, and then the
table, one record a line: its line in the file, then its cells, U+001F between them, nothing quoted or escaped. A
problem is `{"rule", "row", "column", "detail"}` with `column` as an index and no value of the file in it; a file that
cannot be read as a table has no `header`.

Imports the standard library only, so that a file that makes it crash, hang or swell takes nothing else with it. The
child that reads workbooks takes its limits, its table and its answer from here.
"""

import csv
import io
import json
import resource
import signal
import sys
from collections.abc import Callable, Iterable, Iterator

Asked = dict[str, int]
Answer = dict[str, object]
Problem = dict[str, object]
Record = tuple[int, list[str]]
Table = tuple[Answer, list[str]]

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
SEPARATOR = "\x1f"
CELL_CHARACTERS = 32_767
MOST_PROBLEMS = 1_000
HIDDEN = frozenset(
    [chr(c) for c in range(0x20)]
    + [chr(c) for c in range(0x7F, 0xA0)]
    + [chr(c) for c in (0xAD, 0x61C, 0x180E, *range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070))]
    + [chr(c) for c in (0xFEFF, *range(0xFFF9, 0xFFFC))]
)
MASK = dict.fromkeys(map(ord, HIDDEN), "\ufffd")


class Refused(Exception):
    def __init__(self, rule: str, detail: str, row: int | None = None) -> None:
        super().__init__(detail)
        self.rule, self.detail, self.row = rule, detail, row


def main(read: Callable[[bytes, Asked], Table]) -> None:
    """Do what the command line asks for by `read`, under the limits it sets, and print the answer."""
    asked = json.loads(sys.argv[1])
    limit(asked["seconds"], asked["megabytes"])
    try:
        answer, lines = read(received(asked["path"], asked["bytes"]), asked)
        body = "\n".join(lines).encode()
    except Refused as refused:
        answer, body = {"problems": [problem(refused.rule, refused.row, detail=refused.detail)]}, b""
    except MemoryError:
        answer, body = {"problems": [problem("RET-002", detail="too large to read")]}, b""
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    sys.stdout.buffer.write(body)


def limit(seconds: int, megabytes: int) -> None:
    memory = megabytes * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    signal.alarm(seconds)


def received(path: str, most: int) -> bytes:
    with open(path, "rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise Refused("RET-002", f"more than {most:,} bytes")
    if not data:
        raise Refused("RET-001", "it is empty")
    return data


def read_csv(data: bytes, asked: Asked) -> Table:
    return tabulated(records(decoded(data)), asked)


def decoded(data: bytes) -> str:
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
    return text


def records(text: str) -> Iterator[Record]:
    """Every record of a CSV file after the line on which it begins."""
    csv.field_size_limit(CELL_CHARACTERS)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, [cell.strip(" ") for cell in cells]
            line = reader.line_num + 1
    except csv.Error:
        detail = "a quote is not closed or stands in the wrong place, or a value is too long"
        raise Refused("RET-004", detail, line) from None


def tabulated(found: Iterable[Record], asked: Asked, told: Iterable[Problem] = ()) -> Table:
    """The answer and the lines of the table: the first record that is not blank is the header of those after it."""
    header: list[str] | None = None
    header_line, rows, blank = 1, 0, 0
    lines: list[str] = []
    problems = [*told]
    for line, cells in found:
        if not any(cells):
            blank += 1
        elif header is None:
            header, header_line = cells, line
            if len(header) > asked["columns"]:
                raise Refused("RET-002", f"more than {asked['columns']} columns")
        elif rows == asked["rows"]:
            raise Refused("RET-002", f"more than {asked['rows']:,} rows")
        else:
            rows += 1
            if len(cells) != len(header):
                tell(problems, "RET-004", line, detail=f"{len(cells)} values where the header has {len(header)}")
            else:
                lines.append(f"{line}{SEPARATOR}{SEPARATOR.join(visible(line, cells, problems))}")
    if header is None:
        raise Refused("RET-001", "it is empty")
    if blank:
        problems.append(problem("RET-014", detail=f"{blank} of them"))
    return {"header": header, "header_line": header_line, "rows": rows, "problems": problems}, lines


def visible(line: int, cells: list[str], problems: list[Problem]) -> list[str]:
    """The cells with a mark for each character that nobody can see, so that no cell can pass for a separator."""
    if "".join(cells).isprintable():  # quick, and enough: whatever is hidden is not printable
        return cells
    for column, cell in enumerate(cells):
        if not HIDDEN.isdisjoint(cell):
            tell(problems, "RET-012", line, column)
    return [cell.translate(MASK) for cell in cells]


def tell(problems: list[Problem], rule: str, row: int | None, column: int | None = None, detail: str = "") -> None:
    """Add a problem; one too many is told once, for rows whose problems have no name must not pass for good ones."""
    if len(problems) < MOST_PROBLEMS:
        problems.append(problem(rule, row, column, detail))
    if len(problems) == MOST_PROBLEMS:
        detail = f"there are {MOST_PROBLEMS:,} problems and more; those after this line are not named"
        problems.append(problem("RET-004", row, detail=detail))


def problem(rule: str, row: int | None = None, column: int | None = None, detail: str = "") -> Problem:
    return {"rule": rule, "row": row, "column": column, "detail": detail}


if __name__ == "__main__":
    main(read_csv)
