"""Our numbers, sent the way Airflow sends its own: StatsD or OpenTelemetry, as Airflow is set up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from airflow.sdk.observability import stats

if TYPE_CHECKING:
    from assurance.steps import Gauge

PREFIX = "assurance."
"""What Airflow is set to put before every name of a metric comes before this."""


def emit(gauges: Iterable[Gauge]) -> dict[str, float]:
    """Send each number as a gauge, and return them by name. Does nothing where Airflow sends no metrics."""
    sent = {PREFIX + gauge.name: gauge.value for gauge in gauges}
    for name, value in sent.items():
        stats.gauge(name, value)
    return sent
