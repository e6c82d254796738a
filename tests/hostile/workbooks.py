"""Workbooks written part by part and byte by byte, as no library would write them."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from assurance.intake.reader import Refused
from assurance.intake.workbook import read_workbook

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE_LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
SHEET = "xl/worksheets/sheet1.xml"
LIMITS = {"rows": 50, "columns": 5}
HEADER = ("code", "answer", "note")

Parts = dict[str, bytes]


# XML


def text(place: str, value: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'


def number(place: str, value: object, style: int | None = None) -> str:
    styled = "" if style is None else f' s="{style}"'
    return f'<c r="{place}"{styled}><v>{value}</v></c>'


def row(number: int, *cells: str, attributes: str = "") -> str:
    return f'<row r="{number}"{attributes}>{"".join(cells)}</row>'


def table(*rows: Sequence[str], first: int = 1) -> str:
    """Rows of text, from this row on; "" is a cell that is not there."""
    return "".join(
        row(line, *(text(f"{chr(65 + column)}{line}", value) for column, value in enumerate(values) if value))
        for line, values in enumerate(rows, start=first)
    )


def worksheet(rows: str, head: str = "", tail: str = "") -> str:
    return f'<worksheet xmlns="{MAIN}" xmlns:r="{LINKS}">{head}<sheetData>{rows}</sheetData>{tail}</worksheet>'


GOOD = table(HEADER, ("001", "NA", "x"))
GOOD_CELLS = [(2, ("001", "NA", "x"))]


def with_cell(cell: str) -> str:
    """A table of one row, whose second column is this XML."""
    return table(HEADER) + row(2, text("A2", "1"), cell, text("C2", "x"))


# The package


@dataclass(frozen=True)
class Tab:
    name: str
    xml: str
    state: str = ""
    kind: str = "worksheet"


@dataclass(frozen=True)
class Book:
    """What a workbook is made from; `edit` is the last to change its parts."""

    tabs: tuple[Tab, ...] = (Tab("Return", worksheet(GOOD)),)
    strings: tuple[str, ...] = ()
    """The XML inside each `si`."""
    formats: tuple[str, ...] = ()
    """Number formats: style 1 has the first of them, style 0 none."""
    properties: str = ""
    types: Mapping[str, str] = field(default_factory=dict)
    links: tuple[str, ...] = ()
    """More relationships of the workbook, as XML."""
    edit: Callable[[Parts], object] = lambda parts: None

    def parts(self) -> Parts:
        sheets = [f"xl/worksheets/sheet{number}.xml" for number, _ in enumerate(self.tabs, start=1)]
        types = {
            "xl/workbook.xml": f"{KIND}.sheet.main+xml",
            "xl/styles.xml": f"{KIND}.styles+xml",
            "xl/sharedStrings.xml": f"{KIND}.sharedStrings+xml",
            **{sheet: f"{KIND}.{tab.kind}+xml" for sheet, tab in zip(sheets, self.tabs, strict=True)},
            **self.types,
        }
        links = [
            *(link(f"s{at}", tab.kind, f"worksheets/sheet{at}.xml") for at, tab in enumerate(self.tabs, start=1)),
            link("f", "styles", "styles.xml"),
            link("t", "sharedStrings", "sharedStrings.xml"),
            *self.links,
        ]
        tabs = "".join(
            f'<sheet name="{tab.name}" sheetId="{at}"{tab.state and f""" state="{tab.state}" """} r:id="s{at}"/>'
            for at, tab in enumerate(self.tabs, start=1)
        )
        custom = "".join(
            f'<numFmt numFmtId="{at}" formatCode="{code}"/>' for at, code in enumerate(self.formats, start=170)
        )
        styles = "".join(f'<xf numFmtId="{at}"/>' for at in (0, *range(170, 170 + len(self.formats)), 14, 22, 46, 10))
        parts = {
            "[Content_Types].xml": f'<Types xmlns="{TYPES}"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            + "".join(f'<Override PartName="/{part}" ContentType="{kind}"/>' for part, kind in types.items())
            + "</Types>",
            "_rels/.rels": relationships(link("b", "officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}">{self.properties}'
            f"<sheets>{tabs}</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": relationships(*links),
            "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><numFmts count="1">{custom}</numFmts>'
            f"<cellXfs>{styles}</cellXfs></styleSheet>",
            "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">'
            + "".join(f"<si>{string}</si>" for string in self.strings)
            + "</sst>",
            **{sheet: tab.xml for sheet, tab in zip(sheets, self.tabs, strict=True)},
        }
        encoded = {name: part.encode() for name, part in parts.items()}
        self.edit(encoded)
        return encoded

    def content(self) -> bytes:
        return zipped(self.parts())


def link(key: str, kind: str, target: str, mode: str = "") -> str:
    outside = f' TargetMode="{mode}"' if mode else ""
    kind = kind if kind.startswith("http") else f"{LINKS}/{kind}"
    return f'<Relationship Id="{key}" Type="{kind}" Target="{target}"{outside}/>'


def relationships(*links: str) -> str:
    return f'<Relationships xmlns="{PACKAGE_LINKS}">{"".join(links)}</Relationships>'


def book(rows: str = GOOD, *, head: str = "", tail: str = "", beside: Sequence[Tab] = (), **more: object) -> bytes:
    """A workbook with these rows on its sheet."""
    tabs = (Tab("Return", worksheet(rows, head, tail)), *beside)
    return replace(Book(tabs), **more).content()  # type: ignore[arg-type]


def with_parts(parts: Mapping[str, str | bytes], **more: object) -> bytes:
    """The good workbook with these parts as well, or instead."""
    added = {name: part.encode() if isinstance(part, str) else part for name, part in parts.items()}
    return replace(Book(), edit=lambda old: old.update(added), **more).content()  # type: ignore[arg-type]


def changed(name: str, old: str, new: str) -> bytes:
    """The good workbook with other words in one part."""
    parts = Book().parts()
    assert old.encode() in parts[name]
    return zipped({**parts, name: parts[name].replace(old.encode(), new.encode())})


# The archive


def zipped(parts: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.comment = comment
        for name, part in parts.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_STORED if name.endswith("/") else method
            archive.writestr(info, part)
    return stream.getvalue()


def streamed(parts: Mapping[str, bytes], force_zip64: bool = False) -> bytes:
    """As a program writes that cannot go back: sizes stand behind each part."""

    class Pipe(io.RawIOBase):
        written = b""

        def writable(self) -> bool:
            return True

        def write(self, some: bytes) -> int:  # type: ignore[override]
            self.written += bytes(some)
            return len(some)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[arg-type]
        for name, part in parts.items():
            with archive.open(name, "w", force_zip64=force_zip64) as member:
                member.write(part)
    return pipe.written


def patched(content: bytes, name: str, field_of_directory: tuple[int, str], value: int) -> bytes:
    """The archive with another value in the directory's entry of a part: (offset, struct format)."""
    return _patched(content, b"PK\x01\x02", 46, name, field_of_directory, value)


def patched_in_front(content: bytes, name: str, field_of_header: tuple[int, str], value: int) -> bytes:
    """The archive with another value in the header that stands in front of a part."""
    return _patched(content, b"PK\x03\x04", 30, name, field_of_header, value)


def _patched(content: bytes, magic: bytes, length: int, name: str, place: tuple[int, str], value: int) -> bytes:
    at = -1
    while True:
        at = content.index(magic, at + 1)
        if content[at + length : at + length + len(name)] == name.encode():
            break
    offset, form = place
    packed = struct.pack(form, value)
    return content[: at + offset] + packed + content[at + offset + len(packed) :]


CENTRAL_FLAGS, CENTRAL_METHOD, CENTRAL_CRC, CENTRAL_SIZE, CENTRAL_OFFSET = (
    (8, "<H"),
    (10, "<H"),
    (16, "<L"),
    (24, "<L"),
    (42, "<L"),
)
LOCAL_FLAGS, LOCAL_METHOD, LOCAL_CRC, LOCAL_SIZE = (6, "<H"), (8, "<H"), (14, "<L"), (22, "<L")


def between_parts(content: bytes, more: bytes) -> bytes:
    """The archive with bytes that belong to no part in front of its directory."""
    end = content.rindex(b"PK\x05\x06")
    (start,) = struct.unpack("<L", content[end + 16 : end + 20])
    moved = struct.pack("<L", start + len(more))
    return content[:start] + more + content[start : end + 16] + moved + content[end + 20 :]


# What becomes of it


@dataclass(frozen=True)
class Outcome:
    """Refused by a rule with a detail, or read: rows with their numbers, and problems as (rule, row, column)."""

    refused: str = ""
    detail: str = ""
    row: int | None = None
    header: tuple[str, ...] = HEADER
    cells: tuple[tuple[int, tuple[str, ...]], ...] = ()
    problems: tuple[tuple[str, int | None, int | None], ...] = ()
    reason: str | None = None
    nil: bool = False
    answers: tuple[tuple[str, str | None, str], ...] = ()


def outcome(content: bytes, limits: Mapping[str, int] = LIMITS) -> Outcome:
    """What the reader makes of it, in this process."""
    try:
        answer, body = read_workbook(content, dict(limits))
    except Refused as refused:
        return Outcome(refused.rule, refused.detail, refused.row, header=())
    problems: list[dict[str, object]] = answer["problems"]  # type: ignore[assignment]
    records = [line.split("\x1f") for line in b"".join(body).decode().split("\n")[:-1]]
    return Outcome(
        header=tuple(answer["header"]),  # type: ignore[arg-type]
        cells=tuple((int(line), tuple(cells)) for line, *cells in records),
        problems=tuple((p["rule"], p["row"], p["column"]) for p in problems),  # type: ignore[misc]
        reason=answer["reason"],  # type: ignore[arg-type]
        nil=answer["nil"],  # type: ignore[arg-type]
        answers=tuple(answer["answers"]),  # type: ignore[arg-type]
    )
