"""How runs are named: what is written is read again, and what a person mistypes is refused with an example."""

from __future__ import annotations

import pytest

from assurance.errors import AssuranceError
from assurance.keys import area_key, collection_of, month_key, month_of, read_month, release_key, release_of
from assurance.model import Period

OCTOBER = Period(2026, 10)


def test_what_is_written_is_read_again() -> None:
    month = month_key("outcomes", OCTOBER)
    assert month == "outcomes|2026-10"
    assert read_month(month) == ("outcomes", OCTOBER)
    assert area_key(month, "WSX") == "outcomes|2026-10|WSX"
    assert month_of(area_key(month, "WSX")) == month_of(f"{month}|12") == month
    assert collection_of(month) == "outcomes"
    assert collection_of("") == ""
    assert release_key("outcomes/2026-10/12") == "outcomes|2026-10|12"
    assert release_of("outcomes|2026-10|12") == "outcomes/2026-10/12"


@pytest.mark.parametrize(
    "typed", ["outcomes", "outcomes|2026-13", "outcomes|2026-10|1", "outcomes/2026-10", "a|2026-10\n"]
)
def test_what_is_no_key_of_a_month_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(AssuranceError, match=r"is no partition key of a month; trigger .* such as 'outcomes.2026-10'"):
        read_month(typed)


@pytest.mark.parametrize(
    "typed", ["outcomes|2026-10", "outcomes|2026-10|WSX", "outcomes|2026-10|0", "outcomes/2026-10/1"]
)
def test_what_is_no_key_of_a_release_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(
        AssuranceError, match=r"is no partition key of a release; trigger .* such as 'outcomes.2026-10.1'"
    ):
        release_of(typed)


@pytest.mark.parametrize("nothing", ["", None])
def test_a_run_without_a_key_is_told_what_it_needs(nothing: str | None) -> None:
    with pytest.raises(AssuranceError, match="this run has no partition key, and is about a month"):
        read_month(nothing)
    with pytest.raises(AssuranceError, match="this run has no partition key, and is about a release"):
        release_of(nothing)
