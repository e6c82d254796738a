"""Reads one received file as plain text cells, or refuses it. Runs alone, in a process of its own, under limits.

    python -I -S reader.py '{"path": …, "bytes": …, "rows": …, "columns": …, "seconds": …, "megabytes": …}'

Prints one JSON object: `{"header": [...], "line": n, "rows": [[line, [cell, ...]], ...], "problems": [...]}`, where
`line` is that of the header, a problem is `{"rule", "row", "column", "detail"}` with `column` as an index, and a file
that cannot be read as a table has no `header`. No value of the file stands in a problem. Imports the standard library
only, so that a file that makes it crash, hang or swell takes nothing else with it.
"""

import csv
import io
import json
import resource
import signal
import sys

Limits = dict[str, int]
Problem = dict[str, object]
Answer = dict[str, object]

MAGIC = {
    b"PK\x03\x04": "it is a workbook or another ZIP archive",
    b"\xd0\xcf\x11\xe0": "it is an old or password-protected workbook",
    b"\x1f\x8b": "it is compressed",
    b"%PDF": "it is a PDF",
    b"PAR1": "it is a Parquet file",
    b"SQLi": "it is a database",
    b"{": "it is JSON",
    b"<": "it is HTML or XML",
}
CELL_CHARACTERS = 32_767
MOST_PROBLEMS = 1_000
HIDDEN = frozenset(
    [chr(c) for c in range(0x20)]
    + [chr(c) for c in range(0x7F, 0xA0)]
    + [chr(c) for c in (0xAD, 0x61C, 0x180E, *range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070))]
    + [chr(c) for c in (0xFEFF, *range(0xFFF9, 0xFFFC))]
)


class Refused(Exception):
    def __init__(self, rule: str, detail: str, row: int | None = None) -> None:
        super().__init__(detail)
        self.rule, self.detail, self.row = rule, detail, row


def limit(seconds: int, megabytes: int) -> None:
    memory = megabytes * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    signal.alarm(seconds)


def read(path: str, limits: Limits) -> Answer:
    with open(path, "rb") as file:
        data = file.read(limits["bytes"] + 1)
    if len(data) > limits["bytes"]:
        raise Refused("RET-002", f"more than {limits['bytes']:,} bytes")
    return table(decoded(data), limits)


def decoded(data: bytes) -> str:
    if not data:
        raise Refused("RET-001", "it is empty")
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


def table(text: str, limits: Limits) -> Answer:
    csv.field_size_limit(CELL_CHARACTERS)
    records = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    rows: list[tuple[int, list[str]]] = []
    problems: list[Problem] = []
    header_line, blank, line = 1, 0, 1
    while True:
        try:
            cells = next(records, None)
        except csv.Error:
            raise Refused(
                "RET-004", "a quote is not closed or stands in the wrong place, or a value is too long", line
            ) from None
        if cells is None:
            break
        first, line = line, records.line_num + 1
        cells = [cell.strip(" ") for cell in cells]
        if not any(cells):
            blank += 1
        elif header is None:
            header, header_line = cells, first
            if len(header) > limits["columns"]:
                raise Refused("RET-002", f"more than {limits['columns']} columns")
        else:
            if len(rows) == limits["rows"]:
                raise Refused("RET-002", f"more than {limits['rows']:,} rows")
            rows.append((first, cells))
            if len(problems) < MOST_PROBLEMS:
                problems += faults(first, cells, len(header))
                if len(problems) >= MOST_PROBLEMS:  # rows that were not looked at must not pass for good ones
                    detail = f"there are {MOST_PROBLEMS:,} problems and more; those after this line are not named"
                    problems.append({"rule": "RET-004", "row": first, "column": None, "detail": detail})
    if header is None:
        raise Refused("RET-001", "it is empty")
    if blank:
        problems.append({"rule": "RET-014", "row": None, "column": None, "detail": f"{blank} of them"})
    return {"header": header, "line": header_line, "rows": rows, "problems": problems}


def faults(row: int, cells: list[str], width: int) -> list[Problem]:
    if len(cells) != width:
        detail = f"{len(cells)} values where the header has {width}"
        return [{"rule": "RET-004", "row": row, "column": None, "detail": detail}]
    return [
        {"rule": "RET-012", "row": row, "column": index, "detail": ""}
        for index, cell in enumerate(cells)
        if not HIDDEN.isdisjoint(cell)
    ]


def main() -> None:
    asked = json.loads(sys.argv[1])
    limit(asked["seconds"], asked["megabytes"])
    try:
        answer = read(asked["path"], asked)
    except Refused as refused:
        answer = {"problems": [{"rule": refused.rule, "row": refused.row, "column": None, "detail": refused.detail}]}
    except MemoryError:
        answer = {"problems": [{"rule": "RET-002", "row": None, "column": None, "detail": "too large to read"}]}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
