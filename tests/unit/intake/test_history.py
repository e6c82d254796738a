"""What earlier months say of a return: another month's figures, and a rate far from an Area's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from assurance.intake.history import history_findings
from assurance.model import Charting, Counts, Earlier, Finding, Neighbour, Period, Rebase
from tests.rules.builders import PERIOD, Return, Seen, collection, examined, nil_return, valid_return
from tests.rules.cases import bcm, bcm_return, case, good_cases
from tests.rules.faults import archived, kept

USUAL = Counts(met=270, not_met=30)
STANDARD = "O01"
LEAST_MONTHS = 12


def returned(met: int, not_met: int, code: str = STANDARD) -> Seen:
    """A return whose first force has these counts in one category and all else is nought."""
    sent = valid_return(counts=lambda row, s: (met, not_met) if s.code == code and row < 13 else (0, 0))
    return examined(sent)


def months(number: int, counts: Counts = USUAL) -> Earlier:
    """So many earlier months, each a case off the usual now and then."""
    spread = [Counts(counts.met + n % 3, 0, counts.not_met - n % 3) for n in range(number)]
    return Earlier({}, {STANDARD: {PERIOD.plus(-n - 1): spread[n] for n in range(number)}})


def found(seen: Seen, earlier: Earlier) -> list[Finding]:
    """What is said of a return whose own rows that count are archived, as they are when it is loaded."""
    of = collection(seen.checked.submission.collection)
    with TemporaryDirectory() as folder:
        own = None if seen.accepted is None else kept(seen, Path(folder) / "own.parquet")
        return list(history_findings(of, seen.checked, replace(earlier, own=own)))


def test_a_rate_like_those_before_says_nothing() -> None:
    assert found(returned(271, 29), months(14)) == []


@pytest.mark.parametrize("met", [200, 300])
def test_a_rate_far_below_or_above_is_a_query_that_names_the_category(met: int) -> None:
    (query,) = found(returned(met, 300 - met), months(14))
    assert (query.rule, query.severity, query.row) == ("OUT-204", "query", None)
    assert "Homicide" in query.message


def test_fewer_than_a_year_of_months_say_nothing_about_what_is_usual() -> None:
    assert found(returned(100, 200), months(LEAST_MONTHS - 1)) == []
    assert [f.rule for f in found(returned(100, 200), months(LEAST_MONTHS))] == ["OUT-204"]


def test_months_without_a_check_do_not_count_towards_the_year() -> None:
    earlier = months(LEAST_MONTHS - 1)
    empty = {PERIOD.plus(-n - 20): Counts() for n in range(6)}
    assert found(returned(100, 200), Earlier({}, {STANDARD: {**earlier.counts[STANDARD], **empty}})) == []


def test_months_before_the_limits_begin_anew_say_nothing_of_what_is_usual() -> None:
    sent, of = returned(200, 100), collection("outcomes")
    assert [f.rule for f in history_findings(of, sent.checked, months(24))] == ["OUT-204"]
    for begins, asked in (
        (PERIOD, []),
        (PERIOD.plus(-6), []),
        (PERIOD.plus(-12), ["OUT-204"]),
        (PERIOD.plus(1), ["OUT-204"]),
    ):
        charting = Charting(rebases=(Rebase(begins, "A new form"),))
        anew = replace(of, standards=tuple(replace(each, charting=charting) for each in of.standards))
        assert [f.rule for f in history_findings(anew, sent.checked, months(24))] == asked


def test_the_fewer_the_checks_the_further_a_rate_may_lie() -> None:
    assert found(returned(3, 2), months(14)) == []
    assert [f.rule for f in found(returned(180, 120), months(14))] == ["OUT-204"]


def test_a_category_without_checks_and_one_apart_are_never_asked_about() -> None:
    assert found(returned(0, 0), months(14)) == []
    apart = Earlier({}, {"O13": months(14).counts[STANDARD]})
    assert found(returned(5, 300, code="O13"), apart) == []


def test_the_figures_of_another_month_reject_the_return_and_name_that_month() -> None:
    seen = returned(10, 3)
    content = seen.checked.submission.content_sha256
    assert content is not None
    (same,) = found(seen, Earlier({content: Period(2016, 8)}, {}))
    assert (same.rule, same.severity) == ("RET-008", "file")
    assert "August 2016" in same.message


def test_a_return_that_cannot_count_is_not_held_against_history() -> None:
    rejected = examined(valid_return().with_cell(4, "unsuccessful", "some"))
    content = {rejected.checked.submission.content_sha256 or "": Period(2016, 8)}
    assert found(rejected, Earlier(content, months(14).counts)) == []
    assert found(examined(nil_return()), Earlier({"": Period(2016, 8)}, months(14).counts)) == []


# Cases in other returns


def seen_of(sent: Return) -> Seen:
    return examined(sent, of=bcm())


def in_another_area(folder: Path, *urns: str, point: str = "ptph", seq: int = 1) -> Neighbour:
    cases = [case(n, point, area="LON", urn=urn, defendant_seq=seq) for n, urn in enumerate(urns)]
    return Neighbour("another", "LON", archived(bcm(), bcm_return(*cases, area="LON"), folder))


def test_a_case_of_another_area_is_asked_about_at_its_row_without_naming_the_area(tmp_path: Path) -> None:
    sent = bcm_return()
    elsewhere = in_another_area(tmp_path, f"{sent.cell(4, 'urn')}M", sent.cell(9, "urn"))
    queries = found(seen_of(sent), Earlier({}, {}, elsewhere=(elsewhere,)))
    assert [(q.rule, q.severity, q.row, q.column) for q in queries] == [
        ("BCM-204", "query", 4, "urn"),
        ("BCM-204", "query", 9, "urn"),
    ]
    assert not any("LON" in query.message or "London" in query.message for query in queries)


def test_another_defendant_of_the_case_is_another_matter(tmp_path: Path) -> None:
    sent = bcm_return()
    elsewhere = in_another_area(tmp_path, sent.cell(4, "urn"), seq=2)
    assert found(seen_of(sent), Earlier({}, {}, elsewhere=(elsewhere,))) == []


def test_the_same_defendant_at_another_sample_point_is_not(tmp_path: Path) -> None:
    sent = bcm_return()
    elsewhere = in_another_area(tmp_path, sent.cell(4, "urn"), point="trial")
    assert [f.row for f in found(seen_of(sent), Earlier({}, {}, elsewhere=(elsewhere,)))] == [4]


def test_several_other_areas_are_looked_at_and_a_row_is_asked_about_once(tmp_path: Path) -> None:
    sent = bcm_return()
    first, second = tmp_path / "1", tmp_path / "2"
    for folder in (first, second):
        folder.mkdir()
    others = (
        in_another_area(first, sent.cell(4, "urn")),
        in_another_area(second, sent.cell(4, "urn"), sent.cell(5, "urn")),
    )
    assert [f.row for f in found(seen_of(sent), Earlier({}, {}, elsewhere=others))] == [4, 5]


@pytest.mark.parametrize(("without", "told"), [((), None), ((30,), "1 case"), ((30, 29), "2 cases")])
def test_a_correction_that_drops_cases_is_asked_about_with_their_number(
    tmp_path: Path, without: tuple[int, ...], told: str | None
) -> None:
    before = archived(bcm(), bcm_return(), tmp_path)
    later = replace(bcm_return(version=2), reason_given=True)
    for line in without:
        later = later.without_row(line)
    queries = found(seen_of(later), Earlier({}, {}, before=before))
    assert [q.rule for q in queries] == (["BCM-205"] if told else [])
    assert all(f"({told})" in q.message for q in queries)


def test_a_case_that_is_written_in_another_way_was_not_dropped(tmp_path: Path) -> None:
    before = archived(bcm(), bcm_return(), tmp_path)
    later = bcm_return(version=2)
    later = later.with_cell(4, "urn", f"{later.cell(4, 'urn')}(S)")
    assert found(seen_of(later), Earlier({}, {}, before=before)) == []


def test_cases_alone_are_never_the_content_of_another_month() -> None:
    """The dates differ from month to month, so the same content is the same return."""
    content = seen_of(bcm_return()).checked.submission.content_sha256
    assert content is not None
    other = [one | {"comment": "x"} for one in good_cases()]
    assert found(seen_of(bcm_return(*other)), Earlier({content: Period(2026, 8)}, {})) == []
    assert [f.rule for f in found(seen_of(bcm_return()), Earlier({content: Period(2026, 8)}, {}))] == ["RET-008"]


def test_a_rate_of_cases_far_from_usual_is_a_query_that_names_the_standard() -> None:
    adverse = [one | {"C01": "N", "comment": "x"} if one["sample_point"] == "ptph" else one for one in good_cases()]
    earlier = {"C01": {Period(2026, 9).plus(-n): Counts(met=196 + n % 3, not_met=4 - n % 3) for n in range(13)}}
    (query,) = found(seen_of(bcm_return(*adverse)), Earlier({}, earlier))
    assert (query.rule, query.row) == ("BCM-206", None)
    assert "Code test at charge" in query.message
