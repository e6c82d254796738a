"""In which words is a sender told what is odd? A row of totals, rows that a table lacks, a return that is nearly nil."""

from __future__ import annotations

import pytest

from assurance.model import Finding
from tests.rules.builders import Return, collection, examined, nil_return, valid_return
from tests.rules.cases import bcm, bcm_nil, bcm_return

TOTALS = collection().rules.totals


def found(sent: Return) -> tuple[Finding, ...]:
    return examined(sent, of=collection("bcm" if "urn" in sent.header else "outcomes")).checked.findings


@pytest.mark.parametrize("word", ["Total", "TOTALS:", "Grand total", "sum", "All"])
def test_a_row_of_totals_has_one_cure_however_much_is_wrong_with_it(word: str) -> None:
    sent = bcm_return()
    told = found(sent.with_rows([word, *[""] * (len(sent.header) - 1)]))
    assert {(f.row, f.message, f.fix) for f in told} == {(sent.last_line + 1, TOTALS.message, TOTALS.fix)}


def test_a_word_for_a_total_in_another_cell_makes_none() -> None:
    told = found(bcm_return().with_cell(4, "comment", "Total").with_cell(4, "case_type", ""))
    assert [(f.rule, f.message == TOTALS.message) for f in told] == [("BCM-101", False)]


def test_of_a_row_of_totals_that_breaks_file_rules_its_other_cells_are_not_told() -> None:
    told = found(bcm_return().with_cell(4, "return_id", "Total").with_cell(4, "case_type", "").with_cell(5, "C01", ""))
    assert [(f.row, f.rule, f.message == TOTALS.message) for f in told] == [
        (4, "RET-006", True),
        (5, "BCM-110", False),
    ]


def message(sent: Return, rule: str = "OUT-103") -> set[str]:
    return {f.message for f in found(sent) if f.rule == rule}


def test_a_table_of_counts_that_lacks_rows_is_told_which() -> None:
    sent = valid_return()
    force, category = (sent.cell(9, column) for column in ("force", "offence_category"))
    (told,) = message(sent.without_row(9))
    assert f"(there is no row for {force}, {category})" in told


def test_a_row_in_the_place_of_another_is_told_with_what_is_missing() -> None:
    sent = valid_return()
    missing = sent.cell(9, "offence_category")
    (told,) = message(sent.with_row(9, list(sent.rows[0])))
    assert told.startswith("This force has this category more than once (there is no row for ")
    assert missing in told


def test_of_many_rows_that_are_missing_a_few_are_named_and_the_rest_counted() -> None:
    sent = valid_return()
    for line in range(20, 10, -1):
        sent = sent.without_row(line)
    (told,) = message(sent)
    assert told.endswith("; and 5 more).")
    assert told.count(";") == 5


def test_an_alias_of_a_force_is_no_missing_row() -> None:
    sent = valid_return()
    line = sent.line_of(force="Hampshire & IOW")
    told = message(sent.with_cell(line, "force", "Hampshire").with_rows(sent.rows[0]))
    assert len(told) == 2
    assert all("no row is missing" in one for one in told)


def test_what_is_nearly_a_nil_return_is_told_cell_by_cell_and_nothing_else_is() -> None:
    sent = bcm_nil().with_cell(2, "urn", "nil").with_cell(2, "cases_in_scope", "00").with_cell(2, "comment", "none")
    told = [(f.rule, f.row, f.column, f.message.partition("(")[2]) for f in found(sent)]
    assert told == [
        ("RET-010", 2, "cases_in_scope", "in a nil return this cell must say 0)."),
        ("RET-010", 2, "comment", "in a nil return this cell must be empty)."),
        ("RET-010", 2, "urn", "in a nil return this cell must say NIL, in capitals)."),
    ]
    assert [(f.rule, f.column) for f in found(nil_return().with_cell(2, "convictions", "0"))] == [
        ("RET-010", "convictions")
    ]


def test_a_single_case_is_no_nil_return() -> None:
    alone = bcm_return(dict(zip(bcm_return().header, bcm_return().rows[0], strict=True)))
    assert bcm().rule_texts["RET-010"].rule not in {f.rule for f in found(alone)}
