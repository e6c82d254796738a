"""The vocabulary is one, in a file for each subject: no file takes a name from another."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from assurance.measures import words
from assurance.model import Period

FILES = sorted(set(Path(words.__file__).parent.glob("*.py")) - {Path(words.__file__)})


def defined(file: Path) -> Iterator[str]:
    """The names that a file gives to others."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                yield name


def public() -> list[str]:
    return [name for file in FILES for name in defined(file) if not name.startswith("_")]


def test_each_word_is_defined_once_and_none_is_the_name_of_a_file() -> None:
    counted = Counter([*public(), *(file.stem for file in FILES)])
    assert len(counted) > 150
    assert [name for name, times in counted.items() if times > 1] == []


def test_each_word_is_there_to_be_said() -> None:
    assert [name for name in public() if not hasattr(words, name)] == []


def test_each_word_says_what_it_answers() -> None:
    said = [(name, getattr(words, name)) for name in public() if callable(getattr(words, name))]
    assert [name for name, word in said if not word.__doc__] == []


def test_a_column_of_one_month_names_it_once() -> None:
    october = Period(2026, 10)
    assert words.months_label(october.plus(-11), october) == "Nov 25 to Oct 26"
    assert words.months_label(october, october) == "Oct 26"
