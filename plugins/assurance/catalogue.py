"""What does each collection ask, of whom, by when, and by which rules? Loads `expectations/` and refuses a bad one.

Everything a collection is stands in data: `areas.csv`, `forces.csv`, `recipients.yaml`, and one folder per collection
with `collection.yaml`, `standards.yaml` and `rules.yaml`. Loading checks all of it and raises CatalogueError, naming
file, place and cure.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError

from assurance.errors import CatalogueError
from assurance.model import NATION, Area, Direction, Period, Severity, Standard, Unit

OPEN_END = date(9999, 12, 31)
AREA_HEADER = ("area_code", "name", "aliases", "valid_from", "valid_to", "succeeds")
FORCE_HEADER = ("urn_force_code", "force", "aliases", "area_code", "valid_from", "valid_to")
Model = TypeVar("Model", bound=BaseModel)


def _text(value: object) -> object:
    """Refuse what YAML read as a number or a time where the file must quote it."""
    if not isinstance(value, str):
        raise ValueError(f"put it in quotes, for YAML reads it as {value!r}")  # noqa: TRY004 - pydantic wants this one
    return value


def _month(text: str) -> str:
    Period.parse(text)
    return text


def _number(text: str) -> str:
    try:
        Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is not a number; write it like 0.95") from None
    return text


Quoted = Annotated[str, BeforeValidator(_text)]
Month = Annotated[Quoted, AfterValidator(_month)]
Number = Annotated[Quoted, AfterValidator(_number)]
CURES = {
    "extra_forbidden": "this key is not known; take it out or mend its spelling",
    "missing": "this key is missing; add it",
    "string_type": "this is no text; put it in quotes",
}
"""What to do, where pydantic's own words only say what is wrong."""


class Entry(BaseModel):
    """A piece of a YAML file: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Words(Entry):
    """The words in which reports speak of a check of this collection."""

    check: str
    checks: str
    met: str
    rate: str
    standard: str
    standards: str


class Limits(Entry):
    """How large a file may be before it is refused unread."""

    bytes: int
    rows: int
    columns: int


class WorkingDay(Entry):
    """The n-th working day of the month after the period, at a time of day in London."""

    working_day: int
    at: Quoted


def _on_the_clock(day: WorkingDay) -> WorkingDay:
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", day.at):
        raise ValueError(f"{day.at!r} is not a time of day; write HH:MM")
    return day


Deadline = Annotated[WorkingDay, AfterValidator(_on_the_clock)]


class Calendar(Entry):
    due: Deadline
    cut_off: Deadline
    release: Deadline


class Headline(Entry):
    """How the rate over all standards is judged."""

    direction: Direction
    target: Number | None
    margin: Number


class Column(Entry):
    """One column of the return. `answer` says which count of the tally a column of type count adds to."""

    name: str
    type: Literal["area", "period", "unit", "standard", "count", "percentage"]
    answer: Literal["met", "partly", "not_met", "not_applicable", "not_due"] | None = None


class RuleText(Entry):
    """What a rule says to the person who must mend the return."""

    rule: str
    severity: Severity
    message: str
    why: str
    fix: str
    effective_from: Month


class Expectation(Entry):
    """One Great Expectations entry of a suite."""

    type: str
    kwargs: dict[str, Any]
    severity: Literal["critical", "warning", "info"]
    meta: RuleText


class RuleFile(Entry):
    version: int
    guards: tuple[RuleText, ...]
    expectations: tuple[Expectation, ...]
    history: tuple[RuleText, ...] = ()


class CollectionFile(Entry):
    code: str
    title: str
    grain: Literal["aggregate"]
    formats: tuple[Literal["csv"], ...]
    marking: str
    licence: str | None = None
    contact: str
    words: Words
    limits: Limits
    not_collected: tuple[Month, ...] = ()
    calendar: Calendar
    headline: Headline
    columns: tuple[Column, ...]


class StandardEntry(Entry):
    code: str
    title: str
    version: int
    direction: Direction
    owner: str
    target: Number | None
    margin: Number
    counted: bool = True


class StandardFile(Entry):
    version: int
    standards: tuple[StandardEntry, ...]


class Recipient(Entry):
    """Somebody who receives mail about some Areas (`ALL`: the nation)."""

    address: str
    name: str
    areas: tuple[str, ...]
    kinds: tuple[Literal["receipt", "release"], ...]


class RecipientFile(Entry):
    recipients: tuple[Recipient, ...]


@dataclass(frozen=True)
class Collection:
    """A kind of return: its columns, rules, register, calendar and the Areas that owe it."""

    code: str
    title: str
    formats: tuple[str, ...]
    marking: str
    licence: str | None
    contact: str
    words: Words
    limits: Limits
    not_collected: frozenset[Period]
    calendar: Calendar
    headline_direction: Direction
    headline_target: Decimal | None
    headline_margin: Decimal
    columns: tuple[Column, ...]
    standards: tuple[Standard, ...]
    rules: RuleFile
    areas: tuple[Area, ...]
    units: tuple[Unit, ...]
    version: str
    """Fingerprint of the files that define the collection: what its rules and register were."""

    def areas_owing(self, period: Period) -> tuple[Area, ...]:
        """The Areas that owe a return for the period, by code; none for a month that is not collected."""
        if period in self.not_collected:
            return ()
        return tuple(area for area in self.areas if area.owes(period))

    def area(self, code: str) -> Area:
        """The Area with this code; CatalogueError when there is none."""
        for area in self.areas:
            if area.code == code:
                return area
        raise CatalogueError(
            f"there is no Area {code!r} in areas.csv; its codes are {', '.join(a.code for a in self.areas)}"
        )

    def name_of(self, code: str) -> str:
        """The name of an Area; a folder of the landing place that is no Area is called as it is."""
        return next((area.name for area in self.areas if area.code == code), code)

    def units_of(self, area: str, period: Period) -> tuple[Unit, ...]:
        return tuple(unit for unit in self.units if unit.area == area and unit.exists_in(period))

    @cached_property
    def rule_texts(self) -> Mapping[str, RuleText]:
        """Every rule by id. Where a guard and an entry share a rule, the guard's text: an entry carries its own."""
        texts = (*(entry.meta for entry in self.rules.expectations), *self.rules.history, *self.rules.guards)
        return {text.rule: text for text in texts}

    @property
    def counted_standards(self) -> frozenset[str]:
        return frozenset(standard.code for standard in self.standards if standard.counted)


@dataclass(frozen=True)
class Catalogue:
    """All collections and recipients of one `expectations/` folder."""

    collections: Mapping[str, Collection]
    recipients: tuple[Recipient, ...]

    def collection(self, code: str) -> Collection:
        """The collection with this code; CatalogueError when there is none."""
        if code not in self.collections:
            known = ", ".join(self.collections) or "none"
            raise CatalogueError(f"there is no collection {code!r}; those in the expectations folder: {known}")
        return self.collections[code]

    def recipients_of(self, kind: str, area: str) -> tuple[Recipient, ...]:
        return tuple(r for r in self.recipients if kind in r.kinds and area in r.areas)


def load_catalogue(folder: Path) -> Catalogue:
    """Read a whole `expectations/` folder."""
    if not (folder / "areas.csv").is_file():
        raise CatalogueError(f"{folder}: no areas.csv here; point ASSURANCE_EXPECTATIONS at the folder of collections")
    areas = _areas(folder / "areas.csv")
    units = _units(folder / "forces.csv")
    folders = sorted(path.parent for path in folder.glob("*/collection.yaml"))
    collections = {path.name: _collection(path, areas, units) for path in folders}
    recipients = _read(folder / "recipients.yaml", RecipientFile).recipients
    _check_recipients(folder / "recipients.yaml", recipients, areas)
    return Catalogue(collections, recipients)


def _collection(folder: Path, areas: tuple[Area, ...], units: tuple[Unit, ...]) -> Collection:
    described = _read(folder / "collection.yaml", CollectionFile)
    if described.code != folder.name:
        raise CatalogueError(
            f"{folder / 'collection.yaml'}: code is {described.code!r}; make it the folder's name {folder.name!r}"
        )
    rules = _read(folder / "rules.yaml", RuleFile)
    _check_rules(folder / "rules.yaml", rules)
    register = _read(folder / "standards.yaml", StandardFile)
    _check_unique(folder / "standards.yaml", "standard", [entry.code for entry in register.standards])
    _check_unique(folder / "collection.yaml", "column", [column.name for column in described.columns])
    return Collection(
        code=described.code,
        title=described.title,
        formats=described.formats,
        marking=described.marking,
        licence=described.licence,
        contact=described.contact,
        words=described.words,
        limits=described.limits,
        not_collected=frozenset(Period.parse(text) for text in described.not_collected),
        calendar=described.calendar,
        headline_direction=described.headline.direction,
        headline_target=_decimal(described.headline.target),
        headline_margin=Decimal(described.headline.margin),
        columns=described.columns,
        standards=tuple(_standard(entry) for entry in register.standards),
        rules=rules,
        areas=areas,
        units=units,
        version=_fingerprint(folder),
    )


def _standard(entry: StandardEntry) -> Standard:
    return Standard(
        code=entry.code,
        title=entry.title,
        version=entry.version,
        direction=entry.direction,
        owner=entry.owner,
        target=_decimal(entry.target),
        margin=Decimal(entry.margin),
        counted=entry.counted,
    )


def _areas(path: Path) -> tuple[Area, ...]:
    areas = [
        Area(
            code=row["area_code"],
            name=row["name"],
            aliases=_aliases(row["aliases"]),
            valid_from=_day(path, line, row["valid_from"]),
            valid_to=_day(path, line, row["valid_to"]) if row["valid_to"] else OPEN_END,
            succeeds=row["succeeds"] or None,
        )
        for line, row in _rows(path, AREA_HEADER)
    ]
    _check_unique(path, "Area", [area.code for area in areas])
    return tuple(sorted(areas, key=lambda area: area.code))


def _units(path: Path) -> tuple[Unit, ...]:
    """The forces by the names under which they report; forces of an Area that share an alias report together under it."""
    rows = [(line, row) for line, row in _rows(path, FORCE_HEADER) if row["area_code"] != NATION]
    forces = {(row["area_code"], row["force"], alias) for _, row in rows for alias in _aliases(row["aliases"])}
    sharing = Counter((area, alias) for area, _, alias in forces)
    units: dict[tuple[str, str], Unit] = {}
    for line, row in rows:
        aliases = _aliases(row["aliases"])
        shared = [alias for alias in aliases if sharing[row["area_code"], alias] > 1]
        name = shared[0] if shared else row["force"]
        units[row["area_code"], name] = Unit(
            name=name,
            area=row["area_code"],
            aliases=() if shared else aliases,
            valid_from=_day(path, line, row["valid_from"]),
            valid_to=_day(path, line, row["valid_to"]) if row["valid_to"] else OPEN_END,
        )
    return tuple(units.values())


def _rows(path: Path, header: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CatalogueError(f"{path}: this file is missing; every expectations folder needs it") from None
    except UnicodeDecodeError:
        raise CatalogueError(f"{path}: this file is not UTF-8; save it so") from None
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    if tuple(reader.fieldnames or ()) != tuple(header):
        raise CatalogueError(f"{path}, line 1: the header must be {','.join(header)}")
    try:
        for row in reader:
            if None in row or None in row.values():
                raise CatalogueError(
                    f"{path}, line {reader.line_num}: not as many values as the header has; give it {len(header)}"
                )
            yield reader.line_num, row
    except csv.Error:
        line = reader.reader.line_num
        raise CatalogueError(f"{path}, line {line}: a quote is not closed or stands in the wrong place") from None


def _aliases(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split("|") if part)


def _day(path: Path, line: int, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CatalogueError(f"{path}, line {line}: {text!r} is not a day; write YYYY-MM-DD") from None


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _read(path: Path, model: type[Model]) -> Model:
    try:
        return model.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise CatalogueError(f"{path}: this file is missing; every collection needs it") from None
    except UnicodeDecodeError:
        raise CatalogueError(f"{path}: this file is not UTF-8; save it so") from None
    except yaml.YAMLError as error:
        raise CatalogueError(f"{path}: not YAML; {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the top"
        raise CatalogueError(f"{path}, at {place}: {CURES.get(first['type'], first['msg'])}") from None


def _check_rules(path: Path, rules: RuleFile) -> None:
    """Entries may share a rule, but not differ in what it does; and no text may ask for more than the detail."""
    texts: dict[str, RuleText] = {}
    for text in (*rules.guards, *(entry.meta for entry in rules.expectations), *rules.history):
        known = texts.setdefault(text.rule, text)
        if known.severity is not text.severity:
            raise CatalogueError(f"{path}: rule {text.rule} has two severities; give it one")
        try:
            text.message.format(detail="")
            text.fix.format()
        except (LookupError, ValueError):
            raise CatalogueError(
                f"{path}: the message or fix of rule {text.rule} has a brace that stands for nothing; "
                "only {detail} in a message does, and a brace that is meant is written twice"
            ) from None


def _check_recipients(path: Path, recipients: Sequence[Recipient], areas: Sequence[Area]) -> None:
    known = {area.code for area in areas} | {NATION}
    for recipient in recipients:
        for code in recipient.areas:
            if code not in known:
                raise CatalogueError(f"{path}: {recipient.address} names Area {code!r}, which areas.csv does not have")


def _check_unique(path: Path, what: str, names: Sequence[str]) -> None:
    for name, times in Counter(names).items():
        if times > 1:
            raise CatalogueError(f"{path}: {what} {name!r} stands {times} times; each may stand once")


def _fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in ("collection.yaml", "standards.yaml", "rules.yaml", "../areas.csv", "../forces.csv"):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()[:12]
