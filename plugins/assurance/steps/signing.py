"""The way of a release to its readers: what an approver is asked, what was answered, and the mail that follows."""

from __future__ import annotations

import logging

from assurance.delivery.letter import Letter
from assurance.delivery.outbox import OutboxEntry, SendReport
from assurance.errors import DeliveryError, LapsedError, ReleaseError
from assurance.logs import about
from assurance.model import NATION, shortened
from assurance.reporting.asking import request_letter
from assurance.reporting.pages import page_path
from assurance.reporting.release import SHAREABLE_PAGE, editions_mailed, read_letter, read_release
from assurance.reporting.request import SignOffRequest, sign_off_request
from assurance.steps.indexing import IndexingSteps
from assurance.steps.releases import ReleaseSteps
from assurance.warehouse import audit, sign_offs
from assurance.warehouse.answers import asked_of
from assurance.warehouse.engine import Connection, Role
from assurance.warehouse.releases import Release, built_with, made_from, release
from assurance.warehouse.sign_offs import BY_SETTING, Answer, SignOff, sign_off_of
from assurance.warehouse.submissions import statuses

log = logging.getLogger(__name__)
SIGN_OFF_REQUEST, RELEASE = "sign_off_request", "release"
"""The kinds of mail that ask whether a release may be sent, and that carry it."""
SHORTEST_HASH = 8
"""An approver names so much of the content's hash, at least."""
NO_REASON = "no reason given"


class SigningSteps(IndexingSteps, ReleaseSteps):
    """From a release that was built to one that was sent."""

    def sign_off_request(self, release_id: str) -> SignOffRequest:
        """What an approver of a release is asked, as things stand now; the release stays what it is."""
        with self.warehouse.reading(Role.MAIL) as connection:
            asked_for = self._unchanged(connection, release_id)
            collection = self.collection(asked_for.collection)
            returns = statuses(connection, collection, asked_for.period)
            return sign_off_request(
                collection,
                asked_for.period,
                release_id,
                asked_for.content_sha256,
                made_from(connection, release_id),
                returns,
                asked_of(connection, returns),
            )

    def ask_for_sign_off(self, release_id: str) -> SendReport:
        """Send the request to sign a release off to the approvers that the register names; it is owed since it was built.

        Nobody is asked where a setting stands in for an approver.
        """
        with self.warehouse.reading(Role.MAIL) as connection:
            _about(self._named_release(connection, release_id))
        report = self._send(self._request_letter, subject_id=release_id, kinds=(SIGN_OFF_REQUEST,))
        log.info("asked for the sign-off: %s sent, %s not sent", report.sent, len(report.unsent))
        return report

    def _request_letter(self, entry: OutboxEntry) -> Letter:
        request = self.sign_off_request(entry.subject_id)
        with self.warehouse.reading(Role.MAIL) as connection:
            found = self._named_release(connection, entry.subject_id)
        files = read_release(self.settings.releases, found.release_id)
        pages = (files[page_path(NATION)], files[SHAREABLE_PAGE])
        collection, reports = self.collection(found.collection), self.settings.reports
        return request_letter(collection, found.period, request, *pages, self.clock(), reports)

    def sign_off_of(self, release_id: str) -> SignOff:
        """What was answered to that, by whom and when."""
        with self.warehouse.reading(Role.MAIL) as connection:
            return sign_off_of(connection, self._named_release(connection, release_id))

    def approve(self, release_id: str, sha256: str, by: str) -> None:
        """A person lets a release be sent: exactly the content whose hash begins so. Queues a message to everybody."""
        if by.casefold() == BY_SETTING:
            raise ReleaseError(f"{by!r} is the word for an approval without a person; name the office that approves")
        with self.warehouse.transaction(Role.MAIL) as connection:
            found = self._unchanged(connection, release_id)
            if len(sha256) < SHORTEST_HASH or not found.content_sha256.startswith(sha256.lower()):
                raise ReleaseError(
                    f"release {release_id} has the content {found.content_sha256}, and {sha256!r} is not the first "
                    f"{SHORTEST_HASH} characters of that or more; look at the release, then approve what you saw"
                )
            _demand_for_a_person(connection, found)
            self._approve(connection, found, by)
        self._entered(found)

    def reject(self, release_id: str, by: str, reason: str) -> None:
        """A person keeps a release from being sent, or what is still owed of it if it was approved before."""
        with self.warehouse.transaction(Role.MAIL) as connection:
            found = self._named_release(connection, release_id)
            sign_offs.reject(connection, found, by, reason, self.clock())
        self._entered(found)

    def ask_again(self, release_id: str, by: str, reason: str) -> None:
        """Ask again whether a release may be sent that was rejected or not answered; another request is owed."""
        with self.warehouse.transaction(Role.MAIL) as connection:
            found = self._unchanged(connection, release_id)
            sign_offs.ask_again(connection, found, by, reason, self.clock())
            line = audit.head(connection).seq  # no other request has this number
            self._owe(connection, SIGN_OFF_REQUEST, found.collection, release_id, NATION, number=line)
        self._entered(found)

    def sign_off(self, release_id: str) -> None:
        """Let a release be sent where a setting stands in for an approver; elsewhere see that a person has approved it."""
        with self.warehouse.transaction(Role.MAIL) as connection:
            found = self._unchanged(connection, release_id)
            self._approve_by_setting(connection, found)
            self._approved(connection, found)
        self._entered(found)

    def seek_sign_off(self, release_id: str, by: str = "", reason: str = "") -> SignOff:
        """Where the sign-off of a release stands; while it is open those who are to approve are asked, by mail.

        With a reason, `by` asks again for what was rejected or not answered, once. LapsedError when another release has
        taken its place.
        """
        with self.warehouse.transaction(Role.MAIL) as connection:
            found = self._unchanged(connection, release_id)
            self._approve_by_setting(connection, found)
            known = sign_off_of(connection, found)
            if known.is_open:
                _demand_for_a_person(connection, found)
            wanted = bool(reason) and not sign_offs.asked_again_by(connection, found, by)
        self._entered(found)
        _demand_last(known)
        if wanted:
            self.ask_again(release_id, by, shortened(reason))
            known = self.sign_off_of(release_id)
        if known.is_open:
            try:
                self.ask_for_sign_off(release_id).demand_all_sent()
            except DeliveryError as error:  # others can answer; operators are told of mail that is stuck
                log.warning("the request to sign %s off reaches not everybody: %s", release_id, error)
        return known

    def enter_answer(
        self, release_id: str, sha256: str, *, yes: bool, by: str, reason: str = "", barred: str = ""
    ) -> SignOff:
        """Enter what a person answered to a request that showed them this content; where the sign-off stands then.

        LapsedError when something else stands now than what they were shown, or they may not answer (`barred`, why): the
        answer is kept in the audit trail, and lets nothing out. A no takes an approval back that was given elsewhere
        meanwhile.
        """
        said = shortened(reason)
        with self.warehouse.transaction(Role.MAIL) as connection:
            found = self._named_release(connection, release_id)
            known = sign_offs.locked(connection, found)
            lapsed = barred or self._lapsed(connection, found, known, sha256, yes=yes)
            if lapsed:
                answer = Answer.APPROVED if yes else Answer.REJECTED
                told: dict[str, object] = {"content_sha256": sha256, "by": by, "answer": answer.value, "reason": said}
                sign_offs.lapse(connection, found, {**told, "lapsed": lapsed}, self.clock())
            elif yes:
                _demand_for_a_person(connection, found)
                self._approve(connection, found, by, said)
            elif known.answer is not Answer.REJECTED:
                sign_offs.reject(connection, found, by, said or NO_REASON, self.clock())
        self._entered(found)
        if lapsed:
            raise LapsedError(f"the answer of {by} has lapsed and lets nothing out: {lapsed}")
        return self.sign_off_of(release_id)

    def leave_unanswered(self, release_id: str) -> SignOff:
        """Enter that nobody answered a request as long as it waited; what was answered elsewhere meanwhile stands.

        LapsedError when nothing was: nothing is sent then, and nobody is said to have rejected it.
        """
        with self.warehouse.transaction(Role.MAIL) as connection:
            found = self._named_release(connection, release_id)
            known = sign_offs.locked(connection, found)
            if known.is_open:
                sign_offs.leave_open(connection, found, self.clock())
        _about(found)
        _demand_last(known)
        if known.is_open:
            raise LapsedError(
                f"nobody answered in time whether release {release_id} may be sent, so nothing of it is; ask again with "
                f"`assurance approve {release_id} --ask`, or by a run of publish_month that says why it asks again"
            )
        return known

    def _lapsed(self, connection: Connection, found: Release, known: SignOff, sha256: str, *, yes: bool) -> str:
        """Why an answer to a request that showed this content holds no more; empty when it does."""
        try:
            _demand_last(known)
            self._unchanged(connection, found.release_id)
        except ReleaseError as error:
            return str(error)
        if found.content_sha256 != sha256:
            return f"release {found.release_id} has the content {found.content_sha256}, and {sha256} was shown"
        if yes and known.answer is Answer.REJECTED:
            return f"release {found.release_id} was rejected meanwhile by {known.by} (“{known.reason}”)"
        return ""

    def _approve_by_setting(self, connection: Connection, found: Release) -> None:
        if self.settings.sign_off and built_with(connection, found.release_id).signed_off_by_setting:
            self._approve(connection, found, BY_SETTING)

    def send(self, release_id: str) -> SendReport:
        """Send a release that was approved to everybody the register names by now; nobody gets it twice."""
        with self.warehouse.transaction(Role.MAIL) as connection:
            found = self._unchanged(connection, release_id)
            _about(found)
            if self._approved(connection, found).may_be_sent:  # and is not replaced
                self._owe_release(connection, found)
        report = self._send(
            lambda entry: read_letter(self.settings.releases, release_id, entry.edition),
            subject_id=release_id,
            kinds=(RELEASE,),
        )
        log.info("%s letters sent, %s not sent", report.sent, len(report.unsent))
        return report

    def _entered(self, found: Release) -> None:
        """After something was entered about the sign-off of a release: the pages that show it, and a line of the log."""
        self._write_index(self.collection(found.collection), found.period, Role.MAIL)
        _about(found)
        log.info("the sign-off stands at: %s", self.sign_off_of(found.release_id).answer.value)

    def _approve(self, connection: Connection, found: Release, by: str, said: str = "") -> None:
        if sign_offs.approve(connection, found, by, self.clock(), said):
            self._owe_release(connection, found)

    def _owe_release(self, connection: Connection, found: Release) -> None:
        for edition in editions_mailed(self.settings.releases, found.release_id):
            self._owe(connection, RELEASE, found.collection, found.release_id, edition)

    def _approved(self, connection: Connection, found: Release) -> SignOff:
        """The approval of a release. ReleaseError where there is none."""
        known = sign_off_of(connection, found)
        if known.answer is Answer.REJECTED:
            raise ReleaseError(f"release {found.release_id} was rejected by {known.by}, so nothing of it is sent")
        if known.answer is not Answer.APPROVED:
            raise ReleaseError(
                f"release {found.release_id} is not signed off, so nothing is sent; `assurance approve {found.release_id}`"
                " shows what an approver is asked"
            )
        return known

    def _why_not(self, connection: Connection, entry: OutboxEntry) -> str | None:
        """Asked again before each message: its release may have been replaced or rejected since the sending began."""
        about = release(connection, entry.subject_id) if entry.kind in (RELEASE, SIGN_OFF_REQUEST) else None
        known = sign_off_of(connection, about) if about else None
        if known and known.replaced_by:
            return f"replaced by release {known.replaced_by}"
        if known and entry.kind == RELEASE and not known.may_be_sent:
            return "its release was rejected"
        return super()._why_not(connection, entry)


def _about(found: Release) -> None:
    about(collection=found.collection, period=found.period, release=found.release_id)


def _demand_for_a_person(connection: Connection, found: Release) -> None:
    if built_with(connection, found.release_id).signed_off_by_setting:
        raise ReleaseError(
            f"the pages of release {found.release_id} say that a setting signs it off and no person; unset "
            f"ASSURANCE_SIGN_OFF and build {found.period} again"
        )


def _demand_last(known: SignOff) -> None:
    if known.replaced_by:
        raise LapsedError(
            f"release {known.release_id} has lapsed: {known.replaced_by} was built in its place, and is what is asked for"
        )
