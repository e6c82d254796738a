"""Our figures beside those of other people's software. The sources are named in the README of the tables.

Each test counts the cases it has compared, so that a table that has lost its rows cannot pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby, pairwise
from statistics import NormalDist

import pytest

from assurance.measures.agreement import gwet, mcnemar
from assurance.measures.comparison import benjamini_hochberg
from assurance.measures.rates import wilson
from assurance.measures.variation import (
    ChartPoint,
    ControlChart,
    Point,
    Signal,
    Variation,
    p_chart,
    p_prime_chart,
    signals,
    trend_headings,
    variation,
)
from assurance.model import Direction, Period

Row = dict[str, str]
Oracle = Callable[[str], list[Row]]

START = Period(2000, 1)
DRAWN_TO = 1e-12
"""The tables print 15 significant digits."""


def by(rows: Iterable[Row], *columns: str) -> dict[tuple[str, ...], list[Row]]:
    def key(row: Row) -> tuple[str, ...]:
        return tuple(row[column] for column in columns)

    return {group: list(those) for group, those in groupby(sorted(rows, key=key), key)}


def differing(expected: Iterable[Row], got: Iterable[dict[str, object]], within: float) -> list[object]:
    """The rows in which a number differs by more than `within`, or anything else differs at all."""
    return [
        (was, now)
        for was, now in zip(expected, got, strict=True)
        if any(
            abs(float(was[column]) - shown) > within if isinstance(shown, float) else was[column] != shown
            for column, shown in now.items()
        )
    ]


def test_wilson_is_that_of_base_r(oracle: Oracle) -> None:
    rows = oracle("wilson_exact_R.csv")
    got = []
    for row in rows:
        z = NormalDist().inv_cdf((1 + float(row["conf"])) / 2)
        interval = wilson(int(row["x"]), int(row["n"]), z)
        assert interval is not None
        got.append({"wilson_low": interval.low, "wilson_high": interval.high})
    assert len(rows) >= 30
    assert differing(rows, got, within=1e-14) == []


def test_wilson_is_that_of_the_r_package_binom(oracle: Oracle) -> None:
    rows = [row for row in oracle("statsmodels_binom_R_reference.csv") if row["method"] == "wilson"]
    got = []
    for row in rows:
        interval = wilson(int(row["x"]), int(row["n"]))
        assert interval is not None
        got.append({"low": interval.low, "high": interval.high})
    assert len(rows) == 8
    # Some rows of the source have 7 to 9 digits only.
    assert differing(rows, got, within=1e-8) == []


CHARTS = {
    "p": p_chart,
    "pp": lambda points: p_prime_chart(points, floor=False),
}


@pytest.mark.parametrize("kind", ["p", "pp"])
def test_charts_have_the_limits_and_outside_points_of_qicharts2(oracle: Oracle, kind: str) -> None:
    """Those of the table that were made without screening.

    qicharts2 can drop large moving ranges before averaging (`screened_mr`). Our p-prime chart never does, so
    its screened charts are left out; screening does not touch a p chart, of which all are compared.
    """
    rows = [
        row
        for row in oracle("p_and_pprime_qicharts2_expected.csv")
        if row["chart"] == kind and (kind == "p" or row["screened_mr"] == "FALSE")
    ]
    charts = by(rows, "case", "screened_mr")
    assert len(charts) == {"p": 6, "pp": 3}[kind]
    for case, expected in charts.items():
        expected.sort(key=lambda row: int(row["i"]))
        chart = CHARTS[kind]([Point(START.plus(int(r["i"])), int(r["x"]), int(r["n"])) for r in expected])
        assert differing(expected, map(drawn(chart, "sigma_signal"), chart.points), DRAWN_TO) == [], case


def drawn(chart: ControlChart, outside: str) -> Callable[[ChartPoint], dict[str, object]]:
    """A point under the names of the table, in which `outside` heads the column of points outside."""
    return lambda point: {
        "y": point.rate,
        "cl": chart.mean,
        "lcl": point.low,
        "ucl": point.high,
        outside: str(Signal.OUTSIDE in point.signals).upper(),
    }


def test_screening_matters_only_where_a_moving_range_is_large(oracle: Oracle) -> None:
    """Why the screened p-prime charts are left out: the two kinds differ in one of the three cases."""
    charts = by((row for row in oracle("p_and_pprime_qicharts2_expected.csv") if row["chart"] == "pp"), "case")
    differ = {
        case
        for (case,), rows in charts.items()
        for low in [by(rows, "screened_mr")]
        if [r["ucl"] for r in low[("TRUE",)]] != [r["ucl"] for r in low[("FALSE",)]]
    }
    assert differ == {"montgomery_7.3"}


@pytest.mark.parametrize(
    ("case", "part", "points"),
    [("montgomery_ex7.1_p", "1", 28), ("montgomery_ex7.1_p", "2", 64), ("montgomery_tbl7.4_p", "1", 25)],
)
def test_p_charts_have_the_limits_of_montgomery_s_textbook(oracle: Oracle, case: str, part: str, points: int) -> None:
    """The p charts of the table; its moving-range, u and c charts are of kinds we do not draw.

    Each part of a chart has its own limits and is a chart to us. Two points of example 7.1 are shown and kept
    out of its limits, which we never do; the others are compared.
    """
    expected = [
        row
        for row in oracle("qicharts2_montgomery_reference_rds.csv")
        if (row["case"], row["part"], row["include"]) == (case, part, "TRUE")
    ]
    assert len(expected) == points
    chart = p_chart([Point(START.plus(int(r["x"])), int(r["y.sum"]), int(r["n"])) for r in expected])
    assert differing(expected, map(drawn(chart, "sigma.signal"), chart.points), DRAWN_TO) == []


NAMES = {
    (Signal.OUTSIDE, 1): "Above UCL",
    (Signal.OUTSIDE, -1): "Below LCL",
    (Signal.TREND, 1): "7 Point Trend (Increasing)",
    (Signal.TREND, -1): "7 Point Trend (Decreasing)",
    (Signal.TWO_OF_THREE, 1): "2 in 3 Above CL",
    (Signal.TWO_OF_THREE, -1): "2 in 3 Below CL",
    (Signal.SHIFT, 1): "7 Points Above CL",
    (Signal.SHIFT, -1): "7 Points Below CL",
}
DIRECTIONS = {"increase": Direction.UP, "decrease": Direction.DOWN, "neutral": Direction.NEUTRAL}
STATES = {
    Variation.USUAL: "common_cause",
    Variation.IMPROVING: "special_cause_improvement",
    Variation.WORSENING: "special_cause_concern",
    Variation.HIGH: "special_cause_neutral_high",
    Variation.LOW: "special_cause_neutral_low",
}


def test_signals_and_their_meaning_are_those_of_making_data_count(oracle: Oracle) -> None:
    """The rules, their order and the states of NHSRplotthedots, on its own limits.

    Its charts are XmR charts. Their limits are taken as given: here it is only the rules that are compared,
    which are the same on any chart. Series without limits, or too short for us to judge, are left out.
    """
    directions = {row["case"]: row["improvement_direction"] for row in oracle("xmr_cases_expected.csv")}
    compared, differ = 0, []
    for (case, segment), rows in by(oracle("xmr_points_expected.csv"), "case", "rebase_group").items():
        if rows[0]["upl"] == "NA" or len(rows) < 6:
            continue
        rows.sort(key=lambda row: row["period"])
        chart = from_nhs(rows)
        for row, point in zip(rows, chart.points, strict=True):
            first = point.signals[0] if point.signals else None
            way = point.heading if first is Signal.TREND else point.side
            state = STATES[variation(chart, point.period, DIRECTIONS[directions[case]])]
            got = (NAMES[first, way] if first else "Common Cause", state)
            compared += 1
            if got != (row["special_cause_type"], row["point_type"]):
                differ.append((case, segment, row["period"], got, row["special_cause_type"], row["point_type"]))
    assert compared > 1000
    assert differ == []


def from_nhs(rows: list[Row]) -> ControlChart:
    """Points with NHSRplotthedots' own places beside mean and limits, and our signals."""
    values = [float(row["y"]) for row in rows]
    headings = trend_headings([0, *((b > a) - (b < a) for a, b in pairwise(values))])
    zones = [
        int(row["relative_to_mean"])
        * (3 if row["outside_limits"] == "TRUE" else 2 if row["close_to_limits"] == "TRUE" else 1)
        for row in rows
    ]
    points = tuple(
        ChartPoint(START.plus(i), 0, 1, value, 0, 1, (zone > 0) - (zone < 0), found, heading)
        for i, (value, zone, found, heading) in enumerate(
            zip(values, zones, signals(zones, headings), headings, strict=True)
        )
    )
    return ControlChart(points, mean=float(rows[0]["mean"]), sigma_z=None, provisional=False)


def test_adjusted_p_values_are_those_of_base_r(oracle: Oracle) -> None:
    cases = by(oracle("p_adjust_R.csv"), "case")
    assert len(cases) == 3
    for (case,), rows in cases.items():
        rows.sort(key=lambda row: int(row["i"]))
        got = [{"bh": p} for p in benjamini_hochberg([float(row["p"]) for row in rows])]
        assert differing(rows, got, within=1e-14) == [], case


def test_mcnemar_is_that_of_base_r(oracle: Oracle) -> None:
    """The exact column of the table; for a case without differing pairs R gives no number, and we 1."""
    rows = oracle("mcnemar_R.csv")
    got = {row["case"]: mcnemar(int(row["b"]), int(row["c"])) for row in rows}
    assert len(rows) == 2
    exact = [row for row in rows if row["p_exact"] != "NA"]
    assert differing(exact, [{"p_exact": got[row["case"]]} for row in exact], within=1e-18) == []
    assert [got[row["case"]] for row in rows if row["p_exact"] == "NA"] == [1.0]


def test_agreement_is_that_of_irrcac(oracle: Oracle) -> None:
    """Percent agreement and Gwet's AC1; the other coefficients are none of ours. An error of 0 is printed as 1e-50."""
    cells = by(oracle("agreement_tables.csv"), "case")
    coefficients = by(oracle("agreement_irrCAC_R.csv"), "case", "coefficient")
    assert len(cells) == 5
    for (case,), counts in cells.items():
        k = max(int(cell["row"]) for cell in counts)
        table = [[0] * k for _ in range(k)]
        for cell in counts:
            table[int(cell["row"]) - 1][int(cell["col"]) - 1] = int(cell["count"])
        found = gwet(table)
        assert differing(coefficients[case, "Percent Agreement"], [{"value": found.raw}], within=1e-14) == []
        expected = coefficients[case, "Gwet's AC1"]
        assert differing(expected, [{"value": found.ac1, "se": found.standard_error}], within=1e-14) == [], case
        assert found.low is not None
        assert found.high is not None
        assert expected[0]["conf_int"] == f"({round(found.low, 3):g},{round(found.high, 3):g})", case
