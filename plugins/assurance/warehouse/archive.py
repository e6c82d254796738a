"""The rows of accepted returns: one immutable Parquet file per submission, hive-partitioned."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
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


def write_archive(archive: Path, submission: Submission, staged: pd.DataFrame) -> Path:
    """Write the typed rows of a submission; a file that stands is left as it is. Returns its path."""
    path = archive_path(archive, submission)
    if not path.exists():
        # the folder names say area and period: partition columns must not stand in the file as well
        table = pa.Table.from_pandas(staged.drop(columns=["period"], errors="ignore"), preserve_index=False)
        buffer = io.BytesIO()
        pq.write_table(table.replace_schema_metadata(None), buffer, compression="zstd")
        write_whole(path, buffer.getvalue(), mode=0o444)
    return path
