"""What does a mail say? A letter is complete but for its envelope: no sender, recipient, key or date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

BYTES_AS_BASE64 = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
"""How bytes stand in the JSON of a letter."""


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a letter; `media_type` like `text/html`."""

    __pydantic_config__: ClassVar[ConfigDict] = BYTES_AS_BASE64

    file_name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Picture:
    """The one picture of a letter: a PNG that its HTML shows as `cid:<cid>`."""

    __pydantic_config__: ClassVar[ConfigDict] = BYTES_AS_BASE64

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
