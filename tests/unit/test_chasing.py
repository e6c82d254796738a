"""Who owes a return is written to as the calendar wants it, once for each reason; approvers and operators likewise."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import get_args

import pytest
from typer.testing import CliRunner

from assurance import steps as steps_package
from assurance.catalogue.schema import MailKind
from assurance.cli import app
from assurance.deadlines import release_day
from assurance.delivery.transport import Delivery, State
from assurance.errors import CatalogueError, DeliveryError, ReleaseError
from assurance.measures import words
from assurance.model import Period
from assurance.reporting.alert import AlertKind
from assurance.settings import REPOSITORY, Settings
from assurance.steps import Steps
from tests.rules.builders import put

PERIOD = Period(2026, 10)
EARLY, REMINDER, DUE, CHASER, ESCALATION = (
    datetime(2026, 11, day, hour) for day, hour in ((4, 8), (4, 10), (6, 18), (9, 10), (11, 10))
)
EXPECTATIONS = REPOSITORY / "expectations"


@dataclass
class World:
    """Steps over a folder, with a clock that is set; and what they mailed."""

    home: Path
    at: datetime = EARLY
    expectations: Path = EXPECTATIONS
    steps: Steps = field(init=False)

    def __post_init__(self) -> None:
        settings = Settings(home=self.home, expectations=self.expectations)
        self.steps = Steps(settings, clock=lambda: self.at)
        self.steps.migrate()

    def chase(self, at: datetime) -> list[str]:
        """What one run writes, as kind and edition."""
        self.at = at
        chased = self.steps.chase("outcomes", PERIOD)
        assert chased.report.unsent == ()
        assert chased.report.sent == len(chased.owed)
        return sorted(f"{entry.kind} {entry.edition}" for entry in chased.owed)

    def mails(self) -> list[str]:
        """The subjects of all mail."""
        files = self.steps.settings.mail.glob("*.eml")
        read = (message_from_bytes(path.read_bytes(), policy=policy.default) for path in files)
        return sorted(str(message["Subject"]) for message in read)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def kinds(written: list[str]) -> dict[str, int]:
    found = [line.split()[0] for line in written]
    return {kind: found.count(kind) for kind in found}


def test_each_reason_is_written_once_when_its_day_has_come(world: World) -> None:
    assert world.chase(EARLY) == []
    assert kinds(world.chase(REMINDER)) == {"reminder": 13}
    assert world.chase(REMINDER + timedelta(hours=1)) == []
    assert world.chase(DUE) == []
    assert kinds(world.chase(CHASER)) == {"chaser": 13}
    assert world.chase(ESCALATION) == ["escalation ALL"]
    assert world.chase(ESCALATION + timedelta(days=30)) == []
    assert len(world.mails()) == 27


@pytest.mark.slow
def test_a_run_that_comes_late_reminds_nobody_of_what_is_overdue(world: World) -> None:
    assert kinds(world.chase(ESCALATION)) == {"chaser": 13, "escalation": 1}


@pytest.mark.slow
def test_what_nobody_is_named_for_is_told(world: World) -> None:
    world.at = ESCALATION
    assert world.steps.chase("outcomes", PERIOD).nobody == ()
    folder = world.home / "expectations"
    shutil.copytree(EXPECTATIONS, folder)
    register = folder / "recipients.yaml"
    lines = register.read_text(encoding="utf-8").replace("[escalation, release]", "[release]").splitlines(keepends=True)
    register.write_text("".join(line for line in lines if "[WSX]" not in line), encoding="utf-8")
    other = World(world.home / "other", ESCALATION, folder)
    nobody = {(chase.value, area) for chase, area in other.steps.chase("outcomes", PERIOD).nobody}
    areas = {area.code for area in other.steps.collection("outcomes").areas_owing(PERIOD)}
    assert nobody == {("chaser", "WSX"), *(("escalation", area) for area in areas)}


def test_who_has_returned_is_not_written_to_and_what_comes_before_the_mail_goes_is_said(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise DeliveryError("mail is not set up")

    with monkeypatch.context() as patched:
        patched.setattr(steps_package.common, "transport", refuse)
        world.at = CHASER
        with pytest.raises(DeliveryError):
            world.steps.chase("outcomes", PERIOD)
    put(world.steps.settings.landing / "outcomes" / "WSX" / "R-WSX-202610-v01.csv", nil_return(world), CHASER)
    list(world.steps.receive("outcomes"))
    world.chase(CHASER)
    about = [subject for subject in world.mails() if "Wessex" in subject and "Overdue" not in subject]
    assert [subject.partition(":")[0] for subject in about] == ["Accepted as a nil return", "Nothing to do"]
    assert [line for line in world.chase(ESCALATION) if "WSX" in line] == []


def nil_return(world: World) -> bytes:
    """Wessex says that there was nothing to return."""
    columns = [column.name for column in world.steps.collection("outcomes").columns_in(PERIOD)]
    cells = {"area_code": "WSX", "period": str(PERIOD), "force": "NIL"}
    return "\n".join([",".join(columns), ",".join(cells.get(name, "") for name in columns), ""]).encode()


def test_what_nobody_owes_and_a_calendar_without_days_are_refused(world: World) -> None:
    with pytest.raises(ReleaseError, match="there is nobody to write to"):
        world.steps.chase("bcm_readings", PERIOD)
    described = world.steps.collection("outcomes")
    bare = described.calendar.model_copy(update=dict.fromkeys(("reminder", "chaser", "escalation")))
    object.__setattr__(described, "calendar", bare)
    with pytest.raises(CatalogueError, match="has no reminder, chaser or escalation"):
        world.steps.chase("outcomes", PERIOD)


@pytest.mark.slow
def test_the_command_prints_a_line_for_each_message_and_no_address(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.at = ESCALATION
    monkeypatch.setattr("assurance.cli.asking.steps", lambda: world.steps)
    done = CliRunner().invoke(app, ["chase", "2026-10", "-c", "outcomes"])
    assert done.exit_code == 0, done.output
    first, *lines = done.output.splitlines()
    assert first.startswith("outcomes 2026-10: the calendar wants chaser, escalation; 13 owe a return: CYW, EMD")
    assert len([line for line in lines if line.startswith("  chaser of outcomes/2026-10, ")]) == 13
    assert lines[-1] == "14 messages sent, 0 not sent"
    assert "@" not in done.output


# The approvers, the operators


def test_an_approver_is_asked_once_where_no_setting_signs_off_and_gets_no_report_by_it(world: World) -> None:
    world.at = CHASER
    put(world.steps.settings.landing / "outcomes" / "WSX" / "R-WSX-202610-v01.csv", nil_return(world), CHASER)
    list(world.steps.receive("outcomes"))
    before = len(world.mails())
    release_id = world.steps.build("outcomes", PERIOD)
    with pytest.raises(ReleaseError, match="is not signed off"):
        world.steps.send(release_id)
    assert [world.steps.ask_for_sign_off(release_id).sent for _ in range(2)] == [1, 0]
    (asked,) = [subject for subject in world.mails() if subject.startswith("Sign-off wanted by 09:30 on Friday 13")]
    assert asked.endswith("release 1; 0 queries open, 2 things not right")
    signed = Steps(Settings(home=world.home, sign_off="the tests"), clock=lambda: world.at)
    assert signed.ask_for_sign_off(signed.build("outcomes", PERIOD)).sent == 0
    assert len(world.mails()) == before + 1


def test_operators_are_told_once_for_each_thing_and_since_when_it_is_so(world: World) -> None:
    since = datetime(2026, 11, 3, 7, 15)
    for kind, at in ((AlertKind.RUN_FAILED, since), (AlertKind.RUN_FAILED, CHASER), (AlertKind.MAIL_STUCK, CHASER)):
        world.steps.alert(kind, "outcomes", "measure_month, outcomes|2026-10", at)
    assert [subject.partition(":")[0] for subject in world.mails()] == ["A run failed", "Mail waits for a person"]
    assert world.mails()[0].endswith("; since 3 November 2026, 07:15, London")
    assert world.steps.verify().faults == ()


class Server:
    """Takes every message and answers all of them alike."""

    def __init__(self) -> None:
        self.answer = Delivery(State.SENT, "end of message: 250")
        self.taken: list[str] = []

    def deliver(self, message: bytes, *, sender: str, recipient: str, name: str) -> Delivery:
        subject = str(message_from_bytes(message, policy=policy.default)["Subject"])
        self.taken.append(subject.partition(":")[0].partition(" by ")[0])
        return self.answer

    def close(self) -> None:
        pass


@pytest.fixture
def server(world: World, monkeypatch: pytest.MonkeyPatch) -> Server:
    one = Server()
    monkeypatch.setattr(steps_package.common, "transport", lambda _: one)
    monkeypatch.setattr("assurance.cli.asking.steps", lambda: world.steps)
    return one


def run(*arguments: str) -> tuple[int, list[str]]:
    done = CliRunner().invoke(app, list(arguments))
    return done.exit_code, done.output.splitlines()


def test_whatever_is_owed_is_sent_once_whatever_its_kind(world: World, server: Server) -> None:
    server.answer, world.at = Delivery(State.RETRY, "RCPT: 450 4.2.1"), CHASER
    put(world.steps.settings.landing / "outcomes" / "WSX" / "R-WSX-202610-v01.csv", nil_return(world), CHASER)
    list(world.steps.receive("outcomes"))
    world.steps.chase("outcomes", PERIOD)
    world.steps.ask_for_sign_off(world.steps.build("outcomes", PERIOD))
    world.steps.alert(AlertKind.RUN_FAILED, "outcomes", "a task", CHASER)
    owed = kinds([entry.kind for entry in world.steps.unsent()])
    assert owed == {"receipt": 1, "chaser": 12, "sign_off_request": 1, "alert": 1}
    assert {entry.state for entry in world.steps.unsent()} == {State.RETRY}
    assert run("status", "2026-10", "-c", "outcomes")[1][-1] == (
        "15 messages are not sent yet; `assurance outbox --send` tries now"
    )
    code, said = run("outbox", "--send")
    assert (code, said[0], len(said)) == (1, "0 messages sent, 15 not sent", 16)
    server.answer, server.taken = Delivery(State.SENT, "end of message: 250"), []
    assert run("outbox", "--send") == (0, ["15 messages sent, 0 not sent"])
    assert {verdict: server.taken.count(verdict) for verdict in server.taken} == {
        "Accepted as a nil return": 1,
        "Overdue": 12,
        "Sign-off wanted": 1,
        "A run failed": 1,
    }
    assert run("outbox", "--send") == (0, ["nothing is owed"])
    assert len(server.taken) == 15
    assert world.steps.verify().faults == ()


def test_every_kind_of_mail_has_what_writes_it(world: World) -> None:
    assert {*world.steps._writers(), "release"} == set(get_args(MailKind))


@pytest.mark.parametrize("option", [("0" * 8,), ("--sent",), ("--by", "x"), ("--json",), ("--addresses",)])
def test_sending_what_is_owed_takes_nothing_else(server: Server, option: tuple[str, ...]) -> None:
    assert run("outbox", "--send", *option)[0] == 2


@pytest.mark.slow
def test_operators_hear_of_a_sign_off_that_is_overdue_once_its_day_has_passed(world: World, server: Server) -> None:
    day = release_day(world.steps.collection("outcomes").calendar, PERIOD)
    world.at = CHASER
    put(world.steps.settings.landing / "outcomes" / "WSX" / "R-WSX-202610-v01.csv", nil_return(world), CHASER)
    list(world.steps.receive("outcomes"))
    world.at = day + timedelta(days=1)
    assert world.steps.raise_alerts("outcomes", PERIOD) == (), "nothing was built"
    world.at = CHASER
    release_id = world.steps.build("outcomes", PERIOD)
    world.at = day
    assert world.steps.raise_alerts("outcomes", PERIOD) == (), "it can still be answered in time"
    world.at = day + timedelta(minutes=1)
    line = f"  sign_off_overdue, {release_id}, since {words.moment(day)}, London: "
    assert run("chase", "2026-10", "-c", "outcomes")[1][-1] == f"{line}sent"
    assert run("chase", "2026-10", "-c", "outcomes")[1][-1] == f"{line}told before"
    assert server.taken.count("A sign-off is overdue") == 1
    world.steps.reject(release_id, "Director of Assurance", "No.")
    assert world.steps.raise_alerts("outcomes", PERIOD) == (), "it was answered"
    assert world.steps.verify().faults == ()


def test_operators_hear_once_of_each_message_that_waits_for_a_person_and_not_of_alerts(
    world: World, server: Server
) -> None:
    world.at, server.answer = CHASER, Delivery(State.REFUSED, "RCPT: 550 5.1.1")
    put(world.steps.settings.landing / "outcomes" / "WSX" / "R-WSX-202610-v01.csv", nil_return(world), CHASER)
    list(world.steps.receive("outcomes"))
    (receipt,) = world.steps.mail_for_a_person()
    world.steps.alert(AlertKind.RUN_FAILED, "outcomes", "a task", CHASER)
    assert len(world.steps.mail_for_a_person()) == 2, "an alert waits as well"
    assert world.steps.raise_alerts("bcm", PERIOD) == (), "it is mail of another collection"
    server.answer, server.taken = Delivery(State.SENT, "end of message: 250"), []
    line = f"  mail_stuck, {receipt}, since {words.moment(receipt.changed_at)}, London: "
    code, said = run("chase", "2026-10", "-c", "outcomes")
    assert (code, [one for one in said if "mail_stuck" in one]) == (0, [f"{line}sent"])
    assert run("chase", "2026-10", "-c", "outcomes")[1][-1] == f"{line}told before"
    assert server.taken.count("Mail waits for a person") == 1


@pytest.mark.slow
def test_that_nobody_is_named_for_an_alert_is_told(world: World, server: Server) -> None:
    folder = world.home / "expectations"
    shutil.copytree(EXPECTATIONS, folder)
    register = folder / "recipients.yaml"
    lines = register.read_text(encoding="utf-8").splitlines(keepends=True)
    register.write_text("".join(line for line in lines if "kinds: [alert]" not in line), encoding="utf-8")
    world = World(world.home / "other", CHASER, folder)
    server.answer = Delivery(State.REFUSED, "RCPT: 550 5.1.1")
    world.steps.chase("outcomes", PERIOD)
    alarms = world.steps.raise_alerts("outcomes", PERIOD)
    (alarm,) = alarms
    assert alarm.nobody


def test_all_messages_that_wait_are_told_in_one_alert_and_those_that_come_to_wait_later_in_another(
    world: World, server: Server
) -> None:
    def told(at: datetime) -> list[tuple[str, int]]:
        world.at, server.taken = at, []
        server.answer = Delivery(State.SENT, "end of message: 250")
        alarms = world.steps.raise_alerts("outcomes", PERIOD)
        return [(one.subject, one.report.sent) for one in alarms]

    world.at, server.answer = CHASER, Delivery(State.REFUSED, "RCPT: 550 5.1.1")
    world.steps.chase("outcomes", PERIOD)
    first, *others = map(str, world.steps.mail_for_a_person())
    assert len(others) == 12
    assert told(CHASER) == [(first, 1)]
    assert told(CHASER + timedelta(days=1)) == [(first, 0)]
    server.answer = Delivery(State.REFUSED, "RCPT: 550 5.1.1")
    put(world.steps.settings.landing / "outcomes" / "WSX" / "R-WSX-202610-v01.csv", nil_return(world), CHASER)
    list(world.steps.receive("outcomes"))
    (receipt,) = {str(one) for one in world.steps.mail_for_a_person()} - {first, *others}
    assert sorted(told(CHASER + timedelta(days=2))) == sorted([(first, 0), (receipt, 1)])
    assert world.steps.verify().faults == ()


def test_a_failed_run_of_the_clock_is_told_once_a_day_any_other_once_and_to_nobody_twice(world: World) -> None:
    tasks = {"one_return.load": 3, "owed_receipts": 1}
    world.at, failed = CHASER, world.steps.run_failed
    assert failed("receive_returns", "scheduled__1", tasks, daily=True) == 1
    assert failed("receive_returns", "scheduled__2", tasks, daily=True) == 0, "a cause that lasts fails every run"
    assert failed("receive_returns", "scheduled__3", {"arrivals": 1}, daily=True) == 1, "that is another"
    assert failed("measure_month bcm|2026-10", "asset_triggered__1", {"build_release": 1}, "bcm") == 1
    assert failed("receive_returns", "asset_triggered__2", tasks) == 1, "what came in meanwhile failed too"
    assert failed("receive_returns", "asset_triggered__2", tasks) == 0, "and is told once"
    assert failed("measure_month bmc|2026-10", "manual__1", {"build_release": 1}, "bmc") == 1, "mistyped"
    world.at += timedelta(days=1)
    assert failed("receive_returns", "scheduled__99", tasks, daily=True) == 1
    told = [path.read_text() for path in sorted(world.steps.settings.mail.glob("alert*.eml"))]
    assert len(told) == 6
    assert any("one_return.load, 3 times" in text and "scheduled__1" in text for text in told)
