"""Great Expectations is the gate: it judges every rule, and nothing passes when it did not or when it disagrees."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from assurance.catalogue import Collection, Expectation
from assurance.errors import GateError
from assurance.intake.checking import Examined
from assurance.intake.rules import gate
from assurance.intake.rules.statement import Failure, looks_at_rows
from assurance.intake.staging import Sender, stage
from tests.rules.builders import AREA, PERIOD, Return, collection, examined, valid_return
from tests.rules.cases import BCM_PERIOD, bcm, bcm_return
from tests.unit.intake.tables import table_of_return

SUITE = collection().suite(PERIOD)


def judged(seen: Examined, found: tuple[Failure, ...] | None = None) -> frozenset[str]:
    assert seen.rows is not None
    return gate.judge(seen.suite, seen.rows, seen.parameters, seen.failures if found is None else found)


def spoiled_return() -> Return:
    """A return with a count that is none, and with a row too few."""
    return valid_return().with_cell(4, "unsuccessful", "some").without_row(9)


def spoiled() -> Examined:
    return examined(spoiled_return())


def spoiled_cases() -> Examined:
    """A return of cases with a value missing, a case twice, and a URN of another Area."""
    sent = bcm_return()
    twice = sent.with_cell(4, "urn", sent.cell(5, "urn"))
    return examined(twice.with_cell(2, "case_type", "").with_cell(3, "urn", "20AB0000001"), of=bcm())


@pytest.mark.parametrize("seen", [examined(valid_return()), examined(bcm_return(), of=bcm())], ids=["outcomes", "bcm"])
def test_a_valid_return_passes_every_rule(seen: Examined) -> None:
    assert judged(seen) == frozenset()


def test_the_rules_that_fail_are_named() -> None:
    assert judged(spoiled()) == {"OUT-101", "OUT-103"}
    assert judged(spoiled_cases()) == {"BCM-101", "BCM-105", "BCM-201"}


@pytest.mark.parametrize(("of", "period"), [(collection(), PERIOD), (bcm(), BCM_PERIOD)], ids=["outcomes", "bcm"])
def test_it_evaluates_every_rule_of_the_suite_once_and_what_judges_the_table_itself(
    of: Collection, period: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluated: list[Any] = []
    run = gate._run

    def spied(*arguments: Any) -> Any:
        results = run(*arguments)
        evaluated.extend(results)
        return results

    monkeypatch.setattr(gate, "_run", spied)
    judged(examined(valid_return()) if of is collection() else examined(bcm_return(), of=of))
    suite = of.suite(period)
    rules = {entry.meta.rule for entry in suite if looks_at_rows(entry)}
    tables = [entry.meta.rule for entry in suite if not looks_at_rows(entry)]
    assert sorted(r.expectation_config.meta["rule"] for r in evaluated) == sorted([*rules, *tables])
    severities = {entry.meta.rule: entry.severity for entry in suite}
    assert all(r.expectation_config.severity.value == severities[r.expectation_config.meta["rule"]] for r in evaluated)


def test_a_result_counts_the_rows_of_a_rule_and_shows_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    run = gate._run
    monkeypatch.setattr(gate, "_run", lambda *arguments: shown.extend(run(*arguments)) or shown)
    judged(spoiled_cases())
    (double,) = [r for r in shown if r.expectation_config.meta["rule"] == "BCM-105"]
    assert double.result["unexpected_count"] == 2


def test_great_expectations_own_engine_comes_to_the_same() -> None:
    seen = examined(spoiled_return())
    frame = stage(collection(), table_of_return(spoiled_return()), Sender(AREA, PERIOD)).frame()
    results = gate.native(SUITE, frame, seen.parameters)
    assert len(results) == len(SUITE)
    assert {result.expectation_config.meta["rule"] for result in results if not result.success} == judged(seen)


def test_a_failure_that_only_great_expectations_sees_stops_everything() -> None:
    seen = spoiled()
    rows_only = tuple(failure for failure in seen.failures if failure.row_no is not None)
    with pytest.raises(GateError, match="differ on OUT-103; nothing was loaded"):
        judged(seen, rows_only)


def test_a_failure_that_only_the_statement_sees_stops_everything() -> None:
    row_count = next(place for place, entry in enumerate(SUITE) if "row_count" in entry.type)
    with pytest.raises(GateError, match="differ on OUT-103"):
        judged(examined(valid_return()), (Failure(row_count, None),))


def test_a_rule_that_was_passed_over_stops_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = {entry.meta.rule for entry in SUITE if looks_at_rows(entry)}
    run = gate._run
    monkeypatch.setattr(gate, "_run", lambda *arguments: run(*arguments)[:-1])
    with pytest.raises(GateError, match=f"evaluated {len(rules)} of {len(rules) + 1} rules; none may be passed over"):
        judged(examined(valid_return()))


def test_an_entry_that_cannot_be_evaluated_stops_everything_by_its_rule() -> None:
    """Great Expectations calls a missing column a failed rule; only `exception_info` tells the two apart."""
    absent = Expectation(
        type="expect_column_max_to_be_between",
        kwargs={"column": "absent", "min_value": 0},
        severity="critical",
        meta=SUITE[0].meta,
    )
    frame = stage(collection(), table_of_return(valid_return()), Sender(AREA, PERIOD)).frame()
    results = gate.native([absent], frame, {})
    with pytest.raises(GateError, match=r"could not evaluate rule RET-005.*absent"):
        gate._raise_what_it_hid(results[0])


def test_a_table_that_great_expectations_cannot_count_stops_everything() -> None:
    row_count = next(entry for entry in SUITE if "row_count" in entry.type)
    broken = row_count.model_copy(update={"kwargs": {"value": {"$PARAMETER": "rows_owed"}}})
    with pytest.raises((GateError, ValueError)):
        gate.judge([broken], [2, 3], {"rows_owed": "many"}, [])


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
        judged(examined(valid_return()), (Failure(0, 2), Failure(len(SUITE) - 1, None)))
    assert gate._found == {}


def test_what_no_entry_can_use_is_imported_only_when_it_is_asked_for() -> None:
    script = (
        "import sys\nfrom assurance.intake.rules import gate\nfrom scipy import stats\n"
        "print('scipy.stats._stats_py' in sys.modules, stats.norm.cdf(0), 'scipy.stats._stats_py' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert told.split() == ["False", "0.5", "True"]
