"""Facts of releases in many states, in a few lines each: a register of three standards, and Areas by their rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

from assurance.catalogue import Calendar, Collection, Limits, Words, WorkingDay, load_catalogue
from assurance.catalogue.collection import Reason
from assurance.catalogue.schema import Action, CaseEntry, Column, LaterDue, Published, ReasonEntry, RuleFile
from assurance.measures.restatement import stated
from assurance.model import (
    ANY_REASON,
    NATION,
    Area,
    Arrival,
    ChangedRow,
    Charting,
    ChartKind,
    CountedLine,
    Counts,
    CoverageRow,
    DeclaredRow,
    Direction,
    JudgedWith,
    LeftOut,
    Outcome,
    Period,
    ReadingRow,
    ReasonRow,
    Rebase,
    ReturnState,
    ReturnStatus,
    Scale,
    SecondReadingRow,
    SecondReadings,
    Standard,
    Submission,
    TallyLine,
    TallyRow,
    UnmetRows,
)
from assurance.reporting.causes import LastRelease
from assurance.reporting.facts import Cause, CauseKind, ReleaseFacts, Replaced
from assurance.reporting.measured import Measured, measure
from assurance.reporting.pages import render_page, render_pages

REPOSITORY = Path(__file__).resolve().parents[2]
REPORTS = REPOSITORY / "reports"
PERIOD = Period(2026, 10)
NAMES = {"AAA": "Ashdale", "BBB": "Brookmoor", "CCC": "Cliff and Coast", "DDD": "Dunvale", "EEE": "Elmshire"}
WORDS = Words(
    check="check", checks="checks", met="were met", rate="Compliance", standard="standard", standards="standards"
)
NOTE = "The targets are made up."


def standard(code: str, title: str, target: str | None = None, **other: object) -> Standard:
    made = Standard(code, title, 1, Direction.NEUTRAL, "CPS", Decimal(target) if target else None, Decimal("0.02"))
    return replace(made, **other)  # type: ignore[arg-type]


PLAIN = (
    standard("S01", "Letters answered"),
    standard("S02", "Files complete"),
    standard("S03", "Kept apart", counted=False),
)
AIMED = (
    standard("S01", "Letters answered", "0.80", direction=Direction.UP),
    standard("S02", "Files complete", "0.95", direction=Direction.UP, owner="Police"),
)
GRADED = (
    standard("S01", "Letters answered", "0.80", direction=Direction.UP, scale=Scale.GRADED),
    standard("S02", "Files complete", "0.95", direction=Direction.UP, scale=Scale.GRADED, owner="keepers"),
    standard("T01", "Answer in time", "0.80", direction=Direction.UP, scale=Scale.TIMELY),
    standard("T02", "File in time", "0.70", direction=Direction.UP, scale=Scale.TIMELY, owner="keepers"),
)
"""The register of a collection of cases."""
PRACTICE = "The letter is read aloud before it goes."
REASONS = (
    Reason("R1", "pages", "page missing"),
    Reason("R2", "pages", "page torn"),
    Reason("R3", "covers", "cover missing"),
)


def collection(
    standards: Sequence[Standard] = PLAIN,
    names: Mapping[str, str] = NAMES,
    target: str | None = None,
    direction: Direction = Direction.NEUTRAL,
    not_collected: Sequence[str] = (),
) -> Collection:
    day = WorkingDay(working_day=5, at="17:00")
    return Collection(
        code="letters",
        title="Letters and files",
        grain="aggregate",
        formats=("csv",),
        marking="OFFICIAL",
        licence=None,
        contact="assurance@example.org",
        note=NOTE,
        words=WORDS,
        limits=Limits(bytes=1000, rows=1000, columns=10),
        not_collected=frozenset(Period.parse(text) for text in not_collected),
        calendar=Calendar(due=day, cut_off=day, release=day),
        headline_direction=direction,
        headline_target=Decimal(target) if target else None,
        headline_margin=Decimal("0.02"),
        dates=("YYYY-MM-DD",),
        synonyms={},
        meanings={},
        columns=(Column(name="subject", type="standard"),),
        cases=CaseEntry(),
        reasons=None,
        reason_list=(),
        derived=(),
        standards=tuple(standards),
        rules=RuleFile(version=1, guards=(), expectations=()),
        areas=tuple(Area(code, name, (), date(2000, 1, 1), date(9999, 12, 31)) for code, name in sorted(names.items())),
        units=(),
        version="0123456789ab",
    )


def of_cases(standards: Sequence[Standard] = GRADED, names: Mapping[str, str] = NAMES, **other: object) -> Collection:
    """A collection whose returns hold cases: targets for standards and none for the headline, reasons for one of them."""
    made = collection(standards, names, direction=Direction.UP)
    columns = tuple(Column(name=each.code, type="answer") for each in standards)
    reasons = ReasonEntry(column="reasons", standard="S02", disputed="disputed", accepted="accepted")
    given: dict[str, object] = {"grain": "case", "columns": columns, "reasons": reasons, "reason_list": REASONS}
    return replace(made, **{**given, **other})  # type: ignore[arg-type]


@cache
def of_register(code: str, standards: Sequence[str], areas: int, **other: object) -> Collection:
    """A collection as it stands under `expectations/`, with some of its standards and its first so many Areas."""
    own = load_catalogue(REPOSITORY / "expectations").collection(code)
    owing = [area for area in own.areas if area.owes(PERIOD)]
    picked = tuple(each for each in own.standards if each.code in standards)
    told = tuple(one for one in own.published if one.standard in standards)
    codes = {area.code for area in owing[:areas]}
    actions = tuple(a for a in own.actions if a.standard in (None, *standards) and a.area in (None, *codes))
    return replace(
        own,
        standards=picked,
        areas=tuple(owing[:areas]),
        published=told,
        actions=actions,
        **other,  # type: ignore[arg-type]
    )


def submission(area: str, period: Period, outcome: Outcome = Outcome.ACCEPTED, **other: object) -> Submission:
    following = period.plus(1)
    made = Submission(
        submission_id=f"{area}-{period}-1",
        collection="letters",
        area=area,
        period=period,
        version=1,
        file_name=f"R-{area}-{period.year}{period.month:02d}-v01.csv",
        sha256=f"{area}{period}".encode().hex().ljust(64, "0"),
        received_at=datetime(following.year, following.month, 4, 10, 12),
        arrival=Arrival.ON_TIME,
        outcome=outcome,
        rows_in=12,
        rows_accepted=0 if outcome in (Outcome.REJECTED, Outcome.NIL) else 12,
        rows_quarantined=0,
        rows_rejected=12 if outcome is Outcome.REJECTED else 0,
        content_sha256=None,
    )
    return replace(made, **other)  # type: ignore[arg-type]


DECLARED = (("Y", "Y", 150), ("N", "N", 30), ("Y", "N", 9), ("N", "Y", 1), ("Y", "ND", 2), ("NA", "NA", 50))
GIVEN = (
    ("R1", "N", "", 20),
    ("R1", "Y", "N", 3),
    ("R1", "Y", "Y", 1),
    ("R3", "", "", 4),
    *((ANY_REASON, "N", "", 18), (ANY_REASON, "Y", "N", 3), (ANY_REASON, "Y", "Y", 1), (ANY_REASON, "", "", 2)),
)

_OUTCOMES = {
    ReturnState.ACCEPTED: Outcome.ACCEPTED,
    ReturnState.ACCEPTED_WITH_QUERIES: Outcome.ACCEPTED_WITH_QUERIES,
    ReturnState.NIL: Outcome.NIL,
    ReturnState.REJECTED: Outcome.REJECTED,
    ReturnState.LEFT_OUT: Outcome.ACCEPTED,
}
DECIDED = LeftOut("the Director of Assurance", "It looks like the return of last year.", datetime(2026, 11, 20, 9))
"""Who left returns out, and why."""


def release(
    *,
    months: int = 14,
    rates: Mapping[str, Sequence[float] | float] | None = None,
    better: Mapping[str, Sequence[float] | float] | None = None,
    assessed: int = 200,
    states: Mapping[str, ReturnState] | None = None,
    late: Sequence[str] = (),
    absent: Sequence[tuple[str, str]] = (),
    of: Collection | None = None,
    replaces: Replaced | None = None,
    signed: bool = True,
    scope: int | None = 900,
    targeted: int = 3,
    declared: Sequence[tuple[str, str, int]] = DECLARED,
    given: Sequence[tuple[str, str, str, int]] = GIVEN,
    read: Sequence[tuple[str, str, str, str, int]] = (),
    unmatched: int = 0,
    changed: int = 0,
) -> ReleaseFacts:
    """A release of `PERIOD` with so many months behind it.

    `rates`: the share met of each Area, one for every month or one per month (default 0.85 and a little about it).
    `better`: by how much a standard is better than these, in every Area.
    `states`: what became of this month's returns where not accepted. `absent`: (Area, month) without a return.
    Of a collection of cases each return of the last three months looks at `assessed` of `scope` cases and has, for each
    timely standard, the checks of `declared` (said, computed, checks), and the reasons of `given` (reason, disputed,
    accepted, checks).
    Of the first Area's cases of this month `read` was read a second time (assessor, standard, own and second answer,
    checks), `unmatched` beside it found no case, and `changed` own answers are others since.
    """
    own = of or collection()
    states = states or {}
    rows, inputs, returns, returned = [], [], [], []
    for month in PERIOD.plus(1 - months).until(PERIOD):
        for area in own.areas_owing(month):
            if (area.code, str(month)) in absent:
                continue
            state = states.get(area.code, ReturnState.ACCEPTED) if month == PERIOD else ReturnState.ACCEPTED
            sent = None
            if state in _OUTCOMES:
                arrival = Arrival.LATE if area.code in late and month == PERIOD else Arrival.ON_TIME
                sent = submission(area.code, month, _OUTCOMES[state], arrival=arrival)
            kept = sent if state is ReturnState.LEFT_OUT else None
            in_force = sent if sent and sent.outcome.counts and not kept else None
            if in_force:
                inputs.append(in_force)
            if month == PERIOD:
                queries = 2 if state is ReturnState.ACCEPTED_WITH_QUERIES else 0
                decided = DECIDED if kept else None
                returns.append(ReturnStatus(area, state, in_force, sent, queries, left_out=decided, kept=kept))
            if state.has_figures:
                returned.append((month, area.code))
                share = _share(rates, area.code, month, months)
                rows += [
                    TallyRow(
                        month,
                        area.code,
                        each.code,
                        _counts(each, share + _more(better, each.code, month, months), assessed),
                    )
                    for each in own.standards
                ]
    looked_at = [row for row in returned if row[0] > PERIOD.plus(-3)] if own.grain == "case" else []
    timely = [each.code for each in own.standards if each.scale is Scale.TIMELY]
    return ReleaseFacts(
        collection=own,
        period=PERIOD,
        number=replaces.number + 1 if replaces else 1,
        rows=tuple(rows),
        returns=tuple(returns),
        inputs=tuple(inputs),
        coverage=tuple(CoverageRow(*place, assessed, targeted, scope) for place in looked_at),
        declared=tuple(DeclaredRow(*place, code, *pair) for place in looked_at for code in timely for pair in declared),
        reasons=tuple(ReasonRow(*place, *row) for place in looked_at if own.reasons for row in given),
        second_readings=_second_readings(own.areas[0].code, read, unmatched, changed),
        assessors={"HMCPSI": "the Inspectorate", "BBB": "Brookmoor"},
        inputs_sha256="ab" * 32,
        package_version="0.1.0",
        signed_off_by_setting=signed,
        replaces=replaces,
        lines=tuple(_line(row) for row in rows if row.period > PERIOD.plus(-3)),
        judged={each.submission_id: JudgedWith("0123456789ab", "0.1.0") for each in inputs},
        left_out={(PERIOD, each.area.code): each.left_out for each in returns if each.left_out},
    )


def _line(row: TallyRow) -> CountedLine:
    """The tally behind a row: all of it in one unit."""
    own = TallyLine(row.standard, 1, f"{row.area} Police", "all", row.counts)
    return CountedLine(f"{row.area}-{row.period}-1", row.period, row.area, own)


def with_rows(facts: ReleaseFacts, step: int = 7) -> ReleaseFacts:
    """The same with the rows of its unmet checks: every so many rows; of late ones each third says met."""
    counts = {(row.area, row.standard): row.counts for row in facts.rows if row.period == facts.period}
    unmet = {}
    for one in facts.returns_of_cases:
        found = []
        for standard in facts.standards:
            of = counts[one.area, standard.code]
            for answer, many in (("not_met", of.not_met), ("partly", of.partly)):
                rows = tuple(range(2, 2 + step * many, step))
                if rows:
                    said = rows[::3] if standard.scale is Scale.TIMELY else ()
                    found.append(UnmetRows(standard.code, answer, rows, said))
        unmet[one.area] = tuple(found)
    return replace(facts, unmet=unmet)


def published(facts: ReleaseFacts, *less: tuple[str, Period, int]) -> LastRelease:
    """What the release before published, if these Areas and months had so many fewer checks met of each standard."""
    fewer = {(area, month): by for area, month, by in less}
    rows = tuple(
        replace(row, counts=Counts(row.counts.met - by, row.counts.partly, row.counts.not_met + by))
        if (by := fewer.get((row.area, row.period), 0)) and row.counts.assessed
        else row
        for row in facts.rows
    )
    made = measure(replace(facts, rows=rows, replaces=None))
    return LastRelease(tuple(map(stated, made.figures.values())), facts.collection)


def render_release(facts: ReleaseFacts, reports: Path, published: LastRelease | None = None) -> dict[str, str]:
    """Every page of a release by its path; `published` is what the release published that this one replaces."""
    return render_pages(measure(facts, published), reports)


def national_page(facts: ReleaseFacts, reports: Path) -> str:
    """The nation's page alone."""
    return render_page(measure(facts), NATION, reports)


def area_page(facts: ReleaseFacts, area: str, reports: Path) -> str:
    """One Area's page alone."""
    return render_page(measure(facts), area, reports)


def restated(kind: CauseKind = CauseKind.NEW_VERSION) -> tuple[ReleaseFacts, LastRelease]:
    """A second release: Cliff and Coast sent another version for the month, and Ashdale, a little, for the one before."""
    causes = (
        Cause(CauseKind.NEW_VERSION, "AAA", PERIOD.plus(-1), "01", "02"),
        Cause(kind, "CCC", PERIOD, "01" if kind is CauseKind.NEW_VERSION else "", "02"),
    )
    facts = release(of=AIMED_COLLECTION)
    before = published(facts, ("CCC", PERIOD, 40), ("AAA", PERIOD.plus(-1), 1))
    headline = next(f.counts for f in before.figures if f.key == ("1m", "ALL", "ALL"))
    assert headline is not None
    return replace(facts, number=2, replaces=Replaced(1, headline, ("CCC",), causes)), before


def _second_readings(
    area: str, read: Sequence[tuple[str, str, str, str, int]], unmatched: int, changed: int
) -> SecondReadings:
    pairs = [SecondReadingRow(PERIOD, area, who, code, "random", *rest) for who, code, *rest in read]  # type: ignore[arg-type]
    matched = {row.assessor: sum(one.checks for one in pairs if one.assessor == row.assessor) for row in pairs}
    return SecondReadings(
        pairs=tuple(pairs),
        readings=tuple(
            ReadingRow(PERIOD, area, who, found + unmatched, found, unmatched, 0) for who, found in matched.items()
        ),
        changed=(ChangedRow(PERIOD, area, changed, changed),) if changed else (),
    )


def _more(better: Mapping[str, Sequence[float] | float] | None, code: str, month: Period, months: int) -> float:
    return _share(better, code, month, months) if better and code in better else 0.0


def _share(rates: Mapping[str, Sequence[float] | float] | None, area: str, month: Period, months: int) -> float:
    given = (rates or {}).get(area)
    index = (month.year - PERIOD.year) * 12 + month.month - PERIOD.month + months - 1
    if given is None:
        return 0.85 + 0.01 * ((index * 7 + ord(area[0])) % 5 - 2)
    return given if isinstance(given, float) else given[index]


def _counts(each: Standard, share: float, assessed: int) -> Counts:
    if not each.counted:
        return Counts(not_applicable=3)
    met = min(assessed, round(share * assessed))
    partly = (assessed - met) // 2 if each.scale is Scale.GRADED else 0
    return Counts(met=met, partly=partly, not_met=assessed - met - partly)


READ = (
    *(("HMCPSI", "S01", *pair) for pair in (("FM", "FM", 60), ("PM", "FM", 14), ("FM", "PM", 1), ("NM", "NM", 8))),
    *(("HMCPSI", "T01", *pair) for pair in (("Y", "Y", 40), ("N", "Y", 2), ("Y", "NA", 3))),
)
"""Assessor, standard, own and second answer, checks."""
OTHERS_SAID = (
    Published(standard="S01", who="The Ministry", percentage="99.4", source="A statement", entered="2026-11-01"),
    Published(
        standard="S02",
        who="The Inspectorate",
        percentage="71.0",
        checks=200,
        first="2026-08",
        last="2026-10",
        source="A report",
        url="https://example.org/report",
        entered="2026-11-01",
    ),
)
TO_DO = (
    Action(
        id="A-001",
        title="Ask the keepers",
        owner="The forum",
        raised="2026-08-03",
        due="2026-09-30",
        done="2026-09-29",
        outcome="They answered",
    ),
    Action(
        id="A-002",
        title="Count the letters again",
        owner="Head of Letters",
        standard="S01",
        raised="2026-08-20",
        due="2026-10-30",
    ),
    Action(
        id="A-003",
        title="Mend the boxes",
        owner="Manager, Ashdale",
        standard="S02",
        area="AAA",
        raised="2026-09-10",
        due="2026-10-09",
        later=(LaterDue(agreed="2026-10-08", due="2026-11-27", reason="New boxes come in November"),),
    ),
    Action(
        id="A-004",
        title="Paint the boxes",
        owner="Manager, Brookmoor",
        area="BBB",
        raised="2026-09-11",
        due="2026-11-02",
        done="2026-11-04",
        outcome="All are blue.",
    ),
    Action(id="A-005", title="Learn to write", owner="The forum", raised="2026-11-10", due="2026-12-11"),
)
"""One was done before the report for September, one is overdue, one was moved, one was done since, one comes later."""
HOSTILE = "<script>alert(\"x\")</script> & 'Sons' {{ 7*7 }} " + "Long" * 30
S = ReturnState
AIMED_COLLECTION = collection(AIMED, target="0.85", direction=Direction.UP)


def split(month: Period, made: Collection | None = None) -> Collection:
    """The last Area ends, and two begin with a month: Elmshire, where no other collection is given."""
    begins = month.first_day
    made = made or of_cases()
    *others, ending = made.areas
    north, south = (
        Area(ending.code[:2] + side[0], f"{ending.name} {side}", (), begins, date(9999, 12, 31), succeeds=ending.code)
        for side in ("North", "South")
    )
    return replace(made, areas=(*others, replace(ending, valid_to=begins), north, south))


def rebased() -> Collection:
    """With a target, runs of six, and limits that begin anew with January 2026."""
    charting = Charting(run_length=6, rebases=(Rebase(Period(2026, 1), "A new <case system>"),))
    as_xmr = replace(charting, kind=ChartKind.XMR, screen=True)
    made = AIMED_COLLECTION
    standards = tuple(replace(each, charting=as_xmr) for each in made.standards)
    return replace(made, headline_charting=charting, standards=standards)


def practised() -> Collection:
    """A register that says of one standard what good practice is; what partners get has a marking of its own."""
    first, *others = GRADED
    return replace(of_cases((replace(first, good_practice=PRACTICE), *others)), shareable_marking="OPEN TO PARTNERS")


REBASED = (*[0.79, 0.81] * 7, *[0.89, 0.90] * 5)

RELEASES: Mapping[str, ReleaseFacts] = {
    "usual": release(),
    "first month": release(months=1),
    "three months": release(months=3),
    "limits provisional": release(months=8),
    "with targets": release(of=AIMED_COLLECTION, rates={"AAA": 0.60, "EEE": 0.97}),
    "all met": release(of=AIMED_COLLECTION, rates=dict.fromkeys(NAMES, 1.0)),
    "constant": release(rates=dict.fromkeys(NAMES, 1.0)),
    "too few": release(of=AIMED_COLLECTION, assessed=2),
    "improving": release(of=AIMED_COLLECTION, rates=dict.fromkeys(NAMES, (*[0.80, 0.81] * 6, 0.90, 0.95))),
    "worsening": release(of=AIMED_COLLECTION, rates=dict.fromkeys(NAMES, (*[0.90, 0.91] * 6, 0.80, 0.75))),
    "every state": release(
        states={"AAA": S.NIL, "BBB": S.MISSING, "CCC": S.REJECTED, "DDD": S.ACCEPTED_WITH_QUERIES},
        late=("EEE",),
        absent=(("DDD", "2026-09"),),
    ),
    "not yet in": release(states={"BBB": S.EXPECTED}),
    "left out": release(states={"BBB": S.LEFT_OUT}),
    "all missing": release(states=dict.fromkeys(NAMES, S.MISSING)),
    "all missing at first": release(months=1, states=dict.fromkeys(NAMES, S.MISSING)),
    "all nil": release(states=dict.fromkeys(NAMES, S.NIL)),
    "one Area": release(of=collection(names={"AAA": "Ashdale"})),
    "two Areas": release(of=collection(names={"AAA": "Ashdale", "BBB": "Brookmoor"})),
    "months not collected": release(of=collection(not_collected=("2026-03", "2026-09"))),
    "restated": release(replaces=Replaced(1, Counts(met=1600, not_met=400), ("CCC",))),
    "restated by an earlier month": release(replaces=Replaced(1, Counts(met=1700, not_met=300), ()), signed=False),
    "long series": release(months=60),
    "rebased": release(of=rebased(), months=24, rates=dict.fromkeys(NAMES, REBASED)),
    "cases": release(of=of_cases(), rates={"AAA": 0.60, "EEE": 0.97}, states={"DDD": S.ACCEPTED_WITH_QUERIES}),
    "cases, read": release(of=of_cases(published=OTHERS_SAID), read=READ, unmatched=3, changed=2),
    "cases, read by several": release(
        of=of_cases(), read=(*READ, ("BBB", "S01", "FM", "PM", 4), ("BBB", "T02", "NA", "Y", 2))
    ),
    "cases, read and all alike": release(of=of_cases(), read=(("HMCPSI", "T01", "Y", "Y", 9),)),
    "cases, nothing compared": release(of=of_cases(), read=(("HMCPSI", "T01", "NA", "Y", 1),), unmatched=1),
    "cases, published": release(of=of_cases(published=OTHERS_SAID)),
    "cases, first month": release(of=of_cases(), months=1),
    "cases, every state": release(
        of=of_cases(),
        states={"AAA": S.NIL, "BBB": S.MISSING, "CCC": S.REJECTED, "DDD": S.ACCEPTED_WITH_QUERIES},
        late=("EEE",),
    ),
    "cases, all missing": release(of=of_cases(), states=dict.fromkeys(NAMES, S.MISSING)),
    "cases, all nil": release(of=of_cases(), months=1, states=dict.fromkeys(NAMES, S.NIL)),
    "good practice": release(of=practised(), rates={"DDD": 0.96, "EEE": 0.97}),
    "with actions": release(of=replace(AIMED_COLLECTION, actions=TO_DO)),
    "cases, one Area": release(of=of_cases(names={"AAA": "Ashdale"})),
    "cases, all met": release(of=of_cases(), rates=dict.fromkeys(NAMES, 1.0), declared=(("Y", "Y", 190),), given=()),
    "cases, none alike": release(
        of=of_cases(), declared=(("ND", "N", 10),), given=(("R2", "", "", 1), (ANY_REASON, "", "", 1)), targeted=1
    ),
    "cases, no reasons asked": release(of=of_cases(reasons=None, reason_list=()), declared=()),
    "cases, an Area begins": release(of=split(PERIOD.plus(-1)), months=14),
    "cases, hostile names": release(
        of=of_cases(
            (GRADED[0], replace(GRADED[1], title=HOSTILE, owner=HOSTILE), *GRADED[2:]),
            reason_list=(Reason("R1", HOSTILE, HOSTILE), *REASONS[1:]),
        )
    ),
    "hostile names": release(
        of=collection((standard("S01", HOSTILE), *PLAIN[1:]), names={**NAMES, "AAA": HOSTILE}),
        states={"AAA": S.MISSING},
    ),
}
"""Releases by what is special about them; every page of each must be right."""


@cache
def measured_of(name: str) -> Measured:
    """The figures of one of these, computed once for all tests of a process."""
    return measure(RELEASES[name])
