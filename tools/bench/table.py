"""A table of figures, as Markdown."""

from __future__ import annotations

from collections.abc import Sequence


def table(header: Sequence[str], rows: Sequence[Sequence[str]], words: Sequence[int] = (0,)) -> str:
    """Every row under the header; columns are numbers, but for those at the places in `words`."""
    widths = [max(len(row[place]) for row in (header, *rows)) for place in range(len(header))]
    ruler = ["-" * (width - 1) + ("-" if place in words else ":") for place, width in enumerate(widths)]
    return "\n".join(
        "| "
        + " | ".join(
            cell.ljust(width) if place in words else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        + " |"
        for row in (header, ruler, *rows)
    )


def ratio(of: float, to: float) -> str:
    """How many times; two digits, or three."""
    times = of / max(to, 1e-6)
    return f"{times:.0f}" if times >= 10 else f"{times:.2f}"
