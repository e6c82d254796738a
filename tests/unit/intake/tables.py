"""Tables as the reader hands them over, without a file."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from assurance.catalogue import Collection
from tests.rules.builders import FIRST_LINE, Return
from tests.rules.cases import BCM_PERIOD, Case, rows


def table_of(of: Collection, cases: Sequence[Case]) -> pa.Table:
    """Cases as the text of a return."""
    return _table([column.name for column in of.columns_in(BCM_PERIOD)], rows(list(cases), of))


def table_of_return(sent: Return) -> pa.Table:
    """A return as its text."""
    return _table(sent.header, sent.rows)


def _table(header: Sequence[str], lines: Sequence[Sequence[str]]) -> pa.Table:
    cells = {
        name: pa.array([line[place] or None for line in lines], type=pa.string()) for place, name in enumerate(header)
    }
    row_no = pa.array(range(FIRST_LINE, FIRST_LINE + len(lines)), type=pa.int64())
    return pa.table({"row_no": row_no, **cells})
