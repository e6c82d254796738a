"""What a run of a DAG is about, as Airflow keeps it: its partition key, whose parts have a bar between them.

A month is `outcomes|2026-10`, an Area's return of it `outcomes|2026-10|WSX`, and a release `outcomes|2026-10|1`; everywhere
else a release is called `outcomes/2026-10/1`.
"""

from __future__ import annotations

import re

from assurance.errors import AssuranceError
from assurance.model import Period

MONTH = re.compile(r"([a-z][a-z0-9_]*)\|([0-9]{4}-(?:0[1-9]|1[0-2]))")
RELEASE = re.compile(rf"{MONTH.pattern}\|([1-9][0-9]*)")


def month_key(collection: str, period: Period | None) -> str:
    """The key of a month."""
    return f"{collection}|{period}"


def area_key(month: str, area: str) -> str:
    """The key of an Area's return of a month, by the key of that."""
    return f"{month}|{area}"


def release_key(release_id: str) -> str:
    """The key of a release."""
    return release_id.replace("/", "|")


def month_of(key: str) -> str:
    """The key of the month to which the key of an Area's return, or of a release, belongs."""
    return key.rpartition("|")[0]


def collection_of(key: str) -> str:
    """The collection that a key is about; empty where there is no key."""
    return key.partition("|")[0]


def read_month(key: str | None) -> tuple[str, Period]:
    """The collection and period of the key of a month; AssuranceError where it is none, for people type them."""
    parts = MONTH.fullmatch(key or "")
    if parts is None:
        raise _is_no_key(key, "a month", "outcomes|2026-10")
    return parts[1], Period.parse(parts[2])


def release_of(key: str | None) -> str:
    """The release that the key of one is about; AssuranceError where it is none."""
    if not RELEASE.fullmatch(key or ""):
        raise _is_no_key(key, "a release", "outcomes|2026-10|1")
    return str(key).replace("|", "/")


def _is_no_key(key: str | None, of: str, example: str) -> AssuranceError:
    said = f"{key!r} is no partition key of {of}" if key else f"this run has no partition key, and is about {of}"
    return AssuranceError(f"{said}; trigger it with one, such as {example!r}")
