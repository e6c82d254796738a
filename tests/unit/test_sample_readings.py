"""Made-up second readings: of returns that are there, the same every time, and accepted."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from assurance.model import Outcome, Period
from assurance.sample import load_sample_plan, write_sample
from tests.rules.builders import EXPECTATIONS, Return, collection, examined

LAST = Period(2026, 9)
KEY = ("urn", "defendant_seq", "sample_point")


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("landing")
    for code, cases in (("bcm", 12), ("bcm_readings", None)):
        plan = load_sample_plan(EXPECTATIONS / code / "sample.yaml")
        write_sample(collection(code), folder, last=LAST, months=2, plan=plan, cases=cases)
    return folder


def read_files(landing: Path) -> list[Path]:
    return sorted((landing / "bcm_readings").glob("*/*.csv"))


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def test_some_areas_are_read_in_the_last_month_of_the_quarter_only(landing: Path) -> None:
    files = read_files(landing)
    assert 1 <= len(files) <= 3
    assert {path.name[6:12] for path in files} == {"202609"}


def test_what_is_read_are_cases_of_the_return_but_for_a_few_wrong_references(landing: Path) -> None:
    known = unknown = 0
    for path in read_files(landing):
        own = sorted((landing / "bcm" / path.parent.name).glob("R-*-202609-*.csv"))
        cases = {tuple(row[name] for name in KEY): row for one in own for row in rows(one)}
        for row in rows(path):
            case = cases.get(tuple(row[name] for name in KEY))
            known, unknown = known + (case is not None), unknown + (case is None)
            assert case is None or case[row["standard"]], "only what was answered is read"
    assert known > 20 * unknown


def test_the_same_seed_gives_the_same_bytes(landing: Path) -> None:
    before = {path: path.read_bytes() for path in read_files(landing)}
    plan = load_sample_plan(EXPECTATIONS / "bcm_readings" / "sample.yaml")
    made = write_sample(collection("bcm_readings"), landing, last=LAST, months=2, plan=plan)
    assert {path: path.read_bytes() for path in read_files(landing)} == before
    assert made.files == len(before)


def test_a_made_up_file_is_accepted(landing: Path) -> None:
    path = read_files(landing)[0]
    sent = Return(path.parent.name, path.name, (), (), raw=path.read_bytes())
    checked = examined(sent, of=collection("bcm_readings")).checked
    assert (checked.submission.outcome, checked.findings) == (Outcome.ACCEPTED, ())
