"""Journeys go through the real DAGs, in this process."""

from tests.airflow.conftest import airflow, dags, defaults, events, run_dag  # noqa: F401
