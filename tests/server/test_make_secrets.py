"""`make secrets` draws every secret once, keeps what is there, and shows none."""

from __future__ import annotations

import base64
import re
import stat
from pathlib import Path

import pytest

from assurance.settings import REPOSITORY
from tests.server.compose import files, read_services
from tools import make_secrets

EXAMPLE = (REPOSITORY / ".env.example").read_text(encoding="utf-8")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(make_secrets, "REPOSITORY", tmp_path)
    return tmp_path / ".env"


def values(text: str) -> dict[str, str]:
    return dict(re.findall(r"^([A-Z_]+)=(.*)$", text, re.M))


def test_it_writes_what_compose_asks_for_but_for_three_lines_that_nobody_can_guess(place: Path) -> None:
    make_secrets.main()
    text = place.read_text(encoding="utf-8")
    assert make_secrets.empty(text) == ["LANDING_FOLDER", "ASSURANCE_MAIL_FROM", "ASSURANCE_SMTP_URL"]
    filled = values(text) | {
        "LANDING_FOLDER": "/landing",
        "ASSURANCE_MAIL_FROM": "a@example.org",
        "ASSURANCE_SMTP_URL": "folder",
    }
    assert read_services(files()[0], filled)


def test_no_two_secrets_are_alike_and_each_may_stand_in_a_url(place: Path) -> None:
    make_secrets.main()
    drawn = {name: value for name, value in values(place.read_text(encoding="utf-8")).items() if value}
    assert len(set(drawn.values())) == len(drawn) == 9
    assert len(base64.urlsafe_b64decode(drawn.pop("AIRFLOW_FERNET_KEY"))) == 32
    assert [name for name, value in drawn.items() if not re.fullmatch("[0-9a-f]{48}", value)] == []


def test_what_is_there_stays_and_only_what_is_missing_is_added(place: Path) -> None:
    place.write_text("POSTGRES_PASSWORD=mine\nASSURANCE_MAIL_FROM=a@example.org\nOWN=line\n", encoding="utf-8")
    make_secrets.main()
    once = place.read_text(encoding="utf-8")
    told = values(once)
    assert (told["POSTGRES_PASSWORD"], told["ASSURANCE_MAIL_FROM"], told["OWN"]) == ("mine", "a@example.org", "line")
    assert told["REDIS_PASSWORD"]
    make_secrets.main()
    assert place.read_text(encoding="utf-8") == once, "run again, it changes nothing"


def test_only_the_owner_can_read_it_also_when_others_could_before(place: Path) -> None:
    place.touch(0o644)
    make_secrets.main()
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert list(place.parent.iterdir()) == [place]


def test_it_says_what_is_left_to_do_and_no_secret(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_secrets.main()
    said = capsys.readouterr().out
    assert str(place) in said
    assert "LANDING_FOLDER" in said
    assert [value for value in values(place.read_text(encoding="utf-8")).values() if value and value in said] == []
