"""How much of the whole? Bars."""

from __future__ import annotations

from markupsafe import Markup


def bar(count: int, most: int) -> Markup:
    """A count as a bar in a table cell, beside the greatest one; decoration, the count stands beside it."""
    return Markup(f'<svg class="bar" aria-hidden="true"><path d="M0 6h{count / most * 150:.0f}"/></svg>')
