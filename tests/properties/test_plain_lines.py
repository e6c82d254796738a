"""Lines without anything odd about them are parted at their commas: to the same cells as Python's reader of CSV gives."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assurance.intake import reader

ASKED = {"bytes": 10**6, "rows": 1_000, "columns": 100}
PIECES = st.sampled_from(
    [",", ",", "\n", "\r\n", "\r", '"', '""', " ", "a", "NA", "1", "é", "\u200b", "\t", "\x1f", "\xa0"]
)
TEXTS = st.lists(PIECES, max_size=60).map("".join)


def outcome(data: bytes) -> object:
    try:
        return reader.read_csv(data, ASKED)
    except reader.Refused as refused:
        return refused.rule, refused.row, refused.detail


@given(text=TEXTS)
@example(text="a,b\n1, 2\n")
@example(text="a,b\n 1,2 \n")
@example(text='a,b\n"1\n2",3\n4,5\n')
@example(text='a,b\n1,2\n"3')
@example(text="a,b\n" + "x" * 40_000 + ",2\n")
@example(text="a,b\n" + ",".join(["x" * 32_767] * 2) + "\n")
@example(text="a,b\n2," + "x" * 32_768 + "\n")
@example(text="a,b\n" + "," * 40_000 + "\n1,2\n")
@example(text="a,b\r1,2\r\n\r\n,\n3,4")
def test_the_quick_way_and_the_careful_way_read_the_same(text: str) -> None:
    data = f"h,i\n{text}".encode()
    quick = outcome(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "is_plain", lambda line: False)
        assert outcome(data) == quick
