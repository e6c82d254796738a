"""What do pages and mails say in every state of a release? Prints it, to be read by a person.

`sentences.txt` is what has been read and approved; `test_sentences.py` holds the program to it. After a change of
words write it anew with `python -m tests.reports.sentences`, and read what differs before it is committed.

Registers and words are those under `expectations/`, with some of their standards and Areas; all numbers are made up.
What stands in tables and charts is left out; below the summary so is what stands already in an earlier state.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from html.parser import HTMLParser
from pathlib import Path

from assurance.files import write_whole
from assurance.model import NATION, Counts, Outcome, Period
from assurance.reporting.causes import LastRelease
from assurance.reporting.facts import Cause, CauseKind, ReleaseFacts, Replaced, return_cause
from assurance.reporting.letters import release_letter, release_subject
from assurance.reporting.measured import Measured, measure
from assurance.reporting.pages import page_of, render_page
from tests.reports.builders import PERIOD, REPORTS, S, of_register, published, release, split, submission

APPROVED = Path(__file__).parent / "sentences.txt"
WIDTH = 110
BLOCKS = ("h2", "h3", "p", "li", "figcaption", "summary")
APART = ("table", "svg", "ul", "dl", "details")
"""Numbers and pictures have no sentences; of what is folded away the line that stands over it is told."""


# What is said


class Blocks(HTMLParser):
    """The headings, paragraphs and points of a page, one by one: section, kind and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self._inside: list[str] = []
        self._section = ""
        self._told = False
        self._raw: list[tuple[str, str, str]] = []
        self.feed(page.partition("<main")[2].partition("</main>")[0])

    @property
    def found(self) -> Iterator[tuple[str, str, str]]:
        for section, kind, raw in self._raw:
            if text := re.sub(r"[ \n]+", " ", raw).strip():
                yield section, kind, text

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "section":
            self._section = given["id"] or ""
        if tag in APART:
            self._inside.append("cards" if given.get("class") == "cards" else tag)
        if tag == "span":  # under the finding of a chart: what is measured, where and when
            self._told = False
        if tag in BLOCKS:
            self._told = self._is_told(tag, given.get("class") or "")
            if self._told:
                self._raw.append((self._section, tag, ""))

    def _is_told(self, tag: str, style: str) -> bool:
        within = {"svg", "cards"} if tag == "summary" else {"svg", "cards", "table", "details"}
        return self._section != "how_to_read" and style not in ("question", "legend") and not within & set(self._inside)

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS or tag in APART:  # a list ends its last point
            self._told = False
        if tag in APART:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if self._told:
            section, kind, text = self._raw.pop()
            self._raw.append((section, kind, text + data))


def told(measured: Measured, edition: str, seen: set[str]) -> Iterator[str]:
    """What an edition says, line by line: all of its summary, and of the rest what is not in `seen`; it is added to that."""
    page = page_of(measured, edition)
    yield f"Subject: {release_subject(page)}"
    yield page.standing
    for card in page.summary.cards:
        yield f"[{' | '.join(filter(None, (card.label, card.value, card.detail, card.word)))}]"
    for section, kind, text in Blocks(render_page(measured, edition, REPORTS)).found:
        if section == "summary" or text not in seen:
            yield {"h2": f"# {text}", "h3": f"## {text}", "li": f"* {text}"}.get(kind, text)
        seen.add(text)


def written() -> str:
    """All of it."""
    seen: set[str] = set()
    parts = []
    for name, (make, editions, mailed) in STATES.items():
        made = make()
        facts, before = made if isinstance(made, tuple) else (made, None)
        measured = measure(facts, before)
        for edition in editions:
            place = "All Areas" if edition == NATION else facts.collection.name_of(edition)
            parts.append(f"\n{'=' * WIDTH}\n{name} | {place}\n{'=' * WIDTH}")
            parts += [_folded(line) for line in told(measured, edition, seen)]
            if mailed:
                parts.append(f"\n--- the mail as plain text\n{release_letter(facts, edition, REPORTS).text.strip()}")
    return "\n".join(parts).replace("\N{NO-BREAK SPACE}", " ").strip() + "\n"


def _folded(text: str) -> str:
    return textwrap.fill(text, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


# The states

CHECKS = ("C01", "P01", "C06", "D01", "A02")
"""Standards of CPS, police, defence and court, answered by degree and by dates."""
OFFENCES = ("O01", "O04", "O05", "O13")
"""Offence categories; the last stands in no rate."""
FIVE = ("CYW", "EMD", "EOE", "LON", "MCH")
USUAL = {"C01": 0.10, "P01": -0.02, "C06": 0.03, "D01": -0.06, "A02": 0.01}
GOING = (*[0.80, 0.81] * 6, 0.80, 0.93)
FALLING = (*[0.90, 0.91] * 6, 0.90, 0.74)
READ = (
    *(("HMCPSI", "P01", *pair) for pair in (("FM", "FM", 60), ("PM", "FM", 14), ("FM", "PM", 1), ("NM", "NM", 8))),
    ("HMCPSI", "C01", "Y", "Y", 44),
    *(("HMCPSI", "C06", *pair) for pair in (("Y", "Y", 40), ("N", "Y", 2), ("Y", "NA", 3))),
)
ALIKE = (("HMCPSI", "C01", "Y", "Y", 44), ("EMD", "C06", "Y", "Y", 9))

bcm = partial(of_register, "bcm", CHECKS, 5)
outcomes = partial(of_register, "outcomes", OFFENCES, 5)
Made = ReleaseFacts | tuple[ReleaseFacts, LastRelease]


def cases(**other: object) -> ReleaseFacts:
    """A month of `bcm`: around 85 % met, by standard a little more or less."""
    given: dict[str, object] = {"of": bcm(), "better": USUAL, "given": (), **other}
    return release(**given)  # type: ignore[arg-type]


def counts(**other: object) -> ReleaseFacts:
    """A month of `outcomes`."""
    given: dict[str, object] = {"of": outcomes(), **other}
    return release(**given)  # type: ignore[arg-type]


def replaced(kind: CauseKind, *, fewer: int = 40) -> Made:
    """A second release of a month of `bcm`, in which London's return is another one, or late, or only read since."""
    facts = cases(states={"LON": S.LEFT_OUT} if kind is CauseKind.LEFT_OUT else {})
    why = {
        CauseKind.NEW_VERSION: (return_cause("LON", PERIOD, 1, 2),),
        CauseKind.LATE: (return_cause("LON", PERIOD, None, 1),),
        CauseKind.LEFT_OUT: (Cause(CauseKind.LEFT_OUT, "LON", PERIOD, "01"),),
        CauseKind.TAKEN_IN: (Cause(CauseKind.TAKEN_IN, "LON", PERIOD, "", "01"),),
        CauseKind.READINGS: (Cause(CauseKind.READINGS),),
    }.get(kind, ())
    before = published(facts, ("LON", PERIOD, fewer)) if fewer else published(facts)
    headline = next(figure.counts for figure in before.figures if figure.key == ("1m", NATION, NATION)) or Counts()
    areas = ("LON",) if why and kind is not CauseKind.READINGS else ()
    program = "0.0.9" if kind is CauseKind.PROGRAM else ""
    read_only = kind is CauseKind.READINGS
    return replace(
        facts, number=2, replaces=Replaced(1, headline, areas, why, package_version=program, read_only=read_only)
    ), before


def rejected_again() -> ReleaseFacts:
    """The first version counts, and the second was rejected."""
    facts = cases()
    worse = submission("LON", PERIOD, Outcome.REJECTED, version=2)
    returns = tuple(replace(one, latest=worse) if one.area.code == "LON" else one for one in facts.returns)
    return replace(facts, returns=returns)


def no_longer_provisional() -> ReleaseFacts:
    """A month long past, released again."""
    return replace(cases(), reported=PERIOD.plus(24))


def untargeted(code: str) -> ReleaseFacts:
    """One standard, without a target."""
    one = tuple(replace(each, target=None) for each in bcm().standards if each.code == code)
    return cases(of=replace(bcm(), standards=one, published=(), actions=()))


BOTH = (NATION, "CYW")
STATES: Mapping[str, tuple[Callable[[], Made], tuple[str, ...], bool]] = {
    "bcm: a usual month": (cases, BOTH, False),
    "bcm: one Area lower, one higher": (
        lambda: cases(rates={"LON": 0.66, "CYW": 0.97}),
        (NATION, "LON", "CYW"),
        False,
    ),
    "bcm: an Area lower, and others not in": (
        lambda: cases(states={"EMD": S.MISSING, "EOE": S.REJECTED}, late=("LON",), rates={"MCH": 0.70}),
        (NATION, "EMD", "EOE"),
        True,
    ),
    "bcm: a return left out by decision": (
        lambda: cases(states={"EMD": S.LEFT_OUT, "EOE": S.MISSING}),
        (NATION, "EMD"),
        True,
    ),
    "bcm: all left out by decision": (lambda: cases(states=dict.fromkeys(FIVE, S.LEFT_OUT)), BOTH, False),
    "bcm: getting better": (lambda: cases(rates=dict.fromkeys(FIVE, GOING)), BOTH, False),
    "bcm: getting worse": (lambda: cases(rates=dict.fromkeys(FIVE, FALLING)), BOTH, False),
    "bcm: one better, one worse": (
        lambda: cases(better={**USUAL, "D01": [*[-0.06] * 13, 0.08], "A02": [*[0.05] * 13, -0.02]}),
        BOTH,
        False,
    ),
    "bcm: one Area better, one worse": (
        lambda: cases(rates={"LON": [*[0.85, 0.86] * 6, 0.85, 0.79], "CYW": [*[0.85, 0.86] * 6, 0.85, 0.92]}),
        (NATION, "LON"),
        True,
    ),
    "bcm: all met": (
        lambda: cases(rates=dict.fromkeys(FIVE, 1.0), better={}, declared=(("Y", "Y", 190),)),
        BOTH,
        False,
    ),
    "bcm: nothing met": (lambda: cases(rates=dict.fromkeys(FIVE, 0.0), better={}), (NATION,), False),
    "bcm: first month": (lambda: cases(months=1), BOTH, False),
    "bcm: third month": (lambda: cases(months=3), (NATION,), False),
    "bcm: eighth month": (lambda: cases(months=8), (NATION,), False),
    "bcm: all missing": (lambda: cases(states=dict.fromkeys(FIVE, S.MISSING)), BOTH, False),
    "bcm: all missing in the first month": (
        lambda: cases(months=1, states=dict.fromkeys(FIVE, S.MISSING)),
        (NATION,),
        False,
    ),
    "bcm: not yet in": (lambda: cases(states={"CYW": S.EXPECTED}), BOTH, False),
    "bcm: all nil": (lambda: cases(states=dict.fromkeys(FIVE, S.NIL)), (NATION,), False),
    "bcm: one nil, one with queries": (
        lambda: cases(states={"CYW": S.NIL, "EMD": S.ACCEPTED_WITH_QUERIES}),
        (NATION, "CYW", "EMD"),
        False,
    ),
    "bcm: rejected only": (lambda: cases(states=dict.fromkeys(FIVE, S.REJECTED)), (NATION,), False),
    "bcm: a later version rejected": (rejected_again, (NATION, "LON"), False),
    "bcm: a single check each": (lambda: cases(assessed=1, scope=1, targeted=0, declared=()), BOTH, False),
    "bcm: nothing assessed": (lambda: cases(assessed=0, declared=()), BOTH, False),
    "bcm: one Area": (lambda: cases(of=of_register("bcm", CHECKS, 1)), BOTH, False),
    "bcm: two Areas": (lambda: cases(of=of_register("bcm", CHECKS, 2)), (NATION,), False),
    "bcm: fourteen Areas after a split": (
        lambda: cases(of=split(PERIOD.plus(-1), of_register("bcm", CHECKS, 13))),
        (NATION, "YHN"),
        False,
    ),
    "bcm: one standard": (lambda: cases(of=of_register("bcm", ("P01",), 5)), BOTH, False),
    "bcm: one standard without a target": (lambda: untargeted("P01"), BOTH, False),
    "bcm: read a second time": (lambda: cases(read=READ, unmatched=3, changed=2), BOTH, False),
    "bcm: read a second time and all alike": (lambda: cases(read=ALIKE), BOTH, False),
    "bcm: a second release, a new version": (lambda: replaced(CauseKind.NEW_VERSION), (NATION, "LON", "CYW"), False),
    "bcm: a second release, a late return": (lambda: replaced(CauseKind.LATE), (NATION, "LON"), False),
    "bcm: a second release, a return left out": (lambda: replaced(CauseKind.LEFT_OUT), (NATION, "LON", "CYW"), False),
    "bcm: a third release, a return taken in again": (lambda: replaced(CauseKind.TAKEN_IN), (NATION, "LON"), False),
    "bcm: a second release, second readings": (
        lambda: replaced(CauseKind.READINGS, fewer=0),
        BOTH,
        False,
    ),
    "bcm: a second release, another program": (lambda: replaced(CauseKind.PROGRAM, fewer=1), BOTH, False),
    "bcm: final": (no_longer_provisional, (NATION,), False),
    "outcomes: a usual month": (counts, BOTH, False),
    "outcomes: one Area lower, one higher": (
        lambda: counts(rates={"LON": 0.66, "CYW": 0.97}),
        (NATION, "LON"),
        True,
    ),
    "outcomes: higher than usual": (lambda: counts(rates=dict.fromkeys(FIVE, GOING)), BOTH, False),
    "outcomes: lower than usual in one category": (
        lambda: counts(better={"O04": [*[0.05] * 13, -0.04]}),
        BOTH,
        False,
    ),
    "outcomes: always the same": (lambda: counts(rates=dict.fromkeys(FIVE, 0.9)), (NATION,), False),
    "outcomes: first month": (lambda: counts(months=1), BOTH, False),
    "outcomes: all missing": (lambda: counts(states=dict.fromkeys(FIVE, S.MISSING)), BOTH, False),
    "outcomes: every state": (
        lambda: counts(
            states={"CYW": S.NIL, "EMD": S.MISSING, "EOE": S.REJECTED, "LON": S.ACCEPTED_WITH_QUERIES},
            late=("MCH",),
            absent=(("LON", "2026-09"),),
        ),
        (NATION, "CYW", "EMD", "EOE", "LON"),
        False,
    ),
    "outcomes: one Area": (lambda: counts(of=of_register("outcomes", OFFENCES, 1)), (NATION,), False),
    "outcomes: one category": (lambda: counts(of=of_register("outcomes", ("O04",), 5)), (NATION,), False),
    "outcomes: a single prosecution each": (lambda: counts(assessed=1), (NATION,), False),
    "outcomes: months not collected": (
        lambda: counts(of=of_register("outcomes", OFFENCES, 5, not_collected=frozenset({Period(2026, 9)}))),
        (NATION,),
        False,
    ),
}
"""Releases by what is special about them, the editions told of each, and whether the mail's text is told as well."""


if __name__ == "__main__":
    write_whole(APPROVED, written().encode())
    print(APPROVED)
