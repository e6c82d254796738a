"""How does a letter look on the wire? Puts its parts into one MIME message; the same letter gives the same bytes."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import policy
from email.header import Header
from email.headerregistry import BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import parseaddr
from typing import cast

from assurance.delivery.letter import Attachment, Letter, Picture
from assurance.errors import DeliveryError

LANGUAGE = "en-GB"
POSSIBLE_DUPLICATE = "X-Possible-Duplicate"
"""Stands in a message that a person had sent again because nobody knows whether it arrived the first time."""
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")


class _OneToken(UnstructuredHeader, BaseHeader):
    """A header whose value is one long token: the default would break it and write it as encoded words."""

    def fold(self, *, policy: policy.Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


class _Subject(UnstructuredHeader, BaseHeader):
    """A subject that arrives as it was written: the default loses blanks beside letters that are not ASCII."""

    def fold(self, *, policy: policy.Policy) -> str:
        charset = "us-ascii" if self.isascii() else "utf-8"
        folded = Header(str(self), charset, header_name=self.name).encode(linesep=policy.linesep)
        return f"{self.name}: {folded}{policy.linesep}"


def _policy() -> EmailPolicy[EmailMessage]:
    headers = HeaderRegistry()
    headers.map_to_type("subject", _Subject)
    headers.map_to_type("list-unsubscribe", _OneToken)
    return policy.SMTP.clone(header_factory=headers)


POLICY = _policy()


def compose(
    letter: Letter, *, key: str, sender: str, recipient: str, date: datetime, possible_duplicate: bool = False
) -> EmailMessage:
    """What is sent: mixed(alternative(text, related(HTML, picture)), attachments), to one recipient.

    `key` is that of the outbox and becomes the Message-ID; `date` without a zone is UTC; `sender` may have a display
    name, `recipient` is a bare address. Raises DeliveryError for an address or a header value that cannot be sent.
    """
    address = _sender_address(sender)
    if not ADDRESS.fullmatch(recipient):
        raise DeliveryError(
            f"the recipient of message {key[:8]} is not one plain address; mend the register of recipients"
        )
    message = EmailMessage(policy=POLICY)
    headers = {
        "Subject": letter.subject,
        "From": sender,
        "To": recipient,
        "Message-ID": f"<{key}@{address.partition('@')[2]}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        "List-Unsubscribe": f"<mailto:{address}?subject=unsubscribe>",
    }
    if possible_duplicate:
        headers[POSSIBLE_DUPLICATE] = "yes; it may have reached you before"
    for name, value in headers.items():
        message[name] = _one_line(name, value)
    message["Date"] = date if date.tzinfo else date.replace(tzinfo=UTC)
    _add_body(message, letter)
    for attachment in letter.attachments:
        _attach(message, attachment)
    message["Content-Language"] = LANGUAGE  # last: building the parts moves every Content header into the first of them
    _name_boundaries(message, key)
    return message


def _sender_address(sender: str) -> str:
    address = parseaddr(sender)[1]
    if not ADDRESS.fullmatch(address):
        raise DeliveryError(f"the sender {sender!r} is not an address; set ASSURANCE_MAIL_FROM")
    return address


def _one_line(name: str, value: str) -> str:
    if CONTROL.search(value):
        raise DeliveryError(f"the {name} of a message holds a line break or control character; write it on one line")
    return value


def _add_body(message: EmailMessage, letter: Letter) -> None:
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    if letter.picture:
        _text, html = message.iter_parts()
        _show(cast(EmailMessage, html), letter.picture)


def _show(html: EmailMessage, picture: Picture) -> None:
    html.add_related(
        picture.png,
        maintype="image",
        subtype="png",
        cid=f"<{_one_line('Content-ID', picture.cid)}>",
        filename=_one_line("file name", picture.file_name),
        disposition="inline",
    )


def _attach(message: EmailMessage, attachment: Attachment) -> None:
    """Bytes go as they are, text too, so that the file that arrives is the file that was built."""
    maintype, _, subtype = _one_line("media type", attachment.media_type).partition("/")
    message.add_attachment(
        attachment.content,
        maintype=maintype,
        subtype=subtype,
        filename=_one_line("file name", attachment.file_name),
        params={"charset": "utf-8"} if maintype == "text" else None,
    )


def _name_boundaries(message: EmailMessage, key: str) -> None:
    """`=_` never occurs in quoted-printable or base64, so no content can hold a boundary."""
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{key[:40]}_{number}")
