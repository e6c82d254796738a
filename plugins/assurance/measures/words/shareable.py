"""What may partners be told?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from assurance.measures.disclosure import SMALL
from assurance.measures.rates import TOO_FEW, percent
from assurance.measures.words.labels import MARKS
from assurance.measures.words.plain import NBSP, Nouns, is_or_are, many


def practice_heading(nouns: Nouns, areas: int, standards: int, of: int) -> str:
    """How many Areas are named for good practice? `In 3 of 24 standards an Area is better than the typical one: …`."""
    asked = many(of, nouns.standard, nouns.standards)
    if not areas:
        return f"No Area can be named as better than the typical one in any of {asked}"
    named = many(areas, "Area", "Areas")
    return f"In {standards} of {asked} an Area is better than the typical one: {named} in all"


NAMED_NOTE = (
    "An Area is named where its rate over three months is better than the typical Area's by more than chance and the "
    f"usual difference between Areas, and at least {SMALL.stop} of its checks were met and {SMALL.stop} were not. Areas "
    "stand in the order of the register and are not ranked. That one is not named says nothing about it."
)
"""When an Area is named for good practice."""


def shared_subject(rate: Fraction | None, named: int) -> tuple[str, ...]:
    """What does a subject line tell of what is shared? `85.1 % over three months`, `4 Areas named for good practice`."""
    number_told = "no national figure is shared" if rate is None else f"{percent(rate)} over three months"
    return (number_told, f"{many(named, 'Area', 'Areas')} named for good practice") if named else (number_told,)


SHARED_MARKS: Mapping[str, str] = {
    "[c]": f"hidden, because it is a number from 1{NBSP}to{NBSP}4, rests on fewer than {TOO_FEW}, or would tell one that is",
    "[u]": f"low reliability: {TOO_FEW} to 29 assessed",
    "[x]": MARKS["[x]"],
    "[o]": MARKS["[o]"],
    "[n]": MARKS["[n]"],
    "[b]": "better than the typical Area in this standard; how it stands there is not shared",
    "[z]": "not applicable: nothing to assess",
    "[d]": MARKS["[d]"],
    "[r]": MARKS["[r]"],
    "[p]": MARKS["[p]"],
}
"""What the marks of the shareable tables stand for."""


def shared_marks_used(marks: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The legend for the marks of a shareable table."""
    found = set(marks)
    return tuple((mark, meaning) for mark, meaning in SHARED_MARKS.items() if mark in found)


def hidden_share(hidden: int, figures: int, withheld: bool) -> str:
    """How much of what is shared is hidden? `23 of 96 figures (24.0 %) are hidden …`."""
    if withheld:
        return "So little could be shown beside what was shared before that nothing is shown at all."
    if not figures:
        return "There is no figure to share."
    if not hidden:
        return (
            f"{many(figures, 'figure is', 'figures are')} shared, and no number is so small that it has to be hidden."
        )
    share = percent(Fraction(hidden, figures))
    said = f"{hidden} of {figures} figures ({share}) {is_or_are(hidden)} hidden [c]"
    return f"{said}, so that no small number can be worked out."
