"""A percentage passes exactly where its own counts give it: held to exact fractions, in both directions."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from assurance.intake.rules.statement import failures
from assurance.intake.staging import Sender, stage
from assurance.model import Standard
from tests.rules.builders import AREA, PERIOD, Return, collection, valid_return
from tests.unit.intake.tables import table_of_return

TABLES = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SUITE = [entry for entry in collection().suite(PERIOD) if entry.meta.rule == "OUT-102"]
LINES = [line for line in range(2, valid_return().last_line + 1) if valid_return().cell(line, "convictions_pct")]
"""The lines of rows that have a percentage."""
LARGEST = 999_999_999
"""The largest count a cell may hold."""

Counts = tuple[int, int]
COUNTS = st.one_of(
    st.tuples(st.integers(0, 12), st.integers(0, 12)),
    st.tuples(st.integers(0, LARGEST), st.integers(0, LARGEST)),
    st.integers(1, 2000).map(lambda n: (2 * n - 1, 4000 - 2 * n + 1)),  # an odd part of 2000 lies between two tenths
)


def exact(met: int, not_met: int) -> str:
    """To one decimal, halves up, by exact fractions; `-` for none of none."""
    if not met + not_met:
        return "-"
    tenths = floor(Fraction(1000 * met, met + not_met) + Fraction(1, 2))
    return f"{tenths // 10}.{tenths % 10}%"


def table(counts: Sequence[Counts], percentages: Sequence[str]) -> Return:
    """A return whose rows have these counts in turn, and beside them these percentages."""

    def in_turn(row: int, standard: Standard) -> Counts:
        return counts[row % len(counts)] if standard.counted else (0, 0)

    made = valid_return(counts=in_turn)
    for line in LINES:
        made = made.with_cell(line, "convictions_pct", percentages[(line - 2) % len(counts)])
    return made


def refused(sent: Return) -> list[int]:
    """The lines whose percentage the rule refuses."""
    staged = stage(collection(), table_of_return(sent), Sender(AREA, PERIOD))
    return sorted({failure.row_no for failure in failures(SUITE, staged, {}) if failure.row_no is not None})


@TABLES
@given(counts=st.lists(COUNTS, min_size=1, max_size=13))
@example(counts=[(0, 0), (0, LARGEST), (LARGEST, 0), (LARGEST, LARGEST), (1, 1999), (1, 2000), (1999, 1), (2, 1)])
def test_what_the_counts_give_passes(counts: list[Counts]) -> None:
    assert refused(table(counts, [exact(*pair) for pair in counts])) == []


def others(met: int, not_met: int) -> list[str]:
    """What is near to the right percentage, or written in another way."""
    right = exact(met, not_met)
    if right == "-":
        return ["0.0%", "100.0%", "0.0", "--"]  # a plain 0 is how the source writes an empty cell
    tenths = int(right.removesuffix("%").replace(".", ""))
    near = [f"{other // 10}.{other % 10}%" for other in (tenths - 1, tenths + 1) if 0 <= other <= 1000]
    return [*near, "-", right.removesuffix("%"), f"{right.removesuffix('%')}0%", f"{right} ", "0", f"{tenths // 10}%"]


@TABLES
@given(counts=st.lists(COUNTS, min_size=1, max_size=13), data=st.data())
def test_what_they_do_not_give_is_refused_in_every_row(counts: list[Counts], data: st.DataObject) -> None:
    assert refused(table(counts, [data.draw(st.sampled_from(others(*pair))) for pair in counts])) == LINES


@TABLES
@given(assessed=st.integers(2, 400), tenths=st.integers(0, 1000))
def test_a_percentage_that_no_counts_of_that_total_give_is_refused_whatever_they_are(
    assessed: int, tenths: int
) -> None:
    told = f"{tenths // 10}.{tenths % 10}%"
    splits = [(met, assessed - met) for met in range(assessed + 1)]
    attainable = [pair for pair in splits if exact(*pair) == told]
    for start in range(0, len(splits), len(LINES)):
        some = splits[start : start + len(LINES)]
        made = valid_return(counts=lambda row, standard: (0, 0))
        for line, (met, not_met) in zip(LINES, some, strict=False):
            made = made.with_cell(line, "convictions", str(met)).with_cell(line, "unsuccessful", str(not_met))
            made = made.with_cell(line, "convictions_pct", told)
        right = [line for line, pair in zip(LINES, some, strict=False) if pair in attainable]
        assert refused(made) == [line for line, _ in zip(LINES, some, strict=False) if line not in right]
