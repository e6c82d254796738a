"""From a broken return to an accepted one: the receipt's copy is mended where it is marked, and sent back."""

from __future__ import annotations

import email
import email.policy
import io
import json
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import cast

import pytest
from openpyxl import Workbook, load_workbook

from assurance.model import Outcome
from assurance.settings import Settings
from assurance.steps import Loaded, Steps, receipts
from tests.rules.builders import Return, valid_return
from tests.rules.cases import bcm_return, good_cases
from tests.rules.workbooks import as_workbook

RECEIVED = datetime(2026, 11, 3, 10)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MARKER = "Zebra"


@pytest.fixture
def steps(tmp_path: Path) -> Steps:
    made = Steps(Settings(home=tmp_path, arrival="file"), clock=lambda: datetime(2028, 1, 4))
    made.migrate()
    return made


def receive(steps: Steps, sent: Return, code: str = "bcm", at: datetime = RECEIVED) -> Loaded:
    sent.landed(steps.settings.landing, code, at)
    (loaded,) = steps.receive(code)
    return loaded


def mail(steps: Steps) -> EmailMessage:
    """The only mail, or the last one sent."""
    path = max(steps.settings.mail.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    return cast(EmailMessage, email.message_from_bytes(path.read_bytes(), policy=email.policy.default))


def copies(message: EmailMessage) -> list[tuple[str, bytes]]:
    attached = message.iter_attachments()
    return [(part.get_filename() or "", part.get_content()) for part in attached if part.get_content_type() == XLSX]


def mended(book: Workbook, good: Return) -> None:
    """Put right every marked cell, and nothing else, as somebody would who knows what should stand there."""
    sheet = book["return"]
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            if cell.fill.fill_type and cell.comment:
                cell.value = good.cell(cell.row, good.header[cell.column - 1])


def sent_back(steps: Steps, good: Return, reason: str = "Cells were mended.") -> Return:
    """The copy that came with the receipt, mended, with its reason, under the name that it has."""
    ((name, content),) = copies(mail(steps))
    book = load_workbook(io.BytesIO(content))
    mended(book, good)
    labels = {row[0].value: row[1] for row in book["declaration"].iter_rows(max_col=2)}
    labels["reason"].value = reason
    stream = io.BytesIO()
    book.save(stream)
    return Return(good.area, name, (), (), raw=stream.getvalue())


def broken() -> Return:
    sent = bcm_return()
    for line in range(4, 12):
        sent = sent.with_cell(line, "ptph_date", "31/02/2026").with_cell(line, "C02", MARKER)
    return (
        sent.with_cell(14, "sample_reason", "")
        .with_cell(15, "area_code", "LON")
        .with_cell(16, "comment", "Typed\u200bby a program")
        .with_cell(17, "urn", "=44AB")
        .with_cell(18, "assessed_on", "2031-01-01")
        .with_cell(20, "return_id", "R-WSX-202610-v07")
    )


def good() -> Return:
    """What should have stood in the cells; of the next version's name."""
    return bcm_return(version=2).with_cell(16, "comment", "Typed by hand")


@pytest.mark.parametrize("sent", [broken(), as_workbook(broken())], ids=["CSV", "workbook"])
def test_the_copy_mended_where_it_is_marked_is_accepted(steps: Steps, sent: Return) -> None:
    assert receive(steps, sent).submission.outcome is Outcome.REJECTED
    again = receive(steps, sent_back(steps, good()), at=RECEIVED + timedelta(hours=1))
    assert (again.submission.outcome, again.findings) == (Outcome.ACCEPTED, ())
    assert (again.submission.version, again.submission.file_name) == (2, "R-WSX-202610-v02.xlsx")
    assert again.submission.rows_accepted == 30


def test_rows_that_were_set_aside_come_back_mended(steps: Steps) -> None:
    first = receive(steps, bcm_return().with_cell(5, "C02", MARKER))
    assert (first.submission.outcome, first.submission.rows_quarantined) == (Outcome.ACCEPTED, 1)
    again = receive(steps, sent_back(steps, good()), at=RECEIVED + timedelta(hours=1))
    assert (again.submission.outcome, again.submission.rows_accepted) == (Outcome.ACCEPTED, 30)


def test_a_case_that_stands_twice_is_mended_in_the_copy(steps: Steps) -> None:
    twice = bcm_return().with_cell(6, "urn", bcm_return().cell(5, "urn"))
    assert receive(steps, twice).submission.rows_quarantined == 2
    again = receive(steps, sent_back(steps, good()), at=RECEIVED + timedelta(hours=1))
    assert again.submission.outcome is Outcome.ACCEPTED


def test_a_copy_with_the_answers_to_its_queries_is_taken_back(steps: Steps) -> None:
    first = receive(steps, bcm_return().with_cell(5, "urn", "09AB0000004"))
    assert first.submission.outcome is Outcome.ACCEPTED_WITH_QUERIES
    ((_, content),) = copies(mail(steps))
    (header, asked) = load_workbook(io.BytesIO(content))["answers"].iter_rows(values_only=True)
    assert header == ("rule", "column", "question", "answer")
    assert asked[:2] == ("BCM-201", "urn")
    again = receive(steps, sent_back(steps, good()), at=RECEIVED + timedelta(hours=1))
    assert again.submission.version == 2
    assert {found.rule for found in again.findings} <= {"BCM-205"}, "the case has another URN now"


def test_a_month_of_clean_returns_reads_nothing_again(steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    bcm_return().landed(steps.settings.landing, "bcm", RECEIVED)
    (arrived,) = steps.arrivals("bcm")
    loaded = steps.load(steps.check(arrived).key)
    monkeypatch.setattr(Steps, "_read", lambda *_: pytest.fail("the kept bytes were read again"))
    assert steps.send_receipt(loaded.submission.submission_id).sent == 1
    assert copies(mail(steps)) == []


def test_a_receipt_is_sent_without_a_copy_when_the_bytes_are_kept_no_more(steps: Steps) -> None:
    broken().landed(steps.settings.landing, "bcm", RECEIVED)
    (arrived,) = steps.arrivals("bcm")
    loaded = steps.load(steps.check(arrived).key)
    for path in steps.settings.kept.rglob("*"):
        if path.is_file():
            path.unlink()
    assert steps.send_receipt(loaded.submission.submission_id).sent == 1
    assert copies(mail(steps)) == []


def test_a_file_of_another_area_has_no_copy_for_it_is_to_be_sent_elsewhere(steps: Steps) -> None:
    loaded = receive(steps, replace(bcm_return(area="EMD"), area="WSX"))
    assert loaded.submission.outcome is Outcome.REJECTED
    assert copies(mail(steps)) == []


def test_a_return_of_counts_has_a_copy_for_looking(steps: Steps) -> None:
    sent = valid_return().with_cell(4, "unsuccessful", MARKER)
    receive(steps, sent, "outcomes", datetime(2016, 11, 3, 10))
    ((name, content),) = copies(mail(steps))
    assert name == "R-WSX-201610-v01-marked.xlsx"
    assert load_workbook(io.BytesIO(content))["return"]["G4"].value == MARKER


def test_what_the_cells_hold_goes_to_the_sender_and_nowhere_else(
    steps: Steps, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    receive(steps, broken())
    ((_, content),) = copies(mail(steps))
    assert MARKER in {cell.value for row in load_workbook(io.BytesIO(content))["return"].iter_rows() for cell in row}
    assert MARKER not in caplog.text
    home, may_hold = steps.settings.home, {"landing", "kept", "archive", "mail"}
    for path in home.rglob("*"):
        if path.is_file() and path.relative_to(home).parts[0] not in may_hold:
            assert MARKER.encode() not in path.read_bytes(), path
    message = mail(steps)
    assert message["To"] == "assurance.wsx@example.org"
    parts = {part.get_content_type(): part for part in message.walk()}
    for kind in ("text/plain", "text/html"):
        assert MARKER not in parts[kind].get_content()
    told = parts["application/json"].get_content()
    assert MARKER.encode() not in told
    assert json.loads(told)["outcome"] == "rejected"


def test_a_copy_is_made_once_for_all_who_get_it(steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [{**one, "area_code": "LON"} for one in good_cases("LON")]
    sent = bcm_return(*cases, area="LON").with_cell(5, "C02", MARKER)
    both = [
        steps.catalogue.recipients[4].model_copy(update={"address": f"{name}@example.org"}) for name in ("one", "two")
    ]
    monkeypatch.setattr(type(steps.catalogue), "recipients_of", lambda *_: both)
    sent.landed(steps.settings.landing, "bcm", RECEIVED)
    (arrived,) = steps.arrivals("bcm")
    loaded = steps.load(steps.check(arrived).key)
    reads: list[object] = []
    read = Steps._read
    monkeypatch.setattr(Steps, "_read", lambda *asked: reads.append(asked) or read(*asked))
    assert steps.send_receipt(loaded.submission.submission_id).sent == 2
    assert len(reads) == 1


def test_nobody_waits_for_the_warehouse_while_a_copy_is_made(steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[object] = []
    monkeypatch.setattr(receipts, "marked_copy", lambda *_: held.append(steps.warehouse._held))
    receive(steps, bcm_return().with_cell(5, "C02", MARKER))
    assert held == [None]
