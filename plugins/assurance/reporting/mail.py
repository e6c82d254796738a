"""How is a mail laid out? What all mails have in common.

A letter makes sense with pictures off and as plain text. Its HTML has inlined styles, no SVG and no custom property.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

import css_inline

from assurance.catalogue import Collection
from assurance.measures import words
from assurance.reporting.pages import environment

LINE = 74
"""Letters of a line of plain text."""

MOST_BYTES = 100_000
"""A mail program cuts HTML off at 102 KB."""

SIGNS: Mapping[str, tuple[str, str]] = {
    "met": ("✓", "good"),
    "not_met": ("▲", "bad"),
    "lower": ("▼", "off"),
    "higher": ("▲", "off"),
    "no_return": ("–", "dim"),
    "left_out": ("–", "dim"),
    "nil_return": ("–", "dim"),
}
"""The shape of a word as a character, and its colour; a word that is not here stands plain."""


def inlined(reports: Path, template: str, **values: object) -> str:
    html = environment(reports).get_template(f"layout/mail/{template}.html.jinja").render(signs=SIGNS, **values)
    inliner = css_inline.CSSInliner(
        keep_style_tags=False, keep_at_rules=False, minify_css=True, load_remote_stylesheets=False
    )
    return inliner.inline(html)


def numbered(heading: str, items: Sequence[object]) -> str:
    """A heading and a list under it."""
    return "\n".join([heading, *(f"{rank}. {item}" for rank, item in enumerate(items, 1))])


def closing(collection: Collection) -> list[str]:
    """What stands at the end of every text: what it is, and why one gets it."""
    licence = f" {collection.licence}" if collection.licence else ""
    return [
        f"Management information, not official statistics.{licence}",
        f"You get this because you are on the list of recipients of {collection.title}. "
        f"To stop it, or to ask anything, write to {collection.contact}.",
    ]


def wrapped(parts: Sequence[str]) -> str:
    """Paragraphs with an empty line between them; long lines go on under their own indentation."""
    lines = [line for part in parts for line in (*part.split("\n"), "")]
    return "\n".join(_fold(line) for line in lines)


def _fold(line: str) -> str:
    indent = " " * (len(line) - len(line.lstrip(" ")))
    rank = re.match(r"[0-9]+\. |\* ", line)
    return textwrap.fill(
        line,
        LINE,
        subsequent_indent=indent or (" " * len(rank[0]) if rank else ""),
        break_long_words=False,
        break_on_hyphens=False,
    )


def plain(text: str) -> str:
    """A subject line: one line, and an ordinary space for each no-break space."""
    return " ".join(text.replace(words.NBSP, " ").split())
