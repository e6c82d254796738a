"""Returns, good and faulty, and what a spreadsheet, a script, a bad line or an attacker may make of them; all by a seed."""

from __future__ import annotations

import codecs
import csv
import io
import re
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from random import Random

from tests.rules.builders import Return, nil_return, valid_return
from tests.rules.cases import bcm_nil, bcm_return, case
from tests.rules.workbooks import as_workbook

NASTY = [
    *("", " ", "NIL", "NA", "N/A", "ND", "Y", "N", "FM", "PM", "NM", "nan", "None", "null", "TRUE", "#REF!", "=1+1", "@x", "-", "0"),
    *("-1", "1e9", "1E400", "9" * 40, "1,234", "1,2", "0.5", "00", "٣", "５", "½", "∞", "inf", "0x1F", "1_000", "+1"),
    *("2026-10-31", "31/10/2026", "31/02/2026", "10/31/2026", "2026-10-31T00:00:00", "46326", "0000-00-00", "infinity", "epoch"),
    *("44AB0000001", "44AB0000001M", "44AB0000001/2", "1123456789", "44ab0000001", "99AB0000001", "44АВ0000001", "4.4E+10"),
    *("ptph", "stage", "trial", "random", "all", "E1;D4", "E1;E1", ";", "WSX", "WMD", "2026-10", "2016-10", "R-WSX-202610-v01"),
    *("'", '"', '""', '"x', 'x"', "\\", "\\N", ",", ";", "\t", "|", "\r", "\n", "\r\n", "\x0b", "\x0c", "\x1f", "\x00", "\x1b[0m"),
    *("\x85", "\xa0", "\xad", "\u200b", "\u200d", "\u2028", "\u202e", "\u2066", "\ufeff", "\ufffd", "\uffff", "\U000e0041", "🙂", "é", "e\u0301"),
    *("x" * 501, "x" * 32_767, "x" * 32_768, "$COLUMN", "{detail}", "%s", "'; drop table staged; --", "row_no", "date '2026-01-01'"),
]  # fmt: skip
RAW = [
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\x00",
    b"\xc0\xaf",
    b"\xed\xa0\x80",
    b"\xf5",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b'"',
    b",",
    b"\r",
    b"\n",
]
RAW += [
    b"\n\n\n",
    b",,,\n",
    b'"\n"',
    b"\x1f",
    b"\x85",
    b"\xe2\x80\xa8",
    b"<",
    b"{",
    b"%PDF",
    b"=",
    b"\xff" * 9,
    b"," * 200,
    b"\n" * 300,
    b'"' * 99,
]
XML = [
    b"<!DOCTYPE x>",
    b"<!ENTITY x 'y'>",
    b"&amp;",
    b"&x;",
    b"]]>",
    b"<c/>",
    b"<row/>",
    b'r="XFD1048576"',
    b'r="A0"',
    b'r="a1"',
    b't="e"',
    b't="d"',
    b't="s"',
]
XML += [
    b't="inlineStr"',
    b't="b"',
    b'hidden="1"',
    b"<v>1e999</v>",
    b"<v>99999999999</v>",
    b"<v></v>",
    b"<f>1+1</f>",
    b's="9999"',
    b"</sheetData>",
    b'state="hidden"',
]
XML += [
    b"\x00",
    b"\xff",
    b"_x0000_",
    b"_x000D_",
    b'<mergeCell ref="A1:B2"/>',
    b'date1904="1"',
    b'encoding="utf-16"',
    b"<!--",
    b"-->",
    b"<![CDATA[",
]
MEMBERS = (
    "xl/vbaProject.bin",
    "xl/externalLinks/externalLink1.xml",
    "../x",
    "xl/worksheets/sheet2.xml",
    "XL/Workbook.xml",
    "customXml/item1.xml",
    "a\\b",
    "",
)
TAG = re.compile(rb"<[^>]{1,200}>")
VALUE = re.compile(rb'="[^"]{0,80}"|>[^<]{1,80}<')


@dataclass(frozen=True)
class Input:
    """A file to be examined."""

    code: str
    name: str
    content: bytes
    how: str
    """By which kind of mutation it came about."""
    same_as: Return | None = None
    """The return that says exactly the same, where nothing of the content was touched."""


@cache
def seeds() -> tuple[tuple[str, Return], ...]:
    """Small returns of both collections: right, faulty and nil."""
    three = [case(1, "ptph"), case(2, "stage"), case(3, "trial", comment="late, again")]
    more = [
        case(4, "ptph", C02="NM", urn="44AB0000004M"),
        case(5, "ptph", C03="N"),
        case(6, "trial", remand_status="bail"),
    ]
    faulty = bcm_return(*three, *more).with_cell(2, "charge_date", "31/02/2026").with_cell(3, "case_type", "")
    doubled = bcm_return(*three, three[0])
    counts = valid_return("CYW")
    few = [one for one in valid_return("EMD").rows if one[2] == "Derbyshire"]
    return (
        ("bcm", bcm_return(*three)),
        ("bcm", bcm_return(*three, *more)),
        ("bcm", faulty),
        ("bcm", doubled),
        ("bcm", bcm_nil()),
        ("outcomes", valid_return("WSX")),
        ("outcomes", replace(counts, rows=counts.rows[:20])),
        ("outcomes", replace(valid_return("EMD"), rows=tuple(few))),
        ("outcomes", nil_return()),
    )


@cache
def workbook_members(place: int) -> dict[str, bytes]:
    """The parts of a seed as a workbook."""
    book = as_workbook(seeds()[place][1])
    assert book.raw is not None
    with zipfile.ZipFile(io.BytesIO(book.raw)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def mutated(seed: int, number: int) -> Input:
    """The n-th input of a seed: the same for ever."""
    random = Random(f"{seed}-{number}")
    how = random.choices(list(KINDS), [weight for weight, _ in KINDS.values()])[0]
    return KINDS[how][1](random, how)


# Bytes


def _mutate_bytes(random: Random, data: bytes, nasty: list[bytes]) -> bytes:
    for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
        at = random.randrange(len(data) + 1)
        to = min(len(data), at + random.choice((1, 1, 2, 7, 40, 300)))
        match random.randrange(8):
            case 0 if data:
                at = min(at, len(data) - 1)
                data = data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1 :]
            case 1:
                data = data[:at] + random.randbytes(random.choice((1, 2, 5))) + data[at:]
            case 2:
                data = data[:at] + data[to:]
            case 3:
                data = data[:to] + data[at:]
            case 4:
                other = seeds()[random.randrange(len(seeds()))][1].content
                cut = random.randrange(len(other))
                data = data[:at] + other[cut : cut + random.choice((5, 50, 2_000))] + data[at:]
            case 5:
                data = data[:at] if random.random() < 0.3 else data[: len(data) - random.choice((1, 2, 10, 80))]
            case _:
                data = data[:at] + random.choice(nasty) + data[random.choice((at, to)) :]
    return data


def _bytes_of_csv(random: Random, how: str) -> Input:
    code, sent = random.choice(seeds())
    return Input(code, sent.name, _mutate_bytes(random, sent.content, RAW), how)


# Cells


def _cells(random: Random, sent: Return) -> Return:
    """The return with some cells, rows or names of its header changed."""
    header, rows = list(sent.header), [list(row) for row in sent.rows]
    for _ in range(random.choice((1, 1, 2, 4))):
        row = random.choice(rows) if rows else header
        at = random.randrange(len(row)) if row else 0
        match random.randrange(14):
            case 0 | 1 | 2 | 3 | 4 | 5 if row:
                row[at] = random.choice(NASTY)
            case 6 if row:
                row[at] = row[at] + random.choice(NASTY) if random.random() < 0.5 else random.choice(NASTY) + row[at]
            case 7 if row and rows:
                other = random.choice(rows)
                row[at] = other[at % len(other)] if other else ""
            case 8:
                rows.insert(random.randrange(len(rows) + 1), list(row))
            case 9 if rows:
                rows.remove(row)
            case 10:
                header[random.randrange(len(header))] = random.choice((*NASTY, *header))
            case 11:
                row.insert(at, random.choice(NASTY))
            case 12 if row:
                del row[at]
            case _ if len(rows) > 1 and row:
                column = at % min(map(len, rows), default=1) if min(map(len, rows)) else 0
                value = random.choice(NASTY)
                rows = [[value if place == column else cell for place, cell in enumerate(one)] for one in rows]
    return replace(sent, header=tuple(header), rows=tuple(map(tuple, rows)))


def _written(random: Random, sent: Return) -> bytes:
    """The return as some program would write it; now and then without the quotes that it needs."""
    table = [sent.header, *sent.rows]
    end = random.choice(("\n", "\n", "\r\n", "\r"))
    if random.random() < 0.15:
        mark = random.choice((",", ",", ";", "\t"))
        text = end.join(mark.join(row) for row in table) + end
    else:
        stream = io.StringIO(newline="")
        quoting = random.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC))
        csv.writer(stream, lineterminator=end, quoting=quoting).writerows(table)
        text = stream.getvalue()
    text += random.choice(("", "", end * 3, "," * (len(sent.header) - 1) + end))
    encoding = random.choice(("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"))
    return text.encode(encoding, "replace")


def _cells_of_csv(random: Random, how: str) -> Input:
    code, sent = random.choice(seeds())
    return Input(code, sent.name, _written(random, _cells(random, sent)), how)


def _nothing_of_csv(random: Random, how: str) -> Input:
    """Everything about the file is changed, and nothing of what it says."""
    code, sent = random.choice(seeds())
    order = random.sample(range(len(sent.header)), len(sent.header))
    rows = random.sample(sent.rows, len(sent.rows))
    table = [[row[place] for place in order] for row in (sent.header, *rows)]
    if random.random() < 0.3:
        table = [[f"{' ' * random.randrange(3)}{cell}{' ' * random.randrange(3)}" for cell in row] for row in table]
    stream = io.StringIO(newline="")
    end = random.choice(("\n", "\r\n", "\r"))
    quoting = random.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    csv.writer(stream, lineterminator=end, quoting=quoting).writerows(table)
    text = stream.getvalue() if random.random() < 0.8 else stream.getvalue()[: -len(end)]
    encoded = random.choice((text.encode(), codecs.BOM_UTF8 + text.encode(), text.encode("utf-16")))
    return Input(code, sent.name, encoded, how, same_as=sent)


# Workbooks


def _zipped(random: Random, members: list[tuple[str, bytes]]) -> bytes:
    stream = io.BytesIO()
    kind = random.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))
    # two members of one name are what some attacks are made of: that Python warns of it is no reason to leave them out
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(stream, "w", kind, compresslevel=1) as archive:
        for name, part in members:
            archive.writestr(zipfile.ZipInfo(name or "x"), part, kind)
    return stream.getvalue()


def _member_of_workbook(random: Random, how: str) -> Input:
    """A workbook whose archive is right and whose parts are not."""
    place = random.randrange(5)
    code, sent = seeds()[place]
    members = list(workbook_members(place).items())
    for _ in range(random.choice((1, 1, 2))):
        weights = [
            8 if "sheet1" in name else 3 if "workbook.xml" in name or "shared" in name else 1 for name, _ in members
        ]
        at = random.choices(range(len(members)), weights)[0]
        name, part = members[at]
        match random.randrange(12):
            case 0:
                members[at] = name, _mutate_bytes(random, part, XML)
            case 1 if len(members) > 1:
                del members[at]
            case 2:
                members.append((random.choice(MEMBERS), part))
            case 3:
                members[at] = name.swapcase(), part
            case 4 | 5 | 6 if VALUE.search(part):
                members[at] = (
                    name,
                    _replaced(random, VALUE, part, [b'="' + _plain(random) + b'"', b">" + _plain(random) + b"<"]),
                )
            case _ if TAG.search(part):
                tags = TAG.findall(part)
                members[at] = (
                    name,
                    _replaced(
                        random, TAG, part, [b"", random.choice(tags), random.choice(tags) * 2, random.choice(XML)]
                    ),
                )
    return Input(code, sent.name.replace(".csv", ".xlsx"), _zipped(random, members), how)


def _plain(random: Random) -> bytes:
    return random.choice(NASTY)[:600].replace('"', "").replace("<", "").encode("utf-8", "replace")


def _replaced(random: Random, pattern: re.Pattern[bytes], part: bytes, others: list[bytes]) -> bytes:
    found = random.choice(list(pattern.finditer(part)))
    return part[: found.start()] + random.choice(others) + part[found.end() :]


def _bytes_of_workbook(random: Random, how: str) -> Input:
    place = random.randrange(5)
    code, sent = seeds()[place]
    data = _zipped(random, list(workbook_members(place).items()))
    return Input(code, sent.name.replace(".csv", ".xlsx"), _mutate_bytes(random, data, RAW), how)


def _cells_of_workbook(random: Random, how: str) -> Input:
    """A workbook that openpyxl writes, with other cells; what it cannot write is sent as a CSV of that name."""
    code, sent = seeds()[random.randrange(5)]
    changed = _cells(random, sent)
    try:
        book = as_workbook(changed)
    except Exception:  # a control character
        return Input(code, sent.name.replace(".csv", ".xlsx"), changed.content, how)
    return Input(code, book.name, book.content, how)


def _nothing_of_workbook(random: Random, how: str) -> Input:
    place = random.randrange(5)
    code, sent = seeds()[place]
    members = list(workbook_members(place).items())
    first = next(one for one in members if one[0] == "[Content_Types].xml")
    others = random.sample(members, len(members))
    members = [first, *(one for one in others if one is not first)]
    return Input(code, sent.name.replace(".csv", ".xlsx"), _zipped(random, members), how, same_as=sent)


KINDS: dict[str, tuple[int, Callable[[Random, str], Input]]] = {
    "bytes of a CSV": (30, _bytes_of_csv),
    "cells of a CSV": (30, _cells_of_csv),
    "nothing of a CSV": (8, _nothing_of_csv),
    "bytes of a workbook": (10, _bytes_of_workbook),
    "parts of a workbook": (16, _member_of_workbook),
    "cells of a workbook": (4, _cells_of_workbook),
    "nothing of a workbook": (2, _nothing_of_workbook),
}
"""How often of a hundred, and by what."""
