"""How is a table written as tidy CSV, so that no spreadsheet takes text for a formula, and read again as it was?"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence

FORMULA = re.compile(r"[=+\-@\t\r\n]")
"""How text begins that a spreadsheet would compute."""
_QUOTED = re.compile(rf"'*{FORMULA.pattern}")


def tidy_csv(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """A header and a line for each row, of these columns and in their order; None is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(map(harmless, rows))
    return text.getvalue()


def begins_a_formula(text: str) -> bool:
    return FORMULA.match(text) is not None


def harmless(row: Mapping[str, object]) -> dict[str, object]:
    """A line of a table with ' before each text that begins like a formula; numbers stay as they are, negative ones too."""
    return {name: f"'{cell}" if isinstance(cell, str) and _QUOTED.match(cell) else cell for name, cell in row.items()}


def meant(cell: str) -> str:
    """The text that was written so."""
    return cell[1:] if cell.startswith("'") and _QUOTED.match(cell) else cell
