"""What is asked of the person who fills in a return? Each column in plain words, from the register. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from assurance.catalogue import Collection, Column
from assurance.model import Due, Period, Scale, Standard

ANSWERS = {
    "Y": "yes",
    "N": "no",
    "FM": "fully met",
    "PM": "partly met",
    "NM": "not met",
    "NA": "not applicable",
    "ND": "not yet due",
}
"""What each answer means."""


@dataclass(frozen=True)
class Asked:
    """One column of a return, as its sender is asked to fill it in."""

    column: Column
    standard: Standard | None
    """The standard it answers, as it is in force at the end of the month; None for any other column."""
    meaning: str
    """What it holds: the standard's question, or the sentence of the collection; may be empty."""
    choices: tuple[str, ...]
    """What a cell may say; none where it is free."""
    form: str
    """How a cell is written."""
    when: str
    """When it is filled in."""
    judged: str = ""
    """How the answer follows from dates, where it does."""

    @property
    def name(self) -> str:
        return self.column.name

    @property
    def title(self) -> str:
        return self.standard.title if self.standard else ""

    def note(self) -> str:
        """All of it, one sentence a line."""
        return "\n".join(line for line in (self.title, self.meaning, self.form, self.when, self.judged) if line)


def asked(collection: Collection, area: str, period: Period, return_id: str) -> tuple[Asked, ...]:
    """The columns of the return that an Area owes for a period, in the order of its header."""
    standards = {standard.code: standard for standard in collection.standards_in(period)}
    found = []
    for column in collection.columns_in(period):
        standard = standards.get(column.name) if column.type == "answer" else None
        choices = _choices(collection, column, standard, area, period, return_id)
        found.append(
            Asked(
                column,
                standard,
                standard.question if standard else collection.meanings.get(column.name, ""),
                choices,
                _form(collection, column, choices),
                _when(collection, column, standard),
                _judged(standard) if standard else "",
            )
        )
    return tuple(found)


def _choices(
    collection: Collection, column: Column, standard: Standard | None, area: str, period: Period, return_id: str
) -> tuple[str, ...]:
    match column.type:
        case "return_id":
            return (return_id,)
        case "area":
            return (area,)
        case "period":
            return (str(period),)
        case "unit":
            return tuple(unit.name for unit in collection.units_of(area, period))
        case "standard":
            return tuple(standard.title for standard in collection.standards_in(period))
        case "answer":
            return standard.allowed_answers if standard else ()
        case _:
            return column.values


def _form(collection: Collection, column: Column, choices: tuple[str, ...]) -> str:
    """How a cell is written, as a sentence."""
    match column.type:
        case "answer":
            return f"Write {_either(f'{answer} ({ANSWERS[answer]})' for answer in choices)}."
        case "codes":
            explained = collection.reasons is not None and column.name == collection.reasons.column
            place, several = "on the sheet guidance" if explained else "in the cell", ";".join(column.values[:2])
            return f"Write codes of the list {place}; between several of them a semicolon: {several}."
        case "date":
            forms = {"YYYY-MM-DD": "2026-10-31", "DD/MM/YYYY": "31/10/2026, day before month"}
            return f"Write a date: {_either(forms[form] for form in collection.dates)}."
        case "integer" | "scope" | "count":
            return f"Write a whole number{_range(column)}."
        case "percentage":
            return "Write one decimal with a % sign, such as 87.5%; write - where there is nothing to divide."
        case "urn":
            return "Write two figures, two figures or capital letters, and seven figures, such as 44AB1234516."
        case "text" if column.longest:
            return f"Write at most {column.longest} characters."
        case "text" | "reference":
            return "Write text."
        case _:
            return f"Write {_either(choices)}." if len(choices) <= SHOWN else "Choose from the list in the cell."


SHOWN = 8
"""So many choices are named in a sentence; more stand in a list."""


def _when(collection: Collection, column: Column, standard: Standard | None) -> str:
    if standard and standard.asked_at:
        return f"Only where {collection.cases.point} is {standard.asked_at}; elsewhere leave it empty."
    if standard or column.required or column.type in ("return_id", "area", "period", "unit", "standard"):
        return "In every row."
    return "Where it applies; else leave it empty."


def _judged(standard: Standard) -> str:
    """By when it had to be done, and which column says when it was."""
    rule = standard.due
    if standard.scale is not Scale.TIMELY or rule is None:
        return ""
    start = f"the day on which {rule.start} was due" if rule.after_standard else rule.start
    ordered = f"; where {rule.ordered} is filled in, no later than that day" if rule.ordered else ""
    return f"The dates decide: it was in time where {standard.evidence} is {_by(rule)} {start}{ordered}."


def _by(rule: Due) -> str:
    """How far from the start the last day is: `at most 50 days (remand_status custody) or 70 days (…) after`."""
    days = rule.days.items()
    if not any(number for _, number in days):
        return "earlier than" if rule.strictly_before else "no later than"
    before = any(number < 0 for _, number in days)
    bound = ("more than" if before else "less than") if rule.strictly_before else ("at least" if before else "at most")
    numbers = (f"{abs(number)} days{f' ({rule.days_by} {answer})' if rule.days_by else ''}" for answer, number in days)
    return f"{bound} {_either(numbers)} {'before' if before else 'after'}"


def _range(column: Column) -> str:
    least = 0 if column.least is None else column.least
    return f" from {least} to {column.most}" if column.most is not None else f", {least} or more"


def _either(parts: Iterable[str]) -> str:
    *most, last = parts
    return f"{', '.join(most)} or {last}" if most else last
