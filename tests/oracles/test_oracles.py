"""Our figures beside those of other people's software. The sources are named in the README of the tables.

Each test counts the cases it has compared, so that a table that has lost its rows cannot pass.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from itertools import groupby
from statistics import NormalDist

import pytest

from assurance.measures.agreement import gwet, mcnemar
from assurance.measures.comparison import benjamini_hochberg
from assurance.measures.funnel import arcsine_limits, dispersion, exact_limits
from assurance.measures.rates import wilson
from assurance.measures.signals import Signal
from assurance.measures.variation import (
    ChartPoint,
    ControlChart,
    Outlook,
    Point,
    Variation,
    limits,
    meaning,
    outlook,
    p_chart,
    p_prime_chart,
)
from assurance.measures.xmr import Value, xmr
from assurance.model import Counts, Direction, Period

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


@pytest.mark.parametrize(("kind", "screened"), [("p", "TRUE"), ("p", "FALSE"), ("pp", "TRUE"), ("pp", "FALSE")])
def test_charts_have_the_limits_and_outside_points_of_qicharts2(oracle: Oracle, kind: str, screened: str) -> None:
    """With and without screening, which touches no p chart; its rules for runs (Anhøj's) are not ours."""
    table = oracle("p_and_pprime_qicharts2_expected.csv")
    charts = by((row for row in table if (row["chart"], row["screened_mr"]) == (kind, screened)), "case")
    assert len(charts) == 3
    for case, expected in charts.items():
        expected.sort(key=lambda row: int(row["i"]))
        points = [Point(START.plus(int(r["i"])), int(r["x"]), int(r["n"])) for r in expected]
        chart = p_chart(points) if kind == "p" else p_prime_chart(points, floor=False, screen=screened == "TRUE")
        assert differing(expected, map(drawn(chart, "sigma_signal"), chart.points), DRAWN_TO) == [], case
        assert differing(expected, map(near(chart), chart.points), DRAWN_TO) == [], case


def near(chart: ControlChart) -> Callable[[ChartPoint], dict[str, object]]:
    """The lines two thirds of the way to the limits."""

    def lines(point: ChartPoint) -> dict[str, object]:
        assert chart.mean is not None
        low, high = limits(chart.mean, point.assessed, chart.sigma_z or 1.0, deviations=2)
        return {"lcl95": low, "ucl95": high}

    return lines


def drawn(chart: ControlChart, outside: str) -> Callable[[ChartPoint], dict[str, object]]:
    """A point under the names of the table, in which `outside` heads the column of points outside."""
    return lambda point: {
        "y": point.rate,
        "cl": chart.mean,
        "lcl": point.low,
        "ucl": point.high,
        outside: str(Signal.OUTSIDE in point.signals).upper(),
    }


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

ASSURANCES = {
    None: "NA",
    Outlook.WILL_BE_MET: "consistent_pass",
    Outlook.WILL_NOT_BE_MET: "consistent_fail",
    Outlook.MAY_OR_MAY_NOT: "inconsistent",
}


def test_xmr_is_that_of_making_data_count(oracle: Oracle) -> None:
    """Every column of NHSRplotthedots' points: limits, places, rules in their order and states.

    A screened series that never moves has no limits there (NA) nor here.
    """
    cases = {row["case"]: row for row in oracle("xmr_cases_expected.csv")}
    points = by(oracle("xmr_points_expected.csv"), "case")
    assert len(cases) == len(points) == 50
    for (case,), rows in points.items():
        rows.sort(key=lambda row: row["period"])
        direction = DIRECTIONS[cases[case]["improvement_direction"]]
        got = [shown(value, direction) for value in nhs_chart(cases[case], rows)]
        assert differing(rows, got, within=1e-11) == [], case


def test_assurance_is_that_of_making_data_count(oracle: Oracle) -> None:
    """The summary of each chart: the last limits and state, and whether the target will be met."""
    points = by(oracle("xmr_points_expected.csv"), "case")
    assured = 0
    for row in oracle("xmr_cases_expected.csv"):
        rows = sorted(points[(row["case"],)], key=lambda point: point["period"])
        direction = DIRECTIONS[row["improvement_direction"]]
        values = nhs_chart(row, rows)
        last = values[-1]
        limits = None if last.low is None or last.high is None else (last.low, last.high)
        found = outlook(limits, None if row["target"] == "NA" else Decimal(row["target"]), direction)
        got = {
            "n": str(len(values)),
            "mean_last": last.mean,
            "lpl_last": "NA" if last.low is None else last.low,
            "upl_last": "NA" if last.high is None else last.high,
            "variation_last": STATES[meaning(last.signals, last.side, last.heading, direction)],
            "assurance": ASSURANCES[found],
            "n_special": str(sum(bool(value.signals) for value in values)),
        }
        assured += found is not None
        assert differing([row], [got], within=1e-11) == [], row["case"]
    assert assured >= 20


def nhs_chart(case: Row, rows: Sequence[Row]) -> tuple[Value, ...]:
    """The chart of a case, made with its settings."""
    rebases = [] if case["rebase"] == "NA" else case["rebase"].split(";")
    return xmr(
        [float(row["y"]) for row in rows],
        rebased_at=[i for i, row in enumerate(rows) if row["period"] in rebases],
        fix_after=None if case["fix_after_n_points"] == "NA" else int(case["fix_after_n_points"]),
        screen=case["screen_outliers"] == "TRUE",
    )


def shown(value: Value, direction: Direction) -> dict[str, object]:
    """A value under the names of the table."""
    first = value.signals[0] if value.signals else None
    way = value.heading if first is Signal.TREND else value.side
    limited = value.low is not None and value.high is not None
    return {
        "rebase_group": str(value.group),
        "short_group_warning": str(value.is_short).upper(),
        "mean": value.mean,
        "lpl": value.low if limited else "NA",
        "upl": value.high if limited else "NA",
        "outside_limits": str(value.is_outside).upper() if limited else "NA",
        "relative_to_mean": str(value.side),
        "close_to_limits": str(value.is_near).upper() if limited else "NA",
        "special_cause_type": NAMES[first, way] if first else "Common Cause",
        "special_cause_flag": str(bool(first)).upper(),
        "point_type": STATES[meaning(value.signals, value.side, value.heading, direction)],
    }


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


def test_exact_limits_are_those_of_base_r_with_spiegelhalter_s_interpolation(oracle: Oracle) -> None:
    rows = oracle("binomial_exact_limits_R.csv")
    names = {"0.025": "low95", "0.975": "high95", "0.001": "low998", "0.999": "high998"}
    got = [
        {"interpolated": getattr(exact_limits(float(row["target"]), int(row["n"])), names[row["p"]])} for row in rows
    ]
    assert len(rows) == 120
    # The table prints 12 decimals.
    assert differing(rows, got, within=1e-11) == []


def test_funnel_limits_and_dispersion_are_those_of_funnelplotr(oracle: Oracle) -> None:
    summaries = {row["case"]: row for row in oracle("funnelplotr_pr_summary.csv")}
    cases = by(oracle("funnelplotr_pr_expected.csv"), "case")
    assert len(cases) == len(summaries) == 2
    for (case,), rows in cases.items():
        areas = {
            r["group"]: Counts(met=int(r["numerator"]), not_met=int(r["denominator"]) - int(r["numerator"]))
            for r in rows
        }
        found = dispersion(areas)
        assert found is not None
        summary = {
            "groups": str(len(found.scores)),
            "target": found.target,
            "phi": found.phi,
            "tau2": found.tau2,
        }
        assert differing([summaries[case]], [summary], within=1e-9) == [], case
        got = []
        lowest, highest = min(found.winsorised.values()), max(found.winsorised.values())
        for group, counts in areas.items():
            plain = arcsine_limits(found.target, counts.assessed)
            adjusted = arcsine_limits(found.target, counts.assessed, found.tau2)
            share = counts.met / counts.assessed
            got.append(
                {
                    "rr": share,
                    "Y": math.asin(math.sqrt(share)),
                    "s": 1 / (2 * math.sqrt(counts.assessed)),
                    "Uzscore": found.scores[group],
                    "winsorised": str(int(not lowest < found.scores[group] < highest)),
                    "Wuzscore": found.winsorised[group],
                    "ll95": plain.low95,
                    "ul95": plain.high95,
                    "ll998": plain.low998,
                    "ul998": plain.high998,
                    "odll95": adjusted.low95,
                    "odul95": adjusted.high95,
                    "odll998": adjusted.low998,
                    "odul998": adjusted.high998,
                    "out95": str(int(not plain.low95 <= share <= plain.high95)),
                    "out998": str(int(not plain.low998 <= share <= plain.high998)),
                    "odout95": str(int(not adjusted.low95 <= share <= adjusted.high95)),
                    "odout998": str(int(not adjusted.low998 <= share <= adjusted.high998)),
                }
            )
        assert differing(rows, got, within=1e-11) == [], case
