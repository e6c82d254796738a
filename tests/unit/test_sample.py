"""Made-up returns: the same for the same seed, in the agreed format, and true to what they say of themselves."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from assurance import sample
from assurance.catalogue import Collection, Column, load_catalogue
from assurance.deadlines import LONDON, arrival, is_working_day
from assurance.errors import AssuranceError, CatalogueError, LandingError
from assurance.model import Arrival, Counts, Direction, Period, Standard
from assurance.sample import Event, Sample, SamplePlan, load_sample_plan, write_sample

EXPECTATIONS = Path(__file__).resolve().parents[2] / "expectations"
LAST = Period(2016, 12)
MONTHS = 24


@dataclass(frozen=True)
class Written:
    """A sample, and where it was written."""

    sample: Sample
    landing: Path
    collection: Collection

    @property
    def files(self) -> list[Path]:
        return sorted(path for path in self.landing.rglob("*") if path.is_file())

    @property
    def returns(self) -> list[Path]:
        return [path for path in self.files if path.suffix == ".csv"]

    def of(self, area: str, period: Period) -> list[Path]:
        """The versions of one return, first to last."""
        folder = self.landing / self.collection.code / area
        return sorted(folder.glob(f"R-{area}-{period.year}{period.month:02d}-v*.csv"))

    def event(self, path: Path) -> Event | None:
        area, period = area_of(path), period_of(path)
        return self.sample.story.get(area) if period == self.sample.last else self.sample.history.get((period, area))

    def accepted(self) -> Iterator[Path]:
        """Every return with figures that pass the rules, first versions of corrections included."""
        return (path for path in self.returns if self.event(path) not in (Event.REJECTED, Event.NIL))

    def in_force(self) -> Iterator[Path]:
        """The latest version of every accepted return."""
        return (path for path in self.accepted() if self.of(area_of(path), period_of(path))[-1] == path)


def area_of(path: Path) -> str:
    return path.parent.name


def period_of(path: Path) -> Period:
    stamp = path.name.split("-")[2]
    return Period(int(stamp[:4]), int(stamp[4:]))


def arrived(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def count(text: str) -> int:
    return int(text.replace(",", "") or 0)


def recounted(row: dict[str, str]) -> str:
    """The percentage as the rule has it, by another way than the one under test."""
    met, not_met = count(row["convictions"]), count(row["unsuccessful"])
    if row["offence_category"] == "Admin Finalised":
        return ""
    if not met + not_met:
        return "-"
    share = Decimal(100 * met) / Decimal(met + not_met)
    return f"{share.quantize(Decimal('0.1'), ROUND_HALF_UP)}%"


def counts(path: Path) -> Counts:
    """All counted checks of a return."""
    counted = [row for row in rows(path) if row["convictions"]]
    return Counts.total(Counts(met=count(row["convictions"]), not_met=count(row["unsuccessful"])) for row in counted)


def rate(many: Iterator[Path] | list[Path]) -> float:
    total = Counts.total(counts(path) for path in many)
    return total.met / total.assessed


@pytest.fixture(scope="module")
def outcomes() -> Collection:
    return load_catalogue(EXPECTATIONS).collection("outcomes")


@pytest.fixture(scope="module")
def plan() -> SamplePlan:
    return load_sample_plan(EXPECTATIONS / "outcomes" / "sample.yaml")


@pytest.fixture(scope="module")
def written(outcomes: Collection, plan: SamplePlan, tmp_path_factory: pytest.TempPathFactory) -> Written:
    landing = tmp_path_factory.mktemp("sample") / "landing"
    return Written(write_sample(outcomes, landing, last=LAST, months=MONTHS, plan=plan), landing, outcomes)


def some(collection: Collection, plan: SamplePlan, landing: Path, seed: int = 1) -> Written:
    """A short sample."""
    return Written(write_sample(collection, landing, last=LAST, months=3, seed=seed, plan=plan), landing, collection)


def content(written: Written) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(written.landing)): (path.read_bytes(), path.stat().st_mtime_ns) for path in written.files
    }


def with_plan(plan: SamplePlan, **changes: object) -> SamplePlan:
    return SamplePlan.model_validate({**quoted(plan), **changes})


def quoted(plan: SamplePlan) -> dict[str, object]:
    """The plan as a file would have it: shares and factors in quotes."""

    def text(value: object) -> object:
        if isinstance(value, dict):
            return {key: text(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [text(inner) for inner in value]
        return str(value) if isinstance(value, float) else value

    return {key: text(value) for key, value in plan.model_dump().items()}


# The same for the same seed


def test_the_same_seed_gives_the_same_bytes_and_times(outcomes: Collection, plan: SamplePlan, tmp_path: Path) -> None:
    one, other = some(outcomes, plan, tmp_path / "one"), some(outcomes, plan, tmp_path / "other")
    assert content(one) == content(other)
    assert one.sample == other.sample


def test_another_seed_gives_other_bytes_and_times(outcomes: Collection, plan: SamplePlan, tmp_path: Path) -> None:
    one = content(some(outcomes, plan, tmp_path / "one", seed=1))
    other = content(some(outcomes, plan, tmp_path / "other", seed=2))
    full = [name for name in one.keys() & other.keys() if name.endswith(".csv") and "WSX-201612" not in name]
    assert len(full) > 30
    assert all(one[name][0] != other[name][0] for name in full)
    assert any(one[name][1] != other[name][1] for name in full)


def test_writing_the_same_sample_again_changes_nothing(outcomes: Collection, plan: SamplePlan, tmp_path: Path) -> None:
    before = content(some(outcomes, plan, tmp_path))
    assert content(some(outcomes, plan, tmp_path)) == before


def test_a_return_that_lies_there_is_never_overwritten(outcomes: Collection, plan: SamplePlan, tmp_path: Path) -> None:
    path = tmp_path / "outcomes" / "YHU" / "R-YHU-201612-v01.csv"
    path.parent.mkdir(parents=True)
    path.write_text("a real return")
    with pytest.raises(LandingError, match="empty landing folder"):
        some(outcomes, plan, tmp_path)
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == [path]


# The agreed format


def test_nothing_but_returns_and_reasons_is_written_and_only_in_the_areas_folders(written: Written) -> None:
    assert [path.name for path in written.landing.parent.iterdir()] == ["landing"]
    assert [path.name for path in written.landing.iterdir()] == ["outcomes"]
    assert all(path.suffix == ".csv" or path.name.endswith(".csv.json") for path in written.files)
    assert all(not path.name.startswith(".") for path in written.files)
    assert len(written.returns) == written.sample.files


def test_files_have_the_agreed_header_and_line_ends(written: Written) -> None:
    for path in written.returns:
        data = path.read_bytes()
        assert data.startswith(b"area_code,period,force,offence_category,convictions,convictions_pct,unsuccessful\n"), (
            path
        )
        assert data.endswith(b"\n"), path
        assert b"\r" not in data, path


def test_area_and_period_agree_with_folder_and_name(written: Written) -> None:
    for path in written.returns:
        assert {(row["area_code"], row["period"]) for row in rows(path)} == {(area_of(path), str(period_of(path)))}, (
            path
        )


def test_every_accepted_return_has_each_force_and_category_exactly_once(written: Written) -> None:
    for path in written.accepted():
        units = written.collection.units_of(area_of(path), period_of(path))
        owed = Counter((unit.name, standard.title) for unit in units for standard in written.collection.standards)
        assert Counter((row["force"], row["offence_category"]) for row in rows(path)) == owed, path


def test_every_accepted_percentage_follows_from_its_counts(written: Written) -> None:
    for path in written.accepted():
        for row in rows(path):
            assert row["convictions_pct"] == recounted(row), (path, row)


def test_standards_that_are_not_counted_leave_met_and_percentage_empty(written: Written) -> None:
    for path in written.accepted():
        uncounted = [row for row in rows(path) if row["offence_category"] == "Admin Finalised"]
        assert {(row["convictions"], row["convictions_pct"]) for row in uncounted} == {("", "")}, path
        assert all(row["unsuccessful"] for row in uncounted), path


def test_thousands_have_commas_inside_quotes(written: Written) -> None:
    london = written.of("LON", LAST)[0].read_text(encoding="utf-8")
    assert ',"1,' in london
    assert all(count(cell) < 1000 or "," in cell for row in rows(written.of("LON", LAST)[0]) for cell in counts_of(row))


def counts_of(row: dict[str, str]) -> tuple[str, str]:
    return row["convictions"], row["unsuccessful"]


def test_empty_cells_occur_and_have_a_dash(written: Written) -> None:
    empty = [row for path in written.accepted() for row in rows(path) if counts_of(row) == ("0", "0")]
    assert empty
    assert {row["convictions_pct"] for row in empty} == {"-"}


# Who returns what, and when


def test_every_area_returns_every_collected_month_unless_it_is_said_to_be_missing(written: Written) -> None:
    story, history = written.sample.story, written.sample.history
    periods = {period_of(path) for path in written.returns}
    assert len(periods) == MONTHS
    for period in periods:
        for area in written.collection.areas_owing(period):
            event = story.get(area.code) if period == LAST else history.get((period, area.code))
            versions = {Event.MISSING: 0, Event.CORRECTED: 2}.get(event, 1) if event else 1
            assert len(written.of(area.code, period)) == versions, (area.code, period)


def test_months_not_collected_are_skipped(written: Written) -> None:
    periods = {period_of(path) for path in written.returns}
    assert not periods & written.collection.not_collected
    assert (min(periods), max(periods)) == (Period(2014, 10), LAST)
    assert (written.sample.first, written.sample.last, written.sample.months) == (Period(2014, 10), LAST, MONTHS)


def test_arrivals_are_in_office_hours_and_as_late_as_is_said(written: Written) -> None:
    for path in written.returns:
        moment = arrived(path)
        local = moment.replace(tzinfo=UTC).astimezone(LONDON)
        assert is_working_day(local.date()), path
        assert time(9) <= local.time() <= time(17), path
        late = written.event(path) is Event.LATE
        expected = Arrival.LATE if late else Arrival.ON_TIME
        assert arrival(written.collection.calendar, period_of(path), moment) is expected, path


def test_earlier_months_have_some_late_and_some_corrected_and_none_missing_lately(written: Written) -> None:
    happened = Counter(written.sample.history.values())
    assert happened[Event.LATE] >= 3
    assert happened[Event.CORRECTED] >= 3
    assert all(period < LAST for period, _ in written.sample.history)
    assert all(
        period < LAST.plus(-2) for (period, _), event in written.sample.history.items() if event is Event.MISSING
    )


# The story of the last month


def area_with(written: Written, event: Event) -> str:
    return next(area for area, what in written.sample.story.items() if what is event)


def test_the_story_has_each_event_once_and_none_of_them_touches_the_true_signals(written: Written) -> None:
    story = written.sample.story
    assert sorted(story.values()) == sorted(set(Event) - {Event.CARELESS})
    assert written.sample.step is not None
    assert not set(story) & {written.sample.step.area, *written.sample.lower}


def test_the_corrected_return_swaps_two_categories_and_says_why(written: Written) -> None:
    first, second = written.of(area_with(written, Event.CORRECTED), LAST)
    assert Counter(map(counts_of, rows(first))) == Counter(map(counts_of, rows(second)))
    changed = {old["offence_category"] for old, new in zip(rows(first), rows(second), strict=True) if old != new}
    assert len(changed) == 2
    reason = second.with_name(second.name + ".json")
    assert set(json.loads(reason.read_text(encoding="utf-8"))) == {"reason"}
    assert arrived(reason) <= arrived(second)
    assert not first.with_name(first.name + ".json").exists()


def test_a_correction_comes_the_next_working_day(written: Written) -> None:
    for path in written.returns:
        if "-v02" in path.name:
            first, second = (arrived(version).date() for version in written.of(area_of(path), period_of(path)))
            between = [first + timedelta(days=n) for n in range(1, (second - first).days)]
            assert first < second
            assert not any(is_working_day(day) for day in between), path


def test_the_rejected_return_has_one_wrong_percentage_and_one_count_that_is_none(written: Written) -> None:
    (path,) = written.of(area_with(written, Event.REJECTED), LAST)
    strange = [row for row in rows(path) if not row["unsuccessful"].replace(",", "").isdigit()]
    wrong = [row for row in rows(path) if row not in strange and row["convictions_pct"] != recounted(row)]
    assert (len(strange), len(wrong)) == (1, 1)
    assert wrong[0]["convictions_pct"].endswith("%")


def test_the_nil_return_is_exactly_one_row(written: Written) -> None:
    area = area_with(written, Event.NIL)
    (path,) = written.of(area, LAST)
    assert path.read_text(encoding="utf-8").splitlines()[1:] == [f"{area},2016-12,NIL,,,,"]


def test_an_event_that_the_plan_leaves_out_does_not_happen(
    outcomes: Collection, plan: SamplePlan, tmp_path: Path
) -> None:
    quiet = with_plan(plan, story={}, history={"late": "0", "corrected": "0", "missing": "0"})
    calm = some(outcomes, quiet, tmp_path)
    assert (calm.sample.story, calm.sample.history) == ({}, {})
    assert len(calm.files) == calm.sample.files == 3 * 13


# What is true


def test_the_rate_of_the_step_area_rises_by_the_step(written: Written) -> None:
    step = written.sample.step
    assert step is not None
    assert LAST.plus(-18) < step.period < LAST.plus(-6)
    others = [path for path in written.in_force() if area_of(path) != step.area]
    own = [path for path in written.in_force() if area_of(path) == step.area]

    def change(paths: list[Path]) -> float:
        before = [path for path in paths if period_of(path) < step.period]
        after = [path for path in paths if period_of(path) >= step.period]
        return rate(after) - rate(before)

    assert change(own) - change(others) == pytest.approx(step.size, abs=0.01)


def test_the_lower_areas_are_lower_by_what_is_said(written: Written) -> None:
    assert 1 <= len(written.sample.lower) <= 2
    odd = {*written.sample.lower, written.sample.step.area if written.sample.step else ""}
    typical = rate(path for path in written.in_force() if area_of(path) not in odd)
    for area, by in written.sample.lower.items():
        assert typical - rate(path for path in written.in_force() if area_of(path) == area) == pytest.approx(
            by, abs=0.01
        )


def test_december_brings_fewer_checks(written: Written) -> None:
    months: dict[Period, int] = Counter()
    for path in written.in_force():
        if area_of(path) not in written.sample.story:
            months[period_of(path)] += counts(path).assessed
    others = [checks for period, checks in months.items() if period.month != 12]
    usual = sum(others) / len(others)
    assert all(0.8 < months[period] / usual < 0.95 for period in months if period.month == 12)


def test_units_of_an_area_have_different_sizes(written: Written) -> None:
    for area in written.collection.areas_owing(LAST.plus(-1)):
        sizes: Counter[str] = Counter()
        for path in written.of(area.code, LAST.plus(-1))[-1:]:
            for row in rows(path):
                sizes[row["force"]] += sum(count(cell) for cell in counts_of(row))
        assert len(set(sizes.values())) == len(sizes)


def test_the_sample_says_what_it_is_in_plain_sentences(written: Written) -> None:
    lines = written.sample.describe().splitlines()
    assert lines[0] == (
        f"Made-up returns of outcomes: {written.sample.files} files for 24 months, October 2014 to December 2016, "
        "from 13 Areas."
    )
    assert "December 2016: no return comes from NEA." in lines
    assert "True difference: EMD is 6.0 points lower in every month." in lines
    assert any(line.startswith("True change: YHU is 4.0 points higher from ") for line in lines)
    assert all(line.endswith(".") for line in lines)


# Any collection of counts


def test_a_collection_with_other_columns_is_served_from_its_data(
    outcomes: Collection, plan: SamplePlan, tmp_path: Path
) -> None:
    def standard(code: str, *, counted: bool = True) -> Standard:
        return Standard(code, f"Title {code}", 1, Direction.UP, "Area", None, Decimal("0.02"), counted)

    visits = replace(
        outcomes,
        code="visits",
        not_collected=frozenset(),
        columns=(
            Column(name="month", type="period"),
            Column(name="from", type="area"),
            Column(name="station", type="unit"),
            Column(name="question", type="standard"),
            Column(name="no", type="count", answer="not_met"),
            Column(name="partly", type="count", answer="partly"),
            Column(name="yes", type="count", answer="met"),
        ),
        standards=(standard("V1"), standard("V2"), standard("V3", counted=False)),
    )
    small = with_plan(
        plan,
        standards=[
            {"code": "V1", "volume": 900, "rate": "0.5"},
            {"code": "V2", "volume": 800, "rate": "0.9"},
            {"code": "V3", "volume": 30},
        ],
        areas=[],
    )
    made = some(visits, small, tmp_path)
    path = made.of("YHU", LAST)[0]
    assert list(rows(path)[0]) == ["month", "from", "station", "question", "no", "partly", "yes"]
    assert len(rows(path)) == 3 * len(visits.units_of("YHU", LAST))
    assert {row["partly"] for row in rows(path) if row["question"] != "Title V3"} == {"0"}
    assert {(row["partly"], row["yes"]) for row in rows(path) if row["question"] == "Title V3"} == {("", "")}
    assert made.of("WSX", LAST)[0].read_text() == "month,from,station,question,no,partly,yes\n2016-12,WSX,NIL,,,,\n"
    assert made.sample.step is not None


def test_the_code_knows_no_collection_by_name() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in Path(sample.__file__).parent.glob("*.py"))
    assert not [path.parent.name for path in EXPECTATIONS.glob("*/collection.yaml") if path.parent.name in source]


# What is refused


def test_a_month_for_which_nobody_owes_a_return_cannot_be_the_last(
    outcomes: Collection, plan: SamplePlan, tmp_path: Path
) -> None:
    with pytest.raises(AssuranceError, match="no Area owes a return of outcomes for 2016-02"):
        write_sample(outcomes, tmp_path, last=Period(2016, 2), plan=plan)


@pytest.mark.parametrize(("months", "cure"), [(0, "one month or more"), (99, "ask for no more")])
def test_a_number_of_months_that_cannot_be_made_is_refused(
    outcomes: Collection, plan: SamplePlan, tmp_path: Path, months: int, cure: str
) -> None:
    with pytest.raises(AssuranceError, match=cure):
        write_sample(outcomes, tmp_path, last=LAST, months=months, plan=plan)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"areas": [{"code": "XXX", "size": "1", "difference": "0"}]}, "names Area 'XXX'"),
        ({"story": {"late": "LNN"}}, "LNN cannot be late in 2016-12"),
        ({"standards": [{"code": "O99", "volume": 1, "rate": "0.5"}]}, "names standard 'O99'"),
        ({"standards": [{"code": "O01", "volume": 1, "rate": "0.5"}]}, "standard O02 has no volume"),
        ({"standards": [{"code": f"O{n:02d}", "volume": 9} for n in range(1, 14)]}, "O01 is counted and has no rate"),
    ],
)
def test_a_plan_that_does_not_fit_the_collection_is_refused_before_anything_is_written(
    outcomes: Collection, plan: SamplePlan, tmp_path: Path, change: dict[str, object], message: str
) -> None:
    with pytest.raises(CatalogueError, match=message):
        some(outcomes, with_plan(plan, **change), tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('drift: "0.004"', "drift: 0.004", "drift: .*write it in quotes"),
        ('drift: "0.004"', 'drift: "nan"', "drift: .*finite"),
        ('late: "NWE"', 'late: "NEA"', "story: .*an Area stands twice"),
        ('late: "0.035"', 'late: "0.98"', "history: .*more than all returns"),
        ('code: "O02"', 'code: "O01"', "standard 'O01' stands 2 times"),
        ("seasons:", "season:", "season"),
        ("version: 1", "version: [", "not YAML"),
    ],
)
def test_a_bad_plan_is_refused_with_file_place_and_cure(tmp_path: Path, old: str, new: str, message: str) -> None:
    good = (EXPECTATIONS / "outcomes" / "sample.yaml").read_text(encoding="utf-8")
    assert old in good
    path = tmp_path / "sample.yaml"
    path.write_text(good.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogueError, match=message) as refused:
        load_sample_plan(path)
    assert "sample.yaml" in str(refused.value)


def test_a_missing_plan_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="this file is missing"):
        load_sample_plan(tmp_path / "sample.yaml")
