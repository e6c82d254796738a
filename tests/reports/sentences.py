"""What do pages and mails say in every state of a release? Prints it, to be read by a person.

`sentences.txt` is what has been read and approved; `test_sentences.py` holds the program to it. After a change of
words write it anew with `python -m tests.reports.sentences`, and read what differs before it is committed.

Registers and words are those under `expectations/`, with some of their standards and Areas; all numbers are made up.
What stands in tables and charts is left out, and so are notes that stand already in an earlier state.
"""

from __future__ import annotations

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
BLOCKS = ("h2", "h3", "p", "li", "figcaption", "caption", "summary")
APART = ("table", "svg", "how_to_read")
"""Numbers, pictures, and what is the same on every page; a caption is told though it stands in a table."""


# What is said


class Blocks(HTMLParser):
    """The headings, paragraphs and points of a page, one by one."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._block = ""
        self._apart: list[str] = []
        self.feed(page.partition("<main")[2].partition("</main>")[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("table", "svg", "section", "ul", "dl"):
            self._apart.append(self._name(tag, given))
        told = not {"svg", "how_to_read", "cards"} & set(self._apart) and given.get("class") not in (
            "question",
            "legend",
        )
        if tag in BLOCKS:
            self._block = (
                (given.get("class") or tag) if told and (tag == "caption" or "table" not in self._apart) else ""
            )
            if self._block:
                self.found.append((self._block if self._block == "note" else tag, ""))

    def _name(self, tag: str, given: Mapping[str, str | None]) -> str:
        if tag == "section":
            return given.get("id") or tag
        return "cards" if given.get("class") == "cards" else tag

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            self._block = ""
        if tag in ("table", "svg", "section", "ul", "dl"):
            self._apart.pop()

    def handle_data(self, data: str) -> None:
        if self._block:
            kind, text = self.found.pop()
            self.found.append((kind, text + data))


def told(measured: Measured, edition: str, seen: set[str]) -> Iterator[str]:
    """What an edition says, line by line; notes that are in `seen` are left out, and added to it where they are not."""
    page = page_of(measured, edition)
    yield f"Subject: {release_subject(page)}"
    yield page.standing
    for card in page.summary.cards:
        yield f"[{' | '.join(filter(None, (card.label, card.value, card.detail, card.word)))}]"
    for kind, raw in Blocks(render_page(measured, edition, REPORTS)).found:
        text = " ".join(raw.split())
        if kind in ("note", "caption", "summary", "figcaption") and text in seen:
            continue
        seen.add(text)
        yield {"h2": f"\n# {text}", "h3": f"## {text}", "li": f"* {text}"}.get(kind, text)


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


def _folded(line: str) -> str:
    start, text = ("\n", line[1:]) if line.startswith("\n") else ("", line)
    return start + textwrap.fill(text, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


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


def replaced(kind: CauseKind, *, fewer: int = 40, read_only: bool = False) -> Made:
    """A second release of a month of `bcm`, in which London's return is another one, or late, or only read since."""
    facts = cases()
    why = {
        CauseKind.NEW_VERSION: return_cause("LON", PERIOD, 1, 2),
        CauseKind.LATE: return_cause("LON", PERIOD, None, 1),
        CauseKind.READINGS: Cause(CauseKind.READINGS),
        CauseKind.PROGRAM: Cause(CauseKind.PROGRAM, before="0.1.0", after="0.2.0"),
    }[kind]
    before = published(facts, ("LON", PERIOD, fewer)) if fewer else published(facts)
    headline = next(figure.counts for figure in before.figures if figure.key == ("1m", NATION, NATION))
    areas = ("LON",) if why.is_return else ()
    return (
        replace(facts, number=2, replaces=Replaced(1, headline or Counts(), areas, (why,), read_only=read_only)),
        before,
    )


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
    return cases(of=replace(bcm(), standards=one, published=()))


BOTH = (NATION, "CYW")
STATES: Mapping[str, tuple[Callable[[], Made], tuple[str, ...], bool]] = {
    "bcm: a usual month": (cases, BOTH, True),
    "bcm: one Area lower, one higher": (
        lambda: cases(rates={"LON": 0.66, "CYW": 0.97}),
        (NATION, "LON", "CYW"),
        True,
    ),
    "bcm: an Area lower in one standard alone, and others not in": (
        lambda: cases(states={"EMD": S.MISSING, "EOE": S.REJECTED}, late=("LON",), rates={"MCH": 0.70}),
        (NATION, "EMD", "EOE"),
        True,
    ),
    "bcm: getting better": (lambda: cases(rates=dict.fromkeys(FIVE, GOING)), BOTH, False),
    "bcm: getting worse": (lambda: cases(rates=dict.fromkeys(FIVE, FALLING)), BOTH, False),
    "bcm: one better, one worse": (
        lambda: cases(better={**USUAL, "D01": [*[-0.06] * 13, 0.08], "A02": [*[0.05] * 13, -0.02]}),
        BOTH,
        False,
    ),
    "bcm: all met": (
        lambda: cases(rates=dict.fromkeys(FIVE, 1.0), better={}, declared=(("Y", "Y", 190),)),
        BOTH,
        False,
    ),
    "bcm: nothing met": (lambda: cases(rates=dict.fromkeys(FIVE, 0.0), better={}), BOTH, False),
    "bcm: first month": (lambda: cases(months=1), BOTH, False),
    "bcm: third month": (lambda: cases(months=3), BOTH, False),
    "bcm: eighth month": (lambda: cases(months=8), (NATION,), False),
    "bcm: all missing": (lambda: cases(states=dict.fromkeys(FIVE, S.MISSING)), BOTH, True),
    "bcm: all missing in the first month": (
        lambda: cases(months=1, states=dict.fromkeys(FIVE, S.MISSING)),
        BOTH,
        False,
    ),
    "bcm: not yet in": (lambda: cases(states={"CYW": S.EXPECTED}), BOTH, False),
    "bcm: all nil": (lambda: cases(states=dict.fromkeys(FIVE, S.NIL)), BOTH, False),
    "bcm: one nil, one with queries": (
        lambda: cases(states={"CYW": S.NIL, "EMD": S.ACCEPTED_WITH_QUERIES}),
        (NATION, "CYW", "EMD"),
        False,
    ),
    "bcm: rejected only": (lambda: cases(states=dict.fromkeys(FIVE, S.REJECTED)), BOTH, False),
    "bcm: a later version rejected": (rejected_again, (NATION, "LON"), False),
    "bcm: a single check each": (lambda: cases(assessed=1, scope=1, targeted=0, declared=()), BOTH, False),
    "bcm: nothing assessed": (lambda: cases(assessed=0, declared=()), BOTH, False),
    "bcm: one Area": (lambda: cases(of=of_register("bcm", CHECKS, 1)), BOTH, False),
    "bcm: two Areas": (lambda: cases(of=of_register("bcm", CHECKS, 2)), BOTH, False),
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
    "bcm: a second release, second readings": (
        lambda: replaced(CauseKind.READINGS, fewer=0, read_only=True),
        BOTH,
        False,
    ),
    "bcm: a second release, another program": (lambda: replaced(CauseKind.PROGRAM, fewer=1), BOTH, False),
    "bcm: final": (no_longer_provisional, (NATION,), False),
    "outcomes: a usual month": (counts, BOTH, True),
    "outcomes: one Area lower, one higher": (
        lambda: counts(rates={"LON": 0.66, "CYW": 0.97}),
        (NATION, "LON", "CYW"),
        True,
    ),
    "outcomes: higher than usual": (lambda: counts(rates=dict.fromkeys(FIVE, GOING)), BOTH, False),
    "outcomes: lower than usual in one category": (
        lambda: counts(better={"O04": [*[0.05] * 13, -0.04]}),
        BOTH,
        False,
    ),
    "outcomes: always the same": (lambda: counts(rates=dict.fromkeys(FIVE, 0.9)), BOTH, False),
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
    "outcomes: one Area": (lambda: counts(of=of_register("outcomes", OFFENCES, 1)), BOTH, False),
    "outcomes: one category": (lambda: counts(of=of_register("outcomes", ("O04",), 5)), BOTH, False),
    "outcomes: a single prosecution each": (lambda: counts(assessed=1), BOTH, False),
    "outcomes: months not collected": (
        lambda: counts(of=of_register("outcomes", OFFENCES, 5, not_collected=frozenset({Period(2026, 9)}))),
        BOTH,
        False,
    ),
}
"""Releases by what is special about them, the editions told of each, and whether the mail's text is told as well."""


if __name__ == "__main__":
    write_whole(APPROVED, written().encode())
    print(APPROVED)
