"""Which number is meant? Every published number of every figure has an id, such as `bcm/2026-10/1/3m/WSX/C06/rate`."""

from __future__ import annotations

from dataclasses import dataclass

from assurance.errors import FigureError
from assurance.measures.figures import FIGURE_COLUMNS, FURTHER_COLUMNS, WINDOWS, Figure
from assurance.model import Period, shown

MEASURES = (*FIGURE_COLUMNS[FIGURE_COLUMNS.index("sample_reason") + 1 :], *FURTHER_COLUMNS)
"""What is published of a figure: the columns after those that say which figure it is."""
FORM = "COLLECTION/PERIOD/RELEASE/WINDOW/AREA/STANDARD/MEASURE"
EXAMPLE = "bcm/2026-10/1/3m/WSX/C06/rate"
LONGEST = 200
"""Characters; what is longer is no id, and is not echoed."""


@dataclass(frozen=True)
class FigureId:
    """One number of one figure of one release; `ALL` stands for the nation and for all standards."""

    collection: str
    period: Period
    number: int
    window: str
    area: str
    standard: str
    measure: str

    @classmethod
    def parse(cls, text: str) -> FigureId:
        """Read an id; FigureError says which part is wrong. Whether its release has such a figure only that can tell."""
        if len(text) > LONGEST:
            raise FigureError(f"an id of a figure has the form {FORM}, as {EXAMPLE}; this has {len(text)} characters")
        parts = text.split("/")
        if len(parts) != len(FORM.split("/")):
            raise FigureError(
                f"an id of a figure has {len(FORM.split('/'))} parts: {FORM}, as {EXAMPLE}; {shown(text)!r} has {len(parts)}"
            )
        collection, month, number, window, area, standard, measure = parts
        try:
            period = Period.parse(month)
        except ValueError as error:
            raise FigureError(f"the second part of the id, its period: {error}") from None
        if not (number.isascii() and number.isdigit()):
            raise FigureError(
                f"the third part of the id, the number of the release, is a number, not {shown(number)!r}"
            )
        for name, part, known in (("fourth", window, tuple(WINDOWS)), ("last", measure, MEASURES)):
            if part not in known:
                what = "window" if name == "fourth" else "measure"
                raise FigureError(
                    f"the {name} part of the id, the {what}, is {shown(part)!r}; there are: {', '.join(known)}"
                )
        return cls(collection, period, int(number), window, area, standard, measure)

    @property
    def release_id(self) -> str:
        return f"{self.collection}/{self.period}/{self.number}"

    @property
    def key(self) -> tuple[str, str, str]:
        """The figure among those of its release: window, Area, standard."""
        return self.window, self.area, self.standard

    def __str__(self) -> str:
        return f"{self.release_id}/{'/'.join(self.key)}/{self.measure}"


def id_of(release_id: str, figure: Figure, measure: str) -> str:
    """The id of what a release publishes of a figure."""
    return f"{release_id}/{figure.window}/{figure.area}/{figure.standard}/{measure}"
