"""`make bench` prints one line a measurement; how long anything takes is measured there and asserted nowhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools import bench

NUMBER = r"[0-9,]+(\.[0-9]+)?"


def test_the_cheapest_measurement_gives_a_line_with_times_ratios_and_the_machine(
    capsys: pytest.CaptureFixture[str],
) -> None:
    bench.main(["--only", "check", "--rounds", "1"])
    header, ruler, line, *told = capsys.readouterr().out.splitlines()
    assert [cell.strip() for cell in header.strip("|").split("|")] == list(bench.HEADER)
    assert {len(header)} == {len(ruler), len(line)}
    what, *numbers, floor = (cell.strip() for cell in line.strip("|").split("|"))
    assert (what, floor) == ("check one return, without GX", "csv.reader and one DuckDB statement")
    assert len(numbers) == 6
    assert all(re.fullmatch(NUMBER, number) for number in numbers)
    assert re.search(r"best of 1 interleaved round on [0-9]+ cores .*Python 3\.[0-9.]+, DuckDB [0-9.]+", told[-1])


def test_every_measurement_and_every_floor_is_there_to_be_prepared(tmp_path: Path) -> None:
    known = bench.Bench(tmp_path).prepare
    assert {name for line in bench.LINES for name in (line.measured, line.floor)} == set(known)


def test_the_made_up_history_has_every_area_unit_and_standard_of_each_month_once(tmp_path: Path) -> None:
    described, plan = (made := bench.Bench(tmp_path)).collection, made.plan
    months = [bench.LAST.plus(-1), bench.LAST]
    rows = bench.history(described, plan, iter(months))
    areas = described.areas_owing(bench.LAST)
    units = sum(len(described.units_of(area.code, bench.LAST)) for area in areas)
    assert len(rows["submission"]) == 2 * len(areas)
    assert len(rows["tally"]) == 2 * units * len(described.standards)
    keys = [(row["submission_id"], row["unit"], row["standard"]) for row in rows["tally"]]
    assert len(keys) == len(set(keys))
