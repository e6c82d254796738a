"""Nothing of a release is sent unless somebody approved exactly its content, and nobody took that back."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assurance.cli import app
from assurance.delivery.outbox import SendReport
from assurance.errors import DeliveryError, LapsedError, ReleaseError
from assurance.reporting.alert import AlertKind
from assurance.settings import Settings
from assurance.steps import Steps
from assurance.warehouse import audit
from assurance.warehouse.sign_offs import Answer
from tests.rules.cases import BCM_PERIOD, bcm_return, good_cases
from tests.unit.trace.conftest import RECEIVED, World, few_areas, ticking

pytestmark = pytest.mark.xdist_group("signing")
FIRST, SECOND = (f"bcm/{BCM_PERIOD}/{number}" for number in (1, 2))
DIRECTOR, DEPUTY = "Director of Assurance", "Deputy Director"


@pytest.fixture(scope="module")
def expectations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return few_areas(tmp_path_factory.mktemp("signing") / "expectations", ("WSX",))


@pytest.fixture(scope="module")
def built(expectations: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one return and one release, which nobody has approved."""
    home = tmp_path_factory.mktemp("built")
    steps = World(Settings(home=home, expectations=expectations, arrival="file"), clock=ticking())
    steps.migrate()
    steps.send_in(bcm_return(), RECEIVED)
    steps.send_owed_receipts()
    assert steps.build("bcm", BCM_PERIOD) == FIRST
    return home


@pytest.fixture
def world(built: Path, expectations: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A copy of that home; no setting signs off."""
    home = shutil.copytree(built, tmp_path / "home")
    later = ticking()
    steps = World(
        Settings(home=home, expectations=expectations, arrival="file"), clock=lambda: later() + timedelta(hours=1)
    )
    monkeypatch.setattr("assurance.cli.asking.steps", lambda: steps)
    return steps


@pytest.fixture
def run(world: World) -> Callable[..., tuple[int, str]]:
    def ran(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, list(arguments))
        return done.exit_code, done.output + (str(done.exception) if done.exception else "")

    return ran


def content(steps: Steps, release_id: str = FIRST) -> str:
    return steps.sign_off_request(release_id).content_sha256


def mails(steps: Steps) -> int:
    """Reports that were mailed."""
    return len(list(steps.settings.mail.glob("release-*.eml")))


def replaced(steps: World) -> str:
    """A correction comes, and the month is built again."""
    corrected = bcm_return(*good_cases()[1:], version=2)
    steps.send_in(corrected, RECEIVED + timedelta(days=1), "One case was none of ours.")
    return steps.build("bcm", BCM_PERIOD)


def assert_nothing_is_sent(steps: Steps, why: str, release_id: str = FIRST) -> None:
    before = mails(steps)
    for step in (steps.sign_off, steps.send):
        with pytest.raises(ReleaseError, match=why):
            step(release_id)
    assert mails(steps) == before


def test_what_nobody_answered_is_not_sent(world: World) -> None:
    assert_nothing_is_sent(world, "is not signed off, so nothing is sent")
    assert world.mail_owed() == 1, "the request itself"


def test_what_was_approved_goes_to_everybody_the_register_names_once(world: World) -> None:
    world.approve(FIRST, content(world)[:8], DIRECTOR)
    world.approve(FIRST, content(world), DEPUTY)
    known = world.sign_off_of(FIRST)
    assert (known.answer, known.by) == (Answer.APPROVED, DIRECTOR), "the first approval stands"
    world.sign_off(FIRST)
    assert (world.send(FIRST).sent, world.send(FIRST).sent) == (2, 0)
    assert mails(world) == 2
    assert world.verify().faults == ()


@pytest.mark.parametrize("wrong", ["", "0" * 8, "short"])
def test_who_names_another_content_or_too_little_of_it_approves_nothing(world: World, wrong: str) -> None:
    with pytest.raises(ReleaseError, match=rf"has the content {content(world)}"):
        world.approve(FIRST, wrong or content(world)[:7], DIRECTOR)
    assert world.sign_off_of(FIRST).answer is Answer.NONE


def test_a_release_that_was_changed_can_neither_be_approved_nor_sent_after_it_was(world: World) -> None:
    sha256, page = content(world), world.settings.releases / FIRST / "national.html"
    as_built = page.read_bytes()
    page.chmod(0o644)
    page.write_bytes(as_built + b" ")
    with pytest.raises(ReleaseError, match="was changed after it was built"):
        world.approve(FIRST, sha256, DIRECTOR)
    page.write_bytes(as_built)
    manifest = world.settings.releases / FIRST / "manifest.json"
    as_stated = manifest.read_bytes()
    manifest.chmod(0o644)
    manifest.write_bytes(as_stated + b" ")
    with pytest.raises(ReleaseError, match="was changed after it was built"):
        world.approve(FIRST, sha256, DIRECTOR)
    assert world.sign_off_of(FIRST).answer is Answer.NONE
    manifest.write_bytes(as_stated)
    world.approve(FIRST, sha256, DIRECTOR)
    page.write_bytes(as_built + b" ")
    assert_nothing_is_sent(world, "was changed after it was built")


def test_what_was_rejected_is_not_sent_until_it_is_asked_for_again_and_approved(world: World) -> None:
    world.reject(FIRST, DIRECTOR, "Wessex is to look again.")
    assert_nothing_is_sent(world, f"was rejected by {DIRECTOR}")
    with pytest.raises(ReleaseError, match=r"look again\.”\); ask for it again"):
        world.approve(FIRST, content(world), DEPUTY)
    with pytest.raises(ReleaseError, match="was rejected already"):
        world.reject(FIRST, DEPUTY, "So do I.")
    world.ask_again(FIRST, DEPUTY, "Wessex has looked.")
    known = world.sign_off_of(FIRST)
    assert (known.answer, known.by, known.reason) == (Answer.NONE, DEPUTY, "Wessex has looked.")
    assert_nothing_is_sent(world, "is not signed off")
    world.approve(FIRST, content(world), DIRECTOR)
    assert world.send(FIRST).sent == 2
    assert world.verify().faults == ()


def test_who_is_named_after_the_approval_gets_the_release_as_well_and_nobody_twice(
    world: World, tmp_path: Path
) -> None:
    world.approve(FIRST, content(world), DIRECTOR)
    assert world.send(FIRST).sent == 2
    grown = Path(shutil.copytree(world.settings.expectations, tmp_path / "grown"))
    another = "\n- {address: deputy@example.org, name: Deputy Director, areas: [ALL], kinds: [release]}\n"
    with (grown / "recipients.yaml").open("a", encoding="utf-8") as register:
        register.write(another)
    later = Steps(world.settings.model_copy(update={"expectations": grown}), clock=world.clock)
    assert [later.send(FIRST).sent for _ in range(2)] == [1, 0]


def test_nobody_approves_under_the_name_of_the_setting(world: World) -> None:
    with pytest.raises(ReleaseError, match="name the office"):
        world.approve(FIRST, content(world), "Setting")


def test_an_approval_can_be_taken_back_and_given_again_and_nobody_gets_it_twice(world: World) -> None:
    world.approve(FIRST, content(world), DIRECTOR)
    world.reject(FIRST, DIRECTOR, "The wrong month.")
    assert_nothing_is_sent(world, "was rejected")
    assert world.mail_owed() == 1 + 2, "the request, and what stays in sight"
    world.ask_again(FIRST, DEPUTY, "It was the right one.")
    world.approve(FIRST, content(world), DEPUTY)
    assert (world.send(FIRST).sent, mails(world)) == (2, 2)
    assert world.verify().faults == ()


def requests(steps: Steps) -> int:
    """Requests to sign off that were mailed."""
    return len(list(steps.settings.mail.glob("sign_off_request-*.eml")))


def test_what_nobody_answered_is_asked_for_again_in_a_further_mail(world: World) -> None:
    assert (world.ask_for_sign_off(FIRST).sent, world.ask_for_sign_off(FIRST).sent) == (1, 0)
    for asked in (2, 3):
        world.ask_again(FIRST, DEPUTY, "Please.")
        assert (world.ask_for_sign_off(FIRST).sent, requests(world)) == (1, asked)
    assert world.sign_off_of(FIRST).answer is Answer.NONE
    world.approve(FIRST, content(world), DIRECTOR)
    with pytest.raises(ReleaseError, match=f"was approved by {DIRECTOR}, so nobody is asked again"):
        world.ask_again(FIRST, DEPUTY, "Please.")
    assert world.verify().faults == ()


def test_who_has_not_had_the_first_request_gets_one_and_not_two(world: World) -> None:
    world.ask_again(FIRST, DEPUTY, "Please.")
    assert (world.ask_for_sign_off(FIRST).sent, requests(world)) == (1, 1)


def test_of_what_was_replaced_unanswered_the_successor_is_named(world: World) -> None:
    assert replaced(world) == SECOND
    with pytest.raises(ReleaseError, match=rf"has lapsed: {SECOND} was built in its place"):
        world.ask_again(FIRST, DEPUTY, "Please.")


def test_a_release_that_was_replaced_before_its_approval_has_lapsed(world: World) -> None:
    world.reject(FIRST, DIRECTOR, "Wait for the correction.")
    assert replaced(world) == SECOND
    for act in (
        lambda: world.ask_again(FIRST, DEPUTY, "Please."),
        lambda: world.approve(FIRST, content(world), DIRECTOR),
    ):
        with pytest.raises(ReleaseError, match=rf"has lapsed: {SECOND} was built in its place"):
            act()
    world.approve(SECOND, content(world, SECOND), DIRECTOR)
    assert world.send(SECOND).sent == 2


def test_of_an_approved_release_nothing_more_is_sent_once_another_has_taken_its_place(world: World) -> None:
    world.approve(FIRST, content(world), DIRECTOR)
    replaced(world)
    report = world.send(FIRST)
    assert report.sent == 0
    assert {(entry.state.value, entry.reply) for entry in report.unsent} == {
        ("refused", f"not sent: replaced by release {SECOND}")
    }
    assert mails(world) == 0
    assert world.verify().faults == ()


def test_a_rejection_stops_a_sending_that_has_begun(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from assurance.steps import signing

    read_letter = signing.read_letter

    def rejected_meanwhile(releases: Path, release_id: str, edition: str) -> object:
        if edition != "ALL":
            world.reject(FIRST, DIRECTOR, "Stop.")
        return read_letter(releases, release_id, edition)

    world.approve(FIRST, content(world), DIRECTOR)
    monkeypatch.setattr(signing, "read_letter", rejected_meanwhile)
    report = world.send(FIRST)
    assert [entry.reply for entry in report.unsent] == ["not sent: its release was rejected"]
    assert mails(world) == report.sent == 1


def test_a_setting_signs_off_only_what_says_so_on_its_pages_and_a_person_only_what_does_not(world: World) -> None:
    by_setting = World(world.settings.model_copy(update={"sign_off": "the tests"}), clock=world.clock)
    assert_nothing_is_sent(by_setting, "is not signed off")
    assert by_setting.build("bcm", BCM_PERIOD) == SECOND, "its pages say another thing"
    with pytest.raises(ReleaseError, match="say that a setting signs it off"):
        world.approve(SECOND, content(world, SECOND), DIRECTOR)
    by_setting.sign_off(SECOND)
    assert world.sign_off_of(SECOND).by == "setting"
    assert world.send(SECOND).sent == 2


def test_a_setting_does_not_overrule_a_person(world: World) -> None:
    by_setting = World(world.settings.model_copy(update={"sign_off": "the tests"}), clock=world.clock)
    by_setting.build("bcm", BCM_PERIOD)
    world.reject(SECOND, DIRECTOR, "No.")
    assert_nothing_is_sent(by_setting, "was rejected by Director", SECOND)


def test_a_line_that_was_changed_lets_nothing_out(world: World) -> None:
    world.reject(FIRST, DIRECTOR, "No.")
    with world.warehouse.transaction() as connection:
        connection.exec_driver_sql("update audit set detail = '{' where event = 'rejected'")
    assert_nothing_is_sent(world, "is not about its content")


def test_the_command_shows_what_is_asked_and_takes_the_answer(
    world: World, run: Callable[..., tuple[int, str]]
) -> None:
    code, asked = run("approve", FIRST)
    assert code == 0
    assert asked.startswith(f"Release {FIRST} may be sent, yes or no?")
    assert asked.endswith(f"release {FIRST}: not answered\n")
    assert run("approve", FIRST, "--reject", "--by", DIRECTOR, "--reason", "Not yet.")[0] == 0
    code, said = run("send", FIRST)
    assert code != 0
    assert "was rejected by Director" in said
    assert "rejected, by Director of Assurance, 23" in run("status", str(BCM_PERIOD), "-c", "bcm")[1]
    code, asked = run("approve", FIRST, "--ask", "--by", DEPUTY, "--reason", "Now.")
    assert f"Release {FIRST} may be sent, yes or no?" in asked
    assert "not answered, asked for again by Deputy Director" in asked
    code, said = run("approve", FIRST, "--sha256", content(world)[:10], "--by", DIRECTOR)
    assert code == 0
    assert f"to send it: assurance send {FIRST}" in said
    code, said = run("send", FIRST)
    assert (code, mails(world)) == (0, 2)
    assert "2 sent, 0 not sent" in said


@pytest.mark.parametrize(
    "arguments",
    [
        ("--sha256", "0" * 8),
        ("--reject", "--by", DIRECTOR),
        ("--reject", "--reason", "No."),
        ("--ask", "--by", DIRECTOR),
        ("--reject", "--ask", "--by", DIRECTOR, "--reason", "Both."),
        ("--by", DIRECTOR),
    ],
)
def test_a_decision_names_who_and_why(run: Callable[..., tuple[int, str]], arguments: tuple[str, ...]) -> None:
    assert run("approve", FIRST, *arguments)[0] == 2


# The request that waits in Airflow

ADA = "Airflow user ada"


def lapsed_of(steps: Steps) -> dict[str, object]:
    with steps.warehouse.reading() as connection:
        return dict(audit.last_about(connection, "answer lapsed", FIRST) or {})


def test_those_who_approve_are_asked_once_while_it_is_open_and_the_answer_is_kept_with_its_reason(world: World) -> None:
    assert [world.seek_sign_off(FIRST).is_open for _ in range(2)] == [True, True]
    assert requests(world) == 1
    known = world.enter_answer(FIRST, content(world), yes=True, by=ADA, reason=" Read\n it. ")
    assert (known.may_be_sent, known.by, known.reason) == (True, ADA, "Read it.")
    assert world.seek_sign_off(FIRST) == known, "nobody is asked what is answered"
    assert (world.send(FIRST).sent, requests(world)) == (2, 1)
    assert world.verify().faults == ()


def test_a_no_without_a_reason_says_so_and_a_long_reason_is_cut(world: World) -> None:
    assert world.enter_answer(FIRST, content(world), yes=False, by=ADA).reason == "no reason given"
    world.seek_sign_off(FIRST, "Airflow user op, run 1", "x" * 600)
    assert world.sign_off_of(FIRST).reason == "x" * 499 + "…"


def test_one_run_asks_again_once_whatever_was_answered_since(world: World) -> None:
    world.enter_answer(FIRST, content(world), yes=False, by=ADA, reason="No.")
    assert not world.seek_sign_off(FIRST).is_open, "asking without a reason asks nothing again"
    assert world.seek_sign_off(FIRST, "Airflow user op, run 1", "Please.").is_open
    assert requests(world) == 1, "none had gone out before"
    world.enter_answer(FIRST, content(world), yes=False, by=ADA, reason="No!")
    assert world.seek_sign_off(FIRST, "Airflow user op, run 1", "Please.").reason == "No!", "that run has asked"
    assert world.seek_sign_off(FIRST, "Airflow user op, run 2", "Please.").is_open
    assert requests(world) == 2
    assert world.verify().faults == ()


def test_an_answer_to_what_was_replaced_lapses_and_is_kept(world: World) -> None:
    shown = content(world)
    assert replaced(world) == SECOND
    with pytest.raises(LapsedError, match=f"the answer of {ADA} has lapsed .* {SECOND} was built in its place"):
        world.enter_answer(FIRST, shown, yes=True, by=ADA, reason="Read it.")
    lapsed = lapsed_of(world)
    assert (lapsed["by"], lapsed["answer"], lapsed["reason"]) == (ADA, "approved", "Read it.")
    assert world.sign_off_of(FIRST).answer is Answer.NONE
    for step in (world.seek_sign_off, world.leave_unanswered):
        with pytest.raises(LapsedError, match=f"{SECOND} was built in its place"):
            step(FIRST)
    assert world.verify().faults == ()


@pytest.mark.parametrize("yes", [True, False])
def test_an_answer_to_other_bytes_than_were_shown_lapses(world: World, yes: bool) -> None:
    with pytest.raises(LapsedError, match="and 0000 was shown"):
        world.enter_answer(FIRST, "0000", yes=yes, by=ADA)
    page = world.settings.releases / FIRST / "national.html"
    sha256, as_built = content(world), page.read_bytes()
    page.chmod(0o644)
    page.write_bytes(as_built + b" ")
    with pytest.raises(LapsedError, match="was changed after it was built"):
        world.enter_answer(FIRST, sha256, yes=yes, by=ADA)
    page.write_bytes(as_built)
    assert world.seek_sign_off(FIRST, ADA, "It is restored.").is_open


def test_what_was_answered_elsewhere_meanwhile_stands_but_a_no_takes_an_approval_back(world: World) -> None:
    sha256 = content(world)
    world.reject(FIRST, DIRECTOR, "Not yet.")
    with pytest.raises(LapsedError, match=rf"was rejected meanwhile by {DIRECTOR} \(“Not yet\.”\)"):
        world.enter_answer(FIRST, sha256, yes=True, by=ADA)
    assert world.enter_answer(FIRST, sha256, yes=False, by=ADA).by == DIRECTOR, "the first rejection stands"
    assert world.leave_unanswered(FIRST).by == DIRECTOR
    world.ask_again(FIRST, DEPUTY, "Now.")
    world.approve(FIRST, sha256, DIRECTOR)
    assert world.enter_answer(FIRST, sha256, yes=True, by=ADA).by == DIRECTOR, "the first approval stands"
    assert world.leave_unanswered(FIRST).may_be_sent
    assert world.enter_answer(FIRST, sha256, yes=False, by=ADA, reason="Stop.").answer is Answer.REJECTED
    assert world.verify().faults == ()


def test_the_answer_of_who_may_not_give_it_lapses_and_is_kept(world: World) -> None:
    with pytest.raises(LapsedError, match="has lapsed and lets nothing out: she has left"):
        world.enter_answer(FIRST, content(world), yes=True, by=ADA, barred="she has left")
    assert world.sign_off_of(FIRST).answer is Answer.NONE
    with world.warehouse.reading() as connection:
        told = audit.last_about(connection, "answer lapsed", FIRST)
    assert told
    assert (told["by"], told["answer"], told["lapsed"]) == (ADA, "approved", "she has left")


def test_one_approver_who_cannot_be_mailed_keeps_no_other_from_being_asked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(self: SendReport) -> None:
        raise DeliveryError("1 messages wait for a person's decision")

    monkeypatch.setattr(SendReport, "demand_all_sent", refused)
    assert world.seek_sign_off(FIRST).is_open


def test_that_nobody_answered_is_no_rejection_and_sends_nothing(world: World) -> None:
    with pytest.raises(LapsedError, match=rf"nobody answered in time .* `assurance approve {FIRST} --ask`"):
        world.leave_unanswered(FIRST)
    with world.warehouse.reading() as connection:
        assert audit.last_about(connection, "not answered in time", FIRST) == {"content_sha256": content(world)}
    assert_nothing_is_sent(world, "is not signed off")
    world.approve(FIRST, content(world), DIRECTOR)
    assert world.send(FIRST).sent == 2
    assert world.verify().faults == ()


def test_a_setting_answers_at_once_and_without_it_nobody_is_asked_about_what_says_so(world: World) -> None:
    by_setting = World(world.settings.model_copy(update={"sign_off": "the tests"}), clock=world.clock)
    by_setting.build("bcm", BCM_PERIOD)
    with pytest.raises(ReleaseError, match="say that a setting signs it off"):
        world.seek_sign_off(SECOND)
    assert by_setting.seek_sign_off(SECOND).by == "setting"


# Everything that is owed


def left(steps: Steps) -> list[str]:
    return [entry.state.value for entry in steps.unsent()]


def test_what_is_owed_of_an_approved_release_goes_with_all_that_is_owed(
    world: World, run: Callable[..., tuple[int, str]]
) -> None:
    world.approve(FIRST, content(world), DIRECTOR)
    assert run("outbox", "--send") == (0, "3 messages sent, 0 not sent\n")
    assert (mails(world), requests(world)) == (2, 1)
    assert run("outbox", "--send") == (0, "nothing is owed\n")
    assert world.verify().faults == ()


def test_of_a_release_without_an_approval_only_the_request_goes(world: World) -> None:
    with world.warehouse.transaction() as connection:  # as no step does it
        world._owe(connection, "release", "bcm", FIRST, "ALL")
    cleared = world.send_owed()
    assert (cleared.report.sent, mails(world), requests(world)) == (1, 0, 1)
    assert "is not signed off, so nothing is sent" in cleared.held[0]
    assert left(world) == ["queued"]


def test_what_was_rejected_since_stays_owed_until_it_is_approved_anew(
    world: World, run: Callable[..., tuple[int, str]]
) -> None:
    world.approve(FIRST, content(world), DIRECTOR)
    world.reject(FIRST, DIRECTOR, "The wrong month.")
    code, said = run("outbox", "--send")
    assert (code, mails(world)) == (1, 0)
    assert f"not tried: release {FIRST} was rejected by {DIRECTOR}" in said
    assert left(world) == ["queued"] * 2
    world.ask_again(FIRST, DEPUTY, "It was the right one.")
    world.approve(FIRST, content(world), DEPUTY)
    assert world.send_owed().held == ()
    assert (mails(world), left(world)) == (2, [])


@pytest.mark.parametrize("name", ["national.html", "manifest.json"])
def test_nothing_of_a_release_that_was_changed_goes_and_the_other_mail_does(world: World, name: str) -> None:
    world.approve(FIRST, content(world), DIRECTOR)
    world.ask_for_sign_off(FIRST)
    world.alert(AlertKind.RUN_FAILED, "bcm", "a task", RECEIVED)
    alert = next(iter(world.settings.mail.glob("alert-*.eml")))
    alert.unlink()
    with world.warehouse.transaction() as connection:
        connection.exec_driver_sql("update outbox set state = 'retry' where kind = 'alert'")
    path = world.settings.releases / FIRST / name
    as_built = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(as_built + b" ")
    cleared = world.send_owed()
    assert (cleared.report.sent, mails(world), alert.exists()) == (1, 0, True)
    assert "was changed after it was built" in cleared.held[0]
    path.write_bytes(as_built)
    assert (world.send_owed().report.sent, mails(world)) == (2, 2)


def test_nothing_of_a_release_that_was_replaced_goes(world: World) -> None:
    world.approve(FIRST, content(world), DIRECTOR)
    replaced(world)
    world.send_owed()
    assert mails(world) == 0
    of_first = {(one.state.value, one.reply) for one in world.unsent() if one.subject_id == FIRST}
    assert of_first == {("refused", f"not sent: replaced by release {SECOND}")}
