"""Commands for the place itself: made-up returns, the schema of the warehouse, what a restore lacks."""

from __future__ import annotations

from typing import Annotated

import typer

from assurance.cli import asking
from assurance.cli.asking import CollectionOption
from assurance.cli.printing import submission_line
from assurance.cli.program import app


@app.command()
def sample(
    collection: CollectionOption,
    last: Annotated[str, typer.Option(help="The last month, YYYY-MM.")],
    months: Annotated[int, typer.Option(help="How many months, the last one included.")] = 24,
    seed: Annotated[int, typer.Option(help="The same seed makes the same returns.")] = 1,
) -> None:
    """Make synthetic returns in the landing place."""
    from assurance.sample import load_sample_plan, write_sample

    steps = asking.steps()
    described = steps.collection(collection)
    plan = load_sample_plan(steps.settings.expectations / collection / "sample.yaml")
    made = write_sample(
        described, steps.settings.landing, last=asking.period(last), months=months, seed=seed, plan=plan
    )
    print(made.describe())


@app.command()
def migrate() -> None:
    """Make the warehouse, or bring it to the newest schema."""
    applied = asking.steps().migrate()
    print(f"applied {', '.join(applied)}" if applied else "the warehouse is up to date")


@app.command()
def reload() -> None:
    """After a restore: enter again what was received since the backup, as it was decided then; send no mail."""
    number = 0
    for loaded in asking.steps().reload():
        print(submission_line(loaded.submission, new=True))
        number += 1
    print(f"{number} submissions entered again; `assurance receive` takes what is still in the landing place")
