"""Values that other people's software computed lie in a folder beside the repository, if they are there."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2].parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared data; the test is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("needs the folder `shared` beside the repository")
    return SHARED


@pytest.fixture(scope="session")
def oracle(shared: Path) -> Callable[[str], list[dict[str, str]]]:
    """Reads one table of expected values by its name."""

    def read(name: str) -> list[dict[str, str]]:
        with (shared / "data" / "oracles" / name).open(newline="", encoding="utf-8") as file:
            return [{key: cell.strip() for key, cell in line.items()} for line in csv.DictReader(file)]

    return read
