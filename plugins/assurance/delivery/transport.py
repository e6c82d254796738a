"""How does a message leave, and what is known afterwards? Into a folder, or over SMTP.

SMTP cannot promise "exactly once": when the reply to the final dot is lost, nobody knows whether the server holds the
message (RFC 5321 6.1, RFC 1047). So the dialogue is split at that dot. What fails before it is safe to try again;
what fails after it is `unknown` and left to a person.
"""

from __future__ import annotations

import ipaddress
import re
import smtplib
import socket
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from enum import StrEnum
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from pydantic import SecretStr

from assurance.errors import DeliveryError
from assurance.files import write_whole
from assurance.settings import Settings

STEP_SECONDS = 30.0
"""How long the server may take over each step up to the text of a message."""
LAST_REPLY_SECONDS = 300.0
"""How long it may take to accept a whole message: servers that inspect it do so now."""
SET_UP_REPLIES = frozenset({530, 534, 535, 538})
"""Login or encryption is wanted or wrong: the fault of our settings, not of a message or recipient."""

DEFAULT_PORTS = {"smtp": 25, "smtps": 465}
URL_FORM = "smtp://[user:password@]host:port[?starttls=1] or smtps://[user:password@]host:port"
ENHANCED_CODE = re.compile(rb"[245]\.[0-9]{1,3}\.[0-9]{1,3}")
LINE_END = re.compile(rb"\r\n|\r|\n")
LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


class State(StrEnum):
    """Where one message stands. A delivery ends in `sent`, `retry`, `refused` or `unknown`."""

    QUEUED = "queued"
    ATTEMPTING = "attempting"
    SENT = "sent"
    RETRY = "retry"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Delivery:
    """How one delivery ended; `reply` holds step and codes only, never an address or a text."""

    state: State
    reply: str


class Transport(Protocol):
    """What takes messages away."""

    def deliver(self, message: bytes, *, sender: str, recipient: str, name: str) -> Delivery:
        """Take one message to one recipient. Raises DeliveryError, nothing sent, when the set-up is at fault.

        `name` is fit for a file, and the same for the same message.
        """

    def close(self) -> None:
        """Let go of what is held; a later delivery opens it again."""


def transport(settings: Settings) -> Transport:
    """Where mail goes by these settings: to the SMTP server when one is set, else to the mail folder."""
    return Smtp(settings.smtp) if settings.smtp else Folder(settings.mail)


class Folder:
    """Writes each message as `<name>.eml`, and its HTML beside it to look at."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def deliver(self, message: bytes, *, sender: str, recipient: str, name: str) -> Delivery:
        """`sent` once the file stands; a message of that name that stands already is left as it is."""
        place = self._folder / f"{name}.eml"
        if place.exists():
            return Delivery(State.SENT, "was in the folder already")
        try:
            write_whole(place.with_name(f"{name}.html"), _html_of(message))
            write_whole(place, message)
        except OSError as error:
            return Delivery(State.RETRY, f"folder: {_kind(error)}")
        return Delivery(State.SENT, "written to the folder")

    def close(self) -> None:
        """Nothing is held."""


def _html_of(message: bytes) -> bytes:
    """The HTML that a reader is shown, its pictures in it: the first part of that kind; an attached page comes after it."""
    parts = [(part, _content(part)) for part in message_from_bytes(message).walk()]
    html = next((content for part, content in parts if part.get_content_type() == "text/html"), b"")
    for part, content in parts:
        if cid := part.get("Content-ID", "").strip("<>"):
            kind = part.get_content_type().encode()
            html = html.replace(b"cid:" + cid.encode(), b"data:" + kind + b";base64," + b64encode(content))
    return html


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


@dataclass(frozen=True)
class _Server:
    """The place and manner that an SMTP URL describes."""

    host: str
    port: int
    tls: bool
    starttls: bool
    user: str | None
    password: SecretStr


class Smtp:
    """Sends over one connection, which is opened when first needed and again after an error.

    Raises DeliveryError when the URL is wrong, or would send a login in clear beyond this machine.
    """

    def __init__(
        self, url: str, *, step_seconds: float = STEP_SECONDS, last_reply_seconds: float = LAST_REPLY_SECONDS
    ) -> None:
        self._server = _server(url)
        self._step_seconds = step_seconds
        self._last_reply_seconds = last_reply_seconds
        self._client: smtplib.SMTP | None = None

    def __repr__(self) -> str:
        return f"Smtp({self._server.host}:{self._server.port})"

    def deliver(self, message: bytes, *, sender: str, recipient: str, name: str) -> Delivery:
        """Send one message and say how it ended. DeliveryError: login or encryption failed, nothing was sent."""
        try:
            client = self._connected()
            refusal = _envelope(client, sender, recipient)
            if refusal:
                return self._refused(client, refusal)
            client.send(_on_the_wire(message))
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Delivery(State.RETRY, f"before the end of the message: {_kind(error)}")
        return self._last_reply(client)

    def close(self) -> None:
        client, self._client = self._client, None
        if client:
            with suppress(OSError, smtplib.SMTPException):
                client.quit()
            client.close()

    def _connected(self) -> smtplib.SMTP:
        """The open connection if it still answers, else a new one."""
        if self._client and not _answers(self._client):
            self._drop()
        if self._client is None:
            self._client = self._open()
        return self._client

    def _open(self) -> smtplib.SMTP:
        server = self._server
        with _set_up_faults(repr(self)):
            client = self._greeted()
            try:
                if server.starttls:
                    client.starttls(context=ssl.create_default_context())
                if server.user is not None:
                    client.login(server.user, server.password.get_secret_value())
                client.ehlo_or_helo_if_needed()
            except BaseException:
                client.close()
                raise
        return client

    def _greeted(self) -> smtplib.SMTP:
        host, port, timeout = self._server.host, self._server.port, self._step_seconds
        if self._server.tls:
            client: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=timeout, context=ssl.create_default_context())
        else:
            client = smtplib.SMTP(host, port, timeout=timeout)
        if client.sock:  # the final dot is a packet of its own: it must not wait for the one before to be acknowledged
            client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return client

    def _refused(self, client: smtplib.SMTP, refusal: _Reply) -> Delivery:
        if refusal.code in SET_UP_REPLIES:
            self._drop()
            raise DeliveryError(f"{self!r} wants a login or encryption ({refusal}); mend ASSURANCE_SMTP_URL")
        if refusal.code == 421 or not refusal.is_definite:
            self._drop()
        return Delivery(State.REFUSED if refusal.is_permanent else State.RETRY, str(refusal))

    def _last_reply(self, client: smtplib.SMTP) -> Delivery:
        """From the dot on only a definite reply tells what became of the message."""
        try:
            _wait_at_most(client, self._last_reply_seconds)
            client.send(b".\r\n")
            reply = _Reply("end of message", *client.getreply())
            _wait_at_most(client, self._step_seconds)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Delivery(State.UNKNOWN, f"after the end of the message: {_kind(error)}")
        if reply.code == 421 or not reply.is_definite:
            self._drop()
        return Delivery(reply.state, str(reply))

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client:
            client.close()


@dataclass(frozen=True)
class _Reply:
    """What the server said to one step."""

    step: str
    code: int
    text: bytes

    @property
    def is_permanent(self) -> bool:
        return 500 <= self.code < 600

    @property
    def is_definite(self) -> bool:
        return self.state is not State.UNKNOWN

    @property
    def state(self) -> State:
        """What this reply means as the last one."""
        if 200 <= self.code < 300:
            return State.SENT
        if 400 <= self.code < 500:
            return State.RETRY
        return State.REFUSED if self.is_permanent else State.UNKNOWN

    def __str__(self) -> str:
        """Step and codes: the words of a server may hold addresses."""
        enhanced = ENHANCED_CODE.match(self.text)
        return f"{self.step}: {self.code}" + (f" {enhanced.group().decode()}" if enhanced else "")


def _envelope(client: smtplib.SMTP, sender: str, recipient: str) -> _Reply | None:
    """The steps up to the text: None when the server waits for it, else the reply that stopped them."""
    reply = _Reply("MAIL", *client.mail(sender))
    if reply.code != 250:
        return reply
    reply = _Reply("RCPT", *client.rcpt(recipient))
    if reply.code not in (250, 251):
        return reply
    reply = _Reply("DATA", *client.docmd("DATA"))
    return None if reply.code == 354 else reply


def _answers(client: smtplib.SMTP) -> bool:
    """Whether the connection lives; RSET also forgets what is left of the last message."""
    try:
        return client.rset()[0] == 250
    except (OSError, smtplib.SMTPException):
        return False


def _wait_at_most(client: smtplib.SMTP, seconds: float) -> None:
    if client.sock:
        client.sock.settimeout(seconds)


def _on_the_wire(message: bytes) -> bytes:
    """CRLF line ends throughout, leading dots doubled, all but the final dot."""
    lines = LINE_END.sub(b"\r\n", message)
    return LEADING_DOT.sub(b"..", lines if lines.endswith(b"\r\n") else lines + b"\r\n")


@contextmanager
def _set_up_faults(server: str) -> Iterator[None]:
    """Tells a wrong set-up, which no second try mends, from a server that is busy or away."""
    try:
        yield
    except (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError, smtplib.SMTPHeloError):
        raise
    except smtplib.SMTPResponseException as error:
        if error.smtp_code < 500:
            raise
        raise DeliveryError(
            f"{server} refused login or encryption ({error.smtp_code}); mend ASSURANCE_SMTP_URL"
        ) from None
    except smtplib.SMTPException:
        raise DeliveryError(f"{server} does not offer the STARTTLS or login that ASSURANCE_SMTP_URL asks for") from None
    except ssl.SSLCertVerificationError as error:
        raise DeliveryError(f"the certificate of {server} is not valid: {error.verify_message}") from None


def _server(url: str) -> _Server:
    """Read the URL; what is wrong with it is said without quoting it, for it may hold a password."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        host.encode("idna")
        options = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
    except ValueError:
        raise _bad_url("cannot be read (write special characters of the password as %XX)") from None
    if parts.scheme not in DEFAULT_PORTS or not host or parts.path.strip("/") or parts.fragment:
        raise _bad_url("is not an SMTP URL")
    if options not in ({}, {"starttls": "0"}, {"starttls": "1"}):
        raise _bad_url("has an option other than starttls=0 or starttls=1")
    tls, starttls = parts.scheme == "smtps", options.get("starttls") == "1"
    if tls and starttls:
        raise _bad_url("asks for STARTTLS within TLS; use one of them")
    user, password = _login(parts)
    if user is not None and not (tls or starttls or _is_loopback(host)):
        raise _bad_url("would send the login in clear; add ?starttls=1 or use smtps://")
    return _Server(host, port or DEFAULT_PORTS[parts.scheme], tls, starttls, user, password)


def _login(parts: SplitResult) -> tuple[str | None, SecretStr]:
    if parts.username is None:
        return None, SecretStr("")
    if not parts.username or not parts.password:
        raise _bad_url("has half a login; give user and password, or neither")
    user, password = unquote(parts.username), unquote(parts.password)
    if not (user + password).isascii():
        raise _bad_url("has a login that is not plain ASCII, which a login by SMTP cannot carry")
    return user, SecretStr(password)


def _bad_url(fault: str) -> DeliveryError:
    return DeliveryError(f"ASSURANCE_SMTP_URL {fault}; the form is {URL_FORM}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _kind(error: Exception) -> str:
    """What failed, without its text, which may quote the server."""
    code = getattr(error, "smtp_code", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__
