"""What cells mean: counts, percentages and names, and nothing that only looks like them."""

from __future__ import annotations

from fractions import Fraction

import pandas as pd
import pytest

from assurance.intake.reading import Row
from assurance.intake.typing import percentage, stage, whole_number
from tests.rules.builders import AREA, PERIOD, Return, collection, valid_return

UNITS = collection().units_of(AREA, PERIOD)


def staged(sent: Return) -> pd.DataFrame:
    rows = [Row(line, cells) for line, cells in enumerate(sent.rows, start=2)]
    return stage(collection(), sent.header, rows, UNITS)


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("7", 7), ("007", 7), ("1,234", 1234), ("12,345,678", 12_345_678), ("999999999", 999_999_999)],
)
def test_a_whole_number_may_have_thousands_commas(text: str, number: int) -> None:
    assert whole_number(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 7",
        "7\n",
        "-7",
        "+7",
        "7.0",
        "1e3",
        "1,23",
        "1234,567",
        ",123",
        "1,234,",
        "seven",
        "-",
        "\u0667",
        "\uff17",
        "7 approx",
    ],
)
def test_what_only_looks_like_a_whole_number_is_none(text: str) -> None:
    assert whole_number(text) is None


@pytest.mark.parametrize("text", ["1234567890", "9,999,999,999", "9,999,999,999,999,999,999,999"])
def test_a_count_that_no_integer_holds_is_none(text: str) -> None:
    assert whole_number(text) is None


def test_a_percentage_has_one_decimal_with_halves_up_for_all_small_counts() -> None:
    for met in range(60):
        for not_met in range(0 if met else 1, 60):
            exact = Fraction(1000 * met, met + not_met)
            tenths = int(exact + Fraction(1, 2))
            assert percentage(met, not_met, 1) == f"{tenths // 10}.{tenths % 10}%", (met, not_met)


def test_a_percentage_is_a_dash_of_nothing_empty_apart_and_unknown_without_counts() -> None:
    assert percentage(0, 0, 1) == "-"
    assert percentage(3, 4, 0) == ""
    assert percentage(None, 4, 1) is None
    assert percentage(3, None, 1) is None


def test_the_staged_table_has_the_columns_its_documentation_names_with_their_types() -> None:
    table = staged(valid_return())
    assert {name: str(dtype) for name, dtype in table.dtypes.items()} == {
        "row_no": "int64",
        "area_code": "str",
        "period": "str",
        "force": "str",
        "offence_category": "str",
        "counted": "int64",
        "convictions_text": "str",
        "convictions": "Int64",
        "convictions_pct_text": "str",
        "convictions_pct_recounted": "str",
        "unsuccessful_text": "str",
        "unsuccessful": "Int64",
    }
    assert table["row_no"].tolist() == list(range(2, 41))


def test_columns_are_found_by_name_in_any_order() -> None:
    sent = valid_return()
    turned = Return(AREA, sent.name, sent.header[::-1], tuple(row[::-1] for row in sent.rows))
    pd.testing.assert_frame_equal(staged(turned), staged(sent))


def test_an_alias_of_a_force_becomes_its_name_and_an_unknown_name_stays() -> None:
    sent = (
        valid_return()
        .with_cell(2, "force", "Hampshire")
        .with_cell(3, "force", "Kent")
        .with_cell(4, "force", "hampshire")
    )
    assert staged(sent)["force"].tolist()[:3] == ["Hampshire & IOW", "Kent", "hampshire"]


def test_a_nought_for_the_percentage_of_an_empty_cell_is_read_as_a_dash_and_nowhere_else() -> None:
    sent = valid_return().with_cell(2, "convictions_pct", "0").with_cell(3, "convictions_pct", "0")
    assert (sent.cell(2, "unsuccessful"), sent.cell(3, "unsuccessful")) == ("0", "3")
    table = staged(sent)
    assert table["convictions_pct_text"].tolist()[:2] == ["-", "0"]
    assert table["convictions_pct_recounted"].tolist()[:2] == ["-", "0.0%"]


def test_a_count_that_is_none_leaves_its_text_and_no_percentage() -> None:
    row = staged(valid_return().with_cell(4, "convictions", "twelve")).iloc[2]
    assert row["convictions_text"] == "twelve"
    assert pd.isna(row["convictions"])
    assert pd.isna(row["convictions_pct_recounted"])


def test_only_the_categories_apart_are_not_counted() -> None:
    table = staged(valid_return())
    assert set(table.loc[table["counted"] == 0, "offence_category"]) == {"Admin Finalised"}


def test_a_table_without_rows_has_all_its_columns() -> None:
    sent = valid_return()
    empty = staged(Return(AREA, sent.name, sent.header, ()))
    assert (len(empty), list(empty.columns)) == (0, list(staged(sent).columns))
