"""The command line: one command a step, stable names and exit codes. Heavy imports stand inside the commands.

Exit codes: 0 accepted or done; 2 usage; 10 accepted with queries or quarantined rows; 20 rejected; 1 anything unexpected.
"""

from __future__ import annotations

import csv
import gc
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from assurance.errors import AssuranceError, ReleaseError
from assurance.model import Finding, Outcome, Period, Submission, one_line, return_name, shown

if TYPE_CHECKING:
    from assurance.catalogue import Collection
    from assurance.delivery.outbox import OutboxEntry, SendReport
    from assurance.intake.checking import Examined
    from assurance.model import CountedLine, Counts
    from assurance.sender.differences import Cell, Differences, RowChange
    from assurance.settings import Settings
    from assurance.steps import Alerted, Restatement, Steps
    from assurance.trace import Verified
    from assurance.trace.explain import Explanation
    from assurance.warehouse.sign_offs import SignOff

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Collect a return from every Area, check it, measure it, report it.",
)

QUERIES, REJECTED = 10, 20
SHORT_KEY = 12
"""So much of a message's key is printed; any beginning of it that means one message will do."""
WHAT_TO_DO = {
    "refused": "mend what the reply names, then `assurance outbox KEY --again`; or --sent, if nobody is to get it",
    "unknown": "it may have arrived: ask the recipient (`assurance outbox KEY` names the address), then --sent or --again",
}
"""What a person does about a message, by its state."""
MOST_LINES = 50
"""So many changed rows are printed; JSON has all."""
MOST_PLACES = 20
"""Of one fault so many rows, or runs of rows, are printed; JSON has all."""
SELDOM = 50_000
"""After so many new objects the unreachable are looked for. Most of what a command makes is modules and classes, which
stay: to look through them after every 700 takes a tenth of its time."""
EXIT = {Outcome.ACCEPTED: 0, Outcome.NIL: 0, Outcome.ACCEPTED_WITH_QUERIES: QUERIES, Outcome.REJECTED: REJECTED}

CollectionOption = Annotated[
    str, typer.Option("--collection", "-c", help="The collection, a folder under expectations/.")
]
PeriodArgument = Annotated[str, typer.Argument(help="The month, YYYY-MM.")]


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
    settings, described = _settings_and_collection(collection)
    month = _period(period) if period else None
    name = _claimed_name(file, area, month)
    examined = check_file(
        described,
        file,
        area=area or _area_of(name),
        file_name=name,
        received_at=datetime.combine(_day(received), time(12)) if received else datetime.now(UTC).replace(tzinfo=None),
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

    _, described = _settings_and_collection(collection)
    month = _period(period)
    owing = [one.code for one in described.areas_in(month)]
    if area not in owing:
        _usage(f"{area} owes no return of {collection} for {month}; those that do: {', '.join(owing) or 'none'}")
    made = templates.template(described, area, month, version)
    path = (out or Path()) / made.file_name if out is None or out.is_dir() else out
    try:
        with path.open("xb") as file:  # a return may have been filled in under this name
            file.write(made.content)
    except FileExistsError:
        _usage(f"{path} is there already; take it away, or name another file with --out")
    except OSError as error:
        _usage(f"{path}: it cannot be written ({error.strerror}); name another place with --out")
    print(path)


@app.command()
def receive(collection: CollectionOption) -> None:
    """Receive everything that has arrived: keep, check, load, and send receipts. Exits with the worst outcome."""
    from assurance.steps import Loaded

    steps = _steps()
    received: list[Loaded] = []
    for loaded in steps.receive(collection):
        received.append(loaded)
        print(_line(loaded.submission, new=loaded.new))
    outcomes = Counter(loaded.submission.outcome.value.replace("_", " ") for loaded in received)
    told = ", ".join(f"{number} {outcome}" for outcome, number in sorted(outcomes.items())) or "nothing new has arrived"
    print(f"{len(received)} received: {told}" if received else told)
    months = {month for one in received for month in one.announcement.restates}
    try:
        for restatement in steps.restatements(collection, months):
            _print_restatement(steps, restatement)
    except ReleaseError as error:  # the returns are in all the same
        print(
            f"{', '.join(map(str, sorted(months)))}: reported without these, and it cannot be said what moves: {error}"
        )
    _print_mail_owed(steps)
    raise typer.Exit(_exit_code(loaded.submission for loaded in received))


@app.command()
def build(period: PeriodArgument, collection: CollectionOption) -> None:
    """Build the report of a month from what is in; the last release stands if nothing has changed."""
    steps = _steps()
    release_id = steps.build(collection, _period(period))
    print(f"release {release_id}: {steps.settings.releases / release_id / 'national.html'}")
    _print_sent(steps.ask_for_sign_off(release_id), "sign-off requests")


@app.command()
def chase(period: PeriodArgument, collection: CollectionOption) -> None:
    """Write to those who owe a return, as the calendar wants it by now: reminder, chaser, escalation, each once.

    Operators are told when the month's release should have been sent and nobody has answered whether it may be, and when
    mail of the collection waits for a person.
    """
    steps = _steps()
    chased = steps.chase(collection, _period(period))
    wanted = ", ".join(kind.value for kind in chased.wanted) or "nothing yet"
    owing = f"{len(chased.owing)} owe a return{': ' if chased.owing else ''}{', '.join(chased.owing)}"
    print(f"{collection} {period}: the calendar wants {wanted}; {owing}")
    unsent = {entry.message_key: entry.state for entry in chased.report.unsent}
    for entry in chased.owed:
        print(f"  {entry}: {unsent.get(entry.message_key, 'sent')}")
    for kind, area in chased.nobody:
        print(f"  {kind.value} about {area}: recipients.yaml names nobody for it")
    _print_sent(chased.report, "messages")
    alerts = steps.raise_alarm(collection, _period(period))
    for alert in alerts:
        _print_alert(alert)
    if chased.report.unsent or any(alert.report.unsent for alert in alerts):
        raise typer.Exit(1)


@app.command()
def figures(
    period: PeriodArgument,
    collection: CollectionOption,
    known_on: Annotated[
        str | None,
        typer.Option(
            help="As they stood at the end of a day, YYYY-MM-DD, or at a moment, YYYY-MM-DDTHH:MM, in London; default: now."
        ),
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print every figure as tidy CSV.")] = False,
) -> None:
    """Print the measures of a month, as they stand now or as they were known at another time."""
    from assurance.measures.rates import percent
    from assurance.reporting.release import figures_csv

    many = _steps().figures(collection, _period(period), None if known_on is None else _moment(known_on))
    if as_csv:
        sys.stdout.write(figures_csv(many))
        return
    _table(
        ["window", "area", "standard", "assessed", "rate", "95 % interval", "variation"],
        (
            [
                figure.window,
                figure.area,
                figure.standard_title,
                str(figure.counts.assessed) if figure.counts else "",
                "" if figure.rate is None else percent(figure.rate),
                "" if figure.low is None or figure.high is None else f"{percent(figure.low)} to {percent(figure.high)}",
                figure.variation.value,
            ]
            for figure in many
        ),
    )


@app.command()
def published(
    collection: CollectionOption,
    period: Annotated[
        str,
        typer.Argument(help="Hold them against what is in up to this month, YYYY-MM; default: the last with a return."),
    ] = "",
) -> None:
    """Say of each figure that others published (published.yaml) whether it can be true, and how it stands beside ours."""
    steps = _steps()
    month = _period(period) if period else steps.last_period(collection)
    if month is None:
        _usage(
            f"no return of {collection} has been received yet, so there is nothing of ours; name a month all the same"
        )
    lines = steps.published(collection, month)
    for line in lines:
        print(f"{line.claim}\n  {line.says}\n  source: {line.source}{f', {line.url}' if line.url else ''}")
    if not lines:
        print(f"nothing is entered; add it to expectations/{collection}/published.yaml")


@app.command()
def send(release: Annotated[str, typer.Argument(help="The release, such as outcomes/2026-10/1.")]) -> None:
    """Send a release that was approved to those the register names; nobody gets it twice."""
    steps = _steps()
    for line in steps.sign_off_request(release).lines():
        print(line)
    steps.sign_off(release)
    report = steps.send(release)
    print(f"{report.sent} sent, {len(report.unsent)} not sent")
    for entry in report.unsent:
        print(f"  {entry}: {entry.state.value}")
    if report.needs_a_person:
        print("`assurance outbox` shows what needs a person, and why")
    if report.unsent:
        raise typer.Exit(1)


@app.command()
def approve(
    release: Annotated[str, typer.Argument(help="The release, such as outcomes/2026-10/1.")],
    sha256: Annotated[
        str,
        typer.Option(help="Approve the content whose hash begins so: 8 characters or more, as the request shows it."),
    ] = "",
    reject: Annotated[bool, typer.Option("--reject", help="Say no: nothing of it is sent, or nothing more.")] = False,
    ask: Annotated[
        bool, typer.Option("--ask", help="Ask again for a release that was rejected, or that nobody has answered.")
    ] = False,
    by: Annotated[str, typer.Option(help="Who decides: an office, such as 'Director of Assurance'.")] = "",
    reason: Annotated[str, typer.Option(help="Why it is rejected, or asked for again; nothing of a case.")] = "",
) -> None:
    """Show what an approver of a release is asked; approve its content, reject it, or ask again. Unanswered means no."""
    steps = _steps()
    if len([one for one in (sha256, reject, ask) if one]) > 1:
        raise typer.BadParameter("approve with --sha256, or --reject, or --ask: one of them")
    if not (sha256 or reject or ask) and (by or reason):
        raise typer.BadParameter("say what is decided: --sha256, --reject or --ask")
    if sha256:
        steps.approve(release, sha256, _line_of("--by", by))
    elif reject:
        steps.reject(release, _line_of("--by", by), _line_of("--reason", reason))
    else:
        if ask:
            steps.ask_again(release, _line_of("--by", by), _line_of("--reason", reason))
            _print_sent(steps.ask_for_sign_off(release), "sign-off requests")
        for line in steps.sign_off_request(release).lines():
            print(line)
    _print_sign_off(steps.sign_off_of(release))
    if sha256:
        print(f"to send it: assurance send {release}")


@app.command("outbox")
def show_outbox(
    key: Annotated[
        str, typer.Argument(help="One message, by 8 characters of its key or more; shows its recipient, too.")
    ] = "",
    settle: Annotated[
        bool, typer.Option("--sent", help="It has arrived, or is not wanted any more: it is settled.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Have it sent again, though it may arrive twice.")] = False,
    send_all: Annotated[
        bool, typer.Option("--send", help="Send now whatever is owed; of a release only what was approved.")
    ] = False,
    by: Annotated[str, typer.Option(help="Who decides: an office, such as 'mail operations'.")] = "",
    reason: Annotated[str, typer.Option(help="Why: what the recipient said, what was mended. Nothing of a case.")] = "",
    addresses: Annotated[bool, typer.Option("--addresses", help="Name the recipients.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """List the messages that are not sent, show one, decide about one that was refused or of which nobody knows, or send
    what is owed.
    """
    steps = _steps()
    if send_all:
        if key or settle or again or by or reason or addresses or as_json:
            raise typer.BadParameter("--send is for all that is owed, and stands alone")
        _send_owed(steps)
    elif settle or again:
        if settle and again:
            raise typer.BadParameter("a message is settled (--sent) or sent again (--again), not both")
        if not key:
            raise typer.BadParameter("say which message: 8 characters of its key or more")
        decided = {"by": _line_of("--by", by), "reason": _line_of("--reason", reason)}
        entry = steps.resolve(key, send_again=again, **decided)
        print(f"{entry}: was {entry.state.value}, {'is to be sent again' if again else 'is settled'}")
        if again:
            _print_mail_owed(steps)
    elif by or reason:
        raise typer.BadParameter("say what is decided: --sent or --again")
    elif key:
        _print_message(*steps.message(key), as_json=as_json)
    elif as_json:
        _print_json([_message(entry, addresses=addresses) for entry in steps.unsent()])
    else:
        _print_outbox(steps.unsent(), addresses=addresses)


@app.command()
def status(
    period: Annotated[str, typer.Argument(help="The month, YYYY-MM; default: the last one with a return.")] = "",
    collection: CollectionOption = "",
) -> None:
    """Say where every owed return of a month stands, what is asked, what was released, and which mail needs a person."""
    steps = _steps()
    for code in [collection] if collection else sorted(steps.catalogue.collections):
        _print_status(steps, code, _period(period) if period else steps.last_period(code))
    for entry in steps.mail_for_a_person():
        print(f"mail needs a person: {entry}: {entry.state.value} (assurance outbox {entry.message_key[:SHORT_KEY]})")
    _print_mail_owed(steps)


@app.command()
def releases(collection: CollectionOption = "") -> None:
    """List every release, the newest month first: when it was built, whether it stands and is signed off, and its hash."""
    steps = _steps()
    for code in [collection] if collection else sorted(steps.catalogue.collections):
        _print_releases(steps, code)


@app.command()
def findings(
    submission: Annotated[str, typer.Argument(help="The submission: its id, the beginning of it, or its file.")],
) -> None:
    """List the rules that failed in a return, and say where the page of its findings lies; no cell is in either."""
    from assurance.reporting.findings import failed_rules

    found, failed, page = _steps().findings(submission)
    print(f"{found.submission_id}: {_line(found, new=True)}")
    _table(
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
    steps = _steps()
    if rule:
        answered = steps.answer(submission, rule, _line_of("--text", text), _line_of("--by", by), column or None)
        submission = answered.submission_id
    elif text or by or column:
        raise typer.BadParameter("say which rule is answered, or leave out --column, --text and --by")
    _print_asked(steps, submission)


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
    given = (_day(until), _line_of("--reason", reason), _line_of("--by", by))
    waiver = _steps().waive(collection, rule, area, *given)
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
    given = (_line_of("TITLE", title), _line_of("--owner", owner), _day(due), standard or None, area or None)
    action = _steps().act(collection, *given)
    print(f"{action.id} is raised on {action.raised} and due on {action.due}")
    print("It stands in actions.yaml of the collection: commit that file, for it is the record.")
    print("When it is done, give its entry there `done` and `outcome`; for a later day, an entry under `later`.")


@app.command()
def actions(period: PeriodArgument, collection: CollectionOption) -> None:
    """List what is to be done as the next report of a month lists it: the overdue first, then what was done of late."""
    found = _steps().actions(collection, _period(period))
    if found is None:
        print(f"no action was raised by then; `assurance act` adds one to expectations/{collection}/actions.yaml")
        return
    print(f"{found.heading}, as of {found.day}")
    _table(
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
    found = _steps().differences(before, after)
    (_print_diff_json if as_json else _print_diff)(found, values=values)


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
    told = _steps().explain(figure, rows=rows, recount=recount)
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
    steps = _steps()
    _print_verified(steps.verify_release(release) if release else steps.verify())


@app.command()
def sample(
    collection: CollectionOption,
    last: Annotated[str, typer.Option(help="The last month, YYYY-MM.")],
    months: Annotated[int, typer.Option(help="How many months, the last one included.")] = 24,
    seed: Annotated[int, typer.Option(help="The same seed makes the same returns.")] = 1,
) -> None:
    """Make synthetic returns in the landing place."""
    from assurance.sample import load_sample_plan, write_sample

    steps = _steps()
    described = steps.collection(collection)
    plan = load_sample_plan(steps.settings.expectations / collection / "sample.yaml")
    made = write_sample(described, steps.settings.landing, last=_period(last), months=months, seed=seed, plan=plan)
    print(made.describe())


@app.command()
def migrate() -> None:
    """Make the warehouse, or bring it to the newest schema."""
    applied = _steps().migrate()
    print(f"applied {', '.join(applied)}" if applied else "the warehouse is up to date")


class _WithoutPandas:
    """Lets pandas pass for not installed: DuckDB and pyarrow would import it, a third of a second, only to look for it."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("not wanted here", name=name)


def main() -> None:
    """Run a command; an error of ours is one line, without a traceback."""
    gc.set_threshold(SELDOM)
    if sys.argv[1:2] != ["receive"]:  # receive alone needs Great Expectations, and that needs pandas
        sys.meta_path.insert(0, _WithoutPandas)
    try:
        app()
    except AssuranceError as error:
        print(f"assurance: {error}", file=sys.stderr)
        sys.exit(1)


def _steps() -> Steps:
    from assurance.steps import Steps

    return Steps()


def _settings_and_collection(code: str) -> tuple[Settings, Collection]:
    """What a command needs that has nothing to do with warehouse or mail."""
    from assurance.catalogue import load_catalogue
    from assurance.settings import read_settings

    settings = read_settings()
    known = load_catalogue(settings.expectations).collections
    if code not in known:
        _usage(f"there is no collection {code!r}; there are: {', '.join(known) or 'none'}")
    return settings, known[code]


def _see_that_it_can_be_read(file: Path) -> None:
    named = shown(str(file))
    try:
        if file.is_dir():
            _usage(f"{named} is a folder; name one file in it")
        if file.exists() and not file.is_file():
            _usage(f"{named} is no file; name the return that is to be checked")
        with file.open("rb"):
            pass
    except FileNotFoundError:
        _usage(f"{named}: there is no such file")
    except OSError as error:
        _usage(f"{named}: it cannot be read ({error.strerror}); copy it to a place where you may read it")


def _usage(message: str) -> NoReturn:
    """One line that says what was asked in a wrong way."""
    print(f"assurance: {message}", file=sys.stderr)
    raise typer.Exit(2)


def _period(text: str) -> Period:
    try:
        period = Period.parse(text)
    except ValueError as error:
        _usage(str(error))
    if not 1900 <= period.year < 2200:
        _usage(f"{text} is no month that anybody returned; name one from 1900 to 2199")
    return period


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # date.fromisoformat would take 2026-W50-1 as well
    except ValueError:
        _usage(f"a day is written YYYY-MM-DD, not {text!r}")


def _moment(text: str) -> datetime:
    """A moment in London, or the last of a day there, as naive UTC."""
    from assurance.deadlines import LONDON

    form = re.fullmatch(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?)?", text, re.ASCII)
    with suppress(ValueError, OverflowError):
        if form:  # Python reads others too, and takes 20261126 for the beginning of that day
            moment = datetime.fromisoformat(text) if form[1] else datetime.combine(date.fromisoformat(text), time.max)
            return (moment if moment.tzinfo else moment.replace(tzinfo=LONDON)).astimezone(UTC).replace(tzinfo=None)
    _usage(f"a day is written YYYY-MM-DD and a moment YYYY-MM-DDTHH:MM, with +01:00 or Z if you like, not {text!r}")


def _line_of(option: str, text: str) -> str:
    try:
        return one_line(text)
    except ValueError as error:
        raise typer.BadParameter(f"{option}: {error}") from None


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
        _usage(f"{shown(file_name)}: the name does not say the Area; give --area and --period")
    return area


def _exit_code(submissions: Iterable[Submission]) -> int:
    codes = [max(EXIT[submission.outcome], QUERIES if submission.rows_quarantined else 0) for submission in submissions]
    return max(codes, default=0)


def _line(submission: Submission, *, new: bool) -> str:
    outcome = submission.outcome.value.replace("_", " ")
    again = "" if new else " (received before; nothing changed)"
    return f"{submission.area} {submission.file_name}: {outcome}{again}"


def _print_check(collection: Collection, examined: Examined) -> None:
    from assurance.cures import cures, places

    submission, findings = examined.checked.submission, examined.checked.findings
    print(_line(submission, new=True))
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
        "findings": [_finding(found) for found in checked.findings],
        "tally": {standard: asdict(counts) for standard, counts in totals(checked.counted.tally).items()},
        "not_checked": [text.rule for text in collection.rules.history],
    }
    _print_json(result)


def _finding(found: Finding) -> dict[str, object]:
    return {
        "rule": found.rule,
        "severity": found.severity.value,
        "row": found.row,
        "column": found.column,
        "message": found.message,
        "fix": found.fix,
    }


def _print_diff(found: Differences, *, values: bool) -> None:
    from assurance.cures import cures, places

    _table(
        ["", "before", "after"],
        [
            [label, one, other]
            for (label, one), (_, other) in zip(_facts(found.before), _facts(found.after), strict=True)
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
        "before": {**dict(_facts(found.before)), "rows": found.before.rows_in},
        "after": {**dict(_facts(found.after)), "rows": found.after.rows_in},
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
            "gone": [_finding(one) for one in found.findings_gone],
            "added": [_finding(one) for one in found.findings_added],
        },
    }
    _print_json(result)


def _facts(submission: Submission) -> list[tuple[str, str]]:
    return [
        ("submission", submission.submission_id),
        ("file", submission.file_name),
        ("version", f"v{submission.version:02d}"),
        ("received", f"{submission.received_at:%Y-%m-%d %H:%M} UTC"),
        ("outcome", submission.outcome.value.replace("_", " ")),
        ("rows", "unreadable" if submission.rows_in is None else str(submission.rows_in)),
        ("accepted", str(submission.rows_accepted)),
        ("quarantined", str(submission.rows_quarantined)),
    ]


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


def _print_explanation(told: Explanation) -> None:
    print(f"{told.id}: {told.value or 'blank'}")
    print(f"{told.title}, {told.id.window}, {told.id.area}, {told.id.period.title}; as published, files unchanged")
    print(f"\n{told.formula}\n  {told.numbers}")
    print(f"\nmeasured by {told.id.collection} {told.catalogue} (rules and register), package {told.package}")
    names = ("met", "partly", "not met", "not applicable", "not due")
    if told.months:
        print("\nby month:")
        _table(["month", *names], ([str(month), *map(str, asdict(counts).values())] for month, counts in told.months))
    if told.tally:
        print("\ntallies:")
        places = ["month", "area", "standard", "version", "unit", "sample"]
        _table([*places, *names, "submission"], map(_tally_line, told.tally))
    print("\nsubmissions:")
    _table(
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
                **dict(_facts(each.submission)),
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
    _print_json(result)


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


def _print_status(steps: Steps, code: str, period: Period | None) -> None:
    if period is None:
        print(f"{code}: no return has been received yet")
        return
    from assurance.reporting.request import told

    state = steps.status(code, period)
    still_open = {of.area: f"{len(of.asked.open)} open" for of in state.asked if of.asked.open}
    what = f"{len(state.returns)} returns in" if steps.collection(code).read is None else "the files sent count"
    print(f"{code} {period}: {state.count_in} of {what}")
    _table(
        ["area", "state", "version", "arrival", "queries"],
        (
            [
                f"{status.area.code} {status.area.name}",
                status.state.value.replace("_", " "),
                f"v{status.in_force.version:02d}" if status.in_force else "",
                status.in_force.arrival.value.replace("_", " ") if status.in_force else "",
                still_open.get(status.area.code, "none open") if status.queries else "",
            ]
            for status in state.returns
        ),
    )
    for line in told(state.asked) if state.asked else ():
        print(line)
    for sign_off in state.sign_offs:
        _print_sign_off(sign_off)
    for restatement in state.restatements:
        _print_restatement(steps, restatement)


def _print_releases(steps: Steps, code: str) -> None:
    from assurance.measures import words

    every = steps.every_release(code)
    last = {one.period: one.number for one in reversed(every)}
    _table(
        ["release", "built", "stands", "signed off", "content, SHA-256"],
        (
            [
                one.release_id,
                words.moment(one.built_at),
                "yes" if one.number == last[one.period] else f"replaced by {one.number + 1}",
                words.moment(one.signed_at) if one.signed_at else "no",
                one.content_sha256,
            ]
            for one in every
        ),
    )


def _print_sign_off(known: SignOff) -> None:
    """Whether a release may be sent, who says so, and why."""
    from assurance.measures import words

    told = [f"release {known.release_id}: {known.answer.value}"]
    if known.at:
        told += [
            f"{'asked for again ' if known.answer == 'not answered' else ''}by {known.by}, {words.moment(known.at)}"
        ]
    if known.reason:
        told += [f"“{known.reason}”"]
    if known.replaced_by:
        told += [f"replaced by {known.replaced_by}, so nothing more of it is sent"]
    print(", ".join(told))


def _message(entry: OutboxEntry, *, addresses: bool) -> dict[str, object]:
    """One message of the outbox for JSON; without its recipient unless that was asked for, for such output is logged."""
    told: dict[str, object] = {
        "key": entry.message_key,
        "state": entry.state.value,
        "kind": entry.kind,
        "subject": entry.subject_id,
        "edition": entry.edition,
        "since": f"{entry.changed_at.isoformat()}Z",
        "attempts": entry.attempts,
        "reply": entry.reply,
    }
    return {**told, "recipient": entry.recipient} if addresses else told


def _print_message(entry: OutboxEntry, decided: tuple[str, str] | None, *, as_json: bool) -> None:
    """One message with its recipient: who is to decide has to ask there whether it arrived."""
    told = _message(entry, addresses=True)
    if decided:
        told |= {"sent_again_by": decided[0], "reason": decided[1]}
    if as_json:
        _print_json(told)
        return
    for name, value in told.items():
        print(f"{name.replace('_', ' ')}: {value}")
    if entry.state in WHAT_TO_DO:
        print(WHAT_TO_DO[entry.state])


def _print_outbox(entries: Sequence[OutboxEntry], *, addresses: bool) -> None:
    if not entries:
        print("everything is sent")
        return
    header = ["key", "state", "kind", "subject", "edition", "since (UTC)", "attempts", "last reply"]
    _table(
        [*header, "recipient"] if addresses else header,
        (
            [
                entry.message_key[:SHORT_KEY],
                entry.state.value,
                entry.kind,
                entry.subject_id,
                entry.edition,
                f"{entry.changed_at:%Y-%m-%d %H:%M}",
                str(entry.attempts),
                entry.reply,
                *([entry.recipient] if addresses else []),
            ]
            for entry in entries
        ),
    )
    for state in dict.fromkeys(entry.state for entry in entries):
        if state in WHAT_TO_DO:
            print(f"{state.value}: {WHAT_TO_DO[state]}")


def _print_restatement(steps: Steps, restatement: Restatement) -> None:
    """Which release is out of date, why, what moves, and whether it can wait."""
    from assurance.measures import words

    release = restatement.release
    described = steps.collection(release.collection)
    print(f"release {release.release_id} is out of date:")
    for cause in restatement.causes:
        print(f"  {words.cause(cause, described.name_of(cause.area))}")
    moved, at_once = len(restatement.moved), sum(one.at_once for one in restatement.moved)
    print(f"  {moved} figures move, {at_once} of them by enough to say so at once; {words.weight(restatement.at_once)}")
    print(f"  to release it again: assurance build {release.period} -c {release.collection}")


def _print_asked(steps: Steps, name: str) -> None:
    from assurance.reporting.request import OfArea, told

    submission, asked = steps.asked(name)
    print(f"{submission.submission_id}: {_line(submission, new=True)}")
    if not submission.outcome.counts:
        print("it is asked nothing; its receipt says what to mend before it is sent again")
        return
    for line in told([OfArea(submission.area, submission.version, asked)]):
        print(line)


def _print_sent(report: SendReport, what: str) -> None:
    """How many went out, and which did not; nothing where there was none."""
    if report.sent or report.unsent:
        print(f"{report.sent} {what} sent, {len(report.unsent)} not sent")
    for entry in report.unsent:
        print(f"  {entry}: {entry.state.value}")


def _print_alert(alert: Alerted) -> None:
    """Of what operators are told, and whether this run told them."""
    from assurance.measures import words

    unsent = ", ".join(entry.state.value for entry in alert.report.unsent)
    became = unsent or ("sent" if alert.report.sent else "told before")
    print(
        f"  {alert.kind.value}, {alert.subject}, since {words.moment(alert.since)}, London: "
        f"{'recipients.yaml names nobody for it' if alert.nobody else became}"
    )


def _send_owed(steps: Steps) -> None:
    """Send all that is owed, and say what is left and why; exits with 1 where something is."""
    cleared = steps.send_owed()
    _print_sent(cleared.report, "messages")
    for why in cleared.held:
        print(f"  not tried: {why}")
    if not (cleared.report.sent or cleared.report.unsent):
        print("nothing is owed")
    if cleared.report.needs_a_person:
        print("`assurance outbox` shows what needs a person, and why")
    if cleared.report.unsent:
        raise typer.Exit(1)


def _print_mail_owed(steps: Steps) -> None:
    owed = steps.mail_owed()
    if owed:
        print(f"{owed} messages are not sent yet; `assurance outbox --send` tries now")


def _print_json(told: object) -> None:
    json.dump(told, sys.stdout, indent=1)
    print()


def _table(header: list[str], lines: Iterable[list[str]]) -> None:
    """A table for a terminal; tab-separated when the output goes elsewhere."""
    if not sys.stdout.isatty():
        csv.writer(sys.stdout, delimiter="\t", lineterminator="\n").writerows([header, *lines])
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(*header, box=box.SIMPLE)
    for line in lines:
        table.add_row(*line)
    Console().print(table)
