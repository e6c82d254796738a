"""The floor of `make bench`: a month of cases with nothing but the needed work, in one process.

    python -m tools.floor LANDING OUT

Reads every CSV under `LANDING/bcm/<AREA>/` as text, finds the rows that fail some 25 rules and says which, counts the
answers of the others, writes one Parquet file an Area, and makes one short page an Area with rates and intervals from
the counts. No safety, no text of a finding, no receipt, no audit, no chart: what cannot be left out of any program that
does this job. A workbook it does not read: in its place it is given the CSV file that the Area could have sent. It shares
nothing with the program and is measured with its imports.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from math import sqrt
from pathlib import Path

import duckdb

REQUIRED = [
    "urn",
    "defendant_seq",
    "sample_point",
    "sample_reason",
    "assessor_role",
    "assessed_on",
    "case_type",
    "anticipated_plea",
    "remand_status",
    "child_witness_under_10",
    "charge_date",
    "charging_authority",
    "first_hearing_date",
    "sending_date",
    "ptph_date",
    "plea_at_ptph",
    "hearings_to_date",
]
DATES = [
    "assessed_on",
    "charge_date",
    "first_hearing_date",
    "sending_date",
    "idpc_served_date",
    "allocated_date",
    "ptph_date",
    "indictment_uploaded_date",
    "evidence_uploaded_date",
    "ptph_form_uploaded_date",
    "defence_ptph_form_date",
    "stage1_ordered_date",
    "stage1_served_date",
    "initial_disclosure_date",
    "upgrade_due_date",
    "upgrade_received_date",
    "stage2_ordered_date",
    "defence_statement_date",
    "stage3_ordered_date",
    "stage3_served_date",
    "trial_date",
    "cotr_ordered_date",
    "cotr_prosecution_date",
]
PTPH = [
    "C01",
    "C02",
    "P01",
    "P02",
    "C03",
    "A01",
    "C04",
    "C05",
    "H01",
    "C06",
    "C07",
    "C08",
    "C09",
    "C10",
    "D01",
    "D02",
    "A02",
]
STAGE, TRIAL = ["C11", "C12", "P03", "D03", "C13"], ["A03", "C14"]
GRADED = ["C02", "P01", "A01", "C05", "C09", "C10", "D01", "A02"]

DUE = {
    "C03": ("first_hearing_date - 1", "idpc_served_date"),
    "C04": ("sending_date + 7", "allocated_date"),
    "H01": ("sending_date + case child_witness_under_10 when 'Y' then 14 else 28 end", "ptph_date"),
    "C06": ("ptph_date - 7", "indictment_uploaded_date"),
    "C07": ("ptph_date - 7", "evidence_uploaded_date"),
    "C08": ("ptph_date - 7", "ptph_form_uploaded_date"),
    "D02": ("ptph_date - 2", "defence_ptph_form_date"),
    "C11": ("stage1_due", "stage1_served_date"),
    "C12": ("stage1_due", "initial_disclosure_date"),
    "P03": ("upgrade_due_date", "upgrade_received_date"),
    "D03": ("stage2_due", "defence_statement_date"),
    "C13": ("stage3_due", "stage3_served_date"),
    "C14": ("coalesce(cotr_ordered_date, trial_date - 28)", "cotr_prosecution_date"),
}

RULES = {
    "required": " or ".join(f"{column} is null" for column in REQUIRED),
    "urn": r"not regexp_full_match(urn, '[0-9]{2}[A-Z0-9]{2}[0-9]{7}(M|S|\(M\)|\(S\)|/[0-9]+)?|[0-9]{10}')",
    "point": "sample_point not in ('ptph', 'stage', 'trial')",
    "reason": "sample_reason not in ('random', 'targeted', 'all')",
    "role": "assessor_role not in ('LM', 'DCP', 'BCM_LEAD', 'PEER')",
    "type": "case_type not in ('general', 'rasso', 'complex', 'youth')",
    "plea": "anticipated_plea not in ('GAP', 'NGAP', 'NK')",
    "remand": "remand_status not in ('custody', 'bail')",
    "charged by": "charging_authority not in ('CPS', 'CPSD', 'police')",
    "number": "try_cast(defendant_seq as integer) not between 1 and 99 or try_cast(hearings_to_date as integer) > 40",
    "first hearing": "first_hearing_date < charge_date",
    "sending": "sending_date < first_hearing_date",
    "ptph": "ptph_date < sending_date",
    "trial": "trial_date <= ptph_date",
    "evidence": "least(" + ", ".join(done for _, done in DUE.values()) + ") < charge_date",
    "ordered": "stage2_ordered_date <= stage1_ordered_date or stage3_ordered_date <= stage2_ordered_date",
    "stages": "least(stage1_served_date, stage3_served_date) < sending_date",
    "assessed": "assessed_on < first_day",
    "judged": "judged_on is null or judged_on not between first_day and last_day(first_day)",
    "graded": " or ".join(f"{code} not in ('FM', 'PM', 'NM', 'NA')" for code in GRADED),
    "asked": " or ".join(
        f"({code} is null) = (sample_point = '{point}')"
        for point, codes in (("ptph", PTPH), ("stage", STAGE), ("trial", TRIAL))
        for code in codes
    ),
    "codes": "(nfs_failure_codes is not null) <> coalesce(P01 in ('PM', 'NM'), false)",
    "disputed": "police_disputed is not null and nfs_failure_codes is null",
    "upgrade": "upgrade_received_date is not null and upgrade_due_date is null",
    "hearings": "ptph_date <= assessed_on and try_cast(hearings_to_date as integer) < 1",
    "twice": "times > 1",
}


def main(landing: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / "warehouse.duckdb").unlink(missing_ok=True)
    # a return is too small to be divided among threads: two returns at once take half the time that two threads take
    connection = duckdb.connect(str(out / "warehouse.duckdb"), config={"threads": 1})
    connection.execute("create table tally (area text, standard text, answer text, checks bigint)")
    connection.execute("create table finding (area text, row_no bigint, rule text)")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda path: _receive(connection.cursor(), path, out), sorted(landing.glob("*/R-*.csv"))))
    _report(connection, out)
    connection.close()


def _receive(connection: duckdb.DuckDBPyConnection, path: Path, out: Path) -> None:
    with path.open(encoding="utf-8-sig") as file:
        header = file.readline().rstrip("\r\n").split(",")
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in header)
    dates = ", ".join(
        f"coalesce(try_cast({name} as date), cast(try_strptime({name}, '%d/%m/%Y') as date)) as {name}"
        for name in DATES
    )
    computed = ", ".join(
        f"case when {done} <= {due} then 'Y' when {due} is null then 'NA' when {done} is null and {due} >= assessed_on "
        f"then 'ND' else 'N' end as {code}_computed"
        for code, (due, done) in DUE.items()
    )
    connection.execute(
        f"""create or replace temp table staged as
        with texts as (
            select row_number() over () as row_no, * from read_csv('{path}', header = true, auto_detect = false,
            delim = ',', quote = '"', escape = '"', columns = {{{columns}}}, strict_mode = true)
        ),
        typed as (select * replace ({dates}), cast(period || '-01' as date) as first_day from texts),
        stages as (
            select *, coalesce(stage1_ordered_date,
                               sending_date + case remand_status when 'custody' then 50 else 70 end) as stage1_due,
                   coalesce(stage2_ordered_date, initial_disclosure_date + 27) as stage2_due,
                   coalesce(stage3_ordered_date, stage2_due + 14) as stage3_due
            from typed
        )
        select *, {computed}, count(*) over (partition by urn, defendant_seq, sample_point) as times,
               case sample_point when 'ptph' then ptph_date when 'stage' then stage3_due else trial_date end as judged_on
        from stages"""
    )
    rules = ", ".join(f"case when {sql} then '{rule}' end" for rule, sql in RULES.items())
    connection.execute(
        f"""insert into finding select '{path.parent.name}', row_no, rule from (
        select row_no, unnest(list_filter([{rules}], lambda r: r is not null)) as rule from staged)"""
    )
    accepted = f"(from staged anti join (from finding where area = '{path.parent.name}') using (row_no))"
    connection.execute(f"copy {accepted} to '{out / path.stem}.parquet' (compression zstd)")
    answers = ", ".join(f"{code}_computed as {code}" if code in DUE else code for code in (*PTPH, *STAGE, *TRIAL))
    asked = [("ptph", PTPH), ("stage", STAGE), ("trial", TRIAL)]
    for point, codes in asked:
        connection.execute(
            f"""insert into tally select '{path.parent.name}', standard, answer, count(*)
            from (unpivot (select {answers} from {accepted} where sample_point = '{point}')
                  on {", ".join(codes)} into name standard value answer) group by all"""
        )


def _report(connection: duckdb.DuckDBPyConnection, out: Path) -> None:
    """One page an Area and one for the nation: a rate and an interval for each standard."""
    rows = connection.execute(
        """select coalesce(area, 'ALL'), standard, sum(checks) filter (answer in ('Y', 'FM')),
                  sum(checks) filter (answer not in ('NA', 'ND'))
        from tally group by grouping sets ((area, standard), (standard)) order by all"""
    ).fetchall()
    pages: dict[str, list[str]] = {}
    for area, standard, met, assessed in rows:
        x, n, z = met or 0, assessed or 0, 1.959963984540054
        if n:
            centre, half = x + z * z / 2, z * sqrt(x * (n - x) / n + z * z / 4)
            interval = f"{(centre - half) / (n + z * z):.3f} to {(centre + half) / (n + z * z):.3f}"
            pages.setdefault(area, []).append(f"<tr><td>{standard}<td>{x / n:.3f}<td>{interval}<td>{n}")
    for area, lines in pages.items():
        (out / f"{area}.html").write_text(f"<h1>{area}</h1><table>{''.join(lines)}</table>", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
