"""A newcomer does what docs/tour.md says, command by command and page by page, and sees what it promises.

`TOUR_PICTURES=write .venv/bin/python -m pytest tests/journeys/test_tour.py` takes the pictures of the page anew. Look at
each before you commit it.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from tests.reports.browser import CHECKERS, CHROMIUM, need_browser
from tools.airflow_stack import REPOSITORY, free_port

PAGE = REPOSITORY / "docs" / "tour.md"
PICTURES = REPOSITORY / "docs" / "images"
PATIENCE_SECONDS = 300
LARGEST_PICTURE = 120_000
COLOURS = 128
REJECTED = 20


def sections() -> dict[str, list[str]]:
    """The commands of the page, block by block, under the title of their section."""
    text = PAGE.read_text(encoding="utf-8")
    titled = re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", text, flags=re.MULTILINE | re.DOTALL)
    return {title: re.findall(r"^```sh\n(.*?)^```", body, flags=re.MULTILINE | re.DOTALL) for title, body in titled}


class Newcomer:
    """Somebody with a terminal in a checkout, and a browser."""

    def __init__(self, checkout: Path, port: int) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "ASSURANCE"))}
        self.environment = {**kept, "ASSURANCE_HOME": str(checkout / "var"), "PORT": str(port)}
        self.checkout = checkout
        self.pictures = checkout / "pictures"
        self.address = f"http://127.0.0.1:{port}"
        self._said: list[str] = []

    def types(self, *blocks: str, ends: int = 0) -> str:
        """What the commands print; they see the variables that those before them have exported."""
        exported = [line for block in self._said for line in block.splitlines() if line.startswith("export ")]
        done = self._run(["bash", "-euc", "\n".join([*exported, *blocks])], ends)
        self._said += blocks
        return done

    def sees(self, scene: str, *more: str) -> None:
        """Do a scene of the tour in the browser."""
        self._run(["node", str(CHECKERS / "tour.mjs"), scene, str(self.pictures), *(more or (self.address,))])

    def mails(self, kind: str) -> list[Path]:
        return sorted((self.checkout / "var" / "mail").glob(f"{kind}-*.html"))

    def _run(self, command: list[str], ends: int = 0) -> str:
        done = subprocess.run(
            command,
            cwd=self.checkout,
            env={**self.environment, "CHROMIUM": CHROMIUM or ""},
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
        assert done.returncode == ends, f"{command[-1]}\n{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture
def newcomer(tmp_path: Path) -> Newcomer:
    """A checkout of its own, for what the page writes and deletes stands in it."""
    need_browser()
    for name in ("Makefile", ".venv", "tools", "requirements.lock", "requirements-bootstrap.lock", "pyproject.toml"):
        (tmp_path / name).symlink_to(REPOSITORY / name)
    (tmp_path / "pictures").mkdir()
    return Newcomer(tmp_path, free_port())


@contextmanager
def first_terminal(newcomer: Newcomer, command: str) -> Iterator[subprocess.Popen[str]]:
    """A terminal in which a command runs on; it is ended as by Ctrl-C, which reaches all that it started."""
    with subprocess.Popen(
        [*command.split(), "--old-file", ".venv/installed"],
        cwd=newcomer.checkout,
        env=newcomer.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as running:
        try:
            yield running
        finally:
            os.killpg(running.pid, signal.SIGINT)
            told = running.communicate(timeout=PATIENCE_SECONDS)[0]
        assert "stopped" in told


def printed_until(running: subprocess.Popen[str], wanted: str) -> str:
    """What a command has printed when it prints this, or ends."""
    assert running.stdout
    said = ""
    for line in running.stdout:
        said += line
        if wanted in line:
            return said
    raise AssertionError(f"it ended without {wanted!r}:\n{said}")


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done():
        assert time.monotonic() < deadline, "nothing came of it"
        time.sleep(0.2)


@pytest.mark.slow
@pytest.mark.tools
@pytest.mark.xdist_group("airflow")
def test_the_tour_can_be_taken_as_it_is_written(newcomer: Newcomer) -> None:
    start, ready, send, read, mend, others, close, sign_off, mail, stop, further = sections().items()
    with first_terminal(newcomer, *start[1]) as airflow:
        told = printed_until(airflow, "docs/tour.md")
        assert newcomer.address in told
        assert "var/landing/outcomes/LON/" in told
        newcomer.sees("dags")

        newcomer.types(*ready[1])
        month = newcomer.types("echo $MONTH").strip()
        newcomer.types(*send[1])
        newcomer.sees("arrival")
        newcomer.sees("rejected")

        newest, check = read[1]
        receipt = newcomer.types(newest).strip()
        newcomer.sees("receipt", receipt)
        assert "OUT-102" in newcomer.types(check, ends=REJECTED)

        newcomer.types(*mend[1])
        newcomer.sees("mended")
        until(lambda: len(newcomer.mails("receipt-LON")) == 2)

        newcomer.types(*others[1])
        newcomer.sees("others")

        assert close[1] == []
        newcomer.sees("close", newcomer.address, month)

        newcomer.sees("sign_off", newcomer.address, month)
        assert "approved" in newcomer.types(*sign_off[1])

        letters, verify = mail[1]
        assert "release-LON" in newcomer.types(letters)
        newcomer.sees("mail", str(newcomer.mails("release-ALL")[0]))
        newcomer.types(verify)

    assert (newcomer.checkout / "var" / "airflow" / "lineage.jsonl").stat().st_size > 0
    newcomer.types(*stop[1])
    assert not (newcomer.checkout / "var").exists()
    assert further[1] == []
    if os.environ.get("TOUR_PICTURES") == "write":
        for picture in newcomer.pictures.glob("tour-*.png"):
            Image.open(picture).quantize(COLOURS).save(PICTURES / picture.name, optimize=True)


def test_the_pictures_of_the_tour_are_there_and_small() -> None:
    named = re.findall(r"\(images/(tour-.+?\.png)\)", PAGE.read_text(encoding="utf-8"))
    assert sorted(named) == sorted(picture.name for picture in PICTURES.glob("tour-*.png"))
    sizes = {name: (PICTURES / name).stat().st_size for name in named}
    assert {name: size for name, size in sizes.items() if size >= LARGEST_PICTURE} == {}
