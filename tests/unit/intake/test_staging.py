"""What cells mean: counts, dates, references and answers, and nothing that only looks like them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest

from assurance.intake.staging import Sender, Staged, accepted_rows, stage
from tests.rules.builders import AREA, PERIOD, Return, collection, percentage, valid_return
from tests.rules.cases import BCM_PERIOD, Case, bcm, case, good_cases
from tests.unit.intake.tables import table_of, table_of_return


def staged(sent: Return) -> Staged:
    return stage(collection(), table_of_return(sent), Sender(AREA, PERIOD))


def staged_cases(*cases: Case, area: str = AREA) -> Staged:
    return stage(bcm(), table_of(bcm(), list(cases)), Sender(area, BCM_PERIOD))


def values(table: Staged, *columns: str) -> list[Any]:
    """The values of staged columns, in the order of the rows; alone where there is one column."""
    found = table.rows(f"select {', '.join(columns)} from staged order by row_no")
    return [row[0] for row in found] if len(columns) == 1 else found


def meaning(column: str, text: str, **others: object) -> Any:
    """What a cell of a case at the PTPH means."""
    return values(staged_cases(case(1, "ptph") | others | {column: text}), f'"{column}"')[0]


def number(text: str) -> int | None:
    found: int | None = values(staged(valid_return().with_cell(2, "convictions", text)), "convictions")[0]
    return found


# Counts and percentages


@pytest.mark.parametrize(
    ("text", "meant"),
    [("0", 0), ("7", 7), ("007", 7), ("1,234", 1234), ("12,345,678", 12_345_678), ("999999999", 999_999_999)],
)
def test_a_whole_number_may_have_thousands_commas(text: str, meant: int) -> None:
    assert number(text) == meant


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
    assert number(text) is None


@pytest.mark.parametrize("text", ["1234567890", "9,999,999,999", "9,999,999,999,999,999,999,999"])
def test_a_count_that_no_integer_holds_is_none(text: str) -> None:
    assert number(text) is None


def test_a_percentage_has_one_decimal_with_halves_up_for_all_small_counts() -> None:
    counts = [(met, not_met) for met in range(60) for not_met in range(0 if met else 1, 60)]
    good = valid_return()
    force, category = good.cell(2, "force"), good.cell(2, "offence_category")
    rows = tuple((AREA, str(PERIOD), force, category, str(met), "", str(not_met)) for met, not_met in counts)
    found = values(staged(Return(AREA, good.name, good.header, rows)), "convictions_pct_recounted")
    for (met, not_met), text in zip(counts, found, strict=True):
        tenths = int(Fraction(1000 * met, met + not_met) + Fraction(1, 2))
        assert text == f"{tenths // 10}.{tenths % 10}%" == percentage(met, not_met), (met, not_met)


def test_a_percentage_is_a_dash_of_nothing_empty_apart_and_unknown_without_counts() -> None:
    good = valid_return()
    apart = good.line_of(offence_category="Admin Finalised")
    sent = good.with_cell(3, "convictions", "").with_cell(4, "unsuccessful", "x")
    found = values(staged(sent), "convictions_pct_recounted")
    assert good.cell(2, "convictions_pct") == "-"
    assert (found[0], found[1], found[2], found[apart - 2]) == ("-", None, None, "")


def test_a_nought_is_as_good_as_a_dash_for_the_percentage_of_an_empty_cell_and_nowhere_else() -> None:
    sent = valid_return().with_cell(2, "convictions_pct", "0").with_cell(3, "convictions_pct", "0")
    assert (sent.cell(2, "unsuccessful"), sent.cell(3, "unsuccessful")) == ("0", "3")
    assert values(staged(sent), "convictions_pct_text", "convictions_pct_recounted")[:2] == [("0", "0"), ("0", "0.0%")]


def test_a_count_that_is_none_leaves_its_text_and_no_percentage() -> None:
    row = values(
        staged(valid_return().with_cell(4, "convictions", "twelve")),
        "convictions_text",
        "convictions",
        "convictions_pct_recounted",
    )[2]
    assert row == ("twelve", None, None)


def test_only_the_categories_apart_are_not_counted() -> None:
    titles = staged(valid_return()).rows("select distinct offence_category_text from staged where counted = 0")
    assert titles == [("Admin Finalised",)]


def test_an_alias_of_a_force_becomes_its_name_and_an_unknown_name_stays() -> None:
    sent = (
        valid_return()
        .with_cell(2, "force", "Hampshire")
        .with_cell(3, "force", "Kent")
        .with_cell(4, "force", "hampshire")
    )
    assert values(staged(sent), "force")[:3] == ["Hampshire & IOW", "Kent", "hampshire"]


# The table


def test_the_staged_table_of_counts_has_the_columns_its_documentation_names_with_their_types() -> None:
    types = staged(valid_return()).rows("select column_name, column_type from (describe staged)")
    assert dict(types) == {
        "row_no": "BIGINT",
        "area_code_text": "VARCHAR",
        "period_text": "VARCHAR",
        "force_text": "VARCHAR",
        "force": "VARCHAR",
        "offence_category_text": "VARCHAR",
        "counted": "INTEGER",
        "convictions_text": "VARCHAR",
        "convictions": "BIGINT",
        "convictions_pct_text": "VARCHAR",
        "convictions_pct_recounted": "VARCHAR",
        "unsuccessful_text": "VARCHAR",
        "unsuccessful": "BIGINT",
    }


def test_the_staged_table_of_cases_has_the_columns_its_documentation_names_with_their_types() -> None:
    types = dict(staged_cases(case(1, "ptph")).rows("select column_name, column_type from (describe staged)"))
    expected = {"row_no": "BIGINT", "unit": "VARCHAR", "judged_on": "DATE", "adverse_answers": "INTEGER"}
    expected |= {days.name: "BIGINT" for days in bcm().derived}
    typed = {"integer": "INTEGER", "scope": "INTEGER", "date": "DATE"}
    for column in bcm().columns:
        expected[f"{column.name}_text"] = "VARCHAR"
        if column.type not in ("return_id", "area", "period", "text"):
            expected[column.name] = typed.get(column.type, "VARCHAR")
    expected |= {"urn_repaired": "INTEGER", "urn_force": "VARCHAR"}
    expected |= {"cases_in_scope_of_file": "INTEGER", "comment_length": "BIGINT"}
    timely = [code for code, versions in bcm().versions.items() if versions[0].due]
    expected |= {f"{code}_due": "DATE" for code in timely} | {f"{code}_computed": "VARCHAR" for code in timely}
    assert types == expected


def test_every_text_is_as_it_was_sent_and_an_empty_cell_is_null() -> None:
    sent = valid_return().with_cell(2, "force", "").with_cell(3, "force", "  Kent\n'")
    assert values(staged(sent), "force_text", "force")[:2] == [(None, None), ("  Kent\n'", "  Kent\n'")]


def test_columns_are_found_by_name_in_any_order() -> None:
    sent = valid_return()
    turned = Return(AREA, sent.name, sent.header[::-1], tuple(row[::-1] for row in sent.rows))
    query = "from staged order by row_no"
    assert staged(turned).rows(query) == staged(sent).rows(query)


def test_a_table_without_rows_has_all_its_columns() -> None:
    sent = valid_return()
    empty = staged(Return(AREA, sent.name, sent.header, ()))
    assert values(empty, "row_no") == []
    assert empty.frame().columns.tolist() == staged(sent).frame().columns.tolist()


def test_a_column_that_the_period_does_not_ask_for_is_null() -> None:
    table = table_of(bcm(), [case(1, "ptph")]).drop_columns(["comment", "stage1_ordered_date"])
    found = stage(bcm(), table, Sender(AREA, BCM_PERIOD))
    assert values(found, "comment_length", "stage1_ordered_date") == [(None, None)]


def test_two_returns_are_staged_apart() -> None:
    one, other = staged_cases(case(1, "ptph")), staged_cases(case(2, "ptph"), case(3, "ptph"))
    assert [len(values(table, "row_no")) for table in (one, other)] == [1, 2]


def test_a_frame_has_days_as_times_and_numbers_that_may_be_missing() -> None:
    frame = staged_cases(case(1, "ptph") | {"hearings_to_date": "x", "trial_date": None}).frame()
    kinds = {name: str(frame[name].dtype) for name in ("hearings_to_date", "ptph_date", "urn", "days_to_ptph")}
    assert kinds["hearings_to_date"] == "Int32"
    assert kinds["days_to_ptph"] == "Int64"
    assert kinds["ptph_date"].startswith("datetime64")
    assert frame["trial_date"].isna().all()


# Dates


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2016-10-31", date(2016, 10, 31)),
        ("31/10/2016", date(2016, 10, 31)),
        ("2016-02-29", date(2016, 2, 29)),
        ("05/04/2016", date(2016, 4, 5)),
        ("2010-01-01", date(2010, 1, 1)),
        ("31/12/2099", date(2099, 12, 31)),
    ],
)
def test_a_date_is_written_year_first_or_day_first(text: str, day: date) -> None:
    assert meaning("charge_date", text) == day


@pytest.mark.parametrize(
    "text",
    [
        *("2017-02-29", "29/02/2017", "31/04/2016", "2016-13-01", "2016-00-10", "00/10/2016", "10/31/2016"),
        *("2009-12-31", "31/12/2009", "2100-01-01", "1899-12-30", "0001-01-01"),
        *("2016-1-1", "1/1/2016", "01/01/16", "2016/01/01", "01-01-2016", "20160101", "42370", "1 Jan 2016"),
        *(
            "2016-10-31T00:00:00",
            "2016-10-31 ",
            " 2016-10-31",
            "2016-10-31\n",
            "\uff12016-10-31",
            "NA",
            "-",
            "infinity",
        ),
        *("today", "epoch", "2016-10-31 BC"),
    ],
)
def test_what_only_looks_like_a_date_is_none(text: str) -> None:
    assert meaning("charge_date", text) is None


def test_a_date_may_be_written_only_as_its_collection_allows() -> None:
    of = replace(bcm(), dates=("YYYY-MM-DD",))
    cases = [case(1, "ptph") | {"charge_date": text} for text in ("2026-09-03", "03/09/2026")]
    found = stage(of, table_of(of, cases), Sender(AREA, BCM_PERIOD))
    assert values(found, "charge_date") == [date(2026, 9, 3), None]


# References


@pytest.mark.parametrize(
    "text",
    ["44AB1234516", *(f"44AB1234516{ending}" for ending in ("M", "S", "(M)", "(S)", "/1", "/12"))],
)
def test_the_root_of_a_reference_stands_without_its_ending(text: str) -> None:
    found = values(staged_cases(case(1, "ptph") | {"urn": text}), "urn", "urn_force", "urn_repaired", "unit")
    assert found == [("44AB1234516", "44", 0, "Hampshire & IOW")]


def test_a_reference_that_a_spreadsheet_took_for_a_number_gets_its_zero_back() -> None:
    found = values(
        staged_cases(case(1, "ptph") | {"urn": "1123456789"}, area="LON"),
        *("urn_text", "urn", "urn_force", "urn_repaired", "unit"),
    )
    assert found == [("1123456789", "01123456789", "01", 1, "Metropolitan and City")]


@pytest.mark.parametrize(
    "text", ["44ab1234516", "44AB123451", "44AB12345167", "44AB1234516m", "NIL", "123456789", "\u0664\u0664AB1234516"]
)
def test_what_only_looks_like_a_reference_is_none_and_of_no_unit(text: str) -> None:
    found = values(staged_cases(case(1, "ptph") | {"urn": text}), "urn", "urn_force", "urn_repaired", "unit")
    assert found == [(None, None, 0, "other")]


def test_a_unit_is_the_force_of_the_reference_the_areas_own_first() -> None:
    cases = [case(1, "ptph") | {"urn": f"{force}AB0000001"} for force in ("44", "54", "20", "93", "99")]
    own, other = "Hampshire & IOW", "West Midlands"
    assert values(staged_cases(*cases), "unit") == [own, "Wiltshire", other, "British Transport Police", "other"]


# Codes, numbers, answers


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("E1", "E1"),
        ("E1;D4", "E1;D4"),
        (" E1 ; D4", "E1;D4"),
        ("E1;E1", "E1;E1"),
        ("E1;", None),
        ("E1;X9", None),
        (";", None),
    ],
)
def test_codes_are_known_all_of_them(text: str, meant: str | None) -> None:
    assert meaning("nfs_failure_codes", text) == meant


@pytest.mark.parametrize(("text", "meant"), [("ptph", "ptph"), ("PTPH", None), (" ptph", None), ("trials", None)])
def test_a_code_is_one_of_its_list(text: str, meant: str | None) -> None:
    assert meaning("sample_point", text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("0", 0),
        ("07", 7),
        ("999999999", 999_999_999),
        ("1,000", None),
        ("-1", None),
        ("1.0", None),
        ("1e3", None),
        ("9999999999", None),
        ("\u0667", None),
    ],
)
def test_a_number_is_whole(text: str, meant: int | None) -> None:
    assert meaning("hearings_to_date", text) == meant


@pytest.mark.parametrize(
    ("code", "text", "meant"),
    [
        ("C01", "Y", "Y"),
        ("C01", "NA", "NA"),
        ("C01", "ND", None),
        ("C01", "FM", None),
        ("C02", "PM", "PM"),
        ("C02", "Y", None),
        ("C03", "ND", "ND"),
        ("C03", "y", None),
        ("C03", "N/A", None),
    ],
)
def test_an_answer_is_one_of_its_scale(code: str, text: str, meant: str | None) -> None:
    assert meaning(code, text) == meant


def test_an_answer_follows_from_the_dates_only_where_it_is_asked_and_the_day_is_known() -> None:
    plain = case(1, "ptph")
    rows = [plain, plain | {"sample_point": "stage"}, plain | {"sample_point": "x"}, plain | {"assessed_on": "x"}]
    found = values(staged_cases(*rows), "C04_computed", "C04_due")
    assert found == [
        ("Y", date(2026, 9, 20)),
        (None, date(2026, 9, 20)),
        (None, date(2026, 9, 20)),
        (None, date(2026, 9, 20)),
    ]


def test_a_case_is_judged_on_the_date_of_its_sample_point() -> None:
    rows = [case(number, point) for number, point in enumerate(("ptph", "stage", "trial"))]
    rows.append(rows[0] | {"sample_point": "x"})
    day = date(2026, 10, 11)
    assert values(staged_cases(*rows), "judged_on") == [day, day, day, None]


def test_adverse_answers_are_those_that_were_given() -> None:
    said = case(1, "ptph") | {"C01": "N", "C02": "NM", "C03": "N", "A01": "PM", "C05": "nm", "P02": "NA"}
    assert values(staged_cases(case(2, "ptph"), said), "adverse_answers") == [0, 3]


def test_days_between_two_dates_are_whole_and_none_where_one_is_missing() -> None:
    rows = [case(1, "ptph"), case(2, "ptph") | {"sending_date": "x"}, case(3, "ptph", charge_date=date(2026, 9, 12))]
    found = values(staged_cases(*rows), "days_to_ptph", "days_to_first_hearing")
    assert found == [(28, 7), (None, 7), (28, -2)]


@pytest.mark.parametrize(
    ("sent", "last"),
    [
        (date(2017, 3, 1), date(2022, 3, 1)),  # one leap day
        (date(2016, 2, 29), date(2021, 2, 28)),
        (date(2015, 10, 1), date(2020, 10, 1)),  # two
    ],
    ids=str,
)
def test_days_are_counted_from_the_day_some_years_later(sent: date, last: date) -> None:
    rows = [case(1, "trial", sending_date=sent, trial_date=last + timedelta(days=n)) for n in (-1, 0, 1)]
    rows.append(rows[0] | {"trial_date": ""})
    assert values(staged_cases(*rows), "days_past_five_years") == [-1, 0, 1, None]


def test_the_number_in_scope_is_the_one_that_most_rows_give() -> None:
    def scope(*numbers: object) -> Any:
        cases = [case(n, "ptph", cases_in_scope=given) for n, given in enumerate(numbers, start=1)]
        return set(values(staged_cases(*cases), "cases_in_scope_of_file"))

    assert scope(500, 500, 7) == {500}
    assert scope(7, 500, 500, 7) == scope(500, 7, 7, 500)
    assert scope(500, "x", None) == {500}
    assert scope("x") == {None}


# What is kept


def test_what_is_kept_is_typed_and_without_what_is_held_back() -> None:
    found = staged_cases(*good_cases())
    found.hold_back({2, 31})
    kept = accepted_rows(bcm(), found)
    assert kept["row_no"].to_pylist() == list(range(3, 31))
    assert "period" not in kept.column_names  # the folder's name says it
    assert not [name for name in kept.column_names if name.endswith(("_text", "_due", "_repaired"))]
    timely = [code for code, versions in bcm().versions.items() if versions[0].due]
    extra = {"row_no", "unit", *(f"{code}_computed" for code in timely)}
    assert set(kept.column_names) == {c.name for c in bcm().columns if c.type != "period"} | extra


def test_what_is_kept_of_counts_is_the_table() -> None:
    kept = accepted_rows(collection(), staged(valid_return()))
    assert kept.column_names == ["row_no", *(c.name for c in collection().columns if c.type != "period")]
    assert kept.num_rows == 39
