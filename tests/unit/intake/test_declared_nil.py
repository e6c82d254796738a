"""A nil return that the declaration sheet of a workbook says, in place of a row."""

from __future__ import annotations

import pytest

from assurance.catalogue import Collection
from assurance.intake.checking import Delivery, Examined, examine
from assurance.intake.reading import Reading
from assurance.model import Counted, Outcome
from tests.rules.builders import RECEIVED, Return, collection, places, valid_return
from tests.rules.cases import bcm, bcm_nil, bcm_return
from tests.unit.intake.tables import table_of_return

OF = pytest.mark.parametrize(
    ("of", "sent"), [(bcm(), bcm_return()), (collection(), valid_return())], ids=["cases", "counts"]
)


def looked_at(of: Collection, sent: Return, *, rows: int | None = None, nil: bool = True) -> Examined:
    """A return with its first so many rows, read from a workbook that says nil, or does not."""
    lines = sent.rows[:rows]
    table = table_of_return(Return(sent.area, sent.name, sent.header, lines))
    reading = Reading(sent.header, len(lines), table, (), nil=nil)
    received = RECEIVED.replace(year=2026) if of is bcm() else RECEIVED
    return examine(of, Delivery(of.code, sent.area, sent.name, "0" * 64, received, False), reading)


@OF
def test_a_table_without_rows_that_is_declared_nil_is_a_nil_return(of: Collection, sent: Return) -> None:
    checked = looked_at(of, sent, rows=0).checked
    submission = checked.submission
    assert (submission.outcome, checked.findings, checked.counted) == (Outcome.NIL, (), Counted())
    assert (submission.rows_in, submission.rows_accepted, submission.rows_rejected) == (0, 0, 0)


@OF
def test_a_table_without_rows_that_is_not_declared_is_none(of: Collection, sent: Return) -> None:
    found = looked_at(of, sent, rows=0, nil=False)
    assert found.checked.submission.outcome is Outcome.REJECTED
    assert ("RET-010", None, None) in places(found)


@OF
@pytest.mark.parametrize("rows", [1, None], ids=["one row", "all rows"])
def test_rows_and_a_declaration_that_there_are_none_contradict_each_other(
    of: Collection, sent: Return, rows: int | None
) -> None:
    found = looked_at(of, sent, rows=rows)
    assert found.checked.submission.outcome is Outcome.REJECTED
    (said,) = (one for one in found.checked.findings if one.rule == "RET-010")
    assert "the declaration says that there is nothing to return, and there are rows" in said.message


def test_a_nil_row_beside_the_declaration_says_the_same_and_is_accepted() -> None:
    assert looked_at(bcm(), bcm_nil()).checked.submission.outcome is Outcome.NIL


def test_a_declared_nil_is_still_asked_whose_it_is_and_for_when() -> None:
    found = looked_at(bcm(), bcm_return().named("R-WMD-202610-v01.csv"), rows=0)
    assert found.checked.submission.outcome is Outcome.REJECTED
    assert places(found) == [("RET-005", None, None)]
