"""`make samples`: what do the pages and the mail look like? Renders some of a made-up month into reports/samples/.

Two years of made-up returns are received into a home of their own, as on the real path, except that Great Expectations
does not judge them a second time and nobody is sent a receipt. No clock, time zone or machine has a part in it, so a
test can hold the files in the repository to what is rendered now.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from assurance.errors import DeliveryError
from assurance.files import write_whole
from assurance.intake.checking import Examined
from assurance.model import NATION, Period
from assurance.reporting.facts import ReleaseFacts
from assurance.reporting.letters import release_letter
from assurance.reporting.measured import Measured, measure
from assurance.reporting.pages import render_page, shareable_page
from assurance.reporting.shareable import shareable
from assurance.sample import load_sample_plan, write_sample
from assurance.settings import Settings
from assurance.steps import Loaded, Steps

REPOSITORY = Path(__file__).resolve().parents[1]
REPORTS = REPOSITORY / "reports"
SAMPLES = REPORTS / "samples"
COLLECTION, LAST, MONTHS, SEED = "bcm", Period(2026, 10), 24, 1
PICTURE = re.compile(r'<p[^>]*><img src="cid:.*?</p>\n?', re.DOTALL)
"""The picture of a letter: what it shows hangs on the machine's fonts."""


class Receiving(Steps):
    """The steps of the intake, without what takes long and changes no number."""

    def _pass_gate(self, examined: Examined) -> None:
        pass

    def _answer(self, loaded: Sequence[Loaded], unsent: list[DeliveryError]) -> None:
        pass


def main() -> None:
    """Write the samples anew."""
    for name, html in samples().items():
        write_whole(SAMPLES / name, html.encode())
        print(SAMPLES / name)


def samples() -> dict[str, str]:
    """The pages by their file names."""
    with TemporaryDirectory() as home:
        facts = facts_of(COLLECTION, Path(home), MONTHS)
    measured = measure(facts)
    return {
        "national.html": render_page(measured, NATION, REPORTS),
        "area.html": render_page(measured, _lowest(measured), REPORTS),
        "area-without-return.html": render_page(measured, _without_return(facts), REPORTS),
        "shareable.html": shareable_page(measured, shareable(measured), REPORTS),
        "mail.html": PICTURE.sub("", release_letter(facts, NATION, REPORTS).html),
    }


def facts_of(code: str, home: Path, months: int) -> ReleaseFacts:
    """What the first release of the last month is made from, when so many months of made-up returns have come."""
    steps = Receiving(Settings(home=home, arrival="file", sign_off="the tests"))
    steps.migrate()
    collection, readings = steps.collection(code), steps.catalogue.readings_of(code)
    for one in (collection, *readings):
        plan = load_sample_plan(steps.settings.expectations / one.code / "sample.yaml")
        write_sample(one, steps.settings.landing, last=LAST, months=months, seed=SEED, plan=plan)
        for _ in steps.receive(one.code):
            pass
    with steps.warehouse.reading() as connection:
        return steps.gathered(connection, collection, LAST)


def _lowest(measured: Measured) -> str:
    """The Area that has most to do."""
    return min((figure.rate, figure.area) for figure in measured.area_figures if figure.rate is not None)[1]


def _without_return(facts: ReleaseFacts) -> str:
    return next(status.area.code for status in facts.returns if status.latest is None)


if __name__ == "__main__":
    main()
