"""What arrives together, late, twice, out of order or never: which version counts, and who waits for whom."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from threading import Event
from typing import Any
from weakref import WeakSet

import pytest

from assurance.catalogue import Collection
from assurance.errors import AssuranceError
from assurance.intake import reading
from assurance.intake.reading import READER
from assurance.model import Arrived, Outcome, Period, Submission
from assurance.settings import Settings
from assurance.steps import Loaded, Steps, Ticket, receiving
from assurance.warehouse.submissions import in_force as counting
from assurance.warehouse.submissions import tallies
from tests.rules.builders import Return, file_name, nil_return, valid_return
from tests.rules.cases import BCM_PERIOD, bcm_nil, bcm_return, case, good_cases
from tests.rules.workbooks import as_workbook

RECEIVED, HOUR = datetime(2026, 11, 3, 10), timedelta(hours=1)
MONTH = Period(2016, 10)
MARKER = "A word that stands in one file alone"


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("migrated")
    Steps(Settings(home=folder)).migrate()
    return folder


@pytest.fixture
def steps(migrated: Path, tmp_path: Path) -> Steps:
    home = Path(shutil.copytree(migrated, tmp_path / "home"))
    return Steps(Settings(home=home, arrival="file"), clock=lambda: datetime(2026, 11, 20))


def land(steps: Steps, sent: Return, at: datetime = RECEIVED, code: str = "bcm", reason: str = "It was wrong.") -> Path:
    path = sent.landed(steps.settings.landing, code, at)
    if reason and not sent.name.endswith("v01.csv"):
        path.with_name(f"{path.name}.json").write_text(json.dumps({"reason": reason}), encoding="utf-8")
    return path


def received(steps: Steps, code: str = "bcm") -> dict[str, Submission]:
    return {one.submission.file_name: one.submission for one in steps.receive(code)}


def in_force(steps: Steps, code: str = "bcm", area: str = "WSX", period: Period = BCM_PERIOD) -> str | None:
    (status,) = (one for one in steps.status(code, period).returns if one.area.code == area)
    return status.in_force.file_name if status.in_force else None


def cases_counted(steps: Steps) -> int:
    """The checks of C01, which is asked of every case at the PTPH."""
    with steps.warehouse.reading() as connection:
        rows = tallies(connection, counting(connection, "bcm", BCM_PERIOD))
    return sum(row.counts.met + row.counts.not_met for row in rows if row.standard == "C01")


# Versions


def fewer(version: int, left_out: int = 5) -> Return:
    """The good return without some of its cases at the PTPH."""
    return bcm_return(*good_cases()[left_out:], version=version)


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1)], ids=str)
@pytest.mark.parametrize("at_once", [True, False], ids=["in one run", "each in a run"])
def test_of_several_versions_the_highest_counts_in_whatever_order_they_come(
    steps: Steps, order: tuple[int, ...], at_once: bool
) -> None:
    for place, version in enumerate(order):
        land(steps, fewer(version, version), RECEIVED + place * HOUR)
        if not at_once:
            received(steps)
    received(steps)
    assert (in_force(steps), cases_counted(steps)) == ("R-WSX-202610-v03.csv", 17)


def test_a_correction_that_is_rejected_leaves_every_figure_as_it_was(steps: Steps) -> None:
    land(steps, bcm_return())
    received(steps)
    land(steps, bcm_return(version=2).with_cell(5, "area_code", "WMD"), RECEIVED + HOUR)
    assert received(steps)["R-WSX-202610-v02.csv"].outcome is Outcome.REJECTED
    assert (in_force(steps), cases_counted(steps)) == ("R-WSX-202610-v01.csv", 20)


def test_a_good_version_after_a_bad_correction_needs_nobodys_help(steps: Steps) -> None:
    land(steps, bcm_return())
    land(steps, bcm_return(version=2).with_cell(5, "area_code", "WMD"), RECEIVED + HOUR)
    land(steps, fewer(3), RECEIVED + 2 * HOUR)
    assert [one.outcome for one in received(steps).values()] == [
        Outcome.ACCEPTED,
        Outcome.REJECTED,
        Outcome.ACCEPTED_WITH_QUERIES,
    ]
    assert (in_force(steps), cases_counted(steps)) == ("R-WSX-202610-v03.csv", 15)


def test_cases_that_are_withdrawn_leave_the_figures_and_the_area_is_asked_why(steps: Steps) -> None:
    land(steps, bcm_return())
    land(steps, fewer(2), RECEIVED + HOUR)
    *_, last = steps.receive("bcm")
    (asked,) = (found for found in last.findings if found.rule == "BCM-205")
    assert "5 cases" in asked.message
    assert cases_counted(steps) == 15


def test_a_return_is_taken_back_by_a_nil_and_sent_again(steps: Steps) -> None:
    nil = bcm_nil().with_cell(2, "return_id", "R-WSX-202610-v02").named("R-WSX-202610-v02.csv")
    counted = []
    for place, sent in enumerate((bcm_return(), nil, bcm_return(version=3))):
        land(steps, sent, RECEIVED + place * HOUR)
        received(steps)
        counted.append((in_force(steps), cases_counted(steps)))
    assert counted == [("R-WSX-202610-v01.csv", 20), ("R-WSX-202610-v02.csv", 0), ("R-WSX-202610-v03.csv", 20)]


@pytest.mark.parametrize("later", ["csv", "xlsx"])
def test_of_a_csv_and_a_workbook_of_one_version_the_later_counts_whole(steps: Steps, later: str) -> None:
    both = {"csv": fewer(1, 3), "xlsx": as_workbook(fewer(1, 7))}
    for ending, sent in both.items():
        land(steps, sent, RECEIVED + (ending == later) * HOUR, reason="")
    assert {one.outcome for one in received(steps).values()} <= {Outcome.ACCEPTED, Outcome.ACCEPTED_WITH_QUERIES}
    assert (in_force(steps), cases_counted(steps)) == (f"R-WSX-202610-v01.{later}", {"csv": 17, "xlsx": 13}[later])


def test_of_two_files_of_one_version_and_moment_one_counts_whole(steps: Steps) -> None:
    land(steps, fewer(1, 3))
    land(steps, as_workbook(fewer(1, 7)), reason="")
    received(steps)
    assert (in_force(steps), cases_counted(steps)) in (("R-WSX-202610-v01.csv", 17), ("R-WSX-202610-v01.xlsx", 13))


# Whose and for when


def test_what_an_area_is_told_of_a_file_of_another_says_nothing_of_what_that_one_sent(steps: Steps) -> None:
    """Wessex puts the West Midlands' file into its own folder; whether they sent it themselves makes no difference."""
    theirs = bcm_return(area="WMD")
    told = []
    for comment in ("Before they sent it.", "After they sent it."):
        land(steps, replace(theirs.with_cell(2, "comment", comment), area="WSX"))
        (ours,) = (one for one in steps.receive("bcm") if one.submission.area == "WSX")
        told.append(ours.findings)
        land(steps, theirs)
        received(steps)
    assert told[0] == told[1]
    assert {found.rule for found in told[0]} == {"RET-005", "BCM-201"}
    assert not any(word in str(told) for word in ("WMD", "West Midlands", "20AB"))
    assert in_force(steps, area="WMD") == "R-WMD-202610-v01.csv"


def test_a_case_of_another_area_is_asked_about_without_saying_whose_it_is(steps: Steps) -> None:
    land(steps, bcm_return())
    land(steps, bcm_return(*({**one, "area_code": "WMD"} for one in good_cases()), area="WMD"), RECEIVED + HOUR)
    loaded = [one for one in steps.receive("bcm") if any(found.rule == "BCM-204" for found in one.findings)]
    assert [len(one.findings) >= 30 for one in loaded] == [True]
    other = {"WSX": ("WMD", "West Midlands"), "WMD": ("WSX", "Wessex")}[loaded[0].submission.area]
    assert not any(word in str(loaded[0].findings) for word in other)


def test_rows_of_two_areas_in_one_file_reject_it_and_touch_neither(steps: Steps) -> None:
    land(steps, bcm_return())
    land(steps, bcm_return(area="WMD"))
    received(steps)
    mixed = [case(n, "ptph", area=area) for n, area in enumerate(("WSX", "WMD") * 10, start=100)]
    land(steps, bcm_return(*mixed, version=2), RECEIVED + HOUR)
    assert received(steps)["R-WSX-202610-v02.csv"].outcome is Outcome.REJECTED
    assert [in_force(steps, area=area) for area in ("WSX", "WMD")] == [
        f"R-{area}-202610-v01.csv" for area in ("WSX", "WMD")
    ]


# Who waits for whom

AREAS = ("CYW", "EMD", "EOE", "LON", "MCH", "NEA", "NWE", "SEA", "SWE", "THC", "WMD", "WSX", "YHU")


@pytest.mark.parametrize("batch", [20, 3])
def test_twelve_areas_are_loaded_while_the_file_of_the_first_is_still_being_read(
    steps: Steps, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    """Also a correction of the slow Area waits for what it corrects, and not the other way round."""
    monkeypatch.setattr(receiving, "BATCH", batch)
    monkeypatch.setattr("assurance.intake.turns.PATIENCE_SECONDS", 0.05)
    for area in AREAS:
        land(steps, valid_return(area), code="outcomes")
    land(steps, nil_return("CYW", version=2), RECEIVED + HOUR, code="outcomes")
    loaded: list[tuple[str, int]] = []
    twelve_are_in = Event()
    read, load = Steps._read, Steps.load

    def read_slowly(self: Steps, collection: Collection, path: Path) -> reading.Reading:
        if path.read_bytes().startswith(valid_return("CYW").content[:400]):
            assert twelve_are_in.wait(60), "the twelve wait for the thirteenth"
        return read(self, collection, path)

    def load_and_count(self: Steps, key: str) -> Loaded:
        one = load(self, key)
        loaded.append((one.submission.area, one.submission.version))
        if len(loaded) == 12:
            twelve_are_in.set()
        return one

    monkeypatch.setattr(Steps, "_read", read_slowly)
    monkeypatch.setattr(Steps, "load", load_and_count)
    outcomes = {one.submission.outcome for one in steps.receive("outcomes")}
    # in whatever order: where one of the twelve takes longer than the patience above, the next ones overtake it too
    assert set(loaded[:12]) == {(area, 1) for area in AREAS[1:]}
    assert loaded[12:] == [("CYW", 1), ("CYW", 2)]
    assert Outcome.REJECTED not in outcomes


class ManyFiles(Steps):
    """Fifty-three files of thirteen Areas, of which the first few are not read before all other Areas' are loaded."""

    def __init__(self, settings: Settings, hanging: int) -> None:
        super().__init__(settings)
        self.slow = AREAS[:hanging]
        self.files = [Arrived("outcomes", AREAS[n % 13], PurePosixPath(f"{n:02d}"), 0, RECEIVED) for n in range(53)]
        self.others = [file.file_name for file in self.files if file.area not in self.slow]
        self.others_are_in = Event()
        self.loaded: list[str] = []
        self.held: list[int] = []
        self.typed: WeakSet[Typed] = WeakSet()
        self.most_typed = 0

    def arrivals(self, collection: str) -> list[Arrived]:
        return self.files

    def _kept_and_read(self, arrived: Arrived) -> Any:
        if arrived in self.files[: len(self.slow)]:
            assert self.others_are_in.wait(60), "others wait for it, or for the warehouse"
        return arrived.file_name, None

    def _looked_at(self, delivery: Any, reading: Any) -> Any:
        typed = Typed(delivery)
        self.typed.add(typed)
        self.most_typed = max(self.most_typed, len(self.typed))
        return typed

    def check(self, arrived: Arrived, looked_at: Any = None) -> Ticket:
        return Ticket(looked_at.name, "")

    def load(self, key: str) -> Any:
        self.loaded.append(key)
        return Typed(key)

    @contextmanager
    def holding(self) -> Iterator[None]:
        before = len(self.loaded)
        yield
        self.held.append(len(self.loaded) - before)
        if len(self.loaded) == len(self.others):
            self.others_are_in.set()


class Typed:
    findings = ()

    def __init__(self, name: str) -> None:
        self.name = name


@pytest.mark.parametrize("hanging", [1, 4])
def test_of_many_files_none_but_its_own_areas_wait_for_one_that_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hanging: int
) -> None:
    """Meanwhile the warehouse is free, and it is never held for more files than a batch has."""
    monkeypatch.setattr("assurance.intake.turns.PATIENCE_SECONDS", 0.05)
    steps = ManyFiles(Settings(home=tmp_path), hanging)
    monkeypatch.setattr(steps.warehouse, "held", steps.holding)
    monkeypatch.setattr(steps, "_answer", lambda loaded, unsent: None)
    received = [one.name for one in steps.receive("outcomes")]
    assert received == steps.loaded
    assert received[: len(steps.others)] == steps.others
    for area in steps.slow:
        own = [file.file_name for file in steps.files if file.area == area]
        assert [name for name in received if name in own] == own
    assert len(received) == len(set(received)) == len(steps.files)
    assert max(steps.held) <= receiving.BATCH
    assert steps.most_typed <= 2


HARM = {"hangs": "while True: pass", "dies": "os.abort()", "swells": "x = [bytes(1 << 20) for _ in range(1 << 20)]"}


@pytest.mark.parametrize("harm", HARM)
def test_a_file_that_harms_its_reader_is_refused_and_the_other_twelve_are_received(
    steps: Steps, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, harm: str
) -> None:
    stub = tmp_path / "reader.py"
    stub.write_text(
        f"import json, os, runpy, sys\nasked = json.loads(sys.argv[1])\n"
        f"reader = runpy.run_path({str(READER)!r})\nreader['limit'](asked['seconds'], asked['megabytes'])\n"
        f"if {MARKER.encode()!r} in open(asked['path'], 'rb').read():\n    {HARM[harm]}\n"
        f"reader['main'](reader['read_csv'])\n"
    )
    monkeypatch.setattr(reading, "READER", stub)
    steps = Steps(steps.settings.model_copy(update={"child_seconds": 2}), clock=steps.clock)
    for area in AREAS:
        sent = valid_return(area)
        land(steps, sent.with_cell(2, "force", MARKER) if area == "EMD" else sent, code="outcomes")
    got = received(steps, "outcomes")
    assert {one.area for one in got.values() if one.outcome is Outcome.ACCEPTED} == set(AREAS) - {"EMD"}
    (refused,) = (one for one in got.values() if one.outcome is Outcome.REJECTED)
    assert (refused.area, refused.rows_in) == ("EMD", None)


def test_whatever_fails_in_one_area_keeps_its_order_in_the_others(
    steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    for area in ("CYW", "EMD"):
        for version in (1, 2):
            sent = valid_return(area, version=version, counts=lambda row, standard, n=version: (0, n))
            land(steps, sent, RECEIVED + version * HOUR, code="outcomes")
    look = receiving.examine

    def fail(collection: Collection, delivery: Any, *rest: Any) -> Any:
        if delivery.area == "CYW":
            raise KeyError
        return look(collection, delivery, *rest)

    monkeypatch.setattr(receiving, "examine", fail)
    got = []
    with pytest.raises(AssuranceError, match="2 of 4 files were not received"):
        for one in steps.receive("outcomes"):
            got.append(one.submission.file_name)
    assert got == [file_name("EMD", MONTH, 1), file_name("EMD", MONTH, 2)]
