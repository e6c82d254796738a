"""Great Expectations is the gate: it judges every entry, and nothing passes when it did not or when it disagrees."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from assurance.catalogue import Expectation
from assurance.errors import GateError
from assurance.intake.checking import Examined
from assurance.intake.rules import gate
from assurance.intake.rules.statement import Failure
from tests.rules.builders import collection, examined, valid_return

SUITE = collection().rules.expectations


def judged(seen: Examined, found: tuple[Failure, ...] | None = None) -> frozenset[int]:
    assert seen.staged is not None
    return gate.judge(SUITE, seen.staged, seen.parameters, seen.failures if found is None else found)


def spoiled() -> Examined:
    """A return with a count that is none, and with a row too few."""
    return examined(valid_return().with_cell(4, "unsuccessful", "some").without_row(9))


def failing_rules(positions: frozenset[int]) -> list[str]:
    return [SUITE[position].meta.rule for position in sorted(positions)]


def test_a_valid_return_passes_every_entry() -> None:
    assert judged(examined(valid_return())) == frozenset()


def test_the_entries_that_fail_are_named_by_their_places_in_the_suite() -> None:
    assert failing_rules(judged(spoiled())) == ["OUT-101", "OUT-103"]


def test_great_expectations_own_engine_comes_to_the_same() -> None:
    seen = spoiled()
    assert seen.staged is not None
    results = gate.native(SUITE, seen.staged, seen.parameters)
    failed = frozenset(result.expectation_config.meta["entry"] for result in results if not result.success)
    assert failed == judged(seen)


def test_a_failure_that_only_great_expectations_sees_stops_everything() -> None:
    seen = spoiled()
    rows_only = tuple(failure for failure in seen.failures if failure.row_no is not None)
    with pytest.raises(GateError, match="differ on OUT-103; nothing was loaded"):
        judged(seen, rows_only)


def test_a_failure_that_only_the_statement_sees_stops_everything() -> None:
    row_count = next(place for place, entry in enumerate(SUITE) if "row_count" in entry.type)
    with pytest.raises(GateError, match="differ on OUT-103"):
        judged(examined(valid_return()), (Failure(row_count, None, None),))


def test_an_entry_that_was_passed_over_stops_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    run = gate._run
    monkeypatch.setattr(gate, "_run", lambda *arguments: run(*arguments)[:-1])
    with pytest.raises(GateError, match=f"evaluated {len(SUITE) - 1} of {len(SUITE)} entries"):
        judged(examined(valid_return()))


def test_an_entry_that_cannot_be_evaluated_stops_everything_by_its_rule() -> None:
    """Great Expectations calls a missing column a failed rule; only `exception_info` tells the two apart."""
    absent = Expectation(
        type="expect_column_max_to_be_between",
        kwargs={"column": "absent", "min_value": 0},
        severity="critical",
        meta=SUITE[0].meta,
    )
    with pytest.raises(GateError, match=r"could not evaluate rule RET-005.*absent"):
        gate.judge([absent], pd.DataFrame({"row_no": [2]}), {}, [Failure(0, None, None)])


@pytest.mark.parametrize(
    "hidden",
    [
        {"raised_exception": True, "exception_message": "why"},
        {
            "('metric', 'id')": {"raised_exception": False},
            "another": {"raised_exception": True, "exception_message": "why"},
        },
    ],
    ids=["plain", "by metric"],
)
def test_an_exception_is_found_in_either_shape_it_comes_in(hidden: dict[str, Any]) -> None:
    result = SimpleNamespace(exception_info=hidden, expectation_config=SimpleNamespace(meta={"rule": "XXX-001"}))
    with pytest.raises(GateError, match="could not evaluate rule XXX-001: why"):
        gate._raise_what_it_hid(result)


def test_nothing_of_a_judged_table_stays_behind() -> None:
    judged(spoiled())
    assert gate._found == {}
    with pytest.raises(GateError):
        judged(examined(valid_return()), (Failure(0, 2, "area_code"), Failure(len(SUITE) - 1, None, None)))
    assert gate._found == {}
