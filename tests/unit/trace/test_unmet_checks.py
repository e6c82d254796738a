"""The pages of unmet checks are made again from the kept bytes, or the archive; what is gone is said and is no fault."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from assurance.errors import ReleaseError
from assurance.intake.landing import place_of
from assurance.model import Submission
from assurance.reporting.release import read_letter
from assurance.steps import Steps
from assurance.steps.building import rows_deleted
from assurance.trace.stored import DELETED
from assurance.warehouse import audit
from tests.rules.cases import BCM_PERIOD
from tests.tampering import changed

pytestmark = pytest.mark.xdist_group("trace in short")
RELEASE = "bcm/2026-10/1"
PAGE = "areas/WSX-checks.html"


@pytest.fixture
def returned(small: Steps) -> Submission:
    return small.asked("R-WSX-202610-v01")[0]


def archived(steps: Steps) -> Path:
    return next(steps.settings.archive.rglob("*.parquet"))


def kept(steps: Steps, of: Submission) -> Path:
    return place_of(of.sha256, steps.settings.kept)


@contextmanager
def gone(*paths: Path) -> Iterator[None]:
    with ExitStack() as stack:
        for path in paths:
            stack.enter_context(changed(path, None))
        yield


def after_retention(steps: Steps, of: Submission, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the audit trail told, since the release was built, that the kept bytes were deleted."""
    known = Steps._recounting
    monkeypatch.setattr(
        Steps,
        "_recounting",
        lambda steps, connection: replace(known(steps, connection), deleted=frozenset({of.submission_id})),
    )


def test_the_page_names_the_row_and_goes_with_the_letter(small: Steps) -> None:
    page = (small.settings.releases / RELEASE / PAGE).read_text(encoding="utf-8")
    assert "were only partly met" in page or "was only partly met" in page
    assert "<b>Partly met, 1</b>: 2<" in page
    letter = read_letter(small.settings.releases, RELEASE, "WSX")
    assert letter.attachments[1].content.decode() == page
    national = read_letter(small.settings.releases, RELEASE, "ALL")
    assert [one.file_name for one in national.attachments] == ["report.html", "bcm-2026-10-national.xlsx"]


def test_a_release_with_its_page_is_built_again(small: Steps) -> None:
    found = small.verify_release(RELEASE)
    assert (found.faults, found.notes) == ((), ())


def test_another_row_on_the_page_is_found(small: Steps) -> None:
    path = small.settings.releases / RELEASE / PAGE
    with changed(path, path.read_bytes().replace(b"</b>: 2<", b"</b>: 3<")):
        places = {fault.place for fault in small.verify_release(RELEASE).faults}
    assert f"releases/{RELEASE}/{PAGE}" in places


def test_it_comes_from_the_kept_bytes_where_the_archive_is_gone(small: Steps) -> None:
    with gone(archived(small)):
        found = small.verify_release(RELEASE)
    assert (found.faults, found.notes) == ((), ())


def test_it_comes_from_the_archive_where_the_kept_bytes_are_gone(
    small: Steps, returned: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    after_retention(small, returned, monkeypatch)
    with gone(kept(small, returned)):
        found = small.verify_release(RELEASE)
    assert found.faults == ()
    assert ["pages of unmet checks" in note for note in found.notes] == [False]


def test_where_both_are_gone_the_page_stands_as_it_is_and_the_answer_says_so(
    small: Steps, returned: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    after_retention(small, returned, monkeypatch)
    with gone(kept(small, returned), archived(small)):
        found = small.verify_release(RELEASE)
        assert found.faults == (), "every other file was compared, the letter that carries the page among them"
        assert "the rows of 1 submissions are gone" in found.notes[-1]
        page = small.settings.releases / RELEASE / PAGE
        with changed(page, b"another"):
            assert small.verify_release(RELEASE).faults, "its bytes are still those that the warehouse knows"


def test_a_month_whose_rows_are_not_in_the_archive_is_not_built_and_the_error_names_them(
    small: Steps, returned: Submission
) -> None:
    with (
        gone(archived(small)),
        small.warehouse.reading() as connection,
        pytest.raises(ReleaseError, match=r"R-WSX-202610-v01\.csv are not in the archive.*restore collection=bcm/"),
    ):
        small.gathered(connection, small.collection("bcm"), BCM_PERIOD)


def test_what_retention_had_deleted_before_is_named_in_no_release_from_then_on(
    small: Steps, returned: Submission
) -> None:
    class TakenBack(Exception):
        """So that the world is as it was for the other tests."""

    with pytest.raises(TakenBack), small.warehouse.transaction() as connection:
        audit.record(connection, DELETED, returned.submission_id, {"files": ["archive"]}, small.clock())
        facts = small.gathered(connection, small.collection("bcm"), BCM_PERIOD)
        assert facts.unmet == {"WSX": None}
        assert not rows_deleted(connection, returned, as_of=audit.head(connection).seq - 1)
        raise TakenBack


def test_the_facts_hold_numbers_of_rows_and_no_cell(small: Steps) -> None:
    with small.warehouse.reading() as connection:
        facts = small.gathered(connection, small.collection("bcm"), BCM_PERIOD)
    (own,) = facts.unmet["WSX"] or ()
    assert json.dumps([own.standard, own.answer, own.rows, own.said_met]) == '["C02", "partly", [2], []]'
