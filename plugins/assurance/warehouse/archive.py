"""The rows of accepted returns: one immutable Parquet file per submission, hive-partitioned."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from assurance.files import write_whole
from assurance.model import Submission

ROW_NO = "row_no"


def archive_path(archive: Path, submission: Submission) -> Path:
    """Where the rows of a submission lie."""
    period = str(submission.period)
    return archive_place(archive, submission.collection, period, submission.area, submission.submission_id)


def archive_place(archive: Path, collection: str, period: str, area: str, submission_id: str) -> Path:
    """`collection=…/period=…/area=…/<submission>.parquet`."""
    return archive / f"collection={collection}" / f"period={period}" / f"area={area}" / f"{submission_id}.parquet"


class ArchiveFile:
    """The typed rows of a return, on their way to the archive: a part at a time, in memory, as they will be written."""

    def __init__(self) -> None:
        self._buffer = io.BytesIO()
        self._writer: pq.ParquetWriter | None = None

    def add(self, rows: pa.Table) -> None:
        """Add a part; all have the same columns."""
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._buffer, rows.schema, **_form(rows.schema))
        self._writer.write_table(rows)

    def write(self, archive: Path, submission: Submission) -> Path:
        """Write the rows of a submission that is not loaded yet, in place of those of an attempt before. Its path."""
        assert self._writer is not None
        self._writer.close()
        path = archive_path(archive, submission)
        write_whole(path, self._buffer.getbuffer(), mode=0o444)
        return path


def _form(schema: pa.Schema) -> dict[str, Any]:
    """How columns are laid down: values that repeat by a dictionary; numbers of rows, which rise, by their steps."""
    unlike = {ROW_NO: "DELTA_BINARY_PACKED"} if ROW_NO in schema.names else {}
    repeating = [name for name in schema.names if name not in unlike]
    return {"compression": "zstd", "write_statistics": False, "use_dictionary": repeating, "column_encoding": unlike}
