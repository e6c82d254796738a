"""Returns of the Better Case Management collection that satisfy every rule, made of plain cases."""

from __future__ import annotations

from datetime import date, timedelta

from assurance.catalogue import Collection
from assurance.catalogue.collection import ordinary
from assurance.due import computed_answer
from assurance.model import Period, Scale
from tests.rules.builders import Return, collection, file_name

BCM_PERIOD = Period(2026, 10)
CODES = {"WSX": "44", "WMD": "20", "EMD": "33", "LON": "01", "LNN": "01", "LNS": "48"}
"""The number with which each Area's case references begin here."""
Case = dict[str, object]

ANSWERS = {Scale.BINARY: "Y", Scale.GRADED: "FM"}


def bcm() -> Collection:
    return collection("bcm")


def columns_for(each: str, period: Period = BCM_PERIOD) -> list[str]:
    """The columns that an entry with `each` stands for."""
    entry = next(entry for entry in bcm().rules.expectations if entry.each is not None)
    asked = entry.model_copy(update={"each": each, "kwargs": {"column": "$COLUMN"}})
    return [one.kwargs["column"] for one in ordinary(asked, bcm().columns_in(period), bcm().standards_in(period))]


def case(
    number: int,
    point: str,
    period: Period = BCM_PERIOD,
    area: str = "WSX",
    of: Collection | None = None,
    **cells: object,
) -> Case:
    """One case that satisfies every rule, with some cells of its own. Its answers follow from its dates."""
    day = period.first_day + timedelta(days=10)
    plain = {"ptph": _ptph(day), "stage": _stage(day), "trial": _trial(day)}[point]
    made: Case = {
        "return_id": file_name(area, period).removesuffix(".csv"),
        "area_code": area,
        "period": str(period),
        "cases_in_scope": 500,
        "urn": f"{CODES[area]}AB{number:07d}",
        "defendant_seq": 1,
        "sample_point": point,
        "sample_reason": "random",
        "assessed_on": period.last_day,
        "assessor_role": "LM",
        "case_type": "general",
        "anticipated_plea": "NGAP",
        "remand_status": "custody",
        "child_witness_under_10": "N",
        "charging_authority": "CPS",
        "plea_at_ptph": "not_guilty",
        "hearings_to_date": 1,
        **plain,
        **cells,
    }
    return _answered(made, point, period, of or bcm()) | cells


def rows(cases: list[Case], of: Collection | None = None, period: Period = BCM_PERIOD) -> tuple[tuple[str, ...], ...]:
    columns = (of or bcm()).columns_in(period)
    return tuple(tuple(_written(one.get(column.name)) for column in columns) for one in cases)


def bcm_return(
    *cases: Case,
    area: str = "WSX",
    period: Period = BCM_PERIOD,
    version: int = 1,
    reason_given: bool = False,
    of: Collection | None = None,
) -> Return:
    """A return of these cases; without any, of thirty that satisfy every rule."""
    made = list(cases) or good_cases(area, period, of)
    name = file_name(area, period, version)
    named = [{**one, "return_id": name.removesuffix(".csv")} for one in made]
    header = tuple(column.name for column in (of or bcm()).columns_in(period))
    return Return(area, name, header, rows(named, of, period), reason_given=reason_given)


def good_cases(area: str = "WSX", period: Period = BCM_PERIOD, of: Collection | None = None) -> list[Case]:
    """Twenty cases at the PTPH, five at the stage point, five at the trial; one answer is less than fully met."""
    points = ["ptph"] * 20 + ["stage"] * 5 + ["trial"] * 5
    cases = [case(number, point, period, area, of) for number, point in enumerate(points, start=1)]
    cases[0] |= {"C02": "PM"}
    return cases


def bcm_nil(area: str = "WSX", period: Period = BCM_PERIOD) -> Return:
    name = file_name(area, period)
    cells: Case = {
        "return_id": name.removesuffix(".csv"),
        "area_code": area,
        "period": str(period),
        "cases_in_scope": 0,
        "urn": "NIL",
    }
    header = tuple(column.name for column in bcm().columns_in(period))
    return Return(area, name, header, rows([cells], period=period))


def _ptph(day: date) -> Case:
    """A case whose PTPH is on the day."""
    before = day - timedelta(days=8)
    return {
        **_start(day - timedelta(days=28)),
        "ptph_date": day,
        "idpc_served_date": day - timedelta(days=32),
        "allocated_date": day - timedelta(days=25),
        "indictment_uploaded_date": before,
        "evidence_uploaded_date": before,
        "ptph_form_uploaded_date": before,
        "defence_ptph_form_date": day - timedelta(days=2),
    }


def _stage(day: date) -> Case:
    """A case whose Stage 3 is due on the day."""
    disclosed = day - timedelta(days=27 + 14)
    sent = disclosed - timedelta(days=49)
    return {
        **_start(sent),
        "ptph_date": sent + timedelta(days=28),
        "stage1_served_date": disclosed,
        "initial_disclosure_date": disclosed,
        "upgrade_due_date": disclosed,
        "upgrade_received_date": disclosed,
        "defence_statement_date": disclosed + timedelta(days=27),
        "stage3_served_date": day,
    }


def _trial(day: date) -> Case:
    """A case whose trial is on the day."""
    sent = day - timedelta(days=180)
    return {
        **_start(sent),
        "ptph_date": sent + timedelta(days=28),
        "trial_date": day,
        "cotr_prosecution_date": day - timedelta(days=28),
    }


def _start(sent: date) -> Case:
    return {
        "charge_date": sent - timedelta(days=10),
        "first_hearing_date": sent - timedelta(days=3),
        "sending_date": sent,
    }


def _answered(made: Case, point: str, period: Period, of: Collection) -> Case:
    typed = {name: value for name, value in made.items() if value is None or isinstance(value, date | str)}
    answers: Case = {}
    for standard in of.standards_in(period):
        if standard.asked_at != point or standard.scale is None:
            continue
        answers[standard.code] = ANSWERS.get(standard.scale) or computed_answer(
            standard, of.versions, typed, _day(made["assessed_on"]), _day(made["sending_date"])
        )
    return made | answers


def _day(value: object) -> date:
    assert isinstance(value, date)
    return value


def _written(value: object) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)
