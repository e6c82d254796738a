"""What is odd about a return as a whole: each check alone, at the edges of its parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from assurance.intake.checks import CHECKS, Whole, asked_of_the_whole, checked_as_a_whole
from assurance.intake.counting import count
from assurance.intake.reading import Problem
from assurance.intake.staging import Sender, Typing
from assurance.model import Period
from tests.rules.builders import FIRST_LINE
from tests.rules.cases import BCM_PERIOD, Case, bcm, case, good_cases
from tests.unit.intake.tables import table_of

DIFFER = {"least": 5, "share": "0.10"}


def answered(cases: list[Case], questions: Sequence[str], held_back: Sequence[int] = ()) -> tuple[Whole, Sequence[int]]:
    """A return as a whole, and the answers to what is asked of its rows."""
    typing = Typing(bcm(), table_of(bcm(), cases), Sender("WSX", BCM_PERIOD))
    staged = typing.stage(typing.table)
    staged.hold_back(held_back)
    (numbers,) = staged.rows(f"select {', '.join(questions)} from staged") if questions else [()]
    return Whole(bcm(), BCM_PERIOD, count(bcm(), staged, typing.in_scope)), numbers


def found(check: str, cases: list[Case], parameters: Mapping[str, Any]) -> list[Problem]:
    rule = SimpleNamespace(**{"where": {}, **parameters})
    whole, numbers = answered(cases, CHECKS[check].asks(bcm(), BCM_PERIOD, rule))
    return list(CHECKS[check].judges(whole, rule, numbers))


def rules_told(cases: list[Case], period: Period = BCM_PERIOD, held_back: Sequence[int] = ()) -> list[str]:
    whole, numbers = answered(cases, asked_of_the_whole(bcm(), period), held_back)
    return [problem.rule for problem in checked_as_a_whole(replace(whole, period=period), numbers)]


def details(check: str, cases: list[Case], parameters: Mapping[str, Any]) -> list[tuple[str | None, str]]:
    return [(problem.column, problem.detail) for problem in found(check, cases, parameters)]


def with_c03(answers: list[str | None]) -> list[Case]:
    """Cases whose details were served in time, and what the Area says of it."""
    return [case(number, "ptph") | {"C03": answer} for number, answer in enumerate(answers, start=1)]


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        (["Y"] * 20, []),
        (["Y"] * 18 + ["N"] * 2, [("C03", "C03: 2 of 20")]),
        (["Y"] * 19 + ["N"] * 2, []),
        (["Y"] * 4 + ["N"], [("C03", "C03: 1 of 5")]),
        (["Y"] * 3 + ["N"], []),
        (["N"] * 4, []),
        (["N"] * 4 + [None] * 6, []),
        (["N"] * 4 + ["zz"] * 6, []),
        (["NA"] * 5, [("C03", "C03: 5 of 5")]),
    ],
)
def test_answers_that_differ_from_the_dates(answers: list[str | None], told: list[tuple[str, str]]) -> None:
    assert details("answers_differ_from_dates", with_c03(answers), DIFFER) == told


def test_answers_of_rows_that_are_held_back_are_not_asked_about() -> None:
    cases = with_c03(["Y"] * 9 + ["N"])
    last = FIRST_LINE + len(cases) - 1
    assert ["BCM-202" in rules_told(cases, held_back=held) for held in ((), (last,))] == [True, False]


def test_each_standard_that_differs_is_told() -> None:
    cases = [one | {"C06": "N", "C03": "N"} for one in with_c03(["Y"] * 5)]
    assert [column for column, _ in details("answers_differ_from_dates", cases, DIFFER)] == ["C03", "C06"]


def test_answers_that_no_dates_can_tell_do_not_differ() -> None:
    cases = [one | {"assessed_on": "x", "C03": "N"} for one in with_c03(["Y"] * 9)]
    assert details("answers_differ_from_dates", cases, DIFFER) == []


@pytest.mark.parametrize(
    ("changed", "told"), [({}, True), ({"C02": "PM"}, False), ({"A02": "NM"}, False), ({"C05": "NA"}, False)]
)
def test_nothing_but_the_best(changed: Case, told: bool) -> None:
    cases = [case(number, "ptph") for number in range(1, 11)]
    cases[4] |= changed
    assert (details("all_fully_met", cases, {"least": 10}) != []) is told
    assert details("all_fully_met", cases[:9], {"least": 10}) == []


def test_a_return_without_a_graded_answer_is_not_asked_about() -> None:
    assert details("all_fully_met", [case(number, "trial") for number in range(12)], {"least": 10}) == []


@pytest.mark.parametrize(("number", "told"), [(19, "19 of 20"), (20, None)])
def test_too_few_cases_of_a_kind(number: int, told: str | None) -> None:
    cases = good_cases()[:number] + [case(50 + n, "stage") for n in range(9)]
    parameters = {"least": 20, "where": {"sample_point": "ptph", "sample_reason": "random"}}
    assert details("too_few_cases", cases, parameters) == ([(None, told)] if told else [])


def test_without_a_kind_all_cases_are_enough() -> None:
    assert details("too_few_cases", good_cases(), {"least": 30}) == []
    assert details("too_few_cases", good_cases(), {"least": 31}) == [(None, "30 of 31")]


@pytest.mark.parametrize(
    ("scope", "reasons", "told"),
    [
        (3, ["random"] * 3, False),
        (2, ["random"] * 3, True),
        (4, ["all"] * 3, True),
        (3, ["all"] * 3, False),
        (4, ["all", "all", "random"], True),
        (3, ["all", "all", "targeted"], False),
        (4, ["all", "all", "targeted"], True),
        ("x", ["all"] * 3, False),
    ],
)
def test_cases_in_scope(scope: object, reasons: list[str], told: bool) -> None:
    cases = [case(n, "ptph", sample_reason=reason, cases_in_scope=scope) for n, reason in enumerate(reasons, start=1)]
    expected = [("cases_in_scope", f"3 cases returned, {scope} in scope")] if told else []
    assert details("scope_too_small", cases, {"all": "all"}) == expected


def test_a_rule_of_a_later_month_is_not_asked_of_an_earlier_one() -> None:
    cases = [case(1, "ptph")]
    assert rules_told(cases) == ["BCM-304"]
    assert rules_told(cases, Period(2015, 12)) == []
