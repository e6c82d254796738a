"""What one DAG tells another, and how every task of ours is run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Asset, ExceptionRetryPolicy, RetryAction, RetryRule

from assurance.errors import AssuranceError, LandingError
from assurance_airflow.alerts import tell_operators

AREA_RETURN = Asset("area_return", uri="assurance://area_return")
"""An Area is in, or its month was closed without it. Key `<collection>|<YYYY-MM>|<AREA>`, once each."""
MONTH_RESTATED = Asset("month_restated", uri="assurance://month_restated")
"""A released month holds a return that came or changed since, and what that moves must be told at once.
Key `<collection>|<YYYY-MM>`."""
RELEASE_BUILT = Asset("release_built", uri="assurance://release_built")
"""A report is ready to be signed off. Key `<collection>|<YYYY-MM>|<number>`."""
RELEASE_PUBLISHED = Asset("release_published", uri="assurance://release_published")
"""A report was sent. Key as of `release_built`."""

WAREHOUSE_POOL = "warehouse"
"""Tasks that hold the warehouse for more than a moment: one slot on DuckDB, which has one writer; more on PostgreSQL.
Receipts write a state now and then and wait for each other at the file's lock."""

DEFAULT_ARGS: dict[str, Any] = {
    "owner": "assurance",
    "retries": 3,
    "retry_delay": timedelta(seconds=20),
    "retry_policy": ExceptionRetryPolicy(
        rules=[
            RetryRule(exception=LandingError, action=RetryAction.RETRY, reason="a store may not answer for a moment"),
            RetryRule(
                exception=AssuranceError, action=RetryAction.FAIL, reason="says itself what to do; not transient"
            ),
        ]
    ),
    "execution_timeout": timedelta(minutes=10),
    "weight_rule": "upstream",
}
"""Every step may be run again without harm, so what is transient is tried again soon, and nothing may hang. What was begun is
finished before the next is begun: of many returns each is loaded, and answered, as soon as it is checked.
"""

DAG_ARGS: dict[str, Any] = {
    "catchup": False,
    "default_args": DEFAULT_ARGS,
    "on_failure_callback": tell_operators,
    "tags": ["assurance"],
}
"""What every DAG of ours is declared with."""


def is_by_hand(dag_run: Any) -> bool:
    """Whether somebody started a run, in the UI or by the REST API, and no asset did."""
    return str(getattr(dag_run.run_type, "value", dag_run.run_type)) != "asset_triggered"


def starter(dag_run: Any) -> str:
    """Who started a run, as the audit trail names them; by the run as well, for each asks and decides once."""
    return f"Airflow user {dag_run.triggering_user_name or 'unknown'}, run {dag_run.run_id}"
