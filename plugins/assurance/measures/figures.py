"""The figures of a month: every window, Area and standard, with rate, verdict, variation and comparison.

A figure is a sum of counts, never a mean of rates. Areas are judged over three months, because one month of
forty checks cannot tell 90 % from 80 %.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import TypeAlias

from assurance.measures.comparison import Comparison, Position, compare, exact_p
from assurance.measures.rates import Verdict, rate, value, verdict, wilson
from assurance.measures.variation import ControlChart, Outlook, Point, Variation, outlook, p_prime_chart, variation
from assurance.measures.xmr import xmr_chart
from assurance.model import (
    NATION,
    USUAL_CHARTING,
    Charting,
    ChartKind,
    Counts,
    Direction,
    Period,
    ReturnState,
    Standard,
    TallyRow,
)

WINDOWS = {"1m": 1, "3m": 3}
"""Each window and its length in calendar months; it ends with the month of the figure."""

LONGEST_WINDOW = max(WINDOWS.values())

COMPARED = "3m"
"""The window over which Areas are compared."""

FIGURE_COLUMNS = (
    "collection",
    "period",
    "window",
    "area",
    "standard",
    "standard_title",
    "sample_reason",
    "met",
    "partly",
    "not_met",
    "not_applicable",
    "not_due",
    "assessed",
    "rate",
    "low",
    "high",
    "verdict",
    "variation",
    "p_adjusted",
)
"""The columns of a figure where figures are written as a table…"""
FURTHER_COLUMNS = ("value", "outlook", "position", "p_exact")
"""…and those that follow in the table of a release, of everything that its pages say of the figure."""

_Cell: TypeAlias = tuple[str, str]
"""An Area's code or `ALL`, and a standard's code or `ALL`."""


@dataclass(frozen=True)
class Register:
    """What the measures need to know of a collection in the month of the figures."""

    collection: str
    standards: tuple[Standard, ...]
    headline_target: Decimal | None
    not_collected: frozenset[Period]
    """Months for which nobody owed anything; windows pass over them."""
    headline_direction: Direction
    headline_margin: Decimal
    owing_since: Mapping[str, Period] = field(default_factory=dict)
    """The first month for which each Area owed a return; an Area that is not named has always owed one."""
    headline_charting: Charting = USUAL_CHARTING


@dataclass(frozen=True)
class Figure:
    """One number of a report with all that is said about it."""

    collection: str
    period: Period
    window: str
    """`1m` or `3m`."""
    area: str
    """The code of an Area, or `ALL` for the nation."""
    standard: str
    """The code of a standard, or `ALL` for all that count in rates."""
    standard_title: str
    sample_reason: str
    """`ALL`: every sample reason that counts in rates, together."""
    counts: Counts | None
    """None when the return of the month is not in; zeros when it is in and has nothing."""
    rate: float | None
    low: float | None
    high: float | None
    verdict: Verdict
    variation: Variation
    """Of the single month, whatever the window."""
    p_adjusted: float | None
    """Adjusted p of the Area's difference from the typical Area; only for Areas over three months."""
    position: Position | None
    """Whether the Area is called lower or higher than the typical one; None where it is not compared."""
    months_missing: int
    """Months of the window that were collected and for which there is nothing."""
    versions: tuple[int, ...] = ()
    """The versions of the standard by which what was assessed was judged; none of all standards together.

    Title, target and margin are those of the version in force at the end of the period.
    """
    outlook: Outlook | None = None
    """Whether single months will meet the target if all stays as it is, whatever the window; None where that cannot be
    said, or the month has no figure."""
    p_exact: float | None = None
    """How often chance alone would put the Area so far from the nation (`comparison.exact_p`); where it is compared."""


def as_row(figure: Figure) -> dict[str, object]:
    """How is the figure written as a line of a table? One value for each column, further ones last, None if blank."""
    counts = figure.counts
    return {
        "collection": figure.collection,
        "period": str(figure.period),
        "window": figure.window,
        "area": figure.area,
        "standard": figure.standard,
        "standard_title": figure.standard_title,
        "sample_reason": figure.sample_reason,
        "met": counts.met if counts else None,
        "partly": counts.partly if counts else None,
        "not_met": counts.not_met if counts else None,
        "not_applicable": counts.not_applicable if counts else None,
        "not_due": counts.not_due if counts else None,
        "assessed": counts.assessed if counts else None,
        "rate": figure.rate,
        "low": figure.low,
        "high": figure.high,
        "verdict": figure.verdict.value,
        "variation": figure.variation.value,
        "p_adjusted": figure.p_adjusted,
        "value": value(counts) if counts else None,
        "outlook": figure.outlook.value if figure.outlook else None,
        "position": figure.position.value if figure.position else None,
        "p_exact": figure.p_exact,
    }


def series(
    rows: Iterable[TallyRow], *, area: str = NATION, standard: str = NATION, counted: AbstractSet[str]
) -> dict[Period, Counts]:
    """What was counted in each month for this Area (or the nation) and standard (or all together)?

    Months in order; a month without a row is absent. Only standards in `counted` enter the sum of all.
    """
    months: dict[Period, list[Counts]] = defaultdict(list)
    for row in rows:
        of_area = area in (NATION, row.area)
        of_standard = row.standard in counted if standard == NATION else row.standard == standard
        if of_area and of_standard:
            months[row.period].append(row.counts)
    return {month: Counts.total(many) for month, many in sorted(months.items())}


def control_chart(
    rows: Iterable[TallyRow],
    *,
    area: str,
    standard: str,
    period: Period,
    counted: AbstractSet[str],
    charting: Charting = USUAL_CHARTING,
) -> ControlChart:
    """How has this Area and standard varied, month by month, up to the period? Later months are left out."""
    months = series(rows, area=area, standard=standard, counted=counted)
    return _chart(((month, counts) for month, counts in months.items() if month <= period), charting)


def figures(
    register: Register,
    rows: Sequence[TallyRow],
    period: Period,
    states: Mapping[str, ReturnState],
    cases: Mapping[tuple[Period, str], int] | None = None,
) -> tuple[Figure, ...]:
    """What are the figures of this month?

    One for each window, the nation and each Area in `states`, all standards together and each standard, in
    that order; Areas by code, standards as in the register. `states` has every Area that owes a return for
    the month and says whether its rows of that month count, so that the nation of a month is the sum of the
    Areas shown. Rows of later months, of months not collected, and in the sum of all standards rows of
    standards that are not in the register or not counted, are left out.

    * Return missing, rejected or still expected: no counts, verdict no return, in both windows, even where
      earlier months of the window are there. The same for the nation when no return at all is in.
    * Nil return: zeros and the verdict nil return for the month. Over three months the nil month adds
      nothing, and the figure is judged like any other unless the whole window holds no answer.
    * `months_missing` does not count months before the first of the collection.

    `cases` gives the number of cases per month and Area of a case-level collection, for the comparison of
    Areas on all standards together (see `compare`); leave it out where each count is a case of its own.
    """
    return figures_with_charts(register, rows, period, states, cases)[0]


def figures_with_charts(
    register: Register,
    rows: Sequence[TallyRow],
    period: Period,
    states: Mapping[str, ReturnState],
    cases: Mapping[tuple[Period, str], int] | None = None,
) -> tuple[tuple[Figure, ...], Mapping[tuple[str, str], ControlChart]]:
    """What are the figures of this month (see `figures`), and the charts by which their variation is judged?

    The charts by Area (or `ALL`) and standard (or `ALL`), of every month up to the period.
    """
    counted = {standard.code for standard in register.standards if standard.counted}
    by_month = _by_month(register, rows, period, states)
    book = _Book(
        register=register,
        period=period,
        states={NATION: _national_state(states), **{area: states[area] for area in sorted(states)}},
        months={month: _cells(those, counted) for month, those in by_month},
        versions={month: _versions(those) for month, those in by_month if month > period.plus(-LONGEST_WINDOW)},
    )
    return tuple(_judge(book, cases)), book.charts


@dataclass(frozen=True)
class _Book:
    """All that the figures of one month are made from, grouped once."""

    register: Register
    period: Period
    states: Mapping[str, ReturnState]
    """The nation first, then the Areas by code."""
    months: Mapping[Period, Mapping[_Cell, Counts]]
    """What was counted in each month that has a row, months in order."""
    versions: Mapping[Period, Mapping[_Cell, frozenset[int]]]
    """By which versions of a standard something was assessed, in each month of the longest window."""

    @cached_property
    def subjects(self) -> tuple[Standard, ...]:
        """All standards together, which are judged as if they were a standard, then each one."""
        together = Standard(
            code=NATION,
            title="All standards",
            version=1,
            direction=self.register.headline_direction,
            owner="",
            target=self.register.headline_target,
            margin=self.register.headline_margin,
            charting=self.register.headline_charting,
        )
        return (together, *self.register.standards)

    def window(self, length: int) -> list[Period]:
        """The collected months among so many calendar months that end with the period."""
        months = (self.period.plus(-back) for back in reversed(range(length)))
        return [month for month in months if month not in self.register.not_collected]

    def counts(self, area: str, standard: str, window: Sequence[Period]) -> Counts | None:
        """The sum over the window; None when the month's own return is not in."""
        if not _is_in(self.states[area]):
            return None
        cells = (self.months.get(month, {}).get((area, standard)) for month in window)
        return Counts.total(counts for counts in cells if counts is not None)

    def versions_in(self, area: str, standard: str, window: Sequence[Period]) -> tuple[int, ...]:
        """By which versions was what the window holds judged?"""
        found = (self.versions.get(month, {}).get((area, standard), frozenset()) for month in window)
        return tuple(sorted(frozenset().union(*found))) if _is_in(self.states[area]) else ()

    def missing(self, area: str, window: Sequence[Period]) -> int:
        """The months of the window, since the collection and the Area began, for which the Area has nothing."""
        begun = next(iter(self.months), self.period)
        begun = max(begun, self.register.owing_since.get(area, begun))
        return sum(month >= begun and not self._has_returned(area, month) for month in window)

    @cached_property
    def charts(self) -> Mapping[_Cell, ControlChart]:
        return {
            (area, subject.code): self._chart((area, subject.code), subject.charting)
            for area in self.states
            for subject in self.subjects
        }

    def _chart(self, cell: _Cell, charting: Charting) -> ControlChart:
        return _chart(((month, cells[cell]) for month, cells in self.months.items() if cell in cells), charting)

    def movement(self, area: str, subject: Standard) -> _Movement:
        chart = self.charts[area, subject.code]
        state = variation(chart, self.period, subject.direction)
        # Without a figure of its own the month has no outlook: what was usual may have ended.
        ahead = outlook(chart.limits, subject.target, subject.direction) if state is not Variation.NO_DATA else None
        return _Movement(state, ahead)

    def _has_returned(self, area: str, month: Period) -> bool:
        # A nil return has no rows and is in all the same; of earlier months only the rows tell.
        if month == self.period:
            return _is_in(self.states[area])
        return any(of == area for of, _ in self.months.get(month, {}))


@dataclass(frozen=True)
class _Movement:
    """What the single months say."""

    variation: Variation
    outlook: Outlook | None


@dataclass(frozen=True)
class _Beside:
    """What the other Areas say of one."""

    typical: Comparison
    p_exact: float | None
    """Against the nation."""


def _judge(book: _Book, cases: Mapping[tuple[Period, str], int] | None) -> Iterator[Figure]:
    moved = {(area, subject.code): book.movement(area, subject) for area in book.states for subject in book.subjects}
    for name, length in WINDOWS.items():
        window = book.window(length)
        compared = _comparisons(book, window, cases) if name == COMPARED else {}
        for area in book.states:
            missing = book.missing(area, window)
            for subject in book.subjects:
                yield _figure(
                    book,
                    name,
                    area,
                    subject,
                    book.counts(area, subject.code, window),
                    moved[area, subject.code],
                    compared.get((area, subject.code)),
                    missing,
                    book.versions_in(area, subject.code, window),
                )


def _figure(
    book: _Book,
    window: str,
    area: str,
    subject: Standard,
    counts: Counts | None,
    moved: _Movement,
    beside: _Beside | None,
    missing: int,
    versions: tuple[int, ...],
) -> Figure:
    # A nil month hides nothing: where other months of the window hold answers, those are judged.
    told = counts == Counts() or book.states[area] is ReturnState.LEFT_OUT
    state = book.states[area] if told else None
    interval = wilson(counts.met, counts.assessed) if counts else None
    return Figure(
        collection=book.register.collection,
        period=book.period,
        window=window,
        area=area,
        standard=subject.code,
        standard_title=subject.title,
        sample_reason=NATION,
        counts=counts,
        rate=rate(counts) if counts else None,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        verdict=verdict(counts, subject.target, state=state),
        variation=moved.variation,
        p_adjusted=beside.typical.p_adjusted if beside else None,
        position=beside.typical.position if beside else None,
        months_missing=missing,
        versions=versions,
        outlook=moved.outlook,
        p_exact=beside.p_exact if beside else None,
    )


def _comparisons(
    book: _Book, window: Sequence[Period], cases: Mapping[tuple[Period, str], int] | None
) -> dict[_Cell, _Beside]:
    """Each Area beside the others that have a figure, for each standard and for all together."""
    areas = [area for area in book.states if area != NATION]
    compared: dict[_Cell, _Beside] = {}
    for subject in book.subjects:
        pooled = {area: book.counts(area, subject.code, window) for area in areas}
        present = {area: counts for area, counts in pooled.items() if counts and counts.assessed}
        sizes = None
        if cases is not None and subject.code == NATION:
            sizes = {area: _cases_in(book, area, window, cases) for area in present}
        nation = rate(book.counts(NATION, subject.code, window) or Counts())
        for area, comparison in compare(present, subject.margin, sizes).items():
            own = present[area]
            exact = None if nation is None else exact_p(own.met, own.assessed, nation)
            compared[area, subject.code] = _Beside(comparison, exact)
    return compared


def _cases_in(book: _Book, area: str, window: Sequence[Period], cases: Mapping[tuple[Period, str], int]) -> int:
    """The cases behind an Area's checks; KeyError for a month that has checks and no number of cases."""
    return sum(cases[month, area] for month in window if (area, NATION) in book.months.get(month, {}))


def _chart(months: Iterable[tuple[Period, Counts]], charting: Charting) -> ControlChart:
    points = [Point(month, counts.met, counts.assessed) for month, counts in months]
    draw = xmr_chart if charting.kind is ChartKind.XMR else p_prime_chart
    return draw(points, screen=charting.screen, run_length=charting.run_length, rebases=charting.rebases)


def _by_month(
    register: Register, rows: Iterable[TallyRow], period: Period, states: Mapping[str, ReturnState]
) -> list[tuple[Period, list[TallyRow]]]:
    """The rows that count, month by month in order."""
    months: dict[Period, list[TallyRow]] = defaultdict(list)
    for row in rows:
        months[row.period].append(row)
    if period in months:
        counting = {area for area, state in states.items() if _is_in(state)}
        months[period] = [row for row in months[period] if row.area in counting]
    return [
        (month, those)
        for month, those in sorted(months.items())
        if those and month <= period and month not in register.not_collected
    ]


def _cells(rows: Iterable[TallyRow], counted: AbstractSet[str]) -> dict[_Cell, Counts]:
    """One month's counts for each Area and the nation, each standard and all together."""
    cells: dict[_Cell, list[Counts]] = defaultdict(list)
    for row in rows:
        for area in (row.area, NATION):
            cells[area, row.standard].append(row.counts)
            if row.standard in counted:
                cells[area, NATION].append(row.counts)
    return {cell: Counts.total(many) for cell, many in cells.items()}


def _versions(rows: Iterable[TallyRow]) -> dict[_Cell, frozenset[int]]:
    """Of one month, by which versions each Area's and the nation's checks of a standard were judged."""
    found: dict[_Cell, frozenset[int]] = {}
    for row in rows:
        if row.counts.assessed:
            for area in (row.area, NATION):
                found[area, row.standard] = found.get((area, row.standard), frozenset()) | {row.version}
    return found


def _is_in(state: ReturnState) -> bool:
    return state.has_figures or state is ReturnState.NIL


def _national_state(states: Mapping[str, ReturnState]) -> ReturnState:
    """The nation has figures when any Area has, is nil when all that are in are nil, and is missing otherwise."""
    if any(state.has_figures for state in states.values()):
        return ReturnState.ACCEPTED
    return ReturnState.NIL if ReturnState.NIL in states.values() else ReturnState.MISSING
