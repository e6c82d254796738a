"""What a collection lets people write in place of its agreed values: that, and nothing else."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from assurance.catalogue import Collection, load_catalogue
from assurance.errors import CatalogueError
from assurance.intake.staging import Sender, stage
from assurance.model import Counted, Outcome, Severity
from assurance.settings import Settings
from assurance.steps import Steps
from tests.rules.builders import EXPECTATIONS, Return, examined
from tests.rules.cases import BCM_PERIOD, bcm, bcm_return, good_cases
from tests.unit.intake.tables import table_of_return

SYNONYMS = """
synonyms:
  answer: {"Yes": "Y", "Not applicable": "NA", "In full": "FM", "In part": "PM"}
  code: {"By chance": "random"}
  remand_status: {"In custody": "custody"}
"""


def with_synonyms(folder: Path, text: str = SYNONYMS) -> Path:
    """A copy of the shipped expectations in which `bcm` has these synonyms."""
    made = Path(shutil.copytree(EXPECTATIONS, folder / "expectations"))
    with (made / "bcm" / "collection.yaml").open("a", encoding="utf-8") as file:
        file.write(text)
    return made


@pytest.fixture
def cases(tmp_path: Path) -> Collection:
    return load_catalogue(with_synonyms(tmp_path)).collection("bcm")


def told(sent: Return, of: Collection) -> list[tuple[str, int | None, str | None]]:
    """What keeps rows of a return from being counted."""
    found = examined(sent, of=of).checked.findings
    return [(f.rule, f.row, f.column) for f in found if f.severity is Severity.ROW]


def in_other_words() -> Return:
    sent = bcm_return()
    for line in range(2, 22):
        sent = sent.with_cell(line, "C01", "Yes").with_cell(line, "sample_reason", "By chance")
        sent = sent.with_cell(line, "remand_status", "In custody").with_cell(line, "P01", "In full")
    return sent


def test_a_synonym_counts_as_the_value_it_stands_for(cases: Collection) -> None:
    assert told(in_other_words(), cases) == []
    counted = examined(in_other_words(), of=cases).checked.counted
    assert counted == examined(bcm_return(), of=bcm()).checked.counted
    assert counted != Counted()


def test_what_was_written_stays_beside_what_it_means(cases: Collection) -> None:
    staged = stage(cases, table_of_return(in_other_words()), Sender("WSX", BCM_PERIOD))
    assert staged.rows("select C01, C01_text, sample_reason, sample_reason_text from staged order by row_no")[0] == (
        "Y",
        "Yes",
        "random",
        "By chance",
    )


@pytest.mark.parametrize(
    ("column", "written", "rule"),
    [
        ("C01", "yes", "BCM-110"),
        ("C01", "In full", "BCM-110"),
        ("C01", "Not applicable", "BCM-110"),
        ("remand_status", "By chance", "BCM-102"),
        ("case_type", "In custody", "BCM-102"),
    ],
    ids=["other capitals", "of another scale", "where it may not stand", "of another column", "of a named column"],
)
def test_only_what_was_agreed_is_understood_and_only_where_its_value_may_stand(
    cases: Collection, column: str, written: str, rule: str
) -> None:
    assert told(bcm_return().with_cell(3, column, written), cases) == [(rule, 3, column)]


def test_without_the_agreement_nothing_is_guessed() -> None:
    assert told(bcm_return().with_cell(3, "C01", "Yes"), bcm()) == [("BCM-110", 3, "C01")]
    assert bcm().synonyms == {}


def test_rules_about_the_whole_see_the_meaning_too(cases: Collection) -> None:
    fully = [{**case, "C02": "In full"} if "C02" in case else case for case in good_cases()]
    assert "BCM-203" in {found.rule for found in examined(bcm_return(*fully, of=cases), of=cases).checked.findings}
    not_asked = [{**case, "C05": "Not applicable"} if "C05" in case else case for case in fully]
    assert "BCM-203" not in {
        found.rule for found in examined(bcm_return(*not_asked, of=cases), of=cases).checked.findings
    }


def test_great_expectations_agrees_and_the_archive_holds_the_agreed_values(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", expectations=with_synonyms(tmp_path), arrival="file")
    steps = Steps(settings, clock=lambda: datetime(2026, 11, 20))
    steps.migrate()
    in_other_words().landed(settings.landing, "bcm", datetime(2026, 11, 3, 10))
    (loaded,) = steps.receive("bcm")
    assert loaded.submission.outcome is Outcome.ACCEPTED
    (archived,) = settings.archive.rglob("*.parquet")
    rows = pq.read_table(archived, columns=["C01", "P01", "sample_reason", "remand_status"]).to_pylist()
    assert rows[0] == {"C01": "Y", "P01": "FM", "sample_reason": "random", "remand_status": "custody"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('synonyms:\n  urn: {"a": "b"}\n', "'urn' is no column of codes or answers; name one, or code, or answer"),
        ('synonyms:\n  C01: {"In full": "FM"}\n', "'In full' stands for 'FM', which may not be written there itself"),
        ('synonyms:\n  answer: {"N": "NM"}\n', "'N' is an agreed value itself, so it stands for nothing else"),
        ('synonyms:\n  answer: {" Yes": "Y"}\n', "' Yes' can stand in no cell; write plain characters"),
        ('synonyms:\n  answer: {yes: "Y"}\n', "put it in quotes, for YAML reads it as True"),
    ],
    ids=["no codes", "another scale", "an agreed value", "blanks", "read as true"],
)
def test_a_synonym_that_cannot_be_meant_is_refused_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    folder = with_synonyms(tmp_path, text)
    with pytest.raises(CatalogueError) as refused:
        load_catalogue(folder)
    last = len((folder / "bcm" / "collection.yaml").read_text(encoding="utf-8").splitlines())
    assert f"collection.yaml, line {last}" in str(refused.value)
    assert words in str(refused.value)
