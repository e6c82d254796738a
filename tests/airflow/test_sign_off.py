"""Who may sign a release off in Airflow, and what becomes of the answer: seen through the REST API of a real Airflow.

One Airflow for all cases; each has a month of its own.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from assurance.keys import release_key
from assurance.settings import Settings
from assurance.warehouse import queries
from assurance.warehouse.sign_offs import Answer
from tests.rules.cases import BCM_PERIOD, bcm_return, good_cases
from tests.unit.trace.conftest import RECEIVED, World, few_areas
from tools.airflow_stack import Stack
from tools.rest import OVER, Airflow, TimedOut

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("airflow")]
USERS = {"root": "admin", "ada": "op", "olly": "op", "viv": "viewer"}
APPROVER = "ada"
MONTHS = [BCM_PERIOD.plus(-before) for before in range(6)]
APPROVED, REJECTED, REPLACED, UNANSWERED, ELSEWHERE, CHANGED = (f"bcm/{month}/1" for month in MONTHS)
SECONDS = 240


class Desk(Stack):
    """An Airflow with users who log in, and no DAG but the one that publishes."""

    def __init__(self, home: Path, extra: dict[str, str]) -> None:
        passwords = home / "passwords.json"
        passwords.parent.mkdir(parents=True)
        passwords.write_text(json.dumps({name: f"secret of {name}" for name in USERS}), encoding="utf-8")
        super().__init__(
            home,
            {
                "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "False",
                "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{name}:{role}" for name, role in USERS.items()),
                "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
                "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
                "AIRFLOW__SCHEDULER__TRIGGER_TIMEOUT_CHECK_INTERVAL": "1",
                "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
                "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
                **extra,
            },
        )
        self.users = {name: Airflow(self.airflow.url, user=name, password=f"secret of {name}") for name in USERS}
        self.airflow = self.users["root"]

    def unpause(self) -> None:
        self.airflow.call("PATCH", "/api/v2/dags/publish_month", {"is_paused": False})

    def publish(self, release_id: str, again: str = "") -> str:
        """Start the run of a release by hand, as a person does in the UI; its id."""
        conf = {"ask_again": again} if again else {}
        return self.airflow.start("publish_month", key=release_key(release_id), **conf)

    def states(self, run: str) -> dict[str, str]:
        return {task["task_id"]: task["state"] for task in self.airflow.tasks("publish_month", run)}

    def waits(self, run: str) -> dict[str, Any]:
        """The request of a run, once it waits for an answer, and the scheduler has been told that its first half is over.

        What is answered before that fails the task, and its retry asks again: a person is slower.
        """
        until(lambda: self.states(run)["sign_off"] == "awaiting_input", lambda: self.log(run))
        until(lambda: self.first_half_is_over(run), lambda: self.log(run))
        place = f"/api/v2/dags/publish_month/dagRuns/{run}/taskInstances/sign_off/-1/hitlDetails"
        return dict(self.airflow.call("GET", place))

    def first_half_is_over(self, run: str) -> bool:
        """Whether the scheduler says so: nothing else does."""
        log = (self.home / "components" / "scheduler.log").read_text(encoding="utf-8")
        told = [line for line in log.splitlines() if "TaskInstance Finished: " in line]
        return any("task_id=sign_off" in line and run in line for line in told)

    def answer(self, who: str, run: str, option: str, reason: str = "") -> int:
        """What the REST API says to an answer."""
        return self.users[who].answer(run, option, reason)

    def ends(self, run: str) -> dict[str, str]:
        """The states of a run's tasks, once it has ended."""
        until(lambda: self.airflow.state("publish_month", run) in OVER, lambda: self.log(run))
        return self.states(run)

    def log(self, run: str) -> str:
        """What the sign-off of a run has logged."""
        files = (self.home / "logs").rglob(f"run_id={run}/task_id=sign_off/*.log")
        return "\n".join(path.read_text(encoding="utf-8") for path in sorted(files))


def until(true: Callable[[], object], tell: Callable[[], str]) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        with suppress(TimedOut):  # of one request, where the machine has much to do
            if true():
                return
        time.sleep(0.2)  # Airflow has no event that a client could wait for
    pytest.fail(tell())


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Six months with a release each, that nobody has approved."""
    folder = tmp_path_factory.mktemp("sign_off")
    expectations = few_areas(folder / "expectations", ("WSX",))
    steps = World(Settings(home=folder / "home", expectations=expectations, arrival="file"))
    steps.migrate()
    for before, month in reversed(list(enumerate(MONTHS))):
        steps.send_in(bcm_return(*good_cases("WSX", month), period=month), RECEIVED - timedelta(days=30 * before))
        steps.build("bcm", month)
    steps.send_owed_receipts()
    return steps


@pytest.fixture(scope="module")
def desk(steps: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    surroundings = {
        "ASSURANCE_HOME": str(steps.settings.home),
        "ASSURANCE_EXPECTATIONS": str(steps.settings.expectations),
        "ASSURANCE_ARRIVAL": "file",
        "ASSURANCE_APPROVERS": APPROVER,
        "ASSURANCE_SIGN_OFF_GRACE_HOURS": "0",
    }
    with Desk(tmp_path_factory.mktemp("airflow") / "home", surroundings) as desk:
        yield desk


def mailed(steps: World, kind: str, release_id: str) -> int:
    """How many mails of a kind about a release the mail folder holds."""
    with steps.warehouse.reading() as connection:
        subjects = (release_id, f"bcm/sign_off_overdue/{release_id}")
        return sum(
            entry["state"] == "sent" and entry["kind"] == kind and entry["subject_id"] in subjects
            for entry in queries.rows(connection, "trail/outbox")
        )


def told(steps: World, event: str, release_id: str) -> dict[str, Any]:
    """What the last line of the audit trail about a release and an event says."""
    from assurance.warehouse import audit

    with steps.warehouse.reading() as connection:
        return dict(audit.last_about(connection, event, release_id) or {})


def test_who_may_and_may_not_and_an_approval_sends(desk: Desk, steps: World) -> None:
    run = desk.publish(APPROVED)
    asked = desk.waits(run)
    sha256 = steps.sign_off_request(APPROVED).content_sha256
    assert asked["subject"] == f"Sign-off of release {APPROVED}, content {sha256[:12]}"
    assert sha256 in asked["body"]
    assert asked["assigned_users"] == [{"id": APPROVER, "name": APPROVER}]
    assert (asked["options"], asked["defaults"]) == (["Approve", "Reject"], ["Reject"])
    assert mailed(steps, "sign_off_request", APPROVED) == 1
    assert desk.answer("viv", run, "Approve") == 403, "a viewer may not"
    assert desk.answer("olly", run, "Approve") == 403, "nor an operator who is no approver"
    assert steps.sign_off_of(APPROVED).answer is Answer.NONE
    assert desk.answer(APPROVER, run, "Approve", "Read it.") == 200
    assert desk.ends(run) == {"sign_off": "success", "send": "success"}
    known = steps.sign_off_of(APPROVED)
    assert (known.answer, known.by, known.reason) == (Answer.APPROVED, "Airflow user ada", "Read it.")
    assert mailed(steps, "release", APPROVED) == 2
    assert desk.answer(APPROVER, run, "Reject") == 409, "it was answered"


def test_two_wait_at_once_without_a_slot_and_a_rejection_keeps_its_reason_until_it_is_asked_for_again(
    desk: Desk, steps: World
) -> None:
    run, other = desk.publish(REJECTED), desk.publish(UNANSWERED)
    desk.waits(run)
    desk.waits(other)
    pool = desk.airflow.call("GET", "/api/v2/pools/warehouse")
    assert (pool["slots"], pool["occupied_slots"]) == (1, 0)

    assert desk.answer(APPROVER, run, "Reject") == 200
    assert desk.ends(run) == {"sign_off": "success", "send": "skipped"}
    assert steps.sign_off_of(REJECTED).reason == "no reason given"
    again = desk.publish(REJECTED, "Nobody said why.")
    desk.waits(again)
    known = steps.sign_off_of(REJECTED)
    assert (known.answer, known.reason) == (Answer.NONE, "Nobody said why.")
    assert known.by == f"Airflow user root, run {again}"
    assert mailed(steps, "sign_off_request", REJECTED) == 2
    assert desk.answer(APPROVER, again, "Reject", "Wessex\nis to look {{ again }}.") == 200
    assert desk.ends(again) == {"sign_off": "success", "send": "skipped"}
    known = steps.sign_off_of(REJECTED)
    assert (known.answer, known.reason) == (Answer.REJECTED, "Wessex is to look {{ again }}.")
    assert desk.ends(desk.publish(REJECTED)) == {"sign_off": "success", "send": "skipped"}, "it is not asked again"
    assert mailed(steps, "release", REJECTED) == 0

    with sqlite3.connect(desk.home / "airflow.db", timeout=30) as metadata:  # as if its time were over
        metadata.execute(
            "update task_instance set trigger_timeout = ? where run_id = ? and task_id = 'sign_off'",
            (f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}", other),
        )
    assert desk.ends(other) == {"sign_off": "skipped", "send": "skipped"}
    assert "nobody answered in time" in desk.log(other)
    assert steps.sign_off_of(UNANSWERED).answer is Answer.NONE, "nobody is said to have rejected it"
    assert told(steps, "not answered in time", UNANSWERED)
    third = desk.publish(UNANSWERED, "It is still wanted.")
    desk.waits(third)
    assert desk.answer(APPROVER, third, "Approve") == 200
    assert desk.ends(third) == {"sign_off": "success", "send": "success"}
    assert mailed(steps, "release", UNANSWERED) == 2


def test_what_was_replaced_or_changed_meanwhile_lapses(desk: Desk, steps: World) -> None:
    run, other = desk.publish(REPLACED), desk.publish(CHANGED)
    shown = desk.waits(run)["subject"][-12:]
    desk.waits(other)
    month = MONTHS[2]
    corrected = bcm_return(*good_cases("WSX", month)[1:], period=month, version=2)
    steps.send_in(corrected, RECEIVED - timedelta(days=29), "One case was none of ours.")
    second = steps.build("bcm", month)
    assert second == f"bcm/{month}/2"
    page = steps.settings.releases / CHANGED / "national.html"
    page.chmod(0o644)
    page.write_bytes(page.read_bytes() + b" ")
    for one in (run, other):
        assert desk.answer(APPROVER, one, "Approve", "Read it.") == 200
    for one, release_id, why in (
        (run, REPLACED, f"{second} was built in its place"),
        (other, CHANGED, "was changed after it was built"),
    ):
        assert desk.ends(one) == {"sign_off": "skipped", "send": "skipped"}
        assert "has lapsed and lets nothing out" in desk.log(one)
        lapsed = told(steps, "answer lapsed", release_id)
        assert why in lapsed["lapsed"]
        assert (lapsed["answer"], lapsed["by"], lapsed["reason"]) == ("approved", "Airflow user ada", "Read it.")
        assert steps.sign_off_of(release_id).answer is Answer.NONE
        assert mailed(steps, "release", release_id) == 0
    assert told(steps, "answer lapsed", REPLACED)["content_sha256"].startswith(shown)
    assert desk.ends(desk.publish(REPLACED)) == {"sign_off": "skipped", "send": "skipped"}, "it is asked for no more"
    desk.waits(desk.publish(second))


def test_what_was_answered_elsewhere_is_not_asked(desk: Desk, steps: World) -> None:
    steps.approve(ELSEWHERE, steps.sign_off_request(ELSEWHERE).content_sha256, "Director of Assurance")
    assert desk.ends(desk.publish(ELSEWHERE)) == {"sign_off": "success", "send": "success"}
    assert mailed(steps, "release", ELSEWHERE) == 2
    assert mailed(steps, "alert", ELSEWHERE) == 0


def test_operators_are_told_once_of_what_is_overdue(desk: Desk, steps: World) -> None:
    """The day of every release here is over, and no hours are given after it was asked."""
    until(lambda: mailed(steps, "alert", UNANSWERED) == 1, lambda: "no alert came")
    until(lambda: mailed(steps, "alert", CHANGED) == 1, lambda: "no alert came of the other")
    assert steps.raise_alerts("bcm", MONTHS[0]) == (), "it was answered"
    (told_before,) = [one for one in steps.raise_alerts("bcm", MONTHS[5]) if one.subject == CHANGED]
    assert told_before.report.sent == 0, "what Airflow has told, the calendar does not tell again"
    assert mailed(steps, "alert", CHANGED) == 1
