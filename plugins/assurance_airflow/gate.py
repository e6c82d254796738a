"""The gate of a month.

`measure_month` runs for `<collection>|<YYYY-MM>` once there is a key `<collection>|<YYYY-MM>|<AREA>` for every Area
that owes a return. Which Areas those are is read from the catalogue when the scheduler asks, and is not part of what it
stores: a stored window that changes drops the keys that are waiting.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from airflow.partition_mappers.base import PartitionMapper
from airflow.partition_mappers.window import Window

from assurance.keys import area_key, month_of, read_month
from assurance_airflow.catalogue_now import catalogue


class AreaToMonth(PartitionMapper):
    """`outcomes|2026-10|WSX` belongs to `outcomes|2026-10`."""

    def to_downstream(self, key: str) -> str:
        return month_of(key)


class AreasOwing(Window):
    """A month is complete when every Area that owes a return has a key."""

    expected_decoded_type: ClassVar[type] = str

    def to_upstream(self, decoded_downstream: str) -> Iterable[str]:
        collection, period = read_month(decoded_downstream)
        owing = catalogue().collection(collection).areas_owing(period)
        return [area_key(decoded_downstream, area.code) for area in owing]
