"""A DAG of as many tasks as it is asked for, which do nothing: what Airflow costs whatever is done in it."""

from __future__ import annotations

from airflow.sdk import dag, task


@task
def numbers(tasks: int) -> list[int]:
    """One number for each task but this."""
    return list(range(tasks - 1))


@task
def nothing(number: int) -> int:
    """Hand on what was given, as a task of ours hands on a key."""
    return number


@dag(schedule=None)
def empty(tasks: int = 2) -> None:
    nothing.expand(number=numbers(tasks))


empty()
