"""What commands are given: options that many have, and what is wrong with a word that was typed."""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from assurance.model import Period, one_line

if TYPE_CHECKING:
    from assurance.catalogue import Collection
    from assurance.settings import Settings
    from assurance.steps import Steps

CollectionOption = Annotated[
    str, typer.Option("--collection", "-c", help="The collection, a folder under expectations/.")
]
PeriodArgument = Annotated[str, typer.Argument(help="The month, YYYY-MM.")]


def steps() -> Steps:
    """The steps, by the settings of the environment."""
    from assurance.steps import Steps

    return Steps()


def settings_and_collection(code: str) -> tuple[Settings, Collection]:
    """What a command needs that has nothing to do with warehouse or mail."""
    from assurance.catalogue import load_catalogue
    from assurance.settings import read_settings

    settings = read_settings()
    known = load_catalogue(settings.expectations).collections
    if code not in known:
        usage(f"there is no collection {code!r}; there are: {', '.join(known) or 'none'}")
    return settings, known[code]


def usage(message: str) -> NoReturn:
    """One line that says what was asked in a wrong way."""
    print(f"assurance: {message}", file=sys.stderr)
    raise typer.Exit(2)


def period(text: str) -> Period:
    """Which month is `2026-10`?"""
    try:
        period = Period.parse(text)
    except ValueError as error:
        usage(str(error))
    if not 1900 <= period.year < 2200:
        usage(f"{text} is no month that anybody returned; name one from 1900 to 2199")
    return period


def day(text: str) -> date:
    """Which day is `2026-10-31`?"""
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # date.fromisoformat would take 2026-W50-1 as well
    except ValueError:
        usage(f"a day is written YYYY-MM-DD, not {text!r}")


def moment(text: str) -> datetime:
    """A moment in London, or the last of a day there, as naive UTC."""
    from assurance.deadlines import LONDON

    form = re.fullmatch(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?)?", text, re.ASCII)
    with suppress(ValueError, OverflowError):
        if form:  # Python reads others too, and takes 20261126 for the beginning of that day
            moment = datetime.fromisoformat(text) if form[1] else datetime.combine(date.fromisoformat(text), time.max)
            return (moment if moment.tzinfo else moment.replace(tzinfo=LONDON)).astimezone(UTC).replace(tzinfo=None)
    usage(f"a day is written YYYY-MM-DD and a moment YYYY-MM-DDTHH:MM, with +01:00 or Z if you like, not {text!r}")


def line_of(option: str, text: str) -> str:
    """What was given for an option, which must be one line."""
    try:
        return one_line(text)
    except ValueError as error:
        raise typer.BadParameter(f"{option}: {error}") from None
