"""How is a short letter written? One finding, what to do, what is behind it: once, for the HTML and the plain text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from assurance.catalogue import Collection
from assurance.delivery.letter import Attachment, Letter
from assurance.measures import words
from assurance.reporting.mail import closing, inlined, numbered, plain, wrapped

MOST_ITEMS = 60
"""So many lines of a list stand in a mail; what is left out is counted."""


@dataclass(frozen=True)
class Listing:
    """A heading and what stands under it."""

    heading: str
    items: tuple[str, ...]
    in_order: bool = False
    """Whether its items are steps, one after another."""
    left_out: int = 0


@dataclass(frozen=True)
class Notice:
    """What a short letter says, before it is laid out."""

    verdict: str
    """The finding in a few words: the subject begins with it."""
    about: str
    """Title, Area or nation, month: the subject goes on with it."""
    count: str
    """With what number the subject ends."""
    first: str
    """The finding as a sentence."""
    lists: tuple[Listing, ...]
    facts: tuple[tuple[str, str], ...]
    """Dates, names and numbers to look up, each with its label."""


def listing(heading: str, items: Iterable[str], *, in_order: bool = False) -> tuple[Listing, ...]:
    """A list as a part of a notice; none where nothing would stand under the heading."""
    told = tuple(items)
    return (Listing(heading, told[:MOST_ITEMS], in_order, max(0, len(told) - MOST_ITEMS)),) if told else ()


def notice_letter(
    collection: Collection, notice: Notice, reports: Path, attachments: tuple[Attachment, ...] = ()
) -> Letter:
    """The letter that says it, in the layout of every mail."""
    subject = plain(f"{notice.verdict}: {notice.about}; {notice.count}")
    html = inlined(
        reports,
        "notice",
        notice=notice,
        subject=subject,
        preheader=notice.first,
        heading=notice.about,
        collection=collection,
    )
    return Letter(subject, _text(collection, notice), html, None, attachments)


def _text(collection: Collection, notice: Notice) -> str:
    lists = [_list_text(one) for one in notice.lists]
    facts = "\n".join(f"  {label}: {value}" for label, value in notice.facts)
    return wrapped([notice.first, collection.marking, *lists, f"To look up\n{facts}", *closing(collection)])


def _list_text(one: Listing) -> str:
    if one.in_order:
        return numbered(one.heading, one.items)
    more = [f"* And {words.number(one.left_out)} more."] if one.left_out else []
    return "\n".join([one.heading, *(f"* {item}" for item in one.items), *more])
