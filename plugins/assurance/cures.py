"""What is to be mended, and where? The findings of a return by their cure, so that a person mends kinds and not lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assurance.measures import words
from assurance.model import Finding, Severity

EFFECTS: Mapping[Severity, str] = {
    Severity.FILE: "rejects the file",
    Severity.ROW: "sets the row aside",
    Severity.QUERY: "query",
    Severity.NOTE: "note",
}
"""What a finding of each severity does, in a word or two."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, wherever it was found."""

    rule: str
    """Its id; several, with commas between, where one thing breaks several rules."""
    severity: Severity
    message: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Cure:
    """One thing to do, and all that it mends."""

    fix: str
    faults: tuple[Fault, ...]
    """The worst first."""

    @property
    def severity(self) -> Severity:
        """The worst of what it mends."""
        return self.faults[0].severity

    @property
    def count(self) -> int:
        return sum(len(fault.findings) for fault in self.faults)

    @property
    def extent(self) -> str:
        """At how many places: `12 cells`, `1 row`, `the whole file`."""
        kinds = {_kind(finding) for fault in self.faults for finding in fault.findings}
        if kinds == {"file"}:
            return "the whole file"
        kind = kinds.pop() if len(kinds) == 1 else "place"
        return words.many(self.count, kind, f"{kind}s")


def cures(findings: Iterable[Finding]) -> list[Cure]:
    """The findings by what mends them, the worst first, of equals what mends most."""
    by_cure: dict[str, dict[tuple[Severity, str], list[Finding]]] = {}
    for found in findings:
        faults = by_cure.setdefault(found.fix, {})
        faults.setdefault((found.severity, found.message), []).append(found)
    made = [Cure(fix, tuple(sorted(_faults(faults), key=_worst_first))) for fix, faults in by_cure.items()]
    return sorted(made, key=lambda cure: (cure.severity.rank, -cure.count))


def to_be_mended(findings: Iterable[Finding]) -> bool:
    """Whether somewhere in the return something is wrong or asked about; a note asks for nothing."""
    return any(f.severity is not Severity.NOTE and (f.row, f.column) != (None, None) for f in findings)


def names_another_area(findings: Iterable[Finding]) -> bool:
    """Whether the file's name is that of another Area than its folder's: it is not to be mended, but sent elsewhere.

    A finding about a cell has a column, also where it has no row because no more of its kind are named.
    """
    return any(one.rule == "RET-005" and (one.row, one.column) == (None, None) for one in findings)


def to_be_answered(findings: Iterable[Finding]) -> bool:
    """Whether a query is among them."""
    return any(finding.severity is Severity.QUERY for finding in findings)


def places(findings: Iterable[Finding], most: int) -> str:
    """`Column met, rows 4 to 6 and 9; column lost, row 4.` No more than `most` rows or runs of rows are named."""
    rows: dict[str | None, set[int]] = {}
    for found in findings:
        rows.setdefault(found.column, set()).update(() if found.row is None else (found.row,))
    told, left, untold = list[str](), most, 0
    for column, numbers in rows.items():
        runs = list(_runs(sorted(numbers)))
        named, unnamed = runs[:left], runs[left:]
        left -= len(named)
        untold += sum(last - first + 1 for first, last in unnamed)
        if named or not runs:
            told.append(_place(column, named))
    rest = f"; and {words.number(untold)} more" if untold else ""
    return f"{words.capital('; '.join(told))}{rest}."


def rows_told(numbers: Iterable[int], most: int) -> str:
    """`3, 8, 12 to 15 and 20`: rows in their order. No more than `most` rows or runs of rows are named."""
    runs = list(_runs(sorted(numbers)))
    untold = sum(last - first + 1 for first, last in runs[most:])
    return words.names([*map(_run, runs[:most]), *([f"{words.number(untold)} more"] if untold else [])])


def _faults(faults: Mapping[tuple[Severity, str], Sequence[Finding]]) -> Iterator[Fault]:
    for (severity, message), found in faults.items():
        yield Fault(", ".join(dict.fromkeys(one.rule for one in found)), severity, message, tuple(found))


def _worst_first(fault: Fault) -> tuple[int, int]:
    return fault.severity.rank, -len(fault.findings)


def _kind(finding: Finding) -> str:
    if finding.row is None:
        return "file" if finding.column is None else "column"
    return "row" if finding.column is None else "cell"


def _place(column: str | None, runs: Sequence[tuple[int, int]]) -> str:
    one = len(runs) == 1 and runs[0][0] == runs[0][1]
    in_rows = f"{'row' if one else 'rows'} {words.names(list(map(_run, runs)))}" if runs else ""
    return ", ".join(part for part in (f"column {column}" if column else "", in_rows) if part) or "the whole file"


def _run(run: tuple[int, int]) -> str:
    first, last = run
    return f"{first}" if first == last else f"{first} to {last}"


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Each stretch of three or more rows that follow one another as its first and last; any other row by itself."""
    run: list[int] = []
    for number in numbers:
        if run and number != run[-1] + 1:
            yield from _told(run)
            run = []
        run.append(number)
    yield from _told(run)


def _told(run: Sequence[int]) -> Iterator[tuple[int, int]]:
    if len(run) > 2:
        yield run[0], run[-1]
    else:
        yield from ((number, number) for number in run)
