"""What the statement over a whole return makes of dates is what the plain rules make of one case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assurance.catalogue import Collection
from assurance.due import computed_answer, due_date, in_force
from assurance.intake.staging import Sender, stage
from assurance.model import Due, Scale, Standard
from tests.rules.cases import BCM_PERIOD, Case, bcm
from tests.unit.intake.tables import table_of

A_FEW_TABLES = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
FIRST, SECOND, THIRD = date(2016, 1, 5), date(2024, 2, 29), date(2025, 3, 1)


@cache
def registers() -> tuple[Collection, Collection]:
    """The register that ships, and one in which every timely standard has changed twice."""
    return bcm(), replace(bcm(), standards=tuple(s for first in bcm().standards for s in changed_twice(first)))


def changed_twice(first: Standard) -> Sequence[Standard]:
    if first.due is None:
        return (first,)
    longer = replace(first.due, days={answer: days + 3 for answer, days in first.due.days.items()})
    other = Due("charge_date", False, {"custody": 5, "bail": 9}, "remand_status", "cotr_ordered_date", True)
    second = replace(first, version=2, valid_from=SECOND, due=longer, target=Decimal("0.5"))
    return (first, second, replace(second, version=3, valid_from=THIRD, due=other, evidence="trial_date"))


DATES = [column.name for column in bcm().columns if column.type == "date"]
NEAR = st.one_of(
    st.none(),
    st.dates(date(2024, 2, 20), date(2024, 4, 30)),
    st.dates(date(2024, 1, 1), date(2025, 12, 31)),
    st.sampled_from([FIRST, SECOND, THIRD, date(2016, 2, 29), date(2010, 1, 1), date(2099, 12, 31)]),
)


@st.composite
def drawn_cases(draw: st.DrawFn) -> list[Case]:
    one = st.fixed_dictionaries(
        {
            **dict.fromkeys(DATES, NEAR),
            "sample_point": st.sampled_from(["ptph", "stage", "trial", None, "else"]),
            "remand_status": st.sampled_from(["custody", "bail", None, "else"]),
            "child_witness_under_10": st.sampled_from(["Y", "N", None, "y"]),
        }
    )
    return draw(st.lists(one, min_size=5, max_size=30))


@pytest.mark.parametrize(
    "register",
    [
        pytest.param(0, id="the register that ships"),
        pytest.param(1, id="a register that changed twice", marks=pytest.mark.slow),
    ],
)
@A_FEW_TABLES
@given(cases=drawn_cases())
def test_every_due_date_and_answer_is_that_of_the_plain_rules(register: int, cases: list[Case]) -> None:
    of = registers()[register]
    staged = stage(of, table_of(of, cases), Sender("WSX", BCM_PERIOD))
    for code, versions in of.versions.items():
        if versions[0].scale is Scale.TIMELY:
            found = staged.rows(f'select "{code}_due", "{code}_computed" from staged order by row_no')
            assert found == [expected(of, code, one) for one in cases], code


def expected(of: Collection, code: str, cells: Case) -> tuple[date | None, str | None]:
    """The due date and the answer of one case, as the plain rules have it."""
    plain = {name: typed(of, name, value) for name, value in cells.items()}
    sent, assessed_on = plain["sending_date"], plain["assessed_on"]
    assert sent is None or isinstance(sent, date)
    standard = in_force(of.versions[code], sent)
    due = due_date(standard, of.versions, plain, sent)
    if plain["sample_point"] != standard.asked_at or not isinstance(assessed_on, date):
        return due, None
    return due, computed_answer(standard, of.versions, plain, assessed_on, sent)


def typed(of: Collection, name: str, value: object) -> date | str | None:
    """What a cell means: a code that is not known means nothing."""
    column = next(column for column in of.columns if column.name == name)
    if value is None or isinstance(value, date):
        return value
    return str(value) if value in column.values else None
