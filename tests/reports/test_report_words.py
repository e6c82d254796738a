"""The same state gives the same sentence: a table of states and what is said of them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from builders import NAMES, RELEASES, WORDS, release

from assurance.measures import words
from assurance.model import Period
from assurance.reporting.report import measure, national

LEADS = {
    "usual": "85.0 % of checks were met in October 2026. The change since September 2026 is no more than usual. "
    "0 of 2 standards are outside their usual variation. "
    "0 of 5 Areas differ from the typical Area by more than chance.",
    "first month": "85.0 % of checks were met in October 2026. What is usual can be said from 6 months on; this is the "
    "first. 2 standards: too short a series to say what is usual. "
    "0 of 5 Areas differ from the typical Area by more than chance.",
    "three months": "85.0 % of checks were met in October 2026. What is usual can be said from 6 months on; there are "
    "3. 2 standards: too short a series to say what is usual. "
    "0 of 5 Areas differ from the typical Area by more than chance.",
    "constant": "100.0 % of checks were met in October 2026. It was 100.0 % in all 14 months: no variation yet. "
    "0 of 2 standards are outside their usual variation. "
    "0 of 5 Areas differ from the typical Area by more than chance.",
    "all met": "100.0 % of checks were met in October 2026, 15.0 points above the target of 85.0 %: met. "
    "It was 100.0 % in all 14 months: no variation yet. 2 of 2 standards are met. "
    "0 of 5 Areas differ from the typical Area by more than chance.",
    "with targets": "83.0 % of checks were met in October 2026, 2.0 points below the target of 85.0 %: not met. "
    "The change since September 2026 is no more than usual. 1 of 2 standards is met, 1 is not met. "
    "2 of 5 Areas differ from the typical Area by more than chance.",
    "worsening": "75.0 % of checks were met in October 2026, 10.0 points below the target of 85.0 %: not met. "
    "That is worse by more than usual: it is below the lower limit of 83.1 %. "
    "0 of 2 standards are met, 2 are not met; 2 worse than usual. "
    "0 of 5 Areas differ from the typical Area by more than chance.",
    "all missing": "There is no figure in October 2026: no return counts. 0 of 2 standards have a figure. "
    "0 of 5 Areas have a figure.",
    "all nil": "0 checks in October 2026: nil return. 0 of 2 standards have a figure. "
    "0 of 5 Areas differ from the typical Area by more than chance.",
    "one Area": "84.0 % of checks were met in October 2026. The change since September 2026 is no more than usual. "
    "0 of 2 standards are outside their usual variation. 1 Area has a figure: too few to compare.",
    "months not collected": "85.0 % of checks were met in October 2026. The change since August 2026 is no more than "
    "usual. 0 of 2 standards are outside their usual variation. "
    "0 of 5 Areas differ from the typical Area by more than chance.",
}

HEADINGS = {
    "usual": ("85.0 % in October 2026 is within the usual variation", "0 of 14 months were unusual"),
    "first month": ("85.0 % in October 2026: too short a series to say what is usual", "1 month so far: 85.0 %"),
    "constant": ("100.0 % in October 2026, as in every month so far", "14 months so far: 100.0 %"),
    "improving": (
        "95.0 % in October 2026 is better by more than usual",
        "14 of 14 months were unusual, the latest in October 2026",
    ),
    "all missing": ("There is no figure for October 2026; the last is 85.0 % in September 2026", None),
    "all missing at first": ("There is no figure for October 2026", "No month has a figure"),
}

COUNTS = {
    "usual": "nothing stands out",
    "with targets": "1 standard and 1 Area need attention",
    "all met": "nothing needs attention",
    "not yet in": "1 return not in",
    "every state": "2 returns not in",
    "all missing": "5 returns not in",
}


def plain(text: str) -> str:
    return text.replace(words.NBSP, " ")


@pytest.mark.parametrize("name", LEADS)
def test_the_lead_of_the_national_page(name: str) -> None:
    assert plain(" ".join(national(measure(RELEASES[name])).lead)) == LEADS[name]


@pytest.mark.parametrize("name", HEADINGS)
def test_the_heading_and_title_of_the_trend(name: str) -> None:
    heading, title = HEADINGS[name]
    trend = national(measure(RELEASES[name])).trend
    assert plain(trend.heading) == heading
    assert title is None or plain(trend.title) == title


@pytest.mark.parametrize("name", COUNTS)
def test_the_count_of_a_subject_line(name: str) -> None:
    assert national(measure(RELEASES[name])).attention == COUNTS[name]


def test_limits_on_few_months_are_called_provisional() -> None:
    said = national(measure(RELEASES["limits provisional"])).trend.note
    assert plain(said) == "The limits are provisional: they rest on 8 months and are firm from 12."
    assert national(measure(RELEASES["usual"])).trend.note == ""


@pytest.mark.parametrize(
    ("rates", "why"),
    [
        ((*[0.80, 0.82] * 6, 0.81, 0.99), "it is above the upper limit of"),
        ((*[0.80, 0.82] * 6, 0.82, 0.60), "it is below the lower limit of"),
        (
            (*[0.80, 0.90, 0.85] * 3, 0.80, 0.81, 0.82, 0.83, 0.84, 0.85, 0.86),
            "it is one of 7 successive months that rose",
        ),
        ((*[0.84, 0.76] * 3, 0.76, *[0.84, 0.841] * 4), "it is one of 8 successive months above the average of"),
    ],
)
def test_an_unusual_month_says_which_rule_and_by_how_much(rates: tuple[float, ...], why: str) -> None:
    measured = measure(release(months=len(rates), rates=dict.fromkeys(NAMES, rates)))
    chart = measured.charts["ALL", "ALL"]
    assert words.reason(chart, measured.facts.period).startswith(why)


def test_small_pieces() -> None:
    told = {
        words.number(1234567): "1,234,567",
        words.many(1, "row", "rows"): "1 row",
        words.many(0, "row", "rows"): "0 rows",
        words.names([]): "",
        words.names(["A"]): "A",
        words.names(["A", "B", "C"]): "A, B and C",
        words.points(Fraction(-7, 1000)): "0.7 points",
        words.points(Fraction(1, 100)): "1.0 point",
        words.points(Fraction(1, 10000)): "less than 0.1 points",
        words.span(Period(2016, 10), Period(2016, 12)): "October to December 2016",
        words.span(Period(2016, 12), Period(2017, 2)): "December 2016 to February 2017",
        words.span(Period(2016, 12), Period(2016, 12)): "December 2016",
        words.moment(datetime(2026, 7, 1, 23, 30)): "2 July 2026, 00:30",
        words.moment(datetime(2026, 12, 1, 9, 5)): "1 December 2026, 09:05",
        words.deadline(datetime(2027, 1, 8, 17)): "17:00 on Friday 8 January 2027",
    }
    for said, expected in told.items():
        assert plain(said) == expected


@pytest.mark.parametrize(
    ("standards", "areas", "missing", "judged", "said"),
    [
        (0, 0, 0, True, "nothing needs attention"),
        (0, 0, 0, False, "nothing stands out"),
        (1, 0, 0, True, "1 standard needs attention"),
        (1, 2, 0, True, "1 standard and 2 Areas need attention"),
        (2, 1, 1, False, "2 standards and 1 Area stand out; 1 return not in"),
        (0, 1, 0, False, "1 Area stands out"),
        (0, 0, 2, True, "2 returns not in"),
    ],
)
def test_attention(standards: int, areas: int, missing: int, judged: bool, said: str) -> None:
    assert words.attention(WORDS, standards, areas, missing, judged) == said


def test_no_sentence_rounds_a_difference_away() -> None:
    figure = national(measure(RELEASES["usual"])).areas.nation
    said = plain(words.rate_sentence(WORDS, figure, "in May", Decimal("0.8499")))
    assert "less than 0.1 points above the target of 85.0 %" in said
