"""Whatever the XML of a worksheet: the road by patterns and the road by the parser find the same in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from xml.parsers import expat

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from assurance.intake.reader import Refused
from assurance.intake.sheet import MAIN, Sheet, Values

VALUES = Values(("met", " NA ", "a\nb", ""), frozenset({1}), frozenset({2}), datetime(1899, 12, 30))
MANY = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])

TEXTS = (
    "met",
    "",
    " ",
    "a b",
    "&amp;",
    "R&amp;D &lt;",
    "&#65;",
    "&none;",
    "a>b",
    "]]>",
    "a\nb",
    "a\u00a0b",
    "a\u200bb",
    "é中",
    "\ufffe",
    "\uffff",
    "a\x01b",
    "a\rb",
    "a\tb",
    "a\x7f\x85\u2028\ufeffb",
    "\u200b",
)
NUMBERS = ("1", "007", "-1.50", "42555", "42555.25", "1e3", "1E400", "x", "", " 1 ", "1_0", "9")
CONTENTS = (
    *(
        "/>",
        "></c>",
        " />",
        "><v></v></c>",
        "><v/></c>",
        "><f>A1</f><v>2</v></c>",
        "><f>A1</f></c>",
        "><v>1</v><v>2</v></c>",
    ),
    *("><x><v>1</v></x></c>", "><is><t>x</t></is></c>", ">\n<v>1</v>\n</c>"),
    *(' t="inlineStr"/>', ' t="inlineStr"><is/></c>', ' t="inlineStr"><v>1</v></c>'),
    *(' t="inlineStr"><is><r><t>a</t></r></is></c>', ' t="inlineStr"><is><t><![CDATA[</row>]]></t></is></c>'),
    *(' t="b"><v>1</v></c>', ' t="b"><v>2</v></c>', ' t="e"><v>#N/A</v></c>'),
    *(' t="x"><v>1</v></c>', ' t="d"><v>2016-07-04</v></c>'),
)
KINDS = ("", ' t="n"', ' t="s"', ' t="str"')
STYLES = ("", ' s="0"', ' s="1"', ' s="2"', ' s="99"', ' s="x"')
ROWS = (
    *("", "", "", ' spans="1:3"', ' hidden="1"', ' ht="0"', ' ht="15" customHeight="1"', ' hidden="0"'),
    *(' hidden="1" hidden="0"', ' xmlns="x"', ' ht="high"', " s='1'", ' hidden="true" outlineLevel="1"'),
    *(' x14ac:dyDescent="0.25"', ' strange="1"', ' ht="&#48;"'),
)
BETWEEN = (
    "",
    "",
    "",
    "",
    "\n",
    "<!-- -->",
    "<!-- <row r='9'> -->",
    "<?say?>",
    "<row/>",
    '<row r="30"/>',
    "text",
    "</row>",
    "<!--",
    "-->",
)


def contents() -> st.SearchStrategy[str]:
    inline = st.builds(
        ' t="inlineStr"><is><t{}>{}</t></is></c>'.format,
        st.sampled_from(("", ' xml:space="preserve"')),
        st.sampled_from(TEXTS),
    )
    value = st.builds(
        "{}><v>{}</v></c>".format, st.sampled_from(KINDS), st.sampled_from((*NUMBERS, "0", "2", "3", "4"))
    )
    return st.one_of(inline, value, value, st.sampled_from(CONTENTS))


@st.composite
def rows(draw: st.DrawFn, places: bool) -> str:
    """Some rows, mostly as programs write them, with this and that which they do not."""
    odd = st.integers(0, 19).map(lambda one: one == 0)
    xml = []
    line = 0
    for _ in range(draw(st.integers(1, 6))):
        line += 0 if draw(odd) else draw(st.integers(1, 3))
        column = 0
        cells = []
        for _ in range(draw(st.integers(0, 4))):
            column += 0 if draw(odd) else draw(st.integers(1, 2))
            at = f' r="{"ABCDEFGHI"[column]}{line + draw(odd)}"' if places and not draw(odd) else ""
            cells.append(f"<c{at}{draw(st.sampled_from(STYLES[:5] if not draw(odd) else STYLES))}{draw(contents())}")
        attributes = draw(st.sampled_from(ROWS)) if draw(st.booleans()) else ""
        number = f' r="{line}"' if places else ""
        between = draw(st.sampled_from(BETWEEN)) if draw(odd) else ""
        xml.append(f"{between}<row{number}{attributes}>{''.join(cells)}</row>")
    return "".join(xml)


@st.composite
def worksheets(draw: st.DrawFn) -> bytes:
    head = draw(
        st.sampled_from(
            (
                "",
                "<cols><col min='2' max='2' hidden='1'/></cols>",
                "<!-- <sheetData> -->",
                "<sheetFormatPr defaultRowHeight='0'/>",
            )
        )
    )
    tail = draw(
        st.sampled_from(
            ("", "<mergeCells><mergeCell ref='A1:B2'/></mergeCells>", "<row/>", "<!-- </row> -->", "</sheetData>")
        )
    )
    prefix = draw(st.sampled_from(("", ' xmlns:x14ac="y"')))
    namespace = MAIN.strip()
    body = draw(rows(draw(st.integers(0, 9)) > 0))
    return f'<worksheet xmlns="{namespace}"{prefix}>{head}<sheetData>{body}</sheetData>{tail}</worksheet>'.encode()


def pieces(xml: bytes, size: int) -> Iterator[bytes]:
    """The sheet up to its rows, which must come at once for patterns to be used, and then as little at a time."""
    head = xml.find(b"<sheetData>") + len(b"<sheetData>")
    yield xml[:head]
    yield from (xml[at : at + size] for at in range(head, len(xml), size))


def found(xml: bytes, size: int, *, fast: bool) -> object:
    """All that a sheet tells, or how it is refused; what is damaged may be so in several ways."""
    sheet = Sheet(VALUES, 20, 6, Refused("RET-002", "far"), fast)
    try:
        sheet.read(pieces(xml, size))
    except Refused as refused:
        return refused.rule, refused.row
    except (expat.ExpatError, UnicodeDecodeError, ValueError):
        return "RET-001", None
    return sheet.rows, sheet.faults(), list(sheet.records())


@pytest.mark.slow
@MANY
@given(worksheets(), st.sampled_from((7, 100, 1_000_000)))
@example(b"<worksheet/>", 7)
def test_both_roads_find_the_same(xml: bytes, size: int) -> None:
    assert found(xml, size, fast=True) == found(xml, len(xml), fast=False)


def test_most_rows_that_programs_write_take_the_road_by_patterns(monkeypatch) -> None:
    """Or nothing would be compared."""
    taken = []
    monkeypatch.setattr(Sheet, "_take_slowly", lambda sheet, row: taken.append(row))
    sheet = Sheet(VALUES, 20, 6)
    cells = (
        '<c r="A{0}" s="1"><v>42555</v></c><c r="B{0}" t="s"><v>0</v></c>'
        '<c r="C{0}" t="inlineStr"><is><t>x &amp; y</t></is></c>'
        '<c r="D{0}" t="inlineStr"><is><t>1\u00a02\u200b</t></is></c>'
    )
    body = "".join(f'<row r="{line}" spans="1:3">{cells.format(line)}</row>' for line in range(1, 4))
    sheet.read(iter([f'<worksheet xmlns="{MAIN.strip()}"><sheetData>{body}</sheetData></worksheet>'.encode()]))
    assert (taken, sheet.rows) == (
        [],
        [(line, ["2016-07-04", "met", "x & y", "1\u00a02\u200b"]) for line in range(1, 4)],
    )
