"""What the task that waits for a sign-off is, whom it asks, and when a sign-off is overdue."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assurance.errors import DelayedError, LapsedError, SettingsError
from assurance.keys import release_key
from assurance.settings import Settings
from assurance.steps import Steps
from assurance.warehouse.sign_offs import Answer, SignOff
from assurance_airflow.alerts import ReleaseDay, sign_off_overdue
from assurance_airflow.approval import LONGEST_WAIT, SignOffOperator, assigned_users, named
from tests.rules.cases import BCM_PERIOD, bcm_return
from tests.unit.trace.conftest import RECEIVED, World, few_areas, ticking

RELEASE = "outcomes/2026-10/1"
KEY = release_key(RELEASE)
DAY = datetime(2026, 11, 13, 9, 30, tzinfo=UTC)
"""When the calendar wants the release of October."""

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("airflow")]


def test_approvers_are_ids_of_users_with_a_name_where_one_is_given() -> None:
    assert assigned_users(" ") == [], "whoever may change a run"
    assert assigned_users("ada, 3 = bea") == [{"id": "ada", "name": "ada"}, {"id": "3", "name": "bea"}]
    for wrong in (",", "ada,", "=ada", "3="):
        with pytest.raises(SettingsError, match="without an id or name"):
            assigned_users(wrong)


def test_the_trail_names_who_answered_by_name_and_id() -> None:
    assert named({"id": "ada", "name": "ada"}) == "Airflow user ada"
    assert named({"id": "3", "name": "ada"}) == "Airflow user ada, id 3"


def test_the_task_renders_nothing_and_no_run_ends_before_its_wait_does(dags: dict[str, Any]) -> None:
    dag = dags["publish_month"]
    task = dag.task_dict["sign_off"]
    assert isinstance(task, SignOffOperator)
    assert tuple(task.template_fields) == ()
    assert task.defaults == ["Reject"]
    assert list(task.params) == ["reason"], "what a run is started with is not asked of who answers"
    for form, field in ((task.params, "reason"), (dag.params, "ask_again")):
        assert "null" in form.get_param(field).schema["type"], "a form that wants a word lets nobody go on without one"
    assert dag.max_active_runs == 1000, "one that waits keeps no other from being asked"
    longest = Settings.model_fields["sign_off_wait_days"].metadata
    assert timedelta(days=next(one.le for one in longest if hasattr(one, "le"))) < LONGEST_WAIT == dag.dagrun_timeout


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The releases that the task `send` was asked to send."""
    from assurance.delivery.outbox import SendReport

    asked: list[str] = []
    monkeypatch.setattr(Steps, "send", lambda _, release_id: asked.append(release_id) or SendReport(0, ()))
    return asked


def standing(answer: Answer) -> Callable[..., SignOff]:
    return lambda *_: SignOff(RELEASE, answer, "setting")


def states(run: Any) -> dict[str, str]:
    return {one.task_id: str(one.state) for one in run.get_task_instances()}


def test_what_is_approved_already_is_sent_at_once(
    run_dag: Callable[..., Any], sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Steps, "seek_sign_off", standing(Answer.APPROVED))
    assert states(run_dag("publish_month", key=KEY)) == {"sign_off": "success", "send": "success"}
    assert sent == [RELEASE]


def test_what_is_rejected_already_is_not_sent_and_the_run_is_no_failure(
    run_dag: Callable[..., Any], sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Steps, "seek_sign_off", standing(Answer.REJECTED))
    run = run_dag("publish_month", key=KEY)
    assert (run.state, states(run)) == ("success", {"sign_off": "success", "send": "skipped"})
    assert sent == []


def test_what_has_lapsed_is_told_apart_from_a_no(
    run_dag: Callable[..., Any], sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lapsed(*_: object) -> SignOff:
        raise LapsedError("another was built in its place")

    monkeypatch.setattr(Steps, "seek_sign_off", lapsed)
    assert states(run_dag("publish_month", key=KEY)) == {"sign_off": "skipped", "send": "skipped"}
    assert sent == []


def test_a_setting_that_signs_off_sends_without_a_wait(
    run_dag: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole way, as the demonstration goes it."""
    expectations = few_areas(tmp_path / "expectations", ("WSX",))
    for name, value in (("HOME", tmp_path / "home"), ("EXPECTATIONS", expectations), ("SIGN_OFF", "the tests")):
        monkeypatch.setenv(f"ASSURANCE_{name}", str(value))
    steps = World(Settings(arrival="file"), clock=ticking())
    steps.migrate()
    steps.send_in(bcm_return(), RECEIVED)
    release_id = steps.build("bcm", BCM_PERIOD)
    run = run_dag("publish_month", key=release_key(release_id))
    assert (run.state, states(run)) == ("success", {"sign_off": "success", "send": "success"})
    assert len(list(steps.settings.mail.glob("release-*.eml"))) == 2
    assert not list(steps.settings.mail.glob("sign_off_request-*.eml"))


def test_an_answer_that_cannot_be_entered_fails_the_task_and_is_not_asked_for_anew(
    dags: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    def out_of_reach(*_: object, **__: object) -> SignOff:
        raise OSError("the warehouse is out of reach")

    monkeypatch.setattr(Steps, "enter_answer", out_of_reach)
    event = answered("ada")
    context, task = {"dag_run": SimpleNamespace(partition_key=KEY)}, dags["publish_month"].task_dict["sign_off"]
    with pytest.raises(AirflowFailException, match=f"could not be entered .* `assurance approve {RELEASE}`"):
        task.execute_complete(context, event, "0" * 64)
    with pytest.raises(AirflowFailException, match=r"could not be entered \(ValueError\)"):
        task.execute_complete(context, event | {"params_input": {"comment": "So."}}, "0" * 64)


def answered(user: str) -> dict[str, Any]:
    """What Airflow hands a task whose request somebody approved."""
    return {
        "chosen_options": ["Approve"],
        "params_input": {"reason": ""},
        "responded_at": DAY,
        "responded_by_user": {"id": user, "name": user},
    }


def test_an_answer_is_entered_though_the_warehouse_be_away_for_a_moment(
    dags: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[object] = []

    def away_twice(*_: object, **answer: object) -> SignOff:
        tried.append(answer)
        if len(tried) < 3:
            raise DelayedError("the warehouse does not answer")
        return SignOff(RELEASE, Answer.APPROVED, "ada")

    monkeypatch.setattr(Steps, "enter_answer", away_twice)
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _: None)
    context, task = {"dag_run": SimpleNamespace(partition_key=KEY)}, dags["publish_month"].task_dict["sign_off"]
    assert task.execute_complete(context, answered("ada"), "0" * 64)["answer"] == "approved"
    assert len(tried) == 3


def test_who_is_no_approver_any_more_is_barred_though_airflow_asked_them(
    dags: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    barred: list[object] = []

    def entered(*_: object, **answer: object) -> SignOff:
        barred.append(answer["barred"])
        return SignOff(RELEASE, Answer.APPROVED, "somebody")

    monkeypatch.setattr(Steps, "enter_answer", entered)
    monkeypatch.setenv("ASSURANCE_APPROVERS", "3=bea")
    context, task = {"dag_run": SimpleNamespace(partition_key=KEY)}, dags["publish_month"].task_dict["sign_off"]
    for user in ("2", "3"):
        task.execute_complete(context, answered(user), "0" * 64)
    assert barred == ["they are not among ASSURANCE_APPROVERS any more", ""]


@pytest.mark.parametrize(("now", "overdue"), [(DAY - timedelta(days=2), DAY), (DAY, DAY + timedelta(hours=24))])
def test_a_sign_off_is_overdue_on_the_day_of_the_calendar_but_not_at_once(
    monkeypatch: pytest.MonkeyPatch, airflow: None, now: datetime, overdue: datetime
) -> None:
    import time_machine
    from airflow.models import DagRun

    run = DagRun(dag_id="publish_month", run_id="one", partition_key=KEY)
    monkeypatch.setattr(DagRun, "find", lambda **_: [run])
    with time_machine.travel(now, tick=False):
        assert ReleaseDay()._evaluate_with(session=None, dag_id="publish_month", run_id="one") == overdue


@pytest.mark.parametrize("key", [None, "outcomes", "outcomes|2026-13|1", "nothing|2026-10|1"])
def test_a_run_without_a_release_has_no_deadline_and_is_made_all_the_same(
    monkeypatch: pytest.MonkeyPatch, airflow: None, key: str | None
) -> None:
    from airflow.models import DagRun

    monkeypatch.setattr(DagRun, "find", lambda **_: [DagRun(dag_id="publish_month", run_id="one", partition_key=key)])
    assert ReleaseDay()._evaluate_with(session=None, dag_id="publish_month", run_id="one") is None


def test_what_airflow_tells_is_what_the_calendar_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(Steps, "raise_alerts", lambda _, collection, period: told.append((collection, str(period))))
    sign_off_overdue({"dag_run": {"partition_key": KEY}})
    assert told == [("outcomes", "2026-10")]
