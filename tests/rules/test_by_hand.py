"""The rules of `bcm` stand once more in the script of `make bench`: both find the same and count the same."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from assurance.model import Severity
from tests.rules import faults_of_bcm
from tests.rules.builders import Return, examined
from tests.rules.cases import BCM_PERIOD, bcm, bcm_return
from tools import by_hand

RECEIVED = "2026-11-03"


def every_fault() -> Return:
    """Each faulty row among good ones, but for characters that the reader masks."""
    faulty = [
        fault for fault in faults_of_bcm.row_faults() if all(str(cell).isprintable() for cell in fault.cells.values())
    ]
    return faults_of_bcm.wall(faulty)


@pytest.mark.parametrize("sent", [bcm_return(), every_fault()], ids=["a good return", "every fault"])
def test_the_script_by_hand_finds_the_same_rows_and_counts_the_same(sent: Return, tmp_path: Path) -> None:
    path = tmp_path / sent.name
    path.write_bytes(sent.content)
    with duckdb.connect() as connection:
        by_hand.receive(connection, path, "WSX", str(BCM_PERIOD), RECEIVED)
        found = set(connection.execute("select row_no, rule from finding").fetchall())
        cases = connection.execute("select sum(cases) from tally").fetchone()
    seen = examined(sent, of=bcm())
    severity = {rule: text.severity for rule, text in bcm().rule_texts.items()}
    told = {(f.row, f.rule) for f in seen.checked.findings if f.row is not None}
    assert told == {
        place for place in found if severity[place[1]] is not Severity.NOTE or place[0] not in seen.held_back
    }
    assert seen.held_back == {row for row, rule in found if severity[rule] is Severity.ROW}
    left_out = {row for row, rule in found if severity[rule] in (Severity.ROW, Severity.FILE)}
    assert cases == (len(sent.rows) - len(left_out),)
