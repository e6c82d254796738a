"""`make samples`: what do the pages and the mail look like? Renders some of a made-up month into reports/samples/.

Two years of made-up returns go through the checks of the intake, and what is found is put together in memory, as the
warehouse would answer: no database, no Great Expectations (a return that it judges otherwise stops the real path). A
test holds the outcome equal to the real path's. No clock, time zone or machine has a part in it, so a test can hold
the files in the repository to what is rendered now.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from assurance.catalogue import Collection, Limits, load_catalogue
from assurance.files import write_whole
from assurance.intake import landing, reader
from assurance.intake.checking import Delivery, examine, totals, with_findings
from assurance.intake.history import history_findings
from assurance.intake.reading import Reading, Row
from assurance.model import (
    NATION,
    Arrived,
    Checked,
    Counts,
    Earlier,
    Period,
    ReturnState,
    ReturnStatus,
    Severity,
    TallyRow,
)
from assurance.reporting.facts import ReleaseFacts
from assurance.reporting.letters import release_letter
from assurance.reporting.pages import render_page
from assurance.reporting.report import measure
from assurance.sample import Event, load_sample_plan, write_sample
from assurance.steps import PACKAGE_VERSION
from assurance.warehouse.releases import inputs_fingerprint

REPOSITORY = Path(__file__).resolve().parents[1]
EXPECTATIONS, REPORTS = REPOSITORY / "expectations", REPOSITORY / "reports"
SAMPLES = REPORTS / "samples"
COLLECTION, LAST, MONTHS, SEED = "outcomes", Period(2026, 10), 24, 1
PICTURE = re.compile(r'<p[^>]*><img src="cid:.*?</p>\n?', re.DOTALL)
"""The picture of a letter: what it shows hangs on the machine's fonts."""

Return = tuple[Period, str]
"""A period and an Area's code."""


def main() -> None:
    """Write the samples anew."""
    for name, html in samples().items():
        write_whole(SAMPLES / name, html.encode())
        print(SAMPLES / name)


def samples() -> dict[str, str]:
    """The pages by their file names."""
    collection = load_catalogue(EXPECTATIONS).collection(COLLECTION)
    plan = load_sample_plan(EXPECTATIONS / COLLECTION / "sample.yaml")
    with TemporaryDirectory() as folder:
        made = write_sample(collection, Path(folder), last=LAST, months=MONTHS, seed=SEED, plan=plan)
        facts = facts_of(collection, arrivals(Path(folder), COLLECTION), LAST)
    measured = measure(facts)
    absent = next(area for area, event in made.story.items() if event is Event.MISSING)
    changed = made.step.area if made.step else next(iter(made.lower))
    return {
        "national.html": render_page(measured, NATION, REPORTS),
        "area.html": render_page(measured, changed, REPORTS),
        "area-without-return.html": render_page(measured, absent, REPORTS),
        "mail.html": PICTURE.sub("", release_letter(facts, NATION, REPORTS).html),
    }


def arrivals(folder: Path, collection: str) -> tuple[Arrived, ...]:
    """The made-up returns in the order in which they are received."""
    paths = sorted((folder / collection).glob("*/R-*.csv"))
    return tuple(landing.referred(folder, path.relative_to(folder).as_posix()) for path in paths)


def facts_of(collection: Collection, arrived: Iterable[Arrived], period: Period) -> ReleaseFacts:
    """What the first release of a period is made from, when these returns have been received in this order."""
    book = Book(collection)
    for one in arrived:
        book.receive(one)
    returns = tuple(book.status(period, area.code) for area in collection.areas_owing(period))
    inputs = tuple(checked.submission for _, checked in sorted(book.in_force.items()))
    return ReleaseFacts(
        collection=collection,
        period=period,
        number=1,
        rows=tuple(book.rows()),
        returns=returns,
        inputs=inputs,
        inputs_sha256=inputs_fingerprint(inputs, returns, collection.version, PACKAGE_VERSION, True),
        package_version=PACKAGE_VERSION,
        signed_off_by_setting=True,
    )


@dataclass
class Book:
    """What has been received, in place of the warehouse."""

    collection: Collection
    received: dict[Return, list[Checked]] = field(default_factory=lambda: defaultdict(list))
    in_force: dict[Return, Checked] = field(default_factory=dict)

    def receive(self, arrived: Arrived) -> None:
        """Check a return by every rule, and let it count unless it is rejected."""
        sha256 = hashlib.sha256(arrived.path.read_bytes()).hexdigest()
        reason = landing.reason_given(arrived.path)
        delivery = Delivery(self.collection.code, arrived.area, arrived.file_name, sha256, arrived.modified_at, reason)
        checked = examine(self.collection, delivery, read(arrived.path, self.collection.limits)).checked
        period = checked.submission.period
        if period is None:
            raise ValueError(f"{arrived.reference}: a made-up return says its period")
        known = self._earlier(checked, period)
        checked = with_findings(checked, history_findings(self.collection, checked, known))
        self.received[period, arrived.area].append(checked)
        if checked.submission.outcome.counts:  # versions come in their order, so the last that counts is in force
            self.in_force[period, arrived.area] = checked

    def status(self, period: Period, area: str) -> ReturnStatus:
        """Where an Area's return stands."""
        owing = self.collection.area(area)
        versions = self.received.get((period, area))
        if not versions:
            return ReturnStatus(owing, ReturnState.MISSING, None, None)
        latest = max((checked.submission for checked in versions), key=lambda s: (s.received_at, s.version))
        counts = self.in_force.get((period, area))
        if counts is None:
            return ReturnStatus(owing, ReturnState.REJECTED, None, latest)
        queries = sum(found.severity is Severity.QUERY for found in counts.findings)
        state = ReturnState(counts.submission.outcome.value)
        return ReturnStatus(owing, state, counts.submission, latest, queries)

    def rows(self) -> Iterable[TallyRow]:
        """The tallies in force, by period, Area and standard."""
        for (period, area), checked in sorted(self.in_force.items()):
            for standard, counts in sorted(totals(checked.tally).items()):
                yield TallyRow(period, area, standard, counts)

    def _earlier(self, checked: Checked, period: Period) -> Earlier:
        """The Area's other returns in force."""
        others = {
            other: earlier
            for (other, area), earlier in sorted(self.in_force.items())
            if area == checked.submission.area and other != period
        }
        counts: dict[str, dict[Period, Counts]] = defaultdict(dict)
        for other, earlier in others.items():
            if other < period:
                for standard, total in totals(earlier.tally).items():
                    counts[standard][other] = total
        return Earlier(_periods_by_content(others), counts)


def _periods_by_content(others: Mapping[Period, Checked]) -> dict[str, Period]:
    contents = ((earlier.submission.content_sha256, period) for period, earlier in others.items())
    return {content: period for content, period in contents if content}


def read(path: Path, limits: Limits) -> Reading:
    """The text of a made-up return. The child process that shields the real path would read the same."""
    found: dict[str, Any] = reader.read(str(path), limits.model_dump())
    if found["problems"]:
        raise ValueError(f"{path.name}: a made-up return reads without a problem")
    return Reading(
        tuple(found["header"]), tuple(Row(line, tuple(cells)) for line, cells in found["rows"]), (), found["line"]
    )


if __name__ == "__main__":
    main()
