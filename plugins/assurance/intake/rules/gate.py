"""Does Great Expectations pass this return? The gate of the pipeline and the record of what was decided.

The suite is the collection's own YAML. Entries that judge rows cost Great Expectations tens of times a plain scan when
it must name the rows, so it reads their result from the compiled statement, through one metric that all of them share;
entries that judge the whole table it evaluates itself. Importing this module imports Great Expectations, which takes
seconds: only what receives imports it.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, ClassVar
from uuid import uuid4

logging.getLogger("great_expectations").setLevel(logging.WARNING)  # it logs a line per expectation class at import

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

_found: dict[str, Sequence[Failure]] = {}
"""What the compiled statement found in the batches under evaluation, by key: Great Expectations copies and serialises
every argument of every expectation many times over, so an expectation carries a key and nothing large."""


class CompiledFailures(TableMetricProvider):
    """The failing rows of every entry of a suite, as the one compiled statement found them."""

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
    ) -> dict[int, list[int | None]]:
        rows: dict[int, list[int | None]] = defaultdict(list)
        for failure in _found[metric_value_kwargs["batch"]]:
            rows[failure.entry].append(failure.row_no)
        return rows


class ExpectRowsToPassEntry(BatchExpectation):
    """Expect no row to fail one entry of the suite."""

    entry: int
    batch: str

    metric_dependencies: ClassVar[tuple[str, ...]] = ("assurance.compiled_failures",)
    success_keys: ClassVar[tuple[str, ...]] = ("entry", "batch")
    domain_keys: ClassVar[tuple[str, ...]] = ("batch_id",)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        rows = metrics["assurance.compiled_failures"][self.entry]
        return {"success": not rows, "result": {"unexpected_count": len(rows), "unexpected_index_list": rows}}


def judge(
    suite: Sequence[Expectation], staged: pd.DataFrame, parameters: Parameters, found: Sequence[Failure]
) -> frozenset[int]:
    """The positions of the suite's entries that fail, as Great Expectations decides.

    Raises GateError when it evaluated fewer or more entries than asked, could not evaluate one, or differs from what
    the compiled statement found.
    """
    with _batch(found) as batch:
        results = _run([_expectation(place, entry, batch, parameters) for place, entry in enumerate(suite)], staged)
    if len(results) != len(suite):
        raise GateError(f"Great Expectations evaluated {len(results)} of {len(suite)} entries; none may be passed over")
    for result in results:
        _raise_what_it_hid(result)
    failed = frozenset(result.expectation_config.meta["entry"] for result in results if not result.success)
    differing = failed ^ {failure.entry for failure in found}
    if differing:
        rules = ", ".join(sorted({suite[position].meta.rule for position in differing}))
        raise GateError(f"Great Expectations and the compiled rules differ on {rules}; nothing was loaded")
    return failed


def native(suite: Sequence[Expectation], staged: pd.DataFrame, parameters: Parameters) -> tuple[Any, ...]:
    """The results of Great Expectations' own pandas engine, with the rows: what the compiled rules are held to."""
    expectations = [_native(position, entry, parameters) for position, entry in enumerate(suite)]
    return _run(expectations, staged, {"result_format": "COMPLETE", "unexpected_index_column_names": ["row_no"]})


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
def _batch(found: Sequence[Failure]) -> Iterator[str]:
    key = uuid4().hex
    _found[key] = found
    try:
        yield key
    finally:
        del _found[key]


def _expectation(position: int, entry: Expectation, batch: str, parameters: Parameters) -> Any:
    if not looks_at_rows(entry):
        return _native(position, entry, parameters)
    meta = _meta(position, entry)
    return ExpectRowsToPassEntry(entry=position, batch=batch, severity=FailureSeverity(entry.severity), meta=meta)


def _native(position: int, entry: Expectation, parameters: Parameters) -> Any:
    arguments = resolved(entry, parameters)
    if "regex" in arguments:
        arguments["regex"] = full_match(arguments["regex"])
    kind = getattr(gx.expectations, "".join(part.title() for part in entry.type.split("_")))
    return kind(**arguments, severity=entry.severity, meta=_meta(position, entry))


def _meta(position: int, entry: Expectation) -> dict[str, Any]:
    """What stands beside the result; the texts stay in the YAML, for the same reason as the suite."""
    return {"rule": entry.meta.rule, "entry": position}


def _raise_what_it_hid(result: Any) -> None:
    """A rule it cannot evaluate looks like a failed rule; the truth stands in `exception_info`."""
    hidden = result.exception_info or {}
    for info in (hidden, *(value for value in hidden.values() if isinstance(value, dict))):
        if info.get("raised_exception"):
            rule = result.expectation_config.meta["rule"]
            raise GateError(f"Great Expectations could not evaluate rule {rule}: {info.get('exception_message')}")
