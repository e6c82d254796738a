"""Commands about a month: chase, build, figures, status."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from assurance.cli import asking
from assurance.cli.asking import CollectionOption, PeriodArgument
from assurance.cli.printing import (
    print_mail_owed,
    print_missed,
    print_oldest_unsent,
    print_restatement,
    print_sent,
    print_sign_off,
    print_table,
)
from assurance.cli.program import app
from assurance.model import Period

if TYPE_CHECKING:
    from assurance.steps import Alerted, Steps


@app.command()
def build(
    period: PeriodArgument,
    collection: CollectionOption,
    without: Annotated[
        list[str] | None,
        typer.Option(
            help="Leave this Area's return of the month out, until --with takes it in again; may be repeated."
        ),
    ] = None,
    again: Annotated[
        list[str] | None, typer.Option("--with", help="Take this Area's return in again; may be repeated.")
    ] = None,
    by: Annotated[str, typer.Option(help="Who decides: an office, such as 'Director of Assurance'.")] = "",
    reason: Annotated[
        str, typer.Option(help="Why, as the national report and the Area's own will say it; nothing of a case.")
    ] = "",
) -> None:
    """Build the report of a month from what is in; the last release stands if nothing has changed.

    What was left out stays left out, whoever builds the month, until somebody takes it in again.
    """
    steps = asking.steps()
    if bool(without) and bool(again):
        raise typer.BadParameter("leave out with --without, or take in again with --with: one of them")
    if not (without or again) and (by or reason):
        raise typer.BadParameter("say what is decided: --without or --with")
    if without or again:
        decide = steps.leave_out if without else steps.take_in
        who, why = asking.line_of("--by", by), asking.line_of("--reason", reason)
        decide(collection, asking.period(period), without or again or [], who, why)
    release_id = steps.build(collection, asking.period(period))
    print(f"release {release_id}: {steps.settings.releases / release_id / 'national.html'}")
    print_sent(steps.ask_for_sign_off(release_id), "sign-off requests")


@app.command()
def chase(period: PeriodArgument, collection: CollectionOption) -> None:
    """Write to those who owe a return, as the calendar wants it by now: reminder, chaser, escalation, each once.

    Operators are told when the month's release should have been sent and nobody has answered whether it may be, and when
    mail of the collection waits for a person.
    """
    steps = asking.steps()
    chased = steps.chase(collection, asking.period(period))
    wanted = ", ".join(kind.value for kind in chased.wanted) or "nothing yet"
    owing = f"{len(chased.owing)} owe a return{': ' if chased.owing else ''}{', '.join(chased.owing)}"
    print(f"{collection} {period}: the calendar wants {wanted}; {owing}")
    unsent = {entry.message_key: entry.state for entry in chased.report.unsent}
    for entry in chased.owed:
        print(f"  {entry}: {unsent.get(entry.message_key, 'sent')}")
    for kind, area in chased.nobody:
        print(f"  {kind.value} about {area}: recipients.yaml names nobody for it")
    print_sent(chased.report, "messages")
    alerts = steps.raise_alerts(collection, asking.period(period))
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

    many = asking.steps().figures(
        collection, asking.period(period), None if known_on is None else asking.moment(known_on)
    )
    if as_csv:
        sys.stdout.write(figures_csv(many))
        return
    print_table(
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
    steps = asking.steps()
    month = asking.period(period) if period else steps.last_period(collection)
    if month is None:
        asking.usage(
            f"no return of {collection} has been received yet, so there is nothing of ours; name a month all the same"
        )
    lines = steps.published(collection, month)
    for line in lines:
        print(f"{line.claim}\n  {line.says}\n  source: {line.source}{f', {line.url}' if line.url else ''}")
    if not lines:
        print(f"nothing is entered; add it to expectations/{collection}/published.yaml")


@app.command()
def status(
    period: Annotated[str, typer.Argument(help="The month, YYYY-MM; default: the last one with a return.")] = "",
    collection: CollectionOption = "",
) -> None:
    """Say where every owed return of a month stands, what is asked, what was released, and what needs a person.

    What the operators are told by numbers and by mail is here too: rows quarantined, the cut-off, months that were missed,
    mail that waits.
    """
    steps = asking.steps()
    codes = [collection] if collection else sorted(steps.catalogue.collections)
    for code in codes:
        _print_status(steps, code, asking.period(period) if period else steps.last_period(code))
    print_missed(one for one in steps.missed_months() if one.collection in codes)
    print_oldest_unsent(steps)
    for entry in steps.mail_for_a_person():
        print(f"mail needs a person: {entry}: {entry.state.value} (assurance outbox {entry.short_key})")
    print_mail_owed(steps)


def _print_status(steps: Steps, code: str, period: Period | None) -> None:
    if period is None:
        print(f"{code}: no return has been received yet")
        return
    from assurance.deadlines import cut_off, working_days
    from assurance.measures import words
    from assurance.reporting.request import told

    state = steps.status(code, period)
    still_open = {of.area: f"{len(of.asked.open)} open" for of in state.asked if of.asked.open}
    what = f"{len(state.returns)} returns in" if code in steps.catalogue.reported else "the files sent count"
    print(f"{code} {period}: {state.count_in} of {what}")
    if steps.collection(code).areas_owing(period):
        now, at = steps.clock(), cut_off(steps.collection(code).calendar, period)
        print(f"cut-off: {words.deadline(at)}, {words.days_left(working_days(now, at), passed=at < now)}")
    if quarantined := sum(one.in_force.rows_quarantined for one in state.returns if one.in_force):
        print(f"quarantined: {words.many(quarantined, 'row', 'rows')}, in no figure until the return is mended")
    print_table(
        ["area", "state", "version", "arrival", "queries"],
        (
            [
                f"{status.area.code} {status.area.name}",
                status.state.value.replace("_", " "),
                f"v{own.version:02d}" if (own := status.in_force or status.kept) else "",
                own.arrival.value.replace("_", " ") if own else "",
                still_open.get(status.area.code, "none open") if status.queries else "",
            ]
            for status in state.returns
        ),
    )
    for status in state.returns:
        if status.left_out:
            print(f"{status.area.code} is {words.left_out_by(status.left_out)}, {words.moment(status.left_out.at)}")
            print(f"  to take it in again: assurance build {period} -c {code} --with {status.area.code}")
    for line in told(state.asked) if state.asked else ():
        print(line)
    for sign_off in state.sign_offs:
        print_sign_off(sign_off)
    for restatement in state.restatements:
        print_restatement(steps, restatement)


def _print_alert(alert: Alerted) -> None:
    """Of what operators are told, and whether this run told them."""
    from assurance.measures import words

    unsent = ", ".join(entry.state.value for entry in alert.report.unsent)
    became = unsent or ("sent" if alert.report.sent else "told before")
    print(
        f"  {alert.kind.value}, {alert.subject}, since {words.moment(alert.since)}, London: "
        f"{'recipients.yaml names nobody for it' if alert.nobody else became}"
    )
