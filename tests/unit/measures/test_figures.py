from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from time import process_time

import pytest

from assurance.measures.comparison import Position, compare, exact_p
from assurance.measures.figures import (
    FIGURE_COLUMNS,
    FURTHER_COLUMNS,
    Figure,
    Register,
    as_row,
    control_chart,
    figures,
    series,
)
from assurance.measures.rates import Verdict, wilson
from assurance.measures.variation import ControlChart, Outlook, Point, Variation, p_prime_chart
from assurance.measures.xmr import xmr_chart
from assurance.model import (
    NATION,
    Charting,
    ChartKind,
    Counts,
    Direction,
    Period,
    Rebase,
    ReturnState,
    Standard,
    TallyRow,
)

OCTOBER = Period(2026, 10)
SEPTEMBER, AUGUST, JULY = (OCTOBER.plus(-back) for back in (1, 2, 3))
ACCEPTED, MISSING, NIL = ReturnState.ACCEPTED, ReturnState.MISSING, ReturnState.NIL
NOT_IN = [ReturnState.MISSING, ReturnState.REJECTED, ReturnState.EXPECTED]


def standard(code: str, **changes: object) -> Standard:
    base = Standard(code, f"Title of {code}", 1, Direction.UP, "CPS", Decimal("0.9"), Decimal("0.02"))
    return replace(base, **changes)  # type: ignore[arg-type]


C01, C02 = standard("C01"), standard("C02", direction=Direction.DOWN, target=None)
OFF = standard("Z99", counted=False)
REGISTER = Register("bcm", (C02, C01, OFF), None, frozenset(), Direction.UP, Decimal("0.02"))


def row(period: Period, area: str, met: int, not_met: int = 0, standard: str = "C01") -> TallyRow:
    return TallyRow(period, area, standard, Counts(met=met, not_met=not_met))


def pick(made: Iterable[Figure], window: str = "1m", area: str = NATION, standard: str = NATION) -> Figure:
    (figure,) = [f for f in made if (f.window, f.area, f.standard) == (window, area, standard)]
    return figure


QUARTER = [
    row(AUGUST, "WSX", 30, 10),
    row(SEPTEMBER, "WSX", 40),
    row(OCTOBER, "WSX", 35, 5),
    row(OCTOBER, "WSX", 3, 7, "C02"),
    row(OCTOBER, "EOE", 10, 10),
]
BOTH_IN = {"WSX": ACCEPTED, "EOE": ACCEPTED}


def test_the_columns_are_those_of_the_header() -> None:
    header = (
        "collection,period,window,area,standard,standard_title,sample_reason,met,partly,not_met,"
        "not_applicable,not_due,assessed,rate,low,high,verdict,variation,p_adjusted"
    )
    assert ",".join(FIGURE_COLUMNS) == header
    made = figures(REGISTER, QUARTER, OCTOBER, BOTH_IN)
    assert {tuple(as_row(figure)) for figure in made} == {(*FIGURE_COLUMNS, *FURTHER_COLUMNS)}


def test_there_is_one_figure_for_each_window_area_and_standard_in_order() -> None:
    made = figures(REGISTER, QUARTER, OCTOBER, BOTH_IN)
    assert [(f.window, f.area, f.standard) for f in made] == [
        (window, area, code)
        for window in ("1m", "3m")
        for area in ("ALL", "EOE", "WSX")
        for code in ("ALL", "C02", "C01", "Z99")
    ]


def test_a_figure_is_written_as_a_row_with_plain_values() -> None:
    made = figures(REGISTER, QUARTER, OCTOBER, BOTH_IN)
    interval = wilson(35, 40)
    assert interval is not None
    assert as_row(pick(made, "1m", "WSX", "C01")) == {
        "collection": "bcm",
        "period": "2026-10",
        "window": "1m",
        "area": "WSX",
        "standard": "C01",
        "standard_title": "Title of C01",
        "sample_reason": "ALL",
        "met": 35,
        "partly": 0,
        "not_met": 5,
        "not_applicable": 0,
        "not_due": 0,
        "assessed": 40,
        "rate": 0.875,
        "value": 0.875,
        "low": interval.low,
        "high": interval.high,
        "verdict": "too_close",
        "variation": "too_short",
        "outlook": None,
        "p_adjusted": None,
        "position": None,
        "p_exact": None,
    }


def test_a_window_sums_counts_and_does_not_average_rates() -> None:
    figure = pick(figures(REGISTER, QUARTER, OCTOBER, BOTH_IN), "3m", "WSX", "C01")
    assert figure.counts == Counts(met=105, not_met=15)
    assert figure.rate == 105 / 120


def test_the_nation_pools_the_areas_and_all_pools_the_standards() -> None:
    made = figures(REGISTER, QUARTER, OCTOBER, BOTH_IN)
    assert pick(made, "1m", NATION, "C01").counts == Counts(met=45, not_met=15)
    assert pick(made, "1m", "WSX").counts == Counts(met=38, not_met=12)
    assert pick(made, "1m").counts == Counts(met=48, not_met=22)


def test_a_standard_that_is_not_counted_or_not_registered_stays_out_of_the_pool() -> None:
    more = [
        TallyRow(OCTOBER, "WSX", "Z99", Counts(not_applicable=7)),
        row(OCTOBER, "WSX", 1000, standard="OLD"),
    ]
    before, after = (figures(REGISTER, rows, OCTOBER, BOTH_IN) for rows in (QUARTER, QUARTER + more))
    assert pick(after, area="WSX").counts == pick(before, area="WSX").counts
    assert pick(after, area="WSX", standard="Z99").counts == Counts(not_applicable=7)


def test_the_headline_has_a_verdict_only_where_it_has_a_target() -> None:
    with_target = replace(REGISTER, headline_target=Decimal("0.5"))
    assert pick(figures(REGISTER, QUARTER, OCTOBER, BOTH_IN)).verdict is Verdict.NO_TARGET
    assert pick(figures(with_target, QUARTER, OCTOBER, BOTH_IN)).verdict is Verdict.MET


@pytest.mark.parametrize("state", NOT_IN)
def test_without_its_own_return_an_area_has_no_figure_in_any_window(state: ReturnState) -> None:
    rows = [r for r in QUARTER if (r.area, r.period) != ("WSX", OCTOBER)]
    made = figures(REGISTER, rows, OCTOBER, {"WSX": state, "EOE": ACCEPTED})
    for window, missing in (("1m", 1), ("3m", 1)):
        figure = pick(made, window, "WSX", "C01")
        assert (figure.counts, figure.rate, figure.low, figure.high) == (None, None, None, None)
        assert (figure.verdict, figure.variation) == (Verdict.NO_RETURN, Variation.NO_DATA)
        assert (figure.p_adjusted, figure.position, figure.months_missing) == (None, None, missing)
        assert as_row(figure)["met"] is None
    assert pick(made, "3m", NATION, "C01").counts == Counts(met=80, not_met=20)


def test_rows_of_a_return_that_does_not_count_enter_no_figure() -> None:
    made = figures(REGISTER, QUARTER, OCTOBER, {"WSX": ReturnState.REJECTED, "EOE": ACCEPTED})
    assert pick(made).counts == pick(made, area="EOE").counts == Counts(met=10, not_met=10)


@pytest.mark.parametrize("states", [{}, {"WSX": MISSING, "EOE": ReturnState.EXPECTED}])
def test_the_nation_without_any_return_is_no_return(states: dict[str, ReturnState]) -> None:
    made = figures(REGISTER, [r for r in QUARTER if r.period != OCTOBER], OCTOBER, states)
    national = [f for f in made if f.area == NATION]
    assert {(f.counts, f.verdict, f.variation) for f in national} == {(None, Verdict.NO_RETURN, Variation.NO_DATA)}


def test_a_nil_return_is_zeros_for_the_month_and_adds_nothing_to_three_months() -> None:
    rows = [r for r in QUARTER if (r.area, r.period) != ("WSX", OCTOBER)]
    made = figures(REGISTER, rows, OCTOBER, {"WSX": NIL, "EOE": ACCEPTED})
    month, quarter = pick(made, "1m", "WSX", "C01"), pick(made, "3m", "WSX", "C01")
    assert (month.counts, month.rate, month.verdict) == (Counts(), None, Verdict.NIL_RETURN)
    assert month.variation is Variation.NO_DATA
    assert (quarter.counts, quarter.verdict) == (Counts(met=70, not_met=10), Verdict.TOO_CLOSE)
    assert (month.months_missing, quarter.months_missing) == (0, 0)
    assert pick(made, "3m", "WSX", "C02").verdict is Verdict.NIL_RETURN


def test_where_every_return_is_nil_the_nation_is_nil() -> None:
    made = figures(REGISTER, [], OCTOBER, {"WSX": NIL, "EOE": NIL})
    assert {f.verdict for f in made} == {Verdict.NIL_RETURN}
    one_missing = figures(REGISTER, [], OCTOBER, {"WSX": NIL, "EOE": MISSING})
    assert pick(one_missing).verdict is Verdict.NIL_RETURN


def test_a_window_with_a_missing_month_sums_what_is_there_and_is_marked() -> None:
    rows = [r for r in QUARTER if r.period != SEPTEMBER] + [row(SEPTEMBER, "EOE", 1)]
    figure = pick(figures(REGISTER, rows, OCTOBER, BOTH_IN), "3m", "WSX", "C01")
    assert (figure.counts, figure.months_missing) == (Counts(met=65, not_met=15), 1)


def test_a_month_not_collected_is_passed_over_and_is_not_missing() -> None:
    register = replace(REGISTER, not_collected=frozenset({SEPTEMBER}))
    figure = pick(figures(register, QUARTER, OCTOBER, BOTH_IN), "3m", "WSX", "C01")
    assert (figure.counts, figure.months_missing) == (Counts(met=65, not_met=15), 0)
    july = [*QUARTER, row(JULY, "WSX", 500)]
    assert pick(figures(register, july, OCTOBER, BOTH_IN), "3m", "WSX", "C01").counts == figure.counts


def test_months_before_the_collection_began_are_not_missing() -> None:
    made = figures(REGISTER, [row(OCTOBER, "WSX", 5), row(OCTOBER, "EOE", 5)], OCTOBER, BOTH_IN)
    assert {f.months_missing for f in made} == {0}


def test_an_area_that_began_later_than_the_others_is_marked() -> None:
    figure = pick(figures(REGISTER, QUARTER, OCTOBER, BOTH_IN), "3m", "EOE", "C01")
    assert figure.months_missing == 2


def test_later_months_change_nothing() -> None:
    later = [*QUARTER, row(OCTOBER.plus(1), "WSX", 0, 99), row(OCTOBER.plus(2), "EOE", 0, 99)]
    assert figures(REGISTER, later, OCTOBER, BOTH_IN) == figures(REGISTER, QUARTER, OCTOBER, BOTH_IN)


def test_the_order_of_the_rows_changes_nothing() -> None:
    assert figures(REGISTER, QUARTER[::-1], OCTOBER, BOTH_IN) == figures(REGISTER, QUARTER, OCTOBER, BOTH_IN)


YEAR = [row(OCTOBER.plus(-back), "WSX", 90 - back % 3, 10 + back % 3) for back in range(1, 13)]


def fall(code: str) -> Sequence[TallyRow]:
    return [replace(r, standard=code) for r in [*YEAR, row(OCTOBER, "WSX", 60, 40)]]


def test_variation_is_that_of_the_month_in_both_windows_and_by_the_standard_s_direction() -> None:
    made = figures(REGISTER, [*fall("C01"), *fall("C02")], OCTOBER, {"WSX": ACCEPTED})
    for window in ("1m", "3m"):
        assert pick(made, window, "WSX", "C01").variation is Variation.WORSENING
        assert pick(made, window, NATION, "C02").variation is Variation.IMPROVING
        assert pick(made, window).variation is Variation.WORSENING
    neutral = replace(REGISTER, headline_direction=Direction.NEUTRAL)
    assert pick(figures(neutral, fall("C01"), OCTOBER, {"WSX": ACCEPTED})).variation is Variation.LOW


def test_later_and_uncollected_months_do_not_enter_the_variation() -> None:
    falling = [*YEAR, row(OCTOBER, "WSX", 60, 40)]
    without = [r for r in falling if r.period != SEPTEMBER]
    register = replace(REGISTER, not_collected=frozenset({SEPTEMBER}))
    made = figures(register, without, OCTOBER, {"WSX": ACCEPTED})
    assert made == figures(register, [*without, row(SEPTEMBER, "WSX", 1, 99)], OCTOBER, {"WSX": ACCEPTED})
    later = [row(OCTOBER.plus(ahead), "WSX", 60 + ahead, 40 - ahead) for ahead in range(1, 13)]
    assert figures(REGISTER, [*falling, *later], OCTOBER, {"WSX": ACCEPTED}) == figures(
        REGISTER, falling, OCTOBER, {"WSX": ACCEPTED}
    )


def thirteen(back: int = 0) -> list[TallyRow]:
    """A month in which one Area, A03, is far below the other twelve."""
    met = [700 if i == 3 else 930 + i % 3 for i in range(13)]
    return [row(OCTOBER.plus(-back), f"A{i:02}", x, 1000 - x) for i, x in enumerate(met)]


ALL_IN = {f"A{i:02}": ACCEPTED for i in range(13)}


def test_areas_are_compared_over_three_months_only() -> None:
    made = figures(REGISTER, [*thirteen(), *thirteen(1)], OCTOBER, ALL_IN)
    odd = pick(made, "3m", "A03", "C01")
    pooled = {f"A{i:02}": pick(made, "3m", f"A{i:02}", "C01").counts or Counts() for i in range(13)}
    assert odd.position is Position.LOWER
    assert odd.p_adjusted == compare(pooled, C01.margin)["A03"].p_adjusted
    compared = [f for f in made if f.p_adjusted is not None]
    assert {(f.window, f.area == NATION, f.standard) for f in compared} == {
        ("3m", False, "C01"),
        ("3m", False, NATION),
    }
    assert [f for f in made if (f.position is None) != (f.p_adjusted is None)] == []


def test_an_area_without_a_return_is_not_one_of_those_compared() -> None:
    states = {**ALL_IN, "A12": MISSING}
    made = figures(REGISTER, [*thirteen(), *thirteen(1)], OCTOBER, states)
    pooled = {a: pick(made, "3m", a, "C01").counts or Counts() for a in ALL_IN if a != "A12"}
    assert pick(made, "3m", "A03", "C01").p_adjusted == compare(pooled, C01.margin)["A03"].p_adjusted
    assert pick(made, "3m", "A12", "C01").position is None


def test_the_margin_is_the_standard_s_and_the_headline_s() -> None:
    register = replace(REGISTER, standards=(standard("C01", margin=Decimal("0.5")),), headline_margin=Decimal("0.01"))
    made = figures(register, thirteen(), OCTOBER, ALL_IN)
    assert pick(made, "3m", "A03", "C01").position is Position.SIMILAR
    assert pick(made, "3m", "A03").position is Position.LOWER


def test_cases_measure_certainty_where_all_standards_are_pooled() -> None:
    rows = [*thirteen(), *thirteen(1)]
    cases = {(month, area): 20 for month in (OCTOBER, SEPTEMBER) for area in ALL_IN}
    plain, by_case = figures(REGISTER, rows, OCTOBER, ALL_IN), figures(REGISTER, rows, OCTOBER, ALL_IN, cases)
    pooled = {area: pick(plain, "3m", area).counts or Counts() for area in ALL_IN}
    expected = compare(pooled, REGISTER.headline_margin, dict.fromkeys(ALL_IN, 40))
    assert pick(by_case, "3m", "A05").p_adjusted == expected["A05"].p_adjusted
    assert pick(by_case, "3m", "A03").p_adjusted != pick(plain, "3m", "A03").p_adjusted
    assert pick(by_case, "3m", "A03", "C01") == pick(plain, "3m", "A03", "C01")


def test_a_series_is_the_counts_by_month_in_order() -> None:
    counted = {"C01", "C02"}
    assert list(series(QUARTER[::-1], counted=counted)) == [AUGUST, SEPTEMBER, OCTOBER]
    assert series(QUARTER, counted=counted)[OCTOBER] == Counts(met=48, not_met=22)
    assert series(QUARTER, counted={"C01"})[OCTOBER] == Counts(met=45, not_met=15)
    assert series(QUARTER, area="EOE", counted=counted) == {OCTOBER: Counts(met=10, not_met=10)}
    assert series(QUARTER, area="WSX", standard="C02", counted=counted) == {OCTOBER: Counts(met=3, not_met=7)}
    assert series(QUARTER, standard="C99", counted=counted) == {}


def test_a_control_chart_ends_with_its_period() -> None:
    rows = [*fall("C01"), row(OCTOBER.plus(1), "WSX", 1)]
    chart = control_chart(rows, area="WSX", standard="C01", period=OCTOBER, counted={"C01"})
    assert chart == p_prime_chart(
        [Point(p, c.met, c.assessed) for p, c in series(fall("C01"), counted={"C01"}).items()]
    )
    assert chart.points[-1].period == OCTOBER


STEADY = [row(OCTOBER.plus(-back), "WSX", 190 + back % 3, 10 - back % 3) for back in range(12)]


@pytest.mark.parametrize(
    ("target", "ahead"),
    [
        ("0.50", Outlook.WILL_BE_MET),
        ("0.955", Outlook.MAY_OR_MAY_NOT),
        ("1", Outlook.WILL_NOT_BE_MET),
        (None, None),
    ],
)
def test_the_outlook_is_that_of_single_months_whatever_the_window(target: str | None, ahead: Outlook | None) -> None:
    register = replace(REGISTER, standards=(standard("C01", target=None if target is None else Decimal(target)),))
    made = figures(register, STEADY, OCTOBER, {"WSX": ACCEPTED})
    assert {f.outlook for f in made if f.standard == "C01"} == {ahead}
    assert {f.outlook for f in made if f.standard == NATION} == {None}, "the headline has no target"


def test_a_month_without_a_figure_has_no_outlook() -> None:
    made = figures(REGISTER, STEADY[1:], OCTOBER, {"WSX": MISSING})
    assert {f.outlook for f in made} == {None}


def test_the_exact_p_of_an_area_is_against_the_nation_over_three_months() -> None:
    made = figures(REGISTER, QUARTER, OCTOBER, BOTH_IN)
    assert pick(made, "3m", "EOE", "C01").p_exact == exact_p(10, 20, 115 / 140)
    assert pick(made, "3m", NATION, "C01").p_exact is None
    assert pick(made, "1m", "EOE", "C01").p_exact is None
    assert pick(made, "3m", "EOE", "C02").p_exact is None, "nothing was assessed"


@pytest.mark.parametrize(
    ("charting", "drawn"),
    [
        (Charting(), p_prime_chart),
        (Charting(ChartKind.XMR, screen=True), xmr_chart),
        (Charting(ChartKind.XMR, run_length=6), partial(xmr_chart, screen=False, run_length=6)),
        (Charting(screen=True), partial(p_prime_chart, screen=True)),
        (
            Charting(rebases=(Rebase(OCTOBER.plus(-5), "Why"),)),
            partial(p_prime_chart, rebases=[Rebase(OCTOBER.plus(-5), "Why")]),
        ),
    ],
)
def test_a_chart_is_made_as_the_register_says(charting: Charting, drawn: Callable[[list[Point]], ControlChart]) -> None:
    rows = [*STEADY[1:], row(OCTOBER, "WSX", 120, 80)]
    chart = control_chart(rows, area="WSX", standard="C01", period=OCTOBER, counted=set(), charting=charting)
    assert chart == drawn([Point(p, c.met, c.assessed) for p, c in series(rows, counted={"C01"}).items()])


def test_a_rebase_takes_what_went_before_out_of_the_figures_variation() -> None:
    """Fifteen points lower from May on: worse, unless the register says that the limits begin anew there."""
    rows = [row(OCTOBER.plus(-back), "WSX", 160 if back < 6 else 190, 40 if back < 6 else 10) for back in range(24)]
    anew = standard("C01", charting=Charting(rebases=(Rebase(OCTOBER.plus(-5), "A new form"),)))
    for subject, state in ((C01, Variation.WORSENING), (anew, Variation.USUAL)):
        made = figures(replace(REGISTER, standards=(subject,)), rows, OCTOBER, {"WSX": ACCEPTED})
        assert pick(made, area="WSX", standard="C01").variation is state


def test_the_headline_is_charted_as_its_own_setting_says() -> None:
    rows = [row(OCTOBER.plus(-back), "WSX", 160 if back < 6 else 190, 40 if back < 6 else 10) for back in range(24)]
    anew = Charting(rebases=(Rebase(OCTOBER.plus(-5), "A new form"),))
    made = figures(replace(REGISTER, headline_charting=anew), rows, OCTOBER, {"WSX": ACCEPTED})
    assert pick(made).variation is Variation.USUAL
    assert pick(made, standard="C01").variation is Variation.WORSENING


def test_ten_years_of_fourteen_areas_and_24_standards_are_judged_in_moments() -> None:
    standards = tuple(standard(f"S{i:02}") for i in range(24))
    areas = [f"A{i:02}" for i in range(14)]
    rows = [
        TallyRow(OCTOBER.plus(-back), area, s.code, Counts(36 + (back + i) % 4, 0, 2, 3, 1))
        for back in range(120)
        for i, area in enumerate(areas)
        for s in standards
    ]
    began = process_time()
    made = figures(replace(REGISTER, standards=standards), rows, OCTOBER, dict.fromkeys(areas, ACCEPTED))
    took = process_time() - began
    assert len(made) == 2 * 15 * 25
    assert took < 4, f"took {took:.1f} s of processor time; about 0.8 s is usual"
