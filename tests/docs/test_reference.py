"""The reference says what the code says."""

from __future__ import annotations

import re

import pytest

from assurance.model import Period
from assurance.settings import REPOSITORY, Settings
from tools import reference


def committed(name: str) -> str:
    return (reference.FOLDER / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", reference.pages())
def test_the_committed_page_is_what_the_code_gives_now(name: str) -> None:
    assert committed(name) == reference.pages()[name], "run `python -m tools.reference`"


def test_the_folder_holds_the_generated_pages_and_no_other() -> None:
    assert {path.name for path in reference.FOLDER.iterdir()} == set(reference.pages())


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_stands_there_with_its_meaning(name: str) -> None:
    (line,) = re.findall(rf"^\| `ASSURANCE_{name.upper()}` \|.*$", committed("settings.md"), re.M)
    meaning = line.strip("| ").split(" | ")[-1]
    assert len(meaning.split()) > 2, line


@pytest.mark.parametrize("name", reference.commands())
def test_every_command_stands_there_and_each_of_its_options_says_what_it_means(name: str) -> None:
    section = committed("command-line.md").split(f"\n## {name}\n")[1].split("\n## ")[0]
    assert f"assurance {name}" in section
    parameters = [each for each in reference.commands()[name].params if each.name != "help"]
    assert section.count("\n| `") == len(parameters)
    assert [each.name for each in parameters if not getattr(each, "help", None)] == []


def test_there_are_commands_and_settings_to_tell_of() -> None:
    assert {"check", "receive", "build", "migrate"} <= set(reference.commands())
    assert len(Settings.model_fields) > 10


@pytest.mark.parametrize("name", reference.pages())
def test_a_page_says_nothing_of_this_machine(name: str) -> None:
    assert str(REPOSITORY) not in committed(name)
    assert "(`/" not in committed(name)
    assert "| `/" not in committed(name)


@pytest.mark.parametrize("code", reference.catalogue().collections)
def test_every_rule_stands_there_with_what_is_wrong_why_and_the_cure(code: str) -> None:
    page, collection = committed(f"rules-{code}.md"), reference.catalogue().collection(code)
    asked = {entry.meta.rule for entry in collection.suite(Period(2099, 12))}
    of_no_column = {entry.meta.rule for entry in collection.rules.expectations} - asked
    assert {text.rule for text in reference.rules(collection)} == set(collection.rule_texts) - of_no_column
    for text in reference.rules(collection):
        cure, message = reference.shown(text.fix.format()), reference.shown(text.message.split("{")[0])
        lines = [line for line in page.splitlines() if line.startswith(f"| {text.rule} |")]
        (line,) = (line for line in lines if cure in line and message in line)
        assert reference.shown(text.why) in line
        assert line.endswith(f"| {text.effective_from} |")


@pytest.mark.parametrize("code", reference.catalogue().collections)
def test_rules_that_check_cannot_ask_are_said_to_need_other_returns(code: str) -> None:
    page, collection = committed(f"rules-{code}.md"), reference.catalogue().collection(code)
    needing = {line.split(" | ")[0].strip("| ") for line in page.splitlines() if "| other returns |" in line}
    assert needing == {text.rule for text in collection.rules.history}
