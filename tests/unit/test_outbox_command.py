"""What is not sent is shown, and a person decides about what was refused or what nobody knows the fate of."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from assurance.cli import app
from assurance.delivery.messages import POSSIBLE_DUPLICATE
from assurance.delivery.outbox import OutboxEntry, enqueue, message_key
from assurance.delivery.transport import Delivery, State
from assurance.errors import DeliveryError
from assurance.settings import Settings
from assurance.steps import Steps, receipts
from tests.unit.trace.conftest import few_areas

NOW = datetime(2026, 11, 3, 9)
SUBJECT, ADDRESS = "bcm/2026-10/1", "assurance.wsx@example.org"
KEY = message_key("receipt", SUBJECT, "WSX", ADDRESS)
BY = ("--by", "mail operations", "--reason", "Wessex has nothing.")


class Server:
    """Takes messages, and answers as it is told, well at the end."""

    def __init__(self) -> None:
        self.answers: list[Delivery] = []
        self.taken: list[EmailMessage] = []

    def deliver(self, message: bytes, *, sender: str, recipient: str, name: str) -> Delivery:
        self.taken.append(message_from_bytes(message, policy=policy.default))
        return self.answers.pop(0) if self.answers else Delivery(State.SENT, "end of message: 250")

    def close(self) -> None:
        pass


UNKNOWN = Delivery(State.UNKNOWN, "after the end of the message: TimeoutError")
REFUSED = Delivery(State.REFUSED, "RCPT: 550 5.1.1")
LATER = Delivery(State.RETRY, "RCPT: 450 4.2.1")


class Desk:
    """The outbox of an installation with one message to Wessex, and its mail server."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.expectations = few_areas(home / "expectations", ("WSX",))
        self.server = Server()
        self.minutes = 0
        self.steps = self.opened()
        self.steps.migrate()
        with self.steps.warehouse.transaction() as connection:
            told = {"kind": "receipt", "subject_id": SUBJECT, "edition": "WSX", "recipient": ADDRESS}
            enqueue(connection, now=NOW, **told)
        letter = receipts.Letter("Receipt", "It has come.", "<p>It has come.</p>")
        monkeypatch.setattr(Steps, "_receipt_letters", lambda _: lambda _: letter)
        monkeypatch.setattr("assurance.steps.common.transport", lambda _: self.server)
        monkeypatch.setattr("assurance.cli.asking.steps", lambda: self.steps)

    def opened(self) -> Steps:
        """The steps of a new process: the register is read anew."""
        home = self.expectations.parent
        return Steps(Settings(home=home, expectations=self.expectations), clock=self._now)

    def _now(self) -> datetime:
        self.minutes += 1
        return NOW + timedelta(minutes=self.minutes)

    def send(self, *answers: Delivery) -> int:
        self.server.answers = list(answers)
        return self.steps.send_owed_receipts().sent

    def run(self, *arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, list(arguments))
        return done.exit_code, done.output + (str(done.exception) if done.exception else "")

    def entry(self) -> OutboxEntry:
        (entry,) = self.steps.unsent()
        return entry

    def lines(self) -> list[tuple[str, dict[str, object]]]:
        with self.steps.warehouse.reading() as connection:
            found = connection.execute(sa.text("select event, detail from audit order by seq")).all()
        return [(event, json.loads(detail)) for event, detail in found]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, monkeypatch)


def test_the_list_names_what_is_not_sent_why_and_what_to_do_and_no_address(desk: Desk) -> None:
    desk.send(REFUSED)
    code, said = desk.run("outbox")
    header, line, todo = said.splitlines()
    assert code == 0
    assert header.split("\t") == ["key", "state", "kind", "subject", "edition", "since (UTC)", "attempts", "last reply"]
    assert line.split("\t")[:5] == [KEY[:12], "refused", "receipt", SUBJECT, "WSX"]
    assert line.split("\t")[6:] == ["1", "RCPT: 550 5.1.1"]
    assert todo.startswith("refused: mend what the reply names")
    assert "@" not in said
    assert ADDRESS in desk.run("outbox", "--addresses")[1]


def test_json_has_the_same_and_the_whole_key(desk: Desk) -> None:
    desk.send(UNKNOWN)
    (told,) = json.loads(desk.run("outbox", "--json")[1])
    assert (told["key"], told["state"], told["attempts"]) == (KEY, "unknown", 1)
    assert "recipient" not in told
    (told,) = json.loads(desk.run("outbox", "--json", "--addresses")[1])
    assert told["recipient"] == ADDRESS


def test_one_message_is_shown_with_its_recipient_who_has_to_be_asked(desk: Desk) -> None:
    desk.send(UNKNOWN)
    code, said = desk.run("outbox", KEY[:8])
    assert code == 0
    assert f"recipient: {ADDRESS}\n" in said
    assert "it may have arrived: ask the recipient" in said


def test_status_points_to_the_command(desk: Desk) -> None:
    desk.send(UNKNOWN)
    said = desk.run("status")[1]
    assert f"unknown (assurance outbox {KEY[:12]})" in said
    assert "@" not in said


def test_an_empty_outbox_says_so(desk: Desk) -> None:
    desk.send()
    assert desk.run("outbox") == (0, "everything is sent\n")
    assert json.loads(desk.run("outbox", "--json")[1]) == []


@pytest.mark.parametrize("ended", [REFUSED, UNKNOWN])
def test_what_a_person_settles_is_sent_and_the_trail_says_by_whom_and_why(desk: Desk, ended: Delivery) -> None:
    desk.send(ended)
    code, said = desk.run("outbox", KEY[:8], "--sent", *BY)
    assert (code, said) == (0, f"receipt of {SUBJECT}, WSX, message {KEY[:8]}: was {ended.state.value}, is settled\n")
    assert desk.run("outbox")[1] == "everything is sent\n"
    event, detail = desk.lines()[-1]
    assert (event, detail["decided_by"], detail["reason"]) == ("sent", "mail operations", "Wessex has nothing.")
    assert desk.send() == 0
    assert len(desk.server.taken) == 1
    assert desk.steps.verify().faults == ()


def test_an_unknown_message_that_is_sent_again_keeps_its_id_and_says_that_it_may_be_the_second(desk: Desk) -> None:
    desk.send(UNKNOWN)
    code, said = desk.run("outbox", KEY[:12], "--again", *BY)
    assert code == 0
    assert said.splitlines()[0].endswith("was unknown, is to be sent again")
    event, detail = desk.lines()[-1]
    assert (event, detail["decided_by"], detail["reason"]) == ("owed again", "mail operations", "Wessex has nothing.")
    assert "sent again by: mail operations\nreason: Wessex has nothing." in desk.run("outbox", KEY[:12])[1]
    assert desk.send() == 1
    first, second = desk.server.taken
    assert first["Message-ID"] == second["Message-ID"] == f"<{KEY}@example.org>"
    assert first[POSSIBLE_DUPLICATE] is None
    assert second[POSSIBLE_DUPLICATE].startswith("yes")
    assert desk.steps.verify().faults == ()


def test_it_says_so_as_long_as_the_first_may_have_arrived(desk: Desk) -> None:
    desk.send(UNKNOWN)
    desk.run("outbox", KEY, "--again", *BY)
    desk.send(LATER)
    desk.send(REFUSED)
    desk.run("outbox", KEY, "--again", *BY)
    assert desk.send() == 1
    assert [POSSIBLE_DUPLICATE in message for message in desk.server.taken] == [False, True, True, True]


def test_a_refused_message_that_is_sent_again_is_no_second_one(desk: Desk) -> None:
    desk.send(REFUSED)
    desk.run("outbox", KEY, "--again", *BY)
    assert desk.entry().state is State.QUEUED
    assert desk.send() == 1
    assert [POSSIBLE_DUPLICATE in message for message in desk.server.taken] == [False, False]
    assert desk.steps.verify().faults == ()


def test_no_run_ever_sends_an_unknown_message_by_itself(desk: Desk) -> None:
    desk.send(UNKNOWN)
    for _ in range(3):
        desk.minutes += 60 * 24
        assert desk.send() == 0
    assert len(desk.server.taken) == 1
    assert desk.entry().state is State.UNKNOWN


@pytest.mark.parametrize("state", ["queued", "sent"])
def test_a_decision_made_in_the_database_by_hand_is_found(desk: Desk, state: str) -> None:
    desk.send(UNKNOWN)
    with desk.steps.warehouse.transaction() as connection:
        connection.execute(sa.text("update outbox set state = :state"), {"state": state})
    assert [fault.place for fault in desk.steps.verify().faults] == [f"table outbox, message {KEY[:12]}"]


@pytest.mark.parametrize("ended", [LATER, Delivery(State.SENT, "")])
def test_nobody_decides_about_what_waits_for_nobody(desk: Desk, ended: Delivery) -> None:
    desk.send(ended)
    code, said = desk.run("outbox", KEY, "--again", *BY)
    assert code == 1
    assert ("waits for nobody's decision" in said) is (ended is LATER)
    assert ("no message that is not sent has a key" in said) is (ended is not LATER)
    assert len(desk.server.taken) == 1


@pytest.mark.parametrize(
    ("name", "fault"),
    [("0" * 64, "no message that is not sent"), (KEY[:7], "is too short"), ("nonsense", "no message")],
)
def test_a_name_that_means_no_message_is_told(desk: Desk, name: str, fault: str) -> None:
    assert fault in desk.run("outbox", name)[1]
    assert fault in desk.run("outbox", name, "--again", *BY)[1]


def test_a_name_that_means_several_is_told(desk: Desk) -> None:
    from assurance.delivery import outbox

    second = KEY[:10] + "0" * 54
    with desk.steps.warehouse.transaction() as connection:
        copied = "insert into outbox select :key, kind, subject_id, edition, recipient, state, attempts, attempt_id, "
        connection.execute(sa.text(copied + "changed_at, reply, queued_at from outbox"), {"key": second})
        with pytest.raises(DeliveryError, match="can mean 2 messages"):
            outbox.named(connection, KEY[:9])
        assert outbox.named(connection, KEY[:11].upper()).message_key == KEY


@pytest.mark.parametrize(
    "arguments",
    [
        ("--sent", *BY),
        (KEY, "--sent", "--again", *BY),
        (KEY, "--again", *BY[:2]),
        (KEY, "--again", *BY[2:]),
        (KEY, *BY),
    ],
)
def test_a_decision_names_the_message_who_and_why(desk: Desk, arguments: tuple[str, ...]) -> None:
    desk.send(UNKNOWN)
    assert desk.run("outbox", *arguments)[0] == 2
    assert desk.entry().state is State.UNKNOWN


# The register


def test_what_was_queued_for_somebody_the_register_names_no_more_is_shown_and_not_sent(desk: Desk) -> None:
    register = desk.expectations / "recipients.yaml"
    before = register.read_text(encoding="utf-8")
    register.write_text(before.replace(ADDRESS, "other@example.org"), encoding="utf-8")
    desk.steps = desk.opened()
    assert desk.send() == 0
    assert desk.server.taken == []
    assert (desk.entry().state, desk.entry().reply) == (
        State.REFUSED,
        "not sent: the register does not name its recipient any more",
    )
    assert desk.steps.verify().faults == ()

    desk.run("outbox", KEY, "--again", *BY)
    assert desk.send() == 0
    register.write_text(before, encoding="utf-8")
    desk.steps = desk.opened()
    desk.run("outbox", KEY, "--again", *BY)
    assert desk.send() == 1


def test_the_register_decides_by_kind_and_area_too(desk: Desk) -> None:
    entry = desk.entry()
    with desk.steps.warehouse.reading() as connection:
        assert desk.steps._why_not(connection, entry) is None
        for other in ({"edition": "ALL"}, {"kind": "alert"}, {"subject_id": "bcm_readings/2026-10/1"}):
            assert desk.steps._why_not(connection, replace(entry, **other)) is not None
        further = replace(entry, edition="WSX-2", recipient=ADDRESS.upper())
        assert desk.steps._why_not(connection, further) is None
