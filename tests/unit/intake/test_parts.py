"""A return that is looked at in parts is the return that is looked at in one: nothing depends on where it is divided."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pytest

from assurance.intake import parts, staging
from assurance.intake.checking import Examined
from assurance.model import Outcome
from tests.rules import faults_of_bcm
from tests.rules.builders import Return, collection, valid_return
from tests.rules.builders import _examined as examined_anew
from tests.rules.cases import bcm, bcm_return, case

EVERY_FAULT = faults_of_bcm.wall(faults_of_bcm.row_faults())


def doubles_far_apart() -> Return:
    sent = bcm_return()
    return sent.with_cell(31, "urn", sent.cell(2, "urn")).with_cell(31, "sample_point", sent.cell(2, "sample_point"))


def seen(sent: Return, code: str, rows: int, monkeypatch: pytest.MonkeyPatch) -> tuple[Examined, pa.Table]:
    divide = staging.Typing.parts
    monkeypatch.setattr(staging.Typing, "parts", lambda typing: divide(typing, rows))
    one = examined_anew(sent.content, sent.name, sent.area, False, collection(code), None)
    monkeypatch.undo()
    assert one.accepted is not None
    return one, one.accepted


@pytest.mark.parametrize(
    ("code", "sent"),
    [
        ("bcm", bcm_return()),
        ("bcm", EVERY_FAULT),
        ("bcm", doubles_far_apart()),
        ("outcomes", valid_return()),
        ("outcomes", valid_return().with_cell(4, "unsuccessful", "some").without_row(9)),
    ],
    ids=["good cases", "every fault", "doubles far apart", "good counts", "a count that is none and a row too few"],
)
@pytest.mark.parametrize("rows", [150, 37])
def test_it_is_the_same_however_it_is_divided(
    code: str, sent: Return, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, kept = seen(sent, code, 10**6, monkeypatch)
    divided, kept_in_parts = seen(sent, code, rows, monkeypatch)
    assert divided.checked == whole.checked
    assert (divided.failures, divided.held_back) == (whole.failures, whole.held_back)
    assert kept_in_parts.to_pylist() == kept.to_pylist()


@pytest.mark.parametrize("rows", [10**6, 400])
def test_of_a_hostile_return_no_more_places_are_named_than_are_told(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    faulty = bcm_return(*(case(number, "ptph", case_type="x", urn="?") for number in range(parts.MOST_PLACES + 200)))
    one, kept = seen(faulty, "bcm", rows, monkeypatch)
    assert one.checked.submission.outcome is Outcome.REJECTED
    assert Counter(one.suite[f.entry].meta.rule for f in one.failures) == {
        "BCM-102": parts.MOST_PLACES,
        "BCM-104": parts.MOST_PLACES,
    }
    assert len(one.held_back) == parts.MOST_PLACES + 200
    assert kept.num_rows == 0


@pytest.mark.parametrize("rows", [10**6, 400])
def test_notes_to_rows_that_are_held_back_do_not_crowd_out_the_others(
    rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = {"C02": "NM", "comment": None}
    held = [case(number, "ptph", **noted, case_type="x") for number in range(60)]
    others = [case(number, "ptph", **noted) for number in range(60, 1_400)]
    monkeypatch.setattr(parts, "MOST_PLACES", 50)
    one, _ = seen(bcm_return(*held, *others), "bcm", rows, monkeypatch)
    told = [f.row_no for f in one.failures if one.suite[f.entry].meta.rule == "BCM-303"]
    assert len(told) == 50
    assert one.held_back.isdisjoint(told)


def test_only_columns_of_printable_ascii_are_plain() -> None:
    table = pa.table(
        {
            "urn": ["44AB0000001", None],
            "case_type": ["généralé", "x"],
            "remand_status": ["a\tb", "x"],
            "comment": ["é", ""],
        }
    )
    assert parts.plain_columns(bcm(), table) == {"urn_text"}
