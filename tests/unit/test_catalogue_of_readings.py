"""What may stand in the files of second readings and published figures; what may not is refused with line and cure."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from assurance.catalogue import load_catalogue
from assurance.errors import CatalogueError
from assurance.model import Period
from tests.rules.builders import EXPECTATIONS

PUBLISHED, READINGS = "bcm/published.yaml", "bcm_readings/collection.yaml"
MONTH = Period(2026, 10)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(EXPECTATIONS, tmp_path / "expectations")
    return tmp_path / "expectations"


def test_second_readings_have_register_calendar_and_areas_of_what_they_read(folder: Path) -> None:
    catalogue = load_catalogue(folder)
    readings, read = catalogue.collection("bcm_readings"), catalogue.collection("bcm")
    assert readings.read is read
    assert readings.standards_in(MONTH) == read.standards_in(MONTH)
    assert readings.case_key == (*read.case_key, "standard", "assessor")
    assert (readings.areas_owing(MONTH), readings.areas_in(MONTH)) == ((), read.areas_owing(MONTH))
    assert catalogue.readings_of("bcm") == (readings,)
    assert catalogue.readings_of("outcomes") == ()


def test_a_standard_that_ends_in_what_is_read_can_no_longer_be_read(folder: Path) -> None:
    edit(
        folder / "bcm/collection.yaml",
        'C14, type: answer, valid_from: "2016-01"',
        'C14, type: answer, valid_from: "2016-01", valid_to: "2026-10"',
    )
    codes = {standard.code for standard in load_catalogue(folder).collection("bcm_readings").standards_in(MONTH)}
    assert "C14" not in codes
    assert "C13" in codes


def test_a_change_of_the_register_changes_the_version_of_what_reads_it(folder: Path) -> None:
    before = load_catalogue(folder).collection("bcm_readings").version
    edit(folder / "bcm/standards.yaml", "custody: 50", "custody: 51")
    assert load_catalogue(folder).collection("bcm_readings").version != before


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (READINGS, "collection: bcm,", "collection: bmc,", r"no collection 'bmc' of cases to read; there are: bcm"),
        (READINGS, "collection: bcm,", "collection: outcomes,", r"no collection 'outcomes' of cases to read"),
        (READINGS, "assessor: assessor}", "assessor: who}", r"'who' is no column of type code; name one of"),
        (READINGS, "name: urn, type: urn", "name: case, type: urn", r"told apart by urn, .* add it as it is there"),
        (READINGS, "type: integer", "type: code, values: ['1']", r"told apart by defendant_seq"),
        (
            READINGS,
            "name: answer, type: code,",
            "name: answer, type: code, values: ['Y'],",
            r"answer may hold .* take it",
        ),
        (READINGS, "grain: reading", "grain: case", r"line \d+: at grain"),
        (READINGS, "limits:", "calendar: {}\nlimits:", r"this key is not known"),
        (
            "bcm_readings/rules.yaml",
            "check: case_dropped",
            "check: case_elsewhere",
            r"asks about cases; .* second readings",
        ),
        (
            "bcm/rules.yaml",
            "check: case_dropped",
            "check: assessor_dropped",
            r"asks about second readings; .* has cases",
        ),
        (
            "recipients.yaml",
            "collections: [bcm_readings]",
            "collections: [readings]",
            r"'readings', which is no folder",
        ),
        (PUBLISHED, 'percentage: "99.4"', "percentage: 99.4", r"put it in quotes"),
        (PUBLISHED, 'percentage: "99.4"', 'percentage: "101"', r"101 is no percentage; write it as printed"),
        (PUBLISHED, 'percentage: "99.4"', 'percentage: "most"', r"'most' is not a number"),
        (PUBLISHED, 'percentage: "99.4"', 'percentage: "99.40000"', r"with 4 decimals or fewer"),
        (PUBLISHED, '"C01"', '"C99"', r"no standard 'C99' in standards.yaml; use its code"),
        (PUBLISHED, "    entered:", "    checks: 0\n    entered:", r"at published.0.checks"),
        (PUBLISHED, "    entered:", '    first: "2016-01"\n    entered:', r"say both `first` and `last`"),
        (
            PUBLISHED,
            "    entered:",
            '    first: "2016-02"\n    last: "2016-01"\n    entered:',
            r"it ends before it begins",
        ),
        (PUBLISHED, "    entered:", '    url: "cps.gov.uk"\n    entered:', r"is no address; write one"),
        (PUBLISHED, '"2026-11-26"', '"26/11/2026"', r"is not a day; write YYYY-MM-DD"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_line_and_a_cure(
    folder: Path, file: str, old: str, new: str, said: str
) -> None:
    edit(folder / file, old, new)
    with pytest.raises(CatalogueError, match=rf"{Path(file).name}, line \d+: .*{said}" if "line" not in said else said):
        load_catalogue(folder)
