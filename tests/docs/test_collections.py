"""docs/collections.md, followed to the letter on a copy of `expectations/`."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assurance.catalogue import Collection, load_catalogue
from assurance.cli import app
from assurance.model import NATION, Charting, Counts, Outcome, Period, Rebase, Severity
from assurance.settings import REPOSITORY, Settings
from assurance.steps import Steps
from tests.rules.builders import Examined, Return, examined, put
from tests.rules.cases import bcm_return, case, good_cases

DOCUMENT = REPOSITORY / "docs" / "collections.md"
FILE = re.compile(r"^```\w+ file=(\S+)\n(.*?)^```", re.M | re.S)
RECIPE = re.compile(r"^```diff recipe=(\w+)\n(.*?)^```", re.M | re.S)
SHELL = re.compile(r"^```sh\n(.*?)^```", re.M | re.S)
TEXT = re.compile(r"^```text\n(.*?)^```", re.M | re.S)


@cache
def files() -> dict[str, str]:
    """The files that the document writes out, by name."""
    return dict(FILE.findall(DOCUMENT.read_text(encoding="utf-8")))


@cache
def recipes() -> dict[str, str]:
    """The changes that the document shows, by name."""
    return dict(RECIPE.findall(DOCUMENT.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Kitchen:
    """A copy of `expectations/` and a home of its own."""

    folder: Path

    @property
    def expectations(self) -> Path:
        return self.folder / "expectations"

    def collection(self, code: str = "bcm") -> Collection:
        return load_catalogue(self.expectations).collection(code)

    def follow(self, recipe: str) -> Collection:
        """Apply a change as it stands in the document."""
        done = subprocess.run(
            ["git", "apply", "-p1", "-"],
            input=recipes()[recipe],
            cwd=self.folder,
            env={"PATH": "/usr/bin:/bin:/usr/local/bin", "GIT_CEILING_DIRECTORIES": str(self.folder.parent)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return self.collection()

    def steps(self, now: datetime) -> Steps:
        made = Steps(
            Settings(home=self.folder / "home", expectations=self.expectations, arrival="file", sign_off="the tests"),
            clock=lambda: now,
        )
        made.migrate()
        return made


@pytest.fixture
def kitchen(tmp_path: Path) -> Kitchen:
    shutil.copytree(REPOSITORY / "expectations", tmp_path / "expectations")
    return Kitchen(tmp_path)


def land(steps: Steps, code: str, sent: Return, at: datetime) -> None:
    put(steps.settings.landing / code / sent.area / sent.name, sent.content, at)


# Add a collection


@pytest.fixture
def letters(kitchen: Kitchen) -> Kitchen:
    for name, text in files().items():
        if name.startswith("letters/"):
            path = kitchen.expectations / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return kitchen


def test_a_collection_of_five_columns_two_standards_and_one_rule_is_three_files(letters: Kitchen) -> None:
    made = letters.collection("letters")
    assert [column.name for column in made.columns] == ["area_code", "period", "letter_no", "L01", "L02"]
    assert list(made.versions) == ["L01", "L02"]
    own = {entry.meta.rule for entry in made.rules.expectations if not entry.meta.rule.startswith("RET-")}
    assert own == {"LET-101"}
    assert len(made.areas_owing(Period(2026, 10))) == 13


def test_its_return_goes_from_landing_to_report(letters: Kitchen) -> None:
    sent, at = files()["R-WSX-202610-v01.csv"], datetime(2026, 11, 3, 10)
    steps = letters.steps(datetime(2026, 11, 20))
    put(steps.settings.landing / "letters" / "WSX" / "R-WSX-202610-v01.csv", sent.encode(), at)
    rows = "".join(f"YHU,2026-10,{204000 + number},{'N' if number % 10 == 0 else 'Y'},FM\n" for number in range(40))
    put(steps.settings.landing / "letters" / "YHU" / "R-YHU-202610-v01.csv", (HEADER + rows).encode(), at)
    (wessex, yorkshire) = steps.receive("letters")
    assert [(found.rule, found.row, found.column) for found in wessex.findings] == [
        ("LET-101", 5, "letter_no"),
        ("RET-016", 6, "L01"),
    ]
    assert (wessex.submission.rows_accepted, wessex.submission.rows_quarantined) == (3, 2)
    assert yorkshire.submission.outcome is Outcome.ACCEPTED
    figures = {(f.window, f.area, f.standard): f for f in steps.figures("letters", Period(2026, 10))}
    assert figures["1m", "WSX", "L01"].counts == Counts(met=2, not_met=1)
    assert figures["1m", "WSX", "L02"].counts == Counts(met=2, partly=1)
    assert figures["1m", NATION, "L01"].counts == Counts(met=38, not_met=5)
    release_id = steps.build("letters", Period(2026, 10))
    page = (steps.settings.releases / release_id / "national.html").read_text(encoding="utf-8")
    assert "Letters to victims" in page
    assert "Sent within five days" in page
    steps.sign_off(release_id)
    assert steps.send(release_id).unsent == ()
    assert "R-WSX" not in page
    assert "104233" not in page


def test_an_answer_that_cannot_be_read_or_a_case_that_stands_twice_is_not_counted_in_silence(letters: Kitchen) -> None:
    rows = ["1,Y,FM", "2,yes,FM", "3,,FM", "4,Y,Y", "5,Y,FM", "5,N,FM"]
    header = ("area_code", "period", "letter_no", "L01", "L02")
    table = tuple(("WSX", "2026-10", *f"10000{row}".split(",")) for row in rows)
    found = examined(Return("WSX", "R-WSX-202610-v01.csv", header, table), of=letters.collection("letters")).checked
    assert [(f.rule, f.row, f.column) for f in found.findings if f.severity is Severity.ROW] == [
        ("RET-016", 3, "L01"),
        ("RET-015", 4, "L01"),
        ("RET-016", 5, "L02"),
        ("RET-017", 6, None),
        ("RET-017", 7, None),
    ]


HEADER = "area_code,period,letter_no,L01,L02\n"


def test_check_says_of_it_what_the_document_says(letters: Kitchen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSURANCE_EXPECTATIONS", str(letters.expectations))
    path = put(letters.folder / "R-WSX-202610-v01.csv", files()["R-WSX-202610-v01.csv"].encode())
    said = CliRunner().invoke(app, ["check", str(path), "-c", "letters"])
    (promised,) = TEXT.findall(DOCUMENT.read_text(encoding="utf-8"))
    assert promised.strip() in said.output
    assert said.exit_code == 10


# Add second readings, and a published figure

READ = (
    ("204000", "L01", "Y"),
    ("204001", "L01", "Y"),
    ("204002", "L02", "FM"),
    ("999", "L01", "Y"),
    ("204003", "L01", "PM"),
)
"""Letters of Yorkshire, the standard that was read, and the second answer; the last is none of its answers."""


@pytest.fixture
def letters_read(letters: Kitchen) -> Kitchen:
    for name, text in files().items():
        if name.startswith("letters_readings/"):
            path = letters.expectations / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return letters


def test_second_readings_are_two_files_and_have_the_register_of_what_they_read(letters_read: Kitchen) -> None:
    made = letters_read.collection("letters_readings")
    assert (made.grain, list(made.versions)) == ("reading", ["L01", "L02"])
    assert made.case_key == ("letter_no", "standard", "assessor")
    assert made.areas_owing(Period(2026, 10)) == ()


def test_a_reading_goes_from_landing_to_the_report_of_what_it_reads(letters_read: Kitchen) -> None:
    steps, at = letters_read.steps(datetime(2026, 11, 20)), datetime(2026, 11, 3, 10)
    rows = "".join(f"YHU,2026-10,{204000 + number},{'N' if number % 10 == 0 else 'Y'},FM\n" for number in range(40))
    put(steps.settings.landing / "letters" / "YHU" / "R-YHU-202610-v01.csv", (HEADER + rows).encode(), at)
    header = ("area_code", "period", "letter_no", "standard", "answer", "assessor")
    read = tuple(("YHU", "2026-10", *one, "INSPECTORATE") for one in READ)
    land(steps, "letters_readings", Return("YHU", "R-YHU-202610-v01.csv", header, read), at)
    (reading,) = steps.receive("letters_readings")
    assert [(found.rule, found.row, found.column) for found in reading.findings] == [("LRD-101", 6, "answer")]
    list(steps.receive("letters"))
    page = (steps.settings.releases / steps.build("letters", Period(2026, 10)) / "national.html").read_text("utf-8")
    said = page.replace("\xa0", " ")
    assert "INSPECTORATE agreed with 66.7 % of 3 own answers" in said
    assert "3 of 4 readings found the own answer to the same check" in said
    assert "The Ombudsman: 87.5 % for “Sent within five days”, of 40, in September 2026" in said
    assert "It can come from 40 checks; we have no figure" in said
    assert steps.published("letters", Period(2026, 10))[0].source == "Annual report, page 12"


# Add and change a standard


def test_a_new_standard_is_asked_from_its_first_month_on(kitchen: Kitchen) -> None:
    made = kitchen.follow("standard")
    before, after = Period(2026, 12), Period(2027, 1)
    assert "C15" not in {column.name for column in made.columns_in(before)} | {
        s.code for s in made.standards_in(before)
    }
    assert "C15" in {column.name for column in made.columns_in(after)}
    assert "C15" in {standard.code for standard in made.standards_in(after)}
    old, new = (of_month(made, period) for period in (before, after))
    assert old.checked.submission.outcome is Outcome.ACCEPTED
    assert new.checked.submission.outcome is Outcome.ACCEPTED
    asked = [line for line in new.checked.counted.tally if line.standard == "C15"]
    assert Counts.total(line.counts for line in asked) == Counts(met=20)


def of_month(of: Collection, period: Period) -> Examined:
    return examined(bcm_return(*good_cases(period=period, of=of), period=period, of=of), of=of)


def test_a_case_is_judged_by_the_version_in_force_when_it_was_sent(kitchen: Kitchen) -> None:
    made = kitchen.follow("version")
    last, first = date(2026, 12, 31), date(2027, 1, 1)
    period = Period(2027, 4)
    late = {"stage1_served_date": last + timedelta(days=50), "remand_status": "custody"}
    cases = [{**stage_case(made, number, sent, period), **late} for number, sent in ((1, last), (2, first))]
    found = examined(bcm_return(*cases, period=period, of=made), of=made).checked
    by_version = {line.standard_version: line.counts for line in found.counted.tally if line.standard == "C11"}
    assert by_version == {1: Counts(met=1), 2: Counts(not_met=1)}
    (target_before,) = {s.target for s in made.standards_in(Period(2026, 12)) if s.code == "C11"}
    (target_after,) = {s.target for s in made.standards_in(Period(2027, 1)) if s.code == "C11"}
    assert (str(target_before), str(target_after)) == ("0.85", "0.90")


def stage_case(of: Collection, number: int, sent: date, period: Period) -> dict[str, object]:
    """A case sent on a day, whose Stage 3 a judge has put into the period."""
    return case(
        number,
        "stage",
        period,
        of=of,
        sending_date=sent,
        first_hearing_date=sent,
        charge_date=sent,
        ptph_date=sent + timedelta(days=28),
        stage3_ordered_date=period.first_day,
    )


# Add a rule


def test_the_limits_of_a_standard_begin_anew_where_the_register_says(kitchen: Kitchen) -> None:
    before, after = (of.standards[0].charting for of in (kitchen.collection(), kitchen.follow("rebase")))
    assert before == Charting()
    assert after == Charting(rebases=(Rebase(Period(2027, 1), "The charging decision is made on a new form."),))


def test_a_new_rule_holds_from_its_first_month_on(kitchen: Kitchen) -> None:
    made = kitchen.follow("rule")
    for period, expected in ((Period(2026, 12), []), (Period(2027, 1), [("BCM-115", 2, "allocated_date")])):
        cases = good_cases(period=period, of=made)
        cases[0] |= {"case_type": "rasso", "allocated_date": None, "C04": "N"}
        found = examined(bcm_return(*cases, period=period, of=made), of=made).checked.findings
        assert [(f.rule, f.row, f.column) for f in found if f.severity is Severity.ROW] == expected


# Waive a rule


def test_a_waived_rule_holds_back_no_row_of_that_area_until_the_waiver_ends(kitchen: Kitchen) -> None:
    made = kitchen.follow("waiver")
    for area, day, severity in (
        ("EMD", datetime(2026, 11, 3), Severity.NOTE),
        ("EMD", datetime(2027, 4, 1), Severity.ROW),
        ("WSX", datetime(2026, 11, 3), Severity.ROW),
    ):
        cases = good_cases(area)
        cases[0] |= {"hearings_to_date": 0}
        found = examined(bcm_return(*cases, area=area), of=made, received=day).checked.findings
        assert [(f.rule, f.severity) for f in found if f.row == 2] == [("BCM-114", severity)]


@pytest.mark.parametrize(("recipe", "file"), [("waiver", "waivers.yaml"), ("action", "actions.yaml")])
def test_the_command_of_the_document_does_what_the_document_shows(kitchen: Kitchen, recipe: str, file: str) -> None:
    before, _, _ = DOCUMENT.read_text(encoding="utf-8").partition(f"```diff recipe={recipe}")
    command = SHELL.findall(before)[-1]
    name, *arguments = shlex.split(command.replace("\\\n", " "))
    steps = kitchen.steps(datetime(2026, 11, 2, 9))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("assurance.cli.asking.steps", lambda: steps)
        done = CliRunner().invoke(app, arguments)
    assert (name, done.exit_code) == ("assurance", 0), done.output
    written = (kitchen.expectations / "bcm" / file).read_text(encoding="utf-8")
    shutil.copy(REPOSITORY / "expectations" / "bcm" / file, kitchen.expectations / "bcm" / file)
    kitchen.follow(recipe)
    assert written == (kitchen.expectations / "bcm" / file).read_text(encoding="utf-8")


# Actions, and who gets what


def test_the_action_of_the_document_is_on_the_pages_of_its_area_and_the_nation(kitchen: Kitchen) -> None:
    kitchen.follow("action")
    steps = kitchen.steps(datetime(2026, 11, 20))
    listed = steps.actions("bcm", Period(2026, 10))
    assert listed is not None
    assert "A-006" in [line.action.id for line in listed.lines]
    land(steps, "bcm", bcm_return(*good_cases()), datetime(2026, 11, 3, 10))
    assert [loaded.submission.outcome.counts for loaded in steps.receive("bcm")] == [True]
    folder = steps.settings.releases / steps.build("bcm", Period(2026, 10))
    pages = {path.stem for path in folder.rglob("*.html") if "A-006" in path.read_text(encoding="utf-8")}
    assert pages == {"national", "WSX"}


def test_the_recipient_of_the_document_is_the_one_that_ships() -> None:
    shown = DOCUMENT.read_text(encoding="utf-8").partition("so has no `areas`:\n\n```yaml\n")[2].partition("```")[0]
    assert shown.strip("\n")
    assert (REPOSITORY / "expectations" / "recipients.yaml").read_text(encoding="utf-8").endswith(shown)


# Provisional


def test_figures_stay_provisional_until_the_report_that_the_document_names(kitchen: Kitchen) -> None:
    made, october = kitchen.follow("provisional"), Period(2026, 10)
    assert made.provisional_months == 3
    steps = kitchen.steps(datetime(2026, 11, 20))
    land(steps, "bcm", bcm_return(*good_cases(period=october), period=october), datetime(2026, 11, 3, 10))
    assert [loaded.submission.outcome.counts for loaded in steps.receive("bcm")] == [True]
    page = (steps.settings.releases / steps.build("bcm", october) / "national.html").read_text(encoding="utf-8")
    assert "Provisional [p] until the report for January 2027" in page


# Split an Area


def test_london_is_one_area_in_september_and_two_in_october(kitchen: Kitchen) -> None:
    made = kitchen.follow("area")
    september, october = Period(2026, 9), Period(2026, 10)
    assert len(made.areas_owing(september)) == 13
    assert len(made.areas_owing(october)) == 14
    steps = kitchen.steps(datetime(2026, 11, 20))
    for period in (september, october):
        at = datetime(period.plus(1).year, period.plus(1).month, 3, 10)
        for area in ("LON",) if period == september else ("LNN", "LNS"):
            land(steps, "bcm", bcm_return(*good_cases(area, period), area=area, period=period), at)
        land(steps, "bcm", bcm_return(*good_cases("WSX", period), area="WSX", period=period), at)
    assert [loaded.submission.outcome.counts for loaded in steps.receive("bcm")] == [True] * 5
    pages = {}
    for period in (september, october):
        release_id = steps.build("bcm", period)
        pages[period] = steps.settings.releases / release_id
    for period in (september, october):  # beside the page of an Area that returned stands one of its unmet checks
        reported = {path.stem.removesuffix("-checks") for path in (pages[period] / "areas").iterdir()}
        assert reported == {area.code for area in made.areas_owing(period)}
    before, after = ((pages[period] / "national.html").read_text(encoding="utf-8") for period in (september, october))
    assert "2 of 13" in before
    assert "3 of 14" in after
    assert "London North" not in before
    assert "London North" in after
    figures = {(f.window, f.area, f.standard): f for f in steps.figures("bcm", october)}
    assert figures["3m", "LNN", NATION].months_missing == 0, "it owed nothing before October"
    assert ("3m", "LON", NATION) not in figures


def test_a_return_of_london_after_the_split_is_refused_and_its_successors_before_it_too(kitchen: Kitchen) -> None:
    made = kitchen.follow("area")
    for area, period in (("LON", Period(2026, 10)), ("LNN", Period(2026, 9))):
        found = examined(bcm_return(*good_cases(area, period), area=area, period=period), of=made).checked
        assert found.submission.outcome is Outcome.REJECTED
        assert "RET-007" in {finding.rule for finding in found.findings}


def test_every_recipe_of_the_document_is_followed() -> None:
    assert set(recipes()) == {"standard", "version", "rebase", "rule", "waiver", "action", "provisional", "area"}
    assert set(files()) == {
        "letters/collection.yaml",
        "letters/standards.yaml",
        "letters/rules.yaml",
        "letters/published.yaml",
        "letters_readings/collection.yaml",
        "letters_readings/rules.yaml",
        "R-WSX-202610-v01.csv",
    }
