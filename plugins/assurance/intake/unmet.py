"""In which rows of a return was a standard not met? Asked of its archived rows; what comes back is their numbers.

The rows are those that count in rates, as in the tally: cases chosen for a reason are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from assurance.catalogue import Collection
from assurance.model import COUNTED_REASONS, Scale, Standard, UnmetRows

MET, UNMET = "Y", ("not_met", "partly")


def unmet_rows(collection: Collection, standards: Iterable[Standard], rows: Path) -> tuple[UnmetRows, ...]:
    """The rows of a return of cases in which each of these standards was not met or only partly, in their order."""
    table = pq.ParquetFile(rows).read()
    if collection.cases.reason:
        table = table.filter(pc.is_in(table[collection.cases.reason], pa.array(COUNTED_REASONS)))
    return tuple(found for standard in standards for found in _of_standard(table, standard))


def _of_standard(table: pa.Table, standard: Standard) -> Iterator[UnmetRows]:
    """Of a timely standard by the answers that follow from the dates; nothing where the return was not asked it."""
    timely = standard.scale is Scale.TIMELY
    column = f"{standard.code}_computed" if timely else standard.code
    if standard.scale is None or column not in table.column_names:
        return
    for answer, count in standard.scale.answers.items():
        if count in UNMET:
            unmet = pc.equal(table[column], answer)
            said_met = pc.and_(unmet, pc.equal(table[standard.code], MET))
            if rows := _rows(table, unmet):
                yield UnmetRows(standard.code, count, rows, _rows(table, said_met))


def _rows(table: pa.Table, which: pa.ChunkedArray) -> tuple[int, ...]:
    return tuple(sorted(table["row_no"].filter(which).to_pylist()))
