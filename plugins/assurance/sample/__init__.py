"""What would a couple of years of returns look like? Writes made-up ones into a landing folder.

Made for trying the system out and for tests: every number comes from a seed and from the collection's `sample.yaml`,
none from a real case. What is true of the made-up Areas (who is lower, what rises and when) is handed back, so that
what the reports say can be held against it; for cases it is also written beside the returns.

Each return draws from a stream of its own, named by seed, Area and period. So the same return has the same content
however many months are asked for, unless what the plan changes moves with the window.

Returns of counts: `plan`, `counts`. Returns of cases: `case_plan` (what may be said), `truth` (what is so), `cases` and
`answers` (how a case lives and what is answered of it), `returns` (what an Area makes of them). Both: `events`, `sending`.

Second readings of returns of cases: `readings`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection as Some
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from assurance.catalogue import Collection
from assurance.catalogue.files import YamlFile
from assurance.errors import AssuranceError, CatalogueError
from assurance.files import write_whole
from assurance.model import Period
from assurance.sample import counts
from assurance.sample.case_plan import CasePlan
from assurance.sample.cases import Lives
from assurance.sample.checking import check_case_plan
from assurance.sample.counts import Step
from assurance.sample.events import CASE_WORDS, STORY_WORDS, Event, collected_periods, history_of, story_of
from assurance.sample.plan import SamplePlan
from assurance.sample.readings import ReadingPlan, readings_of
from assurance.sample.returns import sent_by
from assurance.sample.sending import File, refuse_to_overwrite, write
from assurance.sample.truth import TRUTH, CaseWorld, Truth, points


@dataclass(frozen=True)
class Sample:
    """What was made, and what is true of it."""

    collection: str
    first: Period
    last: Period
    months: int
    areas: int
    """Areas that owe a return for the last month; of second readings those whose cases were read."""
    files: int
    """Returns written, every version counted; reasons beside them are not."""
    story: Mapping[str, Event]
    """What happens in the last month, by Area code."""
    history: Mapping[tuple[Period, str], Event]
    """What happened in earlier months, by period and Area code."""
    step: Step | None
    """The one change of a sample of counts; `truth` has those of a sample of cases."""
    lower: Mapping[str, float]
    """By how much an Area's rate is truly lower in every month and standard (a share), by code."""
    truth: Truth | None = None
    """What is true of a sample of cases."""

    def describe(self) -> str:
        """What was made, in plain sentences, one a line."""
        return "\n".join(self._sentences())

    def _sentences(self) -> Iterator[str]:
        span = self.last.title if self.first == self.last else f"{self.first.title} to {self.last.title}"
        yield (
            f"Made-up returns of {self.collection}: {self.files} files for {_several(self.months, 'month')}, "
            f"{span}, from {_several(self.areas, 'Area')}."
        )
        words = CASE_WORDS if self.truth else STORY_WORDS
        for area, event in self.story.items():
            yield f"{self.last.title}: {words[event].format(area=area)}"
        times = Counter(self.history.values())
        if times:
            yield f"Earlier months: {', '.join(f'{times[event]} {event}' for event in Event if times[event])}."
        if self.truth:
            yield from self.truth.sentences()
            return
        if self.step:
            turn = "higher" if self.step.size >= 0 else "lower"
            yield f"True change: {self.step.area} is {points(abs(self.step.size))} {turn} from {self.step.period.title} on."
        for area, by in self.lower.items():
            yield f"True difference: {area} is {points(by)} lower in every month."


@dataclass(frozen=True)
class Made:
    """All files of a sample before they are written."""

    sample: Sample
    files: tuple[File, ...]


def load_sample_plan(path: Path) -> SamplePlan | CasePlan | ReadingPlan:
    """Read a collection's `sample.yaml`; CatalogueError, naming file, place and cure, for a bad one.

    A plan that says how a case lives is one of cases; one that says how many cases are read, one of second readings.
    """
    file = YamlFile(path)
    if file.has("cases_read"):
        return file.read(ReadingPlan)
    return file.read(CasePlan) if file.has("life") else file.read(SamplePlan)


def write_sample(
    collection: Collection,
    landing: Path,
    *,
    last: Period,
    months: int = 24,
    seed: int = 1,
    plan: SamplePlan | CasePlan | ReadingPlan,
    cases: int | None = None,
    only: Some[str] | None = None,
) -> Sample:
    """Fill `landing/<collection>/<AREA>/` with made-up returns of the `months` collected months that end in `last`.

    `cases`: so many in every return, in place of the plan's sizes. `only`: the returns of these Areas alone. The same
    arguments give the same files, to the byte and to the file time. Nothing is written when a file of the same name
    and other bytes lies there already (LandingError), or when plan and collection do not fit together
    (CatalogueError). Second readings are made of the returns that lie in the landing folder.
    """
    periods = collected_periods(collection.read or collection, last, months)
    if isinstance(plan, ReadingPlan):
        made = _made_of_readings(collection, plan, seed, periods, landing)
    elif isinstance(plan, CasePlan):
        made = _made_of_cases(collection, plan, seed, periods, cases, only)
    elif cases is None:
        made = _made_of_counts(collection, plan, seed, periods, only)
    else:
        raise AssuranceError(f"returns of {collection.code} hold counts; leave out how many cases they shall have")
    folder = landing / collection.code
    refuse_to_overwrite(folder, made.files)
    for file in made.files:
        write(folder / file.area, file)
    if made.sample.truth:
        write_whole(folder / TRUTH, made.sample.truth.as_json())
    return made.sample


def _made_of_counts(
    collection: Collection, plan: SamplePlan, seed: int, periods: tuple[Period, ...], only: Some[str] | None
) -> Made:
    _check_grain(collection, "aggregate")
    world = counts.world_of(collection, plan, seed, periods)
    story = story_of(plan.story)
    history = dict(history_of(collection, plan.history, periods, world.stream))
    files: list[File] = []
    for period in periods:
        for area in collection.areas_owing(period):
            if only is None or area.code in only:
                event = story.get(area.code) if period == world.last else history.get((period, area.code))
                files += counts.files_of(world, area, period, event)
    lower = {entry.area: entry.by for entry in plan.lower}
    return Made(_sample(collection, periods, files, story, history, lower, step=world.step), tuple(files))


def _made_of_cases(
    collection: Collection,
    plan: CasePlan,
    seed: int,
    periods: tuple[Period, ...],
    cases: int | None,
    only: Some[str] | None,
) -> Made:
    _check_grain(collection, "case")
    check_case_plan(collection, plan, periods[-1])
    world = CaseWorld(collection, plan, seed, periods, cases)
    lives = Lives(world)
    story = story_of(plan.story)
    history = dict(history_of(collection, plan.history, periods, world.stream))
    sent = [
        sent_by(lives, area, period, story.get(area.code) if period == world.last else history.get((period, area.code)))
        for period in periods
        for area in collection.areas_owing(period)
        if only is None or area.code in only
    ]
    files = [file for one in sent for file in one.files]
    truth = Truth(world, story, history, tuple(planted for one in sent for planted in one.planted))
    lower = {entry.area: entry.by for entry in plan.lower if not entry.standards}
    return Made(_sample(collection, periods, files, story, history, lower, truth=truth), tuple(files))


def _made_of_readings(
    collection: Collection, plan: ReadingPlan, seed: int, periods: tuple[Period, ...], landing: Path
) -> Made:
    _check_grain(collection, "reading")
    files = list(readings_of(collection, plan, seed, periods, landing))
    return Made(
        replace(_sample(collection, periods, files, {}, {}, {}), areas=len({f.area for f in files})), tuple(files)
    )


def _sample(
    collection: Collection,
    periods: tuple[Period, ...],
    files: list[File],
    story: Mapping[str, Event],
    history: Mapping[tuple[Period, str], Event],
    lower: Mapping[str, float],
    *,
    step: Step | None = None,
    truth: Truth | None = None,
) -> Sample:
    return Sample(
        collection=collection.code,
        first=periods[0],
        last=periods[-1],
        months=len(periods),
        areas=len(collection.areas_owing(periods[-1])),
        files=sum(file.is_return for file in files),
        story=story,
        history=history,
        step=step,
        lower=lower,
        truth=truth,
    )


def _check_grain(collection: Collection, grain: str) -> None:
    if collection.grain != grain:
        raise CatalogueError(
            f"sample.yaml of {collection.code}: it is a plan for returns of grain {grain!r}, and collection.yaml says "
            f"{collection.grain!r}; a plan of cases has `life`, one of second readings `cases_read`"
        )


def _several(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


__all__ = ["CasePlan", "Event", "Sample", "SamplePlan", "Step", "Truth", "load_sample_plan", "write_sample"]
