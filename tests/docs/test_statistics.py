"""docs/statistics.md says of each measure what must be said, its examples come out as written, and no measure is missing."""

from __future__ import annotations

import doctest
import inspect
import pkgutil
import re
from importlib import import_module
from pathlib import Path

import pytest

import assurance.measures

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "statistics.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")
PARTS = ("In words.", "Formula.", "Source.", "What it cannot tell.", "Worked example.")
SECTIONS = {part.partition("\n")[0]: part for part in re.split(r"^## ", TEXT, flags=re.M)[1:]}
MEASURES = {heading: section for heading, section in SECTIONS.items() if re.search(r"— .*`\w+\.\w+`", heading)}
EXAMPLE = re.compile(r"^```pycon\n(.*?)^```", re.M | re.S)


@pytest.mark.parametrize("heading", MEASURES)
def test_each_measure_is_told_in_five_parts(heading: str) -> None:
    found = re.findall(r"^\*\*(.+?)\*\*", MEASURES[heading], re.M)
    assert tuple(part for part in found if part in PARTS) == PARTS
    assert EXAMPLE.search(MEASURES[heading].partition("**Worked example.**")[2]), "an example that can be run"


@pytest.mark.parametrize("heading", MEASURES)
def test_each_worked_example_comes_out_as_written(heading: str) -> None:
    examples = "\n".join(EXAMPLE.findall(MEASURES[heading]))
    test = doctest.DocTestParser().get_doctest(examples, {}, heading, str(DOCUMENT), 0)
    said: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(test, out=said.append)
    assert result.attempted > 0
    assert not result.failed, "".join(said)


def test_every_public_function_of_the_measures_is_named() -> None:
    missing = [
        f"{module}.{name}"
        for _, module, _ in pkgutil.iter_modules(assurance.measures.__path__)
        if module != "words"
        for name, made in inspect.getmembers(import_module(f"assurance.measures.{module}"), inspect.isfunction)
        if made.__module__ == f"assurance.measures.{module}"
        and not name.startswith("_")
        and f"`{module}.{name}`" not in TEXT
    ]
    assert not missing


def test_there_are_measures() -> None:
    assert len(MEASURES) >= 12
