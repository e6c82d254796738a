"""Does Great Expectations pass this return? The gate of the pipeline and the record of what was decided.

The suite is the collection's own YAML. Entries that judge rows cost Great Expectations tens of times a plain scan when
it must name the rows, so it reads their result from the compiled statement, through one metric that all of them share;
entries that judge the whole table it evaluates itself. Importing this module imports Great Expectations, which takes
seconds: only what receives imports it.
"""

from __future__ import annotations

import logging
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.util import LazyLoader, find_spec, module_from_spec
from typing import Any, ClassVar
from uuid import uuid4


def _import_when_used(package: str, module: str) -> None:
    """Put off the import of a package's module until something of it is asked for: who imports it gets an empty one."""
    full_name = f"{package}.{module}"
    spec = find_spec(full_name)
    if full_name in sys.modules or spec is None or spec.loader is None:
        return
    spec.loader = loader = LazyLoader(spec.loader)
    sys.modules[full_name] = empty = module_from_spec(spec)
    loader.exec_module(empty)
    setattr(sys.modules[package], module, empty)  # else the import system would ask something of it


logging.getLogger("great_expectations").setLevel(logging.WARNING)  # it logs a line per expectation class at import
# half a second and 57 MB, for expectations about distributions: no entry can be one
_import_when_used("scipy", "stats")

import great_expectations as gx  # noqa: E402
import pandas as pd  # noqa: E402
from great_expectations.data_context.types.base import ProgressBarsConfig  # noqa: E402
from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine  # noqa: E402
from great_expectations.expectations.expectation import BatchExpectation  # noqa: E402
from great_expectations.expectations.metadata_types import FailureSeverity  # noqa: E402
from great_expectations.expectations.metrics.metric_provider import metric_value  # noqa: E402
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider  # noqa: E402

from assurance.catalogue import Expectation  # noqa: E402
from assurance.errors import GateError  # noqa: E402
from assurance.intake.rules.statement import (  # noqa: E402
    Failure,
    Parameters,
    full_match,
    looks_at_rows,
    resolved,
)

MOST_ROWS_SHOWN = 20
"""How many failing rows stand in a result of Great Expectations; the findings have them all."""
_found: dict[str, Mapping[str, Sequence[int | None]]] = {}
"""What the compiled statement found in the batches under evaluation: rows by rule, by the key of the batch. Great
Expectations copies and serialises every argument of every expectation, so an expectation carries a key only."""


class CompiledFailures(TableMetricProvider):
    """The failing rows of every rule of a suite, as the one compiled statement found them."""

    metric_name = "assurance.compiled_failures"
    value_keys = ("batch",)

    @metric_value(engine=PandasExecutionEngine)
    def _pandas(
        cls,  # noqa: N805
        execution_engine: PandasExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> Mapping[str, Sequence[int | None]]:
        return _found[metric_value_kwargs["batch"]]


class ExpectRowsToPassRule(BatchExpectation):
    """Expect no row to fail any entry of one rule."""

    rule: str
    batch: str

    metric_dependencies: ClassVar[tuple[str, ...]] = ("assurance.compiled_failures",)
    success_keys: ClassVar[tuple[str, ...]] = ("rule", "batch")
    domain_keys: ClassVar[tuple[str, ...]] = ("batch_id",)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        rows = metrics["assurance.compiled_failures"].get(self.rule, ())
        shown = list(rows[:MOST_ROWS_SHOWN])
        return {"success": not rows, "result": {"unexpected_count": len(rows), "partial_unexpected_index_list": shown}}


def judge(suite: Sequence[Expectation], rows: Any, parameters: Parameters, found: Sequence[Failure]) -> frozenset[str]:
    """The rules of a suite that a return of these rows (their numbers, an array) fails, as Great Expectations decides.

    Raises GateError when it evaluated fewer or more than asked, could not evaluate one, or differs from what the
    compiled statement found.
    """
    failing: dict[str, list[int | None]] = defaultdict(list)
    for failure in found:
        if looks_at_rows(suite[failure.entry]):
            failing[suite[failure.entry].meta.rule].append(failure.row_no)
    with _batch(failing) as batch:
        asked = [*_of_rows(suite, batch), *_of_tables(suite, parameters)]
        results = _run(asked, pd.DataFrame({"row_no": rows}))
    if len(results) != len(asked):
        raise GateError(f"Great Expectations evaluated {len(results)} of {len(asked)} rules; none may be passed over")
    for result in results:
        _raise_what_it_hid(result)
    judged = frozenset(_judged(result) for result in results if not result.success)
    compiled = frozenset(_compiled(suite, failure) for failure in found)
    if differing := judged ^ compiled:
        rules = ", ".join(sorted({rule for rule, _ in differing}))
        raise GateError(f"Great Expectations and the compiled rules differ on {rules}; nothing was loaded")
    return frozenset(rule for rule, _ in judged)


def _judged(result: Any) -> tuple[str, int | None]:
    """What a failed result is about: a rule of rows, or one entry about the table."""
    meta = result.expectation_config.meta
    return meta["rule"], meta.get("entry")


def _compiled(suite: Sequence[Expectation], failure: Failure) -> tuple[str, int | None]:
    """The same of what the statement found."""
    entry = suite[failure.entry]
    return entry.meta.rule, None if looks_at_rows(entry) else failure.entry


def native(suite: Sequence[Expectation], frame: pd.DataFrame, parameters: Parameters) -> tuple[Any, ...]:
    """The results of Great Expectations' own pandas engine, with the rows: what the compiled rules are held to."""
    expectations = [_native(position, entry, parameters) for position, entry in enumerate(suite)]
    return _run(expectations, frame, {"result_format": "COMPLETE", "unexpected_index_column_names": ["row_no"]})


def _run(expectations: list[Any], staged: pd.DataFrame, result_format: Any = "BASIC") -> tuple[Any, ...]:
    batch = _staged_tables().get_batch({"dataframe": staged})
    suite = gx.ExpectationSuite(name="suite", expectations=expectations)
    return tuple(batch.validate(suite, result_format=result_format).results)


@cache
def _staged_tables() -> Any:
    """Where Great Expectations gets its batches from: made once a process, with nothing written anywhere."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("returns").add_dataframe_asset("staged")
    return asset.add_batch_definition_whole_dataframe("all")


@contextmanager
def _batch(failing: Mapping[str, Sequence[int | None]]) -> Iterator[str]:
    key = uuid4().hex
    _found[key] = failing
    try:
        yield key
    finally:
        del _found[key]


def _of_rows(suite: Sequence[Expectation], batch: str) -> Iterator[Any]:
    """One expectation for each rule that judges rows, however many entries it has."""
    severities = {entry.meta.rule: entry.severity for entry in suite if looks_at_rows(entry)}
    for rule, severity in severities.items():
        yield ExpectRowsToPassRule(rule=rule, batch=batch, severity=FailureSeverity(severity), meta={"rule": rule})


def _of_tables(suite: Sequence[Expectation], parameters: Parameters) -> Iterator[Any]:
    """The entries that judge the table as a whole: Great Expectations evaluates them itself."""
    for position, entry in enumerate(suite):
        if not looks_at_rows(entry):
            yield _native(position, entry, parameters)


def _native(position: int, entry: Expectation, parameters: Parameters) -> Any:
    arguments = resolved(entry, parameters)
    if "regex" in arguments:
        arguments["regex"] = full_match(arguments["regex"])
    kind = getattr(gx.expectations, "".join(part.title() for part in entry.type.split("_")))
    return kind(**arguments, severity=entry.severity, meta={"rule": entry.meta.rule, "entry": position})


def _raise_what_it_hid(result: Any) -> None:
    """A rule it cannot evaluate looks like a failed rule; the truth stands in `exception_info`."""
    hidden = result.exception_info or {}
    for info in (hidden, *(value for value in hidden.values() if isinstance(value, dict))):
        if info.get("raised_exception"):
            rule = result.expectation_config.meta["rule"]
            raise GateError(f"Great Expectations could not evaluate rule {rule}: {info.get('exception_message')}")
