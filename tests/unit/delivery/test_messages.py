"""How does a letter look on the wire?"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from typing import Any

import pytest

from assurance.delivery.letter import Attachment, Letter, Picture
from assurance.delivery.messages import compose
from assurance.errors import DeliveryError

KEY = "ab12" * 16
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
REPORT = "<!doctype html>\n<p>97 % – résumé</p>\n.\n".encode()
LETTER = Letter(
    subject="Better Case Management, October 2026: 92.7 %; 1 standard and 2 Areas need attention – Cymru-Wales first",
    text="Crown Court – October 2026\n.\nA line that is a good deal longer than seventy-eight characters, so it is broken.\n",
    html='<p style="color:#1b2329">92.7 % – no change</p>\n<img src="cid:trend" alt="The rate has not changed">\n',
    picture=Picture("trend", "trend.png", PNG),
    attachments=(
        Attachment("report.html", "text/html", REPORT),
        Attachment("figures – October.ods", "application/vnd.oasis.opendocument.spreadsheet", b"PK\x03\x04figures"),
    ),
)
PLAIN = replace(LETTER, picture=None, attachments=())


def composed(letter: Letter = LETTER, **changes: Any) -> bytes:
    envelope: dict[str, Any] = {
        "key": KEY,
        "sender": "Area assurance <assurance@example.org>",
        "recipient": "assurance.wsx@example.org",
        "date": datetime(2026, 11, 3, 9, 0),
    }
    return bytes(compose(letter, **(envelope | changes)))


def parsed(message: bytes) -> EmailMessage:
    return message_from_bytes(message, policy=policy.SMTP)


def tree(message: MIMEPart) -> Any:
    """The content types, nested as the parts are."""
    if not message.is_multipart():
        return message.get_content_type()
    return {message.get_content_subtype(): [tree(part) for part in message.iter_parts()]}


def test_the_parts_are_nested_so_that_every_mail_program_finds_the_best_it_can_show() -> None:
    assert tree(parsed(composed())) == {
        "mixed": [
            {"alternative": ["text/plain", {"related": ["text/html", "image/png"]}]},
            "text/html",
            "application/vnd.oasis.opendocument.spreadsheet",
        ]
    }


def test_a_letter_without_picture_and_attachments_is_text_and_html() -> None:
    assert tree(parsed(composed(PLAIN))) == {"alternative": ["text/plain", "text/html"]}


def test_every_part_arrives_as_it_was_written() -> None:
    text, html, picture, report, figures = (part for part in parsed(composed()).walk() if not part.is_multipart())
    assert text.get_content().splitlines() == LETTER.text.splitlines()
    assert html.get_content().splitlines() == LETTER.html.splitlines()
    assert picture.get_content() == PNG
    assert (picture["Content-ID"], picture.get_content_disposition()) == ("<trend>", "inline")
    assert report.get_payload(decode=True) == REPORT
    assert (report.get_content_charset(), report.get_filename()) == ("utf-8", "report.html")
    assert figures.get_content() == b"PK\x03\x04figures"
    assert figures.get_filename() == "figures – October.ods"


def test_the_headers_say_who_when_which_message_and_that_no_person_wrote_it() -> None:
    headers = parsed(composed())
    assert headers["Subject"] == LETTER.subject
    assert headers["From"] == "Area assurance <assurance@example.org>"
    assert headers["To"] == "assurance.wsx@example.org"
    assert headers["Date"] == "Tue, 03 Nov 2026 09:00:00 +0000"
    assert headers["Message-ID"] == f"<{KEY}@example.org>"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    assert headers["Content-Language"] == "en-GB"
    assert headers["List-Unsubscribe"] == "<mailto:assurance@example.org?subject=unsubscribe>"


@pytest.mark.parametrize("length", [1, 59, 60, 68, 69, 70, 71, 77, 78, 79, 200])
@pytest.mark.parametrize("words", ["Better Case Management: 92.7 %; ", "Gwell – rheolaeth achosion: 92.7 %; "])
def test_a_subject_of_any_length_arrives_whole_and_begins_on_its_own_line(words: str, length: int) -> None:
    subject = (words * 10)[:length].rstrip()
    message = composed(replace(PLAIN, subject=subject))
    assert parsed(message)["Subject"] == subject
    assert message.startswith(b"Subject: ")
    assert all(len(line) <= 78 for line in message.partition(b"From:")[0].split(b"\r\n"))


def test_lines_end_in_crlf_and_are_short_but_for_the_two_headers_that_may_not_be_broken() -> None:
    lines = composed(sender="assurance@" + "a-long-domain." * 4 + "example.org").split(b"\r\n")
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    long = [line for line in lines if len(line) > 78]
    assert [line.partition(b":")[0] for line in long] == [b"Message-ID", b"List-Unsubscribe"]
    assert all(b"=?" not in line for line in long)


def test_the_message_is_plain_ascii() -> None:
    assert composed().isascii()


def test_the_same_letter_gives_the_same_bytes() -> None:
    assert composed() == composed()


def test_no_part_shares_a_boundary_with_another_message() -> None:
    boundaries = [part.get_boundary() for part in parsed(composed()).walk() if part.is_multipart()]
    other = [part.get_boundary() for part in parsed(composed(key="cd34" * 16)).walk() if part.is_multipart()]
    assert len({*boundaries, *other}) == 6


@pytest.mark.parametrize("break_", ["\n", "\r", "\r\n", "\n ", "\x00", "\x0b", "\x85", "\u2028"])
def test_a_break_in_a_header_value_is_refused(break_: str) -> None:
    spoiled = f"news{break_}Bcc: all@example.org"
    ends_so = f"news{break_}"
    for letter in (
        replace(LETTER, subject=spoiled),
        replace(LETTER, subject=ends_so),
        replace(LETTER, picture=Picture(spoiled, "trend.png", PNG)),
        replace(LETTER, picture=Picture("trend", spoiled, PNG)),
        replace(LETTER, attachments=(Attachment(spoiled, "text/html", REPORT),)),
        replace(LETTER, attachments=(Attachment("report.html", spoiled, REPORT),)),
    ):
        with pytest.raises(DeliveryError, match="line break"):
            composed(letter)
    with pytest.raises(DeliveryError):
        composed(key=spoiled)
    with pytest.raises(DeliveryError):
        composed(sender=f"{spoiled} <assurance@example.org>")
    with pytest.raises(DeliveryError):
        composed(recipient=f"assurance.wsx@example.org{break_}")


@pytest.mark.parametrize(
    "recipient", ["", "nobody", "a@example.org, b@example.org", "A <a@example.org>", "<a@example.org>", "ä@example.org"]
)
def test_a_message_goes_to_one_plain_address_and_the_refusal_does_not_quote_it(recipient: str) -> None:
    with pytest.raises(DeliveryError, match=r"^the recipient of message ab12ab12 is not one plain address"):
        composed(recipient=recipient)


def test_a_sender_that_is_no_address_is_a_setting_to_mend() -> None:
    with pytest.raises(DeliveryError, match="ASSURANCE_MAIL_FROM"):
        composed(sender="assurance")
