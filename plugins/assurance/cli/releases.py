"""Commands about a release: approve it, send it, list all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from assurance.cli import asking
from assurance.cli.asking import CollectionOption
from assurance.cli.printing import print_sent, print_sign_off, print_table
from assurance.cli.program import app

if TYPE_CHECKING:
    from assurance.steps import Steps


@app.command()
def send(release: Annotated[str, typer.Argument(help="The release, such as outcomes/2026-10/1.")]) -> None:
    """Send a release that was approved to those the register names; nobody gets it twice."""
    steps = asking.steps()
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
    steps = asking.steps()
    if len([one for one in (sha256, reject, ask) if one]) > 1:
        raise typer.BadParameter("approve with --sha256, or --reject, or --ask: one of them")
    if not (sha256 or reject or ask) and (by or reason):
        raise typer.BadParameter("say what is decided: --sha256, --reject or --ask")
    if sha256:
        steps.approve(release, sha256, asking.line_of("--by", by))
    elif reject:
        steps.reject(release, asking.line_of("--by", by), asking.line_of("--reason", reason))
    else:
        if ask:
            steps.ask_again(release, asking.line_of("--by", by), asking.line_of("--reason", reason))
            print_sent(steps.ask_for_sign_off(release), "sign-off requests")
        for line in steps.sign_off_request(release).lines():
            print(line)
    print_sign_off(steps.sign_off_of(release))
    if sha256:
        print(f"to send it: assurance send {release}")


@app.command()
def releases(collection: CollectionOption = "") -> None:
    """List every release, the newest month first: when it was built, whether it stands and is signed off, and its hash."""
    steps = asking.steps()
    for code in [collection] if collection else sorted(steps.catalogue.collections):
        _print_releases(steps, code)


def _print_releases(steps: Steps, code: str) -> None:
    from assurance.measures import words

    every = steps.every_release(code)
    last = {one.period: one.number for one in reversed(every)}
    print_table(
        ["release", "built", "stands", "signed off", "left out", "content, SHA-256"],
        (
            [
                one.release_id,
                words.moment(one.built_at),
                "yes" if one.number == last[one.period] else f"replaced by {one.number + 1}",
                words.moment(one.signed_at) if one.signed_at else "no",
                ", ".join(one.left_out),
                one.content_sha256,
            ]
            for one in every
        ),
    )
