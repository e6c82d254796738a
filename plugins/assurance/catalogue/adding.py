"""Adds an entry to a file whose list of entries only ever grows: comments and earlier entries stay as they are."""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from assurance.catalogue.files import YamlFile, read_text
from assurance.errors import CatalogueError
from assurance.files import write_whole

Listed = TypeVar("Listed")
EMPTY_LIST = re.compile(r"^(\w+):[ ]*\[[ ]*\]", re.M)


def add_entry(
    path: Path,
    new_file: str,
    entry: Mapping[str, str],
    before: tuple[Listed, ...],
    checked: Callable[[YamlFile], tuple[Listed, ...]],
) -> Listed:
    """The entry as it is read once it stands at the end of a file, or of `new_file` where there is none.

    `before` is what stands in it, `checked` reads it. CatalogueError, and nothing is written, where the file would not
    load with it.
    """
    with _alone(path):
        if path.exists() and checked(YamlFile(path)) != before:
            raise CatalogueError(f"nothing was added, for {path} was changed meanwhile; run the command again")
        longer = _with_entry(read_text(path) if path.exists() else new_file, entry)
        try:
            entries = checked(YamlFile(path, longer))
        except CatalogueError as error:
            raise CatalogueError(f"nothing was added, for this entry would be refused: {error}") from None
        if not entries or entries[:-1] != before:
            raise CatalogueError(f"{path}: the list `{path.stem}` must be the last thing in the file; move it there")
        write_whole(path, longer.encode())
    return entries[-1]


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """While nobody else adds to a file of this folder: of two that read it, the later would undo what the first wrote."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _with_entry(text: str, entry: Mapping[str, str]) -> str:
    """The text of a file with one more entry at its end."""
    told = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in entry.items()]
    return EMPTY_LIST.sub(r"\1:", text).rstrip("\n") + "\n  - " + "\n    ".join(told) + "\n"
