"""`assurance diff`: what changed between two submissions, without a cell of a case unless it is asked for."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from assurance.cli import app
from assurance.errors import SubmissionError
from assurance.settings import Settings
from assurance.steps import Steps
from tests.rules.builders import Return, valid_return
from tests.rules.cases import bcm_return, case, good_cases

RECEIVED = datetime(2026, 11, 3, 10)
MARKER = "Zebra"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three versions of one Area, the second of them rejected; other Areas, another collection, and no table."""
    folder = tmp_path_factory.mktemp("home")
    steps = Steps(Settings(home=folder, arrival="file"), clock=lambda: datetime(2028, 1, 4))
    steps.migrate()
    first = bcm_return().with_cell(4, "comment", MARKER)
    second = bcm_return(version=2).with_cell(4, "area_code", MARKER)
    third = bcm_return(*good_cases()[:-1], case(99, "ptph"), version=3).with_cell(4, "C01", "N")
    sent = [first, second, third, bcm_return(*moved("EMD"), area="EMD")]
    sent += [
        bcm_return(area="WMD").named("R-WMD-202610-v01.csv"),
        Return("WSX", "R-WSX-202609-v01.csv", (), (), raw=b"%PDF"),
    ]
    for hours, one in enumerate(sent):
        one.landed(folder / "landing", "bcm", RECEIVED + timedelta(hours=hours))
    list(steps.receive("bcm"))
    before = valid_return()
    line = before.line_of(convictions="21")
    after = valid_return(version=2).with_cell(line, "unsuccessful", "12").with_cell(3, "unsuccessful", MARKER)
    for hours, one in enumerate([before, after]):
        one.landed(folder / "landing", "outcomes", RECEIVED + timedelta(hours=hours))
    list(steps.receive("outcomes"))
    return folder


def moved(area: str) -> list[dict[str, object]]:
    return [{**one, "area_code": area} for one in good_cases()]


@pytest.fixture
def diff(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ASSURANCE_HOME", str(home))

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["diff", *arguments])

    return run


def test_it_says_what_changed_by_lines_columns_counts_and_findings(diff) -> None:
    result = diff("R-WSX-202610-v01", "R-WSX-202610-v03")
    assert result.exit_code == 0, result.output
    said = result.output
    for told in (
        "version\tv01\tv03",
        "outcome\taccepted with queries\taccepted with queries",
        "rows: 1 added, 1 withdrawn, 1 changed, 28 the same",
        "  withdrawn: row 31\n",
        "  added: row 31\n",
        "  changed: row 4: C01, comment\n",
        "  Code test at charge: 20 met -> 20 met, 1 not met\n",
        "findings new: ",
        "  RET-013: This is a correction, and it does not say why. The whole file.\n",
    ):
        assert told in said
    assert MARKER not in said
    assert "44AB" not in said


def test_keys_and_cells_are_printed_only_when_asked_for(diff) -> None:
    said = diff("R-WSX-202610-v01", "R-WSX-202610-v03", "--values").output
    assert (
        "changed: row 4 (urn 44AB0000003; defendant_seq 1; sample_point ptph): C01 Y -> N, comment Zebra -> empty\n"
    ) in said
    help_text = " ".join(diff("--help").output.replace("│", " ").split())
    assert "prints case data to the terminal" in help_text


def test_a_rejected_version_can_be_compared(diff) -> None:
    said = diff("R-WSX-202610-v02", "R-WSX-202610-v03").output
    assert "outcome\trejected\taccepted with queries" in said
    assert "findings gone: 1\n  RET-005: " in said
    assert "counts: v02 is rejected, and nothing of it counts" in said


def test_json_has_all_of_it_and_no_cell_of_a_case(diff) -> None:
    result = diff("R-WSX-202610-v01", "R-WSX-202610-v03", "--json")
    told = json.loads(result.stdout)
    assert told["rows"]["changed"] == [
        {"before": 4, "after": 4, "columns": told["rows"]["changed"][0]["columns"], "values": {}}
    ]
    assert set(told["rows"]["changed"][0]["columns"]) == {"comment", "C01"}
    assert told["rows"]["withdrawn"] == [{"before": 31, "after": None, "columns": [], "values": {}}]
    assert (told["before"]["version"], told["after"]["outcome"]) == ("v01", "accepted with queries")
    assert MARKER not in result.stdout
    with_values = json.loads(diff("R-WSX-202610-v01", "R-WSX-202610-v03", "--json", "--values").stdout)
    assert with_values["rows"]["changed"][0]["values"]["comment"] == [MARKER, ""]
    assert with_values["rows"]["added"][0]["key"]["urn"] == "44AB0000099"


def test_counts_are_shown_and_what_is_no_count_is_not(diff) -> None:
    said = diff("R-WSX-201610-v01", "R-WSX-201610-v02").output
    line = valid_return().line_of(convictions="21")
    unit, standard = valid_return().cell(line, "force"), valid_return().cell(line, "offence_category")
    was = valid_return().cell(line, "unsuccessful")
    assert f"changed: row {line} ({unit}, {standard}): unsuccessful {was} -> 12" in said
    assert "changed: row 3 " in said
    assert MARKER not in said


def test_the_same_submission_does_not_differ_from_itself(diff) -> None:
    result = diff("R-WSX-202610-v01", "R-WSX-202610-v01.csv")
    assert result.exit_code == 0
    assert "rows: 0 added, 0 withdrawn, 0 changed, 30 the same" in result.output


def test_the_beginning_of_an_id_is_enough(home: Path, diff) -> None:
    steps = Steps(Settings(home=home))
    found = steps.differences("R-WSX-202610-v01", "R-WSX-202610-v03")
    ids = found.before.submission_id[:10], found.after.submission_id[:10]
    assert json.loads(diff(*ids, "--json").stdout)["after"]["file"] == "R-WSX-202610-v03.csv"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("nothing", "R-WSX-202610-v01", "there is no submission 'nothing'"),
        ("", "R-WSX-202610-v01", "can mean 8 submissions"),
        ("R-WSX-202610-v01", "R-EMD-202610-v01", "name two submissions of one Area and collection"),
        ("R-WSX-202610-v01", "R-WSX-201610-v01", "name two submissions of one Area and collection"),
        ("R-WSX-202610-v01", "R-WSX-202609-v01", "cannot be read as a table; its receipt says why"),
    ],
    ids=["unknown", "several", "another Area", "another collection", "no table"],
)
def test_what_cannot_be_compared_is_refused_with_the_reason(home: Path, before: str, after: str, said: str) -> None:
    with pytest.raises(SubmissionError, match=r".") as error:
        Steps(Settings(home=home)).differences(before, after)
    assert said in str(error.value)


def test_bytes_that_are_kept_no_more_are_told_as_such(home: Path, tmp_path: Path) -> None:
    steps = Steps(Settings(home=home, kept_url=str(tmp_path)))
    with pytest.raises(SubmissionError, match="are not kept any more"):
        steps.differences("R-WSX-202610-v01", "R-WSX-202610-v03")
