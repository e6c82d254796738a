"""The rows of unmet checks are those that the tally counts, by their numbers alone."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assurance.intake.counting import totals
from assurance.intake.unmet import unmet_rows
from assurance.model import COUNTED_REASONS, UnmetRows
from tests.rules.builders import Seen, examined
from tests.rules.cases import BCM_PERIOD, bcm, bcm_return, case, good_cases

STANDARDS = bcm().standards_in(BCM_PERIOD)
LATE = {"indictment_uploaded_date": None}


@pytest.fixture(scope="module")
def seen() -> Seen:
    """Thirty good cases, one of them partly met in C02; then rows 32 to 35, of which the last two do not count."""
    cases = [
        *good_cases(),
        case(80, "ptph", C01="N", C06="Y", **LATE),
        case(81, "ptph", **LATE),
        case(82, "ptph", C01="N", sample_reason="targeted"),
        case(83, "ptph", C01="N", urn=""),
    ]
    return examined(bcm_return(*cases), of=bcm())


def found_in(rows: pa.Table, folder: Path) -> tuple[UnmetRows, ...]:
    pq.write_table(rows, folder / "rows.parquet")
    return unmet_rows(bcm(), STANDARDS, folder / "rows.parquet")


def test_rows_are_named_by_standard_and_answer_and_late_ones_that_say_met_apart(seen: Seen, tmp_path: Path) -> None:
    assert seen.checked.submission.rows_quarantined == 1
    assert found_in(seen.accepted, tmp_path) == (
        UnmetRows("C01", "not_met", (32,)),
        UnmetRows("C02", "partly", (2,)),
        UnmetRows("C06", "not_met", (32, 33), said_met=(32,)),
    )


def test_there_are_as_many_as_the_tally_counts(seen: Seen, tmp_path: Path) -> None:
    counted = totals(line for line in seen.checked.counted.tally if line.sample_reason in COUNTED_REASONS)
    rows = Counter({(one.standard, one.answer): len(one.rows) for one in found_in(seen.accepted, tmp_path)})
    assert rows == Counter(
        {(code, answer): getattr(of, answer) for code, of in counted.items() for answer in ("not_met", "partly")}
    )


def test_rows_come_in_their_order(seen: Seen, tmp_path: Path) -> None:
    backwards = seen.accepted.sort_by([("row_no", "descending")])
    assert found_in(backwards, tmp_path) == found_in(seen.accepted, tmp_path)


def test_a_standard_that_the_return_was_not_asked_is_passed_over(seen: Seen, tmp_path: Path) -> None:
    without = seen.accepted.drop_columns(["C01", "C06_computed"])
    assert [one.standard for one in found_in(without, tmp_path)] == ["C02"]
