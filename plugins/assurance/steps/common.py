"""What every way has: the settings, the clock, the warehouse, the catalogue, and mail to those the register names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property, wraps
from importlib.metadata import version
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from assurance.catalogue import Catalogue, Collection, load_catalogue
from assurance.catalogue.kept import keep_catalogue, kept_collection
from assurance.delivery import outbox
from assurance.delivery.letter import Letter
from assurance.delivery.outbox import OutboxEntry, SendReport
from assurance.delivery.transport import transport
from assurance.errors import AssuranceError, DelayedError, ReleaseError, UnforeseenError
from assurance.intake.reading import Reading, read_text
from assurance.settings import Settings, read_settings
from assurance.warehouse import audit
from assurance.warehouse.engine import Connection, Role, Warehouse, lock
from assurance.warehouse.migrations import grant, migrate
from assurance.warehouse.queries import SQL
from assurance.warehouse.submissions import collection_about

Given = ParamSpec("Given")
Done = TypeVar("Done")
PACKAGE_VERSION = version("assurance")
READERS = 2
"""How many files are read at a time, before their turn."""
LEFT_OUT = "what it says may hold a value of a return and is left out"
CATALOGUE = "catalogue"
"""The event of the audit trail that says which version of a collection's rules and register is in force."""


def now() -> datetime:
    """The moment, as naive UTC: the clock of every step. (The landing place asks for the age of a file, too.)"""
    return datetime.now(UTC).replace(tzinfo=None)


def telling_no_value(step: Callable[Given, Done]) -> Callable[Given, Done]:
    """A step that handles cells: an error nobody thought of is told by its kind and way, for all that it is logged.

    A library's words often quote what it could not take ("could not convert …"), and that may be a cell of a return.
    """

    @wraps(step)
    def told(*args: Given.args, **kwargs: Given.kwargs) -> Done:
        try:
            return step(*args, **kwargs)
        except (AssuranceError, DelayedError, UnforeseenError):
            raise
        except Exception as error:
            # from None: what logs an error logs those it came from, with their words
            raise UnforeseenError(f"{type(error).__name__}; {LEFT_OUT}").with_traceback(error.__traceback__) from None

    return told


class CommonSteps:
    """What the steps of every way stand on."""

    def __init__(self, settings: Settings | None = None, clock: Callable[[], datetime] = now) -> None:
        self.settings = settings or read_settings()
        self.clock = clock
        self.warehouse = Warehouse(self.settings.warehouse, roles=self.settings.warehouse_roles)
        self._noted: set[str] = set()

    @cached_property
    def catalogue(self) -> Catalogue:
        return load_catalogue(self.settings.expectations)

    def collection(self, code: str) -> Collection:
        return self.catalogue.collection(code)

    def _reported(self, code: str) -> Collection:
        """A collection that is reported on; second readings are reported with what they read."""
        described = self.collection(code)
        if described.read:
            raise ReleaseError(
                f"{code} holds second readings of {described.read.code}, and is reported there; name that collection"
            )
        return described

    def migrate(self) -> list[str]:
        """Bring the warehouse to the newest schema, and say who may what in it; the names of the migrations applied."""
        applied = migrate(self.warehouse, SQL / "migrations", self.clock())
        if self.settings.warehouse_roles and not self.warehouse.is_duckdb:
            grant(self.warehouse, SQL / "grants.sql")
        return applied

    def _collection_of(self, code: str, version: str) -> Collection:
        """A collection as a version of its rules and register has it."""
        current = self.catalogue.collections.get(code)  # one of second readings may be gone by now
        if current and current.version == version:
            return current
        return kept_collection(self.settings.catalogues, code, version)

    def _read(self, collection: Collection, path: Path) -> Reading:
        return read_text(
            path,
            collection.limits,
            formats=collection.formats,
            seconds=self.settings.child_seconds,
            megabytes=self.settings.child_megabytes,
        )

    def _note_catalogue(self, code: str, role: Role) -> None:
        """Keep the rules and the register of today, and enter in the audit trail from when on they are in force.

        Once for these steps, and in a transaction of its own: within another one it would hold up the audit trail before
        the locks of that one are had, and whoever has these and wants the trail would wait for ever.
        """
        current = self.collection(code)
        if code in self._noted:
            return
        keep_catalogue(self.settings.expectations, current, self.settings.catalogues)
        with self.warehouse.transaction(role) as connection:
            lock(connection, f"{CATALOGUE} {code}")
            known = audit.last_about(connection, CATALOGUE, code)
            if known is None or known.get("version") != current.version:
                audit.record(connection, CATALOGUE, code, {"version": current.version}, self.clock())
        self._noted.add(code)

    def _owe(
        self, connection: Connection, kind: str, collection: str, subject_id: str, edition: str, number: int = 1
    ) -> None:
        """Queue one message to each recipient of a kind of mail about an Area, the nation, or what is shared.

        A `number` from 2 on makes it a further message about the same subject. Who has not been sent the last one gets
        none: that one is written when it is sent, and tells everything.
        """
        waiting = {entry.recipient for entry in outbox.owed(connection, subject_id, (kind,))} if number > 1 else set()
        for recipient in self.catalogue.recipients_of(kind, edition, collection):
            if recipient.address not in waiting:
                outbox.enqueue(
                    connection,
                    kind=kind,
                    subject_id=subject_id,
                    edition=edition if number == 1 else f"{edition}-{number}",
                    recipient=recipient.address,
                    now=self.clock(),
                )

    def _send(self, write: Callable[[OutboxEntry], Letter], **which: Any) -> SendReport:
        """Send what the outbox owes of a subject, or of some kinds of mail."""
        sender, carrier = self.settings.mail_from, transport(self.settings)
        return outbox.send_owed(self.warehouse, carrier, write, sender, self.clock, why_not=self._why_not, **which)

    def _why_not(self, connection: Connection, entry: OutboxEntry) -> str | None:
        """Why a message must not be sent after all: the register may have changed since it was queued."""
        collection = collection_about(connection, entry.subject_id)
        area = entry.edition.partition("-")[0]
        named = {one.address.lower() for one in self.catalogue.recipients_of(entry.kind, area, collection)}
        return None if entry.recipient.lower() in named else "the register does not name its recipient any more"
