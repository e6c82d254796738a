"""Commands about what was undertaken: waivers and actions."""

from __future__ import annotations

from typing import Annotated

import typer

from assurance.cli import asking
from assurance.cli.asking import CollectionOption, PeriodArgument
from assurance.cli.printing import print_table
from assurance.cli.program import app


@app.command()
def waive(
    rule: Annotated[str, typer.Argument(help="The rule, such as BCM-114.")],
    area: Annotated[str, typer.Option(help="The Area against which it is not held.")],
    collection: CollectionOption,
    until: Annotated[str, typer.Option(help="The first day on which it holds again, YYYY-MM-DD.")],
    reason: Annotated[str, typer.Option(help="Why; the Area and those who sign off read it. Nothing of a case.")],
    by: Annotated[str, typer.Option(help="Who approves it.")],
) -> None:
    """Hold a rule against one Area no more until a day: what it finds is a note. Adds to waivers.yaml."""
    given = (asking.day(until), asking.line_of("--reason", reason), asking.line_of("--by", by))
    waiver = asking.steps().waive(collection, rule, area, *given)
    print(f"{rule} is waived for {area} in what is received from {waiver.valid_from} until {waiver.expires}")
    print("It stands in waivers.yaml of the collection: commit that file, for it is the record.")


@app.command()
def act(
    title: Annotated[str, typer.Argument(help="What is to be done, in one line. Nothing of a case.")],
    collection: CollectionOption,
    owner: Annotated[str, typer.Option(help="Who sees to it: a role or a body, not a person's name.")],
    due: Annotated[str, typer.Option(help="By when, YYYY-MM-DD.")],
    standard: Annotated[str, typer.Option(help="The standard it is about; default: none in particular.")] = "",
    area: Annotated[str, typer.Option(help="The Area whose action it is; default: all Areas.")] = "",
) -> None:
    """Undertake to do something by a day: reports list it until it is done. Adds to actions.yaml."""
    given = (
        asking.line_of("TITLE", title),
        asking.line_of("--owner", owner),
        asking.day(due),
        standard or None,
        area or None,
    )
    action = asking.steps().act(collection, *given)
    print(f"{action.id} is raised on {action.raised} and due on {action.due}")
    print("It stands in actions.yaml of the collection: commit that file, for it is the record.")
    print("When it is done, give its entry there `done` and `outcome`; for a later day, an entry under `later`.")


@app.command()
def actions(period: PeriodArgument, collection: CollectionOption) -> None:
    """List what is to be done as the next report of a month lists it: the overdue first, then what was done of late."""
    found = asking.steps().actions(collection, asking.period(period))
    if found is None:
        print(f"no action was raised by then; `assurance act` adds one to expectations/{collection}/actions.yaml")
        return
    print(f"{found.heading}, as of {found.day}")
    print_table(
        ["action", "status", "due", "done", "owner", "area", "standard", "title", "note"],
        (
            [
                line.action.id,
                line.state,
                line.due.isoformat(),
                line.action.done or "" if line.state == "done" else "",
                line.action.owner,
                line.action.area or "",
                line.action.standard or "",
                line.action.title,
                line.note,
            ]
            for line in found.lines
        ),
    )
    if found.done:
        print(found.done)
