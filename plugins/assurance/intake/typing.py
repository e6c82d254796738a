"""What do the cells mean? Turns text rows into the staged table that the rules look at.

The staged table has `row_no` (the line as the sender sees it) and, by the type of each column:

| type | staged columns |
|---|---|
| area, period | the text |
| unit | the unit's name, aliases resolved; an unknown name stays as it is |
| standard | the text, and `counted`: 1, or 0 for a standard that stands in no rate |
| count | `<name>_text`, and `<name>`: the number, null where it is none |
| percentage | `<name>_text`, a `0` of an empty cell written `-`; `<name>_recounted`: what follows from the counts, or null |
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from assurance.catalogue import Collection
from assurance.intake.reading import Row
from assurance.model import Unit

WHOLE_NUMBER = re.compile(r"[0-9]{1,3}(,[0-9]{3}){1,2}|[0-9]{1,9}")
"""At most nine digits: what an integer of the warehouse holds, twice."""


def stage(collection: Collection, header: Sequence[str], rows: Sequence[Row], units: Sequence[Unit]) -> pd.DataFrame:
    """The staged table of a return whose header is right and whose rows are as wide as it."""
    cells = {name: [row.cells[index] for row in rows] for index, name in enumerate(header)}
    staged: dict[str, pd.Series] = {"row_no": pd.Series([row.line for row in rows], dtype="int64")}
    counted = _counted(collection, cells)
    for column in collection.columns:
        text = cells[column.name]
        match column.type:
            case "unit":
                staged[column.name] = _text(_canonical(text, units))
            case "standard":
                staged[column.name] = _text(text)
                staged["counted"] = pd.Series(counted, dtype="int64")
            case "count":
                staged[f"{column.name}_text"] = _text(text)
                staged[column.name] = pd.Series([whole_number(cell) for cell in text], dtype="Int64")
            case "percentage":
                met, not_met = (_numbers(collection, cells, answer) for answer in ("met", "not_met"))
                recounted = [percentage(*counts) for counts in zip(met, not_met, counted, strict=True)]
                shown = [
                    "-" if cell == "0" and right == "-" else cell for cell, right in zip(text, recounted, strict=True)
                ]
                staged[f"{column.name}_text"] = _text(shown)
                staged[f"{column.name}_recounted"] = _text(recounted)
            case _:
                staged[column.name] = _text(text)
    return pd.DataFrame(staged)


def whole_number(text: str) -> int | None:
    """A count as the sender may write it, thousands commas allowed; None when it is none."""
    return int(text.replace(",", "")) if WHOLE_NUMBER.fullmatch(text) else None


def percentage(met: int | None, not_met: int | None, counted: int) -> str | None:
    """What a percentage cell must say: one decimal, halves up; `-` for none of none; empty where nothing counts."""
    if not counted:
        return ""
    if met is None or not_met is None:
        return None
    assessed = met + not_met
    if assessed == 0:
        return "-"
    tenths = (2000 * met + assessed) // (2 * assessed)
    return f"{tenths // 10}.{tenths % 10}%"


def _numbers(collection: Collection, cells: dict[str, list[str]], answer: str) -> list[int | None]:
    name = next(column.name for column in collection.columns if column.answer == answer)
    return [whole_number(cell) for cell in cells[name]]


def _counted(collection: Collection, cells: dict[str, list[str]]) -> list[int]:
    name = next(column.name for column in collection.columns if column.type == "standard")
    apart = {standard.title for standard in collection.standards if not standard.counted}
    return [0 if title in apart else 1 for title in cells[name]]


def _canonical(names: Sequence[str], units: Sequence[Unit]) -> list[str]:
    known = {alias: unit.name for unit in units for alias in unit.aliases}
    return [known.get(name, name) for name in names]


def _text(values: Sequence[str | None]) -> pd.Series:
    return pd.Series(values, dtype="str")
