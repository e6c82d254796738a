"""How do the measures behave on real months? Prints how charts read each Area's months, and which Areas are called.

`python -m tools.real_months` reads the collection `outcomes` from the home's warehouse (`ASSURANCE_HOME`), into which
docs/real-data.md tells how to feed the published months. Per Area: the average rate, how many times more its months vary
than by chance, and how many are outside the limits of a p, a p-prime and an XmR chart. Per quarter: the Areas called lower or
higher than the typical Area, with and without the allowance for over-dispersion, and how many an exact test would flag.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal

from assurance.measures.comparison import (
    FALSE_DISCOVERY_RATE,
    Comparison,
    Position,
    benjamini_hochberg,
    compare,
    exact_p,
)
from assurance.measures.figures import series
from assurance.measures.rates import percent
from assurance.measures.signals import Signal
from assurance.measures.variation import ControlChart, Point, p_chart, p_prime_chart
from assurance.measures.xmr import xmr_chart
from assurance.model import Counts, Period, TallyRow
from assurance.settings import Settings
from assurance.steps import Steps
from assurance.warehouse.submissions import in_force, tallies


@dataclass(frozen=True)
class AreaMonths:
    """How the charts read one Area's months, all standards together."""

    area: str
    months: int
    mean: float
    sigma_z: float
    p: int
    """Months outside the limits of a p chart."""
    p_prime: int
    xmr: int


@dataclass(frozen=True)
class Quarter:
    """Which Areas are called over the months of a quarter that were collected."""

    first: Period
    areas: int
    called: Sequence[str]
    """`LON-` lower, `WSX+` higher."""
    unallowed: Sequence[str]
    """The same if Areas were expected to differ by chance alone."""
    exact: int
    """Areas that an exact test against the nation flags, adjusted for their number."""


def area_months(rows: Sequence[TallyRow], counted: AbstractSet[str]) -> tuple[AreaMonths, ...]:
    """How do the charts read each Area's months?"""
    made = []
    for area in sorted({row.area for row in rows}):
        months = series(rows, area=area, counted=counted)
        points = [Point(period, counts.met, counts.assessed) for period, counts in months.items()]
        p_prime = p_prime_chart(points)
        made.append(
            AreaMonths(
                area=area,
                months=len(points),
                mean=p_prime.mean or 0.0,
                sigma_z=p_prime.sigma_z or 1.0,
                p=_outside(p_chart(points)),
                p_prime=_outside(p_prime),
                xmr=_outside(xmr_chart(points)),
            )
        )
    return tuple(made)


def quarters(rows: Sequence[TallyRow], counted: AbstractSet[str], margin: Decimal) -> tuple[Quarter, ...]:
    """Which Areas are called in each quarter?"""
    pooled: dict[Period, dict[str, Counts]] = {}
    for row in rows:
        if row.standard in counted:
            first = Period(row.period.year, row.period.month - (row.period.month - 1) % 3)
            areas = pooled.setdefault(first, {})
            areas[row.area] = areas.get(row.area, Counts()) + row.counts
    return tuple(_quarter(first, pooled[first], margin) for first in sorted(pooled))


def _quarter(first: Period, areas: Mapping[str, Counts], margin: Decimal) -> Quarter:
    nation = Counts.total(areas.values())
    exact = [exact_p(c.met, c.assessed, nation.met / nation.assessed) for c in areas.values()]
    return Quarter(
        first=first,
        areas=len(areas),
        called=_called(compare(areas, margin)),
        unallowed=_called(compare(areas, margin, allowance=lambda _: 1.0)),
        exact=sum(p <= FALSE_DISCOVERY_RATE for p in benjamini_hochberg(exact)),
    )


def _called(compared: Mapping[str, Comparison]) -> list[str]:
    marks = {Position.LOWER: "-", Position.HIGHER: "+"}
    return [f"{area}{marks[found.position]}" for area, found in sorted(compared.items()) if found.position in marks]


def _outside(chart: ControlChart) -> int:
    return sum(Signal.OUTSIDE in point.signals for point in chart.points)


def printed(areas: Iterable[AreaMonths], by_quarter: Iterable[Quarter]) -> Iterator[str]:
    """Both tables, line by line."""
    areas = list(areas)
    yield "Area    average  sigma_z  months   p  p'  XmR"
    for one in areas:
        shown = percent(one.mean).replace("\N{NO-BREAK SPACE}", " ")
        yield f"{one.area:<6}{shown:>9}{one.sigma_z:>9.2f}{one.months:>8}{one.p:>4}{one.p_prime:>4}{one.xmr:>5}"
    total = [sum(getattr(one, name) for one in areas) for name in ("months", "p", "p_prime", "xmr")]
    yield f"{'all':<6}{'':>18}{total[0]:>8}{total[1]:>4}{total[2]:>4}{total[3]:>5}"
    yield ""
    yield "Quarter from   called          without the allowance                                        exact"
    for quarter in by_quarter:
        called, unallowed = (" ".join(areas) or "none" for areas in (quarter.called, quarter.unallowed))
        yield f"{quarter.first!s:<15}{called:<16}{unallowed:<58}{quarter.exact:>3} of {quarter.areas}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what stands in the warehouse up to a month."""
    parser = argparse.ArgumentParser(prog="python -m tools.real_months", description=__doc__.partition("\n")[0])
    parser.add_argument("--collection", default="outcomes")
    parser.add_argument("--until", default="2016-12", type=Period.parse, help="the last month, YYYY-MM")
    chosen = parser.parse_args(arguments)
    steps = Steps(Settings())
    collection = steps.collection(chosen.collection)
    with steps.warehouse.reading() as connection:
        rows = tallies(connection, in_force(connection, collection.code, chosen.until))
    counted = frozenset(standard.code for standard in collection.standards if standard.counted)
    for line in printed(area_months(rows, counted), quarters(rows, counted, collection.headline_margin)):
        print(line)


if __name__ == "__main__":
    main()
