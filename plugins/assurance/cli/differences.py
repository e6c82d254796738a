"""The command that compares two versions of a return."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from assurance.cli import asking
from assurance.cli.printing import MOST_PLACES, finding_facts, print_json, print_table, submission_facts
from assurance.cli.program import app

if TYPE_CHECKING:
    from assurance.model import Counts
    from assurance.sender.differences import Cell, Differences, RowChange

MOST_LINES = 50
"""So many changed rows are printed; JSON has all."""


@app.command()
def diff(
    before: Annotated[
        str,
        typer.Argument(
            help="The one submission: the beginning of its id, or its file's name such as R-WSX-202610-v01."
        ),
    ],
    after: Annotated[str, typer.Argument(help="The other, of the same Area and collection.")],
    values: Annotated[
        bool, typer.Option("--values", help="Print keys and cells as well: this prints case data to the terminal.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Say what changed between two submissions of an Area: rows, counts and findings. Rejected ones can be compared."""
    found = asking.steps().differences(before, after)
    (_print_diff_json if as_json else _print_diff)(found, values=values)


def _print_diff(found: Differences, *, values: bool) -> None:
    from assurance.cures import cures, places

    print_table(
        ["", "before", "after"],
        [
            [label, one, other]
            for (label, one), (_, other) in zip(
                submission_facts(found.before), submission_facts(found.after), strict=True
            )
        ],
    )
    for columns, what in ((found.columns_gone, "not there any more"), (found.columns_added, "new")):
        if columns:
            print(f"columns {what}: {', '.join(columns)}")
    print(
        f"rows: {len(found.added)} added, {len(found.withdrawn)} withdrawn, {len(found.changed)} changed, "
        f"{found.unchanged} the same"
    )
    lines = [_row_changed(found, change, values=values) for change in _rows_changed(found)]
    for line in lines[:MOST_LINES]:
        print(f"  {line}")
    if len(lines) > MOST_LINES:
        print(f"  and {len(lines) - MOST_LINES} more; --json names all")
    rejected = [one for one in (found.before, found.after) if not one.outcome.counts]
    for one in rejected:
        print(f"counts: v{one.version:02d} is rejected, and nothing of it counts")
    if found.tally and not rejected:
        print("counts:")
        for change in found.tally:
            print(f"  {change.standard}: {_counts(change.before)} -> {_counts(change.after)}")
    for findings, what in ((found.findings_gone, "gone"), (found.findings_added, "new")):
        if findings:
            print(f"findings {what}: {len(findings)}")
        for cure in cures(findings):
            for fault in cure.faults:
                print(f"  {fault.rule}: {fault.message} {places(fault.findings, MOST_PLACES)}")


def _print_diff_json(found: Differences, *, values: bool) -> None:
    def row(change: RowChange) -> dict[str, object]:
        told: dict[str, object] = {"before": change.before, "after": change.after}
        if change.about:
            told["about"] = change.about
        if values:
            told["key"] = dict(zip(found.key_columns, change.key, strict=True))
        shown = [cell for cell in change.cells if values or _is_of_counts(found, change, cell)]
        told["columns"] = [cell.column for cell in change.cells]
        told["values"] = {cell.column: [cell.before, cell.after] for cell in shown}
        return told

    result = {
        "before": {**dict(submission_facts(found.before)), "rows": found.before.rows_in},
        "after": {**dict(submission_facts(found.after)), "rows": found.after.rows_in},
        "columns": {"gone": found.columns_gone, "added": found.columns_added},
        "rows": {
            "added": [row(change) for change in found.added],
            "withdrawn": [row(change) for change in found.withdrawn],
            "changed": [row(change) for change in found.changed],
            "unchanged": found.unchanged,
        },
        "tally": {
            change.standard: {
                "before": change.before and asdict(change.before),
                "after": change.after and asdict(change.after),
            }
            for change in found.tally
        },
        "findings": {
            "gone": [finding_facts(one) for one in found.findings_gone],
            "added": [finding_facts(one) for one in found.findings_added],
        },
    }
    print_json(result)


def _rows_changed(found: Differences) -> list[RowChange]:
    return [*found.withdrawn, *found.added, *found.changed]


def _row_changed(found: Differences, change: RowChange, *, values: bool) -> str:
    """A row that came, went or changed; by its lines alone, unless its values may be shown or are counts."""
    key = "; ".join(f"{column} {cell}" for column, cell in zip(found.key_columns, change.key, strict=True))
    named = f" ({key if values else change.about})" if values or change.about else ""
    if change.after is None:
        return f"withdrawn: row {change.before}{named}"
    if change.before is None:
        return f"added: row {change.after}{named}"
    cells = (
        f"{cell.column} {cell.before or 'empty'} -> {cell.after or 'empty'}"
        if values or _is_of_counts(found, change, cell)
        else cell.column
        for cell in change.cells
    )
    moved = "" if change.before == change.after else f" -> {change.after}"
    return f"changed: row {change.before}{moved}{named}: {', '.join(cells)}"


def _is_of_counts(found: Differences, change: RowChange, cell: Cell) -> bool:
    """Whether a cell may be shown to anybody: a number that says how many, and of what."""
    numbers = all(not value or (value.isascii() and value.isdigit()) for value in (cell.before, cell.after))
    return bool(change.about) and cell.column in found.count_columns and numbers


def _counts(counts: Counts | None) -> str:
    """The counts that are not none."""
    if counts is None:
        return "not counted"
    told = [f"{number} {label.replace('_', ' ')}" for label, number in asdict(counts).items() if number]
    return ", ".join(told) or "none"
