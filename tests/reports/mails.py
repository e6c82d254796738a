"""Every kind of mail of a collection, as the steps send it in the course of one month of made-up returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from assurance.catalogue.schema import MailKind
from assurance.deadlines import cut_off
from assurance.delivery.letter import Letter
from assurance.delivery.outbox import OutboxEntry, SendReport
from assurance.model import Period
from assurance.reporting.alert import AlertKind
from assurance.sample import load_sample_plan, write_sample
from assurance.settings import REPOSITORY, Settings
from assurance.steps import Steps

EXPECTATIONS = REPOSITORY / "expectations"
PERIOD = Period(2026, 10)
BEFORE_DUE, AFTER_DUE = datetime(2026, 11, 4, 9, 30), datetime(2026, 11, 9, 9, 30)
BEFORE_CUT_OFF, RELEASED = datetime(2026, 11, 11, 9, 30), datetime(2026, 11, 13, 9, 0)
MONTHS = {"bcm": 1, "outcomes": 13}
"""Of made-up returns: enough for a chart of outcomes, and of cases no more than the letters need."""


@dataclass(frozen=True)
class Mail:
    """One message that was owed, and what was written for it."""

    entry: OutboxEntry
    letter: Letter

    @property
    def name(self) -> str:
        return f"{self.entry.subject_id.split('/')[0].split(':')[0]}-{self.entry.kind}-{self.entry.edition}"


class _Recording(Steps):
    """Steps that remember the letters they send."""

    def __init__(self, settings: Settings, written: list[Mail]) -> None:
        super().__init__(settings, clock=lambda: self.now)
        self.now, self.written = BEFORE_DUE, written

    def _send(self, write: Callable[[OutboxEntry], Letter], **which: Any) -> SendReport:
        def remembered(entry: OutboxEntry) -> Letter:
            letter = write(entry)
            self.written.append(Mail(entry, letter))
            return letter

        return super()._send(remembered, **which)


def month_of_mail(code: str, home: Path, smtp_url: str = "") -> list[Mail]:
    """What is sent about a month: reminders before anything is in, the chasers, the request, the reports, an alert."""
    written: list[Mail] = []
    asked = {"home": home, "arrival": "file", "smtp_url": smtp_url}
    steps = _Recording(Settings(**asked), written)
    steps.migrate()
    steps.chase(code, PERIOD)
    plan = load_sample_plan(EXPECTATIONS / code / "sample.yaml")
    write_sample(steps.collection(code), steps.settings.landing, last=PERIOD, months=MONTHS[code], plan=plan)
    steps.now = AFTER_DUE
    list(steps.receive(code))
    steps.chase(code, PERIOD)
    steps.now = BEFORE_CUT_OFF
    steps.chase(code, PERIOD)
    steps.now = RELEASED
    steps.ask_for_sign_off(steps.build(code, PERIOD))
    steps.alert(AlertKind.TASK_FAILED, code, "measure_month bcm|2026-10", cut_off(steps.collection(code).calendar, PERIOD))
    signed = _Recording(Settings(**asked, sign_off="the tests"), written)
    signed.now = RELEASED
    release_id = signed.build(code, PERIOD)
    signed.sign_off(release_id)
    signed.send(release_id)
    return written


def one_of_each_kind(mails: list[Mail]) -> dict[str, Mail]:
    """A mail of every kind, and of the releases and receipts one for each thing that can have become of a return."""
    raise NotImplementedError
