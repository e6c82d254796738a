"""Whose file is read next? Several at a time and in their order, but a file that hangs keeps only its own Area waiting."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Generator, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

from assurance.model import Arrived, Submission

Done = TypeVar("Done")
File = TypeVar("File", Arrived, Submission)
"""What is read: a file that has arrived, or the kept bytes of a submission."""

PATIENCE_SECONDS = 5.0
"""So long the other Areas wait for the file whose turn it is; then its Area is slow, and they overtake it."""
MOST_SLOW = 12
"""So many slow Areas have a worker each beside the others' workers; a file that hangs keeps its own until its time-out."""


def in_turn(workers: int, work: Callable[[File], Done], given: Iterable[File]) -> Generator[tuple[File, Future[Done]]]:
    """The files with their work done, in their order; those of slow Areas when they are done.

    Files of one Area always keep their order: a later one is compared with the earlier.
    """
    waiting = deque(given)
    begun: list[tuple[File, Future[Done]]] = []
    slow: set[str] = set()
    with ThreadPoolExecutor(workers + MOST_SLOW) as pool:
        while waiting or begun:
            while _has_room(workers, begun, slow) and (
                following := next((arrived for arrived in waiting if arrived.area not in slow), None)
            ):
                waiting.remove(following)
                begun.append((following, pool.submit(work, following)))
            _wait_for_one(begun, slow)
            place = _ready(begun)
            if place is not None:
                slow.discard(begun[place][0].area)
                yield begun.pop(place)  # no other name holds it: what was read of a file is large


def _has_room(workers: int, begun: Iterable[tuple[File, Future[Any]]], slow: Collection[str]) -> bool:
    """Whether a worker is free, and no more than one file beyond the workers' own is begun; slow Areas do not count."""
    others = [done for arrived, done in begun if arrived.area not in slow]
    return len(others) <= workers and sum(not done.done() for done in others) < workers


def _wait_for_one(begun: Sequence[tuple[File, Future[Any]]], slow: set[str]) -> None:
    """Wait for the file whose turn it is, and call its Area slow when it takes too long; of slow ones, wait for any."""
    first = _first_of_each_area(begun)
    area = next((area for area in first if area not in slow), None)
    if area is None:
        wait(first.values(), return_when=FIRST_COMPLETED)
    elif not wait([first[area]], PATIENCE_SECONDS).done:
        slow.add(area)


def _ready(begun: Sequence[tuple[File, Future[Any]]]) -> int | None:
    """The place of the first file that is done and has no earlier one of its Area before it."""
    first = _first_of_each_area(begun)
    places = (place for place, (arrived, done) in enumerate(begun) if done is first[arrived.area] and done.done())
    return next(places, None)


def _first_of_each_area(begun: Iterable[tuple[File, Future[Any]]]) -> dict[str, Future[Any]]:
    first: dict[str, Future[Any]] = {}
    for arrived, done in begun:
        first.setdefault(arrived.area, done)
    return first
