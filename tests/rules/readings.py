"""Files of second readings that satisfy every rule: what an assessor answers to the plain cases of an Area's return."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assurance.catalogue import Collection
from assurance.model import NOT_APPLICABLE, Period
from tests.rules.builders import Return, collection, file_name
from tests.rules.cases import BCM_PERIOD, CODES

HEADER = ("return_id", "area_code", "period", "urn", "defendant_seq", "sample_point", "standard", "answer", "assessor")
INSPECTORATE = "HMCPSI"

Reading = tuple[str, str, str, str, str]
"""URN, sample point, standard, second answer and assessor; the defendant is always the first."""


def bcm_readings() -> Collection:
    return collection("bcm_readings")


def urn(number: int, area: str = "WSX") -> str:
    """The reference of the n-th plain case of an Area."""
    return f"{CODES[area]}AB{number:07d}"


def readings_return(
    *read: Reading,
    area: str = "WSX",
    period: Period = BCM_PERIOD,
    version: int = 1,
    reason_given: bool = False,
) -> Return:
    """A file of these readings; without any, of one for each standard and answer that is allowed."""
    name = file_name(area, period, version)
    return Return(area, name, HEADER, rows(read or every_answer(), name), reason_given=reason_given)


def rows(read: Iterable[Reading], name: str) -> tuple[tuple[str, ...], ...]:
    area, period = name[2:5], f"{name[6:10]}-{name[10:12]}"
    return tuple(
        (name.rpartition(".")[0], area, period, case, "1", point, standard, answer, assessor)
        for case, point, standard, answer, assessor in read
    )


def every_answer() -> Sequence[Reading]:
    """Every allowed answer to every standard, each of a case of its own."""
    asked = [(s, answer) for s in bcm_readings().standards_in(BCM_PERIOD) for answer in s.allowed_answers]
    return [
        (urn(number), standard.asked_at or "", standard.code, answer, INSPECTORATE)
        for number, (standard, answer) in enumerate(asked, start=1)
    ]


def readings_nil(area: str = "WSX", period: Period = BCM_PERIOD) -> Return:
    name = file_name(area, period)
    row = (name.removesuffix(".csv"), area, str(period), "NIL", "", "", "", "", "")
    return Return(area, name, HEADER, (row,))


def at_wrong_points() -> list[Reading]:
    """Each standard at another point than its own."""
    other = {"ptph": "trial", "stage": "ptph", "trial": "stage"}
    return [
        (urn(number), other[s.asked_at or ""], s.code, s.allowed_answers[0], INSPECTORATE)
        for number, s in enumerate(bcm_readings().standards_in(BCM_PERIOD), start=1)
    ]


def with_wrong_answers() -> list[Reading]:
    """Each standard with an answer of another scale, or NA where the question always applies."""
    answers = bcm_readings().values_of(next(c for c in bcm_readings().columns if c.name == "answer"))
    return [
        (urn(number), s.asked_at or "", s.code, wrong, INSPECTORATE)
        for number, s in enumerate(bcm_readings().standards_in(BCM_PERIOD), start=1)
        for wrong in [next(a for a in (NOT_APPLICABLE, *answers) if a not in s.allowed_answers)]
    ]
