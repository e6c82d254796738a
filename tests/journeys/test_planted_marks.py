"""What leaves an Area: marks are planted wherever somebody writes, and each is found where it may be and nowhere else.

Two Areas send returns whose every free text and case column has a mark, then corrected ones with reasons and answers. The
register's own texts, reasons of waivers and actions, have marks too. Two releases are built and sent.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from assurance.intake.checking import Examined
from assurance.model import NATION, SHAREABLE, Outcome
from assurance.settings import Settings
from assurance.steps import Steps
from tests.journeys.searching import Mark, everything, seen
from tests.rules.builders import EXPECTATIONS, Return, put
from tests.rules.cases import BCM_PERIOD, bcm_return, good_cases
from tests.rules.workbooks import as_workbook

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("planted marks")]

AREAS = ("WSX", "EMD")
URNS = {"WSX": "44ZQ773", "EMD": "33ZQ773"}
FIRST, SECOND = datetime(2026, 11, 3, 10), datetime(2026, 11, 17, 10)
OF_CASES = ("COMMENT", "CELL", "REASON", "DECLARED", "ANSWER", "SHEET")
"""What is written in and beside returns: it stays in them."""
OF_REGISTER = ("ACTION", "OWNER", "OUTCOME", "LATER", "WAIVED")
"""What is written in the register about one Area: that Area and the nation may read it, and nobody else."""


def text(kind: str, area: str) -> str:
    return f"ZEBRA-{kind}-{area}"


class Receiving(Steps):
    """Great Expectations, which takes long and changes no number, does not judge a second time."""

    def _pass_gate(self, examined: Examined) -> None:
        pass


def marks() -> list[Mark]:
    found = [Mark(kind, text(kind, area), frozenset({area})) for kind in (*OF_CASES, *OF_REGISTER) for area in AREAS]
    return found + [Mark("URN", URNS[area], frozenset({area})) for area in AREAS]


def marked(area: str, version: int) -> Return:
    """Cases with a mark in each URN and comment, a row with one in every other column, and a URN that is asked about."""
    cases = good_cases(area)
    for number, one in enumerate(cases):
        one |= {"urn": f"{URNS[area]}{number + 1:04d}", "comment": text("COMMENT", area)}
    sent = bcm_return(*cases, area=area, version=version)
    for column in sent.header:
        if column not in ("return_id", "area_code", "period"):
            sent = sent.with_cell(4, column, text("CELL", area))
    return sent.with_cell(8, "urn", "99ZQ7730007")


def with_answers(area: str) -> Callable[[Any], None]:
    def edit(book: Any) -> None:
        book.active.title = text("SHEET", area)
        book.create_sheet("declaration").append(["reason", text("DECLARED", area)])
        answers = book.create_sheet("answers")
        answers.append(["rule", "column", "question", "answer"])
        answers.append(["BCM-204", "urn", "", text("ANSWER", area)])

    return edit


def register(folder: Path) -> None:
    """Every Area has an action that is open and moved, one that was done, and a waiver."""
    actions, waivers = [], []
    for number, area in enumerate(AREAS):
        told = {"owner": text("OWNER", area), "area": area, "raised": "2026-10-15", "due": "2026-10-30"}
        later = [{"agreed": "2026-10-20", "due": "2026-12-01", "reason": text("LATER", area)}]
        actions.append({"id": f"A-00{2 * number + 1}", "title": text("ACTION", area), **told, "later": later})
        ended = {"done": "2026-11-02", "outcome": text("OUTCOME", area)}
        actions.append({"id": f"A-00{2 * number + 2}", "title": text("ACTION", area), **told, **ended})
        until = {"valid_from": "2026-01-01", "expires": "2027-01-01", "approver": "Head of Assurance"}
        waivers.append({"rule": "BCM-204", "area": area, "reason": text("WAIVED", area), **until})
    (folder / "bcm" / "actions.yaml").write_text(yaml.safe_dump({"version": 1, "actions": actions}), encoding="utf-8")
    (folder / "bcm" / "waivers.yaml").write_text(yaml.safe_dump({"version": 1, "waivers": waivers}), encoding="utf-8")


@dataclass(frozen=True)
class Published:
    home: Path
    found: frozenset[tuple[str, Mark]]
    """Every place under the home at which a mark lies."""

    def places(self, kind: str, area: str) -> set[str]:
        return {place for place, mark in self.found if mark.kind == kind and area in mark.areas}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    home = tmp_path_factory.mktemp("home")
    folder = Path(shutil.copytree(EXPECTATIONS, tmp_path_factory.mktemp("of") / "expectations"))
    register(folder)
    settings = Settings(home=home, expectations=folder, arrival="file", sign_off="the tests")
    for version, at in ((1, FIRST), (2, SECOND)):
        steps = Receiving(settings, clock=lambda at=at: at)  # type: ignore[misc]
        steps.migrate()
        for area in AREAS:
            sent = marked(area, version)
            if version == 2:
                sent = as_workbook(sent, with_answers(area))
            path = sent.landed(steps.settings.landing, "bcm", at)
            reason = json.dumps({"reason": text("REASON", area)}).encode()
            put(path.with_name(f"{path.name}.json"), reason, at)
        assert {one.submission.outcome for one in steps.receive("bcm")} <= {
            Outcome.ACCEPTED,
            Outcome.ACCEPTED_WITH_QUERIES,
        }
        release_id = steps.build("bcm", BCM_PERIOD)
        steps.sign_off(release_id)
        assert steps.send(release_id).unsent == ()
        assert release_id == f"bcm/{BCM_PERIOD}/{version}"
    return Published(home, frozenset(seen(everything(home), marks())))


def released(place: str) -> str | None:
    """The edition that a place of a release or of its mail belongs to; None where it is neither."""
    top, _, rest = place.partition("!")[0].partition("/")
    if top == "mail":
        return rest.split("-")[1] if rest.startswith("release-") else None
    if top != "releases":
        return None
    name = Path(rest).name
    return SHAREABLE if name.startswith("shareable") else Path(name).stem if "/" in rest else rest


def test_what_is_written_of_cases_is_in_nothing_that_is_released(published: Published) -> None:
    leaked = {
        (place, str(mark)) for place, mark in published.found if mark.kind in (*OF_CASES, "URN") and released(place)
    }
    assert leaked == set()
    for kind in (*OF_CASES, "URN"):
        for area in AREAS:
            assert any(place.startswith("landing/") for place in published.places(kind, area)), f"{kind} of {area}"


def test_nothing_planted_is_in_any_byte_that_is_shared(published: Published) -> None:
    assert [(place, str(mark)) for place, mark in published.found if released(place) == SHAREABLE] == []
    looked_at = {place for place, _ in everything(published.home) if released(place) == SHAREABLE}
    shared = ("shareable.html", "shareable.csv", "letters/shareable.json", "letters/shareable.json!report.html")
    for number in (1, 2):
        assert looked_at >= {f"releases/bcm/{BCM_PERIOD}/{number}/{name}" for name in shared}
    mails = [place for place in looked_at if place.startswith("mail/release-shareable-")]
    assert len([place for place in mails if place.endswith("!report.html")]) == 2


def test_an_area_reads_what_the_register_says_of_it_and_of_no_other(published: Published) -> None:
    found = {(released(place), mark) for place, mark in published.found if mark.kind in OF_REGISTER and released(place)}
    assert {str(mark) for edition, mark in found if edition not in ("national", NATION, *mark.areas)} == set()
    for area in AREAS:
        for kind in ("ACTION", "OWNER", "OUTCOME", "LATER"):
            places = published.places(kind, area)
            page, letter = f"releases/bcm/{BCM_PERIOD}/2/areas/{area}.html", f"letters/{area}.json!report.html"
            assert page in places
            assert any(place.endswith(letter) for place in places)
            assert any(place.endswith("2/national.html") for place in places)


def test_the_reason_of_a_waiver_is_told_to_its_area_alone(published: Published) -> None:
    for area in AREAS:
        told = [place for place in published.places("WAIVED", area) if place.startswith("mail/receipt-")]
        assert told
        assert {place.split("-")[1] for place in told} == {area}
