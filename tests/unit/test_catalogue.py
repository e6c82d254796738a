"""A bad expectations folder is refused with file, place and cure; an Area ends and others follow by editing data."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from assurance.catalogue import Expectation, load_catalogue
from assurance.errors import CatalogueError
from assurance.model import Charting, ChartKind, Period, Rebase
from tests.rules.builders import EXPECTATIONS, examined, places, valid_return

BEFORE, AFTER = Period(2016, 12), Period(2017, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXPECTATIONS, tmp_path / "expectations"))


def replaced(old: str, new: str) -> Callable[[str], str]:
    def edit(text: str) -> str:
        assert old in text, f"the file does not have {old!r} any more"
        return text.replace(old, new, 1)

    return edit


def added(lines: str) -> Callable[[str], str]:
    return lambda text: text + lines


@dataclass(frozen=True)
class Bad:
    """One edit that spoils a good folder; the refusal must point at the line that holds `at`, and say the cure."""

    title: str
    file: str
    edit: Callable[[str], str]
    at: str
    cure: str

    def __str__(self) -> str:
        return self.title


OUTCOMES, OUTCOMES_REGISTER, OUTCOMES_RULES = (
    "outcomes/collection.yaml",
    "outcomes/standards.yaml",
    "outcomes/rules.yaml",
)
BCM, REGISTER, RULES = "bcm/collection.yaml", "bcm/standards.yaml", "bcm/rules.yaml"
SECOND_H01 = """
  - version: 2
    code: "H01"
    title: PTPH listed in time
    question: Was the PTPH listed within the national period?
    scale: timely
    direction: up
    asked_at: ptph
    due: {from: sending_date, days: 21}
    evidence: ptph_date
    owner: court
    valid_from: "2027-01-01"
    target: "0.90"
    margin: "0.02"
"""
DATED = "    due: {from: sending_date, days: 21}\n    evidence: ptph_date\n"


def second(old: str, new: str) -> Callable[[str], str]:
    """A further version of H01 with one slip."""
    return added(replaced(old, new)(SECOND_H01))


YAML = [
    Bad("an unquoted time", OUTCOMES, replaced('"17:00"', "17:00"), "at: 17:00", "put it in quotes"),
    Bad("a time that is none", OUTCOMES, replaced('"17:00"', '"25:00"'), 'at: "25:00"', "write HH:MM"),
    Bad("an unquoted month", OUTCOMES, replaced('"2015-11"', "2015-11-01"), "2015-11-01", "put it in quotes"),
    Bad("a month that is none", OUTCOMES, replaced('"2015-11"', '"2015-13"'), "2015-13", "YYYY-MM"),
    Bad("an unquoted margin", OUTCOMES_REGISTER, replaced('"0.02"', "0.02"), "margin: 0.02", "put it in quotes"),
    Bad("an unquoted target", REGISTER, replaced('"0.95"', "0.95"), "target: 0.95", "put it in quotes"),
    Bad("an unquoted code", OUTCOMES_REGISTER, replaced('"O01"', "07"), "code: 07", "put it in quotes"),
    Bad("an answer that YAML takes for yes", BCM, replaced('["Y", "N"]', "[yes, no]"), "[yes, no]", "put it in quotes"),
    Bad("a target in percent", REGISTER, replaced('"0.95"', '"95"'), 'target: "95"', "write 0.95 for 95 %"),
    Bad("a margin below nought", REGISTER, replaced('"0.02"', '"-0.02"'), 'margin: "-0.02"', "is no share"),
    Bad("a target in words", REGISTER, replaced('"0.95"', '"high"'), 'target: "high"', "write it like 0.95"),
    Bad("a day that is none", REGISTER, replaced('"2016-01-05"', '"5/1/2016"'), '"5/1/2016"', "write YYYY-MM-DD"),
    Bad(
        "a key that is misspelt", OUTCOMES_REGISTER, replaced("owner:", "ownr:"), "ownr:", "this key is missing; add it"
    ),
    Bad("a key too many", OUTCOMES, added("\ncolours:\n  - red\n"), "colours:", "take it out or mend its spelling"),
    Bad(
        "a key too many in a list",
        RULES,
        replaced("      severity: row\n", "      severity: row\n      colour: red\n"),
        "colour: red",
        "take it out",
    ),
    Bad(
        "a key twice", BCM, replaced("title:", "title: One\ntitle:"), "title: Better", "stands twice; keep one of them"
    ),
    Bad("a key twice, deep inside", RULES, replaced("regex:", "column: x, regex:"), "column: x", "stands twice"),
    Bad(
        "a missing key",
        OUTCOMES,
        replaced("marking: OFFICIAL\n", ""),
        "code: outcomes",
        "at marking: this key is missing; add it",
    ),
    Bad(
        "an unknown severity",
        OUTCOMES_RULES,
        replaced("severity: file", "severity: fatal"),
        "severity: fatal",
        "'file', 'row', 'query' or 'note'",
    ),
    Bad("an unknown type of column", OUTCOMES, replaced("type: unit", "type: force"), "type: force", "'unit'"),
    Bad(
        "an unknown scale",
        REGISTER,
        replaced("scale: binary", "scale: plain"),
        "scale: plain",
        "'binary', 'graded' or 'timely'",
    ),
    Bad(
        "an unknown check",
        RULES,
        replaced("check: too_few_cases", "check: too_few"),
        "check: too_few",
        "'too_few_cases'",
    ),
    Bad(
        "an unknown check of history",
        RULES,
        replaced("check: case_dropped", "check: dropped"),
        "check: dropped",
        "'case_dropped'",
    ),
    Bad("a tag", OUTCOMES_RULES, replaced("version: 1", "version: !v 1"), "version: !v 1", "not YAML; "),
    Bad("no YAML", OUTCOMES_RULES, replaced("version: 1", "version: 1: 2"), "version: 1: 2", "not YAML; "),
    Bad("an empty file", OUTCOMES_REGISTER, lambda _: "", "", "write its keys and values"),
]

CHARTED = '    title: Code test at charge\n    rebase: [{from: "2027-01", reason: New form}]\n'


def charting(old: str, new: str) -> Callable[[str], str]:
    """A rebased chart of C01 with one slip."""
    return replaced("    title: Code test at charge\n", replaced(old, new)(CHARTED))


REGISTERS = [
    Bad("a chart of no kind", REGISTER, charting("rebase:", "chart: p\n    rebase:"), "chart: p", "'p_prime' or 'xmr'"),
    Bad("a run of five", REGISTER, charting("rebase:", "run_length: 5\n    rebase:"), "run_length: 5", "6 or 7"),
    Bad("screening in words", REGISTER, charting("rebase:", 'screen: "on"\n    rebase:'), 'screen: "on"', "boolean"),
    Bad("a rebase without a reason", REGISTER, charting(", reason: New form", ""), "rebase:", "this key is missing"),
    Bad("a rebase with an empty reason", REGISTER, charting("New form", '" "'), "rebase:", "write a sentence"),
    Bad("a rebase on a day", REGISTER, charting("2027-01", "2027-01-05"), "rebase:", "YYYY-MM"),
    Bad("an unquoted rebase", REGISTER, charting('"2027-01"', "2027-01-01"), "rebase:", "put it in quotes"),
    Bad(
        "rebases out of order",
        REGISTER,
        charting("New form}", 'New form}, {from: "2026-05", reason: Old form}'),
        "rebase:",
        "put them in order",
    ),
    Bad("a headline on no chart", BCM, replaced("margin: ", "chart: xm, margin: "), "headline:", "'p_prime' or 'xmr'"),
    Bad(
        "another code than the folder",
        OUTCOMES,
        replaced("code: outcomes", "code: results"),
        "code: results",
        "make it the folder's name 'outcomes'",
    ),
    Bad(
        "a standard twice",
        OUTCOMES_REGISTER,
        replaced('"O02"', '"O01"'),
        "Offences Against The Person",
        "each may stand once",
    ),
    Bad(
        "a version twice",
        REGISTER,
        second("version: 2", "version: 1"),
        "- version: 1",
        "each may stand once",
    ),
    Bad("a version left out", REGISTER, second("version: 2", "version: 3"), "version: 3", "number them one by one"),
    Bad("a version before the first", REGISTER, second("2027-01-01", "2016-01-05"), "version: 2", "must begin later"),
    Bad(
        "a version of another scale",
        REGISTER,
        second(
            "scale: timely\n    direction: up\n    asked_at: ptph\n" + DATED,
            "scale: binary\n    direction: up\n    asked_at: ptph\n",
        ),
        "- version: 2",
        "give the new standard a code of its own",
    ),
    Bad(
        "a version of another point",
        REGISTER,
        second("asked_at: ptph", "asked_at: trial"),
        "- version: 2",
        "give the new standard a code of its own",
    ),
    Bad(
        "a timely standard without due",
        REGISTER,
        second("    due: {from: sending_date, days: 21}\n", ""),
        "- version: 2",
        "has `due` and `evidence`",
    ),
    Bad(
        "a due rule with two starts",
        REGISTER,
        second("{from: sending_date,", "{from: sending_date, after: D03,"),
        "after: D03, days: 21",
        "either `from` a column or `after` a standard",
    ),
    Bad(
        "days that depend on two columns",
        REGISTER,
        second("days: 21", "days: {a: {x: 1}, b: {x: 1}}"),
        "{a: {x: 1}",
        "one column only",
    ),
    Bad(
        "due from an unknown column",
        REGISTER,
        replaced("from: trial_date", "from: trail_date"),
        "from: trail_date",
        "'trail_date' is no column of dates",
    ),
    Bad(
        "due from a column of codes",
        REGISTER,
        replaced("from: trial_date", "from: case_type"),
        "from: case_type",
        "'case_type' is no column of dates",
    ),
    Bad(
        "days by an unknown column",
        REGISTER,
        replaced("child_witness_under_10:", "child_witness:"),
        "child_witness:",
        "is no column of codes",
    ),
    Bad(
        "an unknown column of directions",
        REGISTER,
        replaced("ordered: cotr_ordered_date", "ordered: cotr_date"),
        "ordered: cotr_date",
        "'cotr_date' is no column of dates",
    ),
    Bad(
        "an unknown column of evidence",
        REGISTER,
        replaced("evidence: allocated_date", "evidence: named_date"),
        "evidence: named_date",
        "'named_date' is no column of dates",
    ),
    Bad(
        "a standard after itself",
        REGISTER,
        replaced("after: D03", "after: C13"),
        "after: C13",
        "'C13' is no timely standard to follow",
    ),
    Bad(
        "standards after one another",
        REGISTER,
        replaced("{from: initial_disclosure_date, days: 27", "{after: C13, days: 27"),
        "after: C13",
        "no timely standard to follow",
    ),
    Bad(
        "a standard after one without dates",
        REGISTER,
        replaced("after: D03", "after: C01"),
        "after: C01",
        "'C01' is no timely standard to follow",
    ),
    Bad(
        "asked at no point",
        REGISTER,
        replaced("asked_at: trial", "asked_at: verdict"),
        "asked_at: verdict",
        "set asked_at to ptph or stage or trial",
    ),
    Bad(
        "a standard without a scale",
        REGISTER,
        replaced("    scale: binary\n", ""),
        'code: "C01"',
        "say binary, graded or timely",
    ),
    Bad(
        "a standard without a column",
        BCM,
        replaced('  - {name: C14, type: answer, valid_from: "2016-01"}\n', ""),
        "columns:\n  - ",
        "standard C14 has no column of answers; add one of its name",
    ),
    Bad(
        "a column without a standard",
        BCM,
        replaced("name: C14,", "name: C15,"),
        "name: C15",
        "column C15 answers no standard; add it to standards.yaml",
    ),
    Bad(
        "a column twice",
        OUTCOMES,
        replaced("name: period", "name: force"),
        "name: force, type: unit",
        "each may stand once",
    ),
    Bad(
        "a column of codes without any",
        BCM,
        replaced("values: [LM, DCP, BCM_LEAD, PEER], ", ""),
        "name: assessor_role",
        "list what it may hold",
    ),
    Bad(
        "no column of the Area",
        BCM,
        replaced("type: area,", "type: text,"),
        "columns:\n  - ",
        "one column of type area",
    ),
    Bad(
        "two columns of references",
        BCM,
        replaced("name: comment, type: text", "name: comment, type: reference"),
        "columns:\n  - ",
        "one column of type urn or reference",
    ),
    Bad(
        "two columns in scope",
        BCM,
        replaced("name: comment, type: text", "name: comment, type: scope"),
        "columns:\n  - ",
        "one column of type scope at most",
    ),
    Bad(
        "a key of an unknown column",
        BCM,
        replaced("defendant_seq, sample_point]", "defendant, sample_point]"),
        "key: [urn, defendant,",
        "there is no column 'defendant'",
    ),
    Bad(
        "the meaning of an unknown column",
        BCM,
        replaced("  charge_date: The day", "  charged_on: The day"),
        "charged_on:",
        "there is no column 'charged_on'",
    ),
    Bad(
        "judged on an unknown day",
        BCM,
        replaced("trial: trial_date", "trial: verdict_date"),
        "judged_on:",
        "'verdict_date' is no column of type date",
    ),
    Bad(
        "judged on what is never due",
        BCM,
        replaced("stage: C13_due", "stage: C99_due"),
        "judged_on:",
        "'C99_due' is no column of type date",
    ),
    Bad(
        "a version by an unknown day",
        BCM,
        replaced("version_by: sending_date", "version_by: sent_date"),
        "version_by: sent_date",
        "name one of `columns`",
    ),
    Bad(
        "days from an unknown day",
        BCM,
        replaced("days_from: ptph_date", "days_from: hearing_date"),
        "days_from: hearing_date",
        "name one of `columns`",
    ),
    Bad(
        "reasons in an unknown column",
        BCM,
        replaced("column: nfs_failure_codes", "column: failures"),
        "column: failures",
        "'failures' is no column of type codes",
    ),
]

ALL_RULES = [
    Bad(
        "two severities",
        OUTCOMES_RULES,
        replaced("rule: OUT-102\n      severity: file", "rule: OUT-103\n      severity: row"),
        "meta: &force",
        "rule OUT-103 has two severities; give it one",
    ),
    Bad(
        "another severity than everywhere",
        RULES,
        replaced("rule: RET-010\n    severity: file", "rule: RET-006\n    severity: row"),
        "- rule: RET-006",
        "has another severity in rules.yaml of every collection",
    ),
    Bad(
        "a brace that is no detail",
        "rules.yaml",
        replaced("({detail})", "({value})"),
        "- rule: RET-001",
        "only {detail} in a message does",
    ),
    Bad(
        "a brace that is not closed",
        RULES,
        replaced("this URN are", "this {URN are"),
        "meta:\n      rule: BCM-201",
        "a brace that is meant is written twice",
    ),
    Bad(
        "a detail that the entry does not find",
        RULES,
        replaced("this URN are", "this URN {detail} are"),
        "message: The first two figures",
        "rule BCM-201: this entry finds no {detail}",
    ),
    Bad(
        "a detail in a fix",
        RULES,
        replaced("fix: Look at some", "fix: Look at {detail}, some"),
        "- rule: BCM-203",
        "only {detail} in a message does",
    ),
    Bad(
        "an unknown kind of column",
        RULES,
        replaced("each: coded", "each: codes_and_dates"),
        "each: codes_and_dates",
        "is no kind of column; use answer, area",
    ),
    Bad(
        "an entry that looks at a column that is not there",
        RULES,
        replaced("column: comment_length", "column: coment_length"),
        "- type: expect_column_values_to_be_between\n    kwargs: {column: coment_length",
        "there is no staged column 'coment_length'",
    ),
    Bad(
        "a condition on a column that is not there",
        RULES,
        replaced("column: {name: days_since_ptph}", "column: {name: days_after_ptph}"),
        "- type: expect_column_values_to_be_between\n    kwargs:\n      column: hearings_to_date",
        "there is no staged column 'days_after_ptph'",
    ),
    Bad(
        "a parameter that is not there",
        RULES,
        replaced("$PARAMETER: force_codes", "$PARAMETER: force_code"),
        "- type: expect_column_values_to_be_in_set\n    kwargs: {column: urn_force",
        "there is no parameter 'force_code'",
    ),
    Bad(
        "an entry that cannot be compiled",
        RULES,
        replaced(
            "type: expect_column_values_to_be_in_set\n    kwargs: {column: urn_force",
            "type: expect_column_values_to_be_unique\n    kwargs: {column: urn_force",
        ),
        "- type: expect_column_values_to_be_unique",
        "cannot be compiled; use one of expect_column_pair_values",
    ),
    Bad(
        "a check of cases with a code that is not there",
        RULES,
        replaced("sample_point: ptph, sample_reason: random", "sample_point: ptpH, sample_reason: random"),
        "where: {sample_point: ptpH",
        "'ptpH' is no value of a column 'sample_point'",
    ),
    Bad(
        "a check without its parameter",
        RULES,
        replaced("    least: 20\n", ""),
        "- rule: BCM-304",
        "this key is missing; add it",
    ),
    Bad(
        "a history of cases where returns hold counts",
        OUTCOMES_RULES,
        replaced("check: outside_own_limits\n    least_months: 12", "check: case_dropped"),
        "- rule: OUT-204",
        "case_dropped asks about cases; this return has counts",
    ),
    Bad(
        "a date for a sample point that is not there",
        BCM,
        replaced("judged_on: {ptph: ptph_date", "judged_on: {ptpH: ptph_date"),
        "judged_on: {ptpH",
        "'ptpH' is no sample point",
    ),
    Bad(
        "a sample reason of which nobody knows whether it counts",
        BCM,
        replaced("values: [random, targeted, all]", "values: [drawn, targeted, all]"),
        "reason: sample_reason",
        "it is not known whether 'drawn' counts; use random, all, targeted",
    ),
    Bad(
        "a pattern that is none",
        RULES,
        replaced('regex: "[ -~]*"', 'regex: "[ -~*"'),
        "- type: expect_column_values_to_match_regex",
        "the regex is none: ",
    ),
    Bad(
        "a limit that is no number",
        RULES,
        replaced("max_value: {$PARAMETER: longest.comment}", "max_value: many"),
        "- type: expect_column_values_to_be_between\n    kwargs: {column: comment_length",
        "max_value is no number",
    ),
    Bad(
        "an entry without its column",
        RULES,
        replaced("kwargs: {column: urn_force, value_set", "kwargs: {value_set"),
        "- type: expect_column_values_to_be_in_set\n    kwargs: {value_set: {$PARAMETER: force_codes",
        "has no column; add it",
    ),
    Bad(
        "an Area that begins while the one before it is there",
        "areas.csv",
        replaced("LNN,London North,,9999-12-31,,LON", "LNN,London North,,2026-10-01,,LON"),
        "LNN,London North",
        "LNN begins before LON, which it succeeds, has ended",
    ),
    Bad(
        "an entry for a column that is not there",
        RULES,
        replaced("      - allocated_date\n", "      - allocation_date\n"),
        "each:\n      - idpc_served_date",
        "there is no column 'allocation_date'",
    ),
    Bad(
        "an unquoted month of a rule",
        RULES,
        replaced('effective_from: "2016-01"', "effective_from: 2016-01-01"),
        "effective_from: 2016-01-01",
        "put it in quotes",
    ),
]

LISTS = [
    Bad("an Area twice", "areas.csv", replaced("EMD,", "CYW,"), "CYW,East", "Area 'CYW' stands on line 2 too"),
    Bad(
        "an Area after none",
        "areas.csv",
        replaced(",9999-12-31,,LON", ",9999-12-31,,LND"),
        "LNN,",
        "LNN succeeds 'LND', which is no Area",
    ),
    Bad(
        "a line too short",
        "areas.csv",
        replaced("EMD,East Midlands,,2011-04-01,,", "EMD,East Midlands"),
        "EMD,",
        "give it 6",
    ),
    Bad("a line too long", "forces.csv", replaced("03,Cumbria,", "03,Cumbria,,,"), "03,Cumbria", "give it 6"),
    Bad("a quote left open", "areas.csv", added('XXX,"Nowhere,,2011-04-01,,\n'), "XXX,", "a quote is not closed"),
    Bad(
        "a day that is none",
        "areas.csv",
        replaced("EMD,East Midlands,,2011-04-01", "EMD,East Midlands,,01/04/2011"),
        "EMD,",
        "write YYYY-MM-DD",
    ),
    Bad(
        "a force's day that is none",
        "forces.csv",
        replaced("NWE,2011-04-01", "NWE,2011-04-31"),
        "2011-04-31",
        "write YYYY-MM-DD",
    ),
    Bad(
        "a force of no Area",
        "forces.csv",
        replaced(",NWE,", ",NWX,"),
        "NWX",
        "'NWX' is no Area; name one of areas.csv, or ALL",
    ),
    *(
        Bad(
            f"{said} as the months that figures stay provisional",
            OUTCOMES,
            replaced("headline:", f"provisional_months: {said}\nheadline:"),
            "provisional_months",
            "write how many months a figure stays provisional, from 0 (never) to 60",
        )
        for said in ("-1", "61", "2.5", "true", '"3"', "three")
    ),
    Bad(
        "forces under one name that are not there as long",
        "forces.csv",
        replaced(
            "48,City of London,Metropolitan and City,LON,2011-04-01,",
            "48,City of London,Metropolitan and City,LON,2011-04-01,2020-01-01",
        ),
        "City of London,Metropolitan and City,LON",
        "give them the same days, or take away the alias they share",
    ),
    Bad(
        "another header",
        "areas.csv",
        replaced("aliases", "other names"),
        "area_code",
        "the header must be area_code,name,aliases",
    ),
    Bad(
        "another header of forces",
        "forces.csv",
        replaced("urn_force_code", "code"),
        "code",
        "the header must be urn_force_code,force",
    ),
    Bad(
        "another header of reasons",
        "bcm/failure_reasons.csv",
        replaced("label", "text"),
        "code",
        "the header must be code,group,label",
    ),
    Bad(
        "a recipient of no Area",
        "recipients.yaml",
        replaced("areas: [EMD]", "areas: [EMX]"),
        "assurance.emd",
        "names Area 'EMX'",
    ),
    Bad(
        "a recipient of no kind of mail",
        "recipients.yaml",
        replaced("kinds: [receipt", "kinds: [recipt"),
        "recipt",
        "'release' or 'alert'",
    ),
    Bad(
        "the nation is reminded of a return",
        "recipients.yaml",
        replaced("kinds: [escalation, release]", "kinds: [reminder]"),
        "director@",
        "reminder is about an Area's own return",
    ),
    Bad(
        "an Area is asked to sign off",
        "recipients.yaml",
        replaced("areas: [EMD], kinds: [receipt", "areas: [EMD], kinds: [sign_off_request"),
        "assurance.emd",
        "sign_off_request is about all Areas; name ALL",
    ),
    Bad(
        "a chaser before the return is due",
        "outcomes/collection.yaml",
        replaced("chaser: {working_day: 6", "chaser: {working_day: 4"),
        "calendar",
        "reminder, due, chaser, escalation and release must come one after another",
    ),
    Bad(
        "a chaser at the moment at which the return is due",
        "outcomes/collection.yaml",
        replaced('chaser: {working_day: 6, at: "09:00"}', 'chaser: {working_day: 5, at: "17:00"}'),
        "calendar",
        "chaser must come after due",
    ),
]


WAIVED = {
    "rule": "BCM-208",
    "area": "WSX",
    "reason": "Trials were moved.",
    "approver": "Head of Assurance",
    "valid_from": "2026-11-02",
    "expires": "2027-04-01",
}


def waiving(*entries: dict[str, str]) -> Callable[[str], str]:
    """The file with these entries, each told by what differs from one that is right."""
    told = [", ".join(f'{key}: "{value}"' for key, value in (WAIVED | entry).items()) for entry in entries]
    lines = "".join(f"\n  - {{{entry}}}" for entry in told)
    return replaced("waivers: []", f"waivers:{lines}")


WAIVERS = [
    Bad(title, "bcm/waivers.yaml", waiving(*entries), at, cure)
    for title, entries, at, cure in (
        ("a waiver of no rule", [{"rule": "BCM-999"}], "BCM-999", "there is no rule 'BCM-999'; name one of rules.yaml"),
        ("a waiver of no Area", [{"area": "WSY"}], "WSY", "there is no Area 'WSY' in areas.csv"),
        ("a waiver for the nation", [{"area": "ALL"}], '"ALL"', "there is no Area 'ALL'"),
        ("a waiver without a reason", [{"reason": " "}], "BCM-208", "nothing is said; write a sentence"),
        ("a waiver with a long reason", [{"reason": "x" * 501}], "xxx", "more than 500 characters; say it shorter"),
        ("a waiver with a hidden sign", [{"reason": "a\u202eb"}], "BCM-208", "a character that cannot be seen"),
        ("a waiver by nobody", [{"approver": ""}], "BCM-208", "nothing is said"),
        ("a waiver from no day", [{"valid_from": "2026-02-30"}], "2026-02-30", "is not a day; write YYYY-MM-DD"),
        ("a waiver that ends as it begins", [{"expires": "2026-11-02"}], "BCM-208", "expires before it begins"),
        ("a waiver of what cannot be read", [{"rule": "BCM-103"}], "BCM-103", "rule BCM-103 cannot be waived"),
        ("a waiver of a guard", [{"rule": "RET-003"}], "RET-003", "rule RET-003 cannot be waived"),
        (
            "two waivers of one rule at a time",
            [{"expires": "2027-01-01"}, {"valid_from": "2026-12-31"}],
            "2026-12-31",
            "is waived for WSX on some of these days already",
        ),
    )
]
UNDERTAKEN = {"id": "A-001", "title": "Ask", "owner": "The forum", "raised": "2026-11-02", "due": "2026-12-01"}


def acting(*entries: dict[str, object]) -> Callable[[str], str]:
    """The file with these actions alone, each told by what differs from one that is right."""

    def edit(text: str) -> str:
        lines = [json.dumps(UNDERTAKEN | entry) for entry in entries]
        return "".join([text.partition("actions:\n")[0], "actions:\n", *(f"  - {line}\n" for line in lines)])

    return edit


def moved(agreed: str, due: str) -> dict[str, str]:
    return {"agreed": agreed, "due": due, "reason": "It takes longer."}


ACTIONS = [
    Bad(title, "bcm/actions.yaml", acting(*entries), at, cure)
    for title, entries, at, cure in (
        ("an action of no standard", [{"standard": "C99"}], "C99", "there is no standard 'C99' in standards.yaml"),
        ("an action of no Area", [{"area": "WSY"}], "WSY", "there is no Area 'WSY' in areas.csv"),
        ("an action of the nation", [{"area": "ALL"}], '"ALL"', "or leave it out for all Areas"),
        ("an action without an owner", [{"owner": " "}], "A-001", "nothing is said; write a sentence"),
        ("an action without a title", [{"title": ""}], "A-001", "nothing is said"),
        ("an action of no number", [{"id": "7"}], '"7"', "'7' is no number of an action; write A-"),
        ("two actions of one number", [{}, {"title": "Again"}], "Again", "A-001 stands twice"),
        ("an action due on no day", [{"due": "2026-02-30"}], "2026-02-30", "is not a day; write YYYY-MM-DD"),
        ("an action due before it was raised", [{"due": "2026-11-01"}], "A-001", "it is due before it was raised"),
        (
            "an action done before it was raised",
            [{"done": "2026-11-01", "outcome": "Done."}],
            "A-001",
            "it was done before it was raised",
        ),
        ("an action done without an outcome", [{"done": "2026-11-05"}], "A-001", "say both `done` and `outcome`"),
        ("an action with an outcome and not done", [{"outcome": "Fine."}], "A-001", "say both `done` and `outcome`"),
        (
            "a later day that is none",
            [{"later": [moved("2026-11-20", "2026-12-01")]}],
            "A-001",
            "2026-12-01 is no later than the day it was due before",
        ),
        (
            "later days in disorder",
            [{"later": [moved("2026-11-20", "2026-12-02"), moved("2026-11-19", "2026-12-03")]}],
            "A-001",
            "the days under `later` are not agreed one after another",
        ),
        (
            "a later day agreed before the action was raised",
            [{"later": [moved("2026-11-01", "2026-12-02")]}],
            "A-001",
            "the days under `later` are not agreed one after another",
        ),
        (
            "a later day for what was done",
            [{"later": [moved("2026-11-20", "2026-12-02")], "done": "2026-11-19", "outcome": "Done."}],
            "A-001",
            "a later day was agreed when it was done already",
        ),
        ("an action with a key of its own", [{"name": "x"}], "A-001", "this key is not known"),
    )
]
RECIPIENTS = [
    Bad(title, "recipients.yaml", replaced(before, after), "forum@", cure)
    for title, before, after, cure in (
        (
            "a shareable edition of an Area",
            "editions: [shareable]",
            "editions: [shareable]\n    areas: [WSX]",
            "the shareable edition is one for all Areas",
        ),
        (
            "a receipt for partners",
            "kinds: [release]\n    editions",
            "kinds: [receipt]\n    editions",
            "mail of the kind receipt is internal",
        ),
        ("an internal edition of nobody", "editions: [shareable]", "editions: [internal]", "name some under `areas`"),
        ("no edition", "editions: [shareable]", "editions: []", "no edition is named"),
    )
]
WAIVABLE = [
    Bad(title, file, replaced("waivable: [", f"waivable: [{rule}, "), "waivable: [", f"'{rule}' is no rule of severity")
    for title, file, rule in (
        ("a guard that may be waived", "rules.yaml", "RET-006"),
        ("a query that may be waived twice", "bcm/rules.yaml", "BCM-201"),
        ("no rule that may be waived", "outcomes/rules.yaml", "OUT-999"),
    )
]


def line_of(text: str, at: str) -> int:
    """The line on which something stands; the first where nothing is named."""
    assert at in text, f"the edited file does not have {at!r}"
    return text[: text.index(at)].count("\n") + 1


@pytest.mark.parametrize(
    "bad", [*YAML, *REGISTERS, *ALL_RULES, *LISTS, *WAIVERS, *ACTIONS, *RECIPIENTS, *WAIVABLE], ids=str
)
def test_a_bad_file_is_refused_with_its_name_the_line_and_the_cure(folder: Path, bad: Bad) -> None:
    path = folder / bad.file
    edited = bad.edit(path.read_text(encoding="utf-8"))
    path.write_text(edited, encoding="utf-8")
    with pytest.raises(CatalogueError) as refused:
        load_catalogue(folder)
    message = str(refused.value)
    assert message.startswith(f"{path}, line {line_of(edited, bad.at)}: ")
    assert bad.cure in message
    assert "\n" not in message


def test_timely_standards_need_the_day_of_the_assessment(folder: Path) -> None:
    path = folder / BCM
    path.write_text(replaced("  as_of: assessed_on\n", "")(path.read_text(encoding="utf-8")), encoding="utf-8")
    register = folder / REGISTER
    line = line_of(register.read_text(encoding="utf-8"), 'code: "C03"')
    with pytest.raises(CatalogueError) as refused:
        load_catalogue(folder)
    assert str(refused.value).startswith(f"{register}, line {line}: a timely standard needs `as_of` under `cases`")


@pytest.mark.parametrize(
    "name",
    [
        "forces.csv",
        "recipients.yaml",
        "rules.yaml",
        "outcomes/standards.yaml",
        "outcomes/rules.yaml",
        "bcm/failure_reasons.csv",
    ],
)
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(CatalogueError, match=r"this file is missing; add it") as refused:
        load_catalogue(folder)
    assert str(folder / name) in str(refused.value)


@pytest.mark.parametrize("name", ["areas.csv", "outcomes/standards.yaml"])
def test_a_file_that_is_not_utf8_is_named(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"\xe9\n")
    with pytest.raises(CatalogueError, match="not UTF-8; save it so") as refused:
        load_catalogue(folder)
    assert str(folder / name) in str(refused.value)


def test_a_folder_that_is_none_says_which_setting_to_mend(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="ASSURANCE_EXPECTATIONS") as refused:
        load_catalogue(tmp_path)
    assert str(tmp_path) in str(refused.value)


def test_an_unknown_collection_or_area_is_refused_with_those_there_are() -> None:
    catalogue = load_catalogue(EXPECTATIONS)
    with pytest.raises(CatalogueError, match=r"'bcmm'.*outcomes"):
        catalogue.collection("bcmm")
    with pytest.raises(CatalogueError, match=r"'XXX'.*CYW, EMD"):
        catalogue.collection("outcomes").area("XXX")


def test_thirteen_areas_owe_a_return_and_none_for_a_month_that_is_not_collected() -> None:
    of = load_catalogue(EXPECTATIONS).collection("outcomes")
    assert len(of.areas_owing(BEFORE)) == 13
    assert of.areas_owing(Period(2016, 3)) == ()


def test_london_ends_and_two_follow_by_editing_areas_and_forces(folder: Path) -> None:
    london = "LON,London,Metropolitan and City,2011-04-01,"
    areas = folder / "areas.csv"
    text = replaced(london, f"{london}2017-01-01")(areas.read_text(encoding="utf-8"))
    areas.write_text(text.replace("9999-12-31", "2017-01-01"), encoding="utf-8")
    forces = folder / "forces.csv"
    forces.write_text(forces.read_text(encoding="utf-8").replace("9999-12-31", "2017-01-01"), encoding="utf-8")

    of = load_catalogue(folder).collection("outcomes")

    before, after = ({area.code for area in of.areas_owing(period)} for period in (BEFORE, AFTER))
    assert (len(before), len(after)) == (13, 14)
    assert before - after == {"LON"}
    assert after - before == {"LNN", "LNS"}
    assert {of.area(code).succeeds for code in ("LNN", "LNS")} == {"LON"}
    assert [unit.name for unit in of.units_of("LNN", AFTER)] == ["Metropolitan and City"]
    assert of.units_of("LNN", BEFORE) == ()


def test_a_successor_may_return_from_its_first_month_on(folder: Path) -> None:
    for name, ends in (("areas.csv", "City,2011-04-01,"), ("forces.csv", "LON,2011-04-01,")):
        path = folder / name
        text = path.read_text(encoding="utf-8").replace("9999-12-31", "2016-10-01")
        path.write_text(text.replace(ends, f"{ends}2016-10-01"), encoding="utf-8")
    of = load_catalogue(folder).collection("outcomes")
    assert places(examined(valid_return("LNN", of=of), of=of)) == []


def test_forces_that_share_an_alias_report_together_and_others_by_their_own_names() -> None:
    of = load_catalogue(EXPECTATIONS).collection("outcomes")
    assert [unit.name for unit in of.units_of("LON", BEFORE)] == ["Metropolitan and City"]
    hampshire = of.units_of("WSX", BEFORE)[0]
    assert (hampshire.name, hampshire.aliases) == ("Hampshire & IOW", ("Hampshire",))


def test_the_fingerprint_of_a_collection_changes_with_any_of_its_files(folder: Path) -> None:
    versions = {load_catalogue(folder).collection("outcomes").version}
    for name in ("collection.yaml", "standards.yaml", "rules.yaml", "waivers.yaml", "actions.yaml"):
        path = folder / "outcomes" / name
        path.write_text(path.read_text(encoding="utf-8") + "\n# another\n", encoding="utf-8")
        versions.add(load_catalogue(folder).collection("outcomes").version)
    assert len(versions) == 6


def test_receipts_go_to_the_area_and_releases_to_the_nation_as_well() -> None:
    catalogue = load_catalogue(EXPECTATIONS)
    assert [r.address for r in catalogue.recipients_of("receipt", "WSX", "outcomes")] == ["assurance.wsx@example.org"]
    assert [r.address for r in catalogue.recipients_of("release", "ALL", "bcm")] == ["director@example.org"]
    assert catalogue.recipients_of("receipt", "XXX", "bcm") == ()
    assert [r.address for r in catalogue.recipients_of("release", "shareable", "bcm")] == ["forum@example.org"]
    assert catalogue.recipients_of("release", "internal", "bcm") == ()
    assert catalogue.recipients_of("receipt", "shareable", "bcm") == ()
    assert [r.address for r in catalogue.recipients_of("receipt", "WSX", "bcm_readings")] == ["readings@example.org"]


# The suite of a period


@pytest.mark.parametrize(("code", "period"), [("outcomes", Period(2016, 10)), ("bcm", Period(2026, 10))])
def test_nothing_that_must_be_there_passes_for_being_empty(code: str, period: Period) -> None:
    """A null passes an in-set: for a column that every row needs, a not-null without a condition stands beside it."""
    of = load_catalogue(EXPECTATIONS).collection(code)
    suite = of.suite(period)
    for column in of.columns_in(period):
        listed = [e for e in suite if e.type.endswith("to_be_in_set") and column_of(e) == column.name]
        if listed and (column.required or of.grain == "aggregate"):
            filled = [
                e
                for e in suite
                if e.type.endswith("to_not_be_null") and column_of(e) == column.name and "row_condition" not in e.kwargs
            ]
            assert filled, column.name
    for code_of in (c.name for c in of.columns_in(period) if c.type == "answer"):
        conditions = {
            e.type.rpartition("_to_")[2]: e.kwargs.get("row_condition", {}).get("parameter")
            for e in suite
            if column_of(e) == code_of and e.meta.rule == "BCM-110"
        }
        assert conditions["not_be_null"] == {"$PARAMETER": f"point.{code_of}"}


def column_of(entry: Expectation) -> str | None:
    named = entry.kwargs.get("column")
    return named.removesuffix("_text") if named else None


def test_an_entry_for_a_kind_of_column_stands_for_one_entry_a_column_that_is_valid() -> None:
    of = load_catalogue(EXPECTATIONS).collection("bcm")
    dated = [e for e in of.suite(Period(2026, 10)) if e.meta.rule == "BCM-103"]
    dates = [c.name for c in of.columns if c.type == "date"]
    assert [e.kwargs["column"] for e in dated] == dates
    assert [e.kwargs["row_condition"]["column"]["name"] for e in dated] == [f"{name}_text" for name in dates]
    assert all(e.each is None and "$COLUMN" not in str(e) for e in of.suite(Period(2026, 10)))
    assert of.suite(Period(2013, 12)) == ()


def test_a_column_and_a_rule_are_asked_from_their_first_month_to_their_last(folder: Path) -> None:
    path = folder / "bcm" / "collection.yaml"
    text = path.read_text(encoding="utf-8")
    ending = replaced(
        '{name: case_type, type: code, required: true, values: [general, rasso, complex, youth], valid_from: "2016-01"}',
        '{name: case_type, type: code, required: true, values: [general], valid_from: "2016-03", valid_to: "2017-01"}',
    )
    path.write_text(ending(text), encoding="utf-8")
    of = load_catalogue(folder).collection("bcm")
    months = {Period(2016, 2): False, Period(2016, 3): True, Period(2016, 12): True, Period(2017, 1): False}
    for period, asked in months.items():
        assert ("case_type" in {c.name for c in of.columns_in(period)}) is asked
        assert any(e.kwargs.get("column") == "case_type_text" for e in of.suite(period)) is asked


def test_no_return_is_owed_before_the_first_month_of_a_collection() -> None:
    of = load_catalogue(EXPECTATIONS).collection("bcm")
    assert (len(of.areas_owing(Period(2015, 12))), len(of.areas_owing(Period(2016, 1)))) == (0, 13)


def test_a_collections_own_words_take_the_place_of_those_of_every_collection() -> None:
    loaded = load_catalogue(EXPECTATIONS)
    words = {code: loaded.collection(code).rule_texts["RET-012"] for code in ("outcomes", "bcm")}
    assert (words["outcomes"].severity, words["bcm"].severity) == ("file", "row")
    assert "NIL as urn" in loaded.collection("bcm").rule_texts["RET-010"].fix


def test_the_register_says_how_rates_are_charted(folder: Path) -> None:
    path = folder / "bcm" / "standards.yaml"
    edit = charting("rebase:", "chart: xmr\n    run_length: 6\n    rebase:")
    path.write_text(edit(path.read_text(encoding="utf-8")), encoding="utf-8")
    standards = load_catalogue(folder).collection("bcm").standards
    new_form = Rebase(Period(2027, 1), "New form")
    assert standards[0].charting == Charting(ChartKind.XMR, screen=True, run_length=6, rebases=(new_form,))
    assert standards[1].charting == Charting()
