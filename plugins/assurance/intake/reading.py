"""What text stands in a received file? Asks a child process under limits, so that no file can harm the run."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assurance.catalogue import Limits
from assurance.errors import ReaderError
from assurance.intake.reader import CLOCK_TIMES

if TYPE_CHECKING:
    import pyarrow as pa

READER = Path(__file__).with_name("reader.py")
WORKBOOK_READER = Path(__file__).with_name("workbook.py")
GRACE_SECONDS = 5
MOST_TIMES = 10
"""A child's answer is not read beyond so many times the bytes that a file may have."""
BLOCK_BYTES = 1 << 20
"""What is parsed at a time: as much as a processor's cache holds."""
ZIP = b"PK\x03\x04"
ROW_NO = "row_no"
CANNOT_START = 2
"""How the interpreter ends when there is no program to run."""
OURS = ("Broken", "ImportError", "ModuleNotFoundError", "SyntaxError", "NameError", "AttributeError", "TypeError")
"""What only a program can get wrong, whatever the file. Errors of other kinds, memory's above all, can be the file's."""
LAST_WORDS = 4_000


@dataclass(frozen=True)
class Problem:
    """Something a guard found: the rule, where, and a detail that names no value of the file."""

    rule: str
    row: int | None = None
    column: str | None = None
    detail: str = ""


@dataclass(frozen=True)
class Reading:
    """The file as text, and what was wrong with it."""

    header: tuple[str, ...] | None
    """None when the file cannot be read as a table."""
    rows: int
    """The records of the file without those that are wholly blank; 0 without a header."""
    table: pa.Table | None
    """`row_no` (int64, the line or the sheet's row as the sender sees it) and one string column per name of the header,
    in its order; an empty cell is null. Rows of another width than the header's are left out. None without a header,
    when its names are not unique, one of them is empty, or one is `row_no`, and when there are more problems than are
    named."""
    problems: tuple[Problem, ...]
    header_line: int = 1
    reason: str | None = None
    """Why a correction corrects, by the `declaration` sheet of a workbook."""
    nil: bool = False
    """Whether the `declaration` sheet of a workbook says that there is nothing to return."""
    answers: tuple[tuple[str, str | None, str], ...] = ()
    """What the `answers` sheet of a workbook answers: rule, column (None: the whole return) and answer."""


def read_text(
    path: Path, limits: Limits, *, formats: Sequence[str] = ("csv",), seconds: int, megabytes: int
) -> Reading:
    """Read a file as text cells within limits of size, memory and seconds of the processor.

    What it is, its bytes say and not its name: a kind of file that is not among `formats` ("csv", "xlsx") is refused by
    RET-001. A file that ends the child, by a crash, a hang or its size, is refused by RET-002; this process is never
    harmed. Raises ReaderError when the reader itself does not work, so that no sender is told to mend a good file.
    """
    asked = {"path": str(path), "seconds": seconds, "megabytes": megabytes, **limits.model_dump()}
    command = [sys.executable, "-I", *_program(path, formats), json.dumps(asked)]
    try:
        return _reading(_output(command, CLOCK_TIMES * seconds + GRACE_SECONDS, MOST_TIMES * limits.bytes))
    except OSError as error:
        raise _broken(type(error).__name__) from None
    except (subprocess.SubprocessError, ValueError, LookupError, TypeError) as error:
        if isinstance(error, subprocess.CalledProcessError) and (what := _our_failure(error)):
            raise _broken(what) from None
        return _refused(Problem("RET-002", detail="it could not be read within the limits of time and memory"))


def _output(command: Sequence[str], seconds: float, most: int) -> bytes:
    """What a child prints; SubprocessError when it fails, takes longer, or prints more bytes than that."""
    with (
        tempfile.TemporaryFile() as words,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=words) as child,
    ):
        assert child.stdout is not None
        late = threading.Timer(seconds, child.kill)
        late.start()
        try:
            output = child.stdout.read(most + 1)
            if len(output) > most:
                child.kill()
            child.wait()
        finally:
            late.cancel()
        if child.returncode:
            words.seek(-min(LAST_WORDS, words.tell()), io.SEEK_CUR)
            raise subprocess.CalledProcessError(child.returncode, command, stderr=words.read())
    return output


def _our_failure(ended: subprocess.CalledProcessError) -> str:
    """What of ours broke in a child that ended with an error; "" when the file, or what it took, may be the cause."""
    last: str = ended.stderr.decode(errors="replace").strip().rpartition("\n")[2]
    kind, _, where = last.partition(": ")
    kind = kind.rpartition(".")[2]
    if ended.returncode == CANNOT_START:
        return "the program is missing"
    if ended.returncode < 0 or kind not in OURS:
        return ""
    return where if kind == "Broken" else kind  # other messages could hold a value of the file


def _broken(what: str) -> ReaderError:
    return ReaderError(
        f"The reader of received files does not work ({what}); no file was refused. "
        "Install this version again as requirements.lock says, and run the step again."
    )


def _program(path: Path, formats: Sequence[str]) -> list[str]:
    with path.open("rb") as file:
        zipped = file.read(len(ZIP)) == ZIP
    if "xlsx" in formats and (zipped or "csv" not in formats):
        return [str(WORKBOOK_READER)]
    return ["-S", str(READER)]


def _refused(*problems: Problem) -> Reading:
    return Reading(header=None, rows=0, table=None, problems=problems)


def _reading(output: bytes) -> Reading:
    line = output[: output.index(b"\n")]
    body = memoryview(output)[len(line) + 1 :]  # no second copy of what may be a large file
    answer = json.loads(line)
    header = tuple(answer["header"]) if "header" in answer else None
    names = dict(enumerate(header or ()))
    problems = tuple(Problem(p["rule"], p["row"], names.get(p["column"]), p["detail"]) for p in answer["problems"])
    if header is None:
        return _refused(*problems)
    return Reading(
        header=header,
        rows=answer["rows"],
        table=_table(header, body, answer["longest"]),
        problems=problems,
        header_line=answer["header_line"],
        reason=answer.get("reason"),
        nil=answer.get("nil", False),
        answers=tuple((rule, column, given) for rule, column, given in answer.get("answers", ())),
    )


def _table(header: tuple[str, ...], body: memoryview, longest: int | None) -> pa.Table | None:
    import pyarrow as pa  # a tenth of a second, in which the child reads
    from pyarrow import csv

    names = (ROW_NO, *header)
    if longest is None or "" in names or len(set(names)) < len(names):
        return None
    types = {name: pa.int64() if name == ROW_NO else pa.string() for name in names}
    if not body:
        return pa.schema(list(types.items())).empty_table()
    return csv.read_csv(
        pa.BufferReader(body),
        # a record must fit in a block
        csv.ReadOptions(column_names=names, use_threads=False, block_size=max(BLOCK_BYTES, 2 * longest)),
        csv.ParseOptions(delimiter="\x1f", quote_char=False, escape_char=False, newlines_in_values=False),
        csv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=True),
    )
