"""Which mail is not sent, and what has a person to decide about?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from assurance.measures import words
from assurance.reporting.screens.frame import Frame, screen

SHORT_KEY = 12
"""So much of a message's key is shown; the command takes it."""


@dataclass(frozen=True)
class Waiting:
    """A message that is not sent. No address: who decides has it named by the command."""

    key: str
    state: str
    kind: str
    subject: str
    edition: str
    since: datetime
    """Naive UTC."""
    attempts: int
    reply: str

    @property
    def needs_a_person(self) -> bool:
        return self.state in words.WHAT_TO_DO

    @property
    def short_key(self) -> str:
        return self.key[:SHORT_KEY]

    @property
    def about(self) -> str:
        """What it is about: a release by its id, a submission by the beginning of its own."""
        return self.subject if "/" in self.subject else self.subject[:SHORT_KEY]


def outbox_screen(frame: Frame, waiting: Sequence[Waiting], reports: Path) -> bytes:
    """The outbox of a collection as an HTML page."""
    return screen(
        frame,
        reports,
        for_a_person=[one for one in waiting if one.needs_a_person],
        by_itself=[one for one in waiting if not one.needs_a_person],
    )
