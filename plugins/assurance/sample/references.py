"""How are made-up cases told apart? A reference for each, which no other case of the month has."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

from assurance.errors import CatalogueError
from assurance.model import NATION, Area, Period
from assurance.sample.draws import Case, by_weight
from assurance.sample.truth import CaseWorld

Numbers = Callable[[Random, int], Case]
"""The reference of the n-th case of a return."""

DIGITS = 10_000_000
SCRAMBLE = 6_180_339
"""Has no factor in common with DIGITS, so that running numbers stay different when they are multiplied by it."""
MONTH = 2_718_281
"""How far the numbers of a month are from those of the month before."""
ROOM = 50_000
"""More cases than an Area can return in a month."""


def numbers_of(world: CaseWorld, area: Area, period: Period) -> Numbers:
    """References that no other case of the month has, in any Area."""
    place = next(index for index, one in enumerate(world.collection.areas) if one.code == area.code)
    if world.collection.has_column("reference"):
        column = world.collection.column_of("reference").name
        return lambda chance, index: {column: f"{area.code}-{period.year}{period.month:02d}-{index + 1:05d}"}
    if not world.collection.has_column("urn") or world.plan.numbers is None:
        return lambda chance, index: {}
    column, plan = world.collection.column_of("urn").name, world.plan.numbers
    own, national = _codes(world, area, period), _national_codes(world, period)
    suffix = by_weight(plan.suffixes)

    def number(chance: Random, index: int) -> Case:
        force = (national if national and chance.random() < plan.national else own)(chance)
        digits = ((place * ROOM + index) * SCRAMBLE + (period.year * 12 + period.month) * MONTH) % DIGITS
        return {column: f"{force}{chance.choice(plan.stations)}{digits:07d}{suffix(chance)}"}

    return number


def _codes(world: CaseWorld, area: Area, period: Period) -> Callable[[Random], str]:
    """The force code of a case, by the sizes of the Area's units."""
    units = [unit for unit in world.collection.units_of(area.code, period) if unit.codes]
    if not units:
        raise CatalogueError(f"Area {area.code} has no unit with a code in {period}; give it one in forces.csv")
    spread = world.plan.spread.unit
    weights = {
        code: math.exp(world.stream(area.code, unit.name, "size").gauss(0, spread)) / len(unit.codes)
        for unit in units
        for code in unit.codes
    }
    return by_weight(weights)


def _national_codes(world: CaseWorld, period: Period) -> Callable[[Random], str] | None:
    codes = {code: 1 for unit in world.collection.units_of(NATION, period) for code in unit.codes}
    return by_weight(codes) if codes else None
