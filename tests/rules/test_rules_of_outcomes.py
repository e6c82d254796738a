"""What is told of returns of `outcomes`, beside the rules one by one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assurance.model import Outcome, Period
from tests.rules.builders import PERIOD, RECEIVED, collection, examined, places, valid_return


@pytest.mark.parametrize("area", [area.code for area in collection().areas_owing(PERIOD)])
def test_a_valid_return_of_any_area_is_accepted(area: str) -> None:
    seen = examined(valid_return(area))
    assert (places(seen), seen.checked.submission.outcome) == ([], Outcome.ACCEPTED)


def test_a_name_that_cannot_be_returned_is_told_as_such_and_not_as_a_wrong_cell() -> None:
    (found,) = examined(valid_return(period=Period(2016, 12)), received=RECEIVED).checked.findings
    assert "2016-12 has not begun" in found.message
    assert "R-<AREA>-<YYYYMM>-v<nn>" in found.fix


def test_a_header_that_is_a_row_of_values_is_told_by_its_places_only() -> None:
    row = ("Zebra",) * 7
    found = examined(replace(valid_return(), header=row).with_cell(2, "Zebra", "a\x01b")).checked.findings
    assert {f.rule for f in found} == {"RET-003"}
    assert "Zebra" not in str(found)


@pytest.mark.parametrize("column", collection().columns, ids=lambda column: column.name)
def test_no_cell_may_be_empty_but_those_of_the_category_apart(column) -> None:
    """An empty cell is null, and a null passes most rules: each column needs one that it does not pass."""
    good = valid_return()
    full = next(line for line in range(3, 14) if good.cell(line, "convictions_pct") not in ("-", "0.0%"))
    found = places(examined(good.with_cell(full, column.name, "")))
    assert [place[1:] for place in found] == [(full, column.name)]
    apart = good.line_of(offence_category="Admin Finalised")
    may_be_empty = column.name in ("convictions", "convictions_pct", "unsuccessful")
    assert (places(examined(good.with_cell(apart, column.name, ""))) == []) is may_be_empty


def test_a_count_that_cannot_be_read_is_told_once_and_its_percentage_is_not_judged() -> None:
    good = valid_return()
    full = next(line for line in range(3, 14) if good.cell(line, "convictions_pct") not in ("-", "0.0%"))
    spoilt = good.with_cell(full, "convictions", "many").with_cell(full, "convictions_pct", "")
    assert places(examined(spoilt)) == [("OUT-101", full, "convictions")]
