"""A DAG of as many tasks as it is asked for, which do nothing: what Airflow costs whatever is done in it."""

from __future__ import annotations

from typing import Any

from airflow.sdk import dag, task


@task
def numbers(params: dict[str, Any]) -> list[int]:
    """One number for each task but this."""
    return list(range(int(params["tasks"]) - 1))


@task
def nothing(number: int) -> int:
    """Hand on what was given, as a task of ours hands on a key."""
    return number


@dag(schedule=None, params={"tasks": 2})
def empty() -> None:
    nothing.expand(number=numbers())


empty()
