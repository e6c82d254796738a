"""Does a release follow, byte for byte, from the bytes that were received?"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping

from assurance.model import Fault
from assurance.reporting.release import FIGURES


def different_files(release_id: str, stands: Mapping[str, bytes], rebuilt: Mapping[str, bytes]) -> Iterator[Fault]:
    """The files of a release that are not what comes of building it again, each by its name."""
    for path in sorted({*stands, *rebuilt}):
        place = f"releases/{release_id}/{path}"
        if path not in stands:
            yield Fault(place, "is missing, and comes of building the release again")
        elif path not in rebuilt:
            yield Fault(place, "does not come of building the release again")
        elif stands[path] != rebuilt[path]:
            yield Fault(place, "is not what comes of building the release again")


def different_figures(release_id: str, stands: Mapping[str, bytes], rebuilt: Mapping[str, bytes]) -> Iterator[Fault]:
    """The published numbers that are others now, each by its id; for a release of another version of the package.

    A measure that one of the versions does not have is passed over.
    """
    old, new = (_figures(files.get(FIGURES, b"")) for files in (stands, rebuilt))
    for key in sorted({*old, *new}):
        if key not in old or key not in new:
            yield Fault(f"figure {release_id}/{'/'.join(key)}", f"{'published' if key in old else 'counted now'} only")
            continue
        for measure in old[key].keys() & new[key].keys():
            if old[key][measure] != new[key][measure]:
                told = f"published as {old[key][measure] or 'blank'}, and is {new[key][measure] or 'blank'}"
                yield Fault(f"figure {release_id}/{'/'.join(key)}/{measure}", told)


def _figures(table: bytes) -> dict[tuple[str, str, str], dict[str, str]]:
    return {
        (line["window"], line["area"], line["standard"]): line for line in csv.DictReader(io.StringIO(table.decode()))
    }
