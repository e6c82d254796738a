"""What the reader makes of good, odd, wrong and hostile files: cells as they stand, or a refusal that says where."""

from __future__ import annotations

import csv
import gzip
import io
import json
import resource
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from assurance.catalogue import Limits
from assurance.intake import reader
from assurance.intake.reading import READER, Problem, Reading, read_text

LIMITS = Limits(bytes=4_000, rows=50, columns=5)
HEADER = "code,answer,note\n"
ALLOWED = {"bytes": 1_000_000, "rows": 10_000, "columns": 5}
"""The same for the reader itself, and more of it."""
UNREADABLE = Problem("RET-002", detail="it could not be read within the limits of time and memory")
SECRET = "Zebra"


@pytest.fixture
def read(tmp_path: Path):
    def reading(content: bytes | str, limits: Limits = LIMITS, **options: Any) -> Reading:
        path = tmp_path / "received"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_text(path, limits, **{"seconds": 20, "megabytes": 300, **options})

    return reading


def told(reading: Reading) -> list[tuple[str, int | None, str | None]]:
    return [(problem.rule, problem.row, problem.column) for problem in reading.problems]


def cells(reading: Reading) -> list[tuple[int, tuple[str, ...]]]:
    """Every row of the table: its line, and its cells with nothing for null."""
    assert reading.table is not None
    assert reading.table.column_names == ["row_no", *(reading.header or ())]
    columns = [column.to_pylist() for column in reading.table.columns]
    assert not any("" in column for column in columns)
    return [(line, tuple(cell or "" for cell in cells)) for line, *cells in zip(*columns, strict=True)]


def lines(reading: Reading) -> list[int]:
    return [line for line, _ in cells(reading)]


def assert_refused(reading: Reading, rule: str, detail: str, row: int | None = None) -> None:
    assert (reading.header, reading.rows, reading.table, reading.reason) == (None, 0, None, None)
    (problem,) = reading.problems
    assert (problem.rule, problem.row, problem.column) == (rule, row, None)
    assert detail in problem.detail


# Encodings


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_cells_come_as_they_stand_from_every_encoding_that_is_agreed(read, encoding: str) -> None:
    reading = read(f'{HEADER}001,NA,"née, Ñandú"\n'.encode(encoding))
    assert reading == Reading(("code", "answer", "note"), 1, reading.table, (), 1)
    assert cells(reading) == [(2, ("001", "NA", "née, Ñandú"))]


def test_utf16_big_endian_with_its_mark_is_read(read) -> None:
    assert cells(read(b"\xfe\xff" + f"{HEADER}1,é,\n".encode("utf-16-be"))) == [(2, ("1", "é", ""))]


def test_a_windows_encoding_is_refused_with_the_place_of_the_byte(read) -> None:
    content = f"{HEADER}1,caf".encode()
    assert_refused(read(content + b"\xe9,\n"), "RET-001", f"byte {len(content) + 1} is not UTF-8")


def test_utf16_that_breaks_off_is_refused(read) -> None:
    assert_refused(read(HEADER.encode("utf-16")[:-1]), "RET-001", "is not UTF-16")


def test_utf16_without_its_mark_is_refused(read) -> None:
    assert_refused(read(HEADER.encode("utf-16-le")), "RET-001", "NUL")


def test_nul_characters_are_refused(read) -> None:
    assert_refused(read(f"{HEADER}1,\0,\n"), "RET-001", "NUL")


# Other kinds of file


def zipped() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b"", "it is empty"),
        (b"\n\n  \n,,\n", "it is empty"),
        (b"\xef\xbb\xbf", "it is empty"),
        (zipped(), "it is a workbook or another ZIP archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "it is an old or password-protected workbook"),
        (gzip.compress(HEADER.encode()), "it is compressed"),
        (b"%PDF-1.7\n", "it is a PDF"),
        (b"PAR1", "it is a Parquet file"),
        (b"SQLite format 3\0", "it is a database"),
        (b'{"code": 1}', "it is JSON"),
        (b"<!doctype html><table>", "it is HTML or XML"),
    ],
    ids=["nothing", "blank", "mark only", "zip", "xls", "gzip", "pdf", "parquet", "sqlite", "json", "html"],
)
def test_what_is_no_table_is_refused_by_what_it_is(read, content: bytes, detail: str) -> None:
    assert_refused(read(content), "RET-001", detail)


# Lines and rows


def test_a_header_alone_is_a_table_without_rows(read) -> None:
    reading = read(HEADER)
    assert reading == Reading(("code", "answer", "note"), 0, reading.table, (), 1)
    assert cells(reading) == []


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_gives_the_same_lines(read, end: str) -> None:
    assert cells(read(f"{HEADER}1,Y,\n2,N,\n".replace("\n", end))) == [(2, ("1", "Y", "")), (3, ("2", "N", ""))]


def test_mixed_line_ends_and_a_last_line_without_one_are_read(read) -> None:
    reading = read("code,answer,note\r\n1,Y,\n2,N,\r3,Y,")
    assert cells(reading) == [(2, ("1", "Y", "")), (3, ("2", "N", "")), (4, ("3", "Y", ""))]


def test_blank_rows_at_the_end_and_in_the_middle_are_left_out_and_told(read) -> None:
    reading = read(f"{HEADER}1,Y,\n\n,,\n2,N,\n  ,,\n\n")
    assert cells(reading) == [(2, ("1", "Y", "")), (5, ("2", "N", ""))]
    assert reading.problems == (Problem("RET-014", detail="4 of them"),)


def test_blank_rows_before_the_header_move_its_line(read) -> None:
    reading = read(f"\n,,\n{HEADER}1,Y,\n")
    assert (reading.header_line, cells(reading)) == (3, [(4, ("1", "Y", ""))])


def test_line_breaks_within_quotes_keep_the_lines_of_the_rows_after_them(read) -> None:
    reading = read(f'{HEADER}1,Y,"a\nb\r\nc"\n2,N,\n')
    assert cells(reading) == [(2, ("1", "Y", "a\ufffdb\ufffd\ufffdc")), (5, ("2", "N", ""))]
    assert told(reading) == [("RET-012", 2, "note")]


def test_a_quote_that_is_never_closed_is_refused_at_the_line_where_it_opens(read) -> None:
    assert_refused(read(f'{HEADER}1,Y,\n2,"N,\n3,Y,\n4,N,\n'), "RET-004", "a quote is not closed", row=3)


def test_a_quote_in_the_wrong_place_is_refused_at_its_line(read) -> None:
    assert_refused(read(f'{HEADER}1,Y,\n2,"N"o,\n'), "RET-004", "stands in the wrong place", row=3)


def test_rows_of_another_width_are_named_by_line_and_the_others_stay(read) -> None:
    reading = read(f"{HEADER}1,Y\n2,N,\n3,Y,,\n")
    assert [(p.rule, p.row, p.detail) for p in reading.problems] == [
        ("RET-004", 2, "2 values where the header has 3"),
        ("RET-004", 4, "4 values where the header has 3"),
    ]
    assert (reading.rows, cells(reading)) == (3, [(3, ("2", "N", ""))])


def test_spaces_around_a_cell_do_not_count_but_other_white_space_is_told(read) -> None:
    reading = read(f"{HEADER} 1 ,Y , \n2,N\t,\n")
    assert cells(reading) == [(2, ("1", "Y", "")), (3, ("2", "N\ufffd", ""))]
    assert told(reading) == [("RET-012", 3, "answer")]


# Text stays text


@pytest.mark.parametrize(
    "value",
    [
        "NA",
        "N/A",
        "#N/A",
        "null",
        "NULL",
        "nan",
        "-nan",
        "None",
        "00123",
        "1.0",
        "1E5",
        "TRUE",
        "2016-07-04",
        "\\",
        "'",
        "1|2",
    ],
)
def test_a_value_that_looks_like_something_else_comes_as_it_stands(read, value: str) -> None:
    assert cells(read(f"{HEADER}{value},,{value}\n")) == [(2, (value, "", value))]


def test_quotes_within_a_cell_are_only_characters(read) -> None:
    assert cells(read(f'{HEADER}"""a"", ""b",\\"c\\",\n')) == [(2, ('"a", "b', '\\"c\\"', ""))]


def test_a_row_with_one_filled_cell_is_a_row(read) -> None:
    assert cells(read(f"{HEADER},,x\n,x,\n")) == [(2, ("", "", "x")), (3, ("", "x", ""))]


def test_a_single_column_is_a_table(read) -> None:
    reading = read("code\n001\n\nNA\n")
    assert (reading.rows, cells(reading)) == (2, [(2, ("001",)), (4, ("NA",))])


@pytest.mark.parametrize("row", ["code,answer,note", "#,#,#", "-,0,0", "\ufffd,1,2"])
def test_no_first_row_is_taken_for_anything_but_a_row(read, row: str) -> None:
    assert cells(read(f"{HEADER}{row}\n")) == [(2, tuple(row.split(",")))]


def test_a_row_far_wider_than_a_block_of_the_parser_is_read(read) -> None:
    wide = Limits(bytes=10_000_000, rows=50, columns=100)
    header = ",".join(f"c{number}" for number in range(100))
    row = ",".join(["é" * 32_000] * 100)
    assert cells(read(f"{header}\n{row}\n", wide)) == [(2, ("é" * 32_000,) * 100)]


@pytest.mark.parametrize("header", ["a,b,a", "a,,b", "a,b,", "row_no,a,b"])
def test_a_header_whose_names_are_not_unique_gives_no_table_but_its_rows_are_counted(read, header: str) -> None:
    reading = read(f"{header}\n1,2,3\n")
    assert (reading.header, reading.rows, reading.table) == (tuple(header.split(",")), 1, None)


def test_a_strange_header_keeps_the_table_whole(read) -> None:
    reading = read('"a\nb","c\x1fd","e,f"\n1,2,3\n')
    assert reading.header == ("a\nb", "c\x1fd", "e,f")
    assert cells(reading) == [(3, ("1", "2", "3"))]


def test_separators_within_cells_cannot_make_new_cells_or_rows(read) -> None:
    reading = read(f'{HEADER}1,"a\x1fb\n9\x1fc\r",\n')
    assert cells(reading) == [(2, ("1", "a\ufffdb\ufffd9\ufffdc\ufffd", ""))]


# What the collection takes


def test_text_is_refused_where_only_workbooks_are_taken(read) -> None:
    assert_refused(read(f"{HEADER}1,Y,\n", formats=("xlsx",)), "RET-001", "it is not a workbook")
    assert_refused(read("", formats=("xlsx",)), "RET-001", "it is empty")


# Limits


def test_as_much_as_is_allowed_is_read(read) -> None:
    row = "1,Y,\n"
    content = HEADER + row * LIMITS.rows
    content += "\n" * (LIMITS.bytes - len(content))
    reading = read(content)
    assert (reading.rows, len(lines(reading))) == (LIMITS.rows, LIMITS.rows)


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        ("," * (LIMITS.bytes + 1), "more than 4,000 bytes"),
        (HEADER + "1,Y,\n" * (LIMITS.rows + 1), "more than 50 rows"),
        ("a,b,c,d,e,f\n", "more than 5 columns"),
    ],
    ids=["bytes", "rows", "columns"],
)
def test_more_than_a_limit_is_refused_by_the_limit(read, content: str, detail: str) -> None:
    assert_refused(read(content), "RET-002", detail)


def test_a_cell_longer_than_any_spreadsheet_has_is_refused_at_its_line(read) -> None:
    wide = LIMITS.model_copy(update={"bytes": 100_000})
    assert cells(read(f"{HEADER}1,Y,{'a' * 32_767}\n", wide))[0][1][2] == "a" * 32_767
    assert_refused(read(f"{HEADER}0,Y,\n1,Y,{'a' * 32_768}\n", wide), "RET-004", "a value is too long", row=3)


def test_problems_beyond_a_thousand_are_not_named_and_refuse_the_file(read) -> None:
    wide = LIMITS.model_copy(update={"bytes": 100_000, "rows": 2_000})
    reading = read(HEADER + "1,Y\n" * 1_500, wide)
    assert (reading.header, reading.rows, reading.table) == (("code", "answer", "note"), 1_500, None)
    assert [p.rule for p in reading.problems] == ["RET-004"] * 1_001
    assert (reading.problems[-1].row, reading.problems[-1].detail[:24]) == (1_001, "there are 1,000 problems")


def test_of_many_rows_with_what_nobody_can_see_each_is_told_once_and_the_others_count(read) -> None:
    wide = LIMITS.model_copy(update={"bytes": 200_000, "rows": 20_000})
    reading = read(HEADER + "\x01,\x01,\n" * 1_300 + "1,Y,\n" * 10_000 + "1,\x01,\n", wide)
    assert (reading.rows, len(lines(reading))) == (11_301, 11_301)
    assert {p.row for p in reading.problems if p.rule == "RET-012"} == {*range(2, 1_302), 11_302}
    assert len(reading.problems) == 1_000 + 800 + 1


def test_more_such_rows_than_any_file_can_have_and_count_refuse_it(read) -> None:
    wide = LIMITS.model_copy(update={"bytes": 100_000, "rows": 2_000})
    reading = read(HEADER + "1,\x01,\n" * 1_500 + "1,Y\n", wide)
    assert (reading.rows, reading.table) == (1_501, None)
    assert [p.rule for p in reading.problems] == ["RET-012"] * 1_101 + ["RET-009"]
    assert reading.problems[-1].detail == "more than 100 rows"


def test_a_row_of_another_width_beyond_a_thousand_problems_is_the_last_that_is_told(read) -> None:
    wide = LIMITS.model_copy(update={"bytes": 100_000, "rows": 20_000})
    reading = read(HEADER + "1,\x01,\n" * 1_200 + "1,Y\n" * 5, wide)
    assert [p.rule for p in reading.problems] == ["RET-012"] * 1_200 + ["RET-004"]
    assert (reading.rows, reading.table) == (1_205, None)


def test_a_row_of_another_width_among_fewer_problems_leaves_the_others_their_cells(read) -> None:
    wide = LIMITS.model_copy(update={"bytes": 100_000, "rows": 2_000})
    reading = read(HEADER + "1,\x01,\n" * 998 + "1,Y\n" + "1,Y,\n" * 500, wide)
    assert (reading.rows, len(lines(reading)), len(reading.problems)) == (1_499, 1_498, 999)


@pytest.mark.parametrize("row", ["1,\u200b,", "1,Y", '"1",Y', "\x01,\x02,\x03"])
def test_of_a_file_with_too_many_problems_no_cell_is_handed_on(row: str) -> None:
    answer, body = reader.read_csv((HEADER + f"{row}\n" * 5_000).encode(), ALLOWED)
    assert (answer["rows"], body) == (5_000, [])


def test_all_lines_that_are_odd_are_taken_by_one_reader_of_csv(monkeypatch: pytest.MonkeyPatch) -> None:
    """To make one for each of them takes most of the time that a file may."""
    made: list[object] = []
    real = csv.reader
    monkeypatch.setattr(reader.csv, "reader", lambda *given, **options: made.append(given) or real(*given, **options))
    answer, _ = reader.read_csv((HEADER + '""\n1,Y,\n"1","Y\n",\n' * 1_000).encode(), ALLOWED)
    assert (answer["rows"], len(made)) == (2_000, 1)


def test_a_line_of_commas_however_long_is_not_parted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty million empty cells take more memory than a file may."""
    monkeypatch.setattr(reader.csv, "reader", lambda *given, **options: map(pytest.fail, ["it is parted"]))
    answer, _ = reader.read_csv((HEADER + "," * 100_000).encode(), ALLOWED)
    assert [told["rule"] for told in answer["problems"]] == ["RET-014"]


# Characters nobody can see

HIDDEN = {
    "tab": "\t",
    "bell": "\x07",
    "delete": "\x7f",
    "next line": "\x85",
    "soft hyphen": "\u00ad",
    "zero-width space": "\u200b",
    "zero-width joiner": "\u200d",
    "left-to-right mark": "\u200e",
    "right-to-left mark": "\u200f",
    "Arabic letter mark": "\u061c",
    "line separator": "\u2028",
    "right-to-left override": "\u202e",
    "word joiner": "\u2060",
    "first strong isolate": "\u2068",
    "byte order mark": "\ufeff",
}


def test_hidden_characters_are_named_by_line_and_column(read) -> None:
    rows = "".join(f"1,N{character}A,\n" for character in HIDDEN.values())
    named = dict(zip(HIDDEN, range(2, 2 + len(HIDDEN)), strict=True))
    reading = read(HEADER + rows)
    assert told(reading) == [("RET-012", line, "answer") for line in named.values()]
    assert cells(reading) == [(line, ("1", "N\ufffdA", "")) for line in named.values()]


def test_nothing_that_is_hidden_counts_as_printable() -> None:
    """The reader looks for hidden characters only in records that are not printable."""
    assert not any(character.isprintable() for character in reader.HIDDEN)


def test_visible_letters_of_any_script_are_no_hidden_characters(read) -> None:
    reading = read(f"{HEADER}é,Łódź 北京,العربية 👩 £ – ’\n3,no\u00a0break,\ufffd\n")
    assert cells(reading) == [(2, ("é", "Łódź 北京", "العربية 👩 £ – ’")), (3, ("3", "no\u00a0break", "\ufffd"))]
    assert reading.problems == ()


# A child that comes to harm


def answering(body: str) -> str:
    """A child with one column that gives `body` as its table."""
    answer = '{"header": ["a"], "header_line": 1, "rows": 1, "longest": 9, "problems": []}\\n'
    return f"import sys; sys.stdout.buffer.write(b'{answer}{body}')"


def test_a_child_that_eats_memory_is_refused_and_nothing_else_is_harmed(read) -> None:
    big = Limits(bytes=30_000_000, rows=1_000_000, columns=5)
    before = resource.getrlimit(resource.RLIMIT_AS)
    (problem,) = read(HEADER + f"1,Y,{'x' * 100}\n" * 280_000, big, megabytes=50).problems
    assert problem.rule == "RET-002"
    assert problem.detail in ("too large to read", UNREADABLE.detail)
    assert resource.getrlimit(resource.RLIMIT_AS) == before
    assert read(HEADER).header == ("code", "answer", "note")


@pytest.mark.parametrize(
    ("harm", "seconds"),
    [
        pytest.param("import os; os.abort()", 20, id="dies"),
        pytest.param("import sys; sys.exit(3)", 20, id="gives up"),
        pytest.param("print('half an answ')", 20, id="answers nonsense"),
        pytest.param("print('{}')", 20, id="answers something else"),
        pytest.param(answering("x\\x1fY"), 20, id="gives a row no number"),
        pytest.param(answering("2\\x1fY\\x1fN"), 20, id="gives a row too many cells"),
        pytest.param(answering("2\\x1f\\xff"), 20, id="gives a row in another encoding"),
        pytest.param("pass", 20, id="answers nothing"),
        pytest.param("while True: pass", 0, id="hangs"),
        pytest.param("import os\nos.close(1)\nwhile True: pass", 0, id="hangs with nothing more to say"),
        pytest.param("while True: print('x' * 1_000_000)", 20, id="answers without end"),
    ],
)
def test_a_child_that_comes_to_harm_is_a_refused_file(
    read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: str, seconds: int
) -> None:
    script = tmp_path / "reader.py"
    script.write_text(harm)
    monkeypatch.setattr("assurance.intake.reading.READER", script)
    monkeypatch.setattr("assurance.intake.reading.GRACE_SECONDS", 0.2)
    assert read(HEADER, seconds=seconds) == Reading(None, 0, None, (UNREADABLE,))


def ended_within_a_second(does: str) -> int:
    """How a reader ended that has a second and does this."""
    script = f"import runpy; runpy.run_path({str(READER)!r})['limit'](1, 300)\n{does}"
    return subprocess.run([sys.executable, "-I", "-S", "-c", script], capture_output=True, timeout=60).returncode


def test_the_reader_ends_itself_when_its_time_is_over() -> None:
    """Its own limit holds even if nobody waits for it."""
    assert ended_within_a_second("while True: pass") < 0
    assert ended_within_a_second("import time; time.sleep(60)") < 0


def test_what_waits_for_its_turn_on_a_busy_machine_is_not_over_its_time() -> None:
    """A second of the processor is what counts: no sender is told to mend a file because others were read beside it."""
    assert ended_within_a_second("import time; time.sleep(2)") == 0


def test_the_reader_imports_the_standard_library_only() -> None:
    listed = f"import sys, runpy; runpy.run_path({str(READER)!r}); print([m for m in sys.modules if 'site' in m])"
    ended = subprocess.run([sys.executable, "-I", "-S", "-c", listed], capture_output=True, check=True, text=True)
    assert ended.stdout.strip() == "[]"


# Nothing of the file in what is told


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADER}1,{SECRET}\n".encode(),
        f'{HEADER}1,"{SECRET}\n'.encode(),
        f'{HEADER}1,"{SECRET}"x,\n'.encode(),
        f"{HEADER}1,{SECRET}\u200b,{SECRET}\n\n".encode(),
        f"{HEADER}{SECRET},é,\n".encode("cp1252"),
        f"{HEADER}{SECRET},\0,\n".encode(),
        f"{HEADER}".encode() + f"{SECRET},Y,\n".encode() * 60,
        f"{SECRET},{SECRET},a,b,c,d\n".encode(),
        SECRET.encode() * 1_000,
        json.dumps({SECRET: SECRET}).encode(),
    ],
)
def test_no_detail_of_a_problem_holds_a_value_of_the_file(read, content: bytes) -> None:
    problems = read(content).problems
    assert problems
    assert SECRET not in " ".join(problem.detail for problem in problems)
