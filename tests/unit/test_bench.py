"""`make bench` prints one line a measurement; how long anything takes is measured there and asserted nowhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools.bench import __main__ as program
from tools.bench import airflow_share, data, editions, month, spent, steps

NUMBER = r"[0-9,]+(\.[0-9]+)?"


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_cheapest_measurement_gives_a_line_with_times_ratios_and_the_machine(
    capsys: pytest.CaptureFixture[str],
) -> None:
    program.main(["--only", "check", "--rounds", "1"])
    header, ruler, line, *told = capsys.readouterr().out.splitlines()
    assert cells(header) == list(steps.HEADER)
    assert {len(header)} == {len(ruler), len(line)}
    what, *numbers, floor = cells(line)
    assert (what, floor) == ("check 500 cases, without GX", "reading them in a child")
    assert len(numbers) == 6
    assert all(re.fullmatch(NUMBER, number) for number in numbers)
    assert "steps: best of 1 interleaved round" in told
    assert re.search(r"on [0-9]+ cores .*Python 3\.[0-9.]+, DuckDB [0-9.]+", told[-1])


def test_every_measurement_and_every_floor_is_there_to_be_prepared(tmp_path: Path) -> None:
    known = steps.Bench(data.Data(tmp_path)).prepare
    assert {name for line in steps.LINES for name in (line.measured, line.floor)} == set(known)


def test_a_month_is_told_beside_its_floor_and_without_what_is_measured_apart() -> None:
    found = month.Months(data.Data(Path("nowhere")), [whole := month.MONTHS[2]])
    one = spent.Spent(10, 12, 500)
    found.costs[whole] = month.Costs(one, spent.Spent(2, 2, 250), spent.Spent(4, 4, 200), one, one, spent.Spent(3, 5))
    found.importing = (spent.Spent(1, 1, 200), spent.Spent(3, 3, 330))
    found.bytes_an_answer[whole] = 0.9
    told = found.told()
    lines = {row[1]: row[2:] for row in map(cells, told.splitlines()) if len(row) > 2}
    assert lines["both"] == ["12.0", "14.0", "500", "3.00", "3.50"]
    assert lines["without importing Great Expectations"] == ["10.0", "12.0", "370", "2.50", "3.00"]
    assert lines["and without safe reading of workbooks"] == ["", "7.0", "", "", "1.75"]
    assert "takes 5.0 CPU s, 36% of the month" in told


def test_a_program_that_fails_is_not_taken_for_a_quick_one() -> None:
    with pytest.raises(RuntimeError, match="ended with 3"):
        spent.cold(["-c", "raise SystemExit(3)"])


def test_the_memory_of_a_process_is_its_own_and_not_that_of_the_one_that_measures() -> None:
    held = bytearray(300_000_000)
    held[::4096] = b"x" * len(range(0, len(held), 4096))
    assert spent.cold(["-I", "-S", "-c", "pass"]).peak < 100 < len(held) / 1e6


def test_the_corrected_return_is_another_file_with_one_case_less(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(data.SIZES, "S", 3)
    landing = data.Data(tmp_path).landing("S")
    data.correct(landing)
    first, second = sorted((landing / data.COLLECTION / data.AREA).glob("R-*.csv"))
    assert len(second.read_bytes().splitlines()) == len(first.read_bytes().splitlines()) - 1
    assert b"-v01" not in second.read_bytes()


def test_the_made_up_history_has_every_area_unit_and_standard_of_each_month_once(tmp_path: Path) -> None:
    described = data.Data(tmp_path).collection
    months = [data.LAST.plus(-1), data.LAST]
    rows = data.history(described, iter(months), data.CASES)
    areas = described.areas_owing(data.LAST)
    units = sum(len(described.units_of(area.code, data.LAST)) for area in areas)
    assert len(rows["submission"]) == len(rows["sampled"]) == 2 * len(areas)
    assert len(rows["tally"]) == 2 * units * len(described.standards_in(data.LAST))
    keys = [(row["submission_id"], row["unit"], row["standard"]) for row in rows["tally"]]
    assert len(keys) == len(set(keys))
    assert sum(row["met"] + row["not_met"] for row in rows["tally"]) == 2 * data.CASES * len(areas) * len(
        described.standards_in(data.LAST)
    )


def test_the_editions_are_told_beside_their_floors_with_the_memory_of_their_process() -> None:
    times = {name: [0.5, 0.4] for name in ("pages", "workbooks", "letters")}
    times |= {f"{name} bare": [0.25, 0.2] for name in times}
    told = editions.told(
        times, {"begin": [90, 95], "pages": [100, 120], "workbooks": [110, 130], "letters": [150, 180]}
    )
    lines = {row[0]: row[1:] for row in map(cells, told.splitlines()) if len(row) > 2}
    assert lines["figures and 16 pages"][:7] == ["500", "400", "250", "200", "2.00", "10", "120"]
    assert lines["15 letters"][5:7] == ["60", "180"]
    assert "pages: 0.50 s of 1 s, 120 MB of 150 MB" in told


def test_the_editions_are_measured_in_a_process_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editions, "BEHIND", 1)
    told = editions.measured(data.Data(tmp_path), rounds=1)
    for line in editions.LINES:
        (row,) = (cells(row) for row in told.splitlines() if line.what in row)
        assert all(re.fullmatch(NUMBER, number) for number in row[1:8])


def test_the_share_of_airflow_is_the_dags_without_what_their_tasks_do() -> None:
    dags = {"receive_returns": spent.Spent(8, 7), "measure_month": spent.Spent(2, 2)}
    tasks = {"receive_returns": 48, "measure_month": 2}
    told = airflow_share.InProcess(dags, tasks, spent.Spent(7.5, 7), spent.Spent(1.5, 1)).told()
    lines = {row[0]: row[1:] for row in map(cells, told.splitlines()) if len(row) > 2}
    assert lines["together"] == ["50", "10.0", "9.0", "0.200"]
    assert lines["Airflow's share"] == ["50", "2.5", "2.0", "0.050"]
    assert lines["Airflow's share over an empty DAG"] == ["50", "1.0", "1.0", "0.020"]
    assert lines["an empty DAG of as many tasks"] == ["50", "1.5", "1.0", "0.030"]
    assert "goal over an empty DAG: 4.0 s" in told


def test_a_stack_is_told_by_its_components_and_how_long_the_month_took() -> None:
    seen = airflow_share.UnderAScheduler(
        20.4, 31.2, {"scheduler": 12, "triggerer": 3}, {"scheduler": 400, "triggerer": 250}
    )
    told = seen.told()
    assert [cells(line) for line in told.splitlines()[2:5]] == [
        ["scheduler", "12.0", "400"],
        ["triggerer", "3.0", "250"],
        ["together", "15.0", "650"],
    ]
    assert "release built: 20 s; to the mails sent: 31 s" in told


def test_the_memory_and_processor_time_of_a_component_are_those_of_its_children_too() -> None:
    child = subprocess.Popen([sys.executable, "-c", "held = b'x' * 200_000_000; input()"], stdin=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 60
        while airflow_share.megabytes(child.pid) < 200 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert airflow_share.megabytes(child.pid) > 200
        assert airflow_share.megabytes(os.getpid()) > airflow_share.megabytes(child.pid)
        assert airflow_share.processor_seconds(os.getpid()) >= airflow_share.processor_seconds(child.pid) > 0
    finally:
        child.communicate(b"\n")
