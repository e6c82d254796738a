"""A number leads to its bytes, and what was changed by hand is found: one return and one release, in short."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from assurance.cli import app
from assurance.errors import FigureError, UnforeseenError
from assurance.reporting.explaining import FORMULAS
from assurance.reporting.figure_id import MEASURES, FigureId
from assurance.settings import REPOSITORY
from assurance.steps import Steps
from tests.rules.cases import BCM_PERIOD
from tests.tampering import NOT_COVERED, changed, deletions, tampered

pytestmark = pytest.mark.xdist_group("trace in short")
RELEASE = "bcm/2026-10/1"
RATE = f"{RELEASE}/3m/WSX/C02/rate"
RETURN = "R-WSX-202610-v01"
TABLES = (
    "submission",
    "delivery",
    "tally",
    "declared",
    "sampled",
    "scope",
    "release",
    "release_input",
    "outbox",
    "audit",
)


def test_every_measure_has_a_formula() -> None:
    assert set(FORMULAS) == set(MEASURES)


def test_nothing_is_found_where_nothing_was_changed(small: Steps) -> None:
    found = small.verify()
    assert (found.faults, found.notes) == ((), ())
    assert all(found.looked_at[what] for what in ("kept files", "archived files", "files of releases", "index pages"))


@pytest.mark.parametrize("table", TABLES)
def test_a_row_that_is_gone_is_found(small: Steps, table: str) -> None:
    with small.warehouse.reading() as connection:
        one = next(deletions(connection, table))
    found = tampered(small, one.sql, one.values)
    assert any(("audit trail" if table == "audit" else table) in fault.place for fault in found), one.name


def test_changed_files_are_named(small: Steps) -> None:
    page, rows = small.settings.releases / RELEASE / "national.html", next(small.settings.archive.rglob("*.parquet"))
    kept = next(path for path in small.settings.kept.rglob("*") if path.is_file())
    with changed(page, b"another"), changed(rows, b"another"), changed(kept, b"another"):
        told = {Path(fault.place).name: fault.what for fault in small.verify().faults}
    assert told["national.html"] == "was changed"
    assert told[rows.name].startswith("was changed")
    assert told[kept.name].startswith("was changed")


def test_a_number_is_counted_anew_from_the_bytes_received(small: Steps) -> None:
    told = small.explain(RATE, rows=True, recount=True)
    assert (told.value, told.counted_again, told.numbers) == (repr(19 / 20), repr(19 / 20), "19 ÷ 20")
    assert (told.recounted, told.faults) == (1, ())
    (source,) = told.sources
    assert source.rows == {"C02": {"met": list(range(3, 22)), "partly": [2]}}


VALUE = "a value of a case"


def choking(*_: Any, **__: Any) -> Any:
    """Fail as a library does that quotes what it could not take."""
    raise KeyError(VALUE)


@pytest.mark.parametrize(
    ("what_reads", "step"),
    [
        ("assurance.steps.building.unmet_rows", lambda steps: steps.build("bcm", BCM_PERIOD)),
        ("assurance.steps.tracing.rows_of", lambda steps: steps.explain(RATE, rows=True)),
        ("assurance.trace.recount.examine", lambda steps: steps.explain(RATE, recount=True)),
        ("assurance.trace.recount.examine", lambda steps: steps.verify_release(RELEASE)),
        ("assurance.steps.answering.differences", lambda steps: steps.differences(RETURN, RETURN)),
    ],
    ids=["build", "explain the rows", "explain and recount", "verify a release", "differences"],
)
def test_a_step_that_reads_a_return_again_quotes_nothing_of_it_when_it_fails_as_nobody_thought(
    small: Steps, monkeypatch: pytest.MonkeyPatch, what_reads: str, step: Callable[[Steps], object]
) -> None:
    monkeypatch.setattr(what_reads, choking)
    with pytest.raises(UnforeseenError, match="KeyError; what it says may hold") as told:
        step(small)
    way = "".join(traceback.format_exception(told.value))
    assert VALUE not in way
    assert "in choking" in way


def test_the_command_prints_where_a_number_comes_from(small: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assurance.cli.asking.steps", lambda: small)
    done = CliRunner().invoke(app, ["explain", RATE])
    assert done.exit_code == 0
    assert done.stdout.startswith(f"{RATE}: {19 / 20}\n")
    assert "R-WSX-202610-v01.csv" in done.stdout
    assert "rows of" not in done.stdout


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("bcm/2026-10/1/3m/WSX/C06", "'bcm/2026-10/1/3m/WSX/C06' has 6"),
        (f"bcm/2026-10/{'9' * 5000}/3m/WSX/C06/rate", "this has 5028 characters"),
        ("bcm/2026-13/1/3m/WSX/C06/rate", "the second part of the id, its period"),
        ("bcm/2026-10/two/3m/WSX/C06/rate", "the third part of the id, the number"),
        ("bcm/2026-10/1/2m/WSX/C06/rate", "the fourth part of the id, the window, is '2m'; there are: 1m, 3m"),
        ("bcm/2026-10/1/3m/WSX/C06/speed", "the last part of the id, the measure, is 'speed'; there are: met,"),
        ("tea/2026-10/1/3m/WSX/C06/rate", "the first part of the id, the collection, is 'tea'; there are: bcm"),
        ("bcm/2026-08/1/3m/WSX/C06/rate", "bcm has no release of 2026-08"),
        ("bcm/2026-10/7/3m/WSX/C06/rate", "there is no release 7 of 2026-10; there are: 1"),
        ("bcm/2026-10/1/3m/XXX/C06/rate", "the fifth part of the id, the area, is 'XXX'"),
        ("bcm/2026-10/1/3m/WSX/C99/rate", "the sixth part of the id, the standard, is 'C99'"),
    ],
)
def test_a_wrong_id_is_told_which_part_of_it_is_wrong_and_what_there_is(small: Steps, name: str, said: str) -> None:
    with pytest.raises(FigureError, match=re.escape(said)):
        small.explain(name)


def test_an_id_reads_back_as_it_was_written() -> None:
    assert str(FigureId.parse(RATE)) == RATE


def test_what_is_not_covered_is_said() -> None:
    told = (REPOSITORY / "docs" / "trace.md").read_text(encoding="utf-8")
    assert all(f"`{table}.{column}`" in told for table, column in NOT_COVERED)
