"""How does each published number follow from the counts? Its formula once, in words, and the numbers that fill it in.

Pure, and made from the figures of the release themselves: what is told here is how they were computed, not how a figure
of this kind might have been.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields

from assurance.measures import words
from assurance.measures.comparison import FALSE_DISCOVERY_RATE
from assurance.measures.figures import COMPARED, WINDOWS, Figure
from assurance.measures.rates import TOO_FEW, Z95, Verdict, percent
from assurance.model import NATION, Charting, ChartKind, Counts, Period
from assurance.reporting.measured import Measured

COUNTS = tuple(field.name for field in fields(Counts))

_COUNT = "the sum over the months of the window of what the returns in force count"
FORMULAS: Mapping[str, str] = {
    **{name: f"{name.replace('_', ' ').capitalize()}: {_COUNT}." for name in COUNTS},
    "assessed": "Assessed n: met + partly + not met. Not applicable and not due are left out.",
    "rate": "Rate p: met x ÷ assessed n.",
    "value": "Value: (met + partly ÷ 2) ÷ assessed n. It differs from the rate only where answers have degrees.",
    "low": "Lower end of Wilson's 95 % interval: (x + z²/2 - z·√(x·(n - x)/n + z²/4)) ÷ (n + z²), "
    f"z = {Z95}; 0 where nothing was met.",
    "high": "Upper end of Wilson's 95 % interval: (x + z²/2 + z·√(x·(n - x)/n + z²/4)) ÷ (n + z²), "
    f"z = {Z95}; 1 where everything was met.",
    "verdict": "Verdict, the first that holds: no return; nil return; not due; no target; too few (n under "
    f"{TOO_FEW}); met (low ≥ target); not met (high < target); too close to say.",
    "variation": "Variation, of the single month, by the chart that the register asks for. Laney's p′: mean p̄ = all met ÷ "
    "all assessed, limits p̄ ± 3·√(p̄·(1 - p̄)/n)·sigma_z with sigma_z = max(1, mean moving range of z ÷ 1.128). XmR: mean of "
    "the rates ± 2.66·mean moving range. Over all months, or since the limits were begun anew. Unusual: a month outside "
    "the limits, in a run that rises or falls, one of two of three near a limit, or in a run on one side of the mean.",
    "outlook": "Outlook, of single months: will be met, or will not, where both limits of the chart lie on one side of the "
    "target; may or may not where the target lies between them.",
    "p_adjusted": "Adjusted p: two-sided normal p of 2·√n·(arcsin√p - arcsin√typical) ÷ √φ, where typical is the rate of "
    "the median Area and φ how much more than chance the middle Areas differ, after Benjamini and Hochberg's adjustment "
    "for all Areas compared.",
    "position": f"Beside other Areas: lower or higher where the adjusted p is at most {FALSE_DISCOVERY_RATE}, that of the "
    "exact test against the typical rate too, and the rate the margin or more from it; similar otherwise.",
    "p_exact": "Exact p: two-sided binomial test of x of n against the rate of all Areas together; it calls nobody.",
}
"""The formula of each measure, in words; docs/statistics.md says why."""


def numbers(measured: Measured, figure: Figure, measure: str) -> str:
    """The formula of a measure with the numbers of this figure filled in."""
    if figure.counts is None and measure not in ("verdict", "variation"):
        return "blank: the return of the month is not in"
    if measure in COUNTS:
        return _summed(measured, figure, measure)
    return _NUMBERS[measure](measured, figure)


def months(measured: Measured, figure: Figure) -> tuple[Period, ...]:
    """The months of a figure's window of which something was counted."""
    known = measured.monthly.get((figure.area, figure.standard), {})
    first = figure.period.plus(1 - WINDOWS[figure.window])
    return tuple(month for month in known if first <= month <= figure.period)


def _summed(measured: Measured, figure: Figure, measure: str) -> str:
    counted = measured.monthly.get((figure.area, figure.standard), {})
    parts = [f"{month.short} {getattr(counted[month], measure)}" for month in months(measured, figure)]
    missing = f"; {words.many(figure.months_missing, 'month', 'months')} missing" if figure.months_missing else ""
    return (" + ".join(parts) or "nothing was counted") + missing


def _assessed(measured: Measured, figure: Figure) -> str:
    counts = figure.counts or Counts()
    return f"{counts.met} + {counts.partly} + {counts.not_met}"


def _rate(measured: Measured, figure: Figure) -> str:
    counts = figure.counts or Counts()
    return f"{counts.met} ÷ {counts.assessed}" if counts.assessed else "blank: nothing was assessed"


def _value(measured: Measured, figure: Figure) -> str:
    counts = figure.counts or Counts()
    return (
        f"({counts.met} + {counts.partly} ÷ 2) ÷ {counts.assessed}"
        if counts.assessed
        else "blank: nothing was assessed"
    )


def _interval(measured: Measured, figure: Figure) -> str:
    counts = figure.counts or Counts()
    return f"x = {counts.met}, n = {counts.assessed}" if counts.assessed else "blank: nothing was assessed"


def _verdict(measured: Measured, figure: Figure) -> str:
    target, counts = measured.targets.get(figure.standard), figure.counts
    if figure.verdict in (Verdict.NO_RETURN, Verdict.LEFT_OUT, Verdict.NIL_RETURN):
        return "for the return of the month"
    if not counts or not counts.assessed:
        return "nothing was assessed" + (f"; {counts.not_due} are not due" if counts and counts.not_due else "")
    if target is None:
        return "there is no target"
    if figure.verdict is Verdict.TOO_FEW:
        return f"n = {counts.assessed}, under {TOO_FEW}"
    return f"n = {counts.assessed}, target {target}, low {figure.low:.6g}, high {figure.high:.6g}"


def _variation(measured: Measured, figure: Figure) -> str:
    segments = measured.charts[figure.area, figure.standard].segments
    found = ((segment, p) for segment in segments for p in segment.charted if p.period == figure.period)
    segment, own = next(found, (None, None))
    if segment is None or own is None or segment.mean is None:
        return f"nothing was assessed in {figure.period.title}"
    charting, points = _charting(measured, figure.standard), segment.charted
    over = f"over {words.many(len(points), 'month', 'months')}, {points[0].period.short} to {points[-1].period.short}"
    anew = f", begun anew: {segment.reason}" if segment.reason else ""
    month = f"{figure.period.short} {own.met} ÷ {own.assessed} = {percent(own.met / own.assessed)}"
    mean = f"mean = {segment.mean:.6g} {over}{anew}"
    if own.low is None or own.high is None:
        return f"{month}; {mean}; no limits"
    kind = "XmR" if charting.kind is ChartKind.XMR else "p′"
    sigma = f"sigma_z = {segment.sigma_z:.6g}, " if segment.sigma_z is not None else ""
    told = f"{kind}, {sigma}limits {own.low:.6g} to {own.high:.6g}{', provisional' if segment.provisional else ''}"
    screened = "; largest moving ranges left out" if charting.screen else ""
    broken = ", ".join(signal.value.replace("_", " ") for signal in own.signals) or "none"
    return f"{month}; {mean}; {told}{screened}; runs of {charting.run_length}; rules broken: {broken}"


def _outlook(measured: Measured, figure: Figure) -> str:
    if figure.outlook is None:
        return "blank: there is no target, no limit, or no figure of the month"
    within = measured.charts[figure.area, figure.standard].limits
    assert within is not None
    return f"limits {within[0]:.6g} to {within[1]:.6g}, target {measured.targets[figure.standard]}"


def _charting(measured: Measured, standard: str) -> Charting:
    if standard == NATION:
        return measured.facts.collection.headline_charting
    return measured.standards[standard].charting


def _not_compared(figure: Figure) -> str:
    """Why is an Area not held against the others? Empty where it is."""
    if figure.area == NATION or figure.window != COMPARED:
        return "blank: Areas are compared with each other, over three months"
    return "" if figure.position else "blank: there is nothing to compare"


def _p_adjusted(measured: Measured, figure: Figure) -> str:
    if figure.p_adjusted is None or figure.rate is None or figure.counts is None:
        return _not_compared(figure)
    compared = measured.beside.get(figure.standard, {}).get(figure.area)
    typical = measured.typical_of(figure.standard)
    cases = measured.cases_behind(figure.area, figure.standard)
    n, of = (figure.counts.assessed, "checks") if cases is None else (min(cases, figure.counts.assessed), "cases")
    p = f", p = {compared.p:.6g}" if compared else ""
    areas = f"{len(measured.beside[figure.standard])} Areas compared"
    return f"n = {n} {of}, rate {figure.rate:.6g}, typical rate {typical:.6g}{p}, {areas}"


def _position(measured: Measured, figure: Figure) -> str:
    typical = measured.typical_of(figure.standard)
    if figure.p_adjusted is None or figure.rate is None or typical is None:
        return _not_compared(figure)
    margin = measured.margin_of(figure.standard)
    return f"adjusted p = {figure.p_adjusted:.6g}, rate {figure.rate:.6g}, typical rate {typical:.6g}, margin {margin}"


def _p_exact(measured: Measured, figure: Figure) -> str:
    counts, nation = figure.counts, measured.figure(figure.window, NATION, figure.standard).rate
    if figure.p_exact is None or counts is None or nation is None:
        return _not_compared(figure)
    return f"x = {counts.met}, n = {counts.assessed}, rate of all Areas {nation:.6g}"


_NUMBERS: Mapping[str, Callable[[Measured, Figure], str]] = {
    "assessed": _assessed,
    "rate": _rate,
    "value": _value,
    "low": _interval,
    "high": _interval,
    "verdict": _verdict,
    "variation": _variation,
    "outlook": _outlook,
    "p_adjusted": _p_adjusted,
    "position": _position,
    "p_exact": _p_exact,
}
