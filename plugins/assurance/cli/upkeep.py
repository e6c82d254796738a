"""Commands for the place itself: made-up returns, the schema of the warehouse, what a restore lacks."""

from __future__ import annotations

from typing import Annotated

import typer

from assurance.cli import asking
from assurance.cli.asking import CollectionOption
from assurance.cli.printing import print_missed, submission_line
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
def watch() -> None:
    """Name the months that should have been measured by now and were not; exits with 1 if there are any.

    Airflow does so every hour, has each measured once more and tells the operators.
    """
    missed = asking.steps().missed_months()
    print_missed(missed)
    if missed:
        raise typer.Exit(1)
    print("every month that should have been measured was")


DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Say what would be deleted, and delete nothing.")]


@app.command()
def retain(*, dry_run: DryRunOption = False) -> None:
    """Delete received bytes and archived rows that are older than ASSURANCE_RETENTION_MONTHS; tallies and releases stay."""
    steps = asking.steps()
    if not steps.settings.retention_months:
        print("nothing is deleted: ASSURANCE_RETENTION_MONTHS is 0")
        return
    found = steps.expired() if dry_run else steps.retain()
    for one in found:
        of = one.submission
        print(f"{of.collection} {of.area} {of.period or 'no month'} {of.submission_id}: {', '.join(one.files)}")
    print(f"{len(found)} submissions {'would lose' if dry_run else 'lost'} files")


@app.command()
def tidy(*, dry_run: DryRunOption = False) -> None:
    """Delete what interrupted runs left behind a week ago: unfinished files, and tickets of returns that were loaded."""
    steps = asking.steps()
    found = steps.leftovers() if dry_run else steps.tidy()
    for one in found:
        print(f"{one.kind.value}: {one.path}")
    print(f"{len(found)} {'would be' if dry_run else 'were'} deleted")


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
