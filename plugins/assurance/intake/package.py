"""A workbook as the archive it comes in: looked through to its last byte before anything of it is believed.

What two programs could read as two different workbooks is refused: bytes that belong to no part, parts that overlap,
names that are not unique, sizes and checksums that are not what they say. So is what unpacks to more than a return can
be, and what would run or reach out when a person opens it.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from xml.parsers import expat

from assurance.intake.reader import MAGIC, Asked, Refused

MEMBERS = 1_000
INFLATED_AT_LEAST, CELL_BYTES = 100_000_000, 64
RATIO, RATIO_FROM_BYTES = 100, 2_000_000
"""A sheet with the same value in every cell packs to a twentieth."""
TREE_BYTES = 5_000_000
LONGEST_TOKEN = 16_000_000
PACKED_PIECE, PIECE = 1 << 15, 1 << 20

Link = Mapping[str, str]

ENCRYPTED, DESCRIBED_BELOW = 0x1, 0x8
LOCAL = struct.Struct("<4s5H3L2H")
DESCRIPTORS = (12, 16, 20, 24)
ELSEWHERE = 0xFFFFFFFF
END_OF_ARCHIVE, END_BYTES = b"PK\x05\x06", 22

CONTENT_TYPES, WORKBOOK, ROOT_LINKS = "[Content_Types].xml", "xl/workbook.xml", "_rels/.rels"
UNSAFE_NAME = re.compile(r"\.\.|^/|\\|:|[\x00-\x1f]")
ACTIVE_NAME = re.compile(
    r"vbaProject|macrosheets/|dialogsheets/|externalLinks/|embeddings/|activeX|ctrlProps/|customUI|connections\.xml",
    re.I,
)
ACTIVE_TYPE = re.compile(
    r"macro|vba|dialogsheet|externalLink|activeX|oleObject|ctrlProp|/control$|/package$|connections|queryTable"
    r"|extensibility|attachedTemplate",
    re.I,
)
ACTIVE = "it holds macros, links to other files, embedded files or controls"
HYPERLINK = "/hyperlink"

XML = re.compile(rb"[\xef\xbb\xbf\xfe\xff\x00\s]*<")
XML_NAME = re.compile(r"\.(?:xml|rels|vml)$", re.I)
DECLARATION = re.compile(rb"(?:\xef\xbb\xbf)?<\?xml[^>]*\?>")
NOT_UTF8 = re.compile(rb"encoding\s*=\s*[\"'](?!utf-8[\"'])", re.I)
ENTITIES = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.I)
ENTITIES_BYTES = len(b"<!DOCTYPE")


def damaged(how: str = "the workbook is damaged, or not saved as Excel Workbook (.xlsx)") -> Refused:
    return Refused("RET-001", how)


class Package:
    """The parts of a workbook by their names, once nothing speaks against any of them."""

    def __init__(self, data: bytes, asked: Asked) -> None:
        if not data.startswith(b"PK\x03\x04"):
            what = next((what for start, what in MAGIC.items() if data.startswith(start)), "it is not a workbook")
            raise Refused("RET-001", what)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members, directory = archive.infolist(), archive.start_dir
        check_kind(members)
        check_names(data, members)
        check_size(members, asked)
        self.data = data
        self._extents = extents(data, members, directory)
        self._members = {member.filename: member for member in members}
        for name in self._members:
            check_part(name, self.pieces(name))
        self._check_activity()

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def pieces(self, name: str) -> Iterator[bytes]:
        """A part, unpacked piece by piece, which proves its size and its checksum."""
        member, (start, end) = self._members[name], self._extents[name]
        size, checksum = 0, 0
        for piece in gathered(unpacked(self.data, start, end, member.compress_type)):
            size, checksum = size + len(piece), zlib.crc32(piece, checksum)
            if size > member.file_size:
                raise damaged()
            yield piece
        if (size, checksum) != (member.file_size, member.CRC):
            raise damaged()

    def check_small(self, *names: str) -> None:
        """Refuse parts that must be read as a whole and are larger than they ever need to be."""
        if any(name in self and self._members[name].file_size > TREE_BYTES for name in names):
            raise too_large()

    def links(self, name: str) -> list[Link]:
        """What a part of relationships says: `Type`, `Target`, `TargetMode`, one mapping each."""
        return attributes(self.pieces(name), "Relationship")

    def _check_activity(self) -> None:
        """Ask what parts are, for their names can be anything."""
        if CONTENT_TYPES not in self or ROOT_LINKS not in self:
            raise damaged()
        types = [
            kind.get("ContentType", "")
            for tag in ("Default", "Override")
            for kind in attributes(self.pieces(CONTENT_TYPES), tag)
        ]
        links = [link for name in self._members if name.casefold().endswith(".rels") for link in self.links(name)]
        if any(map(ACTIVE_TYPE.search, types)) or any(map(is_active, links)):
            raise Refused("RET-011", ACTIVE)
        books = [link.get("Target", "") for link in self.links(ROOT_LINKS) if is_of(link, "/officeDocument")]
        if [book.removeprefix("/") for book in books] != [WORKBOOK]:
            raise damaged()


def is_of(link: Link, kind: str) -> bool:
    return link.get("Type", "").endswith(kind)


def is_active(link: Link) -> bool:
    """Whether a relationship brings in a program, or anything from elsewhere that nobody has to click on."""
    outside = link.get("TargetMode", "").casefold() == "external" and not is_of(link, HYPERLINK)
    return outside or bool(ACTIVE_TYPE.search(link.get("Type", "")))


# The archive as a whole


def check_kind(members: list[zipfile.ZipInfo]) -> None:
    names = [member.filename for member in members]
    if any(member.flag_bits & ENCRYPTED for member in members):
        raise Refused("RET-001", "it is password-protected")
    if WORKBOOK not in names:
        raise Refused("RET-001", "it is a ZIP archive, but no Excel workbook (.xlsx)")
    if any(map(ACTIVE_NAME.search, names)):
        raise Refused("RET-011", ACTIVE)


def check_names(data: bytes, members: list[zipfile.ZipInfo]) -> None:
    names = [member.filename for member in members]
    end = data.rfind(END_OF_ARCHIVE)
    comment = int.from_bytes(data[end + END_BYTES - 2 : end + END_BYTES], "little")
    if (
        len({name.casefold() for name in names}) < len(names)
        or any(map(UNSAFE_NAME.search, names))
        or any(member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for member in members)
        or end + END_BYTES + comment != len(data)
    ):
        raise damaged()


def check_size(members: list[zipfile.ZipInfo], asked: Asked) -> None:
    """A table of as many rows and columns as are allowed has room, each of its cells in 64 bytes of XML."""
    most = max(INFLATED_AT_LEAST, CELL_BYTES * asked["rows"] * asked["columns"])
    bombs = (m for m in members if m.file_size > RATIO_FROM_BYTES and m.file_size > RATIO * max(1, m.compress_size))
    if len(members) > MEMBERS or sum(member.file_size for member in members) > most or any(bombs):
        raise too_large()


def too_large() -> Refused:
    return Refused("RET-002", "its parts are too many, or too large when unpacked")


def extents(data: bytes, members: list[zipfile.ZipInfo], directory: int) -> dict[str, tuple[int, int]]:
    """Where each part's packed bytes begin and end; between the first part and the directory nothing else may be."""
    members = sorted(members, key=lambda member: member.header_offset)
    found = {member.filename: extent(data, member) for member in members}
    if not members or members[0].header_offset != 0:
        raise damaged()
    begins = [*(member.header_offset for member in members[1:]), directory]
    for member, begin in zip(members, begins, strict=True):
        gap = begin - found[member.filename][1]
        if gap != 0 and not (member.flag_bits & DESCRIBED_BELOW and gap in DESCRIPTORS):
            raise damaged()
    return found


def extent(data: bytes, member: zipfile.ZipInfo) -> tuple[int, int]:
    """The extent of one part, if the header in front of it says the same as the directory."""
    header = data[member.header_offset : member.header_offset + LOCAL.size]
    if len(header) < LOCAL.size:
        raise damaged()
    magic, _, flags, method, _, _, checksum, packed, size, name_length, extra_length = LOCAL.unpack(header)
    begin = member.header_offset + LOCAL.size
    name = data[begin : begin + name_length].decode("utf-8" if flags & 0x800 else "cp437", "replace")
    described = not flags & DESCRIBED_BELOW and ELSEWHERE not in (packed, size)
    if (
        (magic, method, name) != (b"PK\x03\x04", member.compress_type, member.orig_filename)
        or (flags ^ member.flag_bits) & (ENCRYPTED | DESCRIBED_BELOW)
        or (described and (checksum, packed, size) != (member.CRC, member.compress_size, member.file_size))
    ):
        raise damaged()
    begin += name_length + extra_length
    return begin, begin + member.compress_size


# The parts one by one


def unpacked(data: bytes, start: int, end: int, method: int) -> Iterator[bytes]:
    """The bytes of a part in pieces of whatever size; little comes in at a time, so that not much can come out."""
    inflate = zlib.decompressobj(-zlib.MAX_WBITS) if method == zipfile.ZIP_DEFLATED else None
    for begin in range(start, end, PACKED_PIECE):
        packed = data[begin : min(begin + PACKED_PIECE, end)]
        yield inflate.decompress(packed) if inflate else packed
    if inflate:
        yield inflate.flush()
        if not inflate.eof or inflate.unused_data:
            raise damaged()


def gathered(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of a megabyte or more, but for the last one."""
    held: list[bytes] = []
    for piece in pieces:
        held.append(piece)
        if sum(map(len, held)) >= PIECE:
            yield b"".join(held)
            held = []
    if last := b"".join(held):
        yield last


def check_part(name: str, pieces: Iterator[bytes]) -> None:
    first = next(pieces, b"")
    is_xml = XML_NAME.search(name) or XML.match(first)
    if is_xml:
        check_encoding(first)
    before = b""
    for piece in chain((first,), pieces):  # to the end, for the checksum
        if is_xml:
            check_xml(before[-ENTITIES_BYTES:] + piece)
        before = piece


def check_encoding(first: bytes) -> None:
    declared = DECLARATION.match(first)
    if first.startswith((b"\xff\xfe", b"\xfe\xff")) or (declared and NOT_UTF8.search(declared[0])):
        raise Refused("RET-001", "its XML is not UTF-8")
    if not declared and first.removeprefix(b"\xef\xbb\xbf").startswith(b"<?xml"):
        raise damaged()  # a declaration longer than anybody reads


def check_xml(part: bytes) -> None:
    if b"\x00" in part:
        raise Refused("RET-001", "its XML is not UTF-8")
    if b"<!" in part and ENTITIES.search(part):
        raise Refused("RET-011", "its XML defines a document type or entities")


def attributes(pieces: Iterator[bytes], tag: str) -> list[Link]:
    """The attributes of every element of this name, whatever its namespace."""
    found: list[Link] = []

    def element(name: str, values: Mapping[str, str]) -> None:
        if name.rpartition(" ")[2] == tag:
            found.append(values)

    parse(pieces, element)
    return found


def parse(
    pieces: Iterator[bytes],
    start: Callable[[str, Mapping[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Give the elements of a part, named "namespace name", to these functions."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    feed = Feed(parser)
    for piece in pieces:
        feed(piece)
    parser.Parse(b"", True)


class Feed:
    """Gives XML to a parser piece by piece. It looks through a tag or comment again with each piece, so none is endless."""

    def __init__(self, parser: expat.XMLParserType) -> None:
        self._parser = parser
        self._given = 0

    def __call__(self, xml: bytes) -> None:
        self._parser.Parse(xml)
        self._given += len(xml)
        if self._given - self._parser.CurrentByteIndex > LONGEST_TOKEN:
            raise damaged()
