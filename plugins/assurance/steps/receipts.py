"""Receipts: what was found in a return, told to those who sent it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import count
from pathlib import Path

from assurance.catalogue import Collection
from assurance.cures import names_another_area, to_be_answered, to_be_mended
from assurance.delivery.letter import Letter
from assurance.delivery.outbox import OutboxEntry, SendReport
from assurance.files import write_whole
from assurance.intake import landing
from assurance.logs import about_submission
from assurance.model import Counts, Finding, Submission
from assurance.reporting.findings import findings_page
from assurance.reporting.receipt import receipt_json, receipt_letter
from assurance.sender.marked import MarkedCopy, marked_copy
from assurance.steps.common import CommonSteps, telling_no_value
from assurance.warehouse import answers
from assurance.warehouse.engine import Role
from assurance.warehouse.submissions import receipt

log = logging.getLogger(__name__)
_Receipt = tuple[Submission, tuple[Finding, ...], Mapping[str, Counts]]
RECEIPT = "receipt"
"""The kind of mail that tells what became of a file."""
BATCH = 20
"""How many files are received, at most, before other processes may have the warehouse."""


def _may_be_marked(findings: Sequence[Finding]) -> bool:
    """Whether a receipt may have a marked copy with it: most have not, and nothing is read again for them."""
    return not names_another_area(findings) and (to_be_mended(findings) or to_be_answered(findings))


class ReceiptSteps(CommonSteps):
    """The receipts that are owed, written when they are sent."""

    @telling_no_value
    def send_receipt(self, submission_id: str) -> SendReport:
        """Write the receipt of a submission as JSON and as a page, and send it if it is owed."""
        submission, _, _ = self._write_receipt(submission_id)
        about_submission(submission)
        log.info("findings: %s", self.findings_file(submission_id))
        return self._send(self._receipt_letters(), subject_id=submission_id)

    @telling_no_value
    def send_owed_receipts(self) -> SendReport:
        """Send every receipt that is owed: of this run, or of one that did not get to it."""
        return self._send(self._receipt_letters(), kinds=(RECEIPT,))

    def _write_receipt(self, submission_id: str, role: Role = Role.MAIL) -> _Receipt:
        """What a receipt tells, once it stands beside the warehouse as JSON and as a page; no cell of the return is in it."""
        (submission, findings, totals), page = self._findings(submission_id, role)
        told = receipt_json(submission, findings, totals, self.collection(submission.collection).why)
        write_whole(self.findings_file(submission_id), page)
        write_whole(self._receipt_file(submission_id), told)
        return submission, findings, totals

    def findings_page(self, submission_id: str) -> bytes:
        """The page of a submission's findings as they are now: rules, rows and columns, and no cell of the return."""
        return self._findings(submission_id, Role.REPORT)[1]

    def _findings(self, submission_id: str, role: Role) -> tuple[_Receipt, bytes]:
        with self.warehouse.reading(role) as connection:
            submission, findings, totals = receipt(connection, submission_id)
            asked = answers.asked(connection, submission_id)
        collection = self.collection(submission.collection)
        page = findings_page(collection, submission, findings, totals, asked, collection.why, self.settings.reports)
        return (submission, findings, totals), page

    def _receipt_letters(self) -> Callable[[OutboxEntry], Letter]:
        """What writes receipts when they are sent; one that several people get, one after another, is written once."""
        written, numbers = lru_cache(maxsize=1)(self._receipt_letter), count(1)

        def write(entry: OutboxEntry) -> Letter:
            if next(numbers) % BATCH == 0:
                with self.warehouse.let_go():
                    pass  # now others may have it
            return written(entry.subject_id)

        return write

    def _receipt_letter(self, submission_id: str) -> Letter:
        submission, findings, totals = self._write_receipt(submission_id)
        collection = self.collection(submission.collection)
        copy = self._marked_copy(collection, submission, findings)
        return receipt_letter(collection, submission, findings, totals, collection.why, self.settings.reports, copy)

    def _marked_copy(
        self, collection: Collection, submission: Submission, findings: Sequence[Finding]
    ) -> MarkedCopy | None:
        """The return with its faulty cells marked, from the kept bytes; it exists in the mail to its sender alone."""
        path = landing.place_of(submission.sha256, self.settings.kept)
        if not _may_be_marked(findings) or not path.exists():
            return None
        with self.warehouse.let_go():  # it takes seconds
            return marked_copy(collection, submission, self._read(collection, path), findings)

    def findings_file(self, submission_id: str) -> Path:
        """Where the page of a submission's findings lies, for engineers."""
        return self.settings.receipts / f"{submission_id}.html"

    def _receipt_file(self, submission_id: str) -> Path:
        return self.settings.receipts / f"{submission_id}.json"
