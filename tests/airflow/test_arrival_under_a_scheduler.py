"""A file that is put into the landing place of a running Airflow is received within seconds, and stays as it was."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assurance.settings import Settings
from assurance.steps import Steps
from tests.object_store import Store
from tests.rules.builders import Return, valid_return
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


@dataclass(frozen=True)
class Folder:
    """A landing place on a disk."""

    path: Path

    def put(self, sent: Return) -> None:
        sent.landed(self.path)

    def contents(self) -> dict[str, tuple[str, int, int]]:
        """Of every file its hash, its time and which file it is."""
        files = [path for path in self.path.rglob("*") if path.is_file()]
        looks = {path: path.stat() for path in files}
        return {
            str(path): (hashlib.sha256(path.read_bytes()).hexdigest(), look.st_mtime_ns, look.st_ino)
            for path, look in looks.items()
        }


@dataclass(frozen=True)
class Bucket:
    """A landing place in an object store."""

    store: Store

    def put(self, sent: Return) -> None:
        self.store.put(f"outcomes/{sent.area}/{sent.name}", sent.content)

    def contents(self) -> list[dict[str, object]]:
        """Of every object its key, its hash and when it was put."""
        return self.store.contents()


@pytest.fixture(params=["folder", "object store"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder | Bucket:
    """Each kind of landing place in turn, named by the settings."""
    monkeypatch.setenv("ASSURANCE_HOME", str(tmp_path))
    if request.param == "folder":
        return Folder(Settings().landing)
    store: Store = request.getfixturevalue("store")
    monkeypatch.setenv("ASSURANCE_LANDING_URL", store.url())
    return Bucket(store)


@pytest.mark.slow
@pytest.mark.xdist_group("airflow")
def test_a_file_starts_a_run_and_is_received_and_left_as_it_was(
    place: Folder | Bucket, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    steps = Steps(Settings())
    steps.migrate()
    with Stack(tmp_path / "airflow") as stack:

        def by_a_file() -> list[dict[str, str]]:
            return [run for run in stack.airflow.runs("receive_returns") if run["run_type"] == "asset_triggered"]

        def quiet() -> bool:
            return all(run["state"] in ("success", "failed") for run in stack.airflow.runs("receive_returns"))

        place.put(valid_return("EMD"))  # the watch begins: what lies there starts a run
        until(lambda: bool(by_a_file()) and quiet())
        assert steps.arrivals("outcomes") == []

        before, put = len(by_a_file()), datetime.now(UTC)
        place.put(valid_return("WSX"))
        lying = place.contents()
        until(lambda: len(by_a_file()) > before and by_a_file()[-1]["start_date"] is not None)
        waited = (datetime.fromisoformat(by_a_file()[-1]["start_date"]) - put).total_seconds()
        until(quiet)
        assert [run["state"] for run in by_a_file()] == ["success"] * (before + 1)
        assert steps.arrivals("outcomes") == []
        assert len(list(steps.settings.mail.glob("*.eml"))) == 2, "each is answered"
        assert place.contents() == lying
        record_property("seconds from the file to the start of its run", waited)
        print(f"the run started {waited:.1f} s after the file")
        assert waited < 60, "10 s on a quiet machine"
        assert len(by_a_file()) == before + 1, "and no second time"
