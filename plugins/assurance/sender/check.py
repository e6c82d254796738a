"""What will be said of this file when it arrives? Asks the pipeline's own rules, without Airflow, warehouse or mail.

A person waits for the answer: the file is read by a child process while this one imports what judges it.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from assurance.catalogue import Collection
from assurance.intake.landing import Folder, reason_given
from assurance.intake.reading import read_text
from assurance.model import Period

if TYPE_CHECKING:
    from assurance.intake.checking import Examined


def check_file(
    collection: Collection,
    path: Path,
    *,
    area: str,
    file_name: str,
    received_at: datetime,
    period: Period | None = None,
    seconds: int,
    megabytes: int,
) -> Examined:
    """Check one file, as `file_name` from `area`, by the rules that need nothing but the file; writes nothing.

    `received_at` is naive UTC; `seconds` and `megabytes` are what reading it may take.
    """
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(
            read_text, path, collection.limits, formats=collection.formats, seconds=seconds, megabytes=megabytes
        )
        from assurance.intake.checking import Delivery, examine  # DuckDB and pyarrow, while the child reads

        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        reason = reason_given(Folder(path.parent), PurePosixPath(path.name))
        delivery = Delivery(collection.code, area, file_name, sha256, received_at, reason, period)
        return examine(collection, delivery, reading.result())
