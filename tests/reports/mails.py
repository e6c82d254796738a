"""Every kind of mail of a collection, as the steps send it in the course of one month of made-up returns."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

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
RETURNED = {"bcm": {"LON", "NWE", "SEA", "NEA"}, "outcomes": {"MCH", "NWE", "SEA", "WSX"}}
"""Whose made-up returns come: one with queries or a correction, one late or with rows set aside, a rejected, a nil one."""


@dataclass(frozen=True)
class Mail:
    """One message that was owed, and what was written for it."""

    entry: OutboxEntry
    letter: Letter

    @property
    def name(self) -> str:
        return f"{self.entry.kind}-{self.entry.edition}-{self.entry.message_key[:8]}"


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


def month_of_mail(code: str, home: Path) -> list[Mail]:
    """What is sent about a month: reminders before anything is in, the chasers, the request, the reports, an alert."""
    written: list[Mail] = []
    asked = {"home": home, "arrival": "file"}
    steps = _Recording(Settings(**asked), written)
    steps.migrate()
    steps.chase(code, PERIOD)
    plan = load_sample_plan(EXPECTATIONS / code / "sample.yaml")
    write_sample(steps.collection(code), steps.settings.landing, last=PERIOD, months=1, plan=plan)
    for folder in (steps.settings.landing / code).iterdir():
        if folder.is_dir() and folder.name not in RETURNED[code]:
            shutil.rmtree(folder)
    steps.now = AFTER_DUE
    list(steps.receive(code))
    steps.chase(code, PERIOD)
    steps.now = BEFORE_CUT_OFF
    steps.chase(code, PERIOD)
    steps.now = RELEASED
    steps.ask_for_sign_off(steps.build(code, PERIOD))
    steps.alert(AlertKind.RUN_FAILED, code, f"measure_month, {code}|{PERIOD}", RELEASED)
    signed = _Recording(Settings(**asked, sign_off="the tests"), written)
    signed.now = RELEASED
    release_id = signed.build(code, PERIOD)
    signed.sign_off(release_id)
    signed.send(release_id)
    return written
