"""The register, columns and rules of Better Case Management are those that were agreed, and are whole in themselves."""

from __future__ import annotations

import csv
from collections import Counter
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
import yaml

from assurance.catalogue import Collection, Column, Expectation, RuleText, load_catalogue
from assurance.catalogue.schema import RuleFile
from assurance.catalogue.suite import TELLS_WHAT_IS_MISSING
from assurance.model import Due, Period, Scale, Severity, Standard

REPOSITORY = Path(__file__).resolve().parents[2]
EXPECTATIONS = REPOSITORY / "expectations"
AGREED = REPOSITORY.parent / "shared" / "data" / "bcm"
FIRST, LATER = Period(2016, 1), Period(2026, 10)

beside_shared = pytest.mark.skipif(not AGREED.is_dir(), reason="needs the folder `shared` beside the repository")


@cache
def bcm() -> Collection:
    return load_catalogue(EXPECTATIONS).collection("bcm")


@cache
def written_rules(collection: str = "bcm") -> RuleFile:
    """The rules as its own file has them, without those that hold for every collection."""
    text = (EXPECTATIONS / collection / "rules.yaml").read_text(encoding="utf-8")
    return RuleFile.model_validate(yaml.safe_load(text))


def agreed(name: str) -> list[dict[str, str]]:
    with (AGREED / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def texts(rules: RuleFile) -> list[RuleText]:
    """Every text of every rule: a rule whose cures differ has several."""
    return [*rules.guards, *(entry.meta for entry in rules.expectations), *rules.checks, *rules.history]


def days(number: int, start: str, *, ordered: str | None = None) -> Due:
    return Due(start, False, {"": number}, ordered=ordered)


STAGE_1 = Due("sending_date", False, {"custody": 50, "bail": 70}, "remand_status", "stage1_ordered_date")
DUE = {
    "": None,
    "before first_hearing_date (strictly earlier)": Due("first_hearing_date", False, {"": 0}, strictly_before=True),
    "sending_date + 7": days(7, "sending_date"),
    "sending_date + 28; + 14 where child_witness_under_10 = Y": Due(
        "sending_date", False, {"N": 28, "Y": 14}, "child_witness_under_10"
    ),
    "ptph_date - 7": days(-7, "ptph_date"),
    "ptph_date - 2": days(-2, "ptph_date"),
    "stage1_ordered_date, else sending_date + 50 in custody, + 70 on bail": STAGE_1,
    "as C11": STAGE_1,
    "upgrade_due_date": days(0, "upgrade_due_date"),
    "stage2_ordered_date, else initial_disclosure_date + 27": days(
        27, "initial_disclosure_date", ordered="stage2_ordered_date"
    ),
    "stage3_ordered_date, else Stage 2 due (as D03) + 14": Due("D03", True, {"": 14}, ordered="stage3_ordered_date"),
    "cotr_ordered_date, else trial_date - 28": days(-28, "trial_date", ordered="cotr_ordered_date"),
}
"""What the words of the agreed register mean."""


# As agreed


@beside_shared
def test_every_standard_is_as_agreed_and_in_the_agreed_order() -> None:
    def as_agreed(standard: Standard) -> dict[str, str]:
        return {
            "code": standard.code,
            "title": standard.title,
            "question": standard.question,
            "scale": str(standard.scale),
            "direction": str(standard.direction),
            "asked_at": standard.asked_at or "",
            "due_unit": "calendar days" if standard.due else "",
            "evidence_column": standard.evidence or "",
            "ordered_date_column": (standard.due.ordered if standard.due else None) or "",
            "na_allowed": "yes" if standard.na_allowed else "no",
            "owner": standard.owner,
            "partners": "|".join(standard.partners),
            "valid_from": str(standard.valid_from),
            "target": str(standard.target),
            "margin": str(standard.margin),
            "source": standard.source,
        }

    apart = {"due_rule", "source_status"}
    rows = [{name: cell for name, cell in row.items() if name not in apart} for row in agreed("standards_register.csv")]
    first_versions = [versions[0] for versions in bcm().versions.values()]
    assert [as_agreed(standard) for standard in first_versions] == rows


@beside_shared
def test_every_due_rule_means_what_the_agreed_words_say() -> None:
    due = {code: versions[0].due for code, versions in bcm().versions.items()}
    assert due == {row["code"]: DUE[row["due_rule"]] for row in agreed("standards_register.csv")}


@beside_shared
def test_every_source_says_how_well_it_is_known() -> None:
    written = yaml.safe_load((EXPECTATIONS / "bcm" / "standards.yaml").read_text(encoding="utf-8"))["standards"]
    known = {entry["code"]: entry["source_status"] for entry in written if entry["version"] == 1}
    assert known == {row["code"]: row["source_status"] for row in agreed("standards_register.csv")}


@beside_shared
def test_every_column_is_as_agreed_and_in_the_agreed_order() -> None:
    assert [as_agreed_column(column) for column in bcm().columns] == agreed("return_schema.csv")


def as_agreed_column(column: Column) -> dict[str, str]:
    """One column in the words of the agreed schema."""
    types = {"date": "date", "answer": "answer", "codes": "list", "integer": "integer", "scope": "integer"}
    values = {
        "return_id": "R-<AREA>-<YYYYMM>-v<nn>",
        "area": "areas.csv",
        "period": "YYYY-MM",
        "scope": f"{column.least}-{column.most}, one value a file: cases at this Area's sample points in the period",
        "urn": "see spec/returns.md; NIL in a nil return",
        "integer": f"{column.least}-{column.most}",
        "code": "|".join(column.values),
        "codes": f"{column.values_from}, ; between",
        "text": f"up to {column.longest} characters; never leaves the Area's own files and the archive",
        "date": "",
    }
    required = "yes" if column.required else "no"
    if column.type == "answer":
        standard = bcm().versions[column.name][0]
        values["answer"] = "|".join(standard.scale.answers if standard.scale else ())
        required = f"when sample_point = {standard.asked_at}, else empty"
    return {
        "column": column.name,
        "type": types.get(column.type, "text"),
        "values": values[column.type],
        "required": required,
        "valid_from": column.valid_from or "",
        "valid_to": column.valid_to or "",
    }


@beside_shared
@pytest.mark.parametrize(("collection", "other"), [("bcm", "OUT-"), ("outcomes", "BCM-")])
def test_every_rule_of_the_list_is_there_with_its_severity_and_no_other(collection: str, other: str) -> None:
    severities = {row["rule"]: row["severity"] for row in agreed("rules.csv") if not row["rule"].startswith(other)}
    if collection == "outcomes":  # a table that is wrong anywhere is sent again whole
        severities["RET-012"] = "file"
        severities |= dict.fromkeys(("RET-015", "RET-016", "RET-017"), "row")  # ours; in bcm BCM-101 to 110 say it
    rules = load_catalogue(EXPECTATIONS).collection(collection).rule_texts
    found = {rule: str(text.severity) for rule, text in rules.items()}
    assert found == severities


@beside_shared
def test_the_rules_that_need_other_returns_are_those_of_the_list() -> None:
    listed = {row["rule"] for row in agreed("rules.csv") if row["needs"] == "history"}
    assert {rule.rule for rule in bcm().history(LATER)} == {rule for rule in listed if not rule.startswith("OUT-")}


@beside_shared
@pytest.mark.parametrize("name", ["failure_reasons.csv", "areas.csv", "forces.csv"])
def test_lists_are_as_agreed(name: str) -> None:
    ours = EXPECTATIONS / "bcm" / name if name == "failure_reasons.csv" else EXPECTATIONS / name
    assert ours.read_text(encoding="utf-8") == (AGREED / name).read_text(encoding="utf-8")


# Whole in itself


def test_the_register_has_24_standards_of_four_owners() -> None:
    assert Counter(s.owner for s in bcm().standards_in(LATER)) == {"CPS": 14, "court": 4, "police": 3, "defence": 3}


def test_the_return_has_67_columns_from_its_first_month_on() -> None:
    assert len(bcm().columns_in(FIRST)) == 67
    assert bcm().columns_in(Period(2015, 12)) == ()


def test_the_register_says_that_targets_and_margins_are_illustrations() -> None:
    assert "illustrations" in bcm().note
    assert "illustrations" in (EXPECTATIONS / "bcm" / "standards.yaml").read_text(encoding="utf-8")


def test_no_answer_is_required_by_its_column_for_it_stands_only_where_it_is_asked() -> None:
    assert not [column.name for column in bcm().columns if column.type == "answer" and column.required]


@pytest.mark.parametrize("collection", ["bcm", "outcomes", ""], ids=["bcm", "outcomes", "every collection"])
def test_every_rule_says_what_is_wrong_why_it_matters_and_what_to_do(collection: str) -> None:
    for text in texts(written_rules(collection)):
        for said in (text.message, text.why, text.fix):
            assert said.endswith((".", "}.")), f"{text.rule}: {said!r} is no sentence"
            assert len(said) <= 300, f"{text.rule}: {said!r} is too long to be read"


@pytest.mark.parametrize("collection", ["bcm", "outcomes", ""], ids=["bcm", "outcomes", "every collection"])
def test_only_what_finds_a_detail_tells_one(collection: str) -> None:
    for entry in written_rules(collection).expectations:
        finds_some = collection == "outcomes" and entry.type in TELLS_WHAT_IS_MISSING
        assert finds_some or "{detail}" not in entry.meta.message, f"{entry.meta.rule}: the entry finds no detail"
    for text in texts(written_rules(collection)):
        named = {field for said in (text.why, text.fix) for _, field, _, _ in Formatter().parse(said) if field}
        assert not named, f"{text.rule}: {named} stands outside the message"


def test_great_expectations_takes_each_rule_as_gravely_as_we_do() -> None:
    grave = {Severity.QUERY: "warning", Severity.NOTE: "info"}
    for entry in bcm().suite(LATER):
        assert entry.severity == grave.get(entry.meta.severity, "critical"), entry.meta.rule


@pytest.mark.parametrize("collection", ["bcm", "outcomes"])
def test_nothing_passes_as_one_of_a_list_for_being_empty(collection: str) -> None:
    of = load_catalogue(EXPECTATIONS).collection(collection)
    suite = of.suite(LATER)
    may_be_empty = {column.name for column in of.columns if column.type == "code" and not column.required}
    filled = {column_of(of, entry) for entry in suite if entry.type == "expect_column_values_to_not_be_null"}
    listed = {column_of(of, entry) for entry in suite if entry.type == "expect_column_values_to_be_in_set"}
    assert listed - may_be_empty <= filled


def column_of(of: Collection, entry: Expectation) -> str:
    """The column of the return that an entry looks at: the longest name with which its staged column begins."""
    staged = entry.kwargs["column"]
    names = [c.name for c in of.columns if staged == c.name or staged.startswith(f"{c.name}_")]
    return max(names, key=len, default=staged)


def test_each_column_of_evidence_has_its_place_in_the_case() -> None:
    """The PTPH has it by BCM-106; a new standard's evidence is to be added to BCM-107."""
    placed = {
        entry.kwargs["column_A"]
        for entry in bcm().suite(LATER)
        if entry.meta.rule in ("BCM-106", "BCM-107") and entry.type.endswith("a_to_be_greater_than_b")
    }
    evidence = {s.evidence for s in bcm().standards_in(LATER) if s.scale is Scale.TIMELY}
    assert evidence <= placed


def test_a_receipt_and_a_release_reach_every_area_that_owes_a_return() -> None:
    catalogue = load_catalogue(EXPECTATIONS)
    owing = [area.code for area in bcm().areas_owing(LATER)]
    assert len(owing) == 13
    assert all(catalogue.recipients_of(kind, area, "bcm") for area in owing for kind in ("receipt", "release"))
