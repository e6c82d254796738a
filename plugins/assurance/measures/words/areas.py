"""How do the Areas stand beside one another, in a table and in the funnel?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from assurance.measures.comparison import FALSE_DISCOVERY_RATE, Position
from assurance.measures.figures import Figure
from assurance.measures.rates import percent
from assurance.measures.words.labels import MOST_NAMED, POSITIONS
from assurance.measures.words.plain import Nouns, capital, is_or_are, many, names, points
from assurance.model import Period

EXACT_NOTE = (
    "The exact p asks whether chance alone would put an Area so far from all Areas together, each check taken by itself. "
    "Real Areas differ by more than chance, so it is small for many; it is shown and decides nothing. The adjusted p "
    "allows for how much the middle Areas differ, for checks of one case, and for comparing so many."
)
"""What the two p values of an Area say; stands where they are shown."""

FEWEST_COMPARED = 3
"""With fewer Areas none can be called: each is as typical as the other."""


def areas_heading(figures: Sequence[Figure]) -> str:
    """How many Areas differ from the typical one by more than chance?"""
    compared = [figure for figure in figures if figure.position is not None]
    called = sum(figure.position is not Position.SIMILAR for figure in compared)
    if not compared:
        return f"0 of {len(figures)} {'Area has' if len(figures) == 1 else 'Areas have'} a figure"
    if len(compared) < FEWEST_COMPARED:
        return _too_few_areas(len(compared))
    verb = "differs" if called == 1 else "differ"
    return f"{called} of {len(compared)} Areas {verb} from the typical Area by more than chance"


def _too_few_areas(compared: int) -> str:
    return f"{many(compared, 'Area has', 'Areas have')} a figure: too few to compare"


def areas_title(rated: Sequence[tuple[str, float]]) -> str:
    """How far apart are the Areas? `13 Areas lie between 78.4 % (London) and 89.9 % (Wessex)`."""
    if len(rated) < 2:
        return f"{many(len(rated), 'Area has', 'Areas have')} a figure"
    ordered = sorted(rated, key=lambda each: (each[1], each[0]))
    (lowest, low), (highest, high) = ordered[0], ordered[-1]
    if percent(low) == percent(high):
        return f"All {len(rated)} Areas come to {percent(low)}"
    return f"{len(rated)} Areas lie between {percent(low)} ({lowest}) and {percent(high)} ({highest})"


def margin_note(margin: Decimal, *, by_case: bool) -> str:
    """When is an Area called lower or higher? `by_case`: several checks of one case are pooled."""
    said = (
        "Areas always differ somewhat. One is called lower or higher only if neither chance nor the usual difference "
        f"between Areas explains it, and it is {points(Fraction(margin))} or more from the typical (middle) Area."
    )
    if by_case:
        said += (
            " Checks of one case go together, so how many cases there were decides, and the intervals look too narrow."
        )
    return said


def also_held(area_names: Sequence[str], month: str) -> str:
    """Why is the sum of all Areas more than the lines above it? Empty where it is not."""
    if not area_names:
        return ""
    return (
        f"All Areas together holds the earlier months of {names(area_names)} too, whose line has no figure for want of a "
        f"return for {month}."
    )


def position_sentence(name: str, figure: Figure, typical: float | None, compared: int) -> str:
    """How does one Area stand beside the typical one? `compared` is the number of Areas with a figure."""
    if compared < FEWEST_COMPARED and figure.rate is not None:
        return f"{percent(figure.rate)} in {name}; {_too_few_areas(compared)}."
    if figure.rate is None or typical is None or figure.position is None:
        return f"{name} has no figure to compare with the typical Area."
    if figure.position is Position.SIMILAR:
        meaning = "no further apart than chance or the usual difference between Areas explains"
        if figure.p_adjusted is not None and figure.p_adjusted <= FALSE_DISCOVERY_RATE:
            meaning = "further apart than chance explains, but by too little to be called"
        if percent(figure.rate) == percent(typical):
            return f"{name} is similar to the typical Area: both come to {percent(typical)}."
        return f"{name} is similar to the typical Area: {percent(figure.rate)} against {percent(typical)}, {meaning}."
    word = POSITIONS[figure.position][0].lower()
    apart = f"{percent(figure.rate)} against {percent(typical)}"
    return f"{name} is {word} than the typical Area by more than chance: {apart}."


def beside_typical(position: Position) -> str:
    """How does an Area stand beside the typical one? `lower than`, `similar to`."""
    return f"{POSITIONS[position][0].lower()} {'to' if position is Position.SIMILAR else 'than'}"


def positions_sentence(area_names: Sequence[str], compared: int, position: Position) -> str:
    """Which Areas are called? `1 of 13 Areas is lower than the typical Area by more than chance: London.`"""
    word = POSITIONS[position][0].lower()
    called = len(area_names)
    return (
        f"{called} of {compared} Areas {is_or_are(called)} {word} than the typical Area by more than chance: "
        f"{names(area_names)}."
    )


def funnel_title(areas: int, outside: int, beyond: Sequence[str], wider: bool) -> str:
    """How many Areas lie outside the limits? `beyond`: those outside all limits; `wider`: there are others than of chance."""
    if not outside:
        return f"All {areas} Areas lie within the limits of chance"
    start = f"{outside} of {areas} Areas {'lies' if outside == 1 else 'lie'} outside the limits of chance"
    named = f": {names(beyond)}" if 0 < len(beyond) <= MOST_NAMED else ""
    if not wider:
        return f"{start}{named}"
    if len(beyond) == outside:
        return f"{start} and the wider ones too{named}"
    return f"{start}, {len(beyond)} of them outside the wider ones too{named}"


def funnel_sizes(nouns: Nouns, *, by_case: bool) -> str:
    """What does the size of an Area count?"""
    return "Cases looked at" if by_case else f"{capital(nouns.checks)} assessed"


def funnel_note(nation: float, *, wider: bool) -> str:
    """What are the limits of the funnel?"""
    chance = (
        "The shaded funnel is where chance alone would put 998 of 1,000 Areas if each did as well as all Areas together, "
        f"{percent(nation)}: wide where few were looked at, narrow where many were."
    )
    if wider:
        return f"{chance} Between the long-dashed lines they would lie if Areas also differed as much as these do."
    return (
        f"{chance} Apart from those at both ends the Areas differ by no more than chance, so there are no wider lines."
    )


def uncalled_note(by_reason: Mapping[str, Sequence[str]], margin: Decimal) -> str:
    """Why are Areas not called that lie outside the limits of chance? Empty where there are none."""
    reasons = {
        "usual": "no further from the typical Area than Areas usually differ",
        "near": f"less than {points(Fraction(margin))} from the typical Area",
        "exact": "too little is known of so few",
    }
    told = [f"{_few_names(by_reason[key])} ({reason})" for key, reason in reasons.items() if by_reason[key]]
    if not told:
        return ""
    return f"Outside the limits of chance and not called: {'; '.join(told)}. The picture decides nothing."


def _few_names(area_names: Sequence[str]) -> str:
    return names(area_names) if len(area_names) <= 2 * MOST_NAMED else f"{len(area_names)} Areas"


def called_within_note(area_names: Sequence[str]) -> str:
    """Why are Areas called that lie within some of the limits? Empty where there are none."""
    if not area_names:
        return ""
    return (
        f"Called, though not outside all lines: {names(area_names)}. The lines are drawn for 998 of 1,000 Areas, and the "
        "wider ones count as usual difference what makes an Area stand out; a call does neither."
    )


def begun_note(figure: Figure, months: int, of: int, first: Period) -> str:
    """Did the Area begin within the window? `1 of 3 months: it began in October 2026`."""
    missing = ", and a month has no figures" if figure.months_missing else ""
    return f"{months - figure.months_missing} of {of} months: it began in {first.title}{missing}"


def succession_sentence(former: str, successors: Sequence[str], first: Period) -> str:
    """Which Areas came after one that has ended, and what does it mean to set them beside it?"""
    follow = "follows it" if len(successors) == 1 else "follow it"
    return (
        f"{former} ended with {first.plus(-1).title}; {names(successors)} {follow}. They are other Areas: their charts, "
        "windows and verdicts begin with them. The table sets them together beside the last months of the Area that "
        "was, as a help to read on; no verdict is drawn from it."
    )


def together(area_names: Sequence[str]) -> str:
    """How is the sum of some Areas called? `London North and London South together`."""
    return names(area_names) if len(area_names) == 1 else f"{names(area_names)} together"


def former(name: str) -> str:
    """How is an Area called that has ended? `Former London`."""
    return f"Former {name}"
