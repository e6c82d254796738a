"""A month through the server that docker-compose.yaml describes: its own commands, settings and health checks, no container.

`tests/server/machine.py` says what is as in a container and what is not. PostgreSQL and Redis are this machine's.
"""

from __future__ import annotations

import email
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg
import pytest

from assurance.catalogue import load_catalogue
from assurance.model import Period
from assurance.sample import load_sample_plan, write_sample
from assurance.settings import REPOSITORY
from tests.postgres import FAST, find_binaries
from tests.server.compose import Service, files, image_environment, read_services
from tests.server.machine import PATH, PROGRAMS, STOP_SECONDS, USER, Machine, running_as
from tests.tools import need
from tools.make_secrets import filled
from tools.rest import Airflow, Refused, ask

pytestmark = [pytest.mark.slow, pytest.mark.tools, pytest.mark.xdist_group("airflow")]

PERIOD = Period(2026, 10)
AIRFLOW = ("api-server", "scheduler", "dag-processor", "triggerer")
WORKERS = ("worker-1", "worker-2")
APPROVER = "2"
"""The id of the first user whom the administrator makes."""
PASSWORD = "of-the-tests"
"""Of every user whom the administrator makes."""


@dataclass
class Server:
    """The services of the file, as they run on this machine."""

    machine: Machine
    services: dict[str, Service]
    values: dict[str, str]
    returns: int
    """How many files lie in the landing place."""

    @cached_property
    def airflow(self) -> Airflow:
        """Asked as its administrator."""
        return self.asked_by("admin", self.values["AIRFLOW_ADMIN_PASSWORD"])

    def asked_by(self, user: str, password: str = PASSWORD) -> Airflow:
        return Airflow(f"http://{self.machine.address('api-server')}:8080", user=user, password=password)

    def start(self, *airflow: str, workers: tuple[str, ...] = ()) -> None:
        """PostgreSQL, what prepares the server, and these parts of Airflow."""
        for name in (*self.services, *workers):
            if name not in ("mail", "worker"):
                self.machine.add_host(name)
        start_postgres(self.machine, self.services["postgres"])
        if workers:
            self.machine.start(self.services["redis"])
            self.machine.wait_until_healthy("redis")
        self.machine.run(self.services["init"])
        for name in airflow:
            self.machine.start(self.services[name])
        for number, name in enumerate(workers):
            # the first keeps its logs where the file says; the second as if it were on another machine
            self.machine.start(self.services["worker"], name, own=("logs",) if number else ())
        self.machine.wait_until_healthy(*airflow, *workers)

    def done(self, dag: str, task: str, number: int = 1) -> Callable[[], bool]:
        """Whether a task was done so often; one that failed fails the test at once, with its log."""

        def look() -> bool:
            tasks = [each for each in self.airflow.tasks(dag) if each["task_id"] == task]
            failed = [each for each in tasks if each["state"] == "failed"]
            assert not failed, self.airflow.log(failed[0])
            return [each["state"] for each in tasks].count("success") == number

        return look

    def waits(self, dag: str, task: str) -> bool:
        """Whether a task waits for a person, and the scheduler has been told that its first half is over."""
        waiting = any(one["task_id"] == task and one["state"] == "awaiting_input" for one in self.airflow.tasks(dag))
        told = f"TaskInstance Finished: dag_id={dag}, task_id={task}, "
        return waiting and told in self.machine.said("scheduler")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the warehouse, as its owner."""
        password = self.values["WAREHOUSE_OWNER_PASSWORD"]
        host = self.machine.address("postgres")
        with psycopg.connect(f"postgresql://warehouse_owner:{password}@{host}/warehouse") as connection:
            return connection.execute(sql.encode()).fetchall()


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="assurance-server-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def server(request: pytest.FixtureRequest, folder: Path) -> Iterator[Server]:
    """The server as made by `make secrets` for one executor, not started yet."""
    need(os.geteuid() == 0, "root's right to make namespaces")
    need(all(shutil.which(program, path=PATH) for program in PROGRAMS), " ".join(PROGRAMS))
    need(find_binaries() is not None, "PostgreSQL")
    need(shutil.which("redis-server", path=PATH) is not None, "redis-server")
    landing = folder / "landing"
    returns = make_returns(landing)
    chosen = {
        "LANDING_FOLDER": str(landing),
        "ASSURANCE_MAIL_FROM": "assurance@example.org",
        "ASSURANCE_SMTP_URL": "folder",
        "AIRFLOW_EXECUTOR": request.param,
        # a person signs off where tasks are children of the scheduler, a setting where they run in workers
        **(
            {"ASSURANCE_APPROVERS": APPROVER}
            if request.param == "LocalExecutor"
            else {"ASSURANCE_SIGN_OFF": "the tests"}
        ),
    }
    text = filled(
        (REPOSITORY / ".env.example").read_text(encoding="utf-8"),
        "\n".join(f"{name}={value}" for name, value in chosen.items()),
    )
    values = dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))
    compose, dockerfile = files()
    before = running_as(USER)
    with Machine(folder, image_environment(dockerfile, PATH)) as machine:
        yield Server(machine, read_services(compose, values), values, returns)
    deadline = time.monotonic() + STOP_SECONDS
    while going_on := running_as(USER).items() - before.items():
        assert time.monotonic() < deadline, f"these go on: {going_on}"
        time.sleep(0.1)


def make_returns(landing: Path) -> int:
    """One month of returns of all Areas; how many files."""
    catalogue = load_catalogue(REPOSITORY / "expectations")
    plan = load_sample_plan(REPOSITORY / "expectations" / "outcomes" / "sample.yaml")
    plan = plan.model_copy(update={"step": None})
    return write_sample(catalogue.collection("outcomes"), landing, last=PERIOD, months=1, seed=7, plan=plan).files


def start_postgres(machine: Machine, service: Service) -> None:
    """What the image's entry point does: a server with passwords, and the scripts of its folder run once."""
    binaries = find_binaries()
    assert binaries is not None
    place = machine.folder / "postgres"
    place.mkdir()
    shutil.chown(place, "postgres", "postgres")
    password = place / "password"
    password.write_text(service.environment["POSTGRES_PASSWORD"], encoding="utf-8")
    shutil.chown(password, "postgres", "postgres")
    as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]
    made = ["initdb", "--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync", "--username=postgres"]
    subprocess.run(
        [*as_postgres, str(binaries / made[0]), *made[1:], f"--pwfile={password}", f"--pgdata={place / 'data'}"],
        check=True,
        capture_output=True,
        cwd=place,
    )
    with (place / "data" / "pg_hba.conf").open("a", encoding="utf-8") as rules:
        rules.write("host all all all scram-sha-256\n")
    options = [f"unix_socket_directories={place}", "listen_addresses=*", *FAST]
    command = [str(binaries / "postgres"), "-D", str(place / "data"), *(f"-c{option}" for option in options)]
    machine.start_program(service, command, "postgres")
    machine.until(lambda: (place / ".s.PGSQL.5432").exists() and _answers(binaries, place), "PostgreSQL")
    subprocess.run(
        ["sh", str(REPOSITORY / "tools" / "make_databases.sh")],
        check=True,
        env={"PATH": PATH, "PGHOST": str(place), **service.environment},
        capture_output=True,
    )
    machine.wait_until_healthy("postgres")


def _answers(binaries: Path, place: Path) -> bool:
    return subprocess.run([str(binaries / "pg_isready"), f"--host={place}"], check=False).returncode == 0


@pytest.mark.parametrize("server", ["LocalExecutor"], indirect=True)
def test_a_month_goes_through_the_server(server: Server, record_property: Callable[[str, object], None]) -> None:
    server.start(*AIRFLOW)
    server.machine.run(server.services["init"])  # again, as an upgrade does
    _a_service_may_do_no_more_than_the_file_says(server)
    _a_month_is_received_measured_and_sent(server)
    _no_secret_is_in_a_log(server)
    _the_limits_of_memory_leave_room(server, record_property)


@pytest.mark.parametrize("server", ["CeleryExecutor"], indirect=True)
def test_a_month_goes_through_the_server_with_two_workers(
    server: Server, record_property: Callable[[str, object], None]
) -> None:
    server.start(*AIRFLOW, workers=WORKERS)
    _a_month_is_received_measured_and_sent(server)
    _both_workers_have_done_tasks_and_their_logs_can_be_read(server)
    _no_secret_is_in_a_log(server)
    _the_limits_of_memory_leave_room(server, record_property)


@pytest.mark.parametrize("server", ["LocalExecutor"], indirect=True)
def test_each_role_sees_what_it_may(server: Server) -> None:
    server.start("api-server")
    _only_who_has_the_password_comes_in(server)
    _the_roles_of_areas_and_approvers_are_there(server)
    _a_user_of_an_area_sees_no_run(server)
    _an_approver_sees_runs_and_starts_none(server)


def _a_service_may_do_no_more_than_the_file_says(server: Server) -> None:
    """Or else a month that goes through would prove nothing of read-only file systems."""
    tried = ("/", "/app", "/app/var", "/etc", "/landing", "/opt/airflow", "/opt/airflow/config", "/usr", "/var")
    allowed = ("/tmp", "/var/lib/assurance", "/opt/airflow/logs")
    script = f"""
import os, pathlib
for place in {(*tried, *allowed)!r}:
    try:
        (pathlib.Path(place) / "attempt").touch()
        print("wrote", place)
    except OSError:
        pass
print("user", os.getuid(), os.getgid(), os.getgroups())
print(pathlib.Path("/proc/self/status").read_text())
"""
    said = server.machine.run(server.services["triggerer"], ["python", "-c", script])
    assert {line[6:] for line in said.splitlines() if line.startswith("wrote ")} == set(allowed)
    assert "user 10001 10001 []" in said
    assert "NoNewPrivs:\t1" in said
    assert [line for line in said.splitlines() if line.startswith("Cap") and int(line.split()[1], 16)] == []


def _only_who_has_the_password_comes_in(server: Server) -> None:
    stranger, path = server.asked_by("admin", "wrong"), "/api/v2/dags"
    for attempt in (lambda: stranger.token, lambda: ask(stranger.url, "GET", path)):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.status == 401
    assert server.airflow.call("GET", "/api/v2/pools/warehouse")["slots"] > 1


def _a_user(server: Server, name: str, role: str) -> Airflow:
    """Somebody with that role, made by the administrator."""
    user = {"username": name, "email": f"{name}@example.org", "first_name": name, "last_name": name}
    server.airflow.call("POST", "/auth/fab/v1/users", {**user, "password": PASSWORD, "roles": [{"name": role}]})
    return server.asked_by(name)


def _a_user_of_an_area_sees_no_run(server: Server) -> None:
    somebody = _a_user(server, "somebody", "area-WSX")
    run = "/api/v2/dags/receive_returns/dagRuns"
    paths = (
        run,
        f"{run}/~/taskInstances",
        f"{run}/x/taskInstances/load/xcomEntries",
        "/api/v2/eventLogs",
        "/api/v2/assets",
    )
    assert {path: somebody.status("GET", path) for path in paths} == dict.fromkeys(paths, 403)
    assert somebody.answer("none", "Approve") == 403


def _an_approver_sees_runs_and_starts_none(server: Server) -> None:
    approver = _a_user(server, "approver", "approver")
    assert approver.runs() == []
    start = {"logical_date": None, "conf": {}}
    assert approver.status("POST", "/api/v2/dags/receive_returns/dagRuns", start) == 403
    assert approver.status("GET", "/api/v2/variables") == 403
    assert approver.answer("none", "Approve") == 404, "may answer; only there is no such run"
    assert approver.answer("none", "Approve", dag="receive_returns") == 403


def _the_roles_of_areas_and_approvers_are_there(server: Server) -> None:
    told = server.airflow.call("GET", "/auth/fab/v1/roles?limit=100")["roles"]
    roles = {role["name"]: {(a["action"]["name"], a["resource"]["name"]) for a in role["actions"]} for role in told}
    collection = load_catalogue(REPOSITORY / "expectations").collection("outcomes")
    assert {f"area-{area.code}" for area in collection.areas} <= set(roles)
    seen_by_area = {resource for _, resource in roles["area-WSX"]}
    assert seen_by_area == {"Website", "My Profile", "My Password"}
    assert ("can_edit", "HITL Detail") in roles["approver"]


def _a_month_is_received_measured_and_sent(server: Server) -> None:
    """By hand is done what the calendar would do; a run of the schedule may come before, and receives them as well."""
    machine = server.machine
    server.airflow.start("receive_returns", collection="outcomes")
    machine.until(server.done("receive_returns", "one_return.receipt", server.returns), "receipts")
    machine.until(server.done("receive_returns", "announce_areas"), "the gate hears of the Areas")
    server.airflow.start("close_month", collection="outcomes", period=str(PERIOD))
    machine.until(server.done("measure_month", "build_release"), "the gate fires and the release is built")
    if server.values["ASSURANCE_APPROVERS"]:
        _the_named_approver_signs_off_and_nobody_else(server)
    machine.until(server.done("publish_month", "send"), "the release is sent")
    assert server.rows("select count(*) from submission") == [(server.returns,)]
    assert server.rows("select collection, period, number from release") == [("outcomes", str(PERIOD), 1)]
    machine.run(server.services["scheduler"], ["assurance", "verify"])
    _everybody_got_one_mail(server)


def _the_named_approver_signs_off_and_nobody_else(server: Server) -> None:
    approver, other = (_a_user(server, name, "approver") for name in ("approver", "other"))
    server.machine.until(lambda: server.waits("publish_month", "sign_off"), "the approver is asked")
    (run,) = approver.runs("publish_month")
    assert other.answer(run["dag_run_id"], "Approve", "Read it.") == 403, "has the role, and is not named"
    assert approver.answer(run["dag_run_id"], "Approve", "Read it.") == 200
    server.machine.until(server.done("publish_month", "sign_off"), "the answer is entered")
    assert server.rows("select detail::json ->> 'approved_by' from audit where event = 'signed off'") == [
        (f"Airflow user approver, id {APPROVER}",)
    ]


def _everybody_got_one_mail(server: Server) -> None:
    outbox = server.rows("select kind, state, recipient from outbox")
    assert {state for _, state, _ in outbox} == {"sent"}
    released = Counter(recipient for kind, _, recipient in outbox if kind == "release")
    catalogue = load_catalogue(REPOSITORY / "expectations")
    assert set(released.values()) == {1}
    assert len(released) == sum("release" in told.kinds for told in catalogue.recipients if _gets_outcomes(told))
    written = [path.read_bytes() for path in server.machine.volume("assurance").glob("mail/*.eml")]
    ids = Counter(email.message_from_bytes(content)["Message-ID"] for content in written)
    assert len(ids) == len(written) == len(outbox)


def _gets_outcomes(recipient: Any) -> bool:
    return not recipient.collections or "outcomes" in recipient.collections


def _both_workers_have_done_tasks_and_their_logs_can_be_read(server: Server) -> None:
    tasks = [task for task in server.airflow.tasks() if task["state"] == "success"]
    by_worker = {name: [task for task in tasks if task["hostname"] == name] for name in WORKERS}
    assert sum(map(len, by_worker.values())) == len(tasks), "no task ran anywhere else"
    for name, done in by_worker.items():
        assert done, name
        assert "Returned value was" in json.dumps(server.airflow.log(done[0])), name
    here = server.machine.volume("logs")
    elsewhere = next(task for task in by_worker[WORKERS[1]] if task["dag_id"] == "receive_returns")
    lying_here = {str(path) for path in here.rglob("*.log")}
    assert not any(
        f"task_id={elsewhere['task_id']}/map_index={elsewhere['map_index']}/" in path for path in lying_here
    ), "the log was fetched from the worker, for it lies nowhere else"


def _no_secret_is_in_a_log(server: Server) -> None:
    secrets = [value for name, value in server.values.items() if value and ("PASSWORD" in name or "KEY" in name)]
    logs = [path for path in server.machine.folder.rglob("*.log") if path.is_file()]
    assert len(secrets) > 5
    assert len(logs) > len(AIRFLOW)
    for path in logs:
        text = path.read_text(encoding="utf-8", errors="replace")
        assert [path.name for secret in secrets if secret in text] == []


def _the_limits_of_memory_leave_room(server: Server, record_property: Callable[[str, object], None]) -> None:
    """What each service was seen to have is at most two thirds of its limit."""
    server.machine.measure()
    limits = {place: server.services[place.rstrip("-12")].memory for place in server.machine.peaks}
    for place, peak in sorted(server.machine.peaks.items()):
        record_property(f"memory of {place}", peak)
        print(f"{place:14} {peak / 2**20:6.0f} MiB of {limits[place] / 2**20:.0f}")
    tight = {place: peak for place, peak in server.machine.peaks.items() if peak * 3 > limits[place] * 2}
    assert tight == {}
