"""How many tasks a return waits for, one after another, before its month's release is built."""

from __future__ import annotations

from typing import Any

from tools.bench.airflow_share import critical_path

MOST = 5


def test_a_release_waits_for_few_tasks(dags: dict[str, Any]) -> None:
    path = critical_path(dags)
    assert path == ["arrivals", "one_return.check", "one_return.load", "announce_areas", "build_release"]
    assert len(path) <= MOST
