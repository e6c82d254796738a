"""`assurance send` says what is not sent, and does not call that a success."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assurance.cli import app
from assurance.delivery.outbox import OutboxEntry, SendReport
from assurance.delivery.transport import State
from assurance.reporting.request import SignOffRequest
from assurance.steps import Steps

RELEASE = "outcomes/2026-10/1"
SENT = OutboxEntry(
    "0" * 64,
    "release",
    RELEASE,
    "ALL",
    "a@example.org",
    State.QUEUED,
    1,
    None,
    datetime(2026, 11, 13),
    "",
    datetime(2026, 11, 13),
)
NOTHING_ASKED = SignOffRequest(RELEASE, "0" * 64, datetime(2026, 11, 13, 9, 30), (), ())


@pytest.mark.parametrize(
    ("left", "code"), [([], 0), ([State.RETRY], 1), ([State.UNKNOWN], 1), ([State.REFUSED, State.QUEUED], 1)]
)
def test_what_is_not_sent_is_named_and_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, left: list[State], code: int
) -> None:
    monkeypatch.setenv("ASSURANCE_HOME", str(tmp_path))
    monkeypatch.setattr(Steps, "sign_off_request", lambda *_: NOTHING_ASKED)
    monkeypatch.setattr(Steps, "sign_off", lambda *_: None)
    monkeypatch.setattr(Steps, "send", lambda *_: SendReport(2, tuple(replace(SENT, state=state) for state in left)))
    done = CliRunner().invoke(app, ["send", RELEASE])
    assert done.exit_code == code
    assert f"2 sent, {len(left)} not sent" in done.output
    assert all(state.value in done.output for state in left)
    assert "a@example.org" not in done.output
