"""How is text written into a CSV file so that no spreadsheet takes it for a formula, and read again as it was?"""

from __future__ import annotations

import re
from collections.abc import Mapping

FORMULA = re.compile(r"[=+\-@\t\r\n]")
"""How text begins that a spreadsheet would compute."""
_QUOTED = re.compile(rf"'*{FORMULA.pattern}")


def begins_a_formula(text: str) -> bool:
    return FORMULA.match(text) is not None


def harmless(row: Mapping[str, object]) -> dict[str, object]:
    """A line of a table with ' before each text that begins like a formula; numbers stay as they are, negative ones too."""
    return {name: f"'{cell}" if isinstance(cell, str) and _QUOTED.match(cell) else cell for name, cell in row.items()}


def meant(cell: str) -> str:
    """The text that was written so."""
    return cell[1:] if cell.startswith("'") and _QUOTED.match(cell) else cell
