"""A file that is put into the landing folder of a running Airflow is received within seconds, and stays as it was."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assurance.settings import Settings
from assurance.steps import Steps
from tests.rules.builders import valid_return
from tools.airflow_stack import Stack
from tools.rest import TimedOut

PATIENCE_SECONDS = 300


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with suppress(TimedOut):  # a busy machine's server is asked again
            if done():
                return
        time.sleep(0.2)
    raise AssertionError("nothing came of it")


def state(folder: Path) -> dict[str, tuple[str, int, int]]:
    """Of every file its hash, its time and which file it is."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    looks = {path: path.stat() for path in files}
    return {
        str(path): (hashlib.sha256(path.read_bytes()).hexdigest(), look.st_mtime_ns, look.st_ino)
        for path, look in looks.items()
    }


@pytest.mark.slow
@pytest.mark.xdist_group("airflow")
def test_a_file_starts_a_run_and_is_received_and_left_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    monkeypatch.setenv("ASSURANCE_HOME", str(tmp_path))
    steps = Steps(Settings())
    steps.migrate()
    with Stack(tmp_path / "airflow", {"ASSURANCE_HOME": str(tmp_path)}) as stack:

        def by_a_file() -> list[dict[str, str]]:
            return [run for run in stack.airflow.runs("receive_returns") if run["run_type"] == "asset_triggered"]

        def quiet() -> bool:
            return all(run["state"] in ("success", "failed") for run in stack.airflow.runs("receive_returns"))

        valid_return("EMD").landed(steps.settings.landing)  # the watch begins: what lies there starts a run
        until(lambda: bool(by_a_file()) and quiet())
        assert steps.arrivals("outcomes") == []

        before, put = len(by_a_file()), datetime.now(UTC)
        valid_return("WSX").landed(steps.settings.landing)
        lying = state(steps.settings.landing)
        until(lambda: len(by_a_file()) > before and by_a_file()[-1]["start_date"] is not None)
        waited = (datetime.fromisoformat(by_a_file()[-1]["start_date"]) - put).total_seconds()
        until(quiet)
        assert [run["state"] for run in by_a_file()] == ["success"] * (before + 1)
        assert steps.arrivals("outcomes") == []
        assert len(list(steps.settings.mail.glob("*.eml"))) == 2, "each is answered"
        assert state(steps.settings.landing) == lying
        record_property("seconds from the file to the start of its run", waited)
        print(f"the run started {waited:.1f} s after the file")
        assert waited < 60, "10 s on a quiet machine"
        assert len(by_a_file()) == before + 1, "and no second time"
