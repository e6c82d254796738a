"""Letters tell the number first, hold nothing a mail program drops, and a receipt names every finding with its cure."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace

import pytest
from builders import NAMES, NOTE, PERIOD, RELEASES, REPORTS, collection, submission
from PIL import Image

from assurance.catalogue import Column
from assurance.delivery.letter import Letter
from assurance.model import Arrival, Counts, Finding, Outcome, Severity
from assurance.reporting.letters import release_letter, release_letters
from assurance.reporting.measured import measure
from assurance.reporting.pages import area_page, national_page, render_release
from assurance.reporting.receipt import receipt_letter

SENT = submission("AAA", PERIOD)
TOTALS = {"S01": Counts(met=1203, not_met=4), "S03": Counts(not_applicable=7)}
WHY = {"RET-101": "A guessed figure is a wrong one."}


def why(finding: Finding) -> str:
    return WHY.get(finding.rule, "")


BAD = [Finding("RET-101", Severity.FILE, row, "met", "This is no number & <b>.", "Write digits.") for row in (4, 5, 6)]
ODD = [Finding("RET-301", Severity.QUERY, 9, "met", "Far from the months before.", "Check it.")]


def receipt(outcome: Outcome, findings: list[Finding], **other: object) -> Letter:
    sent = submission("AAA", PERIOD, outcome, **other)
    return receipt_letter(collection(), sent, findings, TOTALS, why, REPORTS)


def flat(text: str) -> str:
    return " ".join(text.split())


def mails() -> list[Letter]:
    return [
        release_letter(RELEASES["with targets"], "ALL", REPORTS),
        release_letter(RELEASES["every state"], "BBB", REPORTS),
        release_letter(RELEASES["all missing at first"], "ALL", REPORTS),
        receipt(Outcome.REJECTED, BAD + ODD),
        receipt(Outcome.ACCEPTED, []),
    ]


def test_no_mail_holds_what_a_mail_program_drops_or_cuts() -> None:
    for letter in mails():
        assert len(letter.html.encode()) < 102_000
        assert not re.search(r"<svg|data:|var\(|<script|<link|@import|url\(|class=\"\"", letter.html)
        assert "src=" not in letter.html.replace('src="cid:', "")
        assert all(len(line) <= 78 for line in letter.text.splitlines())
        assert "<" not in letter.text.replace("<b>", "")
        assert "\n" not in letter.subject
        assert letter.subject.isascii()


def test_the_subject_of_a_release_has_title_month_number_and_count() -> None:
    said = {
        ("with targets", "ALL"): "Letters and files, October 2026: 83.0 %; 1 standard and 1 Area need attention",
        ("with targets", "AAA"): "Letters and files, Ashdale, October 2026: 60.0 %; lower than the typical Area; "
        "2 standards need attention",
        ("every state", "BBB"): "Letters and files, Brookmoor, October 2026: no return",
        ("all missing", "ALL"): "Letters and files, October 2026: 5 returns not in",
        ("usual", "ALL"): "Letters and files, October 2026: 85.0 %; nothing stands out",
        ("cases", "ALL"): "Letters and files, October 2026: 83.0 %; 1 standard and 1 Area need attention",
    }
    for (name, edition), subject in said.items():
        assert release_letter(RELEASES[name], edition, REPORTS).subject == subject


def test_a_release_carries_its_page_and_a_small_picture() -> None:
    letter = release_letter(RELEASES["usual"], "ALL", REPORTS)
    (report,) = letter.attachments
    assert (report.file_name, report.media_type) == ("report.html", "text/html")
    assert report.content.decode() == national_page(RELEASES["usual"], REPORTS)
    assert letter.picture is not None
    assert f'src="cid:{letter.picture.cid}"' in letter.html
    assert len(letter.picture.png) < 60_000
    with Image.open(io.BytesIO(letter.picture.png)) as picture:
        assert (picture.format, picture.width) == ("PNG", 1240)
        colours = picture.convert("RGB").getcolors()
    assert colours is not None
    assert len(colours) > 8, "an empty picture"


def test_the_picture_has_words_for_those_who_do_not_see_it() -> None:
    letter = release_letter(RELEASES["usual"], "ALL", REPORTS)
    assert 'alt="0 of 14 months were unusual. Compliance in October 2026: 85.0' in letter.html


def test_nothing_to_draw_means_no_picture() -> None:
    letter = release_letter(RELEASES["all missing at first"], "ALL", REPORTS)
    assert letter.picture is None
    assert "<img" not in letter.html


def test_an_area_is_sent_its_own_page_and_no_other_area() -> None:
    letter = release_letter(RELEASES["with targets"], "AAA", REPORTS)
    assert letter.attachments[0].content.decode() == area_page(RELEASES["with targets"], "AAA", REPORTS)
    for other in list(NAMES.values())[1:]:
        assert other not in letter.html + letter.text + letter.subject


def test_letters_of_a_release_are_the_single_ones() -> None:
    letters = release_letters(measure(RELEASES["one Area"]), render_release(RELEASES["one Area"], REPORTS), REPORTS)
    assert list(letters) == ["ALL", "AAA"]
    assert letters["AAA"] == release_letter(RELEASES["one Area"], "AAA", REPORTS)


def test_the_text_says_what_the_html_says() -> None:
    letter = release_letter(RELEASES["every state"], "ALL", REPORTS)
    for told in ("85.0", "2 of 5 Areas have no return that counts", "Brookmoor", "[x] no return", "report.html"):
        assert told in flat(letter.text)
        assert told in letter.html
    assert "Not signed off" in flat(release_letter(RELEASES["restated by an earlier month"], "ALL", REPORTS).text)


def test_targets_are_never_mailed_without_what_the_register_says_of_them() -> None:
    for edition in ("ALL", "AAA"):
        letter = release_letter(RELEASES["cases"], edition, REPORTS)
        assert NOTE in flat(letter.text)
        assert NOTE in letter.html
    assert NOTE not in release_letter(RELEASES["usual"], "ALL", REPORTS).html


def test_a_missing_area_is_told_what_to_do_first() -> None:
    letter = release_letter(RELEASES["every state"], "BBB", REPORTS)
    assert letter.text.index("What to do next") < letter.text.index("Compliance,")
    assert "Send the return for October 2026 now." in letter.text


@pytest.mark.parametrize(
    ("outcome", "subject", "first"),
    [
        (Outcome.REJECTED, "Rejected:", "version 1, is rejected: none of it counts."),
        (Outcome.ACCEPTED, "Accepted:", "version 1, is accepted."),
        (Outcome.ACCEPTED_WITH_QUERIES, "Accepted with queries:", "version 1, is accepted with queries."),
        (Outcome.NIL, "Accepted as a nil return:", "version 1, is accepted as a nil return."),
    ],
)
def test_a_receipt_says_the_outcome_first(outcome: Outcome, subject: str, first: str) -> None:
    letter = receipt(outcome, ODD if outcome is Outcome.ACCEPTED_WITH_QUERIES else [])
    assert letter.subject.startswith(f"{subject} Letters and files, Ashdale, October 2026")
    assert f"The return of Ashdale for October 2026, {first}" in flat(letter.text)


def test_a_receipt_names_every_finding_with_place_reason_and_cure() -> None:
    letter = receipt(Outcome.REJECTED, ODD + BAD)
    said = flat(letter.text)
    assert "4 findings" in said
    assert (
        "* This is no number & <b>. Column met, rows 4, 5 and 6. Why: A guessed figure is a wrong one. "
        "To mend it: Write digits. Rule RET-101, which rejects the file."
    ) in said
    assert said.index("RET-101") < said.index("RET-301"), "the worst first"
    assert "send the whole file again as version 02 by 17:00 on Friday 6 November 2026" in said
    assert "This is no number &amp; &lt;b&gt;." in letter.html


def test_a_receipt_holds_hash_rows_and_control_totals() -> None:
    named = replace(
        collection(),
        columns=(Column(name="kept", type="count", answer="met"), Column(name="lost", type="count", answer="not_met")),
    )
    letter = receipt_letter(named, SENT, [], TOTALS, why, REPORTS)
    said = flat(letter.text)
    for told in (
        SENT.sha256,
        SENT.submission_id,
        "Rows in: 12",
        "Rows accepted: 12",
        "Rows quarantined: 0",
        "Rows rejected: 0",
        "Letters answered kept 1,203, lost 4, not applicable 0",
        "All together kept 1,203, lost 4, not applicable 7",
        "Nothing more is needed.",
    ):
        assert told in said


def test_a_receipt_of_a_file_that_cannot_be_read_is_whole() -> None:
    sent = submission("AAA", PERIOD, Outcome.REJECTED, rows_in=None, arrival=Arrival.AFTER_CUT_OFF)
    sent = replace(sent, period=None)
    whole = Finding("RET-001", Severity.FILE, None, None, "Not a CSV.", "Save as CSV.")
    letter = receipt_letter(collection(), sent, [whole], {}, why, REPORTS)
    said = flat(letter.text)
    assert "* Not a CSV. The whole file." in said
    assert "Rows in: unreadable" in said
    assert "It came after the cut-off" in said
    assert "Control totals" not in said


def test_the_attached_receipt_is_for_programs() -> None:
    (attached,) = receipt(Outcome.REJECTED, BAD).attachments
    told = json.loads(attached.content)
    assert attached.media_type == "application/json"
    assert told["outcome"] == "rejected"
    assert told["rows"] == {"in": 12, "accepted": 0, "quarantined": 0, "rejected": 12}
    assert [finding["row"] for finding in told["findings"]] == [4, 5, 6]
    assert told["findings"][0]["why"] == WHY["RET-101"]
    assert told["totals"]["S01"]["met"] == 1203


def test_thousands_of_findings_fit_in_a_mail() -> None:
    many = [Finding(f"R-{i % 60}", Severity.ROW, i, "met", f"Wrong {i % 60}.", "Mend.") for i in range(9000)]
    letter = receipt(Outcome.REJECTED, many)
    assert len(letter.html.encode()) < 102_000
    assert "9,000 findings" in flat(letter.text).replace("\N{NO-BREAK SPACE}", " ")
    assert "20 more kinds of finding are in the attached file" in flat(letter.text)
    assert len(json.loads(letter.attachments[0].content)["findings"]) == 9000
