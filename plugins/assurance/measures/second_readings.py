"""Can a self-assessment be trusted? Second answers beside the own answers to the same checks.

Pure functions over counts of pairs. Only pairs that both sides judged are held against each other; where one side alone
says that a check is not applicable or not yet due, that is counted apart, for such an answer is no degree of any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from assurance.measures.agreement import Agreement, Differences, gwet
from assurance.model import Scale

READ_MONTHS = 12
"""The window of second readings, in calendar months: they are few."""
DEGREES = ("met", "partly", "not_met")
"""What a judged check can be, the best first."""

Table = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Reread:
    """Own answers to one standard, or to several, beside second answers."""

    degrees: tuple[str, ...]
    """What rows and columns of the table stand for, the best first."""
    table: Table
    """Pairs by own answer (row) and second answer (column)."""
    one_sided: int = 0
    """Pairs that one side alone judged."""

    @cached_property
    def agreement(self) -> Agreement:
        """How far both sides gave the same answer, beyond chance."""
        return gwet(self.table)

    @cached_property
    def weighted(self) -> Agreement | None:
        """The same where answers next to each other agree in part; None where there are but two."""
        return gwet(self.table, weights="linear") if len(self.table) > 2 else None

    @cached_property
    def sides(self) -> Differences:
        """Which side judged more strictly, and how often: `generous` and `stricter` are said of the own answers."""
        size = range(len(self.table))
        return Differences(
            checks=self.agreement.pairs + self.one_sided,
            generous=sum(self.table[own][second] for own in size for second in size if own < second),
            stricter=sum(self.table[own][second] for own in size for second in size if own > second),
            other=self.one_sided,
        )

    @property
    def fully(self) -> Table:
        """The table by whether a check was fully met: what standards of different scales have in common."""
        ((both, *own_only), *rest) = self.table
        return ((both, sum(own_only)), (sum(row[0] for row in rest), sum(sum(row[1:]) for row in rest)))


def reread(scale: Scale, pairs: Iterable[tuple[str, str, int]]) -> Reread:
    """How far do second answers to a standard agree with the own ones? Each item: own answer, second answer, checks."""
    degrees = tuple(degree for degree in DEGREES if degree in scale.answers.values())
    place = {degree: number for number, degree in enumerate(degrees)}
    table = [[0] * len(degrees) for _ in degrees]
    one_sided = 0
    for own, second, checks in pairs:
        judged = [place.get(scale.answers[answer]) for answer in (own, second)]
        if judged[0] is not None and judged[1] is not None:
            table[judged[0]][judged[1]] += checks
        elif judged != [None, None]:
            one_sided += checks
    return Reread(degrees, tuple(map(tuple, table)), one_sided)


@dataclass(frozen=True)
class Together:
    """Several standards taken together."""

    pairs: int
    agreed: int
    """Pairs of the same answer, each on its own scale."""
    agreement: Agreement
    """How far both sides agree, beyond chance, on whether a check was fully met."""
    sides: Differences

    @property
    def raw(self) -> float | None:
        """The share of pairs that agree; None without a pair."""
        return self.agreed / self.pairs if self.pairs else None


def together(many: Sequence[Reread]) -> Together:
    """How far do second answers agree over several standards?

    A pair agrees where both answers are the same. For AC1 the scales are brought to what they share: fully met or not.
    """
    fully = [one.fully for one in many]
    pooled = tuple(tuple(sum(table[i][j] for table in fully) for j in range(2)) for i in range(2))
    sides = [one.sides for one in many]
    return Together(
        pairs=sum(one.agreement.pairs for one in many),
        agreed=sum(one.agreement.agreed for one in many),
        agreement=gwet(pooled),
        sides=Differences(
            checks=sum(one.checks for one in sides),
            generous=sum(one.generous for one in sides),
            stricter=sum(one.stricter for one in sides),
            other=sum(one.other for one in sides),
        ),
    )
