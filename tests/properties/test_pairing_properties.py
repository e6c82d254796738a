"""Both archived files joined by DuckDB count what a plain join in Python counts, whatever stands in them."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from assurance.intake.pairing import changed, paired
from tests.rules.readings import bcm_readings

CODES = ("C02", "C06", "A03")
ANSWERS = {"C02": ("FM", "PM", "NM"), "C06": ("Y", "N", "NA", "ND"), "A03": ("Y", "N", "NA")}
CASES = st.tuples(st.sampled_from("abc"), st.integers(1, 2), st.sampled_from(("ptph", "trial")))
OWN = st.dictionaries(
    CASES,
    st.fixed_dictionaries(
        {code: st.sampled_from((None, *answers)) for code, answers in ANSWERS.items()}
        | {
            "sample_reason": st.sampled_from(("random", "targeted")),
            "sending_date": st.sampled_from((date(2016, 2, 1), date(2026, 9, 1))),
        }
    ),
    max_size=6,
)
CHECKS = st.tuples(CASES, st.sampled_from(CODES), st.sampled_from(("HMCPSI", "EMD")))
READ = st.dictionaries(CHECKS, st.sampled_from(("Y", "FM", "NA")), min_size=1, max_size=10)
SOME = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
KEY = ("urn", "defendant_seq", "sample_point")
Case, Check = tuple[str, int, str], tuple[tuple[str, int, str], str, str]


def own_file(folder: Path, name: str, own: dict[Case, dict[str, Any]]) -> Path:
    types = {"urn": pa.string(), "defendant_seq": pa.int32(), "sample_point": pa.string(), "sample_reason": pa.string()}
    schema = pa.schema([*types.items(), ("sending_date", pa.date32()), *((code, pa.string()) for code in CODES)])
    rows = [dict(zip(KEY, case, strict=True)) | answers for case, answers in own.items()]
    parquet.write_table(pa.Table.from_pylist(rows, schema=schema), folder / name)
    return folder / name


def read_file(folder: Path, read: dict[Check, str]) -> Path:
    rows = [
        dict(zip(KEY, case, strict=True)) | {"standard": standard, "assessor": assessor, "answer": answer}
        for (case, standard, assessor), answer in read.items()
    ]
    parquet.write_table(pa.Table.from_pylist(rows), folder / "read.parquet")
    return folder / "read.parquet"


@SOME
@given(own=OWN, read=READ)
def test_pairs_and_matches_are_those_of_a_plain_join(own: dict[Case, dict[str, Any]], read: dict[Check, str]) -> None:
    with TemporaryDirectory() as folder:
        found = paired(bcm_readings(), read_file(Path(folder), read), own_file(Path(folder), "own.parquet", own))
    pairs, matches = Counter[tuple[str, ...]](), dict[str, Counter[str]]()
    for (case, standard, assessor), second in read.items():
        told = matches.setdefault(assessor, Counter())
        told["readings"] += 1
        answer = own.get(case, {}).get(standard)
        if answer is None:
            told["not_answered" if case in own else "case_unknown"] += 1
        else:
            told["matched"] += 1
            pairs[assessor, standard, own[case]["sample_reason"], answer, second] += 1
    assert {(x.assessor, x.standard, x.sample_reason, x.own, x.second): x.checks for x in found.lines} == pairs
    assert {
        m.assessor: Counter({k: v for k, v in vars(m).items() if k != "assessor" and v}) for m in found.matches
    } == (matches)


@SOME
@given(before=OWN, after=OWN, read=READ)
def test_what_changed_is_what_was_read_and_is_answered_otherwise(
    before: dict[Case, dict[str, Any]], after: dict[Case, dict[str, Any]], read: dict[Check, str]
) -> None:
    with TemporaryDirectory() as folder:
        files = [own_file(Path(folder), f"{name}.parquet", own) for name, own in (("b", before), ("a", after))]
        rows = read_file(Path(folder), read)
        found, gone = changed(bcm_readings(), rows, *files), changed(bcm_readings(), rows, files[0], None)
        assert changed(bcm_readings(), rows, None, files[1]).checks == 0
    checks = {(case, standard) for case, standard, _ in read if before.get(case, {}).get(standard)}
    other = {(c, s) for c, s in checks if before[c][s] != after.get(c, {}).get(s)}
    assert (found.checks, found.cases) == (len(other), len({case for case, _ in other}))
    assert (gone.checks, gone.cases) == (len(checks), len({case for case, _ in checks}))
