"""What changed between two versions: rows by their key, in whatever order, by what their cells mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from assurance.catalogue import Collection
from assurance.intake.counting import totals
from assurance.intake.reading import read_text
from assurance.sender.differences import OWN, Differences, RowChange, Version, differences
from tests.rules.builders import PERIOD, Return, collection, examined, nil_return, valid_return
from tests.rules.cases import BCM_PERIOD, bcm, bcm_return, case, good_cases
from tests.rules.workbooks import as_workbook


@pytest.fixture
def compared(tmp_path: Path):
    def version(sent: Return, of: Collection) -> Version:
        path = tmp_path / "kept"
        path.write_bytes(sent.content)
        reading = read_text(path, of.limits, formats=of.formats, seconds=20, megabytes=1500)
        checked = examined(sent, of=of).checked
        return Version(checked.submission, reading.table, checked.findings, totals(checked.counted.tally))

    def compare(before: Return, after: Return, of: Collection | None = None) -> Differences:
        of = of or bcm()
        period = BCM_PERIOD if of.grain == "case" else PERIOD
        return differences(of, version(before, of), version(after, of), period)

    return compare


def lines(changes: Sequence[RowChange]) -> list[tuple[int | None, int | None]]:
    return [(change.before, change.after) for change in changes]


def nothing_changed(found: Differences, rows: int) -> bool:
    lists = (found.withdrawn, found.added, found.changed, found.tally, found.columns_gone, found.columns_added)
    return not any(lists) and found.unchanged == rows


def test_a_case_is_changed_added_or_withdrawn_by_its_key(compared) -> None:
    before = bcm_return()
    after = (
        bcm_return(*good_cases()[:-1], case(99, "ptph"), version=2).with_cell(4, "C02", "PM").with_cell(4, "C01", "N")
    )
    found = compared(before, after)
    (changed,) = found.changed
    assert (changed.before, changed.after) == (4, 4)
    assert [(cell.column, cell.before, cell.after) for cell in changed.cells] == [
        ("C01", "Y", "N"),
        ("C02", "FM", "PM"),
    ]
    assert (lines(found.withdrawn), lines(found.added), found.unchanged) == ([(31, None)], [(None, 31)], 28)
    assert found.key_columns == bcm().case_key
    assert found.added[0].key == ("44AB0000099", "1", "ptph")
    assert found.added[0].about == "", "a case is called nothing"


def test_the_order_of_rows_and_columns_is_no_difference(compared) -> None:
    sent = bcm_return()
    turned = replace(
        bcm_return(version=2),
        header=sent.header[::-1],
        rows=tuple(row[::-1] for row in bcm_return(version=2).rows[::-1]),
    )
    assert nothing_changed(compared(sent, turned), 30)


@pytest.mark.parametrize("edit", [lambda sent: sent, lambda sent: sent.with_cell(5, "urn", "44AB0000004(S)")])
def test_a_workbook_and_a_csv_of_the_same_content_do_not_differ(compared, edit) -> None:
    written = edit(bcm_return()).with_cell(4, "ptph_date", "11/10/2026")
    assert nothing_changed(compared(written, as_workbook(bcm_return(version=2))), 30)


def test_the_same_counts_written_in_another_way_do_not_differ(compared) -> None:
    before = valid_return()
    line = next(line for line in range(2, before.last_line) if "," in before.cell(line, "convictions"))
    after = valid_return(version=2)
    after = after.with_cell(line, "convictions", before.cell(line, "convictions").replace(",", ""))
    assert nothing_changed(compared(before, after, collection()), 39)


def test_rows_that_moved_are_told_by_both_their_lines(compared) -> None:
    cases = good_cases()
    after = bcm_return(*cases[1:], cases[0], version=2).with_cell(31, "C01", "N")
    assert lines(compared(bcm_return(), after).changed) == [(2, 31)]


def test_a_case_that_stands_twice_is_held_against_its_likeness_first(compared) -> None:
    one, other = case(1, "ptph"), case(1, "ptph", C01="N")
    third = case(1, "ptph", C02="PM")
    found = compared(bcm_return(one, other), bcm_return(third, other, one))
    assert (lines(found.added), lines(found.changed), found.unchanged) == ([(None, 2)], [], 2)
    found = compared(bcm_return(one, other), bcm_return(third, other))
    assert (lines(found.changed), found.unchanged) == ([(2, 2)], 1)
    assert lines(compared(bcm_return(one, one), bcm_return(one)).withdrawn) == [(3, None)]


def test_cells_that_mean_nothing_are_compared_as_they_are_written(compared) -> None:
    before = bcm_return().with_cell(4, "ptph_date", "31/02/2026").with_cell(5, "period", "2026-09")
    (first, second) = compared(before, bcm_return(version=2)).changed
    assert [(cell.column, cell.before) for cell in first.cells] == [("ptph_date", "31/02/2026")]
    assert [(cell.column, cell.before, cell.after) for cell in second.cells] == [("period", "2026-09", OWN)]


def test_a_column_that_came_or_went_is_named_and_a_strange_one_is_not(compared) -> None:
    place = bcm_return().header.index("comment")
    fewer = replace(
        bcm_return(),
        header=(*bcm_return().header[:place], "44AB1234567"),
        rows=tuple((*row[:place], "x") for row in bcm_return().rows),
    )
    found = compared(fewer, bcm_return(version=2))
    assert (found.columns_gone, found.columns_added) == ((), ("comment",))


def test_counts_are_told_by_unit_and_standard(compared) -> None:
    before, after = valid_return(), valid_return(version=2)
    line = before.line_of(convictions="21")
    found = compared(
        before, after.with_cell(line, "convictions", "9").with_cell(line, "unsuccessful", "1"), collection()
    )
    (changed,) = found.changed
    unit, standard = before.cell(line, "force"), before.cell(line, "offence_category")
    assert changed.about == f"{unit}, {standard}"
    told = {cell.column: (cell.before, cell.after) for cell in changed.cells}
    assert told["convictions"] == ("21", "9")
    assert {"convictions", "unsuccessful"} <= found.count_columns
    strange = compared(before, after.with_cell(line, "force", "Zebra"), collection())
    assert [change.about for change in strange.added] == [""], "what is no unit of the Area is not repeated"


def test_the_tally_is_told_by_standard_before_and_after(compared) -> None:
    after = bcm_return(version=2).with_cell(4, "C01", "N")
    (change,) = compared(bcm_return(), after).tally
    assert change.standard == bcm().versions["C01"][-1].title
    assert change.before is not None
    assert change.after is not None
    assert (change.before.met, change.after.met, change.after.not_met) == (20, 19, 1)


def test_what_is_rejected_counts_nothing(compared) -> None:
    found = compared(bcm_return().with_cell(4, "area_code", "LON"), bcm_return(version=2))
    assert {change.before for change in found.tally} == {None}
    assert len(found.tally) == 24


def test_findings_that_went_and_came_are_told_and_one_that_moved_is_neither(compared) -> None:
    cases = good_cases()
    before = bcm_return().with_cell(4, "C02", "maybe").with_cell(5, "urn", "09AB0000004")
    after = bcm_return(cases[0], *cases[4:], *cases[1:4], version=2, reason_given=True)
    after = after.with_cell(31, "urn", "09AB0000004").with_cell(6, "urn", "09AB0000088")
    found = compared(before, after)
    assert [(one.rule, one.row) for one in found.findings_gone] == [("BCM-110", 4)]
    assert [(one.rule, one.row) for one in found.findings_added] == [("BCM-201", 6)]


def test_a_nil_return_has_no_rows(compared) -> None:
    found = compared(nil_return(), valid_return(version=2), collection())
    assert (len(found.added), found.withdrawn) == (39, ())
