"""Every entry of every suite is one that Great Expectations' own schemas take, and one that ours take; a wrong one is not."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from pydantic import ValidationError

from assurance.catalogue import Collection, Expectation, RuleText
from assurance.catalogue.collection import ordinary
from assurance.catalogue.suite import ARGUMENTS, fault, parameters, staged_columns
from assurance.errors import CatalogueError
from assurance.intake.rules.statement import resolved, statement
from tests.rules.builders import PERIOD, collection, examined, valid_return
from tests.rules.cases import BCM_PERIOD, bcm_return
from tests.rules.readings import readings_return

GX = find_spec("great_expectations")
assert GX is not None
assert GX.submodule_search_locations is not None
SCHEMAS = Path(GX.submodule_search_locations[0], "expectations", "core", "schemas")
KINDS = [kind for kind in sorted(ARGUMENTS)]


@cache
def suite(code: str) -> tuple[Expectation, ...]:
    """Every ordinary entry of a collection, of all times."""
    of = collection(code)
    entries = of.rules.expectations
    return tuple(one for entry in entries for one in ordinary(entry, of.columns, of.standards))


@cache
def parameters_given(code: str) -> Mapping[str, Any]:
    """What stands for the parameters when a return is checked."""
    sent = {"outcomes": valid_return, "bcm": bcm_return, "bcm_readings": readings_return}[code]()
    return examined(sent, of=None if code == "outcomes" else collection(code)).parameters


@cache
def theirs(kind: str) -> Draft7Validator:
    """The schema of one kind of entry; its file is named as the class is: ExpectColumnValuesToBeInSet.json."""
    name = "".join(part.title() for part in kind.split("_"))
    return Draft7Validator(json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8")))


def refused_by_theirs(entry: Expectation, given: Mapping[str, Any] | None = None) -> list[str]:
    """What their schema has against an entry as it stands in the file; or with its parameters put in."""
    kwargs = entry.kwargs if given is None else resolved(entry, given)
    written = json.loads(
        json.dumps({**kwargs, "severity": entry.severity, "meta": entry.meta.model_dump()}, default=str)
    )
    return [error.message for error in theirs(entry.type).iter_errors(written)]


def refused_by_ours(of: Collection, entry: Expectation) -> str | None:
    staged = staged_columns(of.grain, of.columns, of.standards, of.derived)
    return fault(entry, staged, parameters(of.columns, of.standards))


@pytest.mark.parametrize("code", ["bcm", "bcm_readings", "outcomes"])
def test_every_entry_is_taken_by_the_schemas_of_great_expectations_and_by_ours(code: str) -> None:
    entries = suite(code)
    assert len(entries) >= len(collection(code).suite(PERIOD if code == "outcomes" else BCM_PERIOD)) > 0
    refused = [(one.meta.rule, one.type, said) for one in entries for said in refused_by_theirs(one)]
    assert refused == []
    assert [(one.meta.rule, said) for one in entries if (said := refused_by_ours(collection(code), one))] == []


@pytest.mark.parametrize("code", ["bcm", "bcm_readings", "outcomes"])
def test_every_entry_is_taken_as_it_is_asked_with_its_parameters_put_in(code: str) -> None:
    given = parameters_given(code)
    refused = [(one.meta.rule, one.type, said) for one in suite(code) for said in refused_by_theirs(one, given)]
    assert refused == []


def test_both_collections_together_use_every_kind_of_entry_there_may_be() -> None:
    assert {one.type for code in ("bcm", "outcomes") for one in suite(code)} == set(KINDS)


def entry_of(kind: str) -> tuple[Collection, Expectation]:
    code, one = next((code, one) for code in ("bcm", "outcomes") for one in suite(code) if one.type == kind)
    return collection(code), one


@pytest.mark.parametrize("kind", KINDS)
def test_an_entry_with_a_key_that_does_not_exist_or_without_one_it_needs_is_refused_by_both(kind: str) -> None:
    of, good = entry_of(kind)
    needed = theirs(kind).schema["required"][0]
    spelt = good.model_copy(update={"kwargs": good.kwargs | {"colunm": "urn"}})
    short = good.model_copy(update={"kwargs": {key: value for key, value in good.kwargs.items() if key != needed}})
    for wrong, name in ((spelt, "colunm"), (short, needed)):
        assert any(name in said for said in refused_by_theirs(wrong))
        assert name in str(refused_by_ours(of, wrong))


@pytest.mark.parametrize(
    ("kind", "changed", "said"),
    [
        ("expect_column_values_to_be_in_set", {"value_set": "Y"}, "value_set is no list; write one"),
        ("expect_column_values_to_be_between", {"min_value": ["1"]}, "min_value is no number"),
        ("expect_column_values_to_match_regex", {"regex": 7}, "regex is no text in quotes"),
        ("expect_column_pair_values_a_to_be_greater_than_b", {"or_equal": "no"}, "or_equal is no true or false"),
        ("expect_compound_columns_to_be_unique", {"column_list": "urn"}, "column_list is no list"),
        ("expect_table_row_count_to_equal", {"value": "many"}, "value is no whole number"),
    ],
)
def test_a_value_of_another_kind_is_refused_by_both(kind: str, changed: dict[str, Any], said: str) -> None:
    of, good = entry_of(kind)
    wrong = good.model_copy(update={"kwargs": good.kwargs | changed})
    assert refused_by_theirs(good) == []
    assert refused_by_theirs(wrong)
    assert said in str(refused_by_ours(of, wrong))


@pytest.mark.parametrize(
    "changed",
    [
        {"ignore_row_if": "sometimes"},
        {"row_condition": {"type": "nullity", "column": {"name": "urn"}}},
        {"row_condition": {"type": "comparison", "column": {"name": "urn"}, "operator": "=~", "parameter": "1"}},
    ],
    ids=["when to pass over a row", "a condition without its end", "an operator that there is not"],
)
def test_a_condition_that_is_none_is_refused_by_theirs_and_by_the_compiler(changed: dict[str, Any]) -> None:
    _, good = entry_of("expect_column_pair_values_to_be_equal")
    wrong = good.model_copy(update={"kwargs": good.kwargs | changed})
    assert refused_by_theirs(wrong)
    with pytest.raises(CatalogueError):
        statement([wrong], parameters_given("bcm"))


def test_a_severity_that_is_none_is_refused_by_both() -> None:
    _, good = entry_of("expect_column_values_to_not_be_null")
    assert refused_by_theirs(good.model_copy(update={"severity": "fatal"}))
    with pytest.raises(ValidationError, match="severity"):
        Expectation.model_validate(good.model_dump() | {"severity": "fatal"})


@pytest.mark.parametrize("missing", ["rule", "message", "why", "fix", "effective_from"])
def test_a_rule_that_does_not_say_all_it_must_is_refused_by_ours(missing: str) -> None:
    told = {key: value for key, value in suite("bcm")[0].meta.model_dump().items() if key != missing}
    with pytest.raises(ValidationError, match=re.escape(missing)):
        RuleText.model_validate(told)
