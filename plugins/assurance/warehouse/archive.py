"""The rows of accepted returns: one immutable Parquet file per submission, hive-partitioned."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from assurance.files import write_whole
from assurance.model import Submission


def archive_path(archive: Path, submission: Submission) -> Path:
    """`collection=…/period=…/area=…/<submission>.parquet`."""
    return (
        archive
        / f"collection={submission.collection}"
        / f"period={submission.period}"
        / f"area={submission.area}"
        / f"{submission.submission_id}.parquet"
    )


def write_archive(archive: Path, submission: Submission, rows: pa.Table) -> Path:
    """Write the typed rows of a submission that is not loaded yet, in place of those of an attempt before. Its path."""
    path = archive_path(archive, submission)
    buffer = io.BytesIO()
    pq.write_table(rows, buffer, compression="zstd")
    write_whole(path, buffer.getvalue(), mode=0o444)
    return path
