"""What moved since the last release of this month, by how much, and why? Every Area for the nation, one for itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assurance.measures import words
from assurance.measures.restatement import Moved, Stated
from assurance.model import NATION
from assurance.reporting.facts import Cause, CauseKind, Replaced
from assurance.reporting.measured import MONTH, QUARTER, Measured

MOST_LINES = 20
"""The nation's table names no more figures; `restatement.csv` of the release has all."""
MOST_LINES_OF_AN_AREA = 5
"""An Area's page, which is mailed to many, names no more."""
MOST_CAUSES = 20
"""So many returns are named as reasons; more are counted."""
DECIDED = (CauseKind.LEFT_OUT, CauseKind.TAKEN_IN)
"""What becomes of a return by nobody's sending."""


@dataclass(frozen=True)
class MovedLine:
    """One figure that moved."""

    name: str
    """Whose figure it is, and of which standard."""
    window: str
    moved: Moved
    why: str

    @property
    def before(self) -> Stated | None:
        return self.moved.before

    @property
    def after(self) -> Stated | None:
        return self.moved.after


@dataclass(frozen=True)
class Revisions:
    """What a new release of a month says differently."""

    sentence: str
    """That it replaces another, and why, in one sentence."""
    heading: str
    weight: str
    """Whether what moved had to be told at once."""
    causes: tuple[str, ...]
    more_causes: int
    lines: tuple[MovedLine, ...]
    """Of the figures that this page shows; those that had to be told at once first."""
    more: int
    """How many more of them there are."""


def revisions(measured: Measured, area: str) -> Revisions | None:
    """What moved in the figures of the nation (`ALL`) or an Area; None in the first release of a month."""
    before = measured.facts.replaces
    if before is None:
        return None
    own = [line for line in measured.moved if _is_shown(line.either, area)]
    ordered = sorted(own, key=lambda line: (not line.either.is_headline, not line.at_once))
    most = MOST_LINES if area == NATION else MOST_LINES_OF_AN_AREA
    told = _causes(measured, area)
    return Revisions(
        sentence=_sentence(measured, before, area),
        heading=words.moved_heading(
            measured.facts.number,
            before.number,
            len(own),
            sum(line.at_once for line in own),
            measured.published is not None,
        ),
        weight=words.weight_sentence(measured.moved) if area == NATION and measured.published else "",
        causes=tuple(told[:MOST_CAUSES]),
        more_causes=len(told[MOST_CAUSES:]),
        lines=tuple(_line(measured, line, area) for line in ordered[:most]),
        more=len(ordered[most:]),
    )


def _is_shown(figure: Stated, area: str) -> bool:
    """Does the page of an edition show this figure? The nation's shows each Area's headline as well."""
    if area == NATION:
        return figure.is_headline or (figure.area == NATION and figure.window == MONTH)
    own = figure.area == area and (figure.window == QUARTER or figure.standard == NATION)
    return own or (figure.area == NATION and figure.is_headline)


def _line(measured: Measured, line: Moved, area: str) -> MovedLine:
    figure = line.either
    place = "All Areas" if figure.area == NATION else measured.facts.collection.name_of(figure.area)
    name = place if figure.standard == NATION else figure.title
    return MovedLine(name, measured.span(figure.window, figure.area), line, why(measured, line, area))


def why(measured: Measured, line: Moved, area: str) -> str:
    """Why did a figure move? For an Area's readers returns of others have no name."""
    said = "; ".join(dict.fromkeys(_said(measured, cause, area) for cause in measured.causes_of(line)))
    if line.counts_moved:
        return said
    return f"{words.OTHERS_MOVED if line.position_changed else words.USUAL_MOVED}: {said}"


def _causes(measured: Measured, area: str) -> Sequence[str]:
    """What is another than it was; of other Areas an Area's page says no more than that there is something."""
    return tuple(dict.fromkeys(words.capital(_said(measured, cause, area)) for cause in _in_windows(measured)))


def _in_windows(measured: Measured) -> Iterator[Cause]:
    first = measured.window(QUARTER)[0] if measured.window(QUARTER) else measured.facts.period
    return (cause for cause in measured.causes if cause.period is None or cause.period >= first)


def _said(measured: Measured, cause: Cause, area: str) -> str:
    if cause.period is None or area in (NATION, cause.area):
        return words.cause(cause, measured.facts.collection.name_of(cause.area))
    return words.OTHERS_DECIDED if cause.kind in DECIDED else words.OTHER_RETURNS


def _sentence(measured: Measured, before: Replaced, area: str) -> str:
    facts = measured.facts
    if area != NATION:
        why = _own_why(measured, before, area)
        return f"Release {facts.number} replaces release {before.number} [r]; the reason is {why}."
    counts = measured.figure(MONTH, NATION).counts
    return words.restated(facts.number, before.number, before.headline, counts, _why(measured, before))


def shared_sentence(measured: Measured) -> str:
    """The same to partners: the kind of reason, and of no Area. Empty in the first release of a month."""
    facts, before = measured.facts, measured.facts.replaces
    if before is None:
        return ""
    kinds = {cause.kind for cause in measured.causes} | set(_kinds(measured, before).values())
    return words.shared_restated(facts.number, before.number, kinds)


def _why(measured: Measured, before: Replaced) -> str:
    """The reason in a few words: returns of the month, of earlier months, or what holds for all."""
    if before.read_only:
        return words.READINGS_CAME
    kinds = _kinds(measured, before)

    def of(kind: CauseKind) -> list[str]:
        return [measured.facts.collection.name_of(area) for area, found in kinds.items() if found is kind]

    counting = (CauseKind.NEW_VERSION, CauseKind.LATE, CauseKind.GONE, CauseKind.LEFT_OUT, CauseKind.TAKEN_IN)
    said = words.returns_why(*map(of, counting))
    return said or _of_no_return(measured, before)


def _own_why(measured: Measured, before: Replaced, area: str) -> str:
    """The same to an Area: which Areas a restatement comes from is national detail; its own return is its own."""
    if before.read_only:
        return words.READINGS_CAME
    kinds = _kinds(measured, before)
    if area in kinds:
        return words.YOUR_RETURN[kinds[area]]
    if before.returns and all(cause.kind in DECIDED for cause in before.returns):
        return words.OTHERS_DECIDED
    return words.OTHER_RETURNS if kinds or before.returns else _of_no_return(measured, before)


def _kinds(measured: Measured, before: Replaced) -> dict[str, CauseKind]:
    """What became of the returns of the month that are others now, by Area."""
    told = {cause.area: cause.kind for cause in before.returns if cause.period == measured.facts.period}
    return {area: told.get(area, CauseKind.NEW_VERSION) for area in before.areas}


def _of_no_return(measured: Measured, before: Replaced) -> str:
    """The reason where no return of the month is another one."""
    general = [words.cause(cause, "") for cause in measured.causes if not cause.is_return]
    return f"that {words.names(general)}" if general and not before.returns else words.EARLIER_MONTHS
