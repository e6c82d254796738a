"""The command about messages that are not sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from assurance.cli import asking
from assurance.cli.printing import print_json, print_mail_owed, print_sent, print_table
from assurance.cli.program import app

if TYPE_CHECKING:
    from assurance.delivery.outbox import OutboxEntry
    from assurance.steps import Steps


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
    steps = asking.steps()
    if send_all:
        if key or settle or again or by or reason or addresses or as_json:
            raise typer.BadParameter("--send is for all that is owed, and stands alone")
        _send_owed(steps)
    elif settle or again:
        if settle and again:
            raise typer.BadParameter("a message is settled (--sent) or sent again (--again), not both")
        if not key:
            raise typer.BadParameter("say which message: 8 characters of its key or more")
        decided = {"by": asking.line_of("--by", by), "reason": asking.line_of("--reason", reason)}
        entry = steps.resolve(key, send_again=again, **decided)
        print(f"{entry}: was {entry.state.value}, {'is to be sent again' if again else 'is settled'}")
        if again:
            print_mail_owed(steps)
    elif by or reason:
        raise typer.BadParameter("say what is decided: --sent or --again")
    elif key:
        _print_message(*steps.message(key), as_json=as_json)
    elif as_json:
        print_json([_message(entry, addresses=addresses) for entry in steps.unsent()])
    else:
        _print_outbox(steps.unsent(), addresses=addresses)


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
        print_json(told)
        return
    from assurance.measures import words

    for name, value in told.items():
        print(f"{name.replace('_', ' ')}: {value}")
    if entry.needs_a_person:
        print(words.WHAT_TO_DO[entry.state])


def _print_outbox(entries: Sequence[OutboxEntry], *, addresses: bool) -> None:
    if not entries:
        print("everything is sent")
        return
    header = ["key", "state", "kind", "subject", "edition", "since (UTC)", "attempts", "last reply"]
    print_table(
        [*header, "recipient"] if addresses else header,
        (
            [
                entry.short_key,
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
    from assurance.measures import words

    for state in dict.fromkeys(entry.state for entry in entries if entry.needs_a_person):
        print(f"{state.value}: {words.WHAT_TO_DO[state]}")


def _send_owed(steps: Steps) -> None:
    """Send all that is owed, and say what is left and why; exits with 1 where something is."""
    cleared = steps.send_owed()
    print_sent(cleared.report, "messages")
    for why in cleared.held:
        print(f"  not tried: {why}")
    if not (cleared.report.sent or cleared.report.unsent):
        print("nothing is owed")
    if cleared.report.needs_a_person:
        print("`assurance outbox` shows what needs a person, and why")
    if cleared.report.unsent:
        raise typer.Exit(1)
