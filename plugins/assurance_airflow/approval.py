"""The task that waits for a sign-off.

Its request is bound to the hash of a release, and its answer is entered in the warehouse: Airflow asks, and holds nothing
that counts. While it waits it holds no slot, of no worker and no pool.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import ApprovalOperator, HITLOperator
from airflow.sdk import Param
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException, TaskAwaitingInput
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from assurance.errors import AssuranceError, DelayedError, LapsedError, SettingsError
from assurance.keys import release_of
from assurance_airflow.assets import starter

if TYPE_CHECKING:
    from assurance.warehouse.sign_offs import SignOff

LONGEST_WAIT = timedelta(days=31)
"""No run of a sign-off lasts longer; ASSURANCE_SIGN_OFF_WAIT_DAYS is at most a day less."""
PATIENCE = timedelta(minutes=5)
"""So long an answer is tried to be entered."""
NO_APPROVER = "they are not among ASSURANCE_APPROVERS any more"
ASK_AGAIN = "ask_again"
"""The param of a run that asks again for what was rejected, or what nobody answered."""


class SignOffOperator(ApprovalOperator):
    """Ask whether a release may be sent, unless that is answered; a no, or no answer, skips what comes next."""

    template_fields: Collection[str] = ()
    """None: what stands in a report is never rendered as a template."""

    def __init__(self, **kwargs: Any) -> None:
        says = "Why you reject it; who approves may leave it out. Nothing of a case."
        reason = Param(None, type=["null", "string"], title="Reason", description=says)
        kwargs["params"] = {"reason": reason}  # Airflow hands in those of the DAG, which are not for who answers
        super().__init__(subject="Sign-off of a release", defaults=self.REJECT, response_timeout=LONGEST_WAIT, **kwargs)

    def execute(self, context: Any) -> dict[str, str]:
        from assurance.reporting.asking import request_card
        from assurance.steps import Steps

        steps, release_id = Steps(), release_of(context["dag_run"].partition_key)
        try:
            known = steps.seek_sign_off(release_id, starter(context["dag_run"]), context["params"].get(ASK_AGAIN) or "")
        except LapsedError as error:
            self.log.warning("%s", error)
            raise AirflowSkipException(str(error)) from None
        if not known.is_open:
            return self._go_on(context, known)
        request = steps.sign_off_request(release_id)
        card = request_card(request)
        self.subject, self.body = card.subject, card.body
        self.assigned_users = assigned_users(steps.settings.approvers)  # type: ignore[assignment]
        self.response_timeout = timedelta(days=steps.settings.sign_off_wait_days)
        try:
            super().execute(context)
        except TaskAwaitingInput as waiting:
            waiting.kwargs = {"sha256": request.content_sha256}
            raise
        raise AssertionError("a request to sign off waits for its answer")

    def execute_complete(self, context: Any, event: dict[str, Any], sha256: str = "") -> dict[str, str]:
        from assurance.steps import Steps

        steps, release_id = Steps(), release_of(context["dag_run"].partition_key)
        try:
            given = HITLOperator.execute_complete(self, context, event)
            user = given["responded_by_user"]
            if user is None:  # Airflow answered by the default, for the time was over
                known = patiently(lambda: steps.leave_unanswered(release_id))
            else:
                known = patiently(
                    lambda: steps.enter_answer(
                        release_id,
                        sha256,
                        yes=given["chosen_options"] == [self.APPROVE],
                        by=named(user),
                        reason=str((given["params_input"] or {}).get("reason") or ""),
                        barred="" if may_answer(user, steps.settings.approvers) else NO_APPROVER,
                    )
                )
        except LapsedError as error:
            self.log.warning("%s", error)
            raise AirflowSkipException(str(error)) from None
        except AssuranceError:
            raise
        except Exception as error:  # not tried again: that would ask again, and who has answered would not know
            raise AirflowFailException(
                f"the answer to the request to sign {release_id} off could not be entered ({type(error).__name__}); enter "
                f"it with `assurance approve {release_id}`, or clear this task to ask again"
            ) from error
        return self._go_on(context, known)

    def _go_on(self, context: Any, known: SignOff) -> dict[str, str]:
        """What was answered, for who looks at the task; what comes next is skipped unless that was a yes."""
        self.log.info("Release %s: %s by %s. %s", known.release_id, known.answer.value, known.by, known.reason)
        if not known.may_be_sent:
            self.skip(ti=context["ti"], tasks=context["task"].get_direct_relatives(upstream=False))
        told = {"release": known.release_id, "answer": known.answer.value, "by": known.by, "reason": known.reason}
        return {name: str(value) for name, value in told.items()}


def patiently(enter: Callable[[], SignOff]) -> SignOff:
    """Enter an answer, though the warehouse be away for some minutes: whoever gave it was told that it is in."""
    attempts = Retrying(
        retry=retry_if_exception_type(DelayedError), stop=stop_after_delay(PATIENCE), wait=wait_fixed(5), reraise=True
    )
    return attempts(enter)


def may_answer(user: Mapping[str, str], approvers: str) -> bool:
    """Whether somebody is among the approvers as they are now: Airflow goes by those who were when it asked."""
    now = assigned_users(approvers)
    return not now or user["id"] in {one["id"] for one in now}


def named(user: Mapping[str, str]) -> str:
    """How the audit trail names a user of Airflow."""
    return f"Airflow user {user['name']}" + (f", id {user['id']}" if user["id"] != user["name"] else "")


def assigned_users(approvers: str) -> list[dict[str, str]]:
    """The users that ASSURANCE_APPROVERS names, as Airflow wants them; none where it is empty."""
    if not approvers.strip():
        return []
    users = [[part.strip() for part in one.split("=", 1)] for one in approvers.split(",")]
    if not all(all(user) for user in users):
        raise SettingsError("ASSURANCE_APPROVERS names a user without an id or name; write ada,bea or 3=ada,7=bea")
    return [{"id": user[0], "name": user[-1]} for user in users]
