"""What earlier months say of a return: another month's figures, and a rate far from an Area's own."""

from __future__ import annotations

import pytest

from assurance.intake.history import LEAST_MONTHS, history_findings
from assurance.model import Checked, Counts, Earlier, Finding, Period
from tests.rules.builders import PERIOD, collection, examined, nil_return, valid_return

USUAL = Counts(met=270, not_met=30)
STANDARD = "O01"


def returned(met: int, not_met: int, code: str = STANDARD) -> Checked:
    """A return whose first force has these counts in one category and all else is nought."""
    sent = valid_return(counts=lambda row, s: (met, not_met) if s.code == code and row < 13 else (0, 0))
    return examined(sent).checked


def months(number: int, counts: Counts = USUAL) -> Earlier:
    """So many earlier months, each a case off the usual now and then."""
    spread = [Counts(counts.met + n % 3, 0, counts.not_met - n % 3) for n in range(number)]
    return Earlier({}, {STANDARD: {PERIOD.plus(-n - 1): spread[n] for n in range(number)}})


def found(checked: Checked, earlier: Earlier) -> list[Finding]:
    return list(history_findings(collection(), checked, earlier))


def test_a_rate_like_those_before_says_nothing() -> None:
    assert found(returned(271, 29), months(14)) == []


@pytest.mark.parametrize("met", [200, 300])
def test_a_rate_far_below_or_above_is_a_query_that_names_the_category(met: int) -> None:
    (query,) = found(returned(met, 300 - met), months(14))
    assert (query.rule, query.severity, query.row) == ("OUT-204", "query", None)
    assert "Homicide" in query.message


def test_fewer_than_a_year_of_months_say_nothing_about_what_is_usual() -> None:
    assert found(returned(100, 200), months(LEAST_MONTHS - 1)) == []
    assert [f.rule for f in found(returned(100, 200), months(LEAST_MONTHS))] == ["OUT-204"]


def test_months_without_a_check_do_not_count_towards_the_year() -> None:
    earlier = months(LEAST_MONTHS - 1)
    empty = {PERIOD.plus(-n - 20): Counts() for n in range(6)}
    assert found(returned(100, 200), Earlier({}, {STANDARD: {**earlier.counts[STANDARD], **empty}})) == []


def test_the_fewer_the_checks_the_further_a_rate_may_lie() -> None:
    assert found(returned(3, 2), months(14)) == []
    assert [f.rule for f in found(returned(180, 120), months(14))] == ["OUT-204"]


def test_a_category_without_checks_and_one_apart_are_never_asked_about() -> None:
    assert found(returned(0, 0), months(14)) == []
    apart = Earlier({}, {"O13": months(14).counts[STANDARD]})
    assert found(returned(5, 300, code="O13"), apart) == []


def test_the_figures_of_another_month_reject_the_return_and_name_that_month() -> None:
    checked = returned(10, 3)
    content = checked.submission.content_sha256
    assert content is not None
    (same,) = found(checked, Earlier({content: Period(2016, 8)}, {}))
    assert (same.rule, same.severity) == ("RET-008", "file")
    assert "August 2016" in same.message


def test_a_return_that_cannot_count_is_not_held_against_history() -> None:
    rejected = examined(valid_return().with_cell(4, "unsuccessful", "some")).checked
    content = {rejected.submission.content_sha256 or "": Period(2016, 8)}
    assert found(rejected, Earlier(content, months(14).counts)) == []
    assert found(examined(nil_return()).checked, Earlier({"": Period(2016, 8)}, months(14).counts)) == []
