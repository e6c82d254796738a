"""Reads one file of `expectations/`, and says where in it something is wrong."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from assurance.errors import CatalogueError

Model = TypeVar("Model", bound=BaseModel)
Place = Sequence[int | str]
"""Keys and positions that lead to a value of a YAML file."""

CURES = {
    "extra_forbidden": "this key is not known; take it out or mend its spelling",
    "missing": "this key is missing; add it",
    "model_type": "nothing of what belongs here is here; write its keys and values",
    "string_type": "this is no text; put it in quotes",
}
"""What to do, where pydantic's own words only say what is wrong."""


class YamlFile:
    """A YAML file whose faults are told with their line."""

    def __init__(self, path: Path, text: str | None = None) -> None:
        self.path = path
        self.text = read_text(path) if text is None else text
        """What stands in it, or what is to stand in it."""

    def read(self, model: type[Model]) -> Model:
        """The file as its model; CatalogueError at the first thing that does not fit."""
        self._refuse_keys_that_stand_twice(self._root)
        try:
            return model.model_validate(self._loaded())
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "the top"
            said = CURES.get(first["type"], first["msg"].removeprefix("Value error, "))
            kind = first.get("ctx", {}).get("discriminator", "").strip("'")
            self.refuse((*first["loc"], kind), f"at {place}: {said}")

    def has(self, key: str) -> bool:
        """Whether a key stands at the top of the file."""
        return isinstance(self._root, yaml.MappingNode) and _inside(self._root, key)[1] is not None

    def refuse(self, place: Place, message: str) -> NoReturn:
        raise CatalogueError(f"{self.path}, line {self._line(place)}: {message}")

    def _refuse_keys_that_stand_twice(self, node: Any) -> None:
        """YAML itself would take the last of them and say nothing."""
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                if key.value in seen:
                    line = key.start_mark.line + 1
                    raise CatalogueError(
                        f"{self.path}, line {line}: the key {key.value!r} stands twice; keep one of them"
                    )
                seen.add(key.value)
                self._refuse_keys_that_stand_twice(value)
        elif isinstance(node, yaml.SequenceNode):
            for value in node.value:
                self._refuse_keys_that_stand_twice(value)

    def _line(self, place: Place) -> int:
        """The line on which a value stands, or the last that is found on the way to it; other steps are passed over."""
        node, mark = self._root, None
        for step in place:
            key, inner = _inside(node, step)
            if inner is not None:
                node, mark = inner, key.start_mark
        mark = mark or (self._root.start_mark if self._root else None)
        return int(mark.line) + 1 if mark else 1

    @cached_property
    def _root(self) -> Any:
        with self._told_by_line():
            return yaml.compose(self.text, Loader=yaml.CSafeLoader)

    def _loaded(self) -> Any:
        with self._told_by_line():
            return None if self._root is None else yaml.CSafeLoader("").construct_document(self._root)

    @contextmanager
    def _told_by_line(self) -> Iterator[None]:
        try:
            yield
        except (yaml.YAMLError, ValueError) as error:  # a day that no calendar has is no error of YAML's
            mark = getattr(error, "problem_mark", None)
            line = f", line {mark.line + 1}" if mark else ""
            raise CatalogueError(
                f"{self.path}{line}: not YAML; {getattr(error, 'problem', None) or error}. Check indentation and quotes"
            ) from None


def csv_rows(path: Path, header: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV file with their lines; CatalogueError for another header or a broken row."""
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""), strict=True)
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


def read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CatalogueError(f"{path}: this file is missing; add it") from None
    except UnicodeDecodeError:
        raise CatalogueError(f"{path}: this file is not UTF-8; save it so") from None


def day(path: Path, line: int, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CatalogueError(f"{path}, line {line}: {text!r} is not a day; write YYYY-MM-DD") from None


def _inside(node: Any, step: int | str) -> tuple[Any, Any]:
    """The node that a step leads to, after the one that stands for it: its key, or itself in a list."""
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == step), (None, None))
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None, None
