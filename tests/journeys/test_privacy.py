"""What a return says of cases stays in it: nothing that an Area wrote is found where others may read it.

Returns full of marks are received, measured and published by the real DAGs, each task in a child with a log of its own
as under a worker; then every byte that was written is read.
"""

from __future__ import annotations

import gc
import json
import logging
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import duckdb
import pytest
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName
from typer.testing import CliRunner

from assurance import cli
from assurance.errors import AssuranceError
from assurance.intake import reading
from assurance.intake.rules import gate  # noqa: F401 - seconds, which each child would take again
from assurance.model import NATION, Outcome
from assurance.settings import Settings
from assurance.steps import Steps, receipts, receiving
from tests.airflow.conftest import HOME as AIRFLOW_HOME
from tests.airflow.workers import run_as_a_worker
from tests.journeys.searching import Mark, everything, leaks_of, seen
from tests.rules.builders import Return, put
from tests.rules.cases import BCM_PERIOD, bcm_return, case, good_cases
from tests.rules.workbooks import as_workbook

pytestmark = pytest.mark.slow

MONTH = f"bcm|{BCM_PERIOD}"
AREAS = ("WSX", "EMD")
URNS = {"WSX": "44ZQ773", "EMD": "33ZQ773"}
DAYS = {"WSX": "1931-05-17", "EMD": "1931-05-18"}
ARRIVED = datetime(2026, 11, 3, 10)
SHARED = "44ZS7730001"
"""A case that both Areas return."""
FILE_WIDE = ("return_id", "area_code", "period")
"""A strange cell in one of these has the whole return rejected."""
REJECTED, QUERIES = {Outcome.REJECTED}, {Outcome.ACCEPTED_WITH_QUERIES}
COUNTS = {Outcome.ACCEPTED, *QUERIES}
"""Whether a return is asked about its cases depends on which Area's is loaded first, and that on nothing."""


def text(kind: str, area: str) -> str:
    return f"ZEBRA-{kind}-{area}"


# What is sent


@dataclass(frozen=True)
class Sent:
    """A return, the kinds of mark in it, and what must become of it."""

    file: Return
    kinds: str
    outcomes: set[Outcome]
    held_back: int = 0


def good(area: str, version: int) -> Return:
    """Cases that count, with a mark in each URN and comment; one of them the other Area returns as well."""
    cases = good_cases(area)
    for number, one in enumerate(cases):
        one |= {"urn": f"{URNS[area]}{number + 1:04d}", "comment": text("COMMENT", area)}
    return bcm_return(*cases, case(99, "ptph", area=area, urn=SHARED), area=area, version=version)


def careless(area: str, version: int, kind: str = "CELL", but: tuple[str, ...] = FILE_WIDE) -> Return:
    """A mark in every column of one row, a strange day in another, and a URN that is asked about."""
    sent = good(area, version)
    for column in sent.header:
        if column not in but:
            sent = sent.with_cell(4, column, text(kind, area))
    return sent.with_cell(6, "charge_date", DAYS[area]).with_cell(8, "urn", "99ZQ7730007")


def with_header(sent: Return) -> Return:
    return sent.with_header(*sent.header[:-1], text("HEADER", sent.area))


def ended(sent: Return, more: bytes) -> Return:
    return replace(sent, raw=sent.content + more)


def marked_book(area: str) -> Callable[[Any], None]:
    """Marks in all of a workbook that is no cell of the table, and answers to what is asked and is not."""

    def edit(book: Any) -> None:
        sheet = book.active
        sheet.title = text("SHEET", area)
        book.properties.creator = book.properties.title = book.properties.keywords = text("PROPERTY", area)
        book.defined_names[f"mark_{area}"] = DefinedName(f"mark_{area}", attr_text=f'"{text("NAME", area)}"')
        sheet["E2"].comment = Comment(text("NOTE", area), text("NOTE", area))
        sheet.oddHeader.center.text = text("PRINTED", area)
        book.create_sheet("declaration").append(["reason", text("DECLARED", area)])
        answers = book.create_sheet("answers")
        answers.append(["rule", "column", "question", "answer"])
        answers.append(["BCM-204", "urn", text("QUESTION", area), text("ANSWER", area)])
        answers.append([text("RULE", area), text("COLUMN", area), text("QUESTION", area), text("ANSWER", area)])
        book.create_sheet("guidance").append([text("GUIDANCE", area)])

    return edit


def with_formula(area: str) -> Callable[[Any], None]:
    def edit(book: Any) -> None:
        book.active.title = text("SHEET", area)
        book.active["G5"] = f'="{text("FORMULA", area)}"&"!"'

    return edit


BOOK = "PROPERTY NAME NOTE PRINTED DECLARED ANSWER QUESTION RULE COLUMN GUIDANCE SHEET"


def returns(area: str) -> list[Sent]:
    """What both Areas send, version by version."""
    return [
        Sent(good(area, 1), "COMMENT", COUNTS),
        Sent(careless(area, 2), "CELL COMMENT", QUERIES, 2),
        Sent(with_header(good(area, 3)), "HEADER", REJECTED),
        Sent(as_workbook(careless(area, 5), marked_book(area)), f"CELL {BOOK}", QUERIES, 2),
    ]


def more_returns(area: str) -> list[Sent]:
    """What one of them sends besides: hopeless files, and some that are hard on us."""
    wide = good(area, 10)
    return [
        Sent(wide.with_row(7, (*wide.rows[5], text("BEYOND", area))), "BEYOND", REJECTED),
        Sent(ended(good(area, 11), f'"{text("QUOTE", area)}'.encode()), "QUOTE", REJECTED),
        Sent(careless(area, 12, "WHOLE", ()), "WHOLE", REJECTED),
        Sent(as_workbook(with_header(good(area, 13)), with_formula(area)), "HEADER FORMULA SHEET", REJECTED),
        Sent(ended(good(area, 14), text("UNDECODED", area).encode() + b"\xff\xfe\xff"), "UNDECODED", REJECTED),
        Sent(ended(good(area, 15), text("CRASH", area).encode()), "CRASH", REJECTED),
        Sent(ended(good(area, 16), text("HANG", area).encode()), "HANG", REJECTED),
        Sent(replace(careless(area, 17, "WIDE"), encoding="utf-16"), "WIDE", QUERIES, 2),
        Sent(good(area, 18).with_cell(5, "comment", text("FAULT", area)), "FAULT", COUNTS),
    ]


def marks(sent: list[Sent]) -> list[Mark]:
    """Every mark of these returns, and who wrote it."""
    found = {(kind, one.file.area) for one in sent for kind in one.kinds.split()}
    found |= {("REASON", area) for area in AREAS}
    of_one = [Mark(kind, text(kind, area), frozenset({area})) for kind, area in sorted(found)]
    of_one += [Mark("URN", URNS[area], frozenset({area})) for area in AREAS]
    of_one += [Mark("DAY", DAYS[area], frozenset({area})) for area in AREAS]
    return [*of_one, Mark("SHARED", SHARED, frozenset(AREAS))]


# How it is received


class Faults:
    """Faults that nobody thought of, each once, with a cell in its words: where checking, loading and sending have cells
    in their hands."""

    PLACES: ClassVar = {"examine": receiving, "history_findings": receiving, "marked_copy": receipts}

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        folder.mkdir()
        for place, module in self.PLACES.items():
            patch.setattr(module, place, self._failing_once(place, getattr(module, place)))

    def met(self) -> set[str]:
        """The places that failed, in whatever process."""
        return {path.name for path in self._folder.iterdir()}

    def _failing_once(self, place: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def fail_once(*given: Any) -> Any:
            if "v18" in repr(given) and not (self._folder / place).exists():
                (self._folder / place).touch()
                try:
                    int(text("FAULT", "WSX"))
                except ValueError as error:
                    raise RuntimeError(f"could not convert {text('FAULT', 'WSX')}") from error
            return real(*given)

        return fail_once


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where all is written, what is put aside for a moment too."""
    home = tmp_path / "home"
    (home / "temporary").mkdir(parents=True)
    monkeypatch.setenv("TMPDIR", str(home / "temporary"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("ASSURANCE_HOME", str(home))
    monkeypatch.setenv("ASSURANCE_ARRIVAL", "file")
    monkeypatch.setenv("ASSURANCE_SIGN_OFF", "journey")
    monkeypatch.setattr(reading, "READER", Path(__file__).with_name("planted_reader.py"))
    return home


@pytest.fixture
def run_as_workers(
    dags: dict[str, Any], run_dag: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Any]]:
    """Run a DAG as `run_dag` does, each task in a child that logs everything to its file, tried again at once."""
    monkeypatch.setenv("AIRFLOW__LOGGING__LOGGING_LEVEL", "DEBUG")
    monkeypatch.setattr("airflow.sdk.definitions.dag._run_task", run_as_a_worker)
    monkeypatch.setattr("airflow.sdk.execution_time.supervisor.MIN_HEARTBEAT_INTERVAL", 0.1)
    for dag in dags.values():
        for task in dag.tasks:
            monkeypatch.setattr(task, "retry_delay", timedelta(0))
    yield run_dag
    gc.collect()  # Airflow's supervisors leave sockets behind, and no other test shall be warned of them


def land(landing: Path, sent: list[Sent]) -> None:
    for one in sent:
        path = one.file.landed(landing, "bcm", ARRIVED)
        reason = json.dumps({"reason": text("REASON", one.file.area)}).encode()
        put(path.with_name(f"{path.name}.json"), reason, ARRIVED)


# What is looked at


def attempts(run: Any) -> Iterator[Path]:
    """Where each task of a run that had something to do has logged what it did, try by try."""
    for ti in run.get_task_instances():
        mapped = "" if ti.map_index < 0 else f"map_index={ti.map_index}/"
        folder = AIRFLOW_HOME / "logs" / f"dag_id={ti.dag_id}/run_id={ti.run_id}/task_id={ti.task_id}/{mapped}"
        yield from (folder / f"attempt={number}.log" for number in range(1, ti.try_number + 1))


def in_airflow(table: str, runs: list[Any]) -> int:
    """How many rows of these runs a table of Airflow has."""
    ids = [run.run_id for run in runs]
    asked = f"select count(*) from {table} where run_id in ({', '.join('?' * len(ids))})"
    with closing(sqlite3.connect(AIRFLOW_HOME / "airflow.db")) as connection:
        return int(connection.execute(asked, ids).fetchone()[0])


def in_warehouse(home: Path, statement: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return connection.sql(statement).fetchall()


@pytest.mark.xdist_group("airflow")
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_nothing_that_an_area_wrote_is_found_where_others_may_read_it(
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    run_as_workers: Callable[..., Any],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    month = Steps(Settings())
    month.migrate()
    landing = month.settings.landing
    sent = [*returns("WSX"), *returns("EMD"), *more_returns("WSX")]
    land(landing, sent)
    faults = Faults(tmp_path / "faults", monkeypatch)
    caplog.set_level(logging.DEBUG)

    runs = [
        run_as_workers("receive_returns", collection="bcm"),
        run_as_workers("close_month", collection="bcm", period=str(BCM_PERIOD)),
        run_as_workers("measure_month", key=MONTH),
        run_as_workers("publish_month", key=f"{MONTH}|1"),
    ]
    said = {"printed/by the DAGs": "".join(capfd.readouterr()), "printed/logged": caplog.text}
    by_hand = Sent(careless("EMD", 6), "CELL", QUERIES, 2)
    land(landing, [by_hand])
    answer = ("answer", sent[-1].file.name, "BCM-204", "--text", text("ANSWER", "WSX"), "--by", "the Area")
    commands = (("receive", "-c", "bcm"), answer, ("status",))
    said |= {f"printed/{command[0]}": commanded(*command) for command in commands}

    # something happened everywhere
    assert faults.met() == set(faults.PLACES)
    failed = [ti.task_id for run in runs for ti in run.get_task_instances() if ti.state not in ("success", "skipped")]
    assert failed == ["one_return.receipt"], "what cannot be written stays owed; all else is tried again"
    logs = [log for run in runs for log in attempts(run)]
    assert len(logs) > 3 * len(sent)
    assert [log for log in logs if not log.is_file() or "DEBUG" not in log.read_text().upper()] == []
    of_faults = [log for log in logs if "UnforeseenError" in log.read_text()]
    assert {log.parent.parent.name for log in of_faults} == {"task_id=one_return.check", "task_id=one_return.load"}
    assert all("RuntimeError; " in log.read_text() for log in of_faults)
    assert in_airflow("xcom", runs) > 2 * len(sent)
    assert in_airflow("rendered_task_instance_fields", runs) > 3 * len(sent)
    assert all(said.values())
    every = [*sent, by_hand]
    rows = in_warehouse(home, "select file_name, outcome, rows_quarantined from submission")
    became = {name: (outcome, held_back) for name, outcome, held_back in rows}
    assert len(rows) == len(every)
    assert {
        one.file.name: became[one.file.name]
        for one in every
        if became[one.file.name] not in {(outcome.value, one.held_back) for outcome in one.outcomes}
    } == {}
    for table in ("finding", "audit", "tally", "outbox", "answer"):
        assert in_warehouse(home, f"from {table}"), table
    for kind in ("json", "html"):
        assert len(list((home / "receipts").glob(f"*.{kind}"))) == len(every)
    assert len(list((home / "mail").glob("receipt-*.eml"))) == len(every)
    assert {path.name.split("-")[1] for path in (home / "mail").glob("release-*.eml")} >= {*AREAS, NATION}
    assert list((home / "releases").rglob("national.html"))
    assert list((home / "mail").glob("release-shareable-*.eml"))
    for name in ("shareable.html", "shareable.csv", "letters/shareable.json"):
        assert list((home / "releases").glob(f"bcm/*/*/{name}")), name

    # and it told nothing
    found = seen(everything(home), marks(every)) + seen(everything(AIRFLOW_HOME, "airflow/"), marks(every))
    found += seen(((place, words.encode()) for place, words in said.items()), marks(every))
    readers = {one.address: one.areas for one in month.catalogue.recipients}
    shown = {f"printed/{command}" for command in ("answer", "status")}
    to_sign_off = [(place, mark) for place in sorted(shown) for mark in marks(every) if mark.kind == "ANSWER"]
    assert leaks_of(home, [one for one in found if one not in to_sign_off], readers) == []

    # though it was there
    tops = {mark: {place.partition("/")[0] for place, at in found if at == mark} for mark in marks(every)}
    assert [str(mark) for mark in tops if "landing" not in tops[mark]] == []
    assert [str(mark) for mark in tops if "kept" not in tops[mark] and mark.kind != "REASON"] == []
    assert {mark.kind for mark in tops if "archive" in tops[mark]} == {"COMMENT", "FAULT", "SHARED", "URN"}
    assert {"CELL", "DAY", "WIDE"} <= {mark.kind for mark in tops if "mail" in tops[mark]}, "what is to be mended"
    assert not [place for place, _ in found if place.endswith(".parquet!rows") and not place.startswith("archive/")]
    assert {place for place, _ in set(to_sign_off) & set(found)} == shown, "those who sign off see the answers"


def commanded(*words: str) -> str:
    """What a command prints, its error and the way to it too."""
    done = CliRunner().invoke(cli.app, words)
    assert done.exception is None or isinstance(done.exception, SystemExit | AssuranceError)
    return f"{done.output}{done.exception}"
