"""How runs are named: what is written is read again, and what a person mistypes is refused with an example."""

from __future__ import annotations

import pytest

from assurance.errors import AssuranceError
from assurance.keys import (
    area_key,
    collection_of,
    month_key,
    month_of,
    parts,
    period_of,
    read_month,
    release_key,
    release_of,
)
from assurance.model import Period

OCTOBER = Period(2026, 10)


def test_what_is_written_is_read_again() -> None:
    month = month_key("outcomes", OCTOBER)
    assert month == "outcomes|2026-10"
    assert read_month(month) == ("outcomes", OCTOBER)
    assert area_key(month, "WSX") == "outcomes|2026-10|WSX"
    assert month_of(area_key(month, "WSX")) == month_of(f"{month}|12") == month
    assert release_key("outcomes/2026-10/12") == "outcomes|2026-10|12"
    assert release_of("outcomes|2026-10|12") == "outcomes/2026-10/12"
    assert period_of("outcomes/2026-10/12") == OCTOBER


def test_a_collection_may_have_any_name_that_a_folder_has() -> None:
    assert read_month(month_key("Case files-2", OCTOBER)) == ("Case files-2", OCTOBER)
    assert release_of(release_key("Case files-2/2026-10/1")) == "Case files-2/2026-10/1"


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("outcomes|2026-10|WSX", ("outcomes", "2026-10", "WSX")),
        ("outcomes|2026-10", ("outcomes", "2026-10", "")),
        ("outcomes", ("outcomes", "", "")),
        ("outcomes|2026-10|1|2", ("outcomes", "2026-10", "1")),
        ("", ("", "", "")),
    ],
)
def test_a_key_is_read_as_far_as_it_says_anything(key: str, says: tuple[str, str, str]) -> None:
    assert (parts(key), collection_of(key)) == (says, says[0])


@pytest.mark.parametrize(
    "typed", ["outcomes", "|2026-10", "outcomes|2026-13", "outcomes|2026-10|1", "outcomes/2026-10", "a|2026-10\n"]
)
def test_what_is_no_key_of_a_month_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(AssuranceError, match=r"is no partition key of a month; give one such as 'outcomes.2026-10'"):
        read_month(typed)


@pytest.mark.parametrize(
    "typed", ["outcomes|2026-10", "outcomes|2026-10|WSX", "outcomes|2026-10|0", "outcomes/2026-10/1"]
)
def test_what_is_no_key_of_a_release_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(
        AssuranceError, match=r"is no partition key of a release; give one such as 'outcomes.2026-10.1'"
    ):
        release_of(typed)


@pytest.mark.parametrize(
    "emitted", ["", "WSX", "outcomes|2026-10", "outcomes|WSX|2026-10", "outcomes|2026-10|", "outcomes|2026-10|WSX|1"]
)
def test_what_belongs_to_no_month_opens_no_gate(emitted: str) -> None:
    with pytest.raises(AssuranceError, match=r"an Area's return or a release; .* such as 'outcomes.2026-10.WSX'"):
        month_of(emitted)


@pytest.mark.parametrize("nothing", ["", None])
def test_a_run_without_a_key_is_told_what_it_needs(nothing: str | None) -> None:
    with pytest.raises(AssuranceError, match="this run has no partition key, and is about a month"):
        read_month(nothing)
    with pytest.raises(AssuranceError, match="this run has no partition key, and is about a release"):
        release_of(nothing)
