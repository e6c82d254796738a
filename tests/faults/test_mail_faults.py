"""Whatever the mail server or the sender suffers: no message twice, none to the wrong recipient, none silently unsent."""

from __future__ import annotations

import multiprocessing
import os
import re
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from owed import NOW, RECIPIENTS, RELEASE, Outbox, assert_none_twice_misdirected_or_lost, copies, key_of, letter
from smtp_sink import Fault, Known, Sink

from assurance.delivery import outbox
from assurance.delivery.letter import Letter
from assurance.delivery.outbox import OutboxEntry, SendReport, enqueue, owed, resolve
from assurance.delivery.transport import Delivery, Smtp, State, Transport
from assurance.errors import DeliveryError

FIRST, SECOND = RECIPIENTS
PASSWORD = "not-for-others"
BY = {"by": "mail operations", "reason": "The recipient has nothing."}
LOGIN = f"user:{PASSWORD}@"
ADDRESS = re.compile(r"[^ ]+@[^ ]+")


def mail_to(sink: Sink, login: str = "", options: str = "") -> Smtp:
    """Patient, for a busy machine may be slow, unless the server is going to be silent."""
    seconds = 2 if any(fault.is_silent for fault in sink.script) else 10
    return Smtp(sink.url(login, options), step_seconds=seconds, last_reply_seconds=seconds)


@pytest.fixture(scope="module")
def owing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("owing")
    Outbox.owing(place)
    return place


@pytest.fixture
def shared_box(owing: Path, tmp_path: Path) -> Outbox:
    """An outbox that other processes use, too."""
    return Outbox.at(shutil.copytree(owing, tmp_path / "box"))


@pytest.fixture
def box(shared_box: Outbox) -> Iterator[Outbox]:
    """The same for one process, so its file is opened once for the whole test."""
    with shared_box.warehouse.held():
        yield shared_box


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as server:
        yield server


BEFORE_ACCEPTANCE = {
    Known.BANNER_421: {State.RETRY},
    Known.BANNER_HANGS: {State.RETRY},
    Known.MAIL_451: {State.RETRY},
    Known.MAIL_GARBLED: {State.RETRY},
    Known.RCPT_450: {State.RETRY},
    Known.FINAL_451: {State.RETRY},
    Known.DATA_DROPPED: {State.RETRY, State.UNKNOWN},
    Known.RCPT_550: {State.REFUSED},
    Known.FINAL_552: {State.REFUSED},
}
AFTER_ACCEPTANCE = {
    Known.FINAL_GARBLED: {State.UNKNOWN},
    Known.STORED_DROPPED: {State.UNKNOWN},
    Known.STORED_HANGS: {State.UNKNOWN},
}


ENDS = BEFORE_ACCEPTANCE | AFTER_ACCEPTANCE


@pytest.mark.parametrize("fault", ENDS)
def test_a_fault_strikes_one_message_the_outbox_says_so_and_the_next_run_repeats_nothing(
    box: Outbox, sink: Sink, fault: Fault
) -> None:
    sink.script = [fault]
    report = box.send(mail_to(sink))
    struck = box.unsent()[FIRST]
    assert struck.state in ENDS[fault]
    assert not ADDRESS.search(struck.reply)
    assert report.counts == {State.SENT: 1, struck.state: 1}
    assert copies(sink) == Counter([SECOND] + [FIRST] * (fault in AFTER_ACCEPTANCE))

    report = box.send(mail_to(sink), NOW + timedelta(hours=5))
    assert {entry.state for entry in report.unsent} == {struck.state} - {State.RETRY}
    assert_none_twice_misdirected_or_lost(sink, box.unsent())


def test_one_fault_after_the_other_doubles_misdirects_and_hides_nothing(box: Outbox, sink: Sink) -> None:
    sink.script = [*ENDS, *reversed(ENDS)]
    report = box.send(mail_to(sink))
    for run in range(1, 2 * len(ENDS)):
        if report.counts.get(State.RETRY):
            report = box.send(mail_to(sink), NOW + timedelta(minutes=5 * run))
    assert_none_twice_misdirected_or_lost(sink, box.unsent())


def test_a_reply_is_kept_by_step_and_codes_alone(box: Outbox, sink: Sink) -> None:
    sink.script = [Known.RCPT_550]
    box.send(mail_to(sink))
    assert box.unsent()[FIRST].reply == "RCPT: 550 5.1.1"


def test_a_fault_of_one_message_leaves_the_others_on_the_same_connection(box: Outbox, sink: Sink) -> None:
    sink.script = [Known.RCPT_550]
    box.send(mail_to(sink))
    assert sink.connections == 1


def test_a_refused_login_stops_the_run_and_everything_stays_owed(box: Outbox, sink: Sink) -> None:
    sink.script = [Known.AUTH_535]
    with pytest.raises(DeliveryError, match="535") as raised:
        box.send(mail_to(sink, LOGIN))
    assert PASSWORD not in str(raised.value)
    assert not sink.stored
    assert {(entry.state, entry.attempts) for entry in box.unsent().values()} == {(State.QUEUED, 0)}

    box.send(mail_to(sink, LOGIN))
    assert copies(sink) == Counter(RECIPIENTS)
    assert_none_twice_misdirected_or_lost(sink, box.unsent())


def test_without_starttls_nothing_leaves_and_everything_stays_owed(box: Outbox, sink: Sink) -> None:
    sink.script = [Known.NO_STARTTLS]
    with pytest.raises(DeliveryError, match="STARTTLS"):
        box.send(mail_to(sink, LOGIN, "?starttls=1"))
    assert {line[:4].upper() for line in sink.heard if line} == {"EHLO"}
    assert {entry.state for entry in box.unsent().values()} == {State.QUEUED}

    box.send(mail_to(sink))
    assert copies(sink) == Counter(RECIPIENTS)


def test_a_wrong_set_up_uses_up_no_attempt_of_a_message_to_be_tried_again(box: Outbox, sink: Sink) -> None:
    sink.script = [Known.MAIL_451, Known.AUTH_535]
    box.send(mail_to(sink))
    with pytest.raises(DeliveryError):
        box.send(mail_to(sink, LOGIN))
    assert (box.state(FIRST), box.unsent()[FIRST].attempts) == (State.RETRY, 1)


def test_a_message_is_given_up_after_the_last_attempt_and_shown(
    box: Outbox, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MAX_ATTEMPTS", 2)
    sink.script = [Known.RCPT_450, Known.RCPT_450]
    assert box.send(mail_to(sink)).needs_a_person == ()
    report = box.send(mail_to(sink))
    assert [(entry.recipient, entry.state) for entry in report.needs_a_person] == [(FIRST, State.REFUSED)]
    assert box.unsent()[FIRST].reply == "given up after 2 attempts; RCPT: 450 4.2.1"


def test_what_cannot_be_written_is_not_claimed_and_said_after_the_others_were_sent(box: Outbox, sink: Sink) -> None:
    def unwritable_for_the_first(entry: OutboxEntry) -> Letter:
        return letter(entry) if entry.recipient != FIRST else Letter("two\nlines", "", "")

    with pytest.raises(DeliveryError, match=r"^1 of the messages owed .* release of bcm/2026-10/1, national"):
        box.send(mail_to(sink), render=unwritable_for_the_first)
    assert copies(sink) == Counter([SECOND])
    assert (box.state(FIRST), box.unsent()[FIRST].attempts) == (State.QUEUED, 0)


def test_the_error_of_a_letter_is_not_quoted_when_it_may_hold_data(box: Outbox, sink: Sink) -> None:
    def broken(entry: OutboxEntry) -> Letter:
        raise ValueError("what was in the return")

    with pytest.raises(DeliveryError, match=r"^2 of .*: ValueError$"):
        box.send(mail_to(sink), render=broken)


def test_a_message_owed_twice_is_owed_once_and_never_again_after_it_was_sent(box: Outbox, sink: Sink) -> None:
    box.owe(*RECIPIENTS, FIRST.upper())
    box.send(mail_to(sink))
    box.owe(*RECIPIENTS)
    assert box.send(mail_to(sink)).counts == {}
    assert copies(sink) == Counter(RECIPIENTS)


def test_what_is_announced_and_its_message_are_written_together_or_not_at_all(box: Outbox) -> None:
    with pytest.raises(RuntimeError), box.warehouse.transaction() as connection:
        enqueue(connection, kind="receipt", subject_id="s1", edition="area", recipient=FIRST, now=NOW)
        raise RuntimeError
    with box.warehouse.reading() as connection:
        assert owed(connection, "s1") == ()


def test_a_run_for_one_subject_leaves_the_others_owed(box: Outbox, sink: Sink) -> None:
    assert box.send(mail_to(sink), subject_id="bcm/2026-09/1") == SendReport(0, ())
    with box.warehouse.reading() as connection:
        assert len(owed(connection, RELEASE, ["release"])) == 2
        assert owed(connection, RELEASE, ["receipt"]) == ()


def test_a_person_may_have_an_unknown_message_sent_again_under_its_old_id(box: Outbox, sink: Sink) -> None:
    sink.script = [Known.STORED_DROPPED]
    box.send(mail_to(sink))
    with box.warehouse.transaction() as connection:
        resolve(connection, key_of(FIRST), send_again=True, now=NOW, **BY)
    box.send(mail_to(sink))
    assert [stored.key for stored in sink.stored if stored.recipient == FIRST] == [key_of(FIRST)] * 2


def test_a_person_may_settle_a_refused_message_but_no_other(box: Outbox, sink: Sink) -> None:
    sink.script = [Known.RCPT_550]
    box.send(mail_to(sink))
    with box.warehouse.transaction() as connection:
        resolve(connection, key_of(FIRST), send_again=False, now=NOW, **BY)
        with pytest.raises(DeliveryError, match="waits for nobody"):
            resolve(connection, key_of(SECOND), send_again=True, now=NOW, **BY)
    assert box.unsent() == {}


# The sender dies


@dataclass(frozen=True)
class DiesBeforeTheWire:
    """Its process is killed when the message is claimed and nothing has left."""

    port: int

    def deliver(self, message: bytes, *, sender: str, recipient: str, name: str) -> Delivery:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    def close(self) -> None:
        pass


class DiesAfterTheWire(DiesBeforeTheWire):
    """Its process is killed when the server holds the message and nobody has written it down."""

    def deliver(self, message: bytes, *, sender: str, recipient: str, name: str) -> Delivery:
        Smtp(f"smtp://127.0.0.1:{self.port}").deliver(message, sender=sender, recipient=recipient, name=name)
        return super().deliver(message, sender=sender, recipient=recipient, name=name)


def dies_while_writing(entry: OutboxEntry) -> Letter:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def killed(box: Outbox, transport: Transport, render: Callable[[OutboxEntry], Letter] = letter) -> bool:
    process = multiprocessing.get_context("spawn").Process(target=box.send, args=(transport, NOW, render))
    process.start()
    process.join()
    return process.exitcode == -signal.SIGKILL


@pytest.mark.parametrize(("transport", "held"), [(DiesBeforeTheWire, 0), (DiesAfterTheWire, 1)])
def test_a_message_whose_sender_was_killed_becomes_unknown_and_is_never_sent_by_itself(
    shared_box: Outbox, sink: Sink, transport: type[DiesBeforeTheWire], held: int
) -> None:
    assert killed(shared_box, transport(sink.port))
    assert shared_box.state(FIRST) is State.ATTEMPTING

    soon = shared_box.send(mail_to(sink), NOW + timedelta(minutes=1))
    assert soon.counts == {State.SENT: 1, State.ATTEMPTING: 1}

    later = shared_box.send(mail_to(sink), NOW + timedelta(minutes=16))
    assert [(entry.recipient, entry.state) for entry in later.needs_a_person] == [(FIRST, State.UNKNOWN)]

    shared_box.send(mail_to(sink), NOW + timedelta(days=1))
    assert copies(sink) == Counter({FIRST: held, SECOND: 1})
    assert_none_twice_misdirected_or_lost(sink, shared_box.unsent())


def test_a_sender_killed_while_writing_has_claimed_nothing(shared_box: Outbox, sink: Sink) -> None:
    assert killed(shared_box, mail_to(sink), dies_while_writing)
    assert shared_box.send(mail_to(sink)).counts == {State.SENT: 2}
    assert copies(sink) == Counter(RECIPIENTS)


# Two senders


def test_two_senders_at_once_send_each_message_once(tmp_path: Path, sink: Sink) -> None:
    recipients = tuple(f"area.{number}@example.org" for number in range(8))
    box = Outbox.owing(tmp_path, recipients)
    processes = [
        multiprocessing.get_context("spawn").Process(target=box.send, args=(Smtp(sink.url()),)) for _ in range(2)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    assert copies(sink) == Counter(recipients)
    assert box.unsent() == {}


def test_a_sender_leaves_what_another_took_while_it_was_writing(box: Outbox, sink: Sink) -> None:
    def overtaken(entry: OutboxEntry) -> Letter:
        if entry.recipient == FIRST:
            box.send(mail_to(sink))
        return letter(entry)

    assert box.send(mail_to(sink), render=overtaken).counts == {}
    assert copies(sink) == Counter(RECIPIENTS)


@dataclass
class OvertakenOnTheWire:
    """A slow transport: while it holds the first message, another sender runs, and takes it for abandoned."""

    box: Outbox
    sink: Sink
    other: SendReport | None = None

    def deliver(self, message: bytes, *, sender: str, recipient: str, name: str) -> Delivery:
        self.other = self.other or self.box.send(mail_to(self.sink), NOW + timedelta(hours=1))
        with closing(mail_to(self.sink)) as mail:
            return mail.deliver(message, sender=sender, recipient=recipient, name=name)

    def close(self) -> None:
        pass


def test_a_slow_sender_taken_for_dead_still_records_what_it_knows(box: Outbox, sink: Sink) -> None:
    slow = OvertakenOnTheWire(box, sink)
    report = box.send(slow)
    assert slow.other is not None
    assert slow.other.counts == {State.SENT: 1, State.UNKNOWN: 1}
    assert report.counts == {State.SENT: 1}
    assert copies(sink) == Counter(RECIPIENTS)
