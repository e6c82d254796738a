"""How does a message leave, and what is known afterwards?"""

from __future__ import annotations

import socket
import ssl
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from assurance.delivery.letter import Attachment, Letter, Picture
from assurance.delivery.messages import compose
from assurance.delivery.transport import Delivery, Folder, Smtp, State, transport
from assurance.errors import DeliveryError
from assurance.settings import Settings
from tests.certificates import HOST, write_certificate

SENDER, RECIPIENT = "assurance@example.org", "assurance.wsx@example.org"
PASSWORD = "p/a:s@s word"
LOGIN = "user:p%2Fa%3As%40s%20word@"
LETTER = Letter(
    subject="Better Case Management, October 2026: 92.7 %; 1 standard needs attention",
    text=".\n..\nFrom the Crown Court – a line that is much longer than the seventy-eight characters a line may have.\n",
    html='<p>92.7 %</p>\n<img src="cid:trend" alt="no change">\n.\n',
    picture=Picture("trend", "trend.png", b"\x89PNG\r\n.\r\n" + bytes(range(256)) * 100),
    attachments=(Attachment("report.html", "text/html", b"<p>bare line ends\n.\nas built</p>\n" * 3000),),
)


def message(key: str = "ab12" * 16) -> EmailMessage:
    return compose(LETTER, key=key, sender=SENDER, recipient=RECIPIENT, date=datetime(2026, 11, 3, 9, 0))


def parsed(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.SMTP)


# Into a folder


def put(folder: Path, content: bytes | None = None) -> Delivery:
    content = bytes(message()) if content is None else content
    return Folder(folder).deliver(content, sender=SENDER, recipient=RECIPIENT, name="release-area-wsx-ab12")


def test_a_message_lies_in_the_folder_with_its_html_and_picture_beside_it(tmp_path: Path) -> None:
    assert put(tmp_path / "mail").state is State.SENT
    assert sorted(path.name for path in (tmp_path / "mail").iterdir()) == [
        "release-area-wsx-ab12.eml",
        "release-area-wsx-ab12.html",
    ]
    assert (tmp_path / "mail" / "release-area-wsx-ab12.eml").read_bytes() == bytes(message())
    html = (tmp_path / "mail" / "release-area-wsx-ab12.html").read_text()
    before, after = LETTER.html.split("cid:trend")
    shown = html.removeprefix(f"{before}data:image/png;base64,").removesuffix(after)
    assert LETTER.picture
    assert b64decode(shown, validate=True) == LETTER.picture.png


def test_a_message_that_lies_there_already_is_left_as_it_is(tmp_path: Path) -> None:
    put(tmp_path)
    assert put(tmp_path, b"Subject: another\r\n\r\n").state is State.SENT
    assert (tmp_path / "release-area-wsx-ab12.eml").read_bytes() == bytes(message())


def test_a_folder_that_takes_nothing_is_to_be_tried_again(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file stands in the way")
    assert put(tmp_path / "mail") == Delivery(State.RETRY, "folder: FileExistsError")


def test_a_message_cut_short_by_the_disk_leaves_nothing_under_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert put(tmp_path).state is State.RETRY
    assert list(tmp_path.iterdir()) == []


# By which URL


def test_mail_goes_to_the_folder_unless_a_server_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSURANCE_HOME", str(tmp_path))
    assert isinstance(transport(Settings()), Folder)
    monkeypatch.setenv("ASSURANCE_SMTP_URL", "smtp://mail.example.org")
    assert repr(transport(Settings())) == "Smtp(mail.example.org:25)"


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://mail.example.org", "is not an SMTP URL"),
        ("smtp://", "is not an SMTP URL"),
        ("smtp://mail.example.org/box", "is not an SMTP URL"),
        ("smtp://mail.example.org:no", "cannot be read"),
        ("smtp://user:se/cret@mail.example.org?starttls=1", "cannot be read"),
        ("smtp://mail.example.org?starttls=true", "has an option other than"),
        ("smtp://mail.example.org?tls=1", "has an option other than"),
        ("smtps://mail.example.org?starttls=1", "asks for STARTTLS within TLS"),
        ("smtp://user@mail.example.org?starttls=1", "has half a login"),
        ("smtp://user:secr%C3%A9t@mail.example.org?starttls=1", "is not plain ASCII"),
        ("smtp://mail..example.org", "cannot be read"),
        ("smtp://user:secret@mail.example.org", "would send the login in clear"),
        ("smtp://user:secret@mail.example.org?starttls=0", "would send the login in clear"),
    ],
)
def test_a_wrong_url_is_refused_without_being_quoted(url: str, fault: str) -> None:
    with pytest.raises(DeliveryError, match=fault) as raised:
        Smtp(url)
    assert raised.value.__suppress_context__ or raised.value.__context__ is None
    for part in ("se/cret", "cret@", "secret@"):
        assert part not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        "smtp://user:secret@127.0.0.1:2525",
        "smtp://user:secret@[::1]:2525",
        "smtp://user:secret@localhost:2525",
        "smtp://user:secret@mail.example.org:587?starttls=1",
        "smtps://user:secret@mail.example.org",
        "smtp://mail.example.org",
    ],
)
def test_a_login_is_allowed_over_tls_or_within_this_machine_and_does_not_show(url: str) -> None:
    smtp = Smtp(url)
    assert "secret" not in repr(smtp) + str(vars(smtp))


# To a real server


class Mailbox:
    """Keeps what the server accepts."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.connections: set[object] = set()

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:
        self.envelopes.append(envelope)
        self.connections.add(session.peer)
        return "250 stored"

    def only_message(self) -> EmailMessage:
        (envelope,) = self.envelopes
        assert isinstance(envelope.content, bytes)
        return parsed(envelope.content)


Serve = Callable[..., tuple[int, Mailbox]]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a server with these options and gives its port and mailbox."""
    started: list[Controller] = []

    def start(**options: object) -> tuple[int, Mailbox]:
        with socket.socket() as free:
            free.bind((HOST, 0))
            port = free.getsockname()[1]
        mailbox = Mailbox()
        server = Controller(mailbox, hostname=HOST, port=port, **options)  # type: ignore[arg-type]
        server.start()
        started.append(server)
        return port, mailbox

    yield start
    for server in started:
        server.stop()


def knows_the_password(
    _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, login: object
) -> AuthResult:
    return AuthResult(success=login == LoginPassword(b"user", PASSWORD.encode()))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of this machine, with its key, signed by itself."""
    return write_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


def send(url: str, times: int = 1) -> list[Delivery]:
    with closing(Smtp(url, step_seconds=5, last_reply_seconds=5)) as smtp:
        return [
            smtp.deliver(bytes(message(f"{number:064x}")), sender=SENDER, recipient=RECIPIENT, name="any")
            for number in range(times)
        ]


def test_what_a_server_gets_is_part_by_part_what_was_composed(serve: Serve) -> None:
    port, mailbox = serve()
    assert send(f"smtp://{HOST}:{port}") == [Delivery(State.SENT, "end of message: 250")]
    got, wrote = mailbox.only_message(), parsed(bytes(message(f"{0:064x}")))
    assert [(name, str(value)) for name, value in got.items() if name != "X-Peer"] == [
        (name, str(value)) for name, value in wrote.items()
    ]
    parts = list(zip(got.walk(), wrote.walk(), strict=True))
    assert len(parts) == 7
    for part, original in parts:
        assert part.get_content_type() == original.get_content_type()
        assert part.get_payload(decode=True) == original.get_payload(decode=True)
    assert (mailbox.envelopes[0].mail_from, mailbox.envelopes[0].rcpt_tos) == (SENDER, [RECIPIENT])


def test_many_messages_go_over_one_connection(serve: Serve) -> None:
    port, mailbox = serve()
    assert {delivery.state for delivery in send(f"smtp://{HOST}:{port}", times=14)} == {State.SENT}
    assert (len(mailbox.envelopes), len(mailbox.connections)) == (14, 1)


def test_a_connection_the_server_has_closed_is_opened_again_without_losing_a_message(serve: Serve) -> None:
    port, mailbox = serve(timeout=1)
    with closing(Smtp(f"smtp://{HOST}:{port}", step_seconds=5)) as smtp:
        smtp.deliver(bytes(message()), sender=SENDER, recipient=RECIPIENT, name="any")
        assert smtp._client is not None
        assert smtp._client.sock is not None
        smtp._client.sock.shutdown(socket.SHUT_RDWR)
        again = smtp.deliver(bytes(message("cd34" * 16)), sender=SENDER, recipient=RECIPIENT, name="any")
    assert again.state is State.SENT
    assert (len(mailbox.envelopes), len(mailbox.connections)) == (2, 2)


def test_the_login_is_sent_once_starttls_has_made_it_secret(serve: Serve, tls: ssl.SSLContext, trusted: None) -> None:
    port, mailbox = serve(tls_context=tls, authenticator=knows_the_password, auth_required=True)
    assert send(f"smtp://{LOGIN}{HOST}:{port}?starttls=1")[0].state is State.SENT
    assert len(mailbox.envelopes) == 1


def test_a_server_that_speaks_tls_from_the_start_is_reached_by_smtps(
    serve: Serve, tls: ssl.SSLContext, trusted: None
) -> None:
    port, mailbox = serve(ssl_context=tls)
    assert send(f"smtps://{HOST}:{port}")[0].state is State.SENT
    assert len(mailbox.envelopes) == 1


def test_a_certificate_nobody_vouches_for_stops_everything(serve: Serve, tls: ssl.SSLContext) -> None:
    port, mailbox = serve(tls_context=tls, authenticator=knows_the_password)
    with pytest.raises(DeliveryError, match="certificate of Smtp"):
        send(f"smtp://{LOGIN}{HOST}:{port}?starttls=1")
    assert not mailbox.envelopes


def test_a_server_that_wants_a_login_we_do_not_have_is_a_setting_to_mend(serve: Serve) -> None:
    port, mailbox = serve(authenticator=knows_the_password, auth_required=True, auth_require_tls=False)
    with pytest.raises(DeliveryError, match="wants a login"):
        send(f"smtp://{HOST}:{port}")
    assert not mailbox.envelopes


def test_a_server_that_offers_no_login_is_a_setting_to_mend(serve: Serve) -> None:
    port, mailbox = serve()
    with pytest.raises(DeliveryError, match="does not offer"):
        send(f"smtp://{LOGIN}{HOST}:{port}")
    assert not mailbox.envelopes


def test_a_server_that_is_not_there_is_to_be_tried_again() -> None:
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    assert send(f"smtp://{HOST}:{port}")[0].state is State.RETRY
