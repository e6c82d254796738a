"""Made-up returns of cases: lives that hang together, and true to what is said of them."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, cached_property
from hashlib import sha256
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any

import openpyxl
import pytest

from assurance import sample
from assurance.catalogue import Collection, Column, load_catalogue
from assurance.catalogue.schema import CaseEntry
from assurance.deadlines import LONDON, arrival
from assurance.due import computed_answer, due_date, in_force
from assurance.errors import AssuranceError, CatalogueError
from assurance.intake.checking import Delivery, Examined, examine
from assurance.intake.landing import Folder, moment, parse_name
from assurance.intake.landing import files as arrived_files
from assurance.intake.landing import reason_given as given_in
from assurance.intake.reading import read_text
from assurance.model import Arrival, Direction, Due, Outcome, Period, Scale, Severity, Standard
from assurance.sample import CasePlan, Event, Sample, load_sample_plan, write_sample

EXPECTATIONS = Path(__file__).resolve().parents[2] / "expectations"
LAST = Period(2026, 10)
MONTHS = 6
SURE = 4.5
"""Standard deviations: once in a hundred thousand draws, and there are a few dozen."""
IN_ORDER = ("charge_date", "first_hearing_date", "sending_date", "ptph_date")
STILL_TO_COME = ("trial_date", "stage3_ordered_date")
"""Dates that may lie behind the assessment: they are set, not done."""

Row = dict[str, str]


def reason_given(path: Path) -> bool:
    return given_in(Folder(path.parent), PurePosixPath(path.name))


@dataclass(frozen=True)
class Written:
    """A sample, and where it was written."""

    sample: Sample
    landing: Path
    collection: Collection

    @property
    def folder(self) -> Path:
        return self.landing / self.collection.code

    @property
    def returns(self) -> list[Path]:
        return sorted(path for path in self.folder.glob("*/R-*") if path.suffix != ".json")

    @cached_property
    def standards(self) -> tuple[Standard, ...]:
        return self.collection.standards_in(LAST)

    @cached_property
    def truth(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "truth.json").read_text(encoding="utf-8")))

    def of(self, area: str, period: Period = LAST) -> list[Path]:
        """The versions of one return, first to last."""
        return sorted(self.folder.glob(f"{area}/R-{area}-{period.year}{period.month:02d}-v??.*[vx]"))

    def with_event(self, event: Event) -> list[Path]:
        """The versions of the last month's return that this befell."""
        return self.of(next(area for area, what in self.sample.story.items() if what is event))

    def told(self, path: Path) -> dict[str, Any]:
        return dict(self.truth["files"][f"{path.parent.name}/{path.name}"])

    def sound(self, path: Path) -> Iterator[Row]:
        """The cases of a return without those that a careless hand has touched."""
        faulty = {row for fault in self.told(path).get("faults", []) for row in fault["rows"]}
        return (row for number, row in enumerate(rows(path), start=2) if number not in faulty and row["urn"] != "NIL")

    def cases(self) -> Iterator[tuple[Path, Row]]:
        """Every sound case of every return, corrections and what they correct included."""
        return ((path, row) for path in self.returns for row in self.sound(path))


@cache
def rows(path: Path) -> list[Row]:
    """The rows of a CSV or a workbook, read once; dates as YYYY-MM-DD."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            table = [[iso(cell) for cell in row] for row in csv.reader(file, strict=True)]
    else:
        sheet = openpyxl.load_workbook(path)["return"]
        table = [[as_text(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    return [dict(zip(table[0], row, strict=True)) for row in table[1:]]


def as_text(cell: object) -> str:
    return str(cell.date()) if isinstance(cell, datetime) else str(cell or "")


def iso(cell: str) -> str:
    match = re.fullmatch(r"(\d\d)/(\d\d)/(\d{4})", cell)
    return "-".join(reversed(match.groups())) if match else cell


def period_of(path: Path) -> Period:
    period = parse_name(path.name).period
    assert period is not None
    return period


def typed(collection: Collection, row: Row) -> dict[str, date | str | None]:
    days = {column.name for column in collection.columns if column.type == "date"}
    return {name: date.fromisoformat(cell) if name in days and cell else cell for name, cell in row.items()}


def computed(collection: Collection, row: Row, code: str) -> str:
    """What the dates of a case say of a timely standard."""
    case = typed(collection, row)
    sent, as_of = case["sending_date"], case["assessed_on"]
    assert isinstance(sent, date)
    assert isinstance(as_of, date)
    standard = in_force(collection.versions[code], sent)
    return computed_answer(standard, collection.versions, case, as_of, sent)


def root(row: Row) -> str:
    return re.sub(r"(\([MS]\)|[MS]|/\d)$", "", row["urn"])


def content(written: Written) -> dict[str, bytes]:
    return {str(path.relative_to(written.landing)): path.read_bytes() for path in written.landing.rglob("*.*")}


@pytest.fixture(scope="module")
def bcm() -> Collection:
    return load_catalogue(EXPECTATIONS).collection("bcm")


@pytest.fixture(scope="module")
def plan() -> CasePlan:
    plan = load_sample_plan(EXPECTATIONS / "bcm" / "sample.yaml")
    assert isinstance(plan, CasePlan)
    return plan


@pytest.fixture(scope="module")
def written(bcm: Collection, plan: CasePlan, tmp_path_factory: pytest.TempPathFactory) -> Written:
    landing = tmp_path_factory.mktemp("sample") / "landing"
    return Written(write_sample(bcm, landing, last=LAST, months=MONTHS, plan=plan), landing, bcm)


def some(collection: Collection, plan: CasePlan, landing: Path, seed: int = 1, months: int = 1) -> Written:
    """A short sample."""
    made = write_sample(collection, landing, last=LAST, months=months, seed=seed, plan=plan)
    return Written(made, landing, collection)


def changed(plan: CasePlan, **changes: object) -> CasePlan:
    return plan.model_copy(update=changes)


# The same for the same seed


def test_the_same_seed_gives_the_same_bytes_and_times(bcm: Collection, plan: CasePlan, tmp_path: Path) -> None:
    one, other = some(bcm, plan, tmp_path / "one"), some(bcm, plan, tmp_path / "other")
    assert content(one) == content(other)
    assert [path.stat().st_mtime_ns for path in one.returns] == [path.stat().st_mtime_ns for path in other.returns]


def test_another_seed_gives_other_cases(bcm: Collection, plan: CasePlan, tmp_path: Path) -> None:
    one, other = some(bcm, plan, tmp_path / "one"), some(bcm, plan, tmp_path / "other", seed=2)
    nil = one.with_event(Event.NIL)[0].name
    for path, twin in zip(one.returns, other.returns, strict=True):
        assert path.name == twin.name
        assert (path.read_bytes() != twin.read_bytes()) is (path.name != nil)


def test_a_return_is_the_same_however_many_months_are_asked_for(
    written: Written, bcm: Collection, plan: CasePlan, tmp_path: Path
) -> None:
    short = some(bcm, plan, tmp_path)
    assert len(short.returns) > 10
    for path in short.returns:
        assert path.read_bytes() == (written.folder / path.parent.name / path.name).read_bytes(), path.name


# Lives that hang together


def test_the_dates_of_a_case_come_in_their_order(written: Written) -> None:
    for path, row in written.cases():
        assert all(row[earlier] <= row[later] for earlier, later in pairwise(IN_ORDER)), path
        assert not row["trial_date"] or row["ptph_date"] < row["trial_date"], path


def test_nothing_was_done_before_the_charge_or_after_the_assessment(written: Written) -> None:
    days = [column.name for column in written.collection.columns if column.type == "date"]
    for path, row in written.cases():
        done = [row[name] for name in days if row[name] and name not in STILL_TO_COME]
        assert row["charge_date"] <= min(done), path
        assert max(done) == row["assessed_on"] or max(done) < row["assessed_on"], path


def test_a_judge_orders_the_stages_one_after_the_other(written: Written) -> None:
    for path, row in written.cases():
        ordered = [row[f"stage{n}_ordered_date"] for n in (1, 2, 3) if row[f"stage{n}_ordered_date"]]
        assert ordered == sorted(set(ordered)), path


def test_the_date_by_which_a_case_is_looked_at_lies_in_the_period(written: Written) -> None:
    for path, row in written.cases():
        assert Period.containing(decided_on(written.collection, row)) == period_of(path), (path, row["sample_point"])


def decided_on(collection: Collection, row: Row) -> date:
    case = typed(collection, row)
    name = collection.cases.judged_on[row["sample_point"]]
    sent = case["sending_date"]
    assert isinstance(sent, date)
    code = name.removesuffix("_due")
    standard = in_force(collection.versions[code], sent) if code in collection.versions else None
    day = due_date(standard, collection.versions, case, sent) if standard else case[name]
    assert isinstance(day, date)
    return day


def test_nobody_works_at_a_weekend_but_the_police(written: Written) -> None:
    for path, row in written.cases():
        for name in ("first_hearing_date", "sending_date", "ptph_date", "trial_date", "assessed_on"):
            assert not row[name] or date.fromisoformat(row[name]).weekday() < 5, (path, name)


def test_cases_are_looked_at_at_every_sample_point(written: Written) -> None:
    points = Counter(row["sample_point"] for _, row in written.cases())
    assert min(points.values()) > 500
    assert points["ptph"] > points["stage"] > points["trial"]


def test_answers_stand_exactly_where_their_standard_is_asked(written: Written) -> None:
    for path, row in written.cases():
        for standard in written.standards:
            asked = standard.asked_at == row["sample_point"]
            assert (row[standard.code] in standard.allowed_answers) if asked else not row[standard.code], path


def test_a_case_that_is_over_has_no_trial(written: Written) -> None:
    over = [row for _, row in written.cases() if row["plea_at_ptph"] == "guilty_all"]
    assert over
    assert not any(row["trial_date"] for row in over)
    assert {row["sample_point"] for row in over} == {"ptph"}


def test_failure_codes_stand_exactly_with_a_file_that_falls_short(written: Written) -> None:
    known = {reason.code for reason in written.collection.reason_list}
    seen: Counter[str] = Counter()
    for path, row in written.cases():
        codes = row["nfs_failure_codes"].split(";") if row["nfs_failure_codes"] else []
        assert bool(codes) is (row["P01"] in ("PM", "NM")), path
        assert len(codes) == len(set(codes)), path
        assert bool(row["police_disputed"]) is bool(codes), path
        assert bool(row["cps_accepted_dispute"]) is (row["police_disputed"] == "Y"), path
        seen.update(codes)
    assert set(seen) == known


def test_a_remark_goes_with_what_was_not_met(written: Written, plan: CasePlan) -> None:
    assert plan.remarks is not None
    said: set[str] = set()
    for path, row in written.cases():
        adverse = [standard.code for standard in written.standards if row[standard.code] in ("N", "NM")]
        fitting = {text for code in adverse for text in plan.remarks.by_standard[code]} or {"", *plan.remarks.asides}
        assert row["comment"] in fitting, path
        said.add(row["comment"])
    assert len(said - {""}) >= 25
    assert all(len(text) <= 500 for text in said)


def test_no_case_stands_twice_in_a_month_not_even_in_two_areas(written: Written) -> None:
    months: dict[Period, list[tuple[str, str]]] = defaultdict(list)
    for path, row in written.cases():
        if path == written.of(path.parent.name, period_of(path))[-1]:
            months[period_of(path)].append((path.parent.name, root(row)))
    for period, cases in months.items():
        assert len({case for _, case in cases}) == len(cases), period


def test_every_reference_has_the_form_of_one_and_a_force_of_its_area(written: Written) -> None:
    for path, row in written.cases():
        period = period_of(path)
        units = (*written.collection.units_of(path.parent.name, period), *written.collection.units_of("ALL", period))
        assert re.fullmatch("[0-9]{2}[A-Z0-9]{2}[0-9]{7}", root(row)), path
        assert row["urn"][:2] in {code for unit in units for code in unit.codes}, path


def test_sample_sizes_go_from_fifteen_to_four_hundred_out_of_more(written: Written) -> None:
    sizes = {told["rows"] for told in written.truth["files"].values() if told["rows"] > 1}
    assert 10 <= min(sizes) <= 17
    assert 350 <= max(sizes) <= 420
    for path in written.returns:
        told, scope = written.told(path), {row["cases_in_scope"] for row in rows(path)}
        assert scope == {str(told["in_scope"])}, path
        reasons = {row["sample_reason"] for row in rows(path)} - {""}
        assert reasons <= {"random", "targeted"} or (reasons == {"all"} and told["in_scope"] == told["rows"]), path


# Answers that are true to what is said of them


def test_what_is_declared_is_what_the_dates_say_but_for_a_few_that_claim_and_fewer_that_deny(
    written: Written,
) -> None:
    claims: Counter[bool] = Counter()
    denials: Counter[bool] = Counter()
    timely = [s.code for s in written.collection.standards if s.scale is Scale.TIMELY]
    for path, row in written.cases():
        for code in timely:
            if row[code]:
                shown = computed(written.collection, row, code)
                assert row[code] == shown or {row[code], shown} == {"Y", "N"}, (path, code)
                if shown == "Y":
                    denials[row[code] == "N"] += 1
                if shown == "N" and (path.parent.name, code) != ("LON", "D02"):
                    claims[row[code] == "Y"] += 1
    assert claims[True] / claims.total() == pytest.approx(0.03, abs=0.012)
    assert denials[True] / denials.total() == pytest.approx(0.002, abs=0.001)


def test_one_area_claims_more_than_one_in_ten_of_one_standard(written: Written) -> None:
    london = [row for path in written.of("LON") for row in written.sound(path) if row["D02"]]
    assert sum(row["D02"] != computed(written.collection, row, "D02") for row in london) / len(london) >= 0.10


def test_the_share_met_of_every_standard_is_the_true_one_but_for_chance(written: Written) -> None:
    met: Counter[str] = Counter()
    expected: Counter[str] = Counter()
    variance: Counter[str] = Counter()
    for path in (path for path in written.returns if path == written.of(path.parent.name, period_of(path))[-1]):
        true = written.truth["rates"]["areas"][str(period_of(path))][path.parent.name]
        for row in written.sound(path):
            for standard in written.standards:
                answer, rate = shown(written.collection, row, standard), true[standard.code]
                if answer not in ("", "NA", "ND"):
                    met[standard.code] += answer in ("Y", "FM")
                    expected[standard.code] += rate
                    variance[standard.code] += rate * (1 - rate)
    assert len(met) == 24
    far = {code: (met[code] - expected[code]) / variance[code] ** 0.5 for code in met}
    assert max(map(abs, far.values())) < SURE, far


def shown(collection: Collection, row: Row, standard: Standard) -> str:
    """The answer that counts: of a timely standard, what the dates say."""
    if row[standard.code] and standard.scale is Scale.TIMELY:
        return computed(collection, row, standard.code)
    return row[standard.code]


def test_every_answer_there_is_occurs(written: Written) -> None:
    answers = {
        (standard.scale, row[standard.code])
        for _, row in written.cases()
        for standard in written.standards
        if row[standard.code]
    }
    assert answers == {(scale, answer) for scale in Scale for answer in scale.answers}


# What is true, and told beside the returns


def test_the_truth_has_a_step_a_drift_a_season_and_what_never_changes(
    bcm: Collection, plan: CasePlan, tmp_path: Path
) -> None:
    made = write_sample(bcm, tmp_path, last=LAST, months=24, plan=plan, only=["SWE"])
    truth = Written(made, tmp_path, bcm).truth
    typical = {Period.parse(month): rates for month, rates in truth["rates"]["typical"].items()}
    step = Period.parse(next(entry["from"] for entry in truth["steps"] if entry["standards"] == ["C08"]))
    assert typical[step]["C08"] - typical[step.plus(-1)]["C08"] == pytest.approx(0.08)
    assert typical[LAST]["C05"] - typical[LAST.plus(-12)]["C05"] == pytest.approx(0.035)
    assert typical[Period(2025, 12)]["H01"] - typical[Period(2025, 11)]["H01"] == pytest.approx(-0.09)
    areas = [rates for month in truth["rates"]["areas"].values() for rates in month.values()]
    assert {rates["C01"] for rates in areas} == {0.994}
    assert {rates["P02"] for rates in areas} == {0.96}


def test_only_the_areas_that_are_said_to_differ_do(written: Written) -> None:
    typical, areas = written.truth["rates"]["typical"][str(LAST)], written.truth["rates"]["areas"][str(LAST)]
    for area, rates in areas.items():
        difference = sum(rates[code] - typical[code] for code in typical) / len(typical)
        assert difference == pytest.approx({"EMD": -0.096, "YHU": 0.046, "WMD": -0.009}.get(area, 0.0), abs=0.012), area
    assert areas["WMD"]["C07"] - typical["C07"] == pytest.approx(-0.22, abs=0.02)


def test_the_nations_rate_weighs_areas_by_their_cases(written: Written, plan: CasePlan) -> None:
    rates = written.truth["rates"]
    areas, cases = rates["areas"][str(LAST)], {entry.code: entry.cases for entry in plan.areas}
    pooled = sum(cases[area] * own["C06"] for area, own in areas.items()) / sum(cases.values())
    assert rates["nation"][str(LAST)]["C06"] == pytest.approx(pooled, abs=1e-5)


def test_the_truth_lies_where_no_return_can(written: Written) -> None:
    found = {written.landing / arrived.path for arrived in arrived_files(Folder(written.landing), "bcm")}
    assert found == set(written.returns)
    assert {path.name for path in written.folder.iterdir() if path.is_file()} == {"truth.json"}


def test_the_sample_says_its_main_truths_in_plain_sentences(written: Written) -> None:
    lines = written.sample.describe().splitlines()
    assert lines[0] == (
        f"Made-up returns of bcm: {len(written.returns)} files for 6 months, May 2026 to October 2026, from 13 Areas."
    )
    assert "True change: C08 of every Area: 8.0 points higher from February 2026 on." in lines
    assert "True difference: every standard that may differ of EMD: 10.0 points lower in every month." in lines
    assert "True season: H01 is 9.0 points lower in August, December." in lines
    assert "Never changes: C01, P02." in lines
    assert all(line.endswith(".") for line in lines)


# Events


def test_each_event_of_the_last_month_befalls_another_area(written: Written) -> None:
    assert sorted(written.sample.story.values()) == sorted(Event)
    versions = {event: len(written.with_event(event)) for event in Event}
    assert versions == {**dict.fromkeys(Event, 1), Event.CORRECTED: 2, Event.MISSING: 0}


def test_only_the_late_return_is_late(written: Written) -> None:
    for path in written.returns:
        area, period = path.parent.name, period_of(path)
        event = written.sample.story.get(area) if period == LAST else written.sample.history.get((period, area))
        expected = Arrival.LATE if event is Event.LATE else Arrival.ON_TIME
        received = moment(path.stat().st_mtime_ns)
        assert arrival(written.collection.calendar, period, received) is expected, path
        seen = received.replace(tzinfo=UTC).astimezone(LONDON).date().isoformat()
        assert all(row["assessed_on"] <= seen for row in written.sound(path)), path


def test_a_correction_drops_a_case_and_changes_some_answers_and_dates(written: Written) -> None:
    first, second = written.with_event(Event.CORRECTED)
    before, after = ({row["urn"]: row for row in rows(path)} for path in (first, second))
    assert len(before.keys() - after.keys()) == written.told(second)["dropped"] == 1
    assert after.keys() <= before.keys()
    differing = {
        name
        for urn in after
        for name in after[urn]
        if after[urn][name] != before[urn][name] and name not in ("return_id", "comment")
    }
    assert set(written.told(second)["changed"]) <= differing
    assert any(name.endswith("_date") for name in differing)
    assert any(not name.endswith("_date") for name in differing)


def test_a_correction_says_why(written: Written, bcm: Collection, plan: CasePlan, tmp_path: Path) -> None:
    _, second = written.with_event(Event.CORRECTED)
    assert openpyxl.load_workbook(second)["declaration"]["A1"].value == "reason"
    assert openpyxl.load_workbook(second)["declaration"]["B1"].value in plan.reasons
    as_csv = some(bcm, changed(plan, workbooks=()), tmp_path).with_event(Event.CORRECTED)
    assert [reason_given(path) for path in as_csv] == [False, True]


def test_the_nil_return_is_exactly_one_row(written: Written) -> None:
    (path,) = written.with_event(Event.NIL)
    (row,) = rows(path)
    said = {name: cell for name, cell in row.items() if cell}
    assert said == {
        "return_id": path.stem,
        "area_code": path.parent.name,
        "period": "2026-10",
        "cases_in_scope": "0",
        "urn": "NIL",
    }


def test_a_careless_return_has_every_slip_and_is_told_where(written: Written) -> None:
    (path,) = written.with_event(Event.CARELESS)
    table, faults = rows(path), {fault["kind"]: fault for fault in written.told(path)["faults"]}
    cells = {kind: [table[row - 2][fault["column"]] for row in fault["rows"]] for kind, fault in faults.items()}
    assert cells["no such day"] == ["2026-02-30"]
    assert cells["unknown code"] == ["n/k"]
    assert len(cells["case twice"]) == 2
    assert len(set(cells["case twice"])) == 1
    assert re.fullmatch("[0-9]{10}", cells["lost zero"][0])


@pytest.mark.parametrize("seed", [1, 2])
def test_the_checks_find_what_was_planted_and_nothing_else(
    bcm: Collection, plan: CasePlan, tmp_path: Path, seed: int
) -> None:
    made = some(bcm, plan, tmp_path, seed)
    outcomes = {}
    for path in made.returns:
        checked = examined(bcm, path).checked
        outcomes[path.parent.name, parse_name(path.name).version] = checked.submission.outcome
        faults = made.told(path).get("faults", [])
        assert {f.row for f in checked.findings if f.severity is Severity.ROW} == {
            row for fault in faults if fault["effect"] != "note" for row in fault["rows"]
        }, path
        wrong = {f.rule for f in checked.findings if f.severity is Severity.FILE}
        assert wrong == ({"RET-009"} if any(fault["effect"] == "file" for fault in faults) else set()), path
        assert "RET-013" not in {f.rule for f in checked.findings}, path
    story = {event: area for area, event in made.sample.story.items()}
    assert outcomes[story[Event.REJECTED], 1] is Outcome.REJECTED
    assert outcomes[story[Event.NIL], 1] is Outcome.NIL
    assert outcomes[story[Event.CARELESS], 1] is Outcome.ACCEPTED
    assert len([one for one in outcomes.values() if one is Outcome.REJECTED]) == 1


def examined(collection: Collection, path: Path) -> Examined:
    reading = read_text(path, collection.limits, formats=collection.formats, seconds=60, megabytes=1024)
    received, digest = moment(path.stat().st_mtime_ns), sha256(path.read_bytes()).hexdigest()
    delivery = Delivery(collection.code, path.parent.name, path.name, digest, received, reason_given(path))
    return examine(collection, delivery, reading)


# How it is written


def test_a_workbook_says_what_the_csv_would_have_said(bcm: Collection, plan: CasePlan, tmp_path: Path) -> None:
    books = some(bcm, plan, tmp_path / "books")
    texts = some(bcm, changed(plan, workbooks=()), tmp_path / "texts")
    workbooks = [path for path in books.returns if path.suffix == ".xlsx"]
    assert {path.parent.name for path in workbooks} == set(plan.workbooks)
    for path in workbooks:
        assert rows(path) == rows(texts.folder / path.parent.name / f"{path.stem}.csv")


def test_a_workbook_has_dates_as_dates_and_all_else_as_text(written: Written) -> None:
    book = openpyxl.load_workbook(written.of("EOE")[0])
    header, first, *_ = book["return"].iter_rows(values_only=True)
    cells = dict(zip(header, first, strict=True))
    assert isinstance(cells["ptph_date"], datetime)
    assert (cells["defendant_seq"], cells["cases_in_scope"]) == (
        str(cells["defendant_seq"]),
        str(cells["cases_in_scope"]),
    )


def test_workbooks_come_in_the_last_months_only(written: Written) -> None:
    with_books = {period_of(path) for path in written.returns if path.suffix == ".xlsx"}
    assert with_books == {LAST, LAST.plus(-1), LAST.plus(-2)}


def test_some_areas_write_the_day_first(written: Written) -> None:
    with written.of("WSX")[0].open(encoding="utf-8", newline="") as file:
        assert all(re.fullmatch(r"\d\d/\d\d/\d{4}", row["ptph_date"]) for row in csv.DictReader(file))


# Any collection of cases


def test_as_many_cases_are_made_as_are_asked_for_of_the_areas_asked_for(
    bcm: Collection, plan: CasePlan, tmp_path: Path
) -> None:
    made = write_sample(bcm, tmp_path, last=LAST, months=1, plan=plan, cases=500, only=["YHU"])
    (path,) = Written(made, tmp_path, bcm).returns
    assert len({row["urn"] for row in rows(path)}) == 500


def test_an_area_that_is_split_is_followed_by_two_of_the_usual_size(
    bcm: Collection, plan: CasePlan, tmp_path: Path
) -> None:
    split, never = date(2026, 9, 1), date(9999, 12, 31)

    def divided(place: Any, code: str) -> Any:
        if code == "LON":
            return replace(place, valid_to=split)
        return replace(place, valid_from=split, valid_to=never) if code in ("LNN", "LNS") else place

    areas = tuple(divided(area, area.code) for area in bcm.areas)
    units = tuple(divided(unit, unit.area) for unit in bcm.units)
    made = some(replace(bcm, areas=areas, units=units), plan, tmp_path, months=3)
    assert made.sample.areas == 14
    assert len(made.of("LON", LAST.plus(-2))) == 1
    assert not made.of("LON")
    assert all(50 < len(rows(made.of(code)[0])) < 75 for code in ("LNN", "LNS"))


def test_a_case_is_judged_by_the_version_of_its_sending_date(bcm: Collection, plan: CasePlan, tmp_path: Path) -> None:
    def later(standard: Standard) -> Standard:
        assert standard.due is not None
        due = replace(standard.due, days={key: days + 20 for key, days in standard.due.days.items()})
        return replace(standard, version=2, valid_from=date(2026, 6, 10), due=due)

    moved = tuple(later(standard) for standard in bcm.standards if standard.code in ("C11", "C12", "C13"))
    made = some(replace(bcm, standards=(*bcm.standards, *moved)), plan, tmp_path, months=2)
    cases = [row for _, row in made.cases() if row["sample_point"] == "stage"]
    assert {row["sending_date"] >= "2026-06-10" for row in cases} == {True, False}
    for path, row in made.cases():
        assert Period.containing(decided_on(made.collection, row)) == period_of(path)


def test_another_collection_is_served_from_its_data(bcm: Collection, plan: CasePlan, tmp_path: Path) -> None:
    def standard(code: str, scale: Scale, due: Due | None = None, evidence: str | None = None) -> Standard:
        return Standard(
            code, code, 1, Direction.UP, "team", None, Decimal("0.02"), scale=scale, due=due, evidence=evidence
        )

    visits = replace(
        bcm,
        code="visits",
        columns=(
            Column(name="visit", type="reference", required=True),
            Column(name="where", type="area", required=True),
            Column(name="month", type="period", required=True),
            Column(name="of", type="scope", required=True),
            Column(name="asked", type="date", required=True),
            Column(name="done", type="date"),
            Column(name="seen", type="date", required=True),
            Column(name="V1", type="answer"),
            Column(name="V2", type="answer"),
        ),
        cases=CaseEntry(as_of="seen"),
        reasons=None,
        standards=(
            standard("V1", Scale.TIMELY, Due("asked", after_standard=False, days={"": 10}), "done"),
            standard("V2", Scale.GRADED),
        ),
    )
    small = CasePlan.model_validate(
        {
            "version": 1,
            "usual": {"cases": 20},
            "spread": {"unit": "0", "standard": "0", "month": "0", "volume": "0"},
            "standards": [{"code": "V1", "met": "0.8"}, {"code": "V2", "met": "0.5", "partly": "0.5"}],
            "claimed": {"share": "0"},
            "begins": "asked",
            "life": [{"column": "done", "early": 3, "late": 5, "missing": "0.2"}],
            "history": {"late": "0", "corrected": "0", "missing": "0"},
            "story": {"nil": "WSX", "corrected": "YHU", "careless": "SEA"},
            "reasons": ["A second look."],
        }
    )
    made = some(visits, small, tmp_path)
    table = rows(made.of("EMD")[0])
    assert list(table[0]) == ["visit", "where", "month", "of", "asked", "done", "seen", "V1", "V2"]
    assert [row["visit"] for row in table[:2]] == ["EMD-202610-00001", "EMD-202610-00002"]
    assert {(row["where"], row["month"], row["of"], row["asked"][:7]) for row in table} == {
        ("EMD", "2026-10", "20", "2026-10")
    }
    assert made.of("WSX")[0].read_text(encoding="utf-8").splitlines()[1] == "NIL,WSX,2026-10,0,,,,,"
    assert [len(rows(path)) for path in made.of("YHU")] == [21, 20]


def test_the_code_knows_no_collection_and_none_of_its_columns(bcm: Collection) -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in Path(sample.__file__).parent.glob("*.py"))
    own = {column.name for column in bcm.columns if "_" in column.name and column.type != column.name}
    known = {"area_code"} & own
    words = set(re.findall(r"\w+", source))
    assert not words & (own - known | set(bcm.versions) | {"bcm"})


# What is refused


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"workbooks": ("XXX",)}, "names Area 'XXX'"),
        ({"standards": ()}, "standard C01 is not in `standards`"),
        ({"begins": "sample_point"}, "no column of dates"),
        ({"life": ()}, "life does not fill 'defendant_seq'"),
        ({"numbers": None}, "add `numbers`"),
        ({"failures": None}, "add `failures`"),
    ],
)
def test_a_plan_that_does_not_fit_the_collection_is_refused_before_anything_is_written(
    bcm: Collection, plan: CasePlan, tmp_path: Path, change: dict[str, object], message: str
) -> None:
    with pytest.raises(CatalogueError, match=message):
        some(bcm, changed(plan, **change), tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('choose: {"LM": 45', 'choose: {"BOSS": 45', "'BOSS' is not one of LM, DCP"),
        (
            "from: ptph_date, least: 150",
            "from: ptph, least: 150",
            "'ptph' is neither a column of dates nor the due date",
        ),
        ('when: {case_type: ["youth"]}', 'when: {kind: ["youth"]}', "`when` names 'kind'"),
        ('code: "C03", met: "0.930"', 'code: "C03", met: "0.930", not_applicable: "0.1"', "C03 is never left out"),
        ('"V3": 9}', '"V9": 9}', "names the reason 'V9'"),
        ('standard: "D02", a_year', 'standard: "D99", a_year', "names standard 'D99'"),
    ],
)
def test_a_plan_that_names_what_the_collection_does_not_have_is_refused(
    bcm: Collection, tmp_path: Path, old: str, new: str, message: str
) -> None:
    with pytest.raises(CatalogueError, match=message):
        some(bcm, edited(tmp_path, old, new), tmp_path / "landing")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("early: 4, late: 6", "late: 6", "`early` and `late` go together"),
        ("from: C11_due, least: -7, most: 14", "most: 14", "say one of `choose`, `from` and `late`"),
        ("least: 150, most: 300", "least: 350, most: 300", "`least` is more than `most`"),
        ('met: "0.994"', "met: 0.994", "write it in quotes"),
        ('late: "0.035"', 'late: "0.98"', "more than all returns"),
        ('careless: "NWE"', 'careless: "THC"', "an Area stands twice"),
    ],
)
def test_a_bad_plan_is_refused_with_file_place_and_cure(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(CatalogueError, match=message) as refused:
        edited(tmp_path, old, new)
    assert "sample.yaml" in str(refused.value)


def edited(folder: Path, old: str, new: str) -> CasePlan:
    """The plan of the repository with one place changed."""
    good = (EXPECTATIONS / "bcm" / "sample.yaml").read_text(encoding="utf-8")
    assert old in good
    path = folder / "sample.yaml"
    path.write_text(good.replace(old, new, 1), encoding="utf-8")
    plan = load_sample_plan(path)
    assert isinstance(plan, CasePlan)
    return plan


def test_months_in_which_the_collection_had_no_columns_are_refused(
    bcm: Collection, plan: CasePlan, tmp_path: Path
) -> None:
    with pytest.raises(AssuranceError, match="only 2 months up to 2016-02 owe a return"):
        write_sample(bcm, tmp_path, last=Period(2016, 2), months=3, plan=plan)


def test_a_plan_of_cases_is_not_taken_for_counts_nor_the_other_way_round(plan: CasePlan, tmp_path: Path) -> None:
    outcomes = load_catalogue(EXPECTATIONS).collection("outcomes")
    with pytest.raises(CatalogueError, match="a plan of cases has `life`"):
        some(outcomes, plan, tmp_path)
    of_counts = load_sample_plan(EXPECTATIONS / "outcomes" / "sample.yaml")
    with pytest.raises(AssuranceError, match="hold counts"):
        write_sample(outcomes, tmp_path, last=LAST, plan=of_counts, cases=5)
