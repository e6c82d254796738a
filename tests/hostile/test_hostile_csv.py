"""Every hostile or unlucky CSV file has the outcome that was agreed, its reasons, its figures, and its cells to the letter."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from assurance.intake.counting import totals
from assurance.model import Outcome
from tests.hostile.csv_files import everything
from tests.hostile.files import GOOD, Hostile, columns
from tests.rules.builders import Seen, collection, examined, places

FILES = everything()


def seen(file: Hostile) -> Seen:
    sent = replace(GOOD[file.code], raw=file.content, reason_given=file.reason_given)
    return examined(sent, name=file.name, area=file.area, of=collection(file.code), received=file.received)


def test_the_set_is_large_and_each_of_its_files_another() -> None:
    titles = Counter(str(file) for file in FILES)
    assert [title for title, times in titles.items() if times > 1] == []
    assert len(FILES) >= 200
    assert {file.code for file in FILES} == {"bcm", "outcomes"}


def one_in_three(files: list[Hostile]) -> list[Any]:
    """Of each kind some at once, for they stand by kind; all of them in the long run."""
    return [pytest.param(file, marks=pytest.mark.slow if place % 3 else ()) for place, file in enumerate(files)]


@pytest.mark.parametrize("file", one_in_three(FILES), ids=str)
def test_a_file_becomes_what_it_must(file: Hostile) -> None:
    one = seen(file)
    submission = one.checked.submission
    found = set(places(one))
    assert (found >= set(file.found)) if file.and_more else (found == set(file.found))
    assert submission.outcome is file.outcome
    assert submission.rows_in == file.rows
    went = (submission.rows_accepted, submission.rows_quarantined, submission.rows_rejected)
    assert went == expected_ways(file)
    assert kept(file, one) == file.kept
    assert tallied(one) == file.tally


def expected_ways(file: Hostile) -> tuple[int, int, int]:
    rows = file.rows or 0
    if file.outcome is Outcome.REJECTED:
        return 0, 0, rows
    return rows - len(file.quarantined), len(file.quarantined), 0


def kept(file: Hostile, one: Seen) -> list[tuple[object, ...]]:
    """What is archived of the file: only of one that counts."""
    if one.accepted is None or not one.checked.submission.outcome.counts:
        return []
    names = ["row_no", *(column.name for column in columns(collection(file.code)))]
    return [tuple(row[name] for name in names) for row in one.accepted.to_pylist()]


def tallied(one: Seen) -> dict[tuple[str, str], int]:
    return {
        (standard, answer): number
        for standard, counts in totals(one.checked.counted.tally).items()
        for answer, number in vars(counts).items()
        if number
    }
