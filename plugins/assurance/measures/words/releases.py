"""What moved since an earlier release, why, and who signed it off?"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from typing import Protocol

from assurance.measures.rates import percent
from assurance.measures.restatement import Moved, calls_for_a_release
from assurance.measures.words.labels import POSITIONS, VARIATIONS, VERDICTS
from assurance.measures.words.plain import MINUS, NBSP, many, names, number, points
from assurance.model import Counts, Period


def restated(
    number_now: int,
    number_before: int,
    before: Counts,
    now: Counts | None,
    why: str,
) -> str:
    """What did this release change, and why? `why` as `returns_why` says it."""
    was, now_is = _share(before), _share(now)
    what = f"the national figure is unchanged at {now_is}" if before == now else f"{now_is} was {was}"
    return f"Release {number_now} replaces release {number_before}: {what} [r]; the reason is {why}."


def returns_why(
    new: Sequence[str],
    late: Sequence[str],
    gone: Sequence[str],
    left_out: Sequence[str] = (),
    again: Sequence[str] = (),
) -> str:
    """Which returns are the reason, by the names of their Areas? `a new version from London`; empty for none."""
    said = []
    if new:
        said.append(f"{'a new version' if len(new) == 1 else 'new versions'} from {names(new)}")
    if late:
        said.append(f"{'a late return' if len(late) == 1 else 'late returns'} from {names(late)}")
    if gone:
        said.append(f"that {'a return counts' if len(gone) == 1 else 'returns count'} no more, from {names(gone)}")
    if left_out:
        said.append(
            f"that {'the return' if len(left_out) == 1 else 'the returns'} of {names(left_out)} "
            f"{'is' if len(left_out) == 1 else 'are'} left out by decision"
        )
    if again:
        said.append(
            f"that {'the return' if len(again) == 1 else 'the returns'} of {names(again)} "
            f"{'is' if len(again) == 1 else 'are'} taken in again"
        )
    return names(said)


_SHARED_REASONS: Mapping[str, str] = {
    "new_version": "corrected returns",
    "late": "late returns",
    "gone": "returns that count no more",
    "left_out": "returns left out by decision",
    "taken_in": "returns taken in again",
    **dict.fromkeys(
        ("register", "rules", "waivers", "areas", "catalogue", "program"),
        "a change of the register, the rules or the program",
    ),
}
"""What partners are told of a reason: its kind. The list of actions and second readings are not shared."""


def shared_restated(number_now: int, number_before: int, kinds: Collection[str]) -> str:
    """That a release replaces another, and for which kind of reason, to partners. `kinds` as causes have them."""
    found = list(dict.fromkeys(said for kind, said in _SHARED_REASONS.items() if kind in kinds))
    why = names(found) or ("something that this edition does not show" if kinds else EARLIER_MONTHS)
    return f"Release {number_now} replaces release {number_before}; the reason is {why}."


def revised_release(number: int) -> str:
    """What does a subject line say of a later release? `release 2, revised`; empty of the first."""
    return f"release {number}, revised" if number > 1 else ""


class Caused(Protocol):
    """Why a figure moved, as `reporting.facts.Cause` has it."""

    @property
    def kind(self) -> str: ...
    @property
    def area(self) -> str: ...
    @property
    def period(self) -> Period | None: ...
    @property
    def before(self) -> str: ...
    @property
    def after(self) -> str: ...


_CAUSES: Mapping[str, str] = {
    "register": "the register of standards has changed",
    "rules": "the rules for returns have changed",
    "waivers": "waivers have changed",
    "areas": "the list of Areas, forces or months collected has changed",
    "actions": "the list of actions has changed",
    "catalogue": "another version of the collection's files counts",
    "readings": "other second readings count",
}


def cause(caused: Caused, name: str) -> str:
    """Why did figures move? `Wessex, October 2026: version 02 for 01`; `name` is that of the Area."""
    if caused.period is None:
        if caused.kind == "program":
            return f"another version of the program counts, {caused.after} for {caused.before}"
        return _CAUSES[caused.kind]
    became = {
        "new_version": f"version {caused.after} for {caused.before}",
        "late": f"a return that was not in, version {caused.after}",
        "gone": f"version {caused.before} counts no more",
        "left_out": f"version {caused.before} is left out by decision",
        "taken_in": f"version {caused.after} is taken in again",
    }[caused.kind]
    return f"{name}, {caused.period.title}: {became}"


def cause_code(caused: Caused) -> str:
    """The same for a table: `WSX 2026-10 v02 for v01`."""
    if caused.period is None:
        return f"{caused.kind} {caused.after} for {caused.before}"
    nothing = "left out" if caused.kind in ("left_out", "taken_in") else "none"
    was, is_now = (f"v{version}" if version else nothing for version in (caused.before, caused.after))
    return f"{caused.area} {caused.period} {is_now} for {was}"


READINGS_CAME = "second readings that have come since"

OTHER_RETURNS = "other corrected returns"
"""What an Area's page says of the returns of others…"""

OTHERS_DECIDED = "that other returns are left out or taken in again by decision"
"""…and this where that is all."""

EARLIER_MONTHS = "corrections to earlier months"

YOUR_RETURN: Mapping[str, str] = {
    "new_version": "your new version",
    "late": "your return, which has come since",
    "gone": "that your return counts no more",
    "left_out": "that your return is left out",
    "taken_in": "that your return is taken in again",
}
"""What an Area's page says of its own return of the month, by what became of it."""

USUAL_MOVED = "the counts are the same, and what is usual has moved"
"""Why a variation can change though no check did: mean and limits rest on every month."""

OTHERS_MOVED = "the counts are the same, and other Areas have moved"
"""Why the place beside others can change though no check did: it rests on every Area."""


def moved_heading(number_now: int, number_before: int, figures: int, at_once: int, compared: bool) -> str:
    """How much is another than in the release before? `12 figures moved since release 1, 2 of them by enough to …`.

    `compared`: it is known what that release published.
    """
    if not compared:
        return f"Release {number_now} replaces release {number_before}"
    start = f"{many(figures, 'figure', 'figures')} of this page moved since release {number_before}"
    if not at_once:
        return start
    of_them = "" if figures == 1 else "all of them " if at_once == figures else f"{at_once} of them "
    return f"{start}, {of_them}by enough to call for this release"


def weight_sentence(many_moved: Sequence[Moved]) -> str:
    """Had all that moved to be told at once?"""
    at_once = calls_for_a_release(many_moved)
    start = f"Over all editions {many(len(many_moved), 'figure', 'figures')} moved"
    return f"{start}; {weight(at_once)}." if many_moved else f"{start}."


def moved_by(line: Moved) -> str:
    """By how much did a figure move? `+1.3 points`; empty where it has no rate on one side."""
    if line.points is None:
        return ""
    if not line.points:
        return f"0{NBSP}points"
    return f"{'+' if line.points > 0 else MINUS}{points(line.points)}"


def changed(before: str, after: str) -> str:
    """A word that became another: `Usual, now Worsening`; empty where it is the same."""
    return "" if before == after else f"{before}, now {after.lower()}"


def became(line: Moved) -> tuple[str, ...]:
    """Which verdict, variation and place beside others became which? Empty where none did."""
    verdicts = [VERDICTS[side.verdict][0] if side else "None" for side in (line.before, line.after)]
    variations = [VARIATIONS[side.variation][0] if side else "None" for side in (line.before, line.after)]
    positions = [
        POSITIONS[side.position][0] if side and side.position else "None" for side in (line.before, line.after)
    ]
    return tuple(said for said in (changed(*verdicts), changed(*variations), changed(*positions)) if said)


def weight(at_once: bool) -> str:
    """Is a month to be released again at once?"""
    if at_once:
        return (
            "that calls for a new release at once: a headline moved a point or more, or a word said of a figure changed"
        )
    return "that can wait for the next release: no headline moved a point, and no word said of a figure changed"


def standing(until: Period | None, revised: bool) -> str:
    """May the figures of this report still move, and have they? `Provisional [p] until the report for January 2027`."""
    firm = f"Provisional [p] until the report for {until.title}" if until else "Final"
    return f"{firm}, revised [r]" if revised else firm


def _share(counts: Counts | None) -> str:
    if counts is None or not counts.assessed:
        return "no figure"
    return f"{percent(Fraction(counts.met, counts.assessed))} ({number(counts.met)} of {number(counts.assessed)})"


def sign_off(by_setting: bool) -> str:
    """Who stands behind this release? It is made before anybody approves it, and claims no approval."""
    if by_setting:
        return "Signed off by a standing setting, not by a person who read this release"
    return "Sent only after a person has approved it"
