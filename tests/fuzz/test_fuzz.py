"""Whatever is made of a return, what becomes of it is one of the things that were agreed, and nothing escapes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from unittest.mock import Mock

import pytest

from assurance.catalogue import Collection
from assurance.intake.checking import Examined
from assurance.intake.reading import Reading
from assurance.model import Severity
from tests.fuzz import running
from tests.fuzz.mutations import KINDS, Input, mutated, seeds, workbook_members
from tests.fuzz.running import Ended, run

SEED, FEW, MANY, IN_A_CHILD = 20_261, 300, 10_000, 24


REPLAY = f"replay with: python -m tests.fuzz --seed {SEED} --only NUMBER"


@pytest.fixture(scope="module")
def few() -> dict[int, Ended]:
    """What became of the first few hundred inputs."""
    return {number: run(mutated(SEED, number)) for number in range(FEW)}


@pytest.mark.slow
@pytest.mark.xdist_group("a few hundred inputs")
def test_nothing_escapes_from_a_few_hundred_inputs(few: dict[int, Ended]) -> None:
    assert {number: ended.wrong for number, ended in few.items() if ended.wrong} == {}, REPLAY


@pytest.mark.slow
@pytest.mark.xdist_group("a few hundred inputs")
def test_every_kind_of_mutation_and_every_outcome_is_met(few: dict[int, Ended]) -> None:
    assert {mutated(SEED, number).how for number in few} == set(KINDS)
    assert {ended.outcome for ended in few.values()} >= {"accepted", "rejected", "nil"}


@pytest.mark.slow
@pytest.mark.parametrize("part", range(10))
def test_nothing_escapes_from_ten_thousand_inputs(part: int) -> None:
    ended = ((number, run(mutated(SEED, number))) for number in range(FEW + part, MANY, 10))
    assert {number: one.wrong for number, one in ended if one.wrong} == {}, REPLAY


@pytest.mark.parametrize("part", range(4))
def test_a_child_says_what_this_process_says(part: int) -> None:
    for number in range(part, IN_A_CHILD, 4):
        one = mutated(SEED, number)
        assert run(one, in_child=True) == run(one), number


def test_a_seed_and_a_number_give_the_same_input_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [mutated(SEED, number) for number in range(100)]
    assert {one.how for one in now} == set(KINDS)
    seeds.cache_clear()
    workbook_members.cache_clear()
    later = datetime(2030, 1, 1, tzinfo=UTC)
    monkeypatch.setattr("openpyxl.writer.excel.datetime", Mock(datetime=Mock(now=Mock(return_value=later))))
    assert [mutated(SEED, number) for number in range(100)] == now


# That it would see a fault


def good() -> Input:
    code, sent = seeds()[1]
    return Input(code, sent.name, sent.content, "as it is", same_as=sent)


def wrong_of(one: Input) -> str:
    return " ".join(run(one).wrong)


def test_a_return_as_it_is_has_nothing_wrong() -> None:
    assert run(good()) == replace(run(good()), wrong=())


def test_it_sees_a_cell_that_is_read_as_another() -> None:
    one = good()
    changed = replace(one, content=one.content.replace(b"44AB0000001", b"44AB0000009"))
    assert "other cells are kept" in wrong_of(changed)


def test_it_sees_a_count_that_differs() -> None:
    one = good()
    changed = replace(one, content=one.content.replace(b",NM,", b",FM,"))
    assert "counted otherwise" in wrong_of(changed)


@pytest.mark.parametrize(
    ("place", "fault", "told"),
    [
        ("tests.fuzz.running.read_inside", KeyError("x"), "KeyError escaped"),
        ("tests.fuzz.running.examine", RecursionError(), "RecursionError escaped"),
    ],
)
def test_it_sees_an_exception_that_escapes(
    monkeypatch: pytest.MonkeyPatch, place: str, fault: Exception, told: str
) -> None:
    def fail(*_: object) -> object:
        raise fault

    monkeypatch.setattr(place, fail)
    assert told in wrong_of(replace(good(), same_as=None))


def test_it_sees_rows_that_are_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    read = running.read_inside

    def losing(content: bytes, of: Collection) -> Reading:
        whole = read(content, of)
        assert whole.table is not None
        return replace(whole, table=whole.table.slice(1))

    monkeypatch.setattr(running, "read_inside", losing)
    assert "5 rows are kept, and 6 accepted" in wrong_of(replace(good(), same_as=None))


def test_it_sees_cases_that_come_from_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    read = running.read_inside
    monkeypatch.setattr(running, "read_inside", lambda content, of: read(good().content, of))
    assert "not in the file" in wrong_of(replace(good(), content=b"nothing", same_as=None))


def test_it_sees_a_finding_that_quotes_a_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    quoting(monkeypatch, message="44AB0000001 is no case of yours")
    assert "a finding holds a cell" in wrong_of(replace(good(), same_as=None))


def test_it_sees_a_question_that_is_not_in_the_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    quoting(monkeypatch, severity=Severity.QUERY)
    assert "accepted, and something is asked" in wrong_of(replace(good(), same_as=None))


def test_it_sees_a_row_that_is_told_and_not_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    quoting(monkeypatch, severity=Severity.ROW, row=2)
    assert "0 rows are held back, and 1 are told" in wrong_of(replace(good(), same_as=None))


def quoting(monkeypatch: pytest.MonkeyPatch, **otherwise: object) -> None:
    """Let every finding say something else."""
    examine = running.examine

    def saying(*given: Any) -> Examined:
        seen = examine(*given)
        findings = tuple(replace(finding, **otherwise) for finding in seen.checked.findings[:1])
        return replace(seen, checked=replace(seen.checked, findings=findings))

    monkeypatch.setattr(running, "examine", saying)


@pytest.mark.parametrize("place", ["tests.fuzz.running._wrong", "tests.fuzz.running._not_in_the_file"])
def test_what_fails_while_looking_ends_one_input_and_not_the_run(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.setattr(place, Mock(side_effect=LookupError))
    assert "LookupError escaped" in wrong_of(good())


def test_an_input_that_hangs_is_taken_for_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def patient(content: bytes, of: Collection) -> Reading:
        try:
            while True:
                pass
        except Exception:
            return Reading(header=None, rows=0, table=None, problems=())

    monkeypatch.setattr(running, "SECONDS", 1)
    monkeypatch.setattr(running, "read_inside", patient)
    assert run(good()).outcome == "escaped"


def test_it_sees_an_input_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(content: bytes, of: object) -> object:
        while True:
            pass

    monkeypatch.setattr(running, "SECONDS", 1)
    monkeypatch.setattr(running, "read_inside", hang)
    ended: Ended = run(good())
    assert ended.outcome == "escaped"
    assert "Hung" in ended.wrong[0]
