"""What counts as arrived, what a name says, and how received bytes are kept."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from assurance.errors import LandingError, UnfinishedError
from assurance.files import Unfinished
from assurance.intake import landing
from assurance.intake.landing import Folder, files, keep, moment, parse_name, reason_given, referred
from assurance.model import Arrived, Period
from tests.rules.builders import RECEIVED, file_name, put, valid_return

NAME = file_name()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landing.time, "sleep", lambda seconds: None)


def arrived(folder: Path, code: str = "outcomes") -> list[str]:
    return [one.reference for one in files(Folder(folder), code)]


# Names


@pytest.mark.parametrize(
    ("name", "area", "period", "version"),
    [
        ("R-WSX-201610-v01.csv", "WSX", Period(2016, 10), 1),
        ("R-LON-202612-v12.csv", "LON", Period(2026, 12), 12),
        ("R-CYW-201601-v100.xlsx", "CYW", Period(2016, 1), 100),
    ],
)
def test_a_name_says_area_period_and_version(name: str, area: str, period: Period, version: int) -> None:
    said = parse_name(name)
    assert (said.area, said.period, said.version) == (area, period, version)


@pytest.mark.parametrize(
    "name",
    [
        "R-WSX-201613-v01.csv",
        "R-WSX-201600-v01.csv",
        "R-WSX-000001-v01.csv",
        "R-WSX-999912-v01.csv",
        "R-WSX-201610-v00.csv",
        "R-WSX-201610-v1.csv",
        "R-WSX-201610-v010.csv",
        "R-wsx-201610-v01.csv",
        "R-WSX-201610-v01.CSV",
        "R-WSX-201610-v01.csv\n",
        "R-WSX-201610-v01 (2).csv",
        "R-WSX-\u0662\u0660\u0661\u066610-v01.csv",
        "../R-WSX-201610-v01.csv",
        "october.csv",
        "",
    ],
)
def test_a_name_of_another_pattern_says_nothing(name: str) -> None:
    said = parse_name(name)
    assert (said.area, said.period, said.version) == (None, None, 0)


def test_the_ending_is_told_of_any_name() -> None:
    assert [parse_name(name).ending for name in (NAME, "old.XLS", "none")] == ["csv", "xls", "none"]


# What has arrived


def test_files_come_by_area_and_version_with_size_and_time(tmp_path: Path) -> None:
    for version in (2, 1):
        valid_return(version=version).landed(tmp_path)
    valid_return("EMD").landed(tmp_path)
    assert arrived(tmp_path) == [
        "outcomes/EMD/R-EMD-201610-v01.csv",
        "outcomes/WSX/R-WSX-201610-v01.csv",
        "outcomes/WSX/R-WSX-201610-v02.csv",
    ]
    last = list(files(Folder(tmp_path), "outcomes"))[-1]
    assert (last.collection, last.area, last.modified_at) == ("outcomes", "WSX", RECEIVED)
    assert last.size_bytes == len(valid_return(version=2).content)


def test_hidden_unfinished_and_accompanying_files_are_left_out(tmp_path: Path) -> None:
    area = tmp_path / "outcomes" / "WSX"
    for name in (f".{NAME}", f"~${NAME}", f"{NAME}.part", f"{NAME}.tmp", f"{NAME}.json", f"{NAME.upper()}.JSON"):
        put(area / name, b"x")
    put(area / "older" / NAME, b"x")
    put(tmp_path / "outcomes" / NAME, b"x")
    put(tmp_path / "bcm" / "WSX" / NAME, b"x")
    assert arrived(tmp_path) == []


@pytest.mark.parametrize("name", ["return.json", "return.pdf", "R-WSX-201610-v01", "R-WSX-201610-v01.CSV"])
def test_whatever_else_lies_there_has_arrived_so_that_its_sender_hears_of_it(tmp_path: Path, name: str) -> None:
    put(tmp_path / "outcomes" / "WSX" / name, b"x")
    assert arrived(tmp_path) == [f"outcomes/WSX/{name}"]


def test_a_landing_place_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    assert arrived(tmp_path / "nowhere") == []


def test_a_file_that_grows_between_two_looks_has_not_arrived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = valid_return().landed(tmp_path)
    now = path.stat().st_mtime + 0.5
    monkeypatch.setattr(landing.time, "time", lambda: now)
    monkeypatch.setattr(landing.time, "sleep", lambda seconds: put(path, b"and more", RECEIVED.replace(hour=11)))
    assert arrived(tmp_path) == []


def test_a_file_that_vanishes_between_two_looks_has_not_arrived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = valid_return().landed(tmp_path)
    now = path.stat().st_mtime + 0.5
    monkeypatch.setattr(landing.time, "time", lambda: now)
    monkeypatch.setattr(landing.time, "sleep", lambda seconds: path.unlink())
    assert arrived(tmp_path) == []


def test_a_young_file_that_stays_as_it_is_has_arrived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = valid_return().landed(tmp_path)
    waits: list[float] = []
    now = path.stat().st_mtime + 0.5
    monkeypatch.setattr(landing.time, "time", lambda: now)
    monkeypatch.setattr(landing.time, "sleep", waits.append)
    assert (arrived(tmp_path), waits) == ([f"outcomes/WSX/{NAME}"], [landing.SETTLED_SECONDS])


def test_young_files_are_waited_for_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for area in ("CYW", "EMD", "WSX"):
        valid_return(area).landed(tmp_path)
    waits: list[float] = []
    now = (RECEIVED - datetime(1970, 1, 1)).total_seconds() + 0.5
    monkeypatch.setattr(landing.time, "time", lambda: now)
    monkeypatch.setattr(landing.time, "sleep", waits.append)
    assert (len(arrived(tmp_path)), waits) == (3, [landing.SETTLED_SECONDS])


@pytest.mark.parametrize(
    ("ahead", "waits"), [(-1, 0), (-0.5, 1), (0, 1), (3_600, 1), (86_399, 1), (86_400, 0), (10_000_000, 0)]
)
def test_a_file_whose_clock_is_ahead_is_looked_at_twice_but_not_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ahead: float, waits: int
) -> None:
    path = valid_return().landed(tmp_path)
    waited: list[float] = []
    now = path.stat().st_mtime - ahead
    monkeypatch.setattr(landing.time, "time", lambda: now)
    monkeypatch.setattr(landing.time, "sleep", waited.append)
    assert (len(arrived(tmp_path)), len(waited)) == (1, waits)


def test_a_file_that_is_renamed_into_place_has_arrived_whole(tmp_path: Path) -> None:
    unfinished = put(tmp_path / "outcomes" / "WSX" / f"{NAME}.part", valid_return().content)
    assert arrived(tmp_path) == []
    unfinished.rename(unfinished.with_name(NAME))
    assert arrived(tmp_path) == [f"outcomes/WSX/{NAME}"]


def test_what_is_no_file_has_not_arrived(tmp_path: Path) -> None:
    folder = tmp_path / "outcomes" / "WSX"
    put(folder / NAME, b"x")
    os.mkfifo(folder / "R-WSX-201609-v01.csv")
    (folder / "R-WSX-201608-v01.csv").mkdir()
    assert arrived(tmp_path) == [f"outcomes/WSX/{NAME}"]


def test_a_file_is_found_again_by_its_place_and_a_missing_one_is_named(tmp_path: Path) -> None:
    valid_return().landed(tmp_path)
    (one,) = files(Folder(tmp_path), "outcomes")
    assert referred(Folder(tmp_path), one.reference) == one
    (tmp_path / one.path).unlink()
    with pytest.raises(UnfinishedError, match=f"outcomes/WSX/{NAME}: .* taken out of the landing place"):
        referred(Folder(tmp_path), one.reference)


def test_a_file_that_may_not_be_read_is_named_with_the_cure_and_is_not_taken_for_unfinished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    valid_return().landed(tmp_path)
    (one,) = files(Folder(tmp_path), "outcomes")

    def denied(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Folder, "opened", denied)  # root, as whom tests may run, may read anything
    with pytest.raises(LandingError, match=f"outcomes/WSX/{NAME}: this program may not read it; give") as refused:
        keep(Folder(tmp_path), one, tmp_path / "kept")
    assert not isinstance(refused.value, UnfinishedError)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("a\nb.csv", "a?b.csv"),
        ("a\u202eb.csv", "a?b.csv"),
        (os.fsdecode(b"a\xffb.csv"), "a?b.csv"),
        ("née.csv", "née.csv"),
    ],
    ids=["line break", "bidi", "no UTF-8", "accent"],
)
def test_a_strange_name_is_told_without_what_cannot_be_shown_and_its_file_is_found_again(
    tmp_path: Path, name: str, told: str
) -> None:
    path = put(tmp_path / "outcomes" / "WSX" / name, b"x")
    (one,) = files(Folder(tmp_path), "outcomes")
    assert one.file_name == told
    assert one.reference.isascii()
    assert tmp_path / referred(Folder(tmp_path), one.reference).path == path


def test_file_times_are_utc_to_the_microsecond() -> None:
    assert moment(1_478_167_200_123_456_789) == datetime(2016, 11, 3, 10, 0, 0, 123456)


# Kept bytes


def one_arrived(folder: Path) -> Arrived:
    valid_return().landed(folder)
    (one,) = files(Folder(folder), "outcomes")
    return one


def test_bytes_are_kept_unchanged_and_read_only_under_their_hash(tmp_path: Path) -> None:
    one = one_arrived(tmp_path / "landing")
    sha256, place = keep(Folder(tmp_path / "landing"), one, tmp_path / "kept")
    assert sha256 == hashlib.sha256(valid_return().content).hexdigest()
    assert place == tmp_path / "kept" / sha256[:2] / sha256
    assert place.read_bytes() == (tmp_path / "landing" / one.path).read_bytes() == valid_return().content
    assert stat.S_IMODE(place.stat().st_mode) == 0o444


def test_keeping_the_same_bytes_again_touches_nothing(tmp_path: Path) -> None:
    one = one_arrived(tmp_path / "landing")
    first = keep(Folder(tmp_path / "landing"), one, tmp_path / "kept")
    before = first[1].stat()
    assert keep(Folder(tmp_path / "landing"), one, tmp_path / "kept") == first
    assert first[1].stat() == before
    assert [path for path in (tmp_path / "kept").rglob("*") if path.is_file()] == [first[1]]


CHANGES = {
    "grows": lambda path: put(path, path.read_bytes() + b"more", RECEIVED),
    "is cut off": lambda path: put(path, b"", RECEIVED),
    "is written again": lambda path: put(path, path.read_bytes(), RECEIVED.replace(hour=11)),
    "is replaced by another": lambda path: put(path.with_name("new"), b"x" * 7, RECEIVED).replace(path),
    "is taken away": lambda path: path.unlink(),
    "becomes a link": lambda path: (path.rename(path.with_name("old")), path.symlink_to("old")),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_changes_while_it_is_read_is_left_for_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    one = one_arrived(tmp_path / "landing")

    def write(copy: Unfinished, data: bytes) -> None:
        CHANGES[change](tmp_path / "landing" / one.path)

    monkeypatch.setattr(Unfinished, "write", write)
    with pytest.raises(UnfinishedError, match=f"{one.reference}: changed while it was read"):
        keep(Folder(tmp_path / "landing"), one, tmp_path / "kept")
    assert list((tmp_path / "kept").iterdir()) == []


@pytest.mark.parametrize(
    "other",
    [{"size_bytes": 1}, {"modified_at": RECEIVED.replace(hour=11)}],
    ids=["of another size", "of another time"],
)
def test_a_file_that_is_no_longer_the_one_that_was_found_is_left_for_the_next_time(
    tmp_path: Path, other: dict[str, Any]
) -> None:
    one = one_arrived(tmp_path / "landing")
    with pytest.raises(LandingError, match="changed"):
        keep(Folder(tmp_path / "landing"), replace(one, **other), tmp_path / "kept")


def test_a_file_larger_than_what_is_held_at_a_time_is_kept_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landing, "CHUNK", 7)
    one = one_arrived(tmp_path / "landing")
    sha256, place = keep(Folder(tmp_path / "landing"), one, tmp_path / "kept")
    assert place.read_bytes() == valid_return().content
    assert sha256 == hashlib.sha256(valid_return().content).hexdigest()


def test_a_file_that_was_taken_away_is_named(tmp_path: Path) -> None:
    one = one_arrived(tmp_path / "landing")
    (tmp_path / "landing" / one.path).unlink()
    with pytest.raises(LandingError, match=f"{one.reference}: taken out"):
        keep(Folder(tmp_path / "landing"), one, tmp_path / "kept")


# Reasons


@pytest.mark.parametrize(
    ("content", "given"),
    [
        (b'{"reason": "Two rows had changed places."}', True),
        (b'{"reason": "  "}', False),
        (b'{"reason": 7}', False),
        (b'{"why": "x"}', False),
        (b'["reason"]', False),
        (b"Two rows had changed places.", False),
        (b"\xff", False),
        (b"", False),
    ],
)
def test_a_reason_is_a_text_under_its_name_in_the_file_beside(tmp_path: Path, content: bytes, given: bool) -> None:
    path = put(tmp_path / NAME, b"x")
    put(tmp_path / f"{NAME}.json", content)
    assert reason_given(Folder(tmp_path), PurePosixPath(path.name)) is given


@pytest.mark.parametrize(
    "content",
    [b"[" * 90_000, b'{"reason": ' * 9_000, b'{"reason": "' + b"x" * landing.REASON_BYTES + b'"}', b"9" * 5_000],
    ids=["nested", "nested reasons", "too long", "a number"],
)
def test_what_is_made_to_choke_a_reader_is_no_reason(tmp_path: Path, content: bytes) -> None:
    path = put(tmp_path / NAME, b"x")
    put(tmp_path / f"{NAME}.json", content)
    assert reason_given(Folder(tmp_path), PurePosixPath(path.name)) is False


def test_only_a_file_of_its_own_gives_a_reason(tmp_path: Path) -> None:
    path = put(tmp_path / NAME, b"x")
    beside = tmp_path / f"{NAME}.json"
    beside.symlink_to(put(tmp_path / "another's", b'{"reason": "x"}'))
    assert reason_given(Folder(tmp_path), PurePosixPath(path.name)) is False
    beside.unlink()
    os.mkfifo(beside)
    assert reason_given(Folder(tmp_path), PurePosixPath(path.name)) is False


def test_no_file_beside_is_no_reason(tmp_path: Path) -> None:
    assert reason_given(Folder(tmp_path), PurePosixPath(NAME)) is False


def test_a_link_is_not_followed_for_it_may_lead_to_what_is_not_the_areas(tmp_path: Path) -> None:
    folder = tmp_path / "outcomes"
    put(folder / "WSX" / NAME, b"x")
    secret = put(tmp_path / "elsewhere" / NAME, b"another Area's")
    (folder / "EOE").mkdir()
    (folder / "EOE" / NAME).symlink_to(secret)
    (folder / "LON").symlink_to(folder / "WSX", target_is_directory=True)
    assert arrived(tmp_path) == [f"outcomes/WSX/{NAME}"]
