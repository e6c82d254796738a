"""Where everything lies follows from the home, unless a place is given; what cannot be a place is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from assurance.delivery.transport import Folder, Smtp, transport
from assurance.errors import SettingsError
from assurance.settings import Settings, read_settings

PLACES = ("landing", "kept", "archive", "releases")


@pytest.mark.parametrize("place", PLACES)
def test_a_place_is_a_folder_of_the_home(place: str) -> None:
    assert getattr(Settings(home=Path("somewhere")), place) == Path("somewhere") / place


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("url", ["/elsewhere/it", "file:///elsewhere/it"])
def test_a_place_can_stand_elsewhere(place: str, url: str) -> None:
    assert getattr(Settings(**{f"{place}_url": url}), place) == Path("/elsewhere/it")


@pytest.mark.parametrize("place", PLACES)
def test_an_object_store_is_refused_and_not_taken_for_a_folder(place: str) -> None:
    with pytest.raises(SettingsError, match=f"the place for {place}/ is a s3 URL"):
        getattr(Settings(**{f"{place}_url": "s3://bucket/it"}), place)


def test_the_warehouse_is_a_file_of_the_home_unless_a_url_is_given() -> None:
    assert Settings(home=Path("/h")).warehouse == "duckdb:////h/warehouse.duckdb"
    assert Settings(warehouse_url="postgresql+psycopg://h/d").warehouse == "postgresql+psycopg://h/d"


@pytest.mark.parametrize(("said", "server"), [("", ""), ("folder", ""), ("smtp://mail:1025", "smtp://mail:1025")])
def test_who_wants_no_mail_server_may_say_so(said: str, server: str) -> None:
    assert Settings(smtp_url=said).smtp == server
    assert isinstance(transport(Settings(smtp_url=said)), Smtp if server else Folder)


def test_the_password_of_the_mail_server_is_never_shown() -> None:
    assert "secret" not in repr(Settings(smtp_url="smtp://user:secret@host:25"))


@pytest.mark.parametrize(("variable", "value"), [("ASSURANCE_ARRIVAL", "hearsay"), ("ASSURANCE_CHILD_SECONDS", "soon")])
def test_a_wrong_variable_is_named_and_its_value_is_not(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=f"^{variable}: ") as raised:
        read_settings()
    assert value not in str(raised.value)
