"""The pages in reports/samples/ are what the program renders now, wherever and whenever it does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from assurance.reporting.pages import NATIONAL_STYLE, stylesheet
from tools import samples

ELSEWHERE, ANOTHER_DAY = "Pacific/Chatham", datetime(2031, 3, 9, 23, 30, tzinfo=UTC)
PAGES = ("national.html", "area.html", "area-without-return.html")


@pytest.fixture
def somewhere_else(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another day in another time zone: the samples must not know."""
    monkeypatch.setenv("TZ", ELSEWHERE)
    time.tzset()
    with time_machine.travel(ANOTHER_DAY, tick=True):
        yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.slow
@pytest.mark.usefixtures("somewhere_else")
def test_the_samples_in_the_repository_are_what_is_rendered_now() -> None:
    rendered = {name: html.encode() for name, html in samples.samples().items()}
    committed = {path.name: path.read_bytes() for path in samples.SAMPLES.iterdir()}
    differing = sorted(name for name in {*rendered, *committed} if rendered.get(name) != committed.get(name))
    assert not differing, f"reports/samples/ is not what is rendered now ({', '.join(differing)}): run `make samples`"


@pytest.mark.parametrize("name", PAGES)
def test_the_samples_have_the_style_of_now(name: str) -> None:
    """What the slow test would say, at once and for the commonest reason."""
    committed = (samples.SAMPLES / name).read_text(encoding="utf-8")
    own = NATIONAL_STYLE if name == "national.html" else ""
    assert f"<style>\n{stylesheet(samples.REPORTS, own)}\n</style>" in committed, "run `make samples`"


@pytest.mark.parametrize("name", PAGES)
def test_the_samples_are_as_small_as_pages_must_be(name: str) -> None:
    assert (samples.SAMPLES / name).stat().st_size <= (150_000 if name == "national.html" else 60_000)


def test_a_letter_loses_its_picture_and_nothing_else() -> None:
    committed = (samples.SAMPLES / "mail.html").read_text(encoding="utf-8")
    assert "cid:" not in committed
    assert committed.count("<table") == committed.count("</table>") > 4
    assert "The full report is attached" in committed
