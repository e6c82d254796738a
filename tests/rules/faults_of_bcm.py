"""Returns of `bcm` with one fault each: rows that are held back, asked about or remarked on, and whole returns.

Wessex in October 2026, received on 3 November. A plain case at the PTPH: charged on 3 September, first heard on the
10th, sent on the 13th, PTPH on 11 October, assessed on the 31st.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from openpyxl import Workbook

from assurance.catalogue import Column
from assurance.model import Counts, Earlier, Outcome, Period, Scale
from tests.rules.builders import Place, Return, examined
from tests.rules.cases import BCM_PERIOD, bcm, bcm_nil, bcm_return, case, columns_for, good_cases, rows
from tests.rules.faults import Case, RowFault, whole, without_column
from tests.rules.workbooks import as_workbook

ASKED, ACCEPTED = Outcome.ACCEPTED_WITH_QUERIES, Outcome.ACCEPTED
POINTS = ("ptph", "stage", "trial")
CHARGED, HEARD, SENT, PTPH = date(2026, 9, 3), date(2026, 9, 10), date(2026, 9, 13), date(2026, 10, 11)
BEFORE_THE_MONTH, AFTER_THE_MONTH = date(2026, 9, 30), date(2026, 11, 1)
LOOKS_RIGHT = "\u0405"
"""A Cyrillic letter that looks like an S."""

SHORT_FILE = {"P01": "PM", "nfs_failure_codes": "E1;D4"}
DISPUTED = {**SHORT_FILE, "police_disputed": "Y", "cps_accepted_dispute": "N"}
EVERYTHING_ELSE: Mapping[str, object] = {
    "stage1_ordered_date": date(2026, 11, 2),
    "stage1_served_date": date(2026, 10, 20),
    "initial_disclosure_date": date(2026, 10, 20),
    "upgrade_due_date": date(2026, 9, 20),
    "upgrade_received_date": date(2026, 9, 21),
    "stage2_ordered_date": date(2026, 11, 30),
    "defence_statement_date": date(2026, 10, 25),
    "stage3_ordered_date": date(2026, 12, 14),
    "stage3_served_date": date(2026, 10, 30),
    "trial_date": date(2027, 3, 1),
    "cotr_ordered_date": date(2027, 2, 1),
    "cotr_prosecution_date": date(2026, 10, 30),
    "comment": "The file was late.",
}
"""What a case at the PTPH can have beside what it must."""


# Rows


def plain(point: str = "ptph", **cells: object) -> dict[str, object]:
    """A valid case after some cells were overwritten; its answers are those of the dates before that."""
    return case(0, point) | cells


def full(**cells: object) -> dict[str, object]:
    """A valid case at the PTPH in which every cell that can be filled is."""
    return case(0, "ptph", **DISPUTED, **EVERYTHING_ELSE) | cells


def fault(rule: str, title: str, cells: Mapping[str, object], *found: str | tuple[str, str | None]) -> RowFault:
    """A fault whose findings are of its own rule where only the column is named."""
    places = tuple((rule, one) if isinstance(one, str) else one for one in found)
    return RowFault(rule, title, cells, places)


def row_faults() -> list[RowFault]:
    return [
        *_letters(),
        *_empty_cells(),
        *_values(),
        *_dates(),
        *_references(),
        *_course(),
        *_stages(),
        *_months(),
        *_answers(),
        *_failure_codes(),
        *_files_and_hearings(),
        *_queries_and_notes(),
    ]


def wall(faulty: Sequence[RowFault]) -> Return:
    """One return with every faulty row after thirty good ones: what is told of a row does not depend on the others."""
    usual = plain()["urn"]
    cells = [
        {**fault.cells, "urn": f"44ZZ{number:07d}" if fault.cells["urn"] == usual else fault.cells["urn"]}
        for number, fault in enumerate(faulty)
    ]
    return bcm_return().with_rows(*rows(cells))


def _columns(*types: str) -> list[Column]:
    return [column for column in bcm().columns_in(BCM_PERIOD) if column.type in types]


def _base(column: Column) -> dict[str, object]:
    """A case in which the column is filled."""
    if column.type == "answer":
        return plain(str(bcm().versions[column.name][0].asked_at))
    return full()


def _letters() -> Iterator[RowFault]:
    kinds = {"area": "RET-005", "period": "RET-006", "return_id": "RET-006"}
    kinds |= {"urn": "BCM-104", "codes": "BCM-111", "date": "BCM-103", "answer": "BCM-110"}
    for name in columns_for("coded"):
        column = next(column for column in bcm().columns if column.name == name)
        also = kinds.get(column.type, "BCM-102")
        cells = _base(column) | {name: f"A{LOOKS_RIGHT}"}
        yield fault("RET-012", f"{name} holds a letter of another script", cells, name, (also, name))


def _empty_cells() -> Iterator[RowFault]:
    said_otherwise = {"area": "RET-005", "period": "RET-006", "return_id": "RET-006"}
    for column in bcm().columns_in(BCM_PERIOD):
        if column.required:
            rule = said_otherwise.get(column.type, "BCM-101")
            yield fault(rule, f"{column.name} is empty", plain(**{column.name: None}), column.name)


def _values() -> Iterator[RowFault]:
    for column in _columns("code"):
        for value in ("else", str(column.values[0]).swapcase()):
            yield fault("BCM-102", f"{column.name} is {value}", full(**{column.name: value}), column.name)
    numbers: list[tuple[str, str]] = [
        *(("defendant_seq", wrong) for wrong in ("one", "1.5", "-1", "0", "100", "1,000", "9999999999")),
        *(("hearings_to_date", wrong) for wrong in ("one", "2.5", "-1", "41")),
        *(("cases_in_scope", wrong) for wrong in ("many", "5.0", "-5", "1,000", "1000001", "499")),
    ]
    for column_name, wrong in numbers:
        yield fault("BCM-102", f"{column_name} is {wrong}", plain(**{column_name: wrong}), column_name)
    yield fault("BCM-102", "a comment has 501 characters", plain(comment="x" * 501), "comment")


def _dates() -> Iterator[RowFault]:
    for column in _columns("date"):
        yield fault("BCM-103", f"{column.name} is no real day", full(**{column.name: "31/02/2026"}), column.name)
    for wrong in (
        "2026-02-30",
        "09/31/2026",
        "2009-12-31",
        "31/12/2009",
        "2100-01-01",
        "1/9/2026",
        "2026-9-1",
        "01-09-2026",
        "1 September",
        "2026-09-01T12:00:00",
        "46266",
        "NA",
    ):
        cells = plain(allocated_date=wrong)
        yield fault("BCM-103", f"a date is written {wrong}", cells, "allocated_date")


def _references() -> Iterator[RowFault]:
    for wrong in (
        "44AB123451",
        "44AB12345167",
        "44ab1234516",
        "4AAB1234516",
        "44AB 1234516",
        "44/AB/1234516",
        "44AB1234516X",
        "44AB1234516(X)",
        "44AB1234516/",
        "123456789",
    ):
        yield fault("BCM-104", f"a URN is written {wrong}", plain(urn=wrong), "urn")


def _course() -> Iterator[RowFault]:
    yield fault(
        "BCM-106",
        "heard the day before the charge",
        plain(first_hearing_date=date(2026, 9, 2)),
        "first_hearing_date",
    )
    yield fault(
        "BCM-106", "charged the day after the hearing", full(charge_date=date(2026, 9, 11)), "first_hearing_date"
    )
    yield fault(
        "BCM-106", "sent the day before the first hearing", plain(sending_date=date(2026, 9, 9)), "sending_date"
    )
    before_sending = plain("stage")["sending_date"]
    assert isinstance(before_sending, date)
    yield fault(
        "BCM-106",
        "a PTPH the day before the sending",
        plain("stage", ptph_date=before_sending.replace(day=before_sending.day - 1)),
        "ptph_date",
    )
    yield fault("BCM-106", "a trial on the day of the PTPH", plain(trial_date=PTPH), "trial_date")


def _stages() -> Iterator[RowFault]:
    before_charge, before_sending = date(2026, 9, 2), date(2026, 9, 12)
    for name in columns_for("evidence"):
        if name != "ptph_date":
            cells = full(**{name: before_charge})
            yield fault("BCM-107", f"{name} is the day before the charge", cells, name)
    sent = (
        "stage1_ordered_date",
        "stage1_served_date",
        "stage2_ordered_date",
        "stage3_ordered_date",
        "stage3_served_date",
    )
    for name in sent:
        cells = plain(**{name: before_sending})
        yield fault("BCM-107", f"{name} is the day before the sending", cells, name)
    ordered = {"stage1_ordered_date": date(2026, 11, 2), "stage2_ordered_date": date(2026, 11, 30)}
    same = plain(**ordered | {"stage2_ordered_date": date(2026, 11, 2)})
    yield fault("BCM-107", "Stages 1 and 2 are ordered for one day", same, "stage2_ordered_date")
    same = plain(**ordered, stage3_ordered_date=date(2026, 11, 30))
    yield fault("BCM-107", "Stages 2 and 3 are ordered for one day", same, "stage3_ordered_date")
    same = plain(stage1_ordered_date=date(2026, 11, 2), stage3_ordered_date=date(2026, 11, 2))
    yield fault("BCM-107", "Stages 1 and 3 are ordered for one day", same, "stage3_ordered_date")


def _months() -> Iterator[RowFault]:
    for title, day in (("before the month", BEFORE_THE_MONTH), ("after it was received", date(2026, 11, 4))):
        yield fault("BCM-108", f"assessed {title}", plain(assessed_on=day), "assessed_on")
    for title, day in (("before", BEFORE_THE_MONTH), ("after", AFTER_THE_MONTH)):
        yield fault("BCM-109", f"a PTPH {title} the month", plain(ptph_date=day), "ptph_date")
        yield fault("BCM-109", f"a trial {title} the month", plain("trial", trial_date=day), "trial_date")
        yield fault(
            "BCM-109",
            f"Stage 3 ordered for a day {title} the month",
            plain("stage", stage3_ordered_date=day),
            "sample_point",
        )
    yield fault("BCM-109", "a trial without a day", plain("trial", trial_date=None), "trial_date")
    yield fault(
        "BCM-109", "nothing says when Stage 3 is due", plain("stage", initial_disclosure_date=None), "sample_point"
    )
    yield fault(
        "BCM-109",
        "Stage 3 is due the day before the month by the disclosure",
        plain("stage", initial_disclosure_date=date(2026, 8, 20)),
        "sample_point",
    )


def _answers() -> Iterator[RowFault]:
    for standard in bcm().standards_in(BCM_PERIOD):
        code, point = standard.code, str(standard.asked_at)
        elsewhere = next(other for other in POINTS if other != point)
        assert standard.scale is not None
        foreign = {Scale.BINARY: "FM", Scale.GRADED: "Y", Scale.TIMELY: "PM"}[standard.scale]
        for wrong in ("yes", foreign, foreign.lower()):
            yield fault("BCM-110", f"{code} is answered {wrong}", plain(point, **{code: wrong}), code)
        if not standard.na_allowed:
            yield fault("BCM-110", f"{code} always applies", plain(point, **{code: "NA"}), code)
        if standard.scale is not Scale.TIMELY:
            yield fault("BCM-110", f"{code} is not timely", plain(point, **{code: "ND"}), code)
        yield fault("BCM-110", f"{code} is not answered", plain(point, **{code: None}), code)
        for answer in ("NA", "yes", next(iter(standard.scale.answers))):
            cells = plain(elsewhere, **{code: answer})
            yield fault("BCM-110", f"{code} is answered {answer} at the {elsewhere}", cells, code)
        cells = plain(point, **{code: "yes", "sample_point": "at the end"})
        yield fault("BCM-110", f"{code} is answered yes at no point", cells, code, ("BCM-102", "sample_point"))


def _failure_codes() -> Iterator[RowFault]:
    codes, disputed, accepted = "nfs_failure_codes", "police_disputed", "cps_accepted_dispute"
    for wrong in ("E99", "E1;", ";E1", "E1,D4", "E1 D4", "e1"):
        yield fault("BCM-111", f"failure codes are written {wrong}", plain(P01="PM", nfs_failure_codes=wrong), codes)
    for answer in ("PM", "NM"):
        yield fault("BCM-111", f"P01 is {answer} and no code says why", plain(P01=answer), codes)
    for answer in ("FM", "NA"):
        yield fault("BCM-111", f"P01 is {answer} and a code is given", plain(P01=answer, nfs_failure_codes="E1"), codes)
    for point in ("stage", "trial"):
        yield fault("BCM-111", f"a code is given at the {point}", plain(point, nfs_failure_codes="E1"), codes)
    yield fault("BCM-112", "a dispute about no failure", plain(police_disputed="N"), disputed)
    yield fault("BCM-112", "a dispute without an end", plain(**SHORT_FILE, police_disputed="Y"), accepted)
    for answer in ("Y", "N"):
        cells = plain(**SHORT_FILE, police_disputed="N", cps_accepted_dispute=answer)
        yield fault("BCM-112", f"no dispute, and accepted is {answer}", cells, accepted)
    cells = plain(**SHORT_FILE, cps_accepted_dispute="Y")
    yield fault("BCM-112", "nothing on a dispute, and it was accepted", cells, accepted)


def _files_and_hearings() -> Iterator[RowFault]:
    received = plain(upgrade_received_date=date(2026, 9, 21))
    yield fault("BCM-113", "an upgraded file that was never due", received, "upgrade_received_date")
    yield fault("BCM-114", "a PTPH was held and no hearing counted", plain(hearings_to_date=0), "hearings_to_date")
    on_the_day = plain(hearings_to_date=0, assessed_on=PTPH)
    yield fault("BCM-114", "assessed on the day of the PTPH", on_the_day, "hearings_to_date")


def _queries_and_notes() -> Iterator[RowFault]:
    yield fault("BCM-201", "a case of another Area's force", plain(urn="20AB1234516"), "urn")
    yield fault("BCM-201", "a case of a force that there is not", plain(urn="99AB1234516"), "urn")
    early = {"charge_date": date(2026, 3, 1), "first_hearing_date": date(2026, 3, 20), "comment": "The court was full."}
    sent = case(0, "ptph", **early, sending_date=date(2026, 3, 24), allocated_date=date(2026, 3, 30))
    yield fault("BCM-208", "a PTPH 201 days after the sending", sent, "ptph_date")
    long_ago = {
        "charge_date": date(2021, 9, 1),
        "first_hearing_date": date(2021, 9, 20),
        "ptph_date": date(2021, 11, 1),
    }
    sent = case(0, "trial", **long_ago, sending_date=date(2021, 10, 10))
    yield fault("BCM-208", "a trial five years and a day after the sending", sent, "trial_date")
    for standard in bcm().standards_in(BCM_PERIOD):
        if standard.scale is Scale.TIMELY:
            for answer in ("N", "ND"):
                cells = plain(str(standard.asked_at), comment="It was late.", **{standard.code: answer})
                yield fault("BCM-301", f"{standard.code} was in time and is {answer}", cells, standard.code)
    yield fault("BCM-302", "a URN without its zero", plain(urn="1123456789"), "urn", ("BCM-201", "urn"))
    for code, answer in (("C01", "N"), ("C02", "NM")):
        yield fault("BCM-303", f"{code} is {answer} without a comment", plain(**{code: answer}), "comment")


# Whole returns


def faults() -> list[Case]:
    """Everything that is told of a file, its name or all its rows together."""
    good = bcm_return()
    last = good.last_line
    number = good.header.index("urn")
    return [
        Case("RET-001", "it is a PDF", b"%PDF-1.7", whole("RET-001"), name=good.name, area="WSX"),
        Case("RET-001", "its name has no ending", good.named("R-WSX-202610-v01"), whole("RET-001", "RET-006")),
        Case(
            "RET-002",
            "it has more than a hundred columns",
            replace(good, header=tuple(f"c{place}" for place in range(101)), rows=()),
            whole("RET-002"),
        ),
        Case("RET-003", "a column is missing", without_column(good, "comment"), (("RET-003", 1, "comment"),)),
        Case(
            "RET-003",
            "a column has another name",
            good.with_header(*("URN" if column == "urn" else column for column in good.header)),
            (("RET-003", 1, None), ("RET-003", 1, "urn")),
        ),
        Case(
            "RET-003",
            "a column stands twice",
            replace(good, header=(*good.header, "urn"), rows=tuple((*row, row[number]) for row in good.rows)),
            (("RET-003", 1, "urn"),),
        ),
        Case("RET-004", "a row is too short", good.with_row(5, good.rows[3][:-1]), (("RET-004", 5, None),)),
        Case(
            "RET-005",
            "a row is another Area's",
            good.with_cell(7, "area_code", "WMD"),
            ((("RET-005", 7, "area_code")),),
        ),
        Case("RET-005", "it lies in another Area's folder", good, places_of_another_area(last), area="WMD"),
        Case(
            "RET-005",
            "a nil return is another Area's",
            bcm_nil().with_cell(2, "area_code", "WMD"),
            (("RET-005", 2, "area_code"),),
        ),
        Case(
            "RET-006",
            "a nil return names no file",
            bcm_nil().with_cell(2, "return_id", ""),
            (("RET-006", 2, "return_id"),),
        ),
        Case(
            "RET-006", "a row is of another month", good.with_cell(9, "period", "2026-09"), (("RET-006", 9, "period"),)
        ),
        Case(
            "RET-006",
            "a row is of another version",
            good.with_cell(9, "return_id", "R-WSX-202610-v02"),
            (("RET-006", 9, "return_id"),),
        ),
        Case("RET-006", "its name follows no pattern", good.named("october.csv"), whole("RET-006")),
        Case(
            "RET-007",
            "its Area does not exist yet",
            bcm_return(case(1, "ptph", area="LNN"), area="LNN"),
            (*whole("BCM-304", "RET-007"), ("BCM-201", 2, "urn")),
        ),
        Case(
            "RET-007",
            "its month is before the first",
            replace(good.named("R-WSX-201512-v01.csv"), header=good.header),
            (*whole("RET-007"), ("RET-003", 1, None)),
        ),
        Case(
            "RET-008", "the content is that of August", good, whole("RET-008"), earlier=told_in(good, Period(2026, 8))
        ),
        Case(
            "RET-009",
            "three of 59 rows are held back",
            with_faulty(59, 3),
            (*whole("RET-009"), *(("BCM-101", line, "case_type") for line in (2, 3, 4))),
        ),
        Case("RET-010", "it has only a header", replace(good, rows=()), whole("RET-010")),
        Case(
            "RET-010",
            "a nil row stands beside others",
            good.with_rows(bcm_nil().rows[0]),
            (("RET-010", last + 1, "urn"),),
        ),
        Case(
            "RET-010",
            "a nil row has cases in scope",
            bcm_nil().with_cell(2, "cases_in_scope", "5"),
            (("RET-010", 2, "cases_in_scope"),),
        ),
        Case(
            "RET-010",
            "a nil row has a comment",
            bcm_nil().with_cell(2, "comment", "none"),
            (("RET-010", 2, "comment"),),
        ),
        Case(
            "RET-011",
            "a workbook has a hidden sheet",
            as_workbook(good, edit=with_a_hidden_sheet),
            whole("RET-011"),
        ),
        Case(
            "RET-012",
            "a cell holds a zero-width space",
            good.with_cell(4, "comment", "late\u200b"),
            (("RET-012", 4, "comment"),),
            ACCEPTED,
        ),
        Case("RET-013", "a correction gives no reason", bcm_return(version=2), whole("RET-013"), ASKED),
        Case("RET-014", "blank rows follow", good.with_rows(("",) * 67, ("",) * 67), whole("RET-014"), ACCEPTED),
        *doubles(good),
        *whole_return_queries(good),
        *history(good),
    ]


def places_of_another_area(last: int) -> tuple[Place, ...]:
    """All that is wrong with a return in another Area's folder: its name, its rows, and each case's force."""
    each = (("BCM-201", "urn"), ("RET-005", "area_code"))
    return (*whole("RET-005"), *((rule, line, column) for line in range(2, last + 1) for rule, column in each))


def with_faulty(rows_in: int, faulty: int) -> Return:
    """A return of so many rows of which so many lack a value."""
    cases = [case(number, "ptph") for number in range(1, rows_in + 1)]
    cases[-1] |= {"C02": "PM"}
    for spoilt in cases[:faulty]:
        spoilt["case_type"] = None
    return bcm_return(*cases)


def doubles(good: Return) -> list[Case]:
    """Rows of one defendant at one sample point, whatever the ending of the URN."""
    root = good.cell(2, "urn")
    both = (("BCM-105", 2, None), ("BCM-105", 3, None))
    return [
        Case("BCM-105", "a case stands twice", good.with_cell(3, "urn", root), both, ACCEPTED),
        *(
            Case(
                "BCM-105",
                f"a case stands again as {root}{ending}",
                good.with_cell(3, "urn", root + ending),
                both,
                ACCEPTED,
            )
            for ending in ("M", "S", "(M)", "(S)", "/2")
        ),
        Case(
            "BCM-105",
            "a case stands three times, which is too much",
            good.with_cell(3, "urn", root).with_cell(4, "urn", root),
            (*whole("RET-009"), *both, ("BCM-105", 4, None)),
        ),
    ]


def whole_return_queries(good: Return) -> list[Case]:
    """What is odd about all rows together."""
    said = {"C03": "N", "comment": "It was late."}
    differing = [case(number, "ptph") | (said if number < 3 else {}) for number in range(1, 21)]
    differing[-1] |= {"C02": "PM"}
    notes = (("BCM-301", 2, "C03"), ("BCM-301", 3, "C03"))
    perfect = [case(number, "ptph") for number in range(1, 21)]
    few = [case(number, "ptph") for number in range(1, 6)] + [case(6, "stage")]
    everyone = [case(number, "ptph", sample_reason="all", cases_in_scope=21) | {"C02": "PM"} for number in range(1, 21)]
    return [
        Case(
            "BCM-202",
            "2 of 20 answers differ from the dates: 10 %",
            bcm_return(*differing),
            ((("BCM-202", None, "C03")), *notes),
            ASKED,
        ),
        Case("BCM-203", "every graded answer is the best", bcm_return(*perfect), whole("BCM-203"), ASKED),
        Case(
            "BCM-207",
            "more cases than there were",
            rewritten(good, cases_in_scope="29"),
            (("BCM-207", None, "cases_in_scope"),),
            ASKED,
        ),
        Case(
            "BCM-207",
            "all were taken, and one more was in scope",
            bcm_return(*everyone),
            (*whole("BCM-304"), ("BCM-207", None, "cases_in_scope")),
            ASKED,
        ),
        Case("BCM-304", "five random cases at the PTPH", bcm_return(*few), whole("BCM-304"), ACCEPTED),
    ]


def history(good: Return) -> list[Case]:
    """What only other returns can tell."""
    london = bcm_return(case(1, "ptph", area="LON", urn=good.cell(2, "urn")), area="LON")
    fewer = replace(bcm_return(version=2).without_row(25).without_row(25), reason_given=True)
    adverse = {"C01": "N", "comment": "The evidence was too little."}
    worse = bcm_return(*(one | adverse if one["sample_point"] == "ptph" else one for one in good_cases()))
    return [
        Case("BCM-204", "London has a case as well", good, (("BCM-204", 2, "urn"),), ASKED, elsewhere=(london,)),
        Case("BCM-205", "a correction has two cases less", fewer, whole("BCM-205"), ASKED, before=good),
        Case("BCM-206", "a rate is far from usual", worse, whole("BCM-206"), ASKED, earlier=steady_year("C01")),
    ]


def with_a_hidden_sheet(book: Workbook) -> None:
    sheet = book.create_sheet("notes")
    sheet.append(["a name"])
    sheet.sheet_state = "hidden"


def rewritten(sent: Return, **cells: str) -> Return:
    """The return with the same cells in every row."""
    for column, value in cells.items():
        for line in range(2, sent.last_line + 1):
            sent = sent.with_cell(line, column, value)
    return sent


def steady_year(code: str) -> Earlier:
    months = {BCM_PERIOD.plus(-n): Counts(met=196 + n % 3, not_met=4 - n % 3) for n in range(1, 14)}
    return Earlier({}, {code: months})


def told_in(sent: Return, period: Period) -> Earlier:
    content = examined(sent, of=bcm()).checked.submission.content_sha256
    assert content is not None
    return Earlier({content: period}, {})
