"""What `make bench` holds the program against: the rules of `bcm` as somebody would write them by hand, for DuckDB alone.

    python -m tools.by_hand FILE AREA PERIOD RECEIVED

Reads a CSV as text, types it, asks every rule that needs nothing but the file and can be asked of rows, counts what is
left, and prints how many rows failed which rule, and the tally. Nothing is general in it: columns, codes, due dates and
rules stand here once more, for this one collection. It has no guard against a hostile file, no words, no line ends to
mind, no fingerprint, no check of the whole. It shares nothing with the program; a test holds the two to equal rows.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import duckdb

from tools.floor import DATES, DUE, GRADED, PTPH, REQUIRED, STAGE, TRIAL

ASKED = {**dict.fromkeys(PTPH, "ptph"), **dict.fromkeys(STAGE, "stage"), **dict.fromkeys(TRIAL, "trial")}
NO_NA = ("C01", "C02")
FORCES = {"EMD": ("30", "31", "32", "33", "34"), "WSX": ("44", "54", "55")}
NATIONAL = ("24", "88", "91", "93")
CODES = {
    "sample_point": "ptph stage trial",
    "sample_reason": "random targeted all",
    "assessor_role": "LM DCP BCM_LEAD PEER",
    "case_type": "general rasso complex youth",
    "anticipated_plea": "GAP NGAP NK",
    "remand_status": "custody bail",
    "child_witness_under_10": "Y N",
    "charging_authority": "CPS CPSD police",
    "plea_at_ptph": "guilty_all guilty_some not_guilty none",
    "police_disputed": "Y N",
    "cps_accepted_dispute": "Y N",
}
TEXTS = (
    *REQUIRED,
    *DATES,
    *CODES,
    *ASKED,
    "nfs_failure_codes",
    "comment",
    "return_id",
    "area_code",
    "period",
    "cases_in_scope",
)
EVIDENCE = [done for _, done in DUE.values() if done != "ptph_date"]
AFTER_SENDING = [
    *("stage1_ordered_date", "stage1_served_date", "initial_disclosure_date", "stage2_ordered_date"),
    *("defence_statement_date", "stage3_ordered_date", "stage3_served_date"),
]
YEARS = "date '2010-01-01' and date '2099-12-31'"
URN = r"([0-9]{2}[A-Z0-9]{2}[0-9]{7})(M|S|\(M\)|\(S\)|/[0-9]+)?"
REASONS = "B1 D1 D2 D3 D4 D5 D6 E1 E2 E3 E4 E5 E6 E7 E8 E9 E10 E11 E12 E13 V1 V2 V3"


def receive(connection: duckdb.DuckDBPyConnection, path: Path, area: str, period: str, received: str) -> None:
    """Leave the tables `finding` (row_no, rule, column_name) and `tally` (standard, answer, checks)."""
    _stage(connection, path)
    conditions = [*_cells(area, period, path.stem), *_dates(period, received), *_answers(), *_asked_of_the_area(area)]
    fails = " or ".join(f"({sql})" for _, _, sql in conditions)
    places = ", ".join(f"case when {sql} then '{rule} {column}' end" for rule, column, sql in conditions)
    connection.execute(
        f"""create or replace table finding as
        select row_no, split_part(place, ' ', 1) as rule, split_part(place, ' ', 2) as column_name
        from (select row_no, unnest(list_filter([{places}], lambda p: p is not null)) as place from staged where {fails})
        union all
        select row_no, 'BCM-105', 'urn' from (
            select row_no, count(*) over (partition by root, defendant_seq, sample_point) as times from staged
            where root is not null and defendant_seq is not null and sample_point is not null
        ) where times > 1"""
    )
    answers = ", ".join(f"histogram({code}_computed)" if code in DUE else f"histogram(t_{code})" for code in ASKED)
    connection.execute(
        f"""create or replace table tally as
        select force, sample_reason, sample_point, count(*) as cases, {answers} from staged
        anti join (from finding where rule not in ('BCM-201', 'BCM-208', 'BCM-301', 'BCM-302', 'BCM-303')) using (row_no)
        group by all"""
    )


def _stage(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    with path.open(encoding="utf-8-sig") as file:
        header = file.readline().rstrip("\r\n").split(",")
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in header)
    texts = ", ".join(f"{name} as t_{name}" for name in dict.fromkeys(TEXTS))
    dates = ", ".join(f"if({day} between {YEARS}, {day}, null) as {name}" for name in DATES for day in [_day(name)])
    codes = ", ".join(
        f"case when {name} in ({_listed(known)}) then {name} end as {name}" for name, known in CODES.items()
    )
    computed = ", ".join(
        f"case when sample_point <> '{ASKED[code]}' or assessed_on is null then null when {due} is null then 'NA' "
        f"when {done} <= {due} then 'Y' when {done} is null and {due} >= assessed_on then 'ND' else 'N' end as "
        f"{code}_computed"
        for code, (due, done) in DUE.items()
    )
    adverse = " + ".join(f"case when t_{code} in ('N', 'NM') then 1 else 0 end" for code in ASKED)
    connection.execute(
        f"""create or replace temp table staged as
        with texts as (
            select 1 + row_number() over () as row_no, * from read_csv('{path}', header = true, auto_detect = false,
            delim = ',', quote = '"', escape = '"', columns = {{{columns}}}, strict_mode = true)
        ),
        typed as (
            select row_no, {texts}, {dates}, {codes},
                   case when regexp_full_match(urn, '[0-9]{{10}}') then '0' || urn
                        when regexp_full_match(urn, '{URN}') then regexp_extract(urn, '{URN}', 1) end as root,
                   case when regexp_full_match(defendant_seq, '[0-9]{{1,9}}') then defendant_seq::int end as defendant_seq,
                   case when regexp_full_match(hearings_to_date, '[0-9]{{1,9}}') then hearings_to_date::int end as hearings,
                   case when regexp_full_match(cases_in_scope, '[0-9]{{1,9}}') then cases_in_scope::int end as scope,
                   list_transform(string_split(nfs_failure_codes, ';'), lambda code: trim(code)) as reasons
            from texts
        ),
        stages as (
            select *, left(root, 2) as force, {adverse} as adverse,
                   coalesce(stage1_ordered_date,
                            sending_date + case remand_status when 'custody' then 50 when 'bail' then 70 end) as stage1_due,
                   coalesce(stage2_ordered_date, initial_disclosure_date + 27) as stage2_due,
                   coalesce(stage3_ordered_date, stage2_due + 14) as stage3_due
            from typed
        )
        select *, {computed},
               case sample_point when 'ptph' then ptph_date when 'stage' then stage3_due
                                 when 'trial' then trial_date end as judged_on
        from stages"""
    )


def _day(name: str) -> str:
    british = f"if({name}[3] = '/' and {name}[6] = '/', {name}, null)"
    return (
        f"case when cast(try_cast({name} as date) as varchar) = {name} then try_cast({name} as date) "
        f"else cast(try_strptime({british}, '%d/%m/%Y') as date) end"
    )


Condition = tuple[str, str, str]
"""Rule, column, and what is true of a row that fails it."""


def _cells(area: str, period: str, return_id: str) -> Iterator[Condition]:
    for column, value in (("area_code", area), ("period", period), ("return_id", return_id)):
        yield "RET-005" if column == "area_code" else "RET-006", column, f"t_{column} is distinct from '{value}'"
    for column in dict.fromkeys(TEXTS):
        if column != "comment":
            yield "RET-012", column, f"not regexp_full_match(t_{column}, '[ -~]*')"
    for column in (*REQUIRED, "cases_in_scope"):
        yield "BCM-101", column, f"t_{column} is null"
    for column in CODES:
        yield "BCM-102", column, f"{column} is null and t_{column} is not null"
    yield (
        "BCM-102",
        "defendant_seq",
        "t_defendant_seq is not null and coalesce(defendant_seq not between 1 and 99, true)",
    )
    yield (
        "BCM-102",
        "hearings_to_date",
        "t_hearings_to_date is not null and coalesce(hearings not between 0 and 40, true)",
    )
    yield "BCM-102", "cases_in_scope", "t_cases_in_scope is not null and coalesce(scope > 1000000, true)"
    yield "BCM-102", "cases_in_scope", "scope <> (select mode(scope) from staged)"
    yield "BCM-102", "comment", "length(t_comment) > 500"
    for column in DATES:
        yield "BCM-103", column, f"t_{column} is not null and {column} is null"
    yield "BCM-104", "urn", "t_urn is not null and root is null"


def _dates(period: str, received: str) -> Iterator[Condition]:
    order = ("charge_date", "first_hearing_date", "sending_date", "ptph_date")
    for before, after in pairwise(order):
        yield "BCM-106", after, f"{after} < {before}"
    yield "BCM-106", "trial_date", "trial_date <= ptph_date"
    for column in EVIDENCE:
        yield "BCM-107", column, f"{column} < charge_date and first_hearing_date >= charge_date"
    for column in AFTER_SENDING:
        yield "BCM-107", column, f"{column} < sending_date and ptph_date >= sending_date"
    yield "BCM-107", "stage2_ordered_date", "stage2_ordered_date <= stage1_ordered_date"
    yield "BCM-107", "stage3_ordered_date", "stage3_ordered_date <= stage2_ordered_date"
    without_second = "stage3_ordered_date <= stage1_ordered_date and stage2_ordered_date is null"
    yield "BCM-107", "stage3_ordered_date", without_second
    first, last = f"date '{period}-01'", f"last_day(date '{period}-01')"
    yield "BCM-108", "assessed_on", f"assessed_on < {first} or assessed_on > date '{received}'"
    nothing = "t_stage3_ordered_date is null and t_stage2_ordered_date is null and t_initial_disclosure_date is null"
    underivable = f"sample_point = 'stage' and judged_on is null and {nothing}"
    yield "BCM-109", "sample_point", f"{underivable} or sample_point = 'trial' and t_trial_date is null"
    yield "BCM-109", "judged_on", f"judged_on < {first} or judged_on > {last}"


def _answers() -> Iterator[Condition]:
    for code, point in ASKED.items():
        known = "FM PM NM" if code in GRADED else "Y N ND" if code in DUE else "Y N"
        listed = _listed(known if code in (*NO_NA, "C04", "H01", "C06", "C07", "C08") else f"{known} NA")
        asked = f"coalesce(sample_point = '{point}', true)"
        yield "BCM-110", code, f"t_{code} not in ({listed}) and {asked}"
        yield "BCM-110", code, f"(t_{code} is null) = (sample_point = '{point}') and sample_point is not null"
    known = f"list_has_all([{_listed(REASONS)}], reasons)"
    yield "BCM-111", "nfs_failure_codes", f"not ({known})"
    yield "BCM-111", "nfs_failure_codes", "t_nfs_failure_codes is null and t_P01 in ('PM', 'NM')"
    told = "t_P01 in ('FM', 'NA') or t_P01 is null and sample_point <> 'ptph'"
    yield "BCM-111", "nfs_failure_codes", f"t_nfs_failure_codes is not null and ({told})"
    yield "BCM-112", "police_disputed", "t_police_disputed is not null and t_nfs_failure_codes is null"
    yield "BCM-112", "cps_accepted_dispute", "police_disputed = 'Y' and t_cps_accepted_dispute is null"
    undisputed = "(police_disputed = 'N' or t_police_disputed is null)"
    yield "BCM-112", "cps_accepted_dispute", f"t_cps_accepted_dispute is not null and {undisputed}"
    yield "BCM-113", "upgrade_received_date", "t_upgrade_received_date is not null and t_upgrade_due_date is null"
    yield "BCM-114", "hearings_to_date", "hearings < 1 and ptph_date <= assessed_on"


def _asked_of_the_area(area: str) -> Iterator[Condition]:
    yield "BCM-201", "urn", f"force not in ({_listed(' '.join((*FORCES[area], *NATIONAL)))})"
    yield "BCM-208", "ptph_date", "ptph_date - sending_date > 200"
    yield "BCM-208", "trial_date", "trial_date > sending_date + interval 5 years"
    for code in DUE:
        yield "BCM-301", code, f"t_{code} in ('Y', 'N', 'NA', 'ND') and t_{code} <> {code}_computed"
    yield "BCM-302", "urn", "length(t_urn) = 10 and root is not null"
    yield "BCM-303", "comment", "adverse > 0 and t_comment is null"


def _listed(words: str) -> str:
    return ", ".join(f"'{word}'" for word in words.split())


def main(path: Path, area: str, period: str, received: str) -> None:
    connection = duckdb.connect()
    receive(connection, path, area, period, received)
    print(connection.execute("select rule, count(*) from finding group by rule order by rule").fetchall())
    print(connection.execute("select count(*), sum(cases) from tally").fetchall())


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:5])
