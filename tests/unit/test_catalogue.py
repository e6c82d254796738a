"""A bad expectations folder is refused with file, place and cure; an Area ends and others follow by editing data."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from assurance.catalogue import load_catalogue
from assurance.errors import CatalogueError
from assurance.model import Period
from tests.rules.builders import EXPECTATIONS, examined, places, valid_return

BEFORE, AFTER = Period(2016, 12), Period(2017, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXPECTATIONS, tmp_path / "expectations"))


def replaced(old: str, new: str) -> Callable[[str], str]:
    def edit(text: str) -> str:
        assert old in text, f"the file does not have {old!r} any more"
        return text.replace(old, new, 1)

    return edit


def added(lines: str) -> Callable[[str], str]:
    return lambda text: text + lines


@dataclass(frozen=True)
class Bad:
    """One edit that spoils a good folder, and what the refusal must name."""

    title: str
    file: str
    edit: Callable[[str], str]
    place: str
    cure: str


BAD = [
    Bad(
        "an unquoted time",
        "outcomes/collection.yaml",
        replaced('"17:00"', "17:00"),
        "calendar.due.at",
        "put it in quotes",
    ),
    Bad(
        "an unquoted month",
        "outcomes/collection.yaml",
        replaced('"2015-11"', "2015-11-01"),
        "not_collected.0",
        "put it in quotes",
    ),
    Bad(
        "an unquoted number",
        "outcomes/standards.yaml",
        replaced('"0.02"', "0.02"),
        "standards.0.margin",
        "put it in quotes",
    ),
    Bad("an unquoted code", "outcomes/standards.yaml", replaced('"O01"', "07"), "standards.0.code", "put it in quotes"),
    Bad(
        "a month that is none",
        "outcomes/collection.yaml",
        replaced('"2015-11"', '"2015-13"'),
        "not_collected.0",
        "YYYY-MM",
    ),
    Bad(
        "a time that is none",
        "outcomes/collection.yaml",
        replaced('"17:00"', '"25:00"'),
        "calendar.due",
        "write HH:MM",
    ),
    Bad(
        "a target that is no number",
        "outcomes/standards.yaml",
        replaced("target: null", 'target: "high"'),
        "standards.0.target",
        "write it like 0.95",
    ),
    Bad("an unknown key", "outcomes/standards.yaml", replaced("owner:", "ownr:"), "standards.0", "add it"),
    Bad(
        "a key too many",
        "outcomes/collection.yaml",
        added("\ncolour: red\n"),
        "colour",
        "take it out or mend its spelling",
    ),
    Bad("a missing key", "outcomes/collection.yaml", replaced("marking: OFFICIAL\n", ""), "marking", "add it"),
    Bad(
        "an unknown severity",
        "outcomes/rules.yaml",
        replaced("severity: file", "severity: fatal"),
        "guards.0.severity",
        "'file', 'row', 'query' or 'note'",
    ),
    Bad(
        "an unknown column type",
        "outcomes/collection.yaml",
        replaced("type: unit", "type: force"),
        "columns.2.type",
        "'unit'",
    ),
    Bad("no YAML", "outcomes/rules.yaml", added("\n  - [\n"), "line", "not YAML"),
    Bad("an empty file", "outcomes/standards.yaml", lambda _: "", "the top", "dictionary"),
    Bad(
        "a standard twice",
        "outcomes/standards.yaml",
        replaced('"O02"', '"O01"'),
        "standard 'O01'",
        "each may stand once",
    ),
    Bad(
        "a column twice",
        "outcomes/collection.yaml",
        replaced("name: period", "name: force"),
        "column 'force'",
        "each may stand once",
    ),
    Bad("an Area twice", "areas.csv", replaced("EMD,", "CYW,"), "Area 'CYW'", "each may stand once"),
    Bad(
        "another code than the folder",
        "outcomes/collection.yaml",
        replaced("code: outcomes", "code: results"),
        "'results'",
        "make it the folder's name 'outcomes'",
    ),
    Bad(
        "a recipient of no Area",
        "recipients.yaml",
        replaced("areas: [EMD]", "areas: [EMX]"),
        "assurance.emd@example.org",
        "'EMX'",
    ),
    Bad(
        "a line too short",
        "areas.csv",
        replaced("EMD,East Midlands,,2011-04-01,,", "EMD,East Midlands"),
        "line 3",
        "give it 6",
    ),
    Bad("a line too long", "forces.csv", replaced("03,Cumbria,", "03,Cumbria,,,"), "line 5", "give it 6"),
    Bad("a quote left open", "areas.csv", added('XXX,"Nowhere,,2011-04-01,,\n'), "line 17", "a quote is not closed"),
    Bad(
        "a day that is none",
        "areas.csv",
        replaced("EMD,East Midlands,,2011-04-01", "EMD,East Midlands,,01/04/2011"),
        "line 3",
        "write YYYY-MM-DD",
    ),
    Bad("another header", "areas.csv", replaced("aliases", "other names"), "line 1", "aliases"),
    Bad(
        "two severities",
        "outcomes/rules.yaml",
        replaced("rule: OUT-102\n      severity: file", "rule: OUT-103\n      severity: row"),
        "rule OUT-103",
        "give it one",
    ),
    Bad("a stray brace", "outcomes/rules.yaml", replaced("({detail})", "({value})"), "rule RET-001", "only {detail}"),
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.title)
def test_a_bad_file_is_refused_with_its_name_the_place_and_the_cure(folder: Path, bad: Bad) -> None:
    path = folder / bad.file
    path.write_text(bad.edit(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(CatalogueError) as refused:
        load_catalogue(folder)
    message = str(refused.value)
    assert str(path) in message
    assert bad.place in message
    assert bad.cure in message


@pytest.mark.parametrize(
    "name",
    ["forces.csv", "recipients.yaml", "outcomes/standards.yaml", "outcomes/rules.yaml"],
)
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(CatalogueError, match=r"this file is missing; every .* needs it") as refused:
        load_catalogue(folder)
    assert str(folder / name) in str(refused.value)


@pytest.mark.parametrize("name", ["areas.csv", "outcomes/standards.yaml"])
def test_a_file_that_is_not_utf8_is_named(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"\xe9\n")
    with pytest.raises(CatalogueError, match="not UTF-8; save it so") as refused:
        load_catalogue(folder)
    assert str(folder / name) in str(refused.value)


def test_a_folder_that_is_none_says_which_setting_to_mend(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="ASSURANCE_EXPECTATIONS") as refused:
        load_catalogue(tmp_path)
    assert str(tmp_path) in str(refused.value)


def test_an_unknown_collection_or_area_is_refused_with_those_there_are() -> None:
    catalogue = load_catalogue(EXPECTATIONS)
    with pytest.raises(CatalogueError, match=r"'bcmm'.*outcomes"):
        catalogue.collection("bcmm")
    with pytest.raises(CatalogueError, match=r"'XXX'.*CYW, EMD"):
        catalogue.collection("outcomes").area("XXX")


def test_thirteen_areas_owe_a_return_and_none_for_a_month_that_is_not_collected() -> None:
    of = load_catalogue(EXPECTATIONS).collection("outcomes")
    assert len(of.areas_owing(BEFORE)) == 13
    assert of.areas_owing(Period(2016, 3)) == ()


def test_london_ends_and_two_follow_by_editing_areas_and_forces(folder: Path) -> None:
    london = "LON,London,Metropolitan and City,2011-04-01,"
    areas = folder / "areas.csv"
    text = replaced(london, f"{london}2017-01-01")(areas.read_text(encoding="utf-8"))
    areas.write_text(text.replace("9999-12-31", "2017-01-01"), encoding="utf-8")
    forces = folder / "forces.csv"
    forces.write_text(forces.read_text(encoding="utf-8").replace("9999-12-31", "2017-01-01"), encoding="utf-8")

    of = load_catalogue(folder).collection("outcomes")

    before, after = ({area.code for area in of.areas_owing(period)} for period in (BEFORE, AFTER))
    assert (len(before), len(after)) == (13, 14)
    assert before - after == {"LON"}
    assert after - before == {"LNN", "LNS"}
    assert {of.area(code).succeeds for code in ("LNN", "LNS")} == {"LON"}
    assert [unit.name for unit in of.units_of("LNN", AFTER)] == ["Metropolitan and City"]
    assert of.units_of("LNN", BEFORE) == ()


def test_a_successor_may_return_from_its_first_month_on(folder: Path) -> None:
    for name in ("areas.csv", "forces.csv"):
        path = folder / name
        path.write_text(path.read_text(encoding="utf-8").replace("9999-12-31", "2016-10-01"), encoding="utf-8")
    of = load_catalogue(folder).collection("outcomes")
    assert places(examined(valid_return("LNN", of=of), of=of)) == []


def test_forces_that_share_an_alias_report_together_and_others_by_their_own_names() -> None:
    of = load_catalogue(EXPECTATIONS).collection("outcomes")
    assert [unit.name for unit in of.units_of("LON", BEFORE)] == ["Metropolitan and City"]
    hampshire = of.units_of("WSX", BEFORE)[0]
    assert (hampshire.name, hampshire.aliases) == ("Hampshire & IOW", ("Hampshire",))


def test_the_fingerprint_of_a_collection_changes_with_any_of_its_files(folder: Path) -> None:
    versions = {load_catalogue(folder).collection("outcomes").version}
    for name in ("collection.yaml", "standards.yaml", "rules.yaml"):
        path = folder / "outcomes" / name
        path.write_text(path.read_text(encoding="utf-8") + "\n# another\n", encoding="utf-8")
        versions.add(load_catalogue(folder).collection("outcomes").version)
    assert len(versions) == 4


def test_receipts_go_to_the_area_and_releases_to_the_nation_as_well() -> None:
    catalogue = load_catalogue(EXPECTATIONS)
    assert [r.address for r in catalogue.recipients_of("receipt", "WSX")] == ["assurance.wsx@example.org"]
    assert [r.address for r in catalogue.recipients_of("release", "ALL")] == ["director@example.org"]
    assert catalogue.recipients_of("receipt", "XXX") == ()
