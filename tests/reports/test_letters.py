"""The letters of a release tell the number first, and hold nothing that a mail program drops."""

from __future__ import annotations

import io
import re

from builders import NAMES, NOTE, RELEASES, REPORTS, area_page, measured_of, national_page, release, render_release
from PIL import Image

from assurance.delivery.letter import Letter
from assurance.reporting.letters import release_letter, release_letters
from assurance.reporting.workbook import MEDIA_TYPE, workbook, workbooks


def flat(text: str) -> str:
    return " ".join(text.split())


def mails() -> list[Letter]:
    return [
        release_letter(RELEASES["with targets"], "ALL", REPORTS),
        release_letter(RELEASES["every state"], "BBB", REPORTS),
        release_letter(RELEASES["all missing at first"], "ALL", REPORTS),
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
        (
            "with targets",
            "ALL",
        ): "Letters and files, October 2026: 83.0 %; below the target; 1 standard and 1 Area need attention",
        (
            "with targets",
            "AAA",
        ): "Letters and files, Ashdale, October 2026: 60.0 %; lower than the typical Area, below the "
        "target; "
        "2 standards need attention",
        ("every state", "BBB"): "Letters and files, Brookmoor, October 2026: no return",
        ("all missing", "ALL"): "Letters and files, October 2026: 5 returns not in",
        ("usual", "ALL"): "Letters and files, October 2026: 85.0 %; nothing stands out",
        ("cases", "ALL"): "Letters and files, October 2026: 83.0 %; 1 standard and 1 Area need attention",
    }
    for (name, edition), subject in said.items():
        assert release_letter(RELEASES[name], edition, REPORTS).subject == subject


def test_the_subject_of_a_later_release_says_which_it_is() -> None:
    for edition in ("ALL", "CCC"):
        first = release_letter(RELEASES["usual"], edition, REPORTS).subject
        assert release_letter(RELEASES["restated"], edition, REPORTS).subject == f"{first}; release 2, revised"
        assert "release" not in first


def test_a_release_carries_its_page_and_a_small_picture() -> None:
    letter = release_letter(RELEASES["usual"], "ALL", REPORTS)
    report, figures = letter.attachments
    assert (figures.file_name, figures.media_type) == ("letters-2026-10-national.xlsx", MEDIA_TYPE)
    assert figures.content == workbook(measured_of("usual"), "ALL")
    assert (report.file_name, report.media_type) == ("report.html", "text/html")
    assert report.content.decode() == national_page(RELEASES["usual"], REPORTS)
    assert letter.picture is not None
    assert f'src="cid:{letter.picture.cid}"' in letter.html
    assert len(letter.picture.png) < 60_000
    with Image.open(io.BytesIO(letter.picture.png)) as picture:
        assert (picture.format, picture.width) == ("PNG", 1200)
        colours = picture.convert("RGB").getcolors()
    assert colours is not None
    assert len(colours) > 8, "an empty picture"


def test_the_picture_has_words_for_those_who_do_not_see_it() -> None:
    letter = release_letter(RELEASES["usual"], "ALL", REPORTS)
    assert 'alt="0 of 14 months were unusual. Compliance in October 2026: 85.0' in letter.html


def test_a_word_that_stands_out_has_a_shape_as_a_character() -> None:
    html = release_letter(RELEASES["with targets"], "ALL", REPORTS).html.replace("\u00a0", " ").replace("&nbsp;", " ")
    for said in ("▲ Not met", "✓ Met", "▼ Lower", "▲ Higher", ">Too close to say", ">Similar"):
        assert said in html


def test_nothing_to_draw_means_no_picture() -> None:
    letter = release_letter(RELEASES["all missing at first"], "ALL", REPORTS)
    assert letter.picture is None
    assert "<img" not in letter.html


def test_one_month_is_no_trend_and_two_are() -> None:
    first, second = (release_letter(release(months=months), "ALL", REPORTS) for months in (1, 2))
    assert "<img" not in first.html
    assert "<img" in second.html


def test_an_area_is_sent_its_own_page_and_no_other_area() -> None:
    letter = release_letter(RELEASES["with targets"], "AAA", REPORTS)
    assert letter.attachments[0].content.decode() == area_page(RELEASES["with targets"], "AAA", REPORTS)
    for other in list(NAMES.values())[1:]:
        assert other not in letter.html + letter.text + letter.subject


def test_letters_of_a_release_are_the_single_ones() -> None:
    measured = measured_of("one Area")
    letters = release_letters(measured, render_release(RELEASES["one Area"], REPORTS), workbooks(measured), REPORTS)
    assert list(letters) == ["ALL", "AAA"]
    assert letters["AAA"] == release_letter(RELEASES["one Area"], "AAA", REPORTS)


def test_the_text_says_what_the_html_says() -> None:
    letter = release_letter(RELEASES["every state"], "ALL", REPORTS)
    of_return = ("2 of 5 Areas have no return that counts", "Brookmoor", "[x] no return")
    for told in ("85.0", *of_return, "report.html", "letters-2026-10-national.xlsx"):
        assert told in flat(letter.text)
        assert told in letter.html
    assert "Sent only after a person has approved it" in flat(
        release_letter(RELEASES["restated by an earlier month"], "ALL", REPORTS).text
    )


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
