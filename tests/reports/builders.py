"""Facts of releases in many states, in a few lines each: a register of three standards, and Areas by their rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from assurance.catalogue import Calendar, Collection, Limits, RuleFile, Words, WorkingDay
from assurance.model import (
    Area,
    Arrival,
    Counts,
    Direction,
    Outcome,
    Period,
    ReturnState,
    ReturnStatus,
    Standard,
    Submission,
    TallyRow,
)
from assurance.reporting.facts import ReleaseFacts, Replaced

REPORTS = Path(__file__).resolve().parents[2] / "reports"
PERIOD = Period(2026, 10)
NAMES = {"AAA": "Ashdale", "BBB": "Brookmoor", "CCC": "Cliff and Coast", "DDD": "Dunvale", "EEE": "Elmshire"}
WORDS = Words(
    check="check", checks="checks", met="were met", rate="Compliance", standard="standard", standards="standards"
)


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
        formats=("csv",),
        marking="OFFICIAL",
        licence=None,
        contact="assurance@example.org",
        words=WORDS,
        limits=Limits(bytes=1000, rows=1000, columns=10),
        not_collected=frozenset(Period.parse(text) for text in not_collected),
        calendar=Calendar(due=day, cut_off=day, release=day),
        headline_direction=direction,
        headline_target=Decimal(target) if target else None,
        headline_margin=Decimal("0.02"),
        columns=(),
        standards=tuple(standards),
        rules=RuleFile(version=1, guards=(), expectations=()),
        areas=tuple(Area(code, name, (), date(2000, 1, 1), date(9999, 12, 31)) for code, name in sorted(names.items())),
        units=(),
        version="0123456789ab",
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


_OUTCOMES = {
    ReturnState.ACCEPTED: Outcome.ACCEPTED,
    ReturnState.ACCEPTED_WITH_QUERIES: Outcome.ACCEPTED_WITH_QUERIES,
    ReturnState.NIL: Outcome.NIL,
    ReturnState.REJECTED: Outcome.REJECTED,
}


def release(
    *,
    months: int = 14,
    rates: Mapping[str, Sequence[float] | float] | None = None,
    assessed: int = 200,
    states: Mapping[str, ReturnState] | None = None,
    late: Sequence[str] = (),
    absent: Sequence[tuple[str, str]] = (),
    of: Collection | None = None,
    replaces: Replaced | None = None,
    signed: bool = True,
) -> ReleaseFacts:
    """A release of `PERIOD` with so many months behind it.

    `rates`: the share met of each Area, one for every month or one per month (default 0.85 and a little about it).
    `states`: what became of this month's returns where not accepted. `absent`: (Area, month) without a return.
    """
    own = of or collection()
    states = states or {}
    rows, inputs, returns = [], [], []
    for month in PERIOD.plus(1 - months).until(PERIOD):
        for area in own.areas_owing(month):
            if (area.code, str(month)) in absent:
                continue
            state = states.get(area.code, ReturnState.ACCEPTED) if month == PERIOD else ReturnState.ACCEPTED
            sent = None
            if state in _OUTCOMES:
                arrival = Arrival.LATE if area.code in late and month == PERIOD else Arrival.ON_TIME
                sent = submission(area.code, month, _OUTCOMES[state], arrival=arrival)
            in_force = sent if sent and sent.outcome.counts else None
            if in_force:
                inputs.append(in_force)
            if month == PERIOD:
                queries = 2 if state is ReturnState.ACCEPTED_WITH_QUERIES else 0
                returns.append(ReturnStatus(area, state, in_force, sent, queries))
            if state.has_figures:
                share = _share(rates, area.code, month, months)
                rows += [
                    TallyRow(month, area.code, each.code, _counts(each, share, assessed)) for each in own.standards
                ]
    return ReleaseFacts(
        collection=own,
        period=PERIOD,
        number=replaces.number + 1 if replaces else 1,
        rows=tuple(rows),
        returns=tuple(returns),
        inputs=tuple(inputs),
        inputs_sha256="ab" * 32,
        package_version="0.1.0",
        signed_off_by_setting=signed,
        replaces=replaces,
    )


def _share(rates: Mapping[str, Sequence[float] | float] | None, area: str, month: Period, months: int) -> float:
    given = (rates or {}).get(area)
    index = (month.year - PERIOD.year) * 12 + month.month - PERIOD.month + months - 1
    if given is None:
        return 0.85 + 0.01 * ((index * 7 + ord(area[0])) % 5 - 2)
    return given if isinstance(given, float) else given[index]


def _counts(each: Standard, share: float, assessed: int) -> Counts:
    if not each.counted:
        return Counts(not_applicable=3)
    met = round(share * assessed)
    return Counts(met=met, not_met=assessed - met)


HOSTILE = "<script>alert(\"x\")</script> & 'Sons' {{ 7*7 }} " + "Long" * 30
S = ReturnState
AIMED_COLLECTION = collection(AIMED, target="0.85", direction=Direction.UP)

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
    "all missing": release(states=dict.fromkeys(NAMES, S.MISSING)),
    "all missing at first": release(months=1, states=dict.fromkeys(NAMES, S.MISSING)),
    "all nil": release(states=dict.fromkeys(NAMES, S.NIL)),
    "one Area": release(of=collection(names={"AAA": "Ashdale"})),
    "two Areas": release(of=collection(names={"AAA": "Ashdale", "BBB": "Brookmoor"})),
    "months not collected": release(of=collection(not_collected=("2026-03", "2026-09"))),
    "restated": release(replaces=Replaced(1, Counts(met=1600, not_met=400), ("CCC",))),
    "restated by an earlier month": release(replaces=Replaced(1, Counts(met=1700, not_met=300), ()), signed=False),
    "long series": release(months=60),
    "hostile names": release(
        of=collection((standard("S01", HOSTILE), *PLAIN[1:]), names={**NAMES, "AAA": HOSTILE}),
        states={"AAA": S.MISSING},
    ),
}
"""Releases by what is special about them; every page of each must be right."""
