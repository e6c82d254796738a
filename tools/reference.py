"""Writes `docs/reference/` from the code: what can be set, and what can be run.

python -m tools.reference
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import typer
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from assurance import cli
from assurance.settings import REPOSITORY, Settings

FOLDER = REPOSITORY / "docs" / "reference"
WRITTEN = "Written by `python -m tools.reference`: change the code, not this page."


def pages() -> dict[str, str]:
    """The pages of the reference by file name."""
    return {"settings.md": settings_page(), "command-line.md": command_line_page()}


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
