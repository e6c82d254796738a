"""The way of a return, from the landing place to the warehouse: once, whole, and the same after any crash."""

from __future__ import annotations

import logging
import os
import shutil
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from assurance.catalogue import Collection
from assurance.errors import AssuranceError, DeliveryError, UnfinishedError, UnforeseenError
from assurance.intake import landing
from assurance.intake.checking import Delivery, Examined
from assurance.model import Outcome, Period, ReturnState
from assurance.settings import Settings
from assurance.steps import Loaded, Steps, receipts, receiving
from assurance.warehouse import audit
from assurance.warehouse.archive import ArchiveFile
from tests.rules.builders import (
    AREA,
    PERIOD,
    RECEIVED,
    Return,
    collection,
    file_name,
    nil_return,
    put,
    valid_return,
)

NOW = datetime(2016, 11, 10, 9, 0)
HOUR = timedelta(hours=1)
TABLES = ("submission", "finding", "tally", "delivery", "outbox", "audit")
BY_CHANCE = {"attempt_id"}
"""Columns that no two runs have in common."""


class Home:
    """A place of work of its own, with an empty warehouse and a clock that stands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.steps = Steps(Settings(home=folder, arrival="file"), clock=lambda: NOW)

    @property
    def landing(self) -> Path:
        return self.folder / "landing"

    def send(self, sent: Return, at: datetime = RECEIVED, code: str = "outcomes") -> Path:
        return sent.landed(self.landing, code, at)

    def receive(self) -> list[Loaded]:
        return list(self.steps.receive("outcomes"))

    def outcomes(self) -> list[tuple[str, str, bool]]:
        return [(one.submission.file_name, one.submission.outcome.value, one.new) for one in self.receive()]

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        """Every row of every table, in one visit."""
        with self.steps.warehouse.reading() as connection:
            found = {table: connection.execute(sa.text(f"select * from {table}")).mappings().all() for table in TABLES}
        return {
            table: sorted(({name: row[name] for name in row if name not in BY_CHANCE} for row in rows), key=str)
            for table, rows in found.items()
        }

    def counts(self) -> dict[str, int]:
        return {table: len(rows) for table, rows in self.tables().items()}

    def in_force(self, area: str = AREA, period: Period = PERIOD) -> tuple[ReturnState, str | None]:
        """The state of a return and the file that counts."""
        (status,) = (s for s in self.steps.status("outcomes", period).returns if s.area.code == area)
        return status.state, status.in_force.file_name if status.in_force else None

    def files(self, *places: str) -> dict[str, bytes]:
        """Every file under some places of the home, with its bytes."""
        found = (path for place in places for path in (self.folder / place).rglob("*") if path.is_file())
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in found}

    def state(self) -> dict[str, Any]:
        """All that a run leaves behind, but for what is new by chance in each."""
        return self.tables() | self.files("kept", "archive", "receipts", "checked", "mail")


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("migrated")
    Home(folder).steps.migrate()
    return folder


@pytest.fixture
def home(migrated: Path, tmp_path: Path) -> Home:
    return Home(Path(shutil.copytree(migrated, tmp_path / "home")))


def corrected(version: int = 2) -> Return:
    """The return again with one figure changed, whose percentage of none stays what it is."""
    sent = valid_return(version=version)
    return sent.with_cell(3, "unsuccessful", str(version + 3))


def broken(version: int = 2) -> Return:
    return valid_return(version=version).with_cell(4, "unsuccessful", "Zebra")


# One return


def test_a_return_leaves_bytes_rows_counts_a_line_and_a_receipt(home: Home) -> None:
    home.send(valid_return())
    (loaded,) = home.receive()

    submission = loaded.submission
    assert (submission.area, submission.period, submission.version) == (AREA, PERIOD, 1)
    assert (submission.outcome, loaded.new, loaded.month) == (Outcome.ACCEPTED, True, "outcomes|2016-10")
    assert home.counts() == {"submission": 1, "finding": 0, "tally": 39, "delivery": 1, "outbox": 1, "audit": 4}
    lines = sorted(home.tables()["audit"], key=lambda row: int(row["seq"]))
    assert [line["event"] for line in lines] == ["catalogue", "received", "owed", "sent"]
    (kept,) = home.files("kept").values()
    assert kept == valid_return().content
    assert [row["state"] for row in home.tables()["outbox"]] == ["sent"]
    assert [Path(name).suffix for name in sorted(home.files("mail"))] == [".eml", ".html"]
    assert sorted(home.files("receipts")) == [
        f"receipts/{submission.submission_id}.{kind}" for kind in ("html", "json")
    ]
    assert home.in_force() == (ReturnState.ACCEPTED, file_name())


def test_the_archive_has_the_rows_of_the_return_under_its_place(home: Home) -> None:
    home.send(valid_return())
    (loaded,) = home.receive()
    (place,) = home.files("archive")
    assert place == f"archive/collection=outcomes/period=2016-10/area=WSX/{loaded.submission.submission_id}.parquet"
    table = pd.read_parquet(home.folder / place, partitioning=None)
    assert table["row_no"].tolist() == list(range(2, 41))
    assert table["convictions"].sum() == sum(row["met"] for row in home.tables()["tally"])
    assert "period" not in table.columns


def test_a_rejected_return_is_kept_and_told_and_nothing_of_it_counts(home: Home) -> None:
    home.send(broken(1))
    (loaded,) = home.receive()
    assert loaded.submission.outcome is Outcome.REJECTED
    assert home.counts() == {"submission": 1, "finding": 1, "tally": 0, "delivery": 1, "outbox": 1, "audit": 4}
    assert (len(home.files("kept")), home.files("archive")) == (1, {})
    assert home.in_force() == (ReturnState.REJECTED, None)


def test_a_nil_return_counts_as_received_and_has_no_figures(home: Home) -> None:
    home.send(nil_return())
    assert home.outcomes() == [(file_name(), "nil", True)]
    assert home.in_force() == (ReturnState.NIL, file_name())
    assert (home.tables()["tally"], home.files("archive")) == ([], {})


def test_a_return_received_after_the_deadline_is_late(home: Home) -> None:
    home.send(valid_return(), at=datetime(2016, 11, 7, 17, 0, 0))
    home.send(valid_return("EMD"), at=datetime(2016, 11, 7, 17, 0, 1))
    home.send(valid_return("YHU"), at=datetime(2016, 11, 11, 12, 0, 1))
    arrivals = {one.submission.area: one.submission.arrival.value for one in home.receive()}
    assert arrivals == {AREA: "on_time", "EMD": "late", "YHU": "after_cut_off"}


def test_a_workbook_is_refused_with_the_cure(home: Home) -> None:
    put(home.landing / "outcomes" / AREA / "R-WSX-201610-v01.xlsx", b"PK\x03\x04" + bytes(40))
    (loaded,) = home.receive()
    assert loaded.submission.outcome is Outcome.REJECTED
    assert {(found.rule, found.fix) for found in loaded.findings} == {
        (
            "RET-001",
            'In your spreadsheet choose "Save as", then "CSV UTF-8", or "Excel workbook (.xlsx)" where this '
            "collection takes workbooks, and send that file.",
        )
    }


def test_a_file_in_a_folder_that_is_no_area_is_refused_and_kept_and_mailed_to_nobody(home: Home) -> None:
    home.send(replace(valid_return(), area="XXX"))
    (loaded,) = home.receive()
    assert (loaded.submission.area, loaded.submission.outcome) == ("XXX", Outcome.REJECTED)
    assert {"RET-005", "RET-007"} <= {found.rule for found in loaded.findings}
    counts = home.counts()
    assert (counts["submission"], counts["tally"], counts["outbox"], counts["audit"]) == (1, 0, 0, 2)
    assert (len(home.files("kept")), len(home.files("receipts")), home.files("mail")) == (1, 2, {})


def test_the_clock_says_when_a_file_was_received_unless_its_time_is_to_count(home: Home) -> None:
    home.send(valid_return())
    steps = Steps(Settings(home=home.folder), clock=lambda: NOW)
    (loaded,) = steps.receive("outcomes")
    assert loaded.submission.received_at == NOW


# The same again


def test_receiving_again_finds_nothing_new(home: Home) -> None:
    home.send(valid_return())
    home.receive()
    before = home.state()
    assert home.receive() == []
    assert home.state() == before


@pytest.mark.parametrize(
    ("first", "version"),
    [(valid_return(), 1), (valid_return(), 2), (broken(1), 1)],
    ids=["accepted", "accepted, under another version", "rejected"],
)
def test_the_same_bytes_again_change_nothing_but_the_list_of_deliveries(
    home: Home, first: Return, version: int
) -> None:
    home.send(first)
    (before,) = home.receive()
    counts, files = home.counts(), home.files("kept", "archive", "mail", "receipts")

    home.send(first.named(file_name(version=version)), at=RECEIVED + HOUR)
    (again,) = home.receive()

    assert (again.new, again.submission) == (False, before.submission)
    assert again.findings == before.findings
    assert home.counts() == {**counts, "delivery": 2, "audit": counts["audit"] + 1}
    assert home.files("kept", "archive", "mail", "receipts") == files


def test_good_bytes_that_were_refused_for_their_name_are_received_under_the_right_one(home: Home) -> None:
    home.send(valid_return().named("october.csv"))
    (refused,) = home.receive()
    home.send(valid_return(), at=RECEIVED + HOUR)
    (received,) = home.receive()
    assert refused.submission.outcome is Outcome.REJECTED
    assert (received.new, received.submission.outcome) == (True, Outcome.ACCEPTED)


def test_a_reason_that_comes_after_its_correction_is_heard_when_that_is_sent_again(home: Home) -> None:
    home.send(valid_return(version=2))
    (without,) = home.receive()
    home.send(valid_return(version=2), at=RECEIVED + HOUR)
    name = file_name(version=2)
    put(home.landing / "outcomes" / AREA / f"{name}.json", b'\xef\xbb\xbf{"reason": "Two rows were exchanged."}')
    (given,) = home.receive()
    assert [found.rule for found in without.findings] == ["RET-013"]
    assert (given.new, given.findings) == (True, ())


def test_one_file_that_nothing_can_be_made_of_keeps_no_other_from_being_received(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.send(valid_return("WMD"))
    home.send(valid_return("WSX"))
    look = receiving.examine

    def fail_for_one(collection: Collection, delivery: Delivery, *others: Any) -> Examined:
        if delivery.area == "WMD":
            raise KeyError("a value of a case")
        return look(collection, delivery, *others)

    monkeypatch.setattr(receiving, "examine", fail_for_one)
    with pytest.raises(AssuranceError, match=r"1 of 2 files were not received: .*WMD.* \(KeyError\)$"):
        home.receive()
    assert home.in_force("WSX") == (ReturnState.ACCEPTED, file_name("WSX"))


VALUE = "a value of a case"


def failing(*_: Any) -> Any:
    """Fail as a library does that quotes what it could not take."""
    try:
        {}[VALUE]
    except KeyError as error:
        raise TypeError(VALUE) from error


def way(error: BaseException) -> str:
    """All that is logged of an error."""
    return "".join(traceback.format_exception(error))


def test_an_error_that_nobody_thought_of_is_told_by_its_kind_and_way_and_not_by_its_words(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.send(valid_return())
    (arrived,) = home.steps.arrivals("outcomes")
    with monkeypatch.context() as broken:
        broken.setattr(receiving, "examine", failing)
        with pytest.raises(UnforeseenError, match="TypeError; what it says may hold") as checked:
            home.steps.check(arrived)
    ticket = home.steps.check(arrived)
    with monkeypatch.context() as broken:
        broken.setattr(receiving, "history_findings", failing)
        with pytest.raises(UnforeseenError, match="TypeError; ") as loaded:
            home.steps.load(ticket.key)
    for error in (checked.value, loaded.value):
        assert VALUE not in way(error)
        assert "in failing" in way(error)


def test_a_receipt_that_cannot_be_written_quotes_nothing_of_the_return(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.send(valid_return())
    (arrived,) = home.steps.arrivals("outcomes")
    loaded = home.steps.load(home.steps.check(arrived).key)
    monkeypatch.setattr(receipts, "receipt_letter", failing)
    with pytest.raises(DeliveryError, match="TypeError") as unsent:
        home.steps.send_receipt(loaded.submission.submission_id)
    assert VALUE not in way(unsent.value)
    assert "in failing" in way(unsent.value)


# Versions


def test_other_bytes_are_a_new_version_that_counts_from_then_on(home: Home) -> None:
    home.send(valid_return())
    home.receive()
    home.send(corrected(), at=RECEIVED + HOUR)
    (loaded,) = home.receive()
    assert {f.rule for f in loaded.findings} == {"RET-013"}
    assert (loaded.new, loaded.submission.outcome) == (True, Outcome.ACCEPTED_WITH_QUERIES)
    assert home.in_force() == (ReturnState.ACCEPTED_WITH_QUERIES, file_name(version=2))
    assert len(home.files("archive")) == 2


def test_a_correction_with_its_reason_beside_it_brings_no_query(home: Home) -> None:
    home.send(valid_return())
    sent = corrected()
    put(home.landing / "outcomes" / AREA / f"{sent.name}.json", b'{"reason": "Two rows had changed places."}')
    home.send(sent, at=RECEIVED + HOUR)
    assert home.outcomes() == [(file_name(), "accepted", True), (sent.name, "accepted", True)]


def test_a_bad_correction_leaves_the_good_version_in_force(home: Home) -> None:
    home.send(valid_return())
    home.receive()
    tallied = home.tables()["tally"]
    home.send(broken(), at=RECEIVED + HOUR)
    (loaded,) = home.receive()
    assert loaded.submission.outcome is Outcome.REJECTED
    assert home.in_force() == (ReturnState.ACCEPTED, file_name())
    assert home.tables()["tally"] == tallied


def test_a_good_version_after_a_rejected_one_counts(home: Home) -> None:
    home.send(broken(1))
    home.receive()
    home.send(valid_return(version=2), at=RECEIVED + HOUR)
    home.receive()
    assert home.in_force() == (ReturnState.ACCEPTED_WITH_QUERIES, file_name(version=2))


def test_of_versions_out_of_order_the_highest_counts(home: Home) -> None:
    home.send(corrected(3))
    home.receive()
    home.send(corrected(2), at=RECEIVED + HOUR)
    home.receive()
    assert home.in_force()[1] == file_name(version=3)


def test_of_one_version_sent_twice_the_later_counts(home: Home) -> None:
    home.send(valid_return())
    home.receive()
    home.send(corrected().named(file_name()), at=RECEIVED + HOUR)
    (loaded,) = home.receive()
    (status,) = (s for s in home.steps.status("outcomes", PERIOD).returns if s.area.code == AREA)
    assert status.in_force is not None
    assert status.in_force.submission_id == loaded.submission.submission_id


def test_a_correction_to_nil_counts_as_nil(home: Home) -> None:
    home.send(valid_return())
    home.send(nil_return(version=2), at=RECEIVED + HOUR)
    home.receive()
    assert home.in_force() == (ReturnState.NIL, file_name(version=2))


# Another month's figures


def test_the_figures_of_another_month_are_refused_and_that_month_is_named(home: Home) -> None:
    home.send(valid_return(period=Period(2016, 9)), at=datetime(2016, 10, 4, 9))
    home.receive()
    home.send(valid_return())
    (loaded,) = home.receive()
    (found,) = loaded.findings
    assert (found.rule, loaded.submission.outcome) == ("RET-008", Outcome.REJECTED)
    assert "September 2016" in found.message
    assert home.in_force() == (ReturnState.REJECTED, None)
    assert len(home.files("archive")) == 1


def test_figures_first_sent_under_a_wrong_month_and_corrected_there_may_be_sent_under_the_right_one(home: Home) -> None:
    wrong = valid_return(period=Period(2016, 9))
    home.send(wrong, at=datetime(2016, 10, 4, 9))
    right = valid_return(period=Period(2016, 9), version=2, counts=lambda row, standard: (0, 1 + row % 5))
    home.send(right, at=datetime(2016, 10, 5, 9))
    home.receive()
    home.send(valid_return())
    assert home.outcomes() == [(file_name(), "accepted", True)]


def test_two_areas_may_have_the_same_figures(home: Home) -> None:
    for area in ("SWE", "WSX"):
        home.send(valid_return(area))
    assert [outcome for _, outcome, _ in home.outcomes()] == ["accepted", "accepted"]


# One bad file harms no other


@pytest.mark.parametrize(
    "name",
    [os.fsdecode(b"R-\xff.csv"), "a\nb.csv", "R-WSX-000001-v01.csv", "R-WSX-999912-v01.csv"],
    ids=["no UTF-8", "line break", "year 0", "year 9999"],
)
def test_a_file_with_an_impossible_name_is_refused_and_the_others_are_received(
    home: Home, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    home.send(valid_return("EMD"))
    home.send(valid_return().named(name))
    home.send(valid_return("YHU"))
    received = {one.submission.area: one.submission.outcome.value for one in home.receive()}
    assert received == {"EMD": "accepted", AREA: "rejected", "YHU": "accepted"}
    assert all("\n" not in record.getMessage() for record in caplog.records)
    assert home.receive() == []


def test_a_count_too_large_for_the_warehouse_is_refused_before_it_gets_there(home: Home) -> None:
    home.send(valid_return().with_cell(2, "unsuccessful", "9,999,999,999,999,999,999,999"))
    assert home.outcomes() == [(file_name(), "rejected", True)]


def test_a_file_that_changes_while_it_is_read_waits_and_the_others_are_received(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    warned: list[str] = []
    monkeypatch.setattr("assurance.steps.receiving.log.warning", lambda text, *values: warned.append(text % values))
    for area in ("EMD", AREA, "YHU"):
        home.send(valid_return(area))
    keep = landing.keep

    def changing(place: Any, arrived: Any, kept: Path) -> tuple[str, Path]:
        if arrived.area == AREA:
            raise UnfinishedError(f"{arrived.reference}: changed while it was read")
        return keep(place, arrived, kept)

    monkeypatch.setattr(landing, "keep", changing)
    assert [one.submission.area for one in home.receive()] == ["EMD", "YHU"]
    assert warned == ["outcomes/WSX/R-WSX-201610-v01.csv: changed while it was read"]
    monkeypatch.setattr(landing, "keep", keep)
    assert [one.submission.area for one in home.receive()] == [AREA]


def test_no_value_of_a_return_is_logged_or_stored_outside_the_kept_bytes(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sent = valid_return()
    for line, column in enumerate(sent.header, start=4):
        sent = sent.with_cell(line, column, "Zebra")
    home.send(sent)
    home.receive()
    assert "Zebra" not in caplog.text
    assert "Zebra" not in str(home.tables())
    written = home.files("receipts", "checked", "mail")
    assert {name.split("/")[0] for name in written} == {"receipts", "checked", "mail"}
    assert [name for name, content in written.items() if b"Zebra" in content] == []


# Crashes


class CutShortError(BaseException):
    """The process ends here."""


def cut_off(*_: Any, **__: Any) -> Any:
    raise CutShortError


def after(function: Callable[..., Any]) -> Callable[..., Any]:
    def run(*arguments: Any, **named: Any) -> Any:
        function(*arguments, **named)
        raise CutShortError

    return run


def of_a_submission(record: Callable[..., Any]) -> Callable[..., Any]:
    """Only the audit line about a submission; the line about the register is a transaction of its own, before it."""

    def run(connection: Any, event: str, *arguments: Any) -> Any:
        return (audit_record if event == "catalogue" else record)(connection, event, *arguments)

    audit_record = audit.record
    return run


CRASHES = {
    "before anything": (landing, "keep", cut_off),
    "after the kept bytes": (landing, "keep", after(landing.keep)),
    "before the archive file": (ArchiveFile, "write", cut_off),
    "after the archive file": (ArchiveFile, "write", after(ArchiveFile.write)),
    "after the ticket": (Steps, "_ticket", after(Steps._ticket)),
    "in the transaction, after the submission": (audit, "record", of_a_submission(cut_off)),
    "in the transaction, after the audit line": (audit, "record", of_a_submission(after(audit.record))),
    "in the transaction, at its end": (receiving, "announcement", cut_off),
    "after the transaction": (Steps, "load", after(Steps.load)),
    "before the receipt is sent": (Steps, "send_owed_receipts", cut_off),
}


@pytest.fixture(scope="module")
def undisturbed(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a run leaves that nothing cut short."""
    home = Home(Path(shutil.copytree(migrated, tmp_path_factory.mktemp("undisturbed") / "home")))
    home.send(corrected())
    home.receive()
    return home.state()


@pytest.mark.parametrize("crash", CRASHES)
def test_after_a_crash_a_second_run_leaves_what_an_undisturbed_one_leaves(
    home: Home, undisturbed: dict[str, Any], monkeypatch: pytest.MonkeyPatch, crash: str
) -> None:
    home.send(corrected())
    with monkeypatch.context() as broken_off:
        broken_off.setattr(*CRASHES[crash])
        with pytest.raises(CutShortError):
            home.receive()
    left = home.tables()
    left["audit"] = [line for line in left["audit"] if line["event"] != "catalogue"]
    if not left["submission"]:
        assert not any(left.values()), "half a transaction was left"

    home.receive()

    state = home.state()
    assert {name: state.get(name) for name in undisturbed if state.get(name) != undisturbed[name]} == {}
    assert set(state) == set(undisturbed)


def test_loading_a_ticket_twice_enters_it_once(home: Home) -> None:
    home.send(valid_return())
    (arrived,) = home.steps.arrivals("outcomes")
    ticket = home.steps.check(arrived)
    first, second = home.steps.load(ticket.key), home.steps.load(ticket.key)
    assert (first.new, second.new) == (True, False)
    assert first.submission == second.submission
    assert home.counts()["submission"] == 1


def test_checking_twice_before_loading_leaves_one_of_everything(home: Home) -> None:
    home.send(valid_return())
    (arrived,) = home.steps.arrivals("outcomes")
    assert home.steps.check(arrived) == home.steps.check(arrived)
    assert Counter(name.split("/")[0] for name in home.files("kept", "archive", "checked")) == {
        "kept": 1,
        "archive": 1,
        "checked": 1,
    }


def test_a_ticket_and_its_label_hold_no_value_of_the_return(home: Home) -> None:
    home.send(valid_return())
    (arrived,) = home.steps.arrivals("outcomes")
    ticket = home.steps.check(arrived)
    assert ticket.label == "WSX 2016-10 v01"
    assert collection().standards[0].title not in str(ticket)
