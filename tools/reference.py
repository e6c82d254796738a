"""Writes `docs/reference/` from code and catalogue: what can be set, what can be run, what a return must satisfy.

python -m tools.reference
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import typer
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from assurance import cli
from assurance.catalogue import Catalogue, Collection, RuleText, load_catalogue
from assurance.catalogue.collection import ordinary
from assurance.model import Severity
from assurance.settings import REPOSITORY, Settings

FOLDER = REPOSITORY / "docs" / "reference"
WRITTEN = "Written by `python -m tools.reference`: change the code, not this page."


def pages() -> dict[str, str]:
    """The pages of the reference by file name."""
    rules = {f"rules-{code}.md": rules_page(one) for code, one in catalogue().collections.items()}
    return {"settings.md": settings_page(), "command-line.md": command_line_page(), **rules}


@cache
def catalogue() -> Catalogue:
    return load_catalogue(REPOSITORY / "expectations")


def settings_page() -> str:
    """Every setting: its environment variable, default and meaning."""
    rows = [
        (f"`{_variable(name)}`", _default(field), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    return _page(
        "Settings",
        "Each is an environment variable. Paths are relative to the repository unless they are set.",
        _table(("variable", "default", "meaning"), rows),
    )


def command_line_page() -> str:
    """Every command with its arguments and options."""
    _, exit_codes = (cli.__doc__ or "").strip().split("\n\n")
    sections = (text for name, command in commands().items() for text in _command(name, command))
    return _page("Command line", exit_codes, *sections)


DOES = {
    Severity.FILE: ("The return is rejected", "Nothing of it counts until it is mended and sent again."),
    Severity.ROW: ("The row is left out", "The rest counts; of too many such rows RET-009 says what follows."),
    Severity.QUERY: (
        "The Area is asked",
        "The return counts; an answer or a correction is wanted before it is reported.",
    ),
    Severity.NOTE: ("The Area is told", "The return counts, and nothing has to be done."),
}
"""What a rule of each severity does."""


def rules_page(collection: Collection) -> str:
    """Every rule of a collection, by what it does, in the words in which the sender is told."""
    sections = (text for severity in Severity for text in _rules_of(collection, severity))
    return _page(
        f"Rules of {collection.code}",
        f"What a return of *{collection.title}* must satisfy. The words are those of the receipt and of `assurance check`; "
        "… stands for what was found. A rule that needs other returns is asked when the return arrives, not by "
        "`assurance check`. A rule holds for returns of the month under *from* and later. "
        "[Filling in a return](../returns.md) explains how it all goes.",
        *sections,
    )


def rules(collection: Collection) -> tuple[RuleText, ...]:
    """Every text of every rule that is asked of some column, each once: a rule whose cure differs has several."""
    found = collection.rules
    asked = (e.meta for e in found.expectations if any(ordinary(e, collection.columns, collection.standards)))
    texts = (*found.guards, *asked, *found.checks, *found.history)
    return tuple({(text.rule, text.message, text.fix): text for text in texts}.values())


def shown(text: str) -> str:
    """Words with <AREA> in them, as a page must write them to show it."""
    return html.escape(text, quote=False)


def _rules_of(collection: Collection, severity: Severity) -> Iterator[str]:
    texts = sorted((text for text in rules(collection) if text.severity is severity), key=lambda text: text.rule)
    if not texts:
        return
    title, meaning = DOES[severity]
    yield f"## {title}"
    yield meaning
    history = {text.rule for text in collection.rules.history}
    rows = [
        (
            text.rule,
            shown(text.message.format(detail="…")),
            shown(text.why),
            shown(text.fix.format()),
            "other returns" if text.rule in history else "the file",
            text.effective_from,
        )
        for text in texts
    ]
    yield _table(("rule", "what is wrong", "why it matters", "what to do", "needs", "from"), rows)


def commands() -> dict[str, TyperCommand]:
    """The commands in the order in which the code has them."""
    group = typer.main.get_command(cli.app)
    assert isinstance(group, TyperGroup)
    return {name: command for name, command in group.commands.items() if isinstance(command, TyperCommand)}


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def _variable(name: str) -> str:
    return f"{Settings.model_config['env_prefix']}{name}".upper()


def _default(field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True)
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    if isinstance(default, Path):
        default = f"{default.relative_to(REPOSITORY)}/"
    return "" if default == "" else f"`{default}`"


def _command(name: str, command: TyperCommand) -> Iterator[str]:
    arguments = [each for each in command.params if isinstance(each, TyperArgument)]
    options = [each for each in command.params if isinstance(each, TyperOption)]
    words = " ".join(_usage(arguments))
    yield f"## {name}"
    yield command.help or ""
    yield f"```\nassurance {name} {words}".rstrip() + f"{' [OPTIONS]' if options else ''}\n```"
    rows = [(f"`{_placeholder(each)}`", _stands_for(each), each.help or "") for each in arguments]
    rows += [(", ".join(f"`{o}`" for o in each.opts), _stands_for(each), each.help or "") for each in options]
    if rows:
        yield _table(("argument or option", "default", "meaning"), rows)


def _usage(arguments: Iterable[TyperArgument]) -> Iterator[str]:
    for argument in arguments:
        name = _placeholder(argument)
        yield name if argument.required else f"[{name}]"


def _placeholder(argument: TyperArgument) -> str:
    return (argument.metavar or argument.name or "").upper()


def _stands_for(parameter: TyperArgument | TyperOption) -> str:
    if parameter.required:
        return "required"
    return "" if parameter.default in (None, "", False) else f"`{parameter.default}`"


def _page(title: str, *paragraphs: str) -> str:
    return "\n\n".join([f"# {title}", WRITTEN, *paragraphs]) + "\n"


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


if __name__ == "__main__":
    main()
