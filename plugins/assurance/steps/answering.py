"""What an Area says to the queries of its return, what is waived for it, what is to be done, and what it changed."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pyarrow as pa

from assurance.catalogue import Collection
from assurance.catalogue.actions import act
from assurance.catalogue.schema import Action, Waiver
from assurance.catalogue.waivers import waive
from assurance.deadlines import london_day
from assurance.errors import SubmissionError
from assurance.intake import landing
from assurance.measures import words
from assurance.model import Answer, Asked, Finding, Submission
from assurance.sender.differences import Differences, Version, differences
from assurance.steps.common import READERS, telling_no_value
from assurance.steps.receipts import ReceiptSteps
from assurance.warehouse import answers
from assurance.warehouse.engine import Role
from assurance.warehouse.submissions import named, receipt

MOST_NAMED = 5
"""So many submissions are named where one was meant and several are found."""


def _only(name: str, found: Sequence[Submission]) -> Submission:
    """The one submission that a name means."""
    if not found:
        raise SubmissionError(
            f"there is no submission {name!r}; give the id that its receipt names, or the file's name, such as "
            "R-WSX-201610-v01"
        )
    # another Area may have sent a file of this name by mistake, and what was rejected may have come again under it
    own = [one for one in found if landing.parse_name(one.file_name).area == one.area]
    for meant in (found, own, [one for one in own if one.outcome.counts]):
        if len(meant) == 1:
            return meant[0]
    several = "; ".join(
        f"{one.submission_id} ({one.collection}, {one.area}, {one.file_name}, {words.outcome_label(one.outcome)})"
        for one in found[:MOST_NAMED]
    )
    more = f"; and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    raise SubmissionError(f"{name!r} can mean {len(found)} submissions: {several}{more}; give more of the id")


class AnsweringSteps(ReceiptSteps):
    """Findings, queries, waivers and versions of submissions."""

    def findings(self, name: str) -> tuple[Submission, tuple[Finding, ...], Path]:
        """The submission that an id, its beginning or a file names, what was found in it, and the page of that, made anew."""
        with self.warehouse.reading() as connection:
            submission = _only(name, named(connection, name))
        submission, found, _ = self._write_receipt(submission.submission_id, Role.REPORT)
        return submission, found, self.findings_file(submission.submission_id)

    def asked(self, name: str) -> tuple[Submission, Asked]:
        """The submission that an id, its beginning or a file names; what it is asked, and what was answered.

        One that was rejected is asked nothing: it is to be sent again.
        """
        with self.warehouse.reading() as connection:
            submission = _only(name, named(connection, name))
            counts = submission.outcome.counts
            return submission, answers.asked(connection, submission.submission_id) if counts else Asked()

    def answer(self, name: str, rule: str, text: str, by: str, column: str | None = None) -> Submission:
        """Answer a query of a submission, named as in `asked`; of several answers the last stands."""
        with self.warehouse.transaction(Role.INTAKE) as connection:
            submission = _only(name, named(connection, name))
            answers.answer(connection, submission, Answer(rule, column, text, by, self.clock()), self.clock())
        self._write_receipt(submission.submission_id, Role.INTAKE)  # the page of its findings says what is answered
        return submission

    def waive(self, collection: str, rule: str, area: str, until: date, reason: str, approver: str) -> Waiver:
        """Hold a rule against an Area no more, from today until a day: an entry in `waivers.yaml` of the collection."""
        entry = {
            "rule": rule,
            "area": area,
            "reason": reason,
            "approver": approver,
            "valid_from": london_day(self.clock()).isoformat(),
            "expires": until.isoformat(),
        }
        return waive(self.settings.expectations, self.collection(collection), entry)

    def act(self, collection: str, title: str, owner: str, due: date, standard: str | None, area: str | None) -> Action:
        """Undertake to do something by a day: an entry in `actions.yaml` of the collection, raised today."""
        about = {key: value for key, value in (("standard", standard), ("area", area)) if value}
        days = {"raised": london_day(self.clock()).isoformat(), "due": due.isoformat()}
        entry = {"title": title, "owner": owner, **about, **days}
        return act(self.settings.expectations, self.collection(collection), entry)

    @telling_no_value
    def differences(self, before: str, after: str) -> Differences:
        """What changed between two submissions of an Area, each named by the beginning of its id or by its file.

        The kept bytes are compared, so a rejected version can be too. SubmissionError says why it cannot be done.
        """
        with self.warehouse.reading() as connection:
            one, other = (_only(name, named(connection, name)) for name in (before, after))
            told = [receipt(connection, found.submission_id) for found in (one, other)]
        if (one.collection, one.area) != (other.collection, other.area):
            raise SubmissionError(
                f"{one.file_name} is of {one.collection}, {one.area}, and {other.file_name} of {other.collection}, "
                f"{other.area}; name two submissions of one Area and collection"
            )
        period = other.period or one.period
        if period is None:
            raise SubmissionError(f"neither {one.file_name} nor {other.file_name} says its month; one of them must")
        collection = self.collection(one.collection)
        with ThreadPoolExecutor(READERS) as pool:
            tables = list(pool.map(lambda found: self._kept_table(collection, found), (one, other)))
        old, new = (
            Version(submission, table, findings, totals)
            for table, (submission, findings, totals) in zip(tables, told, strict=True)
        )
        return differences(collection, old, new, period)

    def _kept_table(self, collection: Collection, submission: Submission) -> pa.Table:
        """The rows of a submission, read again from its kept bytes."""
        called = f"{submission.file_name} ({submission.submission_id})"
        path = landing.place_of(submission.sha256, self.settings.kept)
        if not path.exists():
            raise SubmissionError(f"the bytes of {called} are not kept any more; nothing can be compared with it")
        reading = self._read(collection, path)
        if reading.table is None:
            raise SubmissionError(f"{called} cannot be read as a table; its receipt says why")
        return reading.table
