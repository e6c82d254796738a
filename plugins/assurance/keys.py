"""What a run of a DAG is about, as Airflow keeps it: its partition key, whose parts have a bar between them.

A month is `outcomes|2026-10`, an Area's return of it `outcomes|2026-10|WSX`, and a release `outcomes|2026-10|1`; everywhere
else a release is called `outcomes/2026-10/1`.
"""

from __future__ import annotations

import re

from assurance.errors import AssuranceError
from assurance.model import Period

MONTH = re.compile(r"([^|/]+)\|([0-9]{4}-(?:0[1-9]|1[0-2]))")
"""A collection is called as its folder is: the catalogue says which there are, and they may have any name."""
OF_MONTH = re.compile(rf"({MONTH.pattern})\|[^|/]+")
RELEASE = re.compile(rf"{MONTH.pattern}\|[1-9][0-9]*")


def month_key(collection: str, period: Period | None) -> str:
    """The key of a month."""
    return f"{collection}|{period}"


def area_key(month: str, area: str) -> str:
    """The key of an Area's return of a month, by the key of that."""
    return f"{month}|{area}"


def release_key(release_id: str) -> str:
    """The key of a release."""
    return release_id.replace("/", "|")


def parts(key: str) -> tuple[str, str, str]:
    """Collection, month, and Area or number, as far as a key says them, whoever typed it; empty where it does not."""
    collection, month, rest, *_ = [*key.split("|"), "", ""]
    return collection, month, rest


def collection_of(key: str) -> str:
    """The collection that a key is about, however it goes on; empty where there is no key."""
    return parts(key)[0]


def month_of(key: str) -> str:
    """The key of the month to which that of an Area's return or a release belongs; AssuranceError where it is neither."""
    found = OF_MONTH.fullmatch(key)
    if found is None:
        raise _is_no_key(key, "an Area's return or a release", "outcomes|2026-10|WSX")
    return found[1]


def period_of(release_id: str) -> Period:
    """The month of a release."""
    return Period.parse(release_id.split("/")[1])


def read_month(key: str | None) -> tuple[str, Period]:
    """The collection and period of the key of a month; AssuranceError where it is none, for people type them."""
    found = MONTH.fullmatch(key or "")
    if found is None:
        raise _is_no_key(key, "a month", "outcomes|2026-10")
    return found[1], Period.parse(found[2])


def release_of(key: str | None) -> str:
    """The release that the key of one is about; AssuranceError where it is none."""
    if not RELEASE.fullmatch(key or ""):
        raise _is_no_key(key, "a release", "outcomes|2026-10|1")
    return str(key).replace("|", "/")


def _is_no_key(key: str | None, of: str, example: str) -> AssuranceError:
    wrong = f"{key!r} is no partition key of {of}" if key else f"this run has no partition key, and is about {of}"
    return AssuranceError(f"{wrong}; give one such as {example!r}")
