"""CSV files as they come from spreadsheets, scripts, mail, careless people and attackers, with what must become of each.

Cases of Wessex in October 2026 on lines 2 to 31 (twenty at the PTPH, five at the stage point, five at the trial), and
counts of Wessex in October 2016 on lines 2 to 40.
"""

from __future__ import annotations

import base64
import bz2
import codecs
import csv
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime

import pyarrow as pa
from pyarrow import parquet

from tests.hostile.files import GOOD, Hostile, hostile
from tests.rules.builders import FIRST_LINE, Place, Return, nil_return, valid_return
from tests.rules.cases import Case, bcm_nil, bcm_return, case, good_cases
from tests.rules.faults import without_column

BCM, OUTCOMES = "bcm", "outcomes"
CASES, COUNTS = GOOD[BCM], GOOD[OUTCOMES]
APART = COUNTS.line_of(offence_category="Admin Finalised")
"""The line of a category that stands in no rate: its count is free of any percentage."""

CYRILLIC_A, GREEK_Y, FULL_WIDTH_Y = "\u0410", "\u03a5", "\uff39"
NBSP, ZERO_WIDTH = "\u00a0", "\u200b"


def everything() -> list[Hostile]:
    return [
        *unchanged(),
        *encodings(),
        *other_kinds(),
        *headers(),
        *shapes(),
        *sizes(),
        *texts(),
        *urns(),
        *numbers(),
        *dates(),
        *answers_and_codes(),
        *doubles(),
        *quarantine(),
        *floods(),
        *nils(),
        *names(),
        *counts(),
        *percentages(),
        *forces(),
    ]


def whole(*rules: str) -> tuple[Place, ...]:
    return tuple((rule, None, None) for rule in rules)


def of_lines(rule: str, lines: Iterable[int]) -> tuple[Place, ...]:
    return tuple((rule, line, None) for line in lines)


def one_cell(title: str, column: str, value: str, *rules: str, line: int = 2, kept: object = None) -> Hostile:
    """The good cases with one other cell, which these rules speak of; `kept` is what is archived of it."""
    sent = CASES.with_cell(line, column, value)
    places = [(rule, line, column) for rule in rules]
    return hostile(BCM, title, sent, *places, meant=CASES, cells={(line, column): kept})


def one_count(title: str, column: str, value: str, *rules: str, line: int = APART, kept: object = None) -> Hostile:
    sent = COUNTS.with_cell(line, column, value)
    places = [(rule, line, column) for rule in rules]
    return hostile(OUTCOMES, title, sent, *places, meant=COUNTS, cells={(line, column): kept} if kept else {})


# What does not matter


def written(sent: Return, **form: object) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, **form).writerows([sent.header, *sent.rows])  # type: ignore[arg-type]
    return text.getvalue().encode()


def turned_round(sent: Return) -> Return:
    return replace(sent, header=sent.header[::-1], rows=tuple(row[::-1] for row in sent.rows))


def shuffled(sent: Return) -> Return:
    return replace(sent, rows=sent.rows[::-1])


DRESSES: Mapping[str, Callable[[Return], bytes]] = {
    "as it is": lambda sent: sent.content,
    "a byte order mark": lambda sent: codecs.BOM_UTF8 + sent.content,
    "UTF-16 little-endian with its mark": lambda sent: sent.content.decode().encode("utf-16"),
    "UTF-16 big-endian with its mark": lambda sent: codecs.BOM_UTF16_BE + sent.content.decode().encode("utf-16-be"),
    "UTF-16 and line ends of Windows": lambda sent: written(sent, lineterminator="\r\n").decode().encode("utf-16"),
    "line ends of Windows": lambda sent: written(sent, lineterminator="\r\n"),
    "line ends of an old Mac": lambda sent: written(sent, lineterminator="\r"),
    "mixed line ends": lambda sent: b"".join(
        line + (b"\n", b"\r\n", b"\r")[place % 3] for place, line in enumerate(sent.content.splitlines())
    ),
    "no line end at the end": lambda sent: sent.content.rstrip(b"\n"),
    "every value in quotes": lambda sent: written(sent, quoting=csv.QUOTE_ALL, lineterminator="\n"),
    "spaces around every value": lambda sent: (
        b"\n".join(b" , ".join(line.split(b",")) for line in sent.content.split(b"\n") if b'"' not in line)
        if b'"' not in sent.content
        else sent.content
    ),
    "columns in another order": lambda sent: turned_round(sent).content,
}


def unchanged() -> Iterator[Hostile]:
    for code, good in GOOD.items():
        for title, dressed in DRESSES.items():
            yield hostile(code, title, dressed(good), rows=len(good.rows), meant=good)
        last = good.last_line
        back = {line: FIRST_LINE + last - line for line in range(FIRST_LINE, last + 1)}
        yield hostile(code, "rows in another order", shuffled(good), meant=good, came_from=back)
        yield from blanks(code, good)


def blanks(code: str, good: Return) -> Iterator[Hostile]:
    lines = good.content.decode().splitlines()
    commas = "," * (len(good.header) - 1)
    tails = {
        "one blank line at the end": "\n",
        "fifty thousand blank lines at the end": "\n" * 50_000,
        "lines of commas at the end": f"{commas}\n" * 1_000,
        "lines of more commas than columns": f"{commas},,\n" * 3,
        "lines of a few commas at the end": ",,\n" * 3,
        "lines of spaces at the end": "   \n \n",
        "spaces between commas at the end": " , ,  \n",
        "lines of empty quotes at the end": '""\n' * 3,
    }
    rows_in = len(good.rows)
    for title, tail in tails.items():
        yield hostile(code, title, good.content + tail.encode(), whole("RET-014"), rows=rows_in, meant=good)
    text = "\n".join([*lines[:4], "", commas, *lines[4:], ""]).encode()
    moved = {line + 2 * (line > 4): line for line in range(FIRST_LINE, good.last_line + 1)}
    yield hostile(code, "blank lines inside", text, whole("RET-014"), rows=rows_in, meant=good, came_from=moved)
    text = b"\n \n" + good.content
    moved = {line + 2: line for line in range(FIRST_LINE, good.last_line + 1)}
    yield hostile(code, "blank lines before it", text, whole("RET-014"), rows=rows_in, meant=good, came_from=moved)


# Bytes


def encodings() -> Iterator[Hostile]:
    """What is no UTF-8 and no UTF-16 with its mark is refused: nothing is guessed."""
    accented = CASES.with_cell(2, "comment", "Café, née Ñandú £")
    for code, good, text in ((BCM, accented, accented.content.decode()), (OUTCOMES, COUNTS, COUNTS.content.decode())):
        spoilt = {
            "UTF-16 without its mark": text.encode("utf-16-le"),
            "UTF-16 big-endian without its mark": text.encode("utf-16-be"),
            "UTF-32 with its mark": text.encode("utf-32"),
            "UTF-16 that breaks off": text.encode("utf-16")[:-1],
            "UTF-16 with half a surrogate pair": text.encode("utf-16") + b"\x00\xd8,\x00",
            "UTF-16 with a NUL": (text + "\0").encode("utf-16"),
            "EBCDIC": text.encode("cp500"),
            "an overlong slash": good.content + b"\xc0\xaf",
            "an overlong NUL": good.content + b"\xc0\x80",
            "a surrogate in UTF-8": good.content + b"\xed\xa0\x80",
            "beyond Unicode": good.content + b"\xf5\x80\x80\x80",
            "a letter cut in two": good.content + "é".encode()[:1],
            "a continuation of nothing": good.content + b"\x80",
            "a NUL at the end": good.content + b"\0",
            "a NUL in a cell": good.content.replace(b"WSX", b"W\0SX", 1),
            "a tail of NULs": good.content + bytes(4_096),
        }
        for title, content in spoilt.items():
            yield hostile(code, title, content, whole("RET-001"))
    for encoding in ("cp1252", "latin-1", "cp850", "mac-roman"):
        yield hostile(BCM, f"in {encoding}", accented.content.decode().encode(encoding), whole("RET-001"))
    one_line = accented.content.replace("Café".encode(), "Café".encode("cp1252"))
    yield hostile(BCM, "one line of it in cp1252", one_line, whole("RET-001"))
    twice = codecs.BOM_UTF8 * 2 + CASES.content
    named = (("RET-003", 1, "return_id"), ("RET-003", 1, None))
    yield hostile(BCM, "two byte order marks", twice, named, rows=30)


def other_kinds() -> Iterator[Hostile]:
    for code, good in GOOD.items():
        records = [dict(zip(good.header, row, strict=True)) for row in good.rows]
        kinds = {
            "nothing": b"",
            "a byte order mark alone": codecs.BOM_UTF8,
            "a mark of UTF-16 alone": codecs.BOM_UTF16_LE,
            "one blank line": b"\n",
            "spaces": b"   \n\t\n".replace(b"\t", b" "),
            "commas": b",,,\n,,,\n",
            "gzip": gzip.compress(good.content),
            "bzip2": bz2.compress(good.content),
            "xz": lzma.compress(good.content),
            "a tar archive": tar(good.content),
            "a ZIP archive with the CSV": zipped(good.content),
            "an empty ZIP archive": b"PK\x05\x06" + bytes(18),
            "a PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
            "Parquet": as_parquet(good),
            "SQLite": b"SQLite format 3\0" + bytes(100),
            "an old workbook": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512),
            "a picture": b"\x89PNG\r\n\x1a\n" + bytes(20),
            "a program": b"\x7fELF" + bytes(60),
            "rich text": b"{\\rtf1\\ansi return_id}",
            "JSON": json.dumps(records[0]).encode(),
            "a JSON array": json.dumps(records).encode(),
            "JSON lines": "\n".join(map(json.dumps, records)).encode(),
            "HTML": b"<!DOCTYPE html><table><tr><td>urn</td></tr></table>",
            "HTML after a byte order mark": codecs.BOM_UTF8 + b"<html><table></table></html>",
            "HTML after blank lines": b"\r\n\r\n  <table><tr><td>urn</td></tr></table>",
            "HTML in UTF-16": "<html><table></table></html>".encode("utf-16"),
            "a spreadsheet in XML": b'<?xml version="1.0"?><Workbook></Workbook>',
        }
        for title, content in kinds.items():
            yield hostile(code, title, content, whole("RET-001"))
        words = {
            "base64, as a mail gateway leaves it": base64.encodebytes(good.content),
            "a mail": b"From: a@example.org\nSubject: return\n\nAttached.\n",
            "an armoured message": b"-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n",
            "a SYLK sheet": b"ID;PWXL;N;E\nP;PGeneral\nE\n",
        }
        for title, content in words.items():
            lines = len([line for line in content.split(b"\n") if line.strip()])
            blank = whole("RET-014") if b"\n\n" in content else ()
            yield hostile(code, title, content, ("RET-003", 1, None), blank, rows=lines - 1)


def zipped(content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("return.csv", content)
    return stream.getvalue()


def tar(content: bytes) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        member = tarfile.TarInfo("return.csv")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def as_parquet(good: Return) -> bytes:
    stream = io.BytesIO()
    parquet.write_table(pa.table({"a": [1]}), stream)
    return stream.getvalue()


# The header


def headers() -> Iterator[Hostile]:
    no_header = ("RET-003", 1, None)
    for code, good in GOOD.items():
        width, last = len(good.header), good.last_line
        every = range(FIRST_LINE, last + 1)
        for column in (good.header[0], good.header[2], good.header[-1]):
            yield hostile(code, f"without {column}", without_column(good, column), ("RET-003", 1, column))
            both = (("RET-003", 1, column), no_header)
            names = {
                "in capitals": column.upper() if column.islower() else column.lower(),
                "with a hidden space": f"{ZERO_WIDTH}{column}",
                "with a no-break space": f"{column}{NBSP}",
                "with a space inside": column.replace("_", " ") + " x",
                "by another name": f"{column}_2",
                "with a Cyrillic letter": column.replace("a", "\u0430").replace("c", "\u0441").replace("C", "\u0421"),
            }
            for title, name in names.items():
                if name != column:
                    header = tuple(name if one == column else one for one in good.header)
                    yield hostile(code, f"{column} {title}", replace(good, header=header), both)
            padded = tuple(f"  {one} " if one == column else one for one in good.header)
            yield hostile(code, f"{column} with spaces around", replace(good, header=padded), meant=good)
        wider = replace(good, header=(*good.header, "name"), rows=tuple((*row, "") for row in good.rows))
        yield hostile(code, "with a column nobody asked for", wider, no_header)
        doubled = replace(good, header=(*good.header, good.header[2]), rows=tuple((*row, row[2]) for row in good.rows))
        yield hostile(code, "with a column twice", doubled, ("RET-003", 1, good.header[2]))
        named = replace(good, header=(*good.header[:-1], good.header[2]))
        places = (("RET-003", 1, good.header[2]), ("RET-003", 1, good.header[-1]))
        yield hostile(code, "with one column in another's place", named, places)
        unnamed = replace(good, header=(*good.header, ""), rows=tuple((*row, "") for row in good.rows))
        yield hostile(code, "a comma after the header and every row", unnamed, no_header)
        numbered = replace(
            good,
            header=("", *good.header),
            rows=tuple((str(place), *row) for place, row in enumerate(good.rows)),
        )
        yield hostile(code, "with the row numbers of pandas", numbered, no_header)
        r_named = replace(good, rows=tuple((str(place), *row) for place, row in enumerate(good.rows)))
        yield hostile(code, "with the row names of R", r_named, of_lines("RET-004", every))
        trailing = good.content.replace(b"\n", b",\n").replace(b",\n", b"\n", 1)
        yield hostile(code, "a comma after every row", trailing, of_lines("RET-004", every), rows=len(good.rows))
        titled = {
            "a title above it": b"Return of Wessex\n",
            "a title and a blank line above it": b"Return of Wessex\n\n",
            "the separator of Excel above it": b"sep=,\n",
            "a comment above it": b"# made by hand\n",
        }
        for title, line in titled.items():
            blank = whole("RET-014") if b"\n\n" in line else ()
            yield hostile(code, title, line + good.content, no_header, blank, rows=last)
        padded_title = b"Return of Wessex" + b"," * (width - 1) + b"\n" + good.content
        yield hostile(code, "a title as wide as the table", padded_title, no_header, rows=last)
        yield hostile(code, "no header", good.content.split(b"\n", 1)[1], no_header, rows=last - 2)
        for mark, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            content = "\n".join(mark.join(row).replace(",", "") for row in (good.header, *good.rows)).encode()
            yield hostile(code, f"parted by {name}", content, no_header, rows=len(good.rows))
        names = list(good.header)
        yield hostile(
            code, "the header again in the middle", good.with_row(9, names), ("RET-005", 9, "area_code"), and_more=True
        )
        total = ["Total" if place == 0 else "" for place in range(width)]
        broken = [("RET-005", last + 1, "area_code"), ("RET-006", last + 1, "period")]
        if code == OUTCOMES:
            broken += [("OUT-101", last + 1, "convictions"), ("OUT-103", last + 1, "force"), *whole("OUT-103")]
        yield hostile(code, "a row of totals", good.with_rows(total), *broken)
        if code == BCM:  # whose and for when it is was filled down: the row is left out, and said to be a total
            filled = good.with_rows([*good.rows[0][:4], "Total", *[""] * (width - 5)])
            left_out = [("BCM-101", last + 1, "defendant_seq"), ("BCM-104", last + 1, "urn")]
            yield hostile(code, "a row of totals filled down", filled, *left_out)
        twice = good.content * 2
        yield hostile(
            code, "the file twice", twice, ("RET-005", last + 1, "area_code"), rows=2 * last - 1, and_more=True
        )
        marked = good.content + codecs.BOM_UTF8 + good.content
        yield hostile(
            code,
            "two files with their marks",
            marked,
            ("RET-005", last + 1, "area_code"),
            rows=2 * last - 1,
            and_more=True,
        )
        yield hostile(code, "only a header", replace(good, rows=()), whole("RET-010"), and_more=True)


# Rows and quotes


def shapes() -> Iterator[Hostile]:
    for code, good in GOOD.items():
        lines, month = good.content.decode().splitlines(), good.cell(2, "period")

        def text(line: int, other: str, lines: list[str] = lines) -> bytes:
            return "\n".join([*lines[: line - 1], other, *lines[line:], ""]).encode()

        broken = {
            "a row too short": lines[4].rpartition(",")[0],
            "a row too long": f"{lines[4]},x",
            "a row of one value": "x",
            "a row with a comma that is not in quotes": lines[4].replace("WSX", "WSX,x", 1),
        }
        for title, line in broken.items():
            yield hostile(code, title, text(5, line), ("RET-004", 5, None), rows=len(good.rows))
        opened = {
            "a quote that is never closed": '"' + lines[4],
            "a quote closed before the end of its value": lines[4].replace(f",{month},", f',"{month[:4]}"-10,'),
            "a quote escaped by a backslash": lines[4].replace(f",{month},", f',"\\"{month}\\"",'),
        }
        for title, line in opened.items():
            yield hostile(code, title, text(5, line), ("RET-004", 5, None))
        yield hostile(code, "a quote that opens at the end", good.content + b'"', ("RET-004", good.last_line + 1, None))
        both = (("RET-004", 5, None), ("RET-004", 9, None))
        ragged = good.with_row(5, good.rows[3][:-1]).with_row(9, (*good.rows[7], ""))
        yield hostile(code, "two rows of other widths", ragged, both)
        cut = good.content[: good.content.rindex(b",")]
        yield hostile(code, "cut off in its last row", cut, ("RET-004", good.last_line, None), rows=len(good.rows))


def sizes() -> Iterator[Hostile]:
    for code in GOOD:
        yield hostile(code, "a line of a megabyte", b"x" * 1_000_000, ("RET-004", 1, None))
        yield hostile(code, "a value of a megabyte in quotes", b'"' + b"x" * 1_000_000 + b'"', ("RET-004", 1, None))
        yield hostile(code, "a million columns", b"x," * 999_999 + b"x", whole("RET-002"))
        yield hostile(code, "a megabyte of quotes", b'"' * 1_000_000, ("RET-004", 1, None))
        yield hostile(code, "two hundred thousand and two lines", b"x\n" * 200_002, whole("RET-002"))
        yield hostile(code, "a million blank lines", b"\n" * 1_000_000, whole("RET-001"))
    yield hostile(BCM, "more than fifty million bytes", b"," * 50_000_001, whole("RET-002"))
    yield hostile(OUTCOMES, "more than two million bytes", b"," * 2_000_001, whole("RET-002"))
    commented = CASES.with_cell(3, "comment", "x" * 32_768)
    yield hostile(BCM, "a comment longer than any cell", commented, ("RET-004", 3, None), rows=None)


# Text


def texts() -> Iterator[Hostile]:
    kept = {
        "commas and quotes": 'She said "no", twice',
        "letters of many scripts": "Łódź, Αθήνα, Москва, 東京, العربية",
        "a letter of two characters": "Cafe\u0301",
        "typographer's quotes": "“No” – it’s late…",
        "a no-break space": f"10{NBSP}days",
        "a no-break space at its edges": f"{NBSP}late{NBSP}",
        "a picture": "late 🙂",
        "an unknown letter": "\ufffd",
        "a private letter": "\ue000",
        "an ideographic space": "late\u3000again",
        "a formula": "=1+1",
        "a formula that begins with a plus": "+A1",
        "a formula that begins with a minus": "-2+3",
        "a formula that begins with an at": "@SUM(A1:A9)",
        "a command": "=cmd|' /C calc'!A0",
        "a link": '=HYPERLINK("http://example.org","x")',
        "markup": "<script>alert(1)</script>",
        "a statement": "'; drop table submission; --",
        "a template": "{{ 7 * 7 }} {% raw %} ${jndi:ldap://x}",
        "a format": "{detail} %s %n {0}",
        "a path": "../../etc/passwd",
        "NA": "NA",
        "null": "null",
        "nan": "NaN",
        "None": "None",
        "an error of Excel": "#N/A",
        "infinity": "inf",
        "a number with noughts": "00012",
        "a number with an exponent": "1E5",
        "a boolean": "TRUE",
        "an apostrophe first": "'late",
        "a backslash": "\\N \\",
        "five hundred letters": "é" * 500,
    }
    for title, comment in kept.items():
        yield one_cell(f"a comment with {title}", "comment", comment, kept=comment)
    yield one_cell("a comment with spaces around", "comment", "  late  ", kept="late")
    yield one_cell("a comment of spaces", "comment", "   ")
    yield one_cell("a comment of 501 letters", "comment", "x" * 501, "BCM-102")
    hidden = {
        "a tab": "a\tb",
        "a tab at its end": "late\t",
        "a bell": "a\x07b",
        "an escape": "a\x1b[31mb",
        "a delete": "a\x7fb",
        "a form feed": "a\x0cb",
        "a vertical tab": "a\x0bb",
        "a unit separator": "a\x1fb",
        "a next line": "a\x85b",
        "a line separator": "a\u2028b",
        "a paragraph separator": "a\u2029b",
        "a zero-width space": "a\u200bb",
        "a zero-width joiner": "a\u200db",
        "a word joiner": "a\u2060b",
        "a byte order mark": "a\ufeffb",
        "a soft hyphen": "a\u00adb",
        "an override to the left": "a\u202eb",
        "an isolate": "a\u2066b\u2069",
        "a mark to the right": "a\u200eb",
    }
    for title, comment in hidden.items():
        yield one_cell(f"a comment with {title}", "comment", comment, "RET-012")
    sent = CASES.with_cell(4, "comment", "one\r\ntwo\nthree")
    moved = {line + 2 * (line > 4): line for line in range(2, 32)}
    yield hostile(BCM, "a comment of three lines", sent, ("RET-012", 4, "comment"), meant=CASES, came_from=moved)
    many = [{**one, "comment": "a\tb"} for one in good_cases()]
    places = tuple(("RET-012", line, "comment") for line in range(2, 32))
    yield hostile(BCM, "a tab in every comment", bcm_return(*many), places, whole("RET-009"))


# Cells of cases


def urns() -> Iterator[Hostile]:
    for suffix in ("M", "S", "(M)", "(S)", "/1", "/12"):
        yield one_cell(f"a URN ending in {suffix}", "urn", f"44AB7654321{suffix}", kept="44AB7654321")
    yield one_cell("a URN with spaces around", "urn", "  44AB7654321 ", kept="44AB7654321")
    yield one_cell("a URN of figures alone", "urn", "44127654321", kept="44127654321")
    without_zero = (("BCM-302", 2, "urn"), ("BCM-201", 2, "urn"))
    sent = CASES.with_cell(2, "urn", "1127654321")
    yield hostile(BCM, "a URN that lost its nought", sent, without_zero, meant=CASES, cells={(2, "urn"): "01127654321"})
    yield hostile(
        BCM,
        "a URN of a force of nowhere",
        CASES.with_cell(2, "urn", "99AB7654321"),
        ("BCM-201", 2, "urn"),
        meant=CASES,
        cells={(2, "urn"): "99AB7654321"},
    )
    wrong = [
        "44ab7654321", "44AB 7654321", "44/AB/7654321", "44-AB-7654321", "44AB765432", "44AB76543210", "4AAB7654321",
        "44AB7654321X", "44AB7654321m", "44AB7654321 M", "44AB7654321(T)", "44AB7654321MS", "44AB7654321/", "44AB7654321/A",
        "44AB7654321/1/2", "1.23457E+10", "4.4E+10", "1127654321.0", "112765432", "112765432,1", "'44AB7654321",
        '="44AB7654321"', '"44AB7654321"', "#REF!", "#N/A", "NA", "nil", "URN", "?", "44AB\\7654321", "44AB7654321;44AB7654322",
    ]  # fmt: skip
    for urn in wrong:
        yield one_cell(f"a URN written {urn}", "urn", urn, "BCM-104")
    strange = {
        "a Cyrillic letter": f"44{CYRILLIC_A}B7654321",
        "full-width figures": "44AB７654321",
        "Arabic figures": "44AB\u0667654321",
        "a zero-width space": f"44AB{ZERO_WIDTH}7654321",
        "a no-break space after it": f"44AB7654321{NBSP}",
        "a tab after it": "44AB7654321\t",
        "a hyphen that does not break": "44AB\u20117654321",
        "a line end after it": "44AB7654321\n",
    }
    for title, urn in strange.items():
        if "\n" not in urn:
            yield one_cell(f"a URN with {title}", "urn", urn, "RET-012", "BCM-104")
    yield one_cell("no URN", "urn", "", "BCM-101")


def numbers() -> Iterator[Hostile]:
    for kept, values in {1: ("1", "01", "00001", " 1 "), 99: ("99",)}.items():
        for value in values:
            yield one_cell(f"a defendant numbered {value!r}", "defendant_seq", value, kept=kept)
    for value in (
        "0",
        "100",
        "1.0",
        "1.5",
        "1,0",
        "+1",
        "-1",
        "1e0",
        "1st",
        "one",
        "0x1",
        "1_0",
        "TRUE",
        "NA",
        "=1",
        "1 2",
    ):
        yield one_cell(f"a defendant numbered {value!r}", "defendant_seq", value, "BCM-102")
    for value in ("９", "\u0661", "1\u200b", f"1{NBSP}", "²", "½"):
        yield one_cell(f"a defendant numbered {value!r}", "defendant_seq", value, "RET-012", "BCM-102")
    for value in ("41", "-1", "2.5", "many", "999999999999999999999"):
        yield one_cell(f"hearings {value}", "hearings_to_date", value, "BCM-102")
    yield one_cell("forty hearings", "hearings_to_date", "40", kept=40)
    for value in ("499", "1000001", "500.0", "1,000", "5E2"):
        yield one_cell(f"{value} cases in scope in one row", "cases_in_scope", value, "BCM-102")
    yield one_cell("no cases in scope in one row", "cases_in_scope", "", "BCM-101")
    few = [{**one, "cases_in_scope": 29} for one in good_cases()]
    yield hostile(BCM, "fewer cases in scope than returned", bcm_return(*few), ("BCM-207", None, "cases_in_scope"))


def dates() -> Iterator[Hostile]:
    column = "cotr_ordered_date"
    right = {
        "2026-11-30": date(2026, 11, 30), "30/11/2026": date(2026, 11, 30), "05/10/2026": date(2026, 10, 5),
        "10/05/2026": date(2026, 5, 10), "29/02/2028": date(2028, 2, 29), "2028-02-29": date(2028, 2, 29),
        "2010-01-01": date(2010, 1, 1), "31/12/2099": date(2099, 12, 31), " 2026-11-30 ": date(2026, 11, 30),
    }  # fmt: skip
    for text, day in right.items():
        yield one_cell(f"a date written {text!r}", column, text, kept=day)
    wrong = [
        "31/02/2026", "2026-02-30", "29/02/2027", "2027-02-29", "29/02/2100", "00/10/2026", "2026-00-10", "2026-13-01",
        "2026-1-5", "5/10/2026", "05/1/2026", "10/31/2026", "31/10/26", "31.10.2026", "31-10-2026", "2026/10/31", "20261031",
        "31102026", "2026-10-31T00:00:00", "2026-10-31 00:00:00", "31/10/2026 00:00", "2026-10-31Z", "46326", "46326.0",
        "31 Oct 2026", "Oct-26", "October 31, 2026", "2026-W44-6", "2026-304", "1926-10-31", "2126-10-31", "2009-12-31",
        "2100-01-01", "0000-00-00", "9999-12-31", "-2026-10-31", "+2026-10-31", "2026-10-31 BC", "12026-10-31", "infinity",
        "epoch", "now", "today", "NA", "NaT", "n/a", "TBC", "-", "?", "#VALUE!", "=TODAY()", "1/1/1900", "'2026-10-31", "2026 -10-31",
    ]  # fmt: skip
    for text in wrong:
        yield one_cell(f"a date written {text!r}", column, text, "BCM-103")
    for text in (
        "２０２６-10-31",
        "\u0662\u0660\u0662\u0666-10-31",
        "2026\u201110\u201131",
        "2026–10–31",
        f"2026-10-31{NBSP}",
    ):
        yield one_cell(f"a date written {text!r}", column, text, "RET-012", "BCM-103")
    yield one_cell("a case assessed on the day of receipt", "assessed_on", "2026-11-03", kept=date(2026, 11, 3))
    yield one_cell("a case assessed the day after", "assessed_on", "2026-11-04", "BCM-108")
    yield one_cell("a case assessed the day before the month", "assessed_on", "2026-09-30", "BCM-108")


def answers_and_codes() -> Iterator[Hostile]:
    yield one_cell("an answer with spaces around", "C01", "  Y ", kept="Y")
    for value in (
        "y",
        "n",
        "Yes",
        "YES",
        "No",
        "T",
        "TRUE",
        "1",
        "0",
        "Y.",
        "Y?",
        "N/A",
        "n/a",
        "na",
        "NA",
        "ND",
        "FM",
        "-",
        "?",
        "✓",
    ):
        rules = ("BCM-110",) if value.isascii() else ("RET-012", "BCM-110")
        yield one_cell(f"C01 answered {value}", "C01", value, *rules)
    for value in ("fm", "Fm", "F", "Fully met", "NA", "N/A", "Y", "ND", "100%", "FM;PM"):
        yield one_cell(f"C02 answered {value}", "C02", value, "BCM-110", line=3)
    yield one_cell("P01 answered NA, which it may be", "P01", "NA", kept="NA")
    for value in ("N/A", "n/a", "Na", "#N/A", "NaN", "None", "null"):
        yield one_cell(f"P01 answered {value}", "P01", value, "BCM-110")
    for value in (FULL_WIDTH_Y, GREEK_Y, f"Y{NBSP}", f"Y{ZERO_WIDTH}", "Y\t"):
        yield one_cell(f"C01 answered {value!r}", "C01", value, "RET-012", "BCM-110")
    yield one_cell("C01 not answered", "C01", "", "BCM-110")
    yield one_cell("C01 answered with spaces", "C01", "  ", "BCM-110")
    for column in ("C11", "A03", "C14", "P03"):
        for value in ("Y", "NA", "ND", "x"):
            yield one_cell(f"{column} answered {value} at the PTPH", column, value, "BCM-110")
    for value in ("NA", "ND", "N"):
        sent = CASES.with_cell(2, "C03", value).with_cell(2, "comment", "It was late.")
        said = {(2, "C03"): value, (2, "comment"): "It was late."}
        yield hostile(
            BCM,
            f"C03 answered {value} against its dates",
            sent,
            ("BCM-301", 2, "C03"),
            meant=CASES,
            cells=said,
            computed={(2, "C03"): "Y"},
        )
    for column, values in {
        "sample_point": ("PTPH", "Ptph", "plea", "ptph.", "NA", "0"),
        "sample_reason": ("Random", "RANDOM", "sample", "NA"),
        "assessor_role": ("lm", "BCM Lead", "BCM-LEAD", "Lm"),
        "case_type": ("General", "RASSO", "other"),
        "remand_status": ("Custody", "CUSTODY", "jail"),
        "child_witness_under_10": ("y", "No", "TRUE", "0", "NA"),
        "charging_authority": ("Police", "cps", "CPS Direct"),
        "plea_at_ptph": ("not guilty", "None", "NULL", "Guilty_all"),
        "anticipated_plea": ("gap", "NG", "NK?"),
    }.items():
        too_few = whole("BCM-304") if column in ("sample_point", "sample_reason") else ()  # at the PTPH, by chance
        for value in (*values, ""):
            place = ("BCM-102" if value else "BCM-101", 2, column)
            sent = CASES.with_cell(2, column, value)
            yield hostile(BCM, f"{column} is {value!r}", sent, place, too_few, meant=CASES)
    yield one_cell("no plea at the PTPH", "plea_at_ptph", "none", kept="none")
    for value in ("E1,D4", "E1;E99", "E1;;D4", "E 1", "e1", "E1;", "E1/D4", "E01", "NA", "none"):
        sent = CASES.with_cell(2, "P01", "PM").with_cell(2, "nfs_failure_codes", value)
        yield hostile(BCM, f"failure codes written {value}", sent, ("BCM-111", 2, "nfs_failure_codes"), meant=CASES)
    sent = CASES.with_cell(2, "P01", "PM").with_cell(2, "nfs_failure_codes", " E1; D4 ;E10")
    said = {(2, "P01"): "PM", (2, "nfs_failure_codes"): "E1;D4;E10"}
    yield hostile(BCM, "failure codes with spaces between", sent, meant=CASES, cells=said)


# Doubles, and too many faults


def doubles() -> Iterator[Hostile]:
    again = CASES.with_rows(CASES.rows[0])
    both = of_lines("BCM-105", (2, 32))
    yield hostile(BCM, "a row twice", again, both)
    other = again.with_cell(32, "C02", "FM")
    yield hostile(BCM, "a case twice with other answers", other, both)
    ended = again.with_cell(32, "urn", f"{CASES.cell(2, 'urn')}(S)")
    yield hostile(BCM, "a case twice, once with an ending", ended, both)
    noughts = again.with_cell(32, "defendant_seq", "01")
    yield hostile(BCM, "a case twice, once with a nought before its number", noughts, both)
    co_defendant = again.with_cell(32, "defendant_seq", "2")
    yield hostile(BCM, "two defendants of one case", co_defendant)
    threefold = CASES.with_rows(CASES.rows[0], CASES.rows[0])
    yield hostile(BCM, "a row three times", threefold, of_lines("BCM-105", (2, 32, 33)), whole("RET-009"))
    two_pairs = CASES.with_rows(CASES.rows[0], CASES.rows[1])
    yield hostile(BCM, "two rows twice", two_pairs, of_lines("BCM-105", (2, 3, 32, 33)), whole("RET-009"))
    both_faulty = again.with_cell(32, "case_type", "")
    yield hostile(BCM, "a row twice, once with a fault", both_faulty, both, ("BCM-101", 32, "case_type"))


def quarantine() -> Iterator[Hostile]:
    for rows_in, faulty in ((20, 1), (20, 2), (3, 2), (40, 2), (60, 3), (80, 4), (100, 5)):
        yield _quarantined(rows_in, faulty)
    for rows_in, faulty in ((3, 3), (20, 3), (59, 3), (79, 4), (99, 5), (60, 4)):
        yield _quarantined(rows_in, faulty, *whole("RET-009"))
    for rows_in in (1, 2):
        yield _quarantined(rows_in, rows_in, *whole("RET-010"))


def _quarantined(rows_in: int, faulty: int, *also: Place) -> Hostile:
    cases: list[Case] = [case(number, "trial") for number in range(1, rows_in + 1)]
    for one in cases[:faulty]:
        one["case_type"] = "none"
    places = tuple(("BCM-102", line, "case_type") for line in range(2, faulty + 2))
    return hostile(BCM, f"{faulty} of {rows_in} rows with a fault", bcm_return(*cases), places, also, whole("BCM-304"))


# More problems than are named


def floods() -> Iterator[Hostile]:
    """What is wrong everywhere is told a thousand times at most; of what nobody can see, that each row has it."""
    for code, sent in ((BCM, CASES), (OUTCOMES, COUNTS.with_rows(*COUNTS.rows * 9))):
        hidden = replace(sent, rows=tuple(tuple(f"{cell}{ZERO_WIDTH}" for cell in row) for row in sent.rows))
        refused = whole("RET-009") if code == BCM else ("RET-012", FIRST_LINE, sent.header[0])
        yield hostile(code, "a hidden character in every cell", hidden, refused, and_more=True)
    narrow = replace(COUNTS, rows=(("x",),) * 1_500)
    yield hostile(
        OUTCOMES, "rows of one cell without end", narrow, of_lines("RET-004", range(2, 1_002)), whole("RET-004")
    )


# Nil returns


def nils() -> Iterator[Hostile]:
    for code, nil, marker in ((BCM, bcm_nil(), "urn"), (OUTCOMES, nil_return(), "force")):
        right = {
            "as it is": nil.content,
            "with a byte order mark": codecs.BOM_UTF8 + nil.content,
            "with spaces": nil.with_cell(2, marker, " NIL ").content,
            "in quotes": written(nil, quoting=csv.QUOTE_ALL),
            "in another order": turned_round(nil).content,
        }
        for title, content in right.items():
            yield hostile(code, f"a nil return {title}", content, rows=1, meant=nil, nil=True)
        tailed = nil.content + b"\n,,\n"
        yield hostile(code, "a nil return with blank lines", tailed, whole("RET-014"), rows=1, meant=nil, nil=True)
        yield hostile(
            code, "a nil return of another Area", nil.with_cell(2, "area_code", "WMD"), ("RET-005", 2, "area_code")
        )
        yield hostile(
            code, "a nil return of another month", nil.with_cell(2, "period", "2016-09"), ("RET-006", 2, "period")
        )
        twice = nil.with_rows(nil.rows[0])
        both = tuple(("RET-010", line, marker) for line in (2, 3))
        yield hostile(code, "a nil return twice", twice, both, and_more=True)
        last = GOOD[code].last_line + 1
        mixed = GOOD[code].with_rows(nil.rows[0])
        yield hostile(code, "a nil row beside others", mixed, ("RET-010", last, marker), and_more=True)
        for value in ("nil", "Nil", "NIL."):
            sent = nil.with_cell(2, marker, value)
            yield hostile(code, f"a nil return that says {value}", sent, ("RET-010", 2, marker))
        yield hostile(
            code,
            "a nil return in Cyrillic",
            nil.with_cell(2, marker, "N\u0406L"),
            whole("RET-010") if code == BCM else ("OUT-103", 2, "force"),
            and_more=True,
        )
    for value in ("1", "", "0.0", "00", "NIL"):
        sent = bcm_nil().with_cell(2, "cases_in_scope", value)
        yield hostile(BCM, f"a nil return with {value!r} in scope", sent, ("RET-010", 2, "cases_in_scope"))
    for column, value in (
        ("comment", "none this month"),
        ("sample_point", "ptph"),
        ("C01", "NA"),
        ("charge_date", "2026-10-01"),
    ):
        sent = bcm_nil().with_cell(2, column, value)
        yield hostile(BCM, f"a nil return with {column}", sent, ("RET-010", 2, column))
    yield hostile(
        BCM,
        "a nil return of another version",
        bcm_nil().with_cell(2, "return_id", "R-WSX-202610-v02"),
        ("RET-006", 2, "return_id"),
    )


# Names, Areas and months


def names() -> Iterator[Hostile]:
    for code, good in GOOD.items():
        stem = good.name.removesuffix(".csv")
        wrong = [
            f"{stem} (1).csv", f"Copy of {good.name}", f"{stem}.CSV", good.name.lower(), f"{stem}_final.csv", f"{stem[:-2]}1.csv",
            f"{stem[:-2]}00.csv", stem.replace("-", "_") + ".csv", stem.replace("WSX", "Wessex") + ".csv", f" {good.name}",
            f"{stem}\u200b.csv", f"{stem}.csv.csv", "return.csv", f"..{good.name}", f"{stem[:6]}202613-v01.csv", f"{stem[:6]}2026-10-v01.csv",
        ]  # fmt: skip
        for name in wrong:
            ending = () if name.lower().endswith(".csv") else whole("RET-001")
            yield hostile(code, f"named {name!r}", good, whole("RET-006"), ending, name=name, and_more=True)
        for ending in ("txt", "csv.gz", "xls", "ods", "pdf"):
            yield hostile(
                code, f"ending in {ending}", good, whole("RET-001", "RET-006"), name=f"{stem}.{ending}", and_more=True
            )
        for column, value in (
            ("period", "2016-9"),
            ("period", "2026/10"),
            ("period", "Oct-26"),
            ("period", "10/2026"),
            ("period", "202610"),
            ("period", "2026-10-01"),
            ("period", ""),
        ):
            yield hostile(
                code, f"a row of the month {value!r}", good.with_cell(4, column, value), ("RET-006", 4, column)
            )
        for value in ("wsx", "Wessex", "WMD", "LON", "ALL", "", "XXX", "W5X"):
            yield hostile(
                code, f"a row of the Area {value!r}", good.with_cell(4, "area_code", value), ("RET-005", 4, "area_code")
            )
        strange = good.with_cell(4, "area_code", f"WS{'Х'}")
        yield hostile(
            code, "a row of an Area in Cyrillic", strange, ("RET-005", 4, "area_code"), ("RET-012", 4, "area_code")
        )
        for area in ("WMD", "LON", "XXX"):
            yield hostile(code, f"in the folder of {area}", good, whole("RET-005"), area=area, and_more=True)
        yield hostile(
            code,
            "before its month has begun",
            good,
            whole("RET-006"),
            received=datetime(2016, 9, 30, 22),
            and_more=True,
        )
    csv_in_name = CASES.named("R-WSX-202610-v01.xlsx")
    yield hostile(BCM, "a CSV named as a workbook", csv_in_name)
    yield hostile(OUTCOMES, "a CSV named as a workbook", COUNTS.named("R-WSX-201610-v01.xlsx"), whole("RET-001"))
    for value in (
        "R-WSX-202610-v02",
        "R-WMD-202610-v01",
        "R-WSX-202609-v01",
        "r-wsx-202610-v01",
        "R-WSX-202610-v01.csv",
        "R-WSX-202610-v1",
        "1",
        "",
    ):
        yield hostile(
            BCM, f"a row of the return {value!r}", CASES.with_cell(4, "return_id", value), ("RET-006", 4, "return_id")
        )
    corrected = bcm_return(version=2)
    yield hostile(BCM, "a correction without a reason", corrected, whole("RET-013"))
    yield hostile(BCM, "a correction with its reason", replace(corrected, reason_given=True))


# Counts


def counts() -> Iterator[Hostile]:
    for kept, values in {
        12: ("12", "012", "00012", " 12 "),
        1234: ("1,234", "1234", "01234"),
        1234567: ("1,234,567", "1234567"),
    }.items():
        for value in values:
            yield one_count(f"a count written {value!r}", "unsuccessful", value, kept=kept)
    for value in (
        "12,34", "1,2345", "1,23", ",123", "123,", "1 234", "1.234", "12.0", "1e3", "1.2E+3", "+5", "-5", "(5)", "5-", "5*", "[z]",
        "c", "N/A", "NA", "-", "..", ":", "~", "nil", "null", "five", "0x10", "1/2", "9,999,999,999", "99999999999", "=5", "TRUE", "'5", "5;6",
    ):  # fmt: skip
        yield one_count(f"a count written {value!r}", "unsuccessful", value, "OUT-101")
    for value in ("５", "\u0665", f"5{NBSP}", "1\u202f234", "1٬234", "⁵", "–", "£5"):
        yield one_count(f"a count written {value!r}", "unsuccessful", value, "OUT-101", "RET-012")
    for column in ("convictions", "unsuccessful"):
        yield one_count(f"no {column} of a category that has some", column, "", "OUT-101", line=2)


def counted(row: int, met: int, not_met: int, share: str) -> Return:
    """The good counts with other figures in one row."""
    sent = COUNTS.with_cell(row, "convictions", f"{met:,}").with_cell(row, "unsuccessful", f"{not_met:,}")
    return sent.with_cell(row, "convictions_pct", share)


def percentages() -> Iterator[Hostile]:
    right = [
        (1, 15, "6.3%"), (3, 13, "18.8%"), (5, 3, "62.5%"), (1, 1999, "0.1%"), (1, 2000, "0.0%"), (1999, 1, "100.0%"), (1, 7, "12.5%"),
        (0, 0, "-"), (0, 0, "0"), (0, 5, "0.0%"), (5, 0, "100.0%"), (999999999, 1, "100.0%"), (1, 799, "0.1%"), (9, 71, "11.3%"),
    ]  # fmt: skip
    for met, not_met, share in right:
        yield hostile(OUTCOMES, f"{share} of {met} and {not_met}", counted(2, met, not_met, share))
    wrong = [
        (1, 15, "6.2%"), (1, 15, "6.25%"), (1, 15, "6%"), (1, 15, "6.3"), (1, 15, "0.063"), (1, 15, "6,3%"), (1, 15, "6.3 %"), (1, 15, "06.3%"),
        (1, 15, "6.30%"), (1, 15, "%6.3"), (1, 15, "-"), (1, 15, "0"), (1, 15, ""), (1, 15, "NA"), (1, 15, "93.7%"), (0, 0, "0.0%"), (0, 0, "0%"), (0, 0, ""),
        (0, 0, "n/a"), (0, 0, "NaN"), (0, 0, "#DIV/0!"), (0, 0, "--"), (0, 0, "00"), (0, 5, "-"), (0, 5, "0"), (0, 5, "0%"), (0, 5, ""), (5, 0, "100%"),
        (5, 0, "100"), (5, 0, "1"), (5, 0, "99.9%"), (1, 1, "50%"), (1, 1, "+50.0%"), (1, 1, "=50.0%"),
    ]  # fmt: skip
    for met, not_met, share in wrong:
        place = ("OUT-102", 2, "convictions_pct")
        yield hostile(OUTCOMES, f"{share!r} of {met} and {not_met}", counted(2, met, not_met, share), place)
    for share in ("５0.0%", "50.0％", "50.0%\u200b", f"50.0%{NBSP}", "50·0%", "–"):
        places = (("OUT-102", 2, "convictions_pct"), ("RET-012", 2, "convictions_pct"))
        yield hostile(OUTCOMES, f"{share!r} of 1 and 1", counted(2, 1, 1, share), places)


def forces() -> Iterator[Hostile]:
    full = COUNTS.line_of(force="Hampshire & IOW")
    alias = replace(
        COUNTS,
        rows=tuple(tuple("Hampshire" if cell == "Hampshire & IOW" else cell for cell in row) for row in COUNTS.rows),
    )
    yield hostile(OUTCOMES, "a force by another of its names", alias, meant=COUNTS)
    one_row = COUNTS.with_cell(full, "force", "Hampshire")
    yield hostile(OUTCOMES, "a force by both of its names", one_row, meant=COUNTS)
    category = COUNTS.cell(full, "offence_category")
    place = ("OUT-103", full, "force")
    for name in (
        "hampshire & iow",
        "HAMPSHIRE & IOW",
        "Hampshire &amp; IOW",
        "Hampshire and IOW",
        "Hampshire  & IOW",
        "44",
        "Kent",
        "Total",
        "",
        "H\u0430mpshire",
        f"Hampshire & IOW{NBSP}",
    ):
        yield hostile(OUTCOMES, f"a force written {name!r}", COUNTS.with_cell(full, "force", name), place)
    for name in (category.lower(), f"{category}s", "All", "", "Total", category.replace("o", "\u043e")):
        sent = COUNTS.with_cell(full, "offence_category", name)
        yield hostile(OUTCOMES, f"a category written {name!r}", sent, ("OUT-103", full, "offence_category"))
    hidden = COUNTS.with_cell(full, "force", f"Hampshire{ZERO_WIDTH} & IOW")
    yield hostile(OUTCOMES, "a force with a zero-width space", hidden, place, ("RET-012", full, "force"))
    yield hostile(OUTCOMES, "a row is missing", COUNTS.without_row(9), whole("OUT-103"))
    last = COUNTS.last_line + 1
    places = (*of_lines("OUT-103", (9, last)), *whole("OUT-103"))
    yield hostile(OUTCOMES, "a row twice", COUNTS.with_rows(COUNTS.rows[7]), places)
    apart = COUNTS.rows[full - 2]
    doubled = COUNTS.with_rows(("WSX", "2016-10", "Hampshire", *apart[3:]))
    places = (*of_lines("OUT-103", (full, last)), *whole("OUT-103"))
    yield hostile(OUTCOMES, "a row twice under two names of its force", doubled, places)
    others = valid_return("WMD").rows[0]
    more = COUNTS.with_rows(("WSX", *others[1:]))
    yield hostile(OUTCOMES, "a row of a force of another Area", more, ("OUT-103", last, "force"), whole("OUT-103"))
    swapped = COUNTS.with_row(2, COUNTS.rows[1]).with_row(3, COUNTS.rows[0])
    yield hostile(
        OUTCOMES,
        "two rows that changed places",
        swapped,
        meant=COUNTS,
        came_from={line: {2: 3, 3: 2}.get(line, line) for line in range(2, last)},
    )
