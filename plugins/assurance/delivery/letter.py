"""What does a mail say? A letter is complete but for its envelope: no sender, recipient, key or date."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a letter; `media_type` like `text/html`."""

    file_name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Picture:
    """The one picture of a letter: a PNG that its HTML shows as `cid:<cid>`."""

    cid: str
    file_name: str
    png: bytes


@dataclass(frozen=True)
class Letter:
    """Subject, written plain text, HTML with inlined styles, and what goes with them."""

    subject: str
    text: str
    html: str
    picture: Picture | None = None
    attachments: tuple[Attachment, ...] = ()
