"""Commands that follow a number back, and look whether everything stands as it was recorded."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from assurance.cli import asking
from assurance.cli.printing import print_json, print_table, submission_facts
from assurance.cli.program import app

if TYPE_CHECKING:
    from assurance.model import CountedLine
    from assurance.trace import Verified
    from assurance.trace.explain import Explanation


@app.command()
def explain(
    figure: Annotated[str, typer.Argument(help="The id of a published number, such as bcm/2026-10/1/3m/WSX/C06/rate.")],
    rows: Annotated[
        bool,
        typer.Option(
            "--rows", help="Name the rows of the returns behind it, by number: only for those who may see these cases."
        ),
    ] = False,
    recount: Annotated[
        bool,
        typer.Option(
            "--recount", help="Count its submissions anew from the bytes received; exits with 1 if any differs."
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Say where a published number comes from: formula, tallies, submissions, rules, and on demand the rows."""
    if rows:
        print("assurance: row numbers lead to cases; they are for those who may see them", file=sys.stderr)
    told = asking.steps().explain(figure, rows=rows, recount=recount)
    (_print_explanation_json if as_json else _print_explanation)(told)
    if not told.agrees:
        raise typer.Exit(1)


@app.command()
def verify(
    release: Annotated[
        str, typer.Argument(help="A release, such as outcomes/2026-10/1, to be built again from the bytes received.")
    ] = "",
) -> None:
    """Hold the audit trail, every row and every stored file against each other; or build one release again and compare.

    Exits with 1 if anything differs, and names it.
    """
    steps = asking.steps()
    _print_verified(steps.verify_release(release) if release else steps.verify())


def _print_explanation(told: Explanation) -> None:
    print(f"{told.id}: {told.value or 'blank'}")
    print(f"{told.title}, {told.id.window}, {told.id.area}, {told.id.period.title}; as published, files unchanged")
    print(f"\n{told.formula}\n  {told.numbers}")
    print(f"\nmeasured by {told.id.collection} {told.catalogue} (rules and register), package {told.package}")
    names = ("met", "partly", "not met", "not applicable", "not due")
    if told.months:
        print("\nby month:")
        print_table(
            ["month", *names], ([str(month), *map(str, asdict(counts).values())] for month, counts in told.months)
        )
    if told.tally:
        print("\ntallies:")
        places = ["month", "area", "standard", "version", "unit", "sample"]
        print_table([*places, *names, "submission"], map(_tally_line, told.tally))
    print("\nsubmissions:")
    print_table(
        ["submission", "file", "version", "received (UTC)", "sha256", "rules and register", "package"],
        (
            [
                each.submission.submission_id,
                each.submission.file_name,
                f"v{each.submission.version:02d}",
                f"{each.submission.received_at:%Y-%m-%d %H:%M:%S}",
                each.submission.sha256,
                each.catalogue,
                each.package,
            ]
            for each in told.sources
        ),
    )
    if told.earlier:
        print(
            f"and {len(told.earlier)} submissions of earlier months, for the chart; the manifest of the release has all"
        )
    for each in told.sources:
        for standard, counts in (each.rows or {}).items():
            for count, numbers in counts.items():
                print(f"rows of {each.submission.file_name}, {standard}, {count.replace('_', ' ')}: {_runs(numbers)}")
    _print_agreement(told)


def _tally_line(each: CountedLine) -> list[str]:
    line = each.line
    place = (str(each.period), each.area, line.standard, str(line.standard_version), line.unit, line.sample_reason)
    return [*place, *map(str, asdict(line.counts).values()), each.submission_id]


def _print_agreement(told: Explanation) -> None:
    """Whether counting gives what was published."""
    print(f"\nthe tallies give {told.counted_again or 'blank'}")
    if told.recounted is not None:
        print(f"{told.recounted} submissions were counted anew from the bytes received")
    for fault in told.faults:
        print(f"FAULT {fault}")
    if told.value != told.counted_again:
        print(f"FAULT figure {told.id}: published as {told.value or 'blank'}, and is {told.counted_again or 'blank'}")
    if told.agrees:
        print("this is the number that was published")


def _runs(numbers: Sequence[int]) -> str:
    """`2-5, 8`: numbers that follow each other stand together."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return ", ".join("-".join(map(str, run)) for run in runs)


def _print_explanation_json(told: Explanation) -> None:
    result = {
        "id": str(told.id),
        "title": told.title,
        "value": told.value or None,
        "counted_again": told.counted_again or None,
        "agrees": told.agrees,
        "formula": told.formula,
        "numbers": told.numbers,
        "catalogue": told.catalogue,
        "package": told.package,
        "months": {str(month): asdict(counts) for month, counts in told.months},
        "tally": [
            {
                "period": str(each.period),
                "area": each.area,
                "standard": each.line.standard,
                "version": each.line.standard_version,
                "unit": each.line.unit,
                "sample_reason": each.line.sample_reason,
                **asdict(each.line.counts),
                "submission": each.submission_id,
            }
            for each in told.tally
        ],
        "submissions": [
            {
                **dict(submission_facts(each.submission)),
                "area": each.submission.area,
                "period": str(each.submission.period),
                "received_at": f"{each.submission.received_at.isoformat()}Z",
                "sha256": each.submission.sha256,
                "catalogue": each.catalogue,
                "package": each.package,
                "row_numbers": each.rows,
            }
            for each in told.sources
        ],
        "earlier_submissions": [each.submission_id for each in told.earlier],
        "recounted": told.recounted,
        "faults": list(map(str, told.faults)),
    }
    print_json(result)


def _print_verified(found: Verified) -> None:
    """What was looked at; each fault; an exit code of 1 where there is one."""
    for what, number in found.looked_at.items():
        print(f"{number} {what}")
    for note in found.notes:
        print(f"note: {note}")
    for fault in found.faults:
        print(f"FAULT {fault}")
    if found.faults:
        print(f"{len(found.faults)} faults: what is named is not as it was recorded")
        raise typer.Exit(1)
    print("everything stands as it was recorded")
