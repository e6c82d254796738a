"""Nobody changes the audit trail unseen: each line holds the hash of the one before it and itself."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from assurance.warehouse import audit, queries
from assurance.warehouse.engine import Warehouse

START = datetime(2026, 11, 2, 9, 30, 0, 123456)
EVENTS = ("received", "built", "signed off", "received")


@pytest.fixture
def trail(warehouse: Warehouse) -> Warehouse:
    """A warehouse in which four things were done."""
    for number, event in enumerate(EVENTS):
        with warehouse.transaction() as connection:
            detail = {"b": number, "a": "Über | – 'quoted'"}
            audit.record(connection, event, f"subject {number}", detail, START + timedelta(days=number))
    return warehouse


def lines(warehouse: Warehouse) -> list[queries.Row]:
    with warehouse.reading() as connection:
        return queries.rows(connection, "audit/lines")


def altered(warehouse: Warehouse) -> list[int]:
    with warehouse.reading() as connection:
        return audit.altered(connection)


def test_lines_are_numbered_in_the_order_in_which_things_were_done(trail: Warehouse) -> None:
    assert [(line["seq"], line["event"]) for line in lines(trail)] == list(enumerate(EVENTS, start=1))


def test_the_chain_recomputes_from_what_the_warehouse_gives_back(trail: Warehouse) -> None:
    assert len(lines(trail)) == len(EVENTS)
    assert altered(trail) == []


@pytest.mark.parametrize(
    "change",
    [
        "subject = 'another'",
        "event = 'built'",
        "detail = '{}'",
        "written_at = cast('2026-01-01' as timestamp)",
        "sha256 = 'invented'",
    ],
)
def test_a_changed_line_is_found(trail: Warehouse, change: str) -> None:
    with trail.transaction() as connection:
        connection.execute(sa.text(f"update audit set {change} where seq = 3"))
    assert 3 in altered(trail)


def test_a_changed_line_cannot_be_covered_up_without_changing_all_that_follow(trail: Warehouse) -> None:
    third, second = lines(trail)[2], lines(trail)[1]
    forged = {key: value for key, value in third.items() if key != "sha256"} | {"subject": "another"}
    with trail.transaction() as connection:
        statement = sa.text("update audit set subject = 'another', sha256 = :sha256 where seq = 3")
        connection.execute(statement, {"sha256": audit.chained(second["sha256"], forged)})
    assert altered(trail) == [4]


def test_a_line_taken_out_is_found(trail: Warehouse) -> None:
    with trail.transaction() as connection:
        connection.execute(sa.text("delete from audit where seq = 2"))
    assert altered(trail) == [3]


def test_what_is_rolled_back_leaves_no_line(trail: Warehouse) -> None:
    def fail() -> None:
        with trail.transaction() as connection:
            audit.record(connection, "built", "never", {}, START)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert len(lines(trail)) == len(EVENTS)
