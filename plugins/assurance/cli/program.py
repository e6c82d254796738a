"""The program itself: what every command hangs on, and how it ends."""

from __future__ import annotations

import gc
import sys

import typer

from assurance.errors import AssuranceError, DelayedError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Collect a return from every Area, check it, measure it, report it.",
)
SELDOM = 50_000
"""After so many new objects the unreachable are looked for. Most of what a command makes is modules and classes, which
stay: to look through them after every 700 takes a tenth of its time."""


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
    except (AssuranceError, DelayedError) as error:
        print(f"assurance: {error}", file=sys.stderr)
        sys.exit(1)
