"""Every fault at every stage of every dialogue, and at every step of our own: what the server holds against what we say.

`pytest -s` prints the matrix: in a row per fault what the three messages were after the run that it struck, and after runs
in which all went well; behind them how many copies the server holds.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import smtplib
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from owed import NOW, Outbox, assert_none_twice_misdirected_or_lost, key_of, letter
from smtp_sink import GOOD_REPLIES, Fault, Sink, Stage, Then

from assurance.delivery.outbox import OutboxEntry
from assurance.delivery.transport import Smtp, State
from assurance.errors import DeliveryError, WarehouseError
from assurance.warehouse.engine import Connection, Role, Warehouse
from assurance.warehouse.migrations import migrate
from assurance.warehouse.queries import SQL
from tests.certificates import write_certificate

LOGIN, OPTIONS = "user:secret@", "?starttls=1"
RECIPIENTS = tuple(f"area.{letter}@example.org" for letter in "abc")
DAY = timedelta(days=1)
SET_UP = "set-up"
"""A run that stopped because login or encryption was refused: it says so, and everything stays owed."""

ACTS: dict[str, Fault] = {
    "drops": Fault(Stage.BANNER, b"", Then.DROP),
    "stalls": Fault(Stage.BANNER, b"", Then.STALL),
    "451": Fault(Stage.BANNER, b"451 4.3.0 later, area.a@example.org\r\n"),
    "554": Fault(Stage.BANNER, b"554 5.3.0 never, area.a@example.org\r\n"),
    "reply, then drops": Fault(Stage.BANNER, None, Then.DROP),
}
"""What a server may do at each stage; in the long run also what follows."""
MORE_ACTS: dict[str, Fault] = {
    "421 and drops": Fault(Stage.BANNER, b"421 4.3.2 area.a@example.org, closing\r\n", Then.DROP),
    "garbage": Fault(Stage.BANNER, b"what?\r\n"),
    "reply, then stalls": Fault(Stage.BANNER, None, Then.STALL),
    "bytes": Fault(Stage.BANNER, b"\xff\x00\xfe\r\n"),
    "no code": Fault(Stage.BANNER, b"\r\n"),
    "half a code": Fault(Stage.BANNER, b"25", Then.DROP),
    "half of several lines": Fault(Stage.BANNER, b"250-one\r\n", Then.DROP),
    "half of several lines, stalls": Fault(Stage.BANNER, b"250-one\r\n", Then.STALL),
    "two codes": Fault(Stage.BANNER, b"250-one\r\n554 two\r\n"),
    "another good code": Fault(Stage.BANNER, b"299 perhaps\r\n", Then.DROP),
    "several lines of 4xx": Fault(Stage.BANNER, b"450-4.2.0 one\r\n450 4.2.0 two\r\n"),
    "a line without end": Fault(Stage.BANNER, b"250 " + b"x" * 10_000, Then.DROP),
}

SAFE = frozenset({State.RETRY})
MAYBE = frozenset({State.UNKNOWN})
BEFORE = (Stage.BANNER, Stage.EHLO, Stage.STARTTLS, Stage.HANDSHAKE, Stage.AUTH, Stage.MAIL, Stage.RCPT, Stage.DATA)
OPENING = BEFORE[:5]
PERMANENT = ("554", "two codes")
LATER = ("421 and drops", "451", "several lines of 4xx")


def allowed(stage: Stage, act: str) -> frozenset[State | str]:
    """What the struck message may be after the first run."""
    if stage is Stage.QUIT:
        return frozenset({State.SENT})
    if stage is Stage.RSET:  # it asks whether the connection still lives; if not there is another
        return frozenset({State.SENT}) | (SAFE if act.startswith("reply, then") else frozenset())
    if stage is Stage.END:
        if act.startswith("reply, then") or act == "another good code":
            return frozenset({State.SENT})
        return frozenset({State.REFUSED}) if act in PERMANENT else SAFE if act in LATER else MAYBE
    if act in PERMANENT and stage in (Stage.MAIL, Stage.RCPT, Stage.DATA):
        return frozenset({State.REFUSED})
    if stage in (Stage.DATA, Stage.TEXT):
        # the text is on its way when the connection goes, so the dot may be as well
        return SAFE | MAYBE | (frozenset({State.REFUSED}) if stage is Stage.TEXT and act in PERMANENT else frozenset())
    if stage in OPENING:
        return SAFE | frozenset({SET_UP})
    return SAFE


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def sink(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with Sink(tls=context) as server:
        yield server


@pytest.fixture
def box(empty_warehouse: Warehouse) -> Iterator[Outbox]:
    """An outbox on each engine in turn."""
    migrate(empty_warehouse, SQL / "migrations", NOW)
    with empty_warehouse.held() if empty_warehouse.is_duckdb else nullcontext():
        yield Outbox(empty_warehouse)


@dataclass
class Round:
    """Three messages of a release of their own, and what became of them."""

    box: Outbox
    sink: Sink
    release: str

    def __post_init__(self) -> None:
        self.box.owe(*RECIPIENTS, subject_id=self.release)

    def send(self, *script: Fault, at: datetime = NOW, seconds: float = 10) -> bool:
        """One run; False when it said that the set-up is wrong."""
        self.sink.script = list(script)
        mail = Smtp(self.sink.url(LOGIN, OPTIONS), step_seconds=seconds, last_reply_seconds=seconds)
        try:
            self.box.send(mail, at, subject_id=self.release)
        except DeliveryError:
            return False
        finally:
            self.sink.script = []
        return True

    def states(self) -> list[State]:
        return [self.box.state(recipient, self.release) for recipient in RECIPIENTS]

    def held(self) -> list[int]:
        copies = Counter(stored.recipient for stored in self.sink.stored if stored.key in self._keys)
        return [copies[recipient] for recipient in RECIPIENTS]

    @property
    def _keys(self) -> set[str]:
        return {key_of(recipient, self.release) for recipient in RECIPIENTS}

    def finish(self) -> None:
        """Runs in which all goes well; then everything is sent, or shown and waits for a person."""
        for days in (1, 2):
            assert self.send(at=NOW + days * DAY)
        unsent = self.box.unsent(self.release)
        assert_none_twice_misdirected_or_lost(self.sink, unsent, RECIPIENTS, self.release)
        assert not any("@" in entry.reply for entry in unsent.values())


def faults(stage: Stage, acts: dict[str, Fault]) -> Iterator[tuple[str, Fault]]:
    for name, act in acts.items():
        fault = replace(act, stage=stage)
        if stage is Stage.TEXT and fault.then is Then.GO_ON:
            fault = replace(fault, then=Then.DROP)  # a server that speaks in mid-text hangs up
        if stage is Stage.HANDSHAKE and fault.says is None:
            continue
        if stage is Stage.TEXT and name == "another good code":
            continue  # who says that it is done before it is asked is believed: docs/outbox.md
        yield name, fault
        if stage is Stage.END and allowed(stage, name) == MAYBE:
            yield f"{name}, stored", replace(fault, stores=True)


def show(stage: Stage, name: str, after: list[State] | str, round_: Round) -> None:
    first = after if isinstance(after, str) else " ".join(f"{state:<8}" for state in after)
    last = " ".join(f"{state:<8}" for state in round_.states())
    print(f"{stage:<14} {name:<32} {first:<27} -> {last} copies {round_.held()}")


def strike(box: Outbox, sink: Sink, stage: Stage, acts: dict[str, Fault], spares: int = 0) -> None:
    """Each act at a stage, then runs in which all goes well."""
    struck = 0 if stage in OPENING else spares + 1 if stage is Stage.RSET else spares
    for name, fault in faults(stage, acts):
        may = allowed(stage, name.removesuffix(", stored"))
        for seconds in (0.3, 3, 30) if fault.is_silent else (30,):
            one = Round(box, sink, f"{stage}, {name}, {spares}, {seconds}")
            went = one.send(replace(fault, spares=spares), seconds=seconds)
            after = one.states()
            one.finish()
            others = {state for place, state in enumerate(after) if place != struck}
            if went and after[struck] in may and others == {State.SENT}:
                break
            if not went and SET_UP in may and set(after) == {State.QUEUED}:
                break
            # a busy machine may be slower than a patience that makes silence short: once more, with more of it
        else:
            pytest.fail(
                f"{stage}, {name}: {after}, where only the one in place {struck} is struck, and may be {set(may)}"
            )
        show(stage, name, after if went else SET_UP, one)


@pytest.mark.slow
def test_a_fault_at_any_stage_doubles_misdirects_and_hides_nothing(box: Outbox, sink: Sink) -> None:
    for stage in Stage:
        strike(box, sink, stage, ACTS)


@pytest.mark.slow
@pytest.mark.parametrize("spares", range(3))
@pytest.mark.parametrize("stage", Stage)
def test_so_does_every_oddity_whichever_message_it_strikes(box: Outbox, sink: Sink, stage: Stage, spares: int) -> None:
    if spares and stage in (*OPENING, Stage.QUIT):
        return  # a connection is opened and closed once
    strike(
        box, sink, stage, ACTS | MORE_ACTS if spares else MORE_ACTS, min(spares, 1) if stage is Stage.RSET else spares
    )


def test_a_reply_in_several_lines_is_no_fault(box: Outbox, sink: Sink) -> None:
    for number, (stage, reply) in enumerate(GOOD_REPLIES.items()):
        one = Round(box, sink, f"bcm/2026-10/{number}")
        one.send(Fault(stage, reply[:3] + b"-one\r\n" + reply))
        assert set(one.states()) == {State.SENT}, stage
        one.finish()


@pytest.mark.slow
def test_neither_do_many_faults_one_after_the_other(box: Outbox, sink: Sink) -> None:
    chosen = random.Random(20261103)
    every = [fault for stage in Stage for _, fault in faults(stage, ACTS | MORE_ACTS)]
    quick = [fault for fault in every if not fault.is_silent]
    ends = Counter[State]()
    for number in range(60):
        one = Round(box, sink, f"bcm/2026-10/{number}")
        for run in range(3):
            script = [replace(chosen.choice(quick), spares=chosen.choice((0, 0, 1))) for _ in range(4)]
            one.send(*script, at=NOW + run * timedelta(minutes=20))
        one.finish()
        ends.update(one.states())
    print(f"60 rounds of three messages, up to 12 faults each: {dict(ends)}")
    assert set(ends) <= {State.SENT, State.REFUSED, State.UNKNOWN}
    assert ends[State.SENT] > 30


# The warehouse goes


class GoesAway(Warehouse):
    """A warehouse that is gone when one of the transactions of a run is to be committed."""

    def __init__(self, warehouse: Warehouse, at: int) -> None:
        super().__init__(warehouse.url.render_as_string(hide_password=False))
        self._held = warehouse._held
        self.left = at

    @contextmanager
    def transaction(self, role: Role | None = None) -> Iterator[Connection]:
        with super().transaction(role) as connection:
            yield connection
            self.left -= 1
            if self.left == 0:
                raise WarehouseError("the warehouse is gone")


TRANSACTIONS = 1 + 2 * len(RECIPIENTS)
"""Of a run: it takes stock, then claims and settles each message."""


def test_a_warehouse_that_goes_at_any_commit_leaves_nothing_to_be_sent_twice(box: Outbox, sink: Sink) -> None:
    for at in range(1, TRANSACTIONS + 1):
        one = Round(box, sink, f"bcm/2026-10/{at}")
        one.box = Outbox(GoesAway(box.warehouse, at))
        with pytest.raises(WarehouseError):
            one.send()
        after = one.states()
        settled = at >= 3 and at % 2 == 1
        assert after.count(State.ATTEMPTING) == settled, "accepted, and nobody wrote it down"
        one.box = box
        one.finish()
        assert one.states().count(State.UNKNOWN) == settled
        print(f"commit {at} of {TRANSACTIONS} fails{'':<25}", *after, "->", *one.states(), "copies", one.held())


# The sender dies


class DiesAt(Smtp):
    """Its process is killed at one step of the first message."""

    def __init__(self, url: str, step: str) -> None:
        super().__init__(url)
        self._step = step

    def deliver(self, message: bytes, *, sender: str, recipient: str, name: str):  # type: ignore[no-untyped-def]
        really_send = smtplib.SMTP.send

        def send(client: smtplib.SMTP, what: bytes) -> None:
            if self._step == "in mid-text" and len(what) > 300:
                really_send(client, what[: len(what) // 2])
                die()
            really_send(client, what)
            if self._step == "after the dot" and what == b".\r\n":
                time.sleep(0.2)
                die()

        smtplib.SMTP.send = send  # type: ignore[method-assign]
        if self._step == "claimed":
            die()
        delivery = super().deliver(message, sender=sender, recipient=recipient, name=name)
        if self._step == "replied":
            die()
        return delivery


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dies_while_writing(_entry: OutboxEntry) -> object:
    return die()


STEPS = {"written": State.QUEUED} | dict.fromkeys(
    ("claimed", "in mid-text", "after the dot", "replied"), State.ATTEMPTING
)
COPIES = {"written": 1, "claimed": 0, "in mid-text": 0, "after the dot": 1, "replied": 1}


def run_and_die(url: str, at: str, step: str, release: str) -> None:
    render: Callable = dies_while_writing if step == "written" else letter
    Outbox(Warehouse(url)).send(DiesAt(at, step), render=render, subject_id=release)


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
def test_a_sender_that_is_killed_at_any_step_leaves_what_a_person_decides(
    empty_warehouse: Warehouse, step: str
) -> None:
    migrate(empty_warehouse, SQL / "migrations", NOW)
    box, release = Outbox(empty_warehouse), "bcm/2026-10/1"
    with Sink() as sink:
        box.owe(*RECIPIENTS, subject_id=release)
        url = empty_warehouse.url.render_as_string(hide_password=False)
        process = multiprocessing.get_context("spawn").Process(
            target=run_and_die, args=(url, sink.url(), step, release)
        )
        process.start()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        assert box.state(RECIPIENTS[0], release) is STEPS[step]
        for days in (1, 2):
            box.send(Smtp(sink.url()), NOW + days * DAY, subject_id=release)
        unsent = box.unsent(release)
        assert {entry.state for entry in unsent.values()} == ({State.UNKNOWN} if step != "written" else set())
        assert_none_twice_misdirected_or_lost(sink, unsent, RECIPIENTS, release)
        held = Counter(stored.recipient for stored in sink.stored)
        assert [held[recipient] for recipient in RECIPIENTS] == [COPIES[step], 1, 1]
        print(f"killed when {step}: {[entry.state.value for entry in unsent.values()]}, copies {dict(held)}")


# Several senders


@pytest.mark.tools
def test_senders_at_once_send_each_message_once_though_the_server_fails_them(empty_database: str, sink: Sink) -> None:
    """On PostgreSQL, which lets them in beside each other; DuckDB's senders are processes, in the other file."""
    migrate(Warehouse(empty_database), SQL / "migrations", NOW)
    recipients = tuple(f"area.{number}@example.org" for number in range(8))
    box, release = Outbox(Warehouse(empty_database)), "bcm/2026-10/1"
    box.owe(*recipients, subject_id=release)
    sink.script = [
        fault for stage in (Stage.RCPT, Stage.END) for _, fault in faults(stage, ACTS) if not fault.is_silent
    ]
    began = threading.Barrier(3)

    def run() -> None:
        began.wait()
        Outbox(Warehouse(empty_database)).send(Smtp(sink.url(LOGIN, OPTIONS)), subject_id=release)

    senders = [threading.Thread(target=run) for _ in range(3)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    sink.script = []
    for days in (1, 2):
        box.send(Smtp(sink.url(LOGIN, OPTIONS)), NOW + days * DAY, subject_id=release)
    assert_none_twice_misdirected_or_lost(sink, box.unsent(release), recipients, release)
