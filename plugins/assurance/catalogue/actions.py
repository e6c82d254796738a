"""Who has undertaken to do what, and by when? `actions.yaml` of a collection, read and added to."""

from __future__ import annotations

from collections.abc import Collection as Codes
from collections.abc import Mapping, Sequence
from pathlib import Path

from assurance.catalogue.adding import add_entry
from assurance.catalogue.collection import Collection
from assurance.catalogue.files import YamlFile
from assurance.catalogue.schema import Action, ActionFile
from assurance.model import Area

ACTIONS = "actions.yaml"
NEW_FILE = "# What was undertaken to be done, and by when: docs/collections.md.\nversion: 1\nactions: []\n"


def checked_actions(file: YamlFile, standards: Codes[str], areas: Sequence[Area]) -> tuple[Action, ...]:
    """The actions of a file; CatalogueError for one that names what is not there, or what another is called."""
    actions = file.read(ActionFile).actions
    known = {area.code for area in areas}
    for number, action in enumerate(actions):
        if any(action.id == earlier.id for earlier in actions[:number]):
            file.refuse(["actions", number, "id"], f"{action.id} stands twice; give this action the next number")
        if action.standard is not None and action.standard not in standards:
            file.refuse(
                ["actions", number, "standard"],
                f"there is no standard {action.standard!r} in standards.yaml; use its code, or leave it out",
            )
        if action.area is not None and action.area not in known:
            file.refuse(
                ["actions", number, "area"],
                f"there is no Area {action.area!r} in areas.csv; use its code, or leave it out for all Areas",
            )
    return actions


def act(folder: Path, collection: Collection, entry: Mapping[str, str]) -> Action:
    """Add an action, under the next number, where comments and earlier entries stay.

    CatalogueError, and nothing is written, where the file would not load with it.
    """
    return add_entry(
        folder / collection.code / ACTIONS,
        NEW_FILE,
        {"id": _next_id(collection.actions), **entry},
        collection.actions,
        lambda file: checked_actions(file, collection.versions, collection.areas),
    )


def _next_id(actions: Sequence[Action]) -> str:
    return f"A-{1 + max((int(action.id.partition('-')[2]) for action in actions), default=0):03d}"
