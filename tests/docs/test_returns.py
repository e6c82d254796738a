"""docs/returns.md says what the program says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assurance.cli import app
from assurance.model import ANSWERS
from assurance.settings import REPOSITORY
from tests.rules.builders import collection, put
from tests.rules.cases import bcm, bcm_return
from tests.rules.workbooks import as_workbook

TEXT = (REPOSITORY / "docs" / "returns.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return re.split(r"^##+ ", TEXT.partition(f"# {title}\n")[2], flags=re.M)[0]


def test_check_says_what_the_page_shows(tmp_path: Path) -> None:
    sent = as_workbook(bcm_return().with_cell(4, "case_type", "").with_cell(7, "C01", "Yes"))
    path = put(tmp_path / sent.name, sent.content)
    said = CliRunner().invoke(app, ["check", str(path), "-c", "bcm", "--received", "2026-11-03"])
    (promised,) = re.findall(r"^```text\n(.*?)^```", TEXT, re.M | re.S)
    assert said.stdout == promised


def test_every_mistake_it_names_is_told_in_these_words() -> None:
    named = re.findall(r"^\| \*(.+?)\*", section("The usual mistakes"), re.M)
    told = [text.message.lower() for of in (bcm(), collection()) for text in of.rule_texts.values()]
    told += [entry.meta.message.lower() for entry in bcm().rules.expectations]
    told.append(bcm().rules.totals.message.lower())
    assert len(named) > 8
    assert [words for words in named if not any(message.startswith(words.lower()) for message in told)] == []


def test_it_explains_every_answer() -> None:
    explained = set(re.findall(r"[A-Z]+", " ".join(re.findall(r"^\| ([A-Z, ]+) \|", section("Fill it in"), re.M))))
    assert explained == {answer for answers in ANSWERS.values() for answer in answers}


@pytest.mark.parametrize("of", [bcm(), collection()], ids=lambda of: of.code)
def test_its_days_are_those_of_the_calendar(of) -> None:
    calendar = of.calendar
    assert f"| by {calendar.due.at} on the {calendar.due.working_day}th working day | on time |" in TEXT
    assert f"| by {calendar.cut_off.at} on the {calendar.cut_off.working_day}th working day | late" in TEXT
