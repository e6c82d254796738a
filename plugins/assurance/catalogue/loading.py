"""Is everything under `expectations/` right? Reads the whole folder, and refuses what is wrong.

`areas.csv`, `forces.csv`, `recipients.yaml` and `rules.yaml` hold for every collection; each collection is a folder
with `collection.yaml`, `standards.yaml` and `rules.yaml`, and `waivers.yaml`, `published.yaml` and `actions.yaml` if it
likes. One of second readings has the register of what it reads, and no `standards.yaml`. What is wrong is told by
CatalogueError, with file, line and cure.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from assurance.catalogue import suite
from assurance.catalogue.actions import ACTIONS, checked_actions
from assurance.catalogue.collection import KINDS, Catalogue, Collection, Reason, ordinary
from assurance.catalogue.files import Place, YamlFile, csv_rows, day
from assurance.catalogue.schema import (
    OF_CASES,
    OF_READINGS,
    Action,
    CaseEntry,
    CollectionFile,
    Column,
    DueEntry,
    Published,
    PublishedFile,
    ReadingFile,
    Recipient,
    RecipientFile,
    RuleFile,
    RuleText,
    StandardEntry,
    StandardFile,
    TooFewCases,
    Waiver,
)
from assurance.catalogue.waivers import WAIVERS, checked_waivers
from assurance.errors import CatalogueError
from assurance.model import NATION, SAMPLE_REASONS, Area, Due, Period, Scale, Severity, Standard, Unit, one_line

OPEN_END = date(9999, 12, 31)
AREA_HEADER = ("area_code", "name", "aliases", "valid_from", "valid_to", "succeeds")
FORCE_HEADER = ("urn_force_code", "force", "aliases", "area_code", "valid_from", "valid_to")
REASON_HEADER = ("code", "group", "label")
WRITABLE = re.compile(r"[!-~](?:[ -~]*[!-~])?")
"""A cell of codes, as it is read: plain characters, without the blanks around them."""
Described = CollectionFile | ReadingFile
PUBLISHED = "published.yaml"
ALWAYS = ""
"""The key of a number of days that depends on nothing."""


def load_catalogue(folder: Path) -> Catalogue:
    """Read a whole `expectations/` folder."""
    if not (folder / "areas.csv").is_file():
        raise CatalogueError(f"{folder}: no areas.csv here; point ASSURANCE_EXPECTATIONS at the folder of collections")
    common = _common(folder)
    folders = sorted(path.parent for path in folder.glob("*/collection.yaml"))
    readings = {path for path in folders if YamlFile(path / "collection.yaml").has("reads")}
    collections = {path.name: _collection(path, *common) for path in folders if path not in readings}
    collections |= {path.name: _second_readings(path, collections, common[2]) for path in sorted(readings)}
    known = dict(sorted(collections.items()))
    return Catalogue(known, _recipients(folder / "recipients.yaml", common[0], known))


def load_collection(folder: Path, code: str) -> Collection:
    """Read one collection of an `expectations/` folder, what holds for all, and what it is a second reading of."""
    common, file = _common(folder), YamlFile(folder / code / "collection.yaml")
    if not file.has("reads"):
        return _collection(folder / code, *common)
    read = file.read(ReadingFile).reads.collection
    return _second_readings(folder / code, {read: _collection(folder / read, *common)}, common[2])


def deciding_files(folder: Path, *codes: str) -> tuple[Path, ...]:
    """The files of an `expectations/` folder that decide about returns of some collections; how a sample is made up does
    not.
    """
    own = [
        path
        for code in codes
        for path in sorted((folder / code).iterdir())
        if path.suffix in (".yaml", ".csv") and path.name != "sample.yaml"
    ]
    return (*own, *(folder / name for name in ("rules.yaml", "areas.csv", "forces.csv")))


def _common(folder: Path) -> tuple[tuple[Area, ...], tuple[Unit, ...], RuleFile]:
    """Areas, units and rules of every collection."""
    areas = _areas(folder / "areas.csv")
    return areas, _units(folder / "forces.csv", areas), _shared_rules(folder / "rules.yaml")


def _collection(folder: Path, areas: tuple[Area, ...], units: tuple[Unit, ...], shared: RuleFile) -> Collection:
    file = YamlFile(folder / "collection.yaml")
    described = file.read(CollectionFile)
    if described.code != folder.name:
        file.refuse(["code"], f"code is {described.code!r}; make it the folder's name {folder.name!r}")
    register = YamlFile(folder / "standards.yaml")
    entries = register.read(StandardFile).standards
    timely = [entry.code for entry in entries if entry.scale is Scale.TIMELY]
    columns = _columns(folder, file, described, timely)
    _check_standards(register, entries, described)
    _check_answers(file, described, entries)
    standards = tuple(_standard(entry) for entry in entries)
    rules = _rules(folder / "rules.yaml", shared, described.model_copy(update={"columns": columns}), standards)
    collection = Collection(
        code=described.code,
        title=described.title,
        grain=described.grain,
        formats=described.formats,
        marking=described.marking,
        licence=described.licence,
        contact=described.contact,
        note=described.note,
        words=described.words,
        limits=described.limits,
        not_collected=frozenset(Period.parse(text) for text in described.not_collected),
        calendar=described.calendar,
        headline_direction=described.headline.direction,
        headline_target=_decimal(described.headline.target),
        headline_margin=Decimal(described.headline.margin),
        headline_charting=described.headline.charting,
        dates=described.dates,
        synonyms=described.synonyms,
        meanings=described.meanings,
        columns=columns,
        cases=described.cases,
        reasons=described.reasons,
        reason_list=_reasons(folder, described),
        derived=described.derived,
        standards=standards,
        rules=rules,
        areas=areas,
        units=units,
        version=_fingerprint(folder),
        waivers=_waivers(folder / WAIVERS, rules, areas),
        actions=_actions(folder / ACTIONS, entries, areas),
        shareable_marking=described.shareable_marking or described.marking,
        provisional_months=described.provisional_months,
        published=_published(folder / PUBLISHED, entries),
    )
    _check_synonyms(file, collection)
    return collection


def _second_readings(folder: Path, collections: Mapping[str, Collection], shared: RuleFile) -> Collection:
    """A collection of second readings: what it does not say itself is that of the collection it reads."""
    file = YamlFile(folder / "collection.yaml")
    described = file.read(ReadingFile)
    if described.code != folder.name:
        file.refuse(["code"], f"code is {described.code!r}; make it the folder's name {folder.name!r}")
    read = collections.get(described.reads.collection)
    if read is None or read.grain != "case":
        cases = ", ".join(code for code, one in collections.items() if one.grain == "case") or "none"
        file.refuse(
            ["reads", "collection"],
            f"there is no collection {described.reads.collection!r} of cases to read; there are: {cases}",
        )
    _check_reads(file, described, read)
    if (folder / ACTIONS).exists():
        raise CatalogueError(
            f"{folder / ACTIONS}: actions stand with the collection that is read; move it to {read.code}"
        )
    answers = dict.fromkeys(answer for one in read.standards if one.scale for answer in one.scale.answers)
    of_register = {described.reads.standard: tuple(read.versions), described.reads.answer: tuple(answers)}
    filled = tuple(
        column.model_copy(update={"values": of_register[column.name]}) if column.name in of_register else column
        for column in described.columns
    )
    columns = _columns(folder, file, described.model_copy(update={"columns": filled}), ())
    complete = described.model_copy(update={"columns": columns})
    rules = _rules(folder / "rules.yaml", shared, complete, read.standards)
    collection = replace(
        read,
        code=described.code,
        title=described.title,
        grain="reading",
        formats=described.formats,
        marking=described.marking,
        licence=described.licence,
        contact=described.contact,
        note=described.note,
        limits=described.limits,
        dates=described.dates,
        synonyms=described.synonyms,
        meanings=described.meanings,
        columns=columns,
        cases=CaseEntry(key=(*read.case_key, described.reads.standard, described.reads.assessor)),
        reasons=None,
        reason_list=(),
        derived=(),
        rules=rules,
        version=_fingerprint(folder, read.version),
        waivers=_waivers(folder / WAIVERS, rules, read.areas),
        actions=(),
        shareable_marking=described.shareable_marking or described.marking,
        read=read,
        reads=described.reads,
        published=(),
        assessors=_assessors(folder, next(c for c in columns if c.name == described.reads.assessor)),
    )
    _check_synonyms(file, collection)
    return collection


def _check_reads(file: YamlFile, described: ReadingFile, read: Collection) -> None:
    """A second reading names its case as the return it reads does, and has codes for what was read, found and by whom."""
    own, theirs = ({column.name: column for column in columns} for columns in (described.columns, read.columns))
    for name in read.case_key:
        if name not in own or own[name].type != theirs[name].type:
            file.refuse(
                ["columns"],
                f"cases of {read.code} are told apart by {name}, which is no column of type {theirs[name].type} here; "
                "add it as it is there",
            )
    reads = described.reads
    for place, name in (("standard", reads.standard), ("answer", reads.answer), ("assessor", reads.assessor)):
        if name not in own or own[name].type != "code":
            file.refuse(["reads", place], f"{name!r} is no column of type code; name one of `columns`")
    for number, column in enumerate(described.columns):
        if column.name in (reads.standard, reads.answer) and (column.values or column.values_from):
            file.refuse(
                ["columns", number], f"what {column.name} may hold stands in the register of {read.code}; take it out"
            )


def _assessors(folder: Path, column: Column) -> Mapping[str, str]:
    if column.values_from is None:
        return {code: code for code in column.values}
    return {row["code"]: row["label"] for _, row in csv_rows(folder / column.values_from, REASON_HEADER)}


# Columns


def _columns(folder: Path, file: YamlFile, described: Described, timely: Iterable[str]) -> tuple[Column, ...]:
    """The columns, those whose values stand in a file of their own with these."""
    _check_unique(file, "columns", "column", [column.name for column in described.columns])
    _check_types(file, described)
    _check_named_columns(file, described, timely)
    columns = []
    for number, column in enumerate(described.columns):
        if column.values_from:
            listed = tuple(row["code"] for _, row in csv_rows(folder / column.values_from, REASON_HEADER))
            column = column.model_copy(update={"values": listed})
        if column.type in ("code", "codes") and not column.values:
            file.refuse(["columns", number], f"column {column.name} has no `values`; list what it may hold")
        columns.append(column)
    return tuple(columns)


def _check_types(file: YamlFile, described: Described) -> None:
    """A return says whose it is and for which month; then either counts by unit and standard, or cases."""
    times = Counter(column.type for column in described.columns)
    once = ["area", "period", *(["unit", "standard"] if described.grain == "aggregate" else [])]
    for type_ in once:
        if times[type_] != 1:  # type: ignore[index]
            file.refuse(["columns"], f"there must be one column of type {type_}")
    if described.grain != "aggregate" and times["urn"] + times["reference"] != 1:
        file.refuse(["columns"], "there must be one column of type urn or reference, to tell cases apart")
    for type_ in ("return_id", "scope"):
        if times[type_] > 1:  # type: ignore[index]
            file.refuse(["columns"], f"there may be one column of type {type_} at most")


def _check_named_columns(file: YamlFile, described: Described, timely: Iterable[str]) -> None:
    """What `cases`, `reasons` and `derived` name must be there, and of the right type."""
    types = {column.name: column.type for column in described.columns}
    staged = types | {f"{code}_due": "date" for code in timely}
    cases, reasons = described.cases, described.reasons
    named: list[tuple[Place, str | None, str]] = [
        (["cases", "point"], cases.point, "code"),
        (["cases", "reason"], cases.reason, "code"),
        (["cases", "as_of"], cases.as_of, "date"),
        (["cases", "version_by"], cases.version_by, "date"),
        *((["cases", "judged_on", point], column, "date") for point, column in cases.judged_on.items()),
    ]
    if reasons:
        named += [
            (["reasons", "column"], reasons.column, "codes"),
            (["reasons", "standard"], reasons.standard, "answer"),
            (["reasons", "disputed"], reasons.disputed, "code"),
            (["reasons", "accepted"], reasons.accepted, "code"),
        ]
    for number, days in enumerate(described.derived):
        named += [
            (["derived", number, "days_from"], days.days_from, "date"),
            (["derived", number, "to"], days.to, "date"),
        ]
    for number, name in enumerate(cases.key):
        if name not in types:
            file.refuse(["cases", "key", number], f"there is no column {name!r}; name one of `columns`")
    for place, column, type_ in named:
        if column is not None and staged.get(column) != type_:
            file.refuse(place, f"{column!r} is no column of type {type_}; name one of `columns`")
    for column in described.meanings:
        if column not in types:
            file.refuse(["meanings", column], f"there is no column {column!r}; name one of `columns`")
    _check_codes(file, described)


def _check_codes(file: YamlFile, described: Described) -> None:
    """Sample points and reasons are codes of their columns; and of the reasons it is known which count in rates."""
    values = {column.name: column.values for column in described.columns}
    for point in described.cases.judged_on:
        if point not in values.get(described.cases.point or "", ()):
            file.refuse(
                ["cases", "judged_on", point], f"{point!r} is no sample point; name a value of `point`'s column"
            )
    for reason in values.get(described.cases.reason or "", ()):
        if reason not in SAMPLE_REASONS:
            file.refuse(
                ["cases", "reason"], f"it is not known whether {reason!r} counts; use {', '.join(SAMPLE_REASONS)}"
            )


def _check_answers(file: YamlFile, described: CollectionFile, entries: Sequence[StandardEntry]) -> None:
    """Each standard of a case-level collection has its column, and each column of answers its standard."""
    if described.grain == "aggregate":
        return
    codes = {entry.code for entry in entries}
    for number, column in enumerate(described.columns):
        if column.type == "answer" and column.name not in codes:
            file.refuse(["columns", number], f"column {column.name} answers no standard; add it to standards.yaml")
    answered = {column.name for column in described.columns if column.type == "answer"}
    for code in codes - answered:
        file.refuse(["columns"], f"standard {code} has no column of answers; add one of its name")
    begins = {entry.code: entry.valid_from for entry in reversed(entries)}
    for number, column in enumerate(described.columns):
        first = begins.get(column.name)
        if column.type == "answer" and first and column.valid_from and column.valid_from < first[:7]:
            file.refuse(["columns", number], f"{column.name} is asked for before the standard begins, in {first[:7]}")


def _check_synonyms(file: YamlFile, collection: Collection) -> None:
    """A synonym stands for a value that is agreed, is none itself, and can be written."""
    for kind, words in collection.synonyms.items():
        columns = [one for one in collection.columns if one.type in ("code", "answer") and kind in (one.type, one.name)]
        if not columns:
            file.refuse(["synonyms", kind], f"{kind!r} is no column of codes or answers; name one, or code, or answer")
        values = {value for column in columns for value in collection.values_of(column)}
        for written, agreed in words.items():
            place: Place = ["synonyms", kind, written]
            if agreed not in values:
                file.refuse(
                    place,
                    f"{written!r} stands for {agreed!r}, which may not be written there itself; name a value that may",
                )
            if written in values:
                file.refuse(place, f"{written!r} is an agreed value itself, so it stands for nothing else; take it out")
            if not WRITABLE.fullmatch(written):
                file.refuse(
                    place, f"{written!r} can stand in no cell; write plain characters, without blanks around them"
                )


def _reasons(folder: Path, described: CollectionFile) -> tuple[Reason, ...]:
    if described.reasons is None:
        return ()
    column = next(column for column in described.columns if column.name == described.reasons.column)
    if column.values_from is None:
        return tuple(Reason(value, "", value) for value in column.values)
    rows = csv_rows(folder / column.values_from, REASON_HEADER)
    return tuple(Reason(row["code"], row["group"], row["label"]) for _, row in rows)


# The register


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
        valid_from=date.fromisoformat(entry.valid_from) if entry.valid_from else date.min,
        question=entry.question,
        scale=entry.scale,
        asked_at=entry.asked_at,
        na_allowed=entry.na_allowed,
        due=_due(entry.due) if entry.due else None,
        evidence=entry.evidence,
        partners=entry.partners,
        source=entry.source,
        charting=entry.charting,
        good_practice=entry.good_practice,
    )


def _due(entry: DueEntry) -> Due:
    by, days = None, {ALWAYS: entry.days} if isinstance(entry.days, int) else {}
    if not isinstance(entry.days, int):
        ((by, by_answer),) = entry.days.items()
        days = dict(by_answer)
    return Due(
        start=entry.start or entry.after or "",
        after_standard=entry.after is not None,
        days=days,
        days_by=by,
        ordered=entry.ordered,
        strictly_before=entry.strictly_before,
    )


def _check_standards(file: YamlFile, entries: Sequence[StandardEntry], described: CollectionFile) -> None:
    _check_unique(file, "standards", "version", [f"{entry.code} {entry.version}" for entry in entries])
    before: dict[str, StandardEntry] = {}
    for number, entry in enumerate(entries):
        _check_share(file, number, entry)
        _check_version(file, number, entry, before.get(entry.code))
        if described.grain == "case":
            _check_case_standard(file, number, entry, described)
        before[entry.code] = entry
    if described.grain == "case":
        _check_due(file, entries, described)


def _check_share(file: YamlFile, number: int, entry: StandardEntry) -> None:
    for name, share in (("target", entry.target), ("margin", entry.margin)):
        if share is not None and not 0 <= Decimal(share) <= 1:
            file.refuse(["standards", number, name], f"{name} {share} of {entry.code} is no share; write 0.95 for 95 %")


def _check_version(file: YamlFile, number: int, entry: StandardEntry, before: StandardEntry | None) -> None:
    place: Place = ["standards", number, "version"]
    if before is None:
        return
    if entry.version != before.version + 1:
        file.refuse(place, f"version {entry.version} of {entry.code} follows {before.version}; number them one by one")
    if (entry.valid_from or "") <= (before.valid_from or ""):
        file.refuse(place, f"version {entry.version} of {entry.code} must begin later than the one before")
    fixed = ("scale", "asked_at", "na_allowed")
    if any(getattr(entry, name) != getattr(before, name) for name in fixed):
        file.refuse(place, f"{entry.code} cannot change {', '.join(fixed)}; give the new standard a code of its own")


def _check_case_standard(file: YamlFile, number: int, entry: StandardEntry, described: CollectionFile) -> None:
    if entry.scale is None:
        file.refuse(["standards", number], f"standard {entry.code} has no scale; say binary, graded or timely")
    points = next((column.values for column in described.columns if column.name == described.cases.point), ())
    if described.cases.point is not None and entry.asked_at not in points:
        file.refuse(
            ["standards", number, "asked_at"],
            f"{entry.code} is asked at no sample point; set asked_at to {' or '.join(points)}",
        )
    if described.cases.point is None and entry.asked_at is not None:
        file.refuse(["standards", number, "asked_at"], "this collection has no sample points; leave asked_at out")


def _check_due(file: YamlFile, entries: Sequence[StandardEntry], described: CollectionFile) -> None:
    """Due rules name columns of dates, or standards whose own due dates do not lead back."""
    types = {column.name: column for column in described.columns}
    rules = {entry.code: entry.due for entry in entries}
    for number, entry in enumerate(entries):
        rule = entry.due
        if rule is None:
            continue
        if described.cases.as_of is None:
            file.refuse(
                ["standards", number], "a timely standard needs `as_of` under `cases` in collection.yaml; add it"
            )
        for key, name in (("due", rule.start), ("due", rule.ordered), ("evidence", entry.evidence)):
            if name is not None and (name not in types or types[name].type != "date"):
                file.refuse(["standards", number, key], f"{name!r} is no column of dates; name one of collection.yaml")
        for name, days in rule.days.items() if not isinstance(rule.days, int) else ():
            if name not in types or types[name].type != "code":
                file.refuse(
                    ["standards", number, "due"], f"{name!r} is no column of codes; name one of collection.yaml"
                )
            if set(days) != set(types[name].values):
                file.refuse(
                    ["standards", number, "due"], f"give days for each of {', '.join(types[name].values)}, and no other"
                )
        followed, seen = rule, {entry.code}
        while followed.after is not None:
            following = rules.get(followed.after)
            if following is None or followed.after in seen:
                file.refuse(["standards", number, "due"], f"{followed.after!r} is no timely standard to follow")
            seen.add(followed.after)
            followed = following


def _published(path: Path, entries: Sequence[StandardEntry]) -> tuple[Published, ...]:
    """What others published about the standards of a register."""
    if not path.exists():
        return ()
    file = YamlFile(path)
    published = file.read(PublishedFile).published
    codes = {entry.code for entry in entries}
    for number, one in enumerate(published):
        if one.standard not in codes:
            file.refuse(
                ["published", number, "standard"],
                f"there is no standard {one.standard!r} in standards.yaml; use its code",
            )
    return published


# Areas, units, recipients


def _areas(path: Path) -> tuple[Area, ...]:
    lines: dict[str, int] = {}
    areas: list[Area] = []
    for line, row in csv_rows(path, AREA_HEADER):
        if row["area_code"] in lines:
            raise CatalogueError(
                f"{path}, line {line}: Area {row['area_code']!r} stands on line {lines[row['area_code']]} too"
            )
        lines[row["area_code"]] = line
        if row["name"] in {area.name for area in areas}:
            raise CatalogueError(f"{path}, line {line}: another Area is called {row['name']!r} too")
        areas.append(
            Area(
                code=row["area_code"],
                name=_area_name(path, line, row["name"]),
                aliases=_aliases(row["aliases"]),
                valid_from=day(path, line, row["valid_from"]),
                valid_to=_end(path, line, row),
                succeeds=row["succeeds"] or None,
            )
        )
    ends = {area.code: area.valid_to for area in areas}
    for area in areas:
        if area.succeeds in ends and area.valid_from < ends[area.succeeds]:
            raise CatalogueError(
                f"{path}, line {lines[area.code]}: {area.code} begins before {area.succeeds}, which it succeeds, has ended"
            )
        if area.succeeds and area.succeeds not in lines:
            raise CatalogueError(
                f"{path}, line {lines[area.code]}: {area.code} succeeds {area.succeeds!r}, which is no Area"
            )
    return tuple(sorted(areas, key=lambda area: area.code))


def _area_name(path: Path, line: int, name: str) -> str:
    try:
        return one_line(name)
    except ValueError as error:
        raise CatalogueError(f"{path}, line {line}: the name of an Area: {error}") from None


def _end(path: Path, line: int, row: Mapping[str, str]) -> date:
    """The first day on which something is no longer there."""
    if not row["valid_to"]:
        return OPEN_END
    end = day(path, line, row["valid_to"])
    if end < day(path, line, row["valid_from"]):
        raise CatalogueError(f"{path}, line {line}: it ends before it begins; mend valid_from or valid_to")
    return end


def _units(path: Path, areas: Sequence[Area]) -> tuple[Unit, ...]:
    """The forces by the names under which they report; forces of an Area that share an alias report together under it."""
    rows = list(csv_rows(path, FORCE_HEADER))
    known_areas = {area.code for area in areas} | {NATION}
    for line, row in rows:
        if row["area_code"] not in known_areas:
            raise CatalogueError(
                f"{path}, line {line}: {row['area_code']!r} is no Area; name one of areas.csv, or {NATION}"
            )
    forces = {(row["area_code"], row["force"], alias) for _, row in rows for alias in _aliases(row["aliases"])}
    sharing = Counter((area, alias) for area, _, alias in forces)
    units: dict[tuple[str, str], Unit] = {}
    for line, row in rows:
        aliases = _aliases(row["aliases"])
        shared = [alias for alias in aliases if sharing[row["area_code"], alias] > 1]
        name = shared[0] if shared else row["force"]
        known = units.get((row["area_code"], name))
        begins, ends = day(path, line, row["valid_from"]), _end(path, line, row)
        if known and (known.valid_from, known.valid_to) != (begins, ends):
            raise CatalogueError(
                f"{path}, line {line}: {row['force']} reports together with others of {row['area_code']} under {name!r} and "
                "is not there as long as they are; give them the same days, or take away the alias they share"
            )
        units[row["area_code"], name] = Unit(
            name=name,
            area=row["area_code"],
            aliases=() if shared else aliases,
            valid_from=begins,
            valid_to=ends,
            codes=(*(known.codes if known else ()), row["urn_force_code"]),
        )
    return tuple(units.values())


def _recipients(path: Path, areas: Sequence[Area], collections: Mapping[str, Collection]) -> tuple[Recipient, ...]:
    file = YamlFile(path)
    recipients = file.read(RecipientFile).recipients
    known = {area.code for area in areas} | {NATION}
    for number, recipient in enumerate(recipients):
        for code in recipient.areas:
            if code not in known:
                file.refuse(
                    ["recipients", number], f"{recipient.address} names Area {code!r}, which areas.csv does not have"
                )
        for code in recipient.collections:
            if code not in collections:
                file.refuse(
                    ["recipients", number],
                    f"{recipient.address} names collection {code!r}, which is no folder here; "
                    f"there are: {', '.join(collections) or 'none'}",
                )
    return recipients


def _aliases(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split("|") if part)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


# Rules


def _shared_rules(path: Path) -> RuleFile:
    file = YamlFile(path)
    rules = file.read(RuleFile)
    _check_rules(file, rules)
    return rules


def _rules(path: Path, shared: RuleFile, described: Described, standards: tuple[Standard, ...]) -> RuleFile:
    """The rules of a collection: those that hold for every collection, where it has no words of its own, and its own."""
    file = YamlFile(path)
    own = file.read(RuleFile)
    _check_rules(file, own)
    _check_entries(file, own, described, standards)
    _check_grain(file, own, described)
    _check_details(file, own, described)
    for number, rule in enumerate(own.instead_of):
        if rule not in {entry.meta.rule for entry in shared.expectations}:
            file.refuse(["instead_of", number], f"{rule!r} is no expectation of rules.yaml of every collection")
    named = {text.rule for text in own.guards}
    _check_severities(file, own, shared)
    return RuleFile(
        version=own.version,
        waivable=(*(rule for rule in shared.waivable if rule not in own.instead_of), *own.waivable),
        guards=(*(text for text in shared.guards if text.rule not in named), *own.guards),
        expectations=(*(e for e in shared.expectations if e.meta.rule not in own.instead_of), *own.expectations),
        checks=(*shared.checks, *own.checks),
        history=(*shared.history, *own.history),
        totals=own.totals if own.totals.words else shared.totals,
    )


def _check_rules(file: YamlFile, rules: RuleFile) -> None:
    """Entries may share a rule, but not differ in what it does; and no text may ask for more than the detail."""
    severities: dict[str, Severity] = {}
    for place, text in _texts(rules):
        if severities.setdefault(text.rule, text.severity) is not text.severity:
            file.refuse(place, f"rule {text.rule} has two severities; give it one")
        try:
            text.message.format(detail="")
            text.fix.format()
        except (LookupError, ValueError):
            file.refuse(
                place,
                f"the message or fix of rule {text.rule} has a brace that stands for nothing; "
                "only {detail} in a message does, and a brace that is meant is written twice",
            )
    beyond_guards = {text.rule for text in rules.texts} - {text.rule for text in rules.guards}
    for number, rule in enumerate(rules.waivable):
        if rule not in beyond_guards or severities[rule] not in (Severity.FILE, Severity.ROW):
            file.refuse(
                ["waivable", number],
                f"{rule!r} is no rule of severity file or row of this file, or one of its guards; take it out "
                "(queries and notes can be waived without it, and what cannot be read never)",
            )
    for number, entry in enumerate(rules.expectations):
        if isinstance(entry.each, str) and entry.each not in KINDS:
            file.refuse(
                ["expectations", number, "each"], f"{entry.each!r} is no kind of column; use {', '.join(sorted(KINDS))}"
            )


def _check_entries(file: YamlFile, rules: RuleFile, described: Described, standards: tuple[Standard, ...]) -> None:
    """An entry can be compiled, and looks at what is there: else it would fail at the first return, or never be asked."""
    columns = {column.name for column in described.columns}
    staged = suite.staged_columns(described.grain, described.columns, standards, described.derived)
    known = suite.parameters(described.columns, standards)
    for number, entry in enumerate(rules.expectations):
        for name in entry.each if isinstance(entry.each, tuple) else ():
            if name not in columns:
                file.refuse(["expectations", number, "each"], f"there is no column {name!r}; name one of `columns`")
        for one in ordinary(entry, described.columns, standards):
            if wrong := suite.fault(one, staged, known):
                file.refuse(["expectations", number], f"rule {entry.meta.rule}: {wrong}")


def _check_details(file: YamlFile, rules: RuleFile, described: Described) -> None:
    """Of the entries, only those that say which rows a table of counts lacks have a {detail}."""
    for number, entry in enumerate(rules.expectations):
        finds_some = described.grain == "aggregate" and entry.type in suite.TELLS_WHAT_IS_MISSING
        if "{detail}" in entry.meta.message and not finds_some:
            file.refuse(
                ["expectations", number, "meta", "message"],
                f"rule {entry.meta.rule}: this entry finds no {{detail}}; only in a table of counts "
                f"{' and '.join(sorted(suite.TELLS_WHAT_IS_MISSING))} do, which say what is missing",
            )


def _check_grain(file: YamlFile, rules: RuleFile, described: Described) -> None:
    """What asks about cases needs cases, and codes that there are."""
    values = {column.name: column.values for column in described.columns}
    for number, rule in enumerate(rules.checks):
        if described.grain != "case":
            file.refuse(["checks", number], f"rule {rule.rule}: {rule.check} asks about cases; this return has counts")
        for column, value in rule.where.items() if isinstance(rule, TooFewCases) else ():
            if value not in values.get(column, ()):
                file.refuse(
                    ["checks", number, "where"], f"{value!r} is no value of a column {column!r}; name one it has"
                )
    for number, asked in enumerate(rules.history):
        may = {"case": OF_CASES, "reading": OF_READINGS}.get(described.grain, frozenset())
        if asked.check in OF_CASES | OF_READINGS and asked.check not in may:
            about = "cases" if asked.check in OF_CASES else "second readings"
            has = {"case": "cases", "reading": "second readings"}.get(described.grain, "counts")
            file.refuse(
                ["history", number], f"rule {asked.rule}: {asked.check} asks about {about}; this return has {has}"
            )


def _check_severities(file: YamlFile, own: RuleFile, shared: RuleFile) -> None:
    """A rule of every collection that is told in other words here does the same wherever it is found."""
    named = {text.rule for text in own.guards}
    of_all = {text.rule: text for _, text in _texts(shared) if text not in shared.guards or text.rule not in named}
    for place, text in _texts(own):
        if text.rule in of_all and of_all[text.rule].severity is not text.severity:
            file.refuse(place, f"rule {text.rule} has another severity in rules.yaml of every collection; give it that")


def _texts(rules: RuleFile) -> Iterator[tuple[Place, RuleText]]:
    for number, entry in enumerate(rules.expectations):
        yield ["expectations", number, "meta"], entry.meta
    for section, texts in (("guards", rules.guards), ("checks", rules.checks), ("history", rules.history)):
        for number, text in enumerate(texts):
            yield [section, number], text


def _waivers(path: Path, rules: RuleFile, areas: Sequence[Area]) -> tuple[Waiver, ...]:
    return checked_waivers(YamlFile(path), rules, areas) if path.exists() else ()


def _actions(path: Path, entries: Sequence[StandardEntry], areas: Sequence[Area]) -> tuple[Action, ...]:
    return checked_actions(YamlFile(path), {entry.code for entry in entries}, areas) if path.exists() else ()


def _check_unique(file: YamlFile, section: str, what: str, names: Sequence[str]) -> None:
    times = Counter(names)
    for number, name in enumerate(names):
        if times[name] > 1 and name in names[:number]:
            file.refuse([section, number], f"{what} {name!r} stands {times[name]} times; each may stand once")


def _fingerprint(folder: Path, of_what_is_read: str = "") -> str:
    """A hash over everything that decides about the collection's returns."""
    digest = hashlib.sha256(of_what_is_read.encode())
    for path in deciding_files(folder.parent, folder.name):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
