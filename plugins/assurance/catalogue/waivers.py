"""Which rules are not held against which Area, and until when? `waivers.yaml` of a collection, read and added to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from assurance.catalogue.adding import add_entry
from assurance.catalogue.collection import Collection
from assurance.catalogue.files import YamlFile
from assurance.catalogue.schema import RuleFile, Waiver, WaiverFile
from assurance.model import Area, Severity

WAIVERS = "waivers.yaml"
NEW_FILE = "# Rules that are not held against an Area for a time: docs/collections.md.\nversion: 1\nwaivers: []\n"


def checked_waivers(file: YamlFile, rules: RuleFile, areas: Sequence[Area]) -> tuple[Waiver, ...]:
    """The waivers of a file; CatalogueError for one that names what is not there, what must hold, or what is waived."""
    waivers = file.read(WaiverFile).waivers
    known = {area.code for area in areas}
    for number, waiver in enumerate(waivers):
        if waiver.area not in known:
            file.refuse(["waivers", number, "area"], f"there is no Area {waiver.area!r} in areas.csv; use its code")
        if wrong := _must_hold(waiver.rule, rules):
            file.refuse(["waivers", number, "rule"], wrong)
        if any(waiver.meets(earlier) for earlier in waivers[:number]):
            file.refuse(
                ["waivers", number],
                f"{waiver.rule} is waived for {waiver.area} on some of these days already; let one begin when the other ends",
            )
    return waivers


def waive(folder: Path, collection: Collection, entry: Mapping[str, str]) -> Waiver:
    """Add an entry to the waivers of a collection, where comments and earlier entries stay.

    CatalogueError, and nothing is written, where the file would not load with it.
    """
    return add_entry(
        folder / collection.code / WAIVERS,
        NEW_FILE,
        entry,
        collection.waivers,
        lambda file: checked_waivers(file, collection.rules, collection.areas),
    )


def _must_hold(rule: str, rules: RuleFile) -> str | None:
    """Why a rule cannot be waived, and what to do; None for one that can."""
    severities = {text.rule: text.severity for text in rules.texts}
    if rule not in severities:
        return f"there is no rule {rule!r}; name one of rules.yaml"
    if severities[rule] in (Severity.QUERY, Severity.NOTE) or rule in rules.waivable:
        return None
    may = ", ".join(sorted(rules.waivable)) or "none"
    return (
        f"rule {rule} cannot be waived, for without it a return cannot be read, told whose it is, or counted; "
        f"queries and notes can be, and of the others: {may}"
    )
