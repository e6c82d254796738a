"""Made-up months as they are released: late returns, corrections, nil returns, an Area that begins; small counts."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from assurance.measures.disclosure import Cell, Counts, Split, Table, share
from assurance.model import NATION, Period

FIRST = Period(2024, 1)
BCM = {"CPS": 14, "police": 3, "defence": 3, "court": 4}
"""So many standards has each owner."""


@dataclass(frozen=True)
class Scale:
    """How big the numbers are."""

    areas: int = 13
    owners: Mapping[str, int] = field(default_factory=lambda: BCM)
    checks: int = 12
    """Of one Area and standard in a month, on average."""
    unmet: tuple[float, float] = (0.01, 0.15)
    """The shares that are not met lie between these."""
    late: float = 0.06
    corrected: float = 0.04
    nil: float = 0.01
    left_out: float = 0.0
    """How often a month is released again without an Area that was in, and once more with it."""


Sharing = Callable[[Table, Sequence[Table], Counts], Table]


def released(months: int, seed: int, scale: Scale = Scale(), sharing: Sharing = share) -> tuple[list[Table], Counts]:
    """Every release of so many months, with what was hidden in each, and the counts of all submissions."""
    counts: dict[str, Mapping[str, Split]] = {}
    tables: list[Table] = []
    for drawn in drawn_releases(months, seed, scale, counts):
        tables.append(sharing(drawn, tables, counts))
    return tables, counts


def drawn_releases(months: int, seed: int, scale: Scale, counts: dict[str, Mapping[str, Split]]) -> Iterator[Table]:
    """The releases in the order in which they are made, nothing hidden yet; their counts are entered as they come."""
    chance = random.Random(seed)
    owners = {
        f"{owner[:1].upper()}{number:02d}": owner
        for owner, many in scale.owners.items()
        for number in range(1, many + 1)
    }
    share = {standard: chance.uniform(*scale.unmet) for standard in owners}
    in_force: dict[tuple[Period, str], str] = {}
    for index in range(months):
        period = FIRST.plus(index)
        areas = [f"A{number:02d}" for number in range(1, scale.areas + 1 + (index >= months // 2))]
        late = [area for area in areas if chance.random() < scale.late]
        for area in areas:
            if area not in late:
                in_force[period, area] = _return(chance, period, area, 1, share, scale, counts)
        yield _table(period, areas, owners, in_force, counts)
        if late and chance.random() < 0.8:
            for area in late:
                in_force[period, area] = _return(chance, period, area, 1, share, scale, counts)
            yield _table(period, areas, owners, in_force, counts)
        if scale.left_out and chance.random() < scale.left_out:
            doubted = chance.choice(sorted(area for month, area in in_force if month == period) or areas)
            kept = in_force.pop((period, doubted), None)
            yield _table(period, areas, owners, in_force, counts)
            if kept and chance.random() < 0.5:
                in_force[period, doubted] = kept
                yield _table(period, areas, owners, in_force, counts)
        restated = set()
        for month, area in sorted(in_force):
            if FIRST.plus(max(0, index - 2)) <= month and chance.random() < scale.corrected:
                in_force[month, area] = _corrected(chance, in_force[month, area], counts)
                restated |= {one for one in month.until(period) if one <= month.plus(2)}
        for month in sorted(restated):
            owing = [f"A{number:02d}" for number in range(1, scale.areas + 1 + (_since(month) >= months // 2))]
            yield _table(month, owing, owners, in_force, counts)


def _since(month: Period) -> int:
    return (month.year - FIRST.year) * 12 + month.month - FIRST.month


def _table(
    period: Period,
    areas: Sequence[str],
    owners: Mapping[str, str],
    in_force: Mapping[tuple[Period, str], str],
    counts: Counts,
) -> Table:
    months = tuple(month for month in period.plus(-2).until(period) if month >= FIRST)
    returns = {(month, area): one for (month, area), one in in_force.items() if month in months}
    printed = [area for area in areas if counts.get(returns.get((period, area), ""))]
    names = sorted(set(owners.values())) if len(set(owners.values())) > 1 else []
    cells = [Cell(NATION), *(Cell(NATION, owner) for owner in names)]
    cells += [Cell(NATION, owner, standard) for standard, owner in owners.items()]
    cells += [Cell(area) for area in printed] + [Cell(area, owner) for area in printed for owner in names]
    return Table(months, dict(owners), returns, frozenset(cells), named=_better(printed, owners, returns, counts))


def _better(
    areas: Sequence[str], owners: Mapping[str, str], returns: Mapping[tuple[Period, str], str], counts: Counts
) -> frozenset[Cell]:
    """The Areas that would be named: their rate of a standard is higher than that of all together."""

    def rate(standard: str, area: str = NATION) -> float:
        parts = [counts[one].get(standard, Split()) for (_, sender), one in returns.items() if area in (NATION, sender)]
        return sum(part.met for part in parts) / max(1, sum(part.assessed for part in parts))

    return frozenset(
        Cell(area, owner, standard)
        for standard, owner in owners.items()
        for area in areas
        if rate(standard, area) > rate(standard)
    )


def _return(
    chance: random.Random,
    period: Period,
    area: str,
    version: int,
    share: Mapping[str, float],
    scale: Scale,
    counts: dict[str, Mapping[str, Split]],
) -> str:
    name = f"{area}-{period}-{version}"
    counts[name] = {} if chance.random() < scale.nil else {s: _split(chance, share[s], scale.checks) for s in share}
    return name


def _split(chance: random.Random, share: float, mean: int) -> Split:
    checks = sum(chance.random() < 0.5 for _ in range(2 * mean))
    unmet = sum(chance.random() < share for _ in range(checks))
    return Split(checks - unmet, unmet)


def _corrected(chance: random.Random, name: str, counts: dict[str, Mapping[str, Split]]) -> str:
    """The next version: a few answers of a few standards are others now, and a few cases are new."""
    stem, _, version = name.rpartition("-")
    new = dict(counts[name])
    for standard in chance.sample(sorted(new), min(len(new), chance.randint(1, 6))):
        met, unmet = new[standard]
        turned = chance.randint(-min(2, unmet), min(2, met))
        new[standard] = Split(met - turned + chance.randint(0, 1), unmet + turned)
    counts[f"{stem}-{int(version) + 1}"] = new
    return f"{stem}-{int(version) + 1}"
