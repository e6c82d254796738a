"""What a release shares is on record as it went out, and the next release is held against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from assurance.intake.checking import Examined
from assurance.measures.disclosure import Counts, Table, share
from assurance.reporting import shareable
from assurance.reporting.release import shared_cells
from assurance.settings import Settings
from assurance.steps import PACKAGE_VERSION, Steps
from assurance.warehouse import queries
from assurance.warehouse.releases import gather, shared_before
from tests.rules.builders import PERIOD, valid_return

pytestmark = pytest.mark.slow

FIRST, SECOND = (f"outcomes/{PERIOD}/{number}" for number in (1, 2))


class Receiving(Steps):
    """Great Expectations, which takes long and changes no number, does not judge a second time."""

    def _pass_gate(self, examined: Examined) -> None:
        pass


@dataclass(frozen=True)
class Built:
    """One Area's month, its correction, and a release of each."""

    steps: Steps
    asked: Sequence[tuple[Table, tuple[Table, ...]]]
    """The draft of each shareable table, and what it was held against."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    asked: list[tuple[Table, tuple[Table, ...]]] = []

    def watched(now: Table, before: Sequence[Table], counts: Counts) -> Table:
        asked.append((now, tuple(before)))
        return share(now, before, counts)

    steps = Receiving(Settings(home=tmp_path_factory.mktemp("home"), arrival="file"))
    steps.migrate()
    other = valid_return(version=2, counts=lambda row, standard: (100 + row, 20))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shareable, "share", watched)
        for sent, release_id in ((valid_return(), FIRST), (other, SECOND)):
            sent.landed(steps.settings.landing)
            list(steps.receive("outcomes"))
            assert steps.build("outcomes", PERIOD) == release_id
    return Built(steps, asked)


def line_of(steps: Steps, release_id: str) -> int:
    with steps.warehouse.reading() as connection:
        lines = queries.rows(connection, "audit/lines")
    return next(int(line["seq"]) for line in lines if (line["event"], line["subject"]) == ("built", release_id))


@pytest.mark.parametrize("release_id", [FIRST, SECOND])
def test_the_cells_on_record_are_those_of_the_file(built: Built, release_id: str) -> None:
    folder = built.steps.settings.releases / release_id
    cells = shared_cells({"shareable.csv": (folder / "shareable.csv").read_bytes()})
    with built.steps.warehouse.reading() as connection:
        shared = shared_before(connection, "outcomes", PERIOD, line_of(built.steps, release_id))[0][-1]
    assert cells
    assert sorted(shared.cells, key=str) == sorted(cells, key=str)
    assert {cell.mark for cell in cells if cell.assessed is None} == {"[x]"}
    assert (folder / "shareable.html").is_file()


def test_what_stood_behind_each_is_read_with_it(built: Built) -> None:
    with built.steps.warehouse.reading() as connection:
        shared, counts = shared_before(connection, "outcomes", PERIOD)
    assert [len(one.returns) for one in shared] == [1, 1]
    assert counts.keys() == {submission for one in shared for submission in one.returns.values()}
    for one in shared:
        (submission,) = one.returns.values()
        nation = next(cell for cell in one.cells if (cell.area, cell.standard) == ("ALL", "ALL"))
        of_rates = {cell.standard for cell in one.cells} - {"ALL"}
        assert nation.assessed == sum(sum(parts) for code, parts in counts[submission].items() if code in of_rates)


def test_a_release_is_made_again_without_its_own_cells_and_what_came_after(built: Built) -> None:
    first, second = (line_of(built.steps, release_id) for release_id in (FIRST, SECOND))
    with built.steps.warehouse.reading() as connection:
        found = [shared_before(connection, "outcomes", PERIOD, as_of)[0] for as_of in (first - 1, second - 1, second)]
    assert [len(shared) for shared in found] == [0, 1, 2]
    assert found[1] == found[2][:1]


def test_months_that_reach_no_common_month_are_not_read(built: Built) -> None:
    with built.steps.warehouse.reading() as connection:
        found = [len(shared_before(connection, "outcomes", PERIOD.plus(away))[0]) for away in (-5, -4, 0, 4, 5)]
    assert found == [0, 2, 2, 2, 0]


def test_the_next_release_is_held_against_what_is_on_record(built: Built) -> None:
    (first, nothing), (now, (before,)) = built.asked
    assert nothing == ()
    assert before.shown | before.hidden == first.shown == now.shown
    assert (before.months, before.owners) == (now.months, now.owners)
    assert before.returns == first.returns != now.returns


def test_the_same_facts_are_gathered_again(built: Built) -> None:
    with built.steps.warehouse.reading() as connection:
        one, other = (
            gather(
                connection,
                built.steps.collection("outcomes"),
                PERIOD,
                since=PERIOD,
                package_version=PACKAGE_VERSION,
                signed_off_by_setting=False,
            )
            for _ in range(2)
        )
    assert one == other
    assert len(one.shared) == 2
