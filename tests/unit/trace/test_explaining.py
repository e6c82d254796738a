"""Each published number can be traced to formula, tallies, submissions, rows and rules, and counted anew."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from assurance.cli import app
from assurance.errors import ReleaseError
from assurance.intake.landing import place_of
from assurance.reporting.figure_id import MEASURES, FigureId
from assurance.reporting.measured import measure
from assurance.steps import Steps
from assurance.trace.explain import explained
from assurance.warehouse import trail
from assurance.warehouse.engine import Connection
from tests.tampering import changed

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("trace")]
RELEASE = "bcm/2026-10/2"
RATE = f"{RELEASE}/3m/WSX/C06/rate"


def figures(world: Steps, release_id: str = RELEASE) -> list[dict[str, str]]:
    with (world.settings.releases / release_id / "figures.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_number_is_told_with_all_that_it_rests_on(world: Steps) -> None:
    told = world.explain(RATE, rows=True, recount=True)
    (line,) = (f for f in figures(world) if (f["window"], f["area"], f["standard"]) == ("3m", "WSX", "C06"))
    assert told.value == told.counted_again == line["rate"]
    assert told.numbers == f"{line['met']} ÷ {line['assessed']}"
    assert sum(each.line.counts.met for each in told.tally) == int(line["met"])
    assert {each.area for each in told.tally} == {"WSX"}
    assert [(s.submission.file_name, s.catalogue) for s in told.sources] == [
        (name, world.collection("bcm").version) for name in ("R-WSX-202609-v01.csv", "R-WSX-202610-v02.csv")
    ]
    assert (told.recounted, told.faults, told.agrees) == (2, (), True)
    of_october = told.sources[1].rows
    assert of_october is not None
    (counts,) = of_october.values()
    in_october = sum(each.line.counts.met for each in told.tally if str(each.period) == "2026-10")
    assert len(counts["met"]) == in_october
    assert all(row >= 2 for rows in counts.values() for row in rows)


@pytest.mark.parametrize("measure", ["p_adjusted", "position", "p_exact"])
def test_what_is_said_of_an_area_beside_others_rests_on_the_returns_of_all(world: Steps, measure: str) -> None:
    told = world.explain(f"{RELEASE}/3m/WSX/C02/{measure}", recount=True)
    assert {each.area for each in told.tally} == {source.submission.area for source in told.sources} == {"WMD", "WSX"}
    assert (told.recounted, told.agrees, bool(told.value)) == (len(told.sources), True, True)
    other = next(source.submission for source in told.sources if source.submission.area == "WMD")
    path = place_of(other.sha256, world.settings.kept)
    with changed(path, path.read_bytes().replace(b",FM,", b",NM,", 1)):
        assert not world.explain(f"{RELEASE}/3m/WSX/C02/{measure}", recount=True).agrees


def test_the_first_release_is_explained_as_it_was_before_the_correction(world: Steps) -> None:
    told = world.explain("bcm/2026-10/1/1m/WSX/C02/not_met")
    assert [source.submission.version for source in told.sources] == [1]
    assert told.agrees
    targeted = [each for each in told.tally if each.line.sample_reason == "targeted"]
    assert targeted == [], "cases chosen for a reason stand in no figure"


@pytest.mark.parametrize("measure", MEASURES)
def test_each_measure_of_the_nation_is_what_was_published(world: Steps, measure: str) -> None:
    told = world.explain(f"{RELEASE}/1m/ALL/ALL/{measure}")
    assert (told.agrees, bool(told.numbers)) == (True, True)


def test_every_number_of_both_releases_is_what_a_recount_gives(world: Steps) -> None:
    for release_id in ("bcm/2026-10/1", RELEASE):
        with world.warehouse.reading() as connection:
            measured = measure(world._facts_of(connection, world._named_release(connection, release_id)))
        for line in figures(world, release_id):
            name = f"{release_id}/{line['window']}/{line['area']}/{line['standard']}"
            for wanted in MEASURES:
                told = explained(FigureId.parse(f"{name}/{wanted}"), line, measured)
                assert told.agrees, told.id
                if wanted in ("met", "not_met"):
                    assert sum(getattr(each.line.counts, wanted) for each in told.tally) == int(told.value or 0), (
                        told.id
                    )
    told = world.explain(f"{RELEASE}/3m/ALL/ALL/met", recount=True)
    assert (told.recounted, told.faults) == (4, ())


def test_a_release_that_was_changed_explains_nothing(world: Steps) -> None:
    path = world.settings.releases / RELEASE / "figures.csv"
    with changed(path, path.read_bytes() + b"\n"), pytest.raises(ReleaseError, match="was changed after it was built"):
        world.explain(RATE)


def test_kept_bytes_that_count_otherwise_are_named_by_a_recount(world: Steps) -> None:
    told = world.explain(RATE)
    path = place_of(told.sources[0].submission.sha256, world.settings.kept)
    with changed(path, path.read_bytes().replace(b",Y,", b",N,", 1)):
        again = world.explain(RATE, recount=True)
    assert not again.agrees
    assert "its cells are not those that were received" in str(again.faults[0])
    with changed(path, None):
        (fault,) = world.explain(RATE, recount=True).faults
    assert "are missing" in str(fault)


# Building a release again


@pytest.mark.parametrize("number", [1, 2])
def test_a_release_can_be_built_again_byte_for_byte(world: Steps, number: int) -> None:
    found = world.verify_release(f"bcm/2026-10/{number}")
    assert (found.faults, found.notes) == ((), ())
    assert found.looked_at["submissions counted anew"] == 5
    assert found.looked_at["files compared"] == len(
        list((world.settings.releases / f"bcm/2026-10/{number}").rglob("*.*"))
    )


def test_a_page_that_is_not_what_was_built_is_named(world: Steps) -> None:
    path = world.settings.releases / RELEASE / "areas" / "WSX.html"
    with changed(path, path.read_bytes().replace(b"Wessex", b"Sussex")):
        places = [fault.place for fault in world.verify_release(RELEASE).faults]
    assert places == [f"releases/{RELEASE}/areas/WSX.html", f"release {RELEASE}"]


def test_by_another_version_of_the_package_the_figures_are_compared(
    world: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assurance.steps.tracing.PACKAGE_VERSION", "9.9.9")
    found = world.verify_release(RELEASE)
    assert found.faults == ()
    assert "the same bytes cannot be expected" in found.notes[0]
    path = world.settings.releases / RELEASE / "figures.csv"
    (line,) = (f for f in figures(world) if (f["window"], f["area"], f["standard"]) == ("1m", "WSX", "C06"))
    before = ",".join(line.values())
    after = ",".join({**line, "met": "999"}.values())
    with changed(path, path.read_bytes().replace(before.encode(), after.encode())):
        told = [str(fault) for fault in world.verify_release(RELEASE).faults]
    assert told[0] == f"figure {RELEASE}/1m/WSX/C06/met: published as 999, and is {line['met']}"


# The commands


@pytest.fixture
def run(world: Steps, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, str]]:
    monkeypatch.setattr("assurance.cli.asking.steps", lambda: world)

    def invoked(*words: str) -> tuple[int, str, str]:
        done = CliRunner().invoke(app, words)
        return done.exit_code, done.stdout, done.stderr

    return invoked


def test_the_command_prints_where_a_number_comes_from(run: Callable[..., tuple[int, str, str]]) -> None:
    code, out, err = run("explain", RATE)
    assert (code, err) == (0, "")
    assert out.startswith(f"{RATE}: ")
    assert "R-WSX-202610-v02.csv" in out
    assert "rows of" not in out
    assert "this is the number that was published" in out


def test_rows_are_named_on_demand_with_a_warning_and_never_a_case(run: Callable[..., tuple[int, str, str]]) -> None:
    code, out, err = run("explain", RATE, "--rows")
    assert code == 0
    assert "for those who may see them" in err
    assert re.search(r"rows of R-WSX-202610-v02.csv, C06, met: [0-9, -]+\n", out)
    assert "44AB" not in out


def test_as_json_it_holds_the_same(run: Callable[..., tuple[int, str, str]]) -> None:
    code, out, _ = run("explain", RATE, "--json")
    told = json.loads(out)
    assert (code, told["id"], told["agrees"]) == (0, RATE, True)
    assert told["value"] == told["counted_again"]
    assert {len(one["sha256"]) for one in told["submissions"]} == {64}


def test_verify_names_what_differs_and_exits_with_one(world: Steps, run: Callable[..., tuple[int, str, str]]) -> None:
    assert run("verify")[0] == 0
    path = world.settings.releases / RELEASE / "national.html"
    with changed(path, b"another"):
        code, out, _ = run("verify")
    assert code == 1
    assert f"FAULT releases/{RELEASE}/national.html: was changed" in out


def test_a_recount_that_differs_exits_with_one(world: Steps, run: Callable[..., tuple[int, str, str]]) -> None:
    told = world.explain(RATE)
    with changed(place_of(told.sources[0].submission.sha256, world.settings.kept), None):
        code, out, _ = run("explain", RATE, "--recount")
    assert code == 1
    assert "FAULT submission" in out


# What retention deleted


def test_what_retention_deleted_is_taken_from_the_tally_and_said(world: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    told = world.explain(RATE)
    submission = told.sources[0].submission
    known = Steps._recounting

    def after_retention(steps: Steps, connection: object) -> object:
        return replace(known(steps, connection), deleted=frozenset({submission.submission_id}))  # type: ignore[arg-type]

    monkeypatch.setattr(Steps, "_recounting", after_retention)
    with changed(place_of(submission.sha256, world.settings.kept), None):
        found = world.verify_release(RELEASE)
    assert found.faults == ()
    assert "deleted by retention" in found.notes[0]


def test_a_release_is_built_again_where_second_readings_are_collected_no_more(
    world: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = {code: one for code, one in world.catalogue.collections.items() if one.read is None}
    assert len(left) < len(world.catalogue.collections)
    monkeypatch.setitem(vars(world), "catalogue", replace(world.catalogue, collections=left))
    assert world.verify_release(RELEASE).faults == ()


def test_second_readings_are_held_anew_against_what_they_read(world: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    found = world.verify_release(RELEASE)
    assert found.faults == ()
    assert found.looked_at["second readings held anew against what they read"] == 1

    known = trail.pairs

    def one_more(connection: Connection) -> object:
        pairs = known(connection)
        for pair in pairs.values():
            pair["second_reading"][0]["checks"] += 1
        return pairs

    monkeypatch.setattr(trail, "pairs", one_more)
    (fault,) = world.verify_release(RELEASE).faults
    assert fault.place.startswith("table second_reading, reading ")
    assert "is not what the kept bytes give" in fault.what
