"""The pieces of which sentences are made; what whole pages say stands in `sentences.txt`."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from builders import NAMES, WORDS, measured_of, release

from assurance.measures import words
from assurance.measures.agreement import Differences
from assurance.measures.comparison import Position
from assurance.measures.rates import Verdict
from assurance.measures.variation import Outlook, Point, p_prime_chart
from assurance.model import Charting, ChartKind, Period
from assurance.reporting.measured import measure
from assurance.reporting.views.page import national


def plain(text: str) -> str:
    return text.replace(words.NBSP, " ")


def test_a_rebased_trend_says_from_when_and_why_and_what_is_ahead() -> None:
    page = national(measured_of("rebased"))
    ahead, provisional, anew = map(plain, page.trend.notes)
    assert re.fullmatch(
        r"If all stays as it is, months will usually lie between 8\d\.\d % and 9\d\.\d %: "
        r"the target of 85\.0 % (will be|may or may not be) met\.",
        ahead,
    )
    assert provisional == "The limits are provisional: they rest on 10 months and are firm from 12."
    assert anew == "The limits begin anew in January 2026: A new <case system>."
    assert anew in plain(page.trend.description)
    assert sum("begin anew in January 2026" in note for note in page.standards.notes) == len(page.standards.owners)


def test_the_outlook_is_said_with_the_limits_and_the_target() -> None:
    points = [Point(Period(2026, 1).plus(i), 900 + i % 2, 1000) for i in range(12)]
    chart, target = p_prime_chart(points), Decimal("0.95")
    assert plain(words.outlook_sentence(chart, target, Outlook.WILL_NOT_BE_MET)) == (
        "If all stays as it is, months will usually lie between 87.2 % and 92.9 %: "
        "the target of 95.0 % will not be met unless the process changes."
    )
    assert words.outlook_sentence(chart, target, None) == ""
    assert words.outlook_sentence(chart, None, Outlook.WILL_BE_MET) == ""


def test_how_to_read_tells_which_chart_it_is() -> None:
    assert "Laney p\N{PRIME} chart, three standard deviations" in words.charting_note(Charting())
    said = words.charting_note(Charting(ChartKind.XMR, screen=True, run_length=6))
    assert (
        "an XmR chart: average \N{PLUS-MINUS SIGN} 2.66 mean moving ranges, the largest moving ranges left out" in said
    )
    assert said.count("6 successive") == 2


def test_limits_on_few_months_are_called_provisional() -> None:
    (said,) = national(measured_of("limits provisional")).trend.notes
    assert plain(said) == "The limits are provisional: they rest on 8 months and are firm from 12."
    assert national(measured_of("usual")).trend.notes == ()


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
    ("standards", "areas", "missing", "rejected", "judged", "said"),
    [
        (0, 0, 0, 0, True, "nothing needs attention"),
        (0, 0, 0, 0, False, "nothing stands out"),
        (1, 0, 0, 0, True, "1 standard needs attention"),
        (1, 2, 0, 0, True, "1 standard and 2 Areas need attention"),
        (2, 1, 1, 0, False, "2 standards and 1 Area stand out; 1 return not in"),
        (0, 1, 0, 0, False, "1 Area stands out"),
        (0, 0, 2, 0, True, "2 returns not in"),
        (0, 0, 0, 1, True, "1 return rejected"),
        (0, 0, 2, 1, True, "2 returns not in, 1 rejected"),
    ],
)
def test_attention(standards: int, areas: int, missing: int, rejected: int, judged: bool, said: str) -> None:
    assert words.attention(WORDS, standards, areas, missing, rejected, judged) == said


def test_attention_to_a_return_that_was_left_out() -> None:
    assert words.attention(WORDS, 0, 0, 0, 0, judged=True, left_out=1) == "1 return left out"
    assert words.attention(WORDS, 0, 0, 1, 1, judged=True, left_out=2) == "1 return not in, 1 rejected, 2 left out"


def test_no_sentence_rounds_a_difference_away() -> None:
    figure = national(measured_of("usual")).areas.nation
    said = plain(words.rate_sentence(WORDS, figure, "in May", Decimal("0.8499")))
    assert "less than 0.1 points above the target of 85.0 %" in said


@pytest.mark.parametrize(
    ("found", "whose", "heading", "finding"),
    [
        (
            Differences(checks=2310, generous=70, stricter=25),
            "the Areas’",
            "4.1 % of 2,310 own answers to timely standards differ from the dates; "
            "70 of 95 between met and not met are in the Areas’ favour",
            "70 said to be met are not met by the dates, 25 the other way: "
            "the Areas’ own answers are the more generous by more than chance (p below 0.001).",
        ),
        (
            Differences(checks=40, generous=0, stricter=6),
            "your",
            "15.0 % of 40 own answers to timely standards differ from the dates; "
            "0 of 6 between met and not met are in your favour",
            "0 said to be met are not met by the dates, 6 the other way: "
            "your own answers are the stricter by more than chance (p 0.031).",
        ),
        (
            Differences(checks=40, generous=1, other=1),
            "your",
            "5.0 % of 40 own answers to timely standards differ from the dates; "
            "1 of 1 between met and not met is in your favour",
            "1 said to be met is not met by the dates, 0 the other way: chance explains that (p 1.000).",
        ),
        (
            Differences(checks=40, other=1),
            "your",
            "2.5 % of 40 own answers to timely standards differs from the dates",
            "No answer is met on one side and not met on the other.",
        ),
        (
            Differences(checks=40),
            "your",
            "0 of 40 own answers to timely standards differ from the dates",
            "No answer is met on one side and not met on the other.",
        ),
    ],
)
def test_own_answers_in_words(found: Differences, whose: str, heading: str, finding: str) -> None:
    assert plain(words.declared_heading(found, whose)) == heading
    assert plain(words.leaning_sentence(found, whose)) == finding


def test_a_side_is_named_only_where_chance_does_not_explain_it() -> None:
    assert words.leaning(Differences(100, 9, 1), 0.02) is words.Leaning.GENEROUS
    assert words.leaning(Differences(100, 1, 9), 0.02) is words.Leaning.STRICTER
    assert words.leaning(Differences(100, 9, 1), 0.06) is words.Leaning.CHANCE
    assert words.leaning(Differences(100, other=9), 1.0) is words.Leaning.NONE


@pytest.mark.parametrize(
    ("reasoned", "disputed", "accepted", "said"),
    [
        (626, 110, 45, "110 of 626 checks {given} are disputed by police; 45 of these 110 disputes are accepted."),
        (2, 1, 1, "1 of 2 checks {given} is disputed by police; 1 of these 1 dispute is accepted."),
        (1, 0, 0, "0 of 1 check {given} are disputed by police."),
    ],
)
def test_disputes_in_words(reasoned: int, disputed: int, accepted: int, said: str) -> None:
    told = plain(words.disputes_sentence(WORDS, "police", reasoned, disputed, accepted))
    assert told == said.format(given="for which reasons are given")


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((1040, 12, 12, 1040, 7900), "1,040 of 7,900 cases were looked at (13.2 %)."),
        ((1, 1, 1, 1, 1), "1 of 1 case was looked at (100.0 %)."),
        ((0, 1, 1, 0, 0), "0 of 0 cases were looked at."),
        (
            (1040, 12, 1, 40, 400),
            "1,040 cases were looked at. 1 of 12 Areas says out of how many: 40 of 400 cases (10.0 %).",
        ),
        ((40, 1, 0, 0, 0), "40 cases were looked at; the return does not say out of how many."),
    ],
)
def test_coverage_in_words(counts: tuple[int, int, int, int, int], said: str) -> None:
    assert plain(words.coverage_sentence(*counts)) == said
    assert plain(words.targeted_sentence(1)) == "1 targeted case is kept apart and stands in no rate."


def test_many_standards_not_met_are_counted_by_owner() -> None:
    figures = [
        replace(figure, standard=str(i), verdict=Verdict.NOT_MET)
        for i, figure in enumerate([national(measured_of("usual")).areas.nation] * 5)
    ]
    owners = {"0": "police", "1": "CPS", "2": "CPS", "3": "police", "4": "police"}
    assert words.verdict_detail(figures, owners) == "5 not met: Police 3 and CPS 2."
    assert words.verdict_detail(figures, dict.fromkeys(owners, "CPS")) == "5 not met."
    assert words.owner_heading(WORDS, "police", figures) == "Police: 5 of 5 not met, 0 met"
    assert words.owner_heading(WORDS, "police", []) == "Police: in no rate"


def test_an_area_within_the_margin_is_not_said_to_be_as_near_as_chance_explains() -> None:
    figure = replace(measured_of("cases").figure("3m", "BBB", "ALL"), position=Position.SIMILAR, p_adjusted=1e-7)
    said = words.position_sentence("Beacon", figure, 0.93, 13)
    assert "further apart than chance explains, but by too little to be called" in said
    assert "no further apart than chance" in words.position_sentence("B", replace(figure, p_adjusted=0.2), 0.93, 13)


def test_of_two_rises_that_adjoin_each_is_told_with_its_own_months() -> None:
    rising = [900 + 2 * i for i in range(7)]
    met = rising + [rising[-1] + 2 * i for i in range(7)]
    months = [Point(Period(2024, 1).plus(i), each, 1000) for i, each in enumerate(met)]
    chart = p_prime_chart(months)
    told = [
        words.reason(chart, point.period)
        for point in months
        if "successive months that rose" in words.reason(chart, point.period)
    ]
    assert set(told) == {"it is one of 7 successive months that rose"}
