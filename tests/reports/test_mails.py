"""Every kind of mail of both collections: what it says, how it looks in mail programs, and that it arrives as written.

The checkers need Chromium, Node and `npm ci` in `checkers/`; the real mail server needs Postfix. Without them these tests
are skipped, unless ASSURANCE_ALL_TOOLS is 1. Pictures of every view are left in `var/screenshots`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from typing import get_args

import pytest
from browser import IN_MAIL, checked, need_browser, objections
from mail_server import PASSWORD, USER, MailServer

from assurance.catalogue.schema import MailKind
from assurance.delivery.letter import Letter
from assurance.delivery.messages import compose
from assurance.delivery.transport import Smtp, State
from assurance.errors import DeliveryError
from tests.reports.mails import Mail, month_of_mail

pytestmark = pytest.mark.xdist_group("mails")

SENDER = "assurance@example.org"
WRITTEN = datetime(2026, 11, 13, 9, 0)

BODY = "`<body> element`"
GRACEFUL = {
    "gmail.mobile-webmail": {
        "`@media`": "no dark colours, figures side by side: what is inlined is right by itself",
        "`display:none`": "the line for the list of mails stands on top, one pixel high and in the colour of the ground",
    },
    "outlook.windows": {"`@media`": "light only, and never as narrow as a phone"},
    "outlook.windows-mail": {
        "`@media`": "light only, and never as narrow as a phone",
        "`role attribute`": "tables for layout are read out as tables",
    },
    "outlook.ios": {BODY: "its ground and margin are those of the outermost table as well"},
    "outlook.android": {BODY: "its ground and margin are those of the outermost table as well"},
    "yahoo.ios": {BODY: "its ground and margin are those of the outermost table as well"},
    "yahoo.android": {BODY: "its ground and margin are those of the outermost table as well"},
}
"""What a mail program leaves out, and why the letter is right all the same; in all others nothing is left out."""


@pytest.fixture(scope="module")
def mails(tmp_path_factory: pytest.TempPathFactory) -> list[Mail]:
    return [mail for code in ("bcm", "outcomes") for mail in month_of_mail(code, tmp_path_factory.mktemp(code))]


@pytest.mark.slow
def test_both_collections_send_every_kind_of_mail(mails: list[Mail]) -> None:
    assert {mail.entry.kind for mail in mails} == set(get_args(MailKind))
    assert len({mail.name for mail in mails}) == len(mails)


@pytest.mark.slow
def test_no_mail_holds_what_a_mail_program_drops_or_cuts(mails: list[Mail]) -> None:
    for mail in mails:
        letter = mail.letter
        assert len(letter.html.encode()) < 102_000, mail.name
        assert not re.search(r"<svg|data:|var\(|<script|<link|@import|url\(", letter.html), mail.name
        assert "src=" not in letter.html.replace('src="cid:', ""), mail.name
        assert all(len(line) <= 78 for line in letter.text.splitlines()), mail.name
        assert "\n" not in letter.subject
        assert 'role="article" lang="en-GB"' in letter.html
        assert re.search(r"[0-9]", letter.subject), f"{mail.name} has no number in its subject"


@pytest.mark.slow
def test_the_first_line_of_text_and_html_is_the_finding_and_the_list_of_mails_shows_it(mails: list[Mail]) -> None:
    for mail in mails:
        before, _, after = mail.letter.html.partition('role="article"')
        assert re.search(r'<div class="pre"[^>]*>[^<]{20,}</div>', before), mail.name
        assert "<h1" in after
        assert re.search(r"^[A-Z0-9]", mail.letter.text), mail.name


# In mail programs


@pytest.fixture(scope="module")
def seen(mails: list[Mail], tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    """What the checker finds of each mail: one of every kind and subject line's beginning."""
    need_browser()
    folder = tmp_path_factory.mktemp("mails")
    for name, letter in _different(mails).items():
        (folder / f"{name}.html").write_text(letter.html, encoding="utf-8")
        if letter.picture:
            (folder / f"{name}.png").write_bytes(letter.picture.png)
    found: list[dict] = checked("mail.mjs", sorted(folder.glob("*.html")))
    return found


def _different(mails: list[Mail]) -> dict[str, Letter]:
    """By name, one letter for each collection, kind and thing that can have become of a return."""
    found: dict[str, Letter] = {}
    for mail in mails:
        outcome = "-".join(re.findall(r"[A-Za-z]+", mail.letter.subject.partition(":")[0])[:3]).lower()
        code = "bcm" if "Better" in mail.letter.subject else "outcomes"
        edition = "nation" if mail.entry.edition == "ALL" else "area"
        what = "no-return" if mail.letter.subject.endswith("no return") else outcome
        found.setdefault(f"{code}-{mail.entry.kind}-{edition}-{what}", mail.letter)
    return found


@pytest.mark.tools
def test_mail_programs_leave_out_nothing_but_what_is_named_here(seen: list[dict]) -> None:
    left_out: dict[str, set[str]] = {}
    for one in seen:
        for client, features in one["unsupported"].items():
            left_out.setdefault(client, set()).update(features)
    assert {client for client, features in left_out.items() if not features} == {
        "apple-mail.ios",
        "apple-mail.macos",
        "gmail.android",
        "gmail.desktop-webmail",
        "gmail.ios",
        "outlook.macos",
        "samsung-email.android",
        "yahoo.desktop-webmail",
    }
    assert {client: features for client, features in left_out.items() if features} == {
        client: set(features) for client, features in GRACEFUL.items()
    }


@pytest.mark.tools
def test_axe_finds_nothing_and_nothing_scrolls_sideways_in_any_view(seen: list[dict]) -> None:
    assert len(seen) >= 18
    found = [said for one in seen for view in one["views"] for said in objections(one["file"], view, IN_MAIL)]
    assert not found, "\n".join(found)


# To a real mail server


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    with MailServer.started() as started:
        yield started


@pytest.fixture
def trusted(server: MailServer, monkeypatch: pytest.MonkeyPatch) -> MailServer:
    """The server, with its certificate among those that are trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
    server.forget()
    return server


@pytest.mark.tools
def test_every_mail_arrives_as_it_was_written(mails: list[Mail], trusted: MailServer) -> None:
    post = Smtp(trusted.url(f"{USER}:{PASSWORD}@", "?starttls=1"))
    for mail in mails:
        ended = post.deliver(_message(mail), sender=SENDER, recipient=mail.entry.recipient, name=mail.entry.name)
        assert ended.state is State.SENT, (mail.name, ended.reply)
    post.close()
    arrived = {message["Message-ID"]: message for message in trusted.wait_for(len(mails))}
    assert len(arrived) == len(mails)
    for mail in mails:
        _hold_against(arrived[f"<{mail.entry.message_key}@example.org>"], mail)


def _message(mail: Mail) -> bytes:
    entry = mail.entry
    return bytes(compose(mail.letter, key=entry.message_key, sender=SENDER, recipient=entry.recipient, date=WRITTEN))


def _hold_against(arrived: EmailMessage, mail: Mail) -> None:
    letter = mail.letter
    assert arrived["Subject"] == letter.subject
    assert (arrived["From"], arrived["To"]) == (SENDER, mail.entry.recipient)
    assert arrived["Delivered-To"] == mail.entry.recipient
    assert arrived["Date"].datetime.replace(tzinfo=None) == WRITTEN
    assert arrived["List-Unsubscribe"] == f"<mailto:{SENDER}?subject=unsubscribe>"
    assert arrived["Auto-Submitted"] == "auto-generated"
    assert arrived["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    assert arrived["Content-Language"] == "en-GB"
    plain, html = (arrived.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r\n", "\n").rstrip("\n") == letter.text.rstrip("\n")
    assert html.get_content().replace("\r\n", "\n").rstrip("\n") == letter.html.rstrip("\n")
    pictures = [part for part in arrived.walk() if part.get_content_maintype() == "image"]
    wanted = [letter.picture] if letter.picture else []
    assert [(part["Content-ID"], part.get_content()) for part in pictures] == [(f"<{p.cid}>", p.png) for p in wanted]
    assert [
        (part.get_filename(), part.get_content_type(), part.get_payload(decode=True))
        for part in arrived.iter_attachments()
    ] == [(one.file_name, one.media_type, one.content) for one in letter.attachments]


@pytest.mark.tools
@pytest.mark.parametrize(
    ("login", "options", "encrypted", "says"),
    [
        (f"{USER}:wrong@", "?starttls=1", True, r"refused login or encryption \(535\)"),
        (f"{USER}:{PASSWORD}@", "?starttls=1", False, "does not offer the STARTTLS or login"),
        (f"{USER}:{PASSWORD}@", "", False, "does not offer the STARTTLS or login"),
        ("", "", True, r"wants a login or encryption \(MAIL: 530"),
    ],
    ids=["wrong password", "no STARTTLS is offered", "no login is offered", "encryption is wanted"],
)
def test_a_wrong_set_up_is_named_and_nothing_is_sent(
    mails: list[Mail], trusted: MailServer, login: str, options: str, encrypted: bool, says: str
) -> None:
    _refused(mails[0], trusted, Smtp(trusted.url(login, options, encrypted=encrypted)), says)


@pytest.mark.tools
def test_a_certificate_that_nobody_vouches_for_is_named_and_nothing_is_sent(
    mails: list[Mail], server: MailServer
) -> None:
    server.forget()
    _refused(mails[0], server, Smtp(server.url(f"{USER}:{PASSWORD}@", "?starttls=1")), "certificate of .* is not valid")


def _refused(mail: Mail, server: MailServer, post: Smtp, says: str) -> None:
    with pytest.raises(DeliveryError, match=says) as refused:
        post.deliver(_message(mail), sender=SENDER, recipient=mail.entry.recipient, name=mail.entry.name)
    post.close()
    assert PASSWORD not in str(refused.value)
    assert server.wait_for(0) == []
