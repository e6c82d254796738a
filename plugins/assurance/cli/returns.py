"""Commands about one return or file: check it, make its template, receive it, see what is asked, answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assurance.cli import asking
from assurance.cli.asking import CollectionOption
from assurance.cli.printing import (
    MOST_PLACES,
    finding_facts,
    print_json,
    print_mail_owed,
    print_restatement,
    print_table,
    submission_line,
)
from assurance.cli.program import app
from assurance.errors import ReleaseError
from assurance.model import Outcome, Period, Submission, return_name, shown

if TYPE_CHECKING:
    from assurance.catalogue import Collection
    from assurance.intake.checking import Examined
    from assurance.steps import Steps

QUERIES, REJECTED = 10, 20
EXIT = {Outcome.ACCEPTED: 0, Outcome.NIL: 0, Outcome.ACCEPTED_WITH_QUERIES: QUERIES, Outcome.REJECTED: REJECTED}


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="The return to check.")],
    collection: CollectionOption,
    area: Annotated[str, typer.Option(help="The Area that sends it; default: as the file's name says.")] = "",
    period: Annotated[str, typer.Option(help="Its month, YYYY-MM; default: as the file's name says.")] = "",
    received: Annotated[str, typer.Option(help="Check as if received on this day, YYYY-MM-DD; default: today.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Check a return as it would be checked on arrival, without sending it."""
    from assurance.sender.check import check_file

    _see_that_it_can_be_read(file)
    settings, described = asking.settings_and_collection(collection)
    month = asking.period(period) if period else None
    name = _claimed_name(file, area, month)
    examined = check_file(
        described,
        file,
        area=area or _area_of(name),
        file_name=name,
        received_at=datetime.combine(asking.day(received), time(12))
        if received
        else datetime.now(UTC).replace(tzinfo=None),
        period=month,
        seconds=settings.child_seconds,
        megabytes=settings.child_megabytes,
    )
    (_print_check_json if as_json else _print_check)(described, examined)
    raise typer.Exit(_exit_code([examined.checked.submission]))


@app.command()
def template(
    collection: CollectionOption,
    area: Annotated[str, typer.Option(help="The Area that is to fill it in.")],
    period: Annotated[str, typer.Option(help="The month it is for, YYYY-MM.")],
    version: Annotated[int, typer.Option(help="2 and more for a correction.", min=1, max=999)] = 1,
    out: Annotated[
        Path | None, typer.Option(help="The file, or a folder for it; default: its own name, in this folder.")
    ] = None,
) -> None:
    """Write what an Area fills in: a workbook with lists, notes and guidance, or a CSV file with the rows it owes."""
    from assurance.sender import template as templates

    _, described = asking.settings_and_collection(collection)
    month = asking.period(period)
    owing = [one.code for one in described.areas_in(month)]
    if area not in owing:
        asking.usage(f"{area} owes no return of {collection} for {month}; those that do: {', '.join(owing) or 'none'}")
    made = templates.template(described, area, month, version)
    path = (out or Path()) / made.file_name if out is None or out.is_dir() else out
    try:
        with path.open("xb") as file:  # a return may have been filled in under this name
            file.write(made.content)
    except FileExistsError:
        asking.usage(f"{path} is there already; take it away, or name another file with --out")
    except OSError as error:
        asking.usage(f"{path}: it cannot be written ({error.strerror}); name another place with --out")
    print(path)


@app.command()
def receive(collection: CollectionOption) -> None:
    """Receive everything that has arrived: keep, check, load, and send receipts. Exits with the worst outcome."""
    from assurance.steps import Loaded

    steps = asking.steps()
    received: list[Loaded] = []
    for loaded in steps.receive(collection):
        received.append(loaded)
        print(submission_line(loaded.submission, new=loaded.new))
    outcomes = Counter(loaded.submission.outcome.value.replace("_", " ") for loaded in received)
    told = ", ".join(f"{number} {outcome}" for outcome, number in sorted(outcomes.items())) or "nothing new has arrived"
    print(f"{len(received)} received: {told}" if received else told)
    months = {month for one in received for month in one.announcement.restates}
    try:
        for restatement in steps.restatements(collection, months):
            print_restatement(steps, restatement)
    except ReleaseError as error:  # the returns are in all the same
        print(
            f"{', '.join(map(str, sorted(months)))}: reported without these, and it cannot be said what moves: {error}"
        )
    print_mail_owed(steps)
    raise typer.Exit(_exit_code(loaded.submission for loaded in received))


@app.command()
def findings(
    submission: Annotated[str, typer.Argument(help="The submission: its id, the beginning of it, or its file.")],
) -> None:
    """List the rules that failed in a return, and say where the page of its findings lies; no cell is in either."""
    from assurance.reporting.findings import failed_rules

    found, failed, page = asking.steps().findings(submission)
    print(f"{found.submission_id}: {submission_line(found, new=True)}")
    print_table(
        ["severity", "rule", "times", "message"],
        (
            [severity.value, rule, str(len(own)), own[0].message]
            for (severity, rule), own in failed_rules(failed).items()
        ),
    )
    print(page)


@app.command()
def answer(
    submission: Annotated[str, typer.Argument(help="The submission: its id, the beginning of it, or its file.")],
    rule: Annotated[str, typer.Argument(help="The rule that asks; default: list what is asked.")] = "",
    column: Annotated[str, typer.Option(help="Answer what the rule asks about this column only.")] = "",
    text: Annotated[
        str, typer.Option(help="The answer, in one line of 500 characters or fewer; no names, nothing of a case.")
    ] = "",
    by: Annotated[str, typer.Option(help="Who answers: a person or an office of the Area.")] = "",
) -> None:
    """Answer a query of a return, or list what is asked. Who signs off sees it; the last answer to a query stands."""
    steps = asking.steps()
    if rule:
        answered = steps.answer(
            submission, rule, asking.line_of("--text", text), asking.line_of("--by", by), column or None
        )
        submission = answered.submission_id
    elif text or by or column:
        raise typer.BadParameter("say which rule is answered, or leave out --column, --text and --by")
    _print_asked(steps, submission)


def _see_that_it_can_be_read(file: Path) -> None:
    named = shown(str(file))
    try:
        if file.is_dir():
            asking.usage(f"{named} is a folder; name one file in it")
        if file.exists() and not file.is_file():
            asking.usage(f"{named} is no file; name the return that is to be checked")
        with file.open("rb"):
            pass
    except FileNotFoundError:
        asking.usage(f"{named}: there is no such file")
    except OSError as error:
        asking.usage(f"{named}: it cannot be read ({error.strerror}); copy it to a place where you may read it")


def _claimed_name(file: Path, area: str, period: Period | None) -> str:
    """The name under which a file is checked: its own, or the one its Area and period call for."""
    from assurance.intake.landing import parse_name

    if not (area and period is not None) or parse_name(file.name).period is not None:
        return file.name
    return f"{return_name(area, period, 1)}{file.suffix.lower()}"


def _area_of(file_name: str) -> str:
    from assurance.intake.landing import parse_name

    area = parse_name(file_name).area
    if area is None:
        asking.usage(f"{shown(file_name)}: the name does not say the Area; give --area and --period")
    return area


def _exit_code(submissions: Iterable[Submission]) -> int:
    codes = [max(EXIT[submission.outcome], QUERIES if submission.rows_quarantined else 0) for submission in submissions]
    return max(codes, default=0)


def _print_check(collection: Collection, examined: Examined) -> None:
    from assurance.cures import cures, places

    submission, findings = examined.checked.submission, examined.checked.findings
    print(submission_line(submission, new=True))
    rows = "unreadable" if submission.rows_in is None else f"{submission.rows_in} in"
    print(
        f"rows: {rows}, {submission.rows_accepted} accepted, "
        f"{submission.rows_quarantined} quarantined, {submission.rows_rejected} rejected"
    )
    for cure in cures(findings):
        print()
        for fault in cure.faults:
            print(f"{fault.severity.value} {fault.rule}: {fault.message}\n  {places(fault.findings, MOST_PLACES)}")
        print(f"  {cure.fix}")
    later = [text.rule for text in collection.rules.history]
    if later:
        print(f"\nnot checked here, for they need other returns: {', '.join(later)}")


def _print_check_json(collection: Collection, examined: Examined) -> None:
    from assurance.intake.counting import totals

    checked, submission = examined.checked, examined.checked.submission
    nil = submission.outcome is Outcome.NIL
    result = {
        "outcome": Outcome.ACCEPTED.value if nil else submission.outcome.value,
        "nil": nil,
        "sha256": submission.sha256,
        "rows": {
            "in": submission.rows_in,
            "accepted": submission.rows_accepted,
            "quarantined": submission.rows_quarantined,
            "rejected": submission.rows_rejected,
        },
        "findings": [finding_facts(found) for found in checked.findings],
        "tally": {standard: asdict(counts) for standard, counts in totals(checked.counted.tally).items()},
        "not_checked": [text.rule for text in collection.rules.history],
    }
    print_json(result)


def _print_asked(steps: Steps, name: str) -> None:
    from assurance.reporting.request import OfArea, told

    submission, asked = steps.asked(name)
    print(f"{submission.submission_id}: {submission_line(submission, new=True)}")
    if not submission.outcome.counts:
        print("it is asked nothing; its receipt says what to mend before it is sent again")
        return
    for line in told([OfArea(submission.area, submission.version, asked)]):
        print(line)
