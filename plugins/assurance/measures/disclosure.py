"""Small numbers: which cells of a shareable table must be hidden, so that nothing small can be read or worked out?

A cell is shown whole (assessed, met, and so the rate) or hidden whole. What is small is hidden first. Then each hidden
cell is given a *witness*: another world, with other counts in the returns, in which every number that was ever shared
is the same and the hidden count is another one. While there are worlds from four checks fewer to four more, nobody can
tell which is ours; where there are not, further cells are hidden until there are.

The worlds are found as circulations. The cells of a table are arcs of a network in which what flows into a node flows
out of it (an Area's owners add up to the Area, the Areas to the nation), so counts that move round a ring of hidden
cells leave every shown cell as it is. Whole numbers only and a fixed order: the same tables hide the same cells.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple, TypeAlias

from assurance.measures.rates import TOO_FEW
from assurance.model import NATION, Period

SMALL = range(1, 5)
"""Counts that are hidden. A zero is a zero."""

WIDTH = 4
"""So many checks must lie between the least and the most that a hidden count can be."""


class Split(NamedTuple):
    """The assessed checks of a cell: those met, and those partly or not met."""

    met: int = 0
    unmet: int = 0

    @property
    def assessed(self) -> int:
        return self.met + self.unmet

    def plus(self, other: Split) -> Split:
        return Split(self.met + other.met, self.unmet + other.unmet)


class Cell(NamedTuple):
    """A place in the shareable table; `ALL` stands for the nation, for all owners, and for all standards of an owner."""

    area: str
    owner: str = NATION
    standard: str = NATION


Counts: TypeAlias = Mapping[str, Mapping[str, Split]]
"""What each submission says of each standard."""


@dataclass(frozen=True)
class Table:
    """The shareable table of one release, and what stands behind it."""

    months: tuple[Period, ...]
    """Its window; the last is the period of the release."""
    owners: Mapping[str, str]
    """The owner of each standard that counts in a rate."""
    returns: Mapping[tuple[Period, str], str]
    """Which submission stands behind it for a month and an Area."""
    shown: frozenset[Cell]
    """The cells that are printed; of a table that is being made, those that there would be a figure for."""
    hidden: frozenset[Cell] = frozenset()
    """The cells that were hidden. A cell in neither has no figure at all, such as that of an Area without a return."""
    named: frozenset[Cell] = frozenset()
    """Areas named for a standard, without a number; of a table that is being made, those that would be."""

    @cached_property
    def areas(self) -> tuple[str, ...]:
        """Everybody who has counts in it, printed or not."""
        return tuple(sorted({area for _, area in self.returns}))

    @cached_property
    def has_owners(self) -> bool:
        """Is there more than one owner? The cells of the only one would be those of all standards over again."""
        return len(set(self.owners.values())) > 1


def is_small(split: Split) -> bool:
    """Is one of the numbers of this cell too small to be shared?

    A count of 1 to 4, met or unmet (each follows from the other and the number assessed), or a rate of fewer than ten.
    """
    return split.met in SMALL or split.unmet in SMALL or 0 < split.assessed < TOO_FEW


def may_be_named(split: Split) -> bool:
    """May an Area be named for a standard of which it has these counts?

    Its cell could itself be shown, and no number of it is zero: the name tells no more than that there are so many of each.
    """
    return min(split) >= SMALL.stop and not is_small(split)


def share(now: Table, before: Sequence[Table], counts: Counts) -> Table:
    """What of a table can be shared, given every table that was shared before: which cells are shown, which hidden?

    `before` is in the order of the releases; those that share no month with `now`, nor with a table that does, have no
    part in it. `counts` holds every submission that any of the tables stands on. Where nothing less is safe the whole
    table is withheld: nothing is shown, and nothing is there to be hidden. A name is given where it costs no number: it
    says that an Area has at least so many checks, so there are fewer worlds; where too few are left nobody is named.
    """
    hidden = _Search(replace(now, named=frozenset()), before, counts).hidden()
    if hidden is None:
        return replace(now, shown=frozenset(), hidden=frozenset(), named=frozenset())
    named = frozenset(cell for cell in now.named if may_be_named(said_of_standard(cell, now, counts)))
    if named and _Search(replace(now, named=named), before, counts).hidden() != hidden:
        named = frozenset()
    return replace(now, shown=now.shown - hidden, hidden=hidden, named=named)


def said_of_standard(cell: Cell, table: Table, counts: Counts) -> Split:
    """What an Area says of one standard over the window of a table."""
    total = Split()
    for submission in _behind(cell, table):
        total = total.plus(counts.get(submission, {}).get(cell.standard, Split()))
    return total


def totals(table: Table, counts: Counts) -> dict[Cell, Split]:
    """The value of every cell of a table, those of Areas that are not printed too."""
    found: dict[Cell, Split] = defaultdict(Split)
    for (month, area), submission in table.returns.items():
        if month in table.months:
            for standard, split in counts.get(submission, {}).items():
                if owner := table.owners.get(standard):
                    for cell in _cells_of(area, owner, standard):
                        found[cell] = found[cell].plus(split)
    return dict(found)


def _cells_of(area: str, owner: str, standard: str) -> Iterator[Cell]:
    """The cells in which an Area's answer to a standard is counted."""
    yield Cell(area)
    yield Cell(area, owner)
    yield Cell(NATION)
    yield Cell(NATION, owner)
    yield Cell(NATION, owner, standard)


# -- what is hidden for its own sake


def _primary(now: Table, before: Sequence[Table], counts: Counts) -> set[Cell]:
    values = totals(now, counts)
    hidden = {cell for cell in now.shown if is_small(values.get(cell, Split()))}
    for earlier in before:
        if earlier.months[-1] == now.months[-1]:
            hidden |= earlier.hidden & now.shown  # showing it now would tell what the other release hid
        hidden |= {cell for cell in now.shown & earlier.shown if _is_isolated(cell, now, earlier, counts)}
    return hidden


def _is_isolated(cell: Cell, one: Table, other: Table, counts: Counts) -> bool:
    """Does the figure of an Area hold all that an earlier one held, and a small count more?

    Two months and then three of an Area that has just begun leave the third. Where the earlier figure holds something
    that is no longer in this one, the difference is of two things and tells of neither.
    """
    ours, theirs = _behind(cell, one), _behind(cell, other)
    if cell.area == NATION or _sum(cell, other, theirs - ours, counts).assessed:
        return False
    more = _sum(cell, one, ours - theirs, counts)
    return more.met in SMALL or more.unmet in SMALL


def _behind(cell: Cell, table: Table) -> set[str]:
    found = (table.returns.get((month, cell.area)) for month in table.months)
    return {submission for submission in found if submission}


def _sum(cell: Cell, table: Table, submissions: Iterable[str], counts: Counts) -> Split:
    total = Split()
    for submission in submissions:
        for standard, split in counts.get(submission, {}).items():
            if (cell.owner == NATION and standard in table.owners) or table.owners.get(standard) == cell.owner:
                total = total.plus(split)
    return total


# -- what is hidden to protect it


@dataclass(frozen=True)
class _Target:
    """A hidden count that must keep its witness."""

    table: int
    cell: Cell
    part: int
    """0: the checks met; 1: those not met. The number assessed moves with either."""
    owed: bool = True
    """False: it has no cell, so it is protected where that can be done, and is no reason to hide everything."""


class _Search:
    """Looks for the witness of every hidden count and, where there is none, for the cheapest cells to hide for one."""

    def __init__(self, now: Table, before: Sequence[Table], counts: Counts) -> None:
        near = [table for table in before if _meet(table, now)]
        about = [table for table in before if any(_meet(table, other) for other in near)]
        self.tables = [*about, now]
        self.now = now
        self.latest = len(about)
        self.counts = counts
        self.closed = _primary(now, near, counts)
        self.values = [totals(table, counts) for table in self.tables]
        self.networks: dict[tuple[Period, int], list[tuple[int, _Network]]] = {}

    def hidden(self) -> frozenset[Cell] | None:
        """The cells to hide; None where even all of them would not be enough."""
        waiting = [target for table in range(self.latest + 1) for target in self._targets(table)]
        for target in waiting:  # grows while it is walked through
            while (missing := WIDTH - self._width(target)) > 0:
                cells = self._cheapest(target, missing)
                if not cells and target.owed:
                    return None
                if not cells:
                    break
                self.closed |= cells
                waiting += [_Target(self.latest, cell, part) for cell in sorted(cells) for part in (0, 1)]
        return frozenset(self.closed)

    def _targets(self, table: int) -> Iterator[_Target]:
        """The hidden counts of a table; of one being made also small ones that have no cell of their own."""
        of = self.tables[table]
        if not _meet(of, self.now):
            return
        hidden = self.closed if table == self.latest else of.hidden
        unprinted = {
            cell
            for cell, split in self.values[table].items()
            if cell not in of.shown | of.hidden and is_small(split) and (cell.owner == NATION or of.has_owners)
        }
        for cell in sorted(hidden):
            yield from (_Target(table, cell, part) for part in (1, 0))
        for cell in sorted(unprinted):
            yield from (_Target(table, cell, part, owed=False) for part in (1, 0))

    def _width(self, target: _Target) -> int:
        """How far the count can move: months move apart from each other, so what each allows adds up."""
        total = 0
        months = self.tables[target.table].months
        if any(target.cell in network.proved for month in months for network in self._movable(month, target)):
            return WIDTH
        for month in months:
            best = 0
            for network in self._movable(month, target):
                best = max(best, network.width(target.cell, self._is_free, WIDTH - total))
            total += best
            if total >= WIDTH:
                break
        return total

    def _cheapest(self, target: _Target, missing: int) -> frozenset[Cell]:
        """The least that must be hidden in the new table to move the count further; empty where nothing helps.

        A ring with room for a part of what is missing may cost less than one with room for all: once its cells are
        hidden, the rest often moves through them by way of other standards.
        """
        months = [month for month in self.tables[target.table].months if month in self.now.months]
        found = [
            (price * -(-missing // need), -need, sorted(cells))
            for need in {missing, (missing + 1) // 2, 1}
            for month in months
            for network in self._movable(month, target)
            for price, cells in network.ways(target.cell, self._price, self._is_free, need)
        ]
        return frozenset(min(found)[2]) if found else frozenset()

    def _movable(self, month: Period, target: _Target) -> Iterator[_Network]:
        """The networks of a month in which this count can move."""
        if (month, target.part) not in self.networks:
            self.networks[month, target.part] = list(self._networks(month, target.part))
        for start, network in self.networks[month, target.part]:
            if start <= target.table:
                yield network

    def _networks(self, month: Period, part: int) -> Iterator[tuple[int, _Network]]:
        """One for every table of the month with which new returns came: it moves those, and leaves what was before.

        A move must be the same in every table it touches. So it has either all that an Area ever said of the month,
        or what was new in one table and all that came after; and only of Areas for which the two do not mix.
        """
        holding = [index for index, table in enumerate(self.tables) if month in table.months]
        for place, start in enumerate(holding):
            old = {(area, self._return(index, month, area)) for index in holding[:place] for area in self._areas}
            fresh = [
                area
                for area in self._areas
                if all(self._has_cases(index, month, area) for index in holding[place:])
                and not any((area, self._return(index, month, area)) in old for index in holding[place:])
            ]
            if fresh:
                yield start, self._network(month, part, holding[place:], fresh)

    def _network(self, month: Period, part: int, touched: Sequence[int], areas: Sequence[str]) -> _Network:
        tables = [self.tables[index] for index in touched]
        owners = {
            standard: owner
            for standard, owner in tables[-1].owners.items()
            if all(table.owners.get(standard) == owner for table in tables)
        }
        least = {
            (area, standard): min(self._spare(table, month, Cell(area, owner, standard), part) for table in tables)
            for area in areas
            for standard, owner in owners.items()
        }
        now = self.latest in touched
        pinned = frozenset[Cell]().union(*(table.shown for table in tables if table is not self.now))
        return _Network(owners, areas, least, pinned, self.now.shown if now else frozenset())

    def _spare(self, table: Table, month: Period, cell: Cell, part: int) -> int:
        """How many checks of a month an Area can have fewer of a standard, for all that a table tells.

        All of them; of an Area that is named for it so few that, over all months, enough are left for it to be named.
        """
        own = self.counts[table.returns[month, cell.area]].get(cell.standard, Split())[part]
        if cell not in table.named:
            return own
        beyond = said_of_standard(cell, table, self.counts)[part] - SMALL.stop
        return min(own, beyond // len(table.months))

    @cached_property
    def _areas(self) -> tuple[str, ...]:
        return tuple(sorted({area for table in self.tables for area in table.areas}))

    def _return(self, index: int, month: Period, area: str) -> str | None:
        return self.tables[index].returns.get((month, area))

    def _has_cases(self, index: int, month: Period, area: str) -> bool:
        # that a nil return or an absent one holds nothing is known to everybody, so its zeros cannot move
        return bool(self.counts.get(self._return(index, month, area) or ""))

    def _is_free(self, cell: Cell) -> bool:
        return cell in self.closed

    def _price(self, cell: Cell) -> int:
        """What is lost if this cell is hidden: the more who read it and the more it rests on, the dearer."""
        split = self.values[self.latest].get(cell, Split())
        rank = (2 if cell.area == NATION else 0) + (1 if cell.standard == NATION and cell.owner == NATION else 0)
        weight = {0: 10, 1: 30, 2: 60, 3: 200}[rank] if not _is_single(cell) else 12
        return weight * 1_000_000 * (1 if split.assessed else 3) + min(split.assessed, 999_999)


def _is_single(cell: Cell) -> bool:
    return cell.standard != NATION


def _meet(one: Table, other: Table) -> bool:
    return not set(one.months).isdisjoint(other.months)


@dataclass(frozen=True)
class _Arc:
    """What flows from one node to another: a cell of the table, or what one Area says of one standard."""

    tail: int
    head: int
    cell: Cell | None
    least: int
    """By how much it can shrink; a cell is held by what it is the sum of."""


_FREELY = 1 << 30
"""More than anything that is counted."""

_Step: TypeAlias = tuple[int, int]
"""An arc and the way along it: 1 with it (more), -1 against it (fewer)."""


class _Network:
    """What can move in one month, met or unmet, without changing a cell that is shown.

    nation → Area → Area and owner → standard → owner → nation. No published number is an arc of the middle: an Area
    shares no single standard.
    """

    def __init__(
        self,
        owners: Mapping[str, str],
        areas: Sequence[str],
        least: Mapping[tuple[str, str], int],
        pinned: frozenset[Cell],
        shown: frozenset[Cell],
    ) -> None:
        self.shown = shown
        """The cells of the new table that hold it still unless they are hidden."""
        self.proved: set[Cell] = set()
        """Cells on a ring that moves far enough. More is hidden as the search goes on, never less, so they stay."""
        self.arcs: list[_Arc] = []
        self.out: dict[int, list[_Step]] = defaultdict(list)
        self.nodes: dict[tuple[str, ...], int] = {}
        names = sorted(set(owners.values()))
        cells: list[tuple[tuple[str, ...], tuple[str, ...], Cell]]
        cells = [(("top",), ("area", area), Cell(area)) for area in areas]
        cells += [(("area", area), ("part", area, name), Cell(area, name)) for area in areas for name in names]
        cells += [(("standard", one), ("owner", name), Cell(NATION, name, one)) for one, name in sorted(owners.items())]
        cells += [(("owner", name), ("nation",), Cell(NATION, name)) for name in names]
        cells += [(("nation",), ("top",), Cell(NATION))]
        for tail, head, cell in cells:
            if cell not in pinned:
                self._add(tail, head, cell, 0)
        for (area, standard), fewest in sorted(least.items()):
            self._add(("part", area, owners[standard]), ("standard", standard), None, fewest)
        self.place = {arc.cell: index for index, arc in enumerate(self.arcs) if arc.cell}

    def _add(self, tail: tuple[str, ...], head: tuple[str, ...], cell: Cell | None, least: int) -> None:
        ends = [self.nodes.setdefault(node, len(self.nodes)) for node in (tail, head)]
        self.out[ends[0]].append((len(self.arcs), 1))
        self.out[ends[1]].append((len(self.arcs), -1))
        self.arcs.append(_Arc(ends[0], ends[1], cell, least))

    def width(self, cell: Cell, is_free: Callable[[Cell], bool], most: int) -> int:
        """By how many checks the cell can be more or fewer, counted up to `most`."""
        total = 0
        for way in (1, -1):
            moved, _ = self._moved(cell, way, is_free, most - total)
            total += moved
        return total

    def ways(
        self, cell: Cell, price: Callable[[Cell], int], is_free: Callable[[Cell], bool], need: int
    ) -> Iterator[tuple[int, frozenset[Cell]]]:
        """The cheapest cells to hide for `need` checks more than what moves already, and those for `need` fewer."""
        for way in (1, -1):
            _, flow = self._moved(cell, way, is_free, WIDTH)
            path = self._path(cell, way, flow, need, lambda one: 0 if self._moves(one, is_free) else price(one))
            ring = {cell, *(found for arc, _ in path if (found := self.arcs[arc].cell))} if path else set()
            closed = frozenset(found for found in ring if not self._moves(found, is_free))
            if closed:
                yield sum(map(price, closed)), closed

    def _moves(self, cell: Cell, is_free: Callable[[Cell], bool]) -> bool:
        return cell not in self.shown or is_free(cell)

    def _moved(self, cell: Cell, way: int, is_free: Callable[[Cell], bool], most: int) -> tuple[int, dict[int, int]]:
        """How far a cell moves one way, up to `most`, and what has moved with it."""
        flow: dict[int, int] = {}
        total = 0
        while self._moves(cell, is_free) and total < most:
            path = self._path(cell, way, flow, 1, lambda one: 0 if self._moves(one, is_free) else None)
            if not path:
                break
            step = min(most - total, *(self._room(arc, along, flow) for arc, along in path))
            if step >= WIDTH:
                self.proved |= {cell, *(found for arc, _ in path if (found := self.arcs[arc].cell))}
            for arc, along in path:
                flow[arc] = flow.get(arc, 0) + along * step
            total += step
        return total, flow

    def _room(self, arc: int, along: int, flow: Mapping[int, int]) -> int:
        if along > 0 or self.arcs[arc].cell:
            return _FREELY
        return self.arcs[arc].least + flow.get(arc, 0)

    def _path(
        self, cell: Cell, way: int, flow: Mapping[int, int], need: int, price: Callable[[Cell], int | None]
    ) -> list[_Step]:
        """The cheapest ring through the cell that has room for `need`, without the cell itself; empty if there is none.

        Dijkstra (1959).
        """
        own = self.place.get(cell)
        if own is None:
            return []
        arc = self.arcs[own]
        start, end = (arc.head, arc.tail) if way > 0 else (arc.tail, arc.head)
        turn = count()  # of equal prices the first found
        heap: list[tuple[int, int, int]] = [(0, next(turn), start)]
        came: dict[int, _Step] = {}
        cost = {start: 0}
        while heap:
            so_far, _, node = heappop(heap)
            if node == end:
                break
            if so_far > cost[node]:
                continue
            for index, along in self.out[node]:
                step = self.arcs[index]
                if index == own or self._room(index, along, flow) < need:
                    continue
                extra = price(step.cell) if step.cell else 0
                to = step.head if along > 0 else step.tail
                if extra is not None and so_far + extra < cost.get(to, so_far + extra + 1):
                    cost[to] = so_far + extra
                    came[to] = (index, along)
                    heappush(heap, (so_far + extra, next(turn), to))
        return self._walked(came, start, end)

    def _walked(self, came: Mapping[int, _Step], start: int, end: int) -> list[_Step]:
        steps: list[_Step] = []
        node = end
        while node != start:
            if node not in came:
                return []
            index, along = came[node]
            steps.append((index, along))
            node = self.arcs[index].tail if along > 0 else self.arcs[index].head
        return steps[::-1]
