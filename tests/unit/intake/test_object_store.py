"""A landing place in an object store: the same returns, by the store's own protocol."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path, PurePosixPath

import pytest

from assurance.errors import LandingError, SettingsError
from assurance.files import Unfinished
from assurance.intake.landing import files, keep, landing_place, reason_given, referred
from assurance.intake.object_store import ObjectStore
from assurance.settings import Settings
from assurance.steps import Steps
from tests.object_store import SECRET, Store
from tests.rules.builders import file_name, valid_return

NAME = file_name()
PLACE = f"outcomes/WSX/{NAME}"


def test_an_object_has_arrived_as_soon_as_it_is_listed(store: Store) -> None:
    for version in (2, 1):
        sent = valid_return(version=version)
        store.put(f"outcomes/WSX/{sent.name}", sent.content)
    found = list(files(ObjectStore(store.url()), "outcomes"))
    assert [one.reference for one in found] == [PLACE, PLACE.replace("v01", "v02")]
    assert (found[0].collection, found[0].area, found[0].size_bytes) == ("outcomes", "WSX", len(valid_return().content))


@pytest.mark.slow
def test_more_objects_than_one_answer_holds_are_all_found(store: Store) -> None:
    for number in range(1_001):
        store.put(f"outcomes/WSX/{number:04d}.csv", b"x")
    assert len(list(files(ObjectStore(store.url()), "outcomes"))) == 1_001


def test_what_is_no_return_in_an_areas_folder_is_left_out(store: Store) -> None:
    for path in (
        f"outcomes/{NAME}",
        f"outcomes/WSX/older/{NAME}",
        f"outcomes/WSX/{NAME}.json",
        f"outcomes/WSX/.{NAME}",
        f"outcomes/WSX/{NAME}.part",
        "outcomes/EMD/",
        f"bcm/WSX/{NAME}",
    ):
        store.put(path, b"")
    assert list(files(ObjectStore(store.url()), "outcomes")) == []


@pytest.mark.parametrize("name", ["a b.csv", "née.csv", "50%.csv", "a?b#c.csv"])
def test_a_strange_name_is_found_again_by_its_reference(store: Store, name: str) -> None:
    store.put(f"outcomes/WSX/{name}", b"x")
    (one,) = files(ObjectStore(store.url()), "outcomes")
    assert one.file_name == name
    assert referred(ObjectStore(store.url()), one.reference) == one


def test_bytes_are_kept_unchanged_under_their_hash(store: Store, tmp_path: Path) -> None:
    store.put(PLACE, valid_return().content)
    (one,) = files(ObjectStore(store.url()), "outcomes")
    sha256, kept = keep(ObjectStore(store.url()), one, tmp_path)
    assert sha256 == hashlib.sha256(valid_return().content).hexdigest()
    assert kept.read_bytes() == valid_return().content


def test_an_object_that_is_replaced_while_it_is_read_is_left_for_the_next_time(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put(PLACE, valid_return().content)
    (one,) = files(ObjectStore(store.url()), "outcomes")
    monkeypatch.setattr(Unfinished, "write", lambda copy, data: store.put(PLACE, b"another"))
    with pytest.raises(LandingError, match=f"{PLACE}: changed while it was read"):
        keep(ObjectStore(store.url()), one, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_object_that_is_gone_is_named(store: Store, tmp_path: Path) -> None:
    store.put(PLACE, valid_return().content)
    (one,) = files(ObjectStore(store.url()), "outcomes")
    store.client.delete_object(Bucket="returns", Key=f"inbox/{PLACE}")
    with pytest.raises(LandingError, match=f"{PLACE}: .*taken out"):
        keep(ObjectStore(store.url()), one, tmp_path)
    with pytest.raises(LandingError, match=f"{PLACE}: .*taken out"):
        referred(ObjectStore(store.url()), one.reference)


def test_a_reason_lies_beside_the_object(store: Store) -> None:
    store.put(PLACE, b"x")
    assert not reason_given(ObjectStore(store.url()), PurePosixPath(PLACE))
    store.put(f"{PLACE}.json", b'{"reason": "Two rows had changed places."}')
    assert reason_given(ObjectStore(store.url()), PurePosixPath(PLACE))


def test_an_empty_prefix_is_an_empty_landing_place(store: Store) -> None:
    assert list(files(ObjectStore(store.url()), "outcomes")) == []


def test_a_bucket_can_be_the_landing_place_without_a_prefix(store: Store) -> None:
    store.client.put_object(Bucket="returns", Key=PLACE, Body=b"x")
    assert [one.reference for one in files(ObjectStore(store.url("returns")), "outcomes")] == [PLACE]


# What is wrong with a store is told, with its cure, and without its keys


def test_a_bucket_that_is_not_there_is_named(store: Store) -> None:
    with pytest.raises(LandingError, match=r"^s3://nowhere/inbox: there is no bucket 'nowhere'; make it"):
        list(files(ObjectStore(store.url("nowhere/inbox")), "outcomes"))


@pytest.mark.slow
def test_a_store_that_cannot_be_reached_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "area")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    place = ObjectStore("s3://returns/inbox?endpoint_override=127.0.0.1:1&scheme=http&region=eu-west-2")
    with pytest.raises(LandingError, match=r"^s3://returns/inbox: .*NETWORK_CONNECTION.*can be reached") as raised:
        list(files(place, "outcomes"))
    assert SECRET not in str(raised.value)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize("url", ["http://host/inbox", "ftp://host/inbox", "s3:///inbox", "s3://"])
def test_what_is_no_store_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="is no place that can be read"):
        landing_place(url)


def test_credentials_in_the_url_are_refused_and_not_repeated() -> None:
    with pytest.raises(SettingsError, match="holds credentials") as raised:
        landing_place(f"s3://area:{SECRET}@returns/inbox?region=eu-west-2")
    assert SECRET not in str(raised.value)


# The whole way


def test_a_file_put_by_an_s3_client_is_received_and_answered_and_stays_as_it_was(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSURANCE_HOME", str(tmp_path))
    monkeypatch.setenv("ASSURANCE_LANDING_URL", store.url())
    steps = Steps(Settings())
    steps.migrate()
    store.put(PLACE, valid_return().content)
    before = store.contents()
    (loaded,) = steps.receive("outcomes")
    assert (loaded.submission.area, loaded.submission.outcome.value) == ("WSX", "accepted")
    assert [path.name for path in steps.settings.mail.glob("*.eml")]
    assert steps.arrivals("outcomes") == [], "it is received once"
    assert store.contents() == before
    written = [path for path in tmp_path.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert written == []
    assert not (tmp_path / "landing").exists()
    assert SECRET in os.environ["AWS_SECRET_ACCESS_KEY"]
