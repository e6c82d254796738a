"""The sender's desk: `assurance check` says what the pipeline will say, with exit codes a script can read."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from assurance.cli import app
from tests.rules.builders import AREA, Return, collection, examined, nil_return, put, valid_return
from tests.rules.cases import bcm, bcm_nil, bcm_return, case
from tests.rules.workbooks import as_workbook

SECRET = "Zebra"
DAY = "2016-11-03"


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ASSURANCE_HOME", str(tmp_path / "home"))

    def run(sent: Return, *options: str, received: str = DAY, collection: str = "outcomes") -> Result:
        path = put(tmp_path / sent.name, sent.content)
        dated = ("--received", received) if received else ()
        return CliRunner().invoke(app, ["check", str(path), "--collection", collection, *dated, *options])

    return run


def rules(result: Result) -> set[str]:
    return {found["rule"] for found in json.loads(result.stdout)["findings"]}


# Exit codes


@pytest.mark.parametrize(
    ("sent", "code", "words"),
    [
        (valid_return(), 0, "accepted"),
        (nil_return(), 0, "nil"),
        (valid_return(version=2), 10, "accepted with queries"),
        (valid_return().with_cell(4, "unsuccessful", SECRET), 20, "rejected"),
        (valid_return().named("october.xlsx"), 20, "rejected"),
    ],
    ids=["accepted", "nil", "queries", "rejected", "no CSV"],
)
def test_the_exit_code_says_what_became_of_the_return(check, sent: Return, code: int, words: str) -> None:
    result = check(sent, "--area", AREA)
    assert result.exit_code == code, result.output
    assert result.stdout.splitlines()[0] == f"{AREA} {sent.name}: {words}"


@pytest.mark.parametrize(
    "options",
    [("--period", "October"), ("--period", "2016-13"), ("--received", "3.11.2016"), ("--unknown",)],
    ids=" ".join,
)
def test_an_option_that_cannot_be_read_is_a_matter_of_usage(check, options: tuple[str, ...]) -> None:
    assert check(valid_return(), *options, received="").exit_code == 2


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("none.csv", "there is no such file"),
        (".", "is a folder; name one file in it"),
        ("/dev/null", "is no file; name the return that is to be checked"),
        ("R" * 300, "it cannot be read (File name too long)"),
        ("october.csv", "the name does not say the Area; give --area and --period"),
    ],
)
def test_what_cannot_be_checked_is_told_in_one_line(tmp_path: Path, place: str, words: str) -> None:
    put(tmp_path / "october.csv", valid_return().content)
    result = CliRunner().invoke(app, ["check", str(tmp_path / place), "--collection", "outcomes"])
    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("assurance: ")
    assert words in line


def test_a_collection_that_is_not_there_is_told_with_those_that_are(check) -> None:
    result = check(valid_return(), collection="outcome")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "assurance: there is no collection 'outcome'; there are: bcm, bcm_readings, outcomes\n"


def test_an_empty_file_is_rejected_with_its_cure(check) -> None:
    result = check(replace(valid_return(), raw=b""), "--json")
    assert (result.exit_code, rules(result)) == (20, {"RET-001"})
    assert "it is empty" in json.loads(result.stdout)["findings"][0]["message"]


def test_a_name_that_does_not_say_the_area_asks_for_it(check) -> None:
    result = check(valid_return().named("october.csv"))
    assert result.exit_code == 2
    assert "--area" in result.output


def test_a_correction_that_gives_its_reason_beside_it_is_accepted(check, tmp_path: Path) -> None:
    sent = valid_return(version=2)
    put(tmp_path / f"{sent.name}.json", b'{"reason": "Two rows had changed places."}')
    assert check(sent).exit_code == 0


# JSON


def test_the_json_of_an_accepted_return_has_the_agreed_shape(check) -> None:
    sent = valid_return()
    told = json.loads(check(sent, "--json").stdout)
    assert set(told) == {"outcome", "nil", "sha256", "rows", "findings", "tally", "not_checked"}
    assert (told["outcome"], told["nil"], told["findings"]) == ("accepted", False, [])
    assert told["sha256"] == hashlib.sha256(sent.content).hexdigest()
    assert told["rows"] == {"in": 39, "accepted": 39, "quarantined": 0, "rejected": 0}
    assert set(told["tally"]) == {standard.code for standard in collection().standards}
    for counts in told["tally"].values():
        assert set(counts) == {"met", "partly", "not_met", "not_applicable", "not_due"}
    assert told["not_checked"] == ["RET-008", "OUT-204"]


def test_the_json_of_a_rejected_return_names_each_cell_with_message_and_fix(check) -> None:
    sent = valid_return().with_cell(4, "unsuccessful", SECRET).with_cell(9, "period", "2016-09")
    told = json.loads(check(sent, "--json").stdout)
    assert (told["outcome"], told["tally"]) == ("rejected", {})
    assert told["rows"] == {"in": 39, "accepted": 0, "quarantined": 0, "rejected": 39}
    text = collection().rule_texts["OUT-101"]
    assert told["findings"][0] == {
        "rule": "OUT-101",
        "severity": "file",
        "row": 4,
        "column": "unsuccessful",
        "message": text.message,
        "fix": text.fix,
    }
    assert [(f["rule"], f["row"], f["column"]) for f in told["findings"][1:]] == [("RET-006", 9, "period")]


def test_the_rows_of_an_unreadable_file_are_unknown(check) -> None:
    told = json.loads(check(Return(AREA, "R-WSX-201610-v01.csv", (), (), raw=b"%PDF-1.7"), "--json").stdout)
    assert told["rows"] == {"in": None, "accepted": 0, "quarantined": 0, "rejected": 0}
    assert told["outcome"] == "rejected"


def test_a_nil_return_is_accepted_and_says_that_it_is_one(check) -> None:
    told = json.loads(check(nil_return(), "--json").stdout)
    assert (told["outcome"], told["nil"], told["tally"]) == ("accepted", True, {})


def test_queries_are_an_outcome_of_their_own(check) -> None:
    assert json.loads(check(valid_return(version=2), "--json").stdout)["outcome"] == "accepted_with_queries"


def test_the_findings_are_those_of_the_pipeline(check) -> None:
    sent = valid_return().with_cell(4, "unsuccessful", SECRET).without_row(9)
    told = json.loads(check(sent, "--json").stdout)["findings"]
    assert [(f["rule"], f["row"], f["column"], f["message"]) for f in told] == [
        (f.rule, f.row, f.column, f.message) for f in examined(sent).checked.findings
    ]


# Words


def test_every_finding_is_told_with_its_place_what_is_wrong_and_the_cure(check) -> None:
    result = check(valid_return().with_cell(4, "unsuccessful", SECRET))
    text = collection().rule_texts["OUT-101"]
    assert f"file OUT-101: {text.message}\n  Column unsuccessful, row 4.\n  {text.fix}\n" in result.stdout
    assert "rows: 39 in, 0 accepted, 0 quarantined, 39 rejected" in result.stdout


def test_what_rejects_the_file_stands_first_and_places_are_told_by_runs(check) -> None:
    spoilt = bcm_return().with_cell(9, "area_code", "WMD")
    for line in (2, 4, 6, *range(10, 20)):
        spoilt = spoilt.with_cell(line, "case_type", "")
    said = check(spoilt, received="2026-11-03", collection="bcm").stdout
    assert max(said.index("file RET-005"), said.index("file RET-009")) < said.index("row BCM-101")
    assert "  Column case_type, rows 2, 4, 6 and 10 to 19.\n" in said


def test_of_many_places_a_few_are_printed_and_the_rest_counted(check) -> None:
    spoilt = bcm_return(*(case(n, "ptph") for n in range(1, 121)))
    for line in range(2, 120, 2):
        spoilt = spoilt.with_cell(line, "case_type", "")
    said = check(spoilt, received="2026-11-03", collection="bcm").stdout
    (told,) = [line for line in said.splitlines() if line.startswith("  Column case_type")]
    assert told.endswith("38 and 40; and 39 more.")


def test_the_rules_that_need_history_are_named_as_not_checked(check) -> None:
    assert "not checked here, for they need other returns: RET-008, OUT-204" in check(valid_return()).stdout


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["words", "json"])
def test_no_value_of_the_return_is_echoed(check, options: tuple[str, ...]) -> None:
    good = valid_return()
    for column in good.header:
        result = check(good.with_cell(4, column, f"{SECRET}\u200b"), *options)
        assert result.exit_code == 20
        assert SECRET not in result.output


# Area, period and day


def test_area_and_period_name_a_file_that_does_not_name_itself(check) -> None:
    result = check(valid_return().named("october.csv"), "--area", AREA, "--period", "2016-10", "--json")
    assert (result.exit_code, rules(result)) == (0, set())


@pytest.mark.parametrize("name", ["R-WSX-202610.xlsx", "October cases.XLSX"])
def test_a_workbook_without_a_version_in_its_name_is_checked_as_the_first(check, name: str) -> None:
    sent = as_workbook(bcm_return()).named(name)
    options = ("--area", "WSX", "--period", "2026-10", "--json")
    result = check(sent, *options, received=BCM_DAY, collection="bcm")
    assert (result.exit_code, rules(result)) == (0, set())


def test_an_area_that_did_not_send_the_file_is_told(check) -> None:
    result = check(valid_return(), "--area", "WMD", "--json")
    assert result.exit_code == 20
    assert {"RET-005", "OUT-103"} <= rules(result)


def test_a_period_that_the_name_does_not_say_is_told(check) -> None:
    result = check(valid_return(), "--period", "2016-09", "--json")
    assert (result.exit_code, rules(result)) == (20, {"RET-006"})
    (found,) = json.loads(result.stdout)["findings"]
    assert "it says 2016-10, not 2016-09" in found["message"]


def test_an_area_without_a_period_does_not_make_a_name_for_a_file(check) -> None:
    result = check(valid_return().named("october.csv"), "--area", AREA, "--json")
    assert (result.exit_code, rules(result)) == (20, {"RET-006"})


def test_a_return_is_checked_as_received_on_the_day_that_is_given(check) -> None:
    early = check(valid_return(), "--json", received="2016-09-30")
    assert (early.exit_code, rules(early)) == (20, {"RET-006"})
    assert check(valid_return(), received="2016-10-01").exit_code == 0


def test_without_a_day_it_is_today_which_is_later_than_2016(check) -> None:
    assert check(valid_return(), received="").exit_code == 0


def test_checking_writes_nothing(check, tmp_path: Path) -> None:
    check(valid_return())
    assert [path.name for path in tmp_path.iterdir()] == [valid_return().name]


# Returns of cases, as CSV and as workbooks

BCM_DAY = "2026-11-03"


def one_bad_row() -> Return:
    """A return with a row that is held back, for two reasons, and with a remark on another."""
    sent = bcm_return().with_cell(3, "case_type", "").with_cell(3, "charge_date", "31/02/2026")
    return sent.with_cell(5, "C01", "N")


def bad_file() -> Return:
    return bcm_return().with_cell(4, "area_code", "WMD").with_cell(6, "urn", SECRET)


@pytest.fixture
def check_cases(check):
    return lambda sent, *options: check(sent, *options, received=BCM_DAY, collection="bcm")


@pytest.mark.parametrize("form", [lambda sent: sent, as_workbook], ids=["csv", "xlsx"])
@pytest.mark.parametrize(
    ("sent", "code", "words"),
    [
        (bcm_return(), 0, "accepted"),
        (bcm_nil(), 0, "nil"),
        (one_bad_row(), 10, "accepted"),
        (bcm_return().with_cell(2, "urn", "20AB0000001"), 10, "accepted with queries"),
        (bad_file(), 20, "rejected"),
    ],
    ids=["accepted", "nil", "a row held back", "queries", "rejected"],
)
def test_the_exit_code_says_what_became_of_a_return_of_cases(
    check_cases, form, sent: Return, code: int, words: str
) -> None:
    sent = form(sent)
    result = check_cases(sent)
    assert result.exit_code == code, result.output
    assert result.stdout.splitlines()[0] == f"WSX {sent.name}: {words}"


@pytest.mark.parametrize("form", [lambda sent: sent, as_workbook], ids=["csv", "xlsx"])
@pytest.mark.parametrize("sent", [bcm_return(), one_bad_row(), bad_file()], ids=["good", "a row held back", "rejected"])
def test_the_findings_on_cases_are_those_of_the_pipeline(check_cases, form, sent: Return) -> None:
    sent = form(sent)
    told = json.loads(check_cases(sent, "--json").stdout)
    checked = examined(sent, of=bcm()).checked
    assert [(f["rule"], f["row"], f["column"], f["message"], f["fix"]) for f in told["findings"]] == [
        (f.rule, f.row, f.column, f.message, f.fix) for f in checked.findings
    ]
    assert told["rows"] == {
        "in": checked.submission.rows_in,
        "accepted": checked.submission.rows_accepted,
        "quarantined": checked.submission.rows_quarantined,
        "rejected": checked.submission.rows_rejected,
    }
    assert told["sha256"] == hashlib.sha256(sent.content).hexdigest()


def test_the_json_of_a_row_that_is_held_back_has_the_agreed_shape(check_cases) -> None:
    told = json.loads(check_cases(one_bad_row(), "--json").stdout)
    assert set(told) == {"outcome", "nil", "sha256", "rows", "findings", "tally", "not_checked"}
    assert told["rows"] == {"in": 30, "accepted": 29, "quarantined": 1, "rejected": 0}
    assert [(f["severity"], f["rule"], f["row"], f["column"]) for f in told["findings"]] == [
        ("row", "BCM-101", 3, "case_type"),
        ("row", "BCM-103", 3, "charge_date"),
        ("note", "BCM-303", 5, "comment"),
    ]
    assert set(told["tally"]) == {standard.code for standard in bcm().standards}
    assert told["tally"]["C01"] == {"met": 18, "partly": 0, "not_met": 1, "not_applicable": 0, "not_due": 0}
    assert told["not_checked"] == ["RET-008", "BCM-204", "BCM-205", "BCM-206"]


def test_the_day_of_receipt_decides_whether_a_case_can_have_been_assessed(check) -> None:
    early = check(bcm_return(), "--json", received="2026-10-30", collection="bcm")
    assert "BCM-108" in rules(early)
    assert check(bcm_return(), received="2026-10-31", collection="bcm").exit_code == 0


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["words", "json"])
def test_no_value_of_a_case_is_echoed(check_cases, options: tuple[str, ...]) -> None:
    sent = bcm_return()
    for place, column in enumerate(sent.header):
        sent = sent.with_cell(place % 30 + 2, column, f"{SECRET}\u200b")
    result = check_cases(sent, *options)
    assert result.exit_code == 20
    assert SECRET not in result.output


# What is not imported


def modules_after(*command: str) -> set[str]:
    """The modules a fresh process has imported when a command has ended."""
    script = (
        "import sys, contextlib, io\nfrom assurance.cli import main\n"
        f"sys.argv = ['assurance', *{list(command)!r}]\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n    main()\n"
        "print('\\n'.join(sys.modules))"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(ended.stdout.split())


NOT_NEEDED_TO_CHECK = {
    *("airflow", "great_expectations", "pandas", "sqlalchemy", "tenacity"),
    *("css_inline", "jinja2", "PIL", "vl_convert", "xlsxwriter", "openpyxl"),
    *("assurance.delivery", "assurance.reporting", "assurance.steps", "assurance.warehouse"),
}
"""What would make a person wait for the answer. (A workbook is read by openpyxl, but in another process.)"""


def test_help_imports_nothing_heavy() -> None:
    seen = modules_after("--help")
    assert "assurance.cli" in seen
    assert seen & {"pandas", "duckdb", "sqlalchemy", "pyarrow", "great_expectations", "airflow", "numpy"} == set()


@pytest.mark.parametrize(
    ("sent", "code"),
    [(valid_return(), "outcomes"), (one_bad_row(), "bcm"), (as_workbook(one_bad_row()), "bcm")],
    ids=["counts", "cases", "a workbook"],
)
def test_check_imports_only_what_checking_needs(tmp_path: Path, sent: Return, code: str) -> None:
    path = put(tmp_path / sent.name, sent.content)
    seen = modules_after("check", str(path), "--collection", code)
    assert "assurance.intake.checking" in seen
    assert seen & NOT_NEEDED_TO_CHECK == set()


def test_a_command_that_asks_the_warehouse_imports_no_pandas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSURANCE_HOME", str(tmp_path))
    seen = modules_after("migrate")
    assert "duckdb" in seen
    assert "pandas" not in seen
